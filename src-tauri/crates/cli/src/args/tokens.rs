//! `cartorio token`, `cartorio a1` and `cartorio identity`.

use std::path::PathBuf;

use clap::Subcommand;

use super::{PasswordArgs, PinArgs, UnlockArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Lists modules and tokens, and modules that were found on this machine
    List,
    /// PKCS#11 modules in use
    #[command(subcommand, arg_required_else_help = true)]
    Module(TokenModule),
    /// Shows keys and certificates of a token; with a PIN also what it hides without
    Content {
        /// Token: identifier, label or serial number
        token: String,
        #[command(flatten)]
        pin: PinArgs,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenModule {
    /// Takes a module into use: its code runs inside this program, so only one whose maker is trusted
    Add {
        /// The module's file, e.g. /usr/lib/softhsm/libsofthsm2.so
        path: PathBuf,
    },
    /// Stops using a module
    Remove {
        /// Module: identifier, file name or path
        module: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum A1 {
    /// Lists A1 files that sign
    List,
    /// Takes an A1 file as a signing source and makes an identity of it
    Add {
        /// The .p12 or .pfx file; it stays where it is
        file: PathBuf,
        /// Keeps its password, sealed in the key store (default: it is asked for each time)
        #[arg(long)]
        keep_password: bool,
        /// Name of the identity (default: the holder's)
        #[arg(long, value_name = "NAME")]
        label: Option<String>,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Stops using an A1 file; the file itself stays where it is
    Remove {
        /// SHA-256 of its certificate, or the beginning of it
        sha256: String,
    },
    /// Forgets the password of an A1 file
    ForgetPassword {
        /// SHA-256 of its certificate, or the beginning of it
        sha256: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Identity {
    /// Lists the signing identities
    List,
    /// Issues a certificate for an existing key and makes an identity of both
    Create {
        /// Key: reference (local:ID, awskms:alias/NAME), name, or label of an identity
        #[arg(long, value_name = "KEY")]
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
        #[command(flatten)]
        unlock: UnlockArgs,
    },
    /// Makes an identity of a token's key and the certificate that was issued for it
    Adopt {
        /// Key: reference (local:ID, awskms:alias/NAME), name, or label of an identity
        #[arg(long, value_name = "REF")]
        key: String,
        /// Friendly name
        #[arg(long, value_name = "NAME")]
        label: String,
        /// File with the certificate and its chain (default: the token's own)
        #[arg(long, value_name = "FILE")]
        certificate: Option<PathBuf>,
        #[command(flatten)]
        pin: PinArgs,
    },
}
