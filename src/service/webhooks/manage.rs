//! Endpoints: made, changed, deleted, and their secrets rotated by their owner.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::error::{Code, Refusal};
use crate::domain::event::EventType;
use crate::domain::ids::WebhookEndpointId;
use crate::domain::time::Timestamp;
use crate::domain::webhook::address;
use crate::domain::webhook::breaker::Health;
use crate::domain::webhook::share::Tenant;
use crate::domain::webhook::{
    ENDPOINTS_MAX, ROTATION, SECRETS_MAX, WebhookDisabledReason, WebhookEndpoint, WebhookEndpointState,
    WebhookOwner,
};
use crate::service::orders::{Begun, Claimed, Envelope, Made, retrying};
use crate::service::{Error, Result};
use crate::store;

use super::resolve::check_address;
use super::{Webhooks, blamed, leftovers, must_cover, now_of, owner_of, secrets};

/// The commands that look at the network, by their names.
const CREATE: &str = "createWebhookEndpoint";
const UPDATE: &str = "updateWebhookEndpoint";

/// A new endpoint as its owner wants it.
#[derive(Debug, Clone)]
pub struct EndpointDraft {
    /// Where events are sent.
    pub url: String,
    /// Only these types; all where empty.
    pub event_types: Vec<EventType>,
    /// The subscription that bodies are made by.
    pub document: Option<String>,
    /// Whether the events of one subject are sent one after the other.
    pub ordered: bool,
}

/// What changes of an endpoint; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct EndpointChange {
    /// Where events are sent.
    pub url: Option<String>,
    /// Only these types; all where empty.
    pub event_types: Option<Vec<EventType>>,
    /// The subscription that bodies are made by; none inside for the standard body.
    pub document: Option<Option<String>>,
    /// Whether the events of one subject are sent one after the other.
    pub ordered: Option<bool>,
    /// Whether events are sent.
    pub state: Option<WebhookEndpointState>,
}

/// What a command answered.
#[derive(Clone)]
pub struct Changed {
    /// The endpoint after it.
    pub endpoint: WebhookEndpoint,
    /// A new secret: shown now and never again.
    pub secret: Option<String>,
    /// Whether this is the answer to an earlier command with the same key.
    pub replayed: bool,
}

impl std::fmt::Debug for Changed {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Changed({:?}, replayed: {})", self.endpoint, self.replayed)
    }
}

/// An address as commands are told apart by: however it is written, it is one. What is none is told apart as it is.
fn plain(app: &App, url: &str) -> String {
    address::check(url, app.config.webhooks.local).map_or_else(|_| url.to_owned(), |target| target.url)
}

/// Checks an address and a document as far as they are given; the network is asked before the transaction begins.
async fn check(
    app: &App,
    tenant: Tenant,
    url: Option<&str>,
    document: Option<&str>,
) -> Result<Option<String>> {
    if let Some(document) = document {
        app.webhooks.renderer.check(document).map_err(Error::Refused)?;
    }
    let Some(url) = url else { return Ok(None) };
    let Webhooks { resolver, checks, .. } = &app.webhooks;
    let target = check_address((resolver.as_ref(), checks), tenant, url, app.config.webhooks.local).await;
    Ok(Some(target.map_err(|error| blamed(error, &["input", "url"]))?.url))
}

fn distinct(mut types: Vec<EventType>) -> Vec<EventType> {
    types.sort_unstable();
    types.dedup();
    types
}

/// Registers an endpoint.
pub async fn create(app: &App, actor: &Actor, draft: EndpointDraft, envelope: &Envelope) -> Result<Changed> {
    let owner = owner_of(actor)?;
    let draft = EndpointDraft { event_types: distinct(draft.event_types), ..draft };
    let input = json!({ "url": plain(app, &draft.url), "eventTypes": draft.event_types, "document": draft.document,
        "ordered": draft.ordered });
    if let Some(made) = Claimed::answered(app, actor, envelope, CREATE, &input).await? {
        return replay(app, &made).await;
    }
    let url =
        check(app, owner.tenant(), Some(&draft.url), draft.document.as_deref()).await?.unwrap_or_default();
    let draft = EndpointDraft { url, ..draft };
    retrying(|| async {
        let claimed = match Claimed::begin(app, actor, envelope, CREATE, &input).await? {
            Begun::Fresh(claimed) => claimed,
            Begun::Replayed(made) => return replay(app, &made).await,
        };
        if store::webhooks::lock_count_of(&claimed.tx, owner.app, owner.company).await? >= ENDPOINTS_MAX {
            let message = format!("An app has {ENDPOINTS_MAX} endpoints for a company at most. Delete one.");
            return Err(Refusal::new(Code::TooManyWebhookEndpoints, message).into());
        }
        let now = now_of(app, &claimed.tx).await?;
        let endpoint = WebhookEndpoint {
            id: app.ids.make(now),
            owner,
            url: draft.url.clone(),
            event_types: draft.event_types.clone(),
            document: draft.document.clone(),
            ordered: draft.ordered,
            state: WebhookEndpointState::Enabled,
            disabled_reason: None,
            disabled_at: None,
            health: Health::default(),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        store::webhooks::insert_endpoint(&claimed.tx, &endpoint).await?;
        finish_with_secret(app, claimed, (endpoint, 1), envelope).await
    })
    .await
}

/// Makes the endpoint's next secret and ends the command.
async fn finish_with_secret(
    app: &App,
    claimed: Claimed<'_>,
    (endpoint, number): (WebhookEndpoint, i64),
    envelope: &Envelope,
) -> Result<Changed> {
    let now = endpoint.updated_at;
    let secret = secrets::make(app, &claimed.tx, (endpoint.id, number), now).await?;
    claimed.finish(app, &Made::of(format!("{}/{number}", endpoint.id))).await?;
    // What was only checked is not kept, so nothing would ever be signed with it.
    let secret = (!envelope.validate_only).then_some(secret);
    Ok(Changed { endpoint, secret, replayed: false })
}

/// The answer to a key that was answered before, with the secret that it made as long as that signs: the first answer may
/// have been lost on its way.
async fn replay(app: &App, made: &Made) -> Result<Changed> {
    let subject: String = made.subject()?;
    let (id, number) = match subject.split_once('/') {
        Some((id, number)) => (id, number.parse().ok()),
        None => (subject.as_str(), None),
    };
    let id: WebhookEndpointId =
        id.parse().map_err(|_| anyhow::anyhow!("a command answered without what it made"))?;
    let endpoint = store::webhooks::endpoint(&app.db, id).await?;
    let endpoint = endpoint.ok_or_else(|| Refusal::not_found("webhook endpoint"))?;
    let mut secret = None;
    for kept in store::webhooks::signing_secrets(&app.db, id, app.clock.now()).await? {
        if Some(kept.secret.number) == number {
            secret = Some(secrets::open(app, id, &kept).await?);
        }
    }
    Ok(Changed { endpoint, secret, replayed: true })
}

/// The actor's endpoint, locked.
pub(super) async fn lock(tx: &store::Tx, actor: &Actor, id: WebhookEndpointId) -> Result<WebhookEndpoint> {
    let found = store::webhooks::lock_endpoint(tx, id).await?.filter(|found| found.is_of(actor));
    let refusal = || Refusal::not_found("webhook endpoint").at(&["input", "webhookEndpointId"]);
    Ok(found.ok_or_else(refusal)?)
}

impl EndpointChange {
    /// Whether it says what is sent, or where to: that is for those who have all rights that the endpoint is rendered with.
    const fn says_what_is_sent(&self) -> bool {
        self.url.is_some() || self.event_types.is_some() || self.document.is_some()
    }
}

/// Changes an endpoint. Enabled anew it begins anew; what was owed to it is sent.
pub async fn update(
    app: &App,
    actor: &Actor,
    (id, change): (WebhookEndpointId, EndpointChange),
    envelope: &Envelope,
) -> Result<Changed> {
    let owner = owner_of(actor)?;
    let change = EndpointChange { event_types: change.event_types.map(distinct), ..change };
    let url = change.url.as_deref().map(|url| plain(app, url));
    let input = json!({ "id": id, "url": url, "eventTypes": change.event_types,
        "document": change.document, "ordered": change.ordered, "state": change.state,
        "expectedVersion": envelope.expected_version });
    if let Some(made) = Claimed::answered(app, actor, envelope, UPDATE, &input).await? {
        return replay(app, &made).await;
    }
    let document = change.document.as_ref().and_then(|document| document.as_deref());
    let url = check(app, owner.tenant(), change.url.as_deref(), document).await?;
    let change = EndpointChange { url, ..change };
    let enables = change.state == Some(WebhookEndpointState::Enabled);
    if enables && !envelope.validate_only {
        clear(app, actor, id).await?;
    }
    retrying(|| async {
        let claimed = match Claimed::begin(app, actor, envelope, UPDATE, &input).await? {
            Begun::Fresh(claimed) => claimed,
            Begun::Replayed(made) => return replay(app, &made).await,
        };
        let before = lock(&claimed.tx, actor, id).await?;
        before.check_version(envelope.expected_version)?;
        if change.says_what_is_sent() {
            must_cover(actor, &before.owner)?;
        }
        let now = now_of(app, &claimed.tx).await?;
        if enables && before.disabled_reason == Some(WebhookDisabledReason::Gone) {
            cancel_last(&claimed.tx, id, now).await?;
        }
        let endpoint = changed(&before, change.clone(), owner, now);
        store::webhooks::update_endpoint(&claimed.tx, &endpoint).await?;
        claimed.finish(app, &Made::of(id)).await?;
        Ok(Changed { endpoint, secret: None, replayed: false })
    })
    .await
}

/// An endpoint after a change. It has the rights of whoever said where events are sent, which are never less than before:
/// nobody's rights are lent to an address of somebody else, and no body made with more goes to one that has less.
fn changed(
    before: &WebhookEndpoint,
    change: EndpointChange,
    owner: WebhookOwner,
    now: Timestamp,
) -> WebhookEndpoint {
    let owner = if change.url.is_some() { owner } else { before.owner };
    let url = change.url.unwrap_or_else(|| before.url.clone());
    let endpoint = WebhookEndpoint {
        // How another server did says nothing of this one.
        health: if url == before.url { before.health } else { Health::default() },
        url,
        event_types: change.event_types.unwrap_or_else(|| before.event_types.clone()),
        document: change.document.unwrap_or_else(|| before.document.clone()),
        ordered: change.ordered.unwrap_or(before.ordered),
        owner,
        version: before.version + 1,
        updated_at: now,
        ..before.clone()
    };
    match (change.state, endpoint.state) {
        (Some(WebhookEndpointState::Enabled), WebhookEndpointState::Disabled) => endpoint.enabled(),
        (Some(WebhookEndpointState::Disabled), WebhookEndpointState::Enabled) => {
            endpoint.disabled(WebhookDisabledReason::ByOwner, now)
        }
        (Some(_) | None, _) => endpoint,
    }
}

/// Cancels what was owed to an endpoint that was gone, before the transaction that enables it anew: however much it is.
async fn clear(app: &App, actor: &Actor, id: WebhookEndpointId) -> Result<()> {
    let known = store::webhooks::endpoint(&app.db, id).await?.filter(|known| known.is_of(actor));
    if known.is_some_and(|known| known.disabled_reason == Some(WebhookDisabledReason::Gone)) {
        leftovers::cancel_of(app, id).await?;
    }
    Ok(())
}

/// Cancels what was left of it meanwhile, so that nothing of before is sent to it.
async fn cancel_last(tx: &store::Tx, id: WebhookEndpointId, now: Timestamp) -> Result<()> {
    let cancelled = store::webhooks::cancel_pending(tx, id, now).await?;
    if cancelled < u64::from(store::webhooks::CANCELLED_AT_ONCE) {
        return Ok(());
    }
    let message = "What was owed to the endpoint is still being cancelled. Try again in a moment.";
    Err(Refusal::new(Code::StateConflict, message).into())
}

/// Deletes an endpoint; what is owed to it is cancelled, a large rest of it by the node's jobs.
pub async fn delete(
    app: &App,
    actor: &Actor,
    id: WebhookEndpointId,
    envelope: &Envelope,
) -> Result<(WebhookEndpointId, bool)> {
    owner_of(actor)?;
    let input = json!({ "id": id });
    retrying(|| async {
        let claimed = match Claimed::begin(app, actor, envelope, "deleteWebhookEndpoint", &input).await? {
            Begun::Fresh(claimed) => claimed,
            Begun::Replayed(made) => return Ok((made.subject()?, true)),
        };
        let mut endpoint = lock(&claimed.tx, actor, id).await?;
        let now = now_of(app, &claimed.tx).await?;
        if endpoint.state == WebhookEndpointState::Enabled {
            endpoint = endpoint.disabled(WebhookDisabledReason::ByOwner, now);
            store::webhooks::update_endpoint(&claimed.tx, &endpoint).await?;
        }
        store::webhooks::cancel_pending(&claimed.tx, id, now).await?;
        store::webhooks::delete(&claimed.tx, id, now).await?;
        claimed.finish(app, &Made::of(id)).await?;
        Ok((id, false))
    })
    .await
}

/// Makes a new secret; the one before signs beside it for 24 hours.
pub async fn rotate(app: &App, actor: &Actor, id: WebhookEndpointId, envelope: &Envelope) -> Result<Changed> {
    owner_of(actor)?;
    let input = json!({ "id": id });
    retrying(|| async {
        let claimed = match Claimed::begin(app, actor, envelope, "rotateWebhookSecret", &input).await? {
            Begun::Fresh(claimed) => claimed,
            Begun::Replayed(made) => return replay(app, &made).await,
        };
        let endpoint = lock(&claimed.tx, actor, id).await?;
        let now = now_of(app, &claimed.tx).await?;
        let signing = store::webhooks::signing_secrets(&claimed.tx, id, now).await?;
        if signing.len() >= SECRETS_MAX {
            let message =
                format!("{SECRETS_MAX} secrets sign at once at most. Wait until an earlier one has ended.");
            return Err(Refusal::new(Code::StateConflict, message).into());
        }
        let number = signing.first().map_or(0, |newest| newest.secret.number) + 1;
        store::webhooks::end_secrets(&claimed.tx, id, now.plus(ROTATION)).await?;
        let endpoint = WebhookEndpoint { version: endpoint.version + 1, updated_at: now, ..endpoint };
        store::webhooks::update_endpoint(&claimed.tx, &endpoint).await?;
        finish_with_secret(app, claimed, (endpoint, number), envelope).await
    })
    .await
}
