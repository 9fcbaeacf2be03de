//! Troca de chave on this machine: two people, seven steps, what is refused, what can be put back, and the report.

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cartorio_core::JobId;
use cartorio_office::dto::{
    AppState, CertificateSummary, IdentitySummary, JobSnapshot, JobStatus, KeyDetail, KeyList, KeyStateView,
    KeySummary, OperatorCard, Preferences, RequestStateView, RequestView, RotationStateView, RotationStepName,
    RotationStepState, RotationStepView, RotationView, RotationWait, SaveResult, VerifyResult,
};
use serde_json::{Value, json};

use crate::aws::inputs;
use crate::host::{Host, Options, path_of, sign_request};
use crate::judges;

/// The two people of the demonstration: the notary, who carries out, and the supervisor, who approves.
pub struct People {
    pub notary: String,
    pub supervisor: String,
    /// Empty in the demonstration, which asks for none.
    pub password: &'static str,
}

impl People {
    pub async fn of(host: &Host, password: &'static str) -> Self {
        let cards: Vec<OperatorCard> = host.ask("operators_list", json!({})).await.unwrap();
        let id = |role: &str| cards.iter().find(|card| card.operator.role == role).unwrap().operator.id.clone();
        Self { notary: id("notary"), supervisor: id("supervisor"), password }
    }

    pub async fn seat(&self, host: &Host, id: &str) {
        let password = if self.password.is_empty() { Value::Null } else { host.sealed(self.password).await };
        host.ask::<AppState>("operator_switch", json!({"id": id, "password": password})).await.unwrap();
    }

    /// The notary asks, the supervisor approves. Gives the request.
    pub async fn approved(&self, host: &Host, what: Value) -> RequestView {
        let asked = json!({"what": what, "reason": "Troca prevista para este ano"});
        let request: RequestView = host.ask("request_make", asked).await.unwrap();
        self.seat(host, &self.supervisor).await;
        let decide = json!({"id": request.id, "approve": true, "reason": "De acordo"});
        let request: RequestView = host.ask("request_decide", decide).await.unwrap();
        assert_eq!(request.state, RequestStateView::Approved);
        self.seat(host, &self.notary).await;
        request
    }

    pub async fn started(&self, host: &Host, what: Value) -> RotationView {
        let request = self.approved(host, what).await;
        host.ask("rotation_start", json!({"request": request.id})).await.unwrap()
    }
}

pub fn what(key_ref: &str, transition_days: u32, deletion_days: Option<u32>) -> Value {
    json!({
        "kind": "key_rotation", "key_ref": key_ref, "certificate": null, "transition_days": transition_days,
        "deletion_days": deletion_days,
    })
}

pub async fn advance(host: &Host, id: &str) -> RotationView {
    host.ask("rotation_advance", json!({"id": id})).await.unwrap()
}

pub async fn advance_until(host: &Host, id: &str, until: RotationStepName) -> RotationView {
    host.ask("rotation_advance", json!({"id": id, "until": until})).await.unwrap()
}

pub async fn undo(host: &Host, id: &str) -> RotationView {
    host.ask("rotation_undo", json!({"id": id, "reason": "O certificado saiu com o nome errado"})).await.unwrap()
}

pub async fn get(host: &Host, id: &str) -> RotationView {
    host.ask("rotation_get", json!({"id": id})).await.unwrap()
}

pub fn step(view: &RotationView, name: RotationStepName) -> &RotationStepView {
    view.steps.iter().find(|own| own.step == name).unwrap()
}

pub fn states(view: &RotationView) -> Vec<RotationStepState> {
    view.steps.iter().map(|own| own.state).collect()
}

pub fn fact<'a>(view: &'a RotationView, name: RotationStepName, fact: &str) -> &'a str {
    let step = step(view, name);
    step.evidence
        .iter()
        .find(|own| own.name == fact)
        .map(|own| own.value.as_str())
        .unwrap_or_else(|| panic!("{fact}: {step:?}"))
}

pub async fn keys(host: &Host) -> Vec<KeySummary> {
    host.ask::<KeyList>("keys_list", json!({})).await.unwrap().keys
}

pub async fn key(host: &Host, key_ref: &str) -> KeyDetail {
    host.ask("key_describe", json!({"key_ref": key_ref})).await.unwrap()
}

/// An own key with a name, a description that no other has, and a tag; and its identity.
pub async fn old_key(host: &Host, spec: &str) -> (KeySummary, IdentitySummary) {
    let alias = format!("tabelia-{}", JobId::generate());
    let create = json!({"spec": spec, "alias": alias, "description": format!("Chave da tabeliã, {alias}")});
    let key: KeySummary = host.ask("key_create", create).await.unwrap();
    let tags = json!({"key_ref": key.key_ref, "put": [{"name": "Setor", "value": "Notas"}], "remove": []});
    host.ask::<Value>("key_tags_change", tags).await.unwrap();
    let identity = host.identity_for(&key.key_ref, "Tabeliã").await.unwrap();
    (key, identity)
}

/// The signed file, or the code with which signing is refused.
pub async fn can_sign(host: &Host, identity: &str) -> Result<PathBuf, String> {
    let documents = host.pick(&inputs(host)[..1]).await;
    let started = host.ask::<JobSnapshot>("sign_start", json!(sign_request(identity, &documents))).await;
    let job = host.ended(&started.map_err(|error| error.code)?.id).await;
    match job.status {
        JobStatus::Succeeded => Ok(path_of(job.items[0].output.as_ref().unwrap())),
        _ => Err(job.items[0].error.as_ref().unwrap().code.clone()),
    }
}

/// Everything is as it was before: the name, the key, the identity; the new key is on its way out.
pub async fn assert_put_back(host: &Host, view: &RotationView, old: &KeySummary, identity: &IdentitySummary) {
    assert_eq!(view.state, RotationStateView::RolledBack, "{view:#?}");
    assert!(!view.can_undo && view.waits_for.is_none() && view.finished_at.is_some());
    let now = key(host, &old.key_ref).await.summary;
    assert_eq!((now.state, &now.aliases), (KeyStateView::Enabled, &old.aliases));
    let own: Vec<String> =
        host.identities().await.into_iter().filter(|own| own.label.starts_with("Tabeliã")).map(|own| own.id).collect();
    assert_eq!(own, std::slice::from_ref(&identity.id));
    for made in made_by(host, &view.id, old).await {
        assert_eq!(made.state, KeyStateView::PendingDeletion, "{made:?}");
        assert!(made.aliases.is_empty() && made.deletion_at.is_some());
    }
    can_sign(host, &identity.id).await.unwrap();
    host.assert_sound().await;
}

/// Keys that a rotation made, found by their tag.
pub async fn made_by(host: &Host, rotation: &str, old: &KeySummary) -> Vec<KeySummary> {
    let mut made = Vec::new();
    // Tests share one server; the others' keys are theirs.
    for own in
        keys(host).await.into_iter().filter(|own| own.description == old.description && own.key_ref != old.key_ref)
    {
        let detail = key(host, &own.key_ref).await;
        if detail.tags.iter().any(|tag| tag.name == "Troca" && tag.value == rotation) {
            made.push(detail.summary);
        }
    }
    made
}

#[tokio::test]
async fn two_people_change_a_key() {
    let host = Host::demo().await;
    let people = People::of(&host, "").await;
    let (old, identity) = old_key(&host, "RSA_2048").await;
    let alias = old.aliases[0].clone();
    host.ask::<Value>("key_alias_put", json!({"key_ref": old.key_ref, "alias": format!("{alias}-b")})).await.unwrap();
    let signed = can_sign(&host, &identity.id).await.unwrap();

    // Who asked does not approve, and who may not manage keys does not begin.
    let asked = json!({"what": what(&old.key_ref, 5, Some(7)), "reason": "Troca prevista"});
    let request: RequestView = host.ask("request_make", asked).await.unwrap();
    let decide = json!({"id": request.id, "approve": true, "reason": "Sim"});
    assert_eq!(host.code("request_decide", decide.clone()).await, "registry_same_person");
    let start = json!({"request": request.id});
    assert_eq!(host.code("rotation_start", start.clone()).await, "registry_request_state");
    people.seat(&host, &people.supervisor).await;
    host.ask::<RequestView>("request_decide", decide).await.unwrap();
    assert_eq!(host.code("rotation_start", start.clone()).await, "not_permitted");
    people.seat(&host, &people.notary).await;

    let view: RotationView = host.ask("rotation_start", start.clone()).await.unwrap();
    assert_eq!((view.state, view.waits_for), (RotationStateView::Running, Some(RotationWait::Person)));
    assert_eq!((view.requested_by.role.as_str(), view.approved_by.role.as_str()), ("notary", "supervisor"));
    assert_eq!(view.plan.alias.as_ref(), Some(&alias));
    assert_eq!(view.plan.identity_label.as_deref(), Some("Tabeliã"));
    let again: RotationView = host.ask("rotation_start", start).await.unwrap();
    assert_eq!(again.id, view.id, "the same request begins one rotation");
    let request: RequestView = host
        .ask::<Vec<RequestView>>("requests_list", json!({}))
        .await
        .unwrap()
        .into_iter()
        .find(|own| own.id == request.id)
        .unwrap();
    assert_eq!((request.state, request.rotation.as_ref()), (RequestStateView::Used, Some(&view.id)));

    // Nobody else touches the key meanwhile.
    let other = json!({"what": what(&old.key_ref, 5, Some(7)), "reason": "Outra vez"});
    assert_eq!(host.code("request_make", other).await, "rotation_open");
    assert_eq!(host.code("key_enable", json!({"key_ref": old.key_ref, "enabled": false})).await, "rotation_open");
    let report = json!({"id": view.id, "format": "json"});
    assert_eq!(host.refused("rotation_report_save", report.clone()).await.params["reason"], "not_validated");

    let view = advance_until(&host, &view.id, RotationStepName::CreateKey).await;
    assert_eq!(states(&view)[..2], [RotationStepState::Done, RotationStepState::Waiting]);
    let new_ref = view.new_key_ref.clone().unwrap();
    let new = key(&host, &new_ref).await;
    assert_eq!((&new.summary.spec, &new.summary.description), (&old.spec, &old.description));
    let tags: Vec<(&str, &str)> = new.tags.iter().map(|tag| (tag.name.as_str(), tag.value.as_str())).collect();
    for wanted in [("Setor", "Notas"), ("Sistema", "cartorio-digital"), ("Troca", view.id.as_str())] {
        assert!(tags.contains(&wanted), "{tags:?}");
    }
    assert_eq!(new.spki_sha256.as_deref(), Some(fact(&view, RotationStepName::CreateKey, "public_key_sha256")));

    let view = advance(&host, &view.id).await;
    assert_eq!(
        (view.state, view.waits_for),
        (RotationStateView::Transition, Some(RotationWait::Transition)),
        "{view:#?}"
    );
    assert_eq!(view.current, RotationStepName::Transition);
    use RotationStepState::{Begun, Done, Waiting};
    assert_eq!(states(&view), [Done, Done, Done, Done, Begun, Waiting, Waiting]);
    assert!(view.steps[..4].iter().all(|step| step.attempts == 1 && step.error.is_none()));
    let by: Vec<_> = keys(&host).await.into_iter().filter(|own| own.aliases.contains(&alias)).collect();
    assert_eq!((by.len(), &by[0].key_ref, by[0].aliases.len()), (1, &new_ref, 2), "both names moved");
    assert_eq!(fact(&view, RotationStepName::Validate, "via_alias"), alias);
    assert_eq!(fact(&view, RotationStepName::Validate, "old_document_result"), "valid");
    assert_eq!(fact(&view, RotationStepName::Validate, "old_probe_verified_with"), "certificate");

    // Both are there, with the same holder, and can be told apart; both sign.
    let both: Vec<IdentitySummary> =
        host.identities().await.into_iter().filter(|own| own.label.starts_with("Tabeliã")).collect();
    let new_identity = both.iter().find(|own| own.id != identity.id).unwrap();
    assert_eq!(both.len(), 2);
    assert_eq!((&new_identity.holder, &new_identity.issuer), (&identity.holder, &identity.issuer));
    assert_ne!(new_identity.certificate_sha256, identity.certificate_sha256);
    assert_eq!(view.new_identity.as_ref(), Some(&new_identity.id));
    can_sign(&host, &identity.id).await.unwrap();
    let by_new = can_sign(&host, &new_identity.id).await.unwrap();
    assert_eq!(host.verify_path(&by_new).await.result, VerifyResult::Passed);

    // Waiting is no act; its end is nobody's but a person's.
    let seq = host.last_seq().await;
    let waiting = advance(&host, &view.id).await;
    assert_eq!((waiting.state, host.last_seq().await), (RotationStateView::Transition, seq));
    host.clock.advance(time::Duration::days(6));
    assert_eq!(get(&host, &view.id).await.waits_for, Some(RotationWait::Person));
    let view = advance(&host, &view.id).await;
    assert_eq!((view.state, view.waits_for, view.can_undo), (RotationStateView::Finished, None, false), "{view:#?}");
    assert!(view.can_cancel_deletion && view.deletion_at.is_some() && !view.may_advance);
    assert_eq!(fact(&view, RotationStepName::Transition, "ended_early"), "false");
    assert_eq!(key(&host, &old.key_ref).await.summary.state, KeyStateView::PendingDeletion);
    assert!(host.identities().await.iter().all(|own| own.id != identity.id));
    assert_eq!(can_sign(&host, &identity.id).await.unwrap_err(), "identity_unknown", "it is out of use");
    let reason = |error: cartorio_core::WireError| (error.code, error.params["reason"].clone());
    let over = host.refused("rotation_advance", json!({"id": view.id})).await;
    assert_eq!(reason(over), ("rotation_state".to_owned(), "over".to_owned()));
    let late = host.refused("rotation_undo", json!({"id": view.id, "reason": "Tarde"})).await;
    assert_eq!(reason(late), ("rotation_state".to_owned(), "old_key_disabled".to_owned()));

    let view: RotationView = host.ask("rotation_deletion_cancel", json!({"id": view.id})).await.unwrap();
    assert_eq!(
        (view.state, view.deletion_at.as_ref(), view.can_cancel_deletion),
        (RotationStateView::Finished, None, false)
    );
    assert_eq!(step(&view, RotationStepName::ScheduleDeletion).state, RotationStepState::Undone);
    assert_eq!(key(&host, &old.key_ref).await.summary.state, KeyStateView::Disabled);
    assert_eq!(host.refused("rotation_deletion_cancel", json!({"id": view.id})).await.params["reason"], "no_deletion");

    // What it signed before is as good as ever.
    assert_eq!(host.verify_path(&signed).await.result, VerifyResult::Passed);
    let trail = host.trail().await;
    for act in ["rotation_started", "rotation_finished"] {
        assert_eq!(trail.iter().filter(|own| own.act == act && own.phase == "succeeded").count(), 1, "{act}");
    }
    let steps: Vec<&str> = trail
        .iter()
        .filter(|own| own.act == "rotation_step" && own.phase == "succeeded")
        .map(|own| own.detail["step"].as_str())
        .collect();
    let wanted = [
        "create_key",
        "certificate",
        "move_alias",
        "validate",
        "transition",
        "transition",
        "disable_old",
        "schedule_deletion",
    ];
    assert_eq!(steps, wanted);
    host.assert_sound().await;

    // The next one of the same key: the day in the label does not pile up.
    let view = people.started(&host, what(&new_ref, 0, None)).await;
    let view = advance(&host, &view.id).await;
    assert_eq!(view.state, RotationStateView::Finished, "{view:#?}");
    assert_eq!(step(&view, RotationStepName::ScheduleDeletion).state, RotationStepState::Skipped);
    let label = fact(&view, RotationStepName::Certificate, "identity_label").to_owned();
    assert!(label.starts_with("Tabeliã (20") && label.matches('(').count() == 1, "{label}");
    let all: Vec<RotationView> = host.ask("rotations_list", json!({})).await.unwrap();
    assert_eq!(all.len(), 2);
    assert!(host.ask::<Vec<RotationView>>("rotations_list", json!({"open": true})).await.unwrap().is_empty());
}

#[tokio::test]
async fn only_an_approved_request_about_a_key_as_it_was_begins_one() {
    let host = Host::demo().await;
    let people = People::of(&host, "").await;
    let (old, _) = old_key(&host, "ECC_NIST_P256").await;
    let ask = json!({"what": what(&old.key_ref, 0, None), "reason": "Troca prevista"});
    let state = async |id: &str| {
        let error = host.refused("rotation_start", json!({"request": id})).await;
        (error.code, error.params.get("state").cloned().unwrap_or_default())
    };
    let is = |name: &str| ("registry_request_state".to_owned(), name.to_owned());
    let make = async || host.ask::<RequestView>("request_make", ask.clone()).await.unwrap();

    let pending = make().await;
    assert_eq!(state(&pending.id).await, is("pending"));
    host.ask::<RequestView>("request_withdraw", json!({"id": pending.id})).await.unwrap();
    assert_eq!(state(&pending.id).await, is("withdrawn"));
    let rejected = make().await;
    people.seat(&host, &people.supervisor).await;
    let decide = json!({"id": rejected.id, "approve": false, "reason": "Ainda não"});
    host.ask::<RequestView>("request_decide", decide).await.unwrap();
    people.seat(&host, &people.notary).await;
    assert_eq!(state(&rejected.id).await, is("rejected"));
    let late = people.approved(&host, what(&old.key_ref, 0, None)).await;
    host.clock.advance(time::Duration::days(15));
    assert_eq!(state(&late.id).await, is("expired"));
    assert_eq!(state("01890000-0000-7000-8000-000000000000").await.0, "request_unknown");
    let spare = host.key("ECC_NIST_P256", "outra").await;
    let deletion = people.approved(&host, json!({"kind": "key_deletion", "key_ref": spare.key_ref, "days": 7})).await;
    assert_eq!(state(&deletion.id).await.0, "invalid_field");

    // What was approved is about the key as it was.
    let request = people.approved(&host, what(&old.key_ref, 0, None)).await;
    host.ask::<Value>("key_enable", json!({"key_ref": old.key_ref, "enabled": false})).await.unwrap();
    assert_eq!(state(&request.id).await.0, "key_disabled");
    host.ask::<Value>("key_enable", json!({"key_ref": old.key_ref, "enabled": true})).await.unwrap();
    host.identity_for(&old.key_ref, "Segunda").await.unwrap();
    assert_eq!(state(&request.id).await.0, "key_unsupported");
    assert!(host.ask::<Vec<RotationView>>("rotations_list", json!({})).await.unwrap().is_empty());
    assert_eq!(host.code("rotation_get", json!({"id": "0"})).await, "rotation_unknown");
    host.assert_sound().await;
}

#[tokio::test]
async fn keys_that_cannot_be_changed_say_why() {
    let host = Host::demo().await;
    let (old, _) = old_key(&host, "ECC_NIST_P256").await;
    let code = async |what: Value| host.refused("request_make", json!({"what": what, "reason": "x"})).await;
    let subscriber =
        json!({"name": "Maria", "cpf": "529.982.247-25", "email": "m@exemplo.com.br", "key_spec": "ECC_NIST_P256"});
    host.ask::<CertificateSummary>("subscriber_issue", subscriber).await.unwrap();
    for own in keys(&host).await {
        let whose = own.description.clone().unwrap_or_default();
        if whose.contains("AC do") || whose.contains("titular") {
            let error = code(what(&own.key_ref, 0, None)).await;
            assert_eq!(error.code, "key_unsupported", "{own:?}");
            let why = error.params["what"].clone();
            assert!(why.contains("CA") || why.contains("subscriber"), "{why}");
        }
    }
    let field = |error: cartorio_core::WireError| (error.code, error.params["field"].clone());
    let invalid = |name: &str| ("invalid_field".to_owned(), name.to_owned());
    assert_eq!(field(code(what(&old.key_ref, 366, None)).await), invalid("transition_days"));
    for days in [6, 31] {
        assert_eq!(field(code(what(&old.key_ref, 0, Some(days))).await), invalid("deletion_days"));
    }
    let with = |source: Value| {
        let mut what = what(&old.key_ref, 0, None);
        what["certificate"] = source;
        what
    };
    assert_eq!(field(code(with(json!({"kind": "none"}))).await), invalid("certificate"));
    let arn = "arn:aws:acm-pca:sa-east-1:123456789012:certificate-authority/0a1b";
    assert_eq!(code(with(json!({"kind": "private_ca", "authority": arn}))).await.code, "aws_no_credentials");
    let bare = host.key("ECC_NIST_EDWARDS25519", "nua").await;
    assert_eq!(code(what(&bare.key_ref, 0, None)).await.code, "key_unsupported");
    let p12 = format!("p12:{}", "a".repeat(64));
    assert_eq!(code(what(&p12, 0, None)).await.code, "key_unsupported");
    host.ask::<Value>("key_enable", json!({"key_ref": old.key_ref, "enabled": false})).await.unwrap();
    assert_eq!(code(what(&old.key_ref, 0, None)).await.code, "key_disabled");
}

#[tokio::test]
async fn a_key_without_name_and_identity_is_changed_too() {
    let host = Host::demo().await;
    let people = People::of(&host, "").await;
    let old = host.key("ECC_NIST_P384", "nua").await;
    host.ask::<Value>("key_alias_remove", json!({"key_ref": old.key_ref, "alias": old.aliases[0]})).await.unwrap();
    let view = people.started(&host, what(&old.key_ref, 0, Some(30))).await;
    assert!(view.plan.alias.is_none() && view.plan.identity.is_none());
    let view = advance(&host, &view.id).await;
    use RotationStepState::{Done, Skipped};
    assert_eq!(states(&view), [Done, Skipped, Skipped, Done, Done, Done, Done], "{view:#?}");
    // Paper cannot be signed without a certificate; the JSON is, by the bare key.
    let pdf = saved(&host, &view.id, "pdf").await;
    assert!(!String::from_utf8_lossy(&std::fs::read(pdf).unwrap()).contains("/ByteRange"));
    check_json(&saved(&host, &view.id, "json").await, "-sha384");
}

#[tokio::test]
async fn everything_is_put_back_after_every_step() {
    let host = Host::demo().await;
    let people = People::of(&host, "").await;
    let (old, identity) = old_key(&host, "ECC_NIST_P256").await;
    use RotationStepName::{Certificate, CreateKey, MoveAlias, Transition, Validate};
    for until in [None, Some(CreateKey), Some(Certificate), Some(MoveAlias), Some(Validate), Some(Transition)] {
        let view = people.started(&host, what(&old.key_ref, 3, Some(7))).await;
        let view = match until {
            None => view,
            Some(until) => advance_until(&host, &view.id, until).await,
        };
        assert!(view.can_undo, "{until:?}");
        assert_eq!(host.code("rotation_undo", json!({"id": view.id, "reason": " "})).await, "invalid_field");
        let view = undo(&host, &view.id).await;
        assert_put_back(&host, &view, &old, &identity).await;
        let made = made_by(&host, &view.id, &old).await;
        assert_eq!(made.len(), usize::from(until.is_some()), "{until:?}");
        for command in ["rotation_advance", "rotation_undo"] {
            let error = host.refused(command, json!({"id": view.id, "reason": "x"})).await;
            assert_eq!((error.code.as_str(), error.params["reason"].as_str()), ("rotation_state", "over"));
        }
        // The old key signs the report of what was put back.
        check_json(&saved(&host, &view.id, "json").await, "-sha256");
    }
    // And after all that it can be changed for good.
    let view = people.started(&host, what(&old.key_ref, 0, Some(7))).await;
    assert_eq!(advance(&host, &view.id).await.state, RotationStateView::Finished);
}

#[tokio::test]
async fn a_new_key_that_signed_is_not_deleted_by_undoing() {
    let host = Host::demo().await;
    let people = People::of(&host, "").await;
    let (old, identity) = old_key(&host, "ECC_NIST_P256").await;
    let view = people.started(&host, what(&old.key_ref, 3, Some(7))).await;
    let view = advance(&host, &view.id).await;
    let signed = can_sign(&host, view.new_identity.as_ref().unwrap()).await.unwrap();
    let view = undo(&host, &view.id).await;
    assert_eq!(view.state, RotationStateView::RolledBack, "{view:#?}");
    let new = key(&host, view.new_key_ref.as_ref().unwrap()).await.summary;
    assert_eq!((new.state, new.deletion_at), (KeyStateView::Disabled, None));
    assert_eq!(can_sign(&host, view.new_identity.as_ref().unwrap()).await.unwrap_err(), "identity_unknown");
    assert_eq!(host.verify_path(&signed).await.result, VerifyResult::Passed);
    can_sign(&host, &identity.id).await.unwrap();
    host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_windows_go_on_and_nothing_happens_twice() {
    let host = Host::demo().await;
    let people = People::of(&host, "").await;
    let (old, _) = old_key(&host, "ECC_NIST_P256").await;
    let view = people.started(&host, what(&old.key_ref, 2, None)).await;
    let other = Host::on(host.home(), Options::default());
    other.state().await;
    let request = json!({"id": view.id});
    let (one, two) = tokio::join!(
        host.ask::<RotationView>("rotation_advance", request.clone()),
        other.ask::<RotationView>("rotation_advance", request.clone()),
    );
    for refused in [&one, &two].into_iter().filter_map(|result| result.as_ref().err()) {
        assert_eq!((refused.code.as_str(), refused.params["reason"].as_str()), ("rotation_state", "busy"));
    }
    assert!(one.is_ok() || two.is_ok());
    let view = advance(&host, &view.id).await;
    assert_eq!(view.state, RotationStateView::Transition);
    assert!(view.steps.iter().all(|step| step.attempts <= 1), "{view:#?}");
    assert_eq!(made_by(&host, &view.id, &old).await.len(), 1);

    // Sooner than approved, when somebody says so; and only then.
    let ended = json!({"id": view.id, "end_transition_now": true});
    let view: RotationView = other.ask("rotation_advance", ended.clone()).await.unwrap();
    assert_eq!(view.state, RotationStateView::Finished);
    assert_eq!(fact(&view, RotationStepName::Transition, "ended_early"), "true");
    host.assert_sound().await;
    let third = people.started(&host, what(view.new_key_ref.as_ref().unwrap(), 2, None)).await;
    let hasty = json!({"id": third.id, "end_transition_now": true});
    assert_eq!(host.refused("rotation_advance", hasty).await.params["reason"], "no_transition");
}

/// Saves the report of a rotation.
pub async fn saved(host: &Host, id: &str, format: &str) -> PathBuf {
    let path = host.folder("relatorios").join(format!("{id}.{format}"));
    host.dialogs.saves.lock().unwrap().push_back(path.clone());
    let result: SaveResult = host.ask("rotation_report_save", json!({"id": id, "format": format})).await.unwrap();
    assert!(result.saved.is_some());
    path
}

/// OpenSSL takes the signature of a report in JSON, and not that of one in which a letter was changed. Gives the report.
pub fn check_json(path: &Path, hash: &str) -> Value {
    let mut report: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let signature = report.as_object_mut().unwrap().remove("signature").unwrap();
    // Sorted by name, and nothing between.
    let body = serde_json::to_string(&report).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let key = file("chave.pem", signature["public_key"].as_str().unwrap().as_bytes());
    let value = file("valor", &STANDARD.decode(signature["value"].as_str().unwrap()).unwrap());
    for (body, good) in [(body.clone(), true), (body.replacen("notary", "notarx", 1), false)] {
        let body = file("corpo", body.as_bytes());
        let output = Command::new("openssl")
            .args(["dgst", hash, "-verify"])
            .args([&key, Path::new("-signature"), &value, &body])
            .output()
            .unwrap();
        assert_eq!(output.status.success(), good, "{}", String::from_utf8_lossy(&output.stdout));
    }
    report
}

/// What a reader sees of a PDF, its lines joined: identifiers break anywhere.
pub fn text_of(pdf: &Path) -> Option<String> {
    let output = Command::new("pdftotext").args(["-raw", "-nopgbrk"]).arg(pdf).arg("-").output().ok()?;
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap())
}

pub fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

pub fn qpdf(pdf: &Path) {
    match Command::new("qpdf").arg("--check").arg(pdf).output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && !text.contains("WARNING"), "{text}");
        }
        Err(_) => println!("skipped: qpdf is not installed"),
    }
}

#[tokio::test]
async fn the_report_is_signed_and_judges_take_it() {
    let host = Host::demo().await;
    let people = People::of(&host, "").await;
    let (old, identity) = old_key(&host, "RSA_2048").await;
    can_sign(&host, &identity.id).await.unwrap();
    let view = people.started(&host, what(&old.key_ref, 30, Some(30))).await;
    let view = advance(&host, &view.id).await;
    let root = host.root_pem(&identity.id).await;

    let preferences = |locale: &str| {
        json!(Preferences { locale: serde_json::from_value(json!(locale)).unwrap(), ..Preferences::default() })
    };
    for (locale, words) in [
        ("pt-BR", ["Relatório de troca de chave", "tabelião", "em transição"]),
        ("en", ["Report on a key rotation", "notary", "in transition"]),
    ] {
        host.ask::<Value>("preferences_save", preferences(locale)).await.unwrap();
        let pdf = saved(&host, &view.id, "pdf").await;
        judges::pdfsig(&pdf);
        judges::pyhanko(&pdf, &root, 1);
        judges::mutool(&pdf);
        qpdf(&pdf);
        let Some(text) = text_of(&pdf) else { return };
        for word in words {
            assert!(text.contains(word), "{word}: {text}");
        }
        let text = squeezed(&text);
        let names =
            ["HelenaPrado", "RuiCamargo", "DEMONSTRAÇÃO,semvalorjurídico", "Trocaprevistaparaesteano", "Deacordo"];
        for wanted in
            names.iter().copied().chain([old.key_id.as_str(), view.new_key_id.as_deref().unwrap(), view.id.as_str()])
        {
            assert!(text.contains(&squeezed(wanted)), "{wanted}");
        }
        for name in ["old_public_key_sha256", "public_key_sha256"] {
            assert!(text.contains(fact(&view, RotationStepName::CreateKey, name)), "{name}");
        }
        assert!(text.contains(fact(&view, RotationStepName::Validate, "probe_signature")));
        assert_eq!(host.verify_path(&pdf).await.result, VerifyResult::Passed);
    }

    let report = check_json(&saved(&host, &view.id, "json").await, "-sha256");
    assert_eq!((report["final"].as_bool(), report["rotation"]["state"].as_str()), (Some(false), Some("transition")));
    assert_eq!(report["request"]["requested_by"]["role"], "notary");
    assert_eq!(report["new_key"]["key_id"], view.new_key_id.clone().unwrap());
    let trail = host.trail().await;
    let seq = report["audit"]["last_seq"].as_u64().unwrap();
    let record = trail.iter().find(|record| record.seq == seq).unwrap();
    assert_eq!(report["audit"]["last_hash"], record.hash, "the checkpoint is a record of the trail");
    assert_eq!(
        (report["audit"]["intact"].as_bool(), report["audit"]["head_authenticated"].as_bool()),
        (Some(true), Some(true))
    );

    // Both proofs, by a judge who has nothing but the report.
    let folder = tempfile::tempdir().unwrap();
    let records = report["records"].as_array().unwrap();
    let proof = records.iter().find(|own| own["step"] == "validate" && own["phase"] == "done").unwrap();
    let value = |name: &str| {
        let facts = proof["facts"].as_array().unwrap();
        facts.iter().find(|own| own["name"] == name).unwrap()["value"].as_str().unwrap().to_owned()
    };
    for (prefix, side) in [("probe", "new_key"), ("old_probe", "old_key")] {
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let key = write("chave.pem", report[side]["public_key"].as_str().unwrap().as_bytes());
        let signature = write("valor", &STANDARD.decode(value(&format!("{prefix}_signature"))).unwrap());
        let message = write("texto", value(&format!("{prefix}_message")).as_bytes());
        let output = Command::new("openssl")
            .args(["dgst", "-sha256", "-verify"])
            .args([&key, Path::new("-signature"), &signature, &message])
            .output();
        assert!(output.unwrap().status.success(), "{prefix}");
    }

    let acts = host.phases("rotation_report_written", 0).await;
    assert_eq!(acts, ["intent", "succeeded", "intent", "succeeded", "intent", "succeeded"]);
    let ended = json!({"id": view.id, "end_transition_now": true});
    host.ask::<RotationView>("rotation_advance", ended).await.unwrap();
    let report = check_json(&saved(&host, &view.id, "json").await, "-sha256");
    assert_eq!((report["final"].as_bool(), report["rotation"]["state"].as_str()), (Some(true), Some("finished")));
    judges::pdfsig(&saved(&host, &view.id, "pdf").await);
    host.assert_sound().await;
}

/// A CA that is not ours, run by OpenSSL.
struct OutsideCa(tempfile::TempDir);

impl OutsideCa {
    fn new() -> Self {
        let ca = Self(tempfile::tempdir().unwrap());
        let name = "/C=BR/O=AC de fora/CN=AC de fora";
        ca.openssl(&[
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650",
            "-subj", name,
        ]);
        ca
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn openssl(&self, arguments: &[&str]) -> String {
        let output = Command::new("openssl").args(arguments).current_dir(self.0.path()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments:?}: {text}");
        text
    }

    /// Signs a request.
    fn issue(&self, csr: &Path, usage: &str, ended: bool, out: &str) -> PathBuf {
        let extensions = format!("keyUsage=critical,digitalSignature,nonRepudiation\nextendedKeyUsage={usage}\n");
        std::fs::write(self.path("ext"), extensions).unwrap();
        let csr = csr.to_str().unwrap();
        let mut arguments = vec![
            "x509",
            "-req",
            "-in",
            csr,
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-extfile",
            "ext",
            "-out",
            out,
        ];
        if ended {
            arguments.extend(["-days", "-1"]);
        } else {
            arguments.extend(["-days", "365"]);
        }
        self.openssl(&arguments);
        self.path(out)
    }
}

#[tokio::test]
async fn a_certificate_from_a_ca_outside_is_checked_before_it_is_taken() {
    let host = Host::demo().await;
    let people = People::of(&host, "").await;
    let (old, identity) = old_key(&host, "RSA_2048").await;
    let mut wanted = what(&old.key_ref, 0, None);
    wanted["certificate"] = json!({"kind": "external"});
    let view = people.started(&host, wanted).await;
    let id = view.id.clone();
    let save = async || {
        let path = host.folder("pedidos").join("pedido.csr");
        // One that was refused has left its answer there.
        *host.dialogs.saves.lock().unwrap() = [path.clone()].into();
        host.ask::<SaveResult>("rotation_request_save", json!({"id": id})).await.map(|_| path)
    };
    assert_eq!(save().await.unwrap_err().params["reason"], "no_new_key");
    let view = advance(&host, &view.id).await;
    assert_eq!((view.current, view.waits_for), (RotationStepName::Certificate, Some(RotationWait::Certificate)));
    let again = advance(&host, &view.id).await;
    assert_eq!(again.waits_for, Some(RotationWait::Certificate), "it goes on waiting");

    let csr = save().await.unwrap();
    let ca = OutsideCa::new();
    let said = ca.openssl(&["req", "-verify", "-noout", "-text", "-in", csr.to_str().unwrap()]);
    assert!(said.contains("verify OK") || said.contains("self-signature verify OK"), "{said}");
    assert!(said.contains("JOANA DE ENSAIO") && said.contains("email:joana@exemplo.com.br"), "{said}");
    let view = get(&host, &id).await;
    assert_eq!(step(&view, RotationStepName::Certificate).state, RotationStepState::Begun);
    assert_eq!(
        (view.waits_for, step(&view, RotationStepName::Certificate).attempts),
        (Some(RotationWait::Certificate), 0)
    );

    let bring = async |path: &Path| {
        let document = host.pick_one(path).await;
        host.ask::<RotationView>("rotation_certificate_bring", json!({"id": id, "certificate": {"id": document.id}}))
            .await
    };
    ca.openssl(&[
        "req",
        "-new",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "x.key",
        "-out",
        "x.csr",
        "-subj",
        "/CN=Outra",
    ]);
    let other = ca.issue(&ca.path("x.csr"), "emailProtection", false, "outra.pem");
    assert_eq!(bring(&other).await.unwrap_err().code, "identity_key_mismatch");
    let ended = ca.issue(&csr, "emailProtection", true, "vencido.pem");
    assert_eq!(bring(&ended).await.unwrap_err().code, "identity_not_valid");
    let server = ca.issue(&csr, "serverAuth", false, "servidor.pem");
    assert_eq!(bring(&server).await.unwrap_err().code, "ca_wrong_answer");
    let good = ca.issue(&csr, "emailProtection", false, "bom.pem");
    let stranger = OutsideCa::new();
    let mut wrong_chain = std::fs::read(&good).unwrap();
    wrong_chain.extend(std::fs::read(stranger.path("ca.pem")).unwrap());
    std::fs::write(ca.path("alheia.pem"), wrong_chain).unwrap();
    assert_eq!(bring(&ca.path("alheia.pem")).await.unwrap_err().code, "ca_chain_broken");
    assert_eq!(get(&host, &id).await.waits_for, Some(RotationWait::Certificate), "a wrong file changes nothing");

    let mut chain = std::fs::read(&good).unwrap();
    chain.extend(std::fs::read(ca.path("ca.pem")).unwrap());
    std::fs::write(ca.path("cadeia.pem"), chain).unwrap();
    let view = bring(&ca.path("cadeia.pem")).await.unwrap();
    assert_eq!(step(&view, RotationStepName::Certificate).state, RotationStepState::Done, "{view:#?}");
    assert_eq!(fact(&view, RotationStepName::Certificate, "chain_complete"), "true");
    assert_eq!(bring(&good).await.unwrap_err().params["reason"], "certificate_there");
    let view = advance(&host, &view.id).await;
    assert_eq!(view.state, RotationStateView::Finished, "{view:#?}");
    let new = host.identities().await.into_iter().find(|own| Some(&own.id) == view.new_identity.as_ref()).unwrap();
    assert_eq!((new.issuer.as_str(), &new.holder), ("AC de fora", &identity.holder));
    let signed = can_sign(&host, &new.id).await.unwrap();
    judges::pyhanko(&signed, &ca.path("ca.pem"), 1);
    let pdf = saved(&host, &view.id, "pdf").await;
    judges::pyhanko(&pdf, &ca.path("ca.pem"), 1);
    host.assert_sound().await;
}
