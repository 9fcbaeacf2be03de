//! Signatures with their content inside, taken upwards and signed again: streamed, and the same as in memory, byte by byte.

use std::path::{Path, PathBuf};
use std::process::Command;

use cartorio_ades::cms::oid;
use cartorio_ades::create::upgrade::{self, Attribute};
use cartorio_ades::validate::cms::parse;
use cartorio_ades::validate::inside::Inside;
use cartorio_office::dto::{DocumentInfo, FormatChoice, Integrity, SignFormat, SignLevel, SignProfile, SignerRole};
use cartorio_testkit::lab::Person;

use super::{Desk, code, level_of, of_format, profile};
use crate::host::{names, path_of};

const ABOVE: [SignLevel; 3] = [SignLevel::BT, SignLevel::BLt, SignLevel::BLta];

/// More than is read at a time, and no two pieces of it alike.
fn long() -> Vec<u8> {
    (0..3_u32 << 18).flat_map(u32::to_le_bytes).collect()
}

fn role(role: SignerRole, level: SignLevel) -> SignProfile {
    SignProfile { role, ..profile(level) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_streamed_equals_what_is_made_in_memory() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let (first, second) = (desk.signer(Person::Rsa2048).await, desk.signer(Person::P256).await);
    let content = long();
    let document = desk.document("longo.bin", &content).await;
    let signed = desk.signed(&first, &document, of_format(FormatChoice::CadesEnveloping, SignLevel::BB)).await;
    let whole = std::fs::read(&signed.path).unwrap();
    assert_eq!(by_openssl(&desk, &signed.path), content);

    let higher = desk.extended(&signed.document, SignLevel::BT).await;
    assert_eq!((higher.receipt.level, higher.receipt.format), (SignLevel::BT, SignFormat::CadesEnveloping));
    let found = std::fs::read(&higher.path).unwrap();
    let token = parse(&found).unwrap().signers().next().unwrap().time_stamp_tokens().remove(0);
    let in_memory = upgrade::add_unsigned(&whole, 0, &Attribute::new(oid::SIGNATURE_TIME_STAMP, token)).unwrap();
    assert!(found == in_memory, "{} and {} bytes", found.len(), in_memory.len());

    let countered = desk.signed(&second, &signed.document, role(SignerRole::Countersign, SignLevel::BB)).await;
    let found = std::fs::read(&countered.path).unwrap();
    let data = parse(&found).unwrap();
    let info = Inside::read(data.signers().next().unwrap()).counter_signatures.remove(0);
    let before: Vec<Vec<u8>> = parse(&whole).unwrap().certificates().map(|own| own.der.to_vec()).collect();
    let new: Vec<&[u8]> =
        data.certificates().map(|own| own.der).filter(|own| !before.iter().any(|old| old == own)).collect();
    assert!(!new.is_empty());
    let in_memory = upgrade::countersign(&whole, 0, &info, &new).unwrap();
    assert!(found == in_memory, "{} and {} bytes", found.len(), in_memory.len());
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn foreign_signatures_in_every_form_are_extended_and_signed_again() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let second = desk.signer(Person::P256).await;
    let content = long();
    for (form, options) in [
        ("der", &["-outform", "DER"][..]),
        // Indefinite lengths, and the content in pieces.
        ("ber", &["-outform", "DER", "-stream"]),
        ("armadura", &["-outform", "PEM"]),
        ("armadura-ber", &["-outform", "PEM", "-stream"]),
    ] {
        let document = foreign(&desk, form, options, &content).await;
        let before = signed_parts(&path_of(&document), &desk, form.starts_with("armadura"));
        for level in ABOVE {
            let higher = desk.extended(&document, level).await;
            assert_eq!((higher.receipt.level, higher.receipt.format), (level, SignFormat::CadesEnveloping), "{form}");
            assert_eq!(signed_parts(&higher.path, &desk, false), before, "{form}: what was signed is as it was");
            assert!(by_openssl(&desk, &higher.path) == content, "{form}");
            assert_is_der(&higher.path);
            if level == SignLevel::BLta
                && let Some(found) = desk.dss(&higher.path, None, None, true)
            {
                assert!(found[0].level.ends_with(level_of(level)), "{form}: {found:#?}");
            }
        }

        let both = desk.signed(&second, &document, role(SignerRole::Cosign, SignLevel::BLta)).await;
        assert_eq!(signed_parts(&both.path, &desk, false).len(), 2);
        assert!(signed_parts(&both.path, &desk, false).contains(&before[0]), "{form}: the first signer is as it was");
        assert!(by_openssl(&desk, &both.path) == content, "{form}");
        let again = desk.extended(&both.document, SignLevel::BLta).await;
        assert!(by_openssl(&desk, &again.path) == content, "{form}");

        let countered = desk.signed(&second, &document, role(SignerRole::Countersign, SignLevel::BB)).await;
        assert_eq!(signed_parts(&countered.path, &desk, false), before, "{form}");
        assert!(by_openssl(&desk, &countered.path) == content, "{form}");
        for (path, count) in [(&both.path, 2), (&again.path, 2), (&countered.path, 2)] {
            assert_is_der(path);
            if let Some(found) = desk.dss(path, None, None, path == &again.path) {
                assert_eq!(found.len(), count, "{form}: {found:#?}");
            }
            let report = desk.host.verify_path(path).await;
            assert!(report.signatures.iter().all(|own| own.integrity == Integrity::Ok), "{form}: {report:#?}");
        }
    }
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_encloses_something_else_than_was_signed_goes_nowhere() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let (first, second) = (desk.signer(Person::Rsa2048).await, desk.signer(Person::P256).await);
    let content = long();
    let document = desk.document("longo.bin", &content).await;
    let signed = desk.signed(&first, &document, of_format(FormatChoice::CadesEnveloping, SignLevel::BT)).await;
    let mut whole = std::fs::read(&signed.path).unwrap();
    let last = whole.windows(8).position(|window| window == &content[content.len() - 8..]).unwrap() + 7;
    whole[last] ^= 1;
    let broken = desk.document("quebrada.p7s", &whole).await;
    let folder = PathBuf::from(&broken.folder);
    let before = names(&folder);
    for level in ABOVE {
        let job = desk.extend(&broken, level).await;
        assert_eq!(code(&job), "signature_broken_already", "{job:#?}");
    }
    let wanted = role(SignerRole::Cosign, SignLevel::BB);
    assert_eq!(desk.refused(&second, &broken, wanted).await.0, "signature_broken_already");
    let wanted = role(SignerRole::Countersign, SignLevel::BB);
    assert_eq!(desk.refused(&second, &broken, wanted).await.0, "signature_broken_already");
    assert_eq!(names(&folder), before, "nothing is written");

    // BER that has the level already is not written anew for being DER.
    let ber = foreign(&desk, "ber", &["-outform", "DER", "-stream"], &content).await;
    let stamped = desk.extended(&ber, SignLevel::BT).await;
    let bytes = std::fs::read(&stamped.path).unwrap();
    let ber = desk.document("carimbada.p7s", &indefinite(&bytes)).await;
    assert_eq!(code(&desk.extend(&ber, SignLevel::BT).await), "level_already_there");
    desk.host.assert_sound().await;
}

/// A signature by OpenSSL with its content inside.
async fn foreign(desk: &Desk, form: &str, options: &[&str], content: &[u8]) -> DocumentInfo {
    let folder = desk.host.folder(&format!("alheia-{form}"));
    std::fs::write(folder.join("longo.bin"), content).unwrap();
    let lab = |file: &str| desk.lab.path(file);
    let path = folder.join(format!("{form}.p7s"));
    let made = Command::new("openssl")
        .args(["cms", "-sign", "-binary", "-cades", "-nodetach", "-md", "sha256", "-in"])
        .arg(folder.join("longo.bin"))
        .arg("-signer")
        .arg(lab("rsa2048.pem"))
        .arg("-inkey")
        .arg(lab("rsa2048.key"))
        .arg("-certfile")
        .arg(lab("issuing.pem"))
        .args(options)
        .arg("-out")
        .arg(&path)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::remove_file(folder.join("longo.bin")).unwrap();
    desk.host.pick_one(&path).await
}

/// Signed attributes and value of every signer.
fn signed_parts(path: &Path, desk: &Desk, armoured: bool) -> Vec<(Vec<u8>, Vec<u8>)> {
    let bytes = if armoured {
        let der = desk.host.folder("juizes").join("sem-armadura.p7s");
        let output = Command::new("openssl")
            .args(["cms", "-cmsout", "-inform", "PEM", "-outform", "DER", "-in"])
            .arg(path)
            .arg("-out")
            .arg(&der)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::read(der).unwrap()
    } else {
        std::fs::read(path).unwrap()
    };
    let data = parse(&bytes).unwrap();
    data.signers().map(|own| (own.signed_attributes().unwrap().to_vec(), own.signature_value().to_vec())).collect()
}

/// The content, as OpenSSL takes it out of a signature that it finds good.
fn by_openssl(desk: &Desk, path: &Path) -> Vec<u8> {
    let out = desk.host.folder("juizes").join("conteudo.bin");
    let output = Command::new("openssl")
        .args(["cms", "-verify", "-binary", "-inform", "DER", "-cades", "-purpose", "any", "-in"])
        .arg(path)
        .arg("-CAfile")
        .arg(desk.lab.path("root.pem"))
        .arg("-out")
        .arg(&out)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
    std::fs::read(out).unwrap()
}

fn assert_is_der(path: &Path) {
    use cartorio_ades::cms::ber::Encoding;
    assert_eq!(parse(&std::fs::read(path).unwrap()).unwrap().encoding(), Encoding::Der, "{}", path.display());
}

/// The same CMS with indefinite lengths around the signed data.
fn indefinite(der: &[u8]) -> Vec<u8> {
    use cartorio_ades::cms::tlv::Tlv;
    let info = Tlv::only(der).unwrap().children().rest("a field").unwrap();
    let data = info[1].children().rest("signed data").unwrap();
    [&[0x30, 0x80][..], info[0].raw(), &[0xa0, 0x80, 0x30, 0x80], data[0].body(), &[0; 6]].concat()
}
