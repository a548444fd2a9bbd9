//! Appending: after the subject's row is locked, in the same transaction.

use entity::{event_audience, event_log, event_outbox};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ConnectionTrait, EntityTrait, Value,
};

use crate::domain::event::{EventDraft, EventSubject, chain_hash};
use crate::domain::ids::EventId;
use crate::domain::order::Order;
use crate::domain::supplier::Supplier;
use crate::domain::time::Timestamp;
use crate::ids::IdGenerator;
use crate::store::{Error, Reader, Result, Tx};

struct Row {
    id: String,
    subject_seq: i64,
    subject_version: i64,
    kind: &'static str,
    body: String,
    previous_hash: String,
    hash: String,
}

/// Whose chain grows, and who hears of it.
struct Chain {
    subject: EventSubject,
    audience: Vec<String>,
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
    let chain = Chain { subject: EventSubject::Order(order.id), audience: audience(order) };
    grow(tx, &chain, told, now, ids).await
}

/// Appends events to a supplier's chain and tells them to its company. The supplier's row is locked.
pub async fn append_to_supplier(
    tx: &Tx,
    supplier: &Supplier,
    drafts: &[EventDraft],
    now: Timestamp,
    ids: &IdGenerator,
) -> Result<()> {
    let chain =
        Chain { subject: EventSubject::Supplier(supplier.id), audience: vec![supplier.company.to_string()] };
    grow(tx, &chain, &[(supplier.version, drafts)], now, ids).await
}

async fn grow(
    tx: &Tx,
    chain: &Chain,
    told: &[(i64, &[EventDraft])],
    now: Timestamp,
    ids: &IdGenerator,
) -> Result<()> {
    let drafts: Vec<(i64, &EventDraft)> =
        told.iter().flat_map(|(version, drafts)| drafts.iter().map(|draft| (*version, draft))).collect();
    if drafts.is_empty() {
        return Ok(());
    }
    let (mut seq, mut hash) = chain_end(tx, chain.subject).await?;
    let mut rows = Vec::with_capacity(drafts.len());
    for (subject_version, draft) in drafts {
        seq += 1;
        let body = serde_json::to_string(&draft.body).map_err(|error| Error::Corrupt(error.to_string()))?;
        let next = chain_hash(&hash, chain.subject, seq, draft.kind, now, &body);
        rows.push(Row {
            id: ids.make::<EventId>(now).to_string(),
            subject_seq: seq,
            subject_version,
            kind: draft.kind.as_str(),
            body,
            previous_hash: std::mem::replace(&mut hash, next.clone()),
            hash: next,
        });
    }
    let values: [Value; 3] = [seq.into(), hash.into(), chain.subject.to_string().into()];
    let text = format!("UPDATE {} SET event_seq = ?, event_hash = ? WHERE id = ?", table(chain.subject));
    tx.connection().execute_raw(tx.sql(&text, values)).await?;
    if tx.is_postgres() {
        into_outbox(tx, chain, rows, now).await
    } else {
        into_log(tx, chain, rows, now).await
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

/// The table of a subject, whose row holds the end of its chain.
const fn table(subject: EventSubject) -> &'static str {
    match subject {
        EventSubject::Order(_) => "orders",
        EventSubject::Supplier(_) => "supplier",
    }
}

/// The columns that name a subject: the order and the supplier.
fn columns(subject: EventSubject) -> (Option<String>, Option<String>) {
    match subject {
        EventSubject::Order(id) => (Some(id.to_string()), None),
        EventSubject::Supplier(id) => (None, Some(id.to_string())),
    }
}

/// How many events a subject's row says that it has, and the hash of the last one.
pub(super) async fn chain_end(reader: &impl Reader, subject: EventSubject) -> Result<(i64, String)> {
    let text = format!("SELECT event_seq, event_hash FROM {} WHERE id = ?", table(subject));
    let row = reader.connection().query_one_raw(reader.sql(&text, [subject.to_string()])).await?;
    let row = row.ok_or_else(|| Error::Corrupt(format!("{subject} has no row")))?;
    Ok((row.try_get("", "event_seq")?, row.try_get("", "event_hash")?))
}

async fn into_outbox(tx: &Tx, chain: &Chain, rows: Vec<Row>, now: Timestamp) -> Result<()> {
    let audience =
        serde_json::to_string(&chain.audience).map_err(|error| Error::Corrupt(error.to_string()))?;
    let (order_id, supplier_id) = columns(chain.subject);
    let rows = rows.into_iter().map(|row| event_outbox::ActiveModel {
        id: NotSet,
        event_id: Set(row.id),
        order_id: Set(order_id.clone()),
        supplier_id: Set(supplier_id.clone()),
        subject_seq: Set(row.subject_seq),
        subject_version: Set(row.subject_version),
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

async fn into_log(tx: &Tx, chain: &Chain, rows: Vec<Row>, now: Timestamp) -> Result<()> {
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let statement = tx.sql("UPDATE log_head SET seq = seq + ? WHERE lane = 0 RETURNING seq", [count]);
    let row = tx.connection().query_one_raw(statement).await?;
    let last: i64 =
        row.ok_or_else(|| Error::Corrupt("the log has no head".to_owned()))?.try_get("", "seq")?;
    let (order_id, supplier_id) = columns(chain.subject);
    let mut heard = Vec::with_capacity(rows.len() * chain.audience.len());
    let mut log = Vec::with_capacity(rows.len());
    for (place, row) in (last - count + 1..).zip(rows) {
        heard.extend(chain.audience.iter().map(|company| event_audience::ActiveModel {
            lane: Set(0),
            seq: Set(place),
            company_id: Set(company.clone()),
        }));
        log.push(event_log::ActiveModel {
            lane: Set(0),
            seq: Set(place),
            event_id: Set(row.id),
            order_id: Set(order_id.clone()),
            supplier_id: Set(supplier_id.clone()),
            subject_seq: Set(row.subject_seq),
            subject_version: Set(row.subject_version),
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
