//! `cartorio request` and `cartorio operator`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{P12ProtectionArgs, Subscriber};

#[derive(Debug, Subcommand)]
pub(crate) enum Request {
    /// Lists requests, newest first
    List {
        /// Only those that still wait
        #[arg(long)]
        open: bool,
    },
    /// Asks for the export of a P12 file
    MakeP12 {
        /// Certificate: its identifier, the beginning of its SHA-256, or its holder's name
        certificate: String,
        #[command(flatten)]
        protection: P12ProtectionArgs,
        /// Why; it goes into the trail
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Asks for a certificate for a subscriber
    MakeIssue {
        #[command(flatten)]
        subscriber: Subscriber,
        /// Why; it goes into the trail
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Approves what another person asked for
    Approve {
        /// Identifier of the request
        id: String,
        /// Why; it goes into the trail
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Rejects what another person asked for
    Reject {
        /// Identifier of the request
        id: String,
        /// Why; it goes into the trail
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Takes back what one asked for oneself
    Withdraw {
        /// Identifier of the request
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Operator {
    /// Lists who works here
    List,
    /// Adds a person
    Add {
        /// Full name
        name: String,
        /// Role: clerk, supervisor, notary or auditor
        #[arg(long, value_name = "ROLE", value_enum, hide_possible_values = true)]
        role: RoleChoice,
        #[command(flatten)]
        password: NewPasswordArgs,
        /// Without a password; only in the demonstration
        #[arg(long, conflicts_with_all = ["new_password_stdin", "new_password_file"])]
        no_password: bool,
    },
    /// Changes name or role, or switches somebody off
    Change {
        /// Person: name or identifier
        person: String,
        /// New name
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Role: clerk, supervisor, notary or auditor
        #[arg(long, value_name = "ROLE", value_enum, hide_possible_values = true)]
        role: Option<RoleChoice>,
        /// Lets the person work again
        #[arg(long, conflicts_with = "inactive")]
        active: bool,
        /// Does not let the person work any more
        #[arg(long)]
        inactive: bool,
    },
    /// Sets a password: one's own, or, by the notary, another's
    Password {
        /// Person: name or identifier (default: whoever works here)
        person: Option<String>,
        #[command(flatten)]
        password: NewPasswordArgs,
    },
    /// Tries whether a person can take the seat; it lasts for one command, so every command has --operator
    Switch {
        /// Person: name or identifier
        person: String,
    },
}

/// Where a new password comes from.
#[derive(Debug, Args)]
pub(crate) struct NewPasswordArgs {
    /// Reads the new password from the first line of stdin
    #[arg(long, conflicts_with = "new_password_file")]
    pub(crate) new_password_stdin: bool,
    /// Reads the new password from the first line of this file
    #[arg(long, value_name = "FILE")]
    pub(crate) new_password_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum RoleChoice {
    Clerk,
    Supervisor,
    Notary,
    Auditor,
}
