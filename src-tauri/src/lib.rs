//! The desktop shell: window, native dialogs, events and one-line command adapters. No cryptography, no SQL.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod dialogs;
mod drops;
mod events;
mod leaving;
mod logging;
mod reveal;
mod revive;
mod router;
#[cfg(feature = "e2e")]
mod scripted_dialogs;

use std::process::ExitCode;
use std::sync::Arc;

use cartorio_aws::AwsCloud;
use cartorio_core::SystemClock;
use cartorio_office::{Dialogs, Home, Office, Ports};
use tauri::webview::WebviewWindowBuilder;
use tauri::{AppHandle, Manager, Url, WindowEvent};

use crate::events::WindowEvents;
use crate::reveal::FileManager;

/// The one window's label, which capabilities name.
const WINDOW: &str = "main";

/// Runs the program until its window closes.
pub fn run() -> ExitCode {
    let home = Home::from_environment();
    logging::start();
    let result = tauri::Builder::default()
        .setup(move |app| {
            let handle = app.handle();
            let office = Arc::new(Office::new(home, ports(handle)));
            app.manage(Arc::clone(&office));
            #[cfg(unix)]
            leaving::follow_signals(handle, &office);
            open_window(handle, office)?;
            Ok(())
        })
        .invoke_handler(router::handle)
        .run(tauri::generate_context!());
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the window could not be opened");
            ExitCode::FAILURE
        }
    }
}

fn ports(app: &AppHandle) -> Ports {
    let aws = Arc::new(AwsCloud::new(Arc::new(SystemClock)));
    Ports {
        clock: Arc::new(SystemClock),
        dialogs: dialogs(app),
        desktop: Arc::new(FileManager),
        events: Arc::new(WindowEvents::new(app.clone())),
        cloud: aws.clone(),
        authorities: aws,
    }
}

#[cfg(not(feature = "e2e"))]
fn dialogs(app: &AppHandle) -> Arc<dyn Dialogs> {
    Arc::new(dialogs::NativeDialogs::new(app.clone()))
}

#[cfg(feature = "e2e")]
fn dialogs(app: &AppHandle) -> Arc<dyn Dialogs> {
    match scripted_dialogs::ScriptedDialogs::from_environment() {
        Some(scripted) => Arc::new(scripted),
        None => Arc::new(dialogs::NativeDialogs::new(app.clone())),
    }
}

fn open_window(app: &AppHandle, office: Arc<Office>) -> tauri::Result<()> {
    let config = app
        .config()
        .app
        .windows
        .iter()
        .find(|window| window.label == WINDOW)
        .ok_or(tauri::Error::WindowNotFound)?
        .clone();
    let window = WebviewWindowBuilder::from_config(app, &config)?.on_navigation(is_own_page).build()?;
    #[cfg(target_os = "linux")]
    revive::watch(app, &window, &office)?;
    let handle = app.clone();
    window.on_window_event(move |event| match event {
        WindowEvent::DragDrop(drop) => drops::handle(&handle, &office, drop),
        WindowEvent::CloseRequested { api, .. } if !leaving::may_close(&handle, &office) => api.prevent_close(),
        // What else happens to a window is the window's own.
        _ => {}
    });
    Ok(())
}

/// The window shows the program's own pages and nothing else, whatever a document or a script asks for.
fn is_own_page(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // Windows serves the same pages as http(s)://tauri.localhost; elsewhere that is a port of this machine.
        "http" | "https" => cfg!(windows) && url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_programs_own_pages_are_shown() {
        for (url, allowed) in [
            ("tauri://localhost/", true),
            ("http://tauri.localhost/index.html", cfg!(windows)),
            ("https://example.org/", false),
            ("file:///etc/passwd", false),
            ("data:text/html,x", false),
            ("tauri://elsewhere/", false),
        ] {
            assert_eq!(is_own_page(&Url::parse(url).unwrap()), allowed, "{url}");
        }
    }
}
