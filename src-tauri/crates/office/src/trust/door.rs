//! The doors of the office to its trust store, for the window and for a terminal.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use cartorio_net::{Fetch, Fetcher, Reach};
use cartorio_pki::Certificate;

use super::{Place, import};
use crate::certificates::Evidence;
use crate::dto::{DocumentInfo, DocumentOrigin, ExpiryExport, RequestMake, RequestMakeWhat, RequestView, TrustImport};
use crate::heap::Content;
use crate::office::Office;
use crate::output::{persist_new, temporary_beside};
use crate::signing::blocking;
use crate::{OfficeError, OfficeResult, expiry, requests};

impl Office {
    /// Goes to the network another way, once, before anything was fetched; `false` when it is too late.
    pub fn use_fetcher(&self, fetcher: Arc<dyn Fetch>) -> bool {
        self.net.set(fetcher).is_ok()
    }

    /// Takes ITI's bundle, or any other bundle of CA certificates and lists (zip, PEM, P7B or DER), from a file into the trust
    /// store, as `trust_import` does.
    ///
    /// # Errors
    /// When the file cannot be read, is larger than 64 MiB or holds nothing that is known; when the operator may not.
    pub async fn trust_import_path(&self, path: &Path) -> OfficeResult<TrustImport> {
        import::import_file(&self.trust_place().await?, path, self.ports.clock.now()).await
    }

    /// Asks for a second person to approve that the one certificate in a file is trusted as a root.
    ///
    /// # Errors
    /// When the file holds no certificate or several, or one that cannot be a root of the office's own.
    pub async fn trust_anchor_request_path(&self, path: &Path, reason: &str) -> OfficeResult<RequestView> {
        let session = self.session().await?;
        let own = path.to_owned();
        let mut found = blocking(move || import::certificates_in(&own)).await??;
        let root = found.pop().filter(|_| found.is_empty());
        let root = root.ok_or(OfficeError::InvalidField { field: "certificate", reason: "malformed" })?;
        let what = RequestMakeWhat::TrustAnchorAdd { id: root.fingerprint() };
        requests::make(&session, RequestMake { what, reason: reason.to_owned() }, Some(root)).await
    }

    /// Writes what expires to a file, which must not exist.
    ///
    /// # Errors
    /// When the file exists or cannot be written; when the operator may not look.
    pub async fn expiry_to_file(&self, request: &ExpiryExport, path: &Path) -> OfficeResult<DocumentInfo> {
        let file = expiry::export(self, request).await?;
        let own = path.to_owned();
        let written = blocking(move || {
            let mut temporary = temporary_beside(&own)?;
            temporary.write_all(&file.bytes)?;
            persist_new(temporary, [own])
        })
        .await?;
        written.map_err(|error| OfficeError::unwritable(path, &error))?;
        self.open_document(path.to_owned(), DocumentOrigin::Result).await
    }

    /// Where the store is now.
    pub(crate) async fn trust_place(&self) -> OfficeResult<Place> {
        Ok(match self.maybe_session().await? {
            Some(session) => Place::Office(session),
            None => Place::Memory(Arc::clone(&self.trust)),
        })
    }

    /// What a review may rely on here: the office's own evidence with its trust store, or the store of this session.
    pub(crate) async fn evidence_here(&self) -> OfficeResult<Evidence> {
        match self.maybe_session().await? {
            Some(session) => Evidence::of(Some(&session)).await,
            None => Ok(Evidence::default().with_store(&self.trust.contents())),
        }
    }

    /// The certificate behind a handle of the heap.
    pub(crate) fn certificate_on_the_heap(&self, id: &str) -> OfficeResult<Certificate> {
        Ok(self.heap.snapshot().certificate(id)?.clone())
    }

    /// The certificates of the heap, with their handles.
    pub(crate) fn certificates_on_the_heap(&self) -> Vec<(String, Certificate)> {
        let items = self.heap.snapshot().items;
        items.iter().filter_map(|item| Some((item.id.clone(), item.content.certificate()?.clone()))).collect()
    }

    /// Every certificate of the heap and of the office's own list.
    pub(crate) async fn certificates_at_hand(&self) -> OfficeResult<Vec<Certificate>> {
        let mut found: Vec<Certificate> =
            self.certificates_on_the_heap().into_iter().map(|(_, certificate)| certificate).collect();
        if let Some(session) = self.maybe_session().await? {
            for row in session.registry.certificates(None).await? {
                found.push(session.trust.parsed(&row.sha256, &row.der)?);
            }
        }
        Ok(found)
    }

    /// Objects of the heap that may go into the store.
    pub(crate) fn found_on_the_heap(&self, ids: &[String]) -> OfficeResult<import::Found> {
        let heap = self.heap.snapshot();
        let mut found = import::Found::default();
        for id in ids {
            let item = heap.get(id)?;
            match &item.content {
                Content::Certificate(certificate) => found.certificates.push(certificate.clone()),
                Content::Crl(list) => found.lists.push(list.clone()),
                Content::Ocsp(response) => found.responses.push(response.clone()),
                Content::Csr(_)
                | Content::TimeStamp(_)
                | Content::Cms(_)
                | Content::Store(_)
                | Content::PrivateKey(_)
                | Content::PublicKey(..)
                | Content::Unknown { .. } => found.others.push(item.sha256.clone()),
            }
        }
        // A response speaks of a certificate that need not be kept itself.
        found.subjects = heap.certificates();
        Ok(found)
    }

    /// The way to the network.
    pub(crate) fn fetcher(&self) -> Arc<dyn Fetch> {
        self.net.get().cloned().unwrap_or_else(|| Arc::new(Fetcher::new(Reach::Public)))
    }
}
