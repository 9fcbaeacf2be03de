//! Every decoder with a value of its own, and all of them with mutated ones.

use proptest::prelude::*;

use super::*;
use crate::asn1::{explicit, implicit, named_bits, number, octets, seq, tlv};

fn oid_der(dotted: &str) -> Vec<u8> {
    crate::asn1::oid(&const_oid::ObjectIdentifier::new(dotted).unwrap())
}

fn shown(oid: &str, value: &[u8]) -> Vec<String> {
    let own = Extension::new(oid.to_owned(), false, value.to_vec());
    assert!(!own.malformed(), "{oid}: {:?}", own.lines());
    assert_eq!(own.lines(), own.facts().iter().map(ExtensionFact::line).collect::<Vec<_>>());
    own.lines().to_vec()
}

fn utf8(text: &str) -> Vec<u8> {
    tlv(asn1::UTF8_STRING, text.as_bytes())
}

fn printable(text: &str) -> Vec<u8> {
    tlv(asn1::PRINTABLE_STRING, text.as_bytes())
}

fn ia5(text: &str) -> Vec<u8> {
    tlv(asn1::IA5_STRING, text.as_bytes())
}

fn uri(text: &str) -> Vec<u8> {
    implicit(6, text.as_bytes())
}

fn common_name(text: &str) -> Vec<u8> {
    seq([crate::asn1::constructed(asn1::SET, [seq([oid_der("2.5.4.3"), utf8(text)])])])
}

fn other_name(oid: &str, value: &[u8]) -> Vec<u8> {
    let mut content = oid_der(oid);
    content.extend(explicit(0, value));
    tlv(0xa0, &content)
}

/// One value for each decoder: the dotted identifier, the DER, and lines that must come out.
fn samples() -> Vec<(&'static str, Vec<u8>, Vec<&'static str>)> {
    let generalized = |text: &str| tlv(asn1::GENERALIZED_TIME, text.as_bytes());
    let point = seq([seq([explicit(0, &explicit(0, &uri("http://a.example/x.crl"))), implicit(1, &[1, 0x40])])]);
    let mut sct = vec![0, 47, 0];
    sct.extend([0xab; 32]);
    sct.extend(1_700_000_000_000_u64.to_be_bytes());
    sct.extend([0, 0, 4, 3, 0, 0]);
    let mut list = vec![0, 49];
    list.extend(sct);
    let algorithm = seq([oid_der("2.16.840.1.101.3.4.2.1")]);
    vec![
        (
            "1.3.6.1.5.5.7.1.3",
            seq([
                seq([oid_der("0.4.0.1862.1.1")]),
                seq([oid_der("0.4.0.1862.1.2"), seq([printable("EUR"), number(5), number(3)])]),
                seq([oid_der("0.4.0.1862.1.3"), number(15)]),
                seq([oid_der("0.4.0.1862.1.4")]),
                seq([oid_der("0.4.0.1862.1.5"), seq([seq([ia5("https://pds.example"), printable("en")])])]),
                seq([oid_der("0.4.0.1862.1.6"), seq([oid_der("0.4.0.1862.1.6.1")])]),
                seq([oid_der("0.4.0.1862.1.7"), seq([printable("BR")])]),
                seq([
                    oid_der("1.3.6.1.5.5.7.11.2"),
                    seq([oid_der("0.4.0.194121.1.1"), seq([uri("https://ra.example")])]),
                ]),
                seq([
                    oid_der("0.4.0.19495.2"),
                    seq([seq([seq([oid_der("0.4.0.19495.1.1"), utf8("PSP_AS")])]), utf8("BCB"), utf8("BR-BCB")]),
                ]),
                seq([oid_der("1.2.3.1"), number(7)]),
            ]),
            vec![
                "qcsQcCompliance (0.4.0.1862.1.1)",
                "  limit: EUR 5 × 10^3",
                "  years: 15",
                "  PDS (en): https://pds.example",
                "  type: esign (0.4.0.1862.1.6.1)",
                "  country: BR",
                "  semanticsIdentifier: semanticsNatural (0.4.0.194121.1.1)",
                "  role: PSP_AS (0.4.0.19495.1.1)",
                "  competentAuthority: BCB (BR-BCB)",
                "1.2.3.1",
                "  INTEGER 7",
            ],
        ),
        ("1.3.6.1.5.5.7.48.1.5", vec![5, 0], vec!["NULL"]),
        ("1.3.6.1.4.1.11129.2.4.3", vec![5, 0], vec!["NULL"]),
        (
            "2.5.29.46",
            point.clone(),
            vec!["uniformResourceIdentifier: http://a.example/x.crl", "reasons: keyCompromise"],
        ),
        ("2.5.29.31", point, vec!["uniformResourceIdentifier: http://a.example/x.crl"]),
        (
            "2.23.140.3.1",
            seq([printable("VAT"), printable("BR"), implicit(0, b"SP"), utf8("11222333000181")]),
            vec![
                "registrationSchemeIdentifier: VAT",
                "registrationCountry: BR",
                "registrationStateOrProvince: SP",
                "registrationReference: 11222333000181",
            ],
        ),
        (
            "2.5.29.9",
            seq([
                seq([oid_der("1.3.6.1.5.5.7.9.1"), tlv(asn1::SET, &generalized("19800201120000Z"))]),
                seq([oid_der("1.3.6.1.5.5.7.9.3"), tlv(asn1::SET, &printable("F"))]),
            ]),
            vec!["dateOfBirth: ••••-••-•• ••:••:•••", "gender: •"],
        ),
        (
            "2.5.29.16",
            seq([implicit(0, b"20260101000000Z"), implicit(1, b"20270101000000Z")]),
            vec!["notBefore: 2026-01-01 00:00:00Z", "notAfter: 2027-01-01 00:00:00Z"],
        ),
        (
            "1.2.840.113583.1.1.9.1",
            seq([number(1), uri("http://tsa.example"), tlv(asn1::BOOLEAN, &[0xff])]),
            vec!["version: 1", "location: uniformResourceIdentifier: http://tsa.example", "requiresAuth: TRUE"],
        ),
        ("1.2.840.113583.1.1.9.2", seq([number(1)]), vec!["version: 1"]),
        ("1.3.6.1.4.1.311.20.2", tlv(asn1::BMP_STRING, &[0, b'C', 0, b'A']), vec!["CA"]),
        ("1.3.6.1.4.1.311.21.1", number(0x0002_0003), vec!["certificateIndex: 3", "keyIndex: 2"]),
        ("1.3.6.1.4.1.311.21.2", octets(&[1, 2]), vec!["01:02"]),
        ("1.3.6.1.4.1.311.21.4", tlv(asn1::UTC_TIME, b"260101000000Z"), vec!["2026-01-01 00:00:00Z"]),
        (
            "1.3.6.1.4.1.311.21.7",
            seq([oid_der("1.3.6.1.4.1.311.21.8.1"), number(100), number(4)]),
            vec!["templateID: 1.3.6.1.4.1.311.21.8.1", "majorVersion: 100", "minorVersion: 4"],
        ),
        (
            "1.3.6.1.4.1.311.21.10",
            seq([seq([oid_der("1.3.6.1.5.5.7.3.4")])]),
            vec!["emailProtection (1.3.6.1.5.5.7.3.4)"],
        ),
        ("2.16.840.1.113730.1.1", named_bits(&[2, 6]), vec!["S/MIME, S/MIME CA"]),
        ("2.16.840.1.113730.1.8", ia5("http://policy.example"), vec!["http://policy.example"]),
        ("2.16.840.1.113730.1.13", ia5("OpenSSL\nGenerated"), vec!["OpenSSL Generated"]),
        ("2.5.29.27", number(7), vec!["baseCRLNumber: 7"]),
        ("2.5.29.20", number(8), vec!["8"]),
        ("2.5.29.60", generalized("20200101000000Z"), vec!["2020-01-01 00:00:00Z"]),
        ("2.5.29.24", generalized("20200101000000Z"), vec!["2020-01-01 00:00:00Z"]),
        ("2.5.29.21", tlv(asn1::ENUMERATED, &[9]), vec!["privilegeWithdrawn (9)"]),
        ("2.5.29.23", oid_der("1.2.840.10040.2.3"), vec!["holdInstruction-reject (1.2.840.10040.2.3)"]),
        ("2.5.29.29", seq([explicit(4, &common_name("AC X"))]), vec!["directoryName: CN=AC X"]),
        ("1.3.6.1.5.5.7.1.24", seq([number(5), number(99)]), vec!["status_request (5)", "99"]),
        (
            "1.3.6.1.5.5.7.1.12",
            seq([explicit(
                2,
                &explicit(
                    0,
                    &seq([seq([seq([
                        ia5("image/png"),
                        seq([seq([algorithm.clone(), octets(&[1, 2])])]),
                        seq([ia5("https://logo.example/a.png")]),
                    ])])]),
                ),
            )]),
            vec!["subjectLogo", "  uri or type: https://logo.example/a.png", "  hash: 01:02"],
        ),
        (
            "1.3.6.1.5.5.7.1.2",
            seq([seq([number(0), algorithm.clone(), octets(&[3]), ia5("https://bio.example")])]),
            vec![
                "typeOfBiometricData: picture (0)",
                "  hashAlgorithm: SHA-256 (2.16.840.1.101.3.4.2.1)",
                "  biometricDataHash: 03",
                "  sourceDataUri: https://bio.example",
            ],
        ),
        (
            "2.5.29.32",
            seq([
                seq([
                    oid_der("2.16.76.1.2.3.1"),
                    seq([
                        seq([oid_der("1.3.6.1.5.5.7.2.1"), ia5("http://dpc.example")]),
                        seq([
                            oid_der("1.3.6.1.5.5.7.2.2"),
                            seq([seq([utf8("Org"), seq([number(1), number(2)])]), utf8("Leia")]),
                        ]),
                    ]),
                ]),
                seq([oid_der("2.5.29.32.0")]),
            ]),
            vec![
                "ICP-Brasil A3 (2.16.76.1.2.3.1)",
                "  cPSuri: http://dpc.example",
                "  userNotice",
                "    organization: Org",
                "    noticeNumbers: 1, 2",
                "    explicitText: Leia",
                "anyPolicy (2.5.29.32.0)",
            ],
        ),
        ("2.5.29.33", seq([seq([oid_der("1.2.3.1"), oid_der("1.2.3.2")])]), vec!["1.2.3.1 = 1.2.3.2"]),
        (
            "2.5.29.36",
            seq([implicit(0, &[0]), implicit(1, &[1])]),
            vec!["requireExplicitPolicy: 0", "inhibitPolicyMapping: 1"],
        ),
        ("2.5.29.54", number(2), vec!["skipCerts: 2"]),
        (
            "2.5.29.17",
            seq([
                other_name("1.3.6.1.4.1.311.20.2.3", &utf8("ana@corp.example")),
                other_name("1.3.6.1.5.5.7.8.9", &utf8("aná@exemplo.br")),
                other_name("1.3.6.1.5.5.7.8.3", &seq([utf8("id-1"), oid_der("1.2.3.5")])),
                other_name("2.16.76.1.3.1", &octets(b"01021980529982247251703325950400000000123456XSSPSP")),
                other_name("2.16.76.1.3.3", &printable("11222333000181")),
                implicit(1, b"ana@example.org"),
                implicit(2, b"example.org"),
                tlv(0xa3, &seq([printable("x400")])),
                explicit(4, &common_name("Ana")),
                tlv(0xa5, &[explicit(0, &utf8("assigner")), explicit(1, &utf8("party"))].concat()),
                uri("https://example.org"),
                implicit(7, &[10, 0, 0, 1]),
                implicit(8, &[0x2a, 3, 1]),
            ]),
            vec![
                "otherName userPrincipalName (1.3.6.1.4.1.311.20.2.3): ana@corp.example",
                "otherName smtpUTF8Mailbox (1.3.6.1.5.5.7.8.9): aná@exemplo.br",
                "  identifierValue: id-1",
                "  assigner: 1.2.3.5",
                "  cpf: ***.982.247-**",
                "  birth_date: ••/••/••••",
                "otherName ICP-Brasil: CNPJ (2.16.76.1.3.3): 11.222.333/0001-81",
                "rfc822Name: ana@example.org",
                "dNSName: example.org",
                "x400Address",
                "directoryName: CN=Ana",
                "  nameAssigner: assigner",
                "  partyName: party",
                "uniformResourceIdentifier: https://example.org",
                "iPAddress: 10.0.0.1",
                "registeredID: 1.2.3.1",
            ],
        ),
        (
            "2.5.29.30",
            seq([
                explicit(
                    0,
                    &[seq([implicit(2, b"example.org")]), seq([implicit(7, &[10, 0, 0, 0, 255, 0, 0, 0])])].concat(),
                ),
                explicit(1, &seq([implicit(1, b".example.net"), implicit(0, &[2])])),
            ]),
            vec![
                "permitted: dNSName: example.org",
                "permitted: iPAddress: 10.0.0.0/255.0.0.0",
                "excluded: rfc822Name: .example.net",
                "  minimum: 2",
            ],
        ),
        (
            "2.5.29.28",
            seq([
                explicit(0, &tlv(0xa1, &seq([oid_der("2.5.4.3"), utf8("CRL1")]))),
                implicit(1, &[0xff]),
                implicit(3, &[1, 0x60]),
                implicit(4, &[0]),
            ]),
            vec![
                "nameRelativeToCRLIssuer: CN=CRL1",
                "onlyContainsUserCerts",
                "onlySomeReasons: keyCompromise, cACompromise",
                "indirectCRL: FALSE",
            ],
        ),
        (
            "1.3.6.1.4.1.11129.2.4.2",
            octets(&list),
            vec!["  timestamp: 2023-11-14 22:13:20Z", "  signature: SHA-256, ECDSA"],
        ),
        (
            "2.5.29.35",
            seq([implicit(0, &[1, 2]), tlv(0xa1, &explicit(4, &common_name("R"))), implicit(2, &[9])]),
            vec!["keyIdentifier: 01:02", "authorityCertIssuer: directoryName: CN=R", "authorityCertSerialNumber: 09"],
        ),
        ("2.5.29.14", octets(&[7]), vec!["07"]),
        ("2.5.29.15", named_bits(&[0, 1]), vec!["digitalSignature", "nonRepudiation"]),
        ("2.5.29.37", seq([oid_der("1.3.6.1.5.5.7.3.36")]), vec!["documentSigning (1.3.6.1.5.5.7.3.36)"]),
        ("2.5.29.19", seq([tlv(asn1::BOOLEAN, &[0xff]), number(0)]), vec!["cA: TRUE", "pathLenConstraint: 0"]),
        (
            "1.3.6.1.5.5.7.1.1",
            seq([seq([oid_der("1.3.6.1.5.5.7.48.1"), uri("http://ocsp.example")])]),
            vec!["ocsp: uniformResourceIdentifier: http://ocsp.example"],
        ),
        (
            "1.2.840.113533.7.65.0",
            seq([tlv(0x1b, b"V7.1"), named_bits(&[0])]),
            vec!["version: V7.1", "flags: keyUpdateAllowed"],
        ),
        (
            "1.2.840.113549.1.9.15",
            seq([seq([oid_der("1.2.840.113549.3.2"), number(128)])]),
            vec!["RC2-CBC (1.2.840.113549.3.2), 128 bits"],
        ),
    ]
}

#[test]
fn every_known_extension_is_decoded() {
    for (oid, value, wanted) in samples() {
        assert!(decoder(oid).is_some() && oid::extension(oid).is_some(), "{oid} has no decoder or no name");
        let lines = shown(oid, &value);
        for line in wanted {
            assert!(lines.iter().any(|own| own == line), "{oid}: {line:?} is not in {lines:#?}");
        }
    }
}

#[test]
fn personal_data_is_masked_in_lines_and_clear_in_facts() {
    let samples = samples();
    let (oid, value, _) = samples.iter().find(|(oid, ..)| *oid == "2.5.29.17").unwrap();
    let text = shown(oid, value).join("\n");
    assert!(!text.contains("529982247") && !text.contains("01021980") && !text.contains("123456X"), "{text}");
    let facts = describe_extension(oid, value);
    let clear = facts.iter().find(|fact| fact.label == "cpf").unwrap();
    assert_eq!((clear.value.as_str(), clear.shown()), ("529.982.247-25", "***.982.247-**"));
    assert!(!format!("{facts:?}").contains("529.982"), "Debug is masked too");
}

#[test]
fn an_unknown_extension_is_shown_as_asn1_and_else_as_hex() {
    let unknown = |value: &[u8]| shown("1.2.3", value);
    // qcStatements { qcsQcCompliance }
    let value = [0x30, 10, 0x30, 8, 6, 6, 4, 0, 0x8e, 0x46, 1, 1];
    assert_eq!(unknown(&value), ["SEQUENCE", "  SEQUENCE", "    OBJECT IDENTIFIER qcsQcCompliance (0.4.0.1862.1.1)"]);
    assert_eq!(unknown(&[0xff, 1]), ["FF:01"]);
    assert_eq!(unknown(&[]), ["(empty)"]);
    assert_eq!(unknown(&[2, 1, 0xff]), ["INTEGER -1"]);
}

#[test]
fn a_malformed_extension_is_said_to_be_malformed_and_shown_all_the_same() {
    let own = Extension::new("2.5.29.19".to_owned(), true, vec![2, 1, 5]);
    assert!(own.malformed());
    assert_eq!(own.lines(), ["INTEGER 5"]);
    let trailing = Extension::new("2.5.29.14".to_owned(), false, vec![4, 1, 5, 5, 0]);
    assert!(trailing.malformed(), "something follows the value");
}

#[test]
fn texts_cannot_paint_over_the_screen() {
    let comment = shown("2.16.840.1.113730.1.13", &utf8("a\u{202e}b\u{1b}[2Jc\nd"));
    assert_eq!(comment, ["a\u{fffd}b\u{fffd}[2Jc d"]);
}

#[test]
fn other_names_in_every_string_type_of_icp_brasil() {
    for tag in [asn1::OCTET_STRING, asn1::PRINTABLE_STRING, asn1::UTF8_STRING] {
        let names = seq([other_name("2.16.76.1.3.3", &tlv(tag, b"11222333000181"))]);
        let names = alternative_names(&names);
        assert_eq!((names[0].kind, names[0].value.as_str()), ("otherName", "11222333000181"), "tag {tag}");
    }
}

fn sound(oid: &str, value: &[u8]) -> Result<(), TestCaseError> {
    let own = Extension::new(oid.to_owned(), false, value.to_vec());
    prop_assert!(!own.lines().is_empty());
    prop_assert!(own.lines().iter().all(|line| !line.trim().is_empty()), "{:?}", own.lines());
    prop_assert!(own.lines().len() < 300);
    prop_assert!(own.lines().iter().all(|line| !line.contains('\n')));
    // What is judged by must be what is shown.
    prop_assert_eq!(own.malformed(), decoder(oid).is_some() && decoded(oid, value).is_none(), "{}", oid);
    let _ = (alternative_names(value), other_names(value), distribution_urls(value));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn mutated_extensions_never_panic_and_are_never_blank(
        which in any::<proptest::sample::Index>(),
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<Option<proptest::sample::Index>>(),
    ) {
        let samples = samples();
        let (oid, value, _) = which.get(&samples);
        let mut mutant = value.clone();
        for (place, byte) in edits {
            let at = place.index(mutant.len());
            mutant[at] = byte;
        }
        if let Some(cut) = cut {
            mutant.truncate(cut.index(mutant.len()));
        }
        sound(oid, &mutant)?;
    }

    #[test]
    fn any_bytes_in_any_extension(which in any::<proptest::sample::Index>(), value in proptest::collection::vec(any::<u8>(), 0..100)) {
        let samples = samples();
        sound(which.get(&samples).0, &value)?;
        sound("1.2.3", &value)?;
        // The value of one type in another, which is sound as often as not.
        let (_, other, _) = which.get(&samples);
        for (oid, ..) in &samples {
            sound(oid, other)?;
        }
    }
}
