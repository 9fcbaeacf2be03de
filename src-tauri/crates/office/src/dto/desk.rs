use cartorio_core::WireError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{PolicyChoice, SealedSecret, SignLevel};

/// A signature field of a PDF, for choosing one.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct FieldView {
    /// Fully qualified name.
    pub name: String,
    /// Page from 1; absent for a field that is on none.
    pub page: Option<u32>,
    /// Left, top, width and height in points of the page as it is seen; absent for an invisible field.
    pub area: Option<[f64; 4]>,
    /// Whether it is signed.
    pub signed: bool,
    /// Why it cannot be signed, whatever the signature is like, if so.
    #[ts(as = "Option<super::app::WireErrorTs>")]
    pub problem: Option<WireError>,
    /// What its author demands that the simplest signature does not have; the chosen one may.
    #[ts(as = "Option<super::app::WireErrorTs>")]
    pub demand: Option<WireError>,
}

/// Opens a PDF that asks for a password. The password is kept in memory until the document is forgotten.
#[derive(Deserialize, TS)]
pub struct DocumentUnlock {
    /// The handle.
    pub document: String,
    /// The password, sealed.
    pub password: SealedSecret,
}

/// What a folder held.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct FolderDocuments {
    /// Documents that were opened.
    pub documents: Vec<super::DocumentInfo>,
    /// Files that could not be opened, each with its reason.
    #[ts(as = "Vec<super::app::WireErrorTs>")]
    pub problems: Vec<WireError>,
    /// Files that were left out: hidden ones, results of earlier signing, links.
    pub skipped: u32,
}

/// What stands against signing, or should be known before it.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct SignRemark {
    /// Code; key of the UI's text table.
    pub code: String,
    /// Whether it keeps the document from being signed so.
    pub blocks: bool,
    /// What it is about.
    pub params: std::collections::BTreeMap<String, String>,
}

/// Takes signed documents to a higher level.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct ExtendRequest {
    /// Handles of signed documents.
    pub documents: Vec<String>,
    /// The level to reach; B-LTA on a document that is there already adds a further archive time stamp.
    pub level: SignLevel,
    /// Folder for the results; absent means beside each document.
    pub output_folder: Option<String>,
    /// Whether a lower level is accepted where what the wished one needs is not to be had.
    #[serde(default)]
    pub accept_lower_level: bool,
    /// Asks nothing of any network.
    #[serde(default)]
    pub offline: bool,
    /// Handles of files with certificates, revocation lists and OCSP answers that count for this job alone.
    #[serde(default)]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub evidence: Vec<String>,
    /// Addresses of time-stamp authorities that are asked for this job alone, before the office's own and without credentials.
    #[serde(default)]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub authorities: Vec<String>,
    /// Handles of files that detached `.p7s` signed: each is given the one with its digest, and is looked for (beside it, in the
    /// journal) where none has that. One file for one signature has to be it.
    #[serde(default)]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub contents: Vec<String>,
}

/// A time-stamp authority of the office, without its secret.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TsaView {
    /// Identifier.
    pub id: String,
    /// Friendly name.
    pub name: String,
    /// Address.
    pub url: String,
    /// How it knows the office.
    pub auth: TsaAuth,
    /// User name, for `basic`.
    pub user: Option<String>,
    /// Holder of the client certificate, for `certificate`.
    pub certificate: Option<String>,
    /// Policy that is asked of it (OID).
    pub policy: Option<String>,
    /// Seconds until the next one is tried.
    pub timeout_seconds: u32,
    /// Place in the order in which they are tried, from 1.
    pub position: u32,
}

/// How a time-stamp authority knows the office.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TsaAuth {
    /// Not at all.
    None,
    /// User name and password (RFC 7617).
    Basic,
    /// A client certificate (TLS).
    Certificate,
}

/// Adds or changes a time-stamp authority.
#[derive(Deserialize, TS)]
pub struct TsaInput {
    /// The one to change; absent adds one.
    pub id: Option<String>,
    /// Friendly name.
    pub name: String,
    /// Address, `http` or `https`.
    pub url: String,
    /// How it knows the office.
    pub auth: TsaAuth,
    /// User name, for `basic`.
    pub user: Option<String>,
    /// Password of the user, or of the P12 file; absent keeps the one there is.
    pub secret: Option<SealedSecret>,
    /// Handle of the P12 file with the client certificate; absent keeps the one there is.
    pub p12: Option<String>,
    /// Policy that is asked of it (OID).
    pub policy: Option<String>,
    /// Seconds until the next one is tried, 1 to 120.
    pub timeout_seconds: u32,
    /// Place in the order, from 1; absent puts it last.
    pub position: Option<u32>,
}

/// Names a time-stamp authority.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TsaRef {
    /// Identifier.
    pub id: String,
}

/// What a time-stamp authority answered to a test.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct TsaProbe {
    /// Its time.
    pub gen_time: String,
    /// Who signed the token.
    pub authority: String,
    /// Whether its chain ends at a root that is trusted here.
    pub trusted: bool,
    /// Whether that root is one of ICP-Brasil's.
    pub icp_brasil: bool,
    /// How long it took, in milliseconds.
    pub millis: u32,
    /// Size of the token in bytes.
    pub size: u32,
}

/// What a visible stamp shows.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct StampTemplate {
    /// Identifier; empty for a new one.
    pub id: String,
    /// Friendly name.
    pub name: String,
    /// Lines with placeholders: `{titular}`, `{cpf}` (masked), `{emissor}`, `{data}`, `{motivo}`, `{local}`, `{cartorio}`.
    pub lines: Vec<String>,
    /// Whether the first line is set larger.
    pub headline: bool,
    /// The image, by the handle that `stamp_image_pick` or an earlier template gave.
    pub image: Option<String>,
    /// What the QR code says, with the same placeholders and `{sha256}`.
    pub qr: Option<String>,
    /// Whether it has a border.
    pub border: bool,
    /// Usual width in points.
    pub width: f64,
    /// Usual height in points.
    pub height: f64,
    /// Whether it came with the program and cannot be changed.
    #[serde(default)]
    pub built_in: bool,
}

/// Names a stamp template.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct StampTemplateRef {
    /// Identifier.
    pub id: String,
}

/// An image for a stamp, kept by the office.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct StampImage {
    /// The handle.
    pub id: String,
    /// File name, for display.
    pub name: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Asks how a stamp will look.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct StampPreviewRequest {
    /// The template, saved or not.
    pub template: StampTemplate,
    /// The identity whose data it shows.
    pub identity: Option<String>,
    /// Reason.
    pub reason: Option<String>,
    /// Place.
    pub location: Option<String>,
    /// Width in points.
    pub width: f64,
    /// Height in points.
    pub height: f64,
}

/// How a stamp will look.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct StampPreview {
    /// An SVG picture of that size, without scripts and links.
    pub svg: String,
    /// Size of the letters of the smallest line in points, after shrinking.
    pub smallest_text: f64,
}

/// Asks what a stamp would cover.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct StampCheck {
    /// The document.
    pub document: String,
    /// Page from 1; negative counts from the end.
    pub page: i32,
    /// From the left edge of the page as it is seen, in points.
    pub x: f64,
    /// From its top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// What a stamp would cover.
#[derive(Clone, Debug, Default, Deserialize, Serialize, TS)]
pub struct StampCovers {
    /// The beginning of the text under it; empty when there is none.
    pub text: String,
    /// Signature fields under it.
    pub fields: Vec<String>,
    /// Whether it covers something in a picture or a drawing, such as the words of a scanned page.
    pub picture: bool,
    /// Whether something there could not be read.
    pub unread: bool,
    /// Whether it is outside the page as it is seen.
    pub outside: bool,
}

/// The ICP-Brasil signature policies and what is known of them here.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct PolicyDesk {
    /// The policies that may be used now, and when they end.
    pub policies: Vec<PolicyView>,
    /// The lists of approved policies (LPA) that were brought in.
    pub lists: Vec<PolicyListView>,
}

/// One signature policy.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct PolicyView {
    /// Which.
    pub choice: PolicyChoice,
    /// `cades` or `pades`.
    pub family: String,
    /// OID.
    pub oid: String,
    /// Version, e.g. `2.4`.
    pub version: String,
    /// Where ITI publishes it.
    pub uri: String,
    /// End of its validity.
    pub not_after: String,
    /// Whether its file was brought in (needed for AD-RA in PDFs).
    pub artifact: bool,
}

/// A list of approved policies.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct PolicyListView {
    /// `cades` or `pades`.
    pub family: String,
    /// When ITI publishes the next one at the latest.
    pub next_update: String,
    /// Whether that is over.
    pub stale: bool,
    /// SHA-256 of the file.
    pub sha256: String,
}
