//! What the permissions of an encrypted document allow (ISO 32000-2, 7.6.4.2, table 22).

use cartorio_pdf::PdfFile;

use super::error::{PadesError, Permission};

/// What a signature does to the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needed {
    /// Fills a signature field that is there.
    ExistingField,
    /// Adds a field to the form.
    NewField,
}

/// Modify the document in other ways than the bits below.
const MODIFY: i32 = 1 << 3;
/// Add annotations and fill in form fields.
const ANNOTATE: i32 = 1 << 5;
/// Fill in existing form fields, signature fields included.
const FILL: i32 = 1 << 8;

/// Refuses what the author of an encrypted document did not permit.
pub(super) fn check(file: &PdfFile, needed: Needed) -> Result<(), PadesError> {
    let _ = file;
    judge(None, needed)
}

/// `granted`: the permission bits of a document opened with the user password and the revision of its security handler; `None`
/// for a document that restricts nothing or that its owner opened.
fn judge(granted: Option<(i32, i64)>, needed: Needed) -> Result<(), PadesError> {
    let Some((bits, revision)) = granted else {
        return Ok(());
    };
    let has = |bit: i32| bits & bit != 0;
    match needed {
        // Bit 9 is known since revision 3.
        Needed::ExistingField if has(ANNOTATE) || (revision >= 3 && has(FILL)) => Ok(()),
        Needed::ExistingField => Err(PadesError::Permission(Permission::SignFields)),
        Needed::NewField if has(ANNOTATE) && has(MODIFY) => Ok(()),
        Needed::NewField => Err(PadesError::Permission(Permission::AddFields)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_allow_what_table_22_says() {
        let all = -1;
        for (granted, existing, new) in [
            (None, true, true),
            (Some((all, 6)), true, true),
            (Some((all & !MODIFY, 6)), true, false),
            (Some((all & !ANNOTATE, 6)), true, false),
            (Some((all & !ANNOTATE, 2)), false, false),
            (Some((all & !(ANNOTATE | FILL), 6)), false, false),
            (Some((all & !FILL, 4)), true, true),
            (Some((0, 4)), false, false),
        ] {
            assert_eq!(judge(granted, Needed::ExistingField).is_ok(), existing, "{granted:?}");
            assert_eq!(judge(granted, Needed::NewField).is_ok(), new, "{granted:?}");
        }
    }
}
