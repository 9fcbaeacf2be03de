//! OpenSSL as a judge of CMS and RFC 3161. It knows nothing of PDF, so pyHanko cuts out for it what was signed and stamped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::{broken, pyhanko_process};

/// One signature, as `tests/interop/signed_parts.py` cuts it out of a file.
#[derive(Clone, Debug, Deserialize)]
pub struct Part {
    /// The PDF field.
    pub field: Option<String>,
    /// What it is.
    pub kind: PartKind,
    /// The CMS, DER.
    pub cms: PathBuf,
    /// The bytes of the PDF that it covers; `None` where the file is a CMS itself.
    pub content: Option<PathBuf>,
    /// The signature time stamps on it.
    pub timestamps: Vec<Token>,
}

/// What a signature of a PDF is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// Somebody's signature.
    Signature,
    /// A document time stamp: the CMS is a token over the covered bytes.
    DocumentTimestamp,
}

/// A time-stamp token with what it stamps.
#[derive(Clone, Debug, Deserialize)]
pub struct Token {
    /// The token, DER.
    pub cms: PathBuf,
    /// What it stamps.
    pub content: PathBuf,
}

/// Cuts every signature of a PDF or CMS into `folder`, over what was cut there before, in the order of signing. `Err`: what the
/// reader finds wrong with the file; `None` where pyHanko is not installed. `lenient` reads hybrid files.
///
/// # Panics
/// When the reader breaks.
pub fn cut(file: &Path, folder: &Path, password: Option<&str>, lenient: bool) -> Option<Result<Vec<Part>, String>> {
    #[derive(Serialize)]
    struct Job<'a> {
        file: &'a Path,
        parts: &'a Path,
        password: Option<&'a str>,
        lenient: bool,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Answer {
        Parts(Vec<Part>),
        Error(String),
    }
    if let Err(error) = fs::create_dir_all(folder) {
        broken(&format!("{}: {error}", folder.display()));
    }
    let answer = pyhanko_process()?.ask("parts", &Job { file, parts: folder, password, lenient }, file);
    Some(match super::read::<Answer>(answer, file) {
        Answer::Parts(parts) => Ok(parts),
        Answer::Error(said) => Err(said),
    })
}

/// Whether a CMS holds under `root`, with the certificates inside it, as CAdES: `openssl cms -verify -cades`. `content`: what it covers,
/// where it does not enclose that.
///
/// # Errors
/// What OpenSSL says.
///
/// # Panics
/// When OpenSSL cannot be run.
pub fn verify_cms(cms: &Path, content: Option<&Path>, root: &Path) -> Result<(), String> {
    let mut command = Command::new("openssl");
    command.args(["cms", "-verify", "-binary", "-inform", "DER", "-cades", "-purpose", "any", "-in"]).arg(cms);
    command.arg("-CAfile").arg(root).arg("-out").arg(cms.with_extension("verified"));
    if let Some(content) = content {
        command.arg("-content").arg(content);
    }
    run(command)
}

/// Whether a time-stamp token stamps `content` and holds under `root` by way of `authority`: `openssl ts -verify`.
///
/// # Errors
/// What OpenSSL says.
///
/// # Panics
/// When OpenSSL cannot be run.
pub fn verify_token(token: &Path, content: &Path, root: &Path, authority: &Path) -> Result<(), String> {
    let mut command = Command::new("openssl");
    command.args(["ts", "-verify", "-token_in", "-in"]).arg(token).arg("-data").arg(content);
    command.arg("-CAfile").arg(root).arg("-untrusted").arg(authority);
    run(command)
}

fn run(mut command: Command) -> Result<(), String> {
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            Err([output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat())
        }
        Err(error) => broken(&format!("openssl: {error}")),
    }
}
