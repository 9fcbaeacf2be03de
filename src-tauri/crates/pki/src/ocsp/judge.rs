//! What a response proves of a certificate at an instant.

use sha1::{Digest as _, Sha1};
use time::OffsetDateTime;

use cartorio_core::{Digest, HashAlgorithm};

use super::{BasicResponse, CertId, CertStatus, OcspFacts, ResponderId, ResponseStatus, SingleResponse};
use crate::certificate::Certificate;
use crate::crl::{Crl, CrlScope, RevocationReason};
use crate::key::KeyFacts;
use crate::verify::{self, SignatureCheck};

/// What a response proves, or why it proves nothing.
pub type OcspJudgement = Result<OcspEvidence, OcspRejection>;

/// What a response proves of a certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct OcspEvidence {
    /// How the certificate stood at the instant in question.
    pub status: OcspStatus,
    /// Since when the answer is known to be right.
    pub this_update: OffsetDateTime,
    /// When there was news at the latest.
    pub next_update: Option<OffsetDateTime>,
    /// When it was signed.
    pub produced_at: OffsetDateTime,
    /// Who signed it, and by what right.
    pub responder: OcspResponder,
    /// The algorithm of the answer's signature, or of that on the responder's certificate, when a broken hash is in it.
    pub weak_algorithm: Option<String>,
}

/// How a certificate stood at the instant in question.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OcspStatus {
    /// Not revoked.
    Good,
    /// Revoked, at that instant already.
    Revoked {
        /// Since when.
        at: OffsetDateTime,
        /// Why, where it says so.
        reason: Option<RevocationReason>,
    },
    /// On hold: certificateHold, which can be lifted again.
    OnHold {
        /// Since when.
        at: OffsetDateTime,
    },
    /// Revoked or put on hold later; at that instant it was not.
    RevokedLater {
        /// Since when.
        at: OffsetDateTime,
        /// Why, where it says so.
        reason: Option<RevocationReason>,
    },
    /// The responder does not know the certificate.
    Unknown,
}

impl OcspStatus {
    /// Stable `snake_case` code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Revoked { .. } => "revoked",
            Self::OnHold { .. } => "on_hold",
            Self::RevokedLater { .. } => "revoked_later",
            Self::Unknown => "unknown",
        }
    }
}

/// Who signed an answer, and by what right (RFC 6960 §4.2.2.2).
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OcspResponder {
    /// The issuer of the certificate itself.
    Issuer,
    /// Somebody whom that issuer gave a certificate with id-kp-OCSPSigning.
    Delegated {
        /// That certificate.
        certificate: Certificate,
        /// Whether it has id-pkix-ocsp-nocheck: its own revocation is not asked for. Else it is on none of the lists
        /// that were at hand.
        no_check: bool,
    },
}

/// Why a response proves nothing of a certificate.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OcspRejection {
    /// There is no answer in it.
    #[error("the responder gave no answer: {}", .status.code())]
    NotSuccessful {
        /// What it gave.
        status: ResponseStatus,
    },
    /// The answer is of a kind that is not known.
    #[error("the answer is not a basic OCSP response")]
    OtherType,
    /// It speaks of other certificates.
    #[error("the response does not speak of this certificate")]
    OtherCertificate,
    /// It speaks of a certificate with this serial number, of another issuer or key.
    #[error("the response speaks of a certificate of another issuer")]
    OtherIssuer,
    /// It names the issuer by a hash that is not computed here.
    #[error("the response names the issuer by {algorithm}, which is not computed")]
    UnknownHash {
        /// The hash.
        algorithm: String,
    },
    /// An extension that is critical and not known.
    #[error("the response has the critical extension {oid}, which is not known")]
    CriticalExtension {
        /// Its dotted identifier.
        oid: String,
    },
    /// Neither the issuer nor a certificate in it is the responder that it names.
    #[error("the certificate of the responder is missing")]
    ResponderMissing,
    /// The responder's certificate is of another issuer.
    #[error("the responder {responder} was not certified by the issuer of the certificate")]
    ResponderOtherIssuer {
        /// Its name.
        responder: String,
    },
    /// The responder's certificate does not allow OCSP signing.
    #[error("the responder {responder} has no id-kp-OCSPSigning")]
    ResponderNotAuthorised {
        /// Its name.
        responder: String,
    },
    /// The responder's certificate was not in force.
    #[error("the certificate of the responder {responder} was not in force")]
    ResponderNotInForce {
        /// Its name.
        responder: String,
        /// First instant.
        not_before: OffsetDateTime,
        /// Last instant.
        not_after: OffsetDateTime,
    },
    /// The responder's certificate was revoked or on hold, by a list of its issuer.
    #[error("the certificate of the responder {responder} was revoked")]
    ResponderRevoked {
        /// Its name.
        responder: String,
        /// Since when.
        at: OffsetDateTime,
    },
    /// The signature is wrong.
    #[error("the signature of the response is wrong")]
    SignatureWrong,
    /// The signature is of a kind that is not verified here.
    #[error("the signature of the response ({algorithm}) cannot be checked")]
    SignatureNotCheckable {
        /// The algorithm.
        algorithm: String,
    },
    /// A broken hash is in its signatures: it may say that a certificate is revoked, not that one is good.
    #[error("the signature of the response ({algorithm}) is too weak to prove anything good")]
    WeakSignature {
        /// The algorithm.
        algorithm: String,
    },
    /// It was right until before the instant in question.
    #[error("the response was right until before the instant in question")]
    Stale {
        /// Since when it was right.
        this_update: OffsetDateTime,
        /// Until when.
        next_update: Option<OffsetDateTime>,
    },
    /// It was made after the certificate's end, when responders may have forgotten it.
    #[error("the response was made after the end of the certificate")]
    AfterExpiry {
        /// Since when it is right.
        this_update: OffsetDateTime,
    },
    /// Its times contradict each other.
    #[error("the times of the response contradict each other")]
    TimesContradict,
}

impl OcspRejection {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSuccessful { .. } => "ocsp_not_successful",
            Self::OtherType => "ocsp_other_type",
            Self::OtherCertificate => "ocsp_other_certificate",
            Self::OtherIssuer => "ocsp_other_issuer",
            Self::UnknownHash { .. } => "ocsp_unknown_hash",
            Self::CriticalExtension { .. } => "ocsp_critical_extension",
            Self::ResponderMissing => "ocsp_responder_missing",
            Self::ResponderOtherIssuer { .. } => "ocsp_responder_other_issuer",
            Self::ResponderNotAuthorised { .. } => "ocsp_responder_not_authorised",
            Self::ResponderNotInForce { .. } => "ocsp_responder_not_in_force",
            Self::ResponderRevoked { .. } => "ocsp_responder_revoked",
            Self::SignatureWrong => "ocsp_signature_wrong",
            Self::SignatureNotCheckable { .. } => "ocsp_signature_not_checkable",
            Self::WeakSignature { .. } => "ocsp_weak_signature",
            Self::Stale { .. } => "ocsp_stale",
            Self::AfterExpiry { .. } => "ocsp_after_expiry",
            Self::TimesContradict => "ocsp_times_contradict",
        }
    }
}

impl OcspFacts {
    /// How `certificate`, which `issuer` issued, stood at `at`, as far as this response proves it.
    ///
    /// The signature must be the issuer's, or that of a responder that the same issuer certified for OCSP signing and
    /// whose certificate was in force when the answer was signed and at `at`. An answer from after `at` knows `at` too.
    /// A revocation is proved by a stale answer as well. Whether the responder itself was revoked is not looked at here:
    /// see [`Self::status_of_with`].
    ///
    /// # Errors
    /// [`OcspRejection`], why it proves nothing.
    pub fn status_of(&self, certificate: &Certificate, issuer: &Certificate, at: OffsetDateTime) -> OcspJudgement {
        self.status_of_with(certificate, issuer, at, &[])
    }

    /// As [`Self::status_of`], and a responder without id-pkix-ocsp-nocheck that one of `lists`, signed by `issuer`, has
    /// as revoked proves nothing (RFC 6960 §4.2.2.2.1). Lists of anybody else are passed over.
    ///
    /// # Errors
    /// [`OcspRejection`], why it proves nothing.
    pub fn status_of_with(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        at: OffsetDateTime,
        lists: &[Crl],
    ) -> OcspJudgement {
        if self.status != ResponseStatus::Successful {
            return Err(OcspRejection::NotSuccessful { status: self.status });
        }
        let basic = self.basic.as_ref().ok_or(OcspRejection::OtherType)?;
        let single = find(basic, certificate, issuer)?;
        let critical = basic.extensions.iter().chain(&single.extensions).find(|own| own.critical && !known(&own.oid));
        if let Some(extension) = critical {
            return Err(OcspRejection::CriticalExtension { oid: extension.oid.clone() });
        }
        let (this_update, next_update) = (single.this_update, single.next_update);
        if next_update.is_some_and(|next| next < this_update) || basic.produced_at < this_update {
            return Err(OcspRejection::TimesContradict);
        }
        let (responder, weak_algorithm) = find_responder(basic, issuer, at.max(basic.produced_at), lists)?;
        let status = match single.status {
            CertStatus::Unknown => OcspStatus::Unknown,
            CertStatus::Revoked { at: since, reason } if since > at => OcspStatus::RevokedLater { at: since, reason },
            CertStatus::Revoked { at: since, reason: Some(RevocationReason::CertificateHold) } => {
                OcspStatus::OnHold { at: since }
            }
            CertStatus::Revoked { at: since, reason } => OcspStatus::Revoked { at: since, reason },
            CertStatus::Good => {
                if let Some(algorithm) = weak_algorithm {
                    return Err(OcspRejection::WeakSignature { algorithm });
                }
                if this_update > certificate.validity.not_after && !keeps(single, basic, certificate) {
                    return Err(OcspRejection::AfterExpiry { this_update });
                }
                // Without nextUpdate there is news at any time, so the answer is right only for what came before it.
                if this_update < at && next_update.is_none_or(|next| next < at) {
                    return Err(OcspRejection::Stale { this_update, next_update });
                }
                OcspStatus::Good
            }
        };
        Ok(OcspEvidence { status, this_update, next_update, produced_at: basic.produced_at, responder, weak_algorithm })
    }
}

const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
const NO_CHECK: &str = "1.3.6.1.5.5.7.48.1.5";
const ARCHIVE_CUTOFF: &str = "1.3.6.1.5.5.7.48.1.6";

/// Extensions of answers that change nothing in what an answer means, or are applied: nonce, crl, archiveCutoff,
/// extendedRevoke, and the CRL entry extensions reasonCode and invalidityDate.
fn known(oid: &str) -> bool {
    ["1.3.6.1.5.5.7.48.1.2", "1.3.6.1.5.5.7.48.1.3", ARCHIVE_CUTOFF, "1.3.6.1.5.5.7.48.1.9", "2.5.29.21", "2.5.29.24"]
        .contains(&oid)
}

/// Whether the responder says that it still knows the certificate after its end (RFC 6960 §4.4.4).
fn keeps(single: &SingleResponse, basic: &BasicResponse, certificate: &Certificate) -> bool {
    let cutoff = single.extensions.iter().chain(&basic.extensions).find(|own| own.oid == ARCHIVE_CUTOFF);
    let cutoff = cutoff.and_then(|own| {
        let element = crate::asn1::Reader::new(&own.value).next().ok()??;
        crate::decode::instant(&element).ok()
    });
    cutoff.is_some_and(|cutoff| cutoff <= certificate.validity.not_after)
}

/// The newest of what is said of the certificate.
fn find<'a>(
    basic: &'a BasicResponse,
    certificate: &Certificate,
    issuer: &Certificate,
) -> Result<&'a SingleResponse, OcspRejection> {
    let mut why = OcspRejection::OtherCertificate;
    let mut best: Option<&SingleResponse> = None;
    for single in basic.responses.iter().filter(|single| single.cert_id.serial == certificate.serial) {
        match single.cert_id.names_issuer(certificate, issuer) {
            Some(true) if best.is_none_or(|best| best.this_update < single.this_update) => best = Some(single),
            Some(true) => {}
            Some(false) => why = OcspRejection::OtherIssuer,
            None => why = OcspRejection::UnknownHash { algorithm: single.cert_id.hash_algorithm.name.clone() },
        }
    }
    best.ok_or(why)
}

impl CertId {
    /// Whether the hashes are those of the issuer of `certificate`; `None` for a hash that is not computed here.
    pub fn names_issuer(&self, certificate: &Certificate, issuer: &Certificate) -> Option<bool> {
        let key = KeyFacts::public_octets(&issuer.key.spki).unwrap_or_default();
        let name = hash(&self.hash_algorithm.oid, certificate.issuer.der())?;
        Some(name == self.issuer_name_hash && hash(&self.hash_algorithm.oid, &key)? == self.issuer_key_hash)
    }
}

fn hash(oid: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let algorithm = match oid {
        "1.3.14.3.2.26" => return Some(Sha1::digest(bytes).to_vec()),
        "2.16.840.1.101.3.4.2.1" => HashAlgorithm::Sha256,
        "2.16.840.1.101.3.4.2.2" => HashAlgorithm::Sha384,
        "2.16.840.1.101.3.4.2.3" => HashAlgorithm::Sha512,
        _ => return None,
    };
    Some(Digest::of(algorithm, bytes).as_bytes().to_vec())
}

impl ResponderId {
    /// Whether `certificate` is that of the responder.
    pub fn is(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Name(name) => *name == certificate.subject,
            Self::KeyHash(hash) => KeyFacts::public_octets(&certificate.key.spki)
                .is_some_and(|key| Sha1::digest(key).as_slice() == hash.as_slice()),
        }
    }
}

/// Who signed, once the signature is right. `when` is the instant at which the responder's certificate must be in force.
/// The second value is the weakest algorithm on the way, where one is weak.
fn find_responder(
    basic: &BasicResponse,
    issuer: &Certificate,
    when: OffsetDateTime,
    lists: &[Crl],
) -> Result<(OcspResponder, Option<String>), OcspRejection> {
    let mut why = OcspRejection::ResponderMissing;
    if basic.responder.is(issuer) {
        match check_signature(basic, issuer) {
            Ok(weak) => return Ok((OcspResponder::Issuer, weak)),
            Err(rejection) => why = rejection,
        }
    }
    for candidate in basic.certificates.iter().filter(|own| basic.responder.is(own) && *own != issuer) {
        match check_delegation(basic, candidate, issuer, when) {
            Ok(weak) => {
                let no_check = candidate.extension(NO_CHECK).is_some();
                if !no_check && let Some(at) = revoked_since(candidate, issuer, when, lists) {
                    why =
                        OcspRejection::ResponderRevoked { responder: candidate.subject.display_name().to_owned(), at };
                    continue;
                }
                return Ok((OcspResponder::Delegated { certificate: candidate.clone(), no_check }, weak));
            }
            Err(rejection) => why = rejection,
        }
    }
    Err(why)
}

fn check_delegation(
    basic: &BasicResponse,
    candidate: &Certificate,
    issuer: &Certificate,
    when: OffsetDateTime,
) -> Result<Option<String>, OcspRejection> {
    let responder = candidate.subject.display_name().to_owned();
    if candidate.issuer != issuer.subject {
        return Err(OcspRejection::ResponderOtherIssuer { responder });
    }
    let weak_certificate = match candidate.check_signed_by(issuer) {
        SignatureCheck::Valid => None,
        SignatureCheck::ValidWeak { algorithm } => Some(algorithm),
        SignatureCheck::Wrong => return Err(OcspRejection::ResponderOtherIssuer { responder }),
        SignatureCheck::NotCheckable { algorithm, .. } => {
            return Err(OcspRejection::SignatureNotCheckable { algorithm });
        }
    };
    // anyExtendedKeyUsage is no delegation: RFC 6960 §4.2.2.2 wants the purpose itself.
    if !candidate.extended_key_usage.iter().any(|usage| usage.oid == OCSP_SIGNING) {
        return Err(OcspRejection::ResponderNotAuthorised { responder });
    }
    let validity = candidate.validity;
    if !validity.contains(when) || !validity.contains(basic.produced_at) {
        let (not_before, not_after) = (validity.not_before, validity.not_after);
        return Err(OcspRejection::ResponderNotInForce { responder, not_before, not_after });
    }
    Ok(check_signature(basic, candidate)?.or(weak_certificate))
}

/// Since when the responder is revoked or on hold at `when`, by the lists that `issuer` signed.
fn revoked_since(
    responder: &Certificate,
    issuer: &Certificate,
    when: OffsetDateTime,
    lists: &[Crl],
) -> Option<OffsetDateTime> {
    // An indirect list names others' certificates by the same numbers.
    let own = || lists.iter().filter(|list| !list.is_indirect && list.issuer == issuer.subject);
    let mut hold: Option<(OffsetDateTime, OffsetDateTime)> = None;
    for list in own() {
        let Some(entry) = list.entry(&responder.serial).filter(|entry| entry.at <= when) else { continue };
        if entry.reason == Some(RevocationReason::RemoveFromCrl) || list.check_issuer(issuer).is_err() {
            continue;
        }
        if entry.reason != Some(RevocationReason::CertificateHold) {
            return Some(entry.at);
        }
        if hold.is_none_or(|(made, _)| made < list.this_update) {
            hold = Some((list.this_update, entry.at));
        }
    }
    let (made, since) = hold?;
    // A hold that a newer list no longer has is over.
    let lifted = own().filter(|list| list.this_update > made).any(|list| {
        let over = match list.entry(&responder.serial) {
            Some(entry) => entry.reason == Some(RevocationReason::RemoveFromCrl),
            None => matches!(list.scope, CrlScope::Everything | CrlScope::UserCertificates),
        };
        over && list.check_issuer(issuer).is_ok()
    });
    (!lifted).then_some(since)
}

fn check_signature(basic: &BasicResponse, signer: &Certificate) -> Result<Option<String>, OcspRejection> {
    let algorithm = &basic.signature_algorithm.der;
    match verify::check(basic.tbs(), algorithm, &basic.signature, &signer.key.spki) {
        SignatureCheck::Valid => Ok(None),
        SignatureCheck::ValidWeak { algorithm } => Ok(Some(algorithm)),
        SignatureCheck::Wrong => Err(OcspRejection::SignatureWrong),
        SignatureCheck::NotCheckable { algorithm, .. } => Err(OcspRejection::SignatureNotCheckable { algorithm }),
    }
}
