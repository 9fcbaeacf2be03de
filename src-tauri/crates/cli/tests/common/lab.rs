//! The laboratory of real servers on loopback, and a demonstration that trusts it.

use cartorio_testkit::lab::{Lab, P12_PASSWORD, Person};

use super::{Desk, text};

const SUPERVISOR: &str = "Rui Camargo (demonstração)";

/// The laboratory's revocation lists, which lie on the desk.
pub const EVIDENCE: [&str; 6] = ["--evidence", "root.crl", "--evidence", "issuing.crl", "--evidence", "act.crl"];

/// The laboratory's root is trusted, and these people sign, each with the password in the file `senha`.
pub fn trusting(desk: &Desk, lab: &Lab, people: &[(&str, Person)]) {
    desk.write("senha", format!("{P12_PASSWORD}\n"));
    for issuer in ["root", "issuing", "act"] {
        desk.write(&format!("{issuer}.crl"), lab.crl(issuer));
    }
    let root = lab.path("root.pem");
    let asked = desk.json(0, &["trust", "add", text(&root), "--reason", "laboratório"]);
    let id = asked["id"].as_str().unwrap();
    desk.ok(&["request", "approve", id, "--reason", "conferido", "--operator", SUPERVISOR]);
    desk.ok(&["trust", "apply", "--request", id]);
    for (label, person) in people {
        // The file stays where it is: it is the key.
        let file = format!("{label}.p12");
        desk.write(&file, lab.person(*person).p12);
        desk.ok(&["a1", "add", &file, "--label", label, "--password-file", "senha"]);
    }
}
