//! What suppliers' orders add up to.

use std::collections::HashMap;

use entity::supplier_metrics;

use super::{execute, listing, parse, rows_of};
use crate::domain::ids::SupplierId;
use crate::domain::supplier::SupplierMetrics;
use crate::domain::time::Timestamp;
use crate::store::{Reader, Result, Tx};

/// Adds changes to the metrics of suppliers and refreshes their listings.
pub async fn record(tx: &Tx, changes: &[(SupplierId, SupplierMetrics)], now: Timestamp) -> Result<()> {
    let mut sums: HashMap<SupplierId, [i64; 12]> = HashMap::new();
    for (supplier, change) in changes {
        let sum = sums.entry(*supplier).or_default();
        for (total, part) in sum.iter_mut().zip(figures(change)) {
            *total += part;
        }
    }
    let mut suppliers: Vec<_> = sums.keys().copied().collect();
    suppliers.sort_unstable();
    for supplier in &suppliers {
        let mut values: Vec<sea_orm::Value> = vec![supplier.to_string().into()];
        values.extend(sums.get(supplier).copied().unwrap_or_default().map(sea_orm::Value::from));
        values.push(now.micros().into());
        let columns = COLUMNS.join(", ");
        let added: Vec<String> = COLUMNS
            .iter()
            .map(|name| format!("{name} = supplier_metrics.{name} + excluded.{name}"))
            .collect();
        let text = format!(
            "INSERT INTO supplier_metrics (supplier_id, {columns}, updated_at) VALUES ({}?) \
             ON CONFLICT (supplier_id) DO UPDATE SET {}, updated_at = excluded.updated_at",
            "?, ".repeat(COLUMNS.len() + 1),
            added.join(", "),
        );
        execute(tx, &text, values).await?;
    }
    listing::refresh_suppliers(tx, &suppliers, now).await
}

/// The metrics of suppliers; those without an order are left out.
pub async fn load(reader: &impl Reader, ids: &[SupplierId]) -> Result<HashMap<SupplierId, SupplierMetrics>> {
    let rows = rows_of::<supplier_metrics::Entity>(reader, "supplier_id", ids, "supplier_id").await?;
    rows.into_iter()
        .map(|row| {
            let id = parse("supplier_metrics.supplier_id", &row.supplier_id)?;
            let metrics = SupplierMetrics {
                orders_placed: row.orders_placed,
                orders_completed: row.orders_completed,
                orders_cancelled: row.orders_cancelled,
                dispatched: row.dispatched,
                dispatched_late: row.dispatched_late,
                delivered: row.delivered,
                delivered_late: row.delivered_late,
                disputes: row.disputes,
                buyers: row.buyers,
                returning_buyers: row.returning_buyers,
                responses: row.responses,
                response_seconds: row.response_seconds,
            };
            Ok((id, metrics))
        })
        .collect()
}

const COLUMNS: [&str; 12] = [
    "orders_placed",
    "orders_completed",
    "orders_cancelled",
    "dispatched",
    "dispatched_late",
    "delivered",
    "delivered_late",
    "disputes",
    "buyers",
    "returning_buyers",
    "responses",
    "response_seconds",
];

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
        metrics.buyers,
        metrics.returning_buyers,
        metrics.responses,
        metrics.response_seconds,
    ]
}
