//! The regions beside the order, each row whole: read into the order, written as the difference that a step made.

use sea_orm::{ConnectionTrait, Value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::ids::{OrderId, RefundId};
use crate::domain::order::Order;
use crate::domain::time::Timestamp;
use crate::store::{Error, Reader, Result, Tx, parse};

/// A region as it is read.
#[derive(Deserialize)]
pub(super) struct Read {
    region: String,
    body: serde_json::Value,
}

/// A region as it is written.
#[derive(PartialEq, Eq)]
struct Row {
    region: &'static str,
    id: String,
    seq: u32,
    status: &'static str,
    body: String,
    opened_at: Timestamp,
}

/// Puts the regions that were read into the order.
pub(super) fn fill(order: &mut Order, regions: Vec<Read>) -> Result<()> {
    for Read { region, body } in regions {
        match region.as_str() {
            "REFUND" => order.refunds.push(decode(body)?),
            "AMENDMENT" => order.amendments.push(decode(body)?),
            "COMPENSATION" => order.compensations.push(decode(body)?),
            "DISPUTE" => order.disputes.push(decode(body)?),
            "CHARGEBACK" => order.chargebacks.push(decode(body)?),
            "INSPECTION" => order.inspections.push(decode(body)?),
            "RETURN" => order.returns.push(decode(body)?),
            "SERVICE_REQUEST" => order.after_sales.push(decode(body)?),
            "OFF_PLATFORM_PAYMENT" => order.off_platform_payments.push(decode(body)?),
            other => return Err(Error::Corrupt(format!("{}: region {other}", order.id))),
        }
    }
    Ok(())
}

fn rows(order: &Order) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for known in &order.refunds {
        let status = known.status.as_str();
        rows.push(row("REFUND", known.id.to_string(), known.seq, status, known.requested_at, known)?);
    }
    for known in &order.amendments {
        let status = known.status.as_str();
        rows.push(row("AMENDMENT", known.id.to_string(), known.seq, status, known.proposed_at, known)?);
    }
    for known in &order.compensations {
        let cause = known.cause.as_str();
        rows.push(row("COMPENSATION", known.id.to_string(), known.seq, cause, known.granted_at, known)?);
    }
    for known in &order.disputes {
        let status = known.status.as_str();
        rows.push(row("DISPUTE", known.id.to_string(), known.seq, status, known.opened_at, known)?);
    }
    for known in &order.chargebacks {
        let status = known.status.as_str();
        rows.push(row("CHARGEBACK", known.id.to_string(), known.seq, status, known.opened_at, known)?);
    }
    for known in &order.inspections {
        let status = known.status.as_str();
        rows.push(row("INSPECTION", known.id.to_string(), known.seq, status, known.booked_at, known)?);
    }
    for known in &order.returns {
        let status = known.status.as_str();
        rows.push(row("RETURN", known.id.to_string(), known.seq, status, known.requested_at, known)?);
    }
    for known in &order.after_sales {
        let status = known.status.as_str();
        rows.push(row(
            "SERVICE_REQUEST",
            known.id.to_string(),
            known.seq,
            status,
            known.requested_at,
            known,
        )?);
    }
    for known in &order.off_platform_payments {
        let (id, by) = (known.id.to_string(), known.recorded_by.as_str());
        rows.push(row("OFF_PLATFORM_PAYMENT", id, known.seq, by, known.recorded_at, known)?);
    }
    Ok(rows)
}

fn row(
    region: &'static str,
    id: String,
    seq: u32,
    status: &'static str,
    opened_at: Timestamp,
    body: &impl Serialize,
) -> Result<Row> {
    let body = serde_json::to_string(body).map_err(|error| Error::Corrupt(error.to_string()))?;
    Ok(Row { region, id, seq, status, body, opened_at })
}

fn decode<T: DeserializeOwned>(body: serde_json::Value) -> Result<T> {
    serde_json::from_value(body).map_err(|error| Error::Corrupt(format!("order_region.body: {error}")))
}

/// Writes the regions that a step made or changed.
pub async fn apply(tx: &Tx, before: &Order, after: &Order, now: Timestamp) -> Result<()> {
    let known = rows(before)?;
    for row in rows(after)? {
        match known.iter().find(|old| old.id == row.id) {
            Some(old) if *old == row => {}
            Some(_) => update(tx, &row, now).await?,
            None => insert(tx, after.id, &row, now).await?,
        }
    }
    index_inspections(tx, before, after).await
}

/// Notes who inspects and which payments are for fees, so that both find the order.
async fn index_inspections(tx: &Tx, before: &Order, after: &Order) -> Result<()> {
    for known in &after.inspections {
        let (id, order) = (known.id.to_string(), after.id.to_string());
        let old = before.inspections.iter().find(|old| old.id == known.id);
        if old.is_none() {
            let text =
                "INSERT INTO order_inspection (inspection_id, order_id, inspector_id) VALUES (?, ?, ?)";
            let values = [id.clone(), order.clone(), known.inspector.to_string()];
            tx.connection().execute_raw(tx.sql(text, values)).await?;
        }
        let noted = old.map_or(0, |old| old.payments.len());
        for payment in known.payments.iter().skip(noted) {
            let text =
                "INSERT INTO inspection_payment (payment_id, inspection_id, order_id) VALUES (?, ?, ?)";
            let values = [payment.id.to_string(), id.clone(), order.clone()];
            tx.connection().execute_raw(tx.sql(text, values)).await?;
        }
    }
    Ok(())
}

async fn update(tx: &Tx, row: &Row, now: Timestamp) -> Result<()> {
    let values: [Value; 4] =
        [row.status.into(), row.body.clone().into(), now.micros().into(), row.id.clone().into()];
    let text = "UPDATE order_region SET status = ?, body = ?, updated_at = ? WHERE id = ?";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

async fn insert(tx: &Tx, order: OrderId, row: &Row, now: Timestamp) -> Result<()> {
    let values: [Value; 8] = [
        row.id.clone().into(),
        order.to_string().into(),
        row.region.into(),
        i64::from(row.seq).into(),
        row.status.into(),
        row.body.clone().into(),
        row.opened_at.micros().into(),
        now.micros().into(),
    ];
    let text = "INSERT INTO order_region (id, order_id, region, seq, status, body, opened_at, updated_at) \
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// The refunds that a provider was asked for before the instant and has not told the end of.
pub async fn submitted_refunds(reader: &impl Reader, before: Timestamp) -> Result<Vec<RefundId>> {
    let text = "SELECT id FROM order_region WHERE region = 'REFUND' AND status = 'SUBMITTED' AND updated_at <= ? \
                ORDER BY opened_at, id LIMIT 100";
    let rows = reader.connection().query_all_raw(reader.sql(text, [before.micros()])).await?;
    rows.iter().map(|row| parse("order_region.id", &row.try_get::<String>("", "id")?)).collect()
}
