//! The ciphers and digests of the standard security handler (ISO 32000-2, 7.6), over AWS-LC where that has them.

use aws_lc_rs::cipher::{
    AES_128, AES_256, Algorithm, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::digest;
use aws_lc_rs::iv::FixedLength;
use md5::{Digest as _, Md5};
use rc4::{KeyInit as _, Rc4, StreamCipher as _};
use zeroize::Zeroizing;

/// Bytes of an AES block and of an initialisation vector.
pub(super) const BLOCK: usize = 16;

/// Why data does not decrypt.
pub(super) type Fault = &'static str;

/// SHA-256, SHA-384 or SHA-512 by their length in bits.
#[derive(Clone, Copy)]
pub(super) enum Sha {
    S256,
    S384,
    S512,
}

pub(super) fn sha(hash: Sha, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    let algorithm = match hash {
        Sha::S256 => &digest::SHA256,
        Sha::S384 => &digest::SHA384,
        Sha::S512 => &digest::SHA512,
    };
    let mut context = digest::Context::new(algorithm);
    parts.iter().for_each(|part| context.update(part));
    Zeroizing::new(context.finish().as_ref().to_vec())
}

pub(super) fn md5(parts: &[&[u8]]) -> Zeroizing<[u8; 16]> {
    let mut hasher = Md5::new();
    parts.iter().for_each(|part| hasher.update(part));
    Zeroizing::new(hasher.finalize().into())
}

/// RC4, which is its own inverse. `key` has 1 to 256 bytes.
pub(super) fn rc4(key: &[u8], data: &mut [u8]) -> Result<(), Fault> {
    Rc4::new_from_slice(key).map_err(|_| "bad key length")?.apply_keystream(data);
    Ok(())
}

/// AES-CBC without padding, in place; `data` is whole blocks.
pub(super) fn cbc_decrypt(key: &[u8], iv: [u8; BLOCK], data: &mut [u8]) -> Result<(), Fault> {
    let context = DecryptionContext::Iv128(FixedLength::from(iv));
    let key = DecryptingKey::cbc(unbound(key)?).map_err(|_| "bad key")?;
    key.decrypt(data, context).map(|_| ()).map_err(|_| "not whole AES blocks")
}

/// AES-CBC without padding, in place; `data` is whole blocks.
pub(super) fn cbc_encrypt(key: &[u8], iv: [u8; BLOCK], data: &mut [u8]) -> Result<(), Fault> {
    let context = EncryptionContext::Iv128(FixedLength::from(iv));
    let key = EncryptingKey::cbc(unbound(key)?).map_err(|_| "bad key")?;
    key.less_safe_encrypt(data, context).map(|_| ()).map_err(|_| "not whole AES blocks")
}

/// What stands behind its initialisation vector, padding taken off (7.6.3.1). Empty data and a lone vector stand for
/// nothing: writers disagree how nothing is encrypted.
pub(super) fn open(key: &[u8], data: &[u8]) -> Result<Vec<u8>, Fault> {
    if data.is_empty() {
        return Ok(Vec::new());
    }
    let (iv, body) = data.split_first_chunk::<BLOCK>().ok_or("shorter than an AES block")?;
    let mut body = body.to_vec();
    if body.is_empty() {
        return Ok(body);
    }
    cbc_decrypt(key, *iv, &mut body)?;
    let padding = usize::from(*body.last().ok_or("no AES block")?);
    let end = body.len().checked_sub(padding).filter(|_| (1..=BLOCK).contains(&padding)).ok_or("bad AES padding")?;
    if body[end..].iter().any(|byte| usize::from(*byte) != padding) {
        return Err("bad AES padding");
    }
    body.truncate(end);
    Ok(body)
}

/// `data` padded and encrypted behind a new random initialisation vector.
pub(super) fn seal(key: &[u8], data: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut iv = [0; BLOCK];
    aws_lc_rs::rand::fill(&mut iv).map_err(|_| "no random numbers")?;
    let padding = BLOCK - data.len() % BLOCK;
    let mut out = Vec::with_capacity(BLOCK + data.len() + padding);
    out.extend_from_slice(&iv);
    out.extend_from_slice(data);
    out.resize(BLOCK + data.len() + padding, padding as u8); // 1 to 16
    cbc_encrypt(key, iv, &mut out[BLOCK..])?;
    Ok(out)
}

fn unbound(key: &[u8]) -> Result<UnboundCipherKey, Fault> {
    let algorithm: &'static Algorithm = if key.len() == BLOCK { &AES_128 } else { &AES_256 };
    UnboundCipherKey::new(algorithm, key).map_err(|_| "bad key length")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 6229 (40 bits), RFC 1321, NIST SP 800-38A F.2.1.
    #[test]
    fn known_values_come_out() {
        let mut stream = [0; 8];
        rc4(&[1, 2, 3, 4, 5], &mut stream).unwrap();
        assert_eq!(stream, [0xb2, 0x39, 0x63, 0x05, 0xf0, 0x3d, 0xc0, 0x27]);
        assert_eq!(md5(&[b"message", b" digest"])[..4], [0xf9, 0x6b, 0x69, 0x7d]);
        let key = 0x2b7e_1516_28ae_d2a6_abf7_1588_09cf_4f3c_u128.to_be_bytes();
        let mut block = 0x6bc1_bee2_2e40_9f96_e93d_7e11_7393_172a_u128.to_be_bytes();
        let iv = 0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f_u128.to_be_bytes();
        cbc_encrypt(&key, iv, &mut block).unwrap();
        assert_eq!(block, 0x7649_abac_8119_b246_cee9_8e9b_12e9_197d_u128.to_be_bytes());
        assert_eq!(sha(Sha::S384, &[b""]).len(), 48);
        assert!(rc4(&[], &mut []).is_err() && cbc_encrypt(&[0; 7], iv, &mut []).is_err());
    }

    #[test]
    fn what_is_no_ciphertext_is_refused() {
        let key = [7; 32];
        assert_eq!(open(&key, b"").unwrap(), b"");
        assert_eq!(open(&key, &[0; 16]).unwrap(), b"");
        assert_eq!(open(&key, &[0; 15]), Err("shorter than an AES block"));
        assert_eq!(open(&key, &[0; 33]), Err("not whole AES blocks"));
        let mut sealed = seal(&key, b"text").unwrap();
        *sealed.last_mut().unwrap() ^= 1;
        assert_eq!(open(&key, &sealed), Err("bad AES padding"));
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens(data in prop::collection::vec(any::<u8>(), 0..100), long in any::<bool>()) {
            let key = vec![3; if long { 32 } else { 16 }];
            let sealed = seal(&key, &data).unwrap();
            prop_assert_eq!(sealed.len(), 16 + (data.len() / 16 + 1) * 16);
            prop_assert_eq!(open(&key, &sealed).unwrap(), data);
        }
    }
}
