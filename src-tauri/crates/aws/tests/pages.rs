//! Lists that come in pages, from a stub that speaks just enough of the protocol: the emulator never cuts a list.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use cartorio_keys::{KeyError, KeyManager};
use common::kms;
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
    let age = KEYS.iter().position(|known| *known == id).unwrap();
    json!({"KeyMetadata": {
        "KeyId": id, "Arn": arn, "CreationDate": 1_700_000_000 + age, "KeyState": "Enabled", "KeyManager": "CUSTOMER",
        "KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_P256", "SigningAlgorithms": ["ECDSA_SHA_256"],
    }})
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
                head.lines().find_map(|line| line.to_ascii_lowercase().starts_with(&prefix).then(|| &line[prefix.len()..]))
            };
            if body.len() >= header("content-length").map_or(0, |length| length.parse().unwrap()) {
                let operation = header("x-amz-target").unwrap().rsplit('.').next().unwrap().to_owned();
                let answer = answer(&operation, &serde_json::from_str(body).unwrap());
                let status = if answer.get("__type").is_some() { "400 Bad Request" } else { "200 OK" };
                let answer = answer.to_string();
                write!(
                    stream,
                    "HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\
                     Connection: close\r\n\r\n{answer}",
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
