//! Beside a validator that is not ours: `certval` (RustCrypto), for PKITS and the `core` cases of x509-limbo.
//!
//! It cannot be in this workspace, because it pins a `cms` that others of ours do not take; `tests/differential` is a crate of its
//! own, built by `cargo xtask test`, which names its program in `CARTORIO_CERTVAL`. Where the two differ is listed in
//! `differential.tsv`, and the list can only shrink.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod support;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use cartorio_pki::chain::cases::{self, CaseVerdict};
use serde_json::Value;

#[test]
fn pkits_beside_certval() {
    compare("pkits", support::pkits, |_| true, 249);
}

#[test]
fn core_cases_of_limbo_beside_certval() {
    compare("limbo", || support::corpus("x509-cases/limbo.jsonl"), |case| case["class"] == "core", 123);
}

fn compare(suite: &str, cases: impl Fn() -> Option<String>, keep: impl Fn(&Value) -> bool, count: usize) {
    let Some(program) = program() else {
        eprintln!("skipped: no certval; `cargo xtask test` builds it");
        return;
    };
    let Some(text) = cases() else { return };
    let lines: Vec<&str> = text.lines().filter(|line| keep(&serde_json::from_str(line).unwrap())).collect();
    assert_eq!(lines.len(), count);
    let theirs = judged(&program, &lines);
    assert_eq!(theirs.len(), count, "certval has judged every case");
    let mut found = BTreeMap::new();
    for line in lines {
        let ours = cases::run(line, support::NOW);
        let (valid, said) = &theirs[&ours.id];
        if (ours.result == CaseVerdict::Valid) != *valid {
            let (side, why) =
                if *valid { ("ours_rejects", ours.errors.join(" ")) } else { ("ours_accepts", said.clone()) };
            found.insert(ours.id, (side, why));
        }
    }
    eprintln!("{suite}: {} of {count} alike", count - found.len());
    let listed = listed(suite);
    for (id, (side, why)) in &found {
        assert_eq!(
            listed.get(id).map(String::as_str),
            Some(*side),
            "{id} is not in tests/differential.tsv: {side}, {why}"
        );
    }
    for id in listed.keys() {
        assert!(found.contains_key(id), "{id} is judged alike now; take it off tests/differential.tsv");
    }
}

/// Verdict and error of each case, by its id.
fn judged(program: &PathBuf, lines: &[&str]) -> BTreeMap<String, (bool, String)> {
    let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = lines.join("\n");
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "certval ended with {}", output.status);
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| {
            let value: Value = serde_json::from_str(line).unwrap();
            let said = value["error"].as_str().unwrap_or_default().to_owned();
            (value["id"].as_str().unwrap().to_owned(), (value["result"] == "valid", said))
        })
        .collect()
}

/// The program that the environment names.
fn program() -> Option<PathBuf> {
    let told = std::env::var_os("CARTORIO_CERTVAL").map(PathBuf::from);
    assert!(told.as_ref().is_none_or(|path| path.is_file()), "{told:?} is no file");
    told
}

/// Known disagreements: id to side.
fn listed(suite: &str) -> BTreeMap<String, String> {
    include_str!("differential.tsv")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .inspect(|fields| {
            assert!(fields.len() == 4 && !fields[3].is_empty(), "four fields, the last the reason: {fields:?}")
        })
        .filter(|fields| fields[0] == suite)
        .map(|fields| (fields[2].to_owned(), fields[1].to_owned()))
        .collect()
}
