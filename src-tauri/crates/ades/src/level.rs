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

/// A baseline level, with its family (EN 319 122-1 §6, EN 319 142-1 §6).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// CAdES B-B: the signature alone.
    CadesBB,
    /// CAdES B-T: with a time stamp over the signature value.
    CadesBT,
    /// CAdES B-LT: with the certificates and the revocation evidence that validating it takes.
    CadesBLt,
    /// CAdES B-LTA: with a time stamp over all of it, which can be renewed.
    CadesBLta,
    /// PAdES B-B: the signature alone.
    PadesBB,
    /// PAdES B-T: with a time stamp over the signature value.
    PadesBT,
    /// PAdES B-LT: with the document security store.
    PadesBLt,
    /// PAdES B-LTA: with a document time stamp, which can be renewed.
    PadesBLta,
}

impl Level {
    /// Every variant, for tables and tests.
    pub const ALL: [Self; 8] = [
        Self::CadesBB,
        Self::CadesBT,
        Self::CadesBLt,
        Self::CadesBLta,
        Self::PadesBB,
        Self::PadesBT,
        Self::PadesBLt,
        Self::PadesBLta,
    ];

    /// Its family.
    pub const fn format(self) -> Format {
        match self {
            Self::CadesBB | Self::CadesBT | Self::CadesBLt | Self::CadesBLta => Format::Cades,
            Self::PadesBB | Self::PadesBT | Self::PadesBLt | Self::PadesBLta => Format::Pades,
        }
    }

    /// The usual printed name, e.g. `PAdES B-LTA`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CadesBB => "CAdES B-B",
            Self::CadesBT => "CAdES B-T",
            Self::CadesBLt => "CAdES B-LT",
            Self::CadesBLta => "CAdES B-LTA",
            Self::PadesBB => "PAdES B-B",
            Self::PadesBT => "PAdES B-T",
            Self::PadesBLt => "PAdES B-LT",
            Self::PadesBLta => "PAdES B-LTA",
        }
    }

    /// Whether it holds a time stamp over the signature value.
    pub const fn has_timestamp(self) -> bool {
        match self {
            Self::CadesBB | Self::PadesBB => false,
            Self::CadesBT | Self::CadesBLt | Self::CadesBLta | Self::PadesBT | Self::PadesBLt | Self::PadesBLta => true,
        }
    }

    /// Whether it holds the certificates and the revocation evidence.
    pub const fn has_evidence(self) -> bool {
        match self {
            Self::CadesBB | Self::CadesBT | Self::PadesBB | Self::PadesBT => false,
            Self::CadesBLt | Self::CadesBLta | Self::PadesBLt | Self::PadesBLta => true,
        }
    }

    /// Whether it holds an archive time stamp.
    pub const fn has_archive(self) -> bool {
        match self {
            Self::CadesBLta | Self::PadesBLta => true,
            Self::CadesBB | Self::CadesBT | Self::CadesBLt | Self::PadesBB | Self::PadesBT | Self::PadesBLt => false,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
