//! What is made here, before foreign judges.

use std::fs;
use std::process::Command;

use cartorio_ades::cms::ber::Encoding;
use cartorio_ades::create::CreateError;
use cartorio_ades::create::attributes::SignedExtras;
use cartorio_ades::create::cades::{CadesRequest, prepare_detached};
use cartorio_ades::create::cms::{CmsRequest, Prepared, Profile, check_key_matches_certificate, prepare};
use cartorio_ades::validate::cms::{parse, verify_detached, verify_enclosed};
use cartorio_ades::validate::{
    AlgorithmProtection, ClaimedTime, ContentType, EssVersion, Integrity, IssuerSerial, SignerReport,
    SigningCertificate,
};
use cartorio_core::{Digest, HashAlgorithm};
use cartorio_keys::{KeySpec, SignatureAlgorithm, SoftwareKey};
use time::OffsetDateTime;

use crate::pki::{Pki, pki, python};

/// Bytes that a text-mode verifier would change.
const CONTENT: &[u8] = b"Escritura p\xc3\xbablica\r\nlinha dois\nlinha tr\xc3\xaas\r\n\0\xff";

fn cases() -> Vec<(KeySpec, SignatureAlgorithm)> {
    [KeySpec::Rsa2048, KeySpec::EcP256, KeySpec::EcP384, KeySpec::EcP521]
        .into_iter()
        .flat_map(|spec| spec.algorithms().into_iter().map(move |algorithm| (spec, algorithm)))
        .collect()
}

fn cades(pki: &Pki, spec: KeySpec, algorithm: SignatureAlgorithm, at: OffsetDateTime) -> Prepared {
    prepare_detached(CadesRequest {
        signer_certificate: &pki.signer(spec).certificate,
        chain: pki.chain(),
        algorithm,
        content_digest: Digest::of_reader(algorithm.hash(), CONTENT).unwrap(),
        signing_time: at,
        extras: SignedExtras::default(),
    })
    .unwrap()
}

fn sign(pki: &Pki, spec: KeySpec, prepared: &Prepared) -> Vec<u8> {
    pki.signer(spec).key.sign_digest(prepared.algorithm(), &prepared.tbs_digest()).unwrap()
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc().replace_nanosecond(0).unwrap()
}

fn detached(cms: &[u8], content: &[u8]) -> SignerReport {
    let view = parse(cms).unwrap();
    verify_detached(&view, |hash| Ok::<_, ()>(Digest::of(hash, content))).unwrap().remove(0)
}

#[test]
fn every_algorithm_passes_openssl_pyhanko_and_our_own_reader() {
    let pki = pki();
    let at = now();
    fs::write(pki.path("content.bin"), CONTENT).unwrap();
    fs::write(pki.path("changed.bin"), b"Escritura falsa").unwrap();
    let mut names = Vec::new();
    for (spec, algorithm) in cases() {
        let prepared = cades(pki, spec, algorithm, at);
        let cms = prepared.finish(&sign(pki, spec, &prepared)).unwrap();
        let name = format!("{algorithm}-{spec}.p7s");
        fs::write(pki.path(&name), &cms).unwrap();

        let verify = |content: &str| {
            pki.try_openssl(&[
                "cms",
                "-verify",
                "-binary",
                "-inform",
                "DER",
                "-cades",
                "-purpose",
                "any",
                "-CAfile",
                "root.pem",
                "-in",
                &name,
                "-content",
                content,
                "-out",
                "verified.bin",
            ])
        };
        let verdict = verify("content.bin");
        assert!(verdict.status.success(), "{name}: {}", String::from_utf8_lossy(&verdict.stderr));
        assert!(!verify("changed.bin").status.success(), "{name}: OpenSSL must notice another content");
        assert_is_der(pki, &name, &cms);

        let estimate = prepared.estimate_size();
        assert!(cms.len() <= estimate && estimate <= cms.len() + 12, "{name}: {} of {estimate}", cms.len());

        let report = detached(&cms, CONTENT);
        assert_eq!(report.integrity, Integrity::Ok, "{name}");
        assert_eq!(report.signature_algorithm.known(), Some(algorithm), "{name}");
        assert_eq!(report.claimed_time, ClaimedTime::At(at), "{name}");
        assert_eq!(report.algorithm_protection, AlgorithmProtection::Consistent, "{name}");
        assert_eq!(report.content_type, ContentType::Matches, "{name}");
        assert_eq!(
            report.signing_certificate,
            SigningCertificate::Matches { version: EssVersion::V2, issuer_serial: IssuerSerial::Same },
            "{name}"
        );
        assert!(report.attributes_in_der_order && report.encoding == Encoding::Der, "{name}");
        let certificate = report.certificate.expect("the signer's certificate is inside");
        assert_eq!(certificate.der, pki.signer(spec).certificate, "{name}");
        assert_eq!(parse(&cms).unwrap().certificates().len(), 3, "{name}: the whole chain travels");
        names.push(name);
    }
    pyhanko_accepts(pki, &names);
}

#[test]
fn the_signed_certificate_reference_is_what_iti_wants() {
    let pki = pki();
    for (spec, algorithm, hash_written) in [
        (KeySpec::Rsa2048, SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256), false),
        (KeySpec::Rsa2048, SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha512), true),
    ] {
        let prepared = cades(pki, spec, algorithm, now());
        let name = format!("attributes-{algorithm}.der");
        fs::write(pki.path(&name), prepared.to_be_signed()).unwrap();
        let dump = String::from_utf8(pki.openssl(&["asn1parse", "-inform", "DER", "-i", "-in", &name])).unwrap();
        let reference = dump.split("id-smime-aa-signingCertificateV2").nth(1).expect("the attribute is there");
        let reference = reference.split("id-").next().unwrap().split("cont [ 4 ]").collect::<Vec<_>>();
        assert_eq!(reference.len(), 2, "exactly one reference, its issuer as a directoryName:\n{dump}");
        assert_eq!(reference[0].contains("sha512"), hash_written, "SHA-256 is the DEFAULT and left out:\n{dump}");
        assert!(!reference[0].contains("sha256"), "{dump}");
    }
}

#[test]
fn pades_has_no_signing_time_and_content_can_be_enclosed() {
    let pki = pki();
    let (spec, algorithm) = (KeySpec::EcP256, SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256));
    let request = CmsRequest {
        signer_certificate: &pki.signer(spec).certificate,
        chain: pki.chain(),
        algorithm,
        content_digest: Digest::of(HashAlgorithm::Sha256, CONTENT),
        profile: Profile::Pades,
        extras: SignedExtras::default(),
    };
    let prepared = prepare(request.clone()).unwrap();
    let value = sign(pki, spec, &prepared);
    let report = detached(&prepared.finish(&value).unwrap(), CONTENT);
    assert_eq!(report.integrity, Integrity::Ok);
    assert_eq!(report.claimed_time, ClaimedTime::Absent);
    assert_eq!(report.forbidden_in_pades, []);
    let cades = detached(
        &{
            let prepared = cades(pki, spec, algorithm, now());
            prepared.finish(&sign(pki, spec, &prepared)).unwrap()
        },
        CONTENT,
    );
    assert_eq!(cades.forbidden_in_pades.len(), 1, "the signing time of a CAdES is reported");

    assert_eq!(prepared.finish_enclosing(&value, b"other").unwrap_err(), CreateError::ContentChanged);
    let enclosing = prepared.finish_enclosing(&value, CONTENT).unwrap();
    fs::write(pki.path("enclosing.p7m"), &enclosing).unwrap();
    pki.openssl(&[
        "cms",
        "-verify",
        "-binary",
        "-inform",
        "DER",
        "-cades",
        "-purpose",
        "any",
        "-CAfile",
        "root.pem",
        "-in",
        "enclosing.p7m",
        "-out",
        "enclosed.bin",
    ]);
    assert_eq!(fs::read(pki.path("enclosed.bin")).unwrap(), CONTENT);
    assert_is_der(pki, "enclosing.p7m", &enclosing);
    let reports = verify_enclosed(&parse(&enclosing).unwrap()).unwrap();
    assert_eq!(reports[0].integrity, Integrity::Ok);
    assert_eq!(parse(&enclosing).unwrap().content(), Some(CONTENT));
    assert!(verify_enclosed(&parse(&prepared.finish(&value).unwrap()).unwrap()).is_none(), "nothing is inside");

    let repeated = CmsRequest { chain: [pki.chain(), pki.chain()].concat(), ..request };
    assert_eq!(prepare(repeated).unwrap().finish(&value).unwrap(), prepared.finish(&value).unwrap());
}

#[test]
fn what_does_not_fit_is_refused_before_and_after_signing() {
    let pki = pki();
    let spec = KeySpec::EcP256;
    let certificate = &pki.signer(spec).certificate;
    let request = |algorithm: SignatureAlgorithm, hash| CmsRequest {
        signer_certificate: certificate,
        chain: pki.chain(),
        algorithm,
        content_digest: Digest::of(hash, CONTENT),
        profile: Profile::Pades,
        extras: SignedExtras::default(),
    };
    let (sha256, sha384) = (HashAlgorithm::Sha256, HashAlgorithm::Sha384);
    assert!(matches!(
        prepare(request(SignatureAlgorithm::rsa_pkcs1(sha256), sha256)),
        Err(CreateError::WrongAlgorithm { spec: KeySpec::EcP256, .. })
    ));
    assert!(matches!(
        prepare(request(SignatureAlgorithm::ecdsa(sha256), sha384)),
        Err(CreateError::WrongDigest { .. })
    ));
    let mut cut = request(SignatureAlgorithm::ecdsa(sha256), sha256);
    cut.chain.insert(1, &pki.root[..40]);
    assert!(matches!(prepare(cut), Err(CreateError::ChainCertificate { position: 2, .. })));
    let mut cut = request(SignatureAlgorithm::ecdsa(sha256), sha256);
    cut.signer_certificate = &certificate[..certificate.len() - 1];
    assert!(matches!(prepare(cut), Err(CreateError::SignerCertificate(_))));

    let prepared = prepare(request(SignatureAlgorithm::ecdsa(sha256), sha256)).unwrap();
    let stranger = SoftwareKey::generate(spec).unwrap();
    let value = stranger.sign_digest(prepared.algorithm(), &prepared.tbs_digest()).unwrap();
    assert_eq!(prepared.finish(&value).unwrap_err(), CreateError::BadSignature);
    assert_eq!(check_key_matches_certificate(stranger.public_key(), certificate), Err(CreateError::KeyMismatch));
    for signer in pki.signers.values() {
        check_key_matches_certificate(signer.key.public_key(), &signer.certificate).unwrap();
    }
}

/// OpenSSL writes DER; that it writes the same bytes back says that these are DER.
fn assert_is_der(pki: &Pki, name: &str, cms: &[u8]) {
    let again = pki.openssl(&["cms", "-cmsout", "-inform", "DER", "-outform", "DER", "-in", name]);
    assert!(again == cms, "{name}: OpenSSL writes it otherwise");
    let dump = String::from_utf8(pki.openssl(&["asn1parse", "-inform", "DER", "-in", name])).unwrap();
    assert!(!dump.contains("l=inf"), "{name}: an indefinite length");
}

fn pyhanko_accepts(pki: &Pki, names: &[String]) {
    const SCRIPT: &str = r"
import asyncio, sys
from asn1crypto import cms, pem, x509
from pyhanko.sign.validation.generic_cms import async_validate_detached_cms
from pyhanko_certvalidator import ValidationContext
root = x509.Certificate.load(pem.unarmor(open('root.pem', 'rb').read())[2])
content = open('content.bin', 'rb').read()
for name in sys.argv[1:]:
    raw = open(name, 'rb').read()
    info = cms.ContentInfo.load(raw, strict=True)
    assert info.dump(force=True) == raw, name + ': asn1crypto writes it otherwise'
    status = asyncio.run(async_validate_detached_cms(content, info['content'],
        signer_validation_context=ValidationContext(trust_roots=[root], allow_fetching=False)))
    assert status.intact and status.valid and status.trusted, name + ': ' + status.summary()
    print('ok', name)
";
    let Some(python) = python("pyHanko on detached CAdES") else { return };
    let output = Command::new(python).arg("-c").arg(SCRIPT).args(names).current_dir(pki.dir.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), names.len());
}
