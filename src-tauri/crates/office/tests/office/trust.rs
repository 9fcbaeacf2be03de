//! The trust store, evidence, what expires, and the search.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cartorio_keys::KeySpec;
use cartorio_net::{Fetcher, Reach};
use cartorio_office::dto::{
    AnchorKind, AppState, CertificateBundle, CertificateSummary, EvidenceFetch, ExpiryItem, ExpiryView, HeapView,
    JobStatus, RequestStateView, RequestView, SearchHit, SearchResults, TrustImport, TrustView,
};
use cartorio_pki::ca::{AttributeType, CertificateAuthority, CrlRequest, LocalCa, Subject};
use cartorio_pki::{Certificate, Validity};
use cartorio_registry::{
    Decision, JournalEntry, OperatorRef, Registry, Request, RequestKind, Role, TrustApproval, TrustCertificate,
    TrustOrigin, TrustRole,
};
use cartorio_testkit::fault_proxy::{Answer, FaultProxy};
use cartorio_testkit::pki::{MiniPki, NOW, SoftwareSigner, run};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::host::{Host, Options, sign_request};
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_is_kept_when_a_known_ca_signed_it() {
    let host = Host::demo().await;
    let (pki, other) = (small_pki(), small_pki());
    trust(&host, pki.anchor()).await;
    let (root_list, list, strange) = (pki.root_crl(vec![]), pki.crl(vec![]), other.crl(vec![]));
    let mut forged = list.der.clone();
    *forged.last_mut().unwrap() ^= 1;
    let armour = |der: &[u8]| {
        let path = write(&host, "x.der", der);
        let text = Command::new("openssl").args(["crl", "-inform", "DER", "-in"]).arg(&path).output();
        text.ok().filter(|output| output.status.success()).map(|output| String::from_utf8(output.stdout).unwrap())
    };
    let Some(forged) = armour(&forged) else {
        println!("skipped: openssl is not installed");
        return;
    };
    let text =
        format!("{}{}{}{forged}{}", list.pem(), root_list.pem(), strange.pem(), pki.intermediate.certificate().pem());
    let brought = import(&host, &write(&host, "listas.pem", text)).await;
    assert_eq!((brought.evidence_added, brought.intermediates_added), (2, 1), "{:?}", brought.refused);
    let reasons: Vec<&str> = brought.refused.iter().map(|own| own.reason.as_str()).collect();
    // Both CAs are called the same: what tells them apart is the key.
    assert_eq!(reasons, ["crl_other_issuer", "crl_signature_wrong"]);
    let items = &brought.trust.evidence;
    assert!(
        items.iter().all(|own| (own.kind.as_str(), own.state.as_str(), own.url.is_none()) == ("crl", "stale", true))
    );
    assert!(items.iter().all(|own| own.revoked == Some(0) && own.number.as_deref() == Some("1")));
    assert_eq!(host.phases("trust_imported", 0).await, ["intent", "succeeded"]);

    // A list alone is another act, and forgetting one as well.
    let later =
        CrlRequest { revoked: vec![], number: 2, this_update: NOW, next_update: NOW + time::Duration::days(9_000) };
    let later = run(pki.intermediate.crl(later)).unwrap();
    let brought = import(&host, &write(&host, "nova.crl", &later.der)).await;
    assert_eq!((brought.evidence_added, brought.trust.evidence[0].state.as_str()), (1, "fresh"));
    assert_eq!(host.phases("evidence_kept", 0).await, ["intent", "succeeded"]);
    let sha256 = brought.trust.evidence[0].sha256.clone();
    let left: TrustView = host.ask("evidence_forget", json!({"sha256": sha256})).await.unwrap();
    assert_eq!(left.evidence.len(), 2);
    assert_eq!(host.code("evidence_forget", json!({"sha256": sha256})).await, "evidence_unknown");
    assert_eq!(host.phases("evidence_forgotten", 0).await, ["intent", "succeeded"]);
    host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lies_on_the_heap_is_asked_for_kept_and_found() {
    let host = Host::demo().await;
    let pki = small_pki();
    let text = format!("{}{}", pem(&pki.chain.iter().collect::<Vec<_>>()), pki.crl(vec![]).pem());
    let heap: HeapView = host.ask("heap_paste", json!({"text": text})).await.unwrap();
    let id = |sha256: &str| heap.objects.iter().find(|own| own.sha256 == sha256).unwrap().id.clone();
    let root = id(&pki.anchor().fingerprint());
    assert!(search(&host, "test signer").await.iter().any(|hit| hit.id == id(&pki.leaf().fingerprint())));
    let ask = |id: &str| json!({"what": {"kind": "trust_anchor_add", "id": id}, "reason": "Parceiro"});
    assert!(!host.code("request_make", ask("nada")).await.is_empty());
    assert_eq!(host.code("request_make", ask(&id(&pki.leaf().fingerprint()))).await, "trust_not_a_ca");
    let request: RequestView = host.ask("request_make", ask(&root)).await.unwrap();
    approve(&host, &request.id).await;
    host.ask::<TrustView>("trust_anchor_apply", json!({"id": request.id})).await.unwrap();
    // The bench is another person's after the seat was another's.
    let heap: HeapView = host.ask("heap_paste", json!({"text": text})).await.unwrap();
    let ids: Vec<&str> = heap.objects.iter().map(|own| own.id.as_str()).collect();
    let kept: TrustImport = host.ask("trust_keep", json!({"ids": ids})).await.unwrap();
    assert_eq!((kept.intermediates_added, kept.evidence_added, kept.known), (1, 1, 1), "{:?}", kept.refused);
    assert_eq!(kept.refused.iter().map(|own| own.reason.as_str()).collect::<Vec<_>>(), ["not_a_ca"]);
    assert!(!host.code("trust_keep", json!({"ids": ["nada"]})).await.is_empty());
    let query = json!({"days": null, "expired": true, "trust": false, "heap": true});
    let list: ExpiryView = host.ask("expiry_list", query).await.unwrap();
    assert_eq!(list.items.iter().filter(|own| own.kind == "heap").count(), 3);
    host.assert_sound().await;

    // Without an office the store of the session counts as well, and leads nowhere without a root.
    let host = inspection().await;
    let heap: HeapView = host.ask("heap_paste", json!({"text": text})).await.unwrap();
    let ids: Vec<&str> = heap.objects.iter().map(|own| own.id.as_str()).collect();
    let kept: TrustImport = host.ask("trust_keep", json!({"ids": ids})).await.unwrap();
    assert_eq!((kept.intermediates_added, kept.evidence_added, kept.refused.len()), (0, 0, 4), "{:?}", kept.refused);
}

/// A CA whose certificates name where its list is, made by OpenSSL.
struct Published {
    folder: PathBuf,
}

impl Published {
    fn make(host: &Host, urls: &[String]) -> Option<Self> {
        let folder = host.folder("ac");
        let points: Vec<String> = urls.iter().map(|url| format!("URI:{url}")).collect();
        let config = format!(
            "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=x\n[root]\nbasicConstraints=critical,CA:TRUE\n\
             keyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n[below]\nbasicConstraints=critical,CA:TRUE\n\
             keyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n\
             crlDistributionPoints={}\n[ca]\ndefault_ca=own\n[own]\ndatabase={}\ncrlnumber={}\ndefault_md=sha256\n",
            points.join(","),
            folder.join("index.txt").display(),
            folder.join("number").display()
        );
        std::fs::write(folder.join("config"), config).unwrap();
        std::fs::write(folder.join("index.txt"), "").unwrap();
        std::fs::write(folder.join("number"), "01").unwrap();
        let own = Self { folder };
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "config"];
        let root =
            ["req", "-x509", "-subj", "/C=BR/O=Parceira/CN=Raiz Parceira", "-days", "3000", "-extensions", "root"];
        if !own.openssl(&[&root[..], &key, &["-keyout", "root.key", "-out", "root.pem"]].concat()) {
            return None;
        }
        let below =
            ["req", "-new", "-subj", "/C=BR/O=Parceira/CN=AC Parceira", "-keyout", "below.key", "-out", "below.csr"];
        assert!(own.openssl(&[&below[..], &key].concat()));
        assert!(own.openssl(&[
            "x509",
            "-req",
            "-in",
            "below.csr",
            "-CA",
            "root.pem",
            "-CAkey",
            "root.key",
            "-days",
            "2000",
            "-extfile",
            "config",
            "-extensions",
            "below",
            "-out",
            "below.pem",
        ]));
        Some(own)
    }

    fn openssl(&self, args: &[&str]) -> bool {
        let done = Command::new("openssl").args(args).current_dir(&self.folder).output();
        done.is_ok_and(|output| output.status.success())
    }

    /// A list as of now, for `days`.
    fn list(&self, days: u32) -> Vec<u8> {
        let days = days.to_string();
        assert!(self.openssl(&[
            "ca", "-gencrl", "-config", "config", "-cert", "root.pem", "-keyfile", "root.key", "-crldays", &days,
            "-out", "x.crl",
        ]));
        std::fs::read(self.folder.join("x.crl")).unwrap()
    }

    fn certificate(&self, name: &str) -> Certificate {
        let text = std::fs::read(self.folder.join(name)).unwrap();
        cartorio_pki::read_objects(&text).unwrap().certificates().remove(0)
    }
}

async fn refresh(host: &Host, sha256: Option<&str>) -> EvidenceFetch {
    host.ask("evidence_refresh", json!({"sha256": sha256})).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_come_from_where_certificates_say() {
    let host = Host::demo().await;
    // What the server answers now; the first mirror is always broken.
    let answer: Arc<Mutex<(u16, Vec<u8>)>> = Arc::new(Mutex::new((404, Vec::new())));
    let shown = Arc::clone(&answer);
    let server = FaultProxy::serve(move |request| {
        let (status, body) = shown.lock().unwrap().clone();
        if request.head.contains("espelho") { Answer::json(500, "") } else { Answer::json(status, body) }
    });
    let (mirror, url) = (format!("{}/espelho.crl", server.endpoint()), format!("{}/raiz.crl", server.endpoint()));
    let Some(ca) = Published::make(&host, &[mirror.clone(), url.clone(), "ldap://x/cn=y".into()]) else {
        println!("skipped: openssl is not installed");
        return;
    };
    assert!(host.office.use_fetcher(Arc::new(Fetcher::new(Reach::Anywhere))));
    trust(&host, &ca.certificate("root.pem")).await;
    import(&host, &write(&host, "ac.pem", ca.certificate("below.pem").pem())).await;
    let told = |fetch: &EvidenceFetch| -> Vec<(String, String, Option<String>)> {
        fetch.items.iter().map(|own| (own.url.clone(), own.result.clone(), own.code.clone())).collect()
    };
    let failed = |url: &str, code: &str| (url.to_owned(), "failed".to_owned(), Some(code.to_owned()));
    let say = |status: u16, body: &[u8]| *answer.lock().unwrap() = (status, body.to_vec());

    for (status, body, code) in [
        (404, b"".to_vec(), "net_status"),
        (200, b"<html>entre com o seu usuario</html>".to_vec(), "evidence_not_a_list"),
        (200, small_pki().root_crl(vec![]).der.clone(), "evidence_not_the_issuer"),
    ] {
        say(status, &body);
        assert_eq!(told(&refresh(&host, None).await), [failed(&mirror, "net_status"), failed(&url, code)]);
        assert!(view(&host).await.evidence.is_empty(), "{code}");
    }

    let first = ca.list(5);
    say(200, &first);
    let fetched = refresh(&host, None).await;
    assert_eq!(told(&fetched), [failed(&mirror, "net_status"), (url.clone(), "new".into(), None)]);
    let [kept] = fetched.trust.evidence.as_slice() else { panic!("{:?}", fetched.trust.evidence) };
    assert_eq!(
        (kept.state.as_str(), kept.url.as_deref(), kept.issuer.as_str()),
        ("fresh", Some(url.as_str()), "Raiz Parceira")
    );
    let sha256 = kept.sha256.clone();
    assert!(refresh(&host, None).await.items.is_empty(), "what is fresh is not fetched");
    let again = refresh(&host, Some(&sha256)).await;
    assert_eq!(told(&again)[1], (url.clone(), "unchanged".into(), None));

    // A newer one comes beside it; an older one does not come back.
    std::thread::sleep(Duration::from_millis(1_100));
    let second = ca.list(6);
    say(200, &second);
    let newer = refresh(&host, Some(&sha256)).await;
    assert_eq!(newer.trust.evidence.len(), 2, "the old one is kept for the past: {:?}", told(&newer));
    say(200, &first);
    let newest = newer.trust.evidence[0].sha256.clone();
    assert_ne!(newest, sha256);
    let older = refresh(&host, Some(&newest)).await;
    assert_eq!(told(&older)[1], failed(&url, "evidence_older"));
    host.clock.advance(time::Duration::days(7));
    assert_eq!(refresh(&host, None).await.items.len(), 2, "stale ones are fetched again");
    assert_eq!(host.code("evidence_refresh", json!({"sha256": "ab".repeat(32)})).await, "evidence_unknown");

    // A person's certificate names the list that covers it; one that no CA here signed sends nobody anywhere.
    let point = |name: &str| format!("crlDistributionPoints=URI:{}/{name}.crl\n", server.endpoint());
    std::fs::write(ca.folder.join("pessoa.cnf"), point("pessoas")).unwrap();
    let request = ["req", "-new", "-config", "config", "-nodes", "-newkey", "ec", "-pkeyopt"];
    let curve = "ec_paramgen_curve:P-256";
    let csr = [&request[..], &[curve, "-subj", "/CN=Pessoa", "-keyout", "p.key", "-out", "p.csr"]].concat();
    assert!(ca.openssl(&csr));
    let sign = ["x509", "-req", "-in", "p.csr", "-days", "900", "-extfile"];
    let by_ca = ["pessoa.cnf", "-CA", "root.pem", "-CAkey", "root.key", "-out", "p.pem"];
    assert!(ca.openssl(&[&sign[..], &by_ca].concat()));
    std::fs::write(ca.folder.join("estranho.cnf"), point("estranhos")).unwrap();
    assert!(ca.openssl(&[&sign[..], &["estranho.cnf", "-signkey", "p.key", "-out", "e.pem"]].concat()));
    for name in ["p.pem", "e.pem"] {
        host.ask::<HeapView>("heap_paste", json!({"text": ca.certificate(name).pem()})).await.unwrap();
    }
    let addresses: Vec<String> = refresh(&host, None).await.items.into_iter().map(|own| own.url).collect();
    assert!(addresses.iter().any(|url| url.ends_with("/pessoas.crl")), "{addresses:?}");
    assert!(!addresses.iter().any(|url| url.ends_with("/estranhos.crl")), "{addresses:?}");
    assert!(host.phases("evidence_kept", 0).await.chunks(2).all(|pair| pair == ["intent", "succeeded"]));
    host.assert_sound().await;
    // Where somebody hangs up in the middle, nothing is half kept.
    let before = view(&host).await.evidence.len();
    let cut = tokio::time::timeout(Duration::from_millis(1), refresh(&host, Some(&newest))).await;
    drop(cut);
    assert_eq!(view(&host).await.evidence.len(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_does_not_send_the_office_into_its_own_network() {
    let host = Host::demo().await;
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    let server = FaultProxy::serve(move |_| {
        *count.lock().unwrap() += 1;
        Answer::json(200, "")
    });
    let Some(ca) = Published::make(&host, &[format!("{}/raiz.crl", server.endpoint())]) else {
        println!("skipped: openssl is not installed");
        return;
    };
    trust(&host, &ca.certificate("root.pem")).await;
    import(&host, &write(&host, "ac.pem", ca.certificate("below.pem").pem())).await;
    let fetched = refresh(&host, None).await;
    assert_eq!(fetched.items[0].code.as_deref(), Some("net_private_address"), "{:?}", fetched.items);
    assert_eq!(*asked.lock().unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_expires_is_listed_and_read_by_others() {
    let host = Host::demo().await;
    let subscriber = json!({
        "name": "=Maria, \"da\" Conceição; à beira-mar", "cpf": "529.982.247-25",
        "email": "maria@exemplo.com.br", "key_spec": "ECC_NIST_P256",
    });
    let issued: CertificateSummary = host.ask("subscriber_issue", subscriber).await.unwrap();
    let query = json!({"days": null, "expired": true, "trust": true, "heap": true});
    let list: ExpiryView = host.ask("expiry_list", query.clone()).await.unwrap();
    let kinds: Vec<&str> = list.items.iter().map(|own| own.kind.as_str()).collect();
    for kind in ["root", "intermediate", "identity", "subscriber", "crl"] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    assert!(list.items.is_sorted_by_key(|own| own.not_after.clone()));
    let none = json!({"days": 0, "expired": false, "trust": false, "heap": false});
    let soon: ExpiryView = host.ask("expiry_list", none).await.unwrap();
    assert!(soon.items.iter().all(|own| own.days_left == 0));
    host.clock.advance(time::Duration::days(20_000));
    let over: ExpiryView = host.ask("expiry_list", query.clone()).await.unwrap();
    assert!(over.items.iter().all(|own| own.urgency == "expired" && own.days_left < 0));
    host.clock.advance(time::Duration::days(-20_000));

    let export = async |format: &str| {
        let path = host.folder("saida").join(format!("vencimentos.{format}"));
        host.dialogs.saves.lock().unwrap().push_back(path.clone());
        host.ask::<Value>("expiry_export", json!({"query": query, "format": format})).await.unwrap();
        path
    };
    let (ics, csv) = (export("ics").await, export("csv").await);
    for path in [&ics, &csv] {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(!text.contains("52998224725") && !text.contains("529.982.247-25"), "masked");
        assert!(text.contains(&issued.sha256) || text.replace("\r\n ", "").contains(&issued.sha256));
    }
    let same = export("ics").await;
    let uids = |path: &Path| -> Vec<String> {
        let text = std::fs::read_to_string(path).unwrap().replace("\r\n ", "");
        text.lines().filter(|line| line.starts_with("UID:")).map(str::to_owned).collect()
    };
    assert_eq!((uids(&ics), uids(&ics).len()), (uids(&same), list.items.len()), "the same names each time");
    read_by_python(&ics, &csv, &list.items);
    host.assert_sound().await;
}

/// Reads both files with Python's `icalendar` and `csv`, and compares.
fn read_by_python(ics: &Path, csv: &Path, items: &[ExpiryItem]) {
    const SCRIPT: &str = r#"
import csv, json, sys
out = {"csv": list(csv.reader(open(sys.argv[2], encoding="utf-8-sig", newline="")))}
try:
    import icalendar
    calendar = icalendar.Calendar.from_ical(open(sys.argv[1], "rb").read())
    out["ics"] = [
        [str(e["SUMMARY"]), e["DTSTART"].dt.isoformat(), [a["TRIGGER"].dt.days for a in e.walk("VALARM")]]
        for e in calendar.walk("VEVENT")
    ]
except ImportError:
    pass
print(json.dumps(out))
"#;
    let Some(python) = judges::python() else { return };
    let output = Command::new(python).args(["-c", SCRIPT]).arg(ics).arg(csv).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = read["csv"].as_array().unwrap();
    assert_eq!(rows.len(), items.len() + 1);
    for (row, item) in rows[1..].iter().zip(items) {
        let name = row[1].as_str().unwrap();
        assert_eq!(name.trim_start_matches('\''), item.name);
        assert!(!name.starts_with(['=', '+', '-', '@']), "{name}");
        assert_eq!(
            (row[4].as_str().unwrap(), row[8].as_str().unwrap()),
            (item.not_after.as_str(), item.sha256.as_str())
        );
    }
    let Some(events) = read["ics"].as_array() else {
        println!("skipped: Python's icalendar is not set up (cargo xtask setup)");
        return;
    };
    assert_eq!(events.len(), items.len());
    for (event, item) in events.iter().zip(items) {
        assert!(event[0].as_str().unwrap().contains(&item.name), "{event}");
        assert_eq!(event[1].as_str().unwrap().replace("+00:00", "Z"), item.not_after);
        assert_eq!(event[2], json!([-30, -7]));
    }
}

async fn search(host: &Host, text: &str) -> Vec<SearchHit> {
    let found: SearchResults = host.ask("search", json!({"text": text})).await.unwrap();
    assert!(!found.more);
    found.hits
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_found_by_what_it_is_called() {
    let host = Host::demo().await;
    let subscriber = json!({
        "name": "João Antônio Gonçalves", "cpf": "529.982.247-25", "email": "joao@exemplo.com.br", "key_spec": "ECC_NIST_P256",
    });
    let issued: CertificateSummary = host.ask("subscriber_issue", subscriber).await.unwrap();
    let first = async |text: &str| search(&host, text).await.into_iter().next().map(|hit| (hit.matched, hit.id));
    for (text, matched) in [
        ("529.982.247-25", "cpf"),
        ("52998224725", "cpf"),
        ("JOAO ANTONIO GONCALVES", "name"),
        ("gonçalves joão", "name"),
        (&issued.serial_hex, "serial"),
        (&issued.serial_hex[..8], "serial"),
        (&issued.sha256, "fingerprint"),
        (&issued.sha256[..10].to_uppercase(), "fingerprint"),
    ] {
        assert_eq!(first(text).await, Some((matched.to_owned(), issued.sha256.clone())), "{text}");
    }
    for text in ["529.982.247", "2998224725", "5299822472", "", " ", "j", "nada disso"] {
        assert_eq!(first(text).await, None, "{text}");
    }
    let shown = serde_json::to_string(&search(&host, "52998224725").await).unwrap();
    assert!(!shown.contains("52998224725") && !shown.contains("529.982.247-25"), "found, not shown");
    assert_eq!(host.code("search", json!({"text": "x".repeat(201)})).await, "invalid_field");

    // An identity, a document that it signed, a request, a key.
    let own = host.key("ECC_NIST_P256", "t").await;
    let identity = host.identity_for(&own.key_ref, "Tabeliã de Ensaio").await.unwrap();
    assert_eq!(search(&host, "TABELIA").await[0].id, identity.id);
    let sign = async |name: &str| {
        let documents = host.pick(&[write(&host, name, name)]).await;
        let mut request = sign_request(&identity.id, &documents);
        request.output_folder = Some(host.pick_folder(&host.folder("saida")).await.id);
        let job = host.sign(&request).await;
        assert_eq!(job.status, JobStatus::Succeeded, "{job:?}");
    };
    sign("procuração do José.txt").await;
    let found = search(&host, "procuracao do jose").await;
    assert_eq!((found.len(), found[0].matched.as_str()), (1, "file"));
    switch(&host).await;
    sign("ata alheia.txt").await;
    assert_eq!(search(&host, "ata alheia").await.len(), 1);
    switch(&host).await;
    let key = host.key("ECC_NIST_P256", "chave-do-arquivo").await;
    assert!(search(&host, "chave-do-arquivo").await.iter().any(|hit| hit.matched == "label" && hit.id == key.key_ref));
    let ask =
        json!({"what": {"kind": "key_deletion", "key_ref": key.key_ref, "days": 30}, "reason": "Sem uso há anos"});
    let asked: RequestView = host.ask("request_make", ask).await.unwrap();
    assert!(search(&host, "sem uso ha anos").await.iter().any(|hit| hit.id == asked.id));
    assert_eq!(search(&host, &asked.id).await[0].id, asked.id);

    // A clerk finds no keys, no requests of others, and no documents that others signed.
    host.become_role(&host.demo_folder(), Role::Clerk).await;
    assert!(search(&host, "chave-do-arquivo").await.iter().all(|hit| hit.id != key.key_ref));
    assert_eq!(first(&issued.sha256).await.map(|hit| hit.0), Some("fingerprint".into()));
    assert_eq!(search(&host, "procuracao do jose").await.len(), 1, "their own documents they find");
    assert!(search(&host, "ata alheia").await.is_empty(), "and nobody else's");
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
    for pause in (0..8).map(|n| Duration::from_millis(150 + n * 150)) {
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
