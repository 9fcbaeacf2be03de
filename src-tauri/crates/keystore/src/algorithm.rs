//! Names of ciphers, hashes and key derivations.

/// A hash.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Hash {
    /// MD5.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SHA-512/224.
    Sha512_224,
    /// SHA-512/256.
    Sha512_256,
}

impl Hash {
    /// Usual name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
            Self::Sha512_224 => "SHA-512/224",
            Self::Sha512_256 => "SHA-512/256",
        }
    }

    /// Bytes of output.
    #[expect(clippy::len_without_is_empty, reason = "no digest is empty")]
    pub const fn len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 | Self::Sha512_224 => 28,
            Self::Sha256 | Self::Sha512_256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Bytes of a block.
    pub(crate) const fn block(self) -> usize {
        match self {
            Self::Md5 | Self::Sha1 | Self::Sha224 | Self::Sha256 => 64,
            Self::Sha384 | Self::Sha512 | Self::Sha512_224 | Self::Sha512_256 => 128,
        }
    }

    /// From the identifier of the hash.
    pub(crate) fn from_oid(oid: &str) -> Option<Self> {
        Some(match oid {
            "1.2.840.113549.2.5" => Self::Md5,
            "1.3.14.3.2.26" => Self::Sha1,
            "2.16.840.1.101.3.4.2.4" => Self::Sha224,
            "2.16.840.1.101.3.4.2.1" => Self::Sha256,
            "2.16.840.1.101.3.4.2.2" => Self::Sha384,
            "2.16.840.1.101.3.4.2.3" => Self::Sha512,
            "2.16.840.1.101.3.4.2.5" => Self::Sha512_224,
            "2.16.840.1.101.3.4.2.6" => Self::Sha512_256,
            _ => return None,
        })
    }

    /// From the identifier of an HMAC (RFC 8018 B.1.2).
    pub(crate) fn from_hmac_oid(oid: &str) -> Option<Self> {
        Some(match oid {
            "1.2.840.113549.2.6" => Self::Md5,
            "1.2.840.113549.2.7" => Self::Sha1,
            "1.2.840.113549.2.8" => Self::Sha224,
            "1.2.840.113549.2.9" => Self::Sha256,
            "1.2.840.113549.2.10" => Self::Sha384,
            "1.2.840.113549.2.11" => Self::Sha512,
            "1.2.840.113549.2.12" => Self::Sha512_224,
            "1.2.840.113549.2.13" => Self::Sha512_256,
            _ => return None,
        })
    }
}

/// A cipher.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Cipher {
    /// AES in CBC mode with a key of so many bits.
    AesCbc(u16),
    /// AES in GCM mode with a key of so many bits.
    AesGcm(u16),
    /// Triple DES, CBC, with three keys.
    TripleDes,
    /// Triple DES, CBC, with two keys.
    TripleDesTwoKeys,
    /// DES, CBC.
    Des,
    /// RC2, CBC, with so many effective bits.
    Rc2(u32),
    /// RC4 with a key of so many bits.
    Rc4(u16),
    /// Sun's own key protector of JKS: XOR with a SHA-1 chain.
    SunXor,
    /// Unknown.
    Other(String),
}

impl Cipher {
    /// Usual name; the dotted identifier of an unknown one.
    pub fn name(&self) -> String {
        match self {
            Self::AesCbc(bits) => format!("AES-{bits}-CBC"),
            Self::AesGcm(bits) => format!("AES-{bits}-GCM"),
            Self::TripleDes => "3DES-CBC".to_owned(),
            Self::TripleDesTwoKeys => "3DES-CBC (2)".to_owned(),
            Self::Des => "DES-CBC".to_owned(),
            Self::Rc2(bits) => format!("RC2-{bits}-CBC"),
            Self::Rc4(bits) => format!("RC4-{bits}"),
            Self::SunXor => "SHA-1 XOR".to_owned(),
            Self::Other(oid) => oid.clone(),
        }
    }
}

/// A key derivation.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Kdf {
    /// RFC 7292 appendix B.
    Pkcs12(Hash),
    /// RFC 8018 §5.1.
    Pbkdf1(Hash),
    /// RFC 8018 §5.2, with the hash of its HMAC.
    Pbkdf2(Hash),
    /// RFC 7914.
    Scrypt {
        /// Cost.
        n: u64,
        /// Block size.
        r: u64,
        /// Parallelism.
        p: u64,
    },
    /// A chain of hashes of Java's own: MD5 for JCEKS, SHA-1 for JKS.
    Java(Hash),
    /// Unknown.
    Other(String),
}

impl Kdf {
    /// Usual name; the dotted identifier of an unknown one.
    pub fn name(&self) -> String {
        match self {
            Self::Pkcs12(hash) => format!("PKCS#12 {}", hash.name()),
            Self::Pbkdf1(hash) => format!("PBKDF1 {}", hash.name()),
            Self::Pbkdf2(hash) => format!("PBKDF2 HMAC-{}", hash.name()),
            Self::Scrypt { n, r, p } => format!("scrypt N={n} r={r} p={p}"),
            Self::Java(hash) => format!("Java {}", hash.name()),
            Self::Other(oid) => oid.clone(),
        }
    }
}
