//! More than one signature, signatures on signatures, and the time stamps of RFC 5126.

use cartorio_ades::cms::ber::Limits;
use cartorio_ades::cms::enclosing::{ContentReader, open};
use cartorio_ades::validate::cms::parse;
use cartorio_ades::validate::inside::{Content, Expected, Inside, StampKind, expected};
use cartorio_ades::validate::timestamp::imprint;
use cartorio_core::{Digest, Hasher};
use cartorio_office::dto::VerifyResult;

use super::making::{ALL, CONTENT, FORMS, Form, SHA256, countersignature, days, signed, signerless};
use super::{Court, NOT_CARRIED_OVER, NOT_REVOKED, SOON, STAMPED, Want};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_signer_has_a_verdict_of_their_own() {
    let Some(mut court) = Court::informed().await else { return };
    let lab = court.lab;
    for form in FORMS {
        let good = signed(lab, form, "p256", days(-60)).stamp("tsa", days(-60) + 1);
        let both = good.clone().beside("revoked", days(-60));
        let (ours, dss) = court.judge(&both, 0).await;
        court.check("worst", ours.result == VerifyResult::Indeterminate, &ours.result);
        let wants = [("Bruno", Want::passed(STAMPED)), ("Elza", Want::open("REVOKED_NO_POE", "revoked", None))];
        for (name, want) in wants {
            let own =
                ours.signatures.iter().find(|own| own.signer.as_ref().is_some_and(|own| own.name.starts_with(name)));
            let theirs = dss.iter().flatten().find(|own| own.signer.as_ref().is_some_and(|own| own.contains(name)));
            court.compare(&format!("{name}, {form:?}"), &want, own.unwrap(), theirs);
        }
        let alone = court.judge(&good.beside("rsa2048", days(-60)), 0).await.0;
        court.check("two good ones", alone.result == VerifyResult::Passed, &alone.result);
    }
    court.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_countersignature_is_proven_by_what_covers_it_alone() {
    let Some(mut court) = Court::informed().await else { return };
    let lab = court.lab;
    let base = signed(lab, Form::Cades, "p256", days(-60)).stamp("tsa", days(-60) + 1).evidence(ALL, days(-60) + 2);
    let covered = base.clone().countersigned("revoked", days(-60) + 2).archive("tsa", days(-50));
    let added = base.clone().archive("tsa", days(-50)).countersigned("revoked", days(-60) + 2);
    let good = base.clone().countersigned("rsa2048", days(-60) + 2);
    let info = countersignature(lab, &base.bytes, "rsa2048", days(-60) + 2);
    let mut spoilt = info.clone();
    *spoilt.last_mut().unwrap() ^= 1;
    let mut tampered = base.clone();
    let certificate = lab.certificate("rsa2048");
    tampered.bytes = cartorio_ades::create::upgrade::countersign(&base.bytes, 0, &info, &[&certificate]).unwrap();
    let tampered = tampered.flip(&info);
    let cases = [
        ("archived", covered, Want::passed(Some(days(-50))).but_dss(NOT_CARRIED_OVER)),
        ("added after the archive", added, Want::open("REVOKED_NO_POE", "revoked", None)),
        ("good", good, Want::passed(None)),
        ("tampered", tampered, Want::failed("SIG_CRYPTO_FAILURE", &["signature_mismatch"], None)),
    ];
    for (name, piece, want) in cases {
        let (ours, dss) = court.judge(&piece, 0).await;
        let first = ours.signatures.first().unwrap();
        court.check(name, first.result == VerifyResult::Passed, &first.sub_indication);
        court.check("the worst decides", ours.result == want.result, &ours.result);
        let counter = first.counter_signatures.first().unwrap();
        let theirs = dss.iter().flatten().find(|own| own.counter_signature);
        court.compare(&format!("countersignature {name}"), &want, counter, theirs);
    }
    court.end();
}

/// What cannot be read is never left out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signature_that_cannot_be_read_is_a_failed_one() {
    let Some(mut court) = Court::open().await else { return };
    let lab = court.lab;
    let nobody = court.ours(&signerless(lab), 0).await;
    let found: Vec<_> =
        nobody.signatures.iter().map(|own| (own.result, own.problem.is_some(), own.field.is_some())).collect();
    court.check("no signer", found == [(VerifyResult::Failed, true, true)], &nobody.signatures);
    court.check("no signer", nobody.result == VerifyResult::Failed, &nobody.result);
    court.keep(ALL, 0).await;
    let good = signed(lab, Form::Cades, "p256", days(-60)).stamp("tsa", days(-60) + 1);
    let bad = court.ours(&good.clone().with_a_bad_countersignature(), 0).await;
    let counter = &bad.signatures[0].counter_signatures;
    let failed = counter.len() == 1 && counter[0].result == VerifyResult::Failed && counter[0].problem.is_some();
    court.check("bad countersignature", failed, counter);
    court.check("bad countersignature", bad.signatures[0].result == VerifyResult::Passed, &bad.signatures[0].reasons);
    court.check("bad countersignature", bad.result == VerifyResult::Failed, &bad.result);
    let good = court.ours(&good, 0).await;
    court.check("none", good.result == VerifyResult::Passed, &good.result);

    // As many as are judged, and one more.
    let one = signed(lab, Form::Cades, "p256", days(-60));
    let many = |count: i64| (1..count).fold(one.clone(), |all, hour| all.beside("p256", days(-60) + hour));
    let hundred = many(100);
    let found = court.ours(&hundred, 0).await;
    court.check("100 signers", (found.result, found.signatures.len()) == (VerifyResult::Passed, 100), &found.result);
    let found = court.ours(&hundred.beside("p256", days(-60) + 200), 0).await;
    let codes: Vec<_> = found.signatures.iter().map(|own| own.reasons.clone()).collect();
    court.check("101 signers", found.result == VerifyResult::Failed && codes == [["too_many_signatures"]], &codes);
    court.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stamps_of_rfc_5126_count_for_what_they_cover() {
    let Some(mut court) = Court::open().await else { return };
    let lab = court.lab;
    let t = || signed(lab, Form::Cades, "p256", days(-60)).stamp("tsa", days(-60) + 1);
    let referring = || t().referring(ALL, "tsa", days(-60) + 2);
    let full = || referring().carrying(ALL, days(-60) + 2);
    let complete = Want::passed(STAMPED);
    let own = court.case("references", &full(), SOON, &complete).await;
    let kinds: Vec<&str> = own.time_stamps.iter().map(|own| own.kind.as_str()).collect();
    court.check("kinds", kinds == ["signature", "references"], &kinds);
    let alone = signed(lab, Form::Cades, "p256", days(-60)).stamp_spoilt("tsa", days(-60) + 1, super::making::last_bit);
    let alone = alone.referring(ALL, "tsa", days(-60) + 2).carrying(ALL, days(-60) + 2);
    court
        .case(
            "references with a spoilt stamp",
            &alone,
            SOON,
            &Want::passed(Some(days(-60) + 2)).saying("time_stamp_broken"),
        )
        .await;

    let archived = full().archive_v2("tsa", days(-60) + 3);
    let own = court.case("archive v2", &archived, SOON, &complete).await;
    court.check("level", own.level == "CAdES B-LTA", &own.level);
    let turned = archived.clone().flip(&lab.certificate("retired"));
    let own =
        court.case("archive v2, a turned bit", &turned, SOON, &Want::passed(STAMPED).saying("time_stamp_broken")).await;
    court.check("level", own.level == "CAdES B-LT", &own.level);
    let told = own.time_stamps.iter().any(|own| own.reasons == ["time_stamp_other_content"]);
    court.check("the archive's stamp", told, &own.time_stamps);

    // The authority of the signature's stamp is over; an archive of the old kind keeps it, if the lists in it were of its day.
    court.keep(ALL, 0).await;
    let old = |lists: i64| {
        let t = signed(lab, Form::Cades, "expired", days(-300)).stamp("tsa-short", days(-250));
        t.carrying_both("tsa-short", ALL, days(-250) + 1, lists)
    };
    let over =
        |proven| Want::open("OUT_OF_BOUNDS_NO_POE", "expired", proven).saying("revocation_stale").but_dss(NOT_REVOKED);
    court.case("old, no archive", &old(days(-120) + 1), 0, &over(None)).await;
    let kept = Want::passed(Some(days(-250)));
    court.case("old, archive v2", &old(days(-120) + 1).archive_v2("tsa", days(-120) + 2), 0, &kept).await;
    let late = old(days(-120) + 1).archive_v2("tsa", days(-90));
    court.case("old, archive v2 too late", &late, 0, &over(Some(days(-90)))).await;
    let twice = old(days(-120) + 1).archive_v2("tsa", days(-120) + 2).archive_v2("tsa-p256", days(-60));
    court.case("old, archive v2 twice", &twice, 0, &kept).await;
    court.end();
}

/// What is in the way of memory is streamed: the digest is the same.
#[test]
fn an_archive_stamp_around_a_content_of_any_size_is_checked_piece_by_piece() {
    let Some(lab) = cartorio_testkit::lab::Lab::shared() else { return };
    let t = signed(lab, Form::Cades, "p256", days(-60)).stamp("tsa", days(-60) + 1).carrying(ALL, days(-60) + 2);
    let whole = t.archive_v2_around("tsa", days(-60) + 3);
    let opened = open(&mut std::io::Cursor::new(&whole), Limits::default()).unwrap().unwrap();
    let data = parse(&opened.signature).unwrap();
    let signer = data.signers().next().unwrap();
    let inside = Inside::read(signer);
    let stamp = inside.stamps.iter().find(|own| own.kind == StampKind::ArchiveV2).unwrap();
    let digest = |inside: Option<u64>| {
        let mut feed = |hasher: &mut Hasher| {
            let mut all = Vec::new();
            let mut reader = ContentReader::new(std::io::Cursor::new(&whole), &opened.content);
            std::io::Read::read_to_end(&mut reader, &mut all).map_err(|_| ())?;
            hasher.update(&all);
            Ok(())
        };
        let mut plain = |hash| Ok(Digest::of(hash, CONTENT));
        let content = Content { digest: &mut plain, feed: Some(&mut feed) };
        expected::<()>(signer, stamp, SHA256, content, inside).unwrap()
    };
    let value = imprint(&stamp.token).unwrap().value;
    let Expected::Digest(found) = digest(Some(opened.content_len())) else { panic!("it is known") };
    assert_eq!(found.as_bytes(), value);
    let Expected::Digest(beside) = digest(None) else { panic!("it is known") };
    assert_ne!(beside.as_bytes(), value, "the form with the content beside it is another");
}
