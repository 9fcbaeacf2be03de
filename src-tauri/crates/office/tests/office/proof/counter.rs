//! Countersignatures with a time stamp of their own, and how many are judged.

use cartorio_ades::cms::oid::COUNTERSIGNATURE;
use cartorio_ades::create::upgrade::{Attribute, signature_value};
use cartorio_ades::validate::cms::{countersignature as view, parse};
use cartorio_ades::validate::inside::Inside;
use cartorio_core::Digest;
use cartorio_office::dto::{SignatureReport, VerifyReport, VerifyResult};

use super::making::{Form, Piece, SHA256, countersignature, countersignature_over, days, last_bit, signed};
use super::parts::{Stamp, stamped_info, with_unsigned};
use super::{Court, STAMPED, Want};

/// `base` with a countersignature of 59 days ago, stamped at `hours`.
fn countered(base: &Piece, signer: &str, hours: i64, over: Option<Vec<u8>>, spoil: fn(&mut Vec<u8>)) -> Piece {
    let info = countersignature(base.lab, &base.bytes, signer, days(-59));
    let info = stamped_info(base.lab, &base.bytes, &info, Stamp { tsa: "tsa", hours, over, spoil });
    base.clone().countersigned_by(signer, &info)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_countersignature_has_a_time_stamp_of_its_own() {
    let Some(mut court) = Court::informed().await else { return };
    let lab = court.lab;
    let base = signed(lab, Form::Cades, "p256", days(-60)).stamp("tsa", days(-60) + 1);
    let none = |_: &mut Vec<u8>| ();
    let first = signature_value(&base.bytes, 0).unwrap();
    let (before, after) = (days(-50), days(-10));
    let open = |proven| Want::open("REVOKED_NO_POE", "revoked", proven);
    let broken = || open(None).saying("time_stamp_broken");
    let cases = [
        ("good", countered(&base, "rsa2048", before, None, none), Want::passed(Some(before)), "CAdES B-T"),
        (
            "revoked, stamped before",
            countered(&base, "revoked", before, None, none),
            Want::passed(Some(before)),
            "CAdES B-T",
        ),
        ("revoked, stamped after", countered(&base, "revoked", after, None, none), open(Some(after)), "CAdES B-T"),
        ("revoked, spoilt stamp", countered(&base, "revoked", before, None, last_bit), broken(), "CAdES B-B"),
        (
            "revoked, stamp of the other value",
            countered(&base, "revoked", before, Some(first), none),
            broken(),
            "CAdES B-B",
        ),
        ("revoked, no stamp", base.clone().countersigned("revoked", days(-59)), open(None), "CAdES B-B"),
    ];
    for (name, piece, want, level) in cases {
        let (ours, dss) = court.judge(&piece, 0).await;
        let own = ours.signatures.first().unwrap();
        // What is on the countersignature is nothing of the signature's.
        let alone = (own.result, own.proven_time.clone(), own.time_stamps.len());
        court.check(name, alone == (VerifyResult::Passed, STAMPED.map(super::told), 1), &alone);
        court.check(name, ours.result == want.result, &ours.result);
        let [counter] = own.counter_signatures.as_slice() else { panic!("{name}: {:?}", own.counter_signatures) };
        let theirs = dss.iter().flatten().find(|own| own.counter_signature);
        court.compare(&format!("countersignature, {name}"), &want, counter, theirs);
        court.check(name, counter.level == level, &counter.level);
        let stamps = usize::from(name != "revoked, no stamp");
        let shown = counter.time_stamps.len() == stamps && theirs.is_none_or(|own| own.timestamps.len() == stamps);
        court.check(name, shown, &counter.time_stamps);
    }
    // The stamp of a countersignature does not date what it countersigns.
    let revoked = signed(lab, Form::Cades, "revoked", days(-60));
    let piece = countered(&revoked, "rsa2048", before, None, none);
    court.case("a revoked signer under a stamped countersignature", &piece, 0, &open(None)).await;
    court.end();
}

/// As many as are asked for, each another one, in attributes of `each`.
fn many(base: &Piece, count: i64, each: usize) -> Piece {
    let all: Vec<Vec<u8>> =
        (0..count).map(|hour| countersignature(base.lab, &base.bytes, "p256", days(-59) + hour)).collect();
    let mut out = base.clone();
    for values in all.chunks(each) {
        out.add(&Attribute { oid: COUNTERSIGNATURE, values: values.to_vec() });
    }
    out
}

fn all(report: &SignatureReport) -> Vec<&SignatureReport> {
    report.counter_signatures.iter().flat_map(|own| [vec![own], all(own)].concat()).collect()
}

/// How many countersignatures pass, and what is said of the others: code, count and maximum.
fn told(report: &VerifyReport) -> (usize, Vec<(String, String, String)>) {
    let found: Vec<&SignatureReport> = report.signatures.iter().flat_map(all).collect();
    let passed = found.iter().filter(|own| own.result == VerifyResult::Passed).count();
    let others = found.iter().filter(|own| own.result != VerifyResult::Passed);
    let problems = others.map(|own| {
        let problem = own.problem.as_ref().unwrap_or_else(|| panic!("no problem is told: {own:?}"));
        let of = |name: &str| problem.params.get(name).cloned().unwrap_or_default();
        (problem.code.clone(), of("count"), of("max"))
    });
    (passed, problems.collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_countersignatures_are_judged_and_one_more_is_refused() {
    let Some(mut court) = Court::informed().await else { return };
    let base = signed(court.lab, Form::Cades, "p256", days(-60)).stamp("tsa", days(-60) + 1);
    let refused = |count: usize| vec![("too_many_signatures".to_owned(), count.to_string(), "200".to_owned())];
    for each in [1, 200] {
        let whole = court.ours(&many(&base, 200, each), 0).await;
        let found = (whole.result, told(&whole));
        court.check("200", found == (VerifyResult::Passed, (200, Vec::new())), &found);
    }
    let more = court.ours(&many(&base, 201, 201), 0).await;
    let found = (more.result, more.signatures[0].result, told(&more));
    court.check("201", found == (VerifyResult::Failed, VerifyResult::Passed, (200, refused(201))), &found);
    // However many there are, no more than these are looked at.
    let flood = court.ours(&many(&base, 2_000, 2_000), 0).await;
    let found = (flood.result, told(&flood));
    court.check("2000", found == (VerifyResult::Failed, (200, refused(2_000))), &found);
    // Of all signers together.
    let both = many(&base, 150, 150).beside("rsa2048", days(-60));
    let second =
        usize::from(Inside::read(parse(&both.bytes).unwrap().signers().nth(1).unwrap()).counter_signatures.is_empty());
    let value = signature_of(&both, second);
    let infos = |count: i64| -> Vec<Vec<u8>> {
        (0..count)
            .map(|hour| countersignature_over(both.lab, Digest::of(SHA256, &value), "p256", days(-59) + hour))
            .collect()
    };
    for (count, want) in
        [(50, (VerifyResult::Passed, (200, Vec::new()))), (51, (VerifyResult::Failed, (200, refused(201))))]
    {
        let attribute = Attribute { oid: COUNTERSIGNATURE, values: infos(count) };
        let mut piece = both.clone();
        piece.bytes = cartorio_ades::create::upgrade::add_unsigned(&both.bytes, second, &attribute).unwrap();
        let report = court.ours(&piece, 0).await;
        let found = (report.result, told(&report));
        court.check(&format!("150 and {count}"), found == want, &found);
    }
    court.end();
}

fn signature_of(piece: &Piece, signer: usize) -> Vec<u8> {
    signature_value(&piece.bytes, signer).unwrap()
}

/// Countersignatures over each other, the innermost over the first signature.
fn tower(base: &Piece, levels: usize) -> Piece {
    fn info(base: &Piece, over: &[u8], levels: usize) -> Vec<u8> {
        let own = countersignature_over(base.lab, Digest::of(SHA256, over), "p256", days(-59));
        if levels == 1 {
            return own;
        }
        let data = parse(&base.bytes).unwrap();
        let value = view(&data, &own).unwrap().signers().next().unwrap().signature_value().to_vec();
        with_unsigned(&own, &Attribute::new(COUNTERSIGNATURE, info(base, &value, levels - 1)))
    }
    let info = info(base, &signature_of(base, 0), levels);
    base.clone().countersigned_by("p256", &info)
}

/// What is over a signature, over that, and once more is judged; what is higher up is told, not left out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tower_of_countersignatures_is_judged_to_a_height_and_told_beyond() {
    let Some(mut court) = Court::informed().await else { return };
    let base = signed(court.lab, Form::Cades, "p256", days(-60)).stamp("tsa", days(-60) + 1);
    let three = court.ours(&tower(&base, 3), 0).await;
    let found = (three.result, told(&three));
    court.check("three", found == (VerifyResult::Passed, (3, Vec::new())), &found);
    let four = court.ours(&tower(&base, 4), 0).await;
    let (passed, problems) = told(&four);
    let codes: Vec<&str> = problems.iter().map(|(code, ..)| code.as_str()).collect();
    court.check(
        "four",
        (four.result, passed, &codes[..]) == (VerifyResult::Failed, 3, &["too_many_signatures"]),
        &problems,
    );
    court.end();
}
