//! The process dies between the announcement of an act and its result.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use cartorio_aws::Limits;
use cartorio_office::dto::{
    AppState, CertificateKind, CertificateSummary, DocumentInfo, Environment, JobStatus, VerifyResult,
};
use cartorio_testkit::emulator::shared_ministack;
use serde_json::json;

use crate::aws::{Keys, REGION, enter, inputs, production};
use crate::host::{Host, Options, names, sign_request, with_passphrase};
use crate::proxy;
use crate::refusals::pdf_with;

const ENDPOINT: &str = "CARTORIO_TEST_ENDPOINT";
const HOME: &str = "CARTORIO_TEST_HOME";
const DOCUMENTS: &str = "CARTORIO_TEST_DOCUMENTS";
const RESULTS: &str = "CARTORIO_TEST_RESULTS";

/// The process that is killed; started by the tests below.
#[tokio::test]
#[ignore = "only as a child of the tests of this module"]
async fn victim() {
    let Some(home) = std::env::var_os(HOME).map(PathBuf::from) else { return };
    let Some(documents) = std::env::var_os(DOCUMENTS) else {
        Host::on(&home, Options::default()).ask::<AppState>("demo_start", json!({})).await.unwrap();
        return;
    };
    let documents: Vec<PathBuf> = std::env::split_paths(&documents).collect();
    let host = match std::env::var(ENDPOINT) {
        Ok(endpoint) => {
            let long = Duration::from_secs(300);
            let limits = Limits { attempts: 1, connect: long, attempt: long, operation: long };
            let host = Host::on(&home, Options { master: with_passphrase(), limits, ..Options::default() });
            enter(&host, &endpoint, REGION, &Keys::root()).await;
            host
        }
        Err(_) => {
            let host = Host::on(&home, Options::default());
            host.ask::<AppState>("demo_start", json!({})).await.unwrap();
            host
        }
    };
    let identity = host.identities().await.remove(0);
    let mut request = sign_request(&identity.id, &host.pick(&documents).await);
    request.output_folder = Some(host.pick_folder(Path::new(&std::env::var_os(RESULTS).unwrap())).await.id);
    host.sign(&request).await;
}

fn victim_on(home: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "kill::victim", "--ignored", "--nocapture"]);
    on(home, command)
}

fn on(home: &Path, mut command: Command) -> Command {
    command
        .env(HOME, home)
        .env_remove(DOCUMENTS)
        .env_remove(ENDPOINT)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_demonstration_is_built() {
    let host = Host::fresh();
    let home = host.home().to_owned();
    let mut killed = 0;
    // The first kills come before there is anything; each start goes a little further.
    for pause in (0..12).map(|n| Duration::from_millis(30 + n * 90)) {
        let mut victim = victim_on(&home).spawn().unwrap();
        std::thread::sleep(pause);
        killed += u32::from(victim.try_wait().unwrap().is_none());
        let _ = victim.kill();
        victim.wait().unwrap();
    }
    assert!(killed > 1, "{killed} starts were cut short");
    let state: AppState = host.ask("demo_start", json!({})).await.unwrap();
    assert!(state.interrupted.len() <= 8, "{:?}", state.interrupted);
    let certificates: Vec<CertificateSummary> = host.ask("certificates_list", json!({})).await.unwrap();
    for kind in [CertificateKind::Root, CertificateKind::Intermediate] {
        assert_eq!(certificates.iter().filter(|own| own.kind == kind).count(), 1, "{certificates:#?}");
    }
    assert_eq!(host.identities().await.len(), 1);
    let samples: Vec<DocumentInfo> = host.ask("documents_samples", json!({})).await.unwrap();
    let identity = host.identities().await.remove(0);
    let job = host.sign(&sign_request(&identity.id, &samples)).await;
    assert_eq!(job.status, JobStatus::Succeeded);
    let report = host.verify(&job.items[0].output.as_ref().unwrap().id).await;
    assert_eq!(report.result, VerifyResult::Passed, "{report:?}");
    host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_kms_is_asked() {
    let Some(server) = shared_ministack() else { return };
    let host = production(&server.endpoint()).await;
    host.identity("ECC_NIST_P256", "morta").await;
    let home = host.home().to_owned();
    let documents = inputs(&host);
    let results = host.folder("resultados");
    let (endpoint, asked) = proxy::swallowing_sign(&server.endpoint());
    let mut victim = victim_on(&home)
        .env(DOCUMENTS, std::env::join_paths(&documents).unwrap())
        .env(RESULTS, &results)
        .env(ENDPOINT, &endpoint)
        .spawn()
        .unwrap();
    asked.recv_timeout(Duration::from_secs(60)).expect("the key is asked");

    // Another window that opens meanwhile leaves the act alone: its process lives.
    let options = || Options { master: with_passphrase(), ..Options::default() };
    let meanwhile = Host::on(&home, options());
    assert!(meanwhile.state().await.interrupted.is_empty());

    victim.kill().unwrap();
    victim.wait().unwrap();
    let next = Host::on(&home, options());
    let state = next.state().await;
    assert_eq!((state.environment, state.resume_problem), (Environment::Production, None));
    let [act] = state.interrupted.as_slice() else { panic!("exactly one: {:?}", state.interrupted) };
    assert_eq!((act.act.as_str(), act.document.as_deref()), ("document_signed", Some("escritura.pdf")));

    let trail = next.trail().await;
    let intent = trail.iter().find(|record| record.seq == act.seq).unwrap();
    let results_of: Vec<_> =
        trail.iter().filter(|own| own.correlation == intent.correlation && own.seq != act.seq).collect();
    assert_eq!(results_of.len(), 1);
    assert_eq!((results_of[0].phase.as_str(), results_of[0].act.as_str()), ("interrupted", "document_signed"));
    assert_eq!(results_of[0].document_sha256, intent.document_sha256);
    next.assert_sound().await;
    assert!(names(&results).is_empty(), "{:?}", names(&results));
    assert_eq!(names(&host.folder("entrada")).len(), 2);

    // Shown until it is dismissed, and to nobody twice.
    let state: AppState = next.ask("notices_dismiss", json!({})).await.unwrap();
    assert!(state.interrupted.is_empty());
    assert!(Host::on(&home, options()).state().await.interrupted.is_empty());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_result_is_written() {
    use std::os::unix::process::ExitStatusExt;
    const SIGXFSZ: i32 = 25;
    let host = Host::demo().await;
    let home = host.home().to_owned();
    let document = host.folder("entrada").join("grande.pdf");
    std::fs::write(&document, pdf_with("", &vec![b' '; 48 << 20])).unwrap();
    // The office's own folder is swept at the next start; any other one when something is written there again.
    for (results, own) in [(home.join("demo/assinados"), true), (host.folder("resultados"), false)] {
        std::fs::create_dir_all(&results).unwrap();
        // Nothing else that is written is as large: the system ends whoever writes more than 40 MiB into one file.
        let mut shell = Command::new("sh");
        shell.args(["-c", r#"ulimit -c 0; ulimit -f 81920; exec "$0" "$@""#]).arg(std::env::current_exe().unwrap());
        shell.args(["--exact", "kill::victim", "--ignored", "--nocapture"]);
        let end = on(&home, shell).env(DOCUMENTS, &document).env(RESULTS, &results).status().unwrap();
        assert_eq!(end.signal(), Some(SIGXFSZ), "{end:?}");
        let litter = names(&results);
        assert!(litter.iter().all(|name| name.starts_with(".cartorio-")), "nothing half has a name: {litter:?}");
        // What is left where files have a name from the beginning.
        std::fs::write(results.join(".cartorio-morto.tmp"), "metade").unwrap();

        let next = Host::on(&home, Options::default());
        let state = next.state().await;
        let [act] = state.interrupted.as_slice() else { panic!("exactly one: {:?}", state.interrupted) };
        assert_eq!(act.document.as_deref(), Some("grande.pdf"));
        next.assert_sound().await;
        if !own {
            let small = host.folder("entrada").join("ata.txt");
            std::fs::write(&small, "ata").unwrap();
            let identity = next.identities().await.remove(0);
            let mut request = sign_request(&identity.id, &[next.pick_one(&small).await]);
            request.output_folder = Some(next.pick_folder(&results).await.id);
            assert_eq!(next.sign(&request).await.status, JobStatus::Succeeded);
        }
        let expected: &[&str] = if own { &[] } else { &["ata.txt.p7s"] };
        assert_eq!(names(&results), expected, "no output, no temporary file");
    }
}
