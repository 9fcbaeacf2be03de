//! Reading: offsets against OpenSSL, every byte with one owner, hostile input within bounds, corpora.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

use std::path::PathBuf;
use std::process::{Command, Stdio};

use cartorio_asn1::{Limits, Module, Problem, Remark, SegmentKind, Tree, read, recognise};
use proptest::prelude::*;

fn tree(bytes: &[u8]) -> Tree {
    let tree = read(bytes, &Limits::default());
    check(&tree, bytes);
    tree
}

/// What holds for every tree, whatever the bytes are.
fn check(tree: &Tree, bytes: &[u8]) {
    let mut at = 0;
    for segment in tree.segments() {
        assert_eq!(segment.range.start, at, "no gap and no overlap");
        assert!(segment.range.end > at);
        at = segment.range.end;
        if let Some(node) = segment.node {
            let range = tree.nodes[node].range();
            assert!(range.start <= segment.range.start && segment.range.end <= range.end);
        }
        if tree.trouble.is_none() {
            assert_ne!(segment.kind, SegmentKind::Unread);
        }
    }
    assert_eq!(at, bytes.len(), "every byte has an owner");
    for (index, node) in tree.nodes.iter().enumerate() {
        assert!(node.next > index && node.next <= tree.nodes.len() && node.range().end <= bytes.len());
        if let Some(parent) = node.parent {
            let around = &tree.nodes[parent];
            assert!(parent < index && node.next <= around.next);
            assert!(around.content_range().start <= node.offset && node.range().end <= around.content_range().end);
            assert_eq!(node.depth, around.depth + 1);
        }
        assert_eq!(tree.at_offset(node.offset), Some(index), "the header of an element is its own");
        if let Some(path) = tree.path(index) {
            let found = tree.at_path(&path).unwrap();
            assert!(found <= index, "{path}");
            assert_eq!(tree.path(found), Some(path));
        }
        assert_eq!(tree.value(index, bytes).is_some(), !node.constructed && !node.encapsulates);
    }
}

fn corpus(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).unwrap();
    let Ok(files) = std::fs::read_dir(root.join("../shared/corpus").join(folder)) else {
        eprintln!("skipped: the corpus {folder} is absent");
        return Vec::new();
    };
    files.map(|file| file.unwrap().path()).map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

/// What a program says on its standard output; `None`, after a line on stderr, where it does not exist.
fn openssl(arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let child = Command::new("openssl")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        assert!(std::env::var_os("CARTORIO_REQUIRE_JUDGES").is_none(), "openssl cannot be run");
        eprintln!("skipped: openssl cannot be run");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, &input));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    Some(output.stdout)
}

/// Offset, depth, header and content length, and whether it has elements inside: of every element that OpenSSL sees.
/// It does not look into strings.
fn asn1parse(bytes: &[u8]) -> Option<Vec<(usize, usize, usize, usize, bool)>> {
    let said = String::from_utf8_lossy(&openssl(&["asn1parse", "-inform", "DER"], bytes)?).into_owned();
    let mut out = Vec::new();
    for line in said.lines() {
        let number = |key: &str| -> Option<usize> {
            let rest = line.split_once(key)?.1.trim_start();
            rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        };
        let offset = line.split(':').next()?.trim().parse().ok();
        if let (Some(offset), Some(depth), Some(header)) = (offset, number("d="), number("hl=")) {
            let Some(length) = number(" l=") else { continue };
            out.push((offset, depth, header, length, line.contains(" cons: ")));
        }
    }
    Some(out)
}

fn as_openssl_sees(tree: &Tree) -> Vec<(usize, usize, usize, usize, bool)> {
    let mut out = Vec::new();
    let mut skip_to = 0;
    for (index, node) in tree.nodes.iter().enumerate() {
        if index < skip_to {
            continue;
        }
        if node.encapsulates {
            skip_to = node.next;
        }
        out.push((node.offset, node.depth, node.header_len, node.content_len, node.constructed));
    }
    out
}

#[test]
fn openssl_sees_the_same_elements_in_certificates_and_lists() {
    let files = [corpus("pkits/certs"), corpus("pkits/crls")].concat();
    for (path, bytes) in files.iter().step_by(9) {
        let Some(theirs) = asn1parse(bytes) else { return };
        assert!(theirs.len() > 20);
        assert_eq!(as_openssl_sees(&tree(bytes)), theirs, "{}", path.display());
    }
}

#[test]
fn every_corpus_file_is_read_to_its_last_byte() {
    let (mut certificates, mut crls) = (0, 0);
    for (path, bytes) in [corpus("pkits/certs"), corpus("pkits/crls")].concat() {
        let tree = tree(&bytes);
        assert_eq!(tree.trouble, None, "{}", path.display());
        let remarks: Vec<_> = tree.nodes.iter().flat_map(|node| node.remarks.iter()).collect();
        assert!(remarks.is_empty(), "{}: {remarks:?}", path.display());
        match recognise(&bytes) {
            Some(Module::Certificate) => {
                certificates += 1;
                for path in ["tbsCertificate.serialNumber", "tbsCertificate.validity.notBefore", "signatureValue"] {
                    assert!(tree.at_path(path).is_some());
                }
            }
            Some(Module::CertificateList) => {
                crls += 1;
                assert!(tree.at_path("tbsCertList.thisUpdate").is_some());
            }
            other => panic!("{}: {other:?}", path.display()),
        }
        // Every field of these structures has a name, but for what is inside algorithm parameters and the like.
        let unnamed = tree.nodes.iter().filter(|node| node.field.is_none() && node.depth < 4).count();
        assert_eq!(unnamed, 0, "{}", path.display());
    }
    if certificates > 0 {
        assert_eq!((certificates, crls), (405, 173));
    }
}

#[test]
fn real_signature_policies_are_read() {
    for (path, bytes) in
        corpus("icp-brasil/policies").iter().filter(|(path, _)| path.extension().is_some_and(|own| own == "der"))
    {
        assert_eq!(tree(bytes).trouble, None, "{}", path.display());
    }
}

/// A certificate of the corpus with a known layout.
fn certificate() -> Option<Vec<u8>> {
    corpus("pkits/certs")
        .into_iter()
        .find(|(path, _)| path.ends_with("ValidCertificatePathTest1EE.crt"))
        .map(|found| found.1)
}

#[test]
fn from_a_field_to_its_bytes_and_back() {
    let Some(bytes) = certificate() else { return };
    let tree = tree(&bytes);
    let value = |path: &str| tree.value(tree.at_path(path).unwrap(), &bytes).unwrap();
    assert_eq!(value("tbsCertificate.serialNumber").text, "1");
    assert_eq!(value("tbsCertificate.validity.notBefore").text, "2010-01-01T08:30:00Z");
    assert_eq!(value("tbsCertificate.validity.notBefore").raw.as_deref(), Some("100101083000Z"));
    assert_eq!(value("signatureAlgorithm.algorithm").name, Some("sha256WithRSAEncryption"));
    assert_eq!(value("tbsCertificate.issuer[0][0].value").text, "US");
    assert_eq!(value("tbsCertificate.subjectPublicKeyInfo.subjectPublicKey.publicExponent").text, "65537");
    let usage = tree.at_path("tbsCertificate.extensions[2].extnID").unwrap();
    assert_eq!(tree.value(usage, &bytes).unwrap().name, Some("keyUsage"));
    let node = &tree.nodes[usage];
    for offset in node.range() {
        assert_eq!(tree.at_offset(offset), Some(usage));
    }
    assert_eq!(tree.path(usage).as_deref(), Some("tbsCertificate.extensions[2].extnID"));
    assert_eq!(tree.path(0).as_deref(), Some(""));
    for wrong in ["", "tbsCertificate.extensions[99]", "nothing", "tbsCertificate.serialNumber.x"] {
        assert!(tree.at_path(wrong).is_none_or(|index| index == 0), "{wrong}");
    }
    assert_eq!(tree.at_offset(bytes.len()), None);
}

#[test]
fn what_stands_before_and_after_trouble_is_there() {
    let Some(bytes) = certificate() else { return };
    let whole = tree(&bytes);
    // The serial number says that it is longer than the rest of what it stands in.
    let serial = &whole.nodes[whole.at_path("tbsCertificate.serialNumber").unwrap()];
    let mut broken = bytes.clone();
    broken[serial.offset + 1] = 0x7f;
    broken[serial.offset + 1] = 0x84;
    let tree = tree(&broken);
    let trouble = tree.trouble.unwrap();
    assert!(trouble.offset >= serial.offset && trouble.offset <= serial.offset + 1, "{trouble}");
    assert!(tree.at_path("tbsCertificate.version").is_some(), "what stands before it");
    assert!(tree.at_path("signatureAlgorithm.algorithm").is_some(), "what stands after the element around it");
    let around = tree.at_path("tbsCertificate").unwrap();
    assert!(tree.nodes[around].remarks.contains(Remark::Broken));
    assert!(tree.segments().iter().any(|segment| segment.kind == SegmentKind::Unread && segment.node == Some(around)));
    // Cut anywhere: the same elements as far as they go.
    for end in (0..bytes.len()).step_by(7) {
        let cut = self::tree(&bytes[..end]);
        assert_eq!(cut.trouble.is_none(), end == 0, "cut at {end}");
    }
}

#[test]
fn ber_and_unusual_forms_are_read_and_remarked() {
    let remarks = |bytes: &[u8]| -> Vec<&'static str> {
        tree(bytes).nodes.iter().flat_map(|node| node.remarks.iter()).map(Remark::code).collect()
    };
    assert_eq!(
        remarks(&[0x30, 0x80, 0x24, 0x80, 4, 1, 9, 4, 1, 8, 0, 0, 0, 0]),
        ["indefinite_length", "indefinite_length", "constructed_string"]
    );
    assert_eq!(remarks(&[0x30, 0x81, 3, 2, 1, 5]), ["not_der_length"]);
    assert_eq!(remarks(&[1, 1, 1]), ["bad_boolean"]);
    assert_eq!(remarks(&[2, 2, 0, 1]), ["bad_integer"]);
    assert_eq!(remarks(&[2, 0]), ["bad_integer"]);
    assert_eq!(remarks(&[3, 2, 1, 1]), ["bad_bit_string"]);
    assert_eq!(remarks(&[3, 2, 1, 2]), [""; 0]);
    assert_eq!(remarks(&[5, 1, 0]), ["bad_null"]);
    assert_eq!(remarks(&[6, 2, 0x2a, 0x86]), ["bad_oid"]);
    assert_eq!(remarks(&[0x13, 1, b'@']), ["bad_string"]);
    assert_eq!(remarks(&[0x0c, 1, 0xff]), ["bad_string"]);
    assert_eq!(remarks(&[0x17, 1, b'x']), ["bad_time"]);
    assert_eq!(remarks(b"\x17\x0b9912312359Z"), ["not_der_time"]);
    assert_eq!(remarks(&[0x10, 0]), ["wrong_form"]);
    assert_eq!(remarks(&[0x1f, 0x02, 1, 5]), ["long_tag"]);
    assert_eq!(remarks(&[5, 0, 5, 0]), ["trailing_bytes"]);
    let tree = tree(&[0x30, 0x80, 5, 0, 0, 0, 0x02, 1, 7]);
    assert_eq!((tree.roots().count(), tree.nodes[0].end_len, tree.nodes[0].range()), (2, 2, 0..6));
}

#[test]
fn trouble_has_a_kind_and_a_place() {
    let trouble = |bytes: &[u8]| tree(bytes).trouble.map(|error| (error.offset, error.problem));
    assert_eq!(trouble(&[]), None);
    assert_eq!(trouble(&[0x30]), Some((0, Problem::LengthCut)));
    assert_eq!(trouble(&[0x30, 2, 2, 2]), Some((2, Problem::ContentCut)));
    assert_eq!(trouble(&[0x1f, 0xff]), Some((0, Problem::TagCut)));
    assert_eq!(trouble(&[0x1f, 0xff, 0xff, 0xff, 0xff, 0x7f]), Some((0, Problem::TagTooLarge)));
    assert_eq!(trouble(&[4, 0x80, 0, 0]), Some((0, Problem::IndefinitePrimitive)));
    assert_eq!(trouble(&[0x30, 0x80, 5, 0]), Some((0, Problem::IndefiniteOpen)));
    assert_eq!(trouble(&[0x30, 0xff]), Some((1, Problem::LengthReserved)));
    assert_eq!(trouble(&[4, 0x85, 1, 1, 1, 1, 1]), Some((1, Problem::LengthTooLarge)));
    assert_eq!(trouble(&[5, 0, 0, 0]), Some((2, Problem::StrayEnd)));
    let deep = [0x30, 0x80].repeat(1_000);
    assert_eq!(trouble(&deep).map(|found| found.1), Some(Problem::TooDeep));
    let few = read(&[5, 0].repeat(100), &Limits { max_nodes: 10, ..Limits::default() });
    assert_eq!((few.nodes.len(), few.trouble.unwrap().problem), (10, Problem::TooMany));
}

#[test]
fn strings_in_strings_cost_no_more_than_their_bytes() {
    // Octet strings inside octet strings, as deep as a megabyte allows, with a bad byte at the bottom.
    let mut bytes = vec![0x30, 0x03, 0x04, 0x7f, 0];
    while bytes.len() < 200_000 {
        let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
        let inner = [&[0x04, 0x84], &length[..], &bytes].concat();
        let length = u32::try_from(inner.len()).unwrap().to_be_bytes();
        bytes = [&[0x30, 0x84], &length[..], &inner].concat();
        if bytes.len() < 2_000 {
            continue;
        }
        bytes = [&[0x30, 0x84], &u32::try_from(bytes.len() * 2).unwrap().to_be_bytes()[..], &bytes, &bytes].concat();
    }
    let tree = tree(&bytes);
    assert!(tree.nodes.len() < bytes.len());
}

#[test]
fn values_in_text() {
    let text = |bytes: &[u8]| {
        let value = tree(bytes).value(0, bytes).unwrap();
        (value.text, value.raw.unwrap_or_default())
    };
    let plain = |bytes: &[u8]| text(bytes).0;
    assert_eq!(text(&[2, 1, 0xff]), ("-1".into(), "ff".into()));
    assert_eq!(plain(&[2, 2, 0x80, 0]), "-32768");
    assert_eq!(plain(&[2, 1, 0x80]), "-128");
    assert_eq!(plain(&[2, 2, 0xff, 0x00]), "-256");
    assert_eq!(
        text(&[2, 9, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("18446744073709551615".into(), "00ffffffffffffffff".into())
    );
    assert_eq!(plain(&[1, 1, 0]), "FALSE");
    assert_eq!(text(&[3, 2, 5, 0xa0]), ("101".into(), "a0".into()));
    assert_eq!(plain(&[6, 3, 0x55, 4, 3]), "2.5.4.3");
    assert_eq!(plain(&[0x0c, 5, b'j', 0xc3, 0xa3, b'o', b'!']), "jão!");
    assert_eq!(plain(&[0x14, 3, b'j', 0xe3, b'o']), "jão");
    assert_eq!(plain(&[0x1e, 4, 0, b'a', 0, 0xe7]), "aç");
    assert_eq!(plain(&[0x1e, 3, 0, b'a', 0]), "006100", "half a character");
    assert_eq!(plain(&[0x1c, 4, 0, 1, 0xf6, 0]), "😀");
    assert_eq!(plain(&[0x0c, 2, 0xc3, 0x28]), "c328", "no UTF-8");
    assert_eq!(plain(&[0x13, 2, b'a', 0x0a]), "a\\u{a}", "a line end stays in its line");
    assert_eq!(plain(b"\x86\x0bhttp://a.bc"), "http://a.bc");
    assert_eq!(plain(&[0x80, 3, 1, 2, 3]), "010203");
    assert_eq!(plain(b"\x18\x0f20240229120000Z"), "2024-02-29T12:00:00Z");
    let long = [&[4, 0x82, 0x04, 0x00][..], &[7; 1024]].concat();
    let value = tree(&long).value(0, &long).unwrap();
    assert_eq!((value.text.len(), value.cut_from), (1024, Some(1024)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        tree(&bytes);
        let _ = recognise(&bytes);
    }

    /// Bytes that look like ASN.1 more often than random ones do.
    #[test]
    fn bytes_of_asn1(choices in proptest::collection::vec(any::<u8>(), 0..200)) {
        const LIKELY: [u8; 16] = [0x30, 0x80, 0, 4, 3, 2, 1, 0xa0, 0x24, 0x31, 6, 5, 8, 0x81, 16, 12];
        let bytes: Vec<u8> = choices.iter().map(|choice| LIKELY[usize::from(choice % 16)]).collect();
        let tree = tree(&bytes);
        prop_assert!(tree.nodes.len() <= bytes.len());
        let small = Limits { max_nodes: 5, max_depth: 3 };
        check(&read(&bytes, &small), &bytes);
    }
}

#[test]
fn changed_certificates_never_panic() {
    let Some(bytes) = certificate() else { return };
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for _ in 0..3_000 {
        let mut changed = bytes.clone();
        for _ in 0..1 + random(4) {
            let at = random(changed.len());
            changed[at] = u8::try_from(random(256)).unwrap();
        }
        let tree = tree(&changed);
        assert!(tree.nodes.len() <= changed.len());
    }
}

#[test]
fn what_is_cut_short_is_still_recognised() {
    let Some(bytes) = certificate() else { return };
    for end in 60..bytes.len() {
        assert_eq!(recognise(&bytes[..end]), Some(Module::Certificate), "{end}");
    }
    let cut = tree(&bytes[..bytes.len() / 2]);
    let path = "tbsCertificate.validity.notBefore";
    assert_eq!(cut.at_path(path), tree(&bytes).at_path(path));
}

#[test]
fn the_fields_of_files_by_openssl() {
    let folder = std::env::temp_dir().join(format!("cartorio-asn1-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let place = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (key, certificate, p12) = (place("key.pem"), place("certificate.pem"), place("file.p12"));
    let base = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-addext"];
    let extension = "subjectAltName=email:a@b.c,otherName:2.16.76.1.3.1;UTF8:0101";
    let Some(_) = openssl(&[&base[..], &[extension, "-keyout", &key, "-out", &certificate]].concat(), &[]) else {
        return;
    };
    let Some(der) = openssl(&["x509", "-in", &certificate, "-outform", "DER"], &[]) else { return };
    let tree = tree(&der);
    let names = (0..4).map(|number| format!("tbsCertificate.extensions[{number}]"));
    let mut names = names.filter(|path| {
        let oid = tree.at_path(&format!("{path}.extnID")).and_then(|index| tree.value(index, &der));
        oid.is_some_and(|oid| oid.name == Some("subjectAltName"))
    });
    let path = names.next_back().unwrap();
    let text = |path: String| tree.value(tree.at_path(&path).unwrap(), &der).unwrap();
    assert_eq!(text(format!("{path}.extnValue[0].rfc822Name")).text, "a@b.c");
    let kind = text(format!("{path}.extnValue[1].otherName.type-id"));
    assert_eq!((kind.text.as_str(), kind.name), ("2.16.76.1.3.1", Some("ICP-Brasil: dados da pessoa física")));
    // The explicit tag has the field's path; the text is what stands in it.
    let tag = tree.at_path(&format!("{path}.extnValue[1].value")).unwrap();
    assert_eq!(tree.value(tag + 1, &der).unwrap().text, "0101");
    // The bags of a P12 file, whose certificates are not encrypted.
    let arguments = ["pkcs12", "-export", "-inkey", &key, "-in", &certificate, "-certpbe", "NONE"];
    openssl(&[&arguments[..], &["-passout", "pass:x", "-out", &p12]].concat(), &[]).unwrap();
    let bytes = std::fs::read(&p12).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(recognise(&bytes), Some(Module::Pfx));
    let tree = self::tree(&bytes);
    for path in [
        "authSafe.content[0].content[0].bagValue.certValue.tbsCertificate.serialNumber",
        "authSafe.content[1].content[0].bagValue.encryptionAlgorithm.algorithm",
        "macData.iterations",
    ] {
        assert!(tree.at_path(path).is_some(), "{path}");
    }
}
