//! The PDF as programs see it that we did not write: qpdf, Poppler, MuPDF. They are skipped by name where they are not installed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod support;

use cartorio_report::{Block, Fact, HeadingLevel, Tone, Value};
use proptest::prelude::*;
use support::{ARN, SHA256, file, judge, long_table, report, sample};

#[test]
fn qpdf_finds_nothing_wrong() {
    let path = file("qpdf.pdf", &sample().to_pdf().unwrap());
    let Some(output) = judge("qpdf", &["--check", path.to_str().unwrap()]) else { return };
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("No syntax or stream encoding errors"), "{said}");
}

#[test]
fn mupdf_draws_every_page_without_a_warning() {
    let path = file("mupdf.pdf", &sample().to_pdf().unwrap());
    let Some(output) = judge("mutool", &["draw", "-o", "/dev/null", "-F", "ppm", "-r", "30", path.to_str().unwrap()])
    else {
        return;
    };
    // Builds of MuPDF without colour management say so for every file.
    let said =
        String::from_utf8_lossy(&output.stderr).to_lowercase().replace("warning: icc support is not available", "");
    assert!(output.status.success() && !said.contains("error") && !said.contains("warning"), "{said}");
}

#[test]
fn the_text_comes_out_in_reading_order_with_its_accents() {
    let path = file("text.pdf", &sample().to_pdf().unwrap());
    let Some(output) = judge("pdftotext", &["-enc", "UTF-8", path.to_str().unwrap(), "-"]) else { return };
    let text = String::from_utf8(output.stdout).unwrap();
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut from = 0;
    for expected in [
        "DEMONSTRAÇÃO, sem valor jurídico",
        "1º Ofício de Notas de São Gonçalo",
        "Relatório de troca de chave",
        "Emitido em 14 de março de 2026, 10:32:07 (UTC−03:00)",
        "Este relatório descreve a substituição da chave com que o tabelião assina",
        "Resumo",
        "Antônia de Araújo Conceição, tabeliã substituta",
        "Chaves",
        "Atenção",
        "Etapas",
        "Criar a chave nova",
        "Assinaturas de prova",
        "RSASSA-PSS com SHA-512",
        "Ponto da trilha de auditoria",
    ] {
        let at = joined[from..]
            .find(expected)
            .unwrap_or_else(|| panic!("{expected:?} is missing after byte {from} of:\n{joined}"));
        from += at + expected.len();
    }
    let pressed: String = text.split_whitespace().collect();
    assert!(pressed.contains(SHA256) && pressed.contains(ARN), "{text}");
    assert!(text.contains(SHA256), "a fingerprint is copied without gaps:\n{text}");
    if let Some(output) = judge("mutool", &["draw", "-F", "txt", path.to_str().unwrap()]) {
        assert!(String::from_utf8_lossy(&output.stdout).contains(SHA256), "by MuPDF too");
    }
    // What stands side by side on paper comes out side by side.
    let Some(output) = judge("pdftotext", &["-layout", path.to_str().unwrap(), "-"]) else { return };
    let text = String::from_utf8(output.stdout).unwrap();
    for (label, value) in [
        ("Situação", "em transição até 13 de abril"),
        ("Impressão digital da chave", SHA256),
        ("Referência", "arn:aws:kms:"),
    ] {
        assert!(
            text.lines().any(|line| line.trim_start().starts_with(label) && line.contains(value)),
            "{label}: {text}"
        );
    }
}

#[test]
fn every_font_is_embedded_as_a_subset_with_unicode() {
    let path = file("fonts.pdf", &sample().to_pdf().unwrap());
    let Some(output) = judge("pdffonts", &[path.to_str().unwrap()]) else { return };
    let said = String::from_utf8(output.stdout).unwrap();
    let fonts: Vec<&str> = said.lines().skip(2).collect();
    assert!(fonts.len() >= 4, "{said}");
    for font in fonts {
        assert!(
            font.contains(" yes yes yes ") && font.split_whitespace().next().unwrap().as_bytes()[6] == b'+',
            "{said}"
        );
    }
}

#[test]
fn the_metadata_says_what_it_is() {
    let path = file("info.pdf", &sample().to_pdf().unwrap());
    let Some(output) = judge("pdfinfo", &[path.to_str().unwrap()]) else { return };
    let said = String::from_utf8(output.stdout).unwrap();
    for expected in [
        "Relatório de troca de chave",
        "1º Ofício de Notas de São Gonçalo",
        "Cartório Digital",
        "Tagged:          yes",
        "PDF subtype:     PDF/A-2a",
        "A4",
    ] {
        let subtype = expected.starts_with("PDF subtype");
        assert!(
            said.contains(expected) || (subtype && !said.contains("PDF subtype")),
            "{expected:?} is missing in\n{said}"
        );
    }
}

#[test]
fn the_structure_is_one_that_a_screen_reader_can_walk() {
    let path = file("structure.pdf", &sample().to_pdf().unwrap());
    let Some(output) = judge("pdfinfo", &["-struct-text", path.to_str().unwrap()]) else { return };
    // Poppler prints the byte order mark of a title as it stands in the file.
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut from = 0;
    for expected in [
        "Document",
        "H1",
        "Relatório de troca de chave",
        "H2",
        "Resumo",
        "Table",
        "TR",
        "TH",
        "Motivo",
        "TD",
        "H3",
        "Chave anterior",
        "L",
        "LI",
        "LBody",
        "THead",
        "TBody",
    ] {
        from +=
            said[from..].find(expected).unwrap_or_else(|| panic!("{expected} is missing after byte {from} of\n{said}"));
    }
}

#[test]
fn a_table_of_thousands_of_rows_repeats_its_header_on_every_page() {
    let path = file(
        "long.pdf",
        &report(vec![Block::heading(HeadingLevel::One, "Inventário"), long_table(3000)]).to_pdf().unwrap(),
    );
    let name = path.to_str().unwrap();
    let Some(output) = judge("pdftotext", &["-layout", name, "-"]) else { return };
    let text = String::from_utf8(output.stdout).unwrap();
    let pages: Vec<&str> = text.split('\u{c}').filter(|page| !page.trim().is_empty()).collect();
    assert!(pages.len() > 50, "{}", pages.len());
    for (index, page) in pages.iter().enumerate() {
        assert!(
            page.contains("Documento") && page.contains(&format!("Página {} de {}", index + 1, pages.len())),
            "page {}:\n{page}",
            index + 1
        );
    }
    for row in [0, 1, 1500, 2999] {
        assert_eq!(text.matches(&format!("escritura-{row:05}.pdf")).count(), 1, "row {row}");
    }
    if let Some(output) = judge("qpdf", &["--check", name]) {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn no_word_leaves_the_margins_or_covers_another_however_long_it_is() {
    let endless = "W".repeat(600);
    let pdf = report(vec![
        Block::heading(HeadingLevel::One, endless.clone()),
        Block::paragraph(endless.clone()),
        Block::facts([
            Fact::new(endless.clone(), Value::mono(endless.clone())),
            Fact::new("Hash", Value::hash("0".repeat(600))),
        ]),
        Block::note(Tone::Problem, endless.clone()),
        Block::Timeline {
            entries: vec![cartorio_report::Entry {
                when: None,
                title: endless.clone(),
                lines: vec![endless.clone().into()],
                state: cartorio_report::State::Failed,
                state_word: Some(endless.clone()),
            }],
        },
        Block::Table(cartorio_report::Table {
            columns: (0..12).map(|_| cartorio_report::Column::new("Coluna", 1)).collect(),
            rows: vec![vec![Value::mono(endless.clone()); 12]],
        }),
    ]);
    let path = file("endless.pdf", &pdf.to_pdf().unwrap());
    // -bbox lists every word with its place; the page is 595.28 wide, the margins 56.69.
    let Some(output) = judge("pdftotext", &["-bbox", path.to_str().unwrap(), "-"]) else { return };
    let text = String::from_utf8(output.stdout).unwrap();
    let number = |line: &str, name: &str| -> f32 {
        let from = line.find(name).unwrap() + name.len() + 2;
        line[from..].split('"').next().unwrap().parse().unwrap()
    };
    for page in text.split("<page").skip(1) {
        let words: Vec<&str> = page.lines().filter(|line| line.contains("<word")).collect();
        assert!(words.len() > 10);
        let boxes: Vec<[f32; 4]> =
            words.iter().map(|word| ["xMin", "yMin", "xMax", "yMax"].map(|name| number(word, name))).collect();
        for (index, ([left, top, right, bottom], word)) in boxes.iter().zip(&words).enumerate() {
            assert!(*left > 56.0 && *right < 539.6 && *top > 20.0 && *bottom < 820.0, "{word}");
            // The boxes are as high as the font's tallest letter: half of that is what letters really cover.
            let middle = (top + bottom) / 2.0;
            for ([left2, top2, right2, bottom2], word2) in boxes[..index].iter().zip(&words) {
                let beside = *right <= left2 + 0.5 || right2 <= &(left + 0.5);
                assert!(beside || (middle - (top2 + bottom2) / 2.0).abs() > 5.0, "{word}\n{word2}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_text_anywhere_gives_a_pdf_that_qpdf_accepts(texts in proptest::collection::vec(anything(), 8)) {
        let mut report = report(vec![
            Block::heading(HeadingLevel::Three, texts[0].clone()),
            Block::paragraph(texts[1].clone()),
            Block::facts([Fact::new(texts[2].clone(), Value::mono(texts[3].clone())), Fact::new(texts[4].clone(), Value::hash(texts[5].clone()))]),
            Block::note(Tone::Info, texts[6].clone()),
            Block::KeepTogether { blocks: vec![Block::Table(cartorio_report::Table {
                columns: vec![cartorio_report::Column::new(texts[0].clone(), 3), cartorio_report::Column::number(texts[1].clone(), 0)],
                rows: vec![vec![texts[2].clone().into(), Value::state(cartorio_report::State::Skipped, texts[7].clone())]],
            })] },
        ]);
        report.title = format!("T{}", texts[6]);
        report.subtitle = Some(texts[7].clone());
        report.issuer = texts[0].clone();
        report.identifier = Some(texts[1].clone());
        report.banner = Some(texts[2].clone());
        let pdf = report.to_pdf();
        prop_assert!(pdf.is_ok(), "{:?}", pdf.err());
        let path = file("any.pdf", &pdf.unwrap());
        if let Some(output) = judge("qpdf", &["--check", path.to_str().unwrap()]) {
            prop_assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
    }
}

/// Any characters at all; characters that make trouble; and a lot of one.
fn anything() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::collection::vec(any::<char>(), 0..60).prop_map(|characters| characters.into_iter().collect()),
        "[\\x00-\\x20\u{300}-\u{310}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{5d0}\u{627}\u{1f600}\u{fb01}fiãç()<>\\\\%]{0,40}",
        ("\\PC", 1usize..3000).prop_map(|(one, times)| one.repeat(times)),
    ]
}
