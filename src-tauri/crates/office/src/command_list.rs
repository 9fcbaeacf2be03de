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
            json session_lock(Empty) -> AppState,
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
            json job_resume(JobRef) -> JobSnapshot,
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
            json keys_list(Empty) -> KeyList,
            json key_describe(KeyQuery) -> KeyDetail,
            json key_create(KeyCreate) -> KeySummary,
            json key_alias_put(KeyAlias) -> KeyDetail,
            json key_alias_remove(KeyAlias) -> KeyDetail,
            json key_tags_change(KeyTagsChange) -> KeyDetail,
            json key_description_set(KeyDescribe) -> KeyDetail,
            json key_enable(KeyEnable) -> KeyDetail,
            json key_deletion_schedule(KeyDeletion) -> KeyDetail,
            json key_deletion_cancel(KeyQuery) -> KeyDetail,
            json key_public_save(PublicKeySave) -> SaveResult,
            json automatic_rotation_set(AutomaticRotationSet) -> KeyDetail,
            json key_rotate_now(KeyQuery) -> KeyDetail,
            json key_age_rule_save(KeyAgeRule) -> KeyAgeRule,
            json key_unlock_state(KeyQuery) -> KeyUnlockState,
            json key_unlock(KeyUnlock) -> KeyUnlockState,
            json key_lock(KeyQuery) -> KeyUnlockState,
            json files_sign(FileSign) -> FileSignResult,
            json file_verify(FileVerify) -> FileVerifyReport,
            // Tokens and A1 files
            json tokens_list(Empty) -> TokenDesk,
            json token_module_add(TokenModuleAdd) -> TokenDesk,
            json token_module_remove(TokenModuleRef) -> TokenDesk,
            json token_content(TokenRef) -> TokenContent,
            json token_login(TokenLogin) -> TokenContent,
            json token_logout(TokenRef) -> TokenContent,
            json identity_adopt(IdentityAdopt) -> IdentitySummary,
            json a1_list(Empty) -> Vec<A1View>,
            json a1_add(A1Add) -> IdentitySummary,
            json a1_remove(A1Ref) -> Vec<A1View>,
            json a1_password_forget(A1Ref) -> Vec<A1View>,
            // Two people
            json operators_list(Empty) -> Vec<OperatorCard>,
            json operator_add(OperatorAdd) -> Vec<OperatorCard>,
            json operator_change(OperatorChange) -> Vec<OperatorCard>,
            json operator_password(OperatorPassword) -> Vec<OperatorCard>,
            json operator_switch(OperatorSwitch) -> AppState,
            json requests_list(RequestQuery) -> Vec<RequestView>,
            json request_make(RequestMake) -> RequestView,
            json request_decide(RequestDecide) -> RequestView,
            json request_withdraw(RequestRef) -> RequestView,
            // Rotation (troca de chave)
            json rotations_list(RotationQuery) -> Vec<RotationView>,
            json rotation_get(RotationRef) -> RotationView,
            json rotation_start(RotationStart) -> RotationView,
            json rotation_advance(RotationAdvance) -> RotationView,
            json rotation_undo(RotationUndo) -> RotationView,
            json rotation_request_save(RotationRef) -> SaveResult,
            json rotation_certificate_bring(RotationBring) -> RotationView,
            json rotation_deletion_cancel(RotationRef) -> RotationView,
            json rotation_report_save(RotationReport) -> SaveResult,
            // AWS profiles
            json profiles_list(Empty) -> Vec<ProfileView>,
            json profile_save(ProfileInput) -> Vec<ProfileView>,
            json profile_remove(ProfileName) -> Vec<ProfileView>,
            json profile_test(ProfileName) -> CallerIdentityView,
            json aws_login_start(ProfileName) -> DeviceLoginView,
            json aws_login_poll(LoginPoll) -> LoginProgressView,
            json aws_login_mfa(MfaLogin) -> CredentialStatusView,
            json aws_logout(ProfileName) -> Vec<ProfileView>,
            json sso_accounts(ProfileName) -> Vec<SsoAccountView>,
            // Trail
            json audit_list(AuditQuery) -> AuditPage,
            json audit_verify(Empty) -> TrailView,
            json audit_reseal(AuditReseal) -> TrailView,
        }
    };
}
