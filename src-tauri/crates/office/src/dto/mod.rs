//! What crosses the IPC: plain data with names that the UI and `--json` share. Never a path to open, never a secret.
//!
//! Times are RFC 3339 in UTC; digests lower-case hexadecimal; sizes bytes.

mod app;
mod audit;
mod certificates;
mod documents;
mod keys;
mod people;
mod rotation;
mod signing;
mod tokens;
mod verification;

pub use app::{
    WireErrorTs,
    AppState, Empty, Environment, InterruptedAct, KeyProtection, Locale, OperatorView, Permission, Preferences,
    ProductionStart, ProfileName, ProfileInput, ProfileView, CallerIdentityView, CredentialSourceView, SealedSecret,
    SecretChannel, Theme, CredentialStatusView, DeviceLoginView, LoginPoll, LoginProgressView, LoginStateView, MfaLogin,
    RoleView, SsoAccountView, SsoView,
};
pub use audit::{AuditPage, AuditQuery, AuditRecordView, AuditReseal, TrailProblemView, TrailView};
pub use certificates::{
    CertificateBundle, CertificateDetail, CertificateFingerprint, CertificateKind, CertificateNode, CertificateSave,
    CertificateSource, CertificateSummary, ChainProblem, ExtensionView, IdentifierView, KeyFacts, LegalLabel,
    NameAttributeView, OpaqueObject, P12Export, RevealedIdentifiers, SaveFormat, SaveResult, SubscriberIssue, TrustState,
};
pub use documents::{DocumentInfo, DocumentKind, DocumentOrigin, DocumentRef, DocumentsDropped, PickPurpose, PickRequest};
pub use keys::{
    AccessConditionView, AccessGrantView, AccessStatementView, AutomaticRotationSet, AutomaticRotationView, FileReceipt,
    FileSign, FileSignResult, FileSigned, FileVerify, FileVerifyReport, KeyAccessView, KeyAction, KeyAgeRule, KeyAlias,
    KeyCreate, KeyDeletion, KeyDescribe, KeyDetail, KeyEnable, KeyEvent, KeyLastUseView, KeyList, KeyOriginView, KeyPlace,
    KeyPlaceProblem, KeyQuery, KeyRenewal, KeyStateView, KeySummary, KeyTag, KeyTagsChange, KeyUnlock, KeyUnlockState,
    KeyUsageView, PublicKeyFormat, PublicKeySave, UnlockNeed,
};
pub use people::{
    OperatorAdd, OperatorCard, OperatorChange, OperatorPassword, OperatorSwitch, RequestDecide, RequestKindView,
    RequestMake, RequestMakeWhat, RequestQuery, RequestRef, RequestStateView, RequestView, RequestWhat,
    RotationCertificate, RotationPlan,
};
pub use rotation::{
    RotationAdvance, RotationBring, RotationFact, RotationQuery, RotationRef, RotationReport, RotationReportFormat,
    RotationStart, RotationStateView, RotationStepName, RotationStepState, RotationStepView, RotationUndo, RotationView,
    RotationWait,
};
pub use tokens::{
    A1Add, A1Ref, A1View, IdentityAdopt, TokenCertificateView, TokenContent, TokenDesk, TokenKeyView, TokenLogin,
    TokenModuleAdd, TokenModuleCandidate, TokenModuleRef, TokenModuleView, TokenRef, TokenView,
};
pub use signing::{
    IdentityCreate, IdentityState, IdentitySummary, ItemPhase, ItemState, JobItem, JobRef, JobSnapshot, JobStatus,
    OutputFolder, Receipt, SignFormat, SignPreview, SignPreviewItem, SignRequest,
};
pub use verification::{
    Authenticity, Coverage, Integrity, LaterChange, PolicyState, SignatureReport, SignerView, VerifyReport,
    VerifyRequest, VerifyResult,
};
