//! From a profile to a session: region, credentials, time limits, retries.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use cartorio_core::Clock;
use cartorio_keys::{KeyError, KeyResult};
use cartorio_pki::ca::CaError;
use serde::Serialize;

use crate::failure::{Attempts, Call};
use crate::login::{Keeper, Provider, Renewal, Surroundings, plain_sdk};
use crate::{AwsKms, AwsPrivateCa, AwsProfile, CredentialSource, CredentialStore};

/// A profile with its credentials found (not yet tried). Cheap to clone.
#[derive(Clone)]
pub struct AwsSession {
    sdk: SdkConfig,
    keeper: Arc<Keeper>,
}

impl AwsSession {
    /// Prepares a session. Nothing is sent to AWS; with keys from the keyring, the keyring is read.
    ///
    /// `clock` dates the requests. A clock that is wrong is an error, not something to be silently corrected: the same
    /// clock dates the signatures.
    ///
    /// # Errors
    /// `BadReference` for a profile that cannot be, `NoCredentials`, `StoreLocked`.
    pub async fn connect(
        profile: &AwsProfile,
        credentials: &CredentialStore,
        clock: Arc<dyn Clock>,
    ) -> KeyResult<Self> {
        Self::connect_with(profile, credentials, clock, Limits::default()).await
    }

    /// As [`Self::connect`], with other limits of patience.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub async fn connect_with(
        profile: &AwsProfile,
        credentials: &CredentialStore,
        clock: Arc<dyn Clock>,
        limits: Limits,
    ) -> KeyResult<Self> {
        let logins = Arc::new(credentials.logins());
        let surroundings = Surroundings { credentials: credentials.clone(), logins, clock, limits };
        Self::with_keeper(keeper(profile.clone(), &surroundings)?).await
    }

    /// A session whose credentials `keeper` holds.
    pub(crate) async fn with_keeper(keeper: Arc<Keeper>) -> KeyResult<Self> {
        let (profile, surroundings) = (keeper.profile(), keeper.surroundings());
        let provider = SharedCredentialsProvider::new(Provider(Arc::clone(&keeper)));
        let sdk = match &profile.credentials {
            CredentialSource::KeyringStatic => {
                // Without an access key there is nothing to connect with.
                keeper.credentials().await?;
                own(profile, surroundings, provider)?
            }
            CredentialSource::Sso { .. } | CredentialSource::AssumeRole { .. } => own(profile, surroundings, provider)?,
            CredentialSource::Default => loader(profile, surroundings)?.credentials_provider(provider).load().await,
            CredentialSource::NamedProfile { profile: named } => {
                loader(profile, surroundings)?.profile_name(named).credentials_provider(provider).load().await
            }
        };
        Ok(Self { sdk, keeper })
    }

    /// The profile.
    pub fn profile(&self) -> &AwsProfile {
        self.keeper.profile()
    }

    /// Asks AWS who is calling (STS `GetCallerIdentity`, which needs no permission): tries credentials, clock and
    /// network at once.
    ///
    /// # Errors
    /// `NoCredentials`, `InvalidCredentials`, `ExpiredCredentials`, `ClockSkew`, `Unreachable`, `Throttled`, `Backend`.
    pub async fn test(&self) -> KeyResult<CallerIdentity> {
        // Somebody is waiting in front of the window: fewer retries than for a signature.
        let mut config = aws_sdk_sts::config::Builder::from(&self.sdk)
            .retry_config(retries(self.limits().attempts.min(2)))
            .use_fips(self.profile().sts_fips())
            .interceptor(self.renewal())
            .retry_classifier(self.renewal());
        if let Some(endpoint) = self.profile().sts_endpoint() {
            config = config.endpoint_url(endpoint.as_str());
        }
        let region = self.profile().region.to_string();
        let endpoint = self
            .profile()
            .sts_endpoint()
            .map_or_else(|| format!("sts.{region}.amazonaws.com"), |endpoint| endpoint.to_string());
        let call = Call {
            action: "sts:GetCallerIdentity",
            subject: self.profile().name.clone(),
            region: region.clone(),
            endpoint: endpoint.clone(),
            attempts: Attempts::default(),
        };
        let answer = aws_sdk_sts::Client::from_conf(config.build())
            .get_caller_identity()
            .customize()
            .interceptor(call.attempts.clone())
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        let text = |value: Option<&str>, what| value.map(str::to_owned).ok_or_else(|| call.garbled(what, None));
        Ok(CallerIdentity {
            account: text(answer.account(), "account")?,
            arn: text(answer.arn(), "ARN")?,
            user_id: text(answer.user_id(), "user id")?,
            region,
            endpoint,
        })
    }

    /// The keys of this account.
    pub fn kms(&self) -> AwsKms {
        AwsKms::new(self.clone())
    }

    /// The authority of AWS Private CA with that ARN, asked in the region that its ARN names.
    ///
    /// # Errors
    /// `BadAuthority` for a text that is no such ARN, `UnknownAuthority`, `NotActive`; `Unsupported` for an authority whose
    /// signatures cannot be checked here; `WrongAnswer`, `EmptyChain`, `NotACa`, `BrokenChain` for a chain that is none;
    /// `Remote` for what goes wrong with credentials, permissions and network.
    pub async fn private_ca(&self, authority: &str) -> Result<AwsPrivateCa, CaError> {
        AwsPrivateCa::open(self, authority).await
    }

    pub(crate) fn limits(&self) -> Limits {
        self.keeper.surroundings().limits
    }

    /// What every client needs as interceptor and as retry classifier, so that expired credentials are renewed.
    pub(crate) fn renewal(&self) -> Renewal {
        Renewal::new(&self.keeper)
    }

    pub(crate) fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }
}

impl fmt::Debug for AwsSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsSession").field("profile", self.profile()).finish_non_exhaustive()
    }
}

/// Who AWS says is calling.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct CallerIdentity {
    /// Twelve digits.
    pub account: String,
    /// The user or role.
    pub arn: String,
    /// AWS's own id of it.
    pub user_id: String,
    /// The profile's region.
    pub region: String,
    /// The host or URL that was asked.
    pub endpoint: String,
}

/// How long a session waits and how often it tries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Attempts of one operation, the first included; the waits between them grow.
    pub attempts: u32,
    /// For a connection.
    pub connect: Duration,
    /// For one attempt, from its first byte to its last.
    pub attempt: Duration,
    /// For an operation with all its attempts.
    pub operation: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attempts: 4,
            connect: Duration::from_secs(5),
            attempt: Duration::from_secs(20),
            operation: Duration::from_secs(60),
        }
    }
}

const APP: &str = "cartorio-digital";

/// Holds the credentials of a profile that was checked.
pub(crate) fn keeper(profile: AwsProfile, surroundings: &Surroundings) -> KeyResult<Arc<Keeper>> {
    profile
        .check()
        .map_err(|error| KeyError::BadReference { reason: format!("the AWS profile {}: {error}", profile.name) })?;
    Ok(Arc::new(Keeper::new(Arc::new(profile), surroundings)?))
}

/// Built by hand: what the keyring and the profile say is all there is, whatever the environment holds.
fn own(profile: &AwsProfile, surroundings: &Surroundings, provider: SharedCredentialsProvider) -> KeyResult<SdkConfig> {
    let sdk = plain_sdk(&profile.region, profile.use_fips, surroundings, surroundings.limits.attempts)?;
    Ok(sdk.credentials_provider(provider).build())
}

pub(crate) fn retries(attempts: u32) -> RetryConfig {
    RetryConfig::standard().with_max_attempts(attempts)
}

pub(crate) fn timeouts(limits: Limits) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(limits.connect)
        .operation_attempt_timeout(limits.attempt)
        .operation_timeout(limits.operation)
        .build()
}

fn loader(profile: &AwsProfile, surroundings: &Surroundings) -> KeyResult<aws_config::ConfigLoader> {
    Ok(aws_config::defaults(BehaviorVersion::latest())
        .region(aws_config::Region::new(profile.region.as_str().to_owned()))
        .retry_config(retries(surroundings.limits.attempts))
        .timeout_config(timeouts(surroundings.limits))
        // The keeper is the cache.
        .identity_cache(IdentityCache::no_cache())
        .app_name(app_name()?)
        .use_fips(profile.use_fips)
        .time_source(time_source(&surroundings.clock))
        .disable_clock_skew_correction(true))
}

pub(crate) fn app_name() -> KeyResult<AppName> {
    AppName::new(APP).map_err(|_| KeyError::Unsupported {
        backend: crate::failure::BACKEND,
        what: "this application's name".to_owned(),
    })
}

pub(crate) fn time_source(clock: &Arc<dyn Clock>) -> SharedTimeSource {
    SharedTimeSource::new(ClockTime(Arc::clone(clock)))
}

struct ClockTime(Arc<dyn Clock>);

impl TimeSource for ClockTime {
    fn now(&self) -> SystemTime {
        self.0.now().into()
    }
}

impl fmt::Debug for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClockTime")
    }
}
