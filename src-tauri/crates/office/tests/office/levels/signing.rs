//! Every form at every level, and what stands in the trail about it.

use cartorio_office::dto::{FormatChoice, SignFormat, SignLevel, SignProfile, SignerRole};
use cartorio_testkit::judges::{self, DssJob};
use cartorio_testkit::lab::Person;

use super::{Desk, level_of, of_format, page, profile, sample};
use crate::host::sha256;

const LEVELS: [SignLevel; 4] = [SignLevel::BB, SignLevel::BT, SignLevel::BLt, SignLevel::BLta];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_at_every_level_passes_the_judges() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    for (person, form) in [
        (Person::Rsa2048, FormatChoice::Pades),
        (Person::P256, FormatChoice::CadesDetached),
        (Person::P384, FormatChoice::CadesEnveloping),
    ] {
        let signer = desk.signer(person).await;
        for level in LEVELS {
            let name = format!("{form:?}-{}", level_of(level));
            let document = match form {
                FormatChoice::Pades => desk.document(&format!("{name}.pdf"), &sample("procuracao-publica.pdf")).await,
                _ => desk.document(&format!("{name}.txt"), b"Ata notarial de ensaio.\n").await,
            };
            let path = crate::host::path_of(&document);
            let before = sha256(&path);
            let signed = desk.signed(&signer, &document, of_format(form, level)).await;
            assert_eq!(sha256(&path), before, "no document is touched");
            match signed.receipt.format {
                SignFormat::Pades => desk.judge(&signed.path, None, "PAdES", level),
                SignFormat::CadesDetached => desk.judge(&signed.path, Some(&path), "CAdES", level),
                SignFormat::CadesEnveloping => {
                    desk.judge(&signed.path, None, "CAdES", level);
                    assert!(
                        std::fs::read(&signed.path).unwrap().windows(24).any(|at| at == b"Ata notarial de ensaio.\n")
                    );
                }
                SignFormat::Raw => panic!("nobody asked for that"),
            }
            // What the window is told, and what is on record.
            let stamps = match level {
                SignLevel::BB => 0,
                SignLevel::BT | SignLevel::BLt => 1,
                SignLevel::BLta => 2,
            };
            let receipt = &signed.receipt;
            assert_eq!((receipt.level, receipt.time_stamps.len(), receipt.key_uses), (level, stamps, 1), "{name}");
            let record = desk.record("document_signed").await;
            assert_eq!((record.phase.as_str(), record.seq), ("succeeded", receipt.audit_seq));
            assert_eq!(record.detail["level_reached"], format!("b-{}", level_of(level).to_lowercase()));
            assert_eq!(record.detail.get("time_stamps").map_or(0, |text| text.split(' ').count()), stamps);
            assert_eq!(record.detail["output_sha256"], sha256(&signed.path));
            assert!(!record.detail.contains_key("lowered") && !record.detail.contains_key("key_uses"), "{record:?}");
        }
    }
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_that_is_too_small_grows_on_record() {
    let Some(desk) = Desk::open().await else { return };
    // certomancer's token holds the whole chain, and a stranger's authority may send any amount more.
    let server = super::refusing::padded_authority(desk.lab, 24_000);
    desk.authority("ACT pesada", &server.endpoint()).await;
    let signer = desk.signer(Person::Rsa2048).await;
    let document = desk.document("cresce.pdf", &sample("procuracao-publica.pdf")).await;
    let signed = desk.signed(&signer, &document, profile(SignLevel::BT)).await;
    assert_eq!(signed.receipt.key_uses, 2, "the key was asked twice, and the receipt says so");
    assert_eq!(signed.receipt.time_stamps.len(), 1);
    let record = desk.record("document_signed").await;
    assert_eq!((record.detail["key_uses"].as_str(), record.detail["time_stamps_thrown_away"].as_str()), ("2", "1"));
    desk.judge(&signed.path, None, "PAdES", SignLevel::BT);
    // A time stamp over the document needs no key, and one that had no room was asked for all the same.
    let bare = desk.signed(&signer, &desk.document("so.pdf", &page()).await, profile(SignLevel::BB)).await;
    desk.extended(&bare.document, SignLevel::BT).await;
    assert_eq!(desk.record("document_extended").await.detail["time_stamps_thrown_away"], "1");

    // The next document of the same batch has the room from the start.
    let two = [desk.document("um.pdf", &page()).await, desk.document("dois.pdf", &page()).await];
    let job = desk.sign(&signer, &two, profile(SignLevel::BT)).await;
    let uses: Vec<u32> = job.items.iter().map(|item| item.receipt.as_ref().unwrap().key_uses).collect();
    assert_eq!(uses, [2, 1]);
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_p7s_takes_further_signers_and_countersigners() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let (first, second) = (desk.signer(Person::Rsa2048).await, desk.signer(Person::P256).await);
    for form in [FormatChoice::CadesDetached, FormatChoice::CadesEnveloping] {
        let document = desk.document(&format!("contrato-{form:?}.txt"), b"Contrato.\n").await;
        let content = (form == FormatChoice::CadesDetached).then(|| crate::host::path_of(&document));
        let signed = desk.signed(&first, &document, of_format(form, SignLevel::BT)).await;
        let as_role = |role, level| SignProfile { role, ..profile(level) };

        let both = desk.signed(&second, &signed.document, as_role(SignerRole::Cosign, SignLevel::BLta)).await;
        assert!(both.document.name.contains("coassinado"), "{}", both.document.name);
        assert_eq!(both.receipt.level, SignLevel::BLta);
        if let Some(found) = desk.dss(&both.path, content.as_deref(), None, false) {
            assert_eq!(found.len(), 2, "{found:#?}");
            let levels: Vec<&str> = found.iter().map(|own| own.level.as_str()).collect();
            assert!(levels.contains(&"CAdES-BASELINE-LTA"), "{levels:?}");
        }

        let countered = desk.signed(&second, &signed.document, as_role(SignerRole::Countersign, SignLevel::BB)).await;
        assert!(countered.document.name.contains("contra-assinado"), "{}", countered.document.name);
        if let Some(found) = desk.dss(&countered.path, content.as_deref(), None, false) {
            assert_eq!(found.iter().filter(|own| own.counter_signature).count(), 1, "{found:#?}");
            assert_eq!(found.len(), 2);
        }
        let beside = desk.host.pick_one(&crate::host::path_of(&document)).await;
        let with = serde_json::json!({"document": both.document.id, "content": content.as_ref().map(|_| beside.id)});
        let report: cartorio_office::dto::VerifyReport = desk.host.ask("verify", with).await.unwrap();
        assert_eq!(report.signatures.len(), 2, "{report:#?}");
    }
    // Only a .p7s can be signed so, and a counter-signature has no level of its own.
    let pdf = desk.document("a.pdf", &page()).await;
    let role = SignProfile { role: SignerRole::Cosign, ..profile(SignLevel::BB) };
    assert_eq!(desk.refused(&first, &pdf, role).await.0, "sign_format_not_fitting");
    let role = SignProfile { role: SignerRole::Countersign, ..profile(SignLevel::BT) };
    let request = super::request(&first, &[pdf], role);
    assert_eq!(desk.host.code("sign_start", super::json_of(request)).await, "invalid_field");
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attributes_of_a_p7s_are_what_somebody_chose() {
    use cartorio_office::dto::{CommitmentChoice, SignerLocationView};
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::P256).await;
    let document = desk.document("oferta.txt", b"Oferta.\n").await;
    let with = SignProfile {
        commitment: Some(CommitmentChoice::Approval),
        mime_type: Some("text/plain".into()),
        content_hint: Some("Oferta de compra".into()),
        signer_location: Some(SignerLocationView {
            country: Some("Brasil".into()),
            locality: Some("São Paulo".into()),
            postal_address: vec!["Rua Um, 1".into()],
        }),
        ..profile(SignLevel::BB)
    };
    let signed = desk.signed(&signer, &document, with).await;
    desk.judge(&signed.path, Some(&crate::host::path_of(&document)), "CAdES", SignLevel::BB);
    let text = std::process::Command::new("openssl")
        .args(["asn1parse", "-inform", "DER", "-in"])
        .arg(&signed.path)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    for wanted in ["id-smime-aa-ets-commitmentType", "id-smime-aa-ets-signerLocation", "id-smime-aa-contentHint"] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    assert!(text.contains("text/plain") && text.contains("Oferta de compra"), "{text}");
    // No judge is needed for what is malformed.
    let bad = SignProfile { mime_type: Some("texto".into()), ..profile(SignLevel::BB) };
    let request = super::request(&signer, &[document], bad);
    assert_eq!(desk.host.code("sign_start", super::json_of(request)).await, "invalid_field");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bare_value_and_its_receipt_are_what_openssl_checks() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::Rsa2048).await;
    let document = desk.document("backup.tar", b"conteudo").await;
    let signed = desk.signed(&signer, &document, of_format(FormatChoice::Raw, SignLevel::BB)).await;
    assert_eq!(signed.receipt.algorithm, "RSASSA_PSS_SHA_256");
    assert_eq!((signed.document.name.as_str(), signed.receipt.format), ("backup.tar.sig", SignFormat::Raw));
    let folder = desk.host.folder("juizes");
    let key = folder.join("publica.pem");
    let read = |args: &[&str]| std::process::Command::new("openssl").args(args).current_dir(&folder).output().unwrap();
    let certificate = desk.lab.path("rsa2048.pem");
    let found = read(&["x509", "-in", certificate.to_str().unwrap(), "-noout", "-pubkey"]);
    std::fs::write(&key, found.stdout).unwrap();
    let (value, content) = (signed.path.to_str().unwrap(), crate::host::path_of(&document));
    let check = read(&[
        "dgst",
        "-sha256",
        "-verify",
        "publica.pem",
        "-sigopt",
        "rsa_padding_mode:pss",
        "-signature",
        value,
        content.to_str().unwrap(),
    ]);
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    let levelled = super::request(&signer, &[document], of_format(FormatChoice::Raw, SignLevel::BT));
    assert_eq!(desk.host.code("sign_start", super::json_of(levelled)).await, "invalid_field");
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_follow_the_pattern_and_nothing_is_overwritten() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::P256).await;
    let pdf = desk.document("Certidão.pdf", &page()).await;
    let text = desk.document("Ata nº 1.txt", b"ata").await;
    let named = || SignProfile { output_pattern: Some("{nome} (assinado)".into()), ..profile(SignLevel::BB) };
    for expected in [
        ["Certidão (assinado).pdf", "Ata nº 1 (assinado).txt.p7s"],
        ["Certidão (assinado)-2.pdf", "Ata nº 1 (assinado).txt-2.p7s"],
    ] {
        let job = desk.sign(&signer, &[pdf.clone(), text.clone()], named()).await;
        let names: Vec<&str> = job.items.iter().map(|item| item.output.as_ref().unwrap().name.as_str()).collect();
        assert_eq!(names, expected);
    }
    for bad in ["{nome}/x", "assinado", "../{nome}"] {
        let profile = SignProfile { output_pattern: Some(bad.into()), ..profile(SignLevel::BB) };
        let request = super::request(&signer, std::slice::from_ref(&pdf), profile);
        assert_eq!(desk.host.code("sign_preview", super::json_of(request)).await, "invalid_field", "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_gives_its_documents_and_no_results() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::P256).await;
    let folder = desk.host.folder("lote");
    std::fs::create_dir_all(folder.join("sub")).unwrap();
    for (name, content) in [("a.pdf", page()), ("sub/b.txt", b"b".to_vec()), (".oculto", b"x".to_vec())] {
        std::fs::write(folder.join(name), content).unwrap();
    }
    let pick = async || {
        desk.host.dialogs.folders.lock().unwrap().push_back(folder.clone());
        let found: cartorio_office::dto::FolderDocuments =
            desk.host.ask("documents_pick_folder", serde_json::json!({})).await.unwrap();
        found
    };
    let found = pick().await;
    let mut names: Vec<&str> = found.documents.iter().map(|own| own.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["a.pdf", "b.txt"], "{found:?}");
    assert!(found.skipped >= 1 && found.problems.is_empty(), "{found:?}");
    let job = desk.sign(&signer, &found.documents, profile(SignLevel::BB)).await;
    assert_eq!(job.status, cartorio_office::dto::JobStatus::Succeeded, "{job:?}");
    let again = pick().await;
    let mut names: Vec<&str> = again.documents.iter().map(|own| own.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["a.pdf", "b.txt"], "results are no documents to be signed: {again:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_judges_refuse_what_was_changed() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::P256).await;
    let document = desk.document("falso.pdf", &page()).await;
    let signed = desk.signed(&signer, &document, profile(SignLevel::BB)).await;
    let mut bytes = std::fs::read(&signed.path).unwrap();
    let width = bytes.windows(7).position(|at| at == b"595 842").unwrap();
    bytes[width] = b'4';
    let forged = desk.host.folder("juizes").join("falso.pdf");
    std::fs::write(&forged, bytes).unwrap();
    let anchors = vec![desk.lab.path("root.pem")];
    if let Some(found) = judges::dss(&DssJob { file: forged, anchors, ..DssJob::default() }) {
        assert!(found.iter().all(|own| own.indication == "TOTAL_FAILED"), "{found:#?}");
    }
}
