//! The key derivations and ciphers of key stores, over RustCrypto; old ones are here to be read, not to be chosen.

use aes_gcm::aead::{Aead, Nonce};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{
    BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, BlockSizeUser, InnerIvInit, KeyInit,
    KeyIvInit, StreamCipher,
};
use hmac::{Hmac, Mac};
use sha1::Digest;
use sha1::digest::block_api::EagerHash;
use zeroize::{Zeroize, Zeroizing};

use crate::algorithm::Hash;

/// What a key derived as RFC 7292 appendix B says is for (appendix B.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// The key of a cipher.
    Key,
    /// Its initialisation vector.
    Iv,
    /// The key of a MAC.
    Mac,
}

/// Runs a generic function for the type of a hash.
macro_rules! with_hash {
    ($hash:expr, $function:ident($($argument:expr),* $(,)?)) => {
        match $hash {
            Hash::Md5 => $function::<md5::Md5>($($argument),*),
            Hash::Sha1 => $function::<sha1::Sha1>($($argument),*),
            Hash::Sha224 => $function::<sha2::Sha224>($($argument),*),
            Hash::Sha256 => $function::<sha2::Sha256>($($argument),*),
            Hash::Sha384 => $function::<sha2::Sha384>($($argument),*),
            Hash::Sha512 => $function::<sha2::Sha512>($($argument),*),
            Hash::Sha512_224 => $function::<sha2::Sha512_224>($($argument),*),
            Hash::Sha512_256 => $function::<sha2::Sha512_256>($($argument),*),
        }
    };
}

/// RFC 7292 appendix B.2: `length` bytes for `purpose`. `password` is the BMPString with its end, or nothing at all.
pub fn pkcs12_kdf(
    hash: Hash,
    purpose: Purpose,
    password: &[u8],
    salt: &[u8],
    iterations: u64,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let id = match purpose {
        Purpose::Key => 1_u8,
        Purpose::Iv => 2,
        Purpose::Mac => 3,
    };
    let block = hash.block();
    let fill = |bytes: &[u8]| -> Zeroizing<Vec<u8>> {
        let length = bytes.len().div_ceil(block) * block;
        Zeroizing::new(bytes.iter().copied().cycle().take(length).collect())
    };
    let salt = fill(salt);
    let password = fill(password);
    let mut input = Zeroizing::new(Vec::with_capacity(salt.len() + password.len()));
    input.extend_from_slice(&salt);
    input.extend_from_slice(&password);
    let mut out = Zeroizing::new(Vec::with_capacity(length + hash.len()));
    loop {
        let value = with_hash!(hash, chained(&[&vec![id; block], &input], iterations));
        out.extend_from_slice(&value);
        if out.len() >= length {
            out.truncate(length);
            return out;
        }
        // I_j = (I_j + B + 1) mod 2^(8v), for every block of I.
        let b: Zeroizing<Vec<u8>> = Zeroizing::new(value.iter().copied().cycle().take(block).collect());
        for part in input.chunks_mut(block) {
            let mut carry = 1_u16;
            for (byte, add) in part.iter_mut().zip(b.iter()).rev() {
                carry += u16::from(*byte) + u16::from(*add);
                *byte = carry.to_le_bytes()[0];
                carry >>= 8;
            }
        }
    }
}

/// The hash of the parts, hashed again until it was done `iterations` times (PBKDF1 and the inside of PKCS#12's).
fn chained<D: Digest>(parts: &[&[u8]], iterations: u64) -> Zeroizing<Vec<u8>> {
    let mut hasher = D::new();
    for part in parts {
        hasher.update(part);
    }
    let mut value = hasher.finalize();
    for _ in 1..iterations {
        value = D::digest(&value);
    }
    let out = Zeroizing::new(value.to_vec());
    value.as_mut_slice().zeroize();
    out
}

/// RFC 8018 §5.1.
pub(crate) fn pbkdf1(hash: Hash, password: &[u8], salt: &[u8], iterations: u64) -> Zeroizing<Vec<u8>> {
    with_hash!(hash, chained(&[password, salt], iterations))
}

/// The hash of the parts, once.
pub(crate) fn digest(hash: Hash, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    with_hash!(hash, chained(parts, 1))
}

/// RFC 8018 §5.2.
pub fn pbkdf2(hash: Hash, password: &[u8], salt: &[u8], iterations: u32, length: usize) -> Zeroizing<Vec<u8>> {
    fn derive<D: EagerHash>(password: &[u8], salt: &[u8], iterations: u32, out: &mut [u8]) {
        ::pbkdf2::pbkdf2_hmac::<D>(password, salt, iterations, out);
    }
    let mut out = Zeroizing::new(vec![0; length]);
    with_hash!(hash, derive(password, salt, iterations, &mut out));
    out
}

/// HMAC of `data`; a key of any length.
pub fn hmac(hash: Hash, key: &[u8], data: &[u8]) -> Vec<u8> {
    fn tag<D: EagerHash>(key: &[u8], data: &[u8]) -> Vec<u8> {
        // HMAC takes keys of every length, so there is no error to have.
        match <Hmac<D> as hmac::KeyInit>::new_from_slice(key) {
            Ok(mut mac) => {
                mac.update(data);
                mac.finalize().into_bytes().to_vec()
            }
            Err(_) => Vec::new(),
        }
    }
    with_hash!(hash, tag(key, data))
}

/// Whether `expected` is the HMAC of `data`, in constant time; a shortened value is not.
pub(crate) fn hmac_is(hash: Hash, key: &[u8], data: &[u8], expected: &[u8]) -> bool {
    fn check<D: EagerHash>(key: &[u8], data: &[u8], expected: &[u8]) -> bool {
        <Hmac<D> as hmac::KeyInit>::new_from_slice(key).is_ok_and(|mut mac| {
            mac.update(data);
            mac.verify_slice(expected).is_ok()
        })
    }
    with_hash!(hash, check(key, data, expected))
}

/// Decrypts a block cipher in CBC mode with PKCS#7 padding; `None` when key, IV or padding are not what they must be.
pub(crate) fn cbc_decrypt<C>(key: &[u8], iv: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>>
where
    C: BlockCipherDecrypt + KeyInit + BlockSizeUser,
{
    let cipher = <C as KeyInit>::new_from_slice(key).ok()?;
    cbc_decrypt_with(cipher, iv, data)
}

/// The same with a cipher that has its key.
pub(crate) fn cbc_decrypt_with<C>(cipher: C, iv: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>>
where
    C: BlockCipherDecrypt + BlockSizeUser,
{
    let mode = cbc::Decryptor::<C>::inner_iv_slice_init(cipher, iv).ok()?;
    let mut buffer = Zeroizing::new(data.to_vec());
    let length = mode.decrypt_padded::<Pkcs7>(&mut buffer).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

/// Triple DES with three keys (24 bytes) in CBC mode with PKCS#7 padding, for files that old programs must open.
/// `None` when key or IV have another length.
pub fn tdes_cbc_encrypt(key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>> {
    cbc_encrypt::<des::TdesEde3>(key, iv, data)
}

fn cbc_encrypt<C>(key: &[u8], iv: &[u8], data: &[u8]) -> Option<Vec<u8>>
where
    C: BlockCipherEncrypt + KeyInit + BlockSizeUser,
    cbc::Encryptor<C>: KeyIvInit,
{
    let mode = <cbc::Encryptor<C> as KeyIvInit>::new_from_slices(key, iv).ok()?;
    // With room for the padding, so that no reallocation leaves a copy of a key behind.
    let mut buffer = vec![0; data.len() + C::block_size()];
    buffer[..data.len()].copy_from_slice(data);
    let length = mode.encrypt_padded::<Pkcs7>(&mut buffer, data.len()).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

/// AES-GCM with the tag at the end; `None` when the tag does not fit.
pub(crate) fn gcm_decrypt<G>(key: &[u8], nonce: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>>
where
    G: Aead + KeyInit,
{
    let cipher = <G as KeyInit>::new_from_slice(key).ok()?;
    let nonce = <&Nonce<G>>::try_from(nonce).ok()?;
    cipher.decrypt(nonce, data).ok().map(Zeroizing::new)
}

/// RC4.
pub(crate) fn rc4(key: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut cipher = <rc4::Rc4 as rc4::KeyInit>::new_from_slice(key).ok()?;
    let mut buffer = Zeroizing::new(data.to_vec());
    cipher.apply_keystream(&mut buffer);
    Some(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_and_derivations_as_published() {
        // RFC 6070, RFC 6229 (40-bit key), RFC 2202 (test case 2).
        let cases = [
            (1, "0c60c80f961f0e71f3a9b524af6012062fe037a6"),
            (2, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"),
            (4096, "4b007901b765489abead49d926f721d065a429c1"),
        ];
        for (rounds, expected) in cases {
            let length = expected.len() / 2;
            assert_eq!(hex::encode(&*pbkdf2(Hash::Sha1, b"password", b"salt", rounds, length)), expected);
        }
        assert_eq!(hex::encode(&*rc4(&[1, 2, 3, 4, 5], &[0; 8]).unwrap()), "b2396305f03dc027");
        let tag = hmac(Hash::Md5, b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex::encode(&tag), "750c783e6ab0b503eaa86e310a5db738");
        assert!(hmac_is(Hash::Md5, b"Jefe", b"what do ya want for nothing?", &tag));
        assert!(!hmac_is(Hash::Md5, b"Jefe", b"what do ya want for nothing?", &tag[..15]));
    }

    #[test]
    fn triple_des_comes_back_and_refuses_what_does_not_fit() {
        let (key, iv) = ([7; 24], [9; 8]);
        let sealed = tdes_cbc_encrypt(&key, &iv, b"a key of sorts").unwrap();
        assert_eq!(cbc_decrypt::<des::TdesEde3>(&key, &iv, &sealed).unwrap().as_slice(), b"a key of sorts");
        assert!(tdes_cbc_encrypt(&key[..23], &iv, b"x").is_none());
        assert!(cbc_decrypt::<des::TdesEde3>(&key, &iv[..7], &sealed).is_none());
        assert!(cbc_decrypt::<des::TdesEde3>(&key, &iv, &sealed[..9]).is_none());
    }
}
