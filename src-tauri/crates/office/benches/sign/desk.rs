//! An office where nobody is, and documents to sign.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Instant;

use cartorio_aws::AwsCloud;
use cartorio_core::SystemClock;
use cartorio_office::dto::{
    DocumentInfo, Empty, FormatChoice, IdentitySummary, ItemState, JobRef, JobSnapshot, JobStatus, SignProfile,
    SignRequest,
};
use cartorio_office::{Commands, EventSink, Home, Office, Ports};
use cartorio_testkit::measure::cpu_seconds;
use tokio::sync::Notify;

/// What a batch took, from its start to its end.
pub struct Took {
    pub seconds: f64,
    pub cpu: f64,
    pub job: JobSnapshot,
}

/// The demonstration, open, with its identity: a local RSA-2048 key.
pub async fn demo(home: PathBuf) -> (Office, IdentitySummary) {
    let clock = Arc::new(SystemClock);
    let aws = Arc::new(AwsCloud::new(clock.clone()));
    let office = Office::new(Home::new(home), heard(Ports::unattended(clock, aws.clone(), aws)));
    office.demo_start(Empty {}).await.unwrap();
    let identity = office.identities_list(Empty {}).await.unwrap().remove(0);
    (office, identity)
}

/// Writes `count` files that differ, and opens them.
pub async fn documents(
    office: &Office,
    folder: &Path,
    count: usize,
    content: fn(usize) -> Vec<u8>,
    extension: &str,
) -> Vec<DocumentInfo> {
    std::fs::create_dir_all(folder).unwrap();
    let paths = (0..count)
        .map(|number| {
            let path = folder.join(format!("{number:05}.{extension}"));
            std::fs::write(&path, content(number)).unwrap();
            path
        })
        .collect();
    office.documents_dropped(paths).await.documents
}

/// Signs; every document must succeed, or nothing was measured.
pub async fn sign(
    office: &Office,
    identity: &IdentitySummary,
    documents: &[DocumentInfo],
    format: FormatChoice,
) -> Took {
    sign_as(office, identity, documents, SignProfile { format, ..SignProfile::default() }).await
}

/// As [`sign`], with every choice there is.
pub async fn sign_as(
    office: &Office,
    identity: &IdentitySummary,
    documents: &[DocumentInfo],
    profile: SignProfile,
) -> Took {
    let request = SignRequest {
        documents: documents.iter().map(|own| own.id.clone()).collect(),
        identity: identity.id.clone(),
        algorithm: None,
        reason: None,
        location: None,
        output_folder: None,
        unseen_reason: None,
        evidence: Vec::new(),
        authorities: Vec::new(),
        contents: Vec::new(),
        profile,
    };
    let (before, begin) = (cpu_seconds(), Instant::now());
    let started = office.sign_start(request).await.unwrap();
    let job = ended(office, &started.id).await;
    let took = Took { seconds: begin.elapsed().as_secs_f64(), cpu: cpu_seconds() - before, job };
    for item in &took.job.items {
        assert_eq!(item.state, ItemState::Done, "{:?}", item.error);
    }
    took
}

/// Hears when jobs end, as the window and the terminal do. A snapshot is a copy of every document's state; asked for twenty times a
/// second, it would be a good part of what is measured.
#[derive(Default)]
struct Ends {
    jobs: Mutex<HashSet<String>>,
    more: Notify,
}

impl EventSink for Ends {
    fn job(&self, job: &JobSnapshot) {
        if job.status != JobStatus::Running {
            self.jobs.lock().unwrap().insert(job.id.clone());
            self.more.notify_waiters();
        }
    }
}

static ENDS: LazyLock<Arc<Ends>> = LazyLock::new(Arc::default);

/// Ports of a host whose jobs [`sign`] waits for.
pub fn heard(ports: Ports) -> Ports {
    Ports { events: ENDS.clone(), ..ports }
}

async fn ended(office: &Office, job: &str) -> JobSnapshot {
    loop {
        let more = ENDS.more.notified();
        if ENDS.jobs.lock().unwrap().contains(job) {
            return office.job_get(JobRef { id: job.to_owned() }).await.unwrap();
        }
        more.await;
    }
}

/// A page without anything on it.
pub fn page(number: usize) -> Vec<u8> {
    let mut bytes = format!("%PDF-1.7\n% {number}\n").into_bytes();
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>",
    ];
    let mut offsets = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        offsets.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n{object}\nendobj\n", index + 1).into_bytes());
    }
    let start = bytes.len();
    bytes.extend(b"xref\n0 4\n0000000000 65535 f \n");
    for offset in offsets {
        bytes.extend(format!("{offset:010} 00000 n \n").into_bytes());
    }
    bytes.extend(format!("trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").into_bytes());
    bytes
}

/// A text.
pub fn text(number: usize) -> Vec<u8> {
    format!("Ata número {number}.\n").repeat(20).into_bytes()
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}
