use cartorio_pki::p12::P12Profile;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::SealedSecret;

/// A certificate that the office issued or uses.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct CertificateSummary {
    /// Identifier in the registry.
    pub id: String,
    /// What it is for.
    pub kind: CertificateKind,
    /// Common name without a trailing `:CPF`.
    pub name: String,
    /// Common name of the issuer.
    pub issuer: String,
    /// CPF, masked.
    pub masked_cpf: Option<String>,
    /// Serial number, hexadecimal.
    pub serial_hex: String,
    /// Start of validity.
    pub not_before: String,
    /// End of validity.
    pub not_after: String,
    /// SHA-256 of the certificate.
    pub sha256: String,
    /// Whether its key can go into a P12 file; `false` for keys in KMS and for the demonstration's signing key.
    pub exportable: bool,
    /// Why not: a reason code, when `exportable` is false.
    pub not_exportable_reason: Option<String>,
}

/// What a certificate of the office is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CertificateKind {
    /// Root of the office's CA.
    Root,
    /// Intermediate of the office's CA.
    Intermediate,
    /// A signing identity.
    Identity,
    /// A subscriber.
    Subscriber,
}

/// What to open.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case", tag = "from", content = "id")]
pub enum CertificateSource {
    /// A file: handle of a document.
    Document(String),
    /// A certificate of the registry, with its chain.
    Registry(String),
    /// A signing identity's chain.
    Identity(String),
}

/// Certificates opened together, with how they relate.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct CertificateBundle {
    /// A name for the whole (file name, identity's label).
    pub title: String,
    /// Every certificate; parents before children in each chain.
    pub certificates: Vec<CertificateNode>,
    /// Objects that are no certificates (CRLs, a P12 that needs its password), each with a short description.
    pub others: Vec<OpaqueObject>,
    /// Instant at which validity was judged.
    pub judged_at: String,
}

/// An object that is no certificate.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct OpaqueObject {
    /// `crl`, `p12`, `private_key`, `csr`, `unknown`.
    pub kind: String,
    /// What can be said of it.
    pub description: String,
}

/// A certificate in the tree.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct CertificateNode {
    /// Index of its issuer in the list, when that is there.
    pub parent: Option<u32>,
    /// The certificate.
    pub certificate: CertificateDetail,
    /// Whether its chain ends at a known root.
    pub trust: TrustState,
    /// What is wrong with it or its chain.
    pub problems: Vec<ChainProblem>,
}

/// Whether a chain can be trusted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TrustState {
    /// It ends at a root that this installation knows, and revocation evidence says that it is good.
    Trusted,
    /// Something in it is wrong.
    Untrusted,
    /// Its root is unknown here, or there is no revocation evidence.
    Unknown,
}

/// One thing that is wrong, or not known, about a chain.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
pub struct ChainProblem {
    /// Reason code, key of the UI's text table.
    pub code: String,
    /// Distance from the certificate: 0 itself, 1 its issuer, …
    pub depth: u32,
    /// English text for the technical details.
    pub detail: String,
}

/// Everything about one certificate.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct CertificateDetail {
    /// SHA-256 of the DER form.
    pub sha256: String,
    /// SHA-1 of the DER form; legacy, for comparison only.
    pub sha1: String,
    /// Common name without a trailing `:CPF`, or the whole subject.
    pub name: String,
    /// Subject, RFC 4514.
    pub subject: String,
    /// Issuer, RFC 4514.
    pub issuer: String,
    /// Subject, attribute by attribute.
    pub subject_attributes: Vec<NameAttributeView>,
    /// Issuer, attribute by attribute.
    pub issuer_attributes: Vec<NameAttributeView>,
    /// Serial number, decimal.
    pub serial_dec: String,
    /// Serial number, hexadecimal.
    pub serial_hex: String,
    /// Start of validity.
    pub not_before: String,
    /// End of validity.
    pub not_after: String,
    /// X.509 version: 1, 2 or 3.
    pub version: u32,
    /// The key.
    pub key: KeyFacts,
    /// Signature algorithm by name.
    pub signature_algorithm: String,
    /// Key usages by RFC 5280 name.
    pub key_usages: Vec<String>,
    /// Extended key usages by name.
    pub extended_usages: Vec<String>,
    /// Whether it is a CA.
    pub is_ca: bool,
    /// Whether issuer and subject are the same.
    pub self_issued: bool,
    /// Every extension.
    pub extensions: Vec<ExtensionView>,
    /// Brazilian identifiers, masked.
    pub identifiers: Vec<IdentifierView>,
    /// What ICP-Brasil's policies say of it.
    pub icp: Option<IcpView>,
    /// Where its revocation lists are.
    pub crl_urls: Vec<String>,
    /// Where its status can be asked for.
    pub ocsp_urls: Vec<String>,
    /// Where its issuer's certificate is.
    pub issuer_urls: Vec<String>,
    /// What its signatures are worth by law.
    pub legal: LegalLabel,
    /// PEM.
    pub pem: String,
}

/// One attribute of a name.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct NameAttributeView {
    /// Object identifier.
    pub oid: String,
    /// Short name (`CN`, `O`, …) or the OID.
    pub name: String,
    /// Value.
    pub value: String,
}

/// Facts about a public key.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct KeyFacts {
    /// `RSA`, `EC`, …
    pub kind: String,
    /// Bits of the modulus or of the curve.
    pub bits: Option<u32>,
    /// Curve name.
    pub curve: Option<String>,
    /// SHA-256 of the `SubjectPublicKeyInfo`.
    pub spki_sha256: String,
}

/// One extension.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct ExtensionView {
    /// Object identifier.
    pub oid: String,
    /// Name.
    pub name: String,
    /// Whether it is critical.
    pub critical: bool,
    /// Its content in lines; never empty.
    pub lines: Vec<String>,
    /// The same as labelled facts, where the content has labels.
    pub facts: Vec<super::Fact>,
}

/// What ICP-Brasil's certificate policies (DOC-ICP-04) say of a certificate.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct IcpView {
    /// Type: `A1` to `A4`, `S1` to `S4`, `T3`, `T4`, `SE`, `AE`, …
    pub certificate_type: String,
    /// Who it is for: `person`, `company`, `equipment`, `authority`, `unknown`.
    pub holder: String,
    /// The policy that says so.
    pub policy_oid: String,
}

/// A Brazilian identifier, masked until revealed.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct IdentifierView {
    /// `cpf`, `cnpj`, `birth_date`, `rg`, `voter_title`, …
    pub kind: String,
    /// The masked value.
    pub masked: String,
    /// `ok`, `wrong_check_digit`, `malformed` or `not_checked`.
    pub state: String,
}

/// Names a certificate whose identifiers are to be revealed.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct CertificateFingerprint {
    /// SHA-256 of a certificate that was opened in this session.
    pub sha256: String,
}

/// Identifiers in the clear; showing them was recorded in the trail.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct RevealedIdentifiers {
    /// The identifiers, `masked` holding the clear value.
    pub identifiers: Vec<IdentifierView>,
}

/// What a signature is worth by Brazilian law (Lei 14.063/2020, MP 2.200-2/2001), computed from the chain.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LegalLabel {
    /// Qualificada: ICP-Brasil chain and policy.
    Qualified,
    /// Avançada at most.
    Advanced,
    /// Demonstration: none.
    Demonstration,
    /// Not known.
    Unknown,
}

/// Saves a certificate that was opened in this session.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct CertificateSave {
    /// SHA-256 of the certificate.
    pub sha256: String,
    /// Form.
    pub format: SaveFormat,
}

/// Form of a saved certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SaveFormat {
    /// PEM.
    Pem,
    /// DER.
    Der,
}

/// What became of a save.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct SaveResult {
    /// The saved file; absent when the dialog was cancelled.
    pub saved: Option<super::DocumentInfo>,
}

/// Issues a certificate for a subscriber; the key is made by the backend and stays sealed.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct SubscriberIssue {
    /// Full name.
    pub name: String,
    /// CPF, digits with or without punctuation.
    pub cpf: String,
    /// E-mail address.
    pub email: String,
    /// Type of the key, e.g. `RSA_2048`.
    pub key_spec: String,
}

/// Exports a certificate with its key and chain as a P12 file.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct P12Export {
    /// Certificate in the registry.
    pub certificate: String,
    /// Name inside the file; absent means the holder's name.
    pub friendly_name: Option<String>,
    /// How it is protected; absent means [`P12Protection::Modern`].
    #[serde(default)]
    pub profile: P12Protection,
    /// The password, sealed.
    pub password: SealedSecret,
}

/// How a P12 file is protected; what opens it follows from that.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum P12Protection {
    /// AES-256 and SHA-256.
    #[default]
    Modern,
    /// Triple DES and SHA-1, for old programs.
    Compatible,
    /// AES-256 and a PBMAC1 (RFC 9579).
    Pbmac1,
}

impl P12Protection {
    /// The profile of the writer.
    pub const fn profile(self) -> P12Profile {
        match self {
            Self::Modern => P12Profile::Modern,
            Self::Compatible => P12Profile::Compatible,
            Self::Pbmac1 => P12Profile::Pbmac1,
        }
    }
}
