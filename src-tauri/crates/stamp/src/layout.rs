//! Where everything of a stamp stands.

use crate::error::StampError;
use crate::face::Cluster;
use crate::image::Image;
use crate::qr::{Code, QUIET};
use crate::spec::{Line, StampSpec};
use crate::text::{Block, MAX_SCALE, Shaped};

/// The width of the line around a stamp, in points.
const HAIRLINE: f64 = 0.5;

/// The wished size of the demo mark, in points.
const DEMO_SIZE: f64 = 7.0;

/// The side of a QR code that is read from paper without effort, in points (2 cm).
const GOOD_CODE: f64 = 57.0;

/// Beside text, a code larger than this (3 cm) grows only with the stamp.
const LARGE_CODE: f64 = 85.0;

/// How small things got, for a warning before anything is signed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// The smallest size at which text is set, in points; below 5 few people read it on paper. `None` without text.
    pub smallest_text: Option<f64>,
    /// By how much the sizes wished for were changed: 1 when they were kept.
    pub scale: f64,
    /// The side of one module of the QR code, in points; below 0.9 (0.33 mm) telephones fail.
    pub qr_module: Option<f64>,
}

/// How small the things of a stamp get in its size.
///
/// # Errors
/// As [`crate::draw`].
pub fn fit(spec: &StampSpec) -> Result<Fit, StampError> {
    Ok(Layout::new(spec)?.fit)
}

/// A stamp as it is seen, in points from its lower left corner.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// What is painted, in this order.
    pub(crate) marks: Vec<Mark>,
    pub(crate) fit: Fit,
}

/// One thing to paint.
#[derive(Clone, Debug)]
pub(crate) enum Mark {
    /// Filled rectangles.
    Fill { rectangles: Vec<Area>, tone: Tone },
    /// A hairline around a rectangle, its middle on the rectangle's sides.
    Frame { area: Area, line: f64, tone: Tone },
    /// Glyphs from `x` on a baseline.
    Text { x: f64, baseline: f64, size: f64, clusters: Vec<Cluster>, tone: Tone },
    /// A picture that fills a rectangle.
    Picture { area: Area, image: Image },
}

/// A colour of stamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Black,
    Grey,
    White,
    /// The demo mark's.
    Red,
}

/// A rectangle: lower left corner, width, height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Area {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Area {
    fn inset(self, by: f64) -> Self {
        let by = by.min(self.width / 2.0).min(self.height / 2.0);
        Self { x: self.x + by, y: self.y + by, width: self.width - 2.0 * by, height: self.height - 2.0 * by }
    }

    fn shorter(self) -> f64 {
        self.width.min(self.height)
    }
}

impl Layout {
    /// # Errors
    /// As [`crate::draw`].
    pub(crate) fn new(spec: &StampSpec) -> Result<Self, StampError> {
        spec.check()?;
        let whole = Area { x: 0.0, y: 0.0, width: spec.width, height: spec.height };
        let text = Shaped::new(&spec.lines)?;
        let code = spec.qr.as_deref().map(Code::new).transpose()?;
        let mut marks = Vec::new();
        let line = if spec.border { HAIRLINE.min(whole.shorter() / 20.0) } else { 0.0 };
        let mut inner = whole.inset(line);
        let mut smallest = None;
        if let Some(demo) = &spec.demo {
            smallest = band(demo, &mut inner, &mut marks)?;
        }
        let padding =
            (inner.shorter() * 0.08).min(7.0_f64.max(inner.shorter() * 0.02)) * if spec.border { 1.0 } else { 0.4 };
        let parts = Parts { text: &text, image: spec.image.as_ref(), code: code.as_ref(), padding };
        let (beside, above) = (parts.beside(inner.inset(padding)), parts.above(inner.inset(padding)));
        // Beside each other is what people expect; what is tall has to be really better.
        let chosen = if above.worth() > beside.worth() * 1.1 { above } else { beside };
        let fit = chosen.paint(&parts, inner, &mut marks);
        if spec.border {
            marks.push(Mark::Frame { area: whole.inset(line / 2.0), line, tone: Tone::Grey });
        }
        let smallest_text = [smallest, fit.smallest_text].into_iter().flatten().reduce(f64::min);
        Ok(Self { width: spec.width, height: spec.height, marks, fit: Fit { smallest_text, ..fit } })
    }
}

/// Paints the demo mark at the bottom of `area`, takes its place away and gives the size of its text.
fn band(text: &str, area: &mut Area, marks: &mut Vec<Mark>) -> Result<Option<f64>, StampError> {
    let text = Shaped::new(&[Line::bold(text, DEMO_SIZE)])?;
    if text.is_empty() {
        return Ok(None);
    }
    let margin = (area.shorter() * 0.05).min(2.2);
    let block = text.set(area.width - 4.0 * margin, area.height * 0.34 - 2.0 * margin, 1.0);
    let height = block.height + 2.0 * margin;
    let band = Area { height, ..*area };
    marks.push(Mark::Fill { rectangles: vec![band], tone: Tone::Red });
    let smallest = paint_text(&block, band, true, Tone::White, marks);
    area.y += height;
    area.height -= height;
    Ok(smallest)
}

/// What has to be arranged.
struct Parts<'a> {
    text: &'a Shaped,
    image: Option<&'a Image>,
    code: Option<&'a Code>,
    /// What is free around the content.
    padding: f64,
}

/// One way to arrange it.
struct Arrangement {
    image: Option<Area>,
    /// The dark modules' area, without the quiet zone.
    code: Option<Area>,
    text: Area,
    block: Block,
    centred: bool,
}

impl Parts<'_> {
    /// Picture, text and code from left to right.
    fn beside(&self, area: Area) -> Arrangement {
        let gap = (area.height * 0.12).min(area.width * 0.05).min(9.0);
        let (mut left, mut right) = (area.x, area.x + area.width);
        let code = self.code.map(|code| {
            let side = area.height.min(area.width * self.code_share(0.42)).min(self.code_limit(area));
            let (side, quiet) = self.code_side(code, side);
            let x = if self.alone() { area.x + (area.width - side) / 2.0 } else { right - side };
            // The white around the code is seen on a coloured page.
            right = x - gap.max(quiet + gap * 0.3);
            Area { x, y: area.y + (area.height - side) / 2.0, width: side, height: side }
        });
        let image = self.image.map(|image| {
            let room = Area { width: area.width * self.image_share(0.4, 0.26), ..area };
            let mut place = contained(image, room);
            place.x =
                if self.text.is_empty() && code.is_none() { area.x + (area.width - place.width) / 2.0 } else { left };
            left = place.x + place.width + gap;
            place
        });
        let text = Area { x: left, width: (right - left).max(0.0), ..area };
        let block = self.text.set(text.width, text.height, MAX_SCALE);
        Arrangement { image, code, text, block, centred: false }
    }

    /// Picture, text and code from top to bottom, in the middle.
    fn above(&self, area: Area) -> Arrangement {
        let gap = (area.width * 0.08).min(area.height * 0.05).min(9.0);
        let (mut bottom, mut top) = (area.y, area.y + area.height);
        let code = self.code.map(|code| {
            let side = area.width.min(area.height * self.code_share(0.42)).min(self.code_limit(area));
            let (side, quiet) = self.code_side(code, side);
            let y = if self.alone() { area.y + (area.height - side) / 2.0 } else { bottom };
            bottom = y + side + gap.max(quiet + gap * 0.3);
            Area { x: area.x + (area.width - side) / 2.0, y, width: side, height: side }
        });
        let image = self.image.map(|image| {
            let height = area.height * self.image_share(0.4, 0.26);
            let mut place = contained(image, Area { y: top - height, height, ..area });
            if self.text.is_empty() && code.is_none() {
                place.y = area.y + (area.height - place.height) / 2.0;
            } else {
                place.y = top - place.height;
            }
            top = place.y - gap;
            place
        });
        let text = Area { y: bottom, height: (top - bottom).max(0.0), ..area };
        let block = self.text.set(text.width, text.height, MAX_SCALE);
        Arrangement { image, code, text, block, centred: true }
    }

    fn alone(&self) -> bool {
        self.text.is_empty() && self.image.is_none()
    }

    /// How much of the length a code may take.
    fn code_share(&self, with_text: f64) -> f64 {
        match (self.text.is_empty(), self.image.is_none()) {
            (true, true) => 1.0,
            (true, false) => 0.5,
            (false, _) => with_text,
        }
    }

    /// How large a code may become beside text.
    fn code_limit(&self, area: Area) -> f64 {
        if self.text.is_empty() { f64::INFINITY } else { LARGE_CODE.max(area.shorter() * 0.4) }
    }

    /// How much of the length a picture may take.
    fn image_share(&self, with_text: f64, with_both: f64) -> f64 {
        match (self.text.is_empty(), self.code.is_none()) {
            (true, true) => 1.0,
            (true, false) => 0.42,
            (false, true) => with_text,
            (false, false) => with_both,
        }
    }

    /// The side of the dark modules in a square of `side`, and how wide the white around it is; that one may use the padding.
    fn code_side(&self, code: &Code, side: f64) -> (f64, f64) {
        let modules = code.modules as f64;
        let module = (side / modules).min((side + 2.0 * self.padding) / (modules + 2.0 * QUIET));
        (module * modules, module * QUIET)
    }
}

impl Arrangement {
    /// How good it is: text near its size, a code that can be read, a picture of some size.
    fn worth(&self) -> f64 {
        let text = if self.block.rows.is_empty() { 1.0 } else { self.block.scale.min(1.2) };
        let code = self.code.map_or(1.0, |area| (area.width / GOOD_CODE).min(1.0));
        let image = self.image.map_or(1.0, |area| (area.width * area.height / 1_500.0).min(1.0));
        text * code.powf(0.6) * image.powf(0.2)
    }

    fn paint(&self, parts: &Parts<'_>, inner: Area, marks: &mut Vec<Mark>) -> Fit {
        if let (Some(area), Some(image)) = (self.image, parts.image) {
            marks.push(Mark::Picture { area, image: image.clone() });
        }
        let qr_module = self.code.zip(parts.code).map(|(area, code)| {
            let module = area.width / code.modules as f64;
            marks.push(Mark::Fill { rectangles: vec![cut(area.inset(-QUIET * module), inner)], tone: Tone::White });
            let rectangle = |dark: &[usize; 4]| {
                let [x, y, width, height] = dark.map(|value| value as f64 * module);
                Area { x: area.x + x, y: area.y + y, width, height }
            };
            marks.push(Mark::Fill { rectangles: code.dark.iter().map(rectangle).collect(), tone: Tone::Black });
            module
        });
        let smallest_text = paint_text(&self.block, self.text, self.centred, Tone::Black, marks);
        Fit { smallest_text, scale: if self.block.rows.is_empty() { 1.0 } else { self.block.scale }, qr_module }
    }
}

/// Paints rows in the middle of the height of `area` and gives the smallest size.
fn paint_text(block: &Block, area: Area, centred: bool, tone: Tone, marks: &mut Vec<Mark>) -> Option<f64> {
    let top = area.y + area.height - (area.height - block.height) / 2.0;
    for row in &block.rows {
        let free = if centred { (area.width - row.extent.width() * row.size) / 2.0 } else { 0.0 };
        marks.push(Mark::Text {
            x: area.x + free - row.extent.left * row.size,
            baseline: top - row.baseline,
            size: row.size,
            clusters: row.clusters.clone(),
            tone,
        });
    }
    block.rows.iter().map(|row| row.size).reduce(f64::min)
}

/// The largest place for a picture in the middle of `room`.
fn contained(image: &Image, room: Area) -> Area {
    let width = room.width.min(room.height * image.aspect());
    let height = width / image.aspect();
    Area { x: room.x + (room.width - width) / 2.0, y: room.y + (room.height - height) / 2.0, width, height }
}

fn cut(area: Area, to: Area) -> Area {
    let (x, y) = (area.x.max(to.x), area.y.max(to.y));
    let width = (area.x + area.width).min(to.x + to.width) - x;
    let height = (area.y + area.height).min(to.y + to.height) - y;
    Area { x, y, width: width.max(0.0), height: height.max(0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn image() -> Image {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, 2, 1);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.write_header().unwrap().write_image_data(&[0, 255]).unwrap();
        Image::parse(&out).unwrap()
    }

    /// Everything that leaves a mark, as left, bottom, right, top.
    fn inked(layout: &Layout) -> Vec<[f64; 4]> {
        let sides = |area: &Area| [area.x, area.y, area.x + area.width, area.y + area.height];
        let marks = layout.marks.iter().flat_map(|mark| match mark {
            Mark::Fill { rectangles, .. } => rectangles.iter().map(sides).collect(),
            Mark::Frame { area, line, .. } => vec![sides(&area.inset(-line / 2.0))],
            Mark::Picture { area, .. } => vec![sides(area)],
            Mark::Text { x, baseline, size, clusters, .. } => {
                let mut pen = 0.0;
                let ink = clusters.iter().filter_map(|cluster| {
                    let start = pen;
                    pen += cluster.advance;
                    let [left, bottom, right, top] = cluster.ink?;
                    let across = |side: f64| x + (start + side) * size;
                    Some([across(left), baseline + bottom * size, across(right), baseline + top * size])
                });
                ink.collect()
            }
        });
        marks.collect()
    }

    fn texts(layout: &Layout) -> String {
        let rows = layout.marks.iter().filter_map(|mark| match mark {
            Mark::Text { clusters, .. } => Some(clusters.iter().map(|c| c.text.as_str()).collect::<String>()),
            Mark::Fill { .. } | Mark::Frame { .. } | Mark::Picture { .. } => None,
        });
        rows.collect::<Vec<_>>().concat().replace(' ', "")
    }

    #[test]
    fn tall_stamps_stack_and_wide_ones_line_up() {
        let spec = |width, height| StampSpec {
            lines: vec![Line::bold("João da Conceição", 10.0), Line::regular("Tabelião", 8.0)],
            qr: Some("https://verifica.example/8f3a".into()),
            ..StampSpec::new(width, height)
        };
        let first_text = |layout: &Layout| {
            layout.marks.iter().find_map(|mark| match mark {
                Mark::Text { x, .. } => Some(*x),
                Mark::Fill { .. } | Mark::Frame { .. } | Mark::Picture { .. } => None,
            })
        };
        let (wide, tall) = (Layout::new(&spec(220.0, 60.0)).unwrap(), Layout::new(&spec(90.0, 150.0)).unwrap());
        assert!(first_text(&wide).unwrap() < 8.0, "text begins at the left");
        assert!(wide.fit.qr_module.unwrap() > 1.0 && tall.fit.qr_module.unwrap() > 1.0);
        let code_bottom = |layout: &Layout| match &layout.marks[0] {
            Mark::Fill { rectangles, .. } => rectangles[0].y,
            other => panic!("{other:?}"),
        };
        assert!(code_bottom(&tall) < 5.0 && code_bottom(&wide) < 5.0);
        let large = Layout::new(&spec(500.0, 200.0)).unwrap();
        assert_eq!(large.fit.scale, MAX_SCALE, "a large stamp has large text");
    }

    #[test]
    fn the_warning_knows_how_small_things_are() {
        let spec = StampSpec { lines: vec![Line::regular("x".repeat(300), 10.0)], ..StampSpec::new(60.0, 20.0) };
        let fit = fit(&spec).unwrap();
        assert!(fit.smallest_text.unwrap() < 4.0 && fit.scale < 0.4 && fit.qr_module.is_none(), "{fit:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nothing_is_outside_of_the_box_and_no_text_is_lost(
            (width, height) in prop_oneof![
                (4.0_f64..60.0, 4.0_f64..60.0), (4.0_f64..800.0, 4.0_f64..800.0), (4.0_f64..12.0, 300.0_f64..14_400.0),
            ],
            lines in prop::collection::vec((".{0,40}", 1.0_f64..40.0, any::<bool>()), 0..8),
            qr in prop::option::of("[a-z]{1,60}"),
            demo in prop::option::of(Just("DEMONSTRAÇÃO, sem valor jurídico".to_owned())),
            (border, with_image) in any::<(bool, bool)>(),
        ) {
            let lines: Vec<_> = lines.into_iter().map(|(text, size, bold)| Line { text, size, bold }).collect();
            let image = with_image.then(image);
            let spec = StampSpec { lines, image, qr, border, demo, ..StampSpec::new(width, height) };
            let layout = match Layout::new(&spec) {
                Err(StampError::Empty) => return Ok(()),
                other => other.unwrap(),
            };
            for [left, bottom, right, top] in inked(&layout) {
                let slack = 1e-6;
                prop_assert!(left >= -slack && bottom >= -slack && right <= width + slack && top <= height + slack);
                prop_assert!(left <= right && bottom <= top);
            }
            let faces = crate::face::Faces::get().unwrap();
            let expected = spec.demo.iter().map(|text| (text, true)).chain(spec.lines.iter().map(|l| (&l.text, l.bold)));
            let expected = expected.flat_map(|(text, bold)| faces.shape(text, bold)).map(|c| c.text).collect::<String>();
            prop_assert_eq!(texts(&layout), expected.replace(' ', ""));
        }
    }
}
