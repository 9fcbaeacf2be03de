//! Troca de chave in AWS KMS: names that the service resolves, steps that fail and are tried again, a Private CA.

use cartorio_office::dto::{
    CertificateBundle, KeyStateView, OperatorCard, RotationStateView, RotationStepName, RotationStepState,
    RotationView, RotationWait,
};
use cartorio_testkit::emulator::{shared_ministack, shared_private_ca};
use serde_json::{Value, json};

use crate::authority;
use crate::aws::{Keys, REGION, admin, enter, federated, production};
use crate::host::Host;
use crate::judges;
use crate::rotation::{
    People, advance, advance_until, assert_put_back, can_sign, check_json, fact, key, made_by, old_key, qpdf, saved,
    squeezed, states, step, text_of, undo, what,
};

pub const PASSWORD: &str = "senha de ensaio 4711";

/// A second person, and a password for both.
pub async fn two_people(host: &Host) -> People {
    let cards: Vec<OperatorCard> = host.ask("operators_list", json!({})).await.unwrap();
    let first = json!({"id": cards[0].operator.id, "current": null, "new": host.sealed(PASSWORD).await});
    host.ask::<Value>("operator_password", first).await.unwrap();
    let add = json!({"name": "Rui Camargo", "role": "supervisor", "password": host.sealed("senha provisoria").await});
    host.ask::<Value>("operator_add", add).await.unwrap();
    // Whoever asks must not know the password of whoever decides.
    let people = People::of(host, "senha provisoria").await;
    people.seat(host, &people.supervisor).await;
    let current = host.sealed("senha provisoria").await;
    let own = json!({"id": people.supervisor, "current": current, "new": host.sealed(PASSWORD).await});
    host.ask::<Value>("operator_password", own).await.unwrap();
    let people = People { password: PASSWORD, ..people };
    people.seat(host, &people.notary).await;
    people
}

/// Enters with other access keys; the notary takes the seat.
async fn enter_as(host: &Host, people: &People, endpoint: &str, keys: &Keys) {
    enter(host, endpoint, REGION, keys).await;
    people.seat(host, &people.notary).await;
}

#[tokio::test]
async fn a_kms_key_is_changed_and_the_paper_names_it() {
    let Some(server) = shared_ministack() else { return };
    let host = production(&server.endpoint()).await;
    let people = two_people(&host).await;
    let (old, identity) = old_key(&host, "RSA_2048").await;
    let alias = old.aliases[0].clone();
    can_sign(&host, &identity.id).await.unwrap();
    let view = people.started(&host, what(&old.key_ref, 0, Some(30))).await;
    let view = advance(&host, &view.id).await;
    assert_eq!(view.state, RotationStateView::Finished, "{view:#?}");
    let new_id = view.new_key_id.clone().unwrap();
    assert!(new_id.starts_with("arn:aws:kms:") && new_id != old.key_id);
    let behind = key(&host, &format!("awskms:alias/{alias}")).await;
    assert_eq!(behind.summary.key_id, new_id, "the name leads to the new key");
    for name in ["probe_request_id", "old_probe_request_id"] {
        assert!(!fact(&view, RotationStepName::Validate, name).is_empty());
    }
    assert_eq!(fact(&view, RotationStepName::Validate, "probe_key_id"), new_id);
    let trail = host.trail().await;
    let proof = trail
        .iter()
        .find(|own| own.phase == "succeeded" && own.detail.get("step").is_some_and(|step| step == "validate"));
    assert_eq!(proof.unwrap().request_id.as_deref(), Some(fact(&view, RotationStepName::Validate, "probe_request_id")));
    let made = made_by(&host, &view.id, &old).await;
    assert_eq!((made.len(), made[0].state), (1, KeyStateView::Enabled));
    assert_eq!(key(&host, &old.key_ref).await.summary.state, KeyStateView::PendingDeletion);

    let root = host.root_pem(view.new_identity.as_ref().unwrap()).await;
    let pdf = saved(&host, &view.id, "pdf").await;
    judges::pdfsig(&pdf);
    judges::pyhanko(&pdf, &root, 1);
    qpdf(&pdf);
    if let Some(text) = text_of(&pdf).map(|text| squeezed(&text)) {
        for wanted in [&old.key_id, &new_id, "HelenaPrado(tabelião)", "RuiCamargo(supervisor)"] {
            assert!(text.contains(wanted), "{wanted}: {text}");
        }
        assert!(!text.contains("DEMONSTRA"));
    }
    let report = check_json(&saved(&host, &view.id, "json").await, "-sha256");
    assert_eq!(report["notice"], Value::Null);
    assert!(report["signature"].is_null() && report["final"] == true);
    host.assert_sound().await;
}

#[tokio::test]
async fn a_step_that_fails_is_on_record_and_is_tried_again() {
    let Some(server) = shared_ministack() else { return };
    let host = production(&server.endpoint()).await;
    let people = two_people(&host).await;
    let admin = admin(&server.endpoint());
    let (old, identity) = old_key(&host, "ECC_NIST_P256").await;
    let view = people.started(&host, what(&old.key_ref, 0, Some(7))).await;
    let id = view.id.clone();
    let failed = |view: &RotationView, name: RotationStepName, code: &str| {
        let step = step(view, name);
        assert_eq!(step.state, RotationStepState::Failed, "{view:#?}");
        assert_eq!(step.error.as_ref().unwrap().code, code, "{step:?}");
        assert_eq!((view.waits_for, view.current), (Some(RotationWait::Failure), name));
    };

    // The old key is switched off outside: a new one with the same characteristics cannot be made from what is not known.
    admin.disable_key().key_id(&old.key_id).send().await.unwrap();
    failed(&advance(&host, &id).await, RotationStepName::CreateKey, "key_disabled");
    admin.enable_key().key_id(&old.key_id).send().await.unwrap();

    // Credentials that may do everything but make keys, and then but move names.
    let all = ["kms:DescribeKey", "kms:GetPublicKey", "kms:List*", "kms:Sign", "kms:TagResource"];
    let reader = federated(&server.endpoint(), &all).await;
    enter_as(&host, &people, &server.endpoint(), &reader).await;
    let view = advance(&host, &id).await;
    failed(&view, RotationStepName::CreateKey, "aws_access_denied");
    assert_eq!(step(&view, RotationStepName::CreateKey).error.as_ref().unwrap().params["action"], "kms:CreateKey");
    let more: Vec<&str> = all.iter().copied().chain(["kms:CreateKey"]).collect();
    let maker = federated(&server.endpoint(), &more).await;
    enter_as(&host, &people, &server.endpoint(), &maker).await;
    let view = advance(&host, &id).await;
    failed(&view, RotationStepName::MoveAlias, "aws_access_denied");
    assert_eq!(step(&view, RotationStepName::CreateKey).attempts, 3);

    // Somebody switches the new key off meanwhile.
    enter_as(&host, &people, &server.endpoint(), &Keys::root()).await;
    let new_id = view.new_key_id.clone().unwrap();
    advance_until(&host, &id, RotationStepName::MoveAlias).await;
    admin.disable_key().key_id(&new_id).send().await.unwrap();
    failed(&advance(&host, &id).await, RotationStepName::Validate, "key_disabled");
    admin.enable_key().key_id(&new_id).send().await.unwrap();

    // The name goes to a third key: the old one is not switched off behind it.
    advance_until(&host, &id, RotationStepName::Validate).await;
    let third = host.key("ECC_NIST_P256", "terceira").await;
    let alias = format!("alias/{}", old.aliases[0]);
    admin.update_alias().alias_name(&alias).target_key_id(&third.key_id).send().await.unwrap();
    failed(&advance(&host, &id).await, RotationStepName::DisableOld, "key_already_exists");
    assert_eq!(key(&host, &old.key_ref).await.summary.state, KeyStateView::Enabled);
    can_sign(&host, &identity.id).await.unwrap();
    admin.update_alias().alias_name(&alias).target_key_id(&new_id).send().await.unwrap();

    let view = advance(&host, &id).await;
    assert_eq!(view.state, RotationStateView::Finished, "{view:#?}");
    assert!(states(&view).iter().all(|state| *state == RotationStepState::Done));
    assert_eq!(made_by(&host, &id, &old).await.len(), 1);
    let report = check_json(&saved(&host, &id, "json").await, "-sha256");
    let codes: Vec<&str> =
        report["records"].as_array().unwrap().iter().filter_map(|own| own["error"]["code"].as_str()).collect();
    assert_eq!(codes, ["key_disabled", "aws_access_denied", "aws_access_denied", "key_disabled", "key_already_exists"]);
    host.assert_sound().await;
}

#[tokio::test]
async fn undoing_that_fails_goes_on_later() {
    let Some(server) = shared_ministack() else { return };
    let host = production(&server.endpoint()).await;
    let people = two_people(&host).await;
    let (old, identity) = old_key(&host, "ECC_NIST_P256").await;
    let view = people.started(&host, what(&old.key_ref, 9, Some(7))).await;
    let view = advance(&host, &view.id).await;
    assert_eq!(view.state, RotationStateView::Transition);
    let reader = federated(&server.endpoint(), &["kms:DescribeKey", "kms:List*"]).await;
    enter_as(&host, &people, &server.endpoint(), &reader).await;
    let view = undo(&host, &view.id).await;
    assert_eq!((view.state, view.waits_for), (RotationStateView::RollingBack, Some(RotationWait::Failure)));
    assert_eq!(step(&view, RotationStepName::MoveAlias).error.as_ref().unwrap().code, "aws_access_denied");
    let error = host.refused("rotation_advance", json!({"id": view.id})).await;
    assert_eq!(error.params["reason"], "rolling_back");
    enter_as(&host, &people, &server.endpoint(), &Keys::root()).await;
    let view = undo(&host, &view.id).await;
    assert_put_back(&host, &view, &old, &identity).await;
}

#[tokio::test]
async fn a_private_ca_certifies_the_new_key_as_it_did_the_old() {
    let (Some(ministack), Some(server)) = (shared_ministack(), shared_private_ca()) else { return };
    let host = production(&ministack.endpoint()).await;
    authority::private_ca_at(&host, &ministack.endpoint(), &server.endpoint(), &Keys::root()).await;
    let pca = authority::admin(&server.endpoint());
    let root = authority::authority(&pca, "AC Raiz do Estado", None).await;
    let issuing = authority::authority(&pca, "AC do Estado", Some(&root)).await;
    let people = two_people(&host).await;
    let key = host.key("RSA_2048", "privada").await;
    let create = authority::request(&key.key_ref, "Pela AC do Estado", &issuing);
    let identity: cartorio_office::dto::IdentitySummary = host.ask("identity_create", create).await.unwrap();
    let view = people.started(&host, what(&key.key_ref, 0, None)).await;
    assert_eq!(json!(view.plan.certificate), json!({"kind": "private_ca", "authority": issuing}), "the same as before");
    let view = advance(&host, &view.id).await;
    assert_eq!(view.state, RotationStateView::Finished, "{view:#?}");
    assert_eq!(fact(&view, RotationStepName::Certificate, "authority"), issuing);
    let new = host.identities().await.into_iter().find(|own| Some(&own.id) == view.new_identity.as_ref()).unwrap();
    assert_eq!((&new.issuer, &new.holder), (&identity.issuer, &identity.holder));
    let bundle: CertificateBundle =
        host.ask("certificates_open", json!({"from": "identity", "id": new.id})).await.unwrap();
    assert_eq!(bundle.certificates.len(), 3);
    let root = host.root_pem(&new.id).await;
    judges::pyhanko(&saved(&host, &view.id, "pdf").await, &root, 1);
    host.assert_sound().await;
}
