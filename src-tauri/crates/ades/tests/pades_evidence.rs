//! The document security store in every shape it can have, and what ICP-Brasil's policies ask of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod pades_support;

use std::collections::HashMap;

use cartorio_ades::create::pades::{
    Dialect, Increment, PolicyArtifacts, ValidationData, Vri, add_evidence, prepare, stored,
};
use cartorio_core::Coded;
use cartorio_pdf::{Dict, ObjRef, PdfFile};
use pades_support::{archive, bytes, document, evidence, options, pdf, pyhanko, qpdf, sign, signer, vri};
use proptest::prelude::*;

fn open(bytes: Vec<u8>) -> PdfFile {
    PdfFile::from_bytes(bytes).unwrap()
}

fn after(increment: &Increment) -> PdfFile {
    open(bytes(increment))
}

fn dss(file: &PdfFile) -> Dict {
    file.get_dict(&file.catalog().unwrap(), "DSS").unwrap().unwrap()
}

/// The streams under `key`, in order.
fn streams(file: &PdfFile, dict: &Dict, key: &str) -> Vec<Vec<u8>> {
    let items = file.get_array(dict, key).unwrap();
    let read = |item: &cartorio_pdf::Raw| file.decoded(&file.stream(item.as_reference().unwrap()).unwrap()).unwrap();
    items.iter().map(read).collect()
}

fn der(seed: u8) -> Vec<u8> {
    vec![0x30, 3, 0x0a, 1, seed]
}

fn data(range: std::ops::Range<u8>) -> ValidationData {
    let list = |base: u8| range.clone().map(|seed| der(base + seed)).collect::<Vec<_>>();
    ValidationData { certificates: list(0), crls: list(50), ocsps: list(100), artifacts: None }
}

fn of(contents: &[u8], places: std::ops::Range<usize>) -> Vri {
    let places: Vec<usize> = places.collect();
    Vri { contents: contents.to_vec(), certificates: places.clone(), crls: places.clone(), ocsps: places, at: None }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    Absent,
    Direct,
    Elsewhere,
}

/// A document whose store has one certificate [`der`]`(1)`, one entry for a signature, and an extension of somebody.
fn with_store(store: Shape, entries: Shape, arrays: Shape, extensions: Shape) -> Vec<u8> {
    let list = match arrays {
        Shape::Absent => "",
        Shape::Direct => "/Certs[ 7 0 R ]",
        Shape::Elsewhere => "/Certs 8 0 R",
    };
    let map = "<</0123456789ABCDEF0123456789ABCDEF01234567 9 0 R>>";
    let vri = match entries {
        Shape::Absent => String::new(),
        Shape::Direct => format!("/VRI{map}"),
        Shape::Elsewhere => "/VRI 6 0 R".into(),
    };
    let dict = format!("<</Odd(keep){list}{vri}>>");
    let in_catalog = match store {
        Shape::Absent => String::new(),
        Shape::Direct => format!("/DSS{dict}"),
        Shape::Elsewhere => "/DSS 5 0 R".into(),
    };
    let theirs = "<</ADBE<</BaseVersion/1.7/ExtensionLevel 3>>>>";
    let declared = match extensions {
        Shape::Absent => String::new(),
        Shape::Direct => format!("/Extensions{theirs}"),
        Shape::Elsewhere => "/Extensions 10 0 R".into(),
    };
    let stream = String::from_utf8(der(1)).unwrap();
    document(&[
        format!("<</Type/Catalog/Pages 2 0 R{in_catalog}{declared}>>"),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".into(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.32001 842]>>".into(),
        "null".into(),
        dict,
        map.into(),
        format!("<</Length 5>>\nstream\n{stream}\nendstream"),
        "[7 0 R]".into(),
        "<</Type/VRI/Cert[7 0 R]>>".into(),
        theirs.into(),
    ])
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![Just(Shape::Absent), Just(Shape::Direct), Just(Shape::Elsewhere)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_store_grows_and_keeps_what_it_had(
        shapes in (shape(), shape(), shape(), shape()), first in 1_u8..4, second in 0_u8..6, twice in any::<bool>(),
    ) {
        let file = open(with_store(shapes.0, shapes.1, shapes.2, shapes.3));
        // Starts at 1, so that the certificate that is there is among them.
        let given = data(1..1 + first);
        let places = 0..usize::from(first);
        let one = after(&add_evidence(&file, &given, &[of(b"A", places.clone())]).unwrap());
        prop_assert!(one.bytes().starts_with(file.bytes()));
        let more = data(1..1 + second);
        let entries: Vec<Vri> = if twice { vec![of(b"A", 0..0), of(b"B", 0..usize::from(second))] } else { Vec::new() };
        let two = after(&add_evidence(&one, &more, &entries).unwrap());

        let store = dss(&two);
        prop_assert_eq!(store.name("Type"), Some("DSS".to_owned()));
        let count = 1 + first.max(second + 1) - 1;
        for (key, base) in [("Certs", 0), ("CRLs", 50), ("OCSPs", 100)] {
            let found = streams(&two, &store, key);
            let expected: Vec<_> = (1..count.max(1 + first).max(1 + second)).map(|seed| der(base + seed)).collect();
            prop_assert_eq!(found, expected, "{}", key);
        }
        let had = shapes.0 != Shape::Absent;
        prop_assert_eq!(store.get("Odd").is_some(), had);
        let map = two.get_dict(&store, "VRI").unwrap().unwrap();
        let keys: Vec<String> = map.keys().collect();
        let b = usize::from(twice && second > 0);
        prop_assert_eq!(keys.len(), 1 + b + usize::from(had && shapes.1 != Shape::Absent));
        // SHA-1 of "A".
        let entry = two.get_dict(&map, "6DCD4CE23D88E2EE9568BA546C007C63D9131C1B").unwrap().unwrap();
        prop_assert_eq!(streams(&two, &entry, "Cert").len(), usize::from(first));
        prop_assert_eq!(streams(&two, &entry, "OCSP")[0].clone(), der(101));

        let extensions = two.get_dict(&two.catalog().unwrap(), "Extensions").unwrap().unwrap();
        let esic = two.get_dict(&extensions, "ESIC").unwrap().unwrap();
        prop_assert_eq!((esic.name("BaseVersion"), esic.integer("ExtensionLevel")), (Some("1.7".to_owned()), Some(1)));
        prop_assert_eq!(extensions.get("ADBE").is_some(), shapes.3 != Shape::Absent);
        // Only what has to change does: never a page, the old streams, an extension elsewhere.
        for number in [2, 3, 7, 9, 10] {
            let object = ObjRef::new(number);
            prop_assert_eq!(two.object(object).unwrap().file_span(), file.object(object).unwrap().file_span());
        }
        for (again, entries) in [(&given, &[][..]), (&more, &entries)] {
            prop_assert!(add_evidence(&two, again, entries).unwrap().tail().is_empty());
        }
    }
}

#[test]
fn what_is_no_evidence_is_refused() {
    let file = open(pdf("", &[]));
    let refused = |data: &ValidationData, entries: &[Vri]| add_evidence(&file, data, entries).unwrap_err().code();
    let bad = ValidationData { certificates: vec![b"-----BEGIN".to_vec()], ..ValidationData::default() };
    assert_eq!(refused(&bad, &[]), "pdf_evidence_invalid");
    assert_eq!(refused(&data(1..2), &[of(b"A", 0..2)]), "pdf_evidence_invalid");
    assert!(add_evidence(&file, &ValidationData::default(), &[of(b"A", 0..0)]).unwrap().tail().is_empty());
    for store in ["/DSS[]", "/DSS<</Certs 3 0 R>>", "/DSS<</VRI 7>>", "/DSS<</Certs[]/Certs[]>>"] {
        let error = add_evidence(&open(pdf(store, &[])), &data(1..2), &[]).unwrap_err();
        assert!(["pdf_unexpected_type", "pdf_duplicate_key"].contains(&error.code()), "{store}: {}", error.code());
    }
    // PDF 2.0 needs no declaration, whether the header says it or the catalog.
    let two = pdf("/Version/2.0", &[]);
    let headed = String::from_utf8(pdf("", &[])).unwrap().replace("%PDF-1.7", "%PDF-2.0").into_bytes();
    for bytes in [two, headed] {
        let file = after(&add_evidence(&open(bytes), &data(1..2), &[]).unwrap());
        assert!(file.catalog().unwrap().get("Extensions").is_none());
    }
}

#[test]
fn a_second_signer_and_a_second_stamp_find_the_evidence_there() {
    let Some(signer) = signer() else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut file = open(pdf("", &[]));
    let mut sizes = Vec::new();
    for _ in 0..3 {
        file = open(bytes(&sign(&file, &options(), signer).unwrap()));
        let (with_evidence, stamped) = archive(&file, &evidence(signer), Dialect::Etsi).unwrap();
        sizes.push(with_evidence.tail().len());
        file = after(&stamped);
    }
    assert!(sizes[1] < 1200 && sizes[2] < 1800, "the streams are there already: {sizes:?}");
    let found = stored(&file).unwrap();
    assert_eq!(found.iter().filter(|stored| stored.timestamp).count(), 3);
    let map = file.get_dict(&dss(&file), "VRI").unwrap().unwrap();
    assert_eq!(map.keys().count(), 5, "every signature and stamp but the newest stamp");
    let path = dir.path().join("three.pdf");
    std::fs::write(&path, file.bytes()).unwrap();
    assert!(qpdf(&path, ""));
    let Some(answer) = pyhanko(&path) else { return };
    for (name, level) in [("Signature1", "FORM_FILLING"), ("Signature3", "LTA_UPDATES"), ("DocTimeStamp3", "NONE")] {
        assert_eq!(answer[name]["level"], level, "{answer}");
    }
}

/// What the policies of ICP-Brasil demand of dictionaries, by the last arc of the extension's identifier.
fn demands(policy: &[u8], extension: u8) -> Vec<Vec<(String, Option<String>)>> {
    let oid = [6, 5, 0x60, 0x4c, 1, 8, extension];
    let at = policy.windows(oid.len()).position(|w| w == oid).unwrap() + oid.len();
    let (_, octets, _) = tlv(&policy[at..]);
    let (_, inner, _) = tlv(octets);
    // Either a list of entries or a list of two such lists: an entry starts with its name.
    let lists = if tlv(tlv(inner).1).0 == 0x0c { vec![inner] } else { items(inner) };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let entry = |bytes: &[u8]| {
        let parts = items(bytes);
        // A value is a UTF8String inside an OCTET STRING; ValidationValues has an ENUMERATED there.
        (
            text(parts[0]),
            parts.get(1).map(|value| tlv(value)).filter(|value| value.0 == 0x0c).map(|value| text(value.1)),
        )
    };
    lists.into_iter().map(|list| items(list).into_iter().map(entry).collect()).collect()
}

fn tlv(bytes: &[u8]) -> (u8, &[u8], &[u8]) {
    let (length, start) = match bytes[1] {
        short @ 0..=0x80 => (usize::from(short), 2),
        0x81 => (usize::from(bytes[2]), 3),
        _ => (usize::from(bytes[2]) << 8 | usize::from(bytes[3]), 4),
    };
    (bytes[0], &bytes[start..start + length], &bytes[start + length..])
}

fn items(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let (_, inner, rest) = tlv(bytes);
        out.push(inner);
        bytes = rest;
    }
    out
}

#[test]
fn the_dictionaries_are_what_the_policies_of_icp_brasil_demand() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|dir| dir.join("../shared/corpus/icp-brasil/policies"))
        .find(|dir| dir.is_dir());
    let (Some(folder), Some(signer)) = (folder, signer()) else { return println!("skipped: no policies here") };
    let file = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let own = file("PA_PAdES_AD_RA_v1_4.der");
    let artifacts = PolicyArtifacts {
        policies: vec![own.clone()],
        lists: vec![file("LPA_PAdES.der")],
        list_signatures: vec![der(9)],
    };
    let brazilian = cartorio_ades::create::pades::PadesOptions { dialect: Dialect::IcpBrasil, ..options() };
    let signed = open(bytes(&sign(&open(pdf("", &[])), &brazilian, signer).unwrap()));
    // First without the artifacts, as AD-RC has it; the archive level adds them to the entry that is there.
    let contents = stored(&signed).unwrap().remove(0).contents;
    let complete = after(&add_evidence(&signed, &evidence(signer), &[vri(contents.clone())]).unwrap());
    let with_artifacts = ValidationData { artifacts: Some(artifacts), ..evidence(signer) };
    let archived = after(&archive(&complete, &with_artifacts, Dialect::IcpBrasil).unwrap().1);
    let at_once = after(&archive(&signed, &with_artifacts, Dialect::IcpBrasil).unwrap().1);

    for (file, policies) in [
        (&signed, &["PA_PAdES_AD_RB_v1_3.der", "PA_PAdES_AD_RT_v1_3.der"][..]),
        (&complete, &["PA_PAdES_AD_RC_v1_4.der"]),
        (&archived, &["PA_PAdES_AD_RC_v1_4.der", "PA_PAdES_AD_RA_v1_4.der"]),
        (&at_once, &["PA_PAdES_AD_RA_v1_4.der"]),
    ] {
        let fields = file.form().unwrap().unwrap().fields;
        let value = |name: &str| {
            let value = fields.iter().find(|field| field.name == name).and_then(|field| field.value.clone());
            file.resolve_dict(&value.unwrap()).unwrap().unwrap()
        };
        for policy in policies {
            let policy = std::fs::read(folder.join(policy)).unwrap();
            meets(&value("Signature1"), &demands(&policy, 1)[0]);
            if file.catalog().unwrap().get("DSS").is_none() {
                continue;
            }
            let [store, entry] = &demands(&policy, 2)[..] else { panic!("a store and its entries") };
            let map = file.get_dict(&dss(file), "VRI").unwrap().unwrap();
            meets(&dss(file), store);
            let keys: HashMap<String, Dict> =
                map.keys().map(|key| (key.clone(), file.get_dict(&map, &key).unwrap().unwrap())).collect();
            assert!(!keys.is_empty());
            keys.values().for_each(|dict| meets(dict, entry));
            if !std::ptr::eq(file, &complete) {
                meets(&value("DocTimeStamp1"), &demands(&policy, 3)[0]);
            }
        }
    }
    assert_eq!(streams(&archived, &dss(&archived), "PBAD_PolicyArtifacts"), [own]);
    assert!(prepare(&archived, &options()).is_ok());
}

fn meets(dict: &Dict, demanded: &[(String, Option<String>)]) {
    assert!(demanded.len() >= 3);
    for (key, value) in demanded {
        if key == "ValidationValues" {
            // Either list will do (the policies say 2), under the plural name or the singular one.
            assert!(["CRLs", "OCSPs", "CRL", "OCSP"].iter().any(|key| dict.get(key).is_some()), "{dict:?}");
        } else {
            let found = dict.get(key).unwrap_or_else(|| panic!("{key} is missing in {:?}", dict.raw()));
            assert!(value.as_ref().is_none_or(|value| found.as_name().as_ref() == Some(value)), "{key} {found:?}");
        }
    }
}
