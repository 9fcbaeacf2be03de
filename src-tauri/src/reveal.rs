//! Shows a result in the operating system's file manager, or a login page in the browser.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use cartorio_office::Desktop;

/// The file manager of the operating system.
pub(crate) struct FileManager;

impl Desktop for FileManager {
    fn reveal(&self, path: &Path) -> io::Result<()> {
        let mut command = reveal_command(path);
        start(&mut command)
    }

    fn open_url(&self, url: &str) -> io::Result<()> {
        // Whatever a server sends as its login page, nothing but a web page is opened.
        let parsed = tauri::Url::parse(url).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        let local = matches!(parsed.host_str(), Some("127.0.0.1" | "localhost"));
        if parsed.scheme() != "https" && !(parsed.scheme() == "http" && local) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        start(&mut browse_command(parsed.as_str()))
    }
}

fn start(command: &mut Command) -> io::Result<()> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map(drop)
}

#[cfg(target_os = "windows")]
fn browse_command(url: &str) -> Command {
    let mut command = Command::new("rundll32.exe");
    command.arg("url.dll,FileProtocolHandler").arg(url);
    command
}

#[cfg(target_os = "macos")]
fn browse_command(url: &str) -> Command {
    let mut command = Command::new("open");
    command.arg(url);
    command
}

#[cfg(all(unix, not(target_os = "macos")))]
fn browse_command(url: &str) -> Command {
    let mut command = Command::new("xdg-open");
    command.arg(url);
    command
}

#[cfg(target_os = "windows")]
fn reveal_command(path: &Path) -> Command {
    let mut argument = std::ffi::OsString::from("/select,");
    argument.push(path);
    let mut command = Command::new("explorer.exe");
    command.arg(argument);
    command
}

#[cfg(target_os = "macos")]
fn reveal_command(path: &Path) -> Command {
    let mut command = Command::new("open");
    command.arg("-R").arg(path);
    command
}

#[cfg(all(unix, not(target_os = "macos")))]
fn reveal_command(path: &Path) -> Command {
    // Desktops have no common way to select a file; the folder is what all of them open.
    let mut command = Command::new("xdg-open");
    command.arg(path.parent().unwrap_or(path));
    command
}
