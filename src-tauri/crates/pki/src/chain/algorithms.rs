//! Which algorithms were usual when.

use time::macros::datetime;
use time::{OffsetDateTime, UtcDateTime};

use crate::certificate::AlgorithmFacts;

/// MD5 certificates were forged in practice at the end of 2008 (CERT VU#836068, 2008-12-31).
const MD5_UNTIL: UtcDateTime = datetime!(2009-01-01 00:00 UTC).to_utc();
/// SHA-1 signatures and RSA keys under 2048 bits: disallowed after 2013 (NIST SP 800-131A, January 2011, tables 2 and 9).
const SHA1_UNTIL: UtcDateTime = datetime!(2014-01-01 00:00 UTC).to_utc();

/// Whether a broken hash was still usual at that instant.
pub(super) fn hash_was_usual(algorithm: &AlgorithmFacts, at: OffsetDateTime) -> bool {
    let sha1 = ["sha1", "Sha1", "SHA1"].iter().any(|hash| algorithm.name.contains(hash));
    at.to_utc() < if sha1 { SHA1_UNTIL } else { MD5_UNTIL }
}

/// The least RSA modulus that counts, whenever it was made: 512 bits were factored in 1999, 768 in 2009.
const LEAST_RSA_EVER: u32 = 1024;

/// Whether an RSA key of so few bits was still usual at that instant.
pub(super) fn rsa_was_usual(bits: u32, at: OffsetDateTime) -> bool {
    bits >= LEAST_RSA_EVER && at.to_utc() < SHA1_UNTIL
}
