//! A signature policy as RFC 3125 §3 writes it.

use const_oid::ObjectIdentifier as Oid;
use time::OffsetDateTime;

use super::ArtifactError;
use super::der::{
    BOOLEAN, ENUMERATED, Element, GENERALIZED_TIME, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE, UTF8_STRING,
};
use crate::model::{AllowedAlgorithm, CertificateInfo, HashName, Revocation};

/// What a policy file says.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SignaturePolicy {
    /// Its identifier.
    pub oid: Oid,
    /// When it was issued.
    pub issued: OffsetDateTime,
    /// What it is for, in the words of ITI.
    pub field_of_application: String,
    /// Begin of the signing period.
    pub not_before: OffsetDateTime,
    /// End of the signing period.
    pub not_after: Option<OffsetDateTime>,
    /// The hash that it is identified with.
    pub hash: HashName,
    /// Hash over DER(signPolicyHashAlg) ‖ DER(signPolicyInfo), computed here.
    pub policy_hash: Vec<u8>,
    /// SHA-256 of the whole file.
    pub file_sha256: Vec<u8>,
    /// Whether the content stands outside of the CMS.
    pub external_data: Option<bool>,
    /// Signed attributes that must be there.
    pub signed: Vec<Oid>,
    /// Unsigned attributes that the signer must add.
    pub unsigned: Vec<Oid>,
    /// Unsigned attributes that must be there for a verifier.
    pub verifier_unsigned: Vec<Oid>,
    /// Certificates in the signature.
    pub certificate_info: CertificateInfo,
    /// Entries of the signature dictionary (2.16.76.1.8.1).
    pub dictionary: Vec<PdfEntry>,
    /// Entries of the DSS (2.16.76.1.8.2).
    pub dss: Vec<PdfEntry>,
    /// Entries of a VRI.
    pub vri: Vec<PdfEntry>,
    /// Entries of a document time stamp (2.16.76.1.8.3).
    pub document_time_stamp: Vec<PdfEntry>,
    /// Roots for signers.
    pub trust: Vec<TrustPoint>,
    /// Revocation evidence for the signer and for CAs.
    pub revocation: (Revocation, Revocation),
    /// Roots for time-stamping authorities.
    pub tsa_trust: Vec<TrustPoint>,
    /// Revocation evidence for a time-stamping authority and its CAs.
    pub tsa_revocation: Option<(Revocation, Revocation)>,
    /// What a signer may sign with.
    pub algorithms: Vec<AllowedAlgorithm>,
}

/// An entry that a dictionary must have; with a value, exactly this one (bytes of a DER value inside).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PdfEntry {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Option<Vec<u8>>,
}

impl PdfEntry {
    /// The value when it is a UTF8String.
    pub fn text(&self) -> Option<&str> {
        match self.value.as_deref()? {
            [UTF8_STRING, length, text @ ..] if usize::from(*length) == text.len() && *length < 0x80 => {
                std::str::from_utf8(text).ok()
            }
            _ => None,
        }
    }
}

/// A root with what is accepted below it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrustPoint {
    /// The certificate, as it stands in the file.
    pub certificate: Vec<u8>,
    /// SHA-256 of the certificate.
    pub sha256: Vec<u8>,
    /// Certificate policies that count; empty: any.
    pub policies: Vec<Oid>,
}

/// More than any policy has of anything.
const MANY: usize = 4096;

impl SignaturePolicy {
    /// Reads a policy and compares its hash with the one at its end.
    ///
    /// # Errors
    /// [`ArtifactError`]: no DER, another structure, a rule that is not known here, or a hash that does not match.
    pub fn from_der(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let whole = Reader::whole(bytes, SEQUENCE)?;
        let mut parts = whole.inside();
        let hash_algorithm = parts.expect(SEQUENCE)?;
        let info = parts.expect(SEQUENCE)?;
        let stated = parts.optional(OCTET_STRING)?;
        parts.end()?;
        let hash = read_hash(&hash_algorithm)?;
        let policy_hash = hash.digest(&[hash_algorithm.raw, info.raw]);
        if let Some(stated) = stated.filter(|stated| stated.content != policy_hash) {
            return Err(stated.error("the hash does not match"));
        }
        let mut fields = info.inside();
        let oid = fields.expect(OID)?.oid()?;
        let issued = fields.expect(GENERALIZED_TIME)?.instant()?;
        fields.expect(SEQUENCE)?;
        let field_of_application = fields.expect(UTF8_STRING)?.text()?.to_owned();
        let mut rules = fields.expect(SEQUENCE)?.inside();
        fields.end()?;
        let (not_before, not_after) = read_period(&rules.expect(SEQUENCE)?)?;
        let mut policy = Self {
            oid,
            issued,
            field_of_application,
            not_before,
            not_after,
            hash,
            policy_hash,
            file_sha256: HashName::Sha256.digest(&[bytes]),
            external_data: None,
            signed: Vec::new(),
            unsigned: Vec::new(),
            verifier_unsigned: Vec::new(),
            certificate_info: CertificateInfo::None,
            dictionary: Vec::new(),
            dss: Vec::new(),
            vri: Vec::new(),
            document_time_stamp: Vec::new(),
            trust: Vec::new(),
            revocation: (Revocation::None, Revocation::None),
            tsa_trust: Vec::new(),
            tsa_revocation: None,
            algorithms: Vec::new(),
        };
        policy.take_common(&rules.expect(SEQUENCE)?)?;
        check_commitments(&rules.expect(SEQUENCE)?)?;
        rules.end()?;
        Ok(policy)
    }

    /// CommonRules (§3.3).
    fn take_common(&mut self, rules: &Element<'_>) -> Result<(), ArtifactError> {
        let mut fields = rules.inside();
        while let Some(field) = fields.next()? {
            match field.tag {
                0xa0 => {
                    let mut both = field.only(SEQUENCE)?.inside();
                    self.take_signer_rules(&both.expect(SEQUENCE)?)?;
                    let mut verifier = both.expect(SEQUENCE)?.inside();
                    both.end()?;
                    self.verifier_unsigned = read_oids(&verifier.expect(SEQUENCE)?)?;
                    if let Some(extensions) = verifier.optional(SEQUENCE)? {
                        self.take_extensions(&extensions)?;
                    }
                    verifier.end()?;
                }
                0xa1 => {
                    let mut parts = field.only(SEQUENCE)?.inside();
                    self.trust = read_trust(&parts.expect(SEQUENCE)?)?;
                    self.revocation = read_revocation(&parts.expect(SEQUENCE)?)?;
                    parts.end()?;
                }
                0xa2 => {
                    let mut parts = field.only(SEQUENCE)?.inside();
                    if let Some(trees) = parts.optional(0xa0)? {
                        self.tsa_trust = read_trust(&trees.only(SEQUENCE)?)?;
                    }
                    if let Some(revocation) = parts.optional(0xa1)? {
                        self.tsa_revocation = Some(read_revocation(&revocation.only(SEQUENCE)?)?);
                    }
                    parts.end()?;
                }
                0xa4 => {
                    let mut parts = field.only(SEQUENCE)?.inside();
                    self.algorithms = read_algorithms(&parts.expect(0xa0)?.only(SEQUENCE)?)?;
                    parts.end()?;
                }
                _ => return Err(field.error("a rule that is not known here")),
            }
        }
        Ok(())
    }

    /// SignerRules (§3.5.1).
    fn take_signer_rules(&mut self, rules: &Element<'_>) -> Result<(), ArtifactError> {
        let mut fields = rules.inside();
        self.external_data = fields.optional(BOOLEAN)?.map(|field| field.boolean()).transpose()?;
        self.signed = read_oids(&fields.expect(SEQUENCE)?)?;
        self.unsigned = read_oids(&fields.expect(SEQUENCE)?)?;
        if let Some(info) = fields.optional(0xa1)? {
            let value = info.only(ENUMERATED)?;
            self.certificate_info = match value.small()? {
                0 => CertificateInfo::None,
                1 => CertificateInfo::SignerOnly,
                2 => CertificateInfo::FullPath,
                _ => return Err(value.error("a rule that is not known here")),
            };
        }
        if let Some(extensions) = fields.optional(0xa2)? {
            self.take_extensions(&extensions.only(SEQUENCE)?)?;
        }
        fields.end()
    }

    /// SignPolExtensions (§3.11) with those of `ICP_BR_Extensoes_PAdES.asn`. Those for signer and verifier say the same.
    fn take_extensions(&mut self, extensions: &Element<'_>) -> Result<(), ArtifactError> {
        const DICTIONARY: Oid = Oid::new_unwrap("2.16.76.1.8.1");
        const DSS: Oid = Oid::new_unwrap("2.16.76.1.8.2");
        const TIME_STAMP: Oid = Oid::new_unwrap("2.16.76.1.8.3");
        for extension in extensions.inside().rest()? {
            if extension.tag != SEQUENCE {
                return Err(extension.error("another element was expected here"));
            }
            let mut parts = extension.inside();
            let oid = parts.expect(OID)?.oid()?;
            let value = parts.expect(OCTET_STRING)?;
            parts.end()?;
            let mut inner = value.inside();
            let content = inner.expect(SEQUENCE)?;
            inner.end()?;
            match oid {
                DICTIONARY => take_once(&mut self.dictionary, read_entries(&content)?, &extension)?,
                DSS => {
                    let mut lists = content.inside();
                    take_once(&mut self.dss, read_entries(&lists.expect(SEQUENCE)?)?, &extension)?;
                    if let Some(vri) = lists.optional(SEQUENCE)? {
                        take_once(&mut self.vri, read_entries(&vri)?, &extension)?;
                    }
                    lists.end()?;
                }
                TIME_STAMP => take_once(&mut self.document_time_stamp, read_entries(&content)?, &extension)?,
                _ => return Err(extension.error("a rule that is not known here")),
            }
        }
        Ok(())
    }
}

fn take_once(own: &mut Vec<PdfEntry>, read: Vec<PdfEntry>, place: &Element<'_>) -> Result<(), ArtifactError> {
    if !own.is_empty() && *own != read {
        return Err(place.error("signer and verifier have different rules"));
    }
    *own = read;
    Ok(())
}

pub(super) fn read_hash(algorithm: &Element<'_>) -> Result<HashName, ArtifactError> {
    let mut parts = algorithm.inside();
    let oid = parts.expect(OID)?;
    // Parameters, where they are, are NULL (RFC 5754 §2).
    parts.optional(0x05)?;
    parts.end()?;
    HashName::from_oid(oid.oid()?).ok_or(oid.error("a hash that is not known here"))
}

/// SigningPeriod (§3.2).
pub(super) fn read_period(period: &Element<'_>) -> Result<(OffsetDateTime, Option<OffsetDateTime>), ArtifactError> {
    let mut parts = period.inside();
    let not_before = parts.expect(GENERALIZED_TIME)?.instant()?;
    let not_after = parts.optional(GENERALIZED_TIME)?.map(|end| end.instant()).transpose()?;
    parts.end()?;
    if not_after.is_some_and(|end| end < not_before) {
        return Err(period.error("a period that ends before it begins"));
    }
    Ok((not_before, not_after))
}

fn bounded<'a>(list: &Element<'a>) -> Result<Vec<Element<'a>>, ArtifactError> {
    let items = list.inside().rest()?;
    if items.len() > MANY { Err(list.error("too many of them")) } else { Ok(items) }
}

fn sequences<'a>(list: &Element<'a>) -> Result<Vec<Element<'a>>, ArtifactError> {
    let items = bounded(list)?;
    match items.iter().find(|item| item.tag != SEQUENCE) {
        Some(other) => Err(other.error("another element was expected here")),
        None => Ok(items),
    }
}

fn read_oids(list: &Element<'_>) -> Result<Vec<Oid>, ArtifactError> {
    bounded(list)?
        .iter()
        .map(|item| if item.tag == OID { item.oid() } else { Err(item.error("this is no object identifier")) })
        .collect()
}

fn read_entries(list: &Element<'_>) -> Result<Vec<PdfEntry>, ArtifactError> {
    sequences(list)?
        .iter()
        .map(|entry| {
            let mut parts = entry.inside();
            let name = parts.expect(UTF8_STRING)?.text()?.to_owned();
            let value = parts.optional(OCTET_STRING)?.map(|value| value.content.to_vec());
            parts.end()?;
            Ok(PdfEntry { name, value })
        })
        .collect()
}

/// CertificateTrustTrees (§3.6.1).
fn read_trust(trees: &Element<'_>) -> Result<Vec<TrustPoint>, ArtifactError> {
    sequences(trees)?
        .iter()
        .map(|tree| {
            let mut parts = tree.inside();
            let certificate = parts.expect(SEQUENCE)?.raw.to_vec();
            let policies = match parts.optional(0xa1)? {
                Some(set) => read_oids(&set.only(SEQUENCE)?)?,
                None => Vec::new(),
            };
            parts.end()?;
            Ok(TrustPoint { sha256: HashName::Sha256.digest(&[&certificate]), certificate, policies })
        })
        .collect()
}

/// CertRevReq (§3.6.2).
fn read_revocation(requirement: &Element<'_>) -> Result<(Revocation, Revocation), ArtifactError> {
    let one = |element: &Element<'_>| {
        let value = element.only(ENUMERATED)?;
        Ok(match value.small()? {
            0 => Revocation::Crl,
            1 => Revocation::Ocsp,
            2 => Revocation::Both,
            3 => Revocation::Either,
            4 => Revocation::None,
            5 => Revocation::Other,
            _ => return Err(value.error("a rule that is not known here")),
        })
    };
    let mut parts = requirement.inside();
    let end = one(&parts.expect(SEQUENCE)?)?;
    let authorities = one(&parts.expect(0xa0)?.only(SEQUENCE)?)?;
    parts.end()?;
    Ok((end, authorities))
}

/// AlgorithmConstraints (§3.10).
fn read_algorithms(list: &Element<'_>) -> Result<Vec<AllowedAlgorithm>, ArtifactError> {
    sequences(list)?
        .iter()
        .map(|item| {
            let mut parts = item.inside();
            let oid = parts.expect(OID)?.oid()?;
            let min_bits = parts.optional(INTEGER)?.map(|bits| bits.small()).transpose()?.unwrap_or(0);
            parts.end()?;
            Ok(AllowedAlgorithm { oid, min_bits })
        })
        .collect()
}

/// CommitmentRules (§3.4): ITI's have one rule, for signatures without a commitment, and nothing in it.
fn check_commitments(rules: &Element<'_>) -> Result<(), ArtifactError> {
    for rule in sequences(rules)? {
        let mut parts = rule.inside();
        let mut selected = parts.expect(SEQUENCE)?.inside();
        parts.end()?;
        selected.expect(0x05)?;
        selected.end()?;
    }
    Ok(())
}
