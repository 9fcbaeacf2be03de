//! Reading files by their content.

use proptest::prelude::*;

use super::support::{Forge, NOW, Scratch, corpus, default_hierarchy, extension, forge, judge, leaf, run, validity};
use crate::asn1;
use crate::ca::{CertificateAuthority, CrlRequest};
use crate::{Accuracy, Encoding, ObjectKind, PkiObject, ReadError, ReadLimits, SignerId, read_file, read_objects};

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
    let kind = |bytes: &[u8]| read_objects(bytes).unwrap().objects.remove(0).object.kind();
    assert_eq!(kind(key.pkcs8().expose()), ObjectKind::PrivateKey);
    assert_eq!(kind(&key.public_key().spki), ObjectKind::PublicKey);
    let pem = crate::certificate::pem("PRIVATE KEY", key.pkcs8().expose());
    assert_eq!(kind(pem.as_bytes()), ObjectKind::PrivateKey);
    assert_eq!(kind(hex::encode(key.pkcs8().expose()).as_bytes()), ObjectKind::PrivateKey);
    let bundle = read_objects(pem.as_bytes()).unwrap();
    assert!(bundle.objects[0].der().is_empty() && bundle.broken.is_empty());
    assert!(!format!("{bundle:?}").contains(&hex::encode(&key.pkcs8().expose()[40..60])));
    assert_eq!(kind(&[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 0]), ObjectKind::Jks);
    assert_eq!(kind(&[0xce, 0xce, 0xce, 0xce, 0, 0, 0, 2, 0, 0, 0, 0]), ObjectKind::Jceks);
    let scratch = Scratch::new();
    let (key_file, out) = (scratch.put("key.pem", pem), scratch.path("out"));
    let made = |arguments: &[&str]| {
        let (ok, said) = judge("openssl", arguments)?;
        assert!(ok, "{said}");
        Some(kind(&std::fs::read(&out).unwrap()))
    };
    let pass = ["-passout", "pass:segredo"];
    for (arguments, expected) in [
        (vec!["req", "-new", "-key", &key_file, "-subj", "/CN=x", "-outform", "DER"], ObjectKind::CertificationRequest),
        (vec!["ec", "-in", &key_file, "-outform", "DER"], ObjectKind::PrivateKey),
        (vec!["ec", "-in", &key_file, "-pubout", "-outform", "PEM"], ObjectKind::PublicKey),
        (vec!["pkey", "-in", &key_file, "-outform", "DER"], ObjectKind::PrivateKey),
        (
            [vec!["pkcs8", "-topk8", "-in", &key_file, "-outform", "DER"], pass.to_vec()].concat(),
            ObjectKind::EncryptedPrivateKey,
        ),
        ([vec!["pkcs8", "-topk8", "-in", &key_file], pass.to_vec()].concat(), ObjectKind::EncryptedPrivateKey),
        ([vec!["ec", "-in", &key_file, "-aes128"], pass.to_vec()].concat(), ObjectKind::EncryptedPrivateKey),
        (vec!["genrsa", "-traditional", "1024"], ObjectKind::PrivateKey),
    ] {
        let (last, arguments) = match arguments[0] {
            "genrsa" => (vec!["1024"], &arguments[..2]),
            _ => (vec![], &arguments[..]),
        };
        let arguments = [arguments, &["-out", &out], &last].concat();
        let Some(found) = made(&arguments) else { return };
        assert_eq!(found, expected, "{arguments:?}");
    }
    let rsa = scratch.path("rsa.pem");
    std::fs::copy(&out, &rsa).unwrap();
    assert_eq!(made(&["rsa", "-in", &rsa, "-outform", "DER", "-out", &out]), Some(ObjectKind::PrivateKey));
    made(&["rsa", "-in", &rsa, "-RSAPublicKey_out", "-outform", "DER", "-out", &out]);
    match &read_objects(&std::fs::read(&out).unwrap()).unwrap().objects[0].object {
        PkiObject::PublicKey { facts, .. } => assert_eq!(facts.label(), "RSA 1024 bits"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn text_as_it_comes_from_mails_and_windows() {
    let (_, chain) = leaf(&default_hierarchy().intermediate, "Maria");
    let text = format!("antes\n{}depois\n{}", chain[0].pem(), chain[1].pem());
    let little: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [little.clone(), big[12..].to_vec()] {
        let bundle = read_objects(&bytes).unwrap();
        assert_eq!((bundle.certificates(), bundle.problems.len()), (chain[..2].to_vec(), 0));
    }
    let bundle = read_objects(&little).unwrap();
    assert_eq!(bundle.objects[1].offset, 2 + 2 * text.rfind("-----BEGIN").unwrap());
    assert_eq!(bundle.objects[1].length, 2 * (chain[1].pem().len() - 1), "without the last line end");
    // Hex, in the ways that programs print it.
    let hex = hex::encode(&chain[0].der);
    let pairs: Vec<&str> = (0..hex.len()).step_by(2).map(|at| &hex[at..at + 2]).collect();
    for text in [hex.clone(), hex.to_uppercase(), pairs.join(":"), pairs.join(" "), format!("0x{}", pairs.join(", 0x"))]
    {
        let bundle = read_objects(text.as_bytes()).unwrap();
        assert_eq!(bundle.certificates(), &chain[..1], "{}", &text[..20]);
        assert_eq!(bundle.objects[0].origin.encoding, Encoding::Hex);
    }
}

#[test]
fn broken_pem_is_read_as_far_as_it_goes() {
    let (_, chain) = leaf(&default_hierarchy().intermediate, "Maria");
    let pem = chain[0].pem();
    let reason = |text: &str| {
        let bundle = read_objects(text.as_bytes()).unwrap();
        assert_eq!(bundle.certificates()[0], chain[0]);
        bundle.problems.first().map(|problem| problem.to_string()).unwrap_or_default()
    };
    assert!(reason(&pem.replace("END CERTIFICATE", "END X509 CRL")).contains("another label"));
    let cut = pem.split("-----END").next().unwrap();
    assert!(reason(cut).contains("no END line"));
    assert!(reason(&format!("{cut}\n{}", chain[1].pem())).contains("no END line"));
    assert!(reason(&pem.replacen("-----\n", "-----\nProc-Type: 1\nX: y\n\n", 1)).is_empty());
    assert!(reason(&format!("-----END CERTIFICATE-----\n{pem}")).contains("END line without"));
    assert_eq!(reason(&pem.replace("CERTIFICATE", "X509 CRL")), "", "the content counts, not the label");
    assert_eq!(reason(&pem.replace('=', "")), "", "padding is not needed");
    // A letter that is none: what stands before it is looked at, and the place is that of the letter.
    let at = pem.len() / 2;
    let wrong = format!("{}!{}", &pem[..at], &pem[at + 1..]);
    let bundle = read_file(wrong.as_bytes(), &ReadLimits::default()).unwrap();
    assert!(matches!(bundle.problems[0], ReadError::Pem { offset, .. } if offset == at));
    let broken = &bundle.broken[0];
    assert!(broken.kind == ObjectKind::Certificate && chain[0].der.starts_with(&broken.der[..broken.der.len() - 1]));
}

#[test]
fn der_with_other_bytes_between_and_after_something_broken() {
    let (_, chain) = leaf(&default_hierarchy().intermediate, "Maria");
    let mut joined = b"0x lixo \x30\x03\x01".to_vec();
    joined.extend_from_slice(&chain[0].der);
    joined.extend_from_slice(b"--- mais lixo ---\x30\x30");
    joined.extend_from_slice(chain[1].pem().as_bytes());
    joined.extend_from_slice(&chain[2].der);
    let bundle = read_objects(&joined).unwrap();
    assert_eq!(bundle.certificates(), [chain[0].clone(), chain[1].clone(), chain[2].clone()]);
    assert_eq!(bundle.objects[0].offset, 11);
    // The same behind a line of text.
    let texted = [&b"certificados:\n"[..], &joined].concat();
    assert_eq!(read_objects(&texted).unwrap().certificates(), bundle.certificates());
    // A container that is cut short: the certificates that are whole are found.
    let scratch = Scratch::new();
    let pem: String = chain.iter().map(|certificate| certificate.pem()).collect();
    let (all, out) = (scratch.put("all.pem", pem), scratch.path("out.p7b"));
    let arguments = ["crl2pkcs7", "-nocrl", "-certfile", &all, "-outform", "DER", "-out", &out];
    if judge("openssl", &arguments).is_none() {
        return;
    }
    let p7b = std::fs::read(&out).unwrap();
    let bundle = read_objects(&p7b[..p7b.len() - 200]).unwrap();
    assert_eq!(bundle.certificates(), &chain[..2]);
    // The container, and the last certificate in it.
    let kinds: Vec<_> = bundle.broken.iter().map(|broken| broken.kind.clone()).collect();
    assert_eq!(kinds, [ObjectKind::Pkcs7, ObjectKind::Certificate]);
    assert!(
        matches!(&bundle.problems[0], ReadError::Malformed { kind: ObjectKind::Pkcs7, offset: 0, .. }),
        "{:?}",
        bundle.problems
    );
}

#[test]
fn signatures_time_stamps_and_requests_by_openssl() {
    let hierarchy = default_hierarchy();
    let (key, chain) = leaf(&hierarchy.intermediate, "Maria");
    let scratch = Scratch::new();
    let key_file = scratch.put("key.pem", crate::certificate::pem("PRIVATE KEY", key.pkcs8().expose()));
    let (signer, others) =
        (scratch.put("signer.pem", chain[0].pem()), scratch.put("others.pem", chain[1].pem() + &chain[2].pem()));
    let (data, out) = (scratch.put("data", "conteúdo"), scratch.path("out"));
    let base = [
        "cms",
        "-sign",
        "-binary",
        "-in",
        &data,
        "-signer",
        &signer,
        "-inkey",
        &key_file,
        "-certfile",
        &others,
        "-out",
        &out,
    ];
    for (more, detached, encoding) in [
        (vec!["-outform", "DER"], true, "binary"),
        (vec!["-outform", "DER", "-nodetach"], false, "binary"),
        (vec!["-outform", "DER", "-nodetach", "-stream", "-keyid"], false, "binary"),
        (vec!["-outform", "PEM"], true, "pem"),
    ] {
        let Some((ok, said)) = judge("openssl", &[&base[..], &more].concat()) else { return };
        // A certificate without subjectKeyIdentifier cannot be named by it.
        assert!(ok, "{said}");
        let bundle = read_objects(&std::fs::read(&out).unwrap()).unwrap();
        assert!(bundle.problems.is_empty(), "{:?}", bundle.problems);
        let PkiObject::Cms(cms) = &bundle.objects[0].object else { panic!("{:?}", bundle.objects[0]) };
        let signed = cms.signed.as_ref().unwrap();
        assert_eq!((signed.is_detached(), signed.certificates), (detached, 3), "{more:?}");
        assert_eq!(signed.content_size, (!detached).then_some("conteúdo".len()));
        assert_eq!(signed.content_type.oid, "1.2.840.113549.1.7.1");
        let who = &signed.signers[0];
        assert_eq!(who.digest_algorithm.name, "SHA-256");
        assert!(who.signing_time.is_some() && who.message_digest.as_ref().is_some_and(|digest| digest.len() == 32));
        match &who.id {
            SignerId::IssuerAndSerial { issuer, serial } => {
                assert_eq!((issuer, serial), (&chain[0].issuer, &chain[0].serial));
            }
            SignerId::KeyId(id) => assert_eq!(Some(id), chain[0].subject_key_id.as_ref()),
        }
        assert_eq!(bundle.certificates().len(), 3);
        assert_eq!(bundle.objects[1].origin.inside, Some(ObjectKind::CmsSignature));
        assert_eq!(bundle.objects[0].origin.encoding.code(), encoding);
    }
}

#[test]
fn time_stamps_by_openssl() {
    let key = cartorio_keys::SoftwareKey::generate(cartorio_keys::KeySpec::EcP256).unwrap();
    let purpose = asn1::oid(&const_oid::ObjectIdentifier::new("1.3.6.1.5.5.7.3.8").unwrap());
    let tsa = forge(&Forge {
        subject: "ACT",
        issuer: "ACT",
        spki: &key.public_key().spki,
        issuer_key: &key,
        validity: validity(5),
        serial: 5,
        extensions: vec![
            extension("2.5.29.15", true, &asn1::named_bits(&[0])),
            extension("2.5.29.37", true, &asn1::seq([purpose])),
        ],
    });
    let scratch = Scratch::new();
    let serial = scratch.put("serial", "1234");
    let config = format!(
        "[tsa]\ndefault_tsa=t\n[t]\nserial={serial}\ncrypto_device=builtin\nsigner_digest=sha256\ndefault_policy=1.2.3.4.1\n\
         digests=sha256,sha512\naccuracy=secs:1,millisecs:500,microsecs:100\nordering=yes\ntsa_name=yes\n\
         ess_cert_id_chain=no\ness_cert_id_alg=sha256\n"
    );
    let config = scratch.put("tsa.cnf", config);
    let (signer, data) = (scratch.put("tsa.pem", tsa.pem()), scratch.put("data", "conteúdo"));
    let key_file = scratch.put("tsa.key", crate::certificate::pem("PRIVATE KEY", key.pkcs8().expose()));
    let (query, out) = (scratch.path("q.tsq"), scratch.path("r.tsr"));
    let asking = ["ts", "-query", "-data", &data, "-sha512", "-cert", "-out", &query];
    let Some((ok, said)) = judge("openssl", &asking) else { return };
    assert!(ok, "{said}");
    let question = read_objects(&std::fs::read(&query).unwrap()).unwrap();
    assert_eq!(question.objects[0].object.kind(), ObjectKind::TimeStampRequest);
    let answering = [
        "ts",
        "-reply",
        "-config",
        &config,
        "-queryfile",
        &query,
        "-signer",
        &signer,
        "-inkey",
        &key_file,
        "-out",
        &out,
    ];
    for token in [false, true] {
        let (ok, said) =
            judge("openssl", &[&answering[..], if token { &["-token_out"] } else { &[] }].concat()).unwrap();
        assert!(ok, "{said}");
        let der = std::fs::read(&out).unwrap();
        let bundle = read_objects(&der).unwrap();
        assert!(bundle.problems.is_empty(), "{:?}", bundle.problems);
        let PkiObject::TimeStamp(stamp) = &bundle.objects[0].object else { panic!("{:?}", bundle.objects[0]) };
        assert_eq!(stamp.response.as_ref().map(|status| status.code()), (!token).then_some("granted"));
        let info = stamp.info.as_ref().unwrap();
        assert_eq!((info.version, info.policy.oid.as_str(), info.ordering), (1, "1.2.3.4.1", true));
        assert_eq!(info.imprint_algorithm.name, "SHA-512");
        let digest = cartorio_core::Digest::of(cartorio_core::HashAlgorithm::Sha512, "conteúdo".as_bytes());
        assert_eq!(info.imprint, digest.as_bytes());
        assert_eq!(info.accuracy, Some(Accuracy { seconds: 1, millis: 500, micros: 100 }));
        assert_eq!(info.tsa.as_deref(), Some("CN=ACT"));
        assert!(info.nonce.is_some() && info.serial.hex().starts_with("12"));
        assert!((time::OffsetDateTime::now_utc() - info.gen_time).abs() < time::Duration::minutes(10));
        let signed = stamp.cms.as_ref().unwrap().signed.as_ref().unwrap();
        assert_eq!((signed.content_type.oid.as_str(), signed.signers.len()), ("1.2.840.113549.1.9.16.1.4", 1));
        assert_eq!((bundle.certificates(), stamp.der.len()), (vec![tsa.clone()], der.len()));
        // The fields of the token, from the structure down to what was stamped.
        let tree = cartorio_asn1::read(&der, &cartorio_asn1::Limits::default());
        let root = if token { "" } else { "timeStampToken." };
        let path = format!("{root}content.encapContentInfo.eContent.genTime");
        assert!(tree.at_path(&path).is_some(), "{path}");
    }
    let refusing = ["ts", "-query", "-data", &data, "-sha1", "-out", &query];
    assert!(judge("openssl", &refusing).unwrap().0);
    judge("openssl", &answering);
    let bundle = read_objects(&std::fs::read(&out).unwrap()).unwrap();
    let PkiObject::TimeStamp(stamp) = &bundle.objects[0].object else { panic!("{:?}", bundle.objects[0]) };
    let status = stamp.response.as_ref().unwrap();
    assert_eq!((status.code(), status.failures.as_slice(), stamp.info.is_none()), ("rejection", &[0][..], true));
}

#[test]
fn changed_files_never_panic_and_keep_their_places() {
    let (_, chain) = leaf(&default_hierarchy().intermediate, "Maria");
    let certificates: Vec<u8> = chain.iter().flat_map(|certificate| certificate.der.clone()).collect();
    let inner = asn1::seq([
        asn1::number(1),
        asn1::tlv(asn1::SET, &[]),
        asn1::seq([asn1::tlv(asn1::OID, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1])]),
        asn1::tlv(0xa0, &certificates),
        asn1::tlv(0xa1, &crl().der),
        asn1::tlv(asn1::SET, &[]),
    ]);
    let p7b =
        asn1::seq([asn1::tlv(asn1::OID, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2]), asn1::explicit(0, &inner)]);
    let bundle = read_objects(&p7b).unwrap();
    assert_eq!((bundle.certificates(), bundle.crls().len()), (chain.clone(), 1));
    for found in &bundle.objects {
        assert_eq!(&p7b[found.offset..found.offset + found.length], found.der());
    }
    let pem = crate::certificate::pem("PKCS7", &p7b).into_bytes();
    let archive = zip(&[Packed::new("a.p7b", &p7b, true), Packed::new("b.pem", &pem, false)]);
    let mut state = 7_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for original in [&p7b, &pem, &archive] {
        for _ in 0..400 {
            let mut changed = original.clone();
            for _ in 0..1 + random(3) {
                let at = random(changed.len());
                changed[at] = u8::try_from(random(256)).unwrap();
            }
            if random(4) == 0 {
                changed.truncate(random(changed.len()));
            }
            let Ok(bundle) = read_file(&changed, &ReadLimits::default()) else { continue };
            for found in bundle.objects.iter().filter(|found| found.origin.entry.is_none()) {
                assert!(found.offset + found.length <= changed.len());
            }
            assert!(bundle.broken.iter().all(|broken| broken.problem < bundle.problems.len()));
            for problem in &bundle.problems {
                assert!(!problem.code().is_empty() && !problem.params().iter().any(|(_, value)| value.is_empty()));
            }
        }
    }
}

#[test]
fn hostile_files_cost_no_more_than_their_bytes() {
    // What begins an object at every few bytes, and never is one: as a file of certificates that nest without end.
    let start = |length: u32| [&[0x30, 0x84][..], &length.to_be_bytes()].concat();
    let mut nested = Vec::new();
    while nested.len() < 2_000_000 {
        nested.extend(start(2_000_000));
        nested.extend([0xa0, 3, 2, 1, 2]);
    }
    let indefinite = [0x30, 0x80].repeat(1_000_000);
    let begin = b"-----BEGIN CERTIFICATE-----\n".repeat(60_000);
    let small = [0x30, 0x03, 0x02, 0x01, 0x07].repeat(400_000);
    let mixed: Vec<u8> = (0..2_000_000_u32).map(|at| [0x30, 0x80, 0x06, 0x09, 0x2a, 0x86][(at % 6) as usize]).collect();
    for bytes in [nested, indefinite, begin, small, mixed] {
        let bundle = read_file(&bytes, &ReadLimits::default()).unwrap();
        assert!(bundle.certificates().is_empty() && bundle.problems.len() <= 1_001);
        assert!(bundle.broken.iter().map(|broken| broken.der.len()).sum::<usize>() <= 64 << 20);
    }
}

#[test]
fn the_real_bundle_is_read_and_every_field_of_it_named() {
    let Some(pem) = corpus("icp-brasil/ca-certificates.pem") else { return };
    let bundle = read_objects(&pem).unwrap();
    assert_eq!((bundle.objects.len(), bundle.problems.len()), (323, 0));
    let mut unknown = std::collections::BTreeSet::new();
    for found in &bundle.objects {
        let tree = cartorio_asn1::read(found.der(), &cartorio_asn1::Limits::default());
        assert_eq!(tree.trouble, None);
        assert_eq!(tree.segments().iter().map(|segment| segment.range.len()).sum::<usize>(), found.der().len());
        assert!(pem[found.offset..].starts_with(b"-----BEGIN CERTIFICATE-----"));
        assert!(pem[..found.offset + found.length].ends_with(b"-----END CERTIFICATE-----"));
        for (index, node) in tree.nodes.iter().enumerate().filter(|(_, node)| node.is_universal(6)) {
            let value = tree.value(index, found.der()).unwrap();
            if value.name.is_none() {
                unknown.insert(value.text);
            }
            assert!(node.field.is_some(), "{}", found.offset);
        }
    }
    // A policy of a private enterprise, and id-qt-cps with a slip of the pen by its issuer.
    assert_eq!(unknown.into_iter().collect::<Vec<_>>(), ["1.3.6.1.4.1.44588.2.1", "1.3.6.15.5.7.2.1"]);
}

#[test]
fn archives_are_unpacked_within_limits() {
    let (_, chain) = leaf(&default_hierarchy().intermediate, "Maria");
    let stored = |name: &str, content: &[u8]| Packed::new(name, content, false);
    let deflated = |name: &str, content: &[u8]| Packed::new(name, content, true);
    let pem = chain[1].pem();
    let archive = zip(&[
        stored("pasta/", b""),
        stored("a.crt", &chain[0].der),
        deflated("pasta/b.pem", pem.as_bytes()),
        stored("leia.txt", b"nada"),
    ]);
    let bundle = read_objects(&archive).unwrap();
    assert_eq!(bundle.certificates(), &chain[..2]);
    assert_eq!(bundle.objects[1].origin.entry.as_deref(), Some("pasta/b.pem"));
    assert!(
        matches!(&bundle.problems[..], [ReadError::InEntry { entry, error }] if entry == "leia.txt" && error.code() == "pki_unrecognised")
    );
    let code = |archive: &[u8]| read_objects(archive).unwrap_err().code();
    // A bomb: twenty million zeros in twenty thousand bytes.
    assert_eq!(code(&zip(&[deflated("bomba", &vec![0; 20 << 20])])), "archive_too_large");
    // One that says less than it is.
    let mut liar = deflated("a", &vec![b'x'; 50_000]);
    liar.size = 10;
    assert_eq!(code(&zip(&[liar])), "archive_damaged");
    let mut damaged = stored("a", &chain[0].der);
    damaged.crc ^= 1;
    assert_eq!(code(&zip(&[damaged])), "archive_damaged");
    assert_eq!(code(&zip(&[stored("b.zip", &archive)])), "archive_nested");
    let mut encrypted = stored("a", b"x");
    encrypted.flags = 1;
    assert_eq!(code(&zip(&[encrypted])), "archive_encrypted");
    let mut strange = stored("a", b"x");
    strange.method = 99;
    assert_eq!(code(&zip(&[strange])), "archive_unsupported");
    assert_eq!(code(&archive[..archive.len() - 30]), "archive_broken");
    // Many directory entries for the same bytes.
    let one = Packed::new("a", &vec![7; 60_000], false);
    let mut shared = zip(std::slice::from_ref(&one));
    let directory = shared.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    let entry = shared[directory..shared.len() - 22].to_vec();
    let mut end = shared.split_off(shared.len() - 22);
    for _ in 0..50 {
        shared.extend_from_slice(&entry);
    }
    end[10..12].copy_from_slice(&51_u16.to_le_bytes());
    shared.extend_from_slice(&end);
    let problems = read_file(&shared, &ReadLimits::default()).unwrap().problems;
    assert_eq!(problems.last().unwrap().code(), "archive_too_large");
    let few = ReadLimits { max_entries: 2, ..ReadLimits::default() };
    assert_eq!(read_file(&archive, &few).unwrap().problems[0].code(), "archive_too_many_entries");
}

struct Packed {
    name: String,
    flags: u16,
    method: u16,
    crc: u32,
    size: u32,
    data: Vec<u8>,
}

impl Packed {
    fn new(name: &str, content: &[u8], deflate: bool) -> Self {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let data = if deflate {
            let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
            std::io::Write::write_all(&mut encoder, content).unwrap();
            encoder.finish().unwrap()
        } else {
            content.to_vec()
        };
        let method = if deflate { 8 } else { 0 };
        Self { name: name.to_owned(), flags: 0, method, crc: crc.sum(), size: content.len() as u32, data }
    }
}

/// A zip archive as APPNOTE 6.3 has it.
fn zip(entries: &[Packed]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let mut common = Vec::new();
        for number in [20, entry.flags, entry.method, 0, 0] {
            common.extend(number.to_le_bytes());
        }
        for number in [entry.crc, entry.data.len() as u32, entry.size] {
            common.extend(number.to_le_bytes());
        }
        common.extend((entry.name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        let at = out.len() as u32;
        out.extend(b"PK\x03\x04");
        out.extend(&common);
        out.extend(entry.name.as_bytes());
        out.extend(&entry.data);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(entry.name.as_bytes());
    }
    let start = out.len() as u32;
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    for _ in 0..2 {
        out.extend((entries.len() as u16).to_le_bytes());
    }
    out.extend((directory.len() as u32).to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

#[test]
fn ten_thousand_certificates_in_one_file() {
    let (_, chain) = leaf(&default_hierarchy().intermediate, "Maria");
    let pem = chain[0].pem().repeat(10_500);
    let bundle = read_objects(pem.as_bytes()).unwrap();
    assert_eq!((bundle.objects.len(), bundle.problems.len(), bundle.certificates().len()), (10_500, 0, 1));
    let few = ReadLimits { max_objects: 10, ..ReadLimits::default() };
    let bundle = read_file(pem.as_bytes(), &few).unwrap();
    assert_eq!((bundle.objects.len(), bundle.problems.as_slice()), (10, &[ReadError::TooMany { limit: 10 }][..]));
    let small = ReadLimits { max_bytes: 1_000, ..ReadLimits::default() };
    assert_eq!(read_file(pem.as_bytes(), &small).unwrap_err().code(), "pki_too_large");
}

#[test]
fn every_pkits_file_reads_without_a_problem() {
    for (folder, count) in [("certs", 405), ("crls", 173)] {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap();
        let Ok(files) = std::fs::read_dir(root.join("../shared/corpus/pkits").join(folder)) else {
            eprintln!("skipped: the corpus pkits/{folder} is absent");
            return;
        };
        let mut read = 0;
        for file in files.map(|file| file.unwrap().path()) {
            let bytes = std::fs::read(&file).unwrap();
            let bundle = read_objects(&bytes).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            assert!(bundle.problems.is_empty(), "{}: {:?}", file.display(), bundle.problems);
            assert_eq!(bundle.objects.len(), 1, "{}", file.display());
            assert_eq!(bundle.objects[0].der(), bytes);
            read += 1;
        }
        assert_eq!(read, count, "{folder}");
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
        ReadError::Malformed { object: 0, offset, field, .. } => {
            assert_eq!(offset + 4, place, "the place is that of the validity");
            assert_eq!(field.as_deref(), Some("tbsCertificate.validity"));
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
        let _ = crate::CmsFacts::from_der(&bytes);
        let _ = crate::TimeStamp::from_der(&bytes);
        let _ = crate::Csr::from_der(&bytes);
    }
}
