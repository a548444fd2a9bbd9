//! Sending again: one delivery, or everything since a place of the log.

use serde_json::{Value, json};

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::error::{Code, Refusal};
use crate::domain::event::{Event, EventType};
use crate::domain::hearing::EventFilter;
use crate::domain::ids::{WebhookDeliveryId, WebhookEndpointId};
use crate::domain::time::{Span, Timestamp};
use crate::domain::webhook::{REPLAY_MAX, WebhookDelivery, WebhookEndpoint, WebhookEndpointState};
use crate::service::orders::{Begun, Claimed, Envelope, Made, retrying};
use crate::service::{Result, events};
use crate::store;

use super::manage::lock;
use super::read::DeliveryRow;
use super::{blamed, now_of, owner_of};

/// The command, by its name.
const REPLAY: &str = "replayWebhookEvents";
/// How far the instants of events may lie out of the order of their places.
const SLACK: Span = Span::seconds(300);
/// Places that one statement looks through at most: a rare type is looked for in steps.
const STEP: i64 = 100_000;
/// Places that one replay looks through at most; the next one goes on behind them.
const PLACES_MAX: i64 = 1_000_000;
/// How often a replay begins anew as its endpoint was changed meanwhile.
const ATTEMPTS: u32 = 3;

/// Sends a delivery again, whatever became of it: with the same id and body, a fresh timestamp, and the whole schedule before it.
pub async fn redeliver(
    app: &App,
    actor: &Actor,
    id: WebhookDeliveryId,
    envelope: &Envelope,
) -> Result<(DeliveryRow, bool)> {
    owner_of(actor)?;
    let refusal = || Refusal::not_found("webhook delivery").at(&["input", "webhookDeliveryId"]);
    let input = json!({ "id": id });
    retrying(|| async {
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
        claimed.finish(app, &Made::of(id)).await?;
        Ok((DeliveryRow { delivery: found, owner: endpoint.owner }, false))
    })
    .await
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

impl Replay {
    /// What the command is told apart by.
    fn input(&self) -> Value {
        let (since, after) = match &self.since {
            Since::Instant(since) => (Some(since.to_string()), None),
            Since::Cursor(cursor) => (None, Some(cursor)),
        };
        json!({ "id": self.endpoint, "since": since, "after": after, "types": self.types })
    }

    /// Which events are meant of those that the endpoint hears; none where it hears none of these types.
    fn filter(&self, endpoint: &WebhookEndpoint) -> Option<EventFilter> {
        let mut filter = endpoint.filter();
        if self.types.is_empty() {
            return Some(filter);
        }
        filter.types = match filter.types.as_slice() {
            [] => self.types.clone(),
            heard => self.types.iter().copied().filter(|kind| heard.contains(kind)).collect(),
        };
        (!filter.types.is_empty()).then_some(filter)
    }
}

/// What a replay made.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// The endpoint.
    pub endpoint: WebhookEndpoint,
    /// Deliveries that are sent by it, again or for the first time; what was to be sent anyway does not count.
    pub count: u32,
    /// The place up to which the log was looked at.
    pub end: String,
    /// Whether the log goes on behind it.
    pub more: bool,
    /// Whether this is the answer to an earlier command with the same key.
    pub replayed: bool,
}

/// What the log tells of what is to be sent again.
struct Told {
    /// The endpoint as it was then.
    endpoint: WebhookEndpoint,
    events: Vec<Event>,
    /// The place up to which nothing is left out.
    end: i64,
    /// Whether the log goes on behind it.
    more: bool,
}

/// Sends the events since a place again, at most [`REPLAY_MAX`] of them; what is sent at the moment is left alone. Behind the
/// place up to which deliveries were made, everything comes by itself.
///
/// The log is read before the transaction that writes, so that nobody waits for it; where the endpoint was changed in between,
/// it is read again.
pub async fn replay(app: &App, actor: &Actor, wanted: &Replay, envelope: &Envelope) -> Result<Replayed> {
    owner_of(actor)?;
    let input = wanted.input();
    if let Some(made) = Claimed::answered(app, actor, envelope, REPLAY, &input).await? {
        return answered(app, actor, &made).await;
    }
    for _ in 0..ATTEMPTS {
        let told = look(app, actor, wanted).await?;
        if let Some(made) = owe(app, actor, told, (envelope, &input)).await? {
            return Ok(made);
        }
    }
    let message = "The endpoint is changed by others at this moment. Send it again.";
    Err(Refusal::new(Code::StateConflict, message).into())
}

/// Reads what is to be sent again. The endpoint is looked at before the place up to which deliveries were made: what comes
/// behind that place is made for it as it is.
async fn look(app: &App, actor: &Actor, wanted: &Replay) -> Result<Told> {
    let (since, after) = match &wanted.since {
        Since::Instant(since) => (Some(*since), place_before(app, since.minus(SLACK)).await?),
        Since::Cursor(cursor) => {
            let place = events::place_of(app, cursor).await;
            (None, place.map_err(|error| blamed(error, &["input", "after"]))?)
        }
    };
    let found = store::webhooks::endpoint(&app.db, wanted.endpoint).await?.filter(|found| found.is_of(actor));
    let refusal = || Refusal::not_found("webhook endpoint").at(&["input", "webhookEndpointId"]);
    let endpoint = found.ok_or_else(refusal)?;
    must_be_enabled(&endpoint)?;
    let until = dispatched_to(app).await?;
    let Some(filter) = wanted.filter(&endpoint) else {
        return Ok(Told { endpoint, events: Vec::new(), end: until.max(after), more: false });
    };
    let (mut found, mut at, last) = (Vec::new(), after, until.min(after.saturating_add(PLACES_MAX)));
    loop {
        let missing = REPLAY_MAX.saturating_sub(u32::try_from(found.len()).unwrap_or(REPLAY_MAX));
        if at >= last || missing == 0 {
            break;
        }
        let step = last.min(at.saturating_add(STEP));
        let told = store::events::read(&app.db, &filter, at, step, missing).await?;
        let is_full = u32::try_from(told.len()).is_ok_and(|count| count == missing);
        at = told.last().filter(|_| is_full).map_or(step, |last| last.seq);
        found.extend(told.into_iter().filter(|event| since.is_none_or(|since| event.occurred_at >= since)));
    }
    // What ceased to be told while it was read would be missing without a word.
    let is_told = events::must_be_told(app, after).await;
    is_told.map_err(|error| blamed(error, &["input", if since.is_some() { "since" } else { "after" }]))?;
    Ok(Told { endpoint, events: found, end: at, more: at < until })
}

/// The place up to which deliveries were made, once whoever makes some is done: it may have looked for endpoints before this
/// one was enabled, and would move the place on past events that are owed to it by nobody. No endpoint's row is locked
/// meanwhile, so that nobody waits in a circle.
async fn dispatched_to(app: &App) -> Result<i64> {
    let tx = app.db.begin().await?;
    let place = store::webhooks::lock_cursor(&tx).await?;
    tx.rollback().await?;
    Ok(place)
}

/// Writes what is to be sent again, in the command's transaction; none where the endpoint is no longer what it was when the
/// log was read.
async fn owe(
    app: &App,
    actor: &Actor,
    told: Told,
    (envelope, input): (&Envelope, &Value),
) -> Result<Option<Replayed>> {
    let claimed = match Claimed::begin(app, actor, envelope, REPLAY, input).await? {
        Begun::Fresh(claimed) => claimed,
        Begun::Replayed(made) => return answered(app, actor, &made).await.map(Some),
    };
    let id = told.endpoint.id;
    let endpoint = lock(&claimed.tx, actor, id).await?;
    must_be_enabled(&endpoint)?;
    if endpoint.version != told.endpoint.version {
        claimed.tx.rollback().await?;
        return Ok(None);
    }
    let now = now_of(app, &claimed.tx).await?;
    let deliveries: Vec<_> =
        told.events.iter().map(|event| WebhookDelivery::of(app.ids.make(now), id, event, now)).collect();
    let count = store::webhooks::insert(&claimed.tx, &deliveries, true).await?;
    let count = u32::try_from(count).map_err(anyhow::Error::from)?;
    let (end, more) = (told.end, told.more);
    claimed.finish(app, &Made::of(format!("{id}/{count}/{end}/{}", u8::from(more)))).await?;
    let end = events::cursor_of(app, end).await?;
    Ok(Some(Replayed { endpoint, count, end, more, replayed: false }))
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
