//! Who sends what: a node takes some of what is due with a lease, and whoever dies lets it run out.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::domain::ids::WebhookDeliveryId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::{Consequence, WebhookDelivery, WebhookDeliveryState, WebhookEndpoint};
use crate::store::{Db, Reader, Result, Tx};

use super::{deliveries, endpoints};

/// Endpoints that one claim looks at; those whose work is due longest come first.
const ENDPOINTS: i64 = 512;

/// A delivery that this node sends.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The delivery.
    pub delivery: WebhookDelivery,
    /// Whom it is sent to.
    pub endpoint: Arc<WebhookEndpoint>,
    /// The lease.
    pub lease: String,
}

/// Whether anything is due.
pub async fn any_due(db: &Db, now: Timestamp) -> Result<bool> {
    let text = "SELECT 1 AS found FROM webhook_delivery WHERE state = 'PENDING' AND next_at <= ? LIMIT 1";
    Ok(db.connection().query_one_raw(db.sql(text, [now.micros()])).await?.is_some())
}

/// The enabled endpoints that work is due for and that are not left in peace, with what is under way to each, locked; those
/// that another node claims for are left to it.
async fn endpoints_with_work(tx: &Tx, now: Timestamp) -> Result<Vec<(WebhookEndpoint, i64)>> {
    let columns = endpoints::COLUMNS;
    let suffix = if tx.is_postgres() { " FOR NO KEY UPDATE OF e SKIP LOCKED" } else { "" };
    let first =
        "(SELECT min(d.next_at) FROM webhook_delivery d WHERE d.endpoint_id = e.id AND d.state = 'PENDING')";
    let text = format!(
        "SELECT {columns}, (SELECT count(*) FROM webhook_delivery d WHERE d.endpoint_id = e.id AND d.lease IS NOT NULL \
         AND d.next_at > ?) AS under_way FROM webhook_endpoint e WHERE e.state = 'ENABLED' \
         AND (e.open_until IS NULL OR e.open_until <= ?) AND {first} <= ? ORDER BY {first}, e.id LIMIT ?{suffix}"
    );
    let now = now.micros();
    let rows = tx.connection().query_all_raw(tx.sql(&text, [now, now, now, ENDPOINTS])).await?;
    rows.iter().map(|row| Ok((endpoints::read(row)?, row.try_get("", "under_way")?))).collect()
}

/// What is due for an endpoint. Where order counts, nothing while something earlier of the same subject is owed.
async fn due(
    tx: &Tx,
    endpoint: &WebhookEndpoint,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<WebhookDelivery>> {
    let columns = deliveries::COLUMNS;
    let turn = if endpoint.ordered {
        " AND NOT EXISTS (SELECT 1 FROM webhook_delivery o WHERE o.endpoint_id = d.endpoint_id \
         AND o.subject_id = d.subject_id AND o.seq < d.seq AND o.state = 'PENDING')"
    } else {
        ""
    };
    let text = format!(
        "SELECT {columns} FROM webhook_delivery d WHERE d.endpoint_id = ? AND d.state = 'PENDING' AND d.next_at <= ?{turn} \
         ORDER BY d.next_at, d.id LIMIT ?"
    );
    let values: [Value; 3] = [endpoint.id.to_string().into(), now.micros().into(), limit.into()];
    let rows: Vec<QueryResult> = tx.connection().query_all_raw(tx.sql(&text, values)).await?;
    rows.iter().map(deliveries::read).collect()
}

/// Takes at most `room` deliveries that are due, for each endpoint no more than may be under way to it, until an instant.
pub async fn claim(
    tx: &Tx,
    room: i64,
    (now, until): (Timestamp, Timestamp),
    lease: &str,
) -> Result<Vec<Claimed>> {
    let mut claimed: Vec<Claimed> = Vec::new();
    for (endpoint, under_way) in endpoints_with_work(tx, now).await? {
        let taken = i64::try_from(claimed.len()).unwrap_or(i64::MAX);
        let limit = (endpoint.health.room(now) - under_way).min(room - taken);
        if limit <= 0 {
            continue;
        }
        let endpoint = Arc::new(endpoint);
        for delivery in due(tx, &endpoint, now, limit).await? {
            let values: [Value; 3] = [lease.into(), until.micros().into(), delivery.id.to_string().into()];
            let text = "UPDATE webhook_delivery SET lease = ?, next_at = ? WHERE id = ?";
            tx.connection().execute_raw(tx.sql(text, values)).await?;
            claimed.push(Claimed { delivery, endpoint: Arc::clone(&endpoint), lease: lease.to_owned() });
        }
    }
    Ok(claimed)
}

/// Notes what follows from an attempt and gives the delivery back; whether it was still held by this lease. Nothing is noted
/// otherwise. Its endpoint's row is locked before.
pub async fn settle(
    tx: &Tx,
    id: WebhookDeliveryId,
    lease: &str,
    consequence: Consequence,
    now: Timestamp,
) -> Result<bool> {
    let (state, next_at) = match consequence {
        Consequence::Settled(state) => (state, now),
        Consequence::Again(at) => (WebhookDeliveryState::Pending, at),
    };
    let settled_at = (state != WebhookDeliveryState::Pending).then_some(now.micros());
    let values: [Value; 5] = [
        state.as_str().into(),
        next_at.micros().into(),
        settled_at.into(),
        id.to_string().into(),
        lease.into(),
    ];
    let text = "UPDATE webhook_delivery SET state = ?, next_at = ?, settled_at = ?, attempt_count = attempt_count + 1, \
                round_count = round_count + 1, lease = NULL WHERE id = ? AND lease = ?";
    Ok(tx.connection().execute_raw(tx.sql(text, values)).await?.rows_affected() == 1)
}

/// Gives a delivery back that was not attempted.
pub async fn release(tx: &Tx, id: WebhookDeliveryId, lease: &str, now: Timestamp) -> Result<()> {
    let values: [Value; 3] = [now.micros().into(), id.to_string().into(), lease.into()];
    let text = "UPDATE webhook_delivery SET next_at = ?, lease = NULL WHERE id = ? AND lease = ?";
    tx.connection().execute_raw(tx.sql(text, values)).await?;
    Ok(())
}
