//! Evidence up to the roots, from everywhere it may come from.

use std::collections::BTreeSet;

use cartorio_ades::create::timestamp::Token;
use cartorio_core::{Digest, HashAlgorithm};
use cartorio_pki::chain::{Conclusion, Requirements, Reviewer};
use cartorio_testkit::lab::{Lab, Person};

use super::*;
use crate::certificates::holder_name;

fn signer(lab: &Lab, person: Person) -> Certificate {
    Certificate::from_der(&lab.person(person).certificate).unwrap()
}

async fn stamped(lab: &Lab, sources: &Sources) -> (Token, Vec<Certificate>) {
    let digest = Digest::of(HashAlgorithm::Sha256, b"x");
    let token = stamp(sources, &digest, None).await.unwrap().token;
    assert!(lab.urls().tsa.starts_with("http"));
    let chain = token.certificates.iter().map(|der| Certificate::from_der(der).unwrap()).collect();
    (token, chain)
}

/// Whether a stranger with the root alone comes to a verdict with this material and nothing else.
fn suffices(material: &Material, target: &Certificate, root: Certificate, at: OffsetDateTime) -> Conclusion {
    let reviewer = Reviewer::new(&material.certificates, &[root], &material.crls).with_ocsp(&material.ocsps);
    reviewer.verdict(target, at, &Requirements::default()).0
}

fn held(material: &Material) -> BTreeSet<String> {
    material.certificates.iter().map(holder_name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_below_the_roots_is_proved_from_the_signer_alone() {
    let Some(lab) = Lab::shared() else { return };
    let sources = sources(lab, trusting(lab), vec![tsa("p256", &lab.urls().tsa_p256)]);
    let (token, chain) = stamped(lab, &sources).await;
    assert_eq!(chain.len(), 1, "this authority gives no CA: it has to be fetched");
    for person in [Person::Rsa2048, Person::P256, Person::P521] {
        let target = signer(lab, person);
        let targets = [target.clone(), chain[0].clone()];
        let material = evidence_for(&sources, &targets, &[], token.gen_time).await.unwrap();
        assert!(material.missing.is_empty() && material.revoked.is_empty(), "{:?}", material.missing);
        let wanted =
            ["AC Emissora do Laboratório", "AC do Tempo do Laboratório", "Raiz do Laboratório", "Respondedor OCSP"];
        let held = held(&material);
        assert!(wanted.iter().all(|name| held.contains(*name)), "{held:?}");
        assert_eq!((material.certificates.len(), material.ocsps.len(), material.crls.len()), (6, 1, 2), "{held:?}");
        assert_eq!(material.roots.len(), 1);
        assert!(material.roots[0].trusted);
        for target in &targets {
            let root = certificate(lab, "root");
            assert_eq!(suffices(&material, target, root, token.gen_time), Conclusion::Passed);
        }
        let proved: BTreeSet<&str> = material.proofs.iter().map(|own| own.name.as_str()).collect();
        assert_eq!(proved.len(), 4, "signer, its CA, the authority and its CA: {proved:?}");
        assert!(material.next_update().is_some_and(|next| next > token.gen_time));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_asked_offline_and_what_is_missing_is_said() {
    let Some(lab) = Lab::shared() else { return };
    let (target, at) = (signer(lab, Person::P256), OffsetDateTime::now_utc());
    let offline = |given| Sources::offline(trusting(lab), Arc::new(SystemClock)).given(given);
    let material = evidence_for(&offline(Given::default()), std::slice::from_ref(&target), &[], at).await.unwrap();
    let told: Vec<_> = material.missing.iter().map(|own| (own.what, own.why)).collect();
    assert_eq!(told, [(MissingWhat::Issuer, MissingWhy::Offline)]);
    let pool = [certificate(lab, "issuing")];
    let material = evidence_for(&offline(Given::default()), std::slice::from_ref(&target), &pool, at).await.unwrap();
    let told: Vec<_> =
        material.missing.iter().map(|own| (own.name.as_str(), own.what.code(), own.why.code())).collect();
    assert_eq!(
        told,
        [("Bruno P-256", "revocation", "offline"), ("AC Emissora do Laboratório", "revocation", "offline")]
    );
    // From files alone it is enough too.
    let given = Given {
        certificates: pool.to_vec(),
        crls: vec![Crl::from_der(&lab.crl("root")).unwrap(), Crl::from_der(&lab.crl("issuing")).unwrap()],
        ocsps: Vec::new(),
    };
    let material = evidence_for(&offline(given.clone()), std::slice::from_ref(&target), &[], at).await.unwrap();
    assert!(material.missing.is_empty(), "{:?}", material.missing);
    assert_eq!((material.crls.len(), material.ocsps.len()), (2, 0));
    // A year later these lists prove nothing new.
    let later = at + time::Duration::days(300);
    let material = evidence_for(&offline(given), &[target], &[], later).await.unwrap();
    let whys: Vec<_> = material.missing.iter().map(|own| own.why).collect();
    assert_eq!(whys, [MissingWhy::Stale, MissingWhy::Stale]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_signer_is_proved_revoked() {
    let Some(lab) = Lab::shared() else { return };
    let sources = sources(lab, trusting(lab), Vec::new());
    let (target, at) = (signer(lab, Person::Revoked), OffsetDateTime::now_utc());
    let material = evidence_for(&sources, std::slice::from_ref(&target), &[], at).await.unwrap();
    assert!(material.missing.is_empty(), "{:?}", material.missing);
    assert_eq!(material.revoked.len(), 1);
    let revoked = &material.revoked[0];
    assert_eq!((revoked.name.as_str(), revoked.on_hold), ("Elza Revogada", false));
    assert_eq!(revoked.reason, Some(RevocationReason::KeyCompromise));
    assert_eq!(suffices(&material, &target, certificate(lab, "root"), at), Conclusion::Failed);
    // As of a day before the revocation it was good, and what is gathered says so.
    let before = revoked.at - time::Duration::DAY;
    let material = evidence_for(&sources, std::slice::from_ref(&target), &[], before).await.unwrap();
    assert!(material.missing.is_empty() && material.revoked.is_empty(), "{:?}", material.missing);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_that_does_not_count_is_told_with_the_reason() {
    let Some(lab) = Lab::shared() else { return };
    let (pool, at) = ([certificate(lab, "issuing")], OffsetDateTime::now_utc());
    let mut forged = lab.crl("issuing");
    *forged.last_mut().unwrap() ^= 1;
    for (list, why, refused) in
        [(Some(forged), MissingWhy::Unusable, &["crl_signature_wrong"][..]), (None, MissingWhy::Offline, &[])]
    {
        let crls = list.iter().map(|der| Crl::from_der(der).unwrap()).collect();
        let sources = Sources::offline(trusting(lab), Arc::new(SystemClock)).given(Given { crls, ..Given::default() });
        let signer = signer(lab, Person::P256);
        let material = evidence_for(&sources, std::slice::from_ref(&signer), &pool, at).await.unwrap();
        let missing = material.missing.iter().find(|own| own.certificate == signer.fingerprint()).unwrap();
        assert_eq!((missing.why, &missing.refused[..]), (why, refused));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_nobody_vouches_for_is_not_said_to_be_out_of_reach() {
    let Some(lab) = Lab::shared() else { return };
    let (mut net, _) = counted(lab);
    // Without the laboratory's root.
    net.chosen = Arc::new(Fetcher::new(Reach::Chosen));
    let tsas = vec![tsa("tls", &lab.urls().tsa_tls)];
    let sources = Sources::offline(trusting(lab), Arc::new(SystemClock)).online(net, tsas);
    let error = stamp(&sources, &Digest::of(HashAlgorithm::Sha256, b"x"), None).await.unwrap_err().wire();
    assert_eq!(error.params["first_code"], "tsa_server_untrusted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_send_nobody_into_the_private_network() {
    let Some(lab) = Lab::shared() else { return };
    let (mut net, _) = counted(lab);
    net.named = Arc::new(Fetcher::new(Reach::Public));
    let tsas = vec![tsa("chosen", &lab.urls().tsa)];
    let sources = Sources::offline(trusting(lab), Arc::new(SystemClock)).online(net, tsas);
    // The authority that the office chose is asked all the same.
    assert!(stamp(&sources, &Digest::of(HashAlgorithm::Sha256, b"x"), None).await.is_ok());
    let (pool, at) = ([certificate(lab, "issuing")], OffsetDateTime::now_utc());
    let material = evidence_for(&sources, &[signer(lab, Person::P256)], &pool, at).await.unwrap();
    assert_eq!(material.missing.len(), 2);
    for missing in &material.missing {
        assert_eq!(missing.why, MissingWhy::PrivateAddress);
        assert!(!missing.tries.is_empty() && missing.tries.iter().all(|own| own.error.code == "net_private_address"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_asks_once_and_a_root_that_is_not_trusted_is_said() {
    let Some(lab) = Lab::shared() else { return };
    let (net, counting) = counted(lab);
    let sources = Arc::new(Sources::offline(Evidence::default(), Arc::new(SystemClock)).online(net, Vec::new()));
    let at = OffsetDateTime::now_utc();
    let mut jobs = tokio::task::JoinSet::new();
    for seconds in 0..20 {
        let (sources, target) = (Arc::clone(&sources), signer(lab, Person::P384));
        jobs.spawn(async move {
            evidence_for(&sources, &[target], &[], at + time::Duration::seconds(seconds)).await.unwrap()
        });
    }
    while let Some(material) = jobs.join_next().await {
        let material = material.unwrap();
        assert!(material.missing.is_empty(), "{:?}", material.missing);
        assert!(!material.roots[0].trusted, "the root came by its address alone");
    }
    // Two issuers, one answer, one list; an answer or list that is older than the second in question is asked for again.
    let asked = counting.asked.load(Ordering::SeqCst);
    assert!(asked <= 5, "{asked}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_is_not_asked_for_again_and_again() {
    let Some(lab) = Lab::shared() else { return };
    let (net, _) = counted(lab);
    let nowhere = Arc::new(Counting { inner: Fetcher::new(Reach::Public), asked: AtomicUsize::new(0) });
    let sources = Sources::offline(trusting(lab), Arc::new(SystemClock))
        .online(Network { named: nowhere.clone(), chosen: net.chosen }, Vec::new());
    let pool = [certificate(lab, "issuing")];
    for person in [Person::P256, Person::P384, Person::P521] {
        let at = OffsetDateTime::now_utc();
        let material = evidence_for(&sources, &[signer(lab, person)], &pool, at).await.unwrap();
        assert_eq!(material.missing.len(), 2);
        assert!(material.missing.iter().all(|own| !own.tries.is_empty()), "told each time");
    }
    // Each signer's answer; the list of the CA and that of the root once.
    assert_eq!(nowhere.asked.load(Ordering::SeqCst), 3 + 2);
}
