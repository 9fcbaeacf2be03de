//! Requests, decisions, rotations and their steps stay as they were written, whoever has the file open.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod common;

use cartorio_core::Coded;
use cartorio_registry::*;
use common::*;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection, Row};

/// One request in every state that matters here, and a rotation with two steps.
struct Office {
    folder: tempfile::TempDir,
    registry: Registry,
    outsider: SqliteConnection,
    pending: Request,
    approved: Request,
    rejected: Request,
    withdrawn: Request,
    used: Request,
    rotation: Rotation,
}

async fn office() -> Office {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path()).await;
    let (ana, rui) = (operator("Ana"), operator("Rui"));
    let mut requests = Vec::new();
    for approved in [None, Some(true), Some(false), Some(true), Some(true)] {
        let mut asked = request(&ana, r#"{"days": 30}"#);
        registry.add_request(&asked).await.unwrap();
        if let Some(approved) = approved {
            asked = registry.decide_request(asked.id, &decision(&rui, approved), START).await.unwrap();
        }
        requests.push(asked);
    }
    let [pending, approved, rejected, withdrawn, used] = requests.try_into().unwrap();
    let withdrawn = registry.withdraw_request(withdrawn.id, ana.id, START).await.unwrap();
    let used = registry.use_request(used.id, &used.params_sha256, "x", START).await.unwrap();
    let mut current = rotation(&used, "alias/a", "key-1");
    registry.add_rotation(&current).await.unwrap();
    for phase in [StepPhase::Begun, StepPhase::Done] {
        let record = step(&current, RotationStep::CreateKey, phase);
        current = registry.advance_rotation(&current, current.version, &record).await.unwrap();
    }
    let outsider = outsider(&database(folder.path())).await;
    Office { folder, registry, outsider, pending, approved, rejected, withdrawn, used, rotation: current }
}

async fn columns(connection: &mut SqliteConnection, table: &str) -> Vec<String> {
    let rows = sqlx::query(AssertSqlSafe(format!("PRAGMA table_info({table})"))).fetch_all(connection).await.unwrap();
    rows.iter().map(|row| row.get("name")).collect()
}

async fn refused(connection: &mut SqliteConnection, sql: &str) {
    let done = sqlx::query(AssertSqlSafe(sql.to_owned())).execute(connection).await;
    let error = match done {
        Err(sqlx::Error::Database(error)) => error,
        other => panic!("not refused: {sql}: {other:?}"),
    };
    assert_eq!(error.code().unwrap().parse::<u32>().unwrap() & 0xff, 19, "a rule refused it: {sql}: {error}");
}

#[tokio::test]
async fn no_statement_changes_what_was_requested_decided_or_done() {
    let mut office = office().await;
    let free = ["decided_by_id", "decided_by_name", "decided_by_role", "decided_at", "approved", "decision_reason"];
    let ends = ["withdrawn_at", "used_at", "used_for"];
    let requests = columns(&mut office.outsider, "requests").await;
    assert_eq!(requests.len(), 11 + free.len() + ends.len(), "the test knows every column");
    for request in [&office.pending, &office.approved, &office.rejected, &office.withdrawn, &office.used] {
        for column in &requests {
            // Alone, none of these columns can change, whatever the state: a decision and a use are made of several.
            if column == "withdrawn_at" && [office.pending.id, office.approved.id].contains(&request.id) {
                continue;
            }
            let id = request.id;
            for value in ["NULL", "'x'", "0", "'2026-11-21T19:06:30.000000Z'"] {
                let sql =
                    format!("UPDATE requests SET {column} = {value} WHERE id = '{id}' AND {column} IS NOT {value}");
                let changed = sqlx::query(AssertSqlSafe(sql.clone())).execute(&mut office.outsider).await;
                assert!(changed.as_ref().map_or(true, |done| done.rows_affected() == 0), "{sql}: {changed:?}");
            }
        }
    }
    let (pending, approved) = (office.pending.id, office.approved.id);
    let own = office.pending.requested_by.id;
    let decide = |by: &str| {
        format!(
            "UPDATE requests SET decided_by_id = '{by}', decided_by_name = 'Ana', decided_by_role = 'notary', \
             decided_at = '2026-11-21T19:07:00.000000Z', approved = 1, decision_reason = '' WHERE id = '{pending}'"
        )
    };
    for sql in [
        decide(&own.to_string()),
        decide(&own.to_string().to_uppercase()),
        decide("x").replace("19:07", "23:07"),
        format!("UPDATE requests SET used_at = requested_at, used_for = 'x' WHERE id = '{pending}'"),
        format!("UPDATE requests SET used_at = expires_at, used_for = 'x' WHERE id = '{approved}'"),
        "UPDATE requests SET used_at = NULL, used_for = NULL WHERE used_at IS NOT NULL".into(),
        "UPDATE requests SET withdrawn_at = NULL WHERE withdrawn_at IS NOT NULL".into(),
        "UPDATE requests SET withdrawn_at = requested_at WHERE approved = 0".into(),
        format!("DELETE FROM requests WHERE id = '{pending}'"),
        format!("REPLACE INTO requests SELECT * FROM requests WHERE id = '{pending}'"),
        "INSERT INTO requests SELECT 'new', kind, subject, params, params_sha256, requested_by_id, requested_by_name, \
         requested_by_role, requested_at, reason, expires_at, decided_by_id, decided_by_name, decided_by_role, decided_at, \
         approved, decision_reason, NULL, NULL, NULL FROM requests WHERE approved = 1"
            .into(),
    ] {
        refused(&mut office.outsider, &sql).await;
    }
    for request in [&office.pending, &office.approved, &office.rejected, &office.withdrawn, &office.used] {
        assert_eq!(&office.registry.request(request.id).await.unwrap(), request, "as it was");
    }
    // Or the refusals above would prove nothing: another person's decision, written the same way, is let through.
    run(&mut office.outsider, &decide("0192b1a0-0000-7000-8000-000000000000")).await;
    assert_eq!(office.registry.request(pending).await.unwrap().state(START), RequestState::Approved);
}

#[tokio::test]
async fn no_statement_changes_what_a_rotation_is_about_or_what_it_did() {
    let mut office = office().await;
    let before = office.registry.step_records(office.rotation.id).await.unwrap();
    let mut fixed = 0;
    for column in columns(&mut office.outsider, "rotations").await {
        let may_change =
            ["new_key_ref", "new_key_id", "new_identity", "state", "step", "version", "updated_at", "finished_at"];
        if !may_change.contains(&column.as_str()) {
            let sql = format!("UPDATE rotations SET {column} = COALESCE({column}, '') || 'x', version = version + 1");
            refused(&mut office.outsider, &sql).await;
            fixed += 1;
        }
    }
    assert_eq!(fixed, 14);
    for column in columns(&mut office.outsider, "rotation_steps").await {
        refused(&mut office.outsider, &format!("UPDATE rotation_steps SET {column} = 'x'")).await;
    }
    let over = "UPDATE rotations SET state = 'rolled_back', finished_at = updated_at, version = version + 1";
    for sql in [
        "UPDATE rotations SET version = version + 2",
        "UPDATE rotations SET step = 'disable_old'",
        "UPDATE rotations SET state = 'finished', version = version + 1",
        "DELETE FROM rotations",
        "DELETE FROM rotation_steps WHERE seq = 2",
        "REPLACE INTO rotations SELECT * FROM rotations",
        "REPLACE INTO rotation_steps SELECT * FROM rotation_steps WHERE seq = 2",
        "INSERT INTO rotation_steps SELECT rotation, 9, step, phase, at, operator_id, operator_name, operator_role, evidence, \
         error_code FROM rotation_steps WHERE seq = 2",
    ] {
        refused(&mut office.outsider, sql).await;
    }
    // Replacing by the key or the alias instead of the identifier.
    let copy = |request: &str, alias: &str, key: &str| {
        format!(
            "REPLACE INTO rotations SELECT 'new', {alias}, old_key_ref, {key}, new_key_ref, new_key_id, old_identity, \
             new_identity, {request}, requested_by_id, requested_by_name, requested_by_role, approved_by_id, approved_by_name, \
             approved_by_role, params, state, step, version, created_at, updated_at, finished_at FROM rotations"
        )
    };
    let other = format!("'{}'", office.approved.id);
    refused(&mut office.outsider, &copy("request", "'b'", "'b'")).await;
    refused(&mut office.outsider, &copy(&other, "alias", "'b'")).await;
    refused(&mut office.outsider, &copy(&other, "'b'", "old_key_id")).await;
    assert_eq!(office.registry.rotation(office.rotation.id).await.unwrap(), office.rotation);
    assert_eq!(office.registry.step_records(office.rotation.id).await.unwrap(), before);

    run(&mut office.outsider, over).await;
    refused(&mut office.outsider, "UPDATE rotations SET state = 'running', finished_at = NULL, version = version + 1")
        .await;
    run(&mut office.outsider, "UPDATE rotations SET version = version + 1").await;
}

#[tokio::test]
async fn parameters_changed_behind_the_guards_are_found_on_reading() {
    let mut office = office().await;
    let id = office.approved.id;
    let sql = "SELECT sql FROM sqlite_master WHERE name = 'requests_fixed'";
    let guard: String = sqlx::query_scalar(sql).fetch_one(&mut office.outsider).await.unwrap();
    run(&mut office.outsider, "DROP TRIGGER requests_fixed").await;
    let report = office.registry.verify().await.unwrap();
    assert_eq!(report.problems.len(), 1, "{report:?}");
    assert_eq!(report.problems[0].kind, TrailProblemKind::GuardRemoved);
    assert!(report.problems[0].detail.contains("requests_fixed"));

    run(&mut office.outsider, &format!(r#"UPDATE requests SET params = '{{"days": 7}}' WHERE id = '{id}'"#)).await;
    run(&mut office.outsider, &guard).await;
    assert!(office.registry.verify().await.unwrap().is_intact(), "the guard is back");
    let digest = &office.approved.params_sha256;
    let all = RequestFilter::default();
    for error in [
        office.registry.request(id).await.unwrap_err(),
        office.registry.requests(&all, START, RequestPage::default()).await.unwrap_err(),
        office.registry.use_request(id, digest, "x", START).await.unwrap_err(),
    ] {
        assert_eq!(error.code(), "registry_corrupt", "{error}");
        assert!(error.to_string().contains(&id.to_string()), "it says which: {error}");
    }
    office.outsider.close().await.unwrap();
}

#[tokio::test]
async fn a_step_taken_out_behind_the_guards_is_found_on_reading() {
    let mut office = office().await;
    run(&mut office.outsider, "DROP TRIGGER rotation_steps_no_delete; DELETE FROM rotation_steps WHERE seq = 1").await;
    let error = office.registry.step_records(office.rotation.id).await.unwrap_err();
    assert_eq!(error.code(), "registry_corrupt", "{error}");
    assert!(error.to_string().contains("step 1"), "{error}");
    assert!(office.folder.path().exists());
}
