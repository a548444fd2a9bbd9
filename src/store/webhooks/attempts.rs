//! What became of each attempt.

use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::domain::ids::WebhookDeliveryId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::WebhookAttempt;
use crate::store::{Error, Reader, Result, Tx, parse};

/// Keeps an attempt.
pub async fn note_attempt(tx: &Tx, attempt: &WebhookAttempt) -> Result<()> {
    let values: [Value; 7] = [
        attempt.delivery.to_string().into(),
        attempt.number.into(),
        attempt.attempted_at.micros().into(),
        attempt.milliseconds.into(),
        attempt.status.map(i64::from).into(),
        attempt.error.map(|error| error.as_str().to_owned()).into(),
        attempt.response.clone().into(),
    ];
    let text = "INSERT INTO webhook_attempt (delivery_id, number, attempted_at, milliseconds, status, error, response) \
                VALUES (?, ?, ?, ?, ?, ?, ?)";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// The last 100 attempts of each of some deliveries, in their order.
pub async fn attempts_of(
    reader: &impl Reader,
    deliveries: &[WebhookDeliveryId],
) -> Result<Vec<WebhookAttempt>> {
    if deliveries.is_empty() {
        return Ok(Vec::new());
    }
    let marks = vec!["?"; deliveries.len()].join(", ");
    let values = deliveries.iter().map(ToString::to_string);
    let text = format!(
        "SELECT delivery_id, number, attempted_at, milliseconds, status, error, response FROM webhook_attempt \
         WHERE delivery_id IN ({marks}) \
         AND number > (SELECT attempt_count - 100 FROM webhook_delivery WHERE id = delivery_id) ORDER BY delivery_id, number"
    );
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    rows.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Result<WebhookAttempt> {
    let delivery: String = row.try_get("", "delivery_id")?;
    let status: Option<i64> = row.try_get("", "status")?;
    let error: Option<String> = row.try_get("", "error")?;
    Ok(WebhookAttempt {
        delivery: parse("webhook_attempt.delivery_id", &delivery)?,
        number: row.try_get("", "number")?,
        attempted_at: Timestamp::from_micros(row.try_get("", "attempted_at")?),
        milliseconds: row.try_get("", "milliseconds")?,
        status: status
            .map(u16::try_from)
            .transpose()
            .map_err(|_| Error::Corrupt("webhook_attempt.status is none".to_owned()))?,
        error: error.map(|word| parse("webhook_attempt.error", &word)).transpose()?,
        response: row.try_get("", "response")?,
    })
}
