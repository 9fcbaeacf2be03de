//! Signature references (ISO 32000-2, table 256): what a signature says about later changes.

use cartorio_pdf::{Field, ObjRef, PdfFile};

use super::error::PadesError;
use super::objects;
use super::options::{Certify, FieldLock};
use super::permission;

/// The `/Reference` entry of a signature dictionary, put together.
#[derive(Debug, Default)]
pub(super) struct References {
    /// The strictest DocMDP level asked for.
    level: Option<i64>,
    /// FieldMDP: `/Action` and `/Fields`.
    lock: Option<Vec<u8>>,
}

impl References {
    pub(super) fn certify(&mut self, certify: Certify) {
        self.tighten(i64::from(certify.level));
    }

    pub(super) fn lock(&mut self, lock: &FieldLock) {
        self.lock = Some(objects::lock_entries(lock));
    }

    /// What the lock of a field says takes effect by being repeated in the signature.
    pub(super) fn lock_of(&mut self, file: &PdfFile, field: &Field) -> Result<(), PadesError> {
        let Some(lock) = file.get_dict(&field.dict, "Lock")? else {
            return Ok(());
        };
        // A FieldMDP has an action (table 259). A lock that says none, or one that the standard does not know, is read as one of
        // every field, here as by whoever looks at it later.
        let action = file.get(&lock, "Action")?.and_then(|value| value.as_name());
        let action = action.as_deref().filter(|own| matches!(*own, "Include" | "Exclude")).unwrap_or("All");
        let mut entries = format!("/Action/{action}").into_bytes();
        if action != "All" {
            entries.extend_from_slice(b"/Fields[");
            for item in file.get_array(&lock, "Fields")? {
                // The same bytes, so that the names keep their encoding; as hexadecimal digits, because a string of an
                // encrypted file is not to be copied as it stands.
                let name = file.resolve(&item)?.as_string().unwrap_or_default();
                entries.push(b'<');
                name.iter().for_each(|byte| entries.extend_from_slice(format!("{byte:02x}").as_bytes()));
                entries.push(b'>');
            }
            entries.push(b']');
        }
        self.lock = Some(entries);
        // Table 257 knows 1 to 3; what else stands there is written as what it is read as.
        if let Some(level) = file.get(&lock, "P")?.and_then(|v| v.as_integer()) {
            self.tighten(i64::from(permission::level_of(level)));
        }
        Ok(())
    }

    /// The entry; empty when there is nothing to say.
    pub(super) fn entry(&self, catalog: ObjRef) -> Vec<u8> {
        let mut items = Vec::new();
        if let Some(level) = self.level {
            let params = format!("<</Type/TransformParams/V/1.2/P {level}>>");
            items.extend(item("DocMDP", params.as_bytes(), catalog));
        }
        if let Some(lock) = &self.lock {
            let params = [&b"<</Type/TransformParams/V/1.2"[..], lock, b">>"].concat();
            items.extend(item("FieldMDP", &params, catalog));
        }
        if items.is_empty() { items } else { [&b"/Reference["[..], &items, b"]"].concat() }
    }

    fn tighten(&mut self, level: i64) {
        self.level = Some(self.level.map_or(level, |current| current.min(level)));
    }
}

fn item(method: &str, params: &[u8], catalog: ObjRef) -> Vec<u8> {
    let head = format!("<</Type/SigRef/TransformMethod/{method}/Data {catalog}/TransformParams");
    [head.as_bytes(), params, b">>"].concat()
}
