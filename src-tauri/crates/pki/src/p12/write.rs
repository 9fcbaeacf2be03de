//! Writing: AES-256-CBC (PBES2, PBKDF2 with HMAC-SHA-256) for key and certificates, HMAC-SHA-256 over the whole.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::{digest, hmac, pbkdf2};
use cartorio_core::{SecretBytes, SecretString};
use cartorio_keys::{KeySpec, SoftwareKey};
use const_oid::ObjectIdentifier as Oid;
use sha1::{Digest as _, Sha1};
use zeroize::Zeroizing;

use super::{CERT_BAG, DATA, ENCRYPTED_DATA, P12Error, SHROUDED_KEY_BAG};
use crate::asn1;
use crate::certificate::Certificate;

/// Fewer iterations of the key derivation are not written.
pub const MIN_ITERATIONS: u32 = 100_000;
/// More than this is refused by common readers.
const MAX_ITERATIONS: u32 = 1_000_000;
/// Shorter passwords are not accepted for a new file, in characters.
pub const MIN_PASSWORD_LEN: usize = 8;

/// What goes into a new P12 file.
#[derive(Clone, Debug)]
pub struct P12Request {
    /// DER `PrivateKeyInfo`.
    pub key: SecretBytes,
    /// The key's certificate.
    pub leaf: Certificate,
    /// The certificates above it, its issuer first.
    pub chain: Vec<Certificate>,
    /// Name under which programs list the entry; on the key and on its certificate.
    pub friendly_name: String,
    /// Password.
    pub password: SecretString,
    /// Iterations of both key derivations, [`MIN_ITERATIONS`] or more.
    pub iterations: u32,
}

/// Writes a P12 file.
///
/// # Errors
/// [`P12Error`]: a password that is empty or too short, a key that is not the certificate's, a chain out of order, a
/// friendly name that cannot be written.
pub fn write(request: &P12Request) -> Result<Vec<u8>, P12Error> {
    check(request)?;
    encode(request)
}

fn encode(request: &P12Request) -> Result<Vec<u8>, P12Error> {
    let password = request.password.expose();
    let mac_password = Zeroizing::new(bmp_password(password).ok_or(P12Error::PasswordCharacters)?);
    let name = asn1::bmp(request.friendly_name.trim()).ok_or(P12Error::FriendlyName)?;
    // The usual local key id: it ties the certificate to its key.
    let key_id = Sha1::digest(&request.leaf.der).to_vec();
    let own = attributes(Some(&name), Some(&key_id));

    let key_bag = {
        let encrypted = encrypt(request.key.expose(), password, request.iterations)?;
        let shrouded = asn1::seq([encrypted.algorithm, asn1::octets(&encrypted.content)]);
        bag(SHROUDED_KEY_BAG, &shrouded, &own)
    };
    let mut certificate_bags = vec![certificate_bag(&request.leaf, &own)];
    for certificate in &request.chain {
        let label = asn1::bmp(certificate.subject.display_name());
        certificate_bags.push(certificate_bag(certificate, &attributes(label.as_deref(), None)));
    }

    let certificates = {
        let encrypted = encrypt(&asn1::seq(certificate_bags), password, request.iterations)?;
        let info = asn1::seq([oid(DATA), encrypted.algorithm, asn1::implicit(0, &encrypted.content)]);
        content_info(ENCRYPTED_DATA, &asn1::seq([asn1::number(0), info]))
    };
    let keys = content_info(DATA, &asn1::octets(&asn1::seq([key_bag])));
    let authenticated = asn1::seq([certificates, keys]);

    let salt = random::<32>()?;
    let mac_key = mac_key(&mac_password, &salt, request.iterations);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &*mac_key), &authenticated);
    let digest_info =
        asn1::seq([asn1::seq([oid("2.16.840.1.101.3.4.2.1"), asn1::tlv(asn1::NULL, &[])]), asn1::octets(tag.as_ref())]);
    let mac = asn1::seq([digest_info, asn1::octets(&salt), asn1::number(request.iterations.into())]);
    Ok(asn1::seq([asn1::number(3), content_info(DATA, &asn1::octets(&authenticated)), mac]))
}

/// Whether a new file may have this password.
///
/// # Errors
/// `PasswordEmpty`, `PasswordTooShort`, `PasswordCharacters`.
fn check_password(password: &str) -> Result<(), P12Error> {
    if password.is_empty() {
        return Err(P12Error::PasswordEmpty);
    }
    let actual = password.chars().count();
    if actual < MIN_PASSWORD_LEN {
        return Err(P12Error::PasswordTooShort { actual, min: MIN_PASSWORD_LEN });
    }
    if password.chars().any(|c| u32::from(c) > 0xffff || c == '\0') {
        return Err(P12Error::PasswordCharacters);
    }
    Ok(())
}

fn check(request: &P12Request) -> Result<(), P12Error> {
    check_password(request.password.expose())?;
    if !(MIN_ITERATIONS..=MAX_ITERATIONS).contains(&request.iterations) {
        return Err(P12Error::TooFewIterations { actual: request.iterations, min: MIN_ITERATIONS });
    }
    if request.friendly_name.trim().is_empty() || request.friendly_name.chars().any(char::is_control) {
        return Err(P12Error::FriendlyName);
    }
    if !key_belongs_to(&request.key, &request.leaf)? {
        return Err(P12Error::KeyMismatch { subject: request.leaf.subject.rfc4514().to_owned() });
    }
    let mut below = &request.leaf;
    for above in &request.chain {
        if below.issuer != above.subject || !below.check_signed_by(above).is_valid() {
            return Err(P12Error::BrokenChain { subject: below.subject.rfc4514().to_owned() });
        }
        below = above;
    }
    Ok(())
}

/// Whether the private key in `pkcs8` is that of `certificate`.
pub(super) fn key_belongs_to(pkcs8: &SecretBytes, certificate: &Certificate) -> Result<bool, P12Error> {
    let Some(public) = certificate.public_key() else {
        return Err(P12Error::Key { reason: format!("{} keys are not supported", certificate.key.label()) });
    };
    match SoftwareKey::from_pkcs8(public.spec, pkcs8.clone()) {
        Ok(key) => Ok(*key.public_key() == public),
        // A sound key of another type is a mismatch; anything else cannot be read.
        Err(error) => {
            if KeySpec::ALL.into_iter().any(|spec| SoftwareKey::from_pkcs8(spec, pkcs8.clone()).is_ok()) {
                Ok(false)
            } else {
                Err(P12Error::Key { reason: error.to_string() })
            }
        }
    }
}

struct Encrypted {
    algorithm: Vec<u8>,
    content: Vec<u8>,
}

/// PBES2 (RFC 8018 §6.2) with PBKDF2-HMAC-SHA-256 and AES-256-CBC.
fn encrypt(plain: &[u8], password: &str, iterations: u32) -> Result<Encrypted, P12Error> {
    let salt = random::<16>()?;
    let iv = random::<16>()?;
    let mut key = Zeroizing::new([0_u8; 32]);
    let rounds = NonZeroU32::new(iterations).ok_or(P12Error::Crypto)?;
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, &salt, password.as_bytes(), &mut *key);
    let cipher = UnboundCipherKey::new(&AES_256, &*key)
        .and_then(PaddedBlockEncryptingKey::cbc_pkcs7)
        .map_err(|_| P12Error::Crypto)?;
    // With room for the padding, so that no reallocation leaves a copy of the key behind.
    let mut content = Vec::with_capacity(plain.len() + 16);
    content.extend_from_slice(plain);
    let context = EncryptionContext::Iv128(FixedLength::from(iv));
    cipher.less_safe_encrypt(&mut content, context).map_err(|_| P12Error::Crypto)?;
    let kdf = asn1::seq([
        oid("1.2.840.113549.1.5.12"),
        asn1::seq([
            asn1::octets(&salt),
            asn1::number(iterations.into()),
            asn1::seq([oid("1.2.840.113549.2.9"), asn1::tlv(asn1::NULL, &[])]),
        ]),
    ]);
    let scheme = asn1::seq([oid("2.16.840.1.101.3.4.1.42"), asn1::octets(&iv)]);
    let algorithm = asn1::seq([oid("1.2.840.113549.1.5.13"), asn1::seq([kdf, scheme])]);
    Ok(Encrypted { algorithm, content })
}

/// RFC 7292 appendix B.2 with SHA-256 and ID 3 (MAC key); one block of output is all that is needed.
fn mac_key(bmp_password: &[u8], salt: &[u8], iterations: u32) -> Zeroizing<[u8; 32]> {
    const BLOCK: usize = 64;
    let fill = |bytes: &[u8]| -> Vec<u8> {
        let length = bytes.len().div_ceil(BLOCK) * BLOCK;
        bytes.iter().copied().cycle().take(length).collect()
    };
    let mut input = Zeroizing::new(vec![3_u8; BLOCK]);
    input.extend(fill(salt));
    input.extend(Zeroizing::new(fill(bmp_password)).iter());
    let mut value = digest::digest(&digest::SHA256, &input);
    for _ in 1..iterations {
        value = digest::digest(&digest::SHA256, value.as_ref());
    }
    let mut key = Zeroizing::new([0_u8; 32]);
    key.copy_from_slice(value.as_ref());
    key
}

/// Big-endian UCS-2 with two zero bytes at the end (RFC 7292 appendix B.1).
fn bmp_password(password: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(password.len() * 2 + 2);
    for character in password.chars() {
        out.extend_from_slice(&u16::try_from(u32::from(character)).ok()?.to_be_bytes());
    }
    out.extend_from_slice(&[0, 0]);
    Some(out)
}

fn attributes(friendly_name: Option<&[u8]>, local_key_id: Option<&[u8]>) -> Vec<u8> {
    let mut list = Vec::new();
    if let Some(name) = friendly_name {
        list.push(asn1::seq([oid("1.2.840.113549.1.9.20"), asn1::set_of(vec![name.to_vec()])]));
    }
    if let Some(id) = local_key_id {
        list.push(asn1::seq([oid("1.2.840.113549.1.9.21"), asn1::set_of(vec![asn1::octets(id)])]));
    }
    if list.is_empty() { Vec::new() } else { asn1::set_of(list) }
}

fn certificate_bag(certificate: &Certificate, attributes: &[u8]) -> Vec<u8> {
    let value = asn1::seq([oid("1.2.840.113549.1.9.22.1"), asn1::explicit(0, &asn1::octets(&certificate.der))]);
    bag(CERT_BAG, &value, attributes)
}

fn bag(kind: &'static str, value: &[u8], attributes: &[u8]) -> Vec<u8> {
    asn1::seq([oid(kind).as_slice(), &asn1::explicit(0, value), attributes])
}

fn content_info(kind: &'static str, content: &[u8]) -> Vec<u8> {
    asn1::seq([oid(kind), asn1::explicit(0, content)])
}

fn oid(dotted: &'static str) -> Vec<u8> {
    asn1::oid(&Oid::new_unwrap(dotted))
}

fn random<const N: usize>() -> Result<[u8; N], P12Error> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| P12Error::Crypto)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::p12::{inspect, open};
    use crate::tests::support::{default_hierarchy, leaf};
    use cartorio_core::SecretString;
    use proptest::prelude::*;

    fn small_file() -> &'static [u8] {
        static FILE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        FILE.get_or_init(|| {
            let (key, mut chain) = leaf(&default_hierarchy().intermediate, "Maria");
            let request = P12Request {
                key: SecretBytes::new(key.pkcs8().expose().to_vec()),
                leaf: chain.remove(0),
                chain,
                friendly_name: "maria".to_owned(),
                password: SecretString::new("Xk29-mPqr".to_owned()),
                iterations: 1,
            };
            encode(&request).unwrap()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn no_mutation_panics_and_none_opens_unnoticed(at in any::<proptest::sample::Index>(), flip in 1_u8..) {
            let mut mutant = small_file().to_vec();
            let at = at.index(mutant.len());
            mutant[at] ^= flip;
            let password = SecretString::new("Xk29-mPqr".to_owned());
            let _ = inspect(&mutant, &password);
            let _ = crate::read_objects(&mutant);
            if let Ok(opened) = open(&mutant, &password) {
                // Only bytes that the MAC does not cover may change: its own parameters, and then it must not vanish.
                prop_assert!(opened.key.is_some() && opened.chain.len() == 2);
            }
        }
    }
}
