//! Legal labels.

use super::support::{NOW, corpus, default_hierarchy, leaf};
use crate::chain::review;
use crate::legal::{ICP_BRASIL_ROOTS, LegalLabel, legal_label};
use crate::read_objects;

#[test]
fn a_demonstration_is_called_one_whatever_is_trusted() {
    let hierarchy = default_hierarchy();
    let (_, chain) = leaf(&hierarchy.intermediate, "Maria");
    let report = review(&chain[0], &chain, &chain[2..], &[], NOW);
    let assessment = legal_label(report.best().unwrap());
    assert_eq!((assessment.label, assessment.reason), (LegalLabel::Demonstration, "demonstration_certificate"));
}

#[test]
fn the_table_of_roots_is_that_of_the_corpus() {
    let Some(tsv) = corpus("icp-brasil/ca-certificates.tsv") else { return };
    let tsv = String::from_utf8(tsv).unwrap();
    let mut listed: Vec<&str> =
        tsv.lines().filter(|line| line.starts_with("1\t")).filter_map(|line| line.split('\t').nth(4)).collect();
    let mut own: Vec<&str> = ICP_BRASIL_ROOTS.iter().map(|(_, fingerprint)| *fingerprint).collect();
    listed.sort_unstable();
    own.sort_unstable();
    assert_eq!(own, listed);
}

#[test]
fn an_icp_brasil_ca_certificate_is_no_qualified_signer() {
    let Some(pem) = corpus("icp-brasil/ca-certificates.pem") else { return };
    let certificates = read_objects(&pem).unwrap().certificates();
    let anchors: Vec<_> = certificates.iter().filter(|own| crate::legal::is_icp_brasil_root(own)).cloned().collect();
    assert_eq!(anchors.len(), 10);
    for certificate in certificates.iter().filter(|own| !own.is_self_issued()).take(20) {
        let report = review(certificate, &certificates, &anchors, &[], certificate.validity.not_before);
        let label = legal_label(report.best().unwrap()).label;
        assert!(matches!(label, LegalLabel::Unknown), "{}: {label:?}", certificate.subject);
    }
}
