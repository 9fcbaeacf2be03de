//! Shows a result in the operating system's file manager.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use cartorio_office::Desktop;

/// The file manager of the operating system.
pub(crate) struct FileManager;

impl Desktop for FileManager {
    fn reveal(&self, path: &Path) -> io::Result<()> {
        let mut command = reveal_command(path);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map(drop)
    }
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
