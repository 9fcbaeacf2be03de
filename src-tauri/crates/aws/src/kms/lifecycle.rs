//! Tags, free text, switching on and off, deletion, last use.

use std::collections::BTreeMap;

use aws_sdk_kms::operation::cancel_key_deletion::CancelKeyDeletionError;
use aws_sdk_kms::operation::disable_key::DisableKeyError;
use aws_sdk_kms::operation::enable_key::EnableKeyError;
use aws_sdk_kms::operation::get_key_last_usage::GetKeyLastUsageError;
use aws_sdk_kms::operation::list_resource_tags::ListResourceTagsError;
use aws_sdk_kms::operation::schedule_key_deletion::ScheduleKeyDeletionError;
use aws_sdk_kms::operation::tag_resource::TagResourceError;
use aws_sdk_kms::operation::untag_resource::UntagResourceError;
use aws_sdk_kms::operation::update_key_description::UpdateKeyDescriptionError;
use aws_sdk_kms::types::{KeyMetadata, Tag};
use cartorio_keys::{DeletionWindow, KeyError, KeyRef, KeyResult, KeyState, LastUse, check_description, check_tags};
use time::OffsetDateTime;

use super::list::next;
use super::{AwsKms, info};

impl AwsKms {
    pub(super) async fn tags_of(&self, arn: &str, region: &str) -> KeyResult<BTreeMap<String, String>> {
        let client = self.client(region);
        let (mut tags, mut marker) = (BTreeMap::new(), None);
        loop {
            let call = self.call("kms:ListResourceTags", arn.to_owned(), region);
            let operation = client.list_resource_tags().key_id(arn).set_marker(marker.clone());
            let page = ask!(call, ListResourceTagsError, operation)?;
            tags.extend(page.tags().iter().map(|tag| (tag.tag_key().to_owned(), tag.tag_value().to_owned())));
            match next(page.truncated(), page.next_marker(), marker.as_deref()) {
                Some(next) => marker = Some(next),
                None => return Ok(tags),
            }
        }
    }

    pub(super) async fn tag(&self, key: &KeyRef, tags: &BTreeMap<String, String>) -> KeyResult<()> {
        check_tags(tags)?;
        if tags.is_empty() {
            return Ok(());
        }
        let (target, metadata) = self.metadata(key).await?;
        let call = self.call("kms:TagResource", key.to_string(), &target.region);
        let mut operation = self.client(&target.region).tag_resource().key_id(info::arn(&metadata)?);
        for (name, value) in tags {
            let tag = Tag::builder()
                .tag_key(name)
                .tag_value(value)
                .build()
                .map_err(|_| KeyError::BadReference { reason: format!("the tag {name:?} is not complete") })?;
            operation = operation.tags(tag);
        }
        ask!(call, TagResourceError, operation).map(|_| ())
    }

    pub(super) async fn untag(&self, key: &KeyRef, names: &[String]) -> KeyResult<()> {
        let (target, metadata) = self.metadata(key).await?;
        if names.is_empty() {
            return Ok(());
        }
        let call = self.call("kms:UntagResource", key.to_string(), &target.region);
        let operation = self
            .client(&target.region)
            .untag_resource()
            .key_id(info::arn(&metadata)?)
            .set_tag_keys(Some(names.to_vec()));
        ask!(call, UntagResourceError, operation).map(|_| ())
    }

    pub(super) async fn describe_as(&self, key: &KeyRef, description: &str) -> KeyResult<()> {
        check_description(description)?;
        let (target, metadata) = self.metadata(key).await?;
        let call = self.call("kms:UpdateKeyDescription", key.to_string(), &target.region);
        let operation =
            self.client(&target.region).update_key_description().key_id(info::arn(&metadata)?).description(description);
        ask!(call, UpdateKeyDescriptionError, operation).map(|_| ())
    }

    pub(super) async fn switch(&self, key: &KeyRef, enabled: bool) -> KeyResult<()> {
        let (target, metadata) = self.metadata(key).await?;
        match (info::state(&metadata), enabled) {
            (KeyState::Enabled, true) | (KeyState::Disabled, false) => return Ok(()),
            (KeyState::PendingDeletion, _) => return Err(KeyError::PendingDeletion { key: key.to_string() }),
            (KeyState::Disabled, true) | (KeyState::Enabled, false) | (KeyState::Unavailable, _) => {}
        }
        let (arn, client) = (info::arn(&metadata)?, self.client(&target.region));
        if enabled {
            let call = self.call("kms:EnableKey", key.to_string(), &target.region);
            ask!(call, EnableKeyError, client.enable_key().key_id(arn)).map(|_| ())
        } else {
            let call = self.call("kms:DisableKey", key.to_string(), &target.region);
            ask!(call, DisableKeyError, client.disable_key().key_id(arn)).map(|_| ())
        }
    }

    pub(super) async fn condemn(&self, key: &KeyRef, window: DeletionWindow) -> KeyResult<OffsetDateTime> {
        let (target, metadata) = self.metadata(key).await?;
        if info::state(&metadata) == KeyState::PendingDeletion {
            return date_of(&metadata, key);
        }
        let call = self.call("kms:ScheduleKeyDeletion", key.to_string(), &target.region);
        // At most 30.
        let days = i32::try_from(window.as_days()).unwrap_or(30);
        let operation = self
            .client(&target.region)
            .schedule_key_deletion()
            .key_id(info::arn(&metadata)?)
            .pending_window_in_days(days);
        match ask!(call, ScheduleKeyDeletionError, operation) {
            Ok(answer) => match answer.deletion_date().and_then(info::instant) {
                Some(date) => Ok(date),
                None => date_of(&self.metadata(key).await?.1, key),
            },
            // It may be done and the answer lost.
            Err(error) => match self.metadata(key).await {
                Ok((_, now)) if info::state(&now) == KeyState::PendingDeletion => date_of(&now, key),
                _ => Err(error),
            },
        }
    }

    pub(super) async fn spare(&self, key: &KeyRef) -> KeyResult<()> {
        let (target, metadata) = self.metadata(key).await?;
        if info::state(&metadata) != KeyState::PendingDeletion {
            return Ok(());
        }
        let call = self.call("kms:CancelKeyDeletion", key.to_string(), &target.region);
        let operation = self.client(&target.region).cancel_key_deletion().key_id(info::arn(&metadata)?);
        let Err(error) = ask!(call, CancelKeyDeletionError, operation) else { return Ok(()) };
        // A repeated attempt meets a key that does not wait any more.
        match self.metadata(key).await {
            Ok((_, now)) if info::state(&now) != KeyState::PendingDeletion => Ok(()),
            _ => Err(error),
        }
    }

    pub(super) async fn used_last(&self, key: &KeyRef) -> KeyResult<Option<LastUse>> {
        let (target, metadata) = self.metadata(key).await?;
        let call = self.call("kms:GetKeyLastUsage", key.to_string(), &target.region);
        let operation = self.client(&target.region).get_key_last_usage().key_id(info::arn(&metadata)?);
        let answer = ask!(call, GetKeyLastUsageError, operation)?;
        Ok(answer.key_last_usage().and_then(|usage| {
            Some(LastUse {
                at: usage.timestamp().and_then(info::instant)?,
                operation: usage.operation().map(|operation| operation.as_str().to_owned()),
                request_id: usage.kms_request_id().map(str::to_owned),
            })
        }))
    }
}

/// When a key that waits for its deletion will be gone. A primary key whose replicas are still there has no date yet.
fn date_of(metadata: &KeyMetadata, key: &KeyRef) -> KeyResult<OffsetDateTime> {
    metadata.deletion_date().and_then(info::instant).ok_or_else(|| KeyError::Unavailable {
        key: key.to_string(),
        state: metadata.key_state().map_or("unknown", |state| state.as_str()).to_owned(),
    })
}
