//! Certificates that are revoked or over, before or after what proves the signature.

use super::making::{ALL, FORMS, days, signed};
use super::{Court, FORGETFUL, NOT_REVOKED, OLD_LISTS, Want};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signer_who_is_revoked_or_over_is_judged_as_of_the_proof() {
    let Some(mut court) = Court::informed().await else { return };
    let lab = court.lab;
    for form in FORMS {
        let of = |signer: &str, at: i64| signed(lab, form, signer, days(at));
        let revoked = |proven| Want::open("REVOKED_NO_POE", "revoked", proven);
        court.case("revoked, no stamp", &of("revoked", -60), 0, &revoked(None)).await;
        court.case("revoked, and claims to be later", &of("revoked", -10), 0, &revoked(None)).await;
        let before = of("revoked", -60).stamp("tsa", days(-60) + 1);
        court.case("revoked after the stamp", &before, 0, &Want::passed(Some(days(-60) + 1))).await;
        let after = of("revoked", -60).stamp("tsa", days(-10));
        court.case("revoked before the stamp", &after, 0, &revoked(Some(days(-10)))).await;

        let over = |proven| Want::open("OUT_OF_BOUNDS_NO_POE", "expired", proven).saying("revocation_stale");
        let old = || of("expired", -300);
        court.case("over, no stamp", &old(), 0, &over(None).but_dss(FORGETFUL)).await;
        let kept = &["root", "issuing"];
        let before = old().stamp("tsa", days(-300) + 1).evidence(kept, days(-300) + 2);
        court.case("over after the stamp", &before, 0, &Want::passed(Some(days(-300) + 1))).await;
        let after = old().stamp("tsa", days(-150)).evidence(kept, days(-300) + 2);
        court.case("over before the stamp", &after, 0, &over(Some(days(-150))).but_dss(NOT_REVOKED)).await;

        let short = || old().stamp("tsa-short", days(-250)).evidence(ALL, days(-250) + 1);
        court.case("signer and authority over", &short(), 0, &over(None).but_dss(NOT_REVOKED)).await;
        let renewed = short().evidence(ALL, days(-120) + 1).archive("tsa", days(-120) + 2);
        court.case("renewed in time", &renewed, 0, &Want::passed(Some(days(-250)))).await;
        // Nobody asked about the authority again before that: it may have been revoked between its list and the renewal.
        let careless = short().archive("tsa", days(-120));
        court.case("renewed without a new list", &careless, 0, &over(Some(days(-120))).but_dss(OLD_LISTS)).await;
        let late = short().evidence(ALL, days(-90) + 1).archive("tsa", days(-90) + 2);
        court.case("renewed too late", &late, 0, &over(Some(days(-90) + 2)).but_dss(NOT_REVOKED)).await;
    }
    court.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_that_is_revoked_proves_what_was_covered_before() {
    let Some(mut court) = Court::informed().await else { return };
    let lab = court.lab;
    for form in FORMS {
        for tsa in ["tsa-compromised", "tsa-ceased"] {
            let of = |signer: &str, at: i64| signed(lab, form, signer, days(-60)).stamp(tsa, days(at));
            let revoked = |proven| Want::open("REVOKED_NO_POE", "revoked", proven);
            court.case(&format!("{tsa}, signer good"), &of("p256", -40), 0, &Want::passed(None)).await;
            court
                .case(
                    &format!("{tsa}, stamp too late"),
                    &of("p256", -10),
                    0,
                    &Want::passed(None).saying("time_stamp_untrusted"),
                )
                .await;
            let before = || of("revoked", -40).evidence(ALL, days(-40) + 1);
            court.case(&format!("{tsa}, signer revoked"), &before(), 0, &revoked(None)).await;
            let kept = before().archive("tsa", days(-22));
            court.case(&format!("{tsa}, archived in time"), &kept, 0, &Want::passed(Some(days(-40)))).await;
            let late = before().archive("tsa", days(-10));
            court.case(&format!("{tsa}, archived too late"), &late, 0, &revoked(Some(days(-10)))).await;
        }
    }
    court.end();
}

/// A CA between the root and the signer was revoked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_ca_is_judged_as_of_the_proof_too() {
    let Some(mut court) = Court::open().await else { return };
    let lab = court.lab;
    let lists = &["root", "retired", "act"];
    court.keep(lists, 0).await;
    for form in FORMS {
        let revoked = |proven| Want::open("REVOKED_CA_NO_POE", "revoked", proven);
        let proven = Some(days(-60) + 1);
        let b = || signed(lab, form, "orphan", days(-60));
        court.case("CA revoked, B-B", &b(), 0, &revoked(None)).await;
        let t = || b().stamp("tsa", days(-60) + 1);
        court.case("CA revoked, B-T", &t(), 0, &Want::passed(proven)).await;
        let lt = || t().evidence(lists, days(-60) + 2);
        court.case("CA revoked, B-LT", &lt(), 0, &Want::passed(proven)).await;
        court.case("CA revoked, B-LTA", &lt().archive("tsa", days(-50)), 0, &Want::passed(proven)).await;
        let late = b().stamp("tsa", days(-10)).evidence(lists, days(-10) + 1);
        court.case("CA revoked before the stamp", &late, 0, &revoked(Some(days(-10)))).await;
    }
    court.end();
}
