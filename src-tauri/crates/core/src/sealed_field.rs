//! Sealed fields: what a person types into a password field never crosses the IPC in the clear.
//!
//! The page asks for a one-time public key, seals the text to it and sends the result with the request: ECDH on P-256,
//! HKDF-SHA-256 (empty salt, info [`INFO`]), AES-256-GCM with the channel's id as associated data. A channel opens one
//! field and is gone.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, EphemeralPrivateKey, PublicKey, UnparsedPublicKey, agree_ephemeral};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::rand::SystemRandom;
use zeroize::Zeroizing;

use crate::SecretString;

/// The `info` input of HKDF.
pub const INFO: &[u8] = b"cartorio sealed field v1";

/// The backend's half of a channel.
pub struct FieldChannel {
    id: String,
    private: EphemeralPrivateKey,
    public: PublicKey,
}

/// A field could not be opened: another channel, or changed on the way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FieldError;

impl std::fmt::Display for FieldError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the sealed field cannot be opened")
    }
}

impl std::error::Error for FieldError {}

impl FieldChannel {
    /// A new channel called `id`.
    ///
    /// # Errors
    /// [`FieldError`] when the library cannot make a key.
    pub fn new(id: String) -> Result<Self, FieldError> {
        let private = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).map_err(|_| FieldError)?;
        let public = private.compute_public_key().map_err(|_| FieldError)?;
        Ok(Self { id, private, public })
    }

    /// The public half: an uncompressed P-256 point (SEC 1 §2.3.3), 65 bytes.
    pub fn public_key(&self) -> &[u8] {
        self.public.as_ref()
    }

    /// Opens the one field that was sealed to this channel.
    ///
    /// # Errors
    /// [`FieldError`] when it was sealed to another channel, was changed, or is not UTF-8.
    pub fn open(self, peer: &[u8], nonce: &[u8], ciphertext: &[u8]) -> Result<SecretString, FieldError> {
        let Self { id, private, .. } = self;
        let key = agree_ephemeral(private, UnparsedPublicKey::new(&ECDH_P256, peer), FieldError, derive)?;
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_slice()).map_err(|_| FieldError)?);
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| FieldError)?;
        let mut buffer = Zeroizing::new(ciphertext.to_vec());
        let plain = key.open_in_place(nonce, Aad::from(id.as_bytes()), &mut buffer).map_err(|_| FieldError)?;
        let text = std::str::from_utf8(plain).map_err(|_| FieldError)?;
        Ok(SecretString::new(text.to_owned()))
    }
}

fn derive(shared: &[u8]) -> Result<Zeroizing<[u8; 32]>, FieldError> {
    struct Len32;
    impl KeyType for Len32 {
        fn len(&self) -> usize {
            32
        }
    }
    let mut key = Zeroizing::new([0_u8; 32]);
    Salt::new(HKDF_SHA256, &[])
        .extract(shared)
        .expand(&[INFO], Len32)
        .and_then(|okm| okm.fill(key.as_mut_slice()))
        .map_err(|_| FieldError)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the page does, with the same library: the page's own test checks it against WebCrypto.
    fn seal(channel: &FieldChannel, id: &str, text: &str) -> (Vec<u8>, [u8; 12], Vec<u8>) {
        let private = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
        let public = private.compute_public_key().unwrap().as_ref().to_vec();
        let peer = UnparsedPublicKey::new(&ECDH_P256, channel.public_key().to_vec());
        let key = agree_ephemeral(private, peer, FieldError, derive).unwrap();
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_slice()).unwrap());
        let mut buffer = text.as_bytes().to_vec();
        let nonce = Nonce::assume_unique_for_key([7; 12]);
        key.seal_in_place_append_tag(nonce, Aad::from(id.as_bytes()), &mut buffer).unwrap();
        (public, [7; 12], buffer)
    }

    #[test]
    fn opens_what_was_sealed_to_it() {
        let channel = FieldChannel::new("c1".into()).unwrap();
        let (peer, nonce, sealed) = seal(&channel, "c1", "sénha-forte");
        assert_eq!(channel.open(&peer, &nonce, &sealed).unwrap().expose(), "sénha-forte");
    }

    #[test]
    fn refuses_another_channel_and_a_changed_byte() {
        let channel = FieldChannel::new("c1".into()).unwrap();
        let (peer, nonce, sealed) = seal(&channel, "c2", "x");
        assert!(channel.open(&peer, &nonce, &sealed).is_err(), "sealed for another channel id");
        let channel = FieldChannel::new("c1".into()).unwrap();
        let (peer, nonce, mut sealed) = seal(&channel, "c1", "x");
        sealed[0] ^= 1;
        assert!(channel.open(&peer, &nonce, &sealed).is_err(), "changed");
        let channel = FieldChannel::new("c1".into()).unwrap();
        assert!(channel.open(&[4; 65], &nonce, &sealed).is_err(), "no point of the curve");
    }
}
