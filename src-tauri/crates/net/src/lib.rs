//! The one door to the network for evidence: revocation lists, OCSP and issuers, with limits.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
