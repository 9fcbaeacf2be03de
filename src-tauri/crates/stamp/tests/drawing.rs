//! Drawings as a reader finds them: parsed again, by our reader and by one that we did not write.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod support;

use cartorio_pdf::{Dict, PdfFile};
use cartorio_stamp::{Image, Line, Rotation, StampSpec, draw, preview_svg};
use proptest::prelude::*;
use support::{file, stamped};

const URL: &str = "https://validar.example/8f3a22c177aa";

fn picture() -> Image {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 2, 2);
    encoder.set_color(png::ColorType::Rgba);
    let pixels = [255, 0, 0, 255, 0, 255, 0, 128, 0, 0, 255, 0, 9, 9, 9, 255];
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    Image::parse(&out).unwrap()
}

fn full() -> StampSpec {
    StampSpec {
        lines: vec![Line::regular("Assinado por", 7.0), Line::bold("João da Conceição ✓", 10.0)],
        image: Some(picture()),
        qr: Some(URL.into()),
        demo: Some("DEMONSTRAÇÃO, sem valor jurídico".into()),
        ..StampSpec::new(260.0, 80.0)
    }
}

/// The form XObject's dictionary and content in the stamped file.
fn form(whole: &PdfFile) -> (Dict, String) {
    let page = whole.pages().unwrap().remove(0);
    let annotation = whole.resolve_dict(&whole.get_array(&page.dict, "Annots").unwrap()[0]).unwrap().unwrap();
    let appearance = whole.get_dict(&annotation, "AP").unwrap().unwrap().reference("N").unwrap();
    let stream = whole.stream(appearance).unwrap();
    let content = whole.decoded(&stream).unwrap();
    (stream.dict, String::from_utf8(content).unwrap())
}

fn whole(spec: &StampSpec) -> PdfFile {
    let blank = file(&[("/MediaBox[0 0 14400 14400]", "")]);
    PdfFile::from_bytes(stamped(&blank, &[(0, 0.0, 0.0, spec.clone())])).unwrap()
}

#[test]
fn the_same_spec_gives_the_same_bytes() {
    assert_eq!(draw(&full()).unwrap(), draw(&full()).unwrap());
    let other = StampSpec { lines: vec![Line::regular("Assinado por outra", 7.0)], ..full() };
    assert_ne!(draw(&full()).unwrap(), draw(&other).unwrap());
}

#[test]
fn pdf_a_has_no_transparency_and_no_device_colour() {
    let text = |pdf_a| {
        let spec = StampSpec { pdf_a, ..full() };
        let drawing = draw(&spec).unwrap();
        let dicts: Vec<u8> = drawing.objects.iter().flat_map(|object| object.dict.clone()).collect();
        String::from_utf8(dicts).unwrap() + &form(&whole(&spec)).1
    };
    let (plain, archival) = (text(false), text(true));
    for forbidden in ["/SMask", "/DeviceRGB", " rg\n", " g\n", " G\n"] {
        assert!(plain.contains(forbidden), "{forbidden} is in the other kind, so the test sees it");
        assert!(!archival.contains(forbidden), "{forbidden}");
    }
    assert!(archival.contains("/CIDSet") && archival.contains("/CalRGB") && archival.contains("/CalGray"));
    assert!(!archival.contains("/Device") && !archival.contains("/ca ") && !archival.contains("/Group"));
}

#[test]
fn the_matrix_turns_the_box_onto_its_own_place() {
    for (rotation, matrix) in [
        (Rotation::Upright, "1 0 0 1 0 0"),
        (Rotation::Quarter, "0 1 -1 0 80 0"),
        (Rotation::Half, "-1 0 0 -1 260 80"),
        (Rotation::ThreeQuarters, "0 -1 1 0 0 260"),
    ] {
        let drawing = draw(&StampSpec { rotation, ..full() }).unwrap();
        let dict = String::from_utf8(drawing.objects[0].dict.clone()).unwrap();
        assert!(dict.contains(&format!("/BBox[0 0 260 80]/Matrix[{matrix}]")), "{dict}");
    }
}

#[test]
fn the_preview_says_what_the_stamp_says_and_harms_nobody() {
    let spec = StampSpec { lines: vec![Line::regular("<script>&\"João\"", 8.0)], ..full() };
    let svg = preview_svg(&spec).unwrap();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
    assert!(
        svg.contains("aria-label=\"DEMONSTRAÇÃO, sem valor jurídico; &lt;script&gt;&amp;&quot;João&quot;\""),
        "{svg}"
    );
    assert!(!svg.contains("<script") && !svg.contains("style=") && !svg.contains("NaN"));
    assert_eq!(svg.matches("href=\"data:image/png;base64,").count(), 1);
    let opened = svg.matches("<use ").count() + svg.matches("<path ").count();
    assert!(opened > 40, "{opened}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_in_any_size_is_a_drawing_that_parses(
        width in 4.0_f64..700.0,
        height in 4.0_f64..700.0,
        lines in prop::collection::vec((".{0,40}", 1.0_f64..60.0, any::<bool>()), 1..6),
        (border, pdf_a, demo) in any::<(bool, bool, bool)>(),
        rotation in prop::sample::select(vec![0, 90, 180, 270]),
    ) {
        let spec = StampSpec {
            lines: lines.into_iter().map(|(text, size, bold)| Line { text, size, bold }).collect(),
            demo: demo.then(|| "DEMONSTRAÇÃO".to_owned()),
            qr: Some(URL.into()),
            border,
            pdf_a,
            rotation: Rotation::from_degrees(rotation).unwrap(),
            ..StampSpec::new(width, height)
        };
        let whole = whole(&spec);
        let (dict, content) = form(&whole);
        prop_assert_eq!(dict.name("Subtype"), Some("Form".to_owned()));
        prop_assert_eq!(content.matches("BT\n").count(), content.matches("ET\n").count());
        for line in content.lines().filter(|line| line.ends_with(" Tm")) {
            let numbers: Vec<f64> = line.split(' ').take(6).map(|word| word.parse().unwrap()).collect();
            prop_assert!((-0.001..=width).contains(&numbers[4]) && (-0.001..=height).contains(&numbers[5]), "{}", line);
        }
        let fonts = whole.get_dict(&dict, "Resources").unwrap().unwrap().get("Font");
        prop_assert_eq!(fonts.is_some(), content.contains(" Tf\n"));
        let other = hayro_syntax::Pdf::new(whole.bytes().to_vec()).unwrap();
        prop_assert_eq!(other.pages().len(), 1);
        prop_assert!(preview_svg(&spec).unwrap().ends_with("</svg>"));
    }
}
