//! Archive time stamps of signatures over more than is read whole: in little memory, and each verdict with its twin.
//!
//! Each run is a process of its own, whose peak is read from the kernel.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use cartorio_ades::cms::tlv::Tlv;
use cartorio_ades::cms::{der, oid};
use cartorio_ades::create::timestamp::Query;
use cartorio_ades::create::upgrade::icp::{
    archive_timestamp_v2, archive_v2_input, archive_v2_input_enclosed, enclose_stamped,
};
use cartorio_ades::create::upgrade::{add_unsigned, enclose};
use cartorio_core::{Digest, HashAlgorithm, Hasher};
use cartorio_office::dto::{FormatChoice, Integrity, SignLevel, SignProfile, SignerRole, VerifyReport};
use cartorio_testkit::lab::{Lab, Person};
use cartorio_testkit::measure::peak_mib;

use super::huge::in_a_process_of_its_own;
use super::{Desk, of_format, profile};
use crate::host::path_of;

/// More than is read whole, which is 256 MiB.
const LARGE: u64 = 257 << 20;
const SMALL: u64 = 3 << 20;
/// The most that a process may hold, in MiB.
const PEAK: f64 = 200.0;

#[test]
#[ignore = "takes more than a minute where nothing is optimised"]
fn a_large_signature_is_archived_in_little_memory() {
    in_a_process_of_its_own("levels::archives::archives_a_large_one");
}

#[test]
#[ignore = "takes more than a minute where nothing is optimised"]
fn a_large_archive_of_rfc_5126_is_judged_in_little_memory() {
    in_a_process_of_its_own("levels::archives::judges_a_large_one_of_rfc_5126");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "only as a child of a_large_signature_is_archived_in_little_memory"]
async fn archives_a_large_one() {
    archives(LARGE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "only as a child of a_large_archive_of_rfc_5126_is_judged_in_little_memory"]
async fn judges_a_large_one_of_rfc_5126() {
    rfc_5126(LARGE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn archives_of_rfc_5126_in_every_encoding() {
    rfc_5126(SMALL).await;
}

#[test]
#[ignore = "takes more than a minute where nothing is optimised"]
fn what_encloses_much_is_extended_and_signed_again_in_little_memory() {
    in_a_process_of_its_own("levels::archives::encloses_a_large_one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "only as a child of what_encloses_much_is_extended_and_signed_again_in_little_memory"]
async fn encloses_a_large_one() {
    encloses(LARGE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_encloses_something_is_extended_and_signed_again() {
    encloses(SMALL).await;
}

/// B-LTA from the start, one more archive time stamp later, and a changed content.
async fn archives(size: u64) {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let signer = desk.signer(Person::P256).await;
    for form in [FormatChoice::CadesDetached, FormatChoice::CadesEnveloping] {
        let folder = desk.host.folder(&format!("{form:?}"));
        let content = folder.join("grande.bin");
        written(&content, &[], size, &[]);
        let document = desk.host.pick_one(&content).await;
        let signed = desk.signed(&signer, &document, of_format(form, SignLevel::BLta)).await;
        assert_stamps(&desk.host.verify(&signed.document.id).await, &["signature", "archive"], Integrity::Ok);
        let last = desk.extended(&signed.document, SignLevel::BLta).await;
        let kinds = &["signature", "archive", "archive"];
        let report = desk.host.verify(&last.document.id).await;
        assert_stamps(&report, kinds, Integrity::Ok);
        assert_eq!(report.signatures[0].level, "CAdES B-LTA", "{report:#?}");
        println!("{form:?}: {:.1} MiB at the peak", peak_mib());

        // The very last byte of the content.
        let (path, at) = match form {
            FormatChoice::CadesDetached => (content.clone(), size - 1),
            _ => (path_of(&last.document), start_of(&path_of(&last.document)) + size - 1),
        };
        turn(&path, at);
        let report = desk.host.verify_path(&path_of(&last.document)).await;
        assert_eq!(report.signatures[0].integrity, Integrity::Broken, "{form:?}: {report:#?}");
        let archives = report.signatures[0].time_stamps.iter().filter(|own| own.kind == "archive");
        let told: Vec<_> =
            archives.map(|own| (own.integrity, own.reasons.contains(&"time_stamp_other_content".into()))).collect();
        assert_eq!(told, [(Integrity::Broken, true); 2], "{form:?}: {report:#?}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
    assert!(peak_mib() < PEAK, "{:.1} MiB at the peak", peak_mib());
}

/// What encloses so much takes further signers and every level, written in DER and in BER.
async fn encloses(size: u64) {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let (first, second) = (desk.signer(Person::Rsa2048).await, desk.signer(Person::P256).await);
    let folder = desk.host.folder("dentro");
    let content = folder.join("grande.bin");
    written(&content, &[], size, &[]);
    let document = desk.host.pick_one(&content).await;
    let signed = desk.signed(&first, &document, of_format(FormatChoice::CadesDetached, SignLevel::BB)).await;
    let cms = std::fs::read(path_of(&signed.document)).unwrap();
    let parts = enclose(&cms, size).unwrap();
    let (der, ber) = (folder.join("der.p7s"), folder.join("ber.p7s"));
    written(&der, &parts.head, size, &parts.tail);
    Ber::of(&cms).write(&ber, &mut File::open(&content).unwrap());
    for path in [der, ber] {
        let document = desk.host.pick_one(&path).await;
        let role = |role| {
            let countersigned = (role == SignerRole::Countersign).then_some(0);
            SignProfile { role, countersigned, ..profile(SignLevel::BB) }
        };
        let both = desk.signed(&second, &document, role(SignerRole::Cosign)).await;
        let countered = desk.signed(&second, &both.document, role(SignerRole::Countersign)).await;
        std::fs::remove_file(path_of(&both.document)).unwrap();
        let mut last = countered.document;
        for level in [SignLevel::BT, SignLevel::BLt, SignLevel::BLta] {
            let higher = desk.extended(&last, level).await.document;
            std::fs::remove_file(path_of(&last)).unwrap();
            last = higher;
        }
        println!("{}: {:.1} MiB at the peak", path.display(), peak_mib());
        let report = desk.host.verify(&last.id).await;
        assert_eq!(report.signatures.len(), 2, "{report:#?}");
        for own in &report.signatures {
            assert_eq!((own.integrity, own.level.as_str()), (Integrity::Ok, "CAdES B-LTA"), "{report:#?}");
        }
        // In one piece, from its first byte to its last.
        let start = start_of(&path_of(&last));
        turn(&path_of(&last), start + size - 1);
        let report = desk.host.verify_path(&path_of(&last)).await;
        assert!(report.signatures.iter().all(|own| own.integrity == Integrity::Broken), "{report:#?}");
        std::fs::remove_file(path_of(&last)).unwrap();
    }
    // The small one shares its process with other tests.
    assert!(size < LARGE || peak_mib() < PEAK, "{:.1} MiB at the peak", peak_mib());
}

fn assert_stamps(report: &VerifyReport, kinds: &[&str], integrity: Integrity) {
    let own = &report.signatures[0];
    assert_eq!(own.integrity, Integrity::Ok, "{report:#?}");
    let found: Vec<_> = own.time_stamps.iter().map(|own| own.kind.as_str()).collect();
    assert_eq!(found, kinds, "{report:#?}");
    for stamp in &own.time_stamps {
        let wanted = if stamp.kind == "archive" { integrity } else { Integrity::Ok };
        assert_eq!(stamp.integrity, wanted, "{stamp:?}");
    }
}

/// The archive time stamp of RFC 5126, beside its content and around it, in DER and in BER.
async fn rfc_5126(size: u64) {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let signer = desk.signer(Person::P256).await;
    let folder = desk.host.folder("arquivo");
    let content = folder.join("grande.bin");
    written(&content, &[], size, &[]);
    let document = desk.host.pick_one(&content).await;
    let signed = desk.signed(&signer, &document, of_format(FormatChoice::CadesDetached, SignLevel::BT)).await;
    let cms = std::fs::read(path_of(&signed.document)).unwrap();
    let read = || File::open(&content).unwrap();

    // Beside it.
    let imprint = archive_v2_input(&cms, 0, SHA256, &mut read()).unwrap();
    let beside = folder.join("grande.bin.p7s");
    std::fs::write(&beside, stamped(desk.lab, &cms, imprint)).unwrap();
    assert_stamps(&desk.host.verify_path(&beside).await, &["signature", "archive"], Integrity::Ok);
    turn(&content, size - 1);
    let report = desk.host.verify_path(&beside).await;
    assert_eq!(archive(&report), (Integrity::Broken, true), "{report:#?}");
    turn(&content, size - 1);

    // Around it.
    let imprint = archive_v2_input_enclosed(&cms, 0, SHA256, &mut read(), size).unwrap();
    let whole = stamped(desk.lab, &cms, imprint.clone());
    let parts = enclose_stamped(&whole, size).unwrap();
    let around = folder.join("dentro.p7s");
    written(&around, &parts.head, size, &parts.tail);
    assert_stamps(&desk.host.verify_path(&around).await, &["signature", "archive"], Integrity::Ok);
    turn(&around, parts.head.len() as u64 + size - 1);
    let report = desk.host.verify_path(&around).await;
    assert_eq!(report.signatures[0].integrity, Integrity::Broken, "{report:#?}");
    assert_eq!(archive(&report), (Integrity::Broken, true), "{report:#?}");
    println!("{size}: {:.1} MiB at the peak", peak_mib());

    // The same in BER, in pieces. What the stamp is over is the description as DER has it: that is known.
    let ber = Ber::of(&whole);
    let pieces = folder.join("pedacos.p7s");
    ber.write(&pieces, &mut read());
    assert_stamps(&desk.host.verify_path(&pieces).await, &["signature", "archive"], Integrity::Ok);
    // Or over what stands there: nobody may call that broken.
    let imprint = Ber::of(&cms).imprint(&mut read());
    let whole = stamped(desk.lab, &cms, imprint);
    Ber::of(&whole).write(&pieces, &mut read());
    let report = desk.host.verify_path(&pieces).await;
    assert_eq!(report.signatures[0].integrity, Integrity::Ok, "{report:#?}");
    assert_eq!(archive(&report), (Integrity::Unknown, false), "{report:#?}");
    println!("{size} in pieces: {:.1} MiB at the peak", peak_mib());
    // The small one shares its process with other tests.
    assert!(size < LARGE || peak_mib() < PEAK, "{:.1} MiB at the peak", peak_mib());
}

const SHA256: HashAlgorithm = HashAlgorithm::Sha256;

/// What is said of the archive time stamp, and whether it is that it is over something else.
fn archive(report: &VerifyReport) -> (Integrity, bool) {
    let found = report.signatures[0].time_stamps.iter().find(|own| own.kind == "archive").unwrap();
    (found.integrity, found.reasons.iter().any(|code| code == "time_stamp_other_content"))
}

/// `cms` with an archive time stamp over `imprint`.
fn stamped(lab: &Lab, cms: &[u8], imprint: Digest) -> Vec<u8> {
    let query = Query::new(imprint, [3; 16], None);
    let token = query.accept(&lab.stamp(&lab.urls().tsa, &query.der())).unwrap();
    add_unsigned(cms, 0, &archive_timestamp_v2(&token.der)).unwrap()
}

/// Writes a word and a hole, `size` bytes together, between two pieces.
fn written(path: &Path, head: &[u8], size: u64, tail: &[u8]) {
    let mut file = File::create(path).unwrap();
    file.write_all(&[head, b"conteudo"].concat()).unwrap();
    file.set_len(head.len() as u64 + size).unwrap();
    file.seek(SeekFrom::End(0)).unwrap();
    file.write_all(tail).unwrap();
}

/// Turns a bit.
fn turn(path: &Path, at: u64) {
    let mut file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(at)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(&[byte[0] ^ 1]).unwrap();
}

/// Where the content of an enclosing signature in DER starts.
fn start_of(path: &Path) -> u64 {
    let mut file = File::open(path).unwrap();
    let opened = cartorio_ades::cms::enclosing::open(&mut file, Default::default()).unwrap().unwrap();
    let [place] = opened.content.as_slice() else { panic!("DER has one place") };
    place.start
}

/// A detached signature, to be written around its content in the indefinite form.
struct Ber {
    digests: Vec<u8>,
    /// From the certificates to the signers.
    fields: Vec<u8>,
}

impl Ber {
    fn of(detached: &[u8]) -> Self {
        let info = Tlv::only(detached).unwrap().children().rest("a field").unwrap();
        let data = info[1].children().rest("signed data").unwrap();
        let fields = data[0].children().rest("a field").unwrap();
        let after: Vec<&[u8]> = fields[3..].iter().map(Tlv::raw).collect();
        Self { digests: fields[1].raw().to_vec(), fields: after.concat() }
    }

    /// The content description, piece by piece.
    fn description(content: &mut impl Read, mut take: impl FnMut(&[u8])) {
        take(&[&[0x30, 0x80][..], &der::oid(oid::DATA), &[0xa0, 0x80, 0x24, 0x80]].concat());
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = content.read(&mut buffer).unwrap();
            if read == 0 {
                break;
            }
            take(&der::tlv(der::OCTET_STRING, &[&buffer[..read]]));
        }
        take(&[0; 6]);
    }

    fn write(&self, path: &Path, content: &mut impl Read) {
        let mut file = std::io::BufWriter::new(File::create(path).unwrap());
        let head = [&[0x30, 0x80][..], &der::oid(oid::SIGNED_DATA), &[0xa0, 0x80, 0x30, 0x80, 2, 1, 1], &self.digests]
            .concat();
        file.write_all(&head).unwrap();
        Self::description(content, |piece| file.write_all(piece).unwrap());
        file.write_all(&self.fields).unwrap();
        file.write_all(&[0; 6]).unwrap();
        file.flush().unwrap();
    }

    /// What an archive time stamp over it as it stands is over.
    fn imprint(&self, content: &mut impl Read) -> Digest {
        let mut hasher = Hasher::new(SHA256);
        Self::description(content, |piece| hasher.update(piece));
        let all = der::tlv(der::SEQUENCE, &[&self.fields]);
        let fields = Tlv::only(&all).unwrap().children().rest("a field").unwrap();
        let (signers, sets) = fields.split_last().unwrap();
        sets.iter().for_each(|set| hasher.update(set.raw()));
        let signer = signers.children().rest("a signer").unwrap();
        hasher.update(signer[0].body());
        hasher.finish()
    }
}
