//! Writing, in one of three profiles. Never RC2 or RC4: files that need them are read only.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{AES_256, EncryptionContext, PaddedBlockEncryptingKey, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_lc_rs::{digest, hmac, pbkdf2};
use cartorio_core::{SecretBytes, SecretString};
use cartorio_keys::{KeySpec, SoftwareKey};
use cartorio_keystore::Hash;
use cartorio_keystore::primitives::{self, Purpose};
use const_oid::ObjectIdentifier as Oid;
use p12_keystore::Pkcs12Archive;
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

const SHA1: &str = "1.3.14.3.2.26";
const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const HMAC_SHA256: &str = "1.2.840.113549.2.9";

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

/// How a new file is protected: one choice for each export.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum P12Profile {
    /// AES-256-CBC (PBES2, PBKDF2 with HMAC-SHA-256), MAC with SHA-256. OpenSSL 3, Java, NSS, Windows 11.
    #[default]
    Modern,
    /// Triple DES and SHA-1, for Windows 7 and Windows Server 2012 to 2016 and other old programs.
    Compatible,
    /// As [`Self::Modern`], with a PBMAC1 (RFC 9579): where FIPS 140 asks for it. Few programs open it.
    Pbmac1,
}

impl P12Profile {
    /// All of them, the one to propose first.
    pub const ALL: [Self; 3] = [Self::Modern, Self::Compatible, Self::Pbmac1];

    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Modern => "modern",
            Self::Compatible => "compatible",
            Self::Pbmac1 => "pbmac1",
        }
    }

    /// From its code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.code() == code)
    }

    /// What to say before a file with this profile and password is written.
    pub fn warnings(self, password: &str) -> Vec<ExportWarning> {
        let mut warnings = Vec::new();
        if !password.is_ascii() {
            warnings.push(ExportWarning::NonAsciiPassword);
        }
        match self {
            Self::Modern => warnings.push(ExportWarning::NotOldWindows),
            Self::Compatible => warnings.push(ExportWarning::OldCryptography),
            Self::Pbmac1 => warnings.push(ExportWarning::FewPrograms),
        }
        warnings
    }
}

/// Something to know before a file is written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ExportWarning {
    /// No Java program (PJe Office, Shodō) opens a file with such a password.
    NonAsciiPassword,
    /// Windows 7 and Windows Server 2012 to 2016 call the password wrong.
    NotOldWindows,
    /// Triple DES and SHA-1 hold only as well as the password does.
    OldCryptography,
    /// Java 17, NSS, OpenSSL before 3.4 and Windows do not open it.
    FewPrograms,
}

impl ExportWarning {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NonAsciiPassword => "export_non_ascii_password",
            Self::NotOldWindows => "export_not_old_windows",
            Self::OldCryptography => "export_old_cryptography",
            Self::FewPrograms => "export_few_programs",
        }
    }
}

/// Writes a P12 file with the profile [`P12Profile::Modern`].
///
/// # Errors
/// As [`write_as`].
pub fn write(request: &P12Request) -> Result<Vec<u8>, P12Error> {
    write_as(request, P12Profile::Modern)
}

/// Writes a P12 file. It is read back before it is given out, by a decoder that is not ours where that one can.
///
/// # Errors
/// [`P12Error`]: a password that is empty or too short, a key that is not the certificate's, a chain out of order, a
/// friendly name that cannot be written; `ReadBack`.
pub fn write_as(request: &P12Request, profile: P12Profile) -> Result<Vec<u8>, P12Error> {
    check(request)?;
    let bytes = encode(request, profile)?;
    read_back(&bytes, request, profile)?;
    Ok(bytes)
}

/// A second pair of eyes: `p12-keystore` must find exactly what went in. It does not know PBMAC1; there our own reader
/// looks. It does not wipe its copy of the key, which is on its way out of the program anyway.
fn read_back(bytes: &[u8], request: &P12Request, profile: P12Profile) -> Result<(), P12Error> {
    let (keys, certificates): (Vec<SecretBytes>, Vec<Vec<u8>>) = match profile {
        P12Profile::Modern | P12Profile::Compatible => {
            let archive = Pkcs12Archive::from_pkcs12(bytes, request.password.expose())
                .map_err(|_| P12Error::ReadBack { reason: "another reader does not open it" })?;
            (
                archive.keys.iter().map(|bag| SecretBytes::new(bag.key.as_der().to_vec())).collect(),
                archive.certs.iter().map(|bag| bag.cert.as_der().to_vec()).collect(),
            )
        }
        P12Profile::Pbmac1 => {
            let store = super::open_store(bytes, Some(&request.password))
                .map_err(|_| P12Error::ReadBack { reason: "it does not open" })?;
            let certificates = store.certificates().into_iter().map(|certificate| certificate.der.clone()).collect();
            (store.identities.into_iter().map(|identity| identity.key).collect(), certificates)
        }
    };
    if !matches!(keys.as_slice(), [key] if key.expose() == request.key.expose()) {
        return Err(P12Error::ReadBack { reason: "the key is another" });
    }
    let wanted = std::iter::once(&request.leaf).chain(&request.chain).map(|certificate| &certificate.der);
    if !certificates.iter().eq(wanted) {
        return Err(P12Error::ReadBack { reason: "the certificates are others" });
    }
    Ok(())
}

/// The password in the two forms that the standards know.
struct Password<'p> {
    utf8: &'p str,
    bmp: Zeroizing<Vec<u8>>,
}

fn encode(request: &P12Request, profile: P12Profile) -> Result<Vec<u8>, P12Error> {
    let utf8 = request.password.expose();
    let bmp = Zeroizing::new(bmp_password(utf8).ok_or(P12Error::PasswordCharacters)?);
    let password = Password { utf8, bmp };
    let name = asn1::bmp(request.friendly_name.trim()).ok_or(P12Error::FriendlyName)?;
    // The usual local key id: it ties the certificate to its key.
    let key_id = Sha1::digest(&request.leaf.der).to_vec();
    let own = attributes(Some(&name), Some(&key_id));

    let key_bag = {
        let encrypted = encrypt(request.key.expose(), &password, request.iterations, profile)?;
        let shrouded = asn1::seq([encrypted.algorithm, asn1::octets(&encrypted.content)]);
        bag(SHROUDED_KEY_BAG, &shrouded, &own)
    };
    let mut certificate_bags = vec![certificate_bag(&request.leaf, &own)];
    for certificate in &request.chain {
        let label = asn1::bmp(certificate.subject.display_name());
        certificate_bags.push(certificate_bag(certificate, &attributes(label.as_deref(), None)));
    }

    let certificates = {
        let encrypted = encrypt(&asn1::seq(certificate_bags), &password, request.iterations, profile)?;
        let info = asn1::seq([oid(DATA), encrypted.algorithm, asn1::implicit(0, &encrypted.content)]);
        content_info(ENCRYPTED_DATA, &asn1::seq([asn1::number(0), info]))
    };
    let keys = content_info(DATA, &asn1::octets(&asn1::seq([key_bag])));
    let authenticated = asn1::seq([certificates, keys]);

    let mac = mac(&authenticated, &password, request.iterations, profile)?;
    Ok(asn1::seq([asn1::number(3), content_info(DATA, &asn1::octets(&authenticated)), mac]))
}

/// MacData (RFC 7292 §4, RFC 9579 §4).
fn mac(content: &[u8], password: &Password<'_>, iterations: u32, profile: P12Profile) -> Result<Vec<u8>, P12Error> {
    let (algorithm, tag, salt, rounds) = match profile {
        P12Profile::Modern => {
            let salt = random::<32>()?;
            let key = mac_key(&password.bmp, &salt, iterations);
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &*key), content).as_ref().to_vec();
            (plain(SHA256), tag, salt.to_vec(), iterations)
        }
        P12Profile::Compatible => {
            let salt = random::<20>()?;
            let key = primitives::pkcs12_kdf(Hash::Sha1, Purpose::Mac, &password.bmp, &salt, u64::from(iterations), 20);
            (plain(SHA1), primitives::hmac(Hash::Sha1, &key, content), salt.to_vec(), iterations)
        }
        P12Profile::Pbmac1 => {
            let salt = random::<32>()?;
            let mut key = Zeroizing::new([0_u8; 32]);
            let rounds = NonZeroU32::new(iterations).ok_or(P12Error::Crypto)?;
            pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, &salt, password.utf8.as_bytes(), &mut *key);
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &*key), content).as_ref().to_vec();
            let kdf = pbkdf2_identifier(&salt, iterations, Some(32));
            let algorithm = asn1::seq([oid("1.2.840.113549.1.5.14"), asn1::seq([kdf, plain(HMAC_SHA256)])]);
            // RFC 9579 §4: these two of MacData are not used, but must be there.
            (algorithm, tag, b"NOT USED".to_vec(), 1)
        }
    };
    let digest_info = asn1::seq([algorithm, asn1::octets(&tag)]);
    Ok(asn1::seq([digest_info, asn1::octets(&salt), asn1::number(rounds.into())]))
}

/// An AlgorithmIdentifier with NULL parameters.
fn plain(dotted: &'static str) -> Vec<u8> {
    asn1::seq([oid(dotted), asn1::tlv(asn1::NULL, &[])])
}

fn pbkdf2_identifier(salt: &[u8], iterations: u32, key_length: Option<u64>) -> Vec<u8> {
    let mut parameters = vec![asn1::octets(salt), asn1::number(iterations.into())];
    parameters.extend(key_length.map(asn1::number));
    parameters.push(plain(HMAC_SHA256));
    asn1::seq([oid("1.2.840.113549.1.5.12"), asn1::seq(parameters)])
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
fn key_belongs_to(pkcs8: &SecretBytes, certificate: &Certificate) -> Result<bool, P12Error> {
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

fn encrypt(plain: &[u8], password: &Password<'_>, iterations: u32, profile: P12Profile) -> Result<Encrypted, P12Error> {
    match profile {
        P12Profile::Modern | P12Profile::Pbmac1 => pbes2(plain, password.utf8, iterations),
        P12Profile::Compatible => triple_des(plain, &password.bmp, iterations),
    }
}

/// pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292 appendix C).
fn triple_des(plain: &[u8], bmp_password: &[u8], iterations: u32) -> Result<Encrypted, P12Error> {
    let salt = random::<16>()?;
    let derive = |purpose, length| {
        primitives::pkcs12_kdf(Hash::Sha1, purpose, bmp_password, &salt, u64::from(iterations), length)
    };
    let (key, iv) = (derive(Purpose::Key, 24), derive(Purpose::Iv, 8));
    let content = primitives::tdes_cbc_encrypt(&key, &iv, plain).ok_or(P12Error::Crypto)?;
    let parameters = asn1::seq([asn1::octets(&salt), asn1::number(iterations.into())]);
    Ok(Encrypted { algorithm: asn1::seq([oid("1.2.840.113549.1.12.1.3"), parameters]), content })
}

/// PBES2 (RFC 8018 §6.2) with PBKDF2-HMAC-SHA-256 and AES-256-CBC.
fn pbes2(plain: &[u8], password: &str, iterations: u32) -> Result<Encrypted, P12Error> {
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
    let kdf = pbkdf2_identifier(&salt, iterations, None);
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
            encode(&request, P12Profile::Modern).unwrap()
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
