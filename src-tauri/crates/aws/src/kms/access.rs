//! Who may do what: the key policy and the grants.

use aws_sdk_kms::operation::get_key_policy::GetKeyPolicyError;
use aws_sdk_kms::operation::list_grants::ListGrantsError;
use aws_sdk_kms::types::GrantListEntry;
use cartorio_keys::{AccessGrant, KeyAccess, KeyError, KeyRef, KeyResult};

use super::list::next;
use super::{AwsKms, info, policy};
use crate::failure::BACKEND;

impl AwsKms {
    pub(super) async fn rules(&self, key: &KeyRef) -> KeyResult<KeyAccess> {
        let (target, metadata) = self.metadata(key).await?;
        let arn = info::arn(&metadata)?;
        let call = self.call("kms:GetKeyPolicy", key.to_string(), &target.region);
        let operation = self.client(&target.region).get_key_policy().key_id(arn).policy_name("default");
        let answer = ask!(call, GetKeyPolicyError, operation)?;
        let document = answer.policy.ok_or_else(|| call.garbled("policy", None))?;
        let statements = policy::statements(&document).map_err(|reason| KeyError::Backend {
            backend: BACKEND,
            reason: format!("the policy of {arn} cannot be read: {reason}"),
            request_id: None,
        })?;
        let grants = self.grants(key, arn, &target.region).await?;
        Ok(KeyAccess { document, statements, grants })
    }

    async fn grants(&self, key: &KeyRef, arn: &str, region: &str) -> KeyResult<Vec<AccessGrant>> {
        let client = self.client(region);
        let (mut grants, mut marker) = (Vec::new(), None);
        loop {
            let call = self.call("kms:ListGrants", key.to_string(), region);
            let operation = client.list_grants().key_id(arn).set_marker(marker.clone());
            let page = ask!(call, ListGrantsError, operation)?;
            grants.extend(page.grants().iter().map(grant));
            match next(page.truncated(), page.next_marker(), marker.as_deref()) {
                Some(next) => marker = Some(next),
                None => return Ok(grants),
            }
        }
    }
}

fn grant(entry: &GrantListEntry) -> AccessGrant {
    // A grant for a service has no principal of its own in some answers.
    let grantee = entry.grantee_principal().or(entry.grantee_service_principal()).unwrap_or_default();
    AccessGrant {
        id: entry.grant_id().unwrap_or_default().to_owned(),
        name: entry.name().filter(|name| !name.is_empty()).map(str::to_owned),
        grantee: grantee.to_owned(),
        retiring: entry.retiring_principal().map(str::to_owned),
        operations: entry.operations().iter().map(|operation| operation.as_str().to_owned()).collect(),
        created_at: entry.creation_date().and_then(info::instant),
    }
}
