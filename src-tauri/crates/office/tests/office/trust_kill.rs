//! The process dies while a root of the office's own is trusted, or trusted no longer, and while a bundle is imported: at every
//! moment that it looks at the clock.

use cartorio_keys::KeySpec;
use cartorio_office::dto::{AnchorKind, AppState, RequestStateView, RequestView, TrustImport, TrustView};
use cartorio_testkit::pki::MiniPki;
use serde_json::{Value, json};

use crate::host::{Host, Options, built_once, copy};
use crate::people::approve;
use crate::rotation_kill::{PICKED, dies};
use crate::trust::is_rooted;

/// A demonstration with an approved request to trust a root, or to trust it no longer. Gives the request.
async fn prepared(remove: bool, pki: &MiniPki) -> (tempfile::TempDir, String) {
    let (send, receive) = tokio::sync::oneshot::channel();
    let (pem, sha256) = (pki.anchor().pem(), pki.anchor().fingerprint());
    let template = built_once(move |home| async move {
        let host = Host::on(&home, Options::default());
        host.ask::<AppState>("demo_start", json!({})).await.unwrap();
        let path = home.join("raiz.pem");
        std::fs::write(&path, pem).unwrap();
        let request = host.office.trust_anchor_request_path(&path, "Parceiro do cartório").await;
        let mut request = request.map_err(|error| error.wire()).unwrap();
        approve(&host, &request.id).await;
        if remove {
            host.ask::<TrustView>("trust_anchor_apply", json!({"id": request.id})).await.unwrap();
            let ask = json!({"what": {"kind": "trust_anchor_remove", "sha256": sha256}, "reason": "Fim do convênio"});
            request = host.ask::<RequestView>("request_make", ask).await.unwrap();
            approve(&host, &request.id).await;
        }
        assert!(send.send(request.id).is_ok());
    });
    (template, receive.await.unwrap())
}

/// Whether the root is among those that count, by the list and by what leads to it.
async fn is_trusted(host: &Host, pki: &MiniPki) -> bool {
    let trust: TrustView = host.ask("trust_view", json!({})).await.unwrap();
    let own: Vec<_> = trust.anchors.iter().filter(|own| own.kind == AnchorKind::Own).collect();
    assert!(own.len() <= 1, "{own:?}");
    let listed = own.iter().any(|own| own.sha256 == pki.anchor().fingerprint());
    assert_eq!(is_rooted(host, pki).await, listed, "what is listed is what counts");
    listed
}

async fn state_of(host: &Host, request: &str) -> RequestStateView {
    let all: Vec<RequestView> = host.ask("requests_list", json!({})).await.unwrap();
    all.into_iter().find(|own| own.id == request).unwrap().state
}

/// What stands in the trail of the act after the request: the phases, in order.
async fn phases(host: &Host, act: &str, request: &str) -> Vec<String> {
    let trail = host.trail().await;
    let of_it =
        trail.into_iter().filter(|own| own.act == act && own.detail.get("request").is_some_and(|own| own == request));
    of_it.map(|own| own.phase).collect()
}

async fn killed_everywhere(remove: bool) {
    let act = if remove { "trust_anchor_removed" } else { "trust_anchor_added" };
    let pki = MiniPki::new(KeySpec::EcP256);
    let (template, request) = prepared(remove, &pki).await;
    let apply: Value = json!({"id": request});
    let (mut untouched, mut undone) = (0, 0);
    for at in 1.. {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("casa");
        copy(template.path(), &home);
        let dead = dies(&home, "trust_anchor_apply", &apply, at, &[]);
        let host = Host::on(&home, Options::default());
        let state = host.state().await;
        assert_eq!(state.resume_problem, None);
        let done = is_trusted(&host, &pki).await != remove;
        let told = phases(&host, act, &request).await;
        let interrupted = state.interrupted.iter().filter(|own| own.act == act).count();
        assert!(dead || done, "{told:?}");
        match (done, told.iter().map(String::as_str).collect::<Vec<_>>().as_slice()) {
            // What counts is on record, and what is on record counts.
            (true, ["intent", "succeeded"]) => assert_eq!(interrupted, 0),
            (false, []) => {
                assert_eq!(interrupted, 0);
                untouched += 1;
            }
            (false, ["intent", "interrupted"]) => {
                assert_eq!(interrupted, 1);
                undone += 1;
            }
            (done, told) => panic!("call {at}: done {done}, and the trail says {told:?}"),
        }
        // The request is used if and only if it was carried out, and then never again.
        let wanted = if done { RequestStateView::Used } else { RequestStateView::Approved };
        assert_eq!(state_of(&host, &request).await, wanted, "call {at}");
        if !done {
            host.ask::<TrustView>("trust_anchor_apply", apply.clone()).await.unwrap();
            assert_eq!(is_trusted(&host, &pki).await, !remove, "call {at}");
        }
        assert_eq!(host.code("trust_anchor_apply", apply.clone()).await, "registry_request_state", "once");
        host.assert_sound().await;
        if !dead {
            assert!(at > 2, "{at} looks at the clock");
            break;
        }
    }
    assert!(untouched > 0, "one died before anything was announced");
    assert!(undone > 0, "one died between the announcement and the change with its record");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_root_is_trusted() {
    killed_everywhere(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_root_is_trusted_no_longer() {
    killed_everywhere(true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_bundle_is_imported() {
    let pki = MiniPki::new(KeySpec::EcP256);
    let (template, _) = prepared(true, &pki).await;
    let bundle = template.path().join("pacote.pem");
    std::fs::write(&bundle, pki.intermediate.certificate().pem() + &pki.crl(vec![]).pem()).unwrap();
    let (mut untouched, mut undone) = (0, 0);
    for at in 1.. {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("casa");
        copy(template.path(), &home);
        let dead = dies(&home, "trust_import", &json!({}), at, &[(PICKED, bundle.to_str().unwrap())]);
        let host = Host::on(&home, Options::default());
        let state = host.state().await;
        assert_eq!(state.resume_problem, None);
        let interrupted = state.interrupted.iter().filter(|own| own.act == "trust_imported").count();
        let trust: TrustView = host.ask("trust_view", json!({})).await.unwrap();
        let told = host.phases("trust_imported", 0).await;
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        match ((trust.intermediates, trust.evidence.len()), told.as_slice()) {
            ((1, 1), ["intent", "succeeded"]) => assert_eq!(interrupted, 0),
            ((0, 0), []) => untouched += 1,
            ((0, 0), ["intent", "interrupted"]) => {
                assert_eq!(interrupted, 1);
                undone += 1;
            }
            (there, told) => panic!("call {at}: {there:?} are there, and the trail says {told:?}"),
        }
        host.assert_sound().await;
        if !dead {
            assert_eq!((trust.intermediates, interrupted), (1, 0));
            break;
        }
    }
    assert!(untouched > 0, "one died before anything was announced");
    assert!(undone > 0, "one died between the announcement and the import with its record");
}

/// Two windows import the same: what the records say of both is what there is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_bring_at_once_comes_once() {
    let pki = MiniPki::new(KeySpec::EcP256);
    let (template, _) = prepared(true, &pki).await;
    let bundle = template.path().join("pacote.pem");
    std::fs::write(&bundle, pki.intermediate.certificate().pem() + &pki.crl(vec![]).pem()).unwrap();
    let mut raced = 0;
    for _ in 0..6 {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("casa");
        copy(template.path(), &home);
        let [one, other] = [Host::on(&home, Options::default()), Host::on(&home, Options::default())];
        one.state().await;
        other.state().await;
        let (first, second) =
            tokio::join!(one.office.trust_import_path(&bundle), other.office.trust_import_path(&bundle));
        let both = [first, second].map(|own| own.map_err(|error| error.wire()).unwrap());
        let added = |own: &TrustImport| (own.intermediates_added, own.evidence_added, own.known);
        let mut found = both.each_ref().map(added);
        found.sort_unstable();
        assert_eq!(found, [(0, 0, 2), (1, 1, 0)]);
        let trail = one.trail().await;
        let said = |name: &str| -> u32 {
            let records = trail.iter().filter(|own| own.act == "trust_imported" && own.phase == "succeeded");
            records.map(|own| own.detail[name].parse::<u32>().unwrap()).sum()
        };
        assert_eq!((said("intermediates_added"), said("evidence_added")), (1, 1));
        raced += usize::from(trail.iter().any(|own| own.act == "trust_imported" && own.phase == "failed"));
        one.assert_sound().await;
    }
    println!("{raced} of 6 raced");
}
