//! `cargo xtask test`: every test there is, one section after the other, and one closing line over all of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use crate::places::Places;
use crate::process::{self, Doing, Failure};
use crate::run::SHELL;
use crate::setup::{self, Purpose};
use crate::summary::{Counts, Runner};
use crate::surroundings::Surroundings;
use crate::ui;

/// A part of the suite that can be run alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Rust,
    Ui,
    E2e,
}

/// What to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    only: Option<Part>,
    skip_setup: bool,
}

impl Options {
    /// Reads the words after `test`.
    pub fn parse(arguments: &[String]) -> Result<Self, Failure> {
        let mut options = Self::default();
        let mut words = arguments.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "--skip-setup" => options.skip_setup = true,
                "--only" => options.only = Some(part(words.next().unwrap_or(""))?),
                other => return Err(Failure::new(format!("test does not know {other:?}"))),
            }
        }
        Ok(options)
    }

    fn wants(self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }
}

fn part(word: &str) -> Result<Part, Failure> {
    match word {
        "rust" => Ok(Part::Rust),
        "ui" => Ok(Part::Ui),
        "e2e" => Ok(Part::E2e),
        other => Err(Failure::new(format!("--only takes rust, ui or e2e, not {other:?}"))),
    }
}

/// Runs what was asked for and goes on after a failing section, so that one run reports everything.
pub fn run(places: &Places, options: &Options) -> Result<ExitCode, Failure> {
    if !options.skip_setup {
        setup::setup(places, Purpose::Test)?;
    }
    let surroundings = Surroundings::new(places)?;
    let mut report = Report::default();
    report.section("Building the UI", || ui::build(places).map(|()| Counts::default()));
    if options.wants(Part::Rust) {
        let mut certval = None;
        report.section("Building certval, a path validator that is not ours", || {
            certval = Some(build_certval(places)?);
            Ok(Counts::default())
        });
        report.section("Rust", || rust(&surroundings, certval.as_deref()));
    }
    if options.wants(Part::Ui) {
        report.section("Types of the UI", || ui_check(places));
        report.section("UI", || counted(process::npm(&places.ui()).arg("test").env("NO_COLOR", "1"), Runner::Vitest));
    }
    if options.wants(Part::E2e) {
        report.section("End to end, in the real window", || end_to_end(&surroundings));
    }
    drop(surroundings);
    Ok(report.close())
}

/// Builds `tests/differential`, which cannot be in the workspace; gives its program. A minute or two once, then nothing.
fn build_certval(places: &Places) -> Result<PathBuf, Failure> {
    let own = places.root.join("tests/differential");
    let target = places.target.join("differential");
    let build = ["build", "--locked", "--color", "never"];
    process::call(process::cargo(&own).args(build).env("CARGO_TARGET_DIR", &target))?;
    Ok(target.join("debug").join(format!("cartorio-differential{}", std::env::consts::EXE_SUFFIX)))
}

fn rust(surroundings: &Surroundings, certval: Option<&Path>) -> Result<Counts, Failure> {
    let places = surroundings.places;
    let generated = places.ui().join("src/generated");
    let before = ui::fingerprint_of(&generated)?;
    let cargo = process::cargo(&places.root);
    let mut wrapped = surroundings.with_keyring(&[cargo.get_program().to_string_lossy().as_ref()]);
    wrapped.args(["test", "--workspace", "--no-fail-fast", "--color", "never"]);
    if let Some(program) = certval {
        wrapped.env("CARTORIO_CERTVAL", program);
    }
    let mut counts = counted(&mut wrapped, Runner::Cargo)?;
    // A test that regenerates the file makes itself green; the change must still be seen.
    if ui::fingerprint_of(&generated)? == before {
        counts.passed += 1;
    } else {
        println!("\nui/src/generated was stale: this run brought it up to date. Commit the change.");
        counts.failed += 1;
    }
    Ok(counts)
}

fn ui_check(places: &Places) -> Result<Counts, Failure> {
    process::call(process::npm(&places.ui()).args(["run", "check"]))?;
    Ok(Counts { passed: 1, ..Counts::default() })
}

fn end_to_end(surroundings: &Surroundings) -> Result<Counts, Failure> {
    let places = surroundings.places;
    if !cfg!(target_os = "linux") {
        println!("Skipped: the real window is driven through WebKitWebDriver, which exists on Linux only.");
        return Ok(Counts { skipped: 1, ..Counts::default() });
    }
    process::call(process::cargo(&places.root).args(["build", "--package", SHELL, "--features", "e2e"]))?;
    process::call(process::cargo(&places.root).args(["build", "--package", "cartorio-cli"]))?;
    let screen = "-screen 0 1280x800x24";
    let mut node = surroundings.with_keyring(&["xvfb-run", "--auto-servernum", "--server-args", screen, "node"]);
    node.args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
        .args(specs(&places.e2e())?)
        .current_dir(places.e2e())
        .env("NO_COLOR", "1")
        .env("CARTORIO_E2E_BINARY", places.binary("debug", SHELL))
        .env("CARTORIO_E2E_CLI", places.binary("debug", "cartorio"));
    counted(&mut node, Runner::Node)
}

fn specs(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let reading = || format!("read {}", folder.display());
    let mut specs = Vec::new();
    for entry in fs::read_dir(folder).doing(reading())? {
        let path = entry.doing(reading())?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            specs.push(path);
        }
    }
    specs.sort();
    if specs.is_empty() {
        return Err(Failure::new(format!("no end-to-end test in {}", folder.display())));
    }
    Ok(specs)
}

/// Runs a runner and reads its counts. Ending badly without a failed test (a compile error, a crash) is a failure.
fn counted(command: &mut Command, runner: Runner) -> Result<Counts, Failure> {
    let mut counts = Counts::default();
    let status = process::watch(command, |line| counts += runner.read(line))?;
    if !status.success() && counts.failed == 0 {
        counts.failed = 1;
    }
    if status.success() && counts.is_empty() {
        return Err(Failure::new("the runner ended well, but no test ran"));
    }
    Ok(counts)
}

#[derive(Default)]
struct Report {
    lines: Vec<(String, Duration, Counts, Option<Failure>)>,
}

impl Report {
    fn section(&mut self, title: &str, work: impl FnOnce() -> Result<Counts, Failure>) {
        println!("\n== {title} ==\n");
        let begin = Instant::now();
        let (counts, failure) = match work() {
            Ok(counts) => (counts, None),
            Err(failure) => {
                println!("\nerror: {failure}");
                (Counts { failed: 1, ..Counts::default() }, Some(failure))
            }
        };
        self.lines.push((title.to_owned(), begin.elapsed(), counts, failure));
    }

    fn close(self) -> ExitCode {
        println!("\n== All sections ==\n");
        let mut total = Counts::default();
        for (title, time, counts, failure) in &self.lines {
            let note = failure.as_ref().map_or(String::new(), |_| " (see the error above)".to_owned());
            println!("{:>6.1} s  {title}: {counts}{note}", time.as_secs_f64());
            total += *counts;
        }
        println!("\n{total}");
        if total.failed == 0 && total.passed > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Options, Failure> {
        Options::parse(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn options_are_read_and_others_refused() {
        assert_eq!(parse(&[]).unwrap(), Options::default());
        let options = parse(&["--only", "e2e", "--skip-setup"]).unwrap();
        assert!(options.skip_setup && options.wants(Part::E2e) && !options.wants(Part::Rust));
        assert!(parse(&["--only"]).is_err());
        assert!(parse(&["--only", "all"]).is_err());
        assert!(parse(&["--fast"]).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_runner_that_dies_without_a_count_has_failed_and_one_that_runs_nothing_is_an_error() {
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            counted(&mut command, Runner::Node)
        };
        assert_eq!(shell("echo died early; exit 101").unwrap().failed, 1);
        assert!(shell("echo done").is_err());
        // Not libtest's wording: these lines appear in our own test output, which the real run counts.
        let counts = shell("echo 'ℹ pass 4'").unwrap();
        assert_eq!(counts, Counts { passed: 4, failed: 0, skipped: 0 });
    }

    #[test]
    fn a_failed_section_does_not_stop_the_next_one() {
        let mut report = Report::default();
        report.section("first", || Err(Failure::new("broken")));
        report.section("second", || Ok(Counts { passed: 2, failed: 0, skipped: 0 }));
        let total: Vec<_> = report.lines.iter().map(|(_, _, counts, _)| *counts).collect();
        assert_eq!(total, [Counts { failed: 1, ..Counts::default() }, Counts { passed: 2, ..Counts::default() }]);
    }
}
