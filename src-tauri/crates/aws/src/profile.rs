//! What is remembered about an AWS account: everything but its secrets.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::login::terms::{AccountId, ExternalId, MfaSerial, RoleArn, RoleName, SessionMinutes, StartUrl};

/// How to reach an AWS account.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AwsProfile {
    /// Name in this program; also the account of its keyring entry.
    pub name: String,
    /// Region of keys whose reference names none.
    pub region: Region,
    /// One address for every service, instead of AWS's own: an emulator or a gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<Endpoint>,
    /// Addresses of single services (PrivateLink); they win over `endpoint`.
    #[serde(default, skip_serializing_if = "ServiceEndpoints::is_empty")]
    pub endpoints: ServiceEndpoints,
    /// Whether to use the FIPS 140 endpoints: those of KMS and Private CA, and of STS in the regions that have one. IAM
    /// Identity Center has none.
    #[serde(default)]
    pub use_fips: bool,
    /// Where the credentials come from.
    pub credentials: CredentialSource,
}

impl AwsProfile {
    /// Checks what the single fields cannot: the name, and FIPS together with an own address.
    ///
    /// # Errors
    /// [`ProfileError`] naming the field.
    pub fn check(&self) -> Result<(), ProfileError> {
        if self.name.is_empty() || self.name.chars().count() > 64 || self.name.chars().any(char::is_control) {
            return Err(ProfileError::new("name", "needs 1 to 64 printable characters"));
        }
        if self.use_fips && (self.endpoint.is_some() || !self.endpoints.is_empty()) {
            return Err(ProfileError::new("use_fips", "does not go with an endpoint of one's own"));
        }
        match &self.credentials {
            CredentialSource::NamedProfile { profile }
            | CredentialSource::AssumeRole { base: RoleBase::NamedProfile { profile }, .. }
                if profile.is_empty() || profile.chars().any(char::is_control) =>
            {
                Err(ProfileError::new("credentials.profile", "needs the name of a profile in ~/.aws"))
            }
            CredentialSource::NamedProfile { .. }
            | CredentialSource::AssumeRole { .. }
            | CredentialSource::Default
            | CredentialSource::KeyringStatic
            | CredentialSource::Sso { .. } => Ok(()),
        }
    }

    pub(crate) fn kms_endpoint(&self) -> Option<&Endpoint> {
        self.endpoints.kms.as_ref().or(self.endpoint.as_ref())
    }

    pub(crate) fn sts_endpoint(&self) -> Option<&Endpoint> {
        self.endpoints.sts.as_ref().or(self.endpoint.as_ref())
    }

    pub(crate) fn acm_pca_endpoint(&self) -> Option<&Endpoint> {
        self.endpoints.acm_pca.as_ref().or(self.endpoint.as_ref())
    }

    /// Whether STS is asked at a FIPS 140 endpoint. AWS has one in the US only; anywhere else the name does not exist.
    pub(crate) fn sts_fips(&self) -> bool {
        let region = self.region.as_str();
        let there =
            matches!(region, "us-east-1" | "us-east-2" | "us-west-1" | "us-west-2") || region.starts_with("us-gov-");
        self.use_fips && there
    }

    pub(crate) fn sso_endpoint(&self) -> Option<&Endpoint> {
        self.endpoints.sso.as_ref().or(self.endpoint.as_ref())
    }

    pub(crate) fn sso_oidc_endpoint(&self) -> Option<&Endpoint> {
        self.endpoints.sso_oidc.as_ref().or(self.endpoint.as_ref())
    }
}

/// Addresses of single services.
#[derive(Clone, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceEndpoints {
    /// AWS KMS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms: Option<Endpoint>,
    /// AWS STS: asked who is calling, and for roles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sts: Option<Endpoint>,
    /// AWS Private CA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acm_pca: Option<Endpoint>,
    /// The portal of IAM Identity Center, which gives the credentials of a role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sso: Option<Endpoint>,
    /// The OIDC service of IAM Identity Center, where a person logs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sso_oidc: Option<Endpoint>,
}

impl ServiceEndpoints {
    /// Whether none is set.
    pub fn is_empty(&self) -> bool {
        let Self { kms, sts, acm_pca, sso, sso_oidc } = self;
        [kms, sts, acm_pca, sso, sso_oidc].into_iter().all(Option::is_none)
    }
}

/// Where credentials come from.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CredentialSource {
    /// The chain that every AWS tool uses: environment, `~/.aws`, SSO, instance role.
    Default,
    /// One profile of `~/.aws/config`: static keys, SSO, assumed role or `credential_process`. An `aws login` session is
    /// reached by `credential_process = aws configure export-credentials --profile NAME --format process`.
    NamedProfile {
        /// Its name there.
        profile: String,
    },
    /// An access key in the keyring of the operating system, kept by this program.
    KeyringStatic,
    /// IAM Identity Center: a person logs in with the browser.
    Sso {
        /// The portal.
        start_url: StartUrl,
        /// Region of the portal.
        sso_region: Region,
        /// Account.
        account_id: AccountId,
        /// Role there.
        role_name: RoleName,
    },
    /// A role that other credentials take on (STS `AssumeRole`).
    AssumeRole {
        /// The role.
        role_arn: RoleArn,
        /// MFA device, where the role wants one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mfa_serial: Option<MfaSerial>,
        /// External id that the role wants.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        external_id: Option<ExternalId>,
        /// Length of the session.
        session_minutes: SessionMinutes,
        /// The credentials that take it on.
        base: RoleBase,
    },
}

/// The credentials that take on a role.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RoleBase {
    /// The chain that every AWS tool uses.
    Default,
    /// One profile of `~/.aws/config`.
    NamedProfile {
        /// Its name there.
        profile: String,
    },
    /// An access key in the keyring of the operating system, under the name of the [`AwsProfile`].
    KeyringStatic,
}

/// An AWS region, e.g. `sa-east-1`.
#[derive(Clone, Debug, Eq, Hash, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Region(String);

impl Region {
    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Region {
    type Err = ProfileError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let shaped = text.len() <= 32
            && text.contains('-')
            && text.chars().all(plain)
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.ends_with(|c: char| c.is_ascii_digit());
        if shaped {
            Ok(Self(text.to_owned()))
        } else {
            Err(ProfileError::new("region", "is not a region such as sa-east-1"))
        }
    }
}

/// The address of a service: `https://HOST[:PORT]`, or `http://` where it cannot leave the house.
#[derive(Clone, Debug, Eq, Hash, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Endpoint(String);

impl Endpoint {
    /// The URL, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Endpoint {
    type Err = ProfileError;

    /// Requests carry signatures and documents' digests, so plain HTTP is taken only for loopback and private
    /// addresses (RFC 1918, RFC 4193), written as addresses: a name could resolve to anything.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = |reason| ProfileError::new("endpoint", reason);
        let (scheme, rest) =
            text.split_once("://").ok_or_else(|| refuse("needs https:// (or http:// for a local address)"))?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains('@') {
            return Err(refuse("must not hold a user name or password"));
        }
        let (host, port) = split_authority(authority).ok_or_else(|| refuse("is not scheme://host:port"))?;
        if let Some(port) = port {
            // Digits only: `parse` would also take a sign.
            let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
            if !digits || port.parse::<u16>().is_ok_and(|port| port == 0) || port.parse::<u16>().is_err() {
                return Err(refuse("has no valid port"));
            }
        }
        match scheme {
            "https" => {}
            "http" if host.is_local() => {}
            "http" => return Err(refuse("may use http:// only for a loopback or private address; use https://")),
            _ => return Err(refuse("needs https:// (or http:// for a local address)")),
        }
        Ok(Self(format!("{scheme}://{authority}")))
    }
}

/// A field of a profile that cannot be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ProfileError {
    /// The field.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl ProfileError {
    pub(crate) fn new(field: &'static str, reason: &'static str) -> Self {
        Self { field, reason }
    }
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.reason)
    }
}

impl std::error::Error for ProfileError {}

/// Whether `text` is a page that may be opened in a browser: `https:`, or `http:` on this machine; no user name, blanks
/// or control characters.
pub(crate) fn is_safe_page(text: &str) -> bool {
    if text.len() > 2048 || !text.bytes().all(|byte| byte.is_ascii_graphic()) || text.contains(['\\', '"', '<', '>']) {
        return false;
    }
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((host, port)) = split_authority(authority) else { return false };
    let port_fits =
        port.is_none_or(|port| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok());
    port_fits
        && match (scheme, host) {
            ("https", _) => true,
            ("http", Host::Name(name)) => name == "localhost",
            ("http", Host::Address(address)) => address.is_loopback(),
            _ => false,
        }
}

enum Host<'a> {
    Name(&'a str),
    Address(IpAddr),
}

impl Host<'_> {
    fn is_local(&self) -> bool {
        match self {
            Self::Name(name) => *name == "localhost",
            Self::Address(IpAddr::V4(address)) => address.is_loopback() || address.is_private(),
            Self::Address(IpAddr::V6(address)) => address.is_loopback() || address.is_unique_local(),
        }
    }
}

fn split_authority(authority: &str) -> Option<(Host<'_>, Option<&str>)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (address, after) = rest.split_once(']')?;
        let host = Host::Address(IpAddr::V6(address.parse::<Ipv6Addr>().ok()?));
        return match after {
            "" => Some((host, None)),
            _ => Some((host, Some(after.strip_prefix(':')?))),
        };
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    if let Ok(address) = host.parse::<IpAddr>() {
        return Some((Host::Address(address), port));
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // A last label of digits would be an address in disguise (`127.1`, `0x7f.1`).
    let named = host.len() <= 253
        && host.split('.').all(label)
        && host.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_alphabetic()));
    named.then_some((Host::Name(host), port))
}

macro_rules! text {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = ProfileError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

pub(crate) use text;

text!(Region);
text!(Endpoint);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_endpoint_that_is_taken_reads_back_as_itself(text in "(https?://)?[a-z0-9.:/@\\[\\]-]{0,40}") {
            if let Ok(endpoint) = text.parse::<Endpoint>() {
                prop_assert_eq!(endpoint.as_str().parse::<Endpoint>().unwrap(), endpoint);
            }
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in ".*") {
            let _ = (text.parse::<Endpoint>(), text.parse::<Region>());
        }
    }

    #[test]
    fn endpoints_that_are_taken() {
        for (text, kept) in [
            ("https://kms.sa-east-1.amazonaws.com", "https://kms.sa-east-1.amazonaws.com"),
            (
                "https://vpce-0a1b.kms.sa-east-1.vpce.amazonaws.com/",
                "https://vpce-0a1b.kms.sa-east-1.vpce.amazonaws.com",
            ),
            ("https://203.0.113.7:8443", "https://203.0.113.7:8443"),
            ("http://127.0.0.1:4566", "http://127.0.0.1:4566"),
            ("http://127.9.9.9", "http://127.9.9.9"),
            ("http://localhost:4566/", "http://localhost:4566"),
            ("http://[::1]:4566", "http://[::1]:4566"),
            ("http://10.1.2.3", "http://10.1.2.3"),
            ("http://172.31.0.9:80", "http://172.31.0.9:80"),
            ("http://192.168.0.10:4566", "http://192.168.0.10:4566"),
            ("http://[fd00::1]", "http://[fd00::1]"),
        ] {
            assert_eq!(text.parse::<Endpoint>().unwrap().as_str(), kept);
        }
    }

    #[test]
    fn endpoints_that_are_refused() {
        for text in [
            "",
            "kms.amazonaws.com",
            "ftp://127.0.0.1",
            "http://kms.amazonaws.com",
            "http://8.8.8.8",
            "http://172.32.0.1",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "http://127.1",
            "http://0x7f.1",
            "http://user:pass@127.0.0.1",
            "https://user@host",
            "https://host/path",
            "https://host?x=1",
            "https://host#f",
            "https://",
            "https://:443",
            "https://host:",
            "https://host:0",
            "https://host:65536",
            "https://host:+80",
            "https://[::1",
            "https://[::1]80",
            "https://ho st",
            "https://-a",
            "HTTP://127.0.0.1",
            "http://[fe80::1]",
            "http://0.0.0.0:80",
        ] {
            assert!(text.parse::<Endpoint>().is_err(), "{text:?} must be refused");
        }
    }

    #[test]
    fn profiles_are_stored_without_secrets_and_read_back() {
        let profile = AwsProfile {
            name: "cartório".to_owned(),
            region: "sa-east-1".parse().unwrap(),
            endpoint: Some("http://127.0.0.1:4566".parse().unwrap()),
            endpoints: ServiceEndpoints::default(),
            use_fips: false,
            credentials: CredentialSource::NamedProfile { profile: "producao".to_owned() },
        };
        profile.check().unwrap();
        let text = serde_json::to_string(&profile).unwrap();
        assert_eq!(serde_json::from_str::<AwsProfile>(&text).unwrap(), profile);
        for (from, to) in [
            ("sa-east-1", "sa east 1"),
            ("http://127.0.0.1:4566", "http://example.com"),
            ("\"use_fips\"", "\"secret_access_key\":\"x\",\"use_fips\""),
        ] {
            assert!(text.contains(from));
            assert!(serde_json::from_str::<AwsProfile>(&text.replace(from, to)).is_err(), "{from} → {to}");
        }
        let fips = AwsProfile { use_fips: true, ..profile };
        assert_eq!(fips.check().unwrap_err().field, "use_fips");
        // As endpoints.json of the AWS SDKs has them.
        for (region, sts) in
            [("us-east-1", true), ("us-gov-west-1", true), ("sa-east-1", false), ("us-iso-east-1", false)]
        {
            let profile = AwsProfile { region: region.parse().unwrap(), ..fips.clone() };
            assert_eq!(profile.sts_fips(), sts, "{region}");
            assert!(!AwsProfile { use_fips: false, ..profile }.sts_fips(), "{region}");
        }
    }
}
