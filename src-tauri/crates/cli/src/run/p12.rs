//! P12 files.

use std::path::Path;

use cartorio_office::dto::P12Protection;
use cartorio_office::{Office, P12Contents, P12ToFile};

use super::certificates::{describe, named};
use super::path_of;
use crate::args::{Global, P12, P12ProfileChoice, P12ProtectionArgs, PasswordArgs};
use crate::desk;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure};
use crate::secrets::{self, Typed};
use crate::show::fields;

pub(crate) async fn p12(global: &Global, command: P12, lang: Lang) -> Result<Done, Failure> {
    match command {
        P12::Inspect { file, password } => {
            let office = desk::open_to_look(global, lang).await?;
            inspect(&office, &file, &password, lang).await
        }
        P12::Export { certificate, out, friendly_name, protection: chosen, password } => {
            let office = desk::open(global, lang).await?;
            let own = named(&office, &certificate, lang).await?;
            let password = secrets::password(&password, Typed::Twice, lang)?;
            let profile = protection(chosen);
            let request = P12ToFile { certificate: own.id.clone(), path: out, friendly_name, profile, password };
            let written = office.export_p12(request).await?;
            let file = written.file;
            let path = path_of(&file.folder, &file.name);
            let name = &own.name;
            let text = say!(
                lang,
                "{path}\ncertificado de {name}, com chave e cadeia; a senha não fica guardada em lugar nenhum",
                "{path}\ncertificate of {name}, with key and chain; the password is kept nowhere"
            );
            let warned = written.warnings.iter().map(|code| format!("\n{}", lang.word("p12_warning_", code)));
            let text = format!("{text}{}", warned.collect::<String>());
            let told = serde_json::json!({
                "file": path, "size": file.size, "certificate": own, "profile": profile, "warnings": written.warnings,
            });
            Done::new(text, &told)
        }
    }
}

/// How the file is protected, as the office takes it.
pub(super) fn protection(chosen: P12ProtectionArgs) -> P12Protection {
    match chosen.profile {
        P12ProfileChoice::Modern => P12Protection::Modern,
        P12ProfileChoice::Compatible => P12Protection::Compatible,
        P12ProfileChoice::Pbmac1 => P12Protection::Pbmac1,
    }
}

/// Looks inside a P12 file.
async fn inspect(office: &Office, file: &Path, password: &PasswordArgs, lang: Lang) -> Result<Done, Failure> {
    let password = secrets::password(password, Typed::Once, lang)?;
    let contents = office.inspect_p12(file, password).await?;
    Done::new(text(&contents, lang), &contents)
}

fn text(contents: &P12Contents, lang: Lang) -> String {
    let mut rows = vec![
        (say!(lang, "Arquivo", "File"), Some(contents.name.clone())),
        (
            "MAC".to_owned(),
            Some(contents.mac.clone().unwrap_or_else(|| {
                say!(lang, "nenhum: ninguém notaria uma alteração", "none: nobody would notice a change")
            })),
        ),
        (say!(lang, "Iterações", "Iterations"), contents.iterations.map(|iterations| iterations.to_string())),
    ];
    for container in &contents.containers {
        let clear = || say!(lang, "às claras", "in the clear");
        rows.push((say!(lang, "Recipiente", "Container"), Some(container.clone().unwrap_or_else(clear))));
    }
    for bag in &contents.bags {
        let kind = match bag.kind {
            "private_key" => say!(lang, "Chave privada", "Private key"),
            "certificate" => say!(lang, "Certificado", "Certificate"),
            "crl" => say!(lang, "Lista de revogação", "Revocation list"),
            "secret" => say!(lang, "Segredo", "Secret"),
            "other" => say!(lang, "Outro", "Other"),
            _ => say!(lang, "Ilegível", "Unreadable"),
        };
        let parts = [bag.friendly_name.as_deref(), bag.detail.as_deref()];
        rows.push((kind, Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" · "))));
    }
    format!("{}\n{}", fields(&rows), describe(&contents.certificates, lang))
}
