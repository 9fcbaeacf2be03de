//! Batches: several documents at once, held up and taken up again, interrupted and taken up again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use cartorio_core::Clock;
use cartorio_office::Ports;
use cartorio_office::dto::{
    AppState, BatchView, CertifyChoice, DocumentInfo, ErrorChoice, FileVerifyReport, FormatChoice, ItemState, JobItem,
    JobSnapshot, JobStatus, KeyDetail, KeyList, Locale, OnError, PolicyChoice, SaveResult, SignFormat, SignLevel,
    SignPreview, SignProfile, StampPlacement, StampTemplate, VerifyResult,
};
use cartorio_testkit::pki::run;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::host::{Host, Options, names, path_of, sha256, sign_request};
use crate::refusals::{pdf, pdf_with};
use crate::rotation_kill::{arm, mined_clock};

const HOME: &str = "CARTORIO_TEST_HOME";
const DOCUMENTS: &str = "CARTORIO_TEST_DOCUMENTS";
pub const RESULTS: &str = "CARTORIO_TEST_RESULTS";
/// How the child signs, JSON.
const PROFILE: &str = "CARTORIO_TEST_PROFILE";
/// What opens the PDFs that ask for a password.
const PASSWORD: &str = "CARTORIO_TEST_PASSWORD";
/// With how many files in the folder of results the child dies; it lives without it.
pub const LAST_RESULT: &str = "CARTORIO_TEST_LAST_RESULT";
/// Which of its looks at the clock is the last one, from where it has a batch before it; it lives without it.
const LAST_LOOK: &str = "CARTORIO_TEST_LAST_LOOK";

/// So many documents, and so often the process is killed.
const MANY: usize = 200;
const KILLS: usize = 20;
/// More than are under way at once on any machine (256). Where the disk is slow, all of those get their names at the same moment.
const MORE: usize = 300;
/// Most looks at the clock before a kill. No document begins, is named and goes on record with less than four, so some are left.
const LOOKS: u64 = 60;

pub fn pdfs(folder: &Path, count: usize) -> Vec<PathBuf> {
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
    let host = Host::on(&home, Options { wrap: mortal, ..Options::default() });
    host.ask::<AppState>("demo_start", json!({})).await.unwrap();
    let left = interrupted(&host).await;
    if let Some(look) = number(LAST_LOOK) {
        arm(look);
    }
    for batch in &left {
        resume(&host, &batch.id).await;
    }
    if left.is_empty() && names(&results).is_empty() {
        let folder = PathBuf::from(std::env::var_os(DOCUMENTS).unwrap());
        let paths: Vec<PathBuf> = names(&folder).iter().map(|name| folder.join(name)).collect();
        let identity = host.identities().await.remove(0);
        let chosen = host.pick(&paths).await;
        if let Ok(password) = std::env::var(PASSWORD) {
            for document in chosen.iter().filter(|own| own.sign_problem.is_some()) {
                open(&host, document, &password).await;
            }
        }
        let mut request = sign_request(&identity.id, &chosen);
        request.output_folder = Some(host.pick_folder(&results).await.id);
        if let Ok(profile) = std::env::var(PROFILE) {
            request.profile = serde_json::from_str(&profile).unwrap();
        }
        host.sign(&request).await;
    }
}

async fn open(host: &Host, document: &DocumentInfo, password: &str) {
    let request = json!({"document": document.id, "password": host.sealed(password).await});
    host.ask::<DocumentInfo>("document_unlock", request).await.unwrap();
}

/// Ends the process when it looks at the clock and there are so many results. Somebody who watches from outside may come when all is
/// over.
struct Mortal {
    clock: Arc<dyn Clock>,
    results: PathBuf,
    goal: usize,
}

impl Clock for Mortal {
    fn now(&self) -> OffsetDateTime {
        if finished(&self.results) >= self.goal {
            std::process::abort();
        }
        self.clock.now()
    }
}

/// A clock that ends the process at a result, or at a look.
pub fn mortal(ports: Ports) -> Ports {
    let Some(goal) = number(LAST_RESULT) else { return mined_clock(ports) };
    let results = PathBuf::from(std::env::var_os(RESULTS).unwrap());
    Ports { clock: Arc::new(Mortal { clock: ports.clock, results, goal: goal.try_into().unwrap() }), ..ports }
}

fn number(name: &str) -> Option<i64> {
    std::env::var(name).ok().map(|own| own.parse().unwrap())
}

fn child(home: &Path, documents: &Path, results: &Path, profile: &SignProfile) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "batch::victim", "--ignored", "--nocapture"])
        .env(PROFILE, serde_json::to_string(profile).unwrap())
        .env(HOME, home)
        .env(DOCUMENTS, documents)
        .env(RESULTS, results)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// Lets the child die once it has made so many results.
fn dies_after(child: &mut Command, results: &Path, more: usize) {
    dies(child.env(LAST_RESULT, (finished(results) + more).to_string()));
}

fn dies(child: &mut Command) {
    let end = child.stdout(Stdio::piped()).output().unwrap();
    let said = String::from_utf8_lossy(&end.stdout);
    // A test that ends says so, whether it passed or failed; a process that aborts says nothing more.
    assert!(!end.status.success() && !said.contains("test result"), "it was killed in the middle: {said}");
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
    for _ in 0..KILLS {
        let look = 1 + next(LOOKS);
        dies(child(&home, &documents, &results, &SignProfile::default()).env(LAST_LOOK, look.to_string()));
    }

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
    let mut unfinished = 0;
    for record in last.trail().await {
        if record.act != "document_signed" && record.act != "result_recovered" {
            continue;
        }
        match record.phase.as_str() {
            "intent" => assert!(open.insert(record.correlation)),
            phase => {
                assert!(open.remove(&record.correlation));
                if phase == "succeeded" {
                    assert!(record.key_id.is_some(), "{record:?}");
                    *made.entry(record.document.unwrap()).or_default() += 1;
                } else if record.act == "document_signed" {
                    assert_eq!(phase, "interrupted");
                    unfinished += 1;
                }
            }
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert_eq!(made.len(), MANY);
    assert!(made.values().all(|times| *times == 1), "{made:?}");
    // The key is told apart by what is known of its use: what was recovered was signed, what was interrupted nobody knows.
    let keys: KeyList = last.ask("keys_list", json!({})).await.unwrap();
    let key = keys.keys.iter().find(|key| key.signatures > 0).unwrap();
    let detail: KeyDetail = last.ask("key_describe", json!({"key_ref": key.key_ref})).await.unwrap();
    assert_eq!(detail.summary.signatures, MANY as u64);
    assert_eq!((detail.values_without_result, detail.interrupted), (0, unfinished));
    last.assert_sound().await;
}

pub async fn wait_for(host: &Host, job: &str, status: JobStatus) -> JobSnapshot {
    for _ in 0..30_000 {
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
        // While the first one is under way, and before all others are.
        let office = Arc::clone(&host.office);
        *host.events.hook.lock().unwrap() = Some(Box::new(move |job| {
            let held = cartorio_office::dto::JobRef { id: job.id.clone() };
            run(cartorio_office::Commands::job_pause(&*office, held)).unwrap();
        }));
        let started: JobSnapshot = host.ask("sign_start", json!(sign_request(&identity.id, &documents))).await.unwrap();
        assert!(started.batch.is_some());
        let paused = wait_for(&host, &started.id, JobStatus::Paused).await;
        *host.events.hook.lock().unwrap() = None;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_does_not_go_on_for_longer_than_its_certificate() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    // More than are under way at once, so that some are left however late the pause comes.
    let documents = host.pick(&pdfs(&host.folder("entrada"), 2 * MANY)).await;
    let choices = OnError { key: ErrorChoice::Stop, ..OnError::default() };
    let usual = sign_request(&identity.id, &documents);
    let request = json!(cartorio_office::dto::SignRequest {
        profile: SignProfile { on_error: choices, ..usual.profile.clone() },
        ..usual
    });
    let started: JobSnapshot = host.ask("sign_start", request).await.unwrap();
    let _: JobSnapshot = host.ask("job_pause", json!({"id": started.id})).await.unwrap();
    let paused = wait_for(&host, &started.id, JobStatus::Paused).await;
    let of = |job: &JobSnapshot, state: ItemState| job.items.iter().filter(|item| item.state == state).count();
    let (done, left) = (of(&paused, ItemState::Done), of(&paused, ItemState::Waiting));
    assert!(left > 1, "{paused:?}");
    // Past its end.
    host.clock.advance(time::Duration::days(4 * 365));
    let _: JobSnapshot = host.ask("job_resume", json!({"id": started.id})).await.unwrap();
    let mut ended = paused;
    while matches!(ended.status, JobStatus::Paused | JobStatus::Running) {
        ended = host.ask("job_get", json!({"id": started.id})).await.unwrap();
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Those that began together find out together; nothing begins after the first.
    let failed: Vec<&JobItem> = ended.items.iter().filter(|item| item.state == ItemState::Failed).collect();
    assert!(
        !failed.is_empty() && failed.iter().all(|item| item.error.as_ref().unwrap().code == "identity_not_valid"),
        "{failed:?}"
    );
    assert_eq!((of(&ended, ItemState::Done), of(&ended, ItemState::Cancelled)), (done, left - failed.len()));
    let record = host.trail().await.into_iter().rev().find(|own| own.act == "document_signed").unwrap();
    assert_eq!((record.phase.as_str(), record.detail.get("key_uses")), ("failed", None), "{record:?}");
}

/// A batch of three, the second of which changes after it was chosen.
pub async fn with_a_changed_one(host: &Host, folder: &str, choice: ErrorChoice) -> (JobSnapshot, PathBuf) {
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
async fn a_document_that_holds_the_batch_up_is_left_out_on_record() {
    let host = Host::demo().await;
    let (job, _) = with_a_changed_one(&host, "espera", ErrorChoice::Pause).await;
    assert_eq!(job.status, JobStatus::Paused);
    let held = &job.items[1];
    let ask = |documents: Value, reason: &str| json!({"id": job.id, "documents": documents, "reason": reason});
    assert_eq!(host.code("job_skip", ask(json!([held.document]), "  ")).await, "invalid_field");
    assert_eq!(host.code("job_skip", ask(json!([]), "r")).await, "invalid_field");
    // One that is signed, or has not been tried, cannot be left out; and then nothing is.
    let other = json!([held.document, job.items[0].document]);
    assert_eq!(host.code("job_skip", ask(other, "r")).await, "invalid_field");
    assert_eq!(
        host.code("job_skip", json!({"id": "nada", "documents": [held.document], "reason": "r"})).await,
        "job_unknown"
    );
    let still: JobSnapshot = host.ask("job_get", json!({"id": job.id})).await.unwrap();
    assert_eq!(still.status, JobStatus::Paused);

    let seq = host.last_seq().await;
    let _: JobSnapshot = host.ask("job_skip", ask(json!([held.document]), " trocado pelo cliente ")).await.unwrap();
    let ended = wait_for(&host, &job.id, JobStatus::Partly).await;
    let states: Vec<ItemState> = ended.items.iter().map(|item| item.state).collect();
    assert_eq!(states, [ItemState::Done, ItemState::Failed, ItemState::Done]);
    let left_out = ended.items[1].error.as_ref().unwrap();
    assert_eq!(left_out.code, "document_skipped");
    assert_eq!(
        (left_out.params["reason"].as_str(), left_out.params["held"].as_str()),
        ("trocado pelo cliente", "document_changed")
    );
    assert_eq!(host.phases("document_skipped", seq).await, ["intent", "succeeded"]);
    let trail = host.trail().await;
    let record = trail.iter().find(|own| own.act == "document_skipped" && own.phase == "succeeded").unwrap();
    let intent = trail.iter().find(|own| own.correlation == record.correlation && own.phase == "intent").unwrap();
    let said = |name: &str| record.detail.get(name).or_else(|| intent.detail.get(name)).unwrap().as_str();
    assert_eq!(
        (said("reason"), said("error"), said("name")),
        ("trocado pelo cliente", "document_changed", held.name.as_str())
    );
    assert_eq!(Some(said("batch")), job.batch.as_deref());
    assert_eq!(host.code("job_skip", ask(json!([held.document]), "r")).await, "invalid_field", "the batch is over");
    // The journal knows its end too: nothing is left to go on with.
    assert!(interrupted(&host).await.is_empty());
    let rows = saved_list(&host, json!({"from": "batch", "id": job.batch})).await;
    assert_eq!(rows.iter().filter(|row| row[3] == "concluído").count(), 2);
    assert!(rows.iter().any(|row| row[7] == "document_skipped" && row[8].contains("trocado pelo cliente")), "{rows:?}");
    host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interrupted_batch_signs_no_changed_file_and_is_given_up_with_a_reason() {
    let host = Host::demo().await;
    let (documents, results) = (host.folder("entrada"), host.folder("resultados"));
    let paths = pdfs(&documents, MORE);
    dies_after(&mut child(host.home(), &documents, &results, &SignProfile::default()), &results, 3);
    // The last one that has no result yet.
    let has_result =
        |path: &PathBuf| results.join(format!("{}-assinado.pdf", path.file_stem().unwrap().display())).exists();
    let changed = paths.iter().rposition(|path| !has_result(path)).expect("all were signed before the kill");
    std::fs::write(&paths[changed], pdf_with("", b"% outro, mais longo")).unwrap();
    host.ask::<AppState>("demo_start", json!({})).await.unwrap();
    let [batch] = interrupted(&host).await.try_into().unwrap();
    assert_eq!((batch.total, batch.changed, batch.done + batch.left), (MORE as u32, 1, MORE as u32));
    assert_eq!(host.code("batch_abandon", json!({"id": batch.id, "reason": " "})).await, "invalid_field");
    let job = resume(&host, &batch.id).await;
    assert_eq!(job.status, JobStatus::Partly);
    assert_eq!(job.items[changed].error.as_ref().unwrap().code, "document_changed");
    assert_eq!(finished(&results), MORE - 1);
    // What was signed before the interruption is told like the rest.
    let trail = host.trail().await;
    let handles: BTreeSet<&str> = job.items.iter().map(|item| item.document.as_str()).collect();
    assert_eq!(handles.len(), MORE, "each has a handle of its own");
    for (_, item) in job.items.iter().enumerate().filter(|(index, _)| *index != changed) {
        let (output, receipt) = (item.output.as_ref().unwrap(), item.receipt.as_ref().unwrap());
        assert_eq!(receipt.output_sha256, sha256(&path_of(output)), "{item:?}");
        assert_eq!((receipt.format, receipt.level, receipt.key_uses), (SignFormat::Pades, SignLevel::BB, 1));
        let record = trail.iter().find(|own| own.seq == receipt.audit_seq).unwrap();
        assert_eq!((record.phase.as_str(), record.document.as_ref()), ("succeeded", Some(&item.name)));
        assert!(!receipt.algorithm.is_empty() && receipt.certificate_sha256.len() == 64, "{receipt:?}");
    }
    assert_eq!(
        host.verify(&job.items[usize::from(changed == 0)].output.as_ref().unwrap().id).await.result,
        VerifyResult::Passed
    );
    assert_eq!(host.code("batch_resume", json!({"id": batch.id})).await, "batch_over");
    assert_eq!(host.code("batch_abandon", json!({"id": batch.id, "reason": "r"})).await, "batch_over");
    assert_eq!(host.code("batch_resume", json!({"id": "nada"})).await, "batch_unknown");
    host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_given_up_on_record_and_its_results_stay() {
    let host = Host::demo().await;
    let (documents, results) = (host.folder("entrada"), host.folder("resultados"));
    pdfs(&documents, MORE);
    dies_after(&mut child(host.home(), &documents, &results, &SignProfile::default()), &results, 3);
    host.ask::<AppState>("demo_start", json!({})).await.unwrap();
    let [batch] = interrupted(&host).await.try_into().unwrap();
    let seq = host.last_seq().await;
    let left: Vec<BatchView> =
        host.ask("batch_abandon", json!({"id": batch.id, "reason": "  refeito em papel "})).await.unwrap();
    assert!(left.is_empty() && interrupted(&host).await.is_empty());
    assert_eq!(host.phases("batch_abandoned", seq).await, ["intent", "succeeded"]);
    let trail = host.trail().await;
    let record = trail.iter().rev().find(|own| own.act == "batch_abandoned").unwrap();
    assert_eq!((record.detail["reason"].as_str(), &record.detail["batch"]), ("refeito em papel", &batch.id));
    // What was written stays; the list says of each document what became of it.
    let rows = saved_list(&host, json!({"from": "batch", "id": batch.id})).await;
    assert_eq!(rows.len(), MORE);
    let done = rows.iter().filter(|row| row[3] == "concluído").count();
    assert!((3..MORE).contains(&done));
    assert_eq!(done, finished(&results), "no result that nobody knows");
    assert_eq!(rows.iter().filter(|row| row[3] == "cancelado").count(), MORE - done);
    for row in rows.iter().filter(|row| row[3] == "concluído") {
        assert_eq!(row[6], sha256(Path::new(&row[4])), "{row:?}");
        assert!(trail.iter().any(|own| own.seq.to_string() == row[9] && own.document.as_ref() == Some(&row[0])));
    }
    assert_eq!(host.code("batch_resume", json!({"id": batch.id})).await, "batch_over");
    host.assert_sound().await;
}

/// The list that the save dialog puts down, read as a spreadsheet would, without its header.
async fn saved_list(host: &Host, source: Value) -> Vec<Vec<String>> {
    let path = host.folder("listas").join("lote.csv");
    host.dialogs.saves.lock().unwrap().push_back(path.clone());
    let saved: SaveResult = host.ask("batch_list_save", source).await.unwrap();
    assert_eq!(path_of(&saved.saved.unwrap()), path);
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.strip_prefix('\u{feff}').expect("a byte order mark, for spreadsheets");
    assert!(text.ends_with("\r\n"));
    text.split_terminator("\r\n").skip(1).map(cells).collect()
}

fn cells(line: &str) -> Vec<String> {
    let (mut all, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, quoted) {
            ('"', true) if letters.peek() == Some(&'"') => cell.extend(letters.next()),
            ('"', _) => quoted = !quoted,
            (',', false) => all.push(std::mem::take(&mut cell)),
            (other, _) => cell.push(other),
        }
    }
    all.push(cell);
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_of_a_batch_says_what_became_of_each_document() {
    let host = Host::demo().await;
    let folder = host.folder("entrada");
    let paths = ["=SOMA(A1).pdf", "texto, \"com\" tudo.txt", "trocado.pdf"].map(|name| folder.join(name));
    std::fs::write(&paths[0], pdf("")).unwrap();
    std::fs::write(&paths[1], "ata").unwrap();
    std::fs::write(&paths[2], pdf("")).unwrap();
    let documents = host.pick(&paths).await;
    std::fs::write(&paths[2], pdf_with("", b"% outro, mais longo")).unwrap();
    let identity = host.identities().await.remove(0);
    let job = host.sign(&sign_request(&identity.id, &documents)).await;
    assert_eq!(job.status, JobStatus::Partly);
    let of_job = saved_list(&host, json!({"from": "job", "id": job.id})).await;
    let seq = |index: usize| job.items[index].receipt.as_ref().unwrap().audit_seq.to_string();
    assert_eq!((of_job.len(), of_job[0].len()), (3, 10), "{of_job:?}");
    assert_eq!(of_job[0][..4], ["'=SOMA(A1).pdf", "pades", "b-b", "concluído"], "no formula");
    assert_eq!(
        (of_job[0][4].as_str(), &of_job[0][9]),
        (folder.join("=SOMA(A1)-assinado.pdf").to_str().unwrap(), &seq(0))
    );
    assert_eq!(of_job[1][..4], ["texto, \"com\" tudo.txt", "cades-detached", "b-b", "concluído"]);
    assert_eq!((&of_job[1][5], &of_job[1][6]), (&sha256(&paths[1]), &sha256(Path::new(&of_job[1][4]))));
    assert_eq!((of_job[2][3].as_str(), of_job[2][7].as_str()), ("falhou", "document_changed"));
    assert!(!of_job[2][8].is_empty() && of_job[2][8] != "document_changed", "a reason in words: {:?}", of_job[2]);
    let asked = host.dialogs.asked.lock().unwrap().last().unwrap().clone();
    assert!(asked.suggested_name.starts_with("lote-20") && asked.filter.extensions == ["csv"], "{asked:?}");

    // From the journal the same is known, also in another language and after the job is forgotten.
    let batch = job.batch.unwrap();
    let of_batch = saved_list(&host, json!({"from": "batch", "id": batch})).await;
    for (one, other) in of_job.iter().zip(&of_batch) {
        assert_eq!((&one[..5], &one[6..]), (&other[..5], &other[6..]));
    }
    // What an error says beside its code is in the journal as well.
    let mut into_field = sign_request(&identity.id, &documents[..1]);
    into_field.profile =
        SignProfile { format: FormatChoice::Pades, field: Some("Testemunha".to_owned()), ..SignProfile::default() };
    let failed = host.sign(&into_field).await;
    let error = failed.items[0].error.as_ref().unwrap();
    assert_eq!((error.code.as_str(), error.params["field"].as_str()), ("pdf_field_not_found", "Testemunha"));
    for source in [json!({"from": "job", "id": failed.id}), json!({"from": "batch", "id": failed.batch})] {
        let rows = saved_list(&host, source).await;
        assert!(rows[0][7] == "pdf_field_not_found" && rows[0][8].contains("Testemunha"), "{rows:?}");
    }
    let source = serde_json::from_value(json!({"from": "batch", "id": batch})).unwrap();
    let english =
        String::from_utf8(host.office.batch_list(&source, Locale::En).await.map_err(|own| own.wire()).unwrap())
            .unwrap();
    assert!(english.contains("\"Reason code\"") && english.contains("\"failed\""), "{english}");
    // The same of each document, for the window, newest batch first.
    let latest: Vec<BatchView> = host.ask("batches_latest", json!({})).await.unwrap();
    assert_eq!(latest.iter().map(|own| Some(&own.id)).collect::<Vec<_>>(), [failed.batch.as_ref(), Some(&batch)]);
    assert_eq!((latest[1].total, latest[1].done, latest[1].failed, latest[1].left), (3, 2, 1, 0));
    let told: Vec<JobItem> = host.ask("batch_documents", json!({"id": batch})).await.unwrap();
    let code = |own: &JobItem| own.error.as_ref().map(|error| error.code.clone());
    for (one, other) in told.iter().zip(&job.items) {
        assert_eq!((&one.name, one.state, code(one)), (&other.name, other.state, code(other)));
        assert_eq!(one.output.as_ref().map(path_of), other.output.as_ref().map(path_of));
    }
    assert_eq!(host.code("batch_documents", json!({"id": "nada"})).await, "batch_unknown");
    // A dialog that is cancelled saves nothing.
    let cancelled: SaveResult = host.ask("batch_list_save", json!({"from": "batch", "id": batch})).await.unwrap();
    assert!(cancelled.saved.is_none());
    assert_eq!(host.code("batch_list_save", json!({"from": "batch", "id": "nada"})).await, "batch_unknown");
    assert_eq!(host.code("batch_list_save", json!({"from": "job", "id": "nada"})).await, "job_unknown");
}

/// A bare value is journalled like any other form: after kills at random each file has one pair, on record once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bare_values_survive_kills_without_a_result_that_nobody_knows() {
    const FILES: usize = MANY;
    let host = Host::demo().await;
    let (documents, results) = (host.folder("entrada"), host.folder("resultados"));
    for number in 0..FILES {
        std::fs::write(documents.join(format!("{number:03}.txt")), format!("ata {number}")).unwrap();
    }
    let home = host.home().to_owned();
    let raw = SignProfile { format: FormatChoice::Raw, ..SignProfile::default() };
    for look in [7, 23, 60, 41, 55, 38] {
        dies(child(&home, &documents, &results, &raw).env(LAST_LOOK, look.to_string()));
    }
    let last = Host::on(&home, Options::default());
    last.ask::<AppState>("demo_start", json!({})).await.unwrap();
    // As if it had been killed between the two names of a pair: the value is not lost, and the key is not asked again.
    let left = interrupted(&last).await;
    for batch in &left {
        let job = resume(&last, &batch.id).await;
        assert_eq!(job.status, JobStatus::Succeeded, "{job:?}");
        assert!(job.items.iter().all(|item| item.receipt.as_ref().is_some_and(|own| own.format == SignFormat::Raw)));
    }
    assert!(!left.is_empty(), "the kills came in the middle");
    let expected: Vec<String> =
        (0..FILES).flat_map(|number| [format!("{number:03}.txt.sig"), format!("{number:03}.txt.sig.json")]).collect();
    assert_eq!(names(&results), expected, "one pair each, and nothing half");
    let mut made: BTreeMap<String, u32> = BTreeMap::new();
    for record in last.trail().await {
        if matches!(record.act.as_str(), "file_signed" | "result_recovered") && record.phase == "succeeded" {
            *made.entry(record.document.unwrap()).or_default() += 1;
        }
    }
    assert!(made.len() == FILES && made.values().all(|times| *times == 1), "{made:?}");
    for number in [0, FILES / 2, FILES - 1] {
        let name = format!("{number:03}.txt");
        let document = last.pick_one(&documents.join(&name)).await;
        let signature = last.pick_one(&results.join(format!("{name}.sig.json"))).await;
        let request = json!({"document": {"id": document.id}, "signature": {"id": signature.id}});
        let report: FileVerifyReport = last.ask("file_verify", request).await.unwrap();
        assert!(report.valid, "{name}: {report:?}");
    }
    last.assert_sound().await;
}

/// An interruption forgets passwords, and the office may have changed its templates meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_goes_on_asks_for_passwords_again_and_keeps_its_stamp() {
    const SECRET: &str = "balcao3";
    // The last two, which are locked; so many are before them that the child dies before it begins them.
    const FIRST: usize = MORE - 2;
    const LAST: usize = MORE - 1;
    let host = Host::demo().await;
    let (documents, results) = (host.folder("entrada"), host.folder("resultados"));
    let paths = pdfs(&documents, MORE);
    for path in &paths[FIRST..] {
        let made =
            Command::new("qpdf").args(["--replace-input", "--encrypt", SECRET, "dono", "256", "--"]).arg(path).status();
        let Ok(status) = made else { return println!("skipped: qpdf is not installed") };
        assert!(status.success());
    }
    let template = json!({
        "id": "", "name": "Balcão", "lines": ["Assinado no balcão"], "headline": true, "image": null, "qr": null, "border": true,
        "width": 200.0, "height": 70.0,
    });
    let all: Vec<StampTemplate> = host.ask("stamp_template_save", template).await.unwrap();
    let own = all.into_iter().find(|own| own.name == "Balcão").unwrap();
    let stamp = StampPlacement {
        template: own.id.clone(),
        page: 1,
        x: 60.0,
        y: 60.0,
        width: 200.0,
        height: 70.0,
        may_cover: false,
    };
    let profile = SignProfile { stamp: Some(stamp), ..SignProfile::default() };
    dies_after(child(host.home(), &documents, &results, &profile).env(PASSWORD, SECRET), &results, 3);
    host.ask::<AppState>("demo_start", json!({})).await.unwrap();
    host.ask::<Value>("stamp_template_remove", json!({"id": own.id})).await.unwrap();

    let [batch] = interrupted(&host).await.try_into().unwrap();
    // Where nobody can be asked, nothing is begun.
    let refused = host.office.resume_batch(&batch.id, None).await.map_err(|error| error.wire()).unwrap_err();
    assert_eq!(
        (refused.code.as_str(), refused.params["name"].as_str()),
        ("batch_password_needed", format!("{FIRST:04}.pdf").as_str())
    );
    assert_eq!(refused.params["more"], "1");
    assert_eq!(interrupted(&host).await.len(), 1);

    let paused = resume(&host, &batch.id).await;
    assert_eq!(
        (paused.status, paused.waits_for.as_ref().unwrap().code.as_str()),
        (JobStatus::Paused, "batch_password_needed")
    );
    assert!(paused.items[..FIRST].iter().all(|item| item.state == ItemState::Done), "the others went on");
    // Whichever came first holds the batch up; the other one may not have been looked at by then.
    let told: Vec<Option<&str>> =
        paused.items[FIRST..].iter().map(|item| item.error.as_ref().map(|error| error.code.as_str())).collect();
    assert!(told.contains(&Some("batch_password_needed")), "{told:?}");
    assert!(told.iter().flatten().all(|code| *code == "batch_password_needed"), "{told:?}");
    assert!(paused.items[FIRST..].iter().all(|item| item.state == ItemState::Waiting), "{paused:?}");
    let handle = |index: usize| DocumentInfo {
        id: paused.items[index].document.clone(),
        ..paused.items[0].output.clone().unwrap()
    };
    open(&host, &handle(FIRST), SECRET).await;
    host.ask::<JobSnapshot>("job_resume", json!({"id": paused.id})).await.unwrap();
    let again = wait_for(&host, &paused.id, JobStatus::Paused).await;
    let mut still = again;
    for _ in 0..30_000 {
        if still.items[FIRST].state == ItemState::Done && still.status == JobStatus::Paused {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        still = host.ask("job_get", json!({"id": paused.id})).await.unwrap();
    }
    assert_eq!((still.items[FIRST].state, still.items[LAST].state), (ItemState::Done, ItemState::Waiting));
    open(&host, &handle(LAST), SECRET).await;
    host.ask::<JobSnapshot>("job_resume", json!({"id": paused.id})).await.unwrap();
    let job = wait_for(&host, &paused.id, JobStatus::Succeeded).await;
    assert!(!host.tap.text().contains(SECRET), "a password never crosses in the clear");
    assert_eq!(finished(&results), MORE);
    // The stamp is the one that the batch was begun with, though its template is gone.
    let read = |index: usize| {
        let path = path_of(job.items[index].output.as_ref().unwrap());
        let output = Command::new("pdftotext").args(["-upw", SECRET]).arg(path).arg("-").output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    for index in [0, FIRST - 1, FIRST, LAST] {
        assert!(read(index).contains("Assinado no balcão"), "{index}: {}", read(index));
    }
    host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_against_a_level_is_said_and_a_lower_one_is_taken_by_choice() {
    let host = Host::demo().await;
    let path = host.folder("entrada").join("a.pdf");
    std::fs::write(&path, pdf("")).unwrap();
    let document = host.pick_one(&path).await;
    let identity = host.identities().await.remove(0);
    let with = |profile: SignProfile| {
        let mut request = sign_request(&identity.id, std::slice::from_ref(&document));
        request.profile = profile;
        request
    };
    let level = SignProfile { level: SignLevel::BLta, ..SignProfile::default() };
    let lower = SignProfile { accept_lower_level: true, offline: true, ..level.clone() };
    let remarks = async |profile: &SignProfile| {
        let preview: SignPreview = host.ask("sign_preview", json!(with(profile.clone()))).await.unwrap();
        preview.items[0].remarks.iter().map(|own| (own.code.clone(), own.blocks)).collect::<Vec<_>>()
    };
    assert_eq!(remarks(&level).await, [("no_authorities".to_owned(), true)]);
    assert_eq!(remarks(&lower).await, [("no_authorities".to_owned(), false), ("offline_level".to_owned(), false)]);
    let job = host.sign(&with(lower)).await;
    assert_eq!(job.items[0].receipt.as_ref().unwrap().level, SignLevel::BB, "{job:?}");
    let trail = host.trail().await;
    let record = trail.iter().rev().find(|own| own.act == "document_signed").unwrap();
    let said = ["level", "level_reached", "lowered"].map(|name| record.detail[name].as_str());
    assert_eq!(said, ["b-lta", "b-b", "tsa_none"]);
    // A policy has no lower level: no key is asked for one that cannot be had.
    let policy = SignProfile { policy: PolicyChoice::AdRt, accept_lower_level: true, ..SignProfile::default() };
    let blocks = remarks(&policy).await;
    assert!(blocks.contains(&("no_authorities".to_owned(), true)), "{blocks:?}");

    // What an earlier signature allows is said before the key is asked.
    let certified = SignProfile { certify: Some(CertifyChoice::NoChanges), ..SignProfile::default() };
    let done = host.sign(&with(certified)).await.items.remove(0).output.unwrap();
    let mut next = with(SignProfile { policy: PolicyChoice::AdRb, ..SignProfile::default() });
    next.documents = vec![done.id];
    let preview: SignPreview = host.ask("sign_preview", json!(next)).await.unwrap();
    let item = &preview.items[0];
    assert_eq!(item.problem.as_ref().map(|own| own.code.as_str()), Some("pdf_certified_no_changes"));
    assert!(item.remarks.iter().any(|own| own.code == "preflight_document_certified" && own.blocks), "{item:?}");
    host.assert_sound().await;
}

/// A page with the empty signature field `Tabelião` at `rect`, and the page turned by `rotation` degrees.
fn with_field(rect: &str, rotation: u32) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] /SigFlags 1 >> >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate {rotation} /Annots [4 0 R] >>"),
        format!("<< /Type /Annot /Subtype /Widget /FT /Sig /T (Oficial) /F 4 /P 3 0 R /Rect {rect} >>"),
    ];
    let mut offsets = Vec::new();
    for (number, body) in objects.iter().enumerate() {
        offsets.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n{body}\nendobj\n", number + 1).as_bytes());
    }
    let start = bytes.len();
    bytes.extend(b"xref\n0 5\n0000000000 65535 f \n");
    offsets.iter().for_each(|offset| bytes.extend(format!("{offset:010} 00000 n \n").as_bytes()));
    bytes.extend(format!("trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").as_bytes());
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stamp_in_an_empty_field_has_the_fields_place() {
    let host = Host::demo().await;
    let folder = host.folder("entrada");
    let identity = host.identities().await.remove(0);
    let stamp = StampPlacement {
        template: "padrao".into(),
        page: 1,
        x: 5.0,
        y: 5.0,
        width: 400.0,
        height: 20.0,
        may_cover: false,
    };
    let sign = async |path: &Path| {
        let mut request = sign_request(&identity.id, &[host.pick_one(path).await]);
        request.profile =
            SignProfile { field: Some("Oficial".into()), stamp: Some(stamp.clone()), ..SignProfile::default() };
        let preview: SignPreview = host.ask("sign_preview", json!(request)).await.unwrap();
        (host.sign(&request).await, preview)
    };
    // Nobody finds this signer where that QR code leads.
    let path = folder.join("qr.pdf");
    std::fs::write(&path, with_field("[50 50 290 130]", 0)).unwrap();
    let mut request = sign_request(&identity.id, &[host.pick_one(&path).await]);
    let with_qr = StampPlacement { template: "com-qr".into(), ..stamp.clone() };
    request.profile = SignProfile { field: Some("Oficial".into()), stamp: Some(with_qr), ..SignProfile::default() };
    let preview: SignPreview = host.ask("sign_preview", json!(request)).await.unwrap();
    let [remark] = &preview.items[0].remarks[..] else { panic!("{preview:?}") };
    assert_eq!((remark.code.as_str(), remark.blocks), ("preflight_stamp_not_at_validar", false));
    for (rotation, size) in [(0, [240, 80]), (90, [80, 240])] {
        let path = folder.join(format!("campo-{rotation}.pdf"));
        std::fs::write(&path, with_field("[50 50 290 130]", rotation)).unwrap();
        let (job, preview) = sign(&path).await;
        assert!(preview.items[0].remarks.is_empty() && preview.items[0].problem.is_none(), "{preview:?}");
        assert_eq!(job.status, JobStatus::Succeeded, "{job:?}");
        let output = job.items[0].output.as_ref().unwrap();
        assert_eq!(host.verify(&output.id).await.result, VerifyResult::Passed);
        let bytes = std::fs::read(path_of(output)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(
            text.matches("/Subtype /Widget").count() + text.matches("/Subtype/Widget").count(),
            2,
            "no second widget"
        );
        // The drawing has the field's own size as it is seen, so nothing is stretched.
        let [width, height] = size;
        let sizes = [format!("/BBox[0 0 {width} {height}]"), format!("/BBox [0 0 {width} {height}]")];
        assert!(
            sizes.iter().any(|own| text.contains(own)),
            "{rotation}: {:?}",
            text.split("/BBox").nth(1).map(|own| &own[..40.min(own.len())])
        );
        if let Ok(read) = Command::new("pdftotext").arg(path_of(output)).arg("-").output() {
            // Where the field is narrow, lines are broken.
            let text = String::from_utf8_lossy(&read.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(text.contains("Assinado digitalmente"), "{rotation}: {text}");
        }
    }
    let path = folder.join("sem-lugar.pdf");
    std::fs::write(&path, with_field("[0 0 0 0]", 0)).unwrap();
    let (job, preview) = sign(&path).await;
    assert_eq!(job.items[0].error.as_ref().unwrap().code, "stamp_field_unseen");
    assert!(preview.items[0].remarks.iter().any(|own| own.code == "stamp_field_unseen" && own.blocks), "{preview:?}");
    host.assert_sound().await;
}
