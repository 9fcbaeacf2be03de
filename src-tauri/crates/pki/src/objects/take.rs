//! From the bytes of one object to the object, and to what is in it.

use cartorio_asn1::{Limits, Module, Tree, recognise};

use super::{Broken, Found, ObjectKind, PkiObject, Place, ReadError, Sink};
use crate::asn1::{self, Reader};
use crate::certificate::{Certificate, CertificateError};
use crate::cms::{self, Part, PartKind};
use crate::crl::{Crl, CrlError};
use crate::csr::Csr;
use crate::key::KeyFacts;
use crate::ocsp::{OcspError, OcspResponse};
use crate::timestamp;

/// Takes one object: `der` stands at `at` of `place` and takes `length` bytes there. What it is, its content says; a PEM
/// label only where the content does not.
pub(super) fn take(der: &[u8], at: usize, length: usize, label: Option<&str>, place: &Place, sink: &mut Sink<'_>) {
    let module = recognise(der);
    let kind = match (module, label) {
        (Some(module), _) => ObjectKind::of_module(module),
        (None, Some(label)) => ObjectKind::of_label(label),
        (None, None) => ObjectKind::Unknown,
    };
    if kind.is_secret() {
        return secret(kind, length, &Place { base: place.offset(at), ..place.clone() }, sink);
    }
    let mut reader = Reader::new(der);
    let element = match reader.next() {
        Ok(Some(element)) => element,
        Ok(None) | Err(_) => return broken(der, at, kind, None, place, sink),
    };
    let rest = der.len() - element.raw.len();
    let taker = Taker { at, length, place, inside: None };
    // OpenSSL appends its trust settings to a TRUSTED CERTIFICATE.
    if rest > 0 && label != Some("TRUSTED CERTIFICATE") && module.is_some() {
        let reason = format!("{rest} bytes follow it");
        taker.problem(element.raw.len(), kind.clone(), None, reason, sink);
    }
    let der = element.raw;
    match module {
        Some(module) => taker.take(module, der, sink),
        None => match kind {
            ObjectKind::Labelled(_) => taker.push(PkiObject::Other { kind, der: der.to_vec() }, sink),
            kind => broken(der, at, kind, Some("its fields are not those of its kind"), place, sink),
        },
    }
}

/// A private key: that it is there, and nothing of it.
pub(super) fn secret(kind: ObjectKind, length: usize, place: &Place, sink: &mut Sink<'_>) {
    let taker = Taker { at: 0, length, place, inside: None };
    taker.push(PkiObject::Other { kind, der: Vec::new() }, sink);
}

/// ASN.1 of a structure that is not known: said, and kept to be looked at.
pub(super) fn unknown(der: &[u8], at: usize, place: &Place, sink: &mut Sink<'_>) {
    let error = ReadError::Unrecognised { object: sink.object, offset: place.trouble(at) };
    keep(der, at, ObjectKind::Unknown, error, place, sink);
}

/// Something that begins like an object and cannot be read as one.
pub(super) fn broken(
    der: &[u8],
    at: usize,
    kind: ObjectKind,
    reason: Option<&str>,
    place: &Place,
    sink: &mut Sink<'_>,
) {
    let tree = look(der);
    let (offset, found) = match tree.trouble {
        Some(trouble) => (trouble.offset, trouble.problem.to_string()),
        None => (0, reason.unwrap_or("it cannot be read").to_owned()),
    };
    let error = ReadError::Malformed {
        object: sink.object,
        kind: kind.clone(),
        offset: place.trouble(at + offset),
        field: field_at(&tree, offset),
        reason: found,
    };
    keep(der, at, kind, error, place, sink);
}

/// Whether bytes between others really are an object: they are read to their end.
pub(super) fn is_sure(module: Module, der: &[u8]) -> bool {
    match module {
        Module::Certificate => Certificate::from_der(der).is_ok(),
        Module::CertificateList => Crl::from_der(der).is_ok(),
        Module::CertificationRequest => Csr::from_der(der).is_ok(),
        Module::OcspResponse => OcspResponse::from_der(der).is_ok_and(|response| response.basic.is_some()),
        Module::ContentInfo => cms::open(der).is_ok(),
        Module::TimeStampResp => timestamp::read(der).is_ok(),
        Module::Pfx | Module::PrivateKeyInfo | Module::EncryptedPrivateKeyInfo => look(der).trouble.is_none(),
        Module::AttributeCertificate
        | Module::OcspRequest
        | Module::BasicOcspResponse
        | Module::TimeStampReq
        | Module::TstInfo
        | Module::RsaPrivateKey
        | Module::EcPrivateKey
        | Module::DsaPrivateKey
        | Module::SubjectPublicKeyInfo
        | Module::RsaPublicKey => false,
    }
}

struct Taker<'a> {
    /// Where the object stands in `place`.
    at: usize,
    length: usize,
    place: &'a Place,
    inside: Option<ObjectKind>,
}

impl Taker<'_> {
    fn take(&self, module: Module, der: &[u8], sink: &mut Sink<'_>) {
        let kind = ObjectKind::of_module(module);
        let other = || PkiObject::Other { kind: kind.clone(), der: der.to_vec() };
        match module {
            Module::Certificate => self.certificate(der, 0, sink),
            Module::CertificateList => self.crl(der, 0, sink),
            Module::CertificationRequest => match Csr::from_der(der) {
                Ok(csr) => self.push(PkiObject::Csr(csr), sink),
                Err(error) => self.malformed(der, 0, error.offset(), kind, &error, sink),
            },
            Module::OcspResponse => self.ocsp(OcspResponse::from_der(der), der, 0, sink),
            Module::BasicOcspResponse => self.ocsp(OcspResponse::from_basic_der(der), der, 0, sink),
            Module::ContentInfo => self.container(der, sink),
            Module::TimeStampResp => self.time_stamp(der, sink),
            Module::Pfx => self.push(PkiObject::P12 { der: der.to_vec() }, sink),
            Module::SubjectPublicKeyInfo => {
                let facts = KeyFacts::from_spki(der);
                self.push(PkiObject::PublicKey { facts, der: der.to_vec() }, sink);
            }
            Module::RsaPublicKey => {
                let rsa = asn1::seq([asn1::tlv(asn1::OID, RSA), asn1::tlv(asn1::NULL, &[])]);
                let facts = KeyFacts::from_spki(&asn1::seq([rsa, asn1::bits(der)]));
                self.push(PkiObject::PublicKey { facts, der: der.to_vec() }, sink);
            }
            Module::AttributeCertificate
            | Module::OcspRequest
            | Module::TimeStampReq
            | Module::TstInfo
            | Module::EncryptedPrivateKeyInfo => self.push(other(), sink),
            Module::PrivateKeyInfo | Module::RsaPrivateKey | Module::EcPrivateKey | Module::DsaPrivateKey => {
                self.push(PkiObject::Other { kind, der: Vec::new() }, sink);
            }
        }
    }

    fn certificate(&self, der: &[u8], offset: usize, sink: &mut Sink<'_>) {
        match Certificate::from_der(der) {
            Ok(certificate) => self.push_at(offset, PkiObject::Certificate(certificate), sink),
            Err(error) => {
                let reason = match &error {
                    CertificateError::Malformed { reason, .. } => reason.clone(),
                    CertificateError::TrailingData { .. } => error.to_string(),
                };
                self.malformed(der, offset, error.offset(), ObjectKind::Certificate, &reason, sink);
            }
        }
    }

    fn crl(&self, der: &[u8], offset: usize, sink: &mut Sink<'_>) {
        match Crl::from_der(der) {
            Ok(crl) => self.push_at(offset, PkiObject::Crl(crl), sink),
            Err(error) => {
                let reason = match &error {
                    CrlError::Malformed { reason, .. } => reason.clone(),
                    CrlError::TrailingData { .. } => error.to_string(),
                };
                self.malformed(der, offset, error.offset(), ObjectKind::Crl, &reason, sink);
            }
        }
    }

    /// A response, then the certificates that came along.
    fn ocsp(&self, read: Result<OcspResponse, OcspError>, der: &[u8], offset: usize, sink: &mut Sink<'_>) {
        match read {
            Ok(response) => {
                self.push_at(offset, PkiObject::OcspResponse(response.clone()), sink);
                let inner = self.inside(ObjectKind::OcspResponse);
                for certificate in response.basic.iter().flat_map(|basic| &basic.certificates) {
                    inner.push_at(offset, PkiObject::Certificate(certificate.clone()), sink);
                }
            }
            Err(error) => self.malformed(der, offset, error.offset(), ObjectKind::OcspResponse, &error, sink),
        }
    }

    fn container(&self, der: &[u8], sink: &mut Sink<'_>) {
        let opened = match cms::open(der) {
            Ok(opened) => opened,
            Err(error) => return self.malformed(der, 0, error.offset, ObjectKind::Pkcs7, &error.problem, sink),
        };
        let Some(signed) = &opened.facts.signed else {
            return self.push(PkiObject::Cms(Box::new(opened.facts)), sink);
        };
        if signed.content_type.oid == cms::TST_INFO && signed.content_size.is_some() {
            return self.time_stamp(der, sink);
        }
        if signed.signers.is_empty() {
            if opened.parts.is_empty() {
                let reason = "the container holds neither certificates nor lists";
                return self.malformed(der, 0, 0, ObjectKind::Pkcs7, &reason, sink);
            }
            return self.inside(ObjectKind::Pkcs7).parts(&opened.parts, sink);
        }
        self.push(PkiObject::Cms(Box::new(opened.facts)), sink);
        self.inside(ObjectKind::CmsSignature).parts(&opened.parts, sink);
    }

    fn time_stamp(&self, der: &[u8], sink: &mut Sink<'_>) {
        match timestamp::read(der) {
            Ok((stamp, parts)) => {
                self.push(PkiObject::TimeStamp(Box::new(stamp)), sink);
                self.inside(ObjectKind::TimeStamp).parts(&parts, sink);
            }
            Err(error) => self.malformed(der, 0, error.offset, ObjectKind::TimeStamp, &error.problem, sink),
        }
    }

    fn parts(&self, parts: &[Part], sink: &mut Sink<'_>) {
        for part in parts {
            match part.kind {
                PartKind::Certificate => self.certificate(&part.der, part.offset, sink),
                PartKind::Crl => self.crl(&part.der, part.offset, sink),
                PartKind::OcspResponse => {
                    self.ocsp(OcspResponse::from_der(&part.der), &part.der, part.offset, sink);
                }
            }
        }
    }

    fn inside(&self, kind: ObjectKind) -> Self {
        Self { inside: Some(kind), ..*self }
    }

    fn push(&self, object: PkiObject, sink: &mut Sink<'_>) {
        self.push_at(0, object, sink);
    }

    fn push_at(&self, offset: usize, object: PkiObject, sink: &mut Sink<'_>) {
        let length =
            if self.inside.is_some() { self.place.length(object.der().len()) } else { self.place.length(self.length) };
        sink.push(Found {
            index: sink.object,
            offset: self.place.offset(self.at + offset),
            length,
            origin: self.place.origin(self.inside.clone()),
            object,
        });
    }

    /// `offset` is that of the object inside the container, `trouble` that of what is wrong inside the object.
    fn malformed(
        &self,
        der: &[u8],
        offset: usize,
        trouble: usize,
        kind: ObjectKind,
        reason: &dyn std::fmt::Display,
        sink: &mut Sink<'_>,
    ) {
        let tree = look(der);
        // Where the bytes are no ASN.1 at all, that is the exact place.
        let (trouble, reason) = match tree.trouble {
            Some(own) => (own.offset, own.problem.to_string()),
            None => (trouble, reason.to_string()),
        };
        let error = ReadError::Malformed {
            object: sink.object,
            kind: kind.clone(),
            offset: self.place.trouble(self.at + offset + trouble),
            field: field_at(&tree, trouble),
            reason,
        };
        keep(der, self.at + offset, kind, error, self.place, sink);
    }

    fn problem(&self, offset: usize, kind: ObjectKind, field: Option<String>, reason: String, sink: &mut Sink<'_>) {
        let offset = self.place.trouble(self.at + offset);
        let object = sink.object;
        sink.problem(self.place, ReadError::Malformed { object, kind, offset, field, reason });
    }
}

const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];

fn keep(der: &[u8], at: usize, kind: ObjectKind, error: ReadError, place: &Place, sink: &mut Sink<'_>) {
    let problem = sink.problem(place, error);
    let kept: usize = sink.bundle.broken.iter().map(|broken| broken.der.len()).sum();
    if sink.bundle.broken.len() < 1_000 {
        let room = !kind.is_secret() && kept + der.len() <= sink.limits.max_bytes;
        sink.bundle.broken.push(Broken {
            index: sink.object,
            offset: place.offset(at),
            kind,
            origin: place.origin(None),
            der: if room { der.to_vec() } else { Vec::new() },
            problem,
        });
    }
}

fn look(der: &[u8]) -> Tree {
    cartorio_asn1::read(der, &Limits { max_nodes: 20_000, ..Limits::default() })
}

/// The field that has this byte; the one before, when the data ends there.
fn field_at(tree: &Tree, offset: usize) -> Option<String> {
    let mut at = tree.at_offset(offset).or_else(|| tree.at_offset(offset.checked_sub(1)?));
    while let Some(index) = at {
        if let Some(path) = tree.path(index).filter(|path| !path.is_empty()) {
            return Some(path);
        }
        at = tree.nodes[index].parent;
    }
    None
}
