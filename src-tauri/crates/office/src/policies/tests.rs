//! Signing under every policy to its end, in a laboratory that stands for ICP-Brasil: only the roots are others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use cartorio_ades::create::attributes::SignedExtras;
use cartorio_ades::create::cades::{CadesRequest, prepare_detached};
use cartorio_ades::validate::cms::{SignerView, parse};
use cartorio_ades::validate::dss;
use cartorio_ades::validate::inside::Inside;
use cartorio_core::SecretString;
use cartorio_keys::SignatureAlgorithm;
use cartorio_pdf::PdfFile;
use cartorio_pki::Crl;
use cartorio_policy::preflight::code;
use cartorio_testkit::judges;
use cartorio_testkit::judges::openssl::{Bench as OpenSsl, Expected};
use cartorio_testkit::lab::{Lab, P12_PASSWORD, Person};
use serde_json::{Value, json};

use super::*;
use crate::certificates::Evidence;
use crate::dto::{DocumentInfo, DocumentOrigin, JobStatus, PolicyState, SignatureReport, VerifyRequest, VerifyResult};
use crate::jobs::Job;
use crate::material::Sources;
use crate::material::tests::{certificate, sources, store::demo, tsa};
use crate::session::Session;
use crate::signing::{self, Asks, NamedSources};

/// The roots that stand for ICP-Brasil's, once there is a laboratory.
static ROOTS: OnceLock<&'static [&'static str]> = OnceLock::new();
/// Each policy with these roots, made once.
static APPLIED: Mutex<Vec<&'static Policy>> = Mutex::new(Vec::new());

/// The policy as the laboratory has it.
pub(super) fn applied(policy: &'static Policy) -> &'static Policy {
    let Some(roots) = ROOTS.get() else { return policy };
    let mut made = APPLIED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(own) = made.iter().find(|own| own.oid == policy.oid) {
        return own;
    }
    let own: &'static Policy =
        Box::leak(Box::new(Policy { roots, limits: &[], tsa_roots: roots, tsa_limits: &[], ..*policy }));
    made.push(own);
    own
}

/// The laboratory's roots stand for ICP-Brasil's.
pub(super) fn is_root(own: &Certificate) -> bool {
    cartorio_pki::legal::is_icp_brasil_root(own)
        || ROOTS.get().is_some_and(|roots| roots.contains(&own.fingerprint().as_str()))
}

/// Whose certificate stands for ITI's in the laboratory.
const PUBLISHER: Person = Person::Rsa2048;

/// One person of the laboratory stands for ITI.
pub(super) fn is_publisher(own: &Certificate) -> bool {
    let in_laboratory = ROOTS.get().and_then(|_| Lab::shared());
    is_itis(own) || in_laboratory.is_some_and(|lab| lab.person(PUBLISHER).certificate == own.der)
}

/// That the root is not ICP-Brasil's keeps nobody from signing in the laboratory.
pub(super) fn in_laboratory(mut found: Vec<Refusal>) -> Vec<Refusal> {
    found.retain(|own| ROOTS.get().is_none() || own.code != code::NOT_ICP_BRASIL);
    found
}

/// An office in the laboratory.
struct Bench {
    lab: &'static Lab,
    folder: tempfile::TempDir,
    office: Office,
    session: Arc<Session>,
    identity: String,
}

impl Bench {
    async fn open() -> Option<Self> {
        let lab = Lab::shared()?;
        ROOTS.get_or_init(|| {
            let print = |label: &str| -> &'static str { certificate(lab, label).fingerprint().leak() };
            vec![print("root"), print("icp-root")].leak()
        });
        let folder = tempfile::tempdir().unwrap();
        let (office, session) = demo(&folder.path().join("casa")).await;
        let mut bench = Self { lab, folder, office, session, identity: String::new() };
        bench.identity = bench.person(Person::IcpRsa).await;
        Some(bench)
    }

    /// A signer of the laboratory; gives the identity.
    async fn person(&self, person: Person) -> String {
        let file = self.folder.path().join(format!("{}.p12", person.label()));
        std::fs::write(&file, self.lab.person(person).p12).unwrap();
        let password = SecretString::new(P12_PASSWORD.to_owned());
        self.office.add_a1(&file, password, true, None).await.map_err(|error| error.wire()).unwrap().id
    }

    fn evidence(&self) -> Evidence {
        let lists = ["root", "act", "issuing", "icp-root", "icp-issuing"];
        Evidence {
            anchors: ["root", "icp-root"].map(|label| certificate(self.lab, label)).into(),
            crls: lists.map(|issuer| Crl::from_der(&self.lab.crl(issuer)).unwrap()).into(),
            ..Evidence::default()
        }
    }

    fn sources(&self) -> Sources {
        let anchors = ["root", "icp-root"].map(|label| certificate(self.lab, label)).into();
        sources(self.lab, Evidence { anchors, ..Evidence::default() }, vec![tsa("ACT", &self.lab.urls().tsa)])
    }

    async fn document(&self, folder: &str, name: &str) -> DocumentInfo {
        let folder = self.folder.path().join(folder);
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(name);
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/procuracao-publica.pdf");
        std::fs::copy(sample, &path).unwrap();
        self.office.open_document(path, DocumentOrigin::Picked).await.unwrap()
    }

    /// Signs as the window asks for it.
    async fn sign(&self, document: &DocumentInfo, profile: Value) -> Arc<Job> {
        self.sign_by(&self.identity, document, profile).await
    }

    async fn sign_by(&self, identity: &str, document: &DocumentInfo, profile: Value) -> Arc<Job> {
        let mut request = json!({
            "documents": [document.id], "identity": identity, "algorithm": null, "reason": null, "location": null,
            "output_folder": null, "unseen_reason": null, "evidence": [],
            "profile": crate::dto::SignProfile::default(),
        });
        for (name, value) in profile.as_object().unwrap() {
            request["profile"][name] = value.clone();
        }
        let request = serde_json::from_value(request).unwrap();
        let (office, events) = (&self.office, Arc::clone(&self.office.ports.events));
        let asks = Asks::Terminal { attended: false, file: None, named: NamedSources::default() };
        let job =
            signing::start(&self.session, &office.documents, &office.jobs, events, self.sources(), &request, asks);
        ended(job.await.map_err(|error| error.wire()).unwrap()).await
    }

    async fn extend(&self, document: &DocumentInfo, level: &str) -> DocumentInfo {
        let request = json!({"documents": [document.id], "level": level, "output_folder": null});
        let request = serde_json::from_value(request).unwrap();
        let (office, events) = (&self.office, Arc::clone(&self.office.ports.events));
        let job = crate::extension::start(
            &self.session,
            &office.documents,
            &office.jobs,
            events,
            (self.sources(), NamedSources::default()),
            request,
            None,
        );
        output(&ended(job.await.map_err(|error| error.wire()).unwrap()).await)
    }

    async fn judged(&self, result: &DocumentInfo, content: Option<&DocumentInfo>) -> SignatureReport {
        self.all_judged(result, content).await.remove(0)
    }

    async fn all_judged(&self, result: &DocumentInfo, content: Option<&DocumentInfo>) -> Vec<SignatureReport> {
        let request = VerifyRequest { document: result.id.clone(), content: content.map(|own| own.id.clone()) };
        let at = OffsetDateTime::now_utc() + time::Duration::minutes(1);
        self.office.judge(&request, self.evidence(), at).await.unwrap().signatures
    }

    /// ITI's files for AD-RA in a PDF, with a signature of the laboratory over the list; whether there are any.
    async fn bring_files(&self) -> bool {
        let policy = cartorio_policy::current(Family::Pades, PolicyLevel::AdRa, OffsetDateTime::now_utc()).unwrap();
        let Some(corpus) = corpus() else { return false };
        let name = policy.uri.rsplit('/').next().unwrap();
        let list = corpus.join("LPA_PAdES.der");
        let files = vec![corpus.join(name), list.clone(), self.list_signature(PUBLISHER, &list)];
        import_files(&self.session, files).await.map_err(|error| error.wire()).unwrap();
        true
    }

    /// The signature of `person` over a list.
    fn list_signature(&self, person: Person, list: &Path) -> PathBuf {
        let identity = self.lab.person(person);
        let algorithm = SignatureAlgorithm::rsa_pkcs1(HashAlgorithm::Sha256);
        let prepared = prepare_detached(CadesRequest {
            signer_certificate: &identity.certificate,
            chain: identity.chain.iter().map(Vec::as_slice).collect(),
            algorithm,
            content_digest: Digest::of(HashAlgorithm::Sha256, &std::fs::read(list).unwrap()),
            signing_time: OffsetDateTime::now_utc(),
            extras: SignedExtras::default(),
        })
        .unwrap();
        let value = self.lab.key(person).sign_digest(algorithm, &prepared.tbs_digest()).unwrap();
        let signature = self.folder.path().join("LPA_PAdES.p7s");
        std::fs::write(&signature, prepared.finish(&value).unwrap()).unwrap();
        signature
    }
}

/// The folder of ITI's files; `None`, said aloud, where they are absent.
fn corpus() -> Option<PathBuf> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = above.map(|own| own.join("../shared/corpus/icp-brasil/policies")).find(|own| own.is_dir());
    if found.is_none() {
        println!("left out: the policy files are not here");
    }
    found
}

async fn ended(job: Arc<Job>) -> Arc<Job> {
    while matches!(job.snapshot().status, JobStatus::Running) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    job
}

fn output(job: &Arc<Job>) -> DocumentInfo {
    let snapshot = job.snapshot();
    assert_eq!(snapshot.status, JobStatus::Succeeded, "{:#?}", snapshot.items);
    snapshot.items[0].output.clone().unwrap()
}

fn path_of(document: &DocumentInfo) -> PathBuf {
    Path::new(&document.folder).join(&document.name)
}

/// OpenSSL, and for a PDF qpdf and MuPDF: those who do not ask for a policy's file.
fn strangers(bench: &Bench, path: &Path, content: Option<&DocumentInfo>, level: PolicyLevel) {
    let file = |name| bench.lab.path(name);
    let (root, stamp_root) = (file("icp-root.pem"), file("root.pem"));
    let openssl = OpenSsl { parts: bench.folder.path().join("partes"), root, stamp_root, authority: file("act.pem") };
    let stamped = level != PolicyLevel::AdRb;
    let problems = if path.extension().is_some_and(|end| end == "pdf") {
        let document_stamps = usize::from(level >= PolicyLevel::AdRc);
        let expected = Expected { password: None, lenient: false, signatures: 1, document_stamps, stamped };
        [openssl.pdf(path, expected), judges::readers(path, None, 1)].concat()
    } else {
        openssl.cms(path, content.map(path_of).as_deref(), usize::from(stamped))
    };
    assert!(problems.is_empty(), "{}: {}", path.display(), problems.join("\n"));
}

/// What stands in the signature itself: the policy with its hash, and every attribute that the policy names.
fn require_inside(cms: &[u8], policy: &Policy, risen: &Policy) {
    parse(cms).unwrap().signers().for_each(|view| require_in(view, policy, risen));
}

fn require_in(view: SignerView<'_>, policy: &Policy, risen: &Policy) {
    let named = Inside::read(view).policy.unwrap();
    assert_eq!(named.id, policy.oid);
    let (_, hash) = named.hash.unwrap();
    assert_eq!(hash, policy.policy_hash.digest().unwrap().as_bytes());
    let report = view.verify(|hash| Ok::<_, ()>(Digest::of(hash, b""))).unwrap();
    let has = |name| report.unsigned_attributes.iter().any(|own| own.oid == name);
    assert!(risen.unsigned.iter().all(|name| has(*name)), "{}: {:?}", risen.level, report.unsigned_attributes.len());
}

fn require_kept(report: &SignatureReport, policy: &Policy, level: &str) {
    let claim = report.policy_claim.as_ref().unwrap();
    assert_eq!((claim.oid.clone(), claim.violations.as_slice()), (policy.oid.to_string(), &[][..]), "{level}");
    assert_eq!((report.policy, report.result), (PolicyState::Ok, VerifyResult::Passed), "{level}: {report:#?}");
    assert!(report.level.contains(level), "{level}: {}", report.level);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_policy_is_signed_to_the_end() {
    let Some(bench) = Bench::open().await else { return };
    let has_files = bench.bring_files().await;
    let now = OffsetDateTime::now_utc();
    for (choice, level, reached) in [
        ("ad-rb", PolicyLevel::AdRb, "B-B"),
        ("ad-rt", PolicyLevel::AdRt, "B-T"),
        ("ad-rv", PolicyLevel::AdRv, "B-T"),
        ("ad-rc", PolicyLevel::AdRc, "B-LT"),
        ("ad-ra", PolicyLevel::AdRa, "B-LTA"),
    ] {
        for format in ["cades-detached", "cades-enveloping"] {
            let policy = current(Family::Cades, level, now).unwrap();
            let document = bench.document(&format!("{choice}-{format}"), "ata.pdf").await;
            let signed = output(&bench.sign(&document, json!({"policy": choice, "format": format})).await);
            require_inside(&std::fs::read(path_of(&signed)).unwrap(), policy, policy);
            let content = (format == "cades-detached").then_some(&document);
            let report = bench.judged(&signed, content).await;
            require_kept(&report, policy, reached);
            strangers(&bench, &path_of(&signed), content, level);
            if content.is_some() && level == PolicyLevel::AdRa {
                // An archive is renewed, and stays one under its policy.
                let renewed = bench.extend(&signed, "b-lta").await;
                require_inside(&std::fs::read(path_of(&renewed)).unwrap(), policy, policy);
                let again = bench.judged(&renewed, content).await;
                require_kept(&again, policy, reached);
                assert_eq!(again.time_stamps.len(), report.time_stamps.len() + 1);
            }
            if content.is_some() && level == PolicyLevel::AdRb {
                // A basic one goes up afterwards, with the attributes of the higher policies.
                let mut lower = signed;
                for (level, risen) in
                    [("b-t", PolicyLevel::AdRt), ("b-lt", PolicyLevel::AdRc), ("b-lta", PolicyLevel::AdRa)]
                {
                    lower = bench.extend(&lower, level).await;
                    let risen = current(Family::Cades, risen, now).unwrap();
                    require_inside(&std::fs::read(path_of(&lower)).unwrap(), policy, risen);
                    require_kept(&bench.judged(&lower, content).await, policy, &level.to_uppercase());
                }
            }
        }
        let Some(policy) = current(Family::Pades, level, now) else {
            assert_eq!(level, PolicyLevel::AdRv, "the only one that there is none of for PDFs");
            continue;
        };
        if level == PolicyLevel::AdRa && !has_files {
            continue;
        }
        let document = bench.document(&format!("{choice}-pades"), "ata.pdf").await;
        let signed = output(&bench.sign(&document, json!({"policy": choice, "format": "pades"})).await);
        let file = PdfFile::open_path(&path_of(&signed)).unwrap();
        let signatures = cartorio_ades::validate::pdf::signatures(&file).unwrap();
        assert_eq!(signatures[0].sub_filter.as_deref().map(str::trim_end), Some("PBAD.PAdES"));
        require_inside(&signatures[0].cms, policy, policy);
        require_kept(&bench.judged(&signed, None).await, policy, level.name());
        strangers(&bench, &path_of(&signed), None, level);
        assert_eq!(dss::has_store(&file), level >= PolicyLevel::AdRc, "{level}");
        let bytes = std::fs::read(path_of(&signed)).unwrap();
        let has = |name: &[u8]| bytes.windows(name.len()).any(|own| own == name);
        assert_eq!(has(b"PBAD_PolicyArtifacts"), level == PolicyLevel::AdRa, "{level}");
    }
}

/// Everybody with a certificate of ICP-Brasil's could sign a list, and only ITI publishes them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_counts_by_the_signature_of_iti_alone() {
    let Some(bench) = Bench::open().await else { return };
    let Some(corpus) = corpus() else { return };
    let list = corpus.join("LPA_PAdES.der");
    for (person, taken) in [(Person::IcpRsa, false), (PUBLISHER, true)] {
        let signature = bench.list_signature(person, &list);
        // Both are under a root: who it is makes the difference.
        let read = ListSignature::from_der(&std::fs::read(&signature).unwrap()).unwrap();
        assert!(is_icp_brasils(&read, &[]), "{person:?}");
        let answer = import_files(&bench.session, vec![list.clone(), signature]).await.map_err(|error| error.wire());
        let refused = answer.err().map(|error| error.params["reason"].clone());
        assert_eq!(refused, (!taken).then(|| "policy_list_signature_foreign".to_owned()), "{person:?}");
        assert_eq!(load(&bench.session).await.unwrap().list(Family::Pades).is_some(), taken, "{person:?}");
    }
}

/// A list that says that the next one comes in twenty years would keep every later one out, and never be told to be stale.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_not_the_newest_for_ever_by_its_own_word() {
    let Some(bench) = Bench::open().await else { return };
    let Some(corpus) = corpus() else { return };
    let known = std::fs::read(corpus.join("LPA_PAdES.der")).unwrap();
    let next = known.windows(15).rposition(|at| at == b"20250910000000Z").unwrap();
    let today = OffsetDateTime::now_utc();
    let list = |ahead: i64| {
        let date = (today + time::Duration::days(ahead)).date();
        let text = format!("{:04}{:02}{:02}000000Z", date.year(), u8::from(date.month()), date.day());
        let mut bytes = known.clone();
        bytes[next..next + 15].copy_from_slice(text.as_bytes());
        let path = bench.folder.path().join("LPA_PAdES.der");
        std::fs::write(&path, &bytes).unwrap();
        (path.clone(), bench.list_signature(PUBLISHER, &path), bytes)
    };
    let import = async |list: &(PathBuf, PathBuf, Vec<u8>)| {
        let answer = import_files(&bench.session, vec![list.0.clone(), list.1.clone()]).await;
        answer.err().map(|error| error.wire().params["reason"].clone())
    };
    let far = list(7_300);
    assert_eq!(import(&far).await.as_deref(), Some("policy_list_far"));
    let kept = async || load(&bench.session).await.unwrap().list(Family::Pades).map(|own| own.bytes.clone());
    assert_eq!(kept().await, None);
    // Nor where it lies there from before, with its signature.
    let near = list(90);
    assert_eq!(import(&near).await, None);
    let folder = bench.session.folder.join(FOLDER);
    let put =
        |bytes: &[u8]| std::fs::write(folder.join(Digest::of(HashAlgorithm::Sha256, bytes).to_hex()), bytes).unwrap();
    let far = list(7_300);
    put(&far.2);
    put(&std::fs::read(&far.1).unwrap());
    assert_eq!(kept().await, Some(near.2));
    // A later one is taken in as ever.
    let newer = list(180);
    assert_eq!(import(&newer).await, None);
    assert_eq!(kept().await, Some(newer.2));
}

/// The certificate that ITI signed a list of its own with, and those of whole authorities that are not ITI's.
#[test]
fn itis_certificate_is_known_by_its_cnpj() {
    use base64::Engine as _;
    let certificate = |base64: &str| {
        let base64: String = base64.replace("&#13;", "").split_whitespace().collect();
        Certificate::from_der(&base64::engine::general_purpose::STANDARD.decode(base64).unwrap())
    };
    let Some(corpus) = corpus() else { return };
    let list = std::fs::read_to_string(corpus.join("LPA_XAdES.xml")).unwrap();
    let (_, rest) = list.split_once("<X509Certificate>").unwrap();
    let own = certificate(rest.split_once("</").unwrap().0).unwrap();
    assert!(is_itis(&own), "{}", own.subject);

    let authorities = std::fs::read_to_string(corpus.join("../ca-certificates.pem")).unwrap();
    let bodies = authorities.split("-----BEGIN CERTIFICATE-----").skip(1);
    let authorities = bodies.filter_map(|own| certificate(own.split_once("-----END").unwrap().0).ok());
    let others: Vec<_> = authorities.filter(|own| !cartorio_pki::legal::is_icp_brasil_root(own)).collect();
    assert!(others.len() > 100, "{}", others.len());
    for own in others {
        assert!(!is_itis(&own), "{}", own.subject);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_level_above_the_policy_is_refused_before_the_key_is_asked() {
    let Some(bench) = Bench::open().await else { return };
    for (policy, level, refused) in [
        ("ad-rb", "b-t", false),
        ("ad-rb", "b-lt", true),
        ("ad-rb", "b-lta", true),
        ("ad-rt", "b-lt", true),
        ("ad-rv", "b-lt", true),
        ("ad-rc", "b-lta", true),
        ("ad-rc", "b-lt", false),
    ] {
        let document = bench.document(&format!("{policy}-{level}"), "ata.pdf").await;
        let profile = json!({"policy": policy, "level": level, "format": "cades-detached"});
        let job = bench.sign(&document, profile).await;
        let item = job.snapshot().items.remove(0);
        if refused {
            assert_eq!(item.error.unwrap().code, "sign_level_above_policy", "{policy} {level}");
        } else {
            let report = bench.judged(&item.output.unwrap(), Some(&document)).await;
            assert!(report.level.ends_with(&level.to_uppercase()), "{policy} {level}: {}", report.level);
        }
    }
}

/// Each archive time stamp of RFC 5126 covers the lists, so all of both signers has to be there before the first one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_cosigners_under_ad_rc_become_archives_together() {
    let Some(bench) = Bench::open().await else { return };
    let now = OffsetDateTime::now_utc();
    let [complete, archive] =
        [PolicyLevel::AdRc, PolicyLevel::AdRa].map(|own| current(Family::Cades, own, now).unwrap());
    let second = bench.person(Person::IcpP256).await;
    for format in ["cades-detached", "cades-enveloping"] {
        let document = bench.document(&format!("dois-{format}"), "ata.pdf").await;
        let first = output(&bench.sign(&document, json!({"policy": "ad-rc", "format": format})).await);
        let cosign = json!({"policy": "ad-rc", "role": "cosign"});
        let both = output(&bench.sign_by(&second, &first, cosign).await);
        let content = (format == "cades-detached").then_some(&document);
        let mut last = both;
        // Raised, and renewed.
        for stamps in [1, 2] {
            last = bench.extend(&last, "b-lta").await;
            require_inside(&std::fs::read(path_of(&last)).unwrap(), complete, archive);
            let found = bench.all_judged(&last, content).await;
            assert_eq!(found.len(), 2, "{format}");
            for own in &found {
                require_kept(own, complete, "B-LTA");
                let archives = own.time_stamps.iter().filter(|own| own.kind == "archive").count();
                assert_eq!(archives, stamps, "{format}: {own:#?}");
            }
        }
    }
}
