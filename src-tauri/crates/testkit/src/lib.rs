//! Fixed clock, mini PKI, document builders and test servers: development only

pub mod documents;
pub mod emulator;
pub mod fault_proxy;
pub mod judges;
pub mod keyring;
pub mod lab;
pub mod measure;
pub mod pki;
pub mod softhsm;
pub mod traces;
