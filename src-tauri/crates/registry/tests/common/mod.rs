//! What the tests of the registry share: a small office, and an outsider's hand on the database file.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cartorio_core::{CertificateId, Digest, HashAlgorithm, IdentityId, JobId, OperatorId, RotationId, SecretBytes};
use cartorio_registry::*;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Row};
use time::{Duration, OffsetDateTime};

pub const START: OffsetDateTime = time::macros::datetime!(2026-11-21 19:06:00 UTC);

pub fn key() -> SecretBytes {
    SecretBytes::new(vec![0x5a; 32])
}

pub fn operator(name: &str) -> OperatorRef {
    OperatorRef { id: OperatorId::generate(), name: name.to_owned(), role: Role::Clerk }
}

pub fn intent(act: Act, minute: i64) -> AuditDraft {
    AuditDraft::intent(START + Duration::minutes(minute), act, JobId::generate(), operator("Ana Escrevente"), "demo")
}

/// The notary's identity, with its certificate.
pub async fn identity(registry: &Registry) -> IdentityId {
    let der = b"certificate of the notary".to_vec();
    let certificate = Certificate {
        id: CertificateId::generate(),
        sha256: Digest::of(HashAlgorithm::Sha256, &der).to_hex(),
        der,
        kind: CertificateKind::Root,
        subject: "CN=Ana".into(),
        issuer: "CN=Ana".into(),
        serial_hex: "0a".into(),
        not_before: START,
        not_after: START + Duration::days(365),
        key_ref: None,
        issuer_certificate: None,
        status: CertificateStatus::Issued,
        created_at: START,
    };
    registry.add_certificate(&certificate).await.unwrap();
    let identity = Identity {
        id: IdentityId::generate(),
        label: "Tabeliã".into(),
        key_ref: "local:notary".into(),
        key_id: None,
        algorithm: "RSASSA_PKCS1_V1_5_SHA_256".into(),
        certificate: certificate.id,
        chain: Vec::new(),
        created_at: START,
        retired_at: None,
    };
    registry.add_identity(&identity).await.unwrap();
    identity.id
}

/// A batch that is signed with it.
pub fn batch(identity: IdentityId) -> Batch {
    Batch {
        id: JobId::generate(),
        started_at: START,
        operator: operator("Ana"),
        work: BatchWork::Sign { identity, certificate_sha256: "cd".repeat(32) },
        request: "{}".into(),
        output_folder: None,
        output_file: None,
        process: "1/2".into(),
        state: BatchState::Open,
        ended_at: None,
        reason: None,
    }
}

/// So many documents that wait.
pub fn items(count: u32) -> Vec<BatchItem> {
    (0..count)
        .map(|position| BatchItem {
            position,
            path: format!("/papeis/{position}.pdf").into(),
            name: format!("{position}.pdf"),
            origin: "picked".into(),
            size: 10,
            modified: Some(i64::from(position)),
            sha256: None,
            state: BatchItemState::Waiting,
            output_path: None,
            output_sha256: None,
            announced: BTreeMap::new(),
            error: None,
            started_at: None,
            ended_at: None,
            correlation: None,
        })
        .collect()
}

/// A request to rotate a key that runs out after an hour.
pub fn request(by: &OperatorRef, params: &str) -> Request {
    let end = START + Duration::HOUR;
    Request::new(RequestKind::KeyRotation, "key-1", params, by.clone(), START, "vencimento do certificado", end)
}

pub fn decision(by: &OperatorRef, approved: bool) -> Decision {
    Decision { by: by.clone(), at: START + Duration::SECOND, approved, reason: "conferido".into() }
}

/// A rotation that begins, approved by somebody else than who made the request.
pub fn rotation(request: &Request, alias: &str, old_key: &str) -> Rotation {
    Rotation {
        id: RotationId::generate(),
        alias: alias.into(),
        old_key_ref: format!("awskms:{old_key}"),
        old_key_id: old_key.into(),
        new_key_ref: None,
        new_key_id: None,
        old_identity: None,
        new_identity: None,
        request: request.id,
        requested_by: request.requested_by.clone(),
        approved_by: operator("Rui Substituto"),
        params: request.params.clone(),
        state: RotationState::Running,
        step: RotationStep::CreateKey,
        version: 0,
        created_at: START,
        updated_at: START,
        finished_at: None,
    }
}

pub fn step(rotation: &Rotation, step: RotationStep, phase: StepPhase) -> StepRecord {
    StepRecord {
        rotation: rotation.id,
        seq: 0,
        step,
        phase,
        at: START,
        operator: operator("Ana Escrevente"),
        evidence: r#"{"probe": "00ff"}"#.into(),
        error_code: (phase == StepPhase::Failed).then(|| "aws_throttled".into()),
    }
}

/// An intent and its result with every optional field filled: the ordinary pair of a signature.
pub fn signature(minute: i64) -> [AuditDraft; 2] {
    let mut draft = intent(Act::DocumentSigned, minute);
    draft.document =
        Some(DocumentRef { name: format!("escritura-{minute}.pdf"), sha256: "ab".repeat(32), size: 31_337 });
    draft.key_ref = Some("awskms:alias/tabeliao?region=sa-east-1".into());
    draft.key_id = Some("arn:aws:kms:sa-east-1:111122223333:key/1b2c".into());
    draft.certificate_sha256 = Some("cd".repeat(32));
    draft.algorithm = Some("RSASSA_PKCS1_V1_5_SHA_256".into());
    draft.detail.insert("format".into(), "pades".into());
    let mut result = draft.ended(draft.at + Duration::seconds(2), Outcome::Succeeded);
    result.request_id = Some(format!("request-{minute}"));
    result.attempts = Some(1);
    [draft, result]
}

/// A trail of `pairs` signatures and a failed act at the end.
pub async fn fill(registry: &Registry, pairs: i64) -> Vec<AuditRecord> {
    let mut records = Vec::new();
    for minute in 0..pairs {
        for draft in signature(minute) {
            records.push(registry.append(draft).await.unwrap());
        }
    }
    let failed = intent(Act::P12Exported, pairs);
    records.push(registry.append(failed.clone()).await.unwrap());
    let ended = failed.ended(failed.at, Outcome::Failed { code: "p12_weak_password".into() });
    records.push(registry.append(ended).await.unwrap());
    records
}

/// A connection that knows nothing of the program, as an outsider with a copy of `sqlite3` has it.
pub async fn outsider(database: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(database).journal_mode(SqliteJournalMode::Wal).connect().await.unwrap()
}

pub async fn run(connection: &mut SqliteConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// Gives the outsider a free hand: the tables without rules and triggers; [`put_triggers_back`] hides that.
pub async fn take_rules_away(connection: &mut SqliteConnection) -> Vec<String> {
    let sql = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('audit_records', 'audit_head')";
    let triggers: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut *connection).await.unwrap();
    assert_eq!(triggers.len(), 4, "the outsider must know every trigger of the trail to put them back");
    for table in ["audit_records", "audit_head"] {
        let sql = format!(
            "CREATE TABLE bare AS SELECT * FROM {table}; DROP TABLE {table}; ALTER TABLE bare RENAME TO {table}"
        );
        run(connection, &sql).await;
    }
    triggers
}

pub async fn put_triggers_back(connection: &mut SqliteConnection, triggers: &[String]) {
    for trigger in triggers {
        run(connection, trigger).await;
    }
}

/// Tampers with the closed database under `folder` without leaving other traces than `sql`'s.
pub async fn tamper(folder: &Path, sql: &str) {
    let mut connection = outsider(&database(folder)).await;
    let triggers = take_rules_away(&mut connection).await;
    run(&mut connection, sql).await;
    put_triggers_back(&mut connection, &triggers).await;
    sqlx::Connection::close(connection).await.unwrap();
}

/// Tampers as [`tamper`] does, but leaves the tables' keys and checks, so that the program can go on.
pub async fn delete(folder: &Path, sql: &str) {
    let mut connection = outsider(&database(folder)).await;
    let trigger: String = sqlx::query_scalar("SELECT sql FROM sqlite_master WHERE name = 'audit_records_no_delete'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    run(&mut connection, &format!("DROP TRIGGER audit_records_no_delete; {sql}; {trigger}")).await;
    sqlx::Connection::close(connection).await.unwrap();
}

pub fn database(folder: &Path) -> PathBuf {
    folder.join("registry.sqlite")
}

pub async fn open(folder: &Path) -> Registry {
    Registry::open(database(folder), Some(key())).await.unwrap()
}

/// Copies database and head file of a closed registry.
pub fn copy(from: &Path, to: &Path) {
    for name in ["registry.sqlite", "audit.head"] {
        if from.join(name).exists() {
            std::fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

/// The record's hash as src/audit/canonical.rs documents it, written a second time from the document alone.
pub fn documented_hash(row: &sqlx::sqlite::SqliteRow) -> String {
    fn text(bytes: &mut Vec<u8>, text: Option<String>) {
        match text {
            None => bytes.push(0),
            Some(text) => {
                bytes.push(1);
                bytes.extend((text.len() as u64).to_be_bytes());
                bytes.extend(text.as_bytes());
            }
        }
    }
    fn int(bytes: &mut Vec<u8>, value: Option<i64>) {
        match value {
            None => bytes.push(0),
            Some(value) => {
                bytes.push(2);
                bytes.extend(value.to_be_bytes());
            }
        }
    }
    let mut bytes = b"cartorio audit record\n".to_vec();
    int(&mut bytes, row.get("seq"));
    int(&mut bytes, row.get("format"));
    for column in "at act phase outcome error_code correlation operator_id operator_name operator_role environment document_name \
                   document_sha256 document_size key_ref key_id certificate_sha256 algorithm request_id attempts detail previous"
        .split_whitespace()
    {
        match column {
            "document_size" | "attempts" => int(&mut bytes, row.get(column)),
            _ => text(&mut bytes, row.get(column)),
        }
    }
    Digest::of(HashAlgorithm::Sha256, &bytes).to_hex()
}
