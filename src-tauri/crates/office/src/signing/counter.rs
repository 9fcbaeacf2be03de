//! Whose signature is countersigned: a countersignature belongs to one SignerInfo (RFC 5652 §11.4).

use std::convert::Infallible;

use cartorio_ades::create::upgrade::{self, UpgradeError};
use cartorio_ades::validate::ClaimedTime;
use cartorio_ades::validate::cms::parse;
use cartorio_core::Digest;
use cartorio_pki::Certificate;

use super::error::SignError;
use super::levels::Content;
use crate::OfficeResult;
use crate::certificates::holder_name;
use crate::documents::Entry;
use crate::dto::SignerChoice;
use crate::times::rfc3339;

/// Place of the signer in `cms` whose signature is countersigned. `asked` is what somebody chose, from 0.
///
/// # Errors
/// [`SignError::CountersignChoose`] where there are several and nobody chose; [`UpgradeError::NoSigner`] for one that is not there.
pub(super) fn chosen(name: &str, cms: &[u8], asked: Option<u32>) -> OfficeResult<usize> {
    let count = upgrade::signer_count(cms)?;
    let place = asked.map(|place| usize::try_from(place).unwrap_or(usize::MAX));
    match (place, count) {
        (Some(place), _) if place < count => Ok(place),
        (Some(signer), _) => Err(UpgradeError::NoSigner { signer, count }.into()),
        (None, 0) => Err(UpgradeError::NoSigner { signer: 0, count }.into()),
        (None, 1) => Ok(0),
        (None, _) => {
            let signers =
                signers(cms)?.into_iter().map(|own| format!("{}: {}", own.index + 1, own.name.unwrap_or_default()));
            let signers = signers.collect::<Vec<_>>().join("; ");
            Err(SignError::CountersignChoose { name: name.to_owned(), count, signers }.into())
        }
    }
}

/// The signers of a `.p7s`, to choose one of them, and what keeps one from being countersigned. Blocks.
pub(super) fn preview(entry: &Entry, asked: Option<u32>) -> OfficeResult<(Vec<SignerChoice>, OfficeResult<usize>)> {
    let (cms, _) = Content::of_signature(entry)?;
    Ok((signers(&cms)?, chosen(&entry.name, &cms, asked)))
}

/// The signers of a CMS, in the order in which they stand.
fn signers(cms: &[u8]) -> OfficeResult<Vec<SignerChoice>> {
    let data = parse(cms)?;
    let mut out = Vec::new();
    for (index, view) in (0_u32..).zip(data.signers()) {
        let holder = view.certificate().and_then(|found| Certificate::from_der(&found.der).ok());
        // What it claims is told beside what it is compared with, which does not matter here.
        let Ok(report) = view.verify(|hash| Ok::<_, Infallible>(Digest::of(hash, b"")));
        let claimed_time = match report.claimed_time {
            ClaimedTime::At(at) => Some(rfc3339(at)),
            ClaimedTime::Absent | ClaimedTime::Malformed => None,
        };
        out.push(SignerChoice { index, name: holder.as_ref().map(holder_name), claimed_time });
    }
    Ok(out)
}
