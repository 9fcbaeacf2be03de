//! Foreign judges. One that is not installed is named and passed over.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// pdfsig: the last signature is valid, PAdES, and covers the whole file.
pub fn pdfsig(file: &Path) {
    let Some(output) = run("pdfsig", [OsStr::new("-nocert"), file.as_os_str()]) else { return };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let last = text.rsplit("Signature #").next().unwrap();
    for wanted in ["Signature Validation: Signature is Valid", "Total document signed", "ETSI.CAdES.detached"] {
        assert!(last.contains(wanted), "{}: pdfsig does not say {wanted:?}:\n{text}", file.display());
    }
}

/// pyHanko: `signatures` in all, the last one intact, valid, trusted through `root`, over the whole file; the earlier ones
/// not followed by a forbidden change. Gives what it says of the last one.
pub fn pyhanko(file: &Path, root: &Path, signatures: usize) -> Option<Value> {
    let report = pyhanko_report(file, &[root])?;
    let all = report["signatures"].as_array().unwrap();
    assert_eq!(all.len(), signatures, "{}: {report}", file.display());
    let (last, earlier) = all.split_last().unwrap();
    for fact in ["intact", "valid", "trusted", "covers_entire_file"] {
        assert_eq!(last[fact], true, "{}: {fact}: {last}", file.display());
    }
    for own in earlier {
        assert_ne!(own["modification_level"], "OTHER", "{}: an earlier signature was harmed: {own}", file.display());
    }
    Some(last.clone())
}

/// What pyHanko says, whatever it is.
pub fn pyhanko_report(file: &Path, roots: &[&Path]) -> Option<Value> {
    let python = python()?;
    let script = ancestors("tests/interop/pyhanko_judge.py").expect("the judge is part of the project");
    let mut command = Command::new(python);
    command.arg(script).arg(file);
    for root in roots {
        command.arg("--root").arg(root);
    }
    let output = command.output().unwrap();
    let complaints = String::from_utf8_lossy(&output.stderr);
    if complaints.contains("hybrid-reference files") {
        // What it says of every signature in such a file.
        return None;
    }
    assert_ne!(output.status.code(), Some(2), "{}: {complaints}", file.display());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// MuPDF opens it without having to repair anything.
pub fn mutool(file: &Path) {
    let Some(output) = run("mutool", [OsStr::new("info"), file.as_os_str()]) else { return };
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: mutool: {complaints}", file.display());
    assert!(!complaints.contains("repair") && !complaints.contains("error:"), "{}: {complaints}", file.display());
}

/// OpenSSL takes the detached signature for `content`, as CAdES, up to `root`.
pub fn openssl_cms(signature: &Path, content: &Path, root: &Path) {
    let Some(output) = openssl_cms_output(signature, content, root) else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: openssl: {said}", signature.display());
    // A judge that says yes to everything judges nothing.
    let other = signature.with_extension("outro");
    std::fs::write(&other, b"outro conteudo").unwrap();
    assert!(!openssl_cms_output(signature, &other, root).unwrap().status.success());
    std::fs::remove_file(other).unwrap();
}

fn openssl_cms_output(signature: &Path, content: &Path, root: &Path) -> Option<Output> {
    run(
        "openssl",
        ["cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-cades", "-out", "/dev/null", "-in"]
            .map(OsStr::new)
            .into_iter()
            .chain([
                signature.as_os_str(),
                OsStr::new("-content"),
                content.as_os_str(),
                OsStr::new("-CAfile"),
                root.as_os_str(),
            ]),
    )
}

/// OpenSSL, Java and NSS open the P12 file with the password and not with another; gives what OpenSSL says.
pub fn p12(file: &Path, password: &str, friendly_name: &str) -> String {
    let mut said = String::new();
    for (given, good) in [(password, true), ("errada", false)] {
        let secret = format!("pass:{given}");
        let args = ["pkcs12", "-info", "-nodes", "-passin", &secret, "-in"].map(OsStr::new);
        if let Some(output) = run("openssl", args.into_iter().chain([file.as_os_str()])) {
            let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.success(), good, "openssl: {text}");
            if good {
                assert!(text.contains(&format!("friendlyName: {friendly_name}")), "openssl: {text}");
                said = text;
            }
        }
        let args = ["-list", "-v", "-storetype", "PKCS12", "-storepass", given, "-keystore"].map(OsStr::new);
        if let Some(output) = run("keytool", args.into_iter().chain([file.as_os_str()])) {
            let text = String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.success(), good, "keytool: {text}");
            let chain = text.contains("PrivateKeyEntry") && text.contains("length: 3");
            assert!(!good || chain, "keytool: {text}");
        }
        let args = ["-l"].map(OsStr::new).into_iter().chain([file.as_os_str()]);
        if let Some(output) = run("pk12util", args.chain(["-W", given].map(OsStr::new))) {
            let text = String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.success(), good, "pk12util: {text}");
            assert!(!good || text.contains(friendly_name), "pk12util: {text}");
        }
    }
    said
}

/// A folder of the corpus; `None`, said aloud, where it is absent.
pub fn corpus(folder: &str) -> Option<PathBuf> {
    let found = ancestors(&format!("../shared/corpus/{folder}"));
    if found.is_none() {
        println!("skipped: the corpus {folder} is not here");
    }
    found
}

fn ancestors(relative: &str) -> Option<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join(relative)).find(|path| path.exists())
}

pub fn python() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from)?;
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(|| home.join(".cache"), PathBuf::from);
    let python = cache.join("cartorio-digital/venvs/judges/bin/python");
    if !python.exists() {
        println!("skipped: pyHanko is not set up (cargo xtask setup)");
        return None;
    }
    Some(python)
}

fn run<'a>(program: &str, args: impl IntoIterator<Item = &'a OsStr>) -> Option<Output> {
    match Command::new(program).args(args).env("LC_ALL", "C.UTF-8").output() {
        Ok(output) => Some(output),
        Err(_) => {
            println!("skipped: {program} is not installed");
            None
        }
    }
}

/// Runs a judge that must say yes.
pub fn accepts(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
