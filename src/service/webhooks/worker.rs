//! The work itself: a node takes what is due with a lease, sends it, and notes what follows. A node that dies is not waited
//! for: its lease ends, and what it had taken is sent again.

use std::sync::Arc;

use futures_util::future::join_all;
use tokio::task::JoinSet;

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

use super::send::Letter;
use super::{now_of, render, secrets};

/// How long a node may take for one delivery; longer than the longest answer is waited for.
const LEASE: Span = Span::seconds(45);
/// Deliveries that a node sends at once.
const SENDING_MAX: usize = 512;
/// Settled deliveries that one transaction forgets.
const FORGOTTEN: u32 = 1_000;

/// Takes what is due, as far as there is room.
async fn claim(app: &App, room: usize) -> Result<Vec<Claimed>> {
    if room == 0 || !store::webhooks::any_due(&app.db, app.clock.now()).await? {
        return Ok(Vec::new());
    }
    let lease = format!("{:032x}", u128::from_be_bytes(crate::ids::random_bytes()));
    let tx = app.db.begin().await?;
    let now = now_of(app, &tx).await?;
    let room = i64::try_from(room).unwrap_or(i64::MAX);
    let claimed = store::webhooks::claim(&tx, room, (now, now.plus(LEASE)), &lease).await?;
    if claimed.is_empty() {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
    }
    Ok(claimed)
}

/// Begins to send what is due, beside what is being sent; how many that is. No endpoint waits for another one.
pub async fn send_due(app: &Arc<App>, sending: &mut JoinSet<()>) -> Result<usize> {
    let claimed = claim(app, SENDING_MAX.saturating_sub(sending.len())).await?;
    let count = claimed.len();
    for claimed in claimed {
        let app = Arc::clone(app);
        sending.spawn(async move { tell(&claimed, attempt(&app, &claimed).await) });
    }
    Ok(count)
}

/// Sends what is due now and waits for it; how many that was.
pub async fn deliver_due(app: &Arc<App>) -> Result<usize> {
    let claimed = claim(app, SENDING_MAX).await?;
    for answer in join_all(claimed.iter().map(|claimed| attempt(app, claimed))).await {
        answer?;
    }
    Ok(claimed.len())
}

/// What failed inside is told; the lease ends by itself.
fn tell(claimed: &Claimed, answer: Result<()>) {
    if let Err(error) = answer {
        let id = claimed.delivery.id.to_string();
        tracing::error!(id, ?error, "a webhook was not settled; it is sent again");
    }
}

async fn attempt(app: &Arc<App>, claimed: &Claimed) -> Result<()> {
    let begun = app.clock.now();
    let answered = match render::body(app, claimed).await {
        Ok(Some(body)) => send(app, claimed, body, begun).await?,
        Ok(None) => Answered::failed(WebhookAttemptError::PayloadTooLarge),
        Err(Error::Denied(refusal)) if matches!(refusal.code, Code::Unauthenticated | Code::Forbidden) => {
            return revoke(app, claimed).await;
        }
        Err(error) => {
            let id = claimed.delivery.id.to_string();
            tracing::error!(id, ?error, "the body of a webhook could not be made");
            Answered::failed(WebhookAttemptError::NotRendered)
        }
    };
    settle(app, claimed, answered, begun).await
}

async fn send(app: &App, claimed: &Claimed, body: String, begun: Timestamp) -> Result<Answered> {
    let endpoint = &claimed.endpoint;
    let id = claimed.delivery.event.to_string();
    let timestamp = begun.seconds().to_string();
    let signatures = secrets::signatures(app, endpoint.id, (&id, &timestamp, &body), begun).await?;
    let letter = Letter { url: &endpoint.url, id: &id, timestamp: &timestamp, signatures: &signatures, body };
    Ok(app.webhooks.client.send(letter, begun).await)
}

/// Notes an attempt and what follows, for the delivery and for its endpoint.
async fn settle(app: &App, claimed: &Claimed, answered: Answered, begun: Timestamp) -> Result<()> {
    let tx = app.db.begin().await?;
    let endpoint = store::webhooks::lock_endpoint(&tx, claimed.endpoint.id).await?;
    let now = now_of(app, &tx).await?;
    let delivery = &claimed.delivery;
    let dice = u32::from_be_bytes(crate::ids::random_bytes());
    let follows = consequence(delivery, &answered, dice, now);
    if !store::webhooks::settle(&tx, delivery.id, &claimed.lease, follows, now).await? {
        // It was cancelled, or taken over by a node that saw the lease end.
        return Ok(tx.rollback().await?);
    }
    let attempt = WebhookAttempt {
        delivery: delivery.id,
        number: delivery.attempt_count + 1,
        attempted_at: begun,
        milliseconds: app.clock.now().micros().saturating_sub(begun.micros()).max(0) / 1_000,
        status: answered.status,
        error: answered.error,
        response: answered.response.clone(),
    };
    store::webhooks::note_attempt(&tx, &attempt).await?;
    let told = match endpoint.filter(|endpoint| endpoint.state == WebhookEndpointState::Enabled) {
        Some(endpoint) => look_after(app, &tx, endpoint, &answered, now).await?,
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
    let tx = app.db.begin().await?;
    let endpoint = store::webhooks::lock_endpoint(&tx, claimed.endpoint.id).await?;
    let now = now_of(app, &tx).await?;
    store::webhooks::release(&tx, claimed.delivery.id, &claimed.lease, now).await?;
    let told = match endpoint.filter(|endpoint| endpoint.state == WebhookEndpointState::Enabled) {
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
