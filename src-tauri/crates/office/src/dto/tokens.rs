use cartorio_core::WireError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{DocumentRef, KeySummary, SealedSecret};

/// PKCS#11 modules of this machine and the tokens behind them.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TokenDesk {
    /// Modules in use.
    pub modules: Vec<TokenModuleView>,
    /// Modules that were found on this machine and are not in use.
    pub candidates: Vec<TokenModuleCandidate>,
}

/// A PKCS#11 module in use.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TokenModuleView {
    /// Handle.
    pub id: String,
    /// File name.
    pub name: String,
    /// Where it is, for display.
    pub path: String,
    /// Why it cannot be used.
    #[ts(as = "Option<super::app::WireErrorTs>")]
    pub problem: Option<WireError>,
    /// Its tokens.
    pub tokens: Vec<TokenView>,
}

/// A module that was found on this machine.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TokenModuleCandidate {
    /// Handle.
    pub id: String,
    /// Product, e.g. `SafeNet eToken`.
    pub product: String,
    /// Where it is, for display.
    pub path: String,
}

/// A token.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TokenView {
    /// Handle.
    pub id: String,
    /// Label.
    pub label: String,
    /// Maker.
    pub manufacturer: String,
    /// Model.
    pub model: String,
    /// Serial number.
    pub serial: String,
    /// The reader.
    pub slot: String,
    /// Whether somebody is logged in now.
    pub logged_in: bool,
    /// Whether it is locked after too many wrong PINs.
    pub locked: bool,
    /// Whether it was ever set up.
    pub initialised: bool,
    /// `full`, `few` or `last` tries of the PIN.
    pub tries: String,
    /// Whether the PIN is typed at the reader.
    pub pin_pad: bool,
}

/// Takes a PKCS#11 module into use: a candidate, or one that the person picks in a dialog.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TokenModuleAdd {
    /// Handle of a candidate; absent opens the dialog.
    pub candidate: Option<String>,
}

/// Names a module in use.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TokenModuleRef {
    /// Handle.
    pub id: String,
}

/// Names a token.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TokenRef {
    /// Handle.
    pub id: String,
}

/// Logs in to a token.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct TokenLogin {
    /// The token.
    pub id: String,
    /// PIN, sealed; absent where a PIN pad asks for it. Never kept.
    pub pin: Option<SealedSecret>,
}

/// What a token holds, as far as it shows it.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TokenContent {
    /// The token.
    pub token: TokenView,
    /// Its keys.
    pub keys: Vec<TokenKeyView>,
    /// Certificates without a key on the token.
    pub other_certificates: Vec<TokenCertificateView>,
}

/// A key on a token with its certificates.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TokenKeyView {
    /// The key.
    pub key: KeySummary,
    /// Certificates with its identifier.
    pub certificates: Vec<TokenCertificateView>,
}

/// A certificate on a token, in a line.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TokenCertificateView {
    /// SHA-256.
    pub sha256: String,
    /// Holder.
    pub holder: String,
    /// CPF, masked.
    pub masked_cpf: Option<String>,
    /// Issuer.
    pub issuer: String,
    /// Start of validity.
    pub not_before: String,
    /// End of validity.
    pub not_after: String,
    /// Whether it is the certificate of the key beside it.
    pub matches_key: bool,
}

/// Makes an identity of a token's key and the certificate that is on the token, or in a file, for it.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct IdentityAdopt {
    /// The key.
    pub key_ref: String,
    /// Friendly name.
    pub label: String,
    /// A file with the certificate (and its chain); absent takes the token's own.
    pub certificate: Option<DocumentRef>,
}

/// An A1 file that signs.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct A1View {
    /// SHA-256 of its certificate.
    pub certificate_sha256: String,
    /// Reference to its key.
    pub key_ref: String,
    /// File name.
    pub file: String,
    /// Where it is, for display.
    pub path: String,
    /// Holder.
    pub holder: String,
    /// CPF, masked.
    pub masked_cpf: Option<String>,
    /// End of validity.
    pub not_after: String,
    /// Whether the file is still where it was.
    pub present: bool,
    /// Whether its password is kept in the keyring.
    pub password_kept: bool,
    /// The identity made of it.
    pub identity: Option<String>,
}

/// Takes an A1 file as a signing source; an identity is made of it.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct A1Add {
    /// The file.
    pub document: DocumentRef,
    /// Its password, sealed.
    pub password: SealedSecret,
    /// Whether the password is kept in the keyring.
    pub keep: bool,
    /// Friendly name of the identity; absent: the holder's name.
    pub label: Option<String>,
}

/// Names an A1 file.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct A1Ref {
    /// SHA-256 of its certificate.
    pub certificate_sha256: String,
}
