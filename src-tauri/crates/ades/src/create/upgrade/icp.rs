//! What the ICP-Brasil policies AD-RV, AD-RC and AD-RA want in CAdES: the unsigned attributes of RFC 5126 (DOC-ICP-15.03),
//! not those of EN 319 122-1.
//!
//! Everything is referred to by SHA-256.

use std::io::Read;

use ::time::OffsetDateTime;
use cartorio_core::{Digest, HashAlgorithm, Hasher};

use super::document::{Document, Signer};
use super::enclose::{content_header, enclosing, is_kept};
use super::error::{Item, UpgradeError};
use super::evidence::{CrlParts, OcspParts, check_certificate};
use super::token::StampedImprint;
use super::{Attribute, Enclosing, Values, add_values};
use crate::cms::algorithm::digest_identifier;
use crate::cms::ber::Asn1Error;
use crate::cms::enclosing::Opened;
use crate::cms::tlv::Tlv;
use crate::cms::{der as write, oid, time};

/// References to the certificates of the path but the signer's own (RFC 5126 §6.2.1).
///
/// # Errors
/// [`UpgradeError::Value`] for a malformed certificate.
pub fn complete_certificate_refs(certificates: &[&[u8]]) -> Result<Attribute, UpgradeError> {
    let mut refs = Vec::new();
    for (index, der) in certificates.iter().enumerate() {
        let parts = check_certificate(der, index)?;
        let name = write::tlv(write::SEQUENCE, &[&write::tlv(write::context(4), &[parts.issuer])]);
        let issuer_serial = write::tlv(write::SEQUENCE, &[&name, parts.serial]);
        refs.push(write::tlv(write::SEQUENCE, &[&other_hash(der), &issuer_serial]));
    }
    Ok(Attribute::new(oid::CERTIFICATE_REFS, sequence(&refs)))
}

/// References to the evidence, in one list (RFC 5126 §6.2.2).
///
/// # Errors
/// [`UpgradeError::Value`] for a malformed CRL or OCSP response.
pub fn complete_revocation_refs(crls: &[&[u8]], ocsps: &[&[u8]]) -> Result<Attribute, UpgradeError> {
    let crls = read_crls(crls)?;
    let ocsps = read_ocsps(ocsps)?;
    let reference = crl_ocsp_ref(&crls.iter().collect::<Vec<_>>(), &ocsps.iter().collect::<Vec<_>>());
    Ok(Attribute::new(oid::REVOCATION_REFS, sequence(&[reference])))
}

/// References to the evidence, one entry for each certificate of `path` in its order, as RFC 5126 §6.2.2 wants: the
/// signer's certificate first, then those of [`complete_certificate_refs`]. A certificate without evidence (the root) gets
/// an empty entry.
///
/// # Errors
/// [`UpgradeError::Value`] for a malformed item.
pub fn complete_revocation_refs_along(
    path: &[&[u8]],
    crls: &[&[u8]],
    ocsps: &[&[u8]],
) -> Result<Attribute, UpgradeError> {
    let crls = read_crls(crls)?;
    let ocsps = read_ocsps(ocsps)?;
    let mut refs = Vec::new();
    for (index, der) in path.iter().enumerate() {
        let parts = check_certificate(der, index)?;
        let serial = Tlv::only(parts.serial)?.body();
        let root = parts.issuer == parts.subject;
        let crls: Vec<_> = crls.iter().filter(|(_, crl)| !root && crl.issuer == parts.issuer).collect();
        let ocsps: Vec<_> =
            ocsps.iter().filter(|(_, ocsp)| ocsp.about.iter().any(|own| own.is_of(parts.issuer, serial))).collect();
        refs.push(crl_ocsp_ref(&crls, &ocsps));
    }
    Ok(Attribute::new(oid::REVOCATION_REFS, sequence(&refs)))
}

/// The certificates themselves, the signer's too (RFC 5126 §6.3.3).
///
/// # Errors
/// [`UpgradeError::Value`] for a malformed certificate.
pub fn certificate_values(certificates: &[&[u8]]) -> Result<Attribute, UpgradeError> {
    for (index, der) in certificates.iter().enumerate() {
        check_certificate(der, index)?;
    }
    Ok(Attribute::new(oid::CERTIFICATE_VALUES, sequence(certificates)))
}

/// The CRLs and OCSP responses themselves (RFC 5126 §6.3.4); of a response its `BasicOCSPResponse`.
///
/// # Errors
/// [`UpgradeError::Value`] for a malformed CRL or OCSP response.
pub fn revocation_values(crls: &[&[u8]], ocsps: &[&[u8]]) -> Result<Attribute, UpgradeError> {
    read_crls(crls)?;
    let basic: Vec<&[u8]> = read_ocsps(ocsps)?.into_iter().map(|(_, parts)| parts.basic).collect();
    let value = [list(0, crls), list(1, &basic)].concat();
    Ok(Attribute::new(oid::REVOCATION_VALUES, sequence(&[value])))
}

/// What the ES-C time stamp is over (RFC 5126 §6.3.5): the signature value, the signature time stamps and both reference
/// attributes, these without their outer identifier and length.
///
/// # Errors
/// [`UpgradeError::Missing`] when one of them is not there.
pub fn esc_timestamp_input(cms: &[u8], signer: usize, hash: HashAlgorithm) -> Result<Digest, UpgradeError> {
    let document = Document::read(cms)?;
    let own = document.signer(signer)?;
    let mut hasher = Hasher::new(hash);
    hasher.update(own.facts()?.signature);
    for (name, attribute) in [
        (oid::SIGNATURE_TIME_STAMP, "signature-time-stamp"),
        (oid::CERTIFICATE_REFS, "complete-certificate-references"),
        (oid::REVOCATION_REFS, "complete-revocation-references"),
    ] {
        let found = own.find(name)?;
        if found.is_empty() {
            return Err(UpgradeError::Missing { attribute });
        }
        for one in found {
            hasher.update(Tlv::only(one)?.body());
        }
    }
    Ok(hasher.finish())
}

/// The attribute with the ES-C time stamp, whose token is over [`esc_timestamp_input`].
pub fn esc_timestamp(token: &[u8]) -> Attribute {
    Attribute::new(oid::ESC_TIME_STAMP, token.to_vec())
}

/// What `archiveTimestampV2` is over (RFC 5126 §6.4.1): the content description, the content when it is elsewhere, the
/// certificates, the revocation data and all of the signer. `content` is read to its end when the signature is a detached
/// one, and not at all otherwise.
///
/// # Errors
/// [`UpgradeError::OtherContent`] when the content is not what was signed, as far as that can be seen;
/// [`UpgradeError::Read`].
pub fn archive_v2_input(
    cms: &[u8],
    signer: usize,
    hash: HashAlgorithm,
    content: &mut dyn Read,
) -> Result<Digest, UpgradeError> {
    let document = Document::read(cms)?;
    let own = document.signer(signer)?;
    let mut hasher = Hasher::new(hash);
    hasher.update(&document.content);
    if document.enclosed()?.is_none() {
        hash_content(&mut hasher, own, content)?;
    }
    finish_archive_v2(hasher, &document, own)
}

/// As [`archive_v2_input`], of the enclosing signature that a detached one becomes with [`enclose_stamped`]: the content
/// is streamed, so memory stays flat.
///
/// # Errors
/// As there; [`UpgradeError::HasContent`]; [`UpgradeError::WrongLength`] when `content` is not `content_len` bytes long.
pub fn archive_v2_input_enclosed(
    detached: &[u8],
    signer: usize,
    hash: HashAlgorithm,
    content: &mut dyn Read,
    content_len: u64,
) -> Result<Digest, UpgradeError> {
    let document = Document::read(detached)?;
    if document.enclosed()?.is_some() {
        return Err(UpgradeError::HasContent);
    }
    let own = document.signer(signer)?;
    let mut hasher = Hasher::new(hash);
    hasher.update(&content_header(&document, content_len)?);
    let actual = hash_content(&mut hasher, own, content)?;
    if actual != content_len {
        return Err(UpgradeError::WrongLength { expected: content_len, actual });
    }
    finish_archive_v2(hasher, &document, own)
}

/// As [`archive_v2_input_enclosed`], of what [`super::enclose_again`] makes of an opened signature; `extended` is what became
/// of [`Opened::signature`], and `content` reads the content.
///
/// # Errors
/// As there; [`UpgradeError::Malformed`] when the content is no OCTET STRING, which RFC 5126 knows nothing of;
/// [`UpgradeError::StampedBer`] when the description stays in BER, of which nobody knows what a time stamp is over.
pub fn archive_v2_input_again(
    opened: &Opened,
    extended: &[u8],
    signer: usize,
    hash: HashAlgorithm,
    content: &mut dyn Read,
) -> Result<Digest, UpgradeError> {
    if !opened.octets {
        let offset = usize::try_from(opened.description.start).unwrap_or(usize::MAX);
        return Err(Asn1Error::Unexpected { what: "an octet string", offset }.into());
    }
    if is_kept(opened)? {
        return Err(UpgradeError::StampedBer);
    }
    archive_v2_input_enclosed(extended, signer, hash, content, opened.content_len())
}

/// As [`super::enclose`], for a detached signature whose `archiveTimestampV2` is over [`archive_v2_input_enclosed`].
///
/// # Errors
/// [`UpgradeError::HasContent`].
pub fn enclose_stamped(detached: &[u8], content_len: u64) -> Result<Enclosing, UpgradeError> {
    let document = Document::read(detached)?;
    if document.enclosed()?.is_some() {
        return Err(UpgradeError::HasContent);
    }
    enclosing(&document, content_len)
}

/// The attribute with the archive time stamp, whose token is over [`archive_v2_input`].
pub fn archive_timestamp_v2(token: &[u8]) -> Attribute {
    Attribute::new(oid::ARCHIVE_TIME_STAMP_V2, token.to_vec())
}

/// Puts certificates and evidence into the newest `archiveTimestampV2` itself, where those of its authority have to be
/// before the next one covers it (RFC 5126 §6.4.1): the sets of the signature are sealed then.
///
/// # Errors
/// [`UpgradeError::Missing`] when there is none; [`UpgradeError::Value`] for a malformed item.
pub fn add_values_to_archive(cms: &[u8], signer: usize, values: &Values<'_>) -> Result<Vec<u8>, UpgradeError> {
    let mut document = Document::read(cms)?;
    let own = document.signer_mut(signer)?;
    let mut newest: Option<(OffsetDateTime, Vec<u8>, Vec<u8>)> = None;
    for attribute in own.find(oid::ARCHIVE_TIME_STAMP_V2)? {
        let token = only_value(attribute)?.raw();
        let at = StampedImprint::read(token)?.gen_time;
        if newest.as_ref().is_none_or(|(latest, ..)| at > *latest) {
            newest = Some((at, attribute.to_vec(), token.to_vec()));
        }
    }
    let (_, old, token) = newest.ok_or(UpgradeError::Missing { attribute: "archive-time-stamp" })?;
    own.replace(&old, archive_timestamp_v2(&add_values(&token, values)?).to_der()?);
    Ok(document.write())
}

/// Puts what is new of `values` into the signer's own `certificate-values` and `revocation-values` (RFC 5126 §6.3.3, §6.3.4), where the
/// archive time stamp of another signer covers the sets of the signature: it does not cover these.
///
/// # Errors
/// [`UpgradeError::Sealed`] when an archive time stamp of this signer covers them; [`UpgradeError::Value`] for a malformed item.
pub fn add_to_values(cms: &[u8], signer: usize, values: &Values<'_>) -> Result<Vec<u8>, UpgradeError> {
    for (index, der) in values.certificates.iter().enumerate() {
        check_certificate(der, index)?;
    }
    read_crls(&values.crls)?;
    let answers: Vec<&[u8]> = read_ocsps(&values.ocsps)?.into_iter().map(|(_, parts)| parts.basic).collect();
    let mut document = Document::read(cms)?;
    let own = document.signer_mut(signer)?;
    for name in [oid::ARCHIVE_TIME_STAMP_V1, oid::ARCHIVE_TIME_STAMP_V2, oid::ARCHIVE_TIME_STAMP_V3] {
        if !own.find(name)?.is_empty() {
            return Err(UpgradeError::Sealed);
        }
    }
    let there = own.find(oid::CERTIFICATE_VALUES)?.first().map(|own| own.to_vec());
    let mut certificates = Vec::new();
    if let Some(there) = &there {
        certificates = elements(&only_value(there)?)?;
    }
    join(&mut certificates, &values.certificates);
    own.put(there, &Attribute::new(oid::CERTIFICATE_VALUES, sequence(&certificates)))?;

    let there = own.find(oid::REVOCATION_VALUES)?.first().map(|own| own.to_vec());
    let (mut crls, mut ocsps, mut others) = (Vec::new(), Vec::new(), Vec::new());
    if let Some(there) = &there {
        for field in only_value(there)?.children().rest("a field of revocation values")? {
            let list = || field.children().expect(write::SEQUENCE, "a list of values").map_err(UpgradeError::from);
            match field.tag() {
                0xa0 => crls = elements(&list()?)?,
                0xa1 => ocsps = elements(&list()?)?,
                _ => others.extend_from_slice(field.raw()),
            }
        }
    }
    join(&mut crls, &values.crls);
    join(&mut ocsps, &answers);
    let value = [list(0, &crls), list(1, &ocsps), others].concat();
    own.put(there, &Attribute::new(oid::REVOCATION_VALUES, sequence(&[value])))?;
    Ok(document.write())
}

/// The only value of an attribute.
fn only_value(attribute: &[u8]) -> Result<Tlv<'_>, UpgradeError> {
    let mut parts = Tlv::only(attribute)?.children();
    parts.any("an attribute's name")?;
    let mut found = parts.expect(write::SET, "an attribute's values")?.children();
    let value = found.any("an attribute's value")?;
    found.finish("one value alone")?;
    Ok(value)
}

/// The elements of a list, as written.
fn elements(list: &Tlv<'_>) -> Result<Vec<Vec<u8>>, UpgradeError> {
    Ok(list.children().rest("an element of a list")?.iter().map(|own| own.raw().to_vec()).collect())
}

/// Adds what is not there yet.
fn join(list: &mut Vec<Vec<u8>>, new: &[&[u8]]) {
    for own in new {
        if !list.iter().any(|there| there == own) {
            list.push(own.to_vec());
        }
    }
}

/// Checks that a token is over `input`, before it is added.
///
/// # Errors
/// [`UpgradeError::WrongImprint`]; those of reading a token.
pub fn check_token(token: &[u8], input: &Digest) -> Result<(), UpgradeError> {
    StampedImprint::read(token)?.check(input)
}

/// Bytes of content that are read at a time.
const CHUNK: usize = 1 << 20;

/// Hashes the content and compares it with what the signer signed; gives its length.
fn hash_content(hasher: &mut Hasher, signer: &Signer<'_>, content: &mut dyn Read) -> Result<u64, UpgradeError> {
    let facts = signer.facts()?;
    let mut signed = facts.digest.known().zip(facts.message_digest).map(|(hash, digest)| (Hasher::new(hash), digest));
    let mut buffer = vec![0; CHUNK];
    let mut len = 0;
    loop {
        let read = match content.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        hasher.update(&buffer[..read]);
        if let Some((own, _)) = &mut signed {
            own.update(&buffer[..read]);
        }
        len += read as u64;
    }
    if signed.is_some_and(|(own, digest)| own.finish().as_bytes() != digest) {
        return Err(UpgradeError::OtherContent);
    }
    Ok(len)
}

/// The sets with their identifiers and lengths, as TS 101 733 v2.2.1 (annex K, note 3) settled it.
fn finish_archive_v2(mut hasher: Hasher, document: &Document<'_>, signer: &Signer<'_>) -> Result<Digest, UpgradeError> {
    hasher.update(&document.sets());
    hasher.update(&signer.fields);
    hasher.update(&signer.unsigned_field());
    Ok(hasher.finish())
}

/// `OtherHash` with SHA-256.
fn other_hash(data: &[u8]) -> Vec<u8> {
    let digest = Digest::of(HashAlgorithm::Sha256, data);
    let value = write::tlv(write::OCTET_STRING, &[digest.as_bytes()]);
    write::tlv(write::SEQUENCE, &[&digest_identifier(HashAlgorithm::Sha256), &value])
}

/// `CrlOcspRef`: `crlids [0]` and `ocspids [1]`, each a SEQUENCE that holds the list.
fn crl_ocsp_ref(crls: &[&(&[u8], CrlParts<'_>)], ocsps: &[&(&[u8], OcspParts<'_>)]) -> Vec<u8> {
    let crls: Vec<Vec<u8>> = crls.iter().map(|(der, parts)| crl_ref(der, parts)).collect();
    let ocsps: Vec<Vec<u8>> = ocsps.iter().map(|(der, parts)| ocsp_ref(der, parts)).collect();
    let wrapped = |number: u8, refs: Vec<Vec<u8>>| {
        if refs.is_empty() { Vec::new() } else { list(number, &[sequence(&refs)]) }
    };
    sequence(&[wrapped(0, crls), wrapped(1, ocsps)])
}

/// `CrlValidatedID`. A CRL of 2050 or later has no UTCTime, which `CrlIdentifier` asks for: then the hash alone names it.
fn crl_ref(der: &[u8], parts: &CrlParts<'_>) -> Vec<u8> {
    let issued = if parts.this_update.tag() == write::UTC_TIME {
        Some(parts.this_update.raw().to_vec())
    } else {
        time::read(&parts.this_update).and_then(time::write).filter(|time| time.first() == Some(&write::UTC_TIME))
    };
    let identifier = issued
        .map(|issued| sequence(&[parts.issuer, issued.as_slice(), parts.number.unwrap_or_default()]))
        .unwrap_or_default();
    sequence(&[other_hash(der), identifier])
}

/// `OcspResponsesID`.
fn ocsp_ref(der: &[u8], parts: &OcspParts<'_>) -> Vec<u8> {
    sequence(&[sequence(&[parts.responder, parts.produced_at]), other_hash(der)])
}

/// `[number] EXPLICIT SEQUENCE OF`, left out when there is nothing in it.
fn list<T: AsRef<[u8]>>(number: u8, items: &[T]) -> Vec<u8> {
    if items.is_empty() { Vec::new() } else { write::tlv(write::context(number), &[&sequence(items)]) }
}

fn sequence<T: AsRef<[u8]>>(items: &[T]) -> Vec<u8> {
    let parts: Vec<&[u8]> = items.iter().map(AsRef::as_ref).collect();
    write::tlv(write::SEQUENCE, &parts)
}

fn read_crls<'a>(crls: &[&'a [u8]]) -> Result<Vec<(&'a [u8], CrlParts<'a>)>, UpgradeError> {
    let about = |index, reason| UpgradeError::about(Item::Crl, index, reason);
    crls.iter().enumerate().map(|(at, der)| Ok((*der, CrlParts::read(der).map_err(|e| about(at, e))?))).collect()
}

fn read_ocsps<'a>(ocsps: &[&'a [u8]]) -> Result<Vec<(&'a [u8], OcspParts<'a>)>, UpgradeError> {
    let about = |index, reason| UpgradeError::about(Item::Ocsp, index, reason);
    ocsps.iter().enumerate().map(|(at, der)| Ok((*der, OcspParts::read(der).map_err(|e| about(at, e))?))).collect()
}
