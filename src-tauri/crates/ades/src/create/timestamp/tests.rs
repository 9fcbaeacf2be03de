//! An authority made here, so that it can be wrong in every way.
#![allow(clippy::unwrap_used, reason = "tests")]

use cartorio_core::{Coded, Digest, HashAlgorithm};
use cartorio_keys::{KeySpec, SignatureAlgorithm, SoftwareKey};
use const_oid::ObjectIdentifier as Oid;
use proptest::prelude::*;
use time::macros::datetime;

use super::*;
use crate::cms::algorithm::{digest_identifier, signature_identifier};
use crate::cms::certificate::CertificateParts;

const CONTENT: &[u8] = b"o valor de uma assinatura";
const NONCE: [u8; 16] = [0, 0, 0x80, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const STAMPING: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.8");
const POLICY: Oid = Oid::new_unwrap("2.16.76.1.6.6");

/// What the authority does; [`Authority::default`] does everything right.
struct Authority {
    nonce: Option<Vec<u8>>,
    content: Vec<u8>,
    hash: HashAlgorithm,
    policy: Oid,
    extension: Vec<u8>,
    content_type: Oid,
    purposes: Option<(bool, Vec<Oid>)>,
    /// Gives the certificate's reference; `None` leaves the attribute away.
    reference: fn(&[u8]) -> Option<(Oid, Vec<u8>)>,
    message: fn(&[u8]) -> Vec<u8>,
    encloses: bool,
    signers: usize,
    algorithm: SignatureAlgorithm,
    identifier: Option<Vec<u8>>,
}

impl Default for Authority {
    fn default() -> Self {
        Self {
            nonce: Some(NONCE[2..].to_vec()),
            content: CONTENT.to_vec(),
            hash: HashAlgorithm::Sha256,
            policy: POLICY,
            extension: Vec::new(),
            content_type: oid::TST_INFO,
            purposes: Some((true, vec![STAMPING])),
            reference: v2,
            message: |content| Digest::of(HashAlgorithm::Sha256, content).as_bytes().to_vec(),
            encloses: true,
            signers: 1,
            algorithm: KeySpec::EcP256.default_algorithm(),
            identifier: None,
        }
    }
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    write::tlv(write::SEQUENCE, parts)
}

fn v2(certificate: &[u8]) -> Option<(Oid, Vec<u8>)> {
    let hash = write::tlv(write::OCTET_STRING, &[Digest::of(HashAlgorithm::Sha256, certificate).as_bytes()]);
    Some((oid::SIGNING_CERTIFICATE_V2, sequence(&[&sequence(&[&sequence(&[&hash])])])))
}

fn v1(certificate: &[u8]) -> Option<(Oid, Vec<u8>)> {
    let sha1 = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, certificate);
    let hash = write::tlv(write::OCTET_STRING, &[sha1.as_ref()]);
    Some((oid::SIGNING_CERTIFICATE, sequence(&[&sequence(&[&sequence(&[&hash])])])))
}

fn attribute(oid: Oid, value: &[u8]) -> Vec<u8> {
    sequence(&[&write::oid(oid), &write::tlv(write::SET, &[value])])
}

impl Authority {
    fn certificate(&self, key: &SoftwareKey) -> Vec<u8> {
        let name = write::tlv(
            write::SET,
            &[&sequence(&[&write::oid(Oid::new_unwrap("2.5.4.3")), &write::tlv(0x0c, &[b"Carimbo do tempo"])])],
        );
        let name = sequence(&[&name]);
        let extensions = self.purposes.as_ref().map(|(critical, purposes)| {
            let list: Vec<u8> = purposes.iter().flat_map(|purpose| write::oid(*purpose)).collect();
            let value = write::tlv(write::OCTET_STRING, &[&sequence(&[&list])]);
            let flag: &[u8] = if *critical { &[1, 1, 0xff] } else { &[] };
            let own = sequence(&[&write::oid(Oid::new_unwrap("2.5.29.37")), flag, &value]);
            write::tlv(write::context(3), &[&sequence(&[&own])])
        });
        let algorithm = signature_identifier(KeySpec::EcP256.default_algorithm()).unwrap();
        let time = |text: &[u8]| write::tlv(write::UTC_TIME, &[text]);
        let tbs = sequence(&[
            &write::tlv(write::context(0), &[&[2, 1, 2]]),
            &[2, 1, 7],
            &algorithm,
            &name,
            &sequence(&[&time(b"260101000000Z"), &time(b"270101000000Z")]),
            &name,
            &key.public_key().spki,
            &extensions.unwrap_or_default(),
        ]);
        let digest = Digest::of(HashAlgorithm::Sha256, &tbs);
        let value = key.sign_digest(KeySpec::EcP256.default_algorithm(), &digest).unwrap();
        sequence(&[&tbs, &algorithm, &write::tlv(BIT_STRING, &[&[0], &value])])
    }

    fn token(&self) -> Vec<u8> {
        let key = SoftwareKey::generate(KeySpec::EcP256).unwrap();
        let certificate = self.certificate(&key);
        let parts = CertificateParts::read(&certificate).unwrap();
        let digest = Digest::of(self.hash, &self.content);
        let nonce = self.nonce.as_ref().map(|nonce| write::tlv(write::INTEGER, &[&unsigned(nonce)]));
        let info = sequence(&[
            &[2, 1, 1],
            &write::oid(self.policy),
            &sequence(&[&digest_identifier(self.hash), &write::tlv(write::OCTET_STRING, &[digest.as_bytes()])]),
            &[2, 2, 0, 0xfe],
            &write::tlv(write::GENERALIZED_TIME, &[b"20261122050607.25Z"]),
            &sequence(&[&[2, 1, 1]]),
            &nonce.unwrap_or_default(),
            &self.extension,
        ]);
        let mut attributes = vec![
            attribute(oid::CONTENT_TYPE, &write::oid(self.content_type)),
            attribute(oid::MESSAGE_DIGEST, &write::tlv(write::OCTET_STRING, &[&(self.message)(&info)])),
        ];
        attributes.extend((self.reference)(&certificate).map(|(oid, value)| attribute(oid, &value)));
        let set = write::set_of(write::SET, attributes.clone());
        let value = key.sign_digest(self.algorithm, &Digest::of(self.algorithm.hash(), &set)).unwrap();
        let signer = sequence(&[
            &[2, 1, 1],
            &sequence(&[parts.issuer, parts.serial]),
            &digest_identifier(HashAlgorithm::Sha256),
            &write::set_of(write::context(0), attributes),
            &self.identifier.clone().unwrap_or_else(|| signature_identifier(self.algorithm).unwrap()),
            &write::tlv(write::OCTET_STRING, &[&value]),
        ]);
        let content = write::tlv(write::context(0), &[&write::tlv(write::OCTET_STRING, &[&info])]);
        let enclosed = if self.encloses { write::tlv(write::context(0), &[&certificate]) } else { Vec::new() };
        let data = sequence(&[
            &[2, 1, 3],
            &write::tlv(write::SET, &[&digest_identifier(HashAlgorithm::Sha256)]),
            &sequence(&[&write::oid(self.content_type), &content]),
            &enclosed,
            &write::tlv(write::SET, &vec![signer.as_slice(); self.signers]),
        ]);
        sequence(&[&write::oid(oid::SIGNED_DATA), &write::tlv(write::context(0), &[&data])])
    }

    fn response(&self) -> Vec<u8> {
        sequence(&[&sequence(&[&[2, 1, 0]]), &self.token()])
    }

    fn refusal(&self) -> TimestampError {
        query(None).accept(&self.response()).unwrap_err()
    }
}

fn query(policy: Option<Oid>) -> Query {
    Query::new(Digest::of(HashAlgorithm::Sha256, CONTENT), NONCE, policy)
}

#[test]
fn a_good_answer_is_taken_whole() {
    let response = Authority::default().response();
    for policy in [None, Some(POLICY)] {
        let token = query(policy).accept(&response).unwrap();
        assert!(response.ends_with(&token.der), "the token is given as it came");
        assert_eq!((token.gen_time, token.policy), (datetime!(2026-11-22 05:06:07 UTC), POLICY));
        assert_eq!((token.certificates.len(), token.serial), (1, vec![0, 0xfe]));
    }
    let old = Authority { reference: v1, ..Authority::default() };
    assert!(query(None).accept(&old.response()).is_ok(), "RFC 3161's own attribute still counts");
    let changed = sequence(&[&sequence(&[&[2, 1, 1]]), &Authority::default().token()]);
    assert!(query(None).accept(&changed).is_ok(), "granted with changes, and everything is as asked");
}

#[test]
fn an_answer_to_another_question_is_none() {
    let good = Authority::default;
    for nonce in [vec![0x80, 3, 4], NONCE[3..].to_vec(), vec![0]] {
        let error = Authority { nonce: Some(nonce), ..good() }.refusal();
        assert_eq!(error, TimestampError::WrongNonce { missing: false });
    }
    assert_eq!(Authority { nonce: None, ..good() }.refusal(), TimestampError::WrongNonce { missing: true });
    assert_eq!(Authority { content: b"outro".to_vec(), ..good() }.refusal(), TimestampError::WrongImprint);
    assert_eq!(Authority { hash: HashAlgorithm::Sha512, ..good() }.refusal(), TimestampError::WrongImprint);
    let asked = Oid::new_unwrap("1.2.3");
    let error = query(Some(asked)).accept(&good().response()).unwrap_err();
    assert_eq!(error, TimestampError::WrongPolicy { asked, actual: POLICY });
    let own = sequence(&[&write::oid(asked), &[1, 1, 0xff], &[4, 0]]);
    let extension = write::tlv(write::context(1), &[&own]);
    assert_eq!(Authority { extension, ..good() }.refusal(), TimestampError::CriticalExtension(asked));
    let error = Authority { content_type: oid::DATA, ..good() }.refusal();
    assert_eq!(error, TimestampError::NotATimeStamp(oid::DATA));
}

#[test]
fn a_certificate_for_anything_else_stamps_nothing() {
    let of = |purposes| Authority { purposes, ..Authority::default() }.refusal();
    let mail = Oid::new_unwrap("1.3.6.1.5.5.7.3.4");
    assert_eq!(of(None), TimestampError::Purpose(PurposeProblem::Missing));
    assert_eq!(of(Some((true, vec![mail]))), TimestampError::Purpose(PurposeProblem::Missing));
    assert_eq!(of(Some((true, vec![STAMPING, mail]))), TimestampError::Purpose(PurposeProblem::Others));
    assert_eq!(of(Some((false, vec![STAMPING]))), TimestampError::Purpose(PurposeProblem::NotCritical));
    let error = Authority { encloses: false, ..Authority::default() }.refusal();
    assert_eq!(error, TimestampError::CertificateMissing);
}

#[test]
fn what_is_signed_must_be_this_certificate_and_this_content() {
    let good = Authority::default;
    let reference = |reference| Authority { reference, ..good() }.refusal();
    let problem = TimestampError::SigningCertificate;
    assert_eq!(reference(|_| None), problem(ReferenceProblem::Missing));
    assert_eq!(reference(|_| v2(b"outro")), problem(ReferenceProblem::Differs));
    assert_eq!(reference(|_| v1(b"outro")), problem(ReferenceProblem::Differs));
    let broken = |_: &[u8]| Some((oid::SIGNING_CERTIFICATE_V2, vec![5, 0]));
    assert_eq!(reference(broken), problem(ReferenceProblem::Malformed));
    let error = Authority { message: |_| vec![7; 32], ..good() }.refusal();
    assert_eq!(error, TimestampError::Attribute { attribute: "message_digest" });
    for signers in [0, 2] {
        assert_eq!(Authority { signers, ..good() }.refusal(), TimestampError::Signers(signers));
    }
    let sha1 = sequence(&[&write::oid(Oid::new_unwrap("1.2.840.10045.4.1"))]);
    let error = Authority { identifier: Some(sha1), ..good() }.refusal();
    assert_eq!(error, TimestampError::Algorithm { name: "ECDSA with SHA-1".to_owned() });
    let other = signature_identifier(SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256)).unwrap();
    assert_eq!(Authority { identifier: Some(other), ..good() }.refusal(), TimestampError::SignatureWrong);
}

#[test]
fn a_refusal_is_told_in_words() {
    let text = sequence(&[&write::tlv(UTF8_STRING, &["Sem saldo\r\n de carimbos".as_bytes()])]);
    // badAlg and systemFailure: bits 0 and 25.
    let failures = [BIT_STRING, 5, 6, 0x80, 0, 0, 0x40];
    let response = sequence(&[&sequence(&[&[2, 1, 2], &text, &failures])]);
    let error = query(None).accept(&response).unwrap_err();
    let text = "Sem saldo de carimbos".to_owned();
    let failures = vec![FailInfo::BadAlgorithm, FailInfo::SystemFailure];
    assert_eq!(error, TimestampError::Rejected { status: PkiStatus::Rejection, failures, text });
    assert_eq!(error.params()[1], ("failures", "bad_algorithm,system_failure".to_owned()));
    assert_eq!(
        error.to_string(),
        "the authority refuses: rejection; it does not know or accept the hash algorithm; its system failed \
         («Sem saldo de carimbos»)"
    );
    let long = sequence(&[&write::tlv(UTF8_STRING, &[&[b'x'; 5000]])]);
    let response = sequence(&[&sequence(&[&[2, 1, 9], &long])]);
    match query(None).accept(&response).unwrap_err() {
        TimestampError::Rejected { status: PkiStatus::Other(9), text, .. } => assert_eq!(text.len(), MAX_TEXT),
        other => panic!("{other}"),
    }
    assert_eq!(query(None).accept(&sequence(&[&sequence(&[&[2, 1, 0]])])).unwrap_err(), TimestampError::NoToken);
}

#[test]
fn a_dummy_is_as_large_as_asked() {
    for size in (0..600).chain(65_500..65_600).chain([TYPICAL_TOKEN]) {
        let dummy = dummy_token(size);
        assert!(dummy.len() >= size && dummy.len() <= size.max(19) + 3, "{size}: {}", dummy.len());
        assert_eq!(Tlv::only(&dummy).unwrap().tag(), write::SEQUENCE);
    }
}

#[test]
fn nonces_are_positive_and_minimal() {
    for (nonce, written) in [(&NONCE[..], &[0, 0x80, 3, 4, 5][..]), (&[0; 16], &[0]), (&[0x7f, 1], &[0x7f, 1])] {
        assert!(unsigned(nonce).starts_with(written), "{nonce:?}");
    }
    let der = query(Some(POLICY)).der();
    let mut fields = Tlv::only(&der).unwrap().children();
    let tags: Vec<u8> = fields.clone().rest("a field").unwrap().iter().map(Tlv::tag).collect();
    assert_eq!(tags, [write::INTEGER, write::SEQUENCE, write::OBJECT_IDENTIFIER, write::INTEGER, BOOLEAN]);
    assert_eq!(fields.any("a version").unwrap().body(), [1]);
}

#[test]
fn every_broken_byte_of_a_token_is_noticed_or_means_nothing() {
    let response = Authority::default().response();
    let good = query(None).accept(&response).unwrap();
    let mut taken = 0;
    for at in 0..response.len() {
        for flip in [1, 0x80] {
            let mut changed = response.clone();
            changed[at] ^= flip;
            if let Ok(token) = query(None).accept(&changed) {
                // Version numbers and the outer digest list are signed by nobody and read by nobody here.
                assert_eq!((token.gen_time, token.policy), (good.gen_time, good.policy), "byte {at}");
                assert_eq!(token.certificates, good.certificates, "byte {at}");
                taken += 1;
            }
        }
        assert!(query(None).accept(&response[..at]).is_err());
    }
    assert!(taken < 80, "{taken}");
    let followed = [response.as_slice(), &[0]].concat();
    assert!(matches!(query(None).accept(&followed), Err(TimestampError::Malformed(_))));
}

proptest! {
    #[test]
    fn anything_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(query(None).accept(&bytes).is_err());
    }
}
