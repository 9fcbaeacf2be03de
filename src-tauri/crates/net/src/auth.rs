//! How a request says who asks. Nothing in here is ever printed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cartorio_core::{SecretBytes, SecretString};
use reqwest::Identity;
use zeroize::Zeroizing;

use crate::NetError;

/// How a request says who asks. Without `Debug`, because it holds secrets.
#[derive(Clone, Default)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// By user name and password (RFC 7617).
    Basic {
        /// The user name; without a colon.
        user: String,
        /// The password.
        password: SecretString,
    },
    /// By a certificate in the TLS handshake; the address must be `https`.
    ClientCertificate(ClientIdentity),
}

impl Auth {
    /// Stable code: `none`, `basic`, `client_certificate`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic { .. } => "basic",
            Self::ClientCertificate(_) => "client_certificate",
        }
    }
}

/// A certificate with its key, as a P12 file holds them. Without `Debug`.
#[derive(Clone)]
pub struct ClientIdentity {
    /// DER certificates, the holder's own first.
    pub chain: Vec<Vec<u8>>,
    /// The private key: PKCS#8, DER.
    pub key: SecretBytes,
}

impl ClientIdentity {
    /// As the TLS library takes it.
    pub(crate) fn identity(&self) -> Result<Identity, NetError> {
        let unusable = || NetError::Credentials { reason: "client_certificate" };
        if self.chain.is_empty() {
            return Err(unusable());
        }
        let size: usize = self.chain.iter().map(Vec::len).sum::<usize>() + self.key.expose().len();
        // Never grown while the key is in it: what a growing string leaves behind is not wiped.
        let mut pem = Zeroizing::new(String::with_capacity(size * 3 / 2 + 128 * (self.chain.len() + 1)));
        for certificate in &self.chain {
            push(&mut pem, "CERTIFICATE", certificate);
        }
        push(&mut pem, "PRIVATE KEY", self.key.expose());
        // The library's own words are left out: they are about the key.
        Identity::from_pem(pem.as_bytes()).map_err(|_| unusable())
    }
}

/// One PEM block (RFC 7468).
fn push(pem: &mut String, label: &str, der: &[u8]) {
    const LINE: usize = 48;
    pem.push_str("-----BEGIN ");
    pem.push_str(label);
    pem.push_str("-----\n");
    for line in der.chunks(LINE) {
        STANDARD.encode_string(line, pem);
        pem.push('\n');
    }
    pem.push_str("-----END ");
    pem.push_str(label);
    pem.push_str("-----\n");
}
