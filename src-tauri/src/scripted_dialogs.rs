//! Answers for file dialogs from a script, because WebDriver cannot drive native ones. End-to-end builds only.

use std::path::PathBuf;
use std::sync::Mutex;

use async_trait::async_trait;
use cartorio_office::{Dialogs, PickFiles, Question, SaveFile};
use serde::Deserialize;

/// Answers in a folder, one file each, taken in the order of their names: `{"pick":[…]}`, `{"save":"…"}`,
/// `{"folder":"…"}`, `{"confirm":true}` or `{"cancel":true}`. A file is moved into the folder whole and taken away by one dialog, so that a
/// test may add the next answer while the last is being read.
pub(crate) struct ScriptedDialogs {
    folder: PathBuf,
    turn: Mutex<()>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Pick(Vec<PathBuf>),
    Save(PathBuf),
    Folder(PathBuf),
    Confirm(bool),
    Cancel(serde::de::IgnoredAny),
}

impl ScriptedDialogs {
    /// Reads `CARTORIO_E2E_DIALOGS`, the path of the folder.
    pub(crate) fn from_environment() -> Option<Self> {
        let folder = PathBuf::from(std::env::var_os("CARTORIO_E2E_DIALOGS")?);
        Some(Self { folder, turn: Mutex::default() })
    }

    fn next(&self) -> Option<Answer> {
        let _turn = self.turn.lock().ok()?;
        let oldest = std::fs::read_dir(&self.folder)
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .min()?;
        let text = std::fs::read_to_string(&oldest).ok()?;
        std::fs::remove_file(&oldest).ok()?;
        serde_json::from_str(&text).inspect_err(|error| tracing::error!(%error, "a scripted answer is malformed")).ok()
    }
}

#[async_trait]
impl Dialogs for ScriptedDialogs {
    async fn pick_files(&self, _request: PickFiles) -> Vec<PathBuf> {
        match self.next() {
            Some(Answer::Pick(paths)) => paths,
            Some(Answer::Save(_) | Answer::Folder(_) | Answer::Confirm(_) | Answer::Cancel(_)) | None => Vec::new(),
        }
    }

    async fn pick_folder(&self, _title: String) -> Option<PathBuf> {
        match self.next() {
            Some(Answer::Folder(path)) => Some(path),
            Some(Answer::Pick(_) | Answer::Save(_) | Answer::Confirm(_) | Answer::Cancel(_)) | None => None,
        }
    }

    async fn save_file(&self, _request: SaveFile) -> Option<PathBuf> {
        match self.next() {
            Some(Answer::Save(path)) => Some(path),
            Some(Answer::Pick(_) | Answer::Folder(_) | Answer::Confirm(_) | Answer::Cancel(_)) | None => None,
        }
    }

    async fn ask(&self, question: Question) -> bool {
        tracing::info!(title = question.title, text = question.text, "asked");
        matches!(self.next(), Some(Answer::Confirm(true)))
    }
}
