//! The contract: a small mandatory core; everything else is a declared capability.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use cartorio_core::{Digest, SecretBytes};
use serde::{Deserialize, Serialize};
use spki::SubjectPublicKeyInfoOwned;
use time::OffsetDateTime;

use crate::{
    AutomaticRotation, CreateDataMaster, CreationToken, DataKey, DeletionWindow, EncryptionContext, KeyAccess,
    KeyError, KeyRef, KeyResult, KeySpec, KeyUsage, LastUse, RotationPeriod, SignatureAlgorithm, VerifyError,
};

/// A place where signing keys live. Keys are named by [`KeyRef`] and never leave.
///
/// The first five methods are the core that every backend has. The others belong to a declared capability; without it they
/// answer `Unsupported`, and so do their default bodies. All of them may be repeated safely: asking for a state that is
/// there already is no error.
#[async_trait]
pub trait KeyManager: Send + Sync {
    /// What this backend can do beyond the core; the conformance suite is chosen by it.
    fn capabilities(&self) -> Capabilities;

    /// Facts about a key: type, state, algorithms.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`, `AccessDenied` and the like; a disabled key is described, not refused.
    async fn describe(&self, key: &KeyRef) -> KeyResult<KeyInfo>;

    /// Makes a new signing key. Never makes two for one [`CreationToken`]: an answer that was lost on the way is looked up,
    /// not asked for again. A repetition gives the key that the token made, as it is now, and gives it the alias of the
    /// request where nobody has that alias, which is what a creation that was cut short leaves. Where
    /// [`Capabilities::creation_tokens`] is absent a token is ignored.
    ///
    /// # Errors
    /// `Unsupported` for a type that this backend does not make, and for several regions where it has none;
    /// `AlreadyExists` for a taken alias, and (naming the token) for a token that made a key of another type or use.
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
    async fn list(&self) -> KeyResult<Vec<KeyInfo>> {
        Err(self.unsupported("listing keys"))
    }

    /// The key that an earlier [`Self::create`] with this token made, if any: after a crash nobody knows whether the request
    /// arrived. Only with [`Capabilities::creation_tokens`].
    ///
    /// # Errors
    /// `Unsupported` where the capability is absent.
    async fn find_created(&self, _token: &CreationToken) -> KeyResult<Option<KeyInfo>> {
        Err(self.unsupported("looking up a key by its creation token"))
    }

    /// When the backend last saw the key used; `None` where it was not used since the backend began to watch. Only with
    /// [`Capabilities::last_use`].
    ///
    /// # Errors
    /// `Unsupported` where the capability is absent, and the errors of [`Self::describe`].
    async fn last_use(&self, _key: &KeyRef) -> KeyResult<Option<LastUse>> {
        Err(self.unsupported("the last use of a key"))
    }

    /// Gives `key` the friendly name `alias`, taking it from the key that has it. Only with [`Capabilities::aliases`].
    ///
    /// # Errors
    /// `BadReference` for a malformed name, `WrongUsage` for a key of another use than the one that has the name,
    /// `PendingDeletion`, and the errors of [`Self::describe`].
    async fn put_alias(&self, _alias: &str, _key: &KeyRef) -> KeyResult<()> {
        Err(self.unsupported("aliases"))
    }

    /// Takes a friendly name away; a name that nobody has is no error. Only with [`Capabilities::aliases`].
    ///
    /// # Errors
    /// `BadReference`, `AccessDenied`.
    async fn remove_alias(&self, _alias: &str) -> KeyResult<()> {
        Err(self.unsupported("aliases"))
    }

    /// The key that a friendly name stands for now; `None` where nobody has it. Only with [`Capabilities::aliases`].
    ///
    /// # Errors
    /// `BadReference`, `AccessDenied`.
    async fn resolve_alias(&self, _alias: &str) -> KeyResult<Option<KeyInfo>> {
        Err(self.unsupported("aliases"))
    }

    /// The key's tags. Only with [`Capabilities::tags`].
    ///
    /// # Errors
    /// The errors of [`Self::describe`].
    async fn tags(&self, _key: &KeyRef) -> KeyResult<BTreeMap<String, String>> {
        Err(self.unsupported("tags"))
    }

    /// Adds tags, over those of the same name. Only with [`Capabilities::tags`].
    ///
    /// # Errors
    /// `BadReference` for a malformed tag, and the errors of [`Self::describe`].
    async fn put_tags(&self, _key: &KeyRef, _tags: &BTreeMap<String, String>) -> KeyResult<()> {
        Err(self.unsupported("tags"))
    }

    /// Takes tags away; absent ones are no error. Only with [`Capabilities::tags`].
    ///
    /// # Errors
    /// The errors of [`Self::describe`].
    async fn remove_tags(&self, _key: &KeyRef, _names: &[String]) -> KeyResult<()> {
        Err(self.unsupported("tags"))
    }

    /// Changes the key's free text. Only with [`Capabilities::tags`].
    ///
    /// # Errors
    /// `BadReference` for a text that is too long, and the errors of [`Self::describe`].
    async fn set_description(&self, _key: &KeyRef, _description: &str) -> KeyResult<()> {
        Err(self.unsupported("changing a description"))
    }

    /// Switches a key on or off. Only with [`Capabilities::disable`].
    ///
    /// # Errors
    /// `PendingDeletion`, and the errors of [`Self::describe`].
    async fn set_enabled(&self, _key: &KeyRef, _enabled: bool) -> KeyResult<()> {
        Err(self.unsupported("disabling keys"))
    }

    /// Arranges that the key is deleted after `window`, and tells when. A key that waits already keeps its date. Only with
    /// [`Capabilities::deletion`].
    ///
    /// # Errors
    /// The errors of [`Self::describe`].
    async fn schedule_deletion(&self, _key: &KeyRef, _window: DeletionWindow) -> KeyResult<OffsetDateTime> {
        Err(self.unsupported("scheduled deletion"))
    }

    /// Calls the deletion off; the key is disabled afterwards. Nothing changes for a key that does not wait. Only with
    /// [`Capabilities::deletion`].
    ///
    /// # Errors
    /// The errors of [`Self::describe`].
    async fn cancel_deletion(&self, _key: &KeyRef) -> KeyResult<()> {
        Err(self.unsupported("scheduled deletion"))
    }

    /// Who may do what with the key. Only with [`Capabilities::access`].
    ///
    /// # Errors
    /// `AccessDenied` naming the missing action, and the errors of [`Self::describe`].
    async fn access(&self, _key: &KeyRef) -> KeyResult<KeyAccess> {
        Err(self.unsupported("access rules of a key"))
    }

    /// Makes a symmetric key that seals data keys (envelope encryption). Only with [`Capabilities::data_keys`].
    ///
    /// # Errors
    /// As [`Self::create`].
    async fn create_data_master(&self, _request: CreateDataMaster) -> KeyResult<KeyInfo> {
        Err(self.unsupported("data keys"))
    }

    /// A new data key of 32 bytes, in the clear and sealed by `key`; `context` must be given again to open it. Only with
    /// [`Capabilities::data_keys`].
    ///
    /// # Errors
    /// `WrongUsage` for a signing key, `Disabled`, `PendingDeletion`, and the errors of [`Self::describe`].
    async fn data_key(&self, _key: &KeyRef, _context: &EncryptionContext) -> KeyResult<DataKey> {
        Err(self.unsupported("data keys"))
    }

    /// Opens a sealed data key. Only with [`Capabilities::data_keys`].
    ///
    /// # Errors
    /// `SealBroken` when it was changed, sealed by another key or with another context, and the errors of
    /// [`Self::data_key`].
    async fn open_data_key(
        &self,
        _key: &KeyRef,
        _sealed: &[u8],
        _context: &EncryptionContext,
    ) -> KeyResult<SecretBytes> {
        Err(self.unsupported("data keys"))
    }

    /// How the material of a symmetric key is renewed by itself. Only with [`Capabilities::automatic_rotation`].
    ///
    /// # Errors
    /// `WrongUsage` for a signing key: the public half of a signing key is in certificates, so it is renewed by a person.
    async fn automatic_rotation(&self, _key: &KeyRef) -> KeyResult<AutomaticRotation> {
        Err(self.unsupported("automatic rotation"))
    }

    /// Switches automatic renewal on (with a period) or off. Only with [`Capabilities::automatic_rotation`].
    ///
    /// # Errors
    /// As [`Self::automatic_rotation`], `Disabled`, `PendingDeletion`.
    async fn set_automatic_rotation(&self, _key: &KeyRef, _period: Option<RotationPeriod>) -> KeyResult<()> {
        Err(self.unsupported("automatic rotation"))
    }

    /// Renews the material of a symmetric key now; what was sealed before still opens. Only with
    /// [`Capabilities::automatic_rotation`].
    ///
    /// # Errors
    /// As [`Self::set_automatic_rotation`], `LimitExceeded`.
    async fn rotate_now(&self, _key: &KeyRef) -> KeyResult<()> {
        Err(self.unsupported("rotation on demand"))
    }

    /// The error for something that this backend does not do.
    fn unsupported(&self, what: &str) -> KeyError {
        KeyError::Unsupported { backend: self.capabilities().backend, what: what.to_owned() }
    }
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
    /// `WrongDigest` when the digest comes from another hash than the algorithm's; `MessageNeeded` for an algorithm that
    /// signs messages and not digests; whatever the backend fails with; `BadSignature` when the backend returned a value
    /// that does not verify.
    async fn sign_digest(&self, digest: &Digest) -> KeyResult<Signature>;

    /// Signs `message`: its digest, or the message itself where the algorithm wants that (Ed25519, ML-DSA).
    ///
    /// # Errors
    /// As [`Self::sign_digest`]; `MessageTooLong` above [`crate::MESSAGE_LIMIT`] for an algorithm that signs messages.
    async fn sign_message(&self, message: &[u8]) -> KeyResult<Signature> {
        self.sign_digest(&Digest::of(self.algorithm().hash(), message)).await
    }

    /// The key, where it is in the memory of this process: for somebody who is on a thread for such work already.
    fn in_memory(&self) -> Option<Arc<dyn MemorySigner>> {
        None
    }
}

/// Signs in the calling thread, for as long as one private-key operation takes. A value that it gives away was verified with the
/// public half.
pub trait MemorySigner: Send + Sync {
    /// As [`DigestSigner::sign_digest`].
    ///
    /// # Errors
    /// As [`DigestSigner::sign_digest`].
    fn sign_digest(&self, digest: &Digest) -> KeyResult<Signature>;
}

/// A signature value with what the trail must remember about its making.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Signature {
    /// PKCS#1 octets, a DER `ECDSA-Sig-Value`, or the octets of Ed25519 (RFC 8032) and ML-DSA (FIPS 204).
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
    /// What it is for.
    pub usage: KeyUsage,
    /// Whether it is a signing key of a type that this product uses.
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
    /// Whether it exists in several regions under one identifier (AWS multi-Region keys).
    pub multi_region: bool,
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
    /// A P12 file (A1 certificate) whose key is opened in memory.
    P12File,
}

/// A request for a new key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CreateKey {
    /// Type.
    pub spec: KeySpec,
    /// Friendly name; becomes `alias/<alias>` in AWS KMS. Without one the key is known by its identifier alone.
    pub alias: Option<String>,
    /// Free text.
    pub description: String,
    /// Name and value pairs, where the backend has tags.
    pub tags: BTreeMap<String, String>,
    /// Whether the key is to be a multi-Region key; `Unsupported` where the backend has none.
    pub multi_region: bool,
    /// Makes the request repeatable; kept with the key where the backend can ([`Capabilities::creation_tokens`]).
    pub token: Option<CreationToken>,
}

impl CreateKey {
    /// A request with a friendly name and nothing else.
    pub fn named(spec: KeySpec, alias: impl Into<String>) -> Self {
        Self {
            spec,
            alias: Some(alias.into()),
            description: String::new(),
            tags: BTreeMap::new(),
            multi_region: false,
            token: None,
        }
    }

    /// The same with a free text.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Checks alias, free text and tags. The same for every backend, so that what was chosen with local keys stays good
    /// with KMS.
    ///
    /// # Errors
    /// `BadReference` naming what is wrong.
    pub fn check(&self) -> KeyResult<()> {
        self.alias.as_deref().map_or(Ok(()), check_alias)?;
        check_description(&self.description)?;
        check_tags(&self.tags)
    }
}

/// Checks a friendly name: 1 to 250 of `A-Z a-z 0-9 - _ /`, and not `aws/…`, which AWS reserves.
///
/// # Errors
/// `BadReference` naming what is wrong.
pub fn check_alias(alias: &str) -> KeyResult<()> {
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
    Ok(())
}

/// Checks a free text: at most 8192 characters.
///
/// # Errors
/// `BadReference`.
pub fn check_description(description: &str) -> KeyResult<()> {
    if description.chars().count() > 8192 {
        return Err(KeyError::BadReference { reason: "the description has more than 8192 characters".to_owned() });
    }
    Ok(())
}

/// Checks tags as AWS takes them: at most 50, names of 1 to 128 characters that do not begin with `aws:`, values of at
/// most 256, letters, digits, blanks and `_ . / = + - : @`.
///
/// # Errors
/// `BadReference` naming the tag.
pub fn check_tags(tags: &BTreeMap<String, String>) -> KeyResult<()> {
    let refuse = |reason: String| Err(KeyError::BadReference { reason });
    let plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_./=+-:@".contains(c));
    if tags.len() > 50 {
        return refuse("a key has at most 50 tags".to_owned());
    }
    for (name, value) in tags {
        if name.is_empty() || name.chars().count() > 128 || !plain(name) || name.to_lowercase().starts_with("aws:") {
            return refuse(format!(
                "the tag name {name:?} needs 1 to 128 letters, digits, blanks or _./=+-:@, and not aws:"
            ));
        }
        if value.chars().count() > 256 || !plain(value) {
            return refuse(format!(
                "the tag {name:?} has a value of more than 256 characters or with other than letters, digits, blanks and _./=+-:@"
            ));
        }
    }
    Ok(())
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
    /// Whether a [`CreationToken`] is kept with the key.
    pub creation_tokens: bool,
    /// Whether the backend knows when a key was last used.
    pub last_use: bool,
    /// Whether friendly names can be given and moved.
    pub aliases: bool,
    /// Whether keys have tags and a free text that can be changed.
    pub tags: bool,
    /// Whether keys can be switched off and on.
    pub disable: bool,
    /// Whether keys can be scheduled for deletion.
    pub deletion: bool,
    /// Whether it can be asked who may do what.
    pub access: bool,
    /// Whether symmetric keys seal data keys.
    pub data_keys: bool,
    /// Whether the material of symmetric keys can be renewed automatically and on demand.
    pub automatic_rotation: bool,
    /// Whether keys can exist in several regions.
    pub multi_region: bool,
}

impl Capabilities {
    /// A backend with the core alone.
    pub fn core(backend: &'static str, creates: Vec<KeySpec>) -> Self {
        Self {
            backend,
            creates,
            list: false,
            exportable: false,
            creation_tokens: false,
            last_use: false,
            aliases: false,
            tags: false,
            disable: false,
            deletion: false,
            access: false,
            data_keys: false,
            automatic_rotation: false,
            multi_region: false,
        }
    }
}
