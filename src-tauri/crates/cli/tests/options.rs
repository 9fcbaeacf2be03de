//! Options of signing and what goes with them: the plan beforehand, fields, passwords, contents that lie elsewhere, folders.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod common;

use common::{Desk, judge, text};
use serde_json::{Value, json};

fn names(desk: &Desk) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(desk.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name != "home" && name != "user")
        .collect();
    names.sort();
    names
}

fn first(report: &Value) -> &Value {
    &report["files"][0]
}

#[test]
fn the_plan_is_told_whole_and_nothing_is_done() {
    let desk = Desk::demo();
    desk.write("ata.txt", "Ata.\n");
    desk.sample("procuracao-publica.pdf");
    let before = (names(&desk), desk.json(0, &["audit", "list"])["records"].as_array().unwrap().len());
    let plan = desk.json(0, &["sign", "ata.txt", "procuracao-publica.pdf", "--preflight"]);
    let files = plan["files"].as_array().unwrap();
    assert!(files.iter().all(|own| own["ready"] == true), "{plan}");
    assert!(files[0]["output"].as_str().unwrap().ends_with("/ata.txt.p7s"), "{plan}");
    assert!(files[1]["output"].as_str().unwrap().ends_with("/procuracao-publica-assinado.pdf"), "{plan}");
    assert_eq!((&files[0]["format"], &files[1]["format"]), (&json!("cades-detached"), &json!("pades")));
    // Every reason that a validator would have, not the first alone; and what should merely be known.
    let policy = desk.json(65, &["sign", "ata.txt", "--policy", "ad-rt", "--preflight"]);
    let remarks = first(&policy)["remarks"].as_array().unwrap();
    let of = |code: &str| remarks.iter().find(|own| own["code"] == code).unwrap_or_else(|| panic!("{code}: {policy}"));
    assert_eq!(of("preflight_not_icp_brasil")["blocks"], true);
    assert_eq!(of("no_authorities")["blocks"], true);
    assert_eq!(of("preflight_list_absent")["blocks"], false);
    assert_eq!(first(&policy)["ready"], false);
    desk.run(&["sign", "ata.txt", "--policy", "ad-rt", "--preflight"])
        .says("o VALIDAR recusaria: ")
        .says("impede: ")
        .says("atenção: ")
        .says("[preflight_list_absent]");
    // An authority that is named counts.
    let named = ["sign", "ata.txt", "--level", "b-t", "--tsa", "http://127.0.0.1:9/tsa", "--preflight"];
    assert_eq!(first(&desk.json(0, &named))["remarks"], json!([]));
    assert_eq!(
        first(&desk.json(69, &named[..4].iter().copied().chain(["--preflight"]).collect::<Vec<_>>()))["ready"],
        false
    );
    // One that cannot be signed so is told beside one that can.
    let some = desk.json(3, &["sign", "ata.txt", "procuracao-publica.pdf", "--certify", "no-changes", "--preflight"]);
    assert_eq!(first(&some)["error"]["code"], "sign_format_not_fitting");
    assert_eq!(some["files"][1]["ready"], true);
    let after = (names(&desk), desk.json(0, &["audit", "list"])["records"].as_array().unwrap().len());
    assert_eq!(after, before);
    // What is planned is what comes.
    desk.write("ata.txt.p7s", "outra coisa");
    let plan = desk.json(0, &["sign", "ata.txt", "--preflight"]);
    let done = desk.json(0, &["sign", "ata.txt"]);
    assert_eq!(first(&plan)["output"], first(&done)["output"]);
    // A pattern is for every form.
    for (form, name) in [("cades-detached", "final ata.txt.p7s"), ("raw", "final ata.txt.sig")] {
        let done = desk.json(0, &["sign", "ata.txt", "--format", form, "--name-pattern", "final {nome}"]);
        assert!(first(&done)["output"].as_str().unwrap().ends_with(name), "{done}");
    }
    assert!(desk.path("final ata.txt.sig.json").exists(), "its receipt has the same name");
}

/// What makes no sense is said before anything is opened: there is no office here, and no file of these names.
#[test]
fn what_makes_no_sense_is_refused_before_anything_is_opened() {
    let desk = Desk::empty();
    let place = "page=1,x=60,y=700,w=200,h=70";
    for (wrong, named) in [
        (&["--format", "cades-detached", "--reason", "De acordo"][..], "--reason"),
        (&["--format", "cades-enveloping", "--location", "Olinda"], "--location"),
        (&["--cosign", "--reason", "De acordo"], "--reason"),
        (&["--countersign", "--location", "Olinda"], "--location"),
        (&["--format", "raw", "--commitment", "approval"], "--commitment"),
        (&["--format", "raw", "--reason", "r", "--content-hint", "Ata"], "--reason, --content-hint"),
        (&["--format", "pades", "--mime-type", "application/pdf"], "--mime-type"),
        (&["--format", "pades", "--signer-city", "Olinda"], "--signer-city"),
        (&["--format", "pades", "--signer-country", "BR"], "--signer-country"),
        (&["--format", "pades", "--signer-address", "Rua do Sol"], "--signer-address"),
        (&["--format", "pades", "--reason", "r", "--commitment", "approval"], "--commitment"),
        (&["--content", "ata.txt"], "--cosign"),
        (&["--cosign", "--countersign"], "--countersign"),
        (&["--cosign", "--format", "pades"], "pades"),
        (&["--countersign", "--format", "raw"], "raw"),
        (&["--cosign", "--visible", place], "--visible"),
        (&["--format", "cades-detached", "--certify", "no-changes"], "--certify"),
        (&["--format", "raw", "--field", "Assinatura"], "--field"),
        (&["--format", "raw", "--level", "b-t"], "--level"),
        (&["--format", "raw", "--policy", "ad-rb"], "--policy"),
        (&["--countersign", "--level", "b-lta"], "--level"),
        (&["--countersign", "--policy", "ad-rt"], "--policy"),
        (&["--policy", "ad-rt", "--accept-lower-level"], "--accept-lower-level"),
        (&["--tsa", "http://tsa.example"], "--tsa"),
        (&["--policy", "ad-rb", "--tsa", "http://tsa.example"], "--tsa"),
        (&["--stamp", "Padrão"], "--visible"),
        (&["--visible", place, "--field", "Tabelião"], "--visible field"),
        (&["--visible", "field"], "--field"),
        (&["--may-cover"], "--visible"),
        (&["--on-error", "service"], "service|key"),
        (&["--on-error", "rede=stop"], "service|key"),
        (&["--on-error", "service=talvez"], "stop|go-on|pause"),
        (&["--unseen-reason", " "], "--unseen-reason"),
        (&["--countersign", "--countersign-signer", "0"], "--countersign-signer"),
        (&["--countersign", "--countersign-signer", "0x1"], "--countersign-signer"),
        (&["--visible", "page=1,x=NaN,y=700,w=200,h=70"], "page=1,x="),
        (&["--visible", "page=1,x=60,y=700,w=inf,h=70"], "page=1,x="),
        (&["--visible", "page=1,x=60,y=1e300,w=200,h=70"], "page=1,x="),
        (&["--visible", "1,60,700,200,70"], "page=1,x="),
        (&["--visible", "page=1,x=60,y=700,w=200"], "page=1,x="),
        (&["--visible", "page=1,x=60,y=700,w=-200,h=70"], "page=1,x="),
        (&["--level", "b-x"], "b-lta"),
        (&["--policy", "ad-rx"], "ad-ra"),
        (&["--format", "xades"], "cades-detached"),
        (&["--certify", "tudo"], "form-filling"),
        (&["--commitment", "nenhum"], "approval"),
        (&["--identity", "a", "--identity", "b"], "--identity"),
        (&["--nada"], "--nada"),
        // Nothing is none of them, and what there is is said.
        (&["--field", ""], "--field"),
        (&["--field", "  "], "--field"),
        (&["--lock", "these="], "these=A,B"),
        (&["--level", "b-t", "--tsa", ""], "--tsa"),
        (&["--out", ""], "--out"),
        (&["--algorithm", ""], "--algorithm"),
        (&["--algorithm", "ROT13"], "RSASSA_PKCS1_V1_5_SHA_256, RSASSA_PKCS1_V1_5_SHA_384"),
    ] {
        for lang in ["pt-BR", "en"] {
            let run = desk.run(&[&["sign", "ausente.txt", "--lang", lang][..], wrong].concat()).ends(64).says(named);
            assert_eq!(run.stdout, "", "{wrong:?}");
        }
        assert_eq!(desk.json(64, &[&["sign", "ausente.txt"][..], wrong].concat())["error"]["code"], "usage");
    }
    let values = [
        "identity",
        "format",
        "level",
        "policy",
        "algorithm",
        "content",
        "reason",
        "location",
        "visible",
        "stamp",
        "certify",
        "field",
        "commitment",
        "mime-type",
        "content-hint",
        "signer-country",
        "signer-city",
        "signer-address",
        "name-pattern",
        "on-error",
        "unseen-reason",
        "out",
        "tsa",
        "evidence",
        "document-password-file",
    ];
    for option in values.map(|own| format!("--{own}")) {
        desk.run(&["sign", "ausente.txt", &option]).ends(64).says(&option);
    }
    for (wrong, named) in [
        (&["extend", "ausente.pdf"][..], "--to"),
        (&["extend", "--to", "b-t"], "FILE"),
        (&["extend", "ausente.pdf", "--to"], "--to"),
        (&["extend", "ausente.pdf", "--to", "b-b"], "b-lta"),
        (&["extend", "ausente.pdf", "--to", "b-t", "--content"], "--content"),
        (&["extend", "ausente.pdf", "--to", "b-t", "--cosign"], "--cosign"),
        (&["verify"], "FILE"),
        (&["verify", "a.pdf", "b.pdf"], "b.pdf"),
        (&["verify", "ausente.pdf", "--at", "ontem"], "2026-11-21T"),
        (&["verify", "ausente.pdf", "--at", "2026-11-21"], "2026-11-21T"),
        (&["verify", "ausente.pdf", "--content"], "--content"),
        (&["verify", "ausente.pdf", "--trust"], "--trust"),
        (&["verify", "ausente.pdf", "--crl"], "--crl"),
        (&["verify", "ausente.pdf", "--password-stdin", "--password-file", "x"], "--password-"),
        (&["fields"], "FILE"),
        (&["fields", "ausente.pdf", "--document-password-file"], "--document-password-file"),
        (&["batch", "export", "id"], "--out"),
        (&["batch", "resume"], "BATCH"),
        (&["batch", "abandon", "id"], "--reason"),
        (&["batch", "abandon", "id", "--reason", " "], "--reason"),
        (&["batch", "list", "tudo"], "tudo"),
        (&["keys", "sign", "ausente", "--key", "k", "--algorithm", "ROT13"], "ECDSA_SHA_256"),
        (&["keys", "verify", "ausente", "--signature", "s", "--algorithm", "rot13"], "ECDSA_SHA_256"),
        (&["keys", "create", "--alias", "k", "--spec", "RSA"], "ML_DSA_44"),
        (&["ca", "issue", "--name", "N", "--cpf", "1", "--email", "e", "--key-spec", "RSA"], "RSA_2048, RSA_3072"),
        (&["audit", "list", "--limit", "0x10"], "--limit"),
        (&["audit", "list", "--before", "1e3"], "--before"),
        (&["expiry", "--days", "+30"], "--days"),
        (&["keys", "list", "--due=0x1e"], "--due"),
        (&["tsa", "add", "ACT", "--url", "http://tsa.example", "--timeout", "1e1"], "--timeout"),
        (&["tsa", "move", "ACT", "--to", "0"], "--to"),
        (
            &[
                "profile",
                "add",
                "p",
                "--region",
                "sa-east-1",
                "--role-arn",
                "arn:aws:iam::123456789012:role/r",
                "--session-minutes",
                "0x3c",
            ],
            "--session-minutes",
        ),
        (
            &["profile", "add", "p", "--region", "sa-east-1", "--kms-at-once", "0x10", "--kms-per-second", "800"],
            "--kms-at-once",
        ),
    ] {
        desk.run(wrong).ends(64).says(named);
    }
    assert_eq!(names(&desk), Vec::<String>::new());
    assert!(!desk.home().exists(), "nothing was made");
}

/// Files that are named and are not there, or not what they should be: the key is not asked.
#[test]
fn what_cannot_be_read_is_refused_before_the_key() {
    let desk = Desk::demo();
    desk.write("ata.txt", "Ata.\n");
    desk.write("meu.p7s", "meu");
    let newest = || desk.json(0, &["audit", "list", "--limit", "1"])["records"][0]["seq"].clone();
    let before = newest();
    for wrong in [
        &["sign", "ausente.txt"][..],
        &["sign", "ata.txt", "--identity", "ninguém"],
        &["sign", "ata.txt", "--mime-type", "texto"],
        &["sign", "ata.txt", "--name-pattern", "../{nome}"],
        &["sign", "ata.txt", "--document-password-file", "ausente"],
        &["sign", "ata.txt", "--level", "b-t", "--evidence", "ausente"],
        &["sign", "ata.txt", "--unseen-reason", &"x".repeat(201)],
        &["sign", "ata.txt", "--out", "ausente/a.p7s"],
        &["sign", "ata.txt", "--out", "ausente/"],
        &["sign", "ata.txt", "meu.p7s", "--out", "ausente"],
        &["extend", "meu.p7s", "--to", "b-t", "--out", "ausente/"],
        &["sign", "ata.txt", "--out", "meu.p7s"],
        &["sign", "meu.p7s", "--cosign", "--content", "ausente"],
        &["extend", "ausente.p7s", "--to", "b-t"],
        &["extend", "ata.txt", "--to", "b-t", "--content", "ausente"],
        &["verify", "ausente.pdf"],
        &["fields", "ausente.pdf"],
        &["batch", "resume", "nenhum"],
        &["batch", "abandon", "nenhum", "--reason", "r"],
        &["batch", "export", "nenhum", "--out", "lista.csv"],
    ] {
        desk.run(wrong).ends(65);
    }
    assert_eq!(
        first(&desk.json(65, &["sign", "ata.txt", "--out", "meu.p7s", "--preflight"]))["error"]["code"],
        "output_exists"
    );
    desk.run(&["sign", "ata.txt", "--out", "ausente/"]).ends(65).says("a pasta ausente/ não existe");
    // What is wrong is said, and what would be right.
    for (wrong, told) in [
        (["--name-pattern", "assinado"], "tem de conter {nome}"),
        (["--name-pattern", "../{nome}"], "não pode ter / "),
        (["--name-pattern", " "], "falta preencher"),
        (["--mime-type", "texto"], "application/pdf"),
        (["--mime-type", "text/plain; charset=utf-8"], "sem parâmetros"),
    ] {
        let asked = [&["sign", "ata.txt"][..], &wrong].concat();
        desk.run(&asked).ends(65).says(told);
        desk.run(&[&asked[..], &["--preflight"]].concat()).ends(65).says(told);
    }
    let english = ["sign", "ata.txt", "--name-pattern", "assinado", "--lang", "en"];
    desk.run(&english).ends(65).says("must contain {nome}");
    // A password in an address is refused, and shown nowhere.
    for address in [
        "https://clara:s3gredo@tsa.example/",
        "http://clara:s3gredo@127.0.0.1:9/",
        "http://s3gredo@tsa.example/",
        "http://clara:12/s3gredo@127.0.0.1/",
    ] {
        for wrong in [
            &["sign", "ata.txt", "--level", "b-t", "--tsa", address][..],
            &["sign", "ata.txt", "--level", "b-t", "--tsa", address, "--preflight"],
            &["sign", "ata.txt", "--tsa", address],
            &["tsa", "add", "ACT", "--url", address],
        ] {
            let run = desk.run(wrong);
            assert!(matches!(run.exit, Some(64 | 65)), "{wrong:?}: {:?}", run.exit);
            assert!(
                !format!("{}{}", run.stdout, run.stderr).contains("s3gredo"),
                "{wrong:?}: {}{}",
                run.stdout,
                run.stderr
            );
        }
    }
    // Evidence is for every level: it may say that the signer is revoked.
    desk.run(&["sign", "ata.txt", "--evidence", "ausente"]).ends(65).says("ausente");
    assert_eq!(newest(), before);
    assert_eq!(names(&desk), ["ata.txt", "meu.p7s"]);
}

/// A lock with a name that is nobody's locks nothing, and nobody would notice.
#[test]
fn a_lock_names_what_the_document_has() {
    let desk = Desk::demo();
    desk.sample("procuracao-publica.pdf");
    desk.ok(&["sign", "procuracao-publica.pdf", "--out", "com-campo.pdf"]);
    let field = desk.json(0, &["fields", "com-campo.pdf"])["fields"][0]["name"].as_str().unwrap().to_owned();
    let uses = || {
        let report = desk.json(0, &["audit", "list", "--act", "document_signed"]);
        report["records"].as_array().unwrap().iter().filter(|own| own["detail"].get("key_uses").is_some()).count()
    };
    let before = uses();
    for which in ["these", "all-but"] {
        let wrong = format!("{which}={field},Nada");
        let asked = ["sign", "com-campo.pdf", "--lock", &wrong];
        for preflight in [&["--preflight"][..], &[]] {
            let report = desk.json(65, &[&asked[..], preflight].concat());
            let error = &first(&report)["error"];
            assert_eq!(
                (&error["code"], &error["params"]["fields"]),
                (&json!("pdf_lock_field_not_found"), &json!("Nada")),
                "{report}"
            );
        }
        desk.run(&asked).ends(65).says("O PDF não tem o que seria travado: Nada");
    }
    assert_eq!(uses(), before, "the key was not asked");
    // Of several documents the one that has the field is signed.
    let right = format!("these={field}");
    let some = ["sign", "procuracao-publica.pdf", "com-campo.pdf", "--lock", &right];
    let plan = desk.json(3, &[&some[..], &["--preflight"]].concat());
    assert_eq!((&plan["files"][0]["ready"], &plan["files"][1]["ready"]), (&json!(false), &json!(true)), "{plan}");
    let done = desk.json(3, &some);
    assert_eq!((&done["files"][0]["state"], &done["files"][1]["state"]), (&json!("failed"), &json!("done")), "{done}");
    assert_eq!(first(&done)["error"]["code"], "pdf_lock_field_not_found");
}

/// The name of a result may be longer than that of its document, and than its folder takes.
#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_too_long_is_told_with_its_length() {
    let desk = Desk::demo();
    // A letter with an accent is two bytes: 252 in all, and 256 with `.p7s`.
    let name = format!("{}.txt", "ã".repeat(124));
    desk.write(&name, "Ata.\n");
    desk.write("ata.txt", "Ata.\n");
    let (long, before) = ("x".repeat(260), names(&desk));
    for (wrong, length) in [
        (&["sign", name.as_str()][..], "256"),
        (&["sign", &name, "--name-pattern", "{nome} (2ª via)"], "266"),
        (&["sign", &name, "--format", "raw"], "256"),
        (&["sign", "ata.txt", "--out", &long], "260"),
    ] {
        for preflight in [&["--preflight"][..], &[]] {
            let report = desk.json(65, &[wrong, preflight].concat());
            let error = &first(&report)["error"];
            assert_eq!(
                (&error["code"], &error["params"]["length"], &error["params"]["limit"]),
                (&json!("output_name_too_long"), &json!(length), &json!("255")),
                "{report}"
            );
        }
    }
    desk.run(&["sign", &name]).ends(65).says("nomes de até 255 bytes").says("--name-pattern").says("--out");
    let records = desk.json(0, &["audit", "list", "--act", "document_signed"]);
    assert!(!records.to_string().contains("key_uses"), "the key was not asked: {records}");
    assert_eq!(names(&desk), before);
    // In a batch it is that document's own matter.
    let done = desk.json(3, &["sign", &name, "ata.txt"]);
    assert_eq!((&done["files"][0]["state"], &done["files"][1]["state"]), (&json!("failed"), &json!("done")), "{done}");
    desk.ok(&["sign", &name, "--out", "curto.p7s"]);
    let extended = desk.json(65, &["extend", "curto.p7s", "--to", "b-t", "--out", &long]);
    assert_eq!(first(&extended)["error"]["code"], "output_name_too_long", "{extended}");
}

/// A name of Latin-1, as old systems leave them on a share: its text opens nothing, and the bytes beside it do.
#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_unicode_is_told_by_its_bytes_too() {
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::demo();
    let os = |bytes: &'static [u8]| std::ffi::OsStr::from_bytes(bytes);
    let folder = desk.path("").join(os(b"certid\xf5es"));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join(os(b"ata\xe7\xe3o.txt")), "Ata.\n").unwrap();
    desk.write("ata.txt", "Ata.\n");
    let path = |item: &Value, name: &str| {
        let encoded = item[name].as_str().unwrap_or_else(|| panic!("{name}: {item}"));
        let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, encoded).unwrap();
        desk.path("").join(std::ffi::OsStr::from_bytes(&bytes))
    };
    let run = |exit: i32, arguments: &[&std::ffi::OsStr]| -> Value {
        let output = desk.command(&["--json"]).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let (sign, document, plain) = (os(b"sign"), os(b"certid\xf5es/ata\xe7\xe3o.txt"), os(b"ata.txt"));
    let plan = run(0, &[sign, document, os(b"--preflight")]);
    assert!(first(&plan)["file"].as_str().unwrap().contains('\u{fffd}'), "{plan}");
    assert_eq!(std::fs::read(path(first(&plan), "file_bytes")).unwrap(), b"Ata.\n");
    let planned = path(first(&plan), "output_bytes");
    assert!(!planned.exists() && planned.parent().unwrap().is_dir(), "{plan}");
    let done = run(0, &[sign, document, plain]);
    assert_eq!(path(first(&done), "file_bytes"), desk.path("").join(document));
    let output = path(first(&done), "output_bytes");
    assert_eq!(output, planned);
    assert!(std::fs::read(&output).is_ok_and(|own| !own.is_empty()), "{done}");
    // Whose text is its path has that alone.
    for name in ["file_bytes", "output_bytes"] {
        assert!(done["files"][1].get(name).is_none(), "{done}");
    }
    // So for what is given to the others.
    let copy = folder.join(os(b"c\xf3pia.p7s"));
    std::fs::copy(&output, &copy).unwrap();
    let verified = run(0, &[os(b"verify"), copy.as_os_str(), os(b"--content"), document]);
    assert_eq!(path(&verified, "document_bytes").file_name(), copy.file_name(), "{verified}");
    let missing = run(65, &[os(b"extend"), os(b"n\xe3o.p7s"), os(b"--to"), os(b"b-t")]);
    assert_eq!(path(first(&missing), "file_bytes"), desk.path("").join(os(b"n\xe3o.p7s")), "{missing}");
    run(0, &["keys", "create", "--alias", "k"].map(std::ffi::OsStr::new));
    let bare = run(0, &[os(b"keys"), sign, document, os(b"--key"), os(b"k")]);
    for name in ["file_bytes", "signature_bytes", "receipt_file_bytes"] {
        assert!(path(first(&bare), name).is_file(), "{name}: {bare}");
    }
    // What is named for a batch is kept with it, whatever it is called.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let cosigned = run(0, &[sign, copy.as_os_str(), os(b"--cosign"), os(b"--content"), document]);
    assert_eq!(first(&cosigned)["state"], "done", "{cosigned}");
    let root = folder.join(os(b"ra\xedz.pem"));
    std::fs::copy(desk.chain_of("ata.txt.p7s").0, &root).unwrap();
    let evident = run(0, &[sign, plain, os(b"--evidence"), root.as_os_str()]);
    assert_eq!(first(&evident)["state"], "done", "{evident}");
    // The register has it like any other: it is found, and a folder is not signed together with what was made of it.
    let found = run(0, &[os(b"search"), os(b"ata")]);
    assert!(found["hits"].to_string().contains('\u{fffd}'), "{found}");
    desk.sample("procuracao-publica.pdf");
    let page = folder.join("p\u{e1}gina.pdf");
    std::fs::rename(desk.path("procuracao-publica.pdf"), &page).unwrap();
    run(0, &[sign, page.as_os_str(), os(b"--name-pattern"), os(b"final {nome}")]);
    let plan = run(0, &[sign, folder.as_os_str(), os(b"--preflight")]);
    let names: Vec<&str> = plan["files"].as_array().unwrap().iter().map(|own| own["file"].as_str().unwrap()).collect();
    assert!(names.iter().any(|name| name.ends_with("página.pdf")), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("final")), "{names:?}");
}

#[test]
fn options_without_a_place_are_refused_or_told() {
    let desk = Desk::demo();
    desk.write("ata.txt", "Ata.\n");
    desk.sample("procuracao-publica.pdf");
    // Where the form follows from the file, each is told what it went without.
    let both = ["sign", "ata.txt", "procuracao-publica.pdf", "--reason", "De acordo", "--content-hint", "Ata"];
    let report = desk.json(0, &both);
    assert_eq!(report["files"][0]["left_out"], json!(["--reason"]));
    assert_eq!(report["files"][1]["left_out"], json!(["--content-hint"]));
    desk.ok(&both).says("sem --reason: ");

    // The signer's place is among the signed attributes of a .p7s.
    let place = ["--signer-country", "Brasil", "--signer-city", "Olinda", "--signer-address", "Rua do Sol, 1"];
    desk.ok(&[&["sign", "ata.txt", "--out", "lugar.p7s"][..], &place].concat());
    let signed = desk.read("lugar.p7s");
    for part in ["Brasil", "Olinda", "Rua do Sol, 1"] {
        assert!(signed.windows(part.len()).any(|own| own == part.as_bytes()), "{part}");
    }
    // What the signer says of the content and of themselves is told by whoever verifies.
    let said = ["--content-hint", "Ata de posse", "--mime-type", "text/plain", "--commitment", "origin"];
    desk.ok(&[&["sign", "ata.txt", "--out", "dito.p7s"][..], &place, &said].concat());
    let verify = ["verify", "dito.p7s", "--content", "ata.txt"];
    let report = desk.json(0, &verify);
    let own = &report["signatures"][0];
    assert_eq!((&own["content_hint"], &own["mime_type"]), (&json!("Ata de posse"), &json!("text/plain")), "{own}");
    assert_eq!((&own["location"], &own["commitments"]), (&json!("Rua do Sol, 1, Olinda, Brasil"), &json!(["origin"])));
    desk.ok(&verify).says("Ata de posse").says("text/plain").says("Rua do Sol, 1, Olinda, Brasil");
    let many: Vec<&str> = ["--signer-address", "x"].repeat(7);
    desk.run(&[&["sign", "ata.txt"][..], &many].concat()).ends(65).says("mais de seis linhas");
    desk.run(&["audit", "list", "--act", "assinou"]).ends(65).says("Ato: não existe");
    // A reason and a commitment in one PDF make no PAdES signature.
    let two = ["sign", "procuracao-publica.pdf", "--reason", "De acordo", "--commitment", "approval"];
    assert_eq!(first(&desk.json(65, &two))["error"]["code"], "sign_reason_and_commitment");
}

#[test]
fn what_an_error_does_is_chosen_by_its_kind() {
    let desk = Desk::demo();
    // More than are under way at the same time.
    let files: Vec<String> = (0..60).map(|number| format!("{number}.txt")).collect();
    files.iter().for_each(|name| drop(desk.write(name, name)));
    let named: Vec<&str> = files.iter().map(String::as_str).collect();
    // Whether the batch went on to its last document.
    let goes_on = |exit: i32, arguments: &[&str]| {
        let report = desk.json(exit, &[&["sign"][..], &named, arguments].concat());
        let files = report["files"].as_array().unwrap();
        let of = |state: &str| files.iter().filter(|own| own["state"] == state).count();
        assert_eq!(of("failed") + of("cancelled"), 60, "{report}");
        assert!(of("failed") > 0, "{report}");
        of("cancelled") == 0
    };
    // None is a PDF: a document's error, which goes on unless it is to stop.
    assert!(goes_on(65, &["--format", "pades"]));
    assert!(!goes_on(65, &["--format", "pades", "--on-error", "document=stop"]));
    // A time stamp that nobody gives ends the batch, unless it is to go on.
    assert!(!goes_on(69, &["--level", "b-t"]));
    assert!(!goes_on(69, &["--level", "b-t", "--on-error", "document=go-on", "--on-error", "key=go-on"]));
    assert!(goes_on(69, &["--level", "b-t", "--on-error", "service=go-on"]));
    assert!(goes_on(69, &["--level", "b-t", "--keep-going"]));
    assert!(!goes_on(69, &["--level", "b-t", "--keep-going", "--on-error", "service=stop"]));
}

#[test]
fn fields_are_listed_and_an_encrypted_document_is_verified_with_its_password() {
    let desk = Desk::demo();
    let pdf = desk.sample("procuracao-publica.pdf");
    desk.run(&["fields", "procuracao-publica.pdf"]).ends(0).says("não tem campo de assinatura");
    desk.ok(&["sign", "procuracao-publica.pdf"]);
    let fields = desk.json(0, &["fields", "procuracao-publica-assinado.pdf"]);
    let [own] = fields["fields"].as_array().unwrap().as_slice() else { panic!("{fields}") };
    assert_eq!(own["signed"], true, "{fields}");
    desk.write("ata.txt", "Ata.\n");
    desk.run(&["fields", "ata.txt"]).ends(65);

    let secret = desk.path("cifrado.pdf");
    let made = judge("qpdf", &["--encrypt", "balcao3", "dono", "256", "--", text(&pdf), text(&secret)]);
    let Some(made) = made else { return };
    assert!(made.status.success());
    desk.write("senha", "balcao3\n");
    desk.ok(&["sign", "cifrado.pdf", "--document-password-file", "senha"]);
    let name = "cifrado-assinado.pdf";
    assert_eq!(desk.json(65, &["verify", name])["error"]["code"], "pdf_encrypted");
    let report = desk.json(0, &["verify", name, "--password-file", "senha"]);
    assert_eq!(report["result"], "passed", "{report}");
    desk.told(&["verify", name, "--password-stdin"], "balcao3\n").ends(0);
    desk.told(&["verify", name, "--password-stdin"], "outra\n").ends(65).says("pdf_wrong_password");
    let listed = desk.json(0, &["fields", name, "--document-password-file", "senha"]);
    assert_eq!(listed["fields"][0]["signed"], true, "{listed}");
}

/// A page with the empty signature field `Balcao` at 50 to 250 by 500 to 600 points, from below.
fn with_a_field() -> String {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]/SigFlags 1>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[4 0 R]>>",
        "<</Type/Annot/Subtype/Widget/FT/Sig/T(Balcao)/P 3 0 R/F 4/Rect[50 500 250 600]>>",
    ];
    let (mut pdf, mut table) = ("%PDF-1.7\n".to_owned(), "0000000000 65535 f \n".to_owned());
    for (number, object) in (1..).zip(objects) {
        table += &format!("{:010} 00000 n \n", pdf.len());
        pdf += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let start = pdf.len();
    pdf + &format!("xref\n0 5\n{table}trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n{start}\n%%EOF\n")
}

#[test]
fn a_stamp_lies_in_the_field_that_is_signed() {
    const BELOW_THE_NAME: &str = "Assinado digitalmente em";
    let desk = Desk::demo();
    desk.write("ata.pdf", with_a_field());
    for (out, visible, seen) in [
        ("carimbada.pdf", &["--visible", "field"][..], Some(true)),
        ("compacta.pdf", &["--visible", "field", "--stamp", "compacto"], Some(false)),
        ("invisivel.pdf", &[], None),
    ] {
        desk.ok(&[&["sign", "ata.pdf", "--field", "Balcao", "--out", out][..], visible].concat());
        assert_eq!(desk.json(0, &["fields", out])["fields"][0]["signed"], true);
        // The field, from the top left.
        let field = ["-x", "50", "-y", "242", "-W", "200", "-H", "100"];
        let Some(read) = judge("pdftotext", &[&field[..], &[text(&desk.path(out)), "-"]].concat()) else { return };
        let read = String::from_utf8(read.stdout).unwrap();
        assert_eq!(read.contains("HELENA PRADO"), seen.is_some(), "{out}: {read}");
        assert_eq!(read.contains(BELOW_THE_NAME), seen == Some(true), "{out}: {read}");
    }
}

#[test]
fn the_authors_password_lifts_what_the_author_forbade() {
    let desk = Desk::demo();
    let pdf = desk.sample("procuracao-publica.pdf");
    let closed = desk.path("fechado.pdf");
    let how = ["--encrypt", "", "dono", "256", "--modify=none", "--", text(&pdf), text(&closed)];
    let Some(made) = judge("qpdf", &how) else { return };
    assert!(made.status.success());
    desk.write("dono", "dono\n");
    desk.write("outra", "outra\n");
    let code = |arguments: &[&str]| desk.json(65, arguments)["files"][0]["error"]["code"].clone();
    assert_eq!(code(&["sign", "fechado.pdf"]), "pdf_permission_denied");
    assert_eq!(code(&["sign", "fechado.pdf", "--document-password-file", "outra"]), "pdf_wrong_password");
    // A batch that is to end at the first of them does not begin.
    desk.write("ata.txt", "Ata.\n");
    let both = ["sign", "ata.txt", "fechado.pdf", "--document-password-file", "outra", "--on-error", "document=stop"];
    let report = desk.json(65, &both);
    let states = ["cancelled", "failed"].map(|own| json!(own));
    assert_eq!([&report["files"][0]["state"], &report["files"][1]["state"]], [&states[0], &states[1]], "{report}");
    assert!(!desk.path("ata.txt.p7s").exists());
    desk.ok(&["sign", "fechado.pdf", "--document-password-file", "dono"]);
    // It opens for everybody, as before.
    let report = desk.json(0, &["verify", "fechado-assinado.pdf"]);
    assert_eq!(report["result"], "passed", "{report}");
}

#[test]
fn authorities_are_put_in_order() {
    let desk = Desk::demo();
    for name in ["um", "dois", "três"] {
        desk.ok(&["tsa", "add", name, "--url", &format!("http://tsa.example/{}", name.len())]);
    }
    let order = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|own| own["name"].as_str().unwrap().to_owned()).collect()
    };
    let moved = desk.json(0, &["tsa", "move", "três", "--to", "1"]);
    assert_eq!(order(&moved), ["três", "um", "dois"]);
    assert_eq!(order(&desk.json(0, &["tsa", "move", "três", "--to", "9"])), ["um", "dois", "três"]);
    assert_eq!(order(&desk.json(0, &["tsa", "list"])), ["um", "dois", "três"]);
    desk.run(&["tsa", "move", "um", "--to", "0"]).ends(64);
    desk.run(&["tsa", "move", "quatro", "--to", "1"]).ends(65);
}

#[test]
fn signatures_away_from_their_content_are_cosigned_and_found_in_folders() {
    let desk = Desk::demo();
    desk.write("ata.txt", "Ata.\n");
    std::fs::create_dir(desk.path("saida")).unwrap();
    std::fs::create_dir(desk.path("longe")).unwrap();
    desk.ok(&["sign", "ata.txt", "--out", "saida"]);
    std::fs::copy(desk.path("saida/ata.txt.p7s"), desk.path("longe/so.p7s")).unwrap();
    for name in ["um", "dois", "tres"] {
        desk.write(&format!("{name}.txt"), name);
        desk.ok(&["sign", &format!("{name}.txt"), "--out", &format!("longe/{name}-x.p7s")]);
        std::fs::rename(desk.path(&format!("{name}.txt")), desk.path(&format!("livro-{name}.txt"))).unwrap();
    }
    // A folder's detached signatures are no documents.
    desk.run(&["sign", "saida"]).ends(65);
    // In one second the same key makes the same signature, and that is there already.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let found = desk.json(0, &["sign", "saida", "--cosign"]);
    assert!(first(&found)["output"].as_str().unwrap().ends_with("saida/ata.txt-coassinado.p7s"), "{found}");
    // The journal's document is gone: now somebody has to say where it is.
    std::fs::rename(desk.path("ata.txt"), desk.path("livro.txt")).unwrap();
    let cosign = ["sign", "longe/so.p7s", "--cosign"];
    assert_eq!(first(&desk.json(65, &cosign))["error"]["code"], "content_needed");
    desk.write("outra.txt", "Outra.\n");
    let with = |name: &'static str| [&cosign[..], &["--content", name]].concat();
    assert_eq!(first(&desk.json(65, &with("outra.txt")))["error"]["code"], "content_other");
    assert_eq!(first(&desk.json(0, &with("livro.txt")))["state"], "done");
    let (signed, content) = (desk.path("longe/so-coassinado.p7s"), desk.path("livro.txt"));
    let checks =
        ["cms", "-verify", "-noverify", "-binary", "-inform", "DER", "-out", "/dev/null", "-in", text(&signed)];
    let judged = judge("openssl", &[&checks[..], &["-content", text(&content)]].concat());
    assert!(judged.is_none_or(|own| own.status.success()));
    // Several contents are given to several signatures by their digests; who has none is named, before and while it is done.
    let signatures = ["longe/um-x.p7s", "longe/tres-x.p7s", "longe/dois-x.p7s"];
    let contents = ["--content", "livro-dois.txt", "--content", "livro-um.txt"];
    let cosign_all = [&["sign"][..], &signatures, &["--cosign"], &contents].concat();
    let codes = |report: &Value| -> Vec<Option<String>> {
        let of = |own: &Value| own["error"]["code"].as_str().map(str::to_owned);
        report["files"].as_array().unwrap().iter().map(of).collect()
    };
    let wanted = [None, Some("content_needed".to_owned()), None];
    assert_eq!(codes(&desk.json(3, &[&cosign_all[..], &["--preflight"]].concat())), wanted);
    let done = desk.json(3, &cosign_all);
    assert_eq!(codes(&done), wanted, "{done}");
    for (place, name) in [(0, "um"), (2, "dois")] {
        let content = format!("livro-{name}.txt");
        let output = done["files"][place]["output"].as_str().unwrap();
        assert_eq!(desk.json(0, &["verify", output, "--content", &content])["signatures"].as_array().unwrap().len(), 2);
    }
    for name in ["um", "dois", "tres"] {
        for ending in ["-x", "-x-coassinado"] {
            let _ = std::fs::remove_file(desk.path(&format!("longe/{name}{ending}.p7s")));
        }
    }
    // What is compared with nothing is not taken for compared.
    desk.ok(&["sign", "livro.txt", "--format", "cades-enveloping", "--out", "dentro.p7s"]);
    desk.run(&["verify", "dentro.p7s", "--content", "outra.txt"]).ends(64).says("outra.txt");
    // A countersignature needs none.
    assert_eq!(first(&desk.json(0, &["sign", "longe/so.p7s", "--countersign"]))["state"], "done");

    // A folder to extend: the signed documents in it, without those that have no signature. No authority is there to ask.
    desk.write("longe/nota.txt", "Nota.\n");
    std::fs::copy(desk.sample("procuracao-publica.pdf"), desk.path("longe/sem.pdf")).unwrap();
    let extended = desk.json(69, &["extend", "longe", "--to", "b-t"]);
    let mut asked: Vec<&str> =
        extended["files"].as_array().unwrap().iter().map(|own| own["file"].as_str().unwrap()).collect();
    asked.sort_unstable();
    assert_eq!(asked, ["longe/so-coassinado.p7s", "longe/so-contra-assinado.p7s", "longe/so.p7s"], "{extended}");
    assert!(extended["files"].as_array().unwrap().iter().all(|own| own["error"]["code"] == "tsa_none"), "{extended}");
}

#[cfg(unix)]
#[test]
fn the_name_of_a_file_writes_no_line_of_a_report() {
    let desk = Desk::demo();
    desk.write("nova\nassinado x\u{1b}[31m\u{202e}.txt", "Ata.\n");
    std::fs::create_dir(desk.path("saida")).unwrap();
    let name = "nova\\nassinado x\\u{1b}[31m\\u{202e}.txt";
    let named = "nova\nassinado x\u{1b}[31m\u{202e}.txt";
    let run = desk.ok(&["sign", named, "--out", "saida"]);
    assert!(!run.stdout.contains(['\u{1b}', '\u{202e}']), "{:?}", run.stdout);
    assert_eq!(run.stdout.lines().filter(|line| line.starts_with("assinado")).count(), 1, "{:?}", run.stdout);
    run.says(name);
    let error = desk.run(&["verify", named]).ends(65);
    assert!(!error.stderr.contains(['\u{1b}', '\u{202e}']), "{:?}", error.stderr);
    error.says(name);
    // Programs get it as it is.
    assert_eq!(desk.json(0, &["sign", named, "--out", "saida"])["files"][0]["file"], named);
}

#[test]
fn a_document_that_is_named_twice_is_signed_once() {
    let desk = Desk::demo();
    let path = desk.write("ata.txt", "Ata.\n");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&path, desk.path("atalho.txt")).unwrap();
        std::fs::hard_link(&path, desk.path("outro-nome.txt")).unwrap();
    }
    let mut named = vec!["sign", "ata.txt", "./ata.txt", text(&path)];
    if cfg!(unix) {
        named.extend(["atalho.txt", "outro-nome.txt"]);
    }
    let run = desk.ok(&named);
    assert_eq!(run.stderr.matches("mais de uma vez").count(), named.len() - 2, "{}", run.stderr);
    assert!(desk.path("ata.txt.p7s").exists() && !desk.path("ata.txt-2.p7s").exists());
    desk.write("b.txt", "B.\n");
    desk.run(&["sign", "b.txt", "--out", "-"]).ends(64).says("saída padrão");
    // A signature may be signed like any document, and somebody may have meant something else.
    std::fs::create_dir(desk.path("saida")).unwrap();
    desk.ok(&["sign", "ata.txt.p7s", "--out", "saida"]).says("--cosign");
    desk.run(&["sign", "b.txt", "ata.txt", "--out", "b.txt"]).ends(64).says("é um arquivo");
}
