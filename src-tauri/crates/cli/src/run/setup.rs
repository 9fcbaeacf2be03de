//! Demonstration and AWS profiles.

use cartorio_office::Commands;
use cartorio_office::dto::{
    AppState, CredentialSourceView, Empty, KeyProtection, ProductionStart, ProfileInput, ProfileName, ProfileView,
};
use serde_json::json;

use crate::args::{Demo, Global, Profile, ProfileAdd, ProtectionChoice};
use crate::desk;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure};
use crate::secrets;
use crate::show::{fields, table, yes_no};

pub(crate) async fn demo(global: &Global, command: Demo, lang: Lang) -> Result<Done, Failure> {
    let Demo::Init { protection } = command;
    let office = desk::office(global, protection.protection, lang)?;
    let state = office.demo_start(Empty {}).await?;
    let identities = office.identities_list(Empty {}).await?;
    let samples = office.documents_samples(Empty {}).await?;
    let ready = say!(lang, "O cartório de demonstração está pronto.", "The demonstration office is ready.");
    let banner = lang.word("frame_", "demo_banner");
    let mut rows = state_fields(&state, lang);
    for identity in &identities {
        rows.push((say!(lang, "Identidade", "Identity"), Some(identity.label.clone())));
    }
    for sample in &samples {
        rows.push((say!(lang, "Exemplo", "Sample"), Some(path_of(&sample.folder, &sample.name))));
    }
    let json = json!({ "state": state, "identities": identities, "samples": samples });
    Done::new(format!("{ready}\n{banner}\n\n{}", fields(&rows)), &json)
}

pub(crate) async fn profile(global: &Global, command: Profile, lang: Lang) -> Result<Done, Failure> {
    match command {
        Profile::Add(add) => self::add(global, add, lang).await,
        Profile::List => {
            let office = desk::office(global, ProtectionChoice::Automatic, lang)?;
            listed(office.profiles_list(Empty {}).await?, lang)
        }
        Profile::Use { name, office_name, operator_name, protection } => {
            let office = desk::office(global, protection.protection, lang)?;
            let state = office.production_start(ProductionStart { profile: name, office_name, operator_name, passphrase: None }).await?;
            let open = say!(lang, "O cartório de produção está aberto.", "The production office is open.");
            let text = format!("{open}\n\n{}", fields(&state_fields(&state, lang)));
            Done::new(text, &json!({ "state": state }))
        }
        Profile::Test { name } => {
            let office = desk::open_or_not(global, lang).await?;
            let caller = office.profile_test(ProfileName { name }).await?;
            let text = fields(&[
                (say!(lang, "Conta", "Account"), Some(caller.account.clone())),
                (say!(lang, "Quem", "Caller"), Some(caller.arn.clone())),
                (say!(lang, "Região", "Region"), Some(caller.region.clone())),
                (say!(lang, "Endereço", "Endpoint"), caller.endpoint.clone()),
                (say!(lang, "Resposta em", "Answered in"), Some(format!("{} ms", caller.millis))),
            ]);
            Done::new(text, &caller)
        }
        Profile::Remove { name } => {
            let office = desk::open_or_not(global, lang).await?;
            listed(office.profile_remove(ProfileName { name }).await?, lang)
        }
    }
}

async fn add(global: &Global, add: ProfileAdd, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open_or_not(global, lang).await?;
    let keys = match &add.access_keys_file {
        Some(path) => Some(secrets::read_access_keys(path)?),
        None if add.access_keys => Some(secrets::ask_access_keys(lang)?),
        None => None,
    };
    let source = match (&keys, &add.aws_profile) {
        (Some(_), _) => CredentialSourceView::Keyring,
        (None, Some(_)) => CredentialSourceView::NamedProfile,
        (None, None) => CredentialSourceView::Default,
    };
    let input = ProfileInput {
        name: add.name,
        region: add.region,
        endpoint: add.endpoint,
        acm_pca_endpoint: add.acm_pca_endpoint,
        use_fips: add.fips,
        source,
        named_profile: add.aws_profile,
        access_keys: None,
    };
    listed(office.add_profile(input, keys).await?, lang)
}

fn listed(profiles: Vec<ProfileView>, lang: Lang) -> Result<Done, Failure> {
    let head = [
        say!(lang, "Nome", "Name"),
        say!(lang, "Região", "Region"),
        say!(lang, "Credenciais", "Credentials"),
        say!(lang, "Em uso", "In use"),
        say!(lang, "Endereço", "Endpoint"),
    ];
    let rows: Vec<Vec<String>> = profiles
        .iter()
        .map(|profile| {
            let credentials = match profile.source {
                CredentialSourceView::Default => say!(lang, "cadeia padrão", "default chain"),
                CredentialSourceView::NamedProfile => {
                    let name = profile.named_profile.as_deref().unwrap_or_default();
                    say!(lang, "perfil {name}", "profile {name}")
                }
                CredentialSourceView::Keyring if profile.has_stored_keys => say!(lang, "chaveiro", "keyring"),
                CredentialSourceView::Keyring => say!(lang, "chaveiro (vazio)", "keyring (empty)"),
            };
            vec![
                profile.name.clone(),
                profile.region.clone(),
                credentials,
                yes_no(profile.active, lang),
                profile.endpoint.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let text = if rows.is_empty() {
        say!(lang, "Nenhum perfil ainda: «cartorio profile add».", "No profile yet: “cartorio profile add”.")
    } else {
        table(&head, &rows)
    };
    Done::new(text, &json!({ "profiles": profiles }))
}

fn state_fields(state: &AppState, lang: Lang) -> Vec<(String, Option<String>)> {
    let protection = state.key_protection.map(|protection| match protection {
        KeyProtection::Keyring => say!(lang, "no chaveiro do sistema", "in the system's keyring"),
        KeyProtection::Passphrase => say!(lang, "com frase-senha", "with a passphrase"),
        KeyProtection::PlainFile => say!(
            lang,
            "em arquivo comum: quem copiar a pasta tem as chaves",
            "in a plain file: whoever copies the folder has the keys"
        ),
    });
    vec![
        (say!(lang, "Cartório", "Office"), state.office_name.clone()),
        (say!(lang, "Operador", "Operator"), state.operator.as_ref().map(|operator| operator.name.clone())),
        (say!(lang, "Perfil", "Profile"), state.profile.as_ref().map(|profile| profile.name.clone())),
        (say!(lang, "Chaves locais", "Local keys"), protection),
        (say!(lang, "Dados em", "Data in"), Some(state.home.clone())),
    ]
}

/// The path of a document that the office shows in two parts.
pub(super) fn path_of(folder: &str, name: &str) -> String {
    std::path::Path::new(folder).join(name).display().to_string()
}
