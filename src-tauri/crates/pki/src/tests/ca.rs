//! The CA, judged by OpenSSL.

use cartorio_core::HashAlgorithm;
use cartorio_keys::{DigestSigner, KeySpec, SignatureAlgorithm};
use time::Duration;

use super::support::{
    Hierarchy, NOW, Scratch, TestSigner, default_hierarchy, hierarchy, issue, judge, leaf, run, validity,
};
use crate::ca::{
    AttributeType, CaError, CertificateAuthority, CertificateRequest, CertificationRequest, CrlRequest, LocalCa,
    Profile, Subject, UnsignedCertificate, UnsignedRequest, demo,
};
use crate::{CrlRejection, RevocationReason, RevokedCertificate, Serial, Validity};

fn crl_request(revoked: Vec<RevokedCertificate>) -> CrlRequest {
    CrlRequest { revoked, number: 7, this_update: NOW - Duration::days(1), next_update: NOW + Duration::days(30) }
}

#[test]
fn openssl_accepts_the_hierarchy_of_every_algorithm() {
    let variants = [
        (KeySpec::Rsa2048, SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256)),
        (KeySpec::Rsa2048, SignatureAlgorithm::rsa_pss(HashAlgorithm::Sha256)),
        (KeySpec::Rsa3072, SignatureAlgorithm::rsa_pss(HashAlgorithm::Sha512)),
        (KeySpec::EcP256, SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256)),
        (KeySpec::EcP384, SignatureAlgorithm::ecdsa(HashAlgorithm::Sha384)),
        (KeySpec::EcP521, SignatureAlgorithm::ecdsa(HashAlgorithm::Sha512)),
    ];
    for (spec, algorithm) in variants {
        let Hierarchy { root, intermediate } = hierarchy(spec, algorithm);
        let (_, chain) = leaf(&intermediate, "Maria");
        let crl = run(intermediate.crl(crl_request(vec![RevokedCertificate {
            serial: Serial::from_hex("0badcafe").unwrap(),
            at: NOW - Duration::days(2),
            reason: Some(RevocationReason::KeyCompromise),
        }])))
        .unwrap();
        let root_crl = run(root.crl(crl_request(Vec::new()))).unwrap();

        let scratch = Scratch::new();
        let root_file = scratch.put("root.pem", root.certificate().pem());
        let intermediate_file = scratch.put("intermediate.pem", intermediate.certificate().pem());
        let leaf_file = scratch.put("leaf.pem", chain[0].pem());
        let crl_file = scratch.put("crl.pem", crl.pem());
        let crls = scratch.put("crls.pem", crl.pem() + &root_crl.pem());
        let at = NOW.unix_timestamp().to_string();
        let Some((ok, said)) = judge(
            "openssl",
            &[
                "verify",
                "-x509_strict",
                "-check_ss_sig",
                "-crl_check_all",
                "-CRLfile",
                &crls,
                "-attime",
                &at,
                "-CAfile",
                &root_file,
                "-untrusted",
                &intermediate_file,
                &leaf_file,
            ],
        ) else {
            return;
        };
        assert!(ok, "{algorithm}: {said}");
        let (ok, said) =
            judge("openssl", &["crl", "-in", &crl_file, "-noout", "-verify", "-CAfile", &intermediate_file]).unwrap();
        assert!(ok && said.contains("verify OK"), "{algorithm}: {said}");
        let (_, text) = judge("openssl", &["crl", "-in", &crl_file, "-noout", "-text"]).unwrap();
        for wanted in ["Version 2", "CRL Number", "0BADCAFE", "Key Compromise"] {
            assert!(text.contains(wanted), "{wanted} is not in:\n{text}");
        }
    }
}

#[test]
fn openssl_rejects_what_the_list_revokes() {
    let Hierarchy { root, intermediate } = default_hierarchy();
    let (_, chain) = leaf(&intermediate, "Maria");
    let entry = RevokedCertificate {
        serial: chain[0].serial.clone(),
        at: NOW - Duration::days(2),
        reason: Some(RevocationReason::Superseded),
    };
    let crl = run(intermediate.crl(crl_request(vec![entry]))).unwrap();
    let scratch = Scratch::new();
    let files = [
        scratch.put("crl.pem", crl.pem()),
        scratch.put("root.pem", root.certificate().pem()),
        scratch.put("intermediate.pem", intermediate.certificate().pem()),
        scratch.put("leaf.pem", chain[0].pem()),
    ];
    let at = NOW.unix_timestamp().to_string();
    let [crl, root, intermediate, leaf] = &files;
    let arguments =
        ["verify", "-crl_check", "-CRLfile", crl, "-attime", &at, "-CAfile", root, "-untrusted", intermediate, leaf];
    let Some((ok, said)) = judge("openssl", &arguments) else { return };
    assert!(!ok && said.contains("certificate revoked"), "{said}");
}

#[test]
fn a_list_is_checked_for_issuer_key_and_usage() {
    let Hierarchy { root, intermediate } = default_hierarchy();
    let crl = run(intermediate.crl(crl_request(Vec::new()))).unwrap();
    assert_eq!(crl.check_issuer(intermediate.certificate()), Ok(()));
    assert_eq!(crl.check_issuer(root.certificate()), Err(CrlRejection::OtherIssuer));
    let other = default_hierarchy().intermediate;
    assert_eq!(crl.check_issuer(other.certificate()), Err(CrlRejection::OtherIssuer), "same name, other key");
    let mut broken = crl.der.clone();
    let last = broken.len() - 1;
    broken[last] ^= 1;
    let broken = crate::Crl::from_der(&broken).unwrap();
    assert_eq!(broken.check_issuer(intermediate.certificate()), Err(CrlRejection::SignatureWrong));
    assert_eq!(crl.number.as_ref().unwrap().decimal(), "7");
}

#[test]
fn validity_is_clipped_to_the_issuer() {
    let Hierarchy { intermediate, .. } = default_hierarchy();
    let issuer = intermediate.certificate().validity;
    let (_, chain) = issue(
        &intermediate,
        demo::signer("Maria").unwrap(),
        Profile::DocumentSigner { email: None },
        Validity { not_before: issuer.not_before - Duration::days(9), not_after: issuer.not_after + Duration::days(9) },
    );
    assert_eq!(chain[0].validity, issuer);
    let past = Validity { not_before: issuer.not_before - Duration::days(9), not_after: issuer.not_before };
    let holder = TestSigner::new(KeySpec::EcP256.default_algorithm(), KeySpec::EcP256);
    let request = CertificateRequest {
        subject: demo::signer("Maria").unwrap(),
        spki: holder.public_key().spki.clone(),
        profile: Profile::DocumentSigner { email: None },
        validity: past,
        serial: Serial::random().unwrap(),
    };
    assert_eq!(run(intermediate.issue(request, &*holder)).unwrap_err().code(), "ca_outside_issuer_validity");
}

#[test]
fn what_a_ca_may_not_do_is_refused() {
    let Hierarchy { root, intermediate } = default_hierarchy();
    let (_, chain) = leaf(&intermediate, "Maria");
    let signer = TestSigner::new(KeySpec::EcP256.default_algorithm(), KeySpec::EcP256);
    let request = |profile| CertificateRequest {
        subject: demo::signer("Maria").unwrap(),
        spki: signer.public_key().spki.clone(),
        profile,
        validity: validity(1),
        serial: Serial::random().unwrap(),
    };
    // pathLenConstraint 0 leaves no room for another CA.
    let error = run(intermediate.issue(request(Profile::IssuingCa { path_len: 0 }), &*signer)).unwrap_err();
    assert_eq!(error.code(), "ca_path_length");
    let error = run(root.issue(request(Profile::RootCa { path_len: None }), &*signer)).unwrap_err();
    assert_eq!(error.code(), "ca_path_length", "a root is nobody's subordinate");
    let malformed = Profile::DocumentSigner { email: Some("maria".to_owned()) };
    assert_eq!(run(intermediate.issue(request(malformed), &*signer)).unwrap_err().code(), "ca_email_malformed");
    // The key to be certified is somebody else's.
    let thief = TestSigner::new(KeySpec::EcP256.default_algorithm(), KeySpec::EcP256);
    let stolen = run(intermediate.issue(request(Profile::DocumentSigner { email: None }), &*thief));
    assert_eq!(stolen.unwrap_err().code(), "ca_holder_mismatch");
    // The signer's key is another one.
    let other = TestSigner::new(KeySpec::EcP256.default_algorithm(), KeySpec::EcP256);
    assert!(matches!(LocalCa::new(vec![root.certificate().clone()], other), Err(CaError::KeyMismatch)));
    assert!(matches!(
        LocalCa::new(Vec::new(), TestSigner::new(KeySpec::EcP256.default_algorithm(), KeySpec::EcP256)),
        Err(CaError::EmptyChain)
    ));
    // An end-entity certificate is no CA.
    let (key, _) = leaf(&intermediate, "Other");
    let unsigned = UnsignedCertificate::prepare(
        request(Profile::DocumentSigner { email: None }),
        Some(&chain[0]),
        KeySpec::EcP256.default_algorithm(),
    );
    assert_eq!(unsigned.unwrap_err().code(), "ca_not_a_ca");
    // A signature by another key is not built in.
    let unsigned = UnsignedCertificate::prepare(
        request(Profile::DocumentSigner { email: None }),
        Some(intermediate.certificate()),
        KeySpec::EcP256.default_algorithm(),
    )
    .unwrap();
    let signature = key.sign_digest(KeySpec::EcP256.default_algorithm(), &unsigned.digest()).unwrap();
    let issuer_key = intermediate.certificate().public_key().unwrap();
    assert!(matches!(unsigned.assemble(&signature, &issuer_key), Err(CaError::BadSignature)));
}

#[test]
fn dates_beyond_2049_are_written_as_generalized_time() {
    let not_before = time::macros::datetime!(2048-01-01 00:00 UTC);
    let validity = Validity { not_before, not_after: time::macros::datetime!(2060-06-01 12:30:45 UTC) };
    let subject = Subject::new([(AttributeType::CommonName, "Longa")]).unwrap();
    let signer = TestSigner::new(KeySpec::EcP256.default_algorithm(), KeySpec::EcP256);
    let root = run(LocalCa::create_root(subject, Some(1), validity, signer)).unwrap();
    assert_eq!(root.certificate().validity, validity, "read back as written");
    let scratch = Scratch::new();
    let file = scratch.put("root.pem", root.certificate().pem());
    let Some((_, said)) = judge("openssl", &["x509", "-in", &file, "-noout", "-dates"]) else { return };
    assert!(said.contains("notAfter=Jun  1 12:30:45 2060 GMT"), "{said}");
}

#[test]
fn openssl_reads_a_certification_request_and_checks_its_signature() {
    for (spec, algorithm) in [
        (KeySpec::Rsa2048, SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256)),
        (KeySpec::Rsa2048, SignatureAlgorithm::rsa_pss(HashAlgorithm::Sha256)),
        (KeySpec::EcP256, SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256)),
        (KeySpec::EcP384, SignatureAlgorithm::ecdsa(HashAlgorithm::Sha384)),
    ] {
        let holder = TestSigner::new(algorithm, spec);
        let request = CertificateRequest {
            subject: demo::signer("João da Conceição").unwrap(),
            spki: holder.public_key().spki.clone(),
            profile: Profile::DocumentSigner { email: Some("joao@exemplo.com.br".to_owned()) },
            validity: validity(1),
            serial: Serial::random().unwrap(),
        };
        let made = run(CertificationRequest::signed_by(&request, &*holder)).unwrap();
        let scratch = Scratch::new();
        let file = scratch.put("request.pem", made.pem());
        let arguments = ["req", "-verify", "-noout", "-text", "-nameopt", "utf8", "-in", &file];
        let Some((ok, said)) = judge("openssl", &arguments) else { return };
        assert!(ok && said.contains("verify OK"), "{algorithm}: {said}");
        for wanted in [
            "Version: 1 (0x0)",
            "João da Conceição",
            "Digital Signature, Non Repudiation",
            "1.3.6.1.5.5.7.3.36, E-mail Protection",
            "email:joao@exemplo.com.br",
        ] {
            assert!(said.contains(wanted), "{algorithm}: no {wanted:?} in {said}");
        }
        assert!(!said.contains("CA:TRUE"), "{said}");

        // One changed bit of the signed part, and the judge says no.
        let mut broken = made.der().to_vec();
        let at = broken.windows(4).position(|window| window == b"Jo\xc3\xa3").unwrap();
        broken[at] = b'P';
        let file = scratch.put("broken.der", broken);
        let (_, said) = judge("openssl", &["req", "-verify", "-noout", "-inform", "DER", "-in", &file]).unwrap();
        assert!(!said.contains("verify OK"), "{said}");
    }
}

#[test]
fn a_certification_request_of_a_ca_asks_to_be_one() {
    let holder = TestSigner::new(KeySpec::EcP256.default_algorithm(), KeySpec::EcP256);
    let request = CertificateRequest {
        subject: demo::signer("AC").unwrap(),
        spki: holder.public_key().spki.clone(),
        profile: Profile::IssuingCa { path_len: 0 },
        validity: validity(1),
        serial: Serial::random().unwrap(),
    };
    let made = run(CertificationRequest::signed_by(&request, &*holder)).unwrap();
    let scratch = Scratch::new();
    let file = scratch.put("ca.pem", made.pem());
    let Some((ok, said)) = judge("openssl", &["req", "-verify", "-noout", "-text", "-in", &file]) else { return };
    assert!(ok && said.contains("CA:TRUE, pathlen:0") && said.contains("Certificate Sign, CRL Sign"), "{said}");
}

#[test]
fn a_certification_request_is_signed_by_its_own_key_or_not_at_all() {
    let holder = TestSigner::new(KeySpec::EcP256.default_algorithm(), KeySpec::EcP256);
    let thief = TestSigner::new(KeySpec::EcP256.default_algorithm(), KeySpec::EcP256);
    let subject = demo::signer("Maria").unwrap();
    let profile = Profile::DocumentSigner { email: None };
    let prepare =
        || UnsignedRequest::prepare(&subject, &holder.public_key().spki, &profile, holder.algorithm()).unwrap();
    let sign = |signer: &TestSigner| run(signer.sign_digest(&prepare().digest())).unwrap().value;
    assert!(prepare().assemble(&sign(&holder), holder.public_key()).is_ok());
    assert!(matches!(prepare().assemble(&sign(&thief), thief.public_key()), Err(CaError::HolderMismatch)));
    assert!(matches!(prepare().assemble(&sign(&thief), holder.public_key()), Err(CaError::BadSignature)));
    let garbage = UnsignedRequest::prepare(&subject, b"no key", &profile, holder.algorithm());
    assert!(matches!(garbage, Err(CaError::MalformedKey)));
}
