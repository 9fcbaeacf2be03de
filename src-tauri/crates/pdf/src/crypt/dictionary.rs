//! The encryption dictionary (ISO 32000-2, tables 20, 21 and 25), as far as it is understood here.

use std::collections::BTreeMap;

use super::Method;
use crate::error::PdfError;
use crate::file::PdfFile;
use crate::raw::Dict;

/// Crypt filters in one file. Two are usual.
const MAX_FILTERS: usize = 64;

/// `/O` and `/U` have 32 or 48 bytes; some writers fill them up with zeros to 127.
const MAX_VERIFIER: usize = 127;

/// Bytes of the file's first identifier. Sixteen are usual.
const MAX_ID: usize = 256;

/// What the encryption dictionary says, with nothing left to check but the password.
pub(super) struct Handler {
    pub(super) revision: u8,
    /// Bytes of the file's key.
    pub(super) key_length: usize,
    pub(super) permissions: i32,
    pub(super) encrypt_metadata: bool,
    pub(super) values: Values,
    /// `None` is a method that is not known here; it hurts when the filter is used.
    pub(super) filters: BTreeMap<String, Option<Method>>,
    pub(super) streams: Method,
    pub(super) strings: Method,
    pub(super) embedded: Method,
}

/// What a password is checked with.
pub(super) enum Values {
    /// Revisions 2 to 4.
    Legacy(Legacy),
    /// Revisions 5 and 6.
    Modern(Modern),
}

pub(super) struct Legacy {
    pub(super) owner: [u8; 32],
    /// Of revisions 3 and 4 the first half counts.
    pub(super) user: [u8; 32],
    pub(super) id: Vec<u8>,
}

/// Each verifier is a digest of 32 bytes and two salts of 8.
pub(super) struct Modern {
    pub(super) owner: [u8; 48],
    pub(super) user: [u8; 48],
    pub(super) owner_key: [u8; 32],
    pub(super) user_key: [u8; 32],
    pub(super) perms: [u8; 16],
}

impl Handler {
    /// Reads `dict`. `id` is the first string of the trailer's `/ID`, empty when there is none.
    pub(super) fn read(file: &PdfFile, dict: &Dict, id: Vec<u8>) -> Result<Self, PdfError> {
        let reader = Reader { file, dict };
        let name = reader.name("Filter")?.ok_or(malformed("no /Filter"))?;
        if name != "Standard" {
            return Err(unsupported(&format!("security handler {name}")));
        }
        let version = reader.integer("V")?.unwrap_or(0);
        let revision = reader.integer("R")?.ok_or(malformed("no /R"))?;
        let (revision, key_length) = match (version, revision) {
            (1, 2 | 3) => (revision, 5),
            (2, 2 | 3) => (revision, reader.key_length()?),
            (4, 4) => (4, 16),
            (5, 5 | 6) => (revision, 32),
            _ => return Err(unsupported(&format!("encryption version {version} revision {revision}"))),
        };
        let permissions = reader.integer("P")?.ok_or(malformed("no /P"))?;
        // A number of 32 bits, which some write without its sign.
        let permissions = i32::try_from(permissions)
            .ok()
            .or(u32::try_from(permissions).ok().map(u32::cast_signed))
            .ok_or(malformed("/P is no number of 32 bits"))?;
        let mut handler = Self {
            revision: revision as u8, // 2 to 6
            key_length,
            permissions,
            encrypt_metadata: version < 4 || reader.boolean("EncryptMetadata")?.unwrap_or(true),
            values: reader.values(revision, id)?,
            filters: BTreeMap::new(),
            streams: Method::Rc4,
            strings: Method::Rc4,
            embedded: Method::Rc4,
        };
        if version >= 4 {
            handler.filters = reader.filters(version)?;
            handler.streams = handler.filter(&reader.name("StmF")?.unwrap_or_else(identity))?;
            handler.strings = handler.filter(&reader.name("StrF")?.unwrap_or_else(identity))?;
            handler.embedded = match reader.name("EFF")? {
                Some(name) => handler.filter(&name)?,
                None => handler.streams,
            };
        }
        Ok(handler)
    }

    /// The crypt filter of this name.
    pub(super) fn filter(&self, name: &str) -> Result<Method, PdfError> {
        match self.filters.get(name) {
            _ if name == "Identity" => Ok(Method::Identity),
            Some(Some(method)) => Ok(*method),
            Some(None) => Err(unsupported("crypt filter method")),
            None => Err(malformed("a crypt filter is named and not defined")),
        }
    }
}

fn identity() -> String {
    "Identity".to_owned()
}

pub(super) fn malformed(reason: &'static str) -> PdfError {
    PdfError::MalformedEncryption { reason }
}

pub(super) fn unsupported(what: &str) -> PdfError {
    PdfError::UnsupportedEncryption { what: what.chars().take(80).collect() }
}

struct Reader<'a> {
    file: &'a PdfFile,
    dict: &'a Dict,
}

impl Reader<'_> {
    fn name(&self, key: &str) -> Result<Option<String>, PdfError> {
        match self.file.get(self.dict, key)? {
            None => Ok(None),
            Some(value) => value.as_name().map(Some).ok_or(malformed("a name is expected")),
        }
    }

    fn integer(&self, key: &str) -> Result<Option<i64>, PdfError> {
        match self.file.get(self.dict, key)? {
            None => Ok(None),
            Some(value) => value.as_integer().map(Some).ok_or(malformed("a number is expected")),
        }
    }

    fn boolean(&self, key: &str) -> Result<Option<bool>, PdfError> {
        match self.file.get(self.dict, key)?.as_ref().map(|value| value.bytes()) {
            None => Ok(None),
            Some(b"true") => Ok(Some(true)),
            Some(b"false") => Ok(Some(false)),
            Some(_) => Err(malformed("true or false is expected")),
        }
    }

    /// `/Length` in bits; some write bytes.
    fn key_length(&self) -> Result<usize, PdfError> {
        match self.integer("Length")?.unwrap_or(40) {
            bits @ 40..=128 if bits % 8 == 0 => Ok((bits / 8) as usize),
            bytes @ 5..=16 => Ok(bytes as usize),
            _ => Err(malformed("bad /Length")),
        }
    }

    fn values(&self, revision: i64, id: Vec<u8>) -> Result<Values, PdfError> {
        if revision >= 5 {
            return Ok(Values::Modern(Modern {
                owner: self.bytes("O", MAX_VERIFIER, "bad /O")?,
                user: self.bytes("U", MAX_VERIFIER, "bad /U")?,
                owner_key: self.bytes("OE", 32, "bad /OE")?,
                user_key: self.bytes("UE", 32, "bad /UE")?,
                perms: self.bytes("Perms", 16, "bad /Perms")?,
            }));
        }
        if id.len() > MAX_ID {
            return Err(malformed("bad /ID"));
        }
        let user = if revision == 2 {
            self.bytes("U", MAX_VERIFIER, "bad /U")?
        } else {
            let mut user = [0; 32];
            user[..16].copy_from_slice(&self.bytes::<16>("U", MAX_VERIFIER, "bad /U")?);
            user
        };
        Ok(Values::Legacy(Legacy { owner: self.bytes("O", MAX_VERIFIER, "bad /O")?, user, id }))
    }

    /// The first `N` bytes of a string that has at least these and at most `limit`.
    fn bytes<const N: usize>(&self, key: &str, limit: usize, reason: &'static str) -> Result<[u8; N], PdfError> {
        let value = self.file.get(self.dict, key)?;
        // Four digits of escape for one byte, and white space: a longer token cannot be meant.
        let value = value.filter(|value| value.bytes().len() <= 1024).and_then(|value| value.as_string());
        let value = value.filter(|bytes| bytes.len() <= limit);
        value.as_deref().and_then(|bytes| bytes.first_chunk()).copied().ok_or(malformed(reason))
    }

    fn filters(&self, version: i64) -> Result<BTreeMap<String, Option<Method>>, PdfError> {
        let mut out = BTreeMap::new();
        let Some(defined) = self.file.get_dict(self.dict, "CF")? else {
            return Ok(out);
        };
        for (index, name) in defined.keys().enumerate() {
            if index >= MAX_FILTERS {
                return Err(PdfError::Limit { what: "crypt filters", limit: MAX_FILTERS as u64 });
            }
            let filter = self.file.get_dict(&defined, &name)?.ok_or(malformed("a crypt filter is no dictionary"))?;
            let method = match self.file.get(&filter, "CFM")?.map(|value| value.as_name()) {
                None => None,
                Some(method) => match (version, method.as_deref()) {
                    (4, Some("V2")) => Some(Method::Rc4),
                    (4, Some("AESV2")) => Some(Method::AesV2),
                    (5, Some("AESV3")) => Some(Method::AesV3),
                    (_, Some(_)) => None,
                    (_, None) => return Err(malformed("a name is expected")),
                },
            };
            out.insert(name, method);
        }
        Ok(out)
    }
}
