//! Sending again: one delivery, or everything since a place of the log.

use serde_json::json;

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::error::{Code, Refusal};
use crate::domain::event::EventType;
use crate::domain::ids::{WebhookDeliveryId, WebhookEndpointId};
use crate::domain::time::{Span, Timestamp};
use crate::domain::webhook::{
    REPLAY_MAX, WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEndpointState,
};
use crate::service::orders::{Begun, Claimed, Envelope, Made};
use crate::service::{Result, events};
use crate::store;

use super::manage::lock;
use super::{now_of, owner_of};

/// How far the instants of events may lie out of the order of their places.
const SLACK: Span = Span::seconds(300);

/// Sends a delivery again, whatever became of it: with the same id and body, a fresh timestamp, and the whole schedule before it.
pub async fn redeliver(
    app: &App,
    actor: &Actor,
    id: WebhookDeliveryId,
    envelope: &Envelope,
) -> Result<((WebhookDelivery, Vec<WebhookAttempt>), bool)> {
    owner_of(actor)?;
    let refusal = || Refusal::not_found("webhook delivery").at(&["input", "webhookDeliveryId"]);
    let input = json!({ "id": id });
    let claimed = match Claimed::begin(app, actor, envelope, "redeliverWebhook", &input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => {
            let found = super::read::delivery(app, actor, made.subject()?).await?;
            return Ok((found.ok_or_else(refusal)?, true));
        }
    };
    let found = store::webhooks::delivery(&claimed.tx, id).await?.ok_or_else(refusal)?;
    let endpoint = store::webhooks::lock_endpoint(&claimed.tx, found.endpoint).await?;
    let endpoint = endpoint.filter(|endpoint| endpoint.is_of(actor)).ok_or_else(refusal)?;
    must_be_enabled(&endpoint)?;
    let now = now_of(app, &claimed.tx).await?;
    store::webhooks::owe_again(&claimed.tx, id, now).await?;
    let found = store::webhooks::lock_delivery(&claimed.tx, id).await?.ok_or_else(refusal)?;
    let attempts = store::webhooks::attempts_of(&claimed.tx, &[id]).await?;
    claimed.finish(app, &Made::of(id)).await?;
    Ok(((found, attempts), false))
}

fn must_be_enabled(endpoint: &WebhookEndpoint) -> Result<()> {
    match endpoint.state {
        WebhookEndpointState::Enabled => Ok(()),
        WebhookEndpointState::Disabled => {
            let message = "The endpoint is disabled. Enable it first.";
            Err(Refusal::new(Code::StateConflict, message).into())
        }
    }
}

/// From where events are sent again.
#[derive(Debug, Clone)]
pub enum Since {
    /// Those that happened at this instant and later.
    Instant(Timestamp),
    /// Those behind this cursor.
    Cursor(String),
}

/// What is sent again.
#[derive(Debug, Clone)]
pub struct Replay {
    /// To which endpoint.
    pub endpoint: WebhookEndpointId,
    /// From where.
    pub since: Since,
    /// Only these types of those that it hears; all where empty.
    pub types: Vec<EventType>,
}

/// What a replay made.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// The endpoint.
    pub endpoint: WebhookEndpoint,
    /// Deliveries that are sent, again or for the first time.
    pub count: u32,
    /// The place up to which the log was looked at.
    pub end: String,
    /// Whether the log goes on behind it.
    pub more: bool,
    /// Whether this is the answer to an earlier command with the same key.
    pub replayed: bool,
}

/// Sends the events since a place again, at most [`REPLAY_MAX`] of them; what is sent at the moment is left alone. Behind the
/// place up to which deliveries were made, everything comes by itself.
pub async fn replay(app: &App, actor: &Actor, wanted: &Replay, envelope: &Envelope) -> Result<Replayed> {
    owner_of(actor)?;
    let id = wanted.endpoint;
    let (since, after) = match &wanted.since {
        Since::Instant(since) => (Some(*since), place_before(app, since.minus(SLACK)).await?),
        Since::Cursor(cursor) => {
            let place = events::place_of(app, cursor).await;
            (None, place.map_err(|error| super::blamed(error, &["input", "after"]))?)
        }
    };
    let input = json!({ "id": id, "since": since.map(|since| since.to_string()), "types": wanted.types,
        "after": since.is_none().then_some(after) });
    let claimed = match Claimed::begin(app, actor, envelope, "replayWebhookEvents", &input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => return answered(app, actor, &made).await,
    };
    let endpoint = lock(&claimed.tx, actor, id).await?;
    must_be_enabled(&endpoint)?;
    let now = now_of(app, &claimed.tx).await?;
    let until = store::webhooks::read_cursor(&claimed.tx).await?;
    let mut filter = endpoint.filter();
    if !wanted.types.is_empty() {
        filter.types = match filter.types.as_slice() {
            [] => wanted.types.clone(),
            heard => wanted.types.iter().copied().filter(|kind| heard.contains(kind)).collect(),
        };
    }
    let nothing = !wanted.types.is_empty() && filter.types.is_empty();
    let told = if nothing {
        Vec::new()
    } else {
        store::events::read(&claimed.tx, &filter, after, until, REPLAY_MAX).await?
    };
    let full = u32::try_from(told.len()).is_ok_and(|count| count == REPLAY_MAX);
    let end = told.last().filter(|_| full).map_or(until.max(after), |last| last.seq);
    let deliveries: Vec<_> = told
        .iter()
        .filter(|event| since.is_none_or(|since| event.occurred_at >= since))
        .map(|event| WebhookDelivery::of(app.ids.make(now), id, event, now))
        .collect();
    store::webhooks::insert(&claimed.tx, &deliveries, true).await?;
    let count = u32::try_from(deliveries.len()).unwrap_or(u32::MAX);
    claimed.finish(app, &Made::of(format!("{id}/{count}/{end}/{}", u8::from(full)))).await?;
    let end = events::cursor_of(app, end).await?;
    Ok(Replayed { endpoint, count, end, more: full, replayed: false })
}

/// The answer to a key that was answered before.
async fn answered(app: &App, actor: &Actor, made: &Made) -> Result<Replayed> {
    let subject: String = made.subject()?;
    let strange = || anyhow::anyhow!("a command answered without what it made");
    let parts: Vec<&str> = subject.split('/').collect();
    let [id, count, end, more] = parts.as_slice() else { return Err(strange().into()) };
    let id: WebhookEndpointId = id.parse().map_err(|_| strange())?;
    let found = store::webhooks::endpoint(&app.db, id).await?.filter(|found| found.is_of(actor));
    let endpoint = found.ok_or_else(|| Refusal::not_found("webhook endpoint"))?;
    let end = events::cursor_of(app, end.parse().map_err(|_| strange())?).await?;
    let count = count.parse().map_err(|_| strange())?;
    Ok(Replayed { endpoint, count, end, more: *more == "1", replayed: true })
}

/// The last place before everything that happened at an instant and later: places are dense and their instants ascend, so it
/// is found by halving.
async fn place_before(app: &App, instant: Timestamp) -> Result<i64> {
    let head = store::events::head(&app.db).await?;
    let (mut low, mut high) = (head.oldest - 1, head.seq);
    while low < high {
        let middle = low + (high - low) / 2;
        let told = store::events::behind(&app.db, middle, 1).await?.pop();
        if told.is_some_and(|told| told.event.occurred_at < instant) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}
