//! Proofs of existence (EN 319 102-1 §5.6) as the office judges them, beside EU DSS on the same file at the same time with the
//! same trust.
//!
//! Signatures are made as of other days, with authorities and lists that are real servers on loopback; the office's clock is
//! moved to the day of the judgement. Every case has a twin that comes out otherwise. Where DSS says something else, the case
//! says what and why.

mod claims;
mod content;
mod counter;
pub mod making;
mod members;
pub mod parts;
mod times;
mod whole;

use std::path::PathBuf;
use std::sync::OnceLock;

use cartorio_core::Clock;
use cartorio_office::dto::{AppState, SignatureReport, TrustImport, VerifyReport, VerifyResult};
use cartorio_testkit::judges::{self, DssJob, DssSignature};
use cartorio_testkit::lab::Lab;
use serde_json::json;
use tempfile::TempDir;

use self::making::{ALL, CONTENT, Form, Piece, days, list, moment, signed, told};
use crate::host::{Host, Options, built_apart, copy};
use crate::levels::Desk;

/// An office and EU DSS, who are given the same.
struct Court {
    desk: Desk,
    lab: &'static Lab,
    roots: Vec<&'static str>,
    lists: Vec<PathBuf>,
    certificates: Vec<PathBuf>,
    files: usize,
    problems: Vec<String>,
}

/// What a case has to come out as.
#[derive(Clone)]
struct Want {
    result: VerifyResult,
    sub: Option<&'static str>,
    reasons: Vec<&'static str>,
    /// The hour that is proven.
    proven: Option<i64>,
    stranger: Stranger,
}

/// What EU DSS says.
#[derive(Clone, Copy)]
enum Stranger {
    Same,
    Says(Difference),
}

/// Indication, sub-indication, and why it differs.
type Difference = (&'static str, Option<&'static str>, &'static str);

const NO_LISTS: Difference = (
    "INDETERMINATE",
    Some("CERTIFICATE_CHAIN_GENERAL_FAILURE"),
    "what can be had later is TRY_LATER here (EN 319 102-1 §5.2.6.4); DSS keeps that for lists that are not fresh",
);
const FORGETFUL: Difference = (
    "INDETERMINATE",
    Some("CERTIFICATE_CHAIN_GENERAL_FAILURE"),
    "DSS looks at the list first, which a CA made when it need not list the certificate any more",
);
const NOT_REVOKED: Difference = (
    "INDETERMINATE",
    Some("OUT_OF_BOUNDS_NOT_REVOKED"),
    "DSS takes a list of one day for the knowledge that the certificate was not revoked until its end",
);
const NOT_CARRIED_OVER: Difference = (
    "INDETERMINATE",
    Some("REVOKED_NO_POE"),
    "DSS does not carry the proof of an archive stamp over to a countersignature that it covers (EN 319 102-1 §5.6.2.3)",
);
const OLD_LISTS: Difference = (
    "TOTAL_PASSED",
    None,
    "DSS's default policy does not ask how old a list is; here one counts until its nextUpdate (EN 319 102-1 §5.2.5)",
);

impl Want {
    fn passed(proven: Option<i64>) -> Self {
        Self { result: VerifyResult::Passed, sub: None, reasons: Vec::new(), proven, stranger: Stranger::Same }
    }

    fn open(sub: &'static str, reason: &'static str, proven: Option<i64>) -> Self {
        let reasons = vec![reason];
        Self { result: VerifyResult::Indeterminate, sub: Some(sub), reasons, proven, stranger: Stranger::Same }
    }

    fn failed(sub: &'static str, reasons: &[&'static str], proven: Option<i64>) -> Self {
        let reasons = reasons.to_vec();
        Self { result: VerifyResult::Failed, sub: Some(sub), reasons, proven, stranger: Stranger::Same }
    }

    fn saying(mut self, reason: &'static str) -> Self {
        self.reasons.push(reason);
        self
    }

    /// EU DSS differs.
    fn but_dss(self, difference: Difference) -> Self {
        Self { stranger: Stranger::Says(difference), ..self }
    }
}

impl Court {
    /// Trusts the laboratory's root, and knows nothing else.
    async fn open() -> Option<Self> {
        let desk = Desk::open().await?;
        Some(Self::of(desk, &["root"]))
    }

    /// The same, and keeps the certificates and lists of [`ALL`] as of now. It is made once; each test has its own copy.
    async fn informed() -> Option<Self> {
        static BUILT: OnceLock<TempDir> = OnceLock::new();
        let lab = Lab::shared()?;
        let built = BUILT.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            built_apart(folder.path().join("casa"), move |home| async move {
                let host = Host::on(&home, Options::default());
                host.ask::<AppState>("demo_start", json!({})).await.unwrap();
                let desk = Desk::beside(host, lab);
                desk.trust("root").await;
                Self::of(desk, &["root"]).keep(ALL, 0).await;
            });
            folder
        });
        let host = Host::fresh();
        copy(built.path(), host.home().parent().unwrap());
        host.ask::<AppState>("demo_start", json!({})).await.unwrap();
        let mut court = Self::of(Desk::beside(host, lab), &["root"]);
        court.know(ALL, 0);
        Some(court)
    }

    fn of(desk: Desk, roots: &[&'static str]) -> Self {
        let lab = desk.lab;
        let roots = roots.to_vec();
        Self { desk, lab, roots, lists: Vec::new(), certificates: Vec::new(), files: 0, problems: Vec::new() }
    }

    async fn trust(&mut self, root: &'static str) {
        self.clock(0);
        self.desk.trust(root).await;
        self.roots.push(root);
    }

    /// Keeps the certificates of these issuers and their lists as of that hour.
    async fn keep(&mut self, issuers: &[&str], hours: i64) {
        self.clock(hours);
        for (issuer, [certificate, crl]) in issuers.iter().zip(self.know(issuers, hours)) {
            std::fs::write(&crl, list(self.lab, issuer, hours)).unwrap();
            for path in [certificate, crl] {
                self.desk.host.dialogs.files.lock().unwrap().push_back(vec![path]);
                let taken: Option<TrustImport> = self.desk.host.ask("trust_import", json!({})).await.unwrap();
                let refused = taken.unwrap().refused;
                assert!(refused.is_empty(), "{issuer}: {refused:?}");
            }
        }
    }

    /// Gives DSS the certificates of these issuers and their lists as of that hour; the files of both.
    fn know(&mut self, issuers: &[&str], hours: i64) -> Vec<[PathBuf; 2]> {
        let folder = self.desk.host.folder("provas");
        let files =
            |issuer: &&str| [self.lab.path(&format!("{issuer}.pem")), folder.join(format!("{issuer}{hours}.crl"))];
        let known: Vec<[PathBuf; 2]> = issuers.iter().map(files).collect();
        for [certificate, crl] in &known {
            self.certificates.push(certificate.clone());
            self.lists.push(crl.clone());
        }
        known
    }

    fn clock(&self, hours: i64) {
        // A little later than what was made at that hour.
        let wanted = moment(hours) + time::Duration::seconds(30);
        self.desk.host.clock.advance(wanted - self.desk.host.clock.now());
    }

    /// As [`Self::judge`], but DSS is not asked.
    async fn ours(&mut self, piece: &Piece, hours: i64) -> VerifyReport {
        let (path, _) = self.write(piece, hours);
        self.desk.host.verify_path(&path).await
    }

    fn write(&mut self, piece: &Piece, hours: i64) -> (PathBuf, Option<PathBuf>) {
        self.clock(hours);
        self.files += 1;
        let folder = self.desk.host.folder("provas");
        let (path, content) = match piece.form {
            Form::Pades => (folder.join(format!("{}.pdf", self.files)), None),
            Form::Cades => {
                let content = folder.join(format!("{}.bin", self.files));
                std::fs::write(&content, CONTENT).unwrap();
                (folder.join(format!("{}.bin.p7s", self.files)), Some(content))
            }
        };
        std::fs::write(&path, &piece.bytes).unwrap();
        (path, content)
    }

    async fn judge(&mut self, piece: &Piece, hours: i64) -> (VerifyReport, Option<Vec<DssSignature>>) {
        let (path, content) = self.write(piece, hours);
        let ours = self.desk.host.verify_path(&path).await;
        let job = DssJob {
            file: path,
            content,
            anchors: self.roots.iter().map(|label| self.lab.path(&format!("{label}.pem"))).collect(),
            certificates: self.certificates.clone(),
            crls: self.lists.clone(),
            at: Some(told(hours)),
            ..DssJob::default()
        };
        (ours, judges::dss(&job))
    }

    /// Judges the only, or the first signature.
    async fn case(&mut self, name: &str, piece: &Piece, at: i64, want: &Want) -> SignatureReport {
        let (ours, dss) = self.judge(piece, at).await;
        let own = ours.signatures.into_iter().next().unwrap();
        let field = own.field.clone();
        let dss = dss.and_then(|all| {
            all.into_iter().find(|one| !one.counter_signature && (field.is_none() || one.field == field))
        });
        self.compare(&format!("{name}, {:?}", piece.form), want, &own, dss.as_ref());
        own
    }

    fn compare(&mut self, name: &str, want: &Want, own: &SignatureReport, dss: Option<&DssSignature>) {
        let proven = want.proven.map(told);
        let wanted = (want.result, want.sub, proven.as_deref());
        let found = (own.result, own.sub_indication.as_deref(), own.proven_time.as_deref());
        if wanted != found || own.reasons != want.reasons {
            let stamps = &own.time_stamps;
            let problem = format!("{name}: {found:?} {:?}, not {wanted:?} {:?}; {stamps:?}", own.reasons, want.reasons);
            self.problems.push(problem);
        }
        let same = match want.result {
            VerifyResult::Passed => "TOTAL_PASSED",
            VerifyResult::Failed => "TOTAL_FAILED",
            VerifyResult::Indeterminate | VerifyResult::Unsigned => "INDETERMINATE",
        };
        let (indication, sub) = match want.stranger {
            Stranger::Same => (same, want.sub),
            Stranger::Says((indication, sub, why)) => {
                assert_ne!((indication, sub), (same, want.sub), "{name}: no difference, but «{why}»");
                (indication, sub)
            }
        };
        let Some(dss) = dss else { return };
        if (dss.indication.as_str(), dss.sub_indication.as_deref()) != (indication, sub) {
            let stamps: Vec<_> =
                dss.timestamps.iter().map(|own| (&own.kind, &own.at, &own.indication, &own.sub_indication)).collect();
            let (found, said) = ((&dss.indication, &dss.sub_indication), (&dss.errors, &dss.warnings));
            self.problems.push(format!("{name}: DSS: {found:?}, not {indication} {sub:?}: {said:?}; {stamps:?}"));
        }
    }

    fn check(&mut self, name: &str, holds: bool, found: &dyn std::fmt::Debug) {
        if !holds {
            self.problems.push(format!("{name}: {found:?}"));
        }
    }

    fn end(self) {
        let count = self.problems.len();
        assert!(self.problems.is_empty(), "{count} verdicts are not as they should be:\n{}", self.problems.join("\n"));
    }
}

/// A whole signature of 60 days ago at every level: made, stamped, given its evidence and archived in consecutive hours.
fn ladder(lab: &'static Lab, form: Form, signer: &str) -> [Piece; 4] {
    let b = signed(lab, form, signer, days(-60));
    let t = b.clone().stamp("tsa", days(-60) + 1);
    let lt = t.clone().evidence(ALL, days(-60) + 2);
    let lta = lt.clone().archive("tsa", days(-60) + 3);
    [b, t, lt, lta]
}

/// When that is whole and young.
const SOON: i64 = days(-60) + 4;
/// What its signature stamp proves.
const STAMPED: Option<i64> = Some(days(-60) + 1);
