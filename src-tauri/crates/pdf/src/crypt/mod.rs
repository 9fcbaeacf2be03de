//! The standard security handler (ISO 32000-2, 7.6): what is encrypted in a file, and with what.
//!
//! Values that are read come with their strings in plain text, so that everything above works on encrypted files as on
//! others; what a revision writes is encrypted when the revision is finished.

mod dictionary;
mod password;
mod primitives;
mod strings;

use std::borrow::Cow;
use std::ops::Range;

use cartorio_core::{SecretBytes, SecretString};

use self::dictionary::{Handler, malformed, unsupported};
use self::primitives::{Fault, md5, open, rc4, seal};
use crate::decode::Filters;
use crate::error::PdfError;
use crate::file::PdfFile;
use crate::lex::{self, LexError, skip_space};
use crate::raw::{Dict, ObjRef, Raw};
use crate::source::Source;
use crate::text::{encode_hex, encode_string};
use crate::xref::Entry;

/// Bytes of one object whose strings are decrypted, or of one stream: what is longer is not looked at here.
const MAX_PIECE: u64 = 256 << 20;

/// The ciphers that files are encrypted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncryptionAlgorithm {
    /// RC4 with 40 to 128 bits.
    Rc4,
    /// AES-128 in CBC mode.
    Aes128,
    /// AES-256 in CBC mode.
    Aes256,
}

/// Whose password opened a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenedAs {
    /// Everything is allowed.
    Owner,
    /// What the permissions say is allowed.
    User,
}

/// How a file is encrypted and what may be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncryptionFacts {
    /// The cipher of streams, or of strings when streams are not encrypted.
    pub algorithm: EncryptionAlgorithm,
    /// `/R`, 2 to 6.
    pub revision: u8,
    /// `/P`: the bits of ISO 32000-2, table 22, where bit 1 is the lowest.
    pub permissions: i32,
    /// Whose password opened the file. A file of which only attachments are encrypted also opens without, as the user.
    pub opened_as: OpenedAs,
    /// `/EncryptMetadata`.
    pub metadata_encrypted: bool,
}

impl EncryptionFacts {
    /// Whether this bit of table 22 (from 1) is set, or the owner has opened the file.
    pub fn allows(&self, bit: u32) -> bool {
        let mask = bit.checked_sub(1).and_then(|shift| 1_i32.checked_shl(shift)).unwrap_or(0);
        self.opened_as == OpenedAs::Owner || self.permissions & mask != 0
    }

    /// Whether existing form fields may be filled in, signature fields included: bit 6, or bit 9 since revision 3.
    pub fn may_fill_fields(&self) -> bool {
        self.allows(6) || (self.revision >= 3 && self.allows(9))
    }

    /// Whether new form fields may be made, signature fields included: bits 4 and 6.
    pub fn may_create_fields(&self) -> bool {
        self.allows(4) && self.allows(6)
    }
}

/// How one string or stream is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Identity,
    Rc4,
    AesV2,
    AesV3,
}

/// With what an encrypted file is opened.
pub(crate) enum Access<'a> {
    Password(Option<&'a SecretString>),
    /// What opened a later state of the same file.
    Known(&'a Crypt),
}

/// The open lock of an encrypted file.
#[derive(Clone)]
pub(crate) struct Crypt {
    facts: EncryptionFacts,
    handler: std::sync::Arc<Handler>,
    /// `None` when only attachments are encrypted and no password was given.
    key: Option<SecretBytes>,
    /// The encryption dictionary when it is an object: its own strings are not encrypted.
    dictionary: Option<ObjRef>,
    /// What the key was made from.
    origin: Vec<u8>,
    /// The dictionary was changed after the file was encrypted, and how.
    changed: Option<Fault>,
    /// Every revision carries a message authentication code (ISO/TS 32004), which is not made here.
    authenticated: bool,
}

impl Crypt {
    /// Opens `file`, which has not been told of its encryption yet; `None` when it has none.
    pub(crate) fn open(file: &PdfFile, access: &Access<'_>) -> Result<Option<Self>, PdfError> {
        let Some(value) = encrypt_entry(file)? else {
            return Ok(None);
        };
        let dictionary = value.as_reference();
        if let Some(reference) = dictionary
            && !matches!(file.entry(reference.number), Some(Entry::InUse { .. }))
        {
            return Err(malformed("/Encrypt leads to no object of its own"));
        }
        let dict = file.resolve_dict(&value)?.ok_or(malformed("/Encrypt is no dictionary"))?;
        let id = file.trailer().id.map(|id| file.resolve(&id)).transpose()?;
        let id = id.and_then(|id| id.as_array()).and_then(|items| items.first().and_then(Raw::as_string));
        let id = id.unwrap_or_default();
        let origin = [dict.raw().bytes(), b"\0", &id].concat();
        let password = match access {
            Access::Known(known) if known.origin == origin => return Ok(Some(Self { dictionary, ..(*known).clone() })),
            Access::Known(_) => None,
            Access::Password(password) => *password,
        };
        let handler = Handler::read(file, &dict, id)?;
        let opened = password::unlock(&handler, password).map_err(malformed)?;
        let open_without = handler.streams == Method::Identity && handler.strings == Method::Identity;
        let (key, opened_as) = match (opened, password) {
            (Some((key, role)), _) => (Some(key), role),
            (None, Some(_)) => return Err(PdfError::WrongPassword),
            (None, None) if open_without => (None, OpenedAs::User),
            (None, None) => return Err(PdfError::PasswordRequired),
        };
        let changed = key.as_ref().and_then(|key| password::check_permissions(&handler, key).err());
        let facts = EncryptionFacts {
            algorithm: handler.algorithm(),
            revision: handler.revision,
            permissions: handler.permissions,
            opened_as,
            metadata_encrypted: handler.encrypt_metadata,
        };
        let authenticated = dict.get("KDFSalt").is_some() || file.trailer().dict.get("AuthCode").is_some();
        Ok(Some(Self { facts, handler: handler.into(), key, dictionary, origin, changed, authenticated }))
    }

    pub(crate) fn facts(&self) -> &EncryptionFacts {
        &self.facts
    }

    /// Whether something may be added to the file.
    pub(crate) fn writable(&self) -> Result<(), PdfError> {
        let used = [self.handler.streams, self.handler.strings, self.handler.embedded];
        match self.changed {
            _ if used.contains(&Method::Rc4) => Err(PdfError::WeakEncryption),
            _ if self.authenticated => Err(unsupported("message authentication codes")),
            Some(reason) => Err(malformed(reason)),
            None => Ok(()),
        }
    }

    /// `raw`, which belongs to `object`, with its strings in plain text.
    pub(crate) fn plain(&self, object: ObjRef, raw: Raw) -> Result<Raw, PdfError> {
        let offset = raw.file_span().map_or(0, |span| span.start);
        if !self.covers_strings(object, raw.bytes()) {
            return Ok(raw);
        }
        let bytes = raw.bytes();
        bounded(bytes.len() as u64)?;
        let at = |span: &Range<usize>| offset + span.start as u64;
        let found = strings::rewrite(bytes, &(0..0), |span| {
            let fault = |reason| Stop::Fault { offset: at(&span), reason };
            let cipher = lex::decode_string(&bytes[span.clone()]).ok_or(fault("bad hexadecimal string"))?;
            let plain = self.decrypt(self.handler.strings, object, Cow::Owned(cipher));
            Ok(encode_string(&plain.map_err(|stop| stop.at(at(&span)))?))
        });
        match found.map_err(|stop: Stop| stop.at(offset).into_error())? {
            None => Ok(raw),
            Some(found) => {
                let base = offset as usize; // of a slice in memory
                let places = found.places.into_iter().map(|(own, place)| (own, base + place)).collect();
                let end = found.bytes.len();
                Ok(Raw::from_span(&Source::plain(found.bytes, places), 0..end))
            }
        }
    }

    /// The data of the stream `object` as it was before encryption; `dict` and `filters` are the stream's.
    pub(crate) fn plain_data<'a>(
        &self,
        object: ObjRef,
        dict: &Dict,
        filters: &Filters,
        data: &'a [u8],
        offset: u64,
    ) -> Result<Cow<'a, [u8]>, PdfError> {
        let method = self.stream_method(dict, filters)?;
        if method == Method::Identity {
            return Ok(Cow::Borrowed(data));
        }
        bounded(data.len() as u64)?;
        // Where `/Length` was wrong, the line end before `endstream` was taken for data.
        let blocks = data.strip_suffix(b"\n").map(|data| data.strip_suffix(b"\r").unwrap_or(data));
        let data = match blocks {
            Some(blocks)
                if method != Method::Rc4 && !data.len().is_multiple_of(16) && blocks.len().is_multiple_of(16) =>
            {
                blocks
            }
            Some(_) | None => data,
        };
        self.decrypt(method, object, Cow::Borrowed(data)).map_err(|stop| stop.at(offset).into_error())
    }

    /// The body of `object` as it is to be written, and how positions in it move; `kept` is left as it is.
    pub(crate) fn sealed(
        &self,
        file: &PdfFile,
        object: ObjRef,
        body: &[u8],
        kept: &Range<usize>,
    ) -> Result<(Vec<u8>, Vec<(usize, usize)>), PdfError> {
        let end = lex::value_end(body, 0).map_err(|e| Stop::from(e).into_error())?;
        let after = skip_space(body, end);
        let covered = self.covers_strings(object, &body[..end]);
        let found = if covered {
            let found = strings::rewrite(&body[..end], kept, |span| {
                let plain = lex::decode_string(&body[span.clone()]);
                let plain = plain.ok_or(Stop::Fault { offset: span.start as u64, reason: "bad hexadecimal string" })?;
                Ok(encode_hex(&self.encrypt(self.handler.strings, object, plain)?))
            });
            found.map_err(Stop::into_error)?
        } else {
            None
        };
        let (mut out, places) = match found {
            Some(found) => (found.bytes, found.places),
            None => (body[..end].to_vec(), vec![(0, 0)]),
        };
        if body[after..].starts_with(b"stream") {
            let (head, data) = self.sealed_stream(file, object, body, out)?;
            out = [&head, &b"\nstream\n"[..], &data, b"\nendstream"].concat();
        } else {
            out.extend_from_slice(&body[end..]);
        }
        Ok((out, places))
    }

    /// The dictionary `head` with its new length, and the data of the stream that `body` is.
    fn sealed_stream(
        &self,
        file: &PdfFile,
        object: ObjRef,
        body: &[u8],
        head: Vec<u8>,
    ) -> Result<(Vec<u8>, Vec<u8>), PdfError> {
        let bad = PdfError::Malformed { offset: 0, reason: "a stream to be written has no right /Length" };
        let source = Source::decoded(body.to_vec());
        let raw = Raw::parse(&source, 0)?;
        let end = raw.end();
        let dict = Dict::parse(raw)?;
        let length = dict.integer("Length");
        let (data, _) = crate::xref::stream_data(body, end, length).ok_or(bad.clone())?;
        if length != i64::try_from(data.len()).ok() {
            return Err(bad);
        }
        let method = self.stream_method(&dict, &file.filters(&dict)?)?;
        let data = self.encrypt(method, object, body[data].to_vec()).map_err(Stop::into_error)?;
        let mut editor = crate::edit::DictEditor::new(&head)?;
        editor.set("Length", data.len().to_string().as_bytes())?;
        Ok((editor.into_bytes(), data))
    }

    /// Whether strings in this object are encrypted: those of the encryption dictionary and of cross-reference streams are
    /// not (7.5.8.2, 7.6.2).
    fn covers_strings(&self, object: ObjRef, bytes: &[u8]) -> bool {
        let own = self.dictionary.is_some_and(|dictionary| dictionary.number == object.number);
        let section = || {
            // Parsed only where the name stands somewhere, which it hardly ever does.
            bytes.starts_with(b"<<")
                && bytes.windows(4).any(|window| window == b"XRef")
                && Dict::parse(Raw::from_span(&Source::decoded(bytes.to_vec()), 0..bytes.len()))
                    .is_ok_and(|dict| dict.name("Type").as_deref() == Some("XRef"))
        };
        self.handler.strings != Method::Identity && !own && !section()
    }

    fn stream_method(&self, dict: &Dict, filters: &Filters) -> Result<Method, PdfError> {
        let kind = dict.name("Type");
        match (filters.crypt(), kind.as_deref()) {
            (_, Some("XRef")) => Ok(Method::Identity),
            (Some(name), _) => self.handler.filter(name),
            (None, Some("Metadata")) if !self.handler.encrypt_metadata => Ok(Method::Identity),
            (None, Some("EmbeddedFile")) => Ok(self.handler.embedded),
            (None, _) => Ok(self.handler.streams),
        }
    }

    fn decrypt<'a>(&self, method: Method, object: ObjRef, data: Cow<'a, [u8]>) -> Result<Cow<'a, [u8]>, Stop> {
        let Some(key) = self.key_for(method, object)? else {
            return Ok(data);
        };
        Ok(Cow::Owned(match method {
            Method::Rc4 => {
                let mut data = data.into_owned();
                rc4(key.expose(), &mut data)?;
                data
            }
            Method::Identity | Method::AesV2 | Method::AesV3 => open(key.expose(), &data)?,
        }))
    }

    fn encrypt(&self, method: Method, object: ObjRef, data: Vec<u8>) -> Result<Vec<u8>, Stop> {
        match self.key_for(method, object)? {
            None => Ok(data),
            Some(_) if method == Method::Rc4 => Err(Stop::Weak),
            Some(key) => Ok(seal(key.expose(), &data)?),
        }
    }

    /// Algorithms 1 and 1.A; `None` when nothing is to be done.
    fn key_for(&self, method: Method, object: ObjRef) -> Result<Option<SecretBytes>, Stop> {
        let salt: &[u8] = match method {
            Method::Identity => return Ok(None),
            Method::AesV3 => return Ok(Some(self.key.clone().ok_or(Stop::Locked)?)),
            Method::Rc4 => b"",
            Method::AesV2 => b"sAlT",
        };
        let key = self.key.as_ref().ok_or(Stop::Locked)?.expose();
        let (number, generation) = (object.number.to_le_bytes(), object.generation.to_le_bytes());
        let digest = md5(&[key, &number[..3], &generation, salt]);
        Ok(Some(SecretBytes::new(digest[..digest.len().min(key.len() + 5)].to_vec())))
    }
}

/// `/Encrypt` of the newest section. Readers take it from there for the whole file, so the others must not say another.
fn encrypt_entry(file: &PdfFile) -> Result<Option<Raw>, PdfError> {
    let mut sections = file.section_trailers().map(|trailer| trailer.get("Encrypt"));
    let newest = sections.next().flatten();
    for other in sections.flatten() {
        let same = |newest: &Raw| match (newest.as_reference(), other.as_reference()) {
            (None, None) => newest.bytes() == other.bytes(),
            (one, another) => one == another,
        };
        if !newest.as_ref().is_some_and(same) {
            return Err(malformed("the cross-reference sections do not name the same encryption dictionary"));
        }
    }
    Ok(newest)
}

fn bounded(bytes: u64) -> Result<(), PdfError> {
    if bytes > MAX_PIECE {
        return Err(PdfError::Limit { what: "bytes of an encrypted object", limit: MAX_PIECE });
    }
    Ok(())
}

/// Why a value was not decrypted or encrypted.
enum Stop {
    Locked,
    Weak,
    Fault { offset: u64, reason: &'static str },
}

impl Stop {
    fn at(self, place: u64) -> Self {
        match self {
            Self::Fault { offset: 0, reason } => Self::Fault { offset: place, reason },
            other => other,
        }
    }

    fn into_error(self) -> PdfError {
        match self {
            Self::Locked => PdfError::PasswordRequired,
            Self::Weak => PdfError::WeakEncryption,
            Self::Fault { offset, reason } => PdfError::Malformed { offset, reason },
        }
    }
}

impl From<LexError> for Stop {
    fn from(error: LexError) -> Self {
        Self::Fault { offset: error.at as u64, reason: error.reason }
    }
}

impl From<Fault> for Stop {
    fn from(reason: Fault) -> Self {
        Self::Fault { offset: 0, reason }
    }
}

impl Handler {
    fn algorithm(&self) -> EncryptionAlgorithm {
        let used = [self.streams, self.strings, self.embedded];
        match used.into_iter().find(|method| *method != Method::Identity) {
            Some(Method::Rc4) => EncryptionAlgorithm::Rc4,
            Some(Method::AesV2) => EncryptionAlgorithm::Aes128,
            Some(Method::AesV3) => EncryptionAlgorithm::Aes256,
            // Nothing is encrypted; what could be follows from the revision.
            Some(Method::Identity) | None if self.revision >= 5 => EncryptionAlgorithm::Aes256,
            Some(Method::Identity) | None => EncryptionAlgorithm::Aes128,
        }
    }
}
