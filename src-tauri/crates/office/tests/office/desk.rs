//! The key desk: names, tags, on and off, deletion by two people, bare signatures; keys in A1 files and on tokens.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use cartorio_office::dto::{
    A1View, DocumentInfo, FileSignResult, FileVerifyReport, IdentitySummary, ItemState, JobSnapshot, JobStatus,
    KeyAction, KeyDetail, KeyList, KeyStateView, KeySummary, KeyUnlockState, RequestStateView, RequestView, SaveResult,
    TokenContent, TokenDesk, UnlockNeed,
};
use cartorio_testkit::softhsm::{self, PIN};
use serde_json::{Value, json};

use crate::host::{Host, Options, path_of, sign_request};
use crate::judges;
use crate::people::approve;

#[tokio::test]
async fn a_key_is_named_tagged_switched_off_and_on() {
    let host = Host::demo().await;
    let request = json!({
        "spec": "ECC_NIST_P256", "alias": "balcao", "description": "Chave do balcão",
        "tags": [{"name": "Setor", "value": "Notas"}],
    });
    let key: KeySummary = host.ask("key_create", request).await.unwrap();
    let of = |more: Value| {
        let mut request = json!({"key_ref": key.key_ref});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    let detail: KeyDetail = host.ask("key_describe", of(json!({}))).await.unwrap();
    let tags: Vec<(&str, &str)> = detail.tags.iter().map(|tag| (tag.name.as_str(), tag.value.as_str())).collect();
    assert_eq!(
        tags,
        [("Ambiente", "demonstracao"), ("Setor", "Notas"), ("Sistema", "cartorio-digital"), ("Uso", "assinatura")]
    );
    assert!(detail.actions.contains(&KeyAction::Disable) && !detail.actions.contains(&KeyAction::Enable));

    // A name moves: it is one key's at a time.
    let other: KeySummary =
        host.ask("key_create", json!({"spec": "ECC_NIST_P256", "alias": "reserva", "description": ""})).await.unwrap();
    let moved: KeyDetail =
        host.ask("key_alias_put", json!({"key_ref": other.key_ref, "alias": "balcao"})).await.unwrap();
    assert!(moved.summary.aliases.contains(&"balcao".to_owned()), "{:?}", moved.summary.aliases);
    let detail: KeyDetail = host.ask("key_describe", of(json!({}))).await.unwrap();
    assert!(detail.summary.aliases.is_empty());
    // Who takes away a name that the key no longer has takes nothing away.
    host.ask::<Value>("key_alias_remove", of(json!({"alias": "balcao"}))).await.unwrap();
    let still: KeyDetail = host.ask("key_describe", json!({"key_ref": other.key_ref})).await.unwrap();
    assert!(still.summary.aliases.contains(&"balcao".to_owned()));

    let change = of(json!({"put": [{"name": "Setor", "value": "Protesto"}], "remove": ["Uso"]}));
    let detail: KeyDetail = host.ask("key_tags_change", change).await.unwrap();
    assert!(detail.tags.iter().any(|tag| tag.name == "Setor" && tag.value == "Protesto"));
    assert!(detail.tags.iter().all(|tag| tag.name != "Uso"));
    let twice = json!({
        "spec": "ECC_NIST_P256", "alias": "x", "description": "",
        "tags": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}],
    });
    assert_eq!(host.code("key_create", twice).await, "invalid_field");

    let detail: KeyDetail = host.ask("key_enable", of(json!({"enabled": false}))).await.unwrap();
    assert_eq!(detail.summary.state, KeyStateView::Disabled);
    assert_eq!(host.code("identity_create", of(json!({"label": "l", "holder": "H"}))).await, "key_disabled");
    let detail: KeyDetail = host.ask("key_enable", of(json!({"enabled": true}))).await.unwrap();
    assert_eq!(detail.summary.state, KeyStateView::Enabled);

    let acts: Vec<String> = detail.timeline.iter().rev().map(|event| event.act.clone()).collect();
    assert!(acts.starts_with(&["key_created".to_owned()]) && acts.contains(&"key_disabled".to_owned()), "{acts:?}");
    host.assert_sound().await;
}

#[tokio::test]
async fn a_key_that_seals_renews_itself() {
    let host = Host::demo().await;
    let request = json!({"spec": "", "alias": "cofre", "description": "", "usage": "seal"});
    let key: KeySummary = host.ask("key_create", request).await.unwrap();
    let set = |days: Value| json!({"key_ref": key.key_ref, "period_days": days});
    let detail: KeyDetail = host.ask("automatic_rotation_set", set(json!(365))).await.unwrap();
    assert_eq!(detail.automatic_rotation.unwrap().period_days, Some(365));
    assert!(!detail.actions.contains(&KeyAction::SignFiles));
    assert_eq!(host.code("automatic_rotation_set", set(json!(10))).await, "key_bad_reference");
    let detail: KeyDetail = host.ask("key_rotate_now", json!({"key_ref": key.key_ref})).await.unwrap();
    let past = detail.automatic_rotation.unwrap().past;
    assert!(past.len() == 1 && past[0].on_demand, "{past:?}");
    let signing = host.key("ECC_NIST_P256", "assina").await;
    let refused = host.refused("key_rotate_now", json!({"key_ref": signing.key_ref})).await;
    assert_eq!(refused.code, "key_wrong_usage");
}

#[tokio::test]
async fn a_key_is_deleted_by_two_people_and_not_at_once() {
    let host = Host::demo().await;
    let key = host.key("ECC_NIST_P256", "velha").await;
    let ask = |days: u32| {
        json!({
            "what": {"kind": "key_deletion", "key_ref": key.key_ref, "days": days}, "reason": "Chave sem uso desde 2024",
        })
    };
    assert_eq!(host.code("request_make", ask(3)).await, "key_bad_reference");
    let request: RequestView = host.ask("request_make", ask(7)).await.unwrap();
    assert!(!request.may_decide, "who asks does not decide");
    assert_eq!(host.code("request_make", ask(7)).await, "request_open");
    let own = json!({"id": request.id, "approve": true, "reason": "sim"});
    assert_eq!(host.code("request_decide", own).await, "registry_same_person");
    assert_eq!(host.code("key_deletion_schedule", json!({"request": request.id})).await, "registry_request_state");

    approve(&host, &request.id).await;
    let detail: KeyDetail = host.ask("key_deletion_schedule", json!({"request": request.id})).await.unwrap();
    assert_eq!(detail.summary.state, KeyStateView::PendingDeletion);
    assert!(detail.summary.deletion_at.is_some());
    assert_eq!(host.code("key_deletion_schedule", json!({"request": request.id})).await, "registry_request_state");
    let used: Vec<RequestView> = host.ask("requests_list", json!({})).await.unwrap();
    assert_eq!(used[0].state, RequestStateView::Used);

    let detail: KeyDetail = host.ask("key_deletion_cancel", json!({"key_ref": key.key_ref})).await.unwrap();
    assert_eq!(detail.summary.state, KeyStateView::Disabled);

    // Asked once more, and nobody calls it off: at the first start after the date it is gone, on record.
    let request: RequestView = host.ask("request_make", ask(7)).await.unwrap();
    approve(&host, &request.id).await;
    host.ask::<Value>("key_deletion_schedule", json!({"request": request.id})).await.unwrap();
    let seq = host.last_seq().await;
    host.clock.advance(time::Duration::days(8));
    host.ask::<Value>("demo_start", json!({})).await.unwrap();
    assert_eq!(host.code("key_describe", json!({"key_ref": key.key_ref})).await, "key_not_found");
    assert_eq!(host.phases("key_deleted", seq).await, ["intent", "succeeded"]);

    // A key that somebody signs with is not even asked about.
    let identity = host.identity("ECC_NIST_P256", "em-uso").await;
    let busy = json!({"what": {"kind": "key_deletion", "key_ref": identity.key_ref, "days": 30}, "reason": "r"});
    assert_eq!(host.code("request_make", busy).await, "key_in_use");
    host.assert_sound().await;
}

#[tokio::test]
async fn a_forged_approval_opens_nothing() {
    let host = Host::demo().await;
    let key = host.key("ECC_NIST_P256", "alvo").await;
    let ask = json!({"what": {"kind": "key_deletion", "key_ref": key.key_ref, "days": 7}, "reason": "r"});
    let request: RequestView = host.ask("request_make", ask).await.unwrap();
    // Somebody writes the decision into the database, past the program, in the name of the second person.
    let registry = cartorio_registry::Registry::open(host.demo_folder().join("registry.db"), None).await.unwrap();
    let second = registry.operators().await.unwrap().into_iter().find(|own| own.name.starts_with("Rui")).unwrap();
    let now = time::OffsetDateTime::now_utc();
    let decision =
        cartorio_registry::Decision { by: second.to_ref(), at: now, approved: true, reason: "forjada".to_owned() };
    registry.decide_request(request.id.parse().unwrap(), &decision, now).await.unwrap();
    registry.close().await;
    assert_eq!(host.code("key_deletion_schedule", json!({"request": request.id})).await, "registry_params_changed");
}

#[tokio::test]
async fn files_are_signed_with_a_receipt_that_openssl_checks() {
    let host = Host::demo().await;
    let folder = host.folder("entrada");
    let file = folder.join("livro-3.csv");
    std::fs::write(&file, "ato;data\n1;2026-11-21\n").unwrap();
    for (spec, algorithm) in [
        ("RSA_2048", None),
        ("RSA_2048", Some("RSASSA_PKCS1_V1_5_SHA_512")),
        ("ECC_NIST_P256", None),
        ("ECC_NIST_P521", None),
        ("ECC_NIST_EDWARDS25519", None),
    ] {
        let key = host.key(spec, "arquivos").await;
        let document = host.pick_one(&file).await;
        let request = json!({"documents": [document.id], "key_ref": key.key_ref, "algorithm": algorithm});
        let result: FileSignResult = host.ask("files_sign", request).await.unwrap();
        let item = &result.items[0];
        assert!(item.error.is_none(), "{spec}: {:?}", item.error);
        let receipt = item.receipt.as_ref().unwrap();
        assert_eq!(receipt.notice.as_deref(), Some("DEMONSTRAÇÃO, sem valor jurídico"));
        let value = path_of(item.signature.as_ref().unwrap());
        openssl_file(&file, &value, &receipt.public_key, &receipt.algorithm);

        let signature = item.receipt_file.as_ref().unwrap();
        let check = |document: &DocumentInfo, signature: &DocumentInfo| json!({"document": {"id": document.id}, "signature": {"id": signature.id}});
        let report: FileVerifyReport = host.ask("file_verify", check(&document, signature)).await.unwrap();
        assert!(report.valid && report.audit_seq.is_some(), "{report:?}");
        // The bare value needs a key that is known, and for RSA the algorithm.
        let mut bare = check(&document, item.signature.as_ref().unwrap());
        assert_eq!(host.code("file_verify", bare.clone()).await, "invalid_field");
        bare["key_ref"] = json!(key.key_ref);
        bare["algorithm"] = json!(receipt.algorithm);
        let report: FileVerifyReport = host.ask("file_verify", bare).await.unwrap();
        assert!(report.valid);
        // Another file, another key.
        let other = folder.join("outro.csv");
        std::fs::write(&other, "ato;data\n1;2026-11-22\n").unwrap();
        let other = host.pick_one(&other).await;
        let report: FileVerifyReport = host.ask("file_verify", check(&other, signature)).await.unwrap();
        assert_eq!((report.valid, report.reason.as_deref()), (false, Some("digest_differs")));
        let stranger = host.key(spec, "estranha").await;
        let mut foreign = check(&document, signature);
        foreign["key_ref"] = json!(stranger.key_ref);
        let report: FileVerifyReport = host.ask("file_verify", foreign).await.unwrap();
        assert_eq!((report.valid, report.reason.as_deref()), (false, Some("key_differs")));
    }
    // What signs files alone gets no certificate for documents.
    let edwards = host.key("ECC_NIST_EDWARDS25519", "so-arquivos").await;
    assert_eq!(host.identity_for(&edwards.key_ref, "x").await.unwrap_err().code, "key_wrong_usage");
    // The office's own CA is not for files.
    let keys: KeyList = host.ask("keys_list", json!({})).await.unwrap();
    let ca = keys.keys.iter().find(|key| key.aliases == ["ca-raiz"]).unwrap();
    let document = host.pick_one(&file).await;
    let request = json!({"documents": [document.id], "key_ref": ca.key_ref});
    assert_eq!(host.code("files_sign", request).await, "key_wrong_usage");
    host.assert_sound().await;
}

/// `openssl` accepts the value as a signature of the file.
fn openssl_file(file: &Path, value: &Path, public_key: &str, algorithm: &str) {
    let pem = value.with_extension("pub.pem");
    std::fs::write(&pem, public_key).unwrap();
    let mut command = Command::new("openssl");
    if algorithm == "ED25519_SHA_512" {
        command.args(["pkeyutl", "-verify", "-pubin", "-rawin", "-inkey"]).arg(&pem);
        command.arg("-sigfile").arg(value).arg("-in").arg(file);
    } else {
        let hash = format!("-sha{}", algorithm.rsplit('_').next().unwrap());
        command.args(["dgst", &hash, "-verify"]).arg(&pem).arg("-signature").arg(value);
        if algorithm.contains("_PSS_") {
            command.args(["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]);
        }
        command.arg(file);
    }
    judges::accepts(&mut command);
}

#[tokio::test]
async fn a_public_key_is_saved_in_three_forms() {
    let host = Host::demo().await;
    let key = host.key("RSA_2048", "publica").await;
    let folder = host.folder("saida");
    for (format, name) in [("pem", "a.pem"), ("der", "a.der"), ("jwk", "a.jwk")] {
        host.dialogs.saves.lock().unwrap().push_back(folder.join(name));
        let saved: SaveResult =
            host.ask("key_public_save", json!({"key_ref": key.key_ref, "format": format})).await.unwrap();
        assert_eq!(saved.saved.unwrap().name, name);
    }
    let pem = folder.join("a.pem");
    judges::accepts(Command::new("openssl").args(["pkey", "-pubin", "-noout", "-in"]).arg(&pem));
    judges::accepts(
        Command::new("openssl").args(["pkey", "-pubin", "-inform", "DER", "-noout", "-in"]).arg(folder.join("a.der")),
    );
    let jwk: Value = serde_json::from_slice(&std::fs::read(folder.join("a.jwk")).unwrap()).unwrap();
    assert_eq!((jwk["kty"].as_str(), jwk["e"].as_str()), (Some("RSA"), Some("AQAB")));
}

#[tokio::test]
async fn an_a1_file_signs_with_its_password_and_not_without() {
    let host = Host::demo().await;
    let file = a1_file(&host.folder("a1"), "Tabelião Substituto", "senha çerta 1");
    let document = host.pick_one(&file).await;
    let add = async |password: &str, keep: bool| {
        let request = json!({
            "document": {"id": document.id}, "password": host.sealed(password).await, "keep": keep, "label": "A1 do Rui",
        });
        host.ask::<IdentitySummary>("a1_add", request).await
    };
    assert_eq!(add("senha errada", false).await.unwrap_err().code, "a1_password_wrong");
    let identity = add("senha çerta 1", false).await.unwrap();
    assert_eq!(add("senha çerta 1", false).await.unwrap_err().code, "a1_unusable");
    let views: Vec<A1View> = host.ask("a1_list", json!({})).await.unwrap();
    assert_eq!((views.len(), views[0].present, views[0].password_kept), (1, true, false));

    let paths = crate::aws::inputs(&host);
    let documents = host.pick(&paths).await;
    let key = json!({"key_ref": identity.key_ref});
    let state: KeyUnlockState = host.ask("key_unlock_state", key.clone()).await.unwrap();
    assert_eq!(state.needs, UnlockNeed::Password);

    // The batch waits for the password, and goes on with the same document when it is given.
    let started: JobSnapshot = host.ask("sign_start", json!(sign_request(&identity.id, &documents))).await.unwrap();
    let paused = host.ended(&started.id).await;
    assert_eq!(paused.status, JobStatus::Paused);
    assert_eq!(paused.waits_for.as_ref().unwrap().code, "a1_password_required");
    let wrong = json!({"key_ref": identity.key_ref, "secret": host.sealed("outra").await, "keep": false});
    assert_eq!(host.code("key_unlock", wrong).await, "a1_password_wrong");
    let right = json!({"key_ref": identity.key_ref, "secret": host.sealed("senha çerta 1").await, "keep": false});
    host.ask::<KeyUnlockState>("key_unlock", right).await.unwrap();
    host.ask::<JobSnapshot>("job_resume", json!({"id": started.id})).await.unwrap();
    let job = settled(&host, &started.id).await;
    assert_eq!(job.status, JobStatus::Succeeded, "{job:?}");
    let signed = path_of(job.items[0].output.as_ref().unwrap());
    judges::pdfsig(&signed);

    // The password served for one batch.
    let state: KeyUnlockState = host.ask("key_unlock_state", key.clone()).await.unwrap();
    assert_eq!(state.needs, UnlockNeed::Password);
    // Kept by choice, it serves for all, until it is forgotten.
    let keep = json!({"key_ref": identity.key_ref, "secret": host.sealed("senha çerta 1").await, "keep": true});
    host.ask::<KeyUnlockState>("key_unlock", keep).await.unwrap();
    host.ask::<KeyUnlockState>("key_lock", key.clone()).await.unwrap();
    let documents = host.pick(&paths).await;
    assert_eq!(host.sign(&sign_request(&identity.id, &documents)).await.status, JobStatus::Succeeded);
    let one = json!({"certificate_sha256": views[0].certificate_sha256});
    host.ask::<Value>("a1_password_forget", one.clone()).await.unwrap();
    let state: KeyUnlockState = host.ask("key_unlock_state", key.clone()).await.unwrap();
    assert_eq!(state.needs, UnlockNeed::Password);

    // Another file in its place is not taken for it.
    std::fs::copy(a1_file(&host.folder("a1-outra"), "Outra Pessoa", "senha çerta 1"), &file).unwrap();
    let right = json!({"key_ref": identity.key_ref, "secret": host.sealed("senha çerta 1").await});
    assert_eq!(host.code("key_unlock", right).await, "a1_file_changed");

    host.ask::<Value>("a1_remove", one).await.unwrap();
    assert!(file.exists(), "the file is the person's");
    assert!(host.identities().await.iter().all(|own| own.id != identity.id));
    host.assert_sound().await;
}

#[tokio::test]
async fn a_paused_batch_can_be_given_up() {
    let host = Host::demo().await;
    let file = a1_file(&host.folder("a1"), "Escrevente", "senha");
    let document = host.pick_one(&file).await;
    let request =
        json!({"document": {"id": document.id}, "password": host.sealed("senha").await, "keep": false, "label": null});
    let identity: IdentitySummary = host.ask("a1_add", request).await.unwrap();
    let documents = host.pick(&crate::aws::inputs(&host)).await;
    let started: JobSnapshot = host.ask("sign_start", json!(sign_request(&identity.id, &documents))).await.unwrap();
    assert_eq!(host.ended(&started.id).await.status, JobStatus::Paused);
    host.ask::<JobSnapshot>("job_cancel", json!({"id": started.id})).await.unwrap();
    let job = settled(&host, &started.id).await;
    assert_eq!(job.status, JobStatus::Cancelled);
    assert!(job.items.iter().all(|item| item.state == ItemState::Cancelled));
    host.assert_sound().await;
}

#[test]
fn a_token_signs_with_its_pin() {
    softhsm::in_own_process("desk::a_token_signs_with_its_pin", |hsm| {
        hsm.init_token("Tabelia");
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let host = Arc::new(Host::fresh_with(Options::default()));
            host.ask::<Value>("demo_start", json!({})).await.unwrap();
            host.dialogs.files.lock().unwrap().push_back(vec![hsm.module().to_owned()]);
            let desk: TokenDesk = host.ask("token_module_add", json!({"candidate": null})).await.unwrap();
            let token = desk.modules[0].tokens.iter().find(|token| token.label == "Tabelia").unwrap().clone();
            assert!(!token.logged_in && !token.locked);

            let wrong = json!({"id": token.id, "pin": host.sealed("000000").await});
            let error = host.refused("token_login", wrong).await;
            assert_eq!((error.code.as_str(), error.params["token"].as_str()), ("token_pin_wrong", "Tabelia"));
            let right = json!({"id": token.id, "pin": host.sealed(PIN).await});
            let content: TokenContent = host.ask("token_login", right).await.unwrap();
            assert!(content.token.logged_in && content.keys.is_empty());

            // A key made on the token, a certificate for it from a CA outside, brought as a file.
            let create = json!({
                "spec": "RSA_2048", "alias": "assinatura", "description": "", "place": {"kind": "token", "token": token.id},
            });
            let key: KeySummary = host.ask("key_create", create).await.unwrap();
            assert!(key.key_ref.starts_with("pkcs11:"), "{}", key.key_ref);
            let adopt = json!({"key_ref": key.key_ref, "label": "Token da tabeliã"});
            assert_eq!(host.code("identity_adopt", adopt.clone()).await, "key_no_certificate");
            let identity = host.identity_for(&key.key_ref, "Token da tabeliã").await.unwrap();
            host.ask::<Value>("token_logout", json!({"id": token.id})).await.unwrap();

            let documents = host.pick(&crate::aws::inputs(&host)).await;
            let started: JobSnapshot =
                host.ask("sign_start", json!(sign_request(&identity.id, &documents))).await.unwrap();
            let paused = host.ended(&started.id).await;
            assert_eq!(paused.waits_for.as_ref().map(|error| error.code.as_str()), Some("token_pin_required"));
            let unlock = json!({"key_ref": identity.key_ref, "secret": host.sealed(PIN).await});
            host.ask::<KeyUnlockState>("key_unlock", unlock).await.unwrap();
            host.ask::<JobSnapshot>("job_resume", json!({"id": started.id})).await.unwrap();
            let job = settled(&host, &started.id).await;
            assert_eq!(job.status, JobStatus::Succeeded, "{job:?}");
            judges::pdfsig(&path_of(job.items[0].output.as_ref().unwrap()));
            let state: KeyUnlockState =
                host.ask("key_unlock_state", json!({"key_ref": identity.key_ref})).await.unwrap();
            assert_eq!(state.needs, UnlockNeed::Pin, "the PIN served for one batch");

            let keys: KeyList = host.ask("keys_list", json!({})).await.unwrap();
            assert!(keys.problems.is_empty(), "{:?}", keys.problems);
            let text = host.tap.text();
            assert!(!text.contains(PIN), "the PIN never crosses in the clear");
            host.assert_sound().await;
        });
    });
}

/// The snapshot once the job neither runs nor waits.
async fn settled(host: &Host, job: &str) -> JobSnapshot {
    for _ in 0..60_000 {
        let snapshot: JobSnapshot = host.ask("job_get", json!({"id": job})).await.unwrap();
        if !matches!(snapshot.status, JobStatus::Running | JobStatus::Paused) {
            return snapshot;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the job never ends");
}

/// A P12 file by `openssl`, as an A1 certificate comes: RSA key, certificate, its CA.
fn a1_file(folder: &Path, name: &str, password: &str) -> PathBuf {
    let at = |name: &str| folder.join(name);
    let run = |arguments: &[&str]| judges::accepts(Command::new("openssl").args(arguments).current_dir(folder));
    run(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "365",
        "-subj",
        "/C=BR/O=AC de Ensaio/CN=AC de Ensaio",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
    ]);
    run(&[
        "req",
        "-new",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-utf8",
        "-subj",
        &format!("/C=BR/O=ICP de Ensaio/CN={name}"),
        "-keyout",
        "a1.key",
        "-out",
        "a1.csr",
    ]);
    std::fs::write(at("ext"), "keyUsage=critical,digitalSignature,nonRepudiation\n").unwrap();
    run(&[
        "x509",
        "-req",
        "-in",
        "a1.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-days",
        "300",
        "-extfile",
        "ext",
        "-CAcreateserial",
        "-out",
        "a1.pem",
    ]);
    std::fs::write(at("senha"), password).unwrap();
    run(&[
        "pkcs12",
        "-export",
        "-in",
        "a1.pem",
        "-inkey",
        "a1.key",
        "-certfile",
        "ca.pem",
        "-name",
        name,
        "-out",
        "a1.p12",
        "-passout",
        "file:senha",
    ]);
    at("a1.p12")
}
