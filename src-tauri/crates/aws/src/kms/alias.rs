//! Friendly names: given, moved in one step, taken away.

use aws_sdk_kms::operation::delete_alias::DeleteAliasError;
use aws_sdk_kms::operation::update_alias::UpdateAliasError;
use aws_sdk_kms::types::{KeyMetadata, KeyState as KmsState};
use cartorio_keys::{KeyError, KeyInfo, KeyRef, KeyResult, check_alias};

use super::target::Target;
use super::{AwsKms, info};

impl AwsKms {
    /// Gives `key` the name, from whoever has it. `UpdateAlias` moves it in one step: there is no moment without a key
    /// behind the name.
    pub(super) async fn move_alias(&self, alias: &str, key: &KeyRef) -> KeyResult<()> {
        check_alias(alias)?;
        let (target, metadata) = self.metadata(key).await?;
        let arn = info::arn(&metadata)?;
        match self.holder(alias, &target.region).await {
            Ok(Some(holder)) if holder.arn() == Some(arn) => return Ok(()),
            Ok(Some(holder)) => {
                must_not_be_pending(&metadata, key)?;
                // KMS demands the same use and the same kind of key; whoever signs through the name relies on it.
                if info::usage(&holder) != info::usage(&metadata) || holder.key_usage() != metadata.key_usage() {
                    return Err(KeyError::WrongUsage { key: key.to_string(), usage: info::backend_spec(&metadata) });
                }
            }
            Ok(None) => {
                must_not_be_pending(&metadata, key)?;
                return self.create_alias(alias, arn, &target.region).await;
            }
            // Who may move names need not be allowed to look at every key; KMS checks the use then.
            Err(KeyError::AccessDenied { .. }) => must_not_be_pending(&metadata, key)?,
            Err(error) => return Err(error),
        }
        match self.update_alias(alias, arn, &target.region).await {
            // Taken away since we looked.
            Err(KeyError::NotFound { .. }) => self.create_alias(alias, arn, &target.region).await,
            outcome => outcome,
        }
    }

    pub(super) async fn delete_alias(&self, alias: &str) -> KeyResult<()> {
        check_alias(alias)?;
        let region = self.home_region().to_owned();
        let call = self.call("kms:DeleteAlias", alias.to_owned(), &region);
        let full = format!("alias/{alias}");
        self.fresh.gone(&region, &full);
        match ask!(call, DeleteAliasError, self.client(&region).delete_alias().alias_name(full)) {
            // Nobody had it, or an earlier attempt took it away and its answer is lost.
            Ok(_) | Err(KeyError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn key_behind(&self, alias: &str) -> KeyResult<Option<KeyInfo>> {
        check_alias(alias)?;
        let region = self.home_region().to_owned();
        let Some(metadata) = self.holder(alias, &region).await? else { return Ok(None) };
        let aliases = self.aliases_of(metadata.key_id(), &region).await?;
        info::info(&metadata, aliases, &region).map(Some)
    }

    /// The key that has the name now.
    pub(super) async fn holder(&self, alias: &str, region: &str) -> KeyResult<Option<KeyMetadata>> {
        let target = Target { key: format!("alias/{alias}"), region: region.to_owned() };
        match self.metadata_of(&target, alias.to_owned()).await {
            Ok(metadata) => Ok(Some(metadata)),
            Err(KeyError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// `UpdateAlias`, as often as wanted.
    async fn update_alias(&self, alias: &str, arn: &str, region: &str) -> KeyResult<()> {
        let call = self.call("kms:UpdateAlias", alias.to_owned(), region);
        let operation = self.client(region).update_alias().alias_name(format!("alias/{alias}")).target_key_id(arn);
        let Err(error) = ask!(call, UpdateAliasError, operation) else { return Ok(()) };
        // The answer may be lost and the name moved all the same.
        match self.holder(alias, region).await {
            Ok(Some(holder)) if holder.arn() == Some(arn) => Ok(()),
            _ => Err(error),
        }
    }
}

fn must_not_be_pending(metadata: &KeyMetadata, key: &KeyRef) -> KeyResult<()> {
    match metadata.key_state() {
        Some(KmsState::PendingDeletion | KmsState::PendingReplicaDeletion) => {
            Err(KeyError::PendingDeletion { key: key.to_string() })
        }
        _ => Ok(()),
    }
}
