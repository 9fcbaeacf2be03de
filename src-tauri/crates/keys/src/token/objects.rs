//! Reading what a token holds, inside a session.

use cryptoki::error::{Error, RvError};
use cryptoki::object::{Attribute, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use time::{Date, Month, OffsetDateTime, Time};

use super::fault::Fault;
use super::info::TokenKey;
use super::mechanism::Mechanisms;
use super::public::{Material, of_certificate};
use crate::token_uri::clean;
use crate::{KeyInfo, KeyOrigin, KeyRef, KeyState, KeyUsage, PublicKey, SignatureAlgorithm, TokenUri};

/// Which keys are wanted.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Wanted {
    pub(super) id: Option<Vec<u8>>,
    pub(super) label: Option<String>,
}

impl Wanted {
    /// The key that a reference names.
    pub(super) fn by(uri: &TokenUri) -> Self {
        Self { id: uri.id().map(<[u8]>::to_vec), label: uri.object().map(str::to_owned) }
    }

    fn template(&self, class: ObjectClass) -> Vec<Attribute> {
        let mut template = vec![Attribute::Class(class), Attribute::Token(true)];
        template.extend(self.id.iter().map(|id| Attribute::Id(id.clone())));
        template
    }

    /// The label is compared here and not by the token: it is compared as it is shown.
    fn fits(&self, label: &str) -> bool {
        self.label.as_ref().is_none_or(|wanted| wanted == label)
    }
}

/// The keys of a token that are visible now. Those with neither `CKA_ID` nor `CKA_LABEL` cannot be named and are left out.
pub(super) fn keys(
    session: &Session,
    token: &TokenUri,
    mechanisms: &Mechanisms,
    wanted: &Wanted,
) -> Result<Vec<TokenKey>, Fault> {
    let privates = raw_keys(session, ObjectClass::PRIVATE_KEY, wanted)?;
    let publics = raw_keys(session, ObjectClass::PUBLIC_KEY, wanted)?;
    let certificates = certificates(session)?;
    // Before a login the private halves are hidden, and the public ones tell what there is.
    let unseen = publics.iter().filter(|public| !privates.iter().any(|private| private.is_pair_of(public)));
    let keys = privates.iter().chain(unseen).map(|key| {
        let partner = publics.iter().find(|public| public.is_pair_of(key));
        key.told(token, mechanisms, partner, &certificates)
    });
    Ok(keys.flatten().collect())
}

/// The private key that a reference names; `None` where there is none that is visible now.
pub(super) fn private_key(session: &Session, wanted: &Wanted) -> Result<Option<ObjectHandle>, Fault> {
    for handle in session.find_objects(&wanted.template(ObjectClass::PRIVATE_KEY))? {
        if wanted.fits(&label(session, handle)?) {
            return Ok(Some(handle));
        }
    }
    Ok(None)
}

/// A certificate with its `CKA_ID`.
pub(super) struct TokenCertificate {
    id: Vec<u8>,
    pub(super) der: Vec<u8>,
}

/// All X.509 certificates that are visible now.
pub(super) fn certificates(session: &Session) -> Result<Vec<TokenCertificate>, Fault> {
    let template = [
        Attribute::Class(ObjectClass::CERTIFICATE),
        Attribute::Token(true),
        Attribute::CertificateType(CertificateType::X_509),
    ];
    let handles = match session.find_objects(&template).map_err(Fault::from) {
        Ok(handles) => handles,
        // A token that keeps no certificates may say so with an error (CloudHSM without its certificate storage).
        Err(Fault::Settled(_)) => Vec::new(),
        Err(fault) => return Err(fault),
    };
    let mut certificates = Vec::new();
    for handle in handles {
        let der = bytes(session, handle, AttributeType::Value)?.unwrap_or_default();
        // A certificate may be kept as an address of where it is (CKA_URL); that is not fetched.
        if !der.is_empty() {
            certificates
                .push(TokenCertificate { id: bytes(session, handle, AttributeType::Id)?.unwrap_or_default(), der });
        }
    }
    Ok(certificates)
}

/// A key object as the token has it.
struct RawKey {
    private: bool,
    id: Vec<u8>,
    label: String,
    key_type: Option<KeyType>,
    signs: bool,
    always_authenticate: bool,
    start: Option<OffsetDateTime>,
    material: Material,
}

fn raw_keys(session: &Session, class: ObjectClass, wanted: &Wanted) -> Result<Vec<RawKey>, Fault> {
    let private = class == ObjectClass::PRIVATE_KEY;
    let mut keys = Vec::new();
    for handle in session.find_objects(&wanted.template(class))? {
        let label = label(session, handle)?;
        if !wanted.fits(&label) {
            continue;
        }
        let key_type = match attribute(session, handle, AttributeType::KeyType)? {
            Some(Attribute::KeyType(key_type)) => Some(key_type),
            _ => None,
        };
        let signs = if private { AttributeType::Sign } else { AttributeType::Verify };
        keys.push(RawKey {
            private,
            id: bytes(session, handle, AttributeType::Id)?.unwrap_or_default(),
            label,
            key_type,
            signs: flag(session, handle, signs)?,
            always_authenticate: private && flag(session, handle, AttributeType::AlwaysAuthenticate)?,
            start: match attribute(session, handle, AttributeType::StartDate)? {
                Some(Attribute::StartDate(date)) => instant(&date.year, &date.month, &date.day),
                _ => None,
            },
            material: material(session, handle, key_type)?,
        });
    }
    Ok(keys)
}

impl RawKey {
    /// Whether both are halves of one key, as far as names say: the same `CKA_ID`, or where there is none the same label.
    fn is_pair_of(&self, other: &Self) -> bool {
        if self.id.is_empty() && other.id.is_empty() { self.label == other.label } else { self.id == other.id }
    }

    fn told(
        &self,
        token: &TokenUri,
        mechanisms: &Mechanisms,
        partner: Option<&Self>,
        all: &[TokenCertificate],
    ) -> Option<TokenKey> {
        if self.id.is_empty() && self.label.is_empty() {
            return None;
        }
        let same_id = || all.iter().filter(|it| !self.id.is_empty() && it.id == self.id);
        let public_key = partner
            .and_then(|partner| partner.material.public_key(partner.key_type))
            .or_else(|| same_id().find_map(|certificate| of_certificate(&certificate.der)))
            .or_else(|| self.material.public_key(self.key_type));
        let uri = token.with_object(&self.id, &self.label);
        let spec = public_key.as_ref().map(|key| key.spec);
        let signing = self.signs && !self.always_authenticate;
        let algorithms: Vec<SignatureAlgorithm> =
            spec.filter(|_| signing).map(|spec| mechanisms.algorithms(spec)).unwrap_or_default();
        Some(TokenKey {
            certificates: matching(all, &self.id, public_key.as_ref()),
            pin_every_time: self.always_authenticate,
            info: KeyInfo {
                key_id: uri.to_string(),
                key_ref: KeyRef::Pkcs11(uri),
                aliases: Some(self.label.clone()).filter(|label| !label.is_empty()).into_iter().collect(),
                description: None,
                spec,
                backend_spec: self.backend_spec(spec.map(|spec| spec.to_string())),
                usage: if self.signs { KeyUsage::Sign } else { KeyUsage::Other },
                can_sign: spec.is_some() && signing,
                state: KeyState::Enabled,
                created_at: self.start,
                deletion_at: None,
                algorithms,
                origin: KeyOrigin::Token,
                region: None,
                multi_region: false,
                exportable: false,
            },
            public_key,
        })
    }

    fn backend_spec(&self, spec: Option<String>) -> String {
        let kind = match self.key_type {
            Some(KeyType::RSA) => "CKK_RSA".to_owned(),
            Some(KeyType::EC) => "CKK_EC".to_owned(),
            Some(KeyType::EC_EDWARDS) => "CKK_EC_EDWARDS".to_owned(),
            Some(other) => other.to_string(),
            None => "CKK_?".to_owned(),
        };
        let mut text = spec.map_or_else(|| kind.clone(), |spec| format!("{kind} {spec}"));
        if self.always_authenticate {
            text.push_str(" CKA_ALWAYS_AUTHENTICATE");
        }
        if !self.private {
            text.push_str(" (CKO_PUBLIC_KEY)");
        }
        text
    }
}

/// Certificates for a key: those with its public key first, then those with its `CKA_ID` alone.
fn matching(all: &[TokenCertificate], id: &[u8], public: Option<&PublicKey>) -> Vec<Vec<u8>> {
    let is_of_key = |it: &TokenCertificate| {
        public.is_some_and(|public| of_certificate(&it.der).is_some_and(|key| key.spki == public.spki))
    };
    let (own, other): (Vec<_>, Vec<_>) = all
        .iter()
        .map(|it| (is_of_key(it), it))
        .filter(|(own, it)| *own || (!id.is_empty() && it.id == id))
        .partition(|(own, _)| *own);
    own.into_iter().chain(other).map(|(_, it)| it.der.clone()).collect()
}

/// What the object says of the public half. Only what its type has is asked for: some tokens fail for more.
fn material(session: &Session, key: ObjectHandle, key_type: Option<KeyType>) -> Result<Material, Fault> {
    let mut material = Material::default();
    match key_type {
        Some(KeyType::RSA) => {
            material.modulus = bytes(session, key, AttributeType::Modulus)?;
            material.exponent = bytes(session, key, AttributeType::PublicExponent)?;
        }
        Some(KeyType::EC | KeyType::EC_EDWARDS) => {
            material.params = bytes(session, key, AttributeType::EcParams)?;
            material.point = bytes(session, key, AttributeType::EcPoint)?;
        }
        _ => material.spki = bytes(session, key, AttributeType::PublicKeyInfo)?,
    }
    if material.public_key(key_type).is_none() && material.spki.is_none() {
        material.spki = bytes(session, key, AttributeType::PublicKeyInfo)?;
    }
    Ok(material)
}

fn label(session: &Session, object: ObjectHandle) -> Result<String, Fault> {
    let bytes = bytes(session, object, AttributeType::Label)?.unwrap_or_default();
    Ok(clean(&String::from_utf8_lossy(&bytes)))
}

fn flag(session: &Session, object: ObjectHandle, which: AttributeType) -> Result<bool, Fault> {
    Ok(match attribute(session, object, which)? {
        Some(
            Attribute::Sign(value)
            | Attribute::Verify(value)
            | Attribute::AlwaysAuthenticate(value)
            | Attribute::Private(value),
        ) => value,
        _ => false,
    })
}

/// The bytes of an attribute; `None` where the object has none.
fn bytes(session: &Session, object: ObjectHandle, which: AttributeType) -> Result<Option<Vec<u8>>, Fault> {
    Ok(match attribute(session, object, which)? {
        Some(
            Attribute::Id(value)
            | Attribute::Label(value)
            | Attribute::Value(value)
            | Attribute::Modulus(value)
            | Attribute::PublicExponent(value)
            | Attribute::EcParams(value)
            | Attribute::EcPoint(value)
            | Attribute::PublicKeyInfo(value),
        ) => Some(value),
        _ => None,
    })
}

/// One attribute, asked for by itself so that one that is missing hides no other. Values that cannot be read count as
/// missing: they are the token's, and an odd one must not hide a key.
fn attribute(session: &Session, object: ObjectHandle, which: AttributeType) -> Result<Option<Attribute>, Fault> {
    match session.get_attributes(object, &[which]) {
        Ok(attributes) => Ok(attributes.into_iter().next()),
        Err(Error::Pkcs11(RvError::AttributeTypeInvalid | RvError::AttributeSensitive, _)) => Ok(None),
        // The answer of some tokens to what came with later versions of PKCS#11.
        Err(Error::Pkcs11(RvError::FunctionFailed | RvError::GeneralError, _)) if is_optional(which) => Ok(None),
        Err(error @ Error::Pkcs11(..)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

const fn is_optional(which: AttributeType) -> bool {
    matches!(which, AttributeType::StartDate | AttributeType::AlwaysAuthenticate | AttributeType::PublicKeyInfo)
}

/// `CK_DATE`: ASCII digits.
fn instant(year: &[u8], month: &[u8], day: &[u8]) -> Option<OffsetDateTime> {
    let number = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<u16>().ok();
    let month = Month::try_from(u8::try_from(number(month)?).ok()?).ok()?;
    let date = Date::from_calendar_date(number(year)?.into(), month, u8::try_from(number(day)?).ok()?).ok()?;
    Some(date.with_time(Time::MIDNIGHT).assume_utc())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn dates_of_tokens_are_read_or_left_out() {
        assert_eq!(instant(b"2026", b"02", b"28"), Some(datetime!(2026-02-28 0:00 UTC)));
        for (year, month, day) in [(b"2026", b"02", b"30"), (b"\0\0\0\0", b"\0\0", b"\0\0"), (b"    ", b"  ", b"  ")] {
            assert_eq!(instant(year, month, day), None);
        }
    }

    fn raw(private: bool, id: &[u8], label: &str) -> RawKey {
        RawKey {
            private,
            id: id.to_vec(),
            label: label.to_owned(),
            key_type: Some(KeyType::RSA),
            signs: true,
            always_authenticate: false,
            start: None,
            material: Material::default(),
        }
    }

    #[test]
    fn a_key_that_wants_the_pin_every_time_or_does_not_sign_offers_no_algorithm() {
        let public = crate::SoftwareKey::generate(crate::KeySpec::EcP256).unwrap().public_key().clone();
        let mechanisms = Mechanisms { ecdsa: true, ..Mechanisms::default() };
        let token = TokenUri::of_token("T", "", "", "1");
        let spki = Some(public.spki.clone());
        let key =
            || RawKey { material: Material { spki: spki.clone(), ..Material::default() }, ..raw(true, b"1", "a") };
        let told = |key: RawKey| key.told(&token, &mechanisms, None, &[]).unwrap();

        let plain = told(key());
        assert!(plain.info.can_sign && plain.public_key == Some(public));
        assert_eq!(plain.info.algorithms, [SignatureAlgorithm::ecdsa(cartorio_core::HashAlgorithm::Sha256)]);
        let every_time = told(RawKey { always_authenticate: true, ..key() });
        assert!(every_time.pin_every_time && !every_time.info.can_sign && every_time.info.algorithms.is_empty());
        assert!(every_time.info.backend_spec.contains("CKA_ALWAYS_AUTHENTICATE"));
        let decrypts = told(RawKey { signs: false, ..key() });
        assert!(!decrypts.info.can_sign && decrypts.info.usage == KeyUsage::Other);
    }

    #[test]
    fn a_key_that_cannot_be_named_is_left_out_and_halves_meet_by_id_before_label() {
        let token = TokenUri::of_token("T", "", "", "1");
        assert!(raw(true, b"", "").told(&token, &Mechanisms::default(), None, &[]).is_none());
        assert!(raw(true, b"1", "a").is_pair_of(&raw(false, b"1", "b")));
        assert!(!raw(true, b"1", "a").is_pair_of(&raw(false, b"2", "a")));
        assert!(raw(true, b"", "a").is_pair_of(&raw(false, b"", "a")));
        assert!(!raw(true, b"", "a").is_pair_of(&raw(false, b"1", "a")));
    }
}
