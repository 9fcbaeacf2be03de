//! What a time-stamp token is over (RFC 3161 §2.4.2).

use cartorio_core::Digest;
use time::OffsetDateTime;

use super::document::Document;
use super::error::{Item, UpgradeError};
use crate::cms::algorithm::DigestId;
use crate::cms::ber::Asn1Error;
use crate::cms::oid;
use crate::cms::tst::TstInfo;

/// The imprint in a token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct StampedImprint {
    hash: DigestId,
    value: Vec<u8>,
    /// When the authority says that it was.
    pub(super) gen_time: OffsetDateTime,
}

impl StampedImprint {
    /// Reads a token, which has one signer; its signature is judged elsewhere.
    pub(super) fn read(token: &[u8]) -> Result<Self, UpgradeError> {
        let document = match Document::read(token) {
            Ok(document) => document,
            Err(UpgradeError::Malformed(reason)) => return Err(UpgradeError::about(Item::TimeStamp, 0, reason)),
            Err(UpgradeError::NotSignedData(kind)) => return Err(UpgradeError::NotTimeStamp(kind)),
            Err(other) => return Err(other),
        };
        if document.content_type != oid::TST_INFO {
            return Err(UpgradeError::NotTimeStamp(document.content_type));
        }
        if document.signers.len() != 1 {
            return Err(UpgradeError::NotOneSigner { count: document.signers.len() });
        }
        let malformed = |reason| UpgradeError::about(Item::TimeStamp, 0, reason);
        let info = document.enclosed()?.ok_or(malformed(Asn1Error::Unexpected { what: "a TSTInfo", offset: 0 }))?;
        let info = TstInfo::read(info).map_err(malformed)?;
        Ok(Self { hash: info.hash, value: info.value, gen_time: info.gen_time })
    }

    /// Refuses a token over something else than `digest`.
    pub(super) fn check(&self, digest: &Digest) -> Result<(), UpgradeError> {
        if self.hash == DigestId::Known(digest.algorithm()) && self.value == digest.as_bytes() {
            Ok(())
        } else {
            Err(UpgradeError::WrongImprint)
        }
    }

    /// Refuses a token over something else than `data`, or with a hash that is weak or unknown.
    pub(super) fn check_over(&self, data: &[u8]) -> Result<(), UpgradeError> {
        let hash = self.hash.known().ok_or(UpgradeError::WrongImprint)?;
        self.check(&Digest::of(hash, data))
    }
}
