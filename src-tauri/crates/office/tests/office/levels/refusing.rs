//! What keeps a level from being reached: each with its code, and the use of the key on record where there was one.

use cartorio_ades::create::upgrade::{self, Attribute, add_unsigned};
use cartorio_office::dto::{FormatChoice, JobSnapshot, JobStatus, SignLevel, SignPreview, SignProfile, SignerRole};
use cartorio_testkit::fault_proxy::{Answer, FaultProxy};
use cartorio_testkit::lab::{self, Lab, Person};
use serde_json::json;

use super::proven::{CONTENT, Then, beside, days_ago};
use super::{Desk, code, done, of_format, page, profile, request, sample};
use crate::proof::making::{self, Form, days};

/// An authority whose tokens are larger than those of others by `bytes`.
pub fn padded_authority(lab: &Lab, bytes: usize) -> FaultProxy {
    let url = lab.urls().tsa.clone();
    FaultProxy::serve(move |query| {
        let answer = lab::post(&url, "application/timestamp-query", &query.body, &[]).unwrap();
        let (head, rest) = element(content(&answer.body));
        let padding = der(0x04, &vec![0x5a; bytes]);
        let attribute = Attribute { oid: "1.2.3.4.5".parse().unwrap(), values: vec![padding] };
        let token = add_unsigned(rest, 0, &attribute).unwrap();
        let body = der(0x30, &[head, &token].concat());
        let headers = vec![("Content-Type".to_owned(), "application/timestamp-reply".to_owned())];
        Answer { status: 200, headers, body }
    })
}

/// An element with the shortest form of its length, as DER wants it.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let bytes: Vec<u8> = content.len().to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    let head = match (bytes.as_slice(), content.len()) {
        (_, 0..0x80) => vec![tag, u8::try_from(content.len()).unwrap()],
        (long, _) => [&[tag, 0x80 | u8::try_from(long.len()).unwrap()], long].concat(),
    };
    [head.as_slice(), content].concat()
}

/// Length of the head of a DER element, and of its content.
fn lengths(bytes: &[u8]) -> (usize, usize) {
    match bytes[1] {
        short @ 0..0x80 => (2, usize::from(short)),
        long => {
            let count = usize::from(long & 0x7f);
            (2 + count, bytes[2..2 + count].iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
        }
    }
}

fn content(bytes: &[u8]) -> &[u8] {
    let (head, len) = lengths(bytes);
    &bytes[head..head + len]
}

/// The first element, and what follows.
fn element(bytes: &[u8]) -> (&[u8], &[u8]) {
    let (head, len) = lengths(bytes);
    bytes.split_at(head + len)
}

const FORMS: [FormatChoice; 3] = [FormatChoice::Pades, FormatChoice::CadesDetached, FormatChoice::CadesEnveloping];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_authority_or_a_network_the_key_is_not_asked() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::P256).await;
    let document = desk.document("a.pdf", &page()).await;
    let offline = |profile: SignProfile| SignProfile { offline: true, ..profile };
    for form in FORMS {
        let (code, record) = desk.refused(&signer, &document, of_format(form, SignLevel::BT)).await;
        let record = record.unwrap();
        assert_eq!((code.as_str(), record.detail.get("key_uses")), ("tsa_none", None), "{form:?}");
    }
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    for form in FORMS {
        let (code, record) = desk.refused(&signer, &document, offline(of_format(form, SignLevel::BLta))).await;
        assert_eq!((code.as_str(), record.unwrap().detail.get("key_uses")), ("tsa_offline", None), "{form:?}");
    }
    // The preview says it beforehand.
    let preview: SignPreview = {
        let request = request(&signer, std::slice::from_ref(&document), offline(profile(SignLevel::BT)));
        desk.host.ask("sign_preview", super::json_of(request)).await.unwrap()
    };
    assert!(preview.items[0].remarks.iter().any(|own| own.code == "offline_level" && own.blocks), "{preview:?}");

    // A lower level is taken by explicit choice alone, and on record.
    for form in FORMS {
        let lower = SignProfile { accept_lower_level: true, ..offline(of_format(form, SignLevel::BLta)) };
        let signed = desk.signed(&signer, &document, lower).await;
        assert_eq!((signed.receipt.level, signed.receipt.time_stamps.len()), (SignLevel::BB, 0), "{form:?}");
        let record = desk.record("document_signed").await;
        let said = |key: &str| record.detail[key].clone();
        assert_eq!(
            (said("level"), said("level_reached"), said("lowered")),
            ("b-lta".into(), "b-b".into(), "tsa_offline".into())
        );
    }
    desk.host.assert_sound().await;
}

/// Whoever has signed already has no other way than a time stamp.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extension_without_a_network_says_what_applies_to_it() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::P256).await;
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    for (form, name, content) in
        [(FormatChoice::Pades, "a.pdf", page()), (FormatChoice::CadesDetached, "a.txt", b"Ata.\n".to_vec())]
    {
        let document = desk.document(name, &content).await;
        let signed = desk.signed(&signer, &document, of_format(form, SignLevel::BB)).await;
        for level in [SignLevel::BT, SignLevel::BLta] {
            let request =
                json!({"documents": [signed.document.id], "level": level, "output_folder": null, "offline": true});
            let started: JobSnapshot = desk.host.ask("extend_start", request).await.unwrap();
            let job = desk.host.ended(&started.id).await;
            assert_eq!((job.status, code(&job)), (JobStatus::Failed, "tsa_offline_extend"), "{form:?}");
            let record = desk.record("document_extended").await;
            assert_eq!(record.error_code.as_deref(), Some("tsa_offline_extend"));
        }
        // By explicit choice one that has its time stamp reaches less than was asked for, by evidence in files.
        let stamped = desk.extended(&signed.document, SignLevel::BT).await;
        let evident = desk.extended(&stamped.document, SignLevel::BLt).await;
        let mut lists = Vec::new();
        for list in desk.lists() {
            lists.push(desk.host.pick_one(&list).await.id);
        }
        let lower = async |document: &str| {
            let request = json!({
                "documents": [document], "level": "b-lta", "output_folder": null, "offline": true,
                "accept_lower_level": true, "evidence": lists,
            });
            let started: JobSnapshot = desk.host.ask("extend_start", request).await.unwrap();
            desk.host.ended(&started.id).await
        };
        let lowered = done(lower(&stamped.document.id).await);
        let (stem, ending) = signed.document.name.rsplit_once('.').unwrap();
        assert_eq!(lowered.document.name, format!("{stem}-b-lt-2.{ending}"));
        let receipt = lowered.receipt;
        assert_eq!((receipt.level, receipt.lowered.unwrap().code.as_str()), (SignLevel::BLt, "tsa_offline_extend"));
        assert_eq!(desk.record("document_extended").await.detail["lowered"], "tsa_offline_extend");
        // Where nothing is new there is nothing to write, and the level is not there for that.
        assert_eq!(code(&lower(&evident.document.id).await), "level_not_reached", "{form:?}");
        let archived = desk.extended(&evident.document, SignLevel::BLta).await;
        let again = lower(&archived.document.id).await;
        if form == FormatChoice::Pades {
            // Evidence for the authority of its last stamp is new; the level that it has is not lost by that.
            assert_eq!(done(again).receipt.level, SignLevel::BLta);
        } else {
            assert_eq!(code(&again), "level_not_reached");
        }
    }
    desk.host.assert_sound().await;
}

/// A SignedData without signers, certificates or lists (RFC 5652 §5.1).
const NOTHING: &[u8] = b"\x30\x23\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x16\x30\x14\x02\x01\x01\x31\x00\
    \x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\x31\x00";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_holds_no_evidence_is_called_that() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::P256).await;
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let text = desk.document("a.txt", b"Ata.\n").await;
    let signed = desk.signed(&signer, &text, of_format(FormatChoice::CadesDetached, SignLevel::BB)).await;
    for (name, content) in [
        ("nada.txt", b"nada disso".to_vec()),
        ("vazio.crl", Vec::new()),
        ("sem-nada.p7b", NOTHING.to_vec()),
        ("vazio.zip", [b"PK\x05\x06".as_slice(), &[0; 18]].concat()),
        ("ata.pdf", page()),
        ("chave.pem", std::fs::read(desk.lab.path("p256.key")).unwrap()),
    ] {
        let path = desk.host.folder("provas").join(name);
        std::fs::write(&path, content).unwrap();
        let evidence = desk.host.pick_one(&path).await;
        let extend = json!({
            "documents": [signed.document.id], "level": "b-lt", "output_folder": null, "evidence": [evidence.id],
        });
        let error = desk.host.refused("extend_start", extend).await;
        assert_eq!((error.code.as_str(), error.params["name"].as_str()), ("evidence_none", name));
        let mut sign = request(&signer, std::slice::from_ref(&text), profile(SignLevel::BLt));
        sign.evidence = vec![evidence.id];
        assert_eq!(desk.host.code("sign_start", super::json_of(sign)).await, "evidence_none", "{name}");
    }
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_signers_than_are_judged_get_nothing_more() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let signer = desk.signer(Person::Rsa2048).await;
    let one = |hour: i64| Then { lab: desk.lab, at: days_ago(9) + time::Duration::hours(hour) }.signed(Person::P256);
    let hundred = (1..100).fold(one(0), |all, hour| upgrade::cosign(&all, &one(hour)).unwrap());
    let more = upgrade::cosign(&hundred, &one(100)).unwrap();
    let (hundred, _) = beside(&desk, "cem", &hundred);
    let (more, _) = beside(&desk, "mais", &more);
    let document = desk.host.pick_one(&more).await;
    for level in [SignLevel::BT, SignLevel::BLta] {
        let job = desk.extend(&document, level).await;
        let error = job.items[0].error.clone().unwrap();
        let told = (error.code.as_str(), error.params["count"].as_str(), error.params["max"].as_str());
        assert_eq!(told, ("too_many_signatures", "101", "100"));
    }
    let role = |role| SignProfile { role, countersigned: Some(7), ..profile(SignLevel::BB) };
    for wanted in [SignerRole::Cosign, SignerRole::Countersign] {
        let (code, record) = desk.refused(&signer, &document, role(wanted)).await;
        assert_eq!(
            (code.as_str(), record.unwrap().detail.get("key_uses")),
            ("too_many_signatures", None),
            "{wanted:?}"
        );
    }
    // As many as are judged take what makes no more of them.
    let document = desk.host.pick_one(&hundred).await;
    let (code, record) = desk.refused(&signer, &document, role(SignerRole::Cosign)).await;
    assert_eq!((code.as_str(), record.unwrap().detail.get("key_uses")), ("too_many_signatures", None));
    let countered = desk.signed(&signer, &document, role(SignerRole::Countersign)).await;
    let report = desk.host.verify(&countered.document.id).await;
    assert_eq!(report.signatures.iter().filter(|own| own.counter_signatures.len() == 1).count(), 1);
    let stamped = desk.extended(&document, SignLevel::BT).await;
    assert_eq!(stamped.receipt.time_stamps.len(), 100);
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_that_refuses_is_passed_over_for_the_next() {
    let Some(desk) = Desk::open().await else { return };
    let urls = desk.lab.urls();
    let signer = desk.signer(Person::P256).await;
    let document = desk.document("a.pdf", &sample("procuracao-publica.pdf")).await;
    desk.authority("recusa", &urls.tsa_refusing).await;
    desk.authority("fora", &urls.tsa_unavailable).await;
    for form in FORMS {
        let (code, record) = desk.refused(&signer, &document, of_format(form, SignLevel::BT)).await;
        let record = record.unwrap();
        assert_eq!(code, "tsa_all_refused", "{form:?}");
        // The signature was made and thrown away: the use of the key stays on record.
        assert_eq!(record.detail["key_uses"], "1", "{record:?}");
        assert_eq!(record.detail["authorities_passed_over"], "recusa (timestamp_rejected); fora (tsa_status)");
    }
    let job = desk.sign(&signer, std::slice::from_ref(&document), profile(SignLevel::BT)).await;
    let error = job.items[0].error.as_ref().unwrap();
    assert_eq!(error.params["count"], "2");
    assert!(error.params["refusals"].contains("recusa") && error.params["refusals"].contains("fora"), "{error:?}");
    desk.authority("boa", &urls.tsa_openssl).await;
    let signed = desk.signed(&signer, &document, profile(SignLevel::BT)).await;
    desk.judge(&signed.path, None, "PAdES", SignLevel::BT);
    assert!(signed.receipt.authorities[0].starts_with("boa ("), "{:?}", signed.receipt);
    assert_eq!(signed.receipt.passed_over, ["recusa (timestamp_rejected)", "fora (tsa_status)"]);
    // Who goes beyond what the office keeps is told what that is.
    for number in 3..16 {
        desk.authority(&format!("n{number}"), &urls.tsa_openssl).await;
    }
    let one_more = json!({"name": "mais uma", "url": urls.tsa_openssl, "auth": "none", "timeout_seconds": 20});
    assert_eq!(desk.host.code("tsa_save", one_more).await, "tsa_too_many");
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signer_who_is_revoked_or_expired_is_refused() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let document = desk.document("a.pdf", &page()).await;
    let revoked = desk.signer(Person::Revoked).await;
    for form in FORMS {
        let (code, _) = desk.refused(&revoked, &document, of_format(form, SignLevel::BLt)).await;
        assert_eq!(code, "preflight_certificate_revoked", "{form:?}");
        // It is no matter of waiting: no lower level is offered instead.
        let lower = SignProfile { accept_lower_level: true, ..of_format(form, SignLevel::BLt) };
        assert_eq!(desk.refused(&revoked, &document, lower).await.0, "preflight_certificate_revoked", "{form:?}");
    }
    let expired = desk.signer(Person::Expired).await;
    let request_of =
        |identity| super::json_of(request(identity, std::slice::from_ref(&document), profile(SignLevel::BB)));
    assert_eq!(desk.host.code("sign_start", request_of(&expired)).await, "identity_not_valid");
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_format_that_does_not_fit_is_refused() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::P256).await;
    let text = desk.document("a.txt", b"a").await;
    let (code, record) = desk.refused(&signer, &text, of_format(FormatChoice::Pades, SignLevel::BB)).await;
    assert_eq!(code, "sign_format_not_fitting");
    assert!(record.is_none(), "nothing had begun");
    // The good one of two is signed all the same.
    let pdf = desk.document("a.pdf", &page()).await;
    let job = desk.sign(&signer, &[text, pdf], of_format(FormatChoice::Pades, SignLevel::BB)).await;
    assert_eq!(job.status, JobStatus::Partly);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_is_tested_and_its_answer_told() {
    let Some(desk) = Desk::open().await else { return };
    let urls = desk.lab.urls();
    let list = desk.authority("ACT", &urls.tsa).await;
    let probe: cartorio_office::dto::TsaProbe = desk.host.ask("tsa_test", json!({"id": list[0].id})).await.unwrap();
    assert!(probe.trusted && !probe.icp_brasil && probe.size > 500, "{probe:?}");
    let list = desk.authority("recusa", &urls.tsa_refusing).await;
    assert_eq!(desk.host.code("tsa_test", json!({"id": list[1].id})).await, "timestamp_rejected");
    // One that lets in only whom it knows is not said to be out of reach.
    let list = desk.authority("tls", &urls.tsa_tls).await;
    // Its alert is lost where the server has closed before it is read: then nothing says more than that the answer broke off.
    let mut told = String::new();
    for _ in 0..10 {
        told = desk.host.code("tsa_test", json!({"id": list[2].id})).await;
        if told != "tsa_answer_broken" {
            break;
        }
    }
    assert_eq!(told, "tsa_certificate_wanted");
    desk.host.ask::<Vec<cartorio_office::dto::TsaView>>("tsa_remove", json!({"id": list[2].id})).await.unwrap();
    // Basic authentication: with the password, and without it.
    let secret = desk.host.sealed(lab::BASIC_PASSWORD).await;
    let basic = json!({
        "name": "com senha", "url": urls.tsa_basic, "auth": "basic", "user": lab::BASIC_USER, "secret": secret,
        "timeout_seconds": 20,
    });
    let list: Vec<cartorio_office::dto::TsaView> = desk.host.ask("tsa_save", basic).await.unwrap();
    desk.host.ask::<cartorio_office::dto::TsaProbe>("tsa_test", json!({"id": list[2].id})).await.unwrap();
    let list = desk.authority("sem senha", &urls.tsa_basic).await;
    let code = desk.host.code("tsa_test", json!({"id": list[3].id})).await;
    assert_eq!(code, "tsa_access_refused");
    desk.host.assert_sound().await;
}

/// Who signed before their certificate began, or after it ended, as a time stamp says, is answered for by nobody; the others of the batch are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signature_outside_its_certificates_time_goes_no_further_and_stops_no_batch() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let then = Then { lab: desk.lab, at: days_ago(1) };
    // Its certificate began a hundred days ago, and the list is of sixty days ago.
    let early = making::signed(desk.lab, Form::Cades, "young", days(-120)).stamp("tsa", days(-120));
    let archived = early.clone().evidence(making::ALL, days(-60)).archive("tsa", days(-60));
    for (name, bytes, content, reason) in [
        ("cedo", early.bytes, making::CONTENT, "outside_validity"),
        ("cedo-arquivada", archived.bytes, making::CONTENT, "outside_validity"),
        // A list of after the end says nothing any more of who was on it.
        ("tarde", then.stamped(Person::Expired), CONTENT, "stale"),
    ] {
        let (middle, beside_it) = beside(&desk, &format!("{name}-no-meio"), &bytes);
        std::fs::write(beside_it, content).unwrap();
        let files = [
            beside(&desk, &format!("{name}-antes"), &then.stamped(Person::P256)).0,
            middle,
            beside(&desk, &format!("{name}-depois"), &then.stamped(Person::Rsa2048)).0,
        ];
        let documents = desk.host.pick(&files).await;
        let ids: Vec<&str> = documents.iter().map(|own| own.id.as_str()).collect();
        let request = json!({"documents": ids, "level": "b-lta", "output_folder": null});
        let started: JobSnapshot = desk.host.ask("extend_start", request).await.unwrap();
        let job = desk.host.ended(&started.id).await;
        assert_eq!(job.status, JobStatus::Partly, "{name}: {job:#?}");
        let reached = |place: usize| job.items[place].receipt.as_ref().map(|own| own.level);
        assert_eq!(
            (reached(0), reached(1), reached(2)),
            (Some(SignLevel::BLta), None, Some(SignLevel::BLta)),
            "{name}"
        );
        let error = job.items[1].error.clone().unwrap();
        let told = (error.code.as_str(), error.params.get("reason").map(String::as_str));
        assert_eq!(told, ("evidence_missing", Some(reason)), "{name}: {error:?}");
        assert!(["Hugo Recente", "Fábio Vencido"].contains(&error.params["subject"].as_str()), "{error:?}");
        assert!(job.items[1].output.is_none(), "{name}");
    }
    desk.host.assert_sound().await;
}

/// What is called a signature and is none: nothing is asked of key or authority, and nothing is written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_signature_is_neither_extended_nor_signed_further() {
    let Some(desk) = Desk::open().await else { return };
    desk.authority("ACT", &desk.lab.urls().tsa).await;
    let signer = desk.signer(Person::P256).await;
    let text = desk.document("ata.txt", b"Ata.\n").await;
    let signed = desk.signed(&signer, &text, of_format(FormatChoice::CadesDetached, SignLevel::BT)).await;
    let whole = std::fs::read(&signed.path).unwrap();
    let folder = desk.host.folder("outros");
    let by_openssl = |name: &str, args: &[&str]| {
        let out = folder.join(name);
        let (what, how) = args.split_first().unwrap();
        let mut command = std::process::Command::new("openssl");
        let made = command.arg(what).arg("-out").arg(&out).args(how).current_dir(desk.lab.folder()).output();
        assert!(made.unwrap().status.success(), "{name}");
        std::fs::read(out).unwrap()
    };
    let certificates = by_openssl("c.p7b", &["crl2pkcs7", "-nocrl", "-certfile", "p256.pem", "-outform", "DER"]);
    let encrypted =
        by_openssl("e.p7m", &["cms", "-encrypt", "-in", "root.pem", "-outform", "DER", "-aes-256-cbc", "rsa2048.pem"]);
    let mut surprises = Vec::new();
    for (name, bytes, expected) in [
        ("vazio.p7s", Vec::new(), "sign_format_not_fitting"),
        ("texto.p7s", b"isto nao e uma assinatura".to_vec(), "sign_format_not_fitting"),
        ("pagina.p7s", page(), "sign_format_not_fitting"),
        ("cortado.p7s", whole[..whole.len() - 100].to_vec(), "cms_malformed"),
        ("certificados.p7s", certificates, "sign_format_not_fitting"),
        ("cifrado.p7s", encrypted, "sign_format_not_fitting"),
    ] {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        let document = desk.host.pick_one(&path).await;
        let before = crate::host::names(&folder);
        let mut told = vec![code(&desk.extend(&document, SignLevel::BT).await).to_owned()];
        for role in [SignerRole::Cosign, SignerRole::Countersign] {
            let (code, record) = desk.refused(&signer, &document, SignProfile { role, ..profile(SignLevel::BB) }).await;
            assert!(record.is_none_or(|own| !own.detail.contains_key("key_uses")), "{name}: the key was not asked");
            told.push(code);
        }
        assert_eq!(crate::host::names(&folder), before, "{name}: nothing is written");
        if told != [expected; 3] {
            surprises.push(format!("{name}: {told:?}"));
        }
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
    desk.host.assert_sound().await;
}
