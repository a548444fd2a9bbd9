//! From the log to what is owed: exactly once, whoever does it and whoever dies.

use std::collections::BTreeSet;

use crate::app::App;
use crate::domain::webhook::WebhookDelivery;
use crate::service::Result;
use crate::store;

use super::now_of;

/// Events that one transaction takes.
const BATCH: u32 = 500;

/// Writes what is owed of every event that is new in the log; how many deliveries that made. The deliveries and the place up to
/// which they were made commit together.
pub async fn dispatch(app: &App) -> Result<usize> {
    let mut made = 0;
    while store::webhooks::read_cursor(&app.db).await? < store::events::head(&app.db).await?.seq {
        made += dispatch_some(app).await?;
    }
    Ok(made)
}

async fn dispatch_some(app: &App) -> Result<usize> {
    let tx = app.db.begin().await?;
    let at = store::webhooks::lock_cursor(&tx).await?;
    let told = store::events::behind(&tx, at, BATCH).await?;
    let Some(last) = told.last().map(|heard| heard.event.seq) else {
        // Another node was faster.
        tx.rollback().await?;
        return Ok(0);
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
    Ok(deliveries.len())
}
