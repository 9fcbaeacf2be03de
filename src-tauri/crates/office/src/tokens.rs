//! PKCS#11 tokens and HSMs: modules that a person took into use, the tokens behind them, what these hold.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cartorio_core::{Digest, HashAlgorithm, SecretString, WireError};
use cartorio_keys::token::{FinalTry, ModuleCandidate, TokenInfo, TokenKey, TokenKeys, TokenModule};
use cartorio_keys::{KeyError, KeyInfo, KeyManager, KeyRef, KeyResult, PinTries, TokenUri};
use cartorio_pki::{Certificate, Cpf, chain};
use cartorio_registry::Act;

use crate::a1::adopt as adopt_certificate;
use crate::authority::require_own_key;
use crate::certificates::{holder_name, issuer_name};
use crate::documents::file_name;
use crate::dto::{
    IdentityAdopt, IdentitySummary, Permission, TokenCertificateView, TokenContent, TokenDesk, TokenKeyView,
    TokenModuleAdd, TokenModuleCandidate, TokenModuleView, TokenView,
};
use crate::keys_desk::Known;
use crate::office::Office;
use crate::session::{Facts, Session};
use crate::signing::{SigningIdentity, blocking};
use crate::times::rfc3339;
use crate::words::Words;
use crate::{OfficeError, OfficeResult};

/// The PKCS#11 modules in use on this machine.
#[derive(Default)]
pub(crate) struct Tokens {
    modules: Mutex<Vec<InUse>>,
    /// Tokens of which a person was told that the next wrong PIN locks them.
    told: Mutex<HashSet<TokenUri>>,
}

#[derive(Clone)]
struct InUse {
    path: PathBuf,
    module: Result<TokenModule, KeyError>,
}

impl Tokens {
    /// Takes the configured modules into use, each once. One that cannot be loaded is named where the modules are shown.
    pub(crate) async fn load(&self, paths: Vec<PathBuf>) {
        self.modules().retain(|own| paths.contains(&own.path));
        for path in paths {
            let known = self.modules().iter().any(|own| own.path == path && own.module.is_ok());
            if !known {
                // What is wrong with a module is said where the modules are shown.
                let _ = self.put(path).await;
            }
        }
    }

    async fn put(&self, path: PathBuf) -> Result<TokenModule, KeyError> {
        let module = TokenModule::load(&path).await;
        let mut modules = self.modules();
        modules.retain(|own| own.path != path);
        modules.push(InUse { path, module: module.clone() });
        module
    }

    /// The keys on all tokens.
    pub(crate) fn keys(&self) -> Arc<dyn KeyManager> {
        Arc::new(self.token_keys())
    }

    fn token_keys(&self) -> TokenKeys {
        TokenKeys::new(self.loaded())
    }

    fn loaded(&self) -> Vec<TokenModule> {
        self.modules().iter().filter_map(|own| own.module.clone().ok()).collect()
    }

    fn all(&self) -> Vec<InUse> {
        self.modules().clone()
    }

    fn modules(&self) -> std::sync::MutexGuard<'_, Vec<InUse>> {
        self.modules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Logs out of every token.
    pub(crate) async fn logout_all(&self) {
        for module in self.loaded() {
            for token in module.tokens().await.unwrap_or_default() {
                if token.logged_in {
                    // A token that is pulled out meanwhile is logged out as well.
                    let _ = module.logout(&token.uri).await;
                }
            }
        }
    }

    /// The token that `uri` names, with its module.
    async fn find(&self, uri: &TokenUri) -> OfficeResult<(TokenModule, TokenInfo)> {
        let mut problem = None;
        for module in self.loaded() {
            match module.tokens().await {
                Ok(tokens) => {
                    if let Some(token) = tokens.into_iter().find(|token| uri.matches_token(&token.uri)) {
                        return Ok((module, token));
                    }
                }
                Err(error) => problem = Some(error),
            }
        }
        Err(problem.unwrap_or(KeyError::TokenAbsent { token: uri.token_name() }).into())
    }

    /// As the window shows it. From here on the person knows how many tries are left.
    fn view(&self, token: TokenInfo) -> TokenView {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        match token.pin.tries {
            PinTries::Last => told.insert(token.uri.clone()),
            PinTries::Full | PinTries::Few => told.remove(&token.uri),
        };
        TokenView {
            id: token.uri.to_string(),
            label: token.label,
            manufacturer: token.manufacturer,
            model: token.model,
            serial: token.serial,
            slot: token.slot,
            logged_in: token.logged_in || (token.initialised && !token.pin.needed),
            locked: token.pin.locked,
            initialised: token.initialised && (token.pin.initialised || !token.pin.needed),
            tries: token.pin.tries.name().to_owned(),
            pin_pad: token.protected_auth_path,
        }
    }

    /// Sends the PIN, once. The last try is spent only on a person who was told that it is the last.
    async fn send_pin(&self, uri: &TokenUri, pin: Option<&SecretString>) -> OfficeResult<()> {
        let (module, token) = self.find(uri).await?;
        let was_told = self.told.lock().unwrap_or_else(PoisonError::into_inner).contains(&token.uri);
        let last = if was_told { FinalTry::Spend } else { FinalTry::Refuse };
        Ok(module.login(&token.uri, pin, last).await?)
    }
}

/// Modules in use with their tokens, and modules that could be.
pub(crate) async fn desk(office: &Office) -> OfficeResult<TokenDesk> {
    office.session().await?.require(Permission::Sign)?;
    let tokens = &office.tokens;
    let mut modules = Vec::new();
    for own in tokens.all() {
        let found = match &own.module {
            Ok(module) => module.tokens().await,
            Err(error) => Err(error.clone()),
        };
        let (found, problem) = match found {
            Ok(found) => (found, None),
            Err(error) => (Vec::new(), Some(WireError::from(&error))),
        };
        modules.push(TokenModuleView {
            id: handle(&own.path),
            name: file_name(&own.path),
            path: own.path.display().to_string(),
            problem,
            tokens: found.into_iter().map(|token| tokens.view(token)).collect(),
        });
    }
    let candidates = candidates(tokens)
        .await?
        .into_iter()
        .map(|own| TokenModuleCandidate {
            id: handle(&own.path),
            product: own.product.to_owned(),
            path: own.path.display().to_string(),
        })
        .collect();
    Ok(TokenDesk { modules, candidates })
}

/// Takes a module into use: its code runs inside this program from here on, so only a person's choice leads here.
pub(crate) async fn add_module(office: &Office, request: TokenModuleAdd) -> OfficeResult<TokenDesk> {
    office.settings_session().await?;
    let path = match request.candidate {
        Some(id) => candidates(&office.tokens)
            .await?
            .into_iter()
            .find(|own| handle(&own.path) == id)
            .map(|own| own.path)
            .ok_or(OfficeError::UnknownToken)?,
        None => match office.ports.dialogs.pick_files(Words::of(office)?.pick_module()).await.into_iter().next() {
            Some(path) => path,
            None => return desk(office).await,
        },
    };
    use_module(office, path).await?;
    desk(office).await
}

/// Takes the module at `path` into use.
pub(crate) async fn use_module(office: &Office, path: PathBuf) -> OfficeResult<()> {
    let session = office.session().await?;
    office.settings_session().await?;
    let facts = Facts::default().with("module", path.display().to_string());
    session
        .record(Act::TokenModuleAdded, facts, async |found| {
            let own = path.clone();
            let sha256 = blocking(move || {
                let file = std::fs::File::open(&own)?;
                Digest::of_reader(HashAlgorithm::Sha256, std::io::BufReader::new(file))
            })
            .await?
            .map_err(|error| KeyError::ModuleUnusable { module: file_name(&path), reason: error.to_string() })?;
            found.detail.insert("module_sha256".to_owned(), sha256.to_hex());
            office.tokens.put(path.clone()).await?;
            office.home.change_config(|config| {
                if !config.token_modules.contains(&path) {
                    config.token_modules.push(path.clone());
                }
                Ok(())
            })
        })
        .await
}

/// Takes a module out of use. It stays loaded until the program ends, and nothing is asked of it any more.
pub(crate) async fn remove_module(office: &Office, id: &str) -> OfficeResult<TokenDesk> {
    let session = office.session().await?;
    session.require(Permission::ManageSettings)?;
    let own = office.tokens.all().into_iter().find(|own| handle(&own.path) == id).ok_or(OfficeError::UnknownToken)?;
    let facts = Facts::default().with("module", own.path.display().to_string());
    session
        .record(Act::TokenModuleRemoved, facts, async |_| {
            if let Ok(module) = &own.module {
                for token in module.tokens().await.unwrap_or_default() {
                    let _ = module.logout(&token.uri).await;
                }
            }
            let paths = office.home.change_config(|config| {
                config.token_modules.retain(|path| *path != own.path);
                Ok(config.token_modules.clone())
            })?;
            office.tokens.load(paths).await;
            Ok(())
        })
        .await?;
    desk(office).await
}

/// What a token holds, as far as it shows it now.
pub(crate) async fn content(session: &Session, id: &str) -> OfficeResult<TokenContent> {
    session.require(Permission::Sign)?;
    let uri = token_uri(id)?;
    let (module, token) = session.tokens.find(&uri).await?;
    let keys = module.keys(&token.uri).await?;
    let all = module.certificates(&token.uri).await?;
    let known = Known::of(session).await?;
    let of_keys: HashSet<&[u8]> = keys.iter().flat_map(|key| &key.certificates).map(Vec::as_slice).collect();
    let other_certificates =
        all.iter().filter(|der| !of_keys.contains(der.as_slice())).filter_map(|der| line(der, None)).collect();
    let keys = keys
        .iter()
        .map(|key| TokenKeyView {
            key: known.summary(&key.info),
            certificates: key.certificates.iter().filter_map(|der| line(der, Some(key))).collect(),
        })
        .collect();
    Ok(TokenContent { token: session.tokens.view(token), keys, other_certificates })
}

/// Logs in to a token; its PIN is sent once and kept nowhere.
pub(crate) async fn login(session: &Session, id: &str, pin: Option<SecretString>) -> OfficeResult<TokenContent> {
    session.require(Permission::Sign)?;
    let uri = token_uri(id)?;
    let facts = Facts::default().with("token", uri.token_name());
    session.record(Act::KeyUnlocked, facts, async |_| session.tokens.send_pin(&uri, pin.as_ref()).await).await?;
    content(session, id).await
}

/// Logs out of a token.
pub(crate) async fn logout(session: &Session, id: &str) -> OfficeResult<TokenContent> {
    session.require(Permission::Sign)?;
    let uri = token_uri(id)?;
    let facts = Facts::default().with("token", uri.token_name());
    session
        .record(Act::KeyLocked, facts, async |_| {
            let (module, token) = session.tokens.find(&uri).await?;
            Ok(module.logout(&token.uri).await?)
        })
        .await?;
    content(session, id).await
}

/// Makes an identity of a key on a token and the certificate that is there, or in a file, for it.
pub(crate) async fn adopt(office: &Office, request: IdentityAdopt) -> OfficeResult<IdentitySummary> {
    let brought = match &request.certificate {
        Some(document) => office.certificates_in(&document.id).await?,
        None => Vec::new(),
    };
    let session = office.session().await?;
    adopt_key(&session, &request.key_ref, request.label, brought).await
}

/// The same, with the certificates in hand.
pub(crate) async fn adopt_key(
    session: &Session,
    key_ref: &str,
    label: String,
    brought: Vec<Certificate>,
) -> OfficeResult<IdentitySummary> {
    session.require(Permission::Sign)?;
    let key: KeyRef = key_ref.parse()?;
    let id = session
        .record(Act::IdentityCreated, Facts::key(&key).with("label", label.clone()), async |found| {
            let KeyRef::Pkcs11(uri) = &key else {
                return Err(KeyError::BadReference { reason: format!("{key} is not on a token") }.into());
            };
            let held = session.tokens.token_keys().key(&key).await?;
            let public = held.public_key.clone().ok_or(OfficeError::NoCertificate { key: key.to_string() })?;
            if held.pin_every_time {
                let what = "keys that want the PIN before every signature".to_owned();
                return Err(KeyError::Unsupported { backend: "pkcs11", what }.into());
            }
            require_own_key(session, &held.info, &public).await?;
            let (module, token) = session.tokens.find(uri).await?;
            let mut pool: Vec<Certificate> = brought;
            pool.extend(held.certificates.iter().filter_map(|der| Certificate::from_der(der).ok()));
            pool.extend(
                module.certificates(&token.uri).await?.iter().filter_map(|der| Certificate::from_der(der).ok()),
            );
            let now = session.clock.now();
            let own = |certificate: &&Certificate| certificate.public_key().is_some_and(|key| key.spki == public.spki);
            // A renewed certificate lies beside the old one: the one that is valid, and longest.
            let leaf = pool
                .iter()
                .filter(own)
                .max_by_key(|certificate| (certificate.validity.contains(now), certificate.validity.not_after))
                .cloned()
                .ok_or(OfficeError::NoCertificate { key: key.to_string() })?;
            found.certificate_sha256 = Some(leaf.fingerprint());
            found.key_id = Some(held.info.key_id.clone());
            let above = chain_from(&leaf, &pool);
            let identity = adopt_certificate(session, &key, &public, &leaf, &above, Some(label)).await?;
            Ok(identity.id)
        })
        .await?;
    Ok(SigningIdentity::load(session, &id.to_string()).await?.summary(session.clock.now()))
}

/// The certificates above `leaf`, its issuer first, as far as `pool` has them.
fn chain_from(leaf: &Certificate, pool: &[Certificate]) -> Vec<Certificate> {
    let report = chain::review(leaf, pool, &[], &[], leaf.validity.not_before);
    report
        .best()
        .map(|path| path.steps.iter().skip(1).map(|step| step.certificate.clone()).collect())
        .unwrap_or_default()
}

/// Keys of every token that is in its reader now, token by token.
pub(crate) async fn every_key(session: &Session) -> Vec<(String, KeyResult<Vec<KeyInfo>>)> {
    let mut answers = Vec::new();
    for own in session.tokens.all() {
        let name = file_name(&own.path);
        let module = match own.module {
            Ok(module) => module,
            Err(error) => {
                answers.push((name, Err(error)));
                continue;
            }
        };
        match module.tokens().await {
            Ok(tokens) => {
                for token in tokens.into_iter().filter(|token| token.initialised) {
                    let keys = module.keys(&token.uri).await;
                    answers.push((token.label, keys.map(|keys| keys.into_iter().map(|key| key.info).collect())));
                }
            }
            Err(error) => answers.push((name, Err(error))),
        }
    }
    answers
}

/// The backend that makes keys on the token called `id`.
pub(crate) async fn manager_of(session: &Session, id: &str) -> OfficeResult<Arc<dyn KeyManager>> {
    let uri = token_uri(id)?;
    let (_, token) = session.tokens.find(&uri).await?;
    Ok(Arc::new(session.tokens.token_keys().creating_on(&token.uri).await?))
}

/// The token that a key lives on.
pub(crate) async fn token_of(session: &Session, key: &KeyRef) -> OfficeResult<TokenView> {
    let (_, token) = session.tokens.find(uri_of(key)?).await?;
    Ok(session.tokens.view(token))
}

/// Logs in to the token that a key lives on.
pub(crate) async fn login_for(session: &Session, key: &KeyRef, pin: Option<SecretString>) -> OfficeResult<()> {
    session.tokens.send_pin(uri_of(key)?, pin.as_ref()).await
}

/// Logs out of the token that a key lives on; a token that is gone is logged out.
pub(crate) async fn logout_for(session: &Session, key: &KeyRef) -> OfficeResult<()> {
    match session.tokens.find(uri_of(key)?).await {
        Ok((module, token)) => Ok(module.logout(&token.uri).await?),
        Err(OfficeError::Key(KeyError::TokenAbsent { .. })) => Ok(()),
        Err(error) => Err(error),
    }
}

fn uri_of(key: &KeyRef) -> OfficeResult<&TokenUri> {
    match key {
        KeyRef::Pkcs11(uri) => Ok(uri),
        KeyRef::Local { .. } | KeyRef::AwsKms { .. } | KeyRef::P12 { .. } => Err(OfficeError::UnknownToken),
    }
}

fn token_uri(id: &str) -> OfficeResult<TokenUri> {
    let uri: TokenUri = id.parse().map_err(|_| OfficeError::UnknownToken)?;
    if uri.names_token() { Ok(uri.token_alone()) } else { Err(OfficeError::UnknownToken) }
}

async fn candidates(tokens: &Tokens) -> OfficeResult<Vec<ModuleCandidate>> {
    let found = blocking(TokenModule::candidates).await?;
    let used: Vec<PathBuf> = tokens.all().into_iter().map(|own| own.path).collect();
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let used: Vec<PathBuf> = used.iter().map(|path| real(path)).collect();
    Ok(found.into_iter().filter(|own| !used.contains(&real(&own.path))).collect())
}

/// Names a module without giving its path to anybody who could hand in another.
fn handle(path: &Path) -> String {
    Digest::of(HashAlgorithm::Sha256, path.as_os_str().as_encoded_bytes()).to_hex()[..16].to_owned()
}

/// A certificate in a line; what cannot be decoded is left out.
fn line(der: &[u8], key: Option<&TokenKey>) -> Option<TokenCertificateView> {
    let certificate = Certificate::from_der(der).ok()?;
    let public = key.and_then(|key| key.public_key.as_ref());
    let matches_key = public.is_some_and(|key| certificate.public_key().is_some_and(|own| own.spki == key.spki));
    Some(TokenCertificateView {
        sha256: certificate.fingerprint(),
        holder: holder_name(&certificate),
        masked_cpf: certificate.identity.cpf.as_ref().map(Cpf::masked),
        issuer: issuer_name(&certificate),
        not_before: rfc3339(certificate.validity.not_before),
        not_after: rfc3339(certificate.validity.not_after),
        matches_key,
    })
}
