//! Timers that fail: told once for each try, tried again later, and in nobody's way meanwhile.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::app::App;
use crate::domain::ids::{DeadlineId, OrderId};
use crate::domain::time::{Span, Timestamp};
use crate::service::orders::now_in;
use crate::service::passing::may_pass;
use crate::service::{Error, Result};
use crate::store;

/// Seconds that an order is put off when its timer fails for the first time; each further failure doubles it. So short that
/// a timer that failed once, and for nothing that lasts, is not late by more than that.
const PAUSE: i64 = 1;
/// Doublings at most: with them a timer that always fails is tried about once an hour, so that ten thousand of them are three
/// tries a second.
const DOUBLINGS: i64 = 12;

/// The failures of one sweep.
#[derive(Default)]
pub(super) struct Failed {
    /// The orders that are not put off: the sweep leaves them out, the next one tries them again.
    left_out: Mutex<Vec<OrderId>>,
    count: AtomicUsize,
}

impl Failed {
    /// The orders that this sweep leaves out.
    pub(super) fn orders(&self) -> Vec<OrderId> {
        self.left_out.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many tries failed, whatever became of them.
    pub(super) fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    fn leave_out(&self, order: OrderId) {
        self.left_out.lock().unwrap_or_else(PoisonError::into_inner).push(order);
    }

    fn add(&self, app: &App) {
        self.count.fetch_add(1, Ordering::Relaxed);
        app.telemetry.deadlines_failed.add(1);
    }

    /// Tells that a timer of an order failed, and puts it off. What failed by no fault of its own is tried by the next sweep,
    /// and so is what cannot be put off, as where the database is away. Where several tried it at once, it failed once.
    ///
    /// `tried` is the timer, as far as one was read. Without one the order's first is put off: its row may be what cannot be
    /// read, and every sweep would come upon it.
    pub(super) async fn note(&self, app: &App, order: OrderId, tried: Option<DeadlineId>, error: &Error) {
        if passes(error) {
            self.add(app);
            tracing::warn!(%order, ?error, "a timer failed by what passes; the next sweep tries it again");
            return self.leave_out(order);
        }
        match put_off(app, order, tried).await {
            Ok(Some(until)) => {
                self.add(app);
                tracing::error!(%order, ?error, %until, "a timer failed; it is tried again later");
            }
            Ok(None) => {
                tracing::debug!(%order, ?error, "a timer failed that has been put off or ended meanwhile");
            }
            Err(also) => {
                self.add(app);
                tracing::error!(%order, ?error, ?also, "a timer failed and is not put off; it is tried again");
                self.leave_out(order);
            }
        }
    }
}

/// Whether a failure says nothing of the timer: somebody else had what it needs, or the database was away. To leave it out
/// is enough then: it costs each sweep one try at most, and a node rests between two sweeps.
///
/// Not so a statement that took too long, although that may pass: where it always does, each try holds up the timers behind
/// it by all that time, sweep for sweep. A second more is little beside what it took.
fn passes(error: &Error) -> bool {
    may_pass(error) && !took_too_long(error)
}

fn took_too_long(error: &Error) -> bool {
    match error {
        Error::Internal(inner) => {
            inner.downcast_ref::<store::Error>().is_some_and(store::Error::took_too_long)
        }
        Error::Denied(_) | Error::Refused(_) => false,
    }
}

/// The wait behind so many failures.
fn wait(failures: i64) -> Span {
    Span::seconds(PAUSE << (failures - 1).clamp(0, DOUBLINGS)).min(Span::hours(1))
}

async fn put_off(app: &App, order: OrderId, tried: Option<DeadlineId>) -> Result<Option<Timestamp>> {
    let tx = app.db.begin().await?;
    let now = now_in(app, &tx).await?;
    let until = store::deadlines::put_off(&tx, order, tried, now, wait).await?;
    tx.commit().await?;
    Ok(until)
}

#[cfg(test)]
mod tests {
    use super::wait;

    #[test]
    fn a_timer_that_always_fails_is_tried_about_once_an_hour() {
        let waits: Vec<i64> = (1..=9).map(|failures| wait(failures).as_seconds()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256]);
        assert_eq!(wait(i64::MAX).as_seconds(), 3_600);
    }
}
