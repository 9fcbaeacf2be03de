//! Native file dialogs (rfd). Paths chosen here go to the backend and nowhere else.

use std::path::PathBuf;

use async_trait::async_trait;
use cartorio_office::{Dialogs, FileFilter, PickFiles, SaveFile};
use rfd::{AsyncFileDialog, FileHandle};
use tauri::{AppHandle, Manager};
use tokio::sync::oneshot;

use crate::WINDOW;

/// Dialogs of the operating system, on top of the main window.
pub(crate) struct NativeDialogs {
    app: AppHandle,
}

impl NativeDialogs {
    pub(crate) fn new(app: AppHandle) -> Self {
        Self { app }
    }

    /// Builds and opens a dialog on the main thread, where every platform wants it, and waits for the answer here.
    async fn ask<T, F>(&self, title: &str, open: impl FnOnce(AsyncFileDialog) -> F + Send + 'static) -> Option<T>
    where
        T: Send + 'static,
        F: Future<Output = Option<T>> + Send + 'static,
    {
        let (answer, waiting) = oneshot::channel();
        let (app, title) = (self.app.clone(), title.to_owned());
        let asked = self.app.run_on_main_thread(move || {
            let mut dialog = AsyncFileDialog::new().set_title(title);
            if let Some(window) = app.get_webview_window(WINDOW) {
                dialog = dialog.set_parent(&window);
            }
            let chosen = open(dialog);
            tauri::async_runtime::spawn(async move {
                // Nobody waits any more when the window has gone.
                let _ = answer.send(chosen.await);
            });
        });
        if let Err(error) = asked {
            tracing::warn!(%error, "the dialog could not be opened");
            return None;
        }
        waiting.await.ok().flatten()
    }
}

#[async_trait]
impl Dialogs for NativeDialogs {
    async fn pick_files(&self, request: PickFiles) -> Vec<PathBuf> {
        let PickFiles { title, filters, multiple } = request;
        let chosen = self
            .ask(&title, move |dialog| {
                let dialog = with_filters(dialog, &filters);
                async move {
                    if multiple { dialog.pick_files().await } else { dialog.pick_file().await.map(|file| vec![file]) }
                }
            })
            .await;
        chosen.unwrap_or_default().iter().map(path).collect()
    }

    async fn pick_folder(&self, title: String) -> Option<PathBuf> {
        self.ask(&title, |dialog| dialog.pick_folder()).await.as_ref().map(path)
    }

    async fn save_file(&self, request: SaveFile) -> Option<PathBuf> {
        let SaveFile { title, suggested_name, filter } = request;
        self.ask(&title, move |dialog| with_filters(dialog, &[filter]).set_file_name(suggested_name).save_file())
            .await
            .as_ref()
            .map(path)
    }
}

fn with_filters(dialog: AsyncFileDialog, filters: &[FileFilter]) -> AsyncFileDialog {
    filters.iter().fold(dialog, |dialog, filter| dialog.add_filter(&filter.name, &filter.extensions))
}

fn path(file: &FileHandle) -> PathBuf {
    file.path().to_owned()
}
