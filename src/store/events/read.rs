//! Reading the log by place.

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};

use crate::domain::event::{Event, EventType, FIRST_HASH, chain_hash};
use crate::domain::ids::OrderId;
use crate::domain::time::Timestamp;
use crate::store::orders::Visibility;
use crate::store::{Error, Reader, Result, parse};

/// Which events.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Only those of orders that the asker may see; the company also has to be in the event's audience.
    pub visibility: Visibility,
    /// Only of this order.
    pub order: Option<OrderId>,
    /// Only of these types; all where empty.
    pub types: Vec<EventType>,
}

/// The end of the log and the life that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The last place that is given out.
    pub seq: i64,
    /// Changes when the log was restored and may have lost commits.
    pub epoch: String,
}

/// The end of the log.
pub async fn head(reader: &impl Reader) -> Result<Head> {
    let statement = reader.sql("SELECT seq, epoch FROM log_head WHERE lane = 0", std::iter::empty::<Value>());
    let row = reader.connection().query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::Corrupt("the log has no head".to_owned()))?;
    Ok(Head { seq: row.try_get("", "seq")?, epoch: row.try_get("", "epoch")? })
}

/// At most `limit` events behind `after` and not behind `until`, in their order.
pub async fn read(
    reader: &impl Reader,
    filter: &EventFilter,
    after: i64,
    until: i64,
    limit: u32,
) -> Result<Vec<Event>> {
    let mut values: Vec<Value> = Vec::new();
    let mut text = String::from(
        "SELECT e.seq, e.event_id, e.order_id, e.order_seq, e.order_version, e.type, e.body, e.occurred_at, e.prev_hash, e.hash ",
    );
    let company = match filter.visibility {
        Visibility::Buyer(company) | Visibility::Supplier(company) | Visibility::Inspector(company) => {
            Some(company)
        }
        Visibility::Everything | Visibility::Nothing => None,
    };
    match company {
        Some(company) => {
            text.push_str(
                "FROM event_audience a JOIN event_log e ON e.lane = a.lane AND e.seq = a.seq \
                 JOIN orders o ON o.id = e.order_id WHERE a.company_id = ? AND a.lane = 0 AND a.seq > ? AND a.seq <= ?",
            );
            values.push(company.to_string().into());
        }
        None => text.push_str("FROM event_log e WHERE e.lane = 0 AND e.seq > ? AND e.seq <= ?"),
    }
    values.extend([after.into(), until.into()]);
    filter.visibility.narrow(&mut text, &mut values);
    if matches!(filter.visibility, Visibility::Supplier(_)) {
        // What the buyer did before it sent the order is not the supplier's.
        text.push_str(" AND e.type <> 'ORDER_DRAFTED'");
    }
    if let Some(order) = filter.order {
        text.push_str(" AND e.order_id = ?");
        values.push(order.to_string().into());
    }
    if !filter.types.is_empty() {
        let marks = vec!["?"; filter.types.len()].join(", ");
        text.push_str(" AND e.type IN (");
        text.push_str(&marks);
        text.push(')');
        values.extend(filter.types.iter().map(|kind| Value::from(kind.as_str())));
    }
    text.push_str(" ORDER BY e.seq LIMIT ?");
    values.push(i64::from(limit).into());
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    rows.iter().map(event).collect()
}

/// The first events of each order, in their order, those included that have no place in the log yet: whoever gave a
/// command finds at once what it told. Their `seq` is 0.
pub async fn of_orders(reader: &impl Reader, orders: &[OrderId], limit: u32) -> Result<Vec<Event>> {
    const COLUMNS: &str =
        "event_id, order_id, order_seq, order_version, type, body, occurred_at, prev_hash, hash";
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let marks = vec!["?"; orders.len()].join(", ");
    // An order's events are numbered from one without gaps.
    let condition = format!("WHERE order_id IN ({marks}) AND order_seq <= ?");
    let own = || orders.iter().map(|id| Value::from(id.to_string())).chain([i64::from(limit).into()]);
    let mut text = format!("SELECT seq, {COLUMNS} FROM event_log {condition}");
    let mut values: Vec<Value> = own().collect();
    if reader.backend() == DbBackend::Postgres {
        // One statement, one snapshot: an event is in exactly one of the two.
        text = format!("{text} UNION ALL SELECT CAST(0 AS BIGINT), {COLUMNS} FROM event_outbox {condition}");
        values.extend(own());
    }
    text.push_str(" ORDER BY order_id, order_seq");
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    rows.iter().map(event).collect()
}

/// Hashes an order's events again: how many there are, and the first place where the chain breaks, in words.
pub async fn check_chain(reader: &impl Reader, order: OrderId) -> Result<(i64, Option<String>)> {
    const COLUMNS: &str = "order_seq, type, body, occurred_at, prev_hash, hash";
    let mut text = format!("SELECT {COLUMNS} FROM event_log WHERE order_id = ?");
    let mut values: Vec<Value> = vec![order.to_string().into()];
    if reader.backend() == DbBackend::Postgres {
        text = format!("{text} UNION ALL SELECT {COLUMNS} FROM event_outbox WHERE order_id = ?");
        values.push(order.to_string().into());
    }
    text.push_str(" ORDER BY order_seq");
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    let (mut seq, mut hash) = (0_i64, FIRST_HASH.to_owned());
    for row in &rows {
        let text = |column: &str| row.try_get::<String>("", column);
        seq += 1;
        let kind = parse("event_log.type", &text("type")?)?;
        let at = Timestamp::from_micros(row.try_get("", "occurred_at")?);
        let next = chain_hash(&hash, order, seq, kind, at, &text("body")?);
        let fits = row.try_get::<i64>("", "order_seq")? == seq
            && text("prev_hash")? == hash
            && text("hash")? == next;
        if !fits {
            return Ok((seq, Some(format!("{order}: the chain of events breaks at event {seq}"))));
        }
        hash = next;
    }
    // What was cut off at the end leaves a chain that holds.
    let whole = super::append::chain_end(reader, order).await? == (seq, hash);
    Ok((
        seq,
        (!whole)
            .then(|| format!("{order}: the chain of events ends at event {seq}, the order told another one")),
    ))
}

fn event(row: &QueryResult) -> Result<Event> {
    let text = |column: &str| row.try_get::<String>("", column);
    let body = text("body")?;
    Ok(Event {
        seq: row.try_get("", "seq")?,
        id: parse("event_log.event_id", &text("event_id")?)?,
        order: parse("event_log.order_id", &text("order_id")?)?,
        order_seq: row.try_get("", "order_seq")?,
        order_version: row.try_get("", "order_version")?,
        kind: parse("event_log.type", &text("type")?)?,
        body: serde_json::from_str(&body)
            .map_err(|error| Error::Corrupt(format!("event_log.body: {error}")))?,
        occurred_at: Timestamp::from_micros(row.try_get("", "occurred_at")?),
        previous_hash: text("prev_hash")?,
        hash: text("hash")?,
    })
}
