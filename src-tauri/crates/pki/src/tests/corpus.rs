//! ICP-Brasil's CA certificates. PKITS and x509-limbo have tests of their own in `tests/`.

use std::collections::BTreeMap;

use super::support::corpus;
use crate::chain::{PathEnd, review};
use crate::read_objects;

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
        assert!(certificate.extensions.iter().all(|extension| !extension.malformed()), "{}", certificate.subject);
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
        // The first roots signed with SHA-1; one root has a key on E-521, which no library verifies.
        let expected =
            ["sound", "WeakSignature", "SignatureNotCheckable { algorithm: \"1.3.6.1.4.1.44588", "issuer not in"];
        assert!(expected.iter().any(|start| outcome.starts_with(start)), "{outcome}");
    }
    assert_eq!(outcomes.get("sound"), Some(&260));
}
