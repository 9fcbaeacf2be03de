//! Pages become PDF: first what is no text, then the text in reading order.

use krilla::Document;
use krilla::color::rgb;
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, SpanTag};

use super::flow::{BANNER_WIDTH, Flow, Mark};
use super::fonts::Fonts;
use super::pages::{Frame, OnPage, What, pages};
use super::style::{self, Ink, LEFT, PAGE_HEIGHT, PAGE_WIDTH, RIGHT, Style, WIDTH};
use super::tags::{NodeId, Structure};
use super::text::{Line, clipped};
use crate::visible::one_line;
use crate::{Report, State};

/// Draws everything; gives back the structure with its content, and the outline.
pub(super) fn paint(fonts: &Fonts, report: &Report, flow: Flow, document: &mut Document) -> (Structure, Outline) {
    let frame = Frame { first_top: style::FIRST_TOP, top: style::TOP, bottom: style::BOTTOM };
    let pages = pages(&flow.items, &flow.headers, frame);
    let mut painter = Painter { fonts, report, total: pages.len(), flow, outline: Vec::new() };
    for (number, page) in pages.iter().enumerate() {
        painter.page(number, page, document);
    }
    (painter.flow.structure, nested(&mut painter.outline.into_iter().peekable()))
}

struct Painter<'a> {
    fonts: &'a Fonts,
    report: &'a Report,
    total: usize,
    flow: Flow,
    outline: Vec<(u8, OutlineNode)>,
}

impl Painter<'_> {
    fn page(&mut self, number: usize, page: &[OnPage], document: &mut Document) {
        let whole = Rect::from_xywh(0.0, 0.0, PAGE_WIDTH, PAGE_HEIGHT);
        let settings = PageSettings::from_wh(PAGE_WIDTH, PAGE_HEIGHT).unwrap_or_default().with_media_box(whole);
        let mut sheet = document.start_page_with(settings);
        let mut surface = sheet.surface();
        self.across(&mut surface);
        self.banner(&mut surface, number == 0);
        if number > 0 {
            self.running_head(&mut surface);
        }
        let items: Vec<_> = page.iter().map(|placed| (placed, self.item(placed.what).clone())).collect();
        let marks: Vec<Mark> =
            items.iter().flat_map(|(placed, item)| item.marks.iter().map(|mark| moved(*mark, placed.y))).collect();
        draw_marks(&mut surface, joined(marks));
        let mut texts: Vec<(NodeId, f32, f32, Line)> = Vec::new();
        for (placed, item) in items {
            match placed.what {
                What::Item(_) => {
                    texts.extend(item.texts.into_iter().map(|text| (text.node, text.x, placed.y + text.y, text.line)));
                    if let Some((depth, words)) = item.outline {
                        let target = XyzDestination::new(number, Point::from_xy(LEFT, (placed.y - 8.0).max(0.0)));
                        self.outline.push((depth, OutlineNode::new(words, target).with_open(true)));
                    }
                }
                What::Header(..) => {
                    artifact(&mut surface, ArtifactType::PaginationOther, |surface| {
                        item.texts
                            .iter()
                            .for_each(|text| draw_line(self.fonts, surface, text.x, placed.y + text.y, &text.line));
                    });
                }
            }
        }
        // The cells of a torn row lie across each other; the structure knows their order.
        texts.sort_by_key(|(node, ..)| *node);
        for (node, x, y, line) in texts {
            self.tagged(&mut surface, node, x, y, &line);
        }
        self.foot(&mut surface, number);
        surface.finish();
        sheet.finish();
    }

    fn item(&self, what: What) -> &super::flow::Item {
        match what {
            What::Item(index) => &self.flow.items[index],
            What::Header(header, line) => &self.flow.headers[header][line],
        }
    }

    fn tagged(&mut self, surface: &mut Surface, node: NodeId, x: f32, y: f32, line: &Line) {
        if line.pieces.is_empty() {
            return;
        }
        let content = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
        draw_line(self.fonts, surface, x, y, line);
        surface.end_tagged();
        self.flow.structure.content(node, content);
    }

    /// The banner's words, large and pale, from corner to corner. Drawn as shapes, so that they are no text in the way of a search.
    fn across(&self, surface: &mut Surface) {
        let Some(banner) = &self.report.banner else { return };
        let words = one_line(banner, 60);
        let line = clipped(self.fonts, style::ACROSS, &words, f32::MAX);
        let shrink = (680.0 / line.width.max(1.0)).min(1.0);
        let size = style::ACROSS.size * shrink;
        artifact(surface, ArtifactType::Watermark, |surface| {
            surface.push_transform(&Transform::from_rotate_at(-54.0, PAGE_WIDTH / 2.0, PAGE_HEIGHT / 2.0));
            ink(surface, style::ACROSS.ink);
            let mut x = PAGE_WIDTH / 2.0 - line.width * shrink / 2.0;
            for piece in &line.pieces {
                let start = Point::from_xy(x, PAGE_HEIGHT / 2.0 + size * 0.3);
                surface.draw_glyphs(start, &piece.glyphs, self.fonts.font(piece.face), &piece.text, size, true);
                x += piece.width() * size;
            }
            surface.pop();
        });
    }

    /// The strip at the head of every page; on the first it belongs to what is read.
    fn banner(&mut self, surface: &mut Surface, first: bool) {
        const TOP: f32 = 22.0;
        const HEIGHT: f32 = 18.0;
        let Some(banner) = &self.report.banner else { return };
        let line = clipped(self.fonts, style::BANNER, banner, BANNER_WIDTH);
        artifact(surface, ArtifactType::Layout, |surface| {
            ink(surface, BANNER_GROUND);
            draw_rect(surface, LEFT, TOP, WIDTH, HEIGHT);
            ink(surface, style::BANNER.ink);
            draw_rect(surface, LEFT, TOP, WIDTH, 0.6);
            draw_rect(surface, LEFT, TOP + HEIGHT - 0.6, WIDTH, 0.6);
        });
        let x = LEFT + (WIDTH - line.width) / 2.0;
        let y = TOP + super::style::baseline(HEIGHT, style::BANNER.size);
        match (first, self.flow.banner) {
            (true, Some(node)) => self.tagged(surface, node, x, y, &line),
            (true, None) | (false, _) => {
                artifact(surface, ArtifactType::Header, |surface| draw_line(self.fonts, surface, x, y, &line));
            }
        }
    }

    fn running_head(&self, surface: &mut Surface) {
        let issuer = clipped(self.fonts, style::RUNNING, &self.report.issuer, WIDTH * 0.46);
        let title = clipped(self.fonts, style::RUNNING_ITALIC, &self.report.title, WIDTH * 0.46);
        artifact(surface, ArtifactType::Header, |surface| {
            draw_line(self.fonts, surface, LEFT, 56.0, &issuer);
            draw_line(self.fonts, surface, RIGHT - title.width, 56.0, &title);
            ink(surface, style::LINE);
            draw_rect(surface, LEFT, 62.0, WIDTH, 0.6);
        });
    }

    fn foot(&self, surface: &mut Surface, number: usize) {
        let language = self.report.language;
        let set = |style: Style, text: &str, width: f32| clipped(self.fonts, style, text, width);
        let page = set(style::RUNNING, &language.page(number + 1, self.total), 140.0);
        let issued = set(style::RUNNING, &language.issued_at(self.report.created_at), WIDTH - 150.0);
        let identifier = self.report.identifier.as_deref().map(|text| set(style::RUNNING_MONO, text, WIDTH));
        artifact(surface, ArtifactType::Footer, |surface| {
            ink(surface, style::LINE);
            draw_rect(surface, LEFT, PAGE_HEIGHT - 62.0, WIDTH, 0.6);
            draw_line(self.fonts, surface, LEFT, PAGE_HEIGHT - 49.0, &issued);
            draw_line(self.fonts, surface, RIGHT - page.width, PAGE_HEIGHT - 49.0, &page);
            if let Some(identifier) = &identifier {
                draw_line(self.fonts, surface, LEFT, PAGE_HEIGHT - 37.5, identifier);
            }
        });
    }
}

const BANNER_GROUND: Ink = Ink(0xfb, 0xf4, 0xe2);

fn nested(rest: &mut std::iter::Peekable<std::vec::IntoIter<(u8, OutlineNode)>>) -> Outline {
    let mut outline = Outline::new();
    while let Some((depth, node)) = rest.next() {
        outline.push_child(with_children(depth, node, rest));
    }
    outline
}

fn with_children(
    depth: u8,
    mut node: OutlineNode,
    rest: &mut std::iter::Peekable<std::vec::IntoIter<(u8, OutlineNode)>>,
) -> OutlineNode {
    // The title (0) stands beside the parts (1), not above them.
    while depth > 0
        && let Some((deeper, child)) = rest.next_if(|(other, _)| *other > depth)
    {
        let child = with_children(deeper, child, rest);
        node.push_child(child);
    }
    node
}

fn artifact(surface: &mut Surface, kind: ArtifactType, draw: impl FnOnce(&mut Surface)) {
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
    draw(surface);
    surface.end_tagged();
}

fn draw_line(fonts: &Fonts, surface: &mut Surface, x: f32, y: f32, line: &Line) {
    let size = line.style.size;
    let mut x = x;
    for piece in &line.pieces {
        ink(surface, if piece.faint { style::INK_FAINT } else { line.style.ink });
        surface.draw_glyphs(Point::from_xy(x, y), &piece.glyphs, fonts.font(piece.face), &piece.text, size, false);
        x += piece.width() * size;
    }
}

fn draw_marks(surface: &mut Surface, marks: Vec<Mark>) {
    if marks.is_empty() {
        return;
    }
    artifact(surface, ArtifactType::Layout, |surface| {
        for mark in marks {
            match mark {
                Mark::Field(x, y, width, height, colour) => {
                    ink(surface, colour);
                    draw_rect(surface, x, y, width, height);
                }
                Mark::Shape(state, x, y, colour) => draw_state(surface, state, x, y, colour),
            }
        }
    });
}

/// Fields that touch below each other become one: no seams on a screen, fewer bytes.
fn joined(marks: Vec<Mark>) -> Vec<Mark> {
    let mut out: Vec<Mark> = Vec::with_capacity(marks.len());
    for mark in marks {
        let grown = match mark {
            Mark::Field(x, y, width, height, colour) => out.iter_mut().rev().take(8).any(|other| match other {
                Mark::Field(x2, y2, width2, height2, colour2)
                    if *x2 == x && *width2 == width && *colour2 == colour && (*y2 + *height2 - y).abs() < 0.01 =>
                {
                    *height2 += height;
                    true
                }
                Mark::Field(..) | Mark::Shape(..) => false,
            }),
            Mark::Shape(..) => false,
        };
        if !grown {
            out.push(mark);
        }
    }
    out
}

fn moved(mark: Mark, by: f32) -> Mark {
    match mark {
        Mark::Field(x, y, width, height, colour) => Mark::Field(x, y + by, width, height, colour),
        Mark::Shape(state, x, y, colour) => Mark::Shape(state, x, y + by, colour),
    }
}

fn draw_state(surface: &mut Surface, state: State, x: f32, y: f32, colour: Ink) {
    const RADIUS: f32 = 3.1;
    const PEN: f32 = 1.1;
    match state {
        State::Done => {
            ink(surface, colour);
            draw_path(surface, |path| circle(path, x, y, RADIUS));
        }
        State::Current => {
            pen(surface, colour, PEN);
            draw_path(surface, |path| circle(path, x, y, RADIUS - PEN / 2.0));
            ink(surface, colour);
            draw_path(surface, |path| circle(path, x, y, 1.2));
        }
        State::Pending => {
            pen(surface, colour, PEN);
            draw_path(surface, |path| circle(path, x, y, RADIUS - PEN / 2.0));
        }
        State::Failed => {
            pen(surface, colour, 1.4);
            draw_path(surface, |path| {
                let arm = RADIUS * 0.82;
                path.move_to(x - arm, y - arm);
                path.line_to(x + arm, y + arm);
                path.move_to(x - arm, y + arm);
                path.line_to(x + arm, y - arm);
            });
        }
        State::Skipped => {
            ink(surface, colour);
            draw_rect(surface, x - RADIUS, y - 0.6, RADIUS * 2.0, 1.2);
        }
    }
    surface.set_stroke(None);
}

fn circle(path: &mut PathBuilder, x: f32, y: f32, radius: f32) {
    // The usual four Bézier curves; their error is 0.03 % of the radius.
    let k = radius * 0.552_284_8;
    path.move_to(x + radius, y);
    path.cubic_to(x + radius, y + k, x + k, y + radius, x, y + radius);
    path.cubic_to(x - k, y + radius, x - radius, y + k, x - radius, y);
    path.cubic_to(x - radius, y - k, x - k, y - radius, x, y - radius);
    path.cubic_to(x + k, y - radius, x + radius, y - k, x + radius, y);
    path.close();
}

fn draw_path(surface: &mut Surface, build: impl FnOnce(&mut PathBuilder)) {
    let mut path = PathBuilder::new();
    build(&mut path);
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

fn draw_rect(surface: &mut Surface, x: f32, y: f32, width: f32, height: f32) {
    if let Some(rect) = Rect::from_xywh(x, y, width, height) {
        draw_path(surface, |path| path.push_rect(rect));
    }
}

fn ink(surface: &mut Surface, colour: Ink) {
    surface.set_stroke(None);
    surface.set_fill(Some(Fill { paint: rgb(colour), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }));
}

fn pen(surface: &mut Surface, colour: Ink, width: f32) {
    surface.set_fill(None);
    surface.set_stroke(Some(Stroke { paint: rgb(colour), width, ..Stroke::default() }));
}

fn rgb(colour: Ink) -> krilla::paint::Paint {
    rgb::Color::new(colour.0, colour.1, colour.2).into()
}
