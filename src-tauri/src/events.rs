//! What the backend tells the window without being asked.

use cartorio_office::EventSink;
use cartorio_office::dto::{DocumentsDropped, JobSnapshot};
use serde::Serialize;
use tauri::{AppHandle, Emitter};

use crate::WINDOW;

/// Events of the window.
pub(crate) struct WindowEvents {
    app: AppHandle,
}

impl WindowEvents {
    pub(crate) fn new(app: AppHandle) -> Self {
        Self { app }
    }
}

impl EventSink for WindowEvents {
    fn job(&self, job: &JobSnapshot) {
        emit(&self.app, "job", job);
    }
}

/// Files were dropped.
pub(crate) fn documents_dropped(app: &AppHandle, dropped: &DocumentsDropped) {
    emit(app, "documents_dropped", dropped);
}

/// Files are being dragged over the window, or not any more.
pub(crate) fn drag_state(app: &AppHandle, over: bool) {
    emit(app, "drag_state", &over);
}

fn emit<T: Serialize + Clone>(app: &AppHandle, name: &str, payload: &T) {
    // A window that is closing cannot be told; the state is in the registry all the same.
    if let Err(error) = app.emit_to(WINDOW, name, payload.clone()) {
        tracing::warn!(%error, name, "event not delivered");
    }
}
