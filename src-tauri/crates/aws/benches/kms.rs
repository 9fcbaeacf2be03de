//! How close a batch of signatures comes to what latency and quota allow. The last line is JSON.
//!
//! KMS is a stub of our own in this process (P-256, one thread): the emulators are slower than the quota of AWS. It answers
//! 30 ms late, as a KMS in the same country does.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cartorio_core::{Digest, HashAlgorithm};
use cartorio_keys::{DigestSigner, KeyManager, KeySpec, SignatureAlgorithm, SigningLimits, SoftwareKey, sign_all};
use cartorio_testkit::fault_proxy::{Answer, FaultProxy};
use serde_json::{Value, json};

const LATENCY: Duration = Duration::from_millis(30);
const CONCURRENCY: usize = 32;
const ROUNDS: usize = 5;
const ARN: &str = "arn:aws:kms:sa-east-1:000000000000:key/00000000-0000-4000-8000-000000000000";
const ALGORITHM: SignatureAlgorithm = SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256);

#[tokio::main]
async fn main() {
    let proxy = stub();
    proxy.latency(LATENCY);

    let measured = measured_latency(&proxy);
    println!("the stub answers after {:.2} ms on average", measured.as_secs_f64() * 1000.0);

    // (a) Latency alone: an account whose quota is no obstacle. At half the product's concurrency, and at all of it, where two
    // processors that are stub and client at once come to their end.
    let mut ratios = Vec::new();
    for concurrency in [CONCURRENCY / 2, CONCURRENCY] {
        let free = SigningLimits { concurrency, per_second: 100_000 };
        let signer = signer(&proxy, free).await;
        run(&signer, 2 * concurrency, concurrency).await;
        ratios.push(latency_ratio(&signer, concurrency).await);
    }

    // (b) A quota of 1,000 a second with a tenth of a second in stock, and the queue as it is.
    proxy.limit("Sign", 1_000, 100);
    let signer = self::signer(&proxy, SigningLimits::default()).await;
    run(&signer, 2 * CONCURRENCY, CONCURRENCY).await;
    let held = run(&signer, 4_000, 2 * CONCURRENCY).await;
    let held_throttled = proxy.throttled("Sign");
    println!("4000 digests against 1000/s: {:.0}/s, {} errors, {held_throttled} throttled", held.rate, held.errors);

    // (c) The same quota, and a queue that believes in twice as much.
    let wrong = SigningLimits { concurrency: 2 * CONCURRENCY, per_second: 2_000 };
    let signer = self::signer(&proxy, wrong).await;
    let over = run(&signer, 4_000, 4 * CONCURRENCY).await;
    let over_throttled = proxy.throttled("Sign") - held_throttled;
    println!("the same, believing in 2000/s: {:.0}/s, {} errors, {over_throttled} throttled", over.rate, over.errors);

    let line = json!({
        "bench": "kms",
        "latency_ms": 30,
        "latency_ms_measured": measured.as_secs_f64() * 1000.0,
        "concurrency": CONCURRENCY,
        "digests": 500,
        "ratio_at_half": ratios[0],
        "ratio": ratios[1],
        "quota_per_second": 1000,
        "held_per_second": held.rate,
        "held_errors": held.errors,
        "held_throttled": held_throttled,
        "over_per_second": over.rate,
        "over_errors": over.errors,
        "over_throttled": over_throttled,
    });
    println!("{line}");
    assert!(held.errors == 0 && over.errors == 0, "a batch must not fail because of a quota");
}

/// The rate of 500 digests over the best that `concurrency` and the latency allow; the median of several rounds.
async fn latency_ratio(signer: &Arc<dyn DigestSigner>, concurrency: usize) -> f64 {
    let ideal = concurrency as f64 / LATENCY.as_secs_f64();
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let done = run(signer, 500, concurrency).await;
        assert_eq!(done.errors, 0);
        ratios.push(done.rate / ideal);
    }
    ratios.sort_by(f64::total_cmp);
    let ratio = ratios[ROUNDS / 2];
    println!("500 digests, {concurrency} at once, 30 ms each: median {ratio:.3} of {ideal:.0}/s (bar 0.90)");
    ratio
}

/// What a bare connection sees of the injected latency.
fn measured_latency(proxy: &FaultProxy) -> Duration {
    const TIMES: u32 = 50;
    let mut stream = TcpStream::connect(proxy.endpoint().trim_start_matches("http://")).expect("the stub");
    stream.set_nodelay(true).expect("no delay");
    let start = Instant::now();
    for _ in 0..TIMES {
        stream
            .write_all(b"POST / HTTP/1.1\r\nX-Amz-Target: TrentService.DescribeKey\r\nContent-Length: 2\r\n\r\n{}")
            .expect("a request");
        // The answer is short and comes in one piece.
        assert!(stream.read(&mut [0; 4096]).expect("an answer") > 0);
    }
    start.elapsed() / TIMES
}

struct Done {
    rate: f64,
    errors: usize,
}

async fn run(signer: &Arc<dyn DigestSigner>, count: usize, concurrency: usize) -> Done {
    let digests = (0..count).map(|n| Digest::of(HashAlgorithm::Sha256, &n.to_be_bytes())).collect();
    let start = Instant::now();
    let batch = sign_all(Arc::clone(signer), digests, concurrency, |_, _| ControlFlow::Continue(())).await;
    let took = start.elapsed().as_secs_f64();
    let good = batch.results.iter().filter(|result| matches!(result, Some(Ok(_)))).count();
    if let Some(error) = batch.stopped_by {
        println!("stopped by {error}");
    }
    Done { rate: good as f64 / took, errors: count - good }
}

async fn signer(proxy: &FaultProxy, limits: SigningLimits) -> Arc<dyn DigestSigner> {
    let kms = common::kms(&proxy.endpoint()).await.with_signing_limits(limits);
    Arc::from(kms.signer(&common::reference(ARN), ALGORITHM).await.expect("a signer"))
}

/// A KMS with one P-256 key.
fn stub() -> FaultProxy {
    let key = SoftwareKey::generate(KeySpec::EcP256).expect("a key");
    FaultProxy::serve(move |asked| {
        let answer = match asked.operation.as_str() {
            "DescribeKey" => json!({"KeyMetadata": {
                "KeyId": ARN, "Arn": ARN, "KeyState": "Enabled", "KeyManager": "CUSTOMER", "KeyUsage": "SIGN_VERIFY",
                "KeySpec": "ECC_NIST_P256", "SigningAlgorithms": ["ECDSA_SHA_256"],
            }}),
            "GetPublicKey" => {
                json!({"KeyId": ARN, "PublicKey": aws_smithy_types::base64::encode(&key.public_key().spki)})
            }
            _ => {
                let body: Value = serde_json::from_slice(&asked.body).expect("JSON");
                let digest =
                    aws_smithy_types::base64::decode(body["Message"].as_str().expect("a message")).expect("base64");
                let digest = Digest::from_bytes(HashAlgorithm::Sha256, digest).expect("a digest");
                let value = key.sign_digest(ALGORITHM, &digest).expect("a signature");
                json!({"KeyId": ARN, "Signature": aws_smithy_types::base64::encode(value)})
            }
        };
        Answer::json(200, answer.to_string())
    })
}
