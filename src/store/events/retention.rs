//! What is no longer told: the log stays, since timelines and hash chains are made of it; the index of what companies hear
//! goes, and cursors before it are refused.

use sea_orm::{ConnectionTrait, Value};

use crate::domain::time::Timestamp;
use crate::store::{Error, Reader, Result, Tx};

/// Places of one part of the index on PostgreSQL.
pub const PART: i64 = 1_000_000;
/// How far is looked ahead for events that are old enough, wide steps first.
const STEPS: [i64; 6] = [100_000, 10_000, 1_000, 100, 10, 1];
/// Steps of one width that are taken in one turn.
const TIMES: usize = 10;

/// How far the log, and what is told of it, reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// The last place.
    pub seq: i64,
    /// The first place that a cursor may lie before.
    pub oldest: i64,
    /// The first place that the index has.
    pub indexed_from: i64,
}

/// How far the log reaches.
pub async fn reach(reader: &impl Reader) -> Result<Reach> {
    let text = "SELECT seq, oldest, indexed_from FROM log_head WHERE lane = 0";
    let row = reader.connection().query_one_raw(reader.sql(text, std::iter::empty::<Value>())).await?;
    let row = row.ok_or_else(|| Error::Corrupt("the log has no head".to_owned()))?;
    let number = |column: &str| row.try_get("", column);
    Ok(Reach { seq: number("seq")?, oldest: number("oldest")?, indexed_from: number("indexed_from")? })
}

/// The first place, from the oldest on, whose event happened no earlier than `before`; one turn goes a bounded way.
pub async fn first_since(reader: &impl Reader, reach: Reach, before: Timestamp) -> Result<i64> {
    let mut oldest = reach.oldest;
    for step in STEPS {
        for _ in 0..TIMES {
            let text = "SELECT occurred_at FROM event_log WHERE lane = 0 AND seq = ?";
            let row = reader.connection().query_one_raw(reader.sql(text, [oldest + step - 1])).await?;
            let at: Option<i64> = row.map(|row| row.try_get("", "occurred_at")).transpose()?;
            if at.is_none_or(|at| at >= before.micros()) {
                break;
            }
            oldest += step;
        }
    }
    Ok(oldest)
}

/// Refuses cursors before a place from now on. It has to be committed before anything is forgotten: whoever reads then finds
/// out that it may have missed something.
pub async fn refuse_before(tx: &Tx, oldest: i64) -> Result<()> {
    let text = "UPDATE log_head SET oldest = ? WHERE lane = 0 AND oldest < ?";
    tx.connection().execute_raw(tx.sql(text, [oldest, oldest])).await?;
    Ok(())
}

/// Forgets who hears what lies before the oldest place: on SQLite at most `limit` events, on PostgreSQL whole parts.
/// Answers whether there is more to forget.
pub async fn forget(tx: &Tx, limit: i64) -> Result<bool> {
    let lock = if tx.is_postgres() { " FOR UPDATE" } else { "" };
    let text = format!("SELECT seq FROM log_head WHERE lane = 0{lock}");
    tx.connection().query_one_raw(tx.sql(&text, std::iter::empty::<Value>())).await?;
    let Reach { oldest, indexed_from, .. } = reach(tx).await?;
    let until = if tx.is_postgres() {
        let mut from = indexed_from;
        while (from / PART + 1) * PART <= oldest {
            let text = format!("DROP TABLE IF EXISTS event_audience_{}", from / PART);
            tx.connection().execute_unprepared(&text).await?;
            let end = (from / PART + 1) * PART;
            let text = "DELETE FROM event_audience_rest WHERE seq < ?";
            tx.connection().execute_raw(tx.sql(text, [end])).await?;
            from = end;
        }
        from
    } else {
        let until = oldest.min(indexed_from + limit);
        let text = "DELETE FROM event_audience WHERE (company_id, lane, seq) IN (\
                    SELECT a.value->>0, 0, e.seq FROM event_log e, json_each(e.audience) a \
                    WHERE e.lane = 0 AND e.seq >= ? AND e.seq < ?)";
        tx.connection().execute_raw(tx.sql(text, [indexed_from, until])).await?;
        until
    };
    if until > indexed_from {
        let text = "UPDATE log_head SET indexed_from = ? WHERE lane = 0";
        tx.connection().execute_raw(tx.sql(text, [until])).await?;
    }
    Ok(!tx.is_postgres() && until < oldest)
}

/// Makes the next part of the index, where the log fills the last one (PostgreSQL). Events that came before it was made
/// stay in the part for the rest, which then keeps the new part from being made: nothing is lost by it but the drop.
pub async fn prepare(tx: &Tx) -> Result<()> {
    let Reach { seq, .. } = reach(tx).await?;
    for part in [seq / PART, seq / PART + 1] {
        let name = format!("event_audience_{part}");
        let text = "SELECT 1 AS one FROM pg_class WHERE relname = ? AND relnamespace = current_schema()::regnamespace";
        if tx.connection().query_one_raw(tx.sql(text, [name.clone()])).await?.is_some() {
            continue;
        }
        let text = "SELECT 1 AS one FROM event_audience_rest WHERE seq >= ? AND seq < ? LIMIT 1";
        let (from, to) = (part * PART, (part + 1) * PART);
        if tx.connection().query_one_raw(tx.sql(text, [from, to])).await?.is_none() {
            let text =
                format!("CREATE TABLE {name} PARTITION OF event_audience FOR VALUES FROM ({from}) TO ({to})");
            tx.connection().execute_unprepared(&text).await?;
        }
    }
    Ok(())
}
