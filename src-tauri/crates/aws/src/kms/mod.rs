//! [`AwsKms`]: keys in AWS KMS behind the [`KeyManager`] contract.

mod info;
mod list;
mod signer;
mod target;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use aws_sdk_kms::Client;
use aws_sdk_kms::operation::create_alias::CreateAliasError;
use aws_sdk_kms::operation::create_key::CreateKeyError;
use aws_sdk_kms::types::{KeyMetadata, KeyUsageType, Tag};
use cartorio_keys::{
    Capabilities, CreateKey, DigestSigner, KeyError, KeyInfo, KeyManager, KeyRef, KeyResult, KeySpec, PublicKey,
    SignatureAlgorithm,
};

use self::signer::KmsSigner;
use self::target::Target;
use crate::AwsSession;
use crate::failure::{Attempts, Call, NoWaitForQuota};

/// Keys of one AWS account. A reference that names another region than the profile's is asked there. Cheap to clone.
#[derive(Clone)]
pub struct AwsKms {
    session: AwsSession,
    clients: Arc<Mutex<HashMap<String, Client>>>,
}

impl AwsKms {
    pub(crate) fn new(session: AwsSession) -> Self {
        Self { session, clients: Arc::default() }
    }

    /// Metadata of a key, whatever it is for.
    async fn metadata(&self, key: &KeyRef) -> KeyResult<(Target, KeyMetadata)> {
        let target = Target::of(key, self.home_region())?;
        let call = self.call("kms:DescribeKey", key.to_string(), &target.region);
        let answer = self
            .client(&target.region)
            .describe_key()
            .key_id(&target.key)
            .customize()
            .interceptor(call.attempts.clone())
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        let metadata = answer.key_metadata.ok_or_else(|| call.garbled("key metadata", None))?;
        Ok((target, metadata))
    }

    /// Gets the public half of the key with that ARN.
    async fn public_key_of(&self, arn: &str, region: &str) -> KeyResult<PublicKey> {
        let call = self.call("kms:GetPublicKey", arn.to_owned(), region);
        let answer = self
            .client(region)
            .get_public_key()
            .key_id(arn)
            .customize()
            .interceptor(call.attempts.clone())
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        if answer.key_id() != Some(arn) {
            return Err(call.garbled("public key of the key that was asked for", None));
        }
        let spki = answer.public_key.ok_or_else(|| call.garbled("public key", None))?.into_inner();
        PublicKey::from_spki(spki).map_err(|error| KeyError::Unsupported {
            backend: crate::failure::BACKEND,
            what: error.to_string(),
        })
    }

    /// Refuses an alias that is taken. Without the permission to look, CreateAlias will tell.
    async fn alias_is_free(&self, alias: &str) -> KeyResult<()> {
        let key = KeyRef::AwsKms { key: format!("alias/{alias}"), region: None };
        match self.metadata(&key).await {
            Ok(_) => Err(KeyError::AlreadyExists { name: alias.to_owned() }),
            Err(KeyError::NotFound { .. } | KeyError::AccessDenied { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn home_region(&self) -> &str {
        self.session.profile().region.as_str()
    }

    fn client(&self, region: &str) -> Client {
        // A poisoned map is still a map of clients.
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients
            .entry(region.to_owned())
            .or_insert_with(|| {
                let mut config = aws_sdk_kms::config::Builder::from(self.session.sdk())
                    .region(aws_sdk_kms::config::Region::new(region.to_owned()));
                if let Some(endpoint) = self.session.profile().kms_endpoint() {
                    config = config.endpoint_url(endpoint.as_str());
                }
                Client::from_conf(config.build())
            })
            .clone()
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

#[async_trait]
impl KeyManager for AwsKms {
    fn capabilities(&self) -> Capabilities {
        Capabilities { list: true, ..Capabilities::core(crate::failure::BACKEND, KeySpec::ALL.to_vec()) }
    }

    async fn describe(&self, key: &KeyRef) -> KeyResult<KeyInfo> {
        let (target, metadata) = self.metadata(key).await?;
        let aliases = self.aliases_of(metadata.key_id(), &target.region).await?;
        info::info(&metadata, aliases, &target.region)
    }

    async fn create(&self, request: CreateKey) -> KeyResult<KeyInfo> {
        request.check()?;
        if let Some(alias) = &request.alias {
            self.alias_is_free(alias).await?;
        }
        let region = self.home_region().to_owned();
        let client = self.client(&region);
        let call = self.call("kms:CreateKey", request.alias.clone().unwrap_or_default(), &region);
        let mut operation = client
            .create_key()
            .key_usage(KeyUsageType::SignVerify)
            .key_spec(request.spec.name().into())
            .description(&request.description);
        for (name, value) in &request.tags {
            let tag = Tag::builder().tag_key(name).tag_value(value).build().map_err(|_| {
                KeyError::BadReference { reason: format!("the tag {name:?} is not complete") }
            })?;
            operation = operation.tags(tag);
        }
        let answer = operation
            .customize()
            .interceptor(call.attempts.clone())
            .config_override(
                aws_sdk_kms::config::Builder::new().retry_classifier(NoWaitForQuota::<CreateKeyError>::new()),
            )
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        let metadata = answer.key_metadata.ok_or_else(|| call.garbled("key metadata", None))?;
        let arn = info::arn(&metadata)?;

        let Some(alias) = request.alias else {
            return info::info(&metadata, Vec::new(), &region);
        };
        let call = self.call("kms:CreateAlias", alias.clone(), &region);
        client
            .create_alias()
            .alias_name(format!("alias/{alias}"))
            .target_key_id(metadata.key_id())
            .customize()
            .interceptor(call.attempts.clone())
            .config_override(
                aws_sdk_kms::config::Builder::new().retry_classifier(NoWaitForQuota::<CreateAliasError>::new()),
            )
            .send()
            .await
            .map_err(|error| KeyError::CreatedWithoutAlias {
                key: arn.to_owned(),
                alias: alias.clone(),
                reason: call.failed(&error).to_string(),
            })?;
        // Not asked again: lists of aliases are late on AWS by some seconds.
        info::info(&metadata, vec![alias], &region)
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
        let arn = info::arn(&metadata)?.to_owned();
        let public = self.public_key_of(&arn, &target.region).await?;
        if public.spec != spec {
            return Err(KeyError::Backend {
                backend: crate::failure::BACKEND,
                reason: format!("the public key of a {spec} key is of type {}", public.spec),
                request_id: None,
            });
        }
        let call = self.call("kms:Sign", key.to_string(), &target.region);
        Ok(Box::new(KmsSigner::new(self.client(&target.region), call, arn, public, algorithm)))
    }

    async fn list(&self) -> KeyResult<Vec<KeyInfo>> {
        self.list_keys().await
    }
}
