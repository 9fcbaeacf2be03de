//! Corpora that nobody here wrote: ICP-Brasil's CA certificates, PKITS, x509-limbo.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use time::OffsetDateTime;

use super::support::corpus;
use crate::chain::{Conclusion, PathEnd, Trust, review};
use crate::{Certificate, Crl, read_objects};

#[test]
fn every_icp_brasil_ca_decodes_and_links_up_to_a_root() {
    let Some(pem) = corpus("icp-brasil/ca-certificates.pem") else { return };
    let bundle = read_objects(&pem).unwrap();
    let certificates = bundle.certificates();
    assert_eq!((certificates.len(), bundle.problems.len()), (323, 0));
    let anchors: Vec<_> = certificates.iter().filter(|own| crate::legal::is_icp_brasil_root(own)).cloned().collect();
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for certificate in &certificates {
        assert!(certificate.is_ca(), "{}", certificate.subject);
        assert!(certificate.extensions.iter().all(|extension| !extension.malformed), "{}", certificate.subject);
        // A moment at which the certificate itself is valid; its issuers nearly always are too.
        let at = certificate.validity.not_before + time::Duration::days(1);
        let report = review(certificate, &certificates, &anchors, &[], at);
        let best = report.best().unwrap();
        if best.end != PathEnd::Anchor {
            // A few issuers are not in the corpus; then nothing in it has their name.
            let missing = &best.steps.last().unwrap().certificate.issuer;
            assert_eq!(best.end, PathEnd::IssuerMissing, "{}", certificate.subject);
            assert!(certificates.iter().all(|own| own.subject != *missing), "{}", certificate.subject);
            *outcomes.entry(format!("issuer not in the corpus: {missing}")).or_default() += 1;
            continue;
        }
        let problems: Vec<_> = best.problems().map(|problem| format!("{problem:?}")).collect();
        let key = if problems.is_empty() { "sound".to_owned() } else { problems.join("; ") };
        *outcomes.entry(key).or_default() += 1;
    }
    for (outcome, count) in &outcomes {
        eprintln!("{count:4} {outcome}");
        // The first roots signed with SHA-1; one family signs with Ed448, which is not verified here.
        let expected = ["sound", "WeakSignature", "SignatureNotCheckable { algorithm: \"Ed448\"", "issuer not in"];
        assert!(expected.iter().any(|start| outcome.starts_with(start)), "{outcome}");
    }
    assert_eq!(outcomes.get("sound"), Some(&258));
}

struct Case {
    id: String,
    leaf: Certificate,
    pool: Vec<Certificate>,
    roots: Vec<Certificate>,
    crls: Vec<Crl>,
    at: OffsetDateTime,
    valid: bool,
    plain: bool,
    class: String,
}

/// The cases of a corpus; those whose certificates cannot be decoded at all are given by id.
fn cases(path: &str) -> Option<(Vec<Case>, Vec<(String, bool)>)> {
    let text = String::from_utf8(corpus(path)?).unwrap();
    let (mut cases, mut undecodable) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let json: serde_json::Value = serde_json::from_str(line).unwrap();
        let list = |name: &str| -> Vec<Vec<u8>> {
            json[name].as_array().unwrap().iter().map(|item| BASE64.decode(item.as_str().unwrap()).unwrap()).collect()
        };
        let certificates = |ders: Vec<Vec<u8>>| -> Vec<Certificate> {
            ders.iter().filter_map(|der| Certificate::from_der(der).ok()).collect()
        };
        let id = json["id"].as_str().unwrap().to_owned();
        let valid = json["expect"]
            .as_bool()
            .unwrap_or_else(|| matches!(json["expect"].as_str(), Some("valid" | "SUCCESS" | "success" | "accept")));
        let leaf = BASE64.decode(json["leaf"].as_str().unwrap()).unwrap();
        let Ok(leaf) = Certificate::from_der(&leaf) else {
            undecodable.push((id, valid));
            continue;
        };
        let flag = |name: &str| json[name].as_bool().unwrap_or(false);
        cases.push(Case {
            id,
            pool: certificates(list("inters")),
            roots: certificates(list("roots")),
            crls: list("crls").iter().filter_map(|der| Crl::from_der(der).ok()).collect(),
            // Without a time, a case means «now», and its certificates were made shortly before.
            at: json["time"].as_i64().map_or(leaf.validity.not_before + time::Duration::days(1), |time| {
                OffsetDateTime::from_unix_timestamp(time).unwrap()
            }),
            valid,
            plain: !flag("explicit") && !flag("inhibit_any") && !flag("inhibit_map"),
            class: json["class"].as_str().unwrap_or("").to_owned(),
            leaf,
        });
    }
    Some((cases, undecodable))
}

/// PKITS without policy inputs: what is invalid must never pass. What is valid and uses only what this review applies
/// passes; the rest is indeterminate (constraints, algorithms and kinds of lists that it does not apply).
#[test]
fn pkits_has_no_false_accept() {
    let Some((cases, undecodable)) = cases("x509-cases/pkits.jsonl") else { return };
    assert!(undecodable.is_empty(), "{undecodable:?}");
    let (mut passed, mut indeterminate, mut rejected) = (0, 0, Vec::new());
    let mut accepted = Vec::new();
    for case in cases.iter().filter(|case| case.plain) {
        let report = review(&case.leaf, &case.pool, &case.roots, &case.crls, case.at);
        let (conclusion, codes) = report.verdict();
        match (case.valid, conclusion) {
            (true, Conclusion::Passed) => passed += 1,
            (true, Conclusion::Indeterminate) => indeterminate += 1,
            (true, Conclusion::Failed) => rejected.push((case.id.clone(), codes)),
            (false, Conclusion::Passed) => accepted.push(case.id.clone()),
            (false, Conclusion::Indeterminate | Conclusion::Failed) => {}
        }
    }
    eprintln!(
        "PKITS: {} cases; valid cases: {passed} passed, {indeterminate} indeterminate, failed: {rejected:?}",
        cases.len()
    );
    assert_eq!(accepted, Vec::<String>::new(), "invalid, but passed");
    assert_eq!(rejected, Vec::new(), "valid, but failed");
}

#[test]
fn limbo_core_has_no_false_accept_but_those_that_are_known() {
    let Some((cases, _)) = cases("x509-cases/limbo.jsonl") else { return };
    let mut accepted = Vec::new();
    let mut untrusted = Vec::new();
    for case in cases.iter().filter(|case| case.class == "core") {
        let report = review(&case.leaf, &case.pool, &case.roots, &case.crls, case.at);
        match (case.valid, report.trust()) {
            (false, Trust::Trusted) if case.crls.is_empty() => accepted.push(case.id.clone()),
            (true, Trust::Untrusted) => untrusted.push((case.id.clone(), report.verdict().1)),
            _ => {}
        }
    }
    // What a caller asks for beside the path (depth, purpose, the server's name) is not this review's input.
    let known = [
        "pathlen::max-chain-depth-0-exhausted",
        "pathlen::max-chain-depth-1-exhausted",
        "rfc5280::ca-as-leaf-wrong-san",
        "rfc5280::eku::ee-wrong-eku",
        "rfc5280::san::ip-in-dns",
    ];
    accepted.sort();
    assert_eq!(accepted, known, "invalid, but trusted");
    assert_eq!(untrusted, Vec::new(), "valid, but untrusted");
}
