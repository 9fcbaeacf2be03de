//! How symmetric keys renew their material: by themselves, and on demand.

use std::cmp::Reverse;

use aws_sdk_kms::operation::disable_key_rotation::DisableKeyRotationError;
use aws_sdk_kms::operation::enable_key_rotation::EnableKeyRotationError;
use aws_sdk_kms::operation::get_key_rotation_status::{GetKeyRotationStatusError, GetKeyRotationStatusOutput};
use aws_sdk_kms::operation::list_key_rotations::ListKeyRotationsError;
use aws_sdk_kms::operation::rotate_key_on_demand::RotateKeyOnDemandError;
use aws_sdk_kms::types::RotationType;
use cartorio_keys::{AutomaticRotation, KeyError, KeyRef, KeyResult, RotationPeriod};
use time::OffsetDateTime;

use super::envelope::must_seal;
use super::list::next;
use super::{AwsKms, info};
use crate::failure::{Call, RetryRule};

impl AwsKms {
    pub(super) async fn renewal(&self, key: &KeyRef) -> KeyResult<AutomaticRotation> {
        let (target, metadata) = self.metadata(key).await?;
        must_seal(&metadata, key)?;
        let arn = info::arn(&metadata)?;
        let status = self.renewal_status(key, arn, &target.region).await?;
        let past = match self.past_renewals(key, arn, &target.region).await {
            Ok(past) => past,
            // A server without the operation has no record either.
            Err(KeyError::Unsupported { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        if !status.key_rotation_enabled() {
            return Ok(AutomaticRotation { period: None, next: None, past });
        }
        let period = match status.rotation_period_in_days() {
            None => RotationPeriod::YEAR,
            Some(days) => RotationPeriod::days(u32::try_from(days).unwrap_or_default())?,
        };
        let next = status.next_rotation_date().and_then(info::instant);
        Ok(AutomaticRotation { period: Some(period), next, past })
    }

    pub(super) async fn set_renewal(&self, key: &KeyRef, period: Option<RotationPeriod>) -> KeyResult<()> {
        let (target, metadata) = self.metadata(key).await?;
        must_seal(&metadata, key)?;
        info::must_be_enabled(&metadata, key)?;
        let (arn, client) = (info::arn(&metadata)?, self.client(&target.region));
        match period {
            Some(period) => {
                let call = self.call("kms:EnableKeyRotation", key.to_string(), &target.region);
                // At most 2560.
                let days = i32::try_from(period.as_days()).unwrap_or(365);
                let operation = client.enable_key_rotation().key_id(arn).rotation_period_in_days(days);
                ask!(call, EnableKeyRotationError, operation).map(|_| ())
            }
            None => {
                let call = self.call("kms:DisableKeyRotation", key.to_string(), &target.region);
                ask!(call, DisableKeyRotationError, client.disable_key_rotation().key_id(arn)).map(|_| ())
            }
        }
    }

    /// Renews once. KMS counts renewals on demand against a small quota for the life of the key, so that a request whose
    /// answer is lost is looked up and not repeated.
    pub(super) async fn renew(&self, key: &KeyRef) -> KeyResult<()> {
        let (target, metadata) = self.metadata(key).await?;
        must_seal(&metadata, key)?;
        info::must_be_enabled(&metadata, key)?;
        let arn = info::arn(&metadata)?;
        let before = self.on_demand(key, arn, &target.region).await;
        let call = self.call("kms:RotateKeyOnDemand", key.to_string(), &target.region);
        let operation = self.client(&target.region).rotate_key_on_demand().key_id(arn);
        let error = match ask!(@raw call, RetryRule::<RotateKeyOnDemandError>::where_nothing_was_done(), operation) {
            Ok(_) => return Ok(()),
            Err(error) if Call::may_be_done(&error) => call.failed(&error),
            Err(error) => return Err(call.failed(&error)),
        };
        let under_way = self
            .renewal_status(key, arn, &target.region)
            .await
            .is_ok_and(|status| status.on_demand_rotation_start_date().is_some());
        let done = match (before, self.on_demand(key, arn, &target.region).await) {
            (Ok(before), Ok(now)) => now > before,
            _ => false,
        };
        if under_way || done {
            return Ok(());
        }
        Err(KeyError::OutcomeUnknown { action: call.action.to_owned(), reason: error.to_string() })
    }

    async fn on_demand(&self, key: &KeyRef, arn: &str, region: &str) -> KeyResult<usize> {
        let past = self.past_renewals(key, arn, region).await?;
        Ok(past.iter().filter(|(_, on_demand)| *on_demand).count())
    }

    async fn renewal_status(&self, key: &KeyRef, arn: &str, region: &str) -> KeyResult<GetKeyRotationStatusOutput> {
        let call = self.call("kms:GetKeyRotationStatus", key.to_string(), region);
        ask!(call, GetKeyRotationStatusError, self.client(region).get_key_rotation_status().key_id(arn))
    }

    /// Renewals so far, newest first, and whether they were on demand.
    async fn past_renewals(&self, key: &KeyRef, arn: &str, region: &str) -> KeyResult<Vec<(OffsetDateTime, bool)>> {
        let client = self.client(region);
        let (mut past, mut marker) = (Vec::new(), None);
        loop {
            let call = self.call("kms:ListKeyRotations", key.to_string(), region);
            let operation = client.list_key_rotations().key_id(arn).set_marker(marker.clone());
            let page = ask!(call, ListKeyRotationsError, operation)?;
            past.extend(page.rotations().iter().filter_map(|entry| {
                let at = entry.rotation_date().and_then(info::instant)?;
                Some((at, entry.rotation_type() == Some(&RotationType::OnDemand)))
            }));
            match next(page.truncated(), page.next_marker(), marker.as_deref()) {
                Some(next) => marker = Some(next),
                None => break,
            }
        }
        past.sort_by_key(|(at, _): &(OffsetDateTime, bool)| Reverse(*at));
        Ok(past)
    }
}
