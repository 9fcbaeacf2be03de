//! Signatures that a file has already: what is broken gets nothing more. Neither an authority nor the key is asked for it, because
//! neither can be taken back; and where they were asked in vain, the trail has it. What can have no level gets none.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;

use cartorio_ades::create::upgrade;
use cartorio_office::dto::{
    DocumentInfo, FormatChoice, IdentitySummary, Integrity, JobStatus, SignLevel, SignProfile, SignerRole, VerifyResult,
};
use cartorio_testkit::judges::{self, PyHankoJob};
use cartorio_testkit::lab::Person;

use super::beforehand::counting;
use super::retrying::Moody;
use super::{Desk, Signed, code, of_format, profile, sample};
use crate::host::names;

const ABOVE: [SignLevel; 3] = [SignLevel::BT, SignLevel::BLt, SignLevel::BLta];

/// `whole` with one bit of `part`, which is in it once, turned.
fn turned(whole: &[u8], part: &[u8]) -> Vec<u8> {
    let mut places = whole.windows(part.len()).enumerate().filter(|(_, own)| *own == part).map(|(place, _)| place);
    let (place, None) = (places.next().unwrap(), places.next()) else { panic!("it is there twice") };
    let mut whole = whole.to_vec();
    whole[place + part.len() - 1] ^= 1;
    whole
}

fn turned_value(cms: &[u8], signer: usize) -> Vec<u8> {
    turned(cms, &upgrade::signature_value(cms, signer).unwrap())
}

fn role(role: SignerRole) -> SignProfile {
    SignProfile { role, ..profile(SignLevel::BT) }
}

fn name_of(identity: &IdentitySummary) -> &str {
    identity.holder.as_str()
}

/// None of the levels takes it; nothing is written.
async fn extends_to_nothing(desk: &Desk, document: &DocumentInfo, expected: &str, signer: Option<&str>) {
    let before = names(Path::new(&document.folder));
    for level in ABOVE {
        let job = desk.extend(document, level).await;
        assert_eq!((job.status, code(&job)), (JobStatus::Failed, expected), "{job:#?}");
        let params = &job.items[0].error.as_ref().unwrap().params;
        assert_eq!(params["name"], document.name);
        assert!(signer.is_none_or(|signer| params["signer"].contains(signer)), "{params:?}");
        let record = desk.record("document_extended").await;
        assert_eq!((record.phase.as_str(), record.error_code.as_deref()), ("failed", Some(expected)));
        assert_eq!(record.detail.get("time_stamps_thrown_away"), None, "{record:?}");
    }
    assert_eq!(names(Path::new(&document.folder)), before, "nothing is written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_broken_already_is_refused_before_anybody_is_asked() {
    let Some(desk) = Desk::open().await else { return };
    let (authority, asked) = counting(desk.lab);
    desk.authority("ACT", &authority.endpoint()).await;
    let (first, second) = (desk.signer(Person::Rsa2048).await, desk.signer(Person::P256).await);
    let mut broken = Vec::new();

    let pdf = desk.document("x.pdf", &sample("procuracao-publica.pdf")).await;
    let signed =
        std::fs::read(desk.signed(&first, &pdf, of_format(FormatChoice::Pades, SignLevel::BB)).await.path).unwrap();
    broken.push(("tam.pdf", turned(&signed, &sample("procuracao-publica.pdf")[..64]), false));
    // The second signature over it is broken by nothing else.
    let both = desk.document("ambas.pdf", &signed).await;
    let both = desk.signed(&second, &both, of_format(FormatChoice::Pades, SignLevel::BB)).await.path;
    broken.push(("tam2.pdf", turned(&std::fs::read(both).unwrap(), &sample("procuracao-publica.pdf")[..64]), false));
    let content = b"Ata que ninguem mais muda.\n";
    let text = desk.document("x.txt", content).await;
    let enveloping = desk.signed(&first, &text, of_format(FormatChoice::CadesEnveloping, SignLevel::BB)).await.path;
    let enveloping = std::fs::read(enveloping).unwrap();
    broken.push(("conteudo.p7s", turned(&enveloping, content), true));
    broken.push(("valor.p7s", turned_value(&enveloping, 0), true));
    let detached = desk.signed(&first, &text, of_format(FormatChoice::CadesDetached, SignLevel::BB)).await.path;
    broken.push(("x.txt.p7s", turned_value(&std::fs::read(detached).unwrap(), 0), true));

    for (name, bytes, is_cms) in broken {
        let document = desk.document(name, &bytes).await;
        extends_to_nothing(&desk, &document, "signature_broken_already", Some(name_of(&first))).await;
        for wanted in [SignerRole::Cosign, SignerRole::Countersign].into_iter().filter(|_| is_cms) {
            let level = if wanted == SignerRole::Cosign { SignLevel::BT } else { SignLevel::BB };
            let (code, record) = desk.refused(&second, &document, SignProfile { level, ..role(wanted) }).await;
            let record = record.unwrap();
            assert_eq!(
                (code.as_str(), record.detail.get("key_uses")),
                ("signature_broken_already", None),
                "{name}: {record:?}"
            );
        }
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0, "no authority was asked");
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_signer_keeps_nobody_from_countersigning_another() {
    let Some(desk) = Desk::open().await else { return };
    let (first, second) = (desk.signer(Person::Rsa2048).await, desk.signer(Person::P256).await);
    let text = desk.document("ata.txt", b"Ata.\n").await;
    let one = desk.signed(&first, &text, of_format(FormatChoice::CadesDetached, SignLevel::BB)).await;
    let two =
        desk.signed(&second, &one.document, SignProfile { role: SignerRole::Cosign, ..profile(SignLevel::BB) }).await;
    let bytes = turned_value(&std::fs::read(&two.path).unwrap(), 0);
    let document = desk.document("ata.txt.duas.p7s", &bytes).await;
    let report = desk.host.verify(&document.id).await;
    let whole: Vec<bool> = report.signatures.iter().map(|own| own.integrity == Integrity::Ok).collect();
    assert_eq!(whole.iter().filter(|own| **own).count(), 1, "{whole:?}");
    for (signer, is_whole) in (0_u32..).zip(whole) {
        let wanted =
            SignProfile { role: SignerRole::Countersign, countersigned: Some(signer), ..profile(SignLevel::BB) };
        if is_whole {
            desk.signed(&first, &document, wanted).await;
        } else {
            assert_eq!(desk.refused(&first, &document, wanted).await.0, "signature_broken_already");
        }
    }
    desk.host.assert_sound().await;
}

/// Takes a document whose signature can have no level, because it is only `found`, as far as it goes: it gains what each level adds,
/// and nobody says that it has one.
async fn rises_without_level(desk: &Desk, mut document: DocumentInfo, found: &str) -> Signed {
    let (stem, ending) =
        document.name.rsplit_once('.').map(|(stem, ending)| (stem.to_owned(), ending.to_owned())).unwrap();
    let mut stamps = 0;
    let mut last = None;
    for (index, level) in ABOVE.into_iter().enumerate() {
        let higher = desk.extended(&document, level).await;
        assert_eq!((higher.receipt.level, higher.receipt.not_ades.as_deref()), (level, Some(found)));
        let number = if index == 0 { String::new() } else { format!("-{}", index + 1) };
        assert_eq!(higher.document.name, format!("{stem}-estendido{number}.{ending}"));
        let record = desk.record("document_extended").await;
        assert_eq!(record.detail.get("not_ades").map(String::as_str), Some(found));
        stamps += usize::from(level != SignLevel::BLt);
        let report = desk.host.verify(&higher.document.id).await;
        let signature = &report.signatures[0];
        assert_eq!((signature.level.as_str(), signature.integrity), (found, Integrity::Ok));
        // What says how everybody stands is inside from the second step on.
        let expected = if level == SignLevel::BT { VerifyResult::Indeterminate } else { VerifyResult::Passed };
        assert_eq!(signature.result, expected, "{signature:#?}");
        assert_eq!(signature.proven_time.is_some(), expected == VerifyResult::Passed, "{signature:#?}");
        assert_eq!(signature.time_stamps.len(), stamps, "{signature:#?}");
        assert!(signature.time_stamps.iter().all(|own| own.integrity == Integrity::Ok), "{signature:#?}");
        document = higher.document.clone();
        last = Some(higher);
    }
    // Fresher evidence alone is nothing more; another time stamp is.
    assert_eq!(code(&desk.extend(&document, SignLevel::BLt).await), "level_already_there");
    let again = desk.extended(&document, SignLevel::BLta).await;
    assert_eq!(again.document.name, format!("{stem}-estendido-4.{ending}"));
    last.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_can_have_no_level_is_not_said_to_have_one() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let folder = desk.host.folder("sem-nivel");
    let (lab, at) = (|file: &str| desk.lab.path(file), |name: &str| folder.join(name));
    std::fs::write(at("ata.txt"), b"Ata.\n").unwrap();
    // Without signed attributes, and with some but none that says with which certificate.
    for (name, options) in [("sem.p7s", &["-noattr"][..]), ("simples.p7s", &[])] {
        let made = Command::new("openssl")
            .args(["cms", "-sign", "-binary", "-nodetach", "-outform", "DER", "-md", "sha256", "-in"])
            .arg(at("ata.txt"))
            .arg("-signer")
            .arg(lab("rsa2048.pem"))
            .arg("-inkey")
            .arg(lab("rsa2048.key"))
            .args(options)
            .arg("-out")
            .arg(at(name))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let document = desk.host.pick_one(&at(name)).await;
        let report = desk.host.verify(&document.id).await;
        assert_eq!(
            (report.signatures[0].level.as_str(), report.signatures[0].integrity),
            ("CMS", Integrity::Ok),
            "{name}"
        );
        let archived = rises_without_level(&desk, document, "CMS").await;
        let verified = Command::new("openssl")
            .args(["cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-CAfile"])
            .arg(lab("root.pem"))
            .args([OsStr::new("-out"), at("visto.txt").as_os_str(), OsStr::new("-in"), archived.path.as_os_str()])
            .output()
            .unwrap();
        assert!(verified.status.success(), "{name}: {}", String::from_utf8_lossy(&verified.stderr));
        // EU DSS breaks at an archive time stamp where there are no signed attributes at all.
        if !options.contains(&"-noattr") {
            desk.dss(&archived.path, None, None, true);
        }
    }
    if let Some(python) = judges::python("pyHanko as a signer") {
        std::fs::write(at("ata.pdf"), sample("procuracao-publica.pdf")).unwrap();
        let script = "import sys\n\
            from pyhanko.sign import signers, fields\n\
            from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter\n\
            pdf, out, p12 = sys.argv[1:]\n\
            signer = signers.SimpleSigner.load_pkcs12(p12, passphrase=b'laboratorio')\n\
            meta = signers.PdfSignatureMetadata(field_name='Deles', md_algorithm='sha256', \
            subfilter=fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED)\n\
            with open(pdf, 'rb') as f, open(out, 'wb') as o:\n    \
            signers.sign_pdf(IncrementalPdfFileWriter(f), meta, signer=signer, output=o)\n";
        let made = Command::new(python)
            .args(["-c", script])
            .args([at("ata.pdf"), at("deles.pdf"), lab("rsa2048.p12")])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let document = desk.host.pick_one(&at("deles.pdf")).await;
        let archived = rises_without_level(&desk, document.clone(), "PDF (adbe.pkcs7.detached)").await;
        if let Some(found) = desk.dss(&archived.path, None, None, true) {
            let levels: Vec<&str> = found.iter().map(|own| own.level.as_str()).collect();
            assert_eq!(levels, ["PKCS7-LTA"], "{found:#?}");
        }
        let root = vec![desk.lab.path("root.pem")];
        if let Some(report) = judges::pyhanko(&PyHankoJob { file: archived.path, root, ..PyHankoJob::default() }) {
            assert_eq!(report["signatures"][0]["bottom_line"], true, "{report}");
        }
        // Under a signature of ours, which has a level, nothing is said of it.
        let signer = desk.signer(Person::P256).await;
        let ours = desk.signed(&signer, &document, of_format(FormatChoice::Pades, SignLevel::BB)).await;
        let ours = desk.extended(&ours.document, SignLevel::BLta).await;
        assert_eq!((ours.receipt.level, ours.receipt.not_ades), (SignLevel::BLta, None));
        assert!(ours.document.name.ends_with("-b-lta.pdf"), "{}", ours.document.name);
    }
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_stamp_of_which_nothing_came_is_on_record() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::Rsa2048).await;
    for (index, form) in [FormatChoice::Pades, FormatChoice::CadesDetached].into_iter().enumerate() {
        let content = if form == FormatChoice::Pades { sample("procuracao-publica.pdf") } else { b"Ata.\n".to_vec() };
        let name = if form == FormatChoice::Pades { "v.pdf" } else { "v.txt" };
        let document = desk.document(name, &content).await;
        let bare = desk.signed(&signer, &document, of_format(form, SignLevel::BB)).await;
        for act in ["document_extended", "document_signed"] {
            // The first stamp comes, and the one for the archive does not.
            let moody = Moody::before(desk.lab.urls().tsa.clone(), 1);
            let label = format!("ACT {index} {act}");
            let all = desk.authority(&label, &moody.server.endpoint()).await;
            let before = names(Path::new(&document.folder));
            if act == "document_extended" {
                assert_eq!(code(&desk.extend(&bare.document, SignLevel::BLta).await), "tsa_all_refused");
            } else {
                assert_eq!(
                    desk.refused(&signer, &document, of_format(form, SignLevel::BLta)).await.0,
                    "tsa_all_refused"
                );
            }
            assert_eq!(names(Path::new(&document.folder)), before, "nothing is written");
            let record = desk.record(act).await;
            assert_eq!(record.phase, "failed");
            assert_eq!(record.detail.get("time_stamps_thrown_away").map(String::as_str), Some("1"), "{record:?}");
            assert!(record.detail["authorities"].starts_with(&format!("{label} (")), "{record:?}");
            super::retrying::remove_authorities(&desk).await;
            assert_eq!(all.len(), 1);
        }
    }
    desk.host.assert_sound().await;
}
