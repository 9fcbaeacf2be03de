//! One row of the matrix for each format, made by the office itself, window commands and all, before every judge of the matrix: EU DSS,
//! pyHanko, OpenSSL, pdfsig, MuPDF, qpdf.

use std::path::Path;

use cartorio_office::dto::{CertifyChoice, FormatChoice, SignLevel, SignProfile};
use cartorio_testkit::judges::openssl::{Bench, Expected};
use cartorio_testkit::judges::{self, PyHankoJob};
use cartorio_testkit::lab::Person;
use serde_json::json;

use super::documents::{at, template};
use super::{Desk, Signed, of_format, profile, sample};
use crate::host::path_of;

const LEVELS: [SignLevel; 4] = [SignLevel::BB, SignLevel::BT, SignLevel::BLt, SignLevel::BLta];

fn bench(desk: &Desk) -> Bench {
    let root = desk.lab.path("root.pem");
    Bench { parts: desk.host.folder("partes"), stamp_root: root.clone(), root, authority: desk.lab.path("act.pem") }
}

/// Every judge on a PDF with one signature.
fn judged(desk: &Desk, signed: &Path, level: SignLevel) {
    desk.judge(signed, None, "PAdES", level);
    let mut problems = bench(desk).pdf(
        signed,
        Expected {
            password: None,
            lenient: false,
            signatures: 1,
            document_stamps: usize::from(level == SignLevel::BLta),
            stamped: level != SignLevel::BB,
        },
    );
    problems.extend(judges::readers(signed, None, 1));
    if let Some(said) = judges::pdfsig(signed, None)
        && said.matches("Signature is Valid.").count() != 1
    {
        problems.push(format!("pdfsig: {said}"));
    }
    assert!(problems.is_empty(), "{level:?}: {}", problems.join("\n"));
}

/// What was judged is judged otherwise with another byte in it, by each of them.
fn noticed(desk: &Desk, signed: &Signed) {
    let mut bytes = std::fs::read(&signed.path).unwrap();
    let width = bytes.windows(9).position(|at| at == b"/MediaBox").unwrap() + 10;
    let digit = bytes[width..].iter().position(|byte| matches!(byte, b'1'..=b'8')).unwrap() + width;
    bytes[digit] += 1;
    let forged = desk.host.folder("juizes").join("alterado.pdf");
    std::fs::write(&forged, bytes).unwrap();
    let expected = Expected { password: None, lenient: false, signatures: 1, document_stamps: 1, stamped: true };
    let told = bench(desk).pdf(&forged, expected).join("\n");
    assert!(told.contains("OpenSSL, Some") || judges::python("OpenSSL").is_none(), "{told}");
    assert!(
        judges::readers(&forged, None, 1).iter().any(|said| said.starts_with("mutool: 0"))
            || judges::mutool_signatures(&forged, None).is_none()
    );
    assert!(judges::pdfsig(&forged, None).is_none_or(|said| !said.contains("Signature is Valid.")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pdf_with_a_stamp_that_is_seen() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let own = template(&desk).await;
    for (person, levels) in [(Person::Rsa2048, &LEVELS[..]), (Person::P256, &LEVELS[3..])] {
        let signer = desk.signer(person).await;
        for level in levels.iter().copied() {
            let document = desk.document(&format!("{person:?}-{level:?}.pdf"), &sample("procuracao-publica.pdf")).await;
            let mut place = at(&own, 600.0);
            place.may_cover = true;
            let signed = desk.signed(&signer, &document, SignProfile { stamp: Some(place), ..profile(level) }).await;
            assert!(std::fs::read(&signed.path).unwrap().starts_with(&std::fs::read(path_of(&document)).unwrap()));
            judged(&desk, &signed.path, level);
            if level == SignLevel::BLta {
                noticed(&desk, &signed);
            }
        }
    }
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pdf_that_is_certified() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let signer = desk.signer(Person::P384).await;
    for (choice, name) in [
        (CertifyChoice::NoChanges, "NO_CHANGES"),
        (CertifyChoice::FormFilling, "FILL_FORMS"),
        (CertifyChoice::Annotations, "ANNOTATE"),
    ] {
        for level in [SignLevel::BB, SignLevel::BLta] {
            let document = desk.document(&format!("{name}-{level:?}.pdf"), &sample("procuracao-publica.pdf")).await;
            let certified = SignProfile { certify: Some(choice), ..profile(level) };
            let signed = desk.signed(&signer, &document, certified).await;
            judged(&desk, &signed.path, level);
            // Evidence and document time stamp are no change that the author forbade.
            let root = vec![desk.lab.path("root.pem")];
            if let Some(report) = judges::pyhanko(&PyHankoJob { file: signed.path, root, ..PyHankoJob::default() }) {
                let own = &report["signatures"][0];
                assert_eq!((&own["docmdp"], &own["docmdp_ok"]), (&json!(name), &json!(true)), "{level:?}: {own}");
            }
        }
    }
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_p7s_beside_its_content_and_around_it() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    // Bytes that a text-mode verifier would change.
    let content = b"Escritura p\xc3\xbablica\r\nlinha dois\nlinha tr\xc3\xaas\r\n\0\xff";
    for (person, format) in [
        (Person::Rsa2048, FormatChoice::CadesDetached),
        (Person::P521, FormatChoice::CadesDetached),
        (Person::P256, FormatChoice::CadesEnveloping),
    ] {
        let signer = desk.signer(person).await;
        for level in LEVELS {
            let document = desk.document(&format!("{person:?}-{level:?}.bin"), content).await;
            let signed = desk.signed(&signer, &document, of_format(format, level)).await;
            let beside = path_of(&document);
            let beside = (format == FormatChoice::CadesDetached).then_some(beside.as_path());
            desk.judge(&signed.path, beside, "CAdES", level);
            let problems = bench(&desk).cms(&signed.path, beside, usize::from(level != SignLevel::BB));
            assert!(problems.is_empty(), "{format:?} {level:?}: {}", problems.join("\n"));
            // And of no other content.
            if beside.is_some() {
                let other = desk.host.folder("juizes").join("outro.bin");
                std::fs::write(&other, &content[1..]).unwrap();
                assert!(!bench(&desk).cms(&signed.path, Some(&other), 1).is_empty());
            }
        }
    }
    desk.host.assert_sound().await;
}
