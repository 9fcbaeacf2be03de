//! What a command ends with, and how it is printed.

use std::io::{IsTerminal, Write};

use cartorio_core::{Retry, Severity, WireError};
use cartorio_office::{OfficeError, texts};
use serde::Serialize;

use crate::exit::Exit;
use crate::lang::Lang;
use crate::printable::{self, line};

/// A command that came to its end; the end may be «invalid».
pub(crate) struct Done {
    pub(crate) exit: Exit,
    /// For people.
    pub(crate) text: String,
    /// For programs.
    pub(crate) json: serde_json::Value,
}

impl Done {
    pub(crate) fn new(text: impl Into<String>, json: &impl Serialize) -> Result<Self, Failure> {
        Self::with(Exit::Done, text, json)
    }

    pub(crate) fn with(exit: Exit, text: impl Into<String>, json: &impl Serialize) -> Result<Self, Failure> {
        let json = serde_json::to_value(json).map_err(|error| Failure::bug(error.to_string()))?;
        Ok(Self { exit, text: text.into(), json })
    }

    /// Everything was printed on the way.
    pub(crate) fn printed() -> Self {
        Self { exit: Exit::Done, text: String::new(), json: serde_json::Value::Null }
    }

    pub(crate) fn print(self, json: bool) -> Exit {
        if self.json.is_null() {
            return self.exit;
        }
        if json {
            print_json(&self.json);
        } else {
            print_text(&self.text);
        }
        self.exit
    }
}

/// A command that could not be done.
#[derive(Clone, Debug)]
pub(crate) struct Failure(WireError);

impl Failure {
    /// The command line makes no sense; `message` is in the language of the terminal.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::own("usage", message.into())
    }

    /// A file or value cannot be used; `message` is in the language of the terminal.
    pub(crate) fn input(message: impl Into<String>) -> Self {
        Self::own("bad_input", message.into())
    }

    /// A defect.
    pub(crate) fn bug(detail: String) -> Self {
        Self::own("internal", detail)
    }

    /// Something that a person has to give first, and nobody is there to ask; `detail` is in the language of the terminal.
    pub(crate) fn needed(code: &str, params: &[(&str, &str)], detail: String) -> Self {
        let params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self(WireError { code: code.to_owned(), params, severity: Severity::Error, retry: Retry::AfterAction, detail })
    }

    fn own(code: &str, detail: String) -> Self {
        let params = Default::default();
        Self(WireError { code: code.to_owned(), params, severity: Severity::Error, retry: Retry::Never, detail })
    }

    pub(crate) fn wire(&self) -> &WireError {
        &self.0
    }

    fn exit(&self) -> Exit {
        Exit::of(&self.0)
    }

    pub(crate) fn print(self, lang: Lang, json: bool) -> Exit {
        if json {
            print_json(&serde_json::json!({ "error": self.0 }));
        }
        to_stderr(&explain(&self.0, lang));
        self.exit()
    }
}

impl From<WireError> for Failure {
    fn from(error: WireError) -> Self {
        Self(error)
    }
}

impl From<OfficeError> for Failure {
    fn from(error: OfficeError) -> Self {
        Self(error.wire())
    }
}

/// What happened, what to do, and the technical line.
pub(crate) fn explain(error: &WireError, lang: Lang) -> String {
    if matches!(error.code.as_str(), "usage" | "bad_input") {
        return error.detail.clone();
    }
    let mut lines = Vec::new();
    if let Some((title, action)) = texts::of_error(lang.locale(), error) {
        lines.push(title);
        lines.extend(action);
        lines.push(format!("[{}] {}", error.code, error.detail));
    } else {
        lines.push(format!("{} [{}]", error.detail, error.code));
    }
    let lines: Vec<_> = lines.iter().map(|own| line(own)).collect();
    lines.join("\n          ")
}

/// A line for people beside the result.
pub(crate) fn to_stderr(text: &str) {
    // Nobody is left to be told when stderr is gone.
    let _ = writeln!(std::io::stderr().lock(), "cartorio: {}", printable::lines(text));
}

/// Help that nobody asked for, in place of a result.
pub(crate) fn help_to_stderr(text: &str) {
    let _ = write!(std::io::stderr().lock(), "{text}");
}

pub(crate) fn print_text(text: &str) -> Exit {
    to_stdout(&printable::lines(text))
}

fn print_json(value: &serde_json::Value) -> Exit {
    let pretty = std::io::stdout().is_terminal();
    let text = if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    to_stdout(&text.unwrap_or_default())
}

/// A reader that went away (`| head`) has seen enough; that is no error.
fn to_stdout(text: &str) -> Exit {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes());
    if !text.is_empty() && !text.ends_with('\n') {
        let _ = out.write_all(b"\n");
    }
    let _ = out.flush();
    Exit::Done
}
