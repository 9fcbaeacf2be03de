//! `cargo xtask fuzz`: libFuzzer on one parser. What it finds stays in `tests/fuzz/artifacts`.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use crate::places::Places;
use crate::process::{self, Doing, Failure};

/// How long a target runs when nobody says.
const SECONDS: u32 = 60;

/// Runs one target.
pub fn run(places: &Places, arguments: &[String]) -> Result<ExitCode, Failure> {
    let folder = places.root.join("tests/fuzz");
    let known = targets(&folder)?;
    let (name, seconds) = match arguments {
        [name] => (name, SECONDS),
        [name, seconds] => {
            (name, seconds.parse().map_err(|_| Failure::new(format!("{seconds:?} is no number of seconds")))?)
        }
        _ => return Err(Failure::new(format!("which one? cargo xtask fuzz {}", known.join("|")))),
    };
    if !known.contains(name) {
        return Err(Failure::new(format!("there is no target {name:?}; there are {}", known.join(", "))));
    }
    let cargo_fuzz = installed(places)?;
    // What the run learns stays out of the repository; the seeds are read beside it.
    let learned = places.cache.join("fuzz").join(name);
    fs::create_dir_all(&learned).doing(format_args!("make {}", learned.display()))?;
    let mut command = Command::new(cargo_fuzz);
    command
        .current_dir(&places.root)
        // The sanitizer's flags are unstable; the compiler that everything else is built with takes them like this.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", places.cache.join("fuzz-target"))
        .args(["run", "--fuzz-dir", "tests/fuzz", name])
        .arg(&learned);
    for seeds in seeds(&folder)? {
        command.arg(seeds);
    }
    command.args(["--", &format!("-max_total_time={seconds}"), "-max_len=65536", "-timeout=10", "-rss_limit_mb=2048"]);
    process::call(&mut command)?;
    Ok(ExitCode::SUCCESS)
}

fn targets(folder: &Path) -> Result<Vec<String>, Failure> {
    let stubs = folder.join("fuzz_targets");
    let mut names: Vec<String> = fs::read_dir(&stubs)
        .doing(format_args!("list {}", stubs.display()))?
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

/// Every folder of seeds: a parser of one thing has to bear all others.
fn seeds(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let corpus = folder.join("corpus");
    let mut found: Vec<PathBuf> = fs::read_dir(&corpus)
        .doing(format_args!("list {}", corpus.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    Ok(found)
}

fn installed(places: &Places) -> Result<PathBuf, Failure> {
    let root = places.cache.join("cargo-fuzz");
    let program = root.join("bin").join(if cfg!(windows) { "cargo-fuzz.exe" } else { "cargo-fuzz" });
    if !program.is_file() {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["install", "cargo-fuzz", "--locked", "--version", "0.13.2", "--root"]).arg(&root);
        process::call(&mut cargo)?;
    }
    Ok(program)
}
