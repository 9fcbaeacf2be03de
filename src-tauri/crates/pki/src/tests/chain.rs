//! Chain review: every kind of problem, and nothing green that is not.

use cartorio_keys::{KeySpec, SoftwareKey};
use time::Duration;

use super::support::{Forge, Hierarchy, NOW, ca_extensions, default_hierarchy, extension, forge, leaf, run, validity};
use crate::asn1;
use crate::ca::{CertificateAuthority, CrlRequest};
use crate::chain::{
    ChainReport, Conclusion, PathEnd, Problem, Requirements, Reviewer, Revocation, RevocationMode, RevocationSummary,
    Trust, review,
};
use crate::{Certificate, Crl, RevocationReason, RevokedCertificate, Validity};

fn crls(hierarchy: &Hierarchy, revoked: Vec<RevokedCertificate>) -> Vec<Crl> {
    let request = |revoked| CrlRequest {
        revoked,
        number: 1,
        this_update: NOW - Duration::days(1),
        next_update: NOW + Duration::days(1),
    };
    vec![run(hierarchy.intermediate.crl(request(revoked))).unwrap(), run(hierarchy.root.crl(request(vec![]))).unwrap()]
}

fn codes(report: &ChainReport) -> Vec<&'static str> {
    report.best().unwrap().problems().map(Problem::code).collect()
}

#[test]
fn a_sound_chain_with_evidence_passes_in_any_order_of_the_pool() {
    let hierarchy = default_hierarchy();
    let (_, chain) = leaf(&hierarchy.intermediate, "Maria");
    let anchors = [chain[2].clone()];
    let mut pool = chain.clone();
    pool.reverse();
    let report = review(&chain[0], &pool, &anchors, &crls(&hierarchy, vec![]), NOW);
    assert_eq!(report.verdict(), (Conclusion::Passed, vec![]));
    let best = report.best().unwrap();
    assert_eq!(best.certificates(), chain);
    assert_eq!(best.steps[0].key_id_matches, Some(true));
    assert!(matches!(best.steps[0].revocation, Revocation::Good { .. }));
    assert_eq!(best.steps[2].revocation, Revocation::NotNeeded);
}

#[test]
fn missing_evidence_is_indeterminate_and_no_anchor_is_unknown() {
    let hierarchy = default_hierarchy();
    let (_, chain) = leaf(&hierarchy.intermediate, "Maria");
    let anchored = review(&chain[0], &chain, &chain[2..], &[], NOW);
    assert_eq!(anchored.trust(), Trust::Trusted);
    assert_eq!(anchored.revocation(), RevocationSummary::Unknown);
    assert_eq!(anchored.verdict(), (Conclusion::Indeterminate, vec!["no_revocation_evidence"]));

    let unanchored = review(&chain[0], &chain, &[], &crls(&hierarchy, vec![]), NOW);
    assert_eq!((unanchored.trust(), unanchored.best().unwrap().end), (Trust::Unknown, PathEnd::UntrustedRoot));
    assert_eq!(unanchored.verdict(), (Conclusion::Indeterminate, vec!["untrusted_root"]));

    let alone = review(&chain[0], &[], &[], &[], NOW);
    assert_eq!(alone.best().unwrap().end, PathEnd::IssuerMissing);
    assert_eq!(alone.verdict().0, Conclusion::Indeterminate);
}

#[test]
fn revocation_as_of_the_moment_in_question() {
    let hierarchy = default_hierarchy();
    let (_, chain) = leaf(&hierarchy.intermediate, "Maria");
    let status = |entry_at, reason, at| {
        let entry = RevokedCertificate { serial: chain[0].serial.clone(), at: entry_at, reason };
        let report = review(&chain[0], &chain, &chain[2..], &crls(&hierarchy, vec![entry]), at);
        (report.best().unwrap().steps[0].revocation.code(), report.verdict().0)
    };
    let hour = Duration::hours(1);
    let compromise = Some(RevocationReason::KeyCompromise);
    assert_eq!(status(NOW - hour, compromise, NOW), ("revoked", Conclusion::Failed));
    assert_eq!(status(NOW, None, NOW - hour), ("revoked_later", Conclusion::Passed));
    let hold = Some(RevocationReason::CertificateHold);
    assert_eq!(status(NOW - hour, hold, NOW), ("on_hold", Conclusion::Indeterminate));
    // The list ends a day after NOW; a good status two days later is stale, a revocation stays one.
    let later = NOW + Duration::days(2);
    assert_eq!(status(NOW - hour, compromise, later), ("revoked", Conclusion::Failed));
    let stale = review(&chain[0], &chain, &chain[2..], &crls(&hierarchy, vec![]), later);
    assert_eq!(stale.verdict(), (Conclusion::Indeterminate, vec!["revocation_stale"]));
}

/// Neither the first list after the moment in question nor the last one has to have the revocation: it came after the one, and the
/// certificate had ended before the other.
#[test]
fn a_revocation_is_found_on_a_list_between_the_first_later_one_and_the_last() {
    let hierarchy = default_hierarchy();
    let (_, chain) = leaf(&hierarchy.intermediate, "Maria");
    let end = chain[0].validity.not_after;
    let list = |made, revoked| {
        let request = CrlRequest { revoked, number: 1, this_update: made, next_update: made + Duration::days(7) };
        run(hierarchy.intermediate.crl(request)).unwrap()
    };
    let root = |made| {
        let next_update = made + Duration::days(7);
        run(hierarchy.root.crl(CrlRequest { revoked: vec![], number: 1, this_update: made, next_update })).unwrap()
    };
    let since = NOW - Duration::hours(1);
    let entry = RevokedCertificate {
        serial: chain[0].serial.clone(),
        at: since,
        reason: Some(RevocationReason::KeyCompromise),
    };
    let status = |made: &[time::OffsetDateTime], known: time::OffsetDateTime| {
        let mut lists = vec![root(NOW)];
        lists.extend(made.iter().map(|at| list(*at, if *at == known { vec![entry.clone()] } else { vec![] })));
        let report = review(&chain[0], &chain, &chain[2..], &lists, NOW);
        (report.best().unwrap().steps[0].revocation.code(), report.verdict().0)
    };
    let day = Duration::days;
    // The CA forgets it as soon as it may.
    let few = [NOW + day(2), end - day(2), end + day(9)];
    assert_eq!(status(&few, few[1]), ("revoked", Conclusion::Failed));
    assert_eq!(status(&few, NOW).0, "revocation_good");
    // However many others there are.
    let many: Vec<_> =
        (1..60).map(|week| NOW + day(week * 7)).chain([end - day(2), end + day(9), end + day(20)]).collect();
    assert_eq!(status(&many, end - day(2)), ("revoked", Conclusion::Failed));
    assert_eq!(status(&many, end + day(9)), ("revoked", Conclusion::Failed));
    // And wherever it stands among few.
    let some: Vec<_> = (1..10).map(|week| NOW + day(week * 7)).collect();
    for known in &some {
        assert_eq!(status(&some, *known), ("revoked", Conclusion::Failed), "{known}");
    }
}

#[test]
fn a_list_by_a_stranger_of_the_same_name_counts_for_nothing() {
    let hierarchy = default_hierarchy();
    let stranger = default_hierarchy();
    let (_, chain) = leaf(&hierarchy.intermediate, "Maria");
    let entry = RevokedCertificate { serial: chain[0].serial.clone(), at: NOW, reason: None };
    let report = review(&chain[0], &chain, &chain[2..], &crls(&stranger, vec![entry]), NOW);
    assert!(matches!(
        &report.best().unwrap().steps[0].revocation,
        Revocation::NoEvidence { rejected } if rejected.len() == 1
    ));
}

#[test]
fn validity_of_every_certificate_is_checked_with_its_dates() {
    let hierarchy = default_hierarchy();
    let (_, chain) = leaf(&hierarchy.intermediate, "Maria");
    let crls = crls(&hierarchy, vec![]);
    let at = |at| review(&chain[0], &chain, &chain[2..], &crls, at);
    let end = chain[0].validity.not_after;
    assert_eq!(at(end).trust(), Trust::Trusted, "the last instant belongs to the validity");
    let late = at(end + Duration::seconds(1));
    assert_eq!(codes(&late), ["expired"]);
    assert_eq!(late.verdict().0, Conclusion::Failed);
    let early = at(chain[2].validity.not_before - Duration::seconds(1));
    assert_eq!(codes(&early), ["not_yet_valid"; 3], "all three, not only the first");
    assert_eq!(early.best().unwrap().problems().next().unwrap().params()[0].1, "2026-01-01T00:00:00Z");
}

#[test]
fn a_changed_certificate_is_wrong_under_any_root() {
    let hierarchy = default_hierarchy();
    let (_, chain) = leaf(&hierarchy.intermediate, "Maria");
    let mut der = chain[0].der.clone();
    let place = der.windows(5).position(|window| window == b"Maria").unwrap();
    der[place] = b'X';
    let changed = Certificate::from_der(&der).unwrap();
    for anchors in [&chain[2..], &[]] {
        let report = review(&changed, &chain, anchors, &[], NOW);
        assert_eq!(codes(&report), ["signature_wrong"]);
        assert_eq!(report.verdict().0, Conclusion::Failed);
    }
}

struct Keys {
    root: SoftwareKey,
    middle: SoftwareKey,
    leaf: SoftwareKey,
}

fn keys() -> Keys {
    let make = || SoftwareKey::generate(KeySpec::EcP256).unwrap();
    Keys { root: make(), middle: make(), leaf: make() }
}

fn make(subject: &str, issuer: &str, key: &SoftwareKey, by: &SoftwareKey, extensions: Vec<Vec<u8>>) -> Certificate {
    forge(&Forge {
        subject,
        issuer,
        spki: &key.public_key().spki,
        issuer_key: by,
        validity: validity(1),
        serial: 1,
        extensions,
    })
}

/// Problems of leaf ← middle ← root where the middle has these extensions.
fn with_middle(extensions: Vec<Vec<u8>>) -> ChainReport {
    let keys = keys();
    let root = make("R", "R", &keys.root, &keys.root, ca_extensions(None));
    let middle = make("M", "R", &keys.middle, &keys.root, extensions);
    let leaf = make("L", "M", &keys.leaf, &keys.middle, vec![]);
    review(&leaf, &[middle], &[root], &[], NOW)
}

#[test]
fn an_issuer_must_be_a_ca_that_may_sign_certificates() {
    assert_eq!(with_middle(ca_extensions(Some(0))).trust(), Trust::Trusted);
    let none = with_middle(vec![]);
    assert_eq!((codes(&none), none.trust()), (vec!["not_a_ca"], Trust::Untrusted));
    let mut no_usage = ca_extensions(None);
    no_usage[1] = extension("2.5.29.15", true, &asn1::named_bits(&[0]));
    assert_eq!(codes(&with_middle(no_usage)), ["key_cert_sign_missing"]);
    let neither = vec![extension("2.5.29.15", true, &asn1::named_bits(&[0]))];
    assert_eq!(codes(&with_middle(neither)), ["key_cert_sign_missing", "not_a_ca"], "every problem");
}

#[test]
fn critical_extensions_that_are_not_understood_are_never_green() {
    let with = |oid, value: &[u8]| {
        let mut extensions = ca_extensions(None);
        extensions.push(extension(oid, true, value));
        with_middle(extensions)
    };
    let unknown = with("1.3.6.1.4.1.99999.1", &[5, 0]);
    assert_eq!((codes(&unknown), unknown.trust()), (vec!["unknown_critical_extension"], Trust::Untrusted));
    // nameConstraints, permitted dNSName "x"
    let names = with("2.5.29.30", &asn1::seq([asn1::tlv(0xa0, &asn1::seq([asn1::implicit(2, b"x")]))]));
    assert_eq!((codes(&names), names.trust()), (vec![], Trust::Trusted), "the leaf has no DNS name");
    let malformed = with("2.5.29.31", &[0x30, 9]);
    assert_eq!(
        (codes(&malformed), malformed.trust()),
        (vec!["malformed_extension"], Trust::Untrusted),
        "{:?}",
        malformed.best().unwrap().problems().collect::<Vec<_>>()
    );
}

#[test]
fn path_length_counts_intermediates_that_are_not_self_issued() {
    let keys = keys();
    let lower = SoftwareKey::generate(KeySpec::EcP256).unwrap();
    let root = make("R", "R", &keys.root, &keys.root, ca_extensions(Some(0)));
    let middle = make("M", "R", &keys.middle, &keys.root, ca_extensions(None));
    let low = make("N", "M", &lower, &keys.middle, ca_extensions(None));
    let leaf = make("L", "N", &keys.leaf, &lower, vec![]);
    let report = review(&leaf, &[middle.clone(), low], std::slice::from_ref(&root), &[], NOW);
    let problem = report.best().unwrap().problems().next().unwrap().clone();
    assert_eq!(problem, Problem::PathLengthExceeded { allowed: 0, actual: 2 });
    // M rolls its key over: the self-issued certificate does not count.
    // The key identifiers tell it from a root: without them OpenSSL takes it for self-signed.
    let mut rolled = ca_extensions(None);
    rolled.push(extension("2.5.29.14", false, &asn1::octets(&[2; 20])));
    rolled.push(extension("2.5.29.35", false, &asn1::seq([asn1::implicit(0, &[1; 20])])));
    let rollover = make("M", "M", &lower, &keys.middle, rolled);
    let leaf = make("L", "M", &keys.leaf, &lower, vec![]);
    let root = make("R", "R", &keys.root, &keys.root, ca_extensions(Some(1)));
    let report = review(&leaf, &[middle, rollover], &[root], &[], NOW);
    assert_eq!(codes(&report), Vec::<&str>::new(), "{:?}", report.best().unwrap().problems().collect::<Vec<_>>());
    assert_eq!((report.trust(), report.best().unwrap().steps.len()), (Trust::Trusted, 4));
}

#[test]
fn two_cas_of_one_name_are_told_apart_and_every_path_is_shown() {
    let keys = keys();
    let other = SoftwareKey::generate(KeySpec::EcP256).unwrap();
    let root = make("R", "R", &keys.root, &keys.root, ca_extensions(None));
    let right = make("M", "R", &keys.middle, &keys.root, ca_extensions(None));
    let wrong = make("M", "R", &other, &keys.root, ca_extensions(None));
    let expired = forge(&Forge {
        subject: "M",
        issuer: "R",
        spki: &keys.middle.public_key().spki,
        issuer_key: &keys.root,
        validity: Validity { not_before: NOW - Duration::days(9), not_after: NOW - Duration::days(1) },
        serial: 9,
        extensions: ca_extensions(None),
    });
    let leaf = make("L", "M", &keys.leaf, &keys.middle, vec![]);
    let report = review(&leaf, &[expired.clone(), wrong.clone(), right.clone()], &[root], &[], NOW);
    assert_eq!(report.paths.len(), 2, "the one whose key does not fit is no issuer");
    assert_eq!(report.best().unwrap().steps[1].certificate, right);
    assert_eq!(report.paths[1].steps[1].certificate, expired);
    assert_eq!((report.trust(), report.paths[1].trust()), (Trust::Trusted, Trust::Untrusted));
}

#[test]
fn a_wrong_name_over_a_right_key_is_reported() {
    let keys = keys();
    let id = [7_u8; 20];
    let mut root_extensions = ca_extensions(None);
    root_extensions.push(extension("2.5.29.14", false, &asn1::octets(&id)));
    let root = make("R", "R", &keys.root, &keys.root, root_extensions);
    let aki = extension("2.5.29.35", false, &asn1::seq([asn1::implicit(0, &id)]));
    let leaf = make("L", "Another R", &keys.leaf, &keys.root, vec![aki]);
    let report = review(&leaf, &[], &[root], &[], NOW);
    assert_eq!((codes(&report), report.trust()), (vec!["name_mismatch"], Trust::Untrusted));
}

#[test]
fn a_hostile_pool_does_not_hang_the_review() {
    // Every CA signs every other under one name with the same key: paths grow factorially.
    let key = SoftwareKey::generate(KeySpec::EcP256).unwrap();
    let names: Vec<String> = (0..14).map(|index| format!("CA {index}")).collect();
    let mut pool = Vec::new();
    for subject in &names {
        for issuer in names.iter().filter(|issuer| *issuer != subject) {
            pool.push(make(subject, issuer, &key, &key, ca_extensions(None)));
        }
    }
    let leaf = make("L", "CA 0", &key, &key, vec![]);
    let report = review(&leaf, &pool, &[], &[], NOW);
    assert!(report.truncated);
    assert!(report.paths.len() <= 32);
    // A root at the end of each of the ways, but the target is another's work or broken itself.
    let root = make("Root", "Root", &key, &key, ca_extensions(None));
    for name in &names {
        pool.push(make(name, "Root", &key, &key, vec![]));
    }
    let requirements = Requirements { revocation: RevocationMode::Off, ..Requirements::default() };
    let judge = |leaf: &Certificate| {
        Reviewer::new(&pool, std::slice::from_ref(&root), &[]).review_with(leaf, NOW, &requirements)
    };
    let (report, says) = (judge(&leaf), |report: &ChainReport| report.verdict());
    assert!(report.truncated);
    assert_eq!(report.best().unwrap().verdict().0, Conclusion::Failed, "each path that was looked at is wrong");
    assert_eq!((says(&report).0, report.trust()), (Conclusion::Indeterminate, Trust::Unknown));
    assert_eq!(says(&report).1.last(), Some(&"path_search_truncated"));
    let stranger = SoftwareKey::generate(KeySpec::EcP256).unwrap();
    let forged = judge(&make("L", "CA 0", &key, &stranger, vec![]));
    assert!(forged.truncated);
    assert_eq!(forged.verdict().0, Conclusion::Failed, "a wrong signature is wrong on every path");
    assert!(!forged.verdict().1.contains(&"path_search_truncated"));
}
