//! Time-stamp tokens (RFC 3161 §2.4.2): a SignedData that encloses a TSTInfo with the digest of what was stamped.
//!
//! Two things have to hold: the authority's signature over the TSTInfo, and the equality of the imprint with the digest of
//! the stamped bytes. Whether the authority's certificate may stamp at all (id-kp-timeStamping) and is trusted is judged
//! elsewhere.

use cartorio_core::{Digest, HashAlgorithm};
use time::OffsetDateTime;

use super::cms::{ParseError, SignedDataView, parse, verify_enclosed};
use super::{BreakReason, Integrity, OpenReason, SignerReport};
use crate::cms::algorithm::DigestId;
use crate::cms::ber::Asn1Error;
use crate::cms::oid;
use crate::cms::tst::TstInfo;

/// What a token says was there, and when.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Imprint {
    /// Hash function of the imprint.
    pub hash: DigestId,
    /// The digest that was sent to the authority.
    pub value: Vec<u8>,
    /// genTime, in UTC; fractions of a second are dropped.
    pub gen_time: OffsetDateTime,
    /// The policy of the authority.
    pub policy: const_oid::ObjectIdentifier,
    /// Contents of the INTEGER that numbers the token.
    pub serial: Vec<u8>,
}

/// A token with the verdict on its own signature.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TimeStamp {
    /// What it is about.
    pub imprint: Imprint,
    /// The authority's signature over the TSTInfo. It says nothing about the stamped content: that is
    /// [`TimeStamp::judge`].
    pub signer: SignerReport,
}

/// Whether the stamped content is the one at hand.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ImprintMatch {
    /// It has the digest of the imprint.
    Matches(HashAlgorithm),
    /// It has another one.
    Differs {
        /// What was stamped.
        stamped: Vec<u8>,
        /// What the content has.
        actual: Vec<u8>,
    },
    /// The hash is weak or unknown.
    Unchecked(OpenReason),
}

/// Reads what the token at the start of `cms` is about, without judging anything.
///
/// # Errors
/// [`ParseError`]: not a SignedData, or its content is not a TSTInfo.
pub fn imprint(cms: &[u8]) -> Result<Imprint, ParseError> {
    Imprint::read(&parse(cms)?)
}

impl Imprint {
    /// Reads the TSTInfo inside `data`.
    ///
    /// # Errors
    /// [`ParseError::NotTimeStamp`] for another content; [`ParseError::Malformed`] with an offset from the start of the
    /// TSTInfo.
    pub fn read(data: &SignedDataView<'_>) -> Result<Self, ParseError> {
        if data.content_type() != oid::TST_INFO {
            return Err(ParseError::NotTimeStamp(data.content_type()));
        }
        let content = data.content().ok_or(Asn1Error::Unexpected { what: "a TSTInfo", offset: 0 })?;
        let TstInfo { policy, hash, value, serial, gen_time, accuracy: _, nonce: _, critical: _ } =
            TstInfo::read(content)?;
        Ok(Self { hash, value, gen_time, policy, serial })
    }

    /// Compares with the content; `content` gives its digest and is only called for a hash that counts.
    ///
    /// # Errors
    /// Whatever `content` fails with.
    pub fn compare<E>(&self, content: impl FnOnce(HashAlgorithm) -> Result<Digest, E>) -> Result<ImprintMatch, E> {
        let hash = match &self.hash {
            DigestId::Known(hash) => *hash,
            DigestId::Weak(name) => return Ok(ImprintMatch::Unchecked(OpenReason::WeakAlgorithm(name))),
            DigestId::Unknown(oid) => return Ok(ImprintMatch::Unchecked(OpenReason::UnknownAlgorithm(*oid))),
        };
        let actual = content(hash)?;
        Ok(if actual.as_bytes() == self.value {
            ImprintMatch::Matches(hash)
        } else {
            ImprintMatch::Differs { stamped: self.value.clone(), actual: actual.as_bytes().to_vec() }
        })
    }
}

impl TimeStamp {
    /// Reads a token and judges the authority's signature over what it encloses.
    ///
    /// # Errors
    /// As [`Imprint::read`]; [`ParseError::Malformed`] unless exactly one signer is there (RFC 3161 §2.4.2).
    pub fn read(data: &SignedDataView<'_>) -> Result<Self, ParseError> {
        let imprint = Imprint::read(data)?;
        let not_one = Asn1Error::Unexpected { what: "exactly one signer of a time-stamp", offset: 0 };
        if data.signers().len() != 1 {
            return Err(not_one.into());
        }
        let signer = verify_enclosed(data).and_then(|mut signers| signers.pop()).ok_or(not_one)?;
        Ok(Self { imprint, signer })
    }

    /// The one verdict on the stamped content: the imprint has to be the content's and the authority's signature has to
    /// hold. `content` gives the content's digest.
    ///
    /// # Errors
    /// Whatever `content` fails with.
    pub fn judge<E>(
        &self,
        content: impl FnOnce(HashAlgorithm) -> Result<Digest, E>,
    ) -> Result<(ImprintMatch, Integrity), E> {
        let found = self.imprint.compare(content)?;
        let integrity = match (&found, &self.signer.integrity) {
            (ImprintMatch::Differs { .. }, _) => Integrity::Broken { reason: BreakReason::ContentChanged },
            (_, broken @ Integrity::Broken { .. }) => broken.clone(),
            (ImprintMatch::Unchecked(reason), _) => Integrity::Undecidable { reason: reason.clone() },
            (ImprintMatch::Matches(_), own @ (Integrity::Ok | Integrity::Undecidable { .. })) => own.clone(),
        };
        Ok((found, integrity))
    }
}
