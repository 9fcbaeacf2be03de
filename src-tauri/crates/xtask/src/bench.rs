//! `cargo xtask bench sign | huge | keys | chain | heap`: signatures per second beside pyHanko's, OpenSSL's and JSignPdf's, and what they
//! cost in RSA operations; memory and time for files of gigabytes; signatures of one key beside `openssl speed`, and batches
//! against KMS's latency and quota; validations per second beside OpenSSL's library path; CPU of putting 10,000 objects on the heap.

use std::process::{Command, ExitCode};

use crate::places::Places;
use crate::process::{self, Failure};
use crate::setup::{self, Purpose};
use crate::surroundings::Surroundings;

/// Builds the release command line and hands over to the driver, which explains its own arguments.
pub fn run(places: &Places, arguments: &[String]) -> Result<ExitCode, Failure> {
    match arguments.split_first() {
        Some((what, rest)) if what == "sign" => sign(places, rest),
        Some((what, rest)) if what == "huge" => huge(places, rest),
        Some((what, [])) if what == "keys" => keys(places),
        Some((what, [])) if what == "chain" => chain(places),
        Some((what, [])) if what == "heap" => heap(places),
        _ => Err(Failure::new("bench knows `cargo xtask bench sign`, `huge`, `keys`, `chain` and `heap`")),
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

/// PKITS, built from PyPI's `cryptography-vectors`; the last line has the ratios, as JSON.
fn chain(places: &Places) -> Result<ExitCode, Failure> {
    setup::setup(places, Purpose::Test)?;
    let cases = std::env::temp_dir().join(format!("cartorio-pkits-{}.jsonl", std::process::id()));
    let written = std::fs::File::create(&cases)
        .map_err(|error| Failure::new(format!("{} cannot be written: {error}", cases.display())))?;
    process::call(
        Command::new(places.venv_python("judges"))
            .arg(places.interop().join("pkits_cases.py"))
            .arg(places.root.join("src-tauri/crates/pki/tests/pkits.tsv"))
            .stdout(written),
    )?;
    let bench = ["bench", "--package", "cartorio-pki", "--bench", "chain"];
    let done = process::call(process::cargo(&places.root).args(bench).env("CARTORIO_CASES", &cases));
    let _ = std::fs::remove_file(&cases);
    done.map(|()| ExitCode::SUCCESS)
}

/// The last line has the seconds of CPU beside the bar, as JSON.
fn heap(places: &Places) -> Result<ExitCode, Failure> {
    setup::setup(places, Purpose::Test)?;
    process::call(process::cargo(&places.root).args(["bench", "--package", "cartorio-office", "--bench", "heap"]))?;
    Ok(ExitCode::SUCCESS)
}

/// Files of so many GiB (4 where nothing is said); the last line has the peaks, as JSON.
fn huge(places: &Places, rest: &[String]) -> Result<ExitCode, Failure> {
    setup::setup(places, Purpose::Test)?;
    process::call(office_bench(places).arg("huge").args(rest))?;
    Ok(ExitCode::SUCCESS)
}

fn office_bench(places: &Places) -> Command {
    let mut command = process::cargo(&places.root);
    command.args(["bench", "--package", "cartorio-office", "--bench", "sign", "--"]);
    command
}

/// Hides AVX-512 IFMA (CPUID leaf 7, EBX bit 21) from OpenSSL and from AWS-LC, which both read this variable.
const WITHOUT_IFMA: &str = ":~0x200000";

/// Whether this CPU multiplies large numbers with AVX-512 IFMA; office machines hardly ever do.
fn has_ifma() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx512ifma");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// The office by itself (a local key, a key that is 30 ms away), then the command line beside the others. Each says its numbers in
/// its last line, as JSON.
fn sign(places: &Places, rest: &[String]) -> Result<ExitCode, Failure> {
    setup::setup(places, Purpose::Test)?;
    process::call(office_bench(places).arg("batch"))?;
    if has_ifma() {
        println!("the same, as on a CPU without AVX-512 IFMA, where an RSA operation costs more than twice as much:");
        process::call(office_bench(places).arg("batch").env("OPENSSL_ia32cap", WITHOUT_IFMA))?;
    }
    process::call(office_bench(places).arg("remote"))?;
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
