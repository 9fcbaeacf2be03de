//! Kinds of PDF: encrypted, with empty fields, certified, PDF/A; and stamps on them.

use std::process::Command;

use cartorio_office::dto::{
    CertifyChoice, DocumentInfo, FieldView, FormatChoice, IdentitySummary, LockChoice, LockedFields, SignLevel,
    SignPreview, SignProfile, StampPlacement, StampTemplate,
};
use cartorio_testkit::judges::{self, PyHankoJob};
use cartorio_testkit::lab::Person;
use serde_json::json;

use super::{Desk, page, profile, request, sample};
use crate::host::path_of;

/// The page behind a password, by qpdf; `None`, said aloud, without qpdf.
pub fn encrypted(desk: &Desk, name: &str, options: &[&str]) -> Option<DocumentFile> {
    let folder = desk.host.folder("entrada");
    let plain = folder.join("claro.pdf");
    std::fs::write(&plain, sample("procuracao-publica.pdf")).unwrap();
    let path = folder.join(name);
    let made = Command::new("qpdf")
        .args(options)
        .args(["--encrypt", PASSWORD, "dono"])
        .args(cipher(name))
        .arg("--")
        .args([&plain, &path])
        .output();
    let Ok(made) = made else {
        println!("skipped: qpdf is not installed");
        return None;
    };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Some(DocumentFile { path })
}

pub struct DocumentFile {
    pub path: std::path::PathBuf,
}

pub const PASSWORD: &str = "balcao3";

fn cipher(name: &str) -> &'static [&'static str] {
    match name {
        "aes256.pdf" => &["256"],
        "aes128.pdf" => &["128", "--use-aes=y"],
        _ => &["128", "--use-aes=n"],
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encrypted_document_is_signed_with_its_password_and_rc4_is_refused() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let signer = desk.signer(Person::P256).await;
    for name in ["aes256.pdf", "aes128.pdf"] {
        let Some(file) = encrypted(&desk, name, &[]) else { return };
        let document = desk.host.pick_one(&file.path).await;
        assert_eq!(document.sign_problem.as_ref().unwrap().code, "pdf_encrypted");
        assert_eq!(desk.refused(&signer, &document, profile(SignLevel::BB)).await.0, "pdf_encrypted");
        let unlock = async |password: &str| {
            let request = json!({"document": document.id, "password": desk.host.sealed(password).await});
            desk.host.ask::<DocumentInfo>("document_unlock", request).await
        };
        assert_eq!(unlock("errada").await.unwrap_err().code, "pdf_wrong_password");
        let open = unlock(PASSWORD).await.unwrap();
        assert_eq!((open.sign_problem.is_none(), open.pages), (true, Some(1)), "{open:?}");
        for level in [SignLevel::BB, SignLevel::BLta] {
            let signed = desk.signed(&signer, &open, profile(level)).await;
            let found = desk.dss(&signed.path, None, Some(PASSWORD), level == SignLevel::BLta);
            let expected = if level == SignLevel::BB { "PAdES-BASELINE-B" } else { "PAdES-BASELINE-LTA" };
            assert!(found.is_none_or(|all| all[0].level == expected), "{name}");
            assert!(judges::qpdf_check(&signed.path, Some(PASSWORD)).is_none_or(|said| said.is_ok()), "{name}");
            assert!(std::fs::read(&signed.path).unwrap().starts_with(&std::fs::read(&file.path).unwrap()));
        }
    }
    let Some(file) = encrypted(&desk, "rc4.pdf", &["--allow-weak-crypto"]) else { return };
    let document = desk.host.pick_one(&file.path).await;
    let request = json!({"document": document.id, "password": desk.host.sealed(PASSWORD).await});
    let open: DocumentInfo = desk.host.ask("document_unlock", request).await.unwrap();
    assert_eq!(open.sign_problem.as_ref().map(|own| own.code.as_str()), Some("pdf_weak_encryption"));
    assert_eq!(desk.refused(&signer, &open, profile(SignLevel::BB)).await.0, "pdf_weak_encryption");
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certification_comes_first_and_says_what_may_follow() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::Rsa2048).await;
    let certify = |choice| SignProfile { certify: Some(choice), ..profile(SignLevel::BB) };
    for (choice, name, level) in [
        (CertifyChoice::NoChanges, "nada.pdf", "NO_CHANGES"),
        (CertifyChoice::FormFilling, "formulario.pdf", "FILL_FORMS"),
        (CertifyChoice::Annotations, "notas.pdf", "ANNOTATE"),
    ] {
        let document = desk.document(name, &sample("procuracao-publica.pdf")).await;
        let signed = desk.signed(&signer, &document, certify(choice)).await;
        let job =
            PyHankoJob { file: signed.path.clone(), root: vec![desk.lab.path("root.pem")], ..PyHankoJob::default() };
        if let Some(report) = judges::pyhanko(&job) {
            let own = &report["signatures"][0];
            assert_eq!((&own["docmdp"], &own["docmdp_ok"]), (&json!(level), &json!(true)), "{own}");
        }
        let told = &desk.host.verify(&signed.document.id).await.signatures[0];
        assert_eq!((told.certifies, told.locks.len()), (Some(choice), 0));
        let next = desk.sign(&signer, std::slice::from_ref(&signed.document), profile(SignLevel::BB)).await;
        let error = next.items[0].error.as_ref().map(|error| error.code.clone());
        let expected = match choice {
            CertifyChoice::NoChanges => "pdf_certified_no_changes",
            CertifyChoice::FormFilling | CertifyChoice::Annotations => "pdf_certified_no_new_field",
        };
        assert_eq!(error.as_deref(), Some(expected), "there is no empty field to be signed");
        // A certification is a first signature.
        let second = desk.refused(&signer, &signed.document, certify(choice)).await.0;
        assert!(["pdf_certify_not_first", expected].contains(&second.as_str()), "{second}");
    }
    desk.host.assert_sound().await;
}

/// A page with the empty field «Tabelião» that pyHanko made, whose author demands `demand` (an argument of `SigFieldSpec`, in
/// Python); `None`, said aloud, without pyHanko.
fn with_field(desk: &Desk, demand: &str) -> Option<std::path::PathBuf> {
    let python = judges::python("empty fields")?;
    let folder = desk.host.folder("entrada");
    let (plain, with) = (folder.join("plano.pdf"), folder.join("campo.pdf"));
    std::fs::write(&plain, sample("procuracao-publica.pdf")).unwrap();
    let script = format!(
        "import sys\n\
        from pyhanko.sign.fields import *\n\
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter\n\
        with open(sys.argv[1], 'rb') as f, open(sys.argv[2], 'wb') as o:\n    \
        w = IncrementalPdfFileWriter(f)\n    \
        append_signature_field(w, SigFieldSpec('Tabelião', box=(50, 50, 250, 110){demand}))\n    \
        w.write(o)\n"
    );
    let made = Command::new(python).args(["-c", &script]).args([&plain, &with]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Some(with)
}

/// What the preview says against each document, and the signature's algorithm.
async fn problems(
    desk: &Desk,
    signer: &IdentitySummary,
    document: &DocumentInfo,
    profile: SignProfile,
) -> Option<String> {
    let request = request(signer, std::slice::from_ref(document), profile);
    let preview: SignPreview = desk.host.ask("sign_preview", super::json_of(request)).await.unwrap();
    preview.items[0].problem.as_ref().map(|own| own.code.clone())
}

/// Whether a document can be signed is a matter of how: what keeps a new field out of it does not keep a signature out of an
/// empty one, nor a `.p7s` or a bare value from being made beside it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certified_document_is_judged_for_the_chosen_profile() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::P256).await;
    let Some(with) = with_field(&desk, "") else { return };
    let plain = profile(SignLevel::BB);
    let form = |format| SignProfile { format, ..profile(SignLevel::BB) };
    let own_field = SignProfile { field: Some("Tabelião".into()), ..plain.clone() };
    for (certify, new, existing) in [
        (CertifyChoice::FormFilling, "pdf_certified_no_new_field", None),
        (CertifyChoice::NoChanges, "pdf_certified_no_changes", Some("pdf_certified_no_changes")),
    ] {
        let document = desk.host.pick_one(&with).await;
        let certified = desk.signed(&signer, &document, SignProfile { certify: Some(certify), ..plain.clone() }).await;
        let document = &certified.document;
        assert_eq!(document.sign_problem.as_ref().map(|own| own.code.as_str()), Some(new));
        assert_eq!(problems(&desk, &signer, document, plain.clone()).await.as_deref(), Some(new));
        assert_eq!(problems(&desk, &signer, document, own_field.clone()).await.as_deref(), existing);
        for format in [FormatChoice::CadesDetached, FormatChoice::CadesEnveloping, FormatChoice::Raw] {
            assert_eq!(problems(&desk, &signer, document, form(format)).await, None, "{format:?}");
        }
        // Its fields are told all the same.
        let fields: Vec<FieldView> = desk.host.ask("document_fields", json!({"id": document.id})).await.unwrap();
        let told = fields.iter().find(|own| own.name == "Tabelião").unwrap();
        assert_eq!(told.problem.as_ref().map(|own| own.code.as_str()), existing, "{told:?}");
        // And what the preview says is what happens.
        if existing.is_none() {
            let second = desk.signed(&signer, document, own_field.clone()).await;
            let job = PyHankoJob {
                file: second.path.clone(),
                root: vec![desk.lab.path("root.pem")],
                ..PyHankoJob::default()
            };
            if let Some(report) = judges::pyhanko(&job) {
                let all = report["signatures"].as_array().unwrap();
                assert!(all.len() == 2 && all.iter().all(|own| own["docmdp_ok"] == json!(true)), "{report}");
            }
        }
        desk.signed(&signer, document, form(FormatChoice::CadesDetached)).await;
        desk.signed(&signer, document, form(FormatChoice::Raw)).await;
    }
    desk.host.assert_sound().await;
}

/// A demand of the author's is told with the field, and is met or not by what was chosen.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demand_of_a_field_is_met_by_the_chosen_profile() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::Rsa2048).await;
    let demand = ", seed_value_dict=SigSeedValueSpec(reasons=['Registro'], flags=SigSeedValFlags.REASONS)";
    let Some(with) = with_field(&desk, demand) else { return };
    let document = desk.host.pick_one(&with).await;
    let fields: Vec<FieldView> = desk.host.ask("document_fields", json!({"id": document.id})).await.unwrap();
    assert!(fields[0].problem.is_none(), "{fields:?}");
    assert_eq!(fields[0].demand.as_ref().unwrap().params["demand"], "Reasons");
    let into = SignProfile { field: Some("Tabelião".into()), ..profile(SignLevel::BB) };
    assert_eq!(problems(&desk, &signer, &document, into.clone()).await.as_deref(), Some("pdf_field_seed_value"));
    assert_eq!(desk.refused(&signer, &document, into.clone()).await.0, "pdf_field_seed_value");
    let mut met = request(&signer, std::slice::from_ref(&document), into);
    met.reason = Some("Registro".into());
    let preview: SignPreview = desk.host.ask("sign_preview", super::json_of(met.clone())).await.unwrap();
    assert!(preview.items[0].problem.is_none(), "{preview:?}");
    let job = desk.host.sign(&met).await;
    assert!(job.items[0].error.is_none(), "{job:?}");
    desk.host.assert_sound().await;
}

/// An archive time stamp is in a field of its own: where none may be added, that is told before key and authority are asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_that_may_only_be_filled_in_is_not_signed_for_the_archive() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let signer = desk.signer(Person::P256).await;
    let Some(with) = with_field(&desk, "") else { return };
    let filled = with.with_file_name("preencher.pdf");
    let made = Command::new("qpdf")
        .args(["--encrypt", "", "dono", "256", "--modify=form", "--"])
        .args([&with, &filled])
        .output();
    let Ok(made) = made else { return println!("skipped: qpdf is not installed") };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let document = desk.host.pick_one(&filled).await;
    let into = |level| SignProfile { field: Some("Tabelião".into()), ..profile(level) };
    let denied = Some("pdf_permission_denied");
    assert_eq!(problems(&desk, &signer, &document, profile(SignLevel::BB)).await.as_deref(), denied);
    assert_eq!(problems(&desk, &signer, &document, into(SignLevel::BLt)).await, None);
    assert_eq!(problems(&desk, &signer, &document, into(SignLevel::BLta)).await.as_deref(), denied);
    let (code, record) = desk.refused(&signer, &document, into(SignLevel::BLta)).await;
    assert_eq!(Some(code.as_str()), denied);
    assert!(!record.unwrap().detail.contains_key("key_uses"), "the key was not asked");
    desk.signed(&signer, &document, into(SignLevel::BLt)).await;
    desk.host.assert_sound().await;
}

/// Form fields that a signature locks are locked for whoever comes later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signature_locks_fields_when_it_is_told_to() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::Rsa2048).await;
    let Some(with) = with_field(&desk, "") else { return };
    let document = desk.host.pick_one(&with).await;
    let into = SignProfile { field: Some("Tabelião".into()), ..profile(SignLevel::BB) };
    for (which, fields, locked) in [
        (LockedFields::All, vec![], true),
        (LockedFields::These, vec!["Tabelião".to_owned()], true),
        (LockedFields::AllBut, vec!["Tabelião".to_owned()], false),
    ] {
        let lock = LockChoice { which, fields };
        let locking = SignProfile { lock: Some(lock.clone()), ..profile(SignLevel::BB) };
        let signed = desk.signed(&signer, &document, locking).await;
        let told = &desk.host.verify(&signed.document.id).await.signatures[0];
        assert_eq!((told.certifies, &told.locks), (None, &vec![lock]));
        let expected = locked.then_some("pdf_field_locked");
        assert_eq!(problems(&desk, &signer, &signed.document, into.clone()).await.as_deref(), expected, "{which:?}");
        // A new field has no name yet that anybody knows.
        let refused = (which != LockedFields::These).then_some("pdf_new_field_locked");
        let anew = problems(&desk, &signer, &signed.document, profile(SignLevel::BB)).await;
        assert_eq!(anew.as_deref(), refused, "{which:?}");
        let file = if locked { signed } else { desk.signed(&signer, &signed.document, into.clone()).await };
        let job = PyHankoJob { file: file.path, root: vec![desk.lab.path("root.pem")], ..PyHankoJob::default() };
        if let Some(report) = judges::pyhanko(&job) {
            assert!(
                report["signatures"].as_array().unwrap().iter().all(|own| own["docmdp_ok"] == json!(true)),
                "{report}"
            );
        }
    }
    // A name that is nobody's is a slip, told beforehand and before the key.
    for which in [LockedFields::These, LockedFields::AllBut] {
        let lock = Some(LockChoice { which, fields: vec!["Tabelião".to_owned(), "Tabeliao".to_owned()] });
        let slip = SignProfile { lock, ..profile(SignLevel::BB) };
        let missing = Some("pdf_lock_field_not_found");
        assert_eq!(problems(&desk, &signer, &document, slip.clone()).await.as_deref(), missing, "{which:?}");
        let (code, record) = desk.refused(&signer, &document, slip).await;
        assert_eq!((Some(code.as_str()), record.unwrap().detail.get("key_uses")), (missing, None), "{which:?}");
    }
    let nothing =
        SignProfile { lock: Some(LockChoice { which: LockedFields::These, fields: vec![" ".into()] }), ..into };
    let request = request(&signer, &[document], nothing);
    assert_eq!(desk.host.code("sign_start", super::json_of(request)).await, "invalid_field");
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_field_is_found_and_signed_once() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::P256).await;
    let Some(with) = with_field(&desk, "") else { return };
    let document = desk.host.pick_one(&with).await;
    let fields: Vec<FieldView> = desk.host.ask("document_fields", json!({"id": document.id})).await.unwrap();
    assert_eq!(
        (fields.len(), fields[0].name.as_str(), fields[0].page, fields[0].signed),
        (1, "Tabelião", Some(1), false)
    );
    let [x, y, width, height] = fields[0].area.unwrap();
    assert!(
        (x - 50.0).abs() < 0.5 && (width - 200.0).abs() < 0.5 && (height - 60.0).abs() < 0.5 && y > 600.0,
        "{fields:?}"
    );

    let into = |name: &str| SignProfile { field: Some(name.into()), ..profile(SignLevel::BB) };
    let signed = desk.signed(&signer, &document, into("Tabelião")).await;
    if let Some(found) = desk.dss(&signed.path, None, None, false) {
        assert_eq!(found[0].field.as_deref(), Some("Tabelião"));
    }
    let fields: Vec<FieldView> = desk.host.ask("document_fields", json!({"id": signed.document.id})).await.unwrap();
    assert!(fields[0].signed, "{fields:?}");
    assert_eq!(desk.refused(&signer, &signed.document, into("Tabelião")).await.0, "pdf_field_already_signed");
    assert_eq!(desk.refused(&signer, &document, into("Oficial")).await.0, "pdf_field_not_found");
    desk.host.assert_sound().await;
}

pub async fn template(desk: &Desk) -> StampTemplate {
    let template = json!({
        "id": "", "name": "Balcão", "lines": ["Assinado por {titular}", "{data}", "Motivo: {motivo} – {cartorio}"],
        "headline": true, "image": null, "qr": "https://exemplo.com.br/{sha256}", "border": true, "width": 200.0, "height": 70.0,
    });
    let all: Vec<StampTemplate> = desk.host.ask("stamp_template_save", template).await.unwrap();
    all.into_iter().find(|own| own.name == "Balcão").unwrap()
}

pub fn at(template: &StampTemplate, y: f64) -> StampPlacement {
    StampPlacement { template: template.id.clone(), page: -1, x: 60.0, y, width: 200.0, height: 70.0, may_cover: false }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stamp_is_seen_and_covers_nothing_without_leave() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::Rsa2048).await;
    let own = template(&desk).await;
    let document = desk.document("carimbo.pdf", &sample("procuracao-publica.pdf")).await;
    let stamped = |placement| SignProfile { stamp: Some(placement), ..profile(SignLevel::BB) };
    // Over the heading.
    let covering = stamped(at(&own, 60.0));
    let preview: SignPreview = {
        let request = request(&signer, std::slice::from_ref(&document), covering.clone());
        desk.host.ask("sign_preview", super::json_of(request)).await.unwrap()
    };
    assert!(preview.items[0].remarks.iter().any(|own| own.code == "stamp_covers" && own.blocks), "{preview:?}");
    let (code, record) = desk.refused(&signer, &document, covering).await;
    assert_eq!(code, "stamp_covers");
    assert!(!record.unwrap().detail.contains_key("key_uses"), "the key was not asked");
    let mut allowed = at(&own, 60.0);
    allowed.may_cover = true;
    let signed = desk.signed(&signer, &document, stamped(allowed)).await;
    desk.judge(&signed.path, None, "PAdES", SignLevel::BB);
    // Who allowed it did so on record.
    let trail = desk.host.trail().await;
    let said = trail.iter().filter(|own| own.act == "document_signed" && own.detail.contains_key("stamp_may_cover"));
    assert!(said.count() >= 1, "{trail:?}");

    // On an empty page it is seen, and read again as text.
    let empty = desk.document("vazio.pdf", &page()).await;
    let signed = desk.signed(&signer, &empty, stamped(at(&own, 600.0))).await;
    desk.judge(&signed.path, None, "PAdES", SignLevel::BB);
    if let Ok(output) = Command::new("pdftotext").arg(&signed.path).arg("-").output() {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("Assinado por") && text.contains("-03:00"), "{text}");
        assert!(text.contains("sem valor jurídico"), "the demonstration says what it is: {text}");
    }
    let fields: Vec<FieldView> = desk.host.ask("document_fields", json!({"id": signed.document.id})).await.unwrap();
    let [x, y, width, height] = fields[0].area.unwrap();
    assert!([x - 60.0, y - 600.0, width - 200.0, height - 70.0].iter().all(|off| off.abs() < 0.5), "{fields:?}");
    // Not over an earlier signature, and not outside the page.
    let (code, _) = desk.refused(&signer, &signed.document, stamped(at(&own, 620.0))).await;
    assert_eq!(code, "stamp_covers");
    let (code, _) = desk.refused(&signer, &empty, stamped(at(&own, 5_000.0))).await;
    assert_eq!(code, "stamp_outside_page");
    let mut nowhere = at(&own, 10.0);
    nowhere.template = "nenhum".into();
    let request = request(&signer, &[empty], stamped(nowhere));
    assert_eq!(desk.host.code("sign_start", super::json_of(request)).await, "invalid_field");
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archival_document_stays_one_with_stamp_and_archive_time_stamp() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let signer = desk.signer(Person::Rsa2048).await;
    let own = template(&desk).await;
    let document = desk.document("arquivo.pdf", &archival()).await;
    let Some(before) = judges::verapdf(&path_of(&document), Some("1b")) else { return };
    assert!(before.compliant, "{before:?}");
    let with = SignProfile { stamp: Some(at(&own, 300.0)), ..profile(SignLevel::BLta) };
    let signed = desk.signed(&signer, &document, with).await;
    let after = judges::verapdf(&signed.path, Some("1b")).unwrap();
    assert!(after.compliant, "{after:?}");
    desk.judge(&signed.path, None, "PAdES", SignLevel::BLta);
}

/// An empty page that conforms to PDF/A-1b.
fn archival() -> Vec<u8> {
    let metadata = "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n\
        <x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
        <rdf:Description rdf:about=\"\" xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\">\
        <pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>\
        </rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>";
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R /Metadata 4 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>".to_owned(),
        format!("<< /Type /Metadata /Subtype /XML /Length {} >>\nstream\n{metadata}\nendstream", metadata.len()),
    ];
    let mut out = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = String::new();
    for (index, body) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend(format!("{} 0 obj\n{body}\nendobj\n", index + 1).bytes());
    }
    let start = out.len();
    let id = "<00112233445566778899aabbccddeeff>";
    out.extend(
        format!(
            "xref\n0 5\n0000000000 65535 f \n{table}trailer\n<< /Size 5 /Root 1 0 R /ID [{id} {id}] >>\nstartxref\n{start}\n%%EOF\n"
        )
        .bytes(),
    );
    out
}
