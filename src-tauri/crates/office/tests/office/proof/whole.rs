//! What is whole passes, and what is taken away or spoilt is missed.

use cartorio_core::Digest;

use super::making::{ALL, FORMS, Form, SHA256, days, last_bit, signed};
use super::{Court, FORGETFUL, NO_LISTS, NOT_REVOKED, OLD_LISTS, SOON, STAMPED, Want, ladder};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whole_signatures_pass_as_of_their_earliest_stamp() {
    let Some(mut court) = Court::open().await else { return };
    let lab = court.lab;
    let late = days(900);
    for form in FORMS {
        let [b, t, lt, lta] = ladder(lab, form, "p256");
        let open = Want::open("TRY_LATER", "no_revocation_evidence", None).but_dss(NO_LISTS);
        court.case("B-B without lists", &b, SOON, &open).await;
        court.case("B-T without lists", &t, SOON, &open).await;
        let own = court.case("B-LT", &lt, SOON, &Want::passed(STAMPED)).await;
        court.check("level", own.level.ends_with("B-LT"), &own.level);
        let own = court.case("B-LTA", &lta, SOON, &Want::passed(STAMPED)).await;
        court.check("level", own.level.ends_with("B-LTA"), &own.level);
        let over = Want::open("OUT_OF_BOUNDS_NO_POE", "expired", None).saying("revocation_stale").but_dss(OLD_LISTS);
        court.case("B-LT in 900 days, nothing new", &lt, late, &over).await;
        court.case("B-LTA in 900 days, nothing new", &lta, late, &over).await;
    }
    court.keep(ALL, days(-60) + 2).await;
    for form in FORMS {
        let [b, t, ..] = ladder(lab, form, "p256");
        court.case("B-B with lists", &b, SOON, &Want::passed(None)).await;
        let own = court.case("B-T with lists", &t, SOON, &Want::passed(STAMPED)).await;
        court.check("level", own.level.ends_with("B-T"), &own.level);
    }
    court.keep(ALL, late).await;
    for form in FORMS {
        let [b, t, lt, lta] = ladder(lab, form, "p256");
        let over = Want::open("OUT_OF_BOUNDS_NO_POE", "expired", None).saying("revocation_stale").but_dss(FORGETFUL);
        court.case("B-B in 900 days", &b, late, &over).await;
        // Of several lists that it is given, DSS takes the newest.
        court.case("B-T in 900 days", &t, late, &Want::passed(STAMPED).but_dss(FORGETFUL)).await;
        court.case("B-LT in 900 days", &lt, late, &Want::passed(STAMPED)).await;
        court.case("B-LTA in 900 days", &lta, late, &Want::passed(STAMPED)).await;
    }
    court.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_or_spoilt_piece_is_noticed() {
    let Some(mut court) = Court::open().await else { return };
    let lab = court.lab;
    for form in FORMS {
        let [b, t, _, lta] = ladder(lab, form, "p256");
        let some = |lists: &[&str]| t.clone().evidence(lists, days(-60) + 2).archive("tsa", days(-60) + 3);
        let open = Want::open("TRY_LATER", "no_revocation_evidence", STAMPED).but_dss(NO_LISTS);
        court.case("without the signer's list", &some(&["root", "act"]), SOON, &open).await;
        let own =
            court.case("without the authority's list", &some(&["root", "issuing"]), SOON, &Want::passed(None)).await;
        court.check("reasons", own.time_stamps[0].reasons == ["no_revocation_evidence"], &own.time_stamps);

        let spoilt = b.stamp_spoilt("tsa", days(-60) + 1, last_bit).evidence(ALL, days(-60) + 2);
        let own = court.case("a spoilt token", &spoilt, SOON, &Want::passed(None).saying("time_stamp_broken")).await;
        court.check("reasons", own.time_stamps[0].reasons == ["signature_mismatch"], &own.time_stamps);
        court.check("level", own.level.ends_with("B-B"), &own.level);
        let archived = spoilt.archive("tsa", days(-60) + 3);
        court
            .case(
                "a spoilt token, archived",
                &archived,
                SOON,
                &Want::passed(Some(days(-60) + 3)).saying("time_stamp_broken"),
            )
            .await;
        let other = t.clone().stamp_spoilt("tsa", days(-60) + 2, |_| ());
        court.case("a second stamp", &other.evidence(ALL, days(-60) + 2), SOON, &Want::passed(STAMPED)).await;

        match form {
            Form::Pades => {
                let turned = lta.clone().flip(b"MediaBox");
                let want = Want::failed("HASH_FAILURE", &["content_changed", "time_stamp_broken"], STAMPED);
                let own = court.case("a turned bit in the document", &turned, SOON, &want).await;
                let told = own.time_stamps.iter().any(|own| own.reasons == ["time_stamp_other_content"]);
                court.check("the document's stamp", told, &own.time_stamps);
            }
            Form::Cades => {
                let value = lab.certificate("tsa-short");
                let turned = lta.clone().flip(&value);
                let own = court
                    .case(
                        "a turned bit in what is archived",
                        &turned,
                        SOON,
                        &Want::passed(STAMPED).saying("time_stamp_broken"),
                    )
                    .await;
                court.check("level", own.level == "CAdES B-LT", &own.level);
                let hash = Digest::of(SHA256, &value);
                let turned = lta.clone().flip(hash.as_bytes());
                let own = court
                    .case(
                        "a turned bit in the index",
                        &turned,
                        SOON,
                        &Want::passed(STAMPED).saying("time_stamp_broken"),
                    )
                    .await;
                court.check("level", own.level == "CAdES B-LT", &own.level);
                let told = own.time_stamps.iter().any(|own| own.reasons == ["time_stamp_other_content"]);
                court.check("the archive's stamp", told, &own.time_stamps);
                let grown = lta.clone().values(vec![lab.certificate("client")], Vec::new());
                let own = court.case("a certificate added later", &grown, SOON, &Want::passed(STAMPED)).await;
                court.check("level", own.level == "CAdES B-LTA", &own.level);
            }
        }
    }
    court.end();
}

/// A stamp of somebody whom nobody trusts proves nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_that_is_not_trusted_proves_nothing() {
    let Some(mut court) = Court::open().await else { return };
    let lab = court.lab;
    let late = days(900);
    court.keep(&["root"], late).await;
    let lists = ["root", "issuing", "foreign"];
    let made = FORMS.map(|form| {
        let b = signed(lab, form, "p256", days(-60));
        b.stamp("tsa-foreign", days(-60) + 1).evidence(&lists, days(-60) + 2).archive("tsa-foreign", days(-60) + 3)
    });
    let over = Want::open("OUT_OF_BOUNDS_NO_POE", "expired", None).saying("revocation_stale");
    for piece in &made {
        let own = court.case("the stamp's root is unknown", piece, SOON, &Want::passed(None)).await;
        court.check("reasons", own.time_stamps[0].reasons == ["untrusted_root"], &own.time_stamps);
        court.case("the stamp's root is unknown, signer over", piece, late, &over.clone().but_dss(NOT_REVOKED)).await;
    }
    court.trust("foreign").await;
    court.keep(&["foreign"], late).await;
    for piece in &made {
        court.case("the stamp's root is known", piece, SOON, &Want::passed(STAMPED)).await;
        court.case("the stamp's root is known, signer over", piece, late, &Want::passed(STAMPED)).await;
    }
    court.end();
}

/// Nobody can have signed with a certificate that was not there yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stamp_from_before_the_certificate_fails_the_signature() {
    let Some(mut court) = Court::open().await else { return };
    let lab = court.lab;
    for form in FORMS {
        let of = |at: i64| signed(lab, form, "young", days(-60)).stamp("tsa", days(at)).evidence(ALL, days(-60) + 2);
        let want = Want::failed("NOT_YET_VALID", &["not_yet_valid", "claimed_time_after_proof"], Some(days(-200)));
        court.case("stamped before the certificate", &of(-200), SOON, &want).await;
        court.case("stamped in its time", &of(-60), SOON, &Want::passed(Some(days(-60)))).await;
    }
    court.end();
}
