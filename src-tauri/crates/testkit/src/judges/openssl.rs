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

/// Whose signatures and time stamps are judged, and where what is cut out of them goes.
#[derive(Clone, Debug)]
pub struct Bench {
    /// A folder for the parts.
    pub parts: PathBuf,
    /// The signers' root, PEM.
    pub root: PathBuf,
    /// The time-stamp authorities' root, PEM.
    pub stamp_root: PathBuf,
    /// The CA of the time-stamp authorities, PEM.
    pub authority: PathBuf,
}

/// What a PDF is to have inside.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Of an encrypted PDF.
    pub password: Option<&'a str>,
    /// Whether it is a hybrid file.
    pub lenient: bool,
    /// Signatures, document time stamps aside.
    pub signatures: usize,
    /// Document time stamps.
    pub document_stamps: usize,
    /// Whether the newest signature has one time stamp; otherwise it has none.
    pub stamped: bool,
}

impl Bench {
    /// What speaks against a PDF: every signature, their time stamps, and the document time stamps. Nothing where pyHanko is not installed.
    ///
    /// # Panics
    /// When OpenSSL cannot be run.
    pub fn pdf(&self, path: &Path, expected: Expected<'_>) -> Vec<String> {
        let parts = match cut(path, &self.parts, expected.password, expected.lenient) {
            None => return Vec::new(),
            Some(Err(said)) => return vec![format!("OpenSSL, cutting: {said}")],
            Some(Ok(parts)) => parts,
        };
        let (signatures, stamps): (Vec<Part>, Vec<Part>) =
            parts.into_iter().partition(|part| part.kind == PartKind::Signature);
        let mut problems = Vec::new();
        let counts = (signatures.len(), stamps.len());
        if counts != (expected.signatures, expected.document_stamps) {
            problems.push(format!("OpenSSL: signatures and document time stamps: {counts:?}"));
        }
        for part in &signatures {
            let verdict = verify_cms(&part.cms, part.content.as_deref(), &self.root);
            problems.extend(verdict.err().map(|said| format!("OpenSSL, {:?}: {said}", part.field)));
            problems.extend(self.tokens(&part.timestamps));
        }
        let stamped = signatures.last().map_or(0, |newest| newest.timestamps.len());
        if stamped != usize::from(expected.stamped) {
            problems.push(format!("OpenSSL: {stamped} time stamps on the newest signature"));
        }
        for stamp in stamps {
            let token = stamp.content.map(|content| Token { cms: stamp.cms, content });
            problems.extend(self.tokens(token.as_slice()).iter().map(|said| format!("document time stamp: {said}")));
        }
        problems
    }

    /// What speaks against a CMS beside its content, or around it, with so many signature time stamps.
    ///
    /// # Panics
    /// When OpenSSL cannot be run.
    pub fn cms(&self, path: &Path, content: Option<&Path>, stamps: usize) -> Vec<String> {
        let verdict = verify_cms(path, content, &self.root);
        let mut problems: Vec<_> = verdict.err().into_iter().map(|said| format!("OpenSSL: {said}")).collect();
        match cut(path, &self.parts, None, false) {
            None => {}
            Some(Err(said)) => problems.push(format!("OpenSSL, cutting: {said}")),
            Some(Ok(parts)) => {
                let tokens: Vec<_> = parts.into_iter().flat_map(|part| part.timestamps).collect();
                if tokens.len() != stamps {
                    problems.push(format!("OpenSSL: {} time stamps instead of {stamps}", tokens.len()));
                }
                problems.extend(self.tokens(&tokens));
            }
        }
        problems
    }

    fn tokens(&self, tokens: &[Token]) -> Vec<String> {
        let verify = |token: &Token| verify_token(&token.cms, &token.content, &self.stamp_root, &self.authority);
        let refused = tokens.iter().filter_map(|token| verify(token).err());
        refused.map(|said| format!("OpenSSL, time stamp: {said}")).collect()
    }
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
