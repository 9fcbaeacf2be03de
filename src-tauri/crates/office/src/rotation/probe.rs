//! (4) Proof that the new key signs through its name, and that what the old one signed still verifies.

use std::path::Path;

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cartorio_ades::validate::{self, Integrity};
use cartorio_core::{Digest, HashAlgorithm};
use cartorio_keys::{KeyError, KeyManager, KeyRef, KeyState, PublicKey, Signature, SignatureAlgorithm, verify_digest};
use cartorio_pdf::PdfFile;
use cartorio_pki::Certificate;
use cartorio_registry::SignedDocument;

use super::evidence::Evidence;
use super::steps::{Effect, state_name};
use super::{Job, view};
use crate::session::Facts;
use crate::signing::{SigningIdentity, blocking};
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// First line of every probe: no document begins so, and the signature of a probe can be taken for nothing else.
const CONTEXT: &str = "cartorio-digital: prova de troca de chave";
/// So many signed documents are looked through for one by the old identity.
const SEARCHED: u32 = 10_000;

impl Job<'_> {
    pub(super) async fn validate(&self) -> OfficeResult<Effect> {
        let manager = self.manager().await?;
        let mut evidence = Evidence::default();
        let signature = self.probe_new(&*manager, &mut evidence).await?;
        self.probe_old(&*manager, &mut evidence).await?;
        self.old_document(&mut evidence).await?;
        let found = Facts {
            request_id: signature.request_id,
            attempts: Some(signature.attempts),
            algorithm: evidence.first("probe_algorithm").map(str::to_owned),
            ..Facts::default()
        };
        Ok(Effect { evidence, found, ..Effect::default() })
    }

    /// A probe by the new key: through its name, checked with the key's public half and with the certificate.
    async fn probe_new(&self, manager: &dyn KeyManager, evidence: &mut Evidence) -> OfficeResult<Signature> {
        let public = self.new_public_key(manager).await?;
        let exact = self.new_key()?;
        let signs_with = match self.aliases().first() {
            Some(alias) => {
                let holder = self.require_alias(manager, alias).await?;
                evidence.fact("via_alias", alias.clone());
                view::by_alias(alias, &holder.key_ref, holder.region.as_deref())
            }
            None => exact,
        };
        let identity = self.identity(self.rotation.new_identity.map(|id| id.to_string())).await?;
        let algorithm = algorithm_of(identity.as_ref(), &public);
        let probe = Probe::new(&self.rotation.id.to_string(), self.new_key_id()?, algorithm)?;
        let signature = probe.sign(manager, &signs_with).await?;
        if signature.key_id != self.new_key_id()? {
            return Err(KeyError::BadSignature { key: signs_with.to_string() }.into());
        }
        probe.verify(&public, &signature, "")?;
        evidence.fact("probe_verified_with", "public_key");
        if let Some(identity) = &identity {
            probe.verify(&key_of(&identity.certificate)?, &signature, "")?;
            evidence.fact("probe_verified_with", "certificate");
        }
        probe.put_down("probe", &signature, evidence);
        Ok(signature)
    }

    /// A probe by the old key, while it is still on, checked with the old certificate.
    async fn probe_old(&self, manager: &dyn KeyManager, evidence: &mut Evidence) -> OfficeResult<()> {
        let key = self.old_key()?;
        let state = manager.describe(&key).await?.state;
        if state != KeyState::Enabled {
            evidence.fact("old_probe_skipped", state_name(state));
            return Ok(());
        }
        let identity = self.identity(self.plan.identity.clone()).await?;
        let public = manager.public_key(&key).await?;
        let algorithm = algorithm_of(identity.as_ref(), &public);
        let probe = Probe::new(&self.rotation.id.to_string(), &self.rotation.old_key_id, algorithm)?;
        let signature = probe.sign(manager, &key).await?;
        match &identity {
            Some(identity) => probe.verify(&key_of(&identity.certificate)?, &signature, "old ")?,
            None => probe.verify(&public, &signature, "old ")?,
        }
        let with = if identity.is_some() { "certificate" } else { "public_key" };
        evidence.fact("old_probe_verified_with", with);
        probe.put_down("old_probe", &signature, evidence);
        Ok(())
    }

    /// The newest document that the old identity signed, if it is still where it was written.
    async fn old_document(&self, evidence: &mut Evidence) -> OfficeResult<()> {
        let Some(identity) = self.identity(self.plan.identity.clone()).await? else {
            return Ok(());
        };
        let signed = self.session.registry.signed_documents(SEARCHED).await?;
        let Some(document) = signed.into_iter().find(|own| own.identity == identity.id) else {
            evidence.fact("old_document_result", "none");
            return Ok(());
        };
        evidence.fact("old_document", crate::documents::file_name(&document.output_path));
        evidence.fact("old_document_sha256", document.output_sha256.clone());
        evidence.fact("old_document_signed_at", rfc3339(document.signed_at));
        let judged = blocking(move || judge(&document, &identity.certificate)).await?;
        evidence.fact("old_document_result", judged.name());
        match judged {
            Judged::Valid | Judged::Missing | Judged::Changed | Judged::NotCheckable => Ok(()),
            Judged::Invalid => {
                Err(OfficeError::SelfCheckFailed { reason: "an old signature does not verify any more".to_owned() })
            }
        }
    }

    async fn identity(&self, id: Option<String>) -> OfficeResult<Option<SigningIdentity>> {
        match id {
            Some(id) => SigningIdentity::load(self.session, &id).await.map(Some),
            None => Ok(None),
        }
    }
}

fn algorithm_of(identity: Option<&SigningIdentity>, public: &PublicKey) -> SignatureAlgorithm {
    identity.map_or_else(|| public.spec.default_algorithm(), |identity| identity.algorithm)
}

fn key_of(certificate: &Certificate) -> OfficeResult<PublicKey> {
    certificate
        .public_key()
        .ok_or_else(|| OfficeError::internal("the identity's certificate has a key of an unknown type"))
}

/// What is signed for proof: a text with a random number, never a document.
struct Probe {
    message: String,
    digest: Digest,
    algorithm: SignatureAlgorithm,
}

impl Probe {
    fn new(rotation: &str, key_id: &str, algorithm: SignatureAlgorithm) -> OfficeResult<Self> {
        let mut random = [0_u8; 32];
        rand::fill(&mut random).map_err(|_| OfficeError::internal("no randomness"))?;
        let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        let message = format!("{CONTEXT}\n{rotation}\n{key_id}\n{random}\n");
        let digest = Digest::of(algorithm.hash(), message.as_bytes());
        Ok(Self { message, digest, algorithm })
    }

    async fn sign(&self, manager: &dyn KeyManager, key: &KeyRef) -> OfficeResult<Signature> {
        Ok(manager.signer(key, self.algorithm).await?.sign_digest(&self.digest).await?)
    }

    fn verify(&self, key: &PublicKey, signature: &Signature, which: &str) -> OfficeResult<()> {
        verify_digest(key, self.algorithm, &self.digest, &signature.value)
            .map_err(|_| KeyError::BadSignature { key: format!("{which}{}", signature.key_id) }.into())
    }

    fn put_down(&self, prefix: &str, signature: &Signature, evidence: &mut Evidence) {
        let mut fact = |name: &str, value: String| evidence.fact(&format!("{prefix}_{name}"), value);
        fact("message", self.message.clone());
        fact(hash_name(self.digest.algorithm()), self.digest.to_hex());
        fact("algorithm", self.algorithm.to_string());
        fact("signature", STANDARD.encode(&signature.value));
        fact("key_id", signature.key_id.clone());
        fact("attempts", signature.attempts.to_string());
        if let Some(request) = &signature.request_id {
            fact("request_id", request.clone());
        }
    }
}

/// As the fact is called that holds a digest.
pub(super) const fn hash_name(hash: HashAlgorithm) -> &'static str {
    match hash {
        HashAlgorithm::Sha256 => "sha256",
        HashAlgorithm::Sha384 => "sha384",
        HashAlgorithm::Sha512 => "sha512",
    }
}

/// What became of a document.
enum Judged {
    Valid,
    Missing,
    /// Another file lies in its place.
    Changed,
    /// What it signs lies elsewhere.
    NotCheckable,
    Invalid,
}

impl Judged {
    const fn name(&self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::NotCheckable => "not_checkable",
            Self::Invalid => "invalid",
        }
    }
}

/// Checks the signature that `certificate` made in a document of the registry.
fn judge(document: &SignedDocument, certificate: &Certificate) -> Judged {
    let path = document.output_path.as_path();
    let Ok(bytes) = std::fs::read(path) else {
        return Judged::Missing;
    };
    if Digest::of(HashAlgorithm::Sha256, &bytes).to_hex() != document.output_sha256 {
        return Judged::Changed;
    }
    let found = if document.format == "pades" {
        in_pdf(bytes, certificate)
    } else {
        detached(&bytes, document, path, certificate)
    };
    match found {
        Some(Integrity::Ok) => Judged::Valid,
        Some(Integrity::Broken { .. }) => Judged::Invalid,
        Some(Integrity::Undecidable { .. }) | None => Judged::NotCheckable,
    }
}

fn in_pdf(bytes: Vec<u8>, certificate: &Certificate) -> Option<Integrity> {
    let file = PdfFile::from_bytes(bytes).ok()?;
    validate::pdf::signatures(&file).ok()?.iter().find_map(|signature| {
        let data = validate::cms::parse(&signature.cms).ok()?;
        let reports = validate::cms::verify_detached(&data, |hash| signature.digest(hash).ok_or(())).ok()?;
        by(&reports, certificate)
    })
}

fn detached(cms: &[u8], document: &SignedDocument, path: &Path, certificate: &Certificate) -> Option<Integrity> {
    let data = validate::cms::parse(cms).ok()?;
    // The content lies beside its signature, or is known by the digest that was taken when it was signed.
    let beside = std::fs::read(path.with_extension("")).ok();
    let known = Digest::from_bytes(HashAlgorithm::Sha256, from_hex(&document.input_sha256)?).ok()?;
    let beside = beside.filter(|bytes| Digest::of(HashAlgorithm::Sha256, bytes) == known);
    let digest = |hash| match (&beside, hash) {
        (Some(content), hash) => Ok(Digest::of(hash, content)),
        (None, HashAlgorithm::Sha256) => Ok(known.clone()),
        (None, HashAlgorithm::Sha384 | HashAlgorithm::Sha512) => Err(()),
    };
    by(&validate::cms::verify_detached(&data, digest).ok()?, certificate)
}

fn by(reports: &[validate::SignerReport], certificate: &Certificate) -> Option<Integrity> {
    let own =
        |report: &&validate::SignerReport| report.certificate.as_ref().is_some_and(|own| own.der == certificate.der);
    reports.iter().find(own).map(|report| report.integrity.clone())
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..text.len()).step_by(2).map(digits).collect()
}
