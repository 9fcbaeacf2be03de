//! A trail that somebody tampered with: the office opens, shows it, does nothing else, and goes on once the notary accepts it.

use std::path::Path;
use std::time::Duration;

use cartorio_office::dto::{AppState, Environment, TrailView};
use serde_json::{Value, json};

use crate::host::{Host, Options, copy, sha256, with_passphrase};

/// Leaves the office and waits until its files are closed.
async fn close(host: &Host, folder: &Path) {
    host.ask::<AppState>("session_leave", json!({})).await.unwrap();
    for _ in 0..12_000 {
        if !folder.join("registry.db-wal").exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the registry stays open");
}

async fn verified(host: &Host) -> TrailView {
    host.ask("audit_verify", json!({})).await.unwrap()
}

/// The office is open, says what is wrong, and does nothing that needs a record.
async fn assert_only_looking(host: &Host, way_in: &str, request: Value, code: &str) {
    let state: AppState = host.ask(way_in, request).await.unwrap();
    assert!(matches!(state.environment, Environment::Demo | Environment::Production), "{state:?}");
    assert_eq!(state.resume_problem.expect("the window says so").code, code);
    let view = verified(host).await;
    assert!(!view.intact && !view.problems.is_empty(), "{view:?}");
    host.trail().await;
    host.identities().await;
    for (command, request) in
        [("keys_list", json!({})), ("key_create", json!({"spec": "RSA_2048", "alias": "a", "description": ""}))]
    {
        assert_eq!(host.code(command, request).await, code, "{command}");
    }
    let file = host.folder("entrada").join("ata.pdf");
    std::fs::write(&file, crate::refusals::pdf("")).unwrap();
    assert_eq!(host.verify_path(&file).await.audit_seq, None, "looked at without a record");
}

/// The notary accepts the trail as it is; the reason and what was wrong are in it.
async fn assert_resealed(host: &Host, problem: &str) {
    assert_eq!(host.code("audit_reseal", json!({"reason": "  "})).await, "invalid_field");
    let long = "a".repeat(501);
    assert_eq!(host.code("audit_reseal", json!({"reason": long})).await, "invalid_field");
    let view: TrailView = host.ask("audit_reseal", json!({"reason": "cópia antiga, ata 12/2026"})).await.unwrap();
    assert!(view.intact, "{view:?}");
    assert_eq!(host.state().await.resume_problem, None);
    let trail = host.trail().await;
    let seal = trail.iter().find(|record| record.act == "trail_resealed").unwrap();
    assert_eq!(seal.detail["reason"], "cópia antiga, ata 12/2026");
    assert!(seal.detail["problems"].contains(problem), "{seal:?}");
    assert_eq!(host.phases("trail_resealed", 0).await, ["intent", "succeeded"]);

    let count = host.trail().await.len();
    let again: TrailView = host.ask("audit_reseal", json!({"reason": "outra vez"})).await.unwrap();
    assert!(again.intact);
    let trail = host.trail().await;
    assert!(trail[count..].iter().all(|record| record.act == "audit_verified"), "an intact trail is left alone");
}

#[tokio::test]
async fn a_wiped_trail_is_no_new_trail() {
    let host = Host::demo().await;
    let folder = host.demo_folder();
    close(&host, &folder).await;
    std::fs::remove_file(folder.join("registry.db")).unwrap();
    std::fs::remove_file(folder.join("audit.head")).unwrap();
    assert_only_looking(&host, "demo_start", json!({}), "registry_trail_broken").await;

    // Not even when the memory is taken away as well: the audit key has begun a trail.
    close(&host, &folder).await;
    std::fs::remove_file(folder.join("keys/trail-memory.secret.json")).unwrap();
    assert_only_looking(&host, "demo_start", json!({}), "registry_trail_broken").await;
    assert!(!folder.join("keys/trail-memory.secret.json").exists(), "what is broken is not remembered");

    assert_resealed(&host, "removed at 1").await;
    assert_eq!(host.identities().await.len(), 1, "what the broken trail kept from being made is made up for");
    host.assert_sound().await;
    close(&host, &folder).await;
    let state: AppState = host.ask("demo_start", json!({})).await.unwrap();
    assert_eq!(state.resume_problem, None, "the new length is remembered");
    host.ask::<Value>("keys_list", json!({})).await.unwrap();
    host.assert_sound().await;
}

#[tokio::test]
async fn production_opens_with_an_old_database_and_both_its_heads_put_back() {
    let host = Host::fresh_with(Options { master: with_passphrase(), ..Options::default() });
    let profile = json!({"name": "ensaio", "region": "sa-east-1", "use_fips": false, "source": "default"});
    host.ask::<Value>("profile_save", profile).await.unwrap();
    let start = json!({"profile": "ensaio", "office_name": "Ofício de Ensaio", "operator_name": "Joana Notária"});
    host.ask::<AppState>("production_start", start.clone()).await.unwrap();
    let folder = host.home().join("production");
    close(&host, &folder).await;
    let old = host.folder("antigo");
    copy(&folder, &old);
    let state: AppState = host.ask("production_start", start.clone()).await.unwrap();
    assert_eq!(state.resume_problem, None);
    host.assert_sound().await;
    let length = host.last_seq().await;
    close(&host, &folder).await;

    for name in ["registry.db", "audit.head"] {
        std::fs::copy(old.join(name), folder.join(name)).unwrap();
    }
    assert_only_looking(&host, "production_start", start, "registry_trail_broken").await;
    let view = verified(&host).await;
    assert!(view.head_authenticated && view.records < length, "the old end is genuine: only memory tells: {view:?}");
    assert_eq!(view.problems.iter().map(|own| own.kind.as_str()).collect::<Vec<_>>(), ["removed"]);
    assert_resealed(&host, &format!("has had {length} records")).await;
    host.assert_sound().await;
}

#[tokio::test]
async fn a_lost_audit_key_is_not_replaced_in_silence() {
    let host = Host::demo().await;
    let folder = host.demo_folder();
    close(&host, &folder).await;
    let key = folder.join("keys/audit-key.secret.json");
    let kept = std::fs::read(&key).unwrap();
    let before = sha256(&folder.join("audit.head"));
    std::fs::remove_file(&key).unwrap();
    assert_only_looking(&host, "demo_start", json!({}), "registry_audit_key_missing").await;
    assert_eq!(host.code("audit_reseal", json!({"reason": "r"})).await, "registry_audit_key_missing");
    assert!(!key.exists(), "a new key would vouch for whatever is there");
    assert_eq!(sha256(&folder.join("audit.head")), before);

    // Also where registry and memory went with it: other keys show that there was an office.
    close(&host, &folder).await;
    let away = host.folder("fora");
    let taken = ["registry.db", "audit.head", "keys/trail-memory.secret.json"];
    for (number, name) in taken.iter().enumerate() {
        std::fs::copy(folder.join(name), away.join(number.to_string())).unwrap();
        std::fs::remove_file(folder.join(name)).unwrap();
    }
    assert_only_looking(&host, "demo_start", json!({}), "registry_audit_key_missing").await;
    assert!(!key.exists());

    close(&host, &folder).await;
    for (number, name) in taken.iter().enumerate() {
        std::fs::copy(away.join(number.to_string()), folder.join(name)).unwrap();
    }
    std::fs::write(&key, kept).unwrap();
    let state: AppState = host.ask("demo_start", json!({})).await.unwrap();
    assert_eq!(state.resume_problem, None, "with the key back, nothing was wrong");
    host.assert_sound().await;
}
