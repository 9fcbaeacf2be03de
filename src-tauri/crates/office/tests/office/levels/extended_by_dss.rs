//! Our signatures, taken upwards by EU DSS: what it appends is a later change that every signature allows, and what a forger puts
//! in the same place is not (decision 0018).

use std::path::{Path, PathBuf};

use cartorio_office::dto::{
    CertifyChoice, DocumentInfo, Integrity, LaterChange, SignLevel, SignProfile, VerifyReport, VerifyResult,
};
use cartorio_pdf::{ObjRef, PdfError, PdfFile, Revision};
use cartorio_testkit::judges::{self, DssExtension, DssJob};
use cartorio_testkit::lab::Person;

use super::{Desk, page, profile, sample};

const LEVELS: [&str; 3] = ["T", "LT", "LTA"];

/// `None` where DSS is not installed.
fn extended(desk: &Desk, signed: &Path, level: &'static str) -> Option<PathBuf> {
    let at = |name: &str| desk.lab.path(name);
    let name = format!("{}-{level}.pdf", signed.file_stem().unwrap().to_string_lossy());
    let output = desk.host.folder("pelo-dss").join(name);
    let job = DssJob {
        file: signed.to_owned(),
        anchors: vec![at("root.pem")],
        certificates: vec![at("issuing.pem"), at("act.pem"), at("tsa.pem")],
        crls: desk.lists(),
        ..DssJob::default()
    };
    let authority = ["tsa.pem", "act.pem", "root.pem"].map(at).to_vec();
    let extension = DssExtension { job, output: output.clone(), level, key: at("tsa.pk8"), authority };
    judges::dss_extend(&extension).map(|()| output)
}

/// The signature that was there first.
fn first(report: &VerifyReport) -> &cartorio_office::dto::SignatureReport {
    report.signatures.iter().find(|own| own.level != "PAdES document timestamp").unwrap()
}

fn assert_allowed(name: &str, report: &VerifyReport) {
    let own = first(report);
    assert_eq!((own.integrity, own.later_change), (Integrity::Ok, LaterChange::Allowed), "{name}: {report:#?}");
    assert!(own.changes.iter().all(|own| own.allowed && own.grade == "long_term"), "{name}: {:#?}", own.changes);
    assert!(!own.changes.is_empty(), "{name}: what was added is told");
    assert_ne!(report.result, VerifyResult::Failed, "{name}: {report:#?}");
    let stamps = report.signatures.iter().filter(|own| own.level == "PAdES document timestamp");
    assert!(stamps.clone().count() > 0, "{name}");
    for stamp in stamps {
        assert!(matches!(stamp.later_change, LaterChange::None | LaterChange::Allowed), "{name}: {stamp:#?}");
    }
}

/// A revision on top of `file` that says nothing that anybody signed.
fn revised(file: &Path, name: &str, change: impl FnOnce(&PdfFile, &mut Revision<'_>)) -> PathBuf {
    let pdf = PdfFile::from_bytes(std::fs::read(file).unwrap()).unwrap();
    let mut revision = Revision::new(&pdf);
    change(&pdf, &mut revision);
    let tail = revision.finish().unwrap();
    let path = file.with_file_name(format!("{name}.pdf"));
    std::fs::write(&path, [pdf.bytes(), &tail.bytes].concat()).unwrap();
    path
}

fn put(revision: &mut Revision<'_>, body: &str) -> ObjRef {
    let own = revision.allocate().unwrap();
    revision.put(own, body.as_bytes().to_vec());
    own
}

fn set(revision: &mut Revision<'_>, object: ObjRef, key: &str, value: &str) {
    revision.edit::<PdfError>(object, |dict| dict.set(key, value.as_bytes())).unwrap();
}

/// Puts something on the page, runs something, and puts something else than evidence into the security store.
fn forgeries(file: &Path) -> Vec<(&'static str, PathBuf)> {
    const NOTE: &str =
        "<</Type/Annot/Subtype/FreeText/F 4/Rect[50 50 400 400]/DA(/Helv 20 Tf 0 g)/Contents(Valor: R$ 9,00)>>";
    let bytes = std::fs::read(file).unwrap();
    let pdf = PdfFile::from_bytes(bytes).unwrap();
    let (root, page) = (pdf.root(), first_page(&pdf));
    let mut out = vec![
        (
            "note",
            revised(file, "note", |_, revision| {
                let note = put(revision, NOTE);
                revision.push_to_array(page, "Annots", note.to_string().as_bytes()).unwrap();
            }),
        ),
        (
            "content",
            revised(file, "content", |_, revision| {
                let white = put(revision, "<</Length 28>>\nstream\n1 g 0 0 595 842 re f        \nendstream");
                set(revision, page, "Contents", &white.to_string());
            }),
        ),
        (
            "action",
            revised(file, "action", |_, revision| {
                let run = put(revision, "<</S/JavaScript/JS(app.alert\\(1\\))>>");
                set(revision, root, "OpenAction", &run.to_string());
            }),
        ),
    ];
    if let Some(number) = section(&pdf) {
        out.push((
            "number",
            revised(file, "number", |_, revision| {
                revision.put(number, NOTE.as_bytes().to_vec());
                revision.push_to_array(page, "Annots", number.to_string().as_bytes()).unwrap();
            }),
        ));
    }
    if let Some(store) = store(&pdf) {
        out.push((
            "store",
            revised(file, "store", |_, revision| {
                let note = put(revision, NOTE);
                set(revision, store, "Extra", &note.to_string());
            }),
        ));
    }
    out
}

fn first_page(pdf: &PdfFile) -> ObjRef {
    pdf.pages().unwrap()[0].reference.unwrap()
}

/// A cross-reference stream, whose number DSS gives to something new.
fn section(pdf: &PdfFile) -> Option<ObjRef> {
    let is_one = |own: &ObjRef| pdf.stream(*own).is_ok_and(|own| own.dict.name("Type").as_deref() == Some("XRef"));
    pdf.numbers().filter_map(|number| pdf.in_use(number)).find(is_one)
}

/// The security store, where it is an object of its own.
fn store(pdf: &PdfFile) -> Option<ObjRef> {
    pdf.dict(pdf.root()).ok()?.reference("DSS")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_dss_appends_to_our_signatures_is_allowed_and_what_a_forger_appends_is_not() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::P256).await;
    let certified = |choice| SignProfile { certify: Some(choice), ..profile(SignLevel::BB) };
    let plain: [(&str, Vec<u8>, SignProfile); 4] = [
        ("simples", page(), profile(SignLevel::BB)),
        ("procuracao", sample("procuracao-publica.pdf"), profile(SignLevel::BB)),
        ("certificada", page(), certified(CertifyChoice::FormFilling)),
        // Evidence and time stamps may follow even here (EN 319 142-1 §5.4.3).
        ("fechada", page(), certified(CertifyChoice::NoChanges)),
    ];
    for (name, content, profile) in plain {
        let document: DocumentInfo = desk.document(&format!("{name}.pdf"), &content).await;
        let signed = desk.signed(&signer, &document, profile).await;
        let before = std::fs::read(&signed.path).unwrap();
        for level in LEVELS {
            let Some(path) = extended(&desk, &signed.path, level) else { return };
            assert!(std::fs::read(&path).unwrap().starts_with(&before), "DSS only appends");
            let name = format!("{name} {level}");
            assert_allowed(&name, &desk.host.verify_path(&path).await);
            for (attack, forged) in forgeries(&path) {
                let report = desk.host.verify_path(&forged).await;
                let own = first(&report);
                assert_eq!(own.integrity, Integrity::Ok, "{name}, {attack}: the signed bytes are what they were");
                assert_eq!(
                    (own.later_change, report.result),
                    (LaterChange::Suspicious, VerifyResult::Failed),
                    "{name}, {attack}: {report:#?}"
                );
                std::fs::remove_file(forged).unwrap();
            }
        }
    }
}

/// DSS goes on from where we stopped, and we from where DSS did.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_extend_what_the_other_extended() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let signer = desk.signer(Person::Rsa2048).await;
    let document = desk.document("ambos.pdf", &sample("procuracao-publica.pdf")).await;
    let ours = desk.signed(&signer, &document, profile(SignLevel::BLta)).await;
    let Some(theirs) = extended(&desk, &ours.path, "LTA") else { return };
    assert_allowed("ours and theirs", &desk.host.verify_path(&theirs).await);
    let again = desk.extended(&desk.host.pick_one(&theirs).await, SignLevel::BLta).await;
    let report = desk.host.verify_path(&again.path).await;
    assert_allowed("ours, theirs, ours", &report);
    assert_eq!((first(&report).level.as_str(), report.result), ("PAdES B-LTA", VerifyResult::Passed), "{report:#?}");
    let stamps = desk.dss(&again.path, None, None, true).map(|found| found[0].timestamps.len());
    assert!(stamps.is_none_or(|count| count >= 3), "{stamps:?}");
    desk.host.assert_sound().await;
}
