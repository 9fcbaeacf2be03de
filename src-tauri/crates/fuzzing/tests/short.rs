//! The short run: every parser over its seeds and changed copies of them, within bounds of time and memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use cartorio_fuzzing::{TARGETS, Target, change};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Changed copies of each seed.
const CHANGES: u64 = 400;
/// No input of some kilobytes is worth more memory than this, in megabytes.
const MEMORY_LIMIT: f32 = 64.0;
/// Far above what the slowest input needs on the slowest machine: only what never ends is found by it.
const PATIENCE: Duration = Duration::from_secs(60);

/// One test for all, because the peak of memory is one for the whole process.
#[test]
fn no_parser_panics_runs_away_or_eats_memory() {
    for target in TARGETS {
        let seeds = seeds(target);
        assert!(!seeds.is_empty(), "{} has no seeds", target.name);
        for (path, seed) in seeds {
            bounded(target, &path, &seed, None);
            for step in 0..CHANGES {
                bounded(target, &path, &change(&seed, step), Some(step));
            }
        }
    }
}

#[test]
fn every_target_has_a_stub_and_every_stub_a_target() {
    let manifest = std::fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for target in TARGETS {
        assert!(manifest.contains(&format!("name = \"{}\"", target.name)), "{} has no stub", target.name);
        let stub = std::fs::read_to_string(fuzz().join(format!("fuzz_targets/{}.rs", target.name))).unwrap();
        assert!(stub.contains(&format!("run(\"{}\"", target.name)), "the stub of {} runs another", target.name);
    }
}

fn bounded(target: &'static Target, path: &Path, bytes: &[u8], step: Option<u64>) {
    let name = format!("{} over {} step {step:?}", target.name, path.display());
    let own = bytes.to_vec();
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage_as_mb();
    let (done, waits) = mpsc::channel();
    // A stack like that of the program's own threads: depth is bounded by the parsers, not by luck.
    let worker = std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || {
            (target.run)(&own);
            let _ = done.send(());
        })
        .unwrap();
    match waits.recv_timeout(PATIENCE) {
        Ok(()) => worker.join().unwrap(),
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("{name} does not end"),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let _ = worker.join();
            panic!("{name} panicked");
        }
    }
    let peak = MEMORY.peak_usage_as_mb() - before;
    assert!(peak < MEMORY_LIMIT, "{name} took {peak} MB");
}

fn seeds(target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for folder in target.seeds {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(fuzz().join("corpus").join(folder))
            .unwrap_or_else(|error| panic!("{folder}: {error}"))
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        found.extend(paths.into_iter().map(|path| {
            let bytes = std::fs::read(&path).unwrap();
            (path, bytes)
        }));
    }
    found
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fuzz")
}
