//! Nothing of a login shows: not in logs at their loudest, not in errors, not in a file. Only the keyring has it.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use cartorio_aws::{AwsCloud, CredentialStore, Limits};
use cartorio_core::{Coded, SecretString};
use cartorio_keys::{
    AccessKeys, Cloud, CloudProfile, CredentialSource, KeyError, LoginProgress, RoleBase, SigningLimits,
};
use cartorio_testkit::keyring::MemoryKeyring;
use cartorio_testkit::traces::Log;
use common::REGION;
use common::portal::{Answer, Portal};

const CODE: &str = "918273";

/// Logs are caught for a whole process, and files looked for in folders of its own.
#[test]
fn nothing_of_a_login_shows() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_") || name.starts_with("XDG_")) {
        command.env_remove(name);
    }
    let output = command
        .args(["--exact", "whole_run", "--ignored", "--nocapture"])
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .env("USERPROFILE", folder.path())
        .env("TMPDIR", folder.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.path()).collect();
    assert!(files.is_empty(), "files were written: {files:?}");
    print!("{}", text.lines().filter(|line| line.contains("searched")).collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
#[ignore = "only as a child of nothing_of_a_login_shows"]
async fn whole_run() {
    assert!(Path::new(".").read_dir().unwrap().next().is_none(), "begun in an empty folder");
    let log = Log::default();
    let writer = log.clone();
    // The loudest that the product can be made: its own caps (src-tauri/src/logging.rs) over «trace».
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(
            "trace,aws_config=info,aws_credential_types=info,aws_runtime=info,aws_sigv4=info,aws_smithy_runtime=info",
        ))
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .init();

    let portal = Portal::start(None);
    let keyring = Arc::new(MemoryKeyring::default());
    let store = CredentialStore::new(keyring.clone(), Duration::from_secs(5));
    let cloud = AwsCloud::with(store, portal.clock.clone(), Limits::default());
    let mut shown = String::new();

    let sso = profile(
        &portal,
        CredentialSource::Sso {
            start_url: "https://d-1234567890.awsapps.com/start".to_owned(),
            sso_region: "us-east-1".to_owned(),
            account_id: "123456789012".to_owned(),
            role_name: "Assinador".to_owned(),
        },
    );
    portal.state().tokens.extend([Answer::Pending, Answer::Broken]);
    let login = cloud.login_start(&sso).await.unwrap();
    shown += &format!("{login:?}");
    loop {
        match cloud.login_poll(&sso, &login.id).await {
            Ok(LoginProgress::Pending { .. }) => {}
            Ok(done) => {
                shown += &format!("{done:?}");
                break;
            }
            Err(error) => shown += &told(&error),
        }
    }
    shown += &format!("{:?} {:?}", cloud.test(&sso).await.unwrap(), cloud.sso_accounts(&sso).await.unwrap());
    portal.clock.advance(3600);
    shown += &format!("{:?} {:?}", cloud.test(&sso).await.unwrap(), cloud.credential_status(&sso).await);
    let kept = String::from_utf8(keyring.everything()).unwrap();
    for secret in ["SEGREDO-ACESSO-", "SEGREDO-RENOVA-", "SEGREDO-CLIENTE-"] {
        assert!(kept.contains(secret), "the keyring has {secret}");
    }
    portal.clock.advance(3600);
    portal.state().tokens.push_back(Answer::InvalidGrant);
    shown += &told(&cloud.test(&sso).await.unwrap_err());
    cloud.logout(&sso).await.unwrap();

    let keys = AccessKeys {
        access_key_id: SecretString::new("AKIASEGREDO".to_owned()),
        secret_access_key: SecretString::new("SEGREDO-FIXO".to_owned()),
        session_token: None,
    };
    cloud.store_access_keys("ensaio", keys).await.unwrap();
    let role = profile(
        &portal,
        CredentialSource::AssumeRole {
            role_arn: "arn:aws:iam::123456789012:role/assinador".to_owned(),
            mfa_serial: Some("arn:aws:iam::123456789012:mfa/maria".to_owned()),
            external_id: None,
            session_minutes: 60,
            base: RoleBase::Keyring,
        },
    );
    let given = "MultiFactorAuthentication failed with invalid MFA one time pass code.";
    portal.state().assume_role.push_back((403, "AccessDenied", given));
    portal.state().assume_role.push_back((500, "InternalFailure", "SEGREDO is what no server should repeat"));
    let code = SecretString::new(CODE.to_owned());
    shown += &told(&cloud.login_mfa(&role, &code).await.unwrap_err());
    let repeated = cloud.login_mfa(&role, &code).await.unwrap_err();
    assert!(matches!(repeated, KeyError::Backend { .. }));
    assert_eq!(portal.state().count(&format!("TokenCode={CODE}")), 2, "the code did go out");

    let logged = log.text();
    assert!(logged.contains("hyper"), "the log is loud");
    for (place, text) in [("what was shown", &shown), ("the log", &logged)] {
        println!("searched {place}: {} bytes", text.len());
        for secret in ["SEGREDO-", "AKIASEGREDO", CODE] {
            let line = text.lines().find(|line| line.contains(secret));
            assert!(line.is_none(), "{place} holds {secret}: {line:?}");
        }
    }
}

fn profile(portal: &Portal, credentials: CredentialSource) -> CloudProfile {
    CloudProfile {
        name: "ensaio".to_owned(),
        region: REGION.to_owned(),
        endpoint: Some(portal.endpoint()),
        acm_pca_endpoint: None,
        use_fips: false,
        signing: SigningLimits::default(),
        credentials,
    }
}

fn told(error: &KeyError) -> String {
    format!("{error} {error:?} {:?}", error.params())
}
