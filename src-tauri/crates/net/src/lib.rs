//! The one door to the network for evidence: revocation lists, OCSP and timestamps, with limits on everything.
//!
//! Addresses come from certificates, so whoever issued one chooses where this program connects to. The rule ([`Reach`]):
//! * `http` and `https` only, without credentials in the address, also after a redirect; never from `https` down to `http`;
//! * at most [`Limits::redirects`] redirects, each checked as the first address was;
//! * no address of this machine or of a private network: literal addresses and names that only mean something there are refused
//!   as they stand, every other name when it is resolved (what was checked is what is connected to, so a name that changes its
//!   mind is refused as well). Behind a proxy (`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`) the proxy resolves names:
//!   there the names alone are judged here, and the proxy's own rules apply.
//!
//! A server that the office chose itself (a time-stamping authority) may be anywhere: [`Reach::Chosen`]. One outside leads nobody
//! inside: what it redirects to is judged like an address that a certificate names. What is posted, and the
//! password or certificate that goes with it, follows no redirect but 307 and 308, and with a secret only within one origin.
//!
//! Content types are ignored: what comes is parsed, and its signature is checked by the caller.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod address;
mod auth;
mod body;
mod error;
mod fetcher;

use std::time::Duration;

use async_trait::async_trait;

pub use address::{Address, Reach, check_address};
pub use auth::{Auth, ClientIdentity};
pub use error::NetError;
pub use fetcher::Fetcher;

/// Fetches bytes from an address.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// Gets what is at `url`. Dropping the future ends the request.
    ///
    /// # Errors
    /// [`NetError`], what kept it from being fetched whole.
    async fn get(&self, url: &str, limits: &Limits) -> Result<Fetched, NetError>;

    /// Posts `body` to `url` and gives the answer. Dropping the future ends the request.
    ///
    /// # Errors
    /// [`NetError`], what kept it from being answered whole. No error holds anything of `auth`.
    async fn post(
        &self,
        url: &str,
        body: Vec<u8>,
        content_type: &'static str,
        accept: &'static str,
        auth: &Auth,
        limits: &Limits,
    ) -> Result<Fetched, NetError>;
}

/// How long and how much a request may take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Until a connection stands, its TLS included.
    pub connect: Duration,
    /// Between two pieces of an answer.
    pub read: Duration,
    /// For everything, redirects included.
    pub total: Duration,
    /// Bytes of the answer, after decompression.
    pub size: u64,
    /// Redirects that are followed.
    pub redirects: u8,
}

impl Limits {
    /// For a revocation list: 64 MiB, three redirects, two minutes.
    pub const LIST: Self = Self {
        connect: Duration::from_secs(10),
        read: Duration::from_secs(20),
        total: Duration::from_secs(120),
        size: 64 << 20,
        redirects: 3,
    };

    /// For a time stamp: 1 MiB (a token with its chain is a few KiB), one redirect, thirty seconds.
    pub const STAMP: Self = Self {
        connect: Duration::from_secs(10),
        read: Duration::from_secs(20),
        total: Duration::from_secs(30),
        size: 1 << 20,
        redirects: 1,
    };

    /// For an OCSP answer: 1 MiB, three redirects, twenty seconds.
    pub const OCSP: Self = Self {
        connect: Duration::from_secs(10),
        read: Duration::from_secs(15),
        total: Duration::from_secs(20),
        size: 1 << 20,
        redirects: 3,
    };

    /// For the certificate of an issuer, or a P7B of several: 4 MiB, three redirects, thirty seconds.
    pub const CERTIFICATE: Self = Self {
        connect: Duration::from_secs(10),
        read: Duration::from_secs(15),
        total: Duration::from_secs(30),
        size: 4 << 20,
        redirects: 3,
    };
}

/// What was fetched.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fetched {
    /// The address that answered, after redirects.
    pub url: String,
    /// The answer.
    pub bytes: Vec<u8>,
}
