//! What only the local store has: files, other processes, time that passes.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use cartorio_core::{Clock, SecretBytes};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::super::record;
use super::super::{LocalKeys, LocalOptions};
use super::{files_in, plain, request};
use crate::{
    CreateDataMaster, CreateKey, CreationToken, DeletionWindow, EncryptionContext, KeyError, KeyManager, KeySpec,
    KeyState, RotationPeriod, SoftwareKey, verify_message,
};

/// A clock that goes when it is told to.
struct Hands(Mutex<OffsetDateTime>);

impl Hands {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(datetime!(2026-11-21 10:00 UTC))))
    }

    fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for Hands {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap()
    }
}

async fn open(folder: &Path, clock: &Arc<Hands>) -> LocalKeys {
    LocalKeys::open(LocalOptions { clock: clock.clone(), ..plain(folder) }).await.unwrap()
}

fn week() -> DeletionWindow {
    DeletionWindow::days(7).unwrap()
}

fn master(alias: &str) -> CreateDataMaster {
    CreateDataMaster { alias: Some(alias.to_owned()), description: String::new(), tags: [].into(), token: None }
}

fn key_file(folder: &Path, id: &str) -> std::path::PathBuf {
    folder.join(format!("{id}.key.json"))
}

#[tokio::test]
async fn a_file_of_version_1_opens_and_becomes_version_2_at_the_first_change() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), &Hands::new()).await;
    let key = SoftwareKey::generate(KeySpec::EcP256).unwrap();
    let content = record::tests::version_1(&store.0.keys, "0a1b", "balcao", key.public_key(), key.pkcs8());
    fs::write(key_file(folder.path(), "0a1b"), &content).unwrap();

    let info = store.resolve_alias("balcao").await.unwrap().unwrap();
    assert_eq!((info.key_id.as_str(), info.aliases.as_slice()), ("0a1b", ["balcao".to_owned()].as_slice()));
    assert_eq!((info.state, info.exportable, info.spec), (KeyState::Enabled, true, Some(KeySpec::EcP256)));
    assert_eq!(info.created_at, Some(datetime!(2026-07-01 12:00:00.25 UTC)));
    let outcome = store.create(request("balcao")).await;
    assert_eq!(outcome, Err(KeyError::AlreadyExists { name: "balcao".to_owned() }));
    let algorithm = KeySpec::EcP256.default_algorithm();
    let signer = store.signer(&info.key_ref, algorithm).await.unwrap();
    signer.sign_message(b"x").await.unwrap();
    store.set_enabled(&info.key_ref, true).await.unwrap();
    assert_eq!(fs::read(key_file(folder.path(), "0a1b")).unwrap(), content, "nothing changed, nothing written");

    store.put_tags(&info.key_ref, &[("Uso".to_owned(), "balcão".to_owned())].into()).await.unwrap();
    let text = fs::read_to_string(key_file(folder.path(), "0a1b")).unwrap();
    assert!(text.contains("\"version\": 2") && !text.contains("\"label\""), "{text}");
    assert_eq!(store.describe(&info.key_ref).await.unwrap(), info);
    assert_eq!(store.export_pkcs8(&info.key_ref).await.unwrap().expose(), key.pkcs8().expose());
    let signature = signer.sign_message(b"x").await.unwrap();
    verify_message(key.public_key(), algorithm, b"x", &signature.value).unwrap();
}

#[tokio::test]
async fn a_crash_while_a_name_moves_leaves_it_with_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hands::new();
    let store = open(folder.path(), &clock).await;
    let old = store.create(request("balcao")).await.unwrap();
    let new = store.create(CreateKey { alias: None, ..request("") }).await.unwrap();
    let old_file = key_file(folder.path(), &old.key_id);
    let before = fs::read(&old_file).unwrap();
    store.put_alias("balcao", &new.key_ref).await.unwrap();
    assert_ne!(fs::read(&old_file).unwrap(), before, "the old claim is dropped");
    // The second of the two files was not written yet when the power went.
    fs::write(&old_file, &before).unwrap();

    let names = async |store: &LocalKeys| {
        let holder = store.resolve_alias("balcao").await.unwrap().map(|info| info.key_id);
        let mut shown = Vec::new();
        for info in store.list().await.unwrap() {
            if info.aliases.contains(&"balcao".to_owned()) {
                shown.push(info.key_id);
            }
        }
        (holder, shown)
    };
    assert_eq!(names(&store).await, (Some(new.key_id.clone()), vec![new.key_id.clone()]));
    assert_eq!(store.describe(&old.key_ref).await.unwrap().aliases, Vec::<String>::new());
    let store = open(folder.path(), &clock).await;
    assert_ne!(fs::read(&old_file).unwrap(), before, "the next start tidies up");
    assert_eq!(names(&store).await, (Some(new.key_id.clone()), vec![new.key_id.clone()]));

    // And when the key that has the name goes, nobody has it.
    fs::write(&old_file, &before).unwrap();
    store.delete(&new.key_ref).await.unwrap();
    assert_eq!(names(&store).await, (None, vec![]));

    // Taken away while an outvoted claim lies about, it does not come back either.
    store.put_alias("balcao", &old.key_ref).await.unwrap();
    let claimed = fs::read(&old_file).unwrap();
    let third = store.create(CreateKey { alias: None, ..request("") }).await.unwrap();
    store.put_alias("balcao", &third.key_ref).await.unwrap();
    fs::write(&old_file, &claimed).unwrap();
    store.remove_alias("balcao").await.unwrap();
    assert_eq!(names(&store).await, (None, vec![]));
}

#[tokio::test]
async fn a_key_is_gone_at_its_date_and_its_file_when_somebody_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hands::new();
    let store = open(folder.path(), &clock).await;
    let kept = store.create(request("fica")).await.unwrap();
    let info = store.create(request("vai")).await.unwrap();
    let algorithm = KeySpec::EcP256.default_algorithm();
    let signer = store.signer(&info.key_ref, algorithm).await.unwrap();
    signer.sign_message(b"x").await.unwrap();
    let date = store.schedule_deletion(&info.key_ref, week()).await.unwrap();
    assert_eq!(date, clock.now() + Duration::days(7));

    clock.advance(Duration::days(7) - Duration::seconds(1));
    assert_eq!(store.describe(&info.key_ref).await.unwrap().deletion_at, Some(date));
    assert_eq!(store.due(clock.now()).await.unwrap(), []);
    assert_eq!(store.purge_due(clock.now()).await.unwrap(), []);

    clock.advance(Duration::seconds(1));
    let gone = Err(KeyError::NotFound { key: info.key_ref.to_string(), region: None });
    assert_eq!(store.describe(&info.key_ref).await.map(|_| ()), gone);
    assert_eq!(store.cancel_deletion(&info.key_ref).await, gone, "too late");
    assert_eq!(store.signer(&info.key_ref, algorithm).await.map(|_| ()), gone);
    assert_eq!(signer.sign_message(b"x").await.map(|_| ()), gone);
    assert_eq!(store.list().await.unwrap(), [kept]);
    assert_eq!(store.resolve_alias("vai").await.unwrap(), None);
    assert!(key_file(folder.path(), &info.key_id).exists(), "nothing goes without a word");

    let due = store.due(clock.now()).await.unwrap();
    let purged = store.purge_due(clock.now()).await.unwrap();
    assert_eq!(due, purged);
    assert_eq!(purged.iter().map(|info| &info.key_id).collect::<Vec<_>>(), [&info.key_id]);
    assert_eq!((purged[0].aliases.as_slice(), purged[0].deletion_at), (["vai".to_owned()].as_slice(), Some(date)));
    assert_eq!(store.purge_due(clock.now()).await.unwrap(), []);
    let left = files_in(folder.path());
    assert!(!left.iter().any(|name| name.starts_with(&info.key_id)), "neither key nor last use stays: {left:?}");
    assert_eq!(store.create(request("vai")).await.unwrap().aliases, ["vai"]);
}

#[tokio::test]
async fn a_signer_stops_when_another_process_disables_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hands::new();
    let (here, there) = (open(folder.path(), &clock).await, open(folder.path(), &clock).await);
    let info = here.create(request("balcao")).await.unwrap();
    let signer = here.signer(&info.key_ref, KeySpec::EcP256.default_algorithm()).await.unwrap();
    signer.sign_message(b"x").await.unwrap();
    there.set_enabled(&info.key_ref, false).await.unwrap();
    assert_eq!(signer.sign_message(b"x").await, Err(KeyError::Disabled { key: info.key_ref.to_string() }));
    there.set_enabled(&info.key_ref, true).await.unwrap();
    signer.sign_message(b"x").await.unwrap();
    there.delete(&info.key_ref).await.unwrap();
    assert!(matches!(signer.sign_message(b"x").await, Err(KeyError::NotFound { .. })));
}

#[tokio::test]
async fn many_at_once_with_one_token_make_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hands::new();
    let (here, there) = (open(folder.path(), &clock).await, open(folder.path(), &clock).await);
    let token = Some(CreationToken::new("troca-1").unwrap());
    let request = CreateKey { token, ..CreateKey::named(KeySpec::EcP256, "balcao") };
    let tasks: Vec<_> = (0..12)
        .map(|at| {
            let (store, request) = (if at % 2 == 0 { here.clone() } else { there.clone() }, request.clone());
            tokio::spawn(async move { store.create(request).await })
        })
        .collect();
    let mut made = Vec::new();
    for task in tasks {
        made.push(task.await.unwrap().unwrap());
    }
    made.dedup();
    assert_eq!(made.len(), 1, "{made:?}");
    assert_eq!(here.list().await.unwrap(), made);
}

#[tokio::test]
async fn a_token_does_not_hide_that_something_else_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), &Hands::new()).await;
    let token = Some(CreationToken::new("pedido").unwrap());
    let request = CreateKey { token, ..CreateKey::named(KeySpec::EcP256, "balcao") };
    let first = store.create_exportable(request.clone()).await.unwrap();
    assert_eq!(store.create_exportable(request.clone()).await.unwrap(), first);
    let refused = Err(KeyError::AlreadyExists { name: "pedido".to_owned() });
    assert_eq!(store.create(request.clone()).await, refused, "one that may not be exported");
    let own = store.export_pkcs8(&first.key_ref).await.unwrap();
    let other = SoftwareKey::generate(KeySpec::EcP256).unwrap().pkcs8().clone();
    assert_eq!(store.import_pkcs8(request.clone(), own, true).await.unwrap(), first);
    assert_eq!(store.import_pkcs8(request, other, true).await, refused, "another key");
}

#[tokio::test]
async fn a_master_renews_itself_at_the_first_use_after_its_period() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Hands::new();
    let store = open(folder.path(), &clock).await;
    let key = store.create_data_master(master("cofre")).await.unwrap().key_ref;
    let context = EncryptionContext::new();
    let period = RotationPeriod::days(90).unwrap();
    store.set_automatic_rotation(&key, Some(period)).await.unwrap();
    let start = clock.now();
    let first = store.data_key(&key, &context).await.unwrap();

    clock.advance(Duration::days(89));
    // Asking again for the same period does not put the renewal off.
    store.set_automatic_rotation(&key, Some(period)).await.unwrap();
    store.data_key(&key, &context).await.unwrap();
    let told = store.automatic_rotation(&key).await.unwrap();
    assert_eq!((told.next, told.past), (Some(start + Duration::days(90)), vec![]));

    clock.advance(Duration::days(11));
    let opened = store.open_data_key(&key, &first.sealed, &context).await.unwrap();
    assert_eq!(opened.expose(), first.plaintext.expose());
    assert_eq!(store.automatic_rotation(&key).await.unwrap().past, vec![], "opening renews nothing");
    let second = store.data_key(&key, &context).await.unwrap();
    let now = clock.now();
    let told = store.automatic_rotation(&key).await.unwrap();
    assert_eq!((told.next, told.past.as_slice()), (Some(now + Duration::days(90)), [(now, false)].as_slice()));
    assert_ne!(first.sealed[17..21], second.sealed[17..21], "another material");

    store.rotate_now(&key).await.unwrap();
    let again = open(folder.path(), &clock).await;
    let told = again.automatic_rotation(&key).await.unwrap();
    assert_eq!(told.past, [(now, true), (now, false)]);
    for data in [&first, &second] {
        let opened = again.open_data_key(&key, &data.sealed, &context).await.unwrap();
        assert_eq!(opened.expose(), data.plaintext.expose());
    }
}

#[tokio::test]
async fn masters_are_no_secrets_to_export_and_no_keys_to_sign_with() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), &Hands::new()).await;
    let key = store.create_data_master(master("cofre")).await.unwrap().key_ref;
    assert!(matches!(store.export_pkcs8(&key).await, Err(KeyError::WrongUsage { .. })));
    let data = store.data_key(&key, &EncryptionContext::new()).await.unwrap();
    let last = store.last_use(&key).await.unwrap().unwrap();
    assert_eq!(last.operation.as_deref(), Some("GenerateDataKey"));
    store.open_data_key(&key, &data.sealed, &EncryptionContext::new()).await.unwrap();
    assert_eq!(store.last_use(&key).await.unwrap().unwrap().operation.as_deref(), Some("Decrypt"));
    store.seal("outro", &SecretBytes::new(vec![1])).await.unwrap();
    assert_eq!(store.list().await.unwrap().len(), 1, "secrets are not keys");
}

#[tokio::test]
async fn more_tags_than_a_key_may_have_are_refused_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), &Hands::new()).await;
    let key = store.create(request("balcao")).await.unwrap().key_ref;
    let many = |from: u32, to: u32| (from..to).map(|at| (format!("n{at}"), "x".to_owned())).collect();
    store.put_tags(&key, &many(0, 50)).await.unwrap();
    store.put_tags(&key, &many(0, 50)).await.unwrap();
    assert!(matches!(store.put_tags(&key, &many(50, 51)).await, Err(KeyError::BadReference { .. })));
    assert_eq!(store.tags(&key).await.unwrap(), many(0, 50));
}
