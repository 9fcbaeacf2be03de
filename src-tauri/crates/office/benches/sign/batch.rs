//! Many small documents with a local key.

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
    let (openssl, own) = (openssl_rsa2048(), rsa_operation());
    println!("one RSA-2048 operation: {:.3} ms of CPU (openssl speed), {:.3} ms (AWS-LC)", openssl * 1e3, own * 1e3);
    let runtime = desk::runtime();
    let mut results = serde_json::Map::new();
    for (name, format, content, extension) in [
        ("pades", FormatChoice::Pades, page as fn(usize) -> Vec<u8>, "pdf"),
        ("p7s", FormatChoice::CadesDetached, text, "txt"),
    ] {
        let mut rounds: Vec<Took> = (0..ROUNDS).map(|_| runtime.block_on(round(count, format, content, extension))).collect();
        rounds.sort_by(|left, right| left.seconds.total_cmp(&right.seconds));
        #[allow(clippy::cast_precision_loss, reason = "numbers of documents")]
        let per = |seconds: f64| seconds / count as f64;
        let rate = 1.0 / per(rounds[0].seconds);
        let cpu = rounds.iter().map(|round| per(round.cpu)).fold(f64::MAX, f64::min);
        println!(
            "{name}: {count} documents, best of {ROUNDS}: {rate:.0}/s (bar {RATE:.0}), {:.3} ms of CPU each = {:.2} RSA operations (bar {BAR}), load {:.1}",
            cpu * 1e3,
            cpu / openssl,
            load(),
        );
        results.insert(
            name.to_owned(),
            serde_json::json!({ "per_second": rate, "cpu_ms": cpu * 1e3, "ratio": cpu / openssl, "ok": cpu / openssl < BAR && rate >= RATE }),
        );
    }
    results.insert("bench".to_owned(), "batch".into());
    results.insert("documents".to_owned(), count.into());
    results.insert("rsa_ms".to_owned(), (openssl * 1e3).into());
    results.insert("aws_lc_rsa_ms".to_owned(), (own * 1e3).into());
    results.insert("peak_mib".to_owned(), peak_mib().into());
    results.insert("load".to_owned(), load().into());
    println!("{}", serde_json::Value::Object(results));
}

/// A new office each time: the trail of the round before is not in the way.
async fn round(count: usize, format: FormatChoice, content: fn(usize) -> Vec<u8>, extension: &str) -> Took {
    let folder = tempfile::tempdir().unwrap();
    let (office, identity) = demo(folder.path().join("casa")).await;
    let documents = documents(&office, &folder.path().join("entrada"), count, content, extension).await;
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
