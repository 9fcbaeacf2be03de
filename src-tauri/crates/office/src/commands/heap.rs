//! The heap: inspection of anything.

use super::Answers;
use crate::dto::{
    Asn1View, ChainReview, Comparison, Empty, HeapAdd, HeapBring, HeapDetail, HeapExport, HeapIds, HeapPair, HeapPaste,
    HeapRef, HeapReport, HeapText, HeapUnlock, HeapValidate, HeapView, LintFinding, SaveResult,
};
use crate::office::Office;
use crate::{OfficeResult, heap};

impl Answers {
    pub(super) async fn heap_view(office: &Office, _: Empty) -> OfficeResult<HeapView> {
        heap::view(office).await
    }

    pub(super) async fn heap_open(office: &Office, _: Empty) -> OfficeResult<HeapView> {
        heap::open(office).await
    }

    pub(super) async fn heap_add(office: &Office, request: HeapAdd) -> OfficeResult<HeapView> {
        heap::add(office, &request.documents).await
    }

    pub(super) async fn heap_bring(office: &Office, request: HeapBring) -> OfficeResult<HeapView> {
        heap::bring(office, &request.sha256).await
    }

    pub(super) async fn heap_paste(office: &Office, request: HeapPaste) -> OfficeResult<HeapView> {
        heap::paste(office, request.text).await
    }

    pub(super) async fn heap_remove(office: &Office, request: HeapIds) -> OfficeResult<HeapView> {
        heap::remove(office, &request.ids).await
    }

    pub(super) async fn heap_clear(office: &Office, _: Empty) -> OfficeResult<HeapView> {
        heap::clear(office).await
    }

    pub(super) async fn heap_unlock(office: &Office, request: HeapUnlock) -> OfficeResult<HeapView> {
        let password = request.password.as_ref().map(|sealed| office.channels.unseal(sealed)).transpose()?;
        heap::unlock(office, &request.id, password).await
    }

    pub(super) async fn heap_detail(office: &Office, request: HeapRef) -> OfficeResult<HeapDetail> {
        heap::detail(office, &request.id).await
    }

    pub(super) async fn heap_asn1(office: &Office, request: HeapRef) -> OfficeResult<Asn1View> {
        heap::asn1(office, &request.id).await
    }

    pub(super) async fn heap_bytes(office: &Office, request: HeapRef) -> OfficeResult<Vec<u8>> {
        heap::bytes(office, &request.id).await
    }

    pub(super) async fn heap_lint(office: &Office, request: HeapRef) -> OfficeResult<Vec<LintFinding>> {
        heap::lint(office, &request.id).await
    }

    pub(super) async fn heap_validate(office: &Office, request: HeapValidate) -> OfficeResult<ChainReview> {
        heap::validate(office, &request.id, &request.requirements).await
    }

    pub(super) async fn heap_compare(office: &Office, request: HeapPair) -> OfficeResult<Comparison> {
        heap::compare(office, &request.a, &request.b).await
    }

    pub(super) async fn heap_copy(office: &Office, request: HeapExport) -> OfficeResult<HeapText> {
        heap::copy(office, &request).await
    }

    pub(super) async fn heap_export(office: &Office, request: HeapExport) -> OfficeResult<SaveResult> {
        heap::export(office, &request).await
    }

    pub(super) async fn heap_report(office: &Office, request: HeapReport) -> OfficeResult<SaveResult> {
        heap::report(office, &request).await
    }
}
