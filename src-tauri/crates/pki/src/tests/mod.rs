//! Tests of the crate as a whole, with foreign judges and corpora.

mod ca;
mod certificate;
mod chain;
mod compare;
mod corpus;
mod csr;
mod hostile;
mod legal;
mod objects;
mod ocsp;
mod p12;
pub(crate) mod support;
