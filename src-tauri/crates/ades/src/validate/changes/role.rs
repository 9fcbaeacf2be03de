//! What an explained object is for, and who may refer to it.

/// The one thing that an object is explained as. Readers draw, run and follow an object for the place where they meet it, so a
/// new one is allowed in the places of its role and nowhere else.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Role {
    /// `/Info` of the trailer.
    Information,
    /// Cross-reference and object streams.
    Container,
    /// The catalog.
    Catalog,
    /// `/Metadata` of the catalog.
    Metadata,
    /// `/Extensions` and `/MarkInfo` of the catalog.
    Declaration,
    /// The security store, its lists and entries.
    Store,
    /// Streams of the store.
    Evidence,
    /// The form and its list of fields.
    Form,
    /// Fields, their widgets and lists of these.
    Field,
    /// The value of a field that is no signature.
    Value,
    /// A signature dictionary, and the locks and seeds of its field.
    Signature,
    /// Appearances and what they are drawn with.
    Drawing,
    /// A page.
    Page,
    /// The list of a page's annotations.
    Annotations,
    /// An annotation that is no widget.
    Note,
    /// Nothing: nobody refers to it.
    Orphan,
}

impl Role {
    /// Whether an object of this role has a place for a new one of the role `target`.
    pub(super) const fn may_refer_to(self, target: Self) -> bool {
        match target {
            Self::Catalog | Self::Page | Self::Orphan => true,
            Self::Information => false, // the trailer does, and no object
            Self::Container => matches!(self, Self::Container | Self::Orphan),
            Self::Metadata => matches!(self, Self::Catalog | Self::Orphan),
            Self::Declaration => matches!(self, Self::Catalog | Self::Declaration | Self::Orphan),
            Self::Store => matches!(self, Self::Catalog | Self::Store | Self::Orphan),
            Self::Evidence => matches!(self, Self::Store | Self::Evidence | Self::Orphan),
            Self::Form => matches!(self, Self::Catalog | Self::Form | Self::Orphan),
            Self::Field => {
                matches!(self, Self::Catalog | Self::Form | Self::Field | Self::Page | Self::Annotations | Self::Orphan)
            }
            Self::Value => matches!(self, Self::Field | Self::Value | Self::Orphan),
            Self::Signature => matches!(self, Self::Field | Self::Signature | Self::Orphan),
            Self::Drawing => {
                matches!(self, Self::Catalog | Self::Form | Self::Field | Self::Drawing | Self::Note | Self::Orphan)
            }
            Self::Annotations => matches!(self, Self::Page | Self::Orphan),
            Self::Note => matches!(self, Self::Page | Self::Annotations | Self::Note | Self::Orphan),
        }
    }
}
