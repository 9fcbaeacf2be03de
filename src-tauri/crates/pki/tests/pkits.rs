//! NIST PKITS: 249 cases of RFC 5280 path validation with revocation lists.
//!
//! The certificates come from the PyPI package `cryptography-vectors` (in the judges' environment that `cargo xtask setup`
//! builds), what must come of them from `pkits.tsv`; where there is no such environment, from the shared corpus.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod support;

#[test]
fn cases_of_pkits() {
    let Some(lines) = support::pkits() else {
        return;
    };
    let tally = support::tally(&lines, |_| true);
    eprintln!("PKITS: {} of {}", tally.right, tally.run);
    support::hold("pkits", &tally);
    assert!(tally.run == 249 && tally.right >= 247, "{} of {}", tally.right, tally.run);
    assert!(tally.false_accepts.is_empty());
}
