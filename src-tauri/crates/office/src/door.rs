//! What a terminal can do around signing and a page cannot: name files itself, give secrets without a page in between, bring
//! evidence and authorities for one job. The use cases are the same ones, with the same permissions and the same trail.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cartorio_core::{SecretBytes, SecretString, WireError};
use cartorio_net::{Auth, Reach, check_address};

use crate::documents::{ReadFor, file_name};
use crate::dto::{
    DocumentInfo, DocumentOrigin, ExtendRequest, JobSnapshot, Permission, PolicyDesk, SignPreview, SignRequest,
    SignerRole, StampImage, TsaAuth, TsaView,
};
use crate::jobs::Job;
use crate::material::{Given, Sources, Tsa, evidence_in, tsa_store};
use crate::office::Office;
use crate::signing::beside::{self, Search};
use crate::signing::journal::BatchError;
use crate::signing::{self, Asks, Named, NamedSources, blocking};
use crate::{OfficeError, OfficeResult, extension, folders, policies, stamps};

/// Evidence and authorities for one job, beside the office's own.
#[derive(Clone, Debug, Default)]
pub struct JobSources {
    /// Addresses of time-stamp authorities that are asked before the office's own, without credentials.
    pub authorities: Vec<String>,
    /// Files with certificates, revocation lists and OCSP responses: what is in them is seen by their content.
    pub evidence: Vec<PathBuf>,
}

/// A time-stamp authority with its secret, as a terminal gives it.
pub struct TsaGiven {
    /// Friendly name.
    pub name: String,
    /// Address.
    pub url: String,
    /// User name, for a password.
    pub user: Option<String>,
    /// The client certificate's P12 file.
    pub p12: Option<PathBuf>,
    /// Password of the user, or of the P12 file.
    pub secret: Option<SecretString>,
    /// Policy that is asked of it (OID).
    pub policy: Option<String>,
    /// Seconds until the next one is tried.
    pub timeout_seconds: u32,
}

/// What is in a folder for a batch.
#[derive(Debug)]
pub struct FolderDocuments {
    /// The documents, in the order of their paths.
    pub files: Vec<PathBuf>,
    /// What could not be looked at, or is more than is taken.
    pub problems: Vec<WireError>,
}

/// The documents in a folder, as a batch takes them: without hidden files, links and results of earlier signing.
pub fn documents_in(folder: &std::path::Path) -> FolderDocuments {
    let found = folders::list(folder);
    FolderDocuments { files: found.files, problems: found.problems }
}

/// The signed documents in a folder, for a higher level or a further signature: PDFs and `.p7s`, without those of which a higher level
/// lies beside them. Whether a PDF is signed shows when it is opened.
pub fn signed_in(folder: &std::path::Path) -> FolderDocuments {
    let found = folders::signed(folder);
    FolderDocuments { files: found.files, problems: found.problems }
}

/// How long an authority that is named for one job may take: as long as one that is kept, where nobody says otherwise.
const NAMED_TIMEOUT: Duration = Duration::from_secs(20);

impl Office {
    /// `files` of `folder` without the results that this office made of others among them, whatever they are called.
    ///
    /// # Errors
    /// What the registry says.
    pub async fn without_results(&self, folder: &std::path::Path, files: Vec<PathBuf>) -> OfficeResult<Vec<PathBuf>> {
        match self.maybe_session().await? {
            Some(session) => folders::without_results(&session, folder, files).await,
            None => Ok(files),
        }
    }

    /// Signs a batch and waits for its end. `file` names the one result.
    ///
    /// # Errors
    /// When the batch cannot start; what happens to each document is in the snapshot.
    pub async fn sign_and_wait(
        &self,
        request: &SignRequest,
        file: Option<PathBuf>,
        given: &JobSources,
    ) -> OfficeResult<JobSnapshot> {
        Ok(signing::finished(&*self.signing(request, file, given, false).await?).await)
    }

    /// As [`Self::sign_and_wait`], and comes back at once. Where it is `attended`, what pauses the batch waits for somebody, who is told of
    /// it by [`Self::job_rests`].
    ///
    /// # Errors
    /// As there.
    pub async fn begin_signing(
        &self,
        request: &SignRequest,
        file: Option<PathBuf>,
        given: &JobSources,
        attended: bool,
    ) -> OfficeResult<JobSnapshot> {
        Ok(self.signing(request, file, given, attended).await?.snapshot())
    }

    async fn signing(
        &self,
        request: &SignRequest,
        file: Option<PathBuf>,
        given: &JobSources,
        attended: bool,
    ) -> OfficeResult<Arc<Job>> {
        let session = self.session().await?;
        let events = Arc::clone(&self.ports.events);
        let (sources, named) = self.job_sources(request.profile.offline, given).await?;
        let asks = Asks::Terminal { attended, file, named };
        signing::start(&session, &self.documents, &self.jobs, events, sources, request, asks).await
    }

    /// Waits until a job has paused, or ended. `since` is the revision of the pause that was answered before this: it is not told again.
    ///
    /// # Errors
    /// [`OfficeError::UnknownJob`].
    pub async fn job_rests(&self, id: &str, since: u64) -> OfficeResult<JobSnapshot> {
        Ok(self.jobs.get(id)?.rests(since).await)
    }

    /// Says what signing would do and what stands against it, with the authorities of `given` beside the office's own; touches
    /// neither the key nor the trail.
    ///
    /// # Errors
    /// Where nothing could be signed at all: an unknown identity, a malformed field.
    pub async fn preflight(&self, request: &SignRequest, given: &JobSources) -> OfficeResult<SignPreview> {
        let session = self.session().await?;
        let listed = tsa_store::list(&session).await?;
        let named = given.authorities.iter().map(String::as_str);
        let authorities = self.seen.authorities(named.chain(listed.iter().map(|own| own.url.as_str())));
        let (sources, _) = self.job_sources(request.profile.offline, given).await?;
        let mut preview = signing::preview(&session, &self.documents, request, &authorities, &sources).await?;
        if request.profile.role == SignerRole::Cosign {
            // A further signature is over the content: whoever lacks theirs is told now. Large ones are read for it.
            let contents = Named::of(&self.documents, &request.contents, request.documents.len())?;
            for item in preview.items.iter_mut().filter(|own| own.problem.is_none()) {
                let entry = self.documents.get(&item.document)?;
                let search = Search { named: contents.clone(), needed: true };
                item.problem = beside::existing(&session, &entry, search).await.err().map(|error| error.wire());
            }
        }
        Ok(preview)
    }

    /// Takes signed documents to a higher level and waits for the end.
    ///
    /// # Errors
    /// When the job cannot start; what happens to each document is in the snapshot.
    pub async fn extend_and_wait(
        &self,
        request: ExtendRequest,
        file: Option<PathBuf>,
        given: &JobSources,
    ) -> OfficeResult<JobSnapshot> {
        Ok(signing::finished(&*self.extending(request, file, given).await?).await)
    }

    /// As [`Self::extend_and_wait`], and comes back at once.
    ///
    /// # Errors
    /// As there.
    pub async fn begin_extending(
        &self,
        request: ExtendRequest,
        file: Option<PathBuf>,
        given: &JobSources,
    ) -> OfficeResult<JobSnapshot> {
        Ok(self.extending(request, file, given).await?.snapshot())
    }

    async fn extending(
        &self,
        request: ExtendRequest,
        file: Option<PathBuf>,
        given: &JobSources,
    ) -> OfficeResult<Arc<Job>> {
        let session = self.session().await?;
        let events = Arc::clone(&self.ports.events);
        let sources = self.job_sources(request.offline, given).await?;
        extension::start(&session, &self.documents, &self.jobs, events, sources, request, file).await
    }

    /// Opens a PDF that asks for a password.
    ///
    /// # Errors
    /// When the password is wrong, or the file cannot be read.
    pub async fn unlock_document(&self, id: &str, password: SecretString) -> OfficeResult<DocumentInfo> {
        let (documents, id) = (Arc::clone(&self.documents), id.to_owned());
        blocking(move || documents.unlock(&id, password)).await?
    }

    /// Adds a time-stamp authority.
    ///
    /// # Errors
    /// When a field is malformed, the P12 file does not open, or the operator may not.
    pub async fn tsa_add(&self, given: TsaGiven) -> OfficeResult<Vec<TsaView>> {
        let session = self.session().await?;
        let auth = match (&given.p12, &given.user) {
            (Some(_), _) => TsaAuth::Certificate,
            (None, Some(_)) => TsaAuth::Basic,
            (None, None) => TsaAuth::None,
        };
        let p12 = match given.p12 {
            None => None,
            Some(path) => {
                let info = self.open_document(path, DocumentOrigin::Dropped).await?;
                let entry = self.documents.get(&info.id)?;
                Some(SecretBytes::new(blocking(move || entry.read(ReadFor::Certificates)).await??))
            }
        };
        let save = tsa_store::TsaSave {
            id: None,
            name: given.name,
            url: given.url,
            auth,
            user: given.user,
            secret: given.secret,
            p12,
            policy: given.policy,
            timeout_seconds: given.timeout_seconds,
            position: None,
        };
        tsa_store::save(&session, save).await
    }

    /// Takes files of ITI in: policies, lists of approved policies and their signatures.
    ///
    /// # Errors
    /// When one of them is not known; then none is taken in.
    pub async fn policy_import_paths(&self, paths: Vec<PathBuf>) -> OfficeResult<PolicyDesk> {
        policies::import_files(&self.session().await?, paths).await
    }

    /// Keeps a picture for stamps.
    ///
    /// # Errors
    /// When it is no PNG or JPEG, or too large.
    pub async fn stamp_image_path(&self, path: PathBuf) -> OfficeResult<StampImage> {
        let session = self.session().await?;
        session.require(Permission::ManageSettings)?;
        stamps::keep_image(&session, path).await
    }

    /// The sources of a batch that goes on: what was named for it counts again.
    pub(crate) async fn sources_again(&self, offline: bool, named: &NamedSources) -> OfficeResult<Sources> {
        let paths = named.evidence.iter().map(|(path, _)| path.clone()).collect();
        let given = JobSources { authorities: named.authorities.clone(), evidence: paths };
        let (sources, found) = self.job_sources(offline, &given).await?;
        match found.evidence.iter().zip(&named.evidence).find(|(now, then)| now.1 != then.1) {
            Some((now, _)) => Err(BatchError::EvidenceChanged { name: file_name(&now.0) }.into()),
            None => Ok(sources),
        }
    }

    /// The sources of a job of the window, with the files of evidence and the authorities that somebody chose for it.
    pub(crate) async fn sources_chosen(
        &self,
        offline: bool,
        evidence: &[String],
        authorities: &[String],
    ) -> OfficeResult<(Sources, NamedSources)> {
        let path = |id: &String| self.documents.get(id).map(|own| own.path);
        let paths = evidence.iter().map(path).collect::<OfficeResult<_>>()?;
        self.job_sources(offline, &JobSources { authorities: authorities.to_vec(), evidence: paths }).await
    }

    async fn job_sources(&self, offline: bool, given: &JobSources) -> OfficeResult<(Sources, NamedSources)> {
        let mut evidence = Given::default();
        let mut told = NamedSources { authorities: given.authorities.clone(), evidence: Vec::new() };
        for path in &given.evidence {
            let own = path.clone();
            let (found, sha256) = blocking(move || evidence_in(&own)).await??;
            let name = file_name(path);
            let whole = std::path::absolute(path)
                .map_err(|error| OfficeError::DocumentUnreadable { name, reason: error.to_string() })?;
            told.evidence.push((whole, sha256));
            evidence.certificates.extend(found.certificates);
            evidence.crls.extend(found.crls);
            evidence.ocsps.extend(found.ocsps);
        }
        let mut named = Vec::with_capacity(given.authorities.len());
        for url in &given.authorities {
            check_address(url, Reach::Chosen).map_err(|error| OfficeError::Format((&error).into()))?;
            named.push(Tsa {
                name: url.clone(),
                url: url.clone(),
                auth: Ok(Auth::None),
                policy: None,
                timeout: NAMED_TIMEOUT,
            });
        }
        Ok((self.sources_with(offline, evidence, named).await?, told))
    }
}
