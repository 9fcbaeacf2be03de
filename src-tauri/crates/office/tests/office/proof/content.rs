//! Time stamps over the content, made before it was signed (EN 319 122-1 §5.2.8). Our own signing makes none; others do.

use std::process::Command;

use cartorio_ades::cms::{der, oid};
use cartorio_core::Digest;
use cartorio_testkit::lab::Lab;

use super::making::{CONTENT, Extras, FORMS, Form, Piece, SHA256, days, last_bit, signed_with, token};
use super::{Court, Want};

/// The attribute with a token over `digest`.
fn attribute(lab: &Lab, tsa: &str, digest: Digest, hours: i64, spoil: fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut token = token(lab, tsa, digest, hours);
    spoil(&mut token);
    der::tlv(der::SEQUENCE, &[&der::oid(oid::CONTENT_TIME_STAMP), &der::tlv(der::SET, &[&token])])
}

/// A signature of 60 days ago over a content that was stamped at `hours`.
fn stamped(lab: &'static Lab, form: Form, signer: &str, hours: i64) -> Piece {
    of(lab, form, signer, move |digest| attribute(lab, "tsa", digest.clone(), hours, |_| ()))
}

fn of(lab: &'static Lab, form: Form, signer: &str, more: impl FnOnce(&Digest) -> Vec<u8> + 'static) -> Piece {
    signed_with(lab, form, signer, days(-60), Extras { more: Some(Box::new(more)), ..Extras::default() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stamp_over_the_content_says_after_and_never_before() {
    let Some(mut court) = Court::informed().await else { return };
    let lab = court.lab;
    for form in FORMS {
        let early = days(-61);
        let own = court.case("alone", &stamped(lab, form, "p256", early), 0, &Want::passed(None)).await;
        let seen: Vec<_> =
            own.time_stamps.iter().map(|own| (own.kind.as_str(), format!("{:?}", own.integrity))).collect();
        court.check("it is shown", seen == [("content", "Ok".to_owned())], &own.time_stamps);
        court.check("it makes no level", own.level.ends_with("B-B"), &own.level);
        let (at, proven) = (days(-60) + 1, Some(days(-60) + 1));
        let both = stamped(lab, form, "p256", early).stamp("tsa", at);
        let own = court.case("with one over the signature", &both, 0, &Want::passed(proven)).await;
        court.check("level", own.level.ends_with("B-T"), &own.level);
        let kinds: Vec<&str> = own.time_stamps.iter().map(|own| own.kind.as_str()).collect();
        court.check("both are shown", kinds == ["content", "signature"], &kinds);

        // The signer was revoked 30 days ago. A stamp before that proves nothing about the signature; one after it condemns it.
        let open = |proven| Want::open("REVOKED_NO_POE", "revoked", proven);
        court.case("revoked, stamped before", &stamped(lab, form, "revoked", early), 0, &open(None)).await;
        let failed = Want::failed("REVOKED", &["revoked"], None);
        court.case("revoked, stamped after", &stamped(lab, form, "revoked", days(-10)), 0, &failed).await;
        let saved = stamped(lab, form, "revoked", early).stamp("tsa", at);
        court.case("revoked, signature stamped in time", &saved, 0, &Want::passed(proven)).await;
    }
    court.end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stamp_over_the_content_that_does_not_hold_condemns_nobody() {
    let Some(mut court) = Court::informed().await else { return };
    let lab = court.lab;
    let late = days(-10);
    for form in FORMS {
        for signer in ["p256", "revoked"] {
            let want = |reason| match signer {
                "p256" => Want::passed(None).saying(reason),
                _ => Want::open("REVOKED_NO_POE", "revoked", None).saying(reason),
            };
            let spoilt = of(lab, form, signer, move |digest| attribute(lab, "tsa", digest.clone(), late, last_bit));
            court.case(&format!("{signer}, spoilt"), &spoilt, 0, &want("time_stamp_broken")).await;
            let other = Digest::of(SHA256, b"another content");
            let foreign = of(lab, form, signer, move |_| attribute(lab, "tsa", other, late, |_| ()));
            let own =
                court.case(&format!("{signer}, of another content"), &foreign, 0, &want("time_stamp_broken")).await;
            let told =
                own.time_stamps.iter().any(|own| own.reasons.iter().any(|code| code == "time_stamp_other_content"));
            court.check("whose it is", told, &own.time_stamps);
            // Its authority was revoked before it stamped.
            let revoked =
                of(lab, form, signer, move |digest| attribute(lab, "tsa-compromised", digest.clone(), late, |_| ()));
            court.case(&format!("{signer}, by a revoked authority"), &revoked, 0, &want("time_stamp_untrusted")).await;
        }
    }
    court.end();
}

/// The attribute is signed: who changes or removes it breaks the signature.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stamp_over_the_content_is_part_of_what_is_signed() {
    let Some(mut court) = Court::informed().await else { return };
    let lab = court.lab;
    let good = stamped(lab, Form::Cades, "p256", days(-61));
    let folder = court.desk.host.folder("openssl");
    let (cms, content) = (folder.join("ata.p7s"), folder.join("ata.bin"));
    let verifies = |bytes: &[u8], over: &[u8]| {
        std::fs::write(&cms, bytes).unwrap();
        std::fs::write(&content, over).unwrap();
        let mut command = Command::new("openssl");
        command.args(["cms", "-verify", "-binary", "-inform", "DER", "-purpose", "any", "-out", "/dev/null", "-in"]);
        let output = command.arg(&cms).arg("-content").arg(&content).arg("-CAfile").arg(lab.path("root.pem")).output();
        let output = output.unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (whole, said) = verifies(&good.bytes, CONTENT);
    assert!(whole, "{said}");
    assert!(!verifies(&good.bytes, b"another content").0);
    let data = cartorio_ades::validate::cms::parse(&good.bytes).unwrap();
    let inside = cartorio_ades::validate::inside::Inside::read(data.signers().next().unwrap());
    let [stamp] = inside.stamps.as_slice() else { panic!("one stamp") };
    let turned = good.clone().flip(&stamp.token);
    assert!(!verifies(&turned.bytes, CONTENT).0);
    let failed = Want::failed("SIG_CRYPTO_FAILURE", &["signature_mismatch", "time_stamp_broken"], None);
    court.case("a turned bit of the token", &turned, 0, &failed).await;
    court.end();
}
