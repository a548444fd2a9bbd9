//! Webhooks: events of the log that are sent to partners' own servers.
//!
//! The log is the truth: [`dispatch`](fn@dispatch) reads it behind one place, writes what is owed and moves the place on, in
//! one transaction, so that an event is owed to an endpoint exactly once. Any node then takes what is due with a lease and
//! sends it at least once; what is sent keeps its id and its body for ever.

mod again;
mod dispatch;
mod leftovers;
mod manage;
mod read;
mod render;
mod resolve;
mod retry;
mod secrets;
mod send;
mod sending;
mod worker;

use std::sync::Arc;

use tokio::sync::watch;

use crate::app::App;
use crate::config::WebhookSettings;
use crate::domain::actor::{Actor, Scope};
use crate::domain::error::{Code, Refusal};
use crate::domain::hearing::Ear;
use crate::domain::time::{Span, Timestamp};
use crate::domain::webhook::WebhookOwner;
use crate::store::webhooks::Backlog;
use crate::store::{self, Tx};

use super::{Error, Result, require_scope};

pub use again::{Replay, Replayed, Since, redeliver, replay};
pub use dispatch::{Dispatched, dispatch, dispatch_batch};
pub use leftovers::forget;
pub use manage::{Changed, EndpointChange, EndpointDraft, create, delete, rotate, update};
pub use read::{DeliveryRow, EndpointRow, attempts, deliveries, delivery, endpoint, endpoints, row};
pub use render::WebhookRenderer;
pub use resolve::{Asker, Resolver, SystemResolver, Unresolved};
pub use sending::{Sending, deliver_due};

use resolve::Checks;
use send::Client;

/// What sending needs.
pub struct Webhooks {
    renderer: Box<dyn WebhookRenderer>,
    resolver: Arc<dyn Resolver>,
    checks: Checks,
    client: Client,
    key: tokio::sync::OnceCell<[u8; 32]>,
}

impl std::fmt::Debug for Webhooks {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Webhooks({:?}, {:?})", self.renderer, self.resolver)
    }
}

impl Webhooks {
    /// Sends by these settings; names are resolved by `resolver`, bodies made by `renderer`.
    pub fn new(
        settings: &WebhookSettings,
        renderer: Box<dyn WebhookRenderer>,
        resolver: Arc<dyn Resolver>,
    ) -> Self {
        let client = Client::new(settings, Arc::clone(&resolver));
        let checks = Checks::default();
        Self { renderer, resolver, checks, client, key: tokio::sync::OnceCell::new() }
    }
}

/// Wakes whenever the log grew; a hint.
pub fn growth(app: &App) -> watch::Receiver<i64> {
    super::events::growth(app)
}

/// What is owed to partners' endpoints, and for how many seconds one of it has been due at most.
pub async fn backlog(app: &App) -> Result<(Backlog, i64)> {
    let backlog = store::webhooks::backlog(&app.db).await?;
    let now = store::now(&app.db, &app.clock, Span::ZERO).await?;
    let waited = backlog.due_first.map_or(0, |due| now.since(due).as_seconds().max(0));
    Ok((backlog, waited))
}

/// The instant of the machine: receivers compare it with theirs, so the sandbox's clock has no part in it.
async fn now_of(app: &App, tx: &Tx) -> Result<Timestamp> {
    Ok(tx.now(&app.clock, Span::ZERO).await?)
}

/// Who manages endpoints here: an app that hears events.
fn owner_of(actor: &Actor) -> Result<WebhookOwner> {
    require_scope(actor, Scope::WebhooksManage)?;
    require_scope(actor, Scope::OrdersRead)?;
    let (Some(app), Some(role)) = (actor.app, actor.role) else {
        return Err(anyhow::anyhow!("a scope was granted to nobody").into());
    };
    let owner = WebhookOwner { app, company: actor.company, role, scopes: actor.scopes };
    if owner.ear() == Ear::Nobody {
        let message = "Events are told to companies; the token names none.";
        return Err(Error::Denied(Refusal::new(Code::Forbidden, message)));
    }
    Ok(owner)
}

/// Demands all rights that an endpoint is sent to with: the bodies made with them, and the address that they are sent to, are
/// for nobody who has less.
pub fn must_cover(actor: &Actor, owner: &WebhookOwner) -> Result<()> {
    if owner.is_covered_by(actor) {
        return Ok(());
    }
    let scopes: Vec<_> = owner.scopes.iter().map(Scope::as_str).collect();
    let message = format!(
        "The endpoint is sent to with the rights of the role {} and the scopes {}. Use a token that has them all, or make an \
         endpoint of your own.",
        owner.role,
        scopes.join(" ")
    );
    Err(Error::Denied(Refusal::new(Code::Forbidden, message)))
}

/// The same refusals, blamed on another field.
fn blamed(error: Error, path: &[&str]) -> Error {
    match error {
        Error::Refused(refusals) => {
            Error::Refused(refusals.into_iter().map(|refusal| refusal.at(path)).collect())
        }
        Error::Denied(_) | Error::Internal(_) => error,
    }
}
