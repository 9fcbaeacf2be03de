//! KMS keys against a KMS-compatible server process that checks signatures, clocks and policies.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use aws_sdk_kms::types::{KeySpec as KmsSpec, KeyUsageType};
use cartorio_core::{Digest, FixedClock, HashAlgorithm};
use cartorio_keys::conformance::{Deviation, Setup, run_with, unique_alias};
use cartorio_keys::{
    CreateKey, CreationToken, KeyError, KeyManager, KeyOrigin, KeyRef, KeySpec, KeyState, KeyUsage, SignatureAlgorithm,
    SignatureScheme, verify_digest,
};
use cartorio_testkit::emulator::shared_ministack;
use cartorio_testkit::fault_proxy::{Fault, FaultProxy, Rule};
use common::{Caller, REGION, admin, kms, reference, request, restricted, session};
use time::{Duration, OffsetDateTime};

const P256: SignatureAlgorithm = SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256);

const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#;

fn digest() -> Digest {
    Digest::of(HashAlgorithm::Sha256, b"escritura")
}

/// What the emulator does not do as AWS does (measured; AWS does all of it).
const DEVIATIONS: [(Deviation, &str); 7] = [
    (Deviation::TypeIsMissing(KeySpec::MlDsa44), "the emulator has no ML-DSA"),
    (Deviation::TypeIsMissing(KeySpec::MlDsa65), "the emulator has no ML-DSA"),
    (Deviation::TypeIsMissing(KeySpec::MlDsa87), "the emulator has no ML-DSA"),
    (Deviation::LastUseIsMissing, "the emulator has no GetKeyLastUsage"),
    (Deviation::ChangedSealOpens, "the emulator seals without authentication"),
    (Deviation::SealOfAnotherKeyOpens, "the emulator opens with whatever key is named"),
    (Deviation::RotateNowIsMissing, "the emulator has no RotateKeyOnDemand and no ListKeyRotations"),
];

#[tokio::test]
async fn keeps_the_contract() {
    let Some(server) = shared_ministack() else { return };
    let proxy = FaultProxy::start(&server.endpoint());
    // The emulator knows the period of a renewal and leaves its next date out; AWS has it.
    proxy.rule(Rule::on(
        "GetKeyRotationStatus",
        Fault::rewrite(|body| {
            let mut status: serde_json::Value = serde_json::from_slice(&body).unwrap();
            if status["KeyRotationEnabled"] == true {
                let days = status["RotationPeriodInDays"].as_i64().unwrap();
                let next = OffsetDateTime::now_utc() + Duration::days(days);
                status["NextRotationDate"] = next.unix_timestamp().into();
            }
            status.to_string().into_bytes()
        }),
    ));
    run_with(&kms(&proxy.endpoint()).await, &Setup { deviations: DEVIATIONS.to_vec(), ..Setup::default() }).await;
}

#[tokio::test]
async fn openssl_accepts_every_algorithm_with_the_exported_key_and_no_changed_signature() {
    let Some(server) = shared_ministack() else { return };
    let kms = kms(&server.endpoint()).await;
    let folder = tempfile::tempdir().unwrap();
    let message = b"traslado de escritura";
    std::fs::write(folder.path().join("message"), message).unwrap();
    let mut tried = 0;
    for spec in KeySpec::ALL {
        // The emulator has no ML-DSA (and OpenSSL has it from 3.5 on).
        if matches!(spec, KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87) {
            continue;
        }
        let info = kms.create(request(spec, &unique_alias("juiz"))).await.unwrap();
        std::fs::write(folder.path().join("key"), kms.public_key(&info.key_ref).await.unwrap().spki).unwrap();
        for algorithm in spec.algorithms() {
            let signer = kms.signer(&info.key_ref, algorithm).await.unwrap();
            let mut value = signer.sign_message(message).await.unwrap().value;
            std::fs::write(folder.path().join("signature"), &value).unwrap();
            assert!(openssl_verifies(folder.path(), algorithm), "{spec} {algorithm}");
            let middle = value.len() / 2;
            value[middle] ^= 1;
            std::fs::write(folder.path().join("signature"), &value).unwrap();
            assert!(!openssl_verifies(folder.path(), algorithm), "{spec} {algorithm}: a changed signature");
            tried += 1;
        }
    }
    assert_eq!(tried, 3 * 6 + 3 + 1);
}

/// Whether OpenSSL takes `signature` over `message` for `key` (files in `folder`).
fn openssl_verifies(folder: &Path, algorithm: SignatureAlgorithm) -> bool {
    let hash = format!("-{}", algorithm.hash().name().replace('-', "").to_lowercase());
    let mut arguments = match algorithm.scheme() {
        SignatureScheme::Ed25519 | SignatureScheme::MlDsa => {
            vec![
                "pkeyutl",
                "-verify",
                "-pubin",
                "-keyform",
                "DER",
                "-inkey",
                "key",
                "-rawin",
                "-in",
                "message",
                "-sigfile",
                "signature",
            ]
        }
        SignatureScheme::RsaPkcs1 | SignatureScheme::RsaPss | SignatureScheme::Ecdsa => {
            vec!["dgst", &hash, "-keyform", "DER", "-verify", "key", "-signature", "signature"]
        }
    };
    if algorithm.scheme() == SignatureScheme::RsaPss {
        arguments.extend(["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]);
    }
    if arguments[0] == "dgst" {
        arguments.push("message");
    }
    Command::new("openssl").args(arguments).current_dir(folder).output().expect("openssl").status.success()
}

#[tokio::test]
async fn creation_keeps_everything_that_was_asked_for() {
    let Some(server) = shared_ministack() else { return };
    let kms = kms(&server.endpoint()).await;
    let token = CreationToken::new(unique_alias("troca")).unwrap();
    let alias = unique_alias("completa");
    let asked = CreateKey {
        tags: [("Sistema", "cartorio-digital"), ("Ambiente", "produção"), ("Uso", "balcão")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        multi_region: true,
        token: Some(token.clone()),
        ..CreateKey::named(KeySpec::EcP384, &alias).described("chave do 2º ofício")
    };
    let info = kms.create(asked.clone()).await.unwrap();
    assert_eq!((info.usage, info.multi_region, info.spec), (KeyUsage::Sign, true, Some(KeySpec::EcP384)));
    assert!(info.key_id.contains(":key/mrk-"), "{}", info.key_id);
    assert_eq!(info.description.as_deref(), Some("chave do 2º ofício"));
    let mut tags = kms.tags(&info.key_ref).await.unwrap();
    assert_eq!(tags.remove(CreationToken::TAG).as_deref(), Some(token.as_str()), "the token is part of the request");
    assert_eq!(tags, asked.tags);

    // At the same time, from two windows of one office.
    let again = CreateKey { token: Some(CreationToken::new(unique_alias("dupla")).unwrap()), alias: None, ..asked };
    let (one, two) = tokio::join!(kms.create(again.clone()), kms.create(again));
    assert_eq!(one.unwrap(), two.unwrap(), "one token makes one key");
}

#[tokio::test]
async fn who_may_do_what_is_read_from_policy_and_grants() {
    let Some(server) = shared_ministack() else { return };
    let kms = kms(&server.endpoint()).await;
    let info = kms.create(request(KeySpec::EcP256, &unique_alias("regras"))).await.unwrap();
    let access = kms.access(&info.key_ref).await.unwrap();
    assert_eq!(access.statements.len(), 1);
    assert_eq!(access.statements[0].actions, ["kms:*"]);
    assert!(access.statements[0].allows && access.statements[0].principals[0].ends_with(":root"));
    assert!(access.grants.is_empty());

    let clerk = "arn:aws:iam::000000000000:role/Escrevente";
    let admin = admin(&server.endpoint(), REGION);
    for name in ["um", "dois"] {
        admin
            .create_grant()
            .key_id(&info.key_id)
            .grantee_principal(clerk)
            .operations(aws_sdk_kms::types::GrantOperation::Sign)
            .operations(aws_sdk_kms::types::GrantOperation::GetPublicKey)
            .name(name)
            .send()
            .await
            .unwrap();
    }
    let grants = kms.access(&info.key_ref).await.unwrap().grants;
    assert_eq!(grants.len(), 2);
    assert!(grants.iter().all(|grant| grant.grantee == clerk && grant.operations == ["Sign", "GetPublicKey"]));
    assert!(grants.iter().any(|grant| grant.name.as_deref() == Some("um") && grant.created_at.is_some()));
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
    let missing = Some(KeyError::NotFound { key: elsewhere.to_string(), region: Some("us-east-1".to_owned()) });
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
    for (metadata, usage) in [(&rsa, "RSA_2048 ENCRYPT_DECRYPT"), (&symmetric, "SYMMETRIC_DEFAULT ENCRYPT_DECRYPT")] {
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
    assert_eq!(denied(clerk.set_enabled(&info.key_ref, false).await.err()), "kms:DisableKey");
    assert_eq!(denied(clerk.access(&info.key_ref).await.err()), "kms:GetKeyPolicy");
    assert_eq!(denied(clerk.tags(&info.key_ref).await.err()), "kms:ListResourceTags");
    let token = CreationToken::new("pedido").unwrap();
    assert_eq!(denied(clerk.find_created(&token).await.err()), "kms:ListKeys");
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
