//! What suppliers' orders add up to: entries that acts write, sums that a job makes of them, and both read as one.
//!
//! An act writes one row of `metric_entry` in its own transaction and waits for nobody. [`add_pending`] adds the entries
//! to the sums later; until then every read adds those that are pending, so that it is exact at any moment.

mod check;

use std::collections::{BTreeMap, HashMap};

use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::{execute, is_one_of, list_of, listing, parse};
use crate::domain::ids::{CompanyId, SupplierId};
use crate::domain::supplier::SupplierMetrics;
use crate::domain::time::{Day, Timestamp};
use crate::store::{Error, Reader, Result, Tx};

pub use check::{differences, entries_of};

/// The figures of `metric_entry` and `supplier_metrics`, in the order of [`figures`].
pub(in crate::store) const COLUMNS: [&str; 12] = [
    "orders_placed",
    "orders_completed",
    "orders_cancelled",
    "dispatched",
    "dispatched_late",
    "delivered",
    "delivered_late",
    "disputes",
    "responses",
    "response_seconds",
    "buyers",
    "returning_buyers",
];

/// Of these, how many orders of the past fill: disputes and answers are not told of them.
pub(in crate::store) const OF_HISTORY: usize = 7;
/// Of these, how many the rows of days have: who bought for the first time says nothing about a day.
const OF_DAYS: usize = 10;

/// The figures in the order of [`COLUMNS`].
const fn figures(metrics: &SupplierMetrics) -> [i64; 12] {
    [
        metrics.orders_placed,
        metrics.orders_completed,
        metrics.orders_cancelled,
        metrics.dispatched,
        metrics.dispatched_late,
        metrics.delivered,
        metrics.delivered_late,
        metrics.disputes,
        metrics.responses,
        metrics.response_seconds,
        metrics.buyers,
        metrics.returning_buyers,
    ]
}

/// Reads the figures of a row; those of buyers are zero where it has none.
fn metrics_from(row: &QueryResult, with_buyers: bool) -> Result<SupplierMetrics> {
    let figure = |name: &str| row.try_get::<i64>("", name);
    Ok(SupplierMetrics {
        orders_placed: figure("orders_placed")?,
        orders_completed: figure("orders_completed")?,
        orders_cancelled: figure("orders_cancelled")?,
        dispatched: figure("dispatched")?,
        dispatched_late: figure("dispatched_late")?,
        delivered: figure("delivered")?,
        delivered_late: figure("delivered_late")?,
        disputes: figure("disputes")?,
        responses: figure("responses")?,
        response_seconds: figure("response_seconds")?,
        buyers: if with_buyers { figure("buyers")? } else { 0 },
        returning_buyers: if with_buyers { figure("returning_buyers")? } else { 0 },
    })
}

/// `CAST(sum(name) AS BIGINT) AS name, …`
fn sums(columns: &[&str]) -> String {
    let sum = |name: &&str| format!("CAST(sum({name}) AS BIGINT) AS {name}");
    columns.iter().map(sum).collect::<Vec<_>>().join(", ")
}

/// Writes what an act changed, in its transaction; `subject` is the order, quote or thread that it was done to. Call it
/// last: of a buyer that bought it holds the row that counts how often.
pub async fn note(
    tx: &Tx,
    supplier: SupplierId,
    subject: &str,
    (change, bought): (SupplierMetrics, Option<CompanyId>),
    now: Timestamp,
) -> Result<()> {
    let mut change = change;
    if let Some(buyer) = bought {
        match times_bought(tx, supplier, buyer).await? {
            1 => change.buyers = 1,
            2 => change.returning_buyers = 1,
            _ => {}
        }
    }
    if change == SupplierMetrics::default() {
        return Ok(());
    }
    let mut values: Vec<Value> = vec![supplier.to_string().into(), subject.into(), now.day().number().into()];
    values.extend(figures(&change).map(Value::from));
    let text = format!(
        "INSERT INTO metric_entry (supplier_id, subject_id, day, {}) VALUES ({}?)",
        COLUMNS.join(", "),
        "?, ".repeat(values.len() - 1)
    );
    execute(tx, &text, values).await?;
    Ok(())
}

/// Counts one order more that a company bought from a supplier; answers how many it are now.
async fn times_bought(tx: &Tx, supplier: SupplierId, buyer: CompanyId) -> Result<i64> {
    let text = "INSERT INTO supplier_buyer (supplier_id, buyer_id, orders) VALUES (?, ?, 1) \
                ON CONFLICT (supplier_id, buyer_id) DO UPDATE SET orders = supplier_buyer.orders + 1 RETURNING orders";
    let statement = tx.sql(text, [supplier.to_string(), buyer.to_string()]);
    let row = tx.connection().query_one_raw(statement).await?;
    let row = row.ok_or_else(|| Error::Corrupt("supplier_buyer gave no row".to_owned()))?;
    Ok(row.try_get("", "orders")?)
}

/// Whether entries are pending.
pub async fn is_pending(reader: &impl Reader) -> Result<bool> {
    let text = "SELECT 1 AS found FROM metric_entry WHERE NOT added LIMIT 1";
    Ok(reader.connection().query_one_raw(reader.sql(text, [] as [Value; 0])).await?.is_some())
}

/// Adds entries that are pending to the sums and refreshes the listings of their suppliers; answers how many there were,
/// at most `limit`. Entries that another node is adding are left to it.
pub async fn add_pending(tx: &Tx, limit: i64, now: Timestamp) -> Result<usize> {
    let lock = if tx.is_postgres() { " FOR UPDATE SKIP LOCKED" } else { "" };
    let text = format!(
        "SELECT entry_number, supplier_id, day, {} FROM metric_entry WHERE NOT added ORDER BY entry_number LIMIT ?{lock}",
        COLUMNS.join(", ")
    );
    let rows = tx.connection().query_all_raw(tx.sql(&text, [limit])).await?;
    let mut numbers: Vec<String> = Vec::with_capacity(rows.len());
    let mut totals: BTreeMap<SupplierId, SupplierMetrics> = BTreeMap::new();
    let mut days: BTreeMap<(SupplierId, i64), SupplierMetrics> = BTreeMap::new();
    for row in &rows {
        numbers.push(row.try_get::<i64>("", "entry_number")?.to_string());
        let supplier = parse("metric_entry.supplier_id", &row.try_get::<String>("", "supplier_id")?)?;
        let change = metrics_from(row, true)?;
        let total = totals.entry(supplier).or_default();
        *total = total.plus(change);
        let day = days.entry((supplier, row.try_get("", "day")?)).or_default();
        *day = day.plus(change);
    }
    if numbers.is_empty() {
        return Ok(0);
    }
    for (supplier, change) in &totals {
        let key = [("supplier_id", supplier.to_string().into())];
        add(tx, "supplier_metrics", &key, &COLUMNS, change, Some(now)).await?;
    }
    for ((supplier, day), change) in &days {
        let key = [
            ("supplier_id", supplier.to_string().into()),
            ("day", (*day).into()),
            ("source", "ORDERS".into()),
        ];
        add(tx, "supplier_metrics_day", &key, &COLUMNS[..OF_DAYS], change, None).await?;
    }
    // Numbers of our own, read a moment ago: no value needs a placeholder.
    let text = format!("UPDATE metric_entry SET added = true WHERE entry_number IN ({})", numbers.join(", "));
    execute(tx, &text, [] as [Value; 0]).await?;
    let suppliers: Vec<SupplierId> = totals.into_keys().collect();
    listing::refresh_suppliers(tx, &suppliers, now).await?;
    Ok(numbers.len())
}

/// Adds figures to the row with this key, which is made where there is none: of zeros, as a CHECK of the table refuses
/// what a change may be by itself, such as a buyer that came again without one that came.
async fn add(
    tx: &Tx,
    table: &str,
    key: &[(&str, Value)],
    columns: &[&str],
    change: &SupplierMetrics,
    updated_at: Option<Timestamp>,
) -> Result<()> {
    let keys: Vec<&str> = key.iter().map(|(name, _)| *name).collect();
    let key_values = || key.iter().map(|(_, value)| value.clone());
    let mut names = [keys.clone(), columns.to_vec()].concat();
    let mut zeros: Vec<Value> = key_values().chain(columns.iter().map(|_| 0_i64.into())).collect();
    let mut sets: Vec<String> = columns.iter().map(|name| format!("{name} = {name} + ?")).collect();
    let mut values: Vec<Value> = figures(change).into_iter().take(columns.len()).map(Value::from).collect();
    if let Some(at) = updated_at {
        names.push("updated_at");
        zeros.push(at.micros().into());
        sets.push("updated_at = ?".to_owned());
        values.push(at.micros().into());
    }
    let text = format!(
        "INSERT INTO {table} ({}) VALUES ({}?) ON CONFLICT ({}) DO NOTHING",
        names.join(", "),
        "?, ".repeat(zeros.len() - 1),
        keys.join(", ")
    );
    execute(tx, &text, zeros).await?;
    let conditions: Vec<String> = keys.iter().map(|name| format!("{name} = ?")).collect();
    values.extend(key_values());
    let text = format!("UPDATE {table} SET {} WHERE {}", sets.join(", "), conditions.join(" AND "));
    execute(tx, &text, values).await?;
    Ok(())
}

/// The metrics of suppliers, with what is pending; those without an order are left out.
pub async fn load(reader: &impl Reader, ids: &[SupplierId]) -> Result<HashMap<SupplierId, SupplierMetrics>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let condition = is_one_of(reader.backend(), "supplier_id");
    let columns = COLUMNS.join(", ");
    let text = format!(
        "SELECT supplier_id, {} FROM (SELECT supplier_id, {columns} FROM supplier_metrics WHERE {condition} UNION ALL \
         SELECT supplier_id, {columns} FROM metric_entry WHERE NOT added AND {condition}) f GROUP BY supplier_id",
        sums(&COLUMNS)
    );
    read(reader, &text, vec![list_of(ids), list_of(ids)], true).await
}

/// What happened at suppliers on a day or later, with what is pending; who bought is not told by days. Suppliers at which
/// nothing happened are left out.
pub async fn since(
    reader: &impl Reader,
    ids: &[SupplierId],
    day: Day,
) -> Result<HashMap<SupplierId, SupplierMetrics>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let condition = is_one_of(reader.backend(), "supplier_id");
    let columns = COLUMNS[..OF_DAYS].join(", ");
    let text = format!(
        "SELECT supplier_id, {} FROM (SELECT supplier_id, {columns} FROM supplier_metrics_day \
         WHERE {condition} AND day >= ? UNION ALL \
         SELECT supplier_id, {columns} FROM metric_entry WHERE NOT added AND {condition} AND day >= ?) f \
         GROUP BY supplier_id",
        sums(&COLUMNS[..OF_DAYS])
    );
    let values = vec![list_of(ids), day.number().into(), list_of(ids), day.number().into()];
    read(reader, &text, values, false).await
}

async fn read(
    reader: &impl Reader,
    text: &str,
    values: Vec<Value>,
    with_buyers: bool,
) -> Result<HashMap<SupplierId, SupplierMetrics>> {
    let rows = reader.connection().query_all_raw(reader.sql(text, values)).await?;
    rows.iter()
        .map(|row| {
            let id = parse("supplier_metrics.supplier_id", &row.try_get::<String>("", "supplier_id")?)?;
            Ok((id, metrics_from(row, with_buyers)?))
        })
        .collect()
}
