//! The people who work with the program.

use cartorio_core::OperatorId;
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;

use crate::columns::{Columns, write_error};
use crate::store::{Inner, Registry};
use crate::text_enum::text_enum;
use crate::{OperatorRef, RegistryError, RegistryResult};

text_enum! {
    /// What an operator may do.
    pub enum Role {
        /// Escrevente: signs documents.
        Clerk = "clerk",
        /// Substituto: approves.
        Supervisor = "supervisor",
        /// Tabelião: approves, and manages keys, certificates, operators and settings.
        Notary = "notary",
        /// Auditor: reads everything, changes nothing.
        Auditor = "auditor",
    }
}

/// A person who works with the program.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
pub struct Operator {
    /// Identifier.
    pub id: OperatorId,
    /// Full name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they may work at all; operators are switched off, never deleted.
    pub active: bool,
}

impl Operator {
    /// The operator as the audit trail keeps them.
    pub fn to_ref(&self) -> OperatorRef {
        OperatorRef { id: self.id, name: self.name.clone(), role: self.role }
    }
}

impl Registry {
    /// Adds an operator.
    ///
    /// # Errors
    /// [`RegistryError::Conflict`] when the identifier is taken.
    pub async fn add_operator(&self, operator: &Operator) -> RegistryResult<()> {
        sqlx::query("INSERT INTO operators (id, name, role, active) VALUES ($1, $2, $3, $4)")
            .bind(operator.id.to_string())
            .bind(&operator.name)
            .bind(operator.role.name())
            .bind(i64::from(operator.active))
            .execute(&self.inner.pool)
            .await
            .map_err(write_error(&self.inner, "operator", operator.id))?;
        Ok(())
    }

    /// Changes name, role or whether they are active.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`].
    pub async fn update_operator(&self, operator: &Operator) -> RegistryResult<()> {
        let done = sqlx::query("UPDATE operators SET name = $2, role = $3, active = $4 WHERE id = $1")
            .bind(operator.id.to_string())
            .bind(&operator.name)
            .bind(operator.role.name())
            .bind(i64::from(operator.active))
            .execute(&self.inner.pool)
            .await
            .map_err(write_error(&self.inner, "operator", operator.id))?;
        if done.rows_affected() == 0 {
            return Err(RegistryError::NotFound { what: "operator", key: operator.id.to_string() });
        }
        Ok(())
    }

    /// The operator of that identifier.
    ///
    /// # Errors
    /// [`RegistryError::NotFound`].
    pub async fn operator(&self, id: OperatorId) -> RegistryResult<Operator> {
        let row = sqlx::query("SELECT * FROM operators WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?
            .ok_or_else(|| RegistryError::NotFound { what: "operator", key: id.to_string() })?;
        read(&Columns { inner: &self.inner, table: "operators", row })
    }

    /// All operators by name, also those switched off.
    ///
    /// # Errors
    /// [`RegistryError::Corrupt`] when a column holds what it cannot hold.
    pub async fn operators(&self) -> RegistryResult<Vec<Operator>> {
        let rows = sqlx::query("SELECT * FROM operators ORDER BY name, id")
            .fetch_all(&self.inner.pool)
            .await
            .map_err(|error| self.inner.sqlx(error))?;
        rows.into_iter().map(|row| read(&Columns { inner: &self.inner, table: "operators", row })).collect()
    }
}

/// Whether an operator is active, and in which role; `None` where there is none of that identifier.
pub(crate) async fn seat(
    inner: &Inner,
    connection: &mut SqliteConnection,
    id: OperatorId,
) -> RegistryResult<Option<(bool, Role)>> {
    let row = sqlx::query("SELECT active, role FROM operators WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(connection)
        .await
        .map_err(|error| inner.sqlx(error))?;
    let Some(row) = row else { return Ok(None) };
    let columns = Columns { inner, table: "operators", row };
    Ok(Some((columns.flag("active")?, columns.parsed("role")?)))
}

fn read(columns: &Columns<'_>) -> RegistryResult<Operator> {
    Ok(Operator {
        id: columns.parsed("id")?,
        name: columns.text("name")?,
        role: columns.parsed("role")?,
        active: columns.flag("active")?,
    })
}
