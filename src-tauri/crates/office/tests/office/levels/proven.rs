//! Signatures of years ago, taken upwards: a signer who was revoked after a time stamp, a CA that publishes no more, cosigners who
//! cannot be proven (EN 319 102-1 §5.6).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use cartorio_ades::create::attributes::SignedExtras;
use cartorio_ades::create::cades::{CadesRequest, prepare_detached};
use cartorio_ades::create::cms::{self, CmsRequest, Profile};
use cartorio_ades::create::pades::{self, Dialect, FieldChoice, PadesOptions, ValidationData, Vri};
use cartorio_ades::create::timestamp::Query;
use cartorio_ades::create::upgrade::{self, Values};
use cartorio_ades::validate::pdf::signatures;
use cartorio_core::{Digest, HashAlgorithm};
use cartorio_keys::SignatureAlgorithm;
use cartorio_net::{Auth, Fetch, Fetched, Fetcher, Limits, NetError, Reach};
use cartorio_office::dto::{FormatChoice, JobSnapshot, SignLevel, SignProfile, SignerRole, VerifyResult};
use cartorio_pdf::PdfFile;
use cartorio_testkit::lab::{self, Lab, Person};
use serde_json::json;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::{Desk, code, of_format, profile, sample};
use crate::host::Host;

pub const SHA256: HashAlgorithm = HashAlgorithm::Sha256;
pub const CONTENT: &[u8] = "Ata de outro ano.\n".as_bytes();

pub fn days_ago(days: i64) -> OffsetDateTime {
    (OffsetDateTime::now_utc() - Duration::days(days)).replace_nanosecond(0).unwrap()
}

fn algorithm(person: Person) -> SignatureAlgorithm {
    match person {
        Person::Rsa2048 => SignatureAlgorithm::rsa_pkcs1(SHA256),
        _ => SignatureAlgorithm::ecdsa(SHA256),
    }
}

/// The laboratory as it was then.
pub struct Then<'a> {
    pub lab: &'a Lab,
    pub at: OffsetDateTime,
}

impl Then<'_> {
    pub fn clock(&self) -> String {
        self.at.format(&Rfc3339).unwrap()
    }

    pub fn token(&self, digest: Digest) -> Vec<u8> {
        let query = Query::new(digest, [7; 16], None);
        query.accept(&self.lab.stamp_at(&self.lab.urls().tsa, &query.der(), &self.clock())).unwrap().der
    }

    pub fn lists(&self) -> Vec<Vec<u8>> {
        let list = |issuer: &str| {
            let url = &self.lab.urls().crls[issuer];
            lab::get(url, &[("X-Certomancer-Fake-Time", &self.clock())]).unwrap().body
        };
        ["root", "issuing", "act"].map(list).to_vec()
    }

    pub fn certificates(&self, person: Person) -> Vec<Vec<u8>> {
        [person.label(), "issuing", "root", "act", "tsa"].map(|label| self.lab.certificate(label)).to_vec()
    }

    /// B-B, detached.
    pub fn signed(&self, person: Person) -> Vec<u8> {
        let identity = self.lab.person(person);
        let prepared = prepare_detached(CadesRequest {
            signer_certificate: &identity.certificate,
            chain: identity.chain.iter().map(Vec::as_slice).collect(),
            algorithm: algorithm(person),
            content_digest: Digest::of(SHA256, CONTENT),
            signing_time: self.at,
            extras: SignedExtras::default(),
        })
        .unwrap();
        let value = self.lab.key(person).sign_digest(algorithm(person), &prepared.tbs_digest()).unwrap();
        prepared.finish(&value).unwrap()
    }

    /// B-T.
    pub fn stamped(&self, person: Person) -> Vec<u8> {
        self.stamp(&self.signed(person), 0)
    }

    fn stamp(&self, cms: &[u8], signer: usize) -> Vec<u8> {
        let token = self.token(Digest::of(SHA256, &upgrade::signature_value(cms, signer).unwrap()));
        upgrade::add_unsigned(cms, signer, &upgrade::signature_timestamp(cms, signer, &token).unwrap()).unwrap()
    }

    /// B-LTA, with the lists of that day.
    pub fn archived(&self, person: Person) -> Vec<u8> {
        let (certificates, lists) = (self.certificates(person), self.lists());
        let values = Values {
            certificates: certificates.iter().map(Vec::as_slice).collect(),
            crls: lists.iter().map(Vec::as_slice).collect(),
            ocsps: Vec::new(),
        };
        let cms = upgrade::add_values(&self.stamped(person), &values).unwrap();
        let input = upgrade::archive_input(&cms, 0, SHA256, &Digest::of(SHA256, CONTENT)).unwrap();
        let token = self.token(input.imprint.clone());
        upgrade::add_archive_timestamp(&cms, 0, &input, &token).unwrap()
    }

    /// A PDF of B-T at `path`, or of B-LTA.
    fn pdf(&self, path: &Path, person: Person, archived: bool) {
        std::fs::write(path, sample("procuracao-publica.pdf")).unwrap();
        let options = PadesOptions {
            signing_time: Some(self.at),
            field: FieldChoice::New,
            contents_capacity: 40_000,
            dialect: Dialect::Etsi,
            ..PadesOptions::default()
        };
        let prepared = pades::prepare(&PdfFile::open_path(path).unwrap(), &options).unwrap();
        let identity = self.lab.person(person);
        let cms = cms::prepare(CmsRequest {
            signer_certificate: &identity.certificate,
            chain: identity.chain.iter().map(Vec::as_slice).collect(),
            algorithm: algorithm(person),
            content_digest: prepared.digest(SHA256),
            profile: Profile::Pades,
            extras: SignedExtras::default(),
        })
        .unwrap();
        let value = self.lab.key(person).sign_digest(algorithm(person), &cms.tbs_digest()).unwrap();
        let stamped = self.stamp(&cms.finish(&value).unwrap(), 0);
        let mut signed = Vec::new();
        prepared.finish(&stamped).unwrap().write_to(&mut signed).unwrap();
        std::fs::write(path, signed).unwrap();
        if !archived {
            return;
        }
        let file = PdfFile::open_path(path).unwrap();
        let data = ValidationData {
            certificates: self.certificates(person),
            crls: self.lists(),
            ocsps: Vec::new(),
            artifacts: None,
        };
        let contents = signatures(&file).unwrap().remove(0).stored_contents;
        let vri = Vri {
            contents,
            certificates: (0..5).collect(),
            crls: (0..3).collect(),
            ocsps: Vec::new(),
            at: Some(self.at),
        };
        let mut out = Vec::new();
        pades::add_evidence(&file, &data, &[vri]).unwrap().write_to(&mut out).unwrap();
        std::fs::write(path, &out).unwrap();
        let prepared = pades::prepare_timestamp(&PdfFile::open_path(path).unwrap(), 20_000, Dialect::Etsi).unwrap();
        let token = self.token(prepared.digest(SHA256));
        let mut out = Vec::new();
        prepared.finish(&token).unwrap().write_to(&mut out).unwrap();
        std::fs::write(path, &out).unwrap();
    }
}

/// The network without the addresses that have `gone` in them.
struct Closed {
    open: Fetcher,
    gone: &'static str,
}

impl Closed {
    fn require(&self, url: &str) -> Result<(), NetError> {
        if url.contains(self.gone) {
            return Err(NetError::Unreachable { host: url.to_owned(), reason: "a CA encerrou".to_owned() });
        }
        Ok(())
    }
}

#[async_trait]
impl Fetch for Closed {
    async fn get(&self, url: &str, limits: &Limits) -> Result<Fetched, NetError> {
        self.require(url)?;
        self.open.get(url, limits).await
    }

    async fn post(
        &self,
        url: &str,
        body: Vec<u8>,
        content_type: &'static str,
        accept: &'static str,
        auth: &Auth,
        limits: &Limits,
    ) -> Result<Fetched, NetError> {
        self.require(url)?;
        self.open.post(url, body, content_type, accept, auth, limits).await
    }
}

/// An office that trusts the laboratory's root, where nobody reaches the addresses with `gone` in them.
pub async fn closed(gone: &'static str) -> Option<Desk> {
    let lab = Lab::shared()?;
    let host = Host::demo().await;
    let open = Fetcher::new(Reach::Anywhere).trusting(vec![lab.certificate("root")]);
    assert!(host.office.use_fetcher(Arc::new(Closed { open, gone })));
    let desk = Desk { host, lab };
    desk.trust("root").await;
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    Some(desk)
}

/// A detached signature beside its content.
pub fn beside(desk: &Desk, folder: &str, cms: &[u8]) -> (PathBuf, PathBuf) {
    let folder = desk.host.folder(folder);
    std::fs::write(folder.join("ata.txt"), CONTENT).unwrap();
    std::fs::write(folder.join("ata.txt.p7s"), cms).unwrap();
    (folder.join("ata.txt.p7s"), folder.join("ata.txt"))
}

/// What our validation says of each signature of a file: the result, and whether its level ends so.
pub async fn judged(desk: &Desk, path: &Path) -> Vec<(VerifyResult, String)> {
    let report = desk.host.verify_path(path).await;
    let own = report.signatures.iter().filter(|own| !own.level.contains("timestamp"));
    own.map(|own| (own.result, own.level.rsplit(' ').next().unwrap().to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signer_who_was_revoked_after_the_time_stamp_is_extended() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let before = Then { lab: desk.lab, at: days_ago(60) };
    let (signed, content) = beside(&desk, "cades", &before.stamped(Person::Revoked));
    let pdf = desk.host.folder("pades").join("ata.pdf");
    before.pdf(&pdf, Person::Revoked, false);
    for level in [SignLevel::BLt, SignLevel::BLta] {
        for (file, content) in [(&signed, Some(content.as_path())), (&pdf, None)] {
            let higher = desk.extended(&desk.host.pick_one(file).await, level).await;
            assert_eq!(higher.receipt.level, level);
            assert!(!desk.record("document_extended").await.detail.contains_key("unproven"));
            let name = if level == SignLevel::BLt { "B-LT" } else { "B-LTA" };
            assert_eq!(judged(&desk, &higher.path).await, [(VerifyResult::Passed, name.to_owned())]);
            if let Some(found) = desk.dss(&higher.path, content, None, true) {
                assert!(found[0].level.ends_with(&name[2..]), "{found:#?}");
            }
        }
    }

    // One whose first proof is after the revocation is not, and one that was revoked and has none neither.
    let after = Then { lab: desk.lab, at: days_ago(10) };
    let (late, _) = beside(&desk, "tarde", &after.stamped(Person::Revoked));
    let (bare, _) = beside(&desk, "sem", &before.signed(Person::Revoked));
    let late_pdf = desk.host.folder("tarde").join("ata.pdf");
    after.pdf(&late_pdf, Person::Revoked, false);
    for file in [&late, &bare, &late_pdf] {
        let job = desk.extend(&desk.host.pick_one(file).await, SignLevel::BLta).await;
        let error = job.items[0].error.clone().unwrap();
        assert_eq!((error.code.as_str(), error.params["reason"].as_str()), ("evidence_revoked", "key_compromise"));
    }
    desk.host.assert_sound().await;
}

/// What was found for one instant is not what another one of the same minutes asks for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_stamp_right_before_a_revocation_is_told_from_one_right_after() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let (late, _) = beside(&desk, "tarde", &Then { lab: desk.lab, at: days_ago(10) }.stamped(Person::Revoked));
    let job = desk.extend(&desk.host.pick_one(&late).await, SignLevel::BLt).await;
    let error = job.items[0].error.clone().unwrap();
    let revoked = OffsetDateTime::parse(error.params["at"].as_str(), &Rfc3339).unwrap();
    for order in [[-1, 1], [1, -1]] {
        let mut documents = Vec::new();
        for seconds in order {
            let then = Then { lab: desk.lab, at: revoked + Duration::seconds(seconds) };
            let (file, _) = beside(&desk, &format!("{}{seconds}", order[0]), &then.stamped(Person::Revoked));
            documents.push(desk.host.pick_one(&file).await.id);
        }
        let request = json!({"documents": documents, "level": SignLevel::BLt, "output_folder": null});
        let started: JobSnapshot = desk.host.ask("extend_start", request).await.unwrap();
        let job = desk.host.ended(&started.id).await;
        for (item, seconds) in job.items.iter().zip(order) {
            let code = item.error.as_ref().map(|own| own.code.as_str());
            assert_eq!(code, (seconds > 0).then_some("evidence_revoked"), "{order:?}, {seconds} s");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_is_renewed_when_the_first_ca_publishes_no_more() {
    let Some(desk) = closed("issuing").await else { return };
    let then = Then { lab: desk.lab, at: days_ago(300) };
    let (signed, content) = beside(&desk, "cades", &then.archived(Person::Rsa2048));
    let pdf = desk.host.folder("pades").join("ata.pdf");
    then.pdf(&pdf, Person::Rsa2048, true);
    for (file, content) in [(&signed, Some(content.as_path())), (&pdf, None)] {
        let before = std::fs::read(file).unwrap();
        let first = desk.extended(&desk.host.pick_one(file).await, SignLevel::BLta).await;
        assert_eq!((first.receipt.level, first.receipt.time_stamps.len()), (SignLevel::BLta, 1));
        assert!(!desk.record("document_extended").await.detail.contains_key("unproven"));
        let again = desk.extended(&first.document, SignLevel::BLta).await;
        assert_eq!(std::fs::read(file).unwrap(), before);
        for own in [&first, &again] {
            assert_eq!(judged(&desk, &own.path).await, [(VerifyResult::Passed, "B-LTA".to_owned())]);
            desk.dss(&own.path, content, None, true);
        }
    }
    // What no archive time stamp covers has to be asked for, and is not to be had.
    let (young, _) = beside(&desk, "sem", &then.stamped(Person::Rsa2048));
    assert_eq!(code(&desk.extend(&desk.host.pick_one(&young).await, SignLevel::BLt).await), "evidence_missing");
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signed_before_and_cannot_be_proven_keeps_nobody_from_signing() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let (revoked, good) = (desk.signer(Person::Revoked).await, desk.signer(Person::P256).await);
    // They signed when nobody here knew of it, and nobody was asked.
    let unasked = |format| SignProfile { offline: true, ..of_format(format, SignLevel::BB) };
    let text = desk.document("b.txt", b"ata").await;
    let first_text = desk.signed(&revoked, &text, unasked(FormatChoice::CadesDetached)).await;
    let told = async || desk.record("document_signed").await.detail.get("unproven").cloned();
    // A PDF.
    let document = desk.document("a.pdf", &sample("procuracao-publica.pdf")).await;
    let first = desk.signed(&revoked, &document, unasked(FormatChoice::Pades)).await;
    let second = desk.signed(&good, &first.document, profile(SignLevel::BLta)).await;
    assert_eq!(second.receipt.level, SignLevel::BLta);
    assert_eq!(told().await.as_deref(), Some("Elza Revogada (revoked)"));
    let found = judged(&desk, &second.path).await;
    assert_ne!(found[0].0, VerifyResult::Passed, "the first one is what it is");
    assert_eq!(found[1], (VerifyResult::Passed, "B-LTA".to_owned()));
    // It is renewed, too.
    let renewed = desk.extended(&second.document, SignLevel::BLta).await;
    assert_eq!(desk.record("document_extended").await.detail["unproven"], "Elza Revogada (revoked)");
    assert_eq!(judged(&desk, &renewed.path).await[1], (VerifyResult::Passed, "B-LTA".to_owned()));

    // A cosigned file.
    let cosign = |level| SignProfile { role: SignerRole::Cosign, ..of_format(FormatChoice::CadesDetached, level) };
    let both = desk.signed(&good, &first_text.document, cosign(SignLevel::BLt)).await;
    assert_eq!(told().await.as_deref(), Some("Elza Revogada (revoked)"));
    let passed = |found: &[(VerifyResult, String)], level: &str| {
        found.iter().filter(|own| **own == (VerifyResult::Passed, level.to_owned())).count()
    };
    let found = judged(&desk, &both.path).await;
    assert_eq!((found.len(), passed(&found, "B-LT")), (2, 1), "{found:?}");
    let higher = desk.extended(&both.document, SignLevel::BLta).await;
    let note = desk.record("document_extended").await.detail["unproven"].clone();
    assert!(note.contains("Elza Revogada"), "{note}");
    let found = judged(&desk, &higher.path).await;
    assert_eq!((found.len(), passed(&found, "B-LTA")), (2, 1), "{found:?}");

    // One's own revoked certificate is refused as before.
    let (own, _) = desk.refused(&revoked, &higher.document, cosign(SignLevel::BLt)).await;
    assert_eq!(own, "preflight_certificate_revoked");
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signer_before_us_whose_ca_is_gone_keeps_nobody_from_signing() {
    let Some(desk) = closed("issuing").await else { return };
    // The first one's CA is gone; ours is that of the demonstration, which publishes into the office.
    let pdf = desk.host.folder("pades").join("ata.pdf");
    Then { lab: desk.lab, at: days_ago(60) }.pdf(&pdf, Person::Rsa2048, false);
    let own = desk.host.identities().await.remove(0);
    let signed = desk.signed(&own, &desk.host.pick_one(&pdf).await, profile(SignLevel::BLta)).await;
    assert_eq!(signed.receipt.level, SignLevel::BLta);
    let note = desk.record("document_signed").await.detail["unproven"].clone();
    assert!(note.contains("(not_fetched)"), "{note}");
    let found = judged(&desk, &signed.path).await;
    assert_eq!(found[1], (VerifyResult::Passed, "B-LTA".to_owned()), "{found:?}");
    desk.host.assert_sound().await;
}
