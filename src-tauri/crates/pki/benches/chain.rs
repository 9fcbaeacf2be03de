//! Validations a second beside the bare path of the library: `d2i_X509`, `X509_STORE`, `X509_verify_cert` for the same cases, in
//! the same process, taking turns. Reads the JSON cases of the file in `CARTORIO_CASES`, else the shared corpus. The last line is JSON.
//!
//! Two comparisons: `read` takes DER to verdict on both sides; `held` verifies objects that were read before.
//!
//! Two sets: the cases that both find valid, where both do the same work, are the ratio that counts. Over all cases ours finds
//! every error, while the bare path stops at the first; that ratio is told beside it. Cases with DSA are left out.
//!
//! `CARTORIO_BENCH_DETAIL=1` prints microseconds for every case, the dearest last.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cartorio_pki::chain::cases::{Case, CaseVerdict};
use openssl::stack::Stack;
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509Crl, X509StoreContext};
use serde_json::Value;
use time::OffsetDateTime;

/// One case as the library takes it.
struct Bare {
    roots: Vec<Vec<u8>>,
    inters: Vec<Vec<u8>>,
    leaf: Vec<u8>,
    crls: Vec<Vec<u8>>,
    at: i64,
    flags: X509VerifyFlags,
    policies: Vec<String>,
}

struct Held {
    roots: Vec<X509>,
    inters: Vec<X509>,
    leaf: X509,
    crls: Vec<X509Crl>,
    at: i64,
    flags: X509VerifyFlags,
    policies: Vec<String>,
}

impl Bare {
    fn new(case: &Value) -> Self {
        let list = |name: &str| -> Vec<Vec<u8>> {
            case[name].as_array().unwrap().iter().map(|item| BASE64.decode(item.as_str().unwrap()).unwrap()).collect()
        };
        let mut flags = X509VerifyFlags::POLICY_CHECK;
        for (name, flag) in [
            ("explicit", X509VerifyFlags::EXPLICIT_POLICY),
            ("inhibit_any", X509VerifyFlags::INHIBIT_ANY),
            ("inhibit_map", X509VerifyFlags::INHIBIT_MAP),
        ] {
            if case[name].as_bool() == Some(true) {
                flags |= flag;
            }
        }
        let asked = case["policies"].as_array().cloned().unwrap_or_default();
        let policies: Vec<String> = asked.iter().map(|policy| policy.as_str().unwrap().to_owned()).collect();
        Self {
            flags,
            // The library reads an empty set as «no policy».
            policies: if policies.is_empty() { vec!["2.5.29.32.0".to_owned()] } else { policies },
            roots: list("roots"),
            inters: list("inters"),
            leaf: BASE64.decode(case["leaf"].as_str().unwrap()).unwrap(),
            crls: list("crls"),
            at: case["time"].as_i64().unwrap(),
        }
    }

    fn read(&self) -> Held {
        let all = |list: &[Vec<u8>]| list.iter().map(|der| X509::from_der(der).unwrap()).collect();
        Held {
            roots: all(&self.roots),
            inters: all(&self.inters),
            leaf: X509::from_der(&self.leaf).unwrap(),
            crls: self.crls.iter().map(|der| X509Crl::from_der(der).unwrap()).collect(),
            at: self.at,
            flags: self.flags,
            policies: self.policies.clone(),
        }
    }
}

impl Held {
    /// As `openssl verify -policy_check` does it, with the lists in the store, and what the case asks of policies.
    fn verify(&self) -> bool {
        let mut builder = X509StoreBuilder::new().unwrap();
        for root in &self.roots {
            builder.add_cert(root.clone()).unwrap();
        }
        let mut flags = self.flags;
        if !self.crls.is_empty() {
            flags |= X509VerifyFlags::CRL_CHECK
                | X509VerifyFlags::CRL_CHECK_ALL
                | X509VerifyFlags::EXTENDED_CRL_SUPPORT
                | X509VerifyFlags::USE_DELTAS;
        }
        let mut param = X509VerifyParam::new().unwrap();
        param.set_flags(flags).unwrap();
        param.set_time(self.at);
        for policy in &self.policies {
            add_policy(&mut param, policy);
        }
        builder.set_param(&param).unwrap();
        let store = builder.build();
        for crl in &self.crls {
            add_crl(&store, crl);
        }
        let mut untrusted = Stack::new().unwrap();
        for certificate in &self.inters {
            untrusted.push(certificate.clone()).unwrap();
        }
        let mut context = X509StoreContext::new().unwrap();
        let valid = context.init(&store, &self.leaf, &untrusted, |context| context.verify_cert()).unwrap_or(false);
        drop(openssl::error::ErrorStack::get());
        valid
    }
}

/// A binding that the `openssl` crate lacks.
#[allow(unsafe_code)]
fn add_policy(param: &mut X509VerifyParam, policy: &str) {
    use foreign_types_shared::ForeignType;
    unsafe extern "C" {
        fn X509_VERIFY_PARAM_add0_policy(
            param: *mut openssl_sys::X509_VERIFY_PARAM,
            policy: *mut openssl_sys::ASN1_OBJECT,
        ) -> std::ffi::c_int;
    }
    let object = openssl::asn1::Asn1Object::from_str(policy).unwrap();
    // SAFETY: both are alive; the parameters own the object from now on.
    if unsafe { X509_VERIFY_PARAM_add0_policy(param.as_ptr(), object.as_ptr()) } == 1 {
        std::mem::forget(object);
    }
}

/// A binding that the `openssl` crate lacks.
#[allow(unsafe_code)]
fn add_crl(store: &openssl::x509::store::X509Store, crl: &X509Crl) {
    use foreign_types_shared::ForeignType;
    unsafe extern "C" {
        fn X509_STORE_add_crl(store: *mut openssl_sys::X509_STORE, crl: *mut openssl_sys::X509_CRL) -> std::ffi::c_int;
    }
    // SAFETY: both are alive; the store takes a counted reference of its own.
    unsafe { X509_STORE_add_crl(store.as_ptr(), crl.as_ptr()) };
}

/// Rounds of each case; the least time of each side counts, so that what else the machine does counts as little as can be.
const ROUNDS: usize = 40;

/// Runs both in turns; gives the least microseconds of each.
fn duel(ours: &dyn Fn(), theirs: &dyn Fn()) -> (f64, f64) {
    let timed = |body: &dyn Fn()| {
        let started = Instant::now();
        body();
        started.elapsed().as_secs_f64() * 1e6
    };
    let (mut least_ours, mut least_theirs) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        least_theirs = least_theirs.min(timed(theirs));
        least_ours = least_ours.min(timed(ours));
    }
    (least_ours, least_theirs)
}

/// The two sides of one set of cases.
struct Sides<'a> {
    cases: Vec<&'a Case>,
    bare: Vec<&'a Bare>,
    held: Vec<&'a Held>,
}

impl Sides<'_> {
    fn held(&self) -> Vec<(f64, f64)> {
        let pairs = self.cases.iter().zip(&self.held);
        pairs
            .map(|(case, held)| {
                duel(&|| drop(black_box(case.verdict())), &|| {
                    black_box(held.verify());
                })
            })
            .collect()
    }

    fn read(&self) -> Vec<(f64, f64)> {
        let pairs = self.cases.iter().zip(&self.bare);
        let ours = |case: &Case| drop(black_box(case.reread().verdict()));
        let theirs = |bare: &Bare| {
            black_box(bare.read().verify());
        };
        pairs.map(|(case, bare)| duel(&|| ours(case), &|| theirs(bare))).collect()
    }

    /// Microseconds of each case: ours, the bare path's, the difference.
    fn detail(&self, times: &[(f64, f64)]) {
        let mut rows: Vec<_> = self.cases.iter().zip(times).collect();
        rows.sort_by(|a, b| (a.1.0 - a.1.1).total_cmp(&(b.1.0 - b.1.1)));
        for (case, (ours, theirs)) in rows {
            println!("  {ours:7.1} {theirs:7.1} {:+7.1} {}", ours - theirs, case.id);
        }
    }
}

/// The one-minute load of the machine; empty where it does not say.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

fn main() {
    let file = std::env::var_os("CARTORIO_CASES").map_or_else(
        || {
            let own = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
            own.ancestors().nth(3).unwrap().join("../shared/corpus/x509-cases/pkits.jsonl")
        },
        PathBuf::from,
    );
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("no cases in {}; name a file in CARTORIO_CASES", file.display());
        return;
    };
    let mut ratios = serde_json::Map::new();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|case| !case["id"].as_str().unwrap_or_default().contains("DSA"))
        .collect();
    let detailed = std::env::var_os("CARTORIO_BENCH_DETAIL").is_some();
    for (name, with_crls) in [("with_crls", true), ("without_crls", false)] {
        let lines: Vec<Value> = lines
            .iter()
            .cloned()
            .map(|mut case| {
                if !with_crls {
                    case["crls"] = Value::Array(Vec::new());
                }
                case
            })
            .collect();
        let bare: Vec<Bare> = lines.iter().map(Bare::new).collect();
        let held: Vec<Held> = bare.iter().map(Bare::read).collect();
        let cases: Vec<Case> =
            lines.iter().map(|case| Case::from_line(&case.to_string(), OffsetDateTime::UNIX_EPOCH).unwrap()).collect();
        let both_valid: Vec<bool> = cases
            .iter()
            .zip(&held)
            .map(|(case, held)| case.verdict().0 == CaseVerdict::Valid && held.verify())
            .collect();
        for (set, only_valid) in [("valid", true), ("all", false)] {
            let chosen: Vec<usize> = (0..lines.len()).filter(|place| !only_valid || both_valid[*place]).collect();
            let sides = Sides {
                cases: chosen.iter().map(|place| &cases[*place]).collect(),
                bare: chosen.iter().map(|place| &bare[*place]).collect(),
                held: chosen.iter().map(|place| &held[*place]).collect(),
            };
            let note = if only_valid {
                "both do the same work"
            } else {
                "ours reports every error, the bare path stops at the first"
            };
            for (how, times) in [("held", sides.held()), ("read", sides.read())] {
                if detailed {
                    println!("{name}, {set}, {how}: microseconds ours, bare, difference");
                    sides.detail(&times);
                }
                let a_second = |sum: f64| chosen.len() as f64 * 1e6 / sum;
                let ours = a_second(times.iter().map(|own| own.0).sum());
                let theirs = a_second(times.iter().map(|own| own.1).sum());
                let ratio = ours / theirs;
                println!(
                    "{name}, {set} ({} cases, {note}), {how}: {ours:.0}/s, bare {theirs:.0}/s, ratio {ratio:.2}, load {}",
                    chosen.len(),
                    load()
                );
                ratios.insert(format!("{name}_{set}_{how}"), ratio.into());
            }
        }
    }
    println!("{}", Value::Object(ratios));
}
