//! Signatures of other days, made piece by piece, so that a piece can be left out, spoilt or made too late.

use std::sync::atomic::{AtomicU8, Ordering};

use cartorio_ades::create::attributes::SignedExtras;
use cartorio_ades::create::cades::{CadesRequest, prepare_detached};
use cartorio_ades::create::cms::{CmsRequest, Profile, prepare as prepare_cms};
use cartorio_ades::create::pades::{
    Dialect, Increment, PadesOptions, PreparedPdf, ValidationData, add_evidence, prepare, prepare_timestamp,
};
use cartorio_ades::create::timestamp::Query;
use cartorio_ades::create::upgrade::icp::{
    archive_timestamp_v2, archive_v2_input, archive_v2_input_enclosed, certificate_values, complete_certificate_refs,
    complete_revocation_refs, enclose_stamped, esc_timestamp, esc_timestamp_input, revocation_values,
};
use cartorio_ades::create::upgrade::{
    Attribute, Values, add_archive_timestamp, add_unsigned, add_values, archive_input, cosign, countersign,
    signature_timestamp, signature_value,
};
use cartorio_core::{Digest, HashAlgorithm, SecretBytes};
use cartorio_keys::{KeySpec, SignatureAlgorithm, SoftwareKey};
use cartorio_pdf::PdfFile;
use cartorio_testkit::lab::{self, Lab};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::parts::signed_again;

/// What the detached signatures are over.
pub const CONTENT: &[u8] = b"Ata notarial de ensaio.\r\n\0\xff";
pub const SHA256: HashAlgorithm = HashAlgorithm::Sha256;
/// Lists for everybody under the root.
pub const ALL: &[&str] = &["root", "issuing", "act"];
/// Room for a signature with its time stamp.
const CAPACITY: usize = 24 * 1024;

/// So many days from today; negative ones are past.
pub const fn days(days: i64) -> i64 {
    days * 24
}

/// So many hours from a moment that is the same in the whole run, to the second.
///
/// The laboratory's authorities make a list anew at the minute at which it began, so half an hour before that minute is as far
/// from any change of lists as can be.
pub fn moment(hours: i64) -> OffsetDateTime {
    let lab = Lab::shared().expect("what is made has a laboratory");
    OffsetDateTime::from_unix_timestamp(lab.urls().began).unwrap() - Duration::minutes(30) + Duration::hours(hours)
}

pub fn told(hours: i64) -> String {
    moment(hours).format(&Rfc3339).unwrap()
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    Cades,
    Pades,
}

pub const FORMS: [Form; 2] = [Form::Cades, Form::Pades];

/// A signature on its way upwards.
#[derive(Clone)]
pub struct Piece {
    pub lab: &'static Lab,
    pub form: Form,
    pub bytes: Vec<u8>,
    /// Of a PDF whose signature may still get its time stamp.
    waiting: Option<(PreparedPdf, Vec<u8>)>,
}

/// A B-B signature that claims to be of that hour.
pub fn signed(lab: &'static Lab, form: Form, signer: &str, hours: i64) -> Piece {
    signed_with(lab, form, signer, hours, Extras::default())
}

/// A PDF whose signature field holds a CMS that nobody signed.
pub fn signerless(lab: &'static Lab) -> Piece {
    let made = std::process::Command::new("openssl")
        .args(["crl2pkcs7", "-nocrl", "-certfile", "p256.pem", "-outform", "DER"])
        .current_dir(lab.folder())
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let file = PdfFile::from_bytes(crate::levels::page()).unwrap();
    let prepared = prepare(&file, &PadesOptions { contents_capacity: CAPACITY, ..PadesOptions::default() }).unwrap();
    let bytes = written(&prepared.finish(&made.stdout).unwrap());
    Piece { lab, form: Form::Pades, bytes, waiting: None }
}

/// What a signature has beside the usual.
#[derive(Default)]
pub struct Extras {
    pub signed: SignedExtras,
    pub dialect: Dialect,
    /// The PDF that is signed, if not a page of its own.
    pub over: Option<Vec<u8>>,
    /// One more signed attribute, in DER, from the digest of what is signed.
    pub more: Option<Box<dyn FnOnce(&Digest) -> Vec<u8>>>,
}

pub fn signed_with(lab: &'static Lab, form: Form, signer: &str, hours: i64, extras: Extras) -> Piece {
    let who = Who::of(lab, signer);
    let Extras { signed: extras, dialect, over, more } = extras;
    let chain = who.chain.iter().map(Vec::as_slice).collect();
    match form {
        Form::Cades => {
            let prepared = prepare_detached(CadesRequest {
                signer_certificate: &who.certificate,
                chain,
                algorithm: who.algorithm,
                content_digest: Digest::of(SHA256, CONTENT),
                signing_time: moment(hours),
                extras,
            });
            let prepared = prepared.unwrap();
            let cms = prepared.finish(&who.sign(&prepared.tbs_digest())).unwrap();
            let bytes = match more {
                Some(more) => signed_again(&cms, more(&Digest::of(SHA256, CONTENT)), &who),
                None => cms,
            };
            Piece { lab, form, bytes, waiting: None }
        }
        Form::Pades => {
            let file = PdfFile::from_bytes(over.unwrap_or_else(crate::levels::page)).unwrap();
            let signing_time = Some(moment(hours));
            let options =
                PadesOptions { contents_capacity: CAPACITY, signing_time, dialect, ..PadesOptions::default() };
            let prepared = prepare(&file, &options).unwrap();
            let cms = prepare_cms(CmsRequest {
                signer_certificate: &who.certificate,
                chain,
                algorithm: who.algorithm,
                content_digest: prepared.digest(SHA256),
                profile: Profile::Pades,
                extras,
            });
            let cms = cms.unwrap();
            let cms = cms.finish(&who.sign(&cms.tbs_digest())).unwrap();
            let cms = match more {
                Some(more) => signed_again(&cms, more(&prepared.digest(SHA256)), &who),
                None => cms,
            };
            let bytes = written(&prepared.finish(&cms).unwrap());
            Piece { lab, form, bytes, waiting: Some((prepared, cms)) }
        }
    }
}

impl Piece {
    /// Over the signature.
    pub fn stamp(self, tsa: &str, hours: i64) -> Self {
        self.stamp_spoilt(tsa, hours, |_| ())
    }

    /// As [`Self::stamp`], but something happens to the token.
    pub fn stamp_spoilt(mut self, tsa: &str, hours: i64, spoil: impl FnOnce(&mut Vec<u8>)) -> Self {
        let cms = self.waiting.as_ref().map_or(&self.bytes, |(_, cms)| cms);
        let mut token = token(self.lab, tsa, Digest::of(SHA256, &signature_value(cms, 0).unwrap()), hours);
        let attribute = signature_timestamp(cms, 0, &token).unwrap();
        let mut cms = add_unsigned(cms, 0, &attribute).unwrap();
        let at = find(&cms, &token);
        let whole = token.len();
        spoil(&mut token);
        assert_eq!(token.len(), whole, "a spoilt token is as long as before");
        cms[at..at + whole].copy_from_slice(&token);
        match &mut self.waiting {
            Some((prepared, kept)) => {
                self.bytes = written(&prepared.finish(&cms).unwrap());
                *kept = cms;
            }
            None => self.bytes = cms,
        }
        self
    }

    /// The lists of these issuers as of that hour, and every certificate that could be wanted.
    pub fn evidence(self, issuers: &[&str], hours: i64) -> Self {
        let lab = self.lab;
        let mut labels = vec!["issuing", "act", "root", "retired", "icp-root", "icp-issuing"];
        labels.extend(["foreign", "tsa-foreign", "tsa", "tsa-p256", "tsa-compromised", "tsa-ceased", "tsa-short"]);
        let certificates = labels.into_iter().map(|label| lab.certificate(label)).collect();
        self.values(certificates, issuers.iter().map(|issuer| list(lab, issuer, hours)).collect())
    }

    pub fn values(mut self, certificates: Vec<Vec<u8>>, crls: Vec<Vec<u8>>) -> Self {
        self.waiting = None;
        self.bytes = match self.form {
            Form::Cades => {
                let values = Values {
                    certificates: certificates.iter().map(Vec::as_slice).collect(),
                    crls: crls.iter().map(Vec::as_slice).collect(),
                    ocsps: Vec::new(),
                };
                add_values(&self.bytes, &values).unwrap()
            }
            Form::Pades => {
                let data = ValidationData { certificates, crls, ocsps: Vec::new(), artifacts: None };
                written(&add_evidence(&PdfFile::from_bytes(self.bytes).unwrap(), &data, &[]).unwrap())
            }
        };
        self
    }

    /// Over everything.
    pub fn archive(mut self, tsa: &str, hours: i64) -> Self {
        self.waiting = None;
        self.bytes = match self.form {
            Form::Cades => archived(self.lab, &self.bytes, 0, tsa, hours),
            Form::Pades => {
                let file = PdfFile::from_bytes(self.bytes).unwrap();
                let waiting = prepare_timestamp(&file, CAPACITY, Dialect::Etsi).unwrap();
                written(&waiting.finish(&token(self.lab, tsa, waiting.digest(SHA256), hours)).unwrap())
            }
        };
        self
    }

    /// Somebody signs the first signature of a CMS.
    pub fn countersigned(mut self, signer: &str, hours: i64) -> Self {
        let info = countersignature(self.lab, &self.bytes, signer, hours);
        let who = Who::of(self.lab, signer);
        self.bytes = countersign(&self.bytes, 0, &info, &[&who.certificate]).unwrap();
        self
    }

    /// As [`Self::countersigned`], with a SignerInfo that was made already.
    pub fn countersigned_by(mut self, signer: &str, info: &[u8]) -> Self {
        self.bytes = countersign(&self.bytes, 0, info, &[&self.lab.certificate(signer)]).unwrap();
        self
    }

    /// Something that is no countersignature where one should be.
    pub fn with_a_bad_countersignature(mut self) -> Self {
        self.add(&Attribute::new(cartorio_ades::cms::oid::COUNTERSIGNATURE, vec![0x30, 0x00]));
        self
    }

    /// Somebody else signs the same.
    pub fn beside(self, signer: &str, hours: i64) -> Self {
        let over = (self.form == Form::Pades).then(|| self.bytes.clone());
        let other = signed_with(self.lab, self.form, signer, hours, Extras { over, ..Extras::default() });
        match self.form {
            Form::Pades => other,
            Form::Cades => Self { bytes: cosign(&self.bytes, &other.bytes).unwrap(), ..other },
        }
    }

    /// References to the evidence as RFC 5126 has them, and the time stamp over these (ES-C).
    pub fn referring(mut self, issuers: &[&str], tsa: &str, hours: i64) -> Self {
        let (certificates, crls) = Self::carried(self.lab, issuers, hours);
        let (certificates, crls) = (slices(&certificates), slices(&crls));
        self.add(&complete_certificate_refs(&certificates).unwrap());
        self.add(&complete_revocation_refs(&crls, &[]).unwrap());
        let imprint = esc_timestamp_input(&self.bytes, 0, SHA256).unwrap();
        self.add(&esc_timestamp(&token(self.lab, tsa, imprint, hours)));
        self
    }

    /// The evidence itself among the attributes, as RFC 5126 has it.
    pub fn carrying(mut self, issuers: &[&str], hours: i64) -> Self {
        let (certificates, crls) = Self::carried(self.lab, issuers, hours);
        self.add(&certificate_values(&slices(&certificates)).unwrap());
        self.add(&revocation_values(&slices(&crls), &[]).unwrap());
        self
    }

    /// The archive time stamp of RFC 5126.
    pub fn archive_v2(mut self, tsa: &str, hours: i64) -> Self {
        let imprint = archive_v2_input(&self.bytes, 0, SHA256, &mut &CONTENT[..]).unwrap();
        self.add(&archive_timestamp_v2(&token(self.lab, tsa, imprint, hours)));
        self
    }

    /// The archive time stamp of RFC 5126 over a signature with its content inside, which is given.
    pub fn archive_v2_around(mut self, tsa: &str, hours: i64) -> Vec<u8> {
        let len = CONTENT.len() as u64;
        let imprint = archive_v2_input_enclosed(&self.bytes, 0, SHA256, &mut &CONTENT[..], len).unwrap();
        self.add(&archive_timestamp_v2(&token(self.lab, tsa, imprint, hours)));
        let parts = enclose_stamped(&self.bytes, len).unwrap();
        [&parts.head, CONTENT, &parts.tail].concat()
    }

    /// As [`Self::carrying`], with one more certificate and the lists of another hour too.
    pub fn carrying_both(mut self, label: &str, issuers: &[&str], hours: i64, again: i64) -> Self {
        let (mut certificates, mut crls) = Self::carried(self.lab, issuers, hours);
        certificates.push(self.lab.certificate(label));
        crls.extend(issuers.iter().map(|issuer| list(self.lab, issuer, again)));
        self.add(&certificate_values(&slices(&certificates)).unwrap());
        self.add(&revocation_values(&slices(&crls), &[]).unwrap());
        self
    }

    fn carried(lab: &Lab, issuers: &[&str], hours: i64) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let certificates = ["issuing", "root", "act", "tsa", "retired"].map(|label| lab.certificate(label)).to_vec();
        (certificates, issuers.iter().map(|issuer| list(lab, issuer, hours)).collect())
    }

    pub fn add(&mut self, attribute: &Attribute) {
        self.bytes = add_unsigned(&self.bytes, 0, attribute).unwrap();
    }

    /// Turns a bit at the end of `wanted`, wherever it stands first.
    pub fn flip(mut self, wanted: &[u8]) -> Self {
        let at = find(&self.bytes, wanted);
        self.bytes[at + wanted.len() - 1] ^= 1;
        self
    }
}

/// A countersignature's SignerInfo on the first signature.
pub fn countersignature(lab: &Lab, cms: &[u8], signer: &str, hours: i64) -> Vec<u8> {
    countersignature_over(lab, Digest::of(SHA256, &signature_value(cms, 0).unwrap()), signer, hours)
}

/// As [`countersignature`], over the value with this digest.
pub fn countersignature_over(lab: &Lab, content_digest: Digest, signer: &str, hours: i64) -> Vec<u8> {
    let who = Who::of(lab, signer);
    let prepared = prepare_cms(CmsRequest {
        signer_certificate: &who.certificate,
        chain: Vec::new(),
        algorithm: who.algorithm,
        content_digest,
        profile: Profile::Countersignature { signing_time: Some(moment(hours)) },
        extras: SignedExtras::default(),
    });
    let prepared = prepared.unwrap();
    prepared.finish_signer_info(&who.sign(&prepared.tbs_digest())).unwrap()
}

pub fn archived(lab: &Lab, cms: &[u8], signer: usize, tsa: &str, hours: i64) -> Vec<u8> {
    let input = archive_input(cms, signer, SHA256, &Digest::of(SHA256, CONTENT)).unwrap();
    add_archive_timestamp(cms, signer, &input, &token(lab, tsa, input.imprint.clone(), hours)).unwrap()
}

/// A token of an authority of the laboratory whose clock shows that hour.
pub fn token(lab: &Lab, tsa: &str, imprint: Digest, hours: i64) -> Vec<u8> {
    static COUNT: AtomicU8 = AtomicU8::new(1);
    let query = Query::new(imprint, [COUNT.fetch_add(1, Ordering::Relaxed); 16], None);
    let (front, _) = lab.urls().tsa.rsplit_once('/').unwrap();
    query.accept(&lab.stamp_at(&format!("{front}/{tsa}"), &query.der(), &told(hours))).unwrap().der
}

/// The list of an issuer as it was at that hour.
pub fn list(lab: &Lab, issuer: &str, hours: i64) -> Vec<u8> {
    let answer = lab::get(&lab.urls().crls[issuer], &[("X-Certomancer-Fake-Time", &told(hours))]).unwrap();
    assert_eq!(answer.status, 200);
    answer.body
}

/// Where `wanted` stands first.
pub fn find(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes.windows(wanted.len()).position(|own| own == wanted).expect("what is looked for is there")
}

/// Turns a bit of the last byte, which is one of the signature value.
#[allow(clippy::ptr_arg, reason = "called by those who have a vector to change")]
pub fn last_bit(token: &mut Vec<u8>) {
    *token.last_mut().unwrap() ^= 1;
}

fn slices(list: &[Vec<u8>]) -> Vec<&[u8]> {
    list.iter().map(Vec::as_slice).collect()
}

/// A signer of the laboratory.
pub struct Who {
    certificate: Vec<u8>,
    chain: Vec<Vec<u8>>,
    key: SoftwareKey,
    algorithm: SignatureAlgorithm,
}

impl Who {
    pub fn of(lab: &Lab, label: &str) -> Self {
        let (spec, algorithm) = match label {
            "rsa2048" | "icp-signer" => (KeySpec::Rsa2048, SignatureAlgorithm::rsa_pkcs1(SHA256)),
            _ => (KeySpec::EcP256, SignatureAlgorithm::ecdsa(SHA256)),
        };
        let pkcs8 = SecretBytes::new(std::fs::read(lab.path(&format!("{label}.pk8"))).unwrap());
        let key = SoftwareKey::from_pkcs8(spec, pkcs8).unwrap();
        Self { certificate: lab.certificate(label), chain: lab.chain(label), key, algorithm }
    }

    pub fn sign(&self, digest: &Digest) -> Vec<u8> {
        self.key.sign_digest(self.algorithm, digest).unwrap()
    }
}

fn written(increment: &Increment) -> Vec<u8> {
    let mut out = Vec::new();
    increment.write_to(&mut out).unwrap();
    out
}
