//! What a login is asked for, each with its shape checked.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::profile::{ProfileError, is_safe_page, text};

/// Address of an IAM Identity Center portal, e.g. `https://d-1234567890.awsapps.com/start`: `https:`, or `http:` on this
/// machine.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct StartUrl(String);

/// Number of an AWS account: twelve digits.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(String);

/// Name of a role in IAM Identity Center: 1 to 64 of `A-Z a-z 0-9 _ + = , . @ -`.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoleName(String);

/// ARN of an IAM role: `arn:aws:iam::ACCOUNT:role/[PATH/]NAME`.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoleArn(String);

/// Serial number or ARN of an MFA device (STS `SerialNumber`).
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct MfaSerial(String);

/// External id that a role wants of others (STS `ExternalId`). No secret, says AWS.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExternalId(String);

/// Length of a role's session in minutes: 15 to 720.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct SessionMinutes(u32);

impl FromStr for StartUrl {
    type Err = ProfileError;

    fn from_str(text: &str) -> Result<Self, ProfileError> {
        if is_safe_page(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ProfileError::new("start_url", "needs the https:// address of the portal"))
        }
    }
}

impl FromStr for AccountId {
    type Err = ProfileError;

    fn from_str(text: &str) -> Result<Self, ProfileError> {
        if is_account(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ProfileError::new("account_id", "needs twelve digits"))
        }
    }
}

impl FromStr for RoleName {
    type Err = ProfileError;

    fn from_str(text: &str) -> Result<Self, ProfileError> {
        if (1..=64).contains(&text.len()) && all_of(text, "_+=,.@-") {
            Ok(Self(text.to_owned()))
        } else {
            Err(ProfileError::new("role_name", "is not the name of a role"))
        }
    }
}

impl FromStr for RoleArn {
    type Err = ProfileError;

    fn from_str(text: &str) -> Result<Self, ProfileError> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let shaped = match parts.as_slice() {
            ["arn", partition, "iam", "", account, resource] => {
                is_partition(partition)
                    && is_account(account)
                    && text.len() <= 2048
                    && all_of(resource, "_+=,.@-/")
                    && resource.strip_prefix("role/").is_some_and(|path| {
                        path.split('/').all(|step| !step.is_empty())
                            && path.rsplit('/').next().is_some_and(|name| name.len() <= 64)
                    })
            }
            _ => false,
        };
        if shaped {
            Ok(Self(text.to_owned()))
        } else {
            Err(ProfileError::new("role_arn", "is not arn:aws:iam::ACCOUNT:role/NAME"))
        }
    }
}

impl FromStr for MfaSerial {
    type Err = ProfileError;

    fn from_str(text: &str) -> Result<Self, ProfileError> {
        if (9..=256).contains(&text.len()) && all_of(text, "_+=/:,.@-") {
            Ok(Self(text.to_owned()))
        } else {
            Err(ProfileError::new("mfa_serial", "needs the serial number or the ARN of an MFA device"))
        }
    }
}

impl FromStr for ExternalId {
    type Err = ProfileError;

    fn from_str(text: &str) -> Result<Self, ProfileError> {
        if (2..=1224).contains(&text.len()) && all_of(text, "_+=,.@:/-") {
            Ok(Self(text.to_owned()))
        } else {
            Err(ProfileError::new("external_id", "needs letters, digits or _+=,.@:/-, and two of them at least"))
        }
    }
}

impl SessionMinutes {
    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// In seconds, as STS counts.
    pub(crate) fn seconds(self) -> i32 {
        // At most 720 minutes.
        i32::try_from(self.0 * 60).unwrap_or(i32::MAX)
    }
}

impl TryFrom<u32> for SessionMinutes {
    type Error = ProfileError;

    fn try_from(minutes: u32) -> Result<Self, ProfileError> {
        if (15..=720).contains(&minutes) {
            Ok(Self(minutes))
        } else {
            Err(ProfileError::new("session_minutes", "needs 15 to 720 minutes"))
        }
    }
}

impl From<SessionMinutes> for u32 {
    fn from(minutes: SessionMinutes) -> Self {
        minutes.0
    }
}

macro_rules! shown {
    ($($name:ident),*) => {
        $(
            text!($name);

            impl $name {
                /// As text.
                pub fn as_str(&self) -> &str {
                    &self.0
                }
            }
        )*
    };
}

shown!(StartUrl, AccountId, RoleName, RoleArn, MfaSerial, ExternalId);

fn all_of(text: &str, extra: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_partition(text: &str) -> bool {
    text.starts_with("aws") && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken<T: FromStr<Err = ProfileError>>(texts: &[&str]) {
        for text in texts {
            assert!(text.parse::<T>().is_ok(), "{text:?}");
        }
    }

    fn refused<T: FromStr<Err = ProfileError>>(field: &str, texts: &[&str]) {
        for text in texts {
            match text.parse::<T>() {
                Err(error) => {
                    assert_eq!(error.field, field);
                    // A pasted secret must not come back in the error.
                    assert!(!error.to_string().contains("senha") && !error.to_string().contains('1'), "{error}");
                }
                Ok(_) => panic!("{text:?} must be refused"),
            }
        }
    }

    #[test]
    fn every_field_has_its_shape() {
        taken::<StartUrl>(&[
            "https://d-1234567890.awsapps.com/start",
            "https://cartorio.awsapps.com/start#/",
            "https://start.us-gov-home.awsapps.com/directory/x?y=z",
            "http://127.0.0.1:8080/start",
            "http://[::1]:8080",
            "http://localhost/start",
        ]);
        refused::<StartUrl>(
            "start_url",
            &[
                "",
                "d-1234567890.awsapps.com/start",
                "http://d-1.awsapps.com/start",
                "javascript://x",
                "file:///etc/passwd",
                "https://",
                "https://a b",
                "https://user:senha@host/start",
                "https://host\n/start",
                "https://host/\u{202e}",
                "http://10.0.0.1/start",
                "http://localhost.exemplo.com",
                "https://host:99999/",
                "https://host\\@mau/",
            ],
        );
        taken::<AccountId>(&["123456789012"]);
        refused::<AccountId>("account_id", &["", "12345678901", "1234567890123", "12345678901a", "１23456789012"]);
        taken::<RoleName>(&["Assinador", "AWSReservedSSO_x.y@z"]);
        refused::<RoleName>("role_name", &["", "a b", "a/b", "é"]);
        assert!("x".repeat(65).parse::<RoleName>().is_err());
        taken::<RoleArn>(&[
            "arn:aws:iam::123456789012:role/assinador",
            "arn:aws-us-gov:iam::123456789012:role/caminho/assinador",
            "arn:aws-cn:iam::123456789012:role/a+b=c,d.e@f-g_h",
        ]);
        refused::<RoleArn>(
            "role_arn",
            &[
                "",
                "assinador",
                "arn:aws:iam::123456789012:user/maria",
                "arn:aws:iam::123456789012:role/",
                "arn:aws:iam::12345678901:role/x",
                "arn:aws:sts::123456789012:role/x",
                "arn:aws:iam::123456789012:role//x",
                "arn:aws:iam:us-east-1:123456789012:role/x",
                "arn:aws:iam::123456789012:role/x y",
            ],
        );
        taken::<MfaSerial>(&["arn:aws:iam::123456789012:mfa/maria", "GAHT12345678"]);
        refused::<MfaSerial>("mfa_serial", &["", "12345678", "arn:aws:iam::1:mfa/maria silva"]);
        taken::<ExternalId>(&["ab", "cartorio:1/2"]);
        refused::<ExternalId>("external_id", &["", "a", "a b"]);
        for (minutes, fits) in [(0, false), (14, false), (15, true), (720, true), (721, false), (u32::MAX, false)] {
            assert_eq!(SessionMinutes::try_from(minutes).is_ok(), fits, "{minutes}");
        }
        assert_eq!(SessionMinutes(720).seconds(), 43_200);
    }
}
