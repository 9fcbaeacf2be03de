//! PKCS#12 (RFC 7292, RFC 9579), also as BER.

mod bags;
mod mac;

use cartorio_core::SecretString;
use zeroize::Zeroizing;

use crate::ber::{Context, INTEGER, Node, OCTET_STRING, OID, Origin, Reader, SEQUENCE};
use crate::error::{Result, StoreError};
use crate::layout::{Format, Layout, Part, PartKind, PasswordForm, State};
use crate::limits::Budget;
use crate::password::{self, Candidate};
use crate::pbe::{self, Attempt};
use crate::{Integrity, Item, Opened};

const DATA: &str = "1.2.840.113549.1.7.1";
const SIGNED_DATA: &str = "1.2.840.113549.1.7.2";
const ENVELOPED_DATA: &str = "1.2.840.113549.1.7.3";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";

/// Whether the bytes begin as a PFX does: a SEQUENCE with the version 3 and a ContentInfo. A file that was cut off does
/// too, so that opening it can say where it ends.
pub(crate) fn looks_like(bytes: &[u8]) -> bool {
    let inside = |bytes: &[u8]| -> Option<usize> {
        let (tag, length) = (*bytes.first()?, *bytes.get(1)?);
        let more = if length > 0x80 { usize::from(length & 0x7f) } else { 0 };
        (tag == SEQUENCE && more <= 8).then_some(2 + more)
    };
    let look = || -> Option<bool> {
        let rest = bytes.get(inside(bytes)?..)?.strip_prefix(&[INTEGER, 1, 3])?;
        Some(rest.get(inside(rest)?)? == &OID)
    };
    look().unwrap_or(false)
}

/// How far to go.
pub(crate) enum Goal<'p> {
    /// The structure alone: no key derivation is done.
    Look,
    /// Everything that this password opens; without one, what no password or the empty one opens.
    Open(Option<&'p SecretString>),
}

pub(crate) fn read(bytes: &[u8], goal: &Goal<'_>, budget: &Budget) -> Result<Opened> {
    let origin = Origin::whole_file();
    let context = Context { budget, origin: &origin };
    let mut file = Reader::new(bytes, context);
    let pfx = file.expect(SEQUENCE, "a PFX is a SEQUENCE")?;
    let trailing = file.rest();
    let mut parts = pfx.children(context);
    let version = parts.expect(INTEGER, "the version is missing")?;
    if version.content != [3] {
        return Err(version.malformed(context, "the version is not 3"));
    }
    let info = parts.expect(SEQUENCE, "the authenticated safe is missing")?;
    let (safe, safe_origin) = authenticated_safe(&info, context)?;
    let mac = parts.next()?.map(|node| mac::read(&node, context)).transpose()?;

    let mut walk = Walk {
        budget,
        candidates: match goal {
            Goal::Look => Vec::new(),
            Goal::Open(password) => password::candidates(*password),
        },
        layout: Layout {
            format: Format::Pkcs12,
            version: 3,
            file_len: bytes.len(),
            trailing,
            indefinite: false,
            mac: mac.as_ref().map(|mac| mac.info.clone()),
            parts: Vec::new(),
            bags: Vec::new(),
            password: None,
        },
        items: Vec::new(),
        accepted: None,
        refused: false,
        guessing: matches!(goal, Goal::Open(None)),
    };
    // Nothing is decrypted before the MAC has been seen to fit.
    let integrity = match (&mac, goal) {
        (None, _) => Integrity::Unprotected,
        (Some(_), Goal::Look) => Integrity::NotChecked,
        (Some(mac), Goal::Open(password)) => match &mac.info.unsupported {
            Some(what) => Integrity::NotCheckable { what: what.clone() },
            None => match mac.verify(&safe, &walk.candidates, context)? {
                Some(fitting) => {
                    walk.prefer(fitting);
                    Integrity::Verified
                }
                None if password.is_some() => return Err(StoreError::WrongPasswordOrChanged),
                None => {
                    walk.candidates.clear();
                    Integrity::NotChecked
                }
            },
        },
    };
    walk.parts(&safe, Context { budget, origin: &safe_origin })?;
    if let Goal::Open(Some(_)) = goal {
        // Without a MAC, a password that opens nothing of what is locked is the wrong one.
        if integrity != Integrity::Verified && walk.refused && walk.accepted.is_none() {
            return Err(StoreError::WrongPasswordOrChanged);
        }
    }
    let mut layout = walk.layout;
    layout.indefinite = budget.was_indefinite();
    if let (Goal::Open(password), Some(form)) = (goal, walk.accepted) {
        layout.password = Some(password::facts(*password, form));
    }
    Ok(Opened { layout, items: walk.items, integrity })
}

/// The octets that the MAC is made of.
fn authenticated_safe(info: &Node<'_>, context: Context<'_>) -> Result<(Zeroizing<Vec<u8>>, Origin)> {
    let mut parts = info.children(context);
    let kind = parts.expect(OID, "the authenticated safe has no type")?.oid(context)?;
    match kind.as_str() {
        DATA => {}
        SIGNED_DATA => return Err(StoreError::Unsupported { what: "a signature for integrity".to_owned() }),
        other => return Err(StoreError::Unsupported { what: format!("the content type {other}") }),
    }
    let content = parts.expect(0xa0, "the authenticated safe has no content")?;
    content.children(context).expect(OCTET_STRING, "the authenticated safe has no content")?.octets(context)
}

/// Reading under way.
struct Walk<'b> {
    budget: &'b Budget,
    candidates: Vec<Candidate>,
    layout: Layout,
    items: Vec<Item>,
    /// The form of the password that opened something.
    accepted: Option<PasswordForm>,
    /// Whether something did not open with any form.
    refused: bool,
    /// Whether no password was given, and only the empty ones are tried.
    guessing: bool,
}

/// Bags of one SafeContents, not yet part of the layout.
#[derive(Default)]
struct Found {
    bags: Vec<crate::layout::Bag>,
    items: Vec<Item>,
}

impl Found {
    /// Bytes that another password made may look like bags by chance, but none that makes sense.
    fn some_sense(&self, context: Context<'_>) -> Result<()> {
        let broken = |bag: &crate::layout::Bag| matches!(bag.state, State::Malformed { .. });
        if !self.bags.is_empty() && self.bags.iter().all(broken) {
            return Err(context.origin.malformed(0, "no bag can be read"));
        }
        Ok(())
    }
}

/// What is malformed is a state of its part; the other errors end the reading.
fn malformed(outcome: Result<()>) -> Result<Option<State>> {
    match outcome {
        Ok(()) => Ok(None),
        Err(StoreError::Malformed { offset, part, reason }) => Ok(Some(State::Malformed { offset, part, reason })),
        Err(other) => Err(other),
    }
}

impl Walk<'_> {
    /// The form that fits goes first; the others stay, because some programs encrypt with another than they sign with.
    fn prefer(&mut self, index: usize) {
        let fitting = self.candidates.remove(index);
        self.accepted = Some(fitting.form);
        self.candidates.insert(0, fitting);
    }

    fn parts(&mut self, safe: &[u8], context: Context<'_>) -> Result<()> {
        let sequence = Reader::new(safe, context).expect(SEQUENCE, "the authenticated safe is not a SEQUENCE")?;
        let mut infos = sequence.children(context);
        while let Some(info) = infos.next()? {
            self.budget.bag()?;
            self.part(&info, context)?;
        }
        Ok(())
    }

    fn part(&mut self, info: &Node<'_>, context: Context<'_>) -> Result<()> {
        let mut fields = info.children(context);
        let oid = fields.expect(OID, "a part has no type")?.oid(context)?;
        let content = fields.next()?.filter(|node| node.tag == 0xa0);
        let number = self.layout.parts.len();
        let place = info.place(context);
        let mut part = Part {
            place,
            kind: PartKind::Clear,
            state: State::Read,
            content_len: content.map_or(0, |c| c.content.len()),
        };
        match (oid.as_str(), content) {
            (DATA, Some(content)) => {
                let string = content.children(context).expect(OCTET_STRING, "a clear part has no content")?;
                let (octets, origin) = string.octets(context)?;
                part.content_len = octets.len();
                self.layout.parts.push(part);
                let context = Context { budget: self.budget, origin: &origin };
                let mut found = Found::default();
                let outcome = self.safe_contents(&octets, number, self.layout.bags.len(), context, &mut found);
                if let (Some(state), Some(part)) = (malformed(outcome)?, self.layout.parts.get_mut(number)) {
                    part.state = state;
                }
                self.layout.bags.extend(found.bags);
                self.items.extend(found.items);
            }
            (ENCRYPTED_DATA, Some(content)) => {
                let data = content.children(context).expect(SEQUENCE, "encrypted data was expected")?;
                let mut fields = data.children(context);
                fields.expect(INTEGER, "the version of the encrypted data is missing")?;
                let mut fields = fields.expect(SEQUENCE, "the encrypted content is missing")?.children(context);
                fields.expect(OID, "the type of the encrypted content is missing")?;
                let algorithm = fields.expect(SEQUENCE, "the encryption has no algorithm")?;
                let pbe = pbe::read(&algorithm, context)?;
                let octets = match fields.next()? {
                    Some(node) if node.tag & !0x20 == 0x80 => node.octets(context)?.0,
                    Some(node) => return Err(node.malformed(context, "the encrypted content was expected")),
                    None => Zeroizing::new(Vec::new()),
                };
                part.content_len = octets.len();
                part.kind = PartKind::Encrypted(pbe.protection.clone());
                let origin = Origin::Decrypted(number);
                let inner = Context { budget: self.budget, origin: &origin };
                let first = self.layout.bags.len();
                let (state, found) = self.unlock(&pbe, &octets, context, |walk, plain| {
                    let mut found = Found::default();
                    walk.safe_contents(plain, number, first, inner, &mut found)?;
                    found.some_sense(inner)?;
                    Ok(found)
                })?;
                part.state = state;
                self.layout.parts.push(part);
                if let Some(found) = found {
                    self.layout.bags.extend(found.bags);
                    self.items.extend(found.items);
                }
            }
            (ENVELOPED_DATA, _) => {
                part.kind = PartKind::Enveloped;
                part.state = State::Unsupported { what: "a public key".to_owned() };
                self.layout.parts.push(part);
            }
            _ => {
                part.state = State::Unsupported { what: oid.clone() };
                part.kind = PartKind::Other { oid };
                self.layout.parts.push(part);
            }
        }
        Ok(())
    }

    /// Tries every form of the password; what decrypts must also make sense to `read`.
    fn unlock<T>(
        &mut self,
        pbe: &pbe::Pbe,
        data: &[u8],
        context: Context<'_>,
        mut read: impl FnMut(&mut Self, &[u8]) -> Result<T>,
    ) -> Result<(State, Option<T>)> {
        if self.candidates.is_empty() {
            return Ok((State::Locked, None));
        }
        let candidates = std::mem::take(&mut self.candidates);
        let outcome = self.try_all(pbe, data, context, &candidates, &mut read);
        self.candidates = candidates;
        outcome
    }

    fn try_all<T>(
        &mut self,
        pbe: &pbe::Pbe,
        data: &[u8],
        context: Context<'_>,
        candidates: &[Candidate],
        read: &mut impl FnMut(&mut Self, &[u8]) -> Result<T>,
    ) -> Result<(State, Option<T>)> {
        // The MAC has vouched for the password: what decrypts to nonsense with it is malformed.
        let vouched = self.accepted;
        let mut nonsense = None;
        for candidate in candidates {
            match pbe.decrypt(data, candidate, context)? {
                Attempt::Plain(plain) => {
                    // What is inside has encryption of its own to be tried with every form.
                    self.candidates = candidates.iter().map(Candidate::again).collect();
                    match read(self, &plain) {
                        Ok(found) => {
                            self.accepted.get_or_insert(candidate.form);
                            return Ok((State::Read, Some(found)));
                        }
                        Err(limit @ StoreError::Limit { .. }) => return Err(limit),
                        Err(StoreError::Malformed { offset, part, reason }) if vouched == Some(candidate.form) => {
                            nonsense = Some(State::Malformed { offset, part, reason });
                        }
                        Err(_) => {}
                    }
                }
                Attempt::Wrong => {}
                Attempt::Unsupported(what) => return Ok((State::Unsupported { what }, None)),
            }
        }
        if let Some(state) = nonsense {
            return Ok((state, None));
        }
        self.refused = true;
        Ok((if self.guessing { State::Locked } else { State::WrongPassword }, None))
    }
}
