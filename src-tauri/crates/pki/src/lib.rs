//! Certificates, chains, CRLs, the local CA and P12 files
