//! Appending: after the order's row is locked, in the same transaction.

use entity::{event_audience, event_log, event_outbox};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ConnectionTrait, EntityTrait, Value,
};

use crate::domain::event::{EventDraft, chain_hash};
use crate::domain::ids::{EventId, OrderId};
use crate::domain::order::Order;
use crate::domain::time::Timestamp;
use crate::ids::IdGenerator;
use crate::store::{Error, Reader, Result, Tx};

struct Row {
    id: String,
    order_seq: i64,
    order_version: i64,
    kind: &'static str,
    body: String,
    previous_hash: String,
    hash: String,
}

/// Appends the events of a step to the order's chain and tells them to its parties.
pub async fn append(
    tx: &Tx,
    order: &Order,
    drafts: &[EventDraft],
    now: Timestamp,
    ids: &IdGenerator,
) -> Result<()> {
    append_all(tx, order, &[(order.version, drafts)], now, ids).await
}

/// Appends the events of several steps at once; each list comes with the version that the order had by it.
pub async fn append_all(
    tx: &Tx,
    order: &Order,
    told: &[(i64, &[EventDraft])],
    now: Timestamp,
    ids: &IdGenerator,
) -> Result<()> {
    let drafts: Vec<(i64, &EventDraft)> =
        told.iter().flat_map(|(version, drafts)| drafts.iter().map(|draft| (*version, draft))).collect();
    if drafts.is_empty() {
        return Ok(());
    }
    let (mut seq, mut hash) = chain_end(tx, order.id).await?;
    let mut rows = Vec::with_capacity(drafts.len());
    for (order_version, draft) in drafts {
        seq += 1;
        let body = serde_json::to_string(&draft.body).map_err(|error| Error::Corrupt(error.to_string()))?;
        let next = chain_hash(&hash, order.id, seq, draft.kind, now, &body);
        rows.push(Row {
            id: ids.make::<EventId>(now).to_string(),
            order_seq: seq,
            order_version,
            kind: draft.kind.as_str(),
            body,
            previous_hash: std::mem::replace(&mut hash, next.clone()),
            hash: next,
        });
    }
    let values: [Value; 3] = [seq.into(), hash.into(), order.id.to_string().into()];
    let statement = tx.sql("UPDATE orders SET event_seq = ?, event_hash = ? WHERE id = ?", values);
    tx.connection().execute_raw(statement).await?;
    let audience = audience(order);
    if tx.is_postgres() {
        into_outbox(tx, order, rows, &audience, now).await
    } else {
        into_log(tx, order, rows, &audience, now).await
    }
}

/// Who hears of an order: its parties, and whoever inspects its goods or receives them back.
fn audience(order: &Order) -> Vec<String> {
    let inspectors = order.inspections.iter().map(|known| known.inspector);
    let warehouses = order.returns.iter().map(|known| known.warehouse.company);
    let mut audience = vec![order.buyer().to_string(), order.supplier_company.to_string()];
    for company in inspectors.chain(warehouses).map(|company| company.to_string()) {
        if !audience.contains(&company) {
            audience.push(company);
        }
    }
    audience
}

/// The number and the hash of an order's last event, as the order's row keeps them.
pub(super) async fn chain_end(reader: &impl Reader, order: OrderId) -> Result<(i64, String)> {
    let statement = reader.sql("SELECT event_seq, event_hash FROM orders WHERE id = ?", [order.to_string()]);
    let row = reader.connection().query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::Corrupt(format!("{order} has no row")))?;
    Ok((row.try_get("", "event_seq")?, row.try_get("", "event_hash")?))
}

async fn into_outbox(
    tx: &Tx,
    order: &Order,
    rows: Vec<Row>,
    audience: &[String],
    now: Timestamp,
) -> Result<()> {
    let audience = serde_json::to_string(audience).map_err(|error| Error::Corrupt(error.to_string()))?;
    let rows = rows.into_iter().map(|row| event_outbox::ActiveModel {
        id: NotSet,
        event_id: Set(row.id),
        order_id: Set(order.id.to_string()),
        order_seq: Set(row.order_seq),
        order_version: Set(row.order_version),
        kind: Set(row.kind.to_owned()),
        body: Set(row.body),
        occurred_at: Set(now.micros()),
        prev_hash: Set(row.previous_hash),
        hash: Set(row.hash),
        audience: Set(audience.clone()),
    });
    event_outbox::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    Ok(())
}

async fn into_log(tx: &Tx, order: &Order, rows: Vec<Row>, audience: &[String], now: Timestamp) -> Result<()> {
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let statement = tx.sql("UPDATE log_head SET seq = seq + ? WHERE lane = 0 RETURNING seq", [count]);
    let row = tx.connection().query_one_raw(statement).await?;
    let last: i64 =
        row.ok_or_else(|| Error::Corrupt("the log has no head".to_owned()))?.try_get("", "seq")?;
    let mut heard = Vec::with_capacity(rows.len() * audience.len());
    let mut log = Vec::with_capacity(rows.len());
    for (place, row) in (last - count + 1..).zip(rows) {
        heard.extend(audience.iter().map(|company| event_audience::ActiveModel {
            lane: Set(0),
            seq: Set(place),
            company_id: Set(company.clone()),
        }));
        log.push(event_log::ActiveModel {
            lane: Set(0),
            seq: Set(place),
            event_id: Set(row.id),
            order_id: Set(order.id.to_string()),
            order_seq: Set(row.order_seq),
            order_version: Set(row.order_version),
            kind: Set(row.kind.to_owned()),
            body: Set(row.body),
            occurred_at: Set(now.micros()),
            prev_hash: Set(row.previous_hash),
            hash: Set(row.hash),
        });
    }
    event_log::Entity::insert_many(log).exec_without_returning(tx.connection()).await?;
    event_audience::Entity::insert_many(heard).exec_without_returning(tx.connection()).await?;
    Ok(())
}
