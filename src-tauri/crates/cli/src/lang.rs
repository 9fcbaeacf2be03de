//! The two languages. Words that the window has too come from its own catalogue, so that both say the same.

use std::collections::BTreeMap;
use std::ffi::OsString;

use cartorio_office::dto::Locale;
use cartorio_office::texts;

use crate::printable::line;

/// Language of everything that a person reads.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Lang {
    /// Português do Brasil.
    PtBr,
    /// English.
    En,
}

/// One sentence in the language of the terminal: Portuguese first, English second; both are format strings.
macro_rules! say {
    ($lang:expr, $pt:literal, $en:literal) => {
        match $lang {
            $crate::lang::Lang::PtBr => format!($pt),
            $crate::lang::Lang::En => format!($en),
        }
    };
}

pub(crate) use say;

impl Lang {
    /// `--lang` decides; otherwise the locale of the terminal, where it says English; otherwise Portuguese.
    pub(crate) fn detect(arguments: &[OsString], variable: impl Fn(&str) -> Option<String>) -> Self {
        let mut texts = arguments.iter().filter_map(|argument| argument.to_str());
        while let Some(text) = texts.next() {
            let value = match text.strip_prefix("--lang") {
                Some("") => texts.next(),
                Some(rest) => rest.strip_prefix('='),
                None => None,
            };
            if let Some(value) = value {
                return Self::of(value);
            }
        }
        let locale =
            ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| variable(name).filter(|v| !v.is_empty()));
        Self::of(&locale.unwrap_or_default())
    }

    fn of(locale: &str) -> Self {
        let language = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("en") { Self::En } else { Self::PtBr }
    }

    /// A text of the window's catalogue; `None` where it has none of that name.
    pub(crate) fn shared(self, key: &str, params: &BTreeMap<String, String>) -> Option<String> {
        texts::text(self.locale(), key, params).map(|text| line(&text).into_owned())
    }

    /// The same language, as the office calls it.
    pub(crate) const fn locale(self) -> Locale {
        match self {
            Self::PtBr => Locale::PtBr,
            Self::En => Locale::En,
        }
    }

    /// A word of the window's catalogue, or the code itself.
    pub(crate) fn word(self, prefix: &str, code: &str) -> String {
        self.shared(&format!("{prefix}{code}"), &BTreeMap::new()).unwrap_or_else(|| code.replace('_', " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(arguments: &[&str], locale: &str) -> Lang {
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        Lang::detect(&arguments, |name| (name == "LANG").then(|| locale.to_owned()))
    }

    #[test]
    fn the_option_beats_the_locale_and_portuguese_is_the_default() {
        assert_eq!(detect(&["cartorio", "--lang", "en"], "pt_BR.UTF-8"), Lang::En);
        assert_eq!(detect(&["cartorio", "--lang=pt-BR"], "en_US.UTF-8"), Lang::PtBr);
        assert_eq!(detect(&["cartorio"], "en_US.UTF-8"), Lang::En);
        assert_eq!(detect(&["cartorio"], "C.UTF-8"), Lang::PtBr);
        assert_eq!(detect(&["cartorio"], ""), Lang::PtBr);
    }

    /// A prefix that the catalogue does not have would show raw codes to people.
    #[test]
    fn every_kind_of_word_is_in_the_catalogue() {
        fn sources(folder: &std::path::Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    sources(&path, found);
                } else {
                    found.push(std::fs::read_to_string(path).unwrap());
                }
            }
        }
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut all = Vec::new();
        sources(&root.join("src"), &mut all);
        let catalogue = std::fs::read_to_string(root.join("../../../ui/messages/pt-BR.json")).unwrap();
        // In two parts, so that this line is none of them.
        let call = ["word(", "\""].concat();
        let prefixes: std::collections::BTreeSet<&str> = all
            .iter()
            .flat_map(|text| text.split(call.as_str()).skip(1))
            .filter_map(|rest| rest.split('"').next())
            .filter(|prefix| prefix.ends_with('_'))
            .collect();
        assert!(prefixes.len() > 15, "{prefixes:?}");
        for prefix in prefixes {
            assert!(catalogue.contains(&format!("\"{prefix}")), "no word begins with {prefix}");
        }
    }
}
