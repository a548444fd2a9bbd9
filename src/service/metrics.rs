//! What suppliers' orders add up to: noted with every act, added up by a job, counted again by a check.

use std::collections::HashMap;

use crate::app::App;
use crate::domain::ids::{OrderId, SupplierId, ThreadId};
use crate::domain::metrics::{self, MetricsPeriod};
use crate::domain::order::Order;
use crate::domain::quote::Quote;
use crate::domain::supplier::SupplierMetrics;
use crate::domain::time::{Day, Timestamp};
use crate::faults::Place;
use crate::store::catalogue::metrics as entries;
use crate::store::{self, Tx};

use super::orders::{lock_at, may_retry};
use super::{Error, Result};

/// Entries that are added to the sums at once.
const BATCH: i64 = 500;
/// Orders looked at in one go.
const ORDERS: u32 = 100;

/// Notes what a step of an order changes, in the step's transaction and last of all: it holds nothing that another
/// command of the supplier waits for.
pub(super) async fn note_step(
    app: &App,
    tx: &Tx,
    (before, after): (&Order, &Order),
    now: Timestamp,
) -> Result<()> {
    let change = metrics::change(before, after, now);
    if change == metrics::OrderChange::default() {
        return Ok(());
    }
    app.faults().at(Place::BeforeWriting("metrics")).await?;
    let bought = change.bought.then_some(after.buyer());
    let subject = after.id.to_string();
    Ok(entries::note(tx, after.supplier(), &subject, (change.figures, bought), now).await?)
}

/// Notes the supplier's word on a round of a quote.
pub(super) async fn note_quote(tx: &Tx, (before, after): (&Quote, &Quote), now: Timestamp) -> Result<()> {
    let Some(waited) = metrics::quote_answer(before, after) else { return Ok(()) };
    let change = metrics::response(waited);
    Ok(entries::note(tx, after.supplier, &after.id.to_string(), (change, None), now).await?)
}

/// Notes the supplier's first word in a thread behind the buyer's first one; `number` is the message's own.
pub(super) async fn note_message(
    tx: &Tx,
    supplier: SupplierId,
    (thread, number): (ThreadId, i64),
    now: Timestamp,
) -> Result<()> {
    let Some(asked_at) = store::messages::unanswered_since(tx, thread, number).await? else { return Ok(()) };
    let change = metrics::response(now.since(asked_at));
    Ok(entries::note(tx, supplier, &thread.to_string(), (change, None), now).await?)
}

/// Adds up what was noted; the node's jobs call it.
pub async fn add_up(app: &App) -> Result<()> {
    let mut attempt = 1;
    while entries::is_pending(&app.db).await? {
        let added = async {
            let tx = app.db.begin().await?;
            let added = entries::add_pending(&tx, BATCH, super::catalogue::now(app)).await?;
            tx.commit().await?;
            Ok(added)
        };
        match added.await {
            Ok(0) => return Ok(()),
            Ok(_) => attempt = 1,
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The metrics of suppliers over a period, for loaders.
pub async fn of_suppliers(
    app: &App,
    keys: &[(SupplierId, MetricsPeriod)],
) -> Result<HashMap<(SupplierId, MetricsPeriod), SupplierMetrics>> {
    let mut found = HashMap::new();
    for period in MetricsPeriod::ALL {
        let ids: Vec<SupplierId> =
            keys.iter().filter(|(_, wanted)| wanted == period).map(|(id, _)| *id).collect();
        let figures = match begin(super::catalogue::now(app), *period) {
            Some(day) => entries::since(&app.db, &ids, day).await?,
            None => entries::load(&app.db, &ids).await?,
        };
        found.extend(figures.into_iter().map(|(id, figures)| ((id, *period), figures)));
    }
    Ok(found)
}

/// The first day of a period that ends now.
fn begin(now: Timestamp, period: MetricsPeriod) -> Option<Day> {
    period.days().map(|days| Day::from_number(now.day().number() - days + 1))
}

/// Counts all metrics and ratings again from what they are made of; answers what differs, in words.
pub async fn check(app: &App) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut behind = String::new();
    loop {
        let ids = store::verifications::orders_behind(&app.db, &behind, ORDERS).await?;
        let Some(last) = ids.last() else { break };
        behind.clone_from(last);
        for id in ids {
            found.extend(check_order(app, &id).await?);
        }
    }
    found.extend(entries::differences(&app.db).await?);
    found.extend(store::catalogue::ratings::differences(&app.db).await?);
    Ok(found)
}

/// Compares the entries of an order with what it says itself, under its lock, so that no command is half seen.
async fn check_order(app: &App, id: &str) -> Result<Vec<String>> {
    let order: OrderId = id.parse().map_err(|_| anyhow::anyhow!("orders.id {id}"))?;
    let tx = app.db.begin().await?;
    let order = match lock_at(app, &tx, order).await {
        Ok(Some((order, _))) => order,
        Ok(None) => return Ok(Vec::new()),
        // The check of the books tells of contents that cannot be read.
        Err(Error::Internal(error)) => return Ok(vec![format!("{id}: {error:#}")]),
        Err(other) => return Err(other),
    };
    let counted = entries::entries_of(&tx, id).await?;
    tx.rollback().await?;
    let differences = metrics::differences(&order, &counted);
    Ok(differences.into_iter().map(|what| format!("{id}: {what}")).collect())
}
