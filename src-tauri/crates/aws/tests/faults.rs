//! Faults between us and KMS: throttling, outages, answers that lie. Each has its own error, and none a signature.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use cartorio_aws::{AwsKms, Limits};
use cartorio_core::{Coded, Digest, HashAlgorithm};
use cartorio_keys::conformance::unique_alias;
use cartorio_keys::{
    CreateKey, CreationToken, DeletionWindow, DigestSigner, KeyError, KeyManager, KeySpec, KeyState,
    SignatureAlgorithm, sign_all, verify_digest,
};
use cartorio_testkit::emulator::{shared_ministack, start_microburst};
use cartorio_testkit::fault_proxy::{Fault, FaultProxy, Rule};
use common::{Caller, REGION, admin, kms, reference, request, session};
use tokio::net::TcpSocket;

const P256: SignatureAlgorithm = SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256);

fn digest() -> Digest {
    Digest::of(HashAlgorithm::Sha256, b"escritura")
}

/// Patient enough for a server on a busy machine; what is to be waited for in vain takes twice as long.
async fn impatient(endpoint: &str) -> AwsKms {
    let limits = Limits {
        attempts: 2,
        connect: Duration::from_secs(3),
        attempt: Duration::from_secs(3),
        operation: Duration::from_secs(20),
    };
    session(endpoint, Caller { limits, ..Caller::default() }).await.kms()
}

/// A KMS through a proxy that is honest until it is told otherwise.
async fn through_proxy() -> Option<(FaultProxy, AwsKms)> {
    let proxy = FaultProxy::start(&shared_ministack()?.endpoint());
    let kms = kms(&proxy.endpoint()).await;
    Some((proxy, kms))
}

async fn impatient_through_proxy() -> Option<(FaultProxy, AwsKms)> {
    let proxy = FaultProxy::start(&shared_ministack()?.endpoint());
    let kms = impatient(&proxy.endpoint()).await;
    Some((proxy, kms))
}

fn token() -> CreationToken {
    CreationToken::new(unique_alias("pedido")).unwrap()
}

/// How many keys carry that token: asked of the server itself.
async fn keys_made_for(token: &CreationToken) -> usize {
    let admin = admin(&shared_ministack().unwrap().endpoint(), REGION);
    let mut made = 0;
    for key in admin.list_keys().limit(1000).send().await.unwrap().keys() {
        let tags = admin.list_resource_tags().key_id(key.key_id().unwrap()).send().await.unwrap();
        made += tags.tags().iter().filter(|tag| tag.tag_value() == token.as_str()).count();
    }
    made
}

#[tokio::test]
async fn throttling_is_absorbed_and_counted_until_it_is_too_much() {
    let Some((proxy, kms)) = through_proxy().await else { return };
    let info = kms.create(request(KeySpec::EcP256, &unique_alias("apressada"))).await.unwrap();
    let signer = kms.signer(&info.key_ref, P256).await.unwrap();

    proxy.rule(Rule::on("Sign", Fault::throttling()).times(1));
    let signature = signer.sign_digest(&digest()).await.unwrap();
    assert_eq!(signature.attempts, 2, "CloudTrail may hold two entries for it");
    let slowed = kms.signing_queue().per_second();
    assert!(slowed < 700.0, "the queue of all signers slows down: {slowed}");

    proxy.rule(Rule::on("Sign", Fault::throttling()).times(6));
    assert_eq!(signer.sign_digest(&digest()).await.err(), Some(KeyError::Throttled { attempts: 6 }));
    assert_eq!(signer.sign_digest(&digest()).await.unwrap().attempts, 1, "and then it is over");
}

#[tokio::test]
async fn a_batch_against_a_small_quota_ends_without_an_error() {
    let Some((proxy, kms)) = through_proxy().await else { return };
    let info = kms.create(request(KeySpec::EcP256, &unique_alias("lote"))).await.unwrap();
    let signer: Arc<dyn DigestSigner> = Arc::from(kms.signer(&info.key_ref, P256).await.unwrap());
    // So few that sixteen at once are too many on the slowest machine.
    proxy.limit("Sign", 20, 2);
    let digests: Vec<_> = (0..80_u32).map(|n| Digest::of(HashAlgorithm::Sha256, &n.to_be_bytes())).collect();
    let batch = sign_all(Arc::clone(&signer), digests.clone(), 16, |_, _| ControlFlow::Continue(())).await;
    assert_eq!(batch.stopped_by, None);
    assert!(proxy.throttled("Sign") > 0, "the quota was met");
    for (digest, result) in digests.iter().zip(batch.results) {
        verify_digest(signer.public_key(), P256, digest, &result.unwrap().unwrap().value).unwrap();
    }
}

#[tokio::test]
async fn a_batch_stops_where_every_other_signature_would_fail_too() {
    let Some((proxy, kms)) = through_proxy().await else { return };
    let info = kms.create(request(KeySpec::EcP256, &unique_alias("lote"))).await.unwrap();
    let signer: Arc<dyn DigestSigner> = Arc::from(kms.signer(&info.key_ref, P256).await.unwrap());
    proxy.rule(Rule::on("Sign", Fault::expired_token()).after(10));
    let digests: Vec<_> = (0..100_u32).map(|n| Digest::of(HashAlgorithm::Sha256, &n.to_be_bytes())).collect();
    let batch = sign_all(signer, digests, 4, |_, _| ControlFlow::Continue(())).await;
    assert_eq!(batch.stopped_by, Some(KeyError::ExpiredCredentials));
    assert_eq!(batch.results.iter().filter(|result| matches!(result, Some(Ok(_)))).count(), 10);
    assert!(batch.results.iter().filter(|result| result.is_none()).count() >= 80);
}

#[tokio::test]
async fn what_goes_wrong_on_the_way_is_tried_again_and_recorded() {
    let Some((proxy, kms)) = impatient_through_proxy().await else { return };
    let info = kms.create(request(KeySpec::EcP256, &unique_alias("estrada"))).await.unwrap();
    let signer = kms.signer(&info.key_ref, P256).await.unwrap();
    for (fault, done) in [
        (Fault::Drop, 1),
        (Fault::Reset, 1),
        (Fault::internal(), 1),
        (Fault::error(503, "ServiceUnavailable", ""), 1),
        (Fault::LoseAnswer, 2),
        (Fault::ResetAnswer, 2),
        (Fault::Truncate, 2),
        (Fault::Slow(Duration::from_millis(800)), 2),
        (Fault::Delay(Duration::from_secs(6)), 2),
    ] {
        let before = proxy.forwarded("Sign");
        proxy.rule(Rule::on("Sign", fault.clone()).times(1));
        let signature = signer.sign_digest(&digest()).await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(signature.attempts, 2, "{fault:?}");
        verify_digest(signer.public_key(), P256, &digest(), &signature.value).unwrap();
        // A delayed request still arrives, though nobody waits for its answer any more.
        while proxy.forwarded("Sign") - before < done {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(proxy.forwarded("Sign") - before, done, "{fault:?}: KMS itself signed that often");
    }
}

#[tokio::test]
async fn what_the_service_says_has_its_code() {
    let Some((proxy, kms)) = impatient_through_proxy().await else { return };
    let info = kms.create(request(KeySpec::EcP256, &unique_alias("recados"))).await.unwrap();
    let signer = kms.signer(&info.key_ref, P256).await.unwrap();
    for (status, code, message, expected) in [
        (
            400,
            "AccessDeniedException",
            "User: x is not authorized to perform: kms:Sign on resource: y",
            "aws_access_denied",
        ),
        (400, "DisabledException", "x is disabled.", "key_disabled"),
        (400, "KMSInvalidStateException", "x is pending deletion.", "key_pending_deletion"),
        (400, "KMSInvalidStateException", "x is pending import.", "key_unavailable"),
        (500, "KeyUnavailableException", "", "key_unavailable"),
        (400, "InvalidKeyUsageException", "x", "key_wrong_usage"),
        (400, "NotFoundException", "x", "key_not_found"),
        (400, "ExpiredTokenException", "x", "aws_expired_credentials"),
        (400, "UnrecognizedClientException", "x", "aws_invalid_credentials"),
        (400, "InvalidSignatureException", "Signature expired: x is now earlier than y", "aws_clock_skew"),
        (400, "LimitExceededException", "x", "aws_limit_exceeded"),
        (400, "ValidationException", "x", "key_request_refused"),
        (500, "KMSInternalException", "x", "key_backend_failed"),
        (503, "DependencyTimeoutException", "x", "key_backend_failed"),
        (400, "NovidadeException", "x", "key_backend_failed"),
    ] {
        proxy.clear();
        proxy.rule(Rule::on("Sign", Fault::error(status, code, message)));
        let error = signer.sign_digest(&digest()).await.expect_err(code);
        assert_eq!(error.code(), expected, "{status} {code}: {error}");
    }
    proxy.clear();
    proxy.rule(Rule::on("Sign", Fault::Garbage));
    let error = signer.sign_digest(&digest()).await.expect_err("a web page is no signature");
    assert_eq!(error.code(), "key_backend_failed", "{error}");

    // One refusal only: a second attempt would succeed.
    proxy.clear();
    for operation in ["Sign", "CreateKey", "TagResource"] {
        proxy.rule(Rule::on(operation, Fault::error(400, "LimitExceededException", "x")).times(1));
    }
    let outcomes = [
        signer.sign_digest(&digest()).await.err(),
        kms.create(request(KeySpec::EcP256, &unique_alias("demais"))).await.err(),
        kms.put_tags(&info.key_ref, &[("a".to_owned(), "b".to_owned())].into()).await.err(),
    ];
    for outcome in outcomes {
        assert!(matches!(outcome, Some(KeyError::LimitExceeded { .. })), "a quota is not waited for: {outcome:?}");
    }
}

#[tokio::test]
async fn a_creation_whose_answer_is_lost_makes_one_key_and_finds_it() {
    let Some((proxy, kms)) = impatient_through_proxy().await else { return };
    for fault in [
        Fault::LoseAnswer,
        Fault::ResetAnswer,
        Fault::Truncate,
        Fault::Garbage,
        Fault::Slow(Duration::from_millis(800)),
        Fault::rewrite(|_| b"{}".to_vec()),
    ] {
        let (token, alias, before) = (token(), unique_alias("unica"), proxy.count("CreateKey"));
        proxy.rule(Rule::on("CreateKey", fault.clone()).times(1));
        let asked = CreateKey { token: Some(token.clone()), ..request(KeySpec::EcP256, &alias) };
        let info = kms.create(asked.clone()).await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!((info.aliases.as_slice(), info.spec), ([alias].as_slice(), Some(KeySpec::EcP256)), "{fault:?}");
        assert_eq!(proxy.count("CreateKey") - before, 1, "{fault:?}: it is asked for once");
        assert_eq!(keys_made_for(&token).await, 1, "{fault:?}");
        assert_eq!(kms.create(asked).await.unwrap(), info, "{fault:?}: and again gives the same");
        assert_eq!(keys_made_for(&token).await, 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_creation_that_never_arrived_is_not_repeated_behind_the_callers_back() {
    let Some((proxy, kms)) = impatient_through_proxy().await else { return };
    let (token, alias) = (token(), unique_alias("perdida"));
    let asked = CreateKey { token: Some(token.clone()), ..request(KeySpec::EcP256, &alias) };
    proxy.rule(Rule::on("CreateKey", Fault::Drop).times(1));
    let outcome = kms.create(asked.clone()).await.err();
    assert!(matches!(outcome, Some(KeyError::OutcomeUnknown { .. })), "{outcome:?}");
    assert_eq!((proxy.count("CreateKey"), keys_made_for(&token).await), (1, 0));
    let info = kms.create(asked).await.unwrap();
    assert_eq!((keys_made_for(&token).await, info.aliases), (1, vec![alias]));
}

#[tokio::test]
async fn without_a_token_a_lost_answer_is_said_and_nothing_is_made_twice() {
    let Some((proxy, kms)) = impatient_through_proxy().await else { return };
    for fault in [Fault::LoseAnswer, Fault::internal(), Fault::Drop, Fault::Delay(Duration::from_secs(6))] {
        let before = proxy.count("CreateKey");
        proxy.rule(Rule::on("CreateKey", fault.clone()).times(1));
        let outcome = kms.create(request(KeySpec::EcP256, &unique_alias("avulsa"))).await.err();
        assert!(matches!(outcome, Some(KeyError::OutcomeUnknown { .. })), "{fault:?}: {outcome:?}");
        assert_eq!(proxy.count("CreateKey") - before, 1, "{fault:?}");
    }
    // AWS did nothing: these may be asked again.
    let (came, forwarded) = (proxy.count("CreateKey"), proxy.forwarded("CreateKey"));
    proxy.rule(Rule::on("CreateKey", Fault::throttling()).times(1));
    kms.create(request(KeySpec::EcP256, &unique_alias("avulsa"))).await.unwrap();
    assert_eq!((proxy.count("CreateKey") - came, proxy.forwarded("CreateKey") - forwarded), (2, 1));
}

#[tokio::test]
async fn changes_whose_answers_are_lost_are_done_once_and_known() {
    let Some((proxy, kms)) = impatient_through_proxy().await else { return };
    for fault in [Fault::LoseAnswer, Fault::ResetAnswer] {
        proxy.clear();
        for operation in [
            "CreateAlias",
            "UpdateAlias",
            "DeleteAlias",
            "TagResource",
            "DisableKey",
            "EnableKey",
            "ScheduleKeyDeletion",
            "CancelKeyDeletion",
        ] {
            proxy.rule(Rule::on(operation, fault.clone()).times(1));
        }
        let alias = unique_alias("balcao");
        let old = kms.create(request(KeySpec::EcP256, &alias)).await.unwrap();
        assert_eq!(old.aliases, [alias.as_str()], "{fault:?}");
        let new = kms.create(request(KeySpec::EcP256, &unique_alias("nova"))).await.unwrap();
        kms.put_alias(&alias, &new.key_ref).await.unwrap();
        assert_eq!(kms.resolve_alias(&alias).await.unwrap().unwrap().key_id, new.key_id, "{fault:?}");
        kms.put_alias(&alias, &old.key_ref).await.unwrap();
        assert_eq!(kms.resolve_alias(&alias).await.unwrap().unwrap().key_id, old.key_id, "{fault:?}");
        kms.remove_alias(&alias).await.unwrap();
        assert_eq!(kms.resolve_alias(&alias).await.unwrap(), None, "{fault:?}");
        kms.put_tags(&old.key_ref, &[("Uso".to_owned(), "x".to_owned())].into()).await.unwrap();
        assert_eq!(kms.tags(&old.key_ref).await.unwrap()["Uso"], "x", "{fault:?}");
        kms.set_enabled(&old.key_ref, false).await.unwrap();
        kms.set_enabled(&old.key_ref, true).await.unwrap();
        let date = kms.schedule_deletion(&old.key_ref, DeletionWindow::days(7).unwrap()).await.unwrap();
        let waiting = kms.describe(&old.key_ref).await.unwrap();
        assert_eq!((waiting.state, waiting.deletion_at), (KeyState::PendingDeletion, Some(date)), "{fault:?}");
        kms.cancel_deletion(&old.key_ref).await.unwrap();
        assert_eq!(kms.describe(&old.key_ref).await.unwrap().state, KeyState::Disabled, "{fault:?}");
    }
}

#[tokio::test]
async fn a_web_page_is_not_taken_for_a_change_that_was_done() {
    let Some((proxy, kms)) = impatient_through_proxy().await else { return };
    let info = kms.create(request(KeySpec::EcP256, &unique_alias("portal"))).await.unwrap();
    for operation in ["TagResource", "UntagResource", "UpdateKeyDescription", "DisableKey", "EnableKey"] {
        proxy.rule(Rule::on(operation, Fault::Garbage).times(1));
    }
    let tags = [("Uso".to_owned(), "x".to_owned())].into();
    let names = ["Uso".to_owned()];
    for time in 0..2 {
        let outcomes = [
            kms.put_tags(&info.key_ref, &tags).await,
            kms.remove_tags(&info.key_ref, &names).await,
            kms.set_description(&info.key_ref, "x").await,
        ];
        for outcome in outcomes {
            assert_eq!(outcome.is_ok(), time == 1, "{outcome:?}");
        }
    }
    assert!(kms.set_enabled(&info.key_ref, false).await.is_err());
    kms.set_enabled(&info.key_ref, false).await.expect("it is off already, and that is no error");
    assert!(kms.set_enabled(&info.key_ref, true).await.is_err());
    kms.set_enabled(&info.key_ref, true).await.unwrap();

    // Whether these were done can be seen.
    for operation in ["ScheduleKeyDeletion", "CancelKeyDeletion", "CreateAlias", "UpdateAlias"] {
        proxy.rule(Rule::on(operation, Fault::Garbage).times(1));
    }
    kms.schedule_deletion(&info.key_ref, DeletionWindow::days(7).unwrap()).await.unwrap();
    kms.cancel_deletion(&info.key_ref).await.unwrap();
    let alias = unique_alias("portal");
    kms.put_alias(&alias, &info.key_ref).await.unwrap();
    let other = kms.create(request(KeySpec::EcP256, &unique_alias("portal"))).await.unwrap();
    kms.put_alias(&alias, &other.key_ref).await.unwrap();
    assert_eq!(kms.resolve_alias(&alias).await.unwrap().unwrap().key_id, other.key_id);
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
    let Some((proxy, kms)) = through_proxy().await else { return };
    proxy.rule(Rule::on("CreateAlias", Fault::error(400, "LimitExceededException", "x")).times(1));
    let (alias, token) = (unique_alias("orfa"), token());
    let asked = CreateKey { token: Some(token.clone()), ..request(KeySpec::EcP256, &alias) };
    match kms.create(asked.clone()).await.err() {
        Some(KeyError::CreatedWithoutAlias { key, alias: wanted, reason }) => {
            assert_eq!(wanted, alias);
            assert!(reason.contains("quota"), "{reason}");
            kms.describe(&reference(key.clone())).await.expect("the key that the error names");
            let mended = kms.create(asked).await.unwrap();
            assert_eq!((mended.key_id, mended.aliases), (key, vec![alias]), "asking again gives it its name");
            assert_eq!(keys_made_for(&token).await, 1);
        }
        other => panic!("a silent orphan: {other:?}"),
    }
}

#[tokio::test]
async fn nobody_there_and_nobody_answering_are_unreachable() {
    // Taken, so that nobody else gets it, and nobody listens.
    let taken = TcpSocket::new_v4().unwrap();
    taken.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let closed = taken.local_addr().unwrap().port();
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
    let edwards = honest.create(request(KeySpec::Ed25519, &unique_alias("verdade-ed"))).await.unwrap();
    let id = info.key_id.rsplit('/').next().unwrap().to_owned();
    let other_id: String = id
        .chars()
        .map(|c| {
            if c == '0' {
                '1'
            } else if c == '-' {
                c
            } else {
                '0'
            }
        })
        .collect();

    let proxy = FaultProxy::start(&server.endpoint());
    let through = kms(&proxy.endpoint()).await;
    through.signer(&info.key_ref, P256).await.unwrap().sign_digest(&digest()).await.unwrap();

    proxy.rule(Rule::on("Sign", Fault::WrongSignature));
    for (key, algorithm) in [
        (&info, P256),
        (&rsa, SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256)),
        (&rsa, SignatureAlgorithm::rsa_pss(HashAlgorithm::Sha256)),
        (&edwards, SignatureAlgorithm::ed25519()),
    ] {
        let signer = through.signer(&key.key_ref, algorithm).await.unwrap();
        let before = proxy.count("Sign");
        let bad = Some(KeyError::BadSignature { key: key.key_ref.to_string() });
        assert_eq!(signer.sign_message(b"escritura").await.err(), bad, "{algorithm}");
        assert_eq!(proxy.count("Sign") - before, 1, "{algorithm}: nobody asks until it fits");
    }

    proxy.clear();
    proxy.rule(Rule::on(
        "Sign",
        Fault::rewrite(move |body| String::from_utf8(body).unwrap().replace(&id, &other_id).into_bytes()),
    ));
    let signer = through.signer(&info.key_ref, P256).await.unwrap();
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
    let proxy = FaultProxy::start(&server.endpoint());
    proxy.rule(Rule::on(
        "GetPublicKey",
        Fault::rewrite(move |body| String::from_utf8(body).unwrap().replace(&from, &to).into_bytes()),
    ));
    let signer = kms(&proxy.endpoint()).await.signer(&one.key_ref, P256).await.unwrap();
    assert_eq!(signer.public_key(), &honest.public_key(&two.key_ref).await.unwrap(), "the lie works");
    let bad = Some(KeyError::BadSignature { key: one.key_ref.to_string() });
    assert_eq!(signer.sign_digest(&digest()).await.err(), bad);
}

fn base64(bytes: &[u8]) -> String {
    aws_smithy_types::base64::encode(bytes)
}
