//! What a terminal can do and a page cannot: name files itself, bring evidence by path, read a password without a page in
//! between. The use cases are the same ones, with the same permissions and the same trail.

use std::path::{Path, PathBuf};

use cartorio_core::SecretString;
use cartorio_keys::AccessKeys;
use cartorio_pki::p12::{self, P12BagKind};
use cartorio_registry::Act;
use serde::Serialize;
use time::OffsetDateTime;

use crate::certificates::{Evidence, bundle};
use crate::documents::{ReadFor, file_name};
use crate::dto::{
    CertificateBundle, DocumentInfo, DocumentOrigin, Permission, ProfileInput, ProfileView, VerifyReport, VerifyRequest,
};
use crate::office::Office;
use crate::session::Facts;
use crate::signing::{self, blocking};
use crate::subscribers::Export;
use crate::{OfficeResult, profiles};

/// Evidence for one validation, beyond what the office itself has.
#[derive(Clone, Debug, Default)]
pub struct GivenEvidence {
    /// Files with certificates that are trusted as roots.
    pub trust: Vec<PathBuf>,
    /// Files with revocation lists.
    pub crls: Vec<PathBuf>,
    /// The instant to judge at; absent means now.
    pub at: Option<OffsetDateTime>,
}

/// A certificate with its key and chain, on its way into a P12 file.
#[derive(Debug)]
pub struct P12ToFile {
    /// Certificate in the registry.
    pub certificate: String,
    /// The file, which must not exist.
    pub path: PathBuf,
    /// Name inside the file; absent means the holder's name.
    pub friendly_name: Option<String>,
    /// The password.
    pub password: SecretString,
}

/// What is inside a P12 file. Private keys are named, never shown.
#[derive(Clone, Debug, Serialize)]
pub struct P12Contents {
    /// The file's name.
    pub name: String,
    /// Hash of the MAC, e.g. `SHA-256`; absent when nobody would notice a change.
    pub mac: Option<String>,
    /// The fewest iterations anywhere: how well the password is protected against guessing.
    pub iterations: Option<u64>,
    /// What encrypts each container, e.g. `PBES2 AES-256-CBC PBKDF2 hmacWithSHA256`; absent for clear content.
    pub containers: Vec<Option<String>>,
    /// The bags.
    pub bags: Vec<P12BagContents>,
    /// The certificates with the review of their chains.
    pub certificates: CertificateBundle,
}

/// One bag of a P12 file.
#[derive(Clone, Debug, Serialize)]
pub struct P12BagContents {
    /// `private_key`, `certificate`, `unreadable_certificate` or `secret`.
    pub kind: &'static str,
    /// friendlyName.
    pub friendly_name: Option<String>,
    /// localKeyId, lower-case hexadecimal: ties a key to its certificate.
    pub local_key_id: Option<String>,
    /// Algorithm of a key, fingerprint of a certificate, or why it cannot be read.
    pub detail: Option<String>,
}

impl Office {
    /// Judges a signed file.
    ///
    /// # Errors
    /// When a file cannot be read or is no signed document; what is wrong with a signature is in the report.
    pub async fn verify_file(
        &self,
        document: &Path,
        content: Option<&Path>,
        given: &GivenEvidence,
    ) -> OfficeResult<VerifyReport> {
        let document = self.open_document(document.to_owned(), DocumentOrigin::Dropped).await?.id;
        let content = match content {
            Some(path) => Some(self.open_document(path.to_owned(), DocumentOrigin::Dropped).await?.id),
            None => None,
        };
        let evidence = self.evidence(&given.trust, &given.crls).await?;
        let at = given.at.unwrap_or_else(|| self.ports.clock.now());
        self.judge(&VerifyRequest { document, content }, evidence, at).await
    }

    /// Adds or changes a profile; access keys go straight to the operating system's keyring.
    ///
    /// # Errors
    /// When a field is malformed, or the keyring refuses.
    pub async fn add_profile(&self, input: ProfileInput, keys: Option<AccessKeys>) -> OfficeResult<Vec<ProfileView>> {
        self.save_profile(input, keys).await?;
        profiles::list(&self.home, &self.ports.cloud).await
    }

    /// Writes a P12 file.
    ///
    /// # Errors
    /// When the key cannot leave, the password is not good enough, or the file exists.
    pub async fn export_p12(&self, request: P12ToFile) -> OfficeResult<DocumentInfo> {
        let session = self.session().await?;
        let export = Export::find(&session, &request.certificate).await?;
        export.write(&session, &request.path, request.friendly_name, request.password, false).await?;
        self.open_document(request.path, DocumentOrigin::Result).await
    }

    /// Looks inside a P12 file; in an office that is put on record.
    ///
    /// # Errors
    /// When the file cannot be read or the password does not open it.
    pub async fn inspect_p12(&self, path: &Path, password: SecretString) -> OfficeResult<P12Contents> {
        let info = self.open_document(path.to_owned(), DocumentOrigin::Dropped).await?;
        let entry = self.documents.get(&info.id)?;
        let session = self.maybe_session().await;
        let session = session.as_deref();
        let evidence = Evidence::of(session).await?;
        let at = self.ports.clock.now();
        let own = entry.clone();
        let name = file_name(path);
        let work = async || blocking(move || contents(name, &own.read(ReadFor::Certificates)?, &password, evidence, at)).await?;
        let Some(session) = session else {
            return work().await;
        };
        session.require(Permission::Inspect)?;
        let (sha256, size) = blocking(move || signing::fingerprint(&entry)).await??;
        let facts = Facts::document(&info.name, sha256, size);
        session.record_look(Act::P12Inspected, facts, work).await
    }
}

fn contents(
    name: String,
    bytes: &[u8],
    password: &SecretString,
    evidence: Evidence,
    at: OffsetDateTime,
) -> OfficeResult<P12Contents> {
    let view = p12::inspect(bytes, password)?;
    let mut certificates = Vec::new();
    let mut bags = Vec::with_capacity(view.bags.len());
    for bag in &view.bags {
        let (kind, detail) = match &bag.kind {
            P12BagKind::PrivateKey { algorithm } => ("private_key", Some(algorithm.clone())),
            P12BagKind::Certificate(certificate) => {
                certificates.push(certificate.clone());
                ("certificate", Some(certificate.fingerprint()))
            }
            P12BagKind::UnreadableCertificate { reason } => ("unreadable_certificate", Some(reason.clone())),
            P12BagKind::Secret => ("secret", None),
        };
        bags.push(P12BagContents {
            kind,
            friendly_name: bag.friendly_name.clone(),
            local_key_id: bag.local_key_id.clone(),
            detail,
        });
    }
    let evidence = evidence.with(&certificates, &[]);
    Ok(P12Contents {
        mac: view.mac.as_ref().map(|mac| mac.algorithm.clone()),
        iterations: view.weakest_iterations(),
        containers: view.containers.iter().map(|container| container.protection.as_ref().map(described)).collect(),
        bags,
        certificates: bundle(name.clone(), &certificates, Vec::new(), &evidence.reviewer(), at),
        name,
    })
}

fn described(protection: &p12::Protection) -> String {
    [Some(&protection.scheme), protection.cipher.as_ref(), protection.kdf.as_ref()]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}
