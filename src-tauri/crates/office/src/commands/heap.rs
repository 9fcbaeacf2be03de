//! The heap: inspection of anything.

use super::Answers;
use crate::dto::{
    Asn1View, ChainReview, Comparison, Empty, HeapAdd, HeapBring, HeapDetail, HeapExport, HeapIds, HeapPair, HeapPaste,
    HeapRef, HeapReport, HeapText, HeapUnlock, HeapValidate, HeapView, LintFinding, SaveResult,
};
use crate::office::Office;
use crate::{OfficeError, OfficeResult};

impl Answers {
    pub(super) async fn heap_view(_office: &Office, _request: Empty) -> OfficeResult<HeapView> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn heap_open(_office: &Office, _request: Empty) -> OfficeResult<HeapView> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn heap_add(_office: &Office, _request: HeapAdd) -> OfficeResult<HeapView> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn heap_bring(_office: &Office, _request: HeapBring) -> OfficeResult<HeapView> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn heap_paste(_office: &Office, _request: HeapPaste) -> OfficeResult<HeapView> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn heap_remove(_office: &Office, _request: HeapIds) -> OfficeResult<HeapView> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn heap_clear(_office: &Office, _request: Empty) -> OfficeResult<HeapView> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn heap_unlock(_office: &Office, _request: HeapUnlock) -> OfficeResult<HeapView> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn heap_detail(_office: &Office, _request: HeapRef) -> OfficeResult<HeapDetail> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn heap_asn1(_office: &Office, _request: HeapRef) -> OfficeResult<Asn1View> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn heap_bytes(_office: &Office, _request: HeapRef) -> OfficeResult<Vec<u8>> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn heap_lint(_office: &Office, _request: HeapRef) -> OfficeResult<Vec<LintFinding>> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn heap_validate(_office: &Office, _request: HeapValidate) -> OfficeResult<ChainReview> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn heap_compare(_office: &Office, _request: HeapPair) -> OfficeResult<Comparison> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn heap_copy(_office: &Office, _request: HeapExport) -> OfficeResult<HeapText> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn heap_export(_office: &Office, _request: HeapExport) -> OfficeResult<SaveResult> {
        Err(OfficeError::internal("not built yet"))
    }

    pub(super) async fn heap_report(_office: &Office, _request: HeapReport) -> OfficeResult<SaveResult> {
        Err(OfficeError::internal("not built yet"))
    }
}
