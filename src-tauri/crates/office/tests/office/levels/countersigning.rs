//! A countersignature is over one signature of several, and over the one that was chosen (RFC 5652 §11.4).

use std::path::Path;
use std::process::Command;

use cartorio_ades::create::upgrade;
use cartorio_ades::validate::cms::{countersignature, parse};
use cartorio_ades::validate::inside::Inside;
use cartorio_office::dto::{
    DocumentInfo, FormatChoice, IdentitySummary, Integrity, SignLevel, SignPreview, SignProfile, SignerRole,
    VerifyResult,
};
use cartorio_testkit::lab::Person;

use super::{Desk, of_format, profile, request};
use crate::host::path_of;

fn countersign(signer: Option<u32>) -> SignProfile {
    SignProfile { role: SignerRole::Countersign, countersigned: signer, ..profile(SignLevel::BB) }
}

async fn preview(desk: &Desk, own: &IdentitySummary, document: &DocumentInfo, profile: SignProfile) -> SignPreview {
    let request = request(own, std::slice::from_ref(document), profile);
    desk.host.ask("sign_preview", super::json_of(request)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_countersignature_is_over_the_signer_who_was_chosen() {
    let Some(desk) = Desk::open().await else { return };
    let text = desk.document("ata.txt", b"Ata.\n").await;
    let first = desk.signer(Person::P256).await;
    let mut three = desk.signed(&first, &text, of_format(FormatChoice::CadesDetached, SignLevel::BB)).await.document;
    for person in [Person::P384, Person::P521] {
        let cosign = SignProfile { role: SignerRole::Cosign, ..profile(SignLevel::BB) };
        three = desk.signed(&desk.signer(person).await, &three, cosign).await.document;
    }
    let bytes = std::fs::read(path_of(&three)).unwrap();
    let values: Vec<Vec<u8>> = (0..3).map(|place| upgrade::signature_value(&bytes, place).unwrap()).collect();
    let own = desk.signer(Person::Rsa2048).await;

    // Nobody chose: the key is not asked, and the signers are told.
    let (code, record) = desk.refused(&own, &three, countersign(None)).await;
    assert_eq!((code.as_str(), record.unwrap().detail.get("key_uses")), ("countersign_choose", None));
    let (code, record) = desk.refused(&own, &three, countersign(Some(3))).await;
    assert_eq!((code.as_str(), record.unwrap().detail.get("key_uses")), ("upgrade_no_such_signer", None));
    let item = preview(&desk, &own, &three, countersign(None)).await.items.remove(0);
    let problem = item.problem.unwrap();
    assert_eq!((problem.code.as_str(), problem.params["count"].as_str()), ("countersign_choose", "3"));
    let names: Vec<String> = item.signers.iter().map(|own| own.name.clone().unwrap()).collect();
    assert_eq!(item.signers.iter().map(|own| own.index).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(names.iter().all(|name| problem.params["signers"].contains(name)), "{problem:?}");
    let report = desk.host.verify(&three.id).await;
    let told: Vec<&str> = report.signatures.iter().map(|own| own.signer.as_ref().unwrap().name.as_str()).collect();
    assert_eq!(told, names, "in the order of the verdicts");
    assert_eq!(
        preview(&desk, &own, &three, countersign(Some(1))).await.items[0].problem.as_ref().map(|own| &own.code),
        None
    );

    for (chosen, name) in (0_u32..).zip(&names) {
        let signed = desk.signed(&own, &three, countersign(Some(chosen))).await;
        let bytes = std::fs::read(&signed.path).unwrap();
        let value = &values[chosen as usize];
        let data = parse(&bytes).unwrap();
        let mut found = 0;
        for view in data.signers() {
            let counters = Inside::read(view).counter_signatures;
            assert_eq!(counters.len(), usize::from(view.signature_value() == value), "{name}");
            for info in counters {
                let counter = countersignature(&data, &info).unwrap();
                let view = counter.signers().next().unwrap();
                assert!(by_openssl(&desk, view.signed_attributes().unwrap(), view.signature_value(), value), "{name}");
                assert!(
                    !by_openssl(&desk, view.signed_attributes().unwrap(), view.signature_value(), b"outro"),
                    "{name}"
                );
                found += 1;
            }
        }
        assert_eq!(found, 1);
        let report = desk.host.verify(&signed.document.id).await;
        for own in &report.signatures {
            let is_it = own.signer.as_ref().is_some_and(|own| own.name == *name);
            let counters: Vec<Integrity> = own.counter_signatures.iter().map(|own| own.integrity).collect();
            assert_eq!(counters, vec![Integrity::Ok; usize::from(is_it)], "{report:#?}");
        }
        if let Some(found) = desk.dss(&signed.path, Some(&path_of(&text)), None, false) {
            assert_eq!((found.len(), found.iter().filter(|own| own.counter_signature).count()), (4, 1), "{found:#?}");
        }
        still_verifies(&desk, &signed.path, &path_of(&text));
    }
    desk.host.assert_sound().await;
}

/// What an archive is worth without anybody to ask shows in another office, which has nothing but the root.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_evidence_of_a_countersigner_goes_into_the_archive() {
    let (Some(desk), Some(other)) = (Desk::open().await, Desk::open().await) else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let text = desk.document("ata.txt", b"Ata.\n").await;
    let first = desk.signer(Person::P256).await;
    let signed = desk.signed(&first, &text, of_format(FormatChoice::CadesDetached, SignLevel::BT)).await;
    // One who is revoked signed when nobody here knew of it, and nobody was asked.
    let unasked = SignProfile { offline: true, ..countersign(None) };
    let by_revoked = desk.signed(&desk.signer(Person::Revoked).await, &signed.document, unasked).await;
    // An identity of the office itself, whose authority publishes here alone, would not do: both are the laboratory's.
    let countered = desk.signed(&desk.signer(Person::Rsa2048).await, &signed.document, countersign(None)).await;
    for level in [SignLevel::BLt, SignLevel::BLta] {
        let higher = desk.extended(&countered.document, level).await;
        assert!(!desk.record("document_extended").await.detail.contains_key("unproven"), "{level:?}");
        let report = other.host.verify_path(&higher.path).await;
        assert_eq!(report.result, VerifyResult::Passed, "{level:?}: {report:#?}");
        let [own] = report.signatures.as_slice() else { panic!("{report:#?}") };
        assert_eq!(own.counter_signatures.len(), 1);
        if let Some(found) = desk.dss(&higher.path, Some(&path_of(&text)), None, true) {
            assert_eq!(found.len(), 2, "{found:#?}");
        }
    }
    // A countersigner who was revoked is told, and keeps nobody down.
    let countered = by_revoked;
    let higher = desk.extended(&countered.document, SignLevel::BLta).await;
    assert_eq!(higher.receipt.level, SignLevel::BLta);
    assert_eq!(desk.record("document_extended").await.detail["unproven"], "Elza Revogada (revoked)");
    let report = other.host.verify_path(&higher.path).await;
    assert_eq!(report.signatures[0].result, VerifyResult::Passed, "{report:#?}");
    assert_ne!(report.result, VerifyResult::Passed, "the worst decides");
    desk.host.assert_sound().await;
}

/// Whether OpenSSL finds the value to be of the laboratory's RSA key over these attributes, and the attributes to have the digest of
/// `content`.
fn by_openssl(desk: &Desk, attributes: &[u8], value: &[u8], content: &[u8]) -> bool {
    let folder = desk.host.folder("juizes");
    // What is signed has the tag of a SET (RFC 5652 §5.4).
    std::fs::write(folder.join("atributos"), [&[0x31], &attributes[1..]].concat()).unwrap();
    std::fs::write(folder.join("valor"), value).unwrap();
    std::fs::write(folder.join("conteudo"), content).unwrap();
    let run = |words: &[&str]| Command::new("openssl").args(words).current_dir(&folder).output().unwrap();
    let lab = |file: &str| desk.lab.path(file).to_str().unwrap().to_owned();
    let public = run(&["x509", "-in", &lab("rsa2048.pem"), "-pubkey", "-noout"]);
    std::fs::write(folder.join("chave.pem"), public.stdout).unwrap();
    let verified = run(&["dgst", "-sha256", "-verify", "chave.pem", "-signature", "valor", "atributos"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    let digest = run(&["dgst", "-sha256", "-binary", "conteudo"]).stdout;
    attributes.windows(digest.len()).any(|window| window == digest)
}

/// OpenSSL finds the three signatures good.
fn still_verifies(desk: &Desk, signed: &Path, content: &Path) {
    let verified = Command::new("openssl")
        .args(["cms", "-verify", "-binary", "-inform", "DER", "-cades", "-purpose", "any", "-in"])
        .arg(signed)
        .arg("-content")
        .arg(content)
        .arg("-CAfile")
        .arg(desk.lab.path("root.pem"))
        .args(["-out", "/dev/null"])
        .output()
        .unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}
