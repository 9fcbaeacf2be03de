//! Making one signature: prepare, ask the key, put together, climb. What comes out is a whole file without a name.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cartorio_ades::create::attributes::SignedExtras;
use cartorio_ades::create::cades::{self, CadesRequest};
use cartorio_ades::create::cms::{self, CmsRequest, Prepared, Profile};
use cartorio_ades::create::pades::{self, PadesError, PadesOptions, PreparedPdf};
use cartorio_ades::create::upgrade;
use cartorio_core::{Digest, HashAlgorithm, Hasher, Hashers};
use cartorio_keys::{DigestSigner, Signature};
use cartorio_pdf::PdfFile;
use cartorio_policy::Policy;
use time::OffsetDateTime;

use super::beside::{self, Search};
use super::blocking;
use super::check;
use super::counter;
use super::error::SignError;
use super::identity::SigningIdentity;
use super::levels::{Climb, Content, OwnPdf, Progress, Reached};
use super::plan::Options;
use super::present;
use super::retry::{Earlier, Values};
use super::target::Names;
use crate::compute::compute;
use crate::documents::{Entry, ResultFacts, file_name};
use crate::draft::Draft;
use crate::dto::{SignFormat, SignLevel, SignerRole};
use crate::output::share_like;
use crate::{OfficeError, OfficeResult, verification};

/// Containers are made larger this often before it is given up.
const MAX_GROWTHS: u32 = 2;

/// Everything that the making of one signature needs.
pub(super) struct Making<'a> {
    pub(super) entry: &'a Entry,
    pub(super) identity: &'a SigningIdentity,
    pub(super) options: &'a Options,
    pub(super) format: SignFormat,
    pub(super) policy: Option<&'static Policy>,
    pub(super) climb: &'a Climb,
    pub(super) signer: &'a dyn DigestSigner,
    pub(super) signed_at: OffsetDateTime,
    /// The document as its intent is on record.
    pub(super) announced: &'a Announced,
    /// What the documents of the batch know of the size of their signatures.
    pub(super) sizes: &'a Arc<Sizes>,
    /// The first of the names that the result may get; the file is made in its folder.
    pub(super) beside: &'a Path,
    /// All of them.
    pub(super) names: &'a Names,
    /// What was prepared when the document was read, before any container had to grow.
    pub(super) ahead: Mutex<Option<OfficeResult<Ahead>>>,
    /// Room for a time stamp that it was prepared with, in bytes.
    pub(super) room: usize,
    /// The value that an earlier try of the document left.
    pub(super) earlier: Option<Arc<Earlier>>,
    pub(super) progress: &'a dyn Steps,
    /// The values that the key made: on record even where nothing comes of them.
    pub(super) values: Arc<Mutex<Values>>,
}

/// The document as its intent is on record.
#[derive(Clone)]
pub(super) struct Announced {
    pub(super) sha256: String,
    pub(super) size: u64,
}

/// What a person sees, and where they can stop it.
pub(super) trait Steps: Progress {
    /// The key is asked.
    fn signing(&self);
    /// The result is checked.
    fn checking(&self);
    /// Fails once somebody asked to stop.
    fn go_on(&self) -> OfficeResult<()>;
}

/// A signature that is made and checked.
pub(super) struct Made {
    pub(super) file: Draft,
    pub(super) sha256: String,
    pub(super) reached: Reached,
    /// What is known of the result; nothing where it has to be looked at.
    pub(super) facts: Option<ResultFacts>,
}

/// What one reading of the document gives.
pub(super) enum Ahead {
    /// A PDF that waits for the key.
    Pdf(Box<PdfWork>),
    /// Digests of a file, with SHA-256 and the algorithm's hash.
    Digests(Vec<Digest>),
}

/// How large a signature is, as the first of its kind in a batch has found: all of them are made of the same parts.
#[derive(Default)]
pub(crate) struct Sizes(Mutex<Option<(SignedExtras, usize)>>);

impl Sizes {
    /// Bytes of a signature with these attributes, which `dry` finds by putting one together.
    fn get(&self, extras: &SignedExtras, dry: impl FnOnce() -> OfficeResult<usize>) -> OfficeResult<usize> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, size)) = &*known
            && of == extras
        {
            return Ok(*size);
        }
        let size = dry()?;
        *known = Some((extras.clone(), size));
        Ok(size)
    }
}

/// What the preparation of a PDF takes.
#[derive(Clone)]
pub(super) struct Preparing {
    pub(super) entry: Entry,
    pub(super) options: Options,
    /// The signer's certificate and those above, in DER.
    pub(super) certificates: Arc<[Vec<u8>]>,
    pub(super) holder: String,
    /// Who signs, where it is drawn.
    pub(super) drawn: Option<Box<SigningIdentity>>,
    pub(super) extras: SignedExtras,
    pub(super) signed_at: OffsetDateTime,
    pub(super) sizes: Arc<Sizes>,
    /// Room for a time stamp, in bytes.
    pub(super) room: usize,
}

impl Preparing {
    /// Of a document that `options` are applied to.
    pub(super) fn new(
        entry: &Entry,
        options: &Options,
        identity: &SigningIdentity,
        extras: SignedExtras,
        signed_at: OffsetDateTime,
        (sizes, room): (&Arc<Sizes>, usize),
    ) -> Self {
        Self {
            entry: entry.clone(),
            drawn: options.stamp.is_some().then(|| Box::new(identity.clone())),
            options: options.clone(),
            certificates: Arc::clone(&identity.ders),
            holder: identity.holder(),
            extras,
            signed_at,
            sizes: Arc::clone(sizes),
            room,
        }
    }

    /// Puts the revision together. `read` has the digests of the whole document so far. Blocks.
    pub(super) fn pdf(&self, file: &PdfFile, read: &Hashers, sha256: &str) -> OfficeResult<PdfWork> {
        let Self { options, .. } = self;
        let (signer, chain) = self.certificates.split_first().ok_or_else(|| OfficeError::internal("no certificate"))?;
        let hash = options.algorithm.hash();
        let request = |content_digest| CmsRequest {
            signer_certificate: signer.as_slice(),
            chain: chain.iter().map(Vec::as_slice).collect(),
            algorithm: options.algorithm,
            content_digest,
            profile: Profile::Pades,
            extras: self.extras.clone(),
        };
        // A dry run tells how much room the container needs.
        let size =
            self.sizes.get(&self.extras, || Ok(cms::prepare(request(Digest::of(hash, b"")))?.estimate_size()))?;
        let appearance = match (&options.stamp, &self.drawn) {
            (Some(stamp), Some(identity)) => Some(stamp.draw(file, identity, options, sha256, self.signed_at)?),
            (Some(_) | None, _) => None,
        };
        let prepared = pades::prepare(
            file,
            &PadesOptions {
                signing_time: Some(self.signed_at),
                name: Some(self.holder.clone()),
                contents_capacity: size + self.room,
                appearance,
                ..options.pdf_options(&self.certificates)
            },
        )?;
        let digest = match read.of(hash) {
            Some(read) => prepared.digest_after(read.clone()),
            None => prepared.digest(hash),
        };
        Ok(PdfWork { cms: cms::prepare(request(digest))?, prepared: Box::new(prepared) })
    }
}

impl Making<'_> {
    /// Makes the signature. Nothing has a name yet when this returns.
    pub(super) async fn run(&self) -> OfficeResult<Made> {
        match (self.format, self.options.role) {
            (SignFormat::Pades, _) => self.pdf().await,
            (SignFormat::CadesDetached | SignFormat::CadesEnveloping | SignFormat::Raw, SignerRole::Sign) => {
                self.beside().await
            }
            (_, SignerRole::Cosign) => self.parallel().await,
            (_, SignerRole::Countersign) => self.counter().await,
        }
    }

    /// The value; `room`: what a container has for a time stamp.
    async fn value(&self, prepared: &Prepared, room: usize) -> OfficeResult<Vec<u8>> {
        self.before_key(prepared)?;
        if let Some(value) = self.earlier_value(prepared) {
            return Ok(value);
        }
        let digest = prepared.tbs_digest();
        let (digest, signature) = match self.signer.in_memory() {
            Some(key) => compute(0, move || key.sign_digest(&digest).map(|signature| (digest, signature))).await??,
            None => {
                let signature = self.signer.sign_digest(&digest).await?;
                (digest, signature)
            }
        };
        Ok(kept(&self.values, digest, room, signature))
    }

    /// The value that an earlier try left, where it is one over the same: then the key is not asked.
    fn earlier_value(&self, prepared: &Prepared) -> Option<Vec<u8>> {
        let earlier = self.earlier.as_ref()?;
        let value = earlier.value(&prepared.tbs_digest(), self.signer)?;
        self.values.lock().unwrap_or_else(PoisonError::into_inner).took(earlier);
        Some(value)
    }

    /// The signature with its value.
    async fn finished(&self, prepared: &Prepared, room: usize) -> OfficeResult<Vec<u8>> {
        let value = self.value(prepared, room).await?;
        // What a key in memory gives away is verified; of the others it is not known.
        Ok(if self.signer.in_memory().is_some() { prepared.finish_verified(&value) } else { prepared.finish(&value) }?)
    }

    /// The last that happens before the key is asked.
    fn before_key(&self, prepared: &Prepared) -> OfficeResult<()> {
        self.progress.go_on()?;
        crate::policies::require_attributes(self.identity, self.policy, self.format, prepared.to_be_signed())?;
        self.progress.signing();
        Ok(())
    }

    /// The place of the result.
    fn place(&self) -> ResultPlace {
        ResultPlace { names: self.names.clone(), beside: self.beside.to_owned(), entry: self.entry.clone() }
    }

    /// The file of the result, before the key is asked.
    async fn ready(&self) -> OfficeResult<Draft> {
        let place = self.place();
        compute(0, move || place.file()).await?
    }

    async fn pdf(&self) -> OfficeResult<Made> {
        let mut reached = Reached::default();
        let mut room = self.room;
        let mut growths = 0;
        let mut ahead = self.ahead();
        let file = loop {
            let work = match ahead.take() {
                Some(Ok(Ahead::Pdf(work))) => *work,
                Some(Err(error)) => return Err(error),
                Some(Ok(Ahead::Digests(_))) | None => self.prepare_pdf(room).await?,
            };
            match self.sign_and_write_pdf(work, room, &mut reached).await? {
                Written::Checked(made) => return Ok(Made { reached, ..*made }),
                Written::Unchecked(file) => break file,
                Written::TooLarge(needed) if growths < MAX_GROWTHS => {
                    // What is signed includes where the container ends, so the key has to be asked once more; it goes on record.
                    growths += 1;
                    // The next token may be a little longer than this one.
                    room = (room + needed).max(self.climb.token_room());
                    reached = reached.begin_again();
                }
                Written::TooLarge(needed) => {
                    return Err(PadesError::ContainerTooSmall { needed, available: room }.into());
                }
            }
        };
        if reached.lowered.is_none() {
            let own = OwnPdf::of(file.as_file(), self.beside, self.entry.password(), self.options.dialect())?;
            self.climb.pdf(&own, &mut reached, self.progress).await?;
        }
        self.progress.checking();
        let (entry, announced, level) = (self.entry.clone(), self.announced.clone(), reached.level);
        let signable = self.options.leaves_signable();
        let made = blocking(move || checked_pdf(file, &entry, &announced, level, signable)).await??;
        Ok(Made { reached, ..made })
    }

    /// What was prepared when the document was read. Only once: what is made anew is made from the file.
    fn ahead(&self) -> Option<OfficeResult<Ahead>> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    async fn prepare_pdf(&self, room: usize) -> OfficeResult<PdfWork> {
        let extras = self.options.extras(self.format, self.policy)?;
        let own = Preparing::new(self.entry, self.options, self.identity, extras, self.signed_at, (self.sizes, room));
        let sha256 = self.announced.sha256.clone();
        blocking(move || own.pdf(&own.entry.open_pdf()?, &Hashers::new([]), &sha256)).await?
    }

    /// Asks the key and writes the file with its signature; one that needs nothing more is judged.
    async fn sign_and_write_pdf(&self, work: PdfWork, room: usize, reached: &mut Reached) -> OfficeResult<Written> {
        let PdfWork { cms, prepared } = work;
        let checked = self.climb.goal == SignLevel::BB;
        let writing = Writing {
            entry: self.entry.clone(),
            announced: self.announced.clone(),
            beside: self.beside.to_owned(),
            signable: self.options.leaves_signable(),
            checked,
        };
        let size = self.announced.size;
        if let Some(key) = self.signer.in_memory().filter(|_| checked) {
            self.before_key(&cms)?;
            let (values, place, earlier) = (Arc::clone(&self.values), self.place(), self.earlier_value(&cms));
            let written = compute(size, move || {
                let file = place.file()?;
                let value = match earlier {
                    Some(value) => value,
                    None => {
                        let digest = cms.tbs_digest();
                        let signature = key.sign_digest(&digest)?;
                        kept(&values, digest, room, signature)
                    }
                };
                writing.pdf(file, *prepared, &cms.finish_verified(&value)?)
            })
            .await?;
            // Both were one step. Whoever looks on sees each, and may stop the document here as anywhere.
            self.progress.checking();
            return written;
        }
        let file = self.ready().await?;
        let mut cms = self.finished(&cms, room).await?;
        if checked {
            self.progress.checking();
        } else {
            let stamped = self.climb.stamp_signature(cms.clone(), 0, reached, self.progress).await;
            if let Some(higher) = self.climb.or_lower(stamped, reached)? {
                cms = higher;
            }
        }
        compute(size, move || writing.pdf(file, *prepared, &cms)).await?
    }

    /// A `.p7s` beside the document, or with the document inside.
    async fn beside(&self) -> OfficeResult<Made> {
        let known = match self.ahead() {
            Some(Ok(Ahead::Digests(known))) => known,
            Some(Err(error)) => return Err(error),
            Some(Ok(Ahead::Pdf(_))) | None => {
                let (entry, hash) = (self.entry.clone(), self.options.algorithm.hash());
                blocking(move || hash_document(&entry, [HashAlgorithm::Sha256, hash])).await??
            }
        };
        let digest = known.iter().find(|own| own.algorithm() == self.options.algorithm.hash());
        let digest = digest.ok_or_else(|| OfficeError::internal("a digest of the document"))?;
        let prepared = cades::prepare_detached(self.cades(digest.clone())?)?;
        let file = self.ready().await?;
        let cms = self.finished(&prepared, 0).await?;
        let content = match self.format {
            SignFormat::CadesEnveloping => Content::enclosed(&self.entry.path, self.announced.size),
            SignFormat::Pades | SignFormat::CadesDetached | SignFormat::Raw => Content::beside(&self.entry.path),
        };
        let (cms, reached) = self.raise(cms, 0, &content).await?;
        self.finish(file, cms, (content, known), None, reached).await
    }

    /// One more signature over the content of a `.p7s`.
    async fn parallel(&self) -> OfficeResult<Made> {
        let (existing, content) = self.existing(true).await?;
        verification::require_few(upgrade::signer_count(&existing)? + 1)?;
        let hash = self.options.algorithm.hash();
        self.require_present(&existing, &content, None).await?;
        let own = content.clone();
        let digest = blocking(move || own.digest(hash)).await??;
        let prepared = cades::prepare_detached(self.cades(digest)?)?;
        let file = self.ready().await?;
        let value = self.value(&prepared, 0).await?;
        let before = upgrade::signer_count(&existing)?;
        let merged = upgrade::cosign(&existing, &prepared.finish(&value)?)?;
        if upgrade::signer_count(&merged)? == before {
            // The same key over the same content in the same second gives the same bytes.
            return Err(SignError::AlreadySigned { name: self.entry.name.clone() }.into());
        }
        // Signers stand in DER order, so the new one may be anywhere.
        let is_own = |index: &usize| upgrade::signature_value(&merged, *index).is_ok_and(|own| own == value);
        let own = (0..=before).find(is_own).unwrap_or(before);
        let (cms, reached) = self.raise(merged, own, &content).await?;
        self.finish(file, cms, (content, Vec::new()), None, reached).await
    }

    /// A signature over one signature of a `.p7s`.
    async fn counter(&self) -> OfficeResult<Made> {
        let (existing, content) = self.existing(false).await?;
        let signer = counter::chosen(&self.entry.name, &existing, self.options.countersigned)?;
        let target = upgrade::signature_value(&existing, signer)?;
        self.require_present(&existing, &content, Some(target.clone())).await?;
        let prepared = cms::prepare(CmsRequest {
            signer_certificate: &self.identity.certificate.der,
            chain: self.chain(),
            algorithm: self.options.algorithm,
            content_digest: Digest::of(self.options.algorithm.hash(), &target),
            profile: Profile::Countersignature { signing_time: Some(self.signed_at) },
            extras: self.options.extras(self.format, self.policy)?,
        })?;
        let file = self.ready().await?;
        let value = self.value(&prepared, 0).await?;
        let mut certificates = self.chain();
        certificates.push(&self.identity.certificate.der);
        let cms = upgrade::countersign(&existing, signer, &prepared.finish_signer_info(&value)?, &certificates)?;
        // The other signers are not what was signed, and stay as they are.
        self.finish(file, cms, (content, Vec::new()), Some(target), Reached::default()).await
    }

    /// A `.p7s` without the content that it may have inside, and what it signs; that may be missing where it is not `needed`.
    async fn existing(&self, needed: bool) -> OfficeResult<(Vec<u8>, Content)> {
        let search = Search { named: self.options.contents.clone(), needed };
        beside::existing(&self.climb.session, self.entry, search).await
    }

    /// Who signed before is judged before the key is asked.
    async fn require_present(&self, existing: &[u8], content: &Content, whose: Option<Vec<u8>>) -> OfficeResult<()> {
        let (name, cms, content) = (self.entry.name.clone(), existing.to_vec(), content.clone());
        blocking(move || present::require_cms(&name, &cms, &content, whose.as_deref())).await?.map(drop)
    }

    /// Signature time stamp first, then whatever the goal needs.
    async fn raise(&self, mut cms: Vec<u8>, signer: usize, content: &Content) -> OfficeResult<(Vec<u8>, Reached)> {
        let mut reached = Reached::default();
        let value = upgrade::signature_value(&cms, signer)?;
        if self.climb.goal >= SignLevel::BT {
            let stamped = self.climb.stamp_signature(cms.clone(), signer, &mut reached, self.progress).await;
            let Some(higher) = self.climb.or_lower(stamped, &mut reached)? else { return Ok((cms, reached)) };
            // A signer that grew may stand somewhere else.
            let signer = upgrade::signer_with(&higher, &value)?;
            cms = self.climb.cms(higher, signer, content, &mut reached, self.progress).await?;
        }
        Ok((cms, reached))
    }

    /// Writes a `.p7s`, with its content where that goes inside, and judges it as a stranger would: every signer, or the one with the
    /// signature value `whose`.
    async fn finish(
        &self,
        file: Draft,
        cms: Vec<u8>,
        (content, known): (Content, Vec<Digest>),
        whose: Option<Vec<u8>>,
        reached: Reached,
    ) -> OfficeResult<Made> {
        self.progress.checking();
        let (entry, announced, beside) = (self.entry.clone(), self.announced.clone(), self.beside.to_owned());
        let level = reached.level;
        // A content that nobody has read yet may be of any size.
        let size = if known.is_empty() { u64::MAX } else { announced.size };
        let (file, sha256) = compute(size, move || {
            let (file, sha256) = write_cms_to(file, &cms, &content, &beside)?;
            let signed = known.iter().find(|digest| digest.algorithm() == HashAlgorithm::Sha256).map(Digest::to_hex);
            let signed = signed.map_or_else(|| sha256_of_path(&entry.path), Ok)?;
            check::cms_file(file.path(), &content, &known, whose.as_deref())?;
            check::cms_level(&cms, &content, &known, false, level)?;
            require_announced(&entry, &announced, &signed)?;
            Ok::<_, OfficeError>((file, sha256))
        })
        .await??;
        Ok(Made { file, sha256, reached, facts: Some(ResultFacts::of_cms()) })
    }

    fn cades(&self, content_digest: Digest) -> OfficeResult<CadesRequest<'_>> {
        Ok(CadesRequest {
            signer_certificate: &self.identity.certificate.der,
            chain: self.chain(),
            algorithm: self.options.algorithm,
            content_digest,
            signing_time: self.signed_at,
            extras: self.options.extras(self.format, self.policy)?,
        })
    }

    fn chain(&self) -> Vec<&[u8]> {
        self.identity.chain.iter().map(|certificate| certificate.der.as_slice()).collect()
    }
}

/// A PDF ready for the key.
pub(super) struct PdfWork {
    cms: Prepared,
    prepared: Box<PreparedPdf>,
}

/// What became of a PDF that got its signature.
enum Written {
    /// It is good; nothing more happens to it.
    Checked(Box<Made>),
    /// It is not what it is to be yet.
    Unchecked(Draft),
    /// Its container is so many bytes short.
    TooLarge(usize),
}

/// What the writing of a PDF needs.
struct Writing {
    entry: Entry,
    announced: Announced,
    beside: PathBuf,
    signable: bool,
    /// Whether it is judged as it is.
    checked: bool,
}

impl Writing {
    /// Writes the file with its signature. Blocks.
    fn pdf(self, mut file: Draft, prepared: PreparedPdf, cms: &[u8]) -> OfficeResult<Written> {
        let Self { entry, announced, beside, signable, checked } = self;
        let signed = match prepared.finish(cms) {
            Ok(signed) => signed,
            Err(PadesError::ContainerTooSmall { needed, available }) => {
                return Ok(Written::TooLarge(needed - available));
            }
            Err(error) => return Err(error.into()),
        };
        drop(prepared);
        let failed = |error: io::Error| OfficeError::unwritable(&beside, &error);
        let mut writer = BufWriter::with_capacity(64 << 10, file.as_file_mut());
        signed.write_to(&mut writer).map_err(failed)?;
        writer.flush().map_err(failed)?;
        drop(writer);
        drop(signed);
        if !checked {
            return Ok(Written::Unchecked(file));
        }
        checked_pdf(file, &entry, &announced, SignLevel::BB, signable).map(|made| Written::Checked(Box::new(made)))
    }
}

/// Keeps `signature` over `digest` for the record and for a next try; its value.
fn kept(values: &Mutex<Values>, digest: Digest, room: usize, signature: Signature) -> Vec<u8> {
    let value = signature.value.clone();
    values.lock().unwrap_or_else(PoisonError::into_inner).made(digest, room, signature);
    value
}

/// Reads a PDF back and judges it. Blocks.
fn checked_pdf(
    file: Draft,
    entry: &Entry,
    announced: &Announced,
    level: SignLevel,
    signable: bool,
) -> OfficeResult<Made> {
    let found = check::pdf_file(file.as_file(), entry.password().as_deref(), level, announced.size, signable)?;
    require_announced(entry, announced, &found.original_sha256)?;
    Ok(Made { file, sha256: found.sha256, reached: Reached::default(), facts: found.facts })
}

/// Digests of a document, read once. Blocks.
pub(super) fn hash_document(entry: &Entry, hashes: [HashAlgorithm; 2]) -> OfficeResult<Vec<Digest>> {
    let failed = |error: io::Error| entry.unreadable(&error);
    let mut hashers = Hashers::new(hashes);
    hashers.read(File::open(&entry.path).map_err(failed)?).map_err(failed)?;
    Ok(hashers.finish())
}

/// Writes a `.p7s`, with its content where that goes inside, into a file without a name that is to get the name `beside`; its
/// SHA-256. What is written is hashed as it goes: that it is what was written is for the check. Blocks.
pub(crate) fn write_cms(cms: &[u8], content: &Content, beside: &Path, entry: &Entry) -> OfficeResult<(Draft, String)> {
    write_cms_to(new_file(beside, entry)?, cms, content, beside)
}

/// The same into `file`.
fn write_cms_to(mut file: Draft, cms: &[u8], content: &Content, beside: &Path) -> OfficeResult<(Draft, String)> {
    let mut writer = HashingWriter::new(file.as_file_mut());
    content.write(cms, &mut writer, beside)?;
    let sha256 = writer.finish().to_hex();
    Ok((file, sha256))
}

/// Hashes what goes through it.
struct HashingWriter<W> {
    inner: W,
    hasher: Hasher,
}

impl<W: Write> HashingWriter<W> {
    fn new(inner: W) -> Self {
        Self { inner, hasher: Hasher::new(HashAlgorithm::Sha256) }
    }

    fn finish(self) -> Digest {
        self.hasher.finish()
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Where a result goes.
struct ResultPlace {
    names: Names,
    /// The first of the names.
    beside: PathBuf,
    entry: Entry,
}

impl ResultPlace {
    /// An empty file there. Fails where nothing can be written, or the folder takes none of the names: whatever is made for such a place
    /// would be made for nothing. Blocks.
    fn file(&self) -> OfficeResult<Draft> {
        let Self { names, beside, entry } = self;
        for name in names.iter() {
            match name.symlink_metadata() {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => return new_file(beside, entry),
                Err(error) => return Err(OfficeError::unwritable(&name, &error)),
            }
        }
        Err(OfficeError::unwritable(beside, &io::ErrorKind::AlreadyExists.into()))
    }
}

/// An empty file that is to get the name `beside`, or one like it, as private as the document.
pub(crate) fn new_file(beside: &Path, entry: &Entry) -> OfficeResult<Draft> {
    require_name(beside)?;
    let made = Draft::beside(beside).or_else(|error| match (error.kind(), beside.parent()) {
        (io::ErrorKind::NotFound, Some(folder)) => std::fs::create_dir_all(folder).and_then(|()| Draft::beside(beside)),
        _ => Err(error),
    });
    let file = made.map_err(|error| OfficeError::unwritable(beside, &error))?;
    share_like(file.as_file(), &entry.path).map_err(|error| entry.unreadable(&error))?;
    Ok(file)
}

/// The document that was looked at and announced is the one that was signed.
fn require_announced(entry: &Entry, announced: &Announced, signed_sha256: &str) -> OfficeResult<()> {
    entry.require_unchanged()?;
    if signed_sha256 == announced.sha256 {
        Ok(())
    } else {
        Err(OfficeError::DocumentChanged { name: entry.name.clone() })
    }
}

fn sha256_of_path(path: &Path) -> OfficeResult<String> {
    let failed =
        |error: io::Error| OfficeError::DocumentUnreadable { name: file_name(path), reason: error.to_string() };
    Ok(Digest::of_reader(HashAlgorithm::Sha256, File::open(path).map_err(failed)?).map_err(failed)?.to_hex())
}

/// Refuses a name that the folder will not take. Blocks.
pub(crate) fn require_name(path: &Path) -> OfficeResult<()> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::InvalidFilename => Err(OfficeError::unwritable(path, &error)),
        // Whether it is taken is found out when the file gets it.
        Ok(_) | Err(_) => Ok(()),
    }
}
