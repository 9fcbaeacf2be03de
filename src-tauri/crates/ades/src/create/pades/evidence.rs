//! Evidence for long-term validation: certificates, CRLs and OCSP responses in the document security store (ISO 32000-2,
//! 12.8.4.3; EN 319 142-1 §5.4.2).

use cartorio_pdf::{PdfFile, Revision};
use time::OffsetDateTime;

use super::dss::{Kind, Listed, Store};
use super::error::PadesError;
use super::extensions;
use super::increment::Increment;

/// What proves the signatures of a file later: the union over all of them.
#[derive(Clone, Debug, Default)]
pub struct ValidationData {
    /// DER certificates.
    pub certificates: Vec<Vec<u8>>,
    /// DER `CertificateList`s.
    pub crls: Vec<Vec<u8>>,
    /// DER `OCSPResponse`s, the status included.
    pub ocsps: Vec<Vec<u8>>,
    /// What the policies AD-RA of ICP-Brasil want beside it.
    pub artifacts: Option<PolicyArtifacts>,
}

/// The signature policies themselves, for ICP-Brasil's AD-RA (DOC-ICP-15.03, tables A.19 and A.20). Validators of the
/// European family that know only the entries of the standard take a store with these for a change of the document.
#[derive(Clone, Debug, Default)]
pub struct PolicyArtifacts {
    /// `PBAD_PolicyArtifacts`: the policies that the signatures name, `PA_PAdES_*.der`.
    pub policies: Vec<Vec<u8>>,
    /// `PBAD_LpaArtifacts`: the list of approved policies, `LPA_PAdES.der`.
    pub lists: Vec<Vec<u8>>,
    /// `PBAD_LpaSignatures`: the signature of that list, `LPA_PAdES.p7s`.
    pub list_signatures: Vec<Vec<u8>>,
}

/// Which of the evidence belongs to one signature or time stamp of the file.
#[derive(Clone, Debug, Default)]
pub struct Vri {
    /// `/Contents` as stored, padding included ([`super::PreparedPdf::contents`], or the decoded string of the file). Its
    /// SHA-1 is the key of the entry.
    pub contents: Vec<u8>,
    /// Places in [`ValidationData::certificates`].
    pub certificates: Vec<usize>,
    /// Places in [`ValidationData::crls`].
    pub crls: Vec<usize>,
    /// Places in [`ValidationData::ocsps`].
    pub ocsps: Vec<usize>,
    /// `/TU`, when the evidence was gathered.
    pub at: Option<OffsetDateTime>,
}

/// Adds evidence to the document security store, or makes one. What the store has already, by the digest of its bytes, is used
/// again; what is there is never taken out. An entry for a signature that has one stays as it is (readers see any change of
/// it as one of the document), but for policy artifacts that it lacks. Nothing to add gives an empty tail.
///
/// Allowed at every level of certification (ISO 32000-2, 12.8.2.2.2), and no use of the document that its permissions could
/// forbid.
///
/// # Errors
/// [`PadesError::Evidence`] for bytes that are not what they should be; [`PadesError::Pdf`] when the file cannot be extended.
pub fn add_evidence(file: &PdfFile, data: &ValidationData, vri: &[Vri]) -> Result<Increment, PadesError> {
    check(data, vri)?;
    file.signable()?;
    file.check_entries()?;
    let catalog = file.catalog()?;
    let mut revision = Revision::new(file);
    let mut store = Store::open(file, &revision, &catalog)?;
    let mut listed = Listed::default();
    for (kind, items) in [(Kind::Certificate, &data.certificates), (Kind::Crl, &data.crls), (Kind::Ocsp, &data.ocsps)] {
        listed.set(kind, store.add(&mut revision, kind, items)?);
    }
    if let Some(artifacts) = &data.artifacts {
        for (kind, items) in [
            (Kind::Policy, &artifacts.policies),
            (Kind::PolicyList, &artifacts.lists),
            (Kind::PolicyListSignature, &artifacts.list_signatures),
        ] {
            listed.set(kind, store.add(&mut revision, kind, items)?);
        }
    }
    for entry in vri {
        store.add_entry(&mut revision, entry, &listed)?;
    }
    let mut root = revision.editor(file.root())?;
    let before = root.clone();
    if !store.close(&mut revision, &mut root)? {
        return Ok(Increment::nothing(file));
    }
    extensions::declare(file, &catalog, &mut root)?;
    if root != before {
        revision.put(file.root(), root.into_bytes());
    }
    Ok(Increment::new(file.shared_bytes(), revision.finish()?.bytes))
}

fn check(data: &ValidationData, vri: &[Vri]) -> Result<(), PadesError> {
    let bad = |reason| PadesError::Evidence { reason };
    if !data.certificates.iter().chain(&data.crls).all(|der| sequence(der).is_some()) {
        return Err(bad("a certificate or CRL is not one DER structure"));
    }
    // OCSPResponse starts with its status; a BasicOCSPResponse, which some tools keep, does not.
    if !data.ocsps.iter().all(|der| sequence(der).is_some_and(|inner| inner.first() == Some(&0x0a))) {
        return Err(bad("an OCSP response is not one DER structure that starts with its status"));
    }
    let inside = |places: &[usize], items: &[Vec<u8>]| places.iter().all(|place| *place < items.len());
    let known = |entry: &Vri| {
        inside(&entry.certificates, &data.certificates)
            && inside(&entry.crls, &data.crls)
            && inside(&entry.ocsps, &data.ocsps)
            && !entry.contents.is_empty()
    };
    if vri.iter().all(known) { Ok(()) } else { Err(bad("an entry names evidence that is not there")) }
}

/// The contents of the SEQUENCE that `der` is, and nothing after it.
fn sequence(der: &[u8]) -> Option<&[u8]> {
    let (head, rest) = der.split_first_chunk::<2>()?;
    if head[0] != 0x30 {
        return None;
    }
    let (length, inner) = match head[1] {
        short @ 0..0x80 => (usize::from(short), rest),
        long => {
            let (digits, inner) = rest.split_at_checked(usize::from(long & 0x7f))?;
            if digits.is_empty() || digits.len() > 4 {
                return None;
            }
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), inner)
        }
    };
    (inner.len() == length).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_whole_sequence_is_asked_for() {
        let long = [&[0x30, 0x81, 0x80][..], &[0; 0x80]].concat();
        for (der, sound) in [
            (&[0x30, 1, 0][..], true),
            (&long, true),
            (&[0x30, 0], true),
            (&[0x30, 1], false),
            (&[0x30, 1, 0, 0], false),
            (&[0x31, 1, 0], false),
            (&[0x30, 0x80, 0, 0], false),
            (&[0x30, 0x85, 0, 0, 0, 0, 0], false),
            (&[], false),
        ] {
            assert_eq!(sequence(der).is_some(), sound, "{der:?}");
        }
    }

    #[test]
    fn places_and_shapes_are_checked() {
        let data = ValidationData {
            certificates: vec![vec![0x30, 0]],
            ocsps: vec![vec![0x30, 3, 0x0a, 1, 0]],
            ..ValidationData::default()
        };
        let entry = Vri { contents: vec![1], certificates: vec![0], ocsps: vec![0], ..Vri::default() };
        assert!(check(&data, std::slice::from_ref(&entry)).is_ok());
        assert!(check(&data, &[Vri { crls: vec![0], ..entry.clone() }]).is_err());
        assert!(check(&data, &[Vri { contents: Vec::new(), ..entry }]).is_err());
        let basic = ValidationData { ocsps: vec![vec![0x30, 2, 0x30, 0]], ..ValidationData::default() };
        assert!(check(&basic, &[]).is_err());
    }
}
