//! One departure for every rule: code, and what is found.

use super::build::general;
use super::*;

pub(super) fn cases() -> Vec<(&'static str, Vec<Finding>)> {
    let mut cases = Vec::new();
    for (code, change) in leaves() {
        let mut draft = leaf();
        change(&mut draft);
        cases.push((code, findings(&draft, Role::Leaf)));
    }
    for (code, change) in authorities() {
        let mut draft = ca();
        change(&mut draft);
        cases.push((code, findings(&draft, Role::Intermediate)));
    }
    for (code, change) in brazilians() {
        let mut draft = icp();
        change(&mut draft);
        cases.push((code, findings(&draft, Role::Leaf)));
    }
    for (code, change) in lists() {
        let mut draft = crl();
        change(&mut draft);
        cases.push((code, crl_findings(&draft)));
    }
    cases
}

type Change<T> = (&'static str, fn(&mut T));

fn san(names: &[Vec<u8>]) -> Vec<u8> {
    seq(names)
}

fn leaves() -> Vec<Change<Draft>> {
    vec![
        ("version_not_v3", |d| d.version = 2),
        ("unique_identifier", |d| d.unique = tlv(0x81, &[0, 1])),
        ("serial_zero", |d| d.serial = vec![0]),
        ("serial_negative", |d| d.serial = vec![0x80]),
        ("serial_too_long", |d| d.serial = vec![0x41; 21]),
        ("signature_algorithms_differ", |d| d.inner = seq([oid("1.2.840.10045.4.3.3")])),
        ("signature_hash_weak", |d| {
            d.inner = rsa("1.2.840.113549.1.1.5");
            d.outer = rsa("1.2.840.113549.1.1.5");
        }),
        ("rsa_parameters_not_null", |d| d.outer = seq([oid("1.2.840.113549.1.1.11")])),
        ("algorithm_parameters_present", |d| d.outer = rsa("1.2.840.10045.4.3.2")),
        ("der_encoding", |d| d.serial = vec![0, 0, 1]),
        ("default_encoded", |d| d.extensions[0].1 = Some(0)),
        ("default_encoded", |d| d.set("2.5.29.19", false, seq([tlv(1, &[0])]))),
        ("time_type_wrong", |d| d.not_after = general("20270101000000Z")),
        ("time_form", |d| d.not_after = utc("2701010000Z")),
        ("validity_inverted", |d| d.not_after = utc("250101000000Z")),
        ("expired", |d| d.not_after = utc("260201000000Z")),
        ("not_yet_valid", |d| d.not_before = utc("261201000000Z")),
        ("extensions_empty", |d| {
            d.extensions.clear();
            d.empty_list = true;
        }),
        ("issuer_empty", |d| d.issuer = seq::<Vec<u8>>([])),
        ("subject_missing", |d| {
            d.subject = seq::<Vec<u8>>([]);
            d.drop("2.5.29.17");
        }),
        ("san_not_critical_without_subject", |d| d.subject = seq::<Vec<u8>>([])),
        ("san_critical_with_subject", |d| d.critical("2.5.29.17", true)),
        ("name_string_type", |d| d.subject = name(&[("2.5.4.3", tlv(20, b"Ana"))])),
        ("name_must_be_printable_string", |d| d.subject = name(&[("2.5.4.6", utf8("BR"))])),
        ("country_form", |d| d.subject = name(&[("2.5.4.6", printable("BRA"))])),
        ("name_too_long", |d| d.subject = name(&[("2.5.4.3", utf8(&"a".repeat(65)))])),
        ("name_part_empty", |d| d.subject = name(&[("2.5.4.3", utf8(""))])),
        ("email_in_subject", |d| d.subject = name(&[("1.2.840.113549.1.9.1", tlv(22, b"a@b.example"))])),
        ("issuer_name_differs", |d| d.issuer = name(&[("2.5.4.3", utf8("AC Outra"))])),
        ("issuer_name_encoded_otherwise", |d| {
            d.issuer = name(&[("2.5.4.6", printable("BR")), ("2.5.4.3", printable("AC Teste"))]);
        }),
        ("san_empty", |d| d.set("2.5.29.17", false, san(&[]))),
        ("san_empty", |d| d.set("2.5.29.17", false, san(&[tlv(0x82, b" ")]))),
        ("san_dns_form", |d| d.set("2.5.29.17", false, san(&[tlv(0x82, b"a_b.example.org")]))),
        ("san_email_form", |d| d.set("2.5.29.17", false, san(&[tlv(0x81, b"Ana <ana@example.org>")]))),
        ("san_uri_form", |d| d.set("2.5.29.17", false, san(&[tlv(0x86, b"www.example.org")]))),
        ("san_ip_length", |d| d.set("2.5.29.17", false, san(&[tlv(0x87, &[1, 2, 3])]))),
        ("smtp_utf8_mailbox_form", |d| {
            d.set("2.5.29.17", false, san(&[other_name("1.3.6.1.5.5.7.8.9", &utf8("ana@example.org"))]));
        }),
        ("ec_explicit_parameters", |d| {
            let specified = seq([int(&[1])]);
            d.spki = seq([seq([oid("1.2.840.10045.2.1"), specified]), bits(0, &[4; 65])]);
        }),
        ("rsa_exponent", |d| d.spki = rsa_spki(2048, &[4])),
        ("ski_missing_in_leaf", |d| d.drop("2.5.29.14")),
        ("key_usage_not_critical", |d| d.critical("2.5.29.15", false)),
        ("key_usage_empty", |d| d.set("2.5.29.15", true, bits(0, &[]))),
        ("key_cert_sign_without_ca", |d| d.set("2.5.29.15", true, bits(2, &[0x84]))),
        ("encipher_only_without_agreement", |d| d.set("2.5.29.15", true, bits(0, &[0x81]))),
        ("key_usage_unfit_for_key", |d| d.set("2.5.29.15", true, bits(5, &[0xa0]))),
        ("key_usage_unfit_for_key", |d| {
            d.spki = seq([seq([oid("1.3.101.112")]), bits(0, &[1; 32])]);
            d.set("2.5.29.15", true, bits(3, &[0x88]));
        }),
        ("eku_empty", |d| d.set("2.5.29.37", false, seq::<Vec<u8>>([]))),
        ("eku_any_critical", |d| d.set("2.5.29.37", true, seq([oid("2.5.29.37.0")]))),
        ("time_stamping_not_alone", |d| d.set("2.5.29.37", false, seq([oid("1.3.6.1.5.5.7.3.8")]))),
        ("extension_duplicate", |d| d.extensions.push(d.extensions[0].clone())),
        ("extension_malformed", |d| d.set("2.5.29.14", false, int(&[1]))),
        ("extension_unknown_critical", |d| d.set("1.2.3.4", true, tlv(5, &[]))),
        ("aki_critical", |d| d.critical("2.5.29.35", true)),
        ("ski_critical", |d| d.critical("2.5.29.14", true)),
        ("issuer_alt_name_critical", |d| d.set("2.5.29.18", true, san(&[tlv(0x82, b"ac.example")]))),
        ("directory_attributes_critical", |d| {
            let gender = seq([oid("1.3.6.1.5.5.7.9.3"), tlv(0x31, &printable("F"))]);
            d.set("2.5.29.9", true, seq([gender]));
        }),
        ("crl_points_critical", |d| d.critical("2.5.29.31", true)),
        ("freshest_crl_critical", |d| d.set("2.5.29.46", true, point("http://crl.example/delta.crl"))),
        ("aia_critical", |d| d.critical("1.3.6.1.5.5.7.1.1", true)),
        ("sia_critical", |d| d.set("1.3.6.1.5.5.7.1.11", true, access("http://ac.example"))),
        ("no_rev_avail_critical", |d| d.set("2.5.29.56", true, tlv(5, &[]))),
        ("no_rev_avail_conflict", |d| d.set("2.5.29.56", false, tlv(5, &[]))),
        ("aki_missing", |d| d.drop("2.5.29.35")),
        ("aki_without_key_identifier", |d| {
            let issuer = tlv(0xa1, &tlv(0xa4, &issuer_name()));
            d.set("2.5.29.35", false, seq([issuer, tlv(0x82, &[1])]));
        }),
        ("aki_half_issuer", |d| d.set("2.5.29.35", false, seq([tlv(0x80, &[2; 20]), tlv(0x82, &[1])]))),
        ("aki_differs", |d| d.set("2.5.29.35", false, seq([tlv(0x80, &[9; 20])]))),
        ("crl_point_without_name", |d| d.set("2.5.29.31", false, seq([seq([tlv(0x81, &[1, 0x40])])]))),
        ("crl_point_scheme", |d| d.set("2.5.29.31", false, point("ftp://crl.example/a.crl"))),
        ("aia_empty", |d| d.set("1.3.6.1.5.5.7.1.1", false, seq::<Vec<u8>>([]))),
        ("path_length_without_ca", |d| d.set("2.5.29.19", true, seq([int(&[0])]))),
        ("constraint_in_leaf", |d| d.set("2.5.29.36", true, seq([tlv(0x80, &[0])]))),
        ("policy_duplicate", |d| {
            d.set("2.5.29.32", false, seq([seq([oid("1.2.3.4")]), seq([oid("1.2.3.4")])]));
        }),
        ("policy_qualifier_unknown", |d| {
            let qualifier = seq([oid("1.2.3.9"), utf8("x")]);
            d.set("2.5.29.32", false, seq([seq([oid("1.2.3.4"), seq([qualifier])])]));
        }),
        ("explicit_text_type", |d| {
            let notice = seq([oid("1.3.6.1.5.5.7.2.2"), seq([tlv(22, b"Leia")])]);
            d.set("2.5.29.32", false, seq([seq([oid("1.2.3.4"), seq([notice])])]));
        }),
        ("explicit_text_too_long", |d| {
            let notice = seq([oid("1.3.6.1.5.5.7.2.2"), seq([utf8(&"a".repeat(201))])]);
            d.set("2.5.29.32", false, seq([seq([oid("1.2.3.4"), seq([notice])])]));
        }),
    ]
}

/// nameConstraints with these permitted subtrees.
fn permitted(subtrees: &[Vec<u8>]) -> Vec<u8> {
    seq([tlv(0xa0, &subtrees.concat())])
}

fn authorities() -> Vec<Change<Draft>> {
    vec![
        ("ca_subject_empty", |d| d.subject = seq::<Vec<u8>>([])),
        ("ski_missing_in_ca", |d| d.drop("2.5.29.14")),
        ("key_usage_missing_in_ca", |d| d.drop("2.5.29.15")),
        ("ca_without_key_cert_sign", |d| d.set("2.5.29.15", true, bits(1, &[0x02]))),
        ("ca_without_basic_constraints", |d| d.drop("2.5.29.19")),
        ("ca_without_basic_constraints", |d| d.set("2.5.29.19", true, seq::<Vec<u8>>([]))),
        ("basic_constraints_not_critical", |d| d.critical("2.5.29.19", false)),
        ("name_constraints_not_critical", |d| {
            d.set("2.5.29.30", false, permitted(&[seq([tlv(0x82, b"example.org")])]));
        }),
        ("name_constraints_empty", |d| d.set("2.5.29.30", true, seq::<Vec<u8>>([]))),
        ("name_constraints_bounds", |d| {
            d.set("2.5.29.30", true, permitted(&[seq([tlv(0x82, b"example.org"), tlv(0x80, &[1])])]));
        }),
        ("name_constraints_dns_form", |d| {
            d.set("2.5.29.30", true, permitted(&[seq([tlv(0x82, b".example.org")])]));
        }),
        ("name_constraints_ip_length", |d| d.set("2.5.29.30", true, permitted(&[seq([tlv(0x87, &[10, 0, 0, 1])])]))),
        ("name_constraints_form", |d| d.set("2.5.29.30", true, permitted(&[seq([tlv(0x88, &[0x2a, 3])])]))),
        ("policy_constraints_not_critical", |d| d.set("2.5.29.36", false, seq([tlv(0x80, &[0])]))),
        ("policy_constraints_empty", |d| d.set("2.5.29.36", true, seq::<Vec<u8>>([]))),
        ("inhibit_any_policy_not_critical", |d| d.set("2.5.29.54", false, int(&[0]))),
        ("policy_mapping_any", |d| d.set("2.5.29.33", true, seq([seq([oid("2.5.29.32.0"), oid("1.2.3.4")])]))),
        ("policy_mappings_not_critical", |d| {
            d.set("2.5.29.33", false, seq([seq([oid("1.2.3.5"), oid("1.2.3.4")])]));
        }),
    ]
}

fn brazilians() -> Vec<Change<Draft>> {
    vec![
        ("icp_policy_missing", |d| {
            d.drop("2.5.29.32");
            d.issuer = name(&[("2.5.4.10", utf8("ICP-Brasil"))]);
        }),
        ("icp_several_types", |d| {
            d.set("2.5.29.32", false, seq([seq([oid("2.16.76.1.2.3.1")]), seq([oid("2.16.76.1.2.1.1")])]));
        }),
        ("icp_practice_statement_missing", |d| d.set("2.5.29.32", false, seq([seq([oid("2.16.76.1.2.3.1")])]))),
        ("icp_crl_point_missing", |d| d.drop("2.5.29.31")),
        ("icp_issuer_access_missing", |d| d.drop("1.3.6.1.5.5.7.1.1")),
        ("icp_key_usage_not_critical", |d| d.critical("2.5.29.15", false)),
        ("icp_signature_usage", |d| d.set("2.5.29.15", true, bits(7, &[0x80]))),
        ("icp_time_stamp_usage", |d| d.set("2.5.29.32", false, policy("2.16.76.1.2.303.1"))),
        ("icp_code_signing", |d| {
            d.not_before = utc("250101000000Z");
            d.set("2.5.29.37", false, seq([oid("1.3.6.1.5.5.7.3.3")]));
        }),
        ("icp_validity_too_long", |d| d.set("2.5.29.32", false, policy("2.16.76.1.2.1.1"))),
        ("icp_rsa_too_small", |d| d.spki = rsa_spki(1024, &[1, 0, 1])),
        ("icp_sha1", |d| {
            d.inner = rsa("1.2.840.113549.1.1.5");
            d.outer = d.inner.clone();
        }),
        ("icp_pss", |d| {
            d.inner = seq([oid("1.2.840.113549.1.1.10"), seq::<Vec<u8>>([])]);
            d.outer = d.inner.clone();
        }),
        ("icp_country", |d| d.subject = name(&[("2.5.4.10", utf8("ICP-Brasil")), ("2.5.4.3", utf8("ANA"))])),
        ("icp_organization", |d| d.subject = name(&[("2.5.4.6", printable("BR")), ("2.5.4.3", utf8("ANA"))])),
        ("icp_common_name_missing", |d| {
            d.subject = name(&[("2.5.4.6", printable("BR")), ("2.5.4.10", utf8("ICP-Brasil"))]);
        }),
        ("icp_identity_missing", |d| d.set("2.5.29.17", false, seq([tlv(0x81, b"ana@example.org")]))),
        ("icp_other_name_missing", |d| {
            d.set("2.5.29.17", false, seq([other_name("2.16.76.1.3.1", &octets(PERSON))]));
        }),
        ("icp_other_name_missing", |d| {
            d.set("2.5.29.17", false, seq([other_name("2.16.76.1.3.3", &octets(b"11222333000181"))]));
        }),
        ("icp_identity_check_digits", |d| {
            d.set("2.5.29.17", false, person_names(b"01021980529982247261703325950400000000123456XSSPSP"));
        }),
        ("icp_identity_malformed", |d| {
            d.set("2.5.29.17", false, person_names(b"31021980529982247251703325950400000000123456XSSPSP"));
        }),
        ("icp_identity_string_type", |d| {
            d.set("2.5.29.17", false, seq([other_name("2.16.76.1.3.3", &tlv(22, b"11222333000181"))]));
        }),
        ("icp_rg_issuer_without_rg", |d| {
            d.set("2.5.29.17", false, person_names(b"010219805299822472517033259504000000000000000SSPSP"));
        }),
        ("icp_identity_disagrees", |d| {
            d.subject = name(&[
                ("2.5.4.6", printable("BR")),
                ("2.5.4.10", utf8("ICP-Brasil")),
                ("2.5.4.5", printable("12345678909")),
                ("2.5.4.3", utf8("ANA")),
            ]);
        }),
        ("icp_seal_of_a_person", |d| d.set("2.5.29.32", false, policy("2.16.76.1.2.201.1"))),
    ]
}

fn lists() -> Vec<Change<CrlDraft>> {
    vec![
        ("crl_version", |d| d.version = Some(0)),
        ("crl_issuer_empty", |d| d.issuer = seq::<Vec<u8>>([])),
        ("crl_algorithms_differ", |d| d.inner = seq([oid("1.2.840.10045.4.3.3")])),
        ("crl_der_encoding", |d| d.revoked = Some(vec![seq([int(&[0, 0, 5]), utc("260101000000Z")])])),
        ("crl_hash_weak", |d| {
            d.inner = rsa("1.2.840.113549.1.1.5");
            d.outer = d.inner.clone();
        }),
        ("crl_next_update_missing", |d| d.next_update = Vec::new()),
        ("crl_times_inverted", |d| d.next_update = utc("260401000000Z")),
        ("crl_time_form", |d| d.next_update = general("20260701000000Z")),
        ("crl_stale", |d| d.next_update = utc("260502000000Z")),
        ("crl_revoked_empty", |d| d.revoked = Some(Vec::new())),
        ("crl_entry_duplicate", |d| d.revoked = Some(vec![entry(5, &[]), entry(5, &[])])),
        ("crl_number_missing", |d| d.extensions.retain(|(own, ..)| own != "2.5.29.20")),
        ("crl_number_critical", |d| d.set("2.5.29.20", true, int(&[9]))),
        ("crl_number_too_long", |d| d.set("2.5.29.20", false, int(&[9; 21]))),
        ("crl_aki_missing", |d| d.extensions.retain(|(own, ..)| own != "2.5.29.35")),
        ("crl_aki_critical", |d| d.set("2.5.29.35", true, seq([tlv(0x80, &[2; 20])]))),
        ("crl_scope_not_critical", |d| d.set("2.5.29.28", false, seq([tlv(0x81, &[0xff])]))),
        ("crl_scope_empty", |d| d.set("2.5.29.28", true, seq::<Vec<u8>>([]))),
        ("crl_scope_contradictory", |d| d.set("2.5.29.28", true, seq([tlv(0x81, &[0xff]), tlv(0x82, &[0xff])]))),
        ("crl_freshest_in_delta", |d| d.set("2.5.29.46", true, point("http://crl.example/delta.crl"))),
        ("crl_extension_duplicate", |d| d.extensions.push(d.extensions[0].clone())),
        ("crl_reason_form", |d| d.revoked = Some(vec![entry(5, &[("2.5.29.21", true, tlv(10, &[1]))])])),
        ("crl_reason_form", |d| d.revoked = Some(vec![entry(5, &[("2.5.29.21", false, tlv(10, &[8]))])])),
        ("crl_reason_unspecified", |d| d.revoked = Some(vec![entry(5, &[("2.5.29.21", false, tlv(10, &[0]))])])),
        ("crl_certificate_issuer_not_critical", |d| {
            let issuer = seq([tlv(0xa4, &issuer_name())]);
            d.revoked = Some(vec![entry(5, &[("2.5.29.29", false, issuer)])]);
        }),
    ]
}
