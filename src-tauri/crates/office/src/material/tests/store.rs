//! The office's authorities: kept, changed, removed, asked.

use std::path::Path;
use std::time::Duration;

use cartorio_aws::{AwsCloud, CredentialStore, Limits as AwsLimits};
use cartorio_core::{SecretBytes, SecretString};
use cartorio_keys::local::{MasterChoice, Passphrase};
use cartorio_registry::{AuditFilter, AuditPage, Role};
use cartorio_testkit::keyring::MemoryKeyring;
use cartorio_testkit::lab::{self, Lab};
use cartorio_testkit::traces::holding;

use super::*;
use crate::dto::TsaAuth;
use crate::material::tsa_store::{TsaSave, list, load, remove, save, test};
use crate::session::Session;
use crate::{Home, MasterOptions, OfficeError, Ports};

pub(crate) async fn demo(folder: &Path) -> (Office, Arc<Session>) {
    let clock = Arc::new(SystemClock);
    let keys = CredentialStore::new(Arc::new(MemoryKeyring::default()), Duration::from_secs(1));
    let cloud = Arc::new(AwsCloud::with(keys, clock.clone(), AwsLimits::default()));
    let ports = Ports::unattended(clock, cloud.clone(), cloud);
    let master = MasterOptions { passphrase: Passphrase::None, choice: MasterChoice::PlainFile };
    let office = Office::with_master(Home::new(folder), ports, master);
    office.open_demo().await.unwrap();
    let session = office.session().await.unwrap();
    (office, session)
}

fn plain(name: &str, url: &str) -> TsaSave {
    TsaSave {
        id: None,
        name: name.to_owned(),
        url: url.to_owned(),
        auth: TsaAuth::None,
        user: None,
        secret: None,
        p12: None,
        policy: None,
        timeout_seconds: 20,
        position: None,
    }
}

fn secret(text: &str) -> Option<SecretString> {
    Some(SecretString::new(text.to_owned()))
}

fn basic(name: &str, url: &str) -> TsaSave {
    let user = Some(lab::BASIC_USER.to_owned());
    TsaSave { auth: TsaAuth::Basic, user, secret: secret(lab::BASIC_PASSWORD), ..plain(name, url) }
}

async fn refused(session: &Session, request: TsaSave) -> String {
    match save(session, request).await {
        Err(OfficeError::InvalidField { field, reason }) => format!("{field} {reason}"),
        Err(error) => error.wire().code,
        Ok(_) => "saved".to_owned(),
    }
}

/// Whether a file below `folder` has these bytes in it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn authorities_are_kept_in_order_and_their_secrets_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let (office, session) = demo(folder.path()).await;
    assert!(list(&session).await.unwrap().is_empty());
    for (request, why) in [
        (plain(" ", "https://act.exemplo.com.br/"), "name empty"),
        (plain("A", "ftp://act.exemplo.com.br/"), "net_address"),
        (plain("A", "https://u:s@act.exemplo.com.br/"), "net_address"),
        (TsaSave { timeout_seconds: 0, ..plain("A", "https://a.br/") }, "timeout_seconds out_of_range"),
        (TsaSave { policy: Some("1.x".to_owned()), ..plain("A", "https://a.br/") }, "policy malformed"),
        (TsaSave { secret: None, ..basic("A", "https://a.br/") }, "secret empty"),
        (TsaSave { user: Some("a:b".to_owned()), ..basic("A", "https://a.br/") }, "user malformed"),
        (basic("A", "http://act.exemplo.com.br/"), "url not_encrypted"),
        (TsaSave { auth: TsaAuth::Certificate, ..plain("A", "http://127.0.0.1/") }, "url not_encrypted"),
        (TsaSave { auth: TsaAuth::Certificate, ..plain("A", "https://a.br/") }, "p12 empty"),
        (TsaSave { id: Some("x".to_owned()), ..plain("A", "https://a.br/") }, "tsa_unknown"),
    ] {
        assert_eq!(refused(&session, request).await, why);
    }
    assert!(list(&session).await.unwrap().is_empty(), "nothing was half kept");

    save(&session, plain("Primeira", "https://act.exemplo.com.br/tsa")).await.unwrap();
    save(&session, basic("Segunda", "http://127.0.0.1:9/tsa")).await.unwrap();
    let all = save(&session, TsaSave { position: Some(1), ..plain("Terceira", "https://b.br/") }).await.unwrap();
    let names = |all: &[crate::dto::TsaView]| all.iter().map(|own| own.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&all), ["Terceira", "Primeira", "Segunda"]);
    assert_eq!(all.iter().map(|own| own.position).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(refused(&session, plain("Primeira", "https://c.br/")).await, "name taken");

    // The password is where it is sealed, and nowhere else.
    assert!(holding(folder.path(), lab::BASIC_PASSWORD.as_bytes()).unwrap().is_empty());
    assert!(!holding(folder.path(), b"act.exemplo.com.br").unwrap().is_empty(), "the search finds what is there");
    let second = all[2].clone();
    assert_eq!((second.user.as_deref(), second.auth), (Some(lab::BASIC_USER), TsaAuth::Basic));
    let loaded = load(&session).await.unwrap();
    match loaded[2].auth.as_ref().ok().unwrap() {
        Auth::Basic { user, password } => {
            assert_eq!((user.as_str(), password.expose()), (lab::BASIC_USER, lab::BASIC_PASSWORD));
        }
        Auth::None | Auth::ClientCertificate(_) => panic!("another way"),
    }
    // Renamed it keeps its password; on another server it does not.
    let again = |name: &str, url: &str| TsaSave { id: Some(second.id.clone()), secret: None, ..basic(name, url) };
    assert_eq!(refused(&session, again("Quarta", "http://127.0.0.1:10/tsa")).await, "secret empty");
    let all = save(&session, again("Quarta", "http://127.0.0.1:9/outro")).await.unwrap();
    assert_eq!(names(&all), ["Terceira", "Primeira", "Quarta"], "where it was");
    assert!(load(&session).await.unwrap()[2].auth.is_ok());
    // Without a password at all the secret goes, and with it the authority at last.
    let open = TsaSave { id: Some(second.id.clone()), ..plain("Quarta", "http://127.0.0.1:9/outro") };
    save(&session, open).await.unwrap();
    assert_eq!(refused(&session, again("Quarta", "http://127.0.0.1:9/outro")).await, "secret empty");
    assert_eq!(remove(&session, "x").await.unwrap_err().wire().code, "tsa_unknown");
    assert_eq!(names(&remove(&session, &second.id).await.unwrap()), ["Terceira", "Primeira"]);

    // A clerk may look.
    let mut clerk = session.operator.clone();
    clerk.role = Role::Clerk;
    let clerk = session.with_operator(clerk);
    assert_eq!(list(&clerk).await.unwrap().len(), 2);
    assert_eq!(save(&clerk, plain("X", "https://x.br/")).await.unwrap_err().wire().code, "not_permitted");
    assert_eq!(remove(&clerk, &second.id).await.unwrap_err().wire().code, "not_permitted");

    let page = AuditPage { before: None, limit: 500 };
    let records = session.registry.list_audit(&AuditFilter::default(), page).await.unwrap();
    let count = |act: &str| records.iter().filter(|own| own.entry.act.name() == act).count();
    assert_eq!((count("tsa_saved"), count("tsa_removed")), (2 * 5, 2));
    assert!(session.registry.verify().await.unwrap().is_intact());
    drop(office);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kept_authority_is_asked_with_what_was_kept() {
    let Some(lab) = Lab::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (office, session) = demo(folder.path()).await;
    let fetcher = Fetcher::new(Reach::Anywhere).trusting(vec![lab.certificate("root")]);
    assert!(office.use_fetcher(Arc::new(fetcher)));
    let p12 = || Some(SecretBytes::new(lab.client().p12));
    let tls = |password: &str| TsaSave {
        auth: TsaAuth::Certificate,
        secret: secret(password),
        p12: p12(),
        ..plain("TLS", &lab.urls().tsa_tls)
    };
    assert_eq!(refused(&session, tls("errada")).await, "p12_wrong_password");
    save(&session, tls(lab::P12_PASSWORD)).await.unwrap();
    let all = save(&session, basic("Senha", &lab.urls().tsa_basic)).await.unwrap();
    assert_eq!(all[0].certificate.as_deref(), Some("Cartório cliente da ACT"));
    for own in &all {
        let probe = test(&office, &own.id).await.unwrap();
        assert_eq!((probe.authority.as_str(), probe.trusted, probe.icp_brasil), ("ACT OpenSSL", false, false));
        assert!(probe.size > 1_000);
    }
    // With the root among those that count, a job of the office stamps.
    let mut sources = office.sources(false, Given::default()).await.unwrap();
    sources.evidence.anchors.push(certificate(lab, "root"));
    let digest = cartorio_core::Digest::of(cartorio_core::HashAlgorithm::Sha256, b"x");
    assert_eq!(stamp(&sources, &digest, None).await.unwrap().authority, "TLS");
    let offline = office.sources(true, Given::default()).await.unwrap();
    assert!(offline.has_authorities() && !offline.is_online());
    assert_eq!(stamp(&offline, &digest, None).await.unwrap_err().wire().code, "tsa_offline");

    // A changed password is found out by the server, and nothing of it is on record.
    let wrong =
        TsaSave { id: Some(all[1].id.clone()), secret: secret("outra-senha-4711"), ..basic("Senha", &all[1].url) };
    save(&session, wrong).await.unwrap();
    let error = test(&office, &all[1].id).await.unwrap_err().wire();
    assert_eq!((error.code.as_str(), error.params["status"].as_str()), ("tsa_access_refused", "401"));
    assert!(holding(folder.path(), b"outra-senha-4711").unwrap().is_empty());

    let page = AuditPage { before: None, limit: 500 };
    let records = session.registry.list_audit(&AuditFilter::default(), page).await.unwrap();
    assert_eq!(records.iter().filter(|own| own.entry.act.name() == "tsa_tested").count(), 2 * 3);
}
