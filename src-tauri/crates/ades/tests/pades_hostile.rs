//! PDFs whose signatures would cost much to look at.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use std::time::{Duration, Instant};

use cartorio_ades::create::pades::{PadesOptions, prepare};
use cartorio_ades::validate::pdf::{Coverage, signatures};
use cartorio_core::Coded;
use cartorio_pdf::{PdfError, PdfFile};

/// One page; object 4 is the form over objects from 10 on, `fields`; `more` are further objects.
fn pdf(fields: &[String], more: &[(usize, String)]) -> Vec<u8> {
    let list: String = (0..fields.len()).map(|index| format!("{} 0 R ", 10 + index)).collect();
    let mut objects = vec![
        (1, "<</Type/Catalog/Pages 2 0 R/AcroForm 4 0 R>>".to_owned()),
        (2, "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned()),
        (3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>".to_owned()),
        (4, format!("<</Fields[{list}]/SigFlags 3>>")),
    ];
    objects.extend(more.iter().cloned());
    objects.extend(fields.iter().enumerate().map(|(index, body)| (10 + index, body.clone())));
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut table = String::new();
    for (number, body) in &objects {
        table.push_str(&format!("{number} 1\n{:010} 00000 n \n", out.len()));
        out.extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
    }
    let start = out.len();
    out.extend(format!("xref\n0 1\n0000000000 65535 f \n{table}trailer\n<</Size 99999/Root 1 0 R>>\n").bytes());
    out.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
    out
}

fn fields(count: usize, entries: impl Fn(usize) -> String) -> Vec<String> {
    (0..count).map(|index| format!("<</FT/Sig/T(F{index}){}>>", entries(index))).collect()
}

#[test]
fn one_value_in_many_fields_is_one_signature() {
    let value = format!("<</Type/Sig/ByteRange[0 1 2 3]/Contents<{}>>>", "30".repeat(1 << 20));
    let file = PdfFile::from_bytes(pdf(&fields(5000, |_| "/V 5 0 R".into()), &[(5, value)])).unwrap();
    let started = Instant::now();
    let found = signatures(&file).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].field.as_str(), found[0].other_fields.len()), ("F0", 4999));
    assert_eq!((found[0].other_fields[0].as_str(), found[0].cms.len()), ("F1", 1 << 20));
    prepare(&file, &PadesOptions { contents_capacity: 4096, ..PadesOptions::default() }).unwrap();
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

#[test]
fn a_value_that_fields_inherit_is_one_signature() {
    let parent = format!("<</FT/Sig/T(P)/V<</Contents<00>>>/Kids[{}]>>", "10 0 R 11 0 R");
    let mut bytes = pdf(&fields(2, |_| String::new()), &[(5, parent)]);
    let list = bytes.windows(16).position(|w| w == b"/Fields[10 0 R 1").unwrap() + 8;
    bytes[list..list + 14].copy_from_slice(b"5 0 R         ");
    let found = signatures(&PdfFile::from_bytes(bytes).unwrap()).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].other_fields.len(), 2);
}

#[test]
fn more_signatures_than_any_document_has_are_refused() {
    let made = |count| PdfFile::from_bytes(pdf(&fields(count, |_| "/V<</Contents<00>>>".into()), &[])).unwrap();
    assert_eq!(signatures(&made(500)).unwrap().len(), 500);
    let error = signatures(&made(501)).unwrap_err();
    assert_eq!(error, PdfError::Limit { what: "signatures", limit: 500 });
    assert_eq!(prepare(&made(501), &PadesOptions::default()).unwrap_err().code(), "pdf_limit_exceeded");
}

/// Every signature covers the one earlier revision, which has to be read once and not once for each.
#[test]
fn an_earlier_revision_is_read_once() {
    const SIGNATURES: usize = 400;
    // Room in the base makes reading it dear.
    let filler: Vec<(usize, String)> = (1000..61_000).map(|number| (number, "null".to_owned())).collect();
    let draft = |end: usize, places: &[usize]| {
        pdf(
            &fields(SIGNATURES, |index| {
                let at = places.get(index).copied().unwrap_or_default();
                format!("/V<</ByteRange[0 {at:010} {:010} {:010}]/Contents<00>>>", at + 4, end.saturating_sub(at + 4))
            }),
            &filler,
        )
    };
    let first = draft(0, &[]);
    let needle = b"/Contents<00>";
    let places: Vec<usize> =
        first.windows(needle.len()).enumerate().filter(|(_, window)| window == needle).map(|(at, _)| at + 9).collect();
    assert_eq!(places.len(), SIGNATURES);
    let mut bytes = draft(first.len(), &places);
    assert_eq!(bytes.len(), first.len());
    let prev = PdfFile::from_bytes(bytes.clone()).unwrap().trailer().startxref;
    let (object, end) = (bytes.len(), first.len() as u64);
    bytes.extend(b"70000 0 obj\nnull\nendobj\n");
    let start = bytes.len();
    bytes.extend(format!("xref\n70000 1\n{object:010} 00000 n \n").bytes());
    bytes.extend(format!("trailer\n<</Size 99999/Root 1 0 R/Prev {prev}>>\nstartxref\n{start}\n%%EOF\n").bytes());
    let file = PdfFile::from_bytes(bytes).unwrap();
    let once = Instant::now();
    file.prefix(end).unwrap().form().unwrap();
    let once = once.elapsed();
    let all = Instant::now();
    let found = signatures(&file).unwrap();
    let all = all.elapsed();
    assert_eq!(found.len(), SIGNATURES);
    assert!(found.iter().all(|signature| signature.coverage == Coverage::EntireRevision { revision_end: end }));
    // Once for each would be 400 times as long; a busy machine may stand still for a moment.
    assert!(all < once * 100 + Duration::from_secs(1), "{all:?} for {SIGNATURES}, {once:?} for one");
}

/// No one here reads the content of a page. A reader that shows it searches the file for objects when it meets the wrong
/// entry, and may then find another page than the one that is signed.
#[test]
fn a_wrong_entry_of_any_object_is_refused() {
    let good = pdf(&[], &[(5, "<</Length 0>>\nstream\n\nendstream".to_owned())]);
    let options = PadesOptions { contents_capacity: 4096, ..PadesOptions::default() };
    prepare(&PdfFile::from_bytes(good.clone()).unwrap(), &options).unwrap();
    let mut wrong = good;
    let at = wrong.windows(7).position(|window| window == b"5 0 obj").unwrap();
    wrong[at] = b'6';
    let file = PdfFile::from_bytes(wrong).unwrap();
    assert_eq!(prepare(&file, &options).unwrap_err().code(), "pdf_malformed_object");
}
