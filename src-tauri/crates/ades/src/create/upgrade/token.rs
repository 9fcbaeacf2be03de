//! What a time-stamp token is over (RFC 3161 §2.4.2).

use cartorio_core::Digest;

use super::document::Document;
use super::error::{Item, UpgradeError};
use crate::cms::algorithm::DigestId;
use crate::cms::ber::Asn1Error;
use crate::cms::tlv::Tlv;
use crate::cms::{der as write, oid};

/// The imprint in a token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct StampedImprint {
    hash: DigestId,
    value: Vec<u8>,
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
        Self::of_info(info).map_err(malformed)
    }

    fn of_info(info: &[u8]) -> Result<Self, Asn1Error> {
        let mut fields = Tlv::only(info)?.children();
        fields.expect(write::INTEGER, "a version")?;
        fields.expect(write::OBJECT_IDENTIFIER, "a policy")?;
        let mut imprint = fields.expect(write::SEQUENCE, "a message imprint")?.children();
        let hash = DigestId::read(&imprint.expect(write::SEQUENCE, "a hash algorithm")?)?;
        let value = imprint.expect(write::OCTET_STRING, "a digest")?.body().to_vec();
        Ok(Self { hash, value })
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
