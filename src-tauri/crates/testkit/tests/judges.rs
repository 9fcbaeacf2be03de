//! The judges themselves: they accept what pyHanko signed with the laboratory's services, and refuse what is wrong with it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cartorio_testkit::judges::openssl::{self, PartKind};
use cartorio_testkit::judges::{self, DssJob, DssSignature, PyHankoJob};
use cartorio_testkit::lab::Lab;

/// Signed by pyHanko at all levels: `pyhanko-b.pdf` to `pyhanko-lta.pdf` in the folder.
fn reference(lab: &Lab) -> Option<tempfile::TempDir> {
    let python = judges::python("pyHanko as a signer")?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(python)
        .arg(root.join("tests/interop/reference_signer.py"))
        .arg(lab.folder())
        .args(["p256", &lab.urls().tsa])
        .arg(root.join("src-tauri/crates/office/assets/samples/procuracao-publica.pdf"))
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(folder)
}

fn crls(lab: &Lab) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for issuer in ["root", "issuing", "act"] {
        paths.push(lab.path(&format!("{issuer}.crl")));
        fs::write(&paths[paths.len() - 1], lab.crl(issuer)).unwrap();
    }
    paths
}

#[test]
fn a_good_signature_passes_and_each_fault_is_told_from_the_others() {
    let Some(lab) = Lab::shared() else { return };
    let Some(folder) = reference(lab) else { return };
    let file = |level: &str| folder.path().join(format!("pyhanko-{level}.pdf"));
    let (root, crls) = (lab.path("root.pem"), crls(lab));
    let dss = |file: &Path, crls: &[PathBuf], anchor: &Path, at: Option<&str>| -> Option<DssSignature> {
        let job = DssJob {
            file: file.to_owned(),
            anchors: vec![anchor.to_owned()],
            crls: crls.to_vec(),
            at: at.map(str::to_owned),
            ..DssJob::default()
        };
        Some(judges::dss(&job)?.remove(0))
    };

    for (level, expected) in [("b", "B"), ("t", "T"), ("lt", "LT"), ("lta", "LTA")] {
        let Some(verdict) = dss(&file(level), &crls, &root, None) else { return };
        assert_eq!((&*verdict.indication, verdict.level), ("TOTAL_PASSED", format!("PAdES-BASELINE-{expected}")));
        assert_eq!(verdict.field.as_deref(), Some("Assinatura1"));
        assert!(verdict.signer.unwrap().contains("CN=Bruno P-256"));
        // Without given evidence, only that in the file counts: nothing is fetched.
        let alone = dss(&file(level), &[], &root, None).unwrap();
        assert_eq!(alone.indication == "TOTAL_PASSED", level.starts_with('l'), "{level}: {:?}", alone.errors);
        // When the signer's certificate has expired, only a document time stamp proves what was before.
        let later = dss(&file(level), &[], &root, Some("2029-06-01T00:00:00Z")).unwrap();
        assert_eq!(later.indication == "TOTAL_PASSED", level == "lta", "{level}: {:?}", later.errors);

        let ades = format!("B-{expected}");
        let job = PyHankoJob {
            file: file(level),
            root: vec![root.clone()],
            crl: if level.starts_with('l') { Vec::new() } else { crls.clone() },
            ades: Some(ades.clone()),
            ltv: true,
            ..PyHankoJob::default()
        };
        let report = judges::pyhanko(&job).unwrap();
        let signature = &report["signatures"][0];
        assert_eq!(signature["ades"]["status"], "PASSED", "{ades}: {}", signature["ades"]);
        assert_eq!(signature["ltv"]["valid"], level.starts_with('l'), "{ades}: {}", signature["ltv"]);
        assert_eq!(report["document_timestamps"].as_array().unwrap().len(), usize::from(level == "lta"));
    }
    let timed = judges::pyhanko(&PyHankoJob {
        file: file("b"),
        root: vec![root.clone()],
        crl: crls.clone(),
        ades: Some("B-T".to_owned()),
        ..PyHankoJob::default()
    });
    assert_eq!(timed.unwrap()["signatures"][0]["ades"]["status"], "INDETERMINATE", "there is no time stamp");

    let stranger = dss(&file("lta"), &[], &lab.path("icp-root.pem"), None).unwrap();
    assert_eq!(stranger.sub_indication.as_deref(), Some("NO_CERTIFICATE_CHAIN_FOUND"));
    let mut bytes = fs::read(file("b")).unwrap();
    // Inside the comment after the header, so that the file stays readable.
    bytes[10] ^= 1;
    fs::write(file("changed"), bytes).unwrap();
    let changed = dss(&file("changed"), &crls, &root, None).unwrap();
    assert_eq!((&*changed.indication, changed.sub_indication.as_deref()), ("TOTAL_FAILED", Some("HASH_FAILURE")));

    assert_eq!(judges::qpdf_check(&file("lta"), None), Some(Ok(())));
    assert!(judges::mutool_signatures(&file("b"), None).unwrap().contains("unchanged since signing"));
    assert!(judges::pdfsig(&file("b"), None).unwrap().contains("Signature is Valid"));
}

/// OpenSSL sees what another reader cut out: each part has to be what was signed, and nothing else passes.
#[test]
fn openssl_judges_what_is_cut_out_of_a_pdf() {
    let Some(lab) = Lab::shared() else { return };
    let Some(folder) = reference(lab) else { return };
    let (root, authority) = (lab.path("root.pem"), lab.path("act.pem"));
    let cut = |file: &Path| openssl::cut(file, &folder.path().join("parts"), None, false).unwrap();
    for (level, stamps, documents) in [("b", 0, 0), ("t", 1, 0), ("lt", 1, 0), ("lta", 1, 1)] {
        let parts = cut(&folder.path().join(format!("pyhanko-{level}.pdf"))).unwrap();
        let kinds: Vec<_> = parts.iter().map(|part| part.kind).collect();
        assert_eq!(
            kinds,
            [vec![PartKind::Signature], vec![PartKind::DocumentTimestamp; documents]].concat(),
            "{level}"
        );
        assert_eq!(parts[0].field.as_deref(), Some("Assinatura1"));
        assert_eq!(openssl::verify_cms(&parts[0].cms, parts[0].content.as_deref(), &root), Ok(()), "{level}");
        assert_eq!(parts[0].timestamps.len(), stamps, "{level}");
        let documents = parts[1..].iter().map(|part| (&part.cms, part.content.as_ref().unwrap()));
        for (token, content) in parts[0].timestamps.iter().map(|own| (&own.cms, &own.content)).chain(documents) {
            assert_eq!(openssl::verify_token(token, content, &root, &authority), Ok(()), "{level}");
            // A root that the authority does not lead to, and other bytes.
            assert!(openssl::verify_token(token, content, &lab.path("icp-root.pem"), &authority).is_err());
            assert!(openssl::verify_token(token, token, &root, &authority).is_err());
        }
        let told = openssl::verify_cms(&parts[0].cms, parts[0].content.as_deref(), &lab.path("icp-root.pem"));
        assert!(told.unwrap_err().contains("verify error"), "{level}");
    }

    let mut bytes = fs::read(folder.path().join("pyhanko-b.pdf")).unwrap();
    let hole = bytes.windows(11).position(|window| window == b"/ByteRange ").unwrap() + 12;
    bytes[10] ^= 1;
    let changed = folder.path().join("changed.pdf");
    fs::write(&changed, &bytes).unwrap();
    let parts = cut(&changed).unwrap();
    assert!(openssl::verify_cms(&parts[0].cms, parts[0].content.as_deref(), &root).is_err());
    // One that leaves more out than its own value.
    bytes[10] ^= 1;
    let range: Vec<String> =
        String::from_utf8_lossy(&bytes[hole..hole + 60]).split([' ', ']']).map(str::to_owned).collect();
    let shorter = (range[1].parse::<usize>().unwrap() - 1).to_string();
    assert_eq!(shorter.len(), range[1].len());
    let at = hole + range[0].len() + 1;
    bytes[at..at + shorter.len()].copy_from_slice(shorter.as_bytes());
    fs::write(&changed, &bytes).unwrap();
    assert!(cut(&changed).unwrap_err().contains("is not its /Contents"));
}
