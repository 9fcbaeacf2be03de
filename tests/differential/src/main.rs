//! Cases in, one JSON object a line; verdicts of certval out, one JSON object a line: `{"id", "result", "error"}`.
//!
//! The cases are those of `cartorio chain --cases`. Path building and validation are certval's; nothing is asked of any network.
//! certval compares no peer names and has no revocation without lists; a case without lists is judged without revocation.

use std::io::{BufRead, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use certval::{
    CertFile, CertSource, CertVector, CertificationPathResults, CertificationPathSettings, MemoryCrlSource,
    PkiEnvironment, TaSource, TimeOfInterest, check_revocation_local, enforce_trust_anchor_constraints, parse_cert,
};
use serde_json::{Value, json};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let Ok(case) = serde_json::from_str::<Value>(&line) else { continue };
        let (result, error) = match verdict(&case) {
            Ok(()) => ("valid", None),
            Err(error) => ("invalid", Some(error)),
        };
        writeln!(out, "{}", json!({ "id": case["id"], "result": result, "error": error }))?;
    }
    Ok(())
}

/// Valid when one of the paths that certval builds holds; else what is wrong with the last.
fn verdict(case: &Value) -> Result<(), String> {
    let at = u64::try_from(case["time"].as_i64().unwrap_or(NOW)).unwrap_or_default();
    let at = TimeOfInterest::from_unix_secs(at).map_err(|error| error.to_string())?;
    let settings = settings(case, at);

    let mut anchors = TaSource::new();
    for (place, bytes) in list(case, "roots")?.into_iter().enumerate() {
        anchors.push(CertFile { filename: format!("root {place}"), bytes });
    }
    anchors.initialize().map_err(told)?;
    let mut authorities = CertSource::new();
    for (place, bytes) in list(case, "inters")?.into_iter().enumerate() {
        authorities.push(CertFile { filename: format!("intermediate {place}"), bytes });
    }
    authorities.initialize(&settings).map_err(told)?;

    let mut environment = PkiEnvironment::default();
    environment.populate_5280_pki_environment();
    environment.add_trust_anchor_source(Box::new(anchors));
    authorities.find_all_partial_paths(&environment, &settings);
    environment.add_certificate_source(Box::new(authorities));
    let lists = list(case, "crls")?;
    if !lists.is_empty() {
        let source = MemoryCrlSource::new();
        for crl in &lists {
            source.add(crl);
        }
        environment.add_crl_source(Box::new(source));
    }

    let leaf = bytes(&case["leaf"])?;
    let target = parse_cert(&leaf, "target").map_err(told)?;
    let mut paths = Vec::new();
    environment.get_paths_for_target(&target, &mut paths, 0, at).map_err(told)?;
    let mut last = "no path".to_owned();
    for path in &paths {
        let judged = enforce_trust_anchor_constraints(&settings, &path.trust_anchor).and_then(|settings| {
            let mut results = CertificationPathResults::new();
            environment.validate_path(&environment, &settings, path, &mut results)?;
            check_revocation_local(&environment, &settings, path, &mut results)
        });
        match judged {
            Ok(()) => return Ok(()),
            Err(error) => last = told(error),
        }
    }
    Err(last)
}

/// The instant of cases that name none: 2026-11-01 12:00 UTC, as in our own runs.
const NOW: i64 = 1_793_534_400;

fn settings(case: &Value, at: TimeOfInterest) -> CertificationPathSettings {
    let on = |name: &str| case[name].as_bool() == Some(true);
    let mut settings = CertificationPathSettings::new();
    settings.set_time_of_interest(at);
    settings.set_initial_explicit_policy_indicator(on("explicit"));
    settings.set_initial_inhibit_any_policy_indicator(on("inhibit_any"));
    settings.set_initial_policy_mapping_inhibit_indicator(on("inhibit_map"));
    let policies = texts(&case["policies"]);
    if !policies.is_empty() {
        settings.set_initial_policy_set(policies);
    }
    let lists = case["crls"].as_array().is_some_and(|lists| !lists.is_empty());
    // Name constraints of a root count, as they do for us (RFC 5937 §3.2).
    settings.set_enforce_trust_anchor_constraints(true);
    settings.set_check_revocation_status(lists);
    settings.set_check_crls(lists);
    let purposes: Vec<String> = texts(&case["eku"]).iter().map(|name| purpose(name).to_owned()).collect();
    if !purposes.is_empty() {
        settings.set_extended_key_usage(purposes);
    }
    if let Some(depth) = case["max_depth"].as_u64().and_then(|depth| u8::try_from(depth).ok()) {
        settings.set_initial_path_length_constraint(depth);
    }
    settings
}

fn purpose(name: &str) -> &str {
    match name {
        "anyExtendedKeyUsage" => "2.5.29.37.0",
        "serverAuth" => "1.3.6.1.5.5.7.3.1",
        "clientAuth" => "1.3.6.1.5.5.7.3.2",
        "codeSigning" => "1.3.6.1.5.5.7.3.3",
        "emailProtection" => "1.3.6.1.5.5.7.3.4",
        "timeStamping" => "1.3.6.1.5.5.7.3.8",
        "OCSPSigning" => "1.3.6.1.5.5.7.3.9",
        dotted => dotted,
    }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn list(case: &Value, name: &str) -> Result<Vec<Vec<u8>>, String> {
    case[name].as_array().into_iter().flatten().map(bytes).collect()
}

fn bytes(text: &Value) -> Result<Vec<u8>, String> {
    BASE64.decode(text.as_str().unwrap_or_default()).map_err(|error| error.to_string())
}

fn told(error: certval::Error) -> String {
    format!("{error:?}")
}
