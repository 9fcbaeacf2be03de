//! The process dies in the middle of a rotation: at every moment that it looks at the clock, and before and after everything
//! that it asks of AWS.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use cartorio_core::{Clock, Digest, SecretString};
use cartorio_keys::{
    AccessKeys, CallerIdentity, Capabilities, Cloud, CloudProfile, CreateKey, CreationToken, CredentialStatus,
    DeletionWindow, DeviceLogin, DigestSigner, KeyInfo, KeyManager, KeyRef, KeyResult, LoginProgress, PublicKey,
    Signature, SignatureAlgorithm, SsoAccount,
};
use cartorio_office::Ports;
use cartorio_office::dto::{
    CertificateKind, CertificateSummary, IdentitySummary, KeyStateView, KeySummary, OperatorCard, RotationStateView,
    RotationStepState, RotationView,
};
use cartorio_pki::ca::{Authorities, CaError, CertificateAuthority, CertificateRequest, CrlRequest};
use cartorio_pki::{Certificate, Crl};
use cartorio_testkit::emulator::{shared_ministack, shared_private_ca};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::authority;
use crate::aws::{Keys, REGION, enter, production};
use crate::host::{Host, Options, built_once, copy, with_passphrase};
use crate::rotation::{People, advance, assert_put_back, can_sign, get, key, made_by, old_key, undo, what};
use crate::rotation_kms::{PASSWORD, two_people};

const HOME: &str = "CARTORIO_TEST_HOME";
const ENDPOINT: &str = "CARTORIO_TEST_ENDPOINT";
const COMMAND: &str = "CARTORIO_TEST_COMMAND";
const REQUEST: &str = "CARTORIO_TEST_REQUEST";
/// Which call is the last one.
const AT: &str = "CARTORIO_TEST_AT";
/// Whether that call still reaches AWS.
const AFTER: &str = "CARTORIO_TEST_AFTER";
const PCA: &str = "CARTORIO_TEST_PCA";
/// A file that is chosen in the next dialog.
pub const PICKED: &str = "CARTORIO_TEST_PICKED";
/// Name of the file, beside the home, that certificates of a Private CA are noted in.
const ISSUED: &str = "emitidos";

/// Calls until the end; negative while nothing is counted.
static LEFT: AtomicI64 = AtomicI64::new(-1);

/// Counts from here: the call `at` is the last one.
pub fn arm(at: i64) {
    LEFT.store(at, Ordering::SeqCst);
}

/// Counts a call down; the last one is the process's.
fn tick() {
    if LEFT.load(Ordering::SeqCst) > 0 && LEFT.fetch_sub(1, Ordering::SeqCst) == 1 {
        std::process::abort();
    }
}

/// Counts one that may still be let through.
async fn asked<T>(call: impl Future<Output = T>) -> T {
    let after = std::env::var_os(AFTER).is_some();
    if !after {
        tick();
    }
    let answer = call.await;
    if after {
        tick();
    }
    answer
}

/// The process that dies; started by the tests below.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "only as a child of the tests of this module"]
async fn victim() {
    let Some(home) = std::env::var_os(HOME) else { return };
    let endpoint = std::env::var(ENDPOINT).ok();
    let options = match &endpoint {
        Some(_) => Options { master: with_passphrase(), wrap: mined_cloud, ..Options::default() },
        None => Options { wrap: mined_clock, ..Options::default() },
    };
    let host = Host::on(Path::new(&home), options);
    match &endpoint {
        None => drop(host.state().await),
        Some(endpoint) => reenter(&host, endpoint, std::env::var(PCA).ok().as_deref()).await,
    }
    if let Some(picked) = std::env::var_os(PICKED) {
        host.dialogs.files.lock().unwrap().push_back(vec![picked.into()]);
    }
    let request: Value = serde_json::from_str(&std::env::var(REQUEST).unwrap()).unwrap();
    arm(std::env::var(AT).unwrap().parse().unwrap());
    host.ask::<Value>(&std::env::var(COMMAND).unwrap(), request).await.unwrap();
}

/// The same installation in another process: access keys are in a keyring of its own, and the notary takes the seat.
async fn reenter(host: &Host, endpoint: &str, pca: Option<&str>) {
    host.state().await;
    let cards: Vec<OperatorCard> = host.ask("operators_list", json!({})).await.unwrap();
    let notary = cards.iter().find(|card| card.operator.role == "notary").unwrap().operator.id.clone();
    let people = People { notary: notary.clone(), supervisor: String::new(), password: PASSWORD };
    people.seat(host, &notary).await;
    match pca {
        Some(pca) => authority::private_ca_at(host, endpoint, pca, &Keys::root()).await,
        None => drop(enter(host, endpoint, REGION, &Keys::root()).await),
    }
    people.seat(host, &notary).await;
}

/// Runs a command in a process that dies at call `at`. Tells whether it died.
pub fn dies(home: &Path, command: &str, request: &Value, at: u32, more: &[(&str, &str)]) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "rotation_kill::victim", "--ignored", "--nocapture"]).env(HOME, home).env(COMMAND, command);
    child.env(REQUEST, request.to_string()).env(AT, at.to_string());
    for name in [ENDPOINT, PCA, AFTER, PICKED] {
        child.env_remove(name);
    }
    child.envs(more.iter().copied());
    let output = child.stdin(Stdio::null()).output().unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        const SIGABRT: i32 = 6;
        if output.status.signal() == Some(SIGABRT) {
            return true;
        }
    }
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    false
}

struct MinedClock(Arc<dyn Clock>);

impl Clock for MinedClock {
    fn now(&self) -> OffsetDateTime {
        tick();
        self.0.now()
    }
}

pub fn mined_clock(ports: Ports) -> Ports {
    Ports { clock: Arc::new(MinedClock(ports.clock)), ..ports }
}

fn mined_cloud(ports: Ports) -> Ports {
    Ports {
        cloud: Arc::new(MinedCloud(ports.cloud)),
        authorities: Arc::new(MinedAuthorities(ports.authorities)),
        ..ports
    }
}

struct MinedCloud(Arc<dyn Cloud>);

#[async_trait]
impl Cloud for MinedCloud {
    async fn connect(&self, profile: &CloudProfile) -> KeyResult<Arc<dyn KeyManager>> {
        Ok(Arc::new(MinedKeys(self.0.connect(profile).await?)))
    }

    async fn test(&self, profile: &CloudProfile) -> KeyResult<CallerIdentity> {
        self.0.test(profile).await
    }

    async fn store_access_keys(&self, profile: &str, keys: AccessKeys) -> KeyResult<()> {
        self.0.store_access_keys(profile, keys).await
    }

    async fn forget_access_keys(&self, profile: &str) -> KeyResult<()> {
        self.0.forget_access_keys(profile).await
    }

    async fn has_access_keys(&self, profile: &str) -> bool {
        self.0.has_access_keys(profile).await
    }

    async fn credential_status(&self, profile: &CloudProfile) -> CredentialStatus {
        self.0.credential_status(profile).await
    }

    async fn login_start(&self, profile: &CloudProfile) -> KeyResult<DeviceLogin> {
        self.0.login_start(profile).await
    }

    async fn login_poll(&self, profile: &CloudProfile, id: &str) -> KeyResult<LoginProgress> {
        self.0.login_poll(profile, id).await
    }

    async fn login_mfa(&self, profile: &CloudProfile, code: &SecretString) -> KeyResult<CredentialStatus> {
        self.0.login_mfa(profile, code).await
    }

    async fn logout(&self, profile: &CloudProfile) -> KeyResult<()> {
        self.0.logout(profile).await
    }

    async fn sso_accounts(&self, profile: &CloudProfile) -> KeyResult<Vec<SsoAccount>> {
        self.0.sso_accounts(profile).await
    }
}

/// Counts what changes something, and signatures.
struct MinedKeys(Arc<dyn KeyManager>);

#[async_trait]
impl KeyManager for MinedKeys {
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    async fn describe(&self, key: &KeyRef) -> KeyResult<KeyInfo> {
        self.0.describe(key).await
    }

    async fn create(&self, request: CreateKey) -> KeyResult<KeyInfo> {
        asked(self.0.create(request)).await
    }

    async fn public_key(&self, key: &KeyRef) -> KeyResult<PublicKey> {
        self.0.public_key(key).await
    }

    async fn signer(&self, key: &KeyRef, algorithm: SignatureAlgorithm) -> KeyResult<Box<dyn DigestSigner>> {
        Ok(Box::new(MinedSigner(self.0.signer(key, algorithm).await?)))
    }

    async fn find_created(&self, token: &CreationToken) -> KeyResult<Option<KeyInfo>> {
        self.0.find_created(token).await
    }

    async fn put_alias(&self, alias: &str, key: &KeyRef) -> KeyResult<()> {
        asked(self.0.put_alias(alias, key)).await
    }

    async fn resolve_alias(&self, alias: &str) -> KeyResult<Option<KeyInfo>> {
        self.0.resolve_alias(alias).await
    }

    async fn tags(&self, key: &KeyRef) -> KeyResult<BTreeMap<String, String>> {
        self.0.tags(key).await
    }

    async fn set_enabled(&self, key: &KeyRef, enabled: bool) -> KeyResult<()> {
        asked(self.0.set_enabled(key, enabled)).await
    }

    async fn schedule_deletion(&self, key: &KeyRef, window: DeletionWindow) -> KeyResult<OffsetDateTime> {
        asked(self.0.schedule_deletion(key, window)).await
    }
}

struct MinedSigner(Box<dyn DigestSigner>);

#[async_trait]
impl DigestSigner for MinedSigner {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.0.algorithm()
    }

    fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }

    async fn sign_digest(&self, digest: &Digest) -> KeyResult<Signature> {
        asked(self.0.sign_digest(digest)).await
    }
}

struct MinedAuthorities(Arc<dyn Authorities>);

#[async_trait]
impl Authorities for MinedAuthorities {
    async fn open(&self, profile: &CloudProfile, authority: &str) -> Result<Arc<dyn CertificateAuthority>, CaError> {
        Ok(Arc::new(MinedAuthority(self.0.open(profile, authority).await?)))
    }
}

struct MinedAuthority(Arc<dyn CertificateAuthority>);

#[async_trait]
impl CertificateAuthority for MinedAuthority {
    fn chain(&self) -> &[Certificate] {
        self.0.chain()
    }

    async fn issue(&self, request: CertificateRequest, holder: &dyn DigestSigner) -> Result<Vec<Certificate>, CaError> {
        asked(async {
            let chain = self.0.issue(request, holder).await?;
            let home = std::env::var_os(HOME).unwrap();
            std::fs::write(Path::new(&home).with_file_name(ISSUED), chain[0].fingerprint()).unwrap();
            Ok(chain)
        })
        .await
    }

    async fn crl(&self, request: CrlRequest) -> Result<Crl, CaError> {
        self.0.crl(request).await
    }
}

/// What the next start finds, whatever the last one was doing: nothing is lost, nothing is there twice.
async fn assert_whole(host: &Host, view: &RotationView, old: &KeySummary, identity: &IdentitySummary) {
    let made = made_by(host, &view.id, old).await;
    assert!(made.len() <= 1, "{made:#?}");
    let label = "Tabeliã (";
    let certificates: Vec<CertificateSummary> = host.ask("certificates_list", json!({})).await.unwrap();
    let certified = certificates.iter().filter(|own| {
        own.kind == CertificateKind::Identity
            && own.sha256 != identity.certificate_sha256
            && own.name.contains("JOANA DE ENSAIO")
    });
    assert!(certified.count() <= 1, "{certificates:#?}");
    let new: Vec<_> = host.identities().await.into_iter().filter(|own| own.label.starts_with(label)).collect();
    assert!(new.len() <= 1, "{new:#?}");
}

async fn assert_finished(host: &Host, view: &RotationView, old: &KeySummary, identity: &IdentitySummary) {
    assert_eq!(view.state, RotationStateView::Finished, "{view:#?}");
    assert!(view.steps.iter().all(|step| step.state == RotationStepState::Done), "{view:#?}");
    assert_whole(host, view, old, identity).await;
    let new = key(host, view.new_key_ref.as_ref().unwrap()).await.summary;
    assert_eq!((new.state, &new.aliases), (KeyStateView::Enabled, &old.aliases));
    assert_eq!(key(host, &old.key_ref).await.summary.state, KeyStateView::PendingDeletion);
    can_sign(host, view.new_identity.as_ref().unwrap()).await.unwrap();
    host.assert_sound().await;
}

/// Goes on, or puts everything back where that still can be.
async fn ends_well(host: &Host, id: &str, old: &KeySummary, identity: &IdentitySummary, back: bool) {
    let view = get(host, id).await;
    assert_whole(host, &view, old, identity).await;
    match view.state {
        RotationStateView::Finished => assert_finished(host, &view, old, identity).await,
        RotationStateView::RolledBack => assert_put_back(host, &view, old, identity).await,
        RotationStateView::RollingBack => assert_put_back(host, &undo(host, id).await, old, identity).await,
        RotationStateView::Running | RotationStateView::Transition if back && view.can_undo => {
            let view = undo(host, id).await;
            assert_whole(host, &view, old, identity).await;
            assert_put_back(host, &view, old, identity).await;
        }
        RotationStateView::Running | RotationStateView::Transition => {
            let view = advance(host, id).await;
            assert_finished(host, &view, old, identity).await;
        }
    }
}

/// How far a demonstration is prepared.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Approved,
    Started,
    Validated,
}

/// A demonstration with a key, its identity, and a request about it that was approved. Gives the request's or the rotation's
/// identifier.
async fn prepared(stage: Stage) -> (tempfile::TempDir, KeySummary, IdentitySummary, String) {
    let (send, receive) = tokio::sync::oneshot::channel();
    let template = built_once(move |home| async move {
        let host = Host::on(&home, Options::default());
        host.ask::<Value>("demo_start", json!({})).await.unwrap();
        let people = People::of(&host, "").await;
        let (old, identity) = old_key(&host, "ECC_NIST_P256").await;
        let request = people.approved(&host, what(&old.key_ref, 0, Some(7))).await;
        let id = match stage {
            Stage::Approved => request.id,
            Stage::Started | Stage::Validated => {
                host.ask::<RotationView>("rotation_start", json!({"request": request.id})).await.unwrap().id
            }
        };
        if stage == Stage::Validated {
            let validate = json!({"id": id, "until": "validate"});
            host.ask::<RotationView>("rotation_advance", validate).await.unwrap();
        }
        assert!(send.send((old, identity, id)).is_ok());
    });
    let (old, identity, id) = receive.await.unwrap();
    (template, old, identity, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_steps_are_taken_on_this_machine() {
    let (template, old, identity, id) = prepared(Stage::Started).await;
    let mut died = 0;
    for at in 1.. {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("casa");
        copy(template.path(), &home);
        let dead = dies(&home, "rotation_advance", &json!({"id": id}), at, &[]);
        died += u32::from(dead);
        let host = Host::on(&home, Options::default());
        host.state().await;
        ends_well(&host, &id, &old, &identity, at % 2 == 0).await;
        if !dead {
            break;
        }
    }
    assert!(died > 30, "{died} looks at the clock");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_everything_is_put_back_on_this_machine() {
    let (template, old, identity, id) = prepared(Stage::Validated).await;
    for at in 1.. {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("casa");
        copy(template.path(), &home);
        let request = json!({"id": id, "reason": "Certificado errado"});
        let dead = dies(&home, "rotation_undo", &request, at, &[]);
        let host = Host::on(&home, Options::default());
        host.state().await;
        ends_well(&host, &id, &old, &identity, true).await;
        if !dead {
            assert!(at > 10, "{at} looks at the clock");
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_a_rotation_is_begun() {
    let (template, old, identity, request) = prepared(Stage::Approved).await;
    let start = json!({"request": request});
    for at in 1.. {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("casa");
        copy(template.path(), &home);
        let dead = dies(&home, "rotation_start", &start, at, &[]);
        let host = Host::on(&home, Options::default());
        host.state().await;
        // Approved and not begun, or begun and there to be seen; never neither, never both.
        let seen: Vec<RotationView> = host.ask("rotations_list", json!({"open": true})).await.unwrap();
        assert!(seen.len() <= 1);
        let view: RotationView = host.ask("rotation_start", start.clone()).await.unwrap();
        assert!(seen.iter().all(|own| own.id == view.id));
        let all: Vec<RotationView> = host.ask("rotations_list", json!({})).await.unwrap();
        assert_eq!(all.len(), 1);
        if at % 3 == 0 || !dead {
            ends_well(&host, &view.id, &old, &identity, false).await;
        }
        if !dead {
            break;
        }
    }
}

/// The next start of a production that somebody else had open.
async fn reopened(host: &Host, endpoint: &str, pca: Option<&str>) -> Host {
    let next = Host::on(host.home(), Options { master: with_passphrase(), ..Options::default() });
    reenter(&next, endpoint, pca).await;
    next
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_and_after_everything_that_is_asked_of_kms() {
    let Some(server) = shared_ministack() else { return };
    let endpoint = server.endpoint();
    for after in [false, true] {
        for at in 1.. {
            let host = production(&endpoint).await;
            let people = two_people(&host).await;
            let (old, identity) = old_key(&host, "ECC_NIST_P256").await;
            let id = people.started(&host, what(&old.key_ref, 0, Some(7))).await.id;
            let mut more = vec![(ENDPOINT, endpoint.as_str())];
            more.extend(after.then_some((AFTER, "1")));
            let dead = dies(host.home(), "rotation_advance", &json!({"id": id}), at, &more);
            let next = reopened(&host, &endpoint, None).await;
            ends_well(&next, &id, &old, &identity, at % 2 == u32::from(after)).await;
            if !dead {
                assert!(at > 5, "create, name, two proofs, off, deletion: {at}");
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn before_and_after_a_private_ca_is_asked() {
    let (Some(ministack), Some(server)) = (shared_ministack(), shared_private_ca()) else { return };
    let (endpoint, pca) = (ministack.endpoint(), server.endpoint());
    let root = authority::authority(&authority::admin(&pca), "AC Raiz de Ensaio", None).await;
    // The key, the certificate with the request's own signature inside it.
    for (at, after) in [(2, false), (3, false), (2, true), (3, true)] {
        let host = production(&endpoint).await;
        authority::private_ca_at(&host, &endpoint, &pca, &Keys::root()).await;
        let people = two_people(&host).await;
        let key = host.key("ECC_NIST_P256", "privada").await;
        let create = authority::request(&key.key_ref, "Pela AC", &root);
        host.ask::<IdentitySummary>("identity_create", create).await.unwrap();
        let view = people.started(&host, what(&key.key_ref, 0, None)).await;
        let mut more = vec![(ENDPOINT, endpoint.as_str()), (PCA, pca.as_str())];
        more.extend(after.then_some((AFTER, "1")));
        assert!(dies(host.home(), "rotation_advance", &json!({"id": view.id}), at, &more));
        let next = reopened(&host, &endpoint, Some(&pca)).await;
        let view = advance(&next, &view.id).await;
        assert_eq!(view.state, RotationStateView::Finished, "{view:#?}");
        let new = next.identities().await.into_iter().find(|own| Some(&own.id) == view.new_identity.as_ref()).unwrap();
        assert_eq!(new.issuer, "AC Raiz de Ensaio");
        let issued = std::fs::read_to_string(host.home().with_file_name(ISSUED)).ok();
        assert_eq!(issued.is_some(), (at, after) == (3, true));
        assert!(issued.is_none_or(|issued| issued == new.certificate_sha256), "one certificate, not two");
        next.assert_sound().await;
    }
}
