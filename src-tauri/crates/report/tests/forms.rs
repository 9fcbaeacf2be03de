//! The same report in its three forms: what must be the same, what must be escaped, what is refused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod support;

use cartorio_core::Coded as _;
use cartorio_report::{
    Block, Column, Entry, Fact, HeadingLevel, Language, MAX_COLUMNS, Report, ReportError, State, Table, Tone, Value,
};
use proptest::prelude::*;
use support::{file, judge, report, sample};
use time::macros::datetime;

#[test]
fn the_same_report_gives_the_same_bytes() {
    let (one, other) = (sample(), sample());
    assert_eq!(one.to_pdf().unwrap(), other.to_pdf().unwrap());
    assert_eq!(one.to_html().unwrap(), other.to_html().unwrap());
    assert_eq!(one.to_json().unwrap(), other.to_json().unwrap());
    let mut later = sample();
    later.created_at += time::Duration::seconds(1);
    assert_ne!(one.to_pdf().unwrap(), later.to_pdf().unwrap(), "the time is part of it");
}

#[test]
fn the_names_in_json_are_these() {
    let mut all = report(vec![
        Block::heading(HeadingLevel::Two, "a"),
        Block::paragraph("b"),
        Block::facts([
            Fact::new("c", "d"),
            Fact::new("e", Value::mono("f")),
            Fact::new("g", Value::hash("00")),
            Fact::new("h", datetime!(2026-03-14 09:00 UTC)),
            Fact::new("i", Value::state(State::Skipped, "j")),
            Fact::new("k", Value::Lines(vec!["l".into()])),
        ]),
        Block::Table(Table {
            columns: vec![Column::new("m", 1), Column::number("n", 2)],
            rows: vec![vec!["o".into(), "p".into()]],
        }),
        Block::Timeline {
            entries: vec![Entry {
                when: None,
                title: "q".into(),
                lines: Vec::new(),
                state: State::Current,
                state_word: None,
            }],
        },
        Block::note(Tone::Problem, "r"),
        Block::KeepTogether { blocks: vec![Block::Rule] },
    ]);
    all.language = Language::En;
    let json: serde_json::Value = serde_json::from_str(&all.to_json().unwrap()).unwrap();
    let expected = serde_json::json!({
        "format": "cartorio_report", "version": 1, "title": "Relatório", "subtitle": null, "language": "en", "issuer": "1º Ofício de Notas",
        "identifier": null, "created_at": "2026-03-14T10:32:07-03:00", "banner": null,
        "blocks": [
            { "type": "heading", "level": 2, "text": "a" },
            { "type": "paragraph", "text": "b" },
            { "type": "facts", "facts": [
                { "label": "c", "value": { "type": "text", "value": "d" } },
                { "label": "e", "value": { "type": "mono", "value": "f" } },
                { "label": "g", "value": { "type": "hash", "value": "00" } },
                { "label": "h", "value": { "type": "time", "value": "2026-03-14T09:00:00Z" } },
                { "label": "i", "value": { "type": "state", "value": { "state": "skipped", "text": "j" } } },
                { "label": "k", "value": { "type": "lines", "value": [{ "type": "text", "value": "l" }] } },
            ] },
            { "type": "table",
              "columns": [{ "title": "m", "share": 1, "align": "start" }, { "title": "n", "share": 2, "align": "end" }],
              "rows": [[{ "type": "text", "value": "o" }, { "type": "text", "value": "p" }]] },
            { "type": "timeline", "entries": [{ "when": null, "title": "q", "lines": [], "state": "current", "state_word": null }] },
            { "type": "note", "tone": "problem", "text": "r" },
            { "type": "keep_together", "blocks": [{ "type": "rule" }] },
        ],
    });
    assert_eq!(json, expected);
}

#[test]
fn what_cannot_be_written_is_refused_in_every_form_with_its_place() {
    let table = |columns: usize, cells: usize| {
        let row = vec![Value::from("x"); cells];
        Block::Table(Table { columns: vec![Column::new("c", 1); columns], rows: vec![vec!["x".into(); columns], row] })
    };
    let refused = |report: &Report| {
        let error = report.to_pdf().unwrap_err();
        assert_eq!(report.to_html().unwrap_err(), error);
        assert_eq!(report.to_json().unwrap_err(), error);
        error
    };
    let error = refused(&report(vec![table(2, 2), Block::KeepTogether { blocks: vec![table(2, 3)] }]));
    assert_eq!(error, ReportError::RowWidth { table: 2, row: 2, expected: 2, found: 3 });
    assert_eq!(error.code(), "report_row_width");
    assert_eq!(error.params()[1], ("row", "2".to_owned()));
    for columns in [0, MAX_COLUMNS + 1] {
        let error = refused(&report(vec![table(columns, columns)]));
        assert_eq!(error, ReportError::ColumnCount { table: 1, found: columns, max: MAX_COLUMNS });
    }
    assert!(report(vec![table(MAX_COLUMNS, MAX_COLUMNS)]).to_pdf().is_ok());
    let mut untitled = report(Vec::new());
    untitled.title = " \n".to_owned();
    assert_eq!(refused(&untitled), ReportError::NoTitle);
    let mut early = report(Vec::new());
    early.created_at = datetime!(-0044-03-15 12:00 UTC);
    assert_eq!(refused(&early).code(), "report_time");
}

#[test]
fn the_outline_nests_as_the_headings_do() {
    let headings = [
        (HeadingLevel::One, "Primeira"),
        (HeadingLevel::Two, "Segunda"),
        (HeadingLevel::Three, "Terceira"),
        (HeadingLevel::One, "Quarta"),
        (HeadingLevel::Three, "Quinta"),
    ];
    let blocks = headings.iter().map(|(level, text)| Block::heading(*level, *text)).collect();
    let path = file("outline.pdf", &report(blocks).to_pdf().unwrap());
    let Some(output) = judge("mutool", &["show", path.to_str().unwrap(), "outline"]) else { return };
    let said = String::from_utf8(output.stdout).unwrap();
    let depths: Vec<(usize, &str)> = said
        .lines()
        .filter_map(|line| {
            let (indent, words) = line.split_once('"')?;
            Some((indent.matches('\t').count(), words.split('"').next()?))
        })
        .collect();
    let expected = [(1, "Relatório"), (1, "Primeira"), (2, "Segunda"), (3, "Terceira"), (1, "Quarta"), (2, "Quinta")];
    assert_eq!(depths, expected, "{said}");
}

#[test]
fn both_languages_say_everything_that_the_form_says() {
    let states = [State::Done, State::Current, State::Pending, State::Failed, State::Skipped];
    let entries =
        states.map(|state| Entry { when: None, title: String::new(), lines: Vec::new(), state, state_word: None });
    let mut both = report(vec![
        Block::Timeline { entries: entries.to_vec() },
        Block::note(Tone::Info, ""),
        Block::note(Tone::Warning, ""),
        Block::note(Tone::Problem, ""),
    ]);
    both.identifier = Some("7".to_owned());
    let portuguese = both.to_html().unwrap();
    both.language = Language::En;
    let english = both.to_html().unwrap();
    for (one, other) in [
        ("lang=\"pt-BR\"", "lang=\"en\""),
        ("Emitido em 14 de março de 2026", "Issued on 14 March 2026"),
        ("Identificador", "Identifier"),
        ("concluído", "done"),
        ("em andamento", "in progress"),
        ("pendente", "pending"),
        ("falhou", "failed"),
        ("não se aplica", "not applicable"),
        ("Nota<", "Note<"),
        ("Atenção", "Attention"),
        ("Problema", "Problem<"),
    ] {
        assert!(portuguese.contains(one) && !english.contains(one), "{one}");
        assert!(english.contains(other), "{other}");
    }
}

#[test]
fn the_page_of_html_needs_nothing_else() {
    let html = sample().to_html().unwrap();
    for outside in ["http:", "https:", "src=", "href=", "url(", "@import", "<script", "<link", "<img", "javascript"] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert!(html.contains("default-src 'none'"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_text_becomes_markup(text in "(\\PC|[<>&\"'/=!a-z \\x00-\\x1f\u{202e}-]){1,40}") {
        let marked = with_text(&text).to_html().unwrap();
        let plain = with_text("plain").to_html().unwrap();
        prop_assert_eq!(tags(&marked), tags(&plain));
        // Where it stands as text it reads as it was, spelled out where it would be invisible.
        if text.chars().all(|character| !character.is_control()) && !text.trim().is_empty() && text.is_ascii() {
            prop_assert!(words(&marked).contains(&text), "{}", words(&marked));
        }
    }
}

/// A report in which the text stands everywhere.
fn with_text(text: &str) -> Report {
    let all = || text.to_owned();
    let value = || Value::Lines(vec![text.into(), Value::mono(text), Value::state(State::Done, text)]);
    Report {
        title: format!("T{text}"),
        subtitle: Some(all()),
        identifier: Some(all()),
        banner: Some(all()),
        issuer: all(),
        ..report(vec![
            Block::heading(HeadingLevel::One, text),
            Block::paragraph(text),
            Block::facts([Fact::new(text, value())]),
            Block::Table(Table { columns: vec![Column::new(text, 1)], rows: vec![vec![value()]] }),
            Block::Timeline {
                entries: vec![Entry {
                    when: None,
                    title: all(),
                    lines: vec![value()],
                    state: State::Done,
                    state_word: Some(all()),
                }],
            },
            Block::note(Tone::Info, text),
        ])
    }
}

/// The markup of a page, without line breaks, which a text may have. Empty values are written as a dash inside the same elements or without.
fn tags(html: &str) -> Vec<String> {
    let body = html.split_once("</style>").unwrap().1;
    let tags = body.split('<').skip(1).map(|tag| tag.split('>').next().unwrap().to_owned());
    tags.filter(|tag| !matches!(tag.as_str(), "br" | "code" | "/code")).collect()
}

fn words(html: &str) -> String {
    let body = html.split_once("</style>").unwrap().1;
    let text: String = body.split('<').skip(1).map(|tag| tag.split_once('>').unwrap().1).collect();
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}
