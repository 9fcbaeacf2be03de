//! Password-based encryption: reading its AlgorithmIdentifier, and undoing it.

use zeroize::Zeroizing;

use crate::algorithm::{Cipher, Hash, Kdf};
use crate::ber::{Context, INTEGER, Node, OCTET_STRING, OID, SEQUENCE};
use crate::error::{LimitKind, Result};
use crate::layout::Protection;
use crate::limits::within;
use crate::password::Candidate;
use crate::primitives::{self, Purpose};

/// An encryption that was read; when it can be undone, how.
pub(crate) struct Pbe {
    pub protection: Protection,
    /// How to undo it; or what is not known here.
    recipe: std::result::Result<Recipe, String>,
}

struct Recipe {
    derivation: Derivation,
    cipher: Cipher,
    /// Initialisation vector or nonce; derived from the password where it is empty.
    iv: Vec<u8>,
    /// Bytes of the tag of GCM, or of the key of RC2 (0: its effective bits).
    parameter: u64,
}

enum Derivation {
    Pkcs12 {
        hash: Hash,
        salt: Vec<u8>,
        iterations: u64,
    },
    Pbkdf1 {
        hash: Hash,
        salt: Vec<u8>,
        iterations: u64,
    },
    Pbkdf2 {
        prf: Hash,
        salt: Vec<u8>,
        iterations: u64,
    },
    Scrypt {
        salt: Vec<u8>,
        n: u64,
        r: u64,
        p: u64,
    },
    /// PBEWithMD5AndTripleDES of JCEKS.
    Java {
        salt: Vec<u8>,
        iterations: u64,
    },
}

/// What an attempt gave.
pub(crate) enum Attempt {
    /// Bytes that decrypted; whether they make sense is for the caller to see.
    Plain(Zeroizing<Vec<u8>>),
    /// Padding or tag are wrong: another password, or a change.
    Wrong,
    /// It uses what is not known here.
    Unsupported(String),
}

/// Reads an AlgorithmIdentifier of a password-based encryption. What is not known is described all the same.
///
/// # Errors
/// `Malformed` where a known one has parameters that are not its own.
pub(crate) fn read(algorithm: &Node<'_>, context: Context<'_>) -> Result<Pbe> {
    let mut parts = algorithm.children(context);
    let oid = parts.expect(OID, "the identifier of an encryption was expected")?.oid(context)?;
    let sha1 = Kdf::Pkcs12(Hash::Sha1);
    let (scheme, cipher, kdf) = match oid.as_str() {
        "1.2.840.113549.1.5.13" => return pbes2(&oid, &mut parts, context),
        "1.2.840.113549.1.12.1.1" => ("pbeWithSHAAnd128BitRC4", Cipher::Rc4(128), sha1),
        "1.2.840.113549.1.12.1.2" => ("pbeWithSHAAnd40BitRC4", Cipher::Rc4(40), sha1),
        "1.2.840.113549.1.12.1.3" => ("pbeWithSHAAnd3-KeyTripleDES-CBC", Cipher::TripleDes, sha1),
        "1.2.840.113549.1.12.1.4" => ("pbeWithSHAAnd2-KeyTripleDES-CBC", Cipher::TripleDesTwoKeys, sha1),
        "1.2.840.113549.1.12.1.5" => ("pbeWithSHAAnd128BitRC2-CBC", Cipher::Rc2(128), sha1),
        "1.2.840.113549.1.12.1.6" => ("pbeWithSHAAnd40BitRC2-CBC", Cipher::Rc2(40), sha1),
        "1.2.840.113549.1.5.3" => ("pbeWithMD5AndDES-CBC", Cipher::Des, Kdf::Pbkdf1(Hash::Md5)),
        "1.2.840.113549.1.5.6" => ("pbeWithMD5AndRC2-CBC", Cipher::Rc2(64), Kdf::Pbkdf1(Hash::Md5)),
        "1.2.840.113549.1.5.10" => ("pbeWithSHA1AndDES-CBC", Cipher::Des, Kdf::Pbkdf1(Hash::Sha1)),
        "1.2.840.113549.1.5.11" => ("pbeWithSHA1AndRC2-CBC", Cipher::Rc2(64), Kdf::Pbkdf1(Hash::Sha1)),
        "1.3.6.1.4.1.42.2.19.1" => ("PBEWithMD5AndTripleDES", Cipher::TripleDes, Kdf::Java(Hash::Md5)),
        _ => {
            let unknown = Protection {
                scheme: oid.clone(),
                cipher: Cipher::Other(oid.clone()),
                kdf: Kdf::Other(oid.clone()),
                oid: oid.clone(),
                iterations: 0,
                salt_len: 0,
            };
            return Ok(Pbe { protection: unknown, recipe: Err(oid) });
        }
    };
    let mut parameters = parts.expect(SEQUENCE, "the parameters of an encryption are missing")?.children(context);
    let salt = parameters.expect(OCTET_STRING, "the salt is missing")?.octets(context)?.0.to_vec();
    let iterations = rounds(&parameters.expect(INTEGER, "the iterations are missing")?, context)?;
    let protection = Protection {
        oid,
        scheme: scheme.to_owned(),
        cipher: cipher.clone(),
        kdf: kdf.clone(),
        iterations,
        salt_len: salt.len(),
    };
    let derivation = match kdf {
        Kdf::Pkcs12(hash) => Derivation::Pkcs12 { hash, salt, iterations },
        Kdf::Pbkdf1(hash) => Derivation::Pbkdf1 { hash, salt, iterations },
        Kdf::Java(_) => Derivation::Java { salt, iterations },
        // The table above has no others.
        Kdf::Pbkdf2(_) | Kdf::Scrypt { .. } | Kdf::Other(_) => {
            return Ok(Pbe { recipe: Err(protection.scheme.clone()), protection });
        }
    };
    Ok(Pbe { protection, recipe: Ok(Recipe { derivation, cipher, iv: Vec::new(), parameter: 0 }) })
}

/// Iterations: at least one.
pub(crate) fn rounds(node: &Node<'_>, context: Context<'_>) -> Result<u64> {
    match node.unsigned(context)? {
        0 => Err(node.malformed(context, "there are no iterations")),
        iterations => Ok(iterations),
    }
}

/// PBKDF2-params (RFC 8018 A.2).
pub(crate) struct Pbkdf2Parameters {
    pub salt: Vec<u8>,
    pub iterations: u64,
    pub key_length: Option<u64>,
    /// The hash of the PRF, or the identifier of one that is not known.
    pub prf: std::result::Result<Hash, String>,
}

pub(crate) fn pbkdf2_parameters(node: &Node<'_>, context: Context<'_>) -> Result<Pbkdf2Parameters> {
    let mut fields = node.children(context);
    let salt = fields.expect(OCTET_STRING, "the salt is missing")?.octets(context)?.0.to_vec();
    let iterations = rounds(&fields.expect(INTEGER, "the iterations are missing")?, context)?;
    let mut key_length = None;
    // The DEFAULT of the PRF is HMAC-SHA-1.
    let mut prf = Ok(Hash::Sha1);
    while let Some(field) = fields.next()? {
        match field.tag {
            INTEGER => key_length = Some(field.unsigned(context)?),
            SEQUENCE => {
                let oid = field.children(context).expect(OID, "the PRF has no identifier")?.oid(context)?;
                prf = Hash::from_hmac_oid(&oid).ok_or(oid);
            }
            _ => return Err(field.malformed(context, "PBKDF2 has no such parameter")),
        }
    }
    Ok(Pbkdf2Parameters { salt, iterations, key_length, prf })
}

fn pbes2(oid: &str, parts: &mut crate::ber::Reader<'_, '_>, context: Context<'_>) -> Result<Pbe> {
    let mut parameters = parts.expect(SEQUENCE, "the parameters of PBES2 are missing")?.children(context);
    let kdf_node = parameters.expect(SEQUENCE, "PBES2 has no key derivation")?;
    let cipher_node = parameters.expect(SEQUENCE, "PBES2 has no cipher")?;

    let mut kdf_parts = kdf_node.children(context);
    let kdf_oid = kdf_parts.expect(OID, "the key derivation has no identifier")?.oid(context)?;
    let mut key_length = None;
    let (kdf, derivation, iterations, salt_len) = match kdf_oid.as_str() {
        "1.2.840.113549.1.5.12" => {
            let node = kdf_parts.expect(SEQUENCE, "the parameters of PBKDF2 are missing")?;
            let read = pbkdf2_parameters(&node, context)?;
            key_length = read.key_length;
            let salt_len = read.salt.len();
            match read.prf {
                Ok(prf) => (
                    Kdf::Pbkdf2(prf),
                    Ok(Derivation::Pbkdf2 { prf, salt: read.salt, iterations: read.iterations }),
                    read.iterations,
                    salt_len,
                ),
                Err(prf) => (Kdf::Other(prf.clone()), Err(format!("PBKDF2 {prf}")), read.iterations, salt_len),
            }
        }
        "1.3.6.1.4.1.11591.4.11" => {
            let mut fields = kdf_parts.expect(SEQUENCE, "the parameters of scrypt are missing")?.children(context);
            let salt = fields.expect(OCTET_STRING, "the salt is missing")?.octets(context)?.0.to_vec();
            let mut number = || rounds(&fields.expect(INTEGER, "scrypt lacks a parameter")?, context);
            let (n, r, p) = (number()?, number()?, number()?);
            if let Some(field) = fields.next()? {
                key_length = Some(field.unsigned(context)?);
            }
            let salt_len = salt.len();
            (Kdf::Scrypt { n, r, p }, Ok(Derivation::Scrypt { salt, n, r, p }), n, salt_len)
        }
        other => (Kdf::Other(other.to_owned()), Err(other.to_owned()), 0, 0),
    };

    let mut cipher_parts = cipher_node.children(context);
    let cipher_oid = cipher_parts.expect(OID, "the cipher has no identifier")?.oid(context)?;
    let (cipher, iv, parameter) = read_cipher(&cipher_oid, cipher_parts.next()?, key_length, context)?;
    let protection = Protection {
        oid: oid.to_owned(),
        scheme: "PBES2".to_owned(),
        cipher: cipher.clone(),
        kdf,
        iterations,
        salt_len,
    };
    let recipe = match (derivation, &cipher) {
        (Err(what), _) => Err(what),
        (Ok(_), Cipher::Other(what)) => Err(what.clone()),
        (Ok(derivation), _) => Ok(Recipe { derivation, cipher, iv, parameter }),
    };
    Ok(Pbe { protection, recipe })
}

/// The cipher of PBES2 with its IV and, for GCM, the length of its tag; for RC2, that of its key.
fn read_cipher(
    oid: &str,
    parameters: Option<Node<'_>>,
    key_length: Option<u64>,
    context: Context<'_>,
) -> Result<(Cipher, Vec<u8>, u64)> {
    let cipher = match oid {
        "2.16.840.1.101.3.4.1.2" => Cipher::AesCbc(128),
        "2.16.840.1.101.3.4.1.22" => Cipher::AesCbc(192),
        "2.16.840.1.101.3.4.1.42" => Cipher::AesCbc(256),
        "2.16.840.1.101.3.4.1.6" => Cipher::AesGcm(128),
        "2.16.840.1.101.3.4.1.26" => Cipher::AesGcm(192),
        "2.16.840.1.101.3.4.1.46" => Cipher::AesGcm(256),
        "1.2.840.113549.3.7" => Cipher::TripleDes,
        "1.3.14.3.2.7" => Cipher::Des,
        "1.2.840.113549.3.2" => Cipher::Rc2(0),
        other => return Ok((Cipher::Other(other.to_owned()), Vec::new(), 0)),
    };
    let Some(parameters) = parameters else {
        return Ok((Cipher::Other(oid.to_owned()), Vec::new(), 0));
    };
    if parameters.tag & !0x20 == OCTET_STRING {
        return Ok((cipher, parameters.octets(context)?.0.to_vec(), 0));
    }
    if parameters.tag != SEQUENCE {
        return Err(parameters.malformed(context, "the parameters of a cipher were expected"));
    }
    let mut fields = parameters.children(context);
    if let Cipher::AesGcm(_) = cipher {
        let nonce = fields.expect(OCTET_STRING, "the nonce is missing")?.octets(context)?.0.to_vec();
        // RFC 5084: the DEFAULT is 12.
        let parameter = fields.next()?.map_or(Ok(12), |field| field.unsigned(context))?;
        return Ok((cipher, nonce, parameter));
    }
    // RC2-CBC-Parameter (RFC 8018 B.2.3): the version stands for the effective bits; absent means 32.
    let mut first = fields.next()?;
    let mut bits = 32;
    if let Some(version) = first.filter(|field| field.tag == INTEGER) {
        bits = match version.unsigned(context)? {
            160 => 40,
            120 => 64,
            58 => 128,
            other if (256..=1024).contains(&other) => u32::try_from(other).unwrap_or(1024),
            _ => return Err(version.malformed(context, "RC2 has no such version")),
        };
        first = fields.next()?;
    }
    let iv = match first {
        Some(field) if field.tag & !0x20 == OCTET_STRING => field.octets(context)?.0.to_vec(),
        Some(_) | None => return Err(parameters.malformed(context, "the initialisation vector is missing")),
    };
    // The key may be longer than its effective bits (RFC 2268 §2); its length is then in the KDF's parameters.
    within(LimitKind::KeyLength, 128, key_length.unwrap_or(0))?;
    let parameter = key_length.unwrap_or(u64::from(bits / 8));
    Ok((Cipher::Rc2(bits), iv, parameter))
}

impl Pbe {
    /// Tries one form of the password.
    ///
    /// # Errors
    /// `Limit` when that would cost too much.
    pub(crate) fn decrypt(&self, data: &[u8], password: &Candidate, context: Context<'_>) -> Result<Attempt> {
        let recipe = match &self.recipe {
            Ok(recipe) => recipe,
            Err(what) => return Ok(Attempt::Unsupported(what.clone())),
        };
        let key_len = match recipe.cipher {
            Cipher::AesCbc(bits) | Cipher::AesGcm(bits) | Cipher::Rc4(bits) => usize::from(bits / 8),
            Cipher::TripleDes => 24,
            Cipher::TripleDesTwoKeys => 16,
            Cipher::Des => 8,
            Cipher::Rc2(_) if recipe.parameter > 0 => usize::try_from(recipe.parameter).unwrap_or(0),
            Cipher::Rc2(bits) => bits as usize / 8,
            Cipher::SunXor | Cipher::Other(_) => return Ok(Attempt::Unsupported(recipe.cipher.name())),
        };
        let iv_len = match recipe.cipher {
            Cipher::Rc4(_) => 0,
            Cipher::AesCbc(_) | Cipher::AesGcm(_) => 16,
            Cipher::TripleDes | Cipher::TripleDesTwoKeys | Cipher::Des | Cipher::Rc2(_) => 8,
            Cipher::SunXor | Cipher::Other(_) => 0,
        };
        let Some((key, iv)) = derive(recipe, password, key_len, iv_len, context)? else {
            return Ok(Attempt::Unsupported(self.protection.kdf.name()));
        };
        Ok(match decipher(recipe, &key, &iv, data) {
            Some(Some(plain)) => Attempt::Plain(plain),
            Some(None) => Attempt::Wrong,
            None => Attempt::Unsupported(recipe.cipher.name()),
        })
    }
}

type KeyAndIv = (Zeroizing<Vec<u8>>, Zeroizing<Vec<u8>>);

/// Key and IV; `None` when the derivation cannot give them.
fn derive(
    recipe: &Recipe,
    password: &Candidate,
    key_len: usize,
    iv_len: usize,
    context: Context<'_>,
) -> Result<Option<KeyAndIv>> {
    let given_iv = || Zeroizing::new(recipe.iv.clone());
    let budget = context.budget;
    Ok(match &recipe.derivation {
        Derivation::Pkcs12 { hash, salt, iterations } => {
            let blocks = (key_len.div_ceil(hash.len()) + iv_len.div_ceil(hash.len())) as u64;
            budget.derive(*iterations, blocks)?;
            let key = primitives::pkcs12_kdf(*hash, Purpose::Key, &password.pkcs12, salt, *iterations, key_len);
            let iv = if iv_len == 0 {
                Zeroizing::new(Vec::new())
            } else {
                primitives::pkcs12_kdf(*hash, Purpose::Iv, &password.pkcs12, salt, *iterations, iv_len)
            };
            Some((key, iv))
        }
        Derivation::Pbkdf1 { hash, salt, iterations } => {
            budget.derive(*iterations, 1)?;
            let both = primitives::pbkdf1(*hash, &password.pkcs5, salt, *iterations);
            // MD5 and SHA-1 give at least the 8 + 8 bytes that these schemes take.
            Some((Zeroizing::new(both[..8].to_vec()), Zeroizing::new(both[8..16].to_vec())))
        }
        Derivation::Pbkdf2 { prf, salt, iterations } => {
            // An HMAC is two hash computations.
            budget.derive(*iterations, 2 * key_len.div_ceil(prf.len()) as u64)?;
            let Ok(rounds) = u32::try_from(*iterations) else { return Ok(None) };
            Some((primitives::pbkdf2(*prf, &password.pkcs5, salt, rounds, key_len), given_iv()))
        }
        Derivation::Scrypt { salt, n, r, p } => {
            budget.scrypt(*n, *r, *p)?;
            let (Ok(r), Ok(p)) = (u32::try_from(*r), u32::try_from(*p)) else { return Ok(None) };
            if !n.is_power_of_two() || *n < 2 {
                return Ok(None);
            }
            let log_n = u8::try_from(n.trailing_zeros()).unwrap_or(u8::MAX);
            let Ok(parameters) = scrypt::Params::new(log_n, r, p) else { return Ok(None) };
            let mut key = Zeroizing::new(vec![0; key_len]);
            if scrypt::scrypt(&password.pkcs5, salt, &parameters, &mut key).is_err() {
                return Ok(None);
            }
            Some((key, given_iv()))
        }
        Derivation::Java { salt, iterations } => {
            budget.derive(*iterations, 2)?;
            crate::jks::triple_des_key(&password.pkcs5, salt, *iterations)
        }
    })
}

/// `None`: not known here. `Some(None)`: wrong.
fn decipher(recipe: &Recipe, key: &[u8], iv: &[u8], data: &[u8]) -> Option<Option<Zeroizing<Vec<u8>>>> {
    use aes_gcm::AesGcm;
    use aes_gcm::aead::consts::{U12, U16};
    Some(match recipe.cipher {
        Cipher::AesCbc(128) => primitives::cbc_decrypt::<aes::Aes128>(key, iv, data),
        Cipher::AesCbc(192) => primitives::cbc_decrypt::<aes::Aes192>(key, iv, data),
        Cipher::AesCbc(256) => primitives::cbc_decrypt::<aes::Aes256>(key, iv, data),
        Cipher::AesGcm(bits) => match (bits, recipe.parameter) {
            (128, 16) => primitives::gcm_decrypt::<AesGcm<aes::Aes128, U12, U16>>(key, iv, data),
            (192, 16) => primitives::gcm_decrypt::<AesGcm<aes::Aes192, U12, U16>>(key, iv, data),
            (256, 16) => primitives::gcm_decrypt::<AesGcm<aes::Aes256, U12, U16>>(key, iv, data),
            (128, 12) => primitives::gcm_decrypt::<AesGcm<aes::Aes128, U12, U12>>(key, iv, data),
            (192, 12) => primitives::gcm_decrypt::<AesGcm<aes::Aes192, U12, U12>>(key, iv, data),
            (256, 12) => primitives::gcm_decrypt::<AesGcm<aes::Aes256, U12, U12>>(key, iv, data),
            _ => return None,
        },
        Cipher::TripleDes => primitives::cbc_decrypt::<des::TdesEde3>(key, iv, data),
        Cipher::TripleDesTwoKeys => primitives::cbc_decrypt::<des::TdesEde2>(key, iv, data),
        Cipher::Des => primitives::cbc_decrypt::<des::Des>(key, iv, data),
        Cipher::Rc2(bits) if !key.is_empty() && key.len() <= 128 => {
            let cipher = rc2::Rc2::new_with_eff_key_len(key, bits as usize);
            primitives::cbc_decrypt_with(cipher, iv, data)
        }
        Cipher::Rc4(_) => primitives::rc4(key, data),
        Cipher::AesCbc(_) | Cipher::Rc2(_) | Cipher::SunXor | Cipher::Other(_) => return None,
    })
}
