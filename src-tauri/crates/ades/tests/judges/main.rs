//! Foreign judges: OpenSSL and pyHanko on what is made here, and what they make read here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod asking;
mod corpus;
mod hostile;
mod icp_levels;
mod lab;
mod making;
mod pades;
mod pki;
mod reading;
mod timestamps;
mod upgrading;

#[test]
fn creating_and_validating_never_import_each_other() {
    fn sources(dir: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { sources(&path, found) } else { found.push(path) }
        }
    }
    for (side, other) in [("create", "validate"), ("validate", "create")] {
        let mut found = Vec::new();
        sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(side), &mut found);
        assert!(found.len() > 3, "the folder {side} is where it was");
        for file in found {
            let text = std::fs::read_to_string(&file).unwrap();
            let imports = text.lines().any(|line| {
                let code = line.split("//").next().unwrap_or_default();
                code.contains(&format!("crate::{other}")) || code.contains(&format!("super::{other}"))
            });
            assert!(!imports, "{} imports {other}", file.display());
        }
    }
}
