//! Signatures to the archive level, with authorities, responders and lists that are real servers on loopback, before EU DSS,
//! pyHanko, veraPDF and OpenSSL.

mod archives;
mod beforehand;
mod beside;
mod countersigning;
mod documents;
mod enclosing;
mod entries;
mod extended_by_dss;
mod extending;
mod huge;
mod outdated;
mod policies;
mod present;
mod proven;
mod refusing;
mod retrying;
mod rows;
mod sealed;
mod signing;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use cartorio_net::{Fetcher, Reach};
use cartorio_office::dto::{
    AuditRecordView, DocumentInfo, ErrorChoice, FormatChoice, IdentitySummary, JobItem, JobSnapshot, JobStatus,
    OnError, Receipt, RequestView, SignLevel, SignProfile, SignRequest, TrustView, TsaView,
};
use cartorio_testkit::fault_proxy::{Answer, FaultProxy, Request};
use cartorio_testkit::judges::{self, DssJob, DssSignature, PyHankoJob};
use cartorio_testkit::lab::{self, Lab, P12_PASSWORD, Person};
use serde_json::{Value, json};

use crate::host::{Host, path_of, sign_request};
use crate::people::approve;

/// An office beside a laboratory: it trusts the laboratory's root, and reaches its servers.
pub struct Desk {
    pub host: Host,
    pub lab: &'static Lab,
}

impl Desk {
    /// `None`, said aloud, where the laboratory is not installed.
    pub async fn open() -> Option<Self> {
        let lab = Lab::shared()?;
        let desk = Self::beside(Host::demo().await, lab);
        desk.trust("root").await;
        Some(desk)
    }

    /// An office that reaches the laboratory's servers.
    pub fn beside(host: Host, lab: &'static Lab) -> Self {
        let fetcher = Fetcher::new(Reach::Anywhere).trusting(vec![lab.certificate("root")]);
        assert!(host.office.use_fetcher(Arc::new(fetcher)));
        Self { host, lab }
    }

    /// Trusts a root by two people.
    pub async fn trust(&self, label: &str) {
        let path = self.lab.path(&format!("{label}.pem"));
        let request = self.host.office.trust_anchor_request_path(&path, "Laboratório").await;
        let request: RequestView = request.map_err(|error| error.wire()).unwrap();
        approve(&self.host, &request.id).await;
        self.host.ask::<TrustView>("trust_anchor_apply", json!({"id": request.id})).await.unwrap();
    }

    /// A signer of the laboratory, as an A1 file whose password is kept.
    pub async fn signer(&self, person: Person) -> IdentitySummary {
        let file = self.host.folder("a1").join(format!("{}.p12", person.label()));
        std::fs::write(&file, self.lab.person(person).p12).unwrap();
        let document = self.host.pick_one(&file).await;
        let request = json!({
            "document": {"id": document.id}, "password": self.host.sealed(P12_PASSWORD).await, "keep": true,
            "label": person.label(),
        });
        self.host.ask("a1_add", request).await.unwrap()
    }

    /// A time-stamp authority at the end of the list.
    pub async fn authority(&self, name: &str, url: &str) -> Vec<TsaView> {
        let request = json!({"name": name, "url": url, "auth": "none", "timeout_seconds": 20});
        self.host.ask("tsa_save", request).await.unwrap()
    }

    /// A document of its own folder.
    pub async fn document(&self, name: &str, content: &[u8]) -> DocumentInfo {
        let path = self.host.folder("entrada").join(name);
        std::fs::write(&path, content).unwrap();
        self.host.pick_one(&path).await
    }

    pub async fn sign(
        &self,
        identity: &IdentitySummary,
        documents: &[DocumentInfo],
        profile: SignProfile,
    ) -> JobSnapshot {
        self.host.sign(&request(identity, documents, profile)).await
    }

    /// Signs one document, which must succeed.
    pub async fn signed(&self, identity: &IdentitySummary, document: &DocumentInfo, profile: SignProfile) -> Signed {
        done(self.sign(identity, std::slice::from_ref(document), profile).await)
    }

    /// Signs one document, which must fail; nothing may be written. Gives the code and what is on record.
    pub async fn refused(
        &self,
        identity: &IdentitySummary,
        document: &DocumentInfo,
        profile: SignProfile,
    ) -> (String, Option<AuditRecordView>) {
        let (seq, before) = (self.host.last_seq().await, crate::host::names(Path::new(&document.folder)));
        let job = self.sign(identity, std::slice::from_ref(document), profile).await;
        assert_eq!(job.status, JobStatus::Failed, "{job:?}");
        assert_eq!(crate::host::names(Path::new(&document.folder)), before, "nothing is written");
        let code = job.items[0].error.as_ref().unwrap().code.clone();
        let trail = self.host.trail().await;
        let record = trail.into_iter().rev().find(|own| own.seq > seq && own.act == "document_signed");
        if let Some(record) = &record {
            assert_eq!((record.phase.as_str(), record.error_code.as_ref()), ("failed", Some(&code)));
        }
        (code, record)
    }

    /// Extends one document.
    pub async fn extend(&self, document: &DocumentInfo, level: SignLevel) -> JobSnapshot {
        let request = json!({"documents": [document.id], "level": level, "output_folder": null});
        let started: JobSnapshot = self.host.ask("extend_start", request).await.unwrap();
        self.host.ended(&started.id).await
    }

    pub async fn extended(&self, document: &DocumentInfo, level: SignLevel) -> Signed {
        done(self.extend(document, level).await)
    }

    /// EU DSS passes every signature; the levels that it sees. From B-LT on it is given nothing but the root.
    pub fn dss(
        &self,
        file: &Path,
        content: Option<&Path>,
        password: Option<&str>,
        complete: bool,
    ) -> Option<Vec<DssSignature>> {
        let found = judges::dss(&DssJob {
            file: file.to_owned(),
            content: content.map(Path::to_owned),
            password: password.map(str::to_owned),
            anchors: vec![self.lab.path("root.pem")],
            certificates: if complete { Vec::new() } else { vec![self.lab.path("act.pem")] },
            crls: if complete { Vec::new() } else { self.lists() },
            ..DssJob::default()
        })?;
        for signature in &found {
            assert_eq!(signature.indication, "TOTAL_PASSED", "{}: {signature:#?}", file.display());
            let stamps_pass = signature.timestamps.iter().all(|own| own.indication.as_deref() == Some("PASSED"));
            assert!(stamps_pass, "{}: {signature:#?}", file.display());
            assert!(!signature.changes.iter().any(|own| own.starts_with("undefined")), "{signature:#?}");
        }
        Some(found)
    }

    /// EU DSS and pyHanko on a file with one signature: valid, and of exactly this level.
    pub fn judge(&self, signed: &Path, content: Option<&Path>, family: &str, level: SignLevel) {
        let name = level_of(level);
        let complete = level >= SignLevel::BLt;
        if let Some(found) = self.dss(signed, content, None, complete) {
            let levels: Vec<&str> = found.iter().map(|own| own.level.as_str()).collect();
            assert_eq!(levels, [format!("{family}-BASELINE-{name}")], "{}: {found:#?}", signed.display());
        }
        let job = PyHankoJob {
            file: signed.to_owned(),
            content: content.map(Path::to_owned),
            root: vec![self.lab.path("root.pem")],
            certificate: vec![self.lab.path("act.pem")],
            crl: if complete { Vec::new() } else { self.lists() },
            ades: Some(format!("B-{name}")),
            ltv: complete && family == "PAdES",
            ..PyHankoJob::default()
        };
        if let Some(report) = judges::pyhanko(&job) {
            let signature = &report["signatures"][0];
            assert_eq!(signature["bottom_line"], true, "{}: {report}", signed.display());
            assert_eq!(signature["ades"]["status"], "PASSED", "{}: {report}", signed.display());
            assert!(!job.ltv || signature["ltv"]["valid"] == true, "{}: {report}", signed.display());
        }
    }

    pub fn lists(&self) -> Vec<PathBuf> {
        let folder = self.host.folder("juizes");
        let list = |issuer: &str| {
            let path = folder.join(format!("{issuer}.crl"));
            std::fs::write(&path, self.lab.crl(issuer)).unwrap();
            path
        };
        ["root", "issuing", "act"].map(list).to_vec()
    }

    /// The newest record of an act.
    pub async fn record(&self, act: &str) -> AuditRecordView {
        self.host.trail().await.into_iter().rev().find(|own| own.act == act).unwrap()
    }
}

/// An authority that answers so many questions, and lets whoever asks more wait until it is told to go on.
pub struct Held {
    pub server: FaultProxy,
    gate: Arc<(Mutex<u32>, Condvar)>,
}

impl Held {
    /// Answers like the authority at `url`, `first` questions.
    pub fn before(url: &str, first: u32) -> Self {
        let gate = Arc::new((Mutex::new(first), Condvar::new()));
        let (own, url) = (Arc::clone(&gate), url.to_owned());
        let server = FaultProxy::serve(move |query| {
            let (left, more) = &*own;
            // Not for ever: the server ends when a test has failed, too.
            let waits = more.wait_timeout_while(left.lock().unwrap(), Duration::from_secs(60), |left| *left == 0);
            let mut left = waits.unwrap().0;
            *left = left.saturating_sub(1);
            drop(left);
            stamped(&url, query)
        });
        Self { server, gate }
    }

    /// Answers all who wait, and whoever asks from here on.
    pub fn go_on(&self) {
        *self.gate.0.lock().unwrap() = u32::MAX;
        self.gate.1.notify_all();
    }
}

/// What the authority at `url` answers.
pub fn stamped(url: &str, query: &Request) -> Answer {
    let answer = lab::post(url, "application/timestamp-query", &query.body, &[]).unwrap();
    let headers = vec![("Content-Type".to_owned(), "application/timestamp-reply".to_owned())];
    Answer { status: 200, headers, body: answer.body }
}

/// A result.
#[derive(Debug)]
pub struct Signed {
    pub path: PathBuf,
    pub document: DocumentInfo,
    pub receipt: Receipt,
}

/// The one result of a job that succeeded.
pub fn done(job: JobSnapshot) -> Signed {
    assert_eq!(job.status, JobStatus::Succeeded, "{:#?}", job.items);
    let [JobItem { output: Some(document), receipt: Some(receipt), .. }] = &job.items[..] else { panic!("{job:?}") };
    Signed { path: path_of(document), document: document.clone(), receipt: receipt.clone() }
}

pub fn request(identity: &IdentitySummary, documents: &[DocumentInfo], profile: SignProfile) -> SignRequest {
    SignRequest { profile, ..sign_request(&identity.id, documents) }
}

/// Nobody is there to be asked: a batch goes on after every error.
pub fn profile(level: SignLevel) -> SignProfile {
    let go_on = ErrorChoice::GoOn;
    let on_error = OnError { document: go_on, service: go_on, key: go_on, output: go_on };
    SignProfile { level, on_error, ..SignProfile::default() }
}

pub fn of_format(format: FormatChoice, level: SignLevel) -> SignProfile {
    SignProfile { format, ..profile(level) }
}

pub const fn level_of(level: SignLevel) -> &'static str {
    match level {
        SignLevel::BB => "B",
        SignLevel::BT => "T",
        SignLevel::BLt => "LT",
        SignLevel::BLta => "LTA",
    }
}

/// The code of the only item's error.
pub fn code(job: &JobSnapshot) -> &str {
    job.items[0].error.as_ref().map_or("", |error| error.code.as_str())
}

/// A page with a line of text.
pub fn page() -> Vec<u8> {
    crate::refusals::pdf("")
}

/// One of the samples that come with the program.
pub fn sample(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples").join(name)).unwrap()
}

pub fn json_of(value: impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}
