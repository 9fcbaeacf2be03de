//! Certificate revocation lists (RFC 5280 §5): reading and checking. Making them is in [`crate::ca`].

use std::ops::{Deref, Range};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::{fmt, iter};

use time::OffsetDateTime;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{CertificateRevocationList, FromDer, RevokedCertificate as RevokedEntry, X509Error};

use crate::asn1::{self, Asn1Error, Reader, Tlv};
use crate::certificate::{self, AlgorithmFacts, Certificate, Extension, KeyUsage};
use crate::name::DistinguishedName;
use crate::serial::Serial;
use crate::verify::{self, SignatureCheck};

/// A revocation list: its DER, and [`CrlFacts`] through `Deref`. Cloning is cheap.
#[derive(Clone)]
pub struct Crl(Arc<CrlFacts>);

/// Everything a revocation list says, decoded.
#[derive(Debug)]
#[non_exhaustive]
pub struct CrlFacts {
    /// The whole list.
    pub der: Vec<u8>,
    /// Who issued it.
    pub issuer: DistinguishedName,
    /// When it was made.
    pub this_update: OffsetDateTime,
    /// When the next one comes at the latest.
    pub next_update: Option<OffsetDateTime>,
    /// cRLNumber.
    pub number: Option<Serial>,
    /// keyIdentifier of authorityKeyIdentifier.
    pub authority_key_id: Option<Vec<u8>>,
    /// The revoked certificates.
    pub revoked: Vec<RevokedCertificate>,
    /// The algorithm that it was signed with.
    pub signature_algorithm: AlgorithmFacts,
    /// The signature.
    pub signature: Vec<u8>,
    /// Every extension of the list itself.
    pub extensions: Vec<Extension>,
    /// What part of the issuer's certificates it speaks of.
    pub scope: CrlScope,
    /// Whether it lists only what changed since another list (deltaCRLIndicator).
    pub is_delta: bool,
    /// Whether it may list certificates of other issuers (issuingDistributionPoint with indirectCRL).
    pub is_indirect: bool,
    tbs: Range<usize>,
    engine: OnceLock<Result<cartorio_engine::Crl, cartorio_engine::ParseError>>,
}

/// What part of its issuer's certificates a list speaks of (issuingDistributionPoint, deltaCRLIndicator).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CrlScope {
    /// All of them.
    Everything,
    /// End-entity certificates only.
    UserCertificates,
    /// CA certificates only.
    CaCertificates,
    /// Some of them, and it is not judged here which: a delta, some reasons only, one distribution point among several.
    /// What is on such a list is revoked; what is not proves nothing.
    Part,
    /// Something that this product does not judge by: an indirect list, attribute certificates, or a critical
    /// extension that it does not know.
    NotJudged,
}

/// One entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RevokedCertificate {
    /// Whose.
    pub serial: Serial,
    /// Since when.
    pub at: OffsetDateTime,
    /// Why, where it says so.
    pub reason: Option<RevocationReason>,
}

/// Why a certificate was revoked (RFC 5280 §5.3.1).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum RevocationReason {
    /// unspecified (0).
    Unspecified,
    /// keyCompromise (1).
    KeyCompromise,
    /// cACompromise (2).
    CaCompromise,
    /// affiliationChanged (3).
    AffiliationChanged,
    /// superseded (4).
    Superseded,
    /// cessationOfOperation (5).
    CessationOfOperation,
    /// certificateHold (6).
    CertificateHold,
    /// removeFromCRL (8).
    RemoveFromCrl,
    /// privilegeWithdrawn (9).
    PrivilegeWithdrawn,
    /// aACompromise (10).
    AaCompromise,
}

impl RevocationReason {
    /// Every reason.
    pub const ALL: [Self; 10] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::RemoveFromCrl,
        Self::PrivilegeWithdrawn,
        Self::AaCompromise,
    ];

    /// The number in the CRL.
    pub const fn number(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::RemoveFromCrl => 8,
            Self::PrivilegeWithdrawn => 9,
            Self::AaCompromise => 10,
        }
    }

    /// From the number in the CRL.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.number() == number)
    }

    /// Stable `snake_case` code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "key_compromise",
            Self::CaCompromise => "ca_compromise",
            Self::AffiliationChanged => "affiliation_changed",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessation_of_operation",
            Self::CertificateHold => "certificate_hold",
            Self::RemoveFromCrl => "remove_from_crl",
            Self::PrivilegeWithdrawn => "privilege_withdrawn",
            Self::AaCompromise => "aa_compromise",
        }
    }
}

impl Crl {
    /// Reads one DER CRL. A large one that is still in use somewhere is shared, as it takes many times its size. One that is written
    /// in BER is none: what holds it as evidence is DER, and is not re-encoded.
    ///
    /// # Errors
    /// [`CrlError::Malformed`]; [`CrlError::TrailingData`] when something follows it.
    pub fn from_der(der: &[u8]) -> Result<Self, CrlError> {
        if der.len() < LARGE {
            return Self::read(der);
        }
        // Held while it is read: two that need the same list at the same time read it once.
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.retain(|own| own.strong_count() > 0);
        if let Some(known) = shared.iter().filter_map(Weak::upgrade).find(|own| own.der == der) {
            return Ok(Self(known));
        }
        let list = Self::read(der)?;
        shared.push(Arc::downgrade(&list.0));
        Ok(list)
    }

    fn read(der: &[u8]) -> Result<Self, CrlError> {
        if let Some((head, entries)) = apart(der)
            && let Ok(list) = Self::read_parts(der, &head, Some(entries))
        {
            return Ok(list);
        }
        Self::read_parts(der, der, None)
    }

    /// `entries`: those that are not in `head`.
    fn read_parts(der: &[u8], head: &[u8], entries: Option<Tlv<'_>>) -> Result<Self, CrlError> {
        let (rest, parsed) = CertificateRevocationList::from_der(head).map_err(|error| malformed(&error))?;
        if !rest.is_empty() {
            return Err(CrlError::TrailingData { offset: der.len() - rest.len(), length: rest.len() });
        }
        require_der_lengths(der)?;
        let mut parts = Reader::new(der).expect(asn1::SEQUENCE)?.children();
        let tbs = parts.expect(asn1::SEQUENCE)?;
        let algorithm = parts.expect(asn1::SEQUENCE)?;
        let mut facts = CrlFacts {
            der: der.to_vec(),
            issuer: DistinguishedName::from_der(parsed.issuer().as_raw()),
            this_update: parsed.last_update().to_datetime(),
            next_update: parsed.next_update().map(|time| time.to_datetime()),
            number: None,
            authority_key_id: None,
            revoked: Vec::new(),
            signature_algorithm: AlgorithmFacts::from_der(algorithm.raw),
            signature: parsed.signature_value.data.to_vec(),
            extensions: Vec::new(),
            scope: CrlScope::Everything,
            is_delta: false,
            is_indirect: false,
            tbs: tbs.offset..tbs.offset + tbs.raw.len(),
            engine: OnceLock::new(),
        };
        parsed.iter_revoked_certificates().for_each(|entry| facts.take(entry));
        let mut entries = entries.map(|own| own.children());
        while let Some(entry) = entries.as_mut().map(Reader::next).transpose()?.flatten() {
            let (_, entry) = RevokedEntry::from_der(entry.raw).map_err(|error| malformed(&error))?;
            facts.take(&entry);
        }
        facts.revoked.shrink_to_fit();
        for extension in parsed.extensions() {
            let oid = asn1::oid_text(extension.oid.as_bytes());
            let content = extension.parsed_extension();
            match content {
                ParsedExtension::CRLNumber(number) => {
                    facts.number = Some(Serial::from_unsigned(&number.to_bytes_be()));
                }
                ParsedExtension::AuthorityKeyIdentifier(id) => {
                    facts.authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec());
                }
                // Read here: x509-parser 0.18 drops an issuingDistributionPoint with a relative name without an error.
                _ if oid == ISSUING_DISTRIBUTION_POINT => {
                    facts.scope = facts.scope.narrowed(distribution_scope(extension.value));
                    facts.is_indirect = is_indirect(extension.value);
                }
                _ if oid == DELTA_CRL_INDICATOR => {
                    facts.scope = facts.scope.narrowed(CrlScope::Part);
                    facts.is_delta = true;
                }
                _ if extension.critical => facts.scope = CrlScope::NotJudged,
                _ => {}
            }
            let refused = content.error().is_some();
            facts.extensions.push(Extension::read(oid, extension.critical, extension.value.to_vec(), refused));
        }
        Ok(Self(Arc::new(facts)))
    }
}

/// Lists from here on are shared, in bytes.
const LARGE: usize = 1 << 20;
/// The large lists that are in use.
static SHARED: Mutex<Vec<Weak<CrlFacts>>> = Mutex::new(Vec::new());

/// A list without its entries, and these: x509-parser would hold all of them decoded, in many times their size. `None` where there are
/// none, or where something is not as DER has it; such a list is read in one.
fn apart(der: &[u8]) -> Option<(Vec<u8>, Tlv<'_>)> {
    let whole = Reader::new(der).expect(asn1::SEQUENCE).ok().filter(|own| own.raw.len() == der.len())?;
    let parts = few(&whole)?;
    let (tbs, rest) = parts.split_first()?;
    let fields = few(tbs)?;
    // The algorithm, the issuer, and the entries: between the times and the extensions.
    let (place, entries) = fields.iter().enumerate().filter(|(_, own)| own.tag == asn1::SEQUENCE).nth(2)?;
    let (before, behind) = (fields.get(..place)?, fields.get(place + 1..)?);
    let is_time = |own: &Tlv<'_>| matches!(own.tag, asn1::UTC_TIME | asn1::GENERALIZED_TIME);
    let in_place = before.last().is_some_and(is_time) && behind.iter().all(|own| own.tag == 0xa0);
    if !in_place || tbs.tag != asn1::SEQUENCE || ![&whole, tbs, entries].into_iter().all(has_definite_length) {
        return None;
    }
    let tbs = asn1::seq(before.iter().chain(behind).map(|own| own.raw));
    Some((asn1::seq(iter::once(tbs.as_slice()).chain(rest.iter().map(|own| own.raw))), *entries))
}

/// The elements within, where they are no more than a list has (RFC 5280 §5.1: seven in what is signed).
fn few<'a>(own: &Tlv<'a>) -> Option<Vec<Tlv<'a>>> {
    let mut reader = own.children();
    let mut found = Vec::new();
    while let Some(child) = reader.next().ok()? {
        if found.len() == 8 {
            return None;
        }
        found.push(child);
    }
    Some(found)
}

/// Refuses lengths that DER writes otherwise (X.690 §10.1), anywhere in what is made of elements.
fn require_der_lengths(der: &[u8]) -> Result<(), CrlError> {
    /// A list has nothing that lies deeper; see [`Reader`] for what it takes.
    const MAX_DEPTH: usize = 32;
    let mut open = vec![Reader::new(der)];
    while let Some(reader) = open.last_mut() {
        let offset = reader.offset();
        match reader.next()? {
            Some(own) if !has_definite_length(&own) || open.len() > MAX_DEPTH => {
                return Err(CrlError::Malformed { offset, reason: "a length is not as DER writes it".to_owned() });
            }
            Some(own) if own.is_constructed() => open.push(own.children()),
            Some(_) => {}
            None => {
                open.pop();
            }
        }
    }
    Ok(())
}

/// Whether the length is written as DER writes it.
fn has_definite_length(own: &Tlv<'_>) -> bool {
    let octets = match own.content.len() {
        0..=0x7f => 1,
        0x80..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000..=0xff_ffff => 4,
        _ => 5,
    };
    own.raw.get(1) != Some(&0x80) && own.raw.len() == 1 + octets + own.content.len()
}

fn malformed(error: &x509_parser::nom::Err<X509Error>) -> CrlError {
    let reason = match error {
        x509_parser::nom::Err::Error(error) | x509_parser::nom::Err::Failure(error) => error.to_string(),
        x509_parser::nom::Err::Incomplete(_) => "the data ends inside an element".to_owned(),
    };
    CrlError::Malformed { offset: 0, reason }
}

impl CrlFacts {
    fn take(&mut self, entry: &RevokedEntry<'_>) {
        // A critical entry extension that is not known (certificateIssuer, as a rule) changes whose entry it is.
        if entry.extensions().iter().any(|extension| {
            extension.critical && !matches!(extension.parsed_extension(), ParsedExtension::ReasonCode(_))
        }) {
            self.scope = CrlScope::NotJudged;
        }
        self.revoked.push(RevokedCertificate {
            serial: Serial::from_integer(entry.raw_serial()),
            at: entry.revocation_date.to_datetime(),
            reason: entry.reason_code().and_then(|(_, code)| RevocationReason::from_number(code.0)),
        });
    }

    /// PEM (RFC 7468).
    pub fn pem(&self) -> String {
        certificate::pem("X509 CRL", &self.der)
    }

    /// The signed bytes.
    pub fn tbs(&self) -> &[u8] {
        &self.der[self.tbs.clone()]
    }

    /// SHA-256 of the DER in lower-case hex.
    pub fn fingerprint(&self) -> String {
        cartorio_core::Digest::of(cartorio_core::HashAlgorithm::Sha256, &self.der).to_hex()
    }

    /// The list as the engine holds it, parsed when it is first needed.
    pub(crate) fn engine(&self) -> Result<&cartorio_engine::Crl, &cartorio_engine::ParseError> {
        self.engine.get_or_init(|| cartorio_engine::Crl::from_der(&self.der)).as_ref()
    }

    /// The entry for a serial number.
    pub fn entry(&self, serial: &Serial) -> Option<&RevokedCertificate> {
        self.revoked.iter().find(|entry| entry.serial == *serial)
    }

    /// Checks that `issuer` made this list: name, key identifier, cRLSign, signature.
    ///
    /// # Errors
    /// [`CrlRejection`], why it is no evidence.
    pub fn check_issuer(&self, issuer: &Certificate) -> Result<(), CrlRejection> {
        if self.issuer != issuer.subject {
            return Err(CrlRejection::OtherIssuer);
        }
        if let (Some(wanted), Some(id)) = (&self.authority_key_id, &issuer.subject_key_id)
            && wanted != id
        {
            return Err(CrlRejection::OtherIssuer);
        }
        if !issuer.allows(KeyUsage::CrlSign) {
            return Err(CrlRejection::MissingCrlSign);
        }
        match verify::check_with(self.tbs(), &self.signature_algorithm.der, &self.signature, issuer.engine_key()) {
            SignatureCheck::Valid | SignatureCheck::ValidWeak { .. } => Ok(()),
            SignatureCheck::Wrong => Err(CrlRejection::SignatureWrong),
            SignatureCheck::NotCheckable { algorithm, .. } => Err(CrlRejection::SignatureNotCheckable { algorithm }),
        }
    }
}

const ISSUING_DISTRIBUTION_POINT: &str = "2.5.29.28";
const DELTA_CRL_INDICATOR: &str = "2.5.29.27";

/// Whether an issuingDistributionPoint says indirectCRL.
fn is_indirect(value: &[u8]) -> bool {
    Reader::new(value)
        .expect(asn1::SEQUENCE)
        .and_then(|whole| whole.all_children())
        .is_ok_and(|fields| fields.iter().any(|field| field.tag == 0x84 && field.content.iter().any(|byte| *byte != 0)))
}

/// The scope that an issuingDistributionPoint (RFC 5280 §5.2.5) gives to a list.
fn distribution_scope(value: &[u8]) -> CrlScope {
    let Ok(fields) = Reader::new(value).expect(asn1::SEQUENCE).and_then(|whole| whole.all_children()) else {
        return CrlScope::NotJudged;
    };
    let mut scope = CrlScope::Everything;
    for field in fields {
        let on = field.content.iter().any(|byte| *byte != 0);
        scope = scope.narrowed(match field.tag {
            // distributionPoint, onlySomeReasons
            0xa0 | 0x83 => CrlScope::Part,
            0x81 if on => CrlScope::UserCertificates,
            0x82 if on => CrlScope::CaCertificates,
            0x81 | 0x82 | 0x84 | 0x85 if !on => CrlScope::Everything,
            // indirectCRL, onlyContainsAttributeCerts, and what does not belong there
            _ => CrlScope::NotJudged,
        });
    }
    scope
}

impl CrlScope {
    fn narrowed(self, to: Self) -> Self {
        match (self, to) {
            (Self::NotJudged, _) | (_, Self::NotJudged) => Self::NotJudged,
            (Self::Everything, other) | (other, Self::Everything) => other,
            (own, other) if own == other => own,
            _ => Self::Part,
        }
    }
}

impl Deref for Crl {
    type Target = CrlFacts;

    fn deref(&self) -> &CrlFacts {
        &self.0
    }
}

impl PartialEq for Crl {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Crl {}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({}, {}, {} entries)", self.issuer, self.this_update, self.revoked.len())
    }
}

/// Why a list says nothing about a certificate.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CrlRejection {
    /// Another CA, or another key of it, made it.
    #[error("the list is by another issuer")]
    OtherIssuer,
    /// Its issuer may not sign lists.
    #[error("the issuer's key usage does not include cRLSign")]
    MissingCrlSign,
    /// Its signature is wrong.
    #[error("the signature of the list is wrong")]
    SignatureWrong,
    /// Its signature is of a kind that this product does not verify.
    #[error("the signature of the list ({algorithm}) cannot be checked")]
    SignatureNotCheckable {
        /// The algorithm.
        algorithm: String,
    },
    /// Its signature rests on a broken hash: it may say that a certificate is revoked, not that one is good.
    #[error("the signature of the list is too weak to prove anything good")]
    WeakSignature,
    /// It does not speak of this kind of certificate, of all reasons, or of its distribution point.
    #[error("the list does not cover this certificate")]
    OutOfScope,
    /// It, or an entry in it, has a critical extension that is not known.
    #[error("the list has a critical extension that is not known")]
    UnknownCriticalExtension,
    /// No certificate of its signer was found.
    #[error("the certificate of the list's signer is missing")]
    SignerMissing,
    /// Its signer is not on the path, and the signer's own path to the same anchor does not hold.
    #[error("the path of the list's signer does not hold")]
    SignerPathInvalid {
        /// What is wrong with that path, in the engine's words.
        errors: Vec<&'static str>,
    },
    /// It cannot be decoded in full.
    #[error("the list cannot be decoded in full")]
    Malformed,
}

impl CrlRejection {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherIssuer => "crl_other_issuer",
            Self::MissingCrlSign => "crl_missing_crl_sign",
            Self::SignatureWrong => "crl_signature_wrong",
            Self::SignatureNotCheckable { .. } => "crl_signature_not_checkable",
            Self::WeakSignature => "crl_weak_signature",
            Self::OutOfScope => "crl_out_of_scope",
            Self::UnknownCriticalExtension => "crl_unknown_critical_extension",
            Self::SignerMissing => "crl_signer_missing",
            Self::SignerPathInvalid { .. } => "crl_signer_path_invalid",
            Self::Malformed => "crl_not_decodable",
        }
    }
}

/// Why bytes are not a revocation list.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CrlError {
    /// The bytes are not a DER CRL.
    #[error("malformed revocation list at byte {offset}: {reason}")]
    Malformed {
        /// Offset.
        offset: usize,
        /// What the decoder says.
        reason: String,
    },
    /// Something follows the list.
    #[error("{length} bytes follow the revocation list at byte {offset}")]
    TrailingData {
        /// Where it begins.
        offset: usize,
        /// How much it is.
        length: usize,
    },
}

impl CrlError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "crl_malformed",
            Self::TrailingData { .. } => "crl_trailing_data",
        }
    }

    /// Offset in bytes.
    pub fn offset(&self) -> usize {
        match self {
            Self::Malformed { offset, .. } | Self::TrailingData { offset, .. } => *offset,
        }
    }
}

impl From<Asn1Error> for CrlError {
    fn from(error: Asn1Error) -> Self {
        Self::Malformed { offset: error.offset, reason: error.problem.to_owned() }
    }
}

#[cfg(test)]
mod by_hand;

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;
    use crate::ca::{CertificateAuthority as _, CrlRequest};
    use crate::tests::support::{NOW, default_hierarchy, run};

    fn list(entries: u32) -> Crl {
        let reasons = [None, Some(RevocationReason::KeyCompromise), Some(RevocationReason::CertificateHold)];
        let revoked = (1..=entries).zip(reasons.into_iter().cycle()).map(|(number, reason)| RevokedCertificate {
            serial: Serial::from_unsigned(&[[7; 12].as_slice(), &number.to_be_bytes()].concat()),
            at: NOW - Duration::seconds(i64::from(number)),
            reason,
        });
        let (this_update, next_update) = (NOW, NOW + Duration::days(1));
        let request = CrlRequest { revoked: revoked.collect(), number: 1, this_update, next_update };
        run(default_hierarchy().intermediate.crl(request)).unwrap()
    }

    /// What is read; nothing of what is refused.
    pub(super) fn told(read: &Result<Crl, CrlError>) -> Option<String> {
        read.as_ref().ok().map(|list| format!("{:?}", list.0))
    }

    #[test]
    fn entries_that_are_read_one_by_one_are_those_that_are_read_together() {
        let der = list(9).der.clone();
        let (head, entries) = apart(&der).unwrap();
        let singly = Crl::read_parts(&der, &head, Some(entries));
        assert_eq!(told(&singly), told(&Crl::read_parts(&der, &der, None)));
        assert_eq!(singly.unwrap().revoked.len(), 9);
        // Nothing is taken that was refused, and nothing read otherwise, whatever bit is wrong and wherever the list ends.
        for at in 0..der.len() {
            for bit in 0..8 {
                let mut changed = der.clone();
                changed[at] ^= 1 << bit;
                let whole = Crl::read_parts(&changed, &changed, None);
                assert_eq!(told(&Crl::read(&changed)), told(&whole), "bit {bit} of byte {at}");
            }
            assert_eq!(Crl::read(&der[..at]).err(), Crl::read_parts(&der[..at], &der[..at], None).err());
        }
        let longer = [der.as_slice(), &[0]].concat();
        assert!(matches!(Crl::from_der(&longer), Err(CrlError::TrailingData { length: 1, .. })));
        // One without entries has none that could be read apart.
        assert!(apart(&list(0).der).is_none());
    }

    #[test]
    fn a_large_list_is_there_once_while_it_is_in_use() {
        let large = list(30_000);
        assert!(large.der.len() > LARGE);
        let again = Crl::from_der(&large.der).unwrap();
        assert!(Arc::ptr_eq(&large.0, &again.0));
        let other = list(30_000);
        assert!(!Arc::ptr_eq(&large.0, &other.0) && other != large);
        assert!(
            again.entry(&Serial::from_unsigned(&[[7; 12].as_slice(), &30_000_u32.to_be_bytes()].concat())).is_some()
        );
        // What nobody needs any more is gone.
        let (der, weak) = (large.der.clone(), Arc::downgrade(&large.0));
        drop((large, again));
        assert!(weak.upgrade().is_none());
        assert_eq!(Crl::from_der(&der).unwrap().der, der);
    }
}
