//! The sequencer of PostgreSQL: committed events get their dense places. No leader: any node may run it at any time.

use sea_orm::{ConnectionTrait, Value};

use super::listen::CHANNEL;
use crate::store::{Error, Reader, Result, Tx};

/// Events moved at once at most.
const BATCH: i64 = 2_000;

/// How the log grew by one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    /// The life of the log that it grew in.
    pub epoch: String,
    /// The last place before.
    pub previous: i64,
    /// The last place now.
    pub head: i64,
}

impl Growth {
    /// How many events got their places.
    pub const fn count(&self) -> i64 {
        self.head - self.previous
    }
}

/// Moves committed events from the outbox into the log and answers how it grew; none where nothing waited. The head's row
/// is locked by a statement of its own, so that the move's snapshot is newer than the lock; a row drawn earlier but
/// committed later just gets a later place. Within a subject the row lock made the earlier event draw the smaller number.
/// With `notifies` PostgreSQL tells the other nodes; all transactions that do so wait for one another at their commit.
pub async fn sequence(tx: &Tx, notifies: bool) -> Result<Option<Growth>> {
    let none = std::iter::empty::<Value>;
    let statement = tx.sql("SELECT seq, epoch FROM log_head WHERE lane = 0 FOR UPDATE", none());
    let row = tx.connection().query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::Corrupt("the log has no head".to_owned()))?;
    let (previous, epoch): (i64, String) = (row.try_get("", "seq")?, row.try_get("", "epoch")?);
    let statement = tx.sql(
        "WITH moved AS (
            DELETE FROM event_outbox WHERE id IN (SELECT id FROM event_outbox ORDER BY id LIMIT ?)
            RETURNING id, event_id, order_id, supplier_id, quote_id, company_id, subject_seq, subject_version, type, body, occurred_at, prev_hash, hash, audience
        ), placed AS (
            SELECT moved.*, CAST(? AS BIGINT) + row_number() OVER (ORDER BY id) AS seq FROM moved
        ), logged AS (
            INSERT INTO event_log (lane, seq, event_id, order_id, supplier_id, quote_id, company_id, subject_seq, subject_version, type, body, occurred_at, prev_hash, hash, audience)
            SELECT 0, seq, event_id, order_id, supplier_id, quote_id, company_id, subject_seq, subject_version, type, body, occurred_at, prev_hash, hash, audience FROM placed
            RETURNING seq
        ), heard AS (
            INSERT INTO event_audience (lane, seq, company_id, part)
            SELECT 0, seq, heard->>0, heard->>1 FROM placed, json_array_elements(placed.audience::json) AS heard
        )
        SELECT count(*) AS moved FROM logged",
        [BATCH, previous],
    );
    let row = tx.connection().query_one_raw(statement).await?;
    let moved: i64 = row.ok_or_else(|| Error::Corrupt("nothing counted".to_owned()))?.try_get("", "moved")?;
    if moved == 0 {
        return Ok(None);
    }
    let statement = tx.sql("UPDATE log_head SET seq = seq + ? WHERE lane = 0", [moved]);
    tx.connection().execute_raw(statement).await?;
    let grown = Growth { epoch, previous, head: previous + moved };
    if notifies {
        // A hint for other nodes; they poll all the same.
        let statement = tx.sql("SELECT pg_notify(?, ?)", [CHANNEL.to_owned(), grown.head.to_string()]);
        tx.connection().execute_raw(statement).await?;
    }
    Ok(Some(grown))
}
