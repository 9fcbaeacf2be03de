//! AWS as the [`Cloud`] and the [`Authorities`] that the office asks for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use cartorio_core::{Clock, SecretString};
use cartorio_keys::local::OsKeyring;
use cartorio_keys::{
    AccessKeys, CallerIdentity, Cloud, CloudProfile, CredentialSource as Source, CredentialStatus, DeviceLogin,
    KeyError, KeyManager, KeyResult, LoginProgress, RoleBase as Base, SsoAccount,
};
use cartorio_pki::ca::{Authorities, CaError, CertificateAuthority};

use crate::login::{Keeper, LOGIN, Poll, Portal, PortalPlace, Surroundings};
use crate::profile::ProfileError;
use crate::session::keeper;
use crate::{
    AwsProfile, AwsSession, CredentialSource, CredentialStore, Endpoint, Limits, RoleBase, ServiceEndpoints,
    SessionMinutes, StaticCredentials,
};

/// How long the keyring may take; it may be waiting for somebody to type a password.
const KEYRING_LIMIT: Duration = Duration::from_secs(60);

/// AWS, with access keys and logins in the operating system's keyring.
pub struct AwsCloud {
    surroundings: Surroundings,
    /// One keeper for each profile as it was asked for, so that all connections share their credentials.
    keepers: Mutex<Vec<(CloudProfile, Arc<Keeper>)>>,
}

impl AwsCloud {
    /// AWS with the operating system's keyring; `clock` dates the requests.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with(CredentialStore::new(Arc::new(OsKeyring), KEYRING_LIMIT), clock, Limits::default())
    }

    /// AWS with access keys kept in `credentials`, and with other limits of patience.
    pub fn with(credentials: CredentialStore, clock: Arc<dyn Clock>, limits: Limits) -> Self {
        let logins = Arc::new(credentials.logins());
        Self { surroundings: Surroundings { credentials, logins, clock, limits }, keepers: Mutex::default() }
    }

    async fn session(&self, profile: &CloudProfile) -> KeyResult<AwsSession> {
        AwsSession::with_keeper(self.keeper(profile)?).await
    }

    fn keeper(&self, profile: &CloudProfile) -> KeyResult<Arc<Keeper>> {
        // A poisoned list is still a list of keepers.
        let mut keepers = self.keepers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, keeper)) = keepers.iter().find(|(own, _)| own == profile) {
            return Ok(Arc::clone(keeper));
        }
        let made = keeper(profile_of(profile)?, &self.surroundings)?;
        // A profile that was changed is not asked for any more; connections hold their keeper themselves.
        if keepers.len() >= MOST_KEEPERS {
            keepers.remove(0);
        }
        keepers.push((profile.clone(), Arc::clone(&made)));
        Ok(made)
    }

    fn portal(&self, profile: &CloudProfile) -> KeyResult<Portal> {
        Portal::new(portal_place(profile)?, &self.surroundings)
    }
}

const MOST_KEEPERS: usize = 64;

#[async_trait]
impl Cloud for AwsCloud {
    async fn connect(&self, profile: &CloudProfile) -> KeyResult<Arc<dyn KeyManager>> {
        Ok(Arc::new(self.session(profile).await?.kms().with_signing_limits(profile.signing)))
    }

    async fn test(&self, profile: &CloudProfile) -> KeyResult<CallerIdentity> {
        let caller = self.session(profile).await?.test().await?;
        Ok(CallerIdentity { account: caller.account, arn: caller.arn })
    }

    async fn store_access_keys(&self, profile: &str, keys: AccessKeys) -> KeyResult<()> {
        let AccessKeys { access_key_id, secret_access_key, session_token } = keys;
        let credentials = StaticCredentials::new(access_key_id, secret_access_key, session_token)?;
        self.surroundings.credentials.store(profile, &credentials).await?;
        self.surroundings.logins.changed(profile);
        Ok(())
    }

    async fn forget_access_keys(&self, profile: &str) -> KeyResult<()> {
        self.surroundings.credentials.forget(profile).await?;
        self.surroundings.logins.changed(profile);
        Ok(())
    }

    async fn has_access_keys(&self, profile: &str) -> bool {
        self.surroundings.credentials.has(profile).await.unwrap_or(false)
    }

    async fn credential_status(&self, profile: &CloudProfile) -> CredentialStatus {
        if let Ok(keeper) = self.keeper(profile) {
            return keeper.status().await;
        }
        // A profile in the making: no account chosen yet.
        match self.portal(profile) {
            Ok(portal) => portal.status().await,
            Err(_) => CredentialStatus { expires_at: None, login_until: None, login: None },
        }
    }

    async fn login_start(&self, profile: &CloudProfile) -> KeyResult<DeviceLogin> {
        self.portal(profile)?.start().await
    }

    async fn login_poll(&self, profile: &CloudProfile, id: &str) -> KeyResult<LoginProgress> {
        Ok(match self.portal(profile)?.poll(id).await? {
            Poll::Pending { interval } => LoginProgress::Pending { interval },
            Poll::Done => LoginProgress::Done(self.credential_status(profile).await),
            Poll::Over => LoginProgress::Over,
        })
    }

    async fn login_mfa(&self, profile: &CloudProfile, code: &SecretString) -> KeyResult<CredentialStatus> {
        let keeper = self.keeper(profile)?;
        keeper.login_mfa(code).await?;
        Ok(keeper.status().await)
    }

    async fn logout(&self, profile: &CloudProfile) -> KeyResult<()> {
        if let Ok(portal) = self.portal(profile) {
            portal.sign_out().await;
        }
        self.surroundings.logins.forget(&profile.name).await
    }

    async fn sso_accounts(&self, profile: &CloudProfile) -> KeyResult<Vec<SsoAccount>> {
        self.portal(profile)?.accounts().await
    }
}

#[async_trait]
impl Authorities for AwsCloud {
    async fn open(&self, profile: &CloudProfile, authority: &str) -> Result<Arc<dyn CertificateAuthority>, CaError> {
        let session = self.session(profile).await.map_err(CaError::Remote)?;
        Ok(Arc::new(session.private_ca(authority).await?))
    }
}

/// The same profile, with its fields checked.
fn profile_of(profile: &CloudProfile) -> KeyResult<AwsProfile> {
    let field = |name: &'static str| field(profile, name);
    Ok(AwsProfile {
        name: profile.name.clone(),
        region: profile.region.parse().map_err(field("region"))?,
        endpoint: parsed(profile.endpoint.as_deref()).map_err(field("endpoint"))?,
        endpoints: ServiceEndpoints {
            acm_pca: parsed(profile.acm_pca_endpoint.as_deref()).map_err(field("acm_pca_endpoint"))?,
            ..ServiceEndpoints::default()
        },
        use_fips: profile.use_fips,
        credentials: match &profile.credentials {
            Source::Default => CredentialSource::Default,
            Source::NamedProfile { profile } => CredentialSource::NamedProfile { profile: profile.clone() },
            Source::Keyring => CredentialSource::KeyringStatic,
            Source::Sso { start_url, sso_region, account_id, role_name } => CredentialSource::Sso {
                start_url: start_url.parse().map_err(field("start_url"))?,
                sso_region: sso_region.parse().map_err(field("sso_region"))?,
                account_id: account_id.parse().map_err(field("account_id"))?,
                role_name: role_name.parse().map_err(field("role_name"))?,
            },
            Source::AssumeRole { role_arn, mfa_serial, external_id, session_minutes, base } => {
                CredentialSource::AssumeRole {
                    role_arn: role_arn.parse().map_err(field("role_arn"))?,
                    mfa_serial: parsed(mfa_serial.as_deref()).map_err(field("mfa_serial"))?,
                    external_id: parsed(external_id.as_deref()).map_err(field("external_id"))?,
                    session_minutes: SessionMinutes::try_from(*session_minutes).map_err(field("session_minutes"))?,
                    base: match base {
                        Base::Default => RoleBase::Default,
                        Base::NamedProfile { profile } => RoleBase::NamedProfile { profile: profile.clone() },
                        Base::Keyring => RoleBase::KeyringStatic,
                    },
                }
            }
        },
    })
}

/// The portal of a profile, whose account and role need not be known yet.
fn portal_place(profile: &CloudProfile) -> KeyResult<PortalPlace> {
    let field = |name: &'static str| field(profile, name);
    let Source::Sso { start_url, sso_region, account_id: _, role_name: _ } = &profile.credentials else {
        return Err(KeyError::Unsupported {
            backend: LOGIN,
            what: "a login in the browser for this profile".to_owned(),
        });
    };
    let endpoint: Option<Endpoint> = parsed(profile.endpoint.as_deref()).map_err(field("endpoint"))?;
    Ok(PortalPlace {
        profile: profile.name.clone(),
        start_url: start_url.parse().map_err(field("start_url"))?,
        region: sso_region.parse().map_err(field("sso_region"))?,
        sso_endpoint: endpoint.clone(),
        oidc_endpoint: endpoint,
    })
}

fn parsed<T: std::str::FromStr>(text: Option<&str>) -> Result<Option<T>, T::Err> {
    text.map(str::parse).transpose()
}

/// Says which field of which profile is wrong, and how; never what it holds.
fn field(profile: &CloudProfile, name: &'static str) -> impl FnOnce(ProfileError) -> KeyError {
    let profile = profile.name.clone();
    move |error| KeyError::BadReference { reason: format!("the AWS profile {profile}: {name} {}", error.reason) }
}

#[cfg(test)]
mod tests {
    use cartorio_keys::SigningLimits;

    use super::*;

    fn profile(credentials: Source) -> CloudProfile {
        CloudProfile {
            name: "ensaio".to_owned(),
            region: "sa-east-1".to_owned(),
            endpoint: None,
            acm_pca_endpoint: None,
            use_fips: false,
            signing: SigningLimits::default(),
            credentials,
        }
    }

    fn sso(change: impl FnOnce(&mut String, &mut String, &mut String, &mut String)) -> CloudProfile {
        let (mut url, mut region) = ("https://d-1234567890.awsapps.com/start".to_owned(), "us-east-1".to_owned());
        let (mut account, mut role) = ("123456789012".to_owned(), "Assinador".to_owned());
        change(&mut url, &mut region, &mut account, &mut role);
        profile(Source::Sso { start_url: url, sso_region: region, account_id: account, role_name: role })
    }

    fn role(minutes: u32, mfa: &str, external: &str, arn: &str, base: Base) -> CloudProfile {
        profile(Source::AssumeRole {
            role_arn: arn.to_owned(),
            mfa_serial: (!mfa.is_empty()).then(|| mfa.to_owned()),
            external_id: (!external.is_empty()).then(|| external.to_owned()),
            session_minutes: minutes,
            base,
        })
    }

    #[test]
    fn a_wrong_field_is_named_and_its_content_is_not_repeated() {
        const ARN: &str = "arn:aws:iam::123456789012:role/assinador";
        const MFA: &str = "arn:aws:iam::123456789012:mfa/maria";
        assert!(profile_of(&sso(|_, _, _, _| {})).is_ok());
        assert!(profile_of(&role(60, MFA, "ab", ARN, Base::Keyring)).is_ok());
        let fips = CloudProfile { use_fips: true, ..sso(|_, _, _, _| {}) };
        assert!(profile_of(&fips).is_ok_and(|profile| profile.check().is_ok()));
        for (wrong, field) in [
            (sso(|url, _, _, _| *url = "http://SEGREDO".to_owned()), "start_url"),
            (sso(|_, region, _, _| *region = "SEGREDO".to_owned()), "sso_region"),
            (sso(|_, _, account, _| *account = "SEGREDO".to_owned()), "account_id"),
            (sso(|_, _, _, role| *role = "SEG REDO SEGREDO".to_owned()), "role_name"),
            (role(60, "SEGREDO SEGREDO", "", ARN, Base::Default), "mfa_serial"),
            (role(60, "", "SEG REDO", ARN, Base::Default), "external_id"),
            (role(60, "", "", "SEGREDO", Base::Default), "role_arn"),
            (role(14, "", "", ARN, Base::Default), "session_minutes"),
            (role(721, "", "", ARN, Base::Default), "session_minutes"),
        ] {
            match profile_of(&wrong) {
                Err(KeyError::BadReference { reason }) => {
                    assert!(reason.contains(&format!("ensaio: {field} ")) && !reason.contains("SEGREDO"), "{reason}");
                }
                other => panic!("{field}: {other:?}"),
            }
        }
        let nameless = role(60, "", "", ARN, Base::NamedProfile { profile: String::new() });
        assert!(profile_of(&nameless).unwrap().check().is_err());
    }

    #[test]
    fn profiles_are_stored_as_they_are_and_read_back() {
        for wanted in
            [sso(|_, _, _, _| {}), role(60, "GAHT12345678", "ab", "arn:aws:iam::123456789012:role/x", Base::Keyring)]
        {
            let made = profile_of(&wanted).unwrap();
            let text = serde_json::to_string(&made).unwrap();
            assert_eq!(serde_json::from_str::<AwsProfile>(&text).unwrap(), made, "{text}");
            assert_eq!(serde_json::from_str::<CloudProfile>(&serde_json::to_string(&wanted).unwrap()).unwrap(), wanted);
        }
        let text = serde_json::to_string(
            &profile_of(&role(60, "", "", "arn:aws:iam::123456789012:role/x", Base::Default)).unwrap(),
        )
        .unwrap();
        assert!(serde_json::from_str::<AwsProfile>(&text.replace("60", "5")).is_err());
    }
}
