//! What OpenSSL makes, read here; and what an attacker makes of it.

use std::fs;

use cartorio_ades::cms::ber::Encoding;
use cartorio_ades::cms::der::{oid, tlv};
use cartorio_ades::cms::oid::OCSP_RESPONSE;
use cartorio_ades::cms::tlv::Tlv;
use cartorio_ades::validate::cms::{
    CertificateKind, RevocationKind, SignerId, parse, verify_detached, verify_enclosed,
};
use cartorio_ades::validate::{
    BreakReason, ClaimedTime, EssVersion, Integrity, IssuerSerial, MessageDigest, OpenReason, SignatureValue,
    SignerReport, SigningCertificate,
};
use cartorio_core::Digest;

use crate::pki::pki;

pub const CONTENT: &[u8] = b"Certid\xc3\xa3o de inteiro teor\r\n\0fim";

/// A CMS over [`CONTENT`] by `openssl cms -sign` with more options.
pub fn by_openssl(name: &str, signer: &str, options: &[&str]) -> Vec<u8> {
    let pki = pki();
    let (input, output) = (format!("{name}.in"), format!("{name}.cms"));
    fs::write(pki.path(&input), CONTENT).unwrap();
    let (certificate, key) = (format!("{signer}.pem"), format!("{signer}.key"));
    let mut arguments = vec![
        "cms",
        "-sign",
        "-binary",
        "-in",
        &input,
        "-signer",
        &certificate,
        "-inkey",
        &key,
        "-certfile",
        "chain.pem",
        "-outform",
        "DER",
        "-out",
        &output,
    ];
    arguments.extend(options);
    pki.openssl(&arguments);
    fs::read(pki.path(&output)).unwrap()
}

pub fn detached(cms: &[u8], content: &[u8]) -> SignerReport {
    let view = parse(cms).unwrap();
    verify_detached(&view, |hash| Ok::<_, ()>(Digest::of(hash, content))).unwrap().remove(0)
}

fn enclosed(cms: &[u8]) -> SignerReport {
    verify_enclosed(&parse(cms).unwrap()).expect("content is inside").remove(0)
}

const BROKEN: Integrity = Integrity::Broken { reason: BreakReason::ContentChanged };

#[test]
fn detached_signatures_of_openssl_hold_and_any_changed_byte_of_the_content_breaks_them() {
    let pss = ["-cades", "-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:digest"];
    for (name, signer, options) in [
        ("plain", "rsa", &[][..]),
        ("cades", "rsa", &["-cades"]),
        ("sha512", "rsa", &["-cades", "-md", "sha512"]),
        ("pss", "rsa", &pss),
        ("p256", "p256", &["-cades"]),
        ("p384", "p384", &["-cades", "-md", "sha384"]),
        ("p384-sha256", "p384", &["-cades", "-md", "sha256"]),
        ("p521", "p521", &["-cades", "-md", "sha512"]),
        ("keyid", "p256", &["-keyid", "-cades"]),
        ("noattr", "rsa", &["-noattr"]),
        ("stream", "rsa", &["-stream", "-cades"]),
    ] {
        let cms = by_openssl(name, signer, options);
        let report = detached(&cms, CONTENT);
        assert_eq!(report.integrity, Integrity::Ok, "{name}: {report:#?}");
        assert_eq!(report.signature_value, SignatureValue::Verifies, "{name}");
        for index in 0..CONTENT.len() {
            let mut changed = CONTENT.to_vec();
            changed[index] ^= 0x20;
            assert_eq!(detached(&cms, &changed).integrity, BROKEN, "{name}: byte {index}");
        }
        assert_eq!(detached(&cms, b"").integrity, BROKEN, "{name}");
    }
}

#[test]
fn facts_are_told_apart() {
    let cades = detached(&by_openssl("facts-cades", "rsa", &["-cades"]), CONTENT);
    assert!(matches!(cades.signing_certificate, SigningCertificate::Matches { version: EssVersion::V2, .. }));
    assert!(matches!(cades.claimed_time, ClaimedTime::At(_)));
    assert_eq!(cades.forbidden_in_pades.len(), 1);

    let plain = detached(&by_openssl("facts-plain", "rsa", &[]), CONTENT);
    assert_eq!(plain.signing_certificate, SigningCertificate::Absent);

    let direct = detached(&by_openssl("facts-noattr", "rsa", &["-noattr"]), CONTENT);
    assert_eq!(direct.message_digest, MessageDigest::Direct);
    assert_eq!(direct.signed_attributes, []);

    let keyid = detached(&by_openssl("facts-keyid", "p256", &["-keyid"]), CONTENT);
    assert!(matches!(keyid.signer_id, SignerId::KeyIdentifier(_)));
    assert!(keyid.certificate.is_some_and(|certificate| certificate.issuer_bytes_match));
}

#[test]
fn enclosing_signatures_are_read_in_der_and_in_ber() {
    for (name, options, encoding) in [
        ("enclosing-der", &["-nodetach", "-cades"][..], Encoding::Der),
        ("enclosing-ber", &["-nodetach", "-cades", "-stream"], Encoding::Ber),
        ("enclosing-ber-noattr", &["-nodetach", "-noattr", "-stream"], Encoding::Ber),
    ] {
        let mut cms = by_openssl(name, "rsa", options);
        let view = parse(&cms).unwrap();
        assert_eq!(view.encoding(), encoding, "{name}");
        assert_eq!(view.content(), Some(CONTENT), "{name}");
        assert_eq!(view.encoded_len(), cms.len(), "{name}");
        assert!(view.certificates().all(|certificate| certificate.kind == CertificateKind::X509), "{name}");
        assert_eq!(enclosed(&cms).integrity, Integrity::Ok, "{name}");
        let at = find(&cms, CONTENT);
        for index in 0..CONTENT.len() {
            cms[at + index] ^= 1;
            assert_eq!(enclosed(&cms).integrity, BROKEN, "{name}: byte {index}");
            cms[at + index] ^= 1;
        }
        assert_eq!(detached(&cms, b"another document").integrity, BROKEN, "{name}: what is shown is what counts");
        cms.resize(cms.len() + 1000, 0);
        assert_eq!(enclosed(&cms).integrity, Integrity::Ok, "{name}: padding of a PDF follows");
    }
}

#[test]
fn a_flipped_bit_in_what_is_signed_or_in_the_value_is_never_sound() {
    for (name, signer) in [("flip-rsa", "rsa"), ("flip-p256", "p256")] {
        let cms = by_openssl(name, signer, &["-cades"]);
        let view = parse(&cms).unwrap();
        let signer = view.signers().next().unwrap();
        for part in [signer.signed_attributes().unwrap(), signer.signature_value()] {
            let at = find(&cms, part);
            for index in at..at + part.len() {
                for bit in [0x01, 0x80] {
                    let mut changed = cms.clone();
                    changed[index] ^= bit;
                    let Ok(view) = parse(&changed) else { continue };
                    let reports = verify_detached(&view, |hash| Ok::<_, ()>(Digest::of(hash, CONTENT))).unwrap();
                    assert!(
                        reports.iter().all(|report| report.integrity != Integrity::Ok),
                        "{name}: byte {index} of {part:x?}"
                    );
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_decided_is_not_called_broken() {
    let undecidable = |cms: &[u8], content: &[u8]| match detached(cms, content).integrity {
        Integrity::Undecidable { reason } => reason,
        other => panic!("{other:?}"),
    };
    let sha1 = by_openssl("sha1", "rsa", &["-md", "sha1"]);
    assert!(matches!(undecidable(&sha1, CONTENT), OpenReason::WeakAlgorithm(_)));
    assert!(matches!(undecidable(&sha1, b"changed"), OpenReason::WeakAlgorithm(_)));

    let salt = by_openssl("salt", "rsa", &["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:20"]);
    assert!(matches!(undecidable(&salt, CONTENT), OpenReason::UnknownAlgorithm(_)));
    assert_eq!(detached(&salt, b"changed").integrity, BROKEN, "the content can be judged without the value");

    let sha224 = by_openssl("sha224", "rsa", &["-md", "sha224"]);
    assert!(matches!(undecidable(&sha224, CONTENT), OpenReason::UnknownAlgorithm(_)));

    let pki = pki();
    pki.openssl(&[
        "cms",
        "-sign",
        "-binary",
        "-in",
        "sha224.in",
        "-signer",
        "rsa.pem",
        "-inkey",
        "rsa.key",
        "-nocerts",
        "-cades",
        "-outform",
        "DER",
        "-out",
        "nocerts.cms",
    ]);
    let nocerts = fs::read(pki.path("nocerts.cms")).unwrap();
    assert_eq!(undecidable(&nocerts, CONTENT), OpenReason::CertificateMissing);
    assert!(matches!(detached(&nocerts, CONTENT).message_digest, MessageDigest::Matches(_)));

    pki.openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-out", "small.key"]);
    pki.openssl(&["req", "-x509", "-key", "small.key", "-subj", "/CN=Pequena", "-out", "small.pem", "-days", "9"]);
    let small = by_openssl("small", "small", &["-cades"]);
    assert!(matches!(undecidable(&small, CONTENT), OpenReason::UnsupportedKey(_)));
}

#[test]
fn a_key_bound_to_pss_signs_with_pss_alone() {
    let pki = pki();
    pki.openssl(&[
        "genpkey",
        "-algorithm",
        "RSA-PSS",
        "-pkeyopt",
        "rsa_keygen_bits:2048",
        "-pkeyopt",
        "rsa_pss_keygen_md:sha256",
        "-pkeyopt",
        "rsa_pss_keygen_mgf1_md:sha256",
        "-pkeyopt",
        "rsa_pss_keygen_saltlen:32",
        "-out",
        "pss-only.key",
    ]);
    pki.openssl(&["req", "-x509", "-key", "pss-only.key", "-subj", "/CN=PSS", "-out", "pss-only.pem", "-days", "9"]);
    let cms = by_openssl("pss-only", "pss-only", &["-cades", "-keyopt", "rsa_pss_saltlen:32"]);
    assert_eq!(detached(&cms, CONTENT).integrity, Integrity::Ok);
}

#[test]
fn another_certificate_of_the_same_key_issuer_and_number_is_noticed() {
    let pki = pki();
    let cms = by_openssl("substitute", "p256", &["-cades"]);
    let own = &pki.signers.values().find(|signer| signer.stem == "p256").unwrap().certificate;
    // The same key, issuer and serial number, another name of the same length.
    pki.openssl(&[
        "x509",
        "-req",
        "-in",
        "p256.csr",
        "-CA",
        "middle.pem",
        "-CAkey",
        "middle.key",
        "-set_serial",
        "0xf001",
        "-sha256",
        "-days",
        "3000",
        "-extfile",
        "leaf.ext",
        "-outform",
        "DER",
        "-out",
        "substitute.crt",
    ]);
    let other = fs::read(pki.path("substitute.crt")).unwrap();
    let view = parse(&cms).unwrap();
    let forged = replace_certificate(&cms, own, &other);
    assert_eq!(view.certificates().len(), 3);
    let report = detached(&forged, CONTENT);
    assert_eq!(report.signature_value, SignatureValue::Verifies, "the key is the same");
    assert_eq!(report.signing_certificate, SigningCertificate::Differs { version: EssVersion::V2 });
    assert_eq!(report.integrity, Integrity::Broken { reason: BreakReason::OtherCertificate });

    let both = add_certificate(&forged, own);
    let report = detached(&both, CONTENT);
    assert_eq!(report.integrity, Integrity::Ok, "the certificate that the signer meant goes first");
    assert_eq!(report.certificate.unwrap().der, *own);
    assert!(matches!(
        report.signing_certificate,
        SigningCertificate::Matches { issuer_serial: IssuerSerial::Same | IssuerSerial::Absent, .. }
    ));
}

#[test]
fn an_unreadable_certificate_is_reported_and_does_no_harm() {
    let cms = by_openssl("unreadable", "rsa", &["-cades"]);
    let view_certificates =
        |cms: &[u8]| parse(cms).unwrap().certificates().map(|certificate| certificate.kind).collect::<Vec<_>>();
    let odd = add_certificate(&cms, &[0x30, 3, 0x02, 1, 5]);
    let kinds = view_certificates(&odd);
    assert_eq!(kinds.iter().filter(|kind| matches!(kind, CertificateKind::Unreadable(_))).count(), 1);
    let attribute = add_certificate(&cms, &[0xa2, 2, 0x05, 0]);
    assert!(view_certificates(&attribute).contains(&CertificateKind::Other));
    assert_eq!(detached(&odd, CONTENT).integrity, Integrity::Ok);
    assert_eq!(detached(&attribute, CONTENT).integrity, Integrity::Ok);
}

#[test]
fn revocation_data_is_found() {
    let pki = pki();
    fs::write(pki.path("index.txt"), "").unwrap();
    fs::write(
        pki.path("ca.cnf"),
        "[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=9\n",
    )
    .unwrap();
    pki.openssl(&[
        "ca",
        "-config",
        "ca.cnf",
        "-gencrl",
        "-cert",
        "middle.pem",
        "-keyfile",
        "middle.key",
        "-out",
        "middle.crl",
    ]);
    let bag = pki.openssl(&["crl2pkcs7", "-in", "middle.crl", "-certfile", "chain.pem", "-outform", "DER"]);
    let crl = pki.openssl(&["crl", "-in", "middle.crl", "-outform", "DER"]);
    let view = parse(&bag).unwrap();
    assert_eq!((view.certificates().len(), view.signers().len()), (2, 0));
    let found: Vec<_> = view.revocation().map(|found| (found.kind, found.der.to_vec())).collect();
    assert_eq!(found, [(RevocationKind::Crl, crl)]);
    assert_eq!(verify_detached(&view, |hash| Ok::<_, ()>(Digest::of(hash, b""))).unwrap(), [], "nobody signed");

    // RFC 5940: [1] IMPLICIT SEQUENCE { id-ri-ocsp-response, OCSPResponse }.
    let response = [0x30, 3, 0x0a, 1, 6];
    let ocsp = tlv(0xa1, &[&oid(OCSP_RESPONSE), &response]);
    let with_ocsp = rebuild(&bag, |certificates| [certificates, &ocsp].concat());
    let swapped: Vec<_> = parse(&with_ocsp).unwrap().certificates().map(|found| found.kind).collect();
    assert_eq!(swapped.last(), Some(&CertificateKind::Other), "in the wrong set it is no certificate");
    let with_ocsp = rebuild_set(&bag, 0xa1, |crls| [crls, &ocsp].concat());
    let view = parse(&with_ocsp).unwrap();
    let kinds: Vec<_> = view.revocation().map(|found| (found.kind, found.der.len())).collect();
    assert_eq!(kinds[1], (RevocationKind::Ocsp, response.len()));
}

#[test]
fn other_kinds_of_cms_and_other_files_are_refused_with_their_place() {
    use cartorio_ades::validate::cms::ParseError;
    let pki = pki();
    fs::write(pki.path("other.in"), CONTENT).unwrap();
    let data = pki.openssl(&["cms", "-data_create", "-in", "other.in", "-outform", "DER"]);
    assert!(matches!(parse(&data), Err(ParseError::NotSignedData(_))));
    let cms = by_openssl("cut", "rsa", &[]);
    assert!(matches!(parse(&cms[..cms.len() - 1]), Err(ParseError::Malformed(_))));
    let error = parse(b"%PDF-1.7").unwrap_err();
    assert_eq!(cartorio_core::Coded::code(&error), "cms_malformed");
    let certificate = parse(&pki.root).unwrap_err();
    assert!(certificate.offset() > 0, "{certificate}");
}

fn find(haystack: &[u8], needle: &[u8]) -> usize {
    haystack.windows(needle.len()).position(|window| window == needle).expect("it is there")
}

/// Swaps certificate `own` for `other` and mends the lengths around it.
fn replace_certificate(cms: &[u8], own: &[u8], other: &[u8]) -> Vec<u8> {
    rebuild(cms, |certificates| {
        let at = find(certificates, own);
        [&certificates[..at], other, &certificates[at + own.len()..]].concat()
    })
}

fn add_certificate(cms: &[u8], other: &[u8]) -> Vec<u8> {
    rebuild(cms, |certificates| [certificates, other].concat())
}

/// Writes a DER CMS again with other certificates.
fn rebuild(cms: &[u8], change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    rebuild_set(cms, 0xa0, change)
}

/// Writes a DER CMS again with another set of certificates (`[0]`) or revocation data (`[1]`).
fn rebuild_set(cms: &[u8], tag: u8, change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let outer = Tlv::only(cms).unwrap().children().rest("fields").unwrap();
    let signed_data = outer[1].children().any("signed data").unwrap();
    let fields = signed_data.children().rest("fields").unwrap();
    let fields: Vec<Vec<u8>> = fields
        .iter()
        .map(|field| if field.tag() == tag { tlv(tag, &[&change(field.body())]) } else { field.raw().to_vec() })
        .collect();
    let fields: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
    tlv(0x30, &[outer[0].raw(), &tlv(0xa0, &[&tlv(0x30, &fields)])])
}
