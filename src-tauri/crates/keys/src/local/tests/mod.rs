mod broken;
mod lifecycle;

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cartorio_core::{Digest, FixedClock, SecretBytes, SecretString, SystemClock};
use time::macros::datetime;

use super::*;
use crate::conformance::run;
use crate::{CreateKey, KeyError, KeyManager, KeyRef, KeySpec, KeyState, SoftwareKey};

/// A keyring in memory that can be locked as the Linux one is: reading finds nothing, writing fails.
#[derive(Default)]
struct FakeKeyring {
    entries: Mutex<HashMap<(String, String), SecretBytes>>,
    locked: Mutex<bool>,
    forgetful: bool,
}

impl FakeKeyring {
    fn lock(&self, locked: bool) {
        *self.locked.lock().unwrap() = locked;
    }

    fn len(&self) -> usize {
        self.entries.lock().unwrap().len()
    }
}

impl Keyring for FakeKeyring {
    fn get(&self, service: &str, account: &str) -> Result<Option<SecretBytes>, KeyringError> {
        if *self.locked.lock().unwrap() {
            return Ok(None);
        }
        Ok(self.entries.lock().unwrap().get(&(service.to_owned(), account.to_owned())).cloned())
    }

    fn set(&self, service: &str, account: &str, secret: &SecretBytes) -> Result<(), KeyringError> {
        if *self.locked.lock().unwrap() {
            return Err(KeyringError::Locked("no storage access".to_owned()));
        }
        if !self.forgetful {
            self.entries.lock().unwrap().insert((service.to_owned(), account.to_owned()), secret.clone());
        }
        Ok(())
    }

    fn delete(&self, service: &str, account: &str) -> Result<(), KeyringError> {
        self.entries.lock().unwrap().remove(&(service.to_owned(), account.to_owned()));
        Ok(())
    }
}

/// A session without any keyring.
struct NoKeyring;

impl Keyring for NoKeyring {
    fn get(&self, _: &str, _: &str) -> Result<Option<SecretBytes>, KeyringError> {
        Err(KeyringError::Absent("no bus".to_owned()))
    }

    fn set(&self, _: &str, _: &str, _: &SecretBytes) -> Result<(), KeyringError> {
        Err(KeyringError::Absent("no bus".to_owned()))
    }

    fn delete(&self, _: &str, _: &str) -> Result<(), KeyringError> {
        Err(KeyringError::Absent("no bus".to_owned()))
    }
}

/// So long does it hang; its thread ends with the process.
const HANGS: Duration = Duration::from_secs(600);

/// A keyring whose password dialog nobody answers.
struct HangingKeyring;

impl Keyring for HangingKeyring {
    fn get(&self, _: &str, _: &str) -> Result<Option<SecretBytes>, KeyringError> {
        std::thread::sleep(HANGS);
        Ok(None)
    }

    fn set(&self, service: &str, account: &str, _: &SecretBytes) -> Result<(), KeyringError> {
        self.get(service, account).map(|_| ())
    }

    fn delete(&self, service: &str, account: &str) -> Result<(), KeyringError> {
        self.get(service, account).map(|_| ())
    }
}

fn options(folder: &Path, keyring: Arc<dyn Keyring>) -> LocalOptions {
    LocalOptions { keyring, ..LocalOptions::new(folder, Arc::new(FixedClock(datetime!(2026-11-21 10:00 UTC)))) }
}

fn plain(folder: &Path) -> LocalOptions {
    LocalOptions { plain_file: PlainFile::Allow, ..options(folder, Arc::new(NoKeyring)) }
}

fn with_passphrase(folder: &Path, passphrase: &str) -> LocalOptions {
    LocalOptions {
        passphrase: Passphrase::Given(SecretString::new(passphrase.to_owned())),
        ..options(folder, Arc::new(NoKeyring))
    }
}

fn request(alias: &str) -> CreateKey {
    CreateKey::named(KeySpec::EcP256, alias).described("balcão")
}

fn files_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    // A clock that moves, so that «newest first» means something.
    let options = LocalOptions { clock: Arc::new(SystemClock), ..plain(folder.path()) };
    run(&LocalKeys::open(options).await.unwrap()).await;
}

#[tokio::test]
async fn keys_and_secrets_survive_a_restart_with_each_protection() {
    let keyring: Arc<dyn Keyring> = Arc::new(FakeKeyring::default());
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let stores = [
        (options(folders[0].path(), keyring), Protection::OsKeyring),
        (with_passphrase(folders[1].path(), "cavalo correto bateria"), Protection::Passphrase),
        (plain(folders[2].path()), Protection::PlainFile),
    ];
    for (options, protection) in stores {
        assert_eq!(LocalKeys::protection_of(&options.folder).unwrap(), None);
        let first = LocalKeys::open(options.clone()).await.unwrap();
        assert_eq!(first.protection(), protection);
        assert_eq!(LocalKeys::protection_of(&options.folder).unwrap(), Some(protection));
        let info = first.create(request("balcao")).await.unwrap();
        let public = first.public_key(&info.key_ref).await.unwrap();
        first.seal("audit-hmac", &SecretBytes::new(vec![7; 32])).await.unwrap();
        drop(first);

        let again = LocalKeys::open(options).await.unwrap();
        assert_eq!(again.protection(), protection);
        assert_eq!(again.describe(&info.key_ref).await.unwrap(), info);
        let algorithm = info.spec.unwrap().default_algorithm();
        let signer = again.signer(&info.key_ref, algorithm).await.unwrap();
        assert_eq!(signer.public_key(), &public);
        signer.sign_digest(&Digest::of(algorithm.hash(), b"x")).await.unwrap();
        assert_eq!(again.unseal("audit-hmac").await.unwrap().unwrap().expose(), [7; 32]);
        assert!(again.unseal("nothing").await.unwrap().is_none());
        assert!(again.remove_secret("audit-hmac").await.unwrap());
        assert!(again.unseal("audit-hmac").await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_locked_keyring_never_gives_a_new_master_key_to_an_old_store() {
    let folder = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    let store = LocalKeys::open(options(folder.path(), keyring.clone())).await.unwrap();
    let info = store.create(request("balcao")).await.unwrap();
    drop(store);
    let before = fs::read(folder.path().join("master.json")).unwrap();

    keyring.lock(true);
    // Even with every fallback allowed.
    let tempted = LocalOptions {
        plain_file: PlainFile::Allow,
        passphrase: Passphrase::Given(SecretString::new("x".to_owned())),
        ..options(folder.path(), keyring.clone())
    };
    assert!(matches!(LocalKeys::open(tempted).await, Err(KeyError::StoreLocked { .. })));
    assert_eq!(fs::read(folder.path().join("master.json")).unwrap(), before);
    assert_eq!(keyring.len(), 1);

    keyring.lock(false);
    let store = LocalKeys::open(options(folder.path(), keyring)).await.unwrap();
    assert_eq!(store.describe(&info.key_ref).await.unwrap(), info);
}

#[tokio::test]
async fn sealed_files_without_master_json_are_never_given_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    LocalKeys::open(plain(folder.path())).await.unwrap().create(request("balcao")).await.unwrap();
    fs::remove_file(folder.path().join("master.json")).unwrap();
    let outcome = LocalKeys::open(plain(folder.path())).await.err().unwrap();
    assert_eq!(outcome, KeyError::StoreCorrupt { file: "master.json".to_owned() });
}

#[tokio::test]
async fn another_master_key_is_noticed_before_anything_is_sealed_with_it() {
    let folder = tempfile::tempdir().unwrap();
    LocalKeys::open(plain(folder.path())).await.unwrap();
    let other = tempfile::tempdir().unwrap();
    LocalKeys::open(plain(other.path())).await.unwrap();
    fs::copy(other.path().join("master.key"), folder.path().join("master.key")).unwrap();
    let outcome = LocalKeys::open(plain(folder.path())).await.err().unwrap();
    assert_eq!(outcome, KeyError::StoreCorrupt { file: "master.json".to_owned() });
}

#[tokio::test]
async fn a_new_store_falls_back_as_far_as_it_is_allowed_and_no_further() {
    let folder = tempfile::tempdir().unwrap();
    let refused = LocalKeys::open(options(folder.path(), Arc::new(NoKeyring))).await.err().unwrap();
    assert!(matches!(&refused, KeyError::StoreLocked { reason } if reason.contains("no bus")), "{refused:?}");
    assert!(files_in(folder.path()).is_empty(), "a refusal leaves nothing behind");

    let choice = |choice| LocalOptions { choice, ..plain(folder.path()) };
    let refused = LocalKeys::open(choice(MasterChoice::Keyring)).await.err().unwrap();
    assert!(matches!(refused, KeyError::StoreLocked { .. }));
    let refused = LocalKeys::open(choice(MasterChoice::Passphrase)).await.err().unwrap();
    assert_eq!(refused, KeyError::PassphraseRequired);
    assert!(files_in(folder.path()).is_empty());

    LocalKeys::open(choice(MasterChoice::Automatic)).await.unwrap();
    let production = LocalKeys::open(options(folder.path(), Arc::new(NoKeyring))).await.err().unwrap();
    assert!(matches!(&production, KeyError::StoreLocked { reason } if reason.contains("plain file")));
}

#[tokio::test]
async fn a_keyring_that_forgets_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring { forgetful: true, ..FakeKeyring::default() });
    assert!(matches!(LocalKeys::open(options(folder.path(), keyring)).await, Err(KeyError::StoreLocked { .. })));
    assert!(files_in(folder.path()).is_empty());
}

#[test]
fn a_keyring_that_hangs_is_given_up_and_does_not_hold_the_process() {
    let begin = std::time::Instant::now();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let patient =
        LocalOptions { keyring_limit: Duration::from_millis(50), ..options(folder.path(), Arc::new(HangingKeyring)) };
    let outcome = runtime.block_on(LocalKeys::open(patient)).err().unwrap();
    assert!(matches!(&outcome, KeyError::StoreLocked { reason } if reason.contains("did not answer")), "{outcome:?}");
    drop(runtime);
    assert!(begin.elapsed() < HANGS / 2, "the end of the runtime waited for the keyring");
}

#[tokio::test]
async fn passphrases() {
    let folder = tempfile::tempdir().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let asking = |answer: Option<&'static str>| {
        let asked = asked.clone();
        LocalOptions {
            passphrase: Passphrase::Ask(Arc::new(move |new| {
                asked.fetch_add(if new { 100 } else { 1 }, Ordering::Relaxed);
                answer.map(|text| SecretString::new(text.to_owned()))
            })),
            ..options(folder.path(), Arc::new(NoKeyring))
        }
    };
    assert!(matches!(LocalKeys::open(asking(None)).await, Err(KeyError::StoreLocked { .. })));
    assert!(matches!(LocalKeys::open(asking(Some(""))).await, Err(KeyError::StoreLocked { .. })));
    LocalKeys::open(asking(Some("senha"))).await.unwrap();
    LocalKeys::open(asking(Some("senha"))).await.unwrap();
    assert_eq!(asked.load(Ordering::Relaxed), 301, "asked for a new passphrase thrice, for the known one once");
    assert_eq!(LocalKeys::open(asking(Some("Senha"))).await.err(), Some(KeyError::PassphraseWrong));
    assert_eq!(LocalKeys::open(asking(None)).await.err(), Some(KeyError::PassphraseRequired));
}

#[tokio::test]
async fn a_monstrous_argon2_setting_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    LocalKeys::open(with_passphrase(folder.path(), "senha")).await.unwrap();
    let path = folder.path().join("master.json");
    let text = fs::read_to_string(&path).unwrap().replace("\"memory_kib\": 65536", "\"memory_kib\": 4294967295");
    fs::write(&path, text).unwrap();
    let outcome = LocalKeys::open(with_passphrase(folder.path(), "senha")).await.err();
    assert_eq!(outcome, Some(KeyError::StoreCorrupt { file: "master.json".to_owned() }));
}

#[tokio::test]
async fn two_processes_starting_at_once_agree_on_one_master_key() {
    let folder = tempfile::tempdir().unwrap();
    let keyring = Arc::new(FakeKeyring::default());
    let tasks: Vec<_> =
        (0..8).map(|_| tokio::spawn(LocalKeys::open(options(folder.path(), keyring.clone())))).collect();
    let mut stores = Vec::new();
    for task in tasks {
        stores.push(task.await.unwrap().unwrap());
    }
    stores[0].seal("shared", &SecretBytes::new(vec![1])).await.unwrap();
    for store in &stores {
        assert_eq!(store.unseal("shared").await.unwrap().unwrap().expose(), [1]);
    }
    assert_eq!(keyring.len(), 1, "the losers leave nothing in the keyring");
}

#[tokio::test]
async fn every_change_to_a_key_file_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalKeys::open(plain(folder.path())).await.unwrap();
    let info = store.create(request("balcao")).await.unwrap();
    let path = folder.path().join(format!("{}.key.json", info.key_id));
    let original = fs::read_to_string(&path).unwrap();
    let changes = [
        ("\"exportable\": false", "\"exportable\": true"),
        ("\"balcao\": 0", "\"tabeliao\": 0"),
        ("\"balcao\": 0", "\"balcao\": 1"),
        ("\"name\": \"enabled\"", "\"name\": \"disabled\""),
        ("\"tags\": {}", "\"tags\": {\"Uso\": \"x\"}"),
        ("\"token\": null", "\"token\": \"x\""),
        ("\"type\": \"signing\"", "\"type\": \"sealing\""),
        ("\"description\": \"balcão\"", "\"description\": \"outra\""),
        ("\"created_at\": \"2026", "\"created_at\": \"2025"),
        ("\"spec\": \"ECC_NIST_P256\"", "\"spec\": \"ECC_NIST_P384\""),
        ("\"spki\": \"MF", "\"spki\": \"MG"),
        ("\"version\": 2", "\"version\": 1"),
        ("\"version\": 2", "\"version\": 3"),
        ("\"nonce\": \"", "\"nonce\": \"AA"),
        ("\"ciphertext\": \"", "\"ciphertext\": \"AAAA"),
        ("\"sealed\"", "\"more\": 1, \"sealed\""),
    ];
    let corrupt = || Some(KeyError::StoreCorrupt { file: format!("{}.key.json", info.key_id) });
    for (from, to) in changes {
        assert!(original.contains(from), "the test is stale: no {from}");
        fs::write(&path, original.replacen(from, to, 1)).unwrap();
        assert_eq!(store.describe(&info.key_ref).await.err(), corrupt(), "{from} → {to}");
        assert_eq!(store.export_pkcs8(&info.key_ref).await.err(), corrupt(), "{from} → {to}");
        let listed = store.list().await.unwrap();
        assert_eq!((listed[0].state, listed[0].can_sign), (KeyState::Unavailable, false), "shown, not trusted");
    }
    fs::write(folder.path().join("0123.key.json"), &original).unwrap();
    let renamed = KeyRef::Local { id: "0123".to_owned() };
    assert!(matches!(store.describe(&renamed).await, Err(KeyError::StoreCorrupt { .. })), "a copy under another name");
    fs::write(&path, &original).unwrap();
    assert_eq!(store.describe(&info.key_ref).await.unwrap(), info);
}

#[tokio::test]
async fn a_secret_file_under_another_name_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalKeys::open(plain(folder.path())).await.unwrap();
    store.seal("a", &SecretBytes::new(b"um".to_vec())).await.unwrap();
    fs::copy(folder.path().join("a.secret.json"), folder.path().join("b.secret.json")).unwrap();
    assert!(matches!(store.unseal("b").await, Err(KeyError::StoreCorrupt { .. })));
    for name in ["", "../a", "A", "a.b", &"a".repeat(65)] {
        assert!(matches!(store.unseal(name).await, Err(KeyError::BadReference { .. })), "{name:?}");
    }
    let climbing = KeyRef::Local { id: "../master".to_owned() };
    assert!(matches!(store.describe(&climbing).await, Err(KeyError::BadReference { .. })));
}

#[tokio::test]
async fn only_exportable_keys_are_exported() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalKeys::open(plain(folder.path())).await.unwrap();
    let kept = store.create(request("kept")).await.unwrap();
    let outcome = store.export_pkcs8(&kept.key_ref).await.err();
    assert_eq!(outcome, Some(KeyError::NotExportable { key: kept.key_ref.to_string() }));

    let given = store.create_exportable(request("given")).await.unwrap();
    assert!(given.exportable && !kept.exportable);
    let pkcs8 = store.export_pkcs8(&given.key_ref).await.unwrap();
    let key = SoftwareKey::from_pkcs8(KeySpec::EcP256, pkcs8.clone()).unwrap();
    assert_eq!(key.public_key(), &store.public_key(&given.key_ref).await.unwrap());

    let copy = store.import_pkcs8(request("copy"), pkcs8, false).await.unwrap();
    assert_eq!(&store.public_key(&copy.key_ref).await.unwrap(), key.public_key());
    store.delete(&given.key_ref).await.unwrap();
    assert!(matches!(store.describe(&given.key_ref).await, Err(KeyError::NotFound { .. })));
    assert!(matches!(store.delete(&given.key_ref).await, Err(KeyError::NotFound { .. })));
}

#[tokio::test]
async fn nothing_secret_lies_in_the_folder_in_the_clear() {
    let folder = tempfile::tempdir().unwrap();
    let store = LocalKeys::open(options(folder.path(), Arc::new(FakeKeyring::default()))).await.unwrap();
    let info = store.create_exportable(request("balcao")).await.unwrap();
    store.seal("audit-hmac", &SecretBytes::new(b"um segredo que se ve".to_vec())).await.unwrap();
    let pkcs8 = store.export_pkcs8(&info.key_ref).await.unwrap();
    for name in files_in(folder.path()) {
        let content = fs::read(folder.path().join(&name)).unwrap();
        // The last bytes of a P-256 PKCS#8 are public, so the private scalar in its middle is looked for.
        let scalar = &pkcs8.expose()[36..68];
        for needle in [b"um segredo que se ve".as_slice(), scalar] {
            assert!(!content.windows(needle.len()).any(|window| window == needle), "{name} shows a secret");
        }
        let text = String::from_utf8_lossy(&content);
        assert!(!text.contains(&super::seal::hex(&scalar[..8])), "{name} shows the private key in hexadecimal");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("keys");
    let store = LocalKeys::open(plain(&folder)).await.unwrap();
    store.create(request("balcao")).await.unwrap();
    store.seal("audit-hmac", &SecretBytes::new(vec![1])).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let names = files_in(&folder);
    assert!(!names.iter().any(|name| name.starts_with(".new-")), "no temporary file stays: {names:?}");
    for name in names.iter().filter(|name| *name != ".lock") {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn the_real_keyring_keeps_a_store() {
    if let Err(error) = OsKeyring.set("cartorio-digital/test", "probe", &SecretBytes::new(vec![1])) {
        eprintln!("skipped: no usable OS keyring here ({error})");
        return;
    }
    OsKeyring.delete("cartorio-digital/test", "probe").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = LocalKeys::open(options(folder.path(), Arc::new(OsKeyring))).await.unwrap();
    assert_eq!(store.protection(), Protection::OsKeyring);
    let info = store.create(request("balcao")).await.unwrap();
    let store = LocalKeys::open(options(folder.path(), Arc::new(OsKeyring))).await.unwrap();
    assert_eq!(store.describe(&info.key_ref).await.unwrap(), info);
    let master: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("master.json")).unwrap()).unwrap();
    let account = master["provider"]["account"].as_str().unwrap();
    OsKeyring.delete("cartorio-digital", account).unwrap();
    let outcome = LocalKeys::open(options(folder.path(), Arc::new(OsKeyring))).await.err();
    assert!(matches!(outcome, Some(KeyError::StoreLocked { .. })), "{outcome:?}");
}
