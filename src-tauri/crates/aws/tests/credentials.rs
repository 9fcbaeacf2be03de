//! Where credentials come from, and that they go nowhere else.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::env;
#[cfg(unix)]
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use cartorio_aws::{AwsProfile, AwsSession, CredentialSource, CredentialStore, StaticCredentials};
use cartorio_core::{Coded, SecretBytes, SecretString, SystemClock};
use cartorio_keys::local::{Keyring, KeyringError, OsKeyring};
use cartorio_keys::{KeyError, KeyManager};
use cartorio_testkit::emulator::{ACCESS_KEY, SECRET_KEY, shared_ministack};
use cartorio_testkit::keyring::MemoryKeyring;
use common::{REGION, profile};

fn credentials(id: &str, secret: &str) -> StaticCredentials {
    StaticCredentials::new(SecretString::new(id.to_owned()), SecretString::new(secret.to_owned()), None).unwrap()
}

async fn connect(profile: &AwsProfile, store: &CredentialStore) -> Result<AwsSession, KeyError> {
    AwsSession::connect(profile, store, Arc::new(SystemClock)).await
}

#[tokio::test]
async fn access_keys_are_kept_replaced_and_forgotten() {
    let store = CredentialStore::new(Arc::new(MemoryKeyring::default()), Duration::from_secs(5));
    let profile = profile("http://127.0.0.1:1", REGION);
    assert!(!store.has("ensaio").await.unwrap());
    assert!(matches!(connect(&profile, &store).await, Err(KeyError::NoCredentials { .. })));
    store.store("ensaio", &credentials("AKIA1", "um")).await.unwrap();
    store.store("ensaio", &credentials("AKIA2", "dois")).await.unwrap();
    assert!(store.has("ensaio").await.unwrap() && !store.has("outro").await.unwrap());
    connect(&profile, &store).await.unwrap();
    store.forget("ensaio").await.unwrap();
    store.forget("ensaio").await.unwrap();
    assert!(!store.has("ensaio").await.unwrap());
}

#[tokio::test]
async fn access_keys_work_from_the_real_keyring() {
    if let Err(error) = OsKeyring.set("cartorio-digital/test", "probe-aws", &SecretBytes::new(vec![1])) {
        eprintln!("skipped: no usable OS keyring here ({error})");
        return;
    }
    OsKeyring.delete("cartorio-digital/test", "probe-aws").unwrap();
    let Some(server) = shared_ministack() else { return };
    let store = CredentialStore::default();
    let profile = AwsProfile { name: "ensaio-chaveiro".to_owned(), ..profile(&server.endpoint(), REGION) };
    store.store(&profile.name, &credentials(ACCESS_KEY, SECRET_KEY)).await.unwrap();
    connect(&profile, &CredentialStore::default()).await.unwrap().test().await.unwrap();
    store.forget(&profile.name).await.unwrap();
    assert!(matches!(connect(&profile, &store).await, Err(KeyError::NoCredentials { .. })));
}

#[tokio::test]
async fn a_keyring_that_refuses_is_not_mistaken_for_an_empty_one() {
    struct Locked;
    impl Keyring for Locked {
        fn get(&self, _: &str, _: &str) -> Result<Option<SecretBytes>, KeyringError> {
            Ok(None)
        }
        fn set(&self, _: &str, _: &str, _: &SecretBytes) -> Result<(), KeyringError> {
            Err(KeyringError::Locked("no storage access".to_owned()))
        }
        fn delete(&self, _: &str, _: &str) -> Result<(), KeyringError> {
            Ok(())
        }
    }
    let store = CredentialStore::new(Arc::new(Locked), Duration::from_secs(5));
    let outcome = store.store("ensaio", &credentials("AKIA1", "um")).await;
    assert!(matches!(outcome, Err(KeyError::StoreLocked { .. })));
    match connect(&profile("http://127.0.0.1:1", REGION), &store).await.err() {
        Some(KeyError::NoCredentials { reason }) => assert!(reason.contains("locked"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn secrets_are_refused_without_being_repeated_and_never_shown() {
    for (id, secret) in
        [("", "SEGREDO"), ("AKIA", ""), ("AKIA SEGREDO", "x"), ("AKIA", "SEGREDO\n"), ("AKIA", "SEGRÉDO")]
    {
        let made = StaticCredentials::new(SecretString::new(id.into()), SecretString::new(secret.into()), None);
        let error = made.expect_err("refused");
        assert!(!format!("{error} {error:?}").contains("SEGR"), "{error}");
    }
    let shown = format!("{:?}", credentials("AKIASEGREDO", "SEGREDO"));
    assert!(!shown.contains("SEGREDO"), "{shown}");
}

#[tokio::test]
async fn a_session_shows_no_secret() {
    let store = CredentialStore::new(Arc::new(MemoryKeyring::default()), Duration::from_secs(5));
    store.store("ensaio", &credentials("AKIASEGREDO", "SEGREDO")).await.unwrap();
    let session = connect(&profile("http://127.0.0.1:1", REGION), &store).await.unwrap();
    let shown = format!("{session:?} {}", serde_json::to_string(session.profile()).unwrap());
    assert!(shown.contains("ensaio") && !shown.contains("SEGREDO"), "{shown}");
}

/// Environment variables belong to a whole process, so these run in processes of their own.
#[cfg(unix)] // The `credential_process` is a shell script.
#[test]
fn named_profiles_and_the_default_chain() {
    let Some(server) = shared_ministack() else { return };
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    let process = format!(r#"printf '{{"Version":1,"AccessKeyId":"{ACCESS_KEY}","SecretAccessKey":"{SECRET_KEY}"}}'"#);
    let script = folder.path().join("process.sh");
    std::fs::write(&script, format!("#!/bin/sh\n{process}\n")).unwrap();
    std::fs::write(
        &config,
        format!(
            "[profile estatico]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n\
             [profile processo]\ncredential_process = sh {}\n\
             [profile quebrado]\ncredential_process = sh -c 'exit 3'\n",
            script.display()
        ),
    )
    .unwrap();
    let child = |source: &str, named: &str, extra: &[(&str, &str)]| {
        let mut command = Command::new(env::current_exe().unwrap());
        for (name, _) in env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
            command.env_remove(name);
        }
        let output = command
            .args(["--exact", "one_connection", "--include-ignored", "--nocapture"])
            .env("AWS_CONFIG_FILE", &config)
            .env("AWS_SHARED_CREDENTIALS_FILE", folder.path().join("none"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("TEST_ENDPOINT", server.endpoint())
            .env("TEST_SOURCE", source)
            .env("TEST_PROFILE", named)
            .envs(extra.iter().copied())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    };
    let wrong = [("AWS_ACCESS_KEY_ID", "AKIAERRADA"), ("AWS_SECRET_ACCESS_KEY", "SEGREDO")];
    let right = [("AWS_ACCESS_KEY_ID", ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY)];
    for (source, named, extra, expected) in [
        ("named", "estatico", &[][..], "connected"),
        ("named", "processo", &[], "connected"),
        // The profile that was asked for wins over the environment.
        ("named", "estatico", &wrong, "connected"),
        ("named", "ausente", &right, "NoCredentials"),
        ("named", "quebrado", &right, "NoCredentials"),
        ("default", "", &right, "connected"),
        ("default", "", &[], "NoCredentials"),
        // A key from the keyring goes to the profile's endpoint, whatever the environment says.
        ("keyring", "", &[("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), ("AWS_PROFILE", "quebrado")], "connected"),
    ] {
        let output = child(source, named, extra);
        assert!(output.contains(&format!("outcome: {expected}")), "{source} {named} {extra:?}:\n{output}");
        assert!(!output.contains("SEGREDO"), "a secret shows:\n{output}");
    }
}

#[tokio::test]
#[ignore = "run by named_profiles_and_the_default_chain"]
async fn one_connection() {
    let Ok(endpoint) = env::var("TEST_ENDPOINT") else { return };
    let store = CredentialStore::new(Arc::new(MemoryKeyring::default()), Duration::from_secs(5));
    store.store("ensaio", &credentials(ACCESS_KEY, SECRET_KEY)).await.unwrap();
    let credentials = match env::var("TEST_SOURCE").unwrap().as_str() {
        "named" => CredentialSource::NamedProfile { profile: env::var("TEST_PROFILE").unwrap() },
        "default" => CredentialSource::Default,
        _ => CredentialSource::KeyringStatic,
    };
    let profile = AwsProfile { credentials, ..profile(&endpoint, REGION) };
    let session = connect(&profile, &store).await.unwrap();
    let outcome = match (session.test().await, session.kms().list().await) {
        (Ok(_), Ok(_)) => "connected".to_owned(),
        (Err(one), Err(other)) if one.code() == other.code() => format!("{one:?}"),
        different => format!("{different:?}"),
    };
    eprintln!("outcome: {outcome}");
}
