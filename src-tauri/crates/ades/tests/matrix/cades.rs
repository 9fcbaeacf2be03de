//! CAdES beside its content and around it, alone and with more signers.

use cartorio_ades::create::attributes::{Commitment, ContentHints, SignedExtras, SignerLocation};
use cartorio_ades::create::upgrade::{cosign, countersign, enclose};
use cartorio_testkit::lab::Lab;

use crate::making::{Algorithm, LEVELS, Maker};
use crate::verdicts::{Court, dss_problems};

/// Bytes that a text-mode verifier would change.
const CONTENT: &[u8] = b"Escritura p\xc3\xbablica\r\nlinha dois\nlinha tr\xc3\xaas\r\n\0\xff";

#[test]
fn cades_beside_and_around_its_content() {
    let Some(lab) = Lab::shared() else { return };
    let court = Court::new(lab);
    let content = court.write("content.bin", CONTENT);
    let mut problems = Vec::new();
    for algorithm in Algorithm::ALL {
        let extras = match algorithm {
            Algorithm::RsaPkcs1 | Algorithm::P521 => SignedExtras::default(),
            Algorithm::RsaPss | Algorithm::P256 => extras(),
        };
        for (level, cms) in LEVELS.into_iter().zip(Maker::new(lab, algorithm).cades(CONTENT, extras)) {
            let around = enclose(&cms, CONTENT.len() as u64).unwrap();
            let around = [around.head, CONTENT.to_vec(), around.tail].concat();
            for (cms, beside) in [(cms, Some(&*content)), (around, None)] {
                let name =
                    format!("CAdES {algorithm:?} B-{level} {}", if beside.is_some() { "beside" } else { "around" });
                let path = court.write(&format!("{name}.p7s").replace(' ', "-"), &cms);
                let mut found = court.openssl_on_cms(&path, beside, usize::from(level != "B"));
                found.extend(court.pyhanko_on_cms(&path, beside, level));
                for later in [false, true] {
                    if later && level != "LTA" {
                        continue;
                    }
                    let judged = court.dss_on_cms(&path, beside, level.starts_with('L'), later);
                    for signature in judged.iter().flatten() {
                        found.extend(dss_problems(signature, if later { "later" } else { "now" }));
                        if signature.level != format!("CAdES-BASELINE-{level}") {
                            found.push(format!("DSS: {}", signature.level));
                        }
                    }
                }
                problems.extend(found.iter().map(|problem| format!("{name}: {problem}")));
            }
        }
    }
    assert!(problems.is_empty(), "{} of the verdicts are bad:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn further_signers_and_countersigners_are_valid_beside_the_first_one() {
    let Some(lab) = Lab::shared() else { return };
    let court = Court::new(lab);
    let content = court.write("content.bin", CONTENT);
    let (first, second) = (Maker::new(lab, Algorithm::RsaPkcs1), Maker::new(lab, Algorithm::P256));
    let [_, one, ..] = first.cades(CONTENT, SignedExtras::default());
    let [other, ..] = second.cades(CONTENT, SignedExtras::default());
    let both = cosign(&one, &other).unwrap();
    let third = Maker::new(lab, Algorithm::P521);
    let all = countersign(&both, 0, &third.countersignature(&both), &third.certificates()).unwrap();
    let path = court.write("all.p7s", &all);
    let mut problems = court.openssl_on_cms(&path, Some(&content), 1);
    if let Some(found) = court.dss_on_cms(&path, Some(&content), false, false) {
        problems.extend(found.iter().flat_map(|signature| dss_problems(signature, "now")));
        let mut signers: Vec<_> =
            found.iter().map(|one| (one.signer.clone().unwrap_or_default(), one.counter_signature)).collect();
        signers.sort();
        let names = ["CN=Ana RSA", "CN=Bruno P-256", "CN=Davi P-521"];
        let expected = signers.len() == 3
            && signers
                .iter()
                .zip(names)
                .all(|((signer, counter), name)| signer.starts_with(name) && *counter == (name == "CN=Davi P-521"));
        assert!(expected, "{signers:?}");
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn extras() -> SignedExtras {
    SignedExtras {
        content_hints: None::<ContentHints>,
        mime_type: Some("application/octet-stream".to_owned()),
        commitment: Some(Commitment::ProofOfApproval),
        location: Some(SignerLocation {
            country: Some("BR".to_owned()),
            locality: Some("São Paulo".to_owned()),
            postal_address: Vec::new(),
        }),
        ..SignedExtras::default()
    }
}
