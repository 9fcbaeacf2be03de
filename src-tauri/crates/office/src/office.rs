//! The office: one object behind every command of the window and of the terminal.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use cartorio_core::{OperatorId, SecretString, WireError};
use cartorio_keys::local::{LocalKeys, Passphrase};
use cartorio_net::Fetch;
use cartorio_registry::{Act, Operator, Role};
use tokio::sync::{OnceCell, RwLock};

use crate::certificates::{Evidence, Shown};
use crate::documents::{Documents, ReadFor};
use crate::dto::{
    AppState, AuditReseal, DocumentInfo, DocumentOrigin, DocumentsDropped, Environment, InterruptedAct, Locale,
    OperatorView, OutputFolder, PickPurpose, ProductionStart, TrailView,
};
use crate::heap::Heap;
use crate::home::Home;
use crate::jobs::Jobs;
use crate::material::{Seen, evidence_in};
use crate::operators::{self, Guesses};
use crate::output::sweep;
use crate::ports::Ports;
use crate::sealed::Channels;
use crate::session::{Facts, MasterOptions, OFFICE_NAME, Opening, OpeningLock, REGISTRY_FILE, Session, Stores};
use crate::signing::{self, blocking};
use crate::tokens::Tokens;
use crate::{OfficeError, OfficeResult, authorise, authority, demo, folders, keys_desk, profiles, trail, trust};

/// The office of one window or one command line.
pub struct Office {
    pub(crate) home: Home,
    pub(crate) ports: Ports,
    pub(crate) documents: Arc<Documents>,
    /// What the page on the screen takes: a dropped folder stands for other files where signed ones are wanted.
    drop_for: Mutex<PickPurpose>,
    pub(crate) jobs: Jobs,
    pub(crate) channels: Channels,
    pub(crate) shown: Arc<Shown>,
    pub(crate) heap: Arc<Heap>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) guesses: Guesses,
    /// The trust store without an office.
    pub(crate) trust: Arc<trust::Memory>,
    /// What time-stamping authorities stamped with.
    pub(crate) seen: Seen,
    /// The way to the network.
    pub(crate) net: OnceLock<Arc<dyn Fetch>>,
    master: MasterOptions,
    state: RwLock<State>,
    resumed: OnceCell<()>,
}

/// Characters that a passphrase for a new key store needs.
const MIN_PASSPHRASE: usize = 12;

/// The way in that was chosen.
#[derive(Default)]
struct State {
    inspection: bool,
    session: Option<Arc<Session>>,
    /// The office is open and nobody has the seat: whoever takes it proves who they are.
    locked: bool,
    /// Acts that were found interrupted and not yet dismissed by the person.
    interrupted: Vec<InterruptedAct>,
    resume_problem: Option<WireError>,
}

impl Office {
    /// An office that keeps everything in `home`. Nothing is opened yet.
    pub fn new(home: Home, ports: Ports) -> Self {
        Self::with_master(home, ports, MasterOptions::default())
    }

    /// The same, with another way to the master key of local keys.
    pub fn with_master(home: Home, ports: Ports, master: MasterOptions) -> Self {
        Self {
            home,
            ports,
            documents: Arc::default(),
            drop_for: Mutex::new(PickPurpose::Sign),
            jobs: Jobs::default(),
            channels: Channels::default(),
            shown: Arc::default(),
            heap: Arc::default(),
            seen: Seen::default(),
            tokens: Arc::default(),
            guesses: Guesses::default(),
            trust: Arc::default(),
            net: OnceLock::new(),
            master,
            state: RwLock::default(),
            resumed: OnceCell::new(),
        }
    }

    /// Opens what the last start had open, once. A problem is kept for [`AppState`]; the welcome screen is there all the
    /// same.
    pub async fn resume(&self) {
        self.resumed.get_or_init(|| self.open_last()).await;
    }

    async fn open_last(&self) {
        let result = match self.home.read_config().map(|config| config.last) {
            Ok(Some(Environment::Demo)) if demo::exists(&self.home.demo()) => self.open_demo().await,
            Ok(Some(Environment::Production)) => {
                let again = ProductionStart {
                    profile: String::new(),
                    office_name: None,
                    operator_name: None,
                    passphrase: None,
                };
                self.open_production(again).await
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = result {
            self.state.write().await.resume_problem = Some(error.wire());
        }
    }

    /// Where the program is now.
    ///
    /// # Errors
    /// When the configuration cannot be read.
    pub async fn state(&self) -> OfficeResult<AppState> {
        let config = self.home.read_config()?;
        let state = self.state.read().await;
        let locked = state.locked;
        let session = state.session.as_deref();
        let profile = match session.and_then(|session| session.profile.as_ref()) {
            Some(profile) => Some(profiles::view(profile, &config, &self.ports.cloud).await),
            None => None,
        };
        Ok(AppState {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            environment: match (session, state.inspection) {
                (Some(session), _) => session.environment,
                (None, true) => Environment::Inspection,
                (None, false) => Environment::Welcome,
            },
            demo_exists: demo::exists(&self.home.demo()),
            office_name: session.map(|session| session.office_name.clone()),
            locked,
            operator: session.filter(|_| !locked).map(|session| OperatorView {
                id: session.operator.id.to_string(),
                name: session.operator.name.clone(),
                role: session.operator.role.name().to_owned(),
            }),
            permissions: match session {
                Some(_) if locked => Vec::new(),
                Some(session) => authorise::permissions(session.operator.role).to_vec(),
                None if state.inspection => authorise::INSPECTION.to_vec(),
                None => Vec::new(),
            },
            key_protection: session.map(Session::protection),
            profile,
            resume_problem: state.resume_problem.clone(),
            interrupted: state.interrupted.clone(),
            preferences: config.preferences,
            home: self.home.path().display().to_string(),
        })
    }

    /// The open office, with somebody in the seat.
    pub(crate) async fn session(&self) -> OfficeResult<Arc<Session>> {
        let state = self.state.read().await;
        match (&state.session, state.locked) {
            (Some(session), false) => Ok(Arc::clone(session)),
            (Some(_), true) => Err(OfficeError::Locked),
            (None, _) => Err(OfficeError::NoOffice),
        }
    }

    /// The open office with somebody in the seat, where there is one: inspection works without. An office whose seat is empty is
    /// not «none».
    pub(crate) async fn maybe_session(&self) -> OfficeResult<Option<Arc<Session>>> {
        match self.session().await {
            Ok(session) => Ok(Some(session)),
            Err(OfficeError::NoOffice) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether this machine has a production office: what it relies on is changed from inside it alone.
    pub(crate) fn has_production(&self) -> bool {
        self.home.production().join(REGISTRY_FILE).exists()
    }

    /// The open office, whether or not somebody has the seat: for taking it, and for leaving.
    pub(crate) async fn open_session(&self) -> Option<Arc<Session>> {
        self.state.read().await.session.clone()
    }

    /// Nobody has the seat until somebody proves who they are. Without any password nobody could come back: then it stays.
    pub(crate) async fn lock(&self) -> OfficeResult<()> {
        let session = self.session().await?;
        if session.registry.operator_secret(session.operator.id).await?.is_none() {
            return Err(OfficeError::OperatorPasswordMissing { name: session.operator.name.clone() });
        }
        self.empty_seat().await;
        Ok(())
    }

    /// From here on nothing begins; what is under way ends.
    async fn empty_seat(&self) {
        self.state.write().await.locked = true;
        self.jobs.suspend_all().await;
        self.tokens.logout_all().await;
        self.documents.clear();
        self.shown.clear();
        self.heap.clear();
    }

    pub(crate) async fn open_demo(&self) -> OfficeResult<()> {
        let session = demo::open(self.opening(Environment::Demo, self.home.demo(), None)).await?;
        self.enter(session).await
    }

    pub(crate) async fn open_production(&self, start: ProductionStart) -> OfficeResult<()> {
        let name = match start.profile.as_str() {
            "" => self.home.read_config()?.active_profile.ok_or(OfficeError::NamesNeeded)?,
            name => name.to_owned(),
        };
        let profile = profiles::find(&self.home, &name)?;
        let mut opening = self.opening(Environment::Production, self.home.production(), Some(profile));
        let new = LocalKeys::protection_of(&opening.folder.join("keys"))?.is_none();
        if new {
            names(&start)?;
        }
        if let Some(sealed) = &start.passphrase {
            let passphrase = self.channels.unseal(sealed)?;
            if new && passphrase.expose().chars().count() < MIN_PASSPHRASE {
                return Err(OfficeError::InvalidField { field: "passphrase", reason: "too_short" });
            }
            opening.master.passphrase = Passphrase::Given(passphrase);
        }
        let stores = Stores::open(&opening).await?;
        if stores.registry.operators().await?.is_empty() {
            let (office, operator) = names(&start)?;
            stores.registry.set_setting(OFFICE_NAME, &office).await?;
            let operator = Operator { id: OperatorId::generate(), name: operator, role: Role::Notary, active: true };
            stores.registry.add_operator(&operator).await?;
        }
        let (session, _lock) = Session::open(opening, stores).await?;
        // With a broken trail one gets in to look at it; nothing is made.
        if session.trail_problem.is_none() {
            complete_production(&session).await?;
        }
        self.home.change_config(|config| {
            config.active_profile = Some(name);
            Ok(())
        })?;
        self.enter(Arc::new(session)).await
    }

    async fn enter(&self, session: Arc<Session>) -> OfficeResult<()> {
        self.forget_the_last().await;
        self.trust.clear();
        self.home.change_config(|config| {
            config.last = Some(session.environment);
            Ok(())
        })?;
        self.tokens.load(self.home.read_config()?.token_modules).await;
        let folders = [self.home.path().to_owned(), session.folder.clone(), session.folder.join(signing::RESULTS)];
        blocking(move || folders.iter().for_each(|folder| sweep(folder))).await?;
        session.remember_trail().await?;
        // Who opens the program is not thereby the notary: once there are passwords, one of them is asked for.
        let locked = session.registry.operator_secret(session.operator.id).await?.is_some();
        let mut state = self.state.write().await;
        state.locked = locked;
        state.interrupted.extend(session.interrupted.iter().cloned());
        state.resume_problem.clone_from(&session.trail_problem);
        state.inspection = false;
        state.session = Some(session);
        Ok(())
    }

    /// What one office was doing and showing is not another's: jobs end, handles and shown certificates are gone.
    async fn forget_the_last(&self) {
        if self.open_session().await.is_some() {
            self.jobs.suspend_all().await;
            // What one office opened with a PIN is not another's.
            self.tokens.logout_all().await;
            self.documents.clear();
            self.shown.clear();
            self.heap.clear();
        }
    }

    pub(crate) async fn start_inspection(&self) {
        self.forget_the_last().await;
        self.trust.clear();
        let mut state = self.state.write().await;
        state.session = None;
        state.locked = false;
        state.inspection = true;
    }

    /// Back to the welcome screen; the next start begins there too.
    pub(crate) async fn leave(&self) -> OfficeResult<()> {
        self.forget_the_last().await;
        if let Some(session) = self.open_session().await {
            session.remember_trail().await?;
        }
        self.home.change_config(|config| {
            config.last = None;
            Ok(())
        })?;
        self.trust.clear();
        *self.state.write().await = State::default();
        Ok(())
    }

    /// Accepts the end of a broken trail as it is, and makes up for what a broken trail kept the office from.
    pub(crate) async fn reseal(&self, request: AuditReseal) -> OfficeResult<TrailView> {
        let session = self.session().await?;
        if trail::reseal(&session, &request.reason).await? {
            let _lock = OpeningLock::take(&session.folder).await?;
            match session.environment {
                Environment::Demo => demo::complete(&session).await?,
                Environment::Production | Environment::Inspection | Environment::Welcome => {
                    complete_production(&session).await?;
                }
            }
            self.state.write().await.resume_problem = None;
        }
        trail::verify(&session).await
    }

    pub(crate) async fn dismiss_notices(&self) {
        let mut state = self.state.write().await;
        state.interrupted.clear();
        state.resume_problem = None;
    }

    fn opening(
        &self,
        environment: Environment,
        folder: PathBuf,
        profile: Option<cartorio_keys::CloudProfile>,
    ) -> Opening {
        Opening {
            environment,
            folder,
            profile,
            clock: Arc::clone(&self.ports.clock),
            cloud: Arc::clone(&self.ports.cloud),
            authorities: Arc::clone(&self.ports.authorities),
            master: self.master.clone(),
            tokens: Arc::clone(&self.tokens),
            operator: None,
        }
    }

    /// Another person takes the seat of the open office.
    pub(crate) async fn switch_operator(&self, id: &str, password: Option<SecretString>) -> OfficeResult<()> {
        let session = self.open_session().await.ok_or(OfficeError::NoOffice)?;
        let operator = operators::admit(&session, &self.guesses, id, password).await?;
        // What is being signed is signed by who began it: it ends before somebody else has the seat.
        self.empty_seat().await;
        let facts = Facts::default().with("to", operator.id.to_string()).with("to_name", operator.name.clone());
        // With a broken trail somebody must be able to sit down and look at it.
        let seated =
            session.record_look(Act::OperatorSwitched, facts, async || Ok(session.with_operator(operator))).await?;
        let mut state = self.state.write().await;
        state.session = Some(Arc::new(seated));
        state.locked = false;
        Ok(())
    }

    /// The language of the interface.
    pub(crate) fn locale(&self) -> OfficeResult<Locale> {
        Ok(self.home.read_config()?.preferences.locale)
    }

    /// The certificates in a file that the person chose.
    pub(crate) async fn certificates_in(&self, document: &str) -> OfficeResult<Vec<cartorio_pki::Certificate>> {
        let entry = self.documents.get(document)?;
        let found =
            blocking(move || crate::certificates::read_file(&entry, &entry.read(ReadFor::Certificates)?)).await??;
        Ok(found.certificates)
    }

    /// Says what files that are dropped from now on are for.
    pub(crate) fn drop_for(&self, purpose: PickPurpose) {
        *self.drop_for.lock().unwrap_or_else(PoisonError::into_inner) = purpose;
    }

    /// Gives files that were dropped or named on the command line a handle each.
    pub async fn documents_dropped(&self, paths: Vec<PathBuf>) -> DocumentsDropped {
        let mut dropped = DocumentsDropped { documents: Vec::new(), problems: Vec::new() };
        let purpose = *self.drop_for.lock().unwrap_or_else(PoisonError::into_inner);
        let session = self.maybe_session().await.ok().flatten();
        for path in paths {
            // A folder stands for what is in it.
            let listing = match (path.is_dir(), purpose) {
                (false, _) => Ok(folders::Listing { files: vec![path], ..folders::Listing::default() }),
                (true, PickPurpose::Signed) => blocking(move || folders::signed(&path)).await,
                (true, _) => folders::documents(session.as_deref(), path).await,
            };
            let listing = match listing {
                Ok(listing) => listing,
                Err(error) => {
                    dropped.problems.push(error.wire());
                    continue;
                }
            };
            dropped.problems.extend(listing.problems);
            for path in listing.files {
                match self.open_document(path, DocumentOrigin::Dropped).await {
                    Ok(document) => dropped.documents.push(document),
                    Err(error) => dropped.problems.push(error.wire()),
                }
            }
        }
        dropped
    }

    /// Gives one file a handle.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn open_document(&self, path: PathBuf, origin: DocumentOrigin) -> OfficeResult<DocumentInfo> {
        let documents = Arc::clone(&self.documents);
        blocking(move || documents.open(&path, origin)).await?
    }

    /// Gives a folder for results a handle.
    pub fn output_folder(&self, path: PathBuf) -> OutputFolder {
        self.documents.folder(path)
    }

    /// Further trust anchors, and revocation lists and OCSP responses with the certificates beside them, from files, for one validation.
    ///
    /// # Errors
    /// When a file cannot be read, or has nothing of the kind.
    pub(crate) async fn evidence(&self, trust: &[PathBuf], proofs: &[PathBuf]) -> OfficeResult<Evidence> {
        let mut evidence = self.evidence_here().await?;
        for path in trust {
            let found = self.read_objects(path).await?;
            evidence.anchors.extend(found.certificates.iter().cloned());
            evidence.pool.extend(found.certificates);
        }
        for path in proofs {
            let own = path.clone();
            let (found, _) = blocking(move || evidence_in(&own)).await??;
            evidence.pool.extend(found.certificates);
            evidence.crls.extend(found.crls);
            evidence.ocsp.extend(found.ocsps);
        }
        Ok(evidence)
    }

    async fn read_objects(&self, path: &Path) -> OfficeResult<crate::certificates::FileObjects> {
        let info = self.open_document(path.to_owned(), DocumentOrigin::Dropped).await?;
        let entry = self.documents.get(&info.id)?;
        blocking(move || crate::certificates::read_file(&entry, &entry.read(ReadFor::Certificates)?)).await?
    }
}

/// Makes what is missing in a production office, and puts on record which profile it works with.
async fn complete_production(session: &Session) -> OfficeResult<()> {
    authority::ensure(session).await?;
    authority::refresh_crls(session).await?;
    keys_desk::purge_due(session).await?;
    let profile = session.profile.as_ref().map(|profile| profile.name.clone()).unwrap_or_default();
    let facts = Facts::default().with("profile", profile);
    session.record(Act::ProfileSelected, facts, async |_| Ok(())).await
}

fn names(start: &ProductionStart) -> OfficeResult<(String, String)> {
    let clean =
        |text: &Option<String>| text.as_ref().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    match (clean(&start.office_name), clean(&start.operator_name)) {
        (Some(office), Some(operator)) if office.chars().count() <= 64 && operator.chars().count() <= 64 => {
            Ok((office, operator))
        }
        (Some(_), Some(_)) => Err(OfficeError::InvalidField { field: "office_name", reason: "too_long" }),
        (None, _) | (_, None) => Err(OfficeError::NamesNeeded),
    }
}
