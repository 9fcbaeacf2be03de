//! AES-256-GCM under keys derived from the master key, one for each purpose.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::{constant_time, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartorio_core::SecretBytes;
use serde::{Deserialize, Serialize};

use crate::{KeyError, KeyResult};

/// Length of master and sealing keys in bytes.
pub(super) const KEY_LEN: usize = 32;

/// A sealed value as the files hold it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sealed {
    /// Base64, 12 bytes.
    nonce: String,
    /// Base64, with the tag at its end.
    ciphertext: String,
}

/// The master key while the store is open.
pub(super) struct MasterKey(SecretBytes);

impl MasterKey {
    /// Makes one.
    pub(super) fn generate() -> KeyResult<Self> {
        Ok(Self(SecretBytes::new(random(KEY_LEN)?)))
    }

    /// Takes one that was kept; `None` for another length.
    pub(super) fn from_secret(secret: SecretBytes) -> Option<Self> {
        (secret.expose().len() == KEY_LEN).then_some(Self(secret))
    }

    /// The bytes, to be kept.
    pub(super) fn secret(&self) -> &SecretBytes {
        &self.0
    }

    /// A value that tells this master key from another and says nothing about it.
    pub(super) fn check_value(&self) -> String {
        STANDARD.encode(hmac::sign(&self.mac_key(), CHECK).as_ref())
    }

    /// Whether `value` is this key's check value.
    pub(super) fn matches(&self, value: &str) -> bool {
        STANDARD.decode(value).is_ok_and(|tag| hmac::verify(&self.mac_key(), CHECK, &tag).is_ok())
    }

    /// The sealing key for one purpose (HKDF-SHA256, RFC 5869).
    pub(super) fn sealer(&self, purpose: &'static str) -> KeyResult<Sealer> {
        let mut key = zeroize::Zeroizing::new([0_u8; KEY_LEN]);
        Salt::new(HKDF_SHA256, b"cartorio-digital local store v1")
            .extract(self.0.expose())
            .expand(&[purpose.as_bytes()], Length(KEY_LEN))
            .and_then(|okm| okm.fill(&mut *key))
            .map_err(|_| failed("key derivation"))?;
        Sealer::new(&*key)
    }

    fn mac_key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.expose())
    }
}

/// Seals and opens values with one key.
pub(super) struct Sealer(RandomizedNonceKey);

impl Sealer {
    pub(super) fn new(key: &[u8]) -> KeyResult<Self> {
        RandomizedNonceKey::new(&AES_256_GCM, key).map(Self).map_err(|_| failed("cipher set-up"))
    }

    /// Seals `plain`; `aad` is authenticated with it.
    pub(super) fn seal(&self, aad: &[u8], plain: &SecretBytes) -> KeyResult<Sealed> {
        let (nonce, ciphertext) = self.seal_bytes(aad, plain)?;
        Ok(Sealed { nonce: STANDARD.encode(nonce), ciphertext: STANDARD.encode(&ciphertext) })
    }

    /// As [`Self::seal`], as bytes: the nonce (12), and the ciphertext with its tag (16).
    pub(super) fn seal_bytes(&self, aad: &[u8], plain: &SecretBytes) -> KeyResult<(Vec<u8>, Vec<u8>)> {
        // Room for the tag, so that growing never leaves a copy of the plaintext behind.
        let mut buffer = Vec::with_capacity(plain.expose().len() + AES_256_GCM.tag_len());
        buffer.extend_from_slice(plain.expose());
        let nonce = self.0.seal_in_place_append_tag(Aad::from(aad), &mut buffer).map_err(|_| failed("sealing"))?;
        Ok((nonce.as_ref().to_vec(), buffer))
    }

    /// Opens a sealed value; `None` when anything in it or in `aad` was changed, or another key sealed it.
    pub(super) fn open(&self, aad: &[u8], sealed: &Sealed) -> Option<SecretBytes> {
        self.open_bytes(aad, &STANDARD.decode(&sealed.nonce).ok()?, &STANDARD.decode(&sealed.ciphertext).ok()?)
    }

    /// As [`Self::open`], from bytes.
    pub(super) fn open_bytes(&self, aad: &[u8], nonce: &[u8], ciphertext: &[u8]) -> Option<SecretBytes> {
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut buffer = zeroize::Zeroizing::new(ciphertext.to_vec());
        let plain = self.0.open_in_place(nonce, Aad::from(aad), &mut buffer).ok()?;
        Some(SecretBytes::new(plain.to_vec()))
    }
}

/// Bytes from the operating system's random source.
pub(super) fn random(len: usize) -> KeyResult<Vec<u8>> {
    let mut bytes = vec![0; len];
    rand::fill(&mut bytes).map_err(|_| failed("random numbers"))?;
    Ok(bytes)
}

/// Lower-case hexadecimal of `bytes`.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compares without telling where the difference is.
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

pub(super) fn failed(what: &str) -> KeyError {
    KeyError::Backend { backend: "local", reason: format!("{what} failed"), request_id: None }
}

const CHECK: &[u8] = b"cartorio-digital key check v1";

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}
