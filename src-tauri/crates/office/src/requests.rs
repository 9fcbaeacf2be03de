//! What needs two people: one asks, another decides, and what was approved is done at most once.

use cartorio_core::{OperatorId, RequestId};
use cartorio_keys::{DeletionWindow, KeyInfo, KeyRef, KeyState};
use cartorio_pki::Certificate;
use cartorio_registry::{
    Act, AuditFilter, AuditPage, Decision, OperatorRef, Outcome, Phase, RegistryError, Request, RequestFilter,
    RequestKind, RequestPage, RequestState,
};
use time::Duration;

use crate::dto::{
    Environment, OperatorView, Permission, RequestDecide, RequestKindView, RequestMake, RequestMakeWhat, RequestQuery,
    RequestStateView, RequestView, RequestWhat,
};
use crate::session::{Facts, Session};
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult, rotation, subscribers, trust};

/// How long a request can be decided and carried out.
const LIFE: Duration = Duration::days(14);
/// Characters of a reason.
const MAX_REASON: usize = 500;
/// So many requests are shown.
const SHOWN: u32 = 500;

/// Requests, newest first. Who may neither ask nor decide sees none.
pub(crate) async fn list(session: &Session, query: RequestQuery) -> OfficeResult<Vec<RequestView>> {
    session.require(Permission::Request)?;
    let states = if query.open { vec![RequestState::Pending, RequestState::Approved] } else { Vec::new() };
    // A clerk sees what they asked for themselves.
    let own_only = session.require(Permission::Approve).is_err().then_some(session.operator.id);
    let filter = RequestFilter { states, kind: None, subject: query.subject, requested_by: own_only };
    let page = RequestPage { before: None, limit: SHOWN };
    let found = session.registry.requests(&filter, session.clock.now(), page).await?;
    found.iter().map(|request| view(session, request)).collect()
}

/// Asks for something. The exact facts are looked up here and do not change any more. `root` is the certificate that a request to
/// trust one names.
pub(crate) async fn make(
    session: &Session,
    asked: RequestMake,
    root: Option<Certificate>,
) -> OfficeResult<RequestView> {
    session.require(Permission::Request)?;
    let reason = reason(&asked.reason)?;
    let (kind, subject, what) = exact(session, asked.what, root).await?;
    let params = serde_json::to_string(&what).map_err(OfficeError::internal)?;
    let now = session.clock.now();
    let open = RequestFilter {
        states: vec![RequestState::Pending, RequestState::Approved],
        kind: Some(kind),
        subject: Some(subject.clone()),
        requested_by: None,
    };
    if !session.registry.requests(&open, now, RequestPage { before: None, limit: 1 }).await?.is_empty() {
        return Err(OfficeError::RequestOpen { what: title(&what) });
    }
    let request = Request::new(kind, subject, params, session.operator.clone(), now, reason, now + LIFE);
    let facts = facts(&request, &what);
    session.record(Act::RequestMade, facts, async |_| Ok(session.registry.add_request(&request).await?)).await?;
    view(session, &session.registry.request(request.id).await?)
}

/// Approves or rejects; never what one asked for oneself.
pub(crate) async fn decide(session: &Session, decided: RequestDecide) -> OfficeResult<RequestView> {
    session.require(Permission::Approve)?;
    let reason = reason(&decided.reason)?;
    let request = find(session, &decided.id).await?;
    let act = if decided.approve { Act::RequestApproved } else { Act::RequestRejected };
    let mut facts = facts(&request, &what(&request)?).with("decision_reason", reason.clone());
    if decided.approve {
        require_asked(session, &request).await?;
        if let Some(by) = password_set_by(session).await? {
            // Who decides on their own request is told so below, whoever set their password.
            if by.id == request.requested_by.id && by.id != session.operator.id {
                return Err(OfficeError::PasswordByRequester { name: by.name });
            }
            facts = facts.with("password_set_by", by.name);
        }
    }
    let request = session
        .record(act, facts, async |_| {
            let now = session.clock.now();
            let decision = Decision { by: session.operator.clone(), at: now, approved: decided.approve, reason };
            Ok(session.registry.decide_request(request.id, &decision, now).await?)
        })
        .await?;
    view(session, &request)
}

/// Takes back what one asked for.
pub(crate) async fn withdraw(session: &Session, id: &str) -> OfficeResult<RequestView> {
    session.require(Permission::Request)?;
    let request = find(session, id).await?;
    let facts = facts(&request, &what(&request)?);
    let request = session
        .record(Act::RequestWithdrawn, facts, async |_| {
            Ok(session.registry.withdraw_request(request.id, session.operator.id, session.clock.now()).await?)
        })
        .await?;
    view(session, &request)
}

/// A request that was approved and not carried out yet.
pub(crate) struct Approved {
    pub(crate) request: Request,
    pub(crate) what: RequestWhat,
    pub(crate) approved_by: OperatorRef,
}

impl Approved {
    /// Uses the request up: from here on it is carried out, and never again.
    pub(crate) async fn use_up(&self, session: &Session, used_for: &str) -> OfficeResult<()> {
        let Request { id, params_sha256, .. } = &self.request;
        session.registry.use_request(*id, params_sha256, used_for, session.clock.now()).await?;
        Ok(())
    }
}

/// Finds the approved request of that kind, or says why it cannot be carried out.
pub(crate) async fn approved(session: &Session, id: &str, kind: RequestKind) -> OfficeResult<Approved> {
    let request = find(session, id).await?;
    let state = request.state(session.clock.now());
    if request.kind != kind {
        return Err(OfficeError::InvalidField { field: "request", reason: "malformed" });
    }
    match (state, &request.decision) {
        (RequestState::Approved, Some(decision)) => {
            require_recorded(session, &request, decision).await?;
            Ok(Approved { what: what(&request)?, approved_by: decision.by.clone(), request })
        }
        _ => Err(RegistryError::RequestState { request: request.id, state }.into()),
    }
}

/// Refuses an approval that the trail does not know, of a request that the trail does not know: a row can be forged where the
/// trail cannot.
pub(crate) async fn require_recorded(session: &Session, request: &Request, decision: &Decision) -> OfficeResult<()> {
    require_asked(session, request).await?;
    recorded(session, request, Act::RequestApproved, decision.by.id).await
}

/// Refuses a request that nobody asked for, as far as the trail knows.
async fn require_asked(session: &Session, request: &Request) -> OfficeResult<()> {
    recorded(session, request, Act::RequestMade, request.requested_by.id).await
}

async fn recorded(session: &Session, request: &Request, act: Act, by: OperatorId) -> OfficeResult<()> {
    let filter = AuditFilter {
        act: Some(act),
        operator: Some(by),
        text: Some(request.id.to_string()),
        ..AuditFilter::default()
    };
    let records = session.registry.list_audit(&filter, AuditPage { before: None, limit: 16 }).await?;
    let good = records.iter().any(|record| {
        matches!(record.entry.phase, Phase::Result { outcome: Outcome::Succeeded })
            && record.entry.detail.get("request").is_some_and(|id| *id == request.id.to_string())
            && record.entry.detail.get("params_sha256") == Some(&request.params_sha256)
    });
    if good { Ok(()) } else { Err(RegistryError::ParamsChanged { request: request.id }.into()) }
}

/// Who set the deciding person's password last. Whoever asked must not have: they could sit in both seats.
async fn password_set_by(session: &Session) -> OfficeResult<Option<OperatorRef>> {
    let own = session.operator.id.to_string();
    let mut latest = None;
    for act in [Act::OperatorSecretSet, Act::OperatorAdded] {
        let filter = AuditFilter { act: Some(act), text: Some(own.clone()), ..AuditFilter::default() };
        let records = session.registry.list_audit(&filter, AuditPage { before: None, limit: 64 }).await?;
        let found = records.into_iter().find(|record| {
            matches!(record.entry.phase, Phase::Result { outcome: Outcome::Succeeded })
                && record.entry.detail.get("operator") == Some(&own)
        });
        if let Some(record) = found
            && latest.as_ref().is_none_or(|(seq, _)| *seq < record.seq)
        {
            latest = Some((record.seq, record.entry.operator));
        }
    }
    Ok(latest.map(|(_, by)| by))
}

/// The approved request about `subject`, where two people are needed; `None` in the demonstration, which has no second person
/// unless one is asked for.
pub(crate) async fn approval_for(
    session: &Session,
    kind: RequestKind,
    subject: &str,
    act: &'static str,
) -> OfficeResult<Option<Approved>> {
    if session.environment == Environment::Demo {
        return Ok(None);
    }
    let filter = RequestFilter {
        states: vec![RequestState::Approved],
        kind: Some(kind),
        subject: Some(subject.to_owned()),
        requested_by: None,
    };
    let page = RequestPage { before: None, limit: 1 };
    match session.registry.requests(&filter, session.clock.now(), page).await?.first() {
        Some(request) => Ok(Some(approved(session, &request.id.to_string(), kind).await?)),
        None => Err(OfficeError::ApprovalRequired { act }),
    }
}

/// What a request asks for.
pub(crate) fn what(request: &Request) -> OfficeResult<RequestWhat> {
    serde_json::from_str(&request.params).map_err(OfficeError::internal)
}

/// Looks the exact facts up.
async fn exact(
    session: &Session,
    asked: RequestMakeWhat,
    root: Option<Certificate>,
) -> OfficeResult<(RequestKind, String, RequestWhat)> {
    match asked {
        RequestMakeWhat::KeyRotation { key_ref, certificate, transition_days, deletion_days } => {
            let plan = rotation::plan(session, &key_ref, certificate, transition_days, deletion_days).await?;
            Ok((RequestKind::KeyRotation, plan.old_key_id.clone(), RequestWhat::KeyRotation(plan)))
        }
        RequestMakeWhat::KeyDeletion { key_ref, days } => {
            DeletionWindow::days(days)?;
            let key = deletable(session, &key_ref).await?;
            if key.state == KeyState::PendingDeletion {
                return Err(cartorio_keys::KeyError::PendingDeletion { key: key.key_id }.into());
            }
            let what = RequestWhat::KeyDeletion {
                key_ref: key.key_ref.to_string(),
                key_id: key.key_id.clone(),
                alias: key.aliases.first().cloned(),
                days,
            };
            Ok((RequestKind::KeyDeletion, key.key_id, what))
        }
        RequestMakeWhat::P12Export { certificate, profile } => {
            let (sha256, holder) = subscribers::exportable(session, &certificate).await?;
            let what = RequestWhat::P12Export { certificate_sha256: sha256.clone(), holder, profile };
            Ok((RequestKind::P12Export, sha256, what))
        }
        RequestMakeWhat::CertificateIssue(issue) => {
            let wanted = subscribers::wanted(session, issue)?;
            let what = RequestWhat::CertificateIssue {
                name: wanted.name.clone(),
                masked_cpf: wanted.masked_cpf(),
                digest: wanted.digest(),
            };
            Ok((RequestKind::CertificateIssue, wanted.digest(), what))
        }
        RequestMakeWhat::TrustAnchorAdd { .. } => {
            let root = root.ok_or(OfficeError::UnknownCertificate)?;
            Ok((RequestKind::TrustAnchor, root.fingerprint(), trust::addition(session, &root).await?))
        }
        RequestMakeWhat::TrustAnchorRemove { sha256 } => {
            let what = trust::removal(session, &sha256).await?;
            Ok((RequestKind::TrustAnchor, sha256, what))
        }
    }
}

/// A key that may be deleted: nobody signs with it any more.
pub(crate) async fn deletable(session: &Session, key_ref: &str) -> OfficeResult<KeyInfo> {
    let key: KeyRef = key_ref.parse()?;
    let manager = session.manager(&key).await?;
    let info = manager.describe(&key).await?;
    if !manager.capabilities().deletion {
        return Err(manager.unsupported("scheduled deletion").into());
    }
    let users = session.registry.identities(false).await?;
    if let Some(user) = users.iter().find(|own| own.key_id.as_ref().unwrap_or(&own.key_ref) == &info.key_id) {
        return Err(OfficeError::KeyInUse { key: info.key_id, by: user.label.clone() });
    }
    for row in session.registry.certificates(None).await? {
        let own = row.key_ref.as_deref() == Some(&info.key_ref.to_string());
        if own
            && matches!(
                row.kind,
                cartorio_registry::CertificateKind::Root | cartorio_registry::CertificateKind::Intermediate
            )
        {
            return Err(OfficeError::KeyInUse { key: info.key_id, by: row.subject });
        }
    }
    Ok(info)
}

async fn find(session: &Session, id: &str) -> OfficeResult<Request> {
    let unknown = || OfficeError::UnknownRequest { request: id.to_owned() };
    let parsed: RequestId = id.parse().map_err(|_| unknown())?;
    session.registry.request(parsed).await.map_err(|error| match error {
        RegistryError::NotFound { .. } => unknown(),
        other => other.into(),
    })
}

/// A reason that a person gave: trimmed and bounded.
pub(crate) fn reason(text: &str) -> OfficeResult<String> {
    let refuse = |reason| Err(OfficeError::InvalidField { field: "reason", reason });
    match text.trim() {
        "" => refuse("empty"),
        long if long.chars().count() > MAX_REASON => refuse("too_long"),
        text => Ok(text.to_owned()),
    }
}

fn facts(request: &Request, what: &RequestWhat) -> Facts {
    let mut facts = Facts::default()
        .with("request", request.id.to_string())
        .with("kind", request.kind.name())
        .with("params_sha256", request.params_sha256.clone())
        .with("reason", request.reason.clone());
    match what {
        RequestWhat::KeyRotation(plan) => {
            facts.key_ref = Some(plan.old_key_ref.clone());
            facts.key_id = Some(plan.old_key_id.clone());
        }
        RequestWhat::KeyDeletion { key_ref, key_id, .. } => {
            facts.key_ref = Some(key_ref.clone());
            facts.key_id = Some(key_id.clone());
        }
        RequestWhat::P12Export { certificate_sha256, profile, .. } => {
            facts.certificate_sha256 = Some(certificate_sha256.clone());
            facts = facts.with("p12_profile", profile.profile().code());
        }
        RequestWhat::TrustAnchor { sha256, .. } => facts.certificate_sha256 = Some(sha256.clone()),
        RequestWhat::CertificateIssue { .. } => {}
    }
    facts
}

fn title(what: &RequestWhat) -> String {
    match what {
        RequestWhat::KeyRotation(plan) => plan.alias.clone().unwrap_or_else(|| plan.old_key_id.clone()),
        RequestWhat::KeyDeletion { alias, key_id, .. } => alias.clone().unwrap_or_else(|| key_id.clone()),
        RequestWhat::P12Export { holder, .. } => holder.clone(),
        RequestWhat::CertificateIssue { name, .. } | RequestWhat::TrustAnchor { name, .. } => name.clone(),
    }
}

fn view(session: &Session, request: &Request) -> OfficeResult<RequestView> {
    let now = session.clock.now();
    let state = request.state(now);
    let what = what(request)?;
    let own = request.requested_by.id == session.operator.id;
    let may = |permission| session.require(permission).is_ok();
    let carry_out = match request.kind {
        RequestKind::KeyRotation | RequestKind::KeyDeletion => Permission::ManageKeys,
        RequestKind::P12Export | RequestKind::CertificateIssue | RequestKind::CertificateRevocation => {
            Permission::IssueCertificates
        }
        RequestKind::TrustAnchor => Permission::ManageTrust,
    };
    let decision = request.decision.as_ref();
    Ok(RequestView {
        id: request.id.to_string(),
        kind: match request.kind {
            RequestKind::KeyRotation => RequestKindView::KeyRotation,
            RequestKind::KeyDeletion => RequestKindView::KeyDeletion,
            RequestKind::P12Export => RequestKindView::P12Export,
            RequestKind::CertificateIssue => RequestKindView::CertificateIssue,
            RequestKind::TrustAnchor => RequestKindView::TrustAnchor,
            RequestKind::CertificateRevocation => {
                return Err(OfficeError::internal("a request of a kind that is not made yet"));
            }
        },
        state: match state {
            RequestState::Pending => RequestStateView::Pending,
            RequestState::Approved => RequestStateView::Approved,
            RequestState::Rejected => RequestStateView::Rejected,
            RequestState::Withdrawn => RequestStateView::Withdrawn,
            RequestState::Expired => RequestStateView::Expired,
            RequestState::Used => RequestStateView::Used,
        },
        title: title(&what),
        what,
        requested_by: operator_view(&request.requested_by),
        requested_at: rfc3339(request.requested_at),
        reason: request.reason.clone(),
        expires_at: rfc3339(request.expires_at),
        decided_by: decision.map(|decision| operator_view(&decision.by)),
        decided_at: decision.map(|decision| rfc3339(decision.at)),
        decision_reason: decision.map(|decision| decision.reason.clone()),
        used_at: request.used_at.map(rfc3339),
        may_decide: state == RequestState::Pending && !own && may(Permission::Approve),
        may_withdraw: own && matches!(state, RequestState::Pending | RequestState::Approved),
        may_carry_out: state == RequestState::Approved && may(carry_out),
        rotation: match request.kind {
            RequestKind::KeyRotation => request.used_for.clone(),
            RequestKind::KeyDeletion
            | RequestKind::P12Export
            | RequestKind::CertificateIssue
            | RequestKind::CertificateRevocation
            | RequestKind::TrustAnchor => None,
        },
    })
}

/// As the UI names an operator.
pub(crate) fn operator_view(operator: &OperatorRef) -> OperatorView {
    OperatorView { id: operator.id.to_string(), name: operator.name.clone(), role: operator.role.name().to_owned() }
}
