//! Native dialogs (rfd): files, and questions that do not wait for the page. Paths chosen here go to the backend and nowhere else.

use std::path::PathBuf;

use async_trait::async_trait;
use cartorio_office::{Dialogs, FileFilter, PickFiles, Question, SaveFile};
use rfd::{AsyncFileDialog, AsyncMessageDialog, FileHandle, MessageButtons, MessageDialogResult, MessageLevel};
use tauri::{AppHandle, Manager, WebviewWindow};
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

    /// Lets a person choose files.
    async fn choose<T, F>(&self, title: &str, open: impl FnOnce(AsyncFileDialog) -> F + Send + 'static) -> Option<T>
    where
        T: Send + 'static,
        F: Future<Output = Option<T>> + Send + 'static,
    {
        let title = title.to_owned();
        let open = move |window: Option<WebviewWindow>| {
            let dialog = AsyncFileDialog::new().set_title(title);
            open(match window {
                Some(window) => dialog.set_parent(&window),
                None => dialog,
            })
        };
        self.show(open).await.flatten()
    }

    /// Builds and opens a dialog on the main thread, where every platform wants it, and waits for the answer here.
    async fn show<T, F>(&self, open: impl FnOnce(Option<WebviewWindow>) -> F + Send + 'static) -> Option<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let (answer, waiting) = oneshot::channel();
        let app = self.app.clone();
        let shown = self.app.run_on_main_thread(move || {
            let chosen = open(app.get_webview_window(WINDOW));
            tauri::async_runtime::spawn(async move {
                // Nobody waits any more when the window has gone.
                let _ = answer.send(chosen.await);
            });
        });
        if let Err(error) = shown {
            tracing::warn!(%error, "the dialog could not be opened");
            return None;
        }
        waiting.await.ok()
    }
}

#[async_trait]
impl Dialogs for NativeDialogs {
    async fn pick_files(&self, request: PickFiles) -> Vec<PathBuf> {
        let PickFiles { title, filters, multiple } = request;
        let chosen = self
            .choose(&title, move |dialog| {
                let dialog = with_filters(dialog, &filters);
                async move {
                    if multiple { dialog.pick_files().await } else { dialog.pick_file().await.map(|file| vec![file]) }
                }
            })
            .await;
        chosen.unwrap_or_default().iter().map(path).collect()
    }

    async fn pick_folder(&self, title: String) -> Option<PathBuf> {
        self.choose(&title, |dialog| dialog.pick_folder()).await.as_ref().map(path)
    }

    async fn save_file(&self, request: SaveFile) -> Option<PathBuf> {
        let SaveFile { title, suggested_name, filter } = request;
        self.choose(&title, move |dialog| with_filters(dialog, &[filter]).set_file_name(suggested_name).save_file())
            .await
            .as_ref()
            .map(path)
    }

    async fn ask(&self, Question { title, text, yes, no }: Question) -> bool {
        let meant = yes.clone();
        let open = move |window: Option<WebviewWindow>| {
            let dialog = AsyncMessageDialog::new()
                .set_level(MessageLevel::Warning)
                .set_title(title)
                .set_description(text)
                .set_buttons(MessageButtons::OkCancelCustom(yes, no));
            match window {
                Some(window) => dialog.set_parent(&window),
                None => dialog,
            }
            .show()
        };
        match self.show(open).await {
            Some(MessageDialogResult::Ok) => true,
            Some(MessageDialogResult::Custom(word)) => word == meant,
            Some(MessageDialogResult::Yes | MessageDialogResult::No | MessageDialogResult::Cancel) | None => false,
        }
    }
}

fn with_filters(dialog: AsyncFileDialog, filters: &[FileFilter]) -> AsyncFileDialog {
    filters.iter().fold(dialog, |dialog, filter| dialog.add_filter(&filter.name, &filter.extensions))
}

fn path(file: &FileHandle) -> PathBuf {
    file.path().to_owned()
}
