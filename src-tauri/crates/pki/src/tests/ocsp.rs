//! OCSP responses by OpenSSL's responder: what they prove, and what they do not.

use cartorio_core::Digest;
use cartorio_keys::{KeySpec, SoftwareKey};
use const_oid::ObjectIdentifier as Oid;
use der::Encode;
use proptest::prelude::*;
use time::{Duration, OffsetDateTime};

use super::support::{Forge, Scratch, ca_extensions, extension, forge, judge, name};
use crate::asn1;
use crate::chain::{Conclusion, Reviewer, RevocationEvidence};
use crate::{
    Certificate, Crl, OcspJudgement, OcspRejection, OcspResponder, OcspResponse, OcspStatus, PkiObject, ResponderId,
    ResponseStatus, RevocationReason, Validity, read_objects,
};

/// OpenSSL's responder uses the clock of the machine, so these tests do too.
fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

fn around(days: i64) -> Validity {
    Validity { not_before: now() - Duration::days(days), not_after: now() + Duration::days(days) }
}

fn ocsp_signing() -> Vec<u8> {
    let purpose = asn1::oid(&Oid::new("1.3.6.1.5.5.7.3.9").unwrap());
    extension("2.5.29.37", false, &asn1::seq([purpose]))
}

fn no_check() -> Vec<u8> {
    extension("1.3.6.1.5.5.7.48.1.5", false, &asn1::tlv(asn1::NULL, &[]))
}

struct World {
    scratch: Scratch,
    ca_key: SoftwareKey,
    ca: Certificate,
    leaf: Certificate,
}

struct Made<'a> {
    subject: &'a str,
    serial: u8,
    validity: Validity,
    extensions: Vec<Vec<u8>>,
}

impl World {
    fn new() -> Self {
        let ca_key = SoftwareKey::generate(KeySpec::EcP256).unwrap();
        let ca = forge(&Forge {
            subject: "AC",
            issuer: "AC",
            spki: &ca_key.public_key().spki,
            issuer_key: &ca_key,
            validity: around(300),
            serial: 1,
            extensions: ca_extensions(None),
        });
        let mut world = Self { scratch: Scratch::new(), leaf: ca.clone(), ca, ca_key };
        world.leaf = world.issue(Made { subject: "Maria", serial: 7, validity: around(200), extensions: vec![] }).1;
        world
    }

    fn issue(&self, made: Made<'_>) -> (SoftwareKey, Certificate) {
        let key = SoftwareKey::generate(KeySpec::EcP256).unwrap();
        let certificate = forge(&Forge {
            subject: made.subject,
            issuer: "AC",
            spki: &key.public_key().spki,
            issuer_key: &self.ca_key,
            validity: made.validity,
            serial: made.serial,
            extensions: made.extensions,
        });
        (key, certificate)
    }

    fn responder(&self, validity: Validity, extensions: Vec<Vec<u8>>) -> (SoftwareKey, Certificate) {
        self.issue(Made { subject: "Respondedor", serial: 9, validity, extensions })
    }

    /// Asks OpenSSL's responder; `None` where there is no OpenSSL.
    fn ask(
        &self,
        responder: (&SoftwareKey, &Certificate),
        index: &str,
        request: &[&str],
        response: &[&str],
    ) -> Option<OcspResponse> {
        let put = |name: &str, certificate: &Certificate| self.scratch.put(name, certificate.pem());
        let (ca, leaf, signer) =
            (put("ca.pem", &self.ca), put("leaf.pem", &self.leaf), put("responder.pem", responder.1));
        let key = crate::certificate::pem("PRIVATE KEY", responder.0.pkcs8().expose());
        let key = self.scratch.put("responder.key", key);
        let index = self.scratch.put("index.txt", index);
        let (question, answer) = (self.scratch.path("request.der"), self.scratch.path("response.der"));
        let asking = [&["ocsp"], request, &["-issuer", &ca, "-cert", &leaf, "-reqout", &question]].concat();
        let (ok, said) = judge("openssl", &asking)?;
        assert!(ok, "{said}");
        let answering = [
            &["ocsp", "-index", &index, "-CA", &ca, "-rsigner", &signer, "-rkey", &key, "-reqin", &question],
            response,
            &["-respout", &answer],
        ]
        .concat();
        let (ok, said) = judge("openssl", &answering)?;
        assert!(ok, "{said}");
        Some(OcspResponse::from_der(&std::fs::read(answer).unwrap()).unwrap())
    }

    fn good(&self, responder: (&SoftwareKey, &Certificate)) -> Option<OcspResponse> {
        self.ask(responder, &index("V", ""), &[], &["-ndays", "7"])
    }

    fn judge(&self, response: &OcspResponse, at: OffsetDateTime) -> OcspJudgement {
        response.status_of(&self.leaf, &self.ca, at)
    }
}

/// One line of OpenSSL's database, for serial number 7.
fn index(state: &str, revoked: &str) -> String {
    format!("{state}\t400101000000Z\t{revoked}\t07\tunknown\t/CN=Maria\n")
}

fn utc(at: OffsetDateTime) -> String {
    let format = time::macros::format_description!("[year repr:last_two][month][day][hour][minute][second]Z");
    at.format(&format).unwrap()
}

#[test]
fn the_issuer_answers_for_itself() {
    let world = World::new();
    let Some(response) = world.good((&world.ca_key, &world.ca)) else { return };
    let basic = response.basic.as_ref().unwrap();
    assert_eq!(response.status, ResponseStatus::Successful);
    assert_eq!((basic.version, &basic.responder), (1, &ResponderId::Name(world.ca.subject.clone())));
    assert_eq!(
        basic.nonce.as_ref().map(|nonce| nonce.len() >= 16),
        Some(true),
        "OpenSSL asks with a nonce and gives it back"
    );
    assert_eq!(basic.signature_algorithm.name, "ecdsaWithSHA256");
    let evidence = world.judge(&response, now()).unwrap();
    assert_eq!((evidence.status, evidence.responder), (OcspStatus::Good, OcspResponder::Issuer));
    assert_eq!(evidence.next_update.unwrap() - evidence.this_update, Duration::days(7));
    assert_eq!(evidence.weak_algorithm, None);
    // Before, at its end, and after.
    assert_eq!(world.judge(&response, now() - Duration::days(90)).unwrap().status, OcspStatus::Good);
    assert!(world.judge(&response, evidence.next_update.unwrap()).is_ok());
    let late = evidence.next_update.unwrap() + Duration::seconds(1);
    assert!(matches!(world.judge(&response, late), Err(OcspRejection::Stale { .. })));
    // By key instead of name, by SHA-256 instead of SHA-1, without nextUpdate.
    let other = world.ask((&world.ca_key, &world.ca), &index("V", ""), &["-sha256"], &["-resp_key_id"]).unwrap();
    assert!(matches!(other.basic.as_ref().unwrap().responder, ResponderId::KeyHash(_)));
    assert_eq!(other.responses()[0].cert_id.hash_algorithm.name, "SHA-256");
    assert_eq!(world.judge(&other, other.responses()[0].this_update).unwrap().status, OcspStatus::Good);
    assert!(matches!(world.judge(&other, now() + Duration::hours(1)), Err(OcspRejection::Stale { .. })));
    // The same from a file, with the certificates that came along.
    let bundle = read_objects(&response.der).unwrap();
    assert!(matches!(&bundle.objects[0].object, PkiObject::OcspResponse(own) if *own == response));
    assert_eq!((bundle.certificates(), bundle.ocsp_responses().len()), (vec![world.ca.clone()], 1));
    let question = read_objects(&std::fs::read(world.scratch.path("request.der")).unwrap()).unwrap();
    assert_eq!(question.objects[0].object.kind().code(), "ocsp_request");
}

#[test]
fn revocations_now_later_and_on_hold() {
    let world = World::new();
    let since = now() - Duration::days(10);
    let ask = |revoked: String| world.ask((&world.ca_key, &world.ca), &index("R", &revoked), &[], &["-ndays", "7"]);
    let Some(response) = ask(format!("{},keyCompromise", utc(since))) else { return };
    let at = since.replace_nanosecond(0).unwrap();
    let reason = Some(RevocationReason::KeyCompromise);
    assert_eq!(world.judge(&response, now()).unwrap().status, OcspStatus::Revoked { at, reason });
    assert_eq!(world.judge(&response, at).unwrap().status, OcspStatus::Revoked { at, reason });
    let before = at - Duration::seconds(1);
    assert_eq!(world.judge(&response, before).unwrap().status, OcspStatus::RevokedLater { at, reason });
    // A revocation does not grow stale.
    let late = now() + Duration::days(100);
    assert_eq!(world.judge(&response, late).unwrap().status, OcspStatus::Revoked { at, reason });
    let held = ask(format!("{},holdInstruction,1.2.840.10040.2.1", utc(since))).unwrap();
    assert_eq!(world.judge(&held, now()).unwrap().status, OcspStatus::OnHold { at });
    let plain = ask(utc(since)).unwrap();
    assert_eq!(world.judge(&plain, now()).unwrap().status, OcspStatus::Revoked { at, reason: None });
    // A database that does not have the certificate.
    let unknown = world.ask((&world.ca_key, &world.ca), "", &[], &["-ndays", "7"]).unwrap();
    assert_eq!(world.judge(&unknown, now()).unwrap().status, OcspStatus::Unknown);
}

#[test]
fn a_responder_needs_the_same_issuer_the_purpose_and_to_be_in_force() {
    let world = World::new();
    let (key, certificate) = world.responder(around(30), vec![ocsp_signing(), no_check()]);
    let Some(response) = world.good((&key, &certificate)) else { return };
    let evidence = world.judge(&response, now()).unwrap();
    assert_eq!(evidence.status, OcspStatus::Good);
    assert_eq!(evidence.responder, OcspResponder::Delegated { certificate, no_check: true });
    let code = |responder: (&SoftwareKey, &Certificate), at| {
        let response = world.good(responder).unwrap();
        world.judge(&response, at).map(|evidence| evidence.status.code()).unwrap_or_else(|rejection| rejection.code())
    };
    // Without the purpose, or with «any» in its place.
    let (key, plain) = world.responder(around(30), vec![]);
    assert_eq!(code((&key, &plain), now()), "ocsp_responder_not_authorised");
    let any = asn1::seq([asn1::oid(&Oid::new("2.5.29.37.0").unwrap())]);
    let (key, any) = world.responder(around(30), vec![extension("2.5.29.37", false, &any)]);
    assert_eq!(code((&key, &any), now()), "ocsp_responder_not_authorised");
    // Over before the answer was made; over before the instant in question.
    let past = Validity { not_before: now() - Duration::days(30), not_after: now() - Duration::days(1) };
    let (key, expired) = world.responder(past, vec![ocsp_signing()]);
    assert_eq!(code((&key, &expired), now() - Duration::days(10)), "ocsp_responder_not_in_force");
    let (key, short) = world.responder(around(2), vec![ocsp_signing()]);
    assert_eq!(code((&key, &short), now()), "good");
    assert_eq!(code((&key, &short), now() + Duration::days(3)), "ocsp_responder_not_in_force");
    // By another CA of the same name.
    let other = World::new();
    let (key, stranger) = other.responder(around(30), vec![ocsp_signing()]);
    assert_eq!(code((&key, &stranger), now()), "ocsp_responder_other_issuer");
    // By a CA of another name.
    let (key, _) = world.responder(around(30), vec![]);
    let own = forge(&Forge {
        subject: "Respondedor",
        issuer: "Respondedor",
        spki: &key.public_key().spki,
        issuer_key: &key,
        validity: around(30),
        serial: 3,
        extensions: vec![ocsp_signing()],
    });
    assert_eq!(code((&key, &own), now()), "ocsp_responder_other_issuer");
    // Its certificate did not come along.
    let (key, certificate) = world.responder(around(30), vec![ocsp_signing()]);
    let bare = world.ask((&key, &certificate), &index("V", ""), &[], &["-ndays", "7", "-resp_no_certs"]).unwrap();
    assert_eq!(world.judge(&bare, now()), Err(OcspRejection::ResponderMissing));
    assert_eq!(read_objects(&bare.der).unwrap().objects.len(), 1);
}

/// A list of «AC», signed by `key`, with the given entries.
fn list(key: &SoftwareKey, made: OffsetDateTime, entries: &[(u8, OffsetDateTime, u8)], indirect: bool) -> Crl {
    let algorithm = key.public_key().spec.default_algorithm();
    let identifier = algorithm.identifier().unwrap().to_der().unwrap();
    let entry = |(serial, at, reason): &(u8, OffsetDateTime, u8)| {
        let why = extension("2.5.29.21", false, &asn1::tlv(0x0a, &[*reason]));
        asn1::seq([asn1::number((*serial).into()), asn1::time(*at), asn1::seq([why])])
    };
    let mut parts =
        vec![asn1::number(1), identifier.clone(), name("AC"), asn1::time(made), asn1::time(made + Duration::days(30))];
    if !entries.is_empty() {
        parts.push(asn1::seq(entries.iter().map(entry).collect::<Vec<_>>()));
    }
    if indirect {
        let point = extension("2.5.29.28", true, &asn1::seq([asn1::implicit(4, &[0xff])]));
        parts.push(asn1::explicit(0, &asn1::seq([point])));
    }
    let tbs = asn1::seq(parts);
    let signature = key.sign_digest(algorithm, &Digest::of(algorithm.hash(), &tbs)).unwrap();
    Crl::from_der(&asn1::seq([tbs, identifier, asn1::bits(&signature)])).unwrap()
}

#[test]
fn a_revoked_responder_proves_nothing() {
    const KEY_COMPROMISE: u8 = 1;
    const HOLD: u8 = 6;
    let world = World::new();
    let (key, certificate) = world.responder(around(30), vec![ocsp_signing()]);
    let Some(response) = world.good((&key, &certificate)) else { return };
    let ago = |days| now().replace_nanosecond(0).unwrap() - Duration::days(days);
    let code = |response: &OcspResponse, lists: &[Crl]| {
        let judged = response.status_of_with(&world.leaf, &world.ca, now(), lists);
        judged.map(|evidence| evidence.status.code()).unwrap_or_else(|rejection| rejection.code())
    };
    let own = |made, entries: &[(u8, OffsetDateTime, u8)]| list(&world.ca_key, made, entries, false);
    assert_eq!(code(&response, &[]), "good");
    assert_eq!(code(&response, &[own(ago(1), &[])]), "good");
    assert_eq!(code(&response, &[own(ago(1), &[(8, ago(5), KEY_COMPROMISE)])]), "good", "another number");
    let revoked = own(ago(1), &[(9, ago(5), KEY_COMPROMISE)]);
    assert_eq!(code(&response, std::slice::from_ref(&revoked)), "ocsp_responder_revoked");
    // The answer was made after the revocation, so it proves nothing of the time before it either.
    let before = response.status_of_with(&world.leaf, &world.ca, ago(10), std::slice::from_ref(&revoked));
    let responder = certificate.subject.display_name().to_owned();
    assert_eq!(before, Err(OcspRejection::ResponderRevoked { responder, at: ago(5) }));
    assert_eq!(code(&response, &[own(ago(1), &[(9, ago(-1), KEY_COMPROMISE)])]), "good", "from tomorrow on");
    // A list by another key of the same name, and one that may speak of other issuers' certificates.
    let stranger = World::new();
    assert_eq!(code(&response, &[list(&stranger.ca_key, ago(1), &[(9, ago(5), KEY_COMPROMISE)], false)]), "good");
    assert_eq!(code(&response, &[list(&world.ca_key, ago(1), &[(9, ago(5), KEY_COMPROMISE)], true)]), "good");
    // On hold, until a newer list no longer has it.
    let held = own(ago(3), &[(9, ago(5), HOLD)]);
    assert_eq!(code(&response, &[held.clone(), own(ago(4), &[])]), "ocsp_responder_revoked");
    assert_eq!(code(&response, &[own(ago(2), &[]), held]), "good");
    assert_eq!(code(&response, &[own(ago(0), &[]), revoked.clone()]), "ocsp_responder_revoked", "for good");
    // The review of a chain looks into the lists that it was given; these are too old to speak of the leaf themselves.
    let anchors = std::slice::from_ref(&world.ca);
    let review = |lists: &[Crl]| {
        let reviewer = Reviewer::new(&[], anchors, lists).with_ocsp(std::slice::from_ref(&response));
        let report = reviewer.review(&world.leaf, now());
        let evidence = &report.best().unwrap().steps[0].evidence;
        let why = evidence.iter().find(|own| matches!(own, RevocationEvidence::Ocsp { .. })).unwrap().rejection();
        (report.verdict(), why)
    };
    let old = own(ago(40), &[]);
    assert_eq!(review(std::slice::from_ref(&old)), ((Conclusion::Passed, vec![]), None));
    let condemned = own(ago(40), &[(9, ago(41), KEY_COMPROMISE)]);
    let stale = (Conclusion::Indeterminate, vec!["revocation_stale"]);
    assert_eq!(review(&[old, condemned]), (stale, Some("ocsp_responder_revoked")));
    // With id-pkix-ocsp-nocheck its issuer says not to look.
    let (key, certificate) = world.responder(around(30), vec![ocsp_signing(), no_check()]);
    let response = world.good((&key, &certificate)).unwrap();
    assert_eq!(code(&response, &[revoked]), "good");
}

#[test]
fn another_certificate_another_issuer_another_answer() {
    let world = World::new();
    let Some(response) = world.good((&world.ca_key, &world.ca)) else { return };
    let (_, other) = world.issue(Made { subject: "João", serial: 8, validity: around(200), extensions: vec![] });
    assert_eq!(response.status_of(&other, &world.ca, now()), Err(OcspRejection::OtherCertificate));
    let twin = World::new();
    assert_eq!(response.status_of(&twin.leaf, &twin.ca, now()), Err(OcspRejection::OtherIssuer));
    // Every byte of the signed part changed: never a proof of anything.
    let start =
        response.der.windows(20).position(|window| response.basic.as_ref().unwrap().tbs().starts_with(window)).unwrap();
    for at in start..response.der.len() {
        let mut changed = response.der.clone();
        changed[at] ^= 1;
        if let Ok(changed) = OcspResponse::from_der(&changed) {
            let judged = world.judge(&changed, now());
            let signature_ends = response.basic.as_ref().unwrap().tbs().len() + start;
            assert!(judged.is_err() || at >= signature_ends, "byte {at}: {judged:?}");
        }
    }
    let refusal = OcspResponse::from_der(&[0x30, 3, 0x0a, 1, 6]).unwrap();
    let status = ResponseStatus::Unauthorized;
    assert_eq!(world.judge(&refusal, now()), Err(OcspRejection::NotSuccessful { status }));
    assert_eq!(OcspResponse::from_der(&[0x30, 3, 0x0a, 1, 0]).unwrap_err().code(), "ocsp_malformed");
    let trailing = [&response.der[..], &[0]].concat();
    assert_eq!(OcspResponse::from_der(&trailing).unwrap_err().code(), "ocsp_trailing_data");
    // The answer alone, as long-term signatures carry it.
    let bytes = asn1::Reader::new(&response.der).expect(asn1::SEQUENCE).unwrap().all_children().unwrap();
    let inner = bytes[1].children().expect(asn1::SEQUENCE).unwrap().all_children().unwrap();
    assert_eq!(OcspResponse::from_basic_der(inner[1].content).unwrap(), response);
    let bundle = read_objects(inner[1].content).unwrap();
    assert_eq!(bundle.ocsp_responses(), [response]);
}

#[test]
fn an_answer_after_the_end_of_the_certificate_absolves_nobody() {
    let mut world = World::new();
    let past = Validity { not_before: now() - Duration::days(30), not_after: now() - Duration::days(1) };
    world.leaf = world.issue(Made { subject: "Maria", serial: 7, validity: past, extensions: vec![] }).1;
    let Some(response) = world.good((&world.ca_key, &world.ca)) else { return };
    assert!(matches!(world.judge(&response, now() - Duration::days(5)), Err(OcspRejection::AfterExpiry { .. })));
}

proptest! {
    #[test]
    fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = OcspResponse::from_der(&bytes);
        let _ = OcspResponse::from_basic_der(&bytes);
        let _ = OcspResponse::from_basic_der(&asn1::seq([&bytes]));
    }
}
