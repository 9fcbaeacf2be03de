//! The rules, by subject. Each is a small function in a table with its code, clause and titles.

mod constraints;
mod crl;
mod extensions;
mod icp_brasil;
mod keys;
mod names;
mod structure;

use crate::view::{CertificateView, CrlView, Hits};
use crate::{Rule, Severity};

/// What a rule looks at.
#[derive(Clone, Copy)]
pub(crate) enum Check {
    Certificate(fn(&CertificateView<'_>, &mut Hits)),
    Crl(fn(&CrlView<'_>, &mut Hits)),
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Certificate(_) => "certificate",
            Self::Crl(_) => "crl",
        })
    }
}

pub(crate) fn all() -> Vec<Rule> {
    [structure::RULES, names::RULES, keys::RULES, extensions::RULES, constraints::RULES, icp_brasil::RULES, crl::RULES]
        .concat()
}

type Row = (&'static str, Severity, &'static str, &'static str, &'static str);

/// A rule for certificates: code, severity, clause, English, Portuguese.
const fn certificate(row: Row, check: fn(&CertificateView<'_>, &mut Hits)) -> Rule {
    let (code, severity, clause, title_en, title_pt) = row;
    Rule { code, severity, clause, title_en, title_pt, check: Check::Certificate(check) }
}

/// A rule for revocation lists.
const fn crl_rule(row: Row, check: fn(&CrlView<'_>, &mut Hits)) -> Rule {
    let (code, severity, clause, title_en, title_pt) = row;
    Rule { code, severity, clause, title_en, title_pt, check: Check::Crl(check) }
}
