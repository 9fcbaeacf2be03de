//! What needs two people: one asks, another decides, and what was approved is done at most once.
//!
//! Every change is one transaction that first takes the write lock, so that of two processes exactly one decides or uses.

use cartorio_core::{OperatorId, RequestId};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use time::OffsetDateTime;

use crate::columns::{Columns, check_json, check_sha256, sha256_hex, write_error};
use crate::store::{Inner, Registry};
use crate::text_enum::text_enum;
use crate::{OperatorRef, RegistryError, RegistryResult, moment};

text_enum! {
    /// What is asked for.
    pub enum RequestKind {
        /// A key is replaced by a new one.
        KeyRotation = "key_rotation",
        /// The deletion of a key is scheduled.
        KeyDeletion = "key_deletion",
        /// A private key leaves the office in a P12 file.
        P12Export = "p12_export",
        /// A certificate is issued.
        CertificateIssue = "certificate_issue",
        /// A certificate is revoked.
        CertificateRevocation = "certificate_revocation",
        /// A root is trusted, or no longer.
        TrustAnchor = "trust_anchor",
    }
}

text_enum! {
    /// Where a request stands.
    pub enum RequestState {
        /// Nobody has decided yet.
        Pending = "pending",
        /// Approved, and not yet used.
        Approved = "approved",
        /// Rejected.
        Rejected = "rejected",
        /// Taken back by who had made it.
        Withdrawn = "withdrawn",
        /// Its time ran out before it was decided or used.
        Expired = "expired",
        /// Approved and done.
        Used = "used",
    }
}

/// What somebody asks for and another person decides.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct Request {
    /// Identifier.
    pub id: RequestId,
    /// What is asked for.
    pub kind: RequestKind,
    /// What it is about: the identifier of a key, the SHA-256 of a certificate.
    pub subject: String,
    /// Exactly what will be done, JSON; kept to the byte.
    pub params: String,
    /// SHA-256 of [`Request::params`], lower-case hexadecimal.
    pub params_sha256: String,
    /// Who asks.
    pub requested_by: OperatorRef,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub requested_at: OffsetDateTime,
    /// Why.
    pub reason: String,
    /// From then on it can be neither decided nor used.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
    /// What the other person decided.
    pub decision: Option<Decision>,
    /// When it was taken back.
    #[serde(with = "time::serde::rfc3339::option")]
    pub withdrawn_at: Option<OffsetDateTime>,
    /// When what was approved was done (or begun: a request is used before anything happens).
    #[serde(with = "time::serde::rfc3339::option")]
    pub used_at: Option<OffsetDateTime>,
    /// What it was used for, e.g. the identifier of a rotation.
    pub used_for: Option<String>,
}

/// What another person decided on a request.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct Decision {
    /// Who decided.
    pub by: OperatorRef,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Approved, or rejected.
    pub approved: bool,
    /// Why; may be empty.
    pub reason: String,
}

impl Request {
    /// A request that nobody has decided on, with a new identifier and the digest of its parameters.
    pub fn new(
        kind: RequestKind,
        subject: impl Into<String>,
        params: impl Into<String>,
        requested_by: OperatorRef,
        requested_at: OffsetDateTime,
        reason: impl Into<String>,
        expires_at: OffsetDateTime,
    ) -> Self {
        let params = params.into();
        Self {
            id: RequestId::generate(),
            kind,
            subject: subject.into(),
            params_sha256: sha256_hex(params.as_bytes()),
            params,
            requested_by,
            requested_at: moment::truncate(requested_at),
            reason: reason.into(),
            expires_at: moment::truncate(expires_at),
            decision: None,
            withdrawn_at: None,
            used_at: None,
            used_for: None,
        }
    }

    /// Where the request stands. What was done stands whatever `now` is; `now` only tells what has run out.
    pub fn state(&self, now: OffsetDateTime) -> RequestState {
        let expired = self.expires_at <= now;
        match (&self.decision, self.withdrawn_at, self.used_at) {
            (_, _, Some(_)) => RequestState::Used,
            (_, Some(_), None) => RequestState::Withdrawn,
            (Some(Decision { approved: false, .. }), None, None) => RequestState::Rejected,
            (_, None, None) if expired => RequestState::Expired,
            (Some(Decision { approved: true, .. }), None, None) => RequestState::Approved,
            (None, None, None) => RequestState::Pending,
        }
    }
}

/// Which requests to list; an empty filter lists all.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RequestFilter {
    /// Only in one of these states; empty: in any.
    pub states: Vec<RequestState>,
    /// Only of this kind.
    pub kind: Option<RequestKind>,
    /// Only about this.
    pub subject: Option<String>,
    /// Only by this operator.
    pub requested_by: Option<OperatorId>,
}

/// A page of the requests, newest first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RequestPage {
    /// Only older ones than this: the last one of the page before. `None` starts at the newest.
    pub before: Option<RequestId>,
    /// At most so many.
    pub limit: u32,
}

impl Default for RequestPage {
    fn default() -> Self {
        Self { before: None, limit: 100 }
    }
}

impl Registry {
    /// Adds a request that nobody has decided on.
    ///
    /// # Errors
    /// [`RegistryError::Conflict`] when the identifier is taken; [`RegistryError::Invalid`] when the parameters are no JSON or
    /// do not have the digest, when it expires before it is made, or when it is decided, withdrawn or used already.
    pub async fn add_request(&self, request: &Request) -> RegistryResult<()> {
        let invalid = |field, reason: &str| Err(RegistryError::Invalid { field, reason: reason.into() });
        check_json("params", &request.params)?;
        if request.params_sha256 != sha256_hex(request.params.as_bytes()) {
            return invalid("params_sha256", "is not the digest of the parameters");
        }
        if moment::truncate(request.expires_at) <= moment::truncate(request.requested_at) {
            return invalid("expires_at", "is not after the request");
        }
        if request.decision.is_some()
            || request.withdrawn_at.is_some()
            || request.used_at.is_some()
            || request.used_for.is_some()
        {
            return invalid("decision", "is made by another person, later");
        }
        sqlx::query(
            "INSERT INTO requests (id, kind, subject, params, params_sha256, requested_by_id, requested_by_name, \
             requested_by_role, requested_at, reason, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(request.id.to_string())
        .bind(request.kind.name())
        .bind(&request.subject)
        .bind(&request.params)
        .bind(&request.params_sha256)
        .bind(request.requested_by.id.to_string())
        .bind(&request.requested_by.name)
        .bind(request.requested_by.role.name())
        .bind(moment::write("requested_at", request.requested_at)?)
        .bind(&request.reason)
        .bind(moment::write("expires_at", request.expires_at)?)
        .execute(&self.inner.pool)
        .await
        .map_err(write_error(&self.inner, "request", request.id))?;
        Ok(())
    }

    /// The request of that identifier.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; [`RegistryError::Corrupt`] when the parameters do not have their digest any more.
    pub async fn request(&self, id: RequestId) -> RegistryResult<Request> {
        let mut connection = self.inner.pool.acquire().await.map_err(|error| self.inner.sqlx(error))?;
        find(&self.inner, &mut connection, id).await
    }

    /// Requests that `filter` lets through, newest first. `now` tells which have run out.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`] when the page begins at an unknown request; [`RegistryError::Corrupt`].
    pub async fn requests(
        &self,
        filter: &RequestFilter,
        now: OffsetDateTime,
        page: RequestPage,
    ) -> RegistryResult<Vec<Request>> {
        let before = match page.before {
            Some(id) => Some(moment::write("requested_at", self.request(id).await?.requested_at)?),
            None => None,
        };
        let states: Vec<&str> = filter.states.iter().map(|state| state.name()).collect();
        let rows = sqlx::query(
            "SELECT * FROM (SELECT requests.*, CASE WHEN used_at IS NOT NULL THEN 'used' \
              WHEN withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN approved = 0 THEN 'rejected' \
              WHEN expires_at <= $1 THEN 'expired' WHEN approved = 1 THEN 'approved' ELSE 'pending' END AS state \
              FROM requests) AS stated \
             WHERE ($2 IS NULL OR $2 LIKE '%,' || state || ',%') AND ($3 IS NULL OR kind = $3) \
             AND ($4 IS NULL OR subject = $4) AND ($5 IS NULL OR requested_by_id = $5) \
             AND ($6 IS NULL OR requested_at < $6 OR (requested_at = $6 AND id < $7)) \
             ORDER BY requested_at DESC, id DESC LIMIT $8",
        )
        .bind(moment::write("now", now)?)
        .bind((!states.is_empty()).then(|| format!(",{},", states.join(","))))
        .bind(filter.kind.map(|kind| kind.name()))
        .bind(&filter.subject)
        .bind(filter.requested_by.map(|id| id.to_string()))
        .bind(before)
        .bind(page.before.map(|id| id.to_string()))
        .bind(i64::from(page.limit))
        .fetch_all(&self.inner.pool)
        .await
        .map_err(|error| self.inner.sqlx(error))?;
        rows.into_iter().map(|row| read(&Columns { inner: &self.inner, table: "requests", row })).collect()
    }

    /// Decides on a request that is pending as of `now`; returns it as it stands then.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; [`RegistryError::RequestState`] when it is not pending, also because somebody else was
    /// faster; [`RegistryError::SamePerson`] when who asked decides.
    pub async fn decide_request(
        &self,
        id: RequestId,
        decision: &Decision,
        now: OffsetDateTime,
    ) -> RegistryResult<Request> {
        let inner = &self.inner;
        let mut transaction = inner.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|error| inner.sqlx(error))?;
        let request = find(inner, &mut transaction, id).await?;
        expect_state(&request, now.max(decision.at), &[RequestState::Pending])?;
        if decision.by.id == request.requested_by.id {
            return Err(RegistryError::SamePerson { request: id });
        }
        sqlx::query(
            "UPDATE requests SET decided_by_id = $2, decided_by_name = $3, decided_by_role = $4, decided_at = $5, \
             approved = $6, decision_reason = $7 WHERE id = $1",
        )
        .bind(id.to_string())
        .bind(decision.by.id.to_string())
        .bind(&decision.by.name)
        .bind(decision.by.role.name())
        .bind(moment::write("decided_at", decision.at)?)
        .bind(i64::from(decision.approved))
        .bind(&decision.reason)
        .execute(&mut *transaction)
        .await
        .map_err(write_error(inner, "request", id))?;
        let decided = find(inner, &mut transaction, id).await?;
        transaction.commit().await.map_err(write_error(inner, "request", id))?;
        Ok(decided)
    }

    /// Takes back a request that is pending, or approved and not used, as of `at`; returns it as it stands then.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; [`RegistryError::NotRequester`] when `by` did not make it;
    /// [`RegistryError::RequestState`].
    pub async fn withdraw_request(&self, id: RequestId, by: OperatorId, at: OffsetDateTime) -> RegistryResult<Request> {
        let inner = &self.inner;
        let mut transaction = inner.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|error| inner.sqlx(error))?;
        let request = find(inner, &mut transaction, id).await?;
        if by != request.requested_by.id {
            return Err(RegistryError::NotRequester { request: id });
        }
        expect_state(&request, at, &[RequestState::Pending, RequestState::Approved])?;
        sqlx::query("UPDATE requests SET withdrawn_at = $2 WHERE id = $1")
            .bind(id.to_string())
            .bind(moment::write("withdrawn_at", at)?)
            .execute(&mut *transaction)
            .await
            .map_err(write_error(inner, "request", id))?;
        let withdrawn = find(inner, &mut transaction, id).await?;
        transaction.commit().await.map_err(write_error(inner, "request", id))?;
        Ok(withdrawn)
    }

    /// Uses an approved request, once and for all: to be called right before what it allows is done. `params_sha256` is the
    /// digest of what is about to be done. Returns the request as it stands then.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; [`RegistryError::RequestState`] when it is not approved, has run out, or was used, also
    /// because somebody else was faster; [`RegistryError::ParamsChanged`] when something else was approved.
    pub async fn use_request(
        &self,
        id: RequestId,
        params_sha256: &str,
        used_for: &str,
        at: OffsetDateTime,
    ) -> RegistryResult<Request> {
        let inner = &self.inner;
        let mut transaction = inner.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|error| inner.sqlx(error))?;
        let used = use_within(inner, &mut transaction, id, params_sha256, used_for, at).await?;
        transaction.commit().await.map_err(write_error(inner, "request", id))?;
        Ok(used)
    }
}

/// Uses a request inside a transaction that has the write lock: what it allows is then done in the same one.
pub(crate) async fn use_within(
    inner: &Inner,
    transaction: &mut SqliteConnection,
    id: RequestId,
    params_sha256: &str,
    used_for: &str,
    at: OffsetDateTime,
) -> RegistryResult<Request> {
    check_sha256("params_sha256", params_sha256)?;
    let request = find(inner, transaction, id).await?;
    expect_state(&request, at, &[RequestState::Approved])?;
    if request.params_sha256 != params_sha256 {
        return Err(RegistryError::ParamsChanged { request: id });
    }
    sqlx::query("UPDATE requests SET used_at = $2, used_for = $3 WHERE id = $1")
        .bind(id.to_string())
        .bind(moment::write("used_at", at)?)
        .bind(used_for)
        .execute(&mut *transaction)
        .await
        .map_err(write_error(inner, "request", id))?;
    find(inner, transaction, id).await
}

fn expect_state(request: &Request, now: OffsetDateTime, allowed: &[RequestState]) -> RegistryResult<()> {
    let state = request.state(now);
    if allowed.contains(&state) { Ok(()) } else { Err(RegistryError::RequestState { request: request.id, state }) }
}

async fn find(inner: &Inner, connection: &mut SqliteConnection, id: RequestId) -> RegistryResult<Request> {
    let row = sqlx::query("SELECT * FROM requests WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(|error| inner.sqlx(error))?
        .ok_or_else(|| RegistryError::NotFound { what: "request", key: id.to_string() })?;
    read(&Columns { inner, table: "requests", row })
}

fn read(columns: &Columns<'_>) -> RegistryResult<Request> {
    let decision = match columns.optional_time("decided_at")? {
        None => None,
        Some(at) => Some(Decision {
            by: columns.operator(["decided_by_id", "decided_by_name", "decided_by_role"])?,
            at,
            approved: columns.flag("approved")?,
            reason: columns.text("decision_reason")?,
        }),
    };
    let request = Request {
        id: columns.parsed("id")?,
        kind: columns.parsed("kind")?,
        subject: columns.text("subject")?,
        params: columns.text("params")?,
        params_sha256: columns.text("params_sha256")?,
        requested_by: columns.operator(["requested_by_id", "requested_by_name", "requested_by_role"])?,
        requested_at: columns.time("requested_at")?,
        reason: columns.text("reason")?,
        expires_at: columns.time("expires_at")?,
        decision,
        withdrawn_at: columns.optional_time("withdrawn_at")?,
        used_at: columns.optional_time("used_at")?,
        used_for: columns.optional_text("used_for")?,
    };
    if request.params_sha256 != sha256_hex(request.params.as_bytes()) {
        return Err(columns.corrupt("params", format!("request {} does not have its digest", request.id)));
    }
    if request.decision.as_ref().is_some_and(|decision| decision.by.id == request.requested_by.id) {
        return Err(columns.corrupt("decided_by_id", format!("request {} was decided by who made it", request.id)));
    }
    Ok(request)
}
