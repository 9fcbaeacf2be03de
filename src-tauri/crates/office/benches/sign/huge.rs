//! Large files: each step in a process of its own, whose peak of memory the kernel knows.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use cartorio_office::Commands;
use cartorio_office::dto::{
    Coverage, DocumentOrigin, Empty, FormatChoice, Integrity, SignProfile, SignerRole, VerifyRequest,
};
use cartorio_testkit::documents::{sparse, sparse_pdf};
use cartorio_testkit::measure::{load, peak_mib};
use serde_json::{Value, json};

use crate::desk;

/// The most that a process may hold, in MiB.
const BAR: f64 = 200.0;
const GIB: u64 = 1 << 30;

struct Kind {
    name: &'static str,
    format: FormatChoice,
    /// Size of the document for a run of so many GiB.
    size: fn(u64) -> u64,
}

const KINDS: [Kind; 3] = [
    Kind { name: "detached", format: FormatChoice::CadesDetached, size: |gib| gib * GIB },
    Kind { name: "enveloping", format: FormatChoice::CadesEnveloping, size: |gib| gib * GIB },
    Kind { name: "pdf", format: FormatChoice::Pades, size: |gib| gib * GIB / 2 },
];

pub fn run(gib: u64) {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("casa");
    let runtime = desk::runtime();
    runtime.block_on(async {
        let (office, _) = desk::demo(home.clone()).await;
        office.session_leave(Empty {}).await.unwrap();
    });
    let (mut results, mut most) = (Vec::new(), 0.0_f64);
    for kind in &KINDS {
        let input = folder.path().join(if kind.format == FormatChoice::Pades { "grande.pdf" } else { "grande.bin" });
        let size = (kind.size)(gib);
        let made = if kind.format == FormatChoice::Pades { sparse_pdf(&input, size) } else { sparse(&input, size) };
        made.unwrap();
        let signed = child(&["sign", kind.name], &home, &input);
        let output = PathBuf::from(signed["output"].as_str().unwrap());
        check_offsets(kind, &input, &output);
        let verified = child(&["verify", kind.name], &home, &output);
        let mut steps = vec![("sign", signed), ("verify", verified)];
        if kind.format == FormatChoice::CadesEnveloping {
            // Extending goes the same way, with an authority that is not here.
            for what in ["cosign", "countersign"] {
                let again = child(&[what, kind.name], &home, &output);
                let written = PathBuf::from(again["output"].as_str().unwrap());
                check_offsets(kind, &input, &written);
                std::fs::remove_file(&written).unwrap();
                steps.push((what, again));
            }
        }
        for (what, step) in &steps {
            let (peak, seconds) = (step["peak_mib"].as_f64().unwrap(), step["seconds"].as_f64().unwrap());
            most = most.max(peak);
            println!(
                "{:10} {what:11} {:5.2} GiB: {peak:6.1} MiB at the peak (bar {BAR}), {seconds:6.1} s",
                kind.name,
                size as f64 / GIB as f64
            );
            results
                .push(json!({ "kind": kind.name, "what": what, "bytes": size, "peak_mib": peak, "seconds": seconds }));
        }
        std::fs::remove_file(&output).unwrap();
        std::fs::remove_file(&input).unwrap();
    }
    println!(
        "{}",
        json!({ "bench": "huge", "steps": results, "peak_mib": most, "bar_mib": BAR, "load": load(), "ok": most < BAR })
    );
}

fn child(words: &[&str], home: &Path, file: &Path) -> Value {
    let own = std::env::current_exe().unwrap();
    let output = Command::new(own).arg("huge-step").args(words).arg(home).arg(file).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{words:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(text.lines().last().expect("a line of results")).unwrap()
}

/// What a child does: `sign|cosign|countersign|verify KIND HOME FILE`.
pub fn step(words: &[&str]) {
    let [what, kind, home, file] = words else { panic!("huge-step sign|cosign|countersign|verify KIND HOME FILE") };
    let kind = KINDS.iter().find(|own| own.name == *kind).expect("a kind of the list");
    let result = desk::runtime().block_on(async {
        let (office, identity) = desk::demo(PathBuf::from(home)).await;
        let document = office.open_document(PathBuf::from(file), DocumentOrigin::Picked).await.unwrap();
        let begin = Instant::now();
        let role = match *what {
            "sign" => Some(SignerRole::Sign),
            "cosign" => Some(SignerRole::Cosign),
            "countersign" => Some(SignerRole::Countersign),
            _ => None,
        };
        if let Some(role) = role {
            let profile = SignProfile { format: kind.format, role, ..SignProfile::default() };
            let took = desk::sign_as(&office, &identity, &[document], profile).await;
            let output = took.job.items[0].output.as_ref().unwrap();
            let path = Path::new(&output.folder).join(&output.name);
            json!({ "output": path, "seconds": took.seconds })
        } else {
            let report = office.verify(VerifyRequest { document: document.id, content: None }).await.unwrap();
            let [signature] = report.signatures.as_slice() else { panic!("{report:?}") };
            assert_eq!(signature.integrity, Integrity::Ok, "{signature:?}");
            if kind.format == FormatChoice::Pades {
                assert_eq!(signature.coverage, Coverage::EntireFile);
            }
            json!({ "seconds": begin.elapsed().as_secs_f64() })
        }
    });
    let mut result = result;
    result["peak_mib"] = peak_mib().into();
    println!("{result}");
}

/// The places that the result names are where they should be: read with nothing of the product.
fn check_offsets(kind: &Kind, input: &Path, output: &Path) {
    let (before, after) = (std::fs::metadata(input).unwrap().len(), std::fs::metadata(output).unwrap().len());
    let mut file = File::open(output).unwrap();
    match kind.format {
        FormatChoice::CadesDetached => assert!(after < 100_000, "{after} bytes"),
        FormatChoice::CadesEnveloping => {
            // The content's OCTET STRING in DER: 0x04, the length, and then the content from its first byte.
            let mut head = vec![0; 256];
            file.read_exact(&mut head).unwrap();
            let bytes = before.to_be_bytes();
            let significant = bytes.iter().position(|byte| *byte != 0).unwrap();
            let mut wanted = vec![0x04, 0x80 | u8::try_from(8 - significant).unwrap()];
            wanted.extend(&bytes[significant..]);
            wanted.extend(b"conteudo");
            assert!(head.windows(wanted.len()).any(|window| window == wanted), "the content is where its header says");
            assert!(after > before);
        }
        _ => {
            let mut tail = Vec::new();
            file.seek(SeekFrom::Start(before)).unwrap();
            file.read_to_end(&mut tail).unwrap();
            let text = String::from_utf8_lossy(&tail);
            let number = |name: &str| -> Vec<u64> {
                let at = text.find(name).unwrap() + name.len();
                let words = text[at..].split(|c: char| !c.is_ascii_digit()).filter(|word| !word.is_empty());
                words.take(4).map(|word| word.parse().unwrap()).collect()
            };
            let range = number("/ByteRange");
            assert_eq!((range[0], range[2] + range[3]), (0, after), "{range:?}");
            let contents = text.find("/Contents").map(|at| before + at as u64 + 9).unwrap();
            assert!((contents..contents + 3).contains(&range[1]), "{range:?}, /Contents at {contents}");
            let start = number("startxref")[0];
            assert!(tail[usize::try_from(start - before).unwrap()..].starts_with(b"xref"), "startxref {start}");
        }
    }
}
