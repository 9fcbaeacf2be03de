//! Digests that carry their hash algorithm, so that a SHA-512 value can never be signed as a SHA-256 one.

use std::fmt;
use std::io::{self, Read};
use std::sync::mpsc;

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
    pub fn of_reader(algorithm: HashAlgorithm, reader: impl Read) -> io::Result<Self> {
        let mut hasher = Hasher::new(algorithm);
        each_piece(reader, |piece| hasher.update(piece))?;
        Ok(hasher.finish())
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

/// Several digests of the same bytes, read once.
#[derive(Clone)]
pub struct Hashers(Vec<Hasher>);

impl Hashers {
    /// Starts empty computations, one for each different algorithm.
    pub fn new(algorithms: impl IntoIterator<Item = HashAlgorithm>) -> Self {
        let mut all: Vec<HashAlgorithm> = Vec::new();
        for algorithm in algorithms {
            if !all.contains(&algorithm) {
                all.push(algorithm);
            }
        }
        Self(all.into_iter().map(Hasher::new).collect())
    }

    /// Adds `data` to all of them.
    pub fn update(&mut self, data: &[u8]) {
        self.0.iter_mut().for_each(|own| own.update(data));
    }

    /// Adds everything that `reader` gives, in constant memory; a second thread reads ahead, so that the disk and the processor
    /// work at the same time.
    ///
    /// # Errors
    /// Whatever the reader fails with.
    pub fn read(&mut self, mut reader: impl Read + Send) -> io::Result<()> {
        /// Small input is not worth a thread.
        const SMALL: usize = 256 << 10;
        const PIECE: usize = 256 << 10;
        const AHEAD: usize = 4;
        let mut first = Vec::with_capacity(4096);
        if (&mut reader).take(SMALL as u64).read_to_end(&mut first)? < SMALL {
            self.update(&first);
            return Ok(());
        }
        self.update(&first);
        std::thread::scope(|scope| {
            let (full, to_hash) = mpsc::sync_channel::<io::Result<(Vec<u8>, usize)>>(AHEAD);
            let (empty, to_fill) = mpsc::channel::<Vec<u8>>();
            for _ in 0..AHEAD {
                // The other end is in this very function.
                let _ = empty.send(vec![0; PIECE]);
            }
            scope.spawn(move || {
                // The channel closes when the hashing side has failed or has ended.
                while let Ok(mut buffer) = to_fill.recv() {
                    let read = loop {
                        match reader.read(&mut buffer) {
                            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                            read => break read,
                        }
                    };
                    let ends = !matches!(&read, Ok(1..));
                    if full.send(read.map(|read| (buffer, read))).is_err() || ends {
                        return;
                    }
                }
            });
            for piece in to_hash {
                let (buffer, read) = piece?;
                self.update(&buffer[..read]);
                let _ = empty.send(buffer);
            }
            Ok(())
        })
    }

    /// The computation with `algorithm`, as it stands.
    pub fn of(&self, algorithm: HashAlgorithm) -> Option<&Hasher> {
        self.0.iter().find(|own| own.algorithm == algorithm)
    }

    /// Ends all of them.
    pub fn finish(self) -> Vec<Digest> {
        self.0.into_iter().map(Hasher::finish).collect()
    }
}

/// Bytes that are read and hashed at a time: they fit into the processor's cache.
const PIECE: usize = 128 << 10;

fn each_piece(mut reader: impl Read, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    // A small file needs no large buffer.
    let mut first = Vec::with_capacity(4096);
    let small = (&mut reader).take(PIECE as u64).read_to_end(&mut first)? < PIECE;
    each(&first);
    if small {
        return Ok(());
    }
    let mut buffer = vec![0_u8; PIECE];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => each(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a little at a time, and is interrupted in between.
    struct Drops<'a>(&'a [u8], bool);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let len = buffer.len().min(self.0.len()).min(99_991);
            buffer[..len].copy_from_slice(&self.0[..len]);
            self.0 = &self.0[len..];
            Ok(len)
        }
    }

    struct Breaks(usize);

    impl Read for Breaks {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::ErrorKind::TimedOut.into());
            }
            let len = buffer.len().min(self.0);
            self.0 -= len;
            Ok(len)
        }
    }

    #[test]
    fn several_digests_of_one_reading_are_those_of_each_by_itself() {
        let bytes: Vec<u8> = (0..3_000_001_u32).map(|at| (at % 251) as u8).collect();
        for len in [0, 1, 131_072, 262_143, 262_144, 262_145, bytes.len()] {
            let data = &bytes[..len];
            let mut all = Hashers::new([HashAlgorithm::Sha256, HashAlgorithm::Sha512, HashAlgorithm::Sha256]);
            all.read(Drops(data, false)).unwrap();
            let wanted = [HashAlgorithm::Sha256, HashAlgorithm::Sha512].map(|own| Digest::of(own, data));
            assert_eq!(all.of(HashAlgorithm::Sha512).unwrap().clone().finish(), wanted[1]);
            assert!(all.of(HashAlgorithm::Sha384).is_none());
            assert_eq!(all.finish(), wanted);
            assert_eq!(Digest::of_reader(HashAlgorithm::Sha256, Drops(data, false)).unwrap(), wanted[0]);
        }
        for len in [10, 200_000, 1_000_000] {
            let mut all = Hashers::new(HashAlgorithm::ALL);
            assert_eq!(all.read(Breaks(len)).unwrap_err().kind(), io::ErrorKind::TimedOut);
            assert!(Digest::of_reader(HashAlgorithm::Sha256, Breaks(len)).is_err());
        }
    }

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
