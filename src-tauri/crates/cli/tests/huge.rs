//! Files that are larger than the memory that the program may take. The program runs as a process of its own, and the kernel counts
//! what it held. Sizes are such that one that is held whole is seen, and that offsets are beyond 100,000,000 bytes.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod common;

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use cartorio_testkit::documents::{sparse, sparse_pdf};
use cartorio_testkit::lab::{Lab, Person};
use common::{Desk, judge, lab, text};
use serde_json::{Value, json};

/// The most that a process may hold, in MiB.
const PEAK: u64 = 200;

/// The most for a list of half a million entries: OpenSSL, which judges by it, takes 235 MiB for what it decodes of it, more than
/// [`PEAK`] by itself; so does `openssl crl` on the same file.
const LISTED: u64 = 650;

/// Runs with `--json`; gives the answer and the most memory that the process held, in MiB.
///
/// The high-water mark is asked for until the process has ended: it never falls, so that what is missed is what it held in its
/// last moment alone, when everything large is over.
fn measured(desk: &Desk, arguments: &[&str]) -> (Value, u64) {
    let mut child = desk.command(&[arguments, &["--json"]].concat()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0) / 1024);
        std::thread::sleep(Duration::from_millis(3));
    }
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {} {told}", String::from_utf8_lossy(&output.stdout));
    assert!(peak > 5, "{arguments:?}: nothing was measured");
    (serde_json::from_slice(&output.stdout).unwrap(), peak)
}

/// Signs and verifies; both stay small. Gives the result.
fn signed_and_verified(desk: &Desk, name: &str, format: &str) -> std::path::PathBuf {
    let (report, signing) = measured(desk, &["sign", name, "--format", format]);
    let output = report["files"][0]["output"].as_str().unwrap().to_owned();
    let (verdict, verifying) = measured(desk, &["verify", &output]);
    assert_eq!(verdict["signatures"][0]["integrity"], "ok", "{verdict}");
    eprintln!("{format}: {signing} MiB to sign, {verifying} MiB to verify");
    assert!(signing < PEAK && verifying < PEAK, "{format}: {signing} MiB to sign, {verifying} MiB to verify");
    output.into()
}

fn part(path: &Path, from: SeekFrom, len: u64) -> Vec<u8> {
    let mut file = std::fs::File::open(path).unwrap();
    file.seek(from).unwrap();
    let mut bytes = Vec::new();
    file.take(len).read_to_end(&mut bytes).unwrap();
    bytes
}

fn number_after(text: &str, word: &str) -> u64 {
    let rest = &text[text.rfind(word).unwrap() + word.len()..];
    rest.trim_start().split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().unwrap()
}

#[test]
fn a_large_file_is_signed_beside_in_little_memory() {
    let desk = Desk::demo();
    sparse(&desk.path("grande.bin"), 512 << 20).unwrap();
    let signature = signed_and_verified(&desk, "grande.bin", "cades-detached");
    assert!(signature.metadata().unwrap().len() < 1 << 20);
    // The last byte counts.
    let mut file = std::fs::File::options().write(true).open(desk.path("grande.bin")).unwrap();
    file.seek(SeekFrom::End(-1)).unwrap();
    file.write_all(b"x").unwrap();
    let verdict = desk.json(1, &["verify", "grande.bin.p7s"]);
    assert_eq!(verdict["signatures"][0]["integrity"], "broken");
}

#[test]
fn a_large_file_is_signed_inside_in_little_memory() {
    // What would fit into memory once is not read whole either.
    const SIZE: u64 = 200 << 20;
    let desk = Desk::demo();
    sparse(&desk.path("dentro.bin"), SIZE).unwrap();
    let signed = signed_and_verified(&desk, "dentro.bin", "cades-enveloping");
    let len = signed.metadata().unwrap().len();
    assert!(len > SIZE && len < SIZE + (1 << 20));
    // DER says the content's length in four bytes, and the content follows.
    let head = part(&signed, SeekFrom::Start(0), 4096);
    let element = [&[0x04, 0x84][..], &u32::try_from(SIZE).unwrap().to_be_bytes(), b"conteudo"].concat();
    assert!(head.windows(element.len()).any(|own| own == element), "the whole content is one element");

    // The same in an armour is judged alike.
    let bare = desk.path("base64");
    let Some(made) = judge("openssl", &["base64", "-in", text(&signed), "-out", text(&bare)]) else { return };
    assert!(made.status.success());
    let mut armoured = std::fs::File::create(desk.path("dentro.pem.p7s")).unwrap();
    armoured.write_all(b"-----BEGIN CMS-----\n").unwrap();
    std::io::copy(&mut std::fs::File::open(&bare).unwrap(), &mut armoured).unwrap();
    armoured.write_all(b"-----END CMS-----\n").unwrap();
    let (verdict, peak) = measured(&desk, &["verify", "dentro.pem.p7s"]);
    eprintln!("in an armour: {peak} MiB to verify");
    assert_eq!(
        (&verdict["result"], &verdict["signatures"][0]["integrity"]),
        (&json!("passed"), &json!("ok")),
        "{verdict}"
    );
    assert!(peak < PEAK, "{peak} MiB to verify in an armour");
}

#[test]
fn a_large_pdf_is_signed_in_little_memory_with_offsets_of_nine_digits() {
    const SIZE: u64 = 256 << 20;
    let desk = Desk::demo();
    let original = desk.path("grande.pdf");
    sparse_pdf(&original, SIZE).unwrap();
    let signed = signed_and_verified(&desk, "grande.pdf", "pades");
    let (before, len) = (original.metadata().unwrap().len(), signed.metadata().unwrap().len());
    let added = part(&signed, SeekFrom::Start(before), len - before);
    let text = String::from_utf8_lossy(&added);
    // Read by nobody of ours: the signature covers all but its container, and the new table is where the end says.
    let range = &text[text.rfind("/ByteRange").unwrap()..];
    let numbers: Vec<u64> = range[range.find('[').unwrap() + 1..range.find(']').unwrap()]
        .split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect();
    let [0, first, second, rest] = numbers[..] else { panic!("{numbers:?}") };
    assert!(first > 100_000_000 && second > first && second + rest == len, "{numbers:?} of {len}");
    assert_eq!(part(&signed, SeekFrom::Start(first), 1), b"<");
    assert_eq!(part(&signed, SeekFrom::Start(second - 1), 1), b">");
    let start = number_after(&text, "startxref");
    assert!(start > 100_000_000, "{start}");
    let table = part(&signed, SeekFrom::Start(start), 2048);
    assert!(table.starts_with(b"xref"), "{:?}", String::from_utf8_lossy(&table[..40]));
    // Each object that the table names stands where it says.
    let table = String::from_utf8_lossy(&table).into_owned();
    let mut lines = table.lines().skip(1);
    let mut looked = 0;
    while let Some(head) = lines.next().filter(|line| !line.starts_with("trailer")) {
        let mut words = head.split_whitespace().map(|word| word.parse::<u64>().unwrap());
        let (from, count) = (words.next().unwrap(), words.next().unwrap());
        for number in from..from + count {
            let entry = lines.next().unwrap();
            if entry.trim_end().ends_with('n') {
                let offset: u64 = entry[..10].parse().unwrap();
                let found = part(&signed, SeekFrom::Start(offset), 32);
                let name = format!("{number} 0 obj");
                assert!(
                    found.starts_with(name.as_bytes()),
                    "{name} at {offset}: {:?}",
                    String::from_utf8_lossy(&found)
                );
                looked += u32::from(offset > 100_000_000);
            }
        }
    }
    assert!(looked >= 2, "objects beyond 100,000,000 bytes");
}

/// The list of a busy authority, as the only evidence of how the signer stands: it goes into the signature, and is read out of it again.
#[test]
fn a_list_of_half_a_million_entries_goes_into_a_signature() {
    const ENTRIES: u32 = 500_000;
    let Some(lab) = Lab::shared() else { return };
    let desk = Desk::demo();
    lab::trusting(&desk, lab, &[("lab", Person::Rsa2048)]);
    let list = lab.long_crl(ENTRIES);
    let len = list.len();
    assert!(len > 20 << 20, "{len}");
    desk.write("issuing.crl", list);
    desk.write("ata.txt", "Ata.\n");
    desk.sample("procuracao-publica.pdf");
    let with = ["--identity", "lab", "--password-file", "senha", "--tsa", &lab.urls().tsa, "--level", "b-lt"];
    for name in ["procuracao-publica.pdf", "ata.txt"] {
        let began = Instant::now();
        let (report, signing) = measured(&desk, &[&["sign", name][..], &with, &lab::EVIDENCE].concat());
        let signed = report["files"][0]["output"].as_str().unwrap().to_owned();
        assert_eq!(report["files"][0]["receipt"]["level"], "b-lt", "{report}");
        assert!(std::fs::metadata(&signed).unwrap().len() > len as u64, "the list is inside");
        eprintln!("{name}: {signing} MiB to sign, {:?}", began.elapsed());
        assert!(signing < LISTED, "{name}: {signing} MiB to sign");
    }
    let (verdict, verifying) = measured(&desk, &["verify", "procuracao-publica-assinado.pdf"]);
    assert_eq!(verdict["result"], "passed");
    eprintln!("{verifying} MiB to verify");
    assert!(verifying < LISTED, "{verifying} MiB to verify");
    // One that no address would be read for either is refused before it is read.
    let file = std::fs::File::options().write(true).open(desk.path("issuing.crl")).unwrap();
    file.set_len((64 << 20) + 1).unwrap();
    let refused = desk.run(&[&["sign", "ata.txt", "--out", "outra.p7s", "--json"][..], &with, &lab::EVIDENCE].concat());
    let error = refused.json()["error"].clone();
    assert_eq!((refused.exit, &error["code"]), (Some(65), &json!("document_too_large")), "{error}");
    let told = json!({"name": "issuing.crl", "limit": "67108864", "size": "67108865"});
    assert_eq!(error["params"], told, "{error}");
    assert!(!desk.path("outra.p7s").exists());
}
