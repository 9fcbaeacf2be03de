//! Roots of the office's own, by two people.

use cartorio_keys::KeySpec;
use cartorio_office::dto::{AnchorKind, RequestStateView, RequestView, TrustView};
use cartorio_pki::ca::{AttributeType, LocalCa, Subject};
use cartorio_pki::{Certificate, Validity};
use cartorio_registry::{
    Decision, JournalEntry, OperatorRef, Registry, Request, RequestKind, TrustApproval, TrustCertificate, TrustOrigin,
    TrustRole,
};
use cartorio_testkit::pki::{NOW, SoftwareSigner, run};
use serde_json::json;
use time::OffsetDateTime;

use super::{import, is_rooted, pem, request_root, small_pki, view, write};
use crate::host::Host;
use crate::people::approve;

/// A root with this organisation and name.
fn root_called(organisation: &str, name: &str) -> Certificate {
    let subject = Subject::new([
        (AttributeType::Country, "BR"),
        (AttributeType::Organization, organisation),
        (AttributeType::CommonName, name),
    ]);
    let spec = KeySpec::EcP256;
    let signer = Box::new(SoftwareSigner::generate(spec, spec.default_algorithm()));
    let validity = Validity { not_before: NOW, not_after: NOW + time::Duration::days(3_000) };
    run(LocalCa::create_root(subject.unwrap(), None, validity, signer)).unwrap().certificate().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_root_of_ones_own_needs_two_people() {
    let host = Host::demo().await;
    let pki = small_pki();
    assert!(!is_rooted(&host, &pki).await);
    for (certificate, code) in [
        (pki.leaf().clone(), "trust_not_a_ca"),
        (pki.intermediate.certificate().clone(), "trust_not_self_signed"),
        (root_called("ICP-Brasil", "AC Parceira"), "trust_impostor"),
        (root_called("Outra", "Autoridade  Certificadora RAIZ Brasileira v5"), "trust_impostor"),
    ] {
        assert_eq!(request_root(&host, &certificate).await.unwrap_err(), code);
    }
    let both = write(&host, "duas.pem", pem(&[pki.anchor(), pki.intermediate.certificate()]));
    assert!(host.office.trust_anchor_request_path(&both, "r").await.is_err(), "one at a time");
    let request = request_root(&host, pki.anchor()).await.unwrap();
    assert_eq!((request.title.contains("Test Root CA"), request.state), (true, RequestStateView::Pending));
    assert_eq!(request_root(&host, pki.anchor()).await.unwrap_err(), "request_open");
    let apply = json!({"id": request.id});
    assert_eq!(host.code("trust_anchor_apply", apply.clone()).await, "registry_request_state", "nobody approved");
    approve(&host, &request.id).await;
    assert!(!is_rooted(&host, &pki).await, "approved is not done");
    let trust: TrustView = host.ask("trust_anchor_apply", apply.clone()).await.unwrap();
    let anchor = trust.anchors.iter().find(|own| own.sha256 == pki.anchor().fingerprint()).unwrap();
    assert_eq!((anchor.kind, anchor.below, anchor.name.as_str()), (AnchorKind::Own, 0, "Test Root CA"));
    let people = (anchor.added_by.clone().unwrap(), anchor.approved_by.clone().unwrap());
    assert_ne!(people.0, people.1);
    assert_eq!(host.code("trust_anchor_apply", apply).await, "registry_request_state", "once");
    assert_eq!(request_root(&host, pki.anchor()).await.unwrap_err(), "trust_known");
    assert!(is_rooted(&host, &pki).await);
    let brought = import(&host, &write(&host, "ac.pem", pki.intermediate.certificate().pem())).await;
    assert_eq!((brought.intermediates_added, brought.refused.len()), (1, 0));

    // And no longer.
    let ask = |sha: &str| json!({"what": {"kind": "trust_anchor_remove", "sha256": sha}, "reason": "Fim do convênio"});
    assert_eq!(host.code("request_make", ask(&"ab".repeat(32))).await, "trust_root_unknown");
    let request: RequestView = host.ask("request_make", ask(&pki.anchor().fingerprint())).await.unwrap();
    approve(&host, &request.id).await;
    let trust: TrustView = host.ask("trust_anchor_apply", json!({"id": request.id})).await.unwrap();
    assert!(trust.anchors.iter().all(|own| own.kind != AnchorKind::Own));
    assert!(!is_rooted(&host, &pki).await, "what is below it is trusted no longer");
    let trail = host.trail().await;
    for act in ["trust_anchor_added", "trust_anchor_removed"] {
        let record = trail.iter().rfind(|own| own.act == act).unwrap();
        assert_eq!(record.phase, "succeeded");
        assert_eq!(record.certificate_sha256.as_ref(), Some(&pki.anchor().fingerprint()));
        assert_ne!(record.detail["requested_by"], record.detail["approved_by"]);
    }
    host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_nobody_approved_in_the_trail_opens_nothing() {
    let host = Host::demo().await;
    let pki = small_pki();
    // Past the office, with all that the registry itself asks for.
    let registry = Registry::open(host.demo_folder().join("registry.db"), None).await.unwrap();
    let operators = registry.operators().await.unwrap();
    let [first, second]: [OperatorRef; 2] =
        operators.iter().map(|own| own.to_ref()).take(2).collect::<Vec<_>>().try_into().unwrap();
    let (now, sha256) = (OffsetDateTime::now_utc(), pki.anchor().fingerprint());
    let what = json!({
        "kind": "trust_anchor", "add": true, "sha256": sha256, "name": "x", "not_before": "", "not_after": "", "der": "",
    });
    let end = now + time::Duration::DAY;
    let request =
        Request::new(RequestKind::TrustAnchor, sha256.clone(), what.to_string(), first.clone(), now, "r", end);
    registry.add_request(&request).await.unwrap();
    let decision = Decision { by: second.clone(), at: now, approved: true, reason: String::new() };
    registry.decide_request(request.id, &decision, now).await.unwrap();
    let row = |role, origin, approval| TrustCertificate {
        sha256: sha256.clone(),
        der: pki.anchor().der.clone(),
        role,
        origin,
        added_at: now,
        added_by: first.clone(),
        approval,
    };
    assert_eq!(host.code("trust_anchor_apply", json!({"id": request.id})).await, "registry_params_changed");
    let approval = TrustApproval { request: request.id, by: second };
    let root = row(TrustRole::Root, TrustOrigin::Own, Some(approval));
    let params_sha256 = request.params_sha256.clone();
    registry.journal(vec![JournalEntry::RootAdded { root, params_sha256 }]).await.unwrap();
    assert!(view(&host).await.anchors.iter().all(|own| own.sha256 != sha256));
    assert!(!is_rooted(&host, &pki).await);

    // An «official» root that is not on the program's list.
    let other = small_pki();
    let official = TrustCertificate {
        sha256: other.anchor().fingerprint(),
        der: other.anchor().der.clone(),
        ..row(TrustRole::Root, TrustOrigin::IcpBrasil, None)
    };
    let imported =
        JournalEntry::TrustImported { certificates: vec![official], evidence: Vec::new(), evidence_limit: 1 << 30 };
    registry.journal(vec![imported]).await.unwrap();
    assert!(!is_rooted(&host, &other).await);
    assert_eq!(view(&host).await.missing_official, 10);
    registry.close().await;
}
