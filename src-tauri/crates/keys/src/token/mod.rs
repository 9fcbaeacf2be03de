//! The PKCS#11 backend: A3 tokens, SoftHSM, AWS CloudHSM, anything with a module.
//!
//! [`TokenModule`] is a loaded module: it shows tokens, logs in and out and reads what a token holds. [`TokenKeys`] is the
//! [`KeyManager`](crate::KeyManager) over one or several modules.
//!
//! What is always so:
//! * A PIN is sent to the token once, when a person has typed it, and is kept nowhere. Nothing here repeats a login.
//! * Every call of a module runs on a thread of its own with a time limit, so that a dead reader stops one call and not the
//!   program. Such a thread is never waited for, not even at the end of the program.
//! * Every signature is verified with the public half before it is returned.
//! * Slots are looked up by the token's serial number each time a session is opened: a token may be moved.

mod call;
mod candidates;
mod door;
mod fault;
mod info;
mod manager;
mod mechanism;
mod module;
mod objects;
mod public;
mod signer;

pub use candidates::ModuleCandidate;
pub use info::{FinalTry, PinState, TokenInfo, TokenKey};
pub use manager::TokenKeys;
pub use module::TokenModule;

/// Name of this backend in messages and [`Capabilities`](crate::Capabilities).
pub(crate) const BACKEND: &str = "pkcs11";
