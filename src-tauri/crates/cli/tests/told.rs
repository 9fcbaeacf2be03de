//! What a terminal tells: everything that was left out, taken lower or found wrong.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod common;

use cartorio_core::{Digest, HashAlgorithm};
use cartorio_testkit::lab::{Lab, Person};
use common::Desk;
use common::lab::{EVIDENCE, trusting};
use serde_json::json;

#[test]
fn a_folder_without_documents_and_what_lies_too_deep_are_told() {
    let desk = Desk::demo();
    std::fs::create_dir(desk.path("vazia")).unwrap();
    for command in [&["sign", "vazia"][..], &["sign", "vazia", "--cosign"], &["extend", "vazia", "--to", "b-t"]] {
        let told = desk.json(65, command);
        assert_eq!(told["error"]["code"], "bad_input");
        assert!(told["error"]["detail"].as_str().is_some_and(|own| own.contains("vazia")), "{told}");
    }
    let deep = (0..18).fold(desk.path("funda"), |path, _| path.join("d"));
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(deep.join("fundo.txt"), "Ata.\n").unwrap();
    let none = desk.json(65, &["sign", "funda"]);
    assert_eq!(none["files"][0]["error"]["code"], "folder_too_deep");
    desk.write("funda/ata.txt", "Ata.\n");
    let some = desk.json(3, &["sign", "funda"]);
    assert_eq!((&some["files"][0]["state"], &some["files"][1]["state"]), (&json!("done"), &json!("failed")), "{some}");
    // The twin: nothing is left out, and nothing is said.
    std::fs::create_dir(desk.path("rasa")).unwrap();
    desk.write("rasa/ata.txt", "Ata.\n");
    assert_eq!(desk.json(0, &["sign", "rasa"])["files"].as_array().unwrap().len(), 1);
}

#[test]
fn a_lower_level_is_told_with_its_reason() {
    let desk = Desk::demo();
    desk.write("ata.txt", "Ata.\n");
    let asked = ["sign", "ata.txt", "--level", "b-t", "--accept-lower-level"];
    desk.ok(&asked).says("desceu para B-B").says("não tem autoridade de carimbo do tempo");
    let report = desk.json(0, &asked);
    let receipt = &report["files"][0]["receipt"];
    assert_eq!((&receipt["level"], &receipt["lowered"]["code"]), (&json!("b-b"), &json!("tsa_none")));
    let plain = desk.ok(&["sign", "ata.txt"]);
    assert!(!plain.stdout.contains("desceu"), "{}", plain.stdout);
    assert!(desk.json(0, &["sign", "ata.txt"])["files"][0]["receipt"].get("lowered").is_none());
}

#[test]
fn what_is_only_for_a_pdf_is_not_left_out_silently() {
    let desk = Desk::demo();
    desk.write("ata.txt", "Ata.\n");
    let place = "page=1,x=60,y=700,w=200,h=70";
    for only in [["--visible", place], ["--certify", "form-filling"], ["--field", "Assinatura"]] {
        let refused = desk.json(65, &[&["sign", "ata.txt"][..], &only].concat());
        assert_eq!(refused["files"][0]["error"]["code"], "sign_format_not_fitting", "{refused}");
        assert!(!desk.path("ata.txt.p7s").exists());
    }
    desk.sample("procuracao-publica.pdf");
    let certify = ["sign", "procuracao-publica.pdf", "--certify", "form-filling"];
    desk.run(&[&certify[..], &["--format", "cades-detached"]].concat()).ends(64);
    assert_eq!(desk.json(0, &certify)["files"][0]["receipt"]["format"], "pades");
    desk.ok(&["sign", "ata.txt"]);
}

/// Where the value of an RSA-2048 signature, an OCTET STRING of 256 bytes, stands.
fn values(cms: &[u8]) -> Vec<usize> {
    let is_value = |at: &usize| cms[*at..].starts_with(&[0x04, 0x82, 0x01, 0x00]) && at + 4 + 256 <= cms.len();
    (0..cms.len()).filter(is_value).map(|at| at + 4).collect()
}

#[test]
fn an_earlier_signer_who_is_not_proven_is_told_and_evidence_files_are_on_record() {
    let desk = Desk::demo();
    let Some(lab) = Lab::shared() else { return };
    trusting(&desk, lab, &[("revogada", Person::Revoked), ("lab", Person::Rsa2048)]);
    let tsa = ["--tsa", lab.urls().tsa.as_str()];
    desk.sample("procuracao-publica.pdf");
    let by = |who: &'static str| ["--identity", who, "--password-file", "senha"];
    desk.ok(&[&["sign", "procuracao-publica.pdf", "--out", "um.pdf"][..], &by("revogada")].concat());
    // The list that says so comes with the second signature.
    let signed = [&["sign", "um.pdf", "--level", "b-lta"][..], &tsa, &EVIDENCE, &by("lab")].concat();
    let report = desk.json(0, &[&signed[..], &["--out", "dois.pdf"]].concat());
    let unproven = json!([{"name": "Elza Revogada", "reason": "revoked"}]);
    assert_eq!(report["files"][0]["receipt"]["unproven"], unproven, "{report}");
    let higher = [&["extend", "dois.pdf", "--to", "b-lta"][..], &tsa, &EVIDENCE].concat();
    assert_eq!(desk.json(0, &higher)["files"][0]["receipt"]["unproven"], unproven);
    let told = "assinatura anterior não comprovada: Elza Revogada: o certificado foi revogado";
    desk.ok(&[&signed[..], &["--out", "outro.pdf"]].concat()).says(told);
    desk.ok(&higher).says(told);
    desk.ok(&[&higher[..], &["--lang", "en"]].concat()).says("Elza Revogada: the certificate was revoked");
    // Which files were chosen, by what was in them.
    let records = desk.json(0, &["audit", "list", "--act", "document_extended"]);
    let files = records["records"][0]["detail"]["evidence_files"].as_str().unwrap().to_owned();
    for name in ["root.crl", "issuing.crl", "act.crl"] {
        let digest = Digest::of(HashAlgorithm::Sha256, &desk.read(name)).to_hex();
        assert!(files.contains(&format!("{name} ({digest})")), "{files}");
    }
    // Where there is nobody to tell of, nothing is told; and no file is named that nobody chose.
    desk.write("ata.txt", "Ata.\n");
    let one = [&["sign", "ata.txt", "--level", "b-lta"][..], &tsa, &EVIDENCE, &by("lab")].concat();
    assert!(desk.json(0, &one)["files"][0]["receipt"].get("unproven").is_none());
    desk.ok(&[&["sign", "ata.txt", "--out", "simples.p7s"][..], &by("lab")].concat());
    desk.ok(&[&["extend", "simples.p7s", "--to", "b-t"][..], &tsa].concat());
    let records = desk.json(0, &["audit", "list", "--act", "document_extended"]);
    assert!(records["records"][0]["detail"].get("evidence_files").is_none(), "{records}");
}

#[test]
fn results_stay_out_of_a_folder_whatever_they_are_called() {
    let desk = Desk::demo();
    desk.sample("procuracao-publica.pdf");
    desk.write("ata.txt", "Ata.\n");
    std::fs::create_dir(desk.path("pasta")).unwrap();
    for name in ["procuracao-publica.pdf", "ata.txt"] {
        std::fs::rename(desk.path(name), desk.path("pasta").join(name)).unwrap();
    }
    let files =
        || desk.json(0, &["sign", "pasta", "--name-pattern", "final {nome}"])["files"].as_array().unwrap().len();
    assert_eq!((files(), files()), (2, 2), "the same two documents");
    // One that is named is signed, and that something in it does not match is said.
    let named = desk.path("pasta/final procuracao-publica.pdf");
    let mut bytes = std::fs::read(&named).unwrap();
    bytes[7] ^= 1;
    std::fs::write(desk.path("adulterada.pdf"), bytes).unwrap();
    let told = desk.json(0, &["sign", "adulterada.pdf"]);
    assert_eq!(told["remarks"][0]["code"], "preflight_document_broken", "{told}");
    assert_eq!(desk.json(0, &["sign", named.to_str().unwrap()])["remarks"], serde_json::Value::Null);
}

#[test]
fn an_ocsp_response_from_a_file_proves_what_a_list_would() {
    let Some(lab) = Lab::shared() else { return };
    let desk = Desk::demo();
    trusting(&desk, lab, &[("lab", Person::Rsa2048)]);
    desk.write("termo.txt", "Termo.\n");
    desk.ok(&["sign", "termo.txt", "--identity", "lab", "--password-file", "senha"]);
    desk.write("rsa2048.ors", lab.ocsp_of("rsa2048"));
    let verify = |more: &[&str]| desk.run(&[&["verify", "termo.txt.p7s", "--crl", "root.crl"][..], more].concat());
    verify(&[]).ends(2);
    verify(&["--ocsp", "rsa2048.ors"]).ends(0);
    // Neither option takes what is no evidence in silence.
    for option in ["--ocsp", "--crl"] {
        verify(&[option, "termo.txt"]).ends(65).says("termo.txt");
        verify(&[option, "nenhum.ors"]).ends(65).says("nenhum.ors");
    }
}

#[test]
fn verify_prints_each_time_stamp_countersignature_and_later_change_with_its_verdict() {
    let desk = Desk::demo();
    // Changes after a signature.
    desk.sample("procuracao-publica.pdf");
    let first = desk.json(0, &["sign", "procuracao-publica.pdf"])["files"][0]["output"].as_str().unwrap().to_owned();
    let alone = desk.ok(&["verify", &first]);
    assert!(!alone.stdout.contains("O que mudou depois"), "{}", alone.stdout);
    let second = desk.json(0, &["sign", &first])["files"][0]["output"].as_str().unwrap().to_owned();
    desk.ok(&["verify", &second]).says("O que mudou depois").says("Permitido pela assinatura: Assinatura acrescentada");
    // Countersignatures.
    desk.write("ata.txt", "Ata.\n");
    desk.ok(&["sign", "ata.txt"]);
    let output =
        desk.json(0, &["sign", "ata.txt.p7s", "--countersign"])["files"][0]["output"].as_str().unwrap().to_owned();
    desk.run(&["verify", &output, "--content", "ata.txt"]).says("Contra-assinatura 1: Íntegro e confiável");

    let Some(lab) = Lab::shared() else { return };
    trusting(&desk, lab, &[("lab", Person::Rsa2048)]);
    let mut lists = Vec::new();
    for issuer in ["root", "issuing", "act"] {
        lists.extend(["--crl".to_owned(), format!("{issuer}.crl")]);
    }
    let lists: Vec<&str> = lists.iter().map(String::as_str).collect();
    let with = ["--identity", "lab", "--password-file", "senha"];
    desk.write("termo.txt", "Termo.\n");
    desk.ok(&[&["sign", "termo.txt", "--level", "b-t", "--tsa", &lab.urls().tsa][..], &with].concat());
    let verify = |name: &str| desk.run(&[&["verify", name, "--content", "termo.txt"][..], &lists].concat());
    verify("termo.txt.p7s").ends(0).says("Confere: Sobre a assinatura");
    // Another imprint in the token: it is the time stamp of something else.
    let mut bytes = desk.read("termo.txt.p7s");
    let imprint = values(&bytes).into_iter().find_map(|at| {
        let digest = Digest::of(HashAlgorithm::Sha256, &bytes[at..at + 256]);
        bytes.windows(32).position(|own| own == digest.as_bytes())
    });
    bytes[imprint.unwrap()] ^= 1;
    desk.write("outro.p7s", &bytes);
    verify("outro.p7s").says("Não confere: Sobre a assinatura");
    desk.ok(&[&["extend", "termo.txt.p7s", "--to", "b-lt"][..], &EVIDENCE].concat()).says("estendido B-LT");

    // A countersignature that is another's: the verdict is not that of a sound one.
    let countersign = [&["sign", "termo.txt.p7s", "--countersign", "--out", "contra.p7s"][..], &with].concat();
    desk.ok(&countersign);
    verify("contra.p7s").ends(0).says("Contra-assinatura 1: Íntegro e confiável");
    let (sound, countersigned) = (desk.read("termo.txt.p7s"), desk.read("contra.p7s"));
    let known: Vec<&[u8]> = values(&sound).into_iter().map(|at| &sound[at..at + 256]).collect();
    let own = values(&countersigned).into_iter().find(|at| !known.contains(&&countersigned[*at..*at + 256])).unwrap();
    let mut broken = countersigned.clone();
    broken[own + 255] ^= 1;
    desk.write("quebrada.p7s", &broken);
    verify("quebrada.p7s").says("Contra-assinatura 1: Assinatura inválida");
}
