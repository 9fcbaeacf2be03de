//! The suite that every backend runs: what [`KeyManager`] promises, tried from outside, chosen by the declared
//! [`Capabilities`](crate::Capabilities).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use cartorio_core::{Digest, HashAlgorithm};

use crate::{
    CreateKey, KeyError, KeyInfo, KeyManager, KeyRef, KeySpec, KeyState, PublicKey, SignatureAlgorithm, verify_digest,
};

/// Runs the whole suite on `manager`, making one key of each type that it declares.
///
/// # Panics
/// With the first broken promise.
#[allow(clippy::panic)] // A test function: its failure is a panic.
pub async fn run(manager: &dyn KeyManager) {
    if let Err(failure) = check(manager).await {
        panic!("{} breaks the contract: {failure}", manager.capabilities().backend);
    }
}

/// Runs the whole suite on `manager` and tells the first broken promise.
///
/// # Errors
/// The promise, and what happened instead.
pub async fn check(manager: &dyn KeyManager) -> Result<(), String> {
    let capabilities = manager.capabilities();
    if capabilities.creates.is_empty() {
        return Err("a backend that makes no key cannot be tried".to_owned());
    }
    let mut made: Vec<(KeyInfo, PublicKey)> = Vec::new();
    for spec in &capabilities.creates {
        let info = creation(manager, *spec).await.map_err(|failure| format!("{spec}: {failure}"))?;
        let public = public_key(manager, &info, *spec).await.map_err(|failure| format!("{spec}: {failure}"))?;
        ensure(made.iter().all(|(_, other)| *other != public), || format!("{spec}: two keys have one public key"))?;
        made.push((info, public));
    }
    for (info, public) in made.iter().filter(|(_, public)| public.spec.signs_documents()) {
        signatures(manager, info, public).await.map_err(|failure| format!("{}: {failure}", public.spec))?;
        refusals(manager, info, public.spec).await.map_err(|failure| format!("{}: {failure}", public.spec))?;
    }
    let Some((first, _)) = made.first() else {
        return Err("nothing was made".to_owned());
    };
    unknown_keys(manager, &first.key_ref).await?;
    duplicate_alias(manager, first).await?;
    listing(manager, &made, capabilities.list).await
}

/// An alias that no other run uses.
pub fn unique_alias(stem: &str) -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map(|age| age.as_nanos()).unwrap_or_default();
    format!("{stem}-{nanos:x}-{}", COUNTER.fetch_add(1, Ordering::Relaxed))
}

async fn creation(manager: &dyn KeyManager, spec: KeySpec) -> Result<KeyInfo, String> {
    let alias = unique_alias("conformance");
    let request = CreateKey {
        tags: [("purpose".to_owned(), "conformance".to_owned())].into(),
        ..CreateKey::named(spec, alias.clone()).described("conformance suite")
    };
    let created = manager.create(request).await.map_err(|error| format!("create failed: {error}"))?;
    let info = manager.describe(&created.key_ref).await.map_err(|error| format!("describe failed: {error}"))?;
    ensure(info == created, || format!("describe says {info:?} where create said {created:?}"))?;
    ensure(info.spec == Some(spec), || format!("its type is {:?}", info.spec))?;
    ensure(info.can_sign && info.state == KeyState::Enabled, || "a new key is not ready to sign".to_owned())?;
    ensure(info.aliases == [alias.clone()], || format!("its aliases are {:?}, not {alias:?}", info.aliases))?;
    ensure(info.description.as_deref() == Some("conformance suite"), || "the description is lost".to_owned())?;
    ensure(info.created_at.is_some(), || "it has no date of creation".to_owned())?;
    ensure(same_set(&info.algorithms, &spec.algorithms()), || format!("its algorithms are {:?}", info.algorithms))?;
    Ok(info)
}

async fn public_key(manager: &dyn KeyManager, info: &KeyInfo, spec: KeySpec) -> Result<PublicKey, String> {
    let public = manager.public_key(&info.key_ref).await.map_err(|error| format!("public_key failed: {error}"))?;
    ensure(public.spec == spec, || format!("its public key is a {} key", public.spec))?;
    let read = PublicKey::from_spki(public.spki.clone()).map_err(|error| error.to_string())?;
    ensure(read == public, || "its public key is not the type it claims".to_owned())?;
    Ok(public)
}

async fn signatures(manager: &dyn KeyManager, info: &KeyInfo, public: &PublicKey) -> Result<(), String> {
    for algorithm in &info.algorithms {
        let failed = |what: &str, error: &dyn std::fmt::Display| format!("{algorithm}: {what}: {error}");
        let signer =
            manager.signer(&info.key_ref, *algorithm).await.map_err(|error| failed("signer failed", &error))?;
        ensure(signer.algorithm() == *algorithm, || format!("the signer is for {}", signer.algorithm()))?;
        ensure(signer.public_key() == public, || format!("{algorithm}: the signer has another public key"))?;
        for text in ["escritura de compra e venda", ""] {
            let digest = Digest::of(algorithm.hash(), text.as_bytes());
            let signature =
                signer.sign_digest(&digest).await.map_err(|error| failed("sign_digest failed", &error))?;
            verify_digest(public, *algorithm, &digest, &signature.value)
                .map_err(|error| failed("the signature is not good", &error))?;
            ensure(signature.value.len() <= public.spec.max_signature_len(), || {
                format!("{algorithm}: the signature has {} bytes", signature.value.len())
            })?;
            ensure(signature.key_id == info.key_id, || format!("{algorithm}: signed by {}", signature.key_id))?;
            ensure(signature.attempts >= 1, || format!("{algorithm}: signed in no attempt"))?;
        }
        for hash in HashAlgorithm::ALL.into_iter().filter(|hash| *hash != algorithm.hash()) {
            let outcome = signer.sign_digest(&Digest::of(hash, b"x")).await;
            let wanted = KeyError::WrongDigest { expected: algorithm.hash(), actual: hash };
            ensure(outcome == Err(wanted), || format!("{algorithm}: a {hash} digest gives {outcome:?}"))?;
        }
    }
    Ok(())
}

async fn refusals(manager: &dyn KeyManager, info: &KeyInfo, spec: KeySpec) -> Result<(), String> {
    for algorithm in SignatureAlgorithm::all().filter(|algorithm| !algorithm.fits(spec)) {
        match manager.signer(&info.key_ref, algorithm).await {
            Err(KeyError::WrongAlgorithm { spec: said, algorithm: asked, .. })
                if said == spec && asked == algorithm => {}
            Err(error) => return Err(format!("a signer for {algorithm} gives {error:?}")),
            Ok(_) => return Err(format!("it gives a signer for {algorithm}")),
        }
    }
    Ok(())
}

async fn unknown_keys(manager: &dyn KeyManager, known: &KeyRef) -> Result<(), String> {
    let (unknown, foreign) = match known {
        KeyRef::Local { .. } => (
            vec![KeyRef::Local { id: "00000000000000000000000000000000".to_owned() }],
            KeyRef::AwsKms { key: "alias/balcao".to_owned(), region: None },
        ),
        KeyRef::AwsKms { .. } => (
            ["00000000-0000-4000-8000-000000000000".to_owned(), format!("alias/{}", unique_alias("none"))]
                .into_iter()
                .map(|key| KeyRef::AwsKms { key, region: None })
                .collect(),
            KeyRef::Local { id: "balcao".to_owned() },
        ),
        KeyRef::Pkcs11 { attributes } => (
            vec![KeyRef::Pkcs11 { attributes: format!("{attributes}-none") }],
            KeyRef::Local { id: "balcao".to_owned() },
        ),
        KeyRef::P12 { .. } => {
            (vec![KeyRef::P12 { certificate: "0".repeat(64) }], KeyRef::Local { id: "balcao".to_owned() })
        }
    };
    let algorithm = SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256);
    for key in unknown {
        let outcomes = [
            manager.describe(&key).await.err(),
            manager.public_key(&key).await.err(),
            manager.signer(&key, algorithm).await.err(),
        ];
        for outcome in outcomes {
            ensure(matches!(outcome, Some(KeyError::NotFound { .. })), || {
                format!("the unknown key {key} gives {outcome:?}")
            })?;
        }
    }
    let outcomes = [
        manager.describe(&foreign).await.err(),
        manager.public_key(&foreign).await.err(),
        manager.signer(&foreign, algorithm).await.err(),
    ];
    for outcome in outcomes {
        ensure(matches!(outcome, Some(KeyError::BadReference { .. })), || {
            format!("the foreign reference {foreign} gives {outcome:?}")
        })?;
    }
    Ok(())
}

async fn duplicate_alias(manager: &dyn KeyManager, first: &KeyInfo) -> Result<(), String> {
    let request = |alias: String| CreateKey::named(first.spec.unwrap_or(KeySpec::EcP256), alias);
    let taken = first.aliases.first().cloned().unwrap_or_default();
    let outcome = manager.create(request(taken.clone())).await;
    ensure(matches!(&outcome, Err(KeyError::AlreadyExists { name }) if *name == taken), || {
        format!("a taken alias gives {outcome:?}")
    })?;
    for bad in ["", "com espaço", "aws/s3"] {
        let outcome = manager.create(request(bad.to_owned())).await;
        ensure(matches!(outcome, Err(KeyError::BadReference { .. })), || {
            format!("the alias {bad:?} gives {outcome:?}")
        })?;
    }
    Ok(())
}

async fn listing(manager: &dyn KeyManager, made: &[(KeyInfo, PublicKey)], declared: bool) -> Result<(), String> {
    let listed = match (manager.list().await, declared) {
        (Ok(listed), true) => listed,
        (Err(KeyError::Unsupported { .. }), false) => return Ok(()),
        (outcome, _) => return Err(format!("list is declared {declared} and gives {outcome:?}")),
    };
    for (info, _) in made {
        let times = listed.iter().filter(|listed| listed.key_id == info.key_id).count();
        ensure(times == 1, || format!("list shows {} {times} times", info.key_ref))?;
        ensure(listed.contains(info), || format!("list says something else of {} than describe", info.key_ref))?;
    }
    ensure(listed.is_sorted_by(|a, b| a.created_at >= b.created_at), || "list is not newest first".to_owned())
}

fn same_set(a: &[SignatureAlgorithm], b: &[SignatureAlgorithm]) -> bool {
    a.len() == b.len() && a.iter().all(|algorithm| b.contains(algorithm))
}

fn ensure(promise: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if promise { Ok(()) } else { Err(otherwise()) }
}
