//! Software keys sealed on this machine.
//!
//! One folder holds everything: `master.json` (which protection is in force, and a check value), one `<id>.key.json`
//! for each key (and `<id>.use.json` once it was used), one `<name>.secret.json` for each other secret. The master key itself is in the keyring of the
//! operating system, or wrapped by a passphrase, or (demonstration only) in a plain file: [`Protection`].

mod data;
mod files;
mod keyring;
mod manager;
mod master;
mod record;
mod seal;
mod signer;
mod store;
#[cfg(test)]
mod tests;
mod uses;
mod vault;

pub use self::keyring::{Keyring, KeyringError, OsKeyring, bounded};
pub use self::master::{LocalOptions, MasterChoice, Passphrase, PlainFile, Protection};
pub use self::store::LocalKeys;
