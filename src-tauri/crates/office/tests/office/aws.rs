//! The AWS path against a KMS-compatible server process that checks signatures, clocks and policies.

use std::path::PathBuf;
use std::sync::OnceLock;

use aws_config::BehaviorVersion;
use cartorio_core::Retry;
use cartorio_office::dto::{
    AppState, CallerIdentityView, CertificateSummary, Environment, IdentitySummary, ItemState, JobSnapshot, JobStatus,
    KeyList, KeyOriginView, KeyProtection, KmsLimits, LegalLabel, ProfileView, SignFormat, VerifyResult,
};
use cartorio_office::{MasterChoice, MasterOptions, Passphrase};
use cartorio_registry::{Act, AuditFilter, AuditPage, Registry};
use cartorio_testkit::emulator::{ACCESS_KEY, SECRET_KEY, shared_ministack, start_microburst};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::host::{Host, Options, built_once, copy, names, path_of, sha256, sign_request, with_passphrase};
use crate::refusals::pdf;
use crate::{judges, proxy};

pub const REGION: &str = "sa-east-1";

/// Access keys as AWS shows them.
#[derive(Clone)]
pub struct Keys {
    pub id: String,
    pub secret: String,
    pub token: Option<String>,
}

impl Keys {
    pub fn root() -> Self {
        Self { id: ACCESS_KEY.to_owned(), secret: SECRET_KEY.to_owned(), token: None }
    }

    pub fn json(&self) -> String {
        json!({"access_key_id": self.id, "secret_access_key": self.secret, "session_token": self.token}).to_string()
    }
}

fn credentials() -> aws_credential_types::Credentials {
    aws_credential_types::Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test")
}

/// The plain SDK, for what the product does not do: disable and delete keys.
pub fn admin(endpoint: &str) -> aws_sdk_kms::Client {
    aws_sdk_kms::Client::from_conf(
        aws_sdk_kms::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_config::Region::new(REGION))
            .credentials_provider(credentials())
            .endpoint_url(endpoint)
            .build(),
    )
}

/// Access keys of a federated user who may do `actions` and nothing else.
pub async fn federated(endpoint: &str, actions: &[&str]) -> Keys {
    let sts = aws_sdk_sts::Client::from_conf(
        aws_sdk_sts::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_config::Region::new(REGION))
            .credentials_provider(credentials())
            .endpoint_url(endpoint)
            .build(),
    );
    let policy = json!({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
    });
    let answer = sts.get_federation_token().name("escrevente").policy(policy.to_string()).send().await.unwrap();
    let given = answer.credentials.unwrap();
    Keys { id: given.access_key_id, secret: given.secret_access_key, token: Some(given.session_token) }
}

/// Points the profile at `endpoint` in `region` with `keys`, and enters production with it.
pub async fn enter(host: &Host, endpoint: &str, region: &str, keys: &Keys) -> AppState {
    // A production that is there already opens first: its profile is changed from inside it alone.
    host.state().await;
    let profile = json!({
        "name": "ensaio", "region": region, "endpoint": endpoint, "use_fips": false, "source": "keyring",
        "named_profile": null, "access_keys": host.sealed(&keys.json()).await,
    });
    let profiles: Vec<ProfileView> = host.ask("profile_save", profile).await.unwrap();
    assert!(profiles[0].has_stored_keys);
    let start = json!({"profile": "ensaio", "office_name": "Cartório de Ensaio", "operator_name": "Helena Prado"});
    host.ask("production_start", start).await.unwrap()
}

/// Production, open. Its CA is made once for all tests; each has its own copy.
pub async fn production(endpoint: &str) -> Host {
    static BUILT: OnceLock<TempDir> = OnceLock::new();
    let built = BUILT.get_or_init(|| {
        built_once(|home| async move {
            let host = Host::on(&home, Options { master: with_passphrase(), ..Options::default() });
            enter(&host, "http://127.0.0.1:9", REGION, &Keys::root()).await;
        })
    });
    let host = Host::fresh_with(Options { master: with_passphrase(), ..Options::default() });
    copy(built.path(), host.home());
    let state = enter(&host, endpoint, REGION, &Keys::root()).await;
    assert_eq!(state.environment, Environment::Production);
    host
}

/// A PDF and a text in a folder of their own.
pub fn inputs(host: &Host) -> Vec<PathBuf> {
    let folder = host.folder("entrada");
    let paths = vec![folder.join("escritura.pdf"), folder.join("ata.txt")];
    std::fs::write(&paths[0], pdf("")).unwrap();
    std::fs::write(&paths[1], "ata de ensaio").unwrap();
    paths
}

#[tokio::test]
async fn keys_in_kms_sign_pdfs_and_files_and_every_judge_agrees() {
    let Some(server) = shared_ministack() else { return };
    let host = production(&server.endpoint()).await;
    let state = host.state().await;
    assert_eq!(state.key_protection, Some(KeyProtection::Passphrase));
    assert_eq!(state.profile.as_ref().unwrap().region, REGION);
    assert_eq!(
        (state.office_name.as_deref(), state.operator.unwrap().role),
        (Some("Cartório de Ensaio"), "notary".into())
    );
    let caller: CallerIdentityView = host.ask("profile_test", json!({"name": "ensaio"})).await.unwrap();
    assert_eq!((caller.account.len(), caller.region.as_str()), (12, REGION));

    let rsa = host.identity("RSA_2048", "rsa").await;
    let curve = host.identity("ECC_NIST_P256", "curva").await;
    let paths = inputs(&host);
    let before: Vec<String> = paths.iter().map(|path| sha256(path)).collect();
    let root = host.root_pem(&rsa.id).await;
    for (identity, algorithm) in
        [(&rsa, "RSASSA_PKCS1_V1_5_SHA_256"), (&rsa, "RSASSA_PSS_SHA_256"), (&curve, "ECDSA_SHA_256")]
    {
        assert_eq!(identity.key_origin, KeyOriginView::AwsKms);
        assert_ne!(identity.legal, LegalLabel::Demonstration);
        let folder = host.folder(algorithm);
        let documents = host.pick(&paths).await;
        let mut request = sign_request(&identity.id, &documents);
        request.algorithm = Some(algorithm.to_owned());
        request.output_folder = Some(host.pick_folder(&folder).await.id);
        let seq = host.last_seq().await;
        let job = host.sign(&request).await;
        assert_eq!(job.status, JobStatus::Succeeded, "{job:#?}");
        let records = host.trail().await;
        let results: Vec<_> = records.iter().filter(|record| record.seq > seq && record.phase == "succeeded").collect();
        for (item, path) in job.items.iter().zip(&paths) {
            let receipt = item.receipt.as_ref().unwrap();
            let request_id = receipt.request_id.as_ref().expect("CloudTrail knows it by the request id");
            let record = results.iter().find(|record| record.seq == receipt.audit_seq).unwrap();
            assert_eq!(record.request_id.as_ref(), Some(request_id));
            assert_eq!(
                (record.key_id.as_ref(), record.environment.as_str()),
                (Some(&receipt.key_id), "ensaio@sa-east-1")
            );
            assert!(receipt.key_id.starts_with("arn:aws:kms:sa-east-1:"), "{}", receipt.key_id);
            let output = item.output.as_ref().unwrap();
            let signed = path_of(output);
            let content = host.pick_one(path).await;
            let request = json!({"document": output.id, "content": content.id});
            let report: cartorio_office::dto::VerifyReport = host.ask("verify", request).await.unwrap();
            assert_eq!(report.result, VerifyResult::Passed, "{report:?}");
            match receipt.format {
                SignFormat::Pades => {
                    judges::pdfsig(&signed);
                    judges::mutool(&signed);
                    judges::pyhanko(&signed, &root, 1);
                }
                SignFormat::CadesDetached => judges::openssl_cms(&signed, path, &root),
                SignFormat::CadesEnveloping | SignFormat::Raw => panic!("nobody asked for that"),
            }
        }
        let ids: std::collections::BTreeSet<_> =
            job.items.iter().map(|item| item.receipt.as_ref().unwrap().request_id.clone()).collect();
        assert_eq!(ids.len(), 2, "one request each");
        assert_eq!(names(&folder).len(), 2);
    }
    assert_eq!(paths.iter().map(|path| sha256(path)).collect::<Vec<_>>(), before);

    let keys: KeyList = host.ask("keys_list", json!({})).await.unwrap();
    let own = keys.keys.iter().find(|key| key.key_id == arn(&rsa)).unwrap();
    assert_eq!((own.origin, own.identities.as_slice()), (KeyOriginView::AwsKms, ["rsa".to_owned()].as_slice()));
    two_people_are_needed(&host).await;
    host.assert_sound().await;
}

/// What leaves the house, or is handed out, needs a second person.
async fn two_people_are_needed(host: &Host) {
    let seq = host.last_seq().await;
    let subscriber = json!({
        "name": "Maria da Conceição", "cpf": "529.982.247-25", "email": "maria@exemplo.com.br", "key_spec": "RSA_2048",
    });
    assert_eq!(host.code("subscriber_issue", subscriber).await, "approval_required");
    let certificates: Vec<CertificateSummary> = host.ask("certificates_list", json!({})).await.unwrap();
    for certificate in certificates {
        assert!(!certificate.exportable, "{certificate:?}");
        if certificate.kind == cartorio_office::dto::CertificateKind::Identity {
            assert_eq!(certificate.not_exportable_reason.as_deref(), Some("kms_key"));
        }
        let password = host.sealed("Tabeliao-Ensaio-4711").await;
        let request = json!({"certificate": certificate.id, "friendly_name": null, "password": password});
        // A key that cannot leave is not even asked about.
        assert_eq!(host.code("p12_export", request).await, "not_exportable");
    }
    assert_eq!(host.last_seq().await, seq);
}

fn arn(identity: &IdentitySummary) -> String {
    identity.key_ref.strip_prefix("awskms:").unwrap().to_owned()
}

/// Signs two documents and expects the first to fail with `code` and the batch to stop there: nothing is written, and the
/// trail has one failed act.
async fn refused(host: &Host, identity: &IdentitySummary, code: &str) -> (JobSnapshot, Option<String>) {
    let paths = inputs(host);
    let folder = host.folder("resultados");
    let documents = host.pick(&paths).await;
    let mut request = sign_request(&identity.id, &documents);
    request.output_folder = Some(host.pick_folder(&folder).await.id);
    request.profile.on_error.key = cartorio_office::dto::ErrorChoice::Stop;
    let seq = host.last_seq().await;
    let job = host.sign(&request).await;
    assert_eq!(job.status, JobStatus::Failed, "nobody stopped it: {job:#?}");
    let [first, second] = job.items.as_slice() else { panic!("{job:?}") };
    let error = first.error.as_ref().unwrap();
    assert_eq!((first.state, error.code.as_str()), (ItemState::Failed, code), "{error:?}");
    assert_eq!(second.state, ItemState::Cancelled, "the key is not asked again");
    assert_eq!(second.error.as_ref().map(|error| error.code.as_str()), Some(code), "and it says why");
    assert!(names(&folder).is_empty(), "{code}: {:?}", names(&folder));
    assert_eq!(names(&host.folder("entrada")).len(), 2);
    assert_eq!(host.phases("document_signed", seq).await, ["intent".to_owned(), format!("failed:{code}")]);
    let record = host.trail().await.pop().unwrap();
    host.assert_sound().await;
    (job, record.request_id)
}

#[tokio::test]
async fn a_key_that_was_switched_off_or_condemned() {
    let Some(server) = shared_ministack() else { return };
    let host = production(&server.endpoint()).await;
    let admin = admin(&server.endpoint());
    let off = host.identity("ECC_NIST_P256", "desligada").await;
    admin.disable_key().key_id(arn(&off)).send().await.unwrap();
    let (job, _) = refused(&host, &off, "key_disabled").await;
    assert_eq!(job.items[0].error.as_ref().unwrap().retry, Retry::AfterAction);
    let condemned = host.identity("ECC_NIST_P256", "condenada").await;
    admin.schedule_key_deletion().key_id(arn(&condemned)).pending_window_in_days(7).send().await.unwrap();
    let (job, _) = refused(&host, &condemned, "key_pending_deletion").await;
    assert_eq!(job.items[0].error.as_ref().unwrap().retry, Retry::Never);

    // Switched on again, it signs.
    admin.enable_key().key_id(arn(&off)).send().await.unwrap();
    let documents = host.pick(&inputs(&host)).await;
    assert_eq!(host.sign(&sign_request(&off.id, &documents)).await.status, JobStatus::Succeeded);
}

#[tokio::test]
async fn credentials_that_may_not_sign_or_are_wrong() {
    let Some(server) = shared_ministack() else { return };
    let host = production(&server.endpoint()).await;
    let identity = host.identity("ECC_NIST_P256", "alheia").await;

    let reader = federated(&server.endpoint(), &["kms:DescribeKey", "kms:GetPublicKey", "kms:List*"]).await;
    enter(&host, &server.endpoint(), REGION, &reader).await;
    let (job, request_id) = refused(&host, &identity, "aws_access_denied").await;
    let error = job.items[0].error.as_ref().unwrap();
    assert_eq!(error.params["action"], "kms:Sign", "{error:?}");
    // This server gives none with a refusal; AWS does.
    assert_eq!(request_id.as_ref(), error.params.get("request_id"), "the trail has the request id of the refusal");

    let wrong = Keys { secret: "outrosegredoquenaoeesteaqui4711".to_owned(), ..reader };
    enter(&host, &server.endpoint(), REGION, &wrong).await;
    refused(&host, &identity, "aws_invalid_credentials").await;
    assert_eq!(host.code("profile_test", json!({"name": "ensaio"})).await, "aws_invalid_credentials");
    let seq = host.last_seq().await;
    // The account does not answer; the keys of this machine are shown all the same.
    let list: KeyList = host.ask("keys_list", json!({})).await.unwrap();
    assert_eq!(list.problems[0].error.code, "aws_invalid_credentials");
    assert!(list.keys.iter().all(|key| key.origin == KeyOriginView::Local) && !list.keys.is_empty());
    assert_eq!(host.phases("keys_listed", seq).await, ["intent", "succeeded"]);

    // Keys that somebody took out of the keyring.
    enter(&host, &server.endpoint(), REGION, &Keys::root()).await;
    use cartorio_keys::local::Keyring;
    host.keyring.delete("cartorio-digital/aws", "ensaio").unwrap();
    let again = json!({"profile": "ensaio"});
    let state: AppState = host.ask("production_start", again).await.unwrap();
    assert!(!state.profile.unwrap().has_stored_keys);
    refused(&host, &identity, "aws_no_credentials").await;
}

#[tokio::test]
async fn a_key_of_another_region() {
    let Some(server) = shared_ministack() else { return };
    let host = production(&server.endpoint()).await;
    let key = host.key("ECC_NIST_P256", "paulista").await;
    let alias = format!("awskms:alias/{}", key.aliases[0]);
    let seq = host.last_seq().await;

    let elsewhere = format!("{alias}?region=us-east-1");
    let error = host.identity_for(&elsewhere, "longe").await.unwrap_err();
    assert_eq!((error.code.as_str(), error.params["region"].as_str()), ("key_not_found", "us-east-1"), "{error:?}");
    enter(&host, &server.endpoint(), "us-east-1", &Keys::root()).await;
    let error = host.identity_for(&alias, "longe").await.unwrap_err();
    assert_eq!((error.code.as_str(), error.params["region"].as_str()), ("key_not_found", "us-east-1"), "{error:?}");
    assert_eq!(host.code("key_describe", json!({"key_ref": alias})).await, "key_not_found");
    let failed = ["intent", "failed:key_not_found", "intent", "failed:key_not_found"];
    assert_eq!(host.phases("identity_created", seq).await, failed);
    assert!(host.identities().await.is_empty());

    // Made where the key is, an identity knows its region for good.
    enter(&host, &server.endpoint(), REGION, &Keys::root()).await;
    let identity = host.identity_for(&alias, "perto").await.unwrap();
    enter(&host, &server.endpoint(), "us-east-1", &Keys::root()).await;
    let documents = host.pick(&inputs(&host)).await;
    let job = host.sign(&sign_request(&identity.id, &documents)).await;
    assert_eq!(job.status, JobStatus::Succeeded);
    assert!(job.items[0].receipt.as_ref().unwrap().key_id.contains(":sa-east-1:"));
    host.assert_sound().await;
}

#[tokio::test]
async fn a_network_that_fails() {
    let Some(server) = shared_ministack() else { return };
    let host = production(&server.endpoint()).await;
    let identity = host.identity("ECC_NIST_P256", "distante").await;

    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = format!("http://{closed}");
    enter(&host, &nobody, REGION, &Keys::root()).await;
    let (job, _) = refused(&host, &identity, "aws_unreachable").await;
    let error = job.items[0].error.as_ref().unwrap();
    assert_eq!((error.params["endpoint"].as_str(), error.retry), (nobody.as_str(), Retry::Later));

    let Some(slow) = start_microburst(&server.endpoint()) else { return };
    enter(&host, &slow.endpoint(), REGION, &Keys::root()).await;
    slow.add_rules(r#"[{"service":"kms","operation":"Sign","times":6,"error":{"code":"ThrottlingException"}}]"#);
    let (job, _) = refused(&host, &identity, "aws_throttled").await;
    let error = job.items[0].error.as_ref().unwrap();
    assert_eq!((error.params["attempts"].as_str(), error.retry), ("6", Retry::Later));
    assert_eq!(attempts(&host).await, Some(6), "and so does the trail");

    // A single refusal is not worth a word.
    slow.add_rules(r#"[{"service":"kms","operation":"Sign","times":1,"error":{"code":"ThrottlingException"}}]"#);
    let documents = host.pick(&inputs(&host)).await;
    let mut request = sign_request(&identity.id, &documents[..1]);
    request.output_folder = Some(host.pick_folder(&host.folder("boas")).await.id);
    assert_eq!(host.sign(&request).await.status, JobStatus::Succeeded);
    assert_eq!(attempts(&host).await, Some(2), "but on record, because CloudTrail has both");

    // The server looks at the clock of users, not at root's.
    let user = federated(&server.endpoint(), &["kms:*"]).await;
    enter(&host, &server.endpoint(), REGION, &user).await;
    host.clock.advance(time::Duration::hours(2));
    refused(&host, &identity, "aws_clock_skew").await;
}

/// Attempts that the newest signature took, as the trail has them.
async fn attempts(host: &Host) -> Option<u32> {
    let registry = Registry::open(host.home().join("production/registry.db"), None).await.unwrap();
    let filter = AuditFilter { act: Some(Act::DocumentSigned), ..AuditFilter::default() };
    let newest = registry.list_audit(&filter, AuditPage { before: None, limit: 1 }).await.unwrap().remove(0);
    registry.close().await;
    newest.entry.attempts
}

#[tokio::test]
async fn a_server_that_lies() {
    let Some(server) = shared_ministack() else { return };
    let host = production(&server.endpoint()).await;
    let rsa = host.identity("RSA_2048", "rsa").await;
    let curve = host.identity("ECC_NIST_P256", "curva").await;
    let other = host.key("ECC_NIST_P256", "outra").await;

    let flip = proxy::lying(&server.endpoint(), |answer| {
        if let Some(start) = proxy::value_of(answer, "Signature") {
            let byte = &mut answer[start + 20];
            *byte = if *byte == b'A' { b'B' } else { b'A' };
        }
    });
    enter(&host, &flip, REGION, &Keys::root()).await;
    for identity in [&rsa, &curve] {
        refused(&host, identity, "key_bad_signature").await;
    }

    // Another key's public half, and its signature with it: the certificate tells.
    let (from, to) = (arn(&curve), other.key_id.clone());
    let admin = admin(&server.endpoint());
    let mut halves = Vec::new();
    for key in [&from, &to] {
        let answer = admin.get_public_key().key_id(key).send().await.unwrap();
        use base64::Engine;
        halves.push(base64::engine::general_purpose::STANDARD.encode(answer.public_key().unwrap().as_ref()));
    }
    let swap = proxy::lying(&server.endpoint(), move |answer| {
        if let Some(at) = proxy::find(answer, halves[0].as_bytes()) {
            answer[at..at + halves[1].len()].copy_from_slice(halves[1].as_bytes());
        }
    });
    enter(&host, &swap, REGION, &Keys::root()).await;
    refused(&host, &curve, "identity_key_mismatch").await;
}

#[tokio::test]
async fn a_profile_keeps_its_limits_for_kms_until_others_are_given() {
    let host = Host::fresh();
    let save = async |limits: Value| {
        let profile = json!({"name": "p", "region": REGION, "use_fips": false, "source": "default", "kms": limits});
        host.ask::<Vec<ProfileView>>("profile_save", profile).await.map(|all| all[0].kms)
    };
    let of = |at_once, per_second| KmsLimits { at_once, per_second };
    assert_eq!(save(Value::Null).await.unwrap(), of(32, 800));
    assert_eq!(save(json!({"at_once": 4, "per_second": 90})).await.unwrap(), of(4, 90));
    assert_eq!(save(Value::Null).await.unwrap(), of(4, 90));
    let wrong = save(json!({"at_once": 4, "per_second": 0})).await.unwrap_err();
    assert_eq!((wrong.code.as_str(), wrong.params["field"].as_str()), ("invalid_field", "kms_per_second"));
    let again = Host::on(host.home(), Options::default());
    let stored: Vec<ProfileView> = again.ask("profiles_list", json!({})).await.unwrap();
    assert_eq!(stored[0].kms, of(4, 90));
}

#[tokio::test]
async fn production_opens_with_its_passphrase_or_not_at_all() {
    let options = |passphrase: Passphrase| Options {
        master: MasterOptions { passphrase, choice: MasterChoice::Passphrase },
        ..Options::default()
    };
    let host = Host::fresh_with(options(Passphrase::None));
    let profile = json!({"name": "ensaio", "region": REGION, "use_fips": false, "source": "default"});
    host.ask::<Value>("profile_save", profile).await.unwrap();
    let start = json!({"profile": "ensaio", "office_name": "Cartório de Ensaio", "operator_name": "Helena Prado"});
    assert_eq!(host.code("production_start", json!({"profile": "ensaio"})).await, "names_needed");
    let long = json!({"profile": "ensaio", "office_name": "C".repeat(65), "operator_name": "Helena"});
    assert_eq!(host.code("production_start", long).await, "invalid_field");
    assert!(!host.home().join("production").exists(), "nothing is made before the names are known");
    assert_eq!(host.code("production_start", start.clone()).await, "key_store_passphrase_required");
    assert!(!host.home().join("production/registry.db").exists());
    assert_eq!(host.state().await.environment, Environment::Welcome);

    let host = Host::on(host.home(), Options::default());
    let given = Host::on(host.home(), Options { master: with_passphrase(), ..Options::default() });
    let state: AppState = given.ask("production_start", start).await.unwrap();
    assert_eq!(state.key_protection, Some(KeyProtection::Passphrase));
    let names: Vec<String> = given
        .ask::<Vec<CertificateSummary>>("certificates_list", json!({}))
        .await
        .unwrap()
        .iter()
        .map(|certificate| certificate.name.clone())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");

    // The next start: without it, with another one, with the right one.
    assert_eq!(host.state().await.resume_problem.unwrap().code, "key_store_passphrase_required");
    let wrong = Passphrase::Given(cartorio_core::SecretString::new("outra frase".to_owned()));
    let next = Host::on(host.home(), options(wrong));
    let state = next.state().await;
    assert_eq!(state.resume_problem.unwrap().code, "key_store_passphrase_wrong");
    assert_eq!(state.environment, Environment::Welcome);
    let next = Host::on(host.home(), Options { master: with_passphrase(), ..Options::default() });
    let state = next.state().await;
    assert_eq!((state.environment, state.resume_problem), (Environment::Production, None));
    assert_eq!(state.profile.unwrap().name, "ensaio");
    next.assert_sound().await;
}
