//! The archive time stamp that makes level B-LTA (EN 319 122-1 §5.5): `archive-time-stamp-v3` with `ats-hash-index-v3`.

use cartorio_core::{Digest, HashAlgorithm, Hasher};

use super::document::{Document, Piece};
use super::token::StampedImprint;
use super::{Attribute, UpgradeError, add_unsigned};
use crate::cms::algorithm::{DigestId, digest_identifier, read_oid};
use crate::cms::tlv::Tlv;
use crate::cms::{der as write, oid};

/// What an archive time stamp has to be over.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ArchiveInput {
    /// What the authority is asked to stamp.
    pub imprint: Digest,
    /// The DER `ATSHashIndexValue` (version 3).
    hash_index: Vec<u8>,
    content_digest: Digest,
}

/// What an archive time stamp over a signer's signature has to be over (EN 319 122-1 §5.5.3). Everything that should be
/// covered has to be inside already: the certificates and the evidence of the time stamps that are there, too.
///
/// `content_digest` is the one of the content, made with `hash`.
///
/// # Errors
/// [`UpgradeError::WrongDigest`] when it was made with another hash; [`UpgradeError::OtherContent`] when it is not the
/// one of what was signed, as far as that can be seen.
pub fn archive_input(
    cms: &[u8],
    signer: usize,
    hash: HashAlgorithm,
    content_digest: &Digest,
) -> Result<ArchiveInput, UpgradeError> {
    if content_digest.algorithm() != hash {
        return Err(UpgradeError::WrongDigest { expected: hash, actual: content_digest.algorithm() });
    }
    let document = Document::read(cms)?;
    let own = document.signer(signer)?;
    let facts = own.facts()?;
    let signed_other = facts.digest == DigestId::Known(hash)
        && facts.message_digest.is_some_and(|digest| digest != content_digest.as_bytes());
    let encloses_other = document.enclosed()?.is_some_and(|content| Digest::of(hash, content) != *content_digest);
    if signed_other || encloses_other {
        return Err(UpgradeError::OtherContent);
    }
    let hash_index = hash_index(&document, signer, hash)?;
    let mut hasher = Hasher::new(hash);
    hasher.update(&write::oid(document.content_type));
    hasher.update(content_digest.as_bytes());
    // version, sid, digestAlgorithm, signedAttrs, signatureAlgorithm and signature, as they stand.
    hasher.update(&own.fields);
    hasher.update(&hash_index);
    Ok(ArchiveInput { imprint: hasher.finish(), hash_index, content_digest: content_digest.clone() })
}

/// Adds the archive time stamp; the hash index goes into the unsigned attributes of the token.
///
/// # Errors
/// [`UpgradeError::WrongImprint`] for a token over something else; [`UpgradeError::Changed`] when the signature is not
/// the one that `input` was made from.
pub fn add_archive_timestamp(
    cms: &[u8],
    signer: usize,
    input: &ArchiveInput,
    token: &[u8],
) -> Result<Vec<u8>, UpgradeError> {
    if archive_input(cms, signer, input.imprint.algorithm(), &input.content_digest)? != *input {
        return Err(UpgradeError::Changed);
    }
    StampedImprint::read(token)?.check(&input.imprint)?;
    let index = Attribute::new(oid::ATS_HASH_INDEX_V3, input.hash_index.clone());
    let token = add_unsigned(token, 0, &index)?;
    add_unsigned(cms, signer, &Attribute::new(oid::ARCHIVE_TIME_STAMP_V3, token))
}

/// `ATSHashIndexValue` (EN 319 122-1 §5.5.2): a hash for every certificate, every piece of revocation data, and every
/// value of an unsigned attribute together with the attribute's name.
fn hash_index(document: &Document<'_>, signer: usize, hash: HashAlgorithm) -> Result<Vec<u8>, UpgradeError> {
    let sequence = |hashes: Vec<Vec<u8>>| write::tlv(write::SEQUENCE, &[&hashes.concat()]);
    let octets = |digest: Digest| write::tlv(write::OCTET_STRING, &[digest.as_bytes()]);
    let each = |pieces: &Option<Vec<Piece<'_>>>| {
        sequence(pieces.iter().flatten().map(|piece| octets(Digest::of(hash, piece))).collect())
    };
    let mut values = Vec::new();
    for attribute in document.signer(signer)?.unsigned.iter().flatten() {
        let mut parts = Tlv::only(attribute)?.children();
        let name = parts.any("an attribute's name")?;
        read_oid(&name)?;
        for value in parts.expect(write::SET, "an attribute's values")?.children().rest("an attribute's value")? {
            let mut hasher = Hasher::new(hash);
            hasher.update(name.raw());
            hasher.update(value.raw());
            values.push(octets(hasher.finish()));
        }
    }
    Ok(write::tlv(
        write::SEQUENCE,
        &[&digest_identifier(hash), &each(&document.certificates), &each(&document.revocation), &sequence(values)],
    ))
}
