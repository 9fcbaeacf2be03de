//! Making keys, and never two of them.
//!
//! KMS has no idempotency token for `CreateKey`. A request whose answer is lost may have made a key, so it is never sent
//! again: the SDK may repeat it only where AWS certainly did nothing (throttling, expired credentials). What became of it is looked up by a tag with the
//! caller's [`CreationToken`], which is part of the request itself; an alias cannot do that, because it is given afterwards.
//!
//! The lookup reads the tags of the account's keys, those without a name first (a creation that was cut short leaves one),
//! sixteen at once, and ends at the first hit. KMS lists keys without dates and in no order, so that nothing can be left out;
//! above [`SEARCHED`] keys it is refused instead of answering «no» without having looked.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use aws_sdk_kms::operation::create_alias::CreateAliasError;
use aws_sdk_kms::operation::create_key::CreateKeyError;
use aws_sdk_kms::types::{KeyMetadata, KeySpec as KmsSpec, KeyUsageType, Tag};
use cartorio_keys::{
    CreateDataMaster, CreateKey, CreationToken, KeyError, KeyInfo, KeyRef, KeyResult, KeySpec, KeyUsage, check_tags,
};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::target::Target;
use super::{AwsKms, info};
use crate::failure::{BACKEND, Call, RetryRule};

/// So many keys are searched for a creation token.
const SEARCHED: usize = 5_000;
/// Tags read at once; KMS allows far more.
const READERS: usize = 16;
/// Waits before each look for a key whose request had no answer; KMS shows a new key late by some seconds.
const LOOKS: [Duration; 5] = [
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// A key to be made: a signing key, or one that seals data keys.
pub(super) struct NewKey {
    /// Type; without one it seals data keys.
    spec: Option<KeySpec>,
    alias: Option<String>,
    description: String,
    tags: BTreeMap<String, String>,
    multi_region: bool,
    token: Option<CreationToken>,
}

impl From<CreateKey> for NewKey {
    fn from(request: CreateKey) -> Self {
        let CreateKey { spec, alias, description, tags, multi_region, token } = request;
        Self { spec: Some(spec), alias, description, tags, multi_region, token }
    }
}

impl From<CreateDataMaster> for NewKey {
    fn from(request: CreateDataMaster) -> Self {
        let CreateDataMaster { alias, description, tags, token } = request;
        Self { spec: None, alias, description, tags, multi_region: false, token }
    }
}

impl AwsKms {
    /// Makes the key, or finds the one that an earlier request with the same token made.
    pub(super) async fn make(&self, mut new: NewKey) -> KeyResult<KeyInfo> {
        let region = self.home_region().to_owned();
        let _alone = if new.token.is_some() { Some(self.making.lock().await) } else { None };
        if let Some(token) = new.token.clone() {
            if let Some(found) = self.search(&token, &region).await? {
                return self.complete(&found, &new, &token, &region).await;
            }
            new.tags.insert(CreationToken::TAG.to_owned(), token.as_str().to_owned());
            check_tags(&new.tags)?;
        }
        if let Some(alias) = &new.alias {
            // Without the permission to look, CreateAlias will tell.
            match self.holder(alias, &region).await {
                Ok(Some(_)) => return Err(KeyError::AlreadyExists { name: alias.clone() }),
                Ok(None) | Err(KeyError::AccessDenied { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let metadata = self.create_once(&new, &region).await?;
        let arn = info::arn(&metadata)?;
        self.fresh.made(&region, arn);
        if let Some(alias) = &new.alias {
            self.name(alias, arn, &region).await?;
        }
        // Not asked again: lists of aliases are late on AWS by some seconds.
        info::info(&metadata, new.alias.into_iter().collect(), &region)
    }

    /// The key that an earlier request with this token made.
    pub(super) async fn made_with(&self, token: &CreationToken) -> KeyResult<Option<KeyInfo>> {
        let region = self.home_region().to_owned();
        let Some(found) = self.search(token, &region).await? else { return Ok(None) };
        let aliases = self.aliases_of(found.key_id(), &region).await?;
        info::info(&found, aliases, &region).map(Some)
    }

    /// What a creation that was cut short still lacks: the name.
    async fn complete(
        &self,
        found: &KeyMetadata,
        new: &NewKey,
        token: &CreationToken,
        region: &str,
    ) -> KeyResult<KeyInfo> {
        let usage = if new.spec.is_some() { KeyUsage::Sign } else { KeyUsage::Seal };
        if info::usage(found) != usage || (new.spec.is_some() && info::spec(found) != new.spec) {
            return Err(KeyError::AlreadyExists { name: token.as_str().to_owned() });
        }
        let arn = info::arn(found)?;
        let mut aliases = self.aliases_of(arn, region).await?;
        if let Some(alias) = &new.alias
            && !aliases.contains(alias)
        {
            self.name(alias, arn, region).await?;
            aliases.push(alias.clone());
        }
        info::info(found, aliases, region)
    }

    /// Sends `CreateKey` once.
    async fn create_once(&self, new: &NewKey, region: &str) -> KeyResult<KeyMetadata> {
        let subject = new.alias.clone().unwrap_or_default();
        let call = self.call("kms:CreateKey", subject, region);
        let (spec, usage) = match new.spec {
            Some(spec) => (spec.name().into(), KeyUsageType::SignVerify),
            None => (KmsSpec::SymmetricDefault, KeyUsageType::EncryptDecrypt),
        };
        let mut operation =
            self.client(region).create_key().key_usage(usage).key_spec(spec).description(&new.description);
        if new.multi_region {
            operation = operation.multi_region(true);
        }
        for (name, value) in &new.tags {
            let tag = Tag::builder()
                .tag_key(name)
                .tag_value(value)
                .build()
                .map_err(|_| KeyError::BadReference { reason: format!("the tag {name:?} is not complete") })?;
            operation = operation.tags(tag);
        }
        match ask!(@raw call, RetryRule::<CreateKeyError>::where_nothing_was_done(), operation) {
            Ok(answer) => match answer.key_metadata {
                Some(metadata) => Ok(metadata),
                None => self.look_for(new, call.garbled("key metadata", None), region).await,
            },
            Err(error) if Call::may_be_done(&error) => self.look_for(new, call.failed(&error), region).await,
            Err(error) => Err(call.failed(&error)),
        }
    }

    /// Looks for a key that may have been made by a request without an answer.
    async fn look_for(&self, new: &NewKey, failure: KeyError, region: &str) -> KeyResult<KeyMetadata> {
        if let Some(token) = &new.token {
            for wait in LOOKS {
                sleep(wait).await;
                match self.search(token, region).await {
                    Ok(Some(found)) => return Ok(found),
                    Ok(None) => {}
                    // Who cannot look does not know more afterwards.
                    Err(_) => break,
                }
            }
        }
        Err(KeyError::OutcomeUnknown { action: "kms:CreateKey".to_owned(), reason: failure.to_string() })
    }

    /// Gives a key its name. A name that it has already is no error: the answer to an earlier attempt may be lost.
    async fn name(&self, alias: &str, arn: &str, region: &str) -> KeyResult<()> {
        match self.create_alias(alias, arn, region).await {
            Ok(()) => Ok(()),
            Err(error) => Err(KeyError::CreatedWithoutAlias {
                key: arn.to_owned(),
                alias: alias.to_owned(),
                reason: error.to_string(),
            }),
        }
    }

    /// `CreateAlias`, as often as wanted.
    pub(super) async fn create_alias(&self, alias: &str, arn: &str, region: &str) -> KeyResult<()> {
        let call = self.call("kms:CreateAlias", alias.to_owned(), region);
        let client = self.client(region);
        let full = format!("alias/{alias}");
        let mut patience = self.fresh.patience(region, arn);
        let outcome = loop {
            let outcome = ask!(call, CreateAliasError, client.create_alias().alias_name(&full).target_key_id(arn));
            if !patience.again(&outcome).await {
                break outcome;
            }
        };
        let Err(error) = outcome else {
            self.fresh.made(region, &full);
            return Ok(());
        };
        match self.holder(alias, region).await {
            Ok(Some(holder)) if holder.arn() == Some(arn) => Ok(()),
            _ => Err(error),
        }
    }

    /// The key with the tag of that token.
    async fn search(&self, token: &CreationToken, region: &str) -> KeyResult<Option<KeyMetadata>> {
        let mut arns = self.key_arns(region).await?;
        if arns.len() > SEARCHED {
            return Err(KeyError::Unsupported {
                backend: BACKEND,
                what: format!("looking for a creation token among more than {SEARCHED} keys"),
            });
        }
        let aliases = self.alias_entries(None, region).await?;
        let named: HashSet<&str> = aliases.iter().filter_map(|entry| entry.target_key_id()).collect();
        arns.sort_by_key(|arn| named.contains(arn.rsplit('/').next().unwrap_or_default()));
        let (mut waiting, mut readers) = (arns.into_iter(), JoinSet::new());
        let (mut read, mut denied) = (0_usize, None);
        loop {
            while readers.len() < READERS {
                let Some(arn) = waiting.next() else { break };
                let (kms, region) = (self.clone(), region.to_owned());
                readers.spawn(async move {
                    let tags = kms.tags_of(&arn, &region).await;
                    (arn, tags)
                });
            }
            let Some(done) = readers.join_next().await else { break };
            let (arn, tags) = done.map_err(|_| info::background())?;
            match tags {
                Ok(tags) if tags.get(CreationToken::TAG).is_some_and(|own| own == token.as_str()) => {
                    let target = Target { key: arn.clone(), region: region.to_owned() };
                    let key = KeyRef::AwsKms { key: arn, region: None };
                    return self.metadata_of(&target, key.to_string()).await.map(Some);
                }
                Ok(_) => read += 1,
                // A key of somebody else; one of ours lets its maker read its tags.
                Err(error @ KeyError::AccessDenied { .. }) => denied = Some(error),
                // Gone since it was listed.
                Err(KeyError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        match denied {
            Some(error) if read == 0 => Err(error),
            _ => Ok(None),
        }
    }
}
