//! What the registry knows of keys: their use, their identities, A1 files; and operators' password hashes.

use cartorio_core::{Coded, JobId, OperatorId};
use cartorio_registry::*;
use time::Duration;

use crate::common::{START, intent, operator};

pub async fn the_newest_use_of_every_key_is_told(registry: &Registry) {
    assert_eq!(registry.key_uses().await.unwrap(), []);
    let mut expected: Vec<KeyUse> = Vec::new();
    let sign = async |minute: i64, key: Option<&str>, act: Act, outcome: Outcome| {
        let mut draft = intent(act, minute);
        draft.key_id = key.map(str::to_owned);
        registry.append(draft.clone()).await.unwrap();
        let mut result = draft.ended(draft.at, outcome);
        result.request_id = Some(format!("request-{minute}"));
        registry.append(result).await.unwrap();
    };
    // Not by the clock but by the trail: the second signature of key-1 has an older time.
    sign(5, Some("key-1"), Act::DocumentSigned, Outcome::Succeeded).await;
    sign(4, Some("key-1"), Act::FileSigned, Outcome::Succeeded).await;
    sign(6, Some("key-2"), Act::DocumentSigned, Outcome::Succeeded).await;
    for (minute, outcome) in [(7, Outcome::Failed { code: "aws_throttled".into() }), (8, Outcome::Cancelled)] {
        sign(minute, Some("key-1"), Act::DocumentSigned, outcome.clone()).await;
        sign(minute, Some("key-3"), Act::DocumentSigned, outcome).await;
    }
    sign(9, Some("key-1"), Act::KeyDescribed, Outcome::Succeeded).await;
    sign(9, Some("key-1"), Act::FileSignatureVerified, Outcome::Succeeded).await;
    sign(9, None, Act::DocumentSigned, Outcome::Succeeded).await;
    sign(10, Some("key-2"), Act::ResultRecovered, Outcome::Succeeded).await;
    for (key, minute, act, count) in [("key-2", 10, Act::ResultRecovered, 2), ("key-1", 4, Act::FileSigned, 2)] {
        expected.push(KeyUse {
            key_id: key.into(),
            at: START + Duration::minutes(minute),
            act,
            operator_name: "Ana Escrevente".into(),
            request_id: Some(format!("request-{minute}")),
            count,
        });
    }
    assert_eq!(registry.key_uses().await.unwrap(), expected);
    assert_ne!(JobId::generate(), JobId::generate());
}

pub async fn tries_that_came_to_nothing_are_told_from_signatures(registry: &Registry) {
    assert_eq!(registry.key_tries("local:1").await.unwrap(), KeyTries::default());
    let failed = || Outcome::Failed { code: "tsa_refused".into() };
    for (key, act, outcome, uses) in [
        ("local:1", Act::DocumentSigned, failed(), Some("1")),
        ("local:1", Act::FileSigned, Outcome::Cancelled, Some("2")),
        ("local:1", Act::DocumentSigned, failed(), Some("0")),
        ("local:1", Act::DocumentSigned, failed(), None),
        ("local:1", Act::DocumentSigned, Outcome::Interrupted, None),
        ("local:1", Act::DocumentSigned, Outcome::Succeeded, Some("2")),
        ("local:1", Act::KeyDescribed, Outcome::Interrupted, None),
        ("local:2", Act::DocumentSigned, Outcome::Interrupted, None),
    ] {
        let mut draft = intent(act, 1);
        draft.key_ref = Some(key.to_owned());
        registry.append(draft.clone()).await.unwrap();
        let mut result = draft.ended(draft.at, outcome);
        result.detail.extend(uses.map(|uses| ("key_uses".to_owned(), uses.to_owned())));
        registry.append(result).await.unwrap();
    }
    assert_eq!(registry.key_tries("local:1").await.unwrap(), KeyTries { values: 3, interrupted: 1 });
    assert_eq!(registry.key_tries("local:2").await.unwrap(), KeyTries { values: 0, interrupted: 1 });
}

pub async fn an_operators_secret_is_replaced_and_never_a_password(registry: &Registry) {
    let ana = Operator { id: OperatorId::generate(), name: "Ana".into(), role: Role::Clerk, active: true };
    let hash = |salt: &str| format!("$argon2id$v=19$m=65536,t=3,p=1${salt}$aGFzaA");
    let stranger = registry.set_operator_secret(ana.id, &hash("YQ"), START).await.unwrap_err();
    assert_eq!(stranger.code(), "registry_conflict", "no such operator");
    registry.add_operator(&ana).await.unwrap();
    assert_eq!(registry.operator_secret(ana.id).await.unwrap(), None);
    for (salt, minute) in [("YQ", 1), ("Yg", 2)] {
        let at = START + Duration::minutes(minute);
        registry.set_operator_secret(ana.id, &hash(salt), at).await.unwrap();
        assert_eq!(registry.operator_secret(ana.id).await.unwrap(), Some((hash(salt), at)));
    }
    let plain = registry.set_operator_secret(ana.id, "hunter2 hunter2", START).await.unwrap_err();
    assert_eq!(plain.code(), "registry_invalid");
    assert!(!format!("{plain:?} {plain} {:?}", plain.params()).contains("hunter2"), "not repeated in the error");
    assert_eq!(registry.operator_secret(ana.id).await.unwrap().unwrap().0, hash("Yg"));
    let listed = format!("{:?}", registry.operators().await.unwrap());
    assert!(!listed.contains("argon2id"), "{listed}");
}

pub async fn a1_files(registry: &Registry) {
    let file = |byte: &str, minute: i64| A1File {
        certificate_sha256: byte.repeat(32),
        path: format!("/Área de trabalho/{byte}.pfx").into(),
        file_name: format!("{byte}.pfx"),
        file_sha256: "77".repeat(32),
        added_at: START + Duration::minutes(minute),
        added_by: operator("João"),
        removed_at: None,
    };
    let (first, second) = (file("aa", 2), file("bb", 1));
    for file in [&first, &second] {
        registry.add_a1_file(file).await.unwrap();
        assert_eq!(&registry.a1_file(&file.certificate_sha256).await.unwrap(), file);
    }
    assert_eq!(registry.a1_files(false).await.unwrap(), [second.clone(), first.clone()], "oldest first");
    let moved = A1File { path: "/other.pfx".into(), ..first.clone() };
    assert_eq!(registry.add_a1_file(&moved).await.unwrap_err().code(), "registry_conflict", "in use");

    let end = START + Duration::DAY;
    registry.remove_a1_file(&first.certificate_sha256, end).await.unwrap();
    let again = registry.remove_a1_file(&first.certificate_sha256, end).await.unwrap_err();
    assert_eq!(again.code(), "registry_conflict", "removed already");
    assert_eq!(registry.a1_files(false).await.unwrap(), std::slice::from_ref(&second));
    let all = registry.a1_files(true).await.unwrap();
    assert_eq!(all[1], A1File { removed_at: Some(end), ..first.clone() });
    registry.add_a1_file(&moved).await.unwrap();
    assert_eq!(registry.a1_files(false).await.unwrap(), [second, moved.clone()], "it came back, as given now");

    for odd in [
        A1File { certificate_sha256: "x".into(), ..moved.clone() },
        A1File { file_sha256: "AA".repeat(32), ..moved.clone() },
        A1File { removed_at: Some(end), ..file("cc", 0) },
    ] {
        assert_eq!(registry.add_a1_file(&odd).await.unwrap_err().code(), "registry_invalid");
    }
    assert_eq!(registry.a1_file("x").await.unwrap_err().code(), "registry_not_found");
    assert_eq!(registry.remove_a1_file("x", end).await.unwrap_err().code(), "registry_not_found");
}
