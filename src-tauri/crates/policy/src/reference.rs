//! What a signature under a policy has to carry.

use cartorio_core::{Coded, Digest, Retry};
use const_oid::ObjectIdentifier as Oid;

use crate::model::{Family, Policy, PolicyLevel};
use crate::store::ArtifactStore;

/// `SignaturePolicyId` (RFC 5126 §5.8.1): what goes into the signed attribute `id-aa-ets-sigPolicyId`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reference {
    /// `sigPolicyId`.
    pub id: Oid,
    /// `sigPolicyHash`.
    pub hash: Digest,
    /// The qualifier `SPuri` (1.2.840.113549.1.9.16.5.1), an IA5String.
    pub uri: &'static str,
}

/// What a signature needs of the policy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Qualification<'a> {
    /// For the signed attributes.
    pub reference: Reference,
    /// For the DSS and the VRI, where the level wants them there.
    pub artifacts: Option<Artifacts<'a>>,
}

/// Files that a PAdES AD-RA embeds (`ICP_BR_Extensoes_PAdES.asn`, 2.16.76.1.8.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Artifacts<'a> {
    /// The policy: `PBAD_PolicyArtifacts`, `PBAD_PolicyArtifact`.
    pub policy: &'a [u8],
    /// The list of approved policies: `PBAD_LpaArtifacts`, `PBAD_LpaArtifact`.
    pub list: &'a [u8],
    /// Its signature: `PBAD_LpaSignatures`, `PBAD_LpaSignature`.
    pub list_signature: &'a [u8],
}

/// Why there is nothing to carry.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum QualifyError {
    /// The policy is identified by SHA-1, which nothing is signed with.
    #[error("{policy} is identified by SHA-1")]
    OldHash {
        /// Name of the policy.
        policy: String,
    },
    /// Files that have to be embedded are not at hand.
    #[error("{policy} embeds files that are not at hand: {}", missing.join(", "))]
    ArtifactsMissing {
        /// Name of the policy.
        policy: String,
        /// Names of the files, as ITI calls them.
        missing: Vec<String>,
    },
}

impl Coded for QualifyError {
    fn code(&self) -> &'static str {
        match self {
            Self::OldHash { .. } => "policy_old_hash",
            Self::ArtifactsMissing { .. } => "policy_artifacts_missing",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::OldHash { policy } => vec![("policy", policy.clone())],
            Self::ArtifactsMissing { policy, missing } => {
                vec![("policy", policy.clone()), ("files", missing.join(", "))]
            }
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::OldHash { .. } => Retry::Never,
            Self::ArtifactsMissing { .. } => Retry::AfterAction,
        }
    }
}

/// What a signature under `policy` has to carry, with the files of `store`.
///
/// # Errors
/// [`QualifyError`].
pub fn qualifies<'a>(policy: &Policy, store: &'a ArtifactStore) -> Result<Qualification<'a>, QualifyError> {
    let name = policy.name();
    let Some(hash) = policy.policy_hash.digest() else { return Err(QualifyError::OldHash { policy: name }) };
    let reference = Reference { id: policy.oid, hash, uri: policy.uri };
    if !embeds(policy) {
        return Ok(Qualification { reference, artifacts: None });
    }
    let list = store.list(policy.family);
    let signature = list.and_then(|list| list.signature.as_deref());
    match (store.policy(policy), list, signature) {
        (Some(own), Some(list), Some(list_signature)) => {
            let artifacts = Artifacts { policy: own, list: &list.bytes, list_signature };
            Ok(Qualification { reference, artifacts: Some(artifacts) })
        }
        (own, list, signature) => {
            let file = policy.uri.rsplit('/').next().unwrap_or(policy.uri).to_owned();
            let missing = [
                (own.is_none(), file),
                (list.is_none(), "LPA_PAdES.der".to_owned()),
                (signature.is_none(), "LPA_PAdES.p7s".to_owned()),
            ];
            let missing = missing.into_iter().filter(|(gone, _)| *gone).map(|(_, name)| name).collect();
            Err(QualifyError::ArtifactsMissing { policy: name, missing })
        }
    }
}

/// Whether the policy wants itself, the list and its signature in the document.
pub(crate) fn embeds(policy: &Policy) -> bool {
    match policy.family {
        Family::Cades => false,
        Family::Pades => policy.level == PolicyLevel::AdRa,
    }
}
