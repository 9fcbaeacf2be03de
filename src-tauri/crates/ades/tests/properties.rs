//! For any PDF that can be read: what is signed verifies, begins with the file as it was, and breaks with any changed byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

#[path = "../../pdf/tests/support/encrypted.rs"]
mod encrypted;
#[path = "matrix/inputs.rs"]
#[allow(dead_code, reason = "the matrix asks more of them")]
mod inputs;
mod pades_support;
#[path = "../../pdf/tests/support/shapes.rs"]
mod shapes;

use std::sync::OnceLock;

use cartorio_ades::create::attributes::SignedExtras;
use cartorio_ades::create::cms::{CmsRequest, Profile, prepare as prepare_cms};
use cartorio_ades::create::pades::{Dialect, PadesError, PadesOptions, prepare};
use cartorio_ades::validate::pdf::{Coverage, PdfSignature, PdfSignatureKind, signatures};
use cartorio_ades::validate::timestamp::TimeStamp;
use cartorio_ades::validate::{BreakReason, Integrity, cms};
use cartorio_core::{HashAlgorithm, SecretString};
use cartorio_keys::{DigestSigner as _, KeySpec, SignatureAlgorithm};
use cartorio_pdf::{PdfFile, XrefKind};
use cartorio_testkit::pki::{MiniPki, NOW};
use inputs::Input;
use proptest::prelude::*;
use shapes::{Annots, PAGE_BOX, Shape, build, shape};

/// A signer of each kind, made once.
fn signers() -> &'static [(MiniPki, SignatureAlgorithm)] {
    static SIGNERS: OnceLock<Vec<(MiniPki, SignatureAlgorithm)>> = OnceLock::new();
    SIGNERS.get_or_init(|| {
        [
            (KeySpec::Rsa2048, SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256)),
            (KeySpec::Rsa2048, SignatureAlgorithm::rsa_pss(HashAlgorithm::Sha256)),
            (KeySpec::EcP256, SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256)),
            (KeySpec::EcP521, SignatureAlgorithm::ecdsa(HashAlgorithm::Sha512)),
        ]
        .map(|(spec, algorithm)| (MiniPki::with_algorithm(spec, algorithm), algorithm))
        .into()
    })
}

fn sign(file: &PdfFile, signer: &(MiniPki, SignatureAlgorithm)) -> Vec<u8> {
    sign_with(file, signer, PadesOptions::default()).unwrap()
}

fn sign_with(
    file: &PdfFile,
    (pki, algorithm): &(MiniPki, SignatureAlgorithm),
    options: PadesOptions,
) -> Result<Vec<u8>, PadesError> {
    let options = PadesOptions { signing_time: Some(NOW), contents_capacity: 4096, ..options };
    let prepared = prepare(file, &options)?;
    let request = prepare_cms(CmsRequest {
        signer_certificate: &pki.leaf().der,
        chain: vec![&pki.chain[1].der],
        algorithm: *algorithm,
        content_digest: prepared.digest(algorithm.hash()),
        profile: Profile::Pades,
        extras: SignedExtras::default(),
    })
    .unwrap();
    let value = cartorio_testkit::pki::run(pki.signer.sign_digest(&request.tbs_digest())).unwrap().value;
    let mut out = Vec::new();
    prepared.finish(&request.finish(&value).unwrap()).unwrap().write_to(&mut out).unwrap();
    Ok(out)
}

/// What became of one signature.
#[derive(Clone, Debug, PartialEq)]
enum Found {
    Sound,
    Broken(BreakReason),
    /// Not readable, not found, not covering what it should, or not decidable: nobody takes it for sound.
    Nothing,
}

/// Every signature of a file; none where the file cannot be read.
fn judged(bytes: Vec<u8>) -> Vec<Found> {
    let Ok(file) = PdfFile::from_bytes(bytes) else { return Vec::new() };
    signatures(&file).map(|all| all.iter().map(found).collect()).unwrap_or_default()
}

/// What became of a signature or document time stamp.
fn found(signature: &PdfSignature) -> Found {
    if !matches!(signature.coverage, Coverage::EntireFile | Coverage::EntireRevision { .. }) {
        return Found::Nothing;
    }
    let Ok(data) = cms::parse(&signature.cms) else { return Found::Nothing };
    let digest = |hash| signature.digest(hash).ok_or(());
    let integrity = if signature.kind == PdfSignatureKind::DocumentTimestamp {
        TimeStamp::read(&data).ok().and_then(|token| token.judge(digest).ok()).map(|(_, integrity)| integrity)
    } else {
        let reports = cms::verify_detached(&data, digest).unwrap_or_default();
        <[_; 1]>::try_from(reports).ok().map(|[report]| report.integrity)
    };
    match integrity {
        Some(Integrity::Ok) => Found::Sound,
        Some(Integrity::Broken { reason }) => Found::Broken(reason),
        Some(Integrity::Undecidable { .. }) | None => Found::Nothing,
    }
}

/// Where the newest signature's container is, angle brackets included: what lies between the two covered parts.
fn container(bytes: &[u8]) -> std::ops::Range<usize> {
    let key = b"/Contents";
    let key = bytes.windows(key.len()).rposition(|own| own == key).unwrap();
    let from = key + bytes[key..].iter().position(|byte| *byte == b'<').unwrap();
    from..from + bytes[from..].iter().position(|byte| *byte == b'>').unwrap() + 1
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_signed_verifies_and_breaks(
        shape in shape(),
        kinds in proptest::collection::vec(0_usize..4, 1..4),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), 1_u8..=255), 24),
    ) {
        let mut file = PdfFile::from_bytes(build(shape)).unwrap();
        for (round, kind) in kinds.iter().enumerate() {
            let signed = sign(&file, &signers()[*kind]);
            prop_assert!(signed.starts_with(file.bytes()), "the file as it was comes first");
            prop_assert_eq!(judged(signed.clone()), vec![Found::Sound; round + 1]);
            file = PdfFile::from_bytes(signed).unwrap();
        }
        let gap = container(file.bytes());
        let whole = file.bytes().to_vec();
        for (index, change) in flips {
            let covered = whole.len() - gap.len();
            let place = index.index(covered);
            let at = if place < gap.start { place } else { place + gap.len() };
            let mut changed = whole.clone();
            changed[at] ^= change;
            // The newest signature covers everything: it is never sound over something else.
            let newest = judged(changed).get(kinds.len() - 1).cloned();
            prop_assert_ne!(newest, Some(Found::Sound), "byte {} of {:?}", at, shape);
        }
    }
}

/// Every byte of one file of each kind, one after the other.
#[test]
fn no_byte_can_change() {
    for kind in [XrefKind::Table, XrefKind::Stream] {
        let shape = Shape { kind, compressed: true, annots: Annots::Direct, pages: 1, newline: true };
        let whole = sign(&PdfFile::from_bytes(build(shape)).unwrap(), &signers()[2]);
        let gap = container(&whole);
        assert_eq!(judged(whole.clone()), [Found::Sound]);
        let mut broken = 0;
        for at in (0..gap.start).chain(gap.end..whole.len()) {
            let mut changed = whole.clone();
            changed[at] ^= 0x01;
            let found = judged(changed);
            assert!(!found.contains(&Found::Sound), "byte {at} of {kind:?}");
            broken += usize::from(found.contains(&Found::Broken(BreakReason::ContentChanged)));
        }
        // Most bytes are no part of the structure, so the file is read and the change is noticed for what it is.
        assert!(broken * 2 > whole.len() - gap.len(), "{broken} of {}", whole.len() - gap.len());
        let page = whole.windows(PAGE_BOX.len()).position(|own| own == PAGE_BOX.as_bytes());
        if let Some(page) = page {
            let mut changed = whole;
            changed[page + PAGE_BOX.len() - 2] ^= 0x01;
            assert_eq!(judged(changed), [Found::Broken(BreakReason::ContentChanged)]);
        }
    }
}

/// A document that somebody brings.
#[derive(Clone, Debug)]
enum Source {
    Built(Shape),
    /// One of [`layouts`].
    Laid(prop::sample::Index),
    /// Encrypted, AES-128 or AES-256, without anything but its structure.
    Locked {
        aes_256: bool,
        kind: XrefKind,
        direct: bool,
    },
}

/// What is done to it.
#[derive(Clone, Copy, Debug)]
enum Step {
    Sign {
        kind: usize,
        stamped: bool,
    },
    /// Evidence for everything that is there, and a document time stamp over it all.
    Archive,
}

/// Hybrids, object streams, PDF/A, forms, encrypted with streams and strings: as the matrix signs them. Encrypted ones are made by qpdf,
/// and are not among them without it.
fn layouts() -> &'static [(Input, Vec<u8>)] {
    static LAYOUTS: OnceLock<Vec<(Input, Vec<u8>)>> = OnceLock::new();
    LAYOUTS.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        [
            Input::Table,
            Input::XrefStream,
            Input::Hybrid,
            Input::ObjectStreams,
            Input::PdfA1b,
            Input::PdfA2b,
            Input::Encrypted,
            Input::Aes128,
            Input::Field,
        ]
        .into_iter()
        .filter_map(|input| Some((input, input.bytes(folder.path())?)))
        .collect()
    })
}

impl Source {
    /// The file, and whether a password opens it.
    fn bytes(&self) -> (Vec<u8>, bool) {
        match self {
            Self::Built(shape) => (build(*shape), false),
            Self::Laid(index) => {
                let (input, bytes) = index.get(layouts());
                (bytes.clone(), input.password().is_some())
            }
            Self::Locked { aes_256, kind, direct } => {
                let revision = if *aes_256 { 6 } else { 4 };
                let dictionary = encrypted::DICTIONARIES.iter().find(|(own, _)| *own == revision).unwrap().1;
                (encrypted::base(dictionary, *kind, *direct), true)
            }
        }
    }
}

fn source() -> impl Strategy<Value = Source> {
    let locked = (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(aes_256, stream, direct)| {
        let kind = if stream { XrefKind::Stream } else { XrefKind::Table };
        Source::Locked { aes_256, kind, direct }
    });
    prop_oneof![
        2 => shape().prop_map(Source::Built),
        3 => any::<prop::sample::Index>().prop_map(Source::Laid),
        2 => locked,
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let signed = (0_usize..4, any::<bool>()).prop_map(|(kind, stamped)| Step::Sign { kind, stamped });
    prop_oneof![3 => signed, 1 => Just(Step::Archive)]
}

/// The owner's password of all encrypted files here.
fn open(bytes: Vec<u8>, locked: bool) -> Option<PdfFile> {
    let password = locked.then(|| SecretString::new(encrypted::OWNER.to_owned()));
    PdfFile::from_bytes_with(bytes, password.as_ref()).ok()
}

/// Whether anything in a file is sound over the byte at `at`.
fn sound_over(bytes: Vec<u8>, locked: bool, at: u64) -> bool {
    let covers =
        |signature: &PdfSignature| signature.covered().is_some_and(|parts| parts.iter().any(|part| part.contains(&at)));
    let all = open(bytes, locked).and_then(|file| signatures(&file).ok()).unwrap_or_default();
    all.iter().any(|signature| covers(signature) && found(signature) == Found::Sound)
}

/// The first and the last covered byte, and those beside the gap.
fn edges([before, after]: &[std::ops::Range<u64>; 2]) -> Vec<u64> {
    vec![before.start, before.end - 1, after.start, after.end - 1]
}

/// The place of a covered byte, counted without the gap.
fn place([before, after]: &[std::ops::Range<u64>; 2], index: prop::sample::Index) -> u64 {
    let (first, second) = (before.end - before.start, after.end - after.start);
    let at = u64::try_from(index.index(usize::try_from(first + second).unwrap())).unwrap();
    if at < first { before.start + at } else { after.start + at - first }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Over every layout and cipher, stamped or not, by several, with document time stamps.
    #[test]
    fn whatever_stands_on_a_document_is_sound_and_breaks_with_a_byte(
        source in source(),
        steps in proptest::collection::vec(step(), 1..4),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), 1_u8..=255), 12),
    ) {
        // The time stamps are by OpenSSL.
        let Some(authority) = pades_support::signer() else { return Ok(()) };
        let (original, locked) = source.bytes();
        let mut file = open(original.clone(), locked).unwrap();
        for step in &steps {
            let after = match *step {
                Step::Sign { kind, stamped } => {
                    let appearance = stamped.then(|| Input::Field.options().appearance).flatten();
                    let options = PadesOptions { appearance, ..PadesOptions::default() };
                    sign_with(&file, &signers()[kind], options).unwrap()
                }
                Step::Archive => {
                    let data = pades_support::evidence(authority);
                    let (_, stamp) = pades_support::archive(&file, &data, Dialect::Etsi).unwrap();
                    pades_support::bytes(&stamp)
                }
            };
            prop_assert!(after.starts_with(file.bytes()), "the file as it was comes first");
            file = open(after, locked).unwrap();
        }
        let whole = file.bytes().to_vec();
        prop_assert!(whole.starts_with(&original));
        let all = signatures(&file).unwrap();
        prop_assert_eq!(all.len(), steps.len());
        prop_assert!(all.iter().all(|own| found(own) == Found::Sound), "{:?} {:?}", source, steps);
        let newest = all.iter().find(|own| own.coverage == Coverage::EntireFile).unwrap().covered().unwrap();
        let drawn = flips.iter().map(|(index, change)| (place(newest, *index), *change));
        for (at, change) in edges(newest).into_iter().map(|at| (at, 0x20)).chain(drawn) {
            let mut changed = whole.clone();
            changed[usize::try_from(at).unwrap()] ^= change;
            prop_assert!(!sound_over(changed, locked, at), "byte {} of {:?} {:?}", at, source, steps);
        }
    }
}

/// The files that pyHanko is tested with: what is sound in them, and what is signed on top of them, is not with another byte.
#[test]
fn no_signature_of_the_corpus_is_sound_over_another_byte() {
    let Some(files) = pades_support::corpus("pdf-pyhanko") else { return };
    let (mut sound, mut own, mut flipped) = (0, 0, 0);
    // The same places in every run, different ones in every file.
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut draw = |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    for (name, path) in &files {
        let bytes = std::fs::read(path).unwrap();
        let Ok(file) = PdfFile::from_bytes(bytes.clone()) else { continue };
        let signed = sign_with(&file, &signers()[2], PadesOptions::default()).ok();
        let mut versions = vec![bytes];
        versions.extend(signed);
        for (index, whole) in versions.into_iter().enumerate() {
            let Ok(all) = signatures(&PdfFile::from_bytes(whole.clone()).unwrap()) else { continue };
            for signature in &all {
                let is_new = index == 1 && signature.coverage == Coverage::EntireFile;
                assert!(!is_new || found(signature) == Found::Sound, "{name}: signed by this very test");
                if found(signature) != Found::Sound || (index == 1 && !is_new) {
                    continue;
                }
                sound += usize::from(index == 0);
                own += usize::from(is_new);
                let parts = signature.covered().unwrap();
                let mut places = edges(parts);
                places
                    .extend((0..4).flat_map(|_| parts.each_ref().map(|part| part.start + draw(part.end - part.start))));
                for at in places {
                    let mut changed = whole.clone();
                    changed[usize::try_from(at).unwrap()] ^= 1 << draw(8);
                    assert!(!sound_over(changed, false, at), "{name}: {} over byte {at}", signature.field);
                    flipped += 1;
                }
            }
        }
    }
    println!("{sound} signatures of the corpus and {own} of this test, {flipped} bytes");
    assert!(sound >= 30 && own >= 80, "{sound} of the corpus, {own} new");
}
