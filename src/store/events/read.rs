//! Reading the log by place.

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};

use super::append::chain_end;
use crate::domain::event::{Event, EventSubject, FIRST_HASH, chain_hash};
use crate::domain::hearing::{Ear, EventFilter, Listener, Part};
use crate::domain::ids::{OrderId, SupplierId};
use crate::domain::page::{Direction, Page, Slice};
use crate::domain::time::Timestamp;
use crate::store::{Error, Reader, Result, Tx, parse};

/// The end of the log and the life that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The last place that is given out.
    pub seq: i64,
    /// The first place that a cursor may lie before.
    pub oldest: i64,
    /// The first place that the index of what companies hear has.
    pub indexed_from: i64,
    /// Changes when the log was restored and may have lost commits.
    pub epoch: String,
}

/// The end of the log.
pub async fn head(reader: &impl Reader) -> Result<Head> {
    let statement = reader.sql(
        "SELECT seq, oldest, indexed_from, epoch FROM log_head WHERE lane = 0",
        std::iter::empty::<Value>(),
    );
    let row = reader.connection().query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::Corrupt("the log has no head".to_owned()))?;
    let number = |column: &str| row.try_get("", column);
    Ok(Head {
        seq: number("seq")?,
        oldest: number("oldest")?,
        indexed_from: number("indexed_from")?,
        epoch: row.try_get("", "epoch")?,
    })
}

/// Begins another life of the log: no cursor of the one before is good for it.
pub async fn begin_life(tx: &Tx, epoch: &str) -> Result<()> {
    tx.connection().execute_raw(tx.sql("UPDATE log_head SET epoch = ? WHERE lane = 0", [epoch])).await?;
    Ok(())
}

/// At most `limit` events that somebody hears and wants, behind `after` and not behind `until`, in their order; what hangs
/// on an event's facts is for the caller to look at ([`EventFilter::wants_facts`]).
pub async fn read(
    reader: &impl Reader,
    filter: &EventFilter,
    after: i64,
    until: i64,
    limit: u32,
) -> Result<Vec<Event>> {
    let mut values: Vec<Value> = Vec::new();
    let mut text = format!("SELECT {PLACED} FROM ");
    match filter.ear {
        Ear::Nobody => return Ok(Vec::new()),
        Ear::Platform => text.push_str("event_log e WHERE e.lane = 0 AND e.seq > ? AND e.seq <= ?"),
        Ear::Company(listener) => {
            text.push_str(
                "event_audience a JOIN event_log e ON e.lane = a.lane AND e.seq = a.seq \
                 WHERE a.company_id = ? AND a.part IN (?, ?) AND a.lane = 0 AND a.seq > ? AND a.seq <= ?",
            );
            values.push(listener.company.to_string().into());
            values.extend([listener.part, Part::Member].map(|part| part.as_str().into()));
        }
    }
    values.extend([after.into(), until.into()]);
    if let Some(subject) = filter.subject {
        text.push_str(" AND e.");
        text.push_str(column(subject));
        text.push_str(" = ?");
        values.push(subject.to_string().into());
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

/// An event with those who hear it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The event.
    pub event: Event,
    /// Who hears it.
    pub audience: Vec<Listener>,
}

/// At most `limit` events behind a place, whoever hears them, in their order.
pub async fn behind(reader: &impl Reader, after: i64, limit: u32) -> Result<Vec<Heard>> {
    let text = format!(
        "SELECT {PLACED}, e.audience FROM event_log e WHERE e.lane = 0 AND e.seq > ? ORDER BY e.seq LIMIT ?"
    );
    let statement = reader.sql(&text, [after, i64::from(limit)]);
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter().map(|row| Ok(Heard { event: event(row)?, audience: audience(row)? })).collect()
}

fn audience(row: &QueryResult) -> Result<Vec<Listener>> {
    let text: String = row.try_get("", "audience")?;
    let pairs: Vec<(String, String)> = serde_json::from_str(&text)
        .map_err(|error| Error::Corrupt(format!("event_log.audience: {error}")))?;
    let listener = |(company, part): (String, String)| {
        let company = parse("event_log.audience", &company)?;
        Ok(Listener { company, part: parse("event_log.audience", &part)? })
    };
    pairs.into_iter().map(listener).collect()
}

/// The columns that an event of `event_log e` is read from.
const PLACED: &str = "e.seq, e.event_id, e.order_id, e.supplier_id, e.quote_id, e.company_id, e.subject_seq, \
                      e.subject_version, e.type, e.body, e.occurred_at, e.prev_hash, e.hash";
/// The columns that an event is read from, but its place.
const COLUMNS: &str = "event_id, order_id, supplier_id, quote_id, company_id, subject_seq, subject_version, type, body, \
                       occurred_at, prev_hash, hash";

/// A table `e` of the events of some subjects of one kind with as many question marks as the values that come along,
/// those included that have no place in the log yet: whoever gave a command finds at once what it told. Their `seq` is 0.
fn told(reader: &impl Reader, column: &str, ids: impl IntoIterator<Item = String>) -> (String, Vec<Value>) {
    let mut values: Vec<Value> = ids.into_iter().map(Value::from).collect();
    let marks = vec!["?"; values.len()].join(", ");
    let log = format!("SELECT seq, {COLUMNS} FROM event_log WHERE {column} IN ({marks})");
    if reader.backend() == DbBackend::Postgres {
        // One statement, one snapshot: an event is in exactly one of the two.
        let outbox =
            format!("SELECT CAST(0 AS BIGINT), {COLUMNS} FROM event_outbox WHERE {column} IN ({marks})");
        values.extend_from_within(..);
        (format!("({log} UNION ALL {outbox}) e"), values)
    } else {
        (format!("({log}) e"), values)
    }
}

/// The column that names a subject.
const fn column(subject: EventSubject) -> &'static str {
    match subject {
        EventSubject::Order(_) => "order_id",
        EventSubject::Supplier(_) => "supplier_id",
        EventSubject::Quote(_) => "quote_id",
        EventSubject::Company(_) => "company_id",
    }
}

/// The first events of each order, in their order.
pub async fn of_orders(reader: &impl Reader, orders: &[OrderId], limit: u32) -> Result<Vec<Event>> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let (from, mut values) = told(reader, "order_id", orders.iter().map(ToString::to_string));
    // An order's events are numbered from one without gaps.
    values.push(i64::from(limit).into());
    let text = format!("SELECT * FROM {from} WHERE subject_seq <= ? ORDER BY order_id, subject_seq");
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    rows.iter().map(event).collect()
}

/// A page of a supplier's events, newest first; the keys are places in its chain.
pub async fn of_supplier(
    reader: &impl Reader,
    supplier: SupplierId,
    page: &Page,
    (after, before): (Option<i64>, Option<i64>),
    cursor: impl Fn(i64) -> String,
) -> Result<Slice<Event>> {
    let (from, mut values) = told(reader, "supplier_id", [supplier.to_string()]);
    let mut text = format!("SELECT * FROM {from} WHERE 1 = 1");
    for (key, comparison) in [(after, "<"), (before, ">")] {
        if let Some(key) = key {
            text.push_str(" AND subject_seq ");
            text.push_str(comparison);
            text.push_str(" ?");
            values.push(key.into());
        }
    }
    let direction = if page.direction == Direction::Forward { "DESC" } else { "ASC" };
    values.push(i64::from(page.size + 1).into());
    let text = format!("{text} ORDER BY subject_seq {direction} LIMIT ?");
    let found = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    let rows = found
        .iter()
        .map(|row| event(row).map(|event| (cursor(event.subject_seq), event)))
        .collect::<Result<Vec<_>>>()?;
    Ok(Slice::from_peeked(rows, page))
}

/// How many events a supplier has.
pub async fn count_of_supplier(reader: &impl Reader, supplier: SupplierId) -> Result<i64> {
    Ok(chain_end(reader, EventSubject::Supplier(supplier)).await?.0)
}

/// Hashes a subject's events again: how many there are, and the first place where the chain breaks, in words.
pub async fn check_chain(reader: &impl Reader, subject: EventSubject) -> Result<(i64, Option<String>)> {
    let (from, values) = told(reader, column(subject), [subject.to_string()]);
    let text = format!("SELECT * FROM {from} ORDER BY subject_seq");
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    let (mut seq, mut hash) = (0_i64, FIRST_HASH.to_owned());
    for row in &rows {
        let text = |column: &str| row.try_get::<String>("", column);
        seq += 1;
        let kind = parse("event_log.type", &text("type")?)?;
        let at = Timestamp::from_micros(row.try_get("", "occurred_at")?);
        let next = chain_hash(&hash, subject, seq, kind, at, &text("body")?);
        let fits = row.try_get::<i64>("", "subject_seq")? == seq
            && text("prev_hash")? == hash
            && text("hash")? == next;
        if !fits {
            return Ok((seq, Some(format!("{subject}: the chain of events breaks at event {seq}"))));
        }
        hash = next;
    }
    // What was cut off at the end leaves a chain that holds.
    if chain_end(reader, subject).await? != (seq, hash) {
        let problem =
            format!("{subject}: the chain of events ends at event {seq}, its row tells of another end");
        return Ok((seq, Some(problem)));
    }
    Ok((seq, None))
}

fn event(row: &QueryResult) -> Result<Event> {
    let text = |column: &str| row.try_get::<String>("", column);
    let body = text("body")?;
    let name = |column: &str| row.try_get::<Option<String>>("", column);
    let subject = match [name("order_id")?, name("supplier_id")?, name("quote_id")?, name("company_id")?] {
        [Some(id), None, None, None] => EventSubject::Order(parse("event_log.order_id", &id)?),
        [None, Some(id), None, None] => EventSubject::Supplier(parse("event_log.supplier_id", &id)?),
        [None, None, Some(id), None] => EventSubject::Quote(parse("event_log.quote_id", &id)?),
        [None, None, None, Some(id)] => EventSubject::Company(parse("event_log.company_id", &id)?),
        _ => return Err(Error::Corrupt("an event has no subject or several".to_owned())),
    };
    Ok(Event {
        seq: row.try_get("", "seq")?,
        id: parse("event_log.event_id", &text("event_id")?)?,
        subject,
        subject_seq: row.try_get("", "subject_seq")?,
        subject_version: row.try_get("", "subject_version")?,
        kind: parse("event_log.type", &text("type")?)?,
        body: serde_json::from_str(&body)
            .map_err(|error| Error::Corrupt(format!("event_log.body: {error}")))?,
        occurred_at: Timestamp::from_micros(row.try_get("", "occurred_at")?),
        previous_hash: text("prev_hash")?,
        hash: text("hash")?,
    })
}
