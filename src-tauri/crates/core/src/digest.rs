//! Digests that carry their hash algorithm, so that a SHA-512 value can never be signed as a SHA-256 one.

use std::fmt;
use std::io::{self, Read};

use aws_lc_rs::digest as lc;
use serde::{Deserialize, Serialize};

/// Hash functions that signatures and the audit trail use (FIPS 180-4).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HashAlgorithm {
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl HashAlgorithm {
    /// Every variant, for tables and tests.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// Length of a digest in bytes.
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The usual printed name, e.g. `SHA-256`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    fn lc(self) -> &'static lc::Algorithm {
        match self {
            Self::Sha256 => &lc::SHA256,
            Self::Sha384 => &lc::SHA384,
            Self::Sha512 => &lc::SHA512,
        }
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A digest together with the hash that made it.
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Digest {
    algorithm: HashAlgorithm,
    bytes: Vec<u8>,
}

impl Digest {
    /// Hashes `data` in one go.
    pub fn of(algorithm: HashAlgorithm, data: &[u8]) -> Self {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(data);
        hasher.finish()
    }

    /// Hashes everything that `reader` gives, in constant memory.
    ///
    /// # Errors
    /// Whatever the reader fails with.
    pub fn of_reader(algorithm: HashAlgorithm, mut reader: impl Read) -> io::Result<Self> {
        let mut hasher = Hasher::new(algorithm);
        let mut buffer = vec![0_u8; 1 << 20];
        loop {
            let read = reader.read(&mut buffer)?;
            if read == 0 {
                return Ok(hasher.finish());
            }
            hasher.update(&buffer[..read]);
        }
    }

    /// Takes a digest that was computed elsewhere.
    ///
    /// # Errors
    /// [`DigestLengthError`] when `bytes` is not as long as `algorithm` makes them.
    pub fn from_bytes(algorithm: HashAlgorithm, bytes: Vec<u8>) -> Result<Self, DigestLengthError> {
        if bytes.len() == algorithm.output_len() {
            Ok(Self { algorithm, bytes })
        } else {
            Err(DigestLengthError { algorithm, actual: bytes.len() })
        }
    }

    /// The hash that made it.
    pub fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// The raw value.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Lower-case hexadecimal, as the registry and the receipts show it.
    pub fn to_hex(&self) -> String {
        hex::encode(&self.bytes)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, self.to_hex())
    }
}

/// A value of the wrong length was given as a digest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DigestLengthError {
    /// The hash it was claimed to come from.
    pub algorithm: HashAlgorithm,
    /// Its length in bytes.
    pub actual: usize,
}

impl fmt::Display for DigestLengthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {} digest has {} bytes, not {}", self.algorithm, self.algorithm.output_len(), self.actual)
    }
}

impl std::error::Error for DigestLengthError {}

/// Incremental hashing.
#[derive(Clone)]
pub struct Hasher {
    algorithm: HashAlgorithm,
    context: lc::Context,
}

impl Hasher {
    /// Starts an empty computation.
    pub fn new(algorithm: HashAlgorithm) -> Self {
        Self { algorithm, context: lc::Context::new(algorithm.lc()) }
    }

    /// Adds `data`.
    pub fn update(&mut self, data: &[u8]) {
        self.context.update(data);
    }

    /// Ends the computation.
    pub fn finish(self) -> Digest {
        Digest { algorithm: self.algorithm, bytes: self.context.finish().as_ref().to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_as_fips_180_4_says() {
        assert_eq!(
            Digest::of(HashAlgorithm::Sha256, b"abc").to_hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "FIPS 180-4 example"
        );
        for algorithm in HashAlgorithm::ALL {
            let whole = Digest::of(algorithm, &[7; 3_000_000]);
            let streamed = Digest::of_reader(algorithm, &[7_u8; 3_000_000][..]).unwrap();
            assert_eq!(whole, streamed, "streaming gives the same value");
            assert_eq!(whole.as_bytes().len(), algorithm.output_len());
        }
    }

    #[test]
    fn refuses_a_digest_of_another_length() {
        let error = Digest::from_bytes(HashAlgorithm::Sha512, vec![0; 32]).unwrap_err();
        assert_eq!(error.to_string(), "a SHA-512 digest has 64 bytes, not 32");
    }
}
