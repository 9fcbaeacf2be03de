//! Issuing: the contract of a certificate authority, and the local one.
//!
//! Making a certificate has two phases, so that the CA's key can live in a KMS or HSM: [`UnsignedCertificate::prepare`]
//! gives the digest, whoever has the key signs it, [`UnsignedCertificate::assemble`] checks that signature and puts
//! the parts together. The same for [`UnsignedCrl`], and for [`UnsignedRequest`], which the holder's key signs.

mod certificate;
mod crl;
pub mod demo;
mod request;
mod subject;

use std::sync::Arc;

use async_trait::async_trait;
use cartorio_keys::{CloudProfile, DigestSigner, KeyError};
use time::OffsetDateTime;

use crate::certificate::{Certificate, CertificateError, KeyUsage, Validity};
use crate::crl::{Crl, CrlError, RevokedCertificate};
use crate::serial::{RandomError, Serial};

pub use certificate::{CertificateRequest, Profile, UnsignedCertificate, clip};
pub use crl::{CrlRequest, UnsignedCrl};
pub use request::{CertificationRequest, UnsignedRequest};
pub use subject::{AttributeType, Subject, SubjectError};

/// Something that issues certificates: [`LocalCa`], or a CA in the cloud that [`Authorities`] opens.
#[async_trait]
pub trait CertificateAuthority: Send + Sync {
    /// The issuing certificate and those above it, the root last.
    fn chain(&self) -> &[Certificate];

    /// Issues a certificate. Gives it with its chain: the new one first, the root last.
    ///
    /// The key of `request` must be `holder`'s: nobody gets a certificate for somebody else's key. A CA that is elsewhere
    /// wants that proved by a signature of the holder ([`CertificationRequest`]); to one in this process the signer itself
    /// is proof. The validity asked for is clipped to the issuer's own. A CA that is elsewhere chooses serial numbers by
    /// itself; to it, the serial of `request` only tells one request from another.
    ///
    /// # Errors
    /// [`CaError`].
    async fn issue(&self, request: CertificateRequest, holder: &dyn DigestSigner) -> Result<Vec<Certificate>, CaError>;

    /// Makes a revocation list.
    ///
    /// # Errors
    /// [`CaError`]; `Unsupported` where the CA keeps its own books.
    async fn crl(&self, request: CrlRequest) -> Result<Crl, CaError>;
}

/// Opens certificate authorities that are elsewhere.
#[async_trait]
pub trait Authorities: Send + Sync {
    /// The authority of that name in the account that `profile` leads to (for AWS Private CA: its ARN). Asks for its state
    /// and its chain, and checks both.
    ///
    /// # Errors
    /// `BadAuthority`, `UnknownAuthority`, `NotActive`, `Unsupported`, the errors of [`check_chain`]; `Remote` with the errors of
    /// reaching the account.
    async fn open(&self, profile: &CloudProfile, authority: &str) -> Result<Arc<dyn CertificateAuthority>, CaError>;
}

/// Checks that a CA's certificate may issue, and that each one is signed by the next.
///
/// # Errors
/// `EmptyChain`, `NotACa`, `BrokenChain`.
pub fn check_chain(chain: &[Certificate]) -> Result<&Certificate, CaError> {
    let first = chain.first().ok_or(CaError::EmptyChain)?;
    for ca in chain {
        if !ca.is_ca() || !ca.allows(KeyUsage::KeyCertSign) {
            return Err(CaError::NotACa { subject: ca.subject.rfc4514().to_owned() });
        }
    }
    for pair in chain.windows(2) {
        if pair[0].issuer != pair[1].subject || !pair[0].check_signed_by(&pair[1]).is_valid() {
            return Err(CaError::BrokenChain { subject: pair[0].subject.rfc4514().to_owned() });
        }
    }
    Ok(first)
}

/// A CA whose key is behind a [`DigestSigner`] and whose books the caller keeps.
pub struct LocalCa {
    chain: Vec<Certificate>,
    signer: Box<dyn DigestSigner>,
}

impl LocalCa {
    /// Takes an existing CA: its certificate first, then those above it.
    ///
    /// # Errors
    /// `EmptyChain`; `KeyMismatch` when the signer's key is not the certificate's; `NotACa` when the certificate may
    /// not issue; `BrokenChain` when one is not signed by the next.
    pub fn new(chain: Vec<Certificate>, signer: Box<dyn DigestSigner>) -> Result<Self, CaError> {
        let first = check_chain(&chain)?;
        if first.public_key().is_none_or(|key| key != *signer.public_key()) {
            return Err(CaError::KeyMismatch);
        }
        Ok(Self { chain, signer })
    }

    /// Makes a new root: a certificate that its own key signs. The profile must be [`Profile::RootCa`].
    ///
    /// # Errors
    /// [`CaError`].
    pub async fn create_root(
        subject: Subject,
        path_len: Option<u8>,
        validity: Validity,
        signer: Box<dyn DigestSigner>,
    ) -> Result<Self, CaError> {
        let request = CertificateRequest {
            subject,
            spki: signer.public_key().spki.clone(),
            profile: Profile::RootCa { path_len },
            validity,
            serial: Serial::random()?,
        };
        let unsigned = UnsignedCertificate::prepare(request, None, signer.algorithm())?;
        let signature = signer.sign_digest(&unsigned.digest()).await?;
        let root = unsigned.assemble(&signature.value, signer.public_key())?;
        Self::new(vec![root], signer)
    }

    /// Its own certificate.
    pub fn certificate(&self) -> &Certificate {
        // `new` refuses an empty chain.
        &self.chain[0]
    }
}

#[async_trait]
impl CertificateAuthority for LocalCa {
    fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    async fn issue(&self, request: CertificateRequest, holder: &dyn DigestSigner) -> Result<Vec<Certificate>, CaError> {
        if request.spki != holder.public_key().spki {
            return Err(CaError::HolderMismatch);
        }
        let unsigned = UnsignedCertificate::prepare(request, Some(self.certificate()), self.signer.algorithm())?;
        let signature = self.signer.sign_digest(&unsigned.digest()).await?;
        let issued = unsigned.assemble(&signature.value, self.signer.public_key())?;
        Ok(std::iter::once(issued).chain(self.chain.iter().cloned()).collect())
    }

    async fn crl(&self, request: CrlRequest) -> Result<Crl, CaError> {
        let unsigned = UnsignedCrl::prepare(&request, self.certificate(), self.signer.algorithm())?;
        let signature = self.signer.sign_digest(&unsigned.digest()).await?;
        unsigned.assemble(&signature.value, self.signer.public_key())
    }
}

/// What goes wrong while issuing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaError {
    /// A name cannot be written.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// The CA's key failed to sign.
    #[error("the CA's key could not sign: {0}")]
    Key(#[from] KeyError),
    /// The account that the CA is in could not be used.
    #[error("the certificate authority could not be asked: {0}")]
    Remote(#[source] KeyError),
    /// The holder's key failed to sign the certification request.
    #[error("the holder's key could not sign: {0}")]
    Holder(#[source] KeyError),
    /// The key to be certified is not the holder's.
    #[error("the key of the request is not the holder's")]
    HolderMismatch,
    /// The name of an authority cannot be one.
    #[error("{authority} {reason}")]
    BadAuthority {
        /// What was given.
        authority: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no such authority.
    #[error("the certificate authority {authority} does not exist in {region}")]
    UnknownAuthority {
        /// Its ARN.
        authority: String,
        /// The region that was asked.
        region: String,
    },
    /// The authority is there, but does not issue.
    #[error("the certificate authority {authority} is not active ({state})")]
    NotActive {
        /// Its ARN.
        authority: String,
        /// What it is instead: `disabled`, `expired`, `pending_certificate`, `creating`, `failed`, `deleted`.
        state: String,
    },
    /// The authority has taken the request, but gave no certificate in time.
    #[error("the certificate authority has not yet given {certificate}")]
    NotYetIssued {
        /// The ARN that the certificate will have.
        certificate: String,
    },
    /// What the authority gave is not what it was asked for.
    #[error("the certificate authority's answer is not what was asked for: {reason}")]
    WrongAnswer {
        /// What is wrong.
        reason: String,
    },
    /// The authority does not do that.
    #[error("the certificate authority does not support {what}")]
    Unsupported {
        /// What was asked.
        what: String,
    },
    /// The CA has no certificate.
    #[error("the CA's chain is empty")]
    EmptyChain,
    /// The signer's key is not the certificate's.
    #[error("the signing key is not the key of the CA's certificate")]
    KeyMismatch,
    /// The issuer's certificate may not issue.
    #[error("{subject} is not a certificate authority")]
    NotACa {
        /// The issuer.
        subject: String,
    },
    /// A certificate of the CA's chain is not signed by the next.
    #[error("{subject} is not signed by the certificate after it")]
    BrokenChain {
        /// The certificate.
        subject: String,
    },
    /// The issuer's path length leaves no room for another CA.
    #[error("{subject} may issue no further CA of path length {asked}")]
    PathLength {
        /// The issuer.
        subject: String,
        /// What was asked.
        asked: u8,
    },
    /// Nothing is left of the validity once it is clipped to the issuer's.
    #[error("the validity lies outside the issuer's (ends {issuer_ends})")]
    OutsideIssuerValidity {
        /// When the issuer's certificate ends.
        issuer_ends: OffsetDateTime,
    },
    /// The public key cannot be read.
    #[error("the public key of the request is malformed")]
    MalformedKey,
    /// The value given for an e-mail address cannot stand in a certificate.
    #[error("{value:?} is not an e-mail address in ASCII")]
    Email {
        /// What was given.
        value: String,
    },
    /// The algorithm has no identifier.
    #[error("the signature algorithm cannot be written: {0}")]
    Algorithm(String),
    /// The signature does not verify with the issuer's key.
    #[error("the signature over the new certificate does not verify")]
    BadSignature,
    /// The system gave no randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The new certificate does not read back: a defect of this program.
    #[error("the new certificate does not read back: {0}")]
    Certificate(#[from] CertificateError),
    /// The new list does not read back: a defect of this program.
    #[error("the new revocation list does not read back: {0}")]
    Crl(#[from] CrlError),
}

impl CaError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Subject(error) => error.code(),
            Self::Key(error) | Self::Remote(error) | Self::Holder(error) => cartorio_core::Coded::code(error),
            Self::HolderMismatch => "ca_holder_mismatch",
            Self::BadAuthority { .. } => "ca_bad_authority",
            Self::UnknownAuthority { .. } => "ca_unknown_authority",
            Self::NotActive { .. } => "ca_not_active",
            Self::NotYetIssued { .. } => "ca_not_yet_issued",
            Self::WrongAnswer { .. } => "ca_wrong_answer",
            Self::Unsupported { .. } => "ca_unsupported",
            Self::EmptyChain => "ca_chain_empty",
            Self::KeyMismatch => "ca_key_mismatch",
            Self::NotACa { .. } => "ca_not_a_ca",
            Self::BrokenChain { .. } => "ca_chain_broken",
            Self::PathLength { .. } => "ca_path_length",
            Self::OutsideIssuerValidity { .. } => "ca_outside_issuer_validity",
            Self::MalformedKey => "ca_malformed_key",
            Self::Email { .. } => "ca_email_malformed",
            Self::Algorithm(_) => "ca_algorithm",
            Self::BadSignature => "ca_bad_signature",
            Self::Random(_) => "no_randomness",
            Self::Certificate(_) | Self::Crl(_) => "ca_internal",
        }
    }

    /// Data for the message.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Subject(error) => error.params(),
            Self::Key(error) | Self::Remote(error) | Self::Holder(error) => cartorio_core::Coded::params(error),
            Self::BadAuthority { authority, reason } => {
                vec![("authority", authority.clone()), ("reason", reason.clone())]
            }
            Self::UnknownAuthority { authority, region } => {
                vec![("authority", authority.clone()), ("region", region.clone())]
            }
            Self::NotActive { authority, state } => vec![("authority", authority.clone()), ("state", state.clone())],
            Self::NotYetIssued { certificate } => vec![("certificate", certificate.clone())],
            Self::WrongAnswer { reason } => vec![("reason", reason.clone())],
            Self::Unsupported { what } => vec![("what", what.clone())],
            Self::NotACa { subject } | Self::BrokenChain { subject } => vec![("subject", subject.clone())],
            Self::PathLength { subject, asked } => {
                vec![("subject", subject.clone()), ("path_len", asked.to_string())]
            }
            Self::OutsideIssuerValidity { issuer_ends } => vec![("issuer_ends", issuer_ends.to_string())],
            Self::Email { value } => vec![("value", value.clone())],
            Self::Algorithm(reason) => vec![("reason", reason.clone())],
            Self::EmptyChain
            | Self::KeyMismatch
            | Self::HolderMismatch
            | Self::MalformedKey
            | Self::BadSignature
            | Self::Random(_)
            | Self::Certificate(_)
            | Self::Crl(_) => Vec::new(),
        }
    }
}

/// A revocation that the CA's books hold, for [`CrlRequest`].
pub type Revoked = RevokedCertificate;
