//! The mandatory core: describe, create, public key, signer; and list.

use cartorio_core::{Digest, HashAlgorithm};

use super::{Deviation, Outcome, Suite, ensure, failed, named, refused, unique_alias};
use crate::{
    CreateKey, DigestSigner, KeyError, KeyInfo, KeyOrigin, KeySpec, KeyState, KeyUsage, MESSAGE_LIMIT, PublicKey,
    SignatureAlgorithm, verify_digest, verify_message,
};

impl Suite<'_> {
    /// One key of each declared type, and those that are there already.
    pub(super) async fn keys(&self) -> Outcome<Vec<(KeyInfo, PublicKey)>> {
        let mut made: Vec<(KeyInfo, PublicKey)> = Vec::new();
        for spec in KeySpec::ALL {
            let missing = Deviation::TypeIsMissing(spec);
            if !self.capabilities.creates.contains(&spec) {
                let request = CreateKey { alias: None, ..CreateKey::named(spec, "") };
                let outcome = self.manager.create(request).await;
                refused(&format!("{spec}: creating an undeclared type"), outcome, |error| {
                    matches!(error, KeyError::Unsupported { .. })
                })?;
            } else if self.is_listed(missing) {
                self.unless(missing, self.creation(spec).await.map(|_| ()))?;
            } else {
                let pair = named(spec.name(), self.creation(spec).await)?;
                ensure(made.iter().all(|(_, other)| *other != pair.1), || {
                    format!("{spec}: two keys have one public key")
                })?;
                made.push(pair);
            }
        }
        for key in &self.setup.existing {
            let info = named(&key.to_string(), self.describe(key).await)?;
            let public = named(&key.to_string(), self.public_of(key).await)?;
            made.push((info, public));
        }
        Ok(made)
    }

    pub(super) async fn core(&self, made: &[(KeyInfo, PublicKey)]) -> Outcome {
        for (info, public) in made {
            named(public.spec.name(), self.facts(info, public).await)?;
            named(public.spec.name(), self.signatures(info, public).await)?;
            named(public.spec.name(), self.refusals(info, public.spec).await)?;
        }
        if !self.specs().is_empty() {
            self.names().await?;
        }
        match made.first() {
            Some((first, _)) => self.strangers(first).await,
            None => Ok(()),
        }
    }

    async fn creation(&self, spec: KeySpec) -> Outcome<(KeyInfo, PublicKey)> {
        let alias = unique_alias("conformance");
        let request = CreateKey {
            tags: [("purpose".to_owned(), "conformance".to_owned())].into(),
            ..CreateKey::named(spec, alias.clone()).described("conformance suite")
        };
        let created = self.make(request).await?;
        let info = self.settles(&created.key_ref, "not what create said", |info| *info == created).await?;
        ensure(info.aliases == [alias.clone()], || format!("its aliases are {:?}, not {alias:?}", info.aliases))?;
        let described = info.description.as_deref() == Some("conformance suite");
        ensure(described || !self.capabilities.tags, || "the description is lost".to_owned())?;
        ensure(info.state == KeyState::Enabled, || "a new key is not ready to sign".to_owned())?;
        ensure(!info.multi_region, || "it is in several regions without having been asked for".to_owned())?;
        ensure(info.spec == Some(spec), || format!("its type is {:?}", info.spec))?;
        let public = self.public_of(&info.key_ref).await?;
        Ok((info, public))
    }

    async fn facts(&self, info: &KeyInfo, public: &PublicKey) -> Outcome {
        let spec = public.spec;
        ensure(info.spec == Some(spec), || format!("its type is {:?}, its public key's {spec}", info.spec))?;
        ensure(info.can_sign, || "it is said not to sign".to_owned())?;
        ensure(info.usage == KeyUsage::Sign, || format!("its usage is {:?}", info.usage))?;
        ensure(info.deletion_at.is_none(), || "it has a date of deletion".to_owned())?;
        // PKCS#11 has no time of creation, and a P12 file has none of its key.
        let dated = match info.origin {
            KeyOrigin::Local | KeyOrigin::AwsKms => info.created_at.is_some(),
            KeyOrigin::Token | KeyOrigin::P12File => true,
        };
        ensure(dated, || "it has no date of creation".to_owned())?;
        let offered: Vec<_> = spec.algorithms();
        ensure(info.algorithms.iter().all(|algorithm| offered.contains(algorithm)), || {
            format!("its algorithms are {:?}", info.algorithms)
        })?;
        // A token may lack some; KMS and the local store have them all.
        let complete = match info.origin {
            KeyOrigin::Local | KeyOrigin::AwsKms => info.algorithms.len() == offered.len(),
            KeyOrigin::Token | KeyOrigin::P12File => !info.algorithms.is_empty(),
        };
        ensure(complete, || format!("its algorithms are {:?}", info.algorithms))?;
        let read = PublicKey::from_spki(public.spki.clone()).map_err(|error| error.to_string())?;
        ensure(read == *public, || "its public key is not the type it claims".to_owned())?;
        let again = self.public_of(&info.key_ref).await?;
        ensure(again == *public, || "its public key is another one the second time".to_owned())
    }

    async fn signatures(&self, info: &KeyInfo, public: &PublicKey) -> Outcome {
        for algorithm in &info.algorithms {
            let signer = named(algorithm.name(), self.signer(&info.key_ref, *algorithm).await)?;
            ensure(signer.algorithm() == *algorithm, || format!("the signer is for {}", signer.algorithm()))?;
            ensure(signer.public_key() == public, || format!("{algorithm}: the signer has another public key"))?;
            self.signs_with(signer.as_ref(), info, public).await?;
            let outcome = if algorithm.signs_messages() {
                messages(signer.as_ref(), public).await
            } else {
                digests(signer.as_ref(), public).await
            };
            named(algorithm.name(), outcome)?;
        }
        Ok(())
    }

    async fn refusals(&self, info: &KeyInfo, spec: KeySpec) -> Outcome {
        for algorithm in SignatureAlgorithm::all().filter(|algorithm| !info.algorithms.contains(algorithm)) {
            match self.manager.signer(&info.key_ref, algorithm).await {
                Err(KeyError::WrongAlgorithm { spec: said, algorithm: asked, .. })
                    if said == spec && asked == algorithm => {}
                Err(error) => return Err(format!("a signer for {algorithm} gives {error:?}")),
                Ok(_) => return Err(format!("it gives a signer for {algorithm}")),
            }
        }
        Ok(())
    }

    /// Friendly names at creation: none, a taken one, malformed ones.
    async fn names(&self) -> Outcome {
        let spec = self.first_spec()?;
        let nameless = self.make(CreateKey { alias: None, ..CreateKey::named(spec, "") }).await?;
        ensure(nameless.aliases.is_empty(), || format!("a key without a name is called {:?}", nameless.aliases))?;
        let public = self.public_of(&nameless.key_ref).await?;
        named("a key without a name", self.signs(&nameless, &public).await)?;

        let taken = unique_alias("tomado");
        self.make_first(&taken).await?;
        let outcome = self.manager.create(CreateKey::named(spec, taken.clone())).await;
        ensure(matches!(&outcome, Err(KeyError::AlreadyExists { name }) if *name == taken), || {
            format!("a taken alias gives {outcome:?}")
        })?;
        for bad in ["", "com espaço", "aws/s3"] {
            let outcome = self.manager.create(CreateKey::named(spec, bad)).await;
            refused(&format!("the alias {bad:?}"), outcome, |error| matches!(error, KeyError::BadReference { .. }))?;
        }
        Ok(())
    }

    pub(super) async fn listing(&self, made: &[(KeyInfo, PublicKey)]) -> Outcome {
        self.eventually(async || {
            let listed = self.manager.list().await.map_err(failed("list"))?;
            for (info, _) in made {
                let times = listed.iter().filter(|listed| listed.key_id == info.key_id).count();
                ensure(times == 1, || format!("{} is shown {times} times", info.key_ref))?;
                ensure(listed.contains(info), || format!("it says something else of {} than describe", info.key_ref))?;
            }
            ensure(listed.is_sorted_by(|a, b| a.created_at >= b.created_at), || "it is not newest first".to_owned())
        })
        .await
    }
}

async fn digests(signer: &dyn DigestSigner, public: &PublicKey) -> Outcome {
    let algorithm = signer.algorithm();
    for text in ["escritura de compra e venda", ""] {
        let digest = Digest::of(algorithm.hash(), text.as_bytes());
        let signature = signer.sign_digest(&digest).await.map_err(failed("sign_digest"))?;
        verify_digest(public, algorithm, &digest, &signature.value)
            .map_err(|error| format!("the signature is not good: {error}"))?;
        ensure(signature.value.len() <= public.spec.max_signature_len(), || {
            format!("the signature has {} bytes", signature.value.len())
        })?;
    }
    for hash in HashAlgorithm::ALL.into_iter().filter(|hash| *hash != algorithm.hash()) {
        let outcome = signer.sign_digest(&Digest::of(hash, b"x")).await;
        let wanted = KeyError::WrongDigest { expected: algorithm.hash(), actual: hash };
        ensure(outcome == Err(wanted), || format!("a {hash} digest gives {outcome:?}"))?;
    }
    // Only its digest leaves, so it may be as long as it likes.
    let long = vec![b'x'; MESSAGE_LIMIT + 1];
    let signature = signer.sign_message(&long).await.map_err(failed("sign_message of a long message"))?;
    verify_message(public, algorithm, &long, &signature.value)
        .map_err(|error| format!("the signature of a long message is not good: {error}"))
}

async fn messages(signer: &dyn DigestSigner, public: &PublicKey) -> Outcome {
    let algorithm = signer.algorithm();
    for len in [1, MESSAGE_LIMIT] {
        let message = vec![b'm'; len];
        let signature = signer.sign_message(&message).await.map_err(failed("sign_message"))?;
        verify_message(public, algorithm, &message, &signature.value)
            .map_err(|error| format!("the signature of {len} bytes is not good: {error}"))?;
        ensure(signature.value.len() <= public.spec.max_signature_len(), || {
            format!("the signature has {} bytes", signature.value.len())
        })?;
    }
    let outcome = signer.sign_message(&vec![b'm'; MESSAGE_LIMIT + 1]).await;
    let (limit, size) = (MESSAGE_LIMIT as u64, MESSAGE_LIMIT as u64 + 1);
    let wanted = KeyError::MessageTooLong { algorithm, limit, size };
    ensure(outcome == Err(wanted), || format!("a message that is too long gives {outcome:?}"))?;
    for hash in HashAlgorithm::ALL {
        let outcome = signer.sign_digest(&Digest::of(hash, b"x")).await;
        let wanted = KeyError::MessageNeeded { algorithm };
        ensure(outcome == Err(wanted), || format!("a {hash} digest gives {outcome:?}"))?;
    }
    Ok(())
}
