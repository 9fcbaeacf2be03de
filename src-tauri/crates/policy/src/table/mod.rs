//! The table of facts.
//!
//! Every policy that ITI published as DER for CAdES and PAdES, from 2008 to July 2025, and the lists of approved policies that
//! were at hand when the table was made. Revocations are those of the lists. PAdES AD-RB and AD-RT 1.3, AD-RC and AD-RA 1.4 are
//! newer than the newest of these lists.

mod bases;
mod cades;
mod pades;
mod rules;

use std::sync::LazyLock;

use const_oid::ObjectIdentifier as Oid;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::model::{Family, HashName, Policy, PolicyHash, PolicyLevel, Version};

/// The whole table, CAdES first, in the order of identifiers.
pub fn all() -> &'static [Policy] {
    static ALL: LazyLock<Vec<Policy>> = LazyLock::new(|| cades::CADES.iter().chain(&pades::PADES).copied().collect());
    &ALL
}

/// The policy with this identifier.
pub fn by_oid(oid: Oid) -> Option<&'static Policy> {
    all().iter().find(|policy| policy.oid == oid)
}

/// The policy whose file has this SHA-256 in lower-case hex.
pub fn by_file_digest(sha256: &str) -> Option<&'static Policy> {
    all().iter().find(|policy| policy.file_sha256 == sha256)
}

/// The newest policy of this format and level that a signature may be made under at `at`: never one that is defective,
/// revoked or outside of its period. `None` for a level that the format does not have.
pub fn current(family: Family, level: PolicyLevel, at: OffsetDateTime) -> Option<&'static Policy> {
    newest(family, level, |policy| policy.is_usable(at))
}

/// As [`current`], for a signer whose path ends at the root with this SHA-256 in hex: the newest that has it as a trust point.
pub fn current_for_root(
    family: Family,
    level: PolicyLevel,
    at: OffsetDateTime,
    root_sha256: &str,
) -> Option<&'static Policy> {
    newest(family, level, |policy| policy.is_usable(at) && policy.trusts(root_sha256))
}

fn newest(family: Family, level: PolicyLevel, fits: impl Fn(&Policy) -> bool) -> Option<&'static Policy> {
    all()
        .iter()
        .filter(|policy| policy.family == family && policy.level == level && fits(policy))
        .max_by_key(|policy| policy.version)
}

/// The name of the ICP-Brasil root with this SHA-256 in hex, for people: `v12`.
pub fn root_name(sha256: &str) -> Option<&'static str> {
    cartorio_pki::legal::ICP_BRASIL_ROOTS.iter().find(|(_, known)| *known == sha256).map(|(name, _)| *name)
}

/// A list of approved policies (LPA) that the table was made with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct KnownList {
    /// The format of its policies.
    pub family: Family,
    /// SHA-256 of the file in hex.
    pub sha256: &'static str,
    /// Until when ITI meant it to be used.
    pub next_update: OffsetDateTime,
}

/// The newest list of each format that the table was made with. An older one is not taken in.
pub const KNOWN_LISTS: [KnownList; 2] = [
    KnownList {
        family: Family::Cades,
        sha256: "6ab2bb6cda788ffdd4247651d21d41b36684b8f0d161b7db77b0971c064e280a",
        next_update: datetime!(2025-09-10 0:00 UTC),
    },
    KnownList {
        family: Family::Pades,
        sha256: "958eabf6b1ac0eff1876a1c6c29578b182ba7d44fd0b9d9326acfe09cee756d3",
        next_update: datetime!(2025-09-10 0:00 UTC),
    },
];

/// The known list of this format.
pub fn known_list(family: Family) -> KnownList {
    let [cades, pades] = KNOWN_LISTS;
    match family {
        Family::Cades => cades,
        Family::Pades => pades,
    }
}

const fn oid(dotted: &str) -> Oid {
    Oid::new_unwrap(dotted)
}

const fn version(major: u16, minor: u16) -> Version {
    Version { major, minor }
}

const fn sha1(hex: &'static str) -> PolicyHash {
    PolicyHash { hash: HashName::Sha1, hex }
}

const fn sha256(hex: &'static str) -> PolicyHash {
    PolicyHash { hash: HashName::Sha256, hex }
}
