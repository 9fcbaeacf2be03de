//! Credentials that end: where they come from, how they are renewed, and when a person is needed.
//!
//! A [`Keeper`] holds the credentials in use of one profile and gets new ones before they end. What a person has logged in
//! for lies in the [`LoginStore`]; a keeper looks there, so that a connection made before a login works after it.

mod base;
mod keeper;
mod pieces;
mod renewal;
mod role;
mod sso;
mod store;
pub(crate) mod terms;

use std::sync::Arc;

use cartorio_core::Clock;
use cartorio_keys::{KeyError, LoginMethod};

pub(crate) use base::plain_sdk;
pub(crate) use keeper::{Keeper, Provider};
pub(crate) use renewal::Renewal;
pub(crate) use sso::{Poll, Portal, PortalPlace};
pub(crate) use store::LoginStore;

use crate::{CredentialStore, Limits};

/// What a login works with.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) credentials: CredentialStore,
    pub(crate) logins: Arc<LoginStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
}

/// Name of this backend in errors about logins.
pub(crate) const LOGIN: &str = "aws";

fn login_required(profile: &str, method: LoginMethod) -> KeyError {
    KeyError::LoginRequired { profile: profile.to_owned(), method }
}
