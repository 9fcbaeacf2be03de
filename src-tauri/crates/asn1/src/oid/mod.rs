//! Names of object identifiers, as their standards spell them.

mod algorithms;
mod brazil;
mod etsi;
mod pkcs;
mod pkix;
mod vendors;
mod x500;

pub use brazil::oid_label;

/// Name of an object identifier.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OidName {
    /// Name, as the standard spells it; for ICP-Brasil, in Portuguese.
    pub name: &'static str,
    /// What it is for.
    pub family: OidFamily,
}

/// What an object identifier is for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum OidFamily {
    /// Attributes of names and directories.
    Attribute,
    /// Extensions of certificates, lists and answers.
    Extension,
    /// Purposes of keys.
    Purpose,
    /// Policies of certificates and their qualifiers.
    Policy,
    /// Ways to get at information: authorityInfoAccess and the like.
    Access,
    /// Kinds of otherName.
    OtherName,
    /// Algorithms of keys, signatures, hashes, encryption.
    Algorithm,
    /// Elliptic curves.
    Curve,
    /// Types of content, and bags of P12 files.
    Content,
    /// Attributes of signatures, requests and bags.
    SignatureAttribute,
    /// Statements in qcStatements.
    QcStatement,
    /// Policies of signatures.
    SignaturePolicy,
    /// Messages of certificate management protocols.
    Management,
}

impl OidFamily {
    /// Stable `snake_case` code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Attribute => "attribute",
            Self::Extension => "extension",
            Self::Purpose => "purpose",
            Self::Policy => "policy",
            Self::Access => "access",
            Self::OtherName => "other_name",
            Self::Algorithm => "algorithm",
            Self::Curve => "curve",
            Self::Content => "content",
            Self::SignatureAttribute => "signature_attribute",
            Self::QcStatement => "qc_statement",
            Self::SignaturePolicy => "signature_policy",
            Self::Management => "management",
        }
    }
}

/// The name of a dotted object identifier; `None` where it is not known. Under the arcs of ICP-Brasil whose leaves the
/// ITI gives to each authority, the name of the arc.
pub fn oid_name(oid: &str) -> Option<OidName> {
    known(oid).or_else(|| brazil::structure(oid))
}

/// Every object identifier with a name of its own.
pub fn known_oids() -> impl Iterator<Item = (String, OidName)> {
    arcs().flat_map(|arc| {
        arc.names.iter().map(|(leaf, name)| (format!("{}.{leaf}", arc.base), OidName { name, family: arc.family }))
    })
}

/// Identifiers under one arc.
pub(super) struct Arc {
    pub base: &'static str,
    pub family: OidFamily,
    pub names: &'static [(&'static str, &'static str)],
}

pub(super) const fn arc(base: &'static str, family: OidFamily, names: &'static [(&'static str, &'static str)]) -> Arc {
    Arc { base, family, names }
}

fn arcs() -> impl Iterator<Item = &'static Arc> {
    [x500::ARCS, pkix::ARCS, pkcs::ARCS, algorithms::ARCS, etsi::ARCS, vendors::ARCS, brazil::ARCS]
        .into_iter()
        .flatten()
}

fn known(oid: &str) -> Option<OidName> {
    arcs().find_map(|arc| {
        let leaf = oid.strip_prefix(arc.base)?.strip_prefix('.')?;
        let (_, name) = arc.names.iter().find(|(own, _)| *own == leaf)?;
        Some(OidName { name, family: arc.family })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{OidFamily, known_oids, oid_label, oid_name};

    #[test]
    fn every_identifier_is_well_formed_and_has_one_name() {
        let mut seen = HashMap::new();
        for (oid, found) in known_oids() {
            assert!(
                oid.split('.').all(|arc| !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit())),
                "{oid}"
            );
            assert!(oid.split('.').all(|arc| arc == "0" || !arc.starts_with('0')), "{oid}");
            assert!(!found.name.trim().is_empty());
            assert_eq!(seen.insert(oid.clone(), found.name), None, "{oid} is there twice");
            assert_eq!(oid_name(&oid), Some(found));
        }
        assert!(seen.len() >= 700, "{}", seen.len());
    }

    #[test]
    fn identifiers_of_every_family() {
        let name = |oid: &str| oid_name(oid).map(|found| (found.name, found.family));
        assert_eq!(name("2.5.4.3"), Some(("commonName", OidFamily::Attribute)));
        assert_eq!(name("2.5.29.19"), Some(("basicConstraints", OidFamily::Extension)));
        assert_eq!(name("1.3.6.1.5.5.7.3.36"), Some(("id-kp-documentSigning", OidFamily::Purpose)));
        assert_eq!(name("2.16.840.1.101.3.4.3.18"), Some(("id-ml-dsa-65", OidFamily::Algorithm)));
        assert_eq!(name("1.3.36.3.3.2.8.1.1.13"), Some(("brainpoolP512r1", OidFamily::Curve)));
        assert_eq!(name("0.4.0.1862.1.4"), Some(("id-etsi-qcs-QcSSCD", OidFamily::QcStatement)));
        assert_eq!(name("2.16.76.1.3.3").map(|found| found.1), Some(OidFamily::OtherName));
        for unknown in ["", "2.5.4", "2.5.4.3.1", "1.2.3.4", "2.16.76", "2.16.76.2.1", "x", "2.5.29."] {
            assert_eq!(name(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn icp_brasil_by_its_structure() {
        assert_eq!(oid_label("2.16.76.1.2.1.23").as_deref(), Some("ICP-Brasil: política de certificado A1 nº 23"));
        assert_eq!(oid_label("2.16.76.1.2.303.6").as_deref(), Some("ICP-Brasil: política de certificado T3 nº 6"));
        assert_eq!(oid_label("2.16.76.1.1.0").as_deref(), Some("ICP-Brasil: declaração de práticas nº 0"));
        assert_eq!(
            oid_label("2.16.76.1.7.1.11.1.3").as_deref(),
            Some("ICP-Brasil: política de assinatura PA_PAdES_AD_RB v1.3")
        );
        assert_eq!(
            oid_label("2.16.76.1.7.1.1.2").as_deref(),
            Some("ICP-Brasil: política de assinatura PA_AD_RB (CAdES) v2.0")
        );
        assert_eq!(oid_label("2.5.4.3").as_deref(), Some("commonName"));
        assert_eq!(oid_label("1.2.3.4"), None);
        // Two numberings are in use for certificates of specific applications: the type alone is said.
        assert_eq!(oid_label("2.16.76.1.2.203.1").as_deref(), Some("ICP-Brasil: política de certificado nº 1"));
    }

    /// OpenSSL's own table is the judge of every identifier that both have.
    #[test]
    fn openssl_has_the_same_names() {
        let Ok(output) = std::process::Command::new("openssl").args(["list", "-objects"]).output() else {
            assert!(std::env::var_os("CARTORIO_REQUIRE_JUDGES").is_none(), "openssl cannot be run");
            eprintln!("skipped: openssl cannot be run");
            return;
        };
        let plain = |name: &str| -> String {
            let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
            let short = letters.to_ascii_lowercase().replace("microsoft", "ms").replace("certificate", "cert");
            short.replace("idsmime", "id").replace("pkcs7", "id").replace("etssqt", "ets")
        };
        let mut theirs: HashMap<String, Vec<String>> = HashMap::new();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            // `CN = commonName, 2.5.4.3`, or `sect163k1 = 1.3.132.0.1` where both names are one.
            let Some((names, oid)) = line.rsplit_once(' ') else { continue };
            let names = names.trim_end_matches([' ', ',', '=']).split(" = ").map(plain).collect();
            theirs.insert(oid.trim().to_owned(), names);
        }
        let (mut compared, mut differing) = (0, Vec::new());
        for (oid, found) in known_oids() {
            let Some(names) = theirs.get(&oid) else { continue };
            compared += 1;
            let own = plain(found.name);
            // What one of the two says in short, the other has in it.
            let same = |theirs: &String| theirs.contains(&own) || own.contains(theirs.as_str());
            if !names.iter().any(same) {
                differing.push(format!("{oid} {} / {names:?}", found.name));
            }
        }
        let unexpected: Vec<_> = differing
            .iter()
            .filter(|line| !OTHER_WORDS.iter().any(|oid| line.starts_with(&format!("{oid} "))))
            .collect();
        assert!(unexpected.is_empty(), "{unexpected:#?}");
        assert!(compared >= 350, "{compared}");
    }

    /// Where OpenSSL has other words for the same thing.
    const OTHER_WORDS: &[&str] = &[
        "1.3.6.1.5.5.7.1.4",
        "1.3.6.1.5.5.7.1.7",
        "1.3.6.1.5.5.7.1.8",
        "1.3.6.1.5.5.7.1.28",
        "1.3.6.1.5.5.7.1.29",
        "1.3.6.1.5.5.7.48.1.9",
        "1.2.840.113549.1.7.5",
        "1.3.6.1.5.5.7.48.1.1",
        "1.3.6.1.5.5.7.48.1.3",
        "1.3.6.1.5.5.7.48.1.4",
        "1.3.6.1.5.5.7.48.1.8",
        "1.3.6.1.5.2.3.4",
        "1.3.6.1.5.2.3.5",
        "1.3.6.1.4.1.11129.2.4.2",
        "1.3.6.1.4.1.11129.2.4.4",
        "1.3.6.1.4.1.11129.2.4.5",
        "2.5.29.37",
        "1.2.840.113549.1.12.1.1",
        "1.2.840.113549.1.12.1.2",
        "1.2.840.113549.1.12.1.3",
        "1.2.840.113549.1.12.1.4",
        "1.2.840.113549.1.12.1.5",
        "1.2.840.113549.1.12.1.6",
        "1.3.14.3.2.15",
        "1.3.36.3.3.1.2",
        "1.3.6.1.4.1.3029.1.2",
        "1.2.643.7.1.1.1.1",
        "1.2.643.7.1.1.1.2",
        "1.2.643.7.1.1.2.2",
        "1.2.643.7.1.1.2.3",
        "1.3.36.8.3.3",
        "1.3.6.1.4.1.311.2.1.14",
        "1.3.6.1.4.1.311.10.3.1",
        "1.3.6.1.4.1.311.20.2.2",
        "2.16.840.1.113730.1.7",
    ];
}
