//! Requests over the network.

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response, Url};
use tokio::time::timeout;

use crate::address::{LedAstray, PublicNames, checked, next, next_of_post, onwards, proxies_of_environment, shortened};
use crate::{Auth, Fetch, Fetched, Limits, NetError, Reach, body};

/// Fetches over HTTP and HTTPS, see the crate's documentation for the rules.
#[derive(Clone, Debug)]
pub struct Fetcher {
    reach: Reach,
    /// DER certificates that TLS servers may be certified by, beside those that the system trusts.
    roots: Vec<Vec<u8>>,
    /// Clients that were set up: reading the system's roots takes longer than many a request.
    clients: Arc<Mutex<Vec<(Key, Client)>>>,
}

/// What a client is set up with.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Key {
    reach: Reach,
    connect: Duration,
    read: Duration,
    proxies: Vec<String>,
}

/// Kinds of limits that one fetcher is asked with; more are set up each time.
const MAX_CLIENTS: usize = 8;

impl Fetcher {
    /// A fetcher that goes as far as `reach` says.
    pub fn new(reach: Reach) -> Self {
        Self { reach, roots: Vec::new(), clients: Arc::default() }
    }

    /// Believes TLS servers that one of these (DER) certified, beside those that the system believes.
    #[must_use]
    pub fn trusting(mut self, roots: Vec<Vec<u8>>) -> Self {
        self.roots.extend(roots);
        // What was set up before believes others.
        self.clients = Arc::default();
        self
    }

    /// The client for this reach, these limits, proxies and credentials. One with a certificate is set up for its request alone, so that the
    /// key is not kept.
    fn client(&self, reach: Reach, limits: &Limits, proxies: &[String], auth: &Auth) -> Result<Client, NetError> {
        if matches!(auth, Auth::ClientCertificate(_)) {
            return self.set_up(reach, limits, proxies, auth);
        }
        let key = Key { reach, connect: limits.connect, read: limits.read, proxies: proxies.to_vec() };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = clients.iter().find(|(own, _)| *own == key) {
            return Ok(known.clone());
        }
        let client = self.set_up(reach, limits, proxies, auth)?;
        if clients.len() < MAX_CLIENTS {
            clients.push((key, client.clone()));
        }
        Ok(client)
    }

    /// A client without cookies or connections that outlive a request, with the proxies that the environment gives now.
    fn set_up(&self, reach: Reach, limits: &Limits, proxies: &[String], auth: &Auth) -> Result<Client, NetError> {
        let mut builder = Client::builder()
            .user_agent(concat!("CartorioDigital/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .referer(false)
            .http1_only()
            .pool_max_idle_per_host(0)
            .connect_timeout(limits.connect)
            .read_timeout(limits.read)
            .dns_resolver(PublicNames { reach, proxies: proxies.to_vec() });
        if reach == Reach::Anywhere {
            builder = builder.no_proxy();
        }
        if !self.roots.is_empty() {
            let roots: Result<Vec<Certificate>, _> = self.roots.iter().map(|der| Certificate::from_der(der)).collect();
            builder = builder.tls_certs_merge(roots.map_err(|error| NetError::Unusable { reason: reasons(&error) })?);
        }
        if let Auth::ClientCertificate(identity) = auth {
            builder = builder.identity(identity.identity()?);
        }
        builder.build().map_err(|error| NetError::Unusable { reason: reasons(&error) })
    }

    async fn follow(&self, url: &str, limits: &Limits) -> Result<Fetched, NetError> {
        let proxies = proxies_of_environment();
        let mut url = checked(url, self.reach, &proxies)?;
        let mut reach = self.reach;
        for _ in 0..=limits.redirects {
            let response = self
                .client(reach, limits, &proxies, &Auth::None)?
                .get(url.clone())
                .header(ACCEPT, "*/*")
                .header(ACCEPT_ENCODING, "identity")
                .send()
                .await
                .map_err(|error| sorted(&error, &url))?;
            if !response.status().is_redirection() {
                return taken(response, limits).await;
            }
            reach = onwards(reach, &url, peer(&response, &proxies));
            url = next(&url, location(&response), reach, &proxies)?;
        }
        let to = String::new();
        Err(NetError::Redirect { url: shortened(url.as_str()), to, reason: "too_many" })
    }

    async fn send(&self, url: &str, posted: Posted<'_>, limits: &Limits) -> Result<Fetched, NetError> {
        let proxies = proxies_of_environment();
        let mut url = checked(url, self.reach, &proxies)?;
        posted.check(&url)?;
        let secret = !matches!(posted.auth, Auth::None);
        let mut reach = self.reach;
        for _ in 0..=limits.redirects {
            let mut request = self
                .client(reach, limits, &proxies, posted.auth)?
                .post(url.clone())
                .header(ACCEPT, posted.accept)
                .header(ACCEPT_ENCODING, "identity")
                .header(CONTENT_TYPE, posted.content_type)
                .body(posted.body.clone());
            if let Auth::Basic { user, password } = posted.auth {
                request = request.basic_auth(user, Some(password.expose()));
            }
            let response = request.send().await.map_err(|error| sorted(&error, &url))?;
            if !response.status().is_redirection() {
                return taken(response, limits).await;
            }
            let status = response.status().as_u16();
            reach = onwards(reach, &url, peer(&response, &proxies));
            url = next_of_post(&url, location(&response), status, secret, reach, &proxies)?;
        }
        let to = String::new();
        Err(NetError::Redirect { url: shortened(url.as_str()), to, reason: "too_many" })
    }
}

/// What is posted.
struct Posted<'a> {
    body: Vec<u8>,
    content_type: &'static str,
    accept: &'static str,
    auth: &'a Auth,
}

impl Posted<'_> {
    /// Refuses credentials that could not be shown to this address.
    fn check(&self, url: &Url) -> Result<(), NetError> {
        let refuse = |reason| Err(NetError::Credentials { reason });
        match self.auth {
            Auth::None => Ok(()),
            // RFC 7617 §2: the first colon ends the user name.
            Auth::Basic { user, .. } if user.contains(|own: char| own == ':' || own.is_control()) => refuse("user"),
            Auth::Basic { .. } => Ok(()),
            Auth::ClientCertificate(_) if url.scheme() != "https" => refuse("not_https"),
            Auth::ClientCertificate(_) => Ok(()),
        }
    }
}

#[async_trait]
impl Fetch for Fetcher {
    async fn get(&self, url: &str, limits: &Limits) -> Result<Fetched, NetError> {
        match timeout(limits.total, self.follow(url, limits)).await {
            Ok(result) => result,
            Err(_) => Err(too_long(url)),
        }
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
        match timeout(limits.total, self.send(url, Posted { body, content_type, accept, auth }, limits)).await {
            Ok(result) => result,
            Err(_) => Err(too_long(url)),
        }
    }
}

fn too_long(url: &str) -> NetError {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    NetError::Timeout { host: host.unwrap_or_else(|| shortened(url)) }
}

async fn taken(response: Response, limits: &Limits) -> Result<Fetched, NetError> {
    let status = response.status();
    if status.as_u16() != 200 {
        return Err(NetError::Status { url: shortened(response.url().as_str()), status: status.as_u16() });
    }
    let url = response.url().to_string();
    Ok(Fetched { url, bytes: body::read(response, limits.size).await? })
}

fn location(response: &Response) -> &str {
    // A location that is no text leads back to the same address, and ends as too many redirects.
    response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Who answered; `None` where that may have been a proxy, which says nothing of the server.
fn peer(response: &Response, proxies: &[String]) -> Option<IpAddr> {
    response.remote_addr().filter(|_| proxies.is_empty()).map(|own| own.ip())
}

/// What the HTTP client's error means.
pub(crate) fn sorted(error: &reqwest::Error, url: &Url) -> NetError {
    let host = url.host_str().unwrap_or_default().to_owned();
    let mut source = error.source();
    while let Some(cause) = source {
        if cause.is::<LedAstray>() {
            return NetError::Private { host };
        }
        source = cause.source();
    }
    if error.is_timeout() {
        NetError::Timeout { host }
    } else if error.is_connect() {
        NetError::Unreachable { host, reason: reasons(error) }
    } else {
        NetError::Broken { url: shortened(url.as_str()), reason: reasons(error) }
    }
}

/// The causes of an error, the last one being what the operating system or TLS said. Addresses are not repeated.
fn reasons(error: &reqwest::Error) -> String {
    let mut texts = Vec::new();
    let mut source = error.source();
    while let Some(cause) = source {
        texts.push(cause.to_string());
        source = cause.source();
    }
    texts.dedup();
    match texts.last() {
        Some(last) => shortened(last),
        None => error.to_string(),
    }
}
