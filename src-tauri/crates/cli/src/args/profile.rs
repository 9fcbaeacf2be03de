//! `cartorio profile`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ProtectionArgs, values};

#[derive(Debug, Subcommand)]
pub(crate) enum Profile {
    /// Adds or changes a profile
    Add(Box<ProfileAdd>),
    /// Lists the profiles
    List,
    /// Opens the production office with a profile
    Use {
        /// Name of the profile
        name: String,
        /// Name of the office; needed the first time
        #[arg(long, value_name = "TEXT")]
        office_name: Option<String>,
        /// Name of the notary; needed the first time
        #[arg(long, value_name = "TEXT")]
        operator_name: Option<String>,
        #[command(flatten)]
        protection: ProtectionArgs,
    },
    /// Asks AWS who the credentials of a profile are
    Test {
        /// Name of the profile
        name: String,
    },
    /// Removes a profile and its access keys
    Remove {
        /// Name of the profile
        name: String,
    },
    /// Logs in at AWS: in the browser (SSO), or with the number of an MFA device
    Login {
        /// Name of the profile
        name: String,
        /// Reads the six digits of the MFA device from the first line of stdin
        #[arg(long)]
        mfa_code_stdin: bool,
    },
    /// Ends a login and forgets what came of it
    Logout {
        /// Name of the profile
        name: String,
    },
    /// Lists accounts and roles that the login may use
    Accounts {
        /// Name of the profile
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ProfileAdd {
    /// Name of the profile
    pub(crate) name: String,
    /// AWS region, e.g. sa-east-1
    #[arg(long, value_name = "REGION")]
    pub(crate) region: String,
    /// Another endpoint than AWS's own (emulator, PrivateLink)
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    /// Another endpoint for AWS Private CA alone
    #[arg(long, value_name = "URL")]
    pub(crate) acm_pca_endpoint: Option<String>,
    /// Uses FIPS 140 endpoints
    #[arg(long)]
    pub(crate) fips: bool,
    /// Signatures under way at once in KMS (usually 32)
    #[arg(long, value_name = "NUMBER", requires = "kms_per_second", value_parser = values::digits::<u32>)]
    pub(crate) kms_at_once: Option<u32>,
    /// Signatures begun in a second in KMS (usually 800, four fifths of what an account may without asking)
    #[arg(long, value_name = "NUMBER", requires = "kms_at_once", value_parser = values::digits::<u32>)]
    pub(crate) kms_per_second: Option<u32>,
    /// Credentials of this profile of ~/.aws/config (also SSO and credential_process)
    #[arg(long, value_name = "NAME", conflicts_with = "access_keys")]
    pub(crate) aws_profile: Option<String>,
    /// Asks for access keys and keeps them in the system's keyring
    #[arg(long)]
    pub(crate) access_keys: bool,
    /// File with the access keys as JSON: access_key_id, secret_access_key, session_token; "-" reads stdin
    #[arg(long, value_name = "FILE", conflicts_with = "aws_profile")]
    pub(crate) access_keys_file: Option<PathBuf>,
    /// Single sign-on: address of the portal, https://….awsapps.com/start
    #[arg(
        long,
        value_name = "URL",
        requires = "sso_region",
        conflicts_with_all = ["aws_profile", "access_keys", "access_keys_file", "role_arn"]
    )]
    pub(crate) sso_start_url: Option<String>,
    /// Single sign-on: region of the portal
    #[arg(long, value_name = "REGION", requires = "sso_start_url")]
    pub(crate) sso_region: Option<String>,
    /// Single sign-on: account number; may be chosen after the first login («profile accounts»)
    #[arg(long, value_name = "NUMBER", requires = "sso_start_url")]
    pub(crate) sso_account: Option<String>,
    /// Single sign-on: role in the account
    #[arg(long, value_name = "NAME", requires = "sso_account")]
    pub(crate) sso_role: Option<String>,
    /// ARN of a role that other credentials take on
    #[arg(long, value_name = "ARN", conflicts_with = "aws_profile")]
    pub(crate) role_arn: Option<String>,
    /// Serial number or ARN of the MFA device that the role asks for
    #[arg(long, value_name = "SERIAL", requires = "role_arn")]
    pub(crate) mfa_serial: Option<String>,
    /// External id that the role asks for
    #[arg(long, value_name = "TEXT", requires = "role_arn")]
    pub(crate) external_id: Option<String>,
    /// Length of the role's session in minutes: 15 to 720 (default: 60)
    #[arg(long, value_name = "N", requires = "role_arn", default_value_t = 60, hide_default_value = true, value_parser = values::digits::<u32>)]
    pub(crate) session_minutes: u32,
    /// Whose credentials take the role on: default, profile:NAME or keyring
    #[arg(long, value_name = "WHOSE", requires = "role_arn", value_parser = role_base)]
    pub(crate) role_base: Option<RoleBaseChoice>,
}

/// Whose credentials take a role on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum RoleBaseChoice {
    Default,
    Profile(String),
    Keyring,
}

fn role_base(text: &str) -> Result<RoleBaseChoice, String> {
    match (text, text.strip_prefix("profile:")) {
        ("default", _) => Ok(RoleBaseChoice::Default),
        ("keyring", _) => Ok(RoleBaseChoice::Keyring),
        (_, Some(name)) if !name.is_empty() => Ok(RoleBaseChoice::Profile(name.to_owned())),
        _ => Err("default, profile:NAME, keyring".to_owned()),
    }
}
