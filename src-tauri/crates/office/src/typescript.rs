//! The generated TypeScript: types and command names, made from the same Rust that runs.
//!
//! `cargo test -p cartorio-office` fails when the committed files are stale; with `CARTORIO_WRITE_TS=1` it rewrites them.

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::PathBuf;

    use ts_rs::{Config, TS};

    use crate::dto::*;
    use crate::with_commands;

    const HEADER: &str =
        "// Generated from src-tauri/crates/office. Do not edit: cargo xtask generate rewrites it.\n\n";

    macro_rules! types {
        ($($name:ty),* $(,)?) => {
            fn types() -> String {
                let config = Config::new().with_large_int("number");
                let mut out = HEADER.to_owned();
                $(
                    writeln!(out, "export {}\n", <$name>::decl(&config)).unwrap();
                )*
                out
            }
        };
    }

    types! {
        WireErrorTs, Empty, AppState, Environment, OperatorView, Permission, KeyProtection, InterruptedAct, Preferences,
        Locale, Theme, ProductionStart, ProfileView, CredentialSourceView, ProfileInput, ProfileName,
        CallerIdentityView, SecretChannel, SealedSecret, DocumentRef, PickRequest, PickPurpose, DocumentInfo,
        DocumentKind, DocumentOrigin, DocumentsDropped, IdentitySummary, IdentityState, IdentityCreate, OutputFolder,
        SignRequest, SignPreview, SignPreviewItem, SignerChoice, SignFormat, JobRef, JobSkip, JobSnapshot, JobChanges, JobStatus, JobItem, ItemState,
        ItemPhase, Receipt, UnprovenSigner, UnprovenReason, VerifyRequest, VerifyReport, VerifyResult, SignatureReport, SignerView, Integrity,
        Authenticity, PolicyState, LaterChange, Coverage, CertificateSummary, CertificateKind, CertificateSource,
        CertificateBundle, OpaqueObject, CertificateNode, TrustState, ChainProblem, CertificateDetail,
        NameAttributeView, KeyFacts, ExtensionView, IdentifierView, CertificateFingerprint, RevealedIdentifiers,
        LegalLabel, CertificateSave, SaveFormat, SaveResult, SubscriberIssue, P12Export, P12Protection, KeySummary, KeyStateView,
        KeyOriginView, KeyQuery, KeyDetail, KeyCreate, AuditQuery, AuditPage, AuditRecordView, AuditReseal, TrailView,
        TrailProblemView, CredentialStatusView, DeviceLoginView, LoginPoll, LoginProgressView, LoginStateView, MfaLogin,
        RoleView, KmsLimits, SsoAccountView, SsoView, AccessConditionView, AccessGrantView, AccessStatementView,
        AutomaticRotationSet, AutomaticRotationView, FileReceipt, FileSign, FileSignResult, FileSigned, FileVerify,
        FileVerifyReport, KeyAccessView, KeyAction, KeyAgeRule, KeyAlias, KeyDeletion, KeyDescribe, KeyEnable, KeyEvent,
        KeyLastUseView, KeyList, KeyPlace, KeyPlaceProblem, KeyRenewal, KeyTag, KeyTagsChange, KeyUnlock, KeyUnlockState,
        KeyUsageView, PublicKeyFormat, PublicKeySave, UnlockNeed, OperatorAdd, OperatorCard, OperatorChange,
        OperatorPassword, OperatorSwitch, RequestDecide, RequestKindView, RequestMake, RequestMakeWhat, RequestQuery,
        RequestRef, RequestStateView, RequestView, RequestWhat, RotationCertificate, RotationPlan, RotationAdvance,
        RotationBring, RotationFact, RotationQuery, RotationRef, RotationReport, RotationReportFormat, RotationStart,
        RotationStateView, RotationStepName, RotationStepState, RotationStepView, RotationUndo, RotationView, RotationWait,
        A1Add, A1Ref, A1View, IdentityAdopt, TokenCertificateView, TokenContent, TokenDesk, TokenKeyView, TokenLogin,
        TokenModuleAdd, TokenModuleCandidate, TokenModuleRef, TokenModuleView, TokenRef, TokenView,
        HeapView, HeapObject, HeapKind, AnchorKind, HeapSource, HeapProblem, HeapLink, SignatureMark, HeapRef, HeapIds, HeapAdd, HeapBring, HeapPaste, HeapUnlock, HeapDetail, FactSection, Fact, FactForm, RevokedEntry, StoreView, StoreProtection, StorePart, StoreOpener, Asn1View, Asn1NodeView, Requirements, PurposeView, RevocationMode, HeapValidate, ChainResult, ChainReview, ChainPath, ChainCertificate, ChainError, PolicyResult, NamedOid, RevocationResult, EvidenceUse, LintFinding, HeapPair, Comparison, CompareRow, HeapExport, HeapForm, HeapText, HeapReport, ReportFormat, IcpView, TrustView, TrustAnchor, EvidenceItem, TrustImport, TrustRefusal, EvidenceRefresh, EvidenceRef, EvidenceFetch, FetchedItem, ExpiryQuery, ExpiryView, ExpiryItem, ExpiryExport, ExpiryFormat, SearchQuery, SearchResults, SearchHit, SearchKind,
        SignProfile, FormatChoice, SignLevel, PolicyChoice, SignerRole, CertifyChoice, LockChoice, LockedFields, CommitmentChoice, SignerLocationView,
        StampPlacement, OnError, ErrorChoice, BatchView, JobView, BatchKind, BatchRef, BatchListSource, BatchAbandon, FieldView, DocumentUnlock, FolderDocuments,
        SignRemark, ExtendRequest, TsaView, TsaAuth, TsaInput, TsaRef, TsaProbe, StampTemplate, StampTemplateRef, StampImage,
        StampPreviewRequest, StampPreview, StampCheck, StampCovers, PolicyDesk, PolicyView, PolicyListView, TimeStampView,
        PolicyClaim, ChangeView,
    }

    macro_rules! command_lines {
        ($($kind:ident $name:ident($request:ty) $(-> $response:ty)?),* $(,)?) => {
            fn commands() -> String {
                let config = Config::new().with_large_int("number");
                let mut out = HEADER.to_owned();
                out.push_str("import type * as t from './types';\n\nexport interface Commands {\n");
                $(
                    let json: Option<String> = None $( .or_else(|| Some(qualify(&<$response as TS>::name(&config)))) )?;
                    let response = json.unwrap_or_else(|| "ArrayBuffer".to_owned());
                    let request = qualify(&<$request as TS>::name(&config));
                    writeln!(out, "  {}: {{ request: {request}; response: {response} }};", stringify!($name)).unwrap();
                )*
                out.push_str("}\n\nexport const COMMANDS = [\n");
                $( writeln!(out, "  '{}',", stringify!($name)).unwrap(); )*
                out.push_str("] as const satisfies readonly (keyof Commands)[];\n");
                out
            }
        };
    }

    with_commands!(command_lines);

    /// `Array<AppState>` → `Array<t.AppState>`, `Foo | null` → `t.Foo | null`.
    fn qualify(name: &str) -> String {
        let mut out = String::new();
        let mut word = String::new();
        for c in name.chars().chain([' ']) {
            if c.is_ascii_alphanumeric() {
                word.push(c);
                continue;
            }
            if !word.is_empty() {
                if word.starts_with(|c: char| c.is_ascii_uppercase()) && word != "Array" {
                    out.push_str("t.");
                }
                out.push_str(&word);
                word.clear();
            }
            out.push(c);
        }
        out.trim_end().to_owned()
    }

    #[test]
    fn generated_typescript_is_not_stale() {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../ui/src/generated");
        for (name, expected) in [("types.ts", types()), ("commands.ts", commands())] {
            let path = folder.join(name);
            if std::env::var_os("CARTORIO_WRITE_TS").is_some() {
                std::fs::create_dir_all(&folder).unwrap();
                std::fs::write(&path, &expected).unwrap();
            }
            let actual = std::fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(actual, expected, "{} is stale: run `cargo xtask generate`", path.display());
        }
    }
}
