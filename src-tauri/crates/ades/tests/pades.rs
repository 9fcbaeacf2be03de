//! PAdES on files made here: fields, permissions, hostile byte ranges.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod pades_support;

use cartorio_ades::create::pades::{FieldChoice, PadesError, PadesOptions, prepare};
use cartorio_ades::validate::Integrity;
use cartorio_ades::validate::cms::{parse, verify_detached};
use cartorio_ades::validate::pdf::{ByteRangeFault, Coverage, DocMdpLevel, PdfSignatureKind, signatures};
use cartorio_core::{Coded, Digest, HashAlgorithm};
use cartorio_pdf::{ObjRef, PdfError, PdfFile, Revision};
use pades_support::{bytes, options, pdf, pdfsig, sign, signer};

fn open(bytes: Vec<u8>) -> PdfFile {
    PdfFile::from_bytes(bytes).unwrap()
}

fn into(field: &str) -> PadesOptions {
    PadesOptions { field: FieldChoice::Existing(field.into()), ..options() }
}

const FORM: &str = "/AcroForm 4 0 R";
const EMPTY_FIELD: &str = "<</FT/Sig/T(Tabelião)/Subtype/Widget/Rect[0 0 0 0]/P 3 0 R>>";

/// A form with one signed field whose signature dictionary has `entries`, and one empty field `B`.
fn signed_form(catalog: &str, field: &str, entries: &str) -> PdfFile {
    let signature = format!("<</Type/Sig/ByteRange[0 1 2 3]/Contents<00>{entries}>>");
    open(pdf(
        &format!("{FORM}{catalog}"),
        &[
            "<</Fields[5 0 R 7 0 R]/SigFlags 3>>",
            &format!("<</FT/Sig/T(A)/V 6 0 R{field}>>"),
            &signature,
            "<</FT/Sig/T(B)>>",
        ],
    ))
}

fn code(file: &PdfFile, field: FieldChoice) -> String {
    match prepare(file, &PadesOptions { field, hash: Some(HashAlgorithm::Sha256), ..options() }) {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.code().to_owned(),
    }
}

#[test]
fn an_empty_field_is_filled_and_nothing_else_changes() {
    let Some(signer) = signer() else { return };
    for (catalog, form) in [(FORM, "<</Fields[5 0 R]/SigFlags 3>>"), ("/AcroForm<</Fields[5 0 R]>>", "null")] {
        let file = open(pdf(catalog, &[form, EMPTY_FIELD]));
        // The name is UTF-8 without a mark in the file, so it reads as PDFDocEncoding.
        let name = file.form().unwrap().unwrap().fields[0].name.clone();
        let after = open(bytes(&sign(&file, &into(&name), signer).unwrap()));
        let found = &signatures(&after).unwrap()[0];
        assert_eq!((found.coverage, found.kind), (Coverage::EntireFile, PdfSignatureKind::Approval));
        for number in [2, 3] {
            let object = ObjRef::new(number);
            assert_eq!(after.object(object).unwrap().file_span(), file.object(object).unwrap().file_span());
        }
        let form = after.form().unwrap().unwrap();
        assert_eq!((form.sig_flags, form.fields.len()), (3, 1));
        let catalog_moved = after.catalog().unwrap().raw().file_span() != file.catalog().unwrap().raw().file_span();
        assert_eq!(catalog_moved, catalog != FORM, "the catalog changes only when the form is in it");
        assert_eq!(code(&after, FieldChoice::Existing(name)), "pdf_field_already_signed");
    }
}

#[test]
fn new_fields_get_free_names_and_keep_the_page() {
    let Some(signer) = signer() else { return };
    let form = "<</Fields[5 0 R]/DA(/Helv 0 Tf)>>";
    let mut file = open(pdf(FORM, &[form, "<</T(Signature1)/Kids[6 0 R]>>", "<</T(x)/FT/Tx/Parent 5 0 R>>"]));
    for round in 1..=3_u32 {
        file = open(bytes(&sign(&file, &options(), signer).unwrap()));
        let found = signatures(&file).unwrap();
        let names: Vec<_> = found.iter().map(|s| s.field.clone()).collect();
        let expected: Vec<_> = (2..=round + 1).map(|n| format!("Signature{n}")).collect();
        assert_eq!(names, expected, "in the order of signing");
        let later: Vec<_> = found.iter().map(|s| s.later_revisions).collect();
        assert_eq!(later, (0..round as usize).rev().collect::<Vec<_>>());
        for signature in &found {
            let view = parse(&signature.cms).unwrap();
            let reports = verify_detached(&view, |hash| signature.digest(hash).ok_or(())).unwrap();
            assert_eq!(reports[0].integrity, Integrity::Ok);
        }
    }
    let page = file.dict(ObjRef::new(3)).unwrap();
    assert!(page.raw().bytes().starts_with(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.32001 842]/Annots["));
    let form = file.dict(ObjRef::new(4)).unwrap();
    assert!(form.raw().bytes().ends_with(b"/DA(/Helv 0 Tf)/SigFlags 3>>"));
    for (name, expected) in [
        ("Signature1", "pdf_field_name_taken"),
        ("", "pdf_field_name_invalid"),
        ("a.b", "pdf_field_name_invalid"),
        ("Novo", "ok"),
    ] {
        assert_eq!(code(&file, FieldChoice::NewNamed(name.into())), expected, "{name}");
    }
}

#[test]
fn fields_that_cannot_be_signed_are_refused() {
    let seed = |entries: &str| format!("<</FT/Sig/T(S)/SV<<{entries}>>>>");
    for (field, expected) in [
        ("<</FT/Tx/T(S)>>".to_owned(), "pdf_field_not_signature"),
        ("<</FT/Sig/T(Other)>>".to_owned(), "pdf_field_not_found"),
        ("<</FT/Sig/T(S)/V null>>".to_owned(), "ok"),
        ("<</FT/Sig/T(S)/V 99 0 R>>".to_owned(), "ok"),
        (seed("/Ff 2/SubFilter[/adbe.pkcs7.detached]"), "pdf_field_seed_value"),
        (seed("/Ff 3/Filter/Adobe.PPKLite/SubFilter[/adbe.pkcs7.detached/ETSI.CAdES.detached]"), "ok"),
        (seed("/SubFilter[/adbe.pkcs7.detached]"), "ok"),
        (seed("/Ff 8/Reasons[(x)]"), "pdf_field_seed_value"),
        (seed("/Ff 1024"), "pdf_field_seed_value"),
        (seed("/Ff 1/Filter/Outro.Filtro"), "pdf_field_seed_value"),
        (seed("/Filter/Outro.Filtro"), "ok"),
        // What binds and is not looked at is not met.
        (seed("/Ff 4/V 2"), "pdf_field_seed_value"),
        (seed("/Ff 16/LegalAttestation[(x)]"), "pdf_field_seed_value"),
        (seed("/Ff 32/AddRevInfo true"), "pdf_field_seed_value"),
        (seed("/Ff 64/DigestMethod[/SHA512]"), "pdf_field_seed_value"),
        (seed("/Ff 64/DigestMethod[/SHA384/SHA-256]"), "ok"),
        (seed("/Ff 64/DigestMethod[(SHA256)]"), "ok"),
        (seed("/Ff 64/DigestMethod[/SHA1/RIPEMD160]"), "pdf_field_seed_value"),
        (seed("/Ff 64"), "pdf_field_seed_value"),
        (seed("/V 2/LegalAttestation[(x)]/AddRevInfo true/DigestMethod[/SHA512]"), "ok"),
    ] {
        let file = open(pdf(FORM, &["<</Fields[5 0 R]>>", &field]));
        assert_eq!(code(&file, FieldChoice::Existing("S".into())), expected, "{field}");
    }
    let direct = open(pdf(FORM, &["<</Fields[<</FT/Sig/T(S)>>]>>"]));
    assert_eq!(code(&direct, FieldChoice::Existing("S".into())), "pdf_field_not_editable");
}

#[test]
fn permissions_of_earlier_signatures_are_obeyed() {
    let mdp = |p: &str| format!("/Reference[<</TransformMethod/DocMDP/TransformParams<<{p}>>>>]");
    let lock = |entries: &str| format!("/Reference[<</TransformMethod/FieldMDP/TransformParams<<{entries}>>>>]");
    let perms = "/Perms<</DocMDP 6 0 R>>";
    for (catalog, field, entries, existing, new) in [
        ("", "", String::new(), "ok", "ok"),
        (perms, "", mdp("/P 1"), "pdf_certified_no_changes", "pdf_certified_no_changes"),
        (perms, "", mdp("/P 2"), "ok", "pdf_certified_no_new_field"),
        (perms, "", mdp("/P 3"), "ok", "pdf_certified_no_new_field"),
        (perms, "", mdp(""), "ok", "pdf_certified_no_new_field"),
        (perms, "", String::new(), "ok", "pdf_certified_no_new_field"),
        (perms, "", mdp("/P 7"), "pdf_certified_no_changes", "pdf_certified_no_changes"),
        ("", "", mdp("/P 1"), "pdf_certified_no_changes", "pdf_certified_no_changes"),
        ("", "", lock("/Action/All"), "pdf_field_locked", "pdf_new_field_locked"),
        // One that the standard does not know is read as the strictest.
        ("", "", lock("/Action/Outra/Fields[(A)]"), "pdf_field_locked", "pdf_new_field_locked"),
        ("", "", lock("/Fields[(A)]"), "pdf_field_locked", "pdf_new_field_locked"),
        ("", "", lock("/Action/Include/Fields[(A)]"), "ok", "ok"),
        ("", "", lock("/Action/Include/Fields[(B)]"), "pdf_field_locked", "ok"),
        ("", "", lock("/Action/Exclude/Fields[(B)]"), "ok", "pdf_new_field_locked"),
        ("", "/Lock<</Action/All>>", String::new(), "pdf_field_locked", "pdf_new_field_locked"),
        (
            "",
            "/Lock<</Action/Include/Fields[]/P 1>>",
            String::new(),
            "pdf_certified_no_changes",
            "pdf_certified_no_changes",
        ),
    ] {
        let file = signed_form(catalog, field, &entries);
        assert_eq!(code(&file, FieldChoice::Existing("B".into())), existing, "{catalog} {field} {entries}");
        assert_eq!(code(&file, FieldChoice::New), new, "{catalog} {field} {entries}");
    }
    let certified = signatures(&signed_form(perms, "", &mdp("/P 3"))).unwrap();
    assert_eq!(certified[0].kind, PdfSignatureKind::Certification(DocMdpLevel::Annotations));
}

#[test]
fn a_lock_takes_effect_with_the_signature() {
    let Some(signer) = signer() else { return };
    let field = "<</FT/Sig/T(A)/Lock<</Type/SigFieldLock/Action/Include/Fields[(B)]>>>>";
    let file = open(pdf(FORM, &["<</Fields[5 0 R 6 0 R]>>", field, "<</FT/Sig/T(B)>>"]));
    let signed = open(bytes(&sign(&file, &into("A"), signer).unwrap()));
    let value = signed.form().unwrap().unwrap().fields[0].value.clone().unwrap();
    let entries = signed.signature_entries(signed.resolve(&value).unwrap().as_dict().unwrap()).unwrap();
    let reference = &entries.references[0];
    assert_eq!(reference.method.as_deref(), Some("FieldMDP"));
    assert_eq!(reference.params.as_ref().unwrap().fields, ["B"]);
    assert_eq!(code(&signed, FieldChoice::Existing("B".into())), "pdf_field_locked");
    assert_eq!(code(&signed, FieldChoice::New), "ok");
}

#[test]
fn the_container_is_as_large_as_asked_and_no_larger() {
    let file = open(pdf("", &[]));
    let prepared = prepare(&file, &PadesOptions { contents_capacity: 100, ..options() }).unwrap();
    assert_eq!(prepared.capacity(), 100);
    assert!(prepared.finish(&[0x30; 100]).is_ok());
    let refused = prepared.finish(&[0x30; 101]).unwrap_err();
    assert_eq!(refused, PadesError::ContainerTooSmall { needed: 101, available: 100 });

    // Whatever is put there, the digest is the same, and it is the digest of what is outside.
    let signed = bytes(&prepared.finish(&[0xab; 7]).unwrap());
    let [_, first, second, last] = prepared.byte_range().map(|n| n as usize);
    assert_eq!(second + last, signed.len());
    assert_eq!(signed[first..second], *format!("<{}{}>", "ab".repeat(7), "00".repeat(93)).as_bytes());
    let outside = [&signed[..first], &signed[second..]].concat();
    assert_eq!(prepared.digest(HashAlgorithm::Sha512), Digest::of(HashAlgorithm::Sha512, &outside));
}

#[test]
fn padding_is_told_from_the_cms() {
    let cms = [0x30, 0x03, 0x02, 0x01, 0x00]; // ends in a zero byte that belongs to it
    for (contents, used) in [(cms.to_vec(), false), ([&cms[..], &[0, 0, 9]].concat(), true)] {
        let file = open(pdf("", &[]));
        let prepared = prepare(&file, &PadesOptions { contents_capacity: 64, ..options() }).unwrap();
        let signed = open(bytes(&prepared.finish(&contents).unwrap()));
        let found = &signatures(&signed).unwrap()[0];
        assert_eq!((found.cms.as_slice(), found.padding_used), (&cms[..], used));
    }
}

#[test]
fn hostile_byte_ranges_are_named() {
    let base = open(pdf("", &[]));
    let prepared = prepare(&base, &PadesOptions { contents_capacity: 16, ..options() }).unwrap();
    let good = bytes(&prepared.finish(&[0x30, 0]).unwrap());
    let [_, a, b, c] = prepared.byte_range();
    let at = good.windows(10).position(|w| w == b"/ByteRange").unwrap() + 10;
    let with = |value: String| {
        let mut bytes = good.clone();
        let slot = &mut bytes[at..at + 52];
        slot.fill(b' ');
        slot[..value.len()].copy_from_slice(value.as_bytes());
        signatures(&open(bytes)).unwrap()[0].coverage
    };
    use ByteRangeFault as Fault;
    assert_eq!(with(format!("[0 {a} {b} {c}]")), Coverage::EntireFile);
    let total = good.len() as u64;
    // The file's last byte is the line end behind %%EOF: a revision may end before or behind it.
    assert_eq!(with(format!("[0 {a} {b} {}]", c - 1)), Coverage::EntireRevision { revision_end: total - 1 });
    assert_eq!(with(format!("[0 {a} {b} {}]", c - 2)), Coverage::Partial { end: total - 2 });
    for (value, fault) in [
        (" null".to_owned(), Fault::Missing),
        ("null".into(), Fault::Unreadable),
        ("[]".into(), Fault::NotTwoParts),
        (format!("[0 {a}]"), Fault::NotTwoParts),
        (format!("[0 {a} {b} 9 {b} {c}]"), Fault::NotTwoParts),
        (format!("[0 {a} {b} {c}.5]"), Fault::Missing),
        (format!("[1 {} {b} {c}]", a - 1), Fault::DoesNotStartAtZero),
        (format!("[0 {a} {b} -1]"), Fault::BadNumber),
        (format!("[0 {a} {b} {}]", i64::MAX), Fault::OutsideFile),
        (format!("[0 {a} {b} {}]", c + 1), Fault::OutsideFile),
        (format!("[0 {a} {} {c}]", a - 1), Fault::Overlap),
        (format!("[0 {a} {a} {c}]"), Fault::Overlap),
        (format!("[0 {} {b} {c}]", a - 1), Fault::GapIsNotContents),
        (format!("[0 {} {b} {c}]", a + 1), Fault::GapIsNotContents),
        (format!("[0 {a} {} {}]", b + 1, c - 1), Fault::GapIsNotContents),
        (format!("[0 {a} {} {c}]", b - 1), Fault::GapIsNotContents),
        (format!("[0 {a} {b} {c}]/ByteRange[0 1 2 3]"), Fault::RepeatedEntry),
    ] {
        assert_eq!(with(value.clone()), Coverage::Invalid(fault), "{value} {}", fault.code());
    }
    let text = |from: &str, to: &str| {
        let at = good.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
        let mut bytes = good.clone();
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        signatures(&open(bytes)).unwrap()[0].coverage
    };
    assert_eq!(text("/Contents<3000", "/Contents<30zz"), Coverage::Invalid(Fault::ContentsNotHex));
    assert_eq!(text("/Contents<", "/Kontents<"), Coverage::Invalid(Fault::NoContents));
}

#[test]
fn what_is_appended_later_is_not_covered() {
    let Some(signer) = signer() else { return };
    let signed = open(bytes(&sign(&open(pdf("", &[])), &options(), signer).unwrap()));
    let mut revision = Revision::new(&signed);
    revision.edit(ObjRef::new(3), |page| page.set("MediaBox", b"[0 0 1 1]")).unwrap();
    let changed = open([signed.bytes(), &revision.finish().unwrap().bytes].concat());
    let found = &signatures(&changed).unwrap()[0];
    assert_eq!(found.coverage, Coverage::EntireRevision { revision_end: signed.len() });
    assert_eq!(found.later_revisions, 1);
    let before = &signatures(&signed).unwrap()[0];
    assert_eq!(found.digest(HashAlgorithm::Sha256), before.digest(HashAlgorithm::Sha256));
}

/// A dictionary that lies in a stream of the signed revision, and that only a later revision makes an object.
#[test]
fn a_dictionary_from_another_revision_is_not_believed() {
    let hidden = |range: &str| {
        let dict = format!("9 0 obj\n<</Type/Sig/ByteRange[{range:<40}]/Contents<3000>>>\nendobj\n");
        pdf("", &[&format!("<</Length {}>>\nstream\n{dict}\nendstream", dict.len())])
    };
    let draft = hidden("");
    let find = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).position(|w| w == text).unwrap();
    let contents = find(&draft, b"<3000>");
    let base = hidden(&format!("0 {contents} {} {}", contents + 6, draft.len() - contents - 6));
    assert_eq!(base.len(), draft.len());
    let mut out = base.clone();
    let catalog = out.len();
    out.extend(b"1 0 obj\n<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[10 0 R]>>>>\nendobj\n");
    let field = out.len();
    out.extend(b"10 0 obj\n<</FT/Sig/T(A)/V 9 0 R>>\nendobj\n");
    let start = out.len();
    let (dict, prev) = (find(&base, b"9 0 obj"), PdfFile::from_bytes(base).unwrap().trailer().startxref);
    out.extend(format!("xref\n1 1\n{catalog:010} 00000 n \n9 2\n{dict:010} 00000 n \n{field:010} 00000 n \n").bytes());
    out.extend(format!("trailer\n<</Size 11/Root 1 0 R/Prev {prev}>>\nstartxref\n{start}\n%%EOF\n").bytes());
    let found = signatures(&open(out)).unwrap();
    assert_eq!(found[0].coverage, Coverage::Invalid(ByteRangeFault::NotInItsRevision));
}

#[test]
fn a_mapped_file_is_signed() {
    let Some(signer) = signer() else { return };
    let data = "x".repeat(40 << 20);
    let dir = tempfile::tempdir().unwrap();
    let (from, to) = (dir.path().join("large.pdf"), dir.path().join("signed.pdf"));
    std::fs::write(&from, pdf("", &[&format!("<</Length {}>>\nstream\n{data}\nendstream", data.len())])).unwrap();
    let signed = sign(&PdfFile::open_path(&from).unwrap(), &options(), signer).unwrap();
    signed.write_to(&mut std::fs::File::create(&to).unwrap()).unwrap();
    let found = signatures(&PdfFile::open_path(&to).unwrap()).unwrap();
    assert_eq!(found[0].coverage, Coverage::EntireFile);
    if let Some(sections) = pdfsig(&to) {
        assert!(sections[0].1.contains("Signature Validation: Signature is Valid"), "{}", sections[0].1);
    }
}

#[test]
fn circular_page_trees_are_refused_although_the_first_page_is_there() {
    let bytes = pdf("", &["<</Type/Pages/Kids[2 0 R]/Count 1>>"]);
    let text = String::from_utf8(bytes).unwrap().replace("/Kids[3 0 R]/Count 1>>", "/Kids[3 0 R 4 0 R]>>   ");
    let error = prepare(&open(text.into_bytes()), &options()).unwrap_err();
    assert_eq!(error, PadesError::Pdf(PdfError::CircularPageTree(ObjRef::new(2))));
}

/// Broken copies of a signed file never panic and never look better than they are. Bounded in time.
#[test]
fn broken_copies_are_read_or_refused() {
    let Some(signer) = signer() else { return };
    let once = open(bytes(&sign(&open(pdf("", &[])), &options(), signer).unwrap()));
    let good = bytes(&sign(&once, &options(), signer).unwrap());
    let digest = |file: &PdfFile| -> Vec<_> {
        let found = signatures(file).unwrap_or_default();
        found.into_iter().map(|s| (s.field.clone(), s.coverage, s.digest(HashAlgorithm::Sha256), s.cms)).collect()
    };
    let untouched = digest(&open(good.clone()));
    let started = std::time::Instant::now();
    let (mut random, mut tried) = (0x2545_f491_4f6c_dd1d_u64, 0);
    while started.elapsed() < std::time::Duration::from_secs(3) {
        let mut copy = good.clone();
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let at = (random % good.len() as u64) as usize;
        copy[at] = copy[at].wrapping_add(1 + (random >> 40) as u8 % 255);
        tried += 1;
        let Ok(file) = PdfFile::from_bytes(copy) else {
            continue;
        };
        let _ = prepare(&file, &options());
        // The later signature covers every byte but its own /Contents: no other change may leave it as it was.
        let now = digest(&file);
        let later = untouched.last().unwrap();
        if now.contains(later) {
            let end = good.windows(10).rposition(|w| w == b"/Contents<").unwrap() + 10;
            let room = 2 * options().contents_capacity;
            assert!((end..end + room).contains(&at), "byte {at} changed and nothing noticed");
        }
    }
    assert!(tried > 50, "{tried}");
}
