//! x509-limbo: the cases that bind whoever validates (class `core`). The others bind issuers and are the lint layer's.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod support;

#[test]
fn core_cases_of_x509_limbo() {
    let Some(lines) = support::corpus("x509-cases/limbo.jsonl") else {
        return;
    };
    let tally = support::tally(&lines, |case| case["class"] == "core");
    eprintln!("x509-limbo core: {} of {}", tally.right, tally.run);
    support::hold("limbo", &tally);
    assert!(tally.run == 123 && tally.right >= 121, "{} of {}", tally.right, tally.run);
}

#[test]
fn what_is_no_case_is_a_result_with_its_name() {
    use cartorio_pki::chain::cases::{CaseVerdict, run};
    for (line, id, code) in [
        ("", "", "case_malformed"),
        ("{\"id\": \"a\"}", "a", "case_malformed"),
        ("{\"id\": 7, \"leaf\": \"!\"}", "7", "case_base64_malformed"),
        ("{\"id\": \"b\", \"leaf\": \"AAAA\"}", "b", "certificate_malformed"),
        ("{\"id\": \"c\", \"leaf\": \"AAAA\", \"kind\": \"?\"}", "c", "case_kind_unknown"),
        ("{\"id\": \"d\", \"leaf\": \"AAAA\", \"time\": 99999999999999}", "d", "case_time_out_of_range"),
    ] {
        let result = run(line, support::NOW);
        assert_eq!((result.id.as_str(), result.result), (id, CaseVerdict::Invalid), "{line}");
        assert_eq!(result.errors, [code], "{line}");
    }
}
