//! What crosses the IPC: plain data with names that the UI and `--json` share. Never a path to open, never a secret.
//!
//! Times are RFC 3339 in UTC; digests lower-case hexadecimal; sizes bytes.

mod app;
mod audit;
mod batch;
mod certificates;
mod desk;
mod documents;
mod heap;
mod keys;
mod people;
mod profile;
mod rotation;
mod signing;
mod tokens;
mod trust;
mod verification;

pub use app::{
    AppState, CallerIdentityView, CredentialSourceView, CredentialStatusView, DeviceLoginView, Empty, Environment,
    InterruptedAct, KeyProtection, KmsLimits, Locale, LoginPoll, LoginProgressView, LoginStateView, MfaLogin,
    OperatorView, Permission, Preferences, ProductionStart, ProfileInput, ProfileName, ProfileView, RoleView,
    SealedSecret, SecretChannel, SsoAccountView, SsoView, Theme, WireErrorTs,
};
pub use audit::{AuditPage, AuditQuery, AuditRecordView, AuditReseal, TrailProblemView, TrailView};
pub use batch::{BatchAbandon, BatchKind, BatchListSource, BatchRef, BatchView, JobView};
pub use certificates::{
    CertificateBundle, CertificateDetail, CertificateFingerprint, CertificateKind, CertificateNode, CertificateSave,
    CertificateSource, CertificateSummary, ChainProblem, ExtensionView, IcpView, IdentifierView, KeyFacts, LegalLabel,
    NameAttributeView, OpaqueObject, P12Export, P12Protection, RevealedIdentifiers, SaveFormat, SaveResult,
    SubscriberIssue, TrustState,
};
pub use desk::{
    DocumentUnlock, ExtendRequest, FieldView, FolderDocuments, PolicyDesk, PolicyListView, PolicyView, SignRemark,
    StampCheck, StampCovers, StampImage, StampPreview, StampPreviewRequest, StampTemplate, StampTemplateRef, TsaAuth,
    TsaInput, TsaProbe, TsaRef, TsaView,
};
pub use documents::{
    DocumentInfo, DocumentKind, DocumentOrigin, DocumentRef, DocumentsDropped, PickPurpose, PickRequest,
};
pub use heap::{
    AnchorKind, Asn1NodeView, Asn1View, ChainCertificate, ChainError, ChainPath, ChainResult, ChainReview, CompareRow,
    Comparison, EvidenceUse, Fact, FactForm, FactSection, HeapAdd, HeapBring, HeapDetail, HeapExport, HeapForm,
    HeapIds, HeapKind, HeapLink, HeapObject, HeapPair, HeapPaste, HeapProblem, HeapRef, HeapReport, HeapSource,
    HeapText, HeapUnlock, HeapValidate, HeapView, LintFinding, NamedOid, PolicyResult, PurposeView, ReportFormat,
    Requirements, RevocationMode, RevocationResult, RevokedEntry, SignatureMark, StoreOpener, StorePart,
    StoreProtection, StoreView,
};
pub use keys::{
    AccessConditionView, AccessGrantView, AccessStatementView, AutomaticRotationSet, AutomaticRotationView,
    FileReceipt, FileSign, FileSignResult, FileSigned, FileVerify, FileVerifyReport, KeyAccessView, KeyAction,
    KeyAgeRule, KeyAlias, KeyCreate, KeyDeletion, KeyDescribe, KeyDetail, KeyEnable, KeyEvent, KeyLastUseView, KeyList,
    KeyOriginView, KeyPlace, KeyPlaceProblem, KeyQuery, KeyRenewal, KeyStateView, KeySummary, KeyTag, KeyTagsChange,
    KeyUnlock, KeyUnlockState, KeyUsageView, PublicKeyFormat, PublicKeySave, UnlockNeed,
};
pub use people::{
    OperatorAdd, OperatorCard, OperatorChange, OperatorPassword, OperatorSwitch, RequestDecide, RequestKindView,
    RequestMake, RequestMakeWhat, RequestQuery, RequestRef, RequestStateView, RequestView, RequestWhat,
    RotationCertificate, RotationPlan,
};
pub use profile::{
    CertifyChoice, CommitmentChoice, ErrorChoice, FormatChoice, LockChoice, LockedFields, OnError, PolicyChoice,
    SignLevel, SignProfile, SignerLocationView, SignerRole, StampPlacement,
};
pub use rotation::{
    RotationAdvance, RotationBring, RotationFact, RotationQuery, RotationRef, RotationReport, RotationReportFormat,
    RotationStart, RotationStateView, RotationStepName, RotationStepState, RotationStepView, RotationUndo,
    RotationView, RotationWait,
};
pub use signing::{
    IdentityCreate, IdentityState, IdentitySummary, ItemPhase, ItemState, JobChanges, JobItem, JobRef, JobSkip,
    JobSnapshot, JobStatus, OutputFolder, Receipt, SignFormat, SignPreview, SignPreviewItem, SignRequest, SignerChoice,
    UnprovenReason, UnprovenSigner,
};
pub use tokens::{
    A1Add, A1Ref, A1View, IdentityAdopt, TokenCertificateView, TokenContent, TokenDesk, TokenKeyView, TokenLogin,
    TokenModuleAdd, TokenModuleCandidate, TokenModuleRef, TokenModuleView, TokenRef, TokenView,
};
pub use trust::{
    EvidenceFetch, EvidenceItem, EvidenceRef, EvidenceRefresh, ExpiryExport, ExpiryFormat, ExpiryItem, ExpiryQuery,
    ExpiryView, FetchedItem, SearchHit, SearchKind, SearchQuery, SearchResults, TrustAnchor, TrustImport, TrustRefusal,
    TrustView,
};
pub use verification::{
    Authenticity, ChangeView, Coverage, Integrity, LaterChange, PolicyClaim, PolicyState, SignatureReport, SignerView,
    TimeStampView, VerifyReport, VerifyRequest, VerifyResult,
};
