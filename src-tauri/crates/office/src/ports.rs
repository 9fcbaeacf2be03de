//! What the office needs from outside; the composition root (shell, command line, test) provides it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use cartorio_core::Clock;
use cartorio_keys::Cloud;
use cartorio_pki::ca::Authorities;

use crate::dto::JobSnapshot;

/// Everything that the office needs from outside.
#[derive(Clone)]
pub struct Ports {
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// File dialogs.
    pub dialogs: Arc<dyn Dialogs>,
    /// The desktop around the window.
    pub desktop: Arc<dyn Desktop>,
    /// Whoever wants to hear of progress.
    pub events: Arc<dyn EventSink>,
    /// The cloud account's keys.
    pub cloud: Arc<dyn Cloud>,
    /// Certificate authorities in the cloud account.
    pub authorities: Arc<dyn Authorities>,
}

/// File dialogs. A cancelled dialog is an empty answer, not an error.
#[async_trait]
pub trait Dialogs: Send + Sync {
    /// Lets a person choose files to open.
    async fn pick_files(&self, request: PickFiles) -> Vec<PathBuf>;

    /// Lets a person choose a folder.
    async fn pick_folder(&self, title: String) -> Option<PathBuf>;

    /// Lets a person choose where to save; the dialog itself asks before an existing file is replaced.
    async fn save_file(&self, request: SaveFile) -> Option<PathBuf>;

    /// Asks a person; closing the question means no.
    async fn ask(&self, question: Question) -> bool;
}

/// A question that is asked outside the page, because the page may not be there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Question {
    /// Title of the dialog, in the language of the interface.
    pub title: String,
    /// What is asked, and what follows from each answer.
    pub text: String,
    /// The word for yes.
    pub yes: String,
    /// The word for no.
    pub no: String,
}

/// A request to choose files.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PickFiles {
    /// Title of the dialog, in the language of the interface.
    pub title: String,
    /// Kinds of files, the usual one first.
    pub filters: Vec<FileFilter>,
    /// Whether several may be chosen.
    pub multiple: bool,
}

/// A request to choose where to save.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SaveFile {
    /// Title of the dialog.
    pub title: String,
    /// File name that is offered.
    pub suggested_name: String,
    /// Kind of file.
    pub filter: FileFilter,
}

/// A kind of files.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileFilter {
    /// Its name, in the language of the interface.
    pub name: String,
    /// Extensions without a dot.
    pub extensions: Vec<String>,
}

/// The desktop around the window.
pub trait Desktop: Send + Sync {
    /// Shows `path` in the file manager.
    ///
    /// # Errors
    /// When no file manager can be started.
    fn reveal(&self, path: &Path) -> io::Result<()>;

    /// Opens a page in the person's browser. Only ever an address that a cloud provider's login gave.
    ///
    /// # Errors
    /// When no browser can be started.
    fn open_url(&self, url: &str) -> io::Result<()>;
}

/// Whoever wants to hear of progress.
pub trait EventSink: Send + Sync {
    /// A job moved on.
    fn job(&self, job: &JobSnapshot);
}

/// Nobody is there: every dialog is cancelled, nothing is shown, nobody listens. For a terminal, a service, a benchmark.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Ports {
    /// The ports of a host where [`Nobody`] is.
    pub fn unattended(clock: Arc<dyn Clock>, cloud: Arc<dyn Cloud>, authorities: Arc<dyn Authorities>) -> Self {
        let nobody = Arc::new(Nobody);
        Self { clock, dialogs: nobody.clone(), desktop: nobody.clone(), events: nobody, cloud, authorities }
    }
}

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

    async fn ask(&self, _: Question) -> bool {
        false
    }
}

impl Desktop for Nobody {
    fn reveal(&self, _: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn open_url(&self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl EventSink for Nobody {
    fn job(&self, _: &JobSnapshot) {}
}
