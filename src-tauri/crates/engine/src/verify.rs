//! A path judged by OpenSSL.

use std::sync::Arc;

use openssl::x509::X509;
use openssl::x509::store::X509Store;
use openssl_sys as sys;
use time::OffsetDateTime;

use crate::codes::ErrorCode;
use crate::ffi;
use crate::key::dotted;
use crate::object::{Cert, Crl};

/// A certificate that is trusted for what it is, ready to be verified against. Keep it: making one costs.
#[derive(Clone)]
pub struct Anchor {
    certificate: Cert,
    store: Arc<X509Store>,
}

impl Anchor {
    /// Trusts `certificate`, self-signed or not.
    ///
    /// # Errors
    /// [`EngineError`] when OpenSSL has no memory.
    pub fn new(certificate: &Cert) -> Result<Self, EngineError> {
        let store = ffi::store(&certificate.0).map_err(EngineError::new)?;
        Ok(Self { certificate: certificate.clone(), store: Arc::new(store) })
    }

    /// The certificate.
    pub fn certificate(&self) -> &Cert {
        &self.certificate
    }
}

/// What to verify for.
#[derive(Clone, Debug)]
pub struct Params<'a> {
    /// The instant; whole seconds count.
    pub at: OffsetDateTime,
    /// The user-initial-policy-set, dotted; empty means any (RFC 5280 §6.1.1 (c)).
    pub policies: &'a [String],
    /// initial-explicit-policy.
    pub explicit_policy: bool,
    /// initial-any-policy-inhibit.
    pub inhibit_any_policy: bool,
    /// initial-policy-mapping-inhibit.
    pub inhibit_policy_mapping: bool,
    /// Whether every certificate below the anchor is looked up in a list.
    pub revocation: bool,
    /// What the subject must be good for.
    pub purpose: Purpose,
    /// `X509_V_FLAG_X509_STRICT`: what issuers must do (RFC 5280 §4). For linting, not for a verdict.
    pub strict: bool,
}

impl Params<'_> {
    /// Any policy, any purpose, no revocation.
    pub const fn new(at: OffsetDateTime) -> Self {
        Self {
            at,
            policies: &[],
            explicit_policy: false,
            inhibit_any_policy: false,
            inhibit_policy_mapping: false,
            revocation: false,
            purpose: Purpose::Any,
            strict: false,
        }
    }
}

/// Purposes that OpenSSL judges, along the whole path.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Purpose {
    /// Not looked at.
    #[default]
    Any,
    /// serverAuth.
    TlsServer,
    /// clientAuth.
    TlsClient,
    /// emailProtection, signing.
    Email,
    /// timeStamping (RFC 3161 §2.3).
    Timestamping,
}

impl Purpose {
    /// `X509_PURPOSE_*` of `openssl/x509v3.h`.
    const fn number(self) -> Option<libc::c_int> {
        match self {
            Self::Any => None,
            Self::TlsClient => Some(1),
            Self::TlsServer => Some(2),
            Self::Email => Some(4),
            Self::Timestamping => Some(9),
        }
    }
}

/// What OpenSSL found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Outcome {
    /// Every error, in the order in which it was met. None means that the path is valid.
    pub errors: Vec<PathError>,
    /// The lists that were consulted, per certificate; a delta before its base.
    pub uses: Vec<CrlUse>,
    /// The policies that the path is valid for, dotted; `2.5.29.32.0` is any.
    pub policies: Vec<String>,
    /// Whether the chain that OpenSSL built is the path that was asked for. Where it is not, the errors are of another chain.
    pub as_asked: bool,
}

/// One error.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct PathError {
    /// Which.
    pub code: ErrorCode,
    /// At which certificate of the path, the subject being 0.
    pub depth: usize,
    /// Whether it was met on the path of a CRL's signer. Then `depth` counts from that signer.
    pub nested: bool,
    /// The list that it speaks of.
    pub crl: Option<usize>,
}

/// One list consulted for one certificate.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct CrlUse {
    /// Of which certificate of the path.
    pub depth: usize,
    /// Index in the lists that were given.
    pub crl: usize,
    /// Its entry in the list.
    pub entry: Option<RevokedEntry>,
}

/// An entry of a list.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum RevokedEntry {
    /// The certificate is revoked.
    Revoked {
        /// Since when.
        at: OffsetDateTime,
        /// CRLReason.
        reason: Option<u8>,
    },
    /// A delta takes it off the list again.
    Removed,
}

/// OpenSSL could not verify at all.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("OpenSSL could not verify: {reason}")]
pub struct EngineError {
    /// OpenSSL's words.
    pub reason: String,
}

impl EngineError {
    #[allow(clippy::needless_pass_by_value)] // a conversion for map_err
    fn new(stack: openssl::error::ErrorStack) -> Self {
        Self { reason: stack.to_string() }
    }
}

/// 2.5.29.32.0.
const ANY_POLICY: &str = "2.5.29.32.0";

/// Judges one path: the subject first, `path.last()` the certificate of `anchor`.
///
/// `signers` are certificates off the path that may have signed one of `crls`, and what leads from them to the anchor.
/// Nothing else counts: no other path is built, nothing is fetched.
///
/// # Errors
/// [`EngineError`] for memory, a malformed policy identifier, or an anchor that does not end the path. What is wrong with
/// the path is in [`Outcome::errors`].
pub fn verify(
    path: &[&Cert],
    anchor: &Anchor,
    signers: &[&Cert],
    crls: &[&Crl],
    params: &Params<'_>,
) -> Result<Outcome, EngineError> {
    run(path, anchor, signers, crls, params, true)
}

/// Asks other lists about a path that [`verify`] has judged before. The path's own signatures, times and policies are not
/// looked at again, so [`Outcome`] is no verdict: only [`Outcome::uses`] and the errors about lists count.
///
/// # Errors
/// As [`verify`].
pub fn consult(
    path: &[&Cert],
    anchor: &Anchor,
    signers: &[&Cert],
    crls: &[&Crl],
    params: &Params<'_>,
) -> Result<Outcome, EngineError> {
    run(path, anchor, signers, crls, params, false)
}

fn run(
    path: &[&Cert],
    anchor: &Anchor,
    signers: &[&Cert],
    crls: &[&Crl],
    params: &Params<'_>,
    judged: bool,
) -> Result<Outcome, EngineError> {
    if path.last().is_none_or(|top| !top.is_same(&anchor.certificate)) {
        return Err(EngineError { reason: "the path does not end at the anchor".to_owned() });
    }
    // OpenSSL reads an empty set as «no policy», not as «any».
    let policies: Vec<&str> = if params.policies.is_empty() {
        vec![ANY_POLICY]
    } else {
        params.policies.iter().map(String::as_str).collect()
    };
    let path: Vec<&X509> = path.iter().map(|certificate| &certificate.0).collect();
    let extra: Vec<&X509> = signers.iter().map(|certificate| &certificate.0).collect();
    let crls: Vec<_> = if params.revocation { crls.iter().map(|crl| &*crl.0).collect() } else { Vec::new() };
    let recorded = ffi::run(&ffi::Request {
        path: &path,
        store: &anchor.store,
        extra: &extra,
        crls: &crls,
        flags: if judged { flags(params) | sys::X509_V_FLAG_POLICY_CHECK } else { flags(params) },
        at: params.at.unix_timestamp(),
        purpose: params.purpose.number(),
        policies: &policies,
        signatures: judged,
    })
    .map_err(EngineError::new)?;
    Ok(Outcome {
        errors: recorded
            .errors
            .iter()
            .map(|error| PathError {
                code: ErrorCode::from_number(error.number),
                depth: error.depth,
                nested: error.nested,
                crl: error.crl,
            })
            .collect(),
        uses: recorded
            .uses
            .iter()
            .map(|used| CrlUse {
                depth: used.depth,
                crl: used.crl,
                entry: match used.revoked {
                    Some((at, reason)) => Some(RevokedEntry::Revoked {
                        at: OffsetDateTime::from_unix_timestamp(at).unwrap_or(OffsetDateTime::UNIX_EPOCH),
                        reason,
                    }),
                    None => used.removed.then_some(RevokedEntry::Removed),
                },
            })
            .collect(),
        policies: recorded.policies.unwrap_or_default().iter().filter_map(|content| dotted(content)).collect(),
        as_asked: recorded.as_asked,
    })
}

fn flags(params: &Params<'_>) -> libc::c_ulong {
    // An anchor need not be self-signed: trust ends where the caller says.
    let mut flags = sys::X509_V_FLAG_PARTIAL_CHAIN | sys::X509_V_FLAG_TRUSTED_FIRST;
    let mut set = |on: bool, flag: libc::c_ulong| {
        if on {
            flags |= flag;
        }
    };
    set(params.explicit_policy, sys::X509_V_FLAG_EXPLICIT_POLICY);
    set(params.inhibit_any_policy, sys::X509_V_FLAG_INHIBIT_ANY);
    set(params.inhibit_policy_mapping, sys::X509_V_FLAG_INHIBIT_MAP);
    set(params.strict, sys::X509_V_FLAG_X509_STRICT);
    set(
        params.revocation,
        sys::X509_V_FLAG_CRL_CHECK
            | sys::X509_V_FLAG_CRL_CHECK_ALL
            | sys::X509_V_FLAG_EXTENDED_CRL_SUPPORT
            | sys::X509_V_FLAG_USE_DELTAS,
    );
    flags
}
