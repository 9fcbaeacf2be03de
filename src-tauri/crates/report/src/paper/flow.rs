//! Blocks become items: stretches of paper one line high, with what is known of where a page may end.

use super::fonts::Fonts;
use super::style::{self, AMBER, BLUE, GOLD, Ink, LEFT, LINE, LINE_SOFT, RED, RIGHT, Style, WIDTH};
use super::tags::{Kind, NodeId, Structure};
use super::text::{Line, clipped, hash_lines, lines, mono_lines};
use crate::visible::one_line;
use crate::{Align, Block, Entry, Fact, HeadingLevel, Language, Report, State, Table, Tone, Value};

/// A stretch of paper across the page.
#[derive(Clone, Debug, Default)]
pub(super) struct Item {
    /// White above it; none at the head of a page.
    pub space: f32,
    /// How high it is, without that.
    pub height: f32,
    /// How strongly it holds on to the item before it; 0 lets go.
    pub bond: u8,
    /// Rules, fields and shapes; their places count from its top.
    pub marks: Vec<Mark>,
    /// Its text.
    pub texts: Vec<Placed>,
    /// The table header that is repeated when a page begins with this item.
    pub header: Option<usize>,
    /// Its entry in the outline: depth (0 is the outermost) and words.
    pub outline: Option<(u8, String)>,
}

/// A line of text in its place.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// From the left edge of the page.
    pub x: f32,
    /// From the top of the item down to where the letters stand.
    pub y: f32,
    /// The text.
    pub line: Line,
    /// Where it belongs in the structure.
    pub node: NodeId,
}

/// Something drawn that is no text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mark {
    /// A filled rectangle: left, top, width, height.
    Field(f32, f32, f32, f32, Ink),
    /// A state's shape around this point.
    Shape(State, f32, f32, Ink),
}

/// The items of a report, and what they refer to.
pub(super) struct Flow {
    /// In reading order.
    pub items: Vec<Item>,
    /// Table headers by number; their text is repeated outside the structure.
    pub headers: Vec<Vec<Item>>,
    /// The structure.
    pub structure: Structure,
    /// Where the banner belongs, if there is one.
    pub banner: Option<NodeId>,
}

/// Sets a whole report.
pub(super) fn flow(fonts: &Fonts, report: &Report) -> Flow {
    let flow = Flow { items: Vec::new(), headers: Vec::new(), structure: Structure::default(), banner: None };
    let mut setter = Setter { fonts, language: report.language, flow };
    setter.title_block(report);
    setter.blocks(&report.blocks, None);
    setter.flow
}

/// The room for the words of a banner.
pub(super) const BANNER_WIDTH: f32 = WIDTH - 24.0;

const HOLD: u8 = 1;
const HOLD_FAST: u8 = 2;
const LABEL_WIDTH: f32 = 128.0;
const LABEL_GAP: f32 = 10.0;
const COLUMN_GAP: f32 = 10.0;
/// No column is narrower than this.
const COLUMN_LEAST: f32 = 26.0;
/// Rows of up to so many lines are not torn.
const WHOLE_ROW: usize = 6;
const SHAPE_INDENT: f32 = 11.0;

struct Setter<'a> {
    fonts: &'a Fonts,
    language: Language,
    flow: Flow,
}

/// A cell of a row that is about to be set.
struct Cell {
    x: f32,
    width: f32,
    align: Align,
    lines: Vec<CellLine>,
}

struct CellLine {
    line: Line,
    node: NodeId,
    indent: f32,
    shape: Option<State>,
}

/// The ways in which the two kinds of text of a block are set.
#[derive(Clone, Copy)]
struct Hands {
    words: Style,
    mono: Style,
}

impl Setter<'_> {
    fn title_block(&mut self, report: &Report) {
        if let Some(banner) = &report.banner {
            let node = self.flow.structure.add(None, Kind::Paragraph);
            self.flow.banner = Some(node);
            // What does not fit into the strip at the head is said once in full.
            let whole = lines(self.fonts, style::BANNER, banner, BANNER_WIDTH);
            if whole.len() > 1 {
                self.note(Tone::Warning, banner, None);
            }
        }
        let rule = Item { height: 11.0, marks: vec![Mark::Field(LEFT, 0.0, 46.0, 1.8, GOLD)], ..Item::default() };
        self.flow.items.push(rule);
        self.text(&report.issuer, style::ISSUER, Kind::Paragraph, 0.0, None);
        let node = self.flow.structure.heading(None, 1, one_line(&report.title, METADATA));
        let first = self.flow.items.len();
        self.lines_of(lines(self.fonts, style::TITLE, &report.title, WIDTH), node, LEFT, 16.0);
        self.flow.items[first].outline = Some((0, one_line(&report.title, METADATA)));
        if let Some(subtitle) = &report.subtitle {
            self.text(subtitle, style::SUBTITLE, Kind::Paragraph, 4.0, None);
        }
        self.text(&self.language.issued_at(report.created_at), style::META, Kind::Paragraph, 10.0, None);
        if let Some(identifier) = &report.identifier {
            let label = format!("{}: ", self.language.identifier());
            let label = clipped(self.fonts, style::META, &label, WIDTH);
            let node = self.flow.structure.add(None, Kind::Paragraph);
            let indent = label.width + 4.0;
            let before = CellLine { line: label, node, indent: 0.0, shape: None };
            let set = mono_lines(self.fonts, style::META_MONO, identifier, WIDTH - indent);
            let value = set.into_iter().map(|line| CellLine { line, node, indent: 0.0, shape: None }).collect();
            self.row(
                vec![
                    Cell { x: LEFT, width: indent, align: Align::Start, lines: vec![before] },
                    Cell { x: LEFT + indent, width: WIDTH - indent, align: Align::Start, lines: value },
                ],
                0.0,
                HOLD,
            );
        }
        let line = Item { space: 9.0, height: 6.0, bond: HOLD, marks: vec![hairline(0.0, LINE)], ..Item::default() };
        self.flow.items.push(line);
        self.flow.items.iter_mut().skip(1).for_each(|item| item.bond = item.bond.max(HOLD));
    }

    fn blocks(&mut self, blocks: &[Block], parent: Option<NodeId>) {
        for block in blocks {
            let first = self.flow.items.len();
            // A heading takes what follows with it.
            let held =
                self.flow.items.last().is_some_and(|item| item.outline.as_ref().is_some_and(|(depth, _)| *depth > 0));
            self.block(block, parent);
            if held && let Some(item) = self.flow.items.get_mut(first) {
                item.bond = item.bond.max(HOLD_FAST);
                item.space = item.space.min(7.0);
            }
        }
    }

    fn block(&mut self, block: &Block, parent: Option<NodeId>) {
        match block {
            Block::Heading { level, text } => self.heading(*level, text, parent),
            Block::Paragraph { text } => self.text(text, style::BODY, Kind::Paragraph, 8.0, parent),
            Block::Facts { facts } => self.facts(facts, parent),
            Block::Table(table) => self.table(table, parent),
            Block::Timeline { entries } => self.timeline(entries, parent),
            Block::Note { tone, text } => self.note(*tone, text, parent),
            Block::Rule => {
                let marks = vec![hairline(0.0, LINE)];
                self.flow.items.push(Item { space: 14.0, height: 8.0, marks, ..Item::default() });
            }
            Block::KeepTogether { blocks } => {
                let first = self.flow.items.len();
                self.blocks(blocks, parent);
                for item in self.flow.items.iter_mut().skip(first + 1) {
                    item.bond = item.bond.saturating_add(1);
                }
            }
        }
    }

    fn heading(&mut self, level: HeadingLevel, text: &str, parent: Option<NodeId>) {
        let (style, space) = match level {
            HeadingLevel::One => (style::HEADING_1, 24.0),
            HeadingLevel::Two => (style::HEADING_2, 17.0),
            HeadingLevel::Three => (style::HEADING_3, 13.0),
        };
        let words = one_line(text, METADATA);
        // Nothing can be announced by no words.
        let words = if words.is_empty() { self.language.nothing().to_owned() } else { words };
        let node = self.flow.structure.heading(parent, u16::from(u8::from(level)) + 1, words.clone());
        let first = self.flow.items.len();
        self.lines_of(lines(self.fonts, style, text, WIDTH), node, LEFT, space);
        for item in self.flow.items.iter_mut().skip(first + 1) {
            item.bond = HOLD_FAST;
        }
        // Only the last line carries the mark by which the next block knows that it follows a heading.
        if let Some(item) = self.flow.items.last_mut() {
            item.outline = Some((u8::from(level), words));
        }
    }

    fn text(&mut self, text: &str, style: Style, kind: Kind, space: f32, parent: Option<NodeId>) {
        let node = self.flow.structure.add(parent, kind);
        self.lines_of(lines(self.fonts, style, text, WIDTH), node, LEFT, space);
    }

    /// Lines of running text: the first two stay together, and the last two.
    fn lines_of(&mut self, set: Vec<Line>, node: NodeId, x: f32, space: f32) {
        let count = set.len();
        for (index, line) in set.into_iter().enumerate() {
            let style = line.style;
            let bond = if index == 0 { 0 } else { u8::from(index == 1 || index + 1 == count) };
            self.flow.items.push(Item {
                space: if index == 0 { space } else { 0.0 },
                height: style.leading,
                bond,
                texts: vec![Placed { x, y: style.baseline(), line, node }],
                ..Item::default()
            });
        }
    }

    fn facts(&mut self, facts: &[Fact], parent: Option<NodeId>) {
        if facts.is_empty() {
            return;
        }
        let table = self.flow.structure.add(parent, Kind::Table);
        let hands = Hands { words: style::FACT, mono: style::FACT_MONO };
        for (index, fact) in facts.iter().enumerate() {
            let row = self.flow.structure.add(Some(table), Kind::Row);
            let head = self.flow.structure.add(Some(row), Kind::RowHead);
            let cell = self.flow.structure.add(Some(row), Kind::Cell);
            let label = lines(self.fonts, style::LABEL, &fact.label, LABEL_WIDTH);
            let label = label.into_iter().map(|line| CellLine { line, node: head, indent: 0.0, shape: None }).collect();
            let (x, width) = (LEFT + LABEL_WIDTH + LABEL_GAP, WIDTH - LABEL_WIDTH - LABEL_GAP);
            let value = self.value(&fact.value, hands, width, cell);
            let first = self.flow.items.len();
            let cells = vec![
                Cell { x: LEFT, width: LABEL_WIDTH, align: Align::Start, lines: label },
                Cell { x, width, align: Align::Start, lines: value },
            ];
            self.row(cells, if index == 0 { 8.0 } else { 0.0 }, 0);
            self.pad(first, 2.6, 2.6);
            if index + 1 < facts.len() {
                self.under(LINE_SOFT, 0.5);
            }
        }
    }

    fn table(&mut self, table: &Table, parent: Option<NodeId>) {
        let node = self.flow.structure.add(parent, Kind::Table);
        let places = places(table);
        let head = self.flow.structure.add(Some(node), Kind::Head);
        let row = self.flow.structure.add(Some(head), Kind::Row);
        let cells = table
            .columns
            .iter()
            .zip(&places)
            .map(|(column, (x, width))| {
                let cell = self.flow.structure.add(Some(row), Kind::ColumnHead);
                let set = lines(self.fonts, style::TABLE_HEAD, &column.title, *width);
                let lines =
                    set.into_iter().map(|line| CellLine { line, node: cell, indent: 0.0, shape: None }).collect();
                Cell { x: *x, width: *width, align: column.align, lines }
            })
            .collect();
        let first = self.flow.items.len();
        self.row(cells, 11.0, 0);
        self.pad(first, 2.0, 3.0);
        self.under(style::INK_SOFT, 0.7);
        for item in self.flow.items.iter_mut().skip(first + 1) {
            item.bond = HOLD_FAST;
        }
        let number = self.flow.headers.len();
        self.flow.headers.push(self.flow.items[first..].to_vec());
        let body = self.flow.structure.add(Some(node), Kind::Body);
        let hands = Hands { words: style::CELL, mono: style::CELL_MONO };
        for (index, values) in table.rows.iter().enumerate() {
            let row = self.flow.structure.add(Some(body), Kind::Row);
            let cells = table
                .columns
                .iter()
                .zip(&places)
                .zip(values)
                .map(|((column, (x, width)), value)| {
                    let cell = self.flow.structure.add(Some(row), Kind::Cell);
                    let lines = self.value(value, hands, *width, cell);
                    Cell { x: *x, width: *width, align: column.align, lines }
                })
                .collect();
            let first = self.flow.items.len();
            self.row(cells, 0.0, if index == 0 { HOLD_FAST } else { 0 });
            self.pad(first, 2.4, 2.4);
            let last = index + 1 == table.rows.len();
            self.under(if last { LINE } else { LINE_SOFT }, if last { 0.7 } else { 0.5 });
            self.flow.items[first..].iter_mut().for_each(|item| item.header = Some(number));
        }
    }

    fn timeline(&mut self, entries: &[Entry], parent: Option<NodeId>) {
        const WHEN: f32 = 80.0;
        const STATE: f32 = 84.0;
        let (axis, x) = (LEFT + WHEN + 8.0, LEFT + WHEN + 22.0);
        let width = RIGHT - x;
        if entries.is_empty() {
            return;
        }
        let list = self.flow.structure.add(parent, Kind::List);
        let hands = Hands { words: style::ENTRY_TEXT, mono: style::ENTRY_MONO };
        for (index, entry) in entries.iter().enumerate() {
            let item = self.flow.structure.add(Some(list), Kind::Item);
            let body = self.flow.structure.add(Some(item), Kind::ItemBody);
            let title = self.flow.structure.add(Some(body), Kind::Paragraph);
            let state = self.flow.structure.add(Some(body), Kind::Paragraph);
            let when = self.flow.structure.add(Some(body), Kind::Paragraph);
            let plain = |line, node| CellLine { line, node, indent: 0.0, shape: None };
            let word = entry.state_word.as_deref().unwrap_or_else(|| self.language.state(entry.state));
            let word_style = style::ENTRY_STATE.inked(ink(entry.state));
            let word: Vec<_> =
                lines(self.fonts, word_style, word, STATE).into_iter().map(|line| plain(line, state)).collect();
            let narrow = width - STATE - 10.0;
            let mut content: Vec<_> = lines(self.fonts, style::ENTRY_TITLE, &entry.title, narrow)
                .into_iter()
                .map(|line| plain(line, title))
                .collect();
            // A state of many words reaches down beside the lines under the title.
            let width_below = if word.len() > content.len() { narrow } else { width };
            for value in &entry.lines {
                let node = self.flow.structure.add(Some(body), Kind::Paragraph);
                content.extend(self.value(value, hands, width_below, node));
            }
            let dates = match entry.when {
                Some(time) => {
                    let (date, clock) = self.language.short_time(time);
                    vec![date, clock]
                }
                None => vec![self.language.nothing().to_owned()],
            };
            let dates = dates
                .iter()
                .flat_map(|text| lines(self.fonts, style::ENTRY_WHEN, text, WHEN - 4.0))
                .map(|line| plain(line, when))
                .collect();
            let first = self.flow.items.len();
            let cells = vec![
                Cell { x: LEFT, width: WHEN, align: Align::Start, lines: dates },
                Cell { x, width, align: Align::Start, lines: content },
                Cell { x: RIGHT - STATE, width: STATE, align: Align::End, lines: word },
            ];
            self.row(cells, if index == 0 { 10.0 } else { 0.0 }, 0);
            self.pad(first, 0.0, 9.0);
            let last = index + 1 == entries.len();
            let dot = style::ENTRY_TITLE.baseline() - 3.2;
            for (place, item) in self.flow.items[first..].iter_mut().enumerate() {
                let stem = |from: f32, to: f32| Mark::Field(axis - 0.35, from, 0.7, to - from, LINE);
                if place == 0 {
                    if index > 0 {
                        item.marks.push(stem(0.0, dot - 5.5));
                    }
                    if !last {
                        item.marks.push(stem(dot + 5.5, item.height));
                    }
                    item.marks.push(Mark::Shape(entry.state, axis, dot, ink(entry.state)));
                } else if !last {
                    item.marks.push(stem(0.0, item.height));
                }
            }
        }
    }

    fn note(&mut self, tone: Tone, text: &str, parent: Option<NodeId>) {
        let colour = match tone {
            Tone::Info => BLUE,
            Tone::Warning => AMBER,
            Tone::Problem => RED,
        };
        let group = self.flow.structure.add(parent, Kind::Group);
        let (x, width) = (LEFT + 14.0, WIDTH - 28.0);
        let first = self.flow.items.len();
        let node = self.flow.structure.add(Some(group), Kind::Paragraph);
        let word = lines(self.fonts, style::NOTE_WORD.inked(colour), self.language.tone(tone), width);
        self.lines_of(word, node, x, 12.0);
        let node = self.flow.structure.add(Some(group), Kind::Paragraph);
        let set = lines(self.fonts, style::NOTE_TEXT, text, width);
        let second = self.flow.items.len();
        self.lines_of(set, node, x, 0.0);
        self.flow.items[second].bond = HOLD;
        self.pad(first, 6.0, 8.0);
        for item in &mut self.flow.items[first..] {
            item.marks.push(Mark::Field(LEFT, 0.0, WIDTH, item.height, NOTE_GROUND));
            item.marks.push(Mark::Field(LEFT, 0.0, 2.2, item.height, colour));
        }
    }

    /// Sets cells side by side: the first lines of all of them stand on one line, and so on. A long row may be torn between its lines.
    fn row(&mut self, cells: Vec<Cell>, space: f32, bond: u8) {
        let count = cells.iter().map(|cell| cell.lines.len()).max().unwrap_or_default();
        let mut items: Vec<Item> = (0..count)
            .map(|index| {
                let whole = count <= WHOLE_ROW || index == 1 || index + 1 == count;
                let bond = if index == 0 { bond } else { u8::from(whole) };
                Item { space: if index == 0 { space } else { 0.0 }, bond, ..Item::default() }
            })
            .collect();
        let mut stands = vec![0f32; count];
        for cell in &cells {
            for ((line, item), stand) in cell.lines.iter().zip(&mut items).zip(&mut stands) {
                item.height = item.height.max(line.line.style.leading);
                *stand = stand.max(line.line.style.baseline());
            }
        }
        for cell in cells {
            for ((line, item), stand) in cell.lines.into_iter().zip(&mut items).zip(&stands) {
                let slack = (cell.width - line.indent - line.line.width).max(0.0);
                let x = cell.x + line.indent + if cell.align == Align::End { slack } else { 0.0 };
                if let Some(state) = line.shape {
                    let size = line.line.style.size;
                    item.marks.push(Mark::Shape(state, x - SHAPE_INDENT + 3.6, stand - size * 0.31, ink(state)));
                }
                item.texts.push(Placed { x, y: *stand, line: line.line, node: line.node });
            }
        }
        self.flow.items.extend(items);
    }

    /// White inside the stretch that begins with this item: above its first line and below its last.
    fn pad(&mut self, first: usize, above: f32, below: f32) {
        if let Some(item) = self.flow.items.get_mut(first) {
            item.height += above;
            item.texts.iter_mut().for_each(|text| text.y += above);
            for mark in &mut item.marks {
                match mark {
                    Mark::Field(_, y, ..) | Mark::Shape(_, _, y, _) => *y += above,
                }
            }
        }
        if let Some(item) = self.flow.items.last_mut() {
            item.height += below;
        }
    }

    /// A hairline under the last item.
    fn under(&mut self, ink: Ink, weight: f32) {
        if let Some(item) = self.flow.items.last_mut() {
            let y = item.height - weight;
            item.marks.push(Mark::Field(LEFT, y, WIDTH, weight, ink));
        }
    }

    fn value(&mut self, value: &Value, hands: Hands, width: f32, node: NodeId) -> Vec<CellLine> {
        let plain = |set: Vec<Line>| -> Vec<CellLine> {
            set.into_iter().map(|line| CellLine { line, node, indent: 0.0, shape: None }).collect()
        };
        match value {
            Value::Text(text) | Value::Mono(text) | Value::Hash(text) if text.trim().is_empty() => {
                plain(lines(self.fonts, hands.words, self.language.nothing(), width))
            }
            Value::Text(text) => plain(lines(self.fonts, hands.words, text, width)),
            Value::Mono(text) => plain(mono_lines(self.fonts, hands.mono, text, width)),
            Value::Hash(text) => plain(hash_lines(self.fonts, hands.mono, text, width)),
            Value::Time(time) => {
                let (date, clock) = self.language.short_time(*time);
                let long = lines(self.fonts, hands.words, &self.language.long_time(*time), width);
                let short = lines(self.fonts, hands.words, &format!("{date} {clock}"), width);
                match (long.len(), short.len()) {
                    (1, _) => plain(long),
                    (_, 1) => plain(short),
                    _ => plain(lines(self.fonts, hands.words, &format!("{date}\n{clock}"), width)),
                }
            }
            Value::State { state, text } => {
                let text = if text.trim().is_empty() { self.language.state(*state) } else { text };
                let set = lines(self.fonts, hands.words, text, (width - SHAPE_INDENT).max(10.0));
                let shaped = |(index, line)| CellLine {
                    line,
                    node,
                    indent: SHAPE_INDENT,
                    shape: (index == 0).then_some(*state),
                };
                set.into_iter().enumerate().map(shaped).collect()
            }
            Value::Lines(values) if values.is_empty() => {
                plain(lines(self.fonts, hands.words, self.language.nothing(), width))
            }
            Value::Lines(values) => values.iter().flat_map(|value| self.value(value, hands, width, node)).collect(),
        }
    }
}

/// The most characters of a title in metadata, outline and structure (PDF strings end at 32 767 bytes).
pub(super) const METADATA: usize = 500;

const NOTE_GROUND: Ink = Ink(0xf8, 0xf6, 0xf1);

fn hairline(y: f32, ink: Ink) -> Mark {
    Mark::Field(LEFT, y, WIDTH, 0.6, ink)
}

/// The colour of a state; the shape and the word say the same.
fn ink(state: State) -> Ink {
    match state {
        State::Done | State::Current => BLUE,
        State::Pending | State::Skipped => style::INK_FAINT,
        State::Failed => RED,
    }
}

/// Left edge and width of every column.
fn places(table: &Table) -> Vec<(f32, f32)> {
    let count = table.columns.len();
    let room = WIDTH - COLUMN_GAP * (count.saturating_sub(1)) as f32;
    let shares: Vec<f32> = table.columns.iter().map(|column| f32::from(column.share.max(1))).collect();
    let total: f32 = shares.iter().sum();
    // Everyone gets the least first; the rest goes by shares.
    let spare = room - COLUMN_LEAST * count as f32;
    let wish = |share: f32| share / total * room;
    let excess: f32 = shares.iter().map(|share| (wish(*share) - COLUMN_LEAST).max(0.0)).sum();
    let mut x = LEFT;
    shares
        .iter()
        .map(|share| {
            let width =
                COLUMN_LEAST + if excess > 0.0 { (wish(*share) - COLUMN_LEAST).max(0.0) / excess * spare } else { 0.0 };
            let place = (x, width);
            x += width + COLUMN_GAP;
            place
        })
        .collect()
}
