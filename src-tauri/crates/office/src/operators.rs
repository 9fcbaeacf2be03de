//! The people of the office: who they are, what proves it, and who has the seat.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use cartorio_core::{OperatorId, SecretString};
use cartorio_registry::{Act, Operator, OperatorRef, Role};

use crate::dto::{Environment, OperatorCard, OperatorChange, Permission};
use crate::office::Office;
use crate::requests::operator_view;
use crate::session::{Facts, Session};
use crate::signing::blocking;
use crate::{OfficeError, OfficeResult};

/// Characters that a password needs.
const MIN_PASSWORD: usize = 8;
/// Wrong passwords in a row before a pause.
const FREE_TRIES: u32 = 3;
/// The first pause; each further wrong password doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Who works here. Everybody sees the names of those who may: one has to be chosen to take the seat.
pub(crate) async fn list(session: &Session) -> OfficeResult<Vec<OperatorCard>> {
    cards(session, session.require(Permission::ManageOperators).is_ok(), Some(session.operator.id)).await
}

/// The same, while nobody has the seat.
pub(crate) async fn list_to_choose(session: &Session) -> OfficeResult<Vec<OperatorCard>> {
    cards(session, false, None).await
}

async fn cards(session: &Session, all: bool, seated: Option<OperatorId>) -> OfficeResult<Vec<OperatorCard>> {
    let mut cards = Vec::new();
    for operator in session.registry.operators().await? {
        if !operator.active && !all {
            continue;
        }
        cards.push(OperatorCard {
            active: operator.active,
            has_password: session.registry.operator_secret(operator.id).await?.is_some(),
            current: seated == Some(operator.id),
            operator: operator_view(&operator.to_ref()),
        });
    }
    Ok(cards)
}

/// Adds a person.
pub(crate) async fn add(
    session: &Session,
    name: &str,
    role: &str,
    password: Option<SecretString>,
) -> OfficeResult<Vec<OperatorCard>> {
    session.require(Permission::ManageOperators)?;
    let operator = Operator { id: OperatorId::generate(), name: person(name)?, role: role_of(role)?, active: true };
    let taken = session.registry.operators().await?.iter().any(|own| own.active && own.name == operator.name);
    if taken {
        return Err(OfficeError::InvalidField { field: "name", reason: "taken" });
    }
    let phc = match (password, session.environment) {
        (Some(password), _) => Some(hash(password).await?),
        (None, Environment::Demo) => None,
        (None, Environment::Production | Environment::Inspection | Environment::Welcome) => {
            return Err(OfficeError::InvalidField { field: "password", reason: "empty" });
        }
    };
    // Without one, whoever starts the program sits in the notary's seat: two people would be one.
    if session.environment != Environment::Demo
        && session.registry.operator_secret(session.operator.id).await?.is_none()
    {
        return Err(OfficeError::OwnPasswordFirst);
    }
    session
        .record(Act::OperatorAdded, about(&operator), async |_| {
            session.registry.add_operator(&operator).await?;
            if let Some(phc) = &phc {
                session.registry.set_operator_secret(operator.id, phc, session.clock.now()).await?;
            }
            Ok(())
        })
        .await?;
    list(session).await
}

/// Changes name or role, or switches somebody off.
pub(crate) async fn change(office: &Office, request: OperatorChange) -> OfficeResult<Vec<OperatorCard>> {
    let session = office.session().await?;
    session.require(Permission::ManageOperators)?;
    let before = find(&session, &request.id).await?;
    let after =
        Operator { id: before.id, name: person(&request.name)?, role: role_of(&request.role)?, active: request.active };
    let stays_notary = after.active && after.role == Role::Notary;
    let others = session.registry.operators().await?;
    let other_notary = others.iter().any(|own| own.id != after.id && own.active && own.role == Role::Notary);
    if !stays_notary && !other_notary {
        return Err(OfficeError::LastNotary);
    }
    // Whoever has the seat keeps their role until somebody else takes it.
    if before.id == session.operator.id && (after.role != before.role || !after.active) {
        return Err(OfficeError::InvalidField { field: "role", reason: "own" });
    }
    let facts = about(&after).with("role_before", before.role.name()).with("active", after.active.to_string());
    session.record(Act::OperatorChanged, facts, async |_| Ok(session.registry.update_operator(&after).await?)).await?;
    list(&session).await
}

/// Sets a password: one's own with the current one, or, by the notary, another's.
pub(crate) async fn set_password(
    session: &Session,
    guesses: &Guesses,
    id: &str,
    current: Option<SecretString>,
    new: SecretString,
) -> OfficeResult<Vec<OperatorCard>> {
    let operator = find(session, id).await?;
    if operator.id == session.operator.id {
        if let Some((phc, _)) = session.registry.operator_secret(operator.id).await? {
            let current = current.ok_or(OfficeError::InvalidField { field: "current", reason: "empty" })?;
            // An open seat is no place to guess the password of who left it.
            guesses.require_no_pause(operator.id)?;
            let checked = verify(phc, current).await;
            guesses.note(operator.id, checked.is_ok());
            if checked.is_err() {
                return session
                    .record(Act::OperatorSecretSet, about(&operator), async |_| checked)
                    .await
                    .map(|()| Vec::new());
            }
        }
    } else {
        session.require(Permission::ManageOperators)?;
    }
    let phc = hash(new).await?;
    session
        .record(Act::OperatorSecretSet, about(&operator), async |_| {
            Ok(session.registry.set_operator_secret(operator.id, &phc, session.clock.now()).await?)
        })
        .await?;
    list(session).await
}

/// Wrong passwords of this run, by operator.
#[derive(Default)]
pub(crate) struct Guesses(Mutex<HashMap<OperatorId, (u32, Instant)>>);

impl Guesses {
    /// How long this operator has to wait before the next try.
    fn pause(&self, id: OperatorId) -> Option<Duration> {
        let guesses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (wrong, last) = guesses.get(&id)?;
        pause_after(*wrong).checked_sub(last.elapsed()).filter(|left| !left.is_zero())
    }

    fn require_no_pause(&self, id: OperatorId) -> OfficeResult<()> {
        match self.pause(id) {
            Some(left) => Err(OfficeError::OperatorPasswordPause { seconds: left.as_secs().max(1) }),
            None => Ok(()),
        }
    }

    fn note(&self, id: OperatorId, good: bool) {
        let mut guesses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if good {
            guesses.remove(&id);
        } else {
            let wrong = guesses.get(&id).map_or(0, |(wrong, _)| *wrong);
            guesses.insert(id, (wrong.saturating_add(1), Instant::now()));
        }
    }
}

fn pause_after(wrong: u32) -> Duration {
    match wrong.checked_sub(FREE_TRIES) {
        None => Duration::ZERO,
        Some(further) => FIRST_PAUSE.saturating_mul(1 << further.min(10)).min(LONGEST_PAUSE),
    }
}

/// Lets somebody take the seat, who proves who they are. The demonstration asks for nothing.
pub(crate) async fn admit(
    session: &Session,
    guesses: &Guesses,
    id: &str,
    password: Option<SecretString>,
) -> OfficeResult<OperatorRef> {
    let operator = find(session, id).await?;
    if !operator.active {
        return Err(OfficeError::UnknownOperator);
    }
    let secret = session.registry.operator_secret(operator.id).await?;
    match (secret, session.environment) {
        (None, Environment::Demo) => {}
        (None, Environment::Production | Environment::Inspection | Environment::Welcome) => {
            return Err(OfficeError::OperatorPasswordMissing { name: operator.name });
        }
        (Some((phc, _)), _) => {
            guesses.require_no_pause(operator.id)?;
            let password = password.ok_or(OfficeError::InvalidField { field: "password", reason: "empty" })?;
            let checked = verify(phc, password).await;
            guesses.note(operator.id, checked.is_ok());
            if checked.is_err() {
                // A wrong password is worth a record of its own: who tried to be whom.
                let facts = about(&operator);
                return session
                    .record_look(Act::OperatorSwitched, facts, async || checked)
                    .await
                    .map(|()| operator.to_ref());
            }
        }
    }
    Ok(operator.to_ref())
}

/// Whether the seat can be taken by others at all: in production its first notary needs a password for that.
async fn find(session: &Session, id: &str) -> OfficeResult<Operator> {
    let parsed: OperatorId = id.parse().map_err(|_| OfficeError::UnknownOperator)?;
    session.registry.operator(parsed).await.map_err(|error| match error {
        cartorio_registry::RegistryError::NotFound { .. } => OfficeError::UnknownOperator,
        other => other.into(),
    })
}

fn about(operator: &Operator) -> Facts {
    Facts::default()
        .with("operator", operator.id.to_string())
        .with("operator_name", operator.name.clone())
        .with("role", operator.role.name())
}

fn person(name: &str) -> OfficeResult<String> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let refuse = |reason| Err(OfficeError::InvalidField { field: "name", reason });
    match name.chars().count() {
        0 => refuse("empty"),
        1..=64 if !name.chars().any(char::is_control) => Ok(name),
        1..=64 => refuse("malformed"),
        _ => refuse("too_long"),
    }
}

fn role_of(role: &str) -> OfficeResult<Role> {
    role.parse().map_err(|_| OfficeError::InvalidField { field: "role", reason: "malformed" })
}

/// Argon2id with OWASP's figures for an interactive login: 19 MiB, two passes (RFC 9106).
fn argon() -> OfficeResult<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(OfficeError::internal)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

async fn hash(password: SecretString) -> OfficeResult<String> {
    if password.expose().chars().count() < MIN_PASSWORD {
        return Err(OfficeError::InvalidField { field: "password", reason: "too_short" });
    }
    blocking(move || {
        let hash = argon()?.hash_password(password.expose().as_bytes()).map_err(OfficeError::internal)?;
        Ok(hash.to_string())
    })
    .await?
}

async fn verify(phc: String, password: SecretString) -> OfficeResult<()> {
    blocking(move || {
        let hash = PasswordHash::new(&phc).map_err(OfficeError::internal)?;
        argon()?.verify_password(password.expose().as_bytes(), &hash).map_err(|_| OfficeError::OperatorPasswordWrong)
    })
    .await?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_opens_its_own_hash_alone() {
        let phc = hash(SecretString::new("correta e longa".into())).await.unwrap();
        assert!(phc.starts_with("$argon2id$"), "{phc}");
        verify(phc.clone(), SecretString::new("correta e longa".into())).await.unwrap();
        let wrong = verify(phc, SecretString::new("correta e long".into())).await;
        assert!(matches!(wrong, Err(OfficeError::OperatorPasswordWrong)));
        let short = hash(SecretString::new("1234567".into())).await;
        assert!(matches!(short, Err(OfficeError::InvalidField { field: "password", .. })));
    }

    #[test]
    fn guesses_cost_more_and_more_time() {
        assert_eq!(pause_after(2), Duration::ZERO);
        assert_eq!(pause_after(3), FIRST_PAUSE);
        assert_eq!(pause_after(5), FIRST_PAUSE * 4);
        assert_eq!(pause_after(u32::MAX), LONGEST_PAUSE);
    }
}
