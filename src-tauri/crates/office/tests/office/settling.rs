//! What a stopped program left: results that lie there are on record before anything else is decided, and a batch goes on with what
//! was named for it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use cartorio_core::{Clock, JobId};
use cartorio_office::dto::{
    AppState, AuditRecordView, BatchView, FileSignResult, FormatChoice, IdentitySummary, ItemState, JobSnapshot,
    JobStatus, SignLevel, SignProfile,
};
use cartorio_office::{JobSources, Ports};
use cartorio_registry::{Batch, BatchItem, BatchItemState, BatchState, BatchWork, JournalEntry, Registry};
use cartorio_testkit::lab::Person;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::host::{Host, Options, names, path_of, sha256, sign_request};
use crate::levels::{Desk, of_format};

/// A process that does not run any more.
const DEAD: &str = "1/1";

/// What was about to be written when a program stopped.
struct About {
    output: PathBuf,
    sha256: String,
    /// The act in the trail.
    act: JobId,
    /// What its record would have said.
    detail: BTreeMap<String, String>,
}

impl About {
    fn new(output: &Path, sha256: &str) -> Self {
        Self { output: output.to_owned(), sha256: sha256.to_owned(), act: JobId::generate(), detail: BTreeMap::new() }
    }
}

/// A batch of signatures of one document, as a program left it that stopped.
async fn left_behind(
    host: &Host,
    identity: &IdentitySummary,
    document: &Path,
    profile: SignProfile,
    named: Value,
    announced: Option<&About>,
) -> JobId {
    let mut request = sign_request(&identity.id, &[]);
    request.profile = profile;
    let mut request = serde_json::to_value(&request).unwrap();
    request["named_sources"] = named;
    let certificate_sha256 = identity.certificate_sha256.clone();
    let work = BatchWork::Sign { identity: identity.id.parse().unwrap(), certificate_sha256 };
    left(host, work, &request, document, announced).await
}

/// The same, whatever is done in it; `request` is how.
async fn left(host: &Host, work: BatchWork, request: &Value, document: &Path, announced: Option<&About>) -> JobId {
    let id = left_with(host, work, request, &[document]).await;
    if let Some(about) = announced {
        let registry = Registry::open(host.demo_folder().join("registry.db"), None).await.unwrap();
        let begun = JournalEntry::ItemBegun {
            batch: id,
            position: 0,
            correlation: about.act,
            sha256: sha256(document),
            at: OffsetDateTime::now_utc(),
        };
        let announced = JournalEntry::ItemAnnounced {
            batch: id,
            position: 0,
            output_path: about.output.clone(),
            output_sha256: about.sha256.clone(),
            detail: about.detail.clone(),
        };
        registry.journal(vec![begun, announced]).await.unwrap();
        registry.close().await;
    }
    id
}

/// The same of several documents, none of which was begun.
async fn left_with(host: &Host, work: BatchWork, request: &Value, documents: &[&Path]) -> JobId {
    let registry = Registry::open(host.demo_folder().join("registry.db"), None).await.unwrap();
    let operator = registry.operators().await.unwrap().into_iter().find(|own| own.name.starts_with("Helena")).unwrap();
    let now = OffsetDateTime::now_utc();
    let id = JobId::generate();
    let batch = Batch {
        id,
        started_at: now,
        operator: operator.to_ref(),
        work,
        request: request.to_string(),
        output_folder: None,
        output_file: None,
        process: DEAD.to_owned(),
        state: BatchState::Open,
        ended_at: None,
        reason: None,
    };
    let item = |(position, document): (u32, &&Path)| {
        let (size, modified) = seen(document);
        BatchItem {
            position,
            path: document.to_path_buf(),
            name: document.file_name().unwrap().to_string_lossy().into_owned(),
            origin: "picked".to_owned(),
            size,
            modified: Some(modified),
            sha256: None,
            state: BatchItemState::Waiting,
            output_path: None,
            output_sha256: None,
            announced: BTreeMap::new(),
            error: None,
            started_at: None,
            ended_at: None,
            correlation: None,
        }
    };
    let items: Vec<BatchItem> = (0..).zip(documents).map(item).collect();
    registry.add_batch(&batch, &items).await.unwrap();
    registry.close().await;
    id
}

/// What the journal tells a changed file by.
fn seen(path: &Path) -> (u64, i64) {
    let metadata = std::fs::metadata(path).unwrap();
    let since = metadata.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap();
    (metadata.len(), i64::try_from(since.as_nanos()).unwrap())
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
    for (round, (name, same)) in
        [("ata-assinado.pdf", true), ("ata-assinado-2.pdf", true), ("ata-assinado.pdf", false)].iter().enumerate()
    {
        let folder = host.folder(&format!("entrada-{round}"));
        let document = folder.join("ata.pdf");
        std::fs::write(&document, crate::refusals::pdf("")).unwrap();
        if name.ends_with("-2.pdf") {
            std::fs::write(folder.join("ata-assinado.pdf"), "de antes").unwrap();
        }
        let litter = folder.join(".cartorio-0.tmp");
        std::fs::write(&litter, "de um processo que parou").unwrap();
        let result = folder.join(name);
        std::fs::write(&result, "o resultado").unwrap();
        let digest = sha256(&result);
        if !same {
            std::fs::write(&result, "de outra pessoa").unwrap();
        }
        let first = folder.join("ata-assinado.pdf");
        let before = recovered(&host).await.len();
        let batch = left_behind(
            &host,
            &identity,
            &document,
            SignProfile::default(),
            no_sources(),
            Some(&About::new(&first, &digest)),
        )
        .await;
        let left: Vec<BatchView> =
            host.ask("batch_abandon", json!({"id": batch.to_string(), "reason": "desisto"})).await.unwrap();
        assert!(left.is_empty());
        let item = item_of(&host, batch).await;
        let records = recovered(&host).await;
        if *same {
            assert_eq!(
                (item.state, item.output_path.as_deref()),
                (BatchItemState::Done, Some(result.as_path())),
                "{name}"
            );
            assert_eq!(records.len(), before + 1);
            assert_eq!(records.last().unwrap().detail["output_sha256"], digest);
        } else {
            assert_eq!((item.state, records.len()), (BatchItemState::Cancelled, before), "{name}");
        }
        assert!(result.exists() && !litter.exists(), "nothing is taken away but litter");
        assert_eq!(host.code("batch_abandon", json!({"id": batch.to_string(), "reason": "r"})).await, "batch_over");
    }
    host.assert_sound().await;
}

/// The home that [`neighbour`] works in.
const HOME: &str = "CARTORIO_TEST_NEIGHBOUR";

/// A process that works in an office until its input ends; started by the test below.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "only as a child of the test below"]
async fn neighbour() {
    let Some(home) = std::env::var_os(HOME) else { return };
    let host = Host::on(Path::new(&home), Options::default());
    host.state().await;
    println!("\nready");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_of_a_process_that_runs_is_left_alone_however_long_it_takes() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    let document = host.folder("entrada").join("ata.txt");
    std::fs::write(&document, "Ata.\n").unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "settling::neighbour", "--ignored", "--nocapture"])
        .env(HOME, host.home())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().contains("ready")));
    let own = format!("{}-", child.id());
    let file = names(&host.demo_folder().join("running")).into_iter().find(|name| name.starts_with(&own)).unwrap();
    let process = file.strip_suffix(".lock").unwrap().replacen('-', "/", 1);

    let batch = left_behind(&host, &identity, &document, SignProfile::default(), no_sources(), None).await;
    let registry = Registry::open(host.demo_folder().join("registry.db"), None).await.unwrap();
    registry.claim_batch(batch, DEAD, &process).await.unwrap();
    registry.close().await;
    // From Friday to Monday.
    host.clock.advance(time::Duration::days(3));
    let interrupted =
        async || -> usize { host.ask::<Vec<BatchView>>("batches_interrupted", json!({})).await.unwrap().len() };
    let abandon = json!({"id": batch.to_string(), "reason": "desisto"});
    assert_eq!(interrupted().await, 0);
    assert_eq!(host.code("batch_resume", json!({"id": batch.to_string()})).await, "batch_at_work");
    assert_eq!(host.code("batch_abandon", abandon.clone()).await, "batch_at_work");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(interrupted().await, 1);
    host.ask::<Vec<BatchView>>("batch_abandon", abandon).await.unwrap();
    host.assert_sound().await;
}

type Trap = Box<dyn Fn() + Send>;

/// What happens whenever the office of the test below looks at the clock.
static TRAP: Mutex<Option<Trap>> = Mutex::new(None);

struct TrappedClock(Arc<dyn Clock>);

impl Clock for TrappedClock {
    fn now(&self) -> OffsetDateTime {
        if let Some(trap) = &*TRAP.lock().unwrap() {
            trap();
        }
        self.0.now()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_result_that_can_be_neither_recorded_nor_removed_is_found_later() {
    let demo = Host::demo().await;
    let wrap = |ports: Ports| Ports { clock: Arc::new(TrappedClock(ports.clock)), ..ports };
    let host = Host::on(demo.home(), Options { wrap, ..Options::default() });
    host.ask::<AppState>("demo_start", json!({})).await.unwrap();
    let identity = host.identities().await.remove(0);
    let head = host.demo_folder().join("audit.head");
    for (round, (format, name)) in
        [(FormatChoice::CadesDetached, "ata.txt.p7s"), (FormatChoice::Raw, "ata.txt.sig")].into_iter().enumerate()
    {
        let folder = demo.folder(&format!("entrada-{round}"));
        let (result, aside) = (folder.join(name), demo.folder("aparte").join(name));
        let documents = ["ata.txt", "outra.txt"].map(|name| folder.join(name));
        documents.iter().for_each(|path| std::fs::write(path, "Ata.\n").unwrap());
        let mut request = sign_request(&identity.id, &host.pick(&documents).await);
        request.profile = of_format(format, SignLevel::BB);
        // Between its name and its record nothing can be recorded any more, and what has its name cannot be removed.
        *TRAP.lock().unwrap() = Some(Box::new({
            let (head, result, aside) = (head.clone(), result.clone(), aside.clone());
            move || {
                if result.is_file() {
                    std::fs::rename(&result, &aside).unwrap();
                    std::fs::create_dir(&result).unwrap();
                    std::fs::rename(&head, head.with_extension("aside")).unwrap();
                }
            }
        }));
        let job = host.sign(&request).await;
        *TRAP.lock().unwrap() = None;
        assert_eq!(job.items[0].error.as_ref().unwrap().code, "registry_trail_broken", "{job:?}");
        assert_eq!((job.items[0].state, job.items[1].state), (ItemState::Failed, ItemState::Cancelled));
        std::fs::rename(head.with_extension("aside"), &head).unwrap();
        std::fs::remove_dir(&result).unwrap();
        std::fs::rename(&aside, &result).unwrap();
        let digest = sha256(&result);

        let next = Host::on(demo.home(), Options::default());
        next.ask::<AppState>("demo_start", json!({})).await.unwrap();
        let left: Vec<BatchView> = next.ask("batches_interrupted", json!({})).await.unwrap();
        assert_eq!(left.iter().map(|own| (own.total, own.left)).collect::<Vec<_>>(), [(2, 2)], "{format:?}");
        let before = recovered(&next).await.len();
        let job = next.office.resume_batch(&left[0].id, None).await.map_err(|error| error.wire()).unwrap();
        assert!(job.items.iter().all(|own| own.state == ItemState::Done), "{job:?}");
        assert_eq!(job.items[0].receipt.as_ref().unwrap().output_sha256, digest, "what lay there, not another one");
        let records = recovered(&next).await;
        assert_eq!((records.len(), &records.last().unwrap().detail["output_sha256"]), (before + 1, &digest));
        next.assert_sound().await;
    }
}

fn no_sources() -> Value {
    json!({"authorities": [], "evidence": []})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recovered_result_has_the_level_that_was_announced() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    let folder = host.folder("entrada");
    let reached = |level: &str| {
        BTreeMap::from([("level_reached".to_owned(), level.to_owned()), ("lowered".to_owned(), "tsa_none".to_owned())])
    };
    for (name, detail, level) in [
        ("baixado.txt", reached("b-t"), SignLevel::BT),
        ("nenhum.txt", reached("b-b"), SignLevel::BB),
        // As an earlier version announced it: nobody knows.
        ("antigo.txt", BTreeMap::new(), SignLevel::BB),
    ] {
        let document = folder.join(name);
        std::fs::write(&document, "Ata.\n").unwrap();
        // There is no authority: an act in the trail without a result.
        let mut request = sign_request(&identity.id, &[host.pick_one(&document).await]);
        request.profile = crate::levels::profile(SignLevel::BLt);
        let job = host.sign(&request).await;
        assert_eq!(job.items[0].error.as_ref().unwrap().code, "tsa_none");
        let act = host.trail().await.into_iter().rev().find(|own| own.act == "document_signed").unwrap();
        let result = folder.join(format!("{name}.p7s"));
        std::fs::write(&result, "o resultado").unwrap();
        let about = About { act: act.correlation.parse().unwrap(), detail, ..About::new(&result, &sha256(&result)) };
        let lenient = SignProfile { accept_lower_level: true, ..request.profile };
        let batch = left_behind(&host, &identity, &document, lenient, no_sources(), Some(&about)).await;
        let job = host.office.resume_batch(&batch.to_string(), None).await.map_err(|error| error.wire()).unwrap();
        assert_eq!(job.items[0].state, ItemState::Done, "{job:?}");
        let receipt = job.items[0].receipt.clone().unwrap();
        assert_eq!((receipt.level, &receipt.output_sha256), (level, &about.sha256), "{name}");
        let lowered = receipt.lowered.map(|own| own.code);
        assert_eq!(lowered.as_ref(), about.detail.get("lowered"), "{name}");
        let record = recovered(&host).await.pop().unwrap();
        assert_eq!(record.seq, receipt.audit_seq);
        assert_eq!(record.detail.get("level_reached"), about.detail.get("level_reached"), "{name}");
        assert_eq!((record.detail["level"].as_str(), record.detail["format"].as_str()), ("b-lt", "cades-detached"));
    }
    host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bare_signature_that_stopped_is_settled_at_the_next_opening() {
    let host = Host::demo().await;
    let key_ref = host.identities().await.remove(0).key_ref;
    let document = host.folder("entrada").join("ata.txt");
    std::fs::write(&document, "Ata.\n").unwrap();
    let picked = host.pick_one(&document).await;
    let sign = |folder: Option<String>| json!({"documents": [picked.id], "key_ref": key_ref, "algorithm": null, "output_folder": folder});
    let signed: FileSignResult = host.ask("files_sign", sign(None)).await.unwrap();
    let value = path_of(signed.items[0].signature.as_ref().unwrap());
    let (digest, bytes) = (sha256(&value), std::fs::read(&value).unwrap());
    let described = path_of(signed.items[0].receipt_file.as_ref().unwrap());
    let receipt = std::fs::read(&described).unwrap();
    assert_eq!(announcements(&host).await.as_deref(), Some("{}"), "it was announced, and that is over");

    // The folder is gone when the value is there: an act in the trail without a result.
    let results = host.folder("resultados");
    let target = host.pick_folder(&results).await.id;
    std::fs::remove_dir(&results).unwrap();
    std::fs::write(&results, "no caminho").unwrap();
    let refused: FileSignResult = host.ask("files_sign", sign(Some(target))).await.unwrap();
    assert_eq!(refused.items[0].error.as_ref().unwrap().code, "output_unwritable");
    assert_eq!(announcements(&host).await.as_deref(), Some("{}"));
    let act = host.trail().await.into_iter().rev().find(|own| own.act == "file_signed").unwrap();
    assert_eq!(act.phase, "failed");

    let first = document.with_file_name("outra.txt.sig");
    for (round, (value_there, receipt_there)) in [(false, false), (true, true), (false, true)].into_iter().enumerate() {
        // Under the name that is free when the others are taken.
        let own = if round < 2 { first.clone() } else { first.with_file_name("outra.txt-2.sig") };
        if value_there {
            std::fs::write(&own, &bytes).unwrap();
        }
        if receipt_there {
            std::fs::write(own.with_extension("sig.json"), &receipt).unwrap();
        }
        if round == 2 {
            // The name before is somebody else's now.
            std::fs::write(&first, "de outra pessoa").unwrap();
        }
        let before = recovered(&host).await.len();
        announce(&host, &act.correlation, &first, &digest, None).await;
        let next = Host::on(host.home(), Options::default());
        next.ask::<AppState>("demo_start", json!({})).await.unwrap();
        let records = recovered(&next).await;
        assert_eq!(records.len(), before + usize::from(receipt_there), "round {round}");
        assert_eq!(own.exists(), receipt_there, "round {round}: the value is in the receipt");
        if receipt_there {
            let record = records.last().unwrap();
            assert_eq!((record.document.as_deref(), &record.key_id), (Some("ata.txt"), &act.key_id));
            assert_eq!(record.detail["output"], own.file_name().unwrap().to_string_lossy());
            assert_eq!((record.detail["output_sha256"].as_str(), sha256(&own)), (digest.as_str(), digest.clone()));
        }
        next.assert_sound().await;
    }
}

async fn announcements(host: &Host) -> Option<String> {
    let registry = Registry::open(host.demo_folder().join("registry.db"), None).await.unwrap();
    let left = registry.setting("results_announced").await.unwrap();
    registry.close().await;
    left
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
            assert_eq!(
                (record.detail["attempt"].as_str(), record.detail["output"].as_str()),
                (act.as_str(), "ata.txt-b-t.p7s")
            );
            assert_eq!(
                (record.detail["output_sha256"].as_str(), record.detail["level_reached"].as_str()),
                (digest.as_str(), "b-t")
            );
            assert_eq!(record.document.as_deref(), Some("ata.txt.p7s"));
        }
        assert_eq!(announcements(&host).await.as_deref(), Some("{}"), "nothing is settled twice");
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
    assert_eq!(
        (job.items[0].state, job.items[0].receipt.as_ref().unwrap().level),
        (ItemState::Done, SignLevel::BT),
        "{job:?}"
    );
    // Evidence that is another file now is not taken for the one that was named.
    let changed =
        left_behind(host, &signer, &document("outra.txt"), profile(), named(&[&desk.lab.urls().tsa]), None).await;
    std::fs::write(&list, desk.lab.crl("root")).unwrap();
    let refused = host.office.resume_batch(&changed.to_string(), None).await.map_err(|error| error.wire()).unwrap_err();
    assert_eq!((refused.code.as_str(), refused.params["name"].as_str()), ("batch_evidence_changed", "issuing.crl"));
    assert!(!names(&host.folder("entrada")).contains(&"outra.txt.p7s".to_owned()));
    // What a terminal names is in the journal of the batch.
    let given =
        JobSources { authorities: vec![desk.lab.urls().tsa.clone()], evidence: vec![folder.join("issuing.crl")] };
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extension_goes_on_with_what_was_named_for_it_and_refuses_changed_evidence_by_name() {
    let Some(desk) = Desk::open().await else { return };
    let host = &desk.host;
    let signer = desk.signer(Person::P256).await;
    let text = desk.document("ata.txt", b"Ata.\n").await;
    let signed = desk.signed(&signer, &text, of_format(FormatChoice::CadesDetached, SignLevel::BB)).await;
    // Its content lies elsewhere, under another name.
    let (folder, named) = (host.folder("assinados"), host.folder("nomeados"));
    let (document, content, list) = (folder.join("x.p7s"), named.join("o teor"), named.join("issuing.crl"));
    std::fs::copy(&signed.path, &document).unwrap();
    std::fs::write(&content, b"Ata.\n").unwrap();
    std::fs::write(&list, desk.lab.crl("issuing")).unwrap();
    let digest = sha256(&list);
    let asked = |contents: &[&Path]| {
        json!({
            "level": "b-lta", "accept_lower_level": false, "offline": false,
            "named_sources": {"authorities": [desk.lab.urls().tsa], "evidence": [[list, digest]]},
            "contents": contents.iter().map(|path| json!({"path": path})).collect::<Vec<_>>(),
        })
    };
    let resume =
        async |batch: JobId| host.office.resume_batch(&batch.to_string(), None).await.map_err(|error| error.wire());

    // Evidence is refused by name, and nothing has happened then: it goes on when the file is what it was.
    let before = host.last_seq().await;
    let batch = left(host, BatchWork::Extend, &asked(&[&content]), &document, None).await;
    let aside = list.with_extension("aside");
    std::fs::rename(&list, &aside).unwrap();
    std::fs::write(&list, desk.lab.crl("root")).unwrap();
    let refused = resume(batch).await.unwrap_err();
    assert_eq!((refused.code.as_str(), refused.params["name"].as_str()), ("batch_evidence_changed", "issuing.crl"));
    std::fs::remove_file(&list).unwrap();
    std::fs::rename(&aside, &list).unwrap();
    assert_eq!(host.last_seq().await, before);
    let job = resume(batch).await.unwrap();
    assert_eq!(job.items[0].receipt.as_ref().map(|own| own.level), Some(SignLevel::BLta), "{job:?}");
    assert_eq!(job.items[0].output.as_ref().unwrap().name, "x-b-lta.p7s");
    let record = desk.record("document_extended").await;
    assert_eq!(record.detail["evidence_files"], format!("issuing.crl ({digest})"));
    let record = desk.record("batch_resumed").await;
    assert_eq!(
        (record.detail["level"].as_str(), record.detail["batch"].as_str()),
        ("b-lta", batch.to_string().as_str())
    );

    // What lies there and was announced is on record with what was announced, and nothing is extended once more.
    let act = host.trail().await.into_iter().rev().find(|own| own.act == "document_extended").unwrap();
    let (first, there) = (folder.join("y-b-t.p7s"), folder.join("y-b-t-2.p7s"));
    std::fs::write(&first, "de antes").unwrap();
    std::fs::write(&there, "o resultado").unwrap();
    let own = folder.join("y.p7s");
    std::fs::copy(&document, &own).unwrap();
    let detail = [("level_reached", "b-t"), ("lowered", "evidence_missing"), ("format", "cades-detached")];
    let about = About {
        // Without a result of its own.
        act: JobId::generate(),
        detail: detail.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..About::new(&first, &sha256(&there))
    };
    let batch = left(host, BatchWork::Extend, &asked(&[&content]), &own, Some(&about)).await;
    let job = resume(batch).await.unwrap();
    let receipt = job.items[0].receipt.clone().unwrap();
    assert_eq!((receipt.level, receipt.key_uses, &receipt.output_sha256), (SignLevel::BT, 0, &about.sha256));
    assert_eq!(receipt.lowered.map(|own| own.code).as_deref(), Some("evidence_missing"));
    assert_eq!(job.items[0].output.as_ref().unwrap().name, "y-b-t-2.p7s");
    let record = recovered(host).await.pop().unwrap();
    assert!(record.seq > act.seq && record.certificate_sha256.is_none() && record.key_id.is_none(), "{record:?}");
    assert_eq!(record.document.as_deref(), Some("y.p7s"));
    host.assert_sound().await;
}

/// What was named as a content and is another file now, or none, is a matter of the signatures over it alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_content_that_was_changed_keeps_no_other_document_from_going_on() {
    let Some(desk) = Desk::open().await else { return };
    let host = &desk.host;
    let signer = desk.signer(Person::P256).await;
    let (folder, named) = (host.folder("assinados"), host.folder("nomeados"));
    let mut documents = Vec::new();
    for name in ["primeira", "segunda", "terceira", "quarta"] {
        let text = desk.document(&format!("{name}.txt"), name.as_bytes()).await;
        let signed = desk.signed(&signer, &text, of_format(FormatChoice::CadesDetached, SignLevel::BB)).await;
        // The office knows where it lay when it was signed.
        std::fs::remove_file(path_of(&text)).unwrap();
        let document = folder.join(format!("{name}.p7s"));
        std::fs::copy(&signed.path, &document).unwrap();
        std::fs::write(named.join(name), name).unwrap();
        documents.push(document);
    }
    // The content of the last one lies beside it, and was not named.
    std::fs::rename(named.join("quarta"), folder.join("quarta")).unwrap();
    let contents: Vec<Value> = ["primeira", "segunda", "terceira"].map(|name| json!({"path": named.join(name)})).into();
    let asked = json!({
        "level": "b-lta", "accept_lower_level": false, "offline": false, "contents": contents,
        "named_sources": {"authorities": [desk.lab.urls().tsa], "evidence": []},
    });
    let all: Vec<&Path> = documents.iter().map(PathBuf::as_path).collect();
    let left = async |work: &Value| left_with(host, BatchWork::Extend, work, &all).await.to_string();
    let told = |job: &JobSnapshot| -> Vec<String> {
        let code =
            |own: &cartorio_office::dto::JobItem| own.error.as_ref().map_or("", |error| error.code.as_str()).to_owned();
        job.items.iter().map(code).collect()
    };
    let batch = left(&asked).await;
    std::fs::write(named.join("primeira"), "outra").unwrap();
    let job = host.office.resume_batch(&batch, None).await.map_err(|error| error.wire()).unwrap();
    assert_eq!(told(&job), ["content_needed", "", "", ""], "{job:?}");
    let level = |place: usize| job.items[place].receipt.as_ref().map(|own| own.level);
    assert_eq!((level(0), level(1), level(3)), (None, Some(SignLevel::BLta), Some(SignLevel::BLta)));
    // One that is gone may have been anybody's whose content is found nowhere.
    std::fs::remove_file(named.join("primeira")).unwrap();
    let batch = left(&asked).await;
    let job = host.office.resume_batch(&batch, None).await.map_err(|error| error.wire()).unwrap();
    assert_eq!(told(&job), ["document_unreadable", "", "", ""], "{job:?}");
    assert!(host.ask::<Vec<BatchView>>("batches_interrupted", json!({})).await.unwrap().is_empty());
    host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extension_that_goes_on_asks_for_passwords_again() {
    const SECRET: &str = "balcao3";
    let Some(desk) = Desk::open().await else { return };
    let host = &desk.host;
    let signer = desk.signer(Person::P256).await;
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let path = host.folder("entrada").join("trancado.pdf");
    std::fs::write(&path, crate::levels::page()).unwrap();
    let made =
        Command::new("qpdf").args(["--replace-input", "--encrypt", SECRET, "dono", "256", "--"]).arg(&path).status();
    let Ok(status) = made else { return println!("skipped: qpdf is not installed") };
    assert!(status.success());
    let unlock = async |id: &str| {
        let request = json!({"document": id, "password": host.sealed(SECRET).await});
        host.ask::<Value>("document_unlock", request).await.unwrap();
    };
    let document = host.pick_one(&path).await;
    unlock(&document.id).await;
    let signed = desk.signed(&signer, &document, of_format(FormatChoice::Pades, SignLevel::BB)).await;
    let own = host.folder("assinados").join("trancado.pdf");
    let asked = json!({
        "level": "b-t", "accept_lower_level": false, "offline": false, "named_sources": no_sources(), "contents": [],
    });
    let fresh = async || {
        std::fs::copy(&signed.path, &own).unwrap();
        left(host, BatchWork::Extend, &asked, &own, None).await.to_string()
    };

    let batch = fresh().await;
    let refused = host.office.resume_batch(&batch, None).await.map_err(|error| error.wire()).unwrap_err();
    assert_eq!((refused.code.as_str(), refused.params["name"].as_str()), ("batch_password_needed", "trancado.pdf"));
    let secret = cartorio_core::SecretString::new(SECRET.to_owned());
    let job = host.office.resume_batch(&batch, Some(secret)).await.map_err(|error| error.wire()).unwrap();
    assert_eq!(job.items[0].receipt.as_ref().map(|own| own.level), Some(SignLevel::BT), "{job:?}");

    // In the window it waits until somebody types the password, or leaves the document out.
    for typed in [true, false] {
        let batch = fresh().await;
        let begun: JobSnapshot = host.ask("batch_resume", json!({"id": batch})).await.unwrap();
        let paused = loop {
            let job: JobSnapshot = host.ask("job_get", json!({"id": begun.id})).await.unwrap();
            if job.waits_for.is_some() {
                break job;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        };
        assert_eq!(paused.waits_for.unwrap().code, "batch_password_needed");
        assert_eq!(paused.items[0].error.as_ref().unwrap().code, "batch_password_needed");
        let id = &paused.items[0].document;
        if typed {
            unlock(id).await;
            let _: JobSnapshot = host.ask("job_resume", json!({"id": begun.id})).await.unwrap();
        } else {
            let request = json!({"id": begun.id, "documents": [id], "reason": "ninguém sabe a senha"});
            let _: JobSnapshot = host.ask("job_skip", request).await.unwrap();
        }
        // It is still told as paused until it has woken.
        let job = loop {
            let job = host.ended(&begun.id).await;
            if job.status != JobStatus::Paused {
                break job;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        };
        let item = &job.items[0];
        if typed {
            assert_eq!((item.state, item.receipt.as_ref().unwrap().level), (ItemState::Done, SignLevel::BT));
        } else {
            assert_eq!(
                (item.state, item.error.as_ref().unwrap().code.as_str()),
                (ItemState::Failed, "document_skipped")
            );
            assert_eq!(desk.record("document_skipped").await.detail["reason"], "ninguém sabe a senha");
        }
        assert!(host.ask::<Vec<BatchView>>("batches_interrupted", json!({})).await.unwrap().is_empty());
    }
    host.assert_sound().await;
}
