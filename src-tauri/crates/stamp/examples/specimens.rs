//! Writes sheets of stamps for the eye: `cargo run -p cartorio-stamp --example specimens -- folder`.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use cartorio_stamp::{Image, Line, StampSpec, preview_svg};

#[path = "../tests/support/mod.rs"]
mod support;

const URL: &str = "https://validar.iti.gov.br/?d=8f3a22c177aa41d0";

fn main() {
    let folder = std::env::args().nth(1).expect("a folder");
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder).unwrap();
    let picture = Image::parse(&crest()).unwrap();
    let base = |width, height| StampSpec { lines: usual(), ..StampSpec::new(width, height) };
    let sheet: Vec<(f64, f64, StampSpec)> = vec![
        (20.0, 20.0, base(220.0, 60.0)),
        (260.0, 20.0, StampSpec { qr: Some(URL.into()), ..base(220.0, 60.0) }),
        (20.0, 100.0, StampSpec { qr: Some(URL.into()), image: Some(picture.clone()), ..base(280.0, 70.0) }),
        (320.0, 100.0, StampSpec { image: Some(picture.clone()), ..base(200.0, 60.0) }),
        (20.0, 190.0, StampSpec { demo: Some(demo()), qr: Some(URL.into()), ..base(240.0, 72.0) }),
        (
            280.0,
            190.0,
            StampSpec { demo: Some(demo()), image: Some(picture.clone()), qr: Some(URL.into()), ..base(300.0, 90.0) },
        ),
        (20.0, 290.0, StampSpec { lines: long(), qr: Some(URL.into()), ..base(220.0, 60.0) }),
        (260.0, 290.0, StampSpec { lines: ten(), qr: Some(URL.into()), ..base(260.0, 100.0) }),
        (20.0, 410.0, StampSpec { qr: Some(URL.into()), image: Some(picture.clone()), ..base(90.0, 190.0) }),
        (130.0, 410.0, StampSpec { qr: Some(URL.into()), ..base(100.0, 160.0) }),
        (250.0, 410.0, StampSpec { lines: vec![], qr: Some(URL.into()), ..base(70.0, 70.0) }),
        (340.0, 410.0, StampSpec { lines: vec![], image: Some(picture.clone()), border: false, ..base(120.0, 60.0) }),
        (250.0, 500.0, base(60.0, 20.0)),
        (330.0, 500.0, StampSpec { qr: Some(URL.into()), ..base(60.0, 24.0) }),
        (410.0, 500.0, StampSpec { demo: Some(demo()), ..base(60.0, 60.0) }),
        (
            250.0,
            580.0,
            StampSpec { qr: Some(URL.into()), image: Some(picture), demo: Some(demo()), ..base(320.0, 180.0) },
        ),
        (20.0, 620.0, StampSpec { lines: minimal(), border: false, ..base(160.0, 40.0) }),
        (20.0, 680.0, StampSpec { lines: odd(), ..base(200.0, 60.0) }),
    ];
    for pdf_a in [false, true] {
        let file = support::file(&[("/MediaBox[0 0 600 800]", "")]);
        let stamps: Vec<_> =
            sheet.iter().map(|(x, y, spec)| (0, *x, *y, StampSpec { pdf_a, ..spec.clone() })).collect();
        let name = if pdf_a { "sheet-a.pdf" } else { "sheet.pdf" };
        std::fs::write(folder.join(name), support::stamped(&file, &stamps)).unwrap();
    }
    for (index, (_, _, spec)) in sheet.iter().enumerate() {
        std::fs::write(folder.join(format!("stamp-{index:02}.svg")), preview_svg(spec).unwrap()).unwrap();
    }
    for part in [1, 2] {
        let stamps: Vec<_> =
            sheet.iter().map(|(x, y, spec)| (0, *x, *y, StampSpec { pdf_a: true, ..spec.clone() })).collect();
        let name = format!("archival-{part}b.pdf");
        std::fs::write(folder.join(name), support::stamped(&support::archival(part), &stamps)).unwrap();
    }
    let turned: Vec<(String, &str)> = [0, 90, 180, 270]
        .iter()
        .map(|rotate| {
            (
                format!("/MediaBox[-50 30 350 330]/CropBox[0 50 340 320]/Rotate {rotate}"),
                "0.9 1 0.9 rg -50 30 500 500 re f",
            )
        })
        .collect();
    let turned: Vec<(&str, &str)> = turned.iter().map(|(entries, content)| (entries.as_str(), *content)).collect();
    let file = support::file(&turned);
    let stamp = StampSpec { qr: Some(URL.into()), ..base(200.0, 60.0) };
    let stamps: Vec<_> = (0..4).map(|page| (page, 10.0, 20.0, stamp.clone())).collect();
    std::fs::write(folder.join("turned.pdf"), support::stamped(&file, &stamps)).unwrap();
}

fn usual() -> Vec<Line> {
    vec![
        Line::regular("Assinado digitalmente por", 7.0),
        Line::bold("João da Conceição Gonçalves", 10.0),
        Line::regular("Tabelião · 2º Ofício de Notas de São Luís", 7.0),
        Line::regular("21/11/2026 14:00:00 (UTC−03:00)", 7.0),
    ]
}

fn minimal() -> Vec<Line> {
    vec![Line::bold("Maria Antônia d’Ávila", 11.0), Line::regular("Escrevente autorizada", 8.0)]
}

fn long() -> Vec<Line> {
    vec![
        Line::regular("Assinado digitalmente por", 7.0),
        Line::bold(
            "Pedro de Alcântara Francisco Antônio João Carlos Xavier de Paula Miguel Rafael Joaquim José Gonzaga",
            10.0,
        ),
        Line::regular(
            "Cartório do Registro Civil das Pessoas Naturais e de Interdições e Tutelas da Sede da Comarca",
            7.0,
        ),
        Line::regular("21/11/2026 14:00:00 (UTC−03:00)", 7.0),
    ]
}

fn ten() -> Vec<Line> {
    let mut lines = usual();
    lines.extend([
        Line::regular("Motivo: autenticação de cópia conforme o original que me foi apresentado", 7.0),
        Line::regular("Local: São Luís, Maranhão, Brasil", 7.0),
        Line::regular("Certificado: AC SOLUTI Multipla v5, série 3f:a1:00:9c:77:2e", 7.0),
        Line::regular("Selo: AUTENT-MA-2026-00012345-XQZ · Emolumentos: R$ 12,50", 7.0),
        Line::regular("Confira em https://validar.iti.gov.br", 7.0),
        Line::bold("Documento eletrônico: a impressão é cópia simples", 7.0),
    ]);
    lines
}

fn odd() -> Vec<Line> {
    vec![
        Line::regular("Łukasz Žižek · Ζωή · Юлия · nº 1ª § “ç” €", 8.0),
        Line::regular("Nguyễn Thị Ánh ✓ ffi fl Th Qu AVATAR To", 8.0),
        Line::regular("公证 \u{202e}abc z\u{301}\u{323}\u{30b}", 8.0),
    ]
}

fn demo() -> String {
    "DEMONSTRAÇÃO, sem valor jurídico".to_owned()
}

/// A round crest with a soft edge on nothing.
fn crest() -> Vec<u8> {
    let side = 400_i32;
    let mut data = Vec::new();
    for y in 0..side {
        for x in 0..side {
            let (dx, dy) = (f64::from(x - side / 2), f64::from(y - side / 2));
            let radius = dx.hypot(dy) / f64::from(side / 2);
            let ray = ((dy.atan2(dx) * 8.0).sin() + 1.0) / 2.0;
            let (color, alpha) = match radius {
                r if r > 1.0 => ([0, 0, 0], 0.0),
                r if r > 0.86 => ([20, 60, 40], 1.0),
                r if r > 0.78 => ([255, 255, 255], 1.0),
                _ => ([30, 100, 60], 0.35 + 0.65 * ray),
            };
            data.extend(color);
            data.push((alpha * 255.0) as u8);
        }
    }
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, side as u32, side as u32);
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header().unwrap().write_image_data(&data).unwrap();
    out
}
