//! Reports on paper: the one place where the product writes a page that a notary prints, files or hands to an inspecting judge.
//!
//! A [`Report`] is a small document model: headings, paragraphs, facts, tables, timelines and notes. It leaves as
//!
//! * [`Report::to_pdf`]: PDF/A-2a and PDF/UA-1 in one file (ISO 19005-2, ISO 14289-1): fonts embedded as subsets, tagged for screen readers,
//!   with an outline; the same report gives the same bytes;
//! * [`Report::to_html`]: one self-contained page without scripts;
//! * [`Report::to_json`]: the model itself, with stable names.
//!
//! The crate knows nothing of keys, certificates or trails: who has something to report builds the blocks. Texts come in the report's language
//! from the caller; only what the form itself says («Página 1 de 3») is written here. It reads no clock and no file.
//!
//! # Characters
//!
//! Text is set in Libertinus Serif (SIL Open Font License 1.1) and DejaVu Sans Mono (Bitstream Vera licence, DejaVu changes in the public domain),
//! both from the crate `typst-assets`. A character that neither font has, every control and invisible character, and scripts that run from
//! right to left (they are not reordered here) are printed as their code points, for example `[U+202E]`: on paper that proves something,
//! nothing may vanish or trade places silently.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod error;
mod html;
mod model;
mod paper;
mod visible;
mod words;

pub use error::ReportError;
pub use model::{
    Align, Block, Column, Entry, Fact, HeadingLevel, JSON_FORMAT, JSON_VERSION, Language, MAX_COLUMNS, Report, State,
    Table, Tone, Value,
};
