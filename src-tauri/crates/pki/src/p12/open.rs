//! Opening: keys with their certificates, chains linked by key identifier and signature, never by name alone.

use cartorio_core::{SecretBytes, SecretString};
use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error as LibraryError;
use zeroize::Zeroizing;

use super::P12Error;
use super::write::key_belongs_to;
use crate::certificate::Certificate;

/// A P12 file, opened.
#[derive(Clone, Debug)]
pub struct OpenedP12 {
    /// The private key (DER `PrivateKeyInfo`), when there is one.
    pub key: Option<SecretBytes>,
    /// The certificate of that key.
    pub leaf: Option<Certificate>,
    /// The certificates above it, as far as the file has them, its issuer first.
    pub chain: Vec<Certificate>,
    /// Certificates that belong to neither.
    pub others: Vec<Certificate>,
    /// Friendly name of the key or of its certificate.
    pub friendly_name: Option<String>,
    /// Whether the file has a MAC; without one, nobody notices a change.
    pub has_mac: bool,
    /// How many private keys the file has; [`Self::key`] is the first that has a certificate.
    pub key_count: usize,
}

/// Opens a P12 file.
///
/// # Errors
/// `WrongPassword`, `Malformed`, `Unsupported`.
pub fn open(bytes: &[u8], password: &SecretString) -> Result<OpenedP12, P12Error> {
    let has_mac = super::view::has_mac(bytes)?;
    let archive = read(bytes, password)?;
    let certificates: Vec<(Certificate, Option<String>)> = archive
        .certs
        .iter()
        .filter_map(|bag| {
            let certificate = Certificate::from_der(bag.cert.as_der()).ok()?;
            Some((certificate, bag.friendly_name.clone()))
        })
        .collect();
    let keys: Vec<(SecretBytes, Option<String>)> = archive
        .keys
        .iter()
        .map(|bag| (SecretBytes::new(bag.key.as_der().to_vec()), bag.friendly_name.clone()))
        .collect();
    let key_count = keys.len();

    // A key and its certificate belong together because the public halves are equal, whatever the local ids say.
    let pair = keys.iter().find_map(|(key, name)| {
        let (leaf, leaf_name) =
            certificates.iter().find(|(certificate, _)| key_belongs_to(key, certificate) == Ok(true))?;
        Some((key.clone(), leaf.clone(), name.clone().or_else(|| leaf_name.clone())))
    });
    let mut rest: Vec<Certificate> = Vec::new();
    for (certificate, _) in certificates {
        if !rest.contains(&certificate) {
            rest.push(certificate);
        }
    }
    let Some((key, leaf, friendly_name)) = pair else {
        let (key, friendly_name) = keys.into_iter().next().unzip();
        return Ok(OpenedP12 {
            key,
            leaf: None,
            chain: Vec::new(),
            others: rest,
            friendly_name: friendly_name.flatten(),
            has_mac,
            key_count,
        });
    };
    rest.retain(|certificate| *certificate != leaf);
    let mut chain = Vec::new();
    let mut below = leaf.clone();
    while !(below.is_self_issued() && below.check_signed_by(&below).is_valid()) {
        let position = rest.iter().position(|candidate| issued(candidate, &below));
        let Some(position) = position else { break };
        below = rest.remove(position);
        chain.push(below.clone());
    }
    Ok(OpenedP12 { key: Some(key), leaf: Some(leaf), chain, others: rest, friendly_name, has_mac, key_count })
}

/// Whether `issuer` signed `child`: name, key identifiers where both have one, and the signature itself.
fn issued(issuer: &Certificate, child: &Certificate) -> bool {
    let ids_agree = match (&child.authority_key_id, &issuer.subject_key_id) {
        (Some(wanted), Some(id)) => wanted == id,
        _ => true,
    };
    child.issuer == issuer.subject && ids_agree && child.check_signed_by(issuer).is_valid()
}

/// The bags of a file. The library keeps keys in ordinary memory while the archive lives and does not wipe them.
pub(super) fn read(bytes: &[u8], password: &SecretString) -> Result<Pkcs12Archive, P12Error> {
    let password = Zeroizing::new(password.expose().to_owned());
    Pkcs12Archive::from_pkcs12(bytes, &password).map_err(|error| match error {
        LibraryError::MacError(_) => P12Error::WrongPassword,
        // Without a MAC, a wrong password shows as padding or content that makes no sense.
        LibraryError::Pkcs5Error(reason) if reason.to_lowercase().contains("unsupported") => {
            P12Error::Unsupported { what: reason }
        }
        LibraryError::Pkcs5Error(_) | LibraryError::UnpadError | LibraryError::InvalidPrivateKey => {
            P12Error::WrongPassword
        }
        LibraryError::UnsupportedEncryptionScheme => P12Error::Unsupported { what: "an encryption scheme".to_owned() },
        LibraryError::UnsupportedMacAlgorithm => P12Error::Unsupported { what: "a MAC algorithm".to_owned() },
        LibraryError::UnsupportedContentType => P12Error::Unsupported { what: "a content type".to_owned() },
        LibraryError::UnsupportedCertificateType => P12Error::Unsupported { what: "a certificate type".to_owned() },
        LibraryError::InvalidParameters => P12Error::Unsupported { what: "too many iterations".to_owned() },
        LibraryError::DerError(reason) if reason.to_string().contains("indefinite") => {
            P12Error::Unsupported { what: "BER encoding".to_owned() }
        }
        other => P12Error::Malformed { offset: 0, reason: other.to_string() },
    })
}
