//! A batch with a key that is 30 ms away.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cartorio_aws::AwsCloud;
use cartorio_core::{Digest, SecretString, SystemClock};
use cartorio_keys::{
    AccessKeys, CallerIdentity, Capabilities, Cloud, CloudProfile, CreateKey, CredentialStatus, DeviceLogin,
    DigestSigner, KeyError, KeyInfo, KeyManager, KeyOrigin, KeyRef, KeyResult, KeySpec, KeyState, KeyUsage,
    LoginProgress, PublicKey, Signature, SignatureAlgorithm, SigningLimits, SigningQueue, SoftwareKey, SsoAccount,
    verify_digest,
};
use cartorio_office::dto::{Empty, FormatChoice, IdentitySummary};
use cartorio_office::{Commands, Home, MasterChoice, MasterOptions, Office, Passphrase, Ports};
use cartorio_testkit::measure::load;
use serde_json::json;

use crate::desk::{self, documents, page};

pub const DOCUMENTS: usize = 2_000;
const LATENCY: Duration = Duration::from_millis(30);
const ROUNDS: usize = 3;
const BAR: f64 = 0.90;
const ARN: &str = "arn:aws:kms:sa-east-1:000000000000:key/00000000-0000-4000-8000-000000000000";

/// Once with the product's own limits, whose rate is below what its concurrency allows, and once with the concurrency alone.
pub fn run(count: usize) {
    let product = SigningLimits::default();
    let free = SigningLimits { per_second: 100_000, ..product };
    let mut results = serde_json::Map::new();
    for (name, limits) in [("product", product), ("concurrency", free)] {
        #[allow(clippy::cast_precision_loss, reason = "a small number")]
        let ideal = (limits.concurrency as f64 / LATENCY.as_secs_f64()).min(f64::from(limits.per_second));
        let runtime = desk::runtime();
        let (mut rate, mut cpu) = (0.0_f64, f64::MAX);
        for _ in 0..ROUNDS {
            let took = runtime.block_on(round(count, limits));
            #[allow(clippy::cast_precision_loss, reason = "numbers of documents")]
            let documents = count as f64;
            rate = rate.max(documents / took.seconds);
            cpu = cpu.min(took.cpu / documents);
        }
        let ratio = rate / ideal;
        println!(
            "{name}: {count} PDFs, P-256, 30 ms away, {} at once: {rate:.0}/s, {ratio:.3} of {ideal:.0}/s (bar {BAR}), {:.3} ms of CPU each, load {:.1}",
            limits.concurrency,
            cpu * 1e3,
            load(),
        );
        results.insert(
            name.to_owned(),
            json!({ "per_second": rate, "ideal": ideal, "ratio": ratio, "cpu_ms": cpu * 1e3, "ok": ratio >= BAR }),
        );
    }
    results.insert("bench".to_owned(), "remote".into());
    results.insert("documents".to_owned(), count.into());
    results.insert("latency_ms".to_owned(), 30.into());
    results.insert("load".to_owned(), load().into());
    println!("{}", serde_json::Value::Object(results));
}

async fn round(count: usize, limits: SigningLimits) -> desk::Took {
    let folder = tempfile::tempdir().unwrap();
    let (office, identity) = production(folder.path().join("casa"), limits).await;
    let documents = documents(&office, &folder.path().join("entrada"), count, page, "pdf").await;
    let took = desk::sign(&office, &identity, &documents, FormatChoice::Pades).await;
    office.session_leave(Empty {}).await.unwrap();
    took
}

/// A production office whose cloud is [`Far`], with an identity there.
async fn production(home: PathBuf, limits: SigningLimits) -> (Office, IdentitySummary) {
    let clock = Arc::new(SystemClock);
    let aws = Arc::new(AwsCloud::new(clock.clone()));
    let ports = desk::heard(Ports::unattended(clock, Arc::new(Far(Arc::new(Keys::new(limits)))), aws));
    let master = MasterOptions {
        passphrase: Passphrase::Given(SecretString::new("uma frase secreta de ensaio 4711".to_owned())),
        choice: MasterChoice::Passphrase,
    };
    let office = Office::with_master(Home::new(home), ports, master);
    let of = |value| serde_json::from_value(value).unwrap();
    let profile = json!({
        "name": "ensaio", "region": "sa-east-1", "endpoint": null, "use_fips": false, "source": "default",
        "named_profile": null, "access_keys": null,
    });
    office.profile_save(serde_json::from_value(profile).unwrap()).await.unwrap();
    let start = json!({
        "profile": "ensaio", "office_name": "Cartório de Ensaio", "operator_name": "Helena Prado", "passphrase": null,
    });
    office.production_start(of(start)).await.unwrap();
    let identity =
        json!({ "key_ref": format!("awskms:{ARN}"), "label": "longe", "holder": "JOANA DE ENSAIO", "email": null });
    let identity = office.identity_create(serde_json::from_value(identity).unwrap()).await.unwrap();
    (office, identity)
}

/// An account with one P-256 key.
struct Far(Arc<Keys>);

struct Keys {
    key: SoftwareKey,
    queue: SigningQueue,
}

impl Keys {
    fn new(limits: SigningLimits) -> Self {
        Self { key: SoftwareKey::generate(KeySpec::EcP256).unwrap(), queue: SigningQueue::new(limits) }
    }

    fn info(&self, key: &KeyRef) -> KeyInfo {
        KeyInfo {
            key_ref: key.clone(),
            key_id: ARN.to_owned(),
            aliases: Vec::new(),
            description: None,
            spec: Some(KeySpec::EcP256),
            backend_spec: "ECC_NIST_P256".to_owned(),
            usage: KeyUsage::Sign,
            can_sign: true,
            state: KeyState::Enabled,
            created_at: None,
            deletion_at: None,
            algorithms: KeySpec::EcP256.algorithms(),
            origin: KeyOrigin::AwsKms,
            region: Some("sa-east-1".to_owned()),
            multi_region: false,
            exportable: false,
        }
    }
}

/// Answers late, in its turn, as the KMS backend does.
struct Slow {
    keys: Arc<Keys>,
    algorithm: SignatureAlgorithm,
}

#[async_trait]
impl DigestSigner for Slow {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    fn public_key(&self) -> &PublicKey {
        self.keys.key.public_key()
    }

    async fn sign_digest(&self, digest: &Digest) -> KeyResult<Signature> {
        let asked = || async {
            tokio::time::sleep(LATENCY).await;
            self.keys.key.sign_digest(self.algorithm, digest)
        };
        let value = self.keys.queue.run(asked).await?;
        verify_digest(self.public_key(), self.algorithm, digest, &value)
            .map_err(|_| KeyError::BadSignature { key: ARN.to_owned() })?;
        Ok(Signature { value, key_id: ARN.to_owned(), request_id: Some("4711".to_owned()), attempts: 1 })
    }
}

struct Handle(Arc<Keys>);

#[async_trait]
impl KeyManager for Handle {
    fn capabilities(&self) -> Capabilities {
        Capabilities::core("awskms", vec![KeySpec::EcP256])
    }

    async fn describe(&self, key: &KeyRef) -> KeyResult<KeyInfo> {
        Ok(self.0.info(key))
    }

    async fn create(&self, _: CreateKey) -> KeyResult<KeyInfo> {
        unreachable!("there is a key")
    }

    async fn public_key(&self, _: &KeyRef) -> KeyResult<PublicKey> {
        Ok(self.0.key.public_key().clone())
    }

    async fn signer(&self, _: &KeyRef, algorithm: SignatureAlgorithm) -> KeyResult<Box<dyn DigestSigner>> {
        Ok(Box::new(Slow { keys: Arc::clone(&self.0), algorithm }))
    }
}

#[async_trait]
impl Cloud for Far {
    async fn connect(&self, _: &CloudProfile) -> KeyResult<Arc<dyn KeyManager>> {
        Ok(Arc::new(Handle(Arc::clone(&self.0))))
    }

    async fn test(&self, _: &CloudProfile) -> KeyResult<CallerIdentity> {
        Ok(CallerIdentity { account: "000000000000".to_owned(), arn: "arn:aws:iam::000000000000:root".to_owned() })
    }

    async fn store_access_keys(&self, _: &str, _: AccessKeys) -> KeyResult<()> {
        Ok(())
    }

    async fn forget_access_keys(&self, _: &str) -> KeyResult<()> {
        Ok(())
    }

    async fn has_access_keys(&self, _: &str) -> bool {
        false
    }

    async fn credential_status(&self, _: &CloudProfile) -> CredentialStatus {
        CredentialStatus { expires_at: None, login_until: None, login: None }
    }

    async fn login_start(&self, _: &CloudProfile) -> KeyResult<DeviceLogin> {
        unreachable!("nobody logs in")
    }

    async fn login_poll(&self, _: &CloudProfile, _: &str) -> KeyResult<LoginProgress> {
        unreachable!("nobody logs in")
    }

    async fn login_mfa(&self, _: &CloudProfile, _: &SecretString) -> KeyResult<CredentialStatus> {
        unreachable!("nobody logs in")
    }

    async fn logout(&self, _: &CloudProfile) -> KeyResult<()> {
        Ok(())
    }

    async fn sso_accounts(&self, _: &CloudProfile) -> KeyResult<Vec<SsoAccount>> {
        Ok(Vec::new())
    }
}
