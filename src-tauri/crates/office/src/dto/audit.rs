use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asks for a page of the trail, newest first.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS)]
pub struct AuditQuery {
    /// Only this act.
    pub act: Option<String>,
    /// Text in names, digests, keys or request ids.
    pub text: Option<String>,
    /// Only records before this sequence number.
    #[ts(type = "number | null")]
    pub before: Option<u64>,
    /// At most this many.
    pub limit: u32,
}

/// A page of the trail.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct AuditPage {
    /// Records, newest first.
    pub records: Vec<AuditRecordView>,
    /// Whether there are older ones.
    pub more: bool,
}

/// One record.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct AuditRecordView {
    /// Sequence number, gap-free from 1.
    #[ts(type = "number")]
    pub seq: u64,
    /// When.
    pub at: String,
    /// Which act, e.g. `document_signed`.
    pub act: String,
    /// `intent`, `succeeded`, `failed`, `cancelled` or `interrupted`.
    pub phase: String,
    /// Error code of a failed act.
    pub error_code: Option<String>,
    /// Who.
    pub operator: String,
    /// Role at the time.
    pub role: String,
    /// `demo` or the profile's name.
    pub environment: String,
    /// Document's name.
    pub document: Option<String>,
    /// Document's SHA-256.
    pub document_sha256: Option<String>,
    /// Key.
    pub key_id: Option<String>,
    /// SHA-256 of the certificate.
    pub certificate_sha256: Option<String>,
    /// Algorithm.
    pub algorithm: Option<String>,
    /// AWS request id.
    pub request_id: Option<String>,
    /// Further facts.
    pub detail: BTreeMap<String, String>,
    /// Hash of the previous record.
    pub previous: String,
    /// Hash of this record.
    pub hash: String,
    /// Ties intent and result together.
    pub correlation: String,
}

/// State of the whole trail.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TrailView {
    /// Whether every record is there, unchanged and in order.
    pub intact: bool,
    /// How many records.
    #[ts(type = "number")]
    pub records: u64,
    /// Whether the newest record was vouched for by the installation's own key.
    pub head_authenticated: bool,
    /// When it was checked.
    pub checked_at: String,
    /// Hash of the newest record.
    pub head: Option<String>,
    /// What is wrong.
    pub problems: Vec<TrailProblemView>,
}

/// Accepts the end of a broken trail as it is. Needs the permission to change settings; what was wrong goes on record.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct AuditReseal {
    /// Why, in the notary's own words; it goes into the trail.
    pub reason: String,
}

/// Something wrong with the trail.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TrailProblemView {
    /// Where.
    #[ts(type = "number")]
    pub seq: u64,
    /// `changed`, `removed`, `reordered`, `head_mismatch`, …
    pub kind: String,
    /// English text for the technical details.
    pub detail: String,
}
