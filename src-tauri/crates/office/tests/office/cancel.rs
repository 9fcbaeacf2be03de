//! Stopping a batch: what is done is whole, what is not leaves nothing.

use std::sync::Arc;
use std::time::Duration;

use cartorio_office::dto::{DocumentInfo, ItemPhase, ItemState, JobSnapshot, JobStatus, VerifyResult};
use cartorio_testkit::pki::run;
use serde_json::json;

use crate::host::{Host, names, path_of, sign_request};

#[tokio::test]
async fn in_the_middle_of_a_batch() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    let samples: Vec<DocumentInfo> = host.ask("documents_samples", json!({})).await.unwrap();
    let source = path_of(&samples[0]);
    // Stopped in this phase of the third document: is that one still done?
    for (phase, third) in [
        (ItemPhase::Preparing, ItemState::Cancelled),
        (ItemPhase::Signing, ItemState::Cancelled),
        (ItemPhase::Checking, ItemState::Cancelled),
        (ItemPhase::Writing, ItemState::Done),
    ] {
        let folder = host.folder(&format!("{phase:?}"));
        let mut paths = Vec::new();
        for number in 0..6 {
            let path = folder.join(if number % 2 == 0 { format!("{number}.pdf") } else { format!("{number}.txt") });
            std::fs::copy(&source, &path).unwrap();
            if number % 2 == 1 {
                std::fs::write(&path, "ata").unwrap();
            }
            paths.push(path);
        }
        let documents = host.pick(&paths).await;
        let seq = host.last_seq().await;
        let office = Arc::clone(&host.office);
        *host.events.hook.lock().unwrap() = Some(Box::new(move |job| {
            if job.items[2].phase == Some(phase) {
                let stop = cartorio_office::dto::JobRef { id: job.id.clone() };
                run(cartorio_office::Commands::job_cancel(&*office, stop)).unwrap();
            }
        }));
        let job = host.sign(&sign_request(&identity.id, &documents)).await;
        *host.events.hook.lock().unwrap() = None;

        assert_eq!(job.status, JobStatus::Cancelled, "{phase:?}");
        let states: Vec<ItemState> = job.items.iter().map(|item| item.state).collect();
        let done = ItemState::Done;
        let cancelled = ItemState::Cancelled;
        // Its neighbours were under way at the same time, or never begun.
        assert_eq!(states[2], third, "{phase:?}: {states:?}");
        assert!(states.iter().all(|state| [done, cancelled].contains(state)), "{phase:?}: {states:?}");
        assert!(job.items.iter().all(|item| item.error.is_none() && item.phase.is_none()), "to stop is no error");
        let mut expected: Vec<String> = documents.iter().map(|document| document.name.clone()).collect();
        for item in job.items.iter().filter(|item| item.state == done) {
            let output = item.output.as_ref().unwrap();
            assert_eq!(host.verify(&output.id).await.result, VerifyResult::Passed, "{}", output.name);
            expected.push(output.name.clone());
        }
        expected.sort();
        assert_eq!(names(&folder), expected, "{phase:?}");

        let phases = host.phases("document_signed", seq).await;
        let of = |wanted: &str| phases.iter().filter(|phase| *phase == wanted).count();
        assert_eq!(of("succeeded"), states.iter().filter(|state| **state == done).count(), "{phase:?}");
        assert_eq!(of("succeeded") + of("cancelled"), of("intent"), "{phase:?}");
        // It can be asked again, and stays as it was.
        let again = host.ended(&job.id).await;
        assert_eq!(again.status, JobStatus::Cancelled);
    }
    host.assert_sound().await;
}

#[tokio::test]
async fn before_it_began_and_after_it_ended() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    let samples: Vec<DocumentInfo> = host.ask("documents_samples", json!({})).await.unwrap();
    let job = host.sign(&sign_request(&identity.id, &samples)).await;
    let after: cartorio_office::dto::JobSnapshot = host.ask("job_cancel", json!({"id": job.id})).await.unwrap();
    assert_eq!(after.status, JobStatus::Succeeded);

    let seq = host.last_seq().await;
    let started: cartorio_office::dto::JobSnapshot =
        host.ask("sign_start", json!(sign_request(&identity.id, &samples))).await.unwrap();
    let _: cartorio_office::dto::JobSnapshot = host.ask("job_cancel", json!({"id": started.id})).await.unwrap();
    let job = host.ended(&started.id).await;
    assert_eq!(job.status, JobStatus::Cancelled);
    assert!(job.items.iter().all(|item| item.state == ItemState::Cancelled && item.output.is_none()));
    assert!(!host.phases("document_signed", seq).await.iter().any(|phase| phase == "succeeded"));
    assert_eq!(names(&host.demo_folder().join("assinados")).len(), 2);
    host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_room_is_not_begun_while_the_batch_is_held_up() {
    // Each takes all the room that there is.
    const LARGE: u64 = 33 << 20;
    const MANY: usize = 6;
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    let folder = host.folder("grandes");
    let paths: Vec<_> = (0..MANY).map(|number| folder.join(format!("{number}.bin"))).collect();
    for path in &paths {
        std::fs::File::create(path).unwrap().set_len(LARGE).unwrap();
    }
    let request = sign_request(&identity.id, &host.pick(&paths).await);
    // From the first one's end on others are under way, and all of them but one wait for room. That one is kept from going on until
    // the batch is held up.
    let office = Arc::clone(&host.office);
    *host.events.hook.lock().unwrap() = Some(Box::new(move |job| {
        let is = |state| job.items.iter().any(|item| item.state == state);
        if is(ItemState::Done) && is(ItemState::Running) {
            let held = cartorio_office::dto::JobRef { id: job.id.clone() };
            run(cartorio_office::Commands::job_pause(&*office, held)).unwrap();
        }
    }));
    let started: JobSnapshot = host.ask("sign_start", json!(request)).await.unwrap();
    let look = async || host.ask::<JobSnapshot>("job_get", json!({"id": started.id})).await.unwrap();
    let of = |job: &JobSnapshot, state: ItemState| job.items.iter().filter(|item| item.state == state).count();
    let paused = loop {
        let job = look().await;
        if job.status == JobStatus::Paused {
            break job;
        }
        assert_eq!(job.status, JobStatus::Running, "it ended although it was held up");
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    *host.events.hook.lock().unwrap() = None;
    assert_eq!((of(&paused, ItemState::Done), of(&paused, ItemState::Waiting)), (2, MANY - 2), "{paused:?}");
    let _: JobSnapshot = host.ask("job_resume", json!({"id": started.id})).await.unwrap();
    while look().await.status == JobStatus::Paused {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let job = host.ended(&started.id).await;
    assert_eq!((job.status, of(&job, ItemState::Done)), (JobStatus::Succeeded, MANY), "each of them goes on");
    let begun = host.trail().await.into_iter().filter(|own| own.act == "document_signed" && own.phase == "intent");
    assert_eq!(begun.count(), MANY, "each was begun once");
    host.assert_sound().await;
}
