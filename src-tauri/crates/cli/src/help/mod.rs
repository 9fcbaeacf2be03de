//! Help and usage errors in the language of the terminal.

mod inspection;
mod keys;
mod people;
mod signing;
mod texts;

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, FromArgMatches};

use crate::args::{CommandLine, Wanted};
use crate::lang::Lang;

/// Why the command line ends here.
pub(crate) enum Stop {
    /// Help or version was asked for.
    Text(String),
    /// A command is missing: its help says which there are.
    Help(String),
    /// It makes no sense.
    Usage(String),
}

/// Reads the command line.
pub(crate) fn parse(arguments: &[OsString], lang: Lang) -> Result<CommandLine, Stop> {
    let command = match lang {
        Lang::En => CommandLine::command(),
        Lang::PtBr => localized(CommandLine::command()),
    };
    let matches = command.try_get_matches_from(arguments);
    let line =
        matches.and_then(|matches| CommandLine::from_arg_matches(&matches)).map_err(|error| match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Stop::Text(rendered(&error, lang)),
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Stop::Help(rendered(&error, lang)),
            _ => Stop::Usage(usage(&error, lang)),
        })?;
    match line.contradiction(lang) {
        None => Ok(line),
        Some(message) => Err(Stop::Usage(message)),
    }
}

fn rendered(error: &clap::Error, lang: Lang) -> String {
    let text = error.render().to_string();
    match lang {
        Lang::En => text.strip_prefix("error: ").unwrap_or(&text).to_owned(),
        Lang::PtBr => text.replace("[OPTIONS]", "[OPÇÕES]"),
    }
}

fn usage(error: &clap::Error, lang: Lang) -> String {
    if lang == Lang::En {
        return rendered(error, lang).trim_end().to_owned();
    }
    let value = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        Some(_) | None => String::new(),
    };
    let argument = value(ContextKind::InvalidArg);
    let what = match error.kind() {
        ErrorKind::UnknownArgument => format!("argumento inesperado: {argument}"),
        ErrorKind::InvalidSubcommand => format!("comando desconhecido: {}", value(ContextKind::InvalidSubcommand)),
        ErrorKind::MissingSubcommand => "falta o comando".to_owned(),
        ErrorKind::MissingRequiredArgument => format!("falta: {argument}"),
        ErrorKind::ArgumentConflict => match value(ContextKind::PriorArg) {
            prior if prior == argument => format!("{argument} só pode vir uma vez"),
            prior => format!("{argument} não pode vir junto com {prior}"),
        },
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let (given, valid) = (value(ContextKind::InvalidValue), value(ContextKind::ValidValue));
            let wanted = std::error::Error::source(error).and_then(|own| own.downcast_ref::<Wanted>());
            match (given.trim().is_empty(), wanted, valid.is_empty()) {
                (true, _, _) => format!("falta um valor para {argument}"),
                (false, Some(Wanted(form)), _) => {
                    format!("valor inválido para {argument}: {given} (espera-se: {form})")
                }
                (false, None, true) => format!("valor inválido para {argument}: {given}"),
                (false, None, false) => format!("valor inválido para {argument}: {given} (pode ser: {valid})"),
            }
        }
        _ => return rendered(error, Lang::En).trim_end().to_owned(),
    };
    format!("{what}\n          veja «cartorio --help»")
}

fn localized(command: Command) -> Command {
    let about = command.get_about().map(|about| portuguese(&about.to_string()));
    let mut command = command
        .help_template("{about}\n\nUso: {usage}\n\n{all-args}")
        .subcommand_help_heading("Comandos")
        .subcommand_value_name("COMANDO")
        .mut_args(|argument| {
            let help = argument.get_help().map(|help| portuguese(&help.to_string()));
            let heading = if argument.is_positional() { "Argumentos" } else { "Opções" };
            let argument = argument.help_heading(heading);
            match help {
                Some(help) => argument.help(help),
                None => argument,
            }
        })
        .mut_subcommands(localized);
    if let Some(about) = about {
        command = command.about(about);
    }
    command
}

/// The Portuguese for a text of `args`; the English one where it is missing (a test sees to that).
fn portuguese(english: &str) -> String {
    texts().find(|(own, _)| *own == english).map_or(english, |(_, text)| text).to_owned()
}

/// Every text with its Portuguese.
fn texts() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    texts::TEXTS.iter().chain(inspection::TEXTS).chain(keys::TEXTS).chain(people::TEXTS).chain(signing::TEXTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collect(command: &Command, found: &mut Vec<String>) {
        found.extend(command.get_about().map(ToString::to_string));
        found.extend(command.get_arguments().filter_map(|argument| argument.get_help()).map(ToString::to_string));
        for command in command.get_subcommands() {
            collect(command, found);
        }
    }

    #[test]
    fn every_text_of_the_command_line_is_there_in_portuguese_and_none_is_left_over() {
        CommandLine::command().debug_assert();
        let mut found = Vec::new();
        collect(&CommandLine::command(), &mut found);
        let missing: Vec<_> = found.iter().filter(|text| !texts().any(|(own, _)| own == text)).collect();
        assert_eq!(missing, Vec::<&String>::new());
        let unused: Vec<_> = texts().filter(|(own, _)| !found.iter().any(|text| text == own)).collect();
        assert_eq!(unused, Vec::<&(&str, &str)>::new());
        let twice: Vec<_> = texts().filter(|(own, _)| texts().filter(|(other, _)| own == other).count() > 1).collect();
        assert_eq!(twice, Vec::<&(&str, &str)>::new());
    }

    #[test]
    fn usage_errors_name_the_argument_in_both_languages() {
        let fail = |arguments: &[&str], lang| {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            match parse(&arguments, lang) {
                Err(Stop::Usage(message)) => message,
                Err(Stop::Text(text) | Stop::Help(text)) => panic!("{text}"),
                Ok(command) => panic!("{command:?}"),
            }
        };
        for lang in [Lang::PtBr, Lang::En] {
            assert!(fail(&["cartorio", "sign", "--nope", "x"], lang).contains("--nope"));
            assert!(fail(&["cartorio", "frobnicate"], lang).contains("frobnicate"));
            assert!(fail(&["cartorio", "sign"], lang).contains("FILE"));
            assert!(fail(&["cartorio", "sign", "x", "--level", "b-x"], lang).contains("b-x"));
            let both = ["cartorio", "p12", "inspect", "x", "--password-stdin", "--password-file", "y"];
            assert!(fail(&both, lang).contains("--password-"));
        }
        assert!(fail(&["cartorio", "sign"], Lang::PtBr).contains("falta"));
    }
}
