//! AWS as the [`Cloud`] and the [`Authorities`] that the office asks for.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cartorio_core::Clock;
use cartorio_keys::local::OsKeyring;
use cartorio_keys::{
    AccessKeys, CallerIdentity, Cloud, CloudProfile, CredentialSource as Source, KeyError, KeyManager, KeyResult,
};
use cartorio_pki::ca::{Authorities, CaError, CertificateAuthority};

use crate::{AwsProfile, AwsSession, CredentialSource, CredentialStore, Endpoint, Limits, ServiceEndpoints, StaticCredentials};

/// How long the keyring may take; it may be waiting for somebody to type a password.
const KEYRING_LIMIT: Duration = Duration::from_secs(60);

/// AWS, with access keys in the operating system's keyring.
pub struct AwsCloud {
    credentials: CredentialStore,
    clock: Arc<dyn Clock>,
    limits: Limits,
}

impl AwsCloud {
    /// AWS with the operating system's keyring; `clock` dates the requests.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with(CredentialStore::new(Arc::new(OsKeyring), KEYRING_LIMIT), clock, Limits::default())
    }

    /// AWS with access keys kept in `credentials`, and with other limits of patience.
    pub fn with(credentials: CredentialStore, clock: Arc<dyn Clock>, limits: Limits) -> Self {
        Self { credentials, clock, limits }
    }

    async fn session(&self, profile: &CloudProfile) -> KeyResult<AwsSession> {
        AwsSession::connect_with(&profile_of(profile)?, &self.credentials, Arc::clone(&self.clock), self.limits).await
    }
}

#[async_trait]
impl Cloud for AwsCloud {
    async fn connect(&self, profile: &CloudProfile) -> KeyResult<Arc<dyn KeyManager>> {
        Ok(Arc::new(self.session(profile).await?.kms()))
    }

    async fn test(&self, profile: &CloudProfile) -> KeyResult<CallerIdentity> {
        let caller = self.session(profile).await?.test().await?;
        Ok(CallerIdentity { account: caller.account, arn: caller.arn })
    }

    async fn store_access_keys(&self, profile: &str, keys: AccessKeys) -> KeyResult<()> {
        let AccessKeys { access_key_id, secret_access_key, session_token } = keys;
        let credentials = StaticCredentials::new(access_key_id, secret_access_key, session_token)?;
        self.credentials.store(profile, &credentials).await
    }

    async fn forget_access_keys(&self, profile: &str) -> KeyResult<()> {
        self.credentials.forget(profile).await
    }

    async fn has_access_keys(&self, profile: &str) -> bool {
        self.credentials.has(profile).await.unwrap_or(false)
    }
}

#[async_trait]
impl Authorities for AwsCloud {
    async fn open(
        &self,
        profile: &CloudProfile,
        authority: &str,
    ) -> Result<Arc<dyn CertificateAuthority>, CaError> {
        let session = self.session(profile).await.map_err(CaError::Remote)?;
        Ok(Arc::new(session.private_ca(authority).await?))
    }
}

/// The same profile, with its fields checked.
fn profile_of(profile: &CloudProfile) -> KeyResult<AwsProfile> {
    let bad = |field: &str, reason: String| KeyError::BadReference {
        reason: format!("the AWS profile {}: {field} {reason}", profile.name),
    };
    let endpoint = |field: &str, text: &Option<String>| {
        text.as_deref().map(|text| text.parse::<Endpoint>().map_err(|error| bad(field, format!("{error}")))).transpose()
    };
    Ok(AwsProfile {
        name: profile.name.clone(),
        region: profile.region.parse().map_err(|error| bad("region", format!("{error}")))?,
        endpoint: endpoint("endpoint", &profile.endpoint)?,
        endpoints: ServiceEndpoints {
            acm_pca: endpoint("acm_pca_endpoint", &profile.acm_pca_endpoint)?,
            ..ServiceEndpoints::default()
        },
        use_fips: profile.use_fips,
        credentials: match &profile.credentials {
            Source::Default => CredentialSource::Default,
            Source::NamedProfile { profile } => CredentialSource::NamedProfile { profile: profile.clone() },
            Source::Keyring => CredentialSource::KeyringStatic,
        },
    })
}
