//! A1 certificate files (P12) as a signing source: the key is opened in memory for one batch and wiped after it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cartorio_core::{Digest, HashAlgorithm, OperatorId, SecretBytes, SecretString};
use cartorio_keys::local::LocalKeys;
use cartorio_keys::{
    Capabilities, CreateKey, DigestSigner, KeyError, KeyInfo, KeyManager, KeyOrigin, KeyRef, KeyResult, KeyState,
    KeyUsage, PublicKey, Signature, SignatureAlgorithm, SoftwareKey,
};
use cartorio_pki::p12::{self, OpenedP12};
use cartorio_pki::{Certificate, Cpf};
use cartorio_registry::{
    A1File, Act, Certificate as CertificateRow, CertificateKind, Identity, Registry, RegistryError,
};

use crate::authority::{chain_above, keep_chain, require_for_documents, row};
use crate::certificates::holder_name;
use crate::documents::ReadFor;
use crate::dto::{A1View, IdentitySummary, Permission};
use crate::office::Office;
use crate::session::{Facts, Session};
use crate::signing::{SigningIdentity, blocking};
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// A1 files that sign, newest first.
pub(crate) async fn list(session: &Session) -> OfficeResult<Vec<A1View>> {
    session.require(Permission::Sign)?;
    let identities = session.registry.identities(false).await?;
    let mut views = Vec::new();
    for file in session.registry.a1_files(false).await? {
        let certificate = certificate(&session.registry, &file.certificate_sha256).await?;
        let key_ref = KeyRef::P12 { certificate: file.certificate_sha256.clone() }.to_string();
        let path = file.path.clone();
        views.push(A1View {
            holder: holder_name(&certificate),
            masked_cpf: certificate.identity.cpf.as_ref().map(Cpf::masked),
            not_after: rfc3339(certificate.validity.not_after),
            present: blocking(move || path.is_file()).await?,
            password_kept: session
                .local
                .unseal(&secret_name(&file.certificate_sha256, session.operator.id))
                .await?
                .is_some(),
            identity: identities.iter().find(|own| own.key_ref == key_ref).map(|own| own.label.clone()),
            file: file.file_name,
            path: file.path.display().to_string(),
            certificate_sha256: file.certificate_sha256,
            key_ref,
        });
    }
    Ok(views)
}

/// Takes an A1 file as a signing source and makes an identity of it.
pub(crate) async fn add(
    office: &Office,
    document: &str,
    password: SecretString,
    keep: bool,
    label: Option<String>,
) -> OfficeResult<IdentitySummary> {
    let session = office.session().await?;
    session.require(Permission::Sign)?;
    let entry = office.documents.get(document)?;
    let own = entry.clone();
    let bytes = blocking(move || own.read(ReadFor::Certificates)).await??;
    let (name, path) = (entry.name.clone(), entry.path.clone());
    let facts = Facts::default().with("file", name.clone()).with("password_kept", keep.to_string());
    let id = session
        .record(Act::A1Added, facts, async |found| {
            let file_sha256 = Digest::of(HashAlgorithm::Sha256, &bytes).to_hex();
            let given = password.clone();
            let file = name.clone();
            let (opened, key) = blocking(move || open_for_signing(&file, &bytes, &given)).await??;
            let leaf = opened.leaf.ok_or(OfficeError::A1Unusable { file: name.clone(), reason: "no_certificate" })?;
            let sha256 = leaf.fingerprint();
            found.certificate_sha256 = Some(sha256.clone());
            if session.registry.a1_files(false).await?.iter().any(|own| own.certificate_sha256 == sha256) {
                return Err(OfficeError::A1Unusable { file: name.clone(), reason: "known" });
            }
            let key_ref = KeyRef::P12 { certificate: sha256.clone() };
            found.key_ref = Some(key_ref.to_string());
            session
                .registry
                .add_a1_file(&A1File {
                    certificate_sha256: sha256.clone(),
                    path,
                    file_name: name.clone(),
                    file_sha256,
                    added_at: session.clock.now(),
                    added_by: session.operator.clone(),
                    removed_at: None,
                })
                .await?;
            if keep {
                session
                    .local
                    .seal(
                        &secret_name(&sha256, session.operator.id),
                        &SecretBytes::new(password.expose().as_bytes().to_vec()),
                    )
                    .await?;
            }
            let identity = adopt(&session, &key_ref, key.public_key(), &leaf, &opened.chain, label).await?;
            Ok(identity.id)
        })
        .await?;
    Ok(SigningIdentity::load(&session, &id.to_string()).await?.summary(session.clock.now()))
}

/// Stops using an A1 file; the file itself stays where it is.
pub(crate) async fn remove(session: &Session, certificate: &str) -> OfficeResult<Vec<A1View>> {
    session.require(Permission::Sign)?;
    let file = known(&session.registry, certificate).await?;
    // Who brought it takes it away; the notary anybody's.
    if file.added_by.id != session.operator.id {
        session.require(Permission::ManageKeys)?;
    }
    let key_ref = KeyRef::P12 { certificate: file.certificate_sha256.clone() };
    let mut facts = Facts::key(&key_ref).with("file", file.file_name);
    facts.certificate_sha256 = Some(file.certificate_sha256.clone());
    session
        .record(Act::A1Removed, facts, async |_| {
            let now = session.clock.now();
            session.a1.lock(&file.certificate_sha256);
            session.local.remove_secret(&secret_name(&file.certificate_sha256, session.operator.id)).await?;
            for identity in session.registry.identities(false).await? {
                if identity.key_ref == key_ref.to_string() {
                    session.registry.retire_identity(identity.id, now).await?;
                }
            }
            Ok(session.registry.remove_a1_file(&file.certificate_sha256, now).await?)
        })
        .await?;
    list(session).await
}

/// Forgets the password of an A1 file.
pub(crate) async fn forget_password(session: &Session, certificate: &str) -> OfficeResult<Vec<A1View>> {
    session.require(Permission::Sign)?;
    let file = known(&session.registry, certificate).await?;
    let mut facts = Facts::default().with("file", file.file_name);
    facts.certificate_sha256 = Some(file.certificate_sha256.clone());
    session
        .record(Act::A1PasswordForgotten, facts, async |_| {
            session.local.remove_secret(&secret_name(&file.certificate_sha256, session.operator.id)).await?;
            Ok(())
        })
        .await?;
    list(session).await
}

/// Makes an identity of a key that came with its own certificate, from whatever CA.
pub(crate) async fn adopt(
    session: &Session,
    key_ref: &KeyRef,
    key: &PublicKey,
    leaf: &Certificate,
    above: &[Certificate],
    label: Option<String>,
) -> OfficeResult<Identity> {
    require_for_documents(&key_ref.to_string(), key)?;
    let own = leaf.public_key().ok_or(OfficeError::NoCertificate { key: key_ref.to_string() })?;
    if own.spki != key.spki {
        return Err(OfficeError::KeyMismatch { identity: holder_name(leaf), key: key_ref.to_string() });
    }
    let label = match label.map(|label| label.trim().to_owned()).filter(|label| !label.is_empty()) {
        Some(label) => label,
        None => holder_name(leaf),
    };
    if session.registry.identities(false).await?.iter().any(|identity| identity.label == label) {
        return Err(OfficeError::InvalidField { field: "label", reason: "taken" });
    }
    let issuer = match above {
        [] => None,
        chain => Some(keep_chain(session, chain).await?),
    };
    let known = session.registry.certificate_by_sha256(&leaf.fingerprint()).await?;
    let certificate = match known {
        Some(known) => known.id,
        None => {
            let row: CertificateRow = row(leaf, CertificateKind::Identity, Some(key_ref), issuer, session);
            session.registry.add_certificate(&row).await?;
            row.id
        }
    };
    let identity = Identity {
        id: cartorio_core::IdentityId::generate(),
        label,
        key_ref: key_ref.to_string(),
        key_id: Some(key_ref.to_string()),
        algorithm: key.spec.default_algorithm().to_string(),
        certificate,
        chain: chain_above(session, issuer).await?,
        created_at: session.clock.now(),
        retired_at: None,
    };
    session.registry.add_identity(&identity).await?;
    Ok(identity)
}

/// Keys in A1 files, as a backend: it lists and signs, and makes nothing. Cheap to clone.
#[derive(Clone)]
pub(crate) struct A1Keys {
    registry: Registry,
    secrets: LocalKeys,
    /// Whose kept passwords it opens with.
    operator: OperatorId,
    opened: Arc<Mutex<HashMap<String, Arc<SoftwareKey>>>>,
}

impl A1Keys {
    pub(crate) fn new(registry: Registry, secrets: LocalKeys, operator: OperatorId) -> Self {
        Self { registry, secrets, operator, opened: Arc::default() }
    }

    /// Whether the key signs without asking for anything: somebody opened it, or its password is kept.
    pub(crate) async fn is_open(&self, certificate: &str) -> KeyResult<bool> {
        let open = self.opened().contains_key(certificate);
        Ok(open || self.secrets.unseal(&secret_name(certificate, self.operator)).await?.is_some())
    }

    /// Opens the file for the next batch; with `keep` its password stays, sealed by the keyring's master key.
    pub(crate) async fn unlock(&self, certificate: &str, password: SecretString, keep: bool) -> OfficeResult<()> {
        let file = known(&self.registry, certificate).await?;
        let key = self.open(&file, password.clone()).await?;
        self.opened().insert(certificate.to_owned(), Arc::new(key));
        if keep {
            self.secrets
                .seal(
                    &secret_name(certificate, self.operator),
                    &SecretBytes::new(password.expose().as_bytes().to_vec()),
                )
                .await?;
        }
        Ok(())
    }

    /// Wipes an opened key.
    pub(crate) fn lock(&self, certificate: &str) {
        self.opened().remove(certificate);
    }

    /// The file's name, for a message.
    pub(crate) async fn file_name(&self, certificate: &str) -> OfficeResult<String> {
        Ok(known(&self.registry, certificate).await?.file_name)
    }

    async fn open(&self, file: &A1File, password: SecretString) -> OfficeResult<SoftwareKey> {
        let (path, name, wanted) = (file.path.clone(), file.file_name.clone(), file.certificate_sha256.clone());
        blocking(move || {
            let changed = |reason: String| KeyError::FileChanged { file: name.clone(), reason };
            let bytes = read_bounded(&path).map_err(|error| changed(error.to_string()))?;
            let (opened, key) = open_for_signing(&name, &bytes, &password)?;
            match opened.leaf {
                Some(leaf) if leaf.fingerprint() == wanted => Ok(key),
                _ => Err(changed("it holds another certificate".to_owned()).into()),
            }
        })
        .await?
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<SoftwareKey>>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn file(&self, key: &KeyRef) -> KeyResult<(A1File, Certificate)> {
        let KeyRef::P12 { certificate: sha256 } = key else {
            return Err(KeyError::BadReference {
                reason: format!("{key} is a key of another backend ({}:)", key.scheme()),
            });
        };
        let missing = || KeyError::NotFound { key: key.to_string(), region: None };
        let file = known(&self.registry, sha256).await.map_err(|_| missing())?;
        let certificate = certificate(&self.registry, sha256).await.map_err(|_| missing())?;
        Ok((file, certificate))
    }
}

#[async_trait]
impl KeyManager for A1Keys {
    fn capabilities(&self) -> Capabilities {
        Capabilities { list: true, ..Capabilities::core("p12", Vec::new()) }
    }

    async fn describe(&self, key: &KeyRef) -> KeyResult<KeyInfo> {
        let (file, certificate) = self.file(key).await?;
        let present = file.path.clone();
        let state = match tokio::task::spawn_blocking(move || present.is_file()).await {
            Ok(true) => KeyState::Enabled,
            Ok(false) | Err(_) => KeyState::Unavailable,
        };
        let spec = certificate.public_key().map(|key| key.spec);
        Ok(KeyInfo {
            key_ref: key.clone(),
            key_id: key.to_string(),
            aliases: vec![file.file_name],
            description: Some(holder_name(&certificate)),
            spec,
            backend_spec: spec.map_or_else(|| "unknown".to_owned(), |spec| spec.to_string()),
            usage: KeyUsage::Sign,
            can_sign: spec.is_some(),
            state,
            created_at: Some(certificate.validity.not_before),
            deletion_at: None,
            algorithms: spec.map(cartorio_keys::KeySpec::algorithms).unwrap_or_default(),
            origin: KeyOrigin::P12File,
            region: None,
            multi_region: false,
            exportable: false,
        })
    }

    async fn create(&self, _request: CreateKey) -> KeyResult<KeyInfo> {
        Err(self.unsupported("making keys"))
    }

    async fn public_key(&self, key: &KeyRef) -> KeyResult<PublicKey> {
        let (_, certificate) = self.file(key).await?;
        certificate.public_key().ok_or_else(|| self.unsupported("this type of key"))
    }

    async fn signer(&self, key: &KeyRef, algorithm: SignatureAlgorithm) -> KeyResult<Box<dyn DigestSigner>> {
        let (file, _) = self.file(key).await?;
        let found = self.opened().get(&file.certificate_sha256).cloned();
        let software = match found {
            Some(opened) => opened,
            None => {
                let kept = self.secrets.unseal(&secret_name(&file.certificate_sha256, self.operator)).await?;
                let password = kept
                    .and_then(|bytes| String::from_utf8(bytes.expose().to_vec()).ok())
                    .map(SecretString::new)
                    .ok_or_else(|| KeyError::PasswordRequired { file: file.file_name.clone() })?;
                match self.open(&file, password).await {
                    Ok(key) => Arc::new(key),
                    Err(OfficeError::Key(error)) => return Err(error),
                    Err(error) => {
                        return Err(KeyError::FileChanged { file: file.file_name, reason: error.to_string() });
                    }
                }
            }
        };
        let spec = software.public_key().spec;
        if !algorithm.fits(spec) {
            return Err(KeyError::WrongAlgorithm { key: key.to_string(), spec, algorithm });
        }
        Ok(Box::new(A1Signer { key: software, key_id: key.to_string(), algorithm }))
    }

    async fn list(&self) -> KeyResult<Vec<KeyInfo>> {
        let failed = |error: RegistryError| KeyError::StoreIo { reason: error.to_string() };
        let mut keys = Vec::new();
        for file in self.registry.a1_files(false).await.map_err(failed)? {
            keys.push(self.describe(&KeyRef::P12 { certificate: file.certificate_sha256 }).await?);
        }
        keys.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.key_id.cmp(&b.key_id)));
        Ok(keys)
    }
}

struct A1Signer {
    key: Arc<SoftwareKey>,
    key_id: String,
    algorithm: SignatureAlgorithm,
}

#[async_trait]
impl DigestSigner for A1Signer {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    async fn sign_digest(&self, digest: &Digest) -> KeyResult<Signature> {
        let (key, algorithm, digest) = (Arc::clone(&self.key), self.algorithm, digest.clone());
        let value = tokio::task::spawn_blocking(move || {
            let value = key.sign_digest(algorithm, &digest)?;
            cartorio_keys::verify_digest(key.public_key(), algorithm, &digest, &value)
                .map_err(|_| KeyError::BadSignature { key: "p12".to_owned() })?;
            Ok::<_, KeyError>(value)
        })
        .await
        .map_err(|_| KeyError::Backend {
            backend: "p12",
            reason: "a background task failed".to_owned(),
            request_id: None,
        })??;
        Ok(Signature { value, key_id: self.key_id.clone(), request_id: None, attempts: 1 })
    }
}

/// Opens a P12 file and takes the key that belongs to its certificate.
fn open_for_signing(file: &str, bytes: &[u8], password: &SecretString) -> OfficeResult<(OpenedP12, SoftwareKey)> {
    let unusable = |reason| OfficeError::A1Unusable { file: file.to_owned(), reason };
    let opened = p12::open(bytes, password).map_err(|error| match error {
        p12::P12Error::WrongPassword => OfficeError::Key(KeyError::PasswordWrong { file: file.to_owned() }),
        other => other.into(),
    })?;
    let leaf = opened.leaf.as_ref().ok_or_else(|| unusable("no_certificate"))?;
    let pkcs8 = opened.key.clone().ok_or_else(|| unusable("no_key"))?;
    let spec = leaf.public_key().map(|key| key.spec).filter(|spec| spec.signs_documents());
    let key = SoftwareKey::from_pkcs8(spec.ok_or_else(|| unusable("key_type"))?, pkcs8)?;
    Ok((opened, key))
}

/// No A1 file is anywhere near this size.
const MAX_FILE: u64 = 4 * 1024 * 1024;

fn read_bounded(path: &PathBuf) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Name of the sealed password, within the 64 characters that names of secrets have: one for each person who keeps it.
fn secret_name(certificate: &str, operator: OperatorId) -> String {
    let both = Digest::of(HashAlgorithm::Sha256, format!("{certificate}:{operator}").as_bytes()).to_hex();
    format!("a1-{}", &both[..40])
}

async fn known(registry: &Registry, certificate: &str) -> OfficeResult<A1File> {
    match registry.a1_file(certificate).await {
        Ok(file) if file.removed_at.is_none() => Ok(file),
        Ok(_) | Err(RegistryError::NotFound { .. } | RegistryError::Invalid { .. }) => Err(OfficeError::UnknownA1),
        Err(error) => Err(error.into()),
    }
}

async fn certificate(registry: &Registry, sha256: &str) -> OfficeResult<Certificate> {
    let row = registry.certificate_by_sha256(sha256).await?.ok_or(OfficeError::UnknownA1)?;
    Ok(Certificate::from_der(&row.der)?)
}
