//! Starting other programs, with failures a person can act on.

use std::ffi::OsStr;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::{env, thread};

/// What went wrong, in words for the person at the terminal.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure that says `message`.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Adds what was being done to an I/O error.
pub trait Doing<T> {
    /// `what` completes «could not …».
    fn doing(self, what: impl fmt::Display) -> Result<T, Failure>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(format!("could not {what}: {error}")))
    }
}

/// Runs a command that shares our terminal; a failure names it.
pub fn call(command: &mut Command) -> Result<(), Failure> {
    let status = status(command)?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(format!("`{}` failed ({status}); its own words are above", shown(command))))
}

/// As [`call`], but hands back how it ended.
pub fn status(command: &mut Command) -> Result<ExitStatus, Failure> {
    command.status().doing(format_args!("start `{}`", shown(command)))
}

/// Standard output of a command that is expected to succeed; `None` when it is not there or fails.
pub fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a command and passes each line of its output to `line` as well as to our own output, as it comes.
pub fn watch(command: &mut Command, line: impl FnMut(&str) + Send) -> Result<ExitStatus, Failure> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .doing(format_args!("start `{}`", shown(command)))?;
    let line = Mutex::new(line);
    let (out, err) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        let line = &line;
        if let Some(err) = err {
            scope.spawn(move || each_line(err, line));
        }
        if let Some(out) = out {
            each_line(out, line);
        }
    });
    child.wait().doing("wait for a program that was started")
}

fn each_line(stream: impl Read, line: &Mutex<impl FnMut(&str)>) {
    let mut stream = BufReader::new(stream);
    let mut raw = Vec::new();
    loop {
        raw.clear();
        match stream.read_until(b'\n', &mut raw) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&raw);
        let text = text.trim_end_matches(['\r', '\n']);
        let mut out = io::stdout().lock();
        // Our own output may be a closed pipe (`| head`); the command goes on all the same.
        let _ = writeln!(out, "{text}");
        let _ = out.flush();
        drop(out);
        if let Ok(mut line) = line.lock() {
            line(text);
        }
    }
}

/// Where a program is in `PATH`.
pub fn which(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(format!("{program}{}", env::consts::EXE_SUFFIX)))
        .find(|candidate| candidate.is_file())
}

/// A call of npm in `folder`. On Windows npm is a script, which needs its full name.
pub fn npm(folder: &Path) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(folder);
    command
}

/// A call of the cargo that runs us.
pub fn cargo(root: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn both_streams_are_watched_line_by_line() {
        let mut seen = Vec::new();
        let mut command = Command::new("sh");
        command.args(["-c", "echo one; echo two >&2; printf three; exit 3"]);
        let status = watch(&mut command, |line| seen.push(line.to_owned())).unwrap();
        seen.sort();
        assert_eq!(seen, ["one", "three", "two"]);
        assert_eq!(status.code(), Some(3));
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let failure = call(Command::new("no-such-program-here").arg("x")).unwrap_err();
        assert!(failure.to_string().starts_with("could not start `no-such-program-here x`"), "{failure}");
    }
}
