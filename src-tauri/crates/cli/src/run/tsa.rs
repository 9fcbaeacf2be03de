//! Time-stamp authorities and signature policies.

use cartorio_office::dto::{Empty, PolicyChoice, PolicyDesk, TsaAuth, TsaInput, TsaRef, TsaView};
use cartorio_office::{Commands, TsaGiven};

use crate::args::{Global, PolicyCommand, Tsa};
use crate::desk;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure};
use crate::secrets::{self, Typed};
use crate::show::{date, table};

pub(crate) async fn tsa(global: &Global, command: Tsa, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open(global, lang).await?;
    match command {
        Tsa::List => {
            let all = office.tsa_list(Empty {}).await?;
            Done::new(listed(&all, lang), &all)
        }
        Tsa::Add { name, url, user, p12, tsa_policy, timeout, password } => {
            let asks = user.is_some() || p12.is_some();
            let secret = if asks { Some(secrets::password(&password, Typed::Once, lang)?) } else { None };
            let given = TsaGiven { name, url, user, p12, secret, policy: tsa_policy, timeout_seconds: timeout };
            let all = office.tsa_add(given).await?;
            Done::new(listed(&all, lang), &all)
        }
        Tsa::Move { tsa, to } => {
            let all = office.tsa_list(Empty {}).await?;
            let own = found(&all, &tsa, lang)?.clone();
            let input = TsaInput {
                id: Some(own.id),
                name: own.name,
                url: own.url,
                auth: own.auth,
                user: own.user,
                secret: None,
                p12: None,
                policy: own.policy,
                timeout_seconds: own.timeout_seconds,
                position: Some(to),
            };
            let all = office.tsa_save(input).await?;
            Done::new(listed(&all, lang), &all)
        }
        Tsa::Remove { tsa } => {
            let id = found(&office.tsa_list(Empty {}).await?, &tsa, lang)?.id.clone();
            let all = office.tsa_remove(TsaRef { id }).await?;
            Done::new(listed(&all, lang), &all)
        }
        Tsa::Test { tsa } => {
            let id = found(&office.tsa_list(Empty {}).await?, &tsa, lang)?.id.clone();
            let probe = office.tsa_test(TsaRef { id }).await?;
            let (authority, at, millis) = (&probe.authority, date(&probe.gen_time), probe.millis);
            let trust = match (probe.trusted, probe.icp_brasil) {
                (true, true) => say!(lang, "confiável, da ICP-Brasil", "trusted, of ICP-Brasil"),
                (true, false) => say!(lang, "confiável, fora da ICP-Brasil", "trusted, not of ICP-Brasil"),
                (false, _) => say!(lang, "a raiz não é confiável aqui", "its root is not trusted here"),
            };
            let text = format!("{authority}  {at}  {millis} ms  {trust}");
            Done::new(text, &probe)
        }
    }
}

pub(crate) async fn policy(global: &Global, command: PolicyCommand, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open(global, lang).await?;
    let view = match command {
        PolicyCommand::List => office.policy_desk(Empty {}).await?,
        PolicyCommand::Import { files } => office.policy_import_paths(files).await?,
    };
    Done::new(policies(&view, lang), &view)
}

fn found<'a>(all: &'a [TsaView], wanted: &str, lang: Lang) -> Result<&'a TsaView, Failure> {
    let own = all.iter().find(|own| own.id == wanted || own.name == wanted);
    own.ok_or_else(|| {
        let names = all.iter().map(|own| own.name.as_str()).collect::<Vec<_>>().join(", ");
        Failure::input(say!(
            lang,
            "a autoridade «{wanted}» não existe; há: {names}",
            "the authority “{wanted}” does not exist; there are: {names}"
        ))
    })
}

fn listed(all: &[TsaView], lang: Lang) -> String {
    if all.is_empty() {
        return say!(
            lang,
            "O cartório ainda não tem autoridade de carimbo do tempo: «cartorio tsa add».",
            "The office has no time-stamp authority yet: “cartorio tsa add”."
        );
    }
    let head =
        ["#".to_owned(), say!(lang, "Nome", "Name"), say!(lang, "Endereço", "Address"), say!(lang, "Acesso", "Access")];
    let row = |own: &TsaView| {
        let access = match own.auth {
            TsaAuth::None => say!(lang, "livre", "open"),
            TsaAuth::Basic => say!(lang, "senha", "password"),
            TsaAuth::Certificate => say!(lang, "certificado", "certificate"),
        };
        vec![own.position.to_string(), own.name.clone(), own.url.clone(), access]
    };
    table(&head, &all.iter().map(row).collect::<Vec<_>>())
}

const fn level(choice: PolicyChoice) -> &'static str {
    match choice {
        PolicyChoice::None => "–",
        PolicyChoice::AdRb => "AD-RB",
        PolicyChoice::AdRt => "AD-RT",
        PolicyChoice::AdRv => "AD-RV",
        PolicyChoice::AdRc => "AD-RC",
        PolicyChoice::AdRa => "AD-RA",
    }
}

fn policies(view: &PolicyDesk, lang: Lang) -> String {
    let head = [
        say!(lang, "Política", "Policy"),
        say!(lang, "Família", "Family"),
        "OID".to_owned(),
        say!(lang, "Vale até", "Valid until"),
        say!(lang, "Arquivo", "File"),
    ];
    let rows = view.policies.iter().map(|own| {
        let file = if own.artifact { say!(lang, "aqui", "here") } else { "–".to_owned() };
        vec![
            format!("{} v{}", level(own.choice), own.version),
            own.family.clone(),
            own.oid.clone(),
            date(&own.not_after),
            file,
        ]
    });
    let mut text = table(&head, &rows.collect::<Vec<_>>());
    for list in &view.lists {
        let (family, until) = (&list.family, date(&list.next_update));
        let line = if list.stale {
            say!(lang, "LPA {family}: venceu em {until}", "LPA {family}: ended on {until}")
        } else {
            say!(lang, "LPA {family}: vale até {until}", "LPA {family}: holds until {until}")
        };
        text.push('\n');
        text.push_str(&line);
    }
    text
}
