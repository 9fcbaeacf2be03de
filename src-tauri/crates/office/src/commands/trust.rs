//! Roots of trust, evidence, what expires, and the search over everything.

use super::Answers;
use crate::dto::{
    Empty, EvidenceFetch, EvidenceRef, EvidenceRefresh, ExpiryExport, ExpiryQuery, ExpiryView, HeapIds, RequestRef,
    SaveResult, SearchQuery, SearchResults, TrustImport, TrustView,
};
use crate::office::Office;
use crate::{OfficeError, OfficeResult};

impl Answers {
    pub(super) async fn trust_view(_office: &Office, _request: Empty) -> OfficeResult<TrustView> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn trust_import(_office: &Office, _request: Empty) -> OfficeResult<Option<TrustImport>> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn trust_keep(_office: &Office, _request: HeapIds) -> OfficeResult<TrustImport> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn trust_anchor_apply(_office: &Office, _request: RequestRef) -> OfficeResult<TrustView> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn evidence_refresh(_office: &Office, _request: EvidenceRefresh) -> OfficeResult<EvidenceFetch> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn evidence_forget(_office: &Office, _request: EvidenceRef) -> OfficeResult<TrustView> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn expiry_list(_office: &Office, _request: ExpiryQuery) -> OfficeResult<ExpiryView> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn expiry_export(_office: &Office, _request: ExpiryExport) -> OfficeResult<SaveResult> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn search(_office: &Office, _request: SearchQuery) -> OfficeResult<SearchResults> {
        Err(OfficeError::internal("not built yet"))
    }
}
