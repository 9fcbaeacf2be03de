//! Signing to the archive level from the terminal, with authorities and lists of a laboratory on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod common;

use std::path::Path;
use std::time::Duration;

use cartorio_testkit::fault_proxy::{Fault, FaultProxy, Rule};
use cartorio_testkit::judges::{self, DssJob};
use cartorio_testkit::lab::{Lab, Person};
use common::lab::{EVIDENCE, trusting};
use common::{Desk, judge, text};
use serde_json::{Value, json};

/// A demonstration that trusts the laboratory's root and has one of its signers; `None` where it is not installed.
fn desk() -> Option<(Desk, &'static Lab)> {
    let lab = Lab::shared()?;
    let desk = Desk::demo();
    trusting(&desk, lab, &[("lab", Person::Rsa2048)]);
    Some((desk, lab))
}

const WITH: [&str; 4] = ["--identity", "lab", "--password-file", "senha"];

fn signing(desk: &Desk, exit: i32, arguments: &[&str]) -> Value {
    desk.json(exit, &[&["sign"][..], arguments, &WITH].concat())
}

/// The level that EU DSS sees, of a signature that it passes without being given anything but the root.
fn seen(lab: &Lab, file: &Path, content: Option<&Path>) -> Option<Vec<String>> {
    let found = judges::dss(&DssJob {
        file: file.to_owned(),
        content: content.map(Path::to_owned),
        anchors: vec![lab.path("root.pem")],
        ..DssJob::default()
    })?;
    assert!(found.iter().all(|own| own.indication == "TOTAL_PASSED"), "{found:#?}");
    Some(found.into_iter().map(|own| own.level).collect())
}

#[test]
fn every_form_reaches_the_archive_level() {
    let Some((desk, lab)) = desk() else { return };
    let pdf = desk.sample("procuracao-publica.pdf");
    desk.write("ata.txt", "Ata.\n");
    let tsa = ["--tsa", lab.urls().tsa.as_str(), "--level", "b-lta"];
    let up = |arguments: &[&str]| {
        let report = signing(&desk, 0, &[arguments, &tsa, &EVIDENCE].concat());
        let receipt = &report["files"][0]["receipt"];
        assert_eq!(
            (&receipt["level"], receipt["time_stamps"].as_array().unwrap().len()),
            (&json!("b-lta"), 2),
            "{report}"
        );
        std::path::PathBuf::from(report["files"][0]["output"].as_str().unwrap())
    };
    let place = "page=1,x=60,y=700,w=200,h=70";
    let signed =
        up(&[text(&pdf), "--visible", place, "--may-cover", "--certify", "form-filling", "--reason", "Ensaio"]);
    assert!(seen(lab, &signed, None).is_none_or(|levels| levels == ["PAdES-BASELINE-LTA"]));
    let detached = up(&["ata.txt"]);
    assert!(seen(lab, &detached, Some(&desk.path("ata.txt"))).is_none_or(|levels| levels == ["CAdES-BASELINE-LTA"]));
    let inside = up(&["ata.txt", "--format", "cades-enveloping", "--out", "dentro.p7s"]);
    assert!(seen(lab, &inside, None).is_none_or(|levels| levels == ["CAdES-BASELINE-LTA"]));
    // A stamp over text is refused where nobody allowed it; the code names it.
    let covering = ["procuracao-publica.pdf", "--visible", "page=1,x=60,y=60,w=300,h=70", "--out", "tapado.pdf"];
    assert_eq!(signing(&desk, 65, &covering)["files"][0]["error"]["code"], "stamp_covers");
    desk.run(&[&["sign", "procuracao-publica.pdf", "--visible", "page=1"][..], &WITH].concat()).ends(64);
    desk.ok(&["audit", "verify"]);
}

/// What keeps a level from being reached is known before anything is signed, and why what was chosen does not serve.
#[test]
fn a_preflight_misses_evidence_that_signing_would_miss() {
    let Some((desk, lab)) = desk() else { return };
    desk.write("ata.txt", "Ata.\n");
    let asked = ["ata.txt", "--level", "b-lt", "--tsa", lab.urls().tsa.as_str()];
    let told = |exit: i32, more: &[&str]| {
        let plan = signing(&desk, exit, &[&asked[..], more, &["--preflight"]].concat());
        plan["files"][0]["remarks"].as_array().unwrap().iter().find(|own| own["code"] == "evidence_missing").cloned()
    };
    assert!(told(0, &EVIDENCE).is_none());
    // The lists of the laboratory lie inside a private network, where no certificate leads this program.
    let missing = told(69, &[]).unwrap();
    assert_eq!(
        (&missing["blocks"], &missing["params"]["reason"]),
        (&json!(true), &json!("private_address")),
        "{missing}"
    );
    assert_eq!(told(0, &["--accept-lower-level"]).unwrap()["blocks"], false);
    // That of the authority's certificates says nothing of the signer's.
    let stranger = told(69, &["--evidence", "act.crl"]).unwrap();
    assert_eq!(stranger["params"]["strangers"], "AC do Tempo do Laboratório", "{stranger}");
    let all = [&["sign"][..], &asked, &["--evidence", "act.crl"], &WITH].concat();
    desk.run(&[&all[..], &["--preflight"]].concat())
        .ends(69)
        .says("O que foi escolhido é de outros: AC do Tempo do Laboratório");
    let refused = desk.json(69, &all);
    assert_eq!(refused["files"][0]["error"]["code"], "evidence_missing");
    assert!(!refused["files"][0]["error"]["detail"].as_str().unwrap().contains("()"), "{refused}");
}

#[test]
fn what_was_signed_before_is_cosigned_and_extended() {
    let Some((desk, lab)) = desk() else { return };
    desk.write("ata.txt", "Ata.\n");
    signing(&desk, 0, &["ata.txt"]);
    // In one second the same key makes the same signature, and that is there already.
    std::thread::sleep(Duration::from_millis(1_100));
    let cosigned = signing(&desk, 0, &["ata.txt.p7s", "--cosign", "--out", "dois.p7s"]);
    assert_eq!(cosigned["files"][0]["state"], "done");
    let countersigned = signing(&desk, 0, &["ata.txt.p7s", "--countersign"]);
    assert!(countersigned["files"][0]["output"].as_str().unwrap().contains("contra-assinado"));
    // With several signers somebody has to say whose signature it is.
    let counter = |exit: i32, more: &[&str]| {
        signing(&desk, exit, &[&["dois.p7s", "--countersign", "--out", "contra.p7s"][..], more].concat())["files"][0]
            .clone()
    };
    let several = counter(65, &[]);
    let told = (&several["error"]["code"], &several["error"]["params"]["count"]);
    assert_eq!(told, (&json!("countersign_choose"), &json!("2")), "{several}");
    let nobody = counter(65, &["--countersign-signer", "3"]);
    let told = (&nobody["error"]["code"], &nobody["error"]["params"]["signer"]);
    assert_eq!(told, (&json!("upgrade_no_such_signer"), &json!("3")), "{nobody}");
    assert_eq!(counter(0, &["--countersign-signer", "2"])["state"], "done");
    for words in [&["--countersign", "--countersign-signer", "0"][..], &["--cosign", "--countersign-signer", "1"]] {
        desk.run(&[&["sign", "dois.p7s"][..], words].concat()).ends(64);
    }
    desk.run(&["sign", "ata.txt", "--cosign", "--countersign"]).ends(64);

    let tsa = ["--tsa", lab.urls().tsa.as_str()];
    let extend = |exit: i32, to: &str, more: &[&str]| {
        desk.json(exit, &[&["extend", "ata.txt.p7s", "--to", to][..], &tsa, more].concat())
    };
    let stamped = extend(0, "b-t", &[]);
    assert_eq!(stamped["files"][0]["receipt"]["level"], "b-t");
    // What is there already is not written twice; an archive time stamp is renewed.
    let again = |name: &str, exit: i32, to: &str| {
        desk.json(exit, &[&["extend", name, "--to", to][..], &tsa, &EVIDENCE].concat())["files"][0].clone()
    };
    let name = stamped["files"][0]["output"].as_str().unwrap();
    let there = again(name, 0, "b-t");
    assert_eq!((&there["error"]["code"], &there["output"]), (&json!("level_already_there"), &Value::Null), "{there}");
    assert_eq!(there["state"], "unchanged");
    let archived = extend(0, "b-lta", &EVIDENCE);
    let renewed = again(archived["files"][0]["output"].as_str().unwrap(), 0, "b-lta");
    assert_eq!(renewed["receipt"]["time_stamps"].as_array().unwrap().len(), 1, "{renewed}");
    let path = std::path::PathBuf::from(archived["files"][0]["output"].as_str().unwrap());
    let levels = seen(lab, &path, Some(&desk.path("ata.txt")));
    assert!(levels.is_none_or(|levels| levels == ["CAdES-BASELINE-LTA"]));
    // Evidence that is not to be had: nothing answers at addresses that certificates name on this machine.
    assert_eq!(extend(69, "b-lt", &[])["files"][0]["error"]["code"], "evidence_missing");
    desk.ok(&["audit", "verify"]);
}

#[test]
fn exit_codes_tell_bad_input_from_services_that_do_not_answer() {
    let Some((desk, lab)) = desk() else { return };
    desk.write("ata.txt", "Ata.\n");
    let urls = lab.urls();
    let code = |report: &Value| report["files"][0]["error"]["code"].as_str().unwrap().to_owned();
    assert_eq!(code(&signing(&desk, 69, &["ata.txt", "--level", "b-t"])), "tsa_none");
    let offline = ["ata.txt", "--level", "b-t", "--offline", "--tsa", &urls.tsa];
    assert_eq!(code(&signing(&desk, 69, &offline)), "tsa_offline");
    let refusing = ["ata.txt", "--level", "b-t", "--tsa", &urls.tsa_refusing];
    assert_eq!(code(&signing(&desk, 69, &refusing)), "tsa_all_refused");
    // By explicit choice a lower level is taken, and the receipt says which.
    let lower = signing(&desk, 0, &[&refusing[..], &["--accept-lower-level"]].concat());
    assert_eq!(lower["files"][0]["receipt"]["level"], "b-b");
    let some = signing(&desk, 3, &["ata.txt", "ausente.txt"]);
    assert_eq!(some["files"][1]["error"]["code"], "document_unreadable");
    // The form that a person asks for is the one that is made, of a PDF too.
    desk.sample("procuracao-publica.pdf");
    let beside = signing(&desk, 0, &["procuracao-publica.pdf", "--format", "cades-detached"]);
    assert!(beside["files"][0]["output"].as_str().unwrap().ends_with("procuracao-publica.pdf.p7s"));
    // No root of ICP-Brasil's is above this signer.
    let policy = signing(&desk, 65, &["ata.txt", "--policy", "ad-rb"]);
    assert_eq!(code(&policy), "preflight_not_icp_brasil");
    // What only warns is told where it is signed, too: nobody knows whether ITI still has the policy.
    assert_eq!(policy["remarks"][0]["code"], "preflight_list_absent", "{policy}");
}

/// The file is at fault, and no program: neither to try again nor to report anything would help.
#[test]
fn a_signature_that_is_broken_already_is_bad_input() {
    let Some((desk, lab)) = desk() else { return };
    desk.write("ata.txt", "Ata que ninguem muda.\n");
    let signed = signing(&desk, 0, &["ata.txt", "--format", "cades-enveloping", "--out", "ata.p7s"]);
    let path = std::path::PathBuf::from(signed["files"][0]["output"].as_str().unwrap());
    let mut bytes = std::fs::read(&path).unwrap();
    let place = bytes.windows(4).position(|own| own == b"muda").unwrap();
    bytes[place] = b'M';
    std::fs::write(&path, bytes).unwrap();
    let tsa = ["--tsa", lab.urls().tsa.as_str()];
    for report in [
        desk.json(65, &[&["extend", "ata.p7s", "--to", "b-t"][..], &tsa].concat()),
        signing(&desk, 65, &["ata.p7s", "--cosign"]),
        signing(&desk, 65, &["ata.p7s", "--countersign"]),
    ] {
        let error = &report["files"][0]["error"];
        assert_eq!(
            (&error["code"], &error["params"]["name"]),
            (&json!("signature_broken_already"), &json!("ata.p7s")),
            "{report}"
        );
        assert!(!error["params"]["signer"].as_str().unwrap().is_empty());
    }
}

#[test]
fn authorities_policies_and_stamps_are_set_up() {
    let Some((desk, lab)) = desk() else { return };
    let urls = lab.urls();
    desk.ok(&["tsa", "list"]).says("tsa add");
    desk.ok(&["tsa", "add", "ACT de ensaio", "--url", &urls.tsa]);
    desk.run(&["tsa", "add", "torta", "--url", "ftp://x"]).ends(65);
    let probe = desk.json(0, &["tsa", "test", "ACT de ensaio"]);
    assert_eq!((&probe["trusted"], &probe["icp_brasil"]), (&json!(true), &json!(false)));
    desk.run(&["tsa", "test", "outra"]).ends(65).says("ACT de ensaio");
    desk.write("ata.txt", "Ata.\n");
    let stamped = signing(&desk, 0, &["ata.txt", "--level", "b-t"]);
    assert_eq!(stamped["files"][0]["receipt"]["level"], "b-t");
    assert_eq!(desk.json(0, &["tsa", "remove", "ACT de ensaio"]), json!([]));

    desk.ok(&["policy", "list"]).says("AD-RB");
    desk.write("politica.der", "nada disso");
    assert_eq!(desk.json(65, &["policy", "import", "politica.der"])["error"]["code"], "policy_file");
    let templates = desk.json(0, &["stamp", "list"]);
    let first = templates.as_array().unwrap()[0].clone();
    let mut own = first.clone();
    (own["id"], own["name"], own["built_in"]) = (json!(""), json!("Nosso"), json!(false));
    desk.write("modelo.json", own.to_string());
    let after = desk.json(0, &["stamp", "save", "modelo.json"]);
    assert!(after.as_array().unwrap().iter().any(|own| own["name"] == "Nosso"));
    desk.ok(&["stamp", "remove", "Nosso"]);
    desk.run(&["stamp", "remove", "Nosso"]).ends(65);
}

#[test]
fn a_bare_value_has_the_name_that_it_was_given() {
    let desk = Desk::demo();
    desk.write("ata.txt", "Ata.\n");
    let raw = desk.json(0, &["sign", "ata.txt", "--format", "raw", "--out", "valor.bin"]);
    let file = &raw["files"][0];
    assert_eq!(
        (&file["receipt"]["format"], &file["receipt"]["algorithm"]),
        (&json!("raw"), &json!("RSASSA_PSS_SHA_256"))
    );
    assert!(file["output"].as_str().unwrap().ends_with("/valor.bin"), "{raw}");
    assert!(desk.path("valor.bin.json").exists() && !desk.path("ata.txt.sig").exists());
    let receipt: Value = serde_json::from_slice(&desk.read("valor.bin.json")).unwrap();
    desk.write("chave.pem", receipt["public_key"].as_str().unwrap());
    let checks = ["dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-verify"];
    let paths = ["chave.pem", "valor.bin", "ata.txt"].map(|name| desk.path(name));
    let [key, value, content] = paths.each_ref().map(|path| text(path));
    let judged = judge("openssl", &[&checks[..], &[key, "-signature", value, content]].concat());
    assert!(judged.is_none_or(|own| own.status.success()));
    // Neither the value nor its receipt is overwritten, and no half of a pair is left.
    let refused = desk.json(65, &["sign", "ata.txt", "--format", "raw", "--out", "valor.bin"]);
    assert_eq!(refused["files"][0]["error"]["code"], "output_exists");
    desk.write("outro.bin.json", "meu");
    assert_eq!(
        desk.json(65, &["sign", "ata.txt", "--format", "raw", "--out", "outro.bin"])["files"][0]["state"],
        "failed"
    );
    assert!(!desk.path("outro.bin").exists() && desk.read("outro.bin.json") == b"meu");
    desk.ok(&["audit", "verify"]);
}

/// More than its authority answers questions before it is killed.
const MANY: usize = 30;

#[test]
fn killed_while_it_extends_many_the_rest_goes_on_or_is_given_up() {
    let Some((desk, lab)) = desk() else { return };
    let pdf = desk.sample("procuracao-publica.pdf");
    let report = signing(&desk, 0, &[text(&pdf)]);
    let path = lab.urls().tsa.splitn(4, '/').last().unwrap();
    let authority = FaultProxy::start(lab.urls().tsa.strip_suffix(path).unwrap());
    let url = format!("{}/{path}", authority.endpoint());
    let signed = std::path::PathBuf::from(report["files"][0]["output"].as_str().unwrap());
    let interrupted = |folder: &str| -> (Value, Vec<String>) {
        std::fs::create_dir(desk.path(folder)).unwrap();
        for number in 0..MANY {
            std::fs::copy(&signed, desk.path(&format!("{folder}/{number:02}.pdf"))).unwrap();
        }
        std::fs::create_dir(desk.path(&format!("{folder}-resultados"))).unwrap();
        let out = format!("{folder}-resultados");
        // Those who ask more questions hear nothing as long as the process lives.
        authority.rule(Rule::always(Fault::Delay(Duration::from_secs(3600))).after(6));
        let mut child = desk.spawn(&["extend", folder, "--to", "b-t", "--tsa", &url, "--out", &out]);
        while results(&desk.path(&out)).len() < 3 {
            assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        authority.clear();
        let left = desk.json(0, &["batch", "list"]);
        assert_eq!(left.as_array().unwrap().len(), 1, "{left}");
        (left[0].clone(), results(&desk.path(&out)))
    };
    let (batch, there) = interrupted("um");
    assert_eq!((&batch["kind"], &batch["level"], &batch["total"]), (&json!("extend"), &json!("b-t"), &json!(MANY)));
    assert!(batch["left"].as_u64().unwrap() > 0 && batch["identity"] == "", "{batch}");
    desk.ok(&["batch", "list"]).says("extensão até B-T");
    let id = batch["id"].as_str().unwrap();
    // Its authority was named for it, and it keeps to its folder.
    let said = desk.ok(&["batch", "resume", id]);
    said.says("estendido");
    let done = results(&desk.path("um-resultados"));
    assert_eq!(done.len(), MANY, "each once: {done:?}");
    assert!(there.iter().all(|name| done.contains(name)));
    assert!(results(&desk.path("um")).len() == MANY, "nothing but what was there");
    assert_eq!(desk.json(0, &["batch", "list"]), json!([]));
    assert_eq!(desk.json(65, &["batch", "resume", id])["error"]["code"], "batch_over");
    desk.ok(&["batch", "export", id, "--out", "lista.csv"]);
    let table = String::from_utf8(desk.read("lista.csv")).unwrap();
    assert_eq!(table.matches("concluído").count(), MANY, "{table}");

    let (batch, there) = interrupted("dois");
    let id = batch["id"].as_str().unwrap();
    assert_eq!(desk.json(0, &["batch", "abandon", id, "--reason", "o ato foi cancelado"]), json!([]));
    assert_eq!(results(&desk.path("dois-resultados")), there, "what was extended stays");
    assert_eq!(desk.json(0, &["batch", "list", "--all"])[0]["kind"], "extend");
    assert_eq!(desk.json(0, &["audit", "verify"])["intact"], true);
}

/// Documents of a folder that are there whole.
fn results(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|own| own.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name.ends_with(".pdf"));
    names.sort();
    names
}

#[test]
fn a_batch_is_listed_exported_and_given_up() {
    let desk = Desk::demo();
    for name in ["a.txt", "b.txt", "=c.txt"] {
        desk.write(name, name);
    }
    assert_eq!(desk.json(0, &["batch", "list"]), json!([]));
    desk.json(0, &["sign", "a.txt", "b.txt", "=c.txt", "--format", "raw"]);
    assert_eq!(desk.json(0, &["batch", "list"]), json!([]), "it came to its end");
    let all = desk.json(0, &["batch", "list", "--all"]);
    let [own] = all.as_array().unwrap().as_slice() else { panic!("{all}") };
    assert_eq!((&own["total"], &own["done"], &own["left"]), (&json!(3), &json!(3), &json!(0)), "{own}");
    let id = own["id"].as_str().unwrap();
    let saved = desk.json(0, &["batch", "export", id, "--out", "lista.csv"]);
    assert_eq!(saved["saved"]["name"], "lista.csv");
    let table = String::from_utf8(desk.read("lista.csv")).unwrap();
    let lines: Vec<&str> = table.trim_start_matches('\u{feff}').lines().collect();
    assert!(lines.len() == 4 && lines[0].starts_with("\"Documento\",\"Forma\""), "{table}");
    assert!(
        lines[1].starts_with("\"a.txt\",\"raw\",\"b-b\",\"concluído\"") && lines[1].contains("a.txt.sig"),
        "{table}"
    );
    assert!(lines[3].starts_with("\"'=c.txt\""), "no formula: {table}");
    // Documents of a batch are under way together: each line names its own record, whatever their order.
    let page = desk.json(0, &["audit", "list", "--act", "file_signed"]);
    let records = page["records"].as_array().unwrap();
    for (line, name) in lines[1..].iter().zip(["a.txt", "b.txt", "=c.txt"]) {
        let own = records.iter().find(|own| own["document"] == name && own["phase"] == "succeeded").expect(name);
        assert!(line.ends_with(&format!(",{}", own["seq"])), "{name} {own}\n{table}");
    }
    desk.run(&["batch", "export", id, "--out", "lista.csv"]).ends(65);
    desk.ok(&["batch", "export", id, "--out", "list.csv", "--lang", "en"]);
    assert!(String::from_utf8(desk.read("list.csv")).unwrap().contains("\"Reason code\""));
    let nobody = ["batch", "export", "nada", "--out", "x.csv"];
    assert_eq!(desk.json(65, &nobody)["error"]["code"], "batch_unknown");
    assert_eq!(desk.json(65, &["batch", "resume", id])["error"]["code"], "batch_over");
    assert_eq!(desk.json(65, &["batch", "abandon", id, "--reason", "r"])["error"]["code"], "batch_over");
    desk.run(&["batch", "export", id]).ends(64);
    desk.run(&["batch", "abandon", id]).ends(64);
}

#[test]
fn who_is_revoked_is_told_in_the_list_and_is_nobodys_default() {
    let Some(lab) = Lab::shared() else { return };
    let desk = Desk::demo();
    trusting(&desk, lab, &[("elza", Person::Revoked)]);
    desk.write("ata.txt", "Ata.\n");
    // Two can sign, as far as is known here.
    desk.run(&["sign", "ata.txt"]).ends(64).says("--identity");
    desk.ok(&["trust", "keep", text(&lab.path("issuing.pem")), "issuing.crl"]);
    let listed = desk.json(0, &["identity", "list"]);
    let states: Vec<_> =
        listed["identities"].as_array().unwrap().iter().map(|own| (&own["label"], &own["state"])).collect();
    assert!(states.iter().any(|(label, state)| *label == "elza" && *state == "revoked"), "{listed}");
    assert!(states.iter().all(|(label, state)| (*label == "elza") == (*state == "revoked")), "{listed}");
    desk.run(&["identity", "list"]).ends(0).says("Revogada");
    desk.ok(&["sign", "ata.txt"]);
    let by_elza =
        ["sign", "ata.txt", "--identity", "elza", "--password-file", "senha", "--offline", "--out", "elza.p7s"];
    assert_eq!(desk.json(65, &by_elza)["files"][0]["error"]["code"], "preflight_certificate_revoked");
}
