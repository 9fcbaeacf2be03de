//! A SignedData as its pieces, which can be added to and written again: every piece is copied as it came.
//!
//! Only the identifier and length octets of ContentInfo, its `[0]`, SignedData, the sets and a SignerInfo that got
//! something new are written here. DER input without a change comes out byte for byte.

use std::borrow::Cow;

use const_oid::ObjectIdentifier as Oid;

use super::Attribute;
use super::error::UpgradeError;
use crate::cms::algorithm::{DigestId, read_oid};
use crate::cms::ber::{Asn1Error, Encoding, Limits, normalise};
use crate::cms::tlv::{Reader, Tlv};
use crate::cms::{der as write, oid};

/// A piece of the signature, with its identifier and length.
pub(super) type Piece<'a> = Cow<'a, [u8]>;

/// The pieces of a ContentInfo with a SignedData (RFC 5652 §5.1).
#[derive(Clone, Debug)]
pub(super) struct Document<'a> {
    /// `CMSVersion`.
    version: u8,
    pub(super) digest_algorithms: Vec<Piece<'a>>,
    /// `encapContentInfo`.
    pub(super) content: Piece<'a>,
    pub(super) content_type: Oid,
    pub(super) certificates: Option<Vec<Piece<'a>>>,
    pub(super) revocation: Option<Vec<Piece<'a>>>,
    pub(super) signers: Vec<Signer<'a>>,
    /// Whether the signers stand where DER wants them, so that they will after a change, too.
    in_order: bool,
}

/// The pieces of a SignerInfo (RFC 5652 §5.3).
#[derive(Clone, Debug)]
pub(super) struct Signer<'a> {
    /// All fields from the version to the signature value, one after another.
    pub(super) fields: Piece<'a>,
    /// The attributes of `unsignedAttrs`; `None` when the field is not there.
    pub(super) unsigned: Option<Vec<Piece<'a>>>,
}

/// What [`Signer::facts`] finds in the fields.
#[derive(Clone, Debug)]
pub(super) struct SignerFacts<'s> {
    pub(super) version: u8,
    pub(super) digest: DigestId,
    /// Contents of the message-digest attribute.
    pub(super) message_digest: Option<&'s [u8]>,
    pub(super) has_content_type: bool,
    pub(super) signature: &'s [u8],
}

impl<'a> Document<'a> {
    /// Reads DER or BER; BER gets definite, minimal lengths. Zeros after it (the padding of a PDF `/Contents`) are left out.
    pub(super) fn read(cms: &'a [u8]) -> Result<Self, UpgradeError> {
        let normal = normalise(cms, Limits::default())?;
        if cms[normal.consumed..].iter().any(|byte| *byte != 0) {
            return Err(UpgradeError::Trailing { offset: normal.consumed });
        }
        match (normal.der, normal.encoding) {
            (Cow::Borrowed(der), Encoding::Der | Encoding::Ber) => Document::of(der),
            (Cow::Owned(der), Encoding::Der | Encoding::Ber) => {
                let document = Document::of(&der)?.into_owned();
                document.check_stamped_pieces(cms)?;
                Ok(document)
            }
        }
    }

    fn of(der: &'a [u8]) -> Result<Self, UpgradeError> {
        let mut outer = Reader::new(der, 0).expect(write::SEQUENCE, "a CMS")?.children();
        let kind = read_oid(&outer.any("a content type")?)?;
        if kind != oid::SIGNED_DATA {
            return Err(UpgradeError::NotSignedData(kind));
        }
        let wrapper = outer.expect(write::context(0), "signed data")?;
        outer.finish("the end of the CMS")?;
        let mut inner = wrapper.children();
        let mut fields = inner.expect(write::SEQUENCE, "signed data")?.children();
        inner.finish("the end of the signed data")?;
        let version = small_version(&fields.expect(write::INTEGER, "a version")?)?;
        let digest_algorithms = pieces(&fields.expect(write::SET, "digest algorithms")?)?;
        let content = fields.expect(write::SEQUENCE, "a content description")?;
        let certificates = fields.optional(write::context(0), "certificates")?.map(|set| pieces(&set)).transpose()?;
        let revocation = fields.optional(write::context(1), "revocation data")?.map(|set| pieces(&set)).transpose()?;
        let signers = fields.expect(write::SET, "signers")?;
        fields.finish("the end of the signed data")?;
        let signers = signers.children().rest("a signer")?;
        let in_order = signers.is_sorted_by_key(|signer| signer.raw());
        let signers = signers.iter().map(Signer::of).collect::<Result<_, _>>()?;
        Ok(Self {
            in_order,
            version,
            digest_algorithms,
            content_type: read_oid(&content.children().any("a content type")?)?,
            content: Cow::Borrowed(content.raw()),
            certificates,
            revocation,
            signers,
        })
    }

    fn into_owned(self) -> Document<'static> {
        let all = |pieces: Vec<Piece<'a>>| pieces.into_iter().map(|piece| Cow::Owned(piece.into_owned())).collect();
        Document {
            in_order: self.in_order,
            version: self.version,
            digest_algorithms: all(self.digest_algorithms),
            content: Cow::Owned(self.content.into_owned()),
            content_type: self.content_type,
            certificates: self.certificates.map(all),
            revocation: self.revocation.map(all),
            signers: self
                .signers
                .into_iter()
                .map(|signer| Signer {
                    fields: Cow::Owned(signer.fields.into_owned()),
                    unsigned: signer.unsigned.map(all),
                })
                .collect(),
        }
    }

    /// An archive time stamp covers pieces as they are written. Where normal lengths changed one of them, the change
    /// would break that time stamp.
    fn check_stamped_pieces(&self, ber: &[u8]) -> Result<(), UpgradeError> {
        const COVERING: [Oid; 5] = [
            oid::ARCHIVE_TIME_STAMP_V1,
            oid::ARCHIVE_TIME_STAMP_V2,
            oid::ARCHIVE_TIME_STAMP_V3,
            oid::ESC_TIME_STAMP,
            oid::REFERENCES_TIME_STAMP,
        ];
        if !self.has_unsigned(&COVERING)? {
            return Ok(());
        }
        let signers = self
            .signers
            .iter()
            .flat_map(|signer| std::iter::once(&signer.fields).chain(signer.unsigned.iter().flatten()));
        // The old kinds cover the description of the content too, the new one covers the content by its digest.
        let description = self.is_sealed()?.then_some(&self.content);
        let sets = self.certificates.iter().flatten().chain(self.revocation.iter().flatten());
        // Rewriting keeps the order, so each piece is looked for behind the one before it.
        let mut left = ber;
        for piece in description.into_iter().chain(sets).chain(signers) {
            let at = left.windows(piece.len()).position(|window| window == piece.as_ref());
            left = &left[at.ok_or(UpgradeError::StampedBer)? + piece.len()..];
        }
        Ok(())
    }

    /// The signer at `index`.
    pub(super) fn signer(&self, index: usize) -> Result<&Signer<'a>, UpgradeError> {
        self.signers.get(index).ok_or(UpgradeError::NoSigner { signer: index, count: self.signers.len() })
    }

    /// The same, to be changed.
    pub(super) fn signer_mut(&mut self, index: usize) -> Result<&mut Signer<'a>, UpgradeError> {
        let count = self.signers.len();
        self.signers.get_mut(index).ok_or(UpgradeError::NoSigner { signer: index, count })
    }

    /// The content, when it is inside.
    pub(super) fn enclosed(&self) -> Result<Option<&[u8]>, UpgradeError> {
        let info = Tlv::only(&self.content)?;
        let mut fields = info.children();
        fields.any("a content type")?;
        Ok(match fields.optional(write::context(0), "a content")? {
            // `self.content` outlives the elements that were read from it.
            Some(wrapper) => Some(&self.content[wrapper.children().any("a content")?.body_range()]),
            None => None,
        })
    }

    /// Whether any signer has an unsigned attribute with one of these names.
    pub(super) fn has_unsigned(&self, names: &[Oid]) -> Result<bool, UpgradeError> {
        for signer in &self.signers {
            for attribute in signer.unsigned.iter().flatten() {
                if names.contains(&attribute_name(attribute)?) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Refuses a change of the certificates and the revocation data where an archive time stamp of the old kinds covers
    /// the whole sets (RFC 5126 §6.4.1).
    pub(super) fn check_open(&self) -> Result<(), UpgradeError> {
        if self.is_sealed()? { Err(UpgradeError::Sealed) } else { Ok(()) }
    }

    /// Whether an archive time stamp of the old kinds is there, which covers everything as it is written.
    pub(super) fn is_sealed(&self) -> Result<bool, UpgradeError> {
        self.has_unsigned(&[oid::ARCHIVE_TIME_STAMP_V1, oid::ARCHIVE_TIME_STAMP_V2])
    }

    /// Adds what is not there yet.
    pub(super) fn add_certificate(&mut self, certificate: &[u8]) {
        add_once(self.certificates.get_or_insert_default(), certificate);
    }

    /// Adds what is not there yet.
    pub(super) fn add_revocation(&mut self, element: &[u8]) {
        add_once(self.revocation.get_or_insert_default(), element);
    }

    /// Raises the version to what RFC 5652 §5.1 wants for what is inside now.
    pub(super) fn raise_version(&mut self) -> Result<(), UpgradeError> {
        let has = |pieces: &Option<Vec<Piece<'_>>>, number: u8| {
            pieces.iter().flatten().any(|piece| piece.first() == Some(&write::context(number)))
        };
        let mut needed = if self.content_type == oid::DATA { 1 } else { 3 };
        for signer in &self.signers {
            if signer.facts()?.version >= 3 {
                needed = 3;
            }
        }
        if has(&self.certificates, 1) {
            needed = needed.max(3);
        }
        if has(&self.certificates, 2) {
            needed = needed.max(4);
        }
        if has(&self.certificates, 3) || has(&self.revocation, 1) {
            needed = 5;
        }
        self.version = self.version.max(needed);
        Ok(())
    }

    /// Writes it.
    pub(super) fn write(&self) -> Vec<u8> {
        let tail = self.tail();
        let content = self.content.len();
        let mut out = self.head(content, tail.len());
        out.reserve_exact(content + tail.len());
        out.extend_from_slice(&self.content);
        out.extend_from_slice(&tail);
        out
    }

    /// Everything before a content description of `content` bytes, which `tail` bytes follow.
    pub(super) fn head(&self, content: usize, tail: usize) -> Vec<u8> {
        let mut fields = vec![write::INTEGER, 1, self.version];
        fields.extend(set(write::SET, &self.digest_algorithms));
        let signed_data = fields.len() + content + tail;
        let wrapper = write::header_len(signed_data) + signed_data;
        let kind = write::oid(oid::SIGNED_DATA);
        let mut out = Vec::new();
        write::push_header(&mut out, write::SEQUENCE, kind.len() + write::header_len(wrapper) + wrapper);
        out.extend(kind);
        write::push_header(&mut out, write::context(0), wrapper);
        write::push_header(&mut out, write::SEQUENCE, signed_data);
        out.extend(fields);
        out
    }

    /// Certificates and revocation data, with their identifiers and lengths.
    pub(super) fn sets(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(certificates) = &self.certificates {
            out.extend(set(write::context(0), certificates));
        }
        if let Some(revocation) = &self.revocation {
            out.extend(set(write::context(1), revocation));
        }
        out
    }

    /// Everything after the content description.
    pub(super) fn tail(&self) -> Vec<u8> {
        let mut out = self.sets();
        let mut signers: Vec<Piece<'_>> = self.signers.iter().map(|signer| Cow::Owned(signer.write())).collect();
        if self.in_order {
            signers.sort();
        }
        out.extend(set(write::SET, &signers));
        out
    }
}

impl<'a> Signer<'a> {
    /// Reads the element of the set of signers.
    pub(super) fn of(element: &Tlv<'a>) -> Result<Self, UpgradeError> {
        if element.tag() != write::SEQUENCE {
            return Err(Asn1Error::Unexpected { what: "a signer", offset: element.offset() }.into());
        }
        let mut fields = element.children();
        fields.expect(write::INTEGER, "a version")?;
        fields.any("a signer identifier")?;
        fields.expect(write::SEQUENCE, "a digest algorithm")?;
        fields.optional(write::context(0), "signed attributes")?;
        fields.expect(write::SEQUENCE, "a signature algorithm")?;
        fields.expect(write::OCTET_STRING, "a signature value")?;
        let end = fields.offset() - element.body_range().start;
        let unsigned =
            fields.optional(write::context(1), "unsigned attributes")?.map(|set| pieces(&set)).transpose()?;
        fields.finish("the end of the signer")?;
        Ok(Self { fields: Cow::Borrowed(&element.body()[..end]), unsigned })
    }

    /// The facts among the fields.
    pub(super) fn facts(&self) -> Result<SignerFacts<'_>, UpgradeError> {
        let mut fields = Reader::new(&self.fields, 0);
        let version = small_version(&fields.expect(write::INTEGER, "a version")?)?;
        fields.any("a signer identifier")?;
        let digest = fields.expect(write::SEQUENCE, "a digest algorithm")?;
        let signed = fields.optional(write::context(0), "signed attributes")?;
        fields.expect(write::SEQUENCE, "a signature algorithm")?;
        let signature = fields.expect(write::OCTET_STRING, "a signature value")?;
        let mut facts = SignerFacts {
            version,
            digest: DigestId::read(&digest)?,
            message_digest: None,
            has_content_type: false,
            signature: signature.body(),
        };
        for element in signed.map(|set| set.children().rest("an attribute")).transpose()?.into_iter().flatten() {
            let mut parts = element.children();
            let name = read_oid(&parts.any("an attribute's name")?)?;
            let mut values = parts.expect(write::SET, "an attribute's values")?.children();
            match name {
                oid::MESSAGE_DIGEST => {
                    facts.message_digest = Some(values.expect(write::OCTET_STRING, "a message digest")?.body());
                }
                oid::CONTENT_TYPE => facts.has_content_type = true,
                _ => {}
            }
        }
        Ok(facts)
    }

    /// Adds an unsigned attribute.
    pub(super) fn add(&mut self, attribute: Vec<u8>) {
        insert(self.unsigned.get_or_insert_default(), Cow::Owned(attribute));
    }

    /// Puts `new` into the place of the unsigned attribute that is written as `old`.
    pub(super) fn replace(&mut self, old: &[u8], new: Vec<u8>) {
        self.unsigned.get_or_insert_default().retain(|attribute| attribute.as_ref() != old);
        self.add(new);
    }

    /// Adds an unsigned attribute, in the place of the one that is written as `old` where there is one.
    pub(super) fn put(&mut self, old: Option<Vec<u8>>, new: &Attribute) -> Result<(), UpgradeError> {
        let new = new.to_der()?;
        match old {
            Some(old) => self.replace(&old, new),
            None => self.add(new),
        }
        Ok(())
    }

    /// The unsigned attributes with this name, as written.
    pub(super) fn find(&self, name: Oid) -> Result<Vec<&[u8]>, UpgradeError> {
        let mut found = Vec::new();
        for attribute in self.unsigned.iter().flatten() {
            if attribute_name(attribute)? == name {
                found.push(attribute.as_ref());
            }
        }
        Ok(found)
    }

    /// `unsignedAttrs`, with its identifier and length; nothing when it is not there.
    pub(super) fn unsigned_field(&self) -> Vec<u8> {
        self.unsigned.as_ref().map(|attributes| set(write::context(1), attributes)).unwrap_or_default()
    }

    pub(super) fn write(&self) -> Vec<u8> {
        write::tlv(write::SEQUENCE, &[&self.fields, &self.unsigned_field()])
    }
}

/// The name of an `Attribute`.
pub(super) fn attribute_name(attribute: &[u8]) -> Result<Oid, UpgradeError> {
    Ok(read_oid(&Tlv::only(attribute)?.children().any("an attribute's name")?)?)
}

/// Puts an element where DER wants it (X.690 §11.6); a set that has another order keeps it, and gets the new one last.
pub(super) fn insert<'a>(pieces: &mut Vec<Piece<'a>>, new: Piece<'a>) {
    let at = if pieces.is_sorted() { pieces.partition_point(|piece| *piece <= new) } else { pieces.len() };
    pieces.insert(at, new);
}

fn add_once(pieces: &mut Vec<Piece<'_>>, new: &[u8]) {
    if !pieces.iter().any(|piece| piece.as_ref() == new) {
        insert(pieces, Cow::Owned(new.to_vec()));
    }
}

/// A set in the order given.
fn set(tag: u8, pieces: &[Piece<'_>]) -> Vec<u8> {
    let parts: Vec<&[u8]> = pieces.iter().map(AsRef::as_ref).collect();
    write::tlv(tag, &parts)
}

fn pieces<'a>(set: &Tlv<'a>) -> Result<Vec<Piece<'a>>, Asn1Error> {
    Ok(set.children().rest("an element of a set")?.iter().map(|element| Cow::Borrowed(element.raw())).collect())
}

/// A CMSVersion, of which there are 0 to 5.
fn small_version(element: &Tlv<'_>) -> Result<u8, Asn1Error> {
    match element.body() {
        [version @ 0..=5] => Ok(*version),
        _ => Err(Asn1Error::Unexpected { what: "a version from 0 to 5", offset: element.offset() }),
    }
}
