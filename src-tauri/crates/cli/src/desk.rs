//! The composition root: the office with the system's clock and AWS, and nobody to click on a dialog.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use cartorio_aws::AwsCloud;
use cartorio_core::SystemClock;
use cartorio_office::dto::{AppState, Environment};
use cartorio_office::{
    Desktop, Dialogs, Home, MasterChoice, MasterOptions, Office, OfficeError, Passphrase, PickFiles, Ports, SaveFile,
};

use crate::args::{Global, ProtectionChoice};
use crate::lang::{Lang, say};
use crate::outcome::{Failure, explain, to_stderr};
use crate::progress::Bar;
use crate::secrets;

/// An office that nothing was opened in yet.
pub(crate) fn office(global: &Global, choice: ProtectionChoice, lang: Lang) -> Result<Office, Failure> {
    let home = global.home.clone().map_or_else(Home::from_environment, Home::new);
    let clock = Arc::new(SystemClock);
    let aws = Arc::new(AwsCloud::new(clock.clone()));
    let ports = Ports {
        clock,
        dialogs: Arc::new(Nobody),
        desktop: Arc::new(Nobody),
        events: Arc::new(Bar::new(lang)),
        cloud: aws.clone(),
        authorities: aws,
    };
    let passphrase = match &global.passphrase_file {
        Some(path) => Passphrase::Given(secrets::file(path)?),
        None => Passphrase::Ask(Arc::new(move |new| secrets::passphrase(new, lang))),
    };
    let choice = match choice {
        ProtectionChoice::Automatic => MasterChoice::Automatic,
        ProtectionChoice::Keyring => MasterChoice::Keyring,
        ProtectionChoice::Passphrase => MasterChoice::Passphrase,
        ProtectionChoice::PlainFile => MasterChoice::PlainFile,
    };
    Ok(Office::with_master(home, ports, MasterOptions { passphrase, choice }))
}

/// The office that was open last; refuses where there is none.
pub(crate) async fn open(global: &Global, lang: Lang) -> Result<Office, Failure> {
    let (office, state) = resume(global, lang).await?;
    match (state.environment, state.resume_problem) {
        (Environment::Demo | Environment::Production, problem) => {
            // A broken trail can be looked at; whatever needs a record says for itself that it cannot have one.
            if let Some(problem) = &problem {
                to_stderr(&explain(problem, lang));
            }
            Ok(office)
        }
        (Environment::Welcome | Environment::Inspection, Some(problem)) => Err(problem.into()),
        (Environment::Welcome | Environment::Inspection, None) => {
            to_stderr(&say!(
                lang,
                "comece com «cartorio demo init» ou «cartorio profile use NOME»",
                "begin with “cartorio demo init” or “cartorio profile use NAME”"
            ));
            Err(OfficeError::NoOffice.into())
        }
    }
}

/// The office that was open last, or none: looking at files and at settings works without.
pub(crate) async fn open_or_not(global: &Global, lang: Lang) -> Result<Office, Failure> {
    let (office, state) = resume(global, lang).await?;
    if let Some(problem) = &state.resume_problem {
        to_stderr(&explain(problem, lang));
    }
    Ok(office)
}

async fn resume(global: &Global, lang: Lang) -> Result<(Office, AppState), Failure> {
    let office = office(global, ProtectionChoice::Automatic, lang)?;
    office.resume().await;
    let state = office.state().await?;
    for act in &state.interrupted {
        let (seq, what) = (act.seq, lang.word("act_", &act.act));
        let document = act.document.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        to_stderr(&say!(
            lang,
            "ficou interrompido: {what}{document}, registro {seq}",
            "was interrupted: {what}{document}, record {seq}"
        ));
    }
    Ok((office, state))
}

/// In a terminal nobody clicks: every dialog is cancelled.
struct Nobody;

#[async_trait]
impl Dialogs for Nobody {
    async fn pick_files(&self, _: PickFiles) -> Vec<PathBuf> {
        Vec::new()
    }

    async fn pick_folder(&self, _: String) -> Option<PathBuf> {
        None
    }

    async fn save_file(&self, _: SaveFile) -> Option<PathBuf> {
        None
    }
}

impl Desktop for Nobody {
    fn reveal(&self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
