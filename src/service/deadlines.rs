//! Deadlines: the clock acts on orders whose timers are over, and lists of what is due.
//!
//! The order's lock comes first, as in every command, so a command and the clock never both win. Any node may fire any
//! timer; the transaction is the lease.
//!
//! Many timers that are over at once are fired in batches: a transaction locks free orders, reads the clock once behind
//! all locks, and gives each order a part of its own that can fail alone. An act that touches more than its order, such as
//! an account, is the last of its transaction: so accounts are only ever locked as by a single command, and no circle can
//! come about (docs/LEDGER.md). On PostgreSQL orders that somebody else holds are passed over first and waited for at the
//! end, one at a time.

mod failures;
mod list;
mod rules;
mod wake;

use futures_util::future::try_join_all;

use crate::app::App;
use crate::domain::deadline::{Deadline, DeadlineState};
use crate::domain::error::Code;
use crate::domain::ids::{DeadlineId, OrderId};
use crate::domain::metrics;
use crate::domain::order::{ActorKind, DeadlineChange, Order, Step};
use crate::domain::time::{Span, Timestamp};
use crate::store::{self, Tx};

use super::Result;
use super::orders::{Persist, decide, lock_at, may_retry, now_in, persist};

pub use crate::store::deadlines::DeadlineFilter;
use failures::Failed;
pub use list::{by_ids, list};
use rules::outcome;
pub use rules::{command, waits};
pub use wake::{Wake, rest};

/// Orders fired in one transaction at most. So many share one sync of the disk, and a command that wants one of them, or
/// SQLite's only writer, waits for some ten milliseconds.
const BATCH: u32 = 32;
/// Transactions that a node fires at once on PostgreSQL, where each of them mostly waits for the database; at most half of
/// the node's connections, so that callers find one.
const WORKERS: u32 = 4;
/// Failures in one sweep at most: beyond it the database is ill, and the next sweep begins anew.
const FAILURES: usize = 10_000;
/// A timer that cannot act yet looks again after this time.
const LATER: Span = Span::hours(1);

/// Fires every timer that is over, about in the order of their instants, and exactly so within each order; answers how
/// many. An order whose timer fails is put off and holds up no other one.
pub async fn sweep(app: &App) -> Result<u64> {
    let (failed, mut fired) = (Failed::default(), 0);
    let mut due = due_orders(app, &failed).await?;
    while !due.is_empty() && failed.count() < FAILURES {
        let failed_before = failed.count();
        let many = due.len() as u64 > u64::from(BATCH) / 2;
        let drains = (0..workers(app, many)).map(|_| drain(app, &failed));
        let mut acted: u64 = try_join_all(drains).await?.into_iter().sum();
        // What is still due was held by somebody else: it is waited for.
        due = due_orders(app, &failed).await?;
        for order in &due {
            acted += fire_all(app, *order, &failed).await;
        }
        app.telemetry.deadlines_fired.add(acted);
        if acted == 0 && failed.count() == failed_before {
            // Another node was faster.
            return Ok(fired);
        }
        fired += acted;
        if !due.is_empty() {
            due = due_orders(app, &failed).await?;
        }
    }
    Ok(fired)
}

fn workers(app: &App, many: bool) -> u32 {
    if many && app.db.is_postgres() { (app.config.database_connections / 2).clamp(1, WORKERS) } else { 1 }
}

async fn due_orders(app: &App, failed: &Failed) -> Result<Vec<OrderId>> {
    Ok(store::deadlines::due_orders(&app.db, now_in(app, &app.db).await?, BATCH, &failed.orders()).await?)
}

/// How many timers are over and have not fired, and in how many seconds the next one is over.
pub async fn standing(app: &App) -> Result<(i64, Option<i64>)> {
    let now = now_in(app, &app.db).await?;
    let next = store::deadlines::next_instant(&app.db, now).await?;
    let until = next.map(|next| now.until(next).as_seconds());
    Ok((store::deadlines::overdue(&app.db, now).await?, until))
}

/// Fires batch after batch until no free order has a timer that is over; answers how many timers.
async fn drain(app: &App, failed: &Failed) -> Result<u64> {
    let (mut fired, mut size) = (0, BATCH);
    loop {
        let mut batch = fire_batch(app, size, &failed.orders()).await?;
        let alone = std::mem::take(&mut batch.alone);
        // Also orders that all fail are done with: others stand behind them.
        if batch.fired == 0 && alone.is_empty() {
            return Ok(fired);
        }
        for order in alone {
            batch.fired += fire_all(app, order, failed).await;
        }
        fired += batch.fired;
        // Where acts end their transactions early, fewer orders are locked for nothing.
        size = u32::try_from(batch.fired).unwrap_or(BATCH).saturating_mul(2).clamp(1, BATCH);
    }
}

/// What a transaction has fired.
#[derive(Default)]
struct Batch {
    fired: u64,
    /// Orders that did not go through with the others and are tried alone.
    alone: Vec<OrderId>,
}

/// Fires one timer of each of so many free orders at most, in one transaction.
async fn fire_batch(app: &App, size: u32, except: &[OrderId]) -> Result<Batch> {
    let tx = app.db.begin().await?;
    let before = now_in(app, &tx).await?;
    let claimed = store::deadlines::claim_due(&tx, before, size, except).await?;
    if claimed.is_empty() {
        tx.rollback().await?;
        return Ok(Batch::default());
    }
    match fire_together(app, tx, &claimed).await {
        Ok(batch) => {
            app.committed();
            Ok(batch)
        }
        Err(error) => {
            tracing::warn!(
                ?error,
                orders = claimed.len(),
                "timers did not fire together; each is tried alone"
            );
            Ok(Batch { fired: 0, alone: claimed })
        }
    }
}

async fn fire_together(app: &App, tx: Tx, claimed: &[OrderId]) -> Result<Batch> {
    let batch = fire_claimed(app, &tx, claimed).await?;
    tx.commit().await?;
    Ok(batch)
}

/// Each order is a part of its own: what fails is undone and left to be tried alone.
async fn fire_claimed(app: &App, tx: &Tx, claimed: &[OrderId]) -> Result<Batch> {
    let orders = store::orders::load(tx, claimed).await?;
    let now = now_in(app, tx).await?;
    let mut batch = Batch::default();
    for deadline in store::deadlines::first_due(tx, claimed, now).await? {
        let Some(order) = orders.iter().find(|order| order.id == deadline.order) else { continue };
        tx.mark().await?;
        match act(app, tx, order, &deadline, now).await {
            Ok(reach) => {
                tx.keep().await?;
                batch.fired += 1;
                if reach == Reach::Beyond {
                    break;
                }
            }
            Err(error) => {
                tracing::debug!(order = %order.id, ?error, "a timer did not fire with others");
                tx.undo().await?;
                batch.alone.push(order.id);
                // Whoever it lost against waits for what this transaction holds.
                if may_retry(&error, 1) {
                    break;
                }
            }
        }
    }
    Ok(batch)
}

/// Fires every timer of an order that is over, waiting for whoever holds it; answers how many. A failure is noted.
async fn fire_all(app: &App, order: OrderId, failed: &Failed) -> u64 {
    let mut fired = 0;
    loop {
        let mut tried = None;
        match fire_next(app, order, &mut tried).await {
            Ok(true) => fired += 1,
            Ok(false) => return fired,
            Err(error) => {
                failed.note(app, order, tried, &error).await;
                return fired;
            }
        }
    }
}

async fn fire_next(app: &App, order: OrderId, tried: &mut Option<DeadlineId>) -> Result<bool> {
    let mut attempt = 1;
    loop {
        match try_fire(app, order, tried).await {
            Err(error) if may_retry(&error, attempt) => attempt += 1,
            answer => return answer,
        }
    }
}

/// Fires an order's first timer. Whatever comes of it, `tried` says then which one that was, as far as one was read: a
/// failure is its own and not that of whichever is the first afterwards.
async fn try_fire(app: &App, order: OrderId, tried: &mut Option<DeadlineId>) -> Result<bool> {
    *tried = None;
    let tx = app.db.begin().await?;
    // Somebody else may have put it off: an order that cannot even be read would fail once more.
    let looked_at = now_in(app, &tx).await?;
    let Some(first) = store::deadlines::first_due(&tx, &[order], looked_at).await?.pop() else {
        return Ok(false);
    };
    *tried = Some(first.id);
    let Some((before, now)) = lock_at(app, &tx, order).await? else { return Ok(false) };
    let Some(deadline) = store::deadlines::first_due(&tx, &[order], now).await?.pop() else {
        return Ok(false);
    };
    *tried = Some(deadline.id);
    act(app, &tx, &before, &deadline, now).await?;
    tx.commit().await?;
    app.committed();
    Ok(true)
}

/// How far an act of the clock reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// It has locked nothing but its order.
    Order,
    /// It has locked what others lock, too, such as accounts.
    Beyond,
}

/// Lets the clock act on a timer that is over, under the order's lock.
async fn act(app: &App, tx: &Tx, before: &Order, deadline: &Deadline, now: Timestamp) -> Result<Reach> {
    let (order, command) = (before.id, command(deadline)?);
    let mut reach = if command.reads_funds(before) { Reach::Beyond } else { Reach::Order };
    match decide(app, tx, before, (ActorKind::Clock, &command), now).await? {
        Ok(mut step) => {
            if touches_others(before, &step, now) {
                reach = Reach::Beyond;
            }
            // First of all: what the act settles besides must not hide how this timer ended.
            let settle = DeadlineChange::Settle {
                kind: deadline.kind,
                subject: Some(deadline.subject.clone()),
                outcome: outcome(deadline, before.status()),
            };
            step.deadlines.insert(0, settle);
            tell_instants(&mut step, deadline, now);
            persist(app, tx, Persist { before, untold: &[], step: &step, now }).await?;
        }
        // The books do not say what the contract does: told as a fault, never waited out.
        Err(refusal) if refusal.code == Code::Internal => {
            return Err(anyhow::anyhow!("{order}: the {} timer found {refusal}", deadline.kind).into());
        }
        Err(refusal) if waits(deadline, before) => {
            tracing::debug!(%order, kind = %deadline.kind, %refusal, "a timer waits");
            store::deadlines::postpone(tx, deadline.id, now.plus(LATER)).await?;
        }
        // The order is past what the timer was for.
        Err(_) => store::deadlines::settle(tx, deadline.id, DeadlineState::Cancelled, now).await?,
    }
    Ok(reach)
}

/// Whether a step writes rows that commands on other orders write, too: accounts, or what a supplier's buyers add up to.
fn touches_others(before: &Order, step: &Step, now: Timestamp) -> bool {
    !step.postings.is_empty() || metrics::change(before, &step.order, now).bought
}

/// Says in each event when the timer was due, when it fired, and whether that was late.
fn tell_instants(step: &mut Step, deadline: &Deadline, now: Timestamp) {
    for event in &mut step.events {
        event.body.insert("deadlineDueAt".to_owned(), deadline.due_at.to_string().into());
        event.body.insert("firedAt".to_owned(), now.to_string().into());
        if deadline.fires_late(now) {
            event.body.insert("firedLate".to_owned(), true.into());
        }
    }
}
