//! Reading BER and DER into a tree: tolerant, in linear time, without recursion.

use crate::element::{Header, header};
use crate::schema;
use crate::tree::{Asn1Error, Class, Node, Problem, Remark, Remarks, Tree};
use crate::value;

/// Bounds of one reading.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Elements.
    pub max_nodes: usize,
    /// Elements inside elements.
    pub max_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_nodes: 250_000, max_depth: 64 }
    }
}

/// Reads `bytes`: BER or DER, one element or several one after the other, and what is ASN.1 inside OCTET STRINGs and BIT
/// STRINGs. What is broken is in [`Tree::trouble`]; the elements before it are there, and so are those after the element
/// that it breaks.
pub fn read(bytes: &[u8], limits: &Limits) -> Tree {
    let mut reader = Reader { bytes, limits, nodes: Vec::new(), open: Vec::new(), at: 0, trouble: None };
    while reader.step() {}
    reader.finish()
}

/// ASN.1 inside strings inside strings: no structure of the field goes deeper than six.
const MAX_ENCAPSULATED: usize = 10;

struct Reader<'a> {
    bytes: &'a [u8],
    limits: &'a Limits,
    nodes: Vec<Node>,
    open: Vec<Frame>,
    at: usize,
    trouble: Option<Asn1Error>,
}

/// An element whose content is being read.
#[derive(Clone, Copy)]
struct Frame {
    node: usize,
    /// Where its content ends, at the latest.
    end: usize,
    indefinite: bool,
    encapsulated: bool,
}

impl Reader<'_> {
    /// One element, or one end. `false` when there is nothing more to read.
    fn step(&mut self) -> bool {
        let frame = self.open.last().copied();
        let end = frame.map_or(self.bytes.len(), |frame| frame.end);
        if let Some(frame) = frame {
            if frame.indefinite {
                if self.bytes.get(self.at..(self.at + 2).min(end)) == Some(&[0, 0]) {
                    let node = &mut self.nodes[frame.node];
                    node.content_len = self.at - node.content_offset();
                    node.end_len = 2;
                    self.at += 2;
                    self.close();
                    return true;
                }
                if self.at >= end {
                    let offset = self.nodes[frame.node].offset;
                    return self.recover(Asn1Error { offset, problem: Problem::IndefiniteOpen });
                }
            } else if self.at >= end {
                self.close();
                return true;
            }
            // A string holds one element and nothing else, or it is just a string.
            if frame.encapsulated && self.nodes.len() > frame.node + 1 {
                return self.recover(Asn1Error { offset: self.at, problem: Problem::StrayEnd });
            }
        } else if self.at >= end {
            return false;
        }
        let header = match header(self.bytes, self.at, end) {
            Ok(header) => header,
            Err(error) => return self.recover(error),
        };
        if header.class == Class::Universal && header.tag == 0 {
            return self.recover(Asn1Error { offset: self.at, problem: Problem::StrayEnd });
        }
        let content = self.at + header.header_len;
        let mut cut = false;
        let content_end = match header.length {
            None => end,
            Some(length) => match content.checked_add(length).filter(|after| *after <= end) {
                Some(after) => after,
                None => {
                    let error = Asn1Error { offset: self.at, problem: Problem::ContentCut };
                    // What there is of a string or number says nothing; what there is of elements is shown.
                    if !header.constructed || self.open.iter().any(|frame| frame.encapsulated) {
                        return self.recover(error);
                    }
                    self.trouble.get_or_insert(error);
                    cut = true;
                    end
                }
            },
        };
        if self.nodes.len() >= self.limits.max_nodes {
            self.trouble.get_or_insert(Asn1Error { offset: self.at, problem: Problem::TooMany });
            return false;
        }
        let taken = self.nodes.len();
        let go_on = self.take(&header, content, content_end);
        if let Some(node) = self.nodes.get_mut(taken).filter(|_| cut) {
            node.remarks.add(Remark::Broken);
        }
        go_on
    }

    fn take(&mut self, header: &Header, content: usize, content_end: usize) -> bool {
        let index = self.nodes.len();
        let depth = self.open.len();
        let octets = &self.bytes[content..content_end];
        let mut remarks = Remarks::default();
        if !header.minimal_length {
            remarks.add(Remark::NotDerLength);
        }
        if !header.minimal_tag {
            remarks.add(Remark::LongTag);
        }
        if header.length.is_none() {
            remarks.add(Remark::IndefiniteLength);
        }
        if header.class == Class::Universal {
            value::remark(header, octets, &mut remarks);
        }
        let encapsulates = self.may_encapsulate(header, octets);
        self.nodes.push(Node {
            offset: self.at,
            header_len: header.header_len,
            content_len: octets.len(),
            end_len: 0,
            class: header.class,
            tag: header.tag,
            constructed: header.constructed,
            encapsulates,
            depth,
            parent: self.open.last().map(|frame| frame.node),
            next: index + 1,
            remarks,
            field: None,
        });
        if !header.constructed && !encapsulates {
            self.at = content_end;
            return true;
        }
        if depth >= self.limits.max_depth {
            self.nodes[index].encapsulates = false;
            if encapsulates {
                self.at = content_end;
                return true;
            }
            self.nodes[index].remarks.add(Remark::Broken);
            let error = Asn1Error { offset: self.at, problem: Problem::TooDeep };
            if header.length.is_none() {
                return self.recover(error);
            }
            self.trouble.get_or_insert(error);
            self.at = content_end;
            return true;
        }
        // The first byte of a BIT STRING counts its unused bits.
        self.at = content + usize::from(encapsulates && header.tag == value::BIT_STRING);
        self.open.push(Frame {
            node: index,
            end: content_end,
            indefinite: header.length.is_none(),
            encapsulated: encapsulates,
        });
        true
    }

    /// Whether a string looks like one with ASN.1 inside: a SEQUENCE or SET, or anything at all in the place of an
    /// extension's value.
    fn may_encapsulate(&self, header: &Header, octets: &[u8]) -> bool {
        if header.constructed || header.class != Class::Universal {
            return false;
        }
        let inner = match (header.tag, octets) {
            (value::OCTET_STRING, inner) => inner,
            (value::BIT_STRING, [0, inner @ ..]) => inner,
            _ => return false,
        };
        let [first, _, ..] = inner else { return false };
        if self.open.iter().filter(|frame| frame.encapsulated).count() >= MAX_ENCAPSULATED {
            return false;
        }
        let structure = matches!(first, 0x30 | 0x31);
        let any = matches!(first & 0x1f, 1..=30) && first & 0xc0 == 0;
        structure || header.tag == value::OCTET_STRING && any && self.in_extension()
    }

    /// Whether what comes next stands where an extension has its value: after an OBJECT IDENTIFIER, and a BOOLEAN perhaps.
    fn in_extension(&self) -> bool {
        let Some(frame) = self.open.last() else { return false };
        let [parent, before @ ..] = &self.nodes[frame.node..] else { return false };
        parent.is_universal(value::SEQUENCE)
            && match before {
                [oid] => oid.is_universal(value::OID),
                [oid, critical] => oid.is_universal(value::OID) && critical.is_universal(value::BOOLEAN),
                _ => false,
            }
    }

    fn close(&mut self) {
        if let Some(frame) = self.open.pop() {
            self.nodes[frame.node].next = self.nodes.len();
            if !frame.indefinite {
                self.at = frame.end;
            }
        }
    }

    /// Goes on after trouble: a string that was taken for ASN.1 becomes a string again; else reading goes on after the
    /// innermost element whose end is known.
    fn recover(&mut self, error: Asn1Error) -> bool {
        if let Some(place) = self.open.iter().rposition(|frame| frame.encapsulated) {
            let frame = self.open[place];
            self.open.truncate(place);
            self.nodes.truncate(frame.node + 1);
            let node = &mut self.nodes[frame.node];
            node.encapsulates = false;
            node.next = frame.node + 1;
            self.at = frame.end;
            return true;
        }
        self.trouble.get_or_insert(error);
        while let Some(frame) = self.open.last().copied() {
            self.break_off(frame);
            self.close();
            if !frame.indefinite {
                return true;
            }
        }
        false
    }

    fn break_off(&mut self, frame: Frame) {
        let node = &mut self.nodes[frame.node];
        node.remarks.add(Remark::Broken);
        node.content_len = frame.end - node.content_offset();
    }

    fn finish(mut self) -> Tree {
        while let Some(frame) = self.open.last().copied() {
            self.break_off(frame);
            self.close();
        }
        if let Some(first) = self.nodes.first_mut()
            && first.range().end < self.bytes.len()
        {
            first.remarks.add(Remark::TrailingBytes);
        }
        let mut tree = Tree { nodes: self.nodes, trouble: self.trouble, length: self.bytes.len() };
        schema::name_fields(&mut tree, self.bytes);
        tree
    }
}
