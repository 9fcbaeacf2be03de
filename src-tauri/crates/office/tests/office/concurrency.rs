//! Several offices on one home at the same time: two windows, a window and a command line, an impatient double click.

use std::path::PathBuf;
use std::sync::Arc;

use cartorio_office::dto::{AppState, CertificateSummary, JobStatus, VerifyResult};
use serde_json::json;

use crate::host::{Host, names, path_of, sign_request};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demonstration_is_built_once_however_often_it_is_asked_for() {
    let first = Host::fresh();
    let second = Host::on(first.home(), Default::default());
    let (a, b, c) = tokio::join!(
        first.ask::<AppState>("demo_start", json!({})),
        second.ask::<AppState>("demo_start", json!({})),
        first.ask::<AppState>("demo_start", json!({})),
    );
    for state in [a.unwrap(), b.unwrap(), c.unwrap()] {
        assert!(state.interrupted.is_empty(), "{:?}", state.interrupted);
    }
    for host in [&first, &second] {
        let certificates: Vec<CertificateSummary> = host.ask("certificates_list", json!({})).await.unwrap();
        assert_eq!(certificates.len(), 3, "{certificates:#?}");
        assert_eq!(host.identities().await.len(), 1);
        host.assert_sound().await;
    }
    assert_eq!(first.phases("demo_created", 0).await, ["intent", "succeeded"]);
    let operators: std::collections::BTreeSet<String> =
        first.trail().await.into_iter().map(|record| record.operator).collect();
    assert_eq!(operators.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_offices_sign_into_one_folder() {
    const EACH: usize = 12;
    let one = Host::demo().await;
    let two = Host::on(one.home(), Default::default());
    assert_eq!(two.state().await.interrupted.len(), 0);
    let results = one.folder("resultados");
    let identity = one.identities().await.remove(0).id;
    let seq = one.last_seq().await;

    let mut requests = Vec::new();
    for (host, name) in [(&one, "um"), (&two, "dois")] {
        // The same names in both, so that they want the same result names.
        let folder = one.folder(name);
        let paths: Vec<PathBuf> = (0..EACH).map(|number| folder.join(format!("{number}.txt"))).collect();
        paths.iter().for_each(|path| std::fs::write(path, format!("ata {name}")).unwrap());
        let mut request = sign_request(&identity, &host.pick(&paths).await);
        request.output_folder = Some(host.pick_folder(&results).await.id);
        requests.push(request);
    }
    // A third one opens again and again while they work, and takes nothing for interrupted.
    let home = one.home().to_owned();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let watching = Arc::clone(&stop);
    let visitor = tokio::spawn(async move {
        let mut visits = 0;
        while !watching.load(std::sync::atomic::Ordering::SeqCst) {
            let state = Host::on(&home, Default::default()).state().await;
            assert_eq!(state.resume_problem, None);
            assert!(state.interrupted.is_empty(), "{:?}", state.interrupted);
            visits += 1;
        }
        visits
    });
    let (first, second) = tokio::join!(one.sign(&requests[0]), two.sign(&requests[1]));
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    assert!(visitor.await.unwrap() > 0);

    let mut outputs = Vec::new();
    for (host, job) in [(&one, &first), (&two, &second)] {
        assert_eq!(job.status, JobStatus::Succeeded, "{job:#?}");
        for item in &job.items {
            let output = item.output.as_ref().unwrap();
            outputs.push(output.name.clone());
            let request = json!({"document": output.id, "content": item.document});
            let report: cartorio_office::dto::VerifyReport = host.ask("verify", request).await.unwrap();
            assert_eq!(report.result, VerifyResult::Passed, "{}: its own content, not the other's", output.name);
            assert!(path_of(output).starts_with(results.canonicalize().unwrap()));
        }
    }
    outputs.sort();
    assert_eq!(names(&results), outputs, "every result has a name of its own");
    outputs.dedup();
    assert_eq!(outputs.len(), 2 * EACH);

    let phases = one.phases("document_signed", seq).await;
    assert_eq!(phases.iter().filter(|phase| *phase == "succeeded").count(), 2 * EACH);
    assert_eq!(phases.len(), 4 * EACH);
    let [seen, also] = [one.assert_sound().await, two.assert_sound().await];
    assert!(also.records > seen.records, "one trail for both");
}
