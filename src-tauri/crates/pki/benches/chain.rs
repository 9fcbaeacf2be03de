//! Validations a second beside the bare path of the library: `d2i_X509`, `X509_STORE`, `X509_verify_cert` for the same cases, in
//! the same process, taking turns. Reads the JSON cases of the file in `CARTORIO_CASES`, else the shared corpus. The last line is JSON.
//!
//! Two comparisons: `read` takes DER to verdict on both sides; `held` verifies objects that were read before.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cartorio_pki::chain::cases::Case;
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
}

struct Held {
    roots: Vec<X509>,
    inters: Vec<X509>,
    leaf: X509,
    crls: Vec<X509Crl>,
    at: i64,
}

impl Bare {
    fn new(case: &Value) -> Self {
        let list = |name: &str| -> Vec<Vec<u8>> {
            case[name].as_array().unwrap().iter().map(|item| BASE64.decode(item.as_str().unwrap()).unwrap()).collect()
        };
        Self {
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
        }
    }
}

impl Held {
    /// As `openssl verify -policy_check` does it, with the lists in the store.
    fn verify(&self) -> bool {
        let mut builder = X509StoreBuilder::new().unwrap();
        for root in &self.roots {
            builder.add_cert(root.clone()).unwrap();
        }
        let mut flags = X509VerifyFlags::POLICY_CHECK;
        if !self.crls.is_empty() {
            flags |= X509VerifyFlags::CRL_CHECK
                | X509VerifyFlags::CRL_CHECK_ALL
                | X509VerifyFlags::EXTENDED_CRL_SUPPORT
                | X509VerifyFlags::USE_DELTAS;
        }
        let mut param = X509VerifyParam::new().unwrap();
        param.set_flags(flags).unwrap();
        param.set_time(self.at);
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

/// The one binding that the `openssl` crate lacks for this.
#[allow(unsafe_code)]
fn add_crl(store: &openssl::x509::store::X509Store, crl: &X509Crl) {
    use foreign_types_shared::ForeignType;
    unsafe extern "C" {
        fn X509_STORE_add_crl(store: *mut openssl_sys::X509_STORE, crl: *mut openssl_sys::X509_CRL) -> std::ffi::c_int;
    }
    // SAFETY: both are alive; the store takes a counted reference of its own.
    unsafe { X509_STORE_add_crl(store.as_ptr(), crl.as_ptr()) };
}

/// Runs both in turns; gives rounds a second of the fastest turn of each.
fn duel(mut ours: impl FnMut() -> usize, mut theirs: impl FnMut() -> usize) -> (f64, f64) {
    let turn = |body: &mut dyn FnMut() -> usize| {
        let started = Instant::now();
        let mut done = 0;
        while started.elapsed() < Duration::from_millis(400) {
            done += black_box(body());
        }
        done as f64 / started.elapsed().as_secs_f64()
    };
    let (mut best_ours, mut best_theirs) = (0.0_f64, 0.0_f64);
    for _ in 0..8 {
        best_theirs = best_theirs.max(turn(&mut theirs));
        best_ours = best_ours.max(turn(&mut ours));
    }
    (best_ours, best_theirs)
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
    for (name, with_crls) in [("with_crls", true), ("without_crls", false)] {
        let lines: Vec<String> = text
            .lines()
            .map(|line| {
                let mut case: Value = serde_json::from_str(line).unwrap();
                if !with_crls {
                    case["crls"] = Value::Array(Vec::new());
                }
                case.to_string()
            })
            .filter(|line| !line.contains("DSA"))
            .collect();
        let bare: Vec<Bare> = lines.iter().map(|line| Bare::new(&serde_json::from_str(line).unwrap())).collect();
        let held: Vec<Held> = bare.iter().map(Bare::read).collect();
        let cases: Vec<Case> =
            lines.iter().map(|line| Case::from_line(line, OffsetDateTime::UNIX_EPOCH).unwrap()).collect();
        let (ours, theirs) = duel(
            || cases.iter().map(|case| black_box(case.verdict())).count(),
            || held.iter().map(|case| black_box(case.verify())).count(),
        );
        println!("{name}, held: {ours:.0}/s, bare {theirs:.0}/s, ratio {:.2}", ours / theirs);
        ratios.insert(format!("{name}_held"), (ours / theirs).into());
        let (ours, theirs) = duel(
            || cases.iter().map(|case| black_box(case.reread().verdict())).count(),
            || bare.iter().map(|case| black_box(case.read().verify())).count(),
        );
        println!("{name}, read: {ours:.0}/s, bare {theirs:.0}/s, ratio {:.2}", ours / theirs);
        ratios.insert(format!("{name}_read"), (ours / theirs).into());
    }
    println!("{}", Value::Object(ratios));
}
