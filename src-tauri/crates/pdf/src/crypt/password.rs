//! From a password to the file's key (ISO 32000-2, 7.6.4.3 and 7.6.4.4; revision 5 as in Adobe's extension level 3).

use cartorio_core::{SecretBytes, SecretString};
use zeroize::Zeroizing;

use super::OpenedAs;
use super::dictionary::{Handler, Legacy, Modern, Values};
use super::primitives::{BLOCK, Fault, Sha, cbc_decrypt, cbc_encrypt, md5, rc4, sha};
use crate::text::encode_pdf_doc;

/// Passwords of the old revisions are filled up with this, or cut to its length.
const PAD: [u8; 32] = *b"\x28\xbf\x4e\x5e\x4e\x75\x8a\x41\x64\x00\x4e\x56\xff\xfa\x01\x08\x2e\x2e\x00\xb6\xd0\x68\x3e\x80\x2f\x0c\xa9\xfe\x64\x53\x69\x7a";

/// Bytes of a password that count since revision 5.
const MAX_PASSWORD: usize = 127;

/// The file's key, and what the password opens the file as; `None` when it opens nothing. Without a password the empty one
/// is tried, as the user's first: it opens many files, some of which have the same empty password for the owner, and nobody
/// claims to be that.
pub(super) fn unlock(
    handler: &Handler,
    password: Option<&SecretString>,
) -> Result<Option<(SecretBytes, OpenedAs)>, Fault> {
    let order = match password {
        None => [OpenedAs::User, OpenedAs::Owner],
        Some(_) => [OpenedAs::Owner, OpenedAs::User],
    };
    let text = password.map_or("", SecretString::expose);
    for role in order {
        for candidate in spellings(handler, text) {
            let key = match &handler.values {
                Values::Legacy(values) => legacy_key(handler, values, &candidate, role)?,
                Values::Modern(values) => modern_key(handler, values, &candidate, role)?,
            };
            if let Some(key) = key {
                return Ok(Some((SecretBytes::new(key.to_vec()), role)));
            }
        }
    }
    Ok(None)
}

/// The permissions that revision 5 and 6 keep encrypted beside `/P` (algorithm 13); `Err` says how they disagree.
pub(super) fn check_permissions(handler: &Handler, key: &SecretBytes) -> Result<(), Fault> {
    let Values::Modern(values) = &handler.values else {
        return Ok(());
    };
    let mut block = values.perms;
    cbc_decrypt(key.expose(), [0; BLOCK], &mut block)?; // one block: the same as ECB
    let metadata = if handler.encrypt_metadata { b'T' } else { b'F' };
    if &block[9..12] != b"adb" {
        return Err("/Perms was not made with this key");
    }
    if block[..4] != handler.permissions.to_le_bytes() {
        return Err("/P was changed after the file was encrypted");
    }
    if block[8] != metadata {
        return Err("/EncryptMetadata was changed after the file was encrypted");
    }
    Ok(())
}

/// The bytes a password may have been used as: as the revision says, and as programs use it that do not care.
fn spellings(handler: &Handler, text: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let utf8 = Zeroizing::new(text.as_bytes().to_vec());
    let proper = match &handler.values {
        Values::Legacy(_) => encode_pdf_doc(text).map(Zeroizing::new),
        Values::Modern(_) => stringprep::saslprep(text).ok().map(|text| Zeroizing::new(text.into_owned().into_bytes())),
    };
    let mut out: Vec<_> = proper.into_iter().collect();
    if out.first() != Some(&utf8) {
        out.push(utf8);
    }
    if matches!(handler.values, Values::Modern(_)) {
        out.iter_mut().for_each(|bytes| bytes.truncate(MAX_PASSWORD));
    }
    out
}

type Key = Zeroizing<Vec<u8>>;

fn legacy_key(handler: &Handler, values: &Legacy, password: &[u8], role: OpenedAs) -> Result<Option<Key>, Fault> {
    match role {
        OpenedAs::User => legacy_user_key(handler, values, &padded(password)),
        OpenedAs::Owner => {
            let user = legacy_user_password(handler, values, password)?;
            legacy_user_key(handler, values, &user)
        }
    }
}

/// Algorithms 2 and 6.
fn legacy_user_key(handler: &Handler, values: &Legacy, padded: &[u8; 32]) -> Result<Option<Key>, Fault> {
    let plain_metadata: &[u8] = if handler.revision >= 4 && !handler.encrypt_metadata { &[0xff; 4] } else { &[] };
    let permissions = handler.permissions.to_le_bytes();
    let mut digest = md5(&[padded, &values.owner, &permissions, &values.id, plain_metadata]);
    if handler.revision >= 3 {
        for _ in 0..50 {
            digest = md5(&[&digest[..handler.key_length]]);
        }
    }
    let key = Zeroizing::new(digest[..handler.key_length].to_vec());
    let right = if handler.revision == 2 {
        let mut expected = PAD;
        rc4(&key, &mut expected)?;
        expected == values.user
    } else {
        let mut expected = *md5(&[&PAD, &values.id]);
        for round in 0..20 {
            rc4(&varied(&key, round), &mut expected)?;
        }
        expected == values.user[..16] // the rest is arbitrary
    };
    Ok(right.then_some(key))
}

/// Algorithm 7: what the owner's password says the user's password is.
fn legacy_user_password(handler: &Handler, values: &Legacy, password: &[u8]) -> Result<Zeroizing<[u8; 32]>, Fault> {
    let mut digest = md5(&[&*padded(password)]);
    if handler.revision >= 3 {
        for _ in 0..50 {
            digest = md5(&[&*digest]);
        }
    }
    let key = &digest[..handler.key_length];
    let mut user = Zeroizing::new(values.owner);
    let rounds = if handler.revision >= 3 { 20 } else { 1 };
    for round in (0..rounds).rev() {
        rc4(&varied(key, round), &mut *user)?;
    }
    Ok(user)
}

fn padded(password: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new(PAD);
    let used = password.len().min(PAD.len());
    out[..used].copy_from_slice(&password[..used]);
    out[used..].copy_from_slice(&PAD[..PAD.len() - used]);
    out
}

fn varied(key: &[u8], round: u8) -> Key {
    Zeroizing::new(key.iter().map(|byte| byte ^ round).collect())
}

/// Algorithms 2.A, 11 and 12.
fn modern_key(handler: &Handler, values: &Modern, password: &[u8], role: OpenedAs) -> Result<Option<Key>, Fault> {
    let (verifier, wrapped, user): (_, _, &[u8]) = match role {
        OpenedAs::User => (&values.user, &values.user_key, &[]),
        OpenedAs::Owner => (&values.owner, &values.owner_key, &values.user),
    };
    let (digest, salts) = verifier.split_at(32);
    let (validation, key) = salts.split_at(8);
    let hash = |salt: &[u8]| match handler.revision {
        5 => Ok(sha(Sha::S256, &[password, salt, user])),
        _ => hardened_hash(password, salt, user),
    };
    if hash(validation)?[..] != *digest {
        return Ok(None);
    }
    let mut unwrapped = Zeroizing::new(wrapped.to_vec());
    cbc_decrypt(&hash(key)?, [0; BLOCK], &mut unwrapped)?;
    Ok(Some(unwrapped))
}

/// Algorithm 2.B. Ends after 288 rounds at the latest: a byte is at most 255.
fn hardened_hash(password: &[u8], salt: &[u8], user: &[u8]) -> Result<Key, Fault> {
    let mut key = sha(Sha::S256, &[password, salt, user]);
    let mut round = 0_usize;
    loop {
        let piece = Zeroizing::new([password, &key[..], user].concat());
        let mut data = Zeroizing::new(piece.repeat(64));
        let (iv, aes_key) = (key[BLOCK..].first_chunk().ok_or("bad digest")?, &key[..BLOCK]);
        cbc_encrypt(aes_key, *iv, &mut data)?;
        // The first block as a number modulo three: 256 leaves one, so the sum of the digits will do.
        key = match data[..BLOCK].iter().map(|byte| u32::from(*byte)).sum::<u32>() % 3 {
            0 => sha(Sha::S256, &[&data]),
            1 => sha(Sha::S384, &[&data]),
            _ => sha(Sha::S512, &[&data]),
        };
        let last = data.last().map_or(0, |byte| usize::from(*byte));
        round += 1;
        if round >= 64 && last + 32 <= round {
            key.truncate(32);
            return Ok(key);
        }
    }
}
