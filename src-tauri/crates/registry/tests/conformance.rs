//! One suite for every backend of the registry: it uses the public API alone. A new backend adds one test at the end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod common;
mod parts;

use std::collections::BTreeMap;

use cartorio_core::{CertificateId, Coded, Digest, DocumentId, HashAlgorithm, IdentityId, JobId, OperatorId};
use cartorio_registry::*;
use common::{START, fill, intent, operator, signature};
use time::Duration;

/// Everything that a registry promises; each part gets a fresh one.
async fn suite<F: Future<Output = Registry>>(fresh: impl Fn() -> F) {
    an_empty_trail_is_intact(&fresh().await).await;
    records_come_back_as_they_went_in(&fresh().await).await;
    the_trail_is_listed_newest_first_in_pages(&fresh().await).await;
    the_filter_selects(&fresh().await).await;
    open_intents_are_those_without_a_result(&fresh().await).await;
    concurrent_appends_make_one_chain(&fresh().await).await;
    a_dropped_append_is_whole_or_absent(&fresh().await).await;
    operators(&fresh().await).await;
    certificates_and_identities(&fresh().await).await;
    crls(&fresh().await).await;
    settings(&fresh().await).await;
    signed_documents(&fresh().await).await;
    parts::batches::a_batch_of_signatures_and_an_extension_come_back_as_they_went_in(&fresh().await).await;
    parts::requests::a_request_is_decided_once_and_used_once(&fresh().await).await;
    parts::requests::a_request_ends_by_rejection_withdrawal_or_time(&fresh().await).await;
    parts::requests::a_malformed_request_is_refused(&fresh().await).await;
    parts::requests::requests_are_listed_newest_first_in_pages(&fresh().await).await;
    parts::requests::the_list_and_the_request_tell_the_same_state(&fresh().await).await;
    parts::requests::parameters_are_kept_to_the_byte(&fresh().await).await;
    parts::rotations::a_rotation_goes_step_by_step(&fresh().await).await;
    parts::rotations::a_key_and_an_alias_are_in_one_rotation_at_a_time(&fresh().await).await;
    parts::rotations::a_rotation_that_does_not_fit_is_refused(&fresh().await).await;
    parts::keys::the_newest_use_of_every_key_is_told(&fresh().await).await;
    parts::keys::tries_that_came_to_nothing_are_told_from_signatures(&fresh().await).await;
    parts::keys::an_operators_secret_is_replaced_and_never_a_password(&fresh().await).await;
    parts::keys::a1_files(&fresh().await).await;
    parts::trust::an_import_is_whole(&fresh().await).await;
    parts::trust::a_root_of_ones_own_comes_and_goes_by_requests(&fresh().await).await;
    parts::trust::evidence_is_kept_newest_first_and_within_its_limit(&fresh().await).await;
}

async fn an_empty_trail_is_intact(registry: &Registry) {
    let report = registry.verify().await.unwrap();
    assert!(report.is_intact(), "{report:?}");
    assert_eq!((report.records, report.first_seq, report.last_seq, report.last_hash), (0, None, None, None));
    assert_eq!(registry.audit_record(1).await.unwrap_err().code(), "registry_not_found");
}

async fn records_come_back_as_they_went_in(registry: &Registry) {
    let mut strange = intent(Act::CertificateIssued, 0);
    strange.operator.name = "João d'Ávila \"Zé\"\n\u{0}\u{1F58B}".into();
    strange.environment = String::new();
    strange.detail = BTreeMap::from([("ch\u{e1}ve".into(), "va;lor\\".into()), (String::new(), String::new())]);
    strange.at += Duration::nanoseconds(1_234);
    let mut written = vec![registry.append(strange.clone()).await.unwrap()];
    written.extend(fill(registry, 2).await);
    for (seq, record) in (1..).zip(&written) {
        assert_eq!(record.seq, seq, "the numbers have no gap");
        assert_eq!(&registry.audit_record(seq).await.unwrap(), record, "what was returned is what is stored");
    }
    assert_eq!(written[0].entry.at, START + Duration::microseconds(1), "kept to the microsecond");
    assert_eq!(written[0].entry.detail, strange.detail);
    assert_eq!(written[0].previous, "0".repeat(64));
    for pair in written.windows(2) {
        assert_eq!(pair[0].hash, pair[1].previous, "each names the one before");
    }
    for outcome in [Outcome::Cancelled, Outcome::Interrupted, Outcome::Failed { code: String::new() }] {
        let ended = registry.append(strange.ended(START, outcome.clone())).await.unwrap();
        let stored = registry.audit_record(ended.seq).await.unwrap();
        assert_eq!(stored.entry.phase, Phase::Result { outcome });
    }
    let report = registry.verify().await.unwrap();
    assert!(report.is_intact(), "{report:?}");
    assert_eq!(report.last_seq, Some(10));
    let wide = AuditDraft {
        document: Some(DocumentRef { name: "x".into(), sha256: "00".repeat(32), size: u64::MAX }),
        ..intent(Act::DocumentOpened, 0)
    };
    assert_eq!(registry.append(wide).await.unwrap_err().code(), "registry_invalid", "refused, not truncated");
    assert_eq!(registry.verify().await.unwrap().records, 10, "a refused record leaves nothing behind");
}

async fn the_trail_is_listed_newest_first_in_pages(registry: &Registry) {
    fill(registry, 4).await;
    let mut seen = Vec::new();
    let mut page = AuditPage { before: None, limit: 3 };
    loop {
        let records = registry.list_audit(&AuditFilter::default(), page).await.unwrap();
        let Some(last) = records.last() else { break };
        page.before = Some(last.seq);
        seen.extend(records.iter().map(|record| record.seq));
    }
    assert_eq!(seen, (1..=10).rev().collect::<Vec<u64>>());
}

async fn the_filter_selects(registry: &Registry) {
    let records = fill(registry, 3).await;
    let all = AuditPage::default();
    let count = async |filter: AuditFilter| registry.list_audit(&filter, all).await.unwrap().len();
    let none = AuditFilter::default();
    assert_eq!(count(AuditFilter { act: Some(Act::P12Exported), ..none.clone() }).await, 2);
    assert_eq!(count(AuditFilter { act: Some(Act::DemoCreated), ..none.clone() }).await, 0);
    let who = records[0].entry.operator.id;
    assert_eq!(count(AuditFilter { operator: Some(who), ..none.clone() }).await, 2, "the intent and its result");
    assert_eq!(count(AuditFilter { from: Some(START + Duration::minutes(2)), ..none.clone() }).await, 4);
    assert_eq!(count(AuditFilter { to: Some(START + Duration::minutes(1)), ..none.clone() }).await, 2, "exclusive");
    for (text, expected) in [
        ("ESCRITURA-1", 2),
        ("abab", 6),
        ("request-2", 1),
        ("weak_password", 1),
        ("weak%password", 0),
        ("weak password", 0),
        ("ana escrevente", 8),
        ("pades", 6),
        (records[4].hash.as_str(), 1),
    ] {
        let filter = AuditFilter { text: Some(text.into()), ..none.clone() };
        assert_eq!(count(filter).await, expected, "records containing {text:?}");
    }
    let both = AuditFilter { act: Some(Act::DocumentSigned), text: Some("escritura-1".into()), ..none.clone() };
    assert_eq!(count(both).await, 2);
}

async fn open_intents_are_those_without_a_result(registry: &Registry) {
    fill(registry, 1).await;
    let [left_open, _] = signature(5);
    let left_open = registry.append(left_open).await.unwrap();
    // Another act under the same correlation ends itself, not the signature.
    let mut other = intent(Act::KeyCreated, 6);
    other.correlation = left_open.entry.correlation;
    registry.append(other.clone()).await.unwrap();
    registry.append(other.ended(START, Outcome::Succeeded)).await.unwrap();
    assert_eq!(registry.open_intents().await.unwrap(), vec![left_open.clone()]);
    registry.append(left_open.entry.ended(START, Outcome::Interrupted)).await.unwrap();
    assert_eq!(registry.open_intents().await.unwrap(), Vec::new());
}

async fn concurrent_appends_make_one_chain(registry: &Registry) {
    let tasks: Vec<_> = (0..40)
        .map(|minute| {
            let registry = registry.clone();
            tokio::spawn(async move { registry.append(intent(Act::DocumentOpened, minute)).await.unwrap().seq })
        })
        .collect();
    let mut numbers = Vec::new();
    for task in tasks {
        numbers.push(task.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=40).collect::<Vec<u64>>(), "no number twice, none missing");
    let report = registry.verify().await.unwrap();
    assert!(report.is_intact(), "{report:?}");
}

async fn a_dropped_append_is_whole_or_absent(registry: &Registry) {
    for micros in [0, 50, 200, 800, 3_000] {
        let append = registry.append(intent(Act::DocumentOpened, 0));
        let patience = std::time::Duration::from_micros(micros);
        let _ = tokio::time::timeout(patience, append).await;
    }
    let last = registry.append(intent(Act::DocumentOpened, 1)).await.unwrap();
    let report = registry.verify().await.unwrap();
    assert!(report.is_intact(), "{report:?}");
    assert_eq!(report.last_seq, Some(last.seq));
}

async fn operators(registry: &Registry) {
    let mut ana = Operator { id: OperatorId::generate(), name: "Ana".into(), role: Role::Clerk, active: true };
    let rui = Operator { id: OperatorId::generate(), name: "Rui".into(), role: Role::Notary, active: true };
    for operator in [&rui, &ana] {
        registry.add_operator(operator).await.unwrap();
    }
    assert_eq!(registry.add_operator(&ana).await.unwrap_err().code(), "registry_conflict");
    ana.role = Role::Supervisor;
    ana.active = false;
    registry.update_operator(&ana).await.unwrap();
    assert_eq!(registry.operators().await.unwrap(), vec![ana.clone(), rui]);
    assert_eq!(registry.operator(ana.id).await.unwrap(), ana);
    let stranger = Operator { id: OperatorId::generate(), ..ana };
    assert_eq!(registry.update_operator(&stranger).await.unwrap_err().code(), "registry_not_found");
    assert_eq!(registry.operator(stranger.id).await.unwrap_err().code(), "registry_not_found");
    assert_eq!(operator("Eva").role, Role::Clerk);
}

fn certificate(name: &str, kind: CertificateKind, issuer: Option<CertificateId>) -> Certificate {
    let der = format!("certificate of {name}").into_bytes();
    Certificate {
        id: CertificateId::generate(),
        sha256: Digest::of(HashAlgorithm::Sha256, &der).to_hex(),
        der,
        kind,
        subject: format!("CN={name}"),
        issuer: "CN=Root".into(),
        serial_hex: "0a".into(),
        not_before: START,
        not_after: START + Duration::days(365),
        key_ref: None,
        issuer_certificate: issuer,
        status: CertificateStatus::Issued,
        created_at: START,
    }
}

async fn certificates_and_identities(registry: &Registry) {
    let root = certificate("Root", CertificateKind::Root, None);
    let middle = certificate("Middle", CertificateKind::Intermediate, Some(root.id));
    let leaf = Certificate {
        key_ref: Some("local:notary".into()),
        created_at: START + Duration::seconds(1),
        ..certificate("Leaf", CertificateKind::Identity, Some(middle.id))
    };
    let orphan = registry.add_certificate(&middle).await.unwrap_err();
    assert_eq!(orphan.code(), "registry_conflict", "its issuer is not there yet");
    for certificate in [&root, &middle, &leaf] {
        registry.add_certificate(certificate).await.unwrap();
        assert_eq!(&registry.certificate(certificate.id).await.unwrap(), certificate);
        assert_eq!(registry.certificate_by_sha256(&certificate.sha256).await.unwrap().as_ref(), Some(certificate));
    }
    let again = Certificate { id: CertificateId::generate(), ..root.clone() };
    assert_eq!(registry.add_certificate(&again).await.unwrap_err().code(), "registry_conflict", "same bytes twice");
    let wrong = Certificate { sha256: "00".repeat(32), ..certificate("W", CertificateKind::Foreign, None) };
    assert_eq!(registry.add_certificate(&wrong).await.unwrap_err().code(), "registry_invalid");
    assert_eq!(registry.certificate_by_sha256(&"00".repeat(32)).await.unwrap(), None);
    assert_eq!(registry.certificate_by_sha256("ABC").await.unwrap_err().code(), "registry_invalid");
    assert_eq!(registry.certificates(None).await.unwrap()[0], leaf, "newest first");
    assert_eq!(registry.certificates(Some(CertificateKind::Root)).await.unwrap(), vec![root.clone()]);

    let identity = Identity {
        id: IdentityId::generate(),
        label: "Tabeliã".into(),
        key_ref: "local:notary".into(),
        key_id: None,
        algorithm: "RSASSA_PKCS1_V1_5_SHA_256".into(),
        certificate: leaf.id,
        chain: vec![middle.id, root.id],
        created_at: START,
        retired_at: None,
    };
    let broken = Identity { id: IdentityId::generate(), chain: vec![CertificateId::generate()], ..identity.clone() };
    assert_eq!(registry.add_identity(&broken).await.unwrap_err().code(), "registry_conflict");
    assert_eq!(registry.identity(broken.id).await.unwrap_err().code(), "registry_not_found", "nothing half done");
    registry.add_identity(&identity).await.unwrap();
    assert_eq!(registry.add_identity(&identity).await.unwrap_err().code(), "registry_conflict");
    assert_eq!(registry.identity(identity.id).await.unwrap(), identity, "the chain keeps its order");
    assert_eq!(registry.identities(false).await.unwrap(), vec![identity.clone()]);
    registry.retire_identity(identity.id, START).await.unwrap();
    assert_eq!(registry.retire_identity(identity.id, START).await.unwrap_err().code(), "registry_conflict");
    assert_eq!(registry.identities(false).await.unwrap(), Vec::new());
    assert_eq!(registry.identities(true).await.unwrap()[0].retired_at, Some(START));
    registry.unretire_identity(identity.id).await.unwrap();
    assert_eq!(registry.identity(identity.id).await.unwrap(), identity, "a retirement can be undone");
    assert_eq!(registry.unretire_identity(identity.id).await.unwrap_err().code(), "registry_conflict");
    assert_eq!(registry.unretire_identity(IdentityId::generate()).await.unwrap_err().code(), "registry_not_found");

    let by_key = |minute: i64, key: &str| Identity {
        id: IdentityId::generate(),
        key_id: Some(key.into()),
        created_at: START + Duration::minutes(minute),
        retired_at: (minute == 1).then_some(START),
        ..identity.clone()
    };
    let (newer, older, other) = (by_key(2, "key-1"), by_key(1, "key-1"), by_key(0, "key-2"));
    for identity in [&newer, &older, &other] {
        registry.add_identity(identity).await.unwrap();
    }
    assert_eq!(registry.identity_by_key("key-1").await.unwrap(), [older, newer], "also those out of use");
    assert_eq!(registry.identity_by_key("key").await.unwrap(), []);

    registry.revoke_certificate(leaf.id, START).await.unwrap();
    let status = registry.certificate(leaf.id).await.unwrap().status;
    assert_eq!(status, CertificateStatus::Revoked { at: START });
    let later = registry.revoke_certificate(leaf.id, START + Duration::DAY).await.unwrap_err();
    assert_eq!(later.code(), "registry_conflict", "the first revocation stands");
    assert_eq!(registry.certificate(leaf.id).await.unwrap().status, status);
    let unknown = registry.revoke_certificate(CertificateId::generate(), START).await.unwrap_err();
    assert_eq!(unknown.code(), "registry_not_found");
}

async fn crls(registry: &Registry) {
    let issuer = "ef".repeat(32);
    let list = |day: i64, der: &[u8]| Crl {
        issuer_sha256: issuer.clone(),
        der: der.to_vec(),
        this_update: START + Duration::days(day),
        next_update: (day > 0).then_some(START + Duration::days(day + 7)),
    };
    assert_eq!(registry.latest_crl(&issuer).await.unwrap(), None);
    for crl in [list(0, b"old"), list(7, b"new"), list(7, b"reissued"), list(3, b"between")] {
        registry.add_crl(&crl).await.unwrap();
    }
    assert_eq!(registry.latest_crl(&issuer).await.unwrap(), Some(list(7, b"reissued")));
    assert_eq!(registry.crls(&issuer).await.unwrap(), [list(7, b"reissued"), list(3, b"between"), list(0, b"old")]);
    let odd = Crl { issuer_sha256: "CN=x".into(), ..list(0, b"") };
    assert_eq!(registry.add_crl(&odd).await.unwrap_err().code(), "registry_invalid");
}

async fn settings(registry: &Registry) {
    assert_eq!(registry.setting("language").await.unwrap(), None);
    registry.set_setting("language", "pt-BR").await.unwrap();
    registry.set_setting("language", "en").await.unwrap();
    registry.set_setting("theme", "dark").await.unwrap();
    assert_eq!(registry.setting("language").await.unwrap().as_deref(), Some("en"));
    assert_eq!(registry.settings().await.unwrap().len(), 2);
    assert!(registry.remove_setting("theme").await.unwrap());
    assert!(!registry.remove_setting("theme").await.unwrap());
}

async fn signed_documents(registry: &Registry) {
    let leaf = certificate("Leaf", CertificateKind::Identity, None);
    registry.add_certificate(&leaf).await.unwrap();
    let identity = Identity {
        id: IdentityId::generate(),
        label: "Tabeliã".into(),
        key_ref: "local:notary".into(),
        key_id: Some("k".into()),
        algorithm: "ECDSA_SHA_256".into(),
        certificate: leaf.id,
        chain: Vec::new(),
        created_at: START,
        retired_at: None,
    };
    let document = |minute: i64| SignedDocument {
        id: DocumentId::generate(),
        name: "procuração.pdf".into(),
        input_sha256: "01".repeat(32),
        output_sha256: "02".repeat(32),
        format: "pades".into(),
        identity: identity.id,
        signed_at: START + Duration::minutes(minute),
        output_path: format!("/saída/procuração {minute}.pdf").into(),
    };
    let documents = [document(1), document(2)];
    assert_eq!(registry.add_signed_document(&documents[0]).await.unwrap_err().code(), "registry_conflict");
    registry.add_identity(&identity).await.unwrap();
    for document in &documents {
        registry.add_signed_document(document).await.unwrap();
        assert_eq!(&registry.signed_document(document.id).await.unwrap(), document);
    }
    assert_eq!(registry.signed_documents(1).await.unwrap(), vec![documents[1].clone()]);
    assert_eq!(registry.signed_documents_by_output(&"02".repeat(32)).await.unwrap().len(), 2);
    assert_eq!(registry.signed_documents_by_output(&"01".repeat(32)).await.unwrap(), Vec::new());
    let malformed = SignedDocument { input_sha256: "zz".into(), ..document(3) };
    assert_eq!(registry.add_signed_document(&malformed).await.unwrap_err().code(), "registry_invalid");
    let unknown = registry.signed_document(DocumentId::generate()).await.unwrap_err();
    assert_eq!(unknown.code(), "registry_not_found");
    assert_ne!(JobId::generate(), JobId::generate());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_with_an_audit_key() {
    let folder = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    suite(|| {
        number.set(number.get() + 1);
        let place = folder.path().join(number.get().to_string());
        std::fs::create_dir(&place).unwrap();
        async move { common::open(&place).await }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_without_an_audit_key() {
    let folder = tempfile::tempdir().unwrap();
    let number = std::cell::Cell::new(0);
    suite(|| {
        number.set(number.get() + 1);
        let place = folder.path().join(number.get().to_string());
        std::fs::create_dir(&place).unwrap();
        async move { Registry::open(common::database(&place), None).await.unwrap() }
    })
    .await;
}
