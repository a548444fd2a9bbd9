//! Policy versions: append-only rows, the newest one that holds applies to new contracts.

use entity::policy;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, Value};

use super::{Error, Reader, Result, Tx};
use crate::domain::ids::PolicyId;
use crate::domain::policy::Policy;
use crate::domain::time::Timestamp;

/// The version that holds at an instant.
pub async fn at(reader: &impl Reader, now: Timestamp) -> Result<Option<Policy>> {
    let statement = reader.sql(
        "SELECT version, valid_from, figures FROM policy WHERE valid_from <= ? ORDER BY version DESC LIMIT 1",
        [Value::from(now.micros())],
    );
    let Some(row) = reader.connection().query_one_raw(statement).await? else { return Ok(None) };
    let figures: String = row.try_get("", "figures")?;
    Ok(Some(Policy {
        version: row.try_get("", "version")?,
        valid_from: Timestamp::from_micros(row.try_get("", "valid_from")?),
        figures: serde_json::from_str(&figures)
            .map_err(|error| Error::Corrupt(format!("policy.figures: {error}")))?,
    }))
}

/// Adds a version.
pub async fn insert(tx: &Tx, id: PolicyId, policy: &Policy, created_at: Timestamp) -> Result<()> {
    let figures =
        serde_json::to_string(&policy.figures).map_err(|error| Error::Corrupt(error.to_string()))?;
    let row = policy::ActiveModel {
        id: Set(id.to_string()),
        version: Set(policy.version),
        valid_from: Set(policy.valid_from.micros()),
        figures: Set(figures),
        created_at: Set(created_at.micros()),
    };
    policy::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}
