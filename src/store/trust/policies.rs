//! Versions of the trust policy: append-only rows.

use entity::trust_policy;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, Value};

use crate::domain::ids::TrustPolicyId;
use crate::domain::time::Timestamp;
use crate::domain::trust::TrustPolicy;
use crate::store::{Error, Reader, Result, Tx};

/// The version that holds at an instant.
pub async fn at(reader: &impl Reader, now: Timestamp) -> Result<Option<TrustPolicy>> {
    let text = "SELECT version, valid_from, figures FROM trust_policy WHERE valid_from <= ? ORDER BY version DESC LIMIT 1";
    let statement = reader.sql(text, [Value::from(now.micros())]);
    let Some(row) = reader.connection().query_one_raw(statement).await? else { return Ok(None) };
    let figures: String = row.try_get("", "figures")?;
    Ok(Some(TrustPolicy {
        version: row.try_get("", "version")?,
        valid_from: Timestamp::from_micros(row.try_get("", "valid_from")?),
        figures: serde_json::from_str(&figures)
            .map_err(|error| Error::Corrupt(format!("trust_policy.figures: {error}")))?,
    }))
}

/// Adds a version.
pub async fn insert(tx: &Tx, id: TrustPolicyId, policy: &TrustPolicy, created_at: Timestamp) -> Result<()> {
    let figures =
        serde_json::to_string(&policy.figures).map_err(|error| Error::Corrupt(error.to_string()))?;
    let row = trust_policy::ActiveModel {
        id: Set(id.to_string()),
        version: Set(policy.version),
        valid_from: Set(policy.valid_from.micros()),
        figures: Set(figures),
        created_at: Set(created_at.micros()),
    };
    trust_policy::Entity::insert(row).exec_without_returning(tx.connection()).await?;
    Ok(())
}
