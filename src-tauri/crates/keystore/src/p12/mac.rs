//! The MAC over the authenticated safe: RFC 7292 §4 and appendix B, and PBMAC1 of RFC 9579.

use crate::algorithm::{Hash, Kdf};
use crate::ber::{Context, INTEGER, Node, OCTET_STRING, OID, SEQUENCE};
use crate::error::{LimitKind, Result};
use crate::layout::{MacInfo, MacScheme};
use crate::limits::within;
use crate::password::Candidate;
use crate::pbe;
use crate::primitives::{self, Purpose};

const PBMAC1: &str = "1.2.840.113549.1.5.14";

pub(super) struct Mac {
    pub info: MacInfo,
    salt: Vec<u8>,
    expected: Vec<u8>,
    /// Bytes of the key of PBMAC1.
    key_length: usize,
}

/// Reads MacData.
pub(super) fn read(node: &Node<'_>, context: Context<'_>) -> Result<Mac> {
    if node.tag != SEQUENCE {
        return Err(node.malformed(context, "the MAC was expected"));
    }
    let mut fields = node.children(context);
    let mut digest_info = fields.expect(SEQUENCE, "the MAC has no value")?.children(context);
    let algorithm = digest_info.expect(SEQUENCE, "the MAC has no algorithm")?;
    let expected = digest_info.expect(OCTET_STRING, "the MAC has no value")?.octets(context)?.0.to_vec();
    let mut parts = algorithm.children(context);
    let oid = parts.expect(OID, "the algorithm of the MAC has no identifier")?.oid(context)?;
    let place = node.place(context);
    if oid == PBMAC1 {
        // Salt and iterations of MacData itself are ignored (RFC 9579 §4).
        let mut parameters = parts.expect(SEQUENCE, "PBMAC1 has no parameters")?.children(context);
        let mut kdf = parameters.expect(SEQUENCE, "PBMAC1 has no key derivation")?.children(context);
        let scheme = parameters.expect(SEQUENCE, "PBMAC1 has no MAC")?;
        let scheme = scheme.children(context).expect(OID, "the MAC has no identifier")?.oid(context)?;
        let kdf_oid = kdf.expect(OID, "the key derivation has no identifier")?.oid(context)?;
        let hash = Hash::from_hmac_oid(&scheme);
        let mut info = MacInfo {
            scheme: MacScheme::Pbmac1,
            hash,
            kdf: Kdf::Other(kdf_oid.clone()),
            oid,
            iterations: 0,
            salt_len: 0,
            place,
            unsupported: hash.is_none().then_some(scheme),
        };
        if kdf_oid != "1.2.840.113549.1.5.12" {
            info.unsupported = Some(kdf_oid);
            return Ok(Mac { info, salt: Vec::new(), expected, key_length: 0 });
        }
        let node = kdf.expect(SEQUENCE, "the parameters of PBKDF2 are missing")?;
        let read = pbe::pbkdf2_parameters(&node, context)?;
        let key_length =
            read.key_length.ok_or_else(|| node.malformed(context, "PBMAC1 needs the length of its key"))?;
        if key_length < 20 {
            return Err(node.malformed(context, "the key of PBMAC1 is too short"));
        }
        within(LimitKind::KeyLength, 1024, key_length)?;
        info.iterations = read.iterations;
        info.salt_len = read.salt.len();
        match read.prf {
            Ok(prf) => info.kdf = Kdf::Pbkdf2(prf),
            Err(prf) => info.unsupported = Some(prf),
        }
        let key_length = usize::try_from(key_length).unwrap_or(1024);
        return Ok(Mac { info, salt: read.salt, expected, key_length });
    }
    let hash = Hash::from_oid(&oid);
    let salt = fields.expect(OCTET_STRING, "the MAC has no salt")?.octets(context)?.0.to_vec();
    // RFC 7292: the DEFAULT is 1.
    let iterations = match fields.next()? {
        Some(node) if node.tag == INTEGER => pbe::rounds(&node, context)?,
        Some(node) => return Err(node.malformed(context, "the iterations of the MAC were expected")),
        None => 1,
    };
    let info = MacInfo {
        scheme: MacScheme::Pkcs12,
        hash,
        kdf: hash.map_or_else(|| Kdf::Other(oid.clone()), Kdf::Pkcs12),
        unsupported: hash.is_none().then(|| oid.clone()),
        oid,
        iterations,
        salt_len: salt.len(),
        place,
    };
    Ok(Mac { info, salt, expected, key_length: 0 })
}

impl Mac {
    /// Which form of the password the MAC accepts.
    ///
    /// # Errors
    /// `Limit` when that would cost too much.
    pub(super) fn verify(
        &self,
        content: &[u8],
        candidates: &[Candidate],
        context: Context<'_>,
    ) -> Result<Option<usize>> {
        let Some(hash) = self.info.hash else { return Ok(None) };
        let mut tried: Vec<&[u8]> = Vec::new();
        for (index, candidate) in candidates.iter().enumerate() {
            let key = match (&self.info.kdf, self.info.scheme) {
                (Kdf::Pbkdf2(prf), MacScheme::Pbmac1) => {
                    if tried.contains(&candidate.pkcs5.as_slice()) {
                        continue;
                    }
                    tried.push(&candidate.pkcs5);
                    let blocks = self.key_length.div_ceil(prf.len()) as u64;
                    context.budget.derive(self.info.iterations, 2 * blocks)?;
                    let Ok(rounds) = u32::try_from(self.info.iterations) else { return Ok(None) };
                    primitives::pbkdf2(*prf, &candidate.pkcs5, &self.salt, rounds, self.key_length)
                }
                (Kdf::Pkcs12(hash), MacScheme::Pkcs12) => {
                    if tried.contains(&candidate.pkcs12.as_slice()) {
                        continue;
                    }
                    tried.push(&candidate.pkcs12);
                    context.budget.derive(self.info.iterations, 1)?;
                    let (password, salt) = (&candidate.pkcs12, &self.salt);
                    primitives::pkcs12_kdf(*hash, Purpose::Mac, password, salt, self.info.iterations, hash.len())
                }
                _ => return Ok(None),
            };
            if primitives::hmac_is(hash, &key, content, &self.expected) {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }
}
