//! [`AwsKms`]: keys in AWS KMS behind the [`KeyManager`] contract.
//!
//! One file for each part of the contract. Every operation goes through [`ask`], so that attempts are counted and failures
//! have their meaning. Keys are changed under their ARN: KMS takes no alias for that, and an alias may move in between.

/// Sends an operation, counts its attempts and explains its failure. With a rule, the SDK tries again only where that
/// allows it; otherwise everywhere but at a quota that is used up.
macro_rules! ask {
    (@raw $call:expr, $rule:expr, $operation:expr) => {
        $operation
            .customize()
            .interceptor($call.attempts.clone())
            .config_override(aws_sdk_kms::config::Builder::new().retry_classifier($rule))
            .send()
            .await
    };
    ($call:expr, $error:ty, $operation:expr) => {
        match ask!(@raw $call, $crate::failure::RetryRule::<$error>::all_but_quota(), $operation) {
            // The SDK takes any page with status 200 for the answer to an operation that answers nothing.
            Ok(answer) if aws_types::request_id::RequestId::request_id(&answer).is_none() => {
                Err($call.garbled("request id", None))
            }
            Ok(answer) => Ok(answer),
            Err(error) => Err($call.failed(&error)),
        }
    };
}

mod access;
mod alias;
mod create;
mod envelope;
mod fresh;
mod info;
mod lifecycle;
mod list;
mod policy;
mod renewal;
mod signer;
mod target;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use aws_config::retry::RetryConfig;
use aws_sdk_kms::Client;
use aws_sdk_kms::operation::describe_key::DescribeKeyError;
use aws_sdk_kms::operation::get_public_key::GetPublicKeyError;
use aws_sdk_kms::operation::sign::SignError;
use aws_sdk_kms::types::KeyMetadata;
use cartorio_core::SecretBytes;
use cartorio_keys::{
    AutomaticRotation, Capabilities, CreateDataMaster, CreateKey, CreationToken, DataKey, DeletionWindow, DigestSigner,
    EncryptionContext, KeyAccess, KeyError, KeyInfo, KeyManager, KeyRef, KeyResult, KeySpec, LastUse, PublicKey,
    RotationPeriod, SignatureAlgorithm, SigningLimits, SigningQueue,
};
use time::OffsetDateTime;

use self::fresh::Fresh;
use self::signer::KmsSigner;
use self::target::Target;
use crate::AwsSession;
use crate::failure::{Attempts, BACKEND, Call, RetryRule};

/// Keys of one AWS account. A reference that names another region than the profile's is asked there. Cheap to clone; all
/// clones sign through the same queues, one for each region.
#[derive(Clone)]
pub struct AwsKms {
    session: AwsSession,
    clients: Regions<Client>,
    signing_clients: Regions<Client>,
    limits: SigningLimits,
    queues: Regions<SigningQueue>,
    fresh: Fresh,
    /// Held while a key is made for a creation token: two requests with one token must not both find nothing.
    making: Arc<tokio::sync::Mutex<()>>,
}

impl AwsKms {
    pub(crate) fn new(session: AwsSession) -> Self {
        Self {
            session,
            clients: Arc::default(),
            signing_clients: Arc::default(),
            limits: SigningLimits::default(),
            queues: Arc::default(),
            fresh: Fresh::default(),
            making: Arc::default(),
        }
    }

    /// The same keys with other limits for signing, for an account whose quota AWS has raised (or that others share).
    /// Signers that exist already keep their queue.
    #[must_use]
    pub fn with_signing_limits(mut self, limits: SigningLimits) -> Self {
        self.limits = limits;
        self.queues = Arc::default();
        self
    }

    /// The queue that every signer of the profile's region signs through.
    pub fn signing_queue(&self) -> SigningQueue {
        self.queue(self.home_region())
    }

    /// Metadata of a key, whatever it is for.
    async fn metadata(&self, key: &KeyRef) -> KeyResult<(Target, KeyMetadata)> {
        let target = Target::of(key, self.home_region())?;
        let metadata = self.metadata_of(&target, key.to_string()).await?;
        Ok((target, metadata))
    }

    async fn metadata_of(&self, target: &Target, subject: String) -> KeyResult<KeyMetadata> {
        let call = self.call("kms:DescribeKey", subject, &target.region);
        let client = self.client(&target.region);
        let mut patience = self.fresh.patience(&target.region, &target.key);
        let answer = loop {
            let outcome = ask!(call, DescribeKeyError, client.describe_key().key_id(&target.key));
            if !patience.again(&outcome).await {
                break outcome?;
            }
        };
        answer.key_metadata.ok_or_else(|| call.garbled("key metadata", None))
    }

    /// Gets the public half of the key with that ARN.
    async fn public_key_of(&self, arn: &str, region: &str) -> KeyResult<PublicKey> {
        let call = self.call("kms:GetPublicKey", arn.to_owned(), region);
        let client = self.client(region);
        let mut patience = self.fresh.patience(region, arn);
        let answer = loop {
            let outcome = ask!(call, GetPublicKeyError, client.get_public_key().key_id(arn));
            if !patience.again(&outcome).await {
                break outcome?;
            }
        };
        if answer.key_id() != Some(arn) {
            return Err(call.garbled("public key of the key that was asked for", None));
        }
        let spki = answer.public_key.ok_or_else(|| call.garbled("public key", None))?.into_inner();
        PublicKey::from_spki(spki).map_err(|error| KeyError::Unsupported { backend: BACKEND, what: error.to_string() })
    }

    fn home_region(&self) -> &str {
        self.session.profile().region.as_str()
    }

    fn client(&self, region: &str) -> Client {
        of_region(&self.clients, region, || Client::from_conf(self.config(region).build()))
    }

    /// The client for signatures alone: one attempt more than for other requests, and none after throttling, which slows
    /// the queue down instead. Made once, because changing a client's ways for one request costs more than the request.
    fn signing_client(&self, region: &str) -> Client {
        of_region(&self.signing_clients, region, || {
            let attempts = self.session.limits().attempts.saturating_add(1);
            let config = self
                .config(region)
                .retry_config(RetryConfig::standard().with_max_attempts(attempts))
                .retry_classifier(RetryRule::<SignError>::all_but_throttling());
            Client::from_conf(config.build())
        })
    }

    fn config(&self, region: &str) -> aws_sdk_kms::config::Builder {
        let config = aws_sdk_kms::config::Builder::from(self.session.sdk())
            .region(aws_sdk_kms::config::Region::new(region.to_owned()))
            .interceptor(self.session.renewal())
            .retry_classifier(self.session.renewal());
        match self.session.profile().kms_endpoint() {
            Some(endpoint) => config.endpoint_url(endpoint.as_str()),
            None => config,
        }
    }

    fn queue(&self, region: &str) -> SigningQueue {
        of_region(&self.queues, region, || SigningQueue::new(self.limits))
    }

    fn call(&self, action: &'static str, subject: String, region: &str) -> Call {
        let endpoint = self
            .session
            .profile()
            .kms_endpoint()
            .map_or_else(|| format!("kms.{region}.amazonaws.com"), |endpoint| endpoint.to_string());
        Call { action, subject, region: region.to_owned(), endpoint, attempts: Attempts::default() }
    }
}

/// One thing for each region, made when it is first wanted.
type Regions<T> = Arc<Mutex<HashMap<String, T>>>;

fn of_region<T: Clone>(regions: &Regions<T>, region: &str, make: impl FnOnce() -> T) -> T {
    // A poisoned map is still a map.
    let mut regions = regions.lock().unwrap_or_else(PoisonError::into_inner);
    regions.entry(region.to_owned()).or_insert_with(make).clone()
}

#[async_trait]
impl KeyManager for AwsKms {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            backend: BACKEND,
            creates: KeySpec::ALL.to_vec(),
            list: true,
            exportable: false,
            creation_tokens: true,
            last_use: true,
            aliases: true,
            tags: true,
            disable: true,
            deletion: true,
            access: true,
            data_keys: true,
            automatic_rotation: true,
            multi_region: true,
        }
    }

    async fn describe(&self, key: &KeyRef) -> KeyResult<KeyInfo> {
        let (target, metadata) = self.metadata(key).await?;
        let aliases = self.aliases_of(metadata.key_id(), &target.region).await?;
        info::info(&metadata, aliases, &target.region)
    }

    async fn create(&self, request: CreateKey) -> KeyResult<KeyInfo> {
        request.check()?;
        self.make(request.into()).await
    }

    async fn public_key(&self, key: &KeyRef) -> KeyResult<PublicKey> {
        let (target, metadata) = self.metadata(key).await?;
        info::must_be_for_signing(&metadata, key)?;
        self.public_key_of(info::arn(&metadata)?, &target.region).await
    }

    async fn signer(&self, key: &KeyRef, algorithm: SignatureAlgorithm) -> KeyResult<Box<dyn DigestSigner>> {
        let (target, metadata) = self.metadata(key).await?;
        let spec = info::must_be_for_signing(&metadata, key)?;
        info::must_be_enabled(&metadata, key)?;
        if !algorithm.fits(spec) || !info::algorithms(&metadata).contains(&algorithm) {
            return Err(KeyError::WrongAlgorithm { key: key.to_string(), spec, algorithm });
        }
        let arn = info::arn(&metadata)?;
        let public = self.public_key_of(arn, &target.region).await?;
        if public.spec != spec {
            return Err(KeyError::Backend {
                backend: BACKEND,
                reason: format!("the public key of a {spec} key is of type {}", public.spec),
                request_id: None,
            });
        }
        Ok(Box::new(KmsSigner::new(self, key, arn, &target.region, public, algorithm)))
    }

    async fn list(&self) -> KeyResult<Vec<KeyInfo>> {
        self.list_keys().await
    }

    async fn find_created(&self, token: &CreationToken) -> KeyResult<Option<KeyInfo>> {
        self.made_with(token).await
    }

    async fn last_use(&self, key: &KeyRef) -> KeyResult<Option<LastUse>> {
        self.used_last(key).await
    }

    async fn put_alias(&self, alias: &str, key: &KeyRef) -> KeyResult<()> {
        self.move_alias(alias, key).await
    }

    async fn remove_alias(&self, alias: &str) -> KeyResult<()> {
        self.delete_alias(alias).await
    }

    async fn resolve_alias(&self, alias: &str) -> KeyResult<Option<KeyInfo>> {
        self.key_behind(alias).await
    }

    async fn tags(&self, key: &KeyRef) -> KeyResult<BTreeMap<String, String>> {
        let (target, metadata) = self.metadata(key).await?;
        self.tags_of(info::arn(&metadata)?, &target.region).await
    }

    async fn put_tags(&self, key: &KeyRef, tags: &BTreeMap<String, String>) -> KeyResult<()> {
        self.tag(key, tags).await
    }

    async fn remove_tags(&self, key: &KeyRef, names: &[String]) -> KeyResult<()> {
        self.untag(key, names).await
    }

    async fn set_description(&self, key: &KeyRef, description: &str) -> KeyResult<()> {
        self.describe_as(key, description).await
    }

    async fn set_enabled(&self, key: &KeyRef, enabled: bool) -> KeyResult<()> {
        self.switch(key, enabled).await
    }

    async fn schedule_deletion(&self, key: &KeyRef, window: DeletionWindow) -> KeyResult<OffsetDateTime> {
        self.condemn(key, window).await
    }

    async fn cancel_deletion(&self, key: &KeyRef) -> KeyResult<()> {
        self.spare(key).await
    }

    async fn access(&self, key: &KeyRef) -> KeyResult<KeyAccess> {
        self.rules(key).await
    }

    async fn create_data_master(&self, request: CreateDataMaster) -> KeyResult<KeyInfo> {
        request.alias.as_deref().map_or(Ok(()), cartorio_keys::check_alias)?;
        cartorio_keys::check_description(&request.description)?;
        cartorio_keys::check_tags(&request.tags)?;
        self.make(request.into()).await
    }

    async fn data_key(&self, key: &KeyRef, context: &EncryptionContext) -> KeyResult<DataKey> {
        self.new_data_key(key, context).await
    }

    async fn open_data_key(&self, key: &KeyRef, sealed: &[u8], context: &EncryptionContext) -> KeyResult<SecretBytes> {
        self.open(key, sealed, context).await
    }

    async fn automatic_rotation(&self, key: &KeyRef) -> KeyResult<AutomaticRotation> {
        self.renewal(key).await
    }

    async fn set_automatic_rotation(&self, key: &KeyRef, period: Option<RotationPeriod>) -> KeyResult<()> {
        self.set_renewal(key, period).await
    }

    async fn rotate_now(&self, key: &KeyRef) -> KeyResult<()> {
        self.renew(key).await
    }
}
