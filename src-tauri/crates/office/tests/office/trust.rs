//! The trust store, evidence, what expires, and the search.

mod evidence;
mod finding;
mod roots;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use cartorio_keys::KeySpec;
use cartorio_office::dto::{
    AnchorKind, AppState, CertificateBundle, CertificateSummary, ExpiryView, RequestView, SearchHit, SearchResults,
    TrustImport, TrustView,
};
use cartorio_pki::Certificate;
use cartorio_registry::Role;
use cartorio_testkit::pki::MiniPki;
use serde_json::json;

use crate::host::{Host, Options};
use crate::judges;
use crate::people::{approve, switch};

/// CAs of the bundle below roots, and those whose issuer (AC VALID, below v2) ITI's bundle does not have.
const PLACED: u32 = 309;
const ORPHANS: [&str; 4] = ["AC ONLINE BRASIL", "AC VALID BRASIL", "AC VALID PLUS", "AC VALID SPB"];

/// ITI's CA certificates as one PEM file; `None`, said aloud, where they are absent.
fn official() -> Option<PathBuf> {
    Some(judges::corpus("icp-brasil")?.join("ca-certificates.pem"))
}

async fn inspection() -> Host {
    let host = Host::fresh();
    host.ask::<AppState>("inspection_start", json!({})).await.unwrap();
    host
}

async fn view(host: &Host) -> TrustView {
    host.ask("trust_view", json!({})).await.unwrap()
}

async fn import(host: &Host, path: &Path) -> TrustImport {
    host.dialogs.files.lock().unwrap().push_back(vec![path.to_owned()]);
    host.ask::<Option<TrustImport>>("trust_import", json!({})).await.unwrap().unwrap()
}

async fn import_fails(host: &Host, path: &Path) -> String {
    host.dialogs.files.lock().unwrap().push_back(vec![path.to_owned()]);
    host.code("trust_import", json!({})).await
}

fn write(host: &Host, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = host.folder("entrada").join(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn pem(certificates: &[&Certificate]) -> String {
    certificates.iter().map(|own| own.pem()).collect()
}

fn small_pki() -> MiniPki {
    MiniPki::new(KeySpec::EcP256)
}

async fn search(host: &Host, text: &str) -> Vec<SearchHit> {
    let found: SearchResults = host.ask("search", json!({"text": text})).await.unwrap();
    assert!(!found.more);
    found.hits
}

async fn request_root(host: &Host, certificate: &Certificate) -> Result<RequestView, String> {
    let path = write(host, "raiz.pem", certificate.pem());
    host.office.trust_anchor_request_path(&path, "Parceiro do cartório").await.map_err(|error| error.wire().code)
}

/// Trusts a root by two people.
async fn trust(host: &Host, certificate: &Certificate) -> TrustView {
    let request = request_root(host, certificate).await.unwrap();
    approve(host, &request.id).await;
    host.ask("trust_anchor_apply", json!({"id": request.id})).await.unwrap()
}

/// Whether a certificate leads to a root that counts.
pub async fn is_rooted(host: &Host, pki: &MiniPki) -> bool {
    let path = write(host, "cadeia.pem", pem(&pki.chain.iter().collect::<Vec<_>>()));
    let document = host.pick_one(&path).await;
    let bundle: CertificateBundle =
        host.ask("certificates_open", json!({"from": "document", "id": document.id})).await.unwrap();
    let leaf = bundle.certificates.iter().find(|node| node.certificate.sha256 == pki.leaf().fingerprint()).unwrap();
    !leaf.problems.iter().any(|problem| problem.code.contains("root"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_official_bundle_comes_whole_and_once() {
    let Some(bundle) = official() else { return };
    let table = std::fs::read_to_string(bundle.with_file_name("ca-certificates.tsv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    let mut roots: Vec<&str> = rows.iter().filter(|row| row[0] == "1").map(|row| row[4]).collect();
    roots.sort_unstable();
    assert_eq!((rows.len(), roots.len()), (323, 10));
    for host in [Host::demo().await, inspection().await] {
        let office = host.state().await.operator.is_some();
        let before = view(&host).await;
        assert_eq!((before.kept, before.missing_official, before.intermediates), (office, 10, 0));
        let brought = import(&host, &bundle).await;
        let mut refused: Vec<(&str, &str)> =
            brought.refused.iter().map(|own| (own.name.as_str(), own.reason.as_str())).collect();
        refused.sort_unstable();
        assert_eq!(refused, ORPHANS.map(|name| (name, "no_path_to_a_root")), "by name, with the reason");
        assert!(brought.problems.is_empty(), "{:?}", brought.problems);
        assert_eq!((brought.roots_added, brought.intermediates_added, brought.known), (10, PLACED, 0));
        let anchors: Vec<_> = brought.trust.anchors.iter().filter(|own| own.kind == AnchorKind::IcpBrasil).collect();
        let mut found: Vec<&str> = anchors.iter().map(|own| own.sha256.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, roots);
        assert_eq!(anchors.iter().map(|own| own.below).sum::<u32>(), PLACED, "every CA hangs under an official root");
        assert_eq!((brought.trust.missing_official, brought.trust.intermediates), (0, PLACED));
        let again = import(&host, &bundle).await;
        assert_eq!((again.roots_added, again.intermediates_added, again.known), (0, 0, PLACED + 10));
        if !office {
            // Gone with the session.
            host.ask::<AppState>("inspection_start", json!({})).await.unwrap();
            assert_eq!(view(&host).await.intermediates, 0);
            continue;
        }
        assert_eq!(host.phases("trust_imported", 0).await, ["intent", "succeeded", "intent", "succeeded"]);
        host.assert_sound().await;
        let next = Host::on(host.home(), Options::default());
        assert_eq!(next.state().await.resume_problem, None);
        assert_eq!(view(&next).await.intermediates, PLACED);
        assert_eq!(search(&next, "raiz brasileira v10").await[0].title, "Autoridade Certificadora Raiz Brasileira v10");
        let query = json!({"days": null, "expired": true, "trust": true, "heap": false});
        let expiry: ExpiryView = next.ask("expiry_list", query).await.unwrap();
        let kind = |kind: &str| expiry.items.iter().filter(|own| own.kind == kind).count();
        assert_eq!((kind("trust_root"), kind("trust_ca")), (10, PLACED as usize));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_zip_is_a_bundle_too() {
    let Some(bundle) = official() else { return };
    let host = inspection().await;
    let zip = host.folder("entrada").join("ACcompactado.zip");
    let made = Command::new("python3").args(["-m", "zipfile", "-c"]).arg(&zip).arg(&bundle).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: there is no python3 to make a zip archive");
        return;
    }
    let brought = import(&host, &zip).await;
    assert_eq!((brought.roots_added, brought.intermediates_added), (10, PLACED), "{:?}", brought.problems);
    let whole = std::fs::read(&zip).unwrap();
    let cut = write(&host, "cortado.zip", &whole[..whole.len() / 2]);
    host.ask::<AppState>("inspection_start", json!({})).await.unwrap();
    assert!(!import_fails(&host, &cut).await.is_empty());
    assert_eq!(view(&host).await.intermediates, 0, "never half imported");
}

#[tokio::test]
async fn what_hangs_under_no_root_is_refused_by_name() {
    let host = Host::demo().await;
    let (pki, other) = (small_pki(), small_pki());
    let mut broken = pki.intermediate.certificate().der.clone();
    *broken.last_mut().unwrap() ^= 1;
    let broken = Certificate::from_der(&broken).unwrap();
    let all = [pki.anchor(), pki.intermediate.certificate(), pki.leaf(), other.leaf(), &broken];
    let file = write(&host, "hostil.pem", format!("lixo\n{}-----BEGIN CERTIFICATE-----\n????\n", pem(&all)));
    let brought = import(&host, &file).await;
    assert_eq!((brought.roots_added, brought.intermediates_added, brought.known), (0, 0, 0));
    let reasons: BTreeMap<&str, &str> =
        brought.refused.iter().map(|own| (own.sha256.as_str(), own.reason.as_str())).collect();
    for (certificate, reason) in
        all.iter().zip(["root_not_official", "no_path_to_a_root", "not_a_ca", "not_a_ca", "no_path_to_a_root"])
    {
        assert_eq!(reasons.get(certificate.fingerprint().as_str()), Some(&reason), "{:?}", brought.refused);
    }
    assert!(brought.refused.iter().any(|own| own.name == "Test Root CA"));
    assert!(brought.problems.iter().any(|own| own.code == "pem_broken"), "{:?}", brought.problems);

    // Under the office's own root it may hang.
    let own: Vec<CertificateSummary> = host.ask("certificates_list", json!({})).await.unwrap();
    assert!(own.len() >= 2);

    let large = host.folder("entrada").join("grande.zip");
    std::fs::File::create(&large).unwrap().set_len((64 << 20) + 1).unwrap();
    assert_eq!(import_fails(&host, &large).await, "document_too_large");
    assert_eq!(import_fails(&host, &host.folder("entrada")).await, "document_unreadable");
    assert_eq!(import_fails(&host, &write(&host, "vazio.pem", "")).await, "file_empty");
    host.dialogs.files.lock().unwrap().clear();
    assert!(host.ask::<Option<TrustImport>>("trust_import", json!({})).await.unwrap().is_none(), "cancelled");
    host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clerk_looks_and_does_not_change() {
    let host = Host::demo().await;
    host.become_role(&host.demo_folder(), Role::Clerk).await;
    view(&host).await;
    for (command, request) in [
        ("trust_import", json!({})),
        ("trust_keep", json!({"ids": []})),
        ("trust_anchor_apply", json!({"id": "0192b1a0-0000-7000-8000-000000000000"})),
        ("evidence_refresh", json!({"sha256": null})),
        ("evidence_forget", json!({"sha256": "ab".repeat(32)})),
    ] {
        assert_eq!(host.code(command, request).await, "not_permitted", "{command}");
    }
    let none = inspection().await;
    assert_eq!(none.code("trust_anchor_apply", json!({"id": "x"})).await, "no_office");
}

const HOME: &str = "CARTORIO_TEST_TRUST_HOME";
const BUNDLE: &str = "CARTORIO_TEST_TRUST_BUNDLE";

/// The process that is killed; started by the test below.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "only as a child of the test below"]
async fn victim() {
    let (Some(home), Some(bundle)) = (std::env::var_os(HOME), std::env::var_os(BUNDLE)) else { return };
    let host = Host::on(Path::new(&home), Options::default());
    host.ask::<AppState>("demo_start", json!({})).await.unwrap();
    import(&host, Path::new(&bundle)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_leaves_all_or_nothing() {
    let Some(bundle) = official() else { return };
    let host = Host::demo().await;
    let mut seen = Vec::new();
    // The first one comes before there is anything, however fast the machine is.
    for pause in (0..8).map(|n| Duration::from_millis(n * 150)) {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "trust::victim", "--ignored"])
            .env(HOME, host.home())
            .env(BUNDLE, &bundle)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(pause);
        let _ = victim.kill();
        victim.wait().unwrap();
        let next = Host::on(host.home(), Options::default());
        next.ask::<AppState>("demo_start", json!({})).await.unwrap();
        let now = view(&next).await;
        assert!([(0, 10), (PLACED, 0)].contains(&(now.intermediates, now.missing_official)), "half imported: {now:?}");
        next.assert_sound().await;
        seen.push(now.intermediates);
        if now.intermediates > 0 {
            break;
        }
    }
    assert!(seen.contains(&0), "one was killed in time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_person_sees_the_same_store() {
    let host = Host::demo().await;
    let pki = small_pki();
    trust(&host, pki.anchor()).await;
    switch(&host).await;
    assert!(view(&host).await.anchors.iter().any(|own| own.kind == AnchorKind::Own));
}
