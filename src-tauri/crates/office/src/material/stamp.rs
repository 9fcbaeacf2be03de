//! A time stamp from the first authority that gives one that holds.

use cartorio_ades::create::timestamp::{QUERY_TYPE, Query, REPLY_TYPE, Token};
use cartorio_ades::validate::cms::parse;
use cartorio_ades::validate::timestamp::TimeStamp;
use cartorio_core::{Digest, WireError};
use cartorio_net::{Limits, NetError};
use cartorio_pki::Certificate;
use cartorio_pki::chain::{Conclusion, Path, Purpose, Requirements, Reviewer, RevocationMode};
use cartorio_policy::Policy;
use cartorio_policy::preflight::check_time_stamp;
use time::{Duration, OffsetDateTime};

use super::{Given, MaterialError, Network, Sources, Tsa, evidence_with};
use crate::certificates::holder_name;
use crate::signing::{SignError, blocking};
use crate::{OfficeError, OfficeResult};

/// A time stamp that holds, and who gave none.
#[derive(Clone, Debug)]
pub(crate) struct Stamped {
    pub(crate) token: Token,
    /// Name of the authority, as the office calls it.
    pub(crate) authority: String,
    /// Holder of the certificate that signed it.
    pub(crate) holder: String,
    /// How far the authority's clock is ahead of this machine's.
    pub(crate) ahead: Duration,
    /// Authorities that were asked before and gave none.
    pub(crate) refused: Vec<Refused>,
}

/// An authority that gave no time stamp that holds.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    /// As the office calls it.
    pub(crate) name: String,
    pub(crate) error: WireError,
}

/// Asks the authorities in order; one that did not answer a moment ago comes last.
///
/// The answer has to be one to the question and of this minute, and its certificate has to lead to a
/// root that counts, for time stamps, not revoked as far as is known (evidence that is missing refuses nothing here: what a level
/// needs of it is [`evidence_with`]'s to say). Under a policy it has to be an authority that the policy takes, too.
///
/// # Errors
/// `tsa_none`, `tsa_offline`; `tsa_all_refused` with what each of them said.
pub(crate) async fn stamp(sources: &Sources, digest: &Digest, policy: Option<&Policy>) -> OfficeResult<Stamped> {
    if sources.tsas.is_empty() {
        return Err(MaterialError::NoAuthority.into());
    }
    let net = sources.net.as_ref().ok_or(MaterialError::Offline)?;
    let (mut refused, mut silent) = (Vec::<Refused>::new(), Vec::new());
    for tsa in &sources.tsas {
        if let Some(error) = sources.quiet.passes_over(&tsa.url, sources.clock.now()) {
            silent.push((refused.len(), tsa));
            refused.push(Refused { name: tsa.name.clone(), error });
            continue;
        }
        match ask(sources, net, tsa, digest, policy).await {
            Ok((token, holder)) => return Ok(stamped(sources, tsa, token, holder, refused)),
            Err(OfficeError::Cancelled) => return Err(OfficeError::Cancelled),
            Err(error) => refused.push(told(sources, tsa, &error)),
        }
    }
    // Nobody else gave one: those that were silent a moment ago are asked all the same.
    for (place, tsa) in silent {
        match ask(sources, net, tsa, digest, policy).await {
            Ok((token, holder)) => {
                refused.remove(place);
                return Ok(stamped(sources, tsa, token, holder, refused));
            }
            Err(OfficeError::Cancelled) => return Err(OfficeError::Cancelled),
            Err(error) => refused[place] = told(sources, tsa, &error),
        }
    }
    Err(MaterialError::AllRefused { refused }.into())
}

fn stamped(sources: &Sources, tsa: &Tsa, token: Token, holder: String, refused: Vec<Refused>) -> Stamped {
    sources.quiet.answered(&tsa.url);
    let ahead = token.gen_time - sources.clock.now();
    Stamped { token, authority: tsa.name.clone(), holder, ahead, refused }
}

fn told(sources: &Sources, tsa: &Tsa, error: &OfficeError) -> Refused {
    let error = error.wire();
    sources.quiet.failed(&tsa.url, &error, sources.clock.now());
    Refused { name: tsa.name.clone(), error }
}

/// Asks one authority.
async fn ask(
    sources: &Sources,
    net: &Network,
    tsa: &Tsa,
    digest: &Digest,
    policy: Option<&Policy>,
) -> OfficeResult<(Token, String)> {
    let sent = sources.clock.now();
    let token = ask_only(net, tsa, digest).await?;
    require_time(&token, sent, sources.clock.now())?;
    let mut chain = Vec::new();
    for der in &token.certificates {
        chain.push(Certificate::from_der(der)?);
    }
    let (holder, path) = check(sources, &chain, &Given::default(), token.gen_time).await?;
    sources.seen.remember(&tsa.url, path.clone());
    if let Some(policy) = policy {
        let mut refusals = check_time_stamp(policy, &path).into_iter();
        if let Some(first) = refusals.next() {
            let (policy, more) = (policy.name(), refusals.count());
            return Err(SignError::PolicyRefuses { policy, code: first.code, params: first.params, more }.into());
        }
    }
    Ok((token, holder))
}

/// How far an authority's clock and this machine's may be apart. Authorities keep to a second; it is office machines that are off,
/// and five minutes is what networks live with (Kerberos, RFC 4120, and Windows domains after it). Further away the token proves a
/// wrong time, or is no answer to this question.
pub(crate) const CLOCK_TOLERANCE: Duration = Duration::minutes(5);
/// What an authority says of its accuracy counts up to this: with a larger one any time at all would pass.
const MAX_ACCURACY: Duration = Duration::minutes(1);

/// Refuses a token whose time cannot be the one between the question and its answer.
///
/// # Errors
/// `tsa_clock`.
pub(super) fn require_time(token: &Token, sent: OffsetDateTime, came: OffsetDateTime) -> Result<(), MaterialError> {
    let apart = CLOCK_TOLERANCE + token.accuracy.min(MAX_ACCURACY);
    if token.gen_time > came + apart || token.gen_time < sent - apart {
        return Err(MaterialError::Clock { gen_time: token.gen_time, here: came });
    }
    Ok(())
}

/// An authority has all of its time to begin with an answer, and no more of it to come to the end of one.
fn limits(patience: std::time::Duration) -> Limits {
    Limits { read: patience, total: patience, connect: Limits::STAMP.connect.min(patience), ..Limits::STAMP }
}

/// Asks, and takes what is an answer to the question; whose certificate it has is not looked at.
pub(super) async fn ask_only(net: &Network, tsa: &Tsa, digest: &Digest) -> OfficeResult<Token> {
    let auth = tsa.auth.as_ref().map_err(|error| OfficeError::Format(error.clone()))?;
    let mut nonce = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut nonce).map_err(|_| OfficeError::internal("no randomness"))?;
    let query = Query::new(digest.clone(), nonce, tsa.policy);
    let answer = net.chosen.post(&tsa.url, query.der(), QUERY_TYPE, REPLY_TYPE, auth, &limits(tsa.timeout)).await;
    let answer = answer.map_err(|error| OfficeError::Format(of_authority(&error)))?;
    query.accept(&answer.bytes).map_err(|error| OfficeError::Format(WireError::from(&error)))
}

/// What a failed request says of an authority: nothing that is said of lists helps here.
fn of_authority(error: &NetError) -> WireError {
    // As `rustls` says it; neither it nor what is around it has this as a value.
    let says = |reason: &str, words: &str| reason.to_lowercase().replace(' ', "").contains(words);
    let code = match error {
        NetError::Timeout { .. } => "tsa_timeout",
        NetError::Unreachable { reason, .. } if says(reason, "invalidpeercertificate") => "tsa_server_untrusted",
        NetError::Unreachable { reason, .. } | NetError::Broken { reason, .. }
            if says(reason, "certificaterequired") || says(reason, "handshakefailure") =>
        {
            "tsa_certificate_wanted"
        }
        NetError::Unreachable { .. } => "tsa_unreachable",
        NetError::Status { status: 401 | 403 | 407, .. } => "tsa_access_refused",
        NetError::Status { .. } => "tsa_status",
        NetError::Redirect { .. } => "tsa_redirect",
        NetError::TooLarge { .. } | NetError::Broken { .. } | NetError::Encoding { .. } => "tsa_answer_broken",
        _ => return WireError::from(error),
    };
    WireError { code: code.to_owned(), ..WireError::from(error) }
}

/// Until when a token that somebody has may be believed without a later one: the end of its authority's certificate, or of one between
/// that and the root. `None` where that
/// is not trusted here as of the token's time, or is not to be found. `pool` are the certificates that came along, the token's own
/// among them, and `inside` is what the document brings with it: with the same ones as [`evidence_with`] is asked for the authority's
/// evidence, a token of this moment costs nothing more.
pub(crate) async fn authority_until(
    sources: &Sources,
    token: &[u8],
    pool: &[Certificate],
    inside: &Given,
) -> Option<OffsetDateTime> {
    let (own, at) = {
        let data = parse(token).ok()?;
        let stamp = TimeStamp::read(&data).ok()?;
        (Certificate::from_der(&stamp.signer.certificate.as_ref()?.der).ok()?, stamp.imprint.gen_time)
    };
    let until = own.validity.not_after;
    if at > sources.now() + CLOCK_TOLERANCE || at < own.validity.not_before || at > until {
        return None;
    }
    let others = pool.iter().filter(|other| **other != own).cloned();
    let chain: Vec<Certificate> = std::iter::once(own.clone()).chain(others).collect();
    let (_, path) = check(sources, &chain, inside, at).await.ok()?;
    // A root is trusted because somebody said so, not until a date.
    let below = path.split_last().map(|(_, below)| below).unwrap_or_default();
    Some(below.iter().map(|own| own.validity.not_after).fold(until, Ord::min))
}

/// Reviews the chain of a token as of its time; gives the holder of its certificate, and the path.
async fn check(
    sources: &Sources,
    chain: &[Certificate],
    inside: &Given,
    at: OffsetDateTime,
) -> OfficeResult<(String, Vec<Certificate>)> {
    let own = chain.first().ok_or_else(|| OfficeError::internal("a token without a certificate"))?.clone();
    let holder = holder_name(&own);
    let material = evidence_with(sources, std::slice::from_ref(&own), chain, inside, at).await?;
    let anchors = sources.anchors(&material.certificates);
    let (path, (conclusion, codes)) = blocking(move || {
        let requirements = Requirements {
            purpose: Purpose::Timestamping,
            revocation: RevocationMode::Prefer,
            ..Requirements::default()
        };
        let reviewer = Reviewer::new(&material.certificates, &anchors, &material.crls).with_ocsp(&material.ocsps);
        let report = reviewer.review_with(&own, at, &requirements);
        (report.best().map(Path::certificates).unwrap_or_default(), report.verdict())
    })
    .await?;
    match conclusion {
        Conclusion::Passed => Ok((holder, path)),
        Conclusion::Indeterminate | Conclusion::Failed => {
            let reasons = codes.into_iter().map(str::to_owned).collect();
            Err(MaterialError::Untrusted { holder, reasons }.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::limits;

    #[test]
    fn an_authority_has_its_own_time_whatever_it_does_with_it() {
        for seconds in [1, 20, 120] {
            let patience = Duration::from_secs(seconds);
            let limits = limits(patience);
            assert_eq!((limits.read, limits.total), (patience, patience));
            assert!(limits.connect <= patience);
        }
    }
}
