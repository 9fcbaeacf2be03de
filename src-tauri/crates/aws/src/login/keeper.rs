//! The credentials in use of one profile, and new ones before they end.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use cartorio_core::SecretString;
use cartorio_keys::{CredentialStatus, KeyError, KeyResult, LoginMethod};
use time::{Duration, OffsetDateTime};

use super::role::{Role, mfa_code};
use super::sso::{Portal, PortalPlace, Standing};
use super::store::Login;
use super::terms::{AccountId, RoleName};
use super::{LOGIN, Surroundings, base};
use crate::{AwsProfile, CredentialSource, RoleBase};

/// Holds the credentials in use of a profile. Everything that signs with them asks here, every time.
pub(crate) struct Keeper {
    profile: Arc<AwsProfile>,
    surroundings: Surroundings,
    source: Source,
    state: Mutex<State>,
    /// One renewal at a time; how the last one ended, for those who waited for it.
    round: tokio::sync::Mutex<Round>,
}

enum Source {
    /// Access key in the keyring; never ends by itself.
    Static,
    /// Found by the SDK.
    Found(RoleBase),
    Sso {
        portal: Box<Portal>,
        account_id: AccountId,
        role_name: RoleName,
    },
    Role(Role),
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// Access key id of credentials that AWS refused as expired.
    refused: Option<String>,
    rounds: u64,
}

#[derive(Default)]
struct Round {
    number: u64,
    error: Option<KeyError>,
}

#[derive(Clone)]
struct Held {
    credentials: Credentials,
    expires_at: Option<OffsetDateTime>,
    renew_at: Option<OffsetDateTime>,
    epoch: u64,
}

/// What is there to sign with.
enum Look {
    Fresh(Credentials),
    /// About to end.
    Ending(Credentials),
    Nothing,
}

impl Keeper {
    pub(crate) fn new(profile: Arc<AwsProfile>, surroundings: &Surroundings) -> KeyResult<Self> {
        let source = match &profile.credentials {
            CredentialSource::KeyringStatic => Source::Static,
            CredentialSource::Default => Source::Found(RoleBase::Default),
            CredentialSource::NamedProfile { profile } => {
                Source::Found(RoleBase::NamedProfile { profile: profile.clone() })
            }
            CredentialSource::Sso { start_url, sso_region, account_id, role_name } => {
                let place = PortalPlace {
                    profile: profile.name.clone(),
                    start_url: start_url.clone(),
                    region: sso_region.clone(),
                    sso_endpoint: profile.sso_endpoint().cloned(),
                    oidc_endpoint: profile.sso_oidc_endpoint().cloned(),
                };
                Source::Sso {
                    portal: Box::new(Portal::new(place, surroundings)?),
                    account_id: account_id.clone(),
                    role_name: role_name.clone(),
                }
            }
            CredentialSource::AssumeRole { role_arn, mfa_serial, external_id, session_minutes, base } => {
                Source::Role(Role {
                    role_arn: role_arn.clone(),
                    mfa_serial: mfa_serial.clone(),
                    external_id: external_id.clone(),
                    session_minutes: *session_minutes,
                    base: base.clone(),
                })
            }
        };
        Ok(Self {
            profile,
            surroundings: surroundings.clone(),
            source,
            state: Mutex::default(),
            round: tokio::sync::Mutex::default(),
        })
    }

    /// Whose credentials these are.
    pub(crate) fn profile(&self) -> &Arc<AwsProfile> {
        &self.profile
    }

    /// What it works with.
    pub(crate) fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    /// Credentials that are good now.
    pub(crate) async fn credentials(self: &Arc<Self>) -> KeyResult<Credentials> {
        match self.look() {
            Look::Fresh(credentials) => return Ok(credentials),
            // Somebody renews already, and until then these serve.
            Look::Ending(credentials) if self.round.try_lock().is_err() => return Ok(credentials),
            Look::Ending(_) | Look::Nothing => {}
        }
        let seen = self.state().rounds;
        // A task of its own: who asked may give up, and a refresh token that was sent has been used up.
        let renewal = tokio::spawn(Arc::clone(self).renew(seen));
        renewal.await.unwrap_or_else(|error| {
            Err(KeyError::Backend { backend: LOGIN, reason: format!("the renewal ended: {error}"), request_id: None })
        })
    }

    /// How the credentials stand, without asking AWS.
    pub(crate) async fn status(&self) -> CredentialStatus {
        let held = match self.look() {
            Look::Fresh(_) | Look::Ending(_) => self.state().held.clone(),
            Look::Nothing => None,
        };
        let mut expires_at = held.as_ref().and_then(|held| held.expires_at);
        let (login_until, login) = match &self.source {
            Source::Static | Source::Found(_) | Source::Role(Role { mfa_serial: None, .. }) => (None, None),
            Source::Sso { portal, .. } => match portal.standing().await {
                Standing::Good(until) => (until, None),
                // What was got before still serves to its end.
                Standing::Needed => (None, held.is_none().then_some(LoginMethod::Sso)),
            },
            Source::Role(role) => match role.kept(&self.profile.name, &self.surroundings).await {
                Ok(session) => {
                    expires_at = Some(session.expires_at);
                    (expires_at, None)
                }
                Err(_) => (None, held.is_none().then_some(LoginMethod::Mfa)),
            },
        };
        CredentialStatus { expires_at, login_until, login }
    }

    /// Takes the role on with the number that the MFA device shows.
    pub(crate) async fn login_mfa(&self, typed: &SecretString) -> KeyResult<()> {
        let Source::Role(role @ Role { mfa_serial: Some(_), .. }) = &self.source else {
            return Err(KeyError::Unsupported { backend: LOGIN, what: "an MFA code for this profile".to_owned() });
        };
        let (logins, name) = (&self.surroundings.logins, &self.profile.name);
        let number = logins.number(name);
        let code = mfa_code(name, typed)?;
        let session = role.assume(&self.profile, &self.surroundings, Some(&code)).await?;
        logins.keep_new(name, Login::Role(session), number).await;
        Ok(())
    }

    /// Drops the credentials with that access key id: AWS says that they are expired. The next call gets new ones.
    pub(super) fn refused(&self, access_key_id: &str) {
        let mut state = self.state();
        // Another call may have been told the same, and the renewal be done.
        if state.held.as_ref().is_none_or(|held| held.credentials.access_key_id() == access_key_id) {
            state.held = None;
            state.refused = Some(access_key_id.to_owned());
        }
    }

    async fn renew(self: Arc<Self>, seen: u64) -> KeyResult<Credentials> {
        let mut round = self.round.lock().await;
        let before = match self.look() {
            Look::Fresh(credentials) => return Ok(credentials),
            Look::Ending(credentials) => Some(credentials),
            Look::Nothing => None,
        };
        // Who waited while another asked, and failed, has the same answer.
        if round.number != seen
            && let Some(error) = round.error.clone()
        {
            return before.ok_or(error);
        }
        let outcome = tokio::time::timeout(PATIENCE, self.fetch()).await.unwrap_or_else(|_| {
            Err(KeyError::NoCredentials { reason: format!("nothing came within {} s", PATIENCE.as_secs()) })
        });
        let mut state = self.state();
        state.rounds += 1;
        round.number = state.rounds;
        round.error = outcome.as_ref().err().cloned();
        match outcome {
            Ok(held) => {
                let credentials = held.credentials.clone();
                state.held = Some(held);
                Ok(credentials)
            }
            Err(error) => match (before, state.held.as_mut()) {
                // What has not ended serves on; the next try is not at once.
                (Some(credentials), Some(held)) => {
                    held.renew_at = Some(self.now() + PAUSE);
                    Ok(credentials)
                }
                _ => Err(error),
            },
        }
    }

    async fn fetch(&self) -> KeyResult<Held> {
        let epoch = self.epoch();
        let refused = self.state().refused.take();
        let credentials = match &self.source {
            Source::Static => base::credentials(&RoleBase::KeyringStatic, &self.profile, &self.surroundings).await?,
            Source::Found(base) => base::credentials(base, &self.profile, &self.surroundings).await?,
            Source::Sso { portal, account_id, role_name } => portal.role_credentials(account_id, role_name).await?,
            Source::Role(role @ Role { mfa_serial: None, .. }) => {
                role.assume(&self.profile, &self.surroundings, None).await?.to_sdk()
            }
            Source::Role(role) => {
                let session = role.kept(&self.profile.name, &self.surroundings).await?;
                if refused.as_deref() == Some(session.access_key_id.expose()) {
                    self.surroundings.logins.forget(&self.profile.name).await.ok();
                    return Err(super::login_required(&self.profile.name, LoginMethod::Mfa));
                }
                session.to_sdk()
            }
        };
        // The same again, after AWS has refused them.
        if refused.as_deref() == Some(credentials.access_key_id()) {
            return Err(KeyError::ExpiredCredentials);
        }
        let now = self.now();
        let expires_at = credentials.expiry().map(OffsetDateTime::from);
        let renew_at = match (&self.source, expires_at) {
            // Nothing to be had before a person comes.
            (Source::Role(Role { mfa_serial: Some(_), .. }), ends) => ends,
            (_, Some(ends)) => Some(ends - MARGIN.min((ends - now) / 3)),
            (Source::Found(_), None) => Some(now + LOOK_AGAIN),
            (Source::Static | Source::Sso { .. } | Source::Role(_), None) => None,
        };
        Ok(Held { credentials, expires_at, renew_at, epoch })
    }

    fn look(&self) -> Look {
        let (now, epoch) = (self.now(), self.epoch());
        match &self.state().held {
            Some(held) if held.epoch == epoch && held.expires_at.is_none_or(|ends| ends > now) => {
                if held.renew_at.is_none_or(|at| at > now) {
                    Look::Fresh(held.credentials.clone())
                } else {
                    Look::Ending(held.credentials.clone())
                }
            }
            Some(_) | None => Look::Nothing,
        }
    }

    fn epoch(&self) -> u64 {
        self.surroundings.logins.epoch(&self.profile.name)
    }

    fn now(&self) -> OffsetDateTime {
        self.surroundings.clock.now()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A poisoned state is still one; at worst credentials are got anew.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A provider that never answers must not keep everybody waiting.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);
/// Credentials are renewed so long before they end, or when a third of their time is left.
const MARGIN: Duration = Duration::minutes(5);
/// After a renewal that failed while the credentials still serve.
const PAUSE: Duration = Duration::seconds(30);
/// Credentials without an end that the SDK found: another program may have changed them.
const LOOK_AGAIN: Duration = Duration::minutes(15);

/// A [`Keeper`] as the SDK asks for it.
pub(crate) struct Provider(pub(crate) Arc<Keeper>);

impl ProvideCredentials for Provider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        // The error is found again, as it is, by the one who made the call.
        future::ProvideCredentials::new(async { self.0.credentials().await.map_err(CredentialsError::provider_error) })
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Provider(…)")
    }
}
