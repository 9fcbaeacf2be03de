//! The matrix: format × level × algorithm × kind of document, before judges that we did not write.
//!
//! Every cell is made as the product makes it (`making.rs`) out of a document of every layout (`inputs.rs`), with time stamps, CRLs
//! and OCSP from a laboratory PKI of real processes, and judged by EU DSS, pyHanko, pdfsig, MuPDF, qpdf, OpenSSL and veraPDF
//! (`verdicts.rs`). The judges that call for evidence get it up to B-T; from B-LT on it has to be inside. OpenSSL gets the CMS and the
//! covered bytes of every signature and time stamp of a PDF, cut out by pyHanko.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod cades;
mod inputs;
mod making;
mod verdicts;

use std::fs;

use cartorio_ades::create::pades::{Certify, Dialect, FieldChoice, PadesOptions};
use cartorio_testkit::judges;
use cartorio_testkit::lab::{Lab, Person};

use inputs::Input;
use making::{Algorithm, LEVELS, Maker};
use verdicts::{Cell, Court};

#[test]
fn pades_over_a_cross_reference_table() {
    row(Input::Table);
}

#[test]
fn pades_over_a_cross_reference_stream() {
    row(Input::XrefStream);
}

#[test]
fn pades_over_a_hybrid_file() {
    row(Input::Hybrid);
}

#[test]
fn pades_over_object_streams() {
    row(Input::ObjectStreams);
}

#[test]
fn pades_over_pdf_a_1b() {
    row(Input::PdfA1b);
}

#[test]
fn pades_over_pdf_a_2b() {
    row(Input::PdfA2b);
}

#[test]
fn pades_over_an_encrypted_file() {
    row(Input::Encrypted);
}

#[test]
fn pades_over_a_file_that_is_encrypted_with_aes_128() {
    row(Input::Aes128);
}

#[test]
fn pades_in_a_field_that_the_document_has_visibly() {
    row(Input::Field);
}

#[test]
fn pades_over_a_signed_file() {
    row(Input::Signed);
}

/// All levels and algorithms over one kind of document.
fn row(input: Input) {
    let Some(lab) = Lab::shared() else { return };
    let court = Court::new(lab);
    let Some(mut original) = input.bytes(court.folder()) else { return };
    if input == Input::Signed {
        [original, ..] = Maker::new(lab, Algorithm::P256).pades(&original, None, &PadesOptions::default());
    }
    let signatures = if input == Input::Signed { 2 } else { 1 };
    let mut problems = court.untouched(input, &original);
    for algorithm in Algorithm::ALL {
        let maker = Maker::new(lab, algorithm);
        let maker = if input == Input::Signed { maker.and_of(Person::P256) } else { maker };
        let made = maker.pades(&original, input.password(), &input.options());
        for (level, bytes) in LEVELS.into_iter().zip(made) {
            assert!(bytes.starts_with(&original), "{input:?}: the original is a prefix");
            let cell = Cell { input, algorithm, level, signatures };
            problems.extend(court.judge_pdf(cell, &bytes));
        }
    }
    assert!(problems.is_empty(), "{} of the verdicts are bad:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn a_certification_holds_through_all_levels() {
    let Some(lab) = Lab::shared() else { return };
    let court = Court::new(lab);
    let original = Input::Table.bytes(court.folder()).unwrap();
    let mut problems = Vec::new();
    for (level_of_change, name, algorithm) in [
        (1, "NO_CHANGES", Algorithm::RsaPkcs1),
        (2, "FILL_FORMS", Algorithm::RsaPss),
        (2, "FILL_FORMS", Algorithm::P256),
        (3, "ANNOTATE", Algorithm::P521),
    ] {
        let options = PadesOptions { certify: Some(Certify { level: level_of_change }), ..PadesOptions::default() };
        let made = Maker::new(lab, algorithm).pades(&original, None, &options);
        for (level, bytes) in LEVELS.into_iter().zip(made) {
            let cell = Cell { input: Input::Table, algorithm, level, signatures: 1 };
            problems.extend(court.judge_pdf(cell, &bytes).iter().map(|text| format!("{name}: {text}")));
            let path = court.folder().join(format!("certified-{level_of_change}-{level}.pdf"));
            fs::write(&path, bytes).unwrap();
            problems.extend(court.certification(&path, name));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// DSS and pyHanko do not know ICP-Brasil's `PBAD.PAdES`; what was signed is CAdES all the same.
#[test]
fn pades_in_the_names_of_icp_brasil() {
    let Some(lab) = Lab::shared() else { return };
    let court = Court::new(lab);
    let original = Input::Table.bytes(court.folder()).unwrap();
    let options = PadesOptions { dialect: Dialect::IcpBrasil, ..PadesOptions::default() };
    let mut problems = Vec::new();
    // No policy of ICP-Brasil knows RSASSA-PSS.
    for algorithm in [Algorithm::RsaPkcs1, Algorithm::P256, Algorithm::P521] {
        let made = Maker::new(lab, algorithm).pades(&original, None, &options);
        for (level, bytes) in LEVELS.into_iter().zip(made) {
            assert!(bytes.windows(10).any(|ten| ten == b"PBAD.PAdES"));
            let cell = Cell { input: Input::Table, algorithm, level, signatures: 1 };
            problems.extend(court.judge_dialect(cell, &bytes));
        }
    }
    assert!(problems.is_empty(), "{} of the verdicts are bad:\n{}", problems.len(), problems.join("\n"));
}

/// The matrix means something only if its judges notice what is wrong, each of them.
#[test]
fn every_judge_notices_a_changed_byte_and_a_level_that_is_not_there() {
    let Some(lab) = Lab::shared() else { return };
    let court = Court::new(lab);
    let original = Input::Table.bytes(court.folder()).unwrap();
    let [b, t, lt, lta] = Maker::new(lab, Algorithm::P256).pades(&original, None, &PadesOptions::default());
    let cell = |level| Cell { input: Input::Table, algorithm: Algorithm::P256, level, signatures: 1 };
    let mut changed = b.clone();
    let text = changed.windows(9).position(|nine| nine == b"Escritura").unwrap();
    changed[text] ^= 1;
    let told = court.judge_pdf(cell("B"), &changed).join("\n");
    for judge in ["DSS", "pyHanko", "OpenSSL", "mutool", "pdfsig"] {
        assert!(told.contains(judge) || court.absent(judge), "{judge} notices nothing:\n{told}");
    }
    for (bytes, claimed) in [(&b, "T"), (&lt, "LTA")] {
        let told = court.judge_pdf(cell(claimed), bytes).join("\n");
        for judge in ["DSS", "pyHanko", "OpenSSL"] {
            assert!(told.contains(judge) || court.absent(judge), "{judge} takes it for B-{claimed}:\n{told}");
        }
    }
    // What only the document time stamp covers: the evidence.
    let mut changed = lta.clone();
    let data = t.len() + changed[t.len()..].windows(7).position(|seven| seven == b"stream\n").unwrap() + 40;
    changed[data] ^= 1;
    assert!(data < lt.len());
    let path = court.write("evidence-changed.pdf", &changed);
    let told = court.openssl_on(cell("LTA"), &path).join("\n");
    assert!(told.contains("document time stamp: OpenSSL") || court.absent("OpenSSL"), "{told}");
    assert!(!told.contains("OpenSSL, Some"), "the signature does not cover it:\n{told}");
    // A grey that nothing defines is not for an archive.
    let archival = Input::PdfA1b.bytes(court.folder()).unwrap();
    let options = PadesOptions { field: FieldChoice::New, ..Input::Field.options() };
    let [coloured, ..] = Maker::new(lab, Algorithm::P256).pades(&archival, None, &options);
    let told = court.judge_pdf(Cell { input: Input::PdfA1b, ..cell("B") }, &coloured).join("\n");
    assert!(told.contains("veraPDF 1b") || court.absent("DSS"), "{told}");
    let torn = court.write("torn.pdf", &b[..b.len() - 300]);
    assert_ne!(judges::qpdf_check(&torn, None), Some(Ok(())));
}
