//! RFC 5280 and ICP-Brasil profile rules: what an issuer did against its own standard. Never a verdict.
//!
//! | item | what |
//! |---|---|
//! | [`lint`] | every finding on a certificate, in the role that it has in its chain |
//! | [`lint_crl`] | every finding on a revocation list |
//! | [`rules`] | the table: code, severity, clause and title in both languages |
//!
//! Everything works on decoded certificates in memory. Time is an argument.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod der;
mod rules;
mod view;

#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use cartorio_pki::{Certificate, Crl};
use time::OffsetDateTime;

use rules::Check;
use view::{CertificateView, CrlView, Hits};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// Worth knowing; allowed, or only recommended against.
    Notice,
    /// Against a recommendation (SHOULD), or of doubtful effect.
    Warning,
    /// Against a requirement (MUST).
    Error,
}

impl Severity {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What a certificate is in its chain.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Role {
    /// An end entity.
    Leaf,
    /// A CA below another.
    Intermediate,
    /// A trust anchor.
    Root,
}

impl Role {
    /// The role that a certificate claims for itself: self-issued CA, CA, or end entity.
    pub fn of(certificate: &Certificate) -> Self {
        match (certificate.is_ca(), certificate.is_self_issued()) {
            (true, true) => Self::Root,
            (true, false) => Self::Intermediate,
            (false, _) => Self::Leaf,
        }
    }

    pub(crate) fn is_ca(self) -> bool {
        match self {
            Self::Leaf => false,
            Self::Intermediate | Self::Root => true,
        }
    }
}

/// What is known beside the certificate.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The issuer's certificate, where it is at hand.
    pub issuer: Option<&'a Certificate>,
    /// What the certificate is in its chain.
    pub role: Role,
    /// The instant that validity is looked at.
    pub at: OffsetDateTime,
}

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stable `snake_case` code.
    pub code: &'static str,
    /// How bad a finding by it is.
    pub severity: Severity,
    /// Where it is written: `RFC 5280 §4.2.1.1`.
    pub clause: &'static str,
    /// What a finding means, one sentence in English.
    pub title_en: &'static str,
    /// What a finding means, one sentence in Portuguese.
    pub title_pt: &'static str,
    check: Check,
}

/// Something that a rule found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// Code of the rule.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where the rule is written.
    pub clause: &'static str,
    /// Where in the certificate or list: `tbsCertificate.extensions[2].extnValue`.
    pub path: String,
    /// What stands there, in the terms of the standards; empty where the title says it all.
    pub detail: String,
}

impl Finding {
    /// The rule.
    pub fn rule(&self) -> Option<&'static Rule> {
        rules().iter().find(|rule| rule.code == self.rule)
    }
}

/// Every rule, those for certificates first.
pub fn rules() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(rules::all)
}

/// Every finding on `certificate`, the worst first, then in the order of the rules.
pub fn lint(certificate: &Certificate, context: &Context<'_>) -> Vec<Finding> {
    let view = CertificateView::new(certificate, *context);
    collect(|check, hits| {
        if let Check::Certificate(check) = check {
            check(&view, hits);
        }
    })
}

/// Every finding on `crl`, the worst first. `at` is the instant that it is looked at.
pub fn lint_crl(crl: &Crl, at: OffsetDateTime) -> Vec<Finding> {
    let view = CrlView::new(crl, at);
    collect(|check, hits| {
        if let Check::Crl(check) = check {
            check(&view, hits);
        }
    })
}

fn collect(run: impl Fn(&Check, &mut Hits)) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in rules() {
        let mut hits = Hits::default();
        run(&rule.check, &mut hits);
        findings.extend(hits.into_list().map(|(path, detail)| Finding {
            rule: rule.code,
            severity: rule.severity,
            clause: rule.clause,
            path,
            detail,
        }));
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}
