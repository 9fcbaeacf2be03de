//! The command line. Texts are English here; `help` puts them into Portuguese.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Signs, verifies and inspects documents and certificates of a notary office
#[derive(Debug, Parser)]
#[command(
    name = "cartorio",
    version,
    disable_help_subcommand = true,
    disable_help_flag = true,
    disable_version_flag = true,
    arg_required_else_help = true
)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Folder that holds everything an installation keeps (default: the platform's data folder)
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) home: Option<PathBuf>,
    /// Prints one JSON document on stdout and nothing else there
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Language: pt-BR or en (default: the terminal's)
    #[arg(long, value_name = "LANG", value_parser = ["pt-BR", "en"], hide_possible_values = true, global = true)]
    pub(crate) lang: Option<String>,
    /// File with the passphrase of the key store, for a machine without a keyring
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Shows this help
    #[arg(short = 'h', long, action = clap::ArgAction::Help, global = true)]
    help: Option<bool>,
    /// Shows the version
    #[arg(short = 'V', long, action = clap::ArgAction::Version)]
    version: Option<bool>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Demonstration office, without legal value
    #[command(subcommand, arg_required_else_help = true)]
    Demo(Demo),
    /// AWS profiles
    #[command(subcommand, arg_required_else_help = true)]
    Profile(Profile),
    /// Signing keys
    #[command(subcommand, arg_required_else_help = true)]
    Keys(Keys),
    /// Signing identities: a key with its certificate chain
    #[command(subcommand, arg_required_else_help = true)]
    Identity(Identity),
    /// Certificates of the office's own authority
    #[command(subcommand, arg_required_else_help = true)]
    Ca(Ca),
    /// Signs files: a PDF from the inside (PAdES), any other file beside it (CAdES, .p7s)
    Sign(Sign),
    /// Says whether a signed file is intact and can be trusted
    Verify(Verify),
    /// Shows certificates, chains, P7B, P12, CRL or the certificates of a .p7s
    Inspect(Inspect),
    /// P12 files: a certificate with its key
    #[command(subcommand, arg_required_else_help = true)]
    P12(P12),
    /// Audit trail
    #[command(subcommand, arg_required_else_help = true)]
    Audit(Audit),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Demo {
    /// Builds the demonstration office, or completes it; can be repeated
    Init {
        #[command(flatten)]
        protection: ProtectionArgs,
    },
}

/// How a new key store is protected.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct ProtectionArgs {
    /// How a new key store keeps its master key: automatic, keyring, passphrase or plain-file (demonstration only)
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        default_value = "automatic",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(crate) protection: ProtectionChoice,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum ProtectionChoice {
    Automatic,
    Keyring,
    Passphrase,
    PlainFile,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Profile {
    /// Adds or changes a profile
    Add(ProfileAdd),
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
    /// Credentials of this profile of ~/.aws/config (also SSO and credential_process)
    #[arg(long, value_name = "NAME", conflicts_with = "access_keys")]
    pub(crate) aws_profile: Option<String>,
    /// Asks for access keys and keeps them in the system's keyring
    #[arg(long)]
    pub(crate) access_keys: bool,
    /// File with the access keys as JSON: access_key_id, secret_access_key, session_token; "-" reads stdin
    #[arg(long, value_name = "FILE", conflicts_with = "aws_profile")]
    pub(crate) access_keys_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Lists the keys that the office can see
    List,
    /// Shows one key
    Describe {
        /// Key reference, e.g. local:ID or awskms:alias/NAME
        key: String,
    },
    /// Prints the public half of a key as PEM
    PublicKey {
        /// Key reference, e.g. local:ID or awskms:alias/NAME
        key: String,
    },
    /// Makes a signing key: in AWS KMS in production, on this machine in the demonstration
    Create {
        /// Friendly name
        #[arg(long, value_name = "NAME")]
        alias: String,
        /// Type: RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384 or ECC_NIST_P521
        #[arg(long, value_name = "SPEC", default_value = "RSA_2048", hide_default_value = true)]
        spec: String,
        /// Free text
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        description: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Identity {
    /// Lists the signing identities
    List,
    /// Issues a certificate for an existing key and makes an identity of both
    Create {
        /// Key reference, e.g. local:ID or awskms:alias/NAME
        #[arg(long, value_name = "REF")]
        key: String,
        /// Friendly name
        #[arg(long, value_name = "NAME")]
        label: String,
        /// Who the certificate is for
        #[arg(long, value_name = "NAME")]
        holder: String,
        /// E-mail address for the certificate
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// ARN of an AWS Private CA that issues it (default: the office's own authority)
        #[arg(long, value_name = "ARN")]
        authority: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Ca {
    /// Lists the certificates of the office
    List,
    /// Issues a certificate for a subscriber; the key is made here and leaves only in a P12 file
    Issue {
        /// Full name
        #[arg(long, value_name = "NAME")]
        name: String,
        /// CPF, with or without punctuation
        #[arg(long, value_name = "CPF")]
        cpf: String,
        /// E-mail address for the certificate
        #[arg(long, value_name = "ADDRESS")]
        email: String,
        /// Type: RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384 or ECC_NIST_P521
        #[arg(long, value_name = "SPEC", default_value = "RSA_2048", hide_default_value = true)]
        key_spec: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// Files to sign
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Signing identity: its identifier or its name; not needed where there is only one
    #[arg(long, value_name = "ID")]
    pub(crate) identity: Option<String>,
    /// Form: pades or cades-detached (default: what the file is)
    #[arg(long, value_name = "FORM", value_parser = ["pades", "cades-detached"], hide_possible_values = true)]
    pub(crate) format: Option<String>,
    /// Level: b-b
    #[arg(long, value_name = "LEVEL", value_parser = ["b-b"], default_value = "b-b", hide_possible_values = true, hide_default_value = true)]
    pub(crate) level: String,
    /// Signature algorithm, e.g. RSASSA_PSS_SHA_256 (default: the key's)
    #[arg(long, value_name = "NAME")]
    pub(crate) algorithm: Option<String>,
    /// Reason, written into the signature
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Place, written into the signature
    #[arg(long, value_name = "TEXT")]
    pub(crate) location: Option<String>,
    /// Where the result goes: a folder, or a file that does not exist yet (default: beside each file)
    #[arg(long, value_name = "DIR|FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Signed PDF or .p7s
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Content of a detached .p7s (default: looked for beside it)
    #[arg(long, value_name = "FILE")]
    pub(crate) content: Option<PathBuf>,
    /// Trusts the roots in this file as well; can be repeated
    #[arg(long, value_name = "PEM")]
    pub(crate) trust: Vec<PathBuf>,
    /// Revocation list; can be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) crl: Vec<PathBuf>,
    /// Judges as of this instant (RFC 3339), e.g. 2026-11-21T12:00:00-03:00
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Asks nothing of any network; this version never does
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// File
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) password: PasswordArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum P12 {
    /// Writes a certificate with its key and chain into a P12 file
    Export {
        /// Certificate: its identifier, the beginning of its SHA-256, or its holder's name
        certificate: String,
        /// File to write, which must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Name inside the file (default: the holder's)
        #[arg(long, value_name = "NAME")]
        friendly_name: Option<String>,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Looks inside a P12 file
    Inspect(Inspect),
}

/// Where a password comes from; never from an argument, which every process of the machine can see.
#[derive(Debug, Args)]
pub(crate) struct PasswordArgs {
    /// Reads the password from the first line of stdin
    #[arg(long, conflicts_with = "password_file")]
    pub(crate) password_stdin: bool,
    /// Reads the password from the first line of this file
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Lists records, newest first
    List {
        /// Only this act, e.g. document_signed
        #[arg(long, value_name = "ACT")]
        act: Option<String>,
        /// Only records that contain this text
        #[arg(long, value_name = "TEXT")]
        text: Option<String>,
        /// Only records before this number
        #[arg(long, value_name = "N")]
        before: Option<u64>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50, hide_default_value = true)]
        limit: u32,
    },
    /// Checks every record: changed, removed, reordered
    Verify,
    /// Accepts the end of a broken trail as it is, on record
    Reseal {
        /// Why; it goes into the trail
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}
