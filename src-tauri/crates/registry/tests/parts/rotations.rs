//! Rotations of keys and their steps.

use cartorio_core::{Coded, IdentityId, RequestId, RotationId};
use cartorio_registry::*;
use time::Duration;

use crate::common::{START, operator, request, rotation, step};

pub async fn a_rotation_goes_step_by_step(registry: &Registry) {
    let asked = request(&operator("Ana"), "{}");
    let begun = rotation(&asked, "alias/tabeliao", "key-1");
    let orphan = registry.add_rotation(&begun).await.unwrap_err();
    assert_eq!(orphan.code(), "registry_conflict", "its request is not there");
    registry.add_request(&asked).await.unwrap();
    registry.add_rotation(&begun).await.unwrap();
    assert_eq!(registry.rotation(begun.id).await.unwrap(), begun);
    assert_eq!(registry.step_records(begun.id).await.unwrap(), []);

    let mut current = begun.clone();
    let mut steps = Vec::new();
    for (minute, (name, phase)) in (1..).zip([
        (RotationStep::CreateKey, StepPhase::Begun),
        (RotationStep::CreateKey, StepPhase::Failed),
        (RotationStep::CreateKey, StepPhase::Done),
        (RotationStep::MoveAlias, StepPhase::Undone),
    ]) {
        let mut record = step(&current, name, phase);
        record.at += Duration::minutes(minute);
        record.seq = 77;
        current.step = name;
        current.updated_at = record.at;
        if phase == StepPhase::Done {
            current.new_key_ref = Some("awskms:k2".into());
            current.new_key_id = Some("key-2".into());
        }
        let expected = Rotation { version: current.version + 1, ..current.clone() };
        current = registry.advance_rotation(&current, current.version, &record).await.unwrap();
        assert_eq!(current, expected, "everything that may change is written");
        assert_eq!(registry.rotation(begun.id).await.unwrap(), expected);
        steps.push(StepRecord { seq: minute.unsigned_abs(), ..record });
        assert_eq!(registry.step_records(begun.id).await.unwrap(), steps, "numbered by the registry");
    }

    // A step that was taken on an old view of things writes nothing at all.
    let stale = registry.advance_rotation(&current, current.version - 1, &steps[0]).await.unwrap_err();
    assert_eq!((stale.code(), stale.params()[0].1.as_str()), ("registry_conflict", "rotation"));
    assert_eq!(registry.rotation(begun.id).await.unwrap(), current);
    assert_eq!(registry.step_records(begun.id).await.unwrap(), steps);

    current.state = RotationState::Finished;
    current.finished_at = Some(START + Duration::DAY);
    let last = step(&current, RotationStep::DisableOld, StepPhase::Done);
    current = registry.advance_rotation(&current, current.version, &last).await.unwrap();
    let back = Rotation { state: RotationState::Running, finished_at: None, ..current.clone() };
    let refused = registry.advance_rotation(&back, current.version, &last).await.unwrap_err();
    assert_eq!(refused.code(), "registry_conflict", "what is over stays so: {refused}");
    let later = Rotation { finished_at: Some(START + Duration::DAY * 2), ..current.clone() };
    let refused = registry.advance_rotation(&later, current.version, &last).await.unwrap_err();
    assert_eq!(refused.code(), "registry_invalid", "{refused}");
    let cancelled = step(&current, RotationStep::ScheduleDeletion, StepPhase::Undone);
    registry.advance_rotation(&current, current.version, &cancelled).await.unwrap();
    assert_eq!(registry.step_records(begun.id).await.unwrap().len(), 6, "a deletion may be cancelled afterwards");

    let unknown = RotationId::generate();
    assert_eq!(registry.rotation(unknown).await.unwrap_err().code(), "registry_not_found");
    assert_eq!(registry.step_records(unknown).await.unwrap_err().code(), "registry_not_found");
}

pub async fn a_key_and_an_alias_are_in_one_rotation_at_a_time(registry: &Registry) {
    let begin = async |alias: &str, key: &str| {
        let asked = request(&operator("Ana"), "{}");
        registry.add_request(&asked).await.unwrap();
        let rotation = rotation(&asked, alias, key);
        registry.add_rotation(&rotation).await.map(|()| rotation)
    };
    let mut first = begin("alias/a", "key-1").await.unwrap();
    assert_eq!(begin("alias/b", "key-1").await.unwrap_err().code(), "registry_conflict", "the same key");
    assert_eq!(begin("alias/a", "key-2").await.unwrap_err().code(), "registry_conflict", "the same alias");
    let other = begin("alias/b", "key-2").await.unwrap();
    begin("", "key-3").await.unwrap();
    begin("", "key-4").await.unwrap();
    let twice = Rotation { id: RotationId::generate(), alias: "alias/c".into(), old_key_id: "key-5".into(), ..first };
    assert_eq!(
        registry.add_rotation(&twice).await.unwrap_err().code(),
        "registry_conflict",
        "one request, one rotation"
    );
    first = registry.rotation(first.id).await.unwrap();

    for (state, finished_at) in [(RotationState::RollingBack, None), (RotationState::RolledBack, Some(START))] {
        assert_eq!(begin("alias/a", "key-1").await.unwrap_err().code(), "registry_conflict", "not over yet");
        let next = Rotation { state, finished_at, ..first.clone() };
        let record = step(&next, RotationStep::CreateKey, StepPhase::Undone);
        first = registry.advance_rotation(&next, first.version, &record).await.unwrap();
    }
    let again = begin("alias/a", "key-1").await.unwrap();
    let open: Vec<_> = registry.rotations(true).await.unwrap().iter().map(|rotation| rotation.id).collect();
    assert_eq!(open.len(), 4);
    assert!(open.contains(&again.id) && open.contains(&other.id) && !open.contains(&first.id));
    assert_eq!(registry.rotations(false).await.unwrap().len(), 5);
}

pub async fn a_rotation_that_does_not_fit_is_refused(registry: &Registry) {
    let asked = request(&operator("Ana"), "{}");
    registry.add_request(&asked).await.unwrap();
    let good = rotation(&asked, "alias/a", "key-1");
    let code = async |rotation: Rotation| registry.add_rotation(&rotation).await.unwrap_err().code();
    assert_eq!(code(Rotation { params: "no".into(), ..good.clone() }).await, "registry_invalid");
    assert_eq!(code(Rotation { finished_at: Some(START), ..good.clone() }).await, "registry_invalid");
    let over = Rotation { state: RotationState::Finished, finished_at: Some(START), ..good.clone() };
    assert_eq!(code(over).await, "registry_invalid");
    let alone = Rotation { approved_by: good.requested_by.clone(), ..good.clone() };
    assert_eq!(code(alone).await, "registry_conflict", "one person asked and approved");
    assert_eq!(code(Rotation { request: RequestId::generate(), ..good.clone() }).await, "registry_conflict");
    let stranger = Rotation { old_identity: Some(IdentityId::generate()), ..good.clone() };
    assert_eq!(code(stranger).await, "registry_conflict");
    registry.add_rotation(&good).await.unwrap();

    let record = step(&good, RotationStep::CreateKey, StepPhase::Begun);
    let refused = async |rotation: Rotation, record: StepRecord| match registry
        .advance_rotation(&rotation, good.version, &record)
        .await
        .unwrap_err()
    {
        RegistryError::Invalid { field, .. } => field,
        other => panic!("{other:?}"),
    };
    let no_code = StepRecord { phase: StepPhase::Failed, error_code: None, ..record.clone() };
    assert_eq!(refused(good.clone(), no_code).await, "error_code");
    let with_code = StepRecord { error_code: Some("aws_throttled".into()), ..record.clone() };
    assert_eq!(refused(good.clone(), with_code).await, "error_code");
    let no_json = StepRecord { evidence: "probe".into(), ..record.clone() };
    assert_eq!(refused(good.clone(), no_json).await, "evidence");
    let foreign = StepRecord { rotation: RotationId::generate(), ..record.clone() };
    assert_eq!(refused(good.clone(), foreign).await, "rotation");
    for (field, changed) in [
        ("alias", Rotation { alias: "alias/b".into(), ..good.clone() }),
        ("old_key_id", Rotation { old_key_id: "key-9".into(), ..good.clone() }),
        ("approved_by", Rotation { approved_by: operator("Eva"), ..good.clone() }),
        ("params", Rotation { params: "[]".into(), ..good.clone() }),
        ("finished_at", Rotation { state: RotationState::Finished, ..good.clone() }),
    ] {
        assert_eq!(refused(changed, record.clone()).await, field);
    }
    assert_eq!(registry.rotation(good.id).await.unwrap(), good, "refused attempts change nothing");
    assert_eq!(registry.step_records(good.id).await.unwrap(), []);
}
