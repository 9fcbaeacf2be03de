//! Keys and signing identities.

use cartorio_office::Commands;
use cartorio_office::dto::{
    Empty, IdentityCreate, IdentityState, IdentitySummary, KeyCreate, KeyOriginView, KeyQuery, KeyStateView, KeySummary,
};
use serde_json::json;

use super::verify::legal;
use crate::args::{Global, Identity, Keys};
use crate::desk;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure};
use crate::show::{date, digest, fields, table, yes_no};

pub(crate) async fn keys(global: &Global, command: Keys, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open(global, lang).await?;
    match command {
        Keys::List => {
            let keys = office.keys_list(Empty {}).await?;
            let head = [
                say!(lang, "Referência", "Reference"),
                say!(lang, "Nome", "Name"),
                say!(lang, "Tipo", "Type"),
                say!(lang, "Estado", "State"),
                say!(lang, "Onde", "Where"),
                say!(lang, "Identidades", "Identities"),
            ];
            let row = |key: &KeySummary| {
                vec![
                    key.key_ref.clone(),
                    key.aliases.join(", "),
                    key.spec.clone(),
                    state(key.state, lang),
                    origin(key.origin, lang),
                    key.identities.join(", "),
                ]
            };
            let text = table(&head, &keys.iter().map(row).collect::<Vec<_>>());
            Done::new(text, &json!({ "keys": keys }))
        }
        Keys::Describe { key } => {
            let detail = office.key_describe(KeyQuery { key_ref: key }).await?;
            let mut rows = summary_fields(&detail.summary, lang);
            rows.push((say!(lang, "Algoritmos", "Algorithms"), Some(detail.algorithms.join(", "))));
            rows.push((say!(lang, "Pode sair", "Can leave"), Some(yes_no(detail.exportable, lang))));
            rows.push((
                say!(lang, "SHA-256 da chave", "SHA-256 of the key"),
                detail.spki_sha256.as_deref().map(digest),
            ));
            let pem = detail.public_key_pem.as_ref().map(|pem| format!("\n{pem}")).unwrap_or_default();
            Done::new(format!("{}{pem}", fields(&rows)), &detail)
        }
        Keys::PublicKey { key } => {
            let detail = office.key_describe(KeyQuery { key_ref: key }).await?;
            let key = &detail.summary.key_ref;
            let Some(pem) = detail.public_key_pem else {
                return Err(Failure::input(say!(
                    lang,
                    "{key} não dá a sua parte pública neste estado",
                    "{key} does not give its public half in this state"
                )));
            };
            Done::new(pem.clone(), &json!({ "key_ref": key, "public_key_pem": pem }))
        }
        Keys::Create { alias, spec, description } => {
            let key = office.key_create(KeyCreate { spec, alias, description }).await?;
            Done::new(fields(&summary_fields(&key, lang)), &key)
        }
    }
}

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
        Identity::Create { key, label, holder, email, authority } => {
            let request = IdentityCreate { key_ref: key, label, holder, email, authority };
            let identity = office.identity_create(request).await?;
            let text = fields(&[
                (say!(lang, "Identificador", "Identifier"), Some(identity.id.clone())),
                (say!(lang, "Nome", "Name"), Some(identity.label.clone())),
                (say!(lang, "Titular", "Holder"), Some(identity.holder.clone())),
                (say!(lang, "Emitido por", "Issued by"), Some(identity.issuer.clone())),
                (say!(lang, "Válida até", "Valid until"), Some(date(&identity.not_after))),
                (say!(lang, "Chave", "Key"), Some(identity.key_ref.clone())),
                (say!(lang, "Algoritmos", "Algorithms"), Some(identity.algorithms.join(", "))),
                (lang.word("verify_", "legal"), Some(lang.word("", legal(identity.legal)))),
            ]);
            Done::new(text, &identity)
        }
    }
}

fn summary_fields(key: &KeySummary, lang: Lang) -> Vec<(String, Option<String>)> {
    let list = |items: &[String]| Some(items.join(", ")).filter(|text| !text.is_empty());
    vec![
        (say!(lang, "Referência", "Reference"), Some(key.key_ref.clone())),
        (say!(lang, "Identificador", "Identifier"), Some(key.key_id.clone())),
        (say!(lang, "Nome", "Name"), list(&key.aliases)),
        (say!(lang, "Descrição", "Description"), key.description.clone().filter(|text| !text.is_empty())),
        (say!(lang, "Tipo", "Type"), Some(key.spec.clone())),
        (say!(lang, "Estado", "State"), Some(state(key.state, lang))),
        (say!(lang, "Onde", "Where"), Some(origin(key.origin, lang))),
        (say!(lang, "Região", "Region"), key.region.clone()),
        (say!(lang, "Criada em", "Created"), key.created_at.as_deref().map(date)),
        (say!(lang, "Será apagada em", "Will be deleted"), key.deletion_at.as_deref().map(date)),
        (say!(lang, "Identidades", "Identities"), list(&key.identities)),
    ]
}

fn state(state: KeyStateView, lang: Lang) -> String {
    match state {
        KeyStateView::Enabled => say!(lang, "ativa", "enabled"),
        KeyStateView::Disabled => say!(lang, "desativada", "disabled"),
        KeyStateView::PendingDeletion => say!(lang, "será apagada", "will be deleted"),
        KeyStateView::Unavailable => say!(lang, "indisponível", "unavailable"),
    }
}

fn origin(origin: KeyOriginView, lang: Lang) -> String {
    lang.word(
        "key_origin_",
        match origin {
            KeyOriginView::Local => "local",
            KeyOriginView::AwsKms => "aws_kms",
            KeyOriginView::Token => "token",
        },
    )
}

fn identity_state(state: IdentityState, lang: Lang) -> String {
    lang.word(
        "identity_",
        match state {
            IdentityState::Ready => "ready",
            IdentityState::NotYetValid => "not_yet_valid",
            IdentityState::Expired => "expired",
        },
    )
}
