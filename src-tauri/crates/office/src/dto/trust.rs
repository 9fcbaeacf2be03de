//! Roots of trust, revocation evidence that is kept, what expires, and the search over everything.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{AnchorKind, HeapProblem};

/// Everything that trust rests on here.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TrustView {
    /// Whether it outlives the session; without an office it does not.
    pub kept: bool,
    /// Roots.
    pub anchors: Vec<TrustAnchor>,
    /// Official ICP-Brasil roots that this program knows by fingerprint and that are not here.
    pub missing_official: u32,
    /// CA certificates below the roots.
    pub intermediates: u32,
    /// Lists and responses that are kept.
    pub evidence: Vec<EvidenceItem>,
}

/// A root of trust.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TrustAnchor {
    /// SHA-256 of its DER form.
    pub sha256: String,
    /// Its name.
    pub name: String,
    /// Whose root it is.
    pub kind: AnchorKind,
    /// Start of validity.
    pub not_before: String,
    /// End of validity.
    pub not_after: String,
    /// When it came here.
    pub added_at: Option<String>,
    /// Who brought it.
    pub added_by: Option<String>,
    /// Who approved that.
    pub approved_by: Option<String>,
    /// CA certificates of this office's store that lead to it.
    pub below: u32,
}

/// A list or response that is kept.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct EvidenceItem {
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// `crl`, `delta_crl` or `ocsp`.
    pub kind: String,
    /// Who issued it.
    pub issuer: String,
    /// When it was made.
    pub this_update: String,
    /// When the next is due.
    pub next_update: Option<String>,
    /// Number of a list, decimal.
    pub number: Option<String>,
    /// `fresh`, `stale` or `not_yet`.
    pub state: String,
    /// Bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// When it came here.
    pub fetched_at: String,
    /// Where it was fetched from; absent when it came from a file.
    pub url: Option<String>,
    /// Revoked certificates on a list.
    pub revoked: Option<u32>,
}

/// What an import brought.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TrustImport {
    /// The store as it is now.
    pub trust: TrustView,
    /// Official roots that are new here.
    pub roots_added: u32,
    /// CA certificates that are new here.
    pub intermediates_added: u32,
    /// Lists that are new here.
    pub evidence_added: u32,
    /// What was there already.
    pub known: u32,
    /// What was not taken, and why.
    pub refused: Vec<TrustRefusal>,
    /// What could not be read.
    pub problems: Vec<HeapProblem>,
}

/// A certificate that was not taken.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TrustRefusal {
    /// SHA-256 of its DER form.
    pub sha256: String,
    /// Its name.
    pub name: String,
    /// `root_not_official`, `no_path_to_a_root`, `not_a_ca`.
    pub reason: String,
}

/// Fetches evidence anew.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct EvidenceRefresh {
    /// One list by its SHA-256; absent: every list that the CA certificates here name and that is not fresh.
    pub sha256: Option<String>,
}

/// Names kept evidence.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct EvidenceRef {
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// What fetching brought.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct EvidenceFetch {
    /// The store as it is now.
    pub trust: TrustView,
    /// Address by address.
    pub items: Vec<FetchedItem>,
}

/// One address.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct FetchedItem {
    /// The address.
    pub url: String,
    /// `new`, `unchanged` or `failed`.
    pub result: String,
    /// Why it failed: an error code with its data.
    pub code: Option<String>,
    /// Data of the message.
    pub params: BTreeMap<String, String>,
}

/// What is to be shown of what expires.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct ExpiryQuery {
    /// Days ahead; absent: all.
    pub days: Option<u32>,
    /// What is over already, too.
    pub expired: bool,
    /// Certificates of the trust store, too.
    pub trust: bool,
    /// Certificates of the heap, too.
    pub heap: bool,
}

/// What expires, soonest first.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct ExpiryView {
    /// As of when.
    pub at: String,
    /// The items.
    pub items: Vec<ExpiryItem>,
}

/// Something that expires.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct ExpiryItem {
    /// `root`, `intermediate`, `identity`, `subscriber`, `a1_file`, `crl`, `trust_root`, `trust_ca`, `heap`.
    pub kind: String,
    /// What.
    pub name: String,
    /// Whose: the holder, the label of an identity, or the office.
    pub owner: String,
    /// Issuer.
    pub issuer: String,
    /// When it ends.
    pub not_after: String,
    /// Days left; negative when it is over.
    #[ts(type = "number")]
    pub days_left: i64,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Serial number, hexadecimal.
    pub serial_hex: String,
    /// `expired`, `critical` (7 days), `soon` (30 days), `ahead` (90 days) or `fine`.
    pub urgency: String,
}

/// Saves what expires.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct ExpiryExport {
    /// What.
    pub query: ExpiryQuery,
    /// In what form.
    pub format: ExpiryFormat,
}

/// Form of an export of what expires.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExpiryFormat {
    /// iCalendar (RFC 5545).
    Ics,
    /// CSV, UTF-8, RFC 4180.
    Csv,
}

/// Searches everything that the person may see.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct SearchQuery {
    /// Name, CPF, CNPJ, serial number (hexadecimal or decimal), fingerprint, file name.
    pub text: String,
}

/// What a search found, the best first, at most 50.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct SearchResults {
    /// The hits.
    pub hits: Vec<SearchHit>,
    /// Whether there are more.
    pub more: bool,
}

/// One hit.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct SearchHit {
    /// What it is.
    pub kind: SearchKind,
    /// Its handle: a heap object's, a registry certificate's SHA-256, an identity, a request, a key reference, a document of the registry.
    pub id: String,
    /// First line.
    pub title: String,
    /// Second line.
    pub subtitle: String,
    /// What matched: `name`, `cpf`, `cnpj`, `serial`, `fingerprint`, `file`, `label`.
    pub matched: String,
}

/// What a search hit is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SearchKind {
    /// An object of the heap.
    Heap,
    /// A certificate of the registry.
    Certificate,
    /// A root or CA of the trust store.
    Trust,
    /// A signing identity.
    Identity,
    /// A document that was signed here.
    Document,
    /// A request of two people.
    Request,
    /// A key that was opened or used.
    Key,
}
