//! Fixed clock, mini PKI, document builders and test servers: development only

pub mod emulator;
pub mod fault_proxy;
pub mod pki;
pub mod softhsm;
