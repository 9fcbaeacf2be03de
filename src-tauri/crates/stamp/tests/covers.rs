//! What is told about the place under a stamp.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod support;

use cartorio_pdf::{PdfFile, Rect};
use cartorio_stamp::{
    Covered, CoveredKind, Line, Placement, Rotation, StampError, StampSpec, covers_text, draw, place,
};
use proptest::prelude::*;
use support::{file, stamped};

const PAGE: &str = "/MediaBox[0 0 600 800]";

fn told(file: &PdfFile, rect: Rect) -> Vec<(CoveredKind, String)> {
    covers_text(file, 0, rect).unwrap().into_iter().map(|covered| (covered.kind, covered.text)).collect()
}

fn text(text: &str) -> (CoveredKind, String) {
    (CoveredKind::Text, text.to_owned())
}

#[test]
fn text_is_found_where_it_stands_and_nowhere_else() {
    let file = file(&[(PAGE, "BT /H 12 Tf 100 700 Td (Cl\\341usula quinta) Tj 0 -20 Td (segunda linha) Tj ET")]);
    assert_eq!(told(&file, [90.0, 695.0, 300.0, 720.0]), [text("Cláusula quinta")]);
    assert_eq!(told(&file, [300.0, 720.0, 90.0, 675.0]), [text("Cláusula quinta"), text("segunda linha")]);
    assert_eq!(told(&file, [90.0, 600.0, 300.0, 676.0]), [], "below the descenders");
    assert_eq!(told(&file, [90.0, 689.5, 300.0, 697.0]), [], "between the lines");
    assert_eq!(told(&file, [200.0, 600.0, 300.0, 800.0]), [], "right of the text");
    assert_eq!(
        told(&file, [90.0, 700.0, 130.0, 720.0]),
        [text("Cláusula …")],
        "whole words, and that the line goes on"
    );
    assert_eq!(told(&file, [165.0, 700.0, 300.0, 720.0]), [text("… quinta")]);
    assert_eq!(covers_text(&file, 7, [0.0; 4]), Err(StampError::NoSuchPage { page: 7, count: 1 }));
}

#[test]
fn every_operator_moves_text_as_the_standard_says() {
    let here = [text("x")];
    for content in [
        "BT /H 10 Tf 1 0 0 1 300 400 Tm (x) Tj ET",
        "q 2 0 0 2 100 200 cm BT /H 5 Tf 100 100 Td (x) Tj ET Q",
        "BT /H 10 Tf 20 TL 300 420 Td T* (x) Tj ET",
        "BT /H 10 Tf 300 420 Td 0 -20 TD (x) Tj ET",
        "BT /H 10 Tf 20 TL 300 420 Td (x) ' ET",
        "BT /H 10 Tf 20 TL 300 420 Td 5 6 (x) \" ET",
        "BT /H 10 Tf 300 390 Td 10 Ts (x) Tj ET",
        "BT /H 10 Tf 200 400 Td [-10000 (x)] TJ ET",
        "BT /H 10 Tf 283 400 Td 11 Tc <5f> Tj 0 Tc (x) Tj ET",
        "BT /H 10 Tf 200 Tz 294.5 400 Td ( ) Tj 4 Ts (x) Tj ET",
        "BT /H 10 Tf 3 Tr 300 400 Td (x) Tj ET",
        "q 1 0 0 1 300 10 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x00 EI Q BT /H 10 Tf 300 400 Td (x) Tj ET",
        "BT /H 0.1 Tf 100 0 0 100 300 400 Tm (x) Tj ET",
    ] {
        let file = file(&[(PAGE, content)]);
        assert_eq!(told(&file, [299.0, 399.0, 309.0, 410.0]), here, "{content}");
        assert_eq!(told(&file, [310.0, 399.0, 600.0, 800.0]), [], "{content}");
        assert_eq!(told(&file, [0.0, 0.0, 299.5, 800.0]), [], "{content}");
    }
    let turned = file(&[(PAGE, "BT /H 10 Tf 0 1 -1 0 300 400 Tm (xxxxxxxxxx) Tj ET")]);
    assert_eq!(told(&turned, [290.0, 440.0, 301.0, 445.0]).len(), 1);
    assert_eq!(told(&turned, [303.0, 400.0, 400.0, 500.0]), []);
}

#[test]
fn forms_are_followed_and_lines_to_sign_on_are_not_text() {
    let entries = format!("{PAGE}/Resources<</Font<</H 3 0 R>>/XObject<</F 7 0 R>>>>");
    // Object 7 is the content stream of the second page, which is made a form by its dictionary there.
    let form = "BT /H 10 Tf 10 10 Td (dentro) Tj ET";
    let plain = file(&[(&entries, "q 1 0 0 1 200 300 cm /F Do Q"), (PAGE, form)]);
    let bytes = plain.bytes().to_vec();
    let old = format!("<</Length {}>>\nstream\n{form}", form.len());
    let at = bytes.windows(old.len()).position(|window| window == old.as_bytes()).unwrap();
    let mut revision = cartorio_pdf::Revision::new(&plain);
    let reference = cartorio_pdf::ObjRef::new(7);
    revision.put_stream(reference, b"/Subtype/Form/BBox[0 0 100 30]/Matrix[2 0 0 2 0 0]", form.as_bytes());
    let whole = PdfFile::from_bytes([&bytes, &revision.finish().unwrap().bytes[..]].concat()).unwrap();
    assert!(at > 0);
    assert_eq!(told(&whole, [200.0, 300.0, 400.0, 360.0]), [text("dentro")]);
    assert_eq!(told(&whole, [200.0, 200.0, 400.0, 299.0]), []);

    let line = file(&[(PAGE, "BT /H 10 Tf 100 100 Td (____________) Tj 0 -12 Td (Fulano) Tj ET")]);
    assert_eq!(told(&line, [100.0, 98.0, 200.0, 140.0]), []);
}

#[test]
fn drawings_count_where_they_have_curves_and_rules_do_not() {
    let picture = [(CoveredKind::Picture, String::new())];
    let here = [300.0, 400.0, 340.0, 420.0];
    for (content, expected) in [
        ("310 405 m 312 415 320 415 322 405 c f", &picture[..]),
        ("q 2 0 0 2 300 400 cm 5 2 m 8 8 9 9 v S Q", &picture),
        ("310 405 m 315 410 320 405 y b*", &picture),
        ("q 20 0 0 20 310 400 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \x00 EI Q", &picture),
        // Rules, boxes and areas without a curve; a path that only clips; one that is not painted yet.
        ("0 410 m 600 410 l S 290 390 60 40 re B 300 400 m 340 420 l f", &[]),
        ("310 405 m 312 415 320 415 322 405 c W n 0 0 m 600 0 l S", &[]),
        ("310 405 m 312 415 320 415 322 405 c", &[]),
        // A frame around it with round corners.
        ("20 10 m 580 10 l 590 10 590 20 590 20 c 590 780 l 590 790 580 790 580 790 c 20 790 l s", &[]),
    ] {
        assert_eq!(told(&file(&[(PAGE, content)]), here), expected, "{content}");
    }
}

#[test]
fn our_own_stamp_is_found_as_annotation_and_as_text() {
    let blank = file(&[(PAGE, "")]);
    let spec = StampSpec {
        lines: vec![Line::bold("João da Conceição", 10.0), Line::regular("2º Ofício ✓", 8.0)],
        qr: Some("https://verifica.example".into()),
        pdf_a: true,
        ..StampSpec::new(200.0, 60.0)
    };
    let whole = PdfFile::from_bytes(stamped(&blank, &[(0, 100.0, 100.0, spec.clone())])).unwrap();
    let rect = [100.0, 640.0, 300.0, 700.0];
    assert_eq!(told(&whole, rect), [(CoveredKind::Annotation, "Carimbo".to_owned())]);
    assert_eq!(told(&whole, [300.2, 640.0, 400.0, 700.0]), []);

    let mut revision = cartorio_pdf::Revision::new(&blank);
    let form = revision.draw(&draw(&spec).unwrap()).unwrap();
    let page = blank.pages().unwrap()[0].reference.unwrap();
    let content = revision.allocate().unwrap();
    revision.put_stream(content, b"", b"q 1 0 0 1 100 640 cm /S Do Q");
    revision
        .edit(page, |dict| {
            dict.set("Contents", content.to_string().as_bytes())?;
            dict.set("Resources", format!("<</XObject<</S {form}>>>>").as_bytes())
        })
        .unwrap_or_else(|error: cartorio_pdf::PdfError| panic!("{error}"));
    let whole = PdfFile::from_bytes([blank.bytes(), &revision.finish().unwrap().bytes].concat()).unwrap();
    assert_eq!(told(&whole, rect), [text("João da Conceição"), text("2º Ofício ✓")]);
}

#[test]
fn signature_fields_are_told_apart() {
    let annotations = "/Annots[\
        <</Subtype/Widget/FT/Sig/T(pronto)/V<<>>/Rect[100 100 200 150]>>\
        <</Subtype/Widget/FT/Sig/T(livre)/Rect[150 200 100 180]>>\
        <</Subtype/Widget/FT/Tx/T(nome)/Rect[100 210 200 230]>>\
        <</Subtype/FreeText/Contents(nota)/Rect[100 240 200 250]>>\
        <</Subtype/Link/Rect[0 0 600 800]>><</Subtype/Widget/FT/Sig/T(oculto)/F 2/Rect[0 0 600 800]>>]";
    let file = file(&[(&format!("{PAGE}{annotations}"), "")]);
    let all = told(&file, [90.0, 90.0, 300.0, 300.0]);
    assert_eq!(
        all,
        [
            (CoveredKind::Signature, "pronto".to_owned()),
            (CoveredKind::EmptySignature, "livre".to_owned()),
            (CoveredKind::Annotation, "nome".to_owned()),
            (CoveredKind::Annotation, "nota".to_owned()),
        ]
    );
    assert_eq!(told(&file, [90.0, 150.2, 300.0, 179.8]), []);
}

#[test]
fn what_cannot_be_read_is_said() {
    let unread = [(CoveredKind::Unread, String::new())];
    let unknown_font = file(&[(PAGE, "BT /Nope 10 Tf (x) Tj ET")]);
    assert_eq!(told(&unknown_font, [0.0, 0.0, 10.0, 10.0]), unread);
    let endless = file(&[(PAGE, &"q ".repeat(1000))]);
    assert_eq!(told(&endless, [0.0, 0.0, 10.0, 10.0]), unread);
    let much = format!("BT /H 10 Tf {} ET", "(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) Tj ".repeat(100_000));
    let much = file(&[(PAGE, &much)]);
    assert_eq!(told(&much, [0.0, 100.0, 10.0, 110.0]), unread);
}

#[test]
fn a_form_that_draws_itself_ends() {
    let entries = format!("{PAGE}/Resources<</Font<</H 3 0 R>>/XObject<</F 5 0 R>>>>");
    let plain = file(&[(&entries, "")]);
    let mut revision = cartorio_pdf::Revision::new(&plain);
    let own = b"/Subtype/Form/BBox[0 0 600 800]/Resources<</XObject<</F 5 0 R>>>>";
    revision.put_stream(cartorio_pdf::ObjRef::new(5), own, "/F Do ".repeat(100).as_bytes());
    let whole = PdfFile::from_bytes([plain.bytes(), &revision.finish().unwrap().bytes].concat()).unwrap();
    assert_eq!(told(&whole, [0.0, 0.0, 10.0, 10.0]), [(CoveredKind::Unread, String::new())]);
}

#[test]
fn rotation_and_boxes_lead_to_the_same_text() {
    for rotate in [0, 90, 180, 270] {
        let entries = format!("/MediaBox[-100 -50 500 750]/CropBox[0 0 400 600]/Rotate {rotate}");
        let file = file(&[(&entries, "BT /H 20 Tf 10 570 Td (alto) Tj ET")]);
        let page = file.pages().unwrap().remove(0);
        let (x, y) = match Rotation::of(&page) {
            Rotation::Upright => (10.0, 10.0),
            Rotation::Quarter => (560.0, 10.0),
            Rotation::Half => (350.0, 560.0),
            Rotation::ThreeQuarters => (10.0, 350.0),
        };
        let rect = place(&page, Placement { x, y, width: 40.0, height: 30.0 }).unwrap();
        assert_eq!(covers_text(&file, 0, rect).unwrap().len(), 1, "{rotate}: {rect:?}");
        let away = place(&page, Placement { x: 150.0, y: 150.0, width: 90.0, height: 90.0 }).unwrap();
        assert_eq!(covers_text(&file, 0, away), Ok(Vec::<Covered>::new()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_content_ends(content in "[ -~\n]{0,300}") {
        let file = file(&[(PAGE, &content.replace("endstream", ""))]);
        let _ = covers_text(&file, 0, [0.0, 0.0, 600.0, 800.0]);
    }

    #[test]
    fn operators_in_any_order_end(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "q", "Q", "cm", "BT", "ET", "Tm", "Td", "TD", "T*", "Tj", "TJ", "'", "\"", "/H", "Tf", "(ab)", "[(c)-9e9(d)]",
                "1", "-3", "99999999999999999999", "0", "Do", "[", "]", "<<", ">>", "BI", "ID", "EI", "<41", "Tz", "Ts",
            ]),
            0..120,
        ),
    ) {
        let file = file(&[(PAGE, &words.join(" "))]);
        let _ = covers_text(&file, 0, [0.0, 0.0, 600.0, 800.0]);
    }
}
