//! A stamp as an SVG for the window.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::StampError;
use crate::face::{Cluster, Face, Faces};
use crate::image::Image;
use crate::layout::{Area, Layout, Mark, Tone};
use crate::object::{number, numbers};
use crate::outline::path;
use crate::pixels::Plane;
use crate::spec::StampSpec;

/// The stamp as it will be seen, upright, as an SVG of the same size in points. Text is outlines, so that it looks the same
/// without the font; what it says is the picture's label. Scripts, styles and addresses are not in it: only `data:` for the
/// picture.
///
/// # Errors
/// As [`crate::draw`].
pub fn preview_svg(spec: &StampSpec) -> Result<String, StampError> {
    let layout = Layout::new(spec)?;
    let faces = Faces::get()?;
    let mut body = Body { out: String::new(), glyphs: BTreeSet::new(), height: layout.height, faces };
    for mark in &layout.marks {
        match mark {
            Mark::Fill { rectangles, tone } => body.fill(rectangles, *tone),
            Mark::Frame { area, line, tone } => body.frame(area, *line, *tone),
            Mark::Text { x, baseline, size, clusters, tone } => body.text([*x, *baseline], *size, clusters, *tone),
            Mark::Picture { area, image } => body.picture(area, image, spec.pdf_a)?,
        }
    }
    let (width, height) = (number(layout.width), number(layout.height));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}pt\" height=\"{height}pt\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-label=\"{}\">",
        escaped(&label(&layout))
    );
    if !body.glyphs.is_empty() {
        out.push_str("<defs>");
        for (face, glyph) in &body.glyphs {
            // Writing to a String cannot fail.
            let _ = write!(out, "<path id=\"{}\" d=\"{}\"/>", id(*face, *glyph), path(faces, *face, *glyph));
        }
        out.push_str("</defs>");
    }
    out.push_str(&body.out);
    out.push_str("</svg>");
    Ok(out)
}

/// What the rows say, in order.
fn label(layout: &Layout) -> String {
    let rows = layout.marks.iter().filter_map(|mark| match mark {
        Mark::Text { clusters, .. } => Some(clusters.iter().map(|cluster| cluster.text.as_str()).collect::<String>()),
        Mark::Fill { .. } | Mark::Frame { .. } | Mark::Picture { .. } => None,
    });
    rows.collect::<Vec<_>>().join("; ")
}

/// The same glyph has the same name in every stamp, so that several of them can stand in one page.
fn id(face: Face, glyph: u16) -> String {
    format!("stamp-{}-{glyph}", face.index())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

struct Body {
    out: String,
    glyphs: BTreeSet<(Face, u16)>,
    height: f64,
    faces: &'static Faces,
}

impl Body {
    fn fill(&mut self, rectangles: &[Area], tone: Tone) {
        let mut data = String::new();
        for area in rectangles {
            let [x, y, width, height] = self.flipped(area);
            let _ = write!(data, "M{}h{}v{}h{}z", numbers(&[x, y]), number(width), number(height), number(-width));
        }
        let _ = write!(self.out, "<path fill=\"{}\" d=\"{data}\"/>", colour(tone));
    }

    fn frame(&mut self, area: &Area, line: f64, tone: Tone) {
        let [x, y, width, height] = self.flipped(area).map(number);
        let _ = write!(
            self.out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"/>",
            colour(tone),
            number(line)
        );
    }

    fn text(&mut self, [x, baseline]: [f64; 2], size: f64, clusters: &[Cluster], tone: Tone) {
        let _ = write!(self.out, "<g fill=\"{}\">", colour(tone));
        let mut pen = 0.0;
        for cluster in clusters {
            let scale = size / self.faces.em(cluster.face);
            for glyph in &cluster.glyphs {
                if cluster.ink.is_some() {
                    self.glyphs.insert((cluster.face, glyph.id));
                    let at = [x + (pen + glyph.x_offset) * size, self.height - baseline - glyph.y_offset * size];
                    let _ = write!(
                        self.out,
                        "<use href=\"#{}\" transform=\"translate({}) scale({scale:.6} {:.6})\"/>",
                        id(cluster.face, glyph.id),
                        numbers(&at),
                        -scale
                    );
                }
                pen += glyph.advance;
            }
        }
        self.out.push_str("</g>");
    }

    fn picture(&mut self, area: &Area, image: &Image, pdf_a: bool) -> Result<(), StampError> {
        let image = image.for_print(area.width, area.height);
        let image = if pdf_a { image.flattened() } else { image };
        let plane = if image.is_opaque() { Plane::colours(&image)? } else { Plane::everything(&image)? };
        let [x, y, width, height] = self.flipped(area).map(number);
        let _ = write!(
            self.out,
            "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=\"none\" \
             href=\"data:image/png;base64,{}\"/>",
            STANDARD.encode(&plane.png)
        );
        Ok(())
    }

    /// Upper left corner, width and height with y downwards.
    fn flipped(&self, area: &Area) -> [f64; 4] {
        [area.x, self.height - area.y - area.height, area.width, area.height]
    }
}

fn colour(tone: Tone) -> &'static str {
    match tone {
        Tone::Black => "#000",
        Tone::Grey => "#808080",
        Tone::White => "#fff",
        Tone::Red => "#a8171c",
    }
}
