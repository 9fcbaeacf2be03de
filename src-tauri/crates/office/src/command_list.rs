// The one command list. It drives the router and its adapters (shell), the deny-by-default ACL (src-tauri/build.rs
// includes this file) and the TypeScript names (ui/src/generated/commands.ts). A command that is not here does not exist.
//
// `json name(Request) -> Response` answers with JSON; `raw name(Request)` answers with bytes.

/// Hands the command list to the macro `$consumer`.
#[macro_export]
macro_rules! with_commands {
    ($consumer:ident) => {
        $consumer! {
            // Start and session
            json app_state(Empty) -> AppState,
            json demo_start(Empty) -> AppState,
            json inspection_start(Empty) -> AppState,
            json production_start(ProductionStart) -> AppState,
            json session_leave(Empty) -> AppState,
            json preferences_save(Preferences) -> AppState,
            json notices_dismiss(Empty) -> AppState,
            json secret_channel(Empty) -> SecretChannel,
            // Documents
            json documents_pick(PickRequest) -> Vec<DocumentInfo>,
            json documents_samples(Empty) -> Vec<DocumentInfo>,
            json document_forget(DocumentRef) -> Empty,
            json document_reveal(DocumentRef) -> Empty,
            raw document_bytes(DocumentRef),
            // Signing
            json identities_list(Empty) -> Vec<IdentitySummary>,
            json identity_create(IdentityCreate) -> IdentitySummary,
            json output_folder_pick(Empty) -> Option<OutputFolder>,
            json sign_preview(SignRequest) -> SignPreview,
            json sign_start(SignRequest) -> JobSnapshot,
            json job_get(JobRef) -> JobSnapshot,
            json job_cancel(JobRef) -> JobSnapshot,
            // Verification
            json verify(VerifyRequest) -> VerifyReport,
            // Certificates
            json certificates_list(Empty) -> Vec<CertificateSummary>,
            json certificates_open(CertificateSource) -> CertificateBundle,
            json identifier_reveal(CertificateFingerprint) -> RevealedIdentifiers,
            json certificate_save(CertificateSave) -> SaveResult,
            json subscriber_issue(SubscriberIssue) -> CertificateSummary,
            json p12_export(P12Export) -> SaveResult,
            // Keys
            json keys_list(Empty) -> Vec<KeySummary>,
            json key_describe(KeyQuery) -> KeyDetail,
            json key_create(KeyCreate) -> KeySummary,
            // AWS profiles
            json profiles_list(Empty) -> Vec<ProfileView>,
            json profile_save(ProfileInput) -> Vec<ProfileView>,
            json profile_remove(ProfileName) -> Vec<ProfileView>,
            json profile_test(ProfileName) -> CallerIdentityView,
            // Trail
            json audit_list(AuditQuery) -> AuditPage,
            json audit_verify(Empty) -> TrailView,
            json audit_reseal(AuditReseal) -> TrailView,
        }
    };
}
