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
/// Deliveries that one transaction cancels at most.
pub const CANCELLED_AT_ONCE: u32 = 1_000;

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

/// The same, once whoever is at it is done.
pub async fn lock_cursor(tx: &Tx) -> Result<i64> {
    cursor(tx, if tx.is_postgres() { " FOR UPDATE" } else { "" }).await?.ok_or_else(no_cursor)
}

/// The place up to which deliveries were made.
pub async fn read_cursor(reader: &impl Reader) -> Result<i64> {
    cursor(reader, "").await?.ok_or_else(no_cursor)
}

fn no_cursor() -> Error {
    Error::Corrupt("webhooks have no place in the log".to_owned())
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

/// Writes new deliveries, as far as their endpoints are enabled; how many are to be sent by it. Where an event is owed to an
/// endpoint already, `again` says whether it is to be sent again if that was settled; otherwise it is left as it is.
pub async fn insert(tx: &Tx, deliveries: &[WebhookDelivery], again: bool) -> Result<u64> {
    let conflict = if again {
        "ON CONFLICT (endpoint_id, event_id) DO UPDATE SET state = 'PENDING', round_count = 0, \
         next_at = excluded.next_at, settled_at = NULL WHERE webhook_delivery.state <> 'PENDING'"
    } else {
        "ON CONFLICT (endpoint_id, event_id) DO NOTHING"
    };
    let mut written = 0;
    for chunk in deliveries.chunks(CHUNK) {
        let rows = vec!["(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"; chunk.len()].join(", ");
        // The endpoint may have ended since it was read: nothing more is owed to it then.
        let text = format!(
            "INSERT INTO webhook_delivery (id, endpoint_id, seq, event_id, event_type, subject_id, occurred_at, state, \
             next_at, created_at, attempt_count, round_count) \
             SELECT v.column1, v.column2, v.column3, v.column4, v.column5, v.column6, v.column7, v.column8, v.column9, \
             v.column10, 0, 0 FROM (VALUES {rows}) v WHERE EXISTS \
             (SELECT 1 FROM webhook_endpoint e WHERE e.id = v.column2 AND e.state = 'ENABLED') {conflict}"
        );
        let statement = tx.sql(&text, chunk.iter().flat_map(values));
        written += tx.connection().execute_raw(statement).await?.rows_affected();
    }
    Ok(written)
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

/// Cancels what is owed to an endpoint, whose row is locked: at most [`CANCELLED_AT_ONCE`] deliveries, how many it was. What
/// is left is for [`ended_with_leftovers`].
pub async fn cancel_pending(tx: &Tx, endpoint: WebhookEndpointId, now: Timestamp) -> Result<u64> {
    let values: [Value; 3] =
        [now.micros().into(), endpoint.to_string().into(), i64::from(CANCELLED_AT_ONCE).into()];
    let text = "UPDATE webhook_delivery SET state = 'CANCELLED', lease = NULL, settled_at = ? WHERE id IN \
                (SELECT id FROM webhook_delivery WHERE endpoint_id = ? AND state = 'PENDING' ORDER BY next_at, id LIMIT ?)";
    Ok(tx.connection().execute_raw(tx.sql(text, values)).await?.rows_affected())
}

/// Some endpoints that are deleted or gone, to which something is still owed: more than one transaction cancels, or made by
/// one that did not know of their end yet.
pub async fn ended_with_leftovers(reader: &impl Reader, limit: u32) -> Result<Vec<WebhookEndpointId>> {
    let text = "SELECT e.id FROM webhook_endpoint e WHERE (e.deleted_at IS NOT NULL OR e.disabled_reason = 'GONE') \
                AND EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.endpoint_id = e.id AND d.state = 'PENDING') \
                ORDER BY e.id LIMIT ?";
    let rows = reader.connection().query_all_raw(reader.sql(text, [i64::from(limit)])).await?;
    rows.iter().map(|row| parse("webhook_endpoint.id", &row.try_get::<String>("", "id")?)).collect()
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
    let mut list = List::new(COLUMNS, "webhook_delivery", "created_at", "id").counted_so_far();
    list.narrow("endpoint_id = ?", [endpoint.to_string().into()]);
    if !states.is_empty() {
        let marks = vec!["?"; states.len()].join(", ");
        list.narrow(format!("state IN ({marks})"), states.iter().map(|state| Value::from(state.as_str())));
    }
    page(reader, &list, wanted, count, read, cursor).await
}

/// Forgets at most so many deliveries that were settled before an instant, with their attempts; how many went. They are chosen
/// once and locked; what another node forgets at this moment, or somebody has sent again, is left to them.
pub async fn forget_settled(tx: &Tx, before: Timestamp, limit: u32) -> Result<u64> {
    let suffix = if tx.is_postgres() { " FOR UPDATE SKIP LOCKED" } else { "" };
    let text = format!(
        "SELECT id FROM webhook_delivery WHERE settled_at < ? ORDER BY settled_at, id LIMIT ?{suffix}"
    );
    let rows = tx.connection().query_all_raw(tx.sql(&text, [before.micros(), i64::from(limit)])).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let mut ids: Vec<String> = Vec::with_capacity(rows.len());
    for row in &rows {
        ids.push(row.try_get("", "id")?);
    }
    let marks = vec!["?"; ids.len()].join(", ");
    let text = format!("DELETE FROM webhook_attempt WHERE delivery_id IN ({marks})");
    tx.connection().execute_raw(tx.sql(&text, ids.iter().cloned())).await?;
    let text = format!("DELETE FROM webhook_delivery WHERE id IN ({marks})");
    Ok(tx.connection().execute_raw(tx.sql(&text, ids)).await?.rows_affected())
}
