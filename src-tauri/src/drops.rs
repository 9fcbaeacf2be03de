//! Files dropped on the window become handles; the page never sees where they are.

use std::sync::Arc;

use cartorio_office::Office;
use tauri::{AppHandle, DragDropEvent};

use crate::events;

pub(crate) fn handle(app: &AppHandle, office: &Arc<Office>, event: &DragDropEvent) {
    match event {
        DragDropEvent::Enter { .. } => events::drag_state(app, true),
        DragDropEvent::Leave => events::drag_state(app, false),
        DragDropEvent::Drop { paths, .. } => {
            events::drag_state(app, false);
            let (app, office, paths) = (app.clone(), Arc::clone(office), paths.clone());
            tauri::async_runtime::spawn(async move {
                events::documents_dropped(&app, &office.documents_dropped(paths).await);
            });
        }
        // `Over` only moves; the enum is open for future kinds.
        _ => {}
    }
}
