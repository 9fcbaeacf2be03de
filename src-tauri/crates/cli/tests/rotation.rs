//! Change of a key (troca de chave), from the request to the evidence.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod common;

use common::{Desk, judge, text};
use serde_json::{Value, json};

const IDENTITY: &str = "Assinatura da demonstração";
const SUPERVISOR: &str = "Rui Camargo (demonstração)";

/// An approved request to change the key of the demonstration's identity.
fn approved(desk: &Desk, options: &[&str]) -> String {
    let ask = [&["keys", "rotate", IDENTITY, "--reason", "um ano de uso"], options].concat();
    let asked = desk.json(0, &ask);
    assert_eq!((&asked["kind"], &asked["state"]), (&json!("key_rotation"), &json!("pending")));
    let id = asked["id"].as_str().unwrap().to_owned();
    desk.run(&["rotation", "start", "--request", &id]).ends(65);
    let approve = ["request", "approve", &id, "--reason", "conferido", "--operator", SUPERVISOR];
    desk.ok(&approve).says("cartorio rotation start --request");
    id
}

fn step<'a>(rotation: &'a Value, name: &str) -> &'a Value {
    rotation["steps"].as_array().unwrap().iter().find(|own| own["step"] == name).unwrap()
}

/// The keys that identities sign with, newest first.
fn references(desk: &Desk) -> Vec<String> {
    let identities = desk.json(0, &["identity", "list"]);
    identities["identities"].as_array().unwrap().iter().map(|own| own["key_ref"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_key_is_changed_by_two_people_with_evidence() {
    let desk = Desk::demo();
    desk.write("antes.txt", "antes");
    desk.ok(&["sign", "antes.txt"]);
    let old = references(&desk).remove(0);
    let request = approved(&desk, &["--transition-days", "0", "--deletion-days", "7"]);
    let rotation = desk.json(0, &["rotation", "start", "--request", &request]);
    let id = rotation["id"].as_str().unwrap();
    desk.ok(&["rotation", "list", "--open"]).says(id);
    let moved = desk.json(0, &["rotation", "advance", id, "--until", "move-alias"]);
    assert_eq!(step(&moved, "move_alias")["state"], "done", "{moved}");
    assert_eq!(step(&moved, "validate")["state"], "waiting");
    desk.run(&["keys", "disable", &old]).ends(65);
    let over = desk.json(0, &["rotation", "advance", id]);
    assert_eq!(over["state"], "finished", "{over}");
    assert!(over["deletion_at"].is_string());
    desk.ok(&["rotation", "show", id]).says("(7)").says("cartorio rotation report");
    desk.run(&["rotation", "undo", id, "--reason", "tarde demais"]).ends(65);

    let now = references(&desk);
    assert_eq!(now.len(), 1, "one identity is left, with the new key: {now:?}");
    assert_ne!(now[0], old);
    desk.write("depois.txt", "depois");
    desk.ok(&["sign", "depois.txt"]);
    for name in ["antes.txt.p7s", "depois.txt.p7s"] {
        desk.ok(&["verify", name]);
    }
    assert_eq!(desk.json(0, &["keys", "describe", &old])["summary"]["state"], "pending_deletion");
    desk.ok(&["rotation", "cancel-deletion", id]);
    assert_eq!(desk.json(0, &["keys", "describe", &old])["summary"]["state"], "disabled");

    desk.run(&["rotation", "report", id, "--out", "troca.txt"]).ends(64);
    desk.ok(&["rotation", "report", id, "--out", "troca.json"]);
    let report: Value = serde_json::from_slice(&desk.read("troca.json")).unwrap();
    assert!(report.to_string().contains(SUPERVISOR) && report.to_string().contains(&old), "{report}");
    desk.ok(&["rotation", "report", id, "--out", "troca.pdf"]);
    desk.run(&["rotation", "report", id, "--out", "troca.pdf"]).ends(65);
    desk.ok(&["verify", "troca.pdf"]);
    if let Some(verdict) = judge("pdfsig", &[text(&desk.path("troca.pdf"))]) {
        let verdict = String::from_utf8_lossy(&verdict.stdout).into_owned();
        assert!(verdict.contains("Signature is Valid"), "{verdict}");
    }
    desk.ok(&["audit", "verify"]);
}

#[test]
fn a_change_is_undone_until_the_old_key_is_switched_off() {
    let desk = Desk::demo();
    let old = references(&desk).remove(0);
    let request = approved(&desk, &["--keep", "--transition-days", "5"]);
    let rotation = desk.json(0, &["rotation", "start", "--request", &request]);
    let id = rotation["id"].as_str().unwrap();
    let waiting = desk.json(0, &["rotation", "advance", id]);
    assert_eq!((&waiting["state"], &waiting["waits_for"]), (&json!("transition"), &json!("transition")), "{waiting}");
    desk.ok(&["rotation", "show", id]).says("--end-transition");
    assert_eq!(references(&desk).len(), 2, "both are visible");
    let undone = desk.json(0, &["rotation", "undo", id, "--reason", "o balcão não está pronto"]);
    assert_eq!(undone["state"], "rolled_back", "{undone}");
    assert_eq!(references(&desk), [old]);
    desk.write("a.txt", "a");
    desk.ok(&["sign", "a.txt"]);
    desk.ok(&["verify", "a.txt.p7s"]);
    desk.run(&["rotation", "advance", id]).ends(65);
    desk.run(&["rotation", "show", "nada"]).ends(65);
}

#[test]
fn a_certificate_from_outside_is_asked_for_and_brought_back() {
    let desk = Desk::demo();
    let request = approved(&desk, &["--certificate", "external", "--transition-days", "0", "--keep"]);
    let rotation = desk.json(0, &["rotation", "start", "--request", &request]);
    let id = rotation["id"].as_str().unwrap();
    let waiting = desk.json(0, &["rotation", "advance", id]);
    assert_eq!(waiting["waits_for"], "certificate", "{waiting}");
    desk.ok(&["rotation", "request", id, "--out", "nova.csr"]);
    desk.run(&["rotation", "request", id, "--out", "nova.csr"]).ends(65).says("nova.csr");
    let (csr, key, ca, issued) =
        (desk.path("nova.csr"), desk.path("ac.key"), desk.path("ac.pem"), desk.path("novo.pem"));
    let root = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90", "-subj", "/O=Fora/CN=AC de Fora"];
    let Some(made) = judge("openssl", &[&root[..], &["-keyout", text(&key), "-out", text(&ca)]].concat()) else {
        return;
    };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let sign = ["x509", "-req", "-in", text(&csr), "-CA", text(&ca), "-CAkey", text(&key), "-days", "60"];
    let made = judge("openssl", &[&sign[..], &["-out", text(&issued)]].concat()).unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    desk.run(&["rotation", "certificate", id, "ac.pem"]).ends(65);
    let brought = desk.json(0, &["rotation", "certificate", id, "novo.pem"]);
    assert_eq!(step(&brought, "certificate")["state"], "done", "{brought}");
    let over = desk.json(0, &["rotation", "advance", id]);
    assert_eq!(over["state"], "finished", "{over}");
}
