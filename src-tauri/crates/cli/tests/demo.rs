//! The demonstration from the first command to the last, with foreign judges.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod common;

use cartorio_testkit::traces::holding;
use common::{Desk, judge, text};
use serde_json::{Value, json};

const ESCRITURA: &str = "escritura-uniao-estavel.pdf";
const PROCURACAO: &str = "procuracao-publica.pdf";

#[test]
fn demo_init_can_be_repeated() {
    let desk = Desk::empty();
    let first = desk.json(0, &["demo", "init", "--protection", "plain-file"]);
    assert_eq!(first["state"]["environment"], "demo");
    assert_eq!(first["state"]["key_protection"], "plain_file");
    assert_eq!(first["samples"].as_array().unwrap().len(), 2);
    let records = desk.json(0, &["audit", "list"])["records"][0]["seq"].clone();
    let second = desk.json(0, &["demo", "init"]);
    assert_eq!(second["identities"], first["identities"], "nothing is made twice");
    assert_eq!(desk.json(0, &["audit", "list"])["records"][0]["seq"], records, "nothing was done the second time");
    desk.ok(&["demo", "init"]).says("DEMONSTRAÇÃO, sem valor jurídico");
}

#[test]
fn a_pdf_is_signed_inside_and_pdfsig_agrees() {
    let desk = Desk::demo();
    for name in [ESCRITURA, PROCURACAO] {
        desk.sample(name);
    }
    let report = desk.json(0, &["sign", ESCRITURA, PROCURACAO, "--reason", "Traslado", "--location", "São Paulo"]);
    let files = report["files"].as_array().unwrap();
    assert_eq!(files.len(), 2);
    for (file, name) in files.iter().zip([ESCRITURA, PROCURACAO]) {
        assert_eq!((&file["state"], &file["file"]), (&json!("done"), &json!(name)));
        assert_eq!(file["receipt"]["format"], "pades");
        let output = file["output"].as_str().unwrap();
        let (before, after) = (desk.read(name), std::fs::read(output).unwrap());
        assert!(after.starts_with(&before), "the original bytes are a prefix of the result");
        assert!(after.len() > before.len());
        if let Some(verdict) = judge("pdfsig", &[output]) {
            let verdict = String::from_utf8_lossy(&verdict.stdout).into_owned();
            assert!(verdict.contains("Signature is Valid"), "{verdict}");
            assert!(verdict.contains("Total document signed"), "{verdict}");
            assert!(verdict.contains("ETSI.CAdES.detached"), "{verdict}");
        }
        let verdict = desk.json(0, &["verify", output]);
        assert_eq!(verdict["result"], "passed");
        let signature = &verdict["signatures"][0];
        for (axis, expected) in [
            ("integrity", "ok"),
            ("authenticity", "trusted"),
            ("policy", "none"),
            ("later_change", "none"),
            ("legal", "demonstration"),
            ("level", "PAdES B-B"),
            ("reason", "Traslado"),
            ("location", "São Paulo"),
        ] {
            assert_eq!(signature[axis], expected, "{axis}");
        }
        assert!(signature["time"]["claimed"].is_string() && signature["signer"]["name"].is_string());
    }
    let stem = ESCRITURA.trim_end_matches(".pdf");
    let again = desk.json(0, &["sign", ESCRITURA]);
    let second = again["files"][0]["output"].as_str().unwrap();
    assert!(second.ends_with(&format!("{stem}-assinado-2.pdf")), "a taken name is not overwritten: {second}");
}

#[test]
fn any_other_file_gets_a_p7s_and_openssl_agrees() {
    let desk = Desk::demo();
    let content = desk.write("ata.txt", "Ata notarial.\r\nFé pública.\n");
    for (algorithm, name) in [("RSASSA_PKCS1_V1_5_SHA_256", "ata.txt.p7s"), ("RSASSA_PSS_SHA_256", "ata.txt-2.p7s")] {
        desk.ok(&["sign", "ata.txt", "--algorithm", algorithm]);
        let (root, below) = desk.chain_of(name);
        let signature = desk.path(name);
        let verdict = judge(
            "openssl",
            &[
                "cms",
                "-verify",
                "-inform",
                "DER",
                "-binary",
                "-in",
                text(&signature),
                "-content",
                text(&content),
                "-CAfile",
                text(&root),
                "-certfile",
                text(&below),
                "-purpose",
                "any",
                "-out",
                "/dev/null",
            ],
        );
        if let Some(verdict) = verdict {
            assert!(verdict.status.success(), "{algorithm}: {}", String::from_utf8_lossy(&verdict.stderr));
        }
        let verdict = desk.json(0, &["verify", name]);
        assert_eq!((&verdict["result"], &verdict["content"]), (&json!("passed"), &json!("ata.txt")));
        assert_eq!(verdict["signatures"][0]["algorithm"], algorithm);
    }
}

#[test]
fn an_elliptic_curve_key_becomes_an_identity_and_signs() {
    let desk = Desk::demo();
    let key = desk.json(0, &["keys", "create", "--alias", "balcao-ec", "--spec", "ECC_NIST_P256"]);
    let reference = key["key_ref"].as_str().unwrap().to_owned();
    desk.ok(&["keys", "public-key", &reference]).says("BEGIN PUBLIC KEY");
    let described = desk.json(0, &["keys", "describe", &reference]);
    assert_eq!(described["algorithms"], json!(["ECDSA_SHA_256"]));
    let create = ["identity", "create", "--key", &reference, "--label", "Balcão", "--holder", "RUI BARBOSA"];
    let identity = desk.json(0, &create);
    assert_eq!(desk.json(0, &["identity", "list"])["identities"].as_array().unwrap().len(), 2);
    desk.write("a.bin", [0_u8, 1, 2]);
    desk.run(&["sign", "a.bin"]).ends(64).says("--identity");
    desk.ok(&["sign", "a.bin", "--identity", identity["id"].as_str().unwrap()]);
    desk.ok(&["sign", "a.bin", "--identity", "Balcão"]);
    assert_eq!(desk.json(0, &["verify", "a.bin.p7s"])["signatures"][0]["algorithm"], "ECDSA_SHA_256");
    desk.run(&["sign", "a.bin", "--identity", "Balcão", "--algorithm", "RSASSA_PSS_SHA_256"]).ends(65);
    assert!(!desk.path("a.bin-3.p7s").exists(), "nothing was written");
}

#[test]
fn a_changed_document_is_invalid_and_a_missing_proof_is_indeterminate() {
    let desk = Desk::demo();
    desk.sample(ESCRITURA);
    desk.write("ata.txt", "original");
    desk.ok(&["sign", ESCRITURA, "ata.txt"]);
    let signed = "escritura-uniao-estavel-assinado.pdf";

    let mut bytes = desk.read(signed);
    bytes[2000] ^= 1;
    desk.write("alterado.pdf", bytes);
    let verdict = desk.json(1, &["verify", "alterado.pdf"]);
    assert_eq!((&verdict["result"], &verdict["signatures"][0]["integrity"]), (&json!("failed"), &json!("broken")));
    desk.run(&["verify", "alterado.pdf"]).ends(1).says("Documento alterado depois da assinatura");
    desk.run(&["verify", "alterado.pdf", "--lang", "en"]).ends(1);

    let mut bytes = desk.read(signed);
    bytes.extend(b"\n% more");
    desk.write("crescido.pdf", bytes);
    let verdict = desk.json(1, &["verify", "crescido.pdf"]);
    assert_eq!(verdict["signatures"][0]["later_change"], "suspicious", "bytes that belong to no revision");

    desk.write("outro.txt", "Original");
    desk.run(&["verify", "ata.txt.p7s", "--content", "outro.txt"]).ends(1);
    desk.ok(&["verify", "ata.txt.p7s", "--content", "ata.txt"]);
    std::fs::rename(desk.path("ata.txt"), desk.path("longe.txt")).unwrap();
    assert_eq!(desk.json(2, &["verify", "ata.txt.p7s"])["result"], "indeterminate");

    // Another machine: no office, no root.
    let court = Desk::empty();
    court.write("x.pdf", desk.read(signed));
    let verdict = court.json(2, &["verify", "x.pdf"]);
    assert_eq!(verdict["signatures"][0]["integrity"], "ok");
    assert_eq!(verdict["signatures"][0]["authenticity"], "unknown");
    let (root, _) = court.chain_of_pdf(&desk, signed);
    let trusted = court.json(2, &["verify", "x.pdf", "--trust", text(&root)]);
    assert_eq!(trusted["signatures"][0]["sub_indication"], "TRY_LATER", "the root is known, revocation is not");
    assert!(!court.home().exists(), "looking at a file makes no office");

    assert_eq!(desk.json(1, &["verify", ESCRITURA])["result"], "failed");
    desk.run(&["verify", ESCRITURA]).ends(1).says("não tem assinatura");
    let long_ago = desk.json(2, &["verify", signed, "--at", "2001-01-01T00:00:00Z"]);
    assert_eq!(
        long_ago["result"], "indeterminate",
        "the certificate was not valid then, and nothing proves another time"
    );
    assert_eq!(long_ago["signatures"][0]["sub_indication"], "OUT_OF_BOUNDS_NO_POE");
}

impl Desk {
    /// The root of a signed PDF's chain, taken to this desk.
    fn chain_of_pdf(&self, from: &Desk, signed: &str) -> (std::path::PathBuf, ()) {
        let report = from.json(0, &["verify", signed]);
        let nodes = report["signatures"][0]["certificates"]["certificates"].as_array().unwrap().clone();
        let root = nodes.iter().find(|node| node["certificate"]["self_issued"] == true).unwrap();
        (self.write("raiz.pem", root["certificate"]["pem"].as_str().unwrap()), ())
    }
}

#[test]
fn a_subscriber_leaves_as_p12_that_others_open() {
    let desk = Desk::demo();
    const PASSWORD: &str = "Vaga-lume-azul-42";
    let issued = desk.json(
        0,
        &["ca", "issue", "--name", "Maria da Silva", "--cpf", "529.982.247-25", "--email", "maria@exemplo.com.br"],
    );
    assert_eq!(issued["kind"], "subscriber");
    let id = issued["id"].as_str().unwrap();
    desk.write("senha.txt", format!("{PASSWORD}\n"));
    desk.ok(&["p12", "export", id, "--out", "maria.p12", "--password-file", "senha.txt", "--friendly-name", "Maria"]);
    let p12 = desk.path("maria.p12");

    let opened =
        judge("openssl", &["pkcs12", "-in", text(&p12), "-info", "-nokeys", "-passin", &format!("pass:{PASSWORD}")]);
    if let Some(opened) = opened {
        let said = format!("{}{}", String::from_utf8_lossy(&opened.stdout), String::from_utf8_lossy(&opened.stderr));
        assert!(opened.status.success(), "{said}");
        assert!(said.contains("AES-256-CBC") && said.contains("hmacWithSHA256"), "{said}");
        assert_eq!(said.matches("BEGIN CERTIFICATE").count(), 3, "the whole chain: {said}");
    }
    let list = ["-list", "-keystore", text(&p12), "-storetype", "PKCS12", "-storepass", PASSWORD];
    if let Some(opened) = judge("keytool", &list) {
        let said = String::from_utf8_lossy(&opened.stdout).into_owned();
        assert!(opened.status.success() && said.contains("PrivateKeyEntry"), "{said}");
    }

    let inside = desk.told(&["p12", "inspect", "maria.p12", "--password-stdin", "--json"], &format!("{PASSWORD}\n"));
    let inside = inside.ends(0).json();
    assert_eq!(inside["mac"], "SHA-256");
    assert!(inside["iterations"].as_u64().unwrap() >= 100_000);
    let bags: Vec<_> = inside["bags"].as_array().unwrap().iter().map(|bag| bag["kind"].as_str().unwrap()).collect();
    assert_eq!(bags, ["private_key", "certificate", "certificate", "certificate"]);
    desk.told(&["inspect", "maria.p12", "--password-stdin"], PASSWORD).ends(0).says("MARIA");

    for (profile, mac, warned) in
        [("compatible", "SHA-1", "export_old_cryptography"), ("pbmac1", "PBMAC1", "export_few_programs")]
    {
        let out = format!("{profile}.p12");
        let export = ["p12", "export", id, "--out", &out, "--profile", profile, "--password-file", "senha.txt"];
        let made = desk.json(0, &export);
        assert_eq!((&made["profile"], &made["warnings"]), (&serde_json::json!(profile), &serde_json::json!([warned])));
        let inside = desk.told(&["p12", "inspect", &out, "--password-stdin", "--json"], PASSWORD).ends(0).json();
        assert!(inside["mac"].as_str().unwrap().starts_with(mac), "{profile}: {}", inside["mac"]);
    }

    let refused = desk.told(&["p12", "inspect", "maria.p12", "--password-stdin", "--json"], "errada").ends(65);
    assert_eq!(refused.json()["error"]["code"], "p12_wrong_password");
    let before = desk.read("maria.p12");
    let taken =
        desk.told(&["p12", "export", id, "--out", "maria.p12", "--password-stdin", "--json"], PASSWORD).ends(65);
    assert_eq!(taken.json()["error"]["code"], "output_exists");
    assert_eq!(desk.read("maria.p12"), before, "an existing file is left as it was");
    desk.told(&["p12", "export", id, "--out", "curta.p12", "--password-stdin"], "abc").ends(65);
    assert!(!desk.path("curta.p12").exists());

    let own = desk.json(0, &["identity", "list"])["identities"][0]["certificate_sha256"].as_str().unwrap().to_owned();
    let kept =
        desk.told(&["p12", "export", &own, "--out", "fuga.p12", "--password-stdin", "--json"], PASSWORD).ends(77);
    assert_eq!(kept.json()["error"]["code"], "not_exportable");
    assert!(!desk.path("fuga.p12").exists());

    let found = holding(&desk.home(), PASSWORD.as_bytes()).unwrap();
    assert!(found.is_empty(), "{found:?}: no file of the installation holds the password");
}

#[test]
fn certificates_are_shown_from_pem_and_from_a_signature() {
    let desk = Desk::demo();
    desk.write("a.txt", "a");
    desk.ok(&["sign", "a.txt"]);
    let (root, _) = desk.chain_of("a.txt.p7s");
    desk.ok(&["inspect", text(&root)]).says("Raiz de Demonstração");
    let found = desk.json(0, &["inspect", "a.txt.p7s"]);
    let kinds: Vec<&Value> = found["objects"].as_array().unwrap().iter().map(|own| &own["object"]["kind"]).collect();
    assert_eq!(kinds, ["cms_signature", "certificate", "certificate", "certificate"]);
    let trusts: Vec<&Value> = found["certificates"].as_array().unwrap().iter().map(|node| &node["trust"]).collect();
    assert_eq!(trusts, ["trusted", "trusted", "trusted"]);
    desk.write("lixo.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    desk.write("texto.txt", "nada");
    desk.run(&["inspect", "texto.txt"]).ends(65);
    desk.run(&["inspect", "lixo.pem"]).ends(65);
    // Beside something sound, what is broken is told and the sound thing is shown.
    desk.run(&["inspect", text(&root), "lixo.pem"]).ends(3).says("Raiz de Demonstração").says("lixo.pem");
}

/// A page of the trail has room for some hundreds.
#[test]
fn as_many_records_are_listed_as_were_asked_for() {
    const FILES: usize = 300;
    let desk = Desk::demo();
    std::fs::create_dir(desk.path("atas")).unwrap();
    for number in 0..FILES {
        desk.write(&format!("atas/{number:03}.txt"), format!("ata {number}").as_bytes());
    }
    std::fs::create_dir(desk.path("assinadas")).unwrap();
    desk.json(0, &["sign", "atas", "--out", "assinadas"]);
    let of = |page: &Value| {
        page["records"].as_array().unwrap().iter().map(|own| own["seq"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let all = desk.json(0, &["audit", "list", "--limit", "100000"]);
    let seqs = of(&all);
    assert!(seqs.len() > 2 * FILES && all["more"] == false, "{}", seqs.len());
    assert!(seqs.iter().rev().copied().eq(1..=seqs[0]), "each once, newest first");
    for limit in [1, 501, seqs.len() - 1] {
        let some = desk.json(0, &["audit", "list", "--limit", &limit.to_string()]);
        assert_eq!((of(&some).as_slice(), &some["more"]), (&seqs[..limit], &json!(true)));
    }
    let before = seqs[0] - 10;
    let older = desk.json(0, &["audit", "list", "--limit", "600", "--before", &before.to_string()]);
    assert_eq!(of(&older), seqs.iter().copied().filter(|seq| *seq < before).take(600).collect::<Vec<_>>());
}
