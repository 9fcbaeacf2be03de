//! PDF revisions: read the tail of a file, append to it byte-preservingly.
//!
//! The reader is strict where an increment depends on it: `startxref` has to lead to a real cross-reference section and
//! every `/Prev` has to parse. A file whose cross-reference data would have to be reconstructed is refused, because an
//! increment on top of it is unreadable elsewhere. It is lazy: opening a file parses the cross-reference sections and
//! nothing else, objects are parsed when asked for.
//!
//! The writer never serialises what it did not make: an edited object keeps every byte outside the edited entries, so
//! `595.32001` stays `595.32001` and earlier signatures stay as they were.
//!
//! Encrypted files read as others do: values come with their strings in plain text, and a revision encrypts what it adds.
//!
//! The crate knows the syntax of form fields and of signature dictionaries (where the bytes are); it knows nothing of
//! CMS, certificates or what a signature means.

// Relaxed from `forbid` for one function: `source::map`, which maps large files read-only.
#![deny(unsafe_code)]
#![deny(missing_docs)]

mod crypt;
mod date;
mod decode;
mod difference;
mod drawing;
mod edit;
mod error;
mod file;
mod form;
mod lex;
mod object_stream;
mod open;
mod page;
mod raw;
mod revision;
mod signature_dict;
mod source;
mod text;
mod xref;

pub use crypt::{EncryptionAlgorithm, EncryptionFacts, OpenedAs};
pub use date::{decode_date, encode_date};
pub use drawing::{Drawing, DrawingObject};
pub use edit::{DictEditor, append_item};
pub use error::PdfError;
pub use file::{PdfBytes, PdfFile, RevisionInfo, Stream, Trailer};
pub use form::{Field, Form, Widget};
pub use page::{Page, Rect};
pub use raw::{Dict, ObjRef, Raw};
pub use revision::{Revision, Tail};
pub use signature_dict::{Permissions, SignatureEntries, SignatureReference, TransformParams};
pub use text::{decode_text, encode_text};
pub use xref::XrefKind;
