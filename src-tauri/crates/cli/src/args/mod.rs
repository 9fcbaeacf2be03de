//! The command line. Texts are English here; `help` puts them into Portuguese.

mod fit;
mod inspection;
mod keys;
mod people;
mod profile;
mod secrets;
mod signing;
mod tokens;
mod values;

use std::path::PathBuf;

use cartorio_office::KeySpec;
use clap::{Args, Parser, Subcommand, ValueEnum};
use time::OffsetDateTime;

pub(crate) use inspection::{
    Chain, Compare, Expiry, ExportForm, Inspect, PurposeChoice, RevocationChoice, Search, Trust,
};
pub(crate) use keys::{
    AliasChange, KeyStateChoice, Keys, PlaceChoice, PublicKeyForm, Rotation, StepChoice, UsageChoice,
};
pub(crate) use people::{NewPasswordArgs, Operator, Request, RoleChoice};
pub(crate) use profile::{Profile, ProfileAdd, RoleBaseChoice};
pub(crate) use secrets::{PasswordArgs, PinArgs, UnlockArgs};
pub(crate) use signing::{
    AfterError, Batch, CertifyName, CommitmentName, ErrorKindName, Extend, Fields, Form, HigherLevel, LevelChoice,
    PolicyCommand, PolicyName, Sign, SourceArgs, Stamp, Tsa, WorkArgs,
};
pub(crate) use tokens::{A1, Identity, Token, TokenModule};
pub(crate) use values::{Lock, Place, Visible, Wanted};

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
#[derive(Clone, Debug, Args)]
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
    /// Who works here, for this one command: name or identifier (default: the office's notary)
    #[arg(long, value_name = "NAME|ID", global = true)]
    pub(crate) operator: Option<String>,
    /// File with the password of whoever works here (default: it is asked for where there is one)
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) operator_password_file: Option<PathBuf>,
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
    /// Change of keys (troca de chave), step by step with evidence
    #[command(subcommand, arg_required_else_help = true)]
    Rotation(Rotation),
    /// What needs two people: one asks, another decides
    #[command(subcommand, arg_required_else_help = true)]
    Request(Request),
    /// The people of the office
    #[command(subcommand, arg_required_else_help = true)]
    Operator(Operator),
    /// Tokens and HSMs behind PKCS#11 modules
    #[command(subcommand, arg_required_else_help = true)]
    Token(Token),
    /// A1 certificate files (P12) that sign
    #[command(subcommand, arg_required_else_help = true)]
    A1(A1),
    /// Signing identities: a key with its certificate chain
    #[command(subcommand, arg_required_else_help = true)]
    Identity(Identity),
    /// Certificates of the office's own authority
    #[command(subcommand, arg_required_else_help = true)]
    Ca(Ca),
    /// Signs files: a PDF from the inside (PAdES), any other file beside it (CAdES, .p7s)
    Sign(Box<Sign>),
    /// Takes signed files to a higher level: time stamps and evidence for the years to come
    Extend(Extend),
    /// Lists the signature fields of a PDF, the empty ones that can be signed among them
    Fields(Fields),
    /// Batches: those that did not end, and lists of results
    #[command(subcommand, arg_required_else_help = true)]
    Batch(Batch),
    /// Time-stamp authorities of the office
    #[command(subcommand, arg_required_else_help = true)]
    Tsa(Tsa),
    /// Signature policies of ICP-Brasil
    #[command(subcommand, arg_required_else_help = true)]
    Policy(PolicyCommand),
    /// Visible stamps
    #[command(subcommand, arg_required_else_help = true)]
    Stamp(Stamp),
    /// Says whether a signed file is intact and can be trusted
    Verify(Verify),
    /// Shows what is in any file of the field: certificates, P12, lists, requests, tokens, signatures
    Inspect(Inspect),
    /// Judges a certificate's chain: every path, every error, policies and revocation
    Chain(Chain),
    /// Compares two certificates by meaning
    Compare(Compare),
    /// Roots of trust and revocation evidence
    #[command(subcommand, arg_required_else_help = true)]
    Trust(Trust),
    /// What ends, and when
    Expiry(Expiry),
    /// Searches everything that the office has
    Search(Search),
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
pub(crate) enum Ca {
    /// Lists the certificates of the office
    List,
    /// Issues a certificate for a subscriber; the key is made here and leaves only in a P12 file
    Issue(Subscriber),
}

/// Who a certificate is issued for.
#[derive(Debug, Args)]
pub(crate) struct Subscriber {
    /// Full name
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// CPF, with or without punctuation
    #[arg(long, value_name = "CPF")]
    pub(crate) cpf: String,
    /// E-mail address for the certificate
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) email: String,
    /// Type: RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384 or ECC_NIST_P521
    #[arg(
        long,
        value_name = "SPEC",
        value_parser = values::key_type(&KeySpec::FOR_DOCUMENTS),
        default_value = "RSA_2048",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(crate) key_spec: String,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Signed PDF or .p7s
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Content of a detached .p7s (default: looked for beside it)
    #[arg(long, value_name = "FILE")]
    pub(crate) content: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) password: PasswordArgs,
    /// Trusts the roots in this file as well; can be repeated
    #[arg(long, value_name = "PEM")]
    pub(crate) trust: Vec<PathBuf>,
    /// Revocation list; can be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) crl: Vec<PathBuf>,
    /// OCSP response; can be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) ocsp: Vec<PathBuf>,
    /// Judges as of this instant (RFC 3339), e.g. 2026-11-21T12:00:00-03:00
    #[arg(long, value_name = "TIME", value_parser = values::instant)]
    pub(crate) at: Option<OffsetDateTime>,
    /// Asks nothing of any network; this version never does
    #[arg(long)]
    pub(crate) offline: bool,
}

/// How a P12 file is protected.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct P12ProtectionArgs {
    /// Protection: modern (AES-256; today's programs), compatible (Triple DES; Windows 7 and other old programs) or pbmac1 (where FIPS 140 asks for it)
    #[arg(
        long,
        value_name = "PROFILE",
        value_enum,
        default_value = "modern",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) profile: P12ProfileChoice,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum P12ProfileChoice {
    Modern,
    Compatible,
    Pbmac1,
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
        protection: P12ProtectionArgs,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Looks inside a P12 file
    Inspect {
        /// File
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        password: PasswordArgs,
    },
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
        #[arg(long, value_name = "N", value_parser = values::digits::<u64>)]
        before: Option<u64>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50, hide_default_value = true, value_parser = values::from_one)]
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
