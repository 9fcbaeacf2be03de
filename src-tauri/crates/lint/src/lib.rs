//! RFC 5280 and ICP-Brasil profile rules: what an issuer did against its own standard. Never a verdict.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
