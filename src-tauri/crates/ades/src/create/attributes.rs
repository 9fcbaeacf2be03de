//! Signed attributes beside the mandatory ones: policy, commitment, place, what the content is.

use cartorio_core::Digest;
use const_oid::ObjectIdentifier as Oid;

use super::CreateError;
use crate::cms::algorithm::digest_identifier;
use crate::cms::{der as write, oid};

/// Signed attributes beside the mandatory ones; none by default.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SignedExtras {
    /// The policy that the signature claims to follow (EN 319 122-1 §5.2.9).
    pub policy: Option<PolicyReference>,
    /// What the content is, in words (EN 319 122-1 §5.2.4.3).
    pub content_hints: Option<ContentHints>,
    /// The media type of the content, e.g. `application/pdf` (EN 319 122-1 §5.2.4.4).
    pub mime_type: Option<String>,
    /// What the signer commits to (EN 319 122-1 §5.2.3).
    pub commitment: Option<Commitment>,
    /// Where the signer claims to be (EN 319 122-1 §5.2.5).
    pub location: Option<SignerLocation>,
}

/// `SignaturePolicyId` of RFC 5126 §5.8.1.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PolicyReference {
    /// `sigPolicyId`.
    pub id: Oid,
    /// `sigPolicyHash`. For the policies of ICP-Brasil it is the hash inside the policy file, not that of the file.
    pub hash: Digest,
    /// Where the policy can be had: an SPuri qualifier, in ASCII.
    pub uri: Option<String>,
}

/// `ContentHints` of RFC 2634 §2.9.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ContentHints {
    /// What it is, for people.
    pub description: Option<String>,
    /// The type of the innermost content.
    pub content_type: Oid,
}

impl ContentHints {
    /// A description of plain data (id-data), which documents are.
    pub fn of_data(description: impl Into<String>) -> Self {
        Self { description: Some(description.into()), content_type: oid::DATA }
    }
}

/// The commitments that EN 319 122-1 §5.2.3 names.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Commitment {
    /// The signer made, approved and sent it.
    ProofOfOrigin,
    /// The signer received it.
    ProofOfReceipt,
    /// A trusted service provider delivered it.
    ProofOfDelivery,
    /// The entity that signed sent it, and did not necessarily make it.
    ProofOfSender,
    /// The signer approved its content.
    ProofOfApproval,
    /// The signer made it, and did not necessarily approve or send it.
    ProofOfCreation,
}

impl Commitment {
    /// Every variant, for tables and tests.
    pub const ALL: [Self; 6] = [
        Self::ProofOfOrigin,
        Self::ProofOfReceipt,
        Self::ProofOfDelivery,
        Self::ProofOfSender,
        Self::ProofOfApproval,
        Self::ProofOfCreation,
    ];

    /// Its identifier (id-cti-ets, RFC 5126 §5.11.1).
    pub const fn oid(self) -> Oid {
        match self {
            Self::ProofOfOrigin => Oid::new_unwrap("1.2.840.113549.1.9.16.6.1"),
            Self::ProofOfReceipt => Oid::new_unwrap("1.2.840.113549.1.9.16.6.2"),
            Self::ProofOfDelivery => Oid::new_unwrap("1.2.840.113549.1.9.16.6.3"),
            Self::ProofOfSender => Oid::new_unwrap("1.2.840.113549.1.9.16.6.4"),
            Self::ProofOfApproval => Oid::new_unwrap("1.2.840.113549.1.9.16.6.5"),
            Self::ProofOfCreation => Oid::new_unwrap("1.2.840.113549.1.9.16.6.6"),
        }
    }
}

/// `SignerLocation` of RFC 5126 §5.11.2. At least one part has to be there.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SignerLocation {
    /// The country, as an X.500 directory writes it.
    pub country: Option<String>,
    /// The town.
    pub locality: Option<String>,
    /// Up to six lines of a postal address.
    pub postal_address: Vec<String>,
}

impl SignedExtras {
    /// The DER `Attribute`s; `counter` is whether they go into a countersignature, which says nothing about content.
    pub(super) fn encode(&self, counter: bool) -> Result<Vec<Vec<u8>>, CreateError> {
        let mut attributes = Vec::new();
        if let Some(policy) = &self.policy {
            attributes.push(attribute(oid::SIGNATURE_POLICY, &policy.encode()?));
        }
        if let Some(hints) = &self.content_hints {
            forbid_in_countersignature(counter, "content-hints")?;
            attributes.push(attribute(oid::CONTENT_HINTS, &hints.encode()?));
        }
        if let Some(mime_type) = &self.mime_type {
            forbid_in_countersignature(counter, "mime-type")?;
            attributes.push(attribute(oid::MIME_TYPE, &utf8(mime_type, "mime-type")?));
        }
        if let Some(commitment) = self.commitment {
            let value = write::tlv(write::SEQUENCE, &[&write::oid(commitment.oid())]);
            attributes.push(attribute(oid::COMMITMENT_TYPE, &value));
        }
        if let Some(location) = &self.location {
            attributes.push(attribute(oid::SIGNER_LOCATION, &location.encode()?));
        }
        Ok(attributes)
    }
}

/// An `Attribute` with one value.
pub(super) fn attribute(name: Oid, value: &[u8]) -> Vec<u8> {
    write::tlv(write::SEQUENCE, &[&write::oid(name), &write::tlv(write::SET, &[value])])
}

/// Lines that an X.500 postal address has at most.
const POSTAL_LINES: usize = 6;

impl PolicyReference {
    fn encode(&self) -> Result<Vec<u8>, CreateError> {
        let hash = write::tlv(
            write::SEQUENCE,
            &[&digest_identifier(self.hash.algorithm()), &write::tlv(write::OCTET_STRING, &[self.hash.as_bytes()])],
        );
        let qualifiers = match &self.uri {
            Some(uri) if uri.is_ascii() && !uri.is_empty() => {
                let uri = write::tlv(write::IA5_STRING, &[uri.as_bytes()]);
                let qualifier = write::tlv(write::SEQUENCE, &[&write::oid(oid::SP_URI), &uri]);
                write::tlv(write::SEQUENCE, &[&qualifier])
            }
            Some(_) => return Err(invalid("signature-policy-identifier", "the address is not plain ASCII")),
            None => Vec::new(),
        };
        Ok(write::tlv(write::SEQUENCE, &[&write::oid(self.id), &hash, &qualifiers]))
    }
}

impl ContentHints {
    fn encode(&self) -> Result<Vec<u8>, CreateError> {
        let description =
            self.description.as_ref().map(|text| utf8(text, "content-hints")).transpose()?.unwrap_or_default();
        Ok(write::tlv(write::SEQUENCE, &[&description, &write::oid(self.content_type)]))
    }
}

impl SignerLocation {
    fn encode(&self) -> Result<Vec<u8>, CreateError> {
        const NAME: &str = "signer-location";
        if self.postal_address.len() > POSTAL_LINES {
            return Err(invalid(NAME, "a postal address has at most six lines"));
        }
        let part = |number: u8, text: &Option<String>| match text {
            Some(text) => Ok(write::tlv(write::context(number), &[&utf8(text, NAME)?])),
            None => Ok(Vec::new()),
        };
        let lines = self.postal_address.iter().map(|line| utf8(line, NAME)).collect::<Result<Vec<_>, _>>()?;
        let address = if lines.is_empty() {
            Vec::new()
        } else {
            write::tlv(write::context(2), &[&write::tlv(write::SEQUENCE, &[&lines.concat()])])
        };
        let fields = [part(0, &self.country)?, part(1, &self.locality)?, address].concat();
        if fields.is_empty() {
            return Err(invalid(NAME, "it names no place"));
        }
        Ok(write::tlv(write::SEQUENCE, &[&fields]))
    }
}

fn utf8(text: &str, name: &'static str) -> Result<Vec<u8>, CreateError> {
    if text.is_empty() {
        return Err(invalid(name, "it is empty"));
    }
    Ok(write::tlv(write::UTF8_STRING, &[text.as_bytes()]))
}

const fn invalid(attribute: &'static str, reason: &'static str) -> CreateError {
    CreateError::Attribute { attribute, reason }
}

fn forbid_in_countersignature(counter: bool, name: &'static str) -> Result<(), CreateError> {
    if counter { Err(invalid(name, "a countersignature does not describe content")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cartorio_core::HashAlgorithm;

    fn one(extras: &SignedExtras) -> Vec<u8> {
        let attributes = extras.encode(false).unwrap();
        assert_eq!(attributes.len(), 1);
        attributes.into_iter().next().unwrap()
    }

    #[test]
    fn a_policy_is_id_hash_and_address() {
        let hash = Digest::of(HashAlgorithm::Sha256, b"policy");
        let policy = PolicyReference {
            id: Oid::new_unwrap("2.16.76.1.7.1.1.2.4"),
            hash: hash.clone(),
            uri: Some("http://a.b/c".to_owned()),
        };
        let extras = SignedExtras { policy: Some(policy.clone()), ..SignedExtras::default() };
        let expected = [
            &[0x30, 0x6b, 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 15, 0x31, 0x5c, 0x30, 0x5a][..],
            &[0x06, 0x08, 0x60, 0x4c, 1, 7, 1, 1, 2, 4, 0x30, 0x2f, 0x30, 0x0b, 0x06, 0x09],
            &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 0x04, 0x20],
            hash.as_bytes(),
            &[0x30, 0x1d, 0x30, 0x1b, 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 5, 1],
            &[0x16, 0x0c],
            b"http://a.b/c",
        ]
        .concat();
        assert_eq!(one(&extras), expected);
        let foreign = PolicyReference { uri: Some("http://ção".to_owned()), ..policy };
        let extras = SignedExtras { policy: Some(foreign), ..SignedExtras::default() };
        assert!(matches!(extras.encode(false), Err(CreateError::Attribute { .. })));
    }

    #[test]
    fn places_and_hints_are_explicitly_tagged_utf8() {
        let location = SignerLocation { country: Some("BR".to_owned()), ..SignerLocation::default() };
        let extras = SignedExtras { location: Some(location), ..SignedExtras::default() };
        assert!(one(&extras).ends_with(&[0x31, 8, 0x30, 6, 0xa0, 4, 0x0c, 2, b'B', b'R']));
        let hints = ContentHints::of_data("Ata");
        let extras = SignedExtras { content_hints: Some(hints), ..SignedExtras::default() };
        assert!(one(&extras).ends_with(
            &[&[0x30, 16, 0x0c, 3][..], b"Ata", &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1]].concat()
        ));
        assert!(extras.encode(true).is_err(), "a countersignature has no content to hint at");
    }

    #[test]
    fn what_says_nothing_or_too_much_is_refused() {
        let of = |location| SignedExtras { location: Some(location), ..SignedExtras::default() };
        assert!(of(SignerLocation::default()).encode(false).is_err());
        let lines = SignerLocation { postal_address: vec!["x".to_owned(); 7], ..SignerLocation::default() };
        assert!(of(lines).encode(false).is_err());
        let empty = SignedExtras { mime_type: Some(String::new()), ..SignedExtras::default() };
        assert!(empty.encode(false).is_err());
        assert_eq!(SignedExtras::default().encode(true).unwrap(), Vec::<Vec<u8>>::new());
    }
}
