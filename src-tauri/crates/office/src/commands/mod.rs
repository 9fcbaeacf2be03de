//! Every command of the one list, answered by the office.

mod desk;
mod heap;
mod keys;
mod people;
mod trust;

use std::sync::Arc;

use cartorio_core::WireError;
use cartorio_registry::Act;

use crate::certificates::{self, Opened};
use crate::documents::ReadFor;
#[allow(clippy::wildcard_imports, reason = "the one command list names every type of the wire")]
use crate::dto::*;
use crate::material::{Sources, tsa_store};
use crate::office::Office;
use crate::output::write_over;
use crate::ports::SaveFile;
use crate::session::{Facts, Session};
use crate::signing::{Asks, blocking};
use crate::subscribers::Export;
use crate::verification::Verification;
use crate::words::Words;
use crate::{OfficeError, OfficeResult, authority, demo, profiles, signing, subscribers, trail, with_commands};

/// Result of a command, in the form that crosses the IPC.
pub type CommandResult<T> = Result<T, WireError>;

macro_rules! commands {
    ($($kind:ident $name:ident($request:ty) $(-> $response:ty)?),* $(,)?) => {
        /// Every command of the one list. An implementation that forgets one does not compile.
        #[async_trait::async_trait]
        pub trait Commands {
            $(
                /// See the command list and the types of its request and response.
                async fn $name(&self, request: $request) -> CommandResult<commands!(@response $($response)?)>;
            )*
        }

        #[async_trait::async_trait]
        impl Commands for Office {
            $(
                async fn $name(&self, request: $request) -> CommandResult<commands!(@response $($response)?)> {
                    Answers::$name(self, request).await.map_err(|error| error.wire())
                }
            )*
        }
    };
    (@response) => { Vec<u8> };
    (@response $response:ty) => { $response };
}

with_commands!(commands);

/// The bodies, one for each command.
struct Answers;

impl Answers {
    async fn app_state(office: &Office, _: Empty) -> OfficeResult<AppState> {
        office.resume().await;
        office.state().await
    }

    async fn demo_start(office: &Office, _: Empty) -> OfficeResult<AppState> {
        office.open_demo().await?;
        office.state().await
    }

    async fn inspection_start(office: &Office, _: Empty) -> OfficeResult<AppState> {
        office.start_inspection().await;
        office.state().await
    }

    async fn production_start(office: &Office, request: ProductionStart) -> OfficeResult<AppState> {
        office.open_production(request).await?;
        office.state().await
    }

    async fn session_leave(office: &Office, _: Empty) -> OfficeResult<AppState> {
        office.leave().await?;
        office.state().await
    }

    async fn preferences_save(office: &Office, request: Preferences) -> OfficeResult<AppState> {
        office.home.change_config(|config| {
            config.preferences = request;
            Ok(())
        })?;
        office.state().await
    }

    async fn notices_dismiss(office: &Office, _: Empty) -> OfficeResult<AppState> {
        office.dismiss_notices().await;
        office.state().await
    }

    async fn secret_channel(office: &Office, _: Empty) -> OfficeResult<SecretChannel> {
        office.channels.open()
    }

    async fn documents_pick(office: &Office, request: PickRequest) -> OfficeResult<Vec<DocumentInfo>> {
        let paths = office.ports.dialogs.pick_files(Words::of(office)?.pick(request.purpose)).await;
        let mut documents = Vec::with_capacity(paths.len());
        for path in paths {
            documents.push(office.open_document(path, DocumentOrigin::Picked).await?);
        }
        Ok(documents)
    }

    async fn documents_samples(office: &Office, _: Empty) -> OfficeResult<Vec<DocumentInfo>> {
        let session = office.session().await?;
        let mut documents = Vec::new();
        for path in demo::samples(&session.folder) {
            // A sample that somebody deleted is not offered.
            if path.is_file() {
                documents.push(office.open_document(path, DocumentOrigin::Sample).await?);
            }
        }
        Ok(documents)
    }

    async fn document_forget(office: &Office, request: DocumentRef) -> OfficeResult<Empty> {
        office.documents.forget(&request.id);
        Ok(Empty {})
    }

    async fn document_reveal(office: &Office, request: DocumentRef) -> OfficeResult<Empty> {
        let entry = office.documents.get(&request.id)?;
        office
            .ports
            .desktop
            .reveal(&entry.path)
            .map_err(|error| OfficeError::NoFileManager { reason: error.to_string() })?;
        Ok(Empty {})
    }

    async fn document_bytes(office: &Office, request: DocumentRef) -> OfficeResult<Vec<u8>> {
        let entry = office.documents.get(&request.id)?;
        blocking(move || entry.read(ReadFor::Preview)).await?
    }

    async fn identities_list(office: &Office, _: Empty) -> OfficeResult<Vec<IdentitySummary>> {
        let session = office.session().await?;
        let sources = Sources::offline(office.evidence_here().await?, Arc::clone(&session.clock));
        signing::identities(&session, &sources).await
    }

    async fn identity_create(office: &Office, request: IdentityCreate) -> OfficeResult<IdentitySummary> {
        let session = office.session().await?;
        let new = authority::NewIdentity {
            key_ref: request.key_ref.parse()?,
            label: request.label,
            holder: request.holder,
            email: request.email.filter(|email| !email.trim().is_empty()),
            authority: request.authority.map(|arn| arn.trim().to_owned()).filter(|arn| !arn.is_empty()),
        };
        let identity = authority::create_identity(&session, new).await?;
        Ok(identity.summary(session.clock.now()))
    }

    async fn output_folder_pick(office: &Office, _: Empty) -> OfficeResult<Option<OutputFolder>> {
        let title = Words::of(office)?.folder_title();
        Ok(office.ports.dialogs.pick_folder(title).await.map(|path| office.output_folder(path)))
    }

    async fn sign_preview(office: &Office, request: SignRequest) -> OfficeResult<SignPreview> {
        let session = office.session().await?;
        let listed = tsa_store::list(&session).await?;
        let named = request.authorities.iter().map(String::as_str);
        let authorities = office.seen.authorities(named.chain(listed.iter().map(|own| own.url.as_str())));
        // Somebody who is choosing waits for no network: what is at hand is looked at.
        let sources = match office.sources_chosen(true, &request.evidence, &[]).await {
            Ok((sources, _)) => sources,
            // What is wrong with a file that was chosen is told when it is signed.
            Err(_) => Sources::offline(office.evidence_here().await?, Arc::clone(&session.clock)),
        };
        signing::preview(&session, &office.documents, &request, &authorities, &sources).await
    }

    async fn sign_start(office: &Office, request: SignRequest) -> OfficeResult<JobSnapshot> {
        let session = office.session().await?;
        let events = Arc::clone(&office.ports.events);
        let (sources, named) =
            office.sources_chosen(request.profile.offline, &request.evidence, &request.authorities).await?;
        let asks = Asks::Window { named };
        let job = signing::start(&session, &office.documents, &office.jobs, events, sources, &request, asks).await?;
        Ok(job.snapshot())
    }

    async fn job_get(office: &Office, request: JobRef) -> OfficeResult<JobSnapshot> {
        Ok(office.jobs.get(&request.id)?.snapshot())
    }

    async fn job_cancel(office: &Office, request: JobRef) -> OfficeResult<JobSnapshot> {
        let job = office.jobs.get(&request.id)?;
        job.stop();
        Ok(job.snapshot())
    }

    async fn job_resume(office: &Office, request: JobRef) -> OfficeResult<JobSnapshot> {
        let job = office.jobs.get(&request.id)?;
        job.resume();
        Ok(job.snapshot())
    }

    async fn verify(office: &Office, request: VerifyRequest) -> OfficeResult<VerifyReport> {
        let evidence = office.evidence(&[], &[]).await?;
        let at = office.ports.clock.now();
        office.judge(&request, evidence, at).await
    }

    async fn certificates_list(office: &Office, _: Empty) -> OfficeResult<Vec<CertificateSummary>> {
        certificates::list(&*office.session().await?).await
    }

    async fn certificates_open(office: &Office, request: CertificateSource) -> OfficeResult<CertificateBundle> {
        let session = office.maybe_session().await?;
        let opened = match request {
            CertificateSource::Document(id) => {
                let entry = office.documents.get(&id)?;
                let own = entry.clone();
                let bytes = blocking(move || own.read(ReadFor::Certificates)).await??;
                Opened::File { entry, bytes }
            }
            CertificateSource::Registry(_) | CertificateSource::Identity(_) => Opened::Registry(request),
        };
        let own = office.evidence_here().await?;
        certificates::open(session.as_deref(), &office.shown, opened, own, office.ports.clock.now()).await
    }

    async fn identifier_reveal(office: &Office, request: CertificateFingerprint) -> OfficeResult<RevealedIdentifiers> {
        let session = office.maybe_session().await?;
        certificates::reveal(session.as_deref(), &office.shown, &request.sha256).await
    }

    async fn certificate_save(office: &Office, request: CertificateSave) -> OfficeResult<SaveResult> {
        let certificate = office.shown.get(&request.sha256)?;
        let extension = match request.format {
            SaveFormat::Pem => "pem",
            SaveFormat::Der => "cer",
        };
        let name = format!("certificado-{}.{extension}", &certificate.fingerprint()[..8]);
        let dialog = Words::of(office)?.save_certificate(name, extension);
        let bytes = certificates::encoded(&certificate, request.format)?;
        office.save(dialog, bytes).await
    }

    async fn subscriber_issue(office: &Office, request: SubscriberIssue) -> OfficeResult<CertificateSummary> {
        subscribers::issue(&*office.session().await?, request).await
    }

    async fn p12_export(office: &Office, request: P12Export) -> OfficeResult<SaveResult> {
        let session = office.session().await?;
        let password = office.channels.unseal(&request.password)?;
        let export = Export::find(&session, &request.certificate, request.profile).await?;
        let dialog = Words::of(office)?.save_p12(export.file_name());
        let Some(path) = office.ports.dialogs.save_file(dialog).await else {
            return Ok(SaveResult { saved: None });
        };
        export.write(&session, &path, request.friendly_name, password, true).await?;
        let saved = office.open_document(path, DocumentOrigin::Result).await?;
        Ok(SaveResult { saved: Some(saved) })
    }

    async fn profiles_list(office: &Office, _: Empty) -> OfficeResult<Vec<ProfileView>> {
        profiles::list(&office.home, &office.ports.cloud).await
    }

    async fn profile_save(office: &Office, mut request: ProfileInput) -> OfficeResult<Vec<ProfileView>> {
        let keys = match request.access_keys.take() {
            None => None,
            Some(sealed) => Some(profiles::access_keys(&office.channels.unseal(&sealed)?)?),
        };
        office.save_profile(request, keys).await?;
        profiles::list(&office.home, &office.ports.cloud).await
    }

    async fn profile_remove(office: &Office, request: ProfileName) -> OfficeResult<Vec<ProfileView>> {
        let session = office.settings_session().await?;
        let facts = Facts::default().with("profile", request.name.clone());
        recorded(session.as_deref(), Act::ProfileRemoved, facts, async || {
            profiles::remove(&office.home, &office.ports.cloud, &request.name).await
        })
        .await?;
        profiles::list(&office.home, &office.ports.cloud).await
    }

    async fn profile_test(office: &Office, request: ProfileName) -> OfficeResult<CallerIdentityView> {
        let session = office.settings_session().await?;
        let facts = Facts::default().with("profile", request.name.clone());
        recorded(session.as_deref(), Act::ProfileTested, facts, async || {
            profiles::test(&office.home, &office.ports.cloud, &request.name).await
        })
        .await
    }

    async fn audit_list(office: &Office, request: AuditQuery) -> OfficeResult<AuditPage> {
        trail::list(&*office.session().await?, request).await
    }

    async fn audit_verify(office: &Office, _: Empty) -> OfficeResult<TrailView> {
        trail::verify(&*office.session().await?).await
    }

    async fn audit_reseal(office: &Office, request: AuditReseal) -> OfficeResult<TrailView> {
        office.reseal(request).await
    }
}

impl Office {
    /// Judges a document with `evidence` as of `at`; in an office that is put on record before it is shown.
    pub(crate) async fn judge(
        &self,
        request: &VerifyRequest,
        evidence: certificates::Evidence,
        at: time::OffsetDateTime,
    ) -> OfficeResult<VerifyReport> {
        let entry = self.documents.get(&request.document)?;
        let content = request.content.as_deref().map(|id| self.documents.get(id)).transpose()?;
        let own = entry.clone();
        let (sha256, size) = blocking(move || signing::fingerprint(&own)).await??;
        let verification =
            Verification { entry: entry.clone(), content, evidence, at, scratch: self.home.path().to_owned() };
        let shown = Arc::clone(&self.shown);
        let work = async || blocking(move || verification.run(&shown)).await?;
        let session = self.maybe_session().await?;
        let Some(session) = session.as_deref() else {
            return work().await;
        };
        session.require(Permission::Verify)?;
        let facts = Facts::document(&entry.name, sha256, size);
        // Without a record the report has no number of one, and says so.
        let Some(begun) = session.begin_look(Act::DocumentVerified, facts).await? else {
            return work().await;
        };
        let mut result = work().await;
        let mut found = Facts::default();
        if let Ok(report) = &result {
            let word = serde_json::to_value(report.result).ok().and_then(|value| value.as_str().map(str::to_owned));
            found = found.with("result", word.unwrap_or_default());
        }
        let record = begun.end(&result, found).await?;
        if let Ok(report) = &mut result {
            report.audit_seq = Some(record.seq);
        }
        result
    }

    /// Adds or changes a profile, on record where there is an office.
    pub(crate) async fn save_profile(
        &self,
        input: ProfileInput,
        keys: Option<cartorio_keys::AccessKeys>,
    ) -> OfficeResult<()> {
        let session = self.settings_session().await?;
        let mut facts = Facts::default()
            .with("profile", input.name.clone())
            .with("region", input.region.clone())
            .with("endpoint", input.endpoint.clone().unwrap_or_default())
            .with("use_fips", input.use_fips.to_string())
            .with("source", format!("{:?}", input.source).to_lowercase())
            .with("access_keys", if keys.is_some() { "stored" } else { "unchanged" });
        if let Some(limits) = input.kms {
            facts = facts.with("kms_limits", format!("{}/{}", limits.at_once, limits.per_second));
        }
        recorded(session.as_deref(), Act::ProfileAdded, facts, async || {
            profiles::save(&self.home, &self.ports.cloud, input, keys).await
        })
        .await
    }

    /// The open office, once its operator may change settings. Before the first production office there is nobody to ask; once
    /// there is one, what it relies on is not changed from the demonstration or from outside.
    pub(crate) async fn settings_session(&self) -> OfficeResult<Option<Arc<Session>>> {
        let session = self.maybe_session().await?;
        let production = session.as_ref().is_some_and(|session| session.environment == Environment::Production);
        if self.has_production() && !production {
            return Err(OfficeError::NotPermitted { permission: Permission::ManageSettings });
        }
        if let Some(session) = &session {
            session.require(Permission::ManageSettings)?;
        }
        Ok(session)
    }

    pub(crate) async fn save(&self, dialog: SaveFile, bytes: Vec<u8>) -> OfficeResult<SaveResult> {
        let Some(path) = self.ports.dialogs.save_file(dialog).await else {
            return Ok(SaveResult { saved: None });
        };
        let own = path.clone();
        blocking(move || write_over(&own, &bytes)).await?.map_err(|error| OfficeError::unwritable(&path, &error))?;
        Ok(SaveResult { saved: Some(self.open_document(path, DocumentOrigin::Result).await?) })
    }
}

/// Runs `work`, on record where there is an office.
async fn recorded<T>(
    session: Option<&Session>,
    act: Act,
    facts: Facts,
    work: impl AsyncFnOnce() -> OfficeResult<T>,
) -> OfficeResult<T> {
    match session {
        Some(session) => session.record(act, facts, async |_| work().await).await,
        None => work().await,
    }
}
