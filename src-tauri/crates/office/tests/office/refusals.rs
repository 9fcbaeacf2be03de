//! What is refused: each with its own code, nothing written, and a failed record where an act had begun.

use std::path::{Path, PathBuf};

use cartorio_office::dto::{
    AppState, CertificateSummary, DocumentInfo, IdentityState, ItemState, JobSnapshot, JobStatus,
};
use cartorio_registry::Role;
use serde_json::{Value, json};

use crate::host::{Host, names, sha256, sign_request};
use crate::wire::COMMANDS;

const PASSWORD: &str = "Tabeliao-Ensaio-4711";

/// An id that is well formed and names nothing.
const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// Signs one file and expects its item to fail with `code`; nothing may be written beside it or into the results.
async fn sign_refused(host: &Host, document: &DocumentInfo, code: &str) -> JobSnapshot {
    let identity = host.identities().await.remove(0);
    let folder = PathBuf::from(&document.folder);
    let before = names(&folder);
    let job = host.sign(&sign_request(&identity.id, std::slice::from_ref(document))).await;
    assert_eq!((job.status, job.items[0].state), (JobStatus::Failed, ItemState::Failed), "{job:?}");
    assert_eq!(job.items[0].error.as_ref().unwrap().code, code);
    assert!(job.items[0].output.is_none() && job.items[0].receipt.is_none());
    assert_eq!(names(&folder), before);
    job
}

#[tokio::test]
async fn bad_documents() {
    let host = Host::demo().await;
    let folder = host.folder("entrada");
    let put = |name: &str, content: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let encrypted = "/Encrypt << /Filter /Standard /V 1 /R 2 /O <00> /U <00> /P -4 >> /ID [<00> <00>]";
    for (name, content, code) in [
        ("cifrado.pdf", pdf(encrypted), "pdf_malformed_encryption"),
        ("cortado.pdf", pdf("")[..300].to_vec(), "pdf_no_startxref"),
        ("lixo.pdf", b"%PDF-1.7\nlixo e nada mais".to_vec(), "pdf_no_startxref"),
    ] {
        let path = put(name, &content);
        let hash = sha256(&path);
        let document = host.pick_one(&path).await;
        assert_eq!(document.sign_problem.as_ref().map(|problem| problem.code.as_str()), Some(code), "{name}");
        let seq = host.last_seq().await;
        sign_refused(&host, &document, code).await;
        assert_eq!(
            host.phases("document_signed", seq).await,
            ["intent".to_owned(), format!("failed:{code}")],
            "{name}"
        );
        assert_eq!(sha256(&path), hash);
    }
    // Without any sign of a PDF in it, nobody takes it for one by its name: its form has to be chosen.
    let document = host.pick_one(&put("foto.pdf", b"\x89PNG e mais")).await;
    assert!(document.sign_problem.is_none(), "it may be signed as it is");
    sign_refused(&host, &document, "sign_no_pdf_inside").await;

    host.dialogs.files.lock().unwrap().push_back(vec![folder.clone()]);
    assert_eq!(host.code("documents_pick", json!({"purpose": "sign"})).await, "document_unreadable", "a folder");
    host.dialogs.files.lock().unwrap().push_back(vec![folder.join("nunca")]);
    assert_eq!(host.code("documents_pick", json!({"purpose": "sign"})).await, "document_unreadable", "nothing there");
    let dropped =
        host.office.documents_dropped(vec![folder.clone(), put("boa.txt", b"boa"), folder.join("nunca")]).await;
    // The folder stands for the five files in it; the good one is taken all the same.
    assert_eq!((dropped.documents.len(), dropped.problems.len()), (6, 1));
    host.assert_sound().await;
}

#[tokio::test]
async fn a_dropped_folder_stands_for_what_the_page_takes() {
    let host = Host::demo().await;
    let folder = host.folder("mista");
    for name in ["a.pdf", "a-assinado.pdf", "a-assinado-b-lta.pdf", "b.txt", "b.txt.p7s"] {
        std::fs::write(folder.join(name), name).unwrap();
    }
    let loose = host.folder("solta").join("c.txt");
    std::fs::write(&loose, "c").unwrap();
    // Until a page says otherwise a drop is to be signed; a file that was dropped by itself is taken whatever it is.
    for (purpose, expected) in [
        (None, &["a.pdf", "b.txt", "c.txt"][..]),
        (Some("signed"), &["a-assinado-b-lta.pdf", "a.pdf", "b.txt.p7s", "c.txt"]),
        (Some("sign"), &["a.pdf", "b.txt", "c.txt"]),
    ] {
        if let Some(purpose) = purpose {
            host.ask::<Value>("documents_drop_for", json!({"purpose": purpose})).await.unwrap();
        }
        let dropped = host.office.documents_dropped(vec![folder.clone(), loose.clone()]).await;
        let names: Vec<&str> = dropped.documents.iter().map(|own| own.name.as_str()).collect();
        assert_eq!(names, expected, "{purpose:?}");
        assert!(dropped.problems.is_empty(), "{:?}", dropped.problems);
    }
}

#[tokio::test]
async fn documents_that_change_under_the_hand() {
    let host = Host::demo().await;
    let folder = host.folder("entrada");
    let sample: Vec<DocumentInfo> = host.ask("documents_samples", json!({})).await.unwrap();
    let original = std::fs::read(crate::host::path_of(&sample[0])).unwrap();
    let text = b"ata de ensaio".to_vec();

    // Before: nothing has begun, so there is nothing on record.
    for (name, content) in [("a.pdf", &original), ("a.txt", &text)] {
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        let document = host.pick_one(&path).await;
        let seq = host.last_seq().await;
        std::fs::write(&path, [content.as_slice(), b" "].concat()).unwrap();
        sign_refused(&host, &document, "document_changed").await;
        let document = host.pick_one(&path).await;
        std::fs::remove_file(&path).unwrap();
        sign_refused(&host, &document, "document_unreadable").await;
        assert_eq!(host.code("document_bytes", json!({"id": document.id})).await, "document_unreadable");
        assert!(host.phases("document_signed", seq).await.is_empty(), "{name}");
    }

    // While the key is at work: the act is on record as failed, and the signature is thrown away.
    type Change = fn(&Path, &[u8]);
    let changes: [(Change, &str); 3] = [
        (|path, content| std::fs::write(path, [content, b"\n"].concat()).unwrap(), "document_changed"),
        (|path, _| std::fs::remove_file(path).unwrap(), "document_unreadable"),
        (
            |path, content| {
                // Replaced by a file of the same length, as editors save.
                let other = path.with_extension("novo");
                std::fs::write(&other, content.iter().map(|byte| byte ^ 1).collect::<Vec<_>>()).unwrap();
                std::fs::rename(other, path).unwrap();
            },
            "document_changed",
        ),
    ];
    for (change, code) in changes {
        for (name, content) in [("b.pdf", &original), ("b.txt", &text)] {
            let path = folder.join(name);
            std::fs::write(&path, content).unwrap();
            let document = host.pick_one(&path).await;
            let seq = host.last_seq().await;
            let (own, content) = (path.clone(), content.clone());
            *host.events.hook.lock().unwrap() = Some(Box::new(move |job| {
                if job.items[0].phase == Some(cartorio_office::dto::ItemPhase::Signing) {
                    change(&own, &content);
                }
            }));
            let identity = host.identities().await.remove(0);
            let job = host.sign(&sign_request(&identity.id, &[document])).await;
            *host.events.hook.lock().unwrap() = None;
            let found = job.items[0].error.as_ref().map(|error| error.code.as_str());
            assert_eq!((job.items[0].state, found), (ItemState::Failed, Some(code)), "{name}");
            assert_eq!(host.phases("document_signed", seq).await, ["intent".to_owned(), format!("failed:{code}")]);
            let left: Vec<String> = names(&folder).into_iter().filter(|own| own != name).collect();
            assert!(left.is_empty(), "{name}: {left:?}");
            let _ = std::fs::remove_file(path);
        }
    }
    host.assert_sound().await;
}

#[tokio::test]
async fn a_folder_that_takes_no_file() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    let file = host.folder("entrada").join("ata.txt");
    std::fs::write(&file, "ata").unwrap();
    let documents = [host.pick_one(&file).await];
    let seq = host.last_seq().await;
    let mut request = sign_request(&identity.id, &documents);
    request.output_folder = Some(host.pick_folder(&file.join("sub")).await.id);
    let job = host.sign(&request).await;
    let error = job.items[0].error.as_ref().unwrap();
    assert_eq!(
        (error.code.as_str(), error.params["name"].contains("ata.txt")),
        ("output_unwritable", true),
        "{error:?}"
    );
    assert_eq!(host.phases("document_signed", seq).await, ["intent", "failed:output_unwritable"]);
    assert_eq!(names(file.parent().unwrap()), ["ata.txt"]);

    // A P12 likewise; and a file that is there is not harmed by an export that fails.
    let subscriber = issue(&host).await;
    let taken = host.folder("p12").join("maria.p12");
    std::fs::write(&taken, "de outra pessoa").unwrap();
    for (path, password, code) in [
        (file.join("maria.p12"), PASSWORD, "output_unwritable"),
        (taken.clone(), "curta", "p12_password_too_short"),
        (taken.clone(), "", "p12_password_empty"),
    ] {
        let seq = host.last_seq().await;
        host.dialogs.saves.lock().unwrap().push_back(path);
        let request =
            json!({"certificate": subscriber.id, "friendly_name": null, "password": host.sealed(password).await});
        assert_eq!(host.code("p12_export", request).await, code);
        assert_eq!(host.phases("p12_exported", seq).await, ["intent".to_owned(), format!("failed:{code}")]);
    }
    assert_eq!(std::fs::read(&taken).unwrap(), b"de outra pessoa");
    assert_eq!(names(taken.parent().unwrap()), ["maria.p12"]);
    host.assert_sound().await;
}

#[tokio::test]
async fn malformed_requests_begin_nothing() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    let file = host.folder("entrada").join("ata.txt");
    std::fs::write(&file, "ata").unwrap();
    let document = host.pick_one(&file).await;
    let subscriber = issue(&host).await;
    let seq = host.last_seq().await;
    let keys = names(&host.demo_folder().join("keys"));

    let good = sign_request(&identity.id, &[document]);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut request = json!(good);
        change(&mut request);
        request
    };
    for (request, code, field) in [
        (with(&|r| r["documents"] = json!([])), "nothing_to_sign", None),
        (with(&|r| r["documents"] = json!(["/etc/passwd"])), "document_unknown", None),
        (with(&|r| r["documents"] = json!([NOBODY])), "document_unknown", None),
        (with(&|r| r["identity"] = json!("eu")), "identity_unknown", None),
        (with(&|r| r["identity"] = json!(NOBODY)), "identity_unknown", None),
        (with(&|r| r["output_folder"] = json!("/tmp")), "folder_unknown", None),
        (with(&|r| r["algorithm"] = json!("MD5")), "invalid_field", Some("algorithm")),
        (with(&|r| r["algorithm"] = json!("rsassa_pss_sha_256")), "invalid_field", Some("algorithm")),
        (with(&|r| r["algorithm"] = json!("ECDSA_SHA_256")), "key_wrong_algorithm", None),
        (with(&|r| r["reason"] = json!("á".repeat(201))), "invalid_field", Some("reason")),
        (with(&|r| r["reason"] = json!("uma\nlinha")), "invalid_field", Some("reason")),
        (with(&|r| r["location"] = json!("x".repeat(201))), "invalid_field", Some("location")),
    ] {
        for command in ["sign_preview", "sign_start"] {
            let error = host.refused(command, request.clone()).await;
            let named = error.params.get("field").map(String::as_str);
            assert_eq!((error.code.as_str(), named), (code, field), "{command} {request}");
        }
    }
    let accepted = with(&|r| r["reason"] = json!(format!("  {}  ", "á".repeat(200))));
    host.ask::<Value>("sign_preview", accepted).await.unwrap();

    let issue = |change: &dyn Fn(&mut Value)| {
        let mut request = subscriber_request();
        change(&mut request);
        request
    };
    for (request, code, field) in [
        (issue(&|r| r["name"] = json!("   ")), "invalid_field", Some("name")),
        (issue(&|r| r["cpf"] = json!("111.111.111-11")), "invalid_field", Some("cpf")),
        (issue(&|r| r["cpf"] = json!("529.982.247-26")), "invalid_field", Some("cpf")),
        (issue(&|r| r["cpf"] = json!("cpf")), "invalid_field", Some("cpf")),
        (issue(&|r| r["email"] = json!("maria")), "invalid_field", Some("email")),
        (issue(&|r| r["key_spec"] = json!("RSA_1024")), "invalid_field", Some("key_spec")),
    ] {
        let error = host.refused("subscriber_issue", request.clone()).await;
        let named = error.params.get("field").map(String::as_str);
        assert_eq!((error.code.as_str(), named), (code, field), "{request}");
    }
    let error = host.refused("subscriber_issue", issue(&|r| r["name"] = json!("M".repeat(200)))).await;
    assert_ne!(error.code, "internal", "a name that no certificate can hold: {error:?}");

    for (command, request, code) in [
        ("verify", json!({"document": NOBODY}), "document_unknown"),
        ("verify", json!({"document": good.documents[0], "content": NOBODY}), "document_unknown"),
        ("document_bytes", json!({"id": "x"}), "document_unknown"),
        ("document_reveal", json!({"id": "x"}), "document_unknown"),
        ("job_get", json!({"id": NOBODY}), "job_unknown"),
        ("job_cancel", json!({"id": NOBODY}), "job_unknown"),
        ("certificates_open", json!({"from": "document", "id": NOBODY}), "document_unknown"),
        ("certificates_open", json!({"from": "registry", "id": NOBODY}), "certificate_unknown"),
        ("certificates_open", json!({"from": "registry", "id": "x"}), "certificate_unknown"),
        ("certificates_open", json!({"from": "identity", "id": NOBODY}), "identity_unknown"),
        ("identifier_reveal", json!({"sha256": "00"}), "certificate_unknown"),
        ("certificate_save", json!({"sha256": "00", "format": "pem"}), "certificate_unknown"),
        ("key_describe", json!({"key_ref": "chave"}), "key_bad_reference"),
        ("key_create", json!({"spec": "RSA_512", "alias": "a", "description": ""}), "invalid_field"),
        ("audit_list", json!({"act": "nada", "limit": 5}), "invalid_field"),
        ("profile_test", json!({"name": "ninguem"}), "profile_unknown"),
        ("production_start", json!({"profile": "ninguem"}), "profile_unknown"),
        ("production_start", json!({"profile": ""}), "names_needed"),
    ] {
        // Acts about a name that is not there are still acts: only what they may write counts below.
        assert_eq!(host.code(command, request.clone()).await, code, "{command} {request}");
    }
    for certificate in ["x", NOBODY] {
        let request =
            json!({"certificate": certificate, "friendly_name": null, "password": host.sealed(PASSWORD).await});
        assert_eq!(host.code("p12_export", request).await, "certificate_unknown");
    }
    assert_eq!(
        host.code("identity_create", json!({"key_ref": "local:nada", "label": " ", "holder": "X"})).await,
        "invalid_field"
    );

    for act in ["document_signed", "key_created", "certificate_issued", "p12_exported", "identity_created"] {
        let phases = host.phases(act, seq).await;
        assert!(!phases.iter().any(|phase| phase == "succeeded"), "{act}: {phases:?}");
    }
    assert_eq!(names(&host.demo_folder().join("keys")), keys, "no key was made");
    assert_eq!(names(file.parent().unwrap()), ["ata.txt"]);
    assert!(!host.home().join("production").exists());
    assert!(subscriber.exportable);
    host.assert_sound().await;
}

#[tokio::test]
async fn a_sealed_field_opens_once_and_only_where_it_belongs() {
    let host = Host::demo().await;
    let subscriber = issue(&host).await;
    let folder = host.folder("p12");
    let export = |password: &Value| json!({"certificate": subscriber.id, "friendly_name": null, "password": password});
    let sealed = host.sealed(PASSWORD).await;
    host.dialogs.saves.lock().unwrap().push_back(folder.join("um.p12"));
    host.ask::<Value>("p12_export", export(&sealed)).await.unwrap();
    let seq = host.last_seq().await;

    let mut swapped = host.sealed(PASSWORD).await;
    swapped["channel"] = host.sealed(PASSWORD).await["channel"].clone();
    let mut changed = host.sealed(PASSWORD).await;
    changed["ciphertext"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let mut garbage = host.sealed(PASSWORD).await;
    garbage["public_key"] = json!("não é base64");
    let unknown = json!({"channel": NOBODY, "public_key": "", "nonce": "", "ciphertext": ""});
    for password in [sealed, swapped, changed, garbage, unknown] {
        host.dialogs.saves.lock().unwrap().push_back(folder.join("dois.p12"));
        assert_eq!(host.code("p12_export", export(&password)).await, "sealed_field");
    }
    assert_eq!(names(&folder), ["um.p12"]);
    assert_eq!(host.last_seq().await, seq);
}

#[tokio::test]
async fn an_identity_out_of_its_time() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    let file = host.folder("entrada").join("ata.txt");
    std::fs::write(&file, "ata").unwrap();
    let request = sign_request(&identity.id, &[host.pick_one(&file).await]);
    let seq = host.last_seq().await;
    for (by, state) in [
        (time::Duration::days(4 * 365), IdentityState::Expired),
        (time::Duration::days(-5 * 365), IdentityState::NotYetValid),
    ] {
        host.clock.advance(by);
        assert_eq!(host.identities().await[0].state, state);
        let error = host.refused("sign_start", json!(request)).await;
        assert_eq!(error.code, "identity_not_valid");
        assert_eq!(error.params["not_after"], identity.not_after);
    }
    assert!(host.phases("document_signed", seq).await.is_empty());
    assert_eq!(names(file.parent().unwrap()), ["ata.txt"]);
}

#[tokio::test]
async fn roles_may_do_what_the_table_says() {
    let host = Host::demo().await;
    let identity = host.identities().await.remove(0);
    let subscriber = issue(&host).await;
    let file = host.folder("entrada").join("ata.txt");
    std::fs::write(&file, "ata").unwrap();
    let request = json!(sign_request(&identity.id, &[host.pick_one(&file).await]));
    let folder = host.demo_folder();
    let profile = json!({"name": "p", "region": "sa-east-1", "use_fips": false, "source": "default"});
    let password = json!({"channel": NOBODY, "public_key": "", "nonce": "", "ciphertext": ""});
    let forbidden = |role: Role| -> Vec<(&str, Value)> {
        let extend = json!({"documents": ["x"], "level": "b-t", "output_folder": null});
        let preview = json!({"template": template(), "width": 100.0, "height": 50.0});
        let sign = vec![
            ("sign_start", request.clone()),
            ("sign_preview", request.clone()),
            ("extend_start", extend),
            ("stamp_preview", preview),
        ];
        let issuing = vec![("subscriber_issue", subscriber_request()), ("policy_import", json!({}))];
        let keys = vec![
            ("keys_list", json!({})),
            ("key_describe", json!({"key_ref": identity.key_ref})),
            ("key_create", json!({"spec": "RSA_2048", "alias": "a", "description": ""})),
            ("identity_create", json!({"key_ref": identity.key_ref, "label": "l", "holder": "H"})),
            ("profile_save", profile.clone()),
            ("profile_remove", json!({"name": "p"})),
            ("profile_test", json!({"name": "p"})),
            ("audit_reseal", json!({"reason": "r"})),
            ("key_enable", json!({"key_ref": identity.key_ref, "enabled": false})),
            ("key_alias_put", json!({"key_ref": identity.key_ref, "alias": "a"})),
            ("key_tags_change", json!({"key_ref": identity.key_ref, "put": [], "remove": ["Uso"]})),
            ("key_deletion_cancel", json!({"key_ref": identity.key_ref})),
            ("key_public_save", json!({"key_ref": identity.key_ref, "format": "pem"})),
            ("key_age_rule_save", json!({"max_age_days": 365})),
            ("token_module_add", json!({"candidate": null})),
            ("operator_add", json!({"name": "A", "role": "notary", "password": null})),
            ("rotation_advance", json!({"id": NOBODY, "until": null})),
            ("tsa_save", authority()),
            ("tsa_remove", json!({"id": "x"})),
            ("tsa_test", json!({"id": "x"})),
            ("stamp_template_save", template()),
            ("stamp_template_remove", json!({"id": "x"})),
            ("stamp_image_pick", json!({})),
        ];
        let asking = vec![(
            "request_make",
            json!({"what": {"kind": "key_deletion", "key_ref": identity.key_ref, "days": 7}, "reason": "r"}),
        )];
        let deciding = vec![("request_decide", json!({"id": NOBODY, "approve": true, "reason": "r"}))];
        let trail = vec![("audit_verify", json!({}))];
        match role {
            Role::Clerk => [issuing, keys, trail, deciding].concat(),
            Role::Supervisor => keys,
            Role::Notary => Vec::new(),
            Role::Auditor => [sign, issuing, keys, asking, deciding].concat(),
        }
    };
    for role in [Role::Clerk, Role::Supervisor, Role::Auditor] {
        host.become_role(&folder, role).await;
        assert_eq!(host.state().await.operator.unwrap().role, role.name());
        for (command, request) in forbidden(role) {
            let error = host.refused(command, request).await;
            assert_eq!(error.code, "not_permitted", "{} {command}: {error:?}", role.name());
            assert!(!error.params["permission"].is_empty());
        }
        // The password is asked for after the role.
        if matches!(role, Role::Clerk | Role::Auditor) {
            let mut export = json!({"certificate": subscriber.id, "friendly_name": null, "password": password});
            assert_eq!(host.code("p12_export", export.clone()).await, "sealed_field");
            export["password"] = host.sealed(PASSWORD).await;
            host.dialogs.saves.lock().unwrap().push_back(file.with_extension("p12"));
            assert_eq!(host.code("p12_export", export).await, "not_permitted");
        }
    }
    assert_eq!(names(file.parent().unwrap()), ["ata.txt"]);
    host.become_role(&folder, Role::Notary).await;
    assert_eq!(host.identities().await.len(), 1);
    host.assert_sound().await;
}

#[tokio::test]
async fn without_an_office_only_inspection_works() {
    let host = Host::fresh();
    let sign = json!({"documents": ["x"], "identity": "x"});
    let sealed = json!({"channel": "x", "public_key": "", "nonce": "", "ciphertext": ""});
    let needing = [
        ("documents_samples", json!({})),
        ("identities_list", json!({})),
        ("identity_create", json!({"key_ref": "local:a", "label": "l", "holder": "H"})),
        ("sign_preview", sign.clone()),
        ("sign_start", sign),
        ("certificates_list", json!({})),
        ("certificates_open", json!({"from": "identity", "id": NOBODY})),
        ("subscriber_issue", subscriber_request()),
        ("p12_export", json!({"certificate": "x", "password": sealed})),
        ("keys_list", json!({})),
        ("key_describe", json!({"key_ref": "local:a"})),
        ("key_create", json!({"spec": "RSA_2048", "alias": "a", "description": ""})),
        ("audit_list", json!({"limit": 5})),
        ("audit_verify", json!({})),
        ("audit_reseal", json!({"reason": "r"})),
        ("session_lock", json!({})),
        ("key_alias_put", json!({"key_ref": "local:a", "alias": "a"})),
        ("key_alias_remove", json!({"key_ref": "local:a", "alias": "a"})),
        ("key_tags_change", json!({"key_ref": "local:a", "put": [], "remove": []})),
        ("key_description_set", json!({"key_ref": "local:a", "description": ""})),
        ("key_enable", json!({"key_ref": "local:a", "enabled": true})),
        ("key_deletion_schedule", json!({"request": NOBODY})),
        ("key_deletion_cancel", json!({"key_ref": "local:a"})),
        ("key_public_save", json!({"key_ref": "local:a", "format": "pem"})),
        ("automatic_rotation_set", json!({"key_ref": "local:a", "period_days": null})),
        ("key_rotate_now", json!({"key_ref": "local:a"})),
        ("key_age_rule_save", json!({"max_age_days": 365})),
        ("key_unlock_state", json!({"key_ref": "local:a"})),
        ("key_unlock", json!({"key_ref": "local:a", "secret": null})),
        ("key_lock", json!({"key_ref": "local:a"})),
        ("files_sign", json!({"documents": ["x"], "key_ref": "local:a"})),
        ("tokens_list", json!({})),
        ("token_module_add", json!({"candidate": null})),
        ("token_module_remove", json!({"id": "x"})),
        ("token_content", json!({"id": "pkcs11:token=x"})),
        ("token_login", json!({"id": "pkcs11:token=x", "pin": null})),
        ("token_logout", json!({"id": "pkcs11:token=x"})),
        ("identity_adopt", json!({"key_ref": "local:a", "label": "l", "certificate": null})),
        ("a1_list", json!({})),
        ("a1_remove", json!({"certificate_sha256": "x"})),
        ("a1_password_forget", json!({"certificate_sha256": "x"})),
        ("operators_list", json!({})),
        ("operator_add", json!({"name": "A", "role": "clerk", "password": null})),
        ("operator_change", json!({"id": NOBODY, "name": "A", "role": "clerk", "active": true})),
        ("operator_switch", json!({"id": NOBODY, "password": null})),
        ("requests_list", json!({})),
        ("request_make", json!({"what": {"kind": "key_deletion", "key_ref": "local:a", "days": 7}, "reason": "r"})),
        ("request_decide", json!({"id": NOBODY, "approve": true, "reason": "r"})),
        ("request_withdraw", json!({"id": NOBODY})),
        ("rotations_list", json!({})),
        ("rotation_get", json!({"id": NOBODY})),
        ("rotation_start", json!({"request": NOBODY})),
        ("rotation_advance", json!({"id": NOBODY, "until": null})),
        ("rotation_undo", json!({"id": NOBODY, "reason": "r"})),
        ("rotation_request_save", json!({"id": NOBODY})),
        ("rotation_deletion_cancel", json!({"id": NOBODY})),
        ("rotation_report_save", json!({"id": NOBODY, "format": "pdf"})),
        ("trust_anchor_apply", json!({"id": NOBODY})),
        ("extend_start", json!({"documents": ["x"], "level": "b-t", "output_folder": null})),
        ("batches_interrupted", json!({})),
        ("batches_latest", json!({})),
        ("batch_documents", json!({"id": NOBODY})),
        ("batch_resume", json!({"id": NOBODY})),
        ("batch_abandon", json!({"id": NOBODY, "reason": "r"})),
        ("batch_list_save", json!({"from": "batch", "id": NOBODY})),
        ("jobs_list", json!({})),
        ("job_skip", json!({"id": NOBODY, "documents": ["x"], "reason": "r"})),
        ("tsa_list", json!({})),
        ("tsa_save", authority()),
        ("tsa_remove", json!({"id": "x"})),
        ("tsa_test", json!({"id": "x"})),
        ("policy_desk", json!({})),
        ("policy_import", json!({})),
        ("stamp_templates", json!({})),
        ("stamp_template_save", template()),
        ("stamp_template_remove", json!({"id": "x"})),
        ("stamp_image_pick", json!({})),
        ("stamp_preview", json!({"template": template(), "width": 100.0, "height": 50.0})),
    ];
    let free = [
        "app_state",
        "demo_start",
        "inspection_start",
        "production_start",
        "session_leave",
        "preferences_save",
        "notices_dismiss",
        "secret_channel",
        "documents_pick",
        "document_forget",
        "document_reveal",
        "document_bytes",
        "output_folder_pick",
        "job_get",
        "job_cancel",
        "verify",
        "identifier_reveal",
        "certificate_save",
        "profiles_list",
        "profile_save",
        "profile_remove",
        "profile_test",
        // Not of an office: of a profile, of a job, of a handle, or of a sealed field that is opened first.
        "aws_login_start",
        "aws_login_poll",
        "aws_login_mfa",
        "aws_logout",
        "sso_accounts",
        "job_resume",
        "file_verify",
        "a1_add",
        "operator_password",
        "rotation_certificate_bring",
        "documents_pick_folder",
        "documents_drop_for",
        "document_unlock",
        "document_fields",
        "job_pause",
        "stamp_check",
        // Inspection: the heap, and a trust store that lasts as long as the session.
        "heap_view",
        "heap_open",
        "heap_add",
        "heap_bring",
        "heap_paste",
        "heap_remove",
        "heap_clear",
        "heap_unlock",
        "heap_detail",
        "heap_asn1",
        "heap_bytes",
        "heap_lint",
        "heap_validate",
        "heap_compare",
        "heap_copy",
        "heap_export",
        "heap_report",
        "trust_view",
        "trust_import",
        "trust_keep",
        "evidence_refresh",
        "evidence_forget",
        "expiry_list",
        "expiry_export",
        "search",
    ];
    for command in COMMANDS {
        let known = free.contains(command) || needing.iter().any(|(own, _)| own == command);
        assert!(known, "{command} is new: does it need an office?");
    }
    for way_in in [None, Some("inspection_start")] {
        if let Some(command) = way_in {
            host.ask::<AppState>(command, json!({})).await.unwrap();
        }
        for (command, request) in &needing {
            let error = host.refused(command, request.clone()).await;
            assert_eq!(error.code, "no_office", "{command}: {error:?}");
        }
    }
    assert!(!host.home().join("demo").exists(), "nothing is made by asking");
}

#[tokio::test]
async fn a_damaged_home_is_named_and_not_repaired_in_silence() {
    let host = Host::demo().await;
    let home = host.home().to_owned();
    std::fs::write(home.join("demo/registry.db"), b"isto nao e um banco").unwrap();
    let _ = std::fs::remove_file(home.join("demo/registry.db-wal"));
    let next = Host::on(&home, Default::default());
    let state = next.state().await;
    let problem = state.resume_problem.expect("the start says why");
    assert!(problem.code.starts_with("registry_"), "{problem:?}");
    assert_eq!(state.environment, cartorio_office::dto::Environment::Welcome);
    assert_eq!(std::fs::read(home.join("demo/registry.db")).unwrap(), b"isto nao e um banco");

    std::fs::write(home.join("config.json"), "{").unwrap();
    let next = Host::on(&home, Default::default());
    assert_eq!(next.code("app_state", json!({})).await, "config_unusable");
    assert_eq!(std::fs::read(home.join("config.json")).unwrap(), b"{");
}

fn authority() -> Value {
    json!({"name": "ACT", "url": "http://act.exemplo/", "auth": "none", "timeout_seconds": 10})
}

fn template() -> Value {
    json!({"id": "", "name": "m", "lines": ["{titular}"], "headline": true, "border": true, "width": 100.0, "height": 50.0})
}

fn subscriber_request() -> Value {
    json!({"name": "Maria da Conceição", "cpf": "529.982.247-25", "email": "maria@exemplo.com.br", "key_spec": "RSA_2048"})
}

async fn issue(host: &Host) -> CertificateSummary {
    host.ask("subscriber_issue", subscriber_request()).await.unwrap()
}

/// A PDF of one empty page.
pub fn pdf(trailer: &str) -> Vec<u8> {
    pdf_with(trailer, b"")
}

/// The same with a stream that nobody draws.
pub fn pdf_with(trailer: &str, ballast: &[u8]) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec();
    let mut offsets = Vec::new();
    let stream = [format!("<< /Length {} >>\nstream\n", ballast.len()).as_bytes(), ballast, b"\nendstream"].concat();
    for (number, body) in [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>".to_vec(),
        stream,
    ]
    .into_iter()
    .enumerate()
    {
        offsets.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n", number + 1).as_bytes());
        bytes.extend(body);
        bytes.extend(b"\nendobj\n");
    }
    let start = bytes.len();
    bytes.extend(b"xref\n0 5\n0000000000 65535 f \n");
    for offset in offsets {
        bytes.extend(format!("{offset:010} 00000 n \n").as_bytes());
    }
    bytes.extend(format!("trailer\n<< /Size 5 /Root 1 0 R {trailer} >>\nstartxref\n{start}\n%%EOF\n").as_bytes());
    bytes
}
