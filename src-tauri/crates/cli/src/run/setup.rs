//! Demonstration, and how an installation stands.

use cartorio_office::Commands;
use cartorio_office::dto::{AppState, Empty, KeyProtection};
use serde_json::json;

use super::path_of;
use crate::args::{Demo, Global};
use crate::desk;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure};
use crate::show::fields;

pub(crate) async fn demo(global: &Global, command: Demo, lang: Lang) -> Result<Done, Failure> {
    let Demo::Init { protection } = command;
    let office = desk::office(global, protection.protection, lang)?;
    let state = office.demo_start(Empty {}).await?;
    desk::take_seat(&office, &state, global, lang).await?;
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

pub(super) fn state_fields(state: &AppState, lang: Lang) -> Vec<(String, Option<String>)> {
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
