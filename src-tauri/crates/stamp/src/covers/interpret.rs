//! A page's content, followed as far as text, pictures and curves go (ISO 32000-2, 8 and 9).

use std::collections::HashMap;
use std::rc::Rc;

use cartorio_pdf::{Dict, ObjRef, PdfError, PdfFile, Rect};

use super::font::Font;
use super::matrix::Matrix;
use super::path::Curves;
use super::picture;
use super::stream::content;
use super::token::{Operand, Token, Tokens};
use super::{Covered, CoveredKind, MAX_TOLD, overlap, unread};

/// Work for one page: tokens, and bytes of dictionaries looked through (each 64 count as one).
const MAX_WORK: u64 = 4_000_000;

/// What a glyph, a form and a picture count for. A dense page has ten thousand glyphs; a scan may come in hundreds of strips.
const GLYPH_WORK: u64 = 4;
const FORM_WORK: u64 = 40;
const PICTURE_WORK: u64 = 4_000;

/// What a pixel counts for, in bytes of data: the largest picture may be there once, with room for the strips of a scan.
const PIXEL_WORK: u64 = 4;

/// Decoded bytes of all streams of one page together.
const MAX_BYTES: u64 = 64 << 20;

/// Form XObjects within form XObjects.
const MAX_DEPTH: usize = 16;

/// Saved graphics states.
const MAX_STATES: usize = 512;

/// Operands kept for one operator.
const MAX_OPERANDS: usize = 64;

/// Characters told of one stretch of text.
const MAX_TEXT: usize = 200;

/// Bytes of one word; what is longer is told in parts.
const MAX_WORD: usize = 120;

/// From so much of their height on two letters have a space between them.
const SPACE: f64 = 0.12;

/// Says that a line goes on.
const ELLIPSIS: &str = " …";

/// Streams in one page's `/Contents`.
const MAX_PARTS: usize = 10_000;

/// Where pictures are painted.
const UNIT: Rect = [0.0, 0.0, 1.0, 1.0];

/// Levels of the page tree that are climbed for resources.
const MAX_LEVELS: usize = 256;

/// Reads one page and notes the text under a rectangle.
pub(super) struct Interpreter<'a> {
    file: &'a PdfFile,
    target: Rect,
    told: Vec<Covered>,
    /// The letters since the last gap.
    word: Option<Word>,
    /// Where the word before that one stood, and whether it was told.
    before: Option<(Rect, bool)>,
    /// A picture or a drawing that shows something there.
    picture: Option<Rect>,
    /// What a part of the page could not be read for, or too much work.
    is_unread: bool,
    work: u64,
    bytes: u64,
    fonts: HashMap<ObjRef, Rc<Font>>,
    streams: HashMap<ObjRef, Rc<Vec<u8>>>,
}

/// Letters without a gap between them.
struct Word {
    text: String,
    rect: Rect,
    /// Whether one of them is under the rectangle.
    is_under: bool,
}

/// What the interpreter stops for.
enum Stop {
    /// The page costs more than it may, or enough was found.
    Enough,
    /// Something in the file cannot be read; the rest of the page can.
    Unreadable,
}

impl From<PdfError> for Stop {
    fn from(_: PdfError) -> Self {
        Self::Unreadable
    }
}

/// The parts of the graphics state that move text.
#[derive(Clone)]
struct State {
    ctm: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    char_space: f64,
    word_space: f64,
    scale: f64,
    leading: f64,
    rise: f64,
}

/// The names of one content stream.
struct Names {
    resources: Dict,
    fonts: HashMap<Vec<u8>, Option<Rc<Font>>>,
    forms: HashMap<Vec<u8>, Option<ObjRef>>,
}

impl<'a> Interpreter<'a> {
    pub(super) fn new(file: &'a PdfFile, target: Rect) -> Self {
        Self {
            file,
            target,
            told: Vec::new(),
            word: None,
            before: None,
            picture: None,
            is_unread: false,
            work: 0,
            bytes: 0,
            fonts: HashMap::new(),
            streams: HashMap::new(),
        }
    }

    /// Reads the content of `page`.
    pub(super) fn page(&mut self, page: &Dict) {
        let run = |this: &mut Self| -> Result<(), Stop> {
            let content = this.page_content(page)?;
            let resources = this.page_resources(page)?;
            this.run(&content, resources, Matrix::IDENTITY, 0)
        };
        match run(self) {
            Ok(()) => {}
            Err(Stop::Enough | Stop::Unreadable) => self.is_unread |= self.told.len() < MAX_TOLD,
        }
    }

    /// What was found.
    pub(super) fn finish(mut self) -> Vec<Covered> {
        self.end_word();
        self.told.iter_mut().for_each(|covered| covered.text = covered.text.trim().to_owned());
        if let Some(rect) = self.picture {
            self.told.push(Covered { kind: CoveredKind::Picture, rect, text: String::new() });
        }
        if self.is_unread {
            unread(self.target, &mut self.told);
        }
        self.told
    }

    /// All streams of the page as one, with white space between them (7.8.2).
    fn page_content(&mut self, page: &Dict) -> Result<Vec<u8>, Stop> {
        let Some(contents) = page.get("Contents") else { return Ok(Vec::new()) };
        let parts = match self.file.resolve(&contents)?.as_array() {
            Some(parts) => parts,
            None => vec![contents],
        };
        self.is_unread |= parts.len() > MAX_PARTS;
        let mut all = Vec::new();
        for part in parts.iter().take(MAX_PARTS) {
            if let Some(reference) = part.as_reference() {
                match self.stream(reference) {
                    Ok(data) => all.extend_from_slice(&data),
                    Err(Stop::Unreadable) => self.is_unread = true,
                    Err(stop @ Stop::Enough) => return Err(stop),
                }
                all.push(b'\n');
            }
        }
        Ok(all)
    }

    fn page_resources(&self, page: &Dict) -> Result<Dict, Stop> {
        let mut level = page.clone();
        for _ in 0..MAX_LEVELS {
            if let Some(resources) = self.file.get_dict(&level, "Resources")? {
                return Ok(resources);
            }
            match self.file.get_dict(&level, "Parent")? {
                Some(parent) => level = parent,
                None => break,
            }
        }
        Ok(Dict::default())
    }

    fn stream(&mut self, reference: ObjRef) -> Result<Rc<Vec<u8>>, Stop> {
        if let Some(known) = self.streams.get(&reference) {
            return Ok(Rc::clone(known));
        }
        let stream = self.file.stream(reference)?;
        let left = MAX_BYTES.saturating_sub(self.bytes);
        let data = match content(self.file, &stream, left) {
            Ok(data) => Rc::new(data),
            Err(PdfError::Limit { .. }) => return Err(Stop::Enough),
            Err(error) => return Err(error.into()),
        };
        self.bytes += data.len() as u64 + (stream.data.end - stream.data.start);
        self.streams.insert(reference, Rc::clone(&data));
        Ok(data)
    }

    fn spend(&mut self, work: u64) -> Result<(), Stop> {
        self.work = self.work.saturating_add(work);
        if self.work > MAX_WORK || self.told.len() >= MAX_TOLD { Err(Stop::Enough) } else { Ok(()) }
    }

    fn run(&mut self, data: &[u8], resources: Dict, ctm: Matrix, depth: usize) -> Result<(), Stop> {
        let mut names = Names { resources, fonts: HashMap::new(), forms: HashMap::new() };
        let mut text = Text::new(ctm);
        let mut curves = Curves::new(self.target);
        let mut tokens = Tokens::new(data);
        let mut operands: Vec<Operand> = Vec::new();
        let mut read = 0;
        while let Some(token) = tokens.next() {
            // A token may be long: a string, an array, a picture.
            self.spend(1 + (tokens.position() - read) as u64 / 64)?;
            read = tokens.position();
            match token {
                Token::Operand(operand) if operands.len() < MAX_OPERANDS => operands.push(operand),
                Token::Operand(_) => {}
                Token::Operator(name) => {
                    if let Some(rect) = curves.operator(&name, &operands, text.state.ctm) {
                        self.picture.get_or_insert(rect);
                    }
                    self.operator(&name, &operands, &mut text, &mut names, depth)?;
                    operands.clear();
                }
            }
        }
        Ok(())
    }

    fn operator(
        &mut self,
        name: &[u8],
        operands: &[Operand],
        text: &mut Text,
        names: &mut Names,
        depth: usize,
    ) -> Result<(), Stop> {
        let number = |index: usize| operands.get(index).and_then(Operand::number).unwrap_or(0.0);
        let matrix = || Matrix([0, 1, 2, 3, 4, 5].map(number));
        match name {
            b"q" => self.is_unread |= !text.save(),
            b"Q" => text.restore(),
            b"cm" => text.state.ctm = matrix().then(text.state.ctm),
            b"BT" => text.begin(Matrix::IDENTITY),
            b"Tm" => text.begin(matrix()),
            b"Td" => text.next_line(number(0), number(1)),
            b"TD" => {
                text.state.leading = -number(1);
                text.next_line(number(0), number(1));
            }
            b"T*" => text.next_line(0.0, -text.state.leading),
            b"Tc" => text.state.char_space = number(0),
            b"Tw" => text.state.word_space = number(0),
            b"Tz" => text.state.scale = number(0) / 100.0,
            b"TL" => text.state.leading = number(0),
            b"Ts" => text.state.rise = number(0),
            b"Tf" => {
                if let Some(Operand::Name(font)) = operands.first() {
                    text.state.font = self.font(font, names)?;
                }
                text.state.size = number(1);
            }
            b"Tj" => self.strings(operands, text)?,
            b"'" => {
                text.next_line(0.0, -text.state.leading);
                self.strings(operands, text)?;
            }
            b"\"" => {
                (text.state.word_space, text.state.char_space) = (number(0), number(1));
                text.next_line(0.0, -text.state.leading);
                self.strings(operands.get(2..).unwrap_or_default(), text)?;
            }
            b"TJ" => {
                if let Some(Operand::Array(items)) = operands.first() {
                    self.strings(items, text)?;
                }
            }
            b"EI" => self.inline_picture(text.state.ctm),
            b"Do" => {
                if let Some(Operand::Name(form)) = operands.first() {
                    self.form(form, text.state.ctm, names, depth)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The font of a name; `None` when there is no such font or it cannot be read, which is noted.
    fn font(&mut self, name: &[u8], names: &mut Names) -> Result<Option<Rc<Font>>, Stop> {
        if let Some(known) = names.fonts.get(name) {
            return Ok(known.clone());
        }
        self.spend(names.resources.raw().bytes().len() as u64 / 64)?;
        let found = self.find_font(name, &names.resources);
        let font = found.unwrap_or_else(|_| {
            self.is_unread = true;
            None
        });
        names.fonts.insert(name.to_vec(), font.clone());
        Ok(font)
    }

    fn find_font(&mut self, name: &[u8], resources: &Dict) -> Result<Option<Rc<Font>>, PdfError> {
        let Some(fonts) = self.file.get_dict(resources, "Font")? else { return Ok(None) };
        let Some(value) = fonts.get(&String::from_utf8_lossy(name)) else { return Ok(None) };
        let reference = value.as_reference();
        if let Some(known) = reference.and_then(|reference| self.fonts.get(&reference)) {
            return Ok(Some(Rc::clone(known)));
        }
        let Some(dict) = self.file.resolve_dict(&value)? else { return Ok(None) };
        // Reading a font costs its dictionaries and widths.
        self.work = self.work.saturating_add(1_000 + fonts.raw().bytes().len() as u64 / 64);
        let font = Rc::new(Font::read(self.file, &dict)?);
        if let Some(reference) = reference {
            self.fonts.insert(reference, Rc::clone(&font));
        }
        Ok(Some(font))
    }

    /// Draws the XObject `name`, if it is a form that reaches under the rectangle.
    fn form(&mut self, name: &[u8], ctm: Matrix, names: &mut Names, depth: usize) -> Result<(), Stop> {
        let known = names.forms.get(name).copied();
        let reference = match known {
            Some(reference) => reference,
            None => {
                self.spend(names.resources.raw().bytes().len() as u64 / 64)?;
                let objects = self.file.get_dict(&names.resources, "XObject");
                let found = objects.map(|objects| objects.and_then(|o| o.reference(&String::from_utf8_lossy(name))));
                let found = found.unwrap_or_else(|_| {
                    self.is_unread = true;
                    None
                });
                names.forms.insert(name.to_vec(), found);
                found
            }
        };
        let Some(reference) = reference else { return Ok(()) };
        match self.draw_form(reference, ctm, &names.resources, depth) {
            Err(Stop::Unreadable) => self.is_unread = true,
            other => other?,
        }
        Ok(())
    }

    fn draw_form(&mut self, form: ObjRef, ctm: Matrix, above: &Dict, depth: usize) -> Result<(), Stop> {
        let stream = self.file.stream(form)?;
        let dict = &stream.dict;
        self.spend(FORM_WORK + dict.raw().bytes().len() as u64 / 64)?;
        match self.file.get(dict, "Subtype")?.and_then(|value| value.as_name()).as_deref() {
            Some("Form") => {}
            Some("Image") => return self.picture(&stream, ctm),
            _ => return Ok(()),
        }
        let numbers = |key| -> Result<Vec<f64>, PdfError> {
            let items = self.file.get_array(dict, key)?;
            items.iter().take(6).map(|item| Ok(self.file.resolve(item)?.as_number().unwrap_or(0.0))).collect()
        };
        let matrix = <[f64; 6]>::try_from(numbers("Matrix")?).map_or(Matrix::IDENTITY, Matrix);
        let ctm = matrix.then(ctm);
        if let Ok(bounds) = Rect::try_from(numbers("BBox")?)
            && !overlap(ctm.bounds(bounds), self.target)
        {
            return Ok(());
        }
        if depth >= MAX_DEPTH {
            return Err(Stop::Unreadable);
        }
        let resources = self.file.get_dict(dict, "Resources")?.unwrap_or_else(|| above.clone());
        let data = self.stream(form)?;
        self.run(&data, resources, ctm, depth + 1)
    }

    /// Paints a picture into the unit square (8.9.5.1).
    fn picture(&mut self, stream: &cartorio_pdf::Stream, ctm: Matrix) -> Result<(), Stop> {
        let bounds = ctm.bounds(UNIT);
        let Some(inverse) = ctm.inverse().filter(|_| self.picture.is_none() && overlap(bounds, self.target)) else {
            return Ok(());
        };
        let pixels = picture::pixels(self.file, &stream.dict)?.min(picture::MAX_SAMPLES);
        self.spend(PICTURE_WORK + (stream.data.end - stream.data.start + PIXEL_WORK * pixels) / 64)?;
        let [left, bottom, right, top] = inverse.bounds(self.target);
        let area = [left.max(0.0), bottom.max(0.0), right.min(1.0), top.min(1.0)];
        // Turned by less than a right angle, its bounds may be under the rectangle and itself not.
        if area[0] < area[2] && area[1] < area[3] && picture::shows(self.file, stream, area)? {
            self.picture = Some(bounds);
        }
        Ok(())
    }

    fn inline_picture(&mut self, ctm: Matrix) {
        let bounds = ctm.bounds(UNIT);
        if overlap(bounds, self.target) {
            self.picture.get_or_insert(bounds);
        }
    }

    /// Shows strings with the moves between them.
    fn strings(&mut self, items: &[Operand], text: &mut Text) -> Result<(), Stop> {
        let Some(font) = text.state.font.clone() else {
            self.is_unread |= items.iter().any(|item| matches!(item, Operand::Text(_)));
            return Ok(());
        };
        for item in items {
            match item {
                Operand::Number(back) => text.advance(&font, -back / 1000.0 * text.state.size),
                Operand::Text(string) => {
                    for shown in font.shown(string) {
                        self.spend(GLYPH_WORK)?;
                        self.glyph(text.bounds(&font, shown.width), shown.text);
                        let mut step = shown.width * text.state.size + text.state.char_space;
                        if font.vertical {
                            step = -text.state.size + text.state.char_space;
                        }
                        if shown.is_space_code {
                            step += text.state.word_space;
                        }
                        text.advance(&font, step);
                    }
                }
                Operand::Name(_) | Operand::Array(_) | Operand::Other => {}
            }
        }
        Ok(())
    }

    fn glyph(&mut self, bounds: Rect, text: Option<String>) {
        let text = text.unwrap_or_else(|| "\u{fffd}".to_owned());
        let leaves_no_mark =
            |c: char| c.is_whitespace() || c.is_control() || matches!(c, '_' | '\u{200b}' | '\u{feff}');
        if text.chars().all(leaves_no_mark) {
            return self.end_word();
        }
        let is_under = overlap(bounds, self.target);
        match &mut self.word {
            Some(word) if gap(word.rect, bounds).is_some_and(|gap| gap <= SPACE) && word.text.len() < MAX_WORD => {
                word.text.push_str(&text);
                word.rect = union(word.rect, bounds);
                word.is_under |= is_under;
            }
            Some(_) | None => {
                self.end_word();
                self.word = Some(Word { text, rect: bounds, is_under });
            }
        }
    }

    /// Tells the word if it is under the rectangle; where its line goes on before or after, an ellipsis says so.
    fn end_word(&mut self) {
        let Some(Word { text, rect, is_under }) = self.word.take() else { return };
        let before = self.before.replace((rect, is_under));
        let beside = before.and_then(|(before, was_under)| Some((gap(before, rect)?, was_under)));
        let last = self.told.last_mut().zip(beside).filter(|(_, (_, was_under))| *was_under);
        match (last, is_under) {
            (Some((last, (gap, _))), true) => {
                if last.text.chars().count() < MAX_TEXT {
                    if gap > SPACE {
                        last.text.push(' ');
                    }
                    last.text.push_str(&text);
                } else if !last.text.ends_with(ELLIPSIS) {
                    last.text.push_str(ELLIPSIS);
                }
                last.rect = union(last.rect, rect);
            }
            (Some((last, _)), false) => {
                if !last.text.ends_with(ELLIPSIS) {
                    last.text.push_str(ELLIPSIS);
                }
            }
            (None, true) => {
                let text = if beside.is_some() { format!("… {text}") } else { text };
                self.told.push(Covered { kind: CoveredKind::Text, rect, text });
            }
            (None, false) => {}
        }
    }
}

/// How far `next` is to the right of `last`, as a part of its height; `None` when they are not of one line.
fn gap(last: Rect, next: Rect) -> Option<f64> {
    let height = next[3] - next[1];
    let shared = last[3].min(next[3]) - last[1].max(next[1]);
    let gap = next[0] - last[2];
    (shared > 0.5 * height.min(last[3] - last[1]) && gap.abs() < 1.5 * height).then(|| gap / height)
}

fn union(a: Rect, b: Rect) -> Rect {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

/// Where text goes next.
struct Text {
    state: State,
    saved: Vec<State>,
    line: Matrix,
    pen: Matrix,
}

impl Text {
    fn new(ctm: Matrix) -> Self {
        let state =
            State { ctm, font: None, size: 0.0, char_space: 0.0, word_space: 0.0, scale: 1.0, leading: 0.0, rise: 0.0 };
        Self { state, saved: Vec::new(), line: Matrix::IDENTITY, pen: Matrix::IDENTITY }
    }

    /// False when there are too many.
    fn save(&mut self) -> bool {
        let fits = self.saved.len() < MAX_STATES;
        if fits {
            self.saved.push(self.state.clone());
        }
        fits
    }

    fn restore(&mut self) {
        if let Some(state) = self.saved.pop() {
            self.state = state;
        }
    }

    fn begin(&mut self, matrix: Matrix) {
        (self.line, self.pen) = (matrix, matrix);
    }

    fn next_line(&mut self, x: f64, y: f64) {
        let next = Matrix::moved(x, y).then(self.line);
        self.begin(next);
    }

    fn advance(&mut self, font: &Font, by: f64) {
        let step = if font.vertical { Matrix::moved(0.0, by) } else { Matrix::moved(by * self.state.scale, 0.0) };
        self.pen = step.then(self.pen);
    }

    /// Where a glyph of this width is, in default user space.
    fn bounds(&self, font: &Font, width: f64) -> Rect {
        let State { size, scale, rise, ctm, .. } = &self.state;
        let glyph = Matrix([size * scale, 0.0, 0.0, *size, 0.0, *rise]).then(self.pen).then(*ctm);
        // Below the middle of its upper edge when writing goes down (9.7.4.3).
        let sides = if font.vertical {
            [-width / 2.0, -1.0, width / 2.0, 0.0]
        } else {
            [0.0, font.descent, width, font.ascent]
        };
        glyph.bounds(sides)
    }
}
