//! Further signers: beside the first one, or over its signature.

use std::borrow::Cow;

use cartorio_core::Digest;

use super::document::{Document, Signer, SignerFacts, insert};
use super::error::{Item, UpgradeError};
use super::{Attribute, evidence, whole};
use crate::cms::algorithm::DigestId;
use crate::cms::ber::Asn1Error;
use crate::cms::oid;
use crate::cms::tlv::Tlv;

/// Adds the only signer of `new` to `existing`, with its certificates, its evidence and its digest algorithm: a parallel
/// signature over the same content. Whether the content is inside stays as `existing` has it.
///
/// # Errors
/// [`UpgradeError::OtherContent`] when the two are over different contents, as far as that can be seen;
/// [`UpgradeError::NotOneSigner`]; [`UpgradeError::Sealed`].
pub fn cosign(existing: &[u8], new: &[u8]) -> Result<Vec<u8>, UpgradeError> {
    let mut document = Document::read(existing)?;
    let new = Document::read(new)?;
    let [added] = new.signers.as_slice() else {
        return Err(UpgradeError::NotOneSigner { count: new.signers.len() });
    };
    document.check_open()?;
    if new.content_type != document.content_type {
        return Err(UpgradeError::OtherContentType { existing: document.content_type, new: new.content_type });
    }
    check_same_content(&document, &new, &added.facts()?)?;
    for algorithm in &new.digest_algorithms {
        let wanted = DigestId::read(&Tlv::only(algorithm)?)?;
        let mut known = false;
        for present in &document.digest_algorithms {
            known |= DigestId::read(&Tlv::only(present)?)? == wanted;
        }
        if !known {
            insert(&mut document.digest_algorithms, Cow::Borrowed(algorithm.as_ref()));
        }
    }
    new.certificates.iter().flatten().for_each(|certificate| document.add_certificate(certificate));
    new.revocation.iter().flatten().for_each(|element| document.add_revocation(element));
    let written = added.write();
    let order: Vec<Vec<u8>> = document.signers.iter().map(Signer::write).collect();
    if !order.contains(&written) {
        let at = if order.is_sorted() { order.partition_point(|one| *one <= written) } else { order.len() };
        document.signers.insert(at, added.clone());
    }
    document.raise_version()?;
    Ok(document.write())
}

/// Puts a countersignature (RFC 5652 §11.4) over the signature of a signer, and the countersigner's certificates beside
/// the others.
///
/// # Errors
/// [`UpgradeError::OtherSignature`] when it is over something else; [`UpgradeError::Value`] for a malformed one;
/// [`UpgradeError::Sealed`].
pub fn countersign(
    cms: &[u8],
    signer: usize,
    signer_info: &[u8],
    certificates: &[&[u8]],
) -> Result<Vec<u8>, UpgradeError> {
    let malformed = |reason| UpgradeError::about(Item::SignerInfo, 0, reason);
    let mut document = Document::read(cms)?;
    document.check_open()?;
    let value = document.signer(signer)?.facts()?.signature.to_vec();
    let der = whole(signer_info).map_err(malformed)?;
    let countersigner = Tlv::only(&der).map_err(malformed)?;
    let countersigner = Signer::of(&countersigner)?;
    let facts = countersigner.facts()?;
    if facts.has_content_type {
        return Err(malformed(Asn1Error::Unexpected { what: "no content type in a countersignature", offset: 0 }));
    }
    if let (DigestId::Known(hash), Some(signed)) = (&facts.digest, facts.message_digest)
        && Digest::of(*hash, &value).as_bytes() != signed
    {
        return Err(UpgradeError::OtherSignature);
    }
    for (index, certificate) in certificates.iter().enumerate() {
        evidence::check_certificate(certificate, index)?;
        document.add_certificate(certificate);
    }
    let attribute = Attribute::new(oid::COUNTERSIGNATURE, der.clone().into_owned()).to_der()?;
    document.signer_mut(signer)?.add(attribute);
    document.raise_version()?;
    Ok(document.write())
}

/// Compares with what is inside, or else with what the other signers signed with the same hash.
fn check_same_content(
    existing: &Document<'_>,
    new: &Document<'_>,
    added: &SignerFacts<'_>,
) -> Result<(), UpgradeError> {
    if let (Some(ours), Some(theirs)) = (existing.enclosed()?, new.enclosed()?)
        && ours != theirs
    {
        return Err(UpgradeError::OtherContent);
    }
    let (Some(digest), Some(hash)) = (added.message_digest, added.digest.known()) else {
        return Ok(());
    };
    if existing.enclosed()?.is_some_and(|content| Digest::of(hash, content).as_bytes() != digest) {
        return Err(UpgradeError::OtherContent);
    }
    for signer in &existing.signers {
        let facts = signer.facts()?;
        if facts.digest == added.digest && facts.message_digest.is_some_and(|other| other != digest) {
            return Err(UpgradeError::OtherContent);
        }
    }
    Ok(())
}
