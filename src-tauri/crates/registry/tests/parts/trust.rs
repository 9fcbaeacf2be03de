//! Roots of trust, the CA certificates below them, and revocation evidence.

use cartorio_core::{Coded, Digest, HashAlgorithm};
use cartorio_registry::*;
use time::{Duration, OffsetDateTime};

use crate::common::{START, decision, operator};

pub const PLENTY: u64 = 1 << 30;

pub fn trusted(name: &str, role: TrustRole, origin: TrustOrigin) -> TrustCertificate {
    let der = name.as_bytes().to_vec();
    let sha256 = Digest::of(HashAlgorithm::Sha256, &der).to_hex();
    TrustCertificate { sha256, der, role, origin, added_at: START, added_by: operator("Ana"), approval: None }
}

/// An approved request about `subject`.
pub async fn approved(registry: &Registry, subject: &str, params: &str) -> Request {
    let (ana, end) = (operator("Ana"), START + Duration::days(14));
    let asked = Request::new(RequestKind::TrustAnchor, subject, params, ana, START, "parceiro", end);
    registry.add_request(&asked).await.unwrap();
    registry.decide_request(asked.id, &decision(&operator("Rui"), true), START).await.unwrap()
}

/// A root of the office's own, with the request that was approved for it.
pub async fn own_root(registry: &Registry, name: &str, at: OffsetDateTime) -> (TrustCertificate, Request) {
    let mut root = trusted(name, TrustRole::Root, TrustOrigin::Own);
    let request = approved(registry, &root.sha256, r#"{"add": true}"#).await;
    root.added_at = at;
    root.approval = Some(TrustApproval { request: request.id, by: request.decision.clone().unwrap().by });
    (root, request)
}

pub fn evidence(issuer: &str, scope: &str, day: i64, size: usize) -> Evidence {
    let mut der = format!("{issuer} {scope} {day} ").into_bytes();
    der.resize(size, b'x');
    let this_update = START + Duration::days(day);
    Evidence {
        facts: EvidenceFacts {
            sha256: Digest::of(HashAlgorithm::Sha256, &der).to_hex(),
            kind: EvidenceKind::Crl,
            issuer_name: format!("CN={issuer}"),
            issuer_key: Digest::of(HashAlgorithm::Sha256, issuer.as_bytes()).to_hex(),
            scope: scope.to_owned(),
            this_update,
            next_update: Some(this_update + Duration::DAY),
            number: Some(day.to_string()),
            revoked: Some(3),
            size: size as u64,
            fetched_at: START,
            url: Some("http://lcr.exemplo.com.br/ac.crl".into()),
        },
        der,
    }
}

pub async fn an_import_is_whole_and_can_be_repeated(registry: &Registry) {
    let root = trusted("raiz", TrustRole::Root, TrustOrigin::IcpBrasil);
    let below = trusted("ac", TrustRole::Intermediate, TrustOrigin::IcpBrasil);
    let list = evidence("raiz", "everything", 0, 90);
    let all = [root.clone(), below.clone()];
    let added = registry.import_trust(&all, std::slice::from_ref(&list), PLENTY).await.unwrap();
    assert_eq!(added, TrustAdded { roots: 1, intermediates: 1, evidence: 1, known: 0 });
    let again = registry.import_trust(&all, std::slice::from_ref(&list), PLENTY).await.unwrap();
    assert_eq!(again, TrustAdded { known: 3, ..TrustAdded::default() });
    assert_eq!(registry.trust_certificates().await.unwrap(), [root, below]);
    assert_eq!(registry.evidence(&list.facts.sha256).await.unwrap(), list);

    // One that does not fit: nothing of the whole import stays.
    let good = trusted("outra", TrustRole::Intermediate, TrustOrigin::Own);
    let mut bad = trusted("x", TrustRole::Intermediate, TrustOrigin::Own);
    bad.der.push(0);
    let error = registry.import_trust(&[good.clone(), bad], &[], PLENTY).await.unwrap_err();
    assert_eq!(error.code(), "registry_invalid");
    let mut broken = evidence("x", "everything", 0, 50);
    broken.facts.size += 1;
    assert_eq!(registry.import_trust(&[good], &[broken], PLENTY).await.unwrap_err().code(), "registry_invalid");
    assert_eq!(registry.trust_certificates().await.unwrap().len(), 2);
    let own = trusted("minha", TrustRole::Root, TrustOrigin::Own);
    assert_eq!(
        registry.import_trust(&[own], &[], PLENTY).await.unwrap_err().code(),
        "registry_invalid",
        "by two people"
    );
}

pub async fn a_root_of_ones_own_comes_and_goes_by_requests(registry: &Registry) {
    let (root, request) = own_root(registry, "minha", START).await;
    let digest = request.params_sha256.clone();
    assert_eq!(registry.add_own_root(&root, &"00".repeat(32)).await.unwrap_err().code(), "registry_params_changed");
    let other = trusted("outra", TrustRole::Root, TrustOrigin::Own);
    let other = TrustCertificate { approval: root.approval.clone(), ..other };
    assert_eq!(registry.add_own_root(&other, &digest).await.unwrap_err().code(), "registry_invalid");
    let alone = TrustCertificate { approval: None, ..root.clone() };
    assert_eq!(registry.add_own_root(&alone, &digest).await.unwrap_err().code(), "registry_invalid");
    assert_eq!(registry.request(request.id).await.unwrap().used_at, None, "refused attempts use nothing up");
    registry.add_own_root(&root, &digest).await.unwrap();
    assert_eq!(registry.trust_certificates().await.unwrap(), std::slice::from_ref(&root));
    assert_eq!(registry.request(request.id).await.unwrap().used_for.as_deref(), Some("trust_anchor_added"));
    assert_eq!(registry.add_own_root(&root, &digest).await.unwrap_err().code(), "registry_request_state", "once");
    let (twice, second) = own_root(registry, "minha", START).await;
    let error = registry.add_own_root(&twice, &second.params_sha256).await.unwrap_err();
    assert_eq!(error.code(), "registry_conflict");
    assert_eq!(registry.request(second.id).await.unwrap().used_at, None, "the request is not lost");

    let later = START + Duration::HOUR;
    let removal = approved(registry, &root.sha256, r#"{"add": false}"#).await;
    let elsewhere = approved(registry, &"ab".repeat(32), r#"{"add": false}"#).await;
    let wrong = registry.remove_own_root(&root.sha256, elsewhere.id, &elsewhere.params_sha256, later).await;
    assert_eq!(wrong.unwrap_err().code(), "registry_invalid");
    let nothing = registry.remove_own_root(&"ab".repeat(32), elsewhere.id, &elsewhere.params_sha256, later).await;
    assert_eq!(nothing.unwrap_err().code(), "registry_not_found");
    registry.remove_own_root(&root.sha256, removal.id, &removal.params_sha256, later).await.unwrap();
    assert_eq!(registry.trust_certificates().await.unwrap(), []);

    let back = TrustCertificate { added_at: later + Duration::SECOND, ..twice };
    registry.add_own_root(&back, &second.params_sha256).await.unwrap();
    assert_eq!(registry.trust_certificates().await.unwrap(), [back]);
}

pub async fn evidence_is_kept_newest_first_and_within_its_limit(registry: &Registry) {
    let old = evidence("a", "everything", 0, 100);
    let new = evidence("a", "everything", 2, 100);
    let part = evidence("a", "part", 1, 100);
    let other = evidence("b", "everything", -9, 100);
    for item in [&old, &new, &part, &other] {
        assert!(registry.keep_evidence(item, PLENTY).await.unwrap());
        assert!(!registry.keep_evidence(item, PLENTY).await.unwrap(), "once");
    }
    let order = async || -> Vec<String> {
        registry.evidence_list().await.unwrap().into_iter().map(|facts| facts.sha256).collect()
    };
    let sha = |item: &Evidence| item.facts.sha256.clone();
    assert_eq!(order().await, [sha(&new), sha(&part), sha(&old), sha(&other)]);
    assert_eq!(registry.evidence_list().await.unwrap()[0], new.facts);

    // The superseded go, the longest ago first; the newest of each stays whatever the limit.
    let older = evidence("a", "everything", -1, 100);
    assert!(registry.keep_evidence(&older, 450).await.unwrap());
    assert_eq!(order().await, [sha(&new), sha(&part), sha(&old), sha(&other)], "what came last was the oldest");
    assert!(registry.keep_evidence(&evidence("c", "everything", 0, 100), 10).await.unwrap());
    assert_eq!(order().await.len(), 4);
    assert!(!order().await.contains(&sha(&old)));

    registry.forget_evidence(&sha(&new)).await.unwrap();
    assert_eq!(registry.forget_evidence(&sha(&new)).await.unwrap_err().code(), "registry_not_found");
    assert_eq!(registry.evidence(&sha(&new)).await.unwrap_err().code(), "registry_not_found");
}
