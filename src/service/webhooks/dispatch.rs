//! From the log to what is owed: exactly once, whoever does it and whoever dies.

use std::collections::BTreeSet;

use crate::app::App;
use crate::domain::webhook::WebhookDelivery;
use crate::service::Result;
use crate::store;

use super::now_of;

/// Events that one transaction takes.
const BATCH: u32 = 500;

/// What one batch made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dispatched {
    /// Deliveries that are owed now.
    pub made: usize,
    /// Whether the log goes on behind it, and this node is the one to read on.
    pub goes_on: bool,
}

/// Writes what is owed of every event that is new in the log, batch by batch; how many deliveries that made.
pub async fn dispatch(app: &App) -> Result<usize> {
    let mut made = 0;
    loop {
        let batch = dispatch_batch(app).await?;
        made += batch.made;
        if !batch.goes_on {
            return Ok(made);
        }
    }
}

/// Writes what is owed of the next events of the log. The deliveries and the place up to which they were made commit together.
/// Nothing is waited for: where another node is at it, this one has other things to do.
pub async fn dispatch_batch(app: &App) -> Result<Dispatched> {
    if store::webhooks::read_cursor(&app.db).await? >= store::events::head(&app.db).await?.seq {
        return Ok(Dispatched::default());
    }
    let tx = app.db.begin().await?;
    let Some(at) = store::webhooks::take_cursor(&tx).await? else {
        tx.rollback().await?;
        return Ok(Dispatched::default());
    };
    let told = store::events::behind(&tx, at, BATCH).await?;
    let Some(last) = told.last().map(|heard| heard.event.seq) else {
        // Another node was faster.
        tx.rollback().await?;
        return Ok(Dispatched::default());
    };
    let companies: BTreeSet<_> =
        told.iter().flat_map(|heard| heard.audience.iter().map(|listener| listener.company)).collect();
    let endpoints = store::webhooks::enabled_of(&tx, companies).await?;
    let now = now_of(app, &tx).await?;
    let mut deliveries = Vec::new();
    for endpoint in &endpoints {
        let filter = endpoint.filter();
        for heard in told.iter().filter(|heard| filter.wants(&heard.event, &heard.audience)) {
            deliveries.push(WebhookDelivery::of(app.ids.make(now), endpoint.id, &heard.event, now));
        }
    }
    store::webhooks::insert(&tx, &deliveries, false).await?;
    store::webhooks::advance_cursor(&tx, last).await?;
    tx.commit().await?;
    let goes_on = u32::try_from(told.len()).is_ok_and(|count| count == BATCH);
    Ok(Dispatched { made: deliveries.len(), goes_on })
}
