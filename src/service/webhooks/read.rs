//! Looking at endpoints, and at what became of what was sent.

use std::collections::HashMap;
use std::sync::Arc;

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::cursor::{self, Key};
use crate::domain::ids::{TypedId as _, WebhookDeliveryId, WebhookEndpointId};
use crate::domain::page::{Page, Slice};
use crate::domain::webhook::{
    WebhookAttempt, WebhookDelivery, WebhookDeliveryState, WebhookEndpoint, WebhookOwner, WebhookSecret,
};
use crate::service::payouts::time_cursor;
use crate::service::{Result, require_scope};
use crate::store;

/// The names of the lists in cursors.
const ENDPOINTS: &str = "webhook-endpoints";
const DELIVERIES: &str = "webhook-deliveries";

/// An endpoint with the secrets that sign now, newest first.
#[derive(Debug, Clone)]
pub struct EndpointRow {
    /// The endpoint.
    pub endpoint: WebhookEndpoint,
    /// Its secrets, as far as they may be shown.
    pub secrets: Vec<WebhookSecret>,
}

/// A delivery, and the rights that its body was made with: its endpoint never has fewer.
#[derive(Debug, Clone)]
pub struct DeliveryRow {
    /// The delivery.
    pub delivery: WebhookDelivery,
    /// Whose its endpoint is.
    pub owner: WebhookOwner,
}

async fn with_secrets(app: &App, endpoints: Slice<WebhookEndpoint>) -> Result<Slice<EndpointRow>> {
    let ids: Vec<_> = endpoints.rows.iter().map(|(_, endpoint)| endpoint.id).collect();
    let mut secrets: HashMap<_, Vec<_>> = HashMap::new();
    for (id, secret) in store::webhooks::secrets_of(&app.db, &ids, app.clock.now()).await? {
        secrets.entry(id).or_default().push(secret);
    }
    Ok(endpoints.map(|endpoint| {
        let secrets = secrets.remove(&endpoint.id).unwrap_or_default();
        EndpointRow { endpoint, secrets }
    }))
}

/// An endpoint with its secrets, as a command answers it.
pub async fn row(app: &App, endpoint: WebhookEndpoint) -> Result<EndpointRow> {
    let secrets = store::webhooks::secrets_of(&app.db, &[endpoint.id], app.clock.now()).await?;
    Ok(EndpointRow { endpoint, secrets: secrets.into_iter().map(|(_, secret)| secret).collect() })
}

/// One of the actor's own; one of others answers as one that does not exist.
pub async fn endpoint(app: &App, actor: &Actor, id: WebhookEndpointId) -> Result<Option<EndpointRow>> {
    require_scope(actor, Scope::WebhooksManage)?;
    match store::webhooks::endpoint(&app.db, id).await?.filter(|found| found.is_of(actor)) {
        Some(found) => row(app, found).await.map(Some),
        None => Ok(None),
    }
}

/// The actor's own, newest first.
pub async fn endpoints(app: &App, actor: &Actor, page: &Page, count: bool) -> Result<Slice<EndpointRow>> {
    require_scope(actor, Scope::WebhooksManage)?;
    let partner = actor.app.ok_or_else(|| anyhow::anyhow!("a scope was granted to nobody"))?;
    let place =
        |cursor: &Option<String>| cursor.as_deref().map(|text| time_cursor(ENDPOINTS, text)).transpose();
    let wanted = (page, place(&page.after)?, place(&page.before)?);
    let cursor = |found: &WebhookEndpoint| {
        cursor::encode(ENDPOINTS, &[Key::Int(found.created_at.micros()), Key::Text(found.id.to_string())])
    };
    let found =
        store::webhooks::list_endpoints(&app.db, (partner, actor.company), wanted, count, cursor).await?;
    with_secrets(app, found).await
}

/// A delivery to one of the actor's endpoints.
pub async fn delivery(app: &App, actor: &Actor, id: WebhookDeliveryId) -> Result<Option<DeliveryRow>> {
    require_scope(actor, Scope::WebhooksManage)?;
    let found = store::webhooks::delivery(&app.db, id).await?;
    // One that is not there costs as much as one of others.
    let endpoint = found.as_ref().map_or(WebhookEndpointId::from_u128(0), |found| found.endpoint);
    let endpoint = store::webhooks::endpoint(&app.db, endpoint).await?;
    let own = found.zip(endpoint.filter(|endpoint| endpoint.is_of(actor)));
    Ok(own.map(|(delivery, endpoint)| DeliveryRow { delivery, owner: endpoint.owner }))
}

/// The attempts of deliveries that the actor was shown, the first one first.
pub async fn attempts(
    app: &App,
    deliveries: &[WebhookDeliveryId],
) -> Result<HashMap<WebhookDeliveryId, Arc<Vec<WebhookAttempt>>>> {
    let mut attempts: HashMap<_, Vec<_>> = HashMap::new();
    for attempt in store::webhooks::attempts_of(&app.db, deliveries).await? {
        attempts.entry(attempt.delivery).or_default().push(attempt);
    }
    Ok(attempts.into_iter().map(|(delivery, attempts)| (delivery, Arc::new(attempts))).collect())
}

/// What is owed to an endpoint that the actor was shown, and was, newest first.
pub async fn deliveries(
    app: &App,
    endpoint: &WebhookEndpoint,
    states: &[WebhookDeliveryState],
    page: &Page,
    count: bool,
) -> Result<Slice<DeliveryRow>> {
    let place =
        |cursor: &Option<String>| cursor.as_deref().map(|text| time_cursor(DELIVERIES, text)).transpose();
    let wanted = (page, place(&page.after)?, place(&page.before)?);
    let cursor = |found: &WebhookDelivery| {
        cursor::encode(DELIVERIES, &[Key::Int(found.created_at.micros()), Key::Text(found.id.to_string())])
    };
    let mut states = states.to_vec();
    states.sort_unstable();
    states.dedup();
    let found =
        store::webhooks::list_deliveries(&app.db, endpoint.id, &states, wanted, count, cursor).await?;
    Ok(found.map(|delivery| DeliveryRow { delivery, owner: endpoint.owner }))
}
