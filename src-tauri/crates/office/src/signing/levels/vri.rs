//! Which evidence belongs to which signature of a PDF: its entry in the document security store names the certificates, lists and
//! answers that judging this one takes, and no others (EN 319 142-1 §5.4.2.3).

use cartorio_ades::create::pades::Vri;
use cartorio_ades::validate::cms::{SignedDataView, parse};
use cartorio_ades::validate::inside::Inside;
use cartorio_ades::validate::pdf::PdfSignature;
use cartorio_pki::{Certificate, OcspResponse};
use time::OffsetDateTime;

use crate::material::Material;

/// An entry for every signature and time stamp whose path is known. Places are those in the lists of `found`.
pub(super) fn entries(found: &Material, signatures: Vec<PdfSignature>, at: OffsetDateTime) -> Vec<Vri> {
    let entry = |own: PdfSignature| {
        let mut taken = Taken { found, vri: Vri { contents: own.stored_contents, at: Some(at), ..Vri::default() } };
        leaves(&own.cms).iter().for_each(|leaf| taken.path_of(leaf));
        (!taken.vri.certificates.is_empty()).then_some(taken.vri)
    };
    signatures.into_iter().filter_map(entry).collect()
}

/// Whoever signed a CMS, and whoever stamped it.
fn leaves(cms: &[u8]) -> Vec<Certificate> {
    fn signers(data: &SignedDataView<'_>) -> Vec<Certificate> {
        let found = data.signers().filter_map(|own| own.certificate());
        found.filter_map(|own| Certificate::from_der(&own.der).ok()).collect()
    }
    let Ok(data) = parse(cms) else { return Vec::new() };
    let mut out = signers(&data);
    for stamp in data.signers().flat_map(|own| Inside::read(own).stamps) {
        out.extend(parse(&stamp.token).map(|token| signers(&token)).unwrap_or_default());
    }
    out
}

/// What one entry has.
struct Taken<'a> {
    found: &'a Material,
    vri: Vri,
}

impl Taken<'_> {
    /// Takes a certificate with everything above it, and what says how each of them stands.
    fn path_of(&mut self, leaf: &Certificate) {
        let found = self.found;
        let Some(path) = found.path_of(leaf) else { return };
        for (step, own) in path.iter().enumerate() {
            self.certificate(own);
            let Some(issuer) = path.get(step + 1) else { continue };
            for place in 0..found.crls.len() {
                let list = &found.crls[place];
                if list.issuer == own.issuer && push(&mut self.vri.crls, place) {
                    // A list that somebody else signs for the issuer.
                    let signer = found.certificates.iter().find(|own| list.check_issuer(own).is_ok());
                    signer.into_iter().for_each(|own| self.certificate(own));
                }
            }
            for place in 0..found.ocsps.len() {
                let answer = &found.ocsps[place];
                if speaks_of(answer, own, issuer) && push(&mut self.vri.ocsps, place) {
                    // Whoever answered has a path, too.
                    for responder in answer.basic.iter().flat_map(|basic| &basic.certificates) {
                        self.certificate(responder);
                        self.path_of(responder);
                    }
                }
            }
        }
    }

    fn certificate(&mut self, own: &Certificate) {
        if let Some(place) = self.found.certificates.iter().position(|other| other == own) {
            push(&mut self.vri.certificates, place);
        }
    }
}

/// Whether an answer says how `certificate` stands, at whatever instant.
fn speaks_of(answer: &OcspResponse, certificate: &Certificate, issuer: &Certificate) -> bool {
    let mut about = answer.responses().iter().filter(|own| own.cert_id.serial == certificate.serial);
    about.any(|own| answer.status_of(certificate, issuer, own.this_update).is_ok())
}

/// Adds what is not there yet; whether it was not.
fn push(places: &mut Vec<usize>, place: usize) -> bool {
    let is_new = !places.contains(&place);
    if is_new {
        places.push(place);
    }
    is_new
}
