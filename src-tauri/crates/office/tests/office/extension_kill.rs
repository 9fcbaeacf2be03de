//! The process dies while it takes a signature of earlier days upwards: at every moment that it looks at the clock, between the
//! announcement of the result and its name, and anywhere; and while it takes many. What was not done is gone on with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cartorio_net::{Fetcher, Reach};
use cartorio_office::dto::{
    AuditRecordView, BatchKind, BatchView, FormatChoice, Integrity, ItemState, JobSnapshot, JobStatus, SignLevel,
};
use cartorio_registry::{BatchItemState, Registry};
use cartorio_testkit::lab::{Lab, Person};
use serde_json::json;
use tempfile::TempDir;

use crate::batch::{LAST_RESULT, RESULTS, mortal};
use crate::host::{Host, Options, built_apart, copy, names, path_of, sha256};
use crate::levels::{Desk, level_of, of_format, sample};
use crate::rotation_kill::arm;

const HOME: &str = "CARTORIO_TEST_HOME";
/// Paths, one a line.
const DOCUMENTS: &str = "CARTORIO_TEST_DOCUMENTS";
const LEVEL: &str = "CARTORIO_TEST_LEVEL";
const ROOT: &str = "CARTORIO_TEST_ROOT";
/// Which look at the clock is the last one; none without it.
const AT: &str = "CARTORIO_TEST_AT";

/// The process that dies; started by the tests below.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "only as a child of the tests of this module"]
async fn victim() {
    let (Some(home), Ok(at)) = (std::env::var_os(HOME), std::env::var(AT)) else { return };
    let root = std::fs::read(std::env::var_os(ROOT).unwrap()).unwrap();
    let host = Host::on(Path::new(&home), Options { wrap: mortal, ..Options::default() });
    host.state().await;
    reach(&host, root);
    let paths: Vec<PathBuf> = std::env::var(DOCUMENTS).unwrap().lines().map(PathBuf::from).collect();
    let ids: Vec<String> = host.pick(&paths).await.into_iter().map(|own| own.id).collect();
    let request = json!({"documents": ids, "level": std::env::var(LEVEL).unwrap(), "output_folder": null});
    arm(at.parse().unwrap());
    let started: JobSnapshot = host.ask("extend_start", request).await.unwrap();
    let job = host.ended(&started.id).await;
    assert_eq!(job.status, JobStatus::Succeeded, "{job:#?}");
}

fn reach(host: &Host, root: Vec<u8>) {
    assert!(host.office.use_fetcher(Arc::new(Fetcher::new(Reach::Anywhere).trusting(vec![root]))));
}

/// A signature that lies in an installation, and where it is to be taken.
struct Case {
    lab: &'static Lab,
    /// An installation and the folder of its documents.
    template: Arc<TempDir>,
    document: String,
    sha256: String,
    level: SignLevel,
    /// The last record before it.
    seq: u64,
}

const INSIDE: &str = "entrada";

/// A demonstration that trusts the laboratory, with a document signed and taken up to every level in turn. From each of them to
/// the next one.
async fn ladder(form: FormatChoice) -> Option<Vec<Case>> {
    const NEXT: [SignLevel; 3] = [SignLevel::BT, SignLevel::BLt, SignLevel::BLta];
    let lab = Lab::shared()?;
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("casa");
    let (send, receive) = tokio::sync::oneshot::channel();
    built_apart(home, move |home| async move {
        let host = Host::on(&home, Options::default());
        host.ask::<serde_json::Value>("demo_start", json!({})).await.unwrap();
        reach(&host, lab.certificate("root"));
        let desk = Desk { host, lab };
        desk.trust("root").await;
        desk.authority("ACT", &lab.urls().tsa).await;
        let signer = desk.signer(Person::P256).await;
        let (name, content) = match form {
            FormatChoice::Pades => ("ata.pdf", sample("procuracao-publica.pdf")),
            _ => ("ata.txt", b"Ata.\n".to_vec()),
        };
        let document = desk.document(name, &content).await;
        let mut reached = desk.signed(&signer, &document, of_format(form, SignLevel::BB)).await;
        let mut steps = Vec::new();
        for level in NEXT {
            // Each with the folder to itself, so that the first name is free.
            let alone = desk.host.folder(&format!("{INSIDE}/{}", level_of(level)));
            let own = alone.join(name).with_extension(if form == FormatChoice::Pades { "pdf" } else { "txt.p7s" });
            std::fs::copy(&reached.path, &own).unwrap();
            if form == FormatChoice::CadesDetached {
                std::fs::copy(path_of(&document), alone.join(name)).unwrap();
            }
            let relative = own.strip_prefix(home.parent().unwrap()).unwrap().to_string_lossy().into_owned();
            steps.push((relative, sha256(&own), level));
            reached = desk.extended(&reached.document, level).await;
        }
        let seq = desk.host.last_seq().await;
        assert!(send.send((steps, seq)).is_ok());
    });
    let (steps, seq) = receive.await.unwrap();
    let template = Arc::new(folder);
    let of = |(document, sha256, level)| Case { lab, template: Arc::clone(&template), document, sha256, level, seq };
    Some(steps.into_iter().map(of).collect())
}

/// A copy of an installation in which the process dies.
struct Scene<'c> {
    case: &'c Case,
    folder: TempDir,
    before: Vec<String>,
}

/// What the next start finds.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum End {
    /// Nothing had begun.
    Untouched,
    /// It had begun and nothing has a name.
    Interrupted,
    /// The result has its name, and no record.
    Named,
    /// The result has its name, and is on record.
    Recorded,
}

impl<'c> Scene<'c> {
    fn of(case: &'c Case) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(case.template.path(), folder.path());
        let before = names(folder.path().join(&case.document).parent().unwrap());
        Self { case, folder, before }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("casa")
    }

    fn document(&self) -> PathBuf {
        self.folder.path().join(&self.case.document)
    }

    fn results(&self) -> PathBuf {
        self.document().parent().unwrap().to_owned()
    }

    /// Takes so many of the names that the result might get.
    fn crowd(&mut self, count: u32) {
        let document = self.document();
        let (stem, extension) = (document.file_stem().unwrap(), document.extension().unwrap().to_string_lossy());
        let stem = format!("{}-b-{}", stem.to_string_lossy(), level_of(self.case.level).to_lowercase());
        for number in 1..=count {
            let name = if number == 1 { format!("{stem}.{extension}") } else { format!("{stem}-{number}.{extension}") };
            std::fs::write(document.with_file_name(name), "de antes").unwrap();
        }
        self.before = names(&self.results());
    }

    fn start(&self, at: i64) -> Child {
        self.child(&[self.document()], at).spawn().unwrap()
    }

    fn child(&self, documents: &[PathBuf], at: i64) -> Command {
        let documents: Vec<String> = documents.iter().map(|own| own.display().to_string()).collect();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--exact", "extension_kill::victim", "--ignored", "--nocapture"])
            .env(HOME, self.home())
            .env(DOCUMENTS, documents.join("\n"))
            .env(LEVEL, serde_json::to_value(self.case.level).unwrap().as_str().unwrap())
            .env(ROOT, self.case.lab.path("root.der"))
            .env(AT, at.to_string())
            .env_remove(LAST_RESULT)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        command
    }

    /// Tells whether it died at look `at` at the clock.
    fn dies(&self, at: i64) -> bool {
        Self::died(&mut self.child(&[self.document()], at))
    }

    fn died(child: &mut Command) -> bool {
        let output = child.output().unwrap();
        let died = !output.status.success();
        let said = String::from_utf8_lossy(&output.stdout);
        // A test that fails says so; a process that aborts says nothing more.
        assert!(!died || !said.contains("test result"), "{said}");
        died
    }

    fn temporary(name: &str) -> bool {
        name.starts_with(".cartorio-") && name.ends_with(".tmp")
    }

    /// Results that were not there before.
    fn results_since(&self) -> Vec<String> {
        names(&self.results())
            .into_iter()
            .filter(|name| !self.before.contains(name) && !Self::temporary(name))
            .collect()
    }

    async fn trail(&self, host: &Host) -> Vec<AuditRecordView> {
        host.trail().await.into_iter().filter(|own| own.seq > self.case.seq).collect()
    }

    /// What the next start finds: the old file as it was, and a whole new one or none; every act has its end. What was not done is
    /// gone on with, and then there is one result, on record once.
    async fn reopened(&self) -> End {
        let case = self.case;
        let host = Host::on(&self.home(), Options::default());
        let state = host.state().await;
        assert_eq!(state.resume_problem, None);
        reach(&host, case.lab.certificate("root"));
        assert_eq!(sha256(&self.document()), case.sha256, "what was there is not touched");
        let (new, trail) = (self.results_since(), self.trail(&host).await);
        let of = |trail: &[AuditRecordView], act: &str, phase: &str| {
            trail.iter().filter(|own| own.act == act && own.phase == phase).count()
        };
        let begun = of(&trail, "document_extended", "intent");
        let ends = (of(&trail, "document_extended", "interrupted"), of(&trail, "document_extended", "succeeded"));
        let end = match (new.as_slice(), begun, ends) {
            ([], 0, (0, 0)) => End::Untouched,
            ([], 1, (1, 0)) => End::Interrupted,
            ([_], 1, (1, 0)) => End::Named,
            ([_], 1, (0, 1)) => End::Recorded,
            other => panic!("{other:?}: {trail:#?}"),
        };
        let shown = state.interrupted.iter().filter(|own| own.act == "document_extended").count();
        assert_eq!(shown, ends.0, "a person is told: {state:?}");
        let named = new.first().map(|name| sha256(&self.results().join(name)));

        // What is left is offered, and nothing where there is nothing left.
        let left: Vec<BatchView> = host.ask("batches_interrupted", json!({})).await.unwrap();
        let expected = match end {
            // It may be in the journal and not in the trail yet.
            End::Untouched => left.len().min(1),
            End::Interrupted | End::Named => 1,
            End::Recorded => 0,
        };
        assert_eq!(left.len(), expected, "{left:?}");
        if let [batch] = left.as_slice() {
            assert_eq!((batch.kind, batch.level, batch.identity.as_str()), (BatchKind::Extend, Some(case.level), ""));
            assert_eq!((batch.total, batch.done, batch.left, batch.changed), (1, 0, 1, 0));
            let begun: JobSnapshot = host.ask("batch_resume", json!({"id": batch.id})).await.unwrap();
            assert_eq!(begun.batch.as_ref(), Some(&batch.id));
            let job = host.ended(&begun.id).await;
            assert_eq!(job.status, JobStatus::Succeeded, "{job:#?}");
            let receipt = job.items[0].receipt.as_ref().unwrap();
            assert_eq!(
                (receipt.level, receipt.key_uses, receipt.input_sha256.as_str()),
                (case.level, 0, case.sha256.as_str())
            );
        }
        if left.is_empty() && end != End::Recorded {
            self.extend(&host).await;
        }
        let (new, trail) = (self.results_since(), self.trail(&host).await);
        let [name] = new.as_slice() else { panic!("{new:?}") };
        let path = self.results().join(name);
        let act = if end == End::Named { "result_recovered" } else { "document_extended" };
        let done = of(&trail, "document_extended", "succeeded") + of(&trail, "result_recovered", "succeeded");
        assert_eq!((done, of(&trail, act, "succeeded")), (1, 1), "{trail:#?}");
        assert!(named.is_none_or(|digest| digest == sha256(&path)), "what lay there, not another one");
        let record = trail.iter().find(|own| own.act == act && own.phase == "succeeded").unwrap();
        let level = format!("b-{}", level_of(case.level).to_lowercase());
        let said = ["output", "output_sha256", "level_reached", "level"].map(|key| record.detail[key].as_str());
        let digest = sha256(&path);
        assert_eq!(said, [name.as_str(), digest.as_str(), level.as_str(), level.as_str()]);
        assert!(["pades", "cades-detached", "cades-enveloping"].contains(&record.detail["format"].as_str()));
        let intents: Vec<_> =
            trail.iter().filter(|own| own.act == "document_extended" && own.phase == "intent").collect();
        assert_eq!(record.document, intents.last().unwrap().document);
        let again =
            intents.iter().filter(|own| own.detail.get("again").is_some_and(|why| why == "interrupted")).count();
        assert_eq!(again, usize::from(end == End::Interrupted), "its record says why: {intents:#?}");
        let report = host.verify_path(&path).await;
        let signature = report.signatures.iter().find(|own| own.level.contains("B-")).unwrap();
        assert_eq!(signature.integrity, Integrity::Ok, "{report:#?}");
        assert!(signature.level.ends_with(&format!("B-{}", level_of(case.level))), "{report:#?}");
        assert!(signature.time_stamps.iter().all(|own| own.integrity == Integrity::Ok), "{report:#?}");
        let registry = registry(&self.home()).await;
        assert!(registry.open_batches().await.unwrap().is_empty(), "nothing is left to be settled");
        registry.close().await;
        host.assert_sound().await;
        if end == End::Recorded {
            // It can be done once more beside what is there.
            self.extend(&host).await;
        }
        let litter: Vec<String> = names(&self.results()).into_iter().filter(|name| Self::temporary(name)).collect();
        assert!(litter.is_empty(), "it is swept by who writes there next: {litter:?}");
        host.assert_sound().await;
        end
    }

    async fn extend(&self, host: &Host) {
        let document = host.pick_one(&self.document()).await;
        let request = json!({"documents": [document.id], "level": self.case.level, "output_folder": null});
        let started: JobSnapshot = host.ask("extend_start", request).await.unwrap();
        let job = host.ended(&started.id).await;
        assert_eq!(job.status, JobStatus::Succeeded, "{job:#?}");
    }
}

async fn registry(home: &Path) -> Registry {
    Registry::open(home.join("demo/registry.db"), None).await.unwrap()
}

async fn at_every_look_at_the_clock(form: FormatChoice) {
    let Some(cases) = ladder(form).await else { return };
    for case in &cases {
        let mut ends = BTreeSet::new();
        for at in 1.. {
            let scene = Scene::of(case);
            let died = scene.dies(at);
            let end = scene.reopened().await;
            ends.insert(end);
            if !died {
                assert_eq!(end, End::Recorded);
                println!("{form:?} {}: {at} looks at the clock, {ends:?}", level_of(case.level));
                break;
            }
        }
        // Before anything, in the middle, with a name and no record, and with both.
        assert!(ends.contains(&End::Interrupted) && ends.contains(&End::Named), "{ends:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_pdf_is_extended() {
    at_every_look_at_the_clock(FormatChoice::Pades).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_detached_signature_is_extended() {
    at_every_look_at_the_clock(FormatChoice::CadesDetached).await;
}

/// A thousand names are taken, so that the result waits for its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn between_the_announcement_and_the_name() {
    let Some(cases) = ladder(FormatChoice::CadesEnveloping).await else { return };
    let case = cases.last().unwrap();
    let mut ends = Vec::new();
    for _ in 0..20 {
        let mut scene = Scene::of(case);
        scene.crowd(990);
        let registry = registry(&scene.home()).await;
        let mut child = scene.start(-1);
        let told = async || {
            let Some(batch) = registry.open_batches().await.unwrap().pop() else { return false };
            let item = registry.batch_items(batch.id).await.unwrap().remove(0);
            item.state == BatchItemState::Running && item.output_sha256.is_some()
        };
        let announced = loop {
            if told().await {
                break true;
            }
            if child.try_wait().unwrap().is_some() {
                break false;
            }
        };
        let _ = child.kill();
        child.wait().unwrap();
        let told = told().await;
        registry.close().await;
        let end = scene.reopened().await;
        ends.push(end);
        if announced && end == End::Interrupted && told {
            return;
        }
    }
    panic!("never in between: {ends:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anywhere() {
    const KILLS: u32 = 12;
    let Some(cases) = ladder(FormatChoice::Pades).await else { return };
    let case = cases.last().unwrap();
    let scene = Scene::of(case);
    let begin = Instant::now();
    assert!(!scene.dies(-1));
    let whole = begin.elapsed();
    assert_eq!(scene.reopened().await, End::Recorded);
    let mut ends = Vec::new();
    for kill in 1..=KILLS {
        let scene = Scene::of(case);
        let mut child = scene.start(-1);
        // More of them towards the end, where the most happens.
        let left = whole * (KILLS - kill) / KILLS;
        std::thread::sleep(whole.saturating_sub(left / 2).saturating_sub(Duration::from_millis(50)));
        let _ = child.kill();
        child.wait().unwrap();
        ends.push(scene.reopened().await);
    }
    println!("{ends:?}");
}

/// So many that some are left when it dies: eight are under way at once.
const MANY: usize = 30;

/// Copies of a signature in a folder of their own.
fn many(scene: &Scene<'_>) -> (PathBuf, Vec<PathBuf>) {
    let folder = scene.folder.path().join(INSIDE).join("muitos");
    std::fs::create_dir_all(&folder).unwrap();
    let paths: Vec<PathBuf> = (0..MANY).map(|number| folder.join(format!("{number:02}.pdf"))).collect();
    for path in &paths {
        std::fs::copy(scene.document(), path).unwrap();
    }
    (folder, paths)
}

/// Lets the process die with so many results beside the documents, or where none is wanted as it begins the first one.
fn dies_with(scene: &Scene<'_>, folder: &Path, paths: &[PathBuf], count: usize) {
    let mut child = scene.child(paths, if count == 0 { FIRST_BEGINS } else { -1 });
    if count > 0 {
        child.env(RESULTS, folder).env(LAST_RESULT, (paths.len() + count).to_string());
    }
    assert!(Scene::died(&mut child), "it ended before it died");
}

/// Its look at the clock when the batch is in the journal and no document has a result.
const FIRST_BEGINS: i64 = 5;

fn results(folder: &Path) -> Vec<String> {
    names(folder).into_iter().filter(|name| name.contains("-b-t")).collect()
}

/// How often each document is on record as done, and how often it was begun again.
async fn on_record(host: &Host, seq: u64) -> (BTreeMap<String, usize>, usize) {
    let mut done: BTreeMap<String, usize> = BTreeMap::new();
    let mut again = 0;
    for record in host.trail().await.into_iter().filter(|own| own.seq > seq) {
        let is_ours = matches!(record.act.as_str(), "document_extended" | "result_recovered");
        if is_ours && record.phase == "succeeded" {
            *done.entry(record.document.unwrap()).or_default() += 1;
        } else if record.act == "document_extended" && record.phase == "intent" {
            again += usize::from(record.detail.contains_key("again"));
        }
    }
    (done, again)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_it_takes_many_upwards() {
    let Some(cases) = ladder(FormatChoice::Pades).await else { return };
    let case = &cases[0];
    // It dies when its first document begins, with the first result, and later.
    for moment in [0, 1, 5, 12] {
        let scene = Scene::of(case);
        let (folder, paths) = many(&scene);
        dies_with(&scene, &folder, &paths, moment);
        let registry = registry(&scene.home()).await;
        let there: BTreeMap<String, String> =
            results(&folder).into_iter().map(|name| (name.clone(), sha256(&folder.join(name)))).collect();

        let host = Host::on(&scene.home(), Options::default());
        host.state().await;
        reach(&host, case.lab.certificate("root"));
        let look = async || host.ask::<Vec<BatchView>>("batches_interrupted", json!({})).await.unwrap();
        let [batch] = look().await.try_into().unwrap();
        assert_eq!((batch.kind, batch.level, batch.total as usize), (BatchKind::Extend, Some(case.level), MANY));
        assert_eq!((batch.done + batch.left) as usize, MANY, "{batch:?}");
        assert!(batch.done as usize <= there.len() && batch.left > 0, "{batch:?}, {} there", there.len());
        // One that had not begun is another file now.
        let items = registry.batch_items(batch.id.parse().unwrap()).await.unwrap();
        registry.close().await;
        let waiting = items.iter().find(|item| item.state == BatchItemState::Waiting).unwrap();
        let mut bytes = std::fs::read(&waiting.path).unwrap();
        bytes.extend(b"\n% de outra pessoa\n");
        std::fs::write(&waiting.path, bytes).unwrap();
        assert_eq!(look().await[0].changed, 1);

        let job = host.office.resume_batch(&batch.id, None).await.map_err(|error| error.wire()).unwrap();
        assert_eq!((job.status, job.items.len()), (JobStatus::Partly, MANY), "{job:#?}");
        for (path, item) in paths.iter().zip(&job.items) {
            let name = path.file_name().unwrap().to_string_lossy();
            assert_eq!(item.name, name);
            if *path == waiting.path {
                let error = item.error.as_ref().unwrap();
                assert_eq!((item.state, error.code.as_str()), (ItemState::Failed, "document_changed"));
                assert_eq!(error.params["name"], name, "refused by its name");
                continue;
            }
            assert_eq!(item.state, ItemState::Done, "{item:?}");
            let receipt = item.receipt.as_ref().unwrap();
            assert_eq!((receipt.level, receipt.key_uses), (case.level, 0));
            let result = folder.join(format!("{}-b-t.pdf", path.file_stem().unwrap().to_string_lossy()));
            assert_eq!(sha256(&result), receipt.output_sha256);
        }
        assert_eq!(results(&folder).len(), MANY - 1, "one result each");
        for (name, digest) in &there {
            assert_eq!(&sha256(&folder.join(name)), digest, "what was there is not made again");
        }
        let (done, again) = on_record(&host, case.seq).await;
        assert!(done.len() == MANY - 1 && done.values().all(|times| *times == 1), "{done:?}");
        println!("killed with {} results: {} on record, {again} begun again", there.len(), batch.done);
        assert!(again <= 8, "only what was under way");
        assert!(names(&folder).iter().all(|name| !Scene::temporary(name)));
        assert!(look().await.is_empty());
        assert_eq!(host.refused("batch_resume", json!({"id": batch.id})).await.code, "batch_over");
        host.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_of_many_is_given_up() {
    let Some(cases) = ladder(FormatChoice::Pades).await else { return };
    let case = &cases[0];
    let scene = Scene::of(case);
    let (folder, paths) = many(&scene);
    dies_with(&scene, &folder, &paths, 3);
    let there = results(&folder).len();
    let host = Host::on(&scene.home(), Options::default());
    host.state().await;
    let [batch] = host.ask::<Vec<BatchView>>("batches_interrupted", json!({})).await.unwrap().try_into().unwrap();
    let reason = json!({"id": batch.id, "reason": "o ato foi cancelado"});
    assert!(host.ask::<Vec<BatchView>>("batch_abandon", reason).await.unwrap().is_empty());
    assert_eq!(results(&folder).len(), there, "what was extended stays");
    let (done, again) = on_record(&host, case.seq).await;
    assert_eq!((done.len(), again), (there, 0), "all that lies there is on record");
    let record = host.trail().await.into_iter().rev().find(|own| own.act == "batch_abandoned").unwrap();
    assert_eq!((record.detail["reason"].as_str(), record.detail["level"].as_str()), ("o ato foi cancelado", "b-t"));
    assert_eq!(record.detail["left"], (MANY - there).to_string());
    host.assert_sound().await;
}
