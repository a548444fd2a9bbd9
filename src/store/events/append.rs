//! Appending: after the subject's row is locked, in the same transaction.

use entity::{event_audience, event_log, event_outbox};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ConnectionTrait, EntityTrait, Value,
};
use serde_json::json;

use crate::domain::event::{EventDraft, EventSubject, EventType, chain_hash};
use crate::domain::hearing::{self, Listener, Part};
use crate::domain::ids::{CompanyId, EventId};
use crate::domain::order::Order;
use crate::domain::quote::Quote;
use crate::domain::supplier::Supplier;
use crate::domain::time::Timestamp;
use crate::ids::IdGenerator;
use crate::store::{Error, Reader, Result, Tx};

struct Row {
    id: String,
    audience: Vec<Listener>,
    subject_seq: i64,
    subject_version: i64,
    kind: &'static str,
    body: String,
    previous_hash: String,
    hash: String,
}

/// Whose chain grows.
struct Chain<'a> {
    subject: EventSubject,
    /// Who hears of an event of a type.
    audience: &'a (dyn Fn(EventType) -> Vec<Listener> + Sync),
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
    let audience = |kind| hearing::of_order(order, kind);
    let chain = Chain { subject: EventSubject::Order(order.id), audience: &audience };
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
    let listener = Listener { company: supplier.company, part: Part::Supplier };
    let audience = |_| vec![listener];
    let chain = Chain { subject: EventSubject::Supplier(supplier.id), audience: &audience };
    grow(tx, &chain, &[(supplier.version, drafts)], now, ids).await
}

/// Appends events to a quote's chain and tells them to both sides. The quote's row is locked.
pub async fn append_to_quote(
    tx: &Tx,
    quote: &Quote,
    drafts: &[EventDraft],
    now: Timestamp,
    ids: &IdGenerator,
) -> Result<()> {
    let sides = [(quote.buyer, Part::Buyer), (quote.supplier_company, Part::Supplier)];
    let audience = |_| sides.map(|(company, part)| Listener { company, part }).to_vec();
    let chain = Chain { subject: EventSubject::Quote(quote.id), audience: &audience };
    grow(tx, &chain, &[(quote.version, drafts)], now, ids).await
}

/// Appends events to a company's chain and tells them to it, whatever part it plays. Locks the company's row, as rows
/// that name it do not; nothing else may be locked afterwards.
pub async fn append_to_company(
    tx: &Tx,
    company: CompanyId,
    drafts: &[EventDraft],
    now: Timestamp,
    ids: &IdGenerator,
) -> Result<()> {
    let lock = if tx.is_postgres() { " FOR NO KEY UPDATE" } else { "" };
    let text = format!("SELECT version FROM company WHERE id = ?{lock}");
    let row = tx.connection().query_one_raw(tx.sql(&text, [company.to_string()])).await?;
    let row = row.ok_or_else(|| Error::Corrupt(format!("{company} has no row")))?;
    let version = row.try_get("", "version")?;
    let audience = |_| vec![Listener { company, part: Part::Member }];
    let chain = Chain { subject: EventSubject::Company(company), audience: &audience };
    grow(tx, &chain, &[(version, drafts)], now, ids).await
}

async fn grow(
    tx: &Tx,
    chain: &Chain<'_>,
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
            audience: (chain.audience)(draft.kind),
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
        into_outbox(tx, chain.subject, rows, now).await
    } else {
        into_log(tx, chain.subject, rows, now).await
    }
}

/// The table of a subject, whose row holds the end of its chain.
const fn table(subject: EventSubject) -> &'static str {
    match subject {
        EventSubject::Order(_) => "orders",
        EventSubject::Supplier(_) => "supplier",
        EventSubject::Quote(_) => "quote",
        EventSubject::Company(_) => "company",
    }
}

/// The columns that name a subject: the order, the supplier, the quote and the company.
fn columns(subject: EventSubject) -> [Option<String>; 4] {
    let id = subject.to_string();
    match subject {
        EventSubject::Order(_) => [Some(id), None, None, None],
        EventSubject::Supplier(_) => [None, Some(id), None, None],
        EventSubject::Quote(_) => [None, None, Some(id), None],
        EventSubject::Company(_) => [None, None, None, Some(id)],
    }
}

/// An audience as it is kept: a list of pairs of a company and its part.
fn written(audience: &[Listener]) -> String {
    let pairs = audience.iter().map(|heard| json!([heard.company.to_string(), heard.part.as_str()]));
    serde_json::Value::Array(pairs.collect()).to_string()
}

/// How many events a subject's row says that it has, and the hash of the last one.
pub(super) async fn chain_end(reader: &impl Reader, subject: EventSubject) -> Result<(i64, String)> {
    let text = format!("SELECT event_seq, event_hash FROM {} WHERE id = ?", table(subject));
    let row = reader.connection().query_one_raw(reader.sql(&text, [subject.to_string()])).await?;
    let row = row.ok_or_else(|| Error::Corrupt(format!("{subject} has no row")))?;
    Ok((row.try_get("", "event_seq")?, row.try_get("", "event_hash")?))
}

async fn into_outbox(tx: &Tx, subject: EventSubject, rows: Vec<Row>, now: Timestamp) -> Result<()> {
    let [order_id, supplier_id, quote_id, company_id] = columns(subject);
    let rows = rows.into_iter().map(|row| event_outbox::ActiveModel {
        id: NotSet,
        event_id: Set(row.id),
        order_id: Set(order_id.clone()),
        supplier_id: Set(supplier_id.clone()),
        quote_id: Set(quote_id.clone()),
        company_id: Set(company_id.clone()),
        subject_seq: Set(row.subject_seq),
        subject_version: Set(row.subject_version),
        kind: Set(row.kind.to_owned()),
        body: Set(row.body),
        occurred_at: Set(now.micros()),
        prev_hash: Set(row.previous_hash),
        hash: Set(row.hash),
        audience: Set(written(&row.audience)),
    });
    event_outbox::Entity::insert_many(rows).exec_without_returning(tx.connection()).await?;
    Ok(())
}

async fn into_log(tx: &Tx, subject: EventSubject, rows: Vec<Row>, now: Timestamp) -> Result<()> {
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let statement = tx.sql("UPDATE log_head SET seq = seq + ? WHERE lane = 0 RETURNING seq", [count]);
    let row = tx.connection().query_one_raw(statement).await?;
    let last: i64 =
        row.ok_or_else(|| Error::Corrupt("the log has no head".to_owned()))?.try_get("", "seq")?;
    let [order_id, supplier_id, quote_id, company_id] = columns(subject);
    let mut heard = Vec::with_capacity(rows.len() * 2);
    let mut log = Vec::with_capacity(rows.len());
    for (place, row) in (last - count + 1..).zip(rows) {
        heard.extend(row.audience.iter().map(|listener| event_audience::ActiveModel {
            lane: Set(0),
            seq: Set(place),
            company_id: Set(listener.company.to_string()),
            part: Set(listener.part.to_string()),
        }));
        log.push(event_log::ActiveModel {
            lane: Set(0),
            seq: Set(place),
            event_id: Set(row.id),
            order_id: Set(order_id.clone()),
            supplier_id: Set(supplier_id.clone()),
            quote_id: Set(quote_id.clone()),
            company_id: Set(company_id.clone()),
            subject_seq: Set(row.subject_seq),
            subject_version: Set(row.subject_version),
            kind: Set(row.kind.to_owned()),
            audience: Set(written(&row.audience)),
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
