//! The arrows between crates, and the one command list against the ACL. See docs/ARCHITECTURE.md.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Which crates of ours a crate may depend on in its product code.
const ARROWS: [(&str, &[&str]); 21] = [
    ("cartorio-core", &[]),
    ("cartorio-keys", &["cartorio-core"]),
    ("cartorio-asn1", &[]),
    ("cartorio-engine", &[]),
    ("cartorio-keystore", &["cartorio-core"]),
    ("cartorio-pki", &["cartorio-core", "cartorio-asn1", "cartorio-engine", "cartorio-keystore", "cartorio-keys"]),
    ("cartorio-lint", &["cartorio-core", "cartorio-asn1", "cartorio-pki"]),
    ("cartorio-policy", &["cartorio-core", "cartorio-asn1", "cartorio-keys", "cartorio-pki"]),
    ("cartorio-net", &["cartorio-core"]),
    ("cartorio-pdf", &["cartorio-core"]),
    ("cartorio-stamp", &["cartorio-core", "cartorio-pdf"]),
    ("cartorio-ades", &["cartorio-core", "cartorio-keys", "cartorio-pki", "cartorio-pdf"]),
    ("cartorio-registry", &["cartorio-core"]),
    ("cartorio-report", &["cartorio-core"]),
    ("cartorio-aws", &["cartorio-core", "cartorio-keys", "cartorio-pki"]),
    (
        "cartorio-office",
        &[
            "cartorio-core",
            "cartorio-asn1",
            "cartorio-keys",
            "cartorio-keystore",
            "cartorio-lint",
            "cartorio-net",
            "cartorio-pki",
            "cartorio-policy",
            "cartorio-pdf",
            "cartorio-ades",
            "cartorio-registry",
            "cartorio-report",
            "cartorio-stamp",
        ],
    ),
    ("cartorio-cli", &["cartorio-core", "cartorio-keys", "cartorio-office", "cartorio-aws"]),
    ("cartorio-desktop", &["cartorio-core", "cartorio-office", "cartorio-aws"]),
    // Development only: nobody's product code depends on them.
    ("cartorio-testkit", &["cartorio-core", "cartorio-keys", "cartorio-pki"]),
    (
        "cartorio-fuzzing",
        &[
            "cartorio-core",
            "cartorio-asn1",
            "cartorio-keystore",
            "cartorio-pki",
            "cartorio-lint",
            "cartorio-policy",
            "cartorio-pdf",
            "cartorio-ades",
        ],
    ),
    ("xtask", &[]),
];

/// Foreign crates that only some of ours may see.
const RESERVED: [(&str, &[&str]); 10] = [
    ("tauri", &["cartorio-desktop"]),
    ("rfd", &["cartorio-desktop"]),
    ("webkit2gtk", &["cartorio-desktop"]),
    ("sqlx", &["cartorio-registry"]),
    ("aws-", &["cartorio-aws"]),
    ("keyring", &["cartorio-keys"]),
    ("krilla", &["cartorio-report"]),
    ("cryptoki", &["cartorio-keys"]),
    ("openssl", &["cartorio-engine"]),
    ("reqwest", &["cartorio-net"]),
];

/// AWS's cryptographic library is no AWS SDK.
const NOT_AN_SDK: [&str; 1] = ["aws-lc-rs"];

#[test]
fn crates_depend_on_each_other_only_along_the_arrows() {
    let arrows: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let packages = packages();
    let names: BTreeSet<&str> = packages.keys().map(String::as_str).collect();
    assert_eq!(names, arrows.keys().copied().collect(), "every crate is in the table, and no other");
    for (name, dependencies) in &packages {
        for dependency in dependencies.iter().filter(|dependency| names.contains(dependency.as_str())) {
            assert!(
                arrows[name.as_str()].contains(&dependency.as_str()),
                "{name} must not depend on {dependency}: the arrows are in docs/ARCHITECTURE.md"
            );
        }
    }
}

#[test]
fn foreign_crates_stay_in_their_rooms() {
    for (name, dependencies) in packages() {
        for dependency in dependencies {
            if NOT_AN_SDK.contains(&dependency.as_str()) {
                continue;
            }
            for (reserved, owners) in RESERVED {
                let matches = if reserved.ends_with('-') {
                    dependency.starts_with(reserved)
                } else {
                    dependency == reserved || dependency.starts_with(&format!("{reserved}-"))
                };
                assert!(
                    !matches || owners.contains(&name.as_str()),
                    "{name} must not depend on {dependency}: only {owners:?} may"
                );
            }
        }
    }
}

#[test]
fn pure_crates_forbid_unsafe_code_and_missing_documentation() {
    for name in [
        "core", "asn1", "keys", "keystore", "pki", "lint", "policy", "net", "ades", "registry", "report", "stamp",
        "office", "aws",
    ] {
        let text = read(&format!("src-tauri/crates/{name}/src/lib.rs"));
        assert!(text.contains("#![forbid(unsafe_code)]"), "{name} forbids unsafe code");
        assert!(text.contains("#![deny(missing_docs)]"), "{name} documents every public item");
    }
    let engine = sources("src-tauri/crates/engine/src");
    let unsafe_files: Vec<_> = engine
        .iter()
        .filter(|path| std::fs::read_to_string(path).unwrap().contains("unsafe_code)"))
        .filter_map(|path| path.file_name()?.to_str())
        .filter(|name| *name != "lib.rs")
        .collect();
    assert_eq!(unsafe_files, ["ffi.rs"], "exactly one module of engine may be unsafe");
    let pdf = read("src-tauri/crates/pdf/src/lib.rs");
    assert!(pdf.contains("#![deny(unsafe_code)]"), "pdf relaxes to deny, for one function that maps files");
    let allowances: usize = sources("src-tauri/crates/pdf/src")
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap().matches("allow(unsafe_code)").count())
        .sum();
    assert_eq!(allowances, 1, "exactly one function of pdf may be unsafe");
}

#[test]
fn validation_and_creation_never_import_each_other() {
    for (folder, other) in [("create", "validate"), ("validate", "create")] {
        for path in sources(&format!("src-tauri/crates/ades/src/{folder}")) {
            let text = std::fs::read_to_string(&path).unwrap();
            let product = text.split("#[cfg(test)]").next().unwrap_or_default();
            assert!(
                !product.contains(&format!("crate::{other}")) && !product.contains(&format!("super::super::{other}")),
                "{} must not import {other}",
                path.display()
            );
        }
    }
}

#[test]
fn the_window_may_call_every_command_of_the_list_and_nothing_else() {
    let listed: BTreeSet<String> = read("src-tauri/crates/office/src/command_list.rs")
        .lines()
        .filter_map(|line| {
            let line = line.trim();
            let rest = line.strip_prefix("json ").or_else(|| line.strip_prefix("raw "))?;
            Some(format!("allow-{}", rest.split('(').next()?.replace('_', "-")))
        })
        .collect();
    assert!(listed.len() > 30, "the command list was read");
    let capability: Value = serde_json::from_str(&read("src-tauri/capabilities/main.json")).unwrap();
    let (own, foreign): (BTreeSet<String>, BTreeSet<String>) = capability["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|permission| permission.as_str().unwrap().to_owned())
        .partition(|permission| permission.starts_with("allow-"));
    assert_eq!(own, listed, "the capability names every command by itself");
    let wanted = ["core:event:allow-listen", "core:event:allow-unlisten", "core:webview:allow-set-webview-zoom"];
    assert_eq!(
        foreign,
        wanted.map(str::to_owned).into(),
        "of Tauri's own commands, only events and how large the window is shown"
    );
}

#[test]
fn the_content_security_policy_has_no_unsafe_word() {
    let config: Value = serde_json::from_str(&read("tauri.conf.json")).unwrap();
    let security = &config["app"]["security"];
    let policy = security["csp"].as_object().unwrap();
    assert_eq!(policy["default-src"], "'none'", "what is not named is not allowed");
    for (directive, value) in policy {
        let value = value.as_str().unwrap();
        assert!(!value.contains("unsafe") && !value.contains('*'), "{directive}: {value}");
    }
    assert_eq!(config["app"]["withGlobalTauri"], false, "no global handle to the backend");
    assert_eq!(security["capabilities"], serde_json::json!(["main"]), "capabilities by name");
}

#[test]
fn only_the_backend_folder_of_the_ui_knows_tauri() {
    let mut imports = 0;
    for path in sources("ui/src") {
        let text = std::fs::read_to_string(&path).unwrap();
        if text.contains("@tauri-apps/") {
            let inside = path.components().any(|part| part.as_os_str() == "backend");
            assert!(inside, "{} must not import Tauri", path.display());
            imports += 1;
        }
    }
    assert!(imports > 0, "the adapter was found");
}

/// Product dependencies (normal and build) of every workspace crate.
fn packages() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|dependency| dependency["kind"] != "dev")
                .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
                .collect();
            (package["name"].as_str().unwrap().to_owned(), dependencies)
        })
        .collect()
}

fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ["rs", "ts", "svelte"].iter().any(|own| ending == *own)) {
                found.push(path);
            }
        }
    }
    found
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
