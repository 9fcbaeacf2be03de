//! Many small documents with a local key.

use std::path::Path;

use cartorio_core::{Digest, HashAlgorithm};
use cartorio_keys::{KeySpec, SoftwareKey};
use cartorio_office::Commands;
use cartorio_office::dto::{Empty, FormatChoice};
use cartorio_testkit::measure::{cpu_seconds, load, openssl_rsa2048, peak_mib};

use crate::desk::{self, Took, demo, documents, page, text};

pub const DOCUMENTS: usize = 2_000;
const ROUNDS: usize = 3;
/// CPU for a document, in RSA operations.
const BAR: f64 = 2.0;
/// What pyHanko signs in a second in one process, times a hundred.
const RATE: f64 = 1_200.0;

pub fn run(count: usize) {
    let runtime = desk::runtime();
    // Kept to the end: ext4 looks for inodes that were not freed in the last minutes, and what removing the round before costs is
    // not what signing costs.
    let kept = tempfile::tempdir().unwrap();
    let mut results = serde_json::Map::new();
    // One operation alone, before each round and after the last: a machine that others share is not the same for long.
    let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let cpus = u32::try_from(cpus).unwrap();
    let mut openssl = openssl_rsa2048(cpus);
    println!(
        "one RSA-2048 operation: {:.3} ms of CPU (openssl speed), {:.3} ms (AWS-LC)",
        openssl * 1e3,
        rsa_operation() * 1e3
    );
    for (name, format, content, extension) in [
        ("pades", FormatChoice::Pades, page as fn(usize) -> Vec<u8>, "pdf"),
        ("p7s", FormatChoice::CadesDetached, text, "txt"),
    ] {
        #[allow(clippy::cast_precision_loss, reason = "numbers of documents")]
        let per = |seconds: f64| seconds / count as f64;
        let mut rounds = Vec::new();
        for turn in 0..ROUNDS {
            let folder = kept.path().join(format!("{name}-{turn}"));
            let took = runtime.block_on(round(&folder, count, format, content, extension));
            let after = openssl_rsa2048(cpus);
            rounds.push(Round {
                rate: 1.0 / per(took.seconds),
                cpu: per(took.cpu),
                rsa: f64::midpoint(openssl, after),
            });
            openssl = after;
        }
        rounds.sort_by(|left, right| left.ratio().total_cmp(&right.ratio()));
        let middle = &rounds[ROUNDS / 2];
        let rate = rounds.iter().map(|round| round.rate).fold(0.0, f64::max);
        println!(
            "{name}: {count} documents, {ROUNDS} rounds: {rate:.0}/s at best (bar {RATE:.0}), {:.3} ms of CPU each = {:.2} RSA operations \
             in the middle round (bar {BAR}), load {:.1}",
            middle.cpu * 1e3,
            middle.ratio(),
            load(),
        );
        let of = |value: fn(&Round) -> f64| rounds.iter().map(value).collect::<Vec<_>>();
        results.insert(
            name.to_owned(),
            serde_json::json!({
                "per_second": of(|round| round.rate),
                "cpu_ms": of(|round| round.cpu * 1e3),
                "rsa_ms": of(|round| round.rsa * 1e3),
                "ratio": middle.ratio(),
                "ok": middle.ratio() < BAR && rate >= RATE,
            }),
        );
    }
    results.insert("bench".to_owned(), "batch".into());
    results.insert("documents".to_owned(), count.into());
    results.insert("peak_mib".to_owned(), peak_mib().into());
    results.insert("load".to_owned(), load().into());
    println!("{}", serde_json::Value::Object(results));
}

/// What one round found.
struct Round {
    /// Documents in a second.
    rate: f64,
    /// Seconds of CPU for one.
    cpu: f64,
    /// Seconds of CPU for one RSA operation at that time.
    rsa: f64,
}

impl Round {
    fn ratio(&self) -> f64 {
        self.cpu / self.rsa
    }
}

/// A new office each time: the trail of the round before is not in the way.
async fn round(
    folder: &Path,
    count: usize,
    format: FormatChoice,
    content: fn(usize) -> Vec<u8>,
    extension: &str,
) -> Took {
    let (office, identity) = demo(folder.join("casa")).await;
    let documents = documents(&office, &folder.join("entrada"), count, content, extension).await;
    let took = desk::sign(&office, &identity, &documents, format).await;
    office.session_leave(Empty {}).await.unwrap();
    took
}

/// Seconds of CPU for one RSA-2048 signature by the library that signs here.
fn rsa_operation() -> f64 {
    const OPERATIONS: u32 = 1_000;
    let key = SoftwareKey::generate(KeySpec::Rsa2048).unwrap();
    let digest = Digest::of(HashAlgorithm::Sha256, b"ata");
    let algorithm = KeySpec::Rsa2048.default_algorithm();
    let before = cpu_seconds();
    for _ in 0..OPERATIONS {
        key.sign_digest(algorithm, &digest).unwrap();
    }
    (cpu_seconds() - before) / f64::from(OPERATIONS)
}
