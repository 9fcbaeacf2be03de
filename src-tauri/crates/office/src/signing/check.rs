//! A result is read back and judged as a stranger would, before it gets its name. It is read once: its digest, that of the document
//! in it and the one that was signed come from the same pass.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

use cartorio_ades::cms::ber::Limits;
use cartorio_ades::cms::enclosing::{self, ContentReader};
use cartorio_ades::validate;
use cartorio_ades::validate::pdf::{Coverage, PdfSignatureKind};
use cartorio_ades::validate::timestamp::TimeStamp;
use cartorio_core::{Digest, HashAlgorithm, Hasher, Hashers, SecretString, WireError};
use cartorio_pdf::{PdfBytes, PdfFile};

use super::levels::Content;
use super::{level_name, standing};
use crate::documents::ResultFacts;
use crate::dto::SignLevel;
use crate::{OfficeError, OfficeResult};

/// A PDF that was found good.
pub(crate) struct CheckedPdf {
    /// SHA-256 of its first bytes, as many as were asked for.
    pub(crate) original_sha256: String,
    /// SHA-256 of all of it.
    pub(crate) sha256: String,
    /// What is known of it now; nothing of one that asks for a password.
    pub(crate) facts: Option<ResultFacts>,
}

/// Judges every signature of a PDF that counts: the newest ones, up to and including the first that is no document time stamp. What
/// was reached has to be there. `original` is how many bytes the document had; whether it can be signed again is looked at unless
/// that is `known_signable`.
pub(crate) fn pdf_file(
    file: &File,
    password: Option<&SecretString>,
    reached: SignLevel,
    original: u64,
    known_signable: bool,
) -> OfficeResult<CheckedPdf> {
    let file = PdfFile::open_file_with(file, password)?;
    let bytes = file.shared_bytes();
    let signatures = validate::pdf::signatures(&file)?;
    let mut pass: Option<Pass> = None;
    let mut own = false;
    for signature in signatures.iter().rev() {
        match signature.coverage {
            // Evidence may follow in a revision of its own.
            Coverage::EntireFile | Coverage::EntireRevision { .. } => {}
            // One that was broken before stays what it was.
            Coverage::Partial { .. } | Coverage::Invalid(_) => continue,
        }
        let data = validate::cms::parse(&signature.cms).map_err(|error| failed(&error.to_string()))?;
        let digest = |hash| -> OfficeResult<Digest> {
            let unreadable = || failed("the byte range cannot be read");
            if pass.is_some() {
                return signature.digest(hash).ok_or_else(unreadable);
            }
            let parts = signature.covered().ok_or_else(unreadable)?;
            let (read, covered) =
                Pass::read(&bytes, original, Some((parts, hash))).map_err(|error| failed(&error.to_string()))?;
            pass = Some(read);
            covered.ok_or_else(unreadable)
        };
        if signature.kind == PdfSignatureKind::DocumentTimestamp {
            let stamp = TimeStamp::read(&data).map_err(|error| failed(&error.to_string()))?;
            let (_, integrity) = stamp.judge(digest)?;
            if integrity != validate::Integrity::Ok {
                return Err(failed(&format!("{integrity:?}")));
            }
        } else {
            require_intact(&validate::cms::verify_detached(&data, digest)?)?;
            own = true;
            break;
        }
    }
    if !own {
        return Err(failed("the newest signature does not cover the whole file"));
    }
    if reached != SignLevel::BB {
        require_level(standing::pdf_level(&file, &signatures)?, reached)?;
    }
    let Pass { original, whole } = match pass {
        Some(pass) => pass,
        None => Pass::read(&bytes, original, None).map_err(|error| failed(&error.to_string()))?.0,
    };
    Ok(CheckedPdf {
        original_sha256: original.to_hex(),
        sha256: whole.to_hex(),
        facts: password.is_none().then(|| ResultFacts::of_pdf(&file, signatures.len(), known_signable)),
    })
}

/// What one reading of a PDF gives.
struct Pass {
    original: Digest,
    whole: Digest,
}

impl Pass {
    /// Also gives the digest of the parts that a signature covers.
    fn read(
        bytes: &PdfBytes,
        original: u64,
        covered: Option<(&[Range<u64>; 2], HashAlgorithm)>,
    ) -> io::Result<(Self, Option<Digest>)> {
        let len = bytes.len() as u64;
        if original > len {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut whole = Hasher::new(HashAlgorithm::Sha256);
        let mut first = None;
        // Up to the container, a SHA-256 of the covered bytes is one of all bytes.
        let shares = covered.is_some_and(|(parts, hash)| hash == HashAlgorithm::Sha256 && parts[0].start == 0);
        let mut signed = covered.filter(|_| !shares).map(|(_, hash)| Hasher::new(hash));
        let mut cuts = vec![original, len];
        cuts.extend(covered.into_iter().flat_map(|(parts, _)| parts.iter().flat_map(|part| [part.start, part.end])));
        cuts.sort_unstable();
        let mut at = 0;
        for cut in cuts {
            let inside = covered.is_some_and(|(parts, _)| parts.iter().any(|part| part.contains(&at)));
            let shared = shares && covered.is_some_and(|(parts, _)| parts[0].contains(&at));
            bytes.for_each_piece(at..cut.max(at), |piece| {
                whole.update(piece);
                if let Some(signed) = signed.as_mut().filter(|_| inside && !shared) {
                    signed.update(piece);
                }
                Ok::<_, io::Error>(())
            })?;
            at = at.max(cut);
            if at == original && first.is_none() {
                first = Some(whole.clone());
            }
            if shares && signed.is_none() && covered.is_some_and(|(parts, _)| at == parts[0].end) {
                signed = Some(whole.clone());
            }
        }
        let original = first.ok_or(io::ErrorKind::UnexpectedEof)?.finish();
        Ok((Self { original, whole: whole.finish() }, signed.map(Hasher::finish)))
    }
}

/// Whether the signers of a `.p7s` have the level that was reached: all of them, or one where only one was taken there.
pub(crate) fn cms_level(
    bytes: &[u8],
    content: &Content,
    known: &[Digest],
    all: bool,
    reached: SignLevel,
) -> OfficeResult<()> {
    if reached == SignLevel::BB {
        return Ok(());
    }
    let levels = standing::levels(bytes, content, known)?;
    let found = if all { levels.iter().min() } else { levels.iter().max() };
    require_level(found.copied().unwrap_or_default(), reached)
}

fn require_level(found: SignLevel, reached: SignLevel) -> OfficeResult<()> {
    if found >= reached {
        return Ok(());
    }
    Err(failed(&format!("it has the level {}, and should have {}", level_name(found), level_name(reached))))
}

/// Judges every signer of the `.p7s` at `path`, whose content is `content`, or only the one with the signature value `whose`. `known`
/// are digests of the content that need no second reading; one that is inside the file is read from there all the same.
pub(crate) fn cms_file(path: &Path, content: &Content, known: &[Digest], whose: Option<&[u8]>) -> OfficeResult<()> {
    let unreadable = |error: io::Error| failed(&error.to_string());
    if content.is_inside() {
        let mut file = File::open(path).map_err(unreadable)?;
        let opened = enclosing::open(&mut file, Limits::default())
            .map_err(|error| OfficeError::Format(WireError::from(&error)))?
            .ok_or_else(|| failed("the content is not inside"))?;
        return cms(&opened.signature, whose, |hash| {
            let file = File::open(path).map_err(unreadable)?;
            let mut hashers = Hashers::new([hash]);
            hashers.read(ContentReader::new(file, &opened.content)).map_err(unreadable)?;
            hashers.finish().pop().ok_or_else(|| failed("no digest"))
        });
    }
    cms(&std::fs::read(path).map_err(unreadable)?, whose, |hash| {
        match known.iter().find(|digest| digest.algorithm() == hash) {
            Some(digest) => Ok(digest.clone()),
            None => content.digest(hash),
        }
    })
}

/// Judges the signers of a signature without its content, whose digest `content` gives.
fn cms(
    bytes: &[u8],
    whose: Option<&[u8]>,
    mut content: impl FnMut(HashAlgorithm) -> OfficeResult<Digest>,
) -> OfficeResult<()> {
    let data = validate::cms::parse(bytes).map_err(|error| failed(&error.to_string()))?;
    let reports = match whose {
        None => validate::cms::verify_detached(&data, content)?,
        Some(value) => {
            let own = data.signers().filter(|own| own.signature_value() == value);
            own.map(|own| own.verify(&mut content)).collect::<OfficeResult<_>>()?
        }
    };
    require_intact(&reports)
}

fn require_intact(reports: &[validate::SignerReport]) -> OfficeResult<()> {
    match reports {
        [] => Err(failed("no signer")),
        all if all.iter().all(|report| report.integrity == validate::Integrity::Ok) => Ok(()),
        all => Err(failed(&format!("{:?}", all.iter().map(|report| &report.integrity).collect::<Vec<_>>()))),
    }
}

fn failed(reason: &str) -> OfficeError {
    OfficeError::SelfCheckFailed { reason: reason.to_owned() }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A PDF without a page.
    pub(in crate::signing) fn smallest_pdf() -> Vec<u8> {
        let mut pdf = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n".to_vec();
        let start = pdf.len();
        pdf.extend(format!("xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000058 00000 n \ntrailer\n<< /Size 3 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").into_bytes());
        pdf
    }

    #[test]
    fn one_reading_gives_the_digests_of_every_part() {
        let page = smallest_pdf();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pdf");
        std::fs::write(&path, &page).unwrap();
        let file = PdfFile::open_path_with(&path, None).unwrap();
        let bytes = file.shared_bytes();
        let of = |hash, data: &[u8]| Digest::of(hash, data);
        let len = page.len();
        for (original, first, second) in
            [(10, 30, 40), (30, 30, 40), (35, 30, 40), (60, 30, 40), (len, 30, 40), (0, 1, len)]
        {
            let parts = [0..first as u64, second as u64..len as u64];
            let covered = [&page[..first], &page[second..]].concat();
            for hash in HashAlgorithm::ALL {
                let (pass, signed) = Pass::read(&bytes, original as u64, Some((&parts, hash))).unwrap();
                assert_eq!(pass.original, of(HashAlgorithm::Sha256, &page[..original]), "{original} {first} {second}");
                assert_eq!(pass.whole, of(HashAlgorithm::Sha256, &page));
                assert_eq!(signed, Some(of(hash, &covered)), "{original} {first} {second}");
            }
        }
        let (pass, signed) = Pass::read(&bytes, 7, None).unwrap();
        assert_eq!((pass.original, signed), (of(HashAlgorithm::Sha256, &page[..7]), None));
        assert!(Pass::read(&bytes, len as u64 + 1, None).is_err());
    }
}
