//! OCSP requests (RFC 6960 §4.1): one certificate, asked of its issuer's responder.

use const_oid::ObjectIdentifier as Oid;
use sha1::{Digest as _, Sha1};

use super::OcspFacts;
use crate::asn1::{self, Asn1Error, Reader};
use crate::certificate::Certificate;
use crate::key::KeyFacts;

/// Content type of a request (RFC 6960 appendix A.1).
pub const OCSP_REQUEST_TYPE: &str = "application/ocsp-request";
/// Content type of a response (RFC 6960 appendix A.1).
pub const OCSP_RESPONSE_TYPE: &str = "application/ocsp-response";

/// A request about one certificate, without a signature and without the name of who asks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OcspRequest {
    der: Vec<u8>,
    nonce: Option<[u8; 32]>,
}

/// Whether a response goes with a request by its nonce (RFC 8954).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum NonceMatch {
    /// It has the request's.
    Same,
    /// It has none: made beforehand, as RFC 5019 responders do. It counts by its times.
    Absent,
    /// It has another one, or one where none was asked for: an answer to somebody else's question.
    Other,
}

impl NonceMatch {
    /// Stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Absent => "absent",
            Self::Other => "other",
        }
    }
}

impl OcspRequest {
    /// Asks about `certificate`, which `issuer` issued. The CertID has SHA-1, which is what responders look up (RFC 5019 §2.1.1;
    /// nothing rests on it: what comes back is signed). The nonce is random, a new one for each request.
    ///
    /// # Errors
    /// [`Asn1Error`] when the serial number or the issuer's key cannot be found in their bytes.
    pub fn new(certificate: &Certificate, issuer: &Certificate, nonce: Option<[u8; 32]>) -> Result<Self, Asn1Error> {
        const SHA_1: Oid = Oid::new_unwrap("1.3.14.3.2.26");
        const NONCE: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.48.1.2");
        let no_key = Asn1Error { offset: 0, problem: "the issuer's public key cannot be read" };
        let key = KeyFacts::public_octets(&issuer.key.spki).ok_or(no_key)?;
        let id = asn1::seq([
            asn1::seq([asn1::oid(&SHA_1), asn1::tlv(asn1::NULL, &[])]),
            asn1::octets(&Sha1::digest(certificate.issuer.der())),
            asn1::octets(&Sha1::digest(key)),
            serial(certificate)?,
        ]);
        let mut tbs = vec![asn1::seq([asn1::seq([id])])];
        if let Some(nonce) = &nonce {
            let extension = asn1::seq([asn1::oid(&NONCE), asn1::octets(&asn1::octets(nonce))]);
            tbs.push(asn1::explicit(2, &asn1::seq([extension])));
        }
        Ok(Self { der: asn1::seq([asn1::seq(tbs)]), nonce })
    }

    /// The DER OCSPRequest.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Whether `response` goes with this request by its nonce. What it says, and who signed it, is [`OcspFacts::status_of`].
    pub fn nonce_of(&self, response: &OcspFacts) -> NonceMatch {
        match (&self.nonce, response.basic.as_ref().and_then(|basic| basic.nonce.as_ref())) {
            (_, None) => NonceMatch::Absent,
            (Some(own), Some(theirs)) if own.as_slice() == theirs.as_slice() => NonceMatch::Same,
            (Some(_) | None, Some(_)) => NonceMatch::Other,
        }
    }
}

/// The INTEGER of the serial number, as it stands in the certificate: responders compare it by value, some by bytes.
fn serial(certificate: &Certificate) -> Result<Vec<u8>, Asn1Error> {
    let tbs = Reader::new(&certificate.der).expect(asn1::SEQUENCE)?.children().expect(asn1::SEQUENCE)?;
    let missing = Asn1Error { offset: tbs.offset, problem: "the serial number is missing" };
    let mut fields = tbs.children();
    let mut field = fields.next()?.ok_or(missing)?;
    if field.tag == 0xa0 {
        field = fields.next()?.ok_or(missing)?;
    }
    if field.tag == asn1::INTEGER { Ok(field.raw.to_vec()) } else { Err(missing) }
}

#[cfg(test)]
mod tests {
    use cartorio_keys::{KeySpec, SoftwareKey};
    use time::{Duration, OffsetDateTime};

    use super::*;
    use crate::tests::support::{Forge, Scratch, ca_extensions, forge, judge};
    use crate::{OcspResponse, OcspStatus, Validity};

    const NONCE: [u8; 32] = [0x9a; 32];

    /// A key, the CA that has it, and a certificate by that CA.
    fn pair(serial: u8) -> (SoftwareKey, Certificate, Certificate) {
        let now = OffsetDateTime::now_utc();
        let validity = || Validity { not_before: now - Duration::days(9), not_after: now + Duration::days(9) };
        let key = SoftwareKey::generate(KeySpec::EcP256).unwrap();
        let of = |subject, serial, extensions| {
            let spki = &key.public_key().spki;
            forge(&Forge { subject, issuer: "AC", spki, issuer_key: &key, validity: validity(), serial, extensions })
        };
        let (ca, leaf) = (of("AC", 1, ca_extensions(None)), of("Maria", serial, vec![]));
        (key, ca, leaf)
    }

    #[test]
    fn it_is_the_request_that_openssl_would_make() {
        // 0x80 and above have a zero before them in the certificate, and keep it.
        for number in [0x7f, 0x80] {
            let (_, ca, leaf) = pair(number);
            let scratch = Scratch::new();
            let (ca_file, leaf_file) = (scratch.put("ca.pem", ca.pem()), scratch.put("leaf.pem", leaf.pem()));
            let theirs = scratch.path("theirs.req");
            let asking = ["ocsp", "-no_nonce", "-issuer", &ca_file, "-cert", &leaf_file, "-reqout", &theirs];
            let Some((ok, said)) = judge("openssl", &asking) else { return };
            assert!(ok, "{said}");
            let own = OcspRequest::new(&leaf, &ca, None).unwrap();
            assert_eq!(own.der(), std::fs::read(theirs).unwrap(), "byte for byte");
            // With a nonce OpenSSL reads the same, and the nonce.
            let own = scratch.put("own.req", OcspRequest::new(&leaf, &ca, Some(NONCE)).unwrap().der());
            let (ok, text) = judge("openssl", &["ocsp", "-req_text", "-reqin", &own]).unwrap();
            assert!(ok && text.contains("OCSP Nonce") && text.contains(&"9A".repeat(32)), "{text}");
        }
    }

    #[test]
    fn openssl_answers_it_with_its_nonce() {
        let (key, ca, leaf) = pair(7);
        let scratch = Scratch::new();
        let ca_file = scratch.put("ca.pem", ca.pem());
        let key_file = scratch.put("ca.key", crate::certificate::pem("PRIVATE KEY", key.pkcs8().expose()));
        let index = scratch.put("index.txt", "V\t400101000000Z\t\t07\tunknown\t/CN=Maria\n");
        let request = OcspRequest::new(&leaf, &ca, Some(NONCE)).unwrap();
        let (question, answer) = (scratch.put("own.req", request.der()), scratch.path("own.resp"));
        let answering = [
            "ocsp", "-ndays", "1", "-index", &index, "-CA", &ca_file, "-rsigner", &ca_file, "-rkey", &key_file,
            "-reqin", &question, "-respout", &answer,
        ];
        let Some((ok, said)) = judge("openssl", &answering) else { return };
        assert!(ok, "{said}");
        let response = OcspResponse::from_der(&std::fs::read(answer).unwrap()).unwrap();
        let at = OffsetDateTime::now_utc();
        assert_eq!(response.status_of(&leaf, &ca, at).unwrap().status, OcspStatus::Good);
        assert_eq!(request.nonce_of(&response), NonceMatch::Same);
        let other = OcspRequest::new(&leaf, &ca, Some([1; 32])).unwrap();
        assert_eq!(other.nonce_of(&response), NonceMatch::Other);
        let none = OcspRequest::new(&leaf, &ca, None).unwrap();
        assert_eq!(none.nonce_of(&response), NonceMatch::Other);
    }
}
