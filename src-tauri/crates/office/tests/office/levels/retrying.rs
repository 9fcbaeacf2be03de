//! A document that is tried again after its signature was made: the value that the key made is taken, where what is signed is the
//! same, and each use of the key stands in the trail once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cartorio_office::dto::{
    AuditRecordView, DocumentInfo, FormatChoice, IdentitySummary, ItemState, JobSnapshot, JobStatus, OnError,
    RequestView, SignLevel, SignProfile, SignerRole, TrustView, TsaView,
};
use cartorio_testkit::emulator::shared_ministack;
use cartorio_testkit::fault_proxy::{Answer, Fault, FaultProxy, Rule};
use cartorio_testkit::lab::{self, Person};
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::documents::{PASSWORD, encrypted};
use super::{Desk, Signed, done, of_format, page, profile, request, sample, stamped};
use crate::aws::production;
use crate::host::path_of;
use crate::rotation_kms::two_people;

/// An authority that answers so many questions as it is let.
pub(super) struct Moody {
    pub(super) server: FaultProxy,
    left: Arc<AtomicU32>,
}

impl Moody {
    /// Answers like the authority at `url`, `first` questions.
    pub(super) fn before(url: String, first: u32) -> Self {
        let left = Arc::new(AtomicU32::new(first));
        let own = Arc::clone(&left);
        let server = FaultProxy::serve(move |query| {
            if own.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err() {
                return Answer { status: 503, headers: Vec::new(), body: Vec::new() };
            }
            stamped(&url, query)
        });
        Self { server, left }
    }

    fn works_again(&self) {
        self.left.store(u32::MAX, Ordering::SeqCst);
    }
}

/// Errors hold the batch up, as they do where nobody chose otherwise.
fn waiting(profile: SignProfile) -> SignProfile {
    SignProfile { on_error: OnError::default(), ..profile }
}

/// Begins to sign `document`, which the authority's silence holds up.
async fn held_up(desk: &Desk, signer: &IdentitySummary, document: &DocumentInfo, profile: SignProfile) -> JobSnapshot {
    let wanted = request(signer, std::slice::from_ref(document), waiting(profile));
    let started: JobSnapshot = desk.host.ask("sign_start", json!(wanted)).await.unwrap();
    let paused = until(desk, &started.id, |status| status != JobStatus::Running).await;
    assert_eq!((paused.status, paused.items[0].state), (JobStatus::Paused, ItemState::Waiting), "{paused:?}");
    paused
}

async fn until(desk: &Desk, job: &str, is_it: impl Fn(JobStatus) -> bool) -> JobSnapshot {
    for _ in 0..60_000 {
        let job: JobSnapshot = desk.host.ask("job_get", json!({"id": job})).await.unwrap();
        if is_it(job.status) {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never gets there");
}

/// Goes on with a job that waits, to its end or its next pause.
async fn gone_on(desk: &Desk, job: &JobSnapshot) -> JobSnapshot {
    let trail = desk.host.last_seq().await;
    desk.host.ask::<JobSnapshot>("job_resume", json!({"id": job.id})).await.unwrap();
    // It is still told as paused until it has woken.
    for _ in 0..60_000 {
        if desk.host.last_seq().await > trail {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    until(desk, &job.id, |status| status != JobStatus::Running).await
}

/// The ends of all tries, the first one first.
async fn tries(desk: &Desk, since: u64) -> Vec<AuditRecordView> {
    let trail = desk.host.trail().await;
    trail.into_iter().filter(|own| own.seq > since && own.act == "document_signed" && own.phase != "intent").collect()
}

/// What a record says of the key: its uses in this try, and the try whose value was taken.
fn said(record: &AuditRecordView) -> (Option<&str>, Option<&str>) {
    let said = |name: &str| record.detail.get(name).map(String::as_str);
    (said("key_uses"), said("value_of"))
}

/// The second of two tries took the value of the first.
fn assert_taken(tries: &[AuditRecordView], signed: &Signed) {
    let [first, second] = tries else { panic!("{tries:#?}") };
    assert_eq!((first.phase.as_str(), said(first)), ("failed", (Some("1"), None)), "{first:?}");
    assert_eq!(
        (second.phase.as_str(), said(second)),
        ("succeeded", (Some("0"), Some(first.correlation.as_str()))),
        "{second:?}"
    );
    assert_eq!((&second.key_id, &second.request_id), (&first.key_id, &None), "the key, but no request of its own");
    assert_eq!((signed.receipt.key_uses, &signed.receipt.request_id), (0, &None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_next_try_takes_the_value_that_the_key_has_made() {
    let Some(desk) = Desk::open().await else { return };
    let url = desk.lab.urls().tsa.clone();
    let (signer, other) = (desk.signer(Person::P256).await, desk.signer(Person::Rsa2048).await);
    let first = desk.document("primeiro.txt", b"Contrato de ensaio.\n").await;
    let first = desk.signed(&other, &first, of_format(FormatChoice::CadesDetached, SignLevel::BB)).await;
    for (form, role) in [
        (FormatChoice::Pades, SignerRole::Sign),
        (FormatChoice::CadesDetached, SignerRole::Sign),
        (FormatChoice::CadesEnveloping, SignerRole::Sign),
        (FormatChoice::CadesDetached, SignerRole::Cosign),
    ] {
        let name = format!("{form:?}-{role:?}");
        let authority = Moody::before(url.clone(), 0);
        desk.authority(&name, &authority.server.endpoint()).await;
        let document = match (form, role) {
            (_, SignerRole::Cosign) => first.document.clone(),
            (FormatChoice::Pades, _) => desk.document(&format!("{name}.pdf"), &sample("procuracao-publica.pdf")).await,
            (_, _) => desk.document(&format!("{name}.txt"), b"Ata notarial de ensaio.\n").await,
        };
        let since = desk.host.last_seq().await;
        let profile = SignProfile { role, ..of_format(form, SignLevel::BT) };
        let paused = held_up(&desk, &signer, &document, profile).await;
        // It fails once more: nothing is asked of the key, and the value is still that of the first try.
        let still = gone_on(&desk, &paused).await;
        assert_eq!(still.status, JobStatus::Paused, "{still:?}");
        let after = tries(&desk, since).await;
        assert_eq!(said(&after[1]), (None, Some(after[0].correlation.as_str())), "{name}: {:?}", after[1]);
        authority.works_again();
        let signed = done(gone_on(&desk, &still).await);
        let mut after = tries(&desk, since).await;
        after.remove(1);
        assert_taken(&after, &signed);
        // The signing time is the one that the value covers.
        assert!(instant(&signed.receipt.signed_at) <= instant(&after[0].at), "{name}: {:?}", signed.receipt);
        match (form, role) {
            (_, SignerRole::Cosign) => {}
            (FormatChoice::CadesDetached, _) => {
                desk.judge(&signed.path, Some(&path_of(&document)), "CAdES", SignLevel::BT)
            }
            (FormatChoice::Pades, _) => desk.judge(&signed.path, None, "PAdES", SignLevel::BT),
            (_, _) => desk.judge(&signed.path, None, "CAdES", SignLevel::BT),
        }
        remove_authorities(&desk).await;
    }
    desk.host.assert_sound().await;
}

fn instant(text: &str) -> OffsetDateTime {
    OffsetDateTime::parse(text, &Rfc3339).unwrap()
}

pub(super) async fn remove_authorities(desk: &Desk) {
    let listed: Vec<TsaView> = desk.host.ask("tsa_list", json!({})).await.unwrap();
    for own in listed {
        desk.host.ask::<Vec<TsaView>>("tsa_remove", json!({"id": own.id})).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_that_has_grown_keeps_its_room_for_the_next_try() {
    let Some(desk) = Desk::open().await else { return };
    let heavy = super::refusing::padded_authority(desk.lab, 24_000);
    // The first token has no room; the second one, for the larger container, is not to be had.
    let authority = Moody::before(heavy.endpoint(), 1);
    desk.authority("ACT pesada", &authority.server.endpoint()).await;
    let signer = desk.signer(Person::Rsa2048).await;
    let document = desk.document("cresce.pdf", &sample("procuracao-publica.pdf")).await;
    let since = desk.host.last_seq().await;
    let paused = held_up(&desk, &signer, &document, profile(SignLevel::BT)).await;
    authority.works_again();
    let signed = done(gone_on(&desk, &paused).await);
    let after = tries(&desk, since).await;
    assert_eq!(said(&after[0]), (Some("2"), None));
    assert_eq!(said(&after[1]), (Some("0"), Some(after[0].correlation.as_str())));
    desk.judge(&signed.path, None, "PAdES", SignLevel::BT);
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_signed_otherwise_asks_the_key_again_on_record() {
    let Some(desk) = Desk::open().await else { return };
    let url = desk.lab.urls().tsa.clone();
    let signer = desk.signer(Person::P256).await;

    // Each revision of an encrypted document is made with other random numbers.
    let Some(file) = encrypted(&desk, "aes256.pdf", &[]) else { return };
    let closed = desk.host.pick_one(&file.path).await;
    let unlock = json!({"document": closed.id, "password": desk.host.sealed(PASSWORD).await});
    let open: DocumentInfo = desk.host.ask("document_unlock", unlock).await.unwrap();
    let authority = Moody::before(url.clone(), 0);
    desk.authority("ACT", &authority.server.endpoint()).await;
    let since = desk.host.last_seq().await;
    let paused = held_up(&desk, &signer, &open, profile(SignLevel::BT)).await;
    authority.works_again();
    let signed = done(gone_on(&desk, &paused).await);
    let after = tries(&desk, since).await;
    assert_eq!((said(&after[0]), said(&after[1])), ((Some("1"), None), (None, None)), "once each");
    assert_eq!(signed.receipt.key_uses, 1);
    remove_authorities(&desk).await;

    // A document that changed meanwhile is refused before the key.
    let authority = Moody::before(url, 0);
    desk.authority("ACT", &authority.server.endpoint()).await;
    let document = desk.document("mudado.pdf", &sample("procuracao-publica.pdf")).await;
    let since = desk.host.last_seq().await;
    let paused = held_up(&desk, &signer, &document, profile(SignLevel::BT)).await;
    std::fs::write(path_of(&document), page()).unwrap();
    authority.works_again();
    desk.host.ask::<JobSnapshot>("job_resume", json!({"id": paused.id})).await.unwrap();
    let ended = until(&desk, &paused.id, |status| !matches!(status, JobStatus::Running | JobStatus::Paused)).await;
    assert_eq!((ended.status, super::code(&ended)), (JobStatus::Failed, "document_changed"));
    assert_eq!(tries(&desk, since).await.len(), 1, "nothing was announced of another document");
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_is_too_old_is_not_taken() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::P256).await;
    let authority = Moody::before(desk.lab.urls().tsa.clone(), 0);
    desk.authority("ACT", &authority.server.endpoint()).await;
    let document = desk.document("velho.pdf", &page()).await;
    let since = desk.host.last_seq().await;
    let mut job = held_up(&desk, &signer, &document, profile(SignLevel::BT)).await;
    // The last minute in which the first one is taken, and the first one in which it is not; then the second one's last.
    for (minutes, of) in [(59, Some(0)), (2, None), (59, Some(2))] {
        desk.host.clock.advance(time::Duration::minutes(minutes));
        job = gone_on(&desk, &job).await;
        let after = tries(&desk, since).await;
        let last = after.last().unwrap();
        let expected = (of.is_none().then_some("1"), of.map(|of: usize| after[of].correlation.as_str()));
        assert_eq!((last.phase.as_str(), said(last)), ("failed", expected), "after {minutes} more minutes: {last:?}");
    }
    // Nothing that was signed in the future is taken either.
    desk.host.clock.advance(-time::Duration::minutes(120));
    authority.works_again();
    let signed = done(gone_on(&desk, &job).await);
    let after = tries(&desk, since).await;
    assert_eq!((signed.receipt.key_uses, said(after.last().unwrap())), (1, (None, None)));
    let ended = instant(&after.last().unwrap().at);
    assert!(ended - instant(&signed.receipt.signed_at) < time::Duration::minutes(1), "a signing time of its own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_is_asked_for_one_value_and_the_trail_has_one_request() {
    let (Some(lab), Some(ministack)) = (lab::Lab::shared(), shared_ministack()) else { return };
    let kms = FaultProxy::start(&ministack.endpoint());
    let desk = Desk::beside(production(&kms.endpoint()).await, lab);
    let people = two_people(&desk.host).await;
    let anchor = desk.host.office.trust_anchor_request_path(&lab.path("root.pem"), "Laboratório").await;
    let anchor: RequestView = anchor.map_err(|error| error.wire()).unwrap();
    people.seat(&desk.host, &people.supervisor).await;
    let decide = json!({"id": anchor.id, "approve": true, "reason": "De acordo"});
    desk.host.ask::<RequestView>("request_decide", decide).await.unwrap();
    people.seat(&desk.host, &people.notary).await;
    desk.host.ask::<TrustView>("trust_anchor_apply", json!({"id": anchor.id})).await.unwrap();
    let signer = desk.host.identity("RSA_2048", "rsa").await;
    let authority = Moody::before(lab.urls().tsa.clone(), 0);
    desk.authority("ACT", &authority.server.endpoint()).await;
    let (since, before) = (desk.host.last_seq().await, kms.count("Sign"));
    let paused = held_up(&desk, &signer, &desk.document("kms.pdf", &page()).await, profile(SignLevel::BT)).await;
    assert_eq!(kms.count("Sign"), before + 1);
    authority.works_again();
    let signed = done(gone_on(&desk, &paused).await);
    assert_eq!(kms.count("Sign"), before + 1, "the service made one value");
    let after = tries(&desk, since).await;
    assert_taken(&after, &signed);
    assert!(after[0].request_id.is_some() && signed.receipt.key_id.starts_with("arn:aws:kms:"), "{after:?}");

    // Its folder goes away while the key signs: the same for what needs no authority.
    let beside = desk.document("ao-lado.txt", b"Ata.\n").await;
    let beside = desk.signed(&signer, &beside, of_format(FormatChoice::CadesDetached, SignLevel::BB)).await;
    for (document, role) in [
        (desk.document("disco.pdf", &page()).await, SignerRole::Sign),
        (desk.document("disco.txt", b"Ata notarial.\n").await, SignerRole::Sign),
        (beside.document, SignerRole::Countersign),
    ] {
        let folder = desk.host.folder(&format!("resultado-{}", document.name));
        let profile = waiting(SignProfile { role, ..profile(SignLevel::BB) });
        let mut wanted = request(&signer, std::slice::from_ref(&document), profile);
        wanted.output_folder = Some(desk.host.pick_folder(&folder).await.id);
        let (since, before) = (desk.host.last_seq().await, kms.count("Sign"));
        let own = folder.clone();
        let goes = move |answer| {
            std::fs::remove_dir_all(&own).unwrap();
            answer
        };
        kms.rule(Rule::on("Sign", Fault::rewrite(goes)).times(1));
        let started: JobSnapshot = desk.host.ask("sign_start", json!(wanted)).await.unwrap();
        let paused = until(&desk, &started.id, |status| status != JobStatus::Running).await;
        assert_eq!((paused.status, super::code(&paused)), (JobStatus::Paused, "output_unwritable"), "{paused:?}");
        std::fs::create_dir(&folder).unwrap();
        let signed = done(gone_on(&desk, &paused).await);
        assert_eq!(kms.count("Sign"), before + 1, "{}", document.name);
        assert_taken(&tries(&desk, since).await, &signed);
    }
    desk.host.assert_sound().await;
}
