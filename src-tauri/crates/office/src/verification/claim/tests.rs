//! Signatures of AD-RT to AD-RA as this program makes them, before EU DSS and before the policies' rules; and the same with
//! something wrong in them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::sync::Arc;

use cartorio_ades::create::attributes::{PolicyReference as Named, SignedExtras};
use cartorio_ades::create::cades::{CadesRequest, prepare_detached};
use cartorio_ades::create::cms::{self, CmsRequest, Profile};
use cartorio_ades::create::pades::{self, Dialect, FieldChoice, PadesOptions};
use cartorio_ades::create::timestamp::Query;
use cartorio_ades::create::upgrade::{Attribute, add_unsigned, icp, signature_timestamp, signature_value};
use cartorio_ades::validate::cms::parse;
use cartorio_ades::validate::inside::{Evidence as Found, Inside};
use cartorio_core::{Digest, HashAlgorithm, Hasher};
use cartorio_keys::SignatureAlgorithm;
use cartorio_pdf::PdfFile;
use cartorio_pki::Crl;
use cartorio_policy::PolicyLevel;
use cartorio_testkit::judges::{DssJob, dss};
use cartorio_testkit::lab::{Lab, Person};

use super::*;
use crate::certificates::Evidence as Trusted;
use crate::dto::SignLevel;
use crate::material::tests::{certificate, sources, store::demo, trusting, tsa};
use crate::signing::check;
use crate::signing::levels::{Answered, Climb, Content, OwnPdf, Progress, Reached};
use crate::verification::Source;
use crate::verification::proof::{self, Known};

const HASH: HashAlgorithm = HashAlgorithm::Sha256;
const CONTENT: &[u8] = "Procuração".as_bytes();

/// The current policy, and the same as if the laboratory were ICP-Brasil.
fn policies(lab: &Lab, level: PolicyLevel) -> (&'static Policy, &'static Policy) {
    let real = cartorio_policy::current(Family::Cades, level, OffsetDateTime::now_utc()).unwrap();
    let root: &'static str = certificate(lab, "root").fingerprint().leak();
    let roots: &'static [&'static str] = vec![root].leak();
    (real, Box::leak(Box::new(Policy { roots, limits: &[], tsa_roots: roots, tsa_limits: &[], ..*real })))
}

struct Silent;

impl Progress for Silent {
    fn stamping(&self) {}
    fn gathering(&self) {}
}

/// A signature of AD-RB.
fn basic(lab: &Lab, policy: &Policy) -> Vec<u8> {
    let identity = lab.person(Person::P256);
    let hash = policy.policy_hash.digest().unwrap();
    let named = Named { id: policy.oid, hash, uri: Some(policy.uri.to_owned()) };
    let prepared = prepare_detached(CadesRequest {
        signer_certificate: &identity.certificate,
        chain: identity.chain.iter().map(Vec::as_slice).collect(),
        algorithm: SignatureAlgorithm::ecdsa(HASH),
        content_digest: Digest::of(HASH, CONTENT),
        signing_time: OffsetDateTime::now_utc(),
        extras: SignedExtras { policy: Some(named), ..SignedExtras::default() },
    })
    .unwrap();
    let value = lab.key(Person::P256).sign_digest(SignatureAlgorithm::ecdsa(HASH), &prepared.tbs_digest()).unwrap();
    prepared.finish(&value).unwrap()
}

/// What leads upwards under `policy`, in an office whose folder this is.
async fn climb(lab: &Lab, folder: &std::path::Path, policy: &'static Policy) -> Climb {
    let (_, session) = demo(folder).await;
    let goal = match policy.level {
        PolicyLevel::AdRb => SignLevel::BB,
        PolicyLevel::AdRt => SignLevel::BT,
        PolicyLevel::AdRv | PolicyLevel::AdRc => SignLevel::BLt,
        PolicyLevel::AdRa => SignLevel::BLta,
    };
    let tsas = vec![tsa("a", &lab.urls().tsa), tsa("b", &lab.urls().tsa_p256)];
    Climb {
        session,
        sources: Arc::new(sources(lab, trusting(lab), tsas)),
        goal,
        policy: Some(policy),
        policies: Arc::default(),
        accept_lower: false,
        token_size: Arc::default(),
        answered: Answered::default(),
    }
}

/// A signature as it comes out of this program.
async fn made(lab: &Lab, policy: &'static Policy) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let content = folder.path().join("content.txt");
    std::fs::write(&content, CONTENT).unwrap();
    let climb = climb(lab, &folder.path().join("home"), policy).await;
    let mut reached = Reached::default();
    let cms = climb.stamp_signature(basic(lab, policy), 0, &mut reached, &Silent).await.unwrap();
    let content = Content::beside(content);
    let cms = climb.cms(cms, 0, &content, &mut reached, &Silent).await.unwrap();
    // What is told of it is there.
    check::cms_level(&cms, &content, &[], true, reached.level).unwrap();
    let values = matches!(policy.level, PolicyLevel::AdRc | PolicyLevel::AdRa);
    assert_eq!(reached.level >= SignLevel::BLt, values, "{}", policy.level);
    cms
}

/// The rules of `policy` that this signature does not keep, judged with the laboratory's root and its lists where `lists` says so.
fn violations(lab: &Lab, cms: &[u8], policy: &Policy, lists: bool) -> Vec<String> {
    let data = parse(cms).unwrap();
    let view = data.signers().next().unwrap();
    let signer = view.verify(|hash| Ok::<_, ()>(Digest::of(hash, CONTENT))).unwrap();
    assert_eq!(signer.integrity, cartorio_ades::validate::Integrity::Ok);
    let inside = Inside::read(view);
    let crls = ["root", "act", "issuing"].map(|issuer| Crl::from_der(&lab.crl(issuer)).unwrap());
    let evidence = Trusted { crls: if lists { crls.into() } else { Vec::new() }, ..trusting(lab) };
    let mut known = Known::default();
    known.take(&Found::of(&data));
    known.take(&inside.evidence);
    inside.stamps.iter().for_each(|stamp| known.take(&Found::of_token(&stamp.token)));
    let reviewer = known.reviewer(&evidence);
    let mut digest = |hash| Some(Digest::of(hash, CONTENT));
    let mut feed = |hasher: &mut Hasher| {
        hasher.update(CONTENT);
        Some(())
    };
    let now = OffsetDateTime::now_utc() + time::Duration::minutes(1);
    let mut source = Source { digest: &mut digest, feed: Some(&mut feed), inside: None, ber: false };
    let stamps = proof::judge_inside(view, &inside.stamps, now, None, &reviewer, &mut source);
    let leaf = certificate(lab, Person::P256.label());
    let at = stamps.iter().filter_map(Judged::proves).min();
    let bare = known.reviewer_inside(&evidence);
    let mut values = Found::of(&data);
    values.add(inside.evidence.clone());
    let path = reviewer.review(&leaf, at.unwrap_or(now)).best().unwrap().certificates();
    let claimed = Claimed {
        family: Family::Cades,
        sub_filter: None,
        signer: &signer,
        attributes: view.signed_attributes(),
        leaf: Some(&leaf),
        path: &path,
        stamps: &stamps,
        references: References::read(view),
        values,
        has_evidence: at.is_some_and(|at| proof::suffices(&bare, &leaf, at)),
        signed_at: at,
    };
    claimed.violations(policy, inside.policy.as_ref().unwrap())
}

fn slices(all: &[Vec<u8>]) -> Vec<&[u8]> {
    all.iter().map(Vec::as_slice).collect()
}

/// A token over `imprint`.
fn stamped(lab: &Lab, imprint: Digest) -> Vec<u8> {
    let query = Query::new(imprint, [7; 16], None);
    query.accept(&lab.stamp(&lab.urls().tsa, &query.der())).unwrap().der
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_made_keeps_the_policies_and_is_read_by_dss() {
    let Some(lab) = Lab::shared() else { return };
    for (level, format) in [
        (PolicyLevel::AdRt, "CAdES-BASELINE-T"),
        (PolicyLevel::AdRv, "CAdES-X"),
        (PolicyLevel::AdRc, "CAdES-XL"),
        (PolicyLevel::AdRa, "CAdES-A"),
    ] {
        let (real, own) = policies(lab, level);
        let cms = made(lab, own).await;
        let carried = matches!(level, PolicyLevel::AdRc | PolicyLevel::AdRa);
        assert!(violations(lab, &cms, own, !carried).is_empty(), "{level}: {:?}", violations(lab, &cms, own, !carried));
        // An authority that is none of ICP-Brasil's does not keep the policy as ITI issued it, and nothing else is wrong.
        let found = violations(lab, &cms, real, !carried);
        assert_eq!(found, [code::ROOT_NOT_IN_POLICY, code::TIME_STAMP_NOT_ICP_BRASIL], "{level}");

        let (file, content) = (lab.path(&format!("claim-{level}.p7s")), lab.path("claim-content.bin"));
        std::fs::write(&file, &cms).unwrap();
        std::fs::write(&content, CONTENT).unwrap();
        let job = DssJob { file, content: Some(content), anchors: vec![lab.path("root.der")], ..DssJob::default() };
        let Some(judged) = dss(&job) else { continue };
        assert_eq!(judged[0].level, format, "{level}: {judged:#?}");
        if carried {
            assert_eq!(judged[0].indication, "TOTAL_PASSED", "{level}: {judged:#?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_of_rfc_5126_is_renewed_with_and_without_a_policy() {
    let Some(lab) = Lab::shared() else { return };
    let (_, policy) = policies(lab, PolicyLevel::AdRa);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("content.txt");
    std::fs::write(&path, CONTENT).unwrap();
    let content = Content::beside(path);
    let first = made(lab, policy).await;
    let climb = climb(lab, &folder.path().join("home"), policy).await;
    for (name, climb) in [("own", climb.clone()), ("foreign", Climb { policy: None, ..climb })] {
        let mut cms = first.clone();
        for archives in 2..4 {
            let mut reached = Reached::at(SignLevel::BT);
            cms = climb.cms(cms, 0, &content, &mut reached, &Silent).await.unwrap();
            assert_eq!((reached.level, reached.time_stamps.len()), (SignLevel::BLta, 1), "{name}");
            check::cms_level(&cms, &content, &[], true, SignLevel::BLta).unwrap();
            let data = parse(&cms).unwrap();
            let inside = Inside::read(data.signers().next().unwrap());
            assert_eq!(inside.stamps.iter().filter(|own| own.kind == StampKind::ArchiveV2).count(), archives, "{name}");
            assert!(
                violations(lab, &cms, policy, false).is_empty(),
                "{name}: {:?}",
                violations(lab, &cms, policy, false)
            );
        }
        let (file, beside) = (lab.path(&format!("renewed-{name}.p7s")), lab.path("renewed-content.bin"));
        std::fs::write(&file, &cms).unwrap();
        std::fs::write(&beside, CONTENT).unwrap();
        let job = DssJob { file, content: Some(beside), anchors: vec![lab.path("root.der")], ..DssJob::default() };
        let Some(judged) = dss(&job) else { continue };
        assert_eq!(
            (judged[0].level.as_str(), judged[0].indication.as_str()),
            ("CAdES-A", "TOTAL_PASSED"),
            "{judged:#?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_basic_signature_reaches_every_level_afterwards_step_by_step() {
    let Some(lab) = Lab::shared() else { return };
    let (_, rb) = policies(lab, PolicyLevel::AdRb);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("content.txt");
    std::fs::write(&path, CONTENT).unwrap();
    let content = Content::beside(path);
    let mut cms = basic(lab, rb);
    let value = signature_value(&cms, 0).unwrap();
    for (level, format) in [
        (PolicyLevel::AdRt, "CAdES-BASELINE-T"),
        (PolicyLevel::AdRv, "CAdES-X"),
        (PolicyLevel::AdRc, "CAdES-XL"),
        (PolicyLevel::AdRa, "CAdES-A"),
    ] {
        let (_, policy) = policies(lab, level);
        let climb = climb(lab, &folder.path().join(level.name()), policy).await;
        let mut reached = Reached::at(SignLevel::BT);
        if level == PolicyLevel::AdRt {
            cms = climb.stamp_signature(cms, 0, &mut reached, &Silent).await.unwrap();
        }
        cms = climb.cms(cms, 0, &content, &mut reached, &Silent).await.unwrap();
        assert_eq!(signature_value(&cms, 0).unwrap(), value, "the key is not asked");
        let data = parse(&cms).unwrap();
        let names: Vec<Oid> = {
            let view = data.signers().next().unwrap();
            let signer = view.verify(|hash| Ok::<_, ()>(Digest::of(hash, CONTENT))).unwrap();
            signer.unsigned_attributes.iter().map(|own| own.oid).collect()
        };
        assert!(policy.unsigned.iter().all(|name| names.contains(name)), "{level}: {names:?}");
        let carried = matches!(level, PolicyLevel::AdRc | PolicyLevel::AdRa);
        assert!(violations(lab, &cms, rb, !carried).is_empty(), "{level}: {:?}", violations(lab, &cms, rb, !carried));
        let (file, beside) = (lab.path(&format!("risen-{level}.p7s")), lab.path("risen-content.bin"));
        std::fs::write(&file, &cms).unwrap();
        std::fs::write(&beside, CONTENT).unwrap();
        let job = DssJob { file, content: Some(beside), anchors: vec![lab.path("root.der")], ..DssJob::default() };
        let Some(judged) = dss(&job) else { continue };
        assert_eq!(judged[0].level, format, "{level}: {judged:#?}");
        if carried {
            assert_eq!(judged[0].indication, "TOTAL_PASSED", "{level}: {judged:#?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn references_go_along_the_signers_path() {
    let Some(lab) = Lab::shared() else { return };
    let (_, policy) = policies(lab, PolicyLevel::AdRc);
    let cms = made(lab, policy).await;
    let data = parse(&cms).unwrap();
    let view = data.signers().next().unwrap();
    let references = References::read(view).unwrap();
    let path = [Person::P256.label(), "issuing", "root"].map(|label| certificate(lab, label));
    let above: Vec<bool> = references.certificates.iter().zip(&path[1..]).map(|(own, to)| own.names(&to.der)).collect();
    assert_eq!(
        (references.certificates.len(), above.as_slice()),
        (2, &[true, true][..]),
        "no authority's, no responder's"
    );
    assert_eq!(references.revocation.len(), path.len(), "one for each certificate (RFC 5126 §6.2.2)");
    let values = Inside::read(view).evidence;
    assert!(values.certificates.len() > path.len(), "whoever stamped and answered is among the values");
    for (entry, of) in references.revocation.iter().zip(&path) {
        assert_eq!(entry.is_empty(), of.is_self_issued(), "{}", of.subject);
        for reference in entry {
            let list = values.crls.iter().find(|der| reference.names(der)).map(|der| Crl::from_der(der).unwrap());
            let answer = values.basic_ocsps.iter().any(|der| reference.names_answer(der));
            assert!(answer || list.is_some_and(|list| list.issuer == of.issuer), "{}", of.subject);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_keeps_no_policy() {
    let Some(lab) = Lab::shared() else { return };
    let (_, rc) = policies(lab, PolicyLevel::AdRc);
    let (_, ra) = policies(lab, PolicyLevel::AdRa);
    let (_, rt) = policies(lab, PolicyLevel::AdRt);
    let chain = [Person::P256.label(), "issuing", "root"].map(|label| lab.certificate(label));
    let all: Vec<Vec<u8>> = chain.iter().cloned().chain(["tsa", "act"].map(|label| lab.certificate(label))).collect();
    let lists = ["root", "act", "issuing"].map(|issuer| lab.crl(issuer));
    let foreign = lab.crl("icp-root");
    let path: Vec<&[u8]> = slices(&chain);
    let crls: Vec<&[u8]> = slices(&lists);
    let with = |cms: &[u8], attributes: &[Attribute]| {
        attributes.iter().fold(cms.to_vec(), |cms, own| add_unsigned(&cms, 0, own).unwrap())
    };
    let timed = |policy: &Policy, over: Option<&[u8]>| {
        let cms = basic(lab, policy);
        let value = signature_value(&cms, 0).unwrap();
        let token = stamped(lab, Digest::of(HASH, over.unwrap_or(&value)));
        match over {
            None => with(&cms, &[signature_timestamp(&cms, 0, &token).unwrap()]),
            Some(_) => with(&cms, &[Attribute::new(oid::SIGNATURE_TIME_STAMP, token)]),
        }
    };
    // Everything from outside, but for the references: the same steps give a sound signature, and one with a flaw.
    let build = |policy: &Policy, refs: [Attribute; 2], wrong_stamp: bool| {
        let cms = with(&timed(policy, None), &refs);
        let values = [icp::certificate_values(&slices(&all)).unwrap(), icp::revocation_values(&crls, &[]).unwrap()];
        let other = Digest::of(HASH, b"outra coisa");
        if policy.level == PolicyLevel::AdRa {
            let full = with(&cms, &values);
            let own = icp::archive_v2_input(&full, 0, HASH, &mut &CONTENT[..]).unwrap();
            let token = stamped(lab, if wrong_stamp { other } else { own });
            return with(&full, &[icp::archive_timestamp_v2(&token)]);
        }
        let own = icp::esc_timestamp_input(&cms, 0, HASH).unwrap();
        let token = stamped(lab, if wrong_stamp { other } else { own });
        with(&with(&cms, &[icp::esc_timestamp(&token)]), &values)
    };
    let certificates = |path: &[&[u8]]| icp::complete_certificate_refs(path).unwrap();
    let revocation = |crls: &[&[u8]]| icp::complete_revocation_refs(crls, &[]).unwrap();
    let sound = || [certificates(&path[1..]), revocation(&crls)];

    for policy in [rc, ra] {
        let judge = |refs, wrong_stamp| violations(lab, &build(policy, refs, wrong_stamp), policy, false);
        assert!(judge(sound(), false).is_empty(), "{:?}", judge(sound(), false));
        assert_eq!(judge(sound(), true), [code::TIME_STAMP_MISSING], "a stamp over something else");
        let missing = [code::EVIDENCE_MISSING];
        assert_eq!(judge([certificates(&path[1..]), revocation(&[])], false), missing, "no evidence is referred to");
        assert_eq!(
            judge([certificates(&path[1..]), revocation(&[foreign.as_slice()])], false),
            missing,
            "a list that is not inside"
        );
        assert_eq!(judge([certificates(&path[2..]), revocation(&crls)], false), missing, "a CA is left out");
    }
    // AD-RT: over another signature; and by somebody of whom nobody knows whether they were revoked.
    assert_eq!(violations(lab, &timed(rt, Some(b"outra")), rt, true), [code::TIME_STAMP_MISSING]);
    assert_eq!(violations(lab, &timed(rt, None), rt, false), [code::TIME_STAMP_CHAIN_UNKNOWN]);
    assert!(violations(lab, &timed(rt, None), rt, true).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_that_the_policy_does_not_take_ends_it_before_there_is_a_result() {
    let Some(lab) = Lab::shared() else { return };
    let (real, own) = policies(lab, PolicyLevel::AdRt);
    let folder = tempfile::tempdir().unwrap();
    let refused = climb(lab, folder.path(), real).await;
    let mut reached = Reached::default();
    let error = refused.stamp_signature(basic(lab, real), 0, &mut reached, &Silent).await.unwrap_err().wire();
    assert_eq!(error.code, "tsa_all_refused");
    assert_eq!(error.params["first_code"], code::TIME_STAMP_NOT_ICP_BRASIL);
    assert_eq!(error.params["count"], "2", "the next one was asked");
    assert!(reached.time_stamps.is_empty());
    // What came is known now, before another key is touched; under a policy that takes it, it is no hindrance.
    let authorities = refused.sources.authorities();
    let path = |policy| match authorities.stamping(policy) {
        cartorio_policy::preflight::TimeStamping::Path(path) => path.to_vec(),
        other => panic!("{other:?}"),
    };
    let codes: Vec<&str> = check_time_stamp(real, &path(real)).iter().map(|own| own.code).collect();
    assert_eq!(codes, [code::TIME_STAMP_NOT_ICP_BRASIL]);
    assert!(check_time_stamp(own, &path(own)).is_empty());
    let fresh = sources(lab, trusting(lab), vec![tsa("a", &lab.urls().tsa)]);
    assert!(matches!(fresh.authorities().stamping(real), cartorio_policy::preflight::TimeStamping::Unknown));
}

/// One empty page.
fn page() -> Vec<u8> {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>",
    ];
    let (mut out, mut table) = ("%PDF-1.7\n".to_owned(), "xref\n0 4\n0000000000 65535 f \n".to_owned());
    for (number, object) in (1..).zip(objects) {
        table += &format!("{:010} 00000 n \n", out.len());
        out += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let start = out.len();
    format!("{out}{table}trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pdf_of_ad_rc_has_the_document_time_stamp_that_its_policy_names() {
    use cartorio_ades::validate::pdf::{PdfSignatureKind, signatures};
    let Some(lab) = Lab::shared() else { return };
    let (_, rc) = policies(lab, PolicyLevel::AdRc);
    let real = cartorio_policy::current(Family::Pades, PolicyLevel::AdRc, OffsetDateTime::now_utc()).unwrap();
    let policy: &Policy = Box::leak(Box::new(Policy { tsa_roots: rc.tsa_roots, tsa_limits: &[], ..*real }));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pdf");
    std::fs::write(&path, page()).unwrap();
    let file = PdfFile::open_path(&path).unwrap();
    let dialect = Dialect::IcpBrasil;
    let prepared = pades::prepare(
        &file,
        &PadesOptions { field: FieldChoice::New, contents_capacity: 40_000, dialect, ..PadesOptions::default() },
    )
    .unwrap();
    let identity = lab.person(Person::P256);
    let algorithm = SignatureAlgorithm::ecdsa(HASH);
    let cms = cms::prepare(CmsRequest {
        signer_certificate: &identity.certificate,
        chain: identity.chain.iter().map(Vec::as_slice).collect(),
        algorithm,
        content_digest: prepared.digest(HASH),
        profile: Profile::Pades,
        extras: SignedExtras::default(),
    })
    .unwrap();
    let value = lab.key(Person::P256).sign_digest(algorithm, &cms.tbs_digest()).unwrap();
    let climb = climb(lab, &folder.path().join("home"), policy).await;
    let mut reached = Reached::default();
    let cms = climb.stamp_signature(cms.finish(&value).unwrap(), 0, &mut reached, &Silent).await.unwrap();
    let mut signed = Vec::new();
    prepared.finish(&cms).unwrap().write_to(&mut signed).unwrap();
    std::fs::write(&path, signed).unwrap();
    let file = std::fs::File::options().read(true).write(true).open(&path).unwrap();
    let own = OwnPdf::of(&file, &path, None, dialect).unwrap();
    climb.pdf(&own, &mut reached, &Silent).await.unwrap();
    let found = signatures(&PdfFile::open_path(&path).unwrap()).unwrap();
    let kinds: Vec<PdfSignatureKind> = found.iter().map(|own| own.kind).collect();
    assert_eq!(kinds, [PdfSignatureKind::Approval, PdfSignatureKind::DocumentTimestamp]);
    check::pdf_file(&file, None, reached.level, 0, true).unwrap();
}
