//! Several processes and handles want the same request, or go on with the same rotation: exactly one does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cartorio_registry::*;
use common::*;

const REQUESTS: usize = 30;
const VERSIONS: u64 = 30;

/// Tries to decide, use and withdraw every request and to go on with the rotation; says what it was granted.
async fn contend(registry: &Registry, name: &str) -> Vec<String> {
    let me = operator(name);
    let mut granted = Vec::new();
    let page = RequestPage { before: None, limit: REQUESTS as u32 };
    let all = RequestFilter { subject: Some("key-1".into()), ..RequestFilter::default() };
    for asked in registry.requests(&all, START, page).await.unwrap() {
        // Half of the contenders approve: a rejection must not be followed by a use.
        let decision = decision(&me, name.len().is_multiple_of(2));
        match registry.decide_request(asked.id, &decision, START).await {
            Ok(_) => granted.push(format!("decided {}", asked.id)),
            Err(RegistryError::RequestState { .. }) => {}
            Err(other) => panic!("{other}"),
        }
        match registry.use_request(asked.id, &asked.params_sha256, name, START).await {
            Ok(used) => {
                assert_eq!(used.used_for.as_deref(), Some(name));
                granted.push(format!("ended {}", asked.id));
            }
            Err(RegistryError::RequestState { .. }) => {}
            Err(other) => panic!("{other}"),
        }
        match registry.withdraw_request(asked.id, asked.requested_by.id, START).await {
            Ok(_) => granted.push(format!("ended {}", asked.id)),
            Err(RegistryError::RequestState { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
    loop {
        let seen = registry.rotations(true).await.unwrap().remove(0);
        if seen.version >= VERSIONS {
            return granted;
        }
        let record = step(&seen, RotationStep::Validate, StepPhase::Done);
        match registry.advance_rotation(&seen, seen.version, &record).await {
            Ok(next) => granted.push(format!("advanced {}", next.version)),
            Err(RegistryError::Conflict { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a helper process of the other test"]
async fn child_that_contends() {
    let Some(folder) = std::env::var_os("REGISTRY_TEST_FOLDER") else { return };
    let name = std::env::var("REGISTRY_TEST_NAME").unwrap();
    let registry = open(Path::new(&folder)).await;
    println!("ready");
    while !Path::new(&folder).join("go").exists() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for line in contend(&registry, &name).await {
        println!("granted {line}");
    }
}

fn child(folder: &Path, name: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_contends", "--ignored", "--nocapture"])
        .env("REGISTRY_TEST_FOLDER", folder)
        .env("REGISTRY_TEST_NAME", name)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_exactly_one_is_granted() {
    let folder = tempfile::tempdir().unwrap();
    let handles = [open(folder.path()).await, open(folder.path()).await];
    let mut requests = Vec::new();
    for number in 0..REQUESTS {
        let asked = request(&operator("Ana"), &number.to_string());
        handles[0].add_request(&asked).await.unwrap();
        requests.push(asked);
    }
    let for_rotation = Request { subject: "key-2".into(), ..request(&operator("Ana"), "{}") };
    handles[0].add_request(&for_rotation).await.unwrap();
    let begun = rotation(&for_rotation, "alias/a", "key-1");
    handles[0].add_rotation(&begun).await.unwrap();

    let children = ["even", "odd"].map(|name| child(folder.path(), name));
    let tasks = handles.clone().map(|registry| {
        let folder = folder.path().to_owned();
        tokio::spawn(async move {
            while !folder.join("go").exists() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            contend(&registry, "here").await
        })
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    std::fs::write(folder.path().join("go"), "").unwrap();

    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for task in tasks {
        for line in task.await.unwrap() {
            *times.entry(line).or_default() += 1;
        }
    }
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "a contender met an error that it should not");
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            if let Some((_, line)) = line.split_once("granted ") {
                *times.entry(line.to_owned()).or_default() += 1;
            }
        }
    }
    let granted_twice: Vec<_> = times.iter().filter(|(_, count)| **count != 1).collect();
    assert!(granted_twice.is_empty(), "{granted_twice:?}");
    for asked in &requests {
        let stored = handles[0].request(asked.id).await.unwrap();
        let approved = stored.decision.as_ref().is_some_and(|decision| decision.approved);
        assert!(times.contains_key(&format!("decided {}", asked.id)), "one of them decided");
        assert_eq!(times.contains_key(&format!("ended {}", asked.id)), approved, "{stored:?}");
        let expected = [RequestState::Used, RequestState::Withdrawn, RequestState::Rejected];
        assert!(expected.contains(&stored.state(START)), "{stored:?}");
    }
    let advanced = (1..=VERSIONS).filter(|version| times.contains_key(&format!("advanced {version}"))).count();
    assert_eq!(advanced as u64, VERSIONS, "every version was reached by somebody");
    assert_eq!(handles[1].rotation(begun.id).await.unwrap().version, VERSIONS);
    assert_eq!(handles[1].step_records(begun.id).await.unwrap().len() as u64, VERSIONS, "one record for each");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_rotations_of_one_key_one_begins() {
    let folder = tempfile::tempdir().unwrap();
    let handles = [open(folder.path()).await, open(folder.path()).await];
    for round in 0..10 {
        let mut tasks = Vec::new();
        for handle in handles.clone() {
            let asked = request(&operator("Ana"), "{}");
            handle.add_request(&asked).await.unwrap();
            let rotation = rotation(&asked, "", &format!("key-{round}"));
            tasks.push(tokio::spawn(async move { handle.add_rotation(&rotation).await }));
        }
        let mut begun = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(()) => begun += 1,
                Err(RegistryError::Conflict { what: "rotation", .. }) => {}
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(begun, 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_registry_that_nobody_holds_any_more_is_one_file() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..100 {
        let registry = open(folder.path()).await;
        // Several connections at once, so that there are several to close.
        let reading = (0..8).map(|_| {
            let registry = registry.clone();
            tokio::spawn(async move { registry.trail_end().await.unwrap() })
        });
        for one in reading.collect::<Vec<_>>() {
            one.await.unwrap();
        }
        registry.append(intent(Act::DocumentOpened, round)).await.unwrap();
        drop(registry);
        let log = folder.path().join("registry.sqlite-wal");
        for _ in 0..6_000 {
            if !log.exists() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(!log.exists(), "round {round}");
    }
}
