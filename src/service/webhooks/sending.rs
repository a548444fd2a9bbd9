//! What a node sends at a time: it takes what is due with a lease and sends it. A node that dies is not waited for: its lease
//! ends, and what it had taken is sent again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::timeout;

use crate::app::App;
use crate::domain::ids::WebhookEndpointId;
use crate::domain::time::Span;
use crate::domain::webhook::share::Places;
use crate::service::Result;
use crate::store;
use crate::store::webhooks::Claimed;

use super::now_of;
use super::retry::patiently;
use super::worker::{LEASE, attempt};

/// Deliveries that a node sends at once.
const SENDING_MAX: usize = 512;
/// Places of these that are kept for endpoints that nothing is under way to and that answered last time.
const RESERVED: i64 = 128;
/// Endpoints that one transaction locks: few, so that nodes that claim at the same time find others.
const TOGETHER: usize = 32;
/// How long a node that stops tries to give back what it cut off; after that the leases end by themselves.
const GIVING_BACK: Duration = Duration::from_secs(5);

/// What a node is sending.
#[derive(Debug)]
pub struct Sending {
    tasks: JoinSet<()>,
    /// What each task holds, for those that are cut off.
    held: HashMap<Id, Arc<Claimed>>,
    most: usize,
    reserved: i64,
}

impl Default for Sending {
    fn default() -> Self {
        Self::within(SENDING_MAX, RESERVED)
    }
}

impl Sending {
    /// Sends at most so many at once and keeps some of these places for endpoints that nothing is under way to.
    pub fn within(most: usize, reserved: i64) -> Self {
        Self { tasks: JoinSet::new(), held: HashMap::new(), most, reserved }
    }

    /// Begins to send what is due, beside what is being sent; how many that is. No endpoint waits for another one.
    pub async fn begin_due(&mut self, app: &Arc<App>) -> Result<usize> {
        let Self { tasks, held, most, reserved } = self;
        let places = places(most.saturating_sub(tasks.len()), *reserved);
        claim_due(app, places, |claimed| {
            let (app, claimed) = (Arc::clone(app), Arc::new(claimed));
            let kept = Arc::clone(&claimed);
            let task = tasks.spawn(async move { tell(&claimed, attempt(&app, &claimed).await) });
            held.insert(task.id(), kept);
        })
        .await
    }

    /// Forgets what has ended.
    pub fn reap(&mut self) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.note(ended);
        }
    }

    /// Waits until something ends; for ever where nothing is being sent.
    pub async fn until_one_ends(&mut self) {
        if !self.one_ended().await {
            std::future::pending::<()>().await;
        }
    }

    /// Ends the sending: what is under way has so much time, then it is cut off and given back, so that other nodes send it at
    /// once. Whoever had received it by then receives it again, with the same id.
    pub async fn end(mut self, app: &App, patience: Duration) -> Result<()> {
        let all = async { while self.one_ended().await {} };
        if timeout(patience, all).await.is_err() {
            tracing::warn!(
                count = self.tasks.len(),
                "webhooks that are not answered yet are cut off and given back"
            );
            self.tasks.abort_all();
            while self.one_ended().await {}
        }
        let given_back = timeout(GIVING_BACK, give_back(app, self.held.into_values())).await;
        given_back.unwrap_or_else(|_| Err(anyhow::anyhow!("webhooks were not given back in time").into()))
    }

    /// False where nothing is being sent.
    async fn one_ended(&mut self) -> bool {
        match self.tasks.join_next_with_id().await {
            Some(ended) => {
                self.note(ended);
                true
            }
            None => false,
        }
    }

    fn note(&mut self, ended: std::result::Result<(Id, ()), JoinError>) {
        match ended {
            Ok((id, ())) => {
                self.held.remove(&id);
            }
            // Whoever cut it off gives back what it held.
            Err(error) if error.is_cancelled() => {}
            Err(error) => {
                // Not given back: what panics at once would panic again at once. The lease ends by itself.
                self.held.remove(&error.id());
                tracing::error!(%error, "sending a webhook panicked");
            }
        }
    }
}

fn places(free: usize, reserved: i64) -> Places {
    Places { free: i64::try_from(free).unwrap_or(i64::MAX), reserved }
}

/// Takes what is due, as far as there are places; how many deliveries that were. Each is handed over at once: what was taken
/// before something failed is sent all the same.
async fn claim_due(app: &App, mut places: Places, mut take: impl FnMut(Claimed)) -> Result<usize> {
    let all = places.free;
    while places.free > 0 {
        let before = places.free;
        // Without a transaction: mostly there is nothing to do, and SQLite has but one writer.
        let now = store::now(&app.db, &app.clock, Span::ZERO).await?;
        let endpoints = store::webhooks::endpoints_with_work(&app.db, places, now).await?;
        // Everybody has a part, also those whose turn comes in a later transaction.
        let each = (places.free / i64::try_from(endpoints.len()).unwrap_or(i64::MAX).max(1)).max(1);
        for together in endpoints.chunks(TOGETHER) {
            if places.free <= 0 {
                break;
            }
            for claimed in claim(app, together, (places, each)).await? {
                places.free -= 1;
                take(claimed);
            }
        }
        if places.free == before {
            break;
        }
    }
    Ok(usize::try_from(all - places.free).unwrap_or_default())
}

async fn claim(app: &App, endpoints: &[WebhookEndpointId], places: (Places, i64)) -> Result<Vec<Claimed>> {
    let lease = format!("{:032x}", u128::from_be_bytes(crate::ids::random_bytes()));
    let tx = app.db.begin().await?;
    let now = now_of(app, &tx).await?;
    let claimed = store::webhooks::claim(&tx, endpoints, places, (now, now.plus(LEASE)), &lease).await?;
    if claimed.is_empty() {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
    }
    Ok(claimed)
}

/// Sends what is due now and waits for it; how many that was.
pub async fn deliver_due(app: &Arc<App>) -> Result<usize> {
    let mut claimed = Vec::new();
    let count = claim_due(app, places(SENDING_MAX, RESERVED), |taken| claimed.push(taken)).await?;
    for answer in join_all(claimed.iter().map(|claimed| attempt(app, claimed))).await {
        answer?;
    }
    Ok(count)
}

/// What failed inside is told; the lease ends by itself.
fn tell(claimed: &Claimed, answer: Result<()>) {
    if let Err(error) = answer {
        let id = claimed.delivery.id.to_string();
        tracing::error!(id, ?error, "a webhook was not settled; it is sent again");
    }
}

/// Gives back what was cut off; what had been noted just before is no longer held and is left alone.
async fn give_back(app: &App, held: impl Iterator<Item = Arc<Claimed>>) -> Result<()> {
    let held: Vec<_> = held.collect();
    if held.is_empty() {
        return Ok(());
    }
    patiently(|| give_back_once(app, &held)).await
}

async fn give_back_once(app: &App, held: &[Arc<Claimed>]) -> Result<()> {
    let tx = app.db.begin().await?;
    let now = now_of(app, &tx).await?;
    store::webhooks::release_all(&tx, held, now).await?;
    Ok(tx.commit().await?)
}
