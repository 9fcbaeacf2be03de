//! Signing many small PDFs with a local RSA-2048 key, trail, journal and durable output included.
//!
//! `cargo bench -p cartorio-office --bench batch` signs a batch in the demonstration's office, and prints documents per second,
//! seconds of CPU per document beside those of the bare RSA operation, and one line of JSON.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // A program for developers.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use cartorio_aws::AwsCloud;
use cartorio_core::{Digest, HashAlgorithm, SystemClock};
use cartorio_keys::{DigestSigner as _, KeySpec};
use cartorio_office::dto::{Empty, ItemState, JobRef, JobSnapshot, JobStatus, SignProfile, SignRequest};
use cartorio_office::{Commands, Desktop, Dialogs, EventSink, Home, Office, PickFiles, Ports, SaveFile};
use cartorio_testkit::pki::{SoftwareSigner, run};

const DOCUMENTS: usize = 1_000;
const OPERATIONS: u32 = 500;
const ROUNDS: usize = 3;

fn main() {
    let rsa = rsa_operation();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (mut rate, mut per_document) = (0.0_f64, f64::MAX);
    for _ in 0..ROUNDS {
        let (seconds, cpu) = runtime.block_on(batch());
        rate = rate.max(DOCUMENTS as f64 / seconds);
        per_document = per_document.min(cpu / DOCUMENTS as f64);
    }
    println!("{rate:.0} documents a second; CPU per document {:.2} ms, the RSA operation {:.2} ms", per_document * 1e3, rsa * 1e3);
    println!(
        "{}",
        serde_json::json!({ "bench": "batch", "documents": DOCUMENTS, "per_second": rate, "cpu_ms": per_document * 1e3, "rsa_ms": rsa * 1e3, "ratio": per_document / rsa })
    );
}

/// Seconds of CPU for one RSA-2048 signature, as the test kit's software key makes it.
fn rsa_operation() -> f64 {
    let spec = KeySpec::Rsa2048;
    let signer = SoftwareSigner::generate(spec, spec.default_algorithm());
    let digest = Digest::of(HashAlgorithm::Sha256, b"ata");
    let before = cpu();
    for _ in 0..OPERATIONS {
        run(signer.sign_digest(&digest)).unwrap();
    }
    (cpu() - before) / f64::from(OPERATIONS)
}

/// Seconds of wall clock and of CPU for a batch, from its start to its end.
async fn batch() -> (f64, f64) {
    let folder = tempfile::tempdir().unwrap();
    let office = office(folder.path().join("casa"));
    office.demo_start(Empty {}).await.unwrap();
    let identity = office.identities_list(Empty {}).await.unwrap().remove(0);
    let input = folder.path().join("entrada");
    std::fs::create_dir(&input).unwrap();
    let paths: Vec<PathBuf> = (0..DOCUMENTS)
        .map(|number| {
            let path = input.join(format!("{number}.pdf"));
            std::fs::write(&path, pdf(number)).unwrap();
            path
        })
        .collect();
    let documents = office.documents_dropped(paths).await.documents.into_iter().map(|own| own.id).collect();
    let request = SignRequest {
        documents,
        identity: identity.id,
        algorithm: None,
        reason: None,
        location: None,
        output_folder: None,
        unseen_reason: None,
        profile: SignProfile::default(),
    };
    let (before, begin) = (cpu(), Instant::now());
    let job = office.sign_start(request).await.unwrap();
    let ended = loop {
        let job = office.job_get(JobRef { id: job.id.clone() }).await.unwrap();
        if job.status != JobStatus::Running {
            break job;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let measured = (begin.elapsed().as_secs_f64(), cpu() - before);
    assert!(ended.items.iter().all(|item| item.state == ItemState::Done), "what was measured did the work");
    measured
}

/// A page without anything on it.
fn pdf(number: usize) -> Vec<u8> {
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

fn office(home: PathBuf) -> Office {
    let clock = Arc::new(SystemClock);
    let aws = Arc::new(AwsCloud::new(clock.clone()));
    let nobody = Arc::new(Nobody);
    let ports = Ports { clock, dialogs: nobody.clone(), desktop: nobody.clone(), events: nobody, cloud: aws.clone(), authorities: aws };
    Office::new(Home::new(home), ports)
}

/// Nobody is there to click.
struct Nobody;

#[async_trait]
impl Dialogs for Nobody {
    async fn pick_files(&self, _: PickFiles) -> Vec<PathBuf> {
        Vec::new()
    }

    async fn pick_folder(&self, _: String) -> Option<PathBuf> {
        None
    }

    async fn save_file(&self, _: SaveFile) -> Option<PathBuf> {
        None
    }
}

impl Desktop for Nobody {
    fn reveal(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn open_url(&self, _: &str) -> io::Result<()> {
        Ok(())
    }
}

impl EventSink for Nobody {
    fn job(&self, _: &JobSnapshot) {}
}

/// Seconds of user and system time of this process, in steps of 10 ms.
fn cpu() -> f64 {
    // Fields 14 and 15 of /proc/self/stat; the name in field 2 may hold blanks.
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux, where it is measured");
    let fields: Vec<_> = stat[stat.rfind(')').unwrap() + 2..].split(' ').collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks / 100.0
}
