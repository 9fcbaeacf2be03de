//! Roots of trust, evidence, what expires, and the search over everything.
//!
//! Without an office the trust store is in memory; only `trust_anchor_apply` needs an office. In one: looking needs `Inspect`,
//! changing `ManageTrust`.

use super::Answers;
use crate::dto::{
    Empty, EvidenceFetch, EvidenceRef, EvidenceRefresh, ExpiryExport, ExpiryQuery, ExpiryView, HeapIds, Permission,
    RequestRef, SaveResult, SearchQuery, SearchResults, TrustImport, TrustView,
};
use crate::office::Office;
use crate::words::Words;
use crate::{OfficeResult, expiry, search, trust};

impl Answers {
    pub(super) async fn trust_view(office: &Office, _: Empty) -> OfficeResult<TrustView> {
        if let Some(session) = office.maybe_session().await? {
            session.require(Permission::Inspect)?;
        }
        office.trust_place().await?.view(office.ports.clock.now()).await
    }

    pub(super) async fn trust_import(office: &Office, _: Empty) -> OfficeResult<Option<TrustImport>> {
        if let Some(session) = office.maybe_session().await? {
            session.require(Permission::ManageTrust)?;
        }
        let paths = office.ports.dialogs.pick_files(Words::of(office)?.pick_bundle()).await;
        match paths.first() {
            Some(path) => Ok(Some(office.trust_import_path(path).await?)),
            None => Ok(None),
        }
    }

    pub(super) async fn trust_keep(office: &Office, request: HeapIds) -> OfficeResult<TrustImport> {
        let place = office.trust_place().await?;
        place.require()?;
        let found = office.found_on_the_heap(&request.ids)?;
        trust::keep(&place, found, office.ports.clock.now()).await
    }

    pub(super) async fn trust_anchor_apply(office: &Office, request: RequestRef) -> OfficeResult<TrustView> {
        trust::apply(&*office.session().await?, &request.id).await?;
        office.trust_place().await?.view(office.ports.clock.now()).await
    }

    pub(super) async fn evidence_refresh(office: &Office, request: EvidenceRefresh) -> OfficeResult<EvidenceFetch> {
        let place = office.trust_place().await?;
        place.require()?;
        let subjects = office.certificates_at_hand().await?;
        trust::refresh(&place, office.fetcher(), subjects, request.sha256.as_deref(), office.ports.clock.now()).await
    }

    pub(super) async fn evidence_forget(office: &Office, request: EvidenceRef) -> OfficeResult<TrustView> {
        let place = office.trust_place().await?;
        trust::forget(&place, &request.sha256).await?;
        place.view(office.ports.clock.now()).await
    }

    pub(super) async fn expiry_list(office: &Office, request: ExpiryQuery) -> OfficeResult<ExpiryView> {
        expiry::list(office, &request).await
    }

    pub(super) async fn expiry_export(office: &Office, request: ExpiryExport) -> OfficeResult<SaveResult> {
        let file = expiry::export(office, &request).await?;
        let dialog = Words::of(office)?.save_expiry(file.name, file.extension);
        office.save(dialog, file.bytes).await
    }

    pub(super) async fn search(office: &Office, request: SearchQuery) -> OfficeResult<SearchResults> {
        search::search(office, &request.text).await
    }
}
