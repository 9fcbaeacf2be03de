//! Roots of trust, the CA certificates below them, and revocation evidence.

use cartorio_core::{Coded, Digest, HashAlgorithm, RequestId};
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

/// Imports as a record does, without one.
pub async fn import_trust(
    registry: &Registry,
    certificates: &[TrustCertificate],
    evidence: &[Evidence],
    evidence_limit: u64,
) -> RegistryResult<()> {
    let (certificates, evidence) = (certificates.to_vec(), evidence.to_vec());
    registry.journal(vec![JournalEntry::TrustImported { certificates, evidence, evidence_limit }]).await
}

pub async fn an_import_is_whole(registry: &Registry) {
    let root = trusted("raiz", TrustRole::Root, TrustOrigin::IcpBrasil);
    let below = trusted("ac", TrustRole::Intermediate, TrustOrigin::IcpBrasil);
    let list = evidence("raiz", "everything", 0, 90);
    let all = [root.clone(), below.clone()];
    let new = trusted("nova", TrustRole::Intermediate, TrustOrigin::IcpBrasil);
    import_trust(registry, &all, std::slice::from_ref(&list), PLENTY).await.unwrap();
    // What is there already keeps out what comes with it: the record would say that it came.
    let again = import_trust(registry, &[new.clone(), all[1].clone()], &[], PLENTY).await.unwrap_err();
    assert_eq!(again.code(), "registry_conflict");
    let again = import_trust(registry, &[new], std::slice::from_ref(&list), PLENTY).await.unwrap_err();
    assert_eq!(again.code(), "registry_conflict");
    assert_eq!(registry.trust_certificates().await.unwrap(), [root, below]);
    assert_eq!(registry.evidence(&list.facts.sha256).await.unwrap(), list);

    // One that does not fit: nothing of the whole import stays.
    let good = trusted("outra", TrustRole::Intermediate, TrustOrigin::Own);
    let mut bad = trusted("x", TrustRole::Intermediate, TrustOrigin::Own);
    bad.der.push(0);
    let error = import_trust(registry, &[good.clone(), bad], &[], PLENTY).await.unwrap_err();
    assert_eq!(error.code(), "registry_invalid");
    let mut broken = evidence("x", "everything", 0, 50);
    broken.facts.size += 1;
    assert_eq!(import_trust(registry, &[good], &[broken], PLENTY).await.unwrap_err().code(), "registry_invalid");
    assert_eq!(registry.trust_certificates().await.unwrap().len(), 2);
    let own = trusted("minha", TrustRole::Root, TrustOrigin::Own);
    assert_eq!(
        import_trust(registry, &[own], &[], PLENTY).await.unwrap_err().code(),
        "registry_invalid",
        "by two people"
    );
}

/// Adds a root as its record does, without one.
pub async fn add_own_root(registry: &Registry, root: &TrustCertificate, params_sha256: &str) -> RegistryResult<()> {
    let params_sha256 = params_sha256.to_owned();
    registry.journal(vec![JournalEntry::RootAdded { root: root.clone(), params_sha256 }]).await
}

/// Removes one.
pub async fn remove_own_root(
    registry: &Registry,
    sha256: &str,
    request: RequestId,
    params_sha256: &str,
    at: OffsetDateTime,
) -> RegistryResult<()> {
    let (sha256, params_sha256) = (sha256.to_owned(), params_sha256.to_owned());
    registry.journal(vec![JournalEntry::RootRemoved { sha256, request, params_sha256, at }]).await
}

pub async fn a_root_of_ones_own_comes_and_goes_by_requests(registry: &Registry) {
    let (root, request) = own_root(registry, "minha", START).await;
    let digest = request.params_sha256.clone();
    assert_eq!(add_own_root(registry, &root, &"00".repeat(32)).await.unwrap_err().code(), "registry_params_changed");
    let other = trusted("outra", TrustRole::Root, TrustOrigin::Own);
    let other = TrustCertificate { approval: root.approval.clone(), ..other };
    assert_eq!(add_own_root(registry, &other, &digest).await.unwrap_err().code(), "registry_invalid");
    let alone = TrustCertificate { approval: None, ..root.clone() };
    assert_eq!(add_own_root(registry, &alone, &digest).await.unwrap_err().code(), "registry_invalid");
    assert_eq!(registry.request(request.id).await.unwrap().used_at, None, "refused attempts use nothing up");
    add_own_root(registry, &root, &digest).await.unwrap();
    assert_eq!(registry.trust_certificates().await.unwrap(), std::slice::from_ref(&root));
    assert_eq!(registry.request(request.id).await.unwrap().used_for.as_deref(), Some("trust_anchor_added"));
    assert_eq!(add_own_root(registry, &root, &digest).await.unwrap_err().code(), "registry_request_state", "once");
    let (twice, second) = own_root(registry, "minha", START).await;
    let error = add_own_root(registry, &twice, &second.params_sha256).await.unwrap_err();
    assert_eq!(error.code(), "registry_conflict");
    assert_eq!(registry.request(second.id).await.unwrap().used_at, None, "the request is not lost");

    let later = START + Duration::HOUR;
    let removal = approved(registry, &root.sha256, r#"{"add": false}"#).await;
    let elsewhere = approved(registry, &"ab".repeat(32), r#"{"add": false}"#).await;
    let wrong = remove_own_root(registry, &root.sha256, elsewhere.id, &elsewhere.params_sha256, later).await;
    assert_eq!(wrong.unwrap_err().code(), "registry_invalid");
    let nothing = remove_own_root(registry, &"ab".repeat(32), elsewhere.id, &elsewhere.params_sha256, later).await;
    assert_eq!(nothing.unwrap_err().code(), "registry_not_found");
    remove_own_root(registry, &root.sha256, removal.id, &removal.params_sha256, later).await.unwrap();
    assert_eq!(registry.trust_certificates().await.unwrap(), []);

    let back = TrustCertificate { added_at: later + Duration::SECOND, ..twice };
    add_own_root(registry, &back, &second.params_sha256).await.unwrap();
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
