//! Every parser behind one function over bytes. Development only.
//!
//! `cargo xtask fuzz TARGET` gives them to libFuzzer (`tests/fuzz`); `tests/short.rs` runs each over the seed corpus and some
//! thousand changes of it, with bounds on time and memory, in every test run.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

use cartorio_core::SecretString;
use cartorio_lint::{Context, Role};
use cartorio_pki::{Certificate, Crl};

/// A parser, and everything that the product asks of what it read.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Name, as `cargo xtask fuzz` takes it.
    pub name: &'static str,
    /// Folder of its seeds below `tests/fuzz/corpus`.
    pub seeds: &'static [&'static str],
    /// The parser. It must neither panic nor run away, whatever the bytes are.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "asn1", seeds: &["certificate", "crl", "ocsp", "cms", "timestamp", "store"], run: asn1 },
    Target { name: "certificate", seeds: &["certificate"], run: certificate },
    Target { name: "crl", seeds: &["crl"], run: crl },
    Target { name: "csr", seeds: &["csr"], run: csr },
    Target { name: "ocsp", seeds: &["ocsp"], run: ocsp },
    Target { name: "objects", seeds: &["text", "cms", "certificate", "store"], run: objects },
    Target { name: "store", seeds: &["store"], run: store },
    Target { name: "cms", seeds: &["cms", "timestamp"], run: cms },
    Target { name: "chain", seeds: &["case"], run: chain },
    Target { name: "pdf", seeds: &["pdf"], run: pdf },
    Target { name: "encryption", seeds: &["encryption"], run: encryption },
    Target { name: "policy", seeds: &["policy", "cms"], run: policy },
];

/// The target of this name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

/// Runs a target by its name; for the stubs of `cargo fuzz`.
///
/// # Panics
/// When there is none of that name, or when the target found a defect.
pub fn run(name: &str, bytes: &[u8]) {
    #[allow(clippy::expect_used, reason = "a stub names a target of the table; a test sees to that")]
    let target = target(name).expect("a target of the table");
    (target.run)(bytes);
}

fn asn1(bytes: &[u8]) {
    let tree = cartorio_asn1::read(bytes, &cartorio_asn1::Limits::default());
    for index in 0..tree.nodes.len() {
        let _ = tree.value(index, bytes);
        let _ = tree.path(index);
    }
    let _ = tree.segments();
}

fn certificate(bytes: &[u8]) {
    let Ok(certificate) = Certificate::from_der(bytes) else { return };
    let at = certificate.validity.not_before;
    for extension in &certificate.extensions {
        assert!(extension.lines().iter().any(|line| !line.trim().is_empty()), "{} is blank", extension.oid);
    }
    let _ = certificate.check_signed_by(&certificate);
    let own = std::slice::from_ref(&certificate);
    let _ = cartorio_pki::chain::review(&certificate, own, own, &[], at);
    for role in [Role::Leaf, Role::Intermediate, Role::Root] {
        let _ = cartorio_lint::lint(&certificate, &Context { issuer: Some(&certificate), role, at });
    }
}

fn crl(bytes: &[u8]) {
    let Ok(list) = Crl::from_der(bytes) else { return };
    let _ = cartorio_lint::lint_crl(&list, list.this_update);
}

fn csr(bytes: &[u8]) {
    let Ok(request) = cartorio_pki::Csr::from_der(bytes) else { return };
    let _ = request.check_possession();
}

fn ocsp(bytes: &[u8]) {
    let _ = cartorio_pki::OcspResponse::from_der(bytes);
    let _ = cartorio_pki::OcspResponse::from_basic_der(bytes);
}

fn objects(bytes: &[u8]) {
    let Ok(bundle) = cartorio_pki::read_file(bytes, &cartorio_pki::ReadLimits::default()) else { return };
    for found in &bundle.objects {
        assert!(found.offset <= bytes.len(), "an object behind the end");
    }
}

fn store(bytes: &[u8]) {
    // The work of a password is bounded by the file's own iterations: little is allowed here, so that a run gets somewhere.
    let limits = cartorio_keystore::Limits { work: 20_000, ..cartorio_keystore::Limits::default() };
    let _ = cartorio_keystore::inspect(bytes, &limits);
    let _ = cartorio_keystore::open(bytes, Some(&SecretString::new("senha".to_owned())), &limits);
}

fn cms(bytes: &[u8]) {
    let _ = cartorio_pki::CmsFacts::from_der(bytes);
    let _ = cartorio_pki::TimeStamp::from_der(bytes);
    upgrade(bytes);
    stamp(bytes);
    let Ok(data) = cartorio_ades::validate::cms::parse(bytes) else { return };
    let _ = cartorio_ades::validate::cms::verify_enclosed(&data);
    let _ = cartorio_ades::validate::timestamp::TimeStamp::read(&data);
    let _ = cartorio_ades::validate::timestamp::imprint(bytes);
}

/// What a time-stamping authority answers, and what it may put into an answer.
fn stamp(bytes: &[u8]) {
    use cartorio_ades::cms::{der, tst::TstInfo};
    use cartorio_ades::create::timestamp::Query;
    let hash = cartorio_core::HashAlgorithm::Sha256;
    let query = Query::new(cartorio_core::Digest::of(hash, b""), [7; 16], None);
    let _ = query.accept(bytes);
    let granted = der::tlv(der::SEQUENCE, &[&[der::INTEGER, 1, 0]]);
    let _ = query.accept(&der::tlv(der::SEQUENCE, &[&granted, bytes]));
    let _ = TstInfo::read(bytes);
}

/// A signature that may come from anywhere is extended; what comes out has to be readable again.
fn upgrade(bytes: &[u8]) {
    use cartorio_ades::cms::{ber::Limits, enclosing, oid};
    use cartorio_ades::create::upgrade::{self, Attribute, Values, icp};
    let hash = cartorio_core::HashAlgorithm::Sha256;
    if let Ok(Some(opened)) = enclosing::open(&mut std::io::Cursor::new(bytes), Limits::default()) {
        let _ = upgrade::enclose_again(&opened, &opened.signature);
    }
    let stamp = Attribute::new(oid::SIGNATURE_TIME_STAMP, vec![5, 0]);
    if let Ok(extended) = upgrade::add_unsigned(bytes, 0, &stamp) {
        assert!(upgrade::signer_count(&extended).is_ok(), "an extended signature that cannot be read");
    }
    let _ = upgrade::add_values(bytes, &Values { certificates: vec![bytes], crls: vec![bytes], ocsps: vec![bytes] });
    let _ = upgrade::cosign(bytes, bytes);
    let _ = upgrade::countersign(bytes, 0, bytes, &[]);
    let _ = upgrade::signature_timestamp(bytes, 0, bytes);
    let _ = upgrade::enclose(bytes, 1 << 33);
    let _ = upgrade::archive_input(bytes, 0, hash, &cartorio_core::Digest::of(hash, b""));
    let _ = icp::esc_timestamp_input(bytes, 0, hash);
    let _ = icp::archive_v2_input(bytes, 0, hash, &mut std::io::empty());
    let _ = icp::add_values_to_archive(bytes, 0, &Values::default());
}

fn chain(bytes: &[u8]) {
    if let Ok(line) = std::str::from_utf8(bytes) {
        let _ = cartorio_pki::chain::cases::run(line, time::OffsetDateTime::UNIX_EPOCH);
    }
}

fn pdf(bytes: &[u8]) {
    let Ok(file) = cartorio_pdf::PdfFile::from_bytes(bytes.to_vec()) else { return };
    let _ = file.revisions();
    let _ = file.check_entries();
    let _ = cartorio_ades::validate::pdf::signatures(&file);
}

fn policy(bytes: &[u8]) {
    use cartorio_policy::artifact::{ListSignature, PolicyList, SignaturePolicy};
    if let Ok(policy) = SignaturePolicy::from_der(bytes) {
        assert!(policy.not_after.is_none_or(|end| policy.not_before <= end), "a period that ends before it begins");
    }
    if let Ok(list) = PolicyList::from_der(bytes) {
        assert!(!list.entries.is_empty(), "a list of nothing");
        let _ = list.family();
    }
    if let Ok(signature) = ListSignature::from_der(bytes) {
        let _ = signature.check(bytes);
        let family = cartorio_policy::Family::Pades;
        let _ = cartorio_policy::preflight::check_attributes(family, None, &signature.signer, bytes);
    }
    assert!(cartorio_policy::ArtifactStore::new().import(bytes).is_err(), "no change of a seed is a file of ITI's");
}

/// The bytes are an encryption dictionary; the file around it has a string and a stream.
fn encryption(bytes: &[u8]) {
    const TEXT: &[u8] = b"<</Text(texto)>>";
    if cartorio_pdf::DictEditor::new(bytes).is_err() {
        return;
    }
    let file = around(bytes);
    for password in [None, Some("usu\u{e1}rio"), Some("dono")] {
        let password = password.map(|text| SecretString::new(text.to_owned()));
        let Ok(file) = cartorio_pdf::PdfFile::from_bytes_with(file.clone(), password.as_ref()) else { continue };
        let _ = file.pages();
        let _ = file.stream(cartorio_pdf::ObjRef::new(4)).and_then(|stream| file.decoded(&stream));
        let mut revision = cartorio_pdf::Revision::new(&file);
        let Ok(new) = revision.allocate() else { continue };
        revision.put(new, TEXT.to_vec());
        let Ok(tail) = revision.finish() else { continue };
        let again = [file.bytes(), &tail.bytes].concat();
        let again = cartorio_pdf::PdfFile::from_bytes_with(again, password.as_ref());
        let read = again.and_then(|again| again.dict(new)).map(|dict| dict.raw().bytes() == TEXT);
        assert_eq!(read, Ok(true), "what was written is not read");
    }
}

/// A file with the encryption dictionary `dictionary` in its trailer.
fn around(dictionary: &[u8]) -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Text<00000000000000000000000000000000>>>",
        "<</Type/EmbeddedFile/Length 0>>\nstream\n\nendstream",
    ];
    let mut out = b"%PDF-2.0\n".to_vec();
    let mut table = String::from("xref\n0 5\n0000000000 65535 f \n");
    for (index, body) in objects.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend(format!("{} 0 obj\n{body}\nendobj\n", index + 1).bytes());
    }
    let start = out.len();
    let id = "31415926535897932384626433832795";
    out.extend(format!("{table}trailer\n<</Size 5/Root 1 0 R/ID[<{id}><{id}>]/Encrypt ").bytes());
    out.extend_from_slice(dictionary);
    out.extend(format!(">>\nstartxref\n{start}\n%%EOF\n").bytes());
    out
}

/// Changes `seed` in a way that `step` decides: bits, bytes, cuts, repetitions, lengths; the same step gives the same bytes.
pub fn change(seed: &[u8], step: u64) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    let mut state = step.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    let mut next = |below: usize| {
        // xorshift64*: no randomness from outside, so that a failure can be repeated.
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        usize::try_from(state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap_or(0) % below.max(1)
    };
    for _ in 0..=next(4) {
        if bytes.is_empty() {
            return bytes;
        }
        let at = next(bytes.len());
        match next(7) {
            0 => bytes[at] ^= 1 << next(8),
            1 => bytes[at] = [0x00, 0x7f, 0x80, 0xff, 0x30, 0x84, 0xa0, 0x04][next(8)],
            2 => bytes.truncate(at),
            3 => {
                let end = (at + 1 + next(64)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let end = (at + 1 + next(64)).min(bytes.len());
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            5 => bytes[at] = bytes[at].wrapping_add(1),
            _ => {
                let from = next(bytes.len());
                bytes[at] = bytes[from];
            }
        }
    }
    bytes
}
