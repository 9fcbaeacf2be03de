//! What a store looks like inside: every part and bag in order, with its place and its protection.

use crate::algorithm::{Cipher, Hash, Kdf};

/// Which format a store has.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Format {
    /// PKCS#12 (RFC 7292): `.p12`, `.pfx`.
    Pkcs12,
    /// Java's own format.
    Jks,
    /// Java's own format of the Cryptography Extension, also with secret keys.
    Jceks,
}

impl Format {
    /// Usual name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pkcs12 => "PKCS#12",
            Self::Jks => "JKS",
            Self::Jceks => "JCEKS",
        }
    }
}

/// A stretch of the file, or of decrypted content.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    /// Offset of the first byte.
    pub offset: usize,
    /// Length in bytes, headers included.
    pub length: usize,
    /// `None`: in the file. Otherwise in the decrypted content of the part of this number.
    pub part: Option<usize>,
}

/// The structure of a store.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Format.
    pub format: Format,
    /// Version field: 3 for PKCS#12, 1 or 2 for JKS and JCEKS.
    pub version: u32,
    /// Bytes of the file.
    pub file_len: usize,
    /// Bytes after the end of the store.
    pub trailing: usize,
    /// Whether the file is BER with indefinite lengths (NSS), not DER.
    pub indefinite: bool,
    /// What notices a change; `None` means that nobody does.
    pub mac: Option<MacInfo>,
    /// The content infos of the authenticated safe, in order; empty for JKS and JCEKS.
    pub parts: Vec<Part>,
    /// Every bag or entry that could be read, in order.
    pub bags: Vec<Bag>,
    /// What opening has found out about the password; `None` before.
    pub password: Option<PasswordFacts>,
}

/// The integrity protection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MacInfo {
    /// Scheme.
    pub scheme: MacScheme,
    /// Hash of the HMAC (or of the digest of a JKS).
    pub hash: Option<Hash>,
    /// The key derivation.
    pub kdf: Kdf,
    /// Identifier of the algorithm, dotted; empty for JKS and JCEKS.
    pub oid: String,
    /// Iterations of the key derivation.
    pub iterations: u64,
    /// Bytes of the salt.
    pub salt_len: usize,
    /// Where it is.
    pub place: Place,
    /// What it uses that is not known here; it cannot be checked then.
    pub unsupported: Option<String>,
}

/// How a MAC is made.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum MacScheme {
    /// HMAC with a key derived as RFC 7292 appendix B says.
    Pkcs12,
    /// PBMAC1 (RFC 8018, RFC 9579).
    Pbmac1,
    /// Java's keyed digest: SHA-1 of password, a constant and the content; no iterations.
    JavaDigest,
}

/// One content info of the authenticated safe.
#[derive(Clone, Debug)]
pub struct Part {
    /// Where it is.
    pub place: Place,
    /// What it is.
    pub kind: PartKind,
    /// Whether its bags could be read.
    pub state: State,
    /// Bytes of its content, encrypted or clear.
    pub content_len: usize,
}

/// Kinds of content infos.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PartKind {
    /// In clear; keys in it may be encrypted one by one.
    Clear,
    /// Encrypted with the password.
    Encrypted(Protection),
    /// Encrypted to a public key: needs a private key, never opened here.
    Enveloped,
    /// Something else.
    Other {
        /// Identifier, dotted.
        oid: String,
    },
}

/// Whether content could be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum State {
    /// It was.
    Read,
    /// It needs a password, and none was tried.
    Locked,
    /// The password that fits the MAC (or that was given) does not open it.
    WrongPassword,
    /// It uses what is not known here.
    Unsupported {
        /// What.
        what: String,
    },
    /// It does not follow the format; the rest of the store is shown all the same.
    Malformed {
        /// Offset in the file, or in the decrypted content of `part`.
        offset: usize,
        /// The part, when the offset counts inside decrypted content.
        part: Option<usize>,
        /// What is wrong there.
        reason: &'static str,
    },
}

/// A password-based encryption.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Protection {
    /// Identifier of the scheme, dotted.
    pub oid: String,
    /// Usual name of the scheme: `PBES2`, `pbeWithSHAAnd3-KeyTripleDES-CBC`, …
    pub scheme: String,
    /// The cipher.
    pub cipher: Cipher,
    /// The key derivation.
    pub kdf: Kdf,
    /// Iterations of the key derivation; the cost N for scrypt, 0 where there are none.
    pub iterations: u64,
    /// Bytes of the salt.
    pub salt_len: usize,
}

/// One bag or entry.
#[derive(Clone, Debug)]
pub struct Bag {
    /// Where it is.
    pub place: Place,
    /// Number of the part that it lies in; `None` for JKS and JCEKS.
    pub part: Option<usize>,
    /// How many nested SafeContents it lies in.
    pub nesting: usize,
    /// What it holds.
    pub kind: BagKind,
    /// Identifier of the bag type, dotted; empty for JKS and JCEKS.
    pub oid: String,
    /// Its own encryption, for shrouded keys and secrets.
    pub protection: Option<Protection>,
    /// Whether the content could be read.
    pub state: State,
    /// Bytes of the content.
    pub content_len: usize,
    /// friendlyName, or the alias of a Java entry.
    pub friendly_name: Option<String>,
    /// localKeyId.
    pub local_key_id: Option<Vec<u8>>,
    /// Name of the Microsoft CSP or key storage provider.
    pub csp_name: Option<String>,
    /// Whether Windows is told to put the key into the machine's store.
    pub machine_key: bool,
    /// Java's trusted key usage: identifiers, dotted. Its presence makes a trust anchor of the certificate.
    pub trusted_usage: Option<Vec<String>>,
    /// Attributes without a field of their own.
    pub attributes: Vec<Attribute>,
    /// When the entry was made, milliseconds since 1970; JKS and JCEKS only.
    pub created_ms: Option<i64>,
    /// For a certificate of a Java chain, the number of the key's bag; for certificates in chain order after it.
    pub chain_of: Option<usize>,
}

/// What a bag holds.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum BagKind {
    /// A private key in clear.
    Key,
    /// A private key with its own encryption.
    ShroudedKey,
    /// An X.509 certificate.
    Certificate,
    /// An SDSI certificate.
    SdsiCertificate,
    /// A certificate revocation list.
    Crl,
    /// A secret.
    Secret,
    /// A nested SafeContents; its bags follow.
    SafeContents,
    /// Something else.
    Other,
}

/// An attribute that is only shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attribute {
    /// Identifier, dotted.
    pub oid: String,
    /// Its values: text where it is text, otherwise hex of at most 256 bytes.
    pub values: Vec<String>,
}

/// What opening has found out about the password.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PasswordFacts {
    /// The form that the MAC (or, without one, the content) accepts.
    pub form: PasswordForm,
    /// Whether it has characters outside ASCII.
    pub non_ascii: bool,
    /// Whether it has characters outside the Basic Multilingual Plane.
    pub non_bmp: bool,
}

/// Ways in which programs turn a password into bytes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum PasswordForm {
    /// As the standards say: a BMPString with its end for PKCS#12, UTF-8 for PKCS#5.
    Standard,
    /// No password at all: zero bytes.
    Null,
    /// The empty password: only the end of the BMPString.
    Empty,
    /// The bytes of UTF-8, each taken as a character (OpenSSL before 1.1).
    Utf8AsLatin1,
    /// Latin-1 bytes where UTF-8 belongs.
    Latin1,
    /// The BMPString also for PBES2 (old NSS).
    BmpEverywhere,
}

impl PasswordForm {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Null => "null",
            Self::Empty => "empty",
            Self::Utf8AsLatin1 => "utf8_as_latin1",
            Self::Latin1 => "latin1",
            Self::BmpEverywhere => "bmp_everywhere",
        }
    }
}

impl Bag {
    pub(crate) fn empty(kind: BagKind, place: Place, part: Option<usize>, nesting: usize) -> Self {
        Self {
            place,
            part,
            nesting,
            kind,
            oid: String::new(),
            protection: None,
            state: State::Read,
            content_len: 0,
            friendly_name: None,
            local_key_id: None,
            csp_name: None,
            machine_key: false,
            trusted_usage: None,
            attributes: Vec::new(),
            created_ms: None,
            chain_of: None,
        }
    }
}

impl Layout {
    /// The fewest iterations of any key derivation: how well the password is protected against guessing.
    pub fn weakest_iterations(&self) -> Option<u64> {
        let mac = self.mac.iter().map(|mac| mac.iterations);
        mac.chain(self.protections().map(|protection| protection.iterations)).min()
    }

    /// Every password-based encryption, of parts and of bags.
    pub fn protections(&self) -> impl Iterator<Item = &Protection> {
        let parts = self.parts.iter().filter_map(|part| match &part.kind {
            PartKind::Encrypted(protection) => Some(protection),
            PartKind::Clear | PartKind::Enveloped | PartKind::Other { .. } => None,
        });
        parts.chain(self.bags.iter().filter_map(|bag| bag.protection.as_ref()))
    }

    /// Whether everything in the file could be read.
    pub fn is_complete(&self) -> bool {
        let parts = self.parts.iter().map(|part| &part.state);
        parts.chain(self.bags.iter().map(|bag| &bag.state)).all(|state| *state == State::Read)
    }
}
