//! Lists from the network, from the addresses that the CA certificates name and from nowhere else.
//!
//! What comes is read, and the signature of the CA is checked, before it is kept; what was kept is never overwritten. One list's
//! addresses (mirrors) are tried in order until one answers. Dropping the future ends the requests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cartorio_core::WireError;
use cartorio_net::{Fetch, Limits};
use cartorio_pki::{Certificate, Crl, read_objects};
use cartorio_registry::{Act, EvidenceKind};
use time::OffsetDateTime;
use tokio::task::JoinSet;

use super::evidence::{kept_list, key_of, state};
use super::{Brought, Contents, EVIDENCE_LIMIT, Kept, Place, TrustError, import};
use crate::dto::{EvidenceFetch, FetchedItem};
use crate::session::Facts;
use crate::signing::blocking;
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// Lists that are fetched at the same time.
const AT_ONCE: usize = 4;
/// Lists of one refresh. All of ICP-Brasil's CAs together name fewer.
const MAX_LISTS: usize = 2_000;

/// Fetches one list by the SHA-256 of the one that is kept, or every list that CA certificates here name and that is not fresh.
/// Of `subjects`, those that a CA of the store signed name the lists that cover themselves.
pub(crate) async fn refresh(
    place: &Place,
    net: Arc<dyn Fetch>,
    subjects: Vec<Certificate>,
    sha256: Option<&str>,
    now: OffsetDateTime,
) -> OfficeResult<EvidenceFetch> {
    place.require()?;
    let contents = Arc::new(place.contents().await?);
    let (own, one) = (Arc::clone(&contents), sha256.map(str::to_owned));
    let wanted = blocking(move || wanted(&own, &subjects, one.as_deref(), now)).await??;
    let items = match place {
        _ if wanted.is_empty() => Vec::new(),
        Place::Memory(_) => fetch_all(place, net, &contents, wanted, now).await?,
        Place::Office(session) => {
            let facts = Facts::default().with("lists", wanted.len().to_string());
            session
                .record(Act::EvidenceKept, facts, async |told| {
                    let items = fetch_all(place, net, &contents, wanted, now).await?;
                    let count = |result: &str| items.iter().filter(|own| own.result == result).count().to_string();
                    *told = Facts::default()
                        .with("new", count("new"))
                        .with("unchanged", count("unchanged"))
                        .with("failed", count("failed"));
                    Ok(items)
                })
                .await?
        }
    };
    Ok(EvidenceFetch { trust: place.view(now).await?, items })
}

/// One list: where it is, and whose it must be.
#[derive(Clone, Debug)]
struct Wanted {
    /// Mirrors, in the order of the certificate.
    urls: Vec<String>,
    /// CAs that may have signed it.
    issuers: Vec<Certificate>,
}

/// Which lists are to be fetched.
fn wanted(
    contents: &Contents,
    subjects: &[Certificate],
    sha256: Option<&str>,
    now: OffsetDateTime,
) -> OfficeResult<Vec<Wanted>> {
    let authorities = contents.authorities();
    let mut lists: BTreeMap<Vec<String>, Wanted> = BTreeMap::new();
    for authority in &authorities {
        let urls: Vec<String> = fetchable(&authority.crl_urls);
        if urls.is_empty() {
            continue;
        }
        let issuers: Vec<Certificate> =
            authorities.iter().filter(|own| own.subject == authority.issuer).cloned().collect();
        lists.entry(urls.clone()).or_insert(Wanted { urls, issuers });
    }
    for subject in subjects {
        let urls = fetchable(&subject.crl_urls);
        let known = lists.get(&urls).is_some_and(|own| own.issuers.iter().any(|own| own.subject == subject.issuer));
        if urls.is_empty() || known {
            continue;
        }
        // Only a CA that is known here may send anybody to an address.
        let issuers: Vec<Certificate> = authorities
            .iter()
            .filter(|own| own.subject == subject.issuer && subject.check_signed_by(own).is_valid())
            .cloned()
            .collect();
        if !issuers.is_empty() {
            lists.entry(urls.clone()).or_insert_with(|| Wanted { urls, issuers: Vec::new() }).issuers.extend(issuers);
        }
    }
    let Some(sha256) = sha256 else {
        let mut open: Vec<Wanted> = lists.into_values().filter(|own| !is_fresh(contents, own, now)).collect();
        open.truncate(MAX_LISTS);
        return Ok(open);
    };
    let kept = contents.evidence.iter().find(|own| own.facts.sha256 == sha256).ok_or(TrustError::UnknownEvidence)?;
    if kept.facts.kind != EvidenceKind::Ocsp {
        let same = |own: &Wanted| own.issuers.iter().any(|issuer| key_of(issuer) == kept.facts.issuer_key);
        let from = |own: &Wanted| kept.facts.url.as_ref().is_some_and(|url| own.urls.contains(url));
        let found = lists.values().find(|own| from(own)).or_else(|| lists.values().find(|own| same(own)));
        if let Some(found) = found {
            return Ok(vec![found.clone()]);
        }
    }
    Err(TrustError::NoAddress { issuer: kept.facts.issuer_name.clone() }.into())
}

/// Addresses that could be fetched; those of other kinds (LDAP) only where a certificate has no other, so that somebody is told.
fn fetchable(urls: &[String]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let once: Vec<String> = urls.iter().filter(|url| seen.insert(url.as_str())).cloned().collect();
    let is_http = |url: &String| {
        let url = url.trim().to_ascii_lowercase();
        url.starts_with("http://") || url.starts_with("https://")
    };
    let http: Vec<String> = once.iter().filter(|url| is_http(url)).cloned().collect();
    if http.is_empty() { once } else { http }
}

/// Whether a list from these addresses, or a whole one of the same CA, is fresh.
fn is_fresh(contents: &Contents, wanted: &Wanted, now: OffsetDateTime) -> bool {
    let keys: Vec<String> = wanted.issuers.iter().map(key_of).collect();
    contents.evidence.iter().any(|own| {
        own.facts.kind == EvidenceKind::Crl
            && keys.contains(&own.facts.issuer_key)
            && (own.facts.scope == "everything" || own.facts.url.as_ref().is_some_and(|url| wanted.urls.contains(url)))
            && state(&own.facts, now) == "fresh"
    })
}

/// Fetches all, a few at a time; what was kept before somebody cancels stays kept.
async fn fetch_all(
    place: &Place,
    net: Arc<dyn Fetch>,
    contents: &Arc<Contents>,
    wanted: Vec<Wanted>,
    now: OffsetDateTime,
) -> OfficeResult<Vec<FetchedItem>> {
    let mut waiting = wanted.into_iter().enumerate();
    let mut running = JoinSet::new();
    let mut items: BTreeMap<usize, Vec<FetchedItem>> = BTreeMap::new();
    loop {
        while running.len() < AT_ONCE {
            let Some((place_of, list)) = waiting.next() else { break };
            let (net, contents) = (Arc::clone(&net), Arc::clone(contents));
            running.spawn(async move { (place_of, fetch_one(&*net, &contents, list, now).await) });
        }
        let Some(ended) = running.join_next().await else { break };
        let (place_of, (mut told, kept)) = ended.map_err(|_| OfficeError::internal("a background task"))?;
        if let Some((url, kept)) = kept {
            told.push(match keep(place, kept, now).await {
                Ok(true) => item(&url, "new", None),
                Ok(false) => item(&url, "unchanged", None),
                Err(error) => item(&url, "failed", Some(error.wire())),
            });
        }
        items.insert(place_of, told);
    }
    Ok(items.into_values().flatten().collect())
}

/// One list: what became of each address that was tried, and the list with the address that gave it.
async fn fetch_one(
    net: &dyn Fetch,
    contents: &Contents,
    list: Wanted,
    now: OffsetDateTime,
) -> (Vec<FetchedItem>, Option<(String, Kept)>) {
    let mut told = Vec::new();
    for url in &list.urls {
        let fetched = match net.get(url, &Limits::LIST).await {
            Ok(fetched) => fetched,
            Err(error) => {
                told.push(item(url, "failed", Some(WireError::from(&error))));
                continue;
            }
        };
        let (issuers, own) = (list.issuers.clone(), url.clone());
        let checked = match blocking(move || check(&fetched.bytes, &issuers, &own, now)).await {
            Ok(checked) => checked.and_then(|kept| newer(contents, kept, url)),
            Err(error) => {
                told.push(item(url, "failed", Some(error.wire())));
                continue;
            }
        };
        match checked {
            Ok(kept) => return (told, Some((url.clone(), kept))),
            Err(error) => told.push(item(url, "failed", Some(WireError::from(&error)))),
        }
    }
    (told, None)
}

/// Reads what came, and refuses what the CA did not sign.
fn check(bytes: &[u8], issuers: &[Certificate], url: &str, now: OffsetDateTime) -> Result<Kept, TrustError> {
    let not_a_list = |reason: String| TrustError::NotAList { url: url.to_owned(), reason };
    let list = match Crl::from_der(bytes) {
        Ok(list) => list,
        Err(error) => {
            // Some publish PEM; anything else that can be read is no list.
            let found = read_objects(bytes).map_err(|_| not_a_list(error.to_string()))?;
            found.crls().into_iter().next().ok_or_else(|| not_a_list(error.to_string()))?
        }
    };
    kept_list(&list, issuers, Some(url), now)
        .map_err(|error| TrustError::NotTheIssuer { url: url.to_owned(), reason: error.code().to_owned() })
}

/// Refuses a list that is older than the newest of its kind: a replay, or a mirror that sleeps.
fn newer(contents: &Contents, kept: Kept, url: &str) -> Result<Kept, TrustError> {
    let facts = &kept.facts;
    let same = contents.evidence.iter().filter(|own| {
        own.facts.issuer_key == facts.issuer_key && own.facts.kind == facts.kind && own.facts.scope == facts.scope
    });
    if same.map(|own| own.facts.this_update).max().is_some_and(|newest| newest > facts.this_update) {
        let this_update = rfc3339(facts.this_update);
        return Err(TrustError::Older { url: url.to_owned(), this_update });
    }
    Ok(kept)
}

async fn keep(place: &Place, kept: Kept, now: OffsetDateTime) -> OfficeResult<bool> {
    match place {
        Place::Office(session) => Ok(session.registry.keep_evidence(&import::row_of(&kept), EVIDENCE_LIMIT).await?),
        Place::Memory(memory) => {
            let new = !memory.contents().evidence.iter().any(|own| own.facts.sha256 == kept.facts.sha256);
            memory.take(&Brought::of_evidence(kept), now);
            Ok(new)
        }
    }
}

fn item(url: &str, result: &str, error: Option<WireError>) -> FetchedItem {
    FetchedItem {
        url: url.to_owned(),
        result: result.to_owned(),
        code: error.as_ref().map(|error| error.code.clone()),
        params: error.map(|error| error.params).unwrap_or_default(),
    }
}
