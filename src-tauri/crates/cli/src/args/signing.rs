//! Signing, extension, batches, time-stamp authorities, signature policies and stamps.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::values::{self, Lock, Visible};
use super::{PasswordArgs, UnlockArgs};

#[derive(Debug, Args)]
pub(crate) struct Sign {
    /// Files to sign; a folder stands for the documents in it
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Signing identity: its identifier or its name; not needed where only one can sign
    #[arg(long, value_name = "ID")]
    pub(crate) identity: Option<String>,
    /// Form: pades, cades-detached, cades-enveloping or raw (default: what the file is)
    #[arg(long, value_name = "FORM", value_enum, hide_possible_values = true)]
    pub(crate) format: Option<Form>,
    /// Level: b-b, b-t (time stamp), b-lt (evidence) or b-lta (archive)
    #[arg(
        long,
        value_name = "LEVEL",
        value_enum,
        default_value = "b-b",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(crate) level: LevelChoice,
    /// Signature policy of ICP-Brasil: none, ad-rb, ad-rt, ad-rv, ad-rc or ad-ra
    #[arg(
        long,
        value_name = "POLICY",
        value_enum,
        default_value = "none",
        hide_possible_values = true,
        hide_default_value = true
    )]
    pub(crate) policy: PolicyName,
    /// Signature algorithm, e.g. RSASSA_PSS_SHA_256 (default: the key's)
    #[arg(long, value_name = "NAME", value_parser = values::algorithm(), hide_possible_values = true)]
    pub(crate) algorithm: Option<String>,
    /// Adds a parallel signature to a .p7s that is already signed
    #[arg(long, conflicts_with = "countersign")]
    pub(crate) cosign: bool,
    /// Signs one signature of a .p7s
    #[arg(long)]
    pub(crate) countersign: bool,
    /// Whose signature --countersign signs, from 1 (default: the only one)
    #[arg(long, value_name = "NUMBER", requires = "countersign", value_parser = values::from_one)]
    pub(crate) countersign_signer: Option<u32>,
    /// What a detached .p7s signed; can be repeated, each one gets the file with its digest (default: looked for beside it, and in the journal)
    #[arg(long, value_name = "FILE")]
    pub(crate) content: Vec<PathBuf>,
    /// Reason, written into the signature of a PDF
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Place, written into the signature of a PDF
    #[arg(long, value_name = "TEXT")]
    pub(crate) location: Option<String>,
    /// Visible stamp: page=1,x=..,y=..,w=..,h=.. in points from the top left of the page as it is seen; page=-1 is the last one; or field, where the one of --field lies
    #[arg(long, value_name = "PLACE", value_parser = values::visible)]
    pub(crate) visible: Option<Visible>,
    /// Template of the visible stamp: its identifier or name (default: the first one)
    #[arg(long, value_name = "NAME", requires = "visible")]
    pub(crate) stamp: Option<String>,
    /// Lets the visible stamp cover text and fields
    #[arg(long, requires = "visible")]
    pub(crate) may_cover: bool,
    /// Certifies the PDF: no-changes, form-filling or annotations may follow
    #[arg(long, value_name = "WHAT", value_enum, hide_possible_values = true)]
    pub(crate) certify: Option<CertifyName>,
    /// Locks form fields of the PDF: all, these=A,B or all-but=A,B
    #[arg(long, value_name = "FIELDS", value_parser = values::lock, conflicts_with = "field")]
    pub(crate) lock: Option<Lock>,
    /// Signs this empty field of the PDF
    #[arg(long, value_name = "NAME", value_parser = values::said)]
    pub(crate) field: Option<String>,
    /// Commitment: origin, receipt, delivery, sender, approval or creation
    #[arg(long, value_name = "WHAT", value_enum, hide_possible_values = true)]
    pub(crate) commitment: Option<CommitmentName>,
    /// MIME type of the content, for a .p7s
    #[arg(long, value_name = "TYPE")]
    pub(crate) mime_type: Option<String>,
    /// What the content is, in words, for a .p7s
    #[arg(long, value_name = "TEXT")]
    pub(crate) content_hint: Option<String>,
    /// Country where the signer is, e.g. BR, for a .p7s
    #[arg(long, value_name = "TEXT")]
    pub(crate) signer_country: Option<String>,
    /// City where the signer is, for a .p7s
    #[arg(long, value_name = "TEXT")]
    pub(crate) signer_city: Option<String>,
    /// Line of the signer's postal address, for a .p7s; up to six
    #[arg(long, value_name = "TEXT")]
    pub(crate) signer_address: Vec<String>,
    /// Pattern of the results' names; {nome} is the document's, e.g. {nome}-assinado
    #[arg(long, value_name = "PATTERN")]
    pub(crate) name_pattern: Option<String>,
    /// Goes on with the next file after an error of a time-stamp authority, of the key or of writing
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// After an error of a kind: document, service, key or output = stop, go-on or pause (asks, on a terminal), e.g. service=go-on; can be repeated (default: document=go-on; the others stop, or pause where several files are signed on a terminal)
    #[arg(long, value_name = "KIND=WHAT", value_parser = values::on_error)]
    pub(crate) on_error: Vec<(ErrorKindName, AfterError)>,
    /// Why the files were not looked at before they are signed; it goes into the trail
    #[arg(long, value_name = "TEXT", value_parser = values::said)]
    pub(crate) unseen_reason: Option<String>,
    /// Says what would be done and what stands against it; signs nothing
    #[arg(long)]
    pub(crate) preflight: bool,
    #[command(flatten)]
    pub(crate) work: WorkArgs,
    #[command(flatten)]
    pub(crate) unlock: UnlockArgs,
}

/// What signing and extending have in common.
#[derive(Debug, Args)]
pub(crate) struct WorkArgs {
    /// Where the result goes: a folder, or a file that does not exist yet (default: beside each file)
    #[arg(long, value_name = "DIR|FILE")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) sources: SourceArgs,
    /// File with the password of encrypted PDFs
    #[arg(long, value_name = "FILE")]
    pub(crate) document_password_file: Option<PathBuf>,
}

/// Where time stamps and evidence come from.
#[derive(Debug, Args)]
pub(crate) struct SourceArgs {
    /// Asks this time-stamp authority before the office's own; can be repeated
    #[arg(long, value_name = "URL", value_parser = values::said)]
    pub(crate) tsa: Vec<String>,
    /// Certificates, revocation lists and OCSP responses from this file; can be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) evidence: Vec<PathBuf>,
    /// Asks nothing of any network
    #[arg(long)]
    pub(crate) offline: bool,
    /// Accepts a lower level where what the wished one needs is not to be had
    #[arg(long)]
    pub(crate) accept_lower_level: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Extend {
    /// Signed PDFs and .p7s files; a folder stands for those in it
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// What a detached .p7s signed; can be repeated, each one gets the file with its digest (default: looked for beside it, and in the journal)
    #[arg(long, value_name = "FILE")]
    pub(crate) content: Vec<PathBuf>,
    /// Level to reach: b-t, b-lt or b-lta; b-lta adds one more archive time stamp to what is there already
    #[arg(long = "to", value_name = "LEVEL", value_enum, hide_possible_values = true)]
    pub(crate) level: HigherLevel,
    #[command(flatten)]
    pub(crate) work: WorkArgs,
}

/// What an error of a batch is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ErrorKindName {
    Document,
    Service,
    Key,
    Output,
}

/// What a batch does after an error.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AfterError {
    Stop,
    GoOn,
    /// Asks whoever sits at the terminal.
    Pause,
}

/// The signature fields of a PDF.
#[derive(Debug, Args)]
pub(crate) struct Fields {
    /// PDF
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// File with the password of encrypted PDFs
    #[arg(long, value_name = "FILE")]
    pub(crate) document_password_file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Form {
    Pades,
    CadesDetached,
    CadesEnveloping,
    Raw,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum LevelChoice {
    #[value(name = "b-b")]
    BB,
    #[value(name = "b-t")]
    BT,
    BLt,
    BLta,
}

/// A level that signatures of earlier days can be taken to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum HigherLevel {
    #[value(name = "b-t")]
    BT,
    BLt,
    BLta,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum PolicyName {
    None,
    AdRb,
    AdRt,
    AdRv,
    AdRc,
    AdRa,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum CertifyName {
    NoChanges,
    FormFilling,
    Annotations,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum CommitmentName {
    Origin,
    Receipt,
    Delivery,
    Sender,
    Approval,
    Creation,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Batch {
    /// Lists them: what was done, what failed, what is left
    List {
        /// Also batches that are over, newest first
        #[arg(long)]
        all: bool,
    },
    /// Saves what became of each document of one as a table (CSV)
    Export {
        /// Batch: its identifier
        batch: String,
        /// File to write, which must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Goes on with one
    Resume {
        /// Batch: its identifier
        batch: String,
        /// File with the password of encrypted PDFs
        #[arg(long, value_name = "FILE")]
        document_password_file: Option<PathBuf>,
        #[command(flatten)]
        unlock: UnlockArgs,
    },
    /// Gives up what is left of one, on record
    Abandon {
        /// Batch: its identifier
        batch: String,
        /// Why; it goes into the trail
        #[arg(long, value_name = "TEXT", value_parser = values::said)]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Tsa {
    /// Lists them in the order in which they are asked
    List,
    /// Adds one at the end
    Add {
        /// Name
        name: String,
        /// Address, http or https
        #[arg(long, value_name = "URL")]
        url: String,
        /// User name, where it wants a password
        #[arg(long, value_name = "NAME", conflicts_with = "p12")]
        user: Option<String>,
        /// P12 file with the client certificate, where it wants one
        #[arg(long, value_name = "FILE")]
        p12: Option<PathBuf>,
        /// Policy that is asked of it (OID)
        #[arg(long, value_name = "OID")]
        tsa_policy: Option<String>,
        /// Seconds until the next one is tried (default: 20)
        #[arg(long, value_name = "SECONDS", default_value_t = 20, hide_default_value = true, value_parser = values::digits::<u32>)]
        timeout: u32,
        #[command(flatten)]
        password: PasswordArgs,
    },
    /// Puts one at another place in the order
    Move {
        /// Authority: its identifier or name
        tsa: String,
        /// Place, from 1
        #[arg(long, value_name = "PLACE", value_parser = values::from_one)]
        to: u32,
    },
    /// Removes one
    Remove {
        /// Authority: its identifier or name
        tsa: String,
    },
    /// Asks one for a time stamp
    Test {
        /// Authority: its identifier or name
        tsa: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Lists the policies that may be used now, and the lists of approved ones
    List,
    /// Takes files of ITI in: policies, lists of approved policies (LPA) and their signatures
    Import {
        /// Files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Stamp {
    /// Lists the templates
    List,
    /// Adds or changes a template: a JSON file as `stamp list --json` shows it; with an empty `id` it is a new one
    Save {
        /// File
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// PNG or JPEG picture that it shows
        #[arg(long, value_name = "FILE")]
        image: Option<PathBuf>,
    },
    /// Removes a template
    Remove {
        /// Template: its identifier or name
        template: String,
    },
}
