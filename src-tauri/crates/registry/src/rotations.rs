//! Replacing a key by a new one (troca de chave): where each replacement stands, and what every step did.
//!
//! A replacement is a job that outlives the process. Whoever goes on with it says which version they saw, and writes where it
//! stands together with the record of the step, or nothing.

use cartorio_core::{IdentityId, RequestId, RotationId};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use time::OffsetDateTime;

use crate::columns::{Columns, check_json, integer, write_error};
use crate::store::{Inner, Registry};
use crate::text_enum::text_enum;
use crate::{OperatorRef, RegistryError, RegistryResult, moment};

text_enum! {
    /// Where a replacement stands.
    pub enum RotationState {
        /// Steps are being taken.
        Running = "running",
        /// The new key signs; the old one is still there to go back to.
        Transition = "transition",
        /// The old key is out of use.
        Finished = "finished",
        /// Everything was put back.
        RolledBack = "rolled_back",
        /// It is being put back.
        RollingBack = "rolling_back",
    }
}

impl RotationState {
    /// Whether there is still something to do.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Running | Self::Transition | Self::RollingBack => true,
            Self::Finished | Self::RolledBack => false,
        }
    }
}

text_enum! {
    /// The steps of a replacement, in order.
    pub enum RotationStep {
        /// Make the new key.
        CreateKey = "create_key",
        /// Get a certificate for it.
        Certificate = "certificate",
        /// Point the alias to it.
        MoveAlias = "move_alias",
        /// Sign and verify a probe through the alias, and verify an old signature.
        Validate = "validate",
        /// Keep both for a while.
        Transition = "transition",
        /// Take the old key out of use.
        DisableOld = "disable_old",
        /// Schedule its deletion.
        ScheduleDeletion = "schedule_deletion",
    }
}

text_enum! {
    /// What happened to a step.
    pub enum StepPhase {
        /// About to be taken.
        Begun = "begun",
        /// Taken.
        Done = "done",
        /// It failed.
        Failed = "failed",
        /// Put back.
        Undone = "undone",
    }
}

/// The replacement of a key.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct Rotation {
    /// Identifier.
    pub id: RotationId,
    /// The alias that moves to the new key; empty where the key has none.
    pub alias: String,
    /// Reference of the old key.
    pub old_key_ref: String,
    /// Its own identifier in its backend, e.g. an ARN.
    pub old_key_id: String,
    /// Reference of the new key, once it is made.
    pub new_key_ref: Option<String>,
    /// Its own identifier in its backend.
    pub new_key_id: Option<String>,
    /// The identity that signs with the old key.
    pub old_identity: Option<IdentityId>,
    /// The identity that signs with the new key, once there is one.
    pub new_identity: Option<IdentityId>,
    /// The request that was approved for it.
    pub request: RequestId,
    /// Who asked.
    pub requested_by: OperatorRef,
    /// Who approved.
    pub approved_by: OperatorRef,
    /// What was approved, JSON.
    pub params: String,
    /// Where it stands.
    pub state: RotationState,
    /// The step that it is at.
    pub step: RotationStep,
    /// Counts the changes; whoever makes the next one names the version they saw.
    pub version: u64,
    /// When it was begun.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it changed last.
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
    /// When it was finished or rolled back.
    #[serde(with = "time::serde::rfc3339::option")]
    pub finished_at: Option<OffsetDateTime>,
}

/// What happened to a step, and the evidence for it.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct StepRecord {
    /// The replacement.
    pub rotation: RotationId,
    /// Its number within the replacement, from 1. Given by the registry: what is handed in is not looked at.
    pub seq: u64,
    /// The step.
    pub step: RotationStep,
    /// What happened to it.
    pub phase: StepPhase,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Who went on with the replacement.
    pub operator: OperatorRef,
    /// What shows it, JSON.
    pub evidence: String,
    /// The error's stable code, for [`StepPhase::Failed`] and for nothing else.
    pub error_code: Option<String>,
}

impl Registry {
    /// Adds a replacement that begins.
    ///
    /// # Errors
    /// [`RegistryError::Conflict`] when the old key or the alias is in a replacement that is not over, when the request was
    /// used for another, when the request or an identity is not in the registry, or when one person asked and approved;
    /// [`RegistryError::Invalid`] when the parameters are no JSON or it is over already.
    pub async fn add_rotation(&self, rotation: &Rotation) -> RegistryResult<()> {
        check_json("params", &rotation.params)?;
        if !rotation.state.is_open() {
            return Err(RegistryError::Invalid { field: "state", reason: "is an end, not a beginning".into() });
        }
        check_end(rotation)?;
        sqlx::query(
            "INSERT INTO rotations (id, alias, old_key_ref, old_key_id, new_key_ref, new_key_id, old_identity, new_identity, \
             request, requested_by_id, requested_by_name, requested_by_role, approved_by_id, approved_by_name, \
             approved_by_role, params, state, step, version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, \
             $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
        )
        .bind(rotation.id.to_string())
        .bind(&rotation.alias)
        .bind(&rotation.old_key_ref)
        .bind(&rotation.old_key_id)
        .bind(&rotation.new_key_ref)
        .bind(&rotation.new_key_id)
        .bind(rotation.old_identity.map(|id| id.to_string()))
        .bind(rotation.new_identity.map(|id| id.to_string()))
        .bind(rotation.request.to_string())
        .bind(rotation.requested_by.id.to_string())
        .bind(&rotation.requested_by.name)
        .bind(rotation.requested_by.role.name())
        .bind(rotation.approved_by.id.to_string())
        .bind(&rotation.approved_by.name)
        .bind(rotation.approved_by.role.name())
        .bind(&rotation.params)
        .bind(rotation.state.name())
        .bind(rotation.step.name())
        .bind(integer("version", rotation.version)?)
        .bind(moment::write("created_at", rotation.created_at)?)
        .bind(moment::write("updated_at", rotation.updated_at)?)
        .execute(&self.inner.pool)
        .await
        .map_err(write_error(&self.inner, "rotation", rotation.id))?;
        Ok(())
    }

    /// The replacement of that identifier.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`].
    pub async fn rotation(&self, id: RotationId) -> RegistryResult<Rotation> {
        let mut connection = self.inner.pool.acquire().await.map_err(|error| self.inner.sqlx(error))?;
        find(&self.inner, &mut connection, id).await
    }

    /// All replacements, newest first; with `open_only`, those that are not over.
    ///
    /// # Errors
    /// [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn rotations(&self, open_only: bool) -> RegistryResult<Vec<Rotation>> {
        let rows = sqlx::query(
            "SELECT * FROM rotations WHERE $1 = 0 OR state NOT IN ('finished', 'rolled_back') \
             ORDER BY created_at DESC, id DESC",
        )
        .bind(i64::from(open_only))
        .fetch_all(&self.inner.pool)
        .await
        .map_err(|error| self.inner.sqlx(error))?;
        rows.into_iter().map(|row| read(&Columns { inner: &self.inner, table: "rotations", row })).collect()
    }

    /// Goes on with a replacement: writes the fields of `rotation` that may change (the new key and identity, state, step,
    /// `updated_at`, `finished_at`) and appends `step`, both or neither. Returns the replacement as it stands then, its version
    /// one higher than `expected_version`; `rotation.version` is not looked at.
    ///
    /// What is over stays so, but may get more steps (a deletion that is cancelled afterwards).
    ///
    /// # Errors
    /// [`RegistryError::NotFound`]; [`RegistryError::Conflict`] when somebody else went on with it since `expected_version`,
    /// or when it cannot come to that state; [`RegistryError::Invalid`] when a field that may not change is another, or for a
    /// step that does not fit.
    pub async fn advance_rotation(
        &self,
        rotation: &Rotation,
        expected_version: u64,
        step: &StepRecord,
    ) -> RegistryResult<Rotation> {
        let inner = &self.inner;
        check_end(rotation)?;
        check_step(rotation, step)?;
        let mut transaction = inner.pool.begin_with("BEGIN IMMEDIATE").await.map_err(|error| inner.sqlx(error))?;
        let stored = find(inner, &mut transaction, rotation.id).await?;
        let conflict = |reason| RegistryError::Conflict { what: "rotation", key: rotation.id.to_string(), reason };
        if stored.version != expected_version {
            return Err(conflict(format!("it is at version {}, not {expected_version} any more", stored.version)));
        }
        if !may_follow(stored.state, rotation.state) {
            return Err(conflict(format!("it is {} and cannot become {}", stored.state, rotation.state)));
        }
        if let Some(field) = changed_for_ever(&stored, rotation) {
            return Err(RegistryError::Invalid { field, reason: "cannot change in a rotation".into() });
        }
        sqlx::query(
            "UPDATE rotations SET new_key_ref = $2, new_key_id = $3, new_identity = $4, state = $5, step = $6, version = $7, \
             updated_at = $8, finished_at = $9 WHERE id = $1",
        )
        .bind(rotation.id.to_string())
        .bind(&rotation.new_key_ref)
        .bind(&rotation.new_key_id)
        .bind(rotation.new_identity.map(|id| id.to_string()))
        .bind(rotation.state.name())
        .bind(rotation.step.name())
        .bind(integer("version", expected_version)? + 1)
        .bind(moment::write("updated_at", rotation.updated_at)?)
        .bind(rotation.finished_at.map(|at| moment::write("finished_at", at)).transpose()?)
        .execute(&mut *transaction)
        .await
        .map_err(write_error(inner, "rotation", rotation.id))?;
        append_step(inner, &mut transaction, step).await?;
        let advanced = find(inner, &mut transaction, rotation.id).await?;
        transaction.commit().await.map_err(write_error(inner, "rotation", rotation.id))?;
        Ok(advanced)
    }

    /// What every step of a replacement did, oldest first.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`] for an unknown replacement; [`RegistryError::Corrupt`] when a column holds what it cannot
    /// hold or a record is missing.
    pub async fn step_records(&self, id: RotationId) -> RegistryResult<Vec<StepRecord>> {
        let inner = &self.inner;
        let mut snapshot = inner.pool.begin().await.map_err(|error| inner.sqlx(error))?;
        find(inner, &mut snapshot, id).await?;
        let rows = sqlx::query("SELECT * FROM rotation_steps WHERE rotation = $1 ORDER BY seq")
            .bind(id.to_string())
            .fetch_all(&mut *snapshot)
            .await
            .map_err(|error| inner.sqlx(error))?;
        (1..)
            .zip(rows)
            .map(|(seq, row)| {
                let columns = Columns { inner, table: "rotation_steps", row };
                let record = read_step(&columns)?;
                if record.seq == seq {
                    Ok(record)
                } else {
                    Err(columns.corrupt("seq", format!("step {seq} of the rotation {id} is missing")))
                }
            })
            .collect()
    }
}

fn check_end(rotation: &Rotation) -> RegistryResult<()> {
    let reason = match (rotation.state.is_open(), rotation.finished_at) {
        (true, None) | (false, Some(_)) => return Ok(()),
        (true, Some(_)) => "is set for a rotation that is not over",
        (false, None) => "is missing for a rotation that is over",
    };
    Err(RegistryError::Invalid { field: "finished_at", reason: reason.into() })
}

fn check_step(rotation: &Rotation, step: &StepRecord) -> RegistryResult<()> {
    check_json("evidence", &step.evidence)?;
    let invalid = |field, reason: &str| Err(RegistryError::Invalid { field, reason: reason.into() });
    if step.rotation != rotation.id {
        return invalid("rotation", "is not the one that goes on");
    }
    match (step.phase, &step.error_code) {
        (StepPhase::Failed, Some(_)) | (StepPhase::Begun | StepPhase::Done | StepPhase::Undone, None) => Ok(()),
        (StepPhase::Failed, None) => invalid("error_code", "is missing for a step that failed"),
        (StepPhase::Begun | StepPhase::Done | StepPhase::Undone, Some(_)) => {
            invalid("error_code", "is set for a step that did not fail")
        }
    }
}

/// An end is final, and what is being put back is put back.
fn may_follow(from: RotationState, to: RotationState) -> bool {
    use RotationState::{Finished, RolledBack, RollingBack, Running, Transition};
    match from {
        Running | Transition => true,
        RollingBack => matches!(to, RollingBack | RolledBack),
        Finished => matches!(to, Finished),
        RolledBack => matches!(to, RolledBack),
    }
}

/// The first field that differs though it may not.
fn changed_for_ever(stored: &Rotation, given: &Rotation) -> Option<&'static str> {
    let over = !stored.state.is_open();
    let same_end = stored.finished_at == given.finished_at.map(moment::truncate);
    [
        ("alias", stored.alias == given.alias),
        ("old_key_ref", stored.old_key_ref == given.old_key_ref),
        ("old_key_id", stored.old_key_id == given.old_key_id),
        ("old_identity", stored.old_identity == given.old_identity),
        ("request", stored.request == given.request),
        ("requested_by", stored.requested_by == given.requested_by),
        ("approved_by", stored.approved_by == given.approved_by),
        ("params", stored.params == given.params),
        ("created_at", stored.created_at == moment::truncate(given.created_at)),
        ("finished_at", !over || same_end),
    ]
    .into_iter()
    .find_map(|(field, same)| (!same).then_some(field))
}

async fn append_step(inner: &Inner, connection: &mut SqliteConnection, step: &StepRecord) -> RegistryResult<()> {
    sqlx::query(
        "INSERT INTO rotation_steps (rotation, seq, step, phase, at, operator_id, operator_name, operator_role, evidence, \
         error_code) VALUES ($1, (SELECT COALESCE(MAX(seq), 0) + 1 FROM rotation_steps WHERE rotation = $1), $2, $3, $4, $5, \
         $6, $7, $8, $9)",
    )
    .bind(step.rotation.to_string())
    .bind(step.step.name())
    .bind(step.phase.name())
    .bind(moment::write("at", step.at)?)
    .bind(step.operator.id.to_string())
    .bind(&step.operator.name)
    .bind(step.operator.role.name())
    .bind(&step.evidence)
    .bind(&step.error_code)
    .execute(connection)
    .await
    .map_err(write_error(inner, "rotation", step.rotation))?;
    Ok(())
}

async fn find(inner: &Inner, connection: &mut SqliteConnection, id: RotationId) -> RegistryResult<Rotation> {
    let row = sqlx::query("SELECT * FROM rotations WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(|error| inner.sqlx(error))?
        .ok_or_else(|| RegistryError::NotFound { what: "rotation", key: id.to_string() })?;
    read(&Columns { inner, table: "rotations", row })
}

fn read(columns: &Columns<'_>) -> RegistryResult<Rotation> {
    Ok(Rotation {
        id: columns.parsed("id")?,
        alias: columns.text("alias")?,
        old_key_ref: columns.text("old_key_ref")?,
        old_key_id: columns.text("old_key_id")?,
        new_key_ref: columns.optional_text("new_key_ref")?,
        new_key_id: columns.optional_text("new_key_id")?,
        old_identity: columns.optional_parsed("old_identity")?,
        new_identity: columns.optional_parsed("new_identity")?,
        request: columns.parsed("request")?,
        requested_by: columns.operator(["requested_by_id", "requested_by_name", "requested_by_role"])?,
        approved_by: columns.operator(["approved_by_id", "approved_by_name", "approved_by_role"])?,
        params: columns.json("params")?,
        state: columns.parsed("state")?,
        step: columns.parsed("step")?,
        version: columns.count("version")?,
        created_at: columns.time("created_at")?,
        updated_at: columns.time("updated_at")?,
        finished_at: columns.optional_time("finished_at")?,
    })
}

fn read_step(columns: &Columns<'_>) -> RegistryResult<StepRecord> {
    Ok(StepRecord {
        rotation: columns.parsed("rotation")?,
        seq: columns.count("seq")?,
        step: columns.parsed("step")?,
        phase: columns.parsed("phase")?,
        at: columns.time("at")?,
        operator: columns.operator(["operator_id", "operator_name", "operator_role"])?,
        evidence: columns.json("evidence")?,
        error_code: columns.optional_text("error_code")?,
    })
}
