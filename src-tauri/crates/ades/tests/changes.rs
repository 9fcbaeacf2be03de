//! What later revisions changed, compared with pyHanko's difference analysis over its own corpus.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::Command;

use cartorio_ades::validate::changes::{Grade, Later, history};
use cartorio_ades::validate::pdf::{Coverage, signatures};
use cartorio_core::SecretString;
use cartorio_pdf::PdfFile;
use cartorio_testkit::judges;

fn corpus() -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|dir| dir.join("shared/corpus/pdf-pyhanko"))
        .find(|dir| dir.is_dir());
    if found.is_none() {
        println!("skipped: the corpus pdf-pyhanko is not here");
    }
    found
}

/// Signatures of which we say something else than pyHanko, and why. Never a permission where pyHanko has none.
const DISAGREEMENTS: [(&str, &str, &str); 0] = [];

#[test]
fn changes_are_judged_as_pyhanko_judges_them() {
    let (Some(dir), Some(python)) = (corpus(), judges::python("pyHanko")) else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/changes_judge.py");
    let made = Command::new(python).arg(script).arg(&dir).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let report: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let (mut compared, mut with_changes) = (0, 0);
    let mut wrong = Vec::new();
    for (name, theirs) in report.as_object().unwrap() {
        if theirs.get("error").is_some() {
            continue;
        }
        let password = SecretString::new("ownersecret".to_owned());
        let Ok(file) =
            PdfFile::open_path(&dir.join(name)).or_else(|_| PdfFile::open_path_with(&dir.join(name), Some(&password)))
        else {
            continue;
        };
        let Ok(found) = signatures(&file) else { continue };
        let history = history(&file, &found);
        for signature in &found {
            let Some(judged) = theirs.get(&signature.field) else { continue };
            if matches!(signature.coverage, Coverage::Invalid(_)) {
                continue;
            }
            let level = judged["level"].as_str().unwrap();
            let their_allowed = judged["allowed"].as_bool().unwrap() && level != "OTHER";
            let covered = judged["coverage"].as_str().unwrap();
            let ours = match &history {
                Ok(history) => history.after(signature),
                Err(error) => {
                    println!("{name}: {error}");
                    (Later::Suspicious, Vec::new())
                }
            };
            let our_allowed = ours.0 != Later::Suspicious;
            compared += 1;
            with_changes += usize::from(level != "NONE");
            let listed = DISAGREEMENTS.iter().any(|(file, field, _)| file == name && *field == signature.field);
            let covered = covered == "ENTIRE_FILE" || covered == "ENTIRE_REVISION";
            if (our_allowed, listed) != ((their_allowed && covered) ^ listed, listed) {
                wrong.push(format!(
                    "{name} {}: pyHanko {covered} {level} {their_allowed} {}, we {:?} {:#?}",
                    signature.field, judged["why"], ours.0, ours.1
                ));
            }
        }
    }
    println!("{compared} signatures compared, {with_changes} with later changes");
    assert!(compared >= 30 && with_changes >= 10, "{compared} {with_changes}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn shadows_are_suspicious() {
    let Some(dir) = corpus() else { return };
    let mut seen = 0;
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.contains("sneaky") {
            continue;
        }
        let file = PdfFile::open_path(&path).unwrap();
        let found = signatures(&file).unwrap();
        let history = history(&file, &found).unwrap();
        for signature in found.iter().filter(|own| own.coverage != Coverage::EntireFile) {
            let (later, changes) = history.after(signature);
            assert_eq!(later, Later::Suspicious, "{name} {}: {changes:#?}", signature.field);
            assert!(changes.iter().any(|(change, allowed)| change.grade == Grade::Other && !allowed), "{name}");
            seen += 1;
        }
    }
    assert!(seen >= 3, "{seen}");
}
