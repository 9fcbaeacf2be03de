//! What creating and validating share: bounded BER reading, DER writing, identifiers, certificate slices.

pub mod algorithm;
pub mod ber;
pub mod certificate;
pub mod der;
pub mod enclosing;
pub mod oid;
pub mod time;
pub mod tlv;
pub mod tst;
