//! What a batch does, decided before it starts and not changed any more.

use std::sync::Arc;

use cartorio_ades::create::attributes::{Commitment, ContentHints, PolicyReference, SignedExtras, SignerLocation};
use cartorio_ades::create::pades::{Certify, Dialect, FieldChoice, FieldLock, Goal, PadesOptions};
use cartorio_core::HashAlgorithm;
use cartorio_keys::{SignatureAlgorithm, SignatureScheme};
use cartorio_policy::{ArtifactStore, Family, Policy, PolicyLevel};
use time::OffsetDateTime;

use super::error::SignError;
use super::target::{Naming, Pattern, Target, format_of};
use super::{Named, SigningIdentity};
use crate::documents::{Documents, Entry};
use crate::dto::{
    CertifyChoice, CommitmentChoice, FormatChoice, LockChoice, LockedFields, OnError, PolicyChoice, SignFormat,
    SignLevel, SignProfile, SignRequest, SignerRole,
};
use crate::session::Session;
use crate::stamps::{FrozenStamp, PlannedStamp};
use crate::{OfficeError, OfficeResult, policies};

/// What a batch does.
pub(super) struct Plan {
    pub(super) identity: SigningIdentity,
    pub(super) options: Options,
    pub(super) entries: Vec<(String, Entry)>,
}

/// The choices that all documents of a batch share.
#[derive(Clone)]
pub(crate) struct Options {
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) reason: Option<String>,
    pub(super) location: Option<String>,
    pub(super) unseen_reason: Option<String>,
    pub(crate) target: Target,
    pub(super) format: FormatChoice,
    pub(super) role: SignerRole,
    /// Whose signature is countersigned, from 0; nothing for the only one.
    pub(super) countersigned: Option<u32>,
    pub(super) level: SignLevel,
    /// The level that was asked for beside the policy.
    asked: SignLevel,
    pub(super) policy: Option<PolicyLevel>,
    pub(super) accept_lower_level: bool,
    pub(super) offline: bool,
    pub(super) certify: Option<Certify>,
    pub(super) field: Option<String>,
    lock: Option<FieldLock>,
    pub(super) stamp: Option<PlannedStamp>,
    /// What a person named as contents of detached signatures that get another one.
    pub(super) contents: Named,
    policies: Arc<ArtifactStore>,
    pub(super) on_error: OnError,
    extras: SignedExtras,
    pattern: Option<Pattern>,
}

impl Plan {
    /// `frozen` is what a batch that goes on had decided before.
    pub(super) async fn make(
        session: &Session,
        documents: &Documents,
        request: &SignRequest,
        frozen: Option<FrozenStamp>,
    ) -> OfficeResult<Self> {
        if request.documents.is_empty() {
            return Err(OfficeError::NothingToSign);
        }
        let identity = SigningIdentity::load(session, &request.identity).await?;
        if session.registry.identity(identity.id).await?.retired_at.is_some() {
            return Err(OfficeError::UnknownIdentity { identity: identity.label });
        }
        let algorithm = match &request.algorithm {
            None => default_algorithm(&identity, &request.profile),
            Some(name) => {
                name.parse().map_err(|_| OfficeError::InvalidField { field: "algorithm", reason: "malformed" })?
            }
        };
        identity.require_algorithm(algorithm)?;
        let target = match &request.output_folder {
            None => Target::Beside,
            Some(id) => Target::Folder(documents.get_folder(id)?),
        };
        let stamp = match &request.profile.stamp {
            Some(placement) => Some(PlannedStamp::load(session, placement, frozen).await?),
            None => None,
        };
        let policies = match policy_level(request.profile.policy) {
            None => Arc::default(),
            Some(_) => Arc::new(policies::load(session).await?),
        };
        let options = Options {
            contents: Named::of(documents, &request.contents, request.documents.len())?,
            ..Options::read(request, algorithm, target, stamp, policies)?
        };
        let entries =
            request.documents.iter().map(|id| Ok((id.clone(), documents.get(id)?))).collect::<OfficeResult<_>>()?;
        Ok(Self { identity, options, entries })
    }
}

impl Options {
    /// Whether a PDF that took a signature so takes another one: the signature is in a field of its own and forbids nothing.
    pub(super) const fn leaves_signable(&self) -> bool {
        self.field.is_none() && self.certify.is_none() && self.lock.is_none()
    }

    fn read(
        request: &SignRequest,
        algorithm: SignatureAlgorithm,
        target: Target,
        stamp: Option<PlannedStamp>,
        policies: Arc<ArtifactStore>,
    ) -> OfficeResult<Self> {
        let profile = &request.profile;
        let policy = policy_level(profile.policy);
        let level = policy.map_or(profile.level, |policy| level_of(policy).max(profile.level));
        if profile.role == SignerRole::Countersign && (level != SignLevel::BB || policy.is_some()) {
            return Err(OfficeError::InvalidField { field: "level", reason: "countersignature" });
        }
        if profile.format == FormatChoice::Raw && (level != SignLevel::BB || policy.is_some()) {
            return Err(OfficeError::InvalidField { field: "level", reason: "raw" });
        }
        Ok(Self {
            algorithm,
            reason: text_field("reason", request.reason.as_deref(), 200)?,
            location: text_field("location", request.location.as_deref(), 200)?,
            unseen_reason: text_field("unseen_reason", request.unseen_reason.as_deref(), 200)?,
            target,
            format: profile.format,
            role: profile.role,
            countersigned: profile.countersigned,
            level,
            asked: profile.level,
            policy,
            // A policy has no lower level: who asks for AD-RT is not given AD-RB.
            accept_lower_level: profile.accept_lower_level && policy.is_none(),
            offline: profile.offline,
            certify: profile.certify.map(certify),
            field: text_field("field", profile.field.as_deref(), 200)?,
            lock: profile.lock.as_ref().map(field_lock).transpose()?,
            stamp,
            contents: Named::default(),
            policies,
            on_error: profile.on_error,
            extras: extras(profile)?,
            pattern: profile.output_pattern.as_deref().map(Pattern::parse).transpose()?,
        })
    }

    /// The algorithm.
    pub(crate) const fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    /// What a PDF signature is to be, as far as it can be said before it is made; `certificates` are the signer's and those
    /// above. What is tried out beforehand and what is made are the same.
    pub(super) fn pdf_options(&self, certificates: &Arc<[Vec<u8>]>) -> PadesOptions {
        PadesOptions {
            reason: self.reason.clone(),
            location: self.location.clone(),
            field: self.field.clone().map_or(FieldChoice::New, FieldChoice::Existing),
            dialect: self.dialect(),
            certify: self.certify,
            lock: self.lock.clone(),
            goal: self.pdf_goal(),
            certificates: Arc::clone(certificates),
            hash: Some(self.algorithm.hash()),
            ..PadesOptions::default()
        }
    }

    /// AD-RC has a document time stamp as well (extension 2.16.76.1.8.3), though its evidence is that of B-LT.
    fn pdf_goal(&self) -> Goal {
        match (self.level, self.policy) {
            (SignLevel::BLta, _) | (_, Some(PolicyLevel::AdRc)) => Goal::Archived,
            (SignLevel::BT | SignLevel::BLt, _) => Goal::TimeStamped,
            (SignLevel::BB, _) => Goal::Signature,
        }
    }

    /// The reason that goes into the signature.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The place that goes into the signature.
    pub(crate) fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// The empty field of the PDF that is signed.
    pub(crate) fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// ICP-Brasil's policies as the office knows them, read once for the whole batch.
    pub(crate) const fn policies(&self) -> &Arc<ArtifactStore> {
        &self.policies
    }

    /// Whether a PDF signature is in ETSI's dialect, which Adobe's readers show.
    pub(crate) const fn is_etsi(&self) -> bool {
        self.policy.is_none()
    }

    /// The form that `entry` will be signed in, and how its result is called.
    ///
    /// # Errors
    /// For a document that such a signature is not for; for a PDF with a reason and a commitment, of which PAdES takes one.
    pub(super) fn naming(&self, entry: &Entry) -> OfficeResult<Naming> {
        let format = format_of(entry, self.format, self.role)?;
        if format == SignFormat::Pades && self.reason.is_some() && self.extras.commitment.is_some() {
            return Err(SignError::ReasonAndCommitment { name: entry.name.clone() }.into());
        }
        Ok(Naming { format, role: self.role, pattern: self.pattern.clone() })
    }

    /// The signature policy for a signature of that form at `at`.
    ///
    /// # Errors
    /// [`SignError::NoPolicy`] where ICP-Brasil has none of that level for that form, or none that is valid then;
    /// [`SignError::LevelAbovePolicy`] where a level was asked for that the policy's attributes do not make.
    pub(super) fn policy_for(&self, format: SignFormat, at: OffsetDateTime) -> OfficeResult<Option<&'static Policy>> {
        let Some(level) = self.policy else {
            return Ok(None);
        };
        let (family, name) = match format {
            SignFormat::Pades => (Family::Pades, "PAdES"),
            SignFormat::CadesDetached | SignFormat::CadesEnveloping => (Family::Cades, "CAdES"),
            SignFormat::Raw => return Err(SignError::NoPolicy { level: level.name(), format: "raw" }.into()),
        };
        if family == Family::Cades && self.asked > reached_by(level) {
            let (level, policy) = (super::level_name(self.asked), level.name());
            return Err(SignError::LevelAbovePolicy { level, policy }.into());
        }
        match policies::current(family, level, at) {
            Some(policy) => Ok(Some(policy)),
            None => Err(SignError::NoPolicy { level: level.name(), format: name }.into()),
        }
    }

    /// The level that a result has by itself: what AD-RV refers to is elsewhere, though it is looked at as for B-LT.
    pub(super) fn told_level(&self) -> SignLevel {
        match self.policy {
            Some(PolicyLevel::AdRv) => reached_by(PolicyLevel::AdRv),
            Some(_) | None => self.level,
        }
    }

    /// Whether the signature has revocation evidence in it.
    pub(super) fn needs_evidence(&self) -> bool {
        self.told_level() >= SignLevel::BLt
    }

    /// The dialect of a PDF signature.
    pub(super) const fn dialect(&self) -> Dialect {
        if self.policy.is_some() { Dialect::IcpBrasil } else { Dialect::Etsi }
    }

    /// Signed attributes beside the mandatory ones. Those that describe the content are for CAdES alone: PAdES forbids them.
    pub(super) fn extras(&self, format: SignFormat, policy: Option<&Policy>) -> OfficeResult<SignedExtras> {
        let own = match format {
            SignFormat::Pades => SignedExtras { commitment: self.extras.commitment, ..SignedExtras::default() },
            SignFormat::CadesDetached | SignFormat::CadesEnveloping | SignFormat::Raw => self.extras.clone(),
        };
        Ok(SignedExtras { policy: policy.map(reference).transpose()?, ..own })
    }
}

fn reference(policy: &Policy) -> OfficeResult<PolicyReference> {
    let hash = policy.policy_hash.digest().ok_or_else(|| OfficeError::internal("a policy's hash"))?;
    Ok(PolicyReference { id: policy.oid, hash, uri: Some(policy.uri.to_owned()) })
}

/// ICP-Brasil's policies allow no PSS: with one of them an RSA key signs by PKCS#1 v1.5 unless somebody says otherwise.
fn default_algorithm(identity: &SigningIdentity, profile: &SignProfile) -> SignatureAlgorithm {
    let hash = identity.algorithm.hash();
    match (policy_level(profile.policy), profile.format) {
        (Some(_), _) if identity.algorithm.scheme() == SignatureScheme::RsaPss => SignatureAlgorithm::rsa_pkcs1(hash),
        (None, FormatChoice::Raw) if identity.spec.is_rsa() => SignatureAlgorithm::rsa_pss(HashAlgorithm::Sha256),
        (Some(_) | None, _) => identity.algorithm,
    }
}

pub(super) const fn policy_level(choice: PolicyChoice) -> Option<PolicyLevel> {
    match choice {
        PolicyChoice::None => None,
        PolicyChoice::AdRb => Some(PolicyLevel::AdRb),
        PolicyChoice::AdRt => Some(PolicyLevel::AdRt),
        PolicyChoice::AdRv => Some(PolicyLevel::AdRv),
        PolicyChoice::AdRc => Some(PolicyLevel::AdRc),
        PolicyChoice::AdRa => Some(PolicyLevel::AdRa),
    }
}

/// The baseline level that a policy comes closest to.
const fn level_of(policy: PolicyLevel) -> SignLevel {
    match policy {
        PolicyLevel::AdRb => SignLevel::BB,
        PolicyLevel::AdRt => SignLevel::BT,
        PolicyLevel::AdRv | PolicyLevel::AdRc => SignLevel::BLt,
        PolicyLevel::AdRa => SignLevel::BLta,
    }
}

/// The highest baseline level of a `.p7s` under a policy: its attributes are those of RFC 5126, and a policy says which.
const fn reached_by(policy: PolicyLevel) -> SignLevel {
    match policy {
        // AD-RV refers to evidence that is elsewhere.
        PolicyLevel::AdRb | PolicyLevel::AdRt | PolicyLevel::AdRv => SignLevel::BT,
        PolicyLevel::AdRc => SignLevel::BLt,
        PolicyLevel::AdRa => SignLevel::BLta,
    }
}

/// Most names in a lock.
const MAX_LOCKED: usize = 200;

fn field_lock(choice: &LockChoice) -> OfficeResult<FieldLock> {
    let mut fields = Vec::new();
    for name in &choice.fields {
        fields.extend(text_field("lock", Some(name), 200)?);
    }
    if fields.len() > MAX_LOCKED {
        return Err(OfficeError::InvalidField { field: "lock", reason: "too_long" });
    }
    match choice.which {
        LockedFields::All => Ok(FieldLock::All),
        // Nothing, or everything, by mistake.
        LockedFields::These | LockedFields::AllBut if fields.is_empty() => {
            Err(OfficeError::InvalidField { field: "lock", reason: "empty" })
        }
        LockedFields::These => Ok(FieldLock::Include(fields)),
        LockedFields::AllBut => Ok(FieldLock::Exclude(fields)),
    }
}

const fn certify(choice: CertifyChoice) -> Certify {
    match choice {
        CertifyChoice::NoChanges => Certify { level: 1 },
        CertifyChoice::FormFilling => Certify { level: 2 },
        CertifyChoice::Annotations => Certify { level: 3 },
    }
}

fn extras(profile: &SignProfile) -> OfficeResult<SignedExtras> {
    let location = match &profile.signer_location {
        None => None,
        Some(own) => {
            let lines = own.postal_address.iter().map(|line| text_field("signer_location", Some(line), 64));
            let location = SignerLocation {
                country: text_field("signer_location", own.country.as_deref(), 128)?,
                locality: text_field("signer_location", own.locality.as_deref(), 128)?,
                postal_address: lines.filter_map(Result::transpose).collect::<OfficeResult<_>>()?,
            };
            if location.postal_address.len() > 6 {
                return Err(OfficeError::InvalidField { field: "signer_location", reason: "address_lines" });
            }
            (location != SignerLocation::default()).then_some(location)
        }
    };
    Ok(SignedExtras {
        policy: None,
        content_hints: text_field("content_hint", profile.content_hint.as_deref(), 200)?.map(ContentHints::of_data),
        mime_type: mime_type(profile.mime_type.as_deref())?,
        commitment: profile.commitment.map(|choice| match choice {
            CommitmentChoice::Origin => Commitment::ProofOfOrigin,
            CommitmentChoice::Receipt => Commitment::ProofOfReceipt,
            CommitmentChoice::Delivery => Commitment::ProofOfDelivery,
            CommitmentChoice::Sender => Commitment::ProofOfSender,
            CommitmentChoice::Approval => Commitment::ProofOfApproval,
            CommitmentChoice::Creation => Commitment::ProofOfCreation,
        }),
        location,
    })
}

/// `type/subtype` of RFC 2045, without parameters.
fn mime_type(text: Option<&str>) -> OfficeResult<Option<String>> {
    let Some(text) = text_field("mime_type", text, 100)? else {
        return Ok(None);
    };
    let token =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
    match text.split_once('/') {
        Some((kind, sub)) if token(kind) && token(sub) => Ok(Some(text)),
        Some(_) | None => Err(OfficeError::InvalidField { field: "mime_type", reason: "no_mime_type" }),
    }
}

/// Free text that goes into a signature: trimmed, bounded, without control characters.
fn text_field(field: &'static str, text: Option<&str>, limit: usize) -> OfficeResult<Option<String>> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if text.chars().count() > limit {
        return Err(OfficeError::InvalidField { field, reason: "too_long" });
    }
    if text.chars().any(char::is_control) {
        return Err(OfficeError::InvalidField { field, reason: "malformed" });
    }
    Ok(Some(text.to_owned()))
}
