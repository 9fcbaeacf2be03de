//! CAdES B-B signatures that stand beside their content (`.p7s`).

use cartorio_core::Digest;
use cartorio_keys::SignatureAlgorithm;
use time::OffsetDateTime;

use super::CreateError;
use super::attributes::SignedExtras;
use super::cms::{self, CmsRequest, Prepared, Profile};

/// The usual ending of a detached signature's file name.
pub const FILE_EXTENSION: &str = "p7s";

/// What to sign, as whom, when.
#[derive(Clone, Debug)]
pub struct CadesRequest<'a> {
    /// DER certificate of the signer.
    pub signer_certificate: &'a [u8],
    /// DER certificates of the issuers, root included where it should travel with the signature.
    pub chain: Vec<&'a [u8]>,
    /// The algorithm; it has to fit the certificate's key.
    pub algorithm: SignatureAlgorithm,
    /// The content's digest, made with the algorithm's hash ([`Digest::of_reader`] streams it).
    pub content_digest: Digest,
    /// The claimed signing time, mandatory at level B-B (EN 319 122-1 §6.3).
    pub signing_time: OffsetDateTime,
    /// Signed attributes beside the mandatory ones; usually none.
    pub extras: SignedExtras,
}

/// Prepares a detached CAdES B-B signature; [`Prepared::finish`] gives the `.p7s`.
///
/// # Errors
/// Those of [`cms::prepare`].
pub fn prepare_detached(request: CadesRequest<'_>) -> Result<Prepared, CreateError> {
    cms::prepare(CmsRequest {
        signer_certificate: request.signer_certificate,
        chain: request.chain,
        algorithm: request.algorithm,
        content_digest: request.content_digest,
        profile: Profile::Cades { signing_time: Some(request.signing_time) },
        extras: request.extras,
    })
}
