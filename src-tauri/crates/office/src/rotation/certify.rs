//! (2) The certificate for the new key: from the office's CA, from a Private CA, or from a CA outside by hand.

use cartorio_core::{CertificateId, Digest, HashAlgorithm, IdentityId};
use cartorio_keys::{DigestSigner, KeyRef};
use cartorio_pki::ca::{
    AttributeType, CaError, CertificateAuthority, CertificateRequest, CertificationRequest, Profile, Subject,
    check_chain,
};
use cartorio_pki::{Certificate, Serial, Validity};
use cartorio_registry::{
    Act, Certificate as CertificateRow, CertificateKind, Identity, RotationState, RotationStep, StepPhase,
};
use time::OffsetDateTime;

use super::evidence::{Aside, Evidence};
use super::steps::Effect;
use super::{Job, NamedFile};
use crate::authority::{self, BACKDATE, LEAF_LIFE, chain_above, keep_chain};
use crate::certificates::{Evidence as Trust, holder_name, mask_text};
use crate::dto::{Permission, RotationCertificate, RotationView};
use crate::session::{Facts, Session};
use crate::signing::load_certificate;
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// The certification request (PKCS#10) for a CA outside, signed by the new key.
pub(crate) async fn certificate_request(session: &Session, id: &str) -> OfficeResult<NamedFile> {
    const STEP: RotationStep = RotationStep::Certificate;
    session.require(Permission::ManageKeys)?;
    let mut job = Job::open(session, id).await?;
    job.require_external()?;
    let begun = session.begin(Act::RotationStep, job.facts(STEP).with("request", "pkcs10")).await?;
    let result: OfficeResult<String> = async {
        let old = job.old_certificate().await?;
        let (subject, profile, left_out) = same_names(&old)?;
        let signer = job.new_signer().await?;
        let wanted = CertificateRequest {
            subject,
            spki: signer.public_key().spki.clone(),
            profile,
            validity: old.validity,
            serial: Serial::from_unsigned(&[1]),
        };
        let csr = CertificationRequest::signed_by(&wanted, &*signer).await?;
        let sha256 = Digest::of(HashAlgorithm::Sha256, csr.der()).to_hex();
        let mut evidence =
            Evidence { aside: Some(Aside::Request), ..Evidence::default() }.with("request_sha256", sha256);
        if !left_out.is_empty() {
            evidence.fact("subject_left_out", left_out);
        }
        evidence.keep("request", csr.pem());
        job.note(STEP, StepPhase::Begun, &evidence, |_| {}).await?;
        Ok(csr.pem())
    }
    .await;
    begun.end(&result, Facts::default()).await?;
    let stem = job.plan.alias.clone().unwrap_or_else(|| "chave-nova".to_owned()).replace('/', "-");
    Ok(NamedFile { name: format!("{stem}-pedido.csr"), extension: "csr", bytes: result?.into_bytes() })
}

/// Takes the certificate that a CA outside issued for the new key, with its chain as far as the file has it.
pub(crate) async fn bring_certificate(
    session: &Session,
    id: &str,
    found: Vec<Certificate>,
) -> OfficeResult<RotationView> {
    session.require(Permission::ManageKeys)?;
    let mut job = Job::open(session, id).await?;
    job.require_external()?;
    let brought = job.checked(found).await?;
    job.take_with(RotationStep::Certificate, brought).await?;
    job.view()
}

impl Job<'_> {
    /// Refuses unless the certificate of a CA outside is what comes next.
    fn require_external(&self) -> OfficeResult<()> {
        let refused = |reason| Err(OfficeError::RotationState { reason });
        match self.rotation.state {
            RotationState::Running | RotationState::Transition => {}
            RotationState::RollingBack => return refused("rolling_back"),
            RotationState::Finished | RotationState::RolledBack => return refused("over"),
        }
        if self.plan.certificate != RotationCertificate::External {
            return refused("not_external");
        }
        match self.rotation.step {
            RotationStep::Certificate => Ok(()),
            RotationStep::CreateKey => refused("no_new_key"),
            RotationStep::MoveAlias
            | RotationStep::Validate
            | RotationStep::Transition
            | RotationStep::DisableOld
            | RotationStep::ScheduleDeletion => refused("certificate_there"),
        }
    }

    /// The new key's certificate first, then those above it as far as they are known. Everything that can be checked is.
    async fn checked(&self, found: Vec<Certificate>) -> OfficeResult<Vec<Certificate>> {
        let key = self.new_key_id()?.to_owned();
        let public = self.new_public_key(&*self.manager().await?).await?;
        let is_its = |own: &&Certificate| own.public_key().is_some_and(|own| own.spki == public.spki);
        let leaf = match (found.iter().find(is_its), found.first()) {
            (Some(leaf), _) => leaf.clone(),
            (None, Some(other)) => return Err(OfficeError::KeyMismatch { identity: holder_name(other), key }),
            (None, None) => return Err(OfficeError::NoCertificate { key }),
        };
        let now = self.session.clock.now();
        require_valid(&leaf, now)?;
        if leaf.is_ca() || !leaf.allows_document_signing() {
            let reason = "the certificate is not for signing documents".to_owned();
            return Err(CaError::WrongAnswer { reason }.into());
        }
        let reviewer = Trust::of(Some(self.session)).await?.with(&found, &[]).reviewer();
        let mut chain = vec![leaf];
        // `chain` is never empty; a path is not longer than all certificates there are.
        while let Some(last) = chain.last().filter(|last| !last.is_self_signed() && chain.len() <= found.len() + 8) {
            let Some(issuer) = reviewer.issuer(last).filter(|issuer| !chain.contains(issuer)) else { break };
            require_valid(&issuer, now)?;
            chain.push(issuer);
        }
        if chain.len() > 1 {
            check_chain(&chain[1..])?;
        } else if found.len() > 1 {
            // There are others in the file, and none of them issued it.
            return Err(CaError::BrokenChain { subject: chain[0].subject.rfc4514().to_owned() }.into());
        }
        Ok(chain)
    }

    /// Certificate and identity for the new key. What an earlier try left in the registry is taken up.
    pub(super) async fn certify(&self, brought: Vec<Certificate>) -> OfficeResult<Effect> {
        let source = &self.plan.certificate;
        if *source == RotationCertificate::None {
            return Ok(Evidence::skipped("no_identity").into());
        }
        let signer = self.new_signer().await?;
        let old = self.old_certificate().await?;
        let known = self.known_certificate(&*signer).await?;
        let row = match (known, source) {
            (Some(known), _) => known,
            (None, RotationCertificate::External | RotationCertificate::None) => self.keep(&brought).await?,
            (None, RotationCertificate::Office) => self.issue(&*signer, &old, None).await?,
            (None, RotationCertificate::PrivateCa { authority }) => self.issue(&*signer, &old, Some(authority)).await?,
        };
        let certificate = Certificate::from_der(&row.der)?;
        let identity = self.adopt(&row).await?;
        let chain = chain_above(self.session, row.issuer_certificate).await?;
        let complete = match chain.last() {
            Some(last) => load_certificate(self.session, *last).await?.is_self_signed(),
            None => certificate.is_self_signed(),
        };
        let mut evidence = Evidence::default().with("certificate_source", source_name(source));
        if let RotationCertificate::PrivateCa { authority } = source {
            evidence.fact("authority", authority.clone());
        }
        evidence.fact("certificate_sha256", row.sha256.clone());
        evidence.fact("certificate_subject", mask_text(&row.subject, &certificate));
        evidence.fact("certificate_issuer", row.issuer.clone());
        evidence.fact("certificate_serial", row.serial_hex.clone());
        evidence.fact("not_before", rfc3339(row.not_before));
        evidence.fact("not_after", rfc3339(row.not_after));
        evidence.fact("chain_complete", complete.to_string());
        evidence.fact("old_certificate_sha256", old.fingerprint());
        evidence.fact("old_certificate_subject", mask_text(old.subject.rfc4514(), &old));
        evidence.fact("identity_label", identity.label.clone());
        let mut found = Facts::certificate(&row.sha256);
        found.detail.insert("label".to_owned(), identity.label);
        Ok(Effect { evidence, new_identity: Some(identity.id), found, ..Effect::default() })
    }

    async fn new_signer(&self) -> OfficeResult<Box<dyn DigestSigner>> {
        let manager = self.manager().await?;
        let public = self.new_public_key(&*manager).await?;
        Ok(manager.signer(&self.new_key()?, public.spec.default_algorithm()).await?)
    }

    async fn old_identity(&self) -> OfficeResult<Identity> {
        let id =
            self.rotation.old_identity.ok_or_else(|| OfficeError::internal("a certificate without an identity"))?;
        Ok(self.session.registry.identity(id).await?)
    }

    async fn old_certificate(&self) -> OfficeResult<Certificate> {
        load_certificate(self.session, self.old_identity().await?.certificate).await
    }

    /// A certificate for the new key that is in the registry already: one key gets one.
    async fn known_certificate(&self, holder: &dyn DigestSigner) -> OfficeResult<Option<CertificateRow>> {
        for row in self.session.registry.certificates(Some(CertificateKind::Identity)).await? {
            let own = Certificate::from_der(&row.der)?.public_key();
            if own.is_some_and(|own| own.spki == holder.public_key().spki) {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// Issues it. Serial number and validity follow from the rotation, so that the same request is the same certificate: the
    /// office's CA makes it anew byte by byte, and a Private CA knows the request again.
    async fn issue(
        &self,
        holder: &dyn DigestSigner,
        old: &Certificate,
        authority: Option<&String>,
    ) -> OfficeResult<CertificateRow> {
        let session = self.session;
        let (subject, profile, _) = same_names(old)?;
        let begun = self.history.tries(RotationStep::Certificate).next().map(|entry| entry.record.at);
        let begun = begun.unwrap_or_else(|| session.clock.now());
        let request = CertificateRequest {
            subject,
            spki: holder.public_key().spki.clone(),
            profile,
            validity: Validity { not_before: begun - BACKDATE, not_after: begun + LEAF_LIFE },
            serial: self.serial(),
        };
        let (chain, issuer) = match authority {
            None => {
                let (ca, issuer) = authority::issuing(session).await?;
                (ca.issue(request, holder).await?, issuer.id)
            }
            Some(authority) => {
                let ca = session.authority(authority).await?;
                let chain = ca.issue(request, holder).await?;
                (chain, keep_chain(session, ca.chain()).await?)
            }
        };
        let issued = chain.first().ok_or_else(|| OfficeError::internal("the CA issued nothing"))?;
        let row = self.row(issued, Some(issuer))?;
        authority::issued_by(session, &row, authority.map(String::as_str)).await?;
        Ok(row)
    }

    /// Twenty bytes that nobody could foretell before the rotation began, and that are the same ever after.
    fn serial(&self) -> Serial {
        let text = format!("cartorio-digital: certificado da troca\n{}\n", self.rotation.id);
        let mut bytes = Digest::of(HashAlgorithm::Sha256, text.as_bytes()).as_bytes()[..20].to_vec();
        bytes[0] = bytes[0] & 0x7f | 0x40;
        Serial::from_unsigned(&bytes)
    }

    /// Keeps a certificate that somebody brought, with those above it.
    async fn keep(&self, brought: &[Certificate]) -> OfficeResult<CertificateRow> {
        let Some((leaf, above)) = brought.split_first() else {
            return Err(OfficeError::RotationState { reason: "certificate_missing" });
        };
        let issuer = match above {
            [] => None,
            above => Some(keep_chain(self.session, above).await?),
        };
        // It may have been looked at and kept before.
        if let Some(known) = self.session.registry.certificate_by_sha256(&leaf.fingerprint()).await? {
            return Ok(known);
        }
        let row = self.row(leaf, issuer)?;
        self.session.registry.add_certificate(&row).await?;
        Ok(row)
    }

    fn row(&self, certificate: &Certificate, issuer: Option<CertificateId>) -> OfficeResult<CertificateRow> {
        let key: KeyRef = self.new_key()?;
        Ok(authority::row(certificate, CertificateKind::Identity, Some(&key), issuer, self.session))
    }

    /// The identity of the new key: the one that an earlier try made, or a new one beside the old.
    async fn adopt(&self, certificate: &CertificateRow) -> OfficeResult<Identity> {
        let session = self.session;
        let key_id = self.new_key_id()?.to_owned();
        let known = session.registry.identity_by_key(&key_id).await?;
        if let Some(known) = known.into_iter().find(|own| own.certificate == certificate.id) {
            return Ok(known);
        }
        let old = self.old_identity().await?;
        let identity = Identity {
            id: IdentityId::generate(),
            label: self.label(&old.label).await?,
            key_ref: self.new_key()?.to_string(),
            key_id: Some(key_id),
            algorithm: old.algorithm,
            certificate: certificate.id,
            chain: chain_above(session, certificate.issuer_certificate).await?,
            created_at: session.clock.now(),
            retired_at: None,
        };
        let mut facts = Facts::certificate(&certificate.sha256)
            .with("label", identity.label.clone())
            .with("rotation", self.rotation.id.to_string());
        facts.key_ref = Some(identity.key_ref.clone());
        facts.key_id.clone_from(&identity.key_id);
        session
            .record(Act::IdentityCreated, facts, async |_| Ok(session.registry.add_identity(&identity).await?))
            .await?;
        Ok(identity)
    }

    /// The old label with the day of the change: both are in use for a while, and neither may be taken for the other.
    async fn label(&self, old: &str) -> OfficeResult<String> {
        let taken: Vec<String> =
            self.session.registry.identities(true).await?.into_iter().map(|own| own.label).collect();
        let stem = format!("{} ({})", without_day(old), self.rotation.created_at.date());
        let numbered = (2_u32..).map(|number| format!("{stem} {number}"));
        let free = std::iter::once(stem.clone()).chain(numbered).find(|label| !taken.contains(label));
        // Endless numbers, and not endless identities.
        Ok(free.unwrap_or(stem))
    }
}

/// `label` without the day that an earlier rotation put behind it.
fn without_day(label: &str) -> &str {
    let (rest, number) = label.rsplit_once(") ").map_or((label, ""), |(rest, number)| (rest, number));
    let rest = if number.chars().all(|digit| digit.is_ascii_digit()) { rest } else { label };
    let Some((stem, day)) = rest.rsplit_once(" (") else { return label };
    let day = day.strip_suffix(')').unwrap_or(day);
    let is_day = day.len() == 10
        && day.char_indices().all(|(at, c)| if matches!(at, 4 | 7) { c == '-' } else { c.is_ascii_digit() });
    if is_day && !stem.is_empty() { stem } else { label }
}

/// The same names as the old certificate's, and attributes that this program does not write, by name.
fn same_names(old: &Certificate) -> OfficeResult<(Subject, Profile, String)> {
    let kinds = [
        AttributeType::Country,
        AttributeType::State,
        AttributeType::Locality,
        AttributeType::Organization,
        AttributeType::OrganizationalUnit,
        AttributeType::CommonName,
        AttributeType::SerialNumber,
    ];
    let (mut attributes, mut left_out) = (Vec::new(), Vec::new());
    for attribute in old.subject.attributes() {
        match kinds.iter().find(|kind| kind.name() == attribute.name) {
            Some(kind) => attributes.push((*kind, attribute.value.clone())),
            None if attribute.name.is_empty() => left_out.push(attribute.oid.clone()),
            None => left_out.push(attribute.name.clone()),
        }
    }
    let email = old.alternative_names.iter().find(|own| own.kind == "rfc822Name").map(|own| own.value.clone());
    Ok((Subject::new(attributes)?, Profile::DocumentSigner { email }, left_out.join(", ")))
}

fn require_valid(certificate: &Certificate, at: OffsetDateTime) -> OfficeResult<()> {
    if certificate.validity.contains(at) {
        return Ok(());
    }
    Err(OfficeError::IdentityNotValid {
        identity: holder_name(certificate),
        not_before: rfc3339(certificate.validity.not_before),
        not_after: rfc3339(certificate.validity.not_after),
    })
}

pub(super) const fn source_name(source: &RotationCertificate) -> &'static str {
    match source {
        RotationCertificate::None => "none",
        RotationCertificate::Office => "office",
        RotationCertificate::PrivateCa { .. } => "private_ca",
        RotationCertificate::External => "external",
    }
}

#[cfg(test)]
mod tests {
    use super::without_day;

    #[test]
    fn a_day_is_put_behind_a_label_once() {
        assert_eq!(without_day("Tabeliã"), "Tabeliã");
        assert_eq!(without_day("Tabeliã (2026-03-14)"), "Tabeliã");
        assert_eq!(without_day("Tabeliã (2026-03-14) 2"), "Tabeliã");
        assert_eq!(without_day("Tabeliã (substituta)"), "Tabeliã (substituta)");
        assert_eq!(without_day("Tabeliã (2026) 2"), "Tabeliã (2026) 2");
        assert_eq!(without_day(" (2026-03-14)"), " (2026-03-14)");
    }
}
