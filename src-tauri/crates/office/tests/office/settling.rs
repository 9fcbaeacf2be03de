//! What a stopped program left: results that lie there are on record before anything else is decided, and a batch goes on with what
//! was named for it.

use std::path::{Path, PathBuf};

use cartorio_core::JobId;
use cartorio_office::JobSources;
use cartorio_office::dto::{
    AppState, AuditRecordView, BatchView, IdentitySummary, ItemState, JobSnapshot, SignLevel, SignProfile,
};
use cartorio_registry::{Batch, BatchItem, BatchItemState, BatchState, JournalEntry, Registry};
use cartorio_testkit::lab::Person;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::host::{Host, Options, names, path_of, sha256, sign_request};
use crate::levels::Desk;

/// A process that does not run any more.
const DEAD: &str = "1/1";

/// A batch of one document, as a program left it that stopped. `announced`: the name and the digest of what was about to be written.
async fn left_behind(
    host: &Host,
    identity: &IdentitySummary,
    document: &Path,
    profile: SignProfile,
    named: Value,
    announced: Option<(&Path, &str)>,
) -> JobId {
    let registry = Registry::open(host.demo_folder().join("registry.db"), None).await.unwrap();
    let operator = registry.operators().await.unwrap().into_iter().find(|own| own.name.starts_with("Helena")).unwrap();
    let now = OffsetDateTime::now_utc();
    let mut request = sign_request(&identity.id, &[]);
    request.profile = profile;
    let mut request = serde_json::to_value(&request).unwrap();
    request["named_sources"] = named;
    let id = JobId::generate();
    let batch = Batch {
        id,
        started_at: now,
        operator: operator.to_ref(),
        identity: identity.id.parse().unwrap(),
        certificate_sha256: identity.certificate_sha256.clone(),
        request: request.to_string(),
        output_folder: None,
        output_file: None,
        process: DEAD.to_owned(),
        state: BatchState::Open,
        ended_at: None,
        reason: None,
    };
    let changed = std::fs::metadata(document).unwrap().modified().unwrap();
    let changed = changed.duration_since(std::time::UNIX_EPOCH).unwrap();
    let item = BatchItem {
        position: 0,
        path: document.to_owned(),
        name: document.file_name().unwrap().to_string_lossy().into_owned(),
        origin: "picked".to_owned(),
        size: std::fs::metadata(document).unwrap().len(),
        modified: Some(i64::try_from(changed.as_nanos()).unwrap()),
        sha256: None,
        state: BatchItemState::Waiting,
        output_path: None,
        output_sha256: None,
        error_code: None,
        started_at: None,
        ended_at: None,
        correlation: None,
    };
    registry.add_batch(&batch, &[item]).await.unwrap();
    if let Some((output, digest)) = announced {
        let begun = JournalEntry::ItemBegun {
            batch: id,
            position: 0,
            correlation: JobId::generate(),
            sha256: sha256(document),
            at: now,
        };
        let announced = JournalEntry::ItemAnnounced {
            batch: id,
            position: 0,
            output_path: output.to_owned(),
            output_sha256: digest.to_owned(),
        };
        registry.journal(vec![begun, announced]).await.unwrap();
    }
    registry.close().await;
    id
}

async fn item_of(host: &Host, batch: JobId) -> BatchItem {
    let registry = Registry::open(host.demo_folder().join("registry.db"), None).await.unwrap();
    let item = registry.batch_items(batch).await.unwrap().remove(0);
    registry.close().await;
    item
}

async fn recovered(host: &Host) -> Vec<AuditRecordView> {
    let all = host.trail().await;
    all.into_iter().filter(|own| own.act == "result_recovered" && own.phase == "succeeded").collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_given_up_after_what_lies_there_is_on_record() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    // Whether the result lies there, and under which of its names.
    for (round, (name, same)) in [("ata-assinado.pdf", true), ("ata-assinado-2.pdf", true), ("ata-assinado.pdf", false)].iter().enumerate() {
        let folder = host.folder(&format!("entrada-{round}"));
        let document = folder.join("ata.pdf");
        std::fs::write(&document, crate::refusals::pdf("")).unwrap();
        if name.ends_with("-2.pdf") {
            std::fs::write(folder.join("ata-assinado.pdf"), "de antes").unwrap();
        }
        let result = folder.join(name);
        std::fs::write(&result, "o resultado").unwrap();
        let digest = sha256(&result);
        if !same {
            std::fs::write(&result, "de outra pessoa").unwrap();
        }
        let first = folder.join("ata-assinado.pdf");
        let before = recovered(&host).await.len();
        let batch =
            left_behind(&host, &identity, &document, SignProfile::default(), json!({"authorities": [], "evidence": []}), Some((&first, &digest))).await;
        let left: Vec<BatchView> =
            host.ask("batch_abandon", json!({"id": batch.to_string(), "reason": "desisto"})).await.unwrap();
        assert!(left.is_empty());
        let item = item_of(&host, batch).await;
        let records = recovered(&host).await;
        if *same {
            assert_eq!((item.state, item.output_path.as_deref()), (BatchItemState::Done, Some(result.as_path())), "{name}");
            assert_eq!(records.len(), before + 1);
            assert_eq!(records.last().unwrap().detail["output_sha256"], digest);
        } else {
            assert_eq!((item.state, records.len()), (BatchItemState::Cancelled, before), "{name}");
        }
        assert!(result.exists(), "nothing is taken away");
        assert_eq!(host.code("batch_abandon", json!({"id": batch.to_string(), "reason": "r"})).await, "batch_over");
    }
    host.assert_sound().await;
}

/// Announces a result of an act, as a program did that stopped before its record, or before it forgot that (`recovered`).
async fn announce(host: &Host, act: &str, output: &Path, digest: &str, recovered: Option<&str>) {
    let registry = Registry::open(host.demo_folder().join("registry.db"), None).await.unwrap();
    let detail = json!({"level_reached": "b-t"});
    let own = json!({act: {
        "process": DEAD, "output": output, "output_sha256": digest, "detail": detail, "recovered": recovered,
    }});
    registry.set_setting("results_announced", &own.to_string()).await.unwrap();
    registry.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extension_that_stopped_is_settled_at_the_next_opening() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    let document = host.folder("entrada").join("ata.txt");
    std::fs::write(&document, "Ata.\n").unwrap();
    let job = host.sign(&sign_request(&identity.id, &[host.pick_one(&document).await])).await;
    let signed = job.items[0].output.clone().unwrap();
    // There is no authority: an act in the trail without a result.
    let request = json!({"documents": [signed.id], "level": "b-t", "output_folder": null});
    let started: JobSnapshot = host.ask("extend_start", request).await.unwrap();
    assert_eq!(host.ended(&started.id).await.items[0].error.as_ref().unwrap().code, "tsa_none");
    let act = host.trail().await.into_iter().rev().find(|own| own.act == "document_extended").unwrap().correlation;

    let result = path_of(&signed).with_file_name("ata.txt-b-t.p7s");
    std::fs::write(&result, "estendido").unwrap();
    let digest = sha256(&result);
    for (there, count) in [(false, 0), (true, 1), (true, 1)] {
        std::fs::write(&result, if there { "estendido" } else { "de outra pessoa" }).unwrap();
        let before = recovered(&host).await;
        announce(&host, &act, &result, &digest, before.last().map(|own| own.correlation.as_str())).await;
        let next = Host::on(host.home(), Options::default());
        next.ask::<AppState>("demo_start", json!({})).await.unwrap();
        let records = recovered(&next).await;
        assert_eq!(records.len(), count, "{there}");
        if let Some(record) = records.last() {
            assert_eq!((record.detail["attempt"].as_str(), record.detail["output"].as_str()), (act.as_str(), "ata.txt-b-t.p7s"));
            assert_eq!((record.detail["output_sha256"].as_str(), record.detail["level_reached"].as_str()), (digest.as_str(), "b-t"));
            assert_eq!(record.document.as_deref(), Some("ata.txt.p7s"));
        }
        let registry = Registry::open(host.demo_folder().join("registry.db"), None).await.unwrap();
        let left = registry.setting("results_announced").await.unwrap();
        registry.close().await;
        assert_eq!(left.as_deref(), Some("{}"), "nothing is settled twice");
        next.assert_sound().await;
    }
    // What nobody can read keeps nobody out.
    let registry = Registry::open(host.demo_folder().join("registry.db"), None).await.unwrap();
    registry.set_setting("results_announced", "nada disso").await.unwrap();
    registry.close().await;
    let next = Host::on(host.home(), Options::default());
    next.ask::<AppState>("demo_start", json!({})).await.unwrap();
    assert_eq!(recovered(&next).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_goes_on_with_the_authorities_and_the_evidence_that_were_named_for_it() {
    let Some(desk) = Desk::open().await else { return };
    let host = &desk.host;
    let signer = desk.signer(Person::P256).await;
    let folder = host.folder("provas");
    let list = folder.join("issuing.crl");
    std::fs::write(&list, desk.lab.crl("issuing")).unwrap();
    let named = |authorities: &[&str]| json!({"authorities": authorities, "evidence": [[list, sha256(&list)]]});
    let profile = || crate::levels::profile(SignLevel::BT);
    let document = |name: &str| -> PathBuf {
        let path = host.folder("entrada").join(name);
        std::fs::write(&path, "Ata.\n").unwrap();
        path
    };
    // Nobody is to be asked but who was named.
    let without = left_behind(host, &signer, &document("sem.txt"), profile(), named(&[]), None).await;
    let job = host.office.resume_batch(&without.to_string(), None).await.map_err(|error| error.wire()).unwrap();
    assert_eq!(job.items[0].error.as_ref().unwrap().code, "tsa_none");
    let with = left_behind(host, &signer, &document("com.txt"), profile(), named(&[&desk.lab.urls().tsa]), None).await;
    let job = host.office.resume_batch(&with.to_string(), None).await.map_err(|error| error.wire()).unwrap();
    assert_eq!((job.items[0].state, job.items[0].receipt.as_ref().unwrap().level), (ItemState::Done, SignLevel::BT), "{job:?}");
    // Evidence that is another file now is not taken for the one that was named.
    let changed = left_behind(host, &signer, &document("outra.txt"), profile(), named(&[&desk.lab.urls().tsa]), None).await;
    std::fs::write(&list, desk.lab.crl("root")).unwrap();
    let refused = host.office.resume_batch(&changed.to_string(), None).await.map_err(|error| error.wire()).unwrap_err();
    assert_eq!((refused.code.as_str(), refused.params["name"].as_str()), ("batch_evidence_changed", "issuing.crl"));
    assert!(!names(&host.folder("entrada")).contains(&"outra.txt.p7s".to_owned()));
    // What a terminal names is in the journal of the batch.
    let given = JobSources { authorities: vec![desk.lab.urls().tsa.clone()], evidence: vec![folder.join("issuing.crl")] };
    let info = host.pick_one(&document("nova.txt")).await;
    let mut request = sign_request(&signer.id, &[info]);
    request.profile = profile();
    host.office.sign_and_wait(&request, None, &given).await.map_err(|error| error.wire()).unwrap();
    let registry = Registry::open(host.demo_folder().join("registry.db"), None).await.unwrap();
    let newest = registry.batches(1).await.unwrap().remove(0);
    registry.close().await;
    let kept: Value = serde_json::from_str(&newest.request).unwrap();
    assert_eq!(kept["named_sources"]["authorities"][0], desk.lab.urls().tsa.as_str());
    assert_eq!(kept["named_sources"]["evidence"][0], json!([list, sha256(&list)]));
    host.assert_sound().await;
}
