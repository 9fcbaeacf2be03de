//! The ASN.1 and the bytes of an object.
//!
//! The rule for personal numbers: what a screen shows of them is masked until somebody asks for more, on record. So an object
//! with such numbers in the clear has its bytes refused, and its ASN.1 masked value by value, until `identifier_reveal` was
//! called for its SHA-256 in this session. Copies and exports are not masked: a certificate with dots in it is none, and whoever
//! asks for the file has it.

use std::sync::Arc;

use cartorio_asn1::{Class, Limits, Node, Tree, read};

use super::read::Content;
use super::{HeapError, Item, seat};
use crate::OfficeResult;
use crate::certificates::mask;
use crate::dto::{Asn1NodeView, Asn1View, HeapProblem};
use crate::office::Office;
use crate::signing::blocking;

/// Elements that are shown.
const MAX_NODES: usize = 20_000;

/// The ASN.1 of an object.
pub(crate) async fn view(office: &Office, id: &str) -> OfficeResult<Asn1View> {
    seat(office).await?;
    let item = Arc::clone(office.heap.snapshot().get(id)?);
    let masked = !office.shown.is_revealed(&item.sha256);
    remember(office, &item);
    blocking(move || {
        let bytes = item.content.bytes().ok_or(HeapError::NoBytes)?;
        Ok(tree(bytes, masked))
    })
    .await?
}

/// The bytes of an object.
pub(crate) async fn bytes(office: &Office, id: &str) -> OfficeResult<Vec<u8>> {
    seat(office).await?;
    let item = Arc::clone(office.heap.snapshot().get(id)?);
    remember(office, &item);
    let bytes = item.content.bytes().ok_or(HeapError::NoBytes)?;
    if !office.shown.is_revealed(&item.sha256) && has_personal_numbers(bytes) {
        return Err(HeapError::Masked.into());
    }
    Ok(bytes.to_vec())
}

/// What was shown can be revealed.
fn remember(office: &Office, item: &Item) {
    match &item.content {
        Content::Certificate(certificate) => office.shown.remember([certificate]),
        _ => office.shown.remember_object(&item.sha256),
    }
}

/// DER of 2.16.76.1.3, below which DOC-ICP-04 §7.1.2.3 has the identities; the last arc follows.
const IDENTITIES: &[u8] = &[0x06, 0x05, 0x60, 0x4c, 0x01, 0x03];
const IDENTITIES_DOTTED: &str = "2.16.76.1.3.";

/// Whether the otherName of this last arc holds numbers of a person: those of companies, and names, are not masked.
fn is_personal(arc: u8) -> bool {
    !matches!(arc, 2 | 3 | 8)
}

/// Whether numbers of a person stand in these bytes in the clear, in ICP-Brasil's otherNames or behind a name (`NAME:CPF`).
fn has_personal_numbers(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = find(rest, IDENTITIES) {
        rest = &rest[at + IDENTITIES.len()..];
        if rest.first().copied().is_some_and(is_personal) {
            return true;
        }
    }
    bytes.split(|byte| *byte == b':').skip(1).any(|behind| {
        let number = behind.get(..11).unwrap_or_default();
        number.iter().all(u8::is_ascii_digit) && mask::has_cpf(number)
    })
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn tree(bytes: &[u8], masked: bool) -> Asn1View {
    let tree = read(bytes, &Limits { max_nodes: MAX_NODES, ..Limits::default() });
    let masked = masked && has_personal_numbers(bytes);
    let mut personal: Option<usize> = None;
    let mut nodes = Vec::with_capacity(tree.nodes.len());
    for (index, node) in tree.nodes.iter().enumerate() {
        // The values behind such an identifier, up to the end of the SEQUENCE that it stands in.
        if personal.is_some_and(|end| index >= end) {
            personal = None;
        }
        let value = tree.value(index, bytes);
        let mut text = value.as_ref().map(|value| value.text.clone()).unwrap_or_default();
        if masked {
            if let Some(end) = behind(&tree, node, &text) {
                personal = Some(end);
            } else if !node.constructed && hides(node, &text, bytes, personal.is_some()) {
                text = dots(&text);
            } else {
                text = mask::text(&text);
            }
        }
        nodes.push(Asn1NodeView {
            offset: small(node.offset),
            header: small(node.header_len),
            length: small(node.content_len),
            depth: small(node.depth),
            tag: node.type_name(),
            field: tree.path(index),
            value: text,
            oid_name: value.and_then(|value| value.name).map(str::to_owned),
            constructed: node.constructed || node.encapsulates,
            remarks: node.remarks.iter().map(|remark| remark.code().to_owned()).collect(),
        });
    }
    let trouble = tree.trouble.as_ref();
    let cut = trouble.is_some_and(|trouble| trouble.problem == cartorio_asn1::Problem::TooMany);
    Asn1View {
        nodes,
        truncated: cut,
        trouble: trouble.filter(|_| !cut).map(|trouble| HeapProblem {
            code: trouble.code().to_owned(),
            params: [("offset".to_owned(), trouble.offset.to_string())].into(),
            offset: Some(trouble.offset as u64),
            field: None,
            detail: trouble.problem.to_string(),
        }),
    }
}

/// Where the values end that `node`, the identifier of an identity, names; nothing for every other element.
fn behind(tree: &Tree, node: &Node, text: &str) -> Option<usize> {
    const OBJECT_IDENTIFIER: u32 = 6;
    if !node.is_universal(OBJECT_IDENTIFIER) {
        return None;
    }
    let arc: u8 = text.strip_prefix(IDENTITIES_DOTTED)?.parse().unwrap_or(0);
    is_personal(arc)
        .then(|| node.parent.and_then(|parent| tree.nodes.get(parent)).map_or(usize::MAX, |parent| parent.next))
}

/// Whether the value of an element is not shown: it stands behind the identifier of an identity, or it is undivided bytes with
/// an identity in them.
fn hides(node: &Node, text: &str, bytes: &[u8], personal: bool) -> bool {
    if personal {
        return true;
    }
    let opaque = node.class != Class::Universal || matches!(node.tag, 3 | 4);
    let content = bytes.get(node.content_range()).unwrap_or_default();
    opaque && !text.is_empty() && has_personal_numbers(content)
}

fn dots(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() { '•' } else { c }).collect()
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// otherName of a person (2.16.76.1.3.1) as it stands in a subjectAltName.
    fn other_name(arc: u8, text: &[u8]) -> Vec<u8> {
        let value = [&[0x04, u8::try_from(text.len()).unwrap()], text].concat();
        let explicit = [&[0xa0, u8::try_from(value.len()).unwrap()], value.as_slice()].concat();
        let body = [IDENTITIES, &[arc], explicit.as_slice()].concat();
        let name = [&[0xa0, u8::try_from(body.len()).unwrap()], body.as_slice()].concat();
        [&[0x30, u8::try_from(name.len()).unwrap()], name.as_slice()].concat()
    }

    #[test]
    fn numbers_of_persons_are_masked_in_the_tree_until_they_are_revealed() {
        let person = other_name(1, b"010219805299822472500000000000000000123456");
        let shown = tree(&person, true);
        let text: String = shown.nodes.iter().map(|node| node.value.clone()).collect();
        assert!(!text.contains("52998224725") && !text.contains("01021980") && text.contains('•'), "{text}");
        // As hexadecimal it would be as clear.
        assert!(!text.contains("3532393938"), "{text}");
        let clear: String = tree(&person, false).nodes.iter().map(|node| node.value.clone()).collect();
        assert!(clear.contains("52998224725") || clear.contains("35323939"), "{clear}");
        assert!(has_personal_numbers(&person));
        assert!(!has_personal_numbers(&other_name(3, b"11222333000181")));
        assert!(has_personal_numbers(b"CN=MARIA:52998224725"));
        assert!(!has_personal_numbers(b"CN=MARIA:52998224726 12:34"));
    }
}
