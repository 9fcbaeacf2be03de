//! Answers for file dialogs from a script, because WebDriver cannot drive native ones. End-to-end builds only.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Mutex;

use async_trait::async_trait;
use cartorio_office::{Dialogs, PickFiles, SaveFile};
use serde::Deserialize;

/// A queue of answers, read again whenever it has run out: `[{"pick":[…]},{"save":"…"},{"folder":"…"},{"cancel":true}]`.
pub(crate) struct ScriptedDialogs {
    script: PathBuf,
    answers: Mutex<VecDeque<Answer>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Pick(Vec<PathBuf>),
    Save(PathBuf),
    Folder(PathBuf),
    Cancel(serde::de::IgnoredAny),
}

impl ScriptedDialogs {
    /// Reads `CARTORIO_E2E_DIALOGS`, the path of the script.
    pub(crate) fn from_environment() -> Option<Self> {
        let script = PathBuf::from(std::env::var_os("CARTORIO_E2E_DIALOGS")?);
        Some(Self { script, answers: Mutex::default() })
    }

    fn next(&self) -> Option<Answer> {
        let mut answers = self.answers.lock().ok()?;
        if answers.is_empty() {
            // The script is taken: a test writes the next answers into the same file.
            let text = std::fs::read_to_string(&self.script).ok()?;
            std::fs::remove_file(&self.script).ok()?;
            match serde_json::from_str(&text) {
                Ok(read) => *answers = read,
                Err(error) => tracing::error!(%error, "the dialog script is malformed"),
            }
        }
        answers.pop_front()
    }
}

#[async_trait]
impl Dialogs for ScriptedDialogs {
    async fn pick_files(&self, _request: PickFiles) -> Vec<PathBuf> {
        match self.next() {
            Some(Answer::Pick(paths)) => paths,
            Some(Answer::Save(_) | Answer::Folder(_) | Answer::Cancel(_)) | None => Vec::new(),
        }
    }

    async fn pick_folder(&self, _title: String) -> Option<PathBuf> {
        match self.next() {
            Some(Answer::Folder(path)) => Some(path),
            Some(Answer::Pick(_) | Answer::Save(_) | Answer::Cancel(_)) | None => None,
        }
    }

    async fn save_file(&self, _request: SaveFile) -> Option<PathBuf> {
        match self.next() {
            Some(Answer::Save(path)) => Some(path),
            Some(Answer::Pick(_) | Answer::Folder(_) | Answer::Cancel(_)) | None => None,
        }
    }
}
