//! What no longer holds: an archive that hides a revocation, an authority whose certificate has ended.

use std::process::Command;

use cartorio_ades::create::timestamp::Query;
use cartorio_ades::create::upgrade::{self, Values};
use cartorio_core::Digest;
use cartorio_office::dto::{JobSnapshot, SignLevel, TrustImport, VerifyResult};
use cartorio_pki::{Certificate, Crl};
use cartorio_testkit::lab::Person;
use serde_json::json;
use time::{Duration, OffsetDateTime};

use super::proven::{CONTENT, SHA256, Then, beside, closed, days_ago, judged};
use super::{Desk, code, done};

/// A list of Elza's CA on which nobody is, of an hour before `at` and good for a day after it.
fn empty_list(desk: &Desk, at: OffsetDateTime) -> Vec<u8> {
    list_of(desk, at, "")
}

/// The same, of whom OpenSSL's table of certificates names.
pub(super) fn list_of(desk: &Desk, at: OffsetDateTime, table: &str) -> Vec<u8> {
    let folder = desk.host.folder("lista");
    std::fs::write(folder.join("nada.txt"), table).unwrap();
    let words = "[ca]\ndefault_ca=own\n[own]\ndatabase=nada.txt\ndefault_md=sha256\ndefault_crl_days=1\n";
    std::fs::write(folder.join("nada.cnf"), words).unwrap();
    let format = time::macros::format_description!("[year repr:last_two][month][day][hour][minute][second]Z");
    let told = |at: OffsetDateTime| at.format(&format).unwrap();
    let (last, next) = (told(at - Duration::hours(1)), told(at + Duration::days(1)));
    let lab = |file: &str| desk.lab.path(file).to_str().unwrap().to_owned();
    let (key, certificate) = (lab("issuing.key"), lab("issuing.pem"));
    let files = ["-keyfile", &key, "-cert", &certificate, "-out", "nada.pem"];
    let times = ["-crl_lastupdate", &last, "-crl_nextupdate", &next];
    for words in [
        [&["ca", "-gencrl", "-config", "nada.cnf"][..], &files, &times].concat(),
        vec!["crl", "-in", "nada.pem", "-outform", "DER", "-out", "nada.crl"],
    ] {
        let made = Command::new("openssl").args(&words).current_dir(&folder).output().unwrap();
        assert!(made.status.success(), "{words:?}: {}", String::from_utf8_lossy(&made.stderr));
    }
    std::fs::read(folder.join("nada.crl")).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_archive_that_hides_a_revocation_known_here_is_not_renewed() {
    let Some(desk) = closed("issuing").await else { return };
    let elza = Certificate::from_der(&desk.lab.certificate("revoked")).unwrap();
    let known = desk.host.folder("lista").join("issuing.crl");
    std::fs::write(&known, desk.lab.crl("issuing")).unwrap();
    let list = Crl::from_der(&std::fs::read(&known).unwrap()).unwrap();
    let revoked = list.revoked.iter().find(|own| own.serial == elza.serial).unwrap().at;

    // The signature is of a minute after the revocation, and what was put beside it is of an hour before.
    let after = revoked + Duration::minutes(1);
    let then = Then { lab: desk.lab, at: after };
    let (lists, hiding) = (then.lists(), empty_list(&desk, revoked));
    let certificates = then.certificates(Person::Revoked);
    let values = Values {
        certificates: certificates.iter().map(Vec::as_slice).collect(),
        // Without that of the signer's CA as it was then.
        crls: vec![&lists[0], &hiding, &lists[2]],
        ocsps: Vec::new(),
    };
    let cms = upgrade::add_values(&then.stamped(Person::Revoked), &values).unwrap();
    let input = upgrade::archive_input(&cms, 0, SHA256, &Digest::of(SHA256, CONTENT)).unwrap();
    let token = Then { lab: desk.lab, at: after + Duration::minutes(1) }.token(input.imprint.clone());
    let cms = upgrade::add_archive_timestamp(&cms, 0, &input, &token).unwrap();
    let (file, _) = beside(&desk, "oculta", &cms);

    // By itself it is good, and nobody here can know better.
    let renewed = done(desk.extend(&desk.host.pick_one(&file).await, SignLevel::BLta).await);
    assert_eq!(judged(&desk, &renewed.path).await, [(VerifyResult::Passed, "B-LTA".to_owned())]);
    // Who knows of the revocation is not told that it is.
    let evidence = desk.host.pick_one(&known).await;
    let document = desk.host.pick_one(&file).await;
    let request = json!({
        "documents": [document.id], "level": "b-lta", "output_folder": null, "evidence": [evidence.id],
    });
    let started: JobSnapshot = desk.host.ask("extend_start", request).await.unwrap();
    let job = desk.host.ended(&started.id).await;
    assert_eq!(code(&job), "evidence_revoked", "{job:#?}");
    // Nor does validation say so, once the list is kept here.
    for path in [desk.lab.path("issuing.pem"), known] {
        desk.host.dialogs.files.lock().unwrap().push_back(vec![path]);
        let taken: Option<TrustImport> = desk.host.ask("trust_import", json!({})).await.unwrap();
        let refused = taken.unwrap().refused;
        assert!(refused.is_empty(), "{refused:?}");
    }
    for path in [&file, &renewed.path] {
        let report = desk.host.verify_path(path).await;
        let own = report.signatures.iter().find(|own| !own.level.contains("timestamp")).unwrap();
        assert_eq!(own.result, VerifyResult::Indeterminate, "{:?}", own.reasons);
        assert!(own.reasons.iter().any(|reason| reason == "revoked"), "{:?}", own.reasons);
    }
    desk.host.assert_sound().await;
}

/// A time stamp of an authority whose certificate ended a hundred days ago.
fn ended(then: &Then<'_>, imprint: Digest) -> Vec<u8> {
    let query = Query::new(imprint, [9; 16], None);
    let (front, _) = then.lab.urls().tsa.rsplit_once('/').unwrap();
    query.accept(&then.lab.stamp_at(&format!("{front}/tsa-short"), &query.der(), &then.clock())).unwrap().der
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_stamp_counts_until_its_authority_ends_unless_a_later_one_covers_it() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let then = Then { lab: desk.lab, at: days_ago(200) };
    let bare = then.signed(Person::P256);
    let value = upgrade::signature_value(&bare, 0).unwrap();
    let token = ended(&then, Digest::of(SHA256, &value));
    let stamped = upgrade::add_unsigned(&bare, 0, &upgrade::signature_timestamp(&bare, 0, &token).unwrap()).unwrap();

    // Alone it proves nothing any more: it gets another one.
    let (file, _) = beside(&desk, "so", &stamped);
    let document = desk.host.pick_one(&file).await;
    for level in [SignLevel::BT, SignLevel::BLt] {
        let higher = desk.extended(&document, level).await;
        assert_eq!((higher.receipt.level, higher.receipt.time_stamps.len()), (level, 1), "{level:?}");
        if level == SignLevel::BLt {
            assert_eq!(judged(&desk, &higher.path).await, [(VerifyResult::Passed, "B-LT".to_owned())]);
        }
    }

    // Under an archive time stamp of when it counted it still does.
    let (certificates, lists) = (then.certificates(Person::P256), then.lists());
    let short = desk.lab.certificate("tsa-short");
    let values = Values {
        certificates: certificates.iter().chain([&short]).map(Vec::as_slice).collect(),
        crls: lists.iter().map(Vec::as_slice).collect(),
        ocsps: Vec::new(),
    };
    let covered = |days: i64| {
        let cms = upgrade::add_values(&stamped, &values).unwrap();
        let input = upgrade::archive_input(&cms, 0, SHA256, &Digest::of(SHA256, CONTENT)).unwrap();
        let token = Then { lab: desk.lab, at: days_ago(days) }.token(input.imprint.clone());
        upgrade::add_archive_timestamp(&cms, 0, &input, &token).unwrap()
    };
    for (name, days, counts) in [("a-tempo", 199, true), ("tarde", 50, false)] {
        let (file, _) = beside(&desk, name, &covered(days));
        let job = desk.extend(&desk.host.pick_one(&file).await, SignLevel::BT).await;
        if counts {
            assert_eq!(code(&job), "level_already_there", "{name}");
        } else {
            assert_eq!(done(job).receipt.time_stamps.len(), 1, "{name}");
        }
    }
    desk.host.assert_sound().await;
}
