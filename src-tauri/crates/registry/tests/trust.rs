//! Nobody adds or removes a root past the two people, whoever has the file open.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod common;
#[path = "parts/trust.rs"]
#[allow(dead_code, reason = "the rest of it is the conformance suite's")]
mod part;

use cartorio_registry::*;
use common::*;
use part::{PLENTY, add_own_root, approved, evidence, import_trust, own_root, remove_own_root, trusted};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection};
use time::Duration;

async fn refused(connection: &mut SqliteConnection, sql: &str) {
    match sqlx::query(AssertSqlSafe(sql.to_owned())).execute(connection).await {
        Err(sqlx::Error::Database(error)) => {
            assert_eq!(error.code().unwrap().parse::<u32>().unwrap() & 0xff, 19, "a rule refused it: {sql}: {error}");
        }
        other => panic!("not refused: {sql}: {other:?}"),
    }
}

#[tokio::test]
async fn no_statement_forges_or_removes_a_root() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path()).await;
    let (root, request) = own_root(&registry, "minha", START).await;
    add_own_root(&registry, &root, &request.params_sha256).await.unwrap();
    let official = trusted("raiz", TrustRole::Root, TrustOrigin::IcpBrasil);
    let below = trusted("ac", TrustRole::Intermediate, TrustOrigin::Own);
    let list = evidence("raiz", "everything", 0, 90);
    import_trust(&registry, &[official.clone(), below.clone()], std::slice::from_ref(&list), PLENTY).await.unwrap();
    // Approved for another root, approved and not used, and asked for alone.
    let (other, unused) = own_root(&registry, "outra", START).await;
    let before = registry.trust_certificates().await.unwrap();
    let mut outsider = outsider(&database(folder.path())).await;
    let copy = |sha: &str, request: &str| {
        format!(
            "INSERT INTO trust_certificates SELECT '{sha}', der, role, origin, added_at, added_by_id, added_by_name, \
             added_by_role, approved_by_id, approved_by_name, approved_by_role, {request} FROM trust_certificates \
             WHERE sha256 = '{}'",
            root.sha256
        )
    };
    for sql in [
        copy(&other.sha256, "request"),
        copy(&other.sha256, "NULL"),
        copy(&other.sha256, &format!("'{}'", unused.id)),
        copy(&root.sha256, "request"),
        copy(&root.sha256, "request").replace("INSERT", "REPLACE"),
        "UPDATE trust_certificates SET role = 'root' WHERE role = 'intermediate'".into(),
        "UPDATE trust_certificates SET der = 'AA=='".into(),
        format!("DELETE FROM trust_certificates WHERE sha256 = '{}'", root.sha256),
        format!("DELETE FROM trust_certificates WHERE sha256 = '{}'", official.sha256),
        format!("DELETE FROM trust_certificates WHERE sha256 = '{}'", below.sha256),
        "UPDATE evidence SET next_update = '2099-01-01T00:00:00.000000Z'".into(),
        "REPLACE INTO evidence SELECT * FROM evidence".into(),
    ] {
        refused(&mut outsider, &sql).await;
    }
    assert_eq!(registry.trust_certificates().await.unwrap(), before);
    assert_eq!(registry.evidence(&list.facts.sha256).await.unwrap(), list);

    // After a removal, the old approval brings nothing back.
    let removal = approved(&registry, &root.sha256, r#"{"add": false}"#).await;
    let kept = copy(&root.sha256, "request");
    run(
        &mut outsider,
        &format!("CREATE TABLE aside AS SELECT * FROM trust_certificates WHERE sha256 = '{}'", root.sha256),
    )
    .await;
    let at = START + Duration::HOUR;
    remove_own_root(&registry, &root.sha256, removal.id, &removal.params_sha256, at).await.unwrap();
    refused(&mut outsider, "INSERT INTO trust_certificates SELECT * FROM aside").await;
    assert!(!kept.is_empty());
    run(&mut outsider, "DROP TABLE aside").await;
    outsider.close().await.unwrap();
    assert!(registry.verify().await.unwrap().is_intact());
}

#[tokio::test]
async fn what_was_changed_behind_the_guards_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path()).await;
    let official = trusted("raiz", TrustRole::Root, TrustOrigin::IcpBrasil);
    let list = evidence("raiz", "everything", 0, 90);
    import_trust(&registry, std::slice::from_ref(&official), std::slice::from_ref(&list), PLENTY).await.unwrap();
    let mut outsider = outsider(&database(folder.path())).await;
    run(&mut outsider, "DROP TRIGGER trust_certificates_no_update; DROP TRIGGER evidence_no_update").await;
    let report = registry.verify().await.unwrap();
    assert_eq!(report.problems.len(), 2, "{report:?}");
    assert!(report.problems.iter().all(|problem| problem.kind == TrailProblemKind::GuardRemoved));
    run(&mut outsider, "UPDATE trust_certificates SET der = 'AAAA'; UPDATE evidence SET der = 'AAAA'").await;
    use cartorio_core::Coded;
    assert_eq!(registry.trust_certificates().await.unwrap_err().code(), "registry_corrupt");
    assert_eq!(registry.evidence(&list.facts.sha256).await.unwrap_err().code(), "registry_corrupt");
    outsider.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_root_and_its_record_are_written_together_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path()).await;
    let (root, request) = own_root(&registry, "minha", START).await;
    let begun = intent(Act::TrustAnchorAdded, 0);
    registry.append(begun.clone()).await.unwrap();
    let done = || begun.ended(START, Outcome::Succeeded);
    let with = |params_sha256: &str| {
        vec![JournalEntry::RootAdded { root: root.clone(), params_sha256: params_sha256.to_owned() }]
    };
    let refused = registry.append_with(done(), with(&"00".repeat(32))).await.unwrap_err();
    assert_eq!(cartorio_core::Coded::code(&refused), "registry_params_changed");
    assert_eq!(registry.trail_end().await.unwrap(), 1, "it is not done, so nothing says that it is");
    assert_eq!(registry.trust_certificates().await.unwrap(), []);
    assert_eq!(registry.request(request.id).await.unwrap().used_at, None);

    // Among others that wait at the same moment, for which it is none of their business.
    let others: Vec<_> = (0..40)
        .map(|minute| {
            let registry = registry.clone();
            let entries = if minute == 20 { with(&"00".repeat(32)) } else { Vec::new() };
            let draft = if minute == 20 { done() } else { intent(Act::DocumentOpened, minute) };
            tokio::spawn(async move { registry.append_with(draft, entries).await.is_ok() })
        })
        .collect();
    for (minute, other) in others.into_iter().enumerate() {
        assert_eq!(other.await.unwrap(), minute != 20, "{minute}");
    }
    assert_eq!(registry.trail_end().await.unwrap(), 40);
    assert_eq!(registry.trust_certificates().await.unwrap(), []);
    registry.append_with(done(), with(&request.params_sha256)).await.unwrap();
    assert_eq!(registry.trust_certificates().await.unwrap(), std::slice::from_ref(&root));
    assert_eq!(registry.trail_end().await.unwrap(), 41);

    // And gone with its record alone.
    let removal = approved(&registry, &root.sha256, r#"{"add": false}"#).await;
    let at = START + Duration::HOUR;
    let gone = intent(Act::TrustAnchorRemoved, 60);
    registry.append(gone.clone()).await.unwrap();
    let removed = |sha256: &str| {
        let params_sha256 = removal.params_sha256.clone();
        vec![JournalEntry::RootRemoved { sha256: sha256.to_owned(), request: removal.id, params_sha256, at }]
    };
    let ended = || gone.ended(at, Outcome::Succeeded);
    assert!(registry.append_with(ended(), removed(&"ab".repeat(32))).await.is_err());
    assert_eq!((registry.trail_end().await.unwrap(), registry.trust_certificates().await.unwrap().len()), (42, 1));
    registry.append_with(ended(), removed(&root.sha256)).await.unwrap();
    assert_eq!(registry.trust_certificates().await.unwrap(), []);
    assert!(registry.verify().await.unwrap().is_intact());
}
