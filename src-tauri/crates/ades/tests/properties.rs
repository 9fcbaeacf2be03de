//! For any PDF that can be read: what is signed verifies, begins with the file as it was, and breaks with any changed byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

#[path = "../../pdf/tests/support/shapes.rs"]
mod shapes;

use std::sync::OnceLock;

use cartorio_ades::create::attributes::SignedExtras;
use cartorio_ades::create::cms::{CmsRequest, Profile, prepare as prepare_cms};
use cartorio_ades::create::pades::{PadesOptions, prepare};
use cartorio_ades::validate::pdf::{Coverage, signatures};
use cartorio_ades::validate::{BreakReason, Integrity, cms};
use cartorio_core::HashAlgorithm;
use cartorio_keys::{DigestSigner as _, KeySpec, SignatureAlgorithm};
use cartorio_pdf::{PdfFile, XrefKind};
use cartorio_testkit::pki::{MiniPki, NOW};
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

fn sign(file: &PdfFile, (pki, algorithm): &(MiniPki, SignatureAlgorithm)) -> Vec<u8> {
    let options = PadesOptions { signing_time: Some(NOW), contents_capacity: 4096, ..PadesOptions::default() };
    let prepared = prepare(file, &options).unwrap();
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
    out
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
    let Ok(all) = signatures(&file) else { return Vec::new() };
    all.iter()
        .map(|signature| {
            if !matches!(signature.coverage, Coverage::EntireFile | Coverage::EntireRevision { .. }) {
                return Found::Nothing;
            }
            let Ok(data) = cms::parse(&signature.cms) else { return Found::Nothing };
            let reports = cms::verify_detached(&data, |hash| signature.digest(hash).ok_or(())).unwrap_or_default();
            match reports.as_slice() {
                [report] => match &report.integrity {
                    Integrity::Ok => Found::Sound,
                    Integrity::Broken { reason } => Found::Broken(*reason),
                    Integrity::Undecidable { .. } => Found::Nothing,
                },
                _ => Found::Nothing,
            }
        })
        .collect()
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
