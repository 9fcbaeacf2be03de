//! Shared by the integration tests.
#![allow(dead_code)] // each test file uses its own part

use std::path::{Path, PathBuf};
use std::process::Command;

use cartorio_core::SecretString;
use cartorio_pdf::{PdfError, PdfFile};

/// The passwords that open the encrypted files of the corpus.
pub const CORPUS_PASSWORDS: [&str; 2] = ["ownersecret", "secret"];

pub fn secret(text: &str) -> SecretString {
    SecretString::new(text.to_owned())
}

/// Opens a file of the corpus, with its password where it has one.
pub fn open_with_password(path: &Path) -> Result<PdfFile, PdfError> {
    from_bytes_with_password(std::fs::read(path).unwrap())
}

/// As [`open_with_password`], for bytes.
pub fn from_bytes_with_password(bytes: Vec<u8>) -> Result<PdfFile, PdfError> {
    let mut last = PdfFile::from_bytes(bytes.clone());
    for password in CORPUS_PASSWORDS {
        if matches!(last, Err(PdfError::PasswordRequired | PdfError::WrongPassword)) {
            last = PdfFile::from_bytes_with(bytes.clone(), Some(&secret(password)));
        }
    }
    last
}

/// `bytes`, a later state of `file`.
pub fn reopen(file: &PdfFile, bytes: Vec<u8>) -> Result<PdfFile, PdfError> {
    match file.encryption() {
        None => PdfFile::from_bytes(bytes),
        Some(_) => from_bytes_with_password(bytes),
    }
}

/// The PDF files of a corpus folder with their names relative to it; `None`, said aloud, where the corpus is absent.
pub fn corpus(folder: &str) -> Option<Vec<(String, PathBuf)>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find_map(|dir| {
        let candidate = dir.join("../shared/corpus").join(folder);
        candidate.is_dir().then_some(candidate)
    });
    let Some(root) = root else {
        println!("skipped: corpus {folder} is not here");
        return None;
    };
    let mut out = Vec::new();
    let mut open = vec![root.clone()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "pdf") {
                out.push((path.strip_prefix(&root).unwrap().to_string_lossy().into_owned(), path));
            }
        }
    }
    out.sort();
    Some(out)
}

/// Whether `qpdf --check` finds no error; warnings pass. True where qpdf is not installed.
pub fn qpdf_accepts(path: &Path) -> bool {
    CORPUS_PASSWORDS.into_iter().chain([""]).any(|password| qpdf_accepts_with(path, password))
}

/// As [`qpdf_accepts`], with a password.
pub fn qpdf_accepts_with(path: &Path, password: &str) -> bool {
    // Nothing follows from a password where the file has none.
    match Command::new("qpdf").args(["--check", &format!("--password={password}")]).arg(path).output() {
        Ok(output) => matches!(output.status.code(), Some(0 | 3)),
        Err(_) => {
            println!("skipped: qpdf is not installed");
            true
        }
    }
}

/// Reads what a signer or validator reads.
pub fn read_everything(file: &PdfFile) -> Result<(), PdfError> {
    file.permissions()?;
    for field in file.form()?.map(|form| form.fields).unwrap_or_default() {
        if let Some(value) = field.value
            && let Some(dict) = file.resolve(&value)?.as_dict()
        {
            file.signature_entries(dict)?;
        }
    }
    for revision in file.revisions() {
        assert!(revision.line_end <= file.len());
    }
    Ok(())
}
