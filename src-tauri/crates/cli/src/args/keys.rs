//! `cartorio keys` and `cartorio rotation`.

use std::path::PathBuf;

use cartorio_office::KeySpec;
use cartorio_office::dto::{KeyTag, RotationCertificate};
use clap::{Subcommand, ValueEnum};

use super::{PinArgs, UnlockArgs, values};

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Lists the keys that the office can see
    List {
        /// Only keys that are to be changed now, or within so many days
        #[arg(long, value_name = "DAYS", num_args = 0..=1, require_equals = true, default_missing_value = "0", value_parser = values::digits::<u32>)]
        due: Option<u32>,
        /// Only keys in this state: enabled, disabled, pending-deletion or unavailable
        #[arg(long, value_name = "STATE", value_enum, hide_possible_values = true)]
        state: Option<KeyStateChoice>,
        /// Only keys with this text in name, description, reference or identity
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
    },
    /// Shows one key: tags, access, use, renewal and what the trail knows of it
    Describe {
        /// Key: reference (local:ID, awskms:alias/NAME), name, or label of an identity
        key: String,
    },
    /// Writes the public half of a key
    PublicKey {
        /// Key: reference (local:ID, awskms:alias/NAME), name, or label of an identity
        key: String,
        /// Form: pem, der or jwk (default: pem)
        #[arg(
            long,
            value_name = "FORM",
            value_enum,
            default_value = "pem",
            hide_possible_values = true,
            hide_default_value = true
        )]
        format: PublicKeyForm,
        /// File to write, which must not exist (default: the standard output)
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Makes a key: in AWS KMS in production, on this machine in the demonstration, unless --place says otherwise
    Create {
        /// Friendly name
        #[arg(long, value_name = "NAME")]
        alias: String,
        /// Type: RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384 or ECC_NIST_P521
        #[arg(
            long,
            value_name = "SPEC",
            value_parser = values::key_type(&KeySpec::ALL),
            default_value = "RSA_2048",
            hide_possible_values = true,
            hide_default_value = true
        )]
        spec: String,
        /// What for: sign, or seal (the archive's symmetric key); default: sign
        #[arg(
            long,
            value_name = "USAGE",
            value_enum,
            default_value = "sign",
            hide_possible_values = true,
            hide_default_value = true
        )]
        usage: UsageChoice,
        /// Where: local, aws or token:ID (identifier, label or serial number)
        #[arg(long, value_name = "PLACE", value_parser = place)]
        place: Option<PlaceChoice>,
        /// Tag beside Sistema, Ambiente and Uso; can be repeated
        #[arg(long, value_name = "NAME=VALUE", value_parser = tag)]
        tag: Vec<KeyTag>,
        /// Usable in several AWS regions
        #[arg(long)]
        multi_region: bool,
        /// Free text
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        description: String,
        #[command(flatten)]
        pin: PinArgs,
    },
    /// Signs files with a bare key: a signature value and a JSON receipt for each
    Sign {
        /// Files to sign
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Key: reference (local:ID, awskms:alias/NAME), name, or label of an identity
        #[arg(long, value_name = "KEY")]
        key: String,
        /// Signature algorithm, e.g. RSASSA_PSS_SHA_256 (default: the key's)
        #[arg(long, value_name = "NAME", value_parser = values::algorithm(), hide_possible_values = true)]
        algorithm: Option<String>,
        /// Folder for the results (default: beside each file)
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        #[command(flatten)]
        unlock: UnlockArgs,
    },
    /// Says whether a bare signature is one of this file
    Verify {
        /// File that was signed
        file: PathBuf,
        /// Receipt (.sig.json), or the bare signature value (.sig)
        #[arg(long, value_name = "FILE")]
        signature: PathBuf,
        /// Key of this office; needed with a bare value, and wins over the key in a receipt
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
        /// Algorithm; needed with a bare value of an RSA key
        #[arg(long, value_name = "NAME", value_parser = values::algorithm(), hide_possible_values = true)]
        algorithm: Option<String>,
    },
    /// Names of a key
    #[command(subcommand, arg_required_else_help = true)]
    Alias(AliasChange),
    /// Adds, replaces or takes away tags of a key
    Tag {
        /// Key: reference (local:ID, awskms:alias/NAME), name, or label of an identity
        key: String,
        /// Tag to add or replace; can be repeated
        #[arg(long, value_name = "NAME=VALUE", value_parser = tag, required_unless_present = "remove")]
        put: Vec<KeyTag>,
        /// Name of a tag to take away; can be repeated
        #[arg(long, value_name = "NAME")]
        remove: Vec<String>,
    },
    /// Changes the free text of a key
    SetDescription {
        /// Key: reference (local:ID, awskms:alias/NAME), name, or label of an identity
        key: String,
        /// The text; an empty one takes it away
        text: String,
    },
    /// Switches a key on
    Enable {
        /// Key: reference (local:ID, awskms:alias/NAME), name, or label of an identity
        key: String,
    },
    /// Switches a key off; it can be switched on again
    Disable {
        /// Key: reference (local:ID, awskms:alias/NAME), name, or label of an identity
        key: String,
    },
    /// Asks for the change of a key (troca de chave); another person approves it
    Rotate {
        /// Key: reference (local:ID, awskms:alias/NAME), name, or label of an identity
        key: String,
        /// Why; it goes into the trail and the evidence report
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Where the new certificate comes from: office, private-ca:ARN, external or none (default: the same CA as before)
        #[arg(long, value_name = "SOURCE", value_parser = certificate)]
        certificate: Option<RotationCertificate>,
        /// Days in which both keys are visible: 0 to 365 (default: 30)
        #[arg(long, value_name = "N", default_value_t = 30, hide_default_value = true, value_parser = values::digits::<u32>)]
        transition_days: u32,
        /// Days that the old key waits for its deletion: 7 to 30 (default: 30)
        #[arg(long, value_name = "N", default_value_t = 30, hide_default_value = true, conflicts_with = "keep", value_parser = values::digits::<u32>)]
        deletion_days: u32,
        /// Keeps the old key, switched off
        #[arg(long)]
        keep: bool,
    },
    /// Asks for the deletion of a key, or carries out an approved request
    Retire {
        /// Key: reference (local:ID, awskms:alias/NAME), name, or label of an identity
        #[arg(required_unless_present = "request")]
        key: Option<String>,
        /// Days that the key waits for its deletion: 7 to 30
        #[arg(long, value_name = "N", required_unless_present = "request", value_parser = values::digits::<u32>)]
        days: Option<u32>,
        /// Why; it goes into the trail
        #[arg(long, value_name = "TEXT", required_unless_present = "request")]
        reason: Option<String>,
        /// Carries out this approved request
        #[arg(long, value_name = "ID", conflicts_with_all = ["key", "days", "reason"])]
        request: Option<String>,
    },
    /// Calls the deletion of a key off; it stays switched off
    CancelDeletion {
        /// Key: reference (local:ID, awskms:alias/NAME), name, or label of an identity
        key: String,
    },
    /// Lets a symmetric key renew itself, or not
    AutoRotation {
        /// Key: reference (local:ID, awskms:alias/NAME), name, or label of an identity
        key: String,
        /// Period in days: 90 to 2560
        #[arg(long, value_name = "DAYS", required_unless_present = "off", conflicts_with = "off", value_parser = values::digits::<u32>)]
        every: Option<u32>,
        /// Switches it off
        #[arg(long)]
        off: bool,
    },
    /// Renews a symmetric key now
    Renew {
        /// Key: reference (local:ID, awskms:alias/NAME), name, or label of an identity
        key: String,
    },
    /// Sets after how many days a signing key is to be changed
    AgeRule {
        /// Days: 30 to 3650
        #[arg(value_parser = values::digits::<u32>)]
        days: u32,
    },
    /// Says whether a key needs a PIN or a password before it signs
    UnlockState {
        /// Key: reference (local:ID, awskms:alias/NAME), name, or label of an identity
        key: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum AliasChange {
    /// Gives a key a name, taking it from the key that has it
    Put {
        /// Key: reference (local:ID, awskms:alias/NAME), name, or label of an identity
        key: String,
        /// Friendly name
        name: String,
    },
    /// Takes a name away from a key
    Remove {
        /// Key: reference (local:ID, awskms:alias/NAME), name, or label of an identity
        key: String,
        /// Friendly name
        name: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Rotation {
    /// Lists the changes of keys, newest first
    List {
        /// Only those that are not over
        #[arg(long)]
        open: bool,
    },
    /// Shows one: its plan, its steps and their evidence
    Show {
        /// Identifier of the change
        id: String,
    },
    /// Starts it with an approved request; «advance» takes its steps
    Start {
        /// Approved request
        #[arg(long, value_name = "ID")]
        request: String,
    },
    /// Goes on with it, as far as it goes now
    Advance {
        /// Identifier of the change
        id: String,
        /// Stops after this step, e.g. move-alias
        #[arg(long, value_name = "STEP", value_enum, hide_possible_values = true)]
        until: Option<StepChoice>,
        /// Switches the old key off before the transition is over
        #[arg(long)]
        end_transition: bool,
    },
    /// Undoes it; possible until the old key is switched off
    Undo {
        /// Identifier of the change
        id: String,
        /// Why; it goes into the trail and the evidence report
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Writes the certificate request (PKCS#10) of the new key, for a CA outside
    Request {
        /// Identifier of the change
        id: String,
        /// File to write, which must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Brings the certificate that a CA outside issued for the new key
    Certificate {
        /// Identifier of the change
        id: String,
        /// File with the certificate and, if possible, its chain
        file: PathBuf,
    },
    /// Calls the deletion of the old key off
    CancelDeletion {
        /// Identifier of the change
        id: String,
    },
    /// Writes the signed evidence report
    Report {
        /// Identifier of the change
        id: String,
        /// File to write, which must not exist: .pdf or .json
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum KeyStateChoice {
    Enabled,
    Disabled,
    PendingDeletion,
    Unavailable,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum PublicKeyForm {
    Pem,
    Der,
    Jwk,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum UsageChoice {
    Sign,
    Seal,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum StepChoice {
    CreateKey,
    Certificate,
    MoveAlias,
    Validate,
    Transition,
    DisableOld,
    ScheduleDeletion,
}

/// Where a new key is made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum PlaceChoice {
    Local,
    Aws,
    Token(String),
}

fn place(text: &str) -> Result<PlaceChoice, String> {
    match (text, text.strip_prefix("token:")) {
        ("local", _) => Ok(PlaceChoice::Local),
        ("aws", _) => Ok(PlaceChoice::Aws),
        (_, Some(token)) if !token.is_empty() => Ok(PlaceChoice::Token(token.to_owned())),
        _ => Err("local, aws, token:ID".to_owned()),
    }
}

fn tag(text: &str) -> Result<KeyTag, String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok(KeyTag { name: name.to_owned(), value: value.to_owned() }),
        _ => Err("NAME=VALUE".to_owned()),
    }
}

fn certificate(text: &str) -> Result<RotationCertificate, String> {
    match (text, text.strip_prefix("private-ca:")) {
        ("office", _) => Ok(RotationCertificate::Office),
        ("external", _) => Ok(RotationCertificate::External),
        ("none", _) => Ok(RotationCertificate::None),
        (_, Some(arn)) if !arn.is_empty() => Ok(RotationCertificate::PrivateCa { authority: arn.to_owned() }),
        _ => Err("office, private-ca:ARN, external, none".to_owned()),
    }
}
