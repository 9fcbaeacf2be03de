//! Around signing: folders and passwords, levels of signed documents, batches that did not end, time-stamp authorities,
//! signature policies and stamps.

use std::sync::Arc;

use cartorio_core::SecretBytes;

use super::Answers;
use crate::documents::ReadFor;
#[allow(clippy::wildcard_imports, reason = "the one command list names every type of the wire")]
use crate::dto::*;
use crate::material::tsa_store;
use crate::office::Office;
use crate::signing::{Asks, NamedSources, blocking, journal, list, skip};
use crate::words::Words;
use crate::{OfficeResult, extension, folders, policies, stamps};

/// So many batches are listed, wherever they stand.
const LATEST: u32 = 50;

impl Answers {
    pub(super) async fn documents_pick_folder(office: &Office, _: Empty) -> OfficeResult<FolderDocuments> {
        let title = Words::of(office)?.folder_to_sign();
        let Some(folder) = office.ports.dialogs.pick_folder(title).await else {
            return Ok(FolderDocuments { documents: Vec::new(), problems: Vec::new(), skipped: 0 });
        };
        let listing = folders::documents(office.maybe_session().await?.as_deref(), folder).await?;
        let mut found = FolderDocuments { documents: Vec::new(), problems: listing.problems, skipped: listing.skipped };
        for path in listing.files {
            match office.open_document(path, DocumentOrigin::Picked).await {
                Ok(document) => found.documents.push(document),
                Err(error) => found.problems.push(error.wire()),
            }
        }
        Ok(found)
    }

    pub(super) async fn documents_drop_for(office: &Office, request: PickRequest) -> OfficeResult<Empty> {
        office.drop_for(request.purpose);
        Ok(Empty {})
    }

    pub(super) async fn document_unlock(office: &Office, request: DocumentUnlock) -> OfficeResult<DocumentInfo> {
        let password = office.channels.unseal(&request.password)?;
        let documents = Arc::clone(&office.documents);
        blocking(move || documents.unlock(&request.document, password)).await?
    }

    pub(super) async fn document_fields(office: &Office, request: DocumentRef) -> OfficeResult<Vec<FieldView>> {
        let documents = Arc::clone(&office.documents);
        blocking(move || documents.fields(&request.id)).await?
    }

    pub(super) async fn jobs_list(office: &Office, _: Empty) -> OfficeResult<Vec<JobView>> {
        journal::of_session(&*office.session().await?, &office.jobs).await
    }

    pub(super) async fn job_pause(office: &Office, request: JobRef) -> OfficeResult<JobSnapshot> {
        let job = office.jobs.get(&request.id)?;
        job.hold();
        Ok(job.snapshot())
    }

    pub(super) async fn job_skip(office: &Office, request: JobSkip) -> OfficeResult<JobSnapshot> {
        skip::ask(&*office.session().await?, &office.jobs, &request)
    }

    pub(super) async fn extend_start(office: &Office, request: ExtendRequest) -> OfficeResult<JobSnapshot> {
        let session = office.session().await?;
        let sources = office.sources_chosen(request.offline, &request.evidence, &request.authorities).await?;
        let events = Arc::clone(&office.ports.events);
        let job = extension::start(&session, &office.documents, &office.jobs, events, sources, request, None).await?;
        Ok(job.snapshot())
    }

    pub(super) async fn batches_interrupted(office: &Office, _: Empty) -> OfficeResult<Vec<BatchView>> {
        journal::interrupted(&*office.session().await?).await
    }

    pub(super) async fn batches_latest(office: &Office, _: Empty) -> OfficeResult<Vec<BatchView>> {
        journal::latest(&*office.session().await?, LATEST).await
    }

    pub(super) async fn batch_documents(office: &Office, request: BatchRef) -> OfficeResult<Vec<JobItem>> {
        journal::documents(&*office.session().await?, &office.documents, &request.id).await
    }

    pub(super) async fn batch_resume(office: &Office, request: BatchRef) -> OfficeResult<JobSnapshot> {
        Ok(journal::resume(office, &request.id, Asks::Window { named: NamedSources::default() }, None)
            .await?
            .snapshot())
    }

    pub(super) async fn batch_abandon(office: &Office, request: BatchAbandon) -> OfficeResult<Vec<BatchView>> {
        journal::abandon(&*office.session().await?, &request.id, &request.reason).await
    }

    pub(super) async fn batch_list_save(office: &Office, request: BatchListSource) -> OfficeResult<SaveResult> {
        let file = list::file(office, &request, office.locale()?).await?;
        office.save(Words::of(office)?.save_list(file.name), file.bytes).await
    }

    pub(super) async fn tsa_list(office: &Office, _: Empty) -> OfficeResult<Vec<TsaView>> {
        tsa_store::list(&*office.session().await?).await
    }

    pub(super) async fn tsa_save(office: &Office, request: TsaInput) -> OfficeResult<Vec<TsaView>> {
        let session = office.session().await?;
        session.require(Permission::ManageSettings)?;
        let secret = request.secret.as_ref().map(|sealed| office.channels.unseal(sealed)).transpose()?;
        let p12 = match &request.p12 {
            None => None,
            Some(id) => {
                let entry = office.documents.get(id)?;
                Some(SecretBytes::new(blocking(move || entry.read(ReadFor::Certificates)).await??))
            }
        };
        let save = tsa_store::TsaSave {
            id: request.id,
            name: request.name,
            url: request.url,
            auth: request.auth,
            user: request.user,
            secret,
            p12,
            policy: request.policy,
            timeout_seconds: request.timeout_seconds,
            position: request.position,
        };
        tsa_store::save(&session, save).await
    }

    pub(super) async fn tsa_remove(office: &Office, request: TsaRef) -> OfficeResult<Vec<TsaView>> {
        tsa_store::remove(&*office.session().await?, &request.id).await
    }

    pub(super) async fn tsa_test(office: &Office, request: TsaRef) -> OfficeResult<TsaProbe> {
        tsa_store::test(office, &request.id).await
    }

    pub(super) async fn policy_desk(office: &Office, _: Empty) -> OfficeResult<PolicyDesk> {
        policies::desk(&*office.session().await?).await
    }

    pub(super) async fn policy_import(office: &Office, _: Empty) -> OfficeResult<PolicyDesk> {
        policies::import(office, &office.session().await?).await
    }

    pub(super) async fn stamp_templates(office: &Office, _: Empty) -> OfficeResult<Vec<StampTemplate>> {
        stamps::list(&*office.session().await?).await
    }

    pub(super) async fn stamp_template_save(
        office: &Office,
        request: StampTemplate,
    ) -> OfficeResult<Vec<StampTemplate>> {
        stamps::save(&*office.session().await?, request).await
    }

    pub(super) async fn stamp_template_remove(
        office: &Office,
        request: StampTemplateRef,
    ) -> OfficeResult<Vec<StampTemplate>> {
        stamps::remove(&*office.session().await?, &request.id).await
    }

    pub(super) async fn stamp_image_pick(office: &Office, _: Empty) -> OfficeResult<Option<StampImage>> {
        stamps::pick_image(office, &office.session().await?).await
    }

    pub(super) async fn stamp_preview(office: &Office, request: StampPreviewRequest) -> OfficeResult<StampPreview> {
        stamps::preview(&*office.session().await?, request).await
    }

    pub(super) async fn stamp_check(office: &Office, request: StampCheck) -> OfficeResult<StampCovers> {
        stamps::check(&office.documents, request).await
    }
}
