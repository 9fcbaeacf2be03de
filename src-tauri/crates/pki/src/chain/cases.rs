//! Validation cases, one JSON object a line: what `cartorio chain --cases` reads and writes.
//!
//! The fields are those of public test suites (NIST PKITS, x509-limbo): `id`, `roots`, `inters`, `leaf`, `crls` (base64 DER),
//! `time` (Unix seconds; absent or null: `now`), `policies`, `explicit`, `inhibit_any`, `inhibit_map`, `kind` (`SERVER`, `CLIENT`),
//! `peer` and `peers` (`{"kind": "DNS" | "IP" | "RFC822", "value"}`), `eku`, `ku`, `max_depth`.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{Conclusion, PeerName, Purpose, Requirements, Reviewer, RevocationMode};
use crate::certificate::{Certificate, KeyUsage};
use crate::crl::Crl;

/// What came of one case.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct CaseResult {
    /// The case's own name; empty when the line has none.
    pub id: String,
    /// The bottom line.
    pub result: CaseVerdict,
    /// Codes of what keeps it from being valid, without repetition.
    pub errors: Vec<String>,
    /// Microseconds from the parsed line to the verdict, certificates and lists read included.
    pub micros: u64,
}

/// The bottom line of a case.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseVerdict {
    /// A path holds, and everything that was asked for is there.
    Valid,
    /// No path holds, or the case cannot be read.
    Invalid,
    /// Something could not be decided.
    Indeterminate,
}

/// A case that was read.
pub struct Case {
    /// Its name.
    pub id: String,
    target: Certificate,
    pool: Vec<Certificate>,
    anchors: Vec<Certificate>,
    crls: Vec<Crl>,
    at: OffsetDateTime,
    requirements: Requirements,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    roots: Vec<String>,
    #[serde(default)]
    inters: Vec<String>,
    leaf: String,
    #[serde(default)]
    crls: Vec<String>,
    #[serde(default)]
    time: Option<i64>,
    #[serde(default)]
    policies: Vec<String>,
    #[serde(default)]
    explicit: bool,
    #[serde(default)]
    inhibit_any: bool,
    #[serde(default)]
    inhibit_map: bool,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    peer: Option<Peer>,
    #[serde(default)]
    peers: Option<Vec<Peer>>,
    #[serde(default)]
    eku: Option<Vec<String>>,
    #[serde(default)]
    ku: Option<Vec<String>>,
    #[serde(default)]
    max_depth: Option<u32>,
}

#[derive(Deserialize)]
struct Peer {
    kind: String,
    value: String,
}

#[derive(Deserialize)]
struct Named {
    #[serde(default)]
    id: serde_json::Value,
}

/// Runs one line. A line that is no case, or whose certificates cannot be read, is invalid with the code that says why.
///
/// `now` stands for the time of cases that name none.
pub fn run(line: &str, now: OffsetDateTime) -> CaseResult {
    let id = match serde_json::from_str::<Named>(line).map(|named| named.id) {
        Ok(serde_json::Value::String(id)) => id,
        Ok(serde_json::Value::Null) | Err(_) => String::new(),
        Ok(other) => other.to_string(),
    };
    let invalid =
        |code: String, micros| CaseResult { id: id.clone(), result: CaseVerdict::Invalid, errors: vec![code], micros };
    let Ok(parsed) = serde_json::from_str::<Line>(line) else {
        return invalid("case_malformed".to_owned(), 0);
    };
    let started = Instant::now();
    let elapsed = |started: Instant| u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    match read(id.clone(), parsed, now) {
        Ok(case) => {
            let (result, errors) = case.verdict();
            CaseResult { id: case.id, result, errors, micros: elapsed(started) }
        }
        Err(code) => invalid(code, elapsed(started)),
    }
}

impl Case {
    /// Reads one line.
    ///
    /// # Errors
    /// The code of what is wrong with it.
    pub fn from_line(line: &str, now: OffsetDateTime) -> Result<Self, String> {
        let id = serde_json::from_str::<Named>(line).ok().and_then(|named| named.id.as_str().map(str::to_owned));
        let parsed = serde_json::from_str::<Line>(line).map_err(|_| "case_malformed".to_owned())?;
        read(id.unwrap_or_default(), parsed, now)
    }

    /// The same case with every certificate and list read from its bytes again: what a measurement repeats.
    #[must_use]
    pub fn reread(&self) -> Self {
        let certificate = |own: &Certificate| Certificate::from_der(&own.der).unwrap_or_else(|_| own.clone());
        Self {
            id: self.id.clone(),
            target: certificate(&self.target),
            pool: self.pool.iter().map(certificate).collect(),
            anchors: self.anchors.iter().map(certificate).collect(),
            crls: self.crls.iter().map(|own| Crl::from_der(&own.der).unwrap_or_else(|_| own.clone())).collect(),
            at: self.at,
            requirements: self.requirements.clone(),
        }
    }

    /// Judges it.
    pub fn verdict(&self) -> (CaseVerdict, Vec<String>) {
        let reviewer = Reviewer::new(&self.pool, &self.anchors, &self.crls);
        let (conclusion, codes) = reviewer.verdict(&self.target, self.at, &self.requirements);
        let verdict = match conclusion {
            Conclusion::Passed => CaseVerdict::Valid,
            Conclusion::Indeterminate => CaseVerdict::Indeterminate,
            // Other roots could make it right; none of those that the case gives does.
            Conclusion::Failed => CaseVerdict::Invalid,
        };
        (verdict, codes.into_iter().map(str::to_owned).collect())
    }
}

fn read(id: String, line: Line, now: OffsetDateTime) -> Result<Case, String> {
    let certificates = |list: &[String]| list.iter().map(|text| certificate(text)).collect::<Result<Vec<_>, _>>();
    let crls = line
        .crls
        .iter()
        .map(|text| Crl::from_der(&decode(text)?).map_err(|error| error.code().to_owned()))
        .collect::<Result<Vec<_>, _>>()?;
    let at = match line.time {
        Some(seconds) => {
            OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| "case_time_out_of_range".to_owned())?
        }
        None => now,
    };
    let mut peers = Vec::new();
    // A server's certificate is asked for by its name; a list of peers is whom any certificate must be for.
    for peer in line.peer.into_iter().chain(line.peers.unwrap_or_default()) {
        peers.push(peer_name(&peer)?);
    }
    let requirements = Requirements {
        policies: line.policies,
        explicit_policy: line.explicit,
        inhibit_any_policy: line.inhibit_any,
        inhibit_policy_mapping: line.inhibit_map,
        revocation: if crls.is_empty() { RevocationMode::Off } else { RevocationMode::Require },
        // What the certificate must be good for is said by `eku` and `ku`; `kind` only says whose name `peer` is.
        purpose: match line.kind.as_deref() {
            None | Some("SERVER" | "CLIENT") => Purpose::Any,
            Some(_) => return Err("case_kind_unknown".to_owned()),
        },
        key_usages: line.ku.unwrap_or_default().iter().map(|name| key_usage(name)).collect::<Result<_, _>>()?,
        extended_key_usages: line.eku.unwrap_or_default().iter().map(|name| purpose(name)).collect::<Result<_, _>>()?,
        peers,
        max_depth: line.max_depth,
    };
    Ok(Case {
        id,
        target: certificate(&line.leaf)?,
        pool: certificates(&line.inters)?,
        anchors: certificates(&line.roots)?,
        crls,
        at,
        requirements,
    })
}

fn decode(text: &str) -> Result<Vec<u8>, String> {
    BASE64.decode(text).map_err(|_| "case_base64_malformed".to_owned())
}

fn certificate(text: &str) -> Result<Certificate, String> {
    Certificate::from_der(&decode(text)?).map_err(|error| error.code().to_owned())
}

fn peer_name(peer: &Peer) -> Result<PeerName, String> {
    match peer.kind.as_str() {
        "DNS" => Ok(PeerName::Dns(peer.value.clone())),
        "IP" => peer.value.parse().map(PeerName::Ip).map_err(|_| "case_peer_malformed".to_owned()),
        "RFC822" => Ok(PeerName::Email(peer.value.clone())),
        _ => Err("case_peer_unknown".to_owned()),
    }
}

fn key_usage(name: &str) -> Result<KeyUsage, String> {
    KeyUsage::ALL.into_iter().find(|usage| usage.name() == name).ok_or_else(|| "case_key_usage_unknown".to_owned())
}

fn purpose(name: &str) -> Result<String, String> {
    Ok(match name {
        "anyExtendedKeyUsage" => "2.5.29.37.0",
        "serverAuth" => "1.3.6.1.5.5.7.3.1",
        "clientAuth" => "1.3.6.1.5.5.7.3.2",
        "codeSigning" => "1.3.6.1.5.5.7.3.3",
        "emailProtection" => "1.3.6.1.5.5.7.3.4",
        "timeStamping" => "1.3.6.1.5.5.7.3.8",
        "OCSPSigning" => "1.3.6.1.5.5.7.3.9",
        dotted if dotted.split('.').all(|arc| !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit())) => {
            dotted
        }
        _ => return Err("case_extended_key_usage_unknown".to_owned()),
    }
    .to_owned())
}
