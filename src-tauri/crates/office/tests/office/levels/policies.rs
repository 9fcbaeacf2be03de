//! ICP-Brasil's signature policies: what a validator would refuse is refused here, before the key is asked.

use cartorio_ades::create::attributes::SignedExtras;
use cartorio_ades::create::cades::{CadesRequest, prepare_detached};
use cartorio_core::Digest;
use cartorio_keys::SignatureAlgorithm;
use cartorio_office::dto::{FormatChoice, PolicyChoice, PolicyDesk, SignLevel, SignPreview, SignProfile};
use cartorio_testkit::lab::Person;
use serde_json::json;

use super::proven::SHA256;
use super::{Desk, of_format, page, profile, request};

fn with(policy: PolicyChoice, format: FormatChoice) -> SignProfile {
    SignProfile { policy, ..of_format(format, SignLevel::BB) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_that_is_not_icp_brasils_is_refused_before_the_key_is_asked() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let signer = desk.signer(Person::IcpRsa).await;
    let document = desk.document("a.pdf", &page()).await;
    for policy in [PolicyChoice::AdRb, PolicyChoice::AdRt, PolicyChoice::AdRc, PolicyChoice::AdRa] {
        for format in [FormatChoice::Pades, FormatChoice::CadesDetached, FormatChoice::CadesEnveloping] {
            let (code, record) = desk.refused(&signer, &document, with(policy, format)).await;
            assert!(code.starts_with("preflight_"), "{policy:?} {format:?}: {code}");
            let record = record.unwrap();
            assert!(!record.detail.contains_key("key_uses"), "the key was not asked: {record:?}");
            assert!(record.detail.contains_key("policy"), "{record:?}");
            assert_eq!(record.detail["lpa"], "absent", "{record:?}");
        }
    }
    if let Some(corpus) = crate::judges::corpus("icp-brasil/policies") {
        desk.host.dialogs.files.lock().unwrap().push_back(vec![corpus.join("LPA_PAdES.der")]);
        let _: PolicyDesk = desk.host.ask("policy_import", json!({})).await.unwrap();
        for (format, lpa) in [(FormatChoice::Pades, "stale 2025-09-10"), (FormatChoice::CadesDetached, "absent")] {
            let (_, record) = desk.refused(&signer, &document, with(PolicyChoice::AdRb, format)).await;
            assert_eq!(record.unwrap().detail["lpa"], lpa, "{format:?}");
        }
    }
    let (code, _) = desk.refused(&signer, &document, with(PolicyChoice::AdRb, FormatChoice::Pades)).await;
    assert_eq!(code, "preflight_not_icp_brasil");
    let request = request(&signer, std::slice::from_ref(&document), with(PolicyChoice::AdRb, FormatChoice::Pades));
    let preview: SignPreview = desk.host.ask("sign_preview", super::json_of(request)).await.unwrap();
    let blocks = |code: &str| preview.items[0].remarks.iter().any(|own| own.code == code && own.blocks);
    assert!(blocks("preflight_not_icp_brasil"), "{preview:?}");
    // What AD-RV refers to is elsewhere.
    for (policy, level) in
        [(PolicyChoice::AdRt, SignLevel::BT), (PolicyChoice::AdRv, SignLevel::BT), (PolicyChoice::AdRc, SignLevel::BLt)]
    {
        let asked = super::request(&signer, std::slice::from_ref(&document), with(policy, FormatChoice::CadesDetached));
        let preview: SignPreview = desk.host.ask("sign_preview", super::json_of(asked)).await.unwrap();
        assert_eq!(preview.items[0].level, level, "{policy:?}");
    }
    // There is no AD-RV for PDFs, and none at all for a bare value.
    for format in [FormatChoice::Pades, FormatChoice::Raw] {
        let request = super::request(&signer, std::slice::from_ref(&document), with(PolicyChoice::AdRv, format));
        let job = desk.host.ask::<cartorio_office::dto::JobSnapshot>("sign_start", super::json_of(request)).await;
        match job {
            Err(error) => assert_eq!((error.code.as_str(), format), ("invalid_field", FormatChoice::Raw)),
            Ok(started) => assert_eq!(super::code(&desk.host.ended(&started.id).await), "sign_no_policy"),
        }
    }
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pss_and_long_hashes_do_not_go_with_a_policy() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::IcpRsa).await;
    let document = desk.document("a.txt", b"a").await;
    for (algorithm, code) in [("RSASSA_PSS_SHA_256", "preflight_pss"), ("RSASSA_PKCS1_V1_5_SHA_384", "preflight_hash")]
    {
        let mut request =
            request(&signer, std::slice::from_ref(&document), with(PolicyChoice::AdRb, FormatChoice::CadesDetached));
        request.algorithm = Some(algorithm.to_owned());
        let preview: SignPreview = desk.host.ask("sign_preview", super::json_of(&request)).await.unwrap();
        let remarks = &preview.items[0].remarks;
        let named = |own: &&cartorio_office::dto::SignRemark| own.blocks && own.code.starts_with("preflight_");
        let codes: Vec<&str> = remarks.iter().filter(named).map(|own| own.code.as_str()).collect();
        assert!(codes.contains(&code), "{algorithm}: {codes:?}");
        let job = desk.host.sign(&request).await;
        assert!(super::code(&job).starts_with("preflight_"), "{job:?}");
    }
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_iti_come_in_by_content_or_not_at_all() {
    let Some(desk) = Desk::open().await else { return };
    let view: PolicyDesk = desk.host.ask("policy_desk", json!({})).await.unwrap();
    assert!(view.policies.iter().any(|own| own.choice == PolicyChoice::AdRb && own.family == "pades"), "{view:?}");
    assert!(view.policies.iter().all(|own| !own.artifact) && view.lists.is_empty());
    let bad = desk.host.folder("iti").join("PA_AD_RB.der");
    std::fs::write(&bad, b"nada disso").unwrap();
    desk.host.dialogs.files.lock().unwrap().push_back(vec![bad]);
    assert_eq!(desk.host.code("policy_import", json!({})).await, "policy_file");
    let Some(corpus) = crate::judges::corpus("icp-brasil/policies") else { return };
    let files: Vec<std::path::PathBuf> = walk(&corpus);
    assert!(!files.is_empty());
    let mut taken = 0;
    for file in files {
        desk.host.dialogs.files.lock().unwrap().push_back(vec![file]);
        taken += usize::from(desk.host.ask::<PolicyDesk>("policy_import", json!({})).await.is_ok());
    }
    let view: PolicyDesk = desk.host.ask("policy_desk", json!({})).await.unwrap();
    assert!(taken > 0 && view.policies.iter().any(|own| own.artifact), "{view:?}");
    let signer = desk.signer(Person::P256).await;
    let document = desk.document("a.txt", b"a").await;
    // Without a policy none of it stands in the way.
    desk.signed(&signer, &document, profile(SignLevel::BB)).await;
    desk.host.assert_sound().await;
}

/// Whoever signs a list of approved policies can take a policy's validity away, so it has to be somebody of ICP-Brasil's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_signed_by_a_stranger_is_refused() {
    let Some(desk) = Desk::open().await else { return };
    let Some(corpus) = crate::judges::corpus("icp-brasil/policies") else { return };
    let list = corpus.join("LPA_PAdES.der");
    let identity = desk.lab.person(Person::Rsa2048);
    let algorithm = SignatureAlgorithm::rsa_pkcs1(SHA256);
    let prepared = prepare_detached(CadesRequest {
        signer_certificate: &identity.certificate,
        chain: identity.chain.iter().map(Vec::as_slice).collect(),
        algorithm,
        content_digest: Digest::of(SHA256, &std::fs::read(&list).unwrap()),
        signing_time: time::OffsetDateTime::now_utc(),
        extras: SignedExtras::default(),
    })
    .unwrap();
    let value = desk.lab.key(Person::Rsa2048).sign_digest(algorithm, &prepared.tbs_digest()).unwrap();
    let signature = desk.host.folder("iti").join("LPA_PAdES.p7s");
    std::fs::write(&signature, prepared.finish(&value).unwrap()).unwrap();
    desk.host.dialogs.files.lock().unwrap().push_back(vec![list.clone(), signature]);
    // The office trusts the laboratory's root, and still it is none of ICP-Brasil's.
    let error = desk.host.refused("policy_import", json!({})).await;
    assert_eq!(
        (error.code.as_str(), error.params["reason"].as_str()),
        ("policy_file", "policy_list_signature_foreign")
    );
    let view: PolicyDesk = desk.host.ask("policy_desk", json!({})).await.unwrap();
    assert!(view.lists.is_empty(), "all of them or none: {view:?}");
    // This very list is known to the byte, and needs nobody's word.
    desk.host.dialogs.files.lock().unwrap().push_back(vec![list]);
    let view: PolicyDesk = desk.host.ask("policy_import", json!({})).await.unwrap();
    assert_eq!(view.lists.len(), 1);
    desk.host.assert_sound().await;
}

/// A list that nobody signed, and that says of itself that it is the newest, counts for nothing, however it comes to where lists are kept.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_nobody_signed_takes_no_others_place() {
    let Some(corpus) = crate::judges::corpus("icp-brasil/policies") else { return };
    let host = crate::host::Host::demo().await;
    let known = corpus.join("LPA_PAdES.der");
    let mut bytes = std::fs::read(&known).unwrap();
    let next = bytes.windows(15).rposition(|at| at == b"20250910000000Z").unwrap();
    bytes[next..next + 4].copy_from_slice(b"2031");
    let newer = host.folder("iti").join("LPA_PAdES.der");
    std::fs::write(&newer, bytes).unwrap();
    let import = async |path: &std::path::Path| {
        host.dialogs.files.lock().unwrap().push_back(vec![path.to_owned()]);
        host.ask::<PolicyDesk>("policy_import", json!({})).await
    };
    let refused = |error: &cartorio_core::WireError| {
        (error.code.clone(), error.params.get("reason").cloned().unwrap_or_default())
    };
    let unsigned = ("policy_file".to_owned(), "policy_list_unsigned".to_owned());
    assert_eq!(refused(&import(&newer).await.unwrap_err()), unsigned);
    let view = import(&known).await.unwrap();
    let told = |view: &PolicyDesk| view.lists.iter().map(|own| (own.sha256.clone(), own.stale)).collect::<Vec<_>>();
    // Its next one was due long ago, which is told and refuses nothing.
    let own = crate::host::sha256(&known);
    assert_eq!(told(&view), [(own.clone(), true)]);
    assert_eq!(refused(&import(&newer).await.unwrap_err()), unsigned, "nor after another one");

    // Put there by hand, under the name that it would have.
    let mut folders = vec![host.home().to_owned()];
    let kept = loop {
        let folder = folders.pop().expect("what was taken in is kept");
        if folder.join(&own).is_file() {
            break folder;
        }
        folders.extend(folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()));
    };
    std::fs::copy(&newer, kept.join(crate::host::sha256(&newer))).unwrap();
    let view: PolicyDesk = host.ask("policy_desk", json!({})).await.unwrap();
    assert_eq!(told(&view), [(own.clone(), true)]);
    // And one whose bytes are not those of its name is not there at all.
    std::fs::copy(&newer, kept.join(&own)).unwrap();
    let view: PolicyDesk = host.ask("policy_desk", json!({})).await.unwrap();
    assert_eq!(told(&view), []);
    host.assert_sound().await;
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in folder.read_dir().unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files.retain(|path| path.extension().is_some_and(|end| end == "der"));
    files.sort();
    files
}
