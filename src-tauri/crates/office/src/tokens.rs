//! Tokens
use std::path::PathBuf;
use std::sync::Arc;
use cartorio_core::SecretString;
use cartorio_keys::{KeyInfo, KeyManager, KeyRef, KeyResult};
use crate::dto::*;
use crate::office::Office;
use crate::session::Session;
use crate::{OfficeError, OfficeResult};

/// PKCS#11 modules of this machine.
#[derive(Default)]
pub(crate) struct Tokens {}

impl Tokens {
    pub(crate) fn load(&self, _paths: Vec<PathBuf>) {}
    pub(crate) fn keys(&self) -> Arc<dyn KeyManager> {
        unreachable!()
    }
    pub(crate) async fn logout_all(&self) {}
}

pub(crate) async fn every_key(_session: &Session) -> Vec<(String, KeyResult<Vec<KeyInfo>>)> {
    Vec::new()
}

pub(crate) fn manager_of(_session: &Session, _token: &str) -> OfficeResult<Arc<dyn KeyManager>> {
    Err(OfficeError::UnknownToken)
}

pub(crate) async fn token_of(_session: &Session, _key: &KeyRef) -> OfficeResult<TokenView> {
    Err(OfficeError::UnknownToken)
}

pub(crate) async fn login_for(_session: &Session, _key: &KeyRef, _pin: Option<SecretString>) -> OfficeResult<()> {
    Err(OfficeError::UnknownToken)
}

pub(crate) async fn logout_for(_session: &Session, _key: &KeyRef) -> OfficeResult<()> {
    Err(OfficeError::UnknownToken)
}
pub(crate) async fn desk(_: &Office) -> OfficeResult<TokenDesk> { Err(OfficeError::UnknownToken) }
pub(crate) async fn add_module(_: &Office, _: TokenModuleAdd) -> OfficeResult<TokenDesk> { Err(OfficeError::UnknownToken) }
pub(crate) async fn remove_module(_: &Office, _: &str) -> OfficeResult<TokenDesk> { Err(OfficeError::UnknownToken) }
pub(crate) async fn content(_: &Session, _: &str) -> OfficeResult<TokenContent> { Err(OfficeError::UnknownToken) }
pub(crate) async fn login(_: &Session, _: &str, _: Option<SecretString>) -> OfficeResult<TokenContent> { Err(OfficeError::UnknownToken) }
pub(crate) async fn logout(_: &Session, _: &str) -> OfficeResult<TokenContent> { Err(OfficeError::UnknownToken) }
pub(crate) async fn adopt(_: &Office, _: IdentityAdopt) -> OfficeResult<IdentitySummary> { Err(OfficeError::UnknownToken) }
