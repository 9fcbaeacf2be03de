//! Two certificates side by side, by meaning: is it the same holder, the same key, a renewal, a cross-certificate?
//!
//! Values come with personal numbers masked: a comparison can be shown, printed and logged.

use std::collections::BTreeSet;

use crate::brazil::{FieldState, IdentityKind, IdentitySubject};
use crate::certificate::{Certificate, CertificateFacts, Extension};
use crate::key::KeyKind;
use crate::name::DistinguishedName;

/// What is the same and what is not.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Comparison {
    /// What the second certificate is to the first.
    pub conclusion: Relation,
    /// Why the holder counts as the same or not.
    pub holder: HolderMatch,
    /// Whether both have the same key.
    pub same_key: bool,
    /// Field by field, in the order of a certificate.
    pub differences: Vec<Difference>,
}

/// What the second certificate is to the first.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Relation {
    /// The same certificate, to the byte.
    Identical,
    /// The same CA and key, certified by another issuer.
    CrossCertificate,
    /// The same holder with the same key, from the same issuer or its successor.
    RenewalSameKey,
    /// The same holder with a new key.
    RenewalNewKey,
    /// The same holder with a certificate of another type or for another use.
    SameHolderOtherUse,
    /// The same key under another holder's name: worth an alarm.
    SameKeyOtherHolder,
    /// Another holder.
    OtherHolder,
}

impl Relation {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::CrossCertificate => "cross_certificate",
            Self::RenewalSameKey => "renewal_same_key",
            Self::RenewalNewKey => "renewal_new_key",
            Self::SameHolderOtherUse => "same_holder_other_use",
            Self::SameKeyOtherHolder => "same_key_other_holder",
            Self::OtherHolder => "other_holder",
        }
    }
}

/// Why two certificates count as the same holder's, or not.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum HolderMatch {
    /// The same CPF or CNPJ.
    SameDocument,
    /// The same name; there is no document to compare.
    SameName,
    /// Different documents, or different names.
    Different,
}

impl HolderMatch {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SameDocument => "same_document",
            Self::SameName => "same_name",
            Self::Different => "different",
        }
    }
}

/// One field of both.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Difference {
    /// Which field: `subject.CN`, `validity.notAfter`, `extensions.keyUsage`.
    pub field: String,
    /// What the first has; `None` where it does not have the field, and where only the encoding differs.
    pub a: Option<String>,
    /// What the second has.
    pub b: Option<String>,
    /// How they stand to each other.
    pub kind: DifferenceKind,
    /// Stable code of what is to be said about it: `key_stronger`, `key_weaker`, `later`, `earlier`, `longer`,
    /// `shorter`, `encoding_only`, `order_only`, `criticality`, `algorithm_weak`.
    pub note: Option<&'static str>,
}

/// How two values stand to each other.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum DifferenceKind {
    /// The same.
    Same,
    /// Both have it, with different values.
    Changed,
    /// Only the first has it.
    OnlyA,
    /// Only the second has it.
    OnlyB,
}

impl DifferenceKind {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Changed => "changed",
            Self::OnlyA => "only_a",
            Self::OnlyB => "only_b",
        }
    }
}

/// Compares two certificates by meaning; `a` is the older one as a rule.
pub fn compare(a: &Certificate, b: &Certificate) -> Comparison {
    let holder = holder(a, b);
    let same_key = a.key.spki == b.key.spki;
    let mut sheet = Sheet { hide: secrets(a).into_iter().chain(secrets(b)).collect(), list: Vec::new() };
    sheet.put("version", Some(a.version.to_string()), Some(b.version.to_string()), None);
    sheet.put("serialNumber", Some(a.serial.hex()), Some(b.serial.hex()), None);
    sheet.name("subject", &a.subject, &b.subject);
    sheet.name("issuer", &a.issuer, &b.issuer);
    sheet.validity(a, b);
    sheet.key(a, b);
    let weak = (b.signature_algorithm.is_weak() && !a.signature_algorithm.is_weak()).then_some("algorithm_weak");
    sheet.put(
        "signatureAlgorithm",
        Some(a.signature_algorithm.name.clone()),
        Some(b.signature_algorithm.name.clone()),
        weak,
    );
    sheet.identity(a, b);
    sheet.extensions(a, b);
    sheet.put("fingerprint", Some(a.fingerprint()), Some(b.fingerprint()), None);
    Comparison { conclusion: relation(a, b, holder, same_key), holder, same_key, differences: sheet.list }
}

/// Two chains, step by step from the leaf up.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChainComparison {
    /// One comparison a step, as long as both have one.
    pub steps: Vec<Comparison>,
    /// Steps that only the first chain has at its end.
    pub only_a: usize,
    /// Steps that only the second chain has at its end.
    pub only_b: usize,
    /// The first certificate that is in both, by its place in each.
    pub joined_at: Option<(usize, usize)>,
}

/// Compares two chains, each with its leaf first.
pub fn compare_chains(a: &[Certificate], b: &[Certificate]) -> ChainComparison {
    let joined_at =
        a.iter().enumerate().find_map(|(index, own)| Some((index, b.iter().position(|other| other == own)?)));
    let steps: Vec<_> = a.iter().zip(b).map(|(a, b)| compare(a, b)).collect();
    let (only_a, only_b) = (a.len() - steps.len(), b.len() - steps.len());
    ChainComparison { steps, only_a, only_b, joined_at }
}

fn holder(a: &CertificateFacts, b: &CertificateFacts) -> HolderMatch {
    let mut compared = false;
    for kind in [IdentityKind::Cnpj, IdentityKind::Cpf] {
        let sound = |own: &CertificateFacts| {
            let field = own.identity.field(IdentitySubject::Holder, kind)?;
            (field.state == FieldState::Sound).then(|| field.reveal().to_owned())
        };
        match (sound(a), sound(b)) {
            (Some(a), Some(b)) if a == b => return HolderMatch::SameDocument,
            (Some(_), Some(_)) => compared = true,
            (Some(_), None) | (None, Some(_)) | (None, None) => {}
        }
    }
    if !compared && a.subject == b.subject && !a.subject.is_empty() {
        HolderMatch::SameName
    } else {
        HolderMatch::Different
    }
}

fn relation(a: &Certificate, b: &Certificate, holder: HolderMatch, same_key: bool) -> Relation {
    if a == b {
        return Relation::Identical;
    }
    match (holder, same_key) {
        (HolderMatch::Different, true) => Relation::SameKeyOtherHolder,
        (HolderMatch::Different, false) => Relation::OtherHolder,
        (HolderMatch::SameDocument | HolderMatch::SameName, true) if a.is_ca() && b.is_ca() && a.issuer != b.issuer => {
            Relation::CrossCertificate
        }
        (HolderMatch::SameDocument | HolderMatch::SameName, _) if other_use(a, b) => Relation::SameHolderOtherUse,
        (HolderMatch::SameDocument | HolderMatch::SameName, true) => Relation::RenewalSameKey,
        (HolderMatch::SameDocument | HolderMatch::SameName, false) => Relation::RenewalNewKey,
    }
}

/// Whether they are for different things: CA or not, another ICP-Brasil use, no common key usage.
fn other_use(a: &CertificateFacts, b: &CertificateFacts) -> bool {
    let purpose = |own: &CertificateFacts| own.icp_brasil_type().map(|kind| kind.purpose());
    let apart = match (&a.key_usage, &b.key_usage) {
        (Some(a), Some(b)) => !a.iter().any(|usage| b.contains(usage)),
        _ => false,
    };
    a.is_ca() != b.is_ca() || apart || matches!((purpose(a), purpose(b)), (Some(a), Some(b)) if a != b)
}

/// Personal numbers of a certificate with their masks.
fn secrets(certificate: &CertificateFacts) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for field in &certificate.identity.fields {
        let (clear, masked) = (field.reveal(), field.masked());
        if clear == masked {
            continue;
        }
        let digits: String = clear.chars().filter(char::is_ascii_digit).collect();
        if digits.len() >= 8 {
            found.push((digits, masked.clone()));
            found.push((clear.to_owned(), masked));
        }
    }
    found
}

struct Sheet {
    hide: Vec<(String, String)>,
    list: Vec<Difference>,
}

impl Sheet {
    fn put(&mut self, field: impl Into<String>, a: Option<String>, b: Option<String>, note: Option<&'static str>) {
        let kind = match (&a, &b) {
            (Some(a), Some(b)) if a == b => DifferenceKind::Same,
            (Some(_), Some(_)) => DifferenceKind::Changed,
            (Some(_), None) => DifferenceKind::OnlyA,
            (None, Some(_)) => DifferenceKind::OnlyB,
            (None, None) => return,
        };
        let (a, b) = (a.map(|text| self.hidden(text)), b.map(|text| self.hidden(text)));
        self.list.push(Difference { field: field.into(), a, b, kind, note });
    }

    fn hidden(&self, text: String) -> String {
        self.hide.iter().fold(text, |text, (clear, masked)| text.replace(clear, masked))
    }

    /// Attribute by attribute, each type once: several values of a type are compared as a list.
    fn name(&mut self, field: &str, a: &DistinguishedName, b: &DistinguishedName) {
        let mut types: Vec<&str> = Vec::new();
        for attribute in a.attributes().iter().chain(b.attributes()) {
            if !types.contains(&attribute.name.as_str()) {
                types.push(&attribute.name);
            }
        }
        let values = |name: &DistinguishedName, kind: &str| {
            let values: Vec<_> =
                name.attributes().iter().filter(|own| own.name == kind).map(|own| own.value.clone()).collect();
            (!values.is_empty()).then(|| values.join(" / "))
        };
        for kind in types {
            let (left, right) = (values(a, kind), values(b, kind));
            let fold = |text: &Option<String>| text.as_deref().map(crate::facts::search_fold);
            // Names that RFC 5280 §7.1 holds for equal can be written differently.
            let note = (left != right && fold(&left) == fold(&right)).then_some("encoding_only");
            self.put(format!("{field}.{kind}"), left, right, note);
        }
        if a == b && a.der() != b.der() {
            // No values: the whole name as hexadecimal would show the numbers that are masked in it.
            self.list.push(Difference {
                field: format!("{field}.encoding"),
                a: None,
                b: None,
                kind: DifferenceKind::Changed,
                note: Some("encoding_only"),
            });
        }
    }

    fn validity(&mut self, a: &CertificateFacts, b: &CertificateFacts) {
        let instants = [
            ("validity.notBefore", a.validity.not_before, b.validity.not_before),
            ("validity.notAfter", a.validity.not_after, b.validity.not_after),
        ];
        for (field, left, right) in instants {
            let note = order(left.cmp(&right), "later", "earlier");
            self.put(field, Some(instant(left)), Some(instant(right)), note);
        }
        let (left, right) = (a.validity.days(), b.validity.days());
        let note = order(left.cmp(&right), "longer", "shorter");
        self.put("validity.days", Some(left.to_string()), Some(right.to_string()), note);
    }

    fn key(&mut self, a: &CertificateFacts, b: &CertificateFacts) {
        let comparable = match (&a.key.kind, &b.key.kind) {
            (KeyKind::Rsa { bits: a, .. }, KeyKind::Rsa { bits: b, .. }) => Some(a.cmp(b)),
            (KeyKind::Ec { bits: Some(a), .. }, KeyKind::Ec { bits: Some(b), .. }) => Some(a.cmp(b)),
            _ => None,
        };
        let note = comparable.and_then(|order_of| order(order_of, "key_stronger", "key_weaker"));
        self.put("key", Some(a.key.label()), Some(b.key.label()), note);
        self.put("key.pin", Some(a.spki_pin()), Some(b.spki_pin()), None);
    }

    fn identity(&mut self, a: &CertificateFacts, b: &CertificateFacts) {
        let mut seen = Vec::new();
        for field in a.identity.fields.iter().chain(&b.identity.fields) {
            let key = (field.subject, field.kind);
            if seen.contains(&key) {
                continue;
            }
            seen.push(key);
            let given = |own: &CertificateFacts| {
                own.identity.field(key.0, key.1).filter(|field| field.state != FieldState::NotGiven).cloned()
            };
            let (left, right) = (given(a), given(b));
            let same = left.as_ref().map(|own| own.reveal()) == right.as_ref().map(|own| own.reveal());
            let name = format!("identity.{}.{}", key.0.code(), key.1.code());
            let mask = |own: Option<crate::brazil::IdentityField>| own.map(|own| own.masked());
            let (left, right) = (mask(left), mask(right));
            let both = left.is_some() && right.is_some();
            self.put(name, left, right, None);
            // Masks can be equal where values are not.
            if both
                && !same
                && let Some(last) = self.list.last_mut()
            {
                last.kind = DifferenceKind::Changed;
            }
        }
    }

    fn extensions(&mut self, a: &CertificateFacts, b: &CertificateFacts) {
        let mut seen: Vec<&str> = Vec::new();
        for own in a.extensions.iter().chain(&b.extensions) {
            if seen.contains(&own.oid.as_str()) {
                continue;
            }
            seen.push(&own.oid);
            let field = format!("extensions.{}", own.name.unwrap_or(&own.oid));
            match (a.extension(&own.oid), b.extension(&own.oid)) {
                (Some(left), Some(right)) => self.extension(&field, left, right),
                (left, right) => {
                    let text = |own: &Extension| own.lines().join("\n");
                    self.put(field, left.map(text), right.map(text), None);
                }
            }
        }
    }

    fn extension(&mut self, field: &str, a: &Extension, b: &Extension) {
        let word = |critical| if critical { "TRUE" } else { "FALSE" }.to_owned();
        if a.critical != b.critical {
            self.put(format!("{field}.critical"), Some(word(a.critical)), Some(word(b.critical)), Some("criticality"));
        }
        // What is masked alike can differ, so the clear facts are compared and the masked ones shown.
        let clear = |own: &Extension| -> Vec<String> {
            own.facts().iter().map(|fact| format!("{} {} {}", fact.level, fact.label, fact.value)).collect()
        };
        let (left, right) = (clear(a), clear(b));
        let (first, second) = (Some(a.lines().join("\n")), Some(b.lines().join("\n")));
        if left == right {
            let note = (a.value != b.value).then_some("encoding_only");
            self.put(field, first, second, note);
            return;
        }
        let sets = (left.iter().collect::<BTreeSet<_>>(), right.iter().collect::<BTreeSet<_>>());
        // A list of plain facts is compared fact by fact; a nested one as a whole.
        let flat = a.lines().iter().chain(b.lines()).all(|line| !line.starts_with(' '));
        if sets.0 == sets.1 {
            self.put(field, first, second, Some("order_only"));
        } else if flat && (a.lines().len() > 1 || b.lines().len() > 1) {
            for (line, fact) in a.lines().iter().zip(&left) {
                let other = sets.1.contains(fact).then(|| line.clone());
                self.put(field, Some(line.clone()), other, None);
            }
            for (line, fact) in b.lines().iter().zip(&right).filter(|(_, fact)| !sets.0.contains(fact)) {
                let _ = fact;
                self.put(field, None, Some(line.clone()), None);
            }
        } else {
            self.put(field, first, second, None);
            if let Some(last) = self.list.last_mut() {
                last.kind = DifferenceKind::Changed;
            }
        }
    }
}

fn order(order: std::cmp::Ordering, more: &'static str, less: &'static str) -> Option<&'static str> {
    match order {
        std::cmp::Ordering::Less => Some(more),
        std::cmp::Ordering::Greater => Some(less),
        std::cmp::Ordering::Equal => None,
    }
}

fn instant(at: time::OffsetDateTime) -> String {
    let at = at.to_offset(time::UtcOffset::UTC);
    format!("{} {:02}:{:02}:{:02}Z", at.date(), at.hour(), at.minute(), at.second())
}
