//! RFC 5280 path validation by OpenSSL: one path in, every error out.
//!
//! | item | what |
//! |---|---|
//! | [`Cert`], [`Crl`] | parsed once, cheap to clone, usable from every thread |
//! | [`PublicKey`] | one signature checked with one key |
//! | [`Anchor`], [`verify`] | a path judged: all errors at their depths, the policies, the revocation lists that decided |
//!
//! This crate knows nothing of ours and decides nothing but what RFC 5280 and OpenSSL say of the path that it is given. Building
//! paths, weighing errors and revocation as of another time are the caller's (`cartorio-pki`). All unsafe code of the
//! workspace's domain is in the module `ffi`: the bindings that the `openssl` crate lacks, behind safe functions.

#![deny(missing_docs)]
#![deny(unsafe_op_in_unsafe_fn)]

mod codes;
mod ffi;
mod key;
mod object;
mod verify;

pub use codes::ErrorCode;
pub use key::{KeyError, PublicKey, SignatureError};
pub use object::{Cert, Crl, ParseError};
pub use verify::{Anchor, CrlUse, EngineError, Outcome, Params, PathError, Purpose, RevokedEntry, consult, verify};

/// The linked OpenSSL, e.g. `OpenSSL 3.6.3 9 Jun 2026`.
pub fn version() -> &'static str {
    openssl::version::version()
}
