//! Chains, comparison, trust, expiry and search from the terminal; the certificates are OpenSSL's.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod common;

use std::process::Command;

use common::{Desk, text};

/// A root and a holder below it.
fn make(desk: &Desk) {
    let run = |arguments: &[&str]| {
        let done = Command::new("openssl").current_dir(desk.path(".")).args(arguments).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    for name in ["root", "leaf"] {
        run(&["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", &format!("{name}.key")]);
    }
    desk.write("leaf.cnf", "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n");
    run(&["req", "-x509", "-new", "-key", "root.key", "-subj", "/C=BR/CN=Raiz", "-days", "30", "-out", "root.pem"]);
    run(&["req", "-new", "-key", "leaf.key", "-subj", "/C=BR/CN=ANA:52998224725", "-out", "leaf.csr"]);
    run(&[
        "x509",
        "-req",
        "-in",
        "leaf.csr",
        "-CA",
        "root.pem",
        "-CAkey",
        "root.key",
        "-CAcreateserial",
        "-days",
        "20",
        "-extfile",
        "leaf.cnf",
        "-out",
        "leaf.pem",
    ]);
}

#[test]
fn a_chain_is_judged_without_an_office() {
    let desk = Desk::empty();
    make(&desk);
    let judged = |exit: i32, more: &[&str]| desk.json(exit, &[&["chain", "--target", "leaf.pem"], more].concat());
    let sound = judged(0, &["--trust", "root.pem", "--revocation", "off"]);
    assert_eq!(sound["result"], "valid");
    assert_eq!(sound["paths"][0]["valid"], true);
    assert_eq!(sound["paths"][0]["errors"].as_array().unwrap().len(), 0, "{sound}");
    assert!(sound["revocation"].is_array() && sound["lint"].is_array());
    assert!(!sound.to_string().contains("52998224725"), "the CPF is masked");
    // Nobody vouches for the root; nobody says that it was not revoked: neither is wrong.
    assert_eq!(judged(2, &["--untrusted", "root.pem", "--revocation", "off"])["result"], "indeterminate");
    assert_eq!(judged(2, &["--trust", "root.pem"])["result"], "indeterminate");
    let over = judged(1, &["--trust", "root.pem", "--revocation", "off", "--at", "2090-01-01"]);
    assert_eq!(over["result"], "invalid");
    let codes: Vec<_> = over["paths"][0]["errors"].as_array().unwrap().iter().map(|own| own["code"].clone()).collect();
    assert!(codes.iter().any(|code| code == "expired"), "{codes:?}");
    desk.run(&["chain", "--target", "leaf.pem", "--at", "ontem"]).ends(65).says("ontem");
    desk.run(&["chain", "--target", "ausente.pem"]).ends(65).says("ausente.pem");
    desk.run(&["chain"]).ends(64);
    let report =
        ["chain", "--target", "leaf.pem", "--trust", "root.pem", "--report", "exame.json", "--report", "exame.pdf"];
    desk.run(&report).ends(2);
    assert!(desk.read("exame.pdf").starts_with(b"%PDF-"));
    assert!(!String::from_utf8(desk.read("exame.json")).unwrap().contains("52998224725"));
}

#[test]
fn cases_are_answered_line_by_line_whatever_they_are() {
    let desk = Desk::empty();
    make(&desk);
    let base64 = |name: &str| {
        let pem = String::from_utf8(desk.read(name)).unwrap();
        pem.lines().filter(|line| !line.starts_with("-----")).collect::<String>()
    };
    let case = |id: &str, leaf: &str| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        serde_json::json!({
            "id": id, "roots": [base64("root.pem")], "inters": [], "leaf": leaf, "crls": [], "time": now,
            "policies": [], "explicit": false, "inhibit_any": false, "inhibit_map": false,
        })
        .to_string()
    };
    let lines = [case("sound", &base64("leaf.pem")), case("broken", "AAAA"), "nonsense".to_owned()].join("\n");
    desk.write("casos.jsonl", lines);
    let out = desk.run(&["chain", "--cases", "casos.jsonl"]).ends(0);
    let answers: Vec<serde_json::Value> =
        out.stdout.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect();
    assert_eq!(answers.len(), 3);
    assert_eq!((&answers[0]["id"], &answers[0]["result"]), (&"sound".into(), &"valid".into()));
    assert_eq!((&answers[1]["id"], &answers[1]["result"]), (&"broken".into(), &"invalid".into()));
    assert_eq!(answers[2]["result"], "invalid");
    assert!(answers.iter().all(|own| own["micros"].is_u64() && own["errors"].is_array()), "{answers:?}");
}

#[test]
fn two_certificates_are_compared_and_exported() {
    let desk = Desk::empty();
    make(&desk);
    let same = desk.json(0, &["compare", "leaf.pem", "leaf.pem"]);
    assert_eq!(same["headline"], "identical");
    let other = desk.json(0, &["compare", "leaf.pem", "root.pem"]);
    assert!(other["rows"].as_array().unwrap().iter().any(|row| row["state"] == "changed"));
    desk.run(&["inspect", "leaf.pem", "root.pem", "--export", "tudo.p7b", "--form", "p7b"]).ends(0);
    let listed = Command::new("openssl")
        .args(["pkcs7", "-inform", "DER", "-print_certs", "-noout", "-in", text(&desk.path("tudo.p7b"))])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&listed.stdout).matches("subject=").count(), 2);
    desk.run(&["inspect", "leaf.pem", "--asn1", "--lint"]).ends(0).says("SEQUENCE").says("tbsCertificate");
}

#[test]
fn trust_expiry_and_search_speak_of_the_office() {
    let desk = Desk::demo();
    assert!(!desk.json(0, &["trust", "list"])["anchors"].as_array().unwrap().is_empty());
    let ends = desk.json(0, &["expiry", "--ics", "agenda.ics", "--csv", "agenda.csv"]);
    assert!(!ends["items"].as_array().unwrap().is_empty());
    assert!(desk.read("agenda.ics").starts_with(b"BEGIN:VCALENDAR\r\n"));
    assert!(!desk.read("agenda.csv").is_empty());
    let found = desk.json(0, &["search", "helena"]);
    assert!(!found["hits"].as_array().unwrap().is_empty());
    assert!(desk.json(0, &["search", "nada que exista aqui"])["hits"].as_array().unwrap().is_empty());
}
