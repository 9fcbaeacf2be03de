//! Records and rows that wait at the same moment share a transaction: each is there once, in order, and one that cannot be kept
//! holds up nobody.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use std::collections::BTreeMap;

use cartorio_core::{DocumentId, IdentityId, JobId};
use cartorio_registry::*;
use common::*;
use proptest::prelude::*;
use time::Duration;

/// A draft that no table can hold.
fn impossible() -> AuditDraft {
    let mut draft = intent(Act::DocumentSigned, 0);
    draft.document = Some(DocumentRef { name: "grande".into(), sha256: "ab".repeat(32), size: u64::MAX });
    draft
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn concurrent_appends_keep_the_chain(bad in proptest::collection::vec(any::<bool>(), 1..60), keyed: bool) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("registry.sqlite");
            let registry = Registry::open(&path, keyed.then(key)).await.unwrap();
            let other = Registry::open(&path, keyed.then(key)).await.unwrap();
            let mut tasks = Vec::new();
            for (number, bad) in bad.iter().copied().enumerate() {
                // Two handles stand for two processes.
                let registry = if number % 3 == 0 { other.clone() } else { registry.clone() };
                tasks.push(tokio::spawn(async move {
                    let begun = if bad { impossible() } else { intent(Act::DocumentSigned, number as i64) };
                    let record = registry.append(begun.clone()).await;
                    match record {
                        Err(RegistryError::Invalid { .. }) if bad => None,
                        Ok(record) if !bad => {
                            assert_eq!(record.entry.correlation, begun.correlation, "one's own record");
                            let ended = registry.append(begun.ended(START, Outcome::Succeeded)).await.unwrap();
                            assert!(ended.seq > record.seq);
                            Some([record, ended])
                        }
                        other => panic!("{other:?}"),
                    }
                }));
            }
            let mut seen = Vec::new();
            for task in tasks {
                seen.extend(task.await.unwrap().into_iter().flatten());
            }
            seen.sort_by_key(|record| record.seq);
            let good = bad.iter().filter(|bad| !**bad).count() as u64;
            assert_eq!(seen.len() as u64, 2 * good);
            for (number, record) in (1..).zip(&seen) {
                assert_eq!(record.seq, number, "none is skipped");
                assert_eq!(&registry.audit_record(number).await.unwrap(), record, "what was answered is what is kept");
            }
            let report = registry.verify().await.unwrap();
            assert!(report.is_intact(), "{report:?}");
            assert_eq!(report.records, 2 * good);
            assert_eq!(registry.trail_end().await.unwrap(), 2 * good);
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_kept_as_it_was_asked_for_and_as_far_as_it_came() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path()).await;
    let own = batch(identity(&registry).await);
    registry.add_batch(&own, &items(130)).await.unwrap();
    assert_eq!(registry.batch(own.id).await.unwrap(), own);
    assert_eq!(registry.batch_items(own.id).await.unwrap(), items(130));
    assert!(matches!(registry.add_batch(&own, &[]).await, Err(RegistryError::Conflict { .. })), "once");
    assert!(matches!(
        registry.add_batch(&batch(IdentityId::generate()), &[]).await,
        Err(RegistryError::Conflict { .. })
    ));

    let begun = intent(Act::DocumentSigned, 1);
    let entry = |position| JournalEntry::ItemBegun {
        batch: own.id,
        position,
        correlation: begun.correlation,
        sha256: "ab".repeat(32),
        at: START,
    };
    registry.append_with(begun.clone(), vec![entry(3)]).await.unwrap();
    // An intent and its rows are written together or not at all.
    let missing = registry.append_with(intent(Act::DocumentSigned, 2), vec![entry(1000)]).await;
    assert!(matches!(missing, Err(RegistryError::NotFound { .. })), "{missing:?}");
    assert_eq!(registry.trail_end().await.unwrap(), 1);

    // A result is recorded even where one of its rows cannot be; the others are.
    let signed = SignedDocument {
        id: DocumentId::generate(),
        name: "3.pdf".into(),
        input_sha256: "ab".repeat(32),
        output_sha256: "ef".repeat(32),
        format: "pades".into(),
        identity: IdentityId::generate(),
        signed_at: START,
        output_path: "/papeis/3-assinado.pdf".into(),
    };
    let at = START + Duration::MINUTE;
    let ended = JournalEntry::ItemEnded {
        batch: own.id,
        position: 3,
        state: BatchItemState::Done,
        output: Some(("/papeis/3-assinado.pdf".into(), "ef".repeat(32))),
        error: None,
        at,
    };
    let result = begun.ended(START, Outcome::Succeeded);
    registry.append_with(result, vec![JournalEntry::Signed(signed), ended]).await.unwrap();
    assert_eq!(registry.signed_documents(9).await.unwrap(), []);
    let third = registry.batch_items(own.id).await.unwrap().remove(3);
    assert_eq!((third.state, third.correlation), (BatchItemState::Done, Some(begun.correlation)));
    assert_eq!((third.started_at, third.ended_at), (Some(START), Some(at)));
    assert_eq!(third.output_path.as_deref(), Some(std::path::Path::new("/papeis/3-assinado.pdf")));

    let below = async |folder: &str| registry.results_below(std::path::Path::new(folder)).await.unwrap();
    assert_eq!(below("/papeis").await, [(third.path.clone(), std::path::PathBuf::from("/papeis/3-assinado.pdf"))]);
    for other in ["/papei", "/papeis/3", "/papeis/3-assinado.pdf", "/outros"] {
        assert_eq!(below(other).await, [], "{other}");
    }

    let recovered = JobId::generate();
    let on_record = |position| JournalEntry::ItemOnRecord { batch: own.id, position, correlation: recovered };
    registry.journal(vec![on_record(3)]).await.unwrap();
    let third = registry.batch_items(own.id).await.unwrap().remove(3);
    assert_eq!(
        (third.state, third.correlation),
        (BatchItemState::Done, Some(recovered)),
        "the act alone is another one"
    );
    assert!(matches!(registry.journal(vec![on_record(1000)]).await, Err(RegistryError::NotFound { .. })));

    // What is about to get a name is known with what its record will say, until the document's end; an error with its data.
    let detail = BTreeMap::from([("level_reached".to_owned(), "b-t".to_owned())]);
    let announced = JournalEntry::ItemAnnounced {
        batch: own.id,
        position: 4,
        output_path: "/papeis/4-assinado.pdf".into(),
        output_sha256: "ef".repeat(32),
        detail: detail.clone(),
    };
    registry.append_with(intent(Act::DocumentSigned, 4), vec![entry(4), announced]).await.unwrap();
    assert_eq!(registry.batch_items(own.id).await.unwrap().remove(4).announced, detail);
    let error =
        ItemError { code: "pdf_field_not_found".into(), params: BTreeMap::from([("field".into(), "«Ana»".into())]) };
    for (error, state) in [(Some(error), BatchItemState::Failed), (None, BatchItemState::Done)] {
        let ended =
            JournalEntry::ItemEnded { batch: own.id, position: 4, state, output: None, error: error.clone(), at };
        registry.journal(vec![ended]).await.unwrap();
        let fourth = registry.batch_items(own.id).await.unwrap().remove(4);
        assert_eq!((fourth.state, fourth.error, fourth.announced), (state, error, BTreeMap::new()));
    }

    assert_eq!(registry.open_batches().await.unwrap(), std::slice::from_ref(&own));
    assert_eq!(registry.batches(9).await.unwrap(), std::slice::from_ref(&own));
    registry.claim_batch(own.id, "1/2", "3/4").await.unwrap();
    assert!(
        matches!(registry.claim_batch(own.id, "1/2", "5/6").await, Err(RegistryError::Conflict { .. })),
        "the faster one"
    );
    let end =
        |reason: Option<&str>| vec![JournalEntry::BatchEnded { batch: own.id, reason: reason.map(Into::into), at }];
    registry.journal(end(Some("refeito em papel"))).await.unwrap();
    assert!(matches!(registry.journal(end(None)).await, Err(RegistryError::NotFound { .. })), "an end is an end");
    let kept = registry.batch(own.id).await.unwrap();
    assert_eq!(
        (kept.state, kept.reason.as_deref(), kept.ended_at),
        (BatchState::Abandoned, Some("refeito em papel"), Some(at))
    );
    let states = registry.batch_items(own.id).await.unwrap();
    assert_eq!(states.iter().filter(|item| item.state == BatchItemState::Cancelled).count(), 128);
    assert_eq!(registry.open_batches().await.unwrap(), []);
    assert_eq!(registry.batches(9).await.unwrap(), [kept], "what is over stays in the journal");
    assert_eq!(registry.batches(0).await.unwrap(), []);
    assert!(registry.verify().await.unwrap().is_intact());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_that_are_written_together_keep_their_own_values() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path()).await;
    let own = batch(identity(&registry).await);
    registry.add_batch(&own, &items(130)).await.unwrap();
    let digest = |kind: &str, position: u32| format!("{kind}{position:062x}");
    let mut tasks = Vec::new();
    for position in 0..133 {
        let (registry, batch) = (registry.clone(), own.id);
        tasks.push(tokio::spawn(async move {
            let begun = intent(Act::DocumentSigned, i64::from(position));
            let (correlation, sha256, at) = (begun.correlation, digest("aa", position), START);
            let entry = JournalEntry::ItemBegun { batch, position, correlation, sha256, at };
            match registry.append_with(begun, vec![entry]).await {
                Err(RegistryError::NotFound { .. }) if position >= 130 => return,
                Ok(_) if position < 130 => {}
                other => panic!("{position}: {other:?}"),
            }
            let output = (format!("/papeis/{position}.p7s").into(), digest("bb", position));
            let detail = BTreeMap::from([("output".to_owned(), position.to_string())]);
            let (output_path, output_sha256) = output.clone();
            let announced = JournalEntry::ItemAnnounced { batch, position, output_path, output_sha256, detail };
            registry.journal(vec![announced]).await.unwrap();
            if position % 2 == 0 {
                let (state, error, output) = (BatchItemState::Done, None, Some(output));
                registry
                    .journal(vec![JournalEntry::ItemEnded { batch, position, state, output, error, at }])
                    .await
                    .unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    for (position, item) in (0_u32..).zip(registry.batch_items(own.id).await.unwrap()) {
        assert_eq!(item.sha256, Some(digest("aa", position)));
        assert_eq!(item.output_sha256, Some(digest("bb", position)), "{item:?}");
        assert_eq!(item.output_path, Some(format!("/papeis/{position}.p7s").into()));
        let (state, announced) = match position % 2 {
            0 => (BatchItemState::Done, None),
            _ => (BatchItemState::Running, Some(position.to_string())),
        };
        assert_eq!((item.state, item.announced.get("output")), (state, announced.as_ref()));
    }

    // Two changes of one document come in their order, whatever is written together.
    let waits = JournalEntry::ItemWaits { batch: own.id, position: 5 };
    let failed = JournalEntry::ItemEnded {
        batch: own.id,
        position: 5,
        state: BatchItemState::Failed,
        output: None,
        error: None,
        at: START,
    };
    for (entries, state) in
        [(vec![failed.clone(), waits.clone()], BatchItemState::Waiting), (vec![waits, failed], BatchItemState::Failed)]
    {
        registry.journal(entries).await.unwrap();
        assert_eq!(registry.batch_items(own.id).await.unwrap().remove(5).state, state);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_setting_that_two_change_at_once_has_both_changes() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open(folder.path()).await;
    let add = |number: u32| {
        let registry = registry.clone();
        tokio::spawn(async move {
            let change = |before: Option<String>| Ok(format!("{}{number},", before.unwrap_or_default()));
            registry.update_setting::<RegistryError>("list", change).await.unwrap();
        })
    };
    let tasks: Vec<_> = (0..20).map(add).collect();
    for task in tasks {
        task.await.unwrap();
    }
    let list = registry.setting("list").await.unwrap().unwrap();
    assert_eq!(list.split_terminator(',').count(), 20, "{list}");
    // What cannot be changed stays as it was, and holds up nobody.
    let refuse = |_| Err(RegistryError::Invalid { field: "list", reason: "no".into() });
    assert!(matches!(registry.update_setting("list", refuse).await, Err(RegistryError::Invalid { .. })));
    assert_eq!(registry.setting("list").await.unwrap(), Some(list));
    registry.set_setting("list", "").await.unwrap();
}
