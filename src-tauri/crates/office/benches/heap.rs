//! CPU of putting 10,000 objects on the heap: read, linked, and the view that the window draws from.
//!
//! `cargo bench -p cartorio-office --bench heap` makes a bundle as big registries have it (300 CAs with RSA-2048 keys on three
//! levels, 9,400 holders, 300 lists; some thousand of the holders twice), gives it to the office as one PEM file, and prints the
//! seconds of CPU and one line of JSON. The bar is 2 s for reading, linking and drawing; the page's own share is measured
//! by its tests of the list's window and of the tree.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // A program for developers.

use std::path::PathBuf;
use std::sync::Arc;

use cartorio_aws::AwsCloud;
use cartorio_core::SystemClock;
use cartorio_keys::{DigestSigner as _, KeySpec};
use cartorio_office::dto::{Empty, HeapKind, HeapView};
use cartorio_office::{Commands, Given, Home, Office, Ports};
use cartorio_pki::ca::{
    AttributeType, CertificateAuthority, CertificateRequest, CrlRequest, LocalCa, Profile, Subject,
};
use cartorio_pki::{Serial, Validity};
use cartorio_testkit::measure::cpu_seconds as cpu;
use cartorio_testkit::pki::{NOW, SoftwareSigner, run};
use time::Duration;

const BAR: f64 = 2.0;
const OBJECTS: usize = 10_000;
const CAS: usize = 300;
const ROUNDS: usize = 3;

fn main() {
    let pem = bundle();
    println!("bundle: {} objects, {:.1} MB of PEM", OBJECTS, pem.len() as f64 / 1e6);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut best = f64::MAX;
    let mut bytes = 0;
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        let office = office(folder.path().join("casa"));
        let (seconds, view, json) = runtime.block_on(async {
            office.inspection_start(Empty {}).await.unwrap();
            let before = cpu();
            let given = Given::Bytes { name: "acervo.pem".to_owned(), bytes: pem.clone().into_bytes() };
            let view = office.inspect_given(vec![given], None).await.unwrap();
            let json = serde_json::to_vec(&view).unwrap();
            (cpu() - before, view, json)
        });
        check(&view);
        bytes = json.len();
        best = best.min(seconds);
    }
    println!(
        "read, linked, serialised: {best:.2} s of CPU (bar {BAR} with drawing), {:.1} MB for the page",
        bytes as f64 / 1e6
    );
    println!(
        "{}",
        serde_json::json!({ "bench": "heap", "objects": OBJECTS, "cpu_seconds": best, "view_bytes": bytes, "bar": BAR, "ok": best <= BAR })
    );
}

/// What was measured did the work.
fn check(view: &HeapView) {
    assert_eq!(view.objects.len(), OBJECTS);
    let hanging = view.objects.iter().filter(|object| object.parent.is_some()).count();
    assert!(hanging >= OBJECTS - 1, "{hanging} objects found their issuer");
    assert!(view.objects.iter().any(|object| object.kind == HeapKind::Crl));
}

fn bundle() -> String {
    let spec = KeySpec::Rsa2048;
    let algorithm = spec.default_algorithm();
    // Few keys for many names: making keys is not what is measured.
    let subject = |name: &str| {
        Subject::new([
            (AttributeType::Country, "BR"),
            (AttributeType::Organization, "Exemplo"),
            (AttributeType::CommonName, name),
        ])
        .unwrap()
    };
    let not_before = NOW - Duration::days(30);
    let validity = Validity { not_before, not_after: not_before + Duration::days(3_000) };
    let root =
        run(LocalCa::create_root(subject("Raiz"), None, validity, Box::new(SoftwareSigner::generate(spec, algorithm))))
            .unwrap();
    let mut out = root.certificate().pem();
    let mut count = 1;
    let mut cas: Vec<LocalCa> = Vec::new();
    for number in 1..CAS {
        let above = if number < 20 { &root } else { &cas[number % 19] };
        let signer = SoftwareSigner::generate(KeySpec::Rsa2048, algorithm);
        let request = CertificateRequest {
            subject: subject(&format!("AC {number}")),
            spki: signer.public_key().spki.clone(),
            profile: Profile::IssuingCa { path_len: u8::from(number < 20) },
            validity,
            serial: Serial::random().unwrap(),
        };
        let chain = run(above.issue(request, &signer)).unwrap();
        out.push_str(&chain[0].pem());
        count += 1;
        cas.push(LocalCa::new(chain, Box::new(signer)).unwrap());
    }
    for (number, ca) in cas.iter().enumerate() {
        let list = CrlRequest {
            revoked: Vec::new(),
            number: u64::try_from(number).unwrap() + 1,
            this_update: not_before,
            next_update: NOW + Duration::days(30),
        };
        out.push_str(&run(ca.crl(list)).unwrap().pem());
        count += 1;
    }
    let holder = SoftwareSigner::generate(spec, algorithm);
    for number in count..OBJECTS {
        let request = CertificateRequest {
            subject: subject(&format!("Titular {number}")),
            spki: holder.public_key().spki.clone(),
            profile: Profile::DocumentSigner { email: None },
            validity,
            serial: Serial::random().unwrap(),
        };
        let pem = run(cas[number % cas.len()].issue(request, &holder)).unwrap()[0].pem();
        out.push_str(&pem);
        if number % 3 == 0 {
            out.push_str(&pem);
        }
    }
    out
}

fn office(home: PathBuf) -> Office {
    let clock = Arc::new(SystemClock);
    let aws = Arc::new(AwsCloud::new(clock.clone()));
    Office::new(Home::new(home), Ports::unattended(clock, aws.clone(), aws))
}
