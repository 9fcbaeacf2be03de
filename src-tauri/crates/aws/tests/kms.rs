//! KMS keys against a KMS-compatible server process that checks signatures, clocks and policies.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::sync::Arc;

use aws_sdk_kms::types::{KeySpec as KmsSpec, KeyUsageType};
use cartorio_core::{Digest, FixedClock, HashAlgorithm};
use cartorio_keys::conformance::{run, unique_alias};
use cartorio_keys::{
    KeyError, KeyManager, KeyOrigin, KeyRef, KeySpec, KeyState, SignatureAlgorithm, verify_digest,
};
use cartorio_testkit::emulator::shared_ministack;
use common::{Caller, REGION, admin, kms, reference, request, restricted, session};
use time::{Duration, OffsetDateTime};

const P256: SignatureAlgorithm = SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256);

const EVERYTHING: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#;

fn digest() -> Digest {
    Digest::of(HashAlgorithm::Sha256, b"escritura")
}

#[tokio::test]
async fn keeps_the_contract() {
    let Some(server) = shared_ministack() else { return };
    run(&kms(&server.endpoint()).await).await;
}

#[tokio::test]
async fn id_alias_and_both_arns_name_one_key_and_its_arn_signs() {
    let Some(server) = shared_ministack() else { return };
    let kms = kms(&server.endpoint()).await;
    let alias = unique_alias("balcao");
    let info = kms.create(request(KeySpec::EcP256, &alias)).await.unwrap();
    assert_eq!((info.origin, info.region.as_deref(), info.exportable), (KeyOrigin::AwsKms, Some(REGION), false));
    let arn = info.key_id.clone();
    let id = arn.rsplit('/').next().unwrap().to_owned();
    let alias_arn = arn.replace(&format!("key/{id}"), &format!("alias/{alias}"));
    for name in [id.clone(), arn.clone(), format!("alias/{alias}"), alias_arn] {
        let named = reference(name);
        assert_eq!(kms.describe(&named).await.unwrap(), info, "{named}");
        let signer = kms.signer(&named, P256).await.unwrap();
        let signature = signer.sign_digest(&digest()).await.unwrap();
        assert_eq!(signature.key_id, arn, "{named}");
        assert_eq!(signature.attempts, 1);
        assert!(signature.request_id.is_some_and(|id| !id.is_empty()), "CloudTrail knows it by the request id");
        verify_digest(signer.public_key(), P256, &digest(), &signature.value).unwrap();
    }
    let regional = KeyRef::AwsKms { key: id, region: Some(REGION.to_owned()) };
    assert_eq!(kms.describe(&regional).await.unwrap(), info);
}

#[tokio::test]
async fn an_alias_that_moves_does_not_move_a_signer() {
    let Some(server) = shared_ministack() else { return };
    let kms = kms(&server.endpoint()).await;
    let alias = unique_alias("movel");
    let old = kms.create(request(KeySpec::EcP256, &alias)).await.unwrap();
    let new = kms.create(request(KeySpec::EcP256, &unique_alias("nova"))).await.unwrap();
    let named = reference(format!("alias/{alias}"));
    let signer = kms.signer(&named, P256).await.unwrap();
    let admin = admin(&server.endpoint(), REGION);
    admin.update_alias().alias_name(format!("alias/{alias}")).target_key_id(&new.key_id).send().await.unwrap();
    assert_eq!(signer.sign_digest(&digest()).await.unwrap().key_id, old.key_id);
    let fresh = kms.signer(&named, P256).await.unwrap();
    assert_eq!(fresh.sign_digest(&digest()).await.unwrap().key_id, new.key_id);
}

#[tokio::test]
async fn a_disabled_key_is_described_and_signs_nothing() {
    let Some(server) = shared_ministack() else { return };
    let kms = kms(&server.endpoint()).await;
    let info = kms.create(request(KeySpec::EcP256, &unique_alias("desligada"))).await.unwrap();
    let before = kms.signer(&info.key_ref, P256).await.unwrap();
    admin(&server.endpoint(), REGION).disable_key().key_id(&info.key_id).send().await.unwrap();

    assert_eq!(kms.describe(&info.key_ref).await.unwrap().state, KeyState::Disabled);
    let disabled = Some(KeyError::Disabled { key: info.key_ref.to_string() });
    assert_eq!(kms.signer(&info.key_ref, P256).await.err(), disabled);
    assert_eq!(before.sign_digest(&digest()).await.err(), disabled, "a signer made before finds out from KMS itself");
}

#[tokio::test]
async fn a_key_that_waits_for_deletion_says_so() {
    let Some(server) = shared_ministack() else { return };
    let kms = kms(&server.endpoint()).await;
    let info = kms.create(request(KeySpec::EcP256, &unique_alias("condenada"))).await.unwrap();
    let before = kms.signer(&info.key_ref, P256).await.unwrap();
    let admin = admin(&server.endpoint(), REGION);
    admin.schedule_key_deletion().key_id(&info.key_id).pending_window_in_days(7).send().await.unwrap();

    let described = kms.describe(&info.key_ref).await.unwrap();
    assert_eq!(described.state, KeyState::PendingDeletion);
    assert!(described.deletion_at.unwrap() > OffsetDateTime::now_utc() + Duration::days(6));
    let pending = Some(KeyError::PendingDeletion { key: info.key_ref.to_string() });
    assert_eq!(kms.signer(&info.key_ref, P256).await.err(), pending);
    assert_eq!(before.sign_digest(&digest()).await.err(), pending);
}

#[tokio::test]
async fn a_key_of_another_region_is_not_found_there_and_the_region_is_named() {
    let Some(server) = shared_ministack() else { return };
    let kms = kms(&server.endpoint()).await;
    let info = kms.create(request(KeySpec::EcP256, &unique_alias("paulista"))).await.unwrap();
    let id = info.key_id.rsplit('/').next().unwrap().to_owned();
    let elsewhere = KeyRef::AwsKms { key: id, region: Some("us-east-1".to_owned()) };
    let missing =
        Some(KeyError::NotFound { key: elsewhere.to_string(), region: Some("us-east-1".to_owned()) });
    assert_eq!(kms.describe(&elsewhere).await.err(), missing);
    assert_eq!(kms.signer(&elsewhere, P256).await.err(), missing);

    // A profile of that other region reaches the key all the same when the reference says where it is.
    let other = session(&server.endpoint(), Caller { region: "us-east-1", ..Caller::default() }).await.kms();
    other.signer(&info.key_ref, P256).await.unwrap().sign_digest(&digest()).await.unwrap();
}

#[tokio::test]
async fn a_key_for_encryption_is_refused_before_anything_is_signed() {
    let Some(server) = shared_ministack() else { return };
    let kms = kms(&server.endpoint()).await;
    let admin = admin(&server.endpoint(), REGION);
    let rsa = admin
        .create_key()
        .key_usage(KeyUsageType::EncryptDecrypt)
        .key_spec(KmsSpec::Rsa2048)
        .send()
        .await
        .unwrap()
        .key_metadata
        .unwrap();
    let symmetric = admin.create_key().send().await.unwrap().key_metadata.unwrap();
    let bitcoin = admin
        .create_key()
        .key_usage(KeyUsageType::SignVerify)
        .key_spec(KmsSpec::EccSecgP256K1)
        .send()
        .await
        .unwrap()
        .key_metadata
        .unwrap();
    for (metadata, usage) in
        [(&rsa, "RSA_2048 ENCRYPT_DECRYPT"), (&symmetric, "SYMMETRIC_DEFAULT ENCRYPT_DECRYPT")]
    {
        let key = reference(metadata.arn().unwrap());
        let info = kms.describe(&key).await.unwrap();
        assert_eq!((info.spec, info.can_sign, info.backend_spec.as_str()), (None, false, usage));
        let wrong = Some(KeyError::WrongUsage { key: key.to_string(), usage: usage.to_owned() });
        assert_eq!(kms.signer(&key, SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256)).await.err(), wrong);
        assert_eq!(kms.public_key(&key).await.err(), wrong);
    }
    let key = reference(bitcoin.arn().unwrap());
    assert!(!kms.describe(&key).await.unwrap().can_sign);
    assert!(matches!(kms.signer(&key, P256).await.err(), Some(KeyError::Unsupported { .. })));
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let Some(server) = shared_ministack() else { return };
    let owner = kms(&server.endpoint()).await;
    let info = owner.create(request(KeySpec::EcP256, &unique_alias("alheia"))).await.unwrap();
    let policy = |actions: &str| {
        format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}]}}"#)
    };
    let denied = |error: Option<KeyError>| match error {
        Some(KeyError::AccessDenied { action, .. }) => action,
        other => panic!("not a denial: {other:?}"),
    };

    let caller = restricted(&server.endpoint(), &policy(r#""kms:DescribeKey","kms:GetPublicKey""#)).await;
    let clerk = session(&server.endpoint(), caller).await.kms();
    let seen = clerk.describe(&info.key_ref).await.unwrap();
    assert!(seen.aliases.is_empty(), "who may not list names still sees the key");
    let signer = clerk.signer(&info.key_ref, P256).await.unwrap();
    assert_eq!(denied(signer.sign_digest(&digest()).await.err()), "kms:Sign");
    assert_eq!(denied(clerk.create(request(KeySpec::EcP256, &unique_alias("x"))).await.err()), "kms:CreateKey");
    assert_eq!(denied(clerk.list().await.err()), "kms:ListKeys");

    let caller = restricted(&server.endpoint(), &policy(r#""kms:DescribeKey","kms:Sign""#)).await;
    let clerk = session(&server.endpoint(), caller).await.kms();
    assert_eq!(denied(clerk.signer(&info.key_ref, P256).await.err()), "kms:GetPublicKey");

    let caller = restricted(&server.endpoint(), &policy(r#""kms:ListKeys","kms:ListAliases""#)).await;
    let clerk = session(&server.endpoint(), caller).await.kms();
    assert_eq!(denied(clerk.describe(&info.key_ref).await.err()), "kms:DescribeKey");
    let listed = clerk.list().await.unwrap();
    let hidden = listed.iter().find(|listed| listed.key_id == info.key_id).expect("listed, not hidden");
    assert_eq!((hidden.can_sign, hidden.aliases.clone()), (false, info.aliases));
}

#[tokio::test]
async fn the_list_has_every_key_once() {
    let Some(server) = shared_ministack() else { return };
    let kms = kms(&server.endpoint()).await;
    let mut made = Vec::new();
    for _ in 0..12 {
        made.push(kms.create(request(KeySpec::EcP256, &unique_alias("lista"))).await.unwrap());
    }
    let listed = kms.list().await.unwrap();
    for info in &made {
        assert_eq!(listed.iter().filter(|listed| *listed == info).count(), 1, "{}", info.key_id);
    }
    assert!(listed.is_sorted_by(|a, b| a.created_at >= b.created_at));
}

#[tokio::test]
async fn the_connection_test_tells_who_is_calling_and_what_is_wrong() {
    let Some(server) = shared_ministack() else { return };
    let endpoint = server.endpoint();
    let identity = session(&endpoint, Caller::default()).await.test().await.unwrap();
    assert_eq!((identity.region.as_str(), &identity.endpoint), (REGION, &endpoint));
    assert!(identity.account.len() == 12 && identity.arn.starts_with("arn:aws:"), "{identity:?}");

    // The server takes its root user at his word; a federated user it checks as AWS does.
    let user = || restricted(&endpoint, EVERYTHING);
    let wrong_secret = Caller { secret: "wJalrXUtnFEMI/K7MDENG/SEGREDO".to_owned(), ..user().await };
    let unknown = Caller { access_key_id: "AKIAIOSFODNN7SEGREDO".to_owned(), ..user().await };
    for caller in [wrong_secret, unknown] {
        let session = session(&endpoint, caller).await;
        let error = session.test().await.expect_err("refused");
        assert!(matches!(error, KeyError::InvalidCredentials { .. }), "{error:?}");
        let listing = session.kms().list().await.err();
        assert!(matches!(listing, Some(KeyError::InvalidCredentials { .. })), "{listing:?}");
        let shown = format!("{error} {error:?} {listing:?} {session:?}");
        assert!(!shown.contains("SEGREDO"), "a secret shows: {shown}");
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_said_and_not_corrected() {
    let Some(server) = shared_ministack() else { return };
    for hours in [-2, 2] {
        let clock = Arc::new(FixedClock(OffsetDateTime::now_utc() + Duration::hours(hours)));
        let user = restricted(&server.endpoint(), EVERYTHING).await;
        let session = session(&server.endpoint(), Caller { clock, ..user }).await;
        assert_eq!(session.test().await.err(), Some(KeyError::ClockSkew), "{hours} h");
        assert_eq!(session.kms().list().await.err(), Some(KeyError::ClockSkew), "{hours} h");
    }
}

#[tokio::test]
async fn a_session_token_that_is_over_is_said() {
    let Some(server) = shared_ministack() else { return };
    let caller = restricted(&server.endpoint(), EVERYTHING).await;
    let forged = Caller { token: Some("FwoGZXIvYXdzEXAMPLETOKEN".to_owned()), ..caller };
    let error = session(&server.endpoint(), forged).await.kms().list().await.expect_err("refused");
    assert!(
        matches!(error, KeyError::InvalidCredentials { .. } | KeyError::ExpiredCredentials),
        "a token of another session: {error:?}"
    );
}
