//! Large files are signed and verified in little memory. Each run is a process of its own, whose peak is read from the kernel.

use std::process::Command;

use cartorio_office::dto::{FormatChoice, Integrity, SignLevel};
use cartorio_testkit::documents::{sparse, sparse_pdf};
use cartorio_testkit::lab::Person;
use cartorio_testkit::measure::peak_mib;

use super::{Desk, of_format};

/// The most that a process may hold, in MiB.
const PEAK: f64 = 200.0;

#[test]
#[ignore = "takes more than a minute where nothing is optimised"]
fn a_large_file_is_signed_in_little_memory() {
    in_a_process_of_its_own("levels::huge::signs_256_mib");
}

#[test]
#[ignore = "takes minutes where nothing is optimised; what the program does with large files is in the CLI's tests"]
fn a_huge_file_is_signed_in_little_memory() {
    in_a_process_of_its_own("levels::huge::signs_1_gib");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "only as a child of a_large_file_is_signed_in_little_memory"]
async fn signs_256_mib() {
    run(256 << 20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "only as a child of a_huge_file_is_signed_in_little_memory"]
async fn signs_1_gib() {
    run(1 << 30).await;
}

pub fn in_a_process_of_its_own(test: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    print!("{}", text.lines().filter(|line| line.contains("MiB")).map(|line| format!("{line}\n")).collect::<String>());
}

async fn run(size: u64) {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let signer = desk.signer(Person::P256).await;
    let folder = desk.host.folder("grandes");
    for (form, name) in [
        (FormatChoice::CadesDetached, "solto.bin"),
        (FormatChoice::CadesEnveloping, "dentro.bin"),
        (FormatChoice::Pades, "grande.pdf"),
    ] {
        let path = folder.join(name);
        let made = if form == FormatChoice::Pades { sparse_pdf(&path, size) } else { sparse(&path, size) };
        made.unwrap();
        let document = desk.host.pick_one(&path).await;
        let signed = desk.signed(&signer, &document, of_format(form, SignLevel::BT)).await;
        let report = desk.host.verify(&signed.document.id).await;
        // Nobody asks a network for the evidence of a stamp here, so that the verdict is open; the bytes are right.
        assert_eq!(report.signatures[0].integrity, Integrity::Ok, "{form:?}: {report:#?}");
        println!("{form:?}: {:.1} MiB at the peak", peak_mib());
        for path in [path, signed.path] {
            std::fs::remove_file(path).unwrap();
        }
    }
    assert!(peak_mib() < PEAK, "{:.1} MiB at the peak", peak_mib());
}
