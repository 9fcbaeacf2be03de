//! A result is read back and judged as a stranger would, before it gets its name.

use std::path::Path;

use cartorio_ades::validate;
use cartorio_ades::validate::pdf::{Coverage, PdfSignatureKind};
use cartorio_ades::validate::timestamp::TimeStamp;
use cartorio_core::{Digest, SecretString};
use cartorio_pdf::PdfFile;

use super::levels::Content;
use super::{level_name, standing};
use crate::dto::SignLevel;
use crate::{OfficeError, OfficeResult};

/// Judges every signature of a PDF that counts: the newest ones, up to and including the first that is no document time stamp. What
/// was reached has to be there.
pub(crate) fn pdf(path: &Path, password: Option<&SecretString>, reached: SignLevel) -> OfficeResult<()> {
    let file = PdfFile::open_path_with(path, password)?;
    let signatures = validate::pdf::signatures(&file)?;
    let mut own = false;
    for signature in signatures.iter().rev() {
        match signature.coverage {
            // Evidence may follow in a revision of its own.
            Coverage::EntireFile | Coverage::EntireRevision { .. } => {}
            // One that was broken before stays what it was.
            Coverage::Partial { .. } | Coverage::Invalid(_) => continue,
        }
        let data = validate::cms::parse(&signature.cms).map_err(|error| failed(&error.to_string()))?;
        let digest = |hash| signature.digest(hash).ok_or_else(|| failed("the byte range cannot be read"));
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
    if reached == SignLevel::BB { Ok(()) } else { require_level(standing::pdf_level(&file, &signatures)?, reached) }
}

/// Whether the signers of a `.p7s` have the level that was reached: all of them, or one where only one was taken there.
pub(crate) fn cms_level(bytes: &[u8], content: &Content, known: &[Digest], all: bool, reached: SignLevel) -> OfficeResult<()> {
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

/// Judges every signer of a `.p7s`. `known` are digests of the content that need no second reading.
pub(crate) fn cms(bytes: &[u8], content: &Content, known: &[Digest]) -> OfficeResult<()> {
    let data = validate::cms::parse(bytes).map_err(|error| failed(&error.to_string()))?;
    if let Some(reports) = validate::cms::verify_enclosed(&data) {
        return require_intact(&reports);
    }
    let reports = validate::cms::verify_detached(&data, |hash| {
        match known.iter().find(|digest| digest.algorithm() == hash) {
            Some(digest) => Ok(digest.clone()),
            None => content.digest(bytes, hash),
        }
    })?;
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
