//! SafeContents and their bags.

use cartorio_core::SecretBytes;

use super::{Found, Walk};
use crate::ber::{self, Context, INTEGER, Node, OCTET_STRING, OID, Reader, SEQUENCE, SET};
use crate::error::Result;
use crate::layout::{Attribute, Bag, BagKind};
use crate::pbe;
use crate::{Content, Item};

const KEY: &str = "1.2.840.113549.1.12.10.1.1";
const SHROUDED_KEY: &str = "1.2.840.113549.1.12.10.1.2";
const CERTIFICATE: &str = "1.2.840.113549.1.12.10.1.3";
const CRL: &str = "1.2.840.113549.1.12.10.1.4";
const SECRET: &str = "1.2.840.113549.1.12.10.1.5";
const SAFE_CONTENTS: &str = "1.2.840.113549.1.12.10.1.6";

const FRIENDLY_NAME: &str = "1.2.840.113549.1.9.20";
const LOCAL_KEY_ID: &str = "1.2.840.113549.1.9.21";
const CSP_NAME: &str = "1.3.6.1.4.1.311.17.1";
const MACHINE_KEY: &str = "1.3.6.1.4.1.311.17.2";
const TRUSTED_USAGE: &str = "2.16.840.1.113894.746875.1.1";

/// How much of an attribute nobody knows is shown, in bytes.
const SHOWN: usize = 256;

impl Walk<'_> {
    /// Reads SafeContents into `found`; `first` is the number that the first bag will have. A bag that is malformed is
    /// there as that, beside the others.
    pub(super) fn safe_contents(
        &mut self,
        octets: &[u8],
        part: usize,
        first: usize,
        context: Context<'_>,
        found: &mut Found,
    ) -> Result<()> {
        let mut reader = Reader::new(octets, context);
        let sequence = reader.expect(SEQUENCE, "SafeContents are a SEQUENCE")?;
        if reader.rest() > 0 {
            return Err(context.origin.malformed(reader.position(), "something follows the bags"));
        }
        self.bags(&sequence, part, first, 0, context, found)
    }

    fn bags(
        &mut self,
        sequence: &Node<'_>,
        part: usize,
        first: usize,
        nesting: usize,
        context: Context<'_>,
        found: &mut Found,
    ) -> Result<()> {
        let mut bags = sequence.children(context);
        while let Some(node) = bags.next()? {
            self.budget.bag()?;
            let before = found.bags.len();
            let outcome = self.bag(&node, part, first, nesting, context, found);
            if let Some(state) = super::malformed(outcome)? {
                match found.bags.get_mut(before) {
                    // Nested SafeContents: some of its bags may have been read.
                    Some(bag) => bag.state = state,
                    None => {
                        let mut bag = Bag::empty(BagKind::Other, node.place(context), Some(part), nesting);
                        (bag.state, bag.content_len) = (state, node.content.len());
                        found.bags.push(bag);
                    }
                }
            }
        }
        Ok(())
    }

    fn bag(
        &mut self,
        node: &Node<'_>,
        part: usize,
        first: usize,
        nesting: usize,
        context: Context<'_>,
        found: &mut Found,
    ) -> Result<()> {
        if node.tag != SEQUENCE {
            return Err(node.malformed(context, "a bag is a SEQUENCE"));
        }
        let mut fields = node.children(context);
        let oid = fields.expect(OID, "a bag has no type")?.oid(context)?;
        let value = fields.expect(0xa0, "a bag has no content")?;
        let mut bag = Bag::empty(BagKind::Other, node.place(context), Some(part), nesting);
        (bag.oid, bag.content_len) = (oid, value.content.len());
        if let Some(set) = fields.next()? {
            if set.tag != SET {
                return Err(set.malformed(context, "the attributes of a bag were expected"));
            }
            attributes(&set, &mut bag, context)?;
        }
        let number = first + found.bags.len();
        let content = match bag.oid.clone().as_str() {
            KEY => {
                bag.kind = BagKind::Key;
                let info = value.children(context).expect(SEQUENCE, "a private key was expected")?;
                Some(Content::PrivateKey(private_key(value.content, &info, context)?))
            }
            SHROUDED_KEY => {
                bag.kind = BagKind::ShroudedKey;
                let info = value.children(context).expect(SEQUENCE, "an encrypted key was expected")?;
                self.sealed(&info, &mut bag, context)?.map(Content::PrivateKey)
            }
            CERTIFICATE => {
                let mut fields = wrapped(&value, context)?;
                let kind = fields.expect(OID, "a certificate has no type")?.oid(context)?;
                let value = fields.expect(0xa0, "a certificate has no content")?;
                if kind == "1.2.840.113549.1.9.22.1" {
                    bag.kind = BagKind::Certificate;
                    let string = value.children(context).expect(OCTET_STRING, "a certificate was expected")?;
                    let der = string.octets(context)?.0.to_vec();
                    bag.content_len = der.len();
                    Some(Content::Certificate(der))
                } else {
                    bag.kind = BagKind::SdsiCertificate;
                    Some(Content::Other(SecretBytes::new(value.content.to_vec())))
                }
            }
            CRL => {
                bag.kind = BagKind::Crl;
                let mut fields = wrapped(&value, context)?;
                fields.expect(OID, "a CRL has no type")?;
                let value = fields.expect(0xa0, "a CRL has no content")?;
                let string = value.children(context).expect(OCTET_STRING, "a CRL was expected")?;
                let der = string.octets(context)?.0.to_vec();
                bag.content_len = der.len();
                Some(Content::Crl(der))
            }
            SECRET => {
                bag.kind = BagKind::Secret;
                self.secret(&value, &mut bag, context)?
            }
            SAFE_CONTENTS => {
                bag.kind = BagKind::SafeContents;
                let sequence = value.children(context).expect(SEQUENCE, "SafeContents are a SEQUENCE")?;
                found.bags.push(bag);
                return self.bags(&sequence, part, first, nesting + 1, context, found);
            }
            _ => Some(Content::Other(SecretBytes::new(value.content.to_vec()))),
        };
        if let Some(content) = content {
            found.items.push(Item { bag: number, content });
        }
        found.bags.push(bag);
        Ok(())
    }

    /// SecretBag. Java puts an encrypted key into it, like a private key.
    fn secret(&mut self, value: &Node<'_>, bag: &mut Bag, context: Context<'_>) -> Result<Option<Content>> {
        let mut fields = wrapped(value, context)?;
        let kind = fields.expect(OID, "a secret has no type")?.oid(context)?;
        let inner = fields.expect(0xa0, "a secret has no content")?;
        bag.content_len = inner.content.len();
        if kind == SHROUDED_KEY {
            let string = inner.children(context).next()?.filter(|node| node.tag & !0x20 == OCTET_STRING);
            if let Some(string) = string {
                let (octets, origin) = string.octets(context)?;
                let context = Context { budget: context.budget, origin: &origin };
                let mut reader = Reader::new(&octets, context);
                let sequence = reader.expect(SEQUENCE, "an encrypted secret was expected")?;
                let key = self.sealed(&sequence, bag, context)?;
                return Ok(key.map(Content::Secret));
            }
        }
        Ok(Some(Content::Secret(SecretBytes::new(inner.content.to_vec()))))
    }

    /// EncryptedPrivateKeyInfo (RFC 5958 §3).
    fn sealed(&mut self, info: &Node<'_>, bag: &mut Bag, context: Context<'_>) -> Result<Option<SecretBytes>> {
        let mut fields = info.children(context);
        let algorithm = fields.expect(SEQUENCE, "an encrypted key has no algorithm")?;
        let data = fields.expect(OCTET_STRING, "an encrypted key has no content")?.octets(context)?.0;
        let pbe = pbe::read(&algorithm, context)?;
        bag.content_len = data.len();
        bag.protection = Some(pbe.protection.clone());
        let (state, key) = self.unlock(&pbe, &data, context, |_, plain| {
            let mut reader = Reader::new(plain, context);
            let info = reader.expect(SEQUENCE, "a private key was expected")?;
            if reader.rest() > 0 {
                return Err(info.malformed(context, "something follows a private key"));
            }
            private_key(plain, &info, context)
        })?;
        bag.state = state;
        Ok(key)
    }
}

/// Checks the shape of a PrivateKeyInfo (RFC 5958 §2) and gives its bytes.
fn private_key(bytes: &[u8], info: &Node<'_>, context: Context<'_>) -> Result<SecretBytes> {
    let mut fields = info.children(context);
    fields.expect(INTEGER, "a private key has no version")?;
    let algorithm = fields.expect(SEQUENCE, "a private key has no algorithm")?;
    algorithm.children(context).expect(OID, "the algorithm of a key has no identifier")?;
    fields.expect(OCTET_STRING, "a private key has no content")?;
    // Without the end-of-contents of what it lies in.
    let own = bytes.get(..info.length).unwrap_or(bytes);
    Ok(SecretBytes::new(own.to_vec()))
}

/// The fields of the SEQUENCE that is the content of a bag.
fn wrapped<'a, 'b>(value: &Node<'a>, context: Context<'b>) -> Result<Reader<'a, 'b>> {
    Ok(value.children(context).expect(SEQUENCE, "the content of a bag is a SEQUENCE")?.children(context))
}

fn attributes(set: &Node<'_>, bag: &mut Bag, context: Context<'_>) -> Result<()> {
    let mut list = set.children(context);
    while let Some(attribute) = list.next()? {
        let mut fields = attribute.children(context);
        let oid = fields.expect(OID, "an attribute has no type")?.oid(context)?;
        let values = match fields.next()? {
            Some(set) => set.all(context)?,
            None => Vec::new(),
        };
        let first = values.first();
        match oid.as_str() {
            FRIENDLY_NAME if bag.friendly_name.is_none() && first.is_some_and(|v| ber::text(v).is_some()) => {
                bag.friendly_name = first.and_then(ber::text);
            }
            LOCAL_KEY_ID if bag.local_key_id.is_none() && first.is_some_and(|v| v.tag == OCTET_STRING) => {
                bag.local_key_id = first.map(|value| value.content.to_vec());
            }
            CSP_NAME if bag.csp_name.is_none() && first.is_some_and(|v| ber::text(v).is_some()) => {
                bag.csp_name = first.and_then(ber::text);
            }
            MACHINE_KEY => bag.machine_key = true,
            TRUSTED_USAGE if bag.trusted_usage.is_none() => {
                bag.trusted_usage = Some(values.iter().filter_map(|value| value.oid(context).ok()).collect());
            }
            _ => {
                let shown = |value: &Node<'_>| match ber::text(value) {
                    Some(text) => text,
                    None => ber::hex(value.content.get(..SHOWN).unwrap_or(value.content)),
                };
                bag.attributes.push(Attribute { oid, values: values.iter().map(shown).collect() });
            }
        }
    }
    Ok(())
}
