//! Inspection, chains, trust, expiry and search.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{PasswordArgs, values};

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// Files: certificates, P7B, P12, JKS, CRL, CSR, OCSP responses, timestamps, .p7s, ZIP; what they are is seen by their content
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) password: PasswordArgs,
    /// Opens a P12 or JKS without any password
    #[arg(long, conflicts_with_all = ["password_stdin", "password_file"])]
    pub(crate) no_password: bool,
    /// Shows every ASN.1 element with its place
    #[arg(long)]
    pub(crate) asn1: bool,
    /// Shows what issuers did against their own rules
    #[arg(long)]
    pub(crate) lint: bool,
    /// Judges as of this instant (RFC 3339) or the end of this day, e.g. 2014-03-02
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Writes the inspection report; .pdf, .html or .json by the name; can be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Vec<PathBuf>,
    /// Writes what was found into one file
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
    /// Form of the exported file: pem, der or p7b
    #[arg(
        long,
        value_name = "FORM",
        value_enum,
        default_value = "pem",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(crate) form: ExportForm,
    /// Exports the certificates above each, too
    #[arg(long)]
    pub(crate) with_chain: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum ExportForm {
    Pem,
    Der,
    P7b,
}

#[derive(Debug, Args)]
pub(crate) struct Chain {
    /// Certificate to judge
    #[arg(long, value_name = "FILE", required_unless_present = "cases")]
    pub(crate) target: Option<PathBuf>,
    /// Certificates that may stand between it and a root, in any order; can be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) untrusted: Vec<PathBuf>,
    /// Trusts the certificates in this file as roots, and no others; can be repeated (default: what this installation trusts)
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Vec<PathBuf>,
    /// Revocation list; can be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) crl: Vec<PathBuf>,
    /// OCSP response; can be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) ocsp: Vec<PathBuf>,
    /// Judges as of this instant (RFC 3339) or the end of this day, e.g. 2014-03-02
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Acceptable policy; can be repeated
    #[arg(long, value_name = "OID")]
    pub(crate) policy: Vec<String>,
    /// A policy must hold along the whole path
    #[arg(long)]
    pub(crate) explicit_policy: bool,
    /// anyPolicy does not count
    #[arg(long)]
    pub(crate) inhibit_any_policy: bool,
    /// Mapped policies do not count
    #[arg(long)]
    pub(crate) inhibit_policy_mapping: bool,
    /// Revocation: require (without evidence nothing is decided), prefer (what there is counts) or off
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        default_value = "require",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(crate) revocation: RevocationChoice,
    /// Fit for: any, document-signing, timestamping, tls-server, tls-client or ocsp-signing
    #[arg(
        long,
        value_name = "PURPOSE",
        value_enum,
        default_value = "any",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(crate) purpose: PurposeChoice,
    /// Writes the inspection report; .pdf, .html or .json by the name; can be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Vec<PathBuf>,
    /// Judges every case of this file (one JSON object a line) and answers with one JSON object a line
    #[arg(
        long,
        value_name = "FILE.jsonl",
        conflicts_with_all = [
            "target", "untrusted", "trust", "crl", "ocsp", "at", "policy", "explicit_policy", "inhibit_any_policy",
            "inhibit_policy_mapping", "report"
        ]
    )]
    pub(crate) cases: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum RevocationChoice {
    Require,
    Prefer,
    Off,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum PurposeChoice {
    Any,
    DocumentSigning,
    Timestamping,
    TlsServer,
    TlsClient,
    OcspSigning,
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// First certificate
    #[arg(value_name = "FILE")]
    pub(crate) a: PathBuf,
    /// Second certificate
    #[arg(value_name = "FILE")]
    pub(crate) b: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Trust {
    /// Lists roots and revocation evidence
    List,
    /// Imports ICP-Brasil's bundle (ZIP, PEM or P7B); roots count by their official fingerprints alone
    Import {
        /// Bundle
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Keeps CA certificates, revocation lists and OCSP responses from files
    Keep {
        /// Files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Asks that a root of one's own be trusted; another person approves
    Add {
        /// Certificate of the root
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Why; the other person reads it
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Asks that a root of one's own be trusted no longer; another person approves
    Remove {
        /// SHA-256 of the root, or its beginning
        #[arg(value_name = "SHA256")]
        sha256: String,
        /// Why; the other person reads it
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Carries out an approved request
    Apply {
        /// The request
        #[arg(long, value_name = "ID")]
        request: String,
    },
    /// Fetches the revocation lists that the CAs name; the only command here that uses a network
    Refresh {
        /// Only this list: its SHA-256
        #[arg(long, value_name = "SHA256")]
        only: Option<String>,
    },
    /// Forgets a kept list or response
    Forget {
        /// Its SHA-256
        #[arg(value_name = "SHA256")]
        sha256: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Expiry {
    /// Only what ends within so many days
    #[arg(long, value_name = "N", value_parser = values::digits::<u32>)]
    pub(crate) days: Option<u32>,
    /// What is over already, too
    #[arg(long)]
    pub(crate) expired: bool,
    /// Certificates of the trust store, too
    #[arg(long)]
    pub(crate) with_trust: bool,
    /// Writes it as a calendar
    #[arg(long, value_name = "FILE")]
    pub(crate) ics: Option<PathBuf>,
    /// Writes it as a table
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    /// Name, CPF, CNPJ, serial number, fingerprint or file name
    #[arg(required = true, value_name = "TEXT")]
    pub(crate) text: Vec<String>,
}
