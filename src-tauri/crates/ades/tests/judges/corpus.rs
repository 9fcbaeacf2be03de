//! Signatures and certificates that no one here made.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cartorio_ades::cms::ber::Encoding;
use cartorio_ades::cms::certificate::CertificateParts;
use cartorio_ades::cms::oid::SIGNATURE_TIME_STAMP;
use cartorio_ades::create::upgrade::{Attribute, add_unsigned};
use cartorio_ades::validate::cms::{parse, verify_detached};
use cartorio_ades::validate::pdf::signatures;
use cartorio_ades::validate::{Integrity, SignerReport};
use cartorio_core::Digest;
use cartorio_pdf::PdfFile;
use der::{Decode, Encode};
use x509_cert::certificate::{CertificateInner, Raw};

use crate::pki::python;

fn corpus(folder: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|dir| dir.join("shared/corpus").join(folder))
        .find(|dir| dir.is_dir());
    if found.is_none() {
        println!("skipped: the corpus {folder} is not here");
    }
    found
}

#[test]
fn the_parts_of_real_certificates_are_their_own_bytes() {
    let mut certificates = Vec::new();
    if let Some(dir) = corpus("icp-brasil") {
        let text = fs::read_to_string(dir.join("ca-certificates.pem")).unwrap();
        let found = CertificateInner::<Raw>::load_pem_chain(text.as_bytes()).unwrap();
        assert_eq!(found.len(), 323);
        certificates.extend(found.iter().map(|certificate| certificate.to_der().unwrap()));
    }
    if let Some(dir) = corpus("pkits") {
        for entry in fs::read_dir(dir.join("certs")).unwrap() {
            certificates.push(fs::read(entry.unwrap().path()).unwrap());
        }
    }
    let mut foreign_refused = 0;
    for der in &certificates {
        let parts = CertificateParts::read(der).unwrap();
        // PKITS has validities from 1950 on, which x509-cert does not take.
        let Ok(decoded) = CertificateInner::<Raw>::from_der(der) else {
            foreign_refused += 1;
            continue;
        };
        let tbs = decoded.tbs_certificate();
        assert_eq!(parts.serial[2..], *tbs.serial_number().as_bytes());
        assert_eq!(parts.public_key_info, tbs.subject_public_key_info().to_der().unwrap());
        let key_identifier =
            tbs.extensions().into_iter().flatten().find(|extension| extension.extn_id.to_string() == "2.5.29.14");
        let key_identifier = key_identifier.map(|extension| &extension.extn_value.as_bytes()[2..]);
        assert_eq!(parts.key_identifier, key_identifier);
    }
    assert!(foreign_refused <= 3, "{foreign_refused} certificates were not compared");
    let unsupported = certificates.iter().filter(|der| CertificateParts::read(der).unwrap().public_key().is_err());
    println!("{} certificates, {} with keys that are not supported", certificates.len(), unsupported.count());
}

#[test]
fn every_signature_in_a_pdf_that_openssl_reads_is_read() {
    let Some(dir) = corpus("pdf-pyhanko") else { return };
    let mut files = Vec::new();
    files_under(&dir, &mut files);
    files.sort();
    let (mut read, mut refused) = (0, 0);
    for file in files {
        for blob in signatures_in(&fs::read(&file).unwrap()) {
            let own = parse(&blob);
            if openssl_reads(&blob) {
                let view = own.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
                assert!(view.signers().len() > 0, "{}", file.display());
                read += 1;
            } else {
                refused += 1;
            }
        }
    }
    println!("{read} signatures read, {refused} that OpenSSL refuses");
    assert!(read > 20, "the corpus holds signatures");
}

/// A time stamp put into each of them leaves content, certificates, signed attributes and verdict as they were.
#[test]
fn every_signature_in_the_corpus_is_extended_and_nothing_else_changes() {
    let Some(dir) = corpus("pdf-pyhanko") else { return };
    let mut files = Vec::new();
    files_under(&dir, &mut files);
    let attribute = Attribute::new(SIGNATURE_TIME_STAMP, vec![0x30, 3, 2, 1, 5]);
    let (mut extended, mut ber) = (0, 0);
    for file in files {
        for blob in signatures_in(&fs::read(&file).unwrap()) {
            let Ok(before) = parse(&blob) else { continue };
            for signer in 0..before.signers().len() {
                let after = add_unsigned(&blob, signer, &attribute)
                    .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
                let after = parse(&after).unwrap();
                assert_eq!(after.encoding(), Encoding::Der, "{}", file.display());
                assert_eq!(after.content(), before.content());
                assert!(after.certificates().eq(before.certificates()));
                assert!(after.revocation().map(|one| one.der).eq(before.revocation().map(|one| one.der)));
                let digest = |hash| Ok::<_, ()>(Digest::of(hash, b"whatever"));
                let reports = [&before, &after].map(|view| verify_detached(view, digest).unwrap());
                let [was, is] = reports.each_ref().map(|all| all.iter().map(|one| &one.integrity).collect::<Vec<_>>());
                assert_eq!(was, is, "{}", file.display());
                for (at, (old, new)) in before.signers().zip(after.signers()).enumerate() {
                    assert_eq!(old.signed_attributes(), new.signed_attributes());
                    assert_eq!(old.signature_value(), new.signature_value());
                    let count = |report: &SignerReport| report.unsigned_attributes.len();
                    let grown = usize::from(at == signer);
                    assert_eq!(count(&reports[0][at]) + grown, count(&reports[1][at]), "{}", file.display());
                }
                extended += 1;
                ber += usize::from(before.encoding() == Encoding::Ber);
            }
        }
    }
    println!("{extended} signatures were extended, {ber} of them in BER");
    assert!(extended > 20, "the corpus holds signatures");
}

fn files_under(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files_under(&path, files) } else { files.push(path) }
    }
}

/// pyHanko and this crate agree on what is intact, wherever this crate decides at all.
#[test]
fn the_verdict_on_every_signature_in_the_corpus_is_pyhankos() {
    const SCRIPT: &str = r"
import logging, sys
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
logging.disable(logging.CRITICAL)
for name in sys.stdin.read().splitlines():
    try:
        with open(name, 'rb') as stream:
            for signature in PdfFileReader(stream, strict=False).embedded_signatures:
                if signature.sig_object_type == '/DocTimeStamp':
                    continue
                try:
                    context = ValidationContext(trust_roots=[], allow_fetching=False)
                    status = validate_pdf_signature(signature, context, skip_diff=True)
                    verdict = status.intact and status.valid
                except Exception:
                    continue
                print(name, signature.field_name, 'sound' if verdict else 'broken', sep='\t')
    except Exception:
        pass
";
    let Some(dir) = corpus("pdf-pyhanko") else { return };
    let Some(python) = python("pyHanko on the signatures of the corpus") else { return };
    let mut files = Vec::new();
    files_under(&dir, &mut files);
    files.retain(|file| file.extension().is_some_and(|extension| extension == "pdf"));
    let mut child =
        Command::new(python).args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let names: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
    child.stdin.take().unwrap().write_all(names.join("\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let (mut agreed, mut open, mut unread) = (0, Vec::new(), Vec::new());
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let [name, field, verdict] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let file = match PdfFile::from_bytes(fs::read(name).unwrap()) {
            Ok(file) => file,
            Err(error) => {
                unread.push(format!("{name}: {error}"));
                continue;
            }
        };
        let found = signatures(&file).unwrap();
        let signature = found.iter().find(|signature| signature.field == field).expect("the field is found");
        let report = parse(&signature.cms)
            .map(|view| verify_detached(&view, |hash| signature.digest(hash).ok_or(())).map(|mut all| all.remove(0)));
        match report {
            Ok(Ok(report)) => match report.integrity {
                Integrity::Ok => {
                    assert_eq!(verdict, "sound", "{name} {field}");
                    agreed += 1;
                }
                Integrity::Broken { reason } => {
                    assert_eq!(verdict, "broken", "{name} {field}: {reason:?}");
                    agreed += 1;
                }
                Integrity::Undecidable { reason } => open.push(format!("{name} {field}: {reason:?}")),
            },
            Ok(Err(())) | Err(_) => unread.push(format!("{name} {field}: {report:?}")),
        }
    }
    println!("{agreed} verdicts agree; undecidable: {open:#?}; not read: {unread:#?}");
    assert!(agreed > 20, "the corpus holds signatures");
}

/// Hexadecimal `/Contents` strings that start like a CMS, found without knowing PDF.
fn signatures_in(pdf: &[u8]) -> Vec<Vec<u8>> {
    let text: String = pdf.iter().map(|byte| char::from(*byte)).collect();
    text.split("/Contents")
        .skip(1)
        .filter_map(|rest| rest.trim_start().strip_prefix('<')?.split('>').next())
        .filter(|hex| hex.starts_with("308") && hex.len() % 2 == 0)
        .filter_map(|hex| {
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect()
        })
        .collect()
}

fn openssl_reads(blob: &[u8]) -> bool {
    let mut child = Command::new("openssl")
        .args(["cms", "-cmsout", "-inform", "DER", "-noout", "-print"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // A refused blob closes the pipe early; the exit status says the rest.
    let _ = child.stdin.take().unwrap().write_all(blob);
    child.wait().unwrap().success()
}
