//! The files of ITI that are at hand.

use cartorio_core::{Coded, Retry};
use time::OffsetDateTime;

use crate::artifact::{ArtifactError, ListSignature, PolicyList, SignaturePolicy, SignatureState};
use crate::model::{Family, HashName, Policy};
use crate::table;

/// Files that were taken in: policies by the digest in the table, lists when they are the known ones or newer, and the
/// signatures of lists that are there. In memory; the caller keeps the bytes.
#[derive(Clone, Debug, Default)]
pub struct ArtifactStore {
    policies: Vec<(&'static Policy, Vec<u8>)>,
    lists: Vec<KeptList>,
}

/// A list that was taken in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KeptList {
    /// The format of its policies.
    pub family: Family,
    /// The file.
    pub bytes: Vec<u8>,
    /// What it says.
    pub list: PolicyList,
    /// The file of its signature. That it holds with the certificate inside is checked; whose certificate that is, is not.
    pub signature: Option<Vec<u8>>,
    /// Whether it is, to the byte, one that the table was made with.
    pub is_known: bool,
}

/// What was taken in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Imported {
    /// A policy.
    Policy(&'static Policy),
    /// A list of approved policies.
    List {
        /// The format of its policies.
        family: Family,
        /// Until when it is meant to be used.
        next_update: OffsetDateTime,
    },
    /// The signature of the list of this format.
    ListSignature {
        /// The format of the list's policies.
        family: Family,
    },
}

/// Why a file was not taken in.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ImportError {
    /// It is neither a policy nor a list nor the signature of a list.
    #[error("neither a policy nor a list of policies nor its signature: {0}")]
    NotAnArtifact(ArtifactError),
    /// A policy that the table does not have, or other bytes under the identifier of one that it has.
    #[error("the policy {oid} has a digest that is not known")]
    UnknownPolicy {
        /// Identifier that the file states.
        oid: String,
    },
    /// A list of policies of several formats, of none that is known here, or without any policy of the table.
    #[error("not a list of the policies of one format that is known here")]
    ForeignList,
    /// A list that is older than one that is known.
    #[error("the list is older than the one of {known}")]
    OldList {
        /// `nextUpdate` of the known one.
        known: OffsetDateTime,
    },
    /// A list that says of a policy of the table something that the table knows better.
    #[error("the list contradicts what is known of {oid}")]
    Contradiction {
        /// Identifier of the policy.
        oid: String,
    },
    /// A signature of something that is not here.
    #[error("the signature is of no list that is here")]
    UnknownList,
    /// A signature that does not hold, or cannot be checked.
    #[error("the signature of the list does not hold")]
    BadSignature,
    /// A list that is not known here to the byte, without a signature that says whose it is. The caller finds it.
    #[error("the list comes without its signature")]
    Unsigned,
    /// A list that says that the next one comes so late that it would count as the newest for ever. The caller finds it.
    #[error("the list says that the next one comes on {next_update}, which is too far ahead")]
    FarList {
        /// Its `nextUpdate`.
        next_update: OffsetDateTime,
    },
    /// A signature by somebody who is not ITI under a root of ICP-Brasil, as far as is known. The caller finds it.
    #[error("the list is signed by {signer}, who is not ITI under a root of ICP-Brasil that is known here")]
    ForeignSigner {
        /// The signer's subject.
        signer: String,
    },
}

impl Coded for ImportError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotAnArtifact(_) => "policy_file_unreadable",
            Self::UnknownPolicy { .. } => "policy_file_unknown",
            Self::ForeignList => "policy_list_foreign",
            Self::OldList { .. } => "policy_list_old",
            Self::Contradiction { .. } => "policy_list_contradiction",
            Self::UnknownList => "policy_list_signature_unknown",
            Self::BadSignature => "policy_list_signature_bad",
            Self::Unsigned => "policy_list_unsigned",
            Self::FarList { .. } => "policy_list_far",
            Self::ForeignSigner { .. } => "policy_list_signature_foreign",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotAnArtifact(error) => {
                vec![("offset", error.offset.to_string()), ("problem", error.problem.to_owned())]
            }
            Self::UnknownPolicy { oid } | Self::Contradiction { oid } => vec![("oid", oid.clone())],
            Self::OldList { known } => vec![("known", known.date().to_string())],
            Self::FarList { next_update } => vec![("date", next_update.date().to_string())],
            Self::ForeignSigner { signer } => vec![("signer", signer.clone())],
            Self::ForeignList | Self::UnknownList | Self::BadSignature | Self::Unsigned => Vec::new(),
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::UnknownList | Self::Unsigned | Self::FarList { .. } | Self::ForeignSigner { .. } => {
                Retry::AfterAction
            }
            Self::NotAnArtifact(_)
            | Self::UnknownPolicy { .. }
            | Self::ForeignList
            | Self::OldList { .. }
            | Self::Contradiction { .. }
            | Self::BadSignature => Retry::Never,
        }
    }
}

impl ArtifactStore {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a file in and says what it is. The same file again changes nothing.
    ///
    /// A list takes the place of the one before, and needs its signature anew.
    ///
    /// # Errors
    /// [`ImportError`]; the store is as it was.
    pub fn import(&mut self, bytes: &[u8]) -> Result<Imported, ImportError> {
        let first = match SignaturePolicy::from_der(bytes) {
            Ok(policy) => return self.take_policy(&policy, bytes),
            Err(error) => error,
        };
        let second = match PolicyList::from_der(bytes) {
            Ok(list) => return self.take_list(list, bytes),
            Err(error) => error,
        };
        let third = match ListSignature::from_der(bytes) {
            Ok(signature) => return self.take_signature(&signature, bytes),
            Err(error) => error,
        };
        // The reader that got furthest knows best.
        let errors = [first, second, third];
        Err(ImportError::NotAnArtifact(errors.into_iter().max_by_key(|error| error.offset).unwrap_or(first)))
    }

    /// The file of a policy.
    pub fn policy(&self, policy: &Policy) -> Option<&[u8]> {
        self.policies.iter().find(|(own, _)| own.oid == policy.oid).map(|(_, bytes)| bytes.as_slice())
    }

    /// The list of this format.
    pub fn list(&self, family: Family) -> Option<&KeptList> {
        self.lists.iter().find(|list| list.family == family)
    }

    fn take_policy(&mut self, policy: &SignaturePolicy, bytes: &[u8]) -> Result<Imported, ImportError> {
        let unknown = ImportError::UnknownPolicy { oid: policy.oid.to_string() };
        let known = table::by_file_digest(&hex::encode(&policy.file_sha256)).ok_or(unknown)?;
        if self.policy(known).is_none() {
            self.policies.push((known, bytes.to_vec()));
        }
        Ok(Imported::Policy(known))
    }

    fn take_list(&mut self, list: PolicyList, bytes: &[u8]) -> Result<Imported, ImportError> {
        let family = list.family().ok_or(ImportError::ForeignList)?;
        let imported = Imported::List { family, next_update: list.next_update };
        let known = table::known_list(family);
        let is_known = hex::encode(&list.file_sha256) == known.sha256;
        let before = self.list(family);
        if before.is_some_and(|before| before.bytes == bytes) {
            return Ok(imported);
        }
        // A list of the same date with other bytes is not newer either.
        let newest = before.map_or(known.next_update, |before| before.list.next_update);
        if list.next_update <= newest && !(is_known && before.is_none()) {
            return Err(ImportError::OldList { known: newest });
        }
        check_against_table(&list)?;
        self.lists.retain(|own| own.family != family);
        self.lists.push(KeptList { family, bytes: bytes.to_vec(), list, signature: None, is_known });
        Ok(imported)
    }

    fn take_signature(&mut self, signature: &ListSignature, bytes: &[u8]) -> Result<Imported, ImportError> {
        let kept = self.lists.iter_mut().find(|kept| signature.names(&kept.bytes)).ok_or(ImportError::UnknownList)?;
        match signature.check(&kept.bytes) {
            SignatureState::Holds => {
                kept.signature = Some(bytes.to_vec());
                Ok(Imported::ListSignature { family: kept.family })
            }
            SignatureState::OtherFile | SignatureState::Wrong | SignatureState::NotCheckable => {
                Err(ImportError::BadSignature)
            }
        }
    }
}

/// A newer list may revoke a policy and add others. It cannot change a file, nor begin a period anew, nor take back what was
/// revoked.
fn check_against_table(list: &PolicyList) -> Result<(), ImportError> {
    let mut familiar = false;
    for entry in &list.entries {
        let Some(known) = entry.oid.and_then(table::by_oid) else { continue };
        familiar = true;
        let same_file = entry
            .digest
            .as_ref()
            .is_some_and(|digest| digest.hash != HashName::Sha256 || hex::encode(&digest.value) == known.file_sha256);
        let still_revoked = known.revoked.is_none() || entry.revoked.is_some();
        if !same_file || entry.not_before != known.not_before || !still_revoked {
            return Err(ImportError::Contradiction { oid: known.oid.to_string() });
        }
    }
    if familiar { Ok(()) } else { Err(ImportError::ForeignList) }
}
