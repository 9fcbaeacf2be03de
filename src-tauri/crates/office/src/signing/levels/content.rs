//! What a `.p7s` signs: beside it, or inside it. It is streamed wherever it is, because it may be larger than any memory; only the
//! signature around it is held.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use cartorio_ades::cms::ber::Limits;
use cartorio_ades::cms::der;
use cartorio_ades::cms::enclosing::{self, ContentReader, Opened};
use cartorio_ades::create::upgrade::{self, EnclosedAgain, Enclosing, UpgradeError, icp};
use cartorio_ades::validate::cms::parse;
use cartorio_core::{Digest, HashAlgorithm, Hasher, Hashers, WireError};

use super::IMPRINT;
use crate::documents::{Entry, ReadFor, Stamp, file_name};
use crate::signing::{SignError, beside};
use crate::{OfficeError, OfficeResult, verification};

/// The content of a `.p7s`.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    /// It is this file, beside the signature.
    Beside(Arc<Lying>),
    /// It is this file, and goes inside when the signature is complete.
    Enclosed {
        file: Arc<Lying>,
        /// How long it has to be, in bytes.
        len: u64,
    },
    /// It is not at hand: these are its digests as the signers claim them.
    Claimed(Vec<Digest>),
    /// It is inside a signature that there is, and goes inside the one that is made of it.
    Within(Arc<Within>),
}

/// A file that is the content of a signature elsewhere.
#[derive(Debug)]
pub(crate) struct Lying {
    path: PathBuf,
    known: Known,
    /// As the file was when it was read first: what is known of it counts as long as it stays so.
    seen: OnceLock<Stamp>,
}

/// A signature with its content inside.
#[derive(Debug)]
pub(crate) struct Within {
    path: PathBuf,
    /// The signature out of its armour; nothing where the file is the signature.
    unarmoured: Option<Vec<u8>>,
    opened: Opened,
    known: Known,
}

/// What is known of a content: every signer and every archive time stamp asks for it, and reading it may take minutes.
#[derive(Default)]
struct Known(Mutex<Reading>);

#[derive(Default)]
struct Reading {
    digests: Vec<Digest>,
    /// Hashes that were fed the content, by the digest of what they had been fed before.
    fed: Vec<(Digest, Hasher)>,
}

/// So many hashes are kept. A signature describes its content in one way, so there is one for each algorithm.
const MOST_FED: usize = 8;

impl Content {
    /// The file at `path`, which stays beside the signature.
    pub(crate) fn beside(path: impl Into<PathBuf>) -> Self {
        Self::Beside(Arc::new(Lying::at(path.into())))
    }

    /// The file at `path`, `len` bytes, which goes inside.
    pub(crate) fn enclosed(path: impl Into<PathBuf>, len: u64) -> Self {
        Self::Enclosed { file: Arc::new(Lying::at(path.into())), len }
    }

    /// A `.p7s` (out of its armour where it has one) without the content that it may have inside, and what it signs: inside, or
    /// as it is claimed. Where that lies is found by `beside::existing`. Blocks.
    ///
    /// # Errors
    /// For something that is not a signature; `too_many_signatures`.
    pub(crate) fn of_signature(entry: &Entry) -> OfficeResult<(Vec<u8>, Self)> {
        let failed = |error: io::Error| entry.unreadable(&error);
        let mut file = File::open(&entry.path).map_err(failed)?;
        let mut first = Vec::new();
        (&mut file).take(1).read_to_end(&mut first).map_err(failed)?;
        // An armour is text, which does not start so.
        if first == [der::SEQUENCE]
            && let Some(opened) = open(&mut file)?
        {
            return Self::within(entry, None, opened);
        }
        let bytes = entry.read(ReadFor::Signature)?;
        let der = match verification::unarmoured(&bytes) {
            Some(der) => match open(&mut Cursor::new(&der))? {
                Some(opened) => return Self::within(entry, Some(der), opened),
                None => der,
            },
            None => bytes,
        };
        let claims = {
            let data = parse(&der)?;
            verification::require_few(data.signers().len())?;
            beside::claims(&data)
        };
        Ok((der, Self::Claimed(claims)))
    }

    fn within(entry: &Entry, unarmoured: Option<Vec<u8>>, opened: Opened) -> OfficeResult<(Vec<u8>, Self)> {
        let signature = opened.signature.clone();
        verification::require_few(parse(&signature)?.signers().len())?;
        let own = Within { path: entry.path.clone(), unarmoured, opened, known: Known::default() };
        Ok((signature, Self::Within(Arc::new(own))))
    }

    /// Whether the finished signature has it inside.
    pub(crate) const fn is_inside(&self) -> bool {
        match self {
            Self::Beside(_) | Self::Claimed(_) => false,
            Self::Enclosed { .. } | Self::Within(_) => true,
        }
    }

    /// Its length in bytes, where the finished signature has it inside.
    pub(crate) fn inside_len(&self) -> Option<u64> {
        match self {
            Self::Beside(_) | Self::Claimed(_) => None,
            Self::Enclosed { len, .. } => Some(*len),
            Self::Within(own) => Some(own.opened.content_len()),
        }
    }

    /// Its digest. The content is read once for each algorithm, whoever asks.
    ///
    /// # Errors
    /// [`SignError::ContentNeeded`]; where it cannot be read; [`OfficeError::DocumentChanged`] where the file is not the one that was
    /// read first.
    pub(crate) fn digest(&self, hash: HashAlgorithm) -> OfficeResult<Digest> {
        let known = match self {
            Self::Beside(file) | Self::Enclosed { file, .. } => &file.known,
            Self::Within(own) => &own.known,
            Self::Claimed(all) => {
                let own = all.iter().find(|own| own.algorithm() == hash);
                return own.cloned().ok_or_else(|| SignError::ContentNeeded.into());
            }
        };
        self.require_unchanged()?;
        if let Some(digest) = known.digest(hash) {
            return Ok(digest);
        }
        let mut hashers = Hashers::new([hash]);
        hashers.read(self.reader()?).map_err(|error| self.unreadable(&error))?;
        let digest = hashers.finish().pop().ok_or_else(|| OfficeError::internal("a digest of the content"))?;
        self.require_unchanged()?;
        known.reading().digests.push(digest.clone());
        Ok(digest)
    }

    /// Feeds it to a hash. The content is read once for each algorithm and each beginning, whoever asks.
    ///
    /// # Errors
    /// As [`Self::digest`].
    pub(crate) fn feed(&self, hasher: &mut Hasher) -> OfficeResult<()> {
        let known = match self {
            Self::Beside(file) | Self::Enclosed { file, .. } => &file.known,
            Self::Within(own) => &own.known,
            Self::Claimed(_) => return Err(SignError::ContentNeeded.into()),
        };
        self.require_unchanged()?;
        let before = hasher.clone().finish();
        if let Some(fed) = known.fed(&before) {
            *hasher = fed;
            return Ok(());
        }
        let mut reader = self.reader()?;
        each_piece(
            &mut *reader,
            |error| self.unreadable(error),
            |piece| {
                hasher.update(piece);
                Ok(())
            },
        )?;
        self.require_unchanged()?;
        known.keep(before, hasher);
        Ok(())
    }

    /// What an `archiveTimestampV2` of the finished signature is over.
    pub(super) fn archive_v2_input(&self, cms: &[u8], signer: usize) -> OfficeResult<Digest> {
        let mut reader = self.reader()?;
        Ok(match self {
            Self::Beside(_) | Self::Claimed(_) => icp::archive_v2_input(cms, signer, IMPRINT, &mut reader)?,
            Self::Enclosed { len, .. } => icp::archive_v2_input_enclosed(cms, signer, IMPRINT, &mut reader, *len)?,
            Self::Within(own) => icp::archive_v2_input_again(&own.opened, cms, signer, IMPRINT, &mut reader)?,
        })
    }

    /// Writes the finished signature, with its content where that goes inside. `beside` is the name that it is to get.
    pub(crate) fn write(&self, cms: &[u8], to: &mut impl Write, beside: &Path) -> OfficeResult<()> {
        let failed = |error: io::Error| OfficeError::unwritable(beside, &error);
        let (head, mut reader, len, tail) = match self {
            Self::Beside(_) | Self::Claimed(_) => return to.write_all(cms).map_err(failed),
            Self::Enclosed { len, .. } => {
                self.require_unchanged()?;
                let Enclosing { head, tail } = match upgrade::enclose(cms, *len) {
                    // Its archive time stamp is over the enclosing form.
                    Err(UpgradeError::Sealed) => icp::enclose_stamped(cms, *len)?,
                    other => other?,
                };
                (head, self.reader()?, *len, tail)
            }
            Self::Within(own) => {
                let EnclosedAgain { head, content, tail } = upgrade::enclose_again(&own.opened, cms)?;
                let len = content.iter().map(|place| place.end - place.start).sum();
                (head, own.read(content).map_err(|error| self.unreadable(&error))?, len, tail)
            }
        };
        to.write_all(&head).map_err(failed)?;
        let mut left = len;
        // One byte more than announced is seen too.
        each_piece(
            &mut (&mut reader).take(len.saturating_add(1)),
            |error| self.unreadable(error),
            |piece| {
                left = left.checked_sub(piece.len() as u64).ok_or_else(|| self.changed())?;
                to.write_all(piece).map_err(failed)
            },
        )?;
        if left > 0 {
            return Err(self.changed());
        }
        to.write_all(&tail).map_err(failed)
    }

    fn reader(&self) -> OfficeResult<Box<dyn Read + Send + '_>> {
        let failed = |error: io::Error| self.unreadable(&error);
        match self {
            Self::Beside(own) | Self::Enclosed { file: own, .. } => {
                Ok(Box::new(File::open(&own.path).map_err(failed)?))
            }
            Self::Within(own) => own.read(&own.opened.content).map_err(failed),
            Self::Claimed(_) => Err(SignError::ContentNeeded.into()),
        }
    }

    /// The file that it is, or is in.
    fn path(&self) -> &Path {
        match self {
            Self::Beside(own) | Self::Enclosed { file: own, .. } => &own.path,
            Self::Within(own) => &own.path,
            Self::Claimed(_) => Path::new(""),
        }
    }

    /// Refuses a file that is not the one that was read first. One around the content is looked at by whoever opened it.
    fn require_unchanged(&self) -> OfficeResult<()> {
        match self {
            Self::Beside(own) | Self::Enclosed { file: own, .. } => own.require_unchanged(),
            Self::Within(_) | Self::Claimed(_) => Ok(()),
        }
    }

    fn unreadable(&self, error: &io::Error) -> OfficeError {
        unreadable(self.path(), error)
    }

    fn changed(&self) -> OfficeError {
        OfficeError::DocumentChanged { name: file_name(self.path()) }
    }
}

impl Within {
    /// Reads these places of the signature.
    fn read<'a>(&'a self, places: &'a [Range<u64>]) -> io::Result<Box<dyn Read + Send + 'a>> {
        let reader: Box<dyn Read + Send + 'a> = match &self.unarmoured {
            Some(der) => Box::new(ContentReader::new(Cursor::new(der.as_slice()), places)),
            None => Box::new(ContentReader::new(File::open(&self.path)?, places)),
        };
        Ok(reader)
    }
}

impl Lying {
    fn at(path: PathBuf) -> Self {
        Self { path, known: Known::default(), seen: OnceLock::new() }
    }

    fn require_unchanged(&self) -> OfficeResult<()> {
        let metadata = std::fs::metadata(&self.path).map_err(|error| unreadable(&self.path, &error))?;
        let now = Stamp::of(&metadata);
        if *self.seen.get_or_init(|| now) == now {
            Ok(())
        } else {
            Err(OfficeError::DocumentChanged { name: file_name(&self.path) })
        }
    }
}

impl Known {
    fn digest(&self, hash: HashAlgorithm) -> Option<Digest> {
        self.reading().digests.iter().find(|own| own.algorithm() == hash).cloned()
    }

    fn fed(&self, before: &Digest) -> Option<Hasher> {
        self.reading().fed.iter().find(|(own, _)| own == before).map(|(_, fed)| fed.clone())
    }

    fn keep(&self, before: Digest, fed: &Hasher) {
        let mut reading = self.reading();
        if reading.fed.len() < MOST_FED {
            reading.fed.push((before, fed.clone()));
        }
    }

    /// The lists hold no invariant that a panic elsewhere could break.
    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Known").field(&self.reading().digests).finish()
    }
}

pub(crate) fn unreadable(path: &Path, error: &io::Error) -> OfficeError {
    OfficeError::DocumentUnreadable { name: file_name(path), reason: error.to_string() }
}

fn open(source: &mut (impl Read + Seek)) -> OfficeResult<Option<Opened>> {
    enclosing::open(source, Limits::default()).map_err(|error| OfficeError::Format(WireError::from(&error)))
}

/// Bytes that are read at a time: they fit into the processor's cache.
const PIECE: usize = 256 << 10;

fn each_piece(
    reader: &mut dyn Read,
    failed: impl Fn(&io::Error) -> OfficeError,
    mut each: impl FnMut(&[u8]) -> OfficeResult<()>,
) -> OfficeResult<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => each(&buffer[..read])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use cartorio_ades::cms::oid;

    use super::*;
    use crate::documents::Documents;
    use crate::dto::DocumentOrigin;

    const HASH: HashAlgorithm = HashAlgorithm::Sha256;

    /// Nobody's signature, whose pieces get their lengths from `constructed`, around `content`, an element.
    fn signature(content: &[u8], constructed: &dyn Fn(u8, &[u8]) -> Vec<u8>) -> Vec<u8> {
        let tagged = if content.is_empty() { Vec::new() } else { constructed(der::context(0), content) };
        let description = constructed(der::SEQUENCE, &[der::oid(oid::DATA), tagged].concat());
        let data = [&[2, 1, 1, der::SET, 0][..], &description, &[der::SET, 0]].concat();
        let data = constructed(der::context(0), &constructed(der::SEQUENCE, &data));
        constructed(der::SEQUENCE, &[der::oid(oid::SIGNED_DATA), data].concat())
    }

    fn definite(tag: u8, body: &[u8]) -> Vec<u8> {
        der::tlv(tag, &[body])
    }

    fn indefinite(tag: u8, body: &[u8]) -> Vec<u8> {
        [&[tag, 0x80], body, &[0, 0]].concat()
    }

    fn armoured(der: &[u8]) -> Vec<u8> {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("-----BEGIN CMS-----\n{}\n-----END CMS-----\n", lines.join("\n")).into_bytes()
    }

    fn read(path: &Path, bytes: &[u8]) -> OfficeResult<(Vec<u8>, Content)> {
        std::fs::write(path, bytes).unwrap();
        let documents = Documents::default();
        let info = documents.open(path, DocumentOrigin::Picked).unwrap();
        Content::of_signature(&documents.get(&info.id).unwrap())
    }

    #[test]
    fn content_inside_is_streamed_whatever_the_signature_is_written_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.p7s");
        let long: Vec<u8> = (0..3_u32 << 18).flat_map(u32::to_le_bytes).collect();
        for content in [&b"x"[..], &long, &[]] {
            let whole = signature(&definite(der::OCTET_STRING, content), &definite);
            let pieces: Vec<u8> = content.chunks(70_000).flat_map(|piece| definite(der::OCTET_STRING, piece)).collect();
            let pieces = signature(&indefinite(0x24, &pieces), &indefinite);
            for written in [whole.clone(), pieces.clone(), armoured(&whole), armoured(&pieces)] {
                let (cms, own) = read(&path, &written).unwrap();
                assert_eq!(cms, signature(&[], &definite));
                assert!(own.is_inside() && own.inside_len() == Some(content.len() as u64));
                for _ in 0..2 {
                    assert_eq!(own.digest(HASH).unwrap(), Digest::of(HASH, content));
                }
                let mut hasher = Hasher::new(HASH);
                own.feed(&mut hasher).unwrap();
                assert_eq!(hasher.finish(), Digest::of(HASH, content));
                let mut out = Vec::new();
                own.write(&cms, &mut out, &path).unwrap();
                assert!(out == whole, "DER comes out as it was, and BER as DER");
            }
        }
    }

    #[test]
    fn a_signature_without_content_is_written_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ata.txt.p7s");
        let detached = signature(&[], &definite);
        for written in [detached.clone(), armoured(&detached)] {
            let (cms, claimed) = read(&path, &written).unwrap();
            assert!(matches!(&claimed, Content::Claimed(claims) if claims.is_empty()), "nobody signed it");
            assert_eq!(claimed.digest(HASH).unwrap_err().wire().code, "content_needed");
            assert_eq!(claimed.feed(&mut Hasher::new(HASH)).unwrap_err().wire().code, "content_needed");
            std::fs::write(folder.path().join("ata.txt"), b"ata").unwrap();
            let beside = Content::beside(folder.path().join("ata.txt"));
            assert_eq!(beside.digest(HASH).unwrap(), Digest::of(HASH, b"ata"));
            for own in [claimed, beside] {
                assert!(cms == detached && !own.is_inside() && own.inside_len().is_none());
                let mut out = Vec::new();
                own.write(&cms, &mut out, &path).unwrap();
                assert_eq!(out, detached);
            }
        }
        assert_eq!(read(&path, b"0 nada").unwrap_err().wire().code, "cms_malformed");
        assert_eq!(read(&path, b"nada").unwrap_err().wire().code, "cms_malformed");
    }

    /// How often a file is read shows in what a reading of it would say now.
    #[test]
    fn a_content_is_read_once_and_no_more_once_it_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ata.txt");
        std::fs::write(&path, b"ata").unwrap();
        let seen = std::fs::metadata(&path).unwrap().modified().unwrap();
        let as_seen = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            File::options().write(true).open(&path).unwrap().set_modified(seen).unwrap();
        };
        let fed = |content: &Content, before: &[u8]| {
            let mut hasher = Hasher::new(HASH);
            hasher.update(before);
            content.feed(&mut hasher).map(|()| hasher.finish())
        };
        for content in [Content::beside(&path), Content::enclosed(&path, 3)] {
            as_seen(b"ata");
            let known = content.digest(HASH).unwrap();
            assert_eq!(fed(&content, b"x").unwrap(), Digest::of(HASH, b"xata"));
            // Another content under the same stamp: nobody reads it again but for what is not known yet.
            as_seen(b"ATA");
            assert_eq!((content.digest(HASH).unwrap(), known), (Digest::of(HASH, b"ata"), Digest::of(HASH, b"ata")));
            assert_eq!(fed(&content, b"x").unwrap(), Digest::of(HASH, b"xata"));
            assert_eq!(fed(&content, b"y").unwrap(), Digest::of(HASH, b"yATA"));
            assert_eq!(content.digest(HashAlgorithm::Sha512).unwrap(), Digest::of(HashAlgorithm::Sha512, b"ATA"));
            // One that is seen to have changed is no content any more, whatever is known of it.
            std::fs::write(&path, b"outra").unwrap();
            assert_eq!(content.digest(HASH).unwrap_err().wire().code, "document_changed");
            assert_eq!(fed(&content, b"x").unwrap_err().wire().code, "document_changed");
        }
    }

    #[test]
    fn a_file_that_changed_its_length_is_not_enclosed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ata.txt");
        std::fs::write(&path, b"ata").unwrap();
        let cms = signature(&[], &definite);
        let code = |len| {
            let content = Content::enclosed(&path, len);
            content.write(&cms, &mut Vec::new(), &path).err().map(|error| error.wire().code)
        };
        assert_eq!(code(3), None);
        for len in [2, 4] {
            assert_eq!(code(len).as_deref(), Some("document_changed"));
        }
        // Nor one that was cut off inside.
        let path = folder.path().join("ata.p7s");
        let whole = signature(&definite(der::OCTET_STRING, b"conteudo"), &definite);
        let (cms, content) = read(&path, &whole).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 5]).unwrap();
        assert_eq!(content.write(&cms, &mut Vec::new(), &path).unwrap_err().wire().code, "document_unreadable");
        assert_eq!(content.digest(HASH).unwrap_err().wire().code, "document_unreadable");
    }
}
