//! Roles that other credentials take on, with and without an MFA device. STS and KMS are a real server's; what it does not
//! do (refuse an MFA code, end a session before fifteen minutes) the door in front of it does (`common/portal.rs`).

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::sync::Arc;
use std::time::Duration;

use cartorio_aws::{AwsCloud, CredentialStore, Limits};
use cartorio_core::{Clock, Coded, Digest, HashAlgorithm, SecretString};
use cartorio_keys::conformance::unique_alias;
use cartorio_keys::local::Keyring;
use cartorio_keys::{
    AccessKeys, Cloud, CloudProfile, CredentialSource, CredentialStatus, KeyError, KeyResult, KeySpec, LoginMethod,
    RoleBase, SignatureAlgorithm, SigningLimits,
};
use cartorio_testkit::emulator::{ACCESS_KEY, SECRET_KEY, shared_ministack};
use cartorio_testkit::keyring::MemoryKeyring;
use common::portal::Portal;
use common::{REGION, request, role};

const P256: SignatureAlgorithm = SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256);
const MFA: &str = "arn:aws:iam::000000000000:mfa/maria";
const TRUST: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;

fn profile(portal: &Portal, arn: &str, mfa: bool) -> CloudProfile {
    CloudProfile {
        name: "ensaio".to_owned(),
        region: REGION.to_owned(),
        endpoint: Some(portal.endpoint()),
        acm_pca_endpoint: None,
        use_fips: false,
        signing: SigningLimits::default(),
        credentials: CredentialSource::AssumeRole {
            role_arn: arn.to_owned(),
            mfa_serial: mfa.then(|| MFA.to_owned()),
            external_id: None,
            session_minutes: 60,
            base: RoleBase::Keyring,
        },
    }
}

async fn cloud(portal: &Portal, keyring: Arc<dyn Keyring>) -> AwsCloud {
    let store = CredentialStore::new(keyring, Duration::from_secs(5));
    let cloud = AwsCloud::with(store, portal.clock.clone(), Limits::default());
    let keys = AccessKeys {
        access_key_id: SecretString::new(ACCESS_KEY.to_owned()),
        secret_access_key: SecretString::new(SECRET_KEY.to_owned()),
        session_token: None,
    };
    cloud.store_access_keys("ensaio", keys).await.unwrap();
    cloud
}

fn required() -> KeyError {
    KeyError::LoginRequired { profile: "ensaio".to_owned(), method: LoginMethod::Mfa }
}

fn refused() -> KeyError {
    KeyError::MfaRefused { profile: "ensaio".to_owned() }
}

async fn code(cloud: &AwsCloud, profile: &CloudProfile, code: &str) -> KeyResult<CredentialStatus> {
    cloud.login_mfa(profile, &SecretString::new(code.to_owned())).await
}

fn digest(number: u8) -> Digest {
    Digest::of(HashAlgorithm::Sha256, &[number])
}

#[tokio::test]
async fn a_role_is_taken_on_as_the_profile_says_and_again_by_itself() {
    let Some(server) = shared_ministack() else { return };
    let portal = Portal::start(Some(&server.endpoint()));
    // The server itself looks at the external id.
    let trust = TRUST.replace(
        "\"sts:AssumeRole\"",
        r#""sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"cartorio-1"}}"#,
    );
    let arn = role(&server.endpoint(), "externa", &trust).await;
    let cloud = cloud(&portal, Arc::new(MemoryKeyring::default())).await;
    let mut profile = profile(&portal, &arn, false);
    match cloud.test(&profile).await.unwrap_err() {
        KeyError::AccessDenied { action, .. } => assert_eq!(action, "sts:AssumeRole"),
        other => panic!("{other:?}"),
    }
    if let CredentialSource::AssumeRole { external_id, .. } = &mut profile.credentials {
        *external_id = Some("cartorio-1".to_owned());
    }
    portal.state().credential_seconds = 30;
    let caller = cloud.test(&profile).await.unwrap();
    assert_eq!(caller.arn, "arn:aws:sts::000000000000:assumed-role/externa/cartorio-digital");
    let status = cloud.credential_status(&profile).await;
    let ends = Some(portal.clock.now() + time::Duration::seconds(30));
    assert_eq!(status, CredentialStatus { expires_at: ends, login_until: None, login: None });
    {
        let state = portal.state();
        let asked = state.seen.iter().rfind(|seen| seen.body.contains("Action=AssumeRole")).unwrap();
        for part in
            ["RoleSessionName=cartorio-digital", "DurationSeconds=3600", "ExternalId=cartorio-1", "role%2Fexterna"]
        {
            assert!(asked.body.contains(part), "{}", asked.body);
        }
        assert!(!asked.body.contains("SerialNumber") && !asked.body.contains("TokenCode"), "{}", asked.body);
    }
    let keys = cloud.connect(&profile).await.unwrap();
    let key = keys.create(request(KeySpec::EcP256, &unique_alias("papel"))).await.unwrap();
    let signer = keys.signer(&key.key_ref, P256).await.unwrap();
    let before = portal.state().count("Action=AssumeRole");
    for number in 0..50 {
        assert_eq!(signer.sign_digest(&digest(number)).await.unwrap().attempts, 1);
        portal.clock.advance(5);
    }
    let renewals = portal.state().count("Action=AssumeRole") - before;
    assert!((8..=14).contains(&renewals), "{renewals}");
    assert_eq!(code(&cloud, &profile, "123456").await.unwrap_err().code(), "key_unsupported");
    assert_eq!(cloud.login_start(&profile).await.unwrap_err().code(), "key_unsupported");
}

#[tokio::test]
async fn a_session_with_mfa_ends_in_a_batch_and_the_batch_goes_on_after_a_code() {
    let Some(server) = shared_ministack() else { return };
    let portal = Portal::start(Some(&server.endpoint()));
    let arn = role(&server.endpoint(), "com-mfa", TRUST).await;
    let keyring = Arc::new(MemoryKeyring::default());
    let cloud = cloud(&portal, keyring.clone()).await;
    let profile = profile(&portal, &arn, true);
    portal.state().credential_seconds = 60;

    let keys = cloud.connect(&profile).await.unwrap();
    assert_eq!(keys.list().await.err(), Some(required()));
    assert_eq!(cloud.credential_status(&profile).await.login, Some(LoginMethod::Mfa));
    assert_eq!(portal.state().count("Action="), 0, "nothing is asked before there is a code");

    // What is no code does not leave the house.
    for wrong in ["", "12345", "1234567", "abcdef"] {
        assert_eq!(code(&cloud, &profile, wrong).await.err(), Some(refused()));
    }
    assert_eq!(portal.state().count("Action="), 0);
    portal.state().assume_role.push_back((
        403,
        "AccessDenied",
        "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
    ));
    assert_eq!(code(&cloud, &profile, "111111").await.err(), Some(refused()));
    assert_eq!(cloud.credential_status(&profile).await.login, Some(LoginMethod::Mfa));

    let status = code(&cloud, &profile, " 222 222 ").await.unwrap();
    let ends = Some(portal.clock.now() + time::Duration::seconds(60));
    assert_eq!(status, CredentialStatus { expires_at: ends, login_until: ends, login: None });
    {
        let state = portal.state();
        let asked: Vec<_> = state.seen.iter().filter(|seen| seen.body.contains("TokenCode=222222")).collect();
        assert_eq!(asked.len(), 1, "a code is used once");
        assert!(
            asked[0].body.contains("SerialNumber=arn%3Aaws%3Aiam%3A%3A000000000000%3Amfa%2Fmaria"),
            "{}",
            asked[0].body
        );
    }
    let key = keys.create(request(KeySpec::EcP256, &unique_alias("mfa"))).await.unwrap();
    let signer = keys.signer(&key.key_ref, P256).await.unwrap();
    let (mut signed, mut stopped) = (0, 0);
    let mut number = 0;
    while signed < 50 {
        match signer.sign_digest(&digest(number)).await {
            Ok(_) => {
                signed += 1;
                number += 1;
                portal.clock.advance(4);
            }
            Err(error) => {
                assert_eq!(error, required());
                stopped += 1;
                let again = signer.sign_digest(&digest(number)).await;
                assert_eq!(again.err(), Some(required()), "until somebody comes");
                code(&cloud, &profile, &format!("{:06}", 333_333 + stopped)).await.unwrap();
            }
        }
    }
    assert_eq!(stopped, 3, "sixty seconds are fifteen signatures: 15, 30 and 45");
    // Ended by an administrator: the same, although the clock says that it is good.
    let now = portal.clock.seconds();
    portal.state().good_until.values_mut().for_each(|ends| *ends = now);
    assert_eq!(signer.sign_digest(&digest(99)).await.err(), Some(required()));
    assert_eq!(cloud.credential_status(&profile).await.login, Some(LoginMethod::Mfa));
    code(&cloud, &profile, "444444").await.unwrap();
    signer.sign_digest(&digest(99)).await.unwrap();
}

#[tokio::test]
async fn a_session_with_mfa_is_found_by_the_next_process_until_it_ends() {
    let Some(server) = shared_ministack() else { return };
    let portal = Portal::start(Some(&server.endpoint()));
    let arn = role(&server.endpoint(), "lembrada", TRUST).await;
    let other = role(&server.endpoint(), "outra", TRUST).await;
    let keyring = Arc::new(MemoryKeyring::default());
    let first = cloud(&portal, keyring.clone()).await;
    let profile_ = profile(&portal, &arn, true);
    portal.state().credential_seconds = 60;
    code(&first, &profile_, "123456").await.unwrap();

    let second = AwsCloud::with(
        CredentialStore::new(keyring.clone(), Duration::from_secs(5)),
        portal.clock.clone(),
        Limits::default(),
    );
    second.test(&profile_).await.unwrap();
    assert_eq!(portal.state().count("Action=AssumeRole"), 1, "nobody was asked again");
    assert_eq!(second.test(&profile(&portal, &other, true)).await.err(), Some(required()), "it is one role's");
    let kept = String::from_utf8(keyring.everything()).unwrap();
    assert!(kept.contains("role/lembrada"), "the session is there, in the keyring");
    assert!(!kept.contains("123456"), "the code stays nowhere");
    portal.clock.advance(60);
    assert_eq!(second.test(&profile_).await.err(), Some(required()));

    code(&first, &profile_, "654321").await.unwrap();
    first.forget_access_keys("ensaio").await.unwrap();
    first.logout(&profile_).await.unwrap();
    assert!(keyring.is_empty());
    assert_eq!(first.test(&profile_).await.err(), Some(required()));
    let nothing = code(&first, &profile_, "654321").await.unwrap_err();
    assert_eq!(nothing.code(), "aws_no_credentials", "{nothing}");
}

#[tokio::test]
async fn what_sts_refuses_is_said_in_words() {
    let Some(server) = shared_ministack() else { return };
    let portal = Portal::start(Some(&server.endpoint()));
    let arn = role(&server.endpoint(), "recusada", TRUST).await;
    let cloud = cloud(&portal, Arc::new(MemoryKeyring::default())).await;
    let profile = profile(&portal, &arn, true);
    for (status, code_, message, expected) in [
        (
            400,
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            "key_bad_reference",
        ),
        (
            403,
            "AccessDenied",
            "User: arn:aws:iam::1:user/m is not authorized to perform: sts:AssumeRole on resource: x",
            "aws_access_denied",
        ),
        (403, "ExpiredToken", "The security token included in the request is expired", "aws_expired_credentials"),
        (
            403,
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            "aws_invalid_credentials",
        ),
        (500, "InternalFailure", "", "key_backend_failed"),
    ] {
        portal.state().assume_role.push_back((status, code_, message));
        let asked = portal.state().count("TokenCode=777777");
        let error = code(&cloud, &profile, "777777").await.unwrap_err();
        assert_eq!(error.code(), expected, "{error:?}");
        assert_eq!(portal.state().count("TokenCode=777777") - asked, 1, "never twice with the same code");
        assert!(!format!("{error:?} {error}").contains("777777"), "{error:?}");
    }
}
