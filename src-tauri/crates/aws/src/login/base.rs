//! Credentials that somebody else keeps: the SDK's default chain, a profile of `~/.aws`, an access key in the keyring.

use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::identity::IdentityCache;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use cartorio_keys::KeyResult;

use super::Surroundings;
use crate::session::{app_name, retries, time_source, timeouts};
use crate::{AwsProfile, Region, RoleBase, failure};

/// The credentials themselves, looked for anew: files and environment may have changed.
pub(super) async fn credentials(
    base: &RoleBase,
    profile: &AwsProfile,
    surroundings: &Surroundings,
) -> KeyResult<Credentials> {
    let region = aws_config::Region::new(profile.region.as_str().to_owned());
    let config = ProviderConfig::without_region()
        .with_region(Some(region.clone()))
        // Roles and logins of the profile's own go through STS.
        .with_use_fips(Some(profile.sts_fips()))
        .with_time_source(time_source(&surroundings.clock));
    let found = match base {
        RoleBase::KeyringStatic => return Ok(surroundings.credentials.load(&profile.name).await?.to_sdk()),
        RoleBase::Default => {
            let chain = DefaultCredentialsChain::builder().configure(config).region(region).build().await;
            chain.provide_credentials().await
        }
        // The default chain would let the environment win over the profile that was asked for.
        RoleBase::NamedProfile { profile: named } => {
            let provider = ProfileFileCredentialsProvider::builder().profile_name(named).configure(&config).build();
            provider.provide_credentials().await
        }
    };
    found.map_err(|error| failure::no_credentials(&error))
}

/// A configuration of the SDK that holds what is said here and nothing of the environment; without credentials.
pub(crate) fn plain_sdk(
    region: &Region,
    use_fips: bool,
    surroundings: &Surroundings,
    attempts: u32,
) -> KeyResult<aws_types::sdk_config::Builder> {
    Ok(SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(aws_config::Region::new(region.as_str().to_owned()))
        .identity_cache(IdentityCache::no_cache())
        .retry_config(retries(attempts))
        .timeout_config(timeouts(surroundings.limits))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .app_name(app_name()?)
        .use_fips(use_fips)
        .time_source(time_source(&surroundings.clock))
        .disable_clock_skew_correction(true))
}
