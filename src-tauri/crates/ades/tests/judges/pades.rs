//! A PDF from its opening to its signature, before every judge there is.

use std::fs;
use std::path::Path;
use std::process::Command;

use cartorio_ades::create::attributes::SignedExtras;
use cartorio_ades::create::cms::{
    CmsRequest, Prepared, Profile, check_key_matches_certificate, prepare as prepare_cms,
};
use cartorio_ades::create::pades::{PadesOptions, prepare};
use cartorio_ades::validate::cms::{parse, verify_detached};
use cartorio_ades::validate::pdf::{Coverage, PdfSignature, signatures};
use cartorio_ades::validate::{BreakReason, ClaimedTime, Integrity, SignerReport};
use cartorio_core::{Digest, HashAlgorithm};
use cartorio_keys::{KeySpec, SignatureAlgorithm};
use cartorio_pdf::PdfFile;
use time::OffsetDateTime;

use crate::pki::{Pki, pki, python};

/// The two sample documents: one with an xref table, one with streams.
const SAMPLES: [&str; 2] = ["procuracao-publica.pdf", "escritura-uniao-estavel.pdf"];

#[test]
fn a_signed_pdf_is_valid_for_every_judge() {
    let pki = pki();
    let at = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
    let algorithms = [
        (KeySpec::Rsa2048, SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256)),
        (KeySpec::Rsa2048, SignatureAlgorithm::rsa_pss(HashAlgorithm::Sha256)),
        (KeySpec::EcP256, SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256)),
        (KeySpec::EcP384, SignatureAlgorithm::ecdsa(HashAlgorithm::Sha384)),
    ];
    let mut names = Vec::new();
    for sample in SAMPLES {
        let original = fs::read(samples().join(sample)).unwrap();
        for (spec, algorithm) in algorithms {
            let signed = sign(pki, &original, spec, algorithm, at);
            assert!(signed.starts_with(&original), "{sample}: the original is a prefix");
            let name = format!("{algorithm}-{sample}");
            fs::write(pki.path(&name), &signed).unwrap();

            let (facts, report) = validate(&signed).remove(0);
            assert_eq!(facts.coverage, Coverage::EntireFile, "{name}");
            assert_eq!(facts.sub_filter.as_deref(), Some("ETSI.CAdES.detached"), "{name}");
            assert_eq!(facts.claimed_time, Some(at), "{name}");
            assert!(!facts.padding_used, "{name}");
            assert_eq!(report.integrity, Integrity::Ok, "{name}");
            assert_eq!(report.claimed_time, ClaimedTime::Absent, "{name}: the time is in /M alone");
            assert!(report.forbidden_in_pades.is_empty(), "{name}");
            assert_eq!(report.certificate.unwrap().der, pki.signer(spec).certificate, "{name}");

            pdfsig_accepts(&pki.path(&name));
            mupdf_accepts(&pki.path(&name), algorithm);
            names.push(name);
        }
    }
    pyhanko_accepts(pki, &names);
}

#[test]
fn a_second_signature_leaves_the_first_one_whole_and_a_changed_byte_breaks_both() {
    let pki = pki();
    let at = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
    let original = fs::read(samples().join(SAMPLES[0])).unwrap();
    let first = sign(pki, &original, KeySpec::Rsa2048, SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256), at);
    let second = sign(pki, &first, KeySpec::EcP256, SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256), at);
    let found = validate(&second);
    assert_eq!(found.len(), 2);
    assert!(matches!(found[0].0.coverage, Coverage::EntireRevision { .. }));
    assert_eq!(found[1].0.coverage, Coverage::EntireFile);
    assert!(found.iter().all(|(_, report)| report.integrity == Integrity::Ok));

    // Inside a comment after the header, so that the file stays readable.
    let mut changed = second.clone();
    let at = 10;
    changed[at] ^= 1;
    for (_, report) in validate(&changed) {
        assert_eq!(report.integrity, Integrity::Broken { reason: BreakReason::ContentChanged });
    }
}

/// As the office does it: open, size the room by a dry run, prepare, digest, CMS, sign, finish.
fn sign(pki: &Pki, original: &[u8], spec: KeySpec, algorithm: SignatureAlgorithm, at: OffsetDateTime) -> Vec<u8> {
    let signer = pki.signer(spec);
    check_key_matches_certificate(signer.key.public_key(), &signer.certificate).unwrap();
    let cms = |content_digest: Digest| -> Prepared {
        prepare_cms(CmsRequest {
            signer_certificate: &signer.certificate,
            chain: pki.chain(),
            algorithm,
            content_digest,
            profile: Profile::Pades,
            extras: SignedExtras::default(),
        })
        .unwrap()
    };
    let file = PdfFile::from_bytes(original.to_vec()).unwrap();
    let prepared = prepare(
        &file,
        &PadesOptions {
            signing_time: Some(at),
            reason: Some("Reconhecimento de firma".into()),
            contents_capacity: cms(Digest::of(algorithm.hash(), b"")).estimate_size(),
            ..PadesOptions::default()
        },
    )
    .unwrap();
    let cms = cms(prepared.digest(algorithm.hash()));
    let value = signer.key.sign_digest(algorithm, &cms.tbs_digest()).unwrap();
    let signed = prepared.finish(&cms.finish(&value).unwrap()).unwrap();
    let mut out = Vec::new();
    signed.write_to(&mut out).unwrap();
    out
}

fn validate(pdf: &[u8]) -> Vec<(PdfSignature, SignerReport)> {
    let file = PdfFile::from_bytes(pdf.to_vec()).unwrap();
    signatures(&file)
        .unwrap()
        .into_iter()
        .map(|signature| {
            let view = parse(&signature.cms).unwrap();
            let report = verify_detached(&view, |hash| signature.digest(hash).ok_or(())).unwrap().remove(0);
            (signature, report)
        })
        .collect()
}

fn samples() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../office/assets/samples"))
}

fn pdfsig_accepts(path: &Path) {
    let Ok(output) = Command::new("pdfsig").arg("-nocert").arg(path).output() else {
        println!("skipped: pdfsig is not installed");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("Signature is Valid."), "{}: {text}", path.display());
    assert!(text.contains("Total document signed"), "{}: {text}", path.display());
}

/// MuPDF checks the digest of all but RSASSA-PSS, which it does not know; there it has to open the file cleanly.
fn mupdf_accepts(path: &Path, algorithm: SignatureAlgorithm) {
    let run = |arguments: &[&str]| Command::new("mutool").args(arguments).arg(path).output();
    let Ok(output) = run(&["sign", "-v"]) else {
        println!("skipped: mutool is not installed");
        return;
    };
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    if algorithm.scheme() != cartorio_keys::SignatureScheme::RsaPss {
        assert!(!text.contains("Digest error"), "{}: {text}", path.display());
        assert!(text.contains("The document is unchanged since signing"), "{}: {text}", path.display());
    }
    let opened = run(&["draw", "-o", "/dev/null", "-F", "text"]).unwrap();
    let complaints = String::from_utf8_lossy(&opened.stderr).into_owned();
    assert!(!complaints.contains("error") && !complaints.contains("repair"), "{}: {complaints}", path.display());
}

fn pyhanko_accepts(pki: &Pki, names: &[String]) {
    const SCRIPT: &str = r"
import logging, sys
from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
logging.disable(logging.CRITICAL)
root = x509.Certificate.load(pem.unarmor(open('root.pem', 'rb').read())[2])
for name in sys.argv[1:]:
    with open(name, 'rb') as stream:
        signature, = PdfFileReader(stream).embedded_signatures
        status = validate_pdf_signature(signature, ValidationContext(trust_roots=[root], allow_fetching=False))
        assert status.bottom_line and status.trusted, name + ': ' + status.summary()
        assert status.coverage.name == 'ENTIRE_FILE', name + ': ' + status.coverage.name
        print('ok', name)
";
    let Some(python) = python("pyHanko on signed PDFs") else { return };
    let output = Command::new(python).arg("-c").arg(SCRIPT).args(names).current_dir(pki.dir.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), names.len());
}
