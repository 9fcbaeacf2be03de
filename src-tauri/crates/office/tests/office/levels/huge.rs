//! Large files are signed and verified in little memory. Each run is a process of its own, whose peak is read from the kernel.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;

use cartorio_office::dto::{FormatChoice, Integrity, SignLevel};
use cartorio_testkit::lab::Person;

use super::{Desk, of_format};

/// The most that a process may hold, in MiB.
const PEAK: u64 = 200;

#[test]
#[ignore = "takes more than a minute where nothing is optimised"]
fn a_large_file_is_signed_in_little_memory() {
    in_a_process_of_its_own("levels::huge::signs_256_mib");
}

#[test]
#[ignore = "takes a minute: cargo xtask test runs the smaller one"]
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

fn in_a_process_of_its_own(test: &str) {
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
        if form == FormatChoice::Pades {
            pdf(&path, size)
        } else {
            sparse(&path, size)
        }
        let document = desk.host.pick_one(&path).await;
        let signed = desk.signed(&signer, &document, of_format(form, SignLevel::BT)).await;
        // What is enclosed is read whole by the verification, which refuses this size; the signing did judge it.
        if form != FormatChoice::CadesEnveloping {
            let report = desk.host.verify(&signed.document.id).await;
            // Nobody asks a network for the evidence of a stamp here, so that the verdict is open; the bytes are right.
            assert_eq!(report.signatures[0].integrity, Integrity::Ok, "{form:?}: {report:#?}");
        }
        println!("{form:?}: {} MiB at the peak", peak());
        for path in [path, signed.path] {
            std::fs::remove_file(path).unwrap();
        }
    }
    assert!(peak() < PEAK, "{} MiB at the peak", peak());
}

/// A file of zeros that takes no room.
fn sparse(path: &Path, size: u64) {
    let mut file = File::create(path).unwrap();
    file.set_len(size).unwrap();
    file.write_all(b"conteudo").unwrap();
}

/// A PDF whose one stream is a hole of `size` bytes.
fn pdf(path: &Path, size: u64) {
    let mut file = File::create(path).unwrap();
    let mut offsets = Vec::new();
    file.write_all(b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n").unwrap();
    for (index, body) in [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    ]
    .iter()
    .enumerate()
    {
        offsets.push(file.stream_position().unwrap());
        write!(file, "{} 0 obj\n{body}\nendobj\n", index + 1).unwrap();
    }
    offsets.push(file.stream_position().unwrap());
    write!(file, "4 0 obj\n<< /Length {size} >>\nstream\n").unwrap();
    file.seek(SeekFrom::Current(i64::try_from(size).unwrap())).unwrap();
    file.write_all(b"\nendstream\nendobj\n").unwrap();
    let start = file.stream_position().unwrap();
    let table: String = offsets.iter().map(|offset| format!("{offset:010} 00000 n \n")).collect();
    write!(
        file,
        "xref\n0 5\n0000000000 65535 f \n{table}trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    )
    .unwrap();
}

/// Peak of resident memory of this process in MiB.
fn peak() -> u64 {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return 0 };
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)).and_then(|number| number.parse::<u64>().ok()).unwrap_or(0)
    };
    of("VmHWM:") / 1024
}
