//! Revocation evidence: brought, fetched, kept.

use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cartorio_net::{Fetcher, Reach};
use cartorio_office::dto::{EvidenceFetch, ExpiryView, HeapView, RequestView, TrustImport, TrustView};
use cartorio_pki::Certificate;
use cartorio_pki::ca::{CertificateAuthority, CrlRequest};
use cartorio_testkit::fault_proxy::{Answer, FaultProxy};
use cartorio_testkit::pki::{NOW, run};
use serde_json::json;

use super::{import, inspection, pem, search, small_pki, trust, view, write};
use crate::host::{Host, Options};
use crate::people::approve;

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

/// Several bring the same bundle at the same time, from several programs: each object comes once, and whoever loses the race says that it
/// is known.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn imports_at_the_same_time_bring_everything_once() {
    let one = Host::demo().await;
    let [two, three, four] = [(); 3].map(|()| Host::on(one.home(), Options::default()));
    for host in [&two, &three, &four] {
        host.state().await;
    }
    let before = view(&one).await.intermediates;
    for round in 1..=8 {
        let pki = small_pki();
        trust(&one, pki.anchor()).await;
        let bundle =
            pem(&pki.chain.iter().collect::<Vec<_>>()) + &pki.crl(Vec::new()).pem() + &pki.root_crl(Vec::new()).pem();
        let path = write(&one, &format!("pacote-{round}.pem"), bundle);
        let brought: [TrustImport; 4] =
            tokio::join!(import(&one, &path), import(&two, &path), import(&three, &path), import(&four, &path)).into();
        let told = brought.each_ref().map(|own| (own.intermediates_added, own.evidence_added, own.known));
        println!("{told:?}");
        assert_eq!(told.iter().map(|own| own.0).sum::<u32>(), 1, "{told:?}");
        assert_eq!(told.iter().map(|own| own.1).sum::<u32>(), 2, "{told:?}");
        // The root was there before.
        assert!(told.iter().all(|(added, evidence, known)| added + evidence + known == 4), "{told:?}");
        for host in [&one, &two, &three, &four] {
            assert_eq!(view(host).await.intermediates, before + round, "everybody sees the same");
        }
    }
    one.assert_sound().await;
}
