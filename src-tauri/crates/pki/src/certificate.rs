//! Certificates: the DER as it is, and every fact in it decoded once.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cartorio_core::{Digest as CoreDigest, HashAlgorithm};
use cartorio_keys::PublicKey;
use sha1::{Digest as _, Sha1};
use time::OffsetDateTime;
use x509_parser::extensions::{GeneralName, ParsedExtension, X509Extension};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::asn1::{self, Reader};
use crate::brazil::BrazilianIdentity;
use crate::extension;
use crate::key::KeyFacts;
use crate::name::DistinguishedName;
use crate::oid;
use crate::serial::Serial;
use crate::verify::{self, SignatureCheck};

/// A certificate: its DER, and [`CertificateFacts`] through `Deref`. Cloning is cheap.
#[derive(Clone)]
pub struct Certificate(Arc<CertificateFacts>);

/// Everything a certificate says, decoded.
#[derive(Debug)]
#[non_exhaustive]
pub struct CertificateFacts {
    /// The whole certificate.
    pub der: Vec<u8>,
    /// 1, 2 or 3.
    pub version: u32,
    /// Who it is for.
    pub subject: DistinguishedName,
    /// Who issued it.
    pub issuer: DistinguishedName,
    /// Serial number.
    pub serial: Serial,
    /// When it holds.
    pub validity: Validity,
    /// Its public key.
    pub key: KeyFacts,
    /// The algorithm that the issuer signed with.
    pub signature_algorithm: AlgorithmFacts,
    /// The issuer's signature.
    pub signature: Vec<u8>,
    /// keyUsage; `None` when the extension is absent, which means «any».
    pub key_usage: Option<Vec<KeyUsage>>,
    /// extKeyUsage; empty when the extension is absent, which means «any».
    pub extended_key_usage: Vec<NamedOid>,
    /// basicConstraints.
    pub basic_constraints: Option<BasicConstraints>,
    /// subjectKeyIdentifier.
    pub subject_key_id: Option<Vec<u8>>,
    /// keyIdentifier of authorityKeyIdentifier.
    pub authority_key_id: Option<Vec<u8>>,
    /// certificatePolicies.
    pub policies: Vec<NamedOid>,
    /// subjectAltName.
    pub alternative_names: Vec<AlternativeName>,
    /// CPF, CNPJ and birth date, where the certificate has them.
    pub identity: BrazilianIdentity,
    /// Every extension, in order.
    pub extensions: Vec<Extension>,
    /// URLs in cRLDistributionPoints.
    pub crl_urls: Vec<String>,
    /// OCSP URLs in authorityInfoAccess.
    pub ocsp_urls: Vec<String>,
    /// caIssuers URLs in authorityInfoAccess.
    pub issuer_urls: Vec<String>,
    tbs: std::ops::Range<usize>,
    engine: OnceLock<Result<cartorio_engine::Cert, cartorio_engine::ParseError>>,
    engine_key: OnceLock<Option<cartorio_engine::PublicKey>>,
}

const SUBJECT_ALT_NAME: &str = "2.5.29.17";
const CRL_DISTRIBUTION_POINTS: &str = "2.5.29.31";

impl Certificate {
    /// Reads one DER certificate (RFC 5280 §4.1).
    ///
    /// # Errors
    /// [`CertificateError::Malformed`]; [`CertificateError::TrailingData`] when something follows the certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|error| locate(der, &error))?;
        if !rest.is_empty() {
            return Err(CertificateError::TrailingData { offset: der.len() - rest.len(), length: rest.len() });
        }
        let whole = Reader::new(der).expect(asn1::SEQUENCE)?;
        let mut parts = whole.children();
        let tbs = parts.expect(asn1::SEQUENCE)?;
        let algorithm = parts.expect(asn1::SEQUENCE)?;
        let mut facts = CertificateFacts {
            der: der.to_vec(),
            version: parsed.version().0.saturating_add(1),
            subject: DistinguishedName::from_der(parsed.subject().as_raw()),
            issuer: DistinguishedName::from_der(parsed.issuer().as_raw()),
            serial: Serial::from_integer(parsed.raw_serial()),
            validity: Validity {
                not_before: parsed.validity().not_before.to_datetime(),
                not_after: parsed.validity().not_after.to_datetime(),
            },
            key: KeyFacts::from_spki(parsed.public_key().raw),
            signature_algorithm: AlgorithmFacts::from_der(algorithm.raw),
            signature: parsed.signature_value.data.to_vec(),
            key_usage: None,
            extended_key_usage: Vec::new(),
            basic_constraints: None,
            subject_key_id: None,
            authority_key_id: None,
            policies: Vec::new(),
            alternative_names: Vec::new(),
            identity: BrazilianIdentity::default(),
            extensions: Vec::new(),
            crl_urls: Vec::new(),
            ocsp_urls: Vec::new(),
            issuer_urls: Vec::new(),
            tbs: tbs.offset..tbs.offset + tbs.raw.len(),
            engine: OnceLock::new(),
            engine_key: OnceLock::new(),
        };
        for extension in parsed.extensions() {
            facts.take(extension);
        }
        // Names are put into words when somebody asks; most have no serialNumber (2.5.4.5).
        if facts.subject.der().windows(5).any(|window| window == [0x06, 3, 0x55, 4, 5])
            && let Some(number) = facts.subject.get("serialNumber").map(str::to_owned)
        {
            facts.identity.take_subject_serial_number(&number);
        }
        Ok(Self(Arc::new(facts)))
    }
}

impl CertificateFacts {
    /// PEM with 64-character lines and a final newline (RFC 7468).
    pub fn pem(&self) -> String {
        pem("CERTIFICATE", &self.der)
    }

    /// The signed bytes.
    pub fn tbs(&self) -> &[u8] {
        &self.der[self.tbs.clone()]
    }

    /// The key, when it is of a type that this product verifies with.
    pub fn public_key(&self) -> Option<PublicKey> {
        PublicKey::from_spki(self.key.spki.clone()).ok()
    }

    /// SHA-256 of the DER.
    pub fn sha256(&self) -> CoreDigest {
        CoreDigest::of(HashAlgorithm::Sha256, &self.der)
    }

    /// SHA-256 of the DER in lower-case hex; the certificate's name in tables and trails.
    pub fn fingerprint(&self) -> String {
        self.sha256().to_hex()
    }

    /// SHA-1 of the DER in lower-case hex, for comparison with older tools only.
    pub fn fingerprint_sha1(&self) -> String {
        hex::encode(Sha1::digest(&self.der))
    }

    /// Whether basicConstraints says that it is a CA.
    pub fn is_ca(&self) -> bool {
        self.basic_constraints.is_some_and(|constraints| constraints.ca)
    }

    /// Whether subject and issuer are the same name (RFC 5280 §3.2).
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// Whether its own key signed it.
    pub fn is_self_signed(&self) -> bool {
        self.is_self_issued() && self.check_signature_with(&self.key.spki).is_valid()
    }

    /// Checks this certificate's signature with the key of `issuer`, whatever the names say.
    pub fn check_signed_by(&self, issuer: &CertificateFacts) -> SignatureCheck {
        verify::check_with(self.tbs(), &self.signature_algorithm.der, &self.signature, issuer.engine_key())
    }

    /// The certificate as the engine holds it, parsed when it is first needed.
    pub(crate) fn engine(&self) -> Result<&cartorio_engine::Cert, &cartorio_engine::ParseError> {
        self.engine.get_or_init(|| cartorio_engine::Cert::from_der(&self.der)).as_ref()
    }

    /// Its key as the engine holds it; `None` when the engine cannot use it.
    pub(crate) fn engine_key(&self) -> Option<&cartorio_engine::PublicKey> {
        self.engine_key.get_or_init(|| cartorio_engine::PublicKey::from_spki(&self.key.spki).ok()).as_ref()
    }

    /// Checks this certificate's signature with a DER `SubjectPublicKeyInfo`.
    pub fn check_signature_with(&self, spki: &[u8]) -> SignatureCheck {
        verify::check(self.tbs(), &self.signature_algorithm.der, &self.signature, spki)
    }

    /// Whether keyUsage allows `usage`; an absent extension allows everything.
    pub fn allows(&self, usage: KeyUsage) -> bool {
        self.key_usage.as_ref().is_none_or(|usages| usages.contains(&usage))
    }

    /// Whether keyUsage and extKeyUsage let it sign documents: digitalSignature or nonRepudiation, and, where
    /// extKeyUsage is there, one of the purposes that signing programs accept (RFC 9336 and its predecessors).
    pub fn allows_document_signing(&self) -> bool {
        const PURPOSES: [&str; 6] = [
            "2.5.29.37.0",
            "1.3.6.1.5.5.7.3.36",
            "1.3.6.1.5.5.7.3.4",
            "1.3.6.1.5.5.7.3.2",
            "1.3.6.1.4.1.311.10.3.12",
            "1.2.840.113583.1.1.5",
        ];
        let usage = self.allows(KeyUsage::DigitalSignature) || self.allows(KeyUsage::NonRepudiation);
        let purposes = &self.extended_key_usage;
        usage && (purposes.is_empty() || purposes.iter().any(|own| PURPOSES.contains(&own.oid.as_str())))
    }

    /// The extension with this dotted identifier.
    pub fn extension(&self, oid: &str) -> Option<&Extension> {
        self.extensions.iter().find(|extension| extension.oid == oid)
    }

    /// Takes over one extension, as text always and as facts where it is known.
    fn take(&mut self, extension: &X509Extension<'_>) {
        let oid = asn1::oid_text(extension.oid.as_bytes());
        let parsed = extension.parsed_extension();
        match oid.as_str() {
            SUBJECT_ALT_NAME => {
                for (oid, raw) in extension::other_names(extension.value) {
                    self.identity.take_other_name(&oid, raw);
                }
                self.alternative_names.extend(extension::alternative_names(extension.value));
            }
            CRL_DISTRIBUTION_POINTS => self.crl_urls.extend(extension::distribution_urls(extension.value)),
            _ => {}
        }
        let refused = parsed.error().is_some();
        self.extensions.push(Extension::read(oid, extension.critical, extension.value.to_vec(), refused));
        match parsed {
            ParsedExtension::KeyUsage(usage) => {
                self.key_usage =
                    Some(KeyUsage::ALL.into_iter().filter(|bit| usage.flags >> bit.bit() & 1 == 1).collect());
            }
            ParsedExtension::ExtendedKeyUsage(_) => {
                self.extended_key_usage = extension::oid_list(extension.value)
                    .into_iter()
                    .map(|oid| NamedOid { name: oid::extended_usage(&oid), oid })
                    .collect();
            }
            ParsedExtension::BasicConstraints(constraints) => {
                self.basic_constraints =
                    Some(BasicConstraints { ca: constraints.ca, path_len: constraints.path_len_constraint });
            }
            ParsedExtension::SubjectKeyIdentifier(id) => self.subject_key_id = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                self.authority_key_id = id.key_identifier.as_ref().map(|id| id.0.to_vec());
            }
            ParsedExtension::CertificatePolicies(policies) => {
                self.policies = policies
                    .iter()
                    .map(|policy| {
                        let oid = asn1::oid_text(policy.policy_id.as_bytes());
                        NamedOid { name: oid::policy(&oid), oid }
                    })
                    .collect();
            }
            ParsedExtension::AuthorityInfoAccess(access) => {
                for description in access.iter() {
                    if let GeneralName::URI(url) = &description.access_location {
                        match asn1::oid_text(description.access_method.as_bytes()).as_str() {
                            "1.3.6.1.5.5.7.48.1" => self.ocsp_urls.push((*url).to_owned()),
                            "1.3.6.1.5.5.7.48.2" => self.issuer_urls.push((*url).to_owned()),
                            _ => {}
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

impl Deref for Certificate {
    type Target = CertificateFacts;

    fn deref(&self) -> &CertificateFacts {
        &self.0
    }
}

/// Equal when the DER is equal.
impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, serial {})", self.subject, self.serial.hex())
    }
}

/// Begin and end of validity; both instants belong to it (RFC 5280 §4.1.2.5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Validity {
    /// First instant.
    pub not_before: OffsetDateTime,
    /// Last instant.
    pub not_after: OffsetDateTime,
}

impl Validity {
    /// Whether `at` is inside.
    pub fn contains(&self, at: OffsetDateTime) -> bool {
        self.not_before <= at && at <= self.not_after
    }
}

/// An algorithm with its name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AlgorithmFacts {
    /// Dotted identifier.
    pub oid: String,
    /// Name as its ASN.1 module has it; the dotted identifier where it is unknown.
    pub name: String,
    /// DER `AlgorithmIdentifier`.
    pub der: Vec<u8>,
}

impl AlgorithmFacts {
    pub(crate) fn from_der(der: &[u8]) -> Self {
        let oid = Reader::new(der)
            .expect(asn1::SEQUENCE)
            .and_then(|whole| whole.children().expect(asn1::OID).map(|oid| asn1::oid_text(oid.content)))
            .unwrap_or_default();
        Self { name: oid::algorithm(&oid).unwrap_or(&oid).to_owned(), oid, der: der.to_vec() }
    }

    /// Whether it signs with a hash that collisions are known for.
    pub fn is_weak(&self) -> bool {
        ["md2", "md5", "sha1", "Sha1", "SHA1"].iter().any(|hash| self.name.contains(hash))
    }
}

/// An object identifier with its name, where there is one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NamedOid {
    /// Dotted identifier.
    pub oid: String,
    /// Name.
    pub name: Option<&'static str>,
}

/// basicConstraints (RFC 5280 §4.2.1.9).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BasicConstraints {
    /// Whether it is a CA.
    pub ca: bool,
    /// How many intermediate CAs may follow below it.
    pub path_len: Option<u32>,
}

/// One bit of keyUsage (RFC 5280 §4.2.1.3).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum KeyUsage {
    /// digitalSignature.
    DigitalSignature,
    /// nonRepudiation, also called contentCommitment.
    NonRepudiation,
    /// keyEncipherment.
    KeyEncipherment,
    /// dataEncipherment.
    DataEncipherment,
    /// keyAgreement.
    KeyAgreement,
    /// keyCertSign.
    KeyCertSign,
    /// cRLSign.
    CrlSign,
    /// encipherOnly.
    EncipherOnly,
    /// decipherOnly.
    DecipherOnly,
}

impl KeyUsage {
    /// Every bit, in order.
    pub const ALL: [Self; 9] = [
        Self::DigitalSignature,
        Self::NonRepudiation,
        Self::KeyEncipherment,
        Self::DataEncipherment,
        Self::KeyAgreement,
        Self::KeyCertSign,
        Self::CrlSign,
        Self::EncipherOnly,
        Self::DecipherOnly,
    ];

    /// Position in the named bit list.
    pub(crate) fn bit(self) -> usize {
        self as usize
    }

    /// Name as RFC 5280 spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DigitalSignature => "digitalSignature",
            Self::NonRepudiation => "nonRepudiation",
            Self::KeyEncipherment => "keyEncipherment",
            Self::DataEncipherment => "dataEncipherment",
            Self::KeyAgreement => "keyAgreement",
            Self::KeyCertSign => "keyCertSign",
            Self::CrlSign => "cRLSign",
            Self::EncipherOnly => "encipherOnly",
            Self::DecipherOnly => "decipherOnly",
        }
    }
}

/// One subjectAltName.
#[derive(Clone, Eq, PartialEq)]
pub struct AlternativeName {
    /// Kind as RFC 5280 spells it: `rfc822Name`, `dNSName`, `otherName`, …
    pub kind: &'static str,
    /// Dotted identifier, for an otherName.
    pub oid: Option<String>,
    /// Name of that identifier.
    pub name: Option<&'static str>,
    /// The value as text. An ICP-Brasil otherName holds personal data: mask it before it is shown.
    pub value: String,
}

impl fmt::Debug for AlternativeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.oid {
            Some(oid) => write!(f, "otherName {oid}"),
            None => write!(f, "{} {}", self.kind, self.value),
        }
    }
}

/// One extension.
#[derive(Clone)]
pub struct Extension {
    /// Dotted identifier.
    pub oid: String,
    /// Name as its ASN.1 module has it.
    pub name: Option<&'static str>,
    /// Whether it is critical.
    pub critical: bool,
    /// The DER inside the extension's OCTET STRING.
    pub value: Vec<u8>,
    pub(crate) refused: bool,
    pub(crate) lines: OnceLock<Vec<String>>,
    pub(crate) unsound: OnceLock<bool>,
}

/// Equal when the encoding is.
impl PartialEq for Extension {
    fn eq(&self, other: &Self) -> bool {
        (self.critical, &self.oid, &self.value) == (other.critical, &other.oid, &other.value)
    }
}

impl Eq for Extension {}

impl fmt::Debug for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.name.unwrap_or(&self.oid), if self.critical { " (critical)" } else { "" })
    }
}

/// Why bytes are not a certificate.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum CertificateError {
    /// The bytes are not a DER certificate.
    #[error("malformed certificate at byte {offset}: {reason}")]
    Malformed {
        /// Offset of the field that could not be read.
        offset: usize,
        /// What the decoder says.
        reason: String,
    },
    /// Something follows the certificate.
    #[error("{length} bytes follow the certificate at byte {offset}")]
    TrailingData {
        /// Where it begins.
        offset: usize,
        /// How much it is.
        length: usize,
    },
}

impl CertificateError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "certificate_malformed",
            Self::TrailingData { .. } => "certificate_trailing_data",
        }
    }

    /// Offset in bytes.
    pub fn offset(&self) -> usize {
        match self {
            Self::Malformed { offset, .. } | Self::TrailingData { offset, .. } => *offset,
        }
    }
}

impl From<asn1::Asn1Error> for CertificateError {
    fn from(error: asn1::Asn1Error) -> Self {
        Self::Malformed { offset: error.offset, reason: error.problem.to_owned() }
    }
}

/// PEM with 64-character lines (RFC 7468).
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let base64 = BASE64.encode(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(64));
        out.push_str(line);
        out.push('\n');
        rest = tail;
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// The decoder says what is wrong; the structure says where: the first element that cannot be read, else the field
/// whose kind of error it is.
fn locate(der: &[u8], error: &x509_parser::nom::Err<x509_parser::error::X509Error>) -> CertificateError {
    use x509_parser::error::X509Error as E;
    let reason = match error {
        x509_parser::nom::Err::Error(error) | x509_parser::nom::Err::Failure(error) => error.clone(),
        x509_parser::nom::Err::Incomplete(_) => E::Generic,
    };
    let fields = || -> Result<Vec<usize>, asn1::Asn1Error> {
        let whole = Reader::new(der).expect(asn1::SEQUENCE)?;
        let tbs = whole.children().expect(asn1::SEQUENCE)?;
        let fields = tbs.all_children()?;
        let versioned = usize::from(fields.first().is_some_and(|field| field.tag == 0xa0));
        Ok(fields[versioned..].iter().map(|field| field.offset).collect())
    };
    match fields() {
        Err(error) => error.into(),
        Ok(offsets) => {
            let index = match reason {
                E::InvalidVersion | E::InvalidSerial => Some(0),
                E::InvalidAlgorithmIdentifier => Some(1),
                E::InvalidX509Name => Some(2),
                E::InvalidDate => Some(3),
                E::InvalidSPKI => Some(5),
                E::InvalidExtensions | E::DuplicateExtensions => Some(6),
                _ => None,
            };
            let offset = index.and_then(|index| offsets.get(index.min(offsets.len().saturating_sub(1))));
            CertificateError::Malformed { offset: offset.copied().unwrap_or(0), reason: reason.to_string() }
        }
    }
}
