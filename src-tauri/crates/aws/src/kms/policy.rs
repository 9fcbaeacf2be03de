//! Key policies, read for people (IAM JSON policy grammar).
//!
//! Strict in what decides: who, whether, what. A statement that says none or two of `Principal` and `NotPrincipal`, or of
//! `Action` and `NotAction`, or an effect that is neither, is an error, because showing it as something else would mislead.
//! Tolerant in form: a list of one may stand bare, everywhere. What is not known is shown as a condition of the statement
//! instead of being left out.

use cartorio_keys::{AccessCondition, AccessStatement};
use serde_json::{Map, Value};

/// The operator under which the members of a statement are shown that this product does not know.
const UNKNOWN: &str = "?";

/// Reads the statements of a policy document.
///
/// The error says what is wrong, and in which statement (counted from 1).
pub(super) fn statements(document: &str) -> Result<Vec<AccessStatement>, String> {
    let document: Value = serde_json::from_str(document).map_err(|error| format!("it is no JSON ({error})"))?;
    let Value::Object(mut document) = document else { return Err("it is no JSON object".to_owned()) };
    let statements = match document.remove("Statement") {
        Some(Value::Array(statements)) => statements,
        Some(statement @ Value::Object(_)) => vec![statement],
        Some(_) => return Err("Statement is neither an object nor a list".to_owned()),
        None => return Err("it has no Statement".to_owned()),
    };
    statements
        .into_iter()
        .enumerate()
        .map(|(index, value)| {
            match value {
                Value::Object(members) => statement(members),
                _ => Err("is no object".to_owned()),
            }
            .map_err(|reason| format!("statement {} {reason}", index + 1))
        })
        .collect()
}

fn statement(mut members: Map<String, Value>) -> Result<AccessStatement, String> {
    let sid = match members.remove("Sid") {
        None => None,
        Some(Value::String(sid)) => (!sid.is_empty()).then_some(sid),
        Some(_) => return Err("has a Sid that is no text".to_owned()),
    };
    let allows = match members.remove("Effect").as_ref().and_then(Value::as_str) {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => return Err("has an Effect that is neither Allow nor Deny".to_owned()),
    };
    let (principal, principals_excluded) = one_of(&mut members, "Principal", "NotPrincipal")?;
    let (action, actions_excluded) = one_of(&mut members, "Action", "NotAction")?;
    let mut conditions = match members.remove("Condition") {
        None => Vec::new(),
        Some(condition) => read_conditions(condition)?,
    };
    // In a key policy the resource is the key itself, and there is nothing else to say.
    if members.get("Resource").is_some_and(|resource| texts(resource).is_some_and(|all| all == ["*"])) {
        members.remove("Resource");
    }
    for (name, value) in members {
        let values = texts(&value).unwrap_or_else(|| vec![value.to_string()]);
        conditions.push(AccessCondition { operator: UNKNOWN.to_owned(), key: name, values });
    }
    Ok(AccessStatement {
        sid,
        allows,
        principals: read_principals(&principal)?,
        principals_excluded,
        actions: texts(&action).filter(|all| !all.is_empty()).ok_or("has actions that are no texts")?,
        actions_excluded,
        conditions,
    })
}

/// Takes the one of two members that is there, and tells whether it is the second.
fn one_of(members: &mut Map<String, Value>, plain: &str, negated: &str) -> Result<(Value, bool), String> {
    match (members.remove(plain), members.remove(negated)) {
        (Some(value), None) => Ok((value, false)),
        (None, Some(value)) => Ok((value, true)),
        (Some(_), Some(_)) => Err(format!("has both {plain} and {negated}")),
        (None, None) => Err(format!("has neither {plain} nor {negated}")),
    }
}

fn read_principals(value: &Value) -> Result<Vec<String>, String> {
    let refuse = || "has a principal that cannot be read".to_owned();
    let principals = match value {
        Value::String(everybody) if everybody == "*" => vec![everybody.clone()],
        Value::Object(kinds) => {
            let mut principals = Vec::new();
            for (kind, names) in kinds {
                for name in texts(names).ok_or_else(refuse)? {
                    principals.push(match kind.as_str() {
                        // Their form tells what they are: ARN or account, service name, identity provider.
                        "AWS" | "Service" | "Federated" => name,
                        _ => format!("{kind}:{name}"),
                    });
                }
            }
            principals
        }
        _ => return Err(refuse()),
    };
    if principals.is_empty() { Err(refuse()) } else { Ok(principals) }
}

/// `{operator: {key: value or values}}`
fn read_conditions(value: Value) -> Result<Vec<AccessCondition>, String> {
    let refuse = || "has a Condition that cannot be read".to_owned();
    let Value::Object(operators) = value else { return Err(refuse()) };
    let mut conditions = Vec::new();
    for (operator, keys) in operators {
        let Value::Object(keys) = keys else { return Err(refuse()) };
        for (key, values) in keys {
            let values = texts(&values).ok_or_else(refuse)?;
            conditions.push(AccessCondition { operator: operator.clone(), key, values });
        }
    }
    Ok(conditions)
}

/// One value or a list of them, as texts; `None` for anything nested.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(values) => values.iter().map(text).collect(),
        value => text(value).map(|text| vec![text]),
    }
}

/// `"true"`, `true` and `3` are written without a difference in policies.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_policy_of_a_cartorio_is_read() {
        let read = statements(
            r#"{
              "Version": "2012-10-17",
              "Statement": [
                {"Sid": "Enable IAM User Permissions", "Effect": "Allow",
                 "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"},
                {"Effect": "Allow",
                 "Principal": {"AWS": ["arn:aws:iam::111122223333:role/Escrevente", "444455556666"], "Service": "s3.amazonaws.com"},
                 "Action": ["kms:Sign", "kms:GetPublicKey"], "Resource": ["*"],
                 "Condition": {"StringEquals": {"kms:SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256", "kms:MessageType": ["DIGEST"]},
                               "Bool": {"aws:MultiFactorAuthPresent": true}}},
                {"Effect": "Deny", "NotPrincipal": {"CanonicalUser": "79a5", "Federated": "cognito-identity.amazonaws.com"},
                 "NotAction": "kms:Describe*", "Resource": "arn:aws:kms:*", "Novidade": {"a": [1]}},
                {"Effect": "Deny", "Principal": "*", "Action": "kms:ScheduleKeyDeletion"}
              ]}"#,
        )
        .unwrap();
        let condition = |operator: &str, key: &str, value: &str| AccessCondition {
            operator: operator.to_owned(),
            key: key.to_owned(),
            values: vec![value.to_owned()],
        };
        assert_eq!(read.len(), 4);
        assert_eq!(read[0].sid.as_deref(), Some("Enable IAM User Permissions"));
        assert_eq!((read[0].allows, read[0].principals_excluded, read[0].actions_excluded), (true, false, false));
        assert!(read[0].conditions.is_empty(), "the resource of a key policy is the key");
        assert_eq!(
            read[1].principals,
            ["arn:aws:iam::111122223333:role/Escrevente", "444455556666", "s3.amazonaws.com"]
        );
        assert_eq!(
            read[1].conditions,
            [
                condition("Bool", "aws:MultiFactorAuthPresent", "true"),
                condition("StringEquals", "kms:MessageType", "DIGEST"),
                condition("StringEquals", "kms:SigningAlgorithm", "RSASSA_PKCS1_V1_5_SHA_256"),
            ]
        );
        assert_eq!((read[2].allows, read[2].principals_excluded, read[2].actions_excluded), (false, true, true));
        assert_eq!(read[2].principals, ["CanonicalUser:79a5", "cognito-identity.amazonaws.com"]);
        assert_eq!(
            read[2].conditions,
            [condition("?", "Novidade", r#"{"a":[1]}"#), condition("?", "Resource", "arn:aws:kms:*"),]
        );
        assert_eq!((read[3].principals[0].as_str(), read[3].sid.as_deref()), ("*", None));
    }

    #[test]
    fn what_decides_is_not_guessed() {
        let base = json!({"Effect": "Allow", "Principal": "*", "Action": "kms:Sign"});
        let with = |member: &str, value: Value| {
            let mut changed = base.clone();
            changed[member] = value;
            json!({"Statement": ["first is good", changed]}).to_string().replace("\"first is good\"", &base.to_string())
        };
        for (member, value) in [
            ("Effect", json!("allow")),
            ("Effect", json!(null)),
            ("NotPrincipal", json!("*")),
            ("NotAction", json!("kms:*")),
            ("Principal", json!("arn:aws:iam::1:root")),
            ("Principal", json!({})),
            ("Principal", json!({"AWS": {"x": 1}})),
            ("Action", json!([])),
            ("Action", json!([["kms:Sign"]])),
            ("Condition", json!("x")),
            ("Condition", json!({"Bool": "x"})),
            ("Condition", json!({"Bool": {"x": {"y": 1}}})),
            ("Sid", json!(3)),
        ] {
            let document = with(member, value.clone());
            let reason = statements(&document).expect_err(&document);
            assert!(reason.starts_with("statement 2 "), "{member} {value}: {reason}");
        }
        for document in ["", "[]", "{}", r#"{"Statement": "x"}"#, r#"{"Statement": [1]}"#] {
            assert!(statements(document).is_err(), "{document}");
        }
        assert!(statements(r#"{"Statement": []}"#).unwrap().is_empty());
    }

    fn word() -> impl Strategy<Value = String> {
        "[A-Za-z0-9:*/._-]{1,12}"
    }

    fn words() -> impl Strategy<Value = Vec<String>> {
        vec(word(), 1..4)
    }

    fn arbitrary() -> impl Strategy<Value = AccessStatement> {
        let condition =
            (word(), word(), words()).prop_map(|(operator, key, values)| AccessCondition { operator, key, values });
        (
            proptest::option::of(word()),
            any::<bool>(),
            words(),
            any::<bool>(),
            words(),
            any::<bool>(),
            vec(condition, 0..3),
        )
            .prop_map(
                |(sid, allows, principals, principals_excluded, actions, actions_excluded, mut conditions)| {
                    // A JSON object has each member once.
                    conditions.sort_by(|a, b| (&a.operator, &a.key).cmp(&(&b.operator, &b.key)));
                    conditions.dedup_by(|a, b| a.operator == b.operator && a.key == b.key);
                    AccessStatement {
                        sid,
                        allows,
                        principals,
                        principals_excluded,
                        actions,
                        actions_excluded,
                        conditions,
                    }
                },
            )
    }

    /// Writes a list; one of one bare where `bare` says so.
    fn list(values: &[String], bare: bool) -> Value {
        match values {
            [one] if bare => json!(one),
            _ => json!(values),
        }
    }

    fn written(statement: &AccessStatement, bare: bool) -> Value {
        let mut members = Map::new();
        if let Some(sid) = &statement.sid {
            members.insert("Sid".to_owned(), json!(sid));
        }
        members.insert("Effect".to_owned(), json!(if statement.allows { "Allow" } else { "Deny" }));
        let name = if statement.principals_excluded { "NotPrincipal" } else { "Principal" };
        members.insert(name.to_owned(), json!({"AWS": list(&statement.principals, bare)}));
        let name = if statement.actions_excluded { "NotAction" } else { "Action" };
        members.insert(name.to_owned(), list(&statement.actions, bare));
        members.insert("Resource".to_owned(), json!("*"));
        let mut conditions = Map::new();
        for condition in &statement.conditions {
            let keys = conditions.entry(condition.operator.clone()).or_insert_with(|| json!({}));
            keys[&condition.key] = list(&condition.values, bare);
        }
        if !conditions.is_empty() {
            members.insert("Condition".to_owned(), Value::Object(conditions));
        }
        Value::Object(members)
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(policy in vec(arbitrary(), 1..4), bare: bool) {
            let values: Vec<Value> = policy.iter().map(|statement| written(statement, bare)).collect();
            let list = match values.as_slice() {
                [one] if bare => one.clone(),
                _ => json!(values),
            };
            let document = json!({"Version": "2012-10-17", "Statement": list}).to_string();
            prop_assert_eq!(statements(&document).unwrap(), policy);
        }

        #[test]
        fn nothing_makes_it_panic(text in ".{0,200}", member in "(Sid|Effect|Principal|Action|Condition|Other)", value in ".{0,40}") {
            let _ = statements(&text);
            let document = format!(r#"{{"Statement": {{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "{member}": {value}}}}}"#);
            let _ = statements(&document);
        }
    }
}
