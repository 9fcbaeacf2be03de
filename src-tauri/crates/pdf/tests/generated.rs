//! Files made here: every shape of cross-reference data, every place an array can be, and broken copies of all that.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

#[path = "support/shapes.rs"]
mod shapes;
mod support;

use std::time::{Duration, Instant};

use cartorio_pdf::{ObjRef, PdfError, PdfFile, Revision, XrefKind};
use proptest::prelude::*;

use shapes::{Annots, PAGE_BOX, Shape, build, shape};

fn append(file: &PdfFile, change: impl FnOnce(&mut Revision<'_>) -> Result<(), PdfError>) -> PdfFile {
    let mut revision = Revision::new(file);
    change(&mut revision).unwrap();
    let tail = revision.finish().unwrap();
    PdfFile::from_bytes([file.bytes(), &tail.bytes].concat()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn revisions_stack_and_touch_what_they_must(shape in shape(), rounds in 1_usize..4) {
        let mut file = PdfFile::from_bytes(build(shape)).unwrap();
        let before = file.first_page_and_count().unwrap().0;
        let mut used = std::collections::HashSet::new();
        for round in 0..rounds {
            let base = file.bytes().to_vec();
            let mut new = ObjRef::new(0);
            file = append(&file, |revision| {
                new = revision.allocate()?;
                revision.put(new, format!("<</Type/Annot/Rect[0 0 0 0]/Round {round}>>").into_bytes());
                revision.push_to_array(before.reference.unwrap(), "Annots", new.to_string().as_bytes())
            });
            prop_assert!(file.bytes().starts_with(&base));
            prop_assert!(new.number as usize >= 5 + shape.pages && used.insert(new.number));
            prop_assert_eq!(file.trailer().kind, shape.kind);
            let id = file.trailer().id.unwrap();
            prop_assert_eq!(id.bytes(), b"[<01><02>]");
            prop_assert_eq!(file.revisions().len(), round + 2);
            // The line end of a base without one is the first byte of the tail, so only the markers are compared.
            let marks = |file: &PdfFile| file.revisions().iter().map(|r| (r.xref_offset, r.marker_end)).collect::<Vec<_>>();
            prop_assert_eq!(marks(&file.prefix(base.len() as u64).unwrap()), &marks(&file)[..=round]);
        }
        let page = file.first_page_and_count().unwrap().0;
        prop_assert!(page.dict.raw().bytes().windows(PAGE_BOX.len()).any(|w| w == PAGE_BOX.as_bytes()));
        prop_assert_eq!(page.media_box, Some([0.0, 0.0, 595.0, 842.0]));
        prop_assert_eq!((page.crop_box, page.rotate), (before.crop_box, 90));
        let annots = file.get_array(&page.dict, "Annots").unwrap();
        let had = usize::from(matches!(shape.annots, Annots::Direct | Annots::Elsewhere));
        prop_assert_eq!(annots.len(), had + rounds);
        prop_assert_eq!(file.pages().unwrap().len(), shape.pages);
        if matches!(shape.annots, Annots::Elsewhere) {
            prop_assert_eq!(page.dict.raw().bytes(), before.dict.raw().bytes());
        }
    }
}

#[test]
fn every_shape_passes_qpdf_after_a_revision() {
    let dir = tempfile::tempdir().unwrap();
    for kind in [XrefKind::Table, XrefKind::Stream] {
        for compressed in [false, true] {
            for annots in [Annots::Absent, Annots::Direct, Annots::Elsewhere, Annots::Dangling] {
                let file =
                    PdfFile::from_bytes(build(Shape { kind, compressed, annots, pages: 2, newline: false })).unwrap();
                let file = append(&file, |revision| {
                    let stream = revision.allocate()?;
                    revision.put_stream(stream, b"/Type/XObject/Subtype/Form/BBox[0 0 0 0]", b"");
                    revision.push_to_array(ObjRef::new(5), "Annots", b"<</Type/Annot/Subtype/Text/Rect[0 0 1 1]>>")
                });
                let path = dir.path().join("out.pdf");
                std::fs::write(&path, file.bytes()).unwrap();
                assert!(support::qpdf_accepts(&path), "{kind:?} {compressed} {annots:?}");
            }
        }
    }
}

#[test]
fn circular_and_misleading_chains_are_refused() {
    let base =
        build(Shape { kind: XrefKind::Table, compressed: false, annots: Annots::Absent, pages: 1, newline: true });
    let text = String::from_utf8_lossy(&base).into_owned();
    let start = PdfFile::from_bytes(base.clone()).unwrap().trailer().startxref;
    let with = |prev: &str| {
        let at = base.windows(10).rposition(|w| w == b"/Root 1 0 ").unwrap();
        [&base[..at], prev.as_bytes(), &base[at..]].concat()
    };
    assert!(text.contains("trailer"));
    assert_eq!(PdfFile::from_bytes(with(&format!("/Prev {start}"))).unwrap_err().code(), "pdf_circular_xref");
    for prev in ["/Prev 0", "/Prev -1", "/Prev 99999999999999999999", "/Prev 9", "/Prev (x)", "/Prev 1 0 R"] {
        assert_eq!(PdfFile::from_bytes(with(prev)).unwrap_err().code(), "pdf_broken_xref", "{prev}");
    }
    assert_eq!(PdfFile::from_bytes(with("/Encrypt 4 0 R")).unwrap_err().code(), "pdf_malformed_encryption");
    assert_eq!(PdfFile::from_bytes(base[..base.len() - 8].to_vec()).unwrap_err().code(), "pdf_no_startxref");
    assert_eq!(PdfFile::from_bytes(Vec::new()).unwrap_err().code(), "pdf_not_pdf");
}

/// Offsets count from the first byte here and from the header elsewhere: one file could be two documents.
#[test]
fn a_header_that_does_not_stand_first_is_refused() {
    let base =
        build(Shape { kind: XrefKind::Table, compressed: false, annots: Annots::Absent, pages: 1, newline: true });
    for junk in [&b" "[..], b"\xef\xbb\xbf", b"%junk\n", &[b'x'; 1019]] {
        // The offsets stay right for a reader that counts from the header; the result differs for one that does not.
        let moved = [junk, &base].concat();
        let error = PdfFile::from_bytes(moved).unwrap_err();
        assert_eq!(error, PdfError::HeaderOffset { offset: junk.len() as u64 });
        assert_eq!(error.code(), "pdf_header_offset");
        assert_eq!(error.params(), [("offset", junk.len().to_string())]);
    }
    assert_eq!(PdfFile::from_bytes([&[b'x'; 1024], &base[..]].concat()).unwrap_err(), PdfError::NotPdf);
    assert_eq!(PdfFile::from_bytes([b"%PDF-x", &base[..]].concat()).unwrap_err(), PdfError::NotPdf);
    PdfFile::from_bytes(base).unwrap();
}

#[test]
fn a_stream_object_is_not_edited_as_a_dictionary() {
    let file = PdfFile::from_bytes(build(Shape {
        kind: XrefKind::Stream,
        compressed: true,
        annots: Annots::Absent,
        pages: 1,
        newline: true,
    }))
    .unwrap();
    let error = Revision::new(&file).edit(ObjRef::new(6), |_| Ok::<_, PdfError>(())).unwrap_err();
    assert_eq!(error, PdfError::UnexpectedType { object: ObjRef::new(6), expected: "a dictionary" });
}

/// Broken copies never panic and never take long. Bounded in time; the seed is printed by the assertion that fails.
#[test]
fn broken_copies_end_in_an_answer() {
    let mut seeds: Vec<Vec<u8>> = support::corpus("pdf-pyhanko")
        .unwrap_or_default()
        .iter()
        .map(|(_, path)| std::fs::read(path).unwrap())
        .filter(|bytes| bytes.len() < 60_000)
        .collect();
    for kind in [XrefKind::Table, XrefKind::Stream] {
        seeds.push(build(Shape { kind, compressed: true, annots: Annots::Elsewhere, pages: 4, newline: true }));
    }
    let tokens: [&[u8]; 14] = [
        b"<<",
        b">>",
        b"[",
        b"]",
        b"(",
        b"/Kids",
        b"/Prev 0",
        b"1 0 R",
        b"endobj",
        b"stream",
        b"99999999999",
        b"-1",
        b"<",
        b"%",
    ];
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below.max(1) as u64) as usize
    };
    let (started, mut opened, mut tried) = (Instant::now(), 0, 0);
    while started.elapsed() < Duration::from_secs(4) {
        let mut bytes = seeds[next(seeds.len())].clone();
        for _ in 0..=next(6) {
            // The structure is at the end: hit it as often as everything else.
            let at = if next(2) == 0 { next(bytes.len()) } else { bytes.len() - 1 - next(bytes.len().min(1500)) };
            match next(4) {
                0 => bytes[at] = next(256) as u8,
                1 => bytes[at] = b'0' + next(10) as u8,
                2 => {
                    let token = tokens[next(tokens.len())];
                    let end = (at + token.len()).min(bytes.len());
                    bytes.splice(at..end, token.iter().copied());
                }
                _ => {
                    let end = (at + next(40)).min(bytes.len());
                    bytes.drain(at..end);
                }
            }
            if bytes.is_empty() {
                bytes.push(b'%');
            }
        }
        let (before, copy) = (Instant::now(), bytes.clone());
        tried += 1;
        if let Ok(file) = PdfFile::from_bytes(bytes) {
            opened += 1;
            let _ = file.pages();
            let _ = support::read_everything(&file);
            let mut revision = Revision::new(&file);
            let root = file.root();
            let changed = revision.push_to_array(root, "Test", b"1").and_then(|()| revision.finish());
            if let Ok(tail) = changed {
                let again = PdfFile::from_bytes([file.bytes(), &tail.bytes].concat()).unwrap();
                assert!(
                    again.get_array(&again.catalog().unwrap(), "Test").unwrap().len() == 1,
                    "{}",
                    copy.escape_ascii()
                );
            }
        }
        assert!(before.elapsed() < Duration::from_secs(2), "{}", copy.escape_ascii());
    }
    assert!(opened > 20, "{opened} of {tried} opened");
}
