//! A1 certificate files (P12) that OpenSSL made: the password is asked for each time, or kept by choice.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod common;

use common::{Desk, judge, text};
use serde_json::{Value, json};

const PASSWORD: &str = "Sabia-laranjeira-7";

/// A desk with `a1.p12`, made by OpenSSL with [`PASSWORD`]; `None` where there is no OpenSSL.
fn desk_with_a1() -> Option<Desk> {
    let desk = Desk::demo();
    desk.write("senha", format!("{PASSWORD}\n"));
    desk.write("errada", "outra\n");
    let (key, certificate, p12) = (desk.path("chave.pem"), desk.path("cert.pem"), desk.path("a1.p12"));
    let subject = "/C=BR/O=Teste/CN=JOANA DARC:52998224725";
    let make =
        ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90", "-subj", subject, "-keyout", text(&key)];
    let made = judge("openssl", &[&make[..], &["-out", text(&certificate)]].concat())?;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let password = format!("pass:{PASSWORD}");
    let pack = ["pkcs12", "-export", "-inkey", text(&key), "-in", text(&certificate), "-passout", &password];
    let packed = judge("openssl", &[&pack[..], &["-out", text(&p12)]].concat())?;
    assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
    Some(desk)
}

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap()
}

#[test]
fn an_a1_file_signs_with_its_password_and_not_without() {
    let Some(desk) = desk_with_a1() else { return };
    let add = |file| ["a1", "add", "a1.p12", "--label", "Joana", "--password-file", file];
    assert_eq!(code(&desk.json(77, &add("errada"))), "a1_password_wrong");
    let identity = desk.json(0, &add("senha"));
    assert_eq!((&identity["label"], &identity["key_origin"]), (&json!("Joana"), &json!("p12_file")));
    assert_eq!(code(&desk.json(65, &add("senha"))), "a1_unusable", "twice is no use");
    let listed = desk.json(0, &["a1", "list"]);
    assert_eq!((&listed["a1"][0]["password_kept"], &listed["a1"][0]["present"]), (&json!(false), &json!(true)));
    assert!(!listed.to_string().contains("52998224725"), "the CPF is masked: {listed}");
    assert_eq!(desk.json(0, &["keys", "unlock-state", "Joana"])["needs"], "password");

    desk.write("a.txt", "a");
    let sign = ["sign", "a.txt", "--identity", "Joana"];
    assert_eq!(code(&desk.json(77, &sign)), "a1_password_required", "no terminal to ask");
    assert_eq!(code(&desk.json(77, &[&sign[..], &["--password-file", "errada"]].concat())), "a1_password_wrong");
    assert!(!desk.path("a.txt.p7s").exists(), "a refusal leaves no file");
    desk.ok(&[&sign[..], &["--password-file", "senha"]].concat());
    let verdict = desk.json(2, &["verify", "a.txt.p7s"]);
    assert_eq!(verdict["signatures"][0]["integrity"], "ok", "its root is nobody's: {verdict}");
    if let Some(verdict) = judge(
        "openssl",
        &[
            "cms",
            "-verify",
            "-inform",
            "DER",
            "-binary",
            "-in",
            text(&desk.path("a.txt.p7s")),
            "-content",
            text(&desk.path("a.txt")),
            "-CAfile",
            text(&desk.path("cert.pem")),
            "-purpose",
            "any",
            "-out",
            "/dev/null",
        ],
    ) {
        assert!(verdict.status.success(), "{}", String::from_utf8_lossy(&verdict.stderr));
    }
    let told = desk.told(&["keys", "sign", "a.txt", "--key", "Joana", "--password-stdin", "--json"], PASSWORD).ends(0);
    let key = told.json()["files"][0]["receipt"]["key_id"].as_str().unwrap().to_owned();
    assert_eq!(key, format!("p12:{}", identity["certificate_sha256"].as_str().unwrap()));
    // What was opened is shut again: the next batch asks anew.
    assert_eq!(code(&desk.json(77, &sign)), "a1_password_required");
    desk.run(&[&sign[..], &["--pin-file", "senha", "--password-file", "senha"]].concat()).ends(64);
    desk.write("vazia", "\n");
    desk.run(&[&sign[..], &["--password-file", "vazia"]].concat()).ends(65);
}

#[test]
fn a_password_is_kept_by_choice_and_forgotten_again() {
    let Some(desk) = desk_with_a1() else { return };
    let identity = desk.json(0, &["a1", "add", "a1.p12", "--keep-password", "--password-file", "senha"]);
    assert_eq!(identity["label"], "JOANA DARC", "the holder's name");
    let sha256 = identity["certificate_sha256"].as_str().unwrap();
    assert_eq!(desk.json(0, &["a1", "list"])["a1"][0]["password_kept"], true);
    desk.write("a.txt", "a");
    desk.ok(&["sign", "a.txt", "--identity", "JOANA DARC"]);
    for path in desk.home().join("demo/keys").read_dir().unwrap() {
        let path = path.unwrap().path();
        let sealed = !path.is_file() || !String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains(PASSWORD);
        assert!(sealed, "{} holds the password as it is", path.display());
    }
    desk.run(&["a1", "forget-password", "abc"]).ends(65);
    let listed = desk.json(0, &["a1", "forget-password", &sha256[..12]]);
    assert_eq!(listed["a1"][0]["password_kept"], false);
    let sign = ["sign", "a.txt", "--identity", "JOANA DARC"];
    assert_eq!(code(&desk.json(77, &sign)), "a1_password_required");
    assert_eq!(desk.json(0, &["a1", "remove", sha256])["a1"], json!([]));
    assert!(desk.path("a1.p12").exists(), "the file itself stays");
    desk.run(&sign).ends(65);
    assert_eq!(code(&desk.json(65, &["a1", "add", "senha", "--password-file", "senha"])).get(..3), Some("p12"));
}
