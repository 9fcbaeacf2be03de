//! CPU of one local RSA-2048 signature beside `openssl speed` in the same run.
//!
//! `cargo bench -p cartorio-keys --bench local_sign` prints three times and their ratios to OpenSSL's, and one line of
//! JSON: the signing operation alone (`SoftwareKey::sign_digest`, whose bar is 1.2), and the local signer with everything
//! that belongs to a signature (state of the key, verification of the value, last use, the change of thread).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // A program for developers.

use std::sync::Arc;

use cartorio_core::{Digest, HashAlgorithm, SecretBytes, SystemClock};
use cartorio_keys::local::{Keyring, KeyringError, LocalKeys, LocalOptions, PlainFile};
use cartorio_keys::{CreateKey, KeyManager, KeySpec, SignatureAlgorithm, SoftwareKey};
use cartorio_testkit::measure::{cpu_seconds, openssl_rsa2048};

const BAR: f64 = 1.2;
const ROUNDS: usize = 5;
const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let key = SoftwareKey::generate(KeySpec::Rsa2048).unwrap();
    let digest = Digest::of(HashAlgorithm::Sha256, b"escritura");
    let signer = runtime.block_on(async {
        let options = LocalOptions {
            keyring: Arc::new(NoKeyring),
            plain_file: PlainFile::Allow,
            ..LocalOptions::new(folder.path(), Arc::new(SystemClock))
        };
        let keys = LocalKeys::open(options).await.unwrap();
        let info = keys.create(CreateKey::named(KeySpec::Rsa2048, "medida")).await.unwrap();
        keys.signer(&info.key_ref, ALGORITHM).await.unwrap()
    });

    // In turns, and the least of each: what else the machine does disturbs one round and not the measure.
    let (mut openssl, mut operation, mut whole) = (f64::MAX, f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        openssl = openssl.min(openssl_rsa2048(1));
        operation = operation.min(cpu_per_call(|| {
            key.sign_digest(ALGORITHM, &digest).unwrap();
        }));
        whole = whole.min(cpu_per_call(|| {
            runtime.block_on(signer.sign_digest(&digest)).unwrap();
        }));
    }
    let (ratio, whole_ratio) = (operation / openssl, whole / openssl);
    println!("openssl speed rsa2048: {:.1} us of CPU for a signature", openssl * 1e6);
    println!("SoftwareKey:           {:.1} us, ratio {ratio:.3} (bar {BAR})", operation * 1e6);
    println!("LocalKeys signer:      {:.1} us, ratio {whole_ratio:.3}, with its verification", whole * 1e6);
    println!(
        "{}",
        serde_json::json!({
            "bench": "local_sign", "openssl_us": openssl * 1e6, "software_us": operation * 1e6,
            "signer_us": whole * 1e6, "ratio": ratio, "signer_ratio": whole_ratio, "bar": BAR, "ok": ratio <= BAR,
        })
    );
}

/// Seconds of CPU of this process for one call, over 1.5 s of CPU: the clock for it has steps of 10 ms.
fn cpu_per_call(mut call: impl FnMut()) -> f64 {
    for _ in 0..50 {
        call();
    }
    let (before, mut calls) = (cpu_seconds(), 0_u32);
    loop {
        for _ in 0..20 {
            call();
        }
        calls += 20;
        let spent = cpu_seconds() - before;
        if spent >= 1.5 {
            return spent / f64::from(calls);
        }
    }
}

/// A session without any keyring.
struct NoKeyring;

impl Keyring for NoKeyring {
    fn get(&self, _: &str, _: &str) -> Result<Option<SecretBytes>, KeyringError> {
        Err(KeyringError::Absent("none".to_owned()))
    }

    fn set(&self, _: &str, _: &str, _: &SecretBytes) -> Result<(), KeyringError> {
        Err(KeyringError::Absent("none".to_owned()))
    }

    fn delete(&self, _: &str, _: &str) -> Result<(), KeyringError> {
        Err(KeyringError::Absent("none".to_owned()))
    }
}
