//! The key desk in the demonstration: what becomes of a key, and signatures that OpenSSL checks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod common;

use common::{Desk, judge, text};
use serde_json::{Value, json};

fn names(list: &Value) -> Vec<String> {
    let keys = list["keys"].as_array().unwrap().iter();
    keys.flat_map(|key| key["aliases"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()))
        .collect()
}

fn tags(key: &Value) -> Vec<(String, String)> {
    let tag = |tag: &Value| (tag["name"].as_str().unwrap().to_owned(), tag["value"].as_str().unwrap().to_owned());
    key["tags"].as_array().unwrap().iter().map(tag).collect()
}

#[test]
fn a_key_is_made_named_tagged_switched_off_and_on() {
    let desk = Desk::demo();
    let create = ["keys", "create", "--alias", "balcao", "--spec", "ECC_NIST_P256", "--tag", "Setor=balcão"];
    let key = desk.json(0, &[&create[..], &["--description", "do balcão"]].concat());
    let reference = key["key_ref"].as_str().unwrap();
    assert_eq!((&key["spec"], &key["usage"]), (&json!("ECC_NIST_P256"), &json!("sign")));
    desk.run(&create).ends(65);
    desk.ok(&["keys", "list"]).says("balcao").says(reference);
    desk.ok(&["keys", "list", "--lang", "en"]).says("Last signature");

    let detail = desk.json(0, &["keys", "describe", "balcao"]);
    assert_eq!(detail["summary"]["key_ref"], reference, "a name is as good as the reference");
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    for tag in [pair("Setor", "balcão"), pair("Sistema", "cartorio-digital"), pair("Ambiente", "demonstracao")] {
        assert!(tags(&detail).contains(&tag), "{tag:?}: {detail}");
    }
    assert_eq!(detail["timeline"][0]["act"], "key_created");
    desk.ok(&["keys", "describe", "balcao"]).says("Setor = balcão").says("BEGIN PUBLIC KEY").says("Criação de chave");

    desk.json(0, &["keys", "alias", "put", reference, "segunda"]);
    assert_eq!(desk.json(0, &["keys", "describe", "segunda"])["summary"]["key_ref"], reference);
    desk.json(0, &["keys", "alias", "remove", "balcao", "segunda"]);
    desk.run(&["keys", "describe", "segunda"]).ends(65).says("segunda");
    let changed = desk.json(0, &["keys", "tag", "balcao", "--put", "Setor=fundos", "--put", "Andar=2"]);
    assert!(tags(&changed).contains(&pair("Setor", "fundos")) && tags(&changed).contains(&pair("Andar", "2")));
    let changed = desk.json(0, &["keys", "tag", "balcao", "--remove", "Andar"]);
    assert!(!tags(&changed).iter().any(|(name, _)| name == "Andar"), "{changed}");
    let changed = desk.json(0, &["keys", "set-description", "balcao", "da sala dos fundos"]);
    assert_eq!(changed["summary"]["description"], "da sala dos fundos");

    desk.write("a.txt", "a");
    assert_eq!(desk.json(0, &["keys", "disable", "balcao"])["summary"]["state"], "disabled");
    assert_eq!(names(&desk.json(0, &["keys", "list", "--state", "disabled"])), ["balcao"]);
    assert_eq!(names(&desk.json(0, &["keys", "list", "--search", "FUNDOS"])), ["balcao"]);
    assert_eq!(names(&desk.json(0, &["keys", "list", "--search", "FUNDOS", "--state", "enabled"])), [""; 0]);
    let refused = desk.run(&["keys", "sign", "a.txt", "--key", "balcao", "--json"]).ends(65).json();
    assert!(refused.to_string().contains("key_disabled"), "{refused}");
    assert!(!desk.path("a.txt.sig").exists());
    assert_eq!(desk.json(0, &["keys", "enable", "balcao"])["summary"]["state"], "enabled");
    desk.ok(&["keys", "sign", "a.txt", "--key", "balcao"]);
    let used = desk.json(0, &["keys", "describe", "balcao"]);
    assert_eq!(used["summary"]["signatures"], 1);
    let acts = desk.json(0, &["audit", "list", "--limit", "200"]);
    for act in ["key_alias_moved", "key_alias_removed", "key_tagged", "key_changed", "key_disabled", "key_enabled"] {
        let records = acts["records"].as_array().unwrap();
        assert!(records.iter().any(|own| own["act"] == act && own["phase"] == "succeeded"), "{act} is on record");
    }
}

#[test]
fn the_public_half_leaves_in_three_forms() {
    let desk = Desk::demo();
    desk.ok(&["keys", "create", "--alias", "rsa"]);
    desk.ok(&["keys", "public-key", "rsa"]).says("BEGIN PUBLIC KEY");
    let pem = desk.json(0, &["keys", "public-key", "rsa"])["public_key_pem"].as_str().unwrap().to_owned();
    let jwk = desk.json(0, &["keys", "public-key", "rsa", "--format", "jwk"]);
    assert_eq!((&jwk["public_key_jwk"]["kty"], &jwk["public_key_jwk"]["e"]), (&json!("RSA"), &json!("AQAB")));
    desk.run(&["keys", "public-key", "rsa", "--format", "der"]).ends(64).says("--out");
    desk.ok(&["keys", "public-key", "rsa", "--format", "der", "--out", "rsa.der"]);
    desk.run(&["keys", "public-key", "rsa", "--format", "der", "--out", "rsa.der"]).ends(65).says("rsa.der");
    desk.run(&["keys", "public-key", "rsa", "--out", "ausente/rsa.pem"]).ends(65);
    let der = desk.path("rsa.der");
    if let Some(read) = judge("openssl", &["pkey", "-pubin", "-inform", "DER", "-in", text(&der), "-pubout"]) {
        assert!(read.status.success());
        assert_eq!(String::from_utf8_lossy(&read.stdout), pem, "the same key in both forms");
    }
}

#[test]
fn files_are_signed_with_receipts_that_openssl_and_a_stranger_check() {
    let desk = Desk::demo();
    let content = desk.write("ata.txt", "Ata notarial.\r\nFé pública.\n");
    for (alias, spec) in [("rsa", "RSA_3072"), ("curva", "ECC_NIST_P384")] {
        desk.ok(&["keys", "create", "--alias", alias, "--spec", spec]);
        desk.ok(&["keys", "create", "--alias", &format!("outra-{alias}"), "--spec", spec]);
    }
    const PSS: [&str; 4] = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"];
    for (number, (key, algorithm, hash, options)) in (1..).zip([
        ("rsa", None, "-sha256", &PSS[..]),
        ("rsa", Some("RSASSA_PSS_SHA_512"), "-sha512", &PSS),
        ("rsa", Some("RSASSA_PKCS1_V1_5_SHA_384"), "-sha384", &[]),
        ("curva", None, "-sha384", &[]),
    ]) {
        let mut arguments = vec!["keys", "sign", "ata.txt", "--key", key];
        arguments.extend(algorithm.iter().flat_map(|name| ["--algorithm", name]));
        let signed = desk.json(0, &arguments);
        let file = &signed["files"][0];
        let (value, receipt) = (file["signature"].as_str().unwrap(), file["receipt_file"].as_str().unwrap());
        let stem = if number == 1 { "ata.txt".to_owned() } else { format!("ata.txt-{number}") };
        assert!(value.ends_with(&format!("/{stem}.sig")) && receipt.ends_with(&format!("/{stem}.sig.json")), "{file}");
        let said: Value = serde_json::from_slice(&std::fs::read(receipt).unwrap()).unwrap();
        assert_eq!(said, file["receipt"], "what is shown is what is written");
        assert_eq!(said["notice"], "DEMONSTRAÇÃO, sem valor jurídico");
        let public = desk.write("publica.pem", said["public_key"].as_str().unwrap());
        let judged =
            [&["dgst", hash, "-verify", text(&public)], options, &["-signature", value, text(&content)]].concat();
        if let Some(verdict) = judge("openssl", &judged) {
            assert!(verdict.status.success(), "{algorithm:?}: {}", String::from_utf8_lossy(&verdict.stderr));
        }
        let verdict = desk.json(0, &["keys", "verify", "ata.txt", "--signature", receipt]);
        assert_eq!((&verdict["valid"], &verdict["algorithm"]), (&json!(true), &said["algorithm"]));
        let algorithm = said["algorithm"].as_str().unwrap();
        desk.ok(&["keys", "verify", "ata.txt", "--signature", value, "--key", key, "--algorithm", algorithm]);
        let other = format!("outra-{key}");
        let refused = desk.json(1, &["keys", "verify", "ata.txt", "--signature", receipt, "--key", &other]);
        assert_eq!(refused["reason"], "key_differs");
    }
    desk.run(&["keys", "verify", "ata.txt", "--signature", "ata.txt.sig"]).ends(64).says("--key");
    desk.run(&["verify", "ata.txt.sig.json"]).ends(65).says("cartorio keys verify");
    // An RSA value alone does not say its algorithm.
    desk.run(&["keys", "verify", "ata.txt", "--signature", "ata.txt.sig", "--key", "rsa"]).ends(65);

    desk.write("outra.txt", "Ata notarial.\nFé pública.\n");
    let refused = desk.json(1, &["keys", "verify", "outra.txt", "--signature", "ata.txt.sig.json"]);
    assert_eq!((&refused["valid"], &refused["reason"]), (&json!(false), &json!("digest_differs")));
    desk.run(&["keys", "verify", "outra.txt", "--signature", "ata.txt.sig.json"]).ends(1).says("NÃO é o arquivo");
    let mut value = desk.read("ata.txt-4.sig");
    *value.last_mut().unwrap() ^= 1;
    desk.write("torta.sig", value);
    let refused = desk.json(1, &["keys", "verify", "ata.txt", "--signature", "torta.sig", "--key", "curva"]);
    assert_eq!(refused["reason"], "signature_wrong");

    // Another machine, no office: the receipt is enough, and says nothing of whose key it is.
    let court = Desk::empty();
    court.write("ata.txt", desk.read("ata.txt"));
    court.write("recibo.json", desk.read("ata.txt.sig.json"));
    let verdict = court.json(2, &["keys", "verify", "ata.txt", "--signature", "recibo.json"]);
    assert_eq!(
        (&verdict["valid"], &verdict["known_key"], &verdict["audit_seq"]),
        (&json!(true), &json!(false), &json!(null))
    );
    assert!(!court.home().exists(), "looking at a file makes no office");

    // Whoever writes a receipt puts a key of their own into it: the office knows its own by their names, and nobody is taken in.
    let attacker = Desk::demo();
    attacker.write("ata.txt", desk.read("ata.txt"));
    attacker.ok(&["keys", "create", "--alias", "rsa"]);
    attacker.ok(&["keys", "sign", "ata.txt", "--key", "rsa"]);
    let of = |own: &Desk| serde_json::from_slice::<Value>(&own.read("ata.txt.sig.json")).unwrap();
    let (ours, mut theirs) = (of(&desk), of(&attacker));
    let judged = |receipt: &Value, exit: i32| {
        desk.write("forjado.json", serde_json::to_vec(receipt).unwrap());
        desk.json(exit, &["keys", "verify", "ata.txt", "--signature", "forjado.json"])
    };
    let verdict = judged(&theirs, 2);
    assert_eq!((&verdict["valid"], &verdict["known_key"]), (&json!(true), &json!(false)));
    theirs["key_id"] = ours["key_id"].clone();
    theirs["operator"] = ours["operator"].clone();
    assert_eq!(judged(&theirs, 1)["reason"], "receipt_contradicts");
    theirs["key_id"] = json!("de-ninguem");
    theirs["public_key_sha256"] = ours["public_key_sha256"].clone();
    assert_eq!(judged(&theirs, 1)["reason"], "receipt_contradicts");
    assert_eq!(judged(&ours, 0)["known_key"], true);
}

#[test]
fn a_batch_that_is_partly_signed_ends_with_3_and_names_each_file() {
    let desk = Desk::demo();
    desk.ok(&["keys", "create", "--alias", "rsa"]);
    desk.write("a.txt", "a");
    desk.write("b.txt", "b");
    let report = desk.json(3, &["keys", "sign", "a.txt", "ausente.txt", "b.txt", "--key", "rsa"]);
    let states: Vec<_> = report["files"].as_array().unwrap().iter().map(|own| (&own["file"], &own["state"])).collect();
    assert_eq!(json!(states), json!([["a.txt", "done"], ["ausente.txt", "failed"], ["b.txt", "done"]]));
    assert_eq!(report["files"][1]["error"]["code"], "document_unreadable");
    desk.run(&["keys", "sign", "ausente.txt", "--key", "rsa"]).ends(65).says("ausente.txt");
    desk.run(&["keys", "sign", "a.txt", "--key", "rsa", "--out", "ausente"]).ends(65).says("ausente");
    desk.run(&["keys", "sign", "a.txt", "--key", "rsa", "--algorithm", "ECDSA_SHA_256"]).ends(65);
    desk.run(&["keys", "sign", "a.txt", "--key", "ninguém"]).ends(65).says("ninguém");
    std::fs::create_dir(desk.path("saida")).unwrap();
    desk.ok(&["keys", "sign", "a.txt", "b.txt", "--key", "rsa", "--out", "saida"]);
    assert!(desk.path("saida/a.txt.sig").exists() && desk.path("saida/b.txt.sig.json").exists());
}

#[test]
fn keys_that_are_due_are_found_by_age() {
    let desk = Desk::demo();
    desk.ok(&["keys", "create", "--alias", "sem-identidade"]);
    assert_eq!(names(&desk.json(0, &["keys", "list", "--due"])), [""; 0], "a new office has nothing due");
    let identity = desk.json(0, &["identity", "list"])["identities"][0]["label"].as_str().unwrap().to_owned();
    desk.run(&["keys", "age-rule", "29"]).ends(65);
    assert_eq!(desk.json(0, &["keys", "age-rule", "30"])["max_age_days"], 30);
    assert_eq!(names(&desk.json(0, &["keys", "list", "--due=29"])), [""; 0]);
    let due = desk.json(0, &["keys", "list", "--due=30"]);
    assert_eq!(due["max_age_days"], 30);
    assert_eq!(due["keys"].as_array().unwrap().len(), 1, "who signs nothing is never due: {due}");
    assert_eq!(due["keys"][0]["identities"], json!([identity]));
    let named = desk.json(0, &["keys", "describe", &identity]);
    assert_eq!(named["summary"]["key_ref"], due["keys"][0]["key_ref"], "the label of an identity names its key too");
    assert_eq!(desk.json(0, &["keys", "unlock-state", &identity])["needs"], "nothing");
}

#[test]
fn a_key_that_seals_renews_itself() {
    let desk = Desk::demo();
    let key = desk.json(0, &["keys", "create", "--alias", "cofre", "--usage", "seal"]);
    assert_eq!((&key["usage"], &key["can_sign"]), (&json!("seal"), &json!(false)));
    desk.run(&["keys", "auto-rotation", "cofre", "--every", "89"]).ends(65);
    let on = desk.json(0, &["keys", "auto-rotation", "cofre", "--every", "365"]);
    assert_eq!(on["automatic_rotation"]["period_days"], 365);
    let renewed = desk.json(0, &["keys", "renew", "cofre"]);
    assert_eq!(renewed["automatic_rotation"]["past"][0]["on_demand"], true, "{renewed}");
    desk.ok(&["keys", "describe", "cofre"]).says("a cada 365 dias").says("a pedido");
    let off = desk.json(0, &["keys", "auto-rotation", "cofre", "--off"]);
    assert_eq!(off["automatic_rotation"]["period_days"], json!(null));
    desk.write("a.txt", "a");
    desk.run(&["keys", "sign", "a.txt", "--key", "cofre"]).ends(65);
    desk.run(&["keys", "auto-rotation", "Assinatura da demonstração", "--every", "365"]).ends(65);
}
