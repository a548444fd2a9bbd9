//! Timers: set, moved and settled in the transaction of the change that they belong to.

use sea_orm::{ConnectionTrait, Value};

use super::{Reader, Result, Tx, parse};
use crate::domain::deadline::{Deadline, DeadlineKind, DeadlineState};
use crate::domain::ids::{DeadlineId, OrderId};
use crate::domain::order::DeadlineChange;
use crate::domain::time::{Span, Timestamp};
use crate::ids::IdGenerator;

/// The clock acts when `now > fires_after`; reminders act at their instant, not behind it.
fn fires_after(kind: DeadlineKind, due_at: Timestamp) -> i64 {
    match kind {
        DeadlineKind::DispatchWarning | DeadlineKind::DispatchDue => due_at.micros() - 1,
        _ => due_at.micros(),
    }
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
                let values: [Value; 6] = [
                    ids.make::<DeadlineId>(now).to_string().into(),
                    order.to_string().into(),
                    kind.as_str().into(),
                    subject.clone().into(),
                    due_at.micros().into(),
                    fires_after(*kind, *due_at).into(),
                ];
                let statement = tx.sql(
                    "INSERT INTO deadline (id, order_id, kind, subject, due_at, fires_after, version, state) \
                     VALUES (?, ?, ?, ?, ?, ?, 1, 'PENDING') \
                     ON CONFLICT (order_id, kind, subject) DO UPDATE SET due_at = excluded.due_at, \
                     fires_after = excluded.fires_after, version = deadline.version + 1, state = 'PENDING', \
                     remaining_seconds = NULL, settled_at = NULL",
                    values,
                );
                tx.connection().execute_raw(statement).await?;
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

/// The orders that have a timer to fire, the longest waiting first.
pub async fn due_orders(reader: &impl Reader, now: Timestamp, limit: u32) -> Result<Vec<OrderId>> {
    let values: [Value; 2] = [now.micros().into(), i64::from(limit).into()];
    let statement = reader.sql(
        "SELECT order_id, min(fires_after) AS first FROM deadline WHERE state = 'PENDING' AND fires_after < ? \
         GROUP BY order_id ORDER BY first, order_id LIMIT ?",
        values,
    );
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter().map(|row| parse("deadline.order_id", &row.try_get::<String>("", "order_id")?)).collect()
}

/// The first timer of an order that is to fire, read under the order's lock.
pub async fn next_due(tx: &Tx, order: OrderId, now: Timestamp) -> Result<Option<Deadline>> {
    let values: [Value; 2] = [order.to_string().into(), now.micros().into()];
    let statement = tx.sql(
        "SELECT id, kind, subject, due_at FROM deadline WHERE order_id = ? AND state = 'PENDING' AND fires_after < ? \
         ORDER BY fires_after, id LIMIT 1",
        values,
    );
    let Some(row) = tx.connection().query_one_raw(statement).await? else { return Ok(None) };
    let text = |column: &str| row.try_get::<String>("", column);
    Ok(Some(Deadline {
        id: parse("deadline.id", &text("id")?)?,
        order,
        kind: parse("deadline.kind", &text("kind")?)?,
        subject: text("subject")?,
        due_at: Timestamp::from_micros(row.try_get("", "due_at")?),
        state: DeadlineState::Pending,
        remaining: None,
    }))
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

/// Lets a timer that could not act yet try again later; its due instant stays.
pub async fn postpone(tx: &Tx, id: DeadlineId, until: Timestamp) -> Result<()> {
    let values: [Value; 2] = [until.micros().into(), id.to_string().into()];
    let statement = tx.sql(
        "UPDATE deadline SET fires_after = ?, version = version + 1 WHERE id = ? AND state = 'PENDING'",
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
        "SELECT * FROM (SELECT id, order_id, kind, subject, due_at, state, remaining_seconds, \
         row_number() OVER (PARTITION BY order_id ORDER BY due_at, id) AS place FROM deadline WHERE order_id IN ({marks})) d \
         WHERE place <= 100 ORDER BY order_id, place"
    );
    let statement = reader.sql(&text, orders.iter().map(ToString::to_string));
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            let text = |column: &str| row.try_get::<String>("", column);
            let remaining: Option<i64> = row.try_get("", "remaining_seconds")?;
            Ok(Deadline {
                id: parse("deadline.id", &text("id")?)?,
                order: parse("deadline.order_id", &text("order_id")?)?,
                kind: parse("deadline.kind", &text("kind")?)?,
                subject: text("subject")?,
                due_at: Timestamp::from_micros(row.try_get("", "due_at")?),
                state: parse("deadline.state", &text("state")?)?,
                remaining: remaining.map(Span::seconds),
            })
        })
        .collect()
}
