//! A list of approved policies (lista de políticas de assinatura aprovadas, LPA), in both its forms.

use const_oid::ObjectIdentifier as Oid;
use time::OffsetDateTime;

use super::ArtifactError;
use super::der::{
    Element, GENERALIZED_TIME, IA5_STRING, INTEGER, OCTET_STRING, OID, PRINTABLE_STRING, Reader, SEQUENCE, UTC_TIME,
    UTF8_STRING,
};
use super::policy::{read_hash, read_period};
use crate::model::{Family, HashName};

/// What a list says. Its signature is in a file of its own ([`super::ListSignature`]).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct PolicyList {
    /// Which form.
    pub form: ListForm,
    /// The policies, in order.
    pub entries: Vec<ListEntry>,
    /// When ITI means to publish the next one.
    pub next_update: OffsetDateTime,
    /// SHA-256 of the file.
    pub file_sha256: Vec<u8>,
}

/// The form of a list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ListForm {
    /// The first one: names and texts, no identifiers. ITI keeps it up no more.
    V1,
    /// `LPAv2.asn`.
    V2,
}

/// A policy in a list.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ListEntry {
    /// Its identifier; the first form has none.
    pub oid: Option<Oid>,
    /// Its name; the first form alone has one.
    pub name: Option<String>,
    /// Where its DER file is.
    pub uri: Option<String>,
    /// Begin of its signing period.
    pub not_before: OffsetDateTime,
    /// End of its signing period.
    pub not_after: Option<OffsetDateTime>,
    /// When it was revoked.
    pub revoked: Option<OffsetDateTime>,
    /// Digest of its DER file.
    pub digest: Option<ListDigest>,
}

/// Digest of a whole file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListDigest {
    /// The hash.
    pub hash: HashName,
    /// The value.
    pub value: Vec<u8>,
}

impl ListDigest {
    /// Whether it is the digest of `file`.
    pub fn is_of(&self, file: &[u8]) -> bool {
        self.hash.digest(&[file]) == self.value
    }
}

/// More policies than there will ever be.
const MANY: usize = 1000;

impl PolicyList {
    /// Reads a list of either form.
    ///
    /// # Errors
    /// [`ArtifactError`]: no DER, another structure, an empty list, or the same policy twice.
    pub fn from_der(bytes: &[u8]) -> Result<Self, ArtifactError> {
        let whole = Reader::whole(bytes, SEQUENCE)?;
        let mut fields = whole.inside();
        if let Some(version) = fields.optional(INTEGER)?
            && version.small()? != 0
        {
            return Err(version.error("a version that is not known here"));
        }
        let policies = fields.expect(SEQUENCE)?;
        let next_update = fields.expect(GENERALIZED_TIME)?.instant()?;
        fields.end()?;
        let items = policies.inside().rest()?;
        if items.is_empty() || items.len() > MANY {
            return Err(policies.error("no policies, or too many"));
        }
        // The first form begins with a name, the second with a period.
        let form = match items.first().and_then(|first| first.inside().peek()) {
            Some(SEQUENCE) => ListForm::V2,
            _ => ListForm::V1,
        };
        let mut entries: Vec<ListEntry> = Vec::with_capacity(items.len());
        for item in &items {
            if item.tag != SEQUENCE {
                return Err(item.error("another element was expected here"));
            }
            let entry = match form {
                ListForm::V1 => read_v1(item)?,
                ListForm::V2 => read_v2(item)?,
            };
            if entry.oid.is_some() && entries.iter().any(|before| before.oid == entry.oid) {
                return Err(item.error("the same policy twice"));
            }
            entries.push(entry);
        }
        Ok(Self { form, entries, next_update, file_sha256: HashName::Sha256.digest(&[bytes]) })
    }

    /// The entry of the policy with this identifier.
    pub fn entry(&self, oid: Oid) -> Option<&ListEntry> {
        self.entries.iter().find(|entry| entry.oid == Some(oid))
    }

    /// The format of its policies, when all of them are of one that is known here.
    pub fn family(&self) -> Option<Family> {
        let mut families = self.entries.iter().map(|entry| family_of(entry.oid?));
        let first = families.next()??;
        families.all(|other| other == Some(first)).then_some(first)
    }

    /// Whether its time is over.
    pub fn is_stale(&self, at: OffsetDateTime) -> bool {
        self.next_update < at
    }
}

/// The format by the arc behind 2.16.76.1.7.1: 1 to 5 CAdES, 6 to 10 XAdES, 11 to 14 PAdES.
fn family_of(oid: Oid) -> Option<Family> {
    let arcs: Vec<u32> = oid.arcs().collect();
    match arcs.as_slice() {
        [2, 16, 76, 1, 7, 1, 1..=5, ..] => Some(Family::Cades),
        [2, 16, 76, 1, 7, 1, 11..=14, ..] => Some(Family::Pades),
        _ => None,
    }
}

fn read_v2(item: &Element<'_>) -> Result<ListEntry, ArtifactError> {
    let mut fields = item.inside();
    let (not_before, not_after) = read_period(&fields.expect(SEQUENCE)?)?;
    let revoked = fields.optional(GENERALIZED_TIME)?.map(|time| time.instant()).transpose()?;
    let oid = fields.expect(OID)?.oid()?;
    let uri = fields.expect(IA5_STRING)?.text()?.to_owned();
    let digest = read_digest(&fields.expect(SEQUENCE)?)?;
    fields.end()?;
    Ok(ListEntry { oid: Some(oid), name: None, uri: Some(uri), not_before, not_after, revoked, digest: Some(digest) })
}

fn read_v1(item: &Element<'_>) -> Result<ListEntry, ArtifactError> {
    let mut fields = item.inside();
    let missing = fields.error("another element was expected here");
    let name = match fields.peek() {
        Some(tag @ (PRINTABLE_STRING | UTF8_STRING)) => fields.expect(tag)?.text()?.to_owned(),
        _ => return Err(missing),
    };
    fields.expect(UTF8_STRING)?;
    let (not_before, not_after) = read_period(&fields.expect(SEQUENCE)?)?;
    let revoked = match fields.peek() {
        Some(tag @ (UTC_TIME | GENERALIZED_TIME)) => Some(fields.expect(tag)?.instant()?),
        _ => None,
    };
    // Text, DER and XML are [0], [1] and [2] in both.
    let addresses = fields.expect(SEQUENCE)?.inside().rest()?;
    let digests = fields.expect(SEQUENCE)?.inside().rest()?;
    fields.end()?;
    let uri = addresses.iter().find(|address| address.tag == 0x81).map(|address| address.text()).transpose()?;
    let digest = digests
        .iter()
        .find(|digest| digest.tag == 0xa1)
        .map(|digest| read_digest(&digest.only(SEQUENCE)?))
        .transpose()?;
    Ok(ListEntry { oid: None, name: Some(name), uri: uri.map(str::to_owned), not_before, not_after, revoked, digest })
}

/// OtherHashAlgAndValue (RFC 5126 §5.8.1).
fn read_digest(element: &Element<'_>) -> Result<ListDigest, ArtifactError> {
    let mut parts = element.inside();
    let hash = read_hash(&parts.expect(SEQUENCE)?)?;
    let value = parts.expect(OCTET_STRING)?;
    parts.end()?;
    if value.content.len() != hash.digest(&[]).len() {
        return Err(value.error("a digest of the wrong length"));
    }
    Ok(ListDigest { hash, value: value.content.to_vec() })
}
