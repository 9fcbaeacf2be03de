//! Stamps as programs see them that we did not write: qpdf, Poppler, MuPDF. They are skipped by name where they are not
//! installed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cartorio_pdf::PdfFile;
use cartorio_stamp::{CoveredKind, Image, Line, StampSpec, covers_text};
use cartorio_testkit::judges::verapdf;
use support::{file, stamped};
use tempfile::TempDir;

const LINES: [&str; 4] = [
    "Assinado digitalmente por",
    "João da Conceição Gonçalves d’Ávila",
    "Tabelião · 2º Ofício de Notas de São Luís",
    "21/11/2026 14:00:00 (UTC−03:00) § “ação” R$ 12,50 €",
];

fn judge(program: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) => {
            println!("{program} is not here ({error}): not judged");
            None
        }
    }
}

fn spec() -> StampSpec {
    let lines = LINES.iter().map(|text| Line { text: (*text).to_owned(), size: 8.0, bold: text.starts_with("João") });
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 2, 1);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header().unwrap().write_image_data(&[200, 180, 160, 255, 160, 200, 180, 40]).unwrap();
    StampSpec {
        lines: lines.collect(),
        image: Some(Image::parse(&png).unwrap()),
        qr: Some("https://validar.example/8f3a22c177aa".into()),
        demo: Some("DEMONSTRAÇÃO, sem valor jurídico".into()),
        ..StampSpec::new(280.0, 90.0)
    }
}

fn sample() -> (TempDir, PathBuf) {
    let rotations =
        [0, 90, 180, 270].map(|rotate| format!("/MediaBox[-50 30 550 630]/CropBox[0 50 500 600]/Rotate {rotate}"));
    let pages = rotations.each_ref().map(|entries| (entries.as_str(), ""));
    let spec = StampSpec { image: None, ..spec() };
    let stamps = [0, 1, 2, 3].map(|page| (page, 30.0, 40.0, StampSpec { pdf_a: page % 2 == 1, ..spec.clone() }));
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("stamped.pdf");
    std::fs::write(&path, stamped(&file(&pages), &stamps)).unwrap();
    (folder, path)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn qpdf_finds_nothing_wrong() {
    let (_folder, path) = sample();
    let Some(output) = judge("qpdf", &["--check", text(&path)]) else { return };
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("No syntax or stream encoding errors"), "{said}");
}

#[test]
fn the_accents_come_back_on_every_rotation() {
    let (_folder, path) = sample();
    for page in ["1", "2", "3", "4"] {
        let Some(output) = judge("pdftotext", &["-enc", "UTF-8", "-f", page, "-l", page, text(&path), "-"]) else {
            return;
        };
        let found = String::from_utf8(output.stdout).unwrap();
        for line in LINES.iter().chain(&["DEMONSTRAÇÃO, sem valor jurídico"]) {
            assert!(found.lines().any(|row| row.trim() == *line), "{line} on page {page}:\n{found}");
        }
    }
}

#[test]
fn the_stamp_is_seen_where_it_was_placed() {
    let (_folder, path) = sample();
    for page in ["1", "2", "3", "4"] {
        let arguments = ["-bbox", "-cropbox", "-f", page, "-l", page, text(&path), "-"];
        let Some(output) = judge("pdftotext", &arguments) else { return };
        let found = String::from_utf8(output.stdout).unwrap();
        let word = found.lines().find(|line| line.contains(">Assinado<")).unwrap_or_else(|| panic!("{found}"));
        let side = |name: &str| -> f64 {
            let rest = &word[word.find(name).unwrap() + name.len() + 2..];
            rest[..rest.find('"').unwrap()].parse().unwrap()
        };
        let (x, y) = (side("xMin"), side("yMin"));
        assert!((30.0..45.0).contains(&x) && (40.0..60.0).contains(&y), "page {page}: {x}, {y}");
        assert!(side("xMax") - x > side("yMax") - y, "upright");
    }
}

#[test]
fn fonts_are_embedded_subset_and_have_meanings() {
    let (_folder, path) = sample();
    let Some(output) = judge("pdffonts", &[text(&path)]) else { return };
    let said = String::from_utf8(output.stdout).unwrap();
    let ours: Vec<_> = said.lines().filter(|line| line.contains('+')).collect();
    assert!(ours.len() >= 8, "{said}");
    for line in ours {
        assert!(line.contains("Identity-H") && line.contains("yes yes yes"), "{line}");
    }
}

#[test]
fn verapdf_takes_it_into_an_archive() {
    let folder = TempDir::new().unwrap();
    let spec = StampSpec { pdf_a: true, ..spec() };
    for (part, flavour) in [(1, "1b"), (2, "2b")] {
        let path = folder.path().join(flavour);
        std::fs::write(&path, stamped(&support::archival(part), &[(0, 30.0, 40.0, spec.clone())])).unwrap();
        let Some(verdict) = verapdf(&path, Some(flavour)) else { return };
        assert!(verdict.compliant, "{flavour}: {:?}", verdict.failed);
    }
    // The other kind is found out, so the judge sees it.
    let path = folder.path().join("plain");
    let plain = StampSpec { pdf_a: false, ..spec };
    std::fs::write(&path, stamped(&support::archival(1), &[(0, 30.0, 40.0, plain)])).unwrap();
    let failed = verapdf(&path, Some("1b")).unwrap().failed;
    assert!(failed.iter().any(|rule| rule.contains("DeviceRGB")) && failed.iter().any(|rule| rule.contains("SMask")));
}

#[test]
fn mupdf_draws_it_without_a_warning() {
    let (folder, path) = sample();
    let image = folder.path().join("page%d.pgm");
    let Some(output) = judge("mutool", &["draw", "-o", text(&image), "-r", "72", text(&path)]) else { return };
    // Builds of MuPDF without colour management say so for every file.
    let said =
        String::from_utf8_lossy(&output.stderr).to_lowercase().replace("warning: icc support is not available", "");
    assert!(output.status.success() && !said.contains("error") && !said.contains("warning"), "{said}");
    for page in 1..=4 {
        let pixels = std::fs::read(folder.path().join(format!("page{page}.pgm"))).unwrap();
        let dark = pixels.iter().filter(|pixel| **pixel < 100).count();
        assert!((1500..8000).contains(&dark), "page {page} has {dark} dark pixels");
    }
}

/// Every encoding that scanners use, made by libraries that are not ours (`tests/interop/scans.py`): what is typed counts, paper
/// with its grain and dust does not.
#[test]
fn the_letters_of_a_scan_count_and_its_paper_does_not() {
    let Some(python) = cartorio_testkit::judges::python("Pillow") else { return };
    let folder = TempDir::new().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/interop/scans.py");
    let output = Command::new(python).arg(script).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut count = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let file = PdfFile::from_bytes(std::fs::read(&path).unwrap()).unwrap();
        let kinds = |rect| covers_text(&file, 0, rect).unwrap().iter().map(|own| own.kind).collect::<Vec<_>>();
        assert_eq!(kinds([60.0, 600.0, 260.0, 660.0]), [CoveredKind::Picture], "{name}: typed lines");
        // One letter, at 150 dots per inch.
        assert_eq!(kinds([57.0, 770.0, 157.0, 795.0]), [CoveredKind::Picture], "{name}: the first line");
        assert_eq!(kinds([60.0, 40.0, 260.0, 110.0]), [], "{name}: paper");
        assert_eq!(kinds([560.0, 430.0, 594.0, 840.0]), [], "{name}: the margin");
        count += 1;
    }
    assert_eq!(count, 15);
}
