//! Exit codes, output and languages: what scripts rely on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod common;

use std::process::Command;

use common::Desk;
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

#[test]
fn usage_errors_end_with_64() {
    let desk = Desk::empty();
    for arguments in [
        &[][..],
        &["nada"],
        &["sign"],
        &["demo"],
        &["sign", "x", "--level", "b-x"],
        &["verify", "x", "--at", "ontem"],
        &["audit", "list", "--limit", "muitos"],
        &["p12", "inspect", "x", "--password", "segredo"],
        &["--lang", "fr", "audit", "verify"],
        &["keys"],
        &["keys", "list", "--state", "perdida"],
        &["keys", "sign", "a.txt"],
        &["keys", "sign", "--key", "local:x"],
        &["keys", "create", "--alias", "x", "--place", "lua"],
        &["keys", "create", "--alias", "x", "--tag", "sem-valor"],
        &["keys", "tag", "local:x"],
        &["keys", "retire", "local:x"],
        &["keys", "retire", "local:x", "--days", "7", "--reason", "r", "--request", "id"],
        &["keys", "rotate", "local:x"],
        &["keys", "rotate", "local:x", "--reason", "r", "--keep", "--deletion-days", "7"],
        &["keys", "rotate", "local:x", "--reason", "r", "--certificate", "private-ca:"],
        &["keys", "auto-rotation", "local:x"],
        &["keys", "auto-rotation", "local:x", "--every", "90", "--off"],
        &["rotation", "start"],
        &["rotation", "advance", "id", "--until", "fim"],
        &["request", "approve", "id"],
        &["operator", "add", "Ana"],
        &["operator", "add", "Ana", "--role", "chefe"],
        &["token", "module"],
        &["a1", "add"],
        &["sign", "x", "--pin", "1234"],
        &["sign", "x", "--pin-stdin", "--pin-file", "y"],
        &["sign", "x", "--pin-stdin", "--password-stdin"],
        &["profile", "add", "x", "--region", "sa-east-1", "--sso-start-url", "https://x.awsapps.com/start"],
        &["profile", "add", "x", "--region", "sa-east-1", "--mfa-serial", "y"],
        &["profile", "add", "x", "--region", "sa-east-1", "--role-arn", "arn:aws:iam::1:role/r", "--role-base", "eu"],
    ] {
        let run = desk.run(arguments).ends(64);
        assert_eq!(run.stdout, "", "nothing on stdout: {arguments:?}");
        assert!(!run.stderr.is_empty(), "it says why: {arguments:?}");
    }
    assert_eq!(desk.json(64, &["sign"])["error"]["code"], "usage");
    desk.run(&["--help"]).ends(0).says("Trilha de auditoria");
    desk.run(&["--help", "--lang", "en"]).ends(0).says("Audit trail");
    desk.run(&["sign", "--help"]).ends(0).says("Uso:");
    desk.run(&["--version"]).ends(0).says("cartorio ");
}

#[test]
fn without_an_office_the_next_step_is_named() {
    let desk = Desk::empty();
    desk.write("a.txt", "a");
    for arguments in [&["sign", "a.txt"][..], &["keys", "list"], &["audit", "verify"], &["identity", "list"]] {
        desk.run(arguments).ends(65).says("demo init");
    }
    assert_eq!(desk.json(65, &["audit", "list"])["error"]["code"], "no_office");
}

#[test]
fn bad_input_ends_with_65_and_names_the_file() {
    let desk = Desk::demo();
    desk.write("quebrado.pdf", "%PDF-1.7\nnada\n");
    for arguments in [&["sign", "ausente.pdf"][..], &["verify", "ausente.pdf"], &["inspect", "ausente.pdf"]] {
        desk.run(arguments).ends(65).says("ausente.pdf");
    }
    desk.run(&["sign", "quebrado.pdf"]).ends(65).says("quebrado.pdf");
    desk.run(&["verify", "quebrado.pdf"]).ends(65);
    desk.run(&["sign", "quebrado.pdf", "--identity", "ninguém"]).ends(65).says("ninguém");
    desk.run(&["keys", "describe", "local:nada"]).ends(65);
    desk.run(&["keys", "describe", "http://nada"]).ends(65);
    let issue = ["ca", "issue", "--name", "M", "--cpf", "111.111.111-12", "--email", "m@exemplo.com"];
    let refused = desk.json(65, &issue);
    assert_eq!(refused["error"]["params"]["field"], "cpf");
    assert_eq!(desk.read("quebrado.pdf"), b"%PDF-1.7\nnada\n", "the input is left as it was");
}

#[test]
fn an_existing_output_is_never_overwritten() {
    let desk = Desk::demo();
    desk.write("a.txt", "a");
    desk.write("meu.p7s", "meu");
    let refused = desk.json(65, &["sign", "a.txt", "--out", "meu.p7s"]);
    assert_eq!(refused["files"][0]["error"]["code"], "output_exists");
    assert_eq!(desk.read("meu.p7s"), b"meu");
    desk.ok(&["sign", "a.txt", "--out", "novo.p7s"]);
    std::fs::create_dir(desk.path("pasta")).unwrap();
    desk.ok(&["sign", "a.txt", "--out", "pasta"]);
    desk.ok(&["sign", "a.txt", "--out", "pasta"]);
    assert!(desk.path("pasta/a.txt.p7s").exists() && desk.path("pasta/a.txt-2.p7s").exists());
    desk.run(&["sign", "a.txt", "meu.p7s", "--out", "ausente"]).ends(65).says("ausente");
    desk.run(&["sign", "a.txt", "--out", "ausente/a.p7s"]).ends(65);
}

#[test]
fn a_batch_that_is_partly_done_ends_with_3_and_names_each_file() {
    let desk = Desk::demo();
    desk.write("a.txt", "a");
    desk.write("c.txt", "c");
    let report = desk.json(3, &["sign", "a.txt", "ausente.txt", "c.txt"]);
    let states: Vec<_> =
        report["files"].as_array().unwrap().iter().map(|file| (&file["file"], &file["state"])).collect();
    assert_eq!(
        json!(states),
        json!([["a.txt", "done"], ["ausente.txt", "failed"], ["c.txt", "done"]]),
        "in the order of the command line"
    );
    assert_eq!(report["files"][1]["error"]["code"], "document_unreadable");
    desk.run(&["sign", "a.txt", "ausente.txt"]).ends(3).says("ausente.txt");
    desk.run(&["sign", "ausente.txt", "nada.txt"]).ends(65);
}

#[test]
fn a_wrong_form_is_refused_before_anything_is_signed() {
    let desk = Desk::demo();
    desk.write("a.txt", "a");
    desk.sample("procuracao-publica.pdf");
    desk.run(&["sign", "a.txt", "--format", "pades"]).ends(65).says("Esta forma pede um PDF");
    desk.ok(&["sign", "procuracao-publica.pdf", "--format", "cades-detached"]).says("procuracao-publica.pdf.p7s");
    desk.ok(&["sign", "procuracao-publica.pdf", "--format", "pades", "--level", "b-b"]);
    desk.ok(&["sign", "a.txt", "--format", "cades-detached"]);
}

#[test]
fn the_passphrase_opens_the_key_store_and_another_one_does_not() {
    let desk = Desk::empty();
    desk.write("certa", "correto cavalo bateria\n");
    desk.write("errada", "outra\n");
    let init = ["demo", "init", "--protection", "passphrase", "--passphrase-file", "certa"];
    assert_eq!(desk.json(0, &init)["state"]["key_protection"], "passphrase");
    desk.ok(&["keys", "list", "--passphrase-file", "certa"]);
    let refused = desk.json(77, &["keys", "list", "--passphrase-file", "errada"]);
    assert_eq!(refused["error"]["code"], "key_store_passphrase_wrong");
    let missing = desk.json(77, &["keys", "list"]);
    assert_eq!(missing["error"]["code"], "key_store_passphrase_required", "no terminal to ask");
}

#[test]
fn both_languages_say_the_same_and_json_does_not_change() {
    let desk = Desk::demo();
    desk.run(&["audit", "verify"]).ends(0).says("A trilha está íntegra");
    desk.run(&["audit", "verify", "--lang", "en"]).ends(0).says("The trail is intact");
    let mut command = desk.command(&["audit", "verify"]);
    let english = command.env("LANG", "en_GB.UTF-8").output().unwrap();
    assert!(String::from_utf8_lossy(&english.stdout).contains("The trail is intact"));
    let [pt, en] = ["pt-BR", "en"].map(|lang| desk.json(0, &["keys", "list", "--lang", lang]));
    assert_eq!(pt, en);
}

#[test]
fn profiles_are_kept_without_secrets_and_an_unreachable_service_ends_with_69() {
    let desk = Desk::empty();
    // Port 9 of loopback: nobody listens.
    let add = ["profile", "add", "teste", "--region", "sa-east-1", "--endpoint", "http://127.0.0.1:9"];
    let listed = desk.json(0, &add);
    assert_eq!(listed["profiles"][0]["source"], "default");
    desk.ok(&["profile", "list"]).says("sa-east-1");
    let mut command = desk.command(&["profile", "test", "teste", "--json"]);
    let run = command.env("AWS_ACCESS_KEY_ID", "AKIAEXEMPLO").env("AWS_SECRET_ACCESS_KEY", "segredo").output().unwrap();
    assert_eq!(run.status.code(), Some(69), "{}", String::from_utf8_lossy(&run.stderr));
    let answer: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    assert_eq!(answer["error"]["code"], "aws_unreachable");
    desk.run(&["profile", "test", "outro"]).ends(65).says("outro");
    desk.run(&["profile", "add", "x y", "--region", "sa-east-1"]).ends(65);
    desk.write("chaves.json", "{\"secret_access_key\": \"nunca-mostrar\", ");
    let refused =
        desk.run(&["profile", "add", "k", "--region", "sa-east-1", "--access-keys-file", "chaves.json"]).ends(65);
    assert!(!refused.stderr.contains("nunca-mostrar"), "a broken file is not quoted: {}", refused.stderr);
    desk.run(&["profile", "use", "teste"]).ends(64).says("");
    assert_eq!(desk.json(0, &["profile", "remove", "teste"])["profiles"], json!([]));
}

#[test]
fn profiles_say_where_credentials_come_from_and_which_login_they_need() {
    let desk = Desk::empty();
    let portal = ["--sso-start-url", "https://cartorio.awsapps.com/start", "--sso-region", "us-east-1"];
    let listed = desk.json(0, &[&["profile", "add", "portal", "--region", "sa-east-1"], &portal[..]].concat());
    let own = &listed["profiles"][0];
    assert_eq!(
        (&own["source"], &own["sso"]["account_id"], &own["credentials"]["login"]),
        (&json!("sso"), &json!(""), &json!("sso"))
    );
    desk.ok(&["profile", "list"]).says("falta escolher a conta").says("falta entrar");
    let account = ["--sso-account", "123456789012", "--sso-role", "Tabeliao"];
    desk.ok(&[&["profile", "add", "portal", "--region", "sa-east-1"], &portal[..], &account].concat())
        .says("123456789012");
    assert_eq!(desk.json(77, &["profile", "accounts", "portal"])["error"]["code"], "aws_login_required");

    let arn = "arn:aws:iam::123456789012:role/Assinador";
    let role = ["--role-arn", arn, "--mfa-serial", "arn:aws:iam::123456789012:mfa/rui", "--session-minutes", "45"];
    let base = ["--role-base", "profile:cartorio", "--external-id", "lote-7", "--endpoint", "http://127.0.0.1:9"];
    let listed = desk.json(0, &[&["profile", "add", "papel", "--region", "sa-east-1"], &role[..], &base].concat());
    let own = &listed["profiles"][1]["role"];
    assert_eq!(own["role_arn"], arn);
    assert_eq!((&own["base"], &own["base_profile"]), (&json!("named_profile"), &json!("cartorio")));
    assert_eq!((&own["session_minutes"], &own["external_id"]), (&json!(45), &json!("lote-7")));
    desk.ok(&["profile", "list"]).says("papel Assinador, por perfil cartorio").says("MFA");
    desk.run(&["profile", "login", "papel"]).ends(64).says("--mfa-code-stdin");
    let refused = desk.told(&["profile", "login", "papel", "--mfa-code-stdin", "--json"], "12ab\n");
    assert_ne!(refused.exit, Some(0), "no code and no base credentials: {}", refused.stdout);
    desk.run(&["profile", "add", "curta", "--region", "sa-east-1", "--role-arn", arn, "--session-minutes", "5"])
        .ends(65);

    desk.ok(&["profile", "add", "simples", "--region", "sa-east-1"]);
    desk.run(&["profile", "login", "simples"]).ends(65).says("não pede login");
    desk.run(&["profile", "login", "outro"]).ends(65).says("outro");
    desk.ok(&["profile", "logout", "simples"]);
}

fn tamper(desk: &Desk, sql: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(desk.home().join("demo/registry.db"));
        let mut connection = options.connect().await.unwrap();
        let triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'";
        let triggers: Vec<(String, String)> = sqlx::query_as(triggers).fetch_all(&mut connection).await.unwrap();
        let mut script: Vec<String> = triggers.iter().map(|(name, _)| format!("DROP TRIGGER {name}")).collect();
        script.push(sql.to_owned());
        script.extend(triggers.into_iter().map(|(_, trigger)| trigger));
        for statement in script {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
    });
}

#[test]
fn audit_verify_ends_with_1_after_any_tampering() {
    for (sql, kind) in [
        ("UPDATE audit_records SET operator_name = 'Outra Pessoa' WHERE seq = 3", "changed"),
        ("DELETE FROM audit_records WHERE seq = 4", "removed"),
        ("DELETE FROM audit_records WHERE seq = (SELECT MAX(seq) FROM audit_records)", "removed"),
        (
            "UPDATE audit_records SET seq = CASE seq WHEN 5 THEN -6 ELSE -5 END WHERE seq IN (5, 6); \
          UPDATE audit_records SET seq = -seq WHERE seq < 0",
            "reordered",
        ),
    ] {
        let desk = Desk::demo();
        desk.write("a.txt", "a");
        desk.ok(&["sign", "a.txt"]);
        assert_eq!(desk.json(0, &["audit", "verify"])["intact"], true);
        tamper(&desk, sql);
        let trail = desk.json(1, &["audit", "verify"]);
        assert_eq!(trail["intact"], false, "{sql}");
        let kinds: Vec<_> =
            trail["problems"].as_array().unwrap().iter().map(|own| own["kind"].as_str().unwrap()).collect();
        assert!(kinds.contains(&kind), "{sql}: {kinds:?}");
        desk.run(&["audit", "verify"]).ends(1).says("NÃO está íntegra");
    }
}

#[test]
fn a_broken_trail_is_looked_at_and_resealed() {
    let desk = Desk::demo();
    desk.write("a.txt", "a");
    tamper(&desk, "DELETE FROM audit_records WHERE seq = (SELECT MAX(seq) FROM audit_records)");
    desk.json(0, &["audit", "list"]);
    assert_eq!(desk.json(1, &["keys", "list"])["error"]["code"], "registry_trail_broken");
    desk.run(&["audit", "reseal"]).ends(64);
    assert_eq!(desk.json(0, &["audit", "reseal", "--reason", "ata 12"])["intact"], true);
    let page = desk.json(0, &["audit", "list", "--act", "trail_resealed"]);
    assert_eq!(page["records"][0]["detail"]["reason"], "ata 12");
    desk.ok(&["sign", "a.txt"]);
}

#[test]
fn every_act_is_on_record_with_its_document() {
    let desk = Desk::demo();
    desk.write("ata.txt", "ata");
    let signed = desk.json(0, &["sign", "ata.txt"]);
    desk.ok(&["verify", "ata.txt.p7s"]);
    let page = desk.json(0, &["audit", "list", "--act", "document_signed"]);
    let records = page["records"].as_array().unwrap();
    assert_eq!(records.iter().map(|own| own["phase"].as_str().unwrap()).collect::<Vec<_>>(), ["succeeded", "intent"]);
    assert_eq!(records[0]["document_sha256"], signed["files"][0]["receipt"]["input_sha256"]);
    assert_eq!(records[0]["seq"], signed["files"][0]["receipt"]["audit_seq"]);
    assert_eq!(records[0]["correlation"], records[1]["correlation"]);
    let verified = desk.json(0, &["audit", "list", "--text", "ATA.TXT.p7s", "--act", "document_verified"]);
    assert_eq!(verified["records"].as_array().unwrap().len(), 2);
    assert_eq!(desk.json(0, &["audit", "list", "--limit", "2"])["more"], true);
    desk.run(&["audit", "list", "--act", "nada"]).ends(65);
}

#[test]
fn killed_while_signing_the_trail_is_intact_and_what_is_there_is_whole() {
    let desk = Desk::demo();
    let names: Vec<String> = (0..40).map(|number| format!("f{number}.txt")).collect();
    for name in &names {
        desk.write(name, name);
    }
    let mut arguments = vec!["sign"];
    arguments.extend(names.iter().map(String::as_str));
    let mut child = desk.spawn(&arguments);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !desk.path("f3.txt.p7s").exists() {
        assert!(std::time::Instant::now() < deadline, "signing goes on");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(desk.json(0, &["audit", "verify"])["intact"], true);
    let open = desk.json(0, &["audit", "list", "--act", "document_signed", "--limit", "200"]);
    let phases: Vec<_> = open["records"].as_array().unwrap().iter().map(|own| own["phase"].as_str().unwrap()).collect();
    let count = |phase: &str| phases.iter().filter(|own| **own == phase).count();
    assert_eq!(count("intent"), count("succeeded") + count("interrupted"), "every intent has its end: {phases:?}");
    let written = names.iter().filter(|name| desk.path(&format!("{name}.p7s")).exists());
    for name in written {
        desk.ok(&["verify", &format!("{name}.p7s")]);
    }
}

#[test]
fn the_command_line_needs_no_window() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges", "normal", "--prefix", "none", "--manifest-path", manifest])
        .output()
        .unwrap();
    let tree = String::from_utf8_lossy(&tree.stdout).into_owned();
    assert!(tree.contains("cartorio-office"), "{tree}");
    for crate_name in ["tauri", "wry", "webkit2gtk", "gtk"] {
        assert!(
            !tree.lines().any(|line| line.starts_with(&format!("{crate_name} "))),
            "{crate_name} must not be needed"
        );
    }
}
