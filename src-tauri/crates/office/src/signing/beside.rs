//! Where the content of a detached signature lies: a file that a person named, one beside the signature under a likely name, or
//! one that the journal knows. It is known by its digest; a name alone proves nothing.

use std::fs::File;
use std::path::{Path, PathBuf};

use cartorio_ades::validate::MessageDigest;
use cartorio_ades::validate::cms::{SignedDataView, parse};
use cartorio_core::{Digest, HashAlgorithm, Hashers};

use super::blocking;
use super::error::SignError;
use super::levels::Content;
use super::named::Named;
use crate::documents::{Entry, file_name};
use crate::session::Session;
use crate::{OfficeResult, folders, verification};

/// Files of one folder that are looked at for a content.
const MAX_CANDIDATES: usize = 64;
/// So many bytes of files with another name than the content should have are read while it is looked for.
const MOST_READ: u64 = 2 << 30;
/// Detached signatures of a folder are known up to this size, in bytes.
const MOST_DETACHED: u64 = 64 << 20;

/// Where to look, and how much depends on it.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    /// The files that a person named. Where that is one for this signature alone, nothing else is looked at.
    pub(crate) named: Named,
    /// Whether nothing can be done without the content.
    pub(crate) needed: bool,
}

/// A `.p7s` as it is (DER, out of its armour where it has one), and what it signs.
///
/// # Errors
/// [`SignError::ContentNeeded`] where a content that is needed is nowhere; [`SignError::ContentOther`] where the named file, or the
/// one that has the signature's name, is not what was signed.
pub(crate) async fn existing(session: &Session, entry: &Entry, search: Search) -> OfficeResult<(Vec<u8>, Content)> {
    let own = entry.clone();
    let Search { named, needed } = search;
    let (der, content) = blocking(move || {
        let (der, content) = Content::of_signature(&own)?;
        let Content::Claimed(claims) = content else { return Ok((der, content)) };
        let found = match (named.only(), claims.is_empty()) {
            (Some(named), false) => Found::at(named, &claims)?,
            (None, false) => match named.with_one_of(&claims) {
                Ok(Some(path)) => Found::Here(path),
                named => match (Found::beside(&own.path, &claims), named) {
                    // A named file that cannot be read may have been the one, unless it is found to be another.
                    (Found::Other(_) | Found::Nowhere, Err(error)) => return Err(error),
                    (found, _) => found,
                },
            },
            // Without signed attributes nobody claims a digest: the signature itself is checked with the file that has its name.
            (Some(named), true) => Found::Here(named.to_owned()),
            (None, true) => {
                let named = verification::content_names(&own.name).find_map(|name| named.called(name));
                named.or_else(|| verification::sibling(&own.path)).map_or(Found::Nowhere, Found::Here)
            }
        };
        Ok::<_, crate::OfficeError>(match found {
            Found::Here(path) => (der, Content::beside(path)),
            Found::Other(name) => return Err(SignError::ContentOther { name }.into()),
            Found::Nowhere => (der, Content::Claimed(claims)),
        })
    })
    .await??;
    let Content::Claimed(claims) = content else { return Ok((der, content)) };
    // The journal has where each document lay that was signed here.
    let sha256 = claims.iter().find(|own| own.algorithm() == HashAlgorithm::Sha256).map(Digest::to_hex);
    let output = Digest::of(HashAlgorithm::Sha256, &der).to_hex();
    let recorded = session.registry.paths_of(sha256.as_deref(), &output).await?;
    let wanted = claims.clone();
    let known = blocking(move || recorded.into_iter().find(|path| is(path, &wanted).unwrap_or(false))).await?;
    match known {
        Some(path) => Ok((der, Content::beside(path))),
        None if needed => Err(SignError::ContentNeeded.into()),
        None => Ok((der, Content::Claimed(claims))),
    }
}

/// What was looked for.
enum Found {
    /// This file.
    Here(PathBuf),
    /// A file with the right name that is not it.
    Other(String),
    Nowhere,
}

impl Found {
    fn at(path: &Path, claims: &[Digest]) -> OfficeResult<Self> {
        match is(path, claims) {
            Ok(true) => Ok(Self::Here(path.to_owned())),
            Ok(false) => Ok(Self::Other(file_name(path))),
            Err(error) => Err(super::levels::unreadable(path, &error)),
        }
    }

    fn beside(signature: &Path, claims: &[Digest]) -> Self {
        if let Some(path) = beside(signature, claims) {
            return Self::Here(path);
        }
        verification::sibling(signature).map_or(Self::Nowhere, |path| Self::Other(file_name(&path)))
    }
}

/// The file beside `signature` that has one of the digests of its content: the one with its name, or another whose name is in
/// that of the signature, as a pattern for names leaves it. Blocks.
pub(crate) fn beside(signature: &Path, claims: &[Digest]) -> Option<PathBuf> {
    let good = |path: &PathBuf| is(path, claims).unwrap_or(false);
    let mut left = MOST_READ;
    let mut affordable = |path: &PathBuf| {
        let size = std::fs::metadata(path).map_or(0, |own| own.len());
        size <= left && {
            left -= size;
            true
        }
    };
    let others = || likely(signature).into_iter().filter(|path| affordable(path)).find(good);
    verification::sibling(signature).filter(good).or_else(others)
}

/// Digests of the content as the signers claim them, each algorithm once. Of more signers than are judged some are enough.
pub(crate) fn claims(data: &SignedDataView<'_>) -> Vec<Digest> {
    let mut all: Vec<Digest> = Vec::new();
    for signer in data.signers().take(verification::MAX_SIGNERS) {
        // What it claims is told only beside what it is compared with.
        let Ok(report) = signer.verify(|hash| Ok::<_, std::convert::Infallible>(Digest::of(hash, b"")));
        let claimed = match (report.message_digest, report.digest_algorithm.known()) {
            (MessageDigest::Differs { signed, .. }, Some(hash)) => Digest::from_bytes(hash, signed).ok(),
            (MessageDigest::Matches(hash), _) => Some(Digest::of(hash, b"")),
            (
                MessageDigest::Differs { .. }
                | MessageDigest::Missing
                | MessageDigest::Direct
                | MessageDigest::Unchecked,
                _,
            ) => None,
        };
        if let Some(claimed) = claimed.filter(|own| all.iter().all(|known| known.algorithm() != own.algorithm())) {
            all.push(claimed);
        }
    }
    all
}

/// Whether the file at `path` is a detached signature: nothing that a folder is signed for. Blocks.
pub(crate) fn is_detached(path: &Path) -> bool {
    // One that is larger has its content inside, or lists that no office would keep.
    if !folders::is_signature_name(&file_name(path))
        || !std::fs::metadata(path).is_ok_and(|own| own.len() <= MOST_DETACHED)
    {
        return false;
    }
    let Ok(bytes) = std::fs::read(path) else { return false };
    let der = verification::unarmoured(&bytes);
    let data = parse(der.as_deref().unwrap_or(&bytes));
    data.is_ok_and(|data| data.content().is_none() && data.signers().len() > 0)
}

/// Whether the file has a digest that one of the signers claims. Nobody's claim is nobody's content.
fn is(path: &Path, claims: &[Digest]) -> std::io::Result<bool> {
    if claims.is_empty() || !std::fs::metadata(path)?.is_file() {
        return Ok(false);
    }
    let mut hashers = Hashers::new(claims.iter().map(Digest::algorithm));
    hashers.read(File::open(path)?)?;
    Ok(hashers.finish().iter().any(|own| claims.contains(own)))
}

/// Files beside the signature whose name without its ending is in that of the signature, the longest first.
fn likely(signature: &Path) -> Vec<PathBuf> {
    let name = file_name(signature);
    let Some(folder) = signature.parent() else { return Vec::new() };
    let Ok(entries) = folder.read_dir() else { return Vec::new() };
    let mut found: Vec<(usize, PathBuf)> = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .map(|entry| entry.path())
        .filter(|path| path != signature && !folders::is_signature_name(&file_name(path)))
        .filter_map(|path| {
            let stem = path.file_stem()?.to_string_lossy().into_owned();
            has_word(&name, &stem).then_some((stem.len(), path))
        })
        .collect();
    found.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    found.into_iter().take(MAX_CANDIDATES).map(|(_, path)| path).collect()
}

/// Whether `stem` stands in `name` as a whole: `1` is in `ata-1.p7s`, and not in `ata-12.p7s`.
fn has_word(name: &str, stem: &str) -> bool {
    let is_end = |next: Option<char>| !next.is_some_and(char::is_alphanumeric);
    let mut places = name.match_indices(stem).filter(|_| !stem.is_empty());
    places.any(|(at, _)| is_end(name[..at].chars().next_back()) && is_end(name[at + stem.len()..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_content_by_its_digest_and_by_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let claims = [Digest::of(HashAlgorithm::Sha256, b"ata"), Digest::of(HashAlgorithm::Sha512, b"ata")];
        let signature = write("ata (v1) assinado.txt.p7s", "x");
        assert_eq!(beside(&signature, &claims), None);
        let other = write("ata (v1).txt", "outra");
        assert!(matches!(Found::beside(&signature, &claims), Found::Nowhere));
        assert!(matches!(Found::at(&other, &claims).unwrap(), Found::Other(name) if name == "ata (v1).txt"));
        let right = write("ata.txt", "ata");
        assert_eq!(beside(&signature, &claims).as_deref(), Some(right.as_path()));
        assert_eq!(beside(&signature, &claims[1..]).as_deref(), Some(right.as_path()));
        // One whose name has nothing of the signature's is not guessed at.
        std::fs::rename(&right, folder.path().join("livro.txt")).unwrap();
        assert_eq!(beside(&signature, &claims), None);
        assert_eq!(beside(&signature, &[]), None);
        // The name alone, with another content, is told as that.
        let changed = write("ata (v1) assinado.txt", "mudada");
        assert!(matches!(Found::beside(&signature, &claims), Found::Other(name) if name == file_name(&changed)));
        assert!(Found::at(&folder.path().join("nada"), &claims).is_err());
    }
}
