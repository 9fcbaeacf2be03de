//! The evidence report of a rotation: the same facts on paper, signed as PAdES, and as JSON with a bare signature.

use cartorio_ades::create::attributes::SignedExtras;
use cartorio_ades::create::cms::{self, CmsRequest, Profile};
use cartorio_ades::create::pades::{self, FieldChoice, PadesOptions};
use cartorio_ades::validate;
use cartorio_core::{Digest, HashAlgorithm};
use cartorio_keys::KeyRef;
use cartorio_pdf::PdfFile;
use cartorio_pki::Certificate;
use cartorio_registry::{Act, Request, Rotation, RotationState, RotationStep, TrailReport};
use time::OffsetDateTime;

use super::evidence::History;
use super::words::Words;
use super::{NamedFile, find, json, may_look, paper, plan_of};
use crate::dto::{Environment, Locale, RotationPlan, RotationReport, RotationReportFormat};
use crate::session::{Facts, Session};
use crate::signing::{SigningIdentity, blocking};
use crate::{OfficeError, OfficeResult};

/// What reports of the demonstration say.
pub(super) const DEMO_NOTICE: &str = "DEMONSTRAÇÃO, sem valor jurídico";

/// The evidence as it stands now; from the proof (step 4) on, and for what was put back.
pub(crate) async fn report(session: &Session, request: RotationReport, locale: Locale) -> OfficeResult<NamedFile> {
    may_look(session)?;
    let rotation = find(session, &request.id).await?;
    let history = History::load(session, rotation.id).await?;
    let put_back = matches!(rotation.state, RotationState::RollingBack | RotationState::RolledBack);
    if history.done(RotationStep::Validate).is_none() && !put_back {
        return Err(OfficeError::RotationState { reason: "not_validated" });
    }
    let format = match request.format {
        RotationReportFormat::Pdf => "pdf",
        RotationReportFormat::Json => "json",
    };
    let facts = Facts::default().with("rotation", rotation.id.to_string()).with("format", format);
    session
        .record(Act::RotationReportWritten, facts, async |found| {
            let words = Words::of(locale);
            let dossier = Dossier::gather(session, rotation, history).await?;
            let signs = Signs::of(session, &dossier).await?;
            found.key_ref = Some(signs.key.to_string());
            found.certificate_sha256 = signs.identity.as_ref().map(|own| own.certificate.fingerprint());
            let bytes = match request.format {
                RotationReportFormat::Json => json::signed(session, &dossier, &signs, found).await?,
                RotationReportFormat::Pdf => {
                    let page = paper::page(&dossier, &signs, &words);
                    let pdf = blocking(move || page.to_pdf()).await??;
                    match &signs.identity {
                        Some(identity) => sign_pdf(session, identity, pdf, words.title(), found).await?,
                        None => pdf,
                    }
                }
            };
            found.detail.insert("sha256".to_owned(), Digest::of(HashAlgorithm::Sha256, &bytes).to_hex());
            found.detail.insert("audit_seq".to_owned(), dossier.trail.last_seq.unwrap_or_default().to_string());
            let stem = dossier.plan.alias.clone().unwrap_or_else(|| dossier.rotation.id.to_string()).replace('/', "-");
            let name = format!("{}-{stem}-{}.{format}", words.file_stem(), dossier.at.date());
            Ok(NamedFile { name, extension: format, bytes })
        })
        .await
}

/// Everything that a report is made of.
pub(super) struct Dossier {
    pub(super) at: OffsetDateTime,
    pub(super) office: String,
    pub(super) demonstration: bool,
    pub(super) rotation: Rotation,
    pub(super) plan: RotationPlan,
    pub(super) request: Request,
    pub(super) history: History,
    pub(super) old_identity: Option<SigningIdentity>,
    pub(super) new_identity: Option<SigningIdentity>,
    /// The trail up to this report, checked as a whole.
    pub(super) trail: TrailReport,
}

impl Dossier {
    async fn gather(session: &Session, rotation: Rotation, history: History) -> OfficeResult<Self> {
        let plan = plan_of(&rotation.params)?;
        let load = async |id: Option<String>| match id {
            Some(id) => SigningIdentity::load(session, &id).await.map(Some),
            None => Ok(None),
        };
        Ok(Self {
            at: session.clock.now(),
            office: session.office_name.clone(),
            demonstration: session.environment == Environment::Demo,
            request: session.registry.request(rotation.request).await?,
            old_identity: load(plan.identity.clone()).await?,
            new_identity: load(rotation.new_identity.map(|id| id.to_string())).await?,
            trail: session.registry.verify().await?,
            rotation,
            plan,
            history,
        })
    }

    /// Whether nothing more will come but a deletion that somebody calls off.
    pub(super) fn is_final(&self) -> bool {
        !self.rotation.state.is_open()
    }

    pub(super) fn public_key(&self, which: Which) -> Option<&str> {
        self.history.kept(RotationStep::CreateKey, which.key_name())
    }

    pub(super) fn fingerprint(&self, which: Which) -> Option<&str> {
        self.history.fact(RotationStep::CreateKey, which.fingerprint_name())
    }

    pub(super) fn certificate(&self, which: Which) -> Option<&Certificate> {
        let identity = match which {
            Which::Old => &self.old_identity,
            Which::New => &self.new_identity,
        };
        identity.as_ref().map(|own| &own.certificate)
    }
}

/// One of the two keys.
#[derive(Clone, Copy)]
pub(super) enum Which {
    Old,
    New,
}

impl Which {
    const fn key_name(self) -> &'static str {
        match self {
            Self::Old => "old_public_key",
            Self::New => "new_public_key",
        }
    }

    const fn fingerprint_name(self) -> &'static str {
        match self {
            Self::Old => "old_public_key_sha256",
            Self::New => "public_key_sha256",
        }
    }
}

/// The key that signs the report: the new one, and the old one once the new one is being put away.
pub(super) struct Signs {
    pub(super) key: KeyRef,
    pub(super) identity: Option<SigningIdentity>,
}

impl Signs {
    async fn of(session: &Session, dossier: &Dossier) -> OfficeResult<Self> {
        let rotation = &dossier.rotation;
        let (key, identity) = match rotation.state {
            RotationState::Running | RotationState::Transition | RotationState::Finished => {
                (rotation.new_key_ref.as_ref(), &dossier.new_identity)
            }
            RotationState::RollingBack | RotationState::RolledBack => {
                (Some(&rotation.old_key_ref), &dossier.old_identity)
            }
        };
        let key: KeyRef = key.ok_or(OfficeError::RotationState { reason: "no_new_key" })?.parse()?;
        if let Some(identity) = identity {
            identity.require_valid(session.clock.now())?;
        }
        Ok(Self { key, identity: identity.clone() })
    }
}

/// Signs a report as PAdES B-B, as documents are signed, and reads it back before anybody gets it.
async fn sign_pdf(
    session: &Session,
    identity: &SigningIdentity,
    pdf: Vec<u8>,
    reason: &'static str,
    found: &mut Facts,
) -> OfficeResult<Vec<u8>> {
    let signer = session.manager(&identity.key_ref).await?.signer(&identity.key_ref, identity.algorithm).await?;
    identity.require_key(signer.public_key())?;
    let (own, at) = (identity.clone(), session.clock.now());
    let (prepared, cms) = blocking(move || {
        let file = PdfFile::from_bytes(pdf)?;
        let request = |content_digest| CmsRequest {
            signer_certificate: own.certificate.der.as_slice(),
            chain: own.chain.iter().map(|certificate| certificate.der.as_slice()).collect(),
            algorithm: own.algorithm,
            content_digest,
            profile: Profile::Pades,
            extras: SignedExtras::default(),
        };
        let hash = own.algorithm.hash();
        let dry = cms::prepare(request(Digest::of(hash, b"")))?;
        let prepared = pades::prepare(
            &file,
            &PadesOptions {
                signing_time: Some(at),
                name: Some(own.holder()),
                reason: Some(reason.to_owned()),
                location: None,
                contact: None,
                field: FieldChoice::New,
                contents_capacity: dry.estimate_size(),
                ..PadesOptions::default()
            },
        )?;
        let cms = cms::prepare(request(prepared.digest(hash)))?;
        OfficeResult::Ok((prepared, cms))
    })
    .await??;
    let signature = signer.sign_digest(&cms.tbs_digest()).await?;
    found.signature(&signature);
    found.algorithm = Some(identity.algorithm.to_string());
    blocking(move || {
        let signed = prepared.finish(&cms.finish(&signature.value)?)?;
        let mut bytes = Vec::new();
        signed.write_to(&mut bytes).map_err(OfficeError::internal)?;
        read_back(&bytes)?;
        Ok(bytes)
    })
    .await?
}

fn read_back(bytes: &[u8]) -> OfficeResult<()> {
    let wrong = |reason: &str| OfficeError::SelfCheckFailed { reason: reason.to_owned() };
    let file = PdfFile::from_bytes(bytes.to_vec())?;
    let signatures = validate::pdf::signatures(&file)?;
    let [signature] = signatures.as_slice() else { return Err(wrong("the report does not have one signature")) };
    if signature.coverage != validate::pdf::Coverage::EntireFile {
        return Err(wrong("the signature does not cover the whole report"));
    }
    let data = validate::cms::parse(&signature.cms)?;
    let digest = |hash| signature.digest(hash).ok_or_else(|| wrong("the byte range cannot be read"));
    match validate::cms::verify_detached(&data, digest)?.as_slice() {
        [report] if report.integrity == validate::Integrity::Ok => Ok(()),
        _ => Err(wrong("the signature of the report does not verify")),
    }
}
