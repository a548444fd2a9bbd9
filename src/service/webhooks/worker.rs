//! One attempt: it is sent, and what follows is noted before the lease ends.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use crate::app::App;
use crate::domain::error::Code;
use crate::domain::event::{EventDraft, EventType};
use crate::domain::time::{Span, Timestamp};
use crate::domain::webhook::breaker::Health;
use crate::domain::webhook::{
    Answered, KEPT_FOR, WebhookAttempt, WebhookAttemptError, WebhookDisabledReason, WebhookEndpoint,
    WebhookEndpointState, consequence,
};
use crate::service::{Error, Result};
use crate::store::webhooks::Claimed;
use crate::store::{self, Tx};

use super::render::{self, Body};
use super::retry::patiently;
use super::send::{Letter, Sent};
use super::{now_of, secrets};

/// How long a node may take for one delivery; longer than the longest answer is waited for.
pub(super) const LEASE: Span = Span::seconds(45);
/// How long a delivery rests that its node had no place for.
const NO_PLACE_PAUSE: Span = Span::seconds(5);
/// Settled deliveries that one transaction forgets.
const FORGOTTEN: u32 = 1_000;

/// The time of an attempt: the instant of the claim, which is the database's where that has a clock, and what has passed on this
/// node since. The node's own instant may be wrong, and receivers refuse a timestamp that is.
#[derive(Debug, Clone, Copy)]
struct Watch {
    claimed_at: Timestamp,
    started: Timestamp,
}

impl Watch {
    fn start(app: &App, claimed: &Claimed) -> Self {
        Self { claimed_at: claimed.claimed_at, started: app.clock.now() }
    }

    fn now(self, app: &App) -> Timestamp {
        let passed = app.clock.now().micros().saturating_sub(self.started.micros()).max(0);
        Timestamp::from_micros(self.claimed_at.micros().saturating_add(passed))
    }
}

/// Sends a delivery and notes what follows. At the end of the lease it is given up: somebody else takes it over then.
pub(super) async fn attempt(app: &Arc<App>, claimed: &Claimed) -> Result<()> {
    let lease = Duration::from_secs(LEASE.as_seconds().unsigned_abs());
    // On the heap: a body is made by the whole machinery of a request.
    let answer = timeout(lease, Box::pin(attempt_in_time(app, claimed))).await;
    answer.unwrap_or_else(|_| Err(anyhow::anyhow!("the lease ended before the attempt was noted").into()))
}

async fn attempt_in_time(app: &Arc<App>, claimed: &Claimed) -> Result<()> {
    let watch = Watch::start(app, claimed);
    let mut begun = claimed.claimed_at;
    let answered = match body(app, claimed).await {
        Ok(Body::Kept(body)) => {
            begun = watch.now(app);
            match send(app, claimed, body, begun).await? {
                Sent::Answered(answered) => answered,
                Sent::NoPlace => return wait(app, claimed).await,
            }
        }
        Ok(Body::TooLarge) => Answered::failed(WebhookAttemptError::PayloadTooLarge),
        Ok(Body::TakenOver) => return Ok(()),
        Err(Error::Denied(refusal)) if matches!(refusal.code, Code::Unauthenticated | Code::Forbidden) => {
            return revoke(app, claimed).await;
        }
        Err(error) => {
            let id = claimed.delivery.id.to_string();
            tracing::error!(id, ?error, "the body of a webhook could not be made");
            Answered::failed(WebhookAttemptError::NotRendered)
        }
    };
    let milliseconds = watch.now(app).micros().saturating_sub(begun.micros()).max(0) / 1_000;
    let attempt = WebhookAttempt {
        delivery: claimed.delivery.id,
        number: claimed.delivery.attempt_count + 1,
        attempted_at: begun,
        milliseconds,
        status: answered.status,
        error: answered.error,
        response: answered.response.clone(),
    };
    settle(app, claimed, &answered, &attempt).await
}

/// The body, again and again where the database cannot now: that is nothing to use up an attempt.
async fn body(app: &Arc<App>, claimed: &Claimed) -> Result<Body> {
    patiently(|| render::body(app, claimed)).await
}

/// This node had no place to look the address up, which says nothing of the endpoint: the delivery is given back, so that
/// another node may send it, and uses up no attempt.
async fn wait(app: &App, claimed: &Claimed) -> Result<()> {
    patiently(|| async {
        let tx = app.db.begin().await?;
        let next_at = now_of(app, &tx).await?.plus(NO_PLACE_PAUSE);
        store::webhooks::release(&tx, claimed.delivery.id, &claimed.lease, next_at).await?;
        Ok(tx.commit().await?)
    })
    .await
}

async fn send(app: &App, claimed: &Claimed, body: String, begun: Timestamp) -> Result<Sent> {
    let endpoint = &claimed.endpoint;
    let id = claimed.delivery.event.to_string();
    let timestamp = begun.seconds().to_string();
    let signatures = secrets::signatures(app, endpoint.id, (&id, &timestamp, &body), begun).await?;
    let letter = Letter { url: &endpoint.url, id: &id, timestamp: &timestamp, signatures: &signatures, body };
    Ok(app.webhooks.client.send(letter, begun).await)
}

/// Notes an attempt, again and again where the database cannot now: the endpoint has the event, and would get it once more.
async fn settle(app: &App, claimed: &Claimed, answered: &Answered, attempt: &WebhookAttempt) -> Result<()> {
    let dice = u32::from_be_bytes(crate::ids::random_bytes());
    patiently(|| settle_once(app, claimed, (answered, attempt), dice)).await
}

/// Notes an attempt and what follows, for the delivery and for its endpoint.
async fn settle_once(
    app: &App,
    claimed: &Claimed,
    (answered, attempt): (&Answered, &WebhookAttempt),
    dice: u32,
) -> Result<()> {
    let tx = app.db.begin().await?;
    let endpoint = store::webhooks::lock_endpoint(&tx, claimed.endpoint.id).await?;
    let now = now_of(app, &tx).await?;
    let delivery = &claimed.delivery;
    // What another address answered says nothing of the one that is sent to by now.
    let moved = endpoint.as_ref().is_some_and(|endpoint| endpoint.url != claimed.endpoint.url);
    let follows = consequence(delivery, answered, moved, dice, now);
    if !store::webhooks::settle(&tx, delivery.id, &claimed.lease, follows, now).await? {
        // It was cancelled, or taken over by a node that saw the lease end; or an earlier try was committed and did not hear so.
        return Ok(tx.rollback().await?);
    }
    store::webhooks::note_attempt(&tx, attempt).await?;
    let told = match endpoint.filter(|endpoint| !moved && endpoint.state == WebhookEndpointState::Enabled) {
        Some(endpoint) => look_after(app, &tx, endpoint, answered, now).await?,
        None => false,
    };
    tx.commit().await?;
    let counter = match answered.error {
        None => &app.telemetry.webhooks_delivered,
        Some(_) => &app.telemetry.webhooks_failed,
    };
    counter.add(1);
    if told {
        app.feed.appended();
    }
    Ok(())
}

/// What an attempt says of its endpoint; whether an event tells that it is disabled.
async fn look_after(
    app: &App,
    tx: &Tx,
    endpoint: WebhookEndpoint,
    answered: &Answered,
    now: Timestamp,
) -> Result<bool> {
    if answered.is_gone() {
        store::webhooks::cancel_pending(tx, endpoint.id, now).await?;
        return disable(app, tx, endpoint, WebhookDisabledReason::Gone, now).await;
    }
    let health = match answered.error {
        None => Health::succeeded(),
        Some(_) if answered.is_the_endpoints() => endpoint.health.failed(now),
        Some(_) => endpoint.health,
    };
    if health == endpoint.health {
        return Ok(false);
    }
    let endpoint = WebhookEndpoint { health, ..endpoint };
    if health.is_hopeless(now) {
        return disable(app, tx, endpoint, WebhookDisabledReason::Failing, now).await;
    }
    store::webhooks::update_endpoint(tx, &endpoint).await?;
    Ok(false)
}

/// Disables an endpoint and tells its company.
async fn disable(
    app: &App,
    tx: &Tx,
    endpoint: WebhookEndpoint,
    reason: WebhookDisabledReason,
    now: Timestamp,
) -> Result<bool> {
    let disabled = endpoint.disabled(reason, now);
    store::webhooks::update_endpoint(tx, &disabled).await?;
    let Some(company) = disabled.owner.company else { return Ok(false) };
    let draft = EventDraft::new(EventType::WebhookEndpointDisabled)
        .with("actor", "RULES")
        .with("reason", reason.as_str())
        .with("webhookEndpointId", disabled.id.to_string());
    store::events::append_to_company(tx, company, &[draft], now, &app.ids).await?;
    Ok(true)
}

/// The app may no longer do this for the company: the endpoint is disabled, and what is owed to it waits.
async fn revoke(app: &App, claimed: &Claimed) -> Result<()> {
    patiently(|| revoke_once(app, claimed)).await
}

async fn revoke_once(app: &App, claimed: &Claimed) -> Result<()> {
    let tx = app.db.begin().await?;
    let endpoint = store::webhooks::lock_endpoint(&tx, claimed.endpoint.id).await?;
    let now = now_of(app, &tx).await?;
    let held = store::webhooks::release(&tx, claimed.delivery.id, &claimed.lease, now).await?;
    // Whoever lost the lease knows an endpoint of before, and its owner may have got other rights since.
    let is_as_it_was = |endpoint: &WebhookEndpoint| {
        held && endpoint.state == WebhookEndpointState::Enabled && endpoint.owner == claimed.endpoint.owner
    };
    let told = match endpoint.filter(is_as_it_was) {
        Some(endpoint) => disable(app, &tx, endpoint, WebhookDisabledReason::AccessRevoked, now).await?,
        None => false,
    };
    tx.commit().await?;
    if told {
        app.feed.appended();
    }
    Ok(())
}

/// Forgets what was settled long ago; the node's jobs call it.
pub async fn forget(app: &App) -> Result<()> {
    loop {
        let tx = app.db.begin().await?;
        let before = now_of(app, &tx).await?.minus(KEPT_FOR);
        let gone = store::webhooks::forget_settled(&tx, before, FORGOTTEN).await?;
        if gone == 0 {
            return Ok(tx.rollback().await?);
        }
        tx.commit().await?;
        if gone < u64::from(FORGOTTEN) {
            return Ok(());
        }
    }
}
