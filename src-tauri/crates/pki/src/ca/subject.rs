//! Names that this program writes: few attribute types, right string types, right lengths (RFC 5280 appendix A).

use const_oid::ObjectIdentifier as Oid;

use crate::asn1;
use crate::name::DistinguishedName;

/// A name to be written into a certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subject {
    attributes: Vec<(AttributeType, String)>,
}

/// Attribute types that this program writes.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum AttributeType {
    /// countryName: two upper-case letters, PrintableString.
    Country,
    /// stateOrProvinceName.
    State,
    /// localityName.
    Locality,
    /// organizationName.
    Organization,
    /// organizationalUnitName.
    OrganizationalUnit,
    /// commonName.
    CommonName,
    /// serialNumber: PrintableString.
    SerialNumber,
}

impl AttributeType {
    const fn oid(self) -> Oid {
        Oid::new_unwrap(match self {
            Self::Country => "2.5.4.6",
            Self::State => "2.5.4.8",
            Self::Locality => "2.5.4.7",
            Self::Organization => "2.5.4.10",
            Self::OrganizationalUnit => "2.5.4.11",
            Self::CommonName => "2.5.4.3",
            Self::SerialNumber => "2.5.4.5",
        })
    }

    /// Short name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Country => "C",
            Self::State => "ST",
            Self::Locality => "L",
            Self::Organization => "O",
            Self::OrganizationalUnit => "OU",
            Self::CommonName => "CN",
            Self::SerialNumber => "serialNumber",
        }
    }

    /// Upper bound in characters.
    pub const fn max_len(self) -> usize {
        match self {
            Self::Country => 2,
            Self::State | Self::Locality => 128,
            Self::Organization | Self::OrganizationalUnit | Self::CommonName | Self::SerialNumber => 64,
        }
    }
}

impl Subject {
    /// Takes attributes in the order in which they are to be written (country first, common name last).
    ///
    /// # Errors
    /// [`SubjectError`].
    pub fn new(attributes: impl IntoIterator<Item = (AttributeType, impl Into<String>)>) -> Result<Self, SubjectError> {
        let mut own = Vec::new();
        for (kind, value) in attributes {
            let value: String = value.into();
            let value = value.trim().to_owned();
            let name = kind.name();
            let actual = value.chars().count();
            if actual == 0 {
                return Err(SubjectError::Empty { attribute: name });
            }
            if actual > kind.max_len() {
                return Err(SubjectError::TooLong { attribute: name, max: kind.max_len(), actual });
            }
            let fits = match kind {
                AttributeType::Country => actual == 2 && value.bytes().all(|byte| byte.is_ascii_uppercase()),
                AttributeType::SerialNumber => value.bytes().all(is_printable),
                AttributeType::State
                | AttributeType::Locality
                | AttributeType::Organization
                | AttributeType::OrganizationalUnit
                | AttributeType::CommonName => !value.chars().any(char::is_control),
            };
            if !fits {
                return Err(SubjectError::Characters { attribute: name });
            }
            own.push((kind, value));
        }
        if own.is_empty() {
            return Err(SubjectError::Empty { attribute: "CN" });
        }
        Ok(Self { attributes: own })
    }

    /// The value of the first attribute of this type.
    pub fn get(&self, kind: AttributeType) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| *own == kind).map(|(_, value)| value.as_str())
    }

    /// The same name with one more attribute at its end.
    ///
    /// # Errors
    /// [`SubjectError`].
    pub fn with(mut self, kind: AttributeType, value: &str) -> Result<Self, SubjectError> {
        self.attributes.push((kind, value.to_owned()));
        Self::new(self.attributes)
    }

    /// The name as a certificate has it, for comparison (RFC 5280 §7.1: string types and letter case do not count).
    pub fn name(&self) -> DistinguishedName {
        DistinguishedName::from_der(&self.to_der())
    }

    /// DER of the `Name`, one attribute in each relative name.
    pub fn to_der(&self) -> Vec<u8> {
        asn1::seq(self.attributes.iter().map(|(kind, value)| {
            let tag = match kind {
                AttributeType::Country | AttributeType::SerialNumber => asn1::PRINTABLE_STRING,
                AttributeType::State
                | AttributeType::Locality
                | AttributeType::Organization
                | AttributeType::OrganizationalUnit
                | AttributeType::CommonName => asn1::UTF8_STRING,
            };
            asn1::set_of(vec![asn1::seq([asn1::oid(&kind.oid()), asn1::tlv(tag, value.as_bytes())])])
        }))
    }
}

fn is_printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte)
}

/// Why a name cannot be written.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SubjectError {
    /// Nothing was given.
    #[error("{attribute} is empty")]
    Empty {
        /// Short name of the attribute.
        attribute: &'static str,
    },
    /// Longer than the standard allows.
    #[error("{attribute} has {actual} characters, at most {max} are allowed")]
    TooLong {
        /// Short name of the attribute.
        attribute: &'static str,
        /// Upper bound.
        max: usize,
        /// What was given.
        actual: usize,
    },
    /// Characters that do not belong there.
    #[error("{attribute} has characters that are not allowed there")]
    Characters {
        /// Short name of the attribute.
        attribute: &'static str,
    },
}

impl SubjectError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "subject_empty",
            Self::TooLong { .. } => "subject_too_long",
            Self::Characters { .. } => "subject_characters",
        }
    }

    /// Data for the message.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Empty { attribute } | Self::Characters { attribute } => {
                vec![("attribute", (*attribute).to_owned())]
            }
            Self::TooLong { attribute, max, actual } => {
                vec![("attribute", (*attribute).to_owned()), ("max", max.to_string()), ("actual", actual.to_string())]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_the_standard_does_not_allow() {
        let one = |kind, value: &str| Subject::new([(kind, value)]);
        assert_eq!(one(AttributeType::Country, "br").unwrap_err().code(), "subject_characters");
        assert_eq!(one(AttributeType::CommonName, " ").unwrap_err().code(), "subject_empty");
        assert_eq!(one(AttributeType::SerialNumber, "n\u{ba} 1").unwrap_err().code(), "subject_characters");
        let long = "é".repeat(65);
        assert_eq!(
            one(AttributeType::CommonName, &long).unwrap_err().params(),
            [("attribute", "CN".to_owned()), ("max", "64".to_owned()), ("actual", "65".to_owned())]
        );
        assert!(one(AttributeType::CommonName, &"é".repeat(64)).is_ok(), "characters count, not bytes");
    }
}
