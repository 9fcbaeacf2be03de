//! Two people: operators, passwords, the seat, requests.

use cartorio_core::SecretString;
use cartorio_office::dto::{
    AppState, CertificateSummary, Environment, OperatorCard, P12Protection, RequestStateView, RequestView, RequestWhat,
};
use serde_json::{Value, json};

use crate::host::{Host, Options, with_passphrase};

/// Whoever is not in the seat takes it; gives the one who was.
pub async fn switch(host: &Host) -> OperatorCard {
    let cards: Vec<OperatorCard> = host.ask("operators_list", json!({})).await.unwrap();
    let (current, others): (Vec<_>, Vec<_>) = cards.into_iter().partition(|card| card.current);
    host.ask::<AppState>("operator_switch", json!({"id": others[0].operator.id})).await.unwrap();
    current.into_iter().next().unwrap()
}

/// The other person approves, and the seat goes back.
pub async fn approve(host: &Host, request: &str) -> RequestView {
    let before = switch(host).await;
    let decide = json!({"id": request, "approve": true, "reason": "Conferido"});
    let view: RequestView = host.ask("request_decide", decide).await.unwrap();
    host.ask::<AppState>("operator_switch", json!({"id": before.operator.id})).await.unwrap();
    view
}

#[tokio::test]
async fn a_request_goes_from_hand_to_hand() {
    let host = Host::demo().await;
    let key = host.key("ECC_NIST_P256", "a").await;
    let ask = json!({"what": {"kind": "key_deletion", "key_ref": key.key_ref, "days": 30}, "reason": "  Sem uso  "});
    for reason in ["", &"x".repeat(501)] {
        let mut bad = ask.clone();
        bad["reason"] = json!(reason);
        assert_eq!(host.code("request_make", bad).await, "invalid_field");
    }
    let request: RequestView = host.ask("request_make", ask.clone()).await.unwrap();
    assert_eq!((request.state, request.reason.as_str()), (RequestStateView::Pending, "Sem uso"));
    assert!(request.may_withdraw && !request.may_decide && !request.may_carry_out);

    switch(&host).await;
    let seen: Vec<RequestView> = host.ask("requests_list", json!({"open": true})).await.unwrap();
    assert!(seen[0].may_decide && !seen[0].may_withdraw);
    assert_eq!(host.code("request_withdraw", json!({"id": request.id})).await, "registry_not_requester");
    let reject = json!({"id": request.id, "approve": false, "reason": "Ainda há documentos"});
    let rejected: RequestView = host.ask("request_decide", reject.clone()).await.unwrap();
    assert_eq!(rejected.state, RequestStateView::Rejected);
    assert_eq!(host.code("request_decide", reject).await, "registry_request_state");
    switch(&host).await;

    // Asked again, approved, not carried out in time.
    let request: RequestView = host.ask("request_make", ask.clone()).await.unwrap();
    approve(&host, &request.id).await;
    host.clock.advance(time::Duration::days(15));
    assert_eq!(host.code("key_deletion_schedule", json!({"request": request.id})).await, "registry_request_state");
    let request: RequestView = host.ask("request_make", ask).await.unwrap();
    let back: RequestView = host.ask("request_withdraw", json!({"id": request.id})).await.unwrap();
    assert_eq!(back.state, RequestStateView::Withdrawn);
    host.assert_sound().await;
}

#[tokio::test]
async fn production_needs_passwords_before_it_has_two_people() {
    let host = production().await;
    let cards: Vec<OperatorCard> = host.ask("operators_list", json!({})).await.unwrap();
    let helena = cards[0].operator.id.clone();
    let add = async |name: &str, role: &str, password: &str| {
        let request = json!({"name": name, "role": role, "password": host.sealed(password).await});
        host.ask::<Vec<OperatorCard>>("operator_add", request).await
    };
    assert_eq!(add("Rui Camargo", "supervisor", "senha do rui").await.unwrap_err().code, "operator_own_password_first");
    assert_eq!(host.code("session_lock", json!({})).await, "operator_password_missing");
    let own = |current: Value, new: Value| json!({"id": helena, "current": current, "new": new});
    assert_eq!(host.code("operator_password", own(Value::Null, host.sealed("curta").await)).await, "invalid_field");
    host.ask::<Value>("operator_password", own(Value::Null, host.sealed("senha da helena").await)).await.unwrap();
    let wrong = own(host.sealed("nao e essa").await, host.sealed("outra senha").await);
    assert_eq!(host.code("operator_password", wrong).await, "operator_password_wrong");
    let cards = add("Rui Camargo", "supervisor", "senha do rui").await.unwrap();
    let rui = cards.iter().find(|card| card.operator.name == "Rui Camargo").unwrap().operator.id.clone();
    assert_eq!(add("Rui Camargo", "clerk", "senha do rui").await.unwrap_err().code, "invalid_field");
    assert_eq!(add("Ana", "chefe", "senha da ana").await.unwrap_err().code, "invalid_field");

    // The last notary stays one.
    let demote = json!({"id": helena, "name": "Helena Prado", "role": "clerk", "active": true});
    assert_eq!(host.code("operator_change", demote).await, "operator_last_notary");

    // The seat.
    assert_eq!(host.code("operator_switch", json!({"id": rui})).await, "invalid_field");
    let guess = async |password: &str| {
        let request = json!({"id": rui, "password": host.sealed(password).await});
        host.ask::<AppState>("operator_switch", request).await
    };
    for _ in 0..3 {
        assert_eq!(guess("chute").await.unwrap_err().code, "operator_password_wrong");
    }
    assert_eq!(guess("senha do rui").await.unwrap_err().code, "operator_password_pause", "also for the right one");

    // The next start: nobody has the seat until somebody proves who they are.
    let next = Host::on(host.home(), Options { master: with_passphrase(), ..Options::default() });
    let state = next.state().await;
    assert_eq!((state.environment, state.locked, state.operator.is_none()), (Environment::Production, true, true));
    assert!(state.permissions.is_empty());
    let profile = json!({"name": "p", "region": "sa-east-1", "use_fips": false, "source": "default"});
    for (command, request) in [
        ("keys_list", json!({})),
        ("identities_list", json!({})),
        ("audit_list", json!({"limit": 1})),
        ("profile_save", profile.clone()),
        ("profile_remove", json!({"name": "ensaio"})),
        ("aws_logout", json!({"name": "ensaio"})),
        ("identifier_reveal", json!({"sha256": "0"})),
    ] {
        assert_eq!(next.code(command, request).await, "locked", "{command}");
    }
    let cards: Vec<OperatorCard> = next.ask("operators_list", json!({})).await.unwrap();
    assert_eq!(cards.len(), 2);
    let enter = json!({"id": rui, "password": next.sealed("senha do rui").await});
    let state: AppState = next.ask("operator_switch", enter).await.unwrap();
    assert_eq!((state.locked, state.operator.unwrap().role.as_str()), (false, "supervisor"));
    assert_eq!(next.code("keys_list", json!({})).await, "not_permitted");
    let state: AppState = next.ask("session_lock", json!({})).await.unwrap();
    assert!(state.locked);
    next.ask::<AppState>("operator_switch", json!({"id": helena, "password": next.sealed("senha da helena").await}))
        .await
        .unwrap();
    next.assert_sound().await;
    // From outside, and from the demonstration, nothing that production relies on is changed.
    next.ask::<AppState>("session_leave", json!({})).await.unwrap();
    assert_eq!(next.code("profile_save", profile).await, "not_permitted");
    let text = format!("{}{}", host.tap.text(), next.tap.text());
    for secret in ["senha do rui", "senha da helena", "chute"] {
        assert!(!text.contains(secret), "{secret} crossed in the clear");
    }
}

#[tokio::test]
async fn what_leaves_the_house_is_approved_first_and_once() {
    let host = production().await;
    let cards: Vec<OperatorCard> = host.ask("operators_list", json!({})).await.unwrap();
    let helena = cards[0].operator.id.clone();
    let first = json!({"id": helena, "current": null, "new": host.sealed("senha da helena").await});
    host.ask::<Value>("operator_password", first).await.unwrap();
    let add = json!({"name": "Rui Camargo", "role": "supervisor", "password": host.sealed("senha do rui").await});
    let cards: Vec<OperatorCard> = host.ask("operator_add", add).await.unwrap();
    let rui = cards.iter().find(|card| !card.current).unwrap().operator.id.clone();
    let seat = async |id: &str, password: &str| {
        let request = json!({"id": id, "password": host.sealed(password).await});
        host.ask::<AppState>("operator_switch", request).await.unwrap();
    };
    let subscriber = json!({
        "name": "Maria da Conceição", "cpf": "529.982.247-25", "email": "maria@exemplo.com.br", "key_spec": "ECC_NIST_P256",
    });
    assert_eq!(host.code("subscriber_issue", subscriber.clone()).await, "approval_required");
    let mut what = subscriber.clone();
    what["kind"] = json!("certificate_issue");
    let request: RequestView =
        host.ask("request_make", json!({"what": what, "reason": "Pedido da parte"})).await.unwrap();
    assert!(!serde_json::to_string(&request).unwrap().contains("52998224725"), "the CPF is masked");
    seat(&rui, "senha do rui").await;
    let decide = json!({"id": request.id, "approve": true, "reason": "Documento conferido"});
    // Who asked knows the password of who decides: that would be one person.
    assert_eq!(host.code("request_decide", decide.clone()).await, "operator_password_by_requester");
    let own =
        json!({"id": rui, "current": host.sealed("senha do rui").await, "new": host.sealed("so o rui sabe").await});
    host.ask::<Value>("operator_password", own).await.unwrap();
    host.ask::<RequestView>("request_decide", decide).await.unwrap();
    seat(&helena, "senha da helena").await;
    // What was approved, not something else.
    let mut other = subscriber.clone();
    other["email"] = json!("outra@exemplo.com.br");
    assert_eq!(host.code("subscriber_issue", other).await, "approval_required");
    let issued: CertificateSummary = host.ask("subscriber_issue", subscriber.clone()).await.unwrap();
    assert_eq!(host.code("subscriber_issue", subscriber).await, "approval_required", "once");

    let what = json!({"kind": "p12_export", "certificate": issued.id, "profile": "compatible"});
    let ask = json!({"what": what, "reason": "Entrega à titular, que usa Windows 7"});
    let request: RequestView = host.ask("request_make", ask).await.unwrap();
    let RequestWhat::P12Export { profile, .. } = &request.what else { panic!("{request:?}") };
    assert_eq!(*profile, P12Protection::Compatible, "who approves sees it");
    seat(&rui, "so o rui sabe").await;
    let decide = json!({"id": request.id, "approve": true, "reason": "Entrega conferida"});
    host.ask::<RequestView>("request_decide", decide).await.unwrap();
    seat(&helena, "senha da helena").await;
    let file = host.folder("p12").join("maria.p12");
    let export = async |profile: Value| {
        host.dialogs.saves.lock().unwrap().push_back(file.clone());
        let password = host.sealed("Senha-do-arquivo-2026").await;
        let request = json!({"certificate": issued.id, "password": password, "profile": profile});
        host.ask::<Value>("p12_export", request).await
    };
    for other in ["modern", "pbmac1"] {
        let error = export(json!(other)).await.unwrap_err();
        assert_eq!(error.code, "approval_other_profile");
        assert_eq!((error.params["approved"].as_str(), error.params["asked"].as_str()), ("compatible", other));
    }
    assert!(!file.exists());
    export(json!("compatible")).await.unwrap();
    let written = cartorio_pki::p12::inspect(
        &std::fs::read(&file).unwrap(),
        &SecretString::new("Senha-do-arquivo-2026".to_owned()),
    );
    let ciphers: Vec<_> = written.unwrap().containers.into_iter().filter_map(|own| own.protection).collect();
    assert!(!ciphers.is_empty() && ciphers.iter().all(|own| own.scheme.contains("TripleDES")), "{ciphers:?}");
    assert_eq!(export(json!("compatible")).await.unwrap_err().code, "approval_required", "once");
    let trail = host.trail().await;
    for act in ["request_made", "request_approved", "p12_exported"] {
        let told = trail.iter().find(|own| own.act == act && own.detail.contains_key("p12_profile")).expect(act);
        assert_eq!(told.detail["p12_profile"], "compatible", "{act}");
    }
    host.assert_sound().await;
}

/// A production office that never asks AWS.
async fn production() -> Host {
    let host = Host::fresh_with(Options { master: with_passphrase(), ..Options::default() });
    let profile = json!({"name": "ensaio", "region": "sa-east-1", "use_fips": false, "source": "default"});
    host.ask::<Value>("profile_save", profile).await.unwrap();
    let start = json!({"profile": "ensaio", "office_name": "Cartório de Ensaio", "operator_name": "Helena Prado"});
    host.ask::<AppState>("production_start", start).await.unwrap();
    host
}
