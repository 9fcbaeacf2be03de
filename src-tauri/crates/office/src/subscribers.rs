//! Subscriber certificates and their P12 files. The key is made here, stays sealed, and leaves only inside a P12.

use std::io::Write;
use std::path::Path;

use cartorio_core::{CertificateId, Digest, HashAlgorithm, SecretString};
use cartorio_keys::{CreateKey, KeyManager, KeyRef, KeySpec};
use cartorio_pki::ca::{AttributeType, Profile, Subject, demo};
use cartorio_pki::p12::{self, P12Request};
use cartorio_pki::{Certificate, Cpf};
use cartorio_registry::{Act, Certificate as CertificateRow, CertificateKind as RowKind, RequestKind};

use crate::authority::{self, chain_above};
use crate::certificates::{holder_name, not_exportable, registered, summary};
use crate::documents::file_name;
use crate::dto::{CertificateSummary, Environment, P12Protection, Permission, RequestWhat, SubscriberIssue};
use crate::output::{folder_of, persist_new, sweep, temporary_beside, write_over};
use crate::requests::{self, Approved};
use crate::session::{Facts, Session};
use crate::signing::{blocking, load_certificate};
use crate::{OfficeError, OfficeResult};

/// Rounds of PBKDF2 for key, certificates and MAC of a P12 file (OWASP's figure for HMAC-SHA-256).
pub(crate) const P12_ITERATIONS: u32 = 600_000;

/// Issues a certificate for a subscriber.
pub(crate) async fn issue(session: &Session, request: SubscriberIssue) -> OfficeResult<CertificateSummary> {
    session.require(Permission::IssueCertificates)?;
    let wanted = wanted(session, request)?;
    let kind = RequestKind::CertificateIssue;
    let approval = requests::approval_for(session, kind, &wanted.digest(), "certificate_issued").await?;
    if let Some(approval) = &approval {
        // Before the act: a certificate cannot be taken back, so at worst one that was approved has to be asked for again.
        approval.use_up(session, "certificate_issued").await?;
    }
    let create =
        CreateKey::named(wanted.spec, format!("titular-{}", CertificateId::generate())).described("Chave de titular");
    let facts = Facts::default().with("spec", wanted.spec.name()).with("exportable", "true");
    let key = session
        .record(Act::KeyCreated, facts, async |found| {
            let key = session.local.create_exportable(create).await?;
            found.key_ref = Some(key.key_ref.to_string());
            Ok(key)
        })
        .await?;
    let holder = session.local.signer(&key.key_ref, wanted.spec.default_algorithm()).await?;
    let profile = Profile::Subscriber { email: Some(wanted.email), cpf: wanted.cpf, birth_date: None };
    let row = authority::issue(session, wanted.subject, &*holder, profile, RowKind::Subscriber, &key.key_ref).await?;
    summary(session, &row).await?.ok_or_else(|| OfficeError::internal("an issued certificate is not foreign"))
}

/// A subscriber's request, checked field by field.
pub(crate) struct Wanted {
    pub(crate) name: String,
    subject: Subject,
    cpf: Cpf,
    email: String,
    spec: KeySpec,
}

impl Wanted {
    /// The CPF with its middle digits alone.
    pub(crate) fn masked_cpf(&self) -> String {
        self.cpf.masked()
    }

    /// What is approved, in one value: name, CPF, e-mail and key type, a line each.
    pub(crate) fn digest(&self) -> String {
        let text = format!("{}\n{}\n{}\n{}\n", self.name, self.cpf.digits(), self.email, self.spec);
        Digest::of(HashAlgorithm::Sha256, text.as_bytes()).to_hex()
    }
}

/// Checks a subscriber's request.
pub(crate) fn wanted(session: &Session, request: SubscriberIssue) -> OfficeResult<Wanted> {
    let field = |field, reason| OfficeError::InvalidField { field, reason };
    let name = request.name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return Err(field("name", "empty"));
    }
    let cpf: Cpf = request.cpf.trim().parse().map_err(|error: cartorio_pki::DocumentNumberError| {
        field("cpf", if error.code().contains("check") { "check_digits" } else { "malformed" })
    })?;
    let email = request.email.trim().to_owned();
    if !looks_like_email(&email) {
        return Err(field("email", if email.is_empty() { "empty" } else { "malformed" }));
    }
    let spec: KeySpec = request.key_spec.parse().map_err(|_| field("key_spec", "malformed"))?;
    if !spec.signs_documents() {
        return Err(field("key_spec", "malformed"));
    }
    let subject = match session.environment {
        Environment::Demo => demo::subscriber(&name, &cpf)?,
        Environment::Production | Environment::Inspection | Environment::Welcome => {
            let common_name = format!("{}:{}", name.to_uppercase(), cpf.digits());
            Subject::new([
                (AttributeType::Country, "BR".to_owned()),
                (AttributeType::Organization, session.office_name.clone()),
                (AttributeType::CommonName, common_name),
            ])?
        }
    };
    Ok(Wanted { name, subject, cpf, email, spec })
}

/// Fingerprint and holder of a certificate whose key may leave.
pub(crate) async fn exportable(session: &Session, certificate: &str) -> OfficeResult<(String, String)> {
    let export = Export::look(session, certificate).await?;
    Ok((export.row.sha256, holder_name(&export.certificate)))
}

/// What a P12 file is made from.
pub(crate) struct Export {
    row: CertificateRow,
    certificate: Certificate,
    key: KeyRef,
    profile: P12Protection,
    approval: Option<Approved>,
}

impl Export {
    /// Finds the certificate and refuses when its key cannot leave, or nobody approved that it does so in a file of this
    /// profile.
    pub(crate) async fn find(session: &Session, certificate: &str, profile: P12Protection) -> OfficeResult<Self> {
        session.require(Permission::IssueCertificates)?;
        let mut export = Self::look(session, certificate).await?;
        let kind = RequestKind::P12Export;
        export.approval = requests::approval_for(session, kind, &export.row.sha256, "p12_exported").await?;
        export.profile = profile;
        if let Some(approval) = &export.approval {
            match &approval.what {
                RequestWhat::P12Export { profile: approved, .. } if *approved == profile => {}
                RequestWhat::P12Export { profile: approved, .. } => {
                    let (approved, asked) = (approved.profile().code(), profile.profile().code());
                    return Err(OfficeError::ApprovalOtherProfile { approved, asked });
                }
                RequestWhat::KeyRotation(_)
                | RequestWhat::KeyDeletion { .. }
                | RequestWhat::CertificateIssue { .. }
                | RequestWhat::TrustAnchor { .. } => {
                    return Err(OfficeError::internal("a request of one kind asks for another"));
                }
            }
        }
        Ok(export)
    }

    async fn look(session: &Session, certificate: &str) -> OfficeResult<Self> {
        let row = registered(session, certificate).await?;
        let certificate = Certificate::from_der(&row.der)?;
        let name = holder_name(&certificate);
        if let Some(reason) = not_exportable(session, &row).await? {
            return Err(OfficeError::NotExportable { name, reason });
        }
        let key = match &row.key_ref {
            Some(key) => key.parse()?,
            None => return Err(OfficeError::NotExportable { name, reason: "no_key" }),
        };
        Ok(Self { row, certificate, key, profile: P12Protection::default(), approval: None })
    }

    /// A file name for it.
    pub(crate) fn file_name(&self) -> String {
        let name: String = holder_name(&self.certificate)
            .to_lowercase()
            .chars()
            .map(|c| if c.is_alphanumeric() { c } else { '-' })
            .collect();
        format!("{}.p12", name.trim_matches('-'))
    }

    /// Writes the file. The registry knows of it before this returns.
    pub(crate) async fn write(
        self,
        session: &Session,
        path: &Path,
        friendly_name: Option<String>,
        password: SecretString,
        replace: bool,
    ) -> OfficeResult<()> {
        let friendly_name = friendly_name
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| holder_name(&self.certificate));
        let mut facts = Facts::certificate(&self.row.sha256)
            .with("file", file_name(path))
            .with("p12_profile", self.profile.profile().code());
        facts.key_ref = Some(self.key.to_string());
        if let Some(approval) = &self.approval {
            facts = facts.with("request", approval.request.id.to_string());
        }
        session
            .record(Act::P12Exported, facts, async |_| {
                if let Some(approval) = &self.approval {
                    // Before the act: a file that left cannot be called back, so an approval serves once, come what may.
                    approval.use_up(session, "p12_exported").await?;
                }
                let mut chain = Vec::new();
                for id in chain_above(session, self.row.issuer_certificate).await? {
                    chain.push(load_certificate(session, id).await?);
                }
                let request = P12Request {
                    key: session.local.export_pkcs8(&self.key).await?,
                    leaf: self.certificate.clone(),
                    chain,
                    friendly_name,
                    password,
                    iterations: P12_ITERATIONS,
                };
                let path = path.to_owned();
                let profile = self.profile.profile();
                blocking(move || -> OfficeResult<()> {
                    let bytes = p12::write_as(&request, profile)?;
                    let failed = |error: std::io::Error| OfficeError::unwritable(&path, &error);
                    sweep(folder_of(&path));
                    if replace {
                        return write_over(&path, &bytes).map_err(failed);
                    }
                    let mut file = temporary_beside(&path).map_err(failed)?;
                    file.write_all(&bytes).map_err(failed)?;
                    persist_new(file, [path.clone()]).map(drop).map_err(failed)
                })
                .await?
            })
            .await
    }
}

fn looks_like_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_graphic()) && !part.contains('@');
    text.len() <= 254
        && (1..=64).contains(&local.len())
        && plain(local)
        && plain(domain)
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_an_address_from_a_typing_error() {
        for (text, good) in [
            ("maria@exemplo.com.br", true),
            ("maria", false),
            ("maria@", false),
            ("@exemplo.com", false),
            ("maria@exemplo", false),
            ("ma ria@exemplo.com", false),
            ("maria@exemplo.com.", false),
            ("a@b@c.d", false),
        ] {
            assert_eq!(looks_like_email(text), good, "{text}");
        }
    }
}
