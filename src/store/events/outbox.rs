//! What was committed and has no place in the log yet (PostgreSQL).

use sea_orm::{ConnectionTrait, Value};

use crate::domain::time::Timestamp;
use crate::store::{COUNTED, Error, Reader, Result};

/// The outbox, as far as those who run the server need to know it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outbox {
    /// Events in it, counted up to 100 001.
    pub rows: i64,
    /// When the first of them happened.
    pub oldest: Option<Timestamp>,
}

/// What waits in the outbox; only on PostgreSQL there is one.
pub async fn outbox(reader: &impl Reader) -> Result<Outbox> {
    let text = "SELECT (SELECT count(*) FROM (SELECT 1 AS one FROM event_outbox LIMIT ?) counted) AS total, \
                (SELECT occurred_at FROM event_outbox ORDER BY id LIMIT 1) AS oldest";
    let row = reader.connection().query_one_raw(reader.sql(text, [COUNTED])).await?;
    let row = row.ok_or_else(|| Error::Corrupt("nothing counted".to_owned()))?;
    let oldest: Option<i64> = row.try_get("", "oldest")?;
    Ok(Outbox { rows: row.try_get("", "total")?, oldest: oldest.map(Timestamp::from_micros) })
}

/// When the first event in the outbox happened; only on PostgreSQL there is one.
pub async fn oldest_in_outbox(reader: &impl Reader) -> Result<Option<Timestamp>> {
    let text = "SELECT occurred_at FROM event_outbox ORDER BY id LIMIT 1";
    let row = reader.connection().query_one_raw(reader.sql(text, std::iter::empty::<Value>())).await?;
    Ok(row.map(|row| row.try_get("", "occurred_at")).transpose()?.map(Timestamp::from_micros))
}
