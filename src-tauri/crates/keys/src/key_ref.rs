//! `KeyRef` URIs: how a key is named everywhere (screen, registry, command line).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::token_uri::{TokenUri, TokenUriError};

/// A reference to a key in some backend.
///
/// Grammar (strict; nothing is trimmed or normalised):
/// ```text
/// local:<id>                        id = 1*64( a-z / 0-9 / "-" )
/// awskms:<id or alias>[?region=R]   key id, "alias/NAME", or the ARN of a key or alias
/// pkcs11:<attributes>               RFC 7512; read in any order, written in one (see `TokenUri`)
/// p12:<sha256>                      the P12 file (A1 certificate) whose certificate has that SHA-256, 64 hex digits
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum KeyRef {
    /// A software key sealed on this machine.
    Local {
        /// Its identifier.
        id: String,
    },
    /// A key in AWS KMS.
    AwsKms {
        /// Key id, `alias/NAME`, or an ARN.
        key: String,
        /// Region, where the reference names one; otherwise the profile's.
        region: Option<String>,
    },
    /// A key in a PKCS#11 token.
    Pkcs11(TokenUri),
    /// A key in a P12 file, opened in memory.
    P12 {
        /// SHA-256 of its certificate, lower-case hexadecimal.
        certificate: String,
    },
}

impl KeyRef {
    /// The scheme before the colon, which chooses the backend.
    pub const fn scheme(&self) -> &'static str {
        match self {
            Self::Local { .. } => "local",
            Self::AwsKms { .. } => "awskms",
            Self::Pkcs11 { .. } => "pkcs11",
            Self::P12 { .. } => "p12",
        }
    }
}

impl fmt::Display for KeyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local { id } => write!(f, "local:{id}"),
            Self::AwsKms { key, region: None } => write!(f, "awskms:{key}"),
            Self::AwsKms { key, region: Some(region) } => write!(f, "awskms:{key}?region={region}"),
            Self::Pkcs11(uri) => uri.fmt(f),
            Self::P12 { certificate } => write!(f, "p12:{certificate}"),
        }
    }
}

impl FromStr for KeyRef {
    type Err = KeyRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = |reason| KeyRefError { text: text.to_owned(), reason };
        let (scheme, rest) =
            text.split_once(':').ok_or_else(|| refuse("has no scheme (local:, awskms:, pkcs11:, p12:)"))?;
        match scheme {
            "local" => {
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                if rest.is_empty() || rest.len() > 64 || !rest.chars().all(plain) {
                    return Err(refuse("needs 1 to 64 of a-z, 0-9 and - after local:"));
                }
                Ok(Self::Local { id: rest.to_owned() })
            }
            "awskms" => {
                let (key, query) = match rest.split_once('?') {
                    Some((key, query)) => (key, Some(query)),
                    None => (rest, None),
                };
                // AWS allows these characters in ids, aliases and ARNs and no others.
                let allowed = |c: char| c.is_ascii_alphanumeric() || "-_/:".contains(c);
                if key.is_empty() || key.len() > 2048 || !key.chars().all(allowed) {
                    return Err(refuse("needs a key id, alias/NAME or ARN after awskms:"));
                }
                if key.contains("alias/aws/") {
                    return Err(refuse("names an alias that AWS reserves (alias/aws/)"));
                }
                let region = match query {
                    None => None,
                    Some(query) => {
                        let region = query.strip_prefix("region=").ok_or_else(|| refuse("allows only ?region="))?;
                        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                        if region.is_empty() || region.len() > 32 || !region.chars().all(plain) {
                            return Err(refuse("has a malformed region"));
                        }
                        Some(region.to_owned())
                    }
                };
                Ok(Self::AwsKms { key: key.to_owned(), region })
            }
            "pkcs11" => {
                // A refused reference is not repeated: it may hold a PIN.
                let refuse = |reason| KeyRefError { text: "pkcs11:…".to_owned(), reason };
                let uri: TokenUri = text.parse().map_err(|error: TokenUriError| refuse(error.reason))?;
                if !uri.names_key() {
                    return Err(refuse("names no private key (id or object, and no other type)"));
                }
                Ok(Self::Pkcs11(uri))
            }
            "p12" => {
                let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
                if rest.len() != 64 || !rest.bytes().all(hex) {
                    return Err(refuse("needs the SHA-256 of a certificate, 64 of 0-9 and a-f, after p12:"));
                }
                Ok(Self::P12 { certificate: rest.to_owned() })
            }
            _ => Err(refuse("has an unknown scheme (local:, awskms:, pkcs11:, p12:)")),
        }
    }
}

impl Serialize for KeyRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyRef {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A text that is no key reference.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyRefError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl fmt::Display for KeyRefError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the key reference {:?} {}", self.text, self.reason)
    }
}

impl std::error::Error for KeyRefError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn round_trips(reference in arbitrary()) {
            prop_assert_eq!(reference.to_string().parse::<KeyRef>().unwrap(), reference);
        }

        #[test]
        fn never_panics_and_accepts_only_its_own_form(text in ".*") {
            if let Ok(reference) = text.parse::<KeyRef>() {
                // A PKCS#11 reference has one written form, but others are read.
                let written = reference.to_string();
                prop_assert!(written == text || written.parse() == Ok(reference));
            }
        }
    }

    fn arbitrary() -> impl Strategy<Value = KeyRef> {
        prop_oneof![
            "[a-z0-9-]{1,64}".prop_map(|id| KeyRef::Local { id }),
            ("(alias/[a-z]{1,2}[A-Za-z0-9_/-]{1,40}|[0-9a-f-]{36}|arn:aws:kms:sa-east-1:[0-9]{12}:key/[0-9a-f-]{36})",
             proptest::option::of("[a-z]{2}-[a-z]{4}-[1-9]"))
                .prop_filter("reserved", |(key, _)| !key.contains("alias/aws/"))
                .prop_map(|(key, region)| KeyRef::AwsKms { key, region }),
            ("\\PC{1,32}", proptest::collection::vec(any::<u8>(), 1..20), "\\PC{0,20}").prop_map(|(serial, id, label)| {
                KeyRef::Pkcs11(TokenUri::of_token("", "", "", &serial).with_object(&id, &label))
            }),
        ]
    }

    #[test]
    fn refuses_what_the_grammar_does_not_have() {
        for text in [
            "",
            "local:",
            "local:A",
            "local:../x",
            "awskms:",
            "awskms:alias/aws/s3",
            "awskms:k?zone=1",
            "awskms:k?region=",
            "awskms:a b",
            "http://x",
            "pkcs11:",
            "pkcs11:token=a",
            "pkcs11:id=%01;type=cert",
            "pkcs11:id=%01?pin-value=1234",
        ] {
            assert!(text.parse::<KeyRef>().is_err(), "{text:?} must be refused");
        }
    }
}
