//! Signatures of earlier days and of other programs, taken upwards.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use cartorio_ades::create::timestamp::Query;
use cartorio_ades::create::upgrade;
use cartorio_ades::create::upgrade::icp::{certificate_values, revocation_values};
use cartorio_ades::validate::cms::parse;
use cartorio_core::{Digest, HashAlgorithm};
use cartorio_office::dto::{
    FormatChoice, Integrity, ItemState, JobSnapshot, JobStatus, SignFormat, SignLevel, SignProfile, SignerRole,
};
use cartorio_testkit::judges;
use cartorio_testkit::lab::{Lab, Person};
use serde_json::json;

use super::retrying::remove_authorities;
use super::{Desk, Held, code, level_of, of_format, page, profile, sample};
use crate::host::{names, path_of, sha256};

const ABOVE: [SignLevel; 3] = [SignLevel::BT, SignLevel::BLt, SignLevel::BLta];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_own_signatures_reach_every_level_afterwards() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::Rsa2048).await;
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    for form in [FormatChoice::Pades, FormatChoice::CadesDetached, FormatChoice::CadesEnveloping] {
        let pades = form == FormatChoice::Pades;
        let (name, content) =
            if pades { ("x.pdf", sample("procuracao-publica.pdf")) } else { ("x.txt", b"Ata.\n".to_vec()) };
        let document = desk.document(&format!("{form:?}-{name}"), &content).await;
        let beside = (form == FormatChoice::CadesDetached).then(|| path_of(&document));
        let signed = desk.signed(&signer, &document, of_format(form, SignLevel::BB)).await;
        let before = sha256(&signed.path);
        for level in ABOVE {
            let higher = desk.extended(&signed.document, level).await;
            assert_eq!(sha256(&signed.path), before, "the signature that was there is not touched");
            assert_eq!((higher.receipt.level, higher.receipt.key_uses), (level, 0));
            let ending = format!("-b-{}.{}", level_of(level).to_lowercase(), if pades { "pdf" } else { "p7s" });
            assert!(higher.document.name.ends_with(&ending), "{}", higher.document.name);
            let record = desk.record("document_extended").await;
            assert_eq!((record.phase.as_str(), record.seq), ("succeeded", higher.receipt.audit_seq));
            assert_eq!(record.detail["output_sha256"], sha256(&higher.path));
            let family = if pades { "PAdES" } else { "CAdES" };
            // A PDF signature that is closed already is stamped over the document, which DSS calls B-T and pyHanko does not.
            if pades {
                let levels = desk.dss(&higher.path, None, None, level >= SignLevel::BLt);
                let expected = format!("PAdES-BASELINE-{}", level_of(level));
                let found: Option<Vec<String>> = levels.map(|all| all.into_iter().map(|own| own.level).collect());
                assert!(found.is_none_or(|found| found == [expected.clone()]), "{level:?}");
            } else {
                desk.judge(&higher.path, beside.as_deref(), family, level);
            }
            if level == SignLevel::BLta {
                // A detached signature is found by its content's name.
                let alone = desk.host.folder(&format!("de-novo-{form:?}"));
                let own = if let Some(content) = &beside {
                    std::fs::copy(content, alone.join("x.txt")).unwrap();
                    alone.join("x.txt.p7s")
                } else {
                    alone.join(&higher.document.name)
                };
                std::fs::copy(&higher.path, &own).unwrap();
                let again = desk.extended(&desk.host.pick_one(&own).await, level).await;
                let stamps = desk.dss(&again.path, beside.as_deref(), None, true).map(|all| all[0].timestamps.len());
                assert!(stamps.is_none_or(|count| count >= 3), "{form:?}: one more archive time stamp: {stamps:?}");
            }
        }
    }
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signatures_of_openssl_and_pyhanko_are_extended() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let folder = desk.host.folder("alheias");
    let at = |name: &str| folder.join(name);
    std::fs::write(at("ata.txt"), b"Ata de outro programa.\n").unwrap();
    std::fs::write(at("ata.pdf"), sample("procuracao-publica.pdf")).unwrap();
    let lab = |file: &str| desk.lab.path(file);
    let made = Command::new("openssl")
        .args(["cms", "-sign", "-binary", "-cades", "-outform", "DER", "-md", "sha256", "-in"])
        .arg(at("ata.txt"))
        .arg("-signer")
        .arg(lab("rsa2048.pem"))
        .arg("-inkey")
        .arg(lab("rsa2048.key"))
        .arg("-certfile")
        .arg(lab("issuing.pem"))
        .arg("-out")
        .arg(at("ata.txt.p7s"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let document = desk.host.pick_one(&at("ata.txt.p7s")).await;
    for level in ABOVE {
        let higher = desk.extended(&document, level).await;
        assert_eq!((higher.receipt.level, higher.receipt.format), (level, SignFormat::CadesDetached));
        desk.judge(&higher.path, Some(&at("ata.txt")), "CAdES", level);
    }

    let Some(python) = judges::python("pyHanko as a signer") else { return };
    let script = "import sys\n\
        from pyhanko.sign import signers, fields\n\
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter\n\
        pdf, out, p12 = sys.argv[1:]\n\
        signer = signers.SimpleSigner.load_pkcs12(p12, passphrase=b'laboratorio')\n\
        meta = signers.PdfSignatureMetadata(field_name='Deles', md_algorithm='sha256', \
        subfilter=fields.SigSeedSubFilter.PADES)\n\
        with open(pdf, 'rb') as f, open(out, 'wb') as o:\n    \
        signers.sign_pdf(IncrementalPdfFileWriter(f), meta, signer=signer, output=o)\n";
    let made = Command::new(python)
        .args(["-c", script])
        .args([at("ata.pdf"), at("deles.pdf"), lab("rsa2048.p12")])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let document = desk.host.pick_one(&at("deles.pdf")).await;
    for level in ABOVE {
        let higher = desk.extended(&document, level).await;
        if let Some(found) = desk.dss(&higher.path, None, None, level >= SignLevel::BLt) {
            assert_eq!(found[0].level, format!("PAdES-BASELINE-{}", level_of(level)));
        }
        let bytes = std::fs::read(&higher.path).unwrap();
        assert!(bytes.starts_with(&std::fs::read(at("deles.pdf")).unwrap()), "only added to");
    }
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_extended_is_refused() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::P256).await;
    let unsigned = desk.document("sem.pdf", &page()).await;
    let text = desk.document("ata.txt", b"ata").await;
    let signed = desk.signed(&signer, &text, profile(SignLevel::BB)).await;
    let folder = path_of(&text).parent().unwrap().to_owned();
    let before = names(&folder);

    assert_eq!(code(&desk.extend(&signed.document, SignLevel::BT).await), "tsa_none");
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    assert_eq!(code(&desk.extend(&unsigned, SignLevel::BT).await), "sign_format_not_fitting");
    assert_eq!(code(&desk.extend(&text, SignLevel::BT).await), "sign_format_not_fitting");
    let low = json!({"documents": [text.id], "level": "b-b", "output_folder": null});
    assert_eq!(desk.host.code("extend_start", low).await, "invalid_field");
    // Offline, by explicit choice: what was not reached is said.
    let offline = json!({
        "documents": [signed.document.id], "level": "b-lta", "output_folder": null, "offline": true, "accept_lower_level": true,
    });
    let started: cartorio_office::dto::JobSnapshot = desk.host.ask("extend_start", offline).await.unwrap();
    let job = desk.host.ended(&started.id).await;
    assert_eq!((job.status, code(&job)), (JobStatus::Failed, "level_not_reached"));
    assert_eq!(desk.record("document_extended").await.error_code.as_deref(), Some("level_not_reached"));
    assert_eq!(names(&folder), before, "nothing is written");

    // A signature that was broken before is not dressed up.
    let broken = desk.document("quebrada.txt", b"ata").await;
    let signed = desk.signed(&signer, &broken, profile(SignLevel::BB)).await;
    std::fs::write(path_of(&broken), b"outra").unwrap();
    assert_eq!(code(&desk.extend(&signed.document, SignLevel::BT).await), "content_other");
    desk.host.assert_sound().await;
}

/// `signed` with `token` as the time stamp of its first signature, whatever it is over.
fn dressed(signed: &[u8], token: Vec<u8>) -> Vec<u8> {
    let attribute = upgrade::Attribute::new(cartorio_ades::cms::oid::SIGNATURE_TIME_STAMP, token);
    upgrade::add_unsigned(signed, 0, &attribute).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_stamp_of_another_signature_is_none() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::Rsa2048).await;
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let one = desk.document("um.txt", b"um").await;
    let stamped = desk.signed(&signer, &one, of_format(FormatChoice::CadesDetached, SignLevel::BT)).await;
    let other = desk.document("outro.txt", b"outro").await;
    let bare = desk.signed(&signer, &other, of_format(FormatChoice::CadesDetached, SignLevel::BB)).await;
    let bytes = std::fs::read(&stamped.path).unwrap();
    let token = parse(&bytes).unwrap().signers().next().unwrap().time_stamp_tokens().remove(0);
    std::fs::write(&bare.path, dressed(&std::fs::read(&bare.path).unwrap(), token)).unwrap();
    let picked = desk.host.pick_one(&bare.path).await;
    for level in [SignLevel::BT, SignLevel::BLt] {
        let higher = desk.extended(&picked, level).await;
        assert_eq!((higher.receipt.level, higher.receipt.time_stamps.len()), (level, 1), "it is stamped");
        let report = desk.host.verify_path(&higher.path).await;
        let mut stamps: Vec<Integrity> = report.signatures[0].time_stamps.iter().map(|own| own.integrity).collect();
        stamps.sort_by_key(|own| *own != Integrity::Ok);
        assert_eq!(stamps, [Integrity::Ok, Integrity::Broken], "{report:?}");
    }
    // The one that holds counts.
    assert_eq!(code(&desk.extend(&stamped.document, SignLevel::BT).await), "level_already_there");
    assert_eq!(desk.extended(&stamped.document, SignLevel::BLt).await.receipt.time_stamps.len(), 0);
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_evident_by_itself_is_not_written_again() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::Rsa2048).await;
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    for (form, name) in [
        (FormatChoice::Pades, "a.pdf"),
        (FormatChoice::CadesDetached, "b.txt"),
        (FormatChoice::CadesEnveloping, "c.txt"),
    ] {
        let content = if form == FormatChoice::Pades { page() } else { b"Ata.\n".to_vec() };
        let document = desk.document(name, &content).await;
        let signed = desk.signed(&signer, &document, of_format(form, SignLevel::BLt)).await;
        let folder = path_of(&document).parent().unwrap().to_owned();
        let before = names(&folder);
        // The responders answer anew in every second; what is inside already says as much.
        std::thread::sleep(std::time::Duration::from_millis(1_100));
        let job = desk.extend(&signed.document, SignLevel::BLt).await;
        let error = job.items[0].error.clone().unwrap();
        assert_eq!((error.code.as_str(), error.params["level"].as_str()), ("level_already_there", "B-LT"), "{form:?}");
        assert_eq!(names(&folder), before, "{form:?}: nothing is written");
        assert_eq!(desk.record("document_extended").await.error_code.as_deref(), Some("level_already_there"));
    }
    // A signature with a time stamp and nothing more gets its evidence, and an archive time stamp is always one more.
    let document = desk.document("d.txt", b"Ata.\n").await;
    let stamped = desk.signed(&signer, &document, of_format(FormatChoice::CadesDetached, SignLevel::BT)).await;
    let evident = desk.extended(&stamped.document, SignLevel::BLt).await;
    assert_eq!((evident.receipt.level, evident.receipt.time_stamps.len()), (SignLevel::BLt, 0));
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_in_one_signer_takes_another_no_further() {
    let Some(desk) = Desk::open().await else { return };
    let (first, second) = (desk.signer(Person::Rsa2048).await, desk.signer(Person::P256).await);
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let document = desk.document("ata.txt", b"Ata.\n").await;
    let one = desk.signed(&first, &document, of_format(FormatChoice::CadesDetached, SignLevel::BT)).await;
    let cosign = SignProfile { role: SignerRole::Cosign, ..profile(SignLevel::BT) };
    let both = std::fs::read(&desk.signed(&second, &one.document, cosign).await.path).unwrap();
    let value = |cms: &[u8], signer| upgrade::signature_value(cms, signer).unwrap();
    let of_first = value(&std::fs::read(&one.path).unwrap(), 0);
    let place = upgrade::signer_with(&both, &of_first).unwrap();
    // What one of them carries says enough of everybody.
    let certificates = ["root", "issuing", "act"].map(|label| desk.lab.certificate(label));
    let lists = ["root", "issuing", "act"].map(|label| desk.lab.crl(label));
    let certificates: Vec<&[u8]> = certificates.iter().map(Vec::as_slice).collect();
    let lists: Vec<&[u8]> = lists.iter().map(Vec::as_slice).collect();
    let carried = [certificate_values(&certificates).unwrap(), revocation_values(&lists, &[]).unwrap()];
    let carrying = |places: &[usize]| {
        let mut cms = both.clone();
        for (place, attribute) in places.iter().flat_map(|place| carried.iter().map(move |own| (*place, own))) {
            // Who grows may get another place.
            let now = upgrade::signer_with(&cms, &value(&both, place)).unwrap();
            cms = upgrade::add_unsigned(&cms, now, attribute).unwrap();
        }
        cms
    };
    for (name, places) in [("um", vec![place]), ("outro", vec![1 - place]), ("ambos", vec![0, 1])] {
        let folder = desk.host.folder(name);
        std::fs::write(folder.join("ata.txt"), b"Ata.\n").unwrap();
        let path = folder.join("ata.txt.p7s");
        std::fs::write(&path, carrying(&places)).unwrap();
        let picked = desk.host.pick_one(&path).await;
        if places.len() == 2 {
            assert_eq!(code(&desk.extend(&picked, SignLevel::BLt).await), "level_already_there");
            continue;
        }
        let higher = desk.extended(&picked, SignLevel::BLt).await;
        assert_eq!((higher.receipt.level, higher.receipt.time_stamps.len()), (SignLevel::BLt, 0), "{name}");
        let report = desk.host.verify_path(&higher.path).await;
        let levels: Vec<&str> = report.signatures.iter().map(|own| own.level.as_str()).collect();
        assert!(levels.len() == 2 && levels.iter().all(|own| own.ends_with("B-LT")), "{name}: {levels:?}");
    }
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_stamp_of_an_authority_that_does_not_count_here_is_none() {
    let Some(lab) = Lab::shared() else { return };
    // Nobody asks this office's own signature for anything but a root that it trusts.
    let host = crate::host::Host::demo().await;
    let fetcher = cartorio_net::Fetcher::new(cartorio_net::Reach::Anywhere);
    assert!(host.office.use_fetcher(std::sync::Arc::new(fetcher)));
    let identity = host.identities().await.remove(0);
    let path = host.folder("entrada").join("ata.txt");
    std::fs::write(&path, "Ata.\n").unwrap();
    let job = host.sign(&crate::host::sign_request(&identity.id, &[host.pick_one(&path).await])).await;
    let signed = path_of(job.items[0].output.as_ref().unwrap());
    let bytes = std::fs::read(&signed).unwrap();
    let query =
        Query::new(Digest::of(HashAlgorithm::Sha256, &upgrade::signature_value(&bytes, 0).unwrap()), [7; 16], None);
    let token = query.accept(&lab.stamp(&lab.urls().tsa, &query.der())).unwrap();
    std::fs::write(&signed, dressed(&bytes, token.der)).unwrap();
    let desk = Desk { host, lab };
    let picked = desk.host.pick_one(&signed).await;
    assert_eq!(code(&desk.extend(&picked, SignLevel::BT).await), "tsa_none", "one that counts is asked for");
    desk.trust("root").await;
    let picked = desk.host.pick_one(&signed).await;
    assert_eq!(code(&desk.extend(&picked, SignLevel::BT).await), "level_already_there", "now it counts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn some_at_once_held_up_gone_on_with_and_given_up() {
    const MANY: usize = 40;
    let Some(desk) = Desk::open().await else { return };
    let host = &desk.host;
    let signer = desk.signer(Person::P256).await;
    let document = desk.document("ata.pdf", &sample("procuracao-publica.pdf")).await;
    let signed = desk.signed(&signer, &document, of_format(FormatChoice::Pades, SignLevel::BB)).await;
    for goes_on in [true, false] {
        // It cannot end before it is held up.
        let authority = Held::before(&desk.lab.urls().tsa, 6);
        desk.authority("ACT", &authority.server.endpoint()).await;
        let before = host.last_seq().await;
        let folder = host.folder(&format!("muitos-{goes_on}"));
        let mut paths: Vec<_> = (0..MANY).map(|number| folder.join(format!("{number:02}.pdf"))).collect();
        for path in &paths {
            std::fs::copy(&signed.path, path).unwrap();
        }
        // One that fails keeps nobody else from their end.
        std::fs::write(&paths[3], sample("procuracao-publica.pdf")).unwrap();
        let documents = host.pick(&paths).await;
        let ids: Vec<&String> = documents.iter().map(|own| &own.id).collect();
        let request = json!({"documents": ids, "level": SignLevel::BT, "output_folder": null});
        let started: JobSnapshot = host.ask("extend_start", request).await.unwrap();
        let look = async || host.ask::<JobSnapshot>("job_get", json!({"id": started.id})).await.unwrap();
        let of = |job: &JobSnapshot, state: ItemState| job.items.iter().filter(|item| item.state == state).count();
        let mut most = 0;
        loop {
            let job = look().await;
            assert_eq!(job.status, JobStatus::Running, "it ended before it was held up");
            most = most.max(of(&job, ItemState::Running));
            if most > 1 && of(&job, ItemState::Done) > 3 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let _: JobSnapshot = host.ask("job_pause", json!({"id": started.id})).await.unwrap();
        authority.go_on();
        let paused = loop {
            let job = look().await;
            most = most.max(of(&job, ItemState::Running));
            if job.status == JobStatus::Paused {
                break job;
            }
            assert_eq!(job.status, JobStatus::Running, "it ended although it was held up");
            tokio::time::sleep(Duration::from_millis(1)).await;
        };
        assert!(most <= 8, "authorities of others are not run down: {most}");
        assert_eq!(of(&paused, ItemState::Running), 0, "what was under way is finished");
        assert!(of(&paused, ItemState::Waiting) > 0 && paused.waits_for.is_none());
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(of(&look().await, ItemState::Waiting), of(&paused, ItemState::Waiting), "nothing more is begun");
        let command = if goes_on { "job_resume" } else { "job_cancel" };
        let _: JobSnapshot = host.ask(command, json!({"id": started.id})).await.unwrap();
        // It is still told as paused until it has woken.
        let asked = Instant::now();
        while look().await.status == JobStatus::Paused {
            assert!(asked.elapsed() < Duration::from_secs(60), "it never wakes");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let job = host.ended(&started.id).await;
        let (done, cancelled) = (of(&job, ItemState::Done), of(&job, ItemState::Cancelled));
        assert_eq!(job.items[3].error.as_ref().unwrap().code, "sign_format_not_fitting");
        if goes_on {
            assert_eq!((job.status, done, cancelled), (JobStatus::Partly, MANY - 1, 0));
        } else {
            assert_eq!((job.status, cancelled), (JobStatus::Cancelled, of(&paused, ItemState::Waiting)));
            assert_eq!(done, of(&paused, ItemState::Done));
        }
        // Each has a result of its own, on record once, and nothing else lies there.
        let outputs: BTreeSet<String> =
            job.items.iter().filter_map(|item| item.output.as_ref()).map(|own| own.name.clone()).collect();
        assert_eq!(outputs.len(), done);
        paths.retain(|path| !path.exists());
        assert!(paths.is_empty(), "what was there is not touched");
        assert_eq!(names(&folder).len(), MANY + done);
        let trail = host.trail().await;
        let ends =
            trail.iter().filter(|own| own.seq > before && own.act == "document_extended" && own.phase == "succeeded");
        assert_eq!(ends.count(), done);
        remove_authorities(&desk).await;
    }
    host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_room_is_not_begun_while_it_is_held_up() {
    // Each takes all the room that there is.
    const LARGE: usize = 33 << 20;
    const MANY: usize = 6;
    let Some(desk) = Desk::open().await else { return };
    let host = &desk.host;
    let signer = desk.signer(Person::P256).await;
    // The second one cannot end before the job is held up.
    let authority = Held::before(&desk.lab.urls().tsa, 1);
    desk.authority("ACT", &authority.server.endpoint()).await;
    let document = desk.document("grande.bin", &vec![7; LARGE]).await;
    let signed = desk.signed(&signer, &document, of_format(FormatChoice::CadesEnveloping, SignLevel::BB)).await;
    let folder = host.folder("grandes");
    let paths: Vec<_> = (0..MANY).map(|number| folder.join(format!("{number}.p7s"))).collect();
    for path in &paths {
        std::fs::copy(&signed.path, path).unwrap();
    }
    let ids: Vec<String> = host.pick(&paths).await.into_iter().map(|own| own.id).collect();
    let request = json!({"documents": ids, "level": SignLevel::BT, "output_folder": null});
    let started: JobSnapshot = host.ask("extend_start", request).await.unwrap();
    let look = async || host.ask::<JobSnapshot>("job_get", json!({"id": started.id})).await.unwrap();
    let of = |job: &JobSnapshot, state: ItemState| job.items.iter().filter(|item| item.state == state).count();
    // From the first one's end on others are under way, and all of them but one wait for room.
    while of(&look().await, ItemState::Done) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let _: JobSnapshot = host.ask("job_pause", json!({"id": started.id})).await.unwrap();
    let asked = look().await;
    authority.go_on();
    let paused = loop {
        let job = look().await;
        if job.status == JobStatus::Paused {
            break job;
        }
        assert_eq!(job.status, JobStatus::Running, "it ended although it was held up");
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    // One may have been let in at this very moment.
    let begun = of(&asked, ItemState::Done) + of(&asked, ItemState::Running) + 1;
    assert!(of(&paused, ItemState::Done) <= begun, "{begun} had begun: {paused:?}");
    assert!(of(&paused, ItemState::Waiting) > 0 && of(&paused, ItemState::Running) == 0);
    let _: JobSnapshot = host.ask("job_resume", json!({"id": started.id})).await.unwrap();
    while look().await.status == JobStatus::Paused {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let job = host.ended(&started.id).await;
    assert_eq!((job.status, of(&job, ItemState::Done)), (JobStatus::Succeeded, MANY), "each of them goes on");
    host.assert_sound().await;
}
