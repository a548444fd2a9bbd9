//! Orders of the past, and what they add up to.

pub(super) mod days;

use std::collections::HashMap;

use entity::{order_history, order_history_line};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, Iterable, QueryResult};

use super::catalogue::{currency, execute, is_one_of, list_of};
use super::imports::{Pair, list_of_pairs, pair_from, wanted};
use super::{Reader, Result, Tx, parse};
use crate::domain::history::{HistoryLine, HistoryOrder, HistoryValue, SupplierHistory};
use crate::domain::ids::SupplierId;
use crate::domain::money::Currency;
use crate::domain::time::Timestamp;

/// Microseconds in a day.
const DAY: &str = "86400000000";

/// An order on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownOrder {
    /// The currency of its amounts.
    pub currency: Currency,
    /// The digest of what the last import said.
    pub digest: String,
}

/// The orders of the past with these references.
pub async fn orders(reader: &impl Reader, references: &[&str]) -> Result<HashMap<String, KnownOrder>> {
    let condition = is_one_of(reader.backend(), "reference");
    let text = format!("SELECT reference, currency, digest FROM order_history WHERE {condition}");
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of(references)])).await?;
    rows.iter()
        .map(|row| {
            let code: String = row.try_get("", "currency")?;
            let currency = currency("order_history.currency", &code)?;
            Ok((row.try_get("", "reference")?, KnownOrder { currency, digest: row.try_get("", "digest")? }))
        })
        .collect()
}

/// The digests of the lines with these references of their orders.
pub async fn lines(reader: &impl Reader, pairs: &[Pair]) -> Result<HashMap<Pair, String>> {
    let text = format!(
        "{} SELECT w.owner, w.reference, l.digest FROM wanted w JOIN order_history_line l \
         ON l.order_reference = w.owner AND l.reference = w.reference",
        wanted(reader.backend())
    );
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of_pairs(pairs)])).await?;
    rows.iter().map(|row| Ok((pair_from(row)?, row.try_get("", "digest")?))).collect()
}

/// Writes orders, over those with the same references.
pub async fn put_orders(tx: &Tx, orders: &[HistoryOrder]) -> Result<()> {
    let rows = orders.iter().map(|order| {
        order_history::Model {
            reference: order.reference.clone(),
            buyer_reference: order.buyer.clone(),
            buyer_country: order.buyer_country.clone(),
            status: order.status.clone(),
            outcome: order.outcome.to_string(),
            currency: order.currency.to_string(),
            placed_at: micros(order.placed_at),
            dispatched_at: micros(order.dispatched_at),
            promised_at: micros(order.promised_at),
            delivered_at: micros(order.delivered_at),
            subtotal: order.subtotal,
            tax: order.tax,
            freight: order.freight,
            total: order.total,
            digest: order.digest.clone(),
        }
        .into_active_model()
    });
    put::<order_history::Entity>(tx, rows.collect(), &[order_history::Column::Reference]).await
}

/// Writes lines, over those with the same references of the same orders.
pub async fn put_lines(tx: &Tx, lines: &[HistoryLine]) -> Result<()> {
    let rows = lines.iter().map(|line| {
        order_history_line::Model {
            order_reference: line.order.clone(),
            reference: line.reference.clone(),
            supplier_id: line.supplier.to_string(),
            product_id: line.product.map(|id| id.to_string()),
            quantity: line.quantity,
            unit_price: line.unit_price,
            total: line.total,
            total_minor: line.total_minor,
            freight_minor: line.freight_minor,
            shipment_reference: line.shipment.clone(),
            incoterm: line.incoterm.clone(),
            dispatch_by: micros(line.dispatch_by),
            dispatched_at: micros(line.dispatched_at),
            promised_at: micros(line.promised_at),
            delivered_at: micros(line.delivered_at),
            received_quantity: line.received_quantity,
            rejected_quantity: line.rejected_quantity,
            digest: line.digest.clone(),
        }
        .into_active_model()
    });
    let key = [order_history_line::Column::OrderReference, order_history_line::Column::Reference];
    put::<order_history_line::Entity>(tx, rows.collect(), &key).await
}

async fn put<E: EntityTrait>(tx: &Tx, rows: Vec<E::ActiveModel>, key: &[E::Column]) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let name = |column: &E::Column| sea_orm::Iden::unquoted(column).to_owned();
    let keys: Vec<String> = key.iter().map(name).collect();
    let others = E::Column::iter().filter(|column| !keys.contains(&name(column)));
    let conflict = OnConflict::columns(key.iter().copied()).update_columns(others).to_owned();
    E::insert_many(rows).on_conflict(conflict).exec_without_returning(tx.connection()).await?;
    Ok(())
}

fn micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::micros)
}

/// The columns of `supplier_history` in the order of [`counted`], and the column of `supplier_metrics` that each adds
/// to.
pub(super) const COLUMNS: [(&str, Option<&str>); 17] = [
    ("orders", Some("orders_placed")),
    ("orders_completed", Some("orders_completed")),
    ("orders_cancelled", Some("orders_cancelled")),
    ("orders_dispatched", Some("dispatched")),
    ("orders_dispatched_late", Some("dispatched_late")),
    ("orders_delivered", Some("delivered")),
    ("orders_delivered_late", Some("delivered_late")),
    ("buyers", Some("buyers")),
    ("returning_buyers", Some("returning_buyers")),
    ("lines", None),
    ("lines_dispatched", None),
    ("lines_dispatched_late", None),
    ("lines_delivered", None),
    ("lines_delivered_late", None),
    ("quantity", None),
    ("received_quantity", None),
    ("rejected_quantity", None),
];

/// What every supplier's lines add up to, as a query with the columns of `supplier_history`.
pub(super) fn counted() -> String {
    format!(
        "WITH line AS (
            SELECT l.supplier_id, l.order_reference, o.buyer_reference, o.outcome, l.quantity,
                l.received_quantity, l.rejected_quantity, l.dispatch_by,
                COALESCE(l.dispatched_at, o.dispatched_at) AS dispatched_at,
                COALESCE(l.promised_at, o.promised_at) AS promised_at,
                COALESCE(l.delivered_at, o.delivered_at) AS delivered_at
            FROM order_history_line l JOIN order_history o ON o.reference = l.order_reference
        ), judged AS (
            SELECT line.*,
                CASE WHEN dispatched_at IS NOT NULL THEN 1 ELSE 0 END AS dispatched,
                CASE WHEN dispatched_at > dispatch_by THEN 1 ELSE 0 END AS dispatched_late,
                CASE WHEN delivered_at IS NOT NULL THEN 1 ELSE 0 END AS delivered,
                CASE WHEN delivered_at / {DAY} > promised_at / {DAY} THEN 1 ELSE 0 END AS delivered_late
            FROM line
        ), pair AS (
            SELECT supplier_id, order_reference, max(buyer_reference) AS buyer, max(outcome) AS outcome,
                count(*) AS lines, sum(dispatched) AS lines_dispatched,
                sum(dispatched_late) AS lines_dispatched_late, sum(delivered) AS lines_delivered,
                sum(delivered_late) AS lines_delivered_late, max(dispatched) AS dispatched,
                max(dispatched_late) AS dispatched_late, max(delivered) AS delivered,
                max(delivered_late) AS delivered_late, sum(quantity) AS quantity,
                sum(COALESCE(received_quantity, 0)) AS received_quantity,
                sum(COALESCE(rejected_quantity, 0)) AS rejected_quantity
            FROM judged GROUP BY supplier_id, order_reference
        ), customer AS (
            SELECT supplier_id, count(*) AS buyers, sum(CASE WHEN orders > 1 THEN 1 ELSE 0 END) AS again
            FROM (SELECT supplier_id, buyer, count(*) AS orders FROM pair WHERE buyer IS NOT NULL
                GROUP BY supplier_id, buyer) AS bought
            GROUP BY supplier_id
        )
        SELECT pair.supplier_id, count(*) AS orders,
            sum(CASE WHEN outcome = 'COMPLETED' THEN 1 ELSE 0 END) AS orders_completed,
            sum(CASE WHEN outcome = 'CANCELLED' THEN 1 ELSE 0 END) AS orders_cancelled,
            sum(dispatched) AS orders_dispatched, sum(dispatched_late) AS orders_dispatched_late,
            sum(delivered) AS orders_delivered, sum(delivered_late) AS orders_delivered_late,
            COALESCE(max(buyers), 0) AS buyers, COALESCE(max(again), 0) AS returning_buyers,
            sum(lines) AS lines, sum(lines_dispatched) AS lines_dispatched,
            sum(lines_dispatched_late) AS lines_dispatched_late, sum(lines_delivered) AS lines_delivered,
            sum(lines_delivered_late) AS lines_delivered_late, sum(quantity) AS quantity,
            sum(received_quantity) AS received_quantity, sum(rejected_quantity) AS rejected_quantity
        FROM pair LEFT JOIN customer ON customer.supplier_id = pair.supplier_id GROUP BY pair.supplier_id"
    )
}

/// Counts the history of every supplier anew and adds to its metrics what they lack; answers the suppliers whose
/// metrics changed. Refresh their listings afterwards.
pub async fn recount(tx: &Tx, now: Timestamp) -> Result<Vec<SupplierId>> {
    // One count at a time: two would add the same difference twice, or each undo the other's days.
    if tx.is_postgres() {
        let text = "SELECT job FROM job_run WHERE job = 'HISTORY_COUNT' FOR UPDATE";
        tx.connection().query_one_raw(tx.sql(text, NOTHING)).await?;
    }
    let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let casts: Vec<String> = names.iter().map(|name| format!("CAST({name} AS BIGINT) AS {name}")).collect();
    execute(tx, "DROP TABLE IF EXISTS history_count", NOTHING).await?;
    let text = format!(
        "CREATE TEMPORARY TABLE history_count AS SELECT supplier_id, {} FROM ({}) AS counted",
        casts.join(", "),
        counted()
    );
    execute(tx, &text, NOTHING).await?;
    let differs: Vec<String> =
        names.iter().map(|name| format!("c.{name} IS DISTINCT FROM h.{name}")).collect();
    let text = format!(
        "DELETE FROM history_count WHERE supplier_id NOT IN (SELECT c.supplier_id FROM history_count c \
         LEFT JOIN supplier_history h ON h.supplier_id = c.supplier_id WHERE {})",
        differs.join(" OR ")
    );
    execute(tx, &text, NOTHING).await?;
    let rows =
        tx.connection().query_all_raw(tx.sql("SELECT supplier_id FROM history_count", NOTHING)).await?;
    let changed = rows
        .iter()
        .map(|row| parse("order_history_line.supplier_id", &row.try_get::<String>("", "supplier_id")?))
        .collect::<Result<Vec<SupplierId>>>()?;
    if !changed.is_empty() {
        add_to_metrics(tx, &names, now).await?;
    }
    execute(tx, "DROP TABLE history_count", NOTHING).await?;
    days::recount(tx).await?;
    Ok(changed)
}

/// A statement without values.
const NOTHING: [sea_orm::Value; 0] = [];

/// Brings metrics and `supplier_history` up to `history_count`.
async fn add_to_metrics(tx: &Tx, names: &[&str], now: Timestamp) -> Result<()> {
    let text = "INSERT INTO supplier_metrics (supplier_id, updated_at) SELECT supplier_id, ? FROM history_count \
                WHERE true ON CONFLICT (supplier_id) DO NOTHING";
    execute(tx, text, [now.micros()]).await?;
    let zeros = "0, ".repeat(names.len());
    let text = format!(
        "INSERT INTO supplier_history (supplier_id, {}) SELECT supplier_id, {} FROM history_count \
         WHERE true ON CONFLICT (supplier_id) DO NOTHING",
        names.join(", "),
        zeros.trim_end_matches(", ")
    );
    execute(tx, &text, NOTHING).await?;
    let added: Vec<String> = COLUMNS
        .iter()
        .filter_map(|(name, metric)| {
            metric.map(|metric| format!("{metric} = {metric} + c.{name} - h.{name}"))
        })
        .map(|set| set.replacen(" = ", " = supplier_metrics.", 1))
        .collect();
    let text = format!(
        "UPDATE supplier_metrics SET {}, updated_at = ? FROM history_count c \
         JOIN supplier_history h ON h.supplier_id = c.supplier_id \
         WHERE supplier_metrics.supplier_id = c.supplier_id",
        added.join(", ")
    );
    execute(tx, &text, [now.micros()]).await?;
    let copied: Vec<String> = names.iter().map(|name| format!("{name} = c.{name}")).collect();
    let text = format!(
        "UPDATE supplier_history SET {} FROM history_count c WHERE supplier_history.supplier_id = c.supplier_id",
        copied.join(", ")
    );
    execute(tx, &text, NOTHING).await?;
    Ok(())
}

/// What the orders of the past of these suppliers add up to; those without one are left out.
pub async fn of_suppliers(
    reader: &impl Reader,
    ids: &[SupplierId],
) -> Result<HashMap<SupplierId, SupplierHistory>> {
    let condition = is_one_of(reader.backend(), "supplier_id");
    let text = format!("SELECT * FROM supplier_history WHERE {condition}");
    let rows = reader.connection().query_all_raw(reader.sql(&text, [list_of(ids)])).await?;
    rows.iter()
        .map(|row| {
            let id = parse("supplier_history.supplier_id", &row.try_get::<String>("", "supplier_id")?)?;
            Ok((id, supplier_history_from(row)?))
        })
        .collect()
}

fn supplier_history_from(row: &QueryResult) -> Result<SupplierHistory> {
    Ok(SupplierHistory {
        orders: row.try_get("", "orders")?,
        orders_completed: row.try_get("", "orders_completed")?,
        orders_cancelled: row.try_get("", "orders_cancelled")?,
        orders_dispatched: row.try_get("", "orders_dispatched")?,
        orders_dispatched_late: row.try_get("", "orders_dispatched_late")?,
        orders_delivered: row.try_get("", "orders_delivered")?,
        orders_delivered_late: row.try_get("", "orders_delivered_late")?,
        buyers: row.try_get("", "buyers")?,
        returning_buyers: row.try_get("", "returning_buyers")?,
        lines: row.try_get("", "lines")?,
        lines_dispatched: row.try_get("", "lines_dispatched")?,
        lines_dispatched_late: row.try_get("", "lines_dispatched_late")?,
        lines_delivered: row.try_get("", "lines_delivered")?,
        lines_delivered_late: row.try_get("", "lines_delivered_late")?,
        quantity: row.try_get("", "quantity")?,
        received_quantity: row.try_get("", "received_quantity")?,
        rejected_quantity: row.try_get("", "rejected_quantity")?,
    })
}

/// How many orders of the past stand at each of the sources' words.
pub async fn statuses(reader: &impl Reader) -> Result<Vec<(String, i64)>> {
    let text = "SELECT status, count(*) AS orders FROM order_history GROUP BY status ORDER BY status";
    let rows = reader.connection().query_all_raw(reader.sql(text, NOTHING)).await?;
    rows.iter().map(|row| Ok((row.try_get("", "status")?, row.try_get("", "orders")?))).collect()
}

/// What lines add up to, by currency: of one supplier, or of all.
pub async fn values(reader: &impl Reader, supplier: Option<SupplierId>) -> Result<Vec<HistoryValue>> {
    let condition = if supplier.is_some() { "l.supplier_id = ?" } else { "'' = ?" };
    let text = format!(
        "SELECT o.currency, count(*) AS lines, CAST(sum(l.total) AS BIGINT) AS total, \
         CAST(sum(l.total_minor) AS BIGINT) AS total_minor, \
         CAST(sum(COALESCE(l.freight_minor, 0)) AS BIGINT) AS freight_minor \
         FROM order_history_line l JOIN order_history o ON o.reference = l.order_reference \
         WHERE {condition} GROUP BY o.currency ORDER BY o.currency"
    );
    let id = supplier.map(|id| id.to_string()).unwrap_or_default();
    let rows = reader.connection().query_all_raw(reader.sql(&text, [id])).await?;
    rows.iter()
        .map(|row| {
            let code: String = row.try_get("", "currency")?;
            Ok(HistoryValue {
                currency: currency("order_history.currency", &code)?,
                lines: row.try_get("", "lines")?,
                total: row.try_get("", "total")?,
                total_minor: row.try_get("", "total_minor")?,
                freight_minor: row.try_get("", "freight_minor")?,
            })
        })
        .collect()
}
