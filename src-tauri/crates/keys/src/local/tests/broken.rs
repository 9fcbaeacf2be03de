//! Backends with one fault each: the suite must find every one, for the right reason.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cartorio_core::{Digest, SecretBytes, SystemClock};
use time::{Duration, OffsetDateTime};

use super::super::{LocalKeys, LocalOptions};
use super::{plain, request};
use crate::conformance::{Deviation, Setup, check, check_with, unique_alias};
use crate::{
    AutomaticRotation, Capabilities, CreateDataMaster, CreateKey, CreationToken, DataKey, DeletionWindow, DigestSigner,
    EncryptionContext, KeyError, KeyInfo, KeyManager, KeyRef, KeyResult, KeySpec, KeyUsage, LastUse, MESSAGE_LIMIT,
    PublicKey, RotationPeriod, Signature, SignatureAlgorithm,
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    // The core.
    FlipsABit,
    IgnoresTheHash,
    SignsWithAnotherKey,
    ShowsAnotherPublicKey,
    IgnoresTheAlgorithm,
    TakesForeignReferences,
    OverwritesAliases,
    NamesTheNameless,
    MakesWhatItDoesNotDeclare,
    ForgetsToList,
    TakesDigestsForMessages,
    HashesMessages,
    CutsLongMessages,
    // Capabilities.
    HidesACapability,
    IgnoresRegions,
    // Creation tokens.
    IgnoresTokens,
    ForgetsTokens,
    FindsWhatNobodyMade,
    TakesATokenForAnotherType,
    LeavesHalfMadeKeys,
    // Aliases.
    PutsNoAlias,
    KeepsMovedAliases,
    RefusesToRemoveTwice,
    TakesBadAliases,
    MixesUsages,
    // Tags and last use.
    ReplacesTags,
    TakesBadTags,
    KeepsRemovedTags,
    KeepsTheDescription,
    SawNoUse,
    SawAnEarlierUse,
    // Switching off, deletion.
    GivesSignersOfDisabledKeys,
    SignsWhenDisabled,
    RefusesToDisableTwice,
    DeletesTooEarly,
    MovesTheDate,
    SparesAndEnables,
    EnablesWhilePending,
    NamesWhilePending,
    // Data keys and renewal.
    IgnoresTheContext,
    OpensChangedSeals,
    OpensWithAnyMaster,
    ShortDataKeys,
    ShowsThePlaintext,
    SealsWithSigningKeys,
    RepeatsDataKeys,
    ForgetsOldMaterials,
    ForgetsRenewals,
    ForgetsThePeriod,
    RenewsSigningKeys,
}

/// The honest local store with one fault.
struct Broken {
    honest: LocalKeys,
    fault: Fault,
    past: Mutex<Past>,
}

/// What it remembers for its lies.
#[derive(Default)]
struct Past {
    named: Vec<(KeyRef, String)>,
    removed: Vec<String>,
    sealed: Vec<(Vec<u8>, KeyRef)>,
    disabled: Vec<KeyRef>,
    renewed: bool,
}

struct BrokenSigner {
    inner: Box<dyn DigestSigner>,
    honest: LocalKeys,
    key: KeyRef,
    fault: Fault,
}

#[async_trait]
impl DigestSigner for BrokenSigner {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.inner.algorithm()
    }

    fn public_key(&self) -> &PublicKey {
        self.inner.public_key()
    }

    async fn sign_digest(&self, digest: &Digest) -> KeyResult<Signature> {
        let hash = self.algorithm().hash();
        let digest = match self.fault {
            Fault::TakesDigestsForMessages if self.algorithm().signs_messages() => {
                return self.inner.sign_message(digest.as_bytes()).await;
            }
            Fault::IgnoresTheHash if digest.algorithm() != hash => Digest::of(hash, digest.as_bytes()),
            _ => digest.clone(),
        };
        let mut signature = self.inner.sign_digest(&digest).await?;
        if self.fault == Fault::FlipsABit {
            let last = signature.value.len() - 1;
            signature.value[last] ^= 1;
        }
        Ok(signature)
    }

    async fn sign_message(&self, message: &[u8]) -> KeyResult<Signature> {
        let algorithm = self.algorithm();
        match (self.fault, self.inner.sign_message(message).await) {
            (Fault::SignsWhenDisabled, Err(KeyError::Disabled { .. })) => {
                self.honest.set_enabled(&self.key, true).await?;
                let signature = self.inner.sign_message(message).await;
                self.honest.set_enabled(&self.key, false).await?;
                signature
            }
            (Fault::HashesMessages, Ok(_)) if algorithm.signs_messages() => {
                self.inner.sign_message(Digest::of(algorithm.hash(), message).as_bytes()).await
            }
            (Fault::CutsLongMessages, Err(KeyError::MessageTooLong { .. })) => {
                self.inner.sign_message(&message[..MESSAGE_LIMIT]).await
            }
            (Fault::FlipsABit, Ok(_)) if !algorithm.signs_messages() => {
                self.sign_digest(&Digest::of(algorithm.hash(), message)).await
            }
            (_, outcome) => outcome,
        }
    }
}

impl Broken {
    async fn new(fault: Fault) -> (Self, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let options = LocalOptions { clock: Arc::new(SystemClock), ..plain(folder.path()) };
        let honest = LocalKeys::open(options).await.unwrap();
        (Self { honest, fault, past: Mutex::default() }, folder)
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn past<T>(&self, look: impl FnOnce(&mut Past) -> T) -> T {
        look(&mut self.past.lock().unwrap())
    }

    async fn another(&self, key: &KeyRef) -> KeyResult<KeyRef> {
        let spec = self.honest.describe(key).await?.spec.unwrap();
        let request = CreateKey { spec, ..request(&unique_alias("another")) };
        Ok(self.honest.create(request).await?.key_ref)
    }

    async fn some_master(&self) -> KeyRef {
        let listed = self.honest.list().await.unwrap();
        listed.into_iter().find(|info| info.usage == KeyUsage::Seal && info.deletion_at.is_none()).unwrap().key_ref
    }
}

#[async_trait]
impl KeyManager for Broken {
    fn capabilities(&self) -> Capabilities {
        // Three cheap types are enough to be found out.
        let mut creates = vec![KeySpec::EcP256, KeySpec::EcP384, KeySpec::Ed25519];
        if self.is(Fault::None) || self.is(Fault::MakesWhatItDoesNotDeclare) {
            creates.pop();
        }
        let disable = !self.is(Fault::HidesACapability);
        Capabilities { creates, disable, ..self.honest.capabilities() }
    }

    async fn describe(&self, key: &KeyRef) -> KeyResult<KeyInfo> {
        match (key, self.fault) {
            (KeyRef::AwsKms { .. }, Fault::TakesForeignReferences) => {
                Ok(self.honest.list().await?.into_iter().next().unwrap())
            }
            (_, Fault::KeepsMovedAliases) => {
                let mut info = self.honest.describe(key).await?;
                let named = self.past(|past| past.named.clone());
                for (_, alias) in named.into_iter().filter(|(named, _)| named == key) {
                    if !info.aliases.contains(&alias) {
                        info.aliases.push(alias);
                    }
                }
                Ok(info)
            }
            _ => self.honest.describe(key).await,
        }
    }

    async fn create(&self, mut request: CreateKey) -> KeyResult<KeyInfo> {
        let (asked, declared) = (request.clone(), self.capabilities().creates.contains(&request.spec));
        if !declared && !self.is(Fault::MakesWhatItDoesNotDeclare) {
            return Err(self.unsupported("that type"));
        }
        match self.fault {
            Fault::IgnoresTokens => {
                if let Some(token) = request.token.take()
                    && self.past(|past| std::mem::replace(&mut past.renewed, true))
                {
                    request.alias = Some(unique_alias(token.as_str()));
                }
            }
            Fault::IgnoresRegions => request.multi_region = false,
            Fault::NamesTheNameless if request.alias.is_none() => request.alias = Some(unique_alias("nome")),
            _ => {}
        }
        match (self.fault, self.honest.create(request.clone()).await) {
            (Fault::OverwritesAliases, Err(KeyError::AlreadyExists { .. })) => {
                self.honest.create(CreateKey { alias: Some(unique_alias("over")), ..request }).await
            }
            (Fault::TakesATokenForAnotherType, Err(KeyError::AlreadyExists { .. })) if request.token.is_some() => {
                Ok(self.honest.find_created(&request.token.unwrap()).await?.unwrap())
            }
            (Fault::LeavesHalfMadeKeys, Ok(info)) => {
                let alias = asked.alias.unwrap_or_default();
                if self.past(|past| past.removed.contains(&alias)) {
                    self.honest.remove_alias(&alias).await?;
                    return self.honest.describe(&info.key_ref).await;
                }
                Ok(info)
            }
            (_, outcome) => outcome,
        }
    }

    async fn public_key(&self, key: &KeyRef) -> KeyResult<PublicKey> {
        match self.fault {
            Fault::ShowsAnotherPublicKey => self.honest.public_key(&self.another(key).await?).await,
            _ => self.honest.public_key(key).await,
        }
    }

    async fn signer(&self, key: &KeyRef, algorithm: SignatureAlgorithm) -> KeyResult<Box<dyn DigestSigner>> {
        let inner = match (self.fault, self.honest.signer(key, algorithm).await) {
            (Fault::SignsWithAnotherKey, Ok(_)) => self.honest.signer(&self.another(key).await?, algorithm).await?,
            (Fault::IgnoresTheAlgorithm, Err(KeyError::WrongAlgorithm { spec, .. })) => {
                self.honest.signer(key, spec.default_algorithm()).await?
            }
            (Fault::GivesSignersOfDisabledKeys, Err(KeyError::Disabled { .. })) => {
                self.honest.set_enabled(key, true).await?;
                let signer = self.honest.signer(key, algorithm).await?;
                self.honest.set_enabled(key, false).await?;
                signer
            }
            (_, outcome) => outcome?,
        };
        Ok(Box::new(BrokenSigner { inner, honest: self.honest.clone(), key: key.clone(), fault: self.fault }))
    }

    async fn list(&self) -> KeyResult<Vec<KeyInfo>> {
        let mut keys = self.honest.list().await?;
        if self.is(Fault::ForgetsToList) {
            keys.pop();
        }
        Ok(keys)
    }

    async fn find_created(&self, token: &CreationToken) -> KeyResult<Option<KeyInfo>> {
        match self.fault {
            Fault::ForgetsTokens => Ok(None),
            Fault::FindsWhatNobodyMade => Ok(self.honest.list().await?.into_iter().next()),
            _ => self.honest.find_created(token).await,
        }
    }

    async fn last_use(&self, key: &KeyRef) -> KeyResult<Option<LastUse>> {
        let last = self.honest.last_use(key).await?;
        match self.fault {
            Fault::SawNoUse => Ok(None),
            Fault::SawAnEarlierUse => Ok(last.map(|last| LastUse { at: last.at - Duration::minutes(1), ..last })),
            _ => Ok(last),
        }
    }

    async fn put_alias(&self, alias: &str, key: &KeyRef) -> KeyResult<()> {
        self.past(|past| past.named.push((key.clone(), alias.to_owned())));
        match (self.fault, self.honest.put_alias(alias, key).await) {
            (Fault::PutsNoAlias, Ok(())) => self.honest.remove_alias(alias).await,
            (Fault::TakesBadAliases, Err(KeyError::BadReference { .. })) if alias.contains(' ') => Ok(()),
            (Fault::MixesUsages, Err(KeyError::WrongUsage { .. })) => {
                self.honest.remove_alias(alias).await?;
                self.honest.put_alias(alias, key).await
            }
            (Fault::NamesWhilePending, Err(KeyError::PendingDeletion { .. })) => Ok(()),
            (_, outcome) => outcome,
        }
    }

    async fn remove_alias(&self, alias: &str) -> KeyResult<()> {
        self.past(|past| past.removed.push(alias.to_owned()));
        if self.is(Fault::RefusesToRemoveTwice) && self.honest.resolve_alias(alias).await?.is_none() {
            return Err(KeyError::NotFound { key: alias.to_owned(), region: None });
        }
        self.honest.remove_alias(alias).await
    }

    async fn resolve_alias(&self, alias: &str) -> KeyResult<Option<KeyInfo>> {
        self.honest.resolve_alias(alias).await
    }

    async fn tags(&self, key: &KeyRef) -> KeyResult<BTreeMap<String, String>> {
        self.honest.tags(key).await
    }

    async fn put_tags(&self, key: &KeyRef, tags: &BTreeMap<String, String>) -> KeyResult<()> {
        if self.is(Fault::ReplacesTags) {
            let names: Vec<_> = self.honest.tags(key).await?.into_keys().collect();
            self.honest.remove_tags(key, &names).await?;
        }
        match (self.fault, self.honest.put_tags(key, tags).await) {
            (Fault::TakesBadTags, Err(KeyError::BadReference { .. })) if matches!(key, KeyRef::Local { .. }) => Ok(()),
            (_, outcome) => outcome,
        }
    }

    async fn remove_tags(&self, key: &KeyRef, names: &[String]) -> KeyResult<()> {
        let names = if self.is(Fault::KeepsRemovedTags) { &names[..1] } else { names };
        self.honest.remove_tags(key, names).await
    }

    async fn set_description(&self, key: &KeyRef, description: &str) -> KeyResult<()> {
        let before = self.honest.describe(key).await?.description.unwrap_or_default();
        self.honest.set_description(key, description).await?;
        if self.is(Fault::KeepsTheDescription) {
            self.honest.set_description(key, &before).await?;
        }
        Ok(())
    }

    async fn set_enabled(&self, key: &KeyRef, enabled: bool) -> KeyResult<()> {
        match (self.fault, self.honest.set_enabled(key, enabled).await) {
            (Fault::RefusesToDisableTwice, Ok(())) if !enabled => {
                let again = self.past(|past| {
                    let again = past.disabled.contains(key);
                    past.disabled.push(key.clone());
                    again
                });
                if again { Err(KeyError::Disabled { key: key.to_string() }) } else { Ok(()) }
            }
            (Fault::EnablesWhilePending, Err(KeyError::PendingDeletion { .. })) if enabled => {
                self.honest.cancel_deletion(key).await?;
                self.honest.set_enabled(key, true).await
            }
            (_, outcome) => outcome,
        }
    }

    async fn schedule_deletion(&self, key: &KeyRef, window: DeletionWindow) -> KeyResult<OffsetDateTime> {
        if self.is(Fault::MovesTheDate) {
            self.honest.cancel_deletion(key).await?;
        }
        let date = self.honest.schedule_deletion(key, window).await?;
        Ok(if self.is(Fault::DeletesTooEarly) { date - Duration::days(1) } else { date })
    }

    async fn cancel_deletion(&self, key: &KeyRef) -> KeyResult<()> {
        self.honest.cancel_deletion(key).await?;
        if self.is(Fault::SparesAndEnables) {
            self.honest.set_enabled(key, true).await?;
        }
        Ok(())
    }

    async fn create_data_master(&self, request: CreateDataMaster) -> KeyResult<KeyInfo> {
        self.honest.create_data_master(request).await
    }

    async fn data_key(&self, key: &KeyRef, context: &EncryptionContext) -> KeyResult<DataKey> {
        let none = EncryptionContext::new();
        let context = if self.is(Fault::IgnoresTheContext) { &none } else { context };
        let mut data = match (self.fault, self.honest.data_key(key, context).await) {
            (Fault::SealsWithSigningKeys, Err(KeyError::WrongUsage { .. })) => {
                self.honest.data_key(&self.some_master().await, context).await?
            }
            (_, outcome) => outcome?,
        };
        match self.fault {
            Fault::ShortDataKeys => data.plaintext = SecretBytes::new(data.plaintext.expose()[..16].to_vec()),
            Fault::ShowsThePlaintext => data.sealed.extend_from_slice(data.plaintext.expose()),
            Fault::RepeatsDataKeys => data.plaintext = SecretBytes::new(vec![7; 32]),
            _ => {}
        }
        self.past(|past| past.sealed.push((data.sealed.clone(), key.clone())));
        Ok(data)
    }

    async fn open_data_key(&self, key: &KeyRef, sealed: &[u8], context: &EncryptionContext) -> KeyResult<SecretBytes> {
        let none = EncryptionContext::new();
        let context = if self.is(Fault::IgnoresTheContext) { &none } else { context };
        let maker = self.past(|past| past.sealed.iter().find(|(made, _)| made == sealed).map(|(_, by)| by.clone()));
        if self.is(Fault::ForgetsOldMaterials) && self.past(|past| past.renewed) {
            return Err(KeyError::SealBroken { key: key.to_string() });
        }
        match (self.fault, self.honest.open_data_key(key, sealed, context).await) {
            (Fault::OpensChangedSeals, Err(KeyError::SealBroken { .. })) if maker.is_none() => {
                Ok(SecretBytes::new(vec![0; 32]))
            }
            (Fault::OpensWithAnyMaster, Err(KeyError::SealBroken { .. })) if maker.is_some() => {
                self.honest.open_data_key(&maker.unwrap(), sealed, context).await
            }
            (_, outcome) => outcome,
        }
    }

    async fn automatic_rotation(&self, key: &KeyRef) -> KeyResult<AutomaticRotation> {
        let mut told = match (self.fault, self.honest.automatic_rotation(key).await) {
            (Fault::RenewsSigningKeys, Err(KeyError::WrongUsage { .. })) => {
                AutomaticRotation { period: None, next: None, past: Vec::new() }
            }
            (_, outcome) => outcome?,
        };
        if self.is(Fault::ForgetsRenewals) {
            told.past.clear();
        }
        Ok(told)
    }

    async fn set_automatic_rotation(&self, key: &KeyRef, period: Option<RotationPeriod>) -> KeyResult<()> {
        let period = if self.is(Fault::ForgetsThePeriod) { period.map(|_| RotationPeriod::YEAR) } else { period };
        self.honest.set_automatic_rotation(key, period).await
    }

    async fn rotate_now(&self, key: &KeyRef) -> KeyResult<()> {
        self.honest.rotate_now(key).await?;
        self.past(|past| past.renewed = true);
        Ok(())
    }
}

const EXPECTATIONS: [(Fault, &str); 50] = [
    (Fault::FlipsABit, "the signature is not good"),
    (Fault::IgnoresTheHash, "digest gives Ok"),
    (Fault::SignsWithAnotherKey, "the signer has another public key"),
    (Fault::ShowsAnotherPublicKey, "its public key is another one the second time"),
    (Fault::IgnoresTheAlgorithm, "it gives a signer for"),
    (Fault::TakesForeignReferences, "foreign reference"),
    (Fault::OverwritesAliases, "a taken alias gives Ok"),
    (Fault::NamesTheNameless, "a key without a name is called"),
    (Fault::MakesWhatItDoesNotDeclare, "creating an undeclared type gives Ok"),
    (Fault::ForgetsToList, "0 times"),
    (Fault::TakesDigestsForMessages, "digest gives Ok"),
    (Fault::HashesMessages, "the signature is not good"),
    (Fault::CutsLongMessages, "a message that is too long gives Ok"),
    (Fault::HidesACapability, "set_enabled is not declared and gives None"),
    (Fault::IgnoresRegions, "a refused creation left a key behind"),
    (Fault::IgnoresTokens, "creation with one token gives"),
    (Fault::ForgetsTokens, "find_created gives None"),
    (Fault::FindsWhatNobodyMade, "a token that nobody used found Some"),
    (Fault::TakesATokenForAnotherType, "a used token with another type gives Ok"),
    (Fault::LeavesHalfMadeKeys, "does not give the missing name"),
    (Fault::PutsNoAlias, "stands for None"),
    (Fault::KeepsMovedAliases, "its name went to another key"),
    (Fault::RefusesToRemoveTwice, "remove_alias failed"),
    (Fault::TakesBadAliases, "put_alias \"com espaço\" gives Ok"),
    (Fault::MixesUsages, "a signing key's name for a sealing key gives Ok"),
    (Fault::ReplacesTags, "its tags are"),
    (Fault::TakesBadTags, "the tag \"\" gives Ok"),
    (Fault::KeepsRemovedTags, "its tags are"),
    (Fault::KeepsTheDescription, "a new description"),
    (Fault::SawNoUse, "was never used"),
    (Fault::SawAnEarlierUse, "was last used at"),
    (Fault::GivesSignersOfDisabledKeys, "a signer for a disabled key gives Ok"),
    (Fault::SignsWhenDisabled, "a signer made before the key was disabled gives Ok"),
    (Fault::RefusesToDisableTwice, "set_enabled false failed"),
    (Fault::DeletesTooEarly, "it will be deleted at"),
    (Fault::MovesTheDate, "a second call moves its deletion"),
    (Fault::SparesAndEnables, "its deletion was called off"),
    (Fault::EnablesWhilePending, "set_enabled true of a key that waits for its deletion gives Ok"),
    (Fault::NamesWhilePending, "put_alias of a key that waits for its deletion gives Ok"),
    (Fault::IgnoresTheContext, "opening with the context"),
    (Fault::OpensChangedSeals, "opening with byte 0 of"),
    (Fault::OpensWithAnyMaster, "opening with another master gives Ok"),
    (Fault::ShortDataKeys, "a data key has 16 bytes"),
    (Fault::ShowsThePlaintext, "shows its plaintext"),
    (Fault::SealsWithSigningKeys, "a data key of a signing key gives Ok"),
    (Fault::RepeatsDataKeys, "two data keys are one"),
    (Fault::ForgetsOldMaterials, "after a renewal"),
    (Fault::ForgetsRenewals, "renewed 1 times"),
    (Fault::ForgetsThePeriod, "its period is"),
    (Fault::RenewsSigningKeys, "automatic_rotation of a signing key gives Ok"),
];

#[tokio::test]
async fn the_wrapper_itself_is_honest() {
    let (honest, _folder) = Broken::new(Fault::None).await;
    assert_eq!(check(&honest).await, Ok(()));
}

#[test]
fn the_suite_finds_every_broken_backend() {
    let find = async |(fault, expected): (Fault, &str)| {
        let (broken, _folder) = Broken::new(fault).await;
        match check(&broken).await {
            Ok(()) => Some(format!("{fault:?} passed")),
            Err(failure) if failure.contains(expected) => None,
            Err(failure) => Some(format!("{fault:?} was found out for another reason: {failure}")),
        }
    };
    let halves = EXPECTATIONS.chunks(EXPECTATIONS.len() / 2);
    let missed: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = halves
            .map(|half| {
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                    half.iter().filter_map(|trial| runtime.block_on(find(*trial))).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[tokio::test]
async fn a_known_deviation_passes_once_and_goes_stale() {
    let setup = |deviation| Setup { deviations: vec![(deviation, "a test")], ..Setup::default() };
    let (broken, _folder) = Broken::new(Fault::EnablesWhilePending).await;
    assert_eq!(check_with(&broken, &setup(Deviation::EnableWhilePending)).await, Ok(()));
    let (honest, _folder) = Broken::new(Fault::None).await;
    let failure = check_with(&honest, &setup(Deviation::EnableWhilePending)).await.unwrap_err();
    assert!(failure.contains("did not show itself"), "{failure}");
    let (untried, _folder) = Broken::new(Fault::None).await;
    let failure = check_with(&untried, &setup(Deviation::TypeIsMissing(KeySpec::MlDsa87))).await.unwrap_err();
    assert!(failure.contains("was never tried"), "{failure}");
}

#[tokio::test]
async fn keys_that_are_there_already_are_tried_too() {
    let (broken, _folder) = Broken::new(Fault::FlipsABit).await;
    let key = broken.honest.create(request("velha")).await.unwrap().key_ref;
    let makes_none = MakesNone(broken);
    let failure = check(&makes_none).await.unwrap_err();
    assert!(failure.contains("cannot be tried"), "{failure}");
    let setup = Setup { existing: vec![key], ..Setup::default() };
    let failure = check_with(&makes_none, &setup).await.unwrap_err();
    assert!(failure.contains("the signature is not good"), "{failure}");
}

/// A backend as a P12 file is one: the core, and no key of its own making.
struct MakesNone(Broken);

#[async_trait]
impl KeyManager for MakesNone {
    fn capabilities(&self) -> Capabilities {
        Capabilities::core("none", Vec::new())
    }

    async fn describe(&self, key: &KeyRef) -> KeyResult<KeyInfo> {
        self.0.describe(key).await
    }

    async fn create(&self, _request: CreateKey) -> KeyResult<KeyInfo> {
        Err(self.unsupported("making keys"))
    }

    async fn public_key(&self, key: &KeyRef) -> KeyResult<PublicKey> {
        self.0.public_key(key).await
    }

    async fn signer(&self, key: &KeyRef, algorithm: SignatureAlgorithm) -> KeyResult<Box<dyn DigestSigner>> {
        self.0.signer(key, algorithm).await
    }
}
