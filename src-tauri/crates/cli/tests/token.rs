//! A token behind PKCS#11 (SoftHSM2): its PIN is given for each command, tried once and kept nowhere.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod common;

use cartorio_testkit::softhsm::{PIN, SoftHsm, in_own_process};
use common::{Desk, Run, judge, text};
use serde_json::{Value, json};

/// A demonstration whose program finds the SoftHSM of this test.
struct WithToken {
    desk: Desk,
}

impl WithToken {
    fn new(hsm: &SoftHsm) -> Self {
        hsm.init_token("Balcao");
        let own = Self { desk: Desk::demo() };
        own.desk.write("pin", format!("{PIN}\n"));
        own.desk.write("errado", "9999\n");
        own
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let conf = std::env::var("SOFTHSM2_CONF").unwrap();
        self.desk.run_with(arguments, &[("SOFTHSM2_CONF", &conf)])
    }

    fn json(&self, exit: i32, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat()).ends(exit).json()
    }
}

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap()
}

#[test]
fn a_key_on_a_token_signs_with_its_pin_and_not_without() {
    in_own_process("a_key_on_a_token_signs_with_its_pin_and_not_without", |hsm| {
        let office = WithToken::new(hsm);
        let desk = &office.desk;
        let module = text(hsm.module());
        assert_eq!(office.json(0, &["token", "list"])["modules"], json!([]));
        desk.write("nada.so", "nada");
        assert_eq!(code(&office.json(65, &["token", "module", "add", "nada.so"])), "token_module_unusable");
        let listed = office.json(0, &["token", "module", "add", module]);
        assert_eq!(listed["modules"][0]["tokens"][0]["label"], "Balcao", "{listed}");
        office.run(&["token", "list"]).ends(0).says("Balcao").says("Nenhuma tentativa foi gasta");

        let create = ["keys", "create", "--alias", "do-token", "--place", "token:Balcao"];
        assert_eq!(code(&office.json(77, &create)), "token_pin_required", "no terminal to ask");
        let key = office.json(0, &[&create[..], &["--pin-file", "pin"]].concat());
        assert_eq!(key["origin"], "token", "{key}");
        let reference = key["key_ref"].as_str().unwrap();
        let content = office.json(0, &["token", "content", "Balcao", "--pin-file", "pin"]);
        assert_eq!(content["keys"][0]["key"]["key_ref"], reference, "{content}");

        desk.write("a.txt", "a");
        let identity = ["identity", "create", "--key", reference, "--label", "Token", "--holder", "RUI BARBOSA"];
        assert_eq!(code(&office.json(77, &identity)), "token_pin_required");
        office.json(0, &[&identity[..], &["--pin-file", "pin"]].concat());
        let sign = ["sign", "a.txt", "--identity", "Token"];
        assert_eq!(code(&office.json(77, &sign)), "token_pin_required");
        let wrong = office.json(77, &[&sign[..], &["--pin-file", "errado"]].concat());
        assert_eq!((code(&wrong), &wrong["error"]["params"]["token"]), ("token_pin_wrong", &json!("Balcao")));
        assert!(!desk.path("a.txt.p7s").exists(), "a refusal leaves no file");
        office.run(&[&sign[..], &["--pin-file", "pin"]].concat()).ends(0);
        office.run(&["verify", "a.txt.p7s"]).ends(0);

        let bare = ["keys", "sign", "a.txt", "--key", reference, "--pin-file", "pin"];
        let signed = office.json(0, &bare);
        let value = signed["files"][0]["signature"].as_str().unwrap();
        let public = desk.write("publica.pem", signed["files"][0]["receipt"]["public_key"].as_str().unwrap());
        let content = desk.path("a.txt");
        let pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"];
        let judged = [&["dgst", "-sha256", "-verify", text(&public)], &pss[..], &["-signature", value, text(&content)]];
        if let Some(verdict) = judge("openssl", &judged.concat()) {
            assert!(verdict.status.success(), "{}", String::from_utf8_lossy(&verdict.stderr));
        }
        assert_eq!(code(&office.json(77, &sign)), "token_pin_required", "nobody stays logged in");

        let records = office.json(0, &["audit", "list", "--act", "key_unlocked"]);
        let codes: Vec<_> = records["records"].as_array().unwrap().iter().map(|own| &own["error_code"]).collect();
        assert!(codes.contains(&&json!("token_pin_wrong")), "a wrong PIN is on record: {codes:?}");
        assert!(!records.to_string().contains(PIN), "the PIN is not");

        hsm.remove_tokens();
        let gone = office.run(&[&sign[..], &["--pin-file", "pin", "--json"]].concat()).ends(69).json();
        assert_eq!(code(&gone), "token_absent");
        let name = std::path::Path::new(module).file_name().unwrap().to_str().unwrap();
        assert_eq!(office.json(0, &["token", "module", "remove", name])["modules"], json!([]));
        office.run(&["token", "module", "remove", name]).ends(65);
    });
}

#[test]
fn a_certificate_from_elsewhere_makes_an_identity_of_a_token_key() {
    in_own_process("a_certificate_from_elsewhere_makes_an_identity_of_a_token_key", |hsm| {
        let office = WithToken::new(hsm);
        let desk = &office.desk;
        let (key, certificate) = (desk.path("chave.pem"), desk.path("cert.pem"));
        let subject = "/C=BR/O=Teste/CN=JOANA DARC:52998224725";
        let make = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90", "-subj", subject];
        let files = ["-keyout", text(&key), "-out", text(&certificate)];
        let Some(made) = judge("openssl", &[&make[..], &files].concat()) else { return };
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        hsm.import_key("Balcao", &key, "a1b2", "a3");
        office.json(0, &["token", "module", "add", text(hsm.module())]);
        let content = office.json(0, &["token", "content", "Balcao", "--pin-file", "pin"]);
        let reference = content["keys"][0]["key"]["key_ref"].as_str().unwrap();
        let adopt = ["identity", "adopt", "--key", reference, "--label", "A3", "--pin-file", "pin"];
        assert_eq!(code(&office.json(65, &adopt)), "key_no_certificate");
        let identity = office.json(0, &[&adopt[..], &["--certificate", "cert.pem"]].concat());
        assert_eq!((&identity["holder"], &identity["key_origin"]), (&json!("JOANA DARC"), &json!("token")));
        desk.write("a.txt", "a");
        office.run(&["sign", "a.txt", "--identity", "A3", "--pin-file", "pin"]).ends(0);
        assert_eq!(office.json(2, &["verify", "a.txt.p7s"])["signatures"][0]["integrity"], "ok");
    });
}
