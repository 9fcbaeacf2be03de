//! Where a secret comes from; never from an argument, which every process of the machine can see.

use std::path::PathBuf;

use clap::Args;

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

/// Where a token's PIN comes from.
#[derive(Debug, Default, Args)]
pub(crate) struct PinArgs {
    /// Reads the token's PIN from the first line of stdin
    #[arg(long, conflicts_with = "pin_file")]
    pub(crate) pin_stdin: bool,
    /// Reads the token's PIN from the first line of this file
    #[arg(long, value_name = "FILE")]
    pub(crate) pin_file: Option<PathBuf>,
}

/// Where the PIN or the password of a key comes from that signs.
#[derive(Debug, Args)]
pub(crate) struct UnlockArgs {
    #[command(flatten)]
    pub(crate) pin: PinArgs,
    /// Reads the A1 file's password from the first line of stdin
    #[arg(long, conflicts_with_all = ["password_file", "pin_stdin", "pin_file"])]
    pub(crate) password_stdin: bool,
    /// Reads the A1 file's password from the first line of this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["pin_stdin", "pin_file"])]
    pub(crate) password_file: Option<PathBuf>,
}
