//! What a terminal tells: everything that was left out, taken lower or found wrong.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod common;

use cartorio_core::{Digest, HashAlgorithm};
use cartorio_testkit::lab::{Lab, P12_PASSWORD, Person};
use common::{Desk, text};
use serde_json::json;

#[test]
fn a_folder_without_documents_and_what_lies_too_deep_are_told() {
    let desk = Desk::demo();
    std::fs::create_dir(desk.path("vazia")).unwrap();
    assert_eq!(desk.json(64, &["sign", "vazia"])["error"]["code"], "nothing_to_sign");
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
    let output = desk.json(0, &["sign", "ata.txt.p7s", "--countersign"])["files"][0]["output"].as_str().unwrap().to_owned();
    desk.run(&["verify", &output, "--content", "ata.txt"]).says("Contra-assinatura 1: Íntegro e confiável");

    let Some(lab) = Lab::shared() else { return };
    desk.write("senha", format!("{P12_PASSWORD}\n"));
    desk.write("a1.p12", lab.person(Person::Rsa2048).p12);
    let root = lab.path("root.pem");
    let asked = desk.json(0, &["trust", "add", text(&root), "--reason", "laboratório"]);
    let id = asked["id"].as_str().unwrap();
    desk.ok(&["request", "approve", id, "--reason", "conferido", "--operator", "Rui Camargo (demonstração)"]);
    desk.ok(&["trust", "apply", "--request", id]);
    desk.ok(&["a1", "add", "a1.p12", "--label", "lab", "--password-file", "senha"]);
    let mut lists = Vec::new();
    for issuer in ["root", "issuing", "act"] {
        desk.write(&format!("{issuer}.crl"), lab.crl(issuer));
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
    desk.ok(&["extend", "termo.txt.p7s", "--to", "b-lt", "--evidence", "root.crl", "--evidence", "issuing.crl", "--evidence", "act.crl"])
        .says("estendido B-LT");

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
