//! More than one process, and processes that die.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use cartorio_core::Coded;
use cartorio_registry::{Act, Registry, RegistryError};
use common::*;
use sqlx::Connection;

/// Appends for ever and says after each append what was promised; run by the other tests as a process of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a helper process of the other tests"]
async fn child_that_appends() {
    let Some(folder) = std::env::var_os("REGISTRY_TEST_FOLDER") else { return };
    let limit: i64 = std::env::var("REGISTRY_TEST_LIMIT").map_or(i64::MAX, |limit| limit.parse().unwrap());
    let registry = open(Path::new(&folder)).await;
    for minute in 0..limit {
        let record = registry.append(intent(Act::DocumentOpened, minute % 1_000)).await.unwrap();
        println!("appended {}", record.seq);
    }
}

fn child(folder: &Path, limit: Option<i64>) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "child_that_appends", "--ignored", "--nocapture"])
        .env("REGISTRY_TEST_FOLDER", folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if let Some(limit) = limit {
        command.env("REGISTRY_TEST_LIMIT", limit.to_string());
    }
    command.spawn().unwrap()
}

/// Numbers that the child has promised so far, as it prints them.
fn promised(child: &mut Child) -> impl Iterator<Item = u64> + use<> {
    BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| line.rsplit_once("appended ")?.1.trim().parse().ok())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_instant_the_trail_is_intact_and_keeps_every_promise() {
    let folder = tempfile::tempdir().unwrap();
    let mut last_promise = 0;
    for round in 0..12_u64 {
        let mut child = child(folder.path(), None);
        let mut numbers = promised(&mut child);
        last_promise = numbers.by_ref().nth(2 + round as usize % 5).expect("the child appends");
        std::thread::sleep(std::time::Duration::from_micros(round * 457));
        child.kill().unwrap();
        last_promise = numbers.max().unwrap_or(last_promise).max(last_promise);
        child.wait().unwrap();

        let registry = open(folder.path()).await;
        let report = registry.verify().await.unwrap();
        assert!(report.is_intact(), "round {round}: {report:?}");
        let last = report.last_seq.unwrap();
        assert!(last >= last_promise, "round {round}: {last_promise} was promised, {last} is there");
        registry.close().await;
    }
    assert!(last_promise > 12, "every round continued the trail");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_between_database_and_head_file_is_no_tampering() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path()).await;
    fill(&registry, 1).await;
    let before_last = std::fs::read(folder.path().join("audit.head")).unwrap();
    registry.append(intent(Act::DocumentOpened, 9)).await.unwrap();
    std::fs::write(folder.path().join("audit.head"), before_last).unwrap();
    assert!(registry.verify().await.unwrap().is_intact(), "one behind is what a crash leaves");
    registry.append(intent(Act::DocumentOpened, 10)).await.unwrap();
    let head = std::fs::read_to_string(folder.path().join("audit.head")).unwrap();
    assert!(head.contains("\nseq 6\n"), "the next append brings the file up: {head}");
    assert!(registry.verify().await.unwrap().is_intact());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_and_two_handles_make_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody has made the database yet: both processes try at once.
    let mut children = [child(folder.path(), Some(25)), child(folder.path(), Some(25))];
    let handles = [open(folder.path()).await, open(folder.path()).await];
    let tasks = handles.clone().map(|registry| {
        tokio::spawn(async move {
            for minute in 0..25 {
                registry.append(intent(Act::DocumentSigned, minute)).await.unwrap();
                if minute % 10 == 0 {
                    let report = registry.verify().await.unwrap();
                    assert!(report.is_intact(), "verified while others append: {report:?}");
                }
            }
        })
    });
    for task in tasks {
        task.await.unwrap();
    }
    for child in &mut children {
        let numbers: Vec<u64> = promised(child).collect();
        assert_eq!(numbers.len(), 25, "every append of the process was answered");
        assert!(child.wait().unwrap().success());
    }
    let report = handles[0].verify().await.unwrap();
    assert!(report.is_intact(), "{report:?}");
    assert_eq!((report.records, report.last_seq), (100, Some(100)));
    let head = std::fs::read_to_string(folder.path().join("audit.head")).unwrap();
    assert!(head.contains("\nseq 100\n"), "the head file is at the end: {head}");
}

/// Waits until somebody holds the lock in `file`, which is let go at once where it was free.
async fn held(file: &std::fs::File) {
    for _ in 0..10_000 {
        match file.try_lock() {
            Ok(()) => file.unlock().unwrap(),
            Err(std::fs::TryLockError::WouldBlock) => return,
            Err(error) => panic!("{error}"),
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("nobody holds it");
}

/// Two handles stand for two processes, and the test for a third one that writes right now.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_the_trail_comes_before_who_asks_later() {
    let folder = tempfile::tempdir().unwrap();
    let (waits, later) = (open(folder.path()).await, open(folder.path()).await);
    let [lock, turn] = ["audit.lock", "audit.turn"].map(|name| std::fs::File::open(folder.path().join(name)).unwrap());
    for round in 0..8 {
        lock.lock().unwrap();
        let append = |registry: &Registry| {
            let registry = registry.clone();
            tokio::spawn(async move { registry.append(intent(Act::DocumentOpened, round)).await.unwrap().seq })
        };
        let first = append(&waits);
        held(&turn).await;
        let others: Vec<_> = (0..3).map(|_| append(&later)).collect();
        // So that they ask as often as they may.
        tokio::time::sleep(Duration::from_millis(20)).await;
        lock.unlock().unwrap();
        let first = first.await.unwrap();
        for other in others {
            assert!(first < other.await.unwrap(), "round {round}");
        }
    }
}

/// Counted in records: eight transactions of 256 are one turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_a_process_that_never_stops_writing_another_waits_for_few_turns() {
    const TURN: u64 = 8 * 256;
    let folder = tempfile::tempdir().unwrap();
    let (busy, other) = (open(folder.path()).await, open(folder.path()).await);
    let (stop, newest) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    // More than one group of them, so that something waits at every moment.
    let tasks: Vec<_> = (0..300)
        .map(|_| {
            let (busy, stop, newest) = (busy.clone(), Arc::clone(&stop), Arc::clone(&newest));
            tokio::spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    let record = busy.append(intent(Act::DocumentOpened, 0)).await.unwrap();
                    newest.fetch_max(record.seq, Ordering::SeqCst);
                }
            })
        })
        .collect();
    let mut between = Vec::new();
    for _ in 0..4 {
        // It is at work.
        let last = newest.load(Ordering::SeqCst);
        while newest.load(Ordering::SeqCst) < last + 300 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let before = newest.load(Ordering::SeqCst);
        let own = other.append(intent(Act::DocumentSigned, 1)).await.unwrap();
        between.push(own.seq - before);
    }
    stop.store(true, Ordering::SeqCst);
    for task in tasks {
        task.await.unwrap();
    }
    println!("{between:?} records of the busy one before each of the other");
    assert!(between.iter().all(|records| *records <= 2 * TURN), "{between:?}");
    assert!(other.verify().await.unwrap().is_intact());
}

#[tokio::test]
async fn opening_again_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let schema = async || {
        let mut connection = outsider(&database(folder.path())).await;
        let sql = "SELECT name || COALESCE(sql, '') FROM sqlite_master \
                   UNION ALL SELECT version || installed_on || hex(checksum) FROM _sqlx_migrations ORDER BY 1";
        let rows: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        rows
    };
    let registry = open(folder.path()).await;
    let first = schema().await;
    fill(&registry, 1).await;
    registry.close().await;
    let registry = open(folder.path()).await;
    assert_eq!(schema().await, first, "migrations are applied once");
    assert!(registry.verify().await.unwrap().is_intact());
}

#[tokio::test]
async fn a_registry_of_a_newer_program_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).await.close().await;
    let mut connection = outsider(&database(folder.path())).await;
    run(
        &mut connection,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9001, 'new', 1, x'00', 0)",
    )
    .await;
    connection.close().await.unwrap();
    let Err(error) = Registry::open(database(folder.path()), Some(key())).await else { panic!("must be refused") };
    assert_eq!(error, RegistryError::NewerSchema { path: database(folder.path()), version: 9001 });
    assert_eq!(error.code(), "registry_newer_schema");
}

#[tokio::test]
async fn what_is_no_registry_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = database(folder.path());
    std::fs::write(&file, [b'x'; 5_000]).unwrap();
    let Err(error) = Registry::open(&file, Some(key())).await else { panic!("no database") };
    assert_eq!(error.code(), "registry_corrupt", "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), [b'x'; 5_000], "left as it was");
    let Err(error) = Registry::open(folder.path().join("missing/registry.sqlite"), None).await else {
        panic!("no folder")
    };
    assert_eq!(error.code(), "registry_io", "{error}");
    assert_eq!(error.params()[0].0, "path");
}

#[tokio::test]
async fn a_writer_that_never_ends_makes_busy_not_a_hang() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path()).await;
    let lock = std::fs::File::open(folder.path().join("audit.lock")).unwrap();
    lock.lock().unwrap();
    let error = registry.append(intent(Act::DocumentOpened, 0)).await.unwrap_err();
    assert_eq!(error.code(), "registry_busy");
    lock.unlock().unwrap();
    registry.append(intent(Act::DocumentOpened, 0)).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn every_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(database(folder.path()), b"").unwrap();
    std::fs::set_permissions(database(folder.path()), std::fs::Permissions::from_mode(0o644)).unwrap();
    let registry = open(folder.path()).await;
    fill(&registry, 1).await;
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(
        names,
        ["audit.head", "audit.lock", "audit.turn", "registry.sqlite", "registry.sqlite-shm", "registry.sqlite-wal"]
    );
}

/// A measurement: `cargo test -p cartorio-registry --test processes -- --ignored --nocapture a_million`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; prints time and memory"]
async fn a_million_records_verify_in_constant_memory() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path()).await;
    let records: i64 = 1_000_000;
    let [_, result] = signature(0);
    let first = registry.append(result).await.unwrap();
    registry.close().await;
    let mut connection = outsider(&database(folder.path())).await;
    run(&mut connection, "PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN").await;
    let mut previous = first.hash;
    for seq in 2..=records {
        let insert = "INSERT INTO audit_records SELECT $1, format, at, act, phase, outcome, error_code, correlation, operator_id, \
                      operator_name, operator_role, environment, document_name, document_sha256, document_size, key_ref, key_id, \
                      certificate_sha256, algorithm, request_id, attempts, detail, $2, '' FROM audit_records WHERE seq = 1 \
                      RETURNING *";
        let row = sqlx::query(insert).bind(seq).bind(&previous).fetch_one(&mut connection).await.unwrap();
        previous = documented_hash(&row);
        if seq == 2 {
            run(&mut connection, "DROP TRIGGER audit_records_no_update").await;
        }
        if seq % 20_000 == 0 {
            run(&mut connection, "COMMIT; BEGIN").await;
        }
        sqlx::query("UPDATE audit_records SET hash = $2 WHERE seq = $1")
            .bind(seq)
            .bind(&previous)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    run(&mut connection, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").await;
    connection.close().await.unwrap();

    let registry = open(folder.path()).await;
    let started = std::time::Instant::now();
    let memory = || {
        std::fs::read_to_string("/proc/self/status")
            .unwrap()
            .lines()
            .find(|line| line.starts_with("VmRSS"))
            .unwrap()
            .to_owned()
    };
    println!("before: {}", memory());
    let report = registry.verify().await.unwrap();
    println!("{} records in {:?}; after: {}; {:?}", report.records, started.elapsed(), memory(), report.problems);
    assert_eq!(report.records, records as u64);
    assert!(
        report
            .problems
            .iter()
            .all(|problem| problem.seq.is_none_or(|seq| seq == 1 || seq == 2 || seq == records as u64))
    );
}
