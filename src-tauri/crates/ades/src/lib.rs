//! CMS, CAdES and PAdES: [`create`] and [`validate`] side by side, never importing each other.
//!
//! Signing is two-phase: `prepare` gives plain data with a digest to sign, `finish` takes the signature value. Between
//! the two stands whoever owns the key. Validation gives facts on separate axes and never re-encodes foreign bytes.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

pub mod cms;
pub mod create;
mod level;
pub mod validate;

pub use level::{Format, Level};
