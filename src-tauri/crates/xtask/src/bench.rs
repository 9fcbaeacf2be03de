//! `cargo xtask bench sign`: our signatures per second beside pyHanko's, on the same files in one run.

use std::process::ExitCode;

use crate::places::Places;
use crate::process::{self, Failure};
use crate::setup::{self, Purpose};
use crate::surroundings::Surroundings;

/// Builds the release command line and hands over to the driver, which explains its own arguments.
pub fn run(places: &Places, arguments: &[String]) -> Result<ExitCode, Failure> {
    let rest = match arguments.split_first() {
        Some((what, rest)) if what == "sign" => rest,
        _ => {
            return Err(Failure::new("bench knows one thing: `cargo xtask bench sign`"));
        }
    };
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
