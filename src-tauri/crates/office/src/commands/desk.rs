//! Around signing: folders and passwords, levels of signed documents, batches that did not end, time-stamp authorities,
//! signature policies and stamps.

use super::Answers;
#[allow(clippy::wildcard_imports, reason = "the one command list names every type of the wire")]
use crate::dto::*;
use crate::office::Office;
use crate::{OfficeError, OfficeResult};

fn coming() -> OfficeError {
    OfficeError::internal("coming")
}

impl Answers {
    pub(super) async fn documents_pick_folder(_office: &Office, _: Empty) -> OfficeResult<FolderDocuments> {
        Err(coming())
    }

    pub(super) async fn document_unlock(_office: &Office, _request: DocumentUnlock) -> OfficeResult<DocumentInfo> {
        Err(coming())
    }

    pub(super) async fn document_fields(_office: &Office, _request: DocumentRef) -> OfficeResult<Vec<FieldView>> {
        Err(coming())
    }

    pub(super) async fn job_pause(_office: &Office, _request: JobRef) -> OfficeResult<JobSnapshot> {
        Err(coming())
    }

    pub(super) async fn extend_start(_office: &Office, _request: ExtendRequest) -> OfficeResult<JobSnapshot> {
        Err(coming())
    }

    pub(super) async fn batches_interrupted(_office: &Office, _: Empty) -> OfficeResult<Vec<BatchView>> {
        Err(coming())
    }

    pub(super) async fn batch_resume(_office: &Office, _request: BatchRef) -> OfficeResult<JobSnapshot> {
        Err(coming())
    }

    pub(super) async fn batch_abandon(_office: &Office, _request: BatchAbandon) -> OfficeResult<Vec<BatchView>> {
        Err(coming())
    }

    pub(super) async fn tsa_list(_office: &Office, _: Empty) -> OfficeResult<Vec<TsaView>> {
        Err(coming())
    }

    pub(super) async fn tsa_save(_office: &Office, _request: TsaInput) -> OfficeResult<Vec<TsaView>> {
        Err(coming())
    }

    pub(super) async fn tsa_remove(_office: &Office, _request: TsaRef) -> OfficeResult<Vec<TsaView>> {
        Err(coming())
    }

    pub(super) async fn tsa_test(_office: &Office, _request: TsaRef) -> OfficeResult<TsaProbe> {
        Err(coming())
    }

    pub(super) async fn policy_desk(_office: &Office, _: Empty) -> OfficeResult<PolicyDesk> {
        Err(coming())
    }

    pub(super) async fn policy_import(_office: &Office, _: Empty) -> OfficeResult<PolicyDesk> {
        Err(coming())
    }

    pub(super) async fn stamp_templates(_office: &Office, _: Empty) -> OfficeResult<Vec<StampTemplate>> {
        Err(coming())
    }

    pub(super) async fn stamp_template_save(
        _office: &Office,
        _request: StampTemplate,
    ) -> OfficeResult<Vec<StampTemplate>> {
        Err(coming())
    }

    pub(super) async fn stamp_template_remove(
        _office: &Office,
        _request: StampTemplateRef,
    ) -> OfficeResult<Vec<StampTemplate>> {
        Err(coming())
    }

    pub(super) async fn stamp_image_pick(_office: &Office, _: Empty) -> OfficeResult<Option<StampImage>> {
        Err(coming())
    }

    pub(super) async fn stamp_preview(_office: &Office, _request: StampPreviewRequest) -> OfficeResult<StampPreview> {
        Err(coming())
    }

    pub(super) async fn stamp_check(_office: &Office, _request: StampCheck) -> OfficeResult<StampCovers> {
        Err(coming())
    }
}
