//! Files of many gigabytes, made with holes: offsets that need more than 32 bits, and memory that stays flat.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

#[path = "support/encrypted.rs"]
mod encrypted;
mod support;

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;

use cartorio_pdf::{ObjRef, PdfError, PdfFile, Revision, XrefKind};
use encrypted::{DICTIONARIES, ID, OWNER};
use support::{qpdf_accepts_with, secret};

/// Names the file that the measuring child looks at.
const MEASURED: &str = "CARTORIO_PDF_MEASURED";

/// Set for the child that walks over the mapping, as nobody should.
const CARELESS: &str = "CARTORIO_PDF_CARELESS";

/// What a small process needs for itself and what a file may add to that, in KiB.
const MEMORY: u64 = 64 << 10;

/// A file whose page stands behind a stream of `hole` zero bytes. Objects: 1 catalog, 2 page tree, 3 page, 4 the stream, 5 the
/// encryption dictionary; objects 3 and 5 and the cross-reference come after the hole.
fn sparse(path: &Path, hole: u64, kind: XrefKind, encryption: Option<&str>) {
    let mut file = File::create(path).unwrap();
    let mut offsets = [0_u64; 6];
    let mut put = |file: &mut File, number: usize, body: &str| {
        offsets[number] = file.stream_position().unwrap();
        file.write_all(format!("{number} 0 obj\n{body}\nendobj\n").as_bytes()).unwrap();
    };
    file.write_all(b"%PDF-1.7\n").unwrap();
    put(&mut file, 1, "<</Type/Catalog/Pages 2 0 R>>");
    put(&mut file, 2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
    file.write_all(stream_head(hole).as_bytes()).unwrap();
    let stream = file.stream_position().unwrap();
    file.seek(SeekFrom::Start(stream + hole)).unwrap();
    file.write_all(b"\nendstream\nendobj\n").unwrap();
    put(&mut file, 3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>");
    put(&mut file, 5, encryption.unwrap_or("null"));
    offsets[4] = stream - stream_head(hole).len() as u64;
    let start = file.stream_position().unwrap();
    let encrypt = encryption.map_or("", |_| "/Encrypt 5 0 R");
    let trailer = format!("/Root 1 0 R/ID{ID}{encrypt}");
    match kind {
        XrefKind::Table => {
            let rows: String = offsets[1..].iter().map(|offset| format!("{offset:010} 00000 n \n")).collect();
            let table = format!("xref\n0 6\n0000000000 65535 f \n{rows}trailer\n<</Size 6{trailer}>>");
            file.write_all(table.as_bytes()).unwrap();
        }
        XrefKind::Stream => {
            let mut rows = vec![0; 8];
            for offset in offsets[1..].iter().chain([&start]) {
                rows.push(1);
                rows.extend(&offset.to_be_bytes()[2..]);
                rows.push(0);
            }
            let head = format!("6 0 obj\n<</Type/XRef/Size 7/W[1 6 1]/Length {}{trailer}>>\nstream\n", rows.len());
            file.write_all(&[head.as_bytes(), &rows, b"\nendstream\nendobj"].concat()).unwrap();
        }
    }
    file.write_all(format!("\nstartxref\n{start}\n%%EOF\n").as_bytes()).unwrap();
}

fn stream_head(hole: u64) -> String {
    format!("4 0 obj\n<</Length {hole}/Filter/Crypt>>\nstream\n")
}

fn open(path: &Path) -> PdfFile {
    PdfFile::open_path_with(path, Some(&secret(OWNER))).unwrap()
}

/// Adds an annotation to the page, twice, and looks at everything again.
fn extend_twice(path: &Path, hole: u64, kind: XrefKind) {
    for round in 1..=2_usize {
        let file = open(path);
        assert_eq!((file.trailer().kind, file.revisions().len()), (kind, round));
        file.check_entries().unwrap();
        let mut revision = Revision::new(&file);
        let note = revision.allocate().unwrap();
        revision.put(note, b"<</Type/Annot/Subtype/Text/Rect[0 0 1 1]/Contents(nota)>>".to_vec());
        let page = file.first_page_and_count().unwrap().0;
        revision.push_to_array(page.reference.unwrap(), "Annots", note.to_string().as_bytes()).unwrap();
        let tail = revision.finish().unwrap();
        assert_eq!(tail.base_len, file.len());
        OpenOptions::new().append(true).open(path).unwrap().write_all(&tail.bytes).unwrap();

        let again = open(path);
        assert_eq!(again.len(), tail.total_len());
        assert!(again.trailer().startxref > hole);
        assert_eq!(again.trailer().dict.integer("Prev").unwrap() as u64, file.trailer().startxref);
        let page = again.first_page_and_count().unwrap().0;
        let notes = again.get_array(&page.dict, "Annots").unwrap();
        assert_eq!(notes.len(), round);
        let last = again.resolve_dict(&notes[round - 1]).unwrap().unwrap();
        assert_eq!(last.get("Contents").unwrap().as_text().as_deref(), Some("nota"));
        assert!(last.raw().file_span().unwrap().start > hole);
        let stream = again.stream(ObjRef::new(4)).unwrap();
        assert_eq!(stream.data.end - stream.data.start, hole);
        let earlier = again.prefix(file.len()).unwrap();
        assert_eq!(earlier.trailer().startxref, file.trailer().startxref);
    }
}

#[test]
fn offsets_are_right_beyond_a_hundred_million_and_beyond_four_gigabytes() {
    let dir = tempfile::tempdir().unwrap();
    // The first hole ends just before the limit, so that the tail crosses it.
    for hole in [99_999_600, u64::from(u32::MAX) - 500, 5 << 30] {
        for kind in [XrefKind::Table, XrefKind::Stream] {
            for encryption in [None, Some(DICTIONARIES[4].1)] {
                let path = dir.path().join("huge.pdf");
                sparse(&path, hole, kind, encryption);
                extend_twice(&path, hole, kind);
                judged(&path, hole, encryption.map_or("", |_| OWNER));
            }
        }
    }
}

/// qpdf reads the cross-reference and finds the annotations of the page; the smaller file it checks as a whole.
fn judged(path: &Path, hole: u64, password: &str) {
    if hole < 1 << 30 {
        assert!(qpdf_accepts_with(path, password), "qpdf refuses {}", path.display());
    }
    let password = format!("--password={password}");
    let shown = Command::new("qpdf").args([&password, "--show-object=3"]).arg(path).output();
    let Ok(shown) = shown else {
        println!("skipped: qpdf is not installed");
        return;
    };
    let (page, errors) = (String::from_utf8_lossy(&shown.stdout), String::from_utf8_lossy(&shown.stderr));
    let notes = page.split("/Annots [").nth(1).and_then(|rest| rest.split(']').next()).unwrap_or_default();
    assert_eq!(notes.matches("0 R").count(), 2, "{page} {errors}");
    assert!(errors.is_empty(), "{errors}");
    let last = notes.split_whitespace().nth(3).unwrap();
    let shown = Command::new("qpdf").args([&password, &format!("--show-object={last}")]).arg(path).output().unwrap();
    assert!(String::from_utf8_lossy(&shown.stdout).contains("/Contents (nota)"), "{shown:?}");
}

/// Ten digits end at ten gigabytes: a table cannot go on there, a stream can.
#[test]
fn a_table_ends_where_its_digits_do() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("huge.pdf");
    let hole = 9_999_999_400;
    sparse(&path, hole, XrefKind::Table, None);
    let file = open(&path);
    assert_eq!(file.pages().unwrap().len(), 1);
    let mut revision = Revision::new(&file);
    let big = revision.allocate().unwrap();
    revision.put(big, [b"(", &[b'x'; 1000][..], b")"].concat());
    let after = revision.allocate().unwrap();
    revision.put(after, b"null".to_vec());
    assert!(matches!(revision.finish(), Err(PdfError::OffsetTooLarge { offset }) if offset > 9_999_999_999));
    sparse(&path, hole + 1000, XrefKind::Stream, None);
    extend_twice(&path, hole + 1000, XrefKind::Stream);
}

/// Peak memory of a process that opens, extends and reads through a file, in KiB; run by the test below.
#[test]
fn measured_child() {
    let Some(path) = std::env::var_os(MEASURED) else {
        return;
    };
    let file = open(Path::new(&path));
    file.check_entries().unwrap();
    let page = file.first_page_and_count().unwrap().0.reference.unwrap();
    let mut revision = Revision::new(&file);
    revision.edit(page, |page| page.set("Note", b"(nota)")).unwrap();
    revision.finish().unwrap();
    if std::env::var_os(CARELESS).is_some() {
        assert!(file.bytes().iter().step_by(4096).any(|byte| *byte == b'%'));
        assert!(file.bytes().iter().rev().step_by(4096).filter(|byte| **byte == 0).count() > 1000);
    }
    let mut read = 0_u64;
    let pieces = file.shared_bytes().for_each_piece(0..file.len(), |piece| {
        read += piece.len() as u64;
        Ok::<_, std::io::Error>(())
    });
    pieces.unwrap();
    assert_eq!(read, file.len());
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("peak {} of {read} bytes", peak.trim().trim_end_matches(" kB"));
}

fn peak(path: &Path, careless: bool) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "measured_child", "--nocapture"]).env(MEASURED, path);
    if careless {
        child.env(CARELESS, "1");
    }
    let said = String::from_utf8_lossy(&child.output().unwrap().stdout).into_owned();
    let peak = said.split("peak ").nth(1).and_then(|rest| rest.split(' ').next());
    peak.unwrap_or_else(|| panic!("{said}")).parse().unwrap()
}

#[test]
fn memory_stays_flat() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("huge.pdf");
    for (hole, encryption) in [(1_u64 << 20, None), (2 << 30, None), (2 << 30, Some(DICTIONARIES[4].1))] {
        sparse(&path, hole, XrefKind::Stream, encryption);
        let peak = peak(&path, false);
        println!("{hole} bytes: peak of {peak} KiB");
        assert!(peak < MEMORY, "{peak} KiB for {hole} bytes");
    }
    // What is measured would show.
    sparse(&path, 256 << 20, XrefKind::Stream, None);
    let careless = peak(&path, true);
    println!("walked over: peak of {careless} KiB");
    assert!(careless > 256 << 10, "{careless}");
}
