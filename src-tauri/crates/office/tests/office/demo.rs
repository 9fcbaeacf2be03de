//! The way of a clerk who has never seen the program: start, demonstration, sign, verify, chain, P12, trail.

use std::path::Path;

use cartorio_office::dto::{
    AppState, Authenticity, CertificateBundle, CertificateSummary, Coverage, Environment, IdentityState, Integrity,
    ItemPhase, ItemState, JobStatus, KeyProtection, LegalLabel, SaveResult, SignFormat, SignPreview, TrustState,
    VerifyResult,
};
use serde_json::{Value, json};

use crate::host::{Host, names, path_of, sha256, sign_request};
use crate::judges;

const PASSWORD: &str = "Tabeliao-Ensaio-4711";

#[tokio::test]
async fn from_the_first_start_to_the_p12() {
    let host = Host::fresh();
    let state = host.state().await;
    assert_eq!((state.environment, state.demo_exists), (Environment::Welcome, false));
    assert!(state.permissions.is_empty() && state.operator.is_none());

    let state: AppState = host.ask("demo_start", json!({})).await.unwrap();
    assert_eq!(state.environment, Environment::Demo);
    assert_eq!(state.key_protection, Some(KeyProtection::PlainFile), "and it is said plainly");
    assert!(state.office_name.unwrap().contains("demonstração"));
    assert_eq!(state.operator.unwrap().role, "notary");
    assert!(state.interrupted.is_empty() && state.resume_problem.is_none());

    // Once more, and from another office on the same home: the same demonstration, not a second one.
    let before = host.ask::<Vec<CertificateSummary>>("certificates_list", json!({})).await.unwrap();
    host.ask::<AppState>("demo_start", json!({})).await.unwrap();
    let again = Host::on(host.home(), Default::default());
    let state = again.state().await;
    assert_eq!((state.environment, state.demo_exists), (Environment::Demo, true), "it resumes by itself");
    let after = again.ask::<Vec<CertificateSummary>>("certificates_list", json!({})).await.unwrap();
    let ids = |list: &[CertificateSummary]| list.iter().map(|own| own.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&before), ids(&after));
    assert_eq!(before.len(), 3, "root, intermediate, identity");

    let samples: Vec<cartorio_office::dto::DocumentInfo> = host.ask("documents_samples", json!({})).await.unwrap();
    assert_eq!(samples.len(), 2);
    assert!(samples.iter().all(|sample| sample.pages.is_some_and(|pages| pages > 0) && sample.sign_problem.is_none()));
    let identities = host.identities().await;
    let [identity] = identities.as_slice() else { panic!("{identities:?}") };
    assert_eq!((identity.state, identity.legal), (IdentityState::Ready, LegalLabel::Demonstration));

    let mut request = sign_request(&identity.id, &samples[..1]);
    request.reason = Some("Reconhecimento — cópia fiel".to_owned());
    request.location = Some("São Paulo (SP)".to_owned());
    let seq = host.last_seq().await;
    let preview: SignPreview = host.ask("sign_preview", json!(request)).await.unwrap();
    assert_eq!(preview.legal, LegalLabel::Demonstration);
    assert_eq!(preview.items[0].format, SignFormat::Pades);
    assert_eq!(preview.items[0].output_name, "escritura-uniao-estavel-assinado.pdf");
    assert!(preview.items[0].problem.is_none());
    assert_eq!(host.last_seq().await, seq, "a preview is no act");

    let input = path_of(&samples[0]);
    let input_sha256 = sha256(&input);
    let results = host.demo_folder().join("assinados");
    let mut outputs = Vec::new();
    for expected in ["escritura-uniao-estavel-assinado.pdf", "escritura-uniao-estavel-assinado-2.pdf"] {
        let seq = host.last_seq().await;
        host.events.seen.lock().unwrap().clear();
        let job = host.sign(&request).await;
        assert_eq!(job.status, JobStatus::Succeeded, "{job:?}");
        let item = &job.items[0];
        let output = item.output.clone().unwrap();
        assert_eq!(
            (output.name.as_str(), Path::new(&output.folder)),
            (expected, results.canonicalize().unwrap().as_path())
        );
        assert_eq!(output.signatures, 1);

        let receipt = item.receipt.clone().unwrap();
        assert_eq!(receipt.format, SignFormat::Pades);
        assert_eq!((&receipt.input_sha256, &receipt.output_sha256), (&input_sha256, &sha256(&path_of(&output))));
        assert_eq!(receipt.certificate_sha256, identity.certificate_sha256);
        assert_eq!(receipt.algorithm, identity.algorithms[0]);
        assert_eq!(receipt.request_id, None, "a local key has no request");
        assert!(identity.key_ref.contains(&receipt.key_id));

        // In the trail: announced before, ended after, with the same facts; and nothing else meanwhile.
        let records: Vec<_> = host.trail().await.into_iter().filter(|record| record.seq > seq).collect();
        let [intent, result] = records.as_slice() else { panic!("{records:?}") };
        assert_eq!((intent.act.as_str(), intent.phase.as_str()), ("document_signed", "intent"));
        assert_eq!((result.act.as_str(), result.phase.as_str()), ("document_signed", "succeeded"));
        assert_eq!((intent.correlation.as_str(), receipt.audit_seq), (result.correlation.as_str(), result.seq));
        for record in [intent, result] {
            assert_eq!(record.document_sha256.as_ref(), Some(&input_sha256));
            assert_eq!(record.certificate_sha256.as_ref(), Some(&identity.certificate_sha256));
            assert_eq!(record.algorithm.as_ref(), Some(&identity.algorithms[0]));
        }
        assert_eq!(result.detail["output_sha256"], receipt.output_sha256);
        assert_phases(&host);
        outputs.push(output);
    }
    assert_eq!(sha256(&input), input_sha256, "the document is not touched");
    let signed = std::fs::read(path_of(&outputs[0])).unwrap();
    assert!(signed.starts_with(&std::fs::read(&input).unwrap()), "incremental update");
    assert_eq!(names(&results).len(), 2, "no temporary file");

    host.ask::<Value>("document_reveal", json!({"id": outputs[0].id})).await.unwrap();
    assert_eq!(host.desktop.0.lock().unwrap().as_slice(), [path_of(&outputs[0])]);
    let page = host.ask::<Value>("document_bytes", json!({"id": outputs[0].id})).await.unwrap();
    assert!(page.as_str().unwrap().starts_with("JVBERi"), "base64 of %PDF-");

    let report = host.verify(&outputs[0].id).await;
    assert_eq!(report.result, VerifyResult::Passed, "{report:?}");
    assert!(report.audit_seq.is_some());
    let [signature] = report.signatures.as_slice() else { panic!("{report:?}") };
    assert_eq!((signature.integrity, signature.authenticity), (Integrity::Ok, Authenticity::Trusted));
    assert_eq!((signature.coverage, signature.legal), (Coverage::EntireFile, LegalLabel::Demonstration));
    assert_eq!((signature.level.as_str(), signature.reason.as_deref()), ("PAdES B-B", request.reason.as_deref()));
    assert_eq!(signature.signer.as_ref().unwrap().name, identity.holder);

    let bundle: CertificateBundle =
        host.ask("certificates_open", json!({"from": "identity", "id": identity.id})).await.unwrap();
    let chain: Vec<_> = bundle.certificates.iter().map(|node| (node.parent, node.trust)).collect();
    let trusted = TrustState::Trusted;
    assert_eq!(chain, [(None, trusted), (Some(0), trusted), (Some(1), trusted)], "root, intermediate, identity");
    for node in &bundle.certificates {
        let certificate = &node.certificate;
        assert!(certificate.subject.to_uppercase().contains("DEMONSTRA"), "{}", certificate.subject);
        assert!(!certificate.serial_dec.is_empty() && !certificate.extensions.is_empty());
        assert!(certificate.pem.starts_with("-----BEGIN CERTIFICATE-----"));
    }

    issue_and_export(&host, &before).await;
    let trail = host.assert_sound().await;
    assert!(trail.records > 20);
}

fn assert_phases(host: &Host) {
    let seen = host.events.seen.lock().unwrap();
    let steps: Vec<_> = seen.iter().map(|job| (job.items[0].state, job.items[0].phase)).collect();
    let running = |phase| (ItemState::Running, Some(phase));
    assert_eq!(
        steps,
        [
            running(ItemPhase::Preparing),
            running(ItemPhase::Signing),
            running(ItemPhase::Checking),
            running(ItemPhase::Writing),
            (ItemState::Done, None),
            (ItemState::Done, None),
        ]
    );
    assert_eq!(seen.last().unwrap().status, JobStatus::Succeeded);
    assert!(seen.iter().rev().skip(1).all(|job| job.status == JobStatus::Running));
}

async fn issue_and_export(host: &Host, before: &[CertificateSummary]) {
    let subscriber: CertificateSummary = host
        .ask("subscriber_issue", json!({
            "name": "Maria da Conceição", "cpf": "529.982.247-25", "email": "maria@exemplo.com.br", "key_spec": "RSA_2048",
        }))
        .await
        .unwrap();
    assert!(subscriber.exportable && subscriber.masked_cpf.is_some());
    assert!(!subscriber.masked_cpf.as_ref().unwrap().contains("529.982.247"), "{subscriber:?}");

    let folder = host.folder("p12");
    let file = folder.join("maria.p12");
    host.dialogs.saves.lock().unwrap().push_back(file.clone());
    let request = json!({
        "certificate": subscriber.id, "friendly_name": "Maria (ensaio)", "password": host.sealed(PASSWORD).await,
    });
    let saved: SaveResult = host.ask("p12_export", request).await.unwrap();
    assert_eq!(saved.saved.unwrap().name, "maria.p12");
    assert_eq!(names(&folder), ["maria.p12"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "a private key is nobody else's");
    }
    let said = judges::p12(&file, PASSWORD, "Maria (ensaio)");
    if !said.is_empty() {
        for wanted in ["AES-256-CBC", "hmacWithSHA256", "MAC: sha256"] {
            assert!(said.contains(wanted), "{wanted}: {said}");
        }
        assert_eq!(said.matches("BEGIN CERTIFICATE").count(), 3, "the whole chain");
        let iterations: u32 = said
            .split("Iteration ")
            .nth(1)
            .unwrap()
            .split(|c: char| !c.is_ascii_digit())
            .next()
            .unwrap()
            .parse()
            .unwrap();
        assert!(iterations >= 100_000, "{iterations}");
    }

    // A cancelled dialog is not an error, and nothing happened.
    let seq = host.last_seq().await;
    let request = json!({"certificate": subscriber.id, "friendly_name": null, "password": host.sealed(PASSWORD).await});
    let saved: SaveResult = host.ask("p12_export", request).await.unwrap();
    assert!(saved.saved.is_none());
    assert_eq!(host.last_seq().await, seq);

    // Keys that never leave, each with its reason.
    for certificate in before {
        let expected = match certificate.kind {
            cartorio_office::dto::CertificateKind::Identity => "signing_key",
            _ => "ca_key",
        };
        assert_eq!((certificate.exportable, certificate.not_exportable_reason.as_deref()), (false, Some(expected)));
        let request =
            json!({"certificate": certificate.id, "friendly_name": null, "password": host.sealed(PASSWORD).await});
        let error = host.refused("p12_export", request).await;
        assert_eq!((error.code.as_str(), error.params["reason"].as_str()), ("not_exportable", expected));
    }
    assert_eq!(names(&folder), ["maria.p12"]);
}

#[tokio::test]
async fn leaving_comes_back_to_the_welcome_screen_and_keeps_everything() {
    let host = Host::demo().await;
    let records = host.trail().await.len();
    let state: AppState = host.ask("session_leave", json!({})).await.unwrap();
    assert_eq!((state.environment, state.demo_exists), (Environment::Welcome, true));
    let next = Host::on(host.home(), Default::default());
    assert_eq!(next.state().await.environment, Environment::Welcome, "the next start begins there too");
    let state: AppState = next.ask("inspection_start", json!({})).await.unwrap();
    assert_eq!(state.environment, Environment::Inspection);
    next.ask::<AppState>("demo_start", json!({})).await.unwrap();
    assert_eq!(next.trail().await.len(), records);
    next.assert_sound().await;
}

#[tokio::test]
async fn inspection_verifies_without_an_office_and_does_not_trust_its_root() {
    let host = Host::demo().await;
    let samples: Vec<cartorio_office::dto::DocumentInfo> = host.ask("documents_samples", json!({})).await.unwrap();
    let identity = host.identities().await.remove(0);
    let job = host.sign(&sign_request(&identity.id, &samples[..1])).await;
    let signed = path_of(job.items[0].output.as_ref().unwrap());

    host.ask::<AppState>("inspection_start", json!({})).await.unwrap();
    let report = host.verify_path(&signed).await;
    let signature = &report.signatures[0];
    assert_eq!((signature.integrity, signature.authenticity), (Integrity::Ok, Authenticity::Unknown), "{report:?}");
    assert_eq!((report.result, report.audit_seq), (VerifyResult::Indeterminate, None));
    assert_eq!(signature.legal, LegalLabel::Demonstration, "its names say so wherever it is opened");

    // A changed byte is found wherever one looks.
    let mut bytes = std::fs::read(&signed).unwrap();
    let at = bytes.windows(6).position(|window| window == b"stream").unwrap() + 20;
    bytes[at] ^= 1;
    let changed = host.folder("mexido").join("mexido.pdf");
    std::fs::write(&changed, bytes).unwrap();
    let report = host.verify_path(&changed).await;
    assert_eq!((report.result, report.signatures[0].integrity), (VerifyResult::Failed, Integrity::Broken));
}
