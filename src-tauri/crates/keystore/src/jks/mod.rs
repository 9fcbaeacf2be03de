//! Java's own formats, JKS and JCEKS, read only. As the source of OpenJDK has them (`JavaKeyStore`, `JceKeyStore`,
//! `KeyProtector`): big-endian integers, modified UTF-8, a keyed SHA-1 at the end.

mod serialized;

use cartorio_core::{SecretBytes, SecretString};
use zeroize::Zeroizing;

use crate::algorithm::{Cipher, Hash, Kdf};
use crate::ber::{self, Context, INTEGER, OCTET_STRING, OID, Origin, SEQUENCE};
use crate::error::{Result, StoreError};
use crate::layout::{Bag, BagKind, Format, Layout, MacInfo, MacScheme, PasswordForm, Place, Protection, State};
use crate::limits::Budget;
use crate::p12::Goal;
use crate::password::{self, Candidate};
use crate::pbe::{self, Attempt};
use crate::primitives;
use crate::{Content, Integrity, Item, Opened};

/// Sun's key protector of JKS.
const SUN_KEY_PROTECTOR: &str = "1.3.6.1.4.1.42.2.17.1.1";
const DIGEST_LEN: usize = 20;

pub(crate) fn read(bytes: &[u8], format: Format, goal: &Goal<'_>, budget: &Budget) -> Result<Opened> {
    let content_len = bytes.len().saturating_sub(DIGEST_LEN);
    let (content, tail) = bytes.split_at(content_len);
    let mut cursor = Cursor { bytes: content, at: 0 };
    cursor.u32("the file ends in its header")?;
    let version = cursor.u32("the file ends in its header")?;
    if version != 1 && version != 2 {
        return Err(cursor.malformed(4, "the version is neither 1 nor 2"));
    }
    let count = cursor.u32("the file ends in its header")?;
    let password = match goal {
        Goal::Look | Goal::Open(None) => None,
        Goal::Open(Some(password)) => Some(*password),
    };
    let digest = |password: &SecretString| {
        let utf16 = password::utf16(password.expose(), 0);
        let value = primitives::digest(Hash::Sha1, &[&utf16, b"Mighty Aphrodite", content]);
        // A digest of the whole file, not a secret: an ordinary comparison is enough.
        value.as_slice() == tail
    };
    // Without a password, what «no password» means in a P12: the empty one.
    let (integrity, password) = match (goal, password) {
        (Goal::Look, _) => (Integrity::NotChecked, None),
        (Goal::Open(_), Some(password)) if digest(password) => (Integrity::Verified, Some(password)),
        (Goal::Open(_), Some(_)) => return Err(StoreError::WrongPasswordOrChanged),
        (Goal::Open(_), None) => (Integrity::NotChecked, None),
    };
    let mac = MacInfo {
        scheme: MacScheme::JavaDigest,
        hash: Some(Hash::Sha1),
        kdf: Kdf::Java(Hash::Sha1),
        oid: String::new(),
        iterations: 1,
        salt_len: 0,
        place: Place { offset: content_len, length: tail.len(), part: None },
        unsupported: None,
    };
    let mut layout = Layout {
        format,
        version,
        file_len: bytes.len(),
        trailing: 0,
        indefinite: false,
        mac: Some(mac),
        parts: Vec::new(),
        bags: Vec::new(),
        password: password.map(|text| password::facts(Some(text), PasswordForm::Standard)),
    };
    let mut items = Vec::new();
    for _ in 0..count {
        budget.bag()?;
        entry(&mut cursor, version, password, budget, &mut layout, &mut items)?;
    }
    if cursor.at != content.len() {
        return Err(cursor.malformed(cursor.at, "something follows the entries"));
    }
    Ok(Opened { layout, items, integrity })
}

fn entry(
    cursor: &mut Cursor<'_>,
    version: u32,
    password: Option<&SecretString>,
    budget: &Budget,
    layout: &mut Layout,
    items: &mut Vec<Item>,
) -> Result<()> {
    let start = cursor.at;
    let tag = cursor.u32("an entry is cut off")?;
    let alias = cursor.text()?;
    let created = cursor.take(8, "an entry is cut off")?;
    let created = created.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)).cast_signed();
    let number = layout.bags.len();
    let mut bag = empty(BagKind::Other, Some(alias), Some(created));
    match tag {
        1 => {
            bag.kind = BagKind::ShroudedKey;
            let at = cursor.at + 4;
            let data = cursor.block("an encrypted key is cut off")?;
            bag.content_len = data.len();
            bag.place = Place { offset: start, length: cursor.at - start, part: None };
            if let Some(key) = private_key(data, at, password, budget, &mut bag)? {
                items.push(Item { bag: number, content: Content::PrivateKey(key) });
            }
            layout.bags.push(bag);
            let count = cursor.u32("a chain is cut off")?;
            for _ in 0..count {
                budget.bag()?;
                let start = cursor.at;
                let mut bag = empty(BagKind::Certificate, None, None);
                bag.chain_of = Some(number);
                certificate(cursor, version, start, bag, layout, items)?;
            }
        }
        2 => {
            bag.kind = BagKind::Certificate;
            // Java trusts every certificate entry of its own formats.
            bag.trusted_usage = Some(Vec::new());
            certificate(cursor, version, start, bag, layout, items)?;
        }
        3 if layout.format == Format::Jceks => {
            bag.kind = BagKind::Secret;
            let sealed = serialized::sealed_object(cursor.bytes, &mut cursor.at)?;
            bag.content_len = sealed.content.len();
            bag.place = Place { offset: start, length: cursor.at - start, part: None };
            if let Some(key) = secret_key(&sealed, password, budget, &mut bag)? {
                items.push(Item { bag: number, content: Content::Secret(key) });
            }
            layout.bags.push(bag);
        }
        _ => return Err(cursor.malformed(start, "an entry of an unknown kind")),
    }
    Ok(())
}

fn empty(kind: BagKind, friendly_name: Option<String>, created_ms: Option<i64>) -> Bag {
    let mut bag = Bag::empty(kind, Place { offset: 0, length: 0, part: None }, None, 0);
    (bag.friendly_name, bag.created_ms) = (friendly_name, created_ms);
    bag
}

fn certificate(
    cursor: &mut Cursor<'_>,
    version: u32,
    start: usize,
    mut bag: Bag,
    layout: &mut Layout,
    items: &mut Vec<Item>,
) -> Result<()> {
    let kind = if version == 2 { cursor.text()? } else { "X.509".to_owned() };
    let der = cursor.block("a certificate is cut off")?.to_vec();
    bag.place = Place { offset: start, length: cursor.at - start, part: None };
    bag.content_len = der.len();
    let known = kind == "X.509" || kind == "X509";
    if !known {
        bag.kind = BagKind::Other;
    }
    let content = if known { Content::Certificate(der) } else { Content::Other(SecretBytes::new(der)) };
    items.push(Item { bag: layout.bags.len(), content });
    layout.bags.push(bag);
    Ok(())
}

/// EncryptedPrivateKeyInfo with one of Sun's two algorithms.
fn private_key(
    data: &[u8],
    at: usize,
    password: Option<&SecretString>,
    budget: &Budget,
    bag: &mut Bag,
) -> Result<Option<SecretBytes>> {
    let origin = Origin::from_file(at);
    let context = Context { budget, origin: &origin };
    let info = ber::Reader::new(data, context).expect(SEQUENCE, "an encrypted key was expected")?;
    let mut fields = info.children(context);
    let algorithm = fields.expect(SEQUENCE, "an encrypted key has no algorithm")?;
    let sealed = fields.expect(OCTET_STRING, "an encrypted key has no content")?.octets(context)?.0;
    let oid = algorithm.children(context).expect(OID, "the encryption has no identifier")?.oid(context)?;
    let plain = if oid == SUN_KEY_PROTECTOR {
        bag.protection = Some(Protection {
            oid,
            scheme: "JKS".to_owned(),
            cipher: Cipher::SunXor,
            kdf: Kdf::Java(Hash::Sha1),
            iterations: 1,
            salt_len: DIGEST_LEN,
        });
        let Some(password) = password else {
            bag.state = State::Locked;
            return Ok(None);
        };
        sun_unprotect(&sealed, password)
    } else {
        let pbe = pbe::read(&algorithm, context)?;
        bag.protection = Some(pbe.protection.clone());
        match unlock(&pbe, &sealed, password, context, bag)? {
            Some(plain) => Some(plain),
            None => return Ok(None),
        }
    };
    let sound = plain.filter(|plain| {
        let context = Context { budget, origin: &origin };
        let look = || -> Result<()> {
            let info = ber::Reader::new(plain, context).expect(SEQUENCE, "a private key was expected")?;
            info.children(context).expect(INTEGER, "a private key has no version")?;
            Ok(())
        };
        look().is_ok()
    });
    match sound {
        Some(plain) => Ok(Some(SecretBytes::new(plain.to_vec()))),
        None => {
            // The store's password may differ from the key's.
            bag.state = State::WrongPassword;
            Ok(None)
        }
    }
}

/// Decrypts with the password as Java's PBE takes it: the low byte of every character.
fn unlock(
    pbe: &pbe::Pbe,
    data: &[u8],
    password: Option<&SecretString>,
    context: Context<'_>,
    bag: &mut Bag,
) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let Some(password) = password else {
        bag.state = State::Locked;
        return Ok(None);
    };
    let units = password.expose().encode_utf16();
    let low: Zeroizing<Vec<u8>> = Zeroizing::new(units.map(|unit| unit.to_le_bytes()[0] & 0x7f).collect());
    let candidate = Candidate { form: PasswordForm::Standard, pkcs12: password::bmp(password.expose()), pkcs5: low };
    Ok(match pbe.decrypt(data, &candidate, context)? {
        Attempt::Plain(plain) => Some(plain),
        Attempt::Wrong => {
            bag.state = State::WrongPassword;
            None
        }
        Attempt::Unsupported(what) => {
            bag.state = State::Unsupported { what };
            None
        }
    })
}

/// `KeyProtector.recover` of JKS: salt, key XOR a chain of SHA-1, and SHA-1 of password and key.
fn sun_unprotect(sealed: &[u8], password: &SecretString) -> Option<Zeroizing<Vec<u8>>> {
    let (salt, rest) = sealed.split_at_checked(DIGEST_LEN)?;
    let (body, check) = rest.split_at_checked(rest.len().checked_sub(DIGEST_LEN)?)?;
    let password = password::utf16(password.expose(), 0);
    let mut plain = Zeroizing::new(Vec::with_capacity(body.len()));
    let mut link = Zeroizing::new(salt.to_vec());
    for block in body.chunks(DIGEST_LEN) {
        link = primitives::digest(Hash::Sha1, &[&password, &link]);
        plain.extend(block.iter().zip(link.iter()).map(|(sealed, key)| sealed ^ key));
    }
    let fits = primitives::digest(Hash::Sha1, &[&password, &plain]).as_slice() == check;
    fits.then_some(plain)
}

/// The secret key in a sealed object: the DER or raw bytes that Java's serialised key holds, as they are.
fn secret_key(
    sealed: &serialized::Sealed,
    password: Option<&SecretString>,
    budget: &Budget,
    bag: &mut Bag,
) -> Result<Option<SecretBytes>> {
    let origin = Origin::whole_file();
    let context = Context { budget, origin: &origin };
    let Some(pbe) = sealed.algorithm(context)? else {
        bag.state = State::Unsupported { what: sealed.algorithm.clone() };
        return Ok(None);
    };
    bag.protection = Some(pbe.protection.clone());
    let Some(plain) = unlock(&pbe, &sealed.content, password, context, bag)? else { return Ok(None) };
    match serialized::key_bytes(&plain) {
        Some(key) => Ok(Some(SecretBytes::new(key.to_vec()))),
        None => {
            bag.state = State::WrongPassword;
            Ok(None)
        }
    }
}

/// Bytes that are wiped when they go.
type SecretValue = Zeroizing<Vec<u8>>;

/// Key and IV of PBEWithMD5AndTripleDES (`PBES1Core.deriveCipherKey`): each half of the salt is hashed with the
/// password again and again. Equal halves are changed first, with the slip of the original, which wrote `salt[2]`.
pub(crate) fn triple_des_key(password: &[u8], salt: &[u8], iterations: u64) -> Option<(SecretValue, SecretValue)> {
    let mut salt = <[u8; 8]>::try_from(salt).ok()?;
    if salt[..4] == salt[4..] {
        for index in 0..2 {
            let kept = salt[index];
            salt[index] = salt[3 - index];
            salt[2] = kept;
        }
    }
    let mut both = Zeroizing::new(Vec::with_capacity(32));
    for half in salt.chunks(4) {
        let mut value = Zeroizing::new(half.to_vec());
        for _ in 0..iterations {
            value = primitives::digest(Hash::Md5, &[&value, password]);
        }
        both.extend_from_slice(&value);
    }
    let iv = Zeroizing::new(both.get(24..32)?.to_vec());
    both.truncate(24);
    Some((both, iv))
}

/// Reads big-endian data.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn malformed(&self, offset: usize, reason: &'static str) -> StoreError {
        StoreError::Malformed { offset, part: None, reason }
    }

    fn take(&mut self, length: usize, reason: &'static str) -> Result<&'a [u8]> {
        let end = self.at.checked_add(length).ok_or_else(|| self.malformed(self.at, reason))?;
        let bytes = self.bytes.get(self.at..end).ok_or_else(|| self.malformed(self.at, reason))?;
        self.at = end;
        Ok(bytes)
    }

    fn u32(&mut self, reason: &'static str) -> Result<u32> {
        Ok(self.take(4, reason)?.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
    }

    fn block(&mut self, reason: &'static str) -> Result<&'a [u8]> {
        let length = self.u32(reason)?;
        self.take(length as usize, reason)
    }

    /// Java's modified UTF-8: NUL in two bytes, everything outside the BMP as two surrogates of three bytes each.
    fn text(&mut self) -> Result<String> {
        let length = self.take(2, "a text is cut off")?;
        let length = usize::from(length[0]) << 8 | usize::from(length[1]);
        let bytes = self.take(length, "a text is cut off")?;
        Ok(modified_utf8(bytes))
    }
}

/// Broken sequences become U+FFFD: an alias must not keep the store from opening.
fn modified_utf8(bytes: &[u8]) -> String {
    let mut units = Vec::with_capacity(bytes.len());
    let mut at = 0;
    let continued = |at: usize| bytes.get(at).filter(|byte| **byte & 0xc0 == 0x80).map(|byte| u16::from(byte & 0x3f));
    while let Some(&first) = bytes.get(at) {
        let (unit, length) = match first {
            0x01..=0x7f => (Some(u16::from(first)), 1),
            0xc0..=0xdf => (continued(at + 1).map(|low| u16::from(first & 0x1f) << 6 | low), 2),
            0xe0..=0xef => (
                continued(at + 1)
                    .zip(continued(at + 2))
                    .map(|(middle, low)| u16::from(first & 0x0f) << 12 | middle << 6 | low),
                3,
            ),
            0x00 | 0x80..=0xbf | 0xf0..=0xff => (None, 1),
        };
        units.push(unit.unwrap_or(0xfffd));
        at += if unit.is_some() { length } else { 1 };
    }
    char::decode_utf16(units).map(|item| item.unwrap_or('\u{fffd}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_java_are_read() {
        assert_eq!(modified_utf8("raiz ção".as_bytes()), "raiz ção");
        assert_eq!(modified_utf8(&[0xc0, 0x80, b'a']), "\0a");
        assert_eq!(modified_utf8(&[0xed, 0xa0, 0xbd, 0xed, 0xb4, 0x90]), "🔐", "two surrogates");
        assert_eq!(modified_utf8(&[0xe3, 0x81, b'x', 0xff]), "\u{fffd}\u{fffd}x\u{fffd}");
    }
}
