//! ASN.1 as it stands in a file: every element with its bytes, its name and its meaning.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
