//! What keeps a fetch from succeeding, each kind with its own code and the data to explain it.

use cartorio_core::{Coded, Retry};

/// A failed request.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NetError {
    /// An address that is not connected to.
    #[error("{url} is not an address that is fetched from ({reason})")]
    Address {
        /// The address.
        url: String,
        /// Reason code: `malformed`, `scheme`, `credentials`.
        reason: &'static str,
    },
    /// An address of this machine or of a private network.
    #[error("{host} is on this machine or in a private network, where certificates do not send this program")]
    Private {
        /// The host.
        host: String,
    },
    /// A redirect that is not followed.
    #[error("{url} redirects to {to}, which is not followed ({reason})")]
    Redirect {
        /// The address that redirects.
        url: String,
        /// Where to; empty when it does not say.
        to: String,
        /// Reason code: `too_many`, `scheme`, `credentials`, `downgrade`, `malformed`, `private`; for what is posted also
        /// `method` (it would become another request) and `secret` (a password or certificate would go elsewhere).
        reason: &'static str,
    },
    /// No connection: the name is unknown, nobody answers, TLS fails.
    #[error("{host} cannot be reached: {reason}")]
    Unreachable {
        /// The host.
        host: String,
        /// What the network says.
        reason: String,
    },
    /// It took too long.
    #[error("{host} took too long")]
    Timeout {
        /// The host.
        host: String,
    },
    /// The server says no.
    #[error("{url} answers {status}")]
    Status {
        /// The address.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// The answer is larger than allowed.
    #[error("{url} sends more than {limit} bytes")]
    TooLarge {
        /// The address.
        url: String,
        /// The limit, bytes.
        limit: u64,
    },
    /// The answer breaks off or is no HTTP.
    #[error("the answer of {url} is broken: {reason}")]
    Broken {
        /// The address.
        url: String,
        /// How.
        reason: String,
    },
    /// The answer is encoded in a way that was not asked for.
    #[error("the answer of {url} is encoded as {encoding}")]
    Encoding {
        /// The address.
        url: String,
        /// The content coding.
        encoding: String,
    },
    /// What says who asks cannot be used.
    #[error("the credentials for this request cannot be used ({reason})")]
    Credentials {
        /// Reason code: `client_certificate` (it is no certificate with its key), `not_https` (there is no TLS to show it in),
        /// `user` (a user name with a colon or a control character).
        reason: &'static str,
    },
    /// The client cannot be set up: no roots for TLS, a malformed proxy.
    #[error("the network cannot be used: {reason}")]
    Unusable {
        /// Why.
        reason: String,
    },
}

impl Coded for NetError {
    fn code(&self) -> &'static str {
        match self {
            Self::Address { .. } => "net_address",
            Self::Private { .. } => "net_private_address",
            Self::Redirect { .. } => "net_redirect",
            Self::Unreachable { .. } => "net_unreachable",
            Self::Timeout { .. } => "net_timeout",
            Self::Status { .. } => "net_status",
            Self::TooLarge { .. } => "net_too_large",
            Self::Broken { .. } => "net_broken",
            Self::Encoding { .. } => "net_encoding",
            Self::Credentials { .. } => "net_credentials",
            Self::Unusable { .. } => "net_unusable",
        }
    }

    fn params(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Address { url, reason } => vec![("url", url.clone()), ("reason", (*reason).to_owned())],
            Self::Private { host } | Self::Timeout { host } => vec![("host", host.clone())],
            Self::Redirect { url, to, reason } => {
                vec![("url", url.clone()), ("to", to.clone()), ("reason", (*reason).to_owned())]
            }
            Self::Unreachable { host, reason } => vec![("host", host.clone()), ("reason", reason.clone())],
            Self::Status { url, status } => vec![("url", url.clone()), ("status", status.to_string())],
            Self::TooLarge { url, limit } => vec![("url", url.clone()), ("limit", limit.to_string())],
            Self::Broken { url, reason } => vec![("url", url.clone()), ("reason", reason.clone())],
            Self::Encoding { url, encoding } => vec![("url", url.clone()), ("encoding", encoding.clone())],
            Self::Credentials { reason } => vec![("reason", (*reason).to_owned())],
            Self::Unusable { reason } => vec![("reason", reason.clone())],
        }
    }

    fn retry(&self) -> Retry {
        match self {
            Self::Unreachable { .. } | Self::Timeout { .. } | Self::Status { .. } | Self::Broken { .. } => Retry::Later,
            Self::Unusable { .. } | Self::Credentials { .. } => Retry::AfterAction,
            Self::Address { .. }
            | Self::Private { .. }
            | Self::Redirect { .. }
            | Self::TooLarge { .. }
            | Self::Encoding { .. } => Retry::Never,
        }
    }
}
