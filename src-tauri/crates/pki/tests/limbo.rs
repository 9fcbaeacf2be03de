//! x509-limbo: the cases that bind whoever validates (class `core`). The others bind issuers and are the lint layer's.

mod support;

#[test]
fn core_cases_of_x509_limbo() {
    let Some(lines) = support::corpus("x509-cases/limbo.jsonl") else {
        return;
    };
    let tally = support::tally(&lines, |case| case["class"] == "core");
    eprintln!("x509-limbo core: {} of {}", tally.right, tally.run);
    eprintln!("false accepts: {:?}", tally.false_accepts);
    eprintln!("false rejects: {:?}", tally.false_rejects.iter().map(|id| (id, &tally.codes[id])).collect::<Vec<_>>());
    support::hold("limbo", &tally);
    assert!(tally.run == 123 && tally.right >= 121, "{} of {}", tally.right, tally.run);
}
