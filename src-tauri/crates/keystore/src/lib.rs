//! P12, JKS and JCEKS files: structure, decryption, integrity. Bytes in, bags out; knows nothing of certificates.
//!
//! | function | what |
//! |---|---|
//! | [`detect`] | which format, from the bytes alone |
//! | [`inspect`] | the [`Layout`], as far as it is readable without a password; no key derivation is done |
//! | [`open`] | everything that a password opens: the complete layout, the contents, whether the integrity holds |
//!
//! All three take any bytes, never panic, and stay within [`Limits`]. Every tolerance (BER, trailing bytes, old forms of
//! passwords) is visible in the layout. Nothing is decrypted before the MAC has been seen to fit, where there is one.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod algorithm;
mod ber;
mod error;
mod jks;
mod layout;
mod limits;
mod p12;
mod password;
mod pbe;
pub mod primitives;
mod programs;
mod rating;

use cartorio_core::{SecretBytes, SecretString};

pub use algorithm::{Cipher, Hash, Kdf};
pub use error::{LimitKind, StoreError};
pub use layout::{
    Attribute, Bag, BagKind, Format, Layout, MacInfo, MacScheme, Part, PartKind, PasswordFacts, PasswordForm, Place,
    Protection, State,
};
pub use limits::Limits;
pub use programs::{Basis, OpenedBy, Program, Verdict};
pub use rating::{Rating, Reason, Risk};

use limits::{Budget, within};
use p12::Goal;

/// A store that was read with what was there to open it.
#[derive(Debug)]
pub struct Opened {
    /// The structure.
    pub layout: Layout,
    /// The contents that could be read, in order.
    pub items: Vec<Item>,
    /// Whether somebody would have noticed a change.
    pub integrity: Integrity,
}

/// The content of one bag.
#[derive(Debug)]
pub struct Item {
    /// Number of the bag in [`Layout::bags`].
    pub bag: usize,
    /// What it holds.
    pub content: Content,
}

/// What a bag holds, opened. Secrets have no `Debug` of their own.
#[derive(Debug)]
pub enum Content {
    /// A private key: DER (or BER) `PrivateKeyInfo`.
    PrivateKey(SecretBytes),
    /// An X.509 certificate, as it is.
    Certificate(Vec<u8>),
    /// A revocation list, as it is.
    Crl(Vec<u8>),
    /// A secret: a `PrivateKeyInfo` of a secret key from Java, or whatever the file has.
    Secret(SecretBytes),
    /// The content of a bag of another type.
    Other(SecretBytes),
}

/// Whether a change of the file would have been noticed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Integrity {
    /// The MAC fits the password.
    Verified,
    /// There is no MAC: nobody notices a change.
    Unprotected,
    /// There is one, but no password to check it with.
    NotChecked,
    /// There is one of a kind that is not known here.
    NotCheckable {
        /// What it uses.
        what: String,
    },
}

impl Integrity {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Unprotected => "unprotected",
            Self::NotChecked => "not_checked",
            Self::NotCheckable { .. } => "not_checkable",
        }
    }
}

/// Which format the bytes have; `None` for none of them.
pub fn detect(bytes: &[u8]) -> Option<Format> {
    match bytes.first_chunk::<4>() {
        Some([0xfe, 0xed, 0xfe, 0xed]) => Some(Format::Jks),
        Some([0xce, 0xce, 0xce, 0xce]) => Some(Format::Jceks),
        Some(_) | None => p12::looks_like(bytes).then_some(Format::Pkcs12),
    }
}

/// The structure, as far as it is readable without a password. Costs no key derivation, whatever the file asks for.
///
/// # Errors
/// `NotAStore`, `Malformed`, `Limit`, `Unsupported`.
pub fn inspect(bytes: &[u8], limits: &Limits) -> Result<Layout, StoreError> {
    read(bytes, &Goal::Look, limits).map(|opened| opened.layout)
}

/// Opens a store. Without a password: what no password or the empty one opens, and what is in clear.
///
/// A part or a bag that this password does not open, or that uses something unknown, is in the layout with its
/// [`State`]; only a MAC that does not fit is an error.
///
/// # Errors
/// `NotAStore`, `Malformed`, `Limit`, `Unsupported`, `WrongPasswordOrChanged`.
pub fn open(bytes: &[u8], password: Option<&SecretString>, limits: &Limits) -> Result<Opened, StoreError> {
    read(bytes, &Goal::Open(password), limits)
}

fn read(bytes: &[u8], goal: &Goal<'_>, limits: &Limits) -> Result<Opened, StoreError> {
    within(LimitKind::FileSize, limits.file_size as u64, bytes.len() as u64)?;
    let budget = Budget::new(limits);
    match detect(bytes) {
        Some(Format::Pkcs12) => p12::read(bytes, goal, &budget),
        Some(format @ (Format::Jks | Format::Jceks)) => jks::read(bytes, format, goal, &budget),
        None => Err(StoreError::NotAStore),
    }
}
