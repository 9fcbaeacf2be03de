//! The trail as the window shows it.

use cartorio_registry::{Act, AuditFilter, AuditPage as Page, AuditRecord, HeadTrust, Phase};

use crate::dto::{AuditPage, AuditQuery, AuditRecordView, Permission, TrailProblemView, TrailView};
use crate::session::{Facts, Session};
use crate::times::rfc3339;
use crate::{OfficeError, OfficeResult};

/// At most so many records a page.
const MAX_PAGE: u32 = 500;

/// A page of the trail, newest first. A clerk sees only what they did themselves.
pub(crate) async fn list(session: &Session, query: AuditQuery) -> OfficeResult<AuditPage> {
    let own_only = session.require(Permission::ReadTrail).is_err();
    let act = match query.act.as_deref() {
        None => None,
        Some(name) => {
            Some(name.parse::<Act>().map_err(|_| OfficeError::InvalidField { field: "act", reason: "unknown" })?)
        }
    };
    let filter = AuditFilter {
        act,
        operator: own_only.then_some(session.operator.id),
        text: query.text.filter(|text| !text.trim().is_empty()),
        from: None,
        to: None,
    };
    let limit = query.limit.clamp(1, MAX_PAGE);
    let page = Page { before: query.before, limit: limit + 1 };
    let mut records = session.registry.list_audit(&filter, page).await?;
    let more = records.len() > limit as usize;
    records.truncate(limit as usize);
    Ok(AuditPage { records: records.into_iter().map(view).collect(), more })
}

/// Checks the whole trail.
pub(crate) async fn verify(session: &Session) -> OfficeResult<TrailView> {
    session.require(Permission::ReadTrail)?;
    // The check is put on record after it, so that a broken trail can still be looked at.
    let report = session.registry.verify().await?;
    let checked_at = rfc3339(session.clock.now());
    let view = TrailView {
        intact: report.is_intact(),
        records: report.records,
        head_authenticated: report.head == HeadTrust::Authenticated,
        checked_at,
        head: report.last_hash.clone(),
        problems: report
            .problems
            .iter()
            .map(|problem| TrailProblemView {
                seq: problem.seq.unwrap_or_default(),
                kind: problem.kind.name().to_owned(),
                detail: problem.detail.clone(),
            })
            .collect(),
    };
    if view.intact {
        let facts = Facts::default().with("records", view.records.to_string());
        session.record_look(Act::AuditVerified, facts, async || Ok(())).await?;
    }
    Ok(view)
}

/// Accepts the end of the trail as it is, with the reason and what was wrong on record. Tells whether anything was wrong; an
/// intact trail is left alone.
pub(crate) async fn reseal(session: &Session, reason: &str) -> OfficeResult<bool> {
    session.require(Permission::ManageSettings)?;
    let field = |reason| OfficeError::InvalidField { field: "reason", reason };
    let reason = match reason.trim() {
        "" => return Err(field("empty")),
        long if long.chars().count() > MAX_REASON => return Err(field("too_long")),
        reason => reason,
    };
    let report = session.registry.verify().await?;
    if report.is_intact() && session.registry.trail_end().await.is_ok() {
        return Ok(false);
    }
    let listed: Vec<String> = report.problems.iter().take(LISTED_PROBLEMS).map(ToString::to_string).collect();
    let count = u64::try_from(report.problems.len()).unwrap_or(u64::MAX).saturating_add(report.more_problems);
    let facts = Facts::default()
        .with("reason", reason)
        .with("problem_count", count.to_string())
        .with("problems", listed.join("; "));
    session.reseal(facts).await?;
    Ok(true)
}

/// Characters of a reason.
const MAX_REASON: usize = 500;
/// So many problems are named in the record; the others are counted.
const LISTED_PROBLEMS: usize = 8;

fn view(record: AuditRecord) -> AuditRecordView {
    let AuditRecord { seq, entry, previous, hash } = record;
    let (phase, error_code) = match &entry.phase {
        Phase::Intent => ("intent", None),
        Phase::Result { outcome } => {
            let code = match outcome {
                cartorio_registry::Outcome::Failed { code } => Some(code.clone()),
                cartorio_registry::Outcome::Succeeded
                | cartorio_registry::Outcome::Cancelled
                | cartorio_registry::Outcome::Interrupted => None,
            };
            (outcome.name(), code)
        }
    };
    AuditRecordView {
        seq,
        at: rfc3339(entry.at),
        act: entry.act.name().to_owned(),
        phase: phase.to_owned(),
        error_code,
        operator: entry.operator.name,
        role: entry.operator.role.name().to_owned(),
        environment: entry.environment,
        document: entry.document.as_ref().map(|document| document.name.clone()),
        document_sha256: entry.document.map(|document| document.sha256),
        key_id: entry.key_id.or(entry.key_ref),
        certificate_sha256: entry.certificate_sha256,
        algorithm: entry.algorithm,
        request_id: entry.request_id,
        detail: entry.detail,
        previous,
        hash,
        correlation: entry.correlation.to_string(),
    }
}
