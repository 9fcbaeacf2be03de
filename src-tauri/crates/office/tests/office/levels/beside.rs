//! Detached signatures whose content lies elsewhere, and signatures in an armour; a reason and a commitment in one PDF.

use base64::Engine;
use cartorio_ades::cms::der;
use cartorio_ades::create::upgrade;
use cartorio_office::dto::{
    CommitmentChoice, DocumentInfo, DocumentKind, FormatChoice, Integrity, JobSnapshot, JobStatus, SignLevel,
    SignProfile, SignRequest, SignerRole, VerifyReport, VerifyResult,
};
use cartorio_testkit::lab::Person;
use serde_json::json;

use super::{Desk, Signed, code, done, of_format, page, profile, request};
use crate::host::path_of;
use crate::proof::parts::{elements, replaced};

/// Extends with a file that somebody named as the content.
async fn extend_with(desk: &Desk, document: &DocumentInfo, level: SignLevel, content: &DocumentInfo) -> JobSnapshot {
    let request = json!({"documents": [document.id], "level": level, "output_folder": null, "contents": [content.id]});
    let started: JobSnapshot = desk.host.ask("extend_start", request).await.unwrap();
    desk.host.ended(&started.id).await
}

/// A copy of a signature in a folder of its own, under a name that says nothing.
async fn away(desk: &Desk, signed: &Signed, folder: &str) -> DocumentInfo {
    let path = desk.host.folder(folder).join("so.p7s");
    std::fs::copy(&signed.path, &path).unwrap();
    desk.host.pick_one(&path).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_content_that_nobody_finds_is_asked_for_only_where_it_is_needed() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let (first, second) = (desk.signer(Person::P256).await, desk.signer(Person::Rsa2048).await);
    let text = desk.document("ata.txt", b"Ata.\n").await;
    let signed = desk.signed(&first, &text, of_format(FormatChoice::CadesDetached, SignLevel::BB)).await;
    let alone = away(&desk, &signed, "longe").await;
    // The original goes where nobody knows.
    let hidden = desk.host.folder("escondido").join("livro.txt");
    std::fs::rename(path_of(&text), &hidden).unwrap();

    // A time stamp and a countersignature are over the signature alone.
    let stamped = desk.extended(&alone, SignLevel::BT).await;
    desk.judge(&stamped.path, Some(&hidden), "CAdES", SignLevel::BT);
    let counter = SignProfile { role: SignerRole::Countersign, ..profile(SignLevel::BB) };
    let countered = desk.signed(&second, &alone, counter).await;
    if let Some(found) = desk.dss(&countered.path, Some(&hidden), None, false) {
        assert!(found.len() == 2 && found.iter().filter(|own| own.counter_signature).count() == 1, "{found:#?}");
    }
    // An archive time stamp and a parallel signature are over the content.
    assert_eq!(code(&desk.extend(&alone, SignLevel::BLta).await), "content_needed");
    let cosign = || SignProfile { role: SignerRole::Cosign, ..profile(SignLevel::BB) };
    let (refused, record) = desk.refused(&second, &alone, cosign()).await;
    assert_eq!(refused, "content_needed");
    assert!(record.is_none_or(|own| !own.detail.contains_key("key_uses")), "no key was asked");

    // Named, it is known by its digest; another file is not taken for it.
    let other = desk.document("outra.txt", b"Outra.\n").await;
    assert_eq!(code(&extend_with(&desk, &alone, SignLevel::BLta, &other).await), "content_other");
    let right = desk.host.pick_one(&hidden).await;
    let archived = done(extend_with(&desk, &alone, SignLevel::BLta, &right).await);
    desk.judge(&archived.path, Some(&hidden), "CAdES", SignLevel::BLta);
    let with = |content: &DocumentInfo| SignRequest {
        contents: vec![content.id.clone()],
        ..request(&second, std::slice::from_ref(&alone), cosign())
    };
    let failed = desk.host.sign(&with(&other)).await;
    assert_eq!(code(&failed), "content_other");
    let both = done(desk.host.sign(&with(&right)).await);
    assert_eq!(upgrade::signer_count(&std::fs::read(&both.path).unwrap()).unwrap(), 2);
    if let Some(found) = desk.dss(&both.path, Some(&hidden), None, false) {
        assert_eq!(found.len(), 2, "{found:#?}");
    }
    desk.host.assert_sound().await;
}

/// A name proves nothing: what was signed is known by its digest, and where it is not there, that is what is said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_with_the_right_name_and_another_content_is_not_taken_for_it() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let signer = desk.signer(Person::P256).await;
    let text = desk.document("ata.txt", b"Ata.\n").await;
    let signed = desk.signed(&signer, &text, of_format(FormatChoice::CadesDetached, SignLevel::BT)).await;
    // Where no journal knows of.
    let folder = desk.host.folder("outra-casa");
    let (signature, named, right) = (folder.join("ata.txt.p7s"), folder.join("ata.txt"), folder.join("ata.orig"));
    std::fs::copy(&signed.path, &signature).unwrap();
    std::fs::write(&named, b"Ata mudada.\n").unwrap();
    std::fs::rename(path_of(&text), &right).unwrap();

    // The right one lies there under another name.
    let report = desk.host.verify_path(&signature).await;
    let told = (report.signatures[0].integrity, report.content.as_deref(), report.content_other);
    assert_eq!(told, (Integrity::Ok, Some("ata.orig"), false), "{report:#?}");
    let document = desk.host.pick_one(&signature).await;
    let archived = desk.extended(&document, SignLevel::BLta).await;
    desk.judge(&archived.path, Some(&right), "CAdES", SignLevel::BLta);

    // Or nowhere near: then nobody is told that the signature is one of this file, and somebody may name another.
    let away = desk.host.folder("longe-daqui").join("livro.txt");
    std::fs::rename(&right, &away).unwrap();
    let report = desk.host.verify_path(&signature).await;
    let told = (report.result, report.content.as_deref(), report.content_other);
    assert_eq!(told, (VerifyResult::Failed, Some("ata.txt"), true), "{report:#?}");
    assert!(report.signatures[0].reasons.iter().any(|own| own == "content_changed"), "{report:#?}");
    assert_eq!(code(&desk.extend(&document, SignLevel::BLta).await), "content_other");
    for (path, integrity) in [(&away, Integrity::Ok), (&named, Integrity::Broken)] {
        let content = desk.host.pick_one(path).await;
        let request = json!({"document": document.id, "content": content.id});
        let report: VerifyReport = desk.host.ask("verify", request).await.unwrap();
        // What somebody named is not guessed.
        assert_eq!((report.signatures[0].integrity, report.content_other), (integrity, false), "{report:#?}");
    }
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_own_results_find_their_content_under_any_name_and_in_any_folder() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let signer = desk.signer(Person::P256).await;
    let detached = |level| of_format(FormatChoice::CadesDetached, level);
    // A pattern puts a mark in the middle of the name.
    let text = desk.document("ata.txt", b"Ata.\n").await;
    let named = SignProfile { output_pattern: Some("{nome} (via 2)".to_owned()), ..detached(SignLevel::BT) };
    let signed = desk.signed(&signer, &text, named).await;
    assert_eq!(signed.document.name, "ata (via 2).txt.p7s");
    let report = desk.host.verify(&signed.document.id).await;
    assert_eq!((report.content.as_deref(), report.content_needed), (Some("ata.txt"), false));
    let archived = desk.extended(&signed.document, SignLevel::BLta).await;
    desk.judge(&archived.path, Some(&path_of(&text)), "CAdES", SignLevel::BLta);

    // Another folder: the journal knows where the document lay, for the result of the result too.
    let second = desk.document("termo.txt", b"Termo.\n").await;
    let folder = desk.host.office.output_folder(desk.host.folder("saida")).id;
    let asked = SignRequest {
        output_folder: Some(folder),
        ..request(&signer, std::slice::from_ref(&second), detached(SignLevel::BB))
    };
    let signed = done(desk.host.sign(&asked).await);
    assert!(signed.path.parent().unwrap().ends_with("saida"));
    let stamped = desk.extended(&signed.document, SignLevel::BT).await;
    let archived = desk.extended(&stamped.document, SignLevel::BLta).await;
    desk.judge(&archived.path, Some(&path_of(&second)), "CAdES", SignLevel::BLta);
    // What was changed since is nobody's content.
    std::fs::write(path_of(&second), b"Termo mudado.\n").unwrap();
    assert_eq!(code(&desk.extend(&archived.document, SignLevel::BLta).await), "content_needed");
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signature_that_is_written_as_text_is_extended_and_comes_out_as_der() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let (first, second) = (desk.signer(Person::P256).await, desk.signer(Person::Rsa2048).await);
    let text = desk.document("ata.txt", b"Ata.\n").await;
    let signed = desk.signed(&first, &text, of_format(FormatChoice::CadesDetached, SignLevel::BB)).await;
    let der = std::fs::read(&signed.path).unwrap();
    for label in ["PKCS7", "CMS"] {
        let folder = desk.host.folder(label);
        std::fs::write(folder.join("ata.txt"), b"Ata.\n").unwrap();
        let path = folder.join("ata.txt.pem");
        let (from, to) = (signed.path.to_str().unwrap(), path.to_str().unwrap());
        if label == "PKCS7" {
            // OpenSSL writes the label that is meant for both.
            let words = ["pkcs7", "-inform", "DER", "-in", from, "-out", to];
            assert!(std::process::Command::new("openssl").args(words).status().unwrap().success());
        } else {
            let words = ["cms", "-cmsout", "-inform", "DER", "-outform", "PEM", "-in", from, "-out", to];
            assert!(std::process::Command::new("openssl").args(words).status().unwrap().success());
        }
        let armoured = std::fs::read_to_string(&path).unwrap();
        assert!(armoured.contains(&format!("-----BEGIN {label}-----")), "{armoured}");
        let picked = desk.host.pick_one(&path).await;
        let higher = desk.extended(&picked, SignLevel::BT).await;
        assert_eq!(higher.document.name, "ata.txt-b-t.p7s");
        desk.judge(&higher.path, Some(&folder.join("ata.txt")), "CAdES", SignLevel::BT);
        let cosign = SignProfile { role: SignerRole::Cosign, ..profile(SignLevel::BB) };
        let both = desk.signed(&second, &picked, cosign).await;
        assert_eq!(both.document.name, "ata.txt-coassinado.p7s");
        let bytes = std::fs::read(&both.path).unwrap();
        assert_eq!((bytes[0], upgrade::signer_count(&bytes).unwrap()), (0x30, 2));
    }
    assert_eq!(std::fs::read(&signed.path).unwrap(), der);
    // Base64 alone, and the message that OpenSSL makes around a signature with its content inside.
    let folder = desk.host.folder("sem armadura");
    std::fs::write(folder.join("ata.txt"), b"Ata.\n").unwrap();
    let bare = base64::engine::general_purpose::STANDARD.encode(&der);
    std::fs::write(folder.join("ata.txt.p7s"), bare).unwrap();
    let around = desk.signed(&first, &text, of_format(FormatChoice::CadesEnveloping, SignLevel::BB)).await;
    let (from, to) = (around.path.to_str().unwrap(), folder.join("mensagem.eml"));
    let words = ["cms", "-cmsout", "-inform", "DER", "-outform", "SMIME", "-in", from, "-out", to.to_str().unwrap()];
    assert!(std::process::Command::new("openssl").args(words).status().unwrap().success());
    assert!(std::fs::read_to_string(&to).unwrap().starts_with("MIME-Version"));
    for (name, stem, content) in
        [("ata.txt.p7s", "ata.txt", Some(folder.join("ata.txt"))), ("mensagem.eml", "mensagem", None)]
    {
        let picked = desk.host.pick_one(&folder.join(name)).await;
        assert_eq!(picked.kind, DocumentKind::Cms, "{name}");
        let report = desk.host.verify(&picked.id).await;
        assert_eq!(report.signatures[0].integrity, Integrity::Ok, "{name}: {report:?}");
        let higher = desk.extended(&picked, SignLevel::BT).await;
        assert_eq!(higher.document.name, format!("{stem}-b-t.p7s"));
        desk.judge(&higher.path, content.as_deref(), "CAdES", SignLevel::BT);
        let cosign = SignProfile { role: SignerRole::Cosign, ..profile(SignLevel::BB) };
        let both = desk.signed(&second, &picked, cosign).await;
        assert_eq!(both.document.name, format!("{stem}-coassinado.p7s"));
        let bytes = std::fs::read(&both.path).unwrap();
        assert_eq!((bytes[0], upgrade::signer_count(&bytes).unwrap()), (0x30, 2));
    }
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pdf_says_a_reason_or_a_commitment_and_never_both() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::P256).await;
    let commitment = || SignProfile { commitment: Some(CommitmentChoice::Approval), ..profile(SignLevel::BB) };
    let asked = |document: &DocumentInfo, reason: Option<&str>, profile| SignRequest {
        reason: reason.map(str::to_owned),
        ..request(&signer, std::slice::from_ref(document), profile)
    };
    let pdf = desk.document("a.pdf", &page()).await;
    let both = asked(&pdf, Some("De acordo"), commitment());
    let preview: cartorio_office::dto::SignPreview =
        desk.host.ask("sign_preview", super::json_of(&both)).await.unwrap();
    assert_eq!(preview.items[0].problem.as_ref().map(|own| own.code.as_str()), Some("sign_reason_and_commitment"));
    let refused = desk.host.sign(&both).await;
    assert_eq!((refused.status, code(&refused)), (JobStatus::Failed, "sign_reason_and_commitment"));
    let trail = desk.host.trail().await;
    assert!(trail.iter().all(|own| own.act != "document_signed"), "no key was asked, and nothing was begun");

    // Either of them is PAdES baseline; a .p7s has no reason, and takes the commitment.
    for (reason, profile) in [(Some("De acordo"), profile(SignLevel::BB)), (None, commitment())] {
        let signed = done(desk.host.sign(&asked(&pdf, reason, profile)).await);
        desk.judge(&signed.path, None, "PAdES", SignLevel::BB);
    }
    let text = desk.document("a.txt", b"a").await;
    done(desk.host.sign(&asked(&text, Some("De acordo"), commitment())).await);
    desk.host.assert_sound().await;
}

/// Not every program fills the set of digest algorithms (RFC 5652 §5.1 has it for whoever reads in one pass).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signature_that_lists_no_digest_algorithm_is_no_bag_of_certificates() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let signer = desk.signer(Person::P256).await;
    let text = desk.document("ata.txt", b"Ata.\n").await;
    for form in [FormatChoice::CadesDetached, FormatChoice::CadesEnveloping] {
        let signed = desk.signed(&signer, &text, of_format(form, SignLevel::BB)).await;
        let known = desk.host.verify(&signed.document.id).await;
        let cms = std::fs::read(&signed.path).unwrap();
        // ContentInfo, [0], SignedData, and in it the version before the set.
        let outer = elements(&cms);
        let signed_data = elements(outer[1].raw()).remove(0);
        let algorithms = elements(signed_data.raw()).remove(1);
        assert_eq!(algorithms.tag(), der::SET);
        let without = replaced(&cms, algorithms.raw(), &der::tlv(der::SET, &[]));
        assert!(without.len() + 10 < cms.len());
        let folder = desk.host.folder(&format!("sem-algoritmo-{form:?}"));
        std::fs::copy(path_of(&text), folder.join("ata.txt")).unwrap();
        let encoded = base64::engine::general_purpose::STANDARD.encode(&without);
        let lines: Vec<&str> = encoded.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        let armoured = format!("-----BEGIN PKCS7-----\n{}\n-----END PKCS7-----\n", lines.join("\n")).into_bytes();
        for (name, bytes) in [("ata.txt.p7s", &without), ("ata.txt.p7m", &armoured)] {
            let path = folder.join(name);
            std::fs::write(&path, bytes).unwrap();
            let document = desk.host.pick_one(&path).await;
            assert_eq!(document.kind, DocumentKind::Cms, "{form:?} {name}");
            let report = desk.host.verify(&document.id).await;
            assert_eq!(
                (report.result, report.signatures[0].integrity),
                (known.result, Integrity::Ok),
                "{form:?} {name}"
            );
            assert_eq!(desk.extended(&document, SignLevel::BT).await.receipt.level, SignLevel::BT, "{form:?} {name}");
        }
        // Nobody signed what has no signers: that is what it was.
        let empty = elements(signed_data.raw()).pop().unwrap();
        let bag = replaced(&without, empty.raw(), &der::tlv(der::SET, &[]));
        let path = folder.join("certificados.p7b");
        std::fs::write(&path, bag).unwrap();
        assert_eq!(desk.host.pick_one(&path).await.kind, DocumentKind::Certificates, "{form:?}");
    }
    desk.host.assert_sound().await;
}

/// The office has none of its own: the one that is named for a batch, or for an extension, is the only one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_is_named_for_one_job_alone() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::P256).await;
    let text = desk.document("ata.txt", b"Ata.\n").await;
    let with = |url: &str, level| SignRequest {
        authorities: vec![url.to_owned()],
        ..request(&signer, std::slice::from_ref(&text), of_format(FormatChoice::CadesDetached, level))
    };
    let tsa = &desk.lab.urls().tsa;
    let stamped = done(desk.host.sign(&with(tsa, SignLevel::BT)).await);
    desk.judge(&stamped.path, Some(&path_of(&text)), "CAdES", SignLevel::BT);

    let plain = done(desk.host.sign(&with(tsa, SignLevel::BB)).await);
    let plain = desk.host.pick_one(&plain.path).await;
    let extend = json!({"documents": [plain.id], "level": "b-t", "output_folder": null, "authorities": [tsa]});
    let started: JobSnapshot = desk.host.ask("extend_start", extend).await.unwrap();
    let extended = done(desk.host.ended(&started.id).await);
    desk.judge(&extended.path, Some(&path_of(&text)), "CAdES", SignLevel::BT);

    // It is taken as an authority of the office would be: with no password in its address.
    for url in ["https://rui:segredo@act.example/", "ftp://act.example/", "act.example"] {
        assert_eq!(desk.host.code("sign_start", json!(with(url, SignLevel::BT))).await, "net_address", "{url}");
    }
    desk.host.assert_sound().await;
}
