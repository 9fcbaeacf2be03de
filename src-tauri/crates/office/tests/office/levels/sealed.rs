//! An archive time stamp of RFC 5126 covers the lists of the whole signature: what that leaves to the other signers.

use cartorio_ades::create::upgrade::icp::{
    archive_timestamp_v2, archive_v2_input, certificate_values, revocation_values,
};
use cartorio_ades::create::upgrade::{self, Attribute};
use cartorio_ades::validate::cms::parse;
use cartorio_office::dto::{Integrity, SignLevel, VerifyResult};
use cartorio_testkit::lab::Person;

use super::Desk;
use super::proven::{CONTENT, SHA256, Then, beside, days_ago};

/// Two signers with their time stamps; the first has an archive time stamp of RFC 5126, the second what `carried` says.
fn sealed(then: &Then<'_>, carried: &[Attribute]) -> Vec<u8> {
    let (first, mut second) = (then.stamped(Person::Rsa2048), then.stamped(Person::P256));
    for attribute in carried {
        second = upgrade::add_unsigned(&second, 0, attribute).unwrap();
    }
    let value = upgrade::signature_value(&first, 0).unwrap();
    let both = upgrade::cosign(&first, &second).unwrap();
    let place = upgrade::signer_with(&both, &value).unwrap();
    let imprint = archive_v2_input(&both, place, SHA256, &mut &CONTENT[..]).unwrap();
    let later = Then { lab: then.lab, at: then.at + time::Duration::minutes(1) };
    upgrade::add_unsigned(&both, place, &archive_timestamp_v2(&later.token(imprint))).unwrap()
}

/// Certificates and revocation data in the lists of the whole signature.
fn lists(cms: &[u8]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let data = parse(cms).unwrap();
    (data.certificates().map(|own| own.der.to_vec()).collect(), data.revocation().map(|own| own.der.to_vec()).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_goes_into_the_signers_own_attributes_where_another_one_seals_the_lists() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let then = Then { lab: desk.lab, at: days_ago(1) };
    // Something is there, and not enough.
    let (root, list) = (desk.lab.certificate("root"), then.lists().remove(0));
    let carried = [certificate_values(&[&root]).unwrap(), revocation_values(&[&list], &[]).unwrap()];
    let cms = sealed(&then, &carried);
    let (file, content) = beside(&desk, "valores", &cms);
    let higher = desk.extended(&desk.host.pick_one(&file).await, SignLevel::BLta).await;
    assert_eq!((higher.receipt.level, higher.receipt.time_stamps.len()), (SignLevel::BLta, 2));
    assert!(!desk.record("document_extended").await.detail.contains_key("unproven"));
    let bytes = std::fs::read(&higher.path).unwrap();
    assert_eq!(lists(&bytes), lists(&cms), "what is sealed is as it was");
    let report = desk.host.verify_path(&higher.path).await;
    let found: Vec<_> = report.signatures.iter().map(|own| (own.result, own.level.as_str())).collect();
    assert_eq!(found, [(VerifyResult::Passed, "CAdES B-LTA"); 2], "{report:#?}");
    desk.dss(&higher.path, Some(&content), None, true);

    // And again, when both are archives.
    let again = desk.extended(&higher.document, SignLevel::BLta).await;
    let report = desk.host.verify_path(&again.path).await;
    assert!(report.signatures.iter().all(|own| own.result == VerifyResult::Passed), "{report:#?}");
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_baseline_signer_stays_where_another_one_seals_the_lists() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let then = Then { lab: desk.lab, at: days_ago(1) };
    let cms = sealed(&then, &[]);
    let (file, _) = beside(&desk, "linha-de-base", &cms);
    let higher = desk.extended(&desk.host.pick_one(&file).await, SignLevel::BLta).await;
    assert_eq!((higher.receipt.level, higher.receipt.time_stamps.len()), (SignLevel::BLta, 1));
    let note = desk.record("document_extended").await.detail["unproven"].clone();
    assert_eq!(note, "Bruno P-256 (upgrade_sealed_by_other)");
    let bytes = std::fs::read(&higher.path).unwrap();
    assert_eq!(lists(&bytes), lists(&cms), "what is sealed is as it was");
    let report = desk.host.verify_path(&higher.path).await;
    for own in &report.signatures {
        let is_archived = own.signer.as_ref().unwrap().name.starts_with("Ana");
        let level = if is_archived { "CAdES B-LTA" } else { "CAdES B-T" };
        // Nobody knows how the other one stands, and nothing is broken.
        assert_eq!((own.level.as_str(), own.integrity), (level, Integrity::Ok), "{report:#?}");
        assert_eq!(own.result == VerifyResult::Passed, is_archived, "{report:#?}");
    }
    desk.host.assert_sound().await;
}
