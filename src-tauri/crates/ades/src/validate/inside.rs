//! What a signer's attributes hold beside the signature: policy, commitments, time stamps, evidence, signatures over it.
//!
//! Nothing is judged here but which digest each time stamp has to be over.

use cartorio_core::{Digest, HashAlgorithm, Hasher};
use const_oid::ObjectIdentifier as Oid;

use super::cms::{RevocationKind, SignedDataView, SignerView, parse};
use super::signer::{Attribute, Attributes};
use super::timestamp::{Imprint, imprint};
use crate::cms::algorithm::{DigestId, read_oid};
use crate::cms::ber::Asn1Error;
use crate::cms::tlv::Tlv;
use crate::cms::{der as write, oid};

/// Time stamps of one signature that are looked at. Archives of a century have fewer.
const MAX_STAMPS: usize = 200;

/// What a signer's attributes hold.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Inside {
    /// `sigPolicyId`.
    pub policy: Option<PolicyReference>,
    /// Commitment types (EN 319 122-1 §5.2.3).
    pub commitments: Vec<Oid>,
    /// The description of `content-hints`.
    pub content_hints: Option<String>,
    /// `mime-type` (EN 319 122-1 §5.2.5).
    pub mime_type: Option<String>,
    /// `signer-location` (EN 319 122-1 §5.2.4.2): the lines of the postal address, the town, the country, as far as they are there.
    pub location: Vec<String>,
    /// Time stamps, in the order found.
    pub stamps: Vec<Stamp>,
    /// Signatures over this signature, each a SignerInfo ([`super::cms::countersignature`]).
    pub counter_signatures: Vec<Vec<u8>>,
    /// Certificates and revocation data in the unsigned attributes.
    pub evidence: Evidence,
}

/// Certificates and revocation data, as found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Evidence {
    /// Certificates.
    pub certificates: Vec<Vec<u8>>,
    /// Revocation lists.
    pub crls: Vec<Vec<u8>>,
    /// OCSP responses.
    pub ocsps: Vec<Vec<u8>>,
    /// Bare `BasicOCSPResponse`s, as `revocation-values` has them.
    pub basic_ocsps: Vec<Vec<u8>>,
}

impl Evidence {
    /// What the sets of `data` hold.
    pub fn of(data: &SignedDataView<'_>) -> Self {
        let mut out = Self::default();
        out.certificates.extend(data.certificates().map(|own| own.der.to_vec()));
        for own in data.revocation() {
            match own.kind {
                RevocationKind::Crl => out.crls.push(own.der.to_vec()),
                RevocationKind::Ocsp => out.ocsps.push(own.der.to_vec()),
                RevocationKind::Other => {}
            }
        }
        out
    }

    /// What a time-stamp token holds: its sets, and the unsigned attributes of its signer.
    pub fn of_token(token: &[u8]) -> Self {
        let Ok(data) = parse(token) else { return Self::default() };
        let mut out = Self::of(&data);
        for signer in data.signers() {
            read_values(&Attributes::read(signer.unsigned_attributes()), &mut out);
        }
        out
    }

    /// Adds `other`.
    pub fn add(&mut self, other: Self) {
        self.certificates.extend(other.certificates);
        self.crls.extend(other.crls);
        self.ocsps.extend(other.ocsps);
        self.basic_ocsps.extend(other.basic_ocsps);
    }
}

/// The signature policy that a signature names (EN 319 122-1 §5.2.9).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyReference {
    /// Its identifier.
    pub id: Oid,
    /// The hash of the policy: function and value; `None` for an implied policy or where it is left out.
    pub hash: Option<(DigestId, Vec<u8>)>,
    /// Where it is published.
    pub uri: Option<String>,
}

/// What a time stamp covers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StampKind {
    /// The content, before it was signed: it proves nothing about the signature.
    Content,
    /// The signature value.
    Signature,
    /// The signature, its time stamps and the references to the evidence (ES-C).
    Complete,
    /// The references to the evidence alone.
    References,
    /// Everything, as RFC 5126 §6.4.1 has it.
    ArchiveV2,
    /// Everything, by an index of hashes (EN 319 122-1 §5.5.3).
    ArchiveV3,
    /// The archive time stamp of RFC 3126, which is not checked.
    ArchiveV1,
}

impl StampKind {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Signature => "signature",
            Self::Complete | Self::References => "references",
            Self::ArchiveV1 | Self::ArchiveV2 | Self::ArchiveV3 => "archive",
        }
    }

    /// Whether it covers the signature value, so that it proves when that existed.
    pub const fn covers_signature(self) -> bool {
        match self {
            Self::Signature | Self::Complete | Self::ArchiveV1 | Self::ArchiveV2 | Self::ArchiveV3 => true,
            Self::Content | Self::References => false,
        }
    }

    /// Whether it covers the evidence too.
    pub const fn is_archive(self) -> bool {
        match self {
            Self::ArchiveV1 | Self::ArchiveV2 | Self::ArchiveV3 => true,
            Self::Content | Self::Signature | Self::Complete | Self::References => false,
        }
    }

    fn of(name: Oid) -> Option<Self> {
        Some(match name {
            oid::SIGNATURE_TIME_STAMP => Self::Signature,
            oid::ESC_TIME_STAMP => Self::Complete,
            oid::REFERENCES_TIME_STAMP => Self::References,
            oid::ARCHIVE_TIME_STAMP_V1 => Self::ArchiveV1,
            oid::ARCHIVE_TIME_STAMP_V2 => Self::ArchiveV2,
            oid::ARCHIVE_TIME_STAMP_V3 => Self::ArchiveV3,
            _ => return None,
        })
    }
}

/// A time stamp among the attributes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stamp {
    /// What it covers.
    pub kind: StampKind,
    /// The token.
    pub token: Vec<u8>,
}

/// Feeds content to a hash.
pub type Feed<'c, E> = dyn FnMut(&mut Hasher) -> Result<(), E> + 'c;

/// The content of a signature, for time stamps that are over it.
pub struct Content<'c, E> {
    /// Its digest.
    pub digest: &'c mut dyn FnMut(HashAlgorithm) -> Result<Digest, E>,
    /// Feeds it to a hash; `None` where only its digest can be had.
    pub feed: Option<&'c mut Feed<'c, E>>,
}

/// What a time stamp has to be over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Expected {
    /// This digest.
    Digest(Digest),
    /// Its index of hashes names something that is not there, or not as it was: whatever it is over, it is not this.
    Gone,
    /// That cannot be found out: parts that it takes are not at hand, or the kind is not known well enough.
    NotKnown,
}

impl Inside {
    /// Reads the attributes of `signer`; what cannot be read is left out.
    pub fn read(signer: SignerView<'_>) -> Self {
        let signed = Attributes::read(signer.signed_attributes());
        let unsigned = Attributes::read(signer.unsigned_attributes());
        let mut out = Self {
            policy: signed.single(oid::SIGNATURE_POLICY).and_then(|value| read_policy(&value).ok().flatten()),
            content_hints: signed.single(oid::CONTENT_HINTS).and_then(|value| read_hints(&value)),
            mime_type: signed.single(oid::MIME_TYPE).and_then(|value| read_text(&value)),
            location: signed.single(oid::SIGNER_LOCATION).and_then(|value| read_location(&value)).unwrap_or_default(),
            ..Self::default()
        };
        for attribute in signed.list.iter().filter(|own| own.oid == oid::COMMITMENT_TYPE) {
            let read = |value: &Tlv<'_>| read_oid(&value.children().any("a commitment")?);
            out.commitments.extend(attribute.values.iter().filter_map(|value| read(value).ok()));
        }
        let stamp = |kind| move |value: &Tlv<'_>| Stamp { kind, token: value.raw().to_vec() };
        for attribute in signed.list.iter().filter(|own| own.oid == oid::CONTENT_TIME_STAMP) {
            out.stamps.extend(attribute.values.iter().map(stamp(StampKind::Content)));
        }
        for attribute in &unsigned.list {
            if let Some(kind) = StampKind::of(attribute.oid) {
                out.stamps.extend(attribute.values.iter().map(stamp(kind)));
            } else if attribute.oid == oid::COUNTERSIGNATURE {
                out.counter_signatures.extend(attribute.values.iter().map(|value| value.raw().to_vec()));
            }
        }
        out.stamps.truncate(MAX_STAMPS);
        read_values(&unsigned, &mut out.evidence);
        out
    }
}

/// What `stamp`, one of `signer`'s, has to be over. `inside`: the length of the content, where that stands inside the
/// signature but not among the bytes that were read.
///
/// # Errors
/// Whatever `content` fails with.
pub fn expected<E>(
    signer: SignerView<'_>,
    stamp: &Stamp,
    hash: HashAlgorithm,
    content: Content<'_, E>,
    inside: Option<u64>,
) -> Result<Expected, E> {
    let unsigned = Attributes::read(signer.unsigned_attributes());
    let bodies = |hasher: &mut Hasher, names: &[Oid]| {
        names.iter().all(|name| {
            let mut found = unsigned.list.iter().filter(|own| own.oid == *name).peekable();
            let there = found.peek().is_some();
            found.for_each(|own| hasher.update(body(own.raw)));
            there
        })
    };
    let mut hasher = Hasher::new(hash);
    Ok(match stamp.kind {
        StampKind::Content => Expected::Digest((content.digest)(hash)?),
        StampKind::Signature => Expected::Digest(Digest::of(hash, signer.signature_value())),
        StampKind::Complete => {
            hasher.update(signer.signature_value());
            let all = [oid::SIGNATURE_TIME_STAMP, oid::CERTIFICATE_REFS, oid::REVOCATION_REFS];
            if bodies(&mut hasher, &all) { Expected::Digest(hasher.finish()) } else { Expected::Gone }
        }
        StampKind::References => {
            let all = [oid::CERTIFICATE_REFS, oid::REVOCATION_REFS];
            if bodies(&mut hasher, &all) { Expected::Digest(hasher.finish()) } else { Expected::Gone }
        }
        StampKind::ArchiveV1 => Expected::NotKnown,
        StampKind::ArchiveV2 => {
            let data = signer.data();
            let (description, sets) = data.parts();
            match (data.content(), inside) {
                (None, Some(len)) => hasher.update(&description_head(data.content_type(), len)),
                (Some(_), _) | (None, None) => hasher.update(description),
            }
            if data.content().is_none() {
                let Some(feed) = content.feed else { return Ok(Expected::NotKnown) };
                feed(&mut hasher)?;
            }
            sets.into_iter().for_each(|set| hasher.update(set));
            hasher.update(signer.fields());
            match before(stamp, &unsigned) {
                Some(attributes) => {
                    hasher.update(&attributes);
                    Expected::Digest(hasher.finish())
                }
                None => Expected::NotKnown,
            }
        }
        StampKind::ArchiveV3 => {
            match hash_index(&stamp.token).map(|index| (index_state(&index, signer, &unsigned, hash), index)) {
                Some((IndexState::Holds, index)) => {
                    hasher.update(&write::oid(signer.data().content_type()));
                    hasher.update((content.digest)(hash)?.as_bytes());
                    hasher.update(signer.fields());
                    hasher.update(&index);
                    Expected::Digest(hasher.finish())
                }
                Some((IndexState::Gone, _)) => Expected::Gone,
                Some((IndexState::Unreadable, _)) | None => Expected::NotKnown,
            }
        }
    })
}

/// The content description up to the first byte of a content of `len` bytes, which the caller feeds.
fn description_head(content_type: Oid, len: u64) -> Vec<u8> {
    let name = write::oid(content_type);
    let octets = header(write::OCTET_STRING, len);
    let tagged = header(write::context(0), len + octets.len() as u64);
    let whole = header(write::SEQUENCE, len + (name.len() + tagged.len() + octets.len()) as u64);
    [whole, name, tagged, octets].concat()
}

/// Identifier and length in DER.
fn header(tag: u8, len: u64) -> Vec<u8> {
    let bytes = len.to_be_bytes();
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1);
    let short = &bytes[first..];
    match short {
        [one] if *one < 0x80 => vec![tag, *one],
        // At most eight bytes.
        _ => [&[tag, 0x80 | u8::try_from(short.len()).unwrap_or(8)], short].concat(),
    }
}

/// Whether the archive or reference time stamp `outer`, which holds, covers `inner`, both `signer`'s. What was added later with an
/// old date is not covered.
pub fn covers(signer: SignerView<'_>, outer: &Stamp, inner: &Stamp) -> bool {
    match (outer.kind, inner.kind) {
        (StampKind::ArchiveV3, StampKind::Content) => true, // a signed attribute
        (StampKind::ArchiveV3, _) => covers_value(signer, outer, &inner.token),
        // The older attributes as they stand are all in its imprint.
        (StampKind::ArchiveV2, StampKind::ArchiveV2) => {
            let Ok(own) = imprint(&outer.token) else { return false };
            let unsigned = Attributes::read(signer.unsigned_attributes());
            let holder = unsigned.list.iter().find(|own| own.values.iter().any(|value| value.raw() == inner.token));
            holder.is_some_and(|attribute| !is_later(attribute, outer, &own))
        }
        (StampKind::ArchiveV2, _) => inner.kind != StampKind::ArchiveV3,
        (StampKind::Complete, StampKind::Signature) => true,
        (_, StampKind::Content) => true, // a signed attribute
        (
            StampKind::Content
            | StampKind::Signature
            | StampKind::Complete
            | StampKind::References
            | StampKind::ArchiveV1,
            _,
        ) => false,
    }
}

/// Whether the archive time stamp `outer`, which holds, covers `value`, one of an unsigned attribute of `signer`'s that is no
/// time stamp: a countersignature, say. One that was added later is not covered by an index of hashes.
pub fn covers_value(signer: SignerView<'_>, outer: &Stamp, value: &[u8]) -> bool {
    let unsigned = Attributes::read(signer.unsigned_attributes());
    let Some(attribute) = unsigned.list.iter().find(|own| own.values.iter().any(|own| own.raw() == value)) else {
        return false;
    };
    match outer.kind {
        StampKind::ArchiveV3 => {
            let (Some(index), Ok(Imprint { hash: DigestId::Known(hash), .. })) =
                (hash_index(&outer.token), imprint(&outer.token))
            else {
                return false;
            };
            let mut hasher = Hasher::new(hash);
            hasher.update(&write::oid(attribute.oid));
            hasher.update(value);
            let wanted = hasher.finish();
            read_index(&index).is_ok_and(|(_, [.., values])| values.iter().any(|own| own == wanted.as_bytes()))
        }
        // All attributes as they stand are in its imprint, but for later archive time stamps.
        StampKind::ArchiveV2 => true,
        StampKind::Content
        | StampKind::Signature
        | StampKind::Complete
        | StampKind::References
        | StampKind::ArchiveV1 => false,
    }
}

fn body(element: &[u8]) -> &[u8] {
    Tlv::only(element).map_or(&[], |tlv| tlv.body())
}

/// The unsigned attributes as they were before the archive time stamp: without it and those that are not older.
fn before(stamp: &Stamp, unsigned: &Attributes<'_>) -> Option<Vec<u8>> {
    let own = imprint(&stamp.token).ok()?;
    let kept: Vec<&[u8]> = unsigned
        .list
        .iter()
        .filter(|attribute| !is_later(attribute, stamp, &own))
        .map(|attribute| attribute.raw)
        .collect();
    Some(if kept.is_empty() { Vec::new() } else { write::tlv(write::context(1), &kept) })
}

/// Whether `attribute` is the one of `stamp`, an archive time stamp of RFC 5126 whose token says `own`, or has a later one.
fn is_later(attribute: &Attribute<'_>, stamp: &Stamp, own: &Imprint) -> bool {
    attribute.oid == oid::ARCHIVE_TIME_STAMP_V2
        && attribute.values.iter().any(|value| {
            value.raw() == stamp.token || imprint(value.raw()).is_ok_and(|other| other.gen_time > own.gen_time)
        })
}

/// The DER of `ats-hash-index-v3` in the token.
fn hash_index(token: &[u8]) -> Option<Vec<u8>> {
    let data = parse(token).ok()?;
    let signer = data.signers().next()?;
    let unsigned = Attributes::read(signer.unsigned_attributes());
    unsigned.single(oid::ATS_HASH_INDEX_V3).map(|value| value.raw().to_vec())
}

/// What an index of hashes says of what is here.
enum IndexState {
    /// Every hash is the one of something that is here.
    Holds,
    /// One is of something that is not.
    Gone,
    /// It cannot be read, or is made with another hash than the imprint (EN 319 122-1 §5.5.2).
    Unreadable,
}

fn index_state(index: &[u8], signer: SignerView<'_>, unsigned: &Attributes<'_>, hash: HashAlgorithm) -> IndexState {
    let Ok((algorithm, lists)) = read_index(index) else { return IndexState::Unreadable };
    if algorithm != DigestId::Known(hash) {
        return IndexState::Unreadable;
    }
    let (_, [certificates, revocation]) = signer.data().parts();
    let elements = |set: &[u8]| -> Vec<Vec<u8>> {
        let found = Tlv::only(set).and_then(|set| set.children().rest("an element of a set")).unwrap_or_default();
        found.iter().map(|own| Digest::of(hash, own.raw()).as_bytes().to_vec()).collect()
    };
    let mut values = Vec::new();
    for attribute in &unsigned.list {
        for value in &attribute.values {
            let mut hasher = Hasher::new(hash);
            hasher.update(&write::oid(attribute.oid));
            hasher.update(value.raw());
            values.push(hasher.finish().as_bytes().to_vec());
        }
    }
    let present = [elements(certificates), elements(revocation), values];
    let all = lists.iter().zip(&present).all(|(wanted, present)| wanted.iter().all(|own| present.contains(own)));
    if all { IndexState::Holds } else { IndexState::Gone }
}

/// Hashes of one list of an index.
type Hashes = Vec<Vec<u8>>;

/// The hash function, and the hashes of certificates, revocation data and attributes (EN 319 122-1 §5.5.2).
fn read_index(index: &[u8]) -> Result<(DigestId, [Hashes; 3]), Asn1Error> {
    let mut fields = Tlv::only(index)?.children();
    let algorithm = DigestId::read(&fields.expect(write::SEQUENCE, "a hash algorithm")?)?;
    let mut lists = [Vec::new(), Vec::new(), Vec::new()];
    for list in &mut lists {
        let found = fields.expect(write::SEQUENCE, "a list of hashes")?.children().rest("a hash")?;
        *list = found.iter().map(|own| own.body().to_vec()).collect();
    }
    fields.finish("the end of the index")?;
    Ok((algorithm, lists))
}

fn read_policy(value: &Tlv<'_>) -> Result<Option<PolicyReference>, Asn1Error> {
    if value.tag() != write::SEQUENCE {
        return Ok(None); // signaturePolicyImplied
    }
    let mut fields = value.children();
    let id = read_oid(&fields.any("a policy")?)?;
    let hash = match fields.optional(write::SEQUENCE, "a policy's hash")? {
        Some(own) => {
            let mut parts = own.children();
            let algorithm = DigestId::read(&parts.expect(write::SEQUENCE, "a hash algorithm")?)?;
            Some((algorithm, parts.expect(write::OCTET_STRING, "a hash")?.body().to_vec()))
        }
        None => None,
    };
    let mut uri = None;
    if let Some(list) = fields.optional(write::SEQUENCE, "qualifiers")? {
        for qualifier in list.children().rest("a qualifier")? {
            let mut parts = qualifier.children();
            if read_oid(&parts.any("a qualifier")?)? == oid::SP_URI {
                uri = std::str::from_utf8(parts.any("an address")?.body()).ok().map(str::to_owned);
            }
        }
    }
    Ok(Some(PolicyReference { id, hash, uri }))
}

/// `ContentHints`: the description, UTF8String.
fn read_hints(value: &Tlv<'_>) -> Option<String> {
    read_text(&value.children().any("a description").ok()?)
}

/// A UTF8String, or another string of ASCII.
fn read_text(value: &Tlv<'_>) -> Option<String> {
    const STRINGS: [u8; 3] = [0x0c, 0x13, 0x16];
    STRINGS.contains(&value.tag()).then(|| String::from_utf8_lossy(value.body()).into_owned())
}

/// `SignerLocation`: \[0\] country, \[1\] town, \[2\] lines of an address.
fn read_location(value: &Tlv<'_>) -> Option<Vec<String>> {
    let (mut place, mut address) = (Vec::new(), Vec::new());
    for part in value.children().rest("a part of a place").ok()? {
        let inner = part.children().any("a text").ok()?;
        match part.tag() {
            0xa0 | 0xa1 => place.extend(read_text(&inner)),
            0xa2 => address = inner.children().rest("a line").ok()?.iter().filter_map(read_text).collect(),
            _ => return None,
        }
    }
    // From the smallest to the largest, as people write it.
    place.reverse();
    Some([address, place].concat())
}

/// `certificate-values` and `revocation-values` (RFC 5126 §6.3.3, §6.3.4).
fn read_values(unsigned: &Attributes<'_>, out: &mut Evidence) {
    for attribute in &unsigned.list {
        for value in &attribute.values {
            // What cannot be read proves nothing.
            let _: Result<(), Asn1Error> = match attribute.oid {
                oid::CERTIFICATE_VALUES => value.children().rest("a certificate").map(|found| {
                    out.certificates.extend(found.iter().map(|own| own.raw().to_vec()));
                }),
                oid::REVOCATION_VALUES => read_revocation_values(value, out),
                _ => Ok(()),
            };
        }
    }
}

fn read_revocation_values(value: &Tlv<'_>, out: &mut Evidence) -> Result<(), Asn1Error> {
    let mut fields = value.children();
    let items = |list: Tlv<'_>| -> Result<Vec<Vec<u8>>, Asn1Error> {
        let list = list.children().expect(write::SEQUENCE, "a list of values")?;
        Ok(list.children().rest("a value")?.iter().map(|own| own.raw().to_vec()).collect())
    };
    if let Some(list) = fields.optional(write::context(0), "revocation lists")? {
        out.crls.extend(items(list)?);
    }
    if let Some(list) = fields.optional(write::context(1), "OCSP responses")? {
        out.basic_ocsps.extend(items(list)?);
    }
    Ok(())
}
