//! Two people: who asks, who decides, and what proves who they are.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod common;

use cartorio_testkit::traces::holding;
use common::Desk;
use serde_json::{Value, json};

/// The supervisor that the demonstration comes with: nobody of the office made her, or him, a person.
const SUPERVISOR: &str = "Rui Camargo (demonstração)";

/// A demonstration with a further supervisor and a clerk.
fn office() -> Desk {
    let desk = Desk::demo();
    desk.ok(&["operator", "add", "Ana Souza", "--role", "supervisor", "--no-password"]);
    desk.ok(&["operator", "add", "Beto Lima", "--role", "clerk", "--no-password"]);
    desk
}

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap()
}

#[test]
fn a_key_is_deleted_by_two_people_and_the_deletion_called_off() {
    let desk = office();
    let key = desk.json(0, &["keys", "create", "--alias", "velha"])["key_ref"].as_str().unwrap().to_owned();
    let asked = desk.json(0, &["keys", "retire", "velha", "--days", "7", "--reason", "não se usa mais"]);
    assert_eq!((&asked["state"], &asked["what"]["days"]), (&json!("pending"), &json!(7)));
    let id = asked["id"].as_str().unwrap();
    desk.ok(&["request", "list", "--open"]).says("velha").says(id);
    assert_eq!(
        code(&desk.json(65, &["keys", "retire", "velha", "--days", "9", "--reason", "de novo"])),
        "request_open"
    );

    // Who asked does not decide, a clerk does not either, and nothing happens without a decision.
    let approve = ["request", "approve", id, "--reason", "conferido"];
    let by = |name: &'static str| [&approve[..], &["--operator", name]].concat();
    assert_eq!(code(&desk.json(77, &approve)), "registry_same_person");
    assert_eq!(code(&desk.json(77, &by("Beto Lima"))), "not_permitted");
    assert_eq!(code(&desk.json(65, &["keys", "retire", "--request", id])), "registry_request_state");
    assert_eq!(desk.json(0, &["keys", "describe", &key])["summary"]["state"], "enabled");

    let approved = desk.json(0, &by("rui camargo (DEMONSTRAÇÃO)"));
    assert_eq!((&approved["state"], &approved["decided_by"]["name"]), (&json!("approved"), &json!(SUPERVISOR)));
    let carry_out = ["keys", "retire", "--request", id];
    assert_eq!(code(&desk.json(77, &[&carry_out[..], &["--operator", SUPERVISOR]].concat())), "not_permitted");
    let waiting = desk.json(0, &carry_out);
    assert_eq!(waiting["summary"]["state"], "pending_deletion");
    assert!(waiting["summary"]["deletion_at"].is_string());
    desk.run(&carry_out).ends(65);
    desk.write("a.txt", "a");
    desk.run(&["keys", "sign", "a.txt", "--key", &key]).ends(65);
    assert_eq!(desk.json(0, &["keys", "cancel-deletion", "velha"])["summary"]["state"], "disabled");

    let records = desk.json(0, &["audit", "list", "--act", "request_approved"]);
    assert_eq!(records["records"][0]["operator"], SUPERVISOR, "the trail knows who decided: {records}");
    desk.ok(&["audit", "verify"]);
}

#[test]
fn who_asks_and_sets_the_others_password_is_one_person() {
    let desk = office();
    desk.ok(&["keys", "create", "--alias", "velha"]);
    let asked = desk.json(0, &["keys", "retire", "velha", "--days", "7", "--reason", "sobra"]);
    let approve = ["request", "approve", asked["id"].as_str().unwrap(), "--reason", "ok", "--operator", "Ana Souza"];
    // The notary let Ana in, so the notary could sit in her seat.
    assert_eq!(code(&desk.json(77, &approve)), "operator_password_by_requester");
    desk.write("dela", "azul-vaga-lume\n");
    desk.ok(&["operator", "password", "--operator", "Ana Souza", "--new-password-file", "dela"]);
    assert_eq!(code(&desk.json(77, &approve)), "operator_password_required");
    let approved = desk.json(0, &[&approve[..], &["--operator-password-file", "dela"]].concat());
    assert_eq!(approved["state"], "approved");
}

#[test]
fn a_request_is_rejected_or_taken_back() {
    let desk = office();
    desk.ok(&["keys", "create", "--alias", "velha"]);
    let ask = ["keys", "retire", "velha", "--days", "30", "--reason", "sobra"];
    let first = desk.json(0, &ask)["id"].as_str().unwrap().to_owned();
    let rejected = desk.json(0, &["request", "reject", &first, "--reason", "ainda se usa", "--operator", "Ana Souza"]);
    assert_eq!((&rejected["state"], &rejected["decision_reason"]), (&json!("rejected"), &json!("ainda se usa")));
    desk.run(&["keys", "retire", "--request", &first]).ends(65);
    let second = desk.json(0, &ask)["id"].as_str().unwrap().to_owned();
    let refused = desk.json(77, &["request", "withdraw", &second, "--operator", "Ana Souza"]);
    assert_eq!(code(&refused), "registry_not_requester");
    assert_eq!(desk.json(0, &["request", "withdraw", &second])["state"], "withdrawn");
    assert_eq!(desk.json(0, &["request", "list", "--open"])["requests"], json!([]));
    assert_eq!(desk.json(0, &["request", "list"])["requests"].as_array().unwrap().len(), 2);
    assert_eq!(code(&desk.json(65, &["request", "approve", "nada", "--reason", "x"])), "request_unknown");
    let signing = "Assinatura da demonstração";
    assert_eq!(code(&desk.json(65, &["keys", "retire", signing, "--days", "7", "--reason", "x"])), "key_in_use");
}

#[test]
fn requests_for_p12_and_certificates_name_exactly_what_is_asked() {
    let desk = office();
    let person = ["--name", "Maria da Silva", "--cpf", "529.982.247-25", "--email", "maria@exemplo.com.br"];
    let issue =
        [&["request", "make-issue"], &person[..], &["--reason", "pedido 12", "--operator", "Beto Lima"]].concat();
    let asked = desk.json(0, &issue);
    assert_eq!((&asked["kind"], &asked["requested_by"]["name"]), (&json!("certificate_issue"), &json!("Beto Lima")));
    assert!(
        !asked.to_string().contains("52998224725") && !asked.to_string().contains("529.982.247-25"),
        "masked: {asked}"
    );
    let own = desk.json(0, &[&["ca", "issue"], &person[..]].concat());
    let export = ["request", "make-p12", own["id"].as_str().unwrap(), "--reason", "entrega", "--operator", "Beto Lima"];
    let asked = desk.json(0, &export);
    assert_eq!(asked["what"]["certificate_sha256"], own["sha256"]);
    let id = asked["id"].as_str().unwrap();
    let approved = desk.run(&["request", "approve", id, "--reason", "ok", "--operator", "Ana Souza"]).ends(0);
    approved.says("cartorio p12 export").says("--profile modern");
    desk.ok(&["request", "withdraw", id, "--operator", "Beto Lima"]);
    let other = [&export[..], &["--profile", "compatible"]].concat();
    assert_eq!(desk.json(0, &other)["what"]["profile"], "compatible");
    desk.run(&[&other[..], &["--profile", "rc2"]].concat()).ends(64);
    let seen = desk.json(0, &["request", "list", "--operator", "Beto Lima"]);
    assert_eq!(seen["requests"].as_array().unwrap().len(), 3, "a clerk sees what they asked for");
}

#[test]
fn the_seat_is_for_one_command_and_passwords_guard_it() {
    let desk = office();
    let people = desk.json(0, &["operator", "list"]);
    let seated: Vec<_> = people["operators"].as_array().unwrap().iter().filter(|own| own["current"] == true).collect();
    assert_eq!((seated.len(), &seated[0]["operator"]["role"]), (1, &json!("notary")), "{people}");
    desk.run(&["operator", "list", "--operator", "Ninguém"]).ends(65).says("Ana Souza");
    assert_eq!(code(&desk.json(77, &["keys", "create", "--alias", "x", "--operator", "Beto Lima"])), "not_permitted");
    let seat = desk.json(0, &["operator", "switch", "Beto Lima"]);
    assert_eq!(seat["operator"]["role"], "clerk");
    assert!(!seat["permissions"].as_array().unwrap().contains(&json!("manage_keys")), "{seat}");
    desk.ok(&["keys", "create", "--alias", "y"]);

    desk.write("curta", "1234567\n");
    desk.write("dela", "azul-vaga-lume\n");
    desk.write("minha", "tabeliao-verde\n");
    desk.write("errada", "outra-coisa-1\n");
    desk.run(&["operator", "password", "Ana Souza", "--new-password-file", "curta"]).ends(65);
    desk.ok(&["operator", "password", "Ana Souza", "--new-password-file", "dela"]);
    let ana = ["request", "list", "--operator", "Ana Souza"];
    let with = |file: &'static str| [&ana[..], &["--operator-password-file", file]].concat();
    assert_eq!(code(&desk.json(77, &ana)), "operator_password_required", "no terminal to ask");
    assert_eq!(code(&desk.json(77, &with("errada"))), "operator_password_wrong");
    desk.json(0, &with("dela"));
    let wrong = desk.json(0, &["audit", "list", "--act", "operator_switched"]);
    let codes: Vec<_> = wrong["records"].as_array().unwrap().iter().map(|own| own["error_code"].clone()).collect();
    assert!(codes.contains(&json!("operator_password_wrong")), "who tried to be whom is on record: {codes:?}");

    // Once the notary has a password, who starts the program is not thereby the notary.
    desk.ok(&["operator", "password", "--new-password-file", "minha"]);
    for arguments in [&["keys", "list"][..], &["operator", "list"], &["audit", "list"], &["profile", "remove", "x"]] {
        assert_eq!(code(&desk.json(77, arguments)), "operator_password_required", "{arguments:?}");
    }
    desk.json(0, &["keys", "list", "--operator-password-file", "minha"]);
    assert_eq!(
        code(&desk.json(77, &["keys", "list", "--operator-password-file", "errada"])),
        "operator_password_wrong"
    );
    desk.write("a.txt", "a");
    desk.ok(&["sign", "a.txt", "--operator", "Beto Lima"]);
    desk.ok(&["verify", "a.txt.p7s", "--operator-password-file", "minha"]);
    desk.run(&["verify", "a.txt.p7s"]).ends(2).says("sem o cartório");
    let change = ["operator", "password", "--new-password-file", "dela", "--operator-password-file", "minha"];
    desk.ok(&change);
    desk.run(&change).ends(77);
    for password in ["azul-vaga-lume", "tabeliao-verde", "outra-coisa-1"] {
        let found = holding(&desk.home(), password.as_bytes()).unwrap();
        assert!(found.is_empty(), "{found:?}: no file of the installation holds a password");
    }
}

#[test]
fn people_change_and_a_notary_stays() {
    let desk = office();
    let changed = desk.json(0, &["operator", "change", "Beto Lima", "--role", "supervisor", "--name", "Roberto Lima"]);
    let names: Vec<_> = changed["operators"].as_array().unwrap().iter().map(|own| &own["operator"]["name"]).collect();
    assert!(names.contains(&&json!("Roberto Lima")), "{changed}");
    desk.ok(&["operator", "change", "Ana Souza", "--inactive"]);
    desk.run(&["request", "list", "--operator", "Ana Souza"]).ends(65);
    desk.ok(&["operator", "change", "Ana Souza", "--active"]);
    desk.ok(&["request", "list", "--operator", "Ana Souza"]);
    let notary =
        changed["operators"].as_array().unwrap().iter().find(|own| own["operator"]["role"] == "notary").unwrap();
    let id = notary["operator"]["id"].as_str().unwrap();
    assert_eq!(code(&desk.json(65, &["operator", "change", id, "--role", "clerk"])), "operator_last_notary");
    desk.run(&["operator", "add", "Ana Souza", "--role", "clerk", "--no-password"]).ends(65);
    desk.run(&["operator", "add", "Zé", "--role", "clerk"]).ends(64);
    assert_eq!(
        code(&desk.json(77, &["operator", "add", "Zé", "--role", "clerk", "--no-password", "--operator", "Ana Souza"])),
        "not_permitted"
    );
}
