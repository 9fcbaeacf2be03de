//! The program ends: by its window, which asks first while a batch is under way, or by the system, which asks nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cartorio_office::Office;
use tauri::AppHandle;

/// Whether the window may close at once. Otherwise a person is asked, and the program ends by itself after a yes.
pub(crate) fn may_close(app: &AppHandle, office: &Arc<Office>) -> bool {
    static ASKING: AtomicBool = AtomicBool::new(false);
    if !office.is_at_work() {
        return true;
    }
    if !ASKING.swap(true, Ordering::SeqCst) {
        let (app, office) = (app.clone(), Arc::clone(office));
        tauri::async_runtime::spawn(async move {
            if office.may_end().await {
                app.exit(0);
            }
            ASKING.store(false, Ordering::SeqCst);
        });
    }
    false
}

/// Lets what was begun be finished when the session of the system ends; a second signal ends the program at once.
#[cfg(unix)]
pub(crate) fn follow_signals(app: &AppHandle, office: &Arc<Office>) {
    use signal_hook::consts::{SIGINT, SIGTERM};

    let mut signals = match signal_hook::iterator::Signals::new([SIGINT, SIGTERM]) {
        Ok(signals) => signals,
        Err(error) => {
            tracing::warn!(%error, "signals are not followed");
            return;
        }
    };
    let (app, office) = (app.clone(), Arc::clone(office));
    std::thread::spawn(move || {
        let mut ending = false;
        for signal in signals.forever() {
            if ending {
                // As if nobody had followed it.
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
            ending = true;
            let (app, office) = (app.clone(), Arc::clone(&office));
            tauri::async_runtime::spawn(async move {
                office.end().await;
                app.exit(0);
            });
        }
    });
}
