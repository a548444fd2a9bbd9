//! What is owed to endpoints.

use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::domain::ids::{WebhookDeliveryId, WebhookEndpointId};
use crate::domain::page::{Page, Slice};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{WebhookDelivery, WebhookDeliveryState};
use crate::store::keyset::{Key, List, page};
use crate::store::{Error, Reader, Result, Tx, parse};

pub(super) const COLUMNS: &str = "id, endpoint_id, seq, event_id, event_type, subject_id, occurred_at, state, \
    attempt_count, round_count, next_at, lease, body, created_at, settled_at";
/// Rows that are written by one statement.
const CHUNK: usize = 200;

pub(super) fn read(row: &QueryResult) -> Result<WebhookDelivery> {
    let text = |column: &str| row.try_get::<String>("", column);
    let time = |column: &str| row.try_get::<i64>("", column).map(Timestamp::from_micros);
    let settled_at: Option<i64> = row.try_get("", "settled_at")?;
    Ok(WebhookDelivery {
        id: parse("webhook_delivery.id", &text("id")?)?,
        endpoint: parse("webhook_delivery.endpoint_id", &text("endpoint_id")?)?,
        seq: row.try_get("", "seq")?,
        event: parse("webhook_delivery.event_id", &text("event_id")?)?,
        event_type: parse("webhook_delivery.event_type", &text("event_type")?)?,
        subject: text("subject_id")?,
        occurred_at: time("occurred_at")?,
        state: parse("webhook_delivery.state", &text("state")?)?,
        attempt_count: row.try_get("", "attempt_count")?,
        round_count: row.try_get("", "round_count")?,
        next_at: time("next_at")?,
        is_leased: row.try_get::<Option<String>>("", "lease")?.is_some(),
        body: row.try_get("", "body")?,
        created_at: time("created_at")?,
        settled_at: settled_at.map(Timestamp::from_micros),
    })
}

/// The place up to which deliveries were made, locked; none where another node is at it.
pub async fn take_cursor(tx: &Tx) -> Result<Option<i64>> {
    cursor(tx, if tx.is_postgres() { " FOR UPDATE SKIP LOCKED" } else { "" }).await
}

/// The place up to which deliveries were made.
pub async fn read_cursor(reader: &impl Reader) -> Result<i64> {
    let found = cursor(reader, "").await?;
    found.ok_or_else(|| Error::Corrupt("webhooks have no place in the log".to_owned()))
}

async fn cursor(reader: &impl Reader, suffix: &str) -> Result<Option<i64>> {
    let text = format!("SELECT seq FROM webhook_cursor WHERE lane = 0{suffix}");
    let row = reader.connection().query_one_raw(reader.sql(&text, std::iter::empty::<Value>())).await?;
    Ok(row.map(|row| row.try_get("", "seq")).transpose()?)
}

/// Moves that place on.
pub async fn advance_cursor(tx: &Tx, seq: i64) -> Result<()> {
    tx.connection().execute_raw(tx.sql("UPDATE webhook_cursor SET seq = ? WHERE lane = 0", [seq])).await?;
    Ok(())
}

fn values(delivery: &WebhookDelivery) -> [Value; 10] {
    [
        delivery.id.to_string().into(),
        delivery.endpoint.to_string().into(),
        delivery.seq.into(),
        delivery.event.to_string().into(),
        delivery.event_type.as_str().into(),
        delivery.subject.clone().into(),
        delivery.occurred_at.micros().into(),
        delivery.state.as_str().into(),
        delivery.next_at.micros().into(),
        delivery.created_at.micros().into(),
    ]
}

/// Writes new deliveries. Where an event is owed to an endpoint already, `again` says whether it is to be sent again if that
/// was settled; otherwise it is left as it is.
pub async fn insert(tx: &Tx, deliveries: &[WebhookDelivery], again: bool) -> Result<()> {
    let conflict = if again {
        "ON CONFLICT (endpoint_id, event_id) DO UPDATE SET state = 'PENDING', round_count = 0, \
         next_at = excluded.next_at, settled_at = NULL WHERE webhook_delivery.state <> 'PENDING'"
    } else {
        "ON CONFLICT (endpoint_id, event_id) DO NOTHING"
    };
    for chunk in deliveries.chunks(CHUNK) {
        let rows = vec!["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)"; chunk.len()].join(", ");
        let text = format!(
            "INSERT INTO webhook_delivery (id, endpoint_id, seq, event_id, event_type, subject_id, occurred_at, state, \
             next_at, created_at, attempt_count, round_count) VALUES {rows} {conflict}"
        );
        tx.connection().execute_raw(tx.sql(&text, chunk.iter().flat_map(values))).await?;
    }
    Ok(())
}

async fn one(reader: &impl Reader, id: WebhookDeliveryId, suffix: &str) -> Result<Option<WebhookDelivery>> {
    let text = format!("SELECT {COLUMNS} FROM webhook_delivery WHERE id = ?{suffix}");
    let row = reader.connection().query_one_raw(reader.sql(&text, [id.to_string()])).await?;
    row.as_ref().map(read).transpose()
}

/// A delivery.
pub async fn delivery(reader: &impl Reader, id: WebhookDeliveryId) -> Result<Option<WebhookDelivery>> {
    one(reader, id, "").await
}

/// The same, locked until the transaction ends. Its endpoint's row is locked before.
pub async fn lock_delivery(tx: &Tx, id: WebhookDeliveryId) -> Result<Option<WebhookDelivery>> {
    one(tx, id, if tx.is_postgres() { " FOR UPDATE" } else { "" }).await
}

/// A delivery is to be sent again from an instant on, with the whole schedule before it. One that is being sent is left alone.
pub async fn owe_again(tx: &Tx, id: WebhookDeliveryId, now: Timestamp) -> Result<()> {
    let values: [Value; 2] = [now.micros().into(), id.to_string().into()];
    let text = "UPDATE webhook_delivery SET state = 'PENDING', round_count = 0, next_at = ?, settled_at = NULL \
                WHERE id = ? AND lease IS NULL";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// Nothing that is owed to an endpoint is sent any more.
pub async fn cancel_pending(tx: &Tx, endpoint: WebhookEndpointId, now: Timestamp) -> Result<()> {
    let values: [Value; 2] = [now.micros().into(), endpoint.to_string().into()];
    let text = "UPDATE webhook_delivery SET state = 'CANCELLED', lease = NULL, settled_at = ? \
                WHERE endpoint_id = ? AND state = 'PENDING'";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}

/// What is owed to an endpoint and was, newest first; only in one of the states where any are named.
pub async fn list_deliveries(
    reader: &impl Reader,
    endpoint: WebhookEndpointId,
    states: &[WebhookDeliveryState],
    wanted: (&Page, Option<Key>, Option<Key>),
    count: bool,
    cursor: impl Fn(&WebhookDelivery) -> String,
) -> Result<Slice<WebhookDelivery>> {
    let mut list = List::new(COLUMNS, "webhook_delivery", "created_at", "id");
    list.narrow("endpoint_id = ?", [endpoint.to_string().into()]);
    if !states.is_empty() {
        let marks = vec!["?"; states.len()].join(", ");
        list.narrow(format!("state IN ({marks})"), states.iter().map(|state| Value::from(state.as_str())));
    }
    page(reader, &list, wanted, count, read, cursor).await
}

/// Forgets at most so many deliveries that were settled before an instant, with their attempts; how many went.
pub async fn forget_settled(tx: &Tx, before: Timestamp, limit: u32) -> Result<u64> {
    let old = "SELECT id FROM webhook_delivery WHERE settled_at < ? ORDER BY settled_at, id LIMIT ?";
    let values: [Value; 2] = [before.micros().into(), i64::from(limit).into()];
    let text = format!("DELETE FROM webhook_attempt WHERE delivery_id IN ({old})");
    tx.connection().execute_raw(tx.sql(&text, values.clone())).await?;
    let text = format!("DELETE FROM webhook_delivery WHERE id IN ({old})");
    Ok(tx.connection().execute_raw(tx.sql(&text, values)).await?.rows_affected())
}
