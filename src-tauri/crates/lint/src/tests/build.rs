//! Certificates and lists with whatever a test wants in them. Signatures are not looked at by rules, so they are noise.

pub(super) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match content.len() {
        length @ 0..=0x7f => out.push(length as u8),
        length @ 0x80..=0xff => out.extend([0x81, length as u8]),
        length => out.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    out.extend_from_slice(content);
    out
}

pub(super) fn seq<T: AsRef<[u8]>>(parts: impl IntoIterator<Item = T>) -> Vec<u8> {
    tlv(0x30, &parts.into_iter().flat_map(|part| part.as_ref().to_vec()).collect::<Vec<_>>())
}

pub(super) fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u32> = dotted.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut content = Vec::new();
    for arc in std::iter::once(arcs[0] * 40 + arcs[1]).chain(arcs[2..].iter().copied()) {
        let mut bytes = vec![(arc & 0x7f) as u8];
        let mut rest = arc >> 7;
        while rest > 0 {
            bytes.insert(0, 0x80 | (rest & 0x7f) as u8);
            rest >>= 7;
        }
        content.extend(bytes);
    }
    tlv(6, &content)
}

pub(super) fn int(bytes: &[u8]) -> Vec<u8> {
    tlv(2, bytes)
}

pub(super) fn octets(bytes: &[u8]) -> Vec<u8> {
    tlv(4, bytes)
}

pub(super) fn bits(unused: u8, bytes: &[u8]) -> Vec<u8> {
    tlv(3, &[&[unused], bytes].concat())
}

pub(super) fn printable(text: &str) -> Vec<u8> {
    tlv(19, text.as_bytes())
}

pub(super) fn utf8(text: &str) -> Vec<u8> {
    tlv(12, text.as_bytes())
}

pub(super) fn utc(text: &str) -> Vec<u8> {
    tlv(23, text.as_bytes())
}

pub(super) fn general(text: &str) -> Vec<u8> {
    tlv(24, text.as_bytes())
}

/// A name of one attribute in each RDN.
pub(super) fn name(parts: &[(&str, Vec<u8>)]) -> Vec<u8> {
    seq(parts.iter().map(|(kind, value)| tlv(0x31, &seq([oid(kind), value.clone()]))))
}

pub(super) fn other_name(kind: &str, value: &[u8]) -> Vec<u8> {
    tlv(0xa0, &[oid(kind), tlv(0xa0, value)].concat())
}

pub(super) fn rsa_spki(bits_of_modulus: usize, exponent: &[u8]) -> Vec<u8> {
    let mut modulus = vec![0, 0x80];
    modulus.resize(bits_of_modulus / 8 + 1, 1);
    seq([rsa("1.2.840.113549.1.1.1"), bits(0, &seq([int(&modulus), int(exponent)]))])
}

pub(super) fn rsa(algorithm: &str) -> Vec<u8> {
    seq([oid(algorithm), tlv(5, &[])])
}

/// A certificate in parts.
#[derive(Clone)]
pub(super) struct Draft {
    pub version: u8,
    pub serial: Vec<u8>,
    pub inner: Vec<u8>,
    pub outer: Vec<u8>,
    pub issuer: Vec<u8>,
    pub not_before: Vec<u8>,
    pub not_after: Vec<u8>,
    pub subject: Vec<u8>,
    pub spki: Vec<u8>,
    pub unique: Vec<u8>,
    /// Identifier, criticality as it is encoded, value.
    pub extensions: Vec<(String, Option<u8>, Vec<u8>)>,
    /// Whether an empty list of extensions is written.
    pub empty_list: bool,
}

impl Draft {
    pub(super) fn set(&mut self, kind: &str, critical: bool, value: Vec<u8>) {
        self.drop(kind);
        self.extensions.push((kind.to_owned(), critical.then_some(0xff), value));
    }

    pub(super) fn drop(&mut self, kind: &str) {
        self.extensions.retain(|(own, ..)| own != kind);
    }

    pub(super) fn critical(&mut self, kind: &str, critical: bool) {
        for (own, flag, _) in &mut self.extensions {
            if own == kind {
                *flag = critical.then_some(0xff);
            }
        }
    }

    pub(super) fn der(&self) -> Vec<u8> {
        let mut parts = Vec::new();
        if self.version > 1 {
            parts.push(tlv(0xa0, &int(&[self.version - 1])));
        }
        parts.push(int(&self.serial));
        parts.push(self.inner.clone());
        parts.push(self.issuer.clone());
        parts.push(seq([self.not_before.clone(), self.not_after.clone()]));
        parts.push(self.subject.clone());
        parts.push(self.spki.clone());
        parts.push(self.unique.clone());
        if !self.extensions.is_empty() || self.empty_list {
            parts.push(tlv(0xa3, &extensions(&self.extensions)));
        }
        seq([seq(parts), self.outer.clone(), bits(0, &[0x30, 6, 2, 1, 1, 2, 1, 1])])
    }
}

pub(super) fn extensions(list: &[(String, Option<u8>, Vec<u8>)]) -> Vec<u8> {
    seq(list.iter().map(|(kind, critical, value)| {
        let flag = critical.map(|byte| tlv(1, &[byte])).unwrap_or_default();
        seq([oid(kind), flag, octets(value)])
    }))
}

/// A revocation list in parts.
#[derive(Clone)]
pub(super) struct CrlDraft {
    pub version: Option<u8>,
    pub inner: Vec<u8>,
    pub outer: Vec<u8>,
    pub issuer: Vec<u8>,
    pub this_update: Vec<u8>,
    pub next_update: Vec<u8>,
    /// Entries; `None` for no field at all.
    pub revoked: Option<Vec<Vec<u8>>>,
    pub extensions: Vec<(String, Option<u8>, Vec<u8>)>,
}

impl CrlDraft {
    pub(super) fn set(&mut self, kind: &str, critical: bool, value: Vec<u8>) {
        self.extensions.retain(|(own, ..)| own != kind);
        self.extensions.push((kind.to_owned(), critical.then_some(0xff), value));
    }

    pub(super) fn der(&self) -> Vec<u8> {
        let mut parts = vec![self.version.map(|version| int(&[version])).unwrap_or_default()];
        parts.push(self.inner.clone());
        parts.push(self.issuer.clone());
        parts.push(self.this_update.clone());
        parts.push(self.next_update.clone());
        parts.extend(self.revoked.as_ref().map(seq));
        parts.push(tlv(0xa0, &extensions(&self.extensions)));
        seq([seq(parts), self.outer.clone(), bits(0, &[0x30, 6, 2, 1, 1, 2, 1, 1])])
    }
}

/// An entry with extensions.
pub(super) fn entry(serial: u8, list: &[(&str, bool, Vec<u8>)]) -> Vec<u8> {
    let list: Vec<_> = list
        .iter()
        .map(|(kind, critical, value)| ((*kind).to_owned(), critical.then_some(0xff), value.clone()))
        .collect();
    let list = if list.is_empty() { Vec::new() } else { extensions(&list) };
    seq([int(&[serial]), utc("260101000000Z"), list])
}
