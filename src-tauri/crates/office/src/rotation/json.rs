//! The evidence as JSON: all facts, and a bare signature that OpenSSL can check.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cartorio_core::Digest;
use cartorio_pki::Certificate;
use cartorio_registry::{HeadTrust, OperatorRef, RotationStep};
use serde_json::{Map, Value, json};

use super::evidence::Entry;
use super::report::{DEMO_NOTICE, Dossier, Signs, Which};
use super::view;
use crate::certificates::mask_text;
use crate::keys_desk::{fingerprint, pem};
use crate::session::{Facts, Session};
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// The format of these reports.
const FORMAT: &str = "cartorio-rotation-evidence/1";
/// What the checkpoint is good for, said where it stands.
const CHECKPOINT: &str = "Where intact and head_authenticated are true: up to record last_seq the audit trail was complete and unchanged when this report was signed, and its last record had the \
                          hash last_hash. Whoever has the trail later finds the same hash at that number, or the trail was changed since.";

/// The report with its signature, as a file.
pub(super) async fn signed(
    session: &Session,
    dossier: &Dossier,
    signs: &Signs,
    found: &mut Facts,
) -> OfficeResult<Vec<u8>> {
    let mut document = document(dossier)?;
    let body = canonical(&Value::Object(document.clone()))?;
    let manager = session.manager(&signs.key).await?;
    let public = manager.public_key(&signs.key).await?;
    let algorithm = public.spec.default_algorithm();
    let digest = Digest::of(algorithm.hash(), body.as_bytes());
    let signature = manager.signer(&signs.key, algorithm).await?.sign_digest(&digest).await?;
    found.signature(&signature);
    found.algorithm = Some(algorithm.to_string());
    document.insert(
        "signature".to_owned(),
        json!({
            "algorithm": algorithm.to_string(),
            "digest_algorithm": digest.algorithm().to_string(),
            "digest": digest.to_hex(),
            "key_id": signature.key_id,
            "public_key": pem("PUBLIC KEY", &public.spki)?,
            "public_key_sha256": fingerprint(&public),
            "value": STANDARD.encode(&signature.value),
            "request_id": signature.request_id,
            "attempts": signature.attempts,
            "signed_at": rfc3339(session.clock.now()),
        }),
    );
    let mut bytes = serde_json::to_vec_pretty(&Value::Object(document)).map_err(OfficeError::internal)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn document(dossier: &Dossier) -> OfficeResult<Map<String, Value>> {
    let Dossier { rotation, plan, request, history, trail, .. } = dossier;
    let decision = request.decision.as_ref();
    let aliases: Vec<Value> = dossier
        .history
        .done(RotationStep::MoveAlias)
        .map(|evidence| {
            evidence
                .all("alias")
                .map(|name| json!({"name": name, "from": rotation.old_key_id, "to": rotation.new_key_id}))
                .collect()
        })
        .unwrap_or_default();
    let steps = RotationStep::ALL.iter().map(|step| {
        json!({
            "step": step.name(),
            "state": history.state(*step),
            "attempts": history.attempts(*step),
        })
    });
    let value = json!({
        "format": FORMAT,
        "notice": dossier.demonstration.then_some(DEMO_NOTICE),
        "office": dossier.office,
        "generated_at": rfc3339(dossier.at),
        "final": dossier.is_final(),
        "rotation": {
            "id": rotation.id.to_string(),
            "state": rotation.state.name(),
            "started_at": rfc3339(rotation.created_at),
            "finished_at": rotation.finished_at.map(rfc3339),
            "transition_until": view::transition_until(history).map(rfc3339),
            "deletion_at": view::deletion_at(rotation, history).map(rfc3339),
            "undo_reason": history.undo().and_then(|entry| entry.evidence.first("reason")),
        },
        "plan": plan,
        "request": {
            "id": request.id.to_string(),
            "params_sha256": request.params_sha256,
            "requested_by": person(&request.requested_by),
            "requested_at": rfc3339(request.requested_at),
            "reason": request.reason,
            "approved_by": person(&rotation.approved_by),
            "approved_at": decision.map(|decision| rfc3339(decision.at)),
            "approval_reason": decision.map(|decision| decision.reason.clone()),
            "used_at": request.used_at.map(rfc3339),
        },
        "old_key": key(dossier, Which::Old)?,
        "new_key": key(dossier, Which::New)?,
        "aliases": aliases,
        "steps": steps.collect::<Vec<_>>(),
        "records": history.all().iter().map(record).collect::<Vec<_>>(),
        "audit": {
            "records": trail.records,
            "last_seq": trail.last_seq,
            "last_hash": trail.last_hash,
            "last_at": trail.last_at.map(rfc3339),
            "intact": trail.is_intact(),
            "head_authenticated": trail.head == HeadTrust::Authenticated,
            "problems": trail.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "meaning": CHECKPOINT,
        },
    });
    match value {
        Value::Object(document) => Ok(document),
        _ => Err(OfficeError::internal("a report that is no object")),
    }
}

fn person(operator: &OperatorRef) -> Value {
    json!({"id": operator.id.to_string(), "name": operator.name, "role": operator.role.name()})
}

fn key(dossier: &Dossier, which: Which) -> OfficeResult<Value> {
    let rotation = &dossier.rotation;
    let (key_ref, key_id, identity) = match which {
        Which::Old => (Some(&rotation.old_key_ref), Some(&rotation.old_key_id), &dossier.old_identity),
        Which::New => (rotation.new_key_ref.as_ref(), rotation.new_key_id.as_ref(), &dossier.new_identity),
    };
    Ok(json!({
        "key_ref": key_ref,
        "key_id": key_id,
        "public_key": dossier.public_key(which),
        "public_key_sha256": dossier.fingerprint(which),
        "identity": identity.as_ref().map(|own| own.label.clone()),
        "certificate": dossier.certificate(which).map(certificate),
    }))
}

/// A certificate without its bytes: those hold a CPF where it is a person's.
fn certificate(certificate: &Certificate) -> Value {
    json!({
        "sha256": certificate.fingerprint(),
        "subject": mask_text(certificate.subject.rfc4514(), certificate),
        "issuer": certificate.issuer.rfc4514(),
        "serial": certificate.serial.hex(),
        "not_before": rfc3339(certificate.validity.not_before),
        "not_after": rfc3339(certificate.validity.not_after),
    })
}

fn record(entry: &Entry) -> Value {
    let Entry { record, evidence } = entry;
    json!({
        "seq": record.seq,
        "step": record.step.name(),
        "phase": record.phase.name(),
        "at": rfc3339(record.at),
        "operator": person(&record.operator),
        "facts": evidence.facts,
        "skipped": evidence.skipped,
        "aside": evidence.aside,
        "error": evidence.error,
    })
}

/// RFC 8785: members sorted by name, nothing between the tokens. Names here are ASCII and numbers whole, so that what remains of
/// it is the order.
fn canonical(value: &Value) -> OfficeResult<String> {
    let list = |items: Vec<String>| items.join(",");
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_by_key(|(name, _)| *name);
            let written = sorted.into_iter().map(|(name, value)| {
                let name = serde_json::to_string(name).map_err(OfficeError::internal)?;
                Ok(format!("{name}:{}", canonical(value)?))
            });
            Ok(format!("{{{}}}", list(written.collect::<OfficeResult<_>>()?)))
        }
        Value::Array(items) => Ok(format!("[{}]", list(items.iter().map(canonical).collect::<OfficeResult<_>>()?))),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            serde_json::to_string(value).map_err(OfficeError::internal)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_sorted_and_nothing_stands_between() {
        let value = json!({"b": [1, true, null], "a": {"z": "é\u{1}\n\"", "y": {}}});
        assert_eq!(canonical(&value).unwrap(), "{\"a\":{\"y\":{},\"z\":\"é\\u0001\\n\\\"\"},\"b\":[1,true,null]}");
    }
}
