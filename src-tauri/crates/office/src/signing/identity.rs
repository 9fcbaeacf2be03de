//! A signing identity: a key with its certificate chain, loaded and checked.

use std::sync::Arc;

use cartorio_core::{CertificateId, IdentityId};
use cartorio_keys::{KeyOrigin, KeyRef, KeySpec, PublicKey, SignatureAlgorithm};
use cartorio_pki::{Certificate, chain, legal};
use spki::SubjectPublicKeyInfoOwned;
use time::OffsetDateTime;

use crate::certificates::{holder_name, issuer_name, legal_view};
use crate::dto::{IdentityState, IdentitySummary, KeyOriginView, LegalLabel};
use crate::session::Session;
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// A signing identity.
#[derive(Clone)]
pub(crate) struct SigningIdentity {
    pub(crate) id: IdentityId,
    pub(crate) label: String,
    pub(crate) key_ref: KeyRef,
    pub(crate) algorithm: SignatureAlgorithm,
    pub(crate) certificate: Certificate,
    /// SHA-256 of the certificate, in hexadecimal digits.
    pub(crate) fingerprint: String,
    /// The certificates above, its issuer first.
    pub(crate) chain: Vec<Certificate>,
    /// All of them in DER, the holder's first: what goes into every signature.
    pub(crate) ders: Arc<[Vec<u8>]>,
    pub(crate) spec: KeySpec,
}

impl SigningIdentity {
    /// Loads the identity called `id`.
    pub(crate) async fn load(session: &Session, id: &str) -> OfficeResult<Self> {
        let unknown = || OfficeError::UnknownIdentity { identity: id.to_owned() };
        let parsed: IdentityId = id.parse().map_err(|_| unknown())?;
        let row = session.registry.identity(parsed).await.map_err(|error| match error {
            cartorio_registry::RegistryError::NotFound { .. } => unknown(),
            other => other.into(),
        })?;
        let certificate = load_certificate(session, row.certificate).await?;
        let mut chain = Vec::with_capacity(row.chain.len());
        for id in row.chain {
            chain.push(load_certificate(session, id).await?);
        }
        let spec = certificate
            .public_key()
            .map(|key| key.spec)
            .ok_or_else(|| OfficeError::internal("the identity's certificate has a key of an unknown type"))?;
        Ok(Self {
            id: row.id,
            label: row.label,
            key_ref: row.key_ref.parse()?,
            algorithm: row.algorithm.parse().map_err(OfficeError::internal)?,
            ders: std::iter::once(&certificate).chain(&chain).map(|own| own.der.clone()).collect(),
            fingerprint: certificate.fingerprint(),
            certificate,
            chain,
            spec,
        })
    }

    /// Refuses a key that is not the certificate's.
    pub(crate) fn require_key(&self, key: &PublicKey) -> OfficeResult<()> {
        use der::Decode;
        let own = SubjectPublicKeyInfoOwned::from_der(&self.certificate.key.spki);
        if own.is_ok_and(|own| key.same_key_as(&own)) {
            Ok(())
        } else {
            Err(OfficeError::KeyMismatch { identity: self.label.clone(), key: self.key_ref.to_string() })
        }
    }

    /// Refuses when the certificate is not valid at `at`.
    pub(crate) fn require_valid(&self, at: OffsetDateTime) -> OfficeResult<()> {
        let validity = self.certificate.validity;
        if validity.contains(at) {
            return Ok(());
        }
        Err(OfficeError::IdentityNotValid {
            identity: self.label.clone(),
            not_before: rfc3339(validity.not_before),
            not_after: rfc3339(validity.not_after),
        })
    }

    /// Refuses an algorithm that the key cannot do.
    pub(crate) fn require_algorithm(&self, algorithm: SignatureAlgorithm) -> OfficeResult<()> {
        if algorithm.fits(self.spec) {
            return Ok(());
        }
        Err(cartorio_keys::KeyError::WrongAlgorithm { key: self.key_ref.to_string(), spec: self.spec, algorithm }
            .into())
    }

    /// The person or office that the certificate is for.
    pub(crate) fn holder(&self) -> String {
        holder_name(&self.certificate)
    }

    /// What its signatures are worth by law: judged as of the certificate's own start, because this is a label.
    pub(crate) fn legal(&self) -> LegalLabel {
        let anchors: Vec<Certificate> = self.chain.last().cloned().into_iter().collect();
        let at = self.certificate.validity.not_before;
        let report = chain::review(&self.certificate, &self.chain, &anchors, &[], at);
        report.best().map_or(LegalLabel::Unknown, |path| legal_view(legal::legal_label(path).label))
    }

    /// What the UI shows of it.
    pub(crate) fn summary(&self, now: OffsetDateTime) -> IdentitySummary {
        let validity = self.certificate.validity;
        let mut algorithms: Vec<String> = self.spec.algorithms().iter().map(ToString::to_string).collect();
        let default = self.algorithm.to_string();
        algorithms.sort_by_key(|name| *name != default);
        IdentitySummary {
            id: self.id.to_string(),
            label: self.label.clone(),
            holder: self.holder(),
            masked_cpf: self.certificate.identity.cpf.as_ref().map(cartorio_pki::Cpf::masked),
            issuer: issuer_name(&self.certificate),
            not_before: rfc3339(validity.not_before),
            not_after: rfc3339(validity.not_after),
            certificate_sha256: self.certificate.fingerprint(),
            key_ref: self.key_ref.to_string(),
            key_origin: origin_of(&self.key_ref),
            key_spec: self.spec.to_string(),
            algorithms,
            legal: self.legal(),
            state: if now < validity.not_before {
                IdentityState::NotYetValid
            } else if now > validity.not_after {
                IdentityState::Expired
            } else {
                IdentityState::Ready
            },
        }
    }
}

/// The certificate called `id`, decoded.
pub(crate) async fn load_certificate(session: &Session, id: CertificateId) -> OfficeResult<Certificate> {
    let row = session.registry.certificate(id).await?;
    Ok(Certificate::from_der(&row.der)?)
}

fn origin_of(key: &KeyRef) -> KeyOriginView {
    match key {
        KeyRef::Local { .. } => KeyOriginView::Local,
        KeyRef::AwsKms { .. } => KeyOriginView::AwsKms,
        KeyRef::Pkcs11 { .. } => KeyOriginView::Token,
        KeyRef::P12 { .. } => KeyOriginView::P12File,
    }
}

/// As the UI names a key's place.
pub(crate) fn origin_view(origin: KeyOrigin) -> KeyOriginView {
    match origin {
        KeyOrigin::Local => KeyOriginView::Local,
        KeyOrigin::AwsKms => KeyOriginView::AwsKms,
        KeyOrigin::Token => KeyOriginView::Token,
        KeyOrigin::P12File => KeyOriginView::P12File,
    }
}
