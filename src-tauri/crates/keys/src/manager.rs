//! The contract: a small mandatory core; everything else is a declared capability.

use async_trait::async_trait;
use cartorio_core::Digest;
use serde::{Deserialize, Serialize};
use spki::SubjectPublicKeyInfoOwned;
use time::OffsetDateTime;

use crate::{KeyError, KeyRef, KeyResult, KeySpec, SignatureAlgorithm, VerifyError};

/// A place where signing keys live. Keys are named by [`KeyRef`] and never leave.
#[async_trait]
pub trait KeyManager: Send + Sync {
    /// What this backend can do beyond the four methods; the conformance suite is chosen by it.
    fn capabilities(&self) -> Capabilities;

    /// Facts about a key: type, state, algorithms.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`, `AccessDenied` and the like; a disabled key is described, not refused.
    async fn describe(&self, key: &KeyRef) -> KeyResult<KeyInfo>;

    /// Makes a new signing key.
    ///
    /// # Errors
    /// `Unsupported` for a type that this backend does not make, `AlreadyExists` for a taken alias.
    async fn create(&self, request: CreateKey) -> KeyResult<KeyInfo>;

    /// The public half, as `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7).
    ///
    /// # Errors
    /// As [`Self::describe`]; real KMS also refuses it for a disabled key.
    async fn public_key(&self, key: &KeyRef) -> KeyResult<PublicKey>;

    /// A signer for one key and one algorithm. Usage, state and type are checked here, before anything is signed.
    ///
    /// # Errors
    /// `WrongAlgorithm`, `WrongUsage`, `Disabled`, `PendingDeletion` and the errors of [`Self::describe`].
    async fn signer(&self, key: &KeyRef, algorithm: SignatureAlgorithm) -> KeyResult<Box<dyn DigestSigner>>;

    /// Every key that this backend knows, newest first. Only with [`Capabilities::list`].
    ///
    /// # Errors
    /// `Unsupported` where the capability is absent.
    async fn list(&self) -> KeyResult<Vec<KeyInfo>>;
}

/// Signs digests with one key and one algorithm.
#[async_trait]
pub trait DigestSigner: Send + Sync {
    /// The algorithm that it was made for.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// The public half of the key.
    fn public_key(&self) -> &PublicKey;

    /// Signs `digest`. The returned value has been verified against [`Self::public_key`].
    ///
    /// # Errors
    /// `WrongDigest` when the digest comes from another hash than the algorithm's; whatever the backend fails with;
    /// `BadSignature` when the backend returned a value that does not verify.
    async fn sign_digest(&self, digest: &Digest) -> KeyResult<Signature>;
}

/// A signature value with what the trail must remember about its making.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signature {
    /// PKCS#1 octets, or a DER `ECDSA-Sig-Value`.
    pub value: Vec<u8>,
    /// The exact key that signed: an ARN for AWS KMS, because an alias may move.
    pub key_id: String,
    /// The backend's request id (AWS `x-amzn-RequestId`), which CloudTrail knows too.
    pub request_id: Option<String>,
    /// How many attempts it took; more than one means that the backend's own log may hold more than one entry.
    pub attempts: u32,
}

/// A public key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicKey {
    /// DER `SubjectPublicKeyInfo`.
    pub spki: Vec<u8>,
    /// Its type.
    pub spec: KeySpec,
}

impl PublicKey {
    /// Reads a DER `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// [`VerifyError::UnsupportedKey`] when it is malformed or of a type that this product does not know.
    pub fn from_spki(spki: Vec<u8>) -> Result<Self, VerifyError> {
        let spec = crate::verify::spec_of_spki(&spki)?;
        Ok(Self { spki, spec })
    }

    /// Whether `other` is the same key (the same algorithm and key bits; parameters may be written differently).
    pub fn same_key_as(&self, other: &SubjectPublicKeyInfoOwned) -> bool {
        use der::Decode;
        SubjectPublicKeyInfoOwned::from_der(&self.spki).is_ok_and(|own| {
            own.algorithm.oid == other.algorithm.oid && own.subject_public_key == other.subject_public_key
        })
    }
}

/// Facts about a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyInfo {
    /// The most exact reference to it.
    pub key_ref: KeyRef,
    /// The backend's own identifier: an ARN, or the local id.
    pub key_id: String,
    /// Its friendly names (KMS aliases without `alias/`, the local label).
    pub aliases: Vec<String>,
    /// Free text given when it was made.
    pub description: Option<String>,
    /// Type; `None` for a key that exists but cannot sign documents (symmetric, secp256k1, …).
    pub spec: Option<KeySpec>,
    /// What the backend itself calls type and use, for keys that `spec` cannot name.
    pub backend_spec: String,
    /// Whether the backend lets it sign.
    pub can_sign: bool,
    /// State.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Option<OffsetDateTime>,
    /// When it will be gone, for a key that is pending deletion.
    pub deletion_at: Option<OffsetDateTime>,
    /// Algorithms that the backend offers for it.
    pub algorithms: Vec<SignatureAlgorithm>,
    /// Where it lives.
    pub origin: KeyOrigin,
    /// Region, for AWS.
    pub region: Option<String>,
    /// Whether its private half may be exported (to a P12 file); never for a KMS key.
    pub exportable: bool,
}

/// State of a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Usable.
    Enabled,
    /// Switched off; can be switched on again.
    Disabled,
    /// Will be deleted.
    PendingDeletion,
    /// Being made, imported or replicated, or its store is unreachable.
    Unavailable,
}

/// Where a key lives, said to the user in plain words.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyOrigin {
    /// Software, sealed on this machine.
    Local,
    /// An AWS KMS HSM.
    AwsKms,
    /// A token or HSM behind PKCS#11.
    Token,
}

/// A request for a new key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CreateKey {
    /// Type.
    pub spec: KeySpec,
    /// Friendly name; becomes `alias/<alias>` in AWS KMS. Letters, digits, `-`, `_` and `/`.
    pub alias: String,
    /// Free text.
    pub description: String,
    /// Name and value pairs, where the backend has tags.
    pub tags: Vec<(String, String)>,
}

impl CreateKey {
    /// Checks the alias: 1 to 250 of `A-Z a-z 0-9 - _ /`, and not `aws/…`, which AWS reserves. The same for every
    /// backend, so that a name chosen with local keys stays good with KMS.
    ///
    /// # Errors
    /// `BadReference` naming what is wrong.
    pub fn check(&self) -> KeyResult<()> {
        let alias = &self.alias;
        let refuse = |reason: &str| Err(KeyError::BadReference { reason: format!("the key name {alias:?} {reason}") });
        if alias.is_empty() || alias.len() > 250 {
            return refuse("needs 1 to 250 characters");
        }
        if !alias.chars().all(|c| c.is_ascii_alphanumeric() || "-_/".contains(c)) {
            return refuse("allows only letters without accents, digits, -, _ and /");
        }
        if alias.starts_with("aws/") {
            return refuse("is reserved by AWS (aws/)");
        }
        if self.description.chars().count() > 8192 {
            return refuse("has a description of more than 8192 characters");
        }
        Ok(())
    }
}

/// What a backend can do beyond the mandatory core.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Capabilities {
    /// Short name of the backend, for messages.
    pub backend: &'static str,
    /// Key types that [`KeyManager::create`] makes.
    pub creates: Vec<KeySpec>,
    /// Whether [`KeyManager::list`] works.
    pub list: bool,
    /// Whether private keys can be exported by design (never through this contract).
    pub exportable: bool,
}
