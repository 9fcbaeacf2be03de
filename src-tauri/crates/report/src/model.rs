//! The document model: what a report can say.

use serde::Serialize;
use time::OffsetDateTime;

use crate::ReportError;

/// The `format` member of [`Report::to_json`].
pub const JSON_FORMAT: &str = "cartorio_report";

/// The `version` member of [`Report::to_json`]; grows when a name or a meaning changes, not when a member is added.
pub const JSON_VERSION: u32 = 1;

/// The most columns that a table may have: A4 upright has no room for more.
pub const MAX_COLUMNS: usize = 12;

/// A report, complete: nothing else flows into what is written.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Report {
    /// What it is, for example «Relatório de troca de chave».
    pub title: String,
    /// Of what or of whom, one or two lines.
    pub subtitle: Option<String>,
    /// The language of the texts in it, and of what the form says by itself.
    pub language: Language,
    /// The office that answers for it; also the author in the PDF's metadata.
    pub issuer: String,
    /// A number or digest under which the report can be found again; on the first page in full, in every footer.
    pub identifier: Option<String>,
    /// When it was made, with the offset that is shown.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// Said at the head of every page and across it, for example «DEMONSTRAÇÃO, sem valor jurídico».
    pub banner: Option<String>,
    /// The content, in reading order.
    pub blocks: Vec<Block>,
}

/// The language of a report.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum Language {
    /// Brazilian Portuguese.
    #[serde(rename = "pt-BR")]
    PtBr,
    /// English.
    #[serde(rename = "en")]
    En,
}

/// One piece of content.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    /// A heading; it never stands alone at the foot of a page, and it is in the outline.
    Heading {
        /// How deep.
        level: HeadingLevel,
        /// Its words.
        text: String,
    },
    /// Running text; a line feed begins a new line.
    Paragraph {
        /// Its words.
        text: String,
    },
    /// Names and values, one below the other.
    Facts {
        /// The pairs, in order.
        facts: Vec<Fact>,
    },
    /// A table; its header is repeated on every page that it reaches.
    Table(Table),
    /// What happened, in order.
    Timeline {
        /// The steps, oldest first.
        entries: Vec<Entry>,
    },
    /// Something that must not be overlooked.
    Note {
        /// How grave.
        tone: Tone,
        /// Its words.
        text: String,
    },
    /// A hairline across the page.
    Rule,
    /// These blocks stay on one page if one page can hold them.
    KeepTogether {
        /// The blocks.
        blocks: Vec<Block>,
    },
}

/// The depth of a heading.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(into = "u8")]
pub enum HeadingLevel {
    /// A part of the report.
    One,
    /// A part of a part.
    Two,
    /// The smallest.
    Three,
}

impl From<HeadingLevel> for u8 {
    fn from(level: HeadingLevel) -> Self {
        match level {
            HeadingLevel::One => 1,
            HeadingLevel::Two => 2,
            HeadingLevel::Three => 3,
        }
    }
}

/// A name and its value.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Fact {
    /// What the value is.
    pub label: String,
    /// The value.
    pub value: Value,
}

/// A table. Every row has as many cells as there are columns.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Table {
    /// The columns, left to right; 1 to [`MAX_COLUMNS`].
    pub columns: Vec<Column>,
    /// The rows, top to bottom.
    pub rows: Vec<Vec<Value>>,
}

/// A column of a table.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Column {
    /// Its header.
    pub title: String,
    /// Its share of the width, relative to the other columns; 0 counts as 1.
    pub share: u16,
    /// To which side its cells are set.
    pub align: Align,
}

/// To which side text is set.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// Left.
    #[default]
    Start,
    /// Right, for numbers.
    End,
}

/// A step of a timeline.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Entry {
    /// When it happened or will happen, if that is known.
    #[serde(with = "time::serde::rfc3339::option")]
    pub when: Option<OffsetDateTime>,
    /// What.
    pub title: String,
    /// More about it.
    pub lines: Vec<Value>,
    /// How far it is.
    pub state: State,
    /// Another word for the state than the usual one, for example «desfeito».
    pub state_word: Option<String>,
}

/// How far a step is, or how a check ended. Always written as a word and drawn as a shape of its own; colour only helps.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Over, and well: a filled dot.
    Done,
    /// Under way: a ring with a dot in it.
    Current,
    /// Yet to come: a ring.
    Pending,
    /// Ended badly: a cross.
    Failed,
    /// Left out or not known: a dash.
    Skipped,
}

/// How grave a note is. Always written as a word too.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Good to know.
    Info,
    /// To be heeded.
    Warning,
    /// Something is wrong.
    Problem,
}

/// The value of a fact, a cell or a line.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Value {
    /// Words; a line feed begins a new line.
    Text(String),
    /// An identifier, in a fixed-width face; may break anywhere.
    Mono(String),
    /// A fingerprint: printed in groups of four that differ in tone, copied without gaps. Spaces and colons between hexadecimal digits are dropped on
    /// paper. What is not hexadecimal is printed like [`Value::Mono`].
    Hash(String),
    /// A time, printed in the report's language with its offset.
    Time(#[serde(with = "time::serde::rfc3339")] OffsetDateTime),
    /// A judgement.
    State {
        /// Its shape.
        state: State,
        /// Its words; empty means the usual word of the state.
        text: String,
    },
    /// Several values, one below the other.
    Lines(Vec<Value>),
}

impl Report {
    /// The report as JSON: the model with stable `snake_case` names, in the order of the fields, times in RFC 3339; `format` and `version`
    /// ([`JSON_FORMAT`], [`JSON_VERSION`]) come first. The same report gives the same text.
    ///
    /// # Errors
    ///
    /// See [`ReportError`]; a report that has no PDF has no JSON either.
    pub fn to_json(&self) -> Result<String, ReportError> {
        #[derive(Serialize)]
        struct Envelope<'a> {
            format: &'static str,
            version: u32,
            #[serde(flatten)]
            report: &'a Report,
        }
        self.check()?;
        let envelope = Envelope { format: JSON_FORMAT, version: JSON_VERSION, report: self };
        // The only thing that can refuse is a time outside RFC 3339.
        let mut text = serde_json::to_string_pretty(&envelope).map_err(|error| ReportError::Time(error.to_string()))?;
        text.push('\n');
        Ok(text)
    }

    /// Whether the report can be written at all, in any form.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, in reading order.
    pub fn check(&self) -> Result<(), ReportError> {
        if self.title.trim().is_empty() {
            return Err(ReportError::NoTitle);
        }
        check_time(&self.created_at)?;
        let mut tables = 0;
        self.blocks.iter().try_for_each(|block| check_block(block, &mut tables))
    }
}

impl Language {
    /// The language's tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::PtBr => "pt-BR",
            Self::En => "en",
        }
    }
}

impl Block {
    /// A heading.
    pub fn heading(level: HeadingLevel, text: impl Into<String>) -> Self {
        Self::Heading { level, text: text.into() }
    }

    /// A paragraph.
    pub fn paragraph(text: impl Into<String>) -> Self {
        Self::Paragraph { text: text.into() }
    }

    /// Names and values.
    pub fn facts(facts: impl IntoIterator<Item = Fact>) -> Self {
        Self::Facts { facts: facts.into_iter().collect() }
    }

    /// A note.
    pub fn note(tone: Tone, text: impl Into<String>) -> Self {
        Self::Note { tone, text: text.into() }
    }
}

impl Fact {
    /// A name and its value.
    pub fn new(label: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { label: label.into(), value: value.into() }
    }
}

impl Column {
    /// A column whose cells are set to the left.
    pub fn new(title: impl Into<String>, share: u16) -> Self {
        Self { title: title.into(), share, align: Align::Start }
    }

    /// A column whose cells are set to the right.
    pub fn number(title: impl Into<String>, share: u16) -> Self {
        Self { title: title.into(), share, align: Align::End }
    }
}

impl Value {
    /// An identifier in a fixed-width face.
    pub fn mono(text: impl Into<String>) -> Self {
        Self::Mono(text.into())
    }

    /// A fingerprint.
    pub fn hash(text: impl Into<String>) -> Self {
        Self::Hash(text.into())
    }

    /// A judgement in words of the caller.
    pub fn state(state: State, text: impl Into<String>) -> Self {
        Self::State { state, text: text.into() }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<OffsetDateTime> for Value {
    fn from(time: OffsetDateTime) -> Self {
        Self::Time(time)
    }
}

/// The hexadecimal digits of a fingerprint without what separated them, or nothing if it is something else.
pub(crate) fn hash_digits(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|character| !matches!(character, ' ' | ':')).collect();
    (!digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_hexdigit())).then_some(digits)
}

fn check_block(block: &Block, tables: &mut usize) -> Result<(), ReportError> {
    match block {
        Block::Heading { .. } | Block::Paragraph { .. } | Block::Note { .. } | Block::Rule => Ok(()),
        Block::Facts { facts } => facts.iter().try_for_each(|fact| check_value(&fact.value)),
        Block::Table(table) => {
            *tables += 1;
            check_table(table, *tables)
        }
        Block::Timeline { entries } => entries.iter().try_for_each(|entry| {
            entry.when.iter().try_for_each(check_time)?;
            entry.lines.iter().try_for_each(check_value)
        }),
        Block::KeepTogether { blocks } => blocks.iter().try_for_each(|block| check_block(block, tables)),
    }
}

fn check_table(table: &Table, number: usize) -> Result<(), ReportError> {
    let expected = table.columns.len();
    if expected == 0 || expected > MAX_COLUMNS {
        return Err(ReportError::ColumnCount { table: number, found: expected, max: MAX_COLUMNS });
    }
    for (index, row) in table.rows.iter().enumerate() {
        if row.len() != expected {
            return Err(ReportError::RowWidth { table: number, row: index + 1, expected, found: row.len() });
        }
        row.iter().try_for_each(check_value)?;
    }
    Ok(())
}

fn check_value(value: &Value) -> Result<(), ReportError> {
    match value {
        Value::Text(_) | Value::Mono(_) | Value::Hash(_) | Value::State { .. } => Ok(()),
        Value::Time(time) => check_time(time),
        Value::Lines(values) => values.iter().try_for_each(check_value),
    }
}

fn check_time(time: &OffsetDateTime) -> Result<(), ReportError> {
    time.format(&time::format_description::well_known::Rfc3339)
        .map(drop)
        .map_err(|error| ReportError::Time(error.to_string()))
}
