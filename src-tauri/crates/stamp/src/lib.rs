//! The visible stamp of a signature: what it says, how it is set, where it stands and what it would cover.
//!
//! A stamp is laid out once ([`Layout`]) from a [`StampSpec`] and comes out twice, as PDF objects ([`draw`]) and as an SVG
//! ([`preview_svg`]): same breaks, same places, same outlines. Text is set in a face that is built in, never in one of the
//! system, and never leaves the box: it wraps and shrinks, and [`fit`] says how small it got.
//!
//! The crate knows nothing of signatures, keys or certificates: lines of text come in, a [`cartorio_pdf::Drawing`] goes out.
//!
//! Coordinates are points with the origin at the lower left of the stamp as it is *seen*; the rotation of the page is taken
//! care of by the form XObject's matrix.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod covers;
mod draw;
mod embed;
mod error;
mod face;
mod image;
mod layout;
mod object;
mod outline;
mod pixels;
mod place;
mod qr;
mod spec;
mod svg;
mod text;
mod visible;
mod wrap;

pub use covers::{Covered, CoveredKind, covers_text};
pub use draw::draw;
pub use error::StampError;
pub use image::Image;
pub use layout::{Fit, fit};
pub use place::{Placement, place, seen_size};
pub use spec::{Line, Rotation, StampSpec};
pub use svg::preview_svg;
