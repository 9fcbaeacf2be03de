//! A tolerant, byte-preserving reader of SignedData (RFC 5652 §5): DER and BER, whatever order the sets have.

use std::borrow::Cow;
use std::ops::Range;

use cartorio_core::{Coded, Digest, HashAlgorithm};
use const_oid::ObjectIdentifier as Oid;
use der::Decode;
use x509_cert::certificate::{CertificateInner, Raw};

use super::signer::{certificate_of, judge, tokens_of};
use super::{SignerCertificate, SignerReport};
use crate::cms::algorithm::read_oid;
use crate::cms::ber::{Asn1Error, Encoding, Limits, normalise};
use crate::cms::tlv::{Reader, Tlv};
use crate::cms::{der as write, oid};

/// Bytes that are not a CMS signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ParseError {
    /// Not ASN.1, or not the structure of a SignedData.
    #[error("not a CMS signature: {0}")]
    Malformed(#[from] Asn1Error),
    /// A CMS of another kind.
    #[error("a CMS of type {0}, not a signature")]
    NotSignedData(Oid),
    /// A signature over content of this type, where a time-stamp token is expected (RFC 3161 §2.4.2).
    #[error("a signature over content of type {0}, not a time-stamp token")]
    NotTimeStamp(Oid),
}

impl ParseError {
    /// Where it went wrong, in bytes; offsets of BER input count in its form with definite lengths.
    pub const fn offset(&self) -> usize {
        match self {
            Self::Malformed(error) => error.offset(),
            Self::NotSignedData(_) | Self::NotTimeStamp(_) => 0,
        }
    }
}

impl Coded for ParseError {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "cms_malformed",
            Self::NotSignedData(_) => "cms_not_signed_data",
            Self::NotTimeStamp(_) => "cms_not_time_stamp",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Malformed(error) => {
                let mut params = error.params();
                params.push(("reason", error.to_string()));
                params
            }
            Self::NotSignedData(oid) | Self::NotTimeStamp(oid) => vec![("oid", oid.to_string())],
        }
    }
}

/// Reads the one CMS at the start of `bytes`; what follows it is ignored ([`SignedDataView::encoded_len`]).
///
/// # Errors
/// [`ParseError`] with the place where it went wrong.
pub fn parse(bytes: &[u8]) -> Result<SignedDataView<'_>, ParseError> {
    parse_within(bytes, Limits::default())
}

/// As [`parse`], within other bounds.
///
/// # Errors
/// [`ParseError`] with the place where it went wrong.
pub fn parse_within(bytes: &[u8], limits: Limits) -> Result<SignedDataView<'_>, ParseError> {
    let normal = normalise(bytes, limits)?;
    let layout = Layout::read(&normal.der)?;
    let (encoded_len, encoding) = (normal.consumed, normal.encoding);
    Ok(SignedDataView { der: normal.der, encoded_len, encoding, layout, counter: false })
}

/// Reads a countersignature (RFC 5652 §11.4): the SignerInfo `signer_info`, whose certificate is among those of `around`. It
/// is verified like a detached signature whose content is the signature value that it countersigns.
///
/// # Errors
/// [`ParseError`]; offsets count in the SignedData that is made around it.
pub fn countersignature(
    around: &SignedDataView<'_>,
    signer_info: &[u8],
) -> Result<SignedDataView<'static>, ParseError> {
    let sets = [&around.layout.certificate_set, &around.layout.revocation_set];
    let sets: Vec<u8> = sets.into_iter().flatten().flat_map(|range| around.at(range).to_vec()).collect();
    let description = write::tlv(write::SEQUENCE, &[&write::oid(oid::DATA)]);
    let signers = write::tlv(write::SET, &[signer_info]);
    let data = write::tlv(write::SEQUENCE, &[&[write::INTEGER, 1, 1, write::SET, 0], &description, &sets, &signers]);
    let der = write::tlv(write::SEQUENCE, &[&write::oid(oid::SIGNED_DATA), &write::tlv(write::context(0), &[&data])]);
    let layout = Layout::read(&der)?;
    Ok(SignedDataView {
        encoded_len: der.len(),
        der: Cow::Owned(der),
        encoding: around.encoding,
        layout,
        counter: true,
    })
}

/// A SignedData, as slices of its bytes.
#[derive(Clone, Debug)]
pub struct SignedDataView<'a> {
    der: Cow<'a, [u8]>,
    encoded_len: usize,
    encoding: Encoding,
    layout: Layout,
    counter: bool,
}

impl SignedDataView<'_> {
    /// Length of the CMS in the input, in bytes.
    pub const fn encoded_len(&self) -> usize {
        self.encoded_len
    }

    /// How it is written.
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Type of the content; id-data for documents.
    pub const fn content_type(&self) -> Oid {
        self.layout.content_type
    }

    /// The content, when it is inside.
    pub fn content(&self) -> Option<&[u8]> {
        self.layout.content.as_ref().map(|range| self.at(range))
    }

    /// The enclosed certificates, in the order found.
    pub fn certificates(&self) -> impl ExactSizeIterator<Item = EmbeddedCertificate<'_>> {
        self.certificate_bytes().map(EmbeddedCertificate::look)
    }

    /// The same without a look at what they are.
    pub(crate) fn certificate_bytes(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.layout.certificates.iter().map(|range| self.at(range))
    }

    /// The enclosed revocation data, in the order found.
    pub fn revocation(&self) -> impl ExactSizeIterator<Item = EmbeddedRevocation<'_>> {
        self.layout.revocation.iter().map(|range| EmbeddedRevocation::look(self.at(range)))
    }

    /// The signers, in the order found.
    pub fn signers(&self) -> impl ExactSizeIterator<Item = SignerView<'_>> {
        self.layout.signers.iter().map(|layout| SignerView { data: self, layout })
    }

    /// Whether this is a countersignature, which has no content type.
    pub(super) const fn is_counter(&self) -> bool {
        self.counter
    }

    /// The content description, and the sets of certificates and revocation data as they stand.
    pub(super) fn parts(&self) -> (&[u8], [&[u8]; 2]) {
        let set = |range: &Option<Range<usize>>| range.as_ref().map_or(&[][..], |range| self.at(range));
        (self.at(&self.layout.content_info), [set(&self.layout.certificate_set), set(&self.layout.revocation_set)])
    }

    pub(super) fn at(&self, range: &Range<usize>) -> &[u8] {
        // Every range was made from these very bytes.
        self.der.get(range.clone()).unwrap_or_default()
    }
}

/// Judges every signer of a signature whose content is elsewhere. `content` gives the content's digest and is called
/// once for each hash function that is needed.
///
/// Content inside the CMS is not looked at: what counts is what the caller shows to the user. A SignedData without
/// signers (a bag of certificates) gives an empty list, which is no sound signature.
///
/// # Errors
/// Whatever `content` fails with.
pub fn verify_detached<E>(
    data: &SignedDataView<'_>,
    mut content: impl FnMut(HashAlgorithm) -> Result<Digest, E>,
) -> Result<Vec<SignerReport>, E> {
    let mut known: Vec<Digest> = Vec::new();
    let mut reports = Vec::new();
    for signer in data.signers() {
        reports.push(signer.verify(|hash| {
            if let Some(digest) = known.iter().find(|digest| digest.algorithm() == hash) {
                return Ok(digest.clone());
            }
            let digest = content(hash)?;
            known.push(digest.clone());
            Ok(digest)
        })?);
    }
    Ok(reports)
}

/// Judges every signer of a signature that has its content inside; `None` when it has none.
pub fn verify_enclosed(data: &SignedDataView<'_>) -> Option<Vec<SignerReport>> {
    let content = data.content()?;
    let digest = |hash| Ok::<_, std::convert::Infallible>(Digest::of(hash, content));
    match verify_detached(data, digest) {
        Ok(reports) => Some(reports),
        Err(never) => match never {},
    }
}

/// One signer of a SignedData.
#[derive(Clone, Copy, Debug)]
pub struct SignerView<'v> {
    data: &'v SignedDataView<'v>,
    layout: &'v SignerLayout,
}

impl<'v> SignerView<'v> {
    /// Judges this signer; `content` gives the content's digest.
    ///
    /// # Errors
    /// Whatever `content` fails with.
    pub fn verify<E>(&self, content: impl FnMut(HashAlgorithm) -> Result<Digest, E>) -> Result<SignerReport, E> {
        judge(*self, content)
    }

    /// How it names its certificate.
    pub fn id(&self) -> SignerId {
        match &self.layout.id {
            IdLayout::IssuerAndSerial { issuer, serial } => {
                SignerId::IssuerAndSerial { issuer: self.at(issuer).to_vec(), serial: self.at(serial).to_vec() }
            }
            IdLayout::KeyIdentifier(id) => SignerId::KeyIdentifier(self.at(id).to_vec()),
        }
    }

    /// The certificate that it names, if it is among the enclosed ones.
    pub fn certificate(&self) -> Option<SignerCertificate> {
        certificate_of(*self)
    }

    /// The time-stamp tokens among the unsigned attributes, not judged: over the signature, over references, for archives.
    pub fn time_stamp_tokens(&self) -> Vec<Vec<u8>> {
        tokens_of(*self)
    }

    /// The signature value, as a time-stamp over it needs it.
    pub fn signature_value(&self) -> &'v [u8] {
        self.at(&self.layout.signature)
    }

    /// The signed attributes as they stand, with tag `[0]`.
    pub fn signed_attributes(&self) -> Option<&'v [u8]> {
        self.layout.signed_attributes.as_ref().map(|range| self.at(range))
    }

    /// The unsigned attributes as they stand, with tag `[1]`.
    pub fn unsigned_attributes(&self) -> Option<&'v [u8]> {
        self.layout.unsigned_attributes.as_ref().map(|range| self.at(range))
    }

    pub(super) const fn data(&self) -> &'v SignedDataView<'v> {
        self.data
    }

    /// The fields from the version to the signature value, one after another.
    pub(super) fn fields(&self) -> &'v [u8] {
        self.at(&self.layout.fields)
    }

    pub(super) fn digest_algorithm(&self) -> &'v [u8] {
        self.at(&self.layout.digest_algorithm)
    }

    pub(super) fn signature_algorithm(&self) -> &'v [u8] {
        self.at(&self.layout.signature_algorithm)
    }

    fn at(&self, range: &Range<usize>) -> &'v [u8] {
        self.data.at(range)
    }
}

/// How a SignerInfo names its certificate (RFC 5652 §5.3).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SignerId {
    /// By issuer and serial number.
    IssuerAndSerial {
        /// The whole Name element.
        issuer: Vec<u8>,
        /// The whole INTEGER element.
        serial: Vec<u8>,
    },
    /// By the SubjectKeyIdentifier.
    KeyIdentifier(Vec<u8>),
}

/// An enclosed certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EmbeddedCertificate<'a> {
    /// Its bytes.
    pub der: &'a [u8],
    /// What it is.
    pub kind: CertificateKind,
}

/// What an element of the certificate set is (RFC 5652 §10.2.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CertificateKind {
    /// An X.509 certificate.
    X509,
    /// It should be an X.509 certificate but cannot be read; the reason in English.
    Unreadable(String),
    /// An attribute certificate or another kind, which this product does not use.
    Other,
}

/// Enclosed revocation data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EmbeddedRevocation<'a> {
    /// Its bytes: a whole CRL, OCSP response, or unknown element.
    pub der: &'a [u8],
    /// What it is.
    pub kind: RevocationKind,
}

/// What an element of the revocation set is (RFC 5652 §10.2.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RevocationKind {
    /// A CRL.
    Crl,
    /// An OCSP response (RFC 5940).
    Ocsp,
    /// Another kind, which this product does not use.
    Other,
}

impl<'a> EmbeddedCertificate<'a> {
    fn look(der: &'a [u8]) -> Self {
        let kind = if der.first() == Some(&write::SEQUENCE) {
            match CertificateInner::<Raw>::from_der(der) {
                Ok(_) => CertificateKind::X509,
                Err(error) => CertificateKind::Unreadable(error.to_string()),
            }
        } else {
            CertificateKind::Other
        };
        Self { der, kind }
    }
}

impl<'a> EmbeddedRevocation<'a> {
    fn look(der: &'a [u8]) -> Self {
        if der.first() == Some(&write::SEQUENCE) {
            return Self { der, kind: RevocationKind::Crl };
        }
        match ocsp_response(der) {
            Ok(Some(response)) => Self { der: response, kind: RevocationKind::Ocsp },
            Ok(None) | Err(_) => Self { der, kind: RevocationKind::Other },
        }
    }
}

/// The response inside an `OtherRevocationInfoFormat`: `[1] { OBJECT IDENTIFIER, OCSPResponse }`.
fn ocsp_response(der: &[u8]) -> Result<Option<&[u8]>, Asn1Error> {
    let mut fields = Tlv::only(der)?.children();
    let format = read_oid(&fields.any("a revocation format")?)?;
    let value = fields.any("revocation data")?;
    Ok((format == oid::OCSP_RESPONSE).then_some(value.raw()))
}

#[derive(Clone, Debug)]
struct Layout {
    content_type: Oid,
    content_info: Range<usize>,
    content: Option<Range<usize>>,
    certificate_set: Option<Range<usize>>,
    revocation_set: Option<Range<usize>>,
    certificates: Vec<Range<usize>>,
    revocation: Vec<Range<usize>>,
    signers: Vec<SignerLayout>,
}

#[derive(Clone, Debug)]
struct SignerLayout {
    /// From the version to the signature value.
    fields: Range<usize>,
    id: IdLayout,
    digest_algorithm: Range<usize>,
    signed_attributes: Option<Range<usize>>,
    signature_algorithm: Range<usize>,
    signature: Range<usize>,
    unsigned_attributes: Option<Range<usize>>,
}

#[derive(Clone, Debug)]
enum IdLayout {
    IssuerAndSerial { issuer: Range<usize>, serial: Range<usize> },
    KeyIdentifier(Range<usize>),
}

impl Layout {
    fn read(der: &[u8]) -> Result<Self, ParseError> {
        let mut outer = Reader::new(der, 0).expect(write::SEQUENCE, "a CMS")?.children();
        let kind = read_oid(&outer.any("a content type")?)?;
        if kind != oid::SIGNED_DATA {
            return Err(ParseError::NotSignedData(kind));
        }
        let content = outer.expect(write::context(0), "signed data")?;
        let signed_data = content.children().expect(write::SEQUENCE, "signed data")?;
        let mut fields = signed_data.children();
        fields.expect(write::INTEGER, "a version")?;
        fields.expect(write::SET, "digest algorithms")?;
        let info = fields.expect(write::SEQUENCE, "a content description")?;
        let (content_type, content) = Self::read_content(&info)?;
        let certificates = fields.optional(write::context(0), "certificates")?;
        let revocation = fields.optional(write::context(1), "revocation data")?;
        let (certificate_set, revocation_set) =
            (certificates.map(|set| set.range()), revocation.map(|set| set.range()));
        let (certificates, revocation) = (ranges(certificates)?, ranges(revocation)?);
        let signers = fields.expect(write::SET, "signers")?;
        let signers = signers.children().rest("a signer")?.iter().map(SignerLayout::read).collect::<Result<_, _>>()?;
        let content_info = info.range();
        Ok(Self {
            content_type,
            content_info,
            content,
            certificate_set,
            revocation_set,
            certificates,
            revocation,
            signers,
        })
    }

    /// `EncapsulatedContentInfo`; PKCS#7 has any element where CMS has an OCTET STRING, and signs its contents alike.
    fn read_content(info: &Tlv<'_>) -> Result<(Oid, Option<Range<usize>>), Asn1Error> {
        let mut fields = info.children();
        let content_type = read_oid(&fields.any("a content type")?)?;
        let content = match fields.optional(write::context(0), "a content")? {
            Some(wrapper) => Some(wrapper.children().any("a content")?.body_range()),
            None => None,
        };
        Ok((content_type, content))
    }
}

impl SignerLayout {
    fn read(signer: &Tlv<'_>) -> Result<Self, Asn1Error> {
        if signer.tag() != write::SEQUENCE {
            return Err(Asn1Error::Unexpected { what: "a signer", offset: signer.offset() });
        }
        let mut fields = signer.children();
        let version = fields.expect(write::INTEGER, "a version")?;
        let id = IdLayout::read(&fields.any("a signer identifier")?)?;
        let digest_algorithm = fields.expect(write::SEQUENCE, "a digest algorithm")?;
        let signed_attributes = fields.optional(write::context(0), "signed attributes")?;
        let signature_algorithm = fields.expect(write::SEQUENCE, "a signature algorithm")?;
        let signature = fields.expect(write::OCTET_STRING, "a signature value")?;
        let unsigned_attributes = fields.optional(write::context(1), "unsigned attributes")?;
        Ok(Self {
            fields: version.range().start..signature.range().end,
            id,
            digest_algorithm: digest_algorithm.range(),
            signed_attributes: signed_attributes.map(|set| set.range()),
            signature_algorithm: signature_algorithm.range(),
            signature: signature.body_range(),
            unsigned_attributes: unsigned_attributes.map(|set| set.range()),
        })
    }
}

impl IdLayout {
    fn read(id: &Tlv<'_>) -> Result<Self, Asn1Error> {
        match id.tag() {
            write::SEQUENCE => {
                let mut fields = id.children();
                let issuer = fields.expect(write::SEQUENCE, "an issuer")?.range();
                let serial = fields.expect(write::INTEGER, "a serial number")?.range();
                Ok(Self::IssuerAndSerial { issuer, serial })
            }
            0x80 => Ok(Self::KeyIdentifier(id.body_range())),
            _ => Err(Asn1Error::Unexpected { what: "a signer identifier", offset: id.offset() }),
        }
    }
}

fn ranges(set: Option<Tlv<'_>>) -> Result<Vec<Range<usize>>, Asn1Error> {
    match set {
        Some(set) => Ok(set.children().rest("an element of a set")?.iter().map(Tlv::range).collect()),
        None => Ok(Vec::new()),
    }
}
