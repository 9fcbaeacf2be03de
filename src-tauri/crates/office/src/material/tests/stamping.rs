//! Authorities that answer, and authorities that do not.

use cartorio_ades::create::timestamp::Query;
use cartorio_core::{Digest, HashAlgorithm, SecretBytes, SecretString};
use cartorio_net::ClientIdentity;
use cartorio_testkit::lab::{self, Lab};

use super::bad::{serve, through};
use super::*;
use crate::OfficeError;

fn digest() -> Digest {
    Digest::of(HashAlgorithm::Sha256, b"o valor de uma assinatura")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_authority_that_holds_is_taken_and_every_refusal_is_told() {
    let Some(lab) = Lab::shared() else { return };
    let urls = lab.urls();
    // What one of them said to somebody else.
    let other = Query::new(Digest::of(HashAlgorithm::Sha256, b"outro"), [9; 16], None);
    let replay = lab.stamp(&urls.tsa, &other.der());
    let replayed = serve(Arc::new(move |_: &[u8]| Some(replay.clone()))).await;
    let silent = serve(Arc::new(|_: &[u8]| None)).await;
    let large = serve(Arc::new(|_: &[u8]| Some(vec![0x30; 2 << 20]))).await;
    let nonsense = serve(Arc::new(|_: &[u8]| Some(b"<html>Login</html>".to_vec()))).await;
    let broken = serve(through(&urls.tsa_openssl, Vec::new(), |mut answer| {
        *answer.last_mut().unwrap() ^= 1;
        answer
    }))
    .await;
    let missing = MaterialError::SecretMissing { name: "sem senha".to_owned() };
    let tsas = vec![
        Tsa { timeout: Duration::from_millis(500), ..tsa("silent", &silent) },
        tsa("replay", &replayed),
        tsa("large", &large),
        tsa("nonsense", &nonsense),
        tsa("broken", &broken),
        tsa("refusing", &urls.tsa_refusing),
        tsa("unavailable", &urls.tsa_unavailable),
        tsa("closed", &urls.tsa_basic),
        Tsa { auth: Err(WireError::from(&missing)), ..tsa("sem senha", &urls.tsa_basic) },
        Tsa { policy: Some(Oid::new_unwrap("1.2.3.4")), ..tsa("policy", &urls.tsa_openssl) },
        tsa("good", &urls.tsa),
        tsa("never asked", &urls.tsa_refusing),
    ];
    let sources = sources(lab, trusting(lab), tsas);
    let stamped = stamp(&sources, &digest(), None).await.unwrap();
    let told: Vec<(&str, &str)> =
        stamped.refused.iter().map(|own| (own.name.as_str(), own.error.code.as_str())).collect();
    assert_eq!(
        told,
        [
            ("silent", "tsa_timeout"),
            ("replay", "timestamp_wrong_nonce"),
            ("large", "tsa_answer_broken"),
            ("nonsense", "timestamp_malformed"),
            ("broken", "timestamp_signature_wrong"),
            ("refusing", "timestamp_rejected"),
            ("unavailable", "tsa_status"),
            ("closed", "tsa_access_refused"),
            ("sem senha", "tsa_secret_missing"),
            ("policy", "timestamp_rejected"),
        ]
    );
    let of = |name: &str| &stamped.refused.iter().find(|own| own.name == name).unwrap().error;
    assert_eq!(of("refusing").params["failures"], "time_not_available");
    assert_eq!((stamped.authority.as_str(), stamped.holder.as_str()), ("good", "ACT do Laboratório"));
    assert!(stamped.ahead.abs() < time::Duration::minutes(5));
}

/// A thousand documents do not wait a thousand times for the same dead server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_that_does_not_answer_is_not_waited_for_with_every_document() {
    let Some(lab) = Lab::shared() else { return };
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let silent = serve(Arc::new(move |_: &[u8]| {
        counter.fetch_add(1, Ordering::SeqCst);
        None
    }))
    .await;
    // Long enough for the question to arrive on a busy machine.
    let dead = || Tsa { timeout: Duration::from_secs(2), ..tsa("silent", &silent) };
    let both = sources(lab, trusting(lab), vec![dead(), tsa("good", &lab.urls().tsa)]);
    for _ in 0..3 {
        let stamped = stamp(&both, &digest(), None).await.unwrap();
        assert_eq!(stamped.authority, "good");
        // It is told each time, for the record.
        assert_eq!((stamped.refused.len(), stamped.refused[0].error.code.as_str()), (1, "tsa_timeout"));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    // Where there is nobody else it is asked each time; it may be there again.
    let alone = sources(lab, trusting(lab), vec![dead()]);
    for _ in 0..2 {
        assert_eq!(stamp(&alone, &digest(), None).await.unwrap_err().wire().code, "tsa_all_refused");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_authority_and_hash() {
    let Some(lab) = Lab::shared() else { return };
    let urls = lab.urls();
    let client = lab.client();
    let chain = std::iter::once(client.certificate).chain(client.chain).collect();
    let auth = Auth::ClientCertificate(ClientIdentity { chain, key: SecretBytes::new(client.pkcs8.expose().to_vec()) });
    let basic =
        Auth::Basic { user: lab::BASIC_USER.to_owned(), password: SecretString::new(lab::BASIC_PASSWORD.to_owned()) };
    for authority in [
        tsa("rsa", &urls.tsa),
        tsa("p256", &urls.tsa_p256),
        tsa("openssl", &urls.tsa_openssl),
        Tsa { auth: Ok(basic), ..tsa("basic", &urls.tsa_basic) },
        Tsa { auth: Ok(auth), ..tsa("tls", &urls.tsa_tls) },
    ] {
        let name = authority.name.clone();
        let sources = sources(lab, trusting(lab), vec![authority]);
        for hash in [HashAlgorithm::Sha256, HashAlgorithm::Sha512] {
            let digest = Digest::of(hash, b"o valor de uma assinatura");
            let stamped = stamp(&sources, &digest, None).await.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!((stamped.authority.as_str(), stamped.refused.len()), (name.as_str(), 0));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_trusted_or_revoked_stamps_nothing() {
    let Some(lab) = Lab::shared() else { return };
    let urls = lab.urls();
    let ask = async |sources: Sources| match stamp(&sources, &digest(), None).await {
        Err(OfficeError::Format(wire)) => wire,
        other => panic!("{other:?}"),
    };
    let stranger = ask(sources(lab, Evidence::default(), vec![tsa("a", &urls.tsa)])).await;
    assert_eq!((stranger.code.as_str(), stranger.params["first_code"].as_str()), ("tsa_all_refused", "tsa_untrusted"));
    assert!(stranger.params["refusals"].contains("untrusted_root"), "{:?}", stranger.params);

    let given = Given { crls: vec![list_revoking(lab, "act", "tsa")], ..Given::default() };
    let both = vec![tsa("revoked", &urls.tsa), tsa("good", &urls.tsa_p256)];
    let stamped = stamp(&sources(lab, trusting(lab), both).given(given), &digest(), None).await.unwrap();
    assert_eq!(stamped.authority, "good");
    assert_eq!(stamped.refused[0].error.code, "tsa_revoked");
    assert!(stamped.refused[0].error.params["reasons"].contains("revoked"), "{:?}", stamped.refused);

    assert_eq!(ask(sources(lab, trusting(lab), Vec::new())).await.code, "tsa_none");
    let offline = Sources::offline(trusting(lab), Arc::new(SystemClock)).with_authorities(vec![tsa("a", &urls.tsa)]);
    assert_eq!(ask(offline).await.code, "tsa_offline");
}

/// The machine's clock, so much later.
struct Late(time::Duration);

impl Clock for Late {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + self.0
    }
}

/// An authority whose clock is so much ahead.
async fn ahead(lab: &Lab, by: time::Duration) -> String {
    let at = (OffsetDateTime::now_utc() + by).replace_nanosecond(0).unwrap();
    let at = at.format(&time::format_description::well_known::Rfc3339).unwrap();
    serve(through(&lab.urls().tsa, vec![("X-Certomancer-Fake-Time", at)], |answer| answer)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_that_cannot_be_now_is_refused_and_the_next_one_asked() {
    let Some(lab) = Lab::shared() else { return };
    let minutes = time::Duration::minutes;
    for (by, taken) in [
        (minutes(48 * 60), false),
        (minutes(8), false),
        (minutes(3), true),
        (minutes(-3), true),
        (minutes(-8), false),
        (minutes(-48 * 60), false),
    ] {
        let odd = ahead(lab, by).await;
        let sources = sources(lab, trusting(lab), vec![tsa("odd", &odd), tsa("good", &lab.urls().tsa)]);
        let stamped = stamp(&sources, &digest(), None).await.unwrap();
        assert_eq!(stamped.authority, if taken { "odd" } else { "good" }, "{by}");
        if !taken {
            let error = &stamped.refused[0].error;
            assert_eq!(error.code, "tsa_clock", "{by}");
            let seconds: i64 = error.params["seconds"].parse().unwrap();
            assert!((seconds - by.whole_seconds()).abs() < 60, "{by}: {seconds}");
            assert!(!error.params["gen_time"].is_empty() && !error.params["here"].is_empty());
        }
    }
    // A machine whose own clock is off is told the same, and gets nothing.
    let off = Sources::offline(trusting(lab), Arc::new(Late(minutes(60))))
        .online(counted(lab).0, vec![tsa("a", &lab.urls().tsa)]);
    let Err(OfficeError::Format(wire)) = stamp(&off, &digest(), None).await else { panic!("taken") };
    assert_eq!((wire.code.as_str(), wire.params["first_code"].as_str()), ("tsa_all_refused", "tsa_clock"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_accuracy_counts_up_to_a_minute() {
    use super::super::stamp::require_time;
    let Some(lab) = Lab::shared() else { return };
    let query = Query::new(digest(), [3; 16], None);
    let mut token = query.accept(&lab.stamp(&lab.urls().tsa, &query.der())).unwrap();
    let now = token.gen_time;
    let seconds = time::Duration::seconds;
    for (accuracy, apart, taken) in
        [(0, 300, true), (0, 301, false), (30, 330, true), (30, 331, false), (86_400, 360, true), (86_400, 361, false)]
    {
        token.accuracy = seconds(accuracy);
        assert_eq!(
            require_time(&token, now - seconds(apart), now - seconds(apart)).is_ok(),
            taken,
            "{accuracy} {apart} ahead"
        );
        assert_eq!(
            require_time(&token, now + seconds(apart), now + seconds(apart)).is_ok(),
            taken,
            "{accuracy} {apart} behind"
        );
        // A long way there and back is no difference between clocks.
        assert!(
            require_time(&token, now - seconds(100_000), now).is_ok()
                && require_time(&token, now, now + seconds(100_000)).is_ok()
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_whose_certificate_is_over_stamps_nothing() {
    let Some(lab) = Lab::shared() else { return };
    let by = time::Duration::days(-500);
    let expired = ahead(lab, by).await;
    let sources = Sources::offline(trusting(lab), Arc::new(Late(by))).online(counted(lab).0, vec![tsa("a", &expired)]);
    let Err(OfficeError::Format(wire)) = stamp(&sources, &digest(), None).await else { panic!("taken") };
    assert_eq!(wire.params["first_code"], "tsa_untrusted");
    let said = &wire.params["refusals"];
    assert!(said.contains("expired") || said.contains("valid"), "{said}");
}
