//! The office's own CA: root, intermediate, what they issue, and the revocation lists that prove it good. And identities by
//! a CA that is elsewhere, whose chain is kept beside.

use std::sync::Arc;

use cartorio_core::{CertificateId, IdentityId};
use cartorio_keys::{CreateKey, DigestSigner, KeyError, KeyInfo, KeyManager, KeyRef, KeySpec, PublicKey};
use cartorio_pki::ca::{
    AttributeType, CertificateAuthority, CertificateRequest, CrlRequest, LocalCa, Profile, Subject, demo,
};
use cartorio_pki::{Certificate, Crl, RevokedCertificate, Serial, Validity};
use cartorio_registry::{
    Act, Certificate as CertificateRow, CertificateKind, CertificateStatus, Crl as CrlRow, Identity,
};
use time::Duration;

use crate::certificates::mask_text;
use crate::dto::{Environment, Permission};
use crate::session::{Facts, Session};
use crate::signing::SigningIdentity;
use crate::signing::load_certificate;
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// Lives of certificates. The root is kept the longest; a signer's certificate is renewed by a person every few years.
const ROOT_LIFE: Duration = Duration::days(20 * 365);
const INTERMEDIATE_LIFE: Duration = Duration::days(10 * 365);
pub(crate) const LEAF_LIFE: Duration = Duration::days(3 * 365);

/// A list is good for a month and made anew once half of that is over.
const CRL_LIFE: Duration = Duration::days(30);

/// Validity starts a little in the past: clocks of verifiers differ.
pub(crate) const BACKDATE: Duration = Duration::minutes(5);

/// The type of CA keys.
const CA_KEY: KeySpec = KeySpec::Rsa3072;

/// Makes the office's CA: a root and an intermediate with keys sealed on this machine. Does nothing when it is there.
pub(crate) async fn ensure(session: &Session) -> OfficeResult<()> {
    if !own(session, CertificateKind::Intermediate).await?.is_empty() {
        return Ok(());
    }
    let (root_name, intermediate_name) = names(session)?;
    let now = session.clock.now();
    // A start that was interrupted may have left the root behind; there is one root.
    let left = own(session, CertificateKind::Root).await?.into_iter().next();
    let root_row = match left {
        Some(row) => row,
        None => make_root(session, root_name).await?,
    };
    let root = open_ca(session, &root_row).await?;

    let intermediate_key = ca_key(session, "ca-intermediaria").await?;
    let holder = session.local.signer(&intermediate_key.key_ref, CA_KEY.default_algorithm()).await?;
    let request = CertificateRequest {
        subject: intermediate_name,
        spki: holder.public_key().spki.clone(),
        profile: Profile::IssuingCa { path_len: 0 },
        validity: Validity { not_before: now - BACKDATE, not_after: now + INTERMEDIATE_LIFE },
        serial: Serial::random().map_err(OfficeError::internal)?,
    };
    let chain = root.issue(request, &*holder).await?;
    let intermediate = first(&chain)?;
    let intermediate_row =
        row(intermediate, CertificateKind::Intermediate, Some(&intermediate_key.key_ref), Some(root_row.id), session);
    issued(session, &intermediate_row).await?;
    Ok(())
}

async fn make_root(session: &Session, name: Subject) -> OfficeResult<CertificateRow> {
    let now = session.clock.now();
    let key = ca_key(session, "ca-raiz").await?;
    let root = LocalCa::create_root(
        name,
        Some(1),
        Validity { not_before: now - BACKDATE, not_after: now + ROOT_LIFE },
        session.local.signer(&key.key_ref, CA_KEY.default_algorithm()).await?,
    )
    .await?;
    let row = row(root.certificate(), CertificateKind::Root, Some(&key.key_ref), None, session);
    issued(session, &row).await?;
    Ok(row)
}

/// Makes the revocation lists of root and intermediate anew where they are missing or half over.
pub(crate) async fn refresh_crls(session: &Session) -> OfficeResult<()> {
    let now = session.clock.now();
    for kind in [CertificateKind::Root, CertificateKind::Intermediate] {
        for issuer in own(session, kind).await? {
            let latest = session.registry.latest_crl(&issuer.sha256).await?;
            let fresh = latest.as_ref().and_then(|crl| crl.next_update).is_some_and(|next| next - now > CRL_LIFE / 2);
            if !fresh {
                make_crl(session, &issuer).await?;
            }
        }
    }
    Ok(())
}

/// The issuing CA: the intermediate, with its chain.
pub(crate) async fn issuing(session: &Session) -> OfficeResult<(LocalCa, CertificateRow)> {
    let intermediate = own(session, CertificateKind::Intermediate)
        .await?
        .into_iter()
        .next()
        .ok_or_else(|| OfficeError::internal("the office has no CA"))?;
    let ca = open_ca(session, &intermediate).await?;
    Ok((ca, intermediate))
}

/// The certificates of the office's own CA. Those of a CA that is elsewhere have no key here.
async fn own(session: &Session, kind: CertificateKind) -> OfficeResult<Vec<CertificateRow>> {
    let mut rows = session.registry.certificates(Some(kind)).await?;
    rows.retain(|row| row.key_ref.is_some());
    Ok(rows)
}

/// What an identity is made from.
pub(crate) struct NewIdentity {
    pub(crate) key_ref: KeyRef,
    pub(crate) label: String,
    pub(crate) holder: String,
    pub(crate) email: Option<String>,
    /// Who issues: the ARN of an AWS Private CA, or the office's own CA.
    pub(crate) authority: Option<String>,
}

/// Issues a certificate for an existing key and makes both an identity.
pub(crate) async fn create_identity(session: &Session, new: NewIdentity) -> OfficeResult<SigningIdentity> {
    session.require(Permission::ManageKeys)?;
    let label = new.label.trim().to_owned();
    if label.is_empty() {
        return Err(OfficeError::InvalidField { field: "label", reason: "empty" });
    }
    if session.registry.identities(false).await?.iter().any(|identity| identity.label == label) {
        return Err(OfficeError::InvalidField { field: "label", reason: "taken" });
    }
    let mut facts = Facts::key(&new.key_ref).with("label", label.clone());
    if let Some(authority) = &new.authority {
        facts = facts.with("authority", authority.clone());
    }
    let id = session
        .record(Act::IdentityCreated, facts, async |found| {
            let manager = session.manager(&new.key_ref).await?;
            let info = manager.describe(&new.key_ref).await?;
            let key = manager.public_key(&new.key_ref).await?;
            require_own_key(session, &info, &key).await?;
            require_for_documents(&info.key_id, &key)?;
            // The key must be able to sign before a certificate says that it does.
            let signer = manager.signer(&new.key_ref, key.spec.default_algorithm()).await?;
            found.key_id = Some(info.key_id.clone());
            let profile = Profile::DocumentSigner { email: new.email.clone() };
            let subject = holder_subject(session, &new.holder)?;
            let row = match &new.authority {
                None => issue(session, subject, &*signer, profile, CertificateKind::Identity, &new.key_ref).await?,
                Some(authority) => {
                    issue_elsewhere(session, authority, subject, &*signer, profile, &new.key_ref, found).await?
                }
            };
            found.certificate_sha256 = Some(row.sha256.clone());
            let identity = Identity {
                id: IdentityId::generate(),
                label,
                key_ref: pinned(&new.key_ref, &info).to_string(),
                key_id: Some(info.key_id),
                algorithm: signer.algorithm().to_string(),
                certificate: row.id,
                chain: chain_above(session, row.issuer_certificate).await?,
                created_at: session.clock.now(),
                retired_at: None,
            };
            session.registry.add_identity(&identity).await?;
            Ok(identity.id)
        })
        .await?;
    SigningIdentity::load(session, &id.to_string()).await
}

/// Refuses keys whose signatures no reader of documents takes (Ed25519, ML-DSA): they sign files.
pub(crate) fn require_for_documents(key_id: &str, key: &PublicKey) -> OfficeResult<()> {
    if key.spec.signs_documents() {
        return Ok(());
    }
    Err(KeyError::WrongUsage { key: key_id.to_owned(), usage: format!("{} signs files, not documents", key.spec) }
        .into())
}

/// Refuses keys that belong to somebody else: the office's CA, a subscriber, whoever may carry the key away.
pub(crate) async fn require_own_key(session: &Session, info: &KeyInfo, key: &PublicKey) -> OfficeResult<()> {
    let refused = |what: &str| Err(KeyError::WrongUsage { key: info.key_id.clone(), usage: what.to_owned() }.into());
    if info.exportable {
        return refused("exportable key of a subscriber");
    }
    for row in session.registry.certificates(None).await? {
        let other = match row.kind {
            CertificateKind::Root | CertificateKind::Intermediate => "key of the office's CA",
            CertificateKind::Subscriber => "key of a subscriber",
            CertificateKind::Identity | CertificateKind::Foreign => continue,
        };
        if Certificate::from_der(&row.der)?.key.spki == key.spki {
            return refused(other);
        }
    }
    Ok(())
}

/// Issues a certificate from the office's CA and keeps it.
pub(crate) async fn issue(
    session: &Session,
    subject: Subject,
    holder: &dyn DigestSigner,
    profile: Profile,
    kind: CertificateKind,
    key_ref: &KeyRef,
) -> OfficeResult<CertificateRow> {
    let (ca, issuer) = issuing(session).await?;
    let chain = ca.issue(leaf_request(session, subject, holder, profile)?, holder).await?;
    let row = row(first(&chain)?, kind, Some(key_ref), Some(issuer.id), session);
    issued(session, &row).await?;
    Ok(row)
}

/// Gets an identity's certificate from a CA that is elsewhere, and keeps it with that CA's chain.
///
/// The root of that chain does not become an anchor: what that CA issues to others is not believed because of it. The
/// trail names the root.
async fn issue_elsewhere(
    session: &Session,
    authority: &str,
    subject: Subject,
    holder: &dyn DigestSigner,
    profile: Profile,
    key_ref: &KeyRef,
    found: &mut Facts,
) -> OfficeResult<CertificateRow> {
    let ca = session.authority(authority).await?;
    let chain = ca.issue(leaf_request(session, subject, holder, profile)?, holder).await?;
    let issuer = keep_chain(session, ca.chain()).await?;
    if let Some(root) = ca.chain().last().filter(|last| last.is_self_signed()) {
        found.detail.insert("root".to_owned(), root.fingerprint());
    }
    let row = row(first(&chain)?, CertificateKind::Identity, Some(key_ref), Some(issuer), session);
    issued_by(session, &row, Some(authority)).await?;
    Ok(row)
}

/// Keeps the certificates of a CA that is elsewhere, as far as they are not here; gives the first one's identifier.
pub(crate) async fn keep_chain(session: &Session, chain: &[Certificate]) -> OfficeResult<CertificateId> {
    let mut above = None;
    for certificate in chain.iter().rev() {
        let id = match session.registry.certificate_by_sha256(&certificate.fingerprint()).await? {
            Some(known) => known.id,
            None => {
                // Kept, not trusted: that an account's CA issued one certificate is no reason to believe all it issues.
                let row = row(certificate, CertificateKind::Foreign, None, above, session);
                session.registry.add_certificate(&row).await?;
                row.id
            }
        };
        above = Some(id);
    }
    above.ok_or_else(|| OfficeError::internal("an authority without a chain"))
}

fn leaf_request(
    session: &Session,
    subject: Subject,
    holder: &dyn DigestSigner,
    profile: Profile,
) -> OfficeResult<CertificateRequest> {
    let now = session.clock.now();
    Ok(CertificateRequest {
        subject,
        spki: holder.public_key().spki.clone(),
        profile,
        validity: Validity { not_before: now - BACKDATE, not_after: now + LEAF_LIFE },
        serial: Serial::random().map_err(OfficeError::internal)?,
    })
}

/// Certificates above one, its issuer first, the root last.
pub(crate) async fn chain_above(session: &Session, issuer: Option<CertificateId>) -> OfficeResult<Vec<CertificateId>> {
    let mut chain = Vec::new();
    let mut next = issuer;
    while let Some(id) = next {
        // A chain that comes back to itself cannot be made by this program; a damaged registry could hold one.
        if chain.contains(&id) {
            break;
        }
        chain.push(id);
        next = session.registry.certificate(id).await?.issuer_certificate;
    }
    Ok(chain)
}

/// Subject for a signing identity of this office.
fn holder_subject(session: &Session, holder: &str) -> OfficeResult<Subject> {
    match session.environment {
        Environment::Demo => Ok(demo::signer(holder)?),
        Environment::Production | Environment::Inspection | Environment::Welcome => office_subject(session, holder),
    }
}

pub(crate) fn office_subject(session: &Session, common_name: &str) -> OfficeResult<Subject> {
    Ok(Subject::new([
        (AttributeType::Country, "BR".to_owned()),
        (AttributeType::Organization, session.office_name.clone()),
        (AttributeType::CommonName, common_name.to_owned()),
    ])?)
}

fn names(session: &Session) -> OfficeResult<(Subject, Subject)> {
    match session.environment {
        Environment::Demo => {
            let names = demo::subjects()?;
            Ok((names.root, names.intermediate))
        }
        Environment::Production | Environment::Inspection | Environment::Welcome => {
            Ok((office_subject(session, "AC Raiz interna")?, office_subject(session, "AC Intermediária interna")?))
        }
    }
}

/// An alias may move to another key later; the identity belongs to this one.
fn pinned(asked: &KeyRef, info: &KeyInfo) -> KeyRef {
    match asked {
        KeyRef::AwsKms { .. } => info.key_ref.clone(),
        KeyRef::Local { .. } | KeyRef::Pkcs11 { .. } | KeyRef::P12 { .. } => asked.clone(),
    }
}

async fn ca_key(session: &Session, alias: &str) -> OfficeResult<KeyInfo> {
    // A start that was interrupted may have left the key behind; it is taken up again.
    if let Some(found) = session.local.list().await?.into_iter().find(|key| key.aliases.iter().any(|own| own == alias))
    {
        return Ok(found);
    }
    Ok(session.local.create(CreateKey::named(CA_KEY, alias).described("AC do cartório")).await?)
}

async fn open_ca(session: &Session, row: &CertificateRow) -> OfficeResult<LocalCa> {
    let key: KeyRef =
        row.key_ref.as_deref().ok_or_else(|| OfficeError::internal("a CA certificate without a key"))?.parse()?;
    let certificate = Certificate::from_der(&row.der)?;
    let algorithm = certificate
        .public_key()
        .map(|key| key.spec.default_algorithm())
        .ok_or_else(|| OfficeError::internal("a CA key of an unknown type"))?;
    let mut chain = vec![certificate];
    for id in chain_above(session, row.issuer_certificate).await? {
        chain.push(load_certificate(session, id).await?);
    }
    let manager: Arc<dyn KeyManager> = session.manager(&key).await?;
    Ok(LocalCa::new(chain, manager.signer(&key, algorithm).await?)?)
}

async fn make_crl(session: &Session, issuer: &CertificateRow) -> OfficeResult<()> {
    let ca = open_ca(session, issuer).await?;
    let now = session.clock.now();
    let mut revoked = Vec::new();
    for certificate in session.registry.certificates(None).await? {
        if let (CertificateStatus::Revoked { at }, true) =
            (certificate.status, certificate.issuer_certificate == Some(issuer.id))
        {
            let serial = Serial::from_hex(&certificate.serial_hex)
                .ok_or_else(|| OfficeError::internal("a malformed serial number in the registry"))?;
            revoked.push(RevokedCertificate { serial, at, reason: None });
        }
    }
    // Seconds since 1970 grow by themselves and never repeat for one issuer.
    let number = u64::try_from(now.unix_timestamp()).unwrap_or_default();
    let crl: Crl =
        ca.crl(CrlRequest { revoked, number, this_update: now - BACKDATE, next_update: now + CRL_LIFE }).await?;
    let row = CrlRow {
        issuer_sha256: issuer.sha256.clone(),
        der: crl.der.clone(),
        this_update: crl.this_update,
        next_update: crl.next_update,
    };
    Ok(session.registry.add_crl(&row).await?)
}

/// Keeps a certificate and puts its making on record.
async fn issued(session: &Session, row: &CertificateRow) -> OfficeResult<()> {
    issued_by(session, row, None).await
}

/// The same, for a certificate by a CA that is elsewhere.
pub(crate) async fn issued_by(session: &Session, row: &CertificateRow, authority: Option<&str>) -> OfficeResult<()> {
    // The trail is for ever and for every auditor; the fingerprint says who without the CPF.
    let subject = mask_text(&row.subject, &Certificate::from_der(&row.der)?);
    let mut facts = Facts::certificate(&row.sha256).with("subject", subject).with("kind", row.kind.name());
    facts.key_ref.clone_from(&row.key_ref);
    facts = facts.with("not_after", rfc3339(row.not_after));
    if let Some(authority) = authority {
        facts = facts.with("authority", authority);
    }
    session.record(Act::CertificateIssued, facts, async |_| Ok(session.registry.add_certificate(row).await?)).await
}

pub(crate) fn row(
    certificate: &Certificate,
    kind: CertificateKind,
    key: Option<&KeyRef>,
    issuer: Option<CertificateId>,
    session: &Session,
) -> CertificateRow {
    CertificateRow {
        id: CertificateId::generate(),
        sha256: certificate.fingerprint(),
        der: certificate.der.clone(),
        kind,
        subject: certificate.subject.rfc4514().to_owned(),
        issuer: certificate.issuer.rfc4514().to_owned(),
        serial_hex: certificate.serial.hex(),
        not_before: certificate.validity.not_before,
        not_after: certificate.validity.not_after,
        key_ref: key.map(ToString::to_string),
        issuer_certificate: issuer,
        status: CertificateStatus::Issued,
        created_at: session.clock.now(),
    }
}

fn first(chain: &[Certificate]) -> OfficeResult<&Certificate> {
    chain.first().ok_or_else(|| OfficeError::internal("the CA issued nothing"))
}
