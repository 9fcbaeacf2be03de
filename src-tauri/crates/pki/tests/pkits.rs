//! NIST PKITS: 249 cases of RFC 5280 path validation with revocation lists.

mod support;

#[test]
fn cases_of_pkits() {
    let Some(lines) = support::corpus("x509-cases/pkits.jsonl") else {
        return;
    };
    let tally = support::tally(&lines, |_| true);
    eprintln!("PKITS: {} of {}", tally.right, tally.run);
    eprintln!("false accepts: {:?}", tally.false_accepts);
    eprintln!("false rejects: {:?}", tally.false_rejects.iter().map(|id| (id, &tally.codes[id])).collect::<Vec<_>>());
    support::hold("pkits", &tally);
    assert!(tally.run == 249 && tally.right >= 247, "{} of {}", tally.right, tally.run);
    assert!(tally.false_accepts.is_empty());
}
