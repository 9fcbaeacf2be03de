//! What a signature may be beside plain: a certification, one that locks, one that shows, one in ICP-Brasil's names.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

#[path = "../../pdf/tests/support/encrypted.rs"]
mod encrypted;
mod pades_support;

use std::sync::Arc;

use cartorio_ades::create::pades::{
    Appearance, Certify, Dialect, FieldChoice, FieldLock, Goal, PadesError, PadesOptions, add_evidence,
    describe_fields, prepare, prepare_timestamp,
};
use cartorio_ades::validate::pdf::{DocMdpLevel, PdfSignatureKind, signatures};
use cartorio_core::{Coded, SecretString};
use cartorio_pdf::{Drawing, DrawingObject, ObjRef, PdfFile, SignatureEntries, XrefKind};
use pades_support::{absent, archive, bytes, document, evidence, options, pdf, pdfsig, pyhanko, qpdf, sign, signer};

fn open(bytes: Vec<u8>) -> PdfFile {
    PdfFile::from_bytes(bytes).unwrap()
}

fn code(file: &PdfFile, options: &PadesOptions) -> &'static str {
    prepare(file, options).err().map_or("ok", |error| error.code())
}

fn into(field: &str) -> PadesOptions {
    PadesOptions { field: FieldChoice::Existing(field.into()), ..options() }
}

fn certify(level: u8) -> PadesOptions {
    PadesOptions { certify: Some(Certify { level }), ..options() }
}

/// The signature dictionary of the field `name`.
fn entries(file: &PdfFile, name: &str) -> SignatureEntries {
    let fields = file.form().unwrap().unwrap().fields;
    let value = fields.iter().find(|field| field.name == name).unwrap().value.clone().unwrap();
    file.signature_entries(file.resolve_dict(&value).unwrap().unwrap()).unwrap()
}

/// A grey square that fills its form, with a second object, so that a reference has to be put in.
fn drawing() -> Drawing {
    let dict = b"<</Type/XObject/Subtype/Form/BBox[0 0 100 50]/Resources 0 0 R>>".to_vec();
    let at = dict.windows(5).position(|w| w == b"0 0 R").unwrap();
    Drawing {
        objects: vec![
            DrawingObject { dict, stream: Some(b"0.5 g 0 0 100 50 re f".to_vec()), references: vec![(at..at + 5, 1)] },
            DrawingObject { dict: b"<<>>".to_vec(), stream: None, references: Vec::new() },
        ],
    }
}

fn shown(page: usize, rect: [f64; 4]) -> PadesOptions {
    PadesOptions { appearance: Some(Appearance { page, rect, drawing: drawing() }), ..options() }
}

const EMPTY_FIELDS: &[&str] = &[
    "<</Fields[5 0 R 6 0 R]>>",
    "<</FT/Sig/T(A)/Subtype/Widget/Rect[10 20 110 70]/P 3 0 R>>",
    "<</FT/Sig/T(B)/Subtype/Widget/Rect[0 0 0 0]>>",
];

/// The same, and one field under another.
const FIELD_TREE: &[&str] = &[
    "<</Fields[5 0 R 6 0 R 7 0 R]>>",
    EMPTY_FIELDS[1],
    EMPTY_FIELDS[2],
    "<</T(Partes)/Kids[8 0 R]>>",
    "<</FT/Tx/T(Tabeli\\343o)/Parent 7 0 R/Subtype/Widget/Rect[0 0 0 0]>>",
];

#[test]
fn a_certification_says_what_may_follow_and_only_that_follows() {
    let Some(signer) = signer() else { return };
    let dir = tempfile::tempdir().unwrap();
    let levels = [(1, DocMdpLevel::NoChanges), (2, DocMdpLevel::FormFilling), (3, DocMdpLevel::Annotations)];
    for (level, name) in levels {
        let file = open(pdf("/AcroForm 4 0 R", EMPTY_FIELDS));
        let certified = open(bytes(&sign(&file, &certify(level), signer).unwrap()));
        assert_eq!(signatures(&certified).unwrap()[0].kind, PdfSignatureKind::Certification(name));
        let (new, existing) = (code(&certified, &options()), code(&certified, &into("A")));
        let refused = ["pdf_certified_no_changes", "pdf_certified_no_new_field", "pdf_certified_no_new_field"];
        assert_eq!(new, refused[usize::from(level) - 1]);
        assert_eq!(existing, if level == 1 { "pdf_certified_no_changes" } else { "ok" });
        assert_ne!(code(&certified, &PadesOptions { certify: Some(Certify { level }), ..into("A") }), "ok");

        // Another person signs where that is allowed; evidence and time stamps follow in any case.
        let signed = if level == 1 { certified } else { open(bytes(&sign(&certified, &into("A"), signer).unwrap())) };
        let (_, archived) = archive(&signed, &evidence(signer), Dialect::Etsi).unwrap();
        let again = archive(&open(bytes(&archived)), &evidence(signer), Dialect::Etsi).unwrap().1;
        let path = dir.path().join(format!("{level}.pdf"));
        std::fs::write(&path, bytes(&again)).unwrap();
        assert!(qpdf(&path, ""), "{level}");
        let Some(answer) = pyhanko(&path) else { continue };
        let ours = &answer["Signature1"];
        assert_eq!(ours["docmdp_ok"], true, "{level}: {answer}");
        assert_eq!(ours["level"], if level == 1 { "LTA_UPDATES" } else { "FORM_FILLING" }, "{level}: {answer}");
        assert_eq!(answer.as_object().unwrap().len(), if level == 1 { 3 } else { 4 });
        for signature in answer.as_object().unwrap().values() {
            assert_eq!((&signature["intact"], &signature["valid"]), (&true.into(), &true.into()), "{answer}");
        }
    }
}

#[test]
fn only_the_first_signature_certifies_and_other_permissions_stay() {
    let Some(signer) = signer() else { return };
    let file = open(pdf("", &[]));
    for level in [0, 4] {
        assert_eq!(code(&file, &certify(level)), "pdf_certify_level_invalid");
    }
    let signed = open(bytes(&sign(&file, &options(), signer).unwrap()));
    assert_eq!(code(&signed, &certify(2)), "pdf_certify_not_first");
    let stamped = archive(&file, &evidence(signer), Dialect::Etsi).unwrap().1;
    assert_eq!(code(&open(bytes(&stamped)), &certify(2)), "pdf_certify_not_first");
    for (catalog, more) in
        [("/Perms<</UR3 4 0 R>>", "<<>>"), ("/Perms 4 0 R", "<</UR3 3 0 R>>"), ("/Perms 4 0 R", "null")]
    {
        let file = open(pdf(catalog, &[more]));
        let certified = open(bytes(&sign(&file, &certify(2), signer).unwrap()));
        let permissions = certified.permissions().unwrap().unwrap();
        assert_eq!(permissions.usage_rights, more != "null", "{catalog}");
        assert!(permissions.doc_mdp.is_some(), "{catalog}");
    }
}

#[test]
fn a_lock_of_a_new_field_is_in_the_field_and_in_the_signature() {
    let Some(signer) = signer() else { return };
    let dir = tempfile::tempdir().unwrap();
    let fields = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    for (lock, a, b, new) in [
        (FieldLock::All, false, false, false),
        (FieldLock::Include(fields(&["A", "Partes.Tabelião"])), false, true, true),
        (FieldLock::Exclude(fields(&["A"])), true, false, false),
        (FieldLock::Exclude(Vec::new()), false, false, false),
    ] {
        let file = open(pdf("/AcroForm 4 0 R", FIELD_TREE));
        let locking = PadesOptions { lock: Some(lock.clone()), ..options() };
        let signed = open(bytes(&sign(&file, &locking, signer).unwrap()));
        let locked = ["pdf_field_locked", "pdf_field_locked", "pdf_new_field_locked"];
        for ((options, allowed), locked) in [(into("A"), a), (into("B"), b), (options(), new)].into_iter().zip(locked) {
            assert_eq!(code(&signed, &options), if allowed { "ok" } else { locked }, "{lock:?}");
        }
        let field = signed.form().unwrap().unwrap().fields.pop().unwrap();
        assert!(field.dict.reference("Lock").is_some(), "the standard wants an object");
        let own = signed.transform_params(&signed.get_dict(&field.dict, "Lock").unwrap().unwrap()).unwrap();
        let reference = entries(&signed, "Signature1").references.pop().unwrap();
        assert_eq!(reference.method.as_deref(), Some("FieldMDP"));
        assert_eq!(reference.params.unwrap(), own);
        // What is allowed leaves the lock whole, and so do evidence and time stamps.
        let next = if a { open(bytes(&sign(&signed, &into("A"), signer).unwrap())) } else { signed };
        let path = dir.path().join("locked.pdf");
        std::fs::write(&path, bytes(&archive(&next, &evidence(signer), Dialect::Etsi).unwrap().1)).unwrap();
        if let Some(answer) = pyhanko(&path) {
            assert_eq!(
                answer["Signature1"]["level"],
                if a { "FORM_FILLING" } else { "LTA_UPDATES" },
                "{lock:?} {answer}"
            );
        }
    }
    let file = open(pdf("/AcroForm 4 0 R", FIELD_TREE));
    assert_eq!(code(&file, &PadesOptions { lock: Some(FieldLock::All), ..into("A") }), "pdf_lock_on_existing_field");
}

#[test]
fn a_lock_names_fields_of_the_document_or_what_they_are_under() {
    let file = open(pdf("/AcroForm 4 0 R", FIELD_TREE));
    let fields = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let locking = |lock| PadesOptions { lock: Some(lock), ..options() };
    for (names, missing) in [
        (&["A"][..], None),
        (&["A", "B", "Partes", "Partes.Tabelião"], None),
        (&["Nada"], Some("Nada")),
        (&["A", "Nada", "Parte", "Partes.Tabel", "a"], Some("Nada, Parte, Partes.Tabel, a")),
        (&["A.x", "Partes."], Some("A.x, Partes.")),
    ] {
        for lock in [FieldLock::Include(fields(names)), FieldLock::Exclude(fields(names))] {
            let found = prepare(&file, &locking(lock)).map(drop);
            let wanted = missing.map(|names| names.split(", ").map(str::to_owned).collect());
            let wanted = wanted.map_or(Ok(()), |fields| Err(PadesError::LockFieldNotFound { fields }));
            assert_eq!(found, wanted, "{names:?}");
        }
    }
    // Without a form there is nothing to lock by its name.
    let plain = open(pdf("", &[]));
    assert_eq!(code(&plain, &locking(FieldLock::Include(fields(&["A"])))), "pdf_lock_field_not_found");
    assert_eq!(code(&plain, &locking(FieldLock::All)), "ok");
    assert_eq!(code(&plain, &locking(FieldLock::Exclude(Vec::new()))), "ok");
}

#[test]
fn a_visible_signature_shows_where_it_should() {
    let Some(signer) = signer() else { return };
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R>>",
        "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2/MediaBox[0 0 595 842]>>",
        "<</Type/Page/Parent 2 0 R>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Rotate 90/Annots[6 0 R]>>",
        "<</Fields[6 0 R]>>",
        "<</Type/Annot/FT/Sig/T(A)/Subtype/Widget/Rect[10 20 110 70]/P 4 0 R>>",
    ];
    let file = open(document(&objects.map(str::to_owned)));
    for (options, expected) in [
        (shown(2, [0.0, 0.0, 9.0, 9.0]), "pdf_no_such_page"),
        (shown(usize::MAX, [0.0, 0.0, 9.0, 9.0]), "pdf_no_such_page"),
        (shown(1, [5.0, 5.0, 5.0, 9.0]), "pdf_appearance_rect_invalid"),
        (shown(1, [0.0, f64::NAN, 5.0, 9.0]), "pdf_appearance_rect_invalid"),
        (shown(1, [0.0, 0.0, 1e9, 9.0]), "pdf_appearance_rect_invalid"),
        (shown(1, [0.0, 0.0, 9.0, 9.0]), "ok"),
    ] {
        assert_eq!(code(&file, &options), expected);
    }
    let dir = tempfile::tempdir().unwrap();
    let new = sign(&file, &shown(1, [150.5, 90.0, 50.25, 40.0]), signer).unwrap();
    let both = PadesOptions { field: FieldChoice::Existing("A".into()), ..shown(0, [0.0, 0.0, 1.0, 1.0]) };
    let both = open(bytes(&sign(&open(bytes(&new)), &both, signer).unwrap()));
    let found = describe_fields(&both).unwrap();
    let facts: Vec<_> = found.iter().map(|field| (field.name.as_str(), field.page, field.rect, field.signed)).collect();
    let (own, theirs) = ([50.25, 40.0, 150.5, 90.0], [10.0, 20.0, 110.0, 70.0]);
    assert_eq!(facts, [("A", Some(1), Some(theirs), true), ("Signature1", Some(1), Some(own), true)]);
    for field in both.form().unwrap().unwrap().fields {
        let form = both.get_dict(&field.dict, "AP").unwrap().unwrap().reference("N").unwrap();
        assert_eq!(both.decoded(&both.stream(form).unwrap()).unwrap(), b"0.5 g 0 0 100 50 re f");
    }
    let path = dir.path().join("shown.pdf");
    std::fs::write(&path, bytes(&archive(&both, &evidence(signer), Dialect::Etsi).unwrap().1)).unwrap();
    assert!(qpdf(&path, ""));
    if let Some(answer) = pyhanko(&path) {
        assert_eq!(answer["Signature1"]["level"], "FORM_FILLING", "{answer}");
        assert_eq!(answer["A"]["level"], "LTA_UPDATES", "{answer}");
    }
    // Where the grey is, in the picture of page 2 as people see it: turned by 90°, 72 pixels an inch.
    let out = dir.path().join("page.pgm");
    let mut draw = std::process::Command::new("mutool");
    draw.args(["draw", "-A", "0", "-c", "gray", "-r", "72", "-o"]).arg(&out).arg(&path).arg("2");
    let Ok(output) = draw.output() else { return absent("mutool") };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("error") && !said.contains("repair"), "{said}");
    let picture = std::fs::read(out).unwrap();
    let pixels = &picture[picture.len() - 100 * 200..];
    // A point (x, y) of the page is the pixel in column y, row x, as the page turns.
    let at = |x: usize, y: usize| pixels[x * 100 + y];
    assert!(at(60, 60).abs_diff(128) < 3 && at(145, 85).abs_diff(128) < 3 && at(20, 30).abs_diff(128) < 3);
    assert_eq!((at(160, 60), at(20, 80), at(5, 5)), (255, 255, 255));
}

#[test]
fn the_fields_of_a_document_are_told_with_what_stands_against_them() {
    let Some(signer) = signer() else { return };
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm 4 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        // The widget of A does not name its page; the page lists it.
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[5 0 R]>>",
        "<</Fields[5 0 R 6 0 R 7 0 R 8 0 R 9 0 R]>>",
        "<</FT/Sig/T(A)/Subtype/Widget/Rect[10 20 110 70]>>",
        "<</FT/Tx/T(B)>>",
        "<</FT/Sig/T(C)/SV<</Ff 64>>>>",
        "<</FT/Sig/T(D)/Lock<</Action/Include/Fields[(A)]>>/Kids[10 0 R]>>",
        "<</FT/Sig/T(E)/V null>>",
        "<</Subtype/Widget/Parent 8 0 R/Rect[0 0 5 5]/P 3 0 R>>",
    ];
    let file = open(document(&objects.map(str::to_owned)));
    assert!(describe_fields(&open(pdf("", &[]))).unwrap().is_empty());
    let facts = |file: &PdfFile| -> Vec<_> {
        let found = describe_fields(file).unwrap();
        let one = |field: cartorio_ades::create::pades::FieldInfo| {
            let problem = field.problem.or(field.demand.clone());
            // A demand is none of what stands against a field whatever the signature is like.
            assert_eq!(
                field.demand.is_some(),
                problem.as_ref().is_some_and(|own| own.code() == "pdf_field_seed_value")
            );
            (field.name, field.page, field.signed, problem.map_or("ok", |problem| problem.code()))
        };
        found.into_iter().map(one).collect()
    };
    let own = |name: &str, page, signed, problem| (name.to_owned(), page, signed, problem);
    let expected = [
        own("A", Some(0), false, "ok"),
        own("C", None, false, "pdf_field_seed_value"),
        own("D", Some(0), false, "ok"),
        own("E", None, false, "ok"),
    ];
    assert_eq!(facts(&file), expected);
    let signed = open(bytes(&sign(&file, &into("D"), signer).unwrap()));
    let after = facts(&signed);
    assert_eq!(after[0], own("A", Some(0), false, "pdf_field_locked"));
    assert_eq!(after[2], own("D", Some(0), true, "pdf_field_already_signed"));
    assert_eq!(after[3], expected[3]);
}

#[test]
fn the_dialect_of_icp_brasil_names_itself_and_meets_its_own_seed_values() {
    let Some(signer) = signer() else { return };
    let dir = tempfile::tempdir().unwrap();
    let brazilian = PadesOptions { dialect: Dialect::IcpBrasil, ..options() };
    let seed = "<</FT/Sig/T(S)/SV<</Ff 3/Filter/PBAD_PAdES/SubFilter[/PBAD.PAdES]>>>>";
    let file = open(pdf("/AcroForm 4 0 R", &["<</Fields[5 0 R]>>", seed]));
    let own = FieldChoice::Existing("S".into());
    assert_eq!(code(&file, &PadesOptions { field: own.clone(), ..brazilian.clone() }), "ok");
    assert_eq!(code(&file, &PadesOptions { field: own, ..options() }), "pdf_field_seed_value");

    let signed = open(bytes(&sign(&file, &brazilian, signer).unwrap()));
    let dict = entries(&signed, "Signature1");
    assert_eq!((dict.filter.as_deref(), dict.sub_filter.as_deref()), (Some("PBAD_PAdES"), Some("PBAD.PAdES")));
    let archived = archive(&signed, &evidence(signer), Dialect::IcpBrasil).unwrap().1;
    let path = dir.path().join("pbad.pdf");
    std::fs::write(&path, bytes(&archived)).unwrap();
    let stamp = entries(&open(bytes(&archived)), "DocTimeStamp1");
    assert_eq!((stamp.kind.as_deref(), stamp.sub_filter.as_deref()), (Some("DocTimeStamp"), Some("ETSI.RFC3161")));
    if let Some(sections) = pdfsig(&path) {
        let seen: Vec<_> = sections.iter().map(|(name, _)| name.as_str()).collect();
        assert!(seen.contains(&"Signature1") && seen.contains(&"DocTimeStamp1"), "{seen:?}");
    }
    assert!(qpdf(&path, ""));
}

#[test]
fn demands_on_certification_and_reason_are_met_or_refused() {
    for (seed, options, expected) in [
        ("/MDP<</P 2>>", certify(2), "ok"),
        ("/MDP<</P 2>>", certify(1), "pdf_field_seed_value"),
        ("/MDP<</P 2>>", options(), "pdf_field_seed_value"),
        ("/MDP<</P 0>>", options(), "ok"),
        ("/MDP<</P 0>>", certify(3), "pdf_field_seed_value"),
        ("/Ff 8/Reasons[(A)(Autentica\\347\\343o \\204 c\\363pia fiel)]", options(), "ok"),
        ("/Ff 8/Reasons[(A)]", options(), "pdf_field_seed_value"),
    ] {
        let file = open(pdf("/AcroForm 4 0 R", &["<</Fields[5 0 R]>>", &format!("<</FT/Sig/T(S)/SV<<{seed}>>>>")]));
        let own = PadesOptions { field: FieldChoice::Existing("S".into()), ..options };
        assert_eq!(code(&file, &own), expected, "{seed}");
    }
}

/// What an author demands of the signer's certificate and of a time stamp (ISO 32000-2, tables 237 and 238).
#[test]
fn demands_on_certificate_and_time_stamp_are_met_or_refused() {
    let Some(signer) = signer() else { return };
    let hex = |der: &[u8]| der.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let own = hex(&signer.certificate);
    let known: Arc<[Vec<u8>]> = Arc::from([signer.certificate.clone(), b"issuer".to_vec()]);
    let dir = tempfile::tempdir().unwrap();
    for (seed, expected, stamped) in [
        (format!("/Cert<</Ff 1/Subject[<{own}>]>>"), "ok", "ok"),
        ("/Cert<</Ff 1/Subject[<3000>]>>".to_owned(), "pdf_field_seed_value", "pdf_field_seed_value"),
        // Without its bit an entry is advice.
        ("/Cert<</SubjectDN[<</CN(Outra)>>]/KeyUsage[(0)]>>".to_owned(), "ok", "ok"),
        (format!("/Cert<</Ff 2/Issuer[<3000><{}>]>>", hex(b"issuer")), "ok", "ok"),
        (format!("/Cert<</Ff 2/Issuer[<{own}>]>>"), "pdf_field_seed_value", "pdf_field_seed_value"),
        ("/Cert<</Ff 4/OID[(2.16.76.1.2.3.1)]>>".to_owned(), "pdf_field_seed_value", "pdf_field_seed_value"),
        ("/Cert<</Ff 8/SubjectDN[<</CN(Tabeliao de Teste)/C(BR)>>]>>".to_owned(), "ok", "ok"),
        ("/Cert<</Ff 8/SubjectDN[<</CN(Outra pessoa)>>]>>".to_owned(), "pdf_field_seed_value", "pdf_field_seed_value"),
        ("/Cert<</Ff 32/KeyUsage[(X1)(0)]>>".to_owned(), "ok", "ok"),
        ("/Cert<</Ff 32/KeyUsage[(10)]>>".to_owned(), "pdf_field_seed_value", "pdf_field_seed_value"),
        ("/Cert<</Ff 128>>".to_owned(), "pdf_field_seed_value", "pdf_field_seed_value"),
        ("/TimeStamp<</URL(http://carimbo.example)/Ff 1>>".to_owned(), "pdf_field_seed_value", "ok"),
        ("/TimeStamp<</URL(http://carimbo.example)/Ff 0>>".to_owned(), "ok", "ok"),
    ] {
        let seeded = format!("<</FT/Sig/T(S)/Subtype/Widget/Rect[0 0 9 9]/P 3 0 R/SV<<{seed}>>>>");
        let file = open(pdf("/AcroForm 4 0 R", &["<</Fields[5 0 R]>>", &seeded]));
        let plain = PadesOptions { certificates: Arc::clone(&known), ..into("S") };
        assert_eq!(code(&file, &plain), expected, "{seed}");
        assert_eq!(code(&file, &PadesOptions { goal: Goal::TimeStamped, ..plain.clone() }), stamped, "{seed}");
        let nobody = !seed.contains("Cert<</Ff") && expected == "ok";
        assert_eq!(code(&file, &into("S")) == "ok", nobody, "the signer is not known: {seed}");
        // pyHanko looks at the demands too. It takes no made-up issuer.
        if expected == "ok" && !seed.contains("Issuer") {
            let path = dir.path().join("seed.pdf");
            std::fs::write(&path, bytes(&sign(&file, &plain, signer).unwrap())).unwrap();
            if let Some(answer) = pyhanko(&path) {
                assert_eq!(answer["S"]["seed_value_ok"], true, "{seed}: {answer}");
            }
        }
    }
}

/// A lock is repeated in its signature as the standard writes it (ISO 32000-2, tables 257 and 259), whatever the form says.
#[test]
fn the_lock_of_a_field_is_written_as_it_is_read() {
    let Some(signer) = signer() else { return };
    let dir = tempfile::tempdir().unwrap();
    for (lock, action, level) in [
        ("/Action/All", "All", None),
        ("/Fields[(A)]", "All", None),
        ("", "All", None),
        ("/Action/Nenhum/Fields[(A)]", "All", None),
        ("/Action/Include/Fields[(A)]/P 9", "Include", Some(1)),
        ("/Action/Include/Fields[(A)]/P 2", "Include", Some(2)),
        ("/Action/Exclude/Fields[(S)]/P 0", "Exclude", Some(1)),
    ] {
        let lock_dict = format!("<</Type/SigFieldLock{lock}>>");
        let field = "<</FT/Sig/T(S)/Subtype/Widget/Rect[0 0 9 9]/P 3 0 R/Lock 6 0 R>>";
        let file = open(pdf("/AcroForm 4 0 R", &["<</Fields[5 0 R]>>", field, &lock_dict]));
        let signed = sign(&file, &into("S"), signer).unwrap();
        let references = entries(&open(bytes(&signed)), "S").references;
        let of = |method: &str| references.iter().find(|own| own.method.as_deref() == Some(method));
        let field_mdp = of("FieldMDP").and_then(|own| own.params.as_ref()).expect(lock);
        assert_eq!(
            (field_mdp.action.as_deref(), field_mdp.fields.is_empty()),
            (Some(action), action == "All"),
            "{lock}"
        );
        assert_eq!(of("DocMDP").and_then(|own| own.params.as_ref()).and_then(|own| own.permission), level, "{lock}");
        let path = dir.path().join("lock.pdf");
        std::fs::write(&path, bytes(&signed)).unwrap();
        // pyHanko takes a lock without its action for no lock at all; what the signature says it can read.
        if let Some(answer) =
            pyhanko(&path).filter(|_| lock.contains("/Action/") && !lock.contains("Nenhum") && level != Some(1))
        {
            assert_eq!(
                (&answer["S"]["intact"], &answer["S"]["docmdp_ok"]),
                (&true.into(), &true.into()),
                "{lock} {answer}"
            );
        }
    }
}

/// What a document time stamp needs is asked before anything is signed: it is in a field of its own.
#[test]
fn an_archived_signature_needs_leave_to_add_a_field() {
    let field = "<</FT/Sig/T(A)/Subtype/Widget/Rect[0 0 9 9]/P 3 0 R>>";
    let plain = pdf("/AcroForm 4 0 R", &["<</Fields[5 0 R]>>", field]);
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("plain.pdf"), dir.path().join("form.pdf"));
    std::fs::write(&from, plain).unwrap();
    let made = std::process::Command::new("qpdf")
        .args(["--encrypt", "", "dono", "256", "--modify=form", "--"])
        .args([&from, &to])
        .output();
    let Ok(made) = made else { return absent("qpdf") };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let file = PdfFile::open_path(&to).unwrap();
    for (goal, expected) in
        [(Goal::Signature, "ok"), (Goal::TimeStamped, "ok"), (Goal::Archived, "pdf_permission_denied")]
    {
        assert_eq!(code(&file, &PadesOptions { goal, ..into("A") }), expected, "{goal:?}");
    }
}

#[test]
fn an_increment_goes_only_onto_its_own_base() {
    let Some(signer) = signer() else { return };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("base.pdf");
    let base = pdf("", &[]);
    std::fs::write(&path, &base).unwrap();
    let signed = sign(&PdfFile::open_path(&path).unwrap(), &options(), signer).unwrap();
    let open_file = || std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    signed.append_to(&mut open_file()).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), [&base[..], signed.tail()].concat());
    let error = signed.append_to(&mut open_file()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    assert_eq!(std::fs::read(&path).unwrap().len() as u64, signed.len());
}

#[test]
fn what_preserves_a_signature_is_allowed_by_name_alone() {
    // Even a document that forbids every change takes evidence and time stamps (ISO 32000-2, 12.8.2.2.2).
    let Some(signer) = signer() else { return };
    let certified = open(bytes(&sign(&open(pdf("", &[])), &certify(1), signer).unwrap()));
    assert!(add_evidence(&certified, &evidence(signer), &[]).is_ok());
    let prepared = prepare_timestamp(&certified, 100, Dialect::Etsi).unwrap();
    assert_eq!(prepared.field(), "DocTimeStamp1");
    assert_eq!(prepared.contents(&[1, 2]).len(), 100);
    // The page gets the new annotation and nothing else.
    let after = open(bytes(&prepared.finish(&[0x30, 0]).unwrap()));
    let page = |file: &PdfFile| String::from_utf8_lossy(file.dict(ObjRef::new(3)).unwrap().raw().bytes()).into_owned();
    let (before, now) = (page(&certified), page(&after));
    assert!(now.starts_with(before.trim_end_matches("]>>")) && now.ends_with(" 0 R]>>"), "{before} {now}");
}

#[test]
fn the_permissions_of_an_encrypted_document_are_obeyed() {
    let Some(signer) = signer() else { return };
    let open_with = |index: usize, password: &str| {
        let base = encrypted::base(encrypted::DICTIONARIES[index].1, XrefKind::Table, false);
        PdfFile::from_bytes_with(base, Some(&SecretString::new(password.to_owned()))).unwrap()
    };
    // The last one forbids every change, and its owner may do everything all the same.
    for (index, password, expected) in [
        (5, encrypted::USER, "pdf_permission_denied"),
        (5, encrypted::OWNER, "ok"),
        (4, encrypted::USER, "ok"),
        (2, encrypted::USER, "ok"),
        (1, encrypted::OWNER, "pdf_weak_encryption"),
    ] {
        let file = open_with(index, password);
        assert_eq!(code(&file, &options()), expected, "{index}");
        let stamp = prepare_timestamp(&file, 100, Dialect::Etsi).err().map_or("ok", |error| error.code());
        assert_eq!(stamp, expected, "{index}");
        // Evidence changes nothing that a permission is about.
        let stored = add_evidence(&file, &evidence(signer), &[]).err().map_or("ok", |error| error.code());
        assert_eq!(stored, if expected == "pdf_weak_encryption" { expected } else { "ok" }, "{index}");
    }
    let signed = sign(&open_with(5, encrypted::OWNER), &options(), signer).unwrap();
    let user = SecretString::new(encrypted::USER.to_owned());
    let fields = describe_fields(&PdfFile::from_bytes_with(bytes(&signed), Some(&user)).unwrap()).unwrap();
    let problem = fields[0].problem.as_ref().unwrap();
    assert_eq!(problem.params(), [("permission", "sign_fields".to_owned())]);
}
