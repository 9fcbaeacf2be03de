//! Declaring what PAdES adds to the PDF versions before 2.0.

use cartorio_pdf::{Dict, DictEditor, PdfFile};

use super::error::PadesError;

/// Evidence and document time stamps are part of PDF 2.0. Older files say by a developer extension (ISO 32000-2, 7.12; EN 319
/// 142-1 §5.6) that they hold them. Edits `root`, the catalog, and nothing else: an indirect `/Extensions` is written into the
/// catalog, because its object may be in use elsewhere.
pub(super) fn declare(file: &PdfFile, catalog: &Dict, root: &mut DictEditor) -> Result<(), PadesError> {
    const ESIC: &[u8] = b"<</BaseVersion/1.7/ExtensionLevel 1>>";
    if is_pdf_2(file, catalog)? {
        return Ok(());
    }
    let mut extensions = match file.get(catalog, "Extensions")? {
        None => DictEditor::new(b"<<>>")?,
        Some(value) if value.is_dict() => DictEditor::new(value.bytes())?,
        // No dictionary: readers ignore it, and it is not ours to repair.
        Some(_) => return Ok(()),
    };
    if extensions.get("ESIC")?.is_none() {
        extensions.set("ESIC", ESIC)?;
        root.set("Extensions", extensions.bytes())?;
    }
    Ok(())
}

/// The header and the catalog's `/Version` may both say it; the later one counts (7.5.2).
fn is_pdf_2(file: &PdfFile, catalog: &Dict) -> Result<bool, PadesError> {
    let header = file.bytes().get(5).is_some_and(|major| (b'2'..=b'9').contains(major));
    let version = file.get(catalog, "Version")?.and_then(|value| value.as_name());
    Ok(header || version.is_some_and(|version| version.as_bytes().first().is_some_and(|major| *major >= b'2')))
}
