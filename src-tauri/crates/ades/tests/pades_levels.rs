//! PAdES from B-B to B-LTA and beyond, with real authorities, before EU DSS, pyHanko, veraPDF and qpdf.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod pades_support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU8, Ordering};

use cartorio_ades::create::attributes::SignedExtras;
use cartorio_ades::create::cms::{CmsRequest, Prepared, Profile, prepare as prepare_cms};
use cartorio_ades::create::pades::{
    Appearance, Certify, Dialect, FieldChoice, FieldLock, Increment, PadesOptions, Stored, ValidationData, Vri,
    add_evidence, prepare, prepare_timestamp, stored,
};
use cartorio_ades::create::timestamp::Query;
use cartorio_ades::create::upgrade::{add_unsigned, signature_timestamp, signature_value};
use cartorio_core::{Digest, HashAlgorithm, SecretString};
use cartorio_keys::SignatureAlgorithm;
use cartorio_pdf::{Drawing, DrawingObject, PdfFile};
use cartorio_testkit::judges::{self, DssJob, DssSignature, PyHankoJob};
use cartorio_testkit::lab::{Lab, Person};
use pades_support::{bytes, corpus, document, options};
use time::OffsetDateTime;

const SHA256: HashAlgorithm = HashAlgorithm::Sha256;
const OWNER: &str = "ownersecret";

fn open(bytes: Vec<u8>) -> PdfFile {
    // Of the encrypted file; the others do not look at it.
    PdfFile::from_bytes_with(bytes, Some(&SecretString::new(OWNER.to_owned()))).unwrap()
}

fn sample(name: &str) -> PdfFile {
    PdfFile::open_path(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../office/assets/samples").join(name)).unwrap()
}

/// Room for a CMS with a time stamp, or for a token.
const ROOM: usize = 12_000;

/// B-T: signed, with a time stamp over the signature in the CMS.
fn sign(lab: &Lab, person: Person, algorithm: SignatureAlgorithm, file: &PdfFile, options: PadesOptions) -> PdfFile {
    let (prepared, cms) = sign_basic(lab, person, algorithm, file, options);
    let token = stamp(lab, Digest::of(SHA256, &signature_value(&cms, 0).unwrap()));
    let stamped = add_unsigned(&cms, 0, &signature_timestamp(&cms, 0, &token).unwrap()).unwrap();
    open(bytes(&prepared.finish(&stamped).unwrap()))
}

fn sign_basic(
    lab: &Lab,
    person: Person,
    algorithm: SignatureAlgorithm,
    file: &PdfFile,
    options: PadesOptions,
) -> (cartorio_ades::create::pades::PreparedPdf, Vec<u8>) {
    let identity = lab.person(person);
    let prepared = prepare(
        file,
        &PadesOptions { contents_capacity: ROOM, signing_time: Some(OffsetDateTime::now_utc()), ..options },
    )
    .unwrap();
    let cms: Prepared = prepare_cms(CmsRequest {
        signer_certificate: &identity.certificate,
        chain: identity.chain.iter().map(Vec::as_slice).collect(),
        algorithm,
        content_digest: prepared.digest(algorithm.hash()),
        profile: Profile::Pades,
        extras: SignedExtras::default(),
    })
    .unwrap();
    let value = lab.key(person).sign_digest(algorithm, &cms.tbs_digest()).unwrap();
    (prepared, cms.finish(&value).unwrap())
}

fn stamp(lab: &Lab, imprint: Digest) -> Vec<u8> {
    static COUNT: AtomicU8 = AtomicU8::new(1);
    let query = Query::new(imprint, [COUNT.fetch_add(1, Ordering::Relaxed); 16], None);
    query.accept(&lab.stamp(&lab.urls().tsa, &query.der())).unwrap().der
}

/// B-LT: evidence for all there is, the newest stamp included.
fn with_evidence(lab: &Lab, person: Person, file: &PdfFile) -> Increment {
    let labels = [person.label(), "issuing", "root", "tsa", "act", "ocsp"];
    let data = ValidationData {
        certificates: labels.iter().map(|label| lab.certificate(label)).collect(),
        crls: ["root", "issuing", "act"].iter().map(|issuer| lab.crl(issuer)).collect(),
        ocsps: vec![ocsp(lab, person.label())],
        artifacts: None,
    };
    let entry = |stored: Stored| Vri {
        contents: stored.contents,
        certificates: if stored.timestamp { vec![2, 3, 4] } else { (0..6).collect() },
        crls: if stored.timestamp { vec![0, 2] } else { vec![0, 1, 2] },
        ocsps: if stored.timestamp { Vec::new() } else { vec![0] },
        at: None,
    };
    let entries: Vec<Vri> = stored(file).unwrap().into_iter().map(entry).collect();
    add_evidence(file, &data, &entries).unwrap()
}

fn ocsp(lab: &Lab, label: &str) -> Vec<u8> {
    let request = lab.path(&format!("{label}-{:?}.pades.ocspreq", std::thread::current().id()));
    let made = Command::new("openssl")
        .args(["ocsp", "-issuer", "issuing.pem", "-cert", &format!("{label}.pem"), "-no_nonce", "-reqout"])
        .arg(&request)
        .current_dir(lab.folder())
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    lab.ocsp(&lab.urls().ocsp, &fs::read(request).unwrap())
}

/// B-LTA: a time stamp over it all.
fn archived(lab: &Lab, file: &PdfFile) -> PdfFile {
    let prepared = prepare_timestamp(file, ROOM, Dialect::Etsi).unwrap();
    let token = stamp(lab, prepared.digest(SHA256));
    open(bytes(&prepared.finish(&token).unwrap()))
}

/// What every judge says of `file` at `level`. pyHanko knows levels from B-T on only with a time stamp in the CMS, and no
/// hybrid files.
fn judged(lab: &Lab, name: &str, file: &PdfFile, level: &str) -> Vec<DssSignature> {
    let known = !name.starts_with("document") && !name.contains("hybrid");
    let path: PathBuf = lab.path(&format!("{name}-{level}.pdf"));
    fs::write(&path, file.bytes()).unwrap();
    let password = file.encryption().map(|_| OWNER.to_owned());
    let complaint = judges::qpdf_check(&path, password.as_deref());
    assert!(complaint.is_none_or(|said| said.is_ok()), "{name}");
    let alone = level.contains("LT");
    let lists = |issuer: &str| {
        let path = lab.path(&format!("{name}-{issuer}.crl"));
        fs::write(&path, lab.crl(issuer)).unwrap();
        path
    };
    // From B-LT on nothing is given that is not in the file.
    let crls: Vec<PathBuf> = if alone { Vec::new() } else { ["root", "issuing", "act"].map(lists).to_vec() };
    let job = PyHankoJob {
        file: path.clone(),
        password: password.clone(),
        root: vec![lab.path("root.pem")],
        crl: crls.clone(),
        ades: Some(level.to_owned()),
        ltv: alone,
        ..PyHankoJob::default()
    };
    if let Some(report) = known.then(|| judges::pyhanko(&job)).flatten() {
        let Some(signatures) = report["signatures"].as_array() else { panic!("{name} {level}: {report}") };
        for signature in signatures {
            assert_eq!(signature["ades"]["status"], "PASSED", "{name} {level}: {signature}");
            assert_eq!(signature["docmdp_ok"], true, "{name} {level}: {signature}");
            assert!(!alone || signature["ltv"]["valid"] == true, "{name} {level}: {signature}");
        }
    }
    let anchors = vec![lab.path("root.der")];
    judges::dss(&DssJob { file: path, password, anchors, crls, ..DssJob::default() }).unwrap_or_default()
}

/// EU DSS passes every signature of `found` at `level`.
fn passed(name: &str, found: &[DssSignature], level: &str, count: usize) {
    for signature in found {
        assert_eq!(signature.indication, "TOTAL_PASSED", "{name}: {signature:?}");
        assert_eq!(signature.level, format!("PAdES-BASELINE-{level}"), "{name}: {signature:?}");
        assert!(!signature.changes.iter().any(|change| change.starts_with("undefined")), "{name}: {signature:?}");
        assert!(
            signature.timestamps.iter().all(|stamp| stamp.indication.as_deref() == Some("PASSED")),
            "{signature:?}"
        );
    }
    assert!(found.is_empty() || found.len() == count, "{name}: {} signatures", found.len());
}

fn visible() -> Option<Appearance> {
    let dict = b"<</Type/XObject/Subtype/Form/BBox[0 0 100 50]/Resources<<>>>>".to_vec();
    // Without colour, which not every document declares.
    let form = DrawingObject { dict, stream: Some(b"0 0 100 50 re n".to_vec()), references: Vec::new() };
    Some(Appearance { page: 0, rect: [50.0, 50.0, 150.0, 100.0], drawing: Drawing { objects: vec![form] } })
}

#[test]
fn every_level_passes_for_every_algorithm_and_kind_of_file() {
    let Some(lab) = Lab::shared() else { return };
    let tables = || sample("procuracao-publica.pdf");
    let streams = || sample("escritura-uniao-estavel.pdf");
    let hash = |hash| SignatureAlgorithm::ecdsa(hash);
    let mut cases = vec![
        ("rsa", Person::Rsa2048, SignatureAlgorithm::rsa_pkcs1(SHA256), tables(), options()),
        ("pss", Person::Rsa2048, SignatureAlgorithm::rsa_pss(SHA256), streams(), options()),
        ("p256", Person::P256, hash(SHA256), streams(), PadesOptions { appearance: visible(), ..options() }),
        (
            "p521",
            Person::P521,
            hash(HashAlgorithm::Sha512),
            tables(),
            PadesOptions { certify: Some(Certify { level: 1 }), ..options() },
        ),
        (
            "locks",
            Person::P256,
            hash(SHA256),
            tables(),
            PadesOptions { certify: Some(Certify { level: 2 }), lock: Some(FieldLock::All), ..options() },
        ),
    ];
    for name in ["minimal-aes256.pdf", "minimal-hybrid-xref.pdf", "minimal-pdf-ua-and-a.pdf"] {
        let Some(files) = corpus("pdf-pyhanko") else { break };
        let (_, path) = files.iter().find(|(file, _)| file == name).unwrap();
        cases.push((name, Person::P256, hash(SHA256), open(fs::read(path).unwrap()), options()));
    }
    for (name, person, algorithm, file, options) in cases {
        let (prepared, cms) = sign_basic(lab, person, algorithm, &file, options.clone());
        let basic = open(bytes(&prepared.finish(&cms).unwrap()));
        passed(name, &judged(lab, name, &basic, "B-B"), "B", 1);
        let stamped = sign(lab, person, algorithm, &file, options);
        passed(name, &judged(lab, name, &stamped, "B-T"), "T", 1);
        let lasting = open(bytes(&with_evidence(lab, person, &stamped)));
        passed(name, &judged(lab, name, &lasting, "B-LT"), "LT", 1);
        let archive = archived(lab, &lasting);
        passed(name, &judged(lab, name, &archive, "B-LTA"), "LTA", 1);
        // Renewed: evidence for the stamp that is there, and a new one over that.
        let renewed = archived(lab, &open(bytes(&with_evidence(lab, person, &archive))));
        let found = judged(lab, &format!("{name}-renewed"), &renewed, "B-LTA");
        passed(name, &found, "LTA", 1);
        assert!(found.iter().all(|signature| signature.timestamps.len() == 3), "{name}: {found:?}");
    }
}

#[test]
fn ten_people_sign_to_the_archive_and_every_one_stays_whole() {
    let Some(lab) = Lab::shared() else { return };
    let people = [Person::P256, Person::Rsa2048, Person::P521];
    let algorithm = |person| match person {
        Person::Rsa2048 => SignatureAlgorithm::rsa_pkcs1(SHA256),
        Person::P521 => SignatureAlgorithm::ecdsa(HashAlgorithm::Sha512),
        _ => SignatureAlgorithm::ecdsa(SHA256),
    };
    let mut file = sample("procuracao-publica.pdf");
    for round in 0..10 {
        let person = people[round % people.len()];
        let appearance = if round % 5 == 1 { visible() } else { None };
        let before = file.bytes().to_vec();
        file = sign(lab, person, algorithm(person), &file, PadesOptions { appearance, ..options() });
        assert!(file.bytes().starts_with(&before));
    }
    for person in people {
        file = open(bytes(&with_evidence(lab, person, &file)));
    }
    passed("ten", &judged(lab, "ten", &archived(lab, &file), "B-LTA"), "LTA", 10);
}

/// Without a time stamp in the CMS, one over the document serves (EN 319 142-1, table 1, note).
#[test]
fn a_basic_signature_is_raised_by_document_time_stamps_alone() {
    let Some(lab) = Lab::shared() else { return };
    let algorithm = SignatureAlgorithm::ecdsa(SHA256);
    let fields = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]/SigFlags 1>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[4 0 R]>>",
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(Tabelia)/Rect[50 50 150 100]/P 3 0 R/F 4/Lock 5 0 R>>",
        "<</Type/SigFieldLock/Action/All>>",
    ];
    let file = open(document(&fields.map(str::to_owned)));
    let own = PadesOptions { field: FieldChoice::Existing("Tabelia".into()), appearance: visible(), ..options() };
    let (prepared, cms) = sign_basic(lab, Person::P256, algorithm, &file, own);
    let basic = open(bytes(&prepared.finish(&cms).unwrap()));
    let stamped = archived(lab, &basic);
    passed("document", &judged(lab, "document", &stamped, "B-T"), "T", 1);
    let lasting = open(bytes(&with_evidence(lab, Person::P256, &stamped)));
    passed("document", &judged(lab, "document", &lasting, "B-LT"), "LT", 1);
    passed("document", &judged(lab, "document", &archived(lab, &lasting), "B-LTA"), "LTA", 1);
}

/// A document that conforms to this part of PDF/A, level B, and to nothing else.
fn pdf_a(part: u8) -> PdfFile {
    let xmp = "<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF \
               xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns%'><rdf:Description rdf:about='' \
               xmlns:pdfaid='http://www.aiim.org/pdfa/ns/id/'><pdfaid:part>#</pdfaid:part><pdfaid:conformance>B\
               </pdfaid:conformance></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
        .replace('#', &part.to_string())
        .replace('%', "#");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/Metadata 4 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>".to_owned(),
        format!("<</Type/Metadata/Subtype/XML/Length {}>>\nstream\n{xmp}\nendstream", xmp.len()),
    ];
    let mut bytes = document(&objects);

    bytes[..8].copy_from_slice(b"%PDF-1.4");
    let at = bytes.windows(11).rposition(|window| window == b"/Root 1 0 R").unwrap();
    bytes.splice(at..at, *b"/ID[<00><00>]");
    open(bytes)
}

/// The document keeps the conformance to PDF/A that it had before anybody signed.
#[test]
fn pdf_a_stays_pdf_a() {
    let Some(lab) = Lab::shared() else { return };
    let mut files = vec![("sample", "2b", sample("procuracao-publica.pdf"))];
    files.extend([("part-1", "1b", pdf_a(1)), ("part-2", "2b", pdf_a(2)), ("part-3", "3b", pdf_a(3))]);
    if let Some(found) = corpus("pdf-pyhanko") {
        let (_, path) = found.iter().find(|(name, _)| name == "minimal-pdf-ua-and-a.pdf").unwrap();
        files.push(("ua-and-a", "3b", PdfFile::open_path(path).unwrap()));
    }
    let mut conforming = 0;
    for (name, flavour, file) in files {
        let algorithm = SignatureAlgorithm::ecdsa(SHA256);
        let first = sign(lab, Person::P256, algorithm, &file, PadesOptions { appearance: visible(), ..options() });
        let second = sign(lab, Person::P256, algorithm, &first, options());
        let end = archived(lab, &open(bytes(&with_evidence(lab, Person::P256, &second))));
        let states = [("before", &file), ("signed", &end), ("stamped", &archived(lab, &file))];
        for (state, file) in states {
            fs::write(lab.path(&format!("{name}-{state}.pdf")), file.bytes()).unwrap();
        }
        let judge = |state: &str| judges::verapdf(&lab.path(&format!("{name}-{state}.pdf")), Some(flavour));
        let Some(before) = judge("before") else { return };
        conforming += usize::from(before.compliant);
        for state in ["signed", "stamped"] {
            let after = judge(state).unwrap();
            let new: Vec<_> = after.failed.iter().filter(|rule| !before.failed.contains(rule)).collect();
            assert!(new.is_empty(), "{name} {flavour} {state}: {new:?}");
            assert_eq!(after.compliant, before.compliant, "{name} {flavour} {state}");
        }
    }
    assert!(conforming >= 3, "{conforming}");
}
