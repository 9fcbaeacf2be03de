//! What a key needs from a person before it signs: a token's PIN, an A1 file's password. An unlock lasts for one batch.

use cartorio_core::SecretString;
use cartorio_keys::KeyRef;
use cartorio_registry::Act;

use crate::dto::{KeyUnlockState, Permission, UnlockNeed};
use crate::session::{Facts, Session};
use crate::{OfficeError, OfficeResult, tokens};

/// What `key` needs now.
pub(crate) async fn state(session: &Session, key: &KeyRef) -> OfficeResult<KeyUnlockState> {
    session.require(Permission::Sign)?;
    let nothing = |name: String| KeyUnlockState {
        key_ref: key.to_string(),
        needs: UnlockNeed::Nothing,
        name,
        tries: None,
        pin_pad: false,
    };
    match key {
        KeyRef::Local { .. } | KeyRef::AwsKms { .. } => Ok(nothing(String::new())),
        KeyRef::P12 { certificate } => {
            let name = session.a1.file_name(certificate).await?;
            let needs = if session.a1.is_open(certificate).await? { UnlockNeed::Nothing } else { UnlockNeed::Password };
            Ok(KeyUnlockState { needs, ..nothing(name) })
        }
        KeyRef::Pkcs11 { .. } => {
            let token = tokens::token_of(session, key).await?;
            if token.logged_in {
                return Ok(nothing(token.label));
            }
            Ok(KeyUnlockState {
                needs: UnlockNeed::Pin,
                tries: Some(token.tries.clone()),
                pin_pad: token.pin_pad,
                ..nothing(token.label)
            })
        }
    }
}

/// Opens `key` for the next batch. A wrong PIN is tried once and never again by itself.
pub(crate) async fn unlock(
    session: &Session,
    key: &KeyRef,
    secret: Option<SecretString>,
    keep: bool,
) -> OfficeResult<KeyUnlockState> {
    session.require(Permission::Sign)?;
    let facts = Facts::key(key).with("password_kept", keep.to_string());
    session
        .record(Act::KeyUnlocked, facts, async |_| match key {
            KeyRef::Local { .. } | KeyRef::AwsKms { .. } => Ok(()),
            KeyRef::P12 { certificate } => {
                let password = secret.ok_or(OfficeError::InvalidField { field: "secret", reason: "empty" })?;
                session.a1.unlock(certificate, password, keep).await
            }
            KeyRef::Pkcs11 { .. } => tokens::login_for(session, key, secret).await,
        })
        .await?;
    state(session, key).await
}

/// Ends an unlock; nothing to end is no error.
pub(crate) async fn lock(session: &Session, key: &KeyRef) -> OfficeResult<()> {
    match key {
        KeyRef::Local { .. } | KeyRef::AwsKms { .. } => Ok(()),
        KeyRef::P12 { certificate } => {
            session.a1.lock(certificate);
            Ok(())
        }
        KeyRef::Pkcs11 { .. } => tokens::logout_for(session, key).await,
    }
}
