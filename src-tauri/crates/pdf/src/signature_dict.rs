//! Signature dictionaries and permissions as written (ISO 32000-2, 12.8). Nothing is judged here.

use std::ops::Range;

use crate::error::PdfError;
use crate::file::PdfFile;
use crate::raw::{Dict, ObjRef};

/// Signature references in one signature dictionary; two are usual.
const MAX_REFERENCES: usize = 100;

/// Field names in one lock, and in all references of one signature together: no form has more fields.
const MAX_LOCKED: usize = 20_000;

/// Bytes of a name or text in a signature dictionary.
const MAX_TEXT: usize = 64 << 10;

/// The entries of a signature dictionary (table 255), as written.
#[derive(Clone, Debug, Default)]
pub struct SignatureEntries {
    /// The whole dictionary.
    pub dict: Dict,
    /// `/Type`: `Sig`, `DocTimeStamp` or absent.
    pub kind: Option<String>,
    /// `/Filter`.
    pub filter: Option<String>,
    /// `/SubFilter`.
    pub sub_filter: Option<String>,
    /// `/ByteRange`; `None` when absent or not an array of integers.
    pub byte_range: Option<Vec<i64>>,
    /// `/Contents` decoded, padding included; `None` when absent or not a string.
    pub contents: Option<Vec<u8>>,
    /// Where the `/Contents` token is in the file, delimiters included; `None` when it is not written there directly.
    pub contents_span: Option<Range<u64>>,
    /// `/M`, a date as written.
    pub modified: Option<String>,
    /// `/Name`.
    pub name: Option<String>,
    /// `/Reason`.
    pub reason: Option<String>,
    /// `/Location`.
    pub location: Option<String>,
    /// `/ContactInfo`.
    pub contact: Option<String>,
    /// `/Reference`.
    pub references: Vec<SignatureReference>,
}

/// One signature reference dictionary (table 256).
#[derive(Clone, Debug)]
pub struct SignatureReference {
    /// `/TransformMethod`: `DocMDP`, `UR`, `FieldMDP`, …
    pub method: Option<String>,
    /// `/TransformParams`.
    pub params: Option<TransformParams>,
}

/// Transform parameters (tables 257 and 259), and a field lock, which has the same entries (table 236).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransformParams {
    /// `/P`.
    pub permission: Option<i64>,
    /// `/Action`: `All`, `Include` or `Exclude`.
    pub action: Option<String>,
    /// `/Fields`: fully qualified names.
    pub fields: Vec<String>,
}

/// The permissions dictionary of the catalog (table 263).
#[derive(Clone, Debug)]
pub struct Permissions {
    /// The signature dictionary under `/DocMDP`, and its reference.
    pub doc_mdp: Option<(Option<ObjRef>, SignatureEntries)>,
    /// Whether usage rights (`/UR3` or `/UR`) are present.
    pub usage_rights: bool,
}

impl PdfFile {
    /// The entries of the signature dictionary `dict`.
    ///
    /// # Errors
    /// As [`PdfFile::resolve`]; [`PdfError::Limit`].
    pub fn signature_entries(&self, dict: Dict) -> Result<SignatureEntries, PdfError> {
        let short = |key| match self.get(&dict, key)? {
            Some(value) if value.bytes().len() > MAX_TEXT => {
                Err(PdfError::Limit { what: "bytes of a text in a signature dictionary", limit: MAX_TEXT as u64 })
            }
            value => Ok(value),
        };
        let name = |key| -> Result<_, PdfError> { Ok(short(key)?.and_then(|v| v.as_name())) };
        let text = |key| -> Result<_, PdfError> { Ok(short(key)?.and_then(|v| v.as_text())) };
        let byte_range = match self.get(&dict, "ByteRange")?.and_then(|v| v.as_array()) {
            Some(items) => items.iter().map(|item| item.as_integer()).collect(),
            None => None,
        };
        let contents = dict.get("Contents");
        Ok(SignatureEntries {
            kind: name("Type")?,
            filter: name("Filter")?,
            sub_filter: name("SubFilter")?,
            byte_range,
            contents_span: contents.as_ref().filter(|c| c.as_reference().is_none()).and_then(|c| c.file_span()),
            contents: self.get(&dict, "Contents")?.and_then(|v| v.as_string()),
            modified: text("M")?,
            name: text("Name")?,
            reason: text("Reason")?,
            location: text("Location")?,
            contact: text("ContactInfo")?,
            references: self.references(&dict)?,
            dict,
        })
    }

    /// The transform parameters or lock that `dict` holds.
    ///
    /// # Errors
    /// As [`PdfFile::resolve`]; [`PdfError::Limit`].
    pub fn transform_params(&self, dict: &Dict) -> Result<TransformParams, PdfError> {
        let mut fields = Vec::new();
        for item in self.bounded(dict, "Fields", MAX_LOCKED)? {
            fields.extend(self.resolve(&item)?.as_text());
        }
        Ok(TransformParams {
            permission: self.get(dict, "P")?.and_then(|v| v.as_integer()),
            action: self.get(dict, "Action")?.and_then(|v| v.as_name()),
            fields,
        })
    }

    /// The permissions of the catalog; `None` when there are none.
    ///
    /// # Errors
    /// As [`PdfFile::signature_entries`].
    pub fn permissions(&self) -> Result<Option<Permissions>, PdfError> {
        let Some(perms) = self.get_dict(&self.catalog()?, "Perms")? else {
            return Ok(None);
        };
        let doc_mdp = match self.get_dict(&perms, "DocMDP")? {
            Some(dict) => Some((perms.reference("DocMDP"), self.signature_entries(dict)?)),
            None => None,
        };
        let usage_rights = perms.get("UR3").is_some() || perms.get("UR").is_some();
        Ok(Some(Permissions { doc_mdp, usage_rights }))
    }

    fn references(&self, dict: &Dict) -> Result<Vec<SignatureReference>, PdfError> {
        let mut out = Vec::new();
        let mut locked = 0;
        for item in self.bounded(dict, "Reference", MAX_REFERENCES)? {
            let Some(reference) = self.resolve_dict(&item)? else {
                continue;
            };
            let params = match self.get_dict(&reference, "TransformParams")? {
                Some(params) => Some(self.transform_params(&params)?),
                None => None,
            };
            locked += params.as_ref().map_or(0, |params| params.fields.len());
            if locked > MAX_LOCKED {
                return Err(too_many(MAX_LOCKED));
            }
            let method = self.get(&reference, "TransformMethod")?.and_then(|v| v.as_name());
            out.push(SignatureReference { method, params });
        }
        Ok(out)
    }

    fn bounded(&self, dict: &Dict, key: &str, limit: usize) -> Result<Vec<crate::raw::Raw>, PdfError> {
        let items = self.get_array(dict, key)?;
        if items.len() > limit { Err(too_many(limit)) } else { Ok(items) }
    }
}

fn too_many(limit: usize) -> PdfError {
    PdfError::Limit { what: "signature references or locked fields", limit: limit as u64 }
}
