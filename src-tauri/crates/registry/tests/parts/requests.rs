//! Requests of two people.

use cartorio_core::{Coded, OperatorId, RequestId};
use cartorio_registry::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use time::{Duration, OffsetDateTime};

use crate::common::{START, decision, operator, request};

pub async fn a_request_is_decided_once_and_used_once(registry: &Registry) {
    let (ana, rui) = (operator("Ana"), operator("Rui"));
    let asked = request(&ana, r#"{"waiting_days": 30}"#);
    registry.add_request(&asked).await.unwrap();
    assert_eq!(registry.request(asked.id).await.unwrap(), asked);
    assert_eq!(registry.add_request(&asked).await.unwrap_err().code(), "registry_conflict");
    assert_eq!(asked.state(START), RequestState::Pending);

    let digest = asked.params_sha256.clone();
    let early = registry.use_request(asked.id, &digest, "x", START).await.unwrap_err();
    assert_eq!(early, RegistryError::RequestState { request: asked.id, state: RequestState::Pending });
    let own = registry.decide_request(asked.id, &decision(&ana, true), START).await.unwrap_err();
    assert_eq!(own, RegistryError::SamePerson { request: asked.id });
    assert_eq!((own.code(), own.params()), ("registry_same_person", vec![("request", asked.id.to_string())]));
    assert_eq!(registry.request(asked.id).await.unwrap(), asked, "refused attempts change nothing");

    let yes = decision(&rui, true);
    let approved = registry.decide_request(asked.id, &yes, START).await.unwrap();
    assert_eq!(approved, Request { decision: Some(yes.clone()), ..asked.clone() });
    assert_eq!(approved.state(START), RequestState::Approved);
    let again = registry.decide_request(asked.id, &decision(&operator("Eva"), false), START).await.unwrap_err();
    assert_eq!(again, RegistryError::RequestState { request: asked.id, state: RequestState::Approved });
    assert_eq!(again.params()[1], ("state", "approved".to_owned()));

    let other = registry.use_request(asked.id, &"00".repeat(32), "x", START).await.unwrap_err();
    assert_eq!(other, RegistryError::ParamsChanged { request: asked.id });
    assert_eq!(registry.use_request(asked.id, "ABC", "x", START).await.unwrap_err().code(), "registry_invalid");
    let used = registry.use_request(asked.id, &digest, "rotation 1", START).await.unwrap();
    assert_eq!((used.used_at, used.used_for.as_deref()), (Some(START), Some("rotation 1")));
    assert_eq!(registry.request(asked.id).await.unwrap(), used);
    let twice = registry.use_request(asked.id, &digest, "rotation 2", START).await.unwrap_err();
    assert_eq!(twice, RegistryError::RequestState { request: asked.id, state: RequestState::Used });
    assert_eq!(used.state(asked.expires_at), RequestState::Used, "what was done does not run out");
    let late = registry.withdraw_request(asked.id, ana.id, START).await.unwrap_err();
    assert_eq!(late, RegistryError::RequestState { request: asked.id, state: RequestState::Used });
    assert_eq!(registry.request(asked.id).await.unwrap().used_for.as_deref(), Some("rotation 1"));
    let unknown = RequestId::generate();
    assert_eq!(registry.request(unknown).await.unwrap_err().code(), "registry_not_found");
    assert_eq!(registry.use_request(unknown, &digest, "x", START).await.unwrap_err().code(), "registry_not_found");
}

pub async fn a_request_ends_by_rejection_withdrawal_or_time(registry: &Registry) {
    let (ana, rui) = (operator("Ana"), operator("Rui"));
    let fresh = async || {
        let asked = request(&ana, "[]");
        registry.add_request(&asked).await.unwrap();
        asked
    };
    let state = |error: RegistryError| match error {
        RegistryError::RequestState { state, .. } => state,
        other => panic!("{other:?}"),
    };

    let rejected = fresh().await;
    let no = registry.decide_request(rejected.id, &decision(&rui, false), START).await.unwrap();
    assert_eq!(no.state(START + Duration::DAY * 99), RequestState::Rejected, "a rejection does not run out");
    let digest = &rejected.params_sha256;
    let refused = registry.use_request(rejected.id, digest, "x", START).await.unwrap_err();
    assert_eq!(state(refused), RequestState::Rejected);
    let refused = registry.withdraw_request(rejected.id, ana.id, START).await.unwrap_err();
    assert_eq!(state(refused), RequestState::Rejected);

    let withdrawn = fresh().await;
    let others = registry.withdraw_request(withdrawn.id, rui.id, START).await.unwrap_err();
    assert_eq!(others, RegistryError::NotRequester { request: withdrawn.id });
    let back = registry.withdraw_request(withdrawn.id, ana.id, START).await.unwrap();
    assert_eq!((back.withdrawn_at, back.state(START)), (Some(START), RequestState::Withdrawn));
    let refused = registry.decide_request(withdrawn.id, &decision(&rui, true), START).await.unwrap_err();
    assert_eq!(state(refused), RequestState::Withdrawn);

    let regretted = fresh().await;
    registry.decide_request(regretted.id, &decision(&rui, true), START).await.unwrap();
    registry.withdraw_request(regretted.id, ana.id, START).await.unwrap();
    let refused = registry.use_request(regretted.id, digest, "x", START).await.unwrap_err();
    assert_eq!(state(refused), RequestState::Withdrawn, "an approval can be given back");

    let slow = fresh().await;
    let end = slow.expires_at;
    for (at, now) in [(START, end), (end, START)] {
        let late = Decision { at, ..decision(&rui, true) };
        let refused = registry.decide_request(slow.id, &late, now).await.unwrap_err();
        assert_eq!(state(refused), RequestState::Expired, "decided at {at}, now {now}");
    }
    let last = end - Duration::microseconds(1);
    registry.decide_request(slow.id, &decision(&rui, true), last).await.unwrap();
    assert_eq!(state(registry.use_request(slow.id, digest, "x", end).await.unwrap_err()), RequestState::Expired);
    assert_eq!(state(registry.withdraw_request(slow.id, ana.id, end).await.unwrap_err()), RequestState::Expired);
    registry.use_request(slow.id, digest, "x", last).await.unwrap();
}

pub async fn a_malformed_request_is_refused(registry: &Registry) {
    let ana = operator("Ana");
    let good = request(&ana, "{}");
    let field = async |request: Request| match registry.add_request(&request).await.unwrap_err() {
        RegistryError::Invalid { field, .. } => field,
        other => panic!("{other:?}"),
    };
    assert_eq!(field(request(&ana, "{")).await, "params");
    assert_eq!(field(request(&ana, "{} {}")).await, "params", "one value, not two");
    assert_eq!(field(Request { params: "[]".into(), ..good.clone() }).await, "params_sha256");
    assert_eq!(field(Request { expires_at: good.requested_at, ..good.clone() }).await, "expires_at");
    let decided = decision(&operator("Rui"), true);
    assert_eq!(field(Request { decision: Some(decided), ..good.clone() }).await, "decision", "nobody begins approved");
    assert_eq!(field(Request { used_at: Some(START), ..good.clone() }).await, "decision");
    assert_eq!(field(Request { withdrawn_at: Some(START), ..good.clone() }).await, "decision");
    assert_eq!(registry.request(good.id).await.unwrap_err().code(), "registry_not_found");
}

pub async fn requests_are_listed_newest_first_in_pages(registry: &Registry) {
    let (ana, eva) = (operator("Ana"), operator("Eva"));
    let mut made = Vec::new();
    for (minute, who) in [(0, &ana), (3, &eva), (1, &ana), (1, &ana), (2, &eva)] {
        let mut request = request(who, "{}");
        request.requested_at += Duration::minutes(minute);
        if minute == 2 {
            request.kind = RequestKind::P12Export;
            request.subject = "ab".repeat(32);
        }
        registry.add_request(&request).await.unwrap();
        made.push(request);
    }
    let list = async |filter: RequestFilter| {
        let mut seen = Vec::new();
        let mut page = RequestPage { before: None, limit: 2 };
        loop {
            let requests = registry.requests(&filter, START, page).await.unwrap();
            let Some(last) = requests.last() else { break };
            page.before = Some(last.id);
            seen.extend(requests);
        }
        seen
    };
    let [first, newest, older, newer, between] = made.try_into().unwrap();
    let twins = if older.id < newer.id { [newer, older] } else { [older, newer] };
    let [a, b] = twins;
    let all = RequestFilter::default();
    assert_eq!(list(all.clone()).await, [&newest, &between, &a, &b, &first].map(Request::clone), "none twice");
    assert_eq!(list(RequestFilter { requested_by: Some(ana.id), ..all.clone() }).await.len(), 3);
    let kind = RequestFilter { kind: Some(RequestKind::P12Export), ..all.clone() };
    assert_eq!(list(kind).await, std::slice::from_ref(&between));
    let subject = RequestFilter { subject: Some("ab".repeat(32)), ..all.clone() };
    assert_eq!(list(subject).await, [between]);
    let nobody = RequestFilter { requested_by: Some(OperatorId::generate()), ..all.clone() };
    assert_eq!(list(nobody).await, []);
    let page = RequestPage { before: Some(RequestId::generate()), limit: 1 };
    assert_eq!(registry.requests(&all, START, page).await.unwrap_err().code(), "registry_not_found");
}

/// What was done to a request, and when it runs out.
#[derive(Clone, Debug)]
struct Story {
    expires_after: i64,
    decision: Option<(i64, bool)>,
    withdrawn: Option<i64>,
    used: Option<i64>,
}

fn story() -> impl Strategy<Value = Story> {
    let minute = || prop::option::of(0_i64..12);
    (1_i64..12, prop::option::of((0_i64..12, any::<bool>())), minute(), minute())
        .prop_map(|(expires_after, decision, withdrawn, used)| Story { expires_after, decision, withdrawn, used })
}

/// The state is told twice, by [`Request::state`] and by the statement that lists: both must say the same.
pub async fn the_list_and_the_request_tell_the_same_state(registry: &Registry) {
    let (ana, rui) = (operator("Ana"), operator("Rui"));
    let at = |minute: i64| START + Duration::minutes(minute);
    let mut runner = TestRunner::deterministic();
    let mut states = std::collections::BTreeSet::new();
    for _ in 0..60 {
        let story = story().new_tree(&mut runner).unwrap().current();
        let asked = Request { expires_at: at(story.expires_after), ..request(&ana, "{}") };
        registry.add_request(&asked).await.unwrap();
        // What is refused is refused: any story may be told.
        if let Some((minute, approved)) = story.decision {
            let decision = Decision { at: at(minute), ..decision(&rui, approved) };
            let _ = registry.decide_request(asked.id, &decision, at(minute)).await;
        }
        if let Some(minute) = story.used {
            let _ = registry.use_request(asked.id, &asked.params_sha256, "x", at(minute)).await;
        }
        if let Some(minute) = story.withdrawn {
            let _ = registry.withdraw_request(asked.id, ana.id, at(minute)).await;
        }
    }
    let page = RequestPage { before: None, limit: u32::MAX };
    let all = async |states: &[RequestState], now: OffsetDateTime| {
        let filter = RequestFilter { states: states.to_vec(), ..RequestFilter::default() };
        registry.requests(&filter, now, page).await.unwrap()
    };
    for minute in 0..13 {
        let now = at(minute);
        let everything = all(&[], now).await;
        assert_eq!(everything.len(), 60);
        for wanted in [&RequestState::ALL[..1], &RequestState::ALL[1..3], &RequestState::ALL[3..], RequestState::ALL] {
            let expected: Vec<_> =
                everything.iter().filter(|request| wanted.contains(&request.state(now))).cloned().collect();
            assert_eq!(all(wanted, now).await, expected, "{wanted:?} at minute {minute}");
        }
        states.extend(everything.iter().map(|request| request.state(now)));
    }
    assert_eq!(states.len(), RequestState::ALL.len(), "the stories meet every state: {states:?}");
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,6}", inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Parameters come back to the byte, however they are written; what is no JSON is refused.
pub async fn parameters_are_kept_to_the_byte(registry: &Registry) {
    let ana = operator("Ana");
    let text = prop_oneof![
        3 => json().prop_map(|value| value.to_string()),
        2 => json().prop_map(|value| format!(" {value:#}\r\n\t")),
        1 => "[\\[\\]{}\",:0-9a\\\\ ]{0,10}",
        1 => ".{0,10}",
    ];
    let mut runner = TestRunner::default();
    let (mut kept, mut refused) = (0, 0);
    for _ in 0..150 {
        let params = text.new_tree(&mut runner).unwrap().current();
        let asked = request(&ana, &params);
        if serde_json::from_str::<serde_json::Value>(&params).is_ok() {
            registry.add_request(&asked).await.unwrap();
            assert_eq!(registry.request(asked.id).await.unwrap(), asked, "{params:?}");
            kept += 1;
        } else {
            assert_eq!(registry.add_request(&asked).await.unwrap_err().code(), "registry_invalid", "{params:?}");
            refused += 1;
        }
    }
    assert!(kept > 60 && refused > 10, "{kept} kept, {refused} refused");
}
