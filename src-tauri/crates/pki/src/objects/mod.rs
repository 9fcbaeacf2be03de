//! Opening whatever PKI file somebody has: by its content, never by its name.

mod archive;
mod error;
mod kind;
mod pem;
mod take;
mod text;

use std::collections::HashSet;
use std::fmt;

use crate::certificate::Certificate;
use crate::cms::CmsFacts;
use crate::crl::Crl;
use crate::csr::Csr;
use crate::key::KeyFacts;
use crate::ocsp::OcspResponse;
use crate::timestamp::TimeStamp;

pub use archive::ArchiveTrouble;
pub use error::ReadError;
pub use kind::ObjectKind;

/// Reads every PKI object in `bytes`: PEM (many, with other text between), DER, several DER one after the other, PKCS#7
/// and CMS with what is in them (DER or BER), requests, revocation lists, OCSP responses, time stamps, keys, bare base64,
/// hex, UTF-16 text, and zip archives of all that. P12 and Java key stores are recognised, not opened.
///
/// # Errors
/// [`ReadError`] when nothing could be read at all. Where something could, what could not is in [`Bundle::problems`].
pub fn read_objects(bytes: &[u8]) -> Result<Bundle, ReadError> {
    let bundle = read_file(bytes, &ReadLimits::default())?;
    if bundle.objects.is_empty() {
        return Err(bundle.problems.into_iter().next().unwrap_or(ReadError::Unrecognised { object: 0, offset: 0 }));
    }
    Ok(bundle)
}

/// As [`read_objects`], within `limits`; gives what is broken too, so that it can be looked at.
///
/// # Errors
/// [`ReadError::Empty`] and [`ReadError::TooLarge`] only.
pub fn read_file(bytes: &[u8], limits: &ReadLimits) -> Result<Bundle, ReadError> {
    if bytes.len() > limits.max_bytes {
        return Err(ReadError::TooLarge { size: bytes.len(), limit: limits.max_bytes });
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadError::Empty);
    }
    let mut sink = Sink { limits, bundle: Bundle::default(), object: 0, full: false };
    if archive::is_archive(bytes) {
        archive::read(bytes, &mut sink);
    } else {
        text::read(bytes, &Place::file(), &mut sink);
    }
    let mut bundle = sink.bundle;
    if bundle.objects.is_empty() && bundle.problems.is_empty() {
        bundle.problems.push(ReadError::Unrecognised { object: 0, offset: 0 });
    }
    Ok(bundle)
}

/// Bounds of one reading.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReadLimits {
    /// Bytes of the file.
    pub max_bytes: usize,
    /// Objects in it.
    pub max_objects: usize,
    /// Files in an archive.
    pub max_entries: usize,
    /// Bytes of all files of an archive, unpacked.
    pub max_unpacked: usize,
    /// How many times larger than packed a file of an archive may be.
    pub max_ratio: usize,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self { max_bytes: 64 << 20, max_objects: 20_000, max_entries: 10_000, max_unpacked: 256 << 20, max_ratio: 200 }
    }
}

/// What a file held.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    /// What could be read, in the order of the file.
    pub objects: Vec<Found>,
    /// What was recognised and is broken.
    pub broken: Vec<Broken>,
    /// What could not be read, and where.
    pub problems: Vec<ReadError>,
}

impl Bundle {
    /// Every certificate, without repetitions.
    pub fn certificates(&self) -> Vec<Certificate> {
        let mut seen = HashSet::new();
        self.objects
            .iter()
            .filter_map(|found| match &found.object {
                PkiObject::Certificate(certificate) => seen.insert(&certificate.der).then(|| certificate.clone()),
                _ => None,
            })
            .collect()
    }

    /// Every revocation list.
    pub fn crls(&self) -> Vec<Crl> {
        self.objects
            .iter()
            .filter_map(|found| match &found.object {
                PkiObject::Crl(crl) => Some(crl.clone()),
                _ => None,
            })
            .collect()
    }

    /// Every OCSP response.
    pub fn ocsp_responses(&self) -> Vec<OcspResponse> {
        self.objects
            .iter()
            .filter_map(|found| match &found.object {
                PkiObject::OcspResponse(response) => Some(response.clone()),
                _ => None,
            })
            .collect()
    }
}

/// An object and where it was.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its place in the file, counted from 0; what stands in one container has the container's.
    pub index: usize,
    /// Offset of its first byte in the file (for PEM, of its BEGIN line; in an archive, in its file).
    pub offset: usize,
    /// How many bytes of the file it takes, base64 and BEGIN and END lines included.
    pub length: usize,
    /// How it stood there.
    pub origin: Origin,
    /// The object.
    pub object: PkiObject,
}

impl Found {
    /// The object's own DER (or BER); empty for a private key, whose bytes are not kept.
    pub fn der(&self) -> &[u8] {
        self.object.der()
    }
}

/// Something that was recognised, or just stood there, and is broken.
#[derive(Clone, Eq, PartialEq)]
pub struct Broken {
    /// Its place in the file, counted from 0.
    pub index: usize,
    /// Offset of its first byte in the file.
    pub offset: usize,
    /// What it seems to be.
    pub kind: ObjectKind,
    /// How it stood there.
    pub origin: Origin,
    /// Its bytes as far as they are there, to be looked at; empty for a private key.
    pub der: Vec<u8>,
    /// Which of [`Bundle::problems`] tells what is wrong.
    pub problem: usize,
}

impl fmt::Debug for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Broken({} at {}, {} bytes)", self.kind.code(), self.offset, self.der.len())
    }
}

/// How an object stood in a file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Origin {
    /// Name of the file in the archive; `None` outside of archives.
    pub entry: Option<String>,
    /// How its bytes were written.
    pub encoding: Encoding,
    /// The kind of container that it was in.
    pub inside: Option<ObjectKind>,
}

/// How bytes were written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Encoding {
    /// As they are.
    Binary,
    /// PEM.
    Pem {
        /// The label of its BEGIN line.
        label: String,
    },
    /// Base64 without BEGIN and END.
    Base64,
    /// Hexadecimal.
    Hex,
}

impl Encoding {
    /// Stable `snake_case` code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Pem { .. } => "pem",
            Self::Base64 => "base64",
            Self::Hex => "hex",
        }
    }
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
    /// A Java key store (JKS or JCEKS).
    JavaKeyStore {
        /// Which of the two.
        kind: ObjectKind,
        /// The whole file.
        bytes: Vec<u8>,
    },
    /// A certification request.
    Csr(Csr),
    /// An OCSP response.
    OcspResponse(OcspResponse),
    /// A time stamp.
    TimeStamp(Box<TimeStamp>),
    /// A CMS or PKCS#7 container that is more than a bag of certificates.
    Cms(Box<CmsFacts>),
    /// A public key.
    PublicKey {
        /// What is known of it.
        facts: KeyFacts,
        /// The bytes as they stand in the file.
        der: Vec<u8>,
    },
    /// Recognised, but not opened here. A private key's bytes are not kept.
    Other {
        /// What it is.
        kind: ObjectKind,
        /// Its bytes; empty for a private key.
        der: Vec<u8>,
    },
}

impl PkiObject {
    /// What kind of object it is.
    pub fn kind(&self) -> ObjectKind {
        match self {
            Self::Certificate(_) => ObjectKind::Certificate,
            Self::Crl(_) => ObjectKind::Crl,
            Self::P12 { .. } => ObjectKind::P12,
            Self::JavaKeyStore { kind, .. } | Self::Other { kind, .. } => kind.clone(),
            Self::Csr(_) => ObjectKind::CertificationRequest,
            Self::OcspResponse(_) => ObjectKind::OcspResponse,
            Self::TimeStamp(_) => ObjectKind::TimeStamp,
            Self::Cms(cms) => match &cms.signed {
                Some(_) => ObjectKind::CmsSignature,
                None => ObjectKind::Pkcs7,
            },
            Self::PublicKey { .. } => ObjectKind::PublicKey,
        }
    }

    /// The object's own DER (or BER); empty for a private key, whose bytes are not kept.
    pub fn der(&self) -> &[u8] {
        match self {
            Self::Certificate(certificate) => &certificate.der,
            Self::Crl(crl) => &crl.der,
            Self::P12 { der } | Self::PublicKey { der, .. } | Self::Other { der, .. } => der,
            Self::JavaKeyStore { bytes, .. } => bytes,
            Self::Csr(csr) => &csr.der,
            Self::OcspResponse(response) => &response.der,
            Self::TimeStamp(stamp) => &stamp.der,
            Self::Cms(cms) => &cms.der,
        }
    }
}

/// More problems than this of one file are not listed.
const MAX_PROBLEMS: usize = 1_000;

/// Where what is read goes.
struct Sink<'a> {
    limits: &'a ReadLimits,
    bundle: Bundle,
    /// The number of the next object.
    object: usize,
    full: bool,
}

impl Sink<'_> {
    /// Whether there is room for another object; the first time there is none, that is a problem.
    fn has_room(&mut self) -> bool {
        let limit = self.limits.max_objects;
        if self.bundle.objects.len() >= limit && !self.full {
            self.full = true;
            self.bundle.problems.push(ReadError::TooMany { limit });
        }
        !self.full
    }

    fn push(&mut self, found: Found) {
        if self.has_room() {
            self.bundle.objects.push(found);
        }
    }

    /// Notes a problem; gives its number.
    fn problem(&mut self, place: &Place, error: ReadError) -> usize {
        if self.bundle.problems.len() < MAX_PROBLEMS {
            self.bundle.problems.push(match &place.entry {
                Some(entry) => ReadError::InEntry { entry: entry.clone(), error: Box::new(error) },
                None => error,
            });
        }
        self.bundle.problems.len() - 1
    }
}

/// Where the bytes at hand stand.
#[derive(Clone, Debug)]
struct Place {
    entry: Option<String>,
    encoding: Encoding,
    /// Offset of the first byte in the file.
    base: usize,
    /// How many bytes of the file one byte at hand takes: 2 in UTF-16, else 1.
    scale: usize,
    /// For what was decoded: offset and length in the file of all of it.
    whole: Option<(usize, usize)>,
}

impl Place {
    fn file() -> Self {
        Self { entry: None, encoding: Encoding::Binary, base: 0, scale: 1, whole: None }
    }

    /// Offset in the file of what is at `offset` here.
    fn offset(&self, offset: usize) -> usize {
        self.whole.map_or(self.base + offset * self.scale, |(start, _)| start)
    }

    fn length(&self, length: usize) -> usize {
        self.whole.map_or(length * self.scale, |(_, length)| length)
    }

    /// Offset for a problem: in the file, or in what was decoded.
    fn trouble(&self, offset: usize) -> usize {
        self.whole.map_or(self.base + offset * self.scale, |_| offset)
    }

    fn origin(&self, inside: Option<ObjectKind>) -> Origin {
        Origin { entry: self.entry.clone(), encoding: self.encoding.clone(), inside }
    }
}
