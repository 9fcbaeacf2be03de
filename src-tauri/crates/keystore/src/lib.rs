//! P12, JKS and JCEKS files: structure, decryption, integrity. Bytes in, bags out; knows nothing of certificates.

#![forbid(unsafe_code)]
#![deny(missing_docs)]
