//! A record as the table holds it: plain columns, checked for their storage type but not for their meaning.

use cartorio_core::{JobId, OperatorId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::canonical::{self, FORMAT, Field};
use super::{AuditDraft, AuditRecord, DocumentRef, OperatorRef, Outcome, Phase};
use crate::{RegistryError, RegistryResult, moment};

/// Reads whole records; the columns are in the order of [`RawRecord::read`].
macro_rules! select_records {
    ($rest:literal) => {
        concat!(
            "SELECT seq, format, at, act, phase, outcome, error_code, correlation, operator_id, operator_name, ",
            "operator_role, environment, document_name, document_sha256, document_size, key_ref, key_id, ",
            "certificate_sha256, algorithm, request_id, attempts, detail, previous, hash FROM audit_records AS r ",
            $rest
        )
    };
}

pub(super) use select_records;

/// Writes whole records: what comes before the rows.
pub(super) const INSERT: &str = "INSERT INTO audit_records (seq, format, at, act, phase, outcome, error_code, correlation, \
    operator_id, operator_name, operator_role, environment, document_name, document_sha256, document_size, key_ref, key_id, \
    certificate_sha256, algorithm, request_id, attempts, detail, previous, hash) ";

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct RawRecord {
    pub(super) seq: i64,
    pub(super) format: i64,
    pub(super) at: String,
    pub(super) act: String,
    pub(super) phase: String,
    pub(super) outcome: Option<String>,
    pub(super) error_code: Option<String>,
    pub(super) correlation: String,
    pub(super) operator_id: String,
    pub(super) operator_name: String,
    pub(super) operator_role: String,
    pub(super) environment: String,
    pub(super) document_name: Option<String>,
    pub(super) document_sha256: Option<String>,
    pub(super) document_size: Option<i64>,
    pub(super) key_ref: Option<String>,
    pub(super) key_id: Option<String>,
    pub(super) certificate_sha256: Option<String>,
    pub(super) algorithm: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) attempts: Option<i64>,
    pub(super) detail: String,
    pub(super) previous: String,
    pub(super) hash: String,
}

impl RawRecord {
    /// Reads the columns in the order of `select_records!`; a value of another storage type is an error.
    pub(super) fn read(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            seq: row.try_get(0)?,
            format: row.try_get(1)?,
            at: row.try_get(2)?,
            act: row.try_get(3)?,
            phase: row.try_get(4)?,
            outcome: row.try_get(5)?,
            error_code: row.try_get(6)?,
            correlation: row.try_get(7)?,
            operator_id: row.try_get(8)?,
            operator_name: row.try_get(9)?,
            operator_role: row.try_get(10)?,
            environment: row.try_get(11)?,
            document_name: row.try_get(12)?,
            document_sha256: row.try_get(13)?,
            document_size: row.try_get(14)?,
            key_ref: row.try_get(15)?,
            key_id: row.try_get(16)?,
            certificate_sha256: row.try_get(17)?,
            algorithm: row.try_get(18)?,
            request_id: row.try_get(19)?,
            attempts: row.try_get(20)?,
            detail: row.try_get(21)?,
            previous: row.try_get(22)?,
            hash: row.try_get(23)?,
        })
    }

    /// The row that continues the chain after `previous`.
    ///
    /// # Errors
    /// [`RegistryError::Invalid`] for a time or size that the table cannot hold.
    pub(super) fn continuing(draft: &AuditDraft, seq: u64, previous: &str) -> RegistryResult<Self> {
        let (phase, outcome) = match &draft.phase {
            Phase::Intent => ("intent", None),
            Phase::Result { outcome } => ("result", Some(outcome)),
        };
        let error_code = match outcome {
            Some(Outcome::Failed { code }) => Some(code.clone()),
            Some(Outcome::Succeeded | Outcome::Cancelled | Outcome::Interrupted) | None => None,
        };
        let too_large = |field| move |_| RegistryError::Invalid { field, reason: "is too large".into() };
        let size = draft.document.as_ref().map(|document| i64::try_from(document.size)).transpose();
        let detail = serde_json::to_string(&draft.detail)
            .map_err(|error| RegistryError::Invalid { field: "detail", reason: error.to_string() })?;
        let mut raw = Self {
            seq: i64::try_from(seq).map_err(too_large("seq"))?,
            format: FORMAT,
            at: moment::write("at", draft.at)?,
            act: draft.act.name().to_owned(),
            phase: phase.to_owned(),
            outcome: outcome.map(|outcome| outcome.name().to_owned()),
            error_code,
            correlation: draft.correlation.to_string(),
            operator_id: draft.operator.id.to_string(),
            operator_name: draft.operator.name.clone(),
            operator_role: draft.operator.role.name().to_owned(),
            environment: draft.environment.clone(),
            document_name: draft.document.as_ref().map(|document| document.name.clone()),
            document_sha256: draft.document.as_ref().map(|document| document.sha256.clone()),
            document_size: size.map_err(too_large("document.size"))?,
            key_ref: draft.key_ref.clone(),
            key_id: draft.key_id.clone(),
            certificate_sha256: draft.certificate_sha256.clone(),
            algorithm: draft.algorithm.clone(),
            request_id: draft.request_id.clone(),
            attempts: draft.attempts.map(i64::from),
            detail,
            previous: previous.to_owned(),
            hash: String::new(),
        };
        raw.hash = raw.computed_hash();
        Ok(raw)
    }

    /// The hash that the content has.
    pub(super) fn computed_hash(&self) -> String {
        self.computed_hash_at(self.seq)
    }

    /// The hash that the content would have at another number.
    pub(super) fn computed_hash_at(&self, seq: i64) -> String {
        canonical::hash(
            seq,
            self.format,
            [
                Field::Text(&self.at),
                Field::Text(&self.act),
                Field::Text(&self.phase),
                Field::text(self.outcome.as_deref()),
                Field::text(self.error_code.as_deref()),
                Field::Text(&self.correlation),
                Field::Text(&self.operator_id),
                Field::Text(&self.operator_name),
                Field::Text(&self.operator_role),
                Field::Text(&self.environment),
                Field::text(self.document_name.as_deref()),
                Field::text(self.document_sha256.as_deref()),
                Field::int(self.document_size),
                Field::text(self.key_ref.as_deref()),
                Field::text(self.key_id.as_deref()),
                Field::text(self.certificate_sha256.as_deref()),
                Field::text(self.algorithm.as_deref()),
                Field::text(self.request_id.as_deref()),
                Field::int(self.attempts),
                Field::Text(&self.detail),
            ],
            &self.previous,
        )
    }

    /// The record, its columns understood.
    ///
    /// # Errors
    /// A sentence saying which column holds what it cannot hold.
    pub(super) fn into_record(self) -> Result<AuditRecord, String> {
        let in_column = |column: &str| {
            let place = format!("audit record {}, column {column}", self.seq);
            move |reason: String| format!("{place}: {reason}")
        };
        let outcome = match (self.outcome.as_deref(), self.error_code) {
            (None, None) => None,
            (Some("succeeded"), None) => Some(Outcome::Succeeded),
            (Some("failed"), Some(code)) => Some(Outcome::Failed { code }),
            (Some("cancelled"), None) => Some(Outcome::Cancelled),
            (Some("interrupted"), None) => Some(Outcome::Interrupted),
            (other, _) => return Err(in_column("outcome")(format!("{other:?} does not fit error_code"))),
        };
        let phase = match (self.phase.as_str(), outcome) {
            ("intent", None) => Phase::Intent,
            ("result", Some(outcome)) => Phase::Result { outcome },
            (other, _) => return Err(in_column("phase")(format!("{other:?} does not fit outcome"))),
        };
        let document = match (self.document_name, self.document_sha256, self.document_size) {
            (None, None, None) => None,
            (Some(name), Some(sha256), Some(size)) => {
                let size = u64::try_from(size).map_err(|_| in_column("document_size")("is negative".into()))?;
                Some(DocumentRef { name, sha256, size })
            }
            _ => {
                return Err(in_column("document_sha256")("a document has a name, a digest and a size, or none".into()));
            }
        };
        let attempts = self.attempts.map(u32::try_from).transpose();
        let entry = AuditDraft {
            at: moment::read(&self.at).map_err(in_column("at"))?,
            act: self.act.parse().map_err(|error: crate::UnknownName| in_column("act")(error.to_string()))?,
            phase,
            correlation: self
                .correlation
                .parse::<JobId>()
                .map_err(|error| in_column("correlation")(error.to_string()))?,
            operator: OperatorRef {
                id: self
                    .operator_id
                    .parse::<OperatorId>()
                    .map_err(|error| in_column("operator_id")(error.to_string()))?,
                name: self.operator_name,
                role: self
                    .operator_role
                    .parse()
                    .map_err(|error: crate::UnknownName| in_column("operator_role")(error.to_string()))?,
            },
            environment: self.environment,
            document,
            key_ref: self.key_ref,
            key_id: self.key_id,
            certificate_sha256: self.certificate_sha256,
            algorithm: self.algorithm,
            request_id: self.request_id,
            attempts: attempts.map_err(|_| in_column("attempts")("is out of range".into()))?,
            detail: serde_json::from_str(&self.detail).map_err(|error| in_column("detail")(error.to_string()))?,
        };
        let seq = u64::try_from(self.seq).map_err(|_| format!("audit record {}: the number is negative", self.seq))?;
        Ok(AuditRecord { seq, entry, previous: self.previous, hash: self.hash })
    }
}
