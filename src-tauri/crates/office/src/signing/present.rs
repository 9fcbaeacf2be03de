//! The signatures that a file has already, judged before anything is added to them. Neither a time stamp nor the use of a key can be
//! taken back, and the check of the result would refuse both for what was broken before.

use std::convert::Infallible;
use std::io;
use std::ops::Range;

use cartorio_ades::validate::cms::{SignedDataView, parse};
use cartorio_ades::validate::pdf::{Coverage, PdfSignature, PdfSignatureKind, signatures};
use cartorio_ades::validate::timestamp::TimeStamp;
use cartorio_ades::validate::{Integrity, SignerReport};
use cartorio_core::{Digest, HashAlgorithm, Hasher, Hashers};
use cartorio_pdf::{PdfBytes, PdfFile};
use cartorio_pki::Certificate;

use super::error::SignError;
use super::levels::Content;
use crate::certificates::holder_name;
use crate::{OfficeError, OfficeResult, verification};

/// Refuses what is broken, or cannot be judged, in the `.p7s` called `name`: of all signers, because the result as a whole could never be
/// found good, or only of the one with the signature value `whose`, who is countersigned. Takes the digests of `content` that the
/// check of the result takes as well. Gives [`NOT_ADES`] where one of them can have no level. Blocks.
///
/// # Errors
/// [`SignError::BrokenAlready`], [`SignError::NotJudged`].
pub(crate) fn require_cms(
    name: &str,
    cms: &[u8],
    content: &Content,
    whose: Option<&[u8]>,
) -> OfficeResult<Option<String>> {
    let data = parse(cms)?;
    let mut found = None;
    for (place, view) in data.signers().enumerate() {
        if whose.is_some_and(|value| view.signature_value() != value) {
            continue;
        }
        let report = view.verify(|hash| content.digest(hash))?;
        let signer = holder(&report).unwrap_or_else(|| format!("#{}", place + 1));
        Verdict::of(&report.integrity).require(name, &signer)?;
        if !verification::is_ades(&report) {
            found = Some(NOT_ADES.to_owned());
        }
    }
    Ok(found)
}

/// Refuses a PDF called `name` in which a signature is broken, or whose newest one cannot be judged. Its time stamps count where they
/// are over the newest signature, as in the check of the result. Gives what the newest one is, as a verification calls it, where it
/// can have no level. Reads the file once. Blocks.
///
/// # Errors
/// As [`require_cms`]; [`SignError::FormatNotFitting`] where nobody signed.
pub(crate) fn require_pdf(name: &str, file: &PdfFile, signatures: &[PdfSignature]) -> OfficeResult<Option<String>> {
    let is_stamp = |own: &PdfSignature| own.kind == PdfSignatureKind::DocumentTimestamp;
    if signatures.iter().all(is_stamp) {
        return Err(SignError::FormatNotFitting { name: name.to_owned(), wanted: "signed" }.into());
    }
    let newest = signatures.iter().rposition(|own| !is_stamp(own) && is_sound(own));
    let judged = judged(name, file, signatures)?;
    for own in judged.iter().filter(|own| !is_stamp(own.signature) || Some(own.place) > newest) {
        match own.verdict {
            // Of an earlier one nobody says more than that.
            Verdict::Open(_) if Some(own.place) < newest => {}
            verdict => verdict.require(name, &own.signer)?,
        }
    }
    if newest.is_none() {
        let signer = judged.first().map(|own| own.signer.clone()).unwrap_or_default();
        Verdict::Broken("content_outside_signature").require(name, &signer)?;
    }
    Ok(judged.iter().filter(|own| Some(own.place) == newest).find_map(Judged::not_ades))
}

/// Whose signatures in the PDF called `name` are broken: by the names of the signers, or of the fields where nobody is named. Reads
/// the file once. Blocks.
pub(crate) fn broken_in_pdf(name: &str, file: &PdfFile) -> OfficeResult<Vec<String>> {
    let all = signatures(file)?;
    let of_persons = |own: &Judged<'_>| own.signature.kind != PdfSignatureKind::DocumentTimestamp;
    let broken = |own: &Judged<'_>| matches!(own.verdict, Verdict::Broken(_)) && of_persons(own);
    Ok(judged(name, file, &all)?.into_iter().filter(broken).map(|own| own.signer).collect())
}

/// What was found out about one signer.
#[derive(Clone, Copy)]
enum Verdict {
    Whole,
    Broken(&'static str),
    Open(&'static str),
}

impl Verdict {
    const fn of(integrity: &Integrity) -> Self {
        match integrity {
            Integrity::Ok => Self::Whole,
            Integrity::Broken { reason } => Self::Broken(reason.code()),
            Integrity::Undecidable { reason } => Self::Open(reason.code()),
        }
    }

    fn require(self, name: &str, signer: &str) -> OfficeResult<()> {
        let (name, signer) = (name.to_owned(), signer.to_owned());
        match self {
            Self::Whole => Ok(()),
            Self::Broken(reason) => Err(SignError::BrokenAlready { name, signer, reason }.into()),
            Self::Open(reason) => Err(SignError::NotJudged { name, signer, reason }.into()),
        }
    }
}

/// What a verification calls a signature that does not say with which certificate it was made (EN 319 122-1 §6.3).
const NOT_ADES: &str = "CMS";

/// One signer in a PDF.
struct Judged<'a> {
    signature: &'a PdfSignature,
    /// Place of the signature among all.
    place: usize,
    signer: String,
    verdict: Verdict,
    is_ades: bool,
}

impl Judged<'_> {
    /// What it is, where it can have no level.
    fn not_ades(&self) -> Option<String> {
        let sub_filter = self.signature.sub_filter.as_deref();
        match verification::pdf_family(sub_filter) {
            None => Some(verification::other_pdf(sub_filter)),
            Some(_) => (!self.is_ades).then(|| NOT_ADES.to_owned()),
        }
    }
}

/// Judges the signers of all of `signatures`, time stamps among them. Reads the file once, however many there are.
fn judged<'a>(name: &str, file: &PdfFile, signatures: &'a [PdfSignature]) -> OfficeResult<Vec<Judged<'a>>> {
    let mut wanted: Vec<(usize, &[Range<u64>; 2], HashAlgorithm)> = Vec::new();
    for (place, own) in signatures.iter().enumerate() {
        let (Some(parts), Ok(data)) = (own.covered(), parse(&own.cms)) else { continue };
        wanted.extend(hashes(own, &data).into_iter().map(|hash| (place, parts, hash)));
    }
    let covered: Vec<_> = wanted.iter().map(|(_, parts, hash)| (*parts, *hash)).collect();
    let digests = digests(&file.shared_bytes(), &covered)
        .map_err(|error| OfficeError::DocumentUnreadable { name: name.to_owned(), reason: error.to_string() })?;
    let digest = |place: usize, hash: HashAlgorithm| {
        let at = wanted.iter().position(|(own, _, asked)| (*own, *asked) == (place, hash));
        at.and_then(|at| digests.get(at)).cloned().ok_or(())
    };
    let mut out = Vec::new();
    for (place, signature) in signatures.iter().enumerate() {
        let of_field = |verdict| Judged { signature, place, signer: signature.field.clone(), verdict, is_ades: true };
        if let Coverage::Invalid(fault) = signature.coverage {
            out.push(of_field(Verdict::Broken(fault.code())));
            continue;
        }
        let Ok(data) = parse(&signature.cms) else {
            out.push(of_field(Verdict::Broken("cms_malformed")));
            continue;
        };
        if signature.kind == PdfSignatureKind::DocumentTimestamp {
            let found = TimeStamp::read(&data).ok().and_then(|stamp| stamp.judge(|hash| digest(place, hash)).ok());
            let verdict = found.map_or(Verdict::Broken("cms_malformed"), |(_, integrity)| Verdict::of(&integrity));
            out.push(of_field(verdict));
            continue;
        }
        if !verification::signs_byte_range(signature.sub_filter.as_deref()) {
            // Older kinds sign something else than the digest of the byte range: nothing here can call them broken.
            out.push(of_field(Verdict::Open("unknown_algorithm")));
            continue;
        }
        for view in data.signers() {
            let Ok(report) = view.verify(|hash| digest(place, hash)) else {
                out.push(of_field(Verdict::Open("unknown_algorithm")));
                continue;
            };
            out.push(Judged {
                signature,
                place,
                signer: holder(&report).unwrap_or_else(|| signature.field.clone()),
                verdict: Verdict::of(&report.integrity),
                is_ades: verification::is_ades(&report),
            });
        }
    }
    Ok(out)
}

/// The hashes that a verdict on this signature asks for.
fn hashes(signature: &PdfSignature, data: &SignedDataView<'_>) -> Vec<HashAlgorithm> {
    let mut all = Vec::new();
    let mut note = |hash| {
        if !all.contains(&hash) {
            all.push(hash);
        }
        Ok::<_, Infallible>(Digest::of(hash, b""))
    };
    if signature.kind == PdfSignatureKind::DocumentTimestamp {
        if let Ok(stamp) = TimeStamp::read(data) {
            let Ok(_) = stamp.judge(&mut note);
        }
    } else {
        for view in data.signers() {
            let Ok(_) = view.verify(&mut note);
        }
    }
    all
}

/// The digest of each of these two parts of a file, the first of which start where the file does. What they have in common from there
/// on is hashed once.
fn digests(bytes: &PdfBytes, wanted: &[(&[Range<u64>; 2], HashAlgorithm)]) -> io::Result<Vec<Digest>> {
    let mut cuts: Vec<u64> = wanted.iter().flat_map(|([first, last], _)| [first.end, last.start, last.end]).collect();
    cuts.sort_unstable();
    let shared = wanted.iter().map(|([first, _], _)| first.end).max().unwrap_or(0);
    let mut common = Hashers::new(wanted.iter().map(|(_, hash)| *hash));
    let mut open: Vec<Option<Hasher>> = vec![None; wanted.len()];
    let mut at = 0;
    for cut in cuts {
        bytes.for_each_piece(at..cut.max(at), |piece| {
            if at < shared {
                common.update(piece);
            }
            for (own, ([_, last], _)) in open.iter_mut().zip(wanted) {
                if let Some(own) = own.as_mut().filter(|_| last.contains(&at)) {
                    own.update(piece);
                }
            }
            Ok::<_, io::Error>(())
        })?;
        at = at.max(cut);
        for (own, ([first, _], hash)) in open.iter_mut().zip(wanted) {
            if first.end == at && own.is_none() {
                *own = common.of(*hash).cloned();
            }
        }
    }
    open.into_iter().map(|own| own.map(Hasher::finish).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())).collect()
}

const fn is_sound(signature: &PdfSignature) -> bool {
    match signature.coverage {
        Coverage::EntireFile | Coverage::EntireRevision { .. } => true,
        Coverage::Partial { .. } | Coverage::Invalid(_) => false,
    }
}

fn holder(report: &SignerReport) -> Option<String> {
    let found = report.certificate.as_ref()?;
    Certificate::from_der(&found.der).ok().as_ref().map(holder_name)
}

#[cfg(test)]
mod tests {
    use super::super::check::tests::smallest_pdf;
    use super::*;

    #[test]
    fn one_reading_gives_the_digests_of_every_signature() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pdf");
        let page = smallest_pdf();
        std::fs::write(&path, &page).unwrap();
        let bytes = PdfFile::open_path_with(&path, None).unwrap().shared_bytes();
        let len = page.len() as u64;
        let parts =
            [[0..10, 20..40], [0..50, 60..70], [0..5, 6..len], [0..50, 55..len], [0..10, 20..20], [0..0, 1..len]];
        let wanted: Vec<_> = parts.iter().flat_map(|own| HashAlgorithm::ALL.map(|hash| (own, hash))).collect();
        for (own, (parts, hash)) in digests(&bytes, &wanted).unwrap().iter().zip(&wanted) {
            let of =
                |part: &Range<u64>| &page[usize::try_from(part.start).unwrap()..usize::try_from(part.end).unwrap()];
            assert_eq!(*own, Digest::of(*hash, &[of(&parts[0]), of(&parts[1])].concat()), "{parts:?}");
        }
        assert!(digests(&bytes, &[]).unwrap().is_empty());
    }
}
