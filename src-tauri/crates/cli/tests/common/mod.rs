//! Runs the real binary in surroundings of its own.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod lab;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A desk: a folder to work in and a home for the program; nothing of the user is touched.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    pub fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With the demonstration office.
    pub fn demo() -> Self {
        let desk = Self::empty();
        desk.ok(&["demo", "init", "--protection", "plain-file"]);
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn home(&self) -> PathBuf {
        self.path("home")
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cartorio"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.path("user"))
            .env("CARTORIO_HOME", self.home())
            .env("LANG", "pt_BR.UTF-8")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        Run::of(arguments, self.command(arguments).output().unwrap())
    }

    /// With further environment variables.
    pub fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        Run::of(arguments, self.command(arguments).envs(variables.iter().copied()).output().unwrap())
    }

    pub fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    /// With text on stdin.
    pub fn told(&self, arguments: &[&str], stdin: &str) -> Run {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        Run::of(arguments, child.wait_with_output().unwrap())
    }

    pub fn ok(&self, arguments: &[&str]) -> Run {
        self.run(arguments).ends(0)
    }

    /// Runs with `--json`; stdout must hold one document and nothing else.
    pub fn json(&self, exit: i32, arguments: &[&str]) -> Value {
        let mut with_json = arguments.to_vec();
        with_json.push("--json");
        self.run(&with_json).ends(exit).json()
    }

    /// Copies one of the demonstration's samples to the desk.
    pub fn sample(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::copy(self.home().join("demo/documentos").join(name), &path).unwrap();
        path
    }

    /// The certificates of an identity as PEM files: root alone, and everything below it.
    pub fn chain_of(&self, signed: &str) -> (PathBuf, PathBuf) {
        let bundle = self.json(0, &["inspect", signed]);
        let (mut root, mut below) = (String::new(), String::new());
        for node in bundle["certificates"].as_array().unwrap() {
            let pem = node["certificate"]["pem"].as_str().unwrap();
            let own = node["certificate"]["self_issued"].as_bool().unwrap();
            if own {
                root.push_str(pem)
            } else {
                below.push_str(pem)
            };
        }
        assert!(!root.is_empty() && !below.is_empty(), "the signature carries its whole chain: {bundle}");
        (self.write("root.pem", root), self.write("below.pem", below))
    }
}

/// A run that ended.
pub struct Run {
    pub exit: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    what: String,
}

impl Run {
    fn of(arguments: &[&str], output: Output) -> Self {
        Self {
            exit: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            what: arguments.join(" "),
        }
    }

    pub fn ends(self, exit: i32) -> Self {
        assert_eq!(
            self.exit,
            Some(exit),
            "cartorio {}\n--- stdout\n{}\n--- stderr\n{}",
            self.what,
            self.stdout,
            self.stderr
        );
        self
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("cartorio {}: {error}: {:?}", self.what, self.stdout))
    }

    pub fn says(self, text: &str) -> Self {
        let all = format!("{}{}", self.stdout, self.stderr);
        assert!(all.contains(text), "cartorio {} must say {text:?}: {all}", self.what);
        self
    }
}

/// Asks a foreign judge; `None`, after a line on stderr, where it is not installed.
pub fn judge(program: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(program).args(arguments).env("LC_ALL", "C").stdin(Stdio::null()).output() {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("skipped: the judge {program} is not installed");
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
