//! Keys.

mod access;
mod detail;
mod list;
mod sign;

use cartorio_office::dto::{
    AutomaticRotationSet, Empty, KeyAgeRule, KeyAlias, KeyCreate, KeyDeletion, KeyDescribe, KeyDetail, KeyEnable,
    KeyPlace, KeyQuery, KeyTagsChange, KeyUsageView, PublicKeyFormat, RequestMake, RequestMakeWhat, TokenRef,
    UnlockNeed,
};
use cartorio_office::{Commands, Office};
use serde_json::json;

use super::{requests, tokens, unlock};
use crate::args::{AliasChange, Global, Keys, PlaceChoice, PublicKeyForm, UsageChoice};
use crate::desk;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure};
use crate::show::{code, fields};

pub(crate) async fn keys(global: &Global, command: Keys, lang: Lang) -> Result<Done, Failure> {
    if let Keys::Verify { file, signature, key, algorithm } = command {
        // A receipt is checked with nothing else: no office is needed for that.
        let office = desk::open_to_look(global, lang).await?;
        return sign::verify(&office, sign::Check { file, signature, key, algorithm }, lang).await;
    }
    let office = desk::open(global, lang).await?;
    match command {
        Keys::List { due, state, search } => list::list(&office, &list::Filter { due, state, search }, lang).await,
        Keys::Describe { key } => {
            let key_ref = resolve(&office, &key, lang).await?;
            shown(&office.key_describe(KeyQuery { key_ref }).await?, lang)
        }
        Keys::PublicKey { key, format, out } => {
            let key = resolve(&office, &key, lang).await?;
            public_key(&office, &key, format, out.as_deref(), lang).await
        }
        Keys::Create { alias, spec, usage, place, tag, multi_region, description, pin } => {
            let mut token = None;
            let place = match place {
                None => None,
                Some(PlaceChoice::Local) => Some(KeyPlace::Local),
                Some(PlaceChoice::Aws) => Some(KeyPlace::Aws),
                Some(PlaceChoice::Token(wanted)) => {
                    let found = tokens::find(&office, &wanted, lang).await?;
                    unlock::login(&office, &found, &pin, lang).await?;
                    token = Some(found.id.clone());
                    Some(KeyPlace::Token { token: found.id })
                }
            };
            let usage = Some(match usage {
                UsageChoice::Sign => KeyUsageView::Sign,
                UsageChoice::Seal => KeyUsageView::Seal,
            });
            let create = KeyCreate { spec, alias, description, usage, place, tags: tag, multi_region };
            let made = office.key_create(create).await;
            if let Some(id) = token {
                office.token_logout(TokenRef { id }).await.ok();
            }
            let key = made?;
            Done::new(fields(&detail::summary(&key, lang)), &key)
        }
        Keys::Sign { files, key, algorithm, out, unlock } => {
            let key = resolve(&office, &key, lang).await?;
            sign::sign(&office, sign::Batch { files, key, algorithm, out, unlock }, lang).await
        }
        Keys::Verify { .. } => Err(Failure::bug("verify is done above".to_owned())),
        Keys::Alias(change) => match change {
            AliasChange::Put { key, name } => {
                let key_ref = resolve(&office, &key, lang).await?;
                shown(&office.key_alias_put(KeyAlias { key_ref, alias: name }).await?, lang)
            }
            AliasChange::Remove { key, name } => {
                let key_ref = resolve(&office, &key, lang).await?;
                shown(&office.key_alias_remove(KeyAlias { key_ref, alias: name }).await?, lang)
            }
        },
        Keys::Tag { key, put, remove } => {
            let key_ref = resolve(&office, &key, lang).await?;
            shown(&office.key_tags_change(KeyTagsChange { key_ref, put, remove }).await?, lang)
        }
        Keys::SetDescription { key, text } => {
            let key_ref = resolve(&office, &key, lang).await?;
            shown(&office.key_description_set(KeyDescribe { key_ref, description: text }).await?, lang)
        }
        Keys::Enable { key } => enabled(&office, &key, true, lang).await,
        Keys::Disable { key } => enabled(&office, &key, false, lang).await,
        Keys::Rotate { key, reason, certificate, transition_days, deletion_days, keep } => {
            let key_ref = resolve(&office, &key, lang).await?;
            let deletion_days = (!keep).then_some(deletion_days);
            let what = RequestMakeWhat::KeyRotation { key_ref, certificate, transition_days, deletion_days };
            let request = office.request_make(RequestMake { what, reason }).await?;
            requests::shown(&request, lang)
        }
        Keys::Retire { request: Some(request), .. } => {
            shown(&office.key_deletion_schedule(KeyDeletion { request }).await?, lang)
        }
        Keys::Retire { key: Some(key), days: Some(days), reason: Some(reason), request: None } => {
            let key_ref = resolve(&office, &key, lang).await?;
            let what = RequestMakeWhat::KeyDeletion { key_ref, days };
            let request = office.request_make(RequestMake { what, reason }).await?;
            requests::shown(&request, lang)
        }
        Keys::Retire { request: None, .. } => Err(Failure::bug("retire without key, days and reason".to_owned())),
        Keys::CancelDeletion { key } => {
            let key_ref = resolve(&office, &key, lang).await?;
            shown(&office.key_deletion_cancel(KeyQuery { key_ref }).await?, lang)
        }
        Keys::AutoRotation { key, every, off: _ } => {
            let key_ref = resolve(&office, &key, lang).await?;
            shown(&office.automatic_rotation_set(AutomaticRotationSet { key_ref, period_days: every }).await?, lang)
        }
        Keys::Renew { key } => {
            let key_ref = resolve(&office, &key, lang).await?;
            shown(&office.key_rotate_now(KeyQuery { key_ref }).await?, lang)
        }
        Keys::AgeRule { days } => {
            let rule = office.key_age_rule_save(KeyAgeRule { max_age_days: days }).await?;
            let days = rule.max_age_days;
            let text = say!(
                lang,
                "As chaves de assinatura são trocadas a cada {days} dias.",
                "Signing keys are changed every {days} days."
            );
            Done::new(text, &rule)
        }
        Keys::UnlockState { key } => {
            let key_ref = resolve(&office, &key, lang).await?;
            let state = office.key_unlock_state(KeyQuery { key_ref }).await?;
            let name = &state.name;
            let text = match state.needs {
                UnlockNeed::Nothing => say!(lang, "Assina sem pedir nada.", "It signs without asking for anything."),
                UnlockNeed::Pin => {
                    let left = unlock::tries(state.tries.as_deref().unwrap_or_default(), lang);
                    say!(lang, "O token «{name}» pede o PIN. {left}", "The token “{name}” wants its PIN. {left}")
                }
                UnlockNeed::Password => {
                    say!(lang, "O arquivo «{name}» pede a senha.", "The file “{name}” wants its password.")
                }
            };
            Done::new(text, &state)
        }
    }
}

/// The reference of the key that `wanted` names: a reference itself, an ARN, a friendly name, or the label of an identity.
pub(super) async fn resolve(office: &Office, wanted: &str, lang: Lang) -> Result<String, Failure> {
    const SCHEMES: [&str; 4] = ["local:", "awskms:", "pkcs11:", "p12:"];
    if SCHEMES.iter().any(|scheme| wanted.starts_with(scheme)) {
        return Ok(wanted.to_owned());
    }
    if wanted.starts_with("arn:") && wanted.contains(":kms:") {
        return Ok(format!("awskms:{wanted}"));
    }
    let mut found: Vec<String> = match office.keys_list(Empty {}).await {
        Ok(list) => {
            let named = |own: &[String]| own.iter().any(|name| name == wanted);
            let own = list.keys.into_iter().filter(|key| named(&key.aliases) || named(&key.identities));
            own.map(|key| key.key_ref).collect()
        }
        // Who only signs sees no keys, but the identities that they sign with.
        Err(error) if error.code == "not_permitted" => {
            let own = office.identities_list(Empty {}).await?.into_iter().filter(|own| own.label == wanted);
            own.map(|identity| identity.key_ref).collect()
        }
        Err(error) => return Err(error.into()),
    };
    found.sort();
    found.dedup();
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            found.push(last);
            let all = found.join(", ");
            Err(Failure::input(say!(
                lang,
                "«{wanted}» serve a mais de uma chave; use a referência: {all}",
                "“{wanted}” fits more than one key; use the reference: {all}"
            )))
        }
        (None, _) => Err(Failure::input(say!(
            lang,
            "nenhuma chave se chama «{wanted}» («cartorio keys list»)",
            "no key is called “{wanted}” (“cartorio keys list”)"
        ))),
    }
}

async fn enabled(office: &Office, key: &str, enabled: bool, lang: Lang) -> Result<Done, Failure> {
    let key_ref = resolve(office, key, lang).await?;
    shown(&office.key_enable(KeyEnable { key_ref, enabled }).await?, lang)
}

fn shown(key: &KeyDetail, lang: Lang) -> Result<Done, Failure> {
    Done::new(detail::text(key, lang), key)
}

async fn public_key(
    office: &Office,
    key: &str,
    form: PublicKeyForm,
    out: Option<&std::path::Path>,
    lang: Lang,
) -> Result<Done, Failure> {
    let format = match form {
        PublicKeyForm::Pem => PublicKeyFormat::Pem,
        PublicKeyForm::Der => PublicKeyFormat::Der,
        PublicKeyForm::Jwk => PublicKeyFormat::Jwk,
    };
    if let Some(path) = out {
        let file = office.save_public_key(key, format, path).await?;
        let path = super::path_of(&file.folder, &file.name);
        return Done::new(path.clone(), &json!({ "key_ref": key, "format": code(&format), "file": path }));
    }
    if form == PublicKeyForm::Der {
        return Err(Failure::usage(say!(
            lang,
            "--format der precisa de --out ARQUIVO",
            "--format der needs --out FILE"
        )));
    }
    let bytes = office.public_key_file(key, format).await?;
    let text = String::from_utf8(bytes).map_err(|_| Failure::bug("a public key that is no text".to_owned()))?;
    // `public_key_pem` is the name that scripts know from the first version.
    let json = match form {
        PublicKeyForm::Jwk => {
            let jwk: serde_json::Value =
                serde_json::from_str(&text).map_err(|error| Failure::bug(error.to_string()))?;
            json!({ "key_ref": key, "format": "jwk", "public_key_jwk": jwk })
        }
        PublicKeyForm::Pem | PublicKeyForm::Der => json!({ "key_ref": key, "format": "pem", "public_key_pem": text }),
    };
    Done::new(text, &json)
}
