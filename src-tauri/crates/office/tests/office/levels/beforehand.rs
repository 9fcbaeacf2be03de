//! What is known before the key is asked is said before it is: a signer who is revoked, evidence that is not to be had, a place that
//! takes no result. Neither the use of a key nor a time stamp can be taken back.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use cartorio_net::{Auth, Fetch, Fetched, Fetcher, Limits, NetError, Reach};
use cartorio_office::dto::{
    DocumentInfo, ErrorChoice, FormatChoice, IdentityState, IdentitySummary, ItemState, JobStatus, OnError, SignLevel,
    SignPreview, SignProfile, SignRemark, SignRequest, SignerRole, TrustImport,
};
use cartorio_pki::Certificate;
use cartorio_testkit::fault_proxy::{Answer, FaultProxy};
use cartorio_testkit::lab::{self, Lab, Person};
use serde_json::json;
use time::OffsetDateTime;

use super::outdated::list_of;
use super::proven::closed;
use super::{Desk, json_of, of_format, page, profile, request, sample};
use crate::host::{Host, names};

const FORMS: [FormatChoice; 3] = [FormatChoice::Pades, FormatChoice::CadesDetached, FormatChoice::CadesEnveloping];
const REVOKED: &str = "preflight_certificate_revoked";

/// The laboratory's authority, counting who asks.
pub(super) fn counting(lab: &Lab) -> (FaultProxy, Arc<AtomicUsize>) {
    let (url, asked) = (lab.urls().tsa.clone(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&asked);
    let proxy = FaultProxy::serve(move |query| {
        count.fetch_add(1, Ordering::SeqCst);
        let body = lab::post(&url, "application/timestamp-query", &query.body, &[]).unwrap().body;
        Answer {
            status: 200,
            headers: vec![("Content-Type".to_owned(), "application/timestamp-reply".to_owned())],
            body,
        }
    });
    (proxy, asked)
}

/// The network, counting who is asked for lists and answers.
struct Listening {
    open: Fetcher,
    asked: Arc<AtomicUsize>,
}

#[async_trait]
impl Fetch for Listening {
    async fn get(&self, url: &str, limits: &Limits) -> Result<Fetched, NetError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.open.get(url, limits).await
    }

    async fn post(
        &self,
        url: &str,
        body: Vec<u8>,
        content_type: &'static str,
        accept: &'static str,
        auth: &Auth,
        limits: &Limits,
    ) -> Result<Fetched, NetError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.open.post(url, body, content_type, accept, auth, limits).await
    }
}

/// One job after the other: the network is asked about a signer once in a while, about each of them alone, and about who is revoked each
/// time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_network_is_asked_about_a_signer_once_in_a_session() {
    let Some(lab) = Lab::shared() else { return };
    let (host, asked) = (Host::demo().await, Arc::new(AtomicUsize::new(0)));
    let open = Fetcher::new(Reach::Anywhere).trusting(vec![lab.certificate("root")]);
    assert!(host.office.use_fetcher(Arc::new(Listening { open, asked: Arc::clone(&asked) })));
    let desk = Desk { host, lab };
    desk.trust("root").await;
    let document = desk.document("a.txt", b"Ata.\n").await;
    let new = || asked.swap(0, Ordering::SeqCst);
    let plain = || of_format(FormatChoice::CadesDetached, SignLevel::BB);
    for person in [Person::P256, Person::Rsa2048] {
        let signer = desk.signer(person).await;
        new();
        desk.signed(&signer, &document, plain()).await;
        assert!(new() > 0, "{person:?}: nobody had been asked about this one");
        for _ in 0..2 {
            desk.signed(&signer, &document, plain()).await;
            assert_eq!(new(), 0, "{person:?}: that was answered a moment ago");
        }
    }
    let revoked = desk.signer(Person::Revoked).await;
    for _ in 0..2 {
        assert_eq!(desk.refused(&revoked, &document, plain()).await.0, REVOKED);
        assert!(new() > 0, "whether they still are is asked anew");
    }
    desk.host.assert_sound().await;
}

/// What the preview says of the only document's signer.
async fn said(
    desk: &Desk,
    identity: &IdentitySummary,
    document: &DocumentInfo,
    profile: SignProfile,
) -> Option<SignRemark> {
    let request = request(identity, std::slice::from_ref(document), profile);
    let preview: SignPreview = desk.host.ask("sign_preview", json_of(request)).await.unwrap();
    preview.items[0].remarks.iter().find(|own| own.code.starts_with("preflight_certificate_")).cloned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_revoked_signs_at_no_level_and_the_key_is_not_asked() {
    let Some(desk) = Desk::open().await else { return };
    let (proxy, asked) = counting(desk.lab);
    desk.authority("ACT", &proxy.endpoint()).await;
    let revoked = desk.signer(Person::Revoked).await;
    let document = desk.document("a.pdf", &page()).await;
    let offline = |profile: SignProfile| SignProfile { offline: true, ..profile };
    // Where nobody knows of it and nobody may be asked, that is said, and no more.
    let unchecked = said(&desk, &revoked, &document, offline(profile(SignLevel::BB))).await.unwrap();
    assert_eq!(
        (unchecked.code.as_str(), unchecked.blocks),
        ("preflight_certificate_unchecked", false),
        "{unchecked:?}"
    );
    assert_eq!(unchecked.params["name"], "Elza Revogada");
    assert!(
        said(&desk, &revoked, &document, profile(SignLevel::BB)).await.is_none(),
        "it is asked about when it is signed"
    );
    desk.signed(&revoked, &document, offline(profile(SignLevel::BB))).await;
    // Lists that were chosen for this job say it before anybody is asked.
    let mut with_lists = request(&revoked, std::slice::from_ref(&document), profile(SignLevel::BB));
    for list in desk.lists() {
        with_lists.evidence.push(desk.host.pick_one(&list).await.id);
    }
    let preview: SignPreview = desk.host.ask("sign_preview", json_of(with_lists)).await.unwrap();
    assert!(preview.items[0].remarks.iter().any(|own| own.code == REVOKED && own.blocks), "{preview:?}");

    for level in [SignLevel::BB, SignLevel::BT, SignLevel::BLt, SignLevel::BLta] {
        for form in FORMS {
            let (code, record) = desk.refused(&revoked, &document, of_format(form, level)).await;
            let record = record.unwrap();
            assert_eq!(
                (code.as_str(), record.detail.get("key_uses")),
                (REVOKED, None),
                "{form:?} {level:?}: {record:?}"
            );
        }
    }
    // A bare value, and a lower level instead, likewise.
    assert_eq!(desk.refused(&revoked, &document, of_format(FormatChoice::Raw, SignLevel::BB)).await.0, REVOKED);
    let lower = SignProfile { accept_lower_level: true, ..profile(SignLevel::BLt) };
    assert_eq!(desk.refused(&revoked, &document, lower).await.0, REVOKED);
    assert_eq!(asked.load(Ordering::SeqCst), 0, "no time stamp was asked for");

    // A list that somebody brings says it with nobody to ask.
    let list = desk.host.pick_one(&desk.lists()[1]).await.id;
    let known = SignRequest {
        evidence: vec![list],
        ..request(&revoked, std::slice::from_ref(&document), offline(profile(SignLevel::BB)))
    };
    assert_eq!(super::code(&desk.host.sign(&known).await), REVOKED);
    // Nobody else is held up by it.
    let good = desk.signer(Person::P256).await;
    assert!(said(&desk, &good, &document, profile(SignLevel::BB)).await.is_none());
    desk.signed(&good, &document, profile(SignLevel::BB)).await;
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_of_identities_tells_who_is_known_to_be_revoked_or_on_hold_and_asks_nobody() {
    let Some(lab) = Lab::shared() else { return };
    let (host, asked) = (Host::demo().await, Arc::new(AtomicUsize::new(0)));
    let open = Fetcher::new(Reach::Anywhere).trusting(vec![lab.certificate("root")]);
    assert!(host.office.use_fetcher(Arc::new(Listening { open, asked: Arc::clone(&asked) })));
    let desk = Desk { host, lab };
    desk.trust("root").await;
    let (revoked, good, held) =
        (desk.signer(Person::Revoked).await, desk.signer(Person::Rsa2048).await, desk.signer(Person::P256).await);
    let states = async || {
        let listed: Vec<IdentitySummary> = desk.host.ask("identities_list", json!({})).await.unwrap();
        let of = |own: &IdentitySummary| listed.iter().find(|listed| listed.id == own.id).unwrap().state;
        [of(&revoked), of(&good), of(&held)]
    };
    let take = async |path: &Path| {
        desk.host.dialogs.files.lock().unwrap().push_back(vec![path.to_owned()]);
        let taken: Option<TrustImport> = desk.host.ask("trust_import", json!({})).await.unwrap();
        assert!(taken.as_ref().is_some_and(|own| own.refused.is_empty()), "{taken:?}");
    };
    assert_eq!(states().await, [IdentityState::Ready; 3], "nobody here knows of it");

    // One is on hold by a list that somebody brought, and the other one is not on it.
    let certificate = Certificate::from_der(&desk.lab.certificate("p256")).unwrap();
    let serial = certificate.serial.hex().to_uppercase();
    let hold = format!("R\t491231000000Z\t260101000000Z,certificateHold\t{serial}\tunknown\t/CN=x\n");
    let file = desk.host.folder("lista").join("suspensa.crl");
    std::fs::write(&file, list_of(&desk, OffsetDateTime::now_utc(), &hold)).unwrap();
    let issuing = desk.host.folder("lista").join("issuing.cer");
    std::fs::write(&issuing, desk.lab.certificate("issuing")).unwrap();
    take(&issuing).await;
    take(&file).await;
    assert_eq!(states().await, [IdentityState::Ready, IdentityState::Ready, IdentityState::OnHold]);
    let document = desk.document("a.pdf", &page()).await;
    let (code, record) = desk.refused(&held, &document, SignProfile { offline: true, ..profile(SignLevel::BB) }).await;
    assert_eq!((code.as_str(), record.unwrap().detail.get("key_uses")), (REVOKED, None));

    // A newer one lets her go, and knows of the other one.
    take(&desk.lists()[1]).await;
    assert_eq!(states().await, [IdentityState::Revoked, IdentityState::Ready, IdentityState::Ready]);
    assert_eq!(asked.load(Ordering::SeqCst), 0, "a list asks no network");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_signer_is_an_error_of_the_key_and_stops_the_batch() {
    let Some(desk) = Desk::open().await else { return };
    let (proxy, asked) = counting(desk.lab);
    desk.authority("ACT", &proxy.endpoint()).await;
    let revoked = desk.signer(Person::Revoked).await;
    let mut documents = Vec::new();
    for number in 0..6 {
        documents.push(desk.document(&format!("{number}.pdf"), &page()).await);
    }
    let go_on = ErrorChoice::GoOn;
    let on_error = OnError { document: go_on, service: go_on, key: ErrorChoice::Stop, output: go_on };
    let job = desk.sign(&revoked, &documents, SignProfile { on_error, ..profile(SignLevel::BLt) }).await;
    let states: Vec<ItemState> = job.items.iter().map(|own| own.state).collect();
    assert_eq!(states[0], ItemState::Failed);
    assert!(states[1..].iter().all(|own| *own == ItemState::Cancelled), "{states:?}");
    assert_eq!((job.items[5].error.as_ref().unwrap().code.as_str(), asked.load(Ordering::SeqCst)), (REVOKED, 0));
    let begun = desk.host.trail().await.into_iter().filter(|own| own.act == "document_signed" && own.phase == "intent");
    assert_eq!(begun.count(), 1, "of the others nothing was begun");
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_that_is_not_to_be_had_is_missed_before_the_key_is_asked() {
    // The list and the answers of who issued the signer's certificate.
    let Some(desk) = closed("issuing").await else { return };
    let signer = desk.signer(Person::Rsa2048).await;
    let document = desk.document("a.pdf", &sample("procuracao-publica.pdf")).await;
    for level in [SignLevel::BLt, SignLevel::BLta] {
        for form in FORMS {
            let (code, record) = desk.refused(&signer, &document, of_format(form, level)).await;
            let record = record.unwrap();
            assert_eq!(
                (code.as_str(), record.detail.get("key_uses")),
                ("evidence_missing", None),
                "{form:?}: {record:?}"
            );
        }
    }
    // The levels below need none; and a lower one is taken by choice.
    for form in FORMS {
        let signed = desk.signed(&signer, &document, of_format(form, SignLevel::BT)).await;
        assert_eq!((signed.receipt.level, signed.receipt.key_uses), (SignLevel::BT, 1));
        let lower = SignProfile { accept_lower_level: true, ..of_format(form, SignLevel::BLt) };
        let signed = desk.signed(&signer, &document, lower).await;
        assert_eq!(
            (signed.receipt.level, signed.receipt.lowered.unwrap().code.as_str()),
            (SignLevel::BT, "evidence_missing")
        );
    }
    desk.host.assert_sound().await;
}

/// Who signs beside others needs evidence of their own, too. What an earlier signature brought along counts where it speaks of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_further_signer_whose_evidence_is_not_to_be_had_is_refused_before_the_key_is_asked() {
    let Some(desk) = closed("issuing").await else { return };
    let (first, second) = (desk.signer(Person::Rsa2048).await, desk.signer(Person::P256).await);
    let list = desk.lists()[1].clone();
    // Whose list of revoked certificates says nothing of ours.
    let stranger = desk.host.identities().await.remove(0);
    for form in [FormatChoice::CadesDetached, FormatChoice::CadesEnveloping, FormatChoice::Pades] {
        let name = format!("{form:?}.{}", if form == FormatChoice::Pades { "pdf" } else { "txt" });
        let document = desk.document(&name, &page()).await;
        let role = if form == FormatChoice::Pades { SignerRole::Sign } else { SignerRole::Cosign };
        let further = |level| SignProfile { role, ..profile(level) };

        let bare = desk.signed(&first, &document, of_format(form, SignLevel::BT)).await;
        let strangers = desk.signed(&stranger, &document, of_format(form, SignLevel::BLt)).await;
        for before in [&bare, &strangers] {
            for level in [SignLevel::BLt, SignLevel::BLta] {
                let (code, record) = desk.refused(&second, &before.document, further(level)).await;
                let record = record.unwrap();
                assert_eq!(
                    (code.as_str(), record.detail.get("key_uses")),
                    ("evidence_missing", None),
                    "{form:?}: {record:?}"
                );
            }
        }
        assert_eq!(desk.signed(&second, &bare.document, further(SignLevel::BT)).await.receipt.level, SignLevel::BT);
        let lower = SignProfile { accept_lower_level: true, ..further(SignLevel::BLt) };
        assert_eq!(desk.signed(&second, &bare.document, lower).await.receipt.level, SignLevel::BT);

        // The list that came along with the first one speaks of the second one, too.
        let evidence = desk.host.pick_one(&list).await.id;
        let asked =
            SignRequest { evidence: vec![evidence], ..request(&first, &[document], of_format(form, SignLevel::BLt)) };
        let proven = super::done(desk.host.sign(&asked).await);
        let both = desk.signed(&second, &proven.document, further(SignLevel::BLt)).await;
        assert_eq!((both.receipt.level, both.receipt.key_uses), (SignLevel::BLt, 1), "{form:?}");
    }
    desk.host.assert_sound().await;
}

/// The level is in the name of what is extended, so the name of a signed document may fit and that of the result not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_the_folder_does_not_take_is_found_before_an_authority_is_asked() {
    let Some(desk) = Desk::open().await else { return };
    let (proxy, asked) = counting(desk.lab);
    desk.authority("ACT", &proxy.endpoint()).await;
    let signer = desk.signer(Person::P256).await;
    for (name, form, ending) in [("a.pdf", FormatChoice::Pades, "pdf"), ("b.txt", FormatChoice::CadesEnveloping, "p7s")]
    {
        let content = if ending == "pdf" { page() } else { b"Ata.\n".to_vec() };
        let document = desk.document(name, &content).await;
        let signed = desk.signed(&signer, &document, of_format(form, SignLevel::BB)).await;
        let long = desk.document(&format!("{}.{ending}", "x".repeat(249)), &std::fs::read(&signed.path).unwrap()).await;
        let before = names(&desk.host.folder("entrada"));
        let job = desk.extend(&long, SignLevel::BT).await;
        assert_eq!((super::code(&job), asked.load(Ordering::SeqCst)), ("output_name_too_long", 0), "{form:?}");
        let record = desk.record("document_extended").await;
        assert_eq!(record.error_code.as_deref(), Some("output_name_too_long"));
        assert_eq!(names(&desk.host.folder("entrada")), before, "nothing is written");
    }
    desk.host.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_takes_no_result_is_found_before_the_key_is_asked() {
    let Some(desk) = Desk::open().await else { return };
    let signer = desk.signer(Person::P256).await;
    // The document's own name fits, and that of its signature does not.
    let pdf = desk.document(&format!("{}.pdf", "a".repeat(250)), &page()).await;
    let text = desk.document(&format!("{}.txt", "a".repeat(248)), b"ata").await;
    let raw = desk.document(&format!("{}.txt", "b".repeat(246)), b"ata").await;
    for (document, form) in [
        (&pdf, FormatChoice::Pades),
        (&text, FormatChoice::CadesDetached),
        (&text, FormatChoice::CadesEnveloping),
        (&raw, FormatChoice::Raw),
    ] {
        let wanted = request(&signer, std::slice::from_ref(document), of_format(form, SignLevel::BB));
        let preview: SignPreview = desk.host.ask("sign_preview", super::json_of(wanted)).await.unwrap();
        let told = preview.items[0].problem.clone().unwrap_or_else(|| panic!("{form:?}: {preview:?}"));
        assert_eq!(told.code, "output_name_too_long", "{form:?}");
        let of = |name: &str| told.params[name].parse::<usize>().unwrap();
        assert_eq!((of("length") > of("limit"), of("length")), (true, told.params["name"].len()), "{told:?}");
        let seq = desk.host.last_seq().await;
        let (code, _) = desk.refused(&signer, document, of_format(form, SignLevel::BB)).await;
        assert_eq!(code, "output_name_too_long", "{form:?}");
        for record in desk.host.trail().await.into_iter().filter(|own| own.seq > seq && own.phase == "failed") {
            assert!(!record.detail.contains_key("key_uses"), "the key was asked: {record:?}");
        }
    }
    // A folder that cannot be.
    let folder = desk.host.folder("saida");
    let blocked = desk.host.pick_folder(&folder.join("sub")).await.id;
    std::fs::write(folder.join("sub"), "no caminho").unwrap();
    let document = desk.document("c.pdf", &page()).await;
    for form in FORMS {
        let mut request = request(&signer, std::slice::from_ref(&document), of_format(form, SignLevel::BB));
        request.output_folder = Some(blocked.clone());
        let job = desk.host.sign(&request).await;
        assert_eq!((job.status, super::code(&job)), (JobStatus::Failed, "output_unwritable"), "{form:?}");
        let record = desk.record("document_signed").await;
        assert!(!record.detail.contains_key("key_uses"), "the key was asked: {record:?}");
    }
    assert_eq!(names(&folder), ["sub"], "nothing is left behind");
    desk.host.assert_sound().await;
}
