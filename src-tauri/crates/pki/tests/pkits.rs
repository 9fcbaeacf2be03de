//! NIST PKITS: 249 cases of RFC 5280 path validation with revocation lists.
//!
//! The certificates come from the PyPI package `cryptography-vectors` (in the judges' environment that `cargo xtask setup`
//! builds), what must come of them from `pkits.tsv`; where there is no such environment, from the shared corpus.

mod support;

use std::path::PathBuf;
use std::process::Command;

#[test]
fn cases_of_pkits() {
    let Some(lines) = built().or_else(|| support::corpus("x509-cases/pkits.jsonl")) else {
        return;
    };
    let tally = support::tally(&lines, |_| true);
    eprintln!("PKITS: {} of {}", tally.right, tally.run);
    support::hold("pkits", &tally);
    assert!(tally.run == 249 && tally.right >= 247, "{} of {}", tally.right, tally.run);
    assert!(tally.false_accepts.is_empty());
}

/// The cases as the script builds them; `None` where the judges' environment is absent, which is a failure where
/// `CARTORIO_REQUIRE_JUDGES` is set.
fn built() -> Option<String> {
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let root = own.ancestors().nth(3).unwrap();
    let told = std::env::var_os("CARTORIO_JUDGES_VENV").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/cartorio-digital/venvs/judges"));
    let python = told.or(home)?.join("bin/python");
    let output = Command::new(&python)
        .arg(root.join("tests/interop/pkits_cases.py"))
        .arg(own.join("tests/pkits.tsv"))
        .output()
        .ok()
        .filter(|output| output.status.success());
    let required = std::env::var_os("CARTORIO_REQUIRE_JUDGES").is_some();
    assert!(output.is_some() || !required, "{} cannot build the PKITS cases", python.display());
    String::from_utf8(output?.stdout).ok()
}
