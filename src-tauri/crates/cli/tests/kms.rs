//! Production: keys in KMS, against a KMS-compatible server process on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod common;

use cartorio_testkit::emulator::{ACCESS_KEY, SECRET_KEY, shared_ministack};
use common::{Desk, Run, judge};
use serde_json::Value;

/// A desk whose credentials come from the environment, as in a container.
struct Production {
    desk: Desk,
    access_key: &'static str,
}

impl Production {
    fn run(&self, arguments: &[&str]) -> Run {
        self.desk.run_with(arguments, &[("AWS_ACCESS_KEY_ID", self.access_key), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY)])
    }

    fn json(&self, exit: i32, arguments: &[&str]) -> Value {
        let mut with_json = arguments.to_vec();
        with_json.push("--json");
        self.run(&with_json).ends(exit).json()
    }
}

#[test]
fn a_kms_key_becomes_an_identity_and_signs_for_foreign_judges() {
    let Some(server) = shared_ministack() else { return };
    let office = Production { desk: Desk::empty(), access_key: ACCESS_KEY };
    let desk = &office.desk;
    desk.write("frase", "correto cavalo bateria grampo\n");
    let endpoint = server.endpoint();
    office.run(&["profile", "add", "sp", "--region", "sa-east-1", "--endpoint", &endpoint]).ends(0);
    let caller = office.json(0, &["profile", "test", "sp"]);
    assert_eq!(caller["region"], "sa-east-1");
    assert!(caller["arn"].as_str().unwrap().starts_with("arn:aws:"));

    let phrase = ["--passphrase-file", "frase"];
    fn with<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
        [arguments, &["--passphrase-file", "frase"]].concat()
    }
    let enter = ["profile", "use", "sp", "--protection", "passphrase"];
    office.run(&with(&enter)).ends(64);
    let names = ["--office-name", "2º Ofício", "--operator-name", "Rui Barbosa"];
    let state = office.json(0, &[&enter[..], &names, &phrase].concat());
    assert_eq!(state["state"]["environment"], "production");

    let key = office.json(0, &with(&["keys", "create", "--alias", "balcao", "--spec", "RSA_2048"]));
    assert!(key["key_id"].as_str().unwrap().starts_with("arn:aws:kms:sa-east-1:"), "{key}");
    let listed = office.json(0, &with(&["keys", "list"]));
    assert!(listed["keys"].as_array().unwrap().iter().any(|own| own["origin"] == "aws_kms"), "{listed}");
    let create = ["identity", "create", "--key", "awskms:alias/balcao", "--label", "Balcão", "--holder", "RUI BARBOSA"];
    let identity = office.json(0, &with(&create));
    assert_eq!((identity["key_origin"].as_str(), identity["legal"].as_str()), (Some("aws_kms"), Some("advanced")));

    desk.write("ata.txt", "ata");
    std::fs::write(desk.path("procuracao.pdf"), SAMPLE).unwrap();
    let signed = office.json(0, &with(&["sign", "ata.txt", "procuracao.pdf"]));
    for file in signed["files"].as_array().unwrap() {
        let receipt = &file["receipt"];
        assert_eq!(receipt["key_id"], key["key_id"], "the exact key, not the alias");
        assert!(receipt["request_id"].as_str().is_some_and(|id| !id.is_empty()), "CloudTrail knows it by this");
        assert_eq!(
            office.json(0, &[&["verify", file["output"].as_str().unwrap()], &phrase[..]].concat())["result"],
            "passed"
        );
    }
    if let Some(verdict) = judge("pdfsig", &[signed["files"][1]["output"].as_str().unwrap()]) {
        let verdict = String::from_utf8_lossy(&verdict.stdout).into_owned();
        assert!(verdict.contains("Signature is Valid") && verdict.contains("Total document signed"), "{verdict}");
    }
    let records = office.json(0, &with(&["audit", "list", "--act", "document_signed"]));
    assert_eq!(records["records"][0]["environment"], "sp@sa-east-1");
    office.run(&with(&["audit", "verify"])).ends(0);

    desk.write("b.txt", "b");
    let wrong = Production { desk: office.desk, access_key: "AKIAERRADA" };
    let refused = wrong.json(77, &with(&["sign", "b.txt"]));
    assert_eq!(refused["files"][0]["error"]["code"], "aws_invalid_credentials");
    wrong.run(&with(&["profile", "test", "sp"])).ends(77);
    let office = Production { desk: wrong.desk, access_key: ACCESS_KEY };
    let certificate = identity["certificate_sha256"].as_str().unwrap();
    office.desk.write("senha", "Vaga-lume-azul-42");
    let export = ["p12", "export", certificate, "--out", "x.p12", "--password-file", "senha"];
    office.run(&with(&export)).ends(77);

    let away = ["profile", "add", "sp", "--region", "sa-east-1", "--endpoint", "http://127.0.0.1:9"];
    office.run(&with(&away)).ends(0);
    let refused = office.json(69, &with(&["sign", "b.txt"]));
    assert_eq!(refused["files"][0]["error"]["code"], "aws_unreachable");
    for name in ["b.txt.p7s", "x.p12"] {
        assert!(!office.desk.path(name).exists(), "{name}: a refusal leaves no file");
    }
    let verified = office.json(0, &with(&["verify", "ata.txt.p7s"]));
    assert_eq!(verified["result"], "passed", "looking at what was signed needs no service");
    office.run(&with(&["audit", "verify"])).ends(0);
}

#[test]
fn two_people_with_passwords_retire_a_kms_key() {
    let Some(server) = shared_ministack() else { return };
    let office = Production { desk: Desk::empty(), access_key: ACCESS_KEY };
    let desk = &office.desk;
    desk.write("frase", "correto cavalo bateria grampo\n");
    desk.write("rui", "tabeliao-verde\n");
    desk.write("primeira", "trocar-logo-1\n");
    desk.write("ana", "azul-vaga-lume\n");
    let endpoint = server.endpoint();
    office.run(&["profile", "add", "sp", "--region", "sa-east-1", "--endpoint", &endpoint]).ends(0);
    let names = ["--office-name", "2º Ofício", "--operator-name", "Rui Barbosa", "--passphrase-file", "frase"];
    office.run(&[&["profile", "use", "sp", "--protection", "passphrase"][..], &names].concat()).ends(0);
    fn with<'a>(arguments: &[&'a str], further: &[&'a str]) -> Vec<&'a str> {
        [arguments, &["--passphrase-file", "frase"], further].concat()
    }
    const RUI: [&str; 2] = ["--operator-password-file", "rui"];
    const ANA: [&str; 4] = ["--operator", "Ana Souza", "--operator-password-file", "ana"];
    let code = |answer: Value| answer["error"]["code"].as_str().unwrap_or_default().to_owned();

    // Whoever starts the program is the notary as long as the notary has no password: nobody else is let in before.
    let add = ["operator", "add", "Ana Souza", "--role", "supervisor", "--new-password-file", "primeira"];
    assert_eq!(code(office.json(77, &with(&add, &[]))), "operator_own_password_first");
    office.run(&with(&["operator", "password", "--new-password-file", "rui"], &[])).ends(0);
    assert_eq!(code(office.json(77, &with(&["keys", "list"], &[]))), "operator_password_required");
    assert_eq!(code(office.json(77, &with(&["profile", "remove", "sp"], &[]))), "operator_password_required");
    office.run(&with(&add, &RUI)).ends(0);
    let first = ["--operator", "Ana Souza", "--operator-password-file", "primeira"];
    assert_eq!(code(office.json(77, &with(&["keys", "list"], &first))), "not_permitted");

    let create = ["keys", "create", "--alias", "velha-guarda", "--tag", "Setor=balcao", "--description", "a sair"];
    let key = office.json(0, &with(&create, &RUI));
    let detail = office.json(0, &with(&["keys", "describe", "velha-guarda"], &RUI));
    assert_eq!(detail["summary"]["key_id"], key["key_id"]);
    let tags = detail["tags"].to_string();
    assert!(tags.contains("balcao") && tags.contains("producao"), "{detail}");
    let statement = &detail["access"]["statements"][0];
    assert_eq!(statement["allows"], true, "{detail}");
    office.run(&with(&["keys", "describe", "velha-guarda"], &RUI)).ends(0).says("Permite à conta");

    let asked = office.json(0, &with(&["keys", "retire", "velha-guarda", "--days", "7", "--reason", "sobra"], &RUI));
    let id = asked["id"].as_str().unwrap();
    let approve = ["request", "approve", id, "--reason", "conferido"];
    office.run(&with(&approve, &RUI)).ends(77);
    // Rui set her first password: until she has one of her own he could sit in both seats.
    assert_eq!(code(office.json(77, &with(&approve, &first))), "operator_password_by_requester");
    office.run(&with(&["operator", "password", "--new-password-file", "ana"], &first)).ends(0);
    assert_eq!(office.json(0, &with(&approve, &ANA))["state"], "approved");
    let gone = office.json(0, &with(&["keys", "retire", "--request", id], &RUI));
    assert_eq!(gone["summary"]["state"], "pending_deletion");
    let arn = key["key_id"].as_str().unwrap();
    assert_eq!(office.json(0, &with(&["keys", "cancel-deletion", arn], &RUI))["summary"]["state"], "disabled");

    // A certificate needs two people as well, and exactly what was asked is issued.
    let person = ["--name", "Maria da Silva", "--cpf", "529.982.247-25", "--email", "maria@exemplo.com.br"];
    let issue = [&["ca", "issue"], &person[..]].concat();
    assert_eq!(code(office.json(77, &with(&issue, &RUI))), "approval_required");
    let ask = [&["request", "make-issue"], &person[..], &["--reason", "pedido 12"]].concat();
    let asked = office.json(0, &with(&ask, &ANA));
    let approve = ["request", "approve", asked["id"].as_str().unwrap(), "--reason", "conferido"];
    office.run(&with(&approve, &RUI)).ends(0);
    office.run(&with(&issue, &ANA)).ends(0);
    assert_eq!(code(office.json(77, &with(&issue, &ANA))), "approval_required", "an approval serves once");

    let away = ["profile", "add", "sp", "--region", "sa-east-1", "--endpoint", "http://127.0.0.1:9"];
    office.run(&with(&away, &RUI)).ends(0);
    let listed = office.json(3, &with(&["keys", "list"], &RUI));
    assert_eq!((&listed["problems"][0]["origin"], &listed["problems"][0]["name"]), (&"aws_kms".into(), &"sp".into()));
    assert_eq!(listed["problems"][0]["error"]["code"], "aws_unreachable");
    assert!(!listed["keys"].as_array().unwrap().is_empty(), "the keys of this machine are shown all the same");
    office.run(&with(&["audit", "verify"], &ANA)).ends(0);
}

const SAMPLE: &[u8] = include_bytes!("../../office/assets/samples/procuracao-publica.pdf");
