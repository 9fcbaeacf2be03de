//! The process dies while it takes a signature of earlier days upwards: at every moment that it looks at the clock, between the
//! announcement of the result and its name, and anywhere.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cartorio_net::{Fetcher, Reach};
use cartorio_office::dto::{AuditRecordView, FormatChoice, Integrity, JobSnapshot, JobStatus, SignLevel};
use cartorio_registry::Registry;
use cartorio_testkit::lab::{Lab, Person};
use serde_json::json;
use tempfile::TempDir;

use crate::host::{Host, Options, built_apart, copy, names, path_of, sha256};
use crate::levels::{Desk, level_of, of_format, sample};
use crate::rotation_kill::{arm, mined_clock};

const HOME: &str = "CARTORIO_TEST_HOME";
const DOCUMENT: &str = "CARTORIO_TEST_DOCUMENT";
const LEVEL: &str = "CARTORIO_TEST_LEVEL";
const ROOT: &str = "CARTORIO_TEST_ROOT";
/// Which look at the clock is the last one; none without it.
const AT: &str = "CARTORIO_TEST_AT";
/// The setting that announced results stand in.
const ANNOUNCED: &str = "results_announced";

/// The process that dies; started by the tests below.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "only as a child of the tests of this module"]
async fn victim() {
    let (Some(home), Ok(at)) = (std::env::var_os(HOME), std::env::var(AT)) else { return };
    let root = std::fs::read(std::env::var_os(ROOT).unwrap()).unwrap();
    let host = Host::on(Path::new(&home), Options { wrap: mined_clock, ..Options::default() });
    host.state().await;
    reach(&host, root);
    let document = host.pick_one(Path::new(&std::env::var_os(DOCUMENT).unwrap())).await;
    let request = json!({"documents": [document.id], "level": std::env::var(LEVEL).unwrap(), "output_folder": null});
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
    /// The result has its name, and the next start put it on record.
    Recovered,
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
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "extension_kill::victim", "--ignored", "--nocapture"])
            .env(HOME, self.home())
            .env(DOCUMENT, self.document())
            .env(LEVEL, serde_json::to_value(self.case.level).unwrap().as_str().unwrap())
            .env(ROOT, self.case.lab.path("root.der"))
            .env(AT, at.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    /// Tells whether it died at look `at` at the clock.
    fn dies(&self, at: i64) -> bool {
        let output = self.start(at).wait_with_output().unwrap();
        let died = !output.status.success();
        let said = String::from_utf8_lossy(&output.stdout);
        // A test that fails says so; a process that aborts says nothing more.
        assert!(!died || !said.contains("test result"), "{said}");
        died
    }

    /// What the next start makes of it: the old file as it was, and a whole new one or none; every act has its end.
    async fn reopened(&self) -> End {
        let case = self.case;
        let host = Host::on(&self.home(), Options::default());
        let state = host.state().await;
        assert_eq!(state.resume_problem, None);
        reach(&host, case.lab.certificate("root"));
        assert_eq!(sha256(&self.document()), case.sha256, "what was there is not touched");
        let temporary = |name: &String| name.starts_with(".cartorio-") && name.ends_with(".tmp");
        let new: Vec<String> =
            names(&self.results()).into_iter().filter(|name| !self.before.contains(name) && !temporary(name)).collect();
        let trail: Vec<AuditRecordView> = host.trail().await.into_iter().filter(|own| own.seq > case.seq).collect();
        let of = |act: &str, phase: &str| trail.iter().filter(|own| own.act == act && own.phase == phase).count();
        let begun = of("document_extended", "intent");
        let ends = (
            of("document_extended", "interrupted"),
            of("document_extended", "succeeded"),
            of("result_recovered", "succeeded"),
        );
        let end = match (new.as_slice(), begun, ends) {
            ([], 0, (0, 0, 0)) => End::Untouched,
            ([], 1, (1, 0, 0)) => End::Interrupted,
            ([_], 1, (1, 0, 1)) => End::Recovered,
            ([_], 1, (0, 1, 0)) => End::Recorded,
            other => panic!("{other:?}: {trail:#?}"),
        };
        let shown = state.interrupted.iter().filter(|own| own.act == "document_extended").count();
        assert_eq!(shown, ends.0, "a person is told: {state:?}");
        if let [name] = new.as_slice() {
            let path = self.results().join(name);
            let act = if end == End::Recovered { "result_recovered" } else { "document_extended" };
            let record = trail.iter().find(|own| own.act == act && own.phase == "succeeded").unwrap();
            let level = format!("b-{}", level_of(case.level).to_lowercase());
            let said = ["output", "output_sha256", "level_reached", "level"].map(|key| record.detail[key].as_str());
            let digest = sha256(&path);
            assert_eq!(said, [name.as_str(), digest.as_str(), level.as_str(), level.as_str()]);
            assert_eq!(record.document, trail.iter().find(|own| own.phase == "intent").unwrap().document);
            let report = host.verify_path(&path).await;
            let signature = report.signatures.iter().find(|own| own.level.contains("B-")).unwrap();
            assert_eq!(signature.integrity, Integrity::Ok, "{report:#?}");
            assert!(signature.level.ends_with(&format!("B-{}", level_of(case.level))), "{report:#?}");
            assert!(signature.time_stamps.iter().all(|own| own.integrity == Integrity::Ok), "{report:#?}");
        }
        let registry = registry(&self.home()).await;
        let left = registry.setting(ANNOUNCED).await.unwrap();
        registry.close().await;
        assert!(left.is_none_or(|text| text == "{}"), "nothing is left to be settled");
        host.assert_sound().await;
        // It can be done again, or once more beside what is there.
        let document = host.pick_one(&self.document()).await;
        let request = json!({"documents": [document.id], "level": case.level, "output_folder": null});
        let started: JobSnapshot = host.ask("extend_start", request).await.unwrap();
        let job = host.ended(&started.id).await;
        assert_eq!(job.status, JobStatus::Succeeded, "{job:#?}");
        let litter: Vec<String> = names(&self.results()).into_iter().filter(temporary).collect();
        assert!(litter.is_empty(), "it is swept by who writes there next: {litter:?}");
        host.assert_sound().await;
        end
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
        assert!(ends.contains(&End::Interrupted) && ends.contains(&End::Recovered), "{ends:?}");
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
        let announced = loop {
            let told = registry.setting(ANNOUNCED).await.unwrap();
            if told.is_some_and(|text| text != "{}") {
                break true;
            }
            if child.try_wait().unwrap().is_some() {
                break false;
            }
        };
        let _ = child.kill();
        child.wait().unwrap();
        let told = registry.setting(ANNOUNCED).await.unwrap();
        registry.close().await;
        let end = scene.reopened().await;
        ends.push(end);
        if announced && end == End::Interrupted && told.is_some_and(|text| text != "{}") {
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
