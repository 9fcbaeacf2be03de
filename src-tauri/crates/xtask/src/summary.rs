//! How many tests passed, read from the closing lines of each runner.

use std::fmt;
use std::ops::AddAssign;

/// Counts of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u32,
    pub failed: u32,
    pub skipped: u32,
}

impl Counts {
    /// No test ran at all.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Whose lines are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// libtest under `cargo test`: one line for every test binary.
    Cargo,
    /// `vitest run`: one line for the whole run.
    Vitest,
    /// `node --test`: one line for each kind, spec or TAP reporter.
    Node,
}

impl Runner {
    /// What this line of output adds to the counts.
    pub fn read(self, line: &str) -> Counts {
        let line = without_colour(line);
        match self {
            Self::Cargo => cargo(&line),
            Self::Vitest => vitest(&line),
            Self::Node => node(&line),
        }
        .unwrap_or_default()
    }
}

/// `test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`
fn cargo(line: &str) -> Option<Counts> {
    let (_, counts) = line.trim().strip_prefix("test result: ")?.split_once(". ")?;
    Some(sum(counts.split(';')))
}

/// `      Tests  1 failed | 12 passed | 2 skipped | 1 todo (16)`
fn vitest(line: &str) -> Option<Counts> {
    let counts = line.trim_start().strip_prefix("Tests ")?;
    let counts = counts.rsplit_once('(').map_or(counts, |(counts, _)| counts);
    Some(sum(counts.split('|')))
}

/// `ℹ pass 3` or `# pass 3`
fn node(line: &str) -> Option<Counts> {
    let mut words = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# "))?.split_whitespace();
    let (word, number) = (words.next()?, words.next()?.parse().ok()?);
    if words.next().is_some() {
        return None;
    }
    Some(count(word, number))
}

/// Parts such as ` 12 passed `.
fn sum<'a>(parts: impl Iterator<Item = &'a str>) -> Counts {
    let mut total = Counts::default();
    for part in parts {
        let mut words = part.split_whitespace();
        if let (Some(Ok(number)), Some(word)) = (words.next().map(str::parse), words.next()) {
            total += count(word, number);
        }
    }
    total
}

fn count(word: &str, number: u32) -> Counts {
    let mut counts = Counts::default();
    match word {
        "passed" | "pass" => counts.passed = number,
        "failed" | "fail" | "cancelled" => counts.failed = number,
        "ignored" | "skipped" | "todo" => counts.skipped = number,
        _ => {}
    }
    counts
}

fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.find(|c: char| c.is_ascii_alphabetic()).map_or("", |end| &after[end + 1..]);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(runner: Runner, text: &str) -> Counts {
        let mut total = Counts::default();
        text.lines().for_each(|line| total += runner.read(line));
        total
    }

    fn counts(passed: u32, failed: u32, skipped: u32) -> Counts {
        Counts { passed, failed, skipped }
    }

    #[test]
    fn cargo_adds_up_over_binaries_and_doctests() {
        let text = "
running 3 tests
test a ... ok
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 5 filtered out; finished in 0.01s
test result: FAILED. 7 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s
   Doc-tests x
test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(all(Runner::Cargo, text), counts(10, 2, 1));
    }

    #[test]
    fn vitest_counts_tests_and_not_files() {
        let text = "
 Test Files  1 failed | 4 passed (5)
      Tests  1 failed | 12 passed | 2 skipped | 1 todo (16)
   Start at  12:00:00";
        assert_eq!(all(Runner::Vitest, text), counts(12, 1, 3));
    }

    #[test]
    fn colour_codes_do_not_hide_the_counts() {
        let text =
            "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m9 passed\u{1b}[39m\u{1b}[22m\u{1b}[90m (9)\u{1b}[39m";
        assert_eq!(all(Runner::Vitest, text), counts(9, 0, 0));
    }

    #[test]
    fn node_is_read_from_both_reporters_and_cancelled_is_failed() {
        let spec =
            "ℹ tests 6\nℹ suites 1\nℹ pass 3\nℹ fail 1\nℹ cancelled 1\nℹ skipped 1\nℹ todo 0\nℹ duration_ms 3512.1";
        assert_eq!(all(Runner::Node, spec), counts(3, 2, 1));
        let tap = "# Subtest: pass 3 things\n# tests 2\n# pass 2\n# fail 0\n# cancelled 0\n# skipped 0\n# todo 0";
        assert_eq!(all(Runner::Node, tap), counts(2, 0, 0));
    }

    #[test]
    fn lines_that_only_look_alike_add_nothing() {
        assert!(all(Runner::Cargo, "test passed ... ok\n5 passed; 1 failed").is_empty());
        assert!(all(Runner::Vitest, "5 passed | 1 failed").is_empty());
        assert!(all(Runner::Node, "✔ pass 3 (2ms)\nℹ pass many").is_empty());
    }

    #[test]
    fn the_closing_line_is_the_plain_one() {
        assert_eq!(counts(3, 0, 1).to_string(), "3 passed, 0 failed, 1 skipped");
    }
}
