//! What a caller says about a signature on a PDF.

use std::sync::Arc;

use cartorio_core::HashAlgorithm;
use cartorio_pdf::{Drawing, Rect};
use time::OffsetDateTime;

/// What goes into the signature dictionary and where it goes.
#[derive(Clone, Debug, Default)]
pub struct PadesOptions {
    /// `/M`, the claimed time, in its own zone. PAdES claims the time here and not in the CMS.
    pub signing_time: Option<OffsetDateTime>,
    /// `/Name`, the signer. Readers that show the certificate's name instead ignore it.
    pub name: Option<String>,
    /// `/Reason`.
    pub reason: Option<String>,
    /// `/Location`.
    pub location: Option<String>,
    /// `/ContactInfo`.
    pub contact: Option<String>,
    /// The field to sign.
    pub field: FieldChoice,
    /// Room for the CMS, in bytes; the file grows by twice as much. Size it by a dry run of the CMS.
    pub contents_capacity: usize,
    /// Whose names the signature dictionary bears.
    pub dialect: Dialect,
    /// Makes this the certification of the document; it has to be its first signature.
    pub certify: Option<Certify>,
    /// What the signature shows on the page; `None` leaves it invisible.
    pub appearance: Option<Appearance>,
    /// Form fields that nobody may change once this signature is there.
    pub lock: Option<FieldLock>,
    /// What is to follow the signature.
    pub goal: Goal,
    /// The signer's certificate and those above it, DER, for the demands of a field on them. Empty where they are not known:
    /// then no such demand is met.
    pub certificates: Arc<[Vec<u8>]>,
    /// What the signature value is made of, for the demands of a field on it. Where it is not known no such demand is met.
    pub hash: Option<HashAlgorithm>,
}

/// What is to follow a signature, so that what stands against it is told before the key is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Goal {
    /// Nothing: B-B.
    #[default]
    Signature,
    /// A time stamp over the signature: B-T, B-LT.
    TimeStamped,
    /// The same, and a document time stamp, which is in a field of its own: B-LTA.
    Archived,
}

/// The field that carries the signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FieldChoice {
    /// A new field with a name made here: `Signature1`, `Signature2`, … Invisible and on the first page, unless
    /// [`PadesOptions::appearance`] says otherwise.
    #[default]
    New,
    /// As [`FieldChoice::New`], with this name.
    NewNamed(String),
    /// An empty signature field that the document has, by its fully qualified name.
    Existing(String),
}

/// The names in the signature dictionary. They exclude each other within one signature: readers of one family do not know
/// the other one's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// `Adobe.PPKLite` and `ETSI.CAdES.detached` (EN 319 142-1 §6.3): Adobe's reader and the European validators.
    #[default]
    Etsi,
    /// `PBAD_PAdES` and `PBAD.PAdES` (DOC-ICP-15.03, table A.18): the policies of ICP-Brasil. Adobe's reader does not show
    /// such a signature without an extension.
    IcpBrasil,
}

impl Dialect {
    /// `/Filter` of a signature dictionary. Without the trailing blank that withdrawn policies of 2025 asked for.
    pub const fn filter(self) -> &'static str {
        match self {
            Self::Etsi => "Adobe.PPKLite",
            Self::IcpBrasil => "PBAD_PAdES",
        }
    }

    /// `/SubFilter` of a signature dictionary.
    pub const fn sub_filter(self) -> &'static str {
        match self {
            Self::Etsi => "ETSI.CAdES.detached",
            Self::IcpBrasil => "PBAD.PAdES",
        }
    }

    /// `/Filter` of a document time stamp: DOC-ICP-15.03 (table A.21) names none of its own, so both take the one that
    /// every reader knows.
    pub(super) const fn timestamp_filter(self) -> &'static str {
        match self {
            Self::Etsi | Self::IcpBrasil => "Adobe.PPKLite",
        }
    }
}

/// Certification (ISO 32000-2, 12.8.2.2): what may change after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certify {
    /// 1: nothing but evidence for long-term validation. 2: also existing form fields, signatures in existing fields. 3: also
    /// annotations.
    pub level: u8,
}

/// What a signature shows, and where.
#[derive(Clone, Debug)]
pub struct Appearance {
    /// The page, from 0. An existing field stays on its own.
    pub page: usize,
    /// The rectangle in default user space units. An existing field keeps its own, and the drawing is scaled to it.
    pub rect: Rect,
    /// What is shown there.
    pub drawing: Drawing,
}

/// Form fields that are locked by a signature in a new field (FieldMDP, ISO 32000-2, 12.8.2.4). Names are fully qualified; a
/// name stands for the field and everything below it, and the document has to have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldLock {
    /// Every field, later ones too: nobody can sign after this.
    All,
    /// These.
    Include(Vec<String>),
    /// All but these; with an empty list the same as [`FieldLock::All`].
    Exclude(Vec<String>),
}
