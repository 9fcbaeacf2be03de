//! Batches: several documents at once, held up and taken up again, interrupted and taken up again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cartorio_office::dto::{
    AppState, BatchView, DocumentInfo, ErrorChoice, ItemState, JobSnapshot, JobStatus, OnError, VerifyResult,
};
use serde_json::json;

use crate::host::{Host, Options, names, sign_request};
use crate::refusals::pdf_with;

const HOME: &str = "CARTORIO_TEST_HOME";
const DOCUMENTS: &str = "CARTORIO_TEST_DOCUMENTS";
const RESULTS: &str = "CARTORIO_TEST_RESULTS";

/// So many documents, and so often the process is killed.
const MANY: usize = 200;
const KILLS: usize = 20;

fn pdfs(folder: &Path, count: usize) -> Vec<PathBuf> {
    let path = |number: usize| folder.join(format!("{number:04}.pdf"));
    let paths: Vec<PathBuf> = (0..count).map(path).collect();
    for (number, path) in paths.iter().enumerate() {
        std::fs::write(path, pdf_with("", format!("% {number}").as_bytes())).unwrap();
    }
    paths
}

async fn interrupted(host: &Host) -> Vec<BatchView> {
    host.ask("batches_interrupted", json!({})).await.unwrap()
}

/// Waits for anything but `Running`.
async fn resume(host: &Host, id: &str) -> JobSnapshot {
    let job: JobSnapshot = host.ask("batch_resume", json!({"id": id})).await.unwrap();
    host.ended(&job.id).await
}

/// The process that is killed: begins the batch, or goes on with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "only as a child of the test below"]
async fn victim() {
    let Some(home) = std::env::var_os(HOME).map(PathBuf::from) else { return };
    let results = PathBuf::from(std::env::var_os(RESULTS).unwrap());
    let host = Host::on(&home, Options::default());
    host.ask::<AppState>("demo_start", json!({})).await.unwrap();
    let left = interrupted(&host).await;
    for batch in &left {
        resume(&host, &batch.id).await;
    }
    if left.is_empty() && names(&results).is_empty() {
        let folder = PathBuf::from(std::env::var_os(DOCUMENTS).unwrap());
        let paths: Vec<PathBuf> = names(&folder).iter().map(|name| folder.join(name)).collect();
        let identity = host.identities().await.remove(0);
        let mut request = sign_request(&identity.id, &host.pick(&paths).await);
        request.output_folder = Some(host.pick_folder(&results).await.id);
        host.sign(&request).await;
    }
}

fn start(home: &Path, documents: &Path, results: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "batch::victim", "--ignored", "--nocapture"])
        .env(HOME, home)
        .env(DOCUMENTS, documents)
        .env(RESULTS, results)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn finished(results: &Path) -> usize {
    names(results).iter().filter(|name| !name.starts_with('.')).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_twenty_times_every_document_is_signed_once() {
    let host = Host::demo().await;
    let (documents, results) = (host.folder("entrada"), host.folder("resultados"));
    let paths = pdfs(&documents, MANY);
    let home = host.home().to_owned();
    drop(host.office.clone());
    let mut random: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut next = |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    let mut killed = 0;
    for round in 0..KILLS {
        let mut victim = start(&home, &documents, &results);
        // So many documents further, and then at any instant.
        let goal = (round * MANY / (KILLS + 2)) + usize::try_from(next(8)).unwrap();
        let begin = Instant::now();
        while finished(&results) < goal
            && victim.try_wait().unwrap().is_none()
            && begin.elapsed() < Duration::from_secs(60)
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(next(30_000)));
        killed += usize::from(victim.try_wait().unwrap().is_none());
        let _ = victim.kill();
        victim.wait().unwrap();
    }
    assert!(killed > KILLS / 2, "{killed} of {KILLS} came in the middle; {} results", finished(&results));

    let last = Host::on(&home, Options::default());
    last.ask::<AppState>("demo_start", json!({})).await.unwrap();
    for batch in interrupted(&last).await {
        assert_eq!(batch.total, u32::try_from(MANY).unwrap());
        assert_eq!((batch.failed, batch.changed), (0, 0), "{batch:?}");
        let job = resume(&last, &batch.id).await;
        assert_eq!(job.status, JobStatus::Succeeded);
        assert!(job.items.iter().all(|item| item.state == ItemState::Done));
    }
    assert!(interrupted(&last).await.is_empty());

    // Each has one result, whole and valid, and nothing else lies there.
    let expected: Vec<String> = (0..MANY).map(|number| format!("{number:04}-assinado.pdf")).collect();
    assert_eq!(names(&results), expected);
    assert_eq!(names(&documents).len(), paths.len());
    for name in &expected {
        let report = last.verify_path(&results.join(name)).await;
        assert_eq!(report.result, VerifyResult::Passed, "{name}");
    }
    // And each result is what one record says; whatever else was begun is on record as interrupted.
    let mut made: BTreeMap<String, u32> = BTreeMap::new();
    let mut open: BTreeSet<String> = BTreeSet::new();
    for record in last.trail().await {
        if record.act != "document_signed" && record.act != "result_recovered" {
            continue;
        }
        match record.phase.as_str() {
            "intent" => assert!(open.insert(record.correlation)),
            phase => {
                assert!(open.remove(&record.correlation));
                if phase == "succeeded" {
                    *made.entry(record.document.unwrap()).or_default() += 1;
                }
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert_eq!(made.len(), MANY);
    assert!(made.values().all(|times| *times == 1), "{made:?}");
    last.assert_sound().await;
}

async fn wait_for(host: &Host, job: &str, status: JobStatus) -> JobSnapshot {
    for _ in 0..3000 {
        let snapshot: JobSnapshot = host.ask("job_get", json!({"id": job})).await.unwrap();
        if snapshot.status == status {
            return snapshot;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the job is never {status:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_holds_it_up_and_goes_on_or_gives_up() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    for goes_on in [true, false] {
        let documents = host.pick(&pdfs(&host.folder(&format!("entrada-{goes_on}")), 60)).await;
        let started: JobSnapshot = host.ask("sign_start", json!(sign_request(&identity.id, &documents))).await.unwrap();
        assert!(started.batch.is_some());
        let _: JobSnapshot = host.ask("job_pause", json!({"id": started.id})).await.unwrap();
        let paused = wait_for(&host, &started.id, JobStatus::Paused).await;
        assert!(paused.waits_for.is_none());
        let of = |job: &JobSnapshot, state: ItemState| job.items.iter().filter(|item| item.state == state).count();
        assert_eq!(of(&paused, ItemState::Running), 0, "what was under way is finished");
        assert!(of(&paused, ItemState::Waiting) > 0);
        tokio::time::sleep(Duration::from_millis(100)).await;
        let still: JobSnapshot = host.ask("job_get", json!({"id": started.id})).await.unwrap();
        assert_eq!(of(&still, ItemState::Done), of(&paused, ItemState::Done));
        assert!(interrupted(&host).await.is_empty(), "a pause is no interruption");
        let command = if goes_on { "job_resume" } else { "job_cancel" };
        let _: JobSnapshot = host.ask(command, json!({"id": started.id})).await.unwrap();
        let status = if goes_on { JobStatus::Succeeded } else { JobStatus::Cancelled };
        let ended = wait_for(&host, &started.id, status).await;
        let done = of(&ended, ItemState::Done);
        assert_eq!(done + of(&ended, ItemState::Cancelled), 60);
        assert_eq!(done == 60, goes_on);
        assert!(interrupted(&host).await.is_empty());
    }
    host.assert_sound().await;
}

/// A batch of three, the second of which changes after it was chosen.
async fn with_a_changed_one(host: &Host, folder: &str, choice: ErrorChoice) -> (JobSnapshot, PathBuf) {
    let paths = pdfs(&host.folder(folder), 3);
    let documents: Vec<DocumentInfo> = host.pick(&paths).await;
    let identity = host.identities().await.remove(0);
    std::fs::write(&paths[1], pdf_with("", b"% outro, mais longo")).unwrap();
    let mut request = sign_request(&identity.id, &documents);
    request.profile.on_error = OnError { document: choice, ..OnError::default() };
    (host.sign(&request).await, paths[1].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_document_holds_up_what_somebody_chose() {
    let host = Host::demo().await;
    let (job, _) = with_a_changed_one(&host, "segue", ErrorChoice::GoOn).await;
    assert_eq!(job.status, JobStatus::Partly);
    let states: Vec<ItemState> = job.items.iter().map(|item| item.state).collect();
    assert_eq!(states, [ItemState::Done, ItemState::Failed, ItemState::Done], "in their order");
    assert_eq!(job.items[1].error.as_ref().unwrap().code, "document_changed");

    let (job, _) = with_a_changed_one(&host, "para", ErrorChoice::Stop).await;
    assert_eq!(job.items[1].state, ItemState::Failed);

    let (job, _) = with_a_changed_one(&host, "espera", ErrorChoice::Pause).await;
    assert_eq!((job.status, job.items[1].state), (JobStatus::Paused, ItemState::Waiting));
    assert_eq!(job.waits_for.unwrap().code, "document_changed");
    let _: JobSnapshot = host.ask("job_cancel", json!({"id": job.id})).await.unwrap();
    assert_eq!(wait_for(&host, &job.id, JobStatus::Cancelled).await.items[1].state, ItemState::Cancelled);
    host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_batch_signs_no_changed_file_and_is_given_up_with_a_reason() {
    let host = Host::demo().await;
    let (documents, results) = (host.folder("entrada"), host.folder("resultados"));
    let paths = pdfs(&documents, 60);
    let home = host.home().to_owned();
    let mut victim = start(&home, &documents, &results);
    let begin = Instant::now();
    while finished(&results) < 3 && begin.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
    }
    victim.kill().unwrap();
    victim.wait().unwrap();
    std::fs::write(paths.last().unwrap(), pdf_with("", b"% outro, mais longo")).unwrap();
    host.ask::<AppState>("demo_start", json!({})).await.unwrap();
    let [batch] = interrupted(&host).await.try_into().unwrap();
    assert_eq!((batch.total, batch.changed, batch.done + batch.left), (60, 1, 60));
    assert_eq!(host.code("batch_abandon", json!({"id": batch.id, "reason": " "})).await, "invalid_field");
    let job = resume(&host, &batch.id).await;
    assert_eq!(job.status, JobStatus::Partly);
    assert_eq!(job.items[59].error.as_ref().unwrap().code, "document_changed");
    assert_eq!(finished(&results), 59);
    assert_eq!(host.code("batch_resume", json!({"id": batch.id})).await, "batch_over");
    assert_eq!(host.code("batch_abandon", json!({"id": batch.id, "reason": "r"})).await, "batch_over");
    assert_eq!(host.code("batch_resume", json!({"id": "nada"})).await, "batch_unknown");
    host.assert_sound().await;
}
