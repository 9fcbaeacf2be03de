//! An outsider with full access to the file changes the trail; verification says so, every time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod common;

use std::path::Path;
use std::sync::OnceLock;

use cartorio_core::{Coded, SecretBytes};
use cartorio_registry::{Act, HeadTrust, Registry, RegistryError, TrailProblemKind as Kind, TrailReport};
use common::*;
use proptest::prelude::*;
use sqlx::{AssertSqlSafe, Connection, Row};
use tempfile::TempDir;

/// Records in the trail that the tests tamper with.
const RECORDS: i64 = 10;

const COLUMNS: [&str; 24] = [
    "seq",
    "format",
    "at",
    "act",
    "phase",
    "outcome",
    "error_code",
    "correlation",
    "operator_id",
    "operator_name",
    "operator_role",
    "environment",
    "document_name",
    "document_sha256",
    "document_size",
    "key_ref",
    "key_id",
    "certificate_sha256",
    "algorithm",
    "request_id",
    "attempts",
    "detail",
    "previous",
    "hash",
];

/// A closed registry with an intact trail, made once.
fn original() -> &'static Path {
    static ORIGINAL: OnceLock<TempDir> = OnceLock::new();
    ORIGINAL
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            block_on(async {
                let registry = open(folder.path()).await;
                fill(&registry, RECORDS / 2 - 1).await;
                registry.close().await;
            });
            folder
        })
        .path()
}

/// On a thread of its own: the tests around it have a runtime already.
fn block_on<T: Send>(future: impl Future<Output = T> + Send) -> T {
    let run = move || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future);
    std::thread::scope(|scope| scope.spawn(run).join().unwrap())
}

fn fresh_copy() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(original(), folder.path());
    folder
}

async fn verify(folder: &Path) -> TrailReport {
    let registry = open(folder).await;
    let report = registry.verify().await.unwrap();
    registry.close().await;
    report
}

async fn after(sql: &str) -> TrailReport {
    let folder = fresh_copy();
    tamper(folder.path(), sql).await;
    verify(folder.path()).await
}

fn found(report: &TrailReport) -> Vec<(Kind, Option<u64>)> {
    report.problems.iter().map(|problem| (problem.kind, problem.seq)).collect()
}

/// The whole content of both tables, storage types included.
async fn dump(folder: &Path) -> Vec<String> {
    let mut connection = outsider(&database(folder)).await;
    let mut dump = Vec::new();
    // quote() would stop at a NUL character.
    let cell = |name: &&str| format!("typeof({name})||hex(CAST(COALESCE({name}, '') AS BLOB))");
    let cells = |columns: &[&str]| columns.iter().map(cell).collect::<Vec<_>>().join("||','||");
    let queries = [
        format!("SELECT {} FROM audit_records ORDER BY 1", cells(&COLUMNS)),
        format!("SELECT {} FROM audit_head ORDER BY 1", cells(&["id", "seq", "count", "hash", "mac"])),
    ];
    for query in queries {
        let rows = sqlx::query(AssertSqlSafe(query)).fetch_all(&mut connection).await.unwrap();
        dump.extend(rows.iter().map(|row| row.get::<String, _>(0)));
    }
    connection.close().await.unwrap();
    dump
}

#[derive(Clone, Debug)]
enum Tampering {
    Set { column: &'static str, seq: i64, value: String },
    SetHead { column: &'static str, value: String },
    Delete { from: i64, through: i64 },
    Swap { a: i64, b: i64 },
    SwapColumn { column: &'static str, a: i64, b: i64 },
    Insert { like: i64, seq: i64 },
    DeleteHead,
}

impl Tampering {
    fn sql(&self) -> String {
        match self {
            Self::Set { column, seq, value } => {
                format!("UPDATE audit_records SET {column} = {value} WHERE seq = {seq}")
            }
            Self::SetHead { column, value } => format!("UPDATE audit_head SET {column} = {value}"),
            Self::Delete { from, through } => {
                format!("DELETE FROM audit_records WHERE seq BETWEEN {from} AND {through}")
            }
            Self::Swap { a, b } => {
                format!(
                    "UPDATE audit_records SET seq = CASE seq WHEN {a} THEN {b} ELSE {a} END WHERE seq IN ({a}, {b})"
                )
            }
            Self::SwapColumn { column, a, b } => format!(
                "UPDATE audit_records SET {column} = CASE seq WHEN {a} THEN (SELECT {column} FROM audit_records WHERE seq = {b}) \
                 ELSE (SELECT {column} FROM audit_records WHERE seq = {a}) END WHERE seq IN ({a}, {b})"
            ),
            Self::Insert { like, seq } => format!(
                "CREATE TEMP TABLE copy AS SELECT * FROM audit_records WHERE seq = {like}; UPDATE copy SET seq = {seq}; \
                 INSERT INTO audit_records SELECT * FROM copy; DROP TABLE copy"
            ),
            Self::DeleteHead => "DELETE FROM audit_head".into(),
        }
    }
}

/// A value as SQL: what may stand there, and what may not.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("NULL".to_owned()),
        (-3_i64..20).prop_map(|number| number.to_string()),
        any::<i64>().prop_map(|number| number.to_string()),
        "[a-z0-9 ]{0,8}".prop_map(|text| format!("'{text}'")),
        "[0-9a-f]{0,8}".prop_map(|hex| format!("x'{}'", if hex.len() % 2 == 0 { hex } else { String::new() })),
        Just("1.5".to_owned()),
    ]
}

/// A small change of what stands there.
fn edit(column: &'static str) -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        format!("{column} || ' '"),
        format!("CAST({column} AS BLOB)"),
        format!("upper({column})"),
        format!("replace({column}, '2026', '2025')"),
        format!("substr({column}, 2)"),
        format!("{column} || char(0)"),
        format!("COALESCE({column}, '')"),
        format!("{column} + 1"),
    ])
}

fn tampering() -> impl Strategy<Value = Tampering> {
    let seq = 1..=RECORDS;
    let column = prop::sample::select(COLUMNS.to_vec());
    let head = prop::sample::select(vec!["seq", "count", "hash", "mac"]);
    prop_oneof![
        8 => (column.clone(), seq.clone())
            .prop_flat_map(|(column, seq)| (Just(column), Just(seq), prop_oneof![value(), edit(column)]))
            .prop_map(|(column, seq, value)| Tampering::Set { column, seq, value }),
        2 => head.prop_flat_map(|column| (Just(column), prop_oneof![value(), edit(column)]))
            .prop_map(|(column, value)| Tampering::SetHead { column, value }),
        2 => (seq.clone(), 0..RECORDS).prop_map(|(from, more)| Tampering::Delete { from, through: from + more }),
        2 => (seq.clone(), seq.clone()).prop_map(|(a, b)| Tampering::Swap { a, b }),
        2 => (column, seq.clone(), seq.clone()).prop_map(|(column, a, b)| Tampering::SwapColumn { column, a, b }),
        2 => (seq, -1..=RECORDS + 2).prop_map(|(like, seq)| Tampering::Insert { like, seq }),
        1 => Just(Tampering::DeleteHead),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_change_of_the_stored_trail_is_found(tampering in tampering()) {
        block_on(async {
            let folder = fresh_copy();
            let before = dump(folder.path()).await;
            tamper(folder.path(), &tampering.sql()).await;
            let changed = dump(folder.path()).await != before;
            let report = verify(folder.path()).await;
            prop_assert_eq!(!report.is_intact(), changed, "{:?}: {:?}", tampering, report.problems);
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn the_original_is_intact_even_without_the_tables_rules() {
    let report = after("SELECT 1").await;
    assert!(report.is_intact(), "or the tests of tampering would prove nothing: {report:?}");
    assert_eq!((report.records, report.head), (RECORDS as u64, HeadTrust::Authenticated));
}

#[tokio::test]
async fn the_stored_hashes_are_the_documented_ones() {
    let folder = fresh_copy();
    let mut connection = outsider(&database(folder.path())).await;
    let rows = sqlx::query("SELECT * FROM audit_records").fetch_all(&mut connection).await.unwrap();
    assert_eq!(rows.len() as i64, RECORDS);
    for row in rows {
        assert_eq!(documented_hash(&row), row.get::<String, _>("hash"));
    }
}

#[tokio::test]
async fn each_kind_of_tampering_is_named() {
    let report = after("UPDATE audit_records SET operator_name = 'Outra' WHERE seq = 4").await;
    assert_eq!(found(&report), [(Kind::Changed, Some(4))]);

    for (from, through) in [(1, 1), (4, 6), (10, 10), (9, 10)] {
        let report = after(&format!("DELETE FROM audit_records WHERE seq BETWEEN {from} AND {through}")).await;
        assert_eq!(found(&report)[0], (Kind::Removed, Some(from)), "{from} to {through}: {report:?}");
        assert_eq!(report.problems[0].through, Some(through));
    }

    for (a, b) in [(5, 6), (1, 2), (3, 8), (9, 10)] {
        let report = after(&Tampering::Swap { a, b }.sql()).await;
        let moved: Vec<_> = report.problems.iter().filter(|problem| problem.kind == Kind::Reordered).collect();
        assert_eq!(
            moved.iter().map(|problem| problem.seq).collect::<Vec<_>>(),
            [Some(a as u64), Some(b as u64)],
            "{report:?}"
        );
        assert!(moved[0].detail.ends_with(&format!("record {b}")), "it says where it belongs: {moved:?}");
    }

    let report = after(&Tampering::Insert { like: 10, seq: 11 }.sql()).await;
    assert!(found(&report).contains(&(Kind::Inserted, Some(11))), "{report:?}");

    let report = after("UPDATE audit_head SET mac = NULL").await;
    assert!(found(&report).contains(&(Kind::BadHead, Some(10))), "{report:?}");
    assert_eq!(report.head, HeadTrust::Rejected);

    let report = after("DELETE FROM audit_records; DELETE FROM audit_head").await;
    assert_eq!(found(&report), [(Kind::HeadFileMismatch, Some(10))], "an emptied trail is no new trail");
}

#[tokio::test]
async fn a_chain_rewritten_with_fitting_hashes_is_found() {
    let folder = fresh_copy();
    let mut connection = outsider(&database(folder.path())).await;
    let triggers = take_rules_away(&mut connection).await;
    run(&mut connection, "UPDATE audit_records SET outcome = 'cancelled' WHERE seq = 6").await;
    let mut previous: Option<String> = None;
    for seq in 6..=RECORDS {
        if let Some(previous) = &previous {
            run(&mut connection, &format!("UPDATE audit_records SET previous = '{previous}' WHERE seq = {seq}")).await;
        }
        let row = sqlx::query("SELECT * FROM audit_records WHERE seq = $1")
            .bind(seq)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        let hash = documented_hash(&row);
        run(&mut connection, &format!("UPDATE audit_records SET hash = '{hash}' WHERE seq = {seq}")).await;
        previous = Some(hash);
    }
    put_triggers_back(&mut connection, &triggers).await;
    let report = verify(folder.path()).await;
    assert_eq!(found(&report), [(Kind::HeadMismatch, Some(10))], "{report:?}");

    // With the heads rewritten as well, only the key tells.
    let hash = previous.unwrap();
    run(&mut connection, &format!("UPDATE audit_head SET hash = '{hash}'")).await;
    let head_file = folder.path().join("audit.head");
    let text = std::fs::read_to_string(&head_file).unwrap();
    let old = text.lines().find_map(|line| line.strip_prefix("hash ")).unwrap();
    std::fs::write(&head_file, text.replace(old, &hash)).unwrap();
    connection.close().await.unwrap();
    let report = verify(folder.path()).await;
    assert_eq!(found(&report), [(Kind::BadHead, Some(10)), (Kind::BadHeadFile, Some(10))], "{report:?}");
    let without_key = Registry::open(database(folder.path()), None).await.unwrap();
    let report = without_key.verify().await.unwrap();
    assert!(report.is_intact(), "without the key nobody can tell, and the report says so");
    assert_eq!(report.head, HeadTrust::NotAuthenticated);
}

#[tokio::test]
async fn an_older_state_put_back_in_part_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let old = tempfile::tempdir().unwrap();
    let registry = open(folder.path()).await;
    fill(&registry, 2).await;
    registry.close().await;
    copy(folder.path(), old.path());
    let registry = open(folder.path()).await;
    fill(&registry, 2).await;
    registry.close().await;
    let head_file = folder.path().join("audit.head");
    let current_head = std::fs::read(&head_file).unwrap();

    std::fs::copy(old.path().join("audit.head"), &head_file).unwrap();
    assert_eq!(
        found(&verify(folder.path()).await),
        [],
        "a power cut may leave an old head file, and the table's covers it"
    );
    let without_key = Registry::open(database(folder.path()), None).await.unwrap();
    assert_eq!(
        found(&without_key.verify().await.unwrap()),
        [(Kind::HeadFileBehind, Some(6))],
        "which only the key shows"
    );
    without_key.close().await;

    std::fs::remove_file(&head_file).unwrap();
    assert_eq!(found(&verify(folder.path()).await), [(Kind::HeadFileMissing, Some(12))], "no head file");

    std::fs::write(&head_file, b"cartorio-audit-head 1\n").unwrap();
    assert_eq!(found(&verify(folder.path()).await), [(Kind::BadHeadFile, None)], "a broken head file");

    std::fs::copy(old.path().join("registry.sqlite"), database(folder.path())).unwrap();
    std::fs::write(&head_file, &current_head).unwrap();
    let report = verify(folder.path()).await;
    assert_eq!(found(&report), [(Kind::HeadFileMismatch, Some(12))], "an old database: {report:?}");
    assert_eq!(report.head, HeadTrust::Authenticated, "its own head is genuine, only old");
    let error = open(folder.path()).await.append(intent(Act::DocumentOpened, 0)).await.unwrap_err();
    assert_eq!(error.code(), "registry_trail_broken", "going on would cover it up");
    assert_eq!(std::fs::read(&head_file).unwrap(), current_head, "the evidence is still there");
}

/// Opens as somebody who remembers how long the trail was.
async fn remembering(folder: &Path, records: u64) -> Registry {
    Registry::open_remembering(database(folder), Some(key()), records).await.unwrap()
}

/// Checks that what is left is neither intact nor continued, and that only memory tells.
async fn assert_only_memory_tells(folder: &Path, left: u64, was: u64) {
    assert!(verify(folder).await.is_intact(), "nothing in the folder tells");
    let registry = remembering(folder, was).await;
    let report = registry.verify().await.unwrap();
    assert_eq!(found(&report), [(Kind::Removed, Some(left + 1))], "{report:?}");
    assert_eq!(report.problems[0].through, Some(was));
    for error in
        [registry.append(intent(Act::DocumentOpened, 0)).await.unwrap_err(), registry.trail_end().await.unwrap_err()]
    {
        let RegistryError::TrailBroken { problem } = &error else { panic!("{error:?}") };
        assert_eq!((problem.kind, problem.seq, problem.through), (Kind::Removed, Some(left + 1), Some(was)));
    }
    registry.close().await;
}

#[tokio::test]
async fn a_wiped_trail_is_no_new_trail_for_one_who_remembers() {
    let folder = fresh_copy();
    let registry = remembering(folder.path(), 10).await;
    assert_eq!(registry.trail_end().await.unwrap(), 10, "intact");
    registry.close().await;

    tamper(folder.path(), "DELETE FROM audit_records; DELETE FROM audit_head").await;
    std::fs::remove_file(folder.path().join("audit.head")).unwrap();
    assert_only_memory_tells(folder.path(), 0, 10).await;
    assert_eq!(remembering(folder.path(), 10).await.verify().await.unwrap().head, HeadTrust::Rejected);
    let without_key = Registry::open_remembering(database(folder.path()), None, 10).await.unwrap();
    assert_eq!(without_key.append(intent(Act::DocumentOpened, 0)).await.unwrap_err(), RegistryError::AuditKeyMissing);
    assert!(!without_key.verify().await.unwrap().is_intact());

    let gone = tempfile::tempdir().unwrap();
    assert_only_memory_tells(gone.path(), 0, 1).await;
}

#[tokio::test]
async fn rows_cut_to_fit_both_old_heads_are_found_by_one_who_remembers() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path()).await;
    fill(&registry, 2).await;
    let head_file = folder.path().join("audit.head");
    let old_head = std::fs::read_to_string(&head_file).unwrap();
    fill(&registry, 2).await;
    registry.close().await;

    // The old file holds all that the table's head of that time held.
    let value = |name| old_head.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    let (hash, mac) = (value("hash"), value("mac"));
    let sql = format!(
        "DELETE FROM audit_records WHERE seq > 6; UPDATE audit_head SET seq = 6, count = 6, hash = '{hash}', mac = '{mac}'"
    );
    delete(folder.path(), &sql).await;
    std::fs::write(&head_file, &old_head).unwrap();
    assert_only_memory_tells(folder.path(), 6, 12).await;

    let registry = remembering(folder.path(), 12).await;
    let seal = registry.reseal(intent(Act::TrailResealed, 1)).await.unwrap();
    assert!(seal.entry.detail["trail_problem"].contains("12"), "{seal:?}");
    assert_eq!(registry.append(intent(Act::DocumentOpened, 2)).await.unwrap().seq, 8);
    assert_eq!((registry.trail_end().await.unwrap(), registry.verify().await.unwrap().is_intact()), (8, true));
}

#[tokio::test]
async fn records_of_this_run_are_remembered_without_being_told() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path()).await;
    fill(&registry, 2).await;
    let mut connection = outsider(&database(folder.path())).await;
    let triggers = take_rules_away(&mut connection).await;
    run(&mut connection, "DELETE FROM audit_records; DELETE FROM audit_head").await;
    put_triggers_back(&mut connection, &triggers).await;
    std::fs::remove_file(folder.path().join("audit.head")).unwrap();
    assert_eq!(registry.append(intent(Act::DocumentOpened, 0)).await.unwrap_err().code(), "registry_trail_broken");
}

#[tokio::test]
async fn an_old_head_file_is_brought_up_by_the_next_append() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path()).await;
    fill(&registry, 2).await;
    let head_file = folder.path().join("audit.head");
    let old = std::fs::read_to_string(&head_file).unwrap();
    fill(&registry, 2).await;
    std::fs::write(&head_file, &old).unwrap();
    assert_eq!(registry.append(intent(Act::DocumentOpened, 9)).await.unwrap().seq, 13);
    assert!(std::fs::read_to_string(&head_file).unwrap().contains("seq 13\n"));

    // Not genuine, or of another chain: nobody's power cut.
    std::fs::write(&head_file, old.replace("seq 6", "seq 7").replace("count 6", "count 7")).unwrap();
    assert_eq!(registry.append(intent(Act::DocumentOpened, 9)).await.unwrap_err().code(), "registry_trail_broken");
}

#[tokio::test]
async fn a_broken_end_is_not_continued_until_it_is_resealed() {
    let folder = fresh_copy();
    delete(folder.path(), "DELETE FROM audit_records WHERE seq > 7").await;
    let registry = open(folder.path()).await;
    let refused = registry.append(intent(Act::DocumentOpened, 0)).await.unwrap_err();
    let RegistryError::TrailBroken { problem } = &refused else { panic!("{refused:?}") };
    assert_eq!((problem.kind, problem.seq), (Kind::HeadMismatch, Some(7)));
    assert_eq!(refused.params()[0], ("problem", "head_mismatch".to_owned()));

    let seal = registry.reseal(intent(Act::TrailResealed, 1)).await.unwrap();
    assert_eq!(seal.seq, 8);
    assert!(seal.entry.detail["trail_problem"].contains("the head is at 10"), "what was wrong stays known: {seal:?}");
    assert!(registry.verify().await.unwrap().is_intact());
    assert_eq!(registry.append(intent(Act::DocumentOpened, 2)).await.unwrap().seq, 9);
}

#[tokio::test]
async fn a_gap_before_the_end_does_not_stop_work_and_stays_visible() {
    let folder = fresh_copy();
    delete(folder.path(), "DELETE FROM audit_records WHERE seq = 3").await;
    let registry = open(folder.path()).await;
    registry.append(intent(Act::DocumentOpened, 0)).await.unwrap();
    assert!(found(&registry.verify().await.unwrap()).contains(&(Kind::Removed, Some(3))));
}

#[tokio::test]
async fn the_audit_key_is_needed_to_continue_and_another_one_is_refused() {
    let folder = fresh_copy();
    let without = Registry::open(database(folder.path()), None).await.unwrap();
    assert_eq!(without.append(intent(Act::DocumentOpened, 0)).await.unwrap_err(), RegistryError::AuditKeyMissing);
    assert_eq!(without.reseal(intent(Act::TrailResealed, 0)).await.unwrap_err(), RegistryError::AuditKeyMissing);
    let other = Registry::open(database(folder.path()), Some(SecretBytes::new(vec![1; 32]))).await.unwrap();
    assert_eq!(other.append(intent(Act::DocumentOpened, 0)).await.unwrap_err().code(), "registry_trail_broken");
    assert_eq!(other.verify().await.unwrap().head, HeadTrust::Rejected);
    assert!(verify(folder.path()).await.is_intact(), "refused attempts change nothing");
}

#[tokio::test]
async fn the_table_refuses_changes() {
    let folder = fresh_copy();
    let mut connection = outsider(&database(folder.path())).await;
    for sql in [
        "UPDATE audit_records SET outcome = NULL WHERE seq = 2",
        "DELETE FROM audit_records WHERE seq = 10",
        "DELETE FROM audit_head",
        "REPLACE INTO audit_records SELECT * FROM audit_records WHERE seq = 5",
        "INSERT INTO audit_records SELECT seq + 100, format, at, act, phase, outcome, error_code, correlation, operator_id, \
         operator_name, operator_role, environment, document_name, document_sha256, document_size, key_ref, key_id, \
         certificate_sha256, algorithm, request_id, attempts, detail, previous, hash FROM audit_records WHERE seq = 5",
    ] {
        let error = sqlx::query(sql).execute(&mut connection).await.expect_err(sql).to_string();
        assert!(
            error.contains("append-only") || error.contains("without gaps") || error.contains("never deleted"),
            "{error}"
        );
    }
    run(&mut connection, "DROP TRIGGER audit_records_no_update").await;
    let report = verify(folder.path()).await;
    assert_eq!(found(&report), [(Kind::GuardRemoved, None)], "taking a trigger away is noticed too");
}

#[tokio::test]
async fn many_problems_are_counted_not_hoarded() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path()).await;
    registry.append(intent(Act::DocumentOpened, 0)).await.unwrap();
    registry.close().await;
    tamper(
        folder.path(),
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) \
         INSERT INTO audit_records SELECT i, format, at, act, phase, outcome, error_code, correlation, operator_id, operator_name, \
         operator_role, environment, document_name, document_sha256, document_size, key_ref, key_id, certificate_sha256, \
         algorithm, request_id, attempts, detail, previous, hash FROM n, audit_records",
    )
    .await;
    let report = verify(folder.path()).await;
    assert_eq!(report.problems.len(), TrailReport::MAX_PROBLEMS);
    assert_eq!(report.records, 3000);
    assert!(report.more_problems >= 1_999, "{}", report.more_problems);
}
