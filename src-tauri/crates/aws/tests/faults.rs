//! Faults between us and KMS: throttling, outages, answers that lie. Each has its own error, and none a signature.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use cartorio_aws::{AwsKms, Limits};
use cartorio_core::{Digest, HashAlgorithm};
use cartorio_keys::conformance::unique_alias;
use cartorio_keys::{KeyError, KeyManager, KeySpec, SignatureAlgorithm};
use cartorio_testkit::emulator::{shared_ministack, start_microburst};
use common::{Caller, REGION, admin, kms, reference, request, session};

const P256: SignatureAlgorithm = SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256);

fn digest() -> Digest {
    Digest::of(HashAlgorithm::Sha256, b"escritura")
}

async fn impatient(endpoint: &str) -> AwsKms {
    let limits = Limits {
        attempts: 2,
        connect: Duration::from_secs(1),
        attempt: Duration::from_secs(1),
        operation: Duration::from_secs(4),
    };
    session(endpoint, Caller { limits, ..Caller::default() }).await.kms()
}

#[tokio::test]
async fn throttling_is_absorbed_and_counted_until_it_is_too_much() {
    let Some(server) = shared_ministack() else { return };
    let Some(proxy) = start_microburst(&server.endpoint()) else { return };
    let kms = kms(&proxy.endpoint()).await;
    let info = kms.create(request(KeySpec::EcP256, &unique_alias("apressada"))).await.unwrap();
    let signer = kms.signer(&info.key_ref, P256).await.unwrap();

    proxy.add_rules(r#"[{"service":"kms","operation":"Sign","times":1,"error":{"code":"ThrottlingException"}}]"#);
    let signature = signer.sign_digest(&digest()).await.unwrap();
    assert_eq!(signature.attempts, 2, "CloudTrail may hold two entries for it");

    proxy.add_rules(r#"[{"service":"kms","operation":"Sign","times":4,"error":{"code":"ThrottlingException"}}]"#);
    assert_eq!(signer.sign_digest(&digest()).await.err(), Some(KeyError::Throttled { attempts: 4 }));
    assert_eq!(signer.sign_digest(&digest()).await.unwrap().attempts, 1, "and then it is over");
}

#[tokio::test]
async fn a_quota_is_not_waited_for_and_a_failing_service_is_named() {
    let Some(server) = shared_ministack() else { return };
    let Some(proxy) = start_microburst(&server.endpoint()) else { return };
    let kms = kms(&proxy.endpoint()).await;
    // One refusal only: a second attempt would succeed.
    proxy.add_rules(
        r#"[{"service":"kms","operation":"CreateKey","times":1,"error":{"code":"LimitExceededException"}}]"#,
    );
    let outcome = kms.create(request(KeySpec::EcP256, &unique_alias("demais"))).await.err();
    assert!(matches!(outcome, Some(KeyError::LimitExceeded { .. })), "{outcome:?}");

    let kms = impatient(&proxy.endpoint()).await;
    let info = kms.create(request(KeySpec::EcP256, &unique_alias("falha"))).await.unwrap();
    let signer = kms.signer(&info.key_ref, P256).await.unwrap();
    proxy.add_rules(r#"[{"service":"kms","operation":"Sign","times":9,"error":{"code":"KMSInternalException"}}]"#);
    let outcome = signer.sign_digest(&digest()).await.err();
    assert!(
        matches!(&outcome, Some(KeyError::Backend { reason, .. }) if reason.contains("KMSInternalException")),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn the_connection_test_says_what_sts_says() {
    let Some(server) = shared_ministack() else { return };
    let Some(proxy) = start_microburst(&server.endpoint()) else { return };
    let session = session(&proxy.endpoint(), Caller::default()).await;
    session.test().await.unwrap();
    for (code, expected) in [
        ("InvalidClientTokenId", KeyError::InvalidCredentials { reason: "InvalidClientTokenId".to_owned() }),
        ("SignatureDoesNotMatch", KeyError::InvalidCredentials { reason: "SignatureDoesNotMatch".to_owned() }),
        ("RequestTimeTooSkewed", KeyError::ClockSkew),
        ("ExpiredTokenException", KeyError::ExpiredCredentials),
    ] {
        proxy.add_rules(&format!(
            r#"[{{"service":"sts","operation":"GetCallerIdentity","times":1,"error":{{"code":"{code}","status":403}}}}]"#
        ));
        assert_eq!(session.test().await.err(), Some(expected), "{code}");
    }
    session.test().await.unwrap();
}

#[tokio::test]
async fn a_key_that_could_not_be_named_is_not_lost() {
    let Some(server) = shared_ministack() else { return };
    let Some(proxy) = start_microburst(&server.endpoint()) else { return };
    let through = kms(&proxy.endpoint()).await;
    proxy.add_rules(
        r#"[{"service":"kms","operation":"CreateAlias","times":1,"error":{"code":"LimitExceededException"}}]"#,
    );
    let alias = unique_alias("orfa");
    match through.create(request(KeySpec::EcP256, &alias)).await.err() {
        Some(KeyError::CreatedWithoutAlias { key, alias: wanted, reason }) => {
            assert_eq!(wanted, alias);
            assert!(reason.contains("quota"), "{reason}");
            kms(&server.endpoint()).await.describe(&reference(key)).await.expect("the key that the error names");
        }
        other => panic!("a silent orphan: {other:?}"),
    }
}

#[tokio::test]
async fn nobody_there_and_nobody_answering_are_unreachable() {
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    for port in [closed, silent.local_addr().unwrap().port()] {
        let endpoint = format!("http://127.0.0.1:{port}");
        let kms = impatient(&endpoint).await;
        match kms.describe(&reference("alias/balcao")).await.err() {
            Some(KeyError::Unreachable { endpoint: named, reason }) => {
                assert_eq!(named, endpoint);
                assert!(!reason.is_empty());
                eprintln!("{reason}");
            }
            other => panic!("{endpoint}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_web_page_instead_of_kms_is_not_taken_for_an_answer() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 65536]);
            let page = "<html>Wi-Fi do cartório: entre com sua senha</html>";
            let length = page.len();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{page}"
            );
        }
    });
    let kms = impatient(&format!("http://127.0.0.1:{port}")).await;
    let outcome = kms.describe(&reference("alias/balcao")).await.err();
    assert!(matches!(outcome, Some(KeyError::Backend { .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_server_that_lies_is_found_out() {
    let Some(server) = shared_ministack() else { return };
    let honest = kms(&server.endpoint()).await;
    let info = honest.create(request(KeySpec::EcP256, &unique_alias("verdade"))).await.unwrap();
    let rsa = honest.create(request(KeySpec::Rsa2048, &unique_alias("verdade-rsa"))).await.unwrap();
    let id = info.key_id.rsplit('/').next().unwrap().to_owned();
    let other_id: String = id.chars().map(|c| if c == '0' { '1' } else if c == '-' { c } else { '0' }).collect();

    // The proxy itself is honest when told nothing.
    let proxy = lying_proxy(&server.endpoint(), |_| {});
    let through = kms(&proxy).await;
    through.signer(&info.key_ref, P256).await.unwrap().sign_digest(&digest()).await.unwrap();

    let flip = lying_proxy(&server.endpoint(), |answer| {
        // The last base64 digit before padding would be partly unused; the first hold the ASN.1 header or the top bits.
        if let Some(start) = value_of(answer, "Signature") {
            let byte = &mut answer[start + 20];
            *byte = if *byte == b'A' { b'B' } else { b'A' };
        }
    });
    let through = kms(&flip).await;
    for (key, algorithm) in [
        (&info, P256),
        (&rsa, SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256)),
        (&rsa, SignatureAlgorithm::rsa_pss(HashAlgorithm::Sha256)),
    ] {
        let signer = through.signer(&key.key_ref, algorithm).await.unwrap();
        let bad = Some(KeyError::BadSignature { key: key.key_ref.to_string() });
        assert_eq!(signer.sign_digest(&digest()).await.err(), bad, "{algorithm}");
    }

    let swap = lying_proxy(&server.endpoint(), move |answer| {
        if value_of(answer, "Signature").is_some() {
            replace(answer, id.as_bytes(), other_id.as_bytes());
        }
    });
    let signer = kms(&swap).await.signer(&info.key_ref, P256).await.unwrap();
    let bad = Some(KeyError::BadSignature { key: info.key_ref.to_string() });
    assert_eq!(signer.sign_digest(&digest()).await.err(), bad, "the answer names another key");
}

#[tokio::test]
async fn a_public_key_of_another_key_signs_nothing() {
    let Some(server) = shared_ministack() else { return };
    let honest = kms(&server.endpoint()).await;
    let one = honest.create(request(KeySpec::EcP256, &unique_alias("uma"))).await.unwrap();
    let two = honest.create(request(KeySpec::EcP256, &unique_alias("outra"))).await.unwrap();
    let admin = admin(&server.endpoint(), REGION);
    let encoded = |spki: &[u8]| base64(spki);
    let mut keys = Vec::new();
    for info in [&one, &two] {
        let answer = admin.get_public_key().key_id(&info.key_id).send().await.unwrap();
        keys.push(encoded(answer.public_key().unwrap().as_ref()));
    }
    let (from, to) = (keys[0].clone(), keys[1].clone());
    let proxy = lying_proxy(&server.endpoint(), move |answer| replace(answer, from.as_bytes(), to.as_bytes()));
    let signer = kms(&proxy).await.signer(&one.key_ref, P256).await.unwrap();
    assert_eq!(signer.public_key(), &honest.public_key(&two.key_ref).await.unwrap(), "the lie works");
    let bad = Some(KeyError::BadSignature { key: one.key_ref.to_string() });
    assert_eq!(signer.sign_digest(&digest()).await.err(), bad);
}

/// Forwards to `upstream` and lets `lie` change every answer. Ends with the test process.
fn lying_proxy(upstream: &str, lie: impl Fn(&mut [u8]) + Clone + Send + 'static) -> String {
    let upstream = upstream.strip_prefix("http://").unwrap().to_owned();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let client = client.unwrap();
            let server = TcpStream::connect(&upstream).unwrap();
            let (upward, downward) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || copy(upward, downward, |_| {}));
            let lie = lie.clone();
            thread::spawn(move || copy(server, client, lie));
        }
    });
    format!("http://127.0.0.1:{port}")
}

fn copy(mut from: TcpStream, mut to: TcpStream, change: impl Fn(&mut [u8])) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        // Headers and body may come in two pieces; a body of this size comes in one.
        change(&mut buffer[..read]);
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// Where the value of the JSON member `name` begins.
fn value_of(answer: &[u8], name: &str) -> Option<usize> {
    let member = find(answer, format!("\"{name}\"").as_bytes())? + name.len() + 2;
    Some(member + find(&answer[member..], b"\"")? + 1)
}

fn replace(answer: &mut [u8], from: &[u8], to: &[u8]) {
    assert_eq!(from.len(), to.len(), "the length must stay");
    while let Some(at) = find(answer, from) {
        answer[at..at + to.len()].copy_from_slice(to);
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn base64(bytes: &[u8]) -> String {
    aws_smithy_types::base64::encode(bytes)
}
