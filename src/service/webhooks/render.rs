//! What is sent: the standard body, or what the endpoint's own document makes of the event.

use std::fmt::Debug;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::error::Refusal;
use crate::domain::event::{Event, EventSubject};
use crate::domain::webhook::{BODY_BYTES_MAX, WebhookEndpoint};
use crate::service::auth::{self, Grant};
use crate::service::{Error, Result, events, require_scope};
use crate::store;
use crate::store::webhooks::Claimed;

/// Runs documents through the door and the executor that serve everybody, so that permissions and shapes are the API's.
#[async_trait::async_trait]
pub trait WebhookRenderer: Debug + Send + Sync {
    /// Checks a document in full; names every reason against it.
    fn check(&self, document: &str) -> std::result::Result<(), Vec<Refusal>>;

    /// What the document makes of an event for this caller, as JSON. An answer with any error is none.
    async fn render(
        &self,
        app: &Arc<App>,
        actor: &Arc<Actor>,
        document: &str,
        told: (Arc<Event>, String),
    ) -> Result<String>;
}

/// The caller on whose behalf an endpoint is sent to, as the app and the company are now.
pub(super) async fn principal(app: &App, endpoint: &WebhookEndpoint) -> Result<Arc<Actor>> {
    let owner = endpoint.owner;
    let grant = Grant {
        app: owner.app,
        company: owner.company,
        member: None,
        role: owner.role,
        scopes: owner.scopes,
    };
    let actor = auth::again(app, grant).await?;
    require_scope(&actor, Scope::WebhooksManage)?;
    require_scope(&actor, Scope::OrdersRead)?;
    Ok(actor)
}

/// What there is to send.
#[derive(Debug)]
pub(super) enum Body {
    /// This, now and in every other attempt.
    Kept(String),
    /// Nothing: it would be too large.
    TooLarge,
    /// Nothing: the lease is over, and somebody else sends.
    TakenOver,
}

/// The body of a delivery: the one that it was sent with before, or a new one.
pub(super) async fn body(app: &Arc<App>, claimed: &Claimed) -> Result<Body> {
    let actor = principal(app, &claimed.endpoint).await?;
    if let Some(body) = &claimed.delivery.body {
        return Ok(Body::Kept(body.clone()));
    }
    let seq = claimed.delivery.seq;
    let told = store::events::behind(&app.db, seq - 1, 1).await?.pop();
    let told = told.filter(|told| told.event.id == claimed.delivery.event);
    let event = told.ok_or_else(|| anyhow::anyhow!("the event at {seq} is not in the log"))?.event;
    let cursor = events::cursor_of(app, seq).await?;
    let body = match &claimed.endpoint.document {
        Some(document) => {
            app.webhooks.renderer.render(app, &actor, document, (Arc::new(event), cursor)).await?
        }
        None => standard(&event, &cursor).map_err(Error::Internal)?,
    };
    if body.len() > BODY_BYTES_MAX {
        return Ok(Body::TooLarge);
    }
    let tx = app.db.begin().await?;
    let kept = store::webhooks::keep_body(&tx, claimed.delivery.id, &claimed.lease, &body).await?;
    tx.commit().await?;
    // What is kept is what is sent: another attempt may have made it.
    Ok(kept.map_or(Body::TakenOver, Body::Kept))
}

/// The standard body: all facts of the event as the log keeps them.
fn standard(event: &Event, cursor: &str) -> anyhow::Result<String> {
    let (name, version) = match event.subject {
        EventSubject::Order(_) => ("orderId", "orderVersion"),
        EventSubject::Supplier(_) => ("supplierId", "subjectVersion"),
        EventSubject::Quote(_) => ("quoteId", "subjectVersion"),
        EventSubject::Company(_) => ("companyId", "subjectVersion"),
    };
    let mut data: Map<String, Value> = event.body.clone();
    data.insert(name.to_owned(), event.subject.to_string().into());
    data.insert("sequence".to_owned(), event.subject_seq.into());
    data.insert(version.to_owned(), event.subject_version.into());
    let body = json!({
        "type": event.kind.as_str(),
        "id": event.id,
        "occurredAt": event.occurred_at.to_string(),
        "cursor": cursor,
        "data": data,
    });
    Ok(serde_json::to_string(&body)?)
}
