//! Time stamps and evidence from real servers on loopback (the laboratory of the testkit), and from servers that misbehave.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod bad;
mod gathering;
mod mirrors;
mod responders;
mod stamping;
pub(crate) mod store;

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use cartorio_core::SystemClock;
use cartorio_net::{Fetched, Limits, NetError};
use cartorio_testkit::lab::Lab;

use super::*;

/// Counts what is asked.
pub(crate) struct Counting {
    inner: Fetcher,
    pub(super) asked: AtomicUsize,
}

#[async_trait]
impl Fetch for Counting {
    async fn get(&self, url: &str, limits: &Limits) -> Result<Fetched, NetError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.inner.get(url, limits).await
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
        self.inner.post(url, body, content_type, accept, auth, limits).await
    }
}

pub(crate) fn certificate(lab: &Lab, label: &str) -> Certificate {
    Certificate::from_der(&lab.certificate(label)).unwrap()
}

/// A store that trusts the laboratory's root and has nothing else.
pub(crate) fn trusting(lab: &Lab) -> Evidence {
    Evidence { anchors: vec![certificate(lab, "root")], ..Evidence::default() }
}

/// The network, loopback included, and how often it was asked.
pub(crate) fn counted(lab: &Lab) -> (Network, Arc<Counting>) {
    let inner = Fetcher::new(Reach::Anywhere).trusting(vec![lab.certificate("root")]);
    let counting = Arc::new(Counting { inner, asked: AtomicUsize::new(0) });
    (Network { named: counting.clone(), chosen: counting.clone() }, counting)
}

pub(crate) fn tsa(name: &str, url: &str) -> Tsa {
    Tsa {
        name: name.to_owned(),
        url: url.to_owned(),
        auth: Ok(Auth::None),
        policy: None,
        timeout: Duration::from_secs(20),
    }
}

/// Sources that ask these authorities.
pub(crate) fn sources(lab: &Lab, evidence: Evidence, tsas: Vec<Tsa>) -> Sources {
    Sources::offline(evidence, Arc::new(SystemClock)).online(counted(lab).0, tsas)
}

/// Runs `openssl` in the laboratory's folder.
pub(crate) fn openssl(lab: &Lab, arguments: &[&str]) {
    let output = std::process::Command::new("openssl").args(arguments).current_dir(lab.folder()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A list of the laboratory's CA `issuer` that has `label` as revoked since the day before yesterday.
pub(crate) fn list_revoking(lab: &Lab, issuer: &str, label: &str) -> Crl {
    let name = format!("revoking-{label}");
    let put = |end: &str, text: &str| std::fs::write(lab.path(&format!("{name}.{end}")), text).unwrap();
    let format = time::macros::format_description!("[year repr:last_two][month][day][hour][minute][second]Z");
    let since = (OffsetDateTime::now_utc() - time::Duration::days(2)).format(&format).unwrap();
    let mut serial = certificate(lab, label).serial.hex().to_uppercase();
    if serial.len() % 2 == 1 {
        serial.insert(0, '0');
    }
    put("txt", &format!("R\t401231235959Z\t{since},keyCompromise\t{serial}\tunknown\t/CN=x\n"));
    put("cnf", &format!("[ca]\ndefault_ca=own\n[own]\ndatabase={name}.txt\ndefault_md=sha256\ndefault_crl_days=30\n"));
    let (cnf, key, cert, out) =
        (format!("{name}.cnf"), format!("{issuer}.key"), format!("{issuer}.pem"), format!("{name}.crl"));
    openssl(lab, &["ca", "-gencrl", "-config", &cnf, "-keyfile", &key, "-cert", &cert, "-out", &out]);
    openssl(lab, &["crl", "-in", &out, "-outform", "DER", "-out", &out]);
    Crl::from_der(&std::fs::read(lab.path(&out)).unwrap()).unwrap()
}
