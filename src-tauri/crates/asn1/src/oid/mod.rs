//! Names of object identifiers, as their standards spell them.

/// Name of an object identifier.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OidName {
    /// Name, as the standard spells it; for ICP-Brasil, in Portuguese.
    pub name: &'static str,
    /// Whose it is.
    pub family: OidFamily,
}

/// Who defines an object identifier, and for what.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum OidFamily {
    /// Attributes of names.
    Attribute,
    /// Extensions of certificates and lists.
    Extension,
}

/// The name of a dotted object identifier; `None` where it is not known.
pub fn oid_name(_oid: &str) -> Option<OidName> {
    None
}

/// Every object identifier with a name of its own.
pub fn known_oids() -> impl Iterator<Item = (String, OidName)> {
    std::iter::empty()
}
