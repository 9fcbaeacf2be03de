//! Names of what is made and found.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The family of a signature.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// CMS beside or around its content (EN 319 122-1).
    Cades,
    /// CMS inside a PDF (EN 319 142-1).
    Pades,
}

impl Format {
    /// The usual printed name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cades => "CAdES",
            Self::Pades => "PAdES",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A baseline level, with its family.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// CAdES B-B (EN 319 122-1 §6).
    CadesBB,
    /// PAdES B-B (EN 319 142-1 §6).
    PadesBB,
}

impl Level {
    /// Its family.
    pub const fn format(self) -> Format {
        match self {
            Self::CadesBB => Format::Cades,
            Self::PadesBB => Format::Pades,
        }
    }

    /// The usual printed name, e.g. `PAdES B-B`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CadesBB => "CAdES B-B",
            Self::PadesBB => "PAdES B-B",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
