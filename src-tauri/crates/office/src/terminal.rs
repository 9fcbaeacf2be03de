//! What a terminal can do and a page cannot: name files itself, bring evidence by path, read a password without a page in
//! between. The use cases are the same ones, with the same permissions and the same trail.

use std::io::Write;
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
    BatchListSource, BatchView, CertificateBundle, CredentialStatusView, DocumentInfo, DocumentOrigin, IdentitySummary,
    KeyUnlockState, Locale, OperatorCard, P12Protection, Permission, ProfileInput, ProfileView, PublicKeyFormat,
    RotationReport, TokenContent, TokenDesk, VerifyReport, VerifyRequest,
};
use crate::office::Office;
use crate::output::{persist_new, temporary_beside};
use crate::session::Facts;
use crate::signing::make::require_name;
use crate::signing::{self, blocking};
use crate::subscribers::Export;
use crate::{OfficeError, OfficeResult, a1, keys_desk, login, operators, profiles, rotation, tokens, unlock};

/// Evidence for one validation, beyond what the office itself has.
#[derive(Clone, Debug, Default)]
pub struct GivenEvidence {
    /// Files with certificates that are trusted as roots.
    pub trust: Vec<PathBuf>,
    /// Files with revocation lists or OCSP responses, and certificates beside them.
    pub proofs: Vec<PathBuf>,
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
    /// How it is protected.
    pub profile: P12Protection,
    /// The password.
    pub password: SecretString,
}

/// A P12 file that was written.
#[derive(Debug)]
pub struct P12Written {
    /// The file.
    pub file: DocumentInfo,
    /// What to know of it: codes of `cartorio_pki::p12::ExportWarning`.
    pub warnings: Vec<&'static str>,
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
    /// What encrypts each container, e.g. `PBES2 AES-256-CBC PBKDF2 HMAC-SHA-256`; absent for clear content.
    pub containers: Vec<Option<String>>,
    /// The bags.
    pub bags: Vec<P12BagContents>,
    /// The certificates with the review of their chains.
    pub certificates: CertificateBundle,
}

/// One bag of a P12 file.
#[derive(Clone, Debug, Serialize)]
pub struct P12BagContents {
    /// `private_key`, `certificate`, `unreadable_certificate`, `crl`, `secret` or `other`.
    pub kind: &'static str,
    /// friendlyName.
    pub friendly_name: Option<String>,
    /// localKeyId, lower-case hexadecimal: ties a key to its certificate.
    pub local_key_id: Option<String>,
    /// Algorithm of a key, fingerprint of a certificate, or why it cannot be read.
    pub detail: Option<String>,
}

/// Judges one line of a file of chain cases; the answer is one JSON object, whatever the line is.
///
/// `now` stands for the time of cases that name none.
///
/// # Errors
/// When the answer cannot be written as JSON, which would be a defect.
pub fn run_chain_case(line: &str, now: OffsetDateTime) -> OfficeResult<String> {
    serde_json::to_string(&cartorio_pki::chain::cases::run(line, now)).map_err(OfficeError::internal)
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
        self.verify_opened(document, content, given).await
    }

    /// Judges a signed document that is open already, with its password where it asks for one.
    ///
    /// # Errors
    /// When a file cannot be read or is no signed document; what is wrong with a signature is in the report.
    pub async fn verify_opened(
        &self,
        document: String,
        content: Option<&Path>,
        given: &GivenEvidence,
    ) -> OfficeResult<VerifyReport> {
        let content = match content {
            Some(path) => Some(self.open_document(path.to_owned(), DocumentOrigin::Dropped).await?.id),
            None => None,
        };
        let evidence = self.evidence(&given.trust, &given.proofs).await?;
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
    pub async fn export_p12(&self, request: P12ToFile) -> OfficeResult<P12Written> {
        let session = self.session().await?;
        let warnings = request.profile.profile().warnings(request.password.expose());
        let export = Export::find(&session, &request.certificate, request.profile).await?;
        export.write(&session, &request.path, request.friendly_name, request.password, false).await?;
        let file = self.open_document(request.path, DocumentOrigin::Result).await?;
        Ok(P12Written { file, warnings: warnings.into_iter().map(p12::ExportWarning::code).collect() })
    }

    /// Looks inside a P12 file; in an office that is put on record.
    ///
    /// # Errors
    /// When the file cannot be read or the password does not open it.
    pub async fn inspect_p12(&self, path: &Path, password: SecretString) -> OfficeResult<P12Contents> {
        let info = self.open_document(path.to_owned(), DocumentOrigin::Dropped).await?;
        let entry = self.documents.get(&info.id)?;
        let session = self.maybe_session().await?;
        let session = session.as_deref();
        let evidence = self.evidence_here().await?;
        let at = self.ports.clock.now();
        let own = entry.clone();
        let name = file_name(path);
        let work = async || {
            blocking(move || contents(name, &own.read(ReadFor::Certificates)?, &password, evidence, at)).await?
        };
        let Some(session) = session else {
            return work().await;
        };
        session.require(Permission::Inspect)?;
        let (sha256, size) = blocking(move || signing::fingerprint(&entry)).await??;
        let facts = Facts::document(&info.name, sha256, size);
        session.record_look(Act::P12Inspected, facts, work).await
    }
}

/// Doors for what a page seals and a terminal reads itself: passwords, PINs, codes.
impl Office {
    /// Opens a token or an A1 file for the next batch; one try. `secret` is absent where a PIN pad asks for it.
    ///
    /// # Errors
    /// When PIN or password are wrong, the token is locked or not there.
    pub async fn unlock_key(
        &self,
        key_ref: &str,
        secret: Option<SecretString>,
        keep: bool,
    ) -> OfficeResult<KeyUnlockState> {
        unlock::unlock(&*self.session().await?, &key_ref.parse()?, secret, keep).await
    }

    /// Logs in to a token until the process ends or somebody logs out; one try.
    ///
    /// # Errors
    /// When the PIN is wrong, the token is locked or not there.
    pub async fn login_token(&self, token: &str, pin: Option<SecretString>) -> OfficeResult<TokenContent> {
        tokens::login(&*self.session().await?, token, pin).await
    }

    /// Takes the PKCS#11 module in this file into use: its code runs inside this process from here on.
    ///
    /// # Errors
    /// When the file is no module that works, or the operator may not.
    pub async fn add_token_module(&self, path: &Path) -> OfficeResult<TokenDesk> {
        let own = path.to_owned();
        let found = blocking(move || std::fs::canonicalize(own)).await?;
        let path = found.map_err(|error| OfficeError::DocumentUnreadable {
            name: path.display().to_string(),
            reason: error.to_string(),
        })?;
        tokens::use_module(self, path).await?;
        tokens::desk(self).await
    }

    /// Takes an A1 file as a signing source and makes an identity of it; `keep` puts its password into the key store.
    ///
    /// # Errors
    /// When the file cannot be read, the password is wrong, or nothing in it signs.
    pub async fn add_a1(
        &self,
        path: &Path,
        password: SecretString,
        keep: bool,
        label: Option<String>,
    ) -> OfficeResult<IdentitySummary> {
        let document = self.open_document(path.to_owned(), DocumentOrigin::Picked).await?;
        a1::add(self, &document.id, password, keep, label).await
    }

    /// Adds a person.
    ///
    /// # Errors
    /// When a field is wrong, or the operator may not.
    pub async fn add_operator(
        &self,
        name: &str,
        role: &str,
        password: Option<SecretString>,
    ) -> OfficeResult<Vec<OperatorCard>> {
        operators::add(&*self.session().await?, name, role, password).await
    }

    /// Sets a password: one's own with the current one, or, by the notary, another's.
    ///
    /// # Errors
    /// When the current password is wrong, the new one too short, or the operator may not.
    pub async fn set_operator_password(
        &self,
        id: &str,
        current: Option<SecretString>,
        new: SecretString,
    ) -> OfficeResult<Vec<OperatorCard>> {
        operators::set_password(&*self.session().await?, &self.guesses, id, current, new).await
    }

    /// Somebody takes the seat of the open office, as `operator_switch`.
    ///
    /// # Errors
    /// When the password is wrong or missing, or nobody active has that identifier.
    pub async fn take_seat(&self, id: &str, password: Option<SecretString>) -> OfficeResult<()> {
        self.switch_operator(id, password).await
    }

    /// Takes on a role with the number of an MFA device.
    ///
    /// # Errors
    /// When AWS refuses the number, or cannot be reached.
    pub async fn login_with_mfa(&self, profile: &str, code: &SecretString) -> OfficeResult<CredentialStatusView> {
        login::mfa(self, profile, code).await
    }
}

/// Doors for what the window asks a save dialog about. A terminal names the file, and it must not exist.
impl Office {
    /// The public half of a key.
    ///
    /// # Errors
    /// When the key does not give it.
    pub async fn public_key_file(&self, key_ref: &str, format: PublicKeyFormat) -> OfficeResult<Vec<u8>> {
        Ok(keys_desk::public_file(&*self.session().await?, key_ref, format).await?.bytes)
    }

    /// Writes the public half of a key.
    ///
    /// # Errors
    /// When the key does not give it, or the file exists.
    pub async fn save_public_key(
        &self,
        key_ref: &str,
        format: PublicKeyFormat,
        path: &Path,
    ) -> OfficeResult<DocumentInfo> {
        let bytes = self.public_key_file(key_ref, format).await?;
        self.save_new(path, bytes).await
    }

    /// The newest batches of the journal, newest first, wherever they stand.
    ///
    /// # Errors
    /// When the operator may not sign.
    pub async fn batches(&self, most: u32) -> OfficeResult<Vec<BatchView>> {
        signing::journal::latest(&*self.session().await?, most).await
    }

    /// What became of the documents of a batch as a table (CSV), in the language of the terminal.
    ///
    /// # Errors
    /// When there is no such batch, or the operator may not sign.
    pub async fn batch_list(&self, source: &BatchListSource, locale: Locale) -> OfficeResult<Vec<u8>> {
        Ok(signing::list::file(self, source, locale).await?.bytes)
    }

    /// Writes that table.
    ///
    /// # Errors
    /// When there is no such batch, or the file exists.
    pub async fn save_batch_list(
        &self,
        source: &BatchListSource,
        locale: Locale,
        path: &Path,
    ) -> OfficeResult<DocumentInfo> {
        let bytes = self.batch_list(source, locale).await?;
        self.save_new(path, bytes).await
    }

    /// Writes the certificate request (PKCS#10) of a rotation's new key.
    ///
    /// # Errors
    /// When the rotation does not wait for a certificate from outside, or the file exists.
    pub async fn save_rotation_request(&self, id: &str, path: &Path) -> OfficeResult<DocumentInfo> {
        let file = rotation::certificate_request(&*self.session().await?, id).await?;
        self.save_new(path, file.bytes).await
    }

    /// Writes the evidence report of a rotation, in the language of the terminal.
    ///
    /// # Errors
    /// When it cannot be made or signed, or the file exists.
    pub async fn save_rotation_report(
        &self,
        report: RotationReport,
        locale: Locale,
        path: &Path,
    ) -> OfficeResult<DocumentInfo> {
        let file = rotation::report(&*self.session().await?, report, locale).await?;
        self.save_new(path, file.bytes).await
    }

    /// Where a document that was opened or made here is. What [`DocumentInfo`] says of it is for people, and text: a path need not be one.
    ///
    /// # Errors
    /// For a handle that was never given.
    pub fn document_path(&self, id: &str) -> OfficeResult<PathBuf> {
        Ok(self.documents.get(id)?.path)
    }

    pub(crate) async fn save_new(&self, path: &Path, bytes: Vec<u8>) -> OfficeResult<DocumentInfo> {
        let own = path.to_owned();
        let written = move || {
            let mut file = temporary_beside(&own)?;
            file.write_all(&bytes)?;
            persist_new(file, [own])
        };
        let path = blocking(written).await?.map_err(|error| OfficeError::unwritable(path, &error))?;
        self.open_document(path, DocumentOrigin::Result).await
    }
}

/// Refuses a name for a new file that is taken, or longer than its folder takes. What else keeps it from being written is found out when it is.
///
/// # Errors
/// `output_exists`, `output_name_too_long`.
pub fn require_new(path: &Path) -> OfficeResult<()> {
    match path.symlink_metadata() {
        Ok(_) => Err(OfficeError::OutputExists { name: file_name(path) }),
        Err(_) => require_name(path),
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
            P12BagKind::Crl => ("crl", None),
            P12BagKind::Secret => ("secret", None),
            P12BagKind::Other { oid } => ("other", Some(oid.clone())),
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
