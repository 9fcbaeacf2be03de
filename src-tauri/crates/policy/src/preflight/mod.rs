//! «VALIDAR would refuse this because…», before the key is touched.
//!
//! The reasons are those that ITI's validator is known to refuse for, and those that follow from the policy itself. None of them
//! is a validation: a signature without a refusal here can still be refused there.

mod attributes;
mod certificates;
pub mod code;
mod rules;

use cartorio_keys::{KeySpec, SignatureAlgorithm};
use cartorio_pki::Certificate;
use time::OffsetDateTime;

use crate::artifact::PolicyList;
use crate::model::{Family, Policy, PolicyLevel};

pub use attributes::check_attributes;

/// What is about to be signed.
#[derive(Clone, Copy, Debug)]
pub struct Preflight<'a> {
    /// The format.
    pub family: Family,
    /// PAdES: `/SubFilter /ETSI.CAdES.detached` instead of `/PBAD.PAdES`.
    pub dialect_etsi: bool,
    /// The level that is wanted; without a policy it is not looked at.
    pub level: PolicyLevel,
    /// The policy; `None` for a signature without one.
    pub policy: Option<&'a Policy>,
    /// What will be signed with.
    pub algorithm: SignatureAlgorithm,
    /// The key.
    pub key_spec: KeySpec,
    /// The signer's certificate.
    pub signer: &'a Certificate,
    /// The path from the signer (who may be left out) up to the root, in order, as far as it is known.
    pub chain: &'a [Certificate],
    /// The certificates that will stand in the CMS.
    pub enclosed: &'a [Certificate],
    /// `nextUpdate` of the list of approved policies that is at hand.
    pub lpa_next_update: Option<OffsetDateTime>,
    /// The list itself, where the caller has it read.
    pub list: Option<&'a PolicyList>,
    /// When it will be signed.
    pub at: OffsetDateTime,
    /// Whether `signing-time` will be a signed attribute.
    pub has_signing_time_in_cms: bool,
    /// What earlier signatures allow.
    pub document: DocumentLock,
    /// The time stamp.
    pub time_stamp: TimeStamping<'a>,
    /// The revocation evidence.
    pub evidence: EvidenceState,
    /// Whether policy, list and its signature are at hand to be embedded ([`crate::qualifies`]).
    pub artifacts_at_hand: bool,
}

/// What the signatures that a document has allow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DocumentLock {
    /// Another signature.
    Open,
    /// Nothing: certified with DocMDP 1.
    Certified,
    /// No change of any field, a new signature among them.
    Locked,
}

/// Who stamps.
#[derive(Clone, Copy, Debug)]
pub enum TimeStamping<'a> {
    /// Nobody.
    None,
    /// Somebody whose certificates are not known before the answer.
    Unknown,
    /// The path of the authority, its own certificate first, in order, as far as it is known.
    Path(&'a [Certificate]),
}

/// What there is of revocation evidence.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum EvidenceState {
    /// Nothing has been looked for yet; it can be fetched.
    ToBeFetched,
    /// For everyone but so many certificates.
    Missing(usize),
    /// For everyone.
    Complete,
}

/// A reason.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// Which ([`code`]).
    pub code: &'static str,
    /// How sure it is.
    pub severity: Severity,
    /// Data for the sentence, by name.
    pub params: Vec<(&'static str, String)>,
}

/// How sure a refusal is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// It is possible, or it cannot be known here.
    Warns,
    /// A validator that follows the policy refuses it.
    Blocks,
}

impl Severity {
    /// As [`Self::as_str`].
    pub const fn code(self) -> &'static str {
        self.as_str()
    }

    /// Stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warns => "warns",
            Self::Blocks => "blocks",
        }
    }
}

/// Every reason that is known, those that block first.
pub fn preflight(input: &Preflight<'_>) -> Vec<Refusal> {
    let mut out = Refusals::default();
    rules::format(input, &mut out);
    rules::standing(input, &mut out);
    rules::list(input, &mut out);
    rules::algorithm(input, &mut out);
    certificates::signer(input, &mut out);
    certificates::path(input, &mut out);
    certificates::time_stamp(input, &mut out);
    rules::contents(input, &mut out);
    let mut out = out.0;
    out.sort_by_key(|refusal| std::cmp::Reverse(refusal.severity));
    out
}

/// Why a time stamp by the authority at the foot of `path` (its own certificate first, in order, as far as it is known) is not the
/// one that the policy wants; nothing for a policy that wants none. What only warns cannot be known from this path.
pub fn check_time_stamp(policy: &Policy, path: &[Certificate]) -> Vec<Refusal> {
    let mut out = Refusals::default();
    certificates::authority(policy, path, &mut out);
    out.0
}

#[derive(Debug, Default)]
struct Refusals(Vec<Refusal>);

impl Refusals {
    fn add(&mut self, severity: Severity, code: &'static str, params: Vec<(&'static str, String)>) {
        self.0.push(Refusal { code, severity, params });
    }

    fn blocks(&mut self, code: &'static str, params: Vec<(&'static str, String)>) {
        self.add(Severity::Blocks, code, params);
    }

    fn warns(&mut self, code: &'static str, params: Vec<(&'static str, String)>) {
        self.add(Severity::Warns, code, params);
    }
}

/// A date as params have it: `2029-03-02`.
fn date(at: OffsetDateTime) -> String {
    at.date().to_string()
}
