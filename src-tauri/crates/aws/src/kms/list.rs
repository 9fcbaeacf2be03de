//! Every key of the profile's region.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_kms::operation::list_aliases::ListAliasesError;
use aws_sdk_kms::operation::list_keys::ListKeysError;
use aws_sdk_kms::types::{AliasListEntry, KeyManagerType};
use cartorio_keys::{KeyError, KeyInfo, KeyRef, KeyResult};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{AwsKms, info};

/// Requests under way at once; KMS allows far more, a clerk's network may not.
const CONCURRENCY: usize = 8;

impl AwsKms {
    /// Keys of the account, without those that AWS manages itself; newest first.
    pub(super) async fn list_keys(&self) -> KeyResult<Vec<KeyInfo>> {
        let region = self.home_region().to_owned();
        let arns = self.key_arns(&region).await?;
        let mut aliases = HashMap::<String, Vec<String>>::new();
        for entry in self.alias_entries(None, &region).await? {
            if let (Some(key), Some(name)) = (entry.target_key_id(), plain_name(&entry)) {
                aliases.entry(key.to_owned()).or_default().push(name);
            }
        }
        let limit = Arc::new(Semaphore::new(CONCURRENCY));
        let mut tasks = JoinSet::new();
        for arn in arns {
            let id = arn.rsplit('/').next().unwrap_or_default();
            let names = aliases.remove(id).unwrap_or_default();
            let (kms, limit, region) = (self.clone(), limit.clone(), region.clone());
            tasks.spawn(async move {
                // The semaphore is never closed; without a permit the request would merely be one more at a time.
                let _permit = limit.acquire_owned().await.ok();
                kms.listed(&arn, names, &region).await
            });
        }
        let mut keys = Vec::new();
        while let Some(outcome) = tasks.join_next().await {
            keys.extend(outcome.map_err(|_| info::background())??);
        }
        keys.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.key_id.cmp(&b.key_id)));
        Ok(keys)
    }

    /// Names of one key, without `alias/`; none where these credentials may not list them or the key is another
    /// account's.
    pub(super) async fn aliases_of(&self, key_id: &str, region: &str) -> KeyResult<Vec<String>> {
        let entries = self.alias_entries(Some(key_id), region).await?;
        Ok(entries.iter().filter_map(plain_name).collect())
    }

    async fn listed(&self, arn: &str, aliases: Vec<String>, region: &str) -> KeyResult<Option<KeyInfo>> {
        match self.metadata(&KeyRef::AwsKms { key: arn.to_owned(), region: None }).await {
            Ok((_, metadata)) if metadata.key_manager() == Some(&KeyManagerType::Aws) => Ok(None),
            Ok((_, metadata)) => info::info(&metadata, aliases, region).map(Some),
            Err(KeyError::AccessDenied { .. }) => Ok(Some(info::hidden(arn, aliases, region))),
            // Gone since it was listed.
            Err(KeyError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn key_arns(&self, region: &str) -> KeyResult<Vec<String>> {
        let client = self.client(region);
        let mut arns = Vec::new();
        let mut marker = None;
        loop {
            let call = self.call("kms:ListKeys", region.to_owned(), region);
            let page = ask!(call, ListKeysError, client.list_keys().set_marker(marker.clone()))?;
            arns.extend(page.keys().iter().filter_map(|key| key.key_arn().map(str::to_owned)));
            match next(page.truncated(), page.next_marker(), marker.as_deref()) {
                Some(next) => marker = Some(next),
                None => return Ok(arns),
            }
        }
    }

    pub(super) async fn alias_entries(&self, key_id: Option<&str>, region: &str) -> KeyResult<Vec<AliasListEntry>> {
        let client = self.client(region);
        let mut entries = Vec::new();
        let mut marker = None;
        loop {
            let call = self.call("kms:ListAliases", key_id.unwrap_or(region).to_owned(), region);
            let operation = client.list_aliases().set_key_id(key_id.map(str::to_owned)).set_marker(marker.clone());
            let page = match ask!(call, ListAliasesError, operation) {
                Ok(page) => page,
                // Names are a comfort: who may sign need not be allowed to list them.
                Err(KeyError::AccessDenied { .. } | KeyError::NotFound { .. }) => return Ok(Vec::new()),
                Err(error) => return Err(error),
            };
            entries.extend_from_slice(page.aliases());
            match next(page.truncated(), page.next_marker(), marker.as_deref()) {
                Some(next) => marker = Some(next),
                None => return Ok(entries),
            }
        }
    }
}

/// Where the next page begins; a server that repeats itself is not followed.
pub(super) fn next(truncated: bool, next: Option<&str>, current: Option<&str>) -> Option<String> {
    next.filter(|next| truncated && Some(*next) != current).map(str::to_owned)
}

fn plain_name(entry: &AliasListEntry) -> Option<String> {
    let name = entry.alias_name()?.strip_prefix("alias/")?;
    (!name.starts_with("aws/")).then(|| name.to_owned())
}
