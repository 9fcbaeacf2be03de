//! ASN.1 as it stands in a file: every element with its bytes, its name and its meaning.
//!
//! | item | what |
//! |---|---|
//! | [`read`] | BER or DER into a flat [`Tree`]: every byte belongs to one element; what is broken is said, the rest is shown |
//! | [`Tree::value`] | the content of an element as text |
//! | [`Tree::at_path`], [`Tree::at_offset`] | from a field to its bytes and back |
//! | [`oid_name`] | names of object identifiers, as their standards spell them |
//! | [`recognise`] | which structure the bytes are, by their shape |
//! | [`tlv`] | one element in DER |
//!
//! Everything works on bytes in memory, in linear time and within [`Limits`].

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod element;
mod module;
mod oid;
mod read;
mod schema;
mod time;
mod tree;
mod value;
mod write;

pub use element::{Element, Elements};
pub use module::{Module, recognise};
pub use oid::{OidFamily, OidName, known_oids, oid_label, oid_name};
pub use read::{Limits, read};
pub use time::TimeValue;
pub use tree::{Asn1Error, Class, Field, Node, Problem, Remark, Remarks, Segment, SegmentKind, Step, Tree};
pub use value::{Value, oid_text};
pub use write::tlv;
