//! What a signature says of itself: its time, its policy; and until when it has to be extended.

use cartorio_ades::create::attributes::{PolicyReference, SignedExtras};
use cartorio_ades::create::pades::Dialect;
use cartorio_core::Digest;
use cartorio_office::dto::{PolicyState, SignatureReport};
use cartorio_pki::Certificate;
use cartorio_policy::preflight::code;
use cartorio_policy::{Family, Policy, PolicyLevel};
use time::OffsetDateTime;
use time::macros::datetime;

use super::making::{ALL, Extras, FORMS, Form, Piece, SHA256, days, moment, signed, signed_with};
use super::{Court, SOON, STAMPED, Want, ladder};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_that_cannot_be_is_said_and_proves_nothing() {
    let Some(mut court) = Court::informed().await else { return };
    let lab = court.lab;
    for form in FORMS {
        let of = |at: i64| signed(lab, form, "p256", days(at));
        let passed = || Want::passed(None);
        court.case("honest", &of(-60), 0, &passed()).await;
        court.case("in a month", &of(30), 0, &passed().saying("claimed_time_in_future")).await;
        let outside = passed().saying("claimed_time_outside_certificate");
        court.case("before the certificate", &of(-400), 0, &outside).await;
        let proven = Some(days(-60));
        let after = Want::passed(proven).saying("claimed_time_after_proof");
        court.case("after its stamp", &of(-30).stamp("tsa", days(-60)), 0, &after).await;
        court.case("with its stamp", &of(-60).stamp("tsa", days(-60)), 0, &Want::passed(proven)).await;
    }
    court.end();
}

/// The authority's path, the signer's own, and the algorithms: whatever ends first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_date_for_extending_is_the_first_end() {
    let Some(mut court) = Court::open().await else { return };
    let lab = court.lab;
    let end = |label: &str| Certificate::from_der(&lab.certificate(label)).unwrap().validity.not_after;
    // Every certificate here is signed with RSA of 2048 bits, at least at the top.
    let rsa = datetime!(2029-01-01 00:00 UTC);
    let parse = |own: &SignatureReport| {
        let text = own.extend_before.as_deref().unwrap();
        OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).unwrap()
    };
    court.keep(ALL, SOON).await;
    for form in FORMS {
        let [b, t, lt, lta] = ladder(lab, form, "p256");
        let mut found = Vec::new();
        for (name, piece) in [("B-B", &b), ("B-T", &t), ("B-LT", &lt), ("B-LTA", &lta)] {
            let proven = STAMPED.filter(|_| name != "B-B");
            let own = court.case(name, piece, SOON, &Want::passed(proven)).await;
            found.push(parse(&own));
        }
        let (signer, authority) = (end("p256").min(rsa), end("tsa").min(rsa));
        let wanted = [signer, signer.min(authority), authority, authority];
        court.check("extend before", found == wanted && signer < authority, &(found, wanted));
        // The outermost stamp counts, not the one that it keeps.
        let short =
            signed(lab, form, "expired", days(-300)).stamp("tsa-short", days(-250)).evidence(ALL, days(-250) + 1);
        let own = court.ours(&short, days(-250) + 2).await.signatures.remove(0);
        court.check("short", parse(&own) == end("tsa-short"), &own.extend_before);
        let own = court.ours(&short.archive("tsa", days(-250) + 2), days(-250) + 3).await.signatures.remove(0);
        court.check("renewed", parse(&own) == authority, &own.extend_before);
    }
    court.end();
}

fn under(court: &Court, signer: &str, form: Form, policy: &Policy, hash: Option<Digest>) -> Piece {
    let reference = PolicyReference {
        id: policy.oid,
        hash: hash.unwrap_or_else(|| policy.policy_hash.digest().unwrap()),
        uri: Some(policy.uri.to_owned()),
    };
    let signed = SignedExtras { policy: Some(reference), ..SignedExtras::default() };
    let dialect = if form == Form::Pades { Dialect::IcpBrasil } else { Dialect::Etsi };
    signed_with(court.lab, form, signer, days(-60), Extras { signed, dialect, ..Extras::default() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_policy_is_kept_or_said_what_of_it_is_not() {
    let Some(mut court) = Court::open().await else { return };
    let when = moment(days(-60));
    let current = |family, level| cartorio_policy::current(family, level, when).unwrap();
    let wrong = || Some(Digest::of(SHA256, b"another policy"));
    // The laboratory's root is none of ICP-Brasil's: the claim says so of every signer under it.
    for (form, family) in [(Form::Cades, Family::Cades), (Form::Pades, Family::Pades)] {
        let (rb, rt) = (current(family, PolicyLevel::AdRb), current(family, PolicyLevel::AdRt));
        let unstamped: &[&str] = match form {
            Form::Cades => &[code::TIME_STAMP_MISSING, code::ATTRIBUTE_MISSING],
            Form::Pades => &[code::TIME_STAMP_MISSING],
        };
        // The oldest of PAdES are not over yet, but revoked.
        let (level, over) = match form {
            Form::Cades => (PolicyLevel::AdRb, code::POLICY_EXPIRED),
            Form::Pades => (PolicyLevel::AdRc, code::POLICY_REVOKED),
        };
        let gone = |own: &&Policy| own.not_after < when || own.revoked.is_some_and(|at| at < when);
        let old = cartorio_policy::all()
            .iter()
            .filter(|own| own.family == family && own.level == level && own.policy_hash.digest().is_some())
            .find(gone)
            .unwrap();
        let unknown = Policy { oid: cartorio_ades::cms::oid::DATA, ..*rb };
        let own = |piece: Piece| piece.evidence(ALL, days(-60) + 2);
        let broken = "SIG_CONSTRAINTS_FAILURE";
        let cases: [(&str, Piece, Option<&str>, PolicyState, &[&str]); 6] = [
            ("right", own(under(&court, "rsa2048", form, rb, None)), None, PolicyState::Violated, &[]),
            (
                "wrong hash",
                own(under(&court, "rsa2048", form, rb, wrong())),
                Some(broken),
                PolicyState::Violated,
                &[code::POLICY_REFERENCE],
            ),
            (
                "AD-RT without a stamp",
                own(under(&court, "rsa2048", form, rt, None)),
                Some(broken),
                PolicyState::Violated,
                unstamped,
            ),
            (
                "AD-RT",
                own(under(&court, "rsa2048", form, rt, None).stamp("tsa", days(-60) + 1)),
                None,
                PolicyState::Violated,
                &[],
            ),
            ("over", own(under(&court, "rsa2048", form, old, None)), Some(broken), PolicyState::Violated, &[over]),
            (
                "unknown",
                own(under(&court, "rsa2048", form, &unknown, wrong())),
                None,
                PolicyState::None,
                &["policy_unknown"],
            ),
        ];
        for (name, piece, sub, state, wanted) in cases {
            let report = court.ours(&piece, SOON).await.signatures.remove(0);
            let claim = report.policy_claim.as_ref().unwrap();
            let found = (report.policy, report.sub_indication.as_deref());
            // Whose authority it is that stamped is a matter of its own.
            let stamped = name == "AD-RT";
            court.check(
                &format!("{name}, {form:?}"),
                stamped || found == (state, sub),
                &(found, &report.reasons, claim),
            );
            let mut left: Vec<&str> = claim.violations.iter().map(String::as_str).collect();
            if state == PolicyState::Violated {
                court.check(name, left.contains(&code::ROOT_NOT_IN_POLICY), &claim);
                left.retain(|own| *own != code::ROOT_NOT_IN_POLICY);
            }
            if stamped {
                left.retain(|own| !own.starts_with("preflight_time_stamp") || *own == code::TIME_STAMP_MISSING);
            }
            if name == "over" {
                left.retain(|own| wanted.contains(own));
            }
            court.check(&format!("{name}, {form:?}"), left == wanted, &claim);
        }
    }
    // Where the root is not trusted nobody says whose it is.
    let rb = current(Family::Cades, PolicyLevel::AdRb);
    let piece = under(&court, "icp-signer", Form::Cades, rb, None).evidence(ALL, days(-60) + 2);
    let report = court.ours(&piece, SOON).await.signatures.remove(0);
    let found = (report.policy, report.sub_indication.as_deref());
    court.check(
        "root unknown",
        found == (PolicyState::Ok, Some("NO_CERTIFICATE_CHAIN_FOUND")),
        &(found, report.policy_claim),
    );
    court.end();
}
