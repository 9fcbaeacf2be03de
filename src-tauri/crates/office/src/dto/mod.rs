//! What crosses the IPC: plain data with names that the UI and `--json` share. Never a path to open, never a secret.
//!
//! Times are RFC 3339 in UTC; digests lower-case hexadecimal; sizes bytes.

mod app;
mod audit;
mod certificates;
mod documents;
mod keys;
mod signing;
mod verification;

pub use app::{
    WireErrorTs,
    AppState, Empty, Environment, InterruptedAct, KeyProtection, Locale, OperatorView, Permission, Preferences,
    ProductionStart, ProfileName, ProfileInput, ProfileView, CallerIdentityView, CredentialSourceView, SealedSecret,
    SecretChannel, Theme,
};
pub use audit::{AuditPage, AuditQuery, AuditRecordView, AuditReseal, TrailProblemView, TrailView};
pub use certificates::{
    CertificateBundle, CertificateDetail, CertificateFingerprint, CertificateKind, CertificateNode, CertificateSave,
    CertificateSource, CertificateSummary, ChainProblem, ExtensionView, IdentifierView, KeyFacts, LegalLabel,
    NameAttributeView, OpaqueObject, P12Export, RevealedIdentifiers, SaveFormat, SaveResult, SubscriberIssue, TrustState,
};
pub use documents::{DocumentInfo, DocumentKind, DocumentOrigin, DocumentRef, DocumentsDropped, PickPurpose, PickRequest};
pub use keys::{KeyCreate, KeyDetail, KeyOriginView, KeyQuery, KeyStateView, KeySummary};
pub use signing::{
    IdentityCreate, IdentityState, IdentitySummary, ItemPhase, ItemState, JobItem, JobRef, JobSnapshot, JobStatus,
    OutputFolder, Receipt, SignFormat, SignPreview, SignPreviewItem, SignRequest,
};
pub use verification::{
    Authenticity, Coverage, Integrity, LaterChange, PolicyState, SignatureReport, SignerView, VerifyReport,
    VerifyRequest, VerifyResult,
};
