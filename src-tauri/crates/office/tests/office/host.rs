//! A host for the office: scripted dialogs, recorded events, a clock that can be moved, AWS with a keyring in memory.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use cartorio_aws::{AwsCloud, CredentialStore, Limits};
use cartorio_core::{Clock, Digest, HashAlgorithm, JobId, SecretString, WireError};
use cartorio_office::dto::{
    AppState, AuditPage, AuditRecordView, DocumentInfo, IdentitySummary, JobSnapshot, JobStatus, KeySummary,
    OutputFolder, SecretChannel, SignRequest, TrailView, VerifyReport,
};
use cartorio_office::{
    Desktop, Dialogs, EventSink, Home, MasterChoice, MasterOptions, Office, Passphrase, PickFiles, Ports, Question,
    SaveFile,
};
use cartorio_registry::{Registry, Role};
use cartorio_testkit::keyring::MemoryKeyring;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tempfile::TempDir;
use time::OffsetDateTime;

use crate::wire::{Tap, dispatch, seal};

pub const PASSPHRASE: &str = "uma frase secreta de ensaio 4711";

/// An office with everything around it.
pub struct Host {
    pub office: Arc<Office>,
    pub dialogs: Arc<Script>,
    pub events: Arc<Recorder>,
    pub desktop: Arc<Shown>,
    pub clock: Arc<MovableClock>,
    pub keyring: Arc<MemoryKeyring>,
    pub tap: Tap,
    home: PathBuf,
    folder: Option<TempDir>,
}

/// What a host is made with.
pub struct Options {
    pub master: MasterOptions,
    pub limits: Limits,
    pub keyring: Arc<MemoryKeyring>,
    /// Puts something between the office and what is outside.
    pub wrap: fn(Ports) -> Ports,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            master: MasterOptions { passphrase: Passphrase::None, choice: MasterChoice::PlainFile },
            limits: impatient(),
            keyring: Arc::default(),
            wrap: |ports| ports,
        }
    }
}

/// Master key under a passphrase, as production without a keyring has it.
pub fn with_passphrase() -> MasterOptions {
    MasterOptions {
        passphrase: Passphrase::Given(SecretString::new(PASSPHRASE.to_owned())),
        choice: MasterChoice::Passphrase,
    }
}

/// As patient as the product, but not with a machine that does not even take the connection.
pub fn impatient() -> Limits {
    Limits { connect: Duration::from_secs(2), ..Limits::default() }
}

impl Host {
    /// An installation that was never started.
    pub fn fresh() -> Self {
        Self::fresh_with(Options::default())
    }

    pub fn fresh_with(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut host = Self::on(&folder.path().join("casa"), options);
        host.folder = Some(folder);
        host
    }

    /// Another office on an existing home.
    pub fn on(home: &Path, options: Options) -> Self {
        let dialogs = Arc::<Script>::default();
        let tap = Tap::default();
        let events = Arc::new(Recorder { tap: tap.clone(), ..Recorder::default() });
        let desktop = Arc::<Shown>::default();
        let clock = Arc::<MovableClock>::default();
        let store = CredentialStore::new(options.keyring.clone(), Duration::from_secs(5));
        let aws = Arc::new(AwsCloud::with(store, clock.clone(), options.limits));
        let ports = Ports {
            clock: clock.clone(),
            dialogs: dialogs.clone(),
            desktop: desktop.clone(),
            events: events.clone(),
            cloud: aws.clone(),
            authorities: aws,
        };
        let office = Arc::new(Office::with_master(Home::new(home), (options.wrap)(ports), options.master));
        Self {
            office,
            dialogs,
            events,
            desktop,
            clock,
            keyring: options.keyring,
            tap,
            home: home.to_owned(),
            folder: None,
        }
    }

    /// The demonstration, open. Its keys are made once for all tests; each has its own copy.
    pub async fn demo() -> Self {
        static BUILT: OnceLock<TempDir> = OnceLock::new();
        let built = BUILT.get_or_init(|| {
            built_once(|home| async move {
                let host = Self::on(&home, Options::default());
                host.ask::<AppState>("demo_start", json!({})).await.unwrap();
            })
        });
        let host = Self::fresh();
        copy(built.path(), &host.home);
        host.ask::<AppState>("demo_start", json!({})).await.unwrap();
        host
    }

    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Where the registry of the demonstration lies.
    pub fn demo_folder(&self) -> PathBuf {
        self.home.join("demo")
    }

    /// A folder of this test's own, outside the home.
    pub fn folder(&self, name: &str) -> PathBuf {
        let folder = self.home.parent().unwrap().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// One command, as the page gives it.
    pub async fn ask<T: DeserializeOwned>(&self, command: &str, request: Value) -> Result<T, WireError> {
        self.tap.note(&format!("> {command} {request}"));
        let answer = dispatch(&self.office, command, request).await;
        match &answer {
            Ok(value) => self.tap.note(&format!("< {value}")),
            Err(error) => self.tap.note(&format!("! {}", serde_json::to_string(error).unwrap())),
        }
        Ok(serde_json::from_value(answer?).unwrap())
    }

    /// The code with which a command fails.
    pub async fn refused(&self, command: &str, request: Value) -> WireError {
        match self.ask::<Value>(command, request.clone()).await {
            Err(error) => error,
            Ok(answer) => panic!("{command} {request} was to be refused and says {answer}"),
        }
    }

    pub async fn code(&self, command: &str, request: Value) -> String {
        self.refused(command, request).await.code
    }

    pub async fn state(&self) -> AppState {
        self.ask("app_state", json!({})).await.unwrap()
    }

    /// Chooses files in the dialog for signing.
    pub async fn pick(&self, paths: &[PathBuf]) -> Vec<DocumentInfo> {
        self.dialogs.files.lock().unwrap().push_back(paths.to_vec());
        self.ask("documents_pick", json!({"purpose": "sign"})).await.unwrap()
    }

    pub async fn pick_one(&self, path: &Path) -> DocumentInfo {
        self.pick(&[path.to_owned()]).await.remove(0)
    }

    pub async fn pick_folder(&self, path: &Path) -> OutputFolder {
        self.dialogs.folders.lock().unwrap().push_back(path.to_owned());
        self.ask::<Option<OutputFolder>>("output_folder_pick", json!({})).await.unwrap().unwrap()
    }

    pub async fn identities(&self) -> Vec<IdentitySummary> {
        self.ask("identities_list", json!({})).await.unwrap()
    }

    /// A new key with a certificate from the office's CA. Gives the identity.
    pub async fn identity(&self, spec: &str, label: &str) -> IdentitySummary {
        let key = self.key(spec, label).await;
        self.identity_for(&key.key_ref, label).await.unwrap()
    }

    pub async fn key(&self, spec: &str, label: &str) -> KeySummary {
        // Tests share one server.
        let alias = format!("{label}-{}", JobId::generate());
        self.ask("key_create", json!({"spec": spec, "alias": alias, "description": "ensaio"})).await.unwrap()
    }

    pub async fn identity_for(&self, key_ref: &str, label: &str) -> Result<IdentitySummary, WireError> {
        let request =
            json!({"key_ref": key_ref, "label": label, "holder": "JOANA DE ENSAIO", "email": "joana@exemplo.com.br"});
        self.ask("identity_create", request).await
    }

    /// Starts a batch and waits for its end.
    pub async fn sign(&self, request: &SignRequest) -> JobSnapshot {
        let started: JobSnapshot = self.ask("sign_start", json!(request)).await.unwrap();
        self.ended(&started.id).await
    }

    pub async fn ended(&self, job: &str) -> JobSnapshot {
        for _ in 0..60_000 {
            let snapshot: JobSnapshot = self.ask("job_get", json!({"id": job})).await.unwrap();
            if snapshot.status != JobStatus::Running {
                return snapshot;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the job never ends");
    }

    pub async fn verify(&self, document: &str) -> VerifyReport {
        self.ask("verify", json!({"document": document})).await.unwrap()
    }

    /// Opens a file by its path and verifies it.
    pub async fn verify_path(&self, path: &Path) -> VerifyReport {
        let document = self.pick_one(path).await;
        self.verify(&document.id).await
    }

    /// The whole trail, oldest first.
    pub async fn trail(&self) -> Vec<AuditRecordView> {
        let mut records = Vec::new();
        let mut before: Option<u64> = None;
        loop {
            let page: AuditPage = self.ask("audit_list", json!({"before": before, "limit": 500})).await.unwrap();
            before = page.records.last().map(|record| record.seq);
            records.extend(page.records);
            if !page.more {
                break;
            }
        }
        records.reverse();
        records
    }

    pub async fn last_seq(&self) -> u64 {
        self.trail().await.last().unwrap().seq
    }

    /// Records of `act` after `seq`, as `phase` or `phase:code`.
    pub async fn phases(&self, act: &str, seq: u64) -> Vec<String> {
        let records = self.trail().await.into_iter().filter(|record| record.seq > seq && record.act == act);
        records
            .map(|record| match record.error_code {
                Some(code) => format!("{}:{code}", record.phase),
                None => record.phase,
            })
            .collect()
    }

    /// The trail must be intact and every intent ended.
    pub async fn assert_sound(&self) -> TrailView {
        let view: TrailView = self.ask("audit_verify", json!({})).await.unwrap();
        assert!(view.intact && view.head_authenticated, "{view:?}");
        let records = self.trail().await;
        for record in records.iter().filter(|record| record.phase == "intent") {
            let results = records.iter().filter(|other| {
                other.correlation == record.correlation && other.act == record.act && other.phase != "intent"
            });
            let seqs: Vec<u64> = results.map(|result| result.seq).collect();
            assert!(
                matches!(seqs.as_slice(), [seq] if *seq > record.seq),
                "intent {} ({}) has the results {seqs:?}",
                record.seq,
                record.act
            );
        }
        view
    }

    /// A password on its way into a request.
    pub async fn sealed(&self, text: &str) -> Value {
        let channel: SecretChannel = self.ask("secret_channel", json!({})).await.unwrap();
        seal(&channel, text)
    }

    /// Gives the operator another role, behind the office's back, and starts again.
    pub async fn become_role(&self, folder: &Path, role: Role) {
        let registry = Registry::open(folder.join("registry.db"), None).await.unwrap();
        for mut operator in registry.operators().await.unwrap() {
            // The second person of the demonstration is not to be found in the seat instead.
            operator.active = operator.name.starts_with("Helena");
            operator.role = if operator.active { role } else { operator.role };
            registry.update_operator(&operator).await.unwrap();
        }
        registry.close().await;
        self.ask::<AppState>("demo_start", json!({})).await.unwrap();
    }

    /// The office's root, as a PEM file for judges.
    pub async fn root_pem(&self, identity: &str) -> PathBuf {
        let bundle: cartorio_office::dto::CertificateBundle =
            self.ask("certificates_open", json!({"from": "identity", "id": identity})).await.unwrap();
        let root = bundle.certificates.iter().find(|node| node.parent.is_none()).unwrap();
        let path = self.folder("juizes").join("raiz.pem");
        std::fs::write(&path, &root.certificate.pem).unwrap();
        path
    }
}

/// A request to sign with everything else left out.
pub fn sign_request(identity: &str, documents: &[DocumentInfo]) -> SignRequest {
    SignRequest {
        documents: documents.iter().map(|document| document.id.clone()).collect(),
        identity: identity.to_owned(),
        algorithm: None,
        reason: None,
        location: None,
        output_folder: None,
        unseen_reason: None,
        evidence: Vec::new(),
        authorities: Vec::new(),
        contents: Vec::new(),
        profile: cartorio_office::dto::SignProfile::default(),
    }
}

/// Where a result lies.
pub fn path_of(document: &DocumentInfo) -> PathBuf {
    Path::new(&document.folder).join(&document.name)
}

pub fn sha256(path: &Path) -> String {
    Digest::of(HashAlgorithm::Sha256, &std::fs::read(path).unwrap()).to_hex()
}

/// File names in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Builds a home in a runtime of its own, and waits until SQLite has put its journal away.
pub fn built_once<F: Future<Output = ()>>(build: impl FnOnce(PathBuf) -> F + Send + 'static) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    built_apart(folder.path().to_owned(), build);
    folder
}

/// As [`built_once`], in a folder that is there.
pub fn built_apart<F: Future<Output = ()>>(home: PathBuf, build: impl FnOnce(PathBuf) -> F + Send + 'static) {
    let journals = ["demo", "production"].map(|office| home.join(office).join("registry.db-wal"));
    std::thread::spawn(move || {
        tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(async move {
            build(home).await;
            // The registry closes in the background, so its runtime has to live that long.
            for _ in 0..12_000 {
                if journals.iter().all(|journal| !journal.exists()) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            panic!("the registry stays open");
        });
    })
    .join()
    .unwrap();
}

pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Answers dialogs in the order in which answers were put in; without one, the dialog is cancelled.
#[derive(Default)]
pub struct Script {
    pub files: Mutex<VecDeque<Vec<PathBuf>>>,
    pub folders: Mutex<VecDeque<PathBuf>>,
    pub saves: Mutex<VecDeque<PathBuf>>,
    pub asked: Mutex<Vec<SaveFile>>,
    pub answers: Mutex<VecDeque<bool>>,
    pub questions: Mutex<Vec<Question>>,
}

#[async_trait]
impl Dialogs for Script {
    async fn pick_files(&self, _request: PickFiles) -> Vec<PathBuf> {
        self.files.lock().unwrap().pop_front().unwrap_or_default()
    }

    async fn pick_folder(&self, _title: String) -> Option<PathBuf> {
        self.folders.lock().unwrap().pop_front()
    }

    async fn save_file(&self, request: SaveFile) -> Option<PathBuf> {
        self.asked.lock().unwrap().push(request);
        self.saves.lock().unwrap().pop_front()
    }

    async fn ask(&self, question: Question) -> bool {
        self.questions.lock().unwrap().push(question);
        self.answers.lock().unwrap().pop_front().unwrap_or_default()
    }
}

type Hook = Box<dyn Fn(&JobSnapshot) + Send>;

/// Keeps every event, and lets a test act on one.
#[derive(Default)]
pub struct Recorder {
    pub seen: Mutex<Vec<JobSnapshot>>,
    pub hook: Mutex<Option<Hook>>,
    tap: Tap,
}

impl EventSink for Recorder {
    fn job(&self, job: &JobSnapshot) {
        self.tap.note(&format!("* {}", serde_json::to_string(job).unwrap()));
        self.seen.lock().unwrap().push(job.clone());
        if let Some(hook) = &*self.hook.lock().unwrap() {
            hook(job);
        }
    }
}

/// A desktop that only remembers.
#[derive(Default)]
pub struct Shown(pub Mutex<Vec<PathBuf>>);

impl Desktop for Shown {
    fn reveal(&self, path: &Path) -> std::io::Result<()> {
        self.0.lock().unwrap().push(path.to_owned());
        Ok(())
    }

    fn open_url(&self, _url: &str) -> std::io::Result<()> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}

/// The machine's clock, moved by some seconds.
#[derive(Default)]
pub struct MovableClock(AtomicI64);

impl MovableClock {
    pub fn advance(&self, by: time::Duration) {
        self.0.fetch_add(by.whole_seconds(), Ordering::SeqCst);
    }
}

impl Clock for MovableClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + time::Duration::seconds(self.0.load(Ordering::SeqCst))
    }
}
