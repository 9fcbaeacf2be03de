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
    let long_ago = (OffsetDateTime::now_utc() - time::Duration::days(500)).replace_nanosecond(0).unwrap();
    let long_ago = long_ago.format(&time::format_description::well_known::Rfc3339).unwrap();
    let expired = serve(through(&urls.tsa, vec![("X-Certomancer-Fake-Time", long_ago)], |answer| answer)).await;
    let missing = MaterialError::SecretMissing { name: "sem senha".to_owned() };
    let tsas = vec![
        Tsa { timeout: Duration::from_millis(500), ..tsa("silent", &silent) },
        tsa("replay", &replayed),
        tsa("large", &large),
        tsa("nonsense", &nonsense),
        tsa("broken", &broken),
        tsa("expired", &expired),
        tsa("refusing", &urls.tsa_refusing),
        tsa("unavailable", &urls.tsa_unavailable),
        tsa("closed", &urls.tsa_basic),
        Tsa { auth: Err(WireError::from(&missing)), ..tsa("sem senha", &urls.tsa_basic) },
        Tsa { policy: Some(Oid::new_unwrap("1.2.3.4")), ..tsa("policy", &urls.tsa_openssl) },
        tsa("good", &urls.tsa),
        tsa("never asked", &urls.tsa_refusing),
    ];
    let sources = sources(lab, trusting(lab), tsas);
    let stamped = stamp(&sources, &digest()).await.unwrap();
    let told: Vec<(&str, &str)> =
        stamped.refused.iter().map(|own| (own.name.as_str(), own.error.code.as_str())).collect();
    assert_eq!(
        told,
        [
            ("silent", "net_timeout"),
            ("replay", "timestamp_wrong_nonce"),
            ("large", "net_too_large"),
            ("nonsense", "timestamp_malformed"),
            ("broken", "timestamp_signature_wrong"),
            ("expired", "tsa_untrusted"),
            ("refusing", "timestamp_rejected"),
            ("unavailable", "net_status"),
            ("closed", "net_status"),
            ("sem senha", "tsa_secret_missing"),
            ("policy", "timestamp_rejected"),
        ]
    );
    let of = |name: &str| &stamped.refused.iter().find(|own| own.name == name).unwrap().error;
    assert_eq!(of("refusing").params["failures"], "time_not_available");
    assert!(of("expired").params["reasons"].contains("expired") || of("expired").params["reasons"].contains("valid"));
    assert_eq!((stamped.authority.as_str(), stamped.holder.as_str()), ("good", "ACT do Laboratório"));
    assert!(stamped.ahead.abs() < time::Duration::minutes(5));
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
            let stamped = stamp(&sources, &digest).await.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!((stamped.authority.as_str(), stamped.refused.len()), (name.as_str(), 0));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_trusted_or_revoked_stamps_nothing() {
    let Some(lab) = Lab::shared() else { return };
    let urls = lab.urls();
    let ask = async |sources: Sources| match stamp(&sources, &digest()).await {
        Err(OfficeError::Format(wire)) => wire,
        other => panic!("{other:?}"),
    };
    let stranger = ask(sources(lab, Evidence::default(), vec![tsa("a", &urls.tsa)])).await;
    assert_eq!((stranger.code.as_str(), stranger.params["first_code"].as_str()), ("tsa_all_refused", "tsa_untrusted"));
    assert!(stranger.params["refusals"].contains("untrusted_root"), "{:?}", stranger.params);

    let given = Given { crls: vec![list_revoking(lab, "act", "tsa")], ..Given::default() };
    let both = vec![tsa("revoked", &urls.tsa), tsa("good", &urls.tsa_p256)];
    let stamped = stamp(&sources(lab, trusting(lab), both).given(given), &digest()).await.unwrap();
    assert_eq!(stamped.authority, "good");
    assert_eq!(stamped.refused[0].error.code, "tsa_untrusted");
    assert!(stamped.refused[0].error.params["reasons"].contains("revoked"), "{:?}", stamped.refused);

    assert_eq!(ask(sources(lab, trusting(lab), Vec::new())).await.code, "tsa_none");
    let offline = Sources::offline(trusting(lab), Arc::new(SystemClock)).with_authorities(vec![tsa("a", &urls.tsa)]);
    assert_eq!(ask(offline).await.code, "tsa_offline");
}
