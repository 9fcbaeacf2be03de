//! What is not declared answers `Unsupported`; keys that are not there and references of other backends are told apart.

use std::collections::BTreeMap;

use cartorio_core::HashAlgorithm;

use super::{Outcome, Suite, ensure, failed, refused, unique_alias, unique_token};
use crate::{
    CreateDataMaster, CreateKey, DeletionWindow, EncryptionContext, KeyError, KeyInfo, KeyRef, SignatureAlgorithm,
};

/// A method, whether its capability is declared, and how it failed.
type Call = (&'static str, bool, Option<KeyError>);

impl Suite<'_> {
    /// Every call that is not declared, on a key that is there.
    pub(super) async fn undeclared(&self, known: &KeyInfo) -> Outcome {
        let has = &self.capabilities;
        let mut calls = self.calls(&known.key_ref, |declared| !declared).await?;
        let token = unique_token()?;
        if !has.list {
            calls.push(("list", false, self.manager.list().await.err()));
        }
        if !has.creation_tokens {
            calls.push(("find_created", false, self.manager.find_created(&token).await.err()));
        }
        if !has.aliases {
            calls.push(("remove_alias", false, self.manager.remove_alias("conformance").await.err()));
            calls.push(("resolve_alias", false, self.manager.resolve_alias("conformance").await.err()));
        }
        if !has.data_keys {
            let request =
                CreateDataMaster { alias: None, description: String::new(), tags: BTreeMap::new(), token: None };
            calls.push(("create_data_master", false, self.manager.create_data_master(request).await.err()));
        }
        if !has.multi_region && !has.creates.is_empty() {
            let spec = self.first_spec()?;
            let before = self.count().await?;
            let request = CreateKey { multi_region: true, alias: None, ..CreateKey::named(spec, "") };
            calls.push(("create in several regions", false, self.manager.create(request).await.err()));
            let after = self.count().await?;
            ensure(before == after, || "a refused creation left a key behind".to_owned())?;
        }
        for (call, _, error) in calls {
            ensure(matches!(&error, Some(KeyError::Unsupported { backend, .. }) if *backend == has.backend), || {
                format!("{call} is not declared and gives {error:?}")
            })?;
        }
        let declared = has.data_keys || !has.automatic_rotation;
        ensure(declared, || "automatic rotation is declared without data keys".to_owned())
    }

    /// Keys that are not there, and references of another backend.
    pub(super) async fn strangers(&self, known: &KeyInfo) -> Outcome {
        let (unknown, foreign) = self.strange_references(known)?;
        for key in unknown {
            for (call, declared, error) in self.calls(&key, |_| true).await? {
                let wanted = match &error {
                    Some(KeyError::NotFound { .. }) => declared,
                    Some(KeyError::Unsupported { .. }) => !declared,
                    // What is sealed is looked at before the key, or after it.
                    Some(KeyError::SealBroken { .. }) => declared && call == "open_data_key",
                    _ => false,
                };
                ensure(wanted, || format!("{call} of the unknown key {key} gives {error:?}"))?;
            }
        }
        for (call, declared, error) in self.calls(&foreign, |_| true).await? {
            let wanted = match &error {
                Some(KeyError::BadReference { .. }) => declared,
                Some(KeyError::Unsupported { .. }) => !declared,
                _ => false,
            };
            ensure(wanted, || format!("{call} of the foreign reference {foreign} gives {error:?}"))?;
        }
        Ok(())
    }

    /// Every call that names a key, for those whose declaration is wanted.
    async fn calls(&self, key: &KeyRef, wanted: impl Fn(bool) -> bool) -> Outcome<Vec<Call>> {
        let (manager, has) = (self.manager, &self.capabilities);
        let algorithm = SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256);
        let tags = BTreeMap::from([("conformance".to_owned(), "1".to_owned())]);
        let context = EncryptionContext::new();
        let window = DeletionWindow::days(7).map_err(failed("a window of 7 days"))?;
        let mut calls: Vec<Call> = Vec::new();
        if wanted(true) {
            calls.push(("describe", true, manager.describe(key).await.err()));
            calls.push(("public_key", true, manager.public_key(key).await.err()));
            calls.push(("signer", true, manager.signer(key, algorithm).await.err()));
        }
        if wanted(has.last_use) {
            calls.push(("last_use", has.last_use, manager.last_use(key).await.err()));
        }
        if wanted(has.aliases) {
            let alias = unique_alias("ninguem");
            calls.push(("put_alias", has.aliases, manager.put_alias(&alias, key).await.err()));
        }
        if wanted(has.tags) {
            calls.push(("tags", has.tags, manager.tags(key).await.err()));
            calls.push(("put_tags", has.tags, manager.put_tags(key, &tags).await.err()));
            calls.push(("remove_tags", has.tags, manager.remove_tags(key, &["conformance".to_owned()]).await.err()));
            calls.push(("set_description", has.tags, manager.set_description(key, "x").await.err()));
        }
        if wanted(has.disable) {
            calls.push(("set_enabled", has.disable, manager.set_enabled(key, true).await.err()));
        }
        if wanted(has.deletion) {
            calls.push(("schedule_deletion", has.deletion, manager.schedule_deletion(key, window).await.err()));
            calls.push(("cancel_deletion", has.deletion, manager.cancel_deletion(key).await.err()));
        }
        if wanted(has.access) {
            calls.push(("access", has.access, manager.access(key).await.err()));
        }
        if wanted(has.data_keys) {
            let sealed = [0x5c; 64];
            calls.push(("data_key", has.data_keys, manager.data_key(key, &context).await.err()));
            calls.push(("open_data_key", has.data_keys, manager.open_data_key(key, &sealed, &context).await.err()));
        }
        if wanted(has.automatic_rotation) {
            let renews = has.automatic_rotation;
            calls.push(("automatic_rotation", renews, manager.automatic_rotation(key).await.err()));
            calls.push(("set_automatic_rotation", renews, manager.set_automatic_rotation(key, None).await.err()));
            calls.push(("rotate_now", renews, manager.rotate_now(key).await.err()));
        }
        Ok(calls)
    }

    fn strange_references(&self, known: &KeyInfo) -> Outcome<(Vec<KeyRef>, KeyRef)> {
        let local = KeyRef::Local { id: "balcao".to_owned() };
        let (unknown, foreign) = match &known.key_ref {
            KeyRef::Local { .. } => (
                vec![KeyRef::Local { id: "00000000000000000000000000000000".to_owned() }],
                KeyRef::AwsKms { key: "alias/balcao".to_owned(), region: None },
            ),
            KeyRef::AwsKms { .. } => (
                ["00000000-0000-4000-8000-000000000000".to_owned(), format!("alias/{}", unique_alias("none"))]
                    .into_iter()
                    .map(|key| KeyRef::AwsKms { key, region: None })
                    .collect(),
                local,
            ),
            KeyRef::Pkcs11 { .. } => (vec![another_object(&known.key_ref)?], local),
            KeyRef::P12 { .. } => (vec![KeyRef::P12 { certificate: "0".repeat(64) }], local),
        };
        Ok((self.setup.unknown.clone().map_or(unknown, |given| vec![given]), foreign))
    }

    /// How many keys there are, where that can be asked.
    async fn count(&self) -> Outcome<usize> {
        if !self.capabilities.list {
            return Ok(0);
        }
        self.manager.list().await.map(|keys| keys.len()).map_err(failed("list"))
    }

    /// Who may do what.
    pub(super) async fn access(&self, known: &KeyInfo) -> Outcome {
        let access = self.manager.access(&known.key_ref).await.map_err(failed("access"))?;
        let document: Result<serde_json::Value, _> = serde_json::from_str(&access.document);
        ensure(document.is_ok_and(|document| document.is_object()), || "the policy is no JSON object".to_owned())?;
        ensure(!access.statements.is_empty(), || "the policy has no statement".to_owned())?;
        let complete = access.statements.iter().all(|it| !it.principals.is_empty() && !it.actions.is_empty());
        ensure(complete, || format!("a statement says not who or not what: {:?}", access.statements))
    }

    pub(super) async fn multi_region(&self) -> Outcome {
        let request = CreateKey { multi_region: true, ..CreateKey::named(self.first_spec()?, unique_alias("regioes")) };
        let info = self.make(request).await?;
        ensure(info.multi_region, || "it was asked for several regions and is in one".to_owned())?;
        let public = self.public_of(&info.key_ref).await?;
        self.signs(&info, &public).await?;
        let request = CreateKey::named(self.first_spec()?, "com espaço");
        refused("a malformed alias", self.manager.create(request).await, |error| {
            matches!(error, KeyError::BadReference { .. })
        })
    }
}

/// The reference with another object in it (RFC 7512 `object` and `id`).
fn another_object(known: &KeyRef) -> Outcome<KeyRef> {
    let text = known.to_string();
    let attributes = text.strip_prefix("pkcs11:").unwrap_or(&text);
    let (path, query) = attributes.split_once('?').map_or((attributes, None), |(path, query)| (path, Some(query)));
    let changed: Vec<String> = path
        .split(';')
        .map(|attribute| match attribute.split_once('=') {
            Some(("object", _)) => "object=ninguem".to_owned(),
            Some(("id", _)) => "id=%00%01%02%03%04%05%06%07%08%09%0A%0B%0C%0D%0E%0F".to_owned(),
            _ => attribute.to_owned(),
        })
        .collect();
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("pkcs11:{}{query}", changed.join(";"))
        .parse()
        .map_err(|error| format!("the suite needs a reference to a key that is not there: {error}"))
}
