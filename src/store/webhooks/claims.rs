//! Who sends what: a node takes some of what is due with a lease, and whoever dies lets it run out.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use sea_orm::{ConnectionTrait, Value};

use crate::domain::ids::{WebhookDeliveryId, WebhookEndpointId};
use crate::domain::time::Timestamp;
use crate::domain::webhook::breaker::FAILURES;
use crate::domain::webhook::share::{Places, TENANT_MAX, Tenant, Wish, share};
use crate::domain::webhook::{
    Consequence, IN_FLIGHT_MAX, WebhookDelivery, WebhookDeliveryState, WebhookEndpoint,
};
use crate::store::{Reader, Result, Tx, parse};

use super::{deliveries, endpoints};

/// Deliveries that one statement gives back.
const RELEASED_TOGETHER: usize = 200;
/// Where order counts, nothing is sent while something earlier of the same subject is owed.
const EARLIEST_OF_ITS_SUBJECT: &str = " AND NOT EXISTS (SELECT 1 FROM webhook_delivery p \
    WHERE p.endpoint_id = d.endpoint_id AND p.subject_id = d.subject_id AND p.seq < d.seq AND p.state = 'PENDING')";

/// A delivery that this node sends.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The delivery.
    pub delivery: WebhookDelivery,
    /// Whom it is sent to.
    pub endpoint: Arc<WebhookEndpoint>,
    /// The lease.
    pub lease: String,
    /// When it was taken.
    pub claimed_at: Timestamp,
}

/// The endpoints that work is due for, that are not left in peace, and that are full neither themselves nor in their tenants,
/// no more than there are free places: first those that little is under way to, then those that are well, then those of
/// tenants that little is under way to. What this says may have changed once their rows are locked.
///
/// Endpoints that nothing is owed to are not looked at: the index of what is owed leads from one endpoint to the next.
pub async fn endpoints_with_work(
    reader: &impl Reader,
    places: Places,
    now: Timestamp,
) -> Result<Vec<WebhookEndpointId>> {
    let owed = "SELECT min(d.endpoint_id) FROM webhook_delivery d WHERE d.state = 'PENDING'";
    let first =
        "(SELECT min(d.next_at) FROM webhook_delivery d WHERE d.endpoint_id = e.id AND d.state = 'PENDING')";
    let rested =
        if places.are_reserved() { "AND b.endpoint_id IS NULL AND e.consecutive_failures = 0" } else { "" };
    // What stands behind something earlier of its subject is no work.
    let turn = format!(
        "EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.endpoint_id = e.id AND d.state = 'PENDING' \
         AND d.next_at <= ?{EARLIEST_OF_ITS_SUBJECT})"
    );
    let text = format!(
        "WITH RECURSIVE owing (id) AS (SELECT ({owed}) \
         WHERE EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.state = 'PENDING' AND d.next_at <= ?) \
         UNION ALL SELECT ({owed} AND d.endpoint_id > o.id) FROM owing o WHERE o.id IS NOT NULL), \
         busy AS (SELECT d.endpoint_id, count(*) AS deliveries FROM webhook_delivery d \
         WHERE d.lease IS NOT NULL AND d.next_at > ? GROUP BY d.endpoint_id), \
         tenant AS (SELECT t.app_id, coalesce(t.company_id, '') AS company_id, \
         CAST(sum(b.deliveries) AS BIGINT) AS deliveries FROM busy b JOIN webhook_endpoint t ON t.id = b.endpoint_id \
         GROUP BY t.app_id, coalesce(t.company_id, '')) \
         SELECT e.id FROM owing o JOIN webhook_endpoint e ON e.id = o.id LEFT JOIN busy b ON b.endpoint_id = e.id \
         LEFT JOIN tenant t ON t.app_id = e.app_id AND t.company_id = coalesce(e.company_id, '') \
         WHERE e.state = 'ENABLED' AND (e.open_until IS NULL OR e.open_until <= ?) {rested} \
         AND coalesce(b.deliveries, 0) < CASE WHEN e.consecutive_failures >= {FAILURES} THEN 1 ELSE {IN_FLIGHT_MAX} END \
         AND coalesce(t.deliveries, 0) < {TENANT_MAX} AND {first} <= ? AND (NOT e.ordered OR {turn}) \
         ORDER BY coalesce(b.deliveries, 0), CASE WHEN e.consecutive_failures = 0 THEN 0 ELSE 1 END, \
         coalesce(t.deliveries, 0), {first}, e.id LIMIT ?"
    );
    let now = now.micros();
    let values = [now, now, now, now, now, places.free];
    let rows = reader.connection().query_all_raw(reader.sql(&text, values)).await?;
    rows.iter().map(|row| parse("webhook_endpoint.id", &row.try_get::<String>("", "id")?)).collect()
}

/// Locks those of some endpoints that are sent to now, in the given order; those that another node claims for are left to it.
async fn lock(tx: &Tx, ids: &[WebhookEndpointId], now: Timestamp) -> Result<Vec<WebhookEndpoint>> {
    let (columns, marks) = (endpoints::COLUMNS, vec!["?"; ids.len()].join(", "));
    let suffix = if tx.is_postgres() { " FOR NO KEY UPDATE SKIP LOCKED" } else { "" };
    let text = format!(
        "SELECT {columns} FROM webhook_endpoint WHERE id IN ({marks}) AND state = 'ENABLED' \
         AND (open_until IS NULL OR open_until <= ?){suffix}"
    );
    let mut values: Vec<Value> = ids.iter().map(|id| id.to_string().into()).collect();
    values.push(now.micros().into());
    let rows = tx.connection().query_all_raw(tx.sql(&text, values)).await?;
    let mut locked: Vec<WebhookEndpoint> = rows.iter().map(endpoints::read).collect::<Result<_>>()?;
    locked.sort_by_key(|endpoint| ids.iter().position(|id| *id == endpoint.id));
    Ok(locked)
}

/// What is under way to endpoints and to tenants.
type UnderWay = (HashMap<WebhookEndpointId, i64>, BTreeMap<Tenant, i64>);

/// What is under way, over all nodes. A statement behind the locks, so that it sees what those committed who held them before;
/// of a tenant's other endpoints it sees what is committed, so that two nodes may go beyond a tenant's part by one claim.
async fn under_way(tx: &Tx, now: Timestamp) -> Result<UnderWay> {
    let text = "SELECT e.id, e.app_id, e.company_id, count(*) AS deliveries FROM webhook_delivery d \
                JOIN webhook_endpoint e ON e.id = d.endpoint_id WHERE d.lease IS NOT NULL AND d.next_at > ? \
                GROUP BY e.id, e.app_id, e.company_id";
    let (mut of_endpoints, mut of_tenants) = UnderWay::default();
    for row in tx.connection().query_all_raw(tx.sql(text, [now.micros()])).await? {
        let company: Option<String> = row.try_get("", "company_id")?;
        let tenant = (
            parse("webhook_endpoint.app_id", &row.try_get::<String>("", "app_id")?)?,
            company.map(|id| parse("webhook_endpoint.company_id", &id)).transpose()?,
        );
        let deliveries: i64 = row.try_get("", "deliveries")?;
        let endpoint = parse("webhook_endpoint.id", &row.try_get::<String>("", "id")?)?;
        of_endpoints.insert(endpoint, deliveries);
        *of_tenants.entry(tenant).or_default() += deliveries;
    }
    Ok((of_endpoints, of_tenants))
}

/// What is due for each of these endpoints, no more than its number, those first that are due longest: one statement for all.
async fn due(
    tx: &Tx,
    wanted: &[(&WebhookEndpoint, i64)],
    now: Timestamp,
) -> Result<HashMap<WebhookEndpointId, Vec<WebhookDelivery>>> {
    let columns = deliveries::COLUMNS;
    let (mut parts, mut values) = (Vec::new(), Vec::<Value>::new());
    for (place, (endpoint, limit)) in wanted.iter().enumerate() {
        let turn = if endpoint.ordered { EARLIEST_OF_ITS_SUBJECT } else { "" };
        // An ORDER BY of a part needs a query of its own around it.
        parts.push(format!(
            "SELECT {columns} FROM (SELECT {columns} FROM webhook_delivery d WHERE d.endpoint_id = ? \
             AND d.state = 'PENDING' AND d.next_at <= ?{turn} ORDER BY d.next_at, d.id LIMIT ?) part_{place}"
        ));
        values.extend([endpoint.id.to_string().into(), now.micros().into(), (*limit).into()]);
    }
    let mut found: HashMap<_, Vec<WebhookDelivery>> = HashMap::new();
    if parts.is_empty() {
        return Ok(found);
    }
    let rows = tx.connection().query_all_raw(tx.sql(&parts.join(" UNION ALL "), values)).await?;
    for row in &rows {
        let delivery = deliveries::read(row)?;
        found.entry(delivery.endpoint).or_default().push(delivery);
    }
    for deliveries in found.values_mut() {
        deliveries.sort_by_key(|delivery| (delivery.next_at, delivery.id));
    }
    Ok(found)
}

/// Takes what is due for some endpoints until an instant: one delivery for each before anybody gets a second one, for each at
/// most `most` and no more than may be under way to it and to its tenant.
pub async fn claim(
    tx: &Tx,
    ids: &[WebhookEndpointId],
    (places, most): (Places, i64),
    (now, until): (Timestamp, Timestamp),
    lease: &str,
) -> Result<Vec<Claimed>> {
    let locked = lock(tx, ids, now).await?;
    let (of_endpoints, of_tenants) = under_way(tx, now).await?;
    let busy = |endpoint: &WebhookEndpoint| of_endpoints.get(&endpoint.id).copied().unwrap_or_default();
    let wanted: Vec<_> = locked
        .iter()
        .map(|endpoint| (endpoint, (endpoint.health.room(now) - busy(endpoint)).min(most)))
        .filter(|(_, room)| *room > 0)
        .collect();
    let mut found = due(tx, &wanted, now).await?;
    let wish = |endpoint: &WebhookEndpoint| Wish {
        tenant: endpoint.owner.tenant(),
        under_way: busy(endpoint),
        room: endpoint.health.room(now),
        fails: endpoint.health.consecutive_failures > 0,
        due: found.get(&endpoint.id).map_or(0, |due| i64::try_from(due.len()).unwrap_or(i64::MAX)),
    };
    let wishes: Vec<Wish> = locked.iter().map(wish).collect();
    let granted = share(&wishes, places, &of_tenants);
    let mut claimed = Vec::new();
    for (endpoint, granted) in locked.into_iter().zip(granted) {
        let endpoint = Arc::new(endpoint);
        let deliveries = found.remove(&endpoint.id).unwrap_or_default();
        for delivery in deliveries.into_iter().take(usize::try_from(granted).unwrap_or_default()) {
            let (endpoint, lease) = (Arc::clone(&endpoint), lease.to_owned());
            claimed.push(Claimed { delivery, endpoint, lease, claimed_at: now });
        }
    }
    hold(tx, &claimed, until, lease).await?;
    Ok(claimed)
}

/// Writes the lease.
async fn hold(tx: &Tx, claimed: &[Claimed], until: Timestamp, lease: &str) -> Result<()> {
    if claimed.is_empty() {
        return Ok(());
    }
    let marks = vec!["?"; claimed.len()].join(", ");
    let mut values: Vec<Value> = vec![lease.into(), until.micros().into()];
    values.extend(claimed.iter().map(|claimed| Value::from(claimed.delivery.id.to_string())));
    let text = format!("UPDATE webhook_delivery SET lease = ?, next_at = ? WHERE id IN ({marks})");
    tx.connection().execute_raw(tx.sql(&text, values)).await?;
    Ok(())
}

/// Keeps the body that a delivery is sent with, now and ever after, if the delivery is still held by this lease: the body that
/// is kept, which is the first one. Whoever lost the lease must not send, as somebody else may send another body.
pub async fn keep_body(tx: &Tx, id: WebhookDeliveryId, lease: &str, body: &str) -> Result<Option<String>> {
    let values: [Value; 3] = [body.into(), id.to_string().into(), lease.into()];
    let text =
        "UPDATE webhook_delivery SET body = coalesce(body, ?) WHERE id = ? AND lease = ? RETURNING body";
    let row = tx.connection().query_one_raw(tx.sql(text, values)).await?;
    Ok(row.map(|row| row.try_get("", "body")).transpose()?)
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
    let (state, next_at, goes_on) = match consequence {
        Consequence::Settled(state) => (state, now, 1),
        Consequence::Again(at) => (WebhookDeliveryState::Pending, at, 1),
        Consequence::Anew(at) => (WebhookDeliveryState::Pending, at, 0),
    };
    let settled_at = (state != WebhookDeliveryState::Pending).then_some(now.micros());
    let values: [Value; 6] = [
        state.as_str().into(),
        next_at.micros().into(),
        settled_at.into(),
        goes_on.into(),
        id.to_string().into(),
        lease.into(),
    ];
    let text = "UPDATE webhook_delivery SET state = ?, next_at = ?, settled_at = ?, attempt_count = attempt_count + 1, \
                round_count = (round_count + 1) * ?, lease = NULL WHERE id = ? AND lease = ?";
    Ok(tx.connection().execute_raw(tx.sql(text, values)).await?.rows_affected() == 1)
}

/// Gives a delivery back that was not attempted, to be sent from an instant on; whether it was still held by this lease.
pub async fn release(tx: &Tx, id: WebhookDeliveryId, lease: &str, next_at: Timestamp) -> Result<bool> {
    let values: [Value; 3] = [next_at.micros().into(), id.to_string().into(), lease.into()];
    let text = "UPDATE webhook_delivery SET next_at = ?, lease = NULL WHERE id = ? AND lease = ?";
    Ok(tx.connection().execute_raw(tx.sql(text, values)).await?.rows_affected() == 1)
}

/// Gives back those of some deliveries that are still held. A row that somebody else has locked is being settled or cancelled,
/// and is left to them: nothing is waited for, so that nobody waits in a circle.
pub async fn release_all(tx: &Tx, held: &[Arc<Claimed>], now: Timestamp) -> Result<()> {
    let suffix = if tx.is_postgres() { " FOR NO KEY UPDATE SKIP LOCKED" } else { "" };
    for chunk in held.chunks(RELEASED_TOGETHER) {
        let marks = vec!["(?, ?)"; chunk.len()].join(", ");
        let text = format!(
            "UPDATE webhook_delivery SET next_at = ?, lease = NULL WHERE id IN \
             (SELECT id FROM webhook_delivery WHERE (id, lease) IN (VALUES {marks}){suffix})"
        );
        let mut values: Vec<Value> = vec![now.micros().into()];
        values.extend(chunk.iter().flat_map(|claimed| {
            [Value::from(claimed.delivery.id.to_string()), Value::from(claimed.lease.clone())]
        }));
        tx.connection().execute_raw(tx.sql(&text, values)).await?;
    }
    Ok(())
}
