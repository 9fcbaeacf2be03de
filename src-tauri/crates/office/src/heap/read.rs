//! From the bytes of a file to objects.

use std::sync::Arc;

use cartorio_core::WireError;
use cartorio_pki::{
    Certificate, CmsFacts, Crl, Csr, Encoding, Found as Read, KeyFacts, ObjectKind, OcspResponse, PkiObject, ReadError,
    ReadLimits, TimeStamp, read_file,
};

use super::store::{self, Store};
use crate::OfficeError;
use crate::certificates::sha256;
use crate::dto::{HeapKind, HeapProblem};

/// What an object is, with what is kept of it.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// A certificate.
    Certificate(Certificate),
    /// A revocation list.
    Crl(Crl),
    /// A certification request.
    Csr(Csr),
    /// An OCSP response.
    Ocsp(OcspResponse),
    /// A time stamp.
    TimeStamp(Box<TimeStamp>),
    /// A CMS signature, or another CMS container.
    Cms(Box<CmsFacts>),
    /// A P12 file or a Java key store.
    Store(Store),
    /// A private key: what kind it is, and nothing else.
    PrivateKey(KeyNote),
    /// A public key.
    PublicKey(KeyFacts, Arc<Vec<u8>>),
    /// Something else, or something broken.
    Unknown {
        /// What it seems to be: code of a kind, or the label of a PEM block.
        label: String,
        /// Its bytes.
        bytes: Arc<Vec<u8>>,
    },
}

/// What is known of a private key.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyNote {
    /// Friendly name or alias.
    pub(crate) name: Option<String>,
    /// Algorithm by name.
    pub(crate) algorithm: Option<String>,
    /// Whether it is encrypted.
    pub(crate) encrypted: bool,
}

impl Content {
    pub(crate) fn kind(&self) -> HeapKind {
        match self {
            Self::Certificate(_) => HeapKind::Certificate,
            Self::Crl(_) => HeapKind::Crl,
            Self::Csr(_) => HeapKind::Csr,
            Self::Ocsp(_) => HeapKind::OcspResponse,
            Self::TimeStamp(_) => HeapKind::Timestamp,
            Self::Cms(cms) if cms.signed.is_some() => HeapKind::CmsSignature,
            Self::Cms(_) | Self::Unknown { .. } => HeapKind::Unknown,
            Self::Store(store) if store.is_java() => HeapKind::Jks,
            Self::Store(_) => HeapKind::P12,
            Self::PrivateKey(_) => HeapKind::PrivateKey,
            Self::PublicKey(..) => HeapKind::PublicKey,
        }
    }

    pub(crate) fn certificate(&self) -> Option<&Certificate> {
        match self {
            Self::Certificate(certificate) => Some(certificate),
            _ => None,
        }
    }

    /// Its bytes; nothing for a private key.
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Certificate(certificate) => Some(&certificate.der),
            Self::Crl(crl) => Some(&crl.der),
            Self::Csr(csr) => Some(&csr.der),
            Self::Ocsp(response) => Some(&response.der),
            Self::TimeStamp(stamp) => Some(&stamp.der),
            Self::Cms(cms) => Some(&cms.der),
            Self::Store(store) => Some(&store.bytes),
            Self::PublicKey(_, der) => Some(der),
            Self::Unknown { bytes, .. } => Some(bytes),
            Self::PrivateKey(_) => None,
        }
    }

    /// Bytes that it counts for.
    pub(super) fn weight(&self) -> u64 {
        self.bytes().map_or(0, |bytes| bytes.len() as u64)
    }

    /// Label of its PEM form, where it has one.
    pub(crate) fn pem_label(&self) -> Option<&'static str> {
        match self {
            Self::Certificate(_) => Some("CERTIFICATE"),
            Self::Crl(_) => Some("X509 CRL"),
            Self::Csr(_) => Some("CERTIFICATE REQUEST"),
            Self::PublicKey(..) => Some("PUBLIC KEY"),
            Self::Cms(_) => Some("CMS"),
            Self::TimeStamp(stamp) if stamp.response.is_none() => Some("CMS"),
            Self::TimeStamp(_) => Some("TIMESTAMP RESPONSE"),
            Self::Ocsp(_) => Some("OCSP RESPONSE"),
            Self::Store(_) | Self::PrivateKey(_) | Self::Unknown { .. } => None,
        }
    }
}

/// What was found in a source.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) content: Content,
    pub(crate) sha256: String,
    pub(crate) offset: u64,
    pub(crate) length: u64,
    /// Place in the same list of the object that it was found in; always before it.
    pub(crate) inside: Option<usize>,
}

/// Everything that one source gave.
#[derive(Debug)]
pub(crate) struct ReadSource {
    pub(crate) name: String,
    pub(crate) form: &'static str,
    pub(crate) size: u64,
    pub(crate) found: Vec<Found>,
    pub(crate) problems: Vec<HeapProblem>,
}

/// Bytes of something broken that are kept for looking at it.
const MAX_BROKEN: usize = 1 << 20;

/// Reads a file. An archive gives a source for each of its files that holds something.
pub(crate) fn source(name: &str, bytes: Vec<u8>) -> Vec<ReadSource> {
    let size = bytes.len() as u64;
    let bundle = match read_file(&bytes, &ReadLimits::default()) {
        Ok(bundle) => bundle,
        Err(error) => {
            let problems = vec![trouble(&error)];
            return vec![ReadSource { name: name.to_owned(), form: "der", size, found: Vec::new(), problems }];
        }
    };
    let mut sources: Vec<(Option<String>, Gathered)> = Vec::new();
    fn of<'a>(sources: &'a mut Vec<(Option<String>, Gathered)>, entry: Option<&String>) -> &'a mut Gathered {
        // Files of an archive come one after the other.
        let at = match sources.iter().rposition(|(own, _)| own.as_ref() == entry) {
            Some(at) => at,
            None => {
                sources.push((entry.cloned(), Gathered::default()));
                sources.len() - 1
            }
        };
        &mut sources[at].1
    }
    let mut objects = bundle.objects;
    // A container before what was in it.
    objects.sort_by_key(|own| (own.index, own.origin.inside.is_some()));
    for object in objects {
        let gathered = of(&mut sources, object.origin.entry.as_ref());
        gathered.take(object, &bytes);
    }
    for broken in bundle.broken {
        let gathered = of(&mut sources, broken.origin.entry.as_ref());
        if !broken.der.is_empty() && broken.der.len() <= MAX_BROKEN {
            let length = broken.der.len() as u64;
            let content = Content::Unknown { label: broken.kind.code().to_owned(), bytes: Arc::new(broken.der) };
            gathered.push(content, broken.offset as u64, length, None);
            gathered.forms.push(form(&broken.origin.encoding, &broken.kind, None));
        }
    }
    for problem in &bundle.problems {
        let entry = match problem {
            ReadError::InEntry { entry, .. } => Some(entry),
            _ => None,
        };
        of(&mut sources, entry).problems.push(trouble(problem));
    }
    let archive = sources.iter().any(|(entry, _)| entry.is_some());
    let all = sources.into_iter().map(|(entry, gathered)| {
        let form = match (&entry, gathered.form()) {
            (None, _) if archive => "zip",
            (_, form) => form,
        };
        let own: u64 = gathered.found.iter().filter(|found| found.inside.is_none()).map(|found| found.length).sum();
        ReadSource {
            size: if entry.is_some() { own } else { size },
            name: entry.map_or_else(|| name.to_owned(), |entry| format!("{name}/{entry}")),
            form,
            found: gathered.found,
            problems: gathered.problems,
        }
    });
    all.collect()
}

/// A source that could not be read at all.
pub(crate) fn unreadable(name: &str, error: &OfficeError) -> ReadSource {
    let problems = vec![problem(&error.wire(), None)];
    ReadSource { name: name.to_owned(), form: "der", size: 0, found: Vec::new(), problems }
}

/// Certificates that are here already, as one source.
pub(crate) fn certificates(name: &str, ders: &[Vec<u8>]) -> ReadSource {
    let mut gathered = Gathered::default();
    let mut offset = 0;
    for der in ders {
        match Certificate::from_der(der) {
            Ok(certificate) => gathered.push(Content::Certificate(certificate), offset, der.len() as u64, None),
            Err(error) => gathered.problems.push(problem(&OfficeError::from(error).wire(), Some(offset))),
        }
        offset += der.len() as u64;
    }
    let Gathered { found, problems, .. } = gathered;
    ReadSource { name: name.to_owned(), form: "der", size: offset, found, problems }
}

/// An error as a problem of a source.
pub(crate) fn problem(wire: &WireError, offset: Option<u64>) -> HeapProblem {
    HeapProblem {
        code: wire.code.clone(),
        params: wire.params.clone(),
        offset,
        field: wire.params.get("field").cloned(),
        detail: wire.detail.clone(),
    }
}

/// What is known of a private key from its DER; the bytes go no further.
pub(super) fn key_note(der: &[u8]) -> KeyNote {
    use cartorio_asn1::Elements;
    // PrivateKeyInfo: version, algorithm, key.
    let algorithm = Elements::new(der)
        .next()
        .and_then(|outer| outer.children().find(|own| own.constructed))
        .and_then(|algorithm| algorithm.children().next())
        .and_then(|oid| cartorio_asn1::oid_text(oid.content))
        .map(|oid| match oid.as_str() {
            "1.2.840.113549.1.1.1" => "RSA".to_owned(),
            "1.2.840.113549.1.1.10" => "RSA-PSS".to_owned(),
            "1.2.840.10045.2.1" => "EC".to_owned(),
            "1.2.840.10040.4.1" => "DSA".to_owned(),
            "1.3.101.112" => "Ed25519".to_owned(),
            "1.3.101.113" => "Ed448".to_owned(),
            _ => cartorio_asn1::oid_name(&oid).map_or(oid, |found| found.name.to_owned()),
        });
    KeyNote { name: None, algorithm, encrypted: false }
}

#[derive(Default)]
struct Gathered {
    found: Vec<Found>,
    problems: Vec<HeapProblem>,
    forms: Vec<&'static str>,
    /// Where the last container went, by its number in the file.
    container: Option<(usize, usize)>,
}

impl Gathered {
    fn take(&mut self, object: Read, file: &[u8]) {
        let (offset, length) = (object.offset as u64, object.length as u64);
        let inside = match (&object.origin.inside, self.container) {
            (Some(_), Some((index, at))) if index == object.index => Some(at),
            _ => None,
        };
        self.forms.push(form(&object.origin.encoding, &object.object.kind(), object.origin.inside.as_ref()));
        let content = match object.object {
            PkiObject::Certificate(certificate) => Content::Certificate(certificate),
            PkiObject::Crl(crl) => Content::Crl(crl),
            PkiObject::Csr(csr) => Content::Csr(csr),
            PkiObject::OcspResponse(response) => Content::Ocsp(response),
            PkiObject::TimeStamp(stamp) => Content::TimeStamp(stamp),
            PkiObject::Cms(cms) => Content::Cms(cms),
            PkiObject::PublicKey { facts, der } => Content::PublicKey(facts, Arc::new(der)),
            PkiObject::P12 { der: bytes } | PkiObject::JavaKeyStore { bytes, .. } => {
                self.store(bytes, offset, length);
                return;
            }
            PkiObject::Other { kind, der } => match kind {
                ObjectKind::PrivateKey | ObjectKind::EncryptedPrivateKey => {
                    let label = match &object.origin.encoding {
                        Encoding::Pem { label } => label.strip_suffix("PRIVATE KEY").map(str::trim),
                        Encoding::Binary | Encoding::Base64 | Encoding::Hex => None,
                    };
                    let note = KeyNote {
                        name: None,
                        algorithm: label.filter(|own| !matches!(*own, "" | "ENCRYPTED")).map(str::to_owned),
                        encrypted: kind == ObjectKind::EncryptedPrivateKey,
                    };
                    // The bytes are gone; where they stood tells keys apart.
                    let place = format!("{:?} {offset} {length}", object.origin.entry);
                    let own = file.get(object.offset..object.offset + object.length);
                    let print = match own.filter(|_| object.origin.entry.is_none()) {
                        Some(own) => sha256(own),
                        None => sha256(place.as_bytes()),
                    };
                    let content = Content::PrivateKey(note);
                    self.found.push(Found { content, sha256: print, offset, length, inside });
                    return;
                }
                ObjectKind::Labelled(label) => Content::Unknown { label, bytes: Arc::new(der) },
                kind => Content::Unknown { label: kind.code().to_owned(), bytes: Arc::new(der) },
            },
        };
        if object.origin.inside.is_none() {
            self.container = Some((object.index, self.found.len()));
        }
        self.push(content, offset, length, inside);
    }

    fn push(&mut self, content: Content, offset: u64, length: u64, inside: Option<usize>) {
        let print = sha256(content.bytes().unwrap_or_default());
        self.found.push(Found { content, sha256: print, offset, length, inside });
    }

    /// A store, and what opens without a password.
    fn store(&mut self, bytes: Vec<u8>, offset: u64, length: u64) {
        let copy = bytes.clone();
        match store::look(bytes) {
            Ok(opened) => {
                let (store, inner, bags) = opened.into_parts();
                let at = self.found.len();
                let print = sha256(&store.bytes);
                let store = Content::Store(store.expecting(&bags, &inner));
                self.found.push(Found { content: store, sha256: print, offset, length, inside: None });
                self.found.extend(inner.into_iter().map(|own| Found { inside: Some(at), ..own }));
            }
            Err(error) => {
                self.problems.push(problem(&store::refused(error).wire(), Some(offset)));
                self.push(Content::Unknown { label: "p12".to_owned(), bytes: Arc::new(copy) }, offset, length, None);
            }
        }
    }

    /// How the source is written; `mixed` where it is more than one way.
    fn form(&self) -> &'static str {
        match self.forms.first() {
            Some(first) if self.forms.iter().all(|own| own == first) => first,
            Some(_) => "mixed",
            None => "der",
        }
    }
}

fn form(encoding: &Encoding, kind: &ObjectKind, inside: Option<&ObjectKind>) -> &'static str {
    match (encoding, kind, inside) {
        (Encoding::Pem { .. }, ..) => "pem",
        (Encoding::Base64, ..) => "base64",
        (Encoding::Hex, ..) => "hex",
        (Encoding::Binary, ObjectKind::P12, _) => "p12",
        (Encoding::Binary, ObjectKind::Jks | ObjectKind::Jceks, _) => "jks",
        (Encoding::Binary, ObjectKind::CmsSignature | ObjectKind::Pkcs7, _)
        | (Encoding::Binary, _, Some(ObjectKind::CmsSignature | ObjectKind::Pkcs7)) => "pkcs7",
        (Encoding::Binary, ..) => "der",
    }
}

fn trouble(error: &ReadError) -> HeapProblem {
    let params: std::collections::BTreeMap<String, String> =
        error.params().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    HeapProblem {
        code: error.code().to_owned(),
        offset: params.get("offset").and_then(|offset| offset.parse().ok()),
        field: params.get("field").cloned(),
        params,
        detail: error.to_string(),
    }
}
