//! What a window says beside the fields themselves: how much of a validity is over, fingerprints, what a search finds.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cartorio_core::{Digest, HashAlgorithm};
use time::OffsetDateTime;

use crate::brazil::{FieldState, IdentityKind};
use crate::certificate::{CertificateFacts, Validity};

/// Where an instant stands to a validity.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ValidityState {
    /// Before it.
    NotYet,
    /// Inside.
    Valid,
    /// After it.
    Expired,
}

impl ValidityState {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotYet => "not_yet",
            Self::Valid => "valid",
            Self::Expired => "expired",
        }
    }
}

impl Validity {
    /// Where `at` stands.
    pub fn state(&self, at: OffsetDateTime) -> ValidityState {
        if at < self.not_before {
            ValidityState::NotYet
        } else if at <= self.not_after {
            ValidityState::Valid
        } else {
            ValidityState::Expired
        }
    }

    /// Whole days of it; negative where it ends before it begins.
    pub fn days(&self) -> i64 {
        (self.not_after - self.not_before).whole_days()
    }

    /// Whole days from `at` to its end, rounded down; negative after the end.
    pub fn days_left(&self, at: OffsetDateTime) -> i64 {
        (self.not_after - at).whole_seconds().div_euclid(86_400)
    }

    /// How much of it is over at `at`: 0 before it begins, 1 after it ends.
    pub fn elapsed(&self, at: OffsetDateTime) -> f64 {
        let whole = (self.not_after - self.not_before).as_seconds_f64();
        if whole <= 0.0 {
            return if at < self.not_before { 0.0 } else { 1.0 };
        }
        ((at - self.not_before).as_seconds_f64() / whole).clamp(0.0, 1.0)
    }
}

/// A fingerprint of a certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fingerprint {
    /// Name of the hash.
    pub hash: &'static str,
    /// Lower-case hex.
    pub hex: String,
    /// Whether it is given for comparison with old tools only.
    pub legacy: bool,
}

impl CertificateFacts {
    /// Fingerprints, the one that counts first.
    pub fn fingerprints(&self) -> [Fingerprint; 2] {
        [
            Fingerprint { hash: "SHA-256", hex: self.fingerprint(), legacy: false },
            Fingerprint { hash: "SHA-1", hex: self.fingerprint_sha1(), legacy: true },
        ]
    }

    /// Base64 of the SHA-256 of the SubjectPublicKeyInfo: the same for every certificate of a key (RFC 7469 §2.4).
    pub fn spki_pin(&self) -> String {
        BASE64.encode(Digest::of(HashAlgorithm::Sha256, &self.key.spki).as_bytes())
    }

    /// What a search finds this certificate by. They hold personal data (CPF): an index of them is as private as the
    /// certificates.
    pub fn search_keys(&self) -> Vec<SearchKey> {
        let mut keys = Vec::new();
        let mut add = |kind, text: String| {
            let key = SearchKey { kind, text };
            if !key.text.is_empty() && !keys.contains(&key) {
                keys.push(key);
            }
        };
        for attribute in self.subject.attributes() {
            add(SearchKind::Name, search_fold(&attribute.value));
        }
        add(SearchKind::Issuer, search_fold(self.issuer.display_name()));
        for name in self.alternative_names.iter().filter(|name| name.oid.is_none()) {
            add(SearchKind::Name, search_fold(&name.value));
        }
        for field in self.identity.fields.iter().filter(|field| field.state != FieldState::NotGiven) {
            match field.kind {
                IdentityKind::Name | IdentityKind::BusinessName => add(SearchKind::Name, search_fold(field.reveal())),
                IdentityKind::Cpf | IdentityKind::Cnpj => {
                    let plain = field.reveal().chars().filter(char::is_ascii_alphanumeric);
                    add(SearchKind::Document, plain.map(|c| c.to_ascii_lowercase()).collect());
                }
                IdentityKind::BirthDate
                | IdentityKind::Nis
                | IdentityKind::Rg
                | IdentityKind::RgIssuer
                | IdentityKind::VoterTitle
                | IdentityKind::VoterZone
                | IdentityKind::VoterSection
                | IdentityKind::VoterPlace
                | IdentityKind::Cei
                | IdentityKind::Ric => {}
            }
        }
        add(SearchKind::Serial, self.serial.hex());
        add(SearchKind::Serial, self.serial.decimal());
        for fingerprint in self.fingerprints() {
            add(SearchKind::Fingerprint, fingerprint.hex);
        }
        keys
    }
}

/// Something that a search finds a certificate by.
#[derive(Clone, Eq, PartialEq)]
pub struct SearchKey {
    /// What it is.
    pub kind: SearchKind,
    /// Folded text: lower case, without accents; numbers without punctuation.
    pub text: String,
}

impl fmt::Debug for SearchKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SearchKey({:?})", self.kind)
    }
}

/// What a search key is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum SearchKind {
    /// Part of the holder's name, an e-mail or DNS name, the name of who is responsible.
    Name,
    /// The issuer's name.
    Issuer,
    /// CPF or CNPJ, without punctuation.
    Document,
    /// Serial number, in hex and in decimal.
    Serial,
    /// SHA-256 or SHA-1 in hex.
    Fingerprint,
}

/// Text as a search compares it: lower case, without accents, runs of blanks as one.
pub fn search_fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        for c in word.chars().flat_map(char::to_lowercase) {
            match plain(c) {
                Some(folded) => out.push_str(folded),
                // Combining accents of decomposed text.
                None if ('\u{300}'..='\u{36f}').contains(&c) => {}
                None => out.push(c),
            }
        }
    }
    out
}

fn plain(character: char) -> Option<&'static str> {
    Some(match character {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ª' => "a",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ę' | 'ě' => "e",
        'ì'..='ï' | 'ī' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ő' | 'º' => "o",
        'ř' => "r",
        'ś' | 'š' | 'ş' => "s",
        'ß' => "ss",
        'ţ' | 'ť' => "t",
        'ù'..='ü' | 'ū' | 'ű' | 'ů' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        'æ' => "ae",
        'œ' => "oe",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::Duration;
    use time::macros::datetime;

    const BEGIN: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);

    #[test]
    fn validity_by_days_and_parts() {
        let validity = Validity { not_before: BEGIN, not_after: BEGIN + Duration::days(100) };
        assert_eq!((validity.days(), validity.days_left(BEGIN)), (100, 100));
        assert_eq!(validity.elapsed(BEGIN + Duration::days(25)), 0.25);
        assert_eq!(validity.state(validity.not_after), ValidityState::Valid, "the last instant belongs to it");
        let after = validity.not_after + Duration::seconds(1);
        assert_eq!((validity.state(after), validity.days_left(after)), (ValidityState::Expired, -1));
        assert_eq!(validity.state(BEGIN - Duration::seconds(1)).code(), "not_yet");
        let empty = Validity { not_before: BEGIN, not_after: BEGIN };
        assert_eq!((empty.elapsed(BEGIN - Duration::seconds(1)), empty.elapsed(BEGIN)), (0.0, 1.0));
    }

    #[test]
    fn folds_for_search() {
        assert_eq!(search_fold("  João  da CONCEIÇÃO Ñandú "), "joao da conceicao nandu");
        assert_eq!(search_fold("cafe\u{301}"), "cafe", "decomposed");
        assert_eq!(search_fold("STRASSE ß Æ"), "strasse ss ae");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in ".{0,40}") {
            let once = search_fold(&text);
            prop_assert_eq!(search_fold(&once), once);
        }

        #[test]
        fn a_part_is_between_none_and_all(from in -1000_i64..1000, to in -1000_i64..1000, at in -2000_i64..2000) {
            let validity = Validity { not_before: BEGIN + Duration::hours(from), not_after: BEGIN + Duration::hours(to) };
            let part = validity.elapsed(BEGIN + Duration::hours(at));
            prop_assert!((0.0..=1.0).contains(&part));
        }
    }
}
