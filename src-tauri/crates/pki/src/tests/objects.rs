//! Reading files by their content.

use proptest::prelude::*;

use super::support::{NOW, Scratch, default_hierarchy, judge, leaf, run};
use crate::asn1;
use crate::ca::{CertificateAuthority, CrlRequest};
use crate::{ObjectKind, PkiObject, ReadError, read_objects};

fn crl() -> crate::Crl {
    let request =
        CrlRequest { revoked: vec![], number: 1, this_update: NOW, next_update: NOW + time::Duration::days(1) };
    run(default_hierarchy().intermediate.crl(request)).unwrap()
}

#[test]
fn pem_with_other_text_between_and_windows_line_ends() {
    let (_, chain) = leaf(&default_hierarchy().intermediate, "Maria");
    let mut text = String::from("\u{feff}Subject: Maria\r\n");
    for certificate in &chain {
        text += &certificate.pem().replace('\n', "\r\n");
        text += "\r\nissuer: somebody\r\n";
    }
    text += &crl().pem();
    let bundle = read_objects(text.as_bytes()).unwrap();
    assert_eq!((bundle.certificates(), bundle.crls().len(), bundle.problems.len()), (chain, 1, 0));
    assert_eq!(bundle.objects[0].offset, text.find("-----BEGIN").unwrap());
}

#[test]
fn der_alone_and_der_one_after_the_other() {
    let (_, chain) = leaf(&default_hierarchy().intermediate, "Maria");
    assert_eq!(read_objects(&chain[0].der).unwrap().certificates(), &chain[..1]);
    let mut joined: Vec<u8> = chain.iter().flat_map(|certificate| certificate.der.clone()).collect();
    joined.extend_from_slice(&crl().der);
    joined.extend_from_slice(b"\r\n");
    let bundle = read_objects(&joined).unwrap();
    assert_eq!((bundle.certificates(), bundle.crls().len()), (chain.clone(), 1));
    assert_eq!(bundle.objects[1].offset, chain[0].der.len());
    // Bare base64, as it is pasted from mails.
    let pem = chain[0].pem();
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).map(|line| format!("{line}\n")).collect();
    assert_eq!(read_objects(body.as_bytes()).unwrap().certificates(), &chain[..1]);
}

#[test]
fn pkcs7_by_openssl_and_ber() {
    let (_, chain) = leaf(&default_hierarchy().intermediate, "Maria");
    let scratch = Scratch::new();
    let pem: String = chain.iter().map(|certificate| certificate.pem()).collect();
    let (all, list, out) = (scratch.put("all.pem", pem), scratch.put("crl.pem", crl().pem()), scratch.path("out.p7b"));
    for form in ["DER", "PEM"] {
        let arguments = ["crl2pkcs7", "-in", &list, "-certfile", &all, "-outform", form, "-out", &out];
        let Some((ok, said)) = judge("openssl", &arguments) else { return };
        assert!(ok, "{said}");
        let bundle = read_objects(&std::fs::read(&out).unwrap()).unwrap();
        assert_eq!((bundle.certificates(), bundle.crls().len()), (chain.clone(), 1), "{form}");
    }
    // The same in BER, with indefinite lengths, as some Windows and Java tools write it.
    let certificates: Vec<u8> = chain.iter().flat_map(|certificate| certificate.der.clone()).collect();
    let indefinite = |tag: u8, content: &[u8]| [&[tag, 0x80], content, &[0, 0]].concat();
    let data = indefinite(0x30, &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1]);
    let signed = indefinite(
        0x30,
        &[asn1::number(1), asn1::tlv(asn1::SET, &[]), data, indefinite(0xa0, &certificates), asn1::tlv(asn1::SET, &[])]
            .concat(),
    );
    let ber = indefinite(
        0x30,
        &[&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2][..], &indefinite(0xa0, &signed)].concat(),
    );
    assert_eq!(read_objects(&ber).unwrap().certificates(), chain);
}

#[test]
fn other_objects_are_recognised_and_private_keys_not_kept() {
    let (key, _) = leaf(&default_hierarchy().intermediate, "Maria");
    let kind = |bytes: &[u8]| match read_objects(bytes).unwrap().objects.remove(0).object {
        PkiObject::Other(kind) => kind,
        other => panic!("{other:?}"),
    };
    assert_eq!(kind(key.pkcs8().expose()), ObjectKind::PrivateKey);
    assert_eq!(kind(&key.public_key().spki), ObjectKind::PublicKey);
    let pem = crate::certificate::pem("PRIVATE KEY", key.pkcs8().expose());
    assert_eq!(kind(pem.as_bytes()), ObjectKind::PrivateKey);
    let debug = format!("{:?}", read_objects(pem.as_bytes()).unwrap());
    assert!(!debug.contains(&hex::encode(&key.pkcs8().expose()[40..60])));
    let scratch = Scratch::new();
    let (key_file, request) = (scratch.put("key.pem", pem), scratch.path("request.der"));
    let arguments = ["req", "-new", "-key", &key_file, "-subj", "/CN=x", "-outform", "DER", "-out", &request];
    if judge("openssl", &arguments).is_some() {
        assert_eq!(kind(&std::fs::read(request).unwrap()), ObjectKind::CertificationRequest);
    }
}

#[test]
fn trouble_is_told_with_object_and_place() {
    let (_, chain) = leaf(&default_hierarchy().intermediate, "Maria");
    assert_eq!(read_objects(b" \n").unwrap_err(), ReadError::Empty);
    assert_eq!(read_objects(b"%PDF-1.7").unwrap_err().code(), "pki_unrecognised");
    assert_eq!(read_objects(&[0x30, 0x82]).unwrap_err().code(), "pki_unrecognised");
    // The second of three is cut short: the others are still read.
    let broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    let text = chain[0].pem() + broken + &chain[1].pem();
    let bundle = read_objects(text.as_bytes()).unwrap();
    assert_eq!(bundle.certificates(), &chain[..2]);
    assert!(matches!(&bundle.problems[..], [ReadError::Malformed { object: 1, kind: ObjectKind::Certificate, .. }]));
    // A field inside: the validity's first time gets a month 13.
    let mut der = chain[0].der.clone();
    let place = der.windows(8).position(|window| window == b"26010100").unwrap();
    der[place + 2..place + 4].copy_from_slice(b"13");
    match read_objects(&der).unwrap_err() {
        ReadError::Malformed { object: 0, offset, .. } => {
            assert_eq!(offset + 4, place, "the place is that of the validity");
        }
        other => panic!("{other:?}"),
    }
    let no_end = "-----BEGIN CERTIFICATE-----\nMIIB\n";
    assert_eq!(read_objects(no_end.as_bytes()).unwrap_err().code(), "pem_broken");
}

proptest! {
    #[test]
    fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300), pem in any::<bool>()) {
        let bytes = if pem { crate::certificate::pem("PKCS7", &bytes).into_bytes() } else { bytes };
        let _ = read_objects(&bytes);
        let mut sequence = asn1::tlv(asn1::SEQUENCE, &bytes);
        let _ = read_objects(&sequence);
        sequence.extend_from_slice(b"-----BEGIN CERTIFICATE-----x-----END CERTIFICATE-----");
        let _ = read_objects(&sequence);
    }
}
