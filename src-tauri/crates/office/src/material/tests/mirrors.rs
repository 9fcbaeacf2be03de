//! Lists that more than one address has.

use cartorio_pki::read_objects;
use cartorio_testkit::lab::{self, Lab};

use super::bad::serve;
use super::*;

/// The list of `issuing` of a hundred days ago, from a server that is behind.
async fn behind(lab: &'static Lab) -> String {
    serve(Arc::new(move |_: &[u8]| {
        let then = (OffsetDateTime::now_utc() - time::Duration::days(100)).replace_nanosecond(0).unwrap();
        let clock = then.format(&time::format_description::well_known::Rfc3339).unwrap();
        let headers = [("X-Certomancer-Fake-Time", clock.as_str())];
        Some(lab::get(&lab.urls().crls["issuing"], &headers).unwrap().body)
    }))
    .await
}

/// A leaf of `issuing` whose lists are at these addresses.
fn listed_at(lab: &Lab, name: &str, serial: &str, addresses: &[&str]) -> Certificate {
    let of = |end: &str| format!("{name}.{end}");
    let addresses: Vec<String> = addresses.iter().map(|url| format!("URI:{url}")).collect();
    std::fs::write(lab.path(&of("ext")), format!("crlDistributionPoints={}\n", addresses.join(","))).unwrap();
    let (subject, key, csr, pem, ext) = (format!("/CN={name}"), of("key"), of("csr"), of("pem"), of("ext"));
    openssl(lab, &["req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", &subject, "-keyout", &key, "-out", &csr]);
    let issuer = ["-CA", "issuing.pem", "-CAkey", "issuing.key", "-set_serial", serial, "-days", "30"];
    let files = ["-extfile", ext.as_str(), "-out", pem.as_str()];
    openssl(lab, &[&["x509", "-req", "-in", &csr][..], &issuer, &files].concat());
    read_objects(&std::fs::read(lab.path(&pem)).unwrap()).unwrap().certificates().remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mirror_that_is_behind_is_passed_over_for_the_next() {
    let Some(lab) = Lab::shared() else { return };
    let (old, good) = (behind(lab).await, lab.urls().crls["issuing"].as_str());
    let at = OffsetDateTime::now_utc();
    let pool = [certificate(lab, "issuing")];
    for (name, serial, addresses) in
        [("espelhos", "0x7301", [old.as_str(), good]), ("espelhos-invertidos", "0x7302", [good, old.as_str()])]
    {
        let sources = sources(lab, trusting(lab), Vec::new());
        let leaf = listed_at(lab, name, serial, &addresses);
        let material = evidence_for(&sources, std::slice::from_ref(&leaf), &pool, at).await.unwrap();
        assert!(material.missing.is_empty(), "{name}: {:?}", material.missing);
        let fresh = |own: &Proof| own.name == name && own.next_update.is_some_and(|next| next > at);
        assert!(material.proofs.iter().any(fresh), "{name}: {:?}", material.proofs);
    }
    // Where every one of them is behind, that is said.
    let leaf = listed_at(lab, "atrasado", "0x7303", &[&old]);
    let sources = sources(lab, trusting(lab), Vec::new());
    let material = evidence_for(&sources, &[leaf], &pool, at).await.unwrap();
    let told: Vec<_> = material.missing.iter().map(|own| (own.name.as_str(), own.what.code())).collect();
    assert_eq!(told, [("atrasado", "revocation")]);
}
