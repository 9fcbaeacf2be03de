//! The pyHanko test files: every one is signed to the satisfaction of pdfsig and pyHanko without harm to the signatures it
//! had, or is refused with the code listed here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod pades_support;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cartorio_ades::validate::Integrity;
use cartorio_ades::validate::cms::{parse, verify_detached};
use cartorio_ades::validate::pdf::{Coverage, PdfSignature, signatures};
use cartorio_core::{Coded, HashAlgorithm};
use cartorio_pdf::PdfFile;
use pades_support::{bytes, corpus, judge_script, options, pdfsig, python, sign, signer};

/// Files that are not signed, and why. Everything else in the corpus has to be.
const REFUSED: &[(&str, &str)] = &[
    ("broken-objstream1.pdf", "pdf_malformed_object"),
    ("broken-objstream2.pdf", "pdf_malformed_object"),
    ("broken-objstream3.pdf", "pdf_malformed_object"),
    ("broken-objstream6.pdf", "pdf_malformed_object"),
    ("certified-with-indirect-refs-in-dir.pdf", "pdf_certified_no_changes"),
    ("circular-page-tree.pdf", "pdf_circular_page_tree"),
    ("embedded-encrypted-nocf.pdf", "pdf_encrypted"),
    ("form-tree-circular-ref-input.pdf", "pdf_circular_form"),
    ("malformed-encrypt-dict1.pdf", "pdf_encrypted"),
    ("malformed-encrypt-dict2.pdf", "pdf_encrypted"),
    ("minimal-aes256-empty-encrypted-string.pdf", "pdf_encrypted"),
    ("minimal-aes256-malformed-oe.pdf", "pdf_encrypted"),
    ("minimal-aes256-malformed-perms.pdf", "pdf_encrypted"),
    ("minimal-aes256.pdf", "pdf_encrypted"),
    ("minimal-annotless.pdf", "pdf_malformed_object"),
    ("minimal-illegal-header.pdf", "pdf_not_pdf"),
    ("minimal-pubkey-aes256.pdf", "pdf_encrypted"),
    ("minimal-pubkey-rc4-envelope.pdf", "pdf_encrypted"),
    ("minimal-pubkey-rc4.pdf", "pdf_encrypted"),
    ("minimal-pubkey-unknown-envelope-alg.pdf", "pdf_encrypted"),
    ("minimal-rc4.pdf", "pdf_encrypted"),
    ("minimal-startxref-hopeless.pdf", "pdf_broken_xref"),
    ("minimal-startxref-hopeless2.pdf", "pdf_no_startxref"),
    ("minimal-startxref-hopeless3.pdf", "pdf_no_startxref"),
    ("minimal-startxref-obo2.pdf", "pdf_broken_xref"),
    ("minimal-startxref-obo4.pdf", "pdf_broken_xref"),
    ("minimal-startxref-obo5.pdf", "pdf_broken_xref"),
    ("minimal-startxref-obo6.pdf", "pdf_broken_xref"),
    ("minimal-two-fields-aes256.pdf", "pdf_encrypted"),
    ("minimal-two-fields-pubkey-aes256.pdf", "pdf_encrypted"),
    ("minimal-two-fields-pubkey-rc4.pdf", "pdf_encrypted"),
    ("minimal-with-field-aes256.pdf", "pdf_encrypted"),
    ("minimal-with-field-pubkey-aes256.pdf", "pdf_encrypted"),
    ("minimal-with-field-pubkey-rc4.pdf", "pdf_encrypted"),
    ("minimal-with-field-rc4.pdf", "pdf_encrypted"),
    ("pubkey-3des-test.pdf", "pdf_encrypted"),
    ("pubkey-ecc-test.pdf", "pdf_encrypted"),
    ("pubkey-rc2-test.pdf", "pdf_encrypted"),
    ("signed-encrypted-pubkey-with-catalog-ref.pdf", "pdf_encrypted"),
];

/// Signed files that pyHanko cannot judge: an earlier signature of this one has a CMS that is no CMS.
const UNJUDGED: &[&str] = &["coverage-anomalies/base.pdf"];

/// Earlier signatures in the corpus that pyHanko judges before and after. Fewer would mean that the comparison is empty.
const EARLIER: usize = 45;

#[test]
fn every_file_is_signed_or_refused_as_listed() {
    let (Some(files), Some(signer)) = (corpus("pdf-pyhanko"), signer()) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let mut surprises = Vec::new();
    let mut signed = Vec::new();
    for (name, path) in &files {
        let listed = REFUSED.iter().find(|(file, _)| file == name).map(|(_, code)| *code);
        let out = dir.path().join(name.replace('/', "_"));
        match sign_file(path, &out, signer) {
            Err(code) if listed == Some(code) => {}
            Err(code) => surprises.push(format!("(\"{name}\", \"{code}\"), // listed: {listed:?}")),
            Ok(_) if listed.is_some() => surprises.push(format!("{name} is signed, listed: {listed:?}")),
            Ok(field) => {
                surprises.extend(check_pdfsig(&out, &field).map(|complaint| format!("{name}: {complaint}")));
                if repaired(&out) && !repaired(path) {
                    surprises.push(format!("{name}: mutool repairs the result"));
                }
                signed.push((name.clone(), path.clone(), out, field));
            }
        }
    }
    surprises.extend(check_pyhanko(&signed));
    assert!(surprises.is_empty(), "{} signed\n{}", signed.len(), surprises.join("\n"));
}

/// Signs, reads the result back with our own validator, and writes it. Gives the field's name.
fn sign_file(path: &Path, out: &Path, signer: &pades_support::Signer) -> Result<String, &'static str> {
    let file = PdfFile::open_path(path).map_err(|e| e.code())?;
    let before = signatures(&file).map_err(|e| e.code())?;
    let signed = sign(&file, &options(), signer).map_err(|e| e.code())?;
    let bytes = bytes(&signed);
    assert!(bytes.starts_with(file.bytes()));
    std::fs::write(out, &bytes).unwrap();

    let after = signatures(&PdfFile::open_path(out).unwrap()).unwrap();
    assert_eq!(after.len(), before.len() + 1, "{path:?}");
    let ours = after.iter().find(|s| s.coverage == Coverage::EntireFile).unwrap();
    assert_eq!(ours.reason.as_deref(), options().reason.as_deref());
    assert_eq!(ours.claimed_time, options().signing_time);
    assert!(!ours.padding_used);
    let view = parse(&ours.cms).unwrap();
    let reports = verify_detached(&view, |hash| ours.digest(hash).ok_or(())).unwrap();
    assert_eq!(reports[0].integrity, Integrity::Ok, "{path:?}");
    for old in &before {
        let same = after.iter().find(|s| s.field == old.field).unwrap();
        assert_eq!(digests(same), digests(old), "{path:?} {}", old.field);
        match (old.coverage, same.coverage) {
            (Coverage::EntireFile, Coverage::EntireRevision { revision_end }) => {
                assert_eq!(revision_end, file.len())
            }
            (old, same) => assert_eq!(old, same, "{path:?}"),
        }
    }
    Ok(ours.field.clone())
}

fn digests(signature: &PdfSignature) -> Option<cartorio_core::Digest> {
    signature.digest(HashAlgorithm::Sha256)
}

/// Whether mutool has to rebuild the cross-reference data.
fn repaired(path: &Path) -> bool {
    match Command::new("mutool").arg("info").arg(path).output() {
        Ok(output) => String::from_utf8_lossy(&output.stderr).contains("repair"),
        Err(_) => {
            println!("skipped: mutool is not installed");
            false
        }
    }
}

fn check_pdfsig(out: &Path, field: &str) -> Option<String> {
    let sections = pdfsig(out)?;
    let Some((_, text)) = sections.iter().find(|(name, _)| name == field) else {
        return Some(format!("pdfsig does not see {field}"));
    };
    let wanted = ["Signature Validation: Signature is Valid", "Total document signed", "ETSI.CAdES.detached"];
    let missing = wanted.iter().find(|wanted| !text.contains(**wanted))?;
    Some(format!("pdfsig does not say {missing:?}: {text}"))
}

/// What we say of an earlier signature, in pyHanko's words.
fn our_coverage(path: &Path, field: &str) -> &'static str {
    let found = signatures(&PdfFile::open_path(path).unwrap()).unwrap();
    match found.iter().find(|s| s.field == field).map(|s| s.coverage) {
        Some(Coverage::EntireFile) => "ENTIRE_FILE",
        Some(Coverage::EntireRevision { .. }) => "ENTIRE_REVISION",
        Some(Coverage::Partial { .. }) => "CONTIGUOUS_BLOCK_FROM_START",
        Some(Coverage::Invalid(_)) => "UNCLEAR",
        None => "not found",
    }
}

fn check_pyhanko(signed: &[(String, PathBuf, PathBuf, String)]) -> Vec<String> {
    let Some(python) = python() else {
        return Vec::new();
    };
    let mut child =
        Command::new(python).arg(judge_script()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let lines: String =
        signed.iter().map(|(_, from, to, _)| format!("{}\t{}\n", from.display(), to.display())).collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut complaints = Vec::new();
    let mut compared = 0;
    assert_eq!(text.lines().count(), signed.len());
    for (line, (name, from, _, field)) in text.lines().zip(signed) {
        let answer: serde_json::Value = serde_json::from_str(line).unwrap();
        let ours = &answer["after"][field.as_str()];
        let good = ours["intact"] == true && ours["valid"] == true && ours["coverage"] == "ENTIRE_FILE";
        if good == UNJUDGED.contains(&name.as_str()) {
            complaints.push(format!("{name}: pyHanko says {ours} {}", answer["after_error"]));
        }
        for (earlier, before) in answer["before"].as_object().into_iter().flatten() {
            let after = &answer["after"][earlier.as_str()];
            compared += usize::from(before["intact"] == true && after["intact"] == true);
            let kept = ["intact", "valid"].iter().all(|key| before[key] == after[key]);
            let wanted = before["coverage"].as_str().filter(|wanted| our_coverage(from, earlier) != *wanted);
            if let Some(wanted) = wanted {
                complaints.push(format!("{name}: {earlier} covers {wanted}, we say {}", our_coverage(from, earlier)));
            }
            // A signature that covered the file now sees a permitted change; none may fall to OTHER.
            if !kept || (after["level"] == "OTHER" && before["level"] != "OTHER") {
                complaints.push(format!("{name}: {earlier} was {before}, is {after}"));
            }
        }
    }
    assert!(compared >= EARLIER, "{compared} earlier signatures compared");
    complaints
}
