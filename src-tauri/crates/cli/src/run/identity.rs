//! Signing identities: keys with their certificates.

use cartorio_office::Commands;
use cartorio_office::dto::{
    DocumentOrigin, DocumentRef, Empty, IdentityAdopt, IdentityCreate, IdentityState, IdentitySummary, KeyQuery,
};
use serde_json::json;

use super::verify::legal;
use super::{keys, unlock};
use crate::args::{Global, Identity, UnlockArgs};
use crate::desk;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure};
use crate::show::{date, fields, table};

pub(crate) async fn identity(global: &Global, command: Identity, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open(global, lang).await?;
    match command {
        Identity::List => {
            let identities = office.identities_list(Empty {}).await?;
            let head = [
                say!(lang, "Identificador", "Identifier"),
                say!(lang, "Nome", "Name"),
                say!(lang, "Titular", "Holder"),
                say!(lang, "Válida até", "Valid until"),
                say!(lang, "Estado", "State"),
                say!(lang, "Chave", "Key"),
            ];
            let row = |identity: &IdentitySummary| {
                vec![
                    identity.id.clone(),
                    identity.label.clone(),
                    identity.holder.clone(),
                    date(&identity.not_after),
                    identity_state(identity.state, lang),
                    identity.key_ref.clone(),
                ]
            };
            let text = table(&head, &identities.iter().map(row).collect::<Vec<_>>());
            Done::new(text, &json!({ "identities": identities }))
        }
        Identity::Create { key, label, holder, email, authority, unlock } => {
            let key_ref = keys::resolve(&office, &key, lang).await?;
            unlock::unlock(&office, &key_ref, &unlock, lang).await?;
            let request = IdentityCreate { key_ref: key_ref.clone(), label, holder, email, authority };
            let made = office.identity_create(request).await;
            office.key_lock(KeyQuery { key_ref }).await.ok();
            let identity = made?;
            Done::new(fields(&rows(&identity, lang)), &identity)
        }
        Identity::Adopt { key, label, certificate, pin } => {
            let key_ref = keys::resolve(&office, &key, lang).await?;
            let certificate = match certificate {
                Some(path) => {
                    let document = office.open_document(path, DocumentOrigin::Dropped).await?;
                    Some(DocumentRef { id: document.id })
                }
                None => None,
            };
            if unlock::has_pin(&pin) {
                let given = UnlockArgs { pin, password_stdin: false, password_file: None };
                unlock::unlock(&office, &key_ref, &given, lang).await?;
            }
            let made = office.identity_adopt(IdentityAdopt { key_ref: key_ref.clone(), label, certificate }).await;
            office.key_lock(KeyQuery { key_ref }).await.ok();
            let identity = made?;
            Done::new(fields(&rows(&identity, lang)), &identity)
        }
    }
}

/// An identity, line by line.
pub(super) fn rows(identity: &IdentitySummary, lang: Lang) -> Vec<(String, Option<String>)> {
    vec![
        (say!(lang, "Identificador", "Identifier"), Some(identity.id.clone())),
        (say!(lang, "Nome", "Name"), Some(identity.label.clone())),
        (say!(lang, "Titular", "Holder"), Some(identity.holder.clone())),
        (say!(lang, "Emitido por", "Issued by"), Some(identity.issuer.clone())),
        (say!(lang, "Válida até", "Valid until"), Some(date(&identity.not_after))),
        (say!(lang, "Chave", "Key"), Some(identity.key_ref.clone())),
        (say!(lang, "Algoritmos", "Algorithms"), Some(identity.algorithms.join(", "))),
        (lang.word("verify_", "legal"), Some(lang.word("", legal(identity.legal)))),
    ]
}

fn identity_state(state: IdentityState, lang: Lang) -> String {
    lang.word(
        "identity_",
        match state {
            IdentityState::Ready => "ready",
            IdentityState::NotYetValid => "not_yet_valid",
            IdentityState::Expired => "expired",
            IdentityState::Revoked => "revoked",
            IdentityState::OnHold => "on_hold",
        },
    )
}
