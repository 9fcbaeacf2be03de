//! A stamp as PDF objects.

use std::fmt::Write as _;

use cartorio_pdf::Drawing;

use crate::embed::{Used, resource, width};
use crate::error::StampError;
use crate::face::{Cluster, Face, Faces};
use crate::image::Image;
use crate::layout::{Area, Layout, Mark, Tone};
use crate::object::{Dict, Objects, deflate, number, numbers};
use crate::pixels::Plane;
use crate::spec::{Rotation, StampSpec};

/// sRGB, near enough, without a profile (ISO 32000-2, 8.6.5.3). PDF/A takes it for device-independent.
const CAL_RGB: &str = "[/CalRGB<</WhitePoint[0.9505 1 1.089]/Gamma[2.2 2.2 2.2]\
    /Matrix[0.4124 0.2126 0.0193 0.3576 0.7152 0.1192 0.1805 0.0722 0.9505]>>]";

/// Its greys.
const CAL_GREY: &str = "[/CalGray<</WhitePoint[0.9505 1 1.089]/Gamma 2.2>>]";

/// Kerning below this many thousandths of an em is not worth its bytes.
const KERNING: f64 = 0.5;

/// The stamp as a form XObject with its fonts and picture. Its `/BBox` is the stamp as it is seen, its `/Matrix` turns it for
/// the page, so that it fills a `/Rect` of [`crate::place`] to the edge.
///
/// Fonts are subset, embedded and mapped to Unicode. With [`StampSpec::pdf_a`] there is no transparency and no
/// device-dependent colour, as PDF/A-1b wants it. The same spec gives the same bytes.
///
/// # Errors
/// [`StampError::Size`], [`StampError::TextSize`], [`StampError::TooMuchText`], [`StampError::Empty`],
/// [`StampError::QrTooLong`]; [`StampError::Font`] for a defect here.
pub fn draw(spec: &StampSpec) -> Result<Drawing, StampError> {
    let layout = Layout::new(spec)?;
    let faces = Faces::get()?;
    let mut objects = Objects::default();
    let form = objects.reserve();
    let mut content = Content { out: String::new(), used: Used::default(), pdf_a: spec.pdf_a, faces };
    let mut picture = None;
    for mark in &layout.marks {
        match mark {
            Mark::Fill { rectangles, tone } => content.fill(rectangles, *tone),
            Mark::Frame { area, line, tone } => content.frame(area, *line, *tone),
            Mark::Text { x, baseline, size, clusters, tone } => content.text([*x, *baseline], *size, clusters, *tone),
            Mark::Picture { area, image } => {
                picture = Some(write_picture(&image.for_print(area.width, area.height), spec.pdf_a, &mut objects)?);
                content.picture(area);
            }
        }
    }
    let mut dict = Dict::new()
        .raw(&format!("/Type/XObject/Subtype/Form/FormType 1/BBox[0 0 {}]", numbers(&[layout.width, layout.height])))
        .raw(&format!("/Matrix[{}]", matrix(spec)));
    dict = dict.raw("/Resources<<");
    if spec.pdf_a {
        dict = dict.raw(&format!("/ColorSpace<</G{CAL_GREY}/R{CAL_RGB}>>"));
    }
    let fonts = content.used.write(&mut objects)?;
    if !fonts.is_empty() {
        dict = fonts.iter().fold(dict.raw("/Font<<"), |dict, (name, index)| dict.reference(name, *index)).raw(">>");
    }
    if let Some(index) = picture {
        dict = dict.raw("/XObject<<").reference("I0", index).raw(">>");
    }
    objects.fill(form, dict.raw(">>/Filter/FlateDecode"), Some(deflate(content.out.as_bytes())));
    Ok(objects.finish())
}

/// Turns the stamp against the page and moves it back to where x and y are not negative.
fn matrix(spec: &StampSpec) -> String {
    let (width, height) = (spec.width, spec.height);
    numbers(&match spec.rotation {
        Rotation::Upright => [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        Rotation::Quarter => [0.0, 1.0, -1.0, 0.0, height, 0.0],
        Rotation::Half => [-1.0, 0.0, 0.0, -1.0, width, height],
        Rotation::ThreeQuarters => [0.0, -1.0, 1.0, 0.0, 0.0, width],
    })
}

fn write_picture(image: &Image, pdf_a: bool, objects: &mut Objects) -> Result<usize, StampError> {
    let flat = if pdf_a { image.flattened() } else { image.clone() };
    let dict = |plane: &Plane, space: &str| {
        Dict::new()
            .raw("/Type/XObject/Subtype/Image")
            .number("Width", f64::from(plane.width))
            .number("Height", f64::from(plane.height))
            .raw(&format!("/ColorSpace{space}/BitsPerComponent 8/Filter/FlateDecode"))
            .raw(&format!("/DecodeParms<</Predictor 15/Colors {}/Columns {}>>", plane.channels, plane.width))
    };
    let colours = Plane::colours(&flat)?;
    let space = match (colours.channels, pdf_a) {
        (1, true) => CAL_GREY,
        (1, false) => "/DeviceGray",
        (_, true) => CAL_RGB,
        (_, false) => "/DeviceRGB",
    };
    let mut entries = dict(&colours, space);
    if !flat.is_opaque() {
        let alpha = Plane::alpha(&flat)?;
        let mask = objects.stream(dict(&alpha, "/DeviceGray"), alpha.rows());
        entries = entries.reference("SMask", mask);
    }
    Ok(objects.stream(entries, colours.rows()))
}

/// A content stream being written.
struct Content {
    out: String,
    used: Used,
    pdf_a: bool,
    faces: &'static Faces,
}

impl Content {
    fn fill(&mut self, rectangles: &[Area], tone: Tone) {
        self.tone(tone, false);
        // One path, so that edges that meet leave no seam on screens.
        for area in rectangles {
            self.line(&format!("{} re", numbers(&[area.x, area.y, area.width, area.height])));
        }
        if !rectangles.is_empty() {
            self.line("f");
        }
    }

    fn frame(&mut self, area: &Area, line: f64, tone: Tone) {
        self.tone(tone, true);
        self.line(&format!("{} w", number(line)));
        self.line(&format!("{} re S", numbers(&[area.x, area.y, area.width, area.height])));
    }

    fn picture(&mut self, area: &Area) {
        self.line(&format!(
            "q {} 0 0 {} {} cm /I0 Do Q",
            number(area.width),
            number(area.height),
            numbers(&[area.x, area.y])
        ));
    }

    fn text(&mut self, at: [f64; 2], size: f64, clusters: &[Cluster], tone: Tone) {
        self.tone(tone, false);
        self.line("BT");
        self.line(&format!("1 0 0 1 {} Tm", numbers(&at)));
        // Where the pen should be, and where the reader's is after the widths of the font; in em.
        let (mut pen, mut theirs) = (0.0, 0.0);
        let mut state: Option<(Face, f64)> = None;
        let mut shown = Shown::default();
        for cluster in clusters {
            for (id, glyph) in self.used.encode(cluster).into_iter().zip(&cluster.glyphs) {
                if state != Some((cluster.face, glyph.y_offset)) {
                    self.show(&mut shown);
                    if state.is_none_or(|(face, _)| face != cluster.face) {
                        self.line(&format!("/{} {} Tf", resource(cluster.face), number(size)));
                    }
                    if state.map_or(0.0, |(_, rise)| rise) != glyph.y_offset {
                        self.line(&format!("{} Ts", number(glyph.y_offset * size)));
                    }
                    state = Some((cluster.face, glyph.y_offset));
                }
                let back = (theirs - pen - glyph.x_offset) * 1000.0;
                if back.abs() >= KERNING {
                    theirs -= shown.kern(back) / 1000.0;
                }
                shown.glyph(id);
                theirs += width(self.faces, cluster.face, glyph.id) / 1000.0;
                pen += glyph.advance;
            }
        }
        self.show(&mut shown);
        if state.is_some_and(|(_, rise)| rise != 0.0) {
            self.line("0 Ts");
        }
        self.line("ET");
    }

    fn show(&mut self, shown: &mut Shown) {
        shown.close();
        if !shown.items.is_empty() {
            let items = std::mem::take(shown).items;
            self.line(&format!("[{items}]TJ"));
        }
    }

    fn tone(&mut self, tone: Tone, stroke: bool) {
        let grey = |level| (vec![level], "G");
        let (channels, space) = match tone {
            Tone::Black => grey(0.0),
            Tone::Grey => grey(0.5),
            Tone::White => grey(1.0),
            Tone::Red => (vec![0.66, 0.09, 0.11], "R"),
        };
        let channels = numbers(&channels);
        let operators = match (self.pdf_a, space, stroke) {
            (true, space, false) => format!("/{space} cs {channels} sc"),
            (true, space, true) => format!("/{space} CS {channels} SC"),
            (false, "G", false) => format!("{channels} g"),
            (false, "G", true) => format!("{channels} G"),
            (false, _, false) => format!("{channels} rg"),
            (false, _, true) => format!("{channels} RG"),
        };
        self.line(&operators);
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }
}

/// The items of a `TJ` array.
#[derive(Default)]
struct Shown {
    items: String,
    /// Whether a string is open.
    open: bool,
}

impl Shown {
    /// Moves the pen back by thousandths of an em and gives by how many.
    fn kern(&mut self, back: f64) -> f64 {
        let back = (back * 10.0).round() / 10.0;
        self.close();
        self.items.push_str(&number(back));
        back
    }

    fn glyph(&mut self, id: u16) {
        if !self.open {
            self.items.push('<');
        }
        self.open = true;
        // Writing to a String cannot fail.
        let _ = write!(self.items, "{id:04X}");
    }

    fn close(&mut self) {
        if self.open {
            self.items.push('>');
        }
        self.open = false;
    }
}
