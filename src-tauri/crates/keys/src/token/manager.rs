//! [`TokenKeys`]: the [`KeyManager`] over PKCS#11 modules.

use async_trait::async_trait;
use aws_lc_rs::rand;
use cartorio_core::{Digest, HashAlgorithm};
use cryptoki::object::Attribute;

use super::BACKEND;
use super::call;
use super::door::Visit;
use super::fault::{Fault, failed};
use super::info::TokenKey;
use super::mechanism::generation;
use super::module::TokenModule;
use super::objects::{self, Wanted};
use super::signer::TokenSigner;
use crate::{
    Capabilities, CreateKey, CreationToken, DigestSigner, KeyError, KeyInfo, KeyManager, KeyRef, KeyResult, KeySpec,
    PublicKey, SignatureAlgorithm, TokenUri,
};

/// Keys on the tokens of one or several modules. Cheap to clone.
///
/// It lists, describes and signs with what is on any token. It makes keys only on the token that [`Self::creating_on`] names:
/// the identifier (`CKA_ID`) of such a key comes from its creation token, and its alias is its `CKA_LABEL`. A token has no
/// place for a free text and tags; those of a request are not kept.
#[derive(Clone, Debug)]
pub struct TokenKeys {
    modules: Vec<TokenModule>,
    target: Option<Target>,
}

#[derive(Clone, Debug)]
struct Target {
    module: TokenModule,
    token: TokenUri,
    creates: Vec<KeySpec>,
}

impl TokenKeys {
    /// The keys on the tokens of `modules`; makes none. Where two modules show one token, the first is used. A module that
    /// fails fails the list of all: who wants to see the others all the same asks each module for itself.
    pub fn new(modules: Vec<TokenModule>) -> Self {
        Self { modules, target: None }
    }

    /// The same, making keys on `token`, of the types that it has mechanisms for.
    ///
    /// # Errors
    /// `TokenAbsent`; `BadReference` when two tokens fit; `Unavailable`; what the module fails with.
    pub async fn creating_on(self, token: &TokenUri) -> KeyResult<Self> {
        let module = self.module_of(token).await?;
        let door = module.door(token).await?;
        let look = |visit: &Visit<'_>| Ok::<_, Fault>((visit.token.clone(), visit.mechanisms.creates.clone()));
        let (token, creates) = door.run(call::CALL, look).await?;
        Ok(Self { modules: self.modules, target: Some(Target { module, token, creates }) })
    }

    /// A key with its certificates.
    ///
    /// # Errors
    /// As [`KeyManager::describe`]; `PinRequired` where the token shows the key only after a login.
    pub async fn key(&self, key: &KeyRef) -> KeyResult<TokenKey> {
        self.find(key).await.map(|(_, key)| key)
    }

    async fn find(&self, key: &KeyRef) -> KeyResult<(TokenModule, TokenKey)> {
        let uri = token_uri(key)?;
        let module = self.module_of(uri).await?;
        let door = module.door(uri).await?;
        let (wanted, name) = (Wanted::by(uri), key.to_string());
        let work = move |visit: &Visit<'_>| {
            let mut keys = objects::keys(visit.session, visit.token, visit.mechanisms, &wanted)?.into_iter();
            match (keys.next(), keys.next()) {
                (Some(key), None) => Ok(key),
                (Some(_), Some(_)) => Err(Fault::from(KeyError::BadReference {
                    reason: format!("the token has more than one key that fits {name}"),
                })),
                (None, _) if visit.may_use_private_keys()? => {
                    Err(KeyError::NotFound { key: name.clone(), region: None }.into())
                }
                (None, _) => Err(Fault::LoggedOut),
            }
        };
        let found = door.run(call::CALL, work).await?;
        Ok((module, found))
    }

    /// The first module whose tokens include the one that `uri` names.
    async fn module_of(&self, uri: &TokenUri) -> KeyResult<TokenModule> {
        let mut outcome = KeyError::TokenAbsent { token: uri.token_name() };
        for module in &self.modules {
            match module.door(uri).await {
                Ok(_) => return Ok(module.clone()),
                Err(KeyError::TokenAbsent { .. }) => {}
                // A module that cannot be used hides no other.
                Err(error) => outcome = error,
            }
        }
        Err(outcome)
    }

    fn target(&self) -> KeyResult<&Target> {
        self.target.as_ref().ok_or_else(|| self.unsupported("making keys without a token to make them on"))
    }
}

#[async_trait]
impl KeyManager for TokenKeys {
    fn capabilities(&self) -> Capabilities {
        let creates = self.target.as_ref().map(|target| target.creates.clone()).unwrap_or_default();
        let creation_tokens = !creates.is_empty();
        Capabilities { list: true, creation_tokens, ..Capabilities::core(BACKEND, creates) }
    }

    async fn describe(&self, key: &KeyRef) -> KeyResult<KeyInfo> {
        self.find(key).await.map(|(_, key)| key.info)
    }

    async fn create(&self, request: CreateKey) -> KeyResult<KeyInfo> {
        request.check()?;
        if request.multi_region {
            return Err(self.unsupported("keys in several regions"));
        }
        let target = self.target()?;
        if !target.creates.contains(&request.spec) {
            return Err(self.unsupported(&format!("making {} keys on this token", request.spec)));
        }
        let id = match &request.token {
            Some(token) => id_of(token),
            None => random_id()?,
        };
        let _alone = target.module.creation().await;
        let door = target.module.door(&target.token).await?;
        // Before it begins, nothing is unknown; after that, only the token knows what there is.
        let (wanted, alias) = (id.clone(), request.alias.clone());
        let existing = door.run(call::CALL, move |visit| taken(visit, &wanted, alias.as_deref())).await?;
        if let Some(existing) = existing {
            return match (&request.token, existing.info.spec) {
                (Some(_), Some(spec)) if spec == request.spec => Ok(existing.info),
                (Some(token), _) => Err(KeyError::AlreadyExists { name: token.as_str().to_owned() }),
                (None, _) => Err(failed("the random source repeats itself".to_owned())),
            };
        }
        let made = door.run_writing(call::GENERATION, move |visit| make(visit, &request, &id)).await;
        made.map_err(|error| match error {
            KeyError::Unavailable { state, .. } => {
                KeyError::OutcomeUnknown { action: "C_GenerateKeyPair".to_owned(), reason: state }
            }
            error => error,
        })
    }

    async fn public_key(&self, key: &KeyRef) -> KeyResult<PublicKey> {
        let (_, found) = self.find(key).await?;
        found.public_key.ok_or(KeyError::WrongUsage { key: found.info.key_id, usage: found.info.backend_spec })
    }

    async fn signer(&self, key: &KeyRef, algorithm: SignatureAlgorithm) -> KeyResult<Box<dyn DigestSigner>> {
        let (module, found) = self.find(key).await?;
        let (info, id) = (found.info, || key.to_string());
        let (Some(spec), Some(public)) = (info.spec, found.public_key) else {
            return Err(KeyError::WrongUsage { key: id(), usage: info.backend_spec });
        };
        if found.pin_every_time {
            return Err(self.unsupported("keys that want the PIN before every signature (CKA_ALWAYS_AUTHENTICATE)"));
        }
        if !info.can_sign {
            return Err(KeyError::WrongUsage { key: id(), usage: info.backend_spec });
        }
        if !info.algorithms.contains(&algorithm) {
            return Err(KeyError::WrongAlgorithm { key: id(), spec, algorithm });
        }
        let uri = token_uri(&info.key_ref)?.clone();
        // Asked now, so that a batch does not begin without it.
        let door = module.door(&uri).await?;
        let ready = |visit: &Visit<'_>| if visit.may_use_private_keys()? { Ok(()) } else { Err(Fault::LoggedOut) };
        door.run(call::CALL, ready).await?;
        Ok(Box::new(TokenSigner::new(module, uri, info.key_id, public, algorithm)))
    }

    async fn list(&self) -> KeyResult<Vec<KeyInfo>> {
        let mut seen: Vec<TokenUri> = Vec::new();
        let mut listed = Vec::new();
        for module in &self.modules {
            for token in module.tokens().await?.into_iter().filter(|token| token.initialised) {
                if seen.contains(&token.uri) {
                    continue;
                }
                match module.keys(&token.uri).await {
                    Ok(keys) => listed.extend(keys.into_iter().map(|key| key.info)),
                    // Pulled out meanwhile.
                    Err(KeyError::TokenAbsent { .. }) => continue,
                    Err(error) => return Err(error),
                }
                seen.push(token.uri);
            }
        }
        listed.sort_by_key(|key| std::cmp::Reverse(key.created_at));
        Ok(listed)
    }

    async fn find_created(&self, token: &CreationToken) -> KeyResult<Option<KeyInfo>> {
        let target = self.target()?;
        let door = target.module.door(&target.token).await?;
        let id = id_of(token);
        let found = door.run(call::CALL, move |visit| taken(visit, &id, None)).await?;
        Ok(found.map(|key| key.info))
    }
}

fn token_uri(key: &KeyRef) -> KeyResult<&TokenUri> {
    match key {
        KeyRef::Pkcs11(uri) => Ok(uri),
        KeyRef::Local { .. } | KeyRef::AwsKms { .. } | KeyRef::P12 { .. } => {
            Err(KeyError::BadReference { reason: format!("{key} is not a key on a token") })
        }
    }
}

/// The key that has `id` already.
///
/// # Errors
/// `LoggedOut` where that cannot be seen; `AlreadyExists` when another key has the label `alias`.
fn taken(visit: &Visit<'_>, id: &[u8], alias: Option<&str>) -> Result<Option<TokenKey>, Fault> {
    if !visit.may_use_private_keys()? {
        return Err(Fault::LoggedOut);
    }
    let keys = |wanted: &Wanted| objects::keys(visit.session, visit.token, visit.mechanisms, wanted);
    if let Some(key) = keys(&Wanted { id: Some(id.to_vec()), label: None })?.into_iter().next() {
        return Ok(Some(key));
    }
    let Some(alias) = alias else { return Ok(None) };
    if keys(&Wanted { id: None, label: Some(alias.to_owned()) })?.is_empty() {
        Ok(None)
    } else {
        Err(KeyError::AlreadyExists { name: alias.to_owned() }.into())
    }
}

fn make(visit: &Visit<'_>, request: &CreateKey, id: &[u8]) -> Result<KeyInfo, Fault> {
    let (mechanism, of_type) = generation(request.spec)?;
    let label = request.alias.clone().unwrap_or_default().into_bytes();
    let named = || [Attribute::Token(true), Attribute::Id(id.to_vec()), Attribute::Label(label.clone())];
    let mut public = Vec::from(named());
    public.push(Attribute::Verify(true));
    public.extend(of_type);
    let mut private = Vec::from(named());
    private.extend([
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ]);
    visit.session.generate_key_pair(&mechanism, &public, &private)?;
    let wanted = Wanted { id: Some(id.to_vec()), label: None };
    let made = objects::keys(visit.session, visit.token, visit.mechanisms, &wanted)?.into_iter().next();
    made.map(|key| key.info).ok_or_else(|| {
        KeyError::OutcomeUnknown {
            action: "C_GenerateKeyPair".to_owned(),
            reason: "the token does not show the new key".to_owned(),
        }
        .into()
    })
}

/// Length of the identifiers of new keys: as long as the key identifiers of certificates usually are.
const ID_LEN: usize = 20;

fn id_of(token: &CreationToken) -> Vec<u8> {
    let mut id = Digest::of(HashAlgorithm::Sha256, token.as_str().as_bytes()).as_bytes().to_vec();
    id.truncate(ID_LEN);
    id
}

fn random_id() -> KeyResult<Vec<u8>> {
    let mut id = vec![0; ID_LEN];
    rand::fill(&mut id).map_err(|_| failed("the random source failed".to_owned()))?;
    Ok(id)
}
