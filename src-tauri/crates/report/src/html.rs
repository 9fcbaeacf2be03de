//! The report as one page of HTML.

use std::fmt::Write as _;

use time::format_description::well_known::Rfc3339;

use crate::model::hash_digits;
use crate::visible::{one_line, visible};
use crate::{Align, Block, Entry, Fact, HeadingLevel, Language, Report, ReportError, State, Table, Tone, Value};

impl Report {
    /// The report as one HTML page that needs nothing else: no scripts, no pictures, no fonts from elsewhere; light and dark, and made to be
    /// printed. Everything that comes from the report is escaped, and what would be invisible is spelled out.
    ///
    /// # Errors
    ///
    /// See [`ReportError`].
    pub fn to_html(&self) -> Result<String, ReportError> {
        self.check()?;
        let mut page = Page { language: self.language, out: String::new() };
        page.head(self);
        page.blocks(&self.blocks);
        page.foot(self);
        Ok(page.out)
    }
}

struct Page {
    language: Language,
    out: String,
}

impl Page {
    fn head(&mut self, report: &Report) {
        let (tag, title) = (self.language.tag(), escaped(&one_line(&report.title, 500)));
        self.raw(&format!("<!doctype html>\n<html lang=\"{tag}\">\n<head>\n<meta charset=\"utf-8\">\n"));
        self.raw(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
        );
        self.raw("<meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light dark\">\n");
        self.raw(&format!("<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"));
        if let Some(banner) = &report.banner {
            self.element("p", "banner", banner);
        }
        self.raw("<main>\n<header>\n");
        self.element("p", "issuer", &report.issuer);
        self.element("h1", "", &report.title);
        if let Some(subtitle) = &report.subtitle {
            self.element("p", "subtitle", subtitle);
        }
        self.element("p", "meta", &self.language.issued_at(report.created_at));
        if let Some(identifier) = &report.identifier {
            let (word, identifier) = (self.language.identifier(), escaped(&visible(identifier, |_| true)));
            self.raw(&format!("<p class=\"meta\">{word}: <code>{identifier}</code></p>\n"));
        }
        self.raw("</header>\n");
    }

    fn foot(&mut self, report: &Report) {
        self.raw("</main>\n<footer>\n");
        if let Some(banner) = &report.banner {
            self.element("p", "", banner);
        }
        self.element("p", "", &self.language.issued_at(report.created_at));
        self.raw("</footer>\n</body>\n</html>\n");
    }

    fn blocks(&mut self, blocks: &[Block]) {
        blocks.iter().for_each(|block| self.block(block));
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading { level, text } => {
                let name = match level {
                    HeadingLevel::One => "h2",
                    HeadingLevel::Two => "h3",
                    HeadingLevel::Three => "h4",
                };
                self.element(name, "", text);
            }
            Block::Paragraph { text } => self.element("p", "", text),
            Block::Facts { facts } => self.facts(facts),
            Block::Table(table) => self.table(table),
            Block::Timeline { entries } => self.timeline(entries),
            Block::Note { tone, text } => self.note(*tone, text),
            Block::Rule => self.raw("<hr>\n"),
            Block::KeepTogether { blocks } => {
                self.raw("<section class=\"together\">\n");
                self.blocks(blocks);
                self.raw("</section>\n");
            }
        }
    }

    fn facts(&mut self, facts: &[Fact]) {
        if facts.is_empty() {
            return;
        }
        self.raw("<dl>\n");
        for fact in facts {
            self.raw("<div><dt>");
            self.text(&fact.label);
            self.raw("</dt><dd>");
            self.value(&fact.value);
            self.raw("</dd></div>\n");
        }
        self.raw("</dl>\n");
    }

    fn table(&mut self, table: &Table) {
        let total: u32 = table.columns.iter().map(|column| u32::from(column.share.max(1))).sum();
        self.raw("<div class=\"wide\"><table>\n<colgroup>");
        for column in &table.columns {
            let percent = f64::from(column.share.max(1)) * 100.0 / f64::from(total.max(1));
            self.raw(&format!("<col style=\"width:{percent:.2}%\">"));
        }
        self.raw("</colgroup>\n<thead><tr>");
        for column in &table.columns {
            self.raw(&format!("<th scope=\"col\"{}>", side(column.align)));
            self.text(&column.title);
            self.raw("</th>");
        }
        self.raw("</tr></thead>\n<tbody>\n");
        for row in &table.rows {
            self.raw("<tr>");
            for (column, value) in table.columns.iter().zip(row) {
                self.raw(&format!("<td{}>", side(column.align)));
                self.value(value);
                self.raw("</td>");
            }
            self.raw("</tr>\n");
        }
        self.raw("</tbody>\n</table></div>\n");
    }

    fn timeline(&mut self, entries: &[Entry]) {
        if entries.is_empty() {
            return;
        }
        self.raw("<ol class=\"timeline\">\n");
        for entry in entries {
            self.raw("<li><div class=\"when\">");
            match entry.when {
                Some(time) => {
                    let (date, clock) = self.language.short_time(time);
                    self.raw(&format!("{}<br>{}", escaped(&date), escaped(&clock)));
                }
                None => self.raw(self.language.nothing()),
            }
            self.raw("</div>");
            self.raw(shape(entry.state));
            self.raw("<div class=\"what\"><p><strong>");
            self.text(&entry.title);
            self.raw("</strong> <em>");
            self.text(entry.state_word.as_deref().unwrap_or_else(|| self.language.state(entry.state)));
            self.raw("</em></p>");
            for line in &entry.lines {
                self.raw("<div>");
                self.value(line);
                self.raw("</div>");
            }
            self.raw("</div></li>\n");
        }
        self.raw("</ol>\n");
    }

    fn note(&mut self, tone: Tone, text: &str) {
        let class = match tone {
            Tone::Info => "info",
            Tone::Warning => "warning",
            Tone::Problem => "problem",
        };
        self.raw(&format!("<aside class=\"note {class}\"><p><strong>{}</strong></p><p>", self.language.tone(tone)));
        self.text(text);
        self.raw("</p></aside>\n");
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Text(text) | Value::Mono(text) | Value::Hash(text) if text.trim().is_empty() => {
                self.raw(self.language.nothing());
            }
            Value::Text(text) => self.text(text),
            Value::Mono(text) => self.code(text),
            Value::Hash(text) => match hash_digits(text) {
                Some(digits) => {
                    self.raw("<code class=\"hash\">");
                    // Hexadecimal digits are ASCII.
                    for group in digits.as_bytes().chunks(4) {
                        self.raw(&format!("<span>{}</span><wbr>", String::from_utf8_lossy(group)));
                    }
                    self.raw("</code>");
                }
                None => self.code(text),
            },
            Value::Time(time) => {
                let (date, clock) = self.language.short_time(*time);
                // The check of the report has made sure that RFC 3339 can say it.
                let machine = time.format(&Rfc3339).unwrap_or_default();
                let title = escaped(&self.language.long_time(*time));
                self.raw(&format!("<time datetime=\"{}\" title=\"{title}\">", escaped(&machine)));
                self.text(&format!("{date} {clock}"));
                self.raw("</time>");
            }
            Value::State { state, text } => {
                self.raw("<span class=\"state\">");
                self.raw(shape(*state));
                self.text(if text.trim().is_empty() { self.language.state(*state) } else { text });
                self.raw("</span>");
            }
            Value::Lines(values) if values.is_empty() => self.raw(self.language.nothing()),
            Value::Lines(values) => {
                for value in values {
                    self.raw("<div>");
                    self.value(value);
                    self.raw("</div>");
                }
            }
        }
    }

    fn code(&mut self, text: &str) {
        self.raw("<code>");
        self.text(text);
        self.raw("</code>");
    }

    fn element(&mut self, name: &str, class: &str, text: &str) {
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        self.raw(&format!("<{name}{class}>"));
        self.text(text);
        self.raw(&format!("</{name}>\n"));
    }

    fn text(&mut self, text: &str) {
        let text = escaped(&visible(text, |_| true)).replace('\n', "<br>");
        self.raw(&text);
    }

    fn raw(&mut self, markup: &str) {
        self.out.push_str(markup);
    }
}

/// Safe as text and between double or single quotes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Writing to a String cannot fail.
            '\'' => drop(write!(out, "&#{};", u32::from(character))),
            _ => out.push(character),
        }
    }
    out
}

fn side(align: Align) -> &'static str {
    match align {
        Align::Start => "",
        Align::End => " class=\"end\"",
    }
}

/// The same shapes as on paper; the word beside them says the same.
fn shape(state: State) -> &'static str {
    match state {
        State::Done => {
            "<svg class=\"done\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><circle cx=\"6\" cy=\"6\" r=\"5\" fill=\"currentColor\"/></svg>"
        }
        State::Current => {
            "<svg class=\"done\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><circle cx=\"6\" cy=\"6\" r=\"4.3\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.6\"/><circle cx=\"6\" cy=\"6\" r=\"2\" fill=\"currentColor\"/></svg>"
        }
        State::Pending => {
            "<svg class=\"pending\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><circle cx=\"6\" cy=\"6\" r=\"4.3\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.6\"/></svg>"
        }
        State::Failed => {
            "<svg class=\"failed\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><path d=\"M2 2l8 8M2 10l8-8\" stroke=\"currentColor\" stroke-width=\"2\"/></svg>"
        }
        State::Skipped => {
            "<svg class=\"pending\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><path d=\"M1 6h10\" stroke=\"currentColor\" stroke-width=\"2\"/></svg>"
        }
    }
}

const STYLE: &str = include_str!("report.css");
