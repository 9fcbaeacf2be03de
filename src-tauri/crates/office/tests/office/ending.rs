//! A page that is loaded again, and a program that is about to end, while batches are under way.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cartorio_office::Question;
use cartorio_office::dto::{
    AppState, BatchKind, BatchView, ErrorChoice, IdentitySummary, ItemState, JobSnapshot, JobStatus, JobView, Locale,
    OperatorCard,
};
use serde_json::json;

use crate::batch::{pdfs, wait_for, with_a_changed_one};
use crate::host::{Host, names, sign_request};

const MANY: usize = 20;

async fn listed(host: &Host) -> Vec<JobView> {
    host.ask("jobs_list", json!({})).await.unwrap()
}

fn count(job: &JobSnapshot, state: ItemState) -> usize {
    job.items.iter().filter(|item| item.state == state).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_that_is_loaded_again_finds_what_is_under_way() {
    let host = Host::demo().await;
    assert!(listed(&host).await.is_empty());
    let identity: IdentitySummary = host.identities().await.remove(0);
    let (paused, _) = with_a_changed_one(&host, "espera", ErrorChoice::Pause).await;
    let [JobView { batch, job }] = listed(&host).await.try_into().unwrap();
    assert_eq!((&job.id, job.status, job.items.len()), (&paused.id, JobStatus::Paused, 3));
    assert_eq!((job.waits_for.unwrap().code.as_str(), job.batch.as_ref()), ("document_changed", Some(&batch.id)));
    assert_eq!(
        (batch.kind, &batch.identity, batch.key_ref.as_ref()),
        (BatchKind::Sign, &identity.label, Some(&identity.key_ref))
    );
    assert_eq!((batch.total, batch.done, batch.left), (3, 2, 1));

    // Somebody else in the seat is told nothing of it.
    let cards: Vec<OperatorCard> = host.ask("operators_list", json!({})).await.unwrap();
    let me = host.state().await.operator.unwrap().id;
    let other = cards.iter().find(|card| card.operator.id != me).unwrap();
    host.ask::<AppState>("operator_switch", json!({"id": other.operator.id})).await.unwrap();
    assert!(listed(&host).await.is_empty());
    host.ask::<AppState>("operator_switch", json!({"id": me})).await.unwrap();

    // Of those that ended, the last one is told: the page may have been away when it did.
    let _: JobSnapshot = host.ask("job_cancel", json!({"id": paused.id})).await.unwrap();
    wait_for(&host, &paused.id, JobStatus::Cancelled).await;
    let documents = host.pick(&pdfs(&host.folder("outra"), 2)).await;
    let ended = host.sign(&sign_request(&identity.id, &documents)).await;
    assert_eq!(ended.status, JobStatus::Succeeded);
    let [JobView { batch, job }] = listed(&host).await.try_into().unwrap();
    assert_eq!((job.id, job.status, batch.done, batch.left), (ended.id, JobStatus::Succeeded, 2, 0));

    // Another office has none of them.
    host.ask::<AppState>("session_leave", json!({})).await.unwrap();
    assert_eq!(host.code("jobs_list", json!({})).await, "no_office");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_the_window_asks_while_something_waits() {
    let host = Host::demo().await;
    assert!(!host.office.is_at_work());
    assert!(host.office.may_end().await);
    assert!(host.dialogs.questions.lock().unwrap().is_empty(), "nobody is asked for nothing");
    let (paused, _) = with_a_changed_one(&host, "espera", ErrorChoice::Pause).await;
    assert!(host.office.is_at_work());
    assert!(!host.office.may_end().await, "a question that is closed means no");
    host.ask::<AppState>("preferences_save", json!({"locale": Locale::En, "theme": "light"})).await.unwrap();
    host.dialogs.answers.lock().unwrap().push_back(true);
    assert!(host.office.may_end().await);
    let asked: Vec<Question> = host.dialogs.questions.lock().unwrap().clone();
    let [portuguese, english] = &asked[..] else { panic!("{asked:?}") };
    assert!(portuguese.text.starts_with("Falta 1 de 3 documentos. "), "{}", portuguese.text);
    assert!(english.text.starts_with("1 of 3 documents is still to be done. "), "{}", english.text);
    let _: JobSnapshot = host.ask("job_cancel", json!({"id": paused.id})).await.unwrap();
    wait_for(&host, &paused.id, JobStatus::Cancelled).await;
    assert!(!host.office.is_at_work());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_begun_is_finished_before_the_program_ends() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    for is_asked in [true, false] {
        let folder = host.folder(&format!("entrada-{is_asked}"));
        let documents = host.pick(&pdfs(&folder, MANY)).await;
        // The first document, which goes alone, stays under way until the program is about to end.
        let (begun, first) = channel();
        let (go_on, goes_on) = channel::<()>();
        let goes_on = Mutex::new(goes_on);
        *host.events.hook.lock().unwrap() = Some(Box::new(move |_| {
            if begun.send(()).is_ok() {
                let _ = goes_on.lock().unwrap().recv();
            }
        }));
        let started: JobSnapshot = host.ask("sign_start", json!(sign_request(&identity.id, &documents))).await.unwrap();
        tokio::task::spawn_blocking(move || first.recv().unwrap()).await.unwrap();
        let office = Arc::clone(&host.office);
        host.dialogs.answers.lock().unwrap().push_back(true);
        let ending = tokio::spawn(async move {
            if is_asked {
                assert!(office.may_end().await);
            } else {
                office.end().await;
            }
        });
        let look = async || host.ask::<JobSnapshot>("job_get", json!({"id": started.id})).await.unwrap();
        while !look().await.held {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(!ending.is_finished());
        drop(go_on);
        ending.await.unwrap();
        let rests = look().await;
        assert_eq!((rests.status, count(&rests, ItemState::Running)), (JobStatus::Paused, 0));
        let (done, left) = (count(&rests, ItemState::Done), count(&rests, ItemState::Waiting));
        assert_eq!((done, left), (1, MANY - 1), "what was begun is done, and nothing else");
        assert_eq!(names(&folder).iter().filter(|name| name.ends_with("-assinado.pdf")).count(), done);
        // The journal says the same to whoever opens the program next.
        let [JobView { batch, .. }] = listed(&host).await.try_into().unwrap();
        assert_eq!((batch.done as usize, batch.left as usize), (done, left));
        *host.events.hook.lock().unwrap() = None;
        let _: JobSnapshot = host.ask("job_cancel", json!({"id": started.id})).await.unwrap();
        wait_for(&host, &started.id, JobStatus::Cancelled).await;
    }
    host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_leaves_the_office_loses_no_batch() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    let folder = host.folder("entrada");
    let mut paths = pdfs(&folder, 400);
    // A name as old systems left them is found again, too.
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::ffi::OsStrExt;
        let old = folder.join(std::ffi::OsStr::from_bytes(b"certid\xe3o.pdf"));
        std::fs::rename(&paths[399], &old).unwrap();
        paths[399] = old;
    }
    let documents = host.pick(&paths).await;
    let _: JobSnapshot = host.ask("sign_start", json!(sign_request(&identity.id, &documents))).await.unwrap();
    host.ask::<AppState>("session_leave", json!({})).await.unwrap();
    let signed = || names(&folder).iter().filter(|name| name.ends_with("-assinado.pdf")).count();
    let done = signed();
    assert!(done < 400);
    host.ask::<AppState>("demo_start", json!({})).await.unwrap();
    assert!(listed(&host).await.is_empty(), "it is told as interrupted");
    let batches: Vec<BatchView> = host.ask("batches_interrupted", json!({})).await.unwrap();
    let [batch] = &batches[..] else { panic!("{batches:?}") };
    assert_eq!((batch.total, batch.failed, batch.key_ref.as_ref()), (400, 0, Some(&identity.key_ref)));
    assert_eq!(batch.done as usize, done);
    let job: JobSnapshot = host.ask("batch_resume", json!({"id": batch.id})).await.unwrap();
    let ended = wait_for(&host, &job.id, JobStatus::Succeeded).await;
    assert_eq!((count(&ended, ItemState::Done), signed()), (400, 400));
    // Each document has one result on record.
    let mut made: Vec<String> = host
        .trail()
        .await
        .into_iter()
        .filter(|own| own.phase == "succeeded" && ["document_signed", "result_recovered"].contains(&own.act.as_str()))
        .filter_map(|own| own.document)
        .collect();
    made.sort();
    made.dedup();
    assert_eq!(made.len(), 400);

    // One that somebody has cancelled is over, whoever leaves.
    let (paused, _) = with_a_changed_one(&host, "espera", ErrorChoice::Pause).await;
    let _: JobSnapshot = host.ask("job_cancel", json!({"id": paused.id})).await.unwrap();
    host.ask::<AppState>("session_leave", json!({})).await.unwrap();
    host.ask::<AppState>("demo_start", json!({})).await.unwrap();
    assert!(host.ask::<Vec<BatchView>>("batches_interrupted", json!({})).await.unwrap().is_empty());
    host.assert_sound().await;
}

#[tokio::test]
async fn a_lost_page_is_asked_about() {
    let host = Host::demo().await;
    host.dialogs.answers.lock().unwrap().push_back(true);
    assert!(host.office.shows_again().await);
    assert!(!host.office.shows_again().await);
    let asked = host.dialogs.questions.lock().unwrap().clone();
    assert!(!asked[0].text.contains("andamento"), "nothing is under way");
}
