//! `cargo xtask bench sign | keys`: signatures per second beside pyHanko's on the same files; signatures of one key beside
//! `openssl speed`, and batches against KMS's latency and quota.

use std::process::ExitCode;

use crate::places::Places;
use crate::process::{self, Failure};
use crate::setup::{self, Purpose};
use crate::surroundings::Surroundings;

/// Builds the release command line and hands over to the driver, which explains its own arguments.
pub fn run(places: &Places, arguments: &[String]) -> Result<ExitCode, Failure> {
    match arguments.split_first() {
        Some((what, rest)) if what == "sign" => sign(places, rest),
        Some((what, [])) if what == "keys" => keys(places),
        _ => Err(Failure::new("bench knows two things: `cargo xtask bench sign` and `cargo xtask bench keys`")),
    }
}

/// Each of the two says its ratios in its last line, as JSON.
fn keys(places: &Places) -> Result<ExitCode, Failure> {
    setup::setup(places, Purpose::Test)?;
    for (package, bench) in [("cartorio-keys", "local_sign"), ("cartorio-aws", "kms")] {
        process::call(process::cargo(&places.root).args(["bench", "--package", package, "--bench", bench]))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn sign(places: &Places, rest: &[String]) -> Result<ExitCode, Failure> {
    setup::setup(places, Purpose::Test)?;
    process::call(process::cargo(&places.root).args(["build", "--release", "--package", "cartorio-cli"]))?;
    let surroundings = Surroundings::new(places)?;
    let python = places.venv_python("judges");
    process::call(
        surroundings
            .with_keyring(&[python.to_string_lossy().as_ref()])
            .arg(places.interop().join("bench_sign.py"))
            .arg("--cartorio")
            .arg(places.binary("release", "cartorio"))
            .args(rest),
    )?;
    Ok(ExitCode::SUCCESS)
}
