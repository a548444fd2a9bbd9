//! What all nodes share: secrets made with the database, and the sandbox's clock.

use sea_orm::{ConnectionTrait, Value};

use super::{Error, Reader, Result, Tx};
use crate::domain::time::Span;

/// A secret of this database, in hexadecimal.
pub async fn secret(reader: &impl Reader, name: &str) -> Result<String> {
    let row = reader
        .connection()
        .query_one_raw(reader.sql("SELECT value FROM server_secret WHERE name = ?", [name]))
        .await?;
    Ok(row
        .ok_or_else(|| Error::Corrupt(format!("the database lacks its {name} secret")))?
        .try_get("", "value")?)
}

/// How far the sandbox's clock was advanced.
pub async fn clock_offset(reader: &impl Reader) -> Result<Span> {
    let statement =
        reader.sql("SELECT offset_seconds FROM sandbox_clock WHERE id = 1", std::iter::empty::<Value>());
    let row = reader.connection().query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::Corrupt("the sandbox has no clock".to_owned()))?;
    Ok(Span::seconds(row.try_get("", "offset_seconds")?))
}

/// Advances the sandbox's clock and answers how far it is ahead now.
pub async fn advance_clock(tx: &Tx, by: Span) -> Result<Span> {
    let statement = tx.sql(
        "UPDATE sandbox_clock SET offset_seconds = offset_seconds + ? WHERE id = 1 RETURNING offset_seconds",
        [by.as_seconds()],
    );
    let row = tx.connection().query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::Corrupt("the sandbox has no clock".to_owned()))?;
    Ok(Span::seconds(row.try_get("", "offset_seconds")?))
}
