//! P12 files and Java key stores: structure always, content with a password. Keys are named, never kept.

use std::collections::HashMap;
use std::sync::Arc;

use cartorio_core::{Retry, SecretString, Severity};
use cartorio_keystore::{
    BagKind, Content as Opened, Format, Integrity, Layout, Limits, MacScheme, OpenedBy, Part, PartKind, Place, Program,
    Protection, Risk, State, StoreError, Verdict,
};
use cartorio_pki::p12::P12Error;
use cartorio_pki::{Certificate, Crl};

use super::read::{Content, Found, KeyNote, key_note};
use super::{HeapError, Item};
use crate::certificates::{holder_name, mask, sha256};
use crate::dto::{Fact, FactForm, StoreOpener, StorePart, StoreProtection, StoreView};
use crate::{OfficeError, OfficeResult};

/// A store on the heap: the file, and what is known of its inside.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    pub(crate) bytes: Arc<Vec<u8>>,
    layout: Layout,
    integrity: Integrity,
    /// What each bag turned out to hold, by number of the bag.
    bags: Vec<BagNote>,
}

#[derive(Clone, Debug, Default)]
struct BagNote {
    title: Option<String>,
    sha256: Option<String>,
}

/// A store that was opened as far as its password opens it.
pub(crate) struct OpenedStore {
    pub(crate) store: Store,
    /// What was inside, in order.
    pub(crate) found: Vec<Found>,
    bags: Vec<usize>,
}

/// Key derivations that are done without anybody having asked: what no password opens is shown at once.
const UNASKED_WORK: u64 = 400_000;

/// Reads the structure; what no password opens comes along.
pub(crate) fn look(bytes: Vec<u8>) -> Result<OpenedStore, StoreError> {
    let limits = Limits::default();
    let without = cartorio_keystore::open(&bytes, None, &Limits { work: UNASKED_WORK, ..limits });
    match without {
        Ok(opened) => Ok(taken(bytes, opened)),
        Err(_) => {
            let layout = cartorio_keystore::inspect(&bytes, &limits)?;
            let integrity = if layout.mac.is_some() { Integrity::NotChecked } else { Integrity::Unprotected };
            let bags = vec![BagNote::default(); layout.bags.len()];
            let store = Store { bytes: Arc::new(bytes), layout, integrity, bags };
            Ok(OpenedStore { store, found: Vec::new(), bags: Vec::new() })
        }
    }
}

/// Opens a store.
///
/// # Errors
/// `keystore_*` codes; a wrong password is `p12_wrong_password`, as for every other P12.
pub(crate) fn open(item: &Item, password: Option<&SecretString>) -> OfficeResult<OpenedStore> {
    let Content::Store(store) = &item.content else { return Err(HeapError::NotAStore.into()) };
    let opened = cartorio_keystore::open(&store.bytes, password, &Limits::default()).map_err(refused)?;
    // Without a MAC nothing says that the empty password is wrong but that nothing opens.
    if password.is_none() && opened.items.is_empty() && !opened.layout.is_complete() {
        return Err(refused(StoreError::WrongPasswordOrChanged));
    }
    Ok(taken(store.bytes.to_vec(), opened))
}

impl OpenedStore {
    /// The store, what was inside, and the number of the bag of each.
    pub(crate) fn into_parts(self) -> (Store, Vec<Found>, Vec<usize>) {
        (self.store, self.found, self.bags)
    }
}

impl Store {
    /// Whether something in it still waits for a password.
    pub(crate) fn is_locked(&self) -> bool {
        let parts = self.layout.parts.iter().map(|part| &part.state);
        parts.chain(self.layout.bags.iter().map(|bag| &bag.state)).any(|state| match state {
            State::Locked | State::WrongPassword => true,
            State::Read | State::Unsupported { .. } | State::Malformed { .. } => false,
        })
    }

    pub(crate) fn is_java(&self) -> bool {
        matches!(self.layout.format, Format::Jks | Format::Jceks)
    }

    /// What to call it: the first friendly name inside, or the first holder.
    pub(crate) fn title(&self) -> String {
        let named = self.layout.bags.iter().find_map(|bag| bag.friendly_name.as_deref().map(mask::text));
        named.or_else(|| self.bags.iter().find_map(|note| note.title.clone())).unwrap_or_default()
    }

    pub(crate) fn format(&self) -> &'static str {
        match self.layout.format {
            Format::Pkcs12 => "p12",
            Format::Jks => "jks",
            Format::Jceks => "jceks",
        }
    }

    /// Notes the SHA-256 of what came out of each bag, until it is known what object of the heap that is.
    pub(crate) fn expecting(mut self, bags: &[usize], found: &[Found]) -> Self {
        for (bag, own) in bags.iter().zip(found) {
            if let Some(note) = self.bags.get_mut(*bag) {
                note.sha256 = Some(own.sha256.clone());
            }
        }
        self
    }

    /// The structure as the window shows it.
    pub(crate) fn view(&self, ids: &HashMap<&str, &str>) -> StoreView {
        let layout = &self.layout;
        let rating = layout.rating();
        StoreView {
            format: self.format().to_owned(),
            locked: self.is_locked(),
            integrity: match self.integrity {
                Integrity::Verified => "right",
                Integrity::Unprotected => "none",
                Integrity::NotChecked | Integrity::NotCheckable { .. } => "not_checked",
            }
            .to_owned(),
            mac: layout.mac.as_ref().map(|mac| StoreProtection {
                algorithm: match (mac.scheme, &mac.hash) {
                    (MacScheme::Pkcs12, Some(hash)) => format!("HMAC {}", hash.name()),
                    (MacScheme::Pbmac1, Some(hash)) => format!("PBMAC1 HMAC {}", hash.name()),
                    (MacScheme::JavaDigest, _) => "SHA-1 (Java)".to_owned(),
                    (MacScheme::Pkcs12 | MacScheme::Pbmac1, None) => mac.oid.clone(),
                },
                kdf: Some(mac.kdf.name()),
                iterations: Some(mac.iterations),
                salt_bytes: u32::try_from(mac.salt_len).ok(),
            }),
            parts: self.parts(ids),
            risk: match rating.risk {
                Risk::Low => "low",
                Risk::Moderate => "medium",
                Risk::High | Risk::Critical => "high",
            }
            .to_owned(),
            risk_reasons: rating.reasons.iter().map(|reason| reason.code().to_owned()).collect(),
            openers: layout.opened_by().iter().map(opener).collect(),
        }
    }

    fn parts(&self, ids: &HashMap<&str, &str>) -> Vec<StorePart> {
        let mut parts = Vec::with_capacity(self.layout.parts.len() + self.layout.bags.len());
        for (number, part) in self.layout.parts.iter().enumerate() {
            parts.push(container(part));
            parts.extend(self.bags_of(Some(number), ids));
        }
        parts.extend(self.bags_of(None, ids));
        parts
    }

    fn bags_of<'a>(
        &'a self,
        part: Option<usize>,
        ids: &'a HashMap<&str, &str>,
    ) -> impl Iterator<Item = StorePart> + 'a {
        let bags = self.layout.bags.iter().zip(self.bags.iter().cloned().chain(std::iter::repeat(BagNote::default())));
        bags.filter(move |(bag, _)| bag.part == part).map(move |(bag, note)| {
            let kind = match (bag.kind, bag.trusted_usage.is_some()) {
                (BagKind::Key, _) => "key",
                (BagKind::ShroudedKey, _) => "shrouded_key",
                (BagKind::Certificate, true) => "trusted_certificate",
                (BagKind::Certificate | BagKind::SdsiCertificate, _) => "certificate",
                (BagKind::Crl, _) => "crl",
                (BagKind::Secret, _) => "secret",
                (BagKind::SafeContents, _) => "container",
                (BagKind::Other, _) => "other",
            };
            let (offset, length) = place(&bag.place);
            let depth = bag.nesting + usize::from(part.is_some()) + usize::from(bag.chain_of.is_some());
            StorePart {
                kind: kind.to_owned(),
                level: u32::try_from(depth).unwrap_or(u32::MAX),
                title: bag.friendly_name.as_deref().map(mask::text).or_else(|| note.title.clone()).unwrap_or_default(),
                offset,
                length,
                protection: bag.protection.as_ref().map(protection),
                attributes: attributes(bag),
                object: note.sha256.as_deref().and_then(|own| ids.get(own)).map(|id| (*id).to_owned()),
            }
        })
    }
}

fn taken(bytes: Vec<u8>, opened: cartorio_keystore::Opened) -> OpenedStore {
    let cartorio_keystore::Opened { layout, items, integrity } = opened;
    let mut notes = vec![BagNote::default(); layout.bags.len()];
    let (mut found, mut bags) = (Vec::new(), Vec::new());
    for item in items {
        let place = layout.bags.get(item.bag).map(|bag| bag.place);
        let name = layout.bags.get(item.bag).and_then(|bag| bag.friendly_name.clone());
        let content = match item.content {
            Opened::Certificate(der) => match Certificate::from_der(&der) {
                Ok(certificate) => {
                    if let Some(note) = notes.get_mut(item.bag) {
                        note.title = Some(holder_name(&certificate));
                    }
                    Some((sha256(&der), Content::Certificate(certificate)))
                }
                Err(_) => {
                    Some((sha256(&der), Content::Unknown { label: "certificate".to_owned(), bytes: Arc::new(der) }))
                }
            },
            Opened::Crl(der) => Crl::from_der(&der).ok().map(|crl| (sha256(&der), Content::Crl(crl))),
            Opened::PrivateKey(key) => {
                let note = KeyNote { name: name.as_deref().map(mask::text), ..key_note(key.expose()) };
                Some((sha256(key.expose()), Content::PrivateKey(note)))
            }
            // Named in the structure; there is nothing about a secret that could be looked at.
            Opened::Secret(_) | Opened::Other(_) => None,
        };
        if let Some((sha256, content)) = content {
            let (offset, length) = place.as_ref().map_or((None, None), self::place);
            found.push(Found {
                content,
                sha256,
                offset: offset.unwrap_or(0),
                length: length.unwrap_or(0),
                inside: None,
            });
            bags.push(item.bag);
        }
    }
    OpenedStore { store: Store { bytes: Arc::new(bytes), layout, integrity, bags: notes }, found, bags }
}

/// Where it stands in the file; nothing for what stands in decrypted content.
fn place(place: &Place) -> (Option<u64>, Option<u64>) {
    let offset = place.part.is_none().then_some(place.offset as u64);
    (offset, Some(place.length as u64))
}

fn container(part: &Part) -> StorePart {
    let (offset, length) = place(&part.place);
    let (title, own) = match &part.kind {
        PartKind::Clear => ("data", None),
        PartKind::Encrypted(own) => ("encryptedData", Some(protection(own))),
        PartKind::Enveloped => ("envelopedData", None),
        PartKind::Other { oid } => (oid.as_str(), None),
    };
    StorePart {
        kind: "container".to_owned(),
        level: 0,
        title: title.to_owned(),
        offset,
        length,
        protection: own,
        attributes: state(&part.state),
        object: None,
    }
}

fn protection(own: &Protection) -> StoreProtection {
    StoreProtection {
        algorithm: if own.scheme == "PBES2" { format!("PBES2 {}", own.cipher.name()) } else { own.scheme.clone() },
        kdf: Some(own.kdf.name()),
        iterations: (own.iterations > 0).then_some(own.iterations),
        salt_bytes: u32::try_from(own.salt_len).ok(),
    }
}

fn state(state: &State) -> Vec<Fact> {
    match state {
        State::Read => Vec::new(),
        State::Locked => vec![fact("state", "locked".to_owned(), FactForm::Code)],
        State::WrongPassword => vec![fact("state", "wrong_password".to_owned(), FactForm::Code)],
        State::Malformed { offset, reason, part: _ } => vec![
            fact("state", "malformed".to_owned(), FactForm::Code),
            fact("malformed", format!("{reason} ({offset})"), FactForm::Text),
        ],
        State::Unsupported { what } => vec![
            fact("state", "unsupported".to_owned(), FactForm::Code),
            fact("unsupported", what.clone(), FactForm::Text),
        ],
    }
}

fn attributes(bag: &cartorio_keystore::Bag) -> Vec<Fact> {
    let mut facts = state(&bag.state);
    facts.extend(bag.local_key_id.as_deref().map(|id| fact("local_key_id", hex(id), FactForm::Mono)));
    facts.extend(bag.csp_name.as_ref().map(|name| fact("csp_name", name.clone(), FactForm::Text)));
    facts.extend(bag.machine_key.then(|| fact("machine_key", "yes".to_owned(), FactForm::Code)));
    for usage in bag.trusted_usage.iter().flatten() {
        facts.push(fact("trusted_usage", usage.clone(), FactForm::Mono));
    }
    if let Some(made) = bag.created_ms.and_then(|ms| time::OffsetDateTime::from_unix_timestamp(ms / 1000).ok()) {
        facts.push(fact("created_at", crate::times::rfc3339(made), FactForm::Time));
    }
    for attribute in &bag.attributes {
        for value in &attribute.values {
            let named = Fact { named: true, ..fact(&attribute.oid, mask::text(value), FactForm::Mono) };
            facts.push(named);
        }
    }
    facts
}

fn fact(code: &str, value: String, form: FactForm) -> Fact {
    Fact { code: code.to_owned(), named: false, value, form, level: 0 }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

fn opener(opened: &OpenedBy) -> StoreOpener {
    let program = match opened.program {
        Program::OpenSsl3 => "OpenSSL 3",
        Program::Java17 => "Java 17",
        Program::Java8 => "Java 8",
        Program::Nss => "Firefox, Thunderbird (NSS)",
        Program::WindowsOld => "Windows 7, Server 2012–2016",
        Program::WindowsNew => "Windows 11, Server 2019",
    };
    let opens = match opened.verdict {
        Verdict::Yes => "yes",
        Verdict::No => "no",
        // It opens under the condition that the reason names; nobody knows here whether that holds.
        Verdict::Condition | Verdict::Unknown => "unknown",
    };
    let reason = (opened.verdict != Verdict::Yes).then(|| opened.reason.to_owned());
    StoreOpener { program: program.to_owned(), opens: opens.to_owned(), reason }
}

/// A store's error as it crosses the boundary.
pub(crate) fn refused(error: StoreError) -> OfficeError {
    let wrong_password = matches!(error, StoreError::WrongPasswordOrChanged);
    let mut refused = OfficeError::from(P12Error::from(error));
    if let OfficeError::Format(wire) = &mut refused
        && wrong_password
    {
        (wire.severity, wire.retry) = (Severity::Warning, Retry::AfterAction);
    }
    refused
}
