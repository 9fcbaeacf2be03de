//! Small files that would cost much, and files that two readers would read as two documents.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use std::time::{Duration, Instant};

use cartorio_pdf::{ObjRef, PdfError, PdfFile};

/// A file with a table; objects 1 and 2 are catalog and page tree, 3 is the page. `generation` is that of object 3.
fn file(objects: &[(u32, String)], generation: u32) -> Vec<u8> {
    let mut all = vec![
        (1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields 4 0 R>>>>".to_owned()),
        (2, "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned()),
        (3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>".to_owned()),
    ];
    all.extend_from_slice(objects);
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut table = String::new();
    for (number, body) in &all {
        let generation = if *number == 3 { generation } else { 0 };
        table.push_str(&format!("{number} 1\n{:010} {generation:05} n \n", out.len()));
        out.extend(format!("{number} {generation} obj\n{body}\nendobj\n").bytes());
    }
    let start = out.len();
    out.extend(format!("xref\n0 1\n0000000000 65535 f \n{table}trailer\n<</Size 99999/Root 1 0 R>>\n").bytes());
    out.extend(format!("startxref\n{start}\n%%EOF\n").bytes());
    out
}

/// The form of a file with these objects, which has to be decided in short time.
fn form_error(objects: &[(u32, String)]) -> Option<PdfError> {
    let file = PdfFile::from_bytes(file(objects, 0)).unwrap();
    let (started, before) = (Instant::now(), processor_time());
    let found = file.form();
    // Of the processor where the system tells: others may keep it busy.
    let spent = processor_time().zip(before).map_or_else(|| started.elapsed(), |(now, then)| now - then);
    assert!(spent < Duration::from_secs(60), "{spent:?}");
    found.err()
}

/// What this thread has had of the processor; `None` where the system does not tell.
fn processor_time() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn references(numbers: std::ops::Range<u32>) -> String {
    numbers.map(|number| format!("{number} 0 R ")).collect()
}

fn limit(error: Option<PdfError>) -> &'static str {
    match error {
        Some(PdfError::Limit { what, .. }) => what,
        other => panic!("no limit: {other:?}"),
    }
}

#[test]
fn names_are_short_and_fields_are_few_enough() {
    let child = |number: u32| (number, "<</T(a)/FT/Tx>>".to_owned());
    let under = |name: usize| {
        let mut objects =
            vec![(4, "[5 0 R]".to_owned()), (5, format!("<</T({})/Kids[{}]>>", "n".repeat(name), references(10..60)))];
        objects.extend((10..60).map(child));
        objects
    };
    assert_eq!(form_error(&under(4094)), None);
    assert_eq!(limit(form_error(&under(4095))), "bytes of a form field's name");
    let flat = |fields: u32| {
        let mut objects = vec![(4, format!("[{}]", references(10..10 + fields)))];
        objects.extend((10..10 + fields).map(child));
        objects
    };
    assert_eq!(form_error(&flat(20_000)), None);
    assert_eq!(limit(form_error(&flat(20_001))), "form fields");
}

/// One long object to which every field leads: read again for each, it would cost hours.
#[test]
fn what_every_field_leads_to_is_paid_for_every_time() {
    let long = "x".repeat(300_000);
    for (entry, object) in [
        ("/Ff 5 0 R", format!("({long})")),
        ("/FT 5 0 R", format!("/{long}")),
        ("/T 6 0 R/Ff 5 0 R", format!("({long})")),
        ("/Rect 5 0 R", format!("[{}]", "0 ".repeat(150_000))),
        ("/Kids 5 0 R", format!("[{}]", "6 0 R ".repeat(50_000))),
        ("/Kids 5 0 R", format!("[{}]", "<<>>".repeat(70_000))),
    ] {
        let mut objects = vec![(4, format!("[{}]", references(10..5010))), (5, object), (6, "(kurz)".to_owned())];
        objects.extend((10..5010).map(|number| (number, format!("<<{entry}>>"))));
        let what = limit(form_error(&objects));
        assert!(what.starts_with("bytes of form field") || what == "form field annotations", "{entry}: {what}");
    }
}

/// The widgets' dictionaries are kept, so one that every field lists must not be kept for every field.
#[test]
fn an_annotation_belongs_to_one_field() {
    let mut objects = vec![(4, format!("[{}]", references(10..20))), (5, "<</Rect[0 0 1 1]>>".to_owned())];
    objects.extend((10..20).map(|number| (number, "<</T(a)/Kids[5 0 R 5 0 R]>>".to_owned())));
    let file = PdfFile::from_bytes(file(&objects, 0)).unwrap();
    let fields = file.form().unwrap().unwrap().fields;
    assert_eq!((fields.len(), fields.iter().map(|field| field.widgets.len()).sum::<usize>()), (10, 1));
}

/// pdf.js throws such a table away and searches the file for objects.
#[test]
fn an_entry_whose_generation_is_no_generation_is_refused() {
    assert!(PdfFile::from_bytes(file(&[], 0)).unwrap().pages().is_ok());
    assert_eq!(PdfFile::from_bytes(file(&[], 65_536)).unwrap_err().code(), "pdf_broken_xref");
}

/// The standard reads null, pdf.js searches the file for objects.
#[test]
fn a_reference_with_another_generation_is_refused() {
    let opened = PdfFile::from_bytes(file(&[], 1)).unwrap();
    assert_eq!(opened.pages().unwrap_err().code(), "pdf_malformed_object");
    assert!(opened.object(ObjRef { number: 3, generation: 1 }).unwrap().is_dict());
}

/// pdf.js takes what stands at the index, whatever its number: the two have to agree.
#[test]
fn an_index_that_leads_to_another_object_of_its_stream_is_refused() {
    let made = |header: &str, index: u8| {
        let other = "<<>> ";
        let data = format!("{header}{other}<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>");
        let mut out = b"%PDF-1.7\n".to_vec();
        let mut rows = [[0_u8, 0, 0, 0]; 6];
        for (number, body) in [
            (1_usize, "<</Type/Catalog/Pages 2 0 R>>".to_owned()),
            (2, "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned()),
            (
                4,
                format!("<</Type/ObjStm/N 2/First {}/Length {}>>\nstream\n{data}\nendstream", header.len(), data.len()),
            ),
        ] {
            let [_, _, high, low] = u32::try_from(out.len()).unwrap().to_be_bytes();
            rows[number] = [1, high, low, 0];
            out.extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
        }
        rows[3] = [2, 0, 4, index];
        let start = out.len();
        out.extend(b"5 0 obj\n<</Type/XRef/Size 6/Root 1 0 R/W[1 2 1]/Length 24>>\nstream\n");
        out.extend(rows.concat());
        out.extend(format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").bytes());
        PdfFile::from_bytes(out).unwrap()
    };
    for (header, index) in [("11 0 3 5 ", 1), ("3 5 3 5 ", 1), ("3 5 3 5 ", 0), ("3 5 11 0 ", 0)] {
        assert_eq!(made(header, index).pages().unwrap().len(), 1, "{header}");
    }
    // A number that is listed for two places is another object for those who go by the number (MuPDF, qpdf).
    for (header, wrong) in [("11 0 3 5 ", 0), ("11 0 3 5 ", 2), ("3 0 3 5 ", 1), ("3 5 3 0 ", 0)] {
        assert_eq!(made(header, wrong).pages().unwrap_err().code(), "pdf_malformed_object", "{header} {wrong}");
    }
}
