//! Issuers, lists and OCSP answers from the addresses that certificates name. What comes is judged before it counts.

use std::collections::{BTreeMap, HashSet};

use cartorio_core::{Retry, Severity, WireError};
use cartorio_net::{Auth, Limits};
use cartorio_pki::{
    Certificate, Crl, CrlScope, NonceMatch, OCSP_REQUEST_TYPE, OCSP_RESPONSE_TYPE, OcspRejection, OcspRequest,
    OcspResponse, OcspStatus, ResponseStatus, read_objects,
};
use time::OffsetDateTime;

use super::Attempt;
use super::gather::{Gather, push_new};
use crate::signing::blocking;
use crate::{OfficeError, OfficeResult};

/// Addresses of one kind that are tried for one certificate.
const MAX_ADDRESSES: usize = 4;
/// Certificates that are taken from one address; ICP-Brasil's P7B files hold a whole chain.
const MAX_TAKEN: usize = 16;

/// Addresses that can be fetched from, each once.
pub(super) fn fetchable(urls: &[String]) -> Vec<String> {
    let mut seen = HashSet::new();
    let is_http = |url: &&String| {
        let url = url.trim().to_ascii_lowercase();
        url.starts_with("http://") || url.starts_with("https://")
    };
    urls.iter().filter(is_http).filter(|url| seen.insert(url.as_str())).take(MAX_ADDRESSES).cloned().collect()
}

impl Gather<'_> {
    /// Fetches who issued `certificate`; whether somebody new was found whose key made its signature.
    pub(super) async fn fetch_issuer(&mut self, certificate: &Certificate) -> OfficeResult<bool> {
        for url in fetchable(&certificate.issuer_urls) {
            let Some(bytes) = self.get(certificate, &url, &Limits::CERTIFICATE).await else { continue };
            let child = certificate.clone();
            let taken = blocking(move || {
                let found = match Certificate::from_der(&bytes) {
                    Ok(one) => vec![one],
                    Err(_) => read_objects(&bytes).map(|bundle| bundle.certificates()).unwrap_or_default(),
                };
                let authorities: Vec<Certificate> =
                    found.into_iter().filter(|own| own.is_ca()).take(MAX_TAKEN).collect();
                let issued = |own: &Certificate| own.subject == child.issuer && child.check_signed_by(own).is_valid();
                authorities.iter().any(issued).then_some(authorities)
            })
            .await?;
            match taken {
                Some(authorities) => {
                    let before = self.found.certificates.len();
                    authorities.iter().for_each(|own| push_new(&mut self.found.certificates, own));
                    if self.found.certificates.len() > before {
                        return Ok(true);
                    }
                }
                None => self.failed(certificate, &url, wrong("evidence_not_the_issuer", &url, "no_issuer")),
            }
        }
        Ok(false)
    }

    /// Asks how `certificate` stands; whether an answer came that decides something.
    pub(super) async fn fetch_answer(&mut self, certificate: &Certificate, issuer: &Certificate) -> OfficeResult<bool> {
        for url in fetchable(&certificate.ocsp_urls) {
            let key = format!("{url} {}", certificate.fingerprint());
            match self.found.asked(&key) {
                // It is among the answers already; one without nextUpdate speaks of no later instant.
                Some(None) if self.has_answer(certificate, issuer) => return Ok(false),
                Some(None) => {}
                Some(Some(error)) => {
                    self.failed(certificate, &url, error);
                    continue;
                }
                None => {}
            }
            match self.ask(&url, certificate, issuer).await? {
                None => return Ok(false),
                Some(Ok(response)) => {
                    self.found.told(&key, None);
                    push_new(&mut self.found.ocsps, &response);
                    push_new(&mut self.found.new.ocsps, &response);
                    push_new(&mut self.found.new.certificates, certificate);
                    return Ok(true);
                }
                Some(Err(error)) => {
                    self.found.told(&key, Some(error.clone()));
                    self.failed(certificate, &url, error);
                }
            }
        }
        Ok(false)
    }

    /// Fetches the list that covers `certificate`; whether one came that its issuer, or somebody at hand, signed. One that says nothing
    /// of the instant in question is kept, and the next address is asked: a mirror may be behind.
    pub(super) async fn fetch_list(&mut self, certificate: &Certificate, issuer: &Certificate) -> OfficeResult<bool> {
        let mut came = false;
        for url in fetchable(&certificate.crl_urls) {
            if self.found.asked(&url) == Some(None) && self.has_list(certificate) {
                continue;
            }
            let Some(bytes) = self.get(certificate, &url, &Limits::LIST).await else { continue };
            let mut signers = vec![issuer.clone()];
            signers.extend(self.certificates());
            let own = url.clone();
            match blocking(move || read_list(&bytes, &signers, &own)).await? {
                Ok(list) => {
                    push_new(&mut self.found.crls, &list);
                    push_new(&mut self.found.new.crls, &list);
                    came = true;
                    if self.decides(&list, certificate) {
                        return Ok(true);
                    }
                }
                Err(error) => {
                    self.found.told(&url, Some(error.clone()));
                    self.failed(certificate, &url, error);
                }
            }
        }
        Ok(came)
    }

    fn has_answer(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        self.found.ocsps.iter().any(|own| own.status_of(certificate, issuer, self.at).is_ok())
    }

    fn has_list(&self, certificate: &Certificate) -> bool {
        self.found.crls.iter().any(|own| self.decides(own, certificate))
    }

    /// Whether a list speaks of this certificate and of the instant in question.
    fn decides(&self, list: &Crl, certificate: &Certificate) -> bool {
        let is_fresh = list.this_update >= self.at || list.next_update.is_some_and(|next| next >= self.at);
        let in_scope = match list.scope {
            CrlScope::Everything => true,
            CrlScope::UserCertificates => !certificate.is_ca(),
            CrlScope::CaCertificates => certificate.is_ca(),
            CrlScope::Part | CrlScope::NotJudged => false,
        };
        is_fresh && in_scope && list.issuer == certificate.issuer
    }

    /// One question to one responder: `None` without a network.
    async fn ask(
        &self,
        url: &str,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> OfficeResult<Option<Result<OcspResponse, WireError>>> {
        let mut nonce = [0_u8; 32];
        aws_lc_rs::rand::fill(&mut nonce).map_err(|_| OfficeError::internal("no randomness"))?;
        // Responders of before RFC 8954 refuse what they do not know; they are asked again without.
        for nonce in [Some(nonce), None] {
            let Ok(request) = OcspRequest::new(certificate, issuer, nonce) else { break };
            let Some(answer) = self.post(url, &request).await else { return Ok(None) };
            let bytes = match answer {
                Ok(bytes) => bytes,
                Err(error) => return Ok(Some(Err(error))),
            };
            let (subject, issuer, lists, at, own) =
                (certificate.clone(), issuer.clone(), self.lists(), self.at, url.to_owned());
            let judged = blocking(move || judge(&bytes, &request, &subject, &issuer, &lists, at, &own)).await?;
            match judged {
                Err((_, true)) if nonce.is_some() => {}
                Err((error, _)) => return Ok(Some(Err(error))),
                Ok(response) => return Ok(Some(Ok(response))),
            }
        }
        Ok(Some(Err(wrong("evidence_not_an_answer", url, "malformed"))))
    }

    async fn post(&self, url: &str, request: &OcspRequest) -> Option<Result<Vec<u8>, WireError>> {
        let net = self.sources.net.as_ref()?;
        let body = request.der().to_vec();
        let answer = net.named.post(url, body, OCSP_REQUEST_TYPE, OCSP_RESPONSE_TYPE, &Auth::None, &Limits::OCSP).await;
        Some(answer.map(|fetched| fetched.bytes).map_err(|error| WireError::from(&error)))
    }

    /// What is at an address; `None` without a network, or when it failed, now or a while ago.
    async fn get(&mut self, certificate: &Certificate, url: &str, limits: &Limits) -> Option<Vec<u8>> {
        if let Some(Some(error)) = self.found.asked(url) {
            self.failed(certificate, url, error);
            return None;
        }
        let net = self.sources.net.as_ref()?;
        match net.named.get(url, limits).await {
            Ok(fetched) => {
                self.found.told(url, None);
                Some(fetched.bytes)
            }
            Err(error) => {
                let error = WireError::from(&error);
                self.found.told(url, Some(error.clone()));
                self.failed(certificate, url, error);
                None
            }
        }
    }

    fn failed(&mut self, certificate: &Certificate, url: &str, error: WireError) {
        let tries = self.tries.entry(certificate.fingerprint()).or_default();
        if !tries.iter().any(|own| own.url == url && own.error.code == error.code) {
            tries.push(Attempt { url: url.to_owned(), error });
        }
    }
}

/// Reads an answer and what it proves; the second value of an error says whether a question without nonce may do better.
fn judge(
    bytes: &[u8],
    request: &OcspRequest,
    certificate: &Certificate,
    issuer: &Certificate,
    lists: &[Crl],
    at: OffsetDateTime,
    url: &str,
) -> Result<OcspResponse, (WireError, bool)> {
    let response =
        OcspResponse::from_der(bytes).map_err(|error| (wrong("evidence_not_an_answer", url, error.code()), false))?;
    let refuse = |reason: &str, again| Err((wrong("evidence_answer_unusable", url, reason), again));
    match response.status {
        ResponseStatus::Successful => {}
        status @ (ResponseStatus::MalformedRequest | ResponseStatus::InternalError | ResponseStatus::Unauthorized) => {
            return refuse(status.code(), true);
        }
        status @ (ResponseStatus::TryLater | ResponseStatus::SigRequired | ResponseStatus::Other(_)) => {
            return refuse(status.code(), false);
        }
    }
    if request.nonce_of(&response) == NonceMatch::Other {
        return refuse("ocsp_other_nonce", false);
    }
    match response.status_of_with(certificate, issuer, at, lists) {
        Ok(evidence) if evidence.status == OcspStatus::Unknown => refuse("ocsp_unknown", false),
        Ok(_) => Ok(response),
        // What it says of another instant is no use now, but no fault of the responder.
        Err(rejection @ OcspRejection::Stale { .. }) => refuse(rejection.code(), false),
        Err(rejection) => refuse(rejection.code(), false),
    }
}

fn read_list(bytes: &[u8], signers: &[Certificate], url: &str) -> Result<Crl, WireError> {
    let list = match Crl::from_der(bytes) {
        Ok(list) => list,
        // Some publish PEM.
        Err(error) => read_objects(bytes)
            .ok()
            .and_then(|bundle| bundle.crls().into_iter().next())
            .ok_or_else(|| wrong("evidence_not_a_list", url, &error.to_string()))?,
    };
    let mut why = "crl_other_issuer";
    for signer in signers.iter().filter(|own| own.subject == list.issuer) {
        match list.check_issuer(signer) {
            Ok(()) => return Ok(list),
            Err(error) => why = error.code(),
        }
    }
    Err(wrong("evidence_not_the_issuer", url, why))
}

fn wrong(code: &str, url: &str, reason: &str) -> WireError {
    WireError {
        code: code.to_owned(),
        params: BTreeMap::from([("url".to_owned(), url.to_owned()), ("reason".to_owned(), reason.to_owned())]),
        severity: Severity::Error,
        retry: Retry::Later,
        detail: format!("what {url} sent is no evidence: {reason}"),
    }
}
