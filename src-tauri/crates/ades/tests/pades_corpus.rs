//! The pyHanko test files: every one is signed to the satisfaction of pdfsig and pyHanko without harm to the signatures it
//! had, or is refused with the code listed here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod pades_support;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cartorio_ades::create::pades::{Dialect, Increment};
use cartorio_ades::validate::Integrity;
use cartorio_ades::validate::cms::{parse, verify_detached};
use cartorio_ades::validate::pdf::{Coverage, PdfSignature, signatures};
use cartorio_core::{Coded, HashAlgorithm, SecretString};
use cartorio_pdf::{PdfError, PdfFile};
use pades_support::{
    absent, archive, bytes, corpus, evidence, judge_script, options, pdfsig, python, qpdf, sign, signer,
};

/// PDFs in the corpus: each is signed or listed below. Fewer would mean that it is not all there.
const FILES: usize = 130;

/// The password of the encrypted files in the corpus.
const OWNER: &str = "ownersecret";

/// Files that are not signed, and why. Everything else in the corpus has to be.
const REFUSED: &[(&str, &str)] = &[
    ("broken-objstream1.pdf", "pdf_malformed_object"),
    ("broken-objstream2.pdf", "pdf_malformed_object"),
    ("broken-objstream3.pdf", "pdf_malformed_object"),
    ("broken-objstream6.pdf", "pdf_malformed_object"),
    ("certified-with-indirect-refs-in-dir.pdf", "pdf_certified_no_changes"),
    ("circular-page-tree.pdf", "pdf_circular_page_tree"),
    ("form-tree-circular-ref-input.pdf", "pdf_circular_form"),
    ("malformed-encrypt-dict1.pdf", "pdf_weak_encryption"),
    ("malformed-encrypt-dict2.pdf", "pdf_malformed_encryption"),
    ("minimal-aes256-empty-encrypted-string.pdf", "pdf_wrong_password"),
    ("minimal-aes256-malformed-oe.pdf", "pdf_malformed_encryption"),
    ("minimal-aes256-malformed-perms.pdf", "pdf_malformed_encryption"),
    ("minimal-annotless.pdf", "pdf_malformed_object"),
    ("minimal-illegal-header.pdf", "pdf_not_pdf"),
    ("minimal-pubkey-aes256.pdf", "pdf_unsupported_encryption"),
    ("minimal-pubkey-rc4-envelope.pdf", "pdf_unsupported_encryption"),
    ("minimal-pubkey-rc4.pdf", "pdf_unsupported_encryption"),
    ("minimal-pubkey-unknown-envelope-alg.pdf", "pdf_unsupported_encryption"),
    ("minimal-rc4.pdf", "pdf_weak_encryption"),
    ("minimal-startxref-hopeless.pdf", "pdf_broken_xref"),
    ("minimal-startxref-hopeless2.pdf", "pdf_no_startxref"),
    ("minimal-startxref-hopeless3.pdf", "pdf_no_startxref"),
    ("minimal-startxref-obo2.pdf", "pdf_broken_xref"),
    ("minimal-startxref-obo4.pdf", "pdf_broken_xref"),
    ("minimal-startxref-obo5.pdf", "pdf_broken_xref"),
    ("minimal-startxref-obo6.pdf", "pdf_broken_xref"),
    ("minimal-two-fields-pubkey-aes256.pdf", "pdf_unsupported_encryption"),
    ("minimal-two-fields-pubkey-rc4.pdf", "pdf_unsupported_encryption"),
    ("minimal-with-field-pubkey-aes256.pdf", "pdf_unsupported_encryption"),
    ("minimal-with-field-pubkey-rc4.pdf", "pdf_unsupported_encryption"),
    ("minimal-with-field-rc4.pdf", "pdf_weak_encryption"),
    ("pubkey-3des-test.pdf", "pdf_unsupported_encryption"),
    ("pubkey-ecc-test.pdf", "pdf_unsupported_encryption"),
    ("pubkey-rc2-test.pdf", "pdf_unsupported_encryption"),
    ("signed-encrypted-pubkey-with-catalog-ref.pdf", "pdf_unsupported_encryption"),
];

/// Signed files that pyHanko cannot judge: an earlier signature of this one has a CMS that is no CMS.
const UNJUDGED: &[&str] = &["coverage-anomalies/base.pdf"];

/// Files in which pyHanko cannot read every object, and so compares no revisions.
const UNCOMPARED: &[&str] = &[
    "broken-objstream4.pdf",
    "page-tree-direct-kid.pdf",
    "safedocs/CompactedPDFSyntaxTest.pdf",
    "struct-tree-circular-ref.pdf",
];

/// Earlier signatures in the corpus that pyHanko judges before and after. Fewer would mean that the comparison is empty.
const EARLIER: usize = 45;

#[test]
fn every_file_is_signed_or_refused_as_listed() {
    let (Some(files), Some(signer)) = (corpus("pdf-pyhanko"), signer()) else {
        return;
    };
    assert_eq!(files.len(), FILES);
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
    assert_eq!(signed.len() + REFUSED.len(), FILES);
    assert!(surprises.is_empty(), "{} signed\n{}", signed.len(), surprises.join("\n"));
}

/// Signs, reads the result back with our own validator, and writes it. Gives the field's name.
fn sign_file(path: &Path, out: &Path, signer: &pades_support::Signer) -> Result<String, &'static str> {
    let file = open(path).map_err(|e| e.code())?;
    let before = signatures(&file).map_err(|e| e.code())?;
    let signed = sign(&file, &options(), signer).map_err(|e| e.code())?;
    let bytes = bytes(&signed);
    assert!(bytes.starts_with(file.bytes()));
    std::fs::write(out, &bytes).unwrap();

    let after = signatures(&open(out).unwrap()).unwrap();
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

/// B-B, evidence for every signature, a document time stamp: as an archive would have it. Files that take no signature take
/// evidence and time stamp, or are refused as listed.
#[test]
fn every_file_reaches_the_archive_and_its_signatures_stay_whole() {
    let (Some(files), Some(signer)) = (corpus("pdf-pyhanko"), signer()) else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let (mut surprises, mut archived) = (Vec::new(), Vec::new());
    for (name, path) in &files {
        let listed = REFUSED.iter().find(|(file, _)| file == name).map(|(_, code)| *code);
        let out = dir.path().join(name.replace('/', "_"));
        let sound = qpdf(path, OWNER);
        match archive_file(path, &out, signer) {
            // No change is allowed there, but for what preserves it.
            Ok(_) if listed == Some("pdf_certified_no_changes") => {}
            Ok(_) if listed.is_some() => surprises.push(format!("{name} is archived, listed: {listed:?}")),
            Err(code) if listed == Some(code) => continue,
            Err(code) => {
                surprises.push(format!("{name}: {code}, listed: {listed:?}"));
                continue;
            }
            Ok(_) if sound && !qpdf(&out, OWNER) => surprises.push(format!("{name}: qpdf complains of the result")),
            Ok(_) => {}
        }
        archived.push((name.clone(), path.clone(), out, listed.is_some()));
    }
    let judged: Vec<_> = archived.iter().map(|(_, from, to, _)| (from.clone(), to.clone())).collect();
    for (answer, (name, from, _, _)) in ask_pyhanko(&judged).iter().zip(&archived) {
        surprises.extend(compare(answer, name, from).0);
        let after = answer["after"].as_object().cloned().unwrap_or_default();
        let stamps = after.iter().filter(|(field, _)| field.starts_with("DocTimeStamp")).collect::<Vec<_>>();
        let good = stamps
            .iter()
            .any(|(_, stamp)| stamp["intact"] == true && stamp["valid"] == true && stamp["coverage"] == "ENTIRE_FILE");
        if good == UNJUDGED.contains(&name.as_str()) {
            surprises.push(format!("{name}: pyHanko says {stamps:?} {}", answer["after_error"]));
        }
        // Evidence and time stamp are no more than that to the signature before them.
        let new = after
            .iter()
            .filter(|(field, _)| field.starts_with("Signature") && answer["before"][field.as_str()].is_null());
        let uncompared = UNCOMPARED.contains(&name.as_str());
        surprises.extend(
            new.filter(|(_, signature)| (signature["level"] != "LTA_UPDATES") != uncompared)
                .map(|new| format!("{name}: {new:?}")),
        );
    }
    assert!(surprises.is_empty(), "{} archived\n{}", archived.len(), surprises.join("\n"));
    // Whoever forbids every change allows evidence and a time stamp.
    let certified = REFUSED.iter().filter(|(_, code)| *code == "pdf_certified_no_changes").count();
    assert_eq!(archived.len() + REFUSED.len() - certified, FILES);
}

/// Signs where that is allowed, and archives.
fn archive_file(path: &Path, out: &Path, signer: &pades_support::Signer) -> Result<(), &'static str> {
    let file = open(path).map_err(|e| e.code())?;
    let signed = match sign(&file, &options(), signer) {
        Ok(signed) => reopen(&signed).unwrap(),
        Err(error) if error.code() == "pdf_certified_no_changes" => file,
        Err(error) => return Err(error.code()),
    };
    let (with_evidence, stamped) = archive(&signed, &evidence(signer), Dialect::Etsi).map_err(|e| e.code())?;
    assert!(bytes(&stamped).starts_with(&bytes(&with_evidence)));
    std::fs::write(out, bytes(&with_evidence)).unwrap();
    stamped.append_to(&mut std::fs::OpenOptions::new().write(true).open(out).unwrap()).unwrap();
    assert_eq!(std::fs::read(out).unwrap(), bytes(&stamped));
    assert!(bytes(&stamped).starts_with(&std::fs::read(path).unwrap()), "{path:?} is as it was");

    // A second time nothing is new but the entry of the time stamp.
    let whole = open(out).unwrap();
    let again = cartorio_ades::create::pades::add_evidence(&whole, &evidence(signer), &[]).unwrap();
    assert!(again.tail().is_empty(), "{path:?}");
    Ok(())
}

fn digests(signature: &PdfSignature) -> Option<cartorio_core::Digest> {
    signature.digest(HashAlgorithm::Sha256)
}

/// Whether mutool has to rebuild the cross-reference data.
fn repaired(path: &Path) -> bool {
    match Command::new("mutool").arg("info").arg(path).output() {
        Ok(output) => String::from_utf8_lossy(&output.stderr).contains("repair"),
        Err(_) => {
            absent("mutool");
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

/// As a person does: without a password, and with the owner's where one is asked for.
fn open(path: &Path) -> Result<PdfFile, PdfError> {
    match PdfFile::open_path(path) {
        Err(PdfError::PasswordRequired) => PdfFile::open_path_with(path, Some(&SecretString::new(OWNER.to_owned()))),
        other => other,
    }
}

fn reopen(increment: &Increment) -> Result<PdfFile, PdfError> {
    match PdfFile::from_bytes(bytes(increment)) {
        Err(PdfError::PasswordRequired) => {
            PdfFile::from_bytes_with(bytes(increment), Some(&SecretString::new(OWNER.to_owned())))
        }
        other => other,
    }
}

/// What we say of an earlier signature, in pyHanko's words.
fn our_coverage(path: &Path, field: &str) -> &'static str {
    let found = signatures(&open(path).unwrap()).unwrap();
    match found.iter().find(|s| s.field == field).map(|s| s.coverage) {
        Some(Coverage::EntireFile) => "ENTIRE_FILE",
        Some(Coverage::EntireRevision { .. }) => "ENTIRE_REVISION",
        Some(Coverage::Partial { .. }) => "CONTIGUOUS_BLOCK_FROM_START",
        Some(Coverage::Invalid(_)) => "UNCLEAR",
        None => "not found",
    }
}

fn check_pyhanko(signed: &[(String, PathBuf, PathBuf, String)]) -> Vec<String> {
    let judged: Vec<_> = signed.iter().map(|(_, from, to, _)| (from.clone(), to.clone())).collect();
    let answers = ask_pyhanko(&judged);
    let mut complaints = Vec::new();
    let mut compared = 0;
    for (answer, (name, from, _, field)) in answers.iter().zip(signed) {
        let ours = &answer["after"][field.as_str()];
        let good = ours["intact"] == true && ours["valid"] == true && ours["coverage"] == "ENTIRE_FILE";
        if good == UNJUDGED.contains(&name.as_str()) {
            complaints.push(format!("{name}: pyHanko says {ours} {}", answer["after_error"]));
        }
        let (found, whole) = compare(answer, name, from);
        complaints.extend(found);
        compared += whole;
    }
    assert!(answers.is_empty() || compared >= EARLIER, "{compared} earlier signatures compared");
    complaints
}

/// One answer for each pair of a file before and after; none where pyHanko is not set up.
fn ask_pyhanko(pairs: &[(PathBuf, PathBuf)]) -> Vec<serde_json::Value> {
    let Some(python) = python() else {
        return Vec::new();
    };
    let mut child =
        Command::new(python).arg(judge_script()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let lines: String = pairs.iter().map(|(from, to)| format!("{}\t{}\n", from.display(), to.display())).collect();
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), pairs.len());
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What became worse for the signatures that were there before, and how many stayed whole.
fn compare(answer: &serde_json::Value, name: &str, from: &Path) -> (Vec<String>, usize) {
    let (mut complaints, mut compared) = (Vec::new(), 0);
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
    (complaints, compared)
}
