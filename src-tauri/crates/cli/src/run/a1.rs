//! A1 certificate files (P12) that sign.

use cartorio_office::dto::{A1Ref, A1View, Empty};
use cartorio_office::{Commands, Office};
use serde_json::json;

use super::identity;
use crate::args::{A1, Global};
use crate::desk;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure};
use crate::secrets::{self, Typed};
use crate::show::{day, fields, table, yes_no};

pub(crate) async fn a1(global: &Global, command: A1, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open(global, lang).await?;
    match command {
        A1::List => listed(&office.a1_list(Empty {}).await?, lang),
        A1::Add { file, keep_password, label, password } => {
            let password = secrets::password(&password, Typed::Once, lang)?;
            let identity = office.add_a1(&file, password, keep_password, label).await?;
            Done::new(fields(&identity::rows(&identity, lang)), &identity)
        }
        A1::Remove { sha256 } => {
            let certificate_sha256 = find(&office, &sha256, lang).await?;
            listed(&office.a1_remove(A1Ref { certificate_sha256 }).await?, lang)
        }
        A1::ForgetPassword { sha256 } => {
            let certificate_sha256 = find(&office, &sha256, lang).await?;
            listed(&office.a1_password_forget(A1Ref { certificate_sha256 }).await?, lang)
        }
    }
}

/// The A1 file whose certificate's SHA-256 begins with `wanted`.
async fn find(office: &Office, wanted: &str, lang: Lang) -> Result<String, Failure> {
    let digits = wanted.replace([' ', ':'], "").to_ascii_lowercase();
    let known = office.a1_list(Empty {}).await?;
    let mut found = known.iter().filter(|own| digits.len() >= 8 && own.certificate_sha256.starts_with(&digits));
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only.certificate_sha256.clone()),
        (Some(_), Some(_)) => Err(Failure::input(say!(
            lang,
            "«{wanted}» serve a mais de um arquivo A1; dê mais dígitos",
            "“{wanted}” fits more than one A1 file; give more digits"
        ))),
        (None, _) => Err(Failure::input(say!(
            lang,
            "nenhum arquivo A1 tem certificado com SHA-256 «{wanted}…» («cartorio a1 list»)",
            "no A1 file has a certificate with SHA-256 “{wanted}…” (“cartorio a1 list”)"
        ))),
    }
}

fn listed(files: &[A1View], lang: Lang) -> Result<Done, Failure> {
    let head = [
        say!(lang, "Arquivo", "File"),
        say!(lang, "Titular", "Holder"),
        say!(lang, "Válido até", "Valid until"),
        say!(lang, "No lugar", "In place"),
        say!(lang, "Senha guardada", "Password kept"),
        say!(lang, "Identidade", "Identity"),
        "SHA-256".to_owned(),
    ];
    let row = |own: &A1View| {
        vec![
            own.path.clone(),
            own.holder.clone(),
            day(&own.not_after),
            yes_no(own.present, lang),
            yes_no(own.password_kept, lang),
            own.identity.clone().unwrap_or_default(),
            own.certificate_sha256.clone(),
        ]
    };
    let text = match files.is_empty() {
        true => say!(lang, "Nenhum arquivo A1.", "No A1 file."),
        false => table(&head, &files.iter().map(row).collect::<Vec<_>>()),
    };
    Done::new(text, &json!({ "a1": files }))
}
