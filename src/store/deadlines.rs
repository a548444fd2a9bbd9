//! Timers: set, moved and settled in the transaction of the change that they belong to.

mod failures;
mod list;

use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::{COUNTED, Error, Reader, Result, Tx, parse};
use crate::domain::deadline::{Deadline, DeadlineKind, DeadlineState};
use crate::domain::ids::{DeadlineId, OrderId};
use crate::domain::order::DeadlineChange;
use crate::domain::time::{Span, Timestamp};
use crate::ids::IdGenerator;

use failures::COMPANIONS;
pub use failures::put_off;
pub use list::{DeadlineFilter, DeadlineKey, by_ids, page};

/// The columns that a timer is read from.
const COLUMNS: &str =
    "d.id, d.order_id, d.kind, d.subject, d.due_at, d.state, d.remaining_seconds, d.settled_at";

/// Timers that act at their instant; all others act behind it.
const REMINDERS: [DeadlineKind; 2] = [DeadlineKind::DispatchWarning, DeadlineKind::DispatchDue];

/// The clock acts when `now > fires_after`.
fn fires_after(kind: DeadlineKind, due_at: Timestamp) -> i64 {
    due_at.micros().saturating_sub(i64::from(REMINDERS.contains(&kind)))
}

/// The same of a row, in SQL: where it was set to fire, although it waits or is put off by now.
fn set_to_fire_after(row: &str) -> String {
    let [warning, due] = REMINDERS.map(DeadlineKind::as_str);
    format!("({row}.due_at - CASE WHEN {row}.kind IN ('{warning}', '{due}') THEN 1 ELSE 0 END)")
}

/// Writes the changes of a step.
pub async fn apply(
    tx: &Tx,
    order: OrderId,
    changes: &[DeadlineChange],
    now: Timestamp,
    ids: &IdGenerator,
) -> Result<()> {
    for change in changes {
        match change {
            DeadlineChange::Set { kind, subject, due_at } => {
                let id = ids.make(now);
                set(tx, order, (id, *kind, subject.as_str(), *due_at)).await?;
            }
            DeadlineChange::Pause { kind, subject, remaining } => {
                let values: [Value; 4] = [
                    remaining.as_seconds().into(),
                    order.to_string().into(),
                    kind.as_str().into(),
                    subject.clone().into(),
                ];
                let statement = tx.sql(
                    "UPDATE deadline SET state = 'PAUSED', remaining_seconds = ?, version = version + 1 \
                     WHERE order_id = ? AND kind = ? AND subject = ? AND state = 'PENDING'",
                    values,
                );
                tx.connection().execute_raw(statement).await?;
            }
            DeadlineChange::Settle { kind, subject, outcome } => {
                let mut values: Vec<Value> = vec![
                    outcome.as_str().into(),
                    now.micros().into(),
                    order.to_string().into(),
                    kind.as_str().into(),
                ];
                let mut text = String::from(
                    "UPDATE deadline SET state = ?, settled_at = ?, remaining_seconds = NULL, version = version + 1 \
                     WHERE order_id = ? AND kind = ? AND state IN ('PENDING', 'PAUSED')",
                );
                if let Some(subject) = subject {
                    text.push_str(" AND subject = ?");
                    values.push(subject.clone().into());
                }
                tx.connection().execute_raw(tx.sql(&text, values)).await?;
            }
        }
    }
    Ok(())
}

/// Sets a timer, or sets it anew. It does not overtake those of its order that come before it and are put off: it fires
/// behind them. They are looked for in the same statement, so that a command asks the database no more often.
async fn set(
    tx: &Tx,
    order: OrderId,
    (id, kind, subject, due_at): (DeadlineId, DeadlineKind, &str, Timestamp),
) -> Result<()> {
    let (failing, held) = (set_to_fire_after("f"), set_to_fire_after("h"));
    let fires_after = fires_after(kind, due_at);
    let text = format!(
        "INSERT INTO deadline (id, order_id, kind, subject, due_at, fires_after, version, state) \
         VALUES (?, ?, ?, ?, ?, (SELECT max(place) FROM (SELECT CAST(? AS BIGINT) AS place \
         UNION ALL SELECT h.fires_after + 1 FROM deadline f JOIN deadline h ON h.order_id = f.order_id \
         WHERE f.order_id = ? AND f.state = 'PENDING' AND f.failures > 0 AND {failing} < ? \
         AND h.state = 'PENDING' AND h.fires_after BETWEEN f.fires_after AND f.fires_after + ? AND {held} < ? \
         AND NOT (h.kind = ? AND h.subject = ?)) places), 1, 'PENDING') \
         ON CONFLICT (order_id, kind, subject) DO UPDATE SET due_at = excluded.due_at, \
         fires_after = excluded.fires_after, version = deadline.version + 1, state = 'PENDING', \
         remaining_seconds = NULL, settled_at = NULL, failures = 0"
    );
    let values: [Value; 12] = [
        id.to_string().into(),
        order.to_string().into(),
        kind.as_str().into(),
        subject.into(),
        due_at.micros().into(),
        fires_after.into(),
        order.to_string().into(),
        fires_after.into(),
        COMPANIONS.into(),
        fires_after.into(),
        kind.as_str().into(),
        subject.into(),
    ];
    tx.connection().execute_raw(tx.sql(&text, values)).await?;
    Ok(())
}

/// Orders that have a timer to fire, the longest due first, without those in `except`; fewer than `limit` where some have
/// several. Read in the order of the index, so that it costs the same however many are due.
pub async fn due_orders(
    reader: &impl Reader,
    now: Timestamp,
    limit: u32,
    except: &[OrderId],
) -> Result<Vec<OrderId>> {
    let (condition, values) = due(now, limit, except);
    let text =
        format!("SELECT d.order_id FROM deadline d WHERE {condition} ORDER BY d.fires_after, d.id LIMIT ?");
    orders(reader, &text, values).await
}

/// The same, locked for this transaction. On PostgreSQL orders that somebody else has locked are passed over, so that
/// servers never wait for each other; on SQLite the transaction is alone.
///
/// What was chosen may have been settled meanwhile: only [`first_due`], a statement behind the lock, says what fires.
pub async fn claim_due(tx: &Tx, now: Timestamp, limit: u32, except: &[OrderId]) -> Result<Vec<OrderId>> {
    if !tx.is_postgres() {
        return due_orders(tx, now, limit, except).await;
    }
    let (condition, values) = due(now, limit, except);
    let text = format!(
        "SELECT o.id AS order_id FROM deadline d JOIN orders o ON o.id = d.order_id WHERE {condition} \
         ORDER BY d.fires_after, d.id LIMIT ? FOR NO KEY UPDATE OF o SKIP LOCKED"
    );
    orders(tx, &text, values).await
}

fn due(now: Timestamp, limit: u32, except: &[OrderId]) -> (String, Vec<Value>) {
    let mut values: Vec<Value> = vec![now.micros().into()];
    let mut text = String::from("d.state = 'PENDING' AND d.fires_after < ?");
    if !except.is_empty() {
        let marks = vec!["?"; except.len()].join(", ");
        text = format!("{text} AND d.order_id NOT IN ({marks})");
        values.extend(except.iter().map(|order| Value::from(order.to_string())));
    }
    values.push(i64::from(limit).into());
    (text, values)
}

async fn orders(reader: &impl Reader, text: &str, values: Vec<Value>) -> Result<Vec<OrderId>> {
    let rows = reader.connection().query_all_raw(reader.sql(text, values)).await?;
    let mut found: Vec<OrderId> = Vec::with_capacity(rows.len());
    for row in &rows {
        let order = parse("deadline.order_id", &row.try_get::<String>("", "order_id")?)?;
        if !found.contains(&order) {
            found.push(order);
        }
    }
    Ok(found)
}

/// The first instant from `now` on at which a timer fires; what is due already does not count.
pub async fn next_instant(reader: &impl Reader, now: Timestamp) -> Result<Option<Timestamp>> {
    let text = "SELECT fires_after FROM deadline WHERE state = 'PENDING' AND fires_after >= ? \
                ORDER BY fires_after LIMIT 1";
    let row = reader.connection().query_one_raw(reader.sql(text, [now.micros()])).await?;
    let behind = |fires_after: i64| Timestamp::from_micros(fires_after.saturating_add(1));
    Ok(row.map(|row| row.try_get("", "fires_after")).transpose()?.map(behind))
}

/// How many timers are over and have not fired, those that failed and those that are put off with them among them; counted
/// up to 100 001. What waits by itself is not among them.
pub async fn overdue(reader: &impl Reader, now: Timestamp) -> Result<i64> {
    let over = set_to_fire_after("h");
    // SQLite joins crosswise in the order that is written: from the few that failed to those beside them.
    let text = format!(
        "SELECT count(*) AS total FROM (SELECT one FROM (\
         SELECT one FROM (SELECT 1 AS one FROM deadline WHERE state = 'PENDING' AND fires_after < ? LIMIT ?) due \
         UNION ALL SELECT one FROM (SELECT 1 AS one FROM deadline WHERE state = 'PENDING' AND failures > 0 \
         AND fires_after >= ? LIMIT ?) failing \
         UNION ALL SELECT one FROM (SELECT DISTINCT h.id, 1 AS one FROM deadline f CROSS JOIN deadline h \
         WHERE f.state = 'PENDING' AND f.failures > 0 AND f.fires_after >= ? \
         AND h.order_id = f.order_id AND h.state = 'PENDING' AND h.failures = 0 \
         AND h.fires_after BETWEEN f.fires_after AND f.fires_after + ? AND {over} < ? LIMIT ?) held) \
         found LIMIT ?) counted"
    );
    let (now, limit) = (now.micros(), COUNTED);
    let values = [now, limit, now, limit, now, COMPANIONS, now, limit, limit];
    let row = reader.connection().query_one_raw(reader.sql(&text, values)).await?;
    let row = row.ok_or_else(|| Error::Corrupt("nothing counted".to_owned()))?;
    Ok(row.try_get("", "total")?)
}

/// The first timer to fire of each of these orders, in the order of their instants; read under the orders' locks.
pub async fn first_due(tx: &Tx, orders: &[OrderId], now: Timestamp) -> Result<Vec<Deadline>> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let marks = vec!["?"; orders.len()].join(", ");
    let text = format!(
        "SELECT * FROM (SELECT {COLUMNS}, d.fires_after, \
         row_number() OVER (PARTITION BY d.order_id ORDER BY d.fires_after, d.id) AS place FROM deadline d \
         WHERE d.order_id IN ({marks}) AND d.state = 'PENDING' AND d.fires_after < ?) found \
         WHERE place = 1 ORDER BY fires_after, id"
    );
    let mut values: Vec<Value> = orders.iter().map(|order| order.to_string().into()).collect();
    values.push(now.micros().into());
    let rows = tx.connection().query_all_raw(tx.sql(&text, values)).await?;
    rows.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Result<Deadline> {
    let text = |column: &str| row.try_get::<String>("", column);
    let remaining: Option<i64> = row.try_get("", "remaining_seconds")?;
    let settled_at: Option<i64> = row.try_get("", "settled_at")?;
    Ok(Deadline {
        id: parse("deadline.id", &text("id")?)?,
        order: parse("deadline.order_id", &text("order_id")?)?,
        kind: parse("deadline.kind", &text("kind")?)?,
        subject: text("subject")?,
        due_at: Timestamp::from_micros(row.try_get("", "due_at")?),
        state: parse("deadline.state", &text("state")?)?,
        remaining: remaining.map(Span::seconds),
        settled_at: settled_at.map(Timestamp::from_micros),
    })
}

/// Settles a timer that has fired.
pub async fn settle(tx: &Tx, id: DeadlineId, outcome: DeadlineState, now: Timestamp) -> Result<()> {
    let values: [Value; 3] = [outcome.as_str().into(), now.micros().into(), id.to_string().into()];
    let statement = tx.sql(
        "UPDATE deadline SET state = ?, settled_at = ?, version = version + 1 WHERE id = ? AND state = 'PENDING'",
        values,
    );
    tx.connection().execute_raw(statement).await?;
    Ok(())
}

/// Lets a timer that could not act yet try again later; its due instant stays. It has not failed: it waits.
pub async fn postpone(tx: &Tx, id: DeadlineId, until: Timestamp) -> Result<()> {
    let values: [Value; 2] = [until.micros().into(), id.to_string().into()];
    let statement = tx.sql(
        "UPDATE deadline SET fires_after = ?, failures = 0, version = version + 1 \
         WHERE id = ? AND state = 'PENDING'",
        values,
    );
    tx.connection().execute_raw(statement).await?;
    Ok(())
}

/// The first hundred timers of each order, settled ones too, in the order of their due instants.
pub async fn of_orders(reader: &impl Reader, orders: &[OrderId]) -> Result<Vec<Deadline>> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let marks = vec!["?"; orders.len()].join(", ");
    let text = format!(
        "SELECT * FROM (SELECT {COLUMNS}, row_number() OVER (PARTITION BY d.order_id ORDER BY d.due_at, d.id) AS place \
         FROM deadline d WHERE d.order_id IN ({marks})) d WHERE place <= 100 ORDER BY order_id, place"
    );
    let statement = reader.sql(&text, orders.iter().map(ToString::to_string));
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter().map(read).collect()
}

/// The earliest instant at which one of the timers that a step sets can fire.
pub fn earliest(changes: &[DeadlineChange]) -> Option<Timestamp> {
    let instants = changes.iter().filter_map(|change| match change {
        DeadlineChange::Set { kind, due_at, .. } => {
            Some(Timestamp::from_micros(fires_after(*kind, *due_at).saturating_add(1)))
        }
        DeadlineChange::Pause { .. } | DeadlineChange::Settle { .. } => None,
    });
    instants.min()
}
