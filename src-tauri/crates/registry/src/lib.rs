//! SQLite: certificates, identities, jobs and the hash-chained audit trail
