//! Files that a person named as what detached signatures signed. Which is whose is known by digests, not by names.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cartorio_core::{Digest, HashAlgorithm, Hashers};

use super::levels::unreadable;
use crate::OfficeResult;
use crate::documents::{Documents, file_name};

/// The files that were named for the signatures of one job.
#[derive(Clone, Debug, Default)]
pub(crate) struct Named {
    files: Arc<[Candidate]>,
    /// Whether one file was named for one signature.
    for_one: bool,
}

#[derive(Debug)]
struct Candidate {
    path: PathBuf,
    /// What was computed of it: each signature of a batch asks for the same ones, and reading may take minutes.
    digests: Mutex<Vec<Digest>>,
}

impl Named {
    /// `paths` were named for so many signatures.
    pub(crate) fn new(paths: impl IntoIterator<Item = PathBuf>, signatures: usize) -> Self {
        let files: Arc<[Candidate]> =
            paths.into_iter().map(|path| Candidate { path, digests: Mutex::default() }).collect();
        Self { for_one: files.len() == 1 && signatures == 1, files }
    }

    /// The files with these handles, for so many signatures.
    ///
    /// # Errors
    /// [`crate::OfficeError::UnknownDocument`].
    pub(crate) fn of(documents: &Documents, handles: &[String], signatures: usize) -> OfficeResult<Self> {
        let paths = handles.iter().map(|id| Ok(documents.get(id)?.path));
        Ok(Self::new(paths.collect::<OfficeResult<Vec<_>>>()?, signatures))
    }

    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        self.files.iter().map(|own| own.path.clone()).collect()
    }

    /// The file that is said to be the content, where one was named for one signature.
    pub(crate) fn only(&self) -> Option<&Path> {
        self.files.first().filter(|_| self.for_one).map(|own| own.path.as_path())
    }

    /// The file with one of these digests. Blocks.
    ///
    /// # Errors
    /// For a file that cannot be read, where no other one has the digest.
    pub(crate) fn with_one_of(&self, claims: &[Digest]) -> OfficeResult<Option<PathBuf>> {
        let mut failed = None;
        for own in self.files.iter() {
            match own.has_one_of(claims) {
                Ok(true) => return Ok(Some(own.path.clone())),
                Ok(false) => {}
                Err(error) => failed = failed.or_else(|| Some(unreadable(&own.path, &error))),
            }
        }
        failed.map_or(Ok(None), Err)
    }

    /// The file with this name.
    pub(crate) fn called(&self, name: &str) -> Option<PathBuf> {
        self.files.iter().find(|own| file_name(&own.path) == name).map(|own| own.path.clone())
    }
}

impl Candidate {
    fn has_one_of(&self, claims: &[Digest]) -> io::Result<bool> {
        // Whoever asks meanwhile waits for what is computed here, instead of reading the file again.
        let mut known = self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = |hash: HashAlgorithm| known.iter().any(|own| own.algorithm() == hash);
        let missing: Vec<HashAlgorithm> =
            claims.iter().map(Digest::algorithm).filter(|hash| !is_known(*hash)).collect();
        if !missing.is_empty() {
            let mut hashers = Hashers::new(missing);
            hashers.read(File::open(&self.path)?)?;
            known.extend(hashers.finish());
        }
        Ok(known.iter().any(|own| claims.contains(own)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_signature_gets_the_file_with_its_digest() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let (one, two, gone) = (write("a", "um"), write("b", "dois"), folder.path().join("c"));
        let of = |hash, text: &str| Digest::of(hash, text.as_bytes());
        let both = Named::new([gone.clone(), one.clone(), two.clone()], 3);
        assert_eq!(both.only(), None);
        assert_eq!(both.with_one_of(&[of(HashAlgorithm::Sha256, "dois")]).unwrap(), Some(two.clone()));
        // Another hash of a file that was read before.
        let other = [of(HashAlgorithm::Sha384, "x"), of(HashAlgorithm::Sha512, "um")];
        assert_eq!(both.with_one_of(&other).unwrap(), Some(one.clone()));
        // What cannot be read is told where it may have been the one.
        assert!(both.with_one_of(&[of(HashAlgorithm::Sha256, "quatro")]).is_err());
        let there = Named::new([one.clone(), two], 3);
        assert_eq!(there.with_one_of(&[of(HashAlgorithm::Sha256, "quatro")]).unwrap(), None);
        assert_eq!(there.with_one_of(&[]).unwrap(), None);
        assert_eq!(there.called("a"), Some(one.clone()));
        assert_eq!(there.called("c"), None);
        // One for one is taken at its word, whatever it holds; one for several is not.
        assert_eq!(Named::new([one.clone()], 1).only(), Some(one.as_path()));
        assert_eq!(Named::new([one], 2).only(), None);
        assert_eq!(Named::default().only(), None);
    }
}
