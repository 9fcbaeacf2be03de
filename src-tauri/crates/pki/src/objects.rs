//! Opening whatever PKI file somebody has: by its content, never by its name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::asn1::{self, Asn1Error, Reader, Tlv};
use crate::certificate::{Certificate, CertificateError};
use crate::crl::{Crl, CrlError};

/// More objects than this in one file are not read.
const MAX_OBJECTS: usize = 10_000;

/// Reads every PKI object in `bytes`: PEM (many, with other text between), DER, several DER one after the other,
/// PKCS#7 with certificates and CRLs (DER or BER), bare base64. A P12 is recognised, not opened.
///
/// # Errors
/// [`ReadError`] when nothing could be read at all. Where something could, what could not is in [`Bundle::problems`].
pub fn read_objects(bytes: &[u8]) -> Result<Bundle, ReadError> {
    let mut bundle = Bundle::default();
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadError::Empty);
    }
    if find(bytes, BEGIN, 0).is_some() {
        read_pem(bytes, &mut bundle);
    } else if bytes.first() == Some(&asn1::SEQUENCE) {
        read_der_sequence(bytes, Origin { base: 0, in_pem: false }, &mut bundle);
    } else if let Some(der) = bare_base64(bytes) {
        read_der_sequence(&der, Origin { base: 0, in_pem: true }, &mut bundle);
    }
    if bundle.objects.is_empty() {
        return Err(bundle.problems.into_iter().next().unwrap_or(ReadError::Unrecognised { object: 0, offset: 0 }));
    }
    Ok(bundle)
}

/// What a file held.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    /// What could be read, in the order of the file.
    pub objects: Vec<Found>,
    /// What could not.
    pub problems: Vec<ReadError>,
}

impl Bundle {
    /// Every certificate, without repetitions.
    pub fn certificates(&self) -> Vec<Certificate> {
        let mut out: Vec<Certificate> = Vec::new();
        for found in &self.objects {
            if let PkiObject::Certificate(certificate) = &found.object
                && !out.contains(certificate)
            {
                out.push(certificate.clone());
            }
        }
        out
    }

    /// Every revocation list.
    pub fn crls(&self) -> Vec<Crl> {
        self.objects
            .iter()
            .filter_map(|found| match &found.object {
                PkiObject::Crl(crl) => Some(crl.clone()),
                PkiObject::Certificate(_) | PkiObject::P12 { .. } | PkiObject::Other(_) => None,
            })
            .collect()
    }
}

/// An object and where it was.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its place in the file, counted from 0.
    pub index: usize,
    /// Offset of its first byte in the file (for PEM, of its BEGIN line).
    pub offset: usize,
    /// The object.
    pub object: PkiObject,
}

/// A PKI object.
#[derive(Clone, Debug)]
pub enum PkiObject {
    /// A certificate.
    Certificate(Certificate),
    /// A revocation list.
    Crl(Crl),
    /// A PKCS#12 file; [`crate::p12::open`] needs its password.
    P12 {
        /// The whole file.
        der: Vec<u8>,
    },
    /// Recognised, but not opened here. A private key's bytes are not kept.
    Other(ObjectKind),
}

/// Kinds of objects that are recognised by their structure or their PEM label.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ObjectKind {
    /// A certificate (used in errors).
    Certificate,
    /// A revocation list (used in errors).
    Crl,
    /// A PKCS#7 or CMS container (used in errors).
    Pkcs7,
    /// A private key, in clear.
    PrivateKey,
    /// A private key, encrypted.
    EncryptedPrivateKey,
    /// A public key.
    PublicKey,
    /// A certification request (PKCS#10).
    CertificationRequest,
    /// A CMS signature over content: for the signature validator.
    CmsSignature,
    /// A PEM block with another label.
    Labelled(String),
}

impl ObjectKind {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Crl => "crl",
            Self::Pkcs7 => "pkcs7",
            Self::PrivateKey => "private_key",
            Self::EncryptedPrivateKey => "encrypted_private_key",
            Self::PublicKey => "public_key",
            Self::CertificationRequest => "certification_request",
            Self::CmsSignature => "cms_signature",
            Self::Labelled(_) => "other_pem",
        }
    }
}

/// What could not be read, and where.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ReadError {
    /// The file has no content.
    #[error("the file is empty")]
    Empty,
    /// The content is no PKI object that this program knows.
    #[error("object {object} at byte {offset} is not a certificate, a bundle, a CRL or a P12")]
    Unrecognised {
        /// Which object, counted from 0.
        object: usize,
        /// Offset in the file.
        offset: usize,
    },
    /// The content is of a known kind but broken.
    #[error("object {object} is a malformed {}, at byte {offset}: {reason}", .kind.code())]
    Malformed {
        /// Which object, counted from 0.
        object: usize,
        /// What it seems to be.
        kind: ObjectKind,
        /// Offset of the trouble: in the file, or in the decoded object when it stands in PEM or base64.
        offset: usize,
        /// What the decoder says.
        reason: String,
    },
    /// A PEM block is broken.
    #[error("the PEM block {object} at byte {offset} is broken: {reason}")]
    Pem {
        /// Which object, counted from 0.
        object: usize,
        /// Offset of its BEGIN line.
        offset: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// More objects than are read from one file.
    #[error("the file has more than {limit} objects")]
    TooMany {
        /// The limit.
        limit: usize,
    },
}

impl ReadError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "file_empty",
            Self::Unrecognised { .. } => "pki_unrecognised",
            Self::Malformed { .. } => "pki_malformed",
            Self::Pem { .. } => "pem_broken",
            Self::TooMany { .. } => "pki_too_many",
        }
    }

    /// Data for the message. `object` counts from 1 here, for people.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        let place =
            |object: &usize, offset: &usize| vec![("object", (object + 1).to_string()), ("offset", offset.to_string())];
        match self {
            Self::Empty => Vec::new(),
            Self::Unrecognised { object, offset } => place(object, offset),
            Self::Malformed { object, kind, offset, reason } => {
                let mut params = place(object, offset);
                params.extend([("kind", kind.code().to_owned()), ("reason", reason.clone())]);
                params
            }
            Self::Pem { object, offset, reason } => {
                let mut params = place(object, offset);
                params.push(("reason", (*reason).to_owned()));
                params
            }
            Self::TooMany { limit } => vec![("limit", limit.to_string())],
        }
    }
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

/// Where the bytes at hand stand in the file.
#[derive(Clone, Copy)]
struct Origin {
    /// Added to offsets; in PEM, the place of the BEGIN line.
    base: usize,
    in_pem: bool,
}

impl Origin {
    fn place(self, offset: usize) -> usize {
        if self.in_pem { self.base } else { self.base + offset }
    }
}

fn read_pem(bytes: &[u8], bundle: &mut Bundle) {
    let mut from = 0;
    let mut object = 0;
    while let Some(begin) = find(bytes, BEGIN, from) {
        if object >= MAX_OBJECTS {
            bundle.problems.push(ReadError::TooMany { limit: MAX_OBJECTS });
            return;
        }
        from = begin + BEGIN.len();
        let broken = |reason| ReadError::Pem { object, offset: begin, reason };
        let Some(label_end) = find(bytes, b"-----", from) else {
            bundle.problems.push(broken("the BEGIN line has no end"));
            return;
        };
        let label = String::from_utf8_lossy(&bytes[from..label_end]).into_owned();
        let body_start = label_end + 5;
        let end_line = [END, label.as_bytes(), b"-----"].concat();
        let Some(body_end) = find(bytes, &end_line, body_start) else {
            bundle.problems.push(broken("there is no END line"));
            object += 1;
            continue;
        };
        from = body_end + end_line.len();
        let body = &bytes[body_start..body_end];
        if find(body, BEGIN, 0).is_some() {
            bundle.problems.push(broken("another BEGIN line stands inside"));
        } else {
            match decode_base64(strip_headers(body)) {
                Some(der) => take_labelled(&label, &der, Origin { base: begin, in_pem: true }, object, bundle),
                None => bundle.problems.push(broken("the content is not base64")),
            }
        }
        object += 1;
    }
}

fn take_labelled(label: &str, der: &[u8], origin: Origin, object: usize, bundle: &mut Bundle) {
    let other = |kind| Found { index: object, offset: origin.base, object: PkiObject::Other(kind) };
    match label {
        "CERTIFICATE" | "X509 CERTIFICATE" => take_certificate(der, origin, object, bundle),
        // OpenSSL appends its trust settings to the certificate.
        "TRUSTED CERTIFICATE" => {
            let own = Reader::new(der).expect(asn1::SEQUENCE).map_or(der, |element| element.raw);
            take_certificate(own, origin, object, bundle);
        }
        "X509 CRL" => take_crl(der, origin, object, bundle),
        "PKCS7" | "CMS" | "PKCS12" => take_element(der, origin, object, bundle),
        "ENCRYPTED PRIVATE KEY" => bundle.objects.push(other(ObjectKind::EncryptedPrivateKey)),
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
            bundle.objects.push(other(ObjectKind::CertificationRequest));
        }
        label if label.ends_with("PRIVATE KEY") => bundle.objects.push(other(ObjectKind::PrivateKey)),
        label if label.ends_with("PUBLIC KEY") => bundle.objects.push(other(ObjectKind::PublicKey)),
        label => bundle.objects.push(other(ObjectKind::Labelled(label.to_owned()))),
    }
}

/// DER elements one after the other.
fn read_der_sequence(bytes: &[u8], origin: Origin, bundle: &mut Bundle) {
    let mut reader = Reader::new(bytes);
    for object in 0.. {
        if object >= MAX_OBJECTS {
            bundle.problems.push(ReadError::TooMany { limit: MAX_OBJECTS });
            return;
        }
        let start = reader.offset();
        // Line ends and padding after the last element are no object.
        if bytes[start..].iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0) {
            return;
        }
        match reader.next() {
            Ok(Some(element)) => {
                let origin = Origin { base: origin.base + start, in_pem: origin.in_pem };
                take_element(element.raw, origin, object, bundle);
            }
            Ok(None) => return,
            Err(error) => {
                bundle.problems.push(if object == 0 && start == 0 && bytes.len() < 4 {
                    ReadError::Unrecognised { object, offset: origin.place(start) }
                } else {
                    ReadError::Malformed {
                        object,
                        kind: ObjectKind::Certificate,
                        offset: origin.place(error.offset),
                        reason: error.problem.to_owned(),
                    }
                });
                return;
            }
        }
    }
}

fn take_element(der: &[u8], origin: Origin, object: usize, bundle: &mut Bundle) {
    let found = |object_found| Found { index: object, offset: origin.base, object: object_found };
    match classify(der) {
        Ok(Shape::Certificate) => take_certificate(der, origin, object, bundle),
        Ok(Shape::Crl) => take_crl(der, origin, object, bundle),
        Ok(Shape::Pfx) => bundle.objects.push(found(PkiObject::P12 { der: der.to_vec() })),
        Ok(Shape::SignedData) => take_signed_data(der, origin, object, bundle),
        Ok(Shape::Other(kind)) => bundle.objects.push(found(PkiObject::Other(kind))),
        Ok(Shape::Unknown) => {
            bundle.problems.push(ReadError::Unrecognised { object, offset: origin.base });
        }
        Err(error) => bundle.problems.push(ReadError::Malformed {
            object,
            kind: ObjectKind::Certificate,
            offset: origin.place(error.offset),
            reason: error.problem.to_owned(),
        }),
    }
}

fn take_certificate(der: &[u8], origin: Origin, object: usize, bundle: &mut Bundle) {
    match Certificate::from_der(der) {
        Ok(certificate) => bundle.objects.push(Found {
            index: object,
            offset: origin.base,
            object: PkiObject::Certificate(certificate),
        }),
        Err(error) => {
            let reason = match &error {
                CertificateError::Malformed { reason, .. } => reason.clone(),
                CertificateError::TrailingData { .. } => error.to_string(),
            };
            bundle.problems.push(ReadError::Malformed {
                object,
                kind: ObjectKind::Certificate,
                offset: if origin.in_pem { error.offset() } else { origin.base + error.offset() },
                reason,
            });
        }
    }
}

fn take_crl(der: &[u8], origin: Origin, object: usize, bundle: &mut Bundle) {
    match Crl::from_der(der) {
        Ok(crl) => {
            bundle.objects.push(Found { index: object, offset: origin.base, object: PkiObject::Crl(crl) });
        }
        Err(error) => {
            let reason = match &error {
                CrlError::Malformed { reason, .. } => reason.clone(),
                CrlError::TrailingData { .. } => error.to_string(),
            };
            bundle.problems.push(ReadError::Malformed {
                object,
                kind: ObjectKind::Crl,
                offset: if origin.in_pem { error.offset() } else { origin.base + error.offset() },
                reason,
            });
        }
    }
}

/// The certificates and CRLs of a PKCS#7 or CMS SignedData (RFC 5652 §5.1).
fn take_signed_data(der: &[u8], origin: Origin, object: usize, bundle: &mut Bundle) {
    let before = bundle.objects.len();
    let outcome = (|| -> Result<bool, Asn1Error> {
        let mut outer = Reader::new(der).expect(asn1::SEQUENCE)?.children();
        outer.expect(asn1::OID)?;
        let mut parts = outer.expect(0xa0)?.children().expect(asn1::SEQUENCE)?.children();
        parts.expect(asn1::INTEGER)?;
        parts.expect(asn1::SET)?;
        parts.expect(asn1::SEQUENCE)?;
        let mut signed = false;
        while let Some(part) = parts.next()? {
            let inner_origin = |item: &Tlv<'_>| Origin { base: origin.place(item.offset), in_pem: origin.in_pem };
            match part.tag {
                0xa0 => {
                    for item in part.all_children()? {
                        // [0] and above are attribute and other certificates.
                        if item.tag == asn1::SEQUENCE {
                            take_certificate(item.raw, inner_origin(&item), object, bundle);
                        }
                    }
                }
                0xa1 => {
                    for item in part.all_children()?.iter().filter(|item| item.tag == asn1::SEQUENCE) {
                        take_crl(item.raw, inner_origin(item), object, bundle);
                    }
                }
                asn1::SET => signed = !part.content.is_empty(),
                _ => {}
            }
        }
        Ok(signed)
    })();
    match outcome {
        Ok(true) => bundle.objects.insert(
            before,
            Found { index: object, offset: origin.base, object: PkiObject::Other(ObjectKind::CmsSignature) },
        ),
        Ok(false) if bundle.objects.len() == before && bundle.problems.is_empty() => {
            bundle.problems.push(ReadError::Malformed {
                object,
                kind: ObjectKind::Pkcs7,
                offset: origin.base,
                reason: "the container holds neither certificates nor lists".to_owned(),
            });
        }
        Ok(false) => {}
        Err(error) => bundle.problems.push(ReadError::Malformed {
            object,
            kind: ObjectKind::Pkcs7,
            offset: origin.place(error.offset),
            reason: error.problem.to_owned(),
        }),
    }
}

enum Shape {
    Certificate,
    Crl,
    Pfx,
    SignedData,
    Other(ObjectKind),
    Unknown,
}

/// Tells objects apart by the types of their first fields.
fn classify(der: &[u8]) -> Result<Shape, Asn1Error> {
    let Some(outer) = Reader::new(der).next()? else {
        return Ok(Shape::Unknown);
    };
    if outer.tag != asn1::SEQUENCE {
        return Ok(Shape::Unknown);
    }
    let mut fields = outer.children();
    let (Some(first), second) = (fields.next()?, fields.next()?) else {
        return Ok(Shape::Unknown);
    };
    let second_tag = second.map(|element| element.tag);
    Ok(match (first.tag, second_tag) {
        (asn1::OID, Some(0xa0)) if asn1::oid_text(first.content) == "1.2.840.113549.1.7.2" => Shape::SignedData,
        (asn1::INTEGER, Some(asn1::SEQUENCE)) if first.content == [3] => Shape::Pfx,
        (asn1::INTEGER, Some(asn1::SEQUENCE | asn1::INTEGER | asn1::OCTET_STRING)) => {
            Shape::Other(ObjectKind::PrivateKey)
        }
        (asn1::SEQUENCE, Some(asn1::OCTET_STRING)) => Shape::Other(ObjectKind::EncryptedPrivateKey),
        (asn1::SEQUENCE, Some(asn1::BIT_STRING)) => Shape::Other(ObjectKind::PublicKey),
        (asn1::SEQUENCE, Some(asn1::SEQUENCE)) => {
            let mut tags = Vec::new();
            let mut inner = first.children();
            while tags.len() < 5 {
                match inner.next()? {
                    Some(element) => tags.push(element.tag),
                    None => break,
                }
            }
            let is_time = |tag: &u8| matches!(*tag, asn1::UTC_TIME | asn1::GENERALIZED_TIME);
            match tags.as_slice() {
                [0xa0, ..] => Shape::Certificate,
                [asn1::INTEGER, asn1::SEQUENCE, asn1::SEQUENCE, time, ..] if is_time(time) => Shape::Crl,
                [asn1::SEQUENCE, asn1::SEQUENCE, time, ..] if is_time(time) => Shape::Crl,
                [asn1::INTEGER, asn1::SEQUENCE, asn1::SEQUENCE, 0xa0, ..] => {
                    Shape::Other(ObjectKind::CertificationRequest)
                }
                [asn1::INTEGER, asn1::SEQUENCE, asn1::SEQUENCE, asn1::SEQUENCE, asn1::SEQUENCE] => Shape::Certificate,
                _ => Shape::Unknown,
            }
        }
        _ => Shape::Unknown,
    })
}

fn find(bytes: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.windows(needle.len()).position(|window| window == needle).map(|at| from + at)
}

/// RFC 1421 headers (`Proc-Type: …`) end at an empty line.
fn strip_headers(body: &[u8]) -> &[u8] {
    if !body.contains(&b':') {
        return body;
    }
    [b"\n\n".as_slice(), b"\r\n\r\n"]
        .iter()
        .filter_map(|gap| find(body, gap, 0).map(|at| at + gap.len()))
        .min()
        .map_or(body, |at| &body[at..])
}

fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let plain: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(plain).ok()
}

fn bare_base64(bytes: &[u8]) -> Option<Vec<u8>> {
    decode_base64(bytes).filter(|der| der.first() == Some(&asn1::SEQUENCE))
}
