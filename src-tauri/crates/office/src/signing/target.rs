//! Where results go, and what they are called.

use std::path::{Path, PathBuf};

use cartorio_ades::create::cades;

use super::error::SignError;
use super::make::require_name;
use crate::documents::{Entry, file_name};
use crate::dto::{DocumentKind, DocumentOrigin, FormatChoice, SignFormat, SignerRole};
use crate::files::receipt_of;
use crate::output::{folder_of, numbered};
use crate::{OfficeError, OfficeResult, folders};

/// Where results go.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// Into the folder of the document.
    Beside,
    /// Into this folder.
    Folder(PathBuf),
    /// To this very file, which must not exist.
    File(PathBuf),
}

impl Target {
    /// Samples have no folder of their own; their results go into the office's.
    pub(crate) fn for_entry(&self, entry: &Entry, office: &Path) -> Self {
        match (self, entry.origin) {
            (Self::Beside, DocumentOrigin::Sample) => Self::Folder(office.join(RESULTS)),
            (Self::Beside | Self::Folder(_) | Self::File(_), _) => self.clone(),
        }
    }

    /// The folder that the result will lie in.
    pub(crate) fn folder<'a>(&'a self, entry: &'a Entry) -> &'a Path {
        match self {
            Self::File(path) => folder_of(path),
            Self::Folder(folder) => folder,
            Self::Beside => folder_of(&entry.path),
        }
    }

    /// Names for the result, the best one first.
    pub(crate) fn candidates(&self, entry: &Entry, naming: &Naming) -> Vec<PathBuf> {
        self.names(entry, naming).iter().collect()
    }

    /// The same, made when they are asked for: almost always the first one is free.
    pub(crate) fn names(&self, entry: &Entry, naming: &Naming) -> Names {
        match self {
            Self::File(path) => Names::Only(path.clone()),
            Self::Folder(_) | Self::Beside => naming.names(entry, self.folder(entry)),
        }
    }
}

/// Names for a result, the best one first.
#[derive(Clone, Debug)]
pub(crate) enum Names {
    /// This one or none.
    Only(PathBuf),
    /// `stem.extension`, `stem-2.extension`, … in this folder.
    Numbered {
        /// The folder.
        folder: PathBuf,
        /// The name without its ending.
        stem: String,
        /// The ending, without its dot.
        extension: String,
    },
}

impl Names {
    /// All of them, in order.
    pub(crate) fn iter(&self) -> Box<dyn Iterator<Item = PathBuf> + '_> {
        match self {
            Self::Only(path) => Box::new(std::iter::once(path.clone())),
            Self::Numbered { folder, stem, extension } => Box::new(numbered(folder, stem, extension).take(MAX_COPIES)),
        }
    }

    /// The best one.
    pub(crate) fn first(&self) -> PathBuf {
        self.iter().next().unwrap_or_default()
    }
}

/// Folder for results of the demonstration's samples, inside the office's own.
pub(crate) const RESULTS: &str = "assinados";

/// How many results of one document a folder may hold before a name is refused.
const MAX_COPIES: usize = 1000;

/// How results are called.
#[derive(Clone, Debug)]
pub(crate) struct Naming {
    /// The form of the signature.
    pub(crate) format: SignFormat,
    /// What a `.p7s` that is already signed gets.
    pub(crate) role: SignerRole,
    /// The pattern, where somebody chose one.
    pub(crate) pattern: Option<Pattern>,
}

impl Naming {
    fn names(&self, entry: &Entry, folder: &Path) -> Names {
        let name = Path::new(&entry.name);
        let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
        let (stem, extension) = (text(name.file_stem()), text(name.extension()));
        let container = folders::container_ending(&extension);
        let chosen =
            |usual: &str| self.pattern.as_ref().map_or_else(|| format!("{stem}-{usual}"), |own| own.fill(&stem));
        let taken = |stem: &str, extension: &str| Names::Numbered {
            folder: folder.to_owned(),
            stem: stem.to_owned(),
            extension: extension.to_owned(),
        };
        match (self.format, self.role) {
            (SignFormat::Pades, _) => taken(&chosen("assinado"), "pdf"),
            (_, SignerRole::Cosign) => taken(&chosen("coassinado"), container),
            (_, SignerRole::Countersign) => taken(&chosen("contra-assinado"), container),
            (SignFormat::CadesDetached | SignFormat::CadesEnveloping | SignFormat::Raw, SignerRole::Sign) => {
                let stem = self.pattern.as_ref().map(|own| format!("{}.{extension}", own.fill(&stem)));
                let ending = if self.format == SignFormat::Raw { "sig" } else { cades::FILE_EXTENSION };
                taken(stem.as_deref().unwrap_or(&entry.name).trim_end_matches('.'), ending)
            }
        }
    }
}

/// A pattern for names: `{nome}` stands for the document's name without its ending.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(String);

impl Pattern {
    const NAME: &'static str = "{nome}";

    /// Reads a pattern.
    ///
    /// # Errors
    /// [`OfficeError::InvalidField`] for one without `{nome}`, with a path in it, or with what file systems refuse; the reason says which.
    pub(crate) fn parse(text: &str) -> OfficeResult<Self> {
        let text = text.trim();
        let rest = text.replace(Self::NAME, "");
        let refused =
            |c: char| c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '{' | '}');
        if text.is_empty() {
            return Err(OfficeError::InvalidField { field: "output_pattern", reason: "empty" });
        }
        if rest.contains(refused) || text.starts_with('.') {
            return Err(OfficeError::InvalidField { field: "output_pattern", reason: "file_name" });
        }
        if !text.contains(Self::NAME) {
            return Err(OfficeError::InvalidField { field: "output_pattern", reason: "without_name" });
        }
        if rest.len() > 100 {
            return Err(OfficeError::InvalidField { field: "output_pattern", reason: "too_long" });
        }
        Ok(Self(text.to_owned()))
    }

    fn fill(&self, name: &str) -> String {
        self.0.replace(Self::NAME, name)
    }
}

/// The form that `entry` will be signed in.
///
/// # Errors
/// [`SignError::FormatNotFitting`] for a PAdES signature of something else than a PDF, and for a parallel or counter-signature of
/// something else than a `.p7s`; [`SignError::NoPdfInside`] where nobody chose a form for what is only called a PDF: it may be damaged,
/// and whoever signs it takes it for what it is called.
pub(crate) fn format_of(entry: &Entry, choice: FormatChoice, role: SignerRole) -> OfficeResult<SignFormat> {
    let not_fitting =
        |wanted: &'static str| OfficeError::from(SignError::FormatNotFitting { name: entry.name.clone(), wanted });
    if role != SignerRole::Sign {
        return match (entry.kind, choice) {
            (
                DocumentKind::Cms,
                FormatChoice::Automatic | FormatChoice::CadesDetached | FormatChoice::CadesEnveloping,
            ) => Ok(SignFormat::CadesDetached),
            (_, _) => Err(not_fitting("p7s")),
        };
    }
    match (choice, entry.kind) {
        (FormatChoice::Automatic | FormatChoice::Pades, DocumentKind::Pdf) => Ok(SignFormat::Pades),
        (FormatChoice::Pades, _) => Err(not_fitting("pdf")),
        (FormatChoice::Automatic, _) if is_called_a_pdf(&entry.name) => {
            Err(SignError::NoPdfInside { name: entry.name.clone() }.into())
        }
        (FormatChoice::Automatic | FormatChoice::CadesDetached, _) => Ok(SignFormat::CadesDetached),
        (FormatChoice::CadesEnveloping, _) => Ok(SignFormat::CadesEnveloping),
        (FormatChoice::Raw, _) => Ok(SignFormat::Raw),
    }
}

fn is_called_a_pdf(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|own| own.eq_ignore_ascii_case("pdf"))
}

/// The name that the result will get, as the folder is now. Blocks.
///
/// # Errors
/// Where the folder will not take it.
pub(crate) fn planned_name(candidates: &[PathBuf], format: SignFormat) -> OfficeResult<String> {
    let Some(free) = candidates.iter().find(|path| !path.exists()).or(candidates.first()) else {
        return Ok(String::new());
    };
    require_name(free)?;
    if format == SignFormat::Raw {
        require_name(&receipt_of(free))?;
    }
    Ok(file_name(free))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_has_the_name_and_no_path() {
        for good in ["{nome}-assinado", "assinado {nome}", "{nome}"] {
            assert!(Pattern::parse(good).is_ok(), "{good}");
        }
        let long = format!("{{nome}}{}", "x".repeat(101));
        for (bad, why) in [
            ("", "empty"),
            (" ", "empty"),
            ("assinado", "without_name"),
            ("nome", "without_name"),
            ("../{nome}", "file_name"),
            ("a/{nome}", "file_name"),
            ("{nome}\\x", "file_name"),
            ("{nome}{outro}", "file_name"),
            ("{name}", "file_name"),
            (".{nome}", "file_name"),
            ("a\n{nome}", "file_name"),
            ("c:{nome}", "file_name"),
            (long.as_str(), "too_long"),
        ] {
            let told = Pattern::parse(bad).unwrap_err();
            assert!(
                matches!(told, OfficeError::InvalidField { field: "output_pattern", reason } if reason == why),
                "{bad}"
            );
        }
        assert_eq!(Pattern::parse(" {nome} (assinado) ").unwrap().fill("ata"), "ata (assinado)");
    }
}
