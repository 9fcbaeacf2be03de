//! Logins in the browser: what the portal may answer, how tokens are kept and renewed, and that a batch does not notice.
//! The portal is a simulation of our own (`common/portal.rs`); keys and signatures are a real server's.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use cartorio_aws::{AwsCloud, CredentialStore, Limits};
use cartorio_core::{Clock, Coded, Digest, HashAlgorithm, SecretBytes};
use cartorio_keys::conformance::unique_alias;
use cartorio_keys::local::{Keyring, KeyringError};
use cartorio_keys::{
    Cloud, CloudProfile, CredentialSource, CredentialStatus, DigestSigner, KeyError, KeyManager, KeySpec, LoginMethod,
    LoginProgress, SignatureAlgorithm, SigningLimits, SsoAccount,
};
use cartorio_testkit::emulator::shared_ministack;
use cartorio_testkit::keyring::MemoryKeyring;
use common::portal::{Answer, Portal};
use common::{REGION, request, sessions};

const P256: SignatureAlgorithm = SignatureAlgorithm::ecdsa(HashAlgorithm::Sha256);
const ACCOUNT: &str = "123456789012";

fn profile(portal: &Portal) -> CloudProfile {
    CloudProfile {
        name: "ensaio".to_owned(),
        region: REGION.to_owned(),
        endpoint: Some(portal.endpoint()),
        acm_pca_endpoint: None,
        use_fips: false,
        signing: SigningLimits::default(),
        credentials: CredentialSource::Sso {
            start_url: "https://d-1234567890.awsapps.com/start".to_owned(),
            sso_region: "us-east-1".to_owned(),
            account_id: ACCOUNT.to_owned(),
            role_name: "Assinador".to_owned(),
        },
    }
}

fn with(profile: &CloudProfile, account: &str, role: &str) -> CloudProfile {
    let CredentialSource::Sso { start_url, sso_region, .. } = profile.credentials.clone() else { unreachable!() };
    let credentials =
        CredentialSource::Sso { start_url, sso_region, account_id: account.to_owned(), role_name: role.to_owned() };
    CloudProfile { credentials, ..profile.clone() }
}

fn cloud_with(portal: &Portal, keyring: Arc<dyn Keyring>) -> AwsCloud {
    let limits = Limits {
        attempts: 3,
        connect: Duration::from_secs(5),
        attempt: Duration::from_secs(20),
        operation: Duration::from_secs(60),
    };
    AwsCloud::with(CredentialStore::new(keyring, Duration::from_secs(5)), portal.clock.clone(), limits)
}

fn cloud(portal: &Portal) -> AwsCloud {
    cloud_with(portal, Arc::new(MemoryKeyring::default()))
}

async fn log_in(cloud: &AwsCloud, profile: &CloudProfile) -> CredentialStatus {
    let login = cloud.login_start(profile).await.unwrap();
    match cloud.login_poll(profile, &login.id).await.unwrap() {
        LoginProgress::Done(status) => status,
        other => panic!("{other:?}"),
    }
}

fn required() -> KeyError {
    KeyError::LoginRequired { profile: "ensaio".to_owned(), method: LoginMethod::Sso }
}

async fn needed(cloud: &AwsCloud, profile: &CloudProfile) -> Option<LoginMethod> {
    cloud.credential_status(profile).await.login
}

#[tokio::test]
async fn a_login_waits_slows_down_and_is_done() {
    let portal = Portal::start(None);
    let (cloud, profile) = (cloud(&portal), profile(&portal));
    assert_eq!(needed(&cloud, &profile).await, Some(LoginMethod::Sso));
    assert_eq!(cloud.test(&profile).await.err(), Some(required()));

    portal.state().tokens.extend([Answer::Pending, Answer::SlowDown, Answer::Pending, Answer::Broken]);
    let login = cloud.login_start(&profile).await.unwrap();
    assert_eq!((login.user_code.as_str(), login.interval), ("ABCD-EFGH", 1));
    assert_eq!(login.url, "https://device.sso.us-east-1.amazonaws.com/?user_code=ABCD-EFGH");
    assert_eq!(login.expires_at, portal.clock.now() + time::Duration::seconds(600));
    let poll = async || cloud.login_poll(&profile, &login.id).await;
    assert_eq!(poll().await, Ok(LoginProgress::Pending { interval: 1 }));
    assert_eq!(poll().await, Ok(LoginProgress::Pending { interval: 6 }), "five seconds more");
    assert_eq!(poll().await, Ok(LoginProgress::Pending { interval: 6 }), "and it stays so");
    let broken = poll().await.unwrap_err();
    assert_eq!(broken.code(), "key_backend_failed", "an outage ends nothing");
    match poll().await.unwrap() {
        LoginProgress::Done(status) => {
            assert_eq!(status, CredentialStatus { expires_at: None, login_until: None, login: None })
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(poll().await, Ok(LoginProgress::Over), "a login is done once");
    assert_eq!(cloud.login_poll(&profile, "outro").await, Ok(LoginProgress::Over));

    let caller = cloud.test(&profile).await.unwrap();
    assert_eq!(caller.account, ACCOUNT);
    let status = cloud.credential_status(&profile).await;
    assert_eq!(status.expires_at, Some(portal.clock.now() + time::Duration::seconds(3600)));
    let state = portal.state();
    let sent = |path: &str| -> serde_json::Value {
        serde_json::from_str(&state.seen.iter().find(|seen| seen.path == path).unwrap().body).unwrap()
    };
    assert_eq!(sent("/client/register")["scopes"], serde_json::json!(["sso:account:access"]));
    assert_eq!(sent("/client/register")["clientType"], "public");
    assert_eq!(sent("/device_authorization")["startUrl"], "https://d-1234567890.awsapps.com/start");
    assert_eq!(sent("/token")["grantType"], "urn:ietf:params:oauth:grant-type:device_code");
    assert_eq!(sent("/token")["deviceCode"], "SEGREDO-APARELHO-2");
    let asked = state.seen.iter().find(|seen| seen.path.starts_with("/federation")).unwrap();
    assert!(
        asked.path.contains("account_id=123456789012") && asked.path.contains("role_name=Assinador"),
        "{}",
        asked.path
    );
}

#[tokio::test]
async fn a_login_that_is_refused_or_late_or_replaced_is_over() {
    let portal = Portal::start(None);
    let (cloud, profile) = (cloud(&portal), profile(&portal));
    for answer in [Answer::Denied, Answer::Expired, Answer::InvalidGrant, Answer::InvalidClient] {
        let login = cloud.login_start(&profile).await.unwrap();
        portal.state().tokens.push_back(answer);
        assert_eq!(cloud.login_poll(&profile, &login.id).await, Ok(LoginProgress::Over), "{answer:?}");
        assert_eq!(cloud.login_poll(&profile, &login.id).await, Ok(LoginProgress::Over), "and stays so");
        assert_eq!(needed(&cloud, &profile).await, Some(LoginMethod::Sso));
    }
    let late = cloud.login_start(&profile).await.unwrap();
    portal.clock.advance(600);
    let asked = portal.state().count("/token");
    assert_eq!(cloud.login_poll(&profile, &late.id).await, Ok(LoginProgress::Over));
    assert_eq!(portal.state().count("/token"), asked, "nothing to ask for");

    let first = cloud.login_start(&profile).await.unwrap();
    let second = cloud.login_start(&profile).await.unwrap();
    assert_eq!(cloud.login_poll(&profile, &first.id).await, Ok(LoginProgress::Over));
    assert!(matches!(cloud.login_poll(&profile, &second.id).await, Ok(LoginProgress::Done(_))));

    let third = cloud.login_start(&profile).await.unwrap();
    cloud.logout(&profile).await.unwrap();
    assert_eq!(cloud.login_poll(&profile, &third.id).await, Ok(LoginProgress::Over));
    assert_eq!(needed(&cloud, &profile).await, Some(LoginMethod::Sso), "a logout is the last word");
}

#[tokio::test]
async fn an_answer_that_was_on_its_way_does_not_undo_a_logout_or_a_newer_login() {
    let portal = Portal::start(None);
    let keyring = Arc::new(MemoryKeyring::default());
    let (cloud, profile) = (Arc::new(cloud_with(&portal, keyring.clone())), profile(&portal));
    for newer in [false, true] {
        let login = cloud.login_start(&profile).await.unwrap();
        portal.state().hold = true;
        let asked = portal.state().count("/token");
        let polling = tokio::spawn({
            let (cloud, profile, id) = (Arc::clone(&cloud), profile.clone(), login.id.clone());
            async move { cloud.login_poll(&profile, &id).await }
        });
        while portal.state().count("/token") == asked {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        if newer {
            cloud.login_start(&profile).await.unwrap();
        } else {
            cloud.logout(&profile).await.unwrap();
        }
        portal.state().hold = false;
        assert_eq!(polling.await.unwrap(), Ok(LoginProgress::Over), "newer: {newer}");
        assert_eq!(needed(&cloud, &profile).await, Some(LoginMethod::Sso));
        assert!(keyring.is_empty());
    }
}

#[tokio::test]
async fn only_pages_of_the_web_are_handed_out() {
    let portal = Portal::start(None);
    let (cloud, profile) = (cloud(&portal), profile(&portal));
    for (page, taken) in [
        ("https://d-1.awsapps.com/start/#/device?user_code=ABCD", true),
        ("http://127.0.0.1:9/device", true),
        ("http://[::1]/device", true),
        ("http://device.sso.us-east-1.amazonaws.com/", false),
        ("javascript:alert(1)", false),
        ("file:///etc/passwd", false),
        ("ms-settings:privacy", false),
        ("https://a\n.b/", false),
        ("https://sso@mau.exemplo/", false),
        ("https://\u{430}.exemplo/", false),
        ("--help", false),
    ] {
        portal.state().page = page.to_owned();
        match cloud.login_start(&profile).await {
            Ok(login) => assert!(taken && login.url == page, "{page:?} was handed out"),
            Err(KeyError::Backend { reason, .. }) => {
                assert!(!taken && reason.contains("https://"), "{page:?}: {reason}")
            }
            Err(other) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn tokens_are_renewed_by_themselves_and_one_at_a_time() {
    let portal = Portal::start(None);
    let (cloud, profile) = (cloud(&portal), profile(&portal));
    portal.state().credential_seconds = 900;
    log_in(&cloud, &profile).await;
    cloud.test(&profile).await.unwrap();
    for round in 1..=3 {
        portal.clock.advance(3600);
        // Everything is over: ten askers, one renewal.
        let asked = futures(10, || cloud.test(&profile)).await;
        assert!(asked.iter().all(Result::is_ok), "{asked:?}");
        assert_eq!(portal.state().count("\"grantType\":\"refresh_token\""), round);
        assert_eq!(portal.state().count("/federation/credentials"), round + 1);
        assert_eq!(needed(&cloud, &profile).await, None);
    }
    // The portal may end a token before its time: that is not the end of the login.
    portal.clock.advance(900);
    portal.state().end_token();
    cloud.test(&profile).await.unwrap();
    assert_eq!(portal.state().count("\"grantType\":\"refresh_token\""), 4);
}

#[tokio::test]
async fn a_renewal_that_is_refused_needs_a_person_and_the_connection_goes_on_after_it() {
    let Some(server) = shared_ministack() else { return };
    let portal = Portal::start(Some(&server.endpoint()));
    let keyring = Arc::new(MemoryKeyring::default());
    let (cloud, profile) = (cloud_with(&portal, keyring.clone()), profile(&portal));
    portal.state().token_seconds = 60;
    portal.state().credential_seconds = 30;
    portal.state().credentials = sessions(&server.endpoint(), 4).await;
    // Connected before anybody has logged in: nothing is asked yet.
    let keys: Arc<dyn KeyManager> = cloud.connect(&profile).await.unwrap();
    assert_eq!(keys.list().await.err(), Some(required()));
    log_in(&cloud, &profile).await;
    let key = keys.create(request(KeySpec::EcP256, &unique_alias("login"))).await.unwrap();
    let signer = keys.signer(&key.key_ref, P256).await.unwrap();
    signer.sign_digest(&digest(1)).await.unwrap();

    portal.clock.advance(61);
    portal.state().tokens.push_back(Answer::InvalidGrant);
    assert_eq!(signer.sign_digest(&digest(2)).await.err(), Some(required()));
    assert_eq!(needed(&cloud, &profile).await, Some(LoginMethod::Sso));
    let asked = portal.state().count("/token");
    assert_eq!(signer.sign_digest(&digest(2)).await.err(), Some(required()));
    assert_eq!(portal.state().count("/token"), asked, "a refused token is not tried again");

    log_in(&cloud, &profile).await;
    signer.sign_digest(&digest(2)).await.expect("the same signer");

    // Without a refresh token the end of the login is known.
    portal.state().refresh = false;
    let status = log_in(&cloud, &profile).await;
    let ends = Some(portal.clock.now() + time::Duration::seconds(60));
    assert_eq!((status.login_until, status.login), (ends, None));
    signer.sign_digest(&digest(3)).await.unwrap();
    portal.clock.advance(61);
    assert_eq!(signer.sign_digest(&digest(4)).await.err(), Some(required()));
}

#[tokio::test]
async fn an_outage_of_the_portal_does_not_stop_credentials_that_are_still_good() {
    let portal = Portal::start(None);
    let (cloud, profile) = (cloud(&portal), profile(&portal));
    portal.state().credential_seconds = 900;
    log_in(&cloud, &profile).await;
    cloud.test(&profile).await.unwrap();
    portal.state().down = true;
    // Five minutes before their end they are renewed, if they can be.
    let asked = portal.state().count("/federation");
    portal.clock.advance(599);
    cloud.test(&profile).await.unwrap();
    assert_eq!(portal.state().count("/federation"), asked, "no need yet");
    portal.clock.advance(101);
    cloud.test(&profile).await.expect("good for 200 seconds more");
    assert!(portal.state().count("/federation") > asked, "it was tried");
    let asked = portal.state().count("/federation");
    cloud.test(&profile).await.unwrap();
    assert_eq!(portal.state().count("/federation"), asked, "not asked again at once");
    portal.clock.advance(200);
    let error = cloud.test(&profile).await.unwrap_err();
    assert!(error != required(), "an outage is no reason to log in: {error:?}");
    portal.state().down = false;
    cloud.test(&profile).await.unwrap();
}

#[tokio::test]
async fn a_login_is_found_by_the_next_process_and_by_no_other_portal() {
    let portal = Portal::start(None);
    let keyring = Arc::new(MemoryKeyring::default());
    let profile = profile(&portal);
    let first = cloud_with(&portal, keyring.clone());
    // Waits already when another process logs in.
    let waiting = cloud_with(&portal, keyring.clone());
    assert_eq!(waiting.test(&profile).await.err(), Some(required()));
    log_in(&first, &profile).await;
    for next in [&waiting, &cloud_with(&portal, keyring.clone())] {
        assert_eq!(needed(next, &profile).await, None);
        next.test(&profile).await.unwrap();
    }
    // Whoever renews first has the new token; the other one finds it.
    portal.clock.advance(3600);
    first.test(&profile).await.unwrap();
    waiting.test(&profile).await.unwrap();
    assert_eq!(portal.state().count("\"grantType\":\"refresh_token\""), 1);

    let mut moved = profile.clone();
    if let CredentialSource::Sso { start_url, .. } = &mut moved.credentials {
        *start_url = "https://outro.awsapps.com/start".to_owned();
    }
    assert_eq!(needed(&first, &moved).await, Some(LoginMethod::Sso));
    assert_eq!(first.test(&moved).await.err(), Some(required()), "a token goes to the portal that gave it");
    let renamed = CloudProfile { name: "outro".to_owned(), ..profile.clone() };
    assert_eq!(needed(&first, &renamed).await, Some(LoginMethod::Sso));
}

#[tokio::test]
async fn without_a_keyring_a_login_lives_as_long_as_the_run() {
    struct None_;
    impl Keyring for None_ {
        fn get(&self, _: &str, _: &str) -> Result<Option<SecretBytes>, KeyringError> {
            Err(KeyringError::Absent("none".to_owned()))
        }
        fn set(&self, _: &str, _: &str, _: &SecretBytes) -> Result<(), KeyringError> {
            Err(KeyringError::Absent("none".to_owned()))
        }
        fn delete(&self, _: &str, _: &str) -> Result<(), KeyringError> {
            Err(KeyringError::Absent("none".to_owned()))
        }
    }
    let portal = Portal::start(None);
    let (cloud, profile) = (cloud_with(&portal, Arc::new(None_)), profile(&portal));
    log_in(&cloud, &profile).await;
    cloud.test(&profile).await.unwrap();
    portal.clock.advance(3600);
    cloud.test(&profile).await.expect("renewed in memory");
    assert_eq!(needed(&cloud_with(&portal, Arc::new(None_)), &profile).await, Some(LoginMethod::Sso));
    cloud.logout(&profile).await.unwrap();
    assert_eq!(cloud.test(&profile).await.err(), Some(required()));
}

#[tokio::test]
async fn accounts_and_roles_come_from_every_page_before_one_is_chosen() {
    let portal = Portal::start(None);
    let cloud = cloud(&portal);
    let making = with(&profile(&portal), "", "");
    assert_eq!(cloud.sso_accounts(&making).await, Err(required()));
    assert_eq!(needed(&cloud, &making).await, Some(LoginMethod::Sso));
    log_in(&cloud, &making).await;
    let account = |id: &str, name: &str, roles: &[&str]| SsoAccount {
        account_id: id.to_owned(),
        name: name.to_owned(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
    };
    let expected = vec![
        account("111111111111", "Arquivo", &["Leitor"]),
        account("222222222222", "Balcão", &["Assinador", "Tabelião"]),
    ];
    assert_eq!(cloud.sso_accounts(&making).await.unwrap(), expected);
    portal.state().end_token();
    assert_eq!(cloud.sso_accounts(&making).await.unwrap(), expected, "with a renewed token");
    // The profile is made now, and the login is its own already.
    cloud.test(&profile(&portal)).await.unwrap();
    assert_eq!(cloud.test(&making).await.unwrap_err().code(), "key_bad_reference");

    let strange = with(&profile(&portal), ACCOUNT, "Ausente");
    match cloud.test(&strange).await.unwrap_err() {
        KeyError::BadReference { reason } => {
            assert!(reason.contains("Ausente") && reason.contains(ACCOUNT), "{reason}")
        }
        other => panic!("{other:?}"),
    }
    let forbidden = with(&profile(&portal), "999999999999", "Assinador");
    match cloud.test(&forbidden).await.unwrap_err() {
        KeyError::AccessDenied { action, .. } => assert_eq!(action, "sso:GetRoleCredentials"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_logout_ends_it_everywhere() {
    let portal = Portal::start(None);
    let keyring = Arc::new(MemoryKeyring::default());
    let (cloud, profile) = (cloud_with(&portal, keyring.clone()), profile(&portal));
    cloud.logout(&profile).await.expect("nothing to end");
    log_in(&cloud, &profile).await;
    cloud.test(&profile).await.unwrap();
    assert!(!keyring.is_empty());
    cloud.logout(&profile).await.unwrap();
    assert!(keyring.is_empty(), "nothing stays in the keyring");
    assert_eq!(portal.state().count("/logout"), 1);
    assert_eq!(cloud.test(&profile).await.err(), Some(required()), "good credentials are not used any more either");
    // Out of reach, it is forgotten here all the same.
    log_in(&cloud, &profile).await;
    portal.state().down = true;
    cloud.logout(&profile).await.unwrap();
    assert!(keyring.is_empty());
    assert_eq!(needed(&cloud, &profile).await, Some(LoginMethod::Sso));
}

#[tokio::test]
async fn this_program_registers_once_and_again_when_it_must() {
    let portal = Portal::start(None);
    let keyring = Arc::new(MemoryKeyring::default());
    let (cloud, profile) = (cloud_with(&portal, keyring.clone()), profile(&portal));
    log_in(&cloud, &profile).await;
    log_in(&cloud, &profile).await;
    log_in(&cloud_with(&portal, keyring.clone()), &profile).await;
    assert_eq!(portal.state().count("/client/register"), 1);
    portal.state().forget_client();
    log_in(&cloud, &profile).await;
    assert_eq!(portal.state().count("/client/register"), 2);
    portal.clock.advance(90 * 86_400 - 3600);
    log_in(&cloud, &profile).await;
    assert_eq!(portal.state().count("/client/register"), 3, "before it ends");
    for (other, what) in [(CredentialSource::Default, "login"), (CredentialSource::Keyring, "login")] {
        let profile = CloudProfile { credentials: other, ..profile.clone() };
        let refused = cloud.login_start(&profile).await.unwrap_err();
        assert_eq!(refused.code(), "key_unsupported", "{what}");
        assert_eq!(cloud.sso_accounts(&profile).await.unwrap_err().code(), "key_unsupported");
        assert_eq!(cloud.login_poll(&profile, "x").await.unwrap_err().code(), "key_unsupported");
        let code = cartorio_core::SecretString::new("123456".to_owned());
        assert_eq!(cloud.login_mfa(&profile, &code).await.unwrap_err().code(), "key_unsupported");
        assert_eq!(needed(&cloud, &profile).await, None);
    }
}

#[tokio::test]
async fn nobody_notices_when_credentials_end_during_a_batch() {
    let Some(server) = shared_ministack() else { return };
    let portal = Portal::start(Some(&server.endpoint()));
    let (cloud, profile) = (cloud(&portal), profile(&portal));
    portal.state().credential_seconds = 30;
    portal.state().credentials = sessions(&server.endpoint(), 40).await;
    log_in(&cloud, &profile).await;
    let keys = cloud.connect(&profile).await.unwrap();
    let key = keys.create(request(KeySpec::EcP256, &unique_alias("lote"))).await.unwrap();
    let signer: Arc<dyn DigestSigner> = Arc::from(keys.signer(&key.key_ref, P256).await.unwrap());

    // They end by the clock: fifty signatures, five seconds each, for credentials of thirty seconds.
    let before = portal.state().count("/federation");
    for number in 0..50 {
        let signature = signer.sign_digest(&digest(number)).await.unwrap();
        assert_eq!(signature.attempts, 1, "renewed before AWS says anything");
        portal.clock.advance(5);
    }
    let renewals = portal.state().count("/federation") - before;
    assert!((8..=14).contains(&renewals), "{renewals}");
    eprintln!("250 s of signing with credentials of 30 s: {renewals} renewals");

    // They end before their time: an administrator has ended the sessions, and twenty calls are under way.
    portal.state().credential_seconds = 3600;
    portal.clock.advance(30);
    signer.sign_digest(&digest(100)).await.unwrap();
    let before = portal.state().count("/federation");
    let now = portal.clock.seconds();
    portal.state().good_until.values_mut().for_each(|ends| *ends = now);
    let signer_ = &signer;
    let signed = futures(20, || async move { signer_.sign_digest(&digest(7)).await }).await;
    let attempts: Vec<u32> = signed.into_iter().map(|outcome| outcome.unwrap().attempts).collect();
    assert!(attempts.iter().all(|count| (1..=2).contains(count)), "{attempts:?}");
    assert!(attempts.contains(&2), "at least one call met it");
    assert_eq!(portal.state().count("/federation") - before, 1, "and one renewal was enough for all");
    eprintln!("20 calls in flight with refused credentials: attempts {attempts:?}");
}

fn digest(number: u8) -> Digest {
    Digest::of(HashAlgorithm::Sha256, &[number])
}

/// So many at the same time.
async fn futures<T, F: Future<Output = T>>(count: usize, make: impl Fn() -> F) -> Vec<T> {
    let mut all: Vec<_> = (0..count).map(|_| Box::pin(make())).collect();
    let mut done: Vec<Option<T>> = (0..count).map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, slot) in all.iter_mut().zip(&mut done) {
            if slot.is_none()
                && let std::task::Poll::Ready(value) = future.as_mut().poll(context)
            {
                *slot = Some(value);
            }
        }
        if done.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[test]
fn the_futures_of_a_test_all_run() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let made: HashSet<usize> = runtime
        .block_on(async {
            let next = std::cell::Cell::new(0);
            futures(3, || {
                next.set(next.get() + 1);
                let own = next.get();
                async move { own }
            })
            .await
        })
        .into_iter()
        .collect();
    assert_eq!(made.len(), 3);
}
