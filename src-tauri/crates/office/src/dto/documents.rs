use cartorio_core::WireError;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Names a document that the backend opened. The UI never learns or sends a path to open.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct DocumentRef {
    /// The handle.
    pub id: String,
}

/// Asks for documents with the native dialog. A cancelled dialog answers with an empty list.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, TS)]
pub struct PickRequest {
    /// What they are for: chooses title, filter and whether several may be chosen.
    pub purpose: PickPurpose,
}

/// What picked documents are for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PickPurpose {
    /// Documents to sign: any file, several.
    Sign,
    /// A signed document: PDF or `.p7s`.
    Verify,
    /// Signed documents that get a higher level: several.
    Signed,
    /// The content that a detached `.p7s` belongs to.
    Content,
    /// Certificates, revocation lists and OCSP answers for one job: several.
    Evidence,
    /// Certificates: PEM, DER, P7B.
    Certificates,
    /// A P12 file (A1 certificate) to sign with.
    P12,
    /// A bare signature of a file: its receipt (`.sig.json`) or its value (`.sig`).
    FileSignature,
}

/// A document in the backend's hands.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct DocumentInfo {
    /// The handle.
    pub id: String,
    /// File name without its folder.
    pub name: String,
    /// The folder, for display only.
    pub folder: String,
    /// Size in bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// What it is, by content.
    pub kind: DocumentKind,
    /// Tells the file from what it was at another time, as far as its size and the time of its last change do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub version: Option<String>,
    /// Pages, for a PDF that can be read.
    pub pages: Option<u32>,
    /// Signatures that it already holds, for a PDF.
    pub signatures: u32,
    /// How it came here.
    pub origin: DocumentOrigin,
    /// Why it cannot be signed in the simplest way, a new field of the PDF, if so. Whether it can in another one is told by
    /// the preview of that.
    #[ts(as = "Option<super::app::WireErrorTs>")]
    pub sign_problem: Option<WireError>,
}

/// What a document is, by content.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// A PDF.
    Pdf,
    /// A CMS signature (`.p7s`).
    Cms,
    /// Certificates or CRLs.
    Certificates,
    /// A PKCS#12 file.
    P12,
    /// Any other file.
    Other,
}

/// How a document came here.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DocumentOrigin {
    /// Chosen in the dialog.
    Picked,
    /// Dropped on the window.
    Dropped,
    /// A sample of the demonstration.
    Sample,
    /// Made by the program.
    Result,
}

/// Event `documents_dropped`: files were dropped on the window.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
pub struct DocumentsDropped {
    /// The documents.
    pub documents: Vec<DocumentInfo>,
    /// Files that could not be opened.
    #[ts(as = "Vec<super::app::WireErrorTs>")]
    pub problems: Vec<WireError>,
}
