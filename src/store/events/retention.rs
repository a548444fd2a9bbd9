//! What is no longer told: the log stays, since timelines and hash chains are made of it; the index of what companies hear
//! goes, and cursors before it are refused.

use sea_orm::{ConnectionTrait, Value};

use super::read::{Head, head};
use crate::domain::time::Timestamp;
use crate::store::{Reader, Result, Tx};

/// Places of one part of the index on PostgreSQL.
pub const PART: i64 = 1_000_000;
/// How far is looked ahead for events that are old enough, wide steps first.
const STEPS: [i64; 6] = [100_000, 10_000, 1_000, 100, 10, 1];
/// Steps of one width that are taken in one turn.
const TIMES: usize = 10;

/// The first place, from the oldest on, whose event happened no earlier than `before`; one turn goes a bounded way.
pub async fn first_since(reader: &impl Reader, log: &Head, before: Timestamp) -> Result<i64> {
    let mut oldest = log.oldest;
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
    let Head { oldest, indexed_from, .. } = head(tx).await?;
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

/// The parts of the index that the log needs next and that are not there (PostgreSQL). What came before its part was made stays
/// in the part for the rest, which then keeps that part from being made: nothing is lost by it but the drop.
pub async fn missing_parts(reader: &impl Reader, log: &Head) -> Result<Vec<i64>> {
    let mut missing = Vec::new();
    for part in [log.seq / PART, log.seq / PART + 1] {
        let text = "SELECT 1 AS one WHERE to_regclass(?) IS NULL AND NOT EXISTS \
                    (SELECT 1 FROM event_audience_rest WHERE seq >= ? AND seq < ?)";
        let values: [Value; 3] =
            [format!("event_audience_{part}").into(), (part * PART).into(), ((part + 1) * PART).into()];
        if reader.connection().query_one_raw(reader.sql(text, values)).await?.is_some() {
            missing.push(part);
        }
    }
    Ok(missing)
}

/// Makes a part of the index, unless another node just did.
pub async fn make_part(tx: &Tx, part: i64) -> Result<()> {
    let text = format!(
        "CREATE TABLE IF NOT EXISTS event_audience_{part} PARTITION OF event_audience FOR VALUES FROM ({}) TO ({})",
        part * PART,
        (part + 1) * PART
    );
    tx.connection().execute_unprepared(&text).await?;
    Ok(())
}
