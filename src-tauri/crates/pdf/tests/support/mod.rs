//! Shared by the integration tests.
#![allow(dead_code)] // each test file uses its own part

use std::path::{Path, PathBuf};
use std::process::Command;

use cartorio_pdf::{PdfError, PdfFile};

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
    match Command::new("qpdf").arg("--check").arg(path).output() {
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
