//! Tests of the crate as a whole, with foreign judges and corpora.

mod ca;
mod certificate;
mod chain;
mod corpus;
mod legal;
mod objects;
mod p12;
pub(crate) mod support;
