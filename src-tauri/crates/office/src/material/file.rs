//! Evidence that a person gives in files.

use std::path::Path;

use cartorio_core::{Digest, HashAlgorithm};
use cartorio_pki::{OcspResponse, read_objects};

use super::Given;
use crate::documents::{ReadFor, file_name, read_file};
use crate::signing::SignError;
use crate::{OfficeError, OfficeResult};

/// What a file of evidence brings, and its SHA-256. Blocks.
///
/// # Errors
/// Where it cannot be read; [`SignError::EvidenceNone`] where nothing of the kind is in it.
pub(crate) fn evidence_in(path: &Path) -> OfficeResult<(Given, String)> {
    let name = file_name(path);
    let bytes = read_file(path, &name, ReadFor::Evidence)?;
    let sha256 = Digest::of(HashAlgorithm::Sha256, &bytes).to_hex();
    if let Ok(response) = OcspResponse::from_der(&bytes) {
        return Ok((Given { ocsps: vec![response], ..Given::default() }, sha256));
    }
    // It could be read, so whatever it is, it is no evidence.
    let none = || OfficeError::from(SignError::EvidenceNone { name: name.clone() });
    let bundle = read_objects(&bytes).map_err(|_| none())?;
    let (certificates, crls, ocsps) = (bundle.certificates(), bundle.crls(), bundle.ocsp_responses());
    if certificates.is_empty() && crls.is_empty() && ocsps.is_empty() {
        return Err(none());
    }
    Ok((Given { certificates, crls, ocsps }, sha256))
}
