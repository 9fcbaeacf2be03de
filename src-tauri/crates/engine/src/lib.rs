//! RFC 5280 path validation by OpenSSL: one path in, every error out.

#![deny(missing_docs)]
