//! Fixed clock, mini PKI, document builders and test servers: development only

pub mod emulator;
pub mod pki;
