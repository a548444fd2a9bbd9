//! Reading orders: one statement for the order and all its regions.

use std::fmt::Write as _;
use std::sync::LazyLock;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};
use serde::Deserialize;

use super::regions;
use crate::domain::contract::Terms;
use crate::domain::deadline::{Deadline, DeadlineKind, DeadlineState};
use crate::domain::ids::{CompanyId, DeadlineId, DisputeId, OrderId, PaymentId, ShipmentId};
use crate::domain::ledger::{Position, TransferCode};
use crate::domain::order::{ContractHead, Hold, Instalment, Order, Payment, Shipment};
use crate::domain::time::{Span, Timestamp};
use crate::store::{Error, Reader, Result, Tx, parse};

/// The statement's text before its WHERE, for SQLite and PostgreSQL.
static SELECT: LazyLock<[String; 2]> =
    LazyLock::new(|| [select(DbBackend::Sqlite), select(DbBackend::Postgres)]);

/// JSON in the words of a database.
#[derive(Clone, Copy)]
struct Json {
    postgres: bool,
}

impl Json {
    /// An object of columns; `name=source` renames one.
    fn object(self, columns: &[&str]) -> String {
        let mut text = String::from(if self.postgres { "json_build_object(" } else { "json_object(" });
        for (index, column) in columns.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let (name, source) = column.split_once('=').unwrap_or((column, column));
            // Writing to a String cannot fail.
            let _ = write!(text, "{comma}'{name}', {source}");
        }
        text + ")"
    }

    /// A list of objects as text.
    fn many(self, object: &str, order: &str, from: &str) -> String {
        if self.postgres {
            format!("(SELECT coalesce(json_agg({object} ORDER BY {order}), '[]')::text FROM {from})")
        } else {
            format!("(SELECT json_group_array({object} ORDER BY {order}) FROM {from})")
        }
    }

    /// A truth value, which SQLite keeps as a number.
    fn truth(self, column: &str) -> String {
        if self.postgres {
            column.to_owned()
        } else {
            format!("json(CASE WHEN {column} THEN 'true' ELSE 'false' END)")
        }
    }

    /// A text of JSON inside JSON.
    fn nested(self, text: &str) -> String {
        if self.postgres { format!("({text})::json") } else { format!("json({text})") }
    }

    /// An object as text.
    fn text(self, object: &str) -> String {
        if self.postgres { format!("{object}::text") } else { object.to_owned() }
    }
}

fn select(backend: DbBackend) -> String {
    let json = Json { postgres: backend == DbBackend::Postgres };
    let required = format!("required_before_dispatch={}", json.truth("required_before_dispatch"));
    let instalments =
        json.object(&["id", "seq", "kind", "status", "amount_minor", "paid_minor", &required, "due_at"]);
    let payments = json.object(&[
        "id",
        "instalment_id",
        "provider",
        "provider_reference",
        "status",
        "failure",
        "amount_minor",
        "credit_minor",
        "session_url",
        "created_at",
    ]);
    let contract = json.text(&json.object(&["version", "hash", "previous_hash", "sealed_at"]));
    let sums = json.object(&["code", "amount", "count"]);
    let region = json.object(&["region", &format!("body={}", json.nested("body"))]);
    let holds =
        json.object(&["id", "kind", "reason", "subject", "placed_by", "lift_approved_by", "placed_at"]);
    let deadlines = json.object(&["id", "kind", "subject", "due_at", "state", "remaining_seconds"]);
    format!(
        "SELECT o.id, o.number, o.version, o.supplier_company_id, o.external_reference, o.terms, o.terms_hash, o.state, \
         o.placed_at, \
         (SELECT {contract} FROM contract WHERE order_id = o.id AND version = o.contract_version) AS contract, \
         {} AS instalments, {} AS payments, {} AS shipments, {} AS holds, {} AS deadlines, \
         {} AS sums, {} AS regions FROM orders o",
        json.many(&instalments, "seq", "instalment WHERE order_id = o.id"),
        json.many(&payments, "created_at, id", "payment WHERE order_id = o.id"),
        json.many(&shipments(json), "seq", "shipment WHERE order_id = o.id"),
        json.many(&holds, "placed_at, id", "order_hold WHERE order_id = o.id AND lifted_at IS NULL"),
        json.many(
            &deadlines,
            "due_at, id",
            "deadline WHERE order_id = o.id AND state IN ('PENDING', 'PAUSED')"
        ),
        json.many(
            &sums,
            "code",
            "(SELECT code, CAST(sum(amount_minor) AS BIGINT) AS amount, count(*) AS count \
             FROM transfer WHERE order_id = o.id GROUP BY code) moved"
        ),
        json.many(&region, "region, seq", "order_region WHERE order_id = o.id"),
    )
}

fn shipments(json: Json) -> String {
    let line = json.object(&["line_id=order_line_id", "quantity"]);
    let lines = json.many(&line, "order_line_id", "shipment_line WHERE shipment_id = shipment.id");
    let lines = format!("lines={}", json.nested(&lines));
    json.object(&[
        "id",
        "seq",
        "status",
        "carrier",
        "carrier_company=carrier_company_id",
        "tracking_number",
        "mode",
        &lines,
        "dispatched_at",
        "delivered_at",
        "proof",
        "confirmed_at",
        "lost_at",
        "loss_reason",
    ])
}

#[derive(Deserialize)]
struct DeadlineRow {
    id: DeadlineId,
    kind: DeadlineKind,
    subject: String,
    due_at: Timestamp,
    state: DeadlineState,
    remaining_seconds: Option<i64>,
}

#[derive(Deserialize)]
struct SumRow {
    code: TransferCode,
    amount: i64,
    count: i64,
}

fn json<T: for<'de> Deserialize<'de>>(row: &QueryResult, column: &str) -> Result<T> {
    let text: String = row.try_get("", column)?;
    decode(column, &text)
}

fn decode<T: for<'de> Deserialize<'de>>(column: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Corrupt(format!("{column}: {error}")))
}

fn order(row: &QueryResult) -> Result<Order> {
    let id: OrderId = parse("orders.id", &row.try_get::<String>("", "id")?)?;
    let contract: Option<String> = row.try_get("", "contract")?;
    let contract: Option<ContractHead> = contract.map(|text| decode("contract", &text)).transpose()?;
    let instalments: Vec<Instalment> = json(row, "instalments")?;
    let payments: Vec<Payment> = json(row, "payments")?;
    let shipments: Vec<Shipment> = json(row, "shipments")?;
    let holds: Vec<Hold> = json(row, "holds")?;
    let deadlines: Vec<DeadlineRow> = json(row, "deadlines")?;
    let sums: Vec<SumRow> = json(row, "sums")?;
    let position = sums.iter().fold(Position::default(), |mut position, sum| {
        position.add_many(sum.code, sum.amount, sum.count);
        position
    });
    if position.held() < 0 {
        return Err(Error::Corrupt(format!("{id} gave away more than it had")));
    }
    let mut order = Order {
        id,
        number: row.try_get("", "number")?,
        version: row.try_get("", "version")?,
        supplier_company: parse(
            "orders.supplier_company_id",
            &row.try_get::<String>("", "supplier_company_id")?,
        )?,
        external_reference: row.try_get("", "external_reference")?,
        terms: json(row, "terms")?,
        terms_hash: row.try_get("", "terms_hash")?,
        contract,
        state: json(row, "state")?,
        holds,
        instalments,
        payments,
        shipments,
        refunds: Vec::new(),
        amendments: Vec::new(),
        off_platform_payments: Vec::new(),
        compensations: Vec::new(),
        disputes: Vec::new(),
        chargebacks: Vec::new(),
        inspections: Vec::new(),
        returns: Vec::new(),
        after_sales: Vec::new(),
        position,
        funds: None,
        deadlines: deadlines
            .into_iter()
            .map(|deadline| Deadline {
                id: deadline.id,
                order: id,
                kind: deadline.kind,
                subject: deadline.subject,
                due_at: deadline.due_at,
                state: deadline.state,
                remaining: deadline.remaining_seconds.map(Span::seconds),
                // Only those that run or stand are read with the order.
                settled_at: None,
            })
            .collect(),
        placed_at: Timestamp::from_micros(row.try_get("", "placed_at")?),
    };
    regions::fill(&mut order, json(row, "regions")?)?;
    Ok(order)
}

async fn read(reader: &impl Reader, condition: &str, values: Vec<Value>) -> Result<Vec<Order>> {
    let base = &SELECT[usize::from(reader.backend() == DbBackend::Postgres)];
    let statement = reader.sql(&format!("{base} WHERE {condition}"), values);
    let rows = reader.connection().query_all_raw(statement).await?;
    rows.iter().map(order).collect()
}

/// The orders with these ids, in any order; unknown ids are left out. At most 100 at a time.
pub async fn load(reader: &impl Reader, ids: &[OrderId]) -> Result<Vec<Order>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks = vec!["?"; ids.len()].join(", ");
    read(reader, &format!("o.id IN ({marks})"), ids.iter().map(|id| id.to_string().into()).collect()).await
}

/// The orders that own something, each once, by the ids of what they own. It takes one statement whether there are any or not:
/// how long it takes tells nobody whether something of others exists.
async fn owners(reader: &impl Reader, owned: &str, ids: Vec<Value>) -> Result<Vec<Order>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let marks = vec!["?"; ids.len()].join(", ");
    read(reader, &format!("o.id IN (SELECT x.order_id FROM {owned} x WHERE x.id IN ({marks}))"), ids).await
}

/// The orders that have these disputes, in any order; unknown ids are left out. At most 100 at a time.
pub async fn load_of_disputes(reader: &impl Reader, ids: &[DisputeId]) -> Result<Vec<Order>> {
    owners(reader, "order_region", ids.iter().map(|id| id.to_string().into()).collect()).await
}

/// The orders that have these timers, in any order; unknown ids are left out. At most 100 at a time.
pub async fn load_of_deadlines(reader: &impl Reader, ids: &[DeadlineId]) -> Result<Vec<Order>> {
    owners(reader, "deadline", ids.iter().map(|id| id.to_string().into()).collect()).await
}

/// The order that has this region, such as an inspection.
pub async fn load_of_region(reader: &impl Reader, region: &str) -> Result<Option<Order>> {
    Ok(owners(reader, "order_region", vec![region.into()]).await?.pop())
}

/// The order with this number.
pub async fn load_by_number(reader: &impl Reader, number: &str) -> Result<Option<Order>> {
    Ok(read(reader, "o.number = ?", vec![number.into()]).await?.pop())
}

/// The order that a buyer knows by its own reference.
pub async fn load_by_reference(
    reader: &impl Reader,
    buyer: CompanyId,
    reference: &str,
) -> Result<Option<Order>> {
    let values = vec![buyer.to_string().into(), reference.into()];
    Ok(read(reader, "o.buyer_id = ? AND o.external_reference = ?", values).await?.pop())
}

/// Locks the order's row, then reads it whole. The lock is a statement of its own, so that the read sees everything
/// that the holder before it committed. It leaves the key alone: the sequencer, which refers to the order, does not wait.
pub async fn lock(tx: &Tx, id: OrderId) -> Result<Option<Order>> {
    if tx.is_postgres() {
        let statement = tx.sql("SELECT id FROM orders WHERE id = ? FOR NO KEY UPDATE", [id.to_string()]);
        if tx.connection().query_one_raw(statement).await?.is_none() {
            return Ok(None);
        }
    }
    Ok(load(tx, &[id]).await?.pop())
}

pub(super) async fn owner(reader: &impl Reader, text: &str, id: String) -> Result<Option<OrderId>> {
    let row = reader.connection().query_one_raw(reader.sql(text, [id])).await?;
    row.map(|row| parse("order_id", &row.try_get::<String>("", "order_id")?)).transpose()
}

/// A sealed version of an order's contract.
pub async fn contract(
    reader: &impl Reader,
    order: OrderId,
    version: u32,
) -> Result<Option<(ContractHead, Terms)>> {
    let values: [Value; 2] = [order.to_string().into(), i64::from(version).into()];
    let text =
        "SELECT hash, previous_hash, sealed_at, document FROM contract WHERE order_id = ? AND version = ?";
    let row = reader.connection().query_one_raw(reader.sql(text, values)).await?;
    row.map(|row| {
        let head = ContractHead {
            version,
            hash: row.try_get("", "hash")?,
            previous_hash: row.try_get("", "previous_hash")?,
            sealed_at: Timestamp::from_micros(row.try_get("", "sealed_at")?),
        };
        Ok((head, json(&row, "document")?))
    })
    .transpose()
}

/// The order that a payment of an instalment or of an inspection's fee belongs to.
pub async fn of_payment(reader: &impl Reader, payment: PaymentId) -> Result<Option<OrderId>> {
    let text = "SELECT order_id FROM payment WHERE id = ?";
    if let Some(order) = owner(reader, text, payment.to_string()).await? {
        return Ok(Some(order));
    }
    let text = "SELECT order_id FROM inspection_payment WHERE payment_id = ?";
    owner(reader, text, payment.to_string()).await
}

/// The order that a region, such as a refund or a case, belongs to.
pub async fn of_region(reader: &impl Reader, region: &str) -> Result<Option<OrderId>> {
    owner(reader, "SELECT order_id FROM order_region WHERE id = ?", region.to_owned()).await
}

/// The order that a shipment belongs to.
pub async fn of_shipment(reader: &impl Reader, shipment: ShipmentId) -> Result<Option<OrderId>> {
    owner(reader, "SELECT order_id FROM shipment WHERE id = ?", shipment.to_string()).await
}
