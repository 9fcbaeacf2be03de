//! What earlier signatures allow (ISO 32000-2, 12.8.2.2 and 12.8.2.4).

use std::collections::HashSet;

use cartorio_pdf::{Field, PdfError, PdfFile, SignatureEntries, TransformParams};

use super::error::{LockedBy, PadesError};
use super::field;

/// Signature fields whose values are read. More than any document has.
const MAX_SIGNED: usize = 500;

/// Names in all locks of a document together.
const MAX_LOCKED: usize = 200_000;

/// The restrictions of all signatures in a document together.
#[derive(Debug, Default)]
pub(super) struct Restrictions {
    /// The strictest DocMDP level; `None` when no signature states one.
    level: Option<u8>,
    locks: Vec<(LockedBy, TransformParams)>,
    /// Whether there is any signature or time stamp.
    signed: bool,
}

impl Restrictions {
    pub(super) fn read(file: &PdfFile, fields: &[Field]) -> Result<Self, PadesError> {
        let mut out = Self::default();
        if let Some((_, signature)) = file.permissions()?.and_then(|permissions| permissions.doc_mdp) {
            // A certification whose parameters say nothing is level 2 (table 257).
            out.tighten(doc_mdp_level(&signature).unwrap_or(2));
        }
        let mut seen = HashSet::new();
        let (mut signed, mut locked, mut counted) = (0, 0, 0);
        for field in fields.iter().filter(|f| f.field_type.as_deref() == Some("Sig")) {
            let Some(value) = &field.value else { continue };
            // Several fields may have one signature as their value; it says the same every time.
            let repeated = value.as_reference().is_some_and(|reference| !seen.insert(reference));
            if repeated && field.dict.get("Lock").is_none() {
                continue;
            }
            let Some(dict) = file.resolve_dict(value)? else {
                continue;
            };
            signed += 1;
            out.signed = true;
            if signed > MAX_SIGNED {
                return Err(PdfError::Limit { what: "signatures", limit: MAX_SIGNED as u64 }.into());
            }
            let signature = file.signature_entries(dict)?;
            if let Some(level) = doc_mdp_level(&signature) {
                out.tighten(level);
            }
            let by = LockedBy(field.name.clone());
            for reference in signature.references.into_iter().filter(|r| r.method.as_deref() == Some("FieldMDP")) {
                out.locks.extend(reference.params.map(|params| (by.clone(), params)));
            }
            // A lock that its signature did not repeat counts as well: the author of the form meant it.
            if let Some(lock) = file.get_dict(&field.dict, "Lock")? {
                let params = file.transform_params(&lock)?;
                if let Some(level) = params.permission {
                    out.tighten(level_of(level));
                }
                out.locks.push((by, params));
            }
            locked += out.locks.iter().skip(counted).map(|(_, params)| params.fields.len()).sum::<usize>();
            counted = out.locks.len();
            if locked > MAX_LOCKED {
                return Err(PdfError::Limit { what: "locked fields", limit: MAX_LOCKED as u64 }.into());
            }
        }
        Ok(out)
    }

    /// Whether a new field `name` may be added. Nobody knows its name who is told that it may not.
    pub(super) fn check_new(&self, name: &str) -> Result<(), PadesError> {
        self.check_existing(name).map_err(|error| match error {
            PadesError::FieldLocked { by, .. } => PadesError::NewFieldLocked { by },
            other => other,
        })?;
        match self.level {
            Some(level) => Err(PadesError::CertifiedNoNewField { level }),
            None => Ok(()),
        }
    }

    pub(super) fn check_existing(&self, name: &str) -> Result<(), PadesError> {
        if self.level == Some(1) {
            return Err(PadesError::CertifiedNoChanges);
        }
        match self.locks.iter().find(|(_, params)| locks(params, name)) {
            Some((by, _)) => Err(PadesError::FieldLocked { field: name.to_owned(), by: by.clone() }),
            None => Ok(()),
        }
    }

    /// Whether a signature can certify the document: the first one of all (12.8.2.2.1).
    pub(super) fn check_certify(&self) -> Result<(), PadesError> {
        if self.signed || self.level.is_some() { Err(PadesError::CertifyNotFirst) } else { Ok(()) }
    }

    fn tighten(&mut self, level: u8) {
        self.level = Some(self.level.map_or(level, |current| current.min(level)));
    }
}

fn doc_mdp_level(signature: &SignatureEntries) -> Option<u8> {
    let reference = signature.references.iter().find(|r| r.method.as_deref() == Some("DocMDP"))?;
    Some(level_of(reference.params.as_ref().and_then(|params| params.permission).unwrap_or(2)))
}

/// Levels that the standard does not know are read as the strictest.
pub(super) fn level_of(value: i64) -> u8 {
    match value {
        2 => 2,
        3 => 3,
        _ => 1,
    }
}

fn locks(params: &TransformParams, name: &str) -> bool {
    // A name stands for the field and everything below it.
    let listed = || params.fields.iter().any(|listed| field::is_or_is_under(name, listed));
    match params.action.as_deref() {
        Some("Include") => listed(),
        Some("Exclude") => !listed(),
        Some(_) | None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(action: Option<&str>, fields: &[&str]) -> TransformParams {
        TransformParams {
            permission: None,
            action: action.map(str::to_owned),
            fields: fields.iter().map(|f| (*f).to_owned()).collect(),
        }
    }

    #[test]
    fn locks_read_as_the_standard_says() {
        for (action, fields, name, locked) in [
            (Some("All"), &[][..], "A", true),
            (None, &[], "A", true),
            (Some("Include"), &["A"], "A", true),
            (Some("Include"), &["A"], "A.B", true),
            (Some("Include"), &["A"], "AB", false),
            (Some("Exclude"), &["A"], "A.B", false),
            (Some("Exclude"), &[], "A", true),
        ] {
            assert_eq!(locks(&params(action, fields), name), locked, "{action:?} {fields:?} {name}");
        }
    }

    #[test]
    fn certification_levels_forbid_as_the_standard_says() {
        for (level, existing, new) in [
            (None, Ok(()), Ok(())),
            (Some(1), Err(PadesError::CertifiedNoChanges), Err(PadesError::CertifiedNoChanges)),
            (Some(2), Ok(()), Err(PadesError::CertifiedNoNewField { level: 2 })),
            (Some(3), Ok(()), Err(PadesError::CertifiedNoNewField { level: 3 })),
        ] {
            let restrictions = Restrictions { level, ..Restrictions::default() };
            assert_eq!(restrictions.check_existing("A"), existing);
            assert_eq!(restrictions.check_new("A"), new);
        }
        let mut restrictions = Restrictions::default();
        [3, 1, 2].into_iter().for_each(|level| restrictions.tighten(level));
        assert_eq!(restrictions.level, Some(1), "the strictest wins");
        assert_eq!(level_of(9), 1);
    }
}
