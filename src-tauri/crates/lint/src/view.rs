//! What rules look at: a decoded certificate or list, and its fields as they are encoded.

use cartorio_asn1::{Element, Limits, Remark, Tree};
use cartorio_pki::{Certificate, Crl, Extension};
use time::OffsetDateTime;

use crate::Context;
use crate::der;

/// More findings of one rule on one object are cut: a list with a million bad entries is one bad list.
const MAX_HITS: usize = 20;

/// Findings of one rule.
#[derive(Default)]
pub(crate) struct Hits(Vec<(String, String)>);

impl Hits {
    pub(crate) fn at(&mut self, path: impl Into<String>) {
        self.with(path, "");
    }

    pub(crate) fn with(&mut self, path: impl Into<String>, detail: impl Into<String>) {
        if self.0.len() < MAX_HITS {
            self.0.push((path.into(), detail.into()));
        }
    }

    pub(crate) fn into_list(self) -> impl Iterator<Item = (String, String)> {
        self.0.into_iter()
    }
}

/// An extension with its place.
#[derive(Clone, Copy)]
pub(crate) struct Placed<'a> {
    pub extension: &'a Extension,
    pub path: &'static str,
    pub index: usize,
}

impl<'a> Placed<'a> {
    pub(crate) fn value(&self) -> &'a [u8] {
        &self.extension.value
    }

    pub(crate) fn value_path(&self) -> String {
        format!("{}[{}].extnValue", self.path, self.index)
    }

    pub(crate) fn critical_path(&self) -> String {
        format!("{}[{}].critical", self.path, self.index)
    }
}

fn placed<'a>(list: &'a [Extension], path: &'static str, oid: &str) -> Option<Placed<'a>> {
    let index = list.iter().position(|extension| extension.oid == oid)?;
    Some(Placed { extension: &list[index], path, index })
}

pub(crate) struct CertificateView<'a> {
    pub certificate: &'a Certificate,
    pub context: Context<'a>,
    /// Fields of tbsCertificate without the version, in order: serialNumber, signature, issuer, validity, subject, key.
    pub fields: Vec<Element<'a>>,
    /// What follows them: unique identifiers and extensions.
    pub rest: Vec<Element<'a>>,
    /// signatureAlgorithm outside of the signed part.
    pub outer_algorithm: Option<Element<'a>>,
}

pub(crate) const EXTENSIONS: &str = "tbsCertificate.extensions";

impl<'a> CertificateView<'a> {
    pub(crate) fn new(certificate: &'a Certificate, context: Context<'a>) -> Self {
        let parts = der::inside(&certificate.der);
        let tbs = parts.first().map(der::children).unwrap_or_default();
        let versioned = usize::from(tbs.first().is_some_and(|field| field.is_context(0)));
        let fields: Vec<_> = tbs.into_iter().skip(versioned).collect();
        let rest = fields.get(6..).unwrap_or_default().to_vec();
        Self { certificate, context, fields, rest, outer_algorithm: parts.get(1).copied() }
    }

    pub(crate) fn extension(&self, oid: &str) -> Option<Placed<'a>> {
        placed(&self.certificate.extensions, EXTENSIONS, oid)
    }

    /// `oid` with its place, when it is there and has the other criticality.
    pub(crate) fn with_criticality(&self, oid: &str, critical: bool) -> Option<Placed<'a>> {
        self.extension(oid).filter(|own| own.extension.critical == critical)
    }

    pub(crate) fn is_ca(&self) -> bool {
        self.context.role.is_ca() || self.certificate.is_ca()
    }

    /// The two times of validity.
    pub(crate) fn times(&self) -> Vec<(Element<'a>, &'static str, OffsetDateTime)> {
        let validity = self.certificate.validity;
        let names = ["tbsCertificate.validity.notBefore", "tbsCertificate.validity.notAfter"];
        let times = self.fields.get(3).map(der::children).unwrap_or_default();
        times
            .into_iter()
            .zip(names)
            .zip([validity.not_before, validity.not_after])
            .map(|((e, n), t)| (e, n, t))
            .collect()
    }

    pub(crate) fn encoding(&self) -> Vec<(String, &'static str)> {
        encoding(&self.certificate.der)
    }
}

pub(crate) struct CrlView<'a> {
    pub crl: &'a Crl,
    pub at: OffsetDateTime,
    /// Whether the version field is there and says v2.
    pub version_2: bool,
    /// Fields of tbsCertList without the version: signature, issuer, thisUpdate, and those that may be absent.
    pub fields: Vec<Element<'a>>,
    pub outer_algorithm: Option<Element<'a>>,
}

impl<'a> CrlView<'a> {
    pub(crate) fn new(crl: &'a Crl, at: OffsetDateTime) -> Self {
        let parts = der::inside(&crl.der);
        let tbs = parts.first().map(der::children).unwrap_or_default();
        let version = tbs.first().filter(|field| field.is(der::INTEGER)).map(|field| field.content.to_vec());
        let fields = tbs.into_iter().skip(usize::from(version.is_some())).collect();
        Self { crl, at, version_2: version.as_deref() == Some(&[1]), fields, outer_algorithm: parts.get(1).copied() }
    }

    pub(crate) fn extension(&self, oid: &str) -> Option<Placed<'a>> {
        placed(&self.crl.extensions, "tbsCertList.crlExtensions", oid)
    }

    /// revokedCertificates, where the field is there.
    pub(crate) fn revoked(&self) -> Option<Vec<Element<'a>>> {
        let field = self.fields.iter().skip(3).find(|field| field.is(der::SEQUENCE))?;
        Some(der::children(field))
    }

    pub(crate) fn times(&self) -> Vec<(Element<'a>, &'static str)> {
        let is_time = |field: &&Element<'_>| field.is(der::UTC_TIME) || field.is(der::GENERALIZED_TIME);
        let names = ["tbsCertList.thisUpdate", "tbsCertList.nextUpdate"];
        self.fields.iter().filter(is_time).copied().zip(names).collect()
    }

    /// Extensions of one entry: identifier, criticality, value.
    pub(crate) fn entry_extensions(entry: &Element<'a>) -> Vec<(String, bool, &'a [u8])> {
        let list = entry.children().nth(2).map(|list| der::children(&list)).unwrap_or_default();
        list.iter()
            .filter_map(|extension| {
                let parts = der::children(extension);
                let oid = der::oid(parts.first()?)?;
                let critical = parts.get(1).is_some_and(|own| own.is(der::BOOLEAN) && own.content != [0]);
                Some((oid, critical, parts.last()?.content))
            })
            .collect()
    }

    pub(crate) fn encoding(&self) -> Vec<(String, &'static str)> {
        encoding(&self.crl.der)
    }
}

/// Where the bytes are not DER, by path and code of the departure.
fn encoding(bytes: &[u8]) -> Vec<(String, &'static str)> {
    let tree: Tree = cartorio_asn1::read(bytes, &Limits::default());
    let mut found = Vec::new();
    for (index, node) in tree.nodes.iter().enumerate() {
        for remark in node.remarks.iter() {
            let counts = match remark {
                Remark::NotDerLength
                | Remark::IndefiniteLength
                | Remark::ConstructedString
                | Remark::LongTag
                | Remark::BadBoolean
                | Remark::BadInteger
                | Remark::BadOid
                | Remark::BadBitString
                | Remark::BadNull
                | Remark::BadString
                | Remark::WrongForm => true,
                // Times have rules of their own; what cannot be read at all is no matter of style.
                Remark::BadTime | Remark::NotDerTime | Remark::TrailingBytes | Remark::Broken => false,
            };
            if counts && let Some(path) = tree.path(index).or_else(|| by_offset(&tree, index)) {
                found.push((path, remark.code()));
            }
        }
    }
    found
}

/// The place of an element without a known name. Bytes inside a string that look like ASN.1 by chance have none.
fn by_offset(tree: &Tree, index: usize) -> Option<String> {
    let mut above = tree.nodes.get(index)?.parent;
    while let Some(node) = above.and_then(|parent| tree.nodes.get(parent)) {
        if node.encapsulates {
            return None;
        }
        above = node.parent;
    }
    Some(format!("byte {}", tree.nodes[index].offset))
}
