//! How much is owed, for those who run the server.

use sea_orm::ConnectionTrait;

use crate::domain::time::Timestamp;
use crate::store::{COUNTED, Error, Reader, Result};

/// What is owed to all endpoints together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Deliveries that are owed, counted up to 100 001.
    pub owed: i64,
    /// The first instant at which one was due; what is owed to disabled endpoints waits for their owners and does not count.
    pub due_first: Option<Timestamp>,
    /// Endpoints that were disabled, and not by their owners.
    pub disabled: i64,
}

/// What is owed. Each part reads an index, or no more rows than there are endpoints.
pub async fn backlog(reader: &impl Reader) -> Result<Backlog> {
    let text = "SELECT (SELECT count(*) FROM (SELECT 1 AS one FROM webhook_delivery WHERE state = 'PENDING' LIMIT ?) \
         counted) AS owed, \
         (SELECT min(looked.due_first) FROM (SELECT (SELECT min(d.next_at) FROM webhook_delivery d \
         WHERE d.endpoint_id = e.id AND d.state = 'PENDING') AS due_first FROM webhook_endpoint e \
         WHERE e.state = 'ENABLED' LIMIT ?) looked) AS due_first, \
         (SELECT count(*) FROM (SELECT 1 AS one FROM webhook_endpoint WHERE state = 'DISABLED' \
         AND disabled_reason <> 'BY_OWNER' AND deleted_at IS NULL LIMIT ?) counted) AS disabled";
    let row = reader.connection().query_one_raw(reader.sql(text, [COUNTED, COUNTED, COUNTED])).await?;
    let row = row.ok_or_else(|| Error::Corrupt("nothing counted".to_owned()))?;
    let due_first: Option<i64> = row.try_get("", "due_first")?;
    Ok(Backlog {
        owed: row.try_get("", "owed")?,
        due_first: due_first.map(Timestamp::from_micros),
        disabled: row.try_get("", "disabled")?,
    })
}
