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
use crate::certificates::{self, mask, mask_text};
use crate::dto::{Asn1NodeView, Asn1View, HeapProblem, IdentifierView};
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
        Ok(match (masked, item.content.certificate()) {
            (false, _) => tree(bytes, None),
            (true, Some(own)) => tree(bytes, Some(&|text| mask_text(text, own))),
            (true, None) => tree(bytes, Some(&mask::text)),
        })
    })
    .await?
}

/// The bytes of an object.
pub(crate) async fn bytes(office: &Office, id: &str) -> OfficeResult<Vec<u8>> {
    seat(office).await?;
    let item = Arc::clone(office.heap.snapshot().get(id)?);
    remember(office, &item);
    let masked = !office.shown.is_revealed(&item.sha256);
    blocking(move || {
        let bytes = item.content.bytes().ok_or(HeapError::NoBytes)?;
        if masked && is_personal_object(&item.content, bytes) {
            return Err(HeapError::Masked.into());
        }
        Ok(bytes.to_vec())
    })
    .await?
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

/// Whether numbers of a person stand in an object in the clear.
fn is_personal_object(content: &Content, bytes: &[u8]) -> bool {
    let identified =
        content.certificate().is_some_and(|own| certificates::identifiers(own, true).iter().any(is_number));
    identified || has_personal_numbers(bytes)
}

/// Whether an identifier is a number of a person: those of companies, and names, are not masked.
fn is_number(own: &IdentifierView) -> bool {
    !matches!(own.kind.trim_start_matches("responsible_"), "name" | "business_name" | "cnpj")
}

/// Whether numbers of a person stand in these bytes in the clear: in ICP-Brasil's otherNames, or a CPF in any text.
fn has_personal_numbers(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = find(rest, IDENTITIES) {
        rest = &rest[at + IDENTITIES.len()..];
        if rest.first().copied().is_some_and(is_personal) {
            return true;
        }
    }
    let tree = read(bytes, &limits());
    let in_texts = tree.nodes.iter().enumerate().any(|(index, node)| {
        let text = || tree.value(index, bytes).map(|value| value.text).unwrap_or_default();
        !node.constructed && !node.encapsulates && is_text(node) && {
            let content = bytes.get(node.content_range()).unwrap_or_default();
            mask::has_cpf(content) || node.is_universal(BMP_STRING) && differs(&text())
        }
    });
    // What cannot be read as ASN.1, or is beyond the limit, is looked at as it is.
    let unread = tree.trouble.as_ref().and_then(|trouble| bytes.get(trouble.offset..));
    in_texts || unread.is_some_and(mask::has_cpf)
}

const BMP_STRING: u32 = 30;

fn differs(text: &str) -> bool {
    mask::text(text) != text
}

fn limits() -> Limits {
    Limits { max_nodes: MAX_NODES, ..Limits::default() }
}

/// Whether an element can hold text: none of booleans, numbers, identifiers and times.
fn is_text(node: &Node) -> bool {
    node.class != Class::Universal || !matches!(node.tag, 1 | 2 | 5 | 6 | 9 | 10 | 13 | 23 | 24)
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// The tree of `bytes`; with `mask`, numbers of persons are hidden, and every other value goes through it.
fn tree(bytes: &[u8], mask: Option<&dyn Fn(&str) -> String>) -> Asn1View {
    let tree = read(bytes, &limits());
    let mut personal: Option<usize> = None;
    let mut nodes = Vec::with_capacity(tree.nodes.len());
    for (index, node) in tree.nodes.iter().enumerate() {
        // The values behind such an identifier, up to the end of the SEQUENCE that it stands in.
        if personal.is_some_and(|end| index >= end) {
            personal = None;
        }
        let value = tree.value(index, bytes);
        let mut text = value.as_ref().map(|value| value.text.clone()).unwrap_or_default();
        if let Some(mask) = mask {
            if let Some(end) = behind(&tree, node, &text) {
                personal = Some(end);
            } else if !node.constructed && hides(node, &text, bytes, personal.is_some()) {
                text = dots(&text);
            } else {
                text = mask(&text);
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
/// an identity or a CPF in them.
fn hides(node: &Node, text: &str, bytes: &[u8], personal: bool) -> bool {
    if personal {
        return true;
    }
    let content = bytes.get(node.content_range()).unwrap_or_default();
    let opaque = node.class != Class::Universal || matches!(node.tag, 3 | 4);
    let inside = if opaque { has_personal_numbers(content) } else { mask::has_cpf(content) };
    // A text is masked as a text; what is shown as hexadecimal is not shown.
    is_text(node) && !text.is_empty() && inside && !differs(text)
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
        let shown = tree(&person, Some(&mask::text));
        let text: String = shown.nodes.iter().map(|node| node.value.clone()).collect();
        assert!(!text.contains("52998224725") && !text.contains("01021980") && text.contains('•'), "{text}");
        // As hexadecimal it would be as clear.
        assert!(!text.contains("3532393938"), "{text}");
        let clear: String = tree(&person, None).nodes.iter().map(|node| node.value.clone()).collect();
        assert!(clear.contains("52998224725") || clear.contains("35323939"), "{clear}");
        assert!(has_personal_numbers(&person));
        assert!(!has_personal_numbers(&other_name(3, b"11222333000181")));
        assert!(has_personal_numbers(b"CN=MARIA:52998224725"));
        assert!(!has_personal_numbers(b"CN=MARIA:52998224726 12:34"));
    }

    /// A relative name: SET { SEQUENCE { serialNumber, text } }.
    fn relative(tag: u8, text: &[u8]) -> Vec<u8> {
        let wrap = |tag: u8, body: &[u8]| [&[tag, u8::try_from(body.len()).unwrap()], body].concat();
        wrap(0x31, &wrap(0x30, &[&[0x06, 0x03, 0x55, 0x04, 0x05], wrap(tag, text).as_slice()].concat()))
    }

    #[test]
    fn a_cpf_is_found_however_a_name_writes_it() {
        let bmp: Vec<u8> = "JOSE 52998224725".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (tag, text) in [
            (0x13, &b"52998224725"[..]),
            (0x13, b"TINBR-52998224725"),
            (0x0c, b"529.982.247-25"),
            (0x0c, b"JOSE:529.982.247-25"),
            (0x0c, b"JOSE 52998224725"),
            (0x1e, &bmp),
            // No UTF-8, so shown as hexadecimal.
            (0x0c, b"\xff 52998224725"),
        ] {
            // Another name stands behind it: its tag is the digit 1.
            let both = [relative(tag, text), relative(0x13, b"AC")].concat();
            let name = [&[0x30, u8::try_from(both.len()).unwrap()], both.as_slice()].concat();
            let written = String::from_utf8_lossy(text);
            assert!(has_personal_numbers(&name), "{written}");
            let shown: String = tree(&name, Some(&mask::text)).nodes.iter().map(|node| node.value.clone()).collect();
            let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
            assert!(!digits.contains("52998224725") && !shown.contains("3532393938"), "{written}: {shown}");
        }
        let company = relative(0x13, b"11222333000181");
        assert!(!has_personal_numbers(&company));
        let times = [0x30, 15].iter().chain(&[0x17, 13]).chain(b"529982247250Z").copied().collect::<Vec<u8>>();
        assert!(!has_personal_numbers(&times));
    }
}
