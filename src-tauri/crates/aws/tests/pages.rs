//! What the emulator does not do and AWS does, from stubs that speak just enough of the protocol: lists in pages, keys that
//! are not known everywhere yet, ML-DSA, the last use, renewal on demand, authenticated seals.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use cartorio_core::{Digest, HashAlgorithm, SecretBytes};
use cartorio_keys::{
    CreateKey, CreationToken, DeletionWindow, KeyError, KeyManager, KeyResult, KeySpec, MESSAGE_LIMIT, RotationPeriod,
    SignatureAlgorithm, SoftwareKey, verify_message,
};
use cartorio_testkit::fault_proxy::{Answer, Fault, FaultProxy, Rule};
use common::{kms, reference, request};
use serde_json::{Value, json};

const KEYS: [&str; 5] = ["0a", "1b", "2c", "3d", "4e"];

#[tokio::test]
async fn every_page_is_followed() {
    let kms = kms(&stub(|operation, body| match (operation, body["Marker"].as_str()) {
        ("ListKeys", None) => json!({"Keys": keys(&KEYS[..2]), "Truncated": true, "NextMarker": "two"}),
        ("ListKeys", Some("two")) => json!({"Keys": keys(&KEYS[2..4]), "Truncated": true, "NextMarker": "three"}),
        ("ListKeys", Some("three")) => json!({"Keys": keys(&KEYS[4..]), "Truncated": false}),
        ("ListAliases", None) => json!({
            "Aliases": [alias("alias/um", "0a"), alias("alias/aws/s3", "1b")],
            "Truncated": true,
            "NextMarker": "more",
        }),
        ("ListAliases", Some("more")) => {
            json!({"Aliases": [alias("alias/cinco", "4e"), {"AliasName": "alias/solto"}], "Truncated": false})
        }
        ("DescribeKey", None) => describe(body),
        other => panic!("not asked for: {other:?}"),
    }))
    .await;
    let listed = kms.list().await.unwrap();
    let newest_first: Vec<_> = KEYS.iter().rev().map(|id| arn(id)).collect();
    assert_eq!(listed.iter().map(|info| info.key_id.clone()).collect::<Vec<_>>(), newest_first);
    assert_eq!(listed[0].aliases, ["cinco"]);
    assert_eq!(listed[4].aliases, ["um"]);
    assert!(listed[3].aliases.is_empty(), "names that AWS reserves are not shown");
}

#[tokio::test]
async fn a_server_that_repeats_a_page_is_not_followed_for_ever() {
    let kms = kms(&stub(|operation, body| match operation {
        "ListKeys" => json!({"Keys": [], "Truncated": true, "NextMarker": "again"}),
        "ListAliases" => json!({"Aliases": [], "Truncated": true, "NextMarker": "again"}),
        _ => describe(body),
    }))
    .await;
    assert!(kms.list().await.unwrap().is_empty());
}

#[tokio::test]
async fn one_key_that_fails_fails_the_list_and_one_that_is_gone_does_not() {
    let answer = |code: &'static str| {
        move |operation: &str, body: &Value| match operation {
            "ListKeys" => json!({"Keys": keys(&KEYS), "Truncated": false}),
            "ListAliases" => json!({"Aliases": [], "Truncated": false}),
            _ if body["KeyId"] == arn("2c") => json!({"__type": code, "message": "…"}),
            _ => describe(body),
        }
    };
    assert_eq!(kms(&stub(answer("NotFoundException"))).await.list().await.unwrap().len(), 4);
    let outcome = kms(&stub(answer("UnrecognizedClientException"))).await.list().await;
    assert!(matches!(outcome, Err(KeyError::InvalidCredentials { .. })), "{outcome:?}");
}

#[tokio::test]
async fn answers_that_lack_what_they_must_have_are_the_services_failure() {
    for answer in [json!({}), json!({"KeyMetadata": {"KeyId": "0a"}})] {
        let kms = kms(&stub(move |_, _| answer.clone())).await;
        let outcome = kms.describe(&common::reference("0a")).await;
        assert!(matches!(outcome, Err(KeyError::Backend { .. })), "{outcome:?}");
    }
}

#[tokio::test]
async fn tags_grants_and_renewals_come_in_pages_too() {
    let kms = kms(&stub(|operation, body| match (operation, body["Marker"].as_str()) {
        ("DescribeKey", _) => described(body, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
        ("ListResourceTags", None) => {
            json!({"Tags": [{"TagKey": "Sistema", "TagValue": "cartorio"}], "Truncated": true, "NextMarker": "two"})
        }
        ("ListResourceTags", Some("two")) => json!({"Tags": [{"TagKey": "Uso", "TagValue": ""}], "Truncated": false}),
        ("GetKeyPolicy", _) => {
            json!({"Policy": r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:*"}}"#})
        }
        ("ListGrants", None) => json!({
            "Grants": [{"GrantId": "g1", "Name": "", "GranteePrincipal": "arn:um", "Operations": ["Sign"], "CreationDate": 1_700_000_000}],
            "Truncated": true,
            "NextMarker": "two",
        }),
        ("ListGrants", Some("two")) => {
            json!({"Grants": [{"GrantId": "g2", "GranteeServicePrincipal": "s3.amazonaws.com", "RetiringPrincipal": "arn:dois"}]})
        }
        ("GetKeyRotationStatus", _) => {
            json!({"KeyRotationEnabled": true, "RotationPeriodInDays": 180, "NextRotationDate": 1_800_000_000})
        }
        ("ListKeyRotations", None) => json!({
            "Rotations": [{"RotationDate": 1_700_000_000, "RotationType": "AUTOMATIC"}],
            "Truncated": true,
            "NextMarker": "two",
        }),
        ("ListKeyRotations", Some("two")) => {
            json!({"Rotations": [{"RotationDate": 1_710_000_000, "RotationType": "ON_DEMAND"}], "Truncated": false})
        }
        other => panic!("not asked for: {other:?}"),
    }))
    .await;
    let key = reference(arn("0a"));
    let tags = kms.tags(&key).await.unwrap();
    assert_eq!(
        tags.into_iter().collect::<Vec<_>>(),
        [("Sistema".to_owned(), "cartorio".to_owned()), ("Uso".to_owned(), String::new()),]
    );
    let grants = kms.access(&key).await.unwrap().grants;
    assert_eq!(grants.len(), 2);
    assert_eq!(
        (grants[0].grantee.as_str(), &grants[0].name, grants[0].operations.as_slice()),
        ("arn:um", &None, ["Sign".to_owned()].as_slice())
    );
    assert_eq!((grants[1].grantee.as_str(), grants[1].retiring.as_deref()), ("s3.amazonaws.com", Some("arn:dois")));
    let renewal = kms.automatic_rotation(&key).await.unwrap();
    assert_eq!(renewal.period, Some(RotationPeriod::days(180).unwrap()));
    assert_eq!(renewal.next.unwrap().unix_timestamp(), 1_800_000_000);
    let past: Vec<_> = renewal.past.iter().map(|(at, on_demand)| (at.unix_timestamp(), *on_demand)).collect();
    assert_eq!(past, [(1_710_000_000, true), (1_700_000_000, false)], "newest first");
}

#[tokio::test]
async fn the_last_use_is_what_kms_says() {
    let answer = |usage: Value| {
        move |operation: &str, body: &Value| match operation {
            "DescribeKey" => describe(body),
            "GetKeyLastUsage" => usage.clone(),
            other => panic!("not asked for: {other}"),
        }
    };
    let key = reference(arn("0a"));
    let used = json!({"KeyLastUsage": {"Operation": "Sign", "Timestamp": 1_750_000_000, "KmsRequestId": "req-9"}});
    let used = kms(&stub(answer(used))).await.last_use(&key).await.unwrap().unwrap();
    assert_eq!(
        (used.at.unix_timestamp(), used.operation.as_deref(), used.request_id.as_deref()),
        (1_750_000_000, Some("Sign"), Some("req-9"))
    );
    for never in [json!({"KeyLastUsage": {}}), json!({"TrackingStartDate": 1_750_000_000})] {
        assert_eq!(kms(&stub(answer(never))).await.last_use(&key).await.unwrap(), None);
    }
    let unknown = json!({"__type": "UnknownOperationException"});
    let outcome = kms(&stub(answer(unknown))).await.last_use(&key).await;
    assert!(
        matches!(&outcome, Err(KeyError::Unsupported { what, .. }) if what == "kms:GetKeyLastUsage"),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_key_that_is_not_known_everywhere_yet_is_waited_for_where_we_made_it() {
    let late =
        Arc::new(Mutex::new(HashMap::from([("CreateAlias", 2), ("DescribeKey", 2), ("GetPublicKey", 1), ("Sign", 1)])));
    let software = Arc::new(SoftwareKey::generate(KeySpec::EcP256).unwrap());
    let strangers = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&strangers);
    let kms = kms(&stub(move |operation, body| {
        let named = body["KeyId"].as_str().or(body["TargetKeyId"].as_str()).unwrap_or_default();
        if named.contains("estranha") {
            *counted.lock().unwrap() += 1;
        }
        if named.starts_with("alias/") || named.contains("estranha") {
            return json!({"__type": "NotFoundException"});
        }
        if let Some(left) = late.lock().unwrap().get_mut(operation)
            && *left > 0
        {
            *left -= 1;
            return json!({"__type": "NotFoundException"});
        }
        let key = json!({"KeyId": arn("0a")});
        match operation {
            "CreateKey" => describe(&key),
            "CreateAlias" => json!({}),
            "DescribeKey" => describe(&key),
            "ListAliases" => json!({"Aliases": [alias("alias/nova", "0a")]}),
            "GetPublicKey" => json!({"KeyId": arn("0a"), "PublicKey": base64(&software.public_key().spki)}),
            "Sign" => {
                let digest = aws_smithy_types::base64::decode(body["Message"].as_str().unwrap()).unwrap();
                let digest = Digest::from_bytes(HashAlgorithm::Sha256, digest).unwrap();
                let value = software.sign_digest(SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256), &digest).unwrap();
                json!({"KeyId": arn("0a"), "Signature": base64(&value)})
            }
            other => panic!("not asked for: {other}"),
        }
    }))
    .await;
    let info = kms.create(request(KeySpec::EcP256, "nova")).await.unwrap();
    assert_eq!(kms.describe(&info.key_ref).await.unwrap(), info);
    let signer = kms.signer(&info.key_ref, SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256)).await.unwrap();
    assert_eq!(signer.sign_message(b"x").await.unwrap().attempts, 2, "one that found nothing and one that signed");
    let stranger = kms.describe(&reference("estranha")).await;
    assert!(matches!(stranger, Err(KeyError::NotFound { .. })), "{stranger:?}");
    assert_eq!(*strangers.lock().unwrap(), 1, "somebody else's key is asked for once");
}

#[tokio::test]
async fn a_creation_token_is_looked_for_in_every_key_that_may_be_looked_at() {
    let answer = |denied: &'static [&'static str], tagged: &'static str, count: usize| {
        move |operation: &str, body: &Value| match operation {
            "ListKeys" => {
                let ids: Vec<String> = (0..count).map(|n| format!("k{n}")).collect();
                json!({"Keys": keys(&ids.iter().map(String::as_str).collect::<Vec<_>>()), "Truncated": false})
            }
            "ListAliases" => json!({"Aliases": [alias("alias/um", "k0")]}),
            "ListResourceTags" => {
                let id = body["KeyId"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
                if denied.contains(&id.as_str()) {
                    return json!({"__type": "AccessDeniedException", "message": "no"});
                }
                let value = if id == tagged { "pedido-7" } else { "pedido-70" };
                json!({"Tags": [{"TagKey": CreationToken::TAG, "TagValue": value}], "Truncated": false})
            }
            "DescribeKey" => describe(&json!({"KeyId": body["KeyId"].as_str().unwrap().replace("key/k", "key/0")})),
            other => panic!("not asked for: {other}"),
        }
    };
    let token = CreationToken::new("pedido-7").unwrap();
    let found = kms(&stub(answer(&["k1"], "k30", 40))).await.find_created(&token).await.unwrap();
    assert!(found.is_some());
    assert_eq!(kms(&stub(answer(&["k1"], "none", 40))).await.find_created(&token).await.unwrap(), None);
    let outcome = kms(&stub(answer(&["k0", "k1"], "none", 2))).await.find_created(&token).await;
    assert!(
        matches!(&outcome, Err(KeyError::AccessDenied { action, .. }) if action == "kms:ListResourceTags"),
        "who may not look must not say that there is nothing: {outcome:?}"
    );
    let outcome = kms(&stub(answer(&[], "none", 5_001))).await.find_created(&token).await;
    assert!(matches!(outcome, Err(KeyError::Unsupported { .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_token_of_another_key_and_keys_of_a_type_that_is_not_there_are_refused() {
    let kms = kms(&stub(|operation, body| match operation {
        "ListKeys" => json!({"Keys": keys(&["0a"]), "Truncated": false}),
        "ListAliases" => json!({"Aliases": []}),
        "ListResourceTags" => json!({"Tags": [{"TagKey": CreationToken::TAG, "TagValue": "pedido-7"}]}),
        "DescribeKey" => describe(body),
        other => panic!("not asked for: {other}"),
    }))
    .await;
    let token = Some(CreationToken::new("pedido-7").unwrap());
    let outcome = kms.create(CreateKey { token, alias: None, ..request(KeySpec::Rsa2048, "x") }).await;
    assert_eq!(outcome, Err(KeyError::AlreadyExists { name: "pedido-7".to_owned() }));
}

#[tokio::test]
async fn a_renewal_whose_answer_is_lost_is_seen_and_not_repeated() {
    for fault in [Fault::LoseAnswer, Fault::ResetAnswer, Fault::Drop] {
        let done = Arc::new(Mutex::new(0_i64));
        let counted = Arc::clone(&done);
        let proxy = FaultProxy::serve(move |asked| {
            let body: Value = serde_json::from_slice(&asked.body).unwrap();
            let mut done = done.lock().unwrap();
            let answer = match asked.operation.as_str() {
                "DescribeKey" => described(&body, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
                "GetKeyRotationStatus" => json!({"KeyRotationEnabled": false}),
                "ListKeyRotations" => {
                    let past =
                        (0..*done).map(|n| json!({"RotationDate": 1_700_000_000 + n, "RotationType": "ON_DEMAND"}));
                    json!({"Rotations": past.collect::<Vec<_>>(), "Truncated": false})
                }
                "RotateKeyOnDemand" => {
                    *done += 1;
                    json!({"KeyId": body["KeyId"]})
                }
                other => panic!("not asked for: {other}"),
            };
            Answer::json(200, answer.to_string())
        });
        let kms = kms(&proxy.endpoint()).await;
        let key = reference(arn("0a"));
        kms.rotate_now(&key).await.unwrap();
        proxy.rule(Rule::on("RotateKeyOnDemand", fault.clone()).times(1));
        let outcome = kms.rotate_now(&key).await;
        let arrived = !matches!(fault, Fault::Drop);
        match outcome {
            Ok(()) => assert!(arrived, "{fault:?}"),
            Err(KeyError::OutcomeUnknown { action, .. }) => assert!(!arrived && action == "kms:RotateKeyOnDemand"),
            Err(error) => panic!("{fault:?}: {error:?}"),
        }
        assert_eq!(
            (proxy.count("RotateKeyOnDemand"), *counted.lock().unwrap()),
            (2, if arrived { 2 } else { 1 }),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn seals_and_data_keys_that_are_not_what_was_asked_for_are_refused() {
    let answer = |operation: &'static str, answer: Value| {
        move |asked: &str, body: &Value| match asked {
            "DescribeKey" => described(body, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
            asked if asked == operation => {
                assert_eq!(body["KeyId"], arn("0a"), "the key is named");
                assert_eq!(body["EncryptionContext"], json!({"livro": "12"}), "the context is sent");
                answer.clone()
            }
            other => panic!("not asked for: {other}"),
        }
    };
    let (key, context) = (reference(arn("0a")), [("livro".to_owned(), "12".to_owned())].into());
    let (long, short) = (base64(&[7; 32]), base64(&[7; 16]));
    let broken = |outcome: KeyResult<SecretBytes>| {
        assert!(matches!(outcome.as_ref().err(), Some(KeyError::SealBroken { .. })), "{:?}", outcome.err());
    };
    for refused in [
        json!({"__type": "IncorrectKeyException"}),
        json!({"__type": "InvalidCiphertextException"}),
        json!({"KeyId": arn("1b"), "Plaintext": long}),
        json!({"KeyId": arn("0a"), "Plaintext": short}),
    ] {
        broken(kms(&stub(answer("Decrypt", refused))).await.open_data_key(&key, &[1; 64], &context).await);
    }
    let good = kms(&stub(answer("Decrypt", json!({"KeyId": arn("0a"), "Plaintext": long})))).await;
    assert_eq!(good.open_data_key(&key, &[1; 64], &context).await.unwrap().expose(), [7; 32]);
    broken(good.open_data_key(&key, &[], &context).await);
    broken(good.open_data_key(&key, &[1; 6145], &context).await);
    for garbled in [
        json!({"KeyId": arn("1b"), "Plaintext": long, "CiphertextBlob": short}),
        json!({"KeyId": arn("0a"), "Plaintext": short, "CiphertextBlob": short}),
        json!({"KeyId": arn("0a"), "Plaintext": long, "CiphertextBlob": ""}),
        json!({"KeyId": arn("0a"), "CiphertextBlob": short}),
    ] {
        let outcome = kms(&stub(answer("GenerateDataKey", garbled))).await.data_key(&key, &context).await;
        assert!(matches!(outcome, Err(KeyError::Backend { .. })), "{outcome:?}");
    }
}

#[tokio::test]
async fn algorithms_that_sign_messages_get_the_message() {
    for spec in [KeySpec::Ed25519, KeySpec::MlDsa44, KeySpec::MlDsa65, KeySpec::MlDsa87] {
        let algorithm = spec.default_algorithm();
        let software = Arc::new(SoftwareKey::generate(spec).unwrap());
        let key = Arc::clone(&software);
        let proxy = FaultProxy::serve(move |asked| {
            let body: Value = serde_json::from_slice(&asked.body).unwrap();
            let answer = match asked.operation.as_str() {
                "DescribeKey" => {
                    let mut answer = described(&body, spec.name(), "SIGN_VERIFY");
                    answer["KeyMetadata"]["SigningAlgorithms"] = json!([algorithm.name(), "ED25519_PH_SHA_512"]);
                    answer
                }
                "GetPublicKey" => json!({"KeyId": arn("0a"), "PublicKey": base64(&software.public_key().spki)}),
                "Sign" => {
                    assert_eq!(
                        (&body["MessageType"], &body["SigningAlgorithm"]),
                        (&json!("RAW"), &json!(algorithm.name()))
                    );
                    let message = aws_smithy_types::base64::decode(body["Message"].as_str().unwrap()).unwrap();
                    json!({"KeyId": arn("0a"), "Signature": base64(&software.sign_message(algorithm, &message).unwrap())})
                }
                other => panic!("not asked for: {other}"),
            };
            Answer::json(200, answer.to_string())
        });
        let kms = kms(&proxy.endpoint()).await;
        let signer = kms.signer(&reference(arn("0a")), algorithm).await.unwrap();
        for message in [b"certidao".to_vec(), vec![7; MESSAGE_LIMIT]] {
            let signature = signer.sign_message(&message).await.unwrap();
            verify_message(key.public_key(), algorithm, &message, &signature.value).unwrap();
        }
        let digest = signer.sign_digest(&Digest::of(algorithm.hash(), b"x")).await;
        assert_eq!(digest, Err(KeyError::MessageNeeded { algorithm }));
        let long = signer.sign_message(&[7; MESSAGE_LIMIT + 1]).await;
        assert!(matches!(long, Err(KeyError::MessageTooLong { .. })), "{long:?}");
        proxy.rule(Rule::on("Sign", Fault::WrongSignature));
        assert!(matches!(signer.sign_message(b"x").await, Err(KeyError::BadSignature { .. })), "{spec}");
    }
}

#[tokio::test]
async fn keys_that_are_not_ready_say_in_which_state_they_are() {
    for state in ["Creating", "PendingImport", "Updating", "Unavailable", "NovoEstado"] {
        let kms = kms(&stub(move |_, body| {
            let mut answer = describe(body);
            answer["KeyMetadata"]["KeyState"] = json!(state);
            answer
        }))
        .await;
        let key = reference(arn("0a"));
        let outcome = kms.signer(&key, SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256)).await.err();
        assert_eq!(outcome, Some(KeyError::Unavailable { key: key.to_string(), state: state.to_owned() }));
    }
    // A primary key whose replicas are still there waits without a date.
    let kms = kms(&stub(|_, body| {
        let mut answer = describe(body);
        answer["KeyMetadata"]["KeyState"] = json!("PendingReplicaDeletion");
        answer
    }))
    .await;
    let outcome = kms.schedule_deletion(&reference(arn("0a")), DeletionWindow::LONGEST).await;
    assert!(
        matches!(&outcome, Err(KeyError::Unavailable { state, .. }) if state == "PendingReplicaDeletion"),
        "{outcome:?}"
    );
}

fn arn(id: &str) -> String {
    format!("arn:aws:kms:sa-east-1:000000000000:key/{id}")
}

fn keys(ids: &[&str]) -> Value {
    ids.iter().map(|id| json!({"KeyId": id, "KeyArn": arn(id)})).collect()
}

fn alias(name: &str, key: &str) -> Value {
    json!({"AliasName": name, "TargetKeyId": key})
}

fn describe(body: &Value) -> Value {
    let arn = body["KeyId"].as_str().unwrap();
    let id = arn.rsplit('/').next().unwrap();
    let age = KEYS.iter().position(|known| *known == id).unwrap_or_default();
    json!({"KeyMetadata": {
        "KeyId": id, "Arn": arn, "CreationDate": 1_700_000_000 + age, "KeyState": "Enabled", "KeyManager": "CUSTOMER",
        "KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_P256", "SigningAlgorithms": ["ECDSA_SHA_256"],
    }})
}

fn described(body: &Value, spec: &str, usage: &str) -> Value {
    let mut answer = describe(&json!({"KeyId": arn("0a")}));
    assert!(body["KeyId"].as_str().is_some(), "a key is named");
    answer["KeyMetadata"]["KeySpec"] = json!(spec);
    answer["KeyMetadata"]["KeyUsage"] = json!(usage);
    answer["KeyMetadata"]["SigningAlgorithms"] = json!([]);
    answer
}

fn base64(bytes: &[u8]) -> String {
    aws_smithy_types::base64::encode(bytes)
}

/// Answers every request with what `answer` makes of its operation and body. Ends with the test process.
fn stub(answer: impl Fn(&str, &Value) -> Value + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = answer.clone();
            thread::spawn(move || serve(stream.unwrap(), answer));
        }
    });
    format!("http://127.0.0.1:{port}")
}

fn serve(mut stream: TcpStream, answer: impl Fn(&str, &Value) -> Value) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let header = |name: &str| {
                let prefix = format!("{name}: ");
                head.lines()
                    .find_map(|line| line.to_ascii_lowercase().starts_with(&prefix).then(|| &line[prefix.len()..]))
            };
            if body.len() >= header("content-length").map_or(0, |length| length.parse().unwrap()) {
                let operation = header("x-amz-target").unwrap().rsplit('.').next().unwrap().to_owned();
                let answer = answer(&operation, &serde_json::from_str(body).unwrap());
                let status = if answer.get("__type").is_some() { "400 Bad Request" } else { "200 OK" };
                let answer = answer.to_string();
                write!(
                    stream,
                    "HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.1\r\nx-amzn-RequestId: 1\r\n\
                     Content-Length: {}\r\nConnection: close\r\n\r\n{answer}",
                    answer.len()
                )
                .unwrap();
                return;
            }
        }
        match stream.read(&mut buffer) {
            Ok(read @ 1..) => request.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
}
