//! Runs cases and holds them against a table of known deviations, which can only shrink.

// Each test binary uses its own part.
#![allow(dead_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use cartorio_pki::chain::cases::{self, CaseVerdict};
use serde_json::Value;
use time::macros::datetime;

/// The instant of cases that name none.
pub const NOW: time::OffsetDateTime = datetime!(2026-11-01 12:00 UTC);

/// A file of the shared corpora; `None`, after a line on stderr, where it is absent.
pub fn corpus(path: &str) -> Option<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap().to_owned();
    let found = std::fs::read_to_string(root.join("../shared/corpus").join(path)).ok();
    if found.is_none() {
        eprintln!("skipped: the corpus {path} is absent");
    }
    found
}

/// The cases of PKITS: built, else from the shared corpus.
pub fn pkits() -> Option<String> {
    built_pkits().or_else(|| corpus("x509-cases/pkits.jsonl"))
}

/// The cases as the script builds them; `None` where the judges' environment is absent, which is a failure where
/// `CARTORIO_REQUIRE_JUDGES` is set.
fn built_pkits() -> Option<String> {
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

/// What a suite came to.
#[derive(Debug, Default)]
pub struct Tally {
    pub run: usize,
    pub right: usize,
    pub false_accepts: BTreeSet<String>,
    pub false_rejects: BTreeSet<String>,
    /// Codes of every case that is not valid.
    pub codes: BTreeMap<String, Vec<String>>,
}

/// Runs every line that `keep` keeps.
pub fn tally(lines: &str, keep: impl Fn(&Value) -> bool) -> Tally {
    let mut tally = Tally::default();
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let case: Value = serde_json::from_str(line).unwrap();
        if !keep(&case) {
            continue;
        }
        let result = cases::run(line, NOW);
        assert_eq!(case["id"].as_str().unwrap(), result.id);
        tally.run += 1;
        let valid = result.result == CaseVerdict::Valid;
        match (valid, case["expect"].as_bool().unwrap()) {
            (true, true) | (false, false) => tally.right += 1,
            (true, false) => drop(tally.false_accepts.insert(result.id.clone())),
            (false, true) => drop(tally.false_rejects.insert(result.id.clone())),
        }
        assert_eq!(valid, result.errors.is_empty(), "{}: {:?}", result.id, result.errors);
        tally.codes.insert(result.id, result.errors);
    }
    tally
}

/// The known deviations of one kind: `<suite> <kind> <id>`, tab-separated, then the reason.
pub fn deviations(suite: &str, kind: &str) -> BTreeSet<String> {
    include_str!("../deviations.tsv")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .inspect(|fields| assert!(fields.len() == 4 && !fields[3].is_empty(), "four fields, the last the reason"))
        .filter(|fields| fields[0] == suite && fields[1] == kind)
        .map(|fields| fields[2].to_owned())
        .collect()
}

/// Fails on a deviation that is not listed, and on a listed one that is none any more.
pub fn hold(suite: &str, tally: &Tally) {
    for (kind, found) in [("false_accept", &tally.false_accepts), ("false_reject", &tally.false_rejects)] {
        let listed = deviations(suite, kind);
        let told: Vec<_> = found.difference(&listed).map(|id| (id, tally.codes.get(id))).collect();
        assert!(told.is_empty(), "{suite}: {kind} not listed in tests/deviations.tsv: {told:#?}");
        let gone: Vec<_> = listed.difference(found).collect();
        assert!(gone.is_empty(), "{suite}: {kind} listed, but passes now; take it off tests/deviations.tsv: {gone:#?}");
    }
}
