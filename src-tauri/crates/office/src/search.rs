//! One search over everything that the person may see: certificates, the trust store, the heap, identities, documents, requests,
//! keys.
//!
//! Exact identifiers come first, then what begins with the text, then what contains it. A CPF is found only when it is typed in
//! full, and is never shown: a part of one finds nobody.

use std::collections::{BTreeMap, HashSet};

use cartorio_keys::KeyManager;
use cartorio_pki::Certificate;
use cartorio_registry::{Act, AuditFilter, AuditPage, CertificateKind as RowKind};

use crate::certificates::{holder_name, issuer_name, mask};
use crate::dto::{Permission, RequestQuery, SearchHit, SearchKind, SearchResults};
use crate::office::Office;
use crate::session::Session;
use crate::signing::blocking;
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult, requests};

/// Hits that are shown.
const SHOWN: usize = 50;
/// Characters of a text.
const MAX_TEXT: usize = 200;
/// Letters below which nothing is searched.
const MIN_TEXT: usize = 2;
/// Hexadecimal digits of a fingerprint, a digest or a serial number that begin one.
const MIN_HEX: usize = 6;
/// Signed documents that are looked through, newest first.
const DOCUMENTS: u32 = 20_000;

/// Finds what `text` names, the best first.
pub(crate) async fn search(office: &Office, text: &str) -> OfficeResult<SearchResults> {
    let session = office.maybe_session().await?;
    if let Some(session) = &session {
        session.require(Permission::Inspect)?;
    }
    if text.chars().count() > MAX_TEXT {
        return Err(OfficeError::InvalidField { field: "text", reason: "too_long" });
    }
    let Some(sought) = Sought::of(text) else {
        return Ok(SearchResults { hits: Vec::new(), more: false });
    };
    let mut certificates: Vec<(SearchKind, String, Certificate)> =
        office.certificates_on_the_heap().into_iter().map(|(id, own)| (SearchKind::Heap, id, own)).collect();
    for own in office.trust_place().await?.contents().await?.anchors_and_below() {
        certificates.push((SearchKind::Trust, own.fingerprint(), own));
    }
    let mut entries = Vec::new();
    if let Some(session) = &session {
        for row in session.registry.certificates(None).await? {
            if row.kind != RowKind::Foreign {
                certificates.push((
                    SearchKind::Certificate,
                    row.sha256.clone(),
                    session.trust.parsed(&row.sha256, &row.der)?,
                ));
            }
        }
        identities(session, &mut entries).await?;
        documents(session, &mut entries).await?;
        asked(session, &mut entries).await?;
        keys(session, &mut entries).await?;
    }
    blocking(move || {
        entries.extend(certificates.into_iter().map(|(kind, id, own)| of_certificate(kind, id, &own)));
        best(&sought, entries)
    })
    .await
}

/// Something that can be found.
struct Entry {
    kind: SearchKind,
    id: String,
    title: String,
    subtitle: String,
    keys: Vec<Key>,
}

/// What something can be found by.
enum Key {
    /// Text in words, folded; with what it is called in a hit.
    Text(&'static str, String),
    /// Eleven digits.
    Cpf(String),
    /// Fourteen letters or digits, upper case.
    Cnpj(String),
    /// Serial number: hexadecimal without leading zeros, and decimal.
    Serial(String, String),
    /// Hexadecimal.
    Print(String),
    /// An identifier, whole.
    Id(String),
}

/// How well something was found; the smallest is the best.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Rank {
    Identifier,
    Same,
    Beginning,
    Inside,
    Words,
}

/// What is sought, in every form that it could be.
struct Sought {
    folded: String,
    words: Vec<String>,
    /// Letters and digits alone, upper case, when there is nothing but punctuation besides.
    compact: Option<String>,
    /// Hexadecimal digits, when there is nothing but separators besides.
    hex: Option<String>,
    /// Decimal digits, when there is nothing else.
    decimal: Option<String>,
}

impl Sought {
    fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let folded = fold(text);
        if folded.chars().count() < MIN_TEXT {
            return None;
        }
        let only = |allowed: &dyn Fn(char) -> bool, between: &[char]| -> Option<String> {
            let found: String = text.chars().filter(|c| !between.contains(c)).collect();
            (!found.is_empty() && found.chars().all(allowed)).then_some(found)
        };
        Some(Self {
            words: folded.split(' ').map(str::to_owned).collect(),
            compact: only(&|c| c.is_ascii_alphanumeric(), &['.', '-', '/', ' ']).map(|own| own.to_ascii_uppercase()),
            hex: only(&|c| c.is_ascii_hexdigit(), &[':', ' ', '-']).map(|own| own.to_ascii_lowercase()),
            decimal: only(&|c| c.is_ascii_digit(), &[]).map(|own| own.trim_start_matches('0').to_owned()),
            folded,
        })
    }

    /// How well a key fits, and what it is called in a hit.
    fn fits(&self, key: &Key) -> Option<(Rank, &'static str)> {
        let hex = self.hex.as_deref().unwrap_or_default();
        let long = hex.len() >= MIN_HEX;
        match key {
            Key::Text(called, own) => {
                let rank = if *own == self.folded {
                    Rank::Same
                } else if own.starts_with(&self.folded) {
                    Rank::Beginning
                } else if own.contains(&self.folded) {
                    Rank::Inside
                } else if self.words.len() > 1 && self.words.iter().all(|word| own.contains(word.as_str())) {
                    Rank::Words
                } else {
                    return None;
                };
                Some((rank, called))
            }
            Key::Cpf(own) => (self.compact.as_ref() == Some(own)).then_some((Rank::Identifier, "cpf")),
            Key::Cnpj(own) => {
                let compact = self.compact.as_deref().unwrap_or_default();
                if compact == own {
                    Some((Rank::Identifier, "cnpj"))
                } else {
                    // The first eight name the company, whatever the branch.
                    (compact.len() >= 8 && own.starts_with(compact)).then_some((Rank::Beginning, "cnpj"))
                }
            }
            Key::Serial(own, decimal) => {
                let bare = hex.trim_start_matches('0');
                let same = (!bare.is_empty() && bare == own) || self.decimal.as_ref() == Some(decimal);
                if same {
                    Some((Rank::Identifier, "serial"))
                } else {
                    (long && !bare.is_empty() && own.starts_with(bare)).then_some((Rank::Beginning, "serial"))
                }
            }
            Key::Print(own) if long && own.starts_with(hex) => {
                Some((if own.len() == hex.len() { Rank::Identifier } else { Rank::Beginning }, "fingerprint"))
            }
            Key::Id(own) if fold(own) == self.folded => Some((Rank::Identifier, "label")),
            Key::Print(_) | Key::Id(_) => None,
        }
    }
}

/// Ranks everything and keeps the best.
fn best(sought: &Sought, entries: Vec<Entry>) -> SearchResults {
    let mut found: Vec<(Rank, &'static str, Entry)> = entries
        .into_iter()
        .filter_map(|entry| {
            let (rank, called) = entry.keys.iter().filter_map(|key| sought.fits(key)).min_by_key(|(rank, _)| *rank)?;
            Some((rank, called, entry))
        })
        .collect();
    // Among equals, what bears the name comes before what mentions it: a root before the certificates that it issued.
    let place = |rank: Rank, entry: &Entry| (rank, !fold(&entry.title).contains(&sought.folded), order(entry.kind));
    found.sort_by(|(a, _, x), (b, _, y)| {
        place(*a, x).cmp(&place(*b, y)).then_with(|| (&x.title, &x.id).cmp(&(&y.title, &y.id)))
    });
    let mut seen = HashSet::new();
    found.retain(|(_, _, entry)| seen.insert((order(entry.kind), entry.id.clone())));
    let more = found.len() > SHOWN;
    found.truncate(SHOWN);
    let hits = found
        .into_iter()
        .map(|(_, matched, entry)| SearchHit {
            kind: entry.kind,
            id: entry.id,
            title: entry.title,
            subtitle: entry.subtitle,
            matched: matched.to_owned(),
        })
        .collect();
    SearchResults { hits, more }
}

/// Where a kind stands among equals: what one works with before what one keeps.
fn order(kind: SearchKind) -> u8 {
    match kind {
        SearchKind::Identity => 0,
        SearchKind::Certificate => 1,
        SearchKind::Document => 2,
        SearchKind::Request => 3,
        SearchKind::Key => 4,
        SearchKind::Heap => 5,
        SearchKind::Trust => 6,
    }
}

fn of_certificate(kind: SearchKind, id: String, certificate: &Certificate) -> Entry {
    let mut keys = vec![
        Key::Text("name", fold(&mask::text(&holder_name(certificate)))),
        Key::Serial(certificate.serial.hex().trim_start_matches('0').to_owned(), certificate.serial.decimal()),
        Key::Print(certificate.fingerprint()),
        Key::Print(certificate.fingerprint_sha1()),
    ];
    for attribute in certificate.subject.attributes() {
        if matches!(attribute.name.as_str(), "O" | "OU" | "CN") {
            keys.push(Key::Text("name", fold(&hidden(&attribute.value))));
        }
    }
    let identity = &certificate.identity;
    keys.extend(identity.cpf.iter().map(|cpf| Key::Cpf(cpf.digits().to_owned())));
    keys.extend(identity.responsible_cpf.iter().map(|cpf| Key::Cpf(cpf.digits().to_owned())));
    keys.extend(identity.cnpj.iter().map(|cnpj| Key::Cnpj(cnpj.characters().to_owned())));
    keys.extend(identity.responsible_name.iter().map(|name| Key::Text("name", fold(&mask::text(name)))));
    Entry {
        kind,
        id,
        title: mask::text(&holder_name(certificate)),
        subtitle: format!("{} · {}", mask::text(&issuer_name(certificate)), rfc3339(certificate.validity.not_after)),
        keys,
    }
}

/// A value of a name without anything that could be a person's number: a part of one must find nobody.
fn hidden(value: &str) -> String {
    let mut out = String::new();
    let mut run = String::new();
    for c in value.chars().chain(['\0']) {
        if c.is_ascii_digit() {
            run.push(c);
            continue;
        }
        if run.len() < 8 {
            out.push_str(&run);
        }
        run.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    mask::text(&out)
}

async fn identities(session: &Session, entries: &mut Vec<Entry>) -> OfficeResult<()> {
    for identity in session.registry.identities(false).await? {
        let row = session.registry.certificate(identity.certificate).await?;
        let certificate = session.trust.parsed(&row.sha256, &row.der)?;
        let mut entry = of_certificate(SearchKind::Identity, identity.id.to_string(), &certificate);
        entry.keys.push(Key::Text("label", fold(&mask::text(&identity.label))));
        entry.keys.push(Key::Id(identity.key_ref));
        entry.subtitle = entry.title;
        entry.title = mask::text(&identity.label);
        entries.push(entry);
    }
    Ok(())
}

/// Signed documents; who may not read the trail finds those that they signed themselves.
async fn documents(session: &Session, entries: &mut Vec<Entry>) -> OfficeResult<()> {
    let own_only = session.require(Permission::ReadTrail).is_err();
    let mut own: HashSet<String> = HashSet::new();
    if own_only {
        let filter = AuditFilter {
            act: Some(Act::DocumentSigned),
            operator: Some(session.operator.id),
            ..AuditFilter::default()
        };
        let mut before = None;
        loop {
            let page = session.registry.list_audit(&filter, AuditPage { before, limit: 1_000 }).await?;
            before = page.last().map(|record| record.seq);
            let done = page.len() < 1_000;
            own.extend(page.into_iter().filter_map(|record| record.entry.document).map(|document| document.sha256));
            if done {
                break;
            }
        }
    }
    for document in session.registry.signed_documents(DOCUMENTS).await? {
        if own_only && !own.contains(&document.input_sha256) {
            continue;
        }
        entries.push(Entry {
            kind: SearchKind::Document,
            id: document.id.to_string(),
            subtitle: rfc3339(document.signed_at),
            keys: vec![
                Key::Text("file", fold(&hidden(&document.name))),
                Key::Print(document.input_sha256),
                Key::Print(document.output_sha256),
            ],
            title: mask::text(&document.name),
        });
    }
    Ok(())
}

/// Requests, as far as the list of requests shows them to this person.
async fn asked(session: &Session, entries: &mut Vec<Entry>) -> OfficeResult<()> {
    if session.require(Permission::Request).is_err() {
        return Ok(());
    }
    for request in requests::list(session, RequestQuery::default()).await? {
        entries.push(Entry {
            kind: SearchKind::Request,
            keys: vec![
                Key::Text("name", fold(&hidden(&request.title))),
                Key::Text("label", fold(&hidden(&request.reason))),
                Key::Id(request.id.clone()),
            ],
            id: request.id,
            title: mask::text(&request.title),
            subtitle: format!("{} · {}", request.requested_by.name, request.requested_at),
        });
    }
    Ok(())
}

/// Keys of this machine, and those that the trail knows: nothing is asked of a cloud or a token.
async fn keys(session: &Session, entries: &mut Vec<Entry>) -> OfficeResult<()> {
    if session.require(Permission::ManageKeys).is_err() {
        return Ok(());
    }
    let mut known: BTreeMap<String, Entry> = BTreeMap::new();
    for key in session.local.list().await? {
        let id = key.key_ref.to_string();
        let mut keys = vec![Key::Id(id.clone()), Key::Text("label", fold(&key.key_id))];
        keys.extend(key.aliases.iter().map(|alias| Key::Text("label", fold(alias))));
        let title = key.aliases.first().cloned().unwrap_or_else(|| key.key_id.clone());
        known.insert(key.key_id, Entry { kind: SearchKind::Key, id, title, subtitle: key.backend_spec, keys });
    }
    for used in session.registry.key_uses().await? {
        let keys = vec![Key::Text("label", fold(&used.key_id))];
        let (id, subtitle) = (used.key_id.clone(), rfc3339(used.at));
        let title = used.key_id.clone();
        known.entry(used.key_id).or_insert(Entry { kind: SearchKind::Key, id, title, subtitle, keys });
    }
    entries.extend(known.into_values());
    Ok(())
}

/// Lower case, without accents, one blank between words.
fn fold(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            '\u{300}'..='\u{36f}' => {}
            'á' | 'à' | 'â' | 'ã' | 'ä' | 'å' => plain.push('a'),
            'é' | 'è' | 'ê' | 'ë' => plain.push('e'),
            'í' | 'ì' | 'î' | 'ï' => plain.push('i'),
            'ó' | 'ò' | 'ô' | 'õ' | 'ö' => plain.push('o'),
            'ú' | 'ù' | 'û' | 'ü' => plain.push('u'),
            'ç' => plain.push('c'),
            'ñ' => plain.push('n'),
            other => plain.push(other),
        }
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(text: &str, key: Key) -> Option<u8> {
        Sought::of(text).and_then(|sought| sought.fits(&key)).map(|(rank, _)| rank as u8)
    }

    #[test]
    fn names_are_found_without_accents_and_case() {
        let key = || Key::Text("name", fold("João  d'Ávila Conceição"));
        for text in ["JOAO D'AVILA CONCEICAO", "joão d'ávila conceição", "joa\u{303}o d'avila conceicao"] {
            assert_eq!(rank(text, key()), Some(1), "{text}");
        }
        assert_eq!(
            (rank("joao", key()), rank("avila", key()), rank("conceicao joao", key())),
            (Some(2), Some(3), Some(4))
        );
        assert_eq!((rank("maria", key()), rank("j", key()), rank("  ", key())), (None, None, None));
    }

    #[test]
    fn numbers_are_found_however_they_are_written() {
        let cpf = || Key::Cpf("52998224725".into());
        assert_eq!((rank("529.982.247-25", cpf()), rank("52998224725", cpf())), (Some(0), Some(0)));
        assert_eq!((rank("529.982.247", cpf()), rank("5299822472", cpf())), (None, None), "a part finds nobody");
        let cnpj = || Key::Cnpj("12ABC34501DE35".into());
        for text in ["12.ABC.345/01DE-35", "12abc34501de35"] {
            assert_eq!(rank(text, cnpj()), Some(0), "{text}");
        }
        assert_eq!((rank("12.ABC.345", cnpj()), rank("12ABC34", cnpj())), (Some(2), None));
        let serial = || Key::Serial("1a2b3c4d".into(), "439041101".into());
        for text in ["1a2b3c4d", "1A:2B:3C:4D", "00 1a 2b 3c 4d", "439041101", "0439041101"] {
            assert_eq!(rank(text, serial()), Some(0), "{text}");
        }
        assert_eq!(
            (rank("1a2b3c", serial()), rank("1a2b3", serial()), rank("43904110", serial())),
            (Some(2), None, None)
        );
        let print = || Key::Print("ab".repeat(32));
        assert_eq!((rank("AB:AB:AB", print()), rank("ababa", print()), rank("babab", print())), (Some(2), None, None));
        assert_eq!(rank(&"ab".repeat(32), print()), Some(0));
    }

    #[test]
    fn a_run_of_digits_in_a_name_is_not_searched() {
        assert_eq!(hidden("MARIA:52998224725"), "MARIA:");
        assert_eq!(hidden("AC v10 (2024)"), "AC v10 (2024)");
    }
}
