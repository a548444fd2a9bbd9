//! When the node looks at its timers next: at the next instant, not at the next round.
//!
//! Everything here is a hint that may be lost: a node looks in any case after the longest rest.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

use crate::app::App;
use crate::domain::time::Timestamp;
use crate::service::Result;
use crate::service::orders::now_in;
use crate::store;

/// What a node's commands tell the one that fires its timers.
#[derive(Debug)]
pub struct Wake {
    /// The earliest instant that was announced and not heard yet, in microseconds.
    announced: AtomicI64,
    told: Notify,
}

impl Default for Wake {
    fn default() -> Self {
        Self { announced: AtomicI64::new(i64::MAX), told: Notify::new() }
    }
}

impl Wake {
    /// A timer was set that can fire at this instant, in a transaction that is to commit yet.
    pub fn announce(&self, instant: Timestamp) {
        self.announced.fetch_min(instant.micros(), Ordering::AcqRel);
    }

    /// A transaction that may have set timers was committed.
    pub fn committed(&self) {
        if self.announced.load(Ordering::Acquire) != i64::MAX {
            self.told.notify_one();
        }
    }

    /// Time has jumped: look at once.
    pub fn jumped(&self) {
        self.announced.store(i64::MIN, Ordering::Release);
        self.told.notify_one();
    }

    /// The earliest instant that was announced since the last time, once there is one.
    async fn heard(&self) -> Timestamp {
        self.told.notified().await;
        Timestamp::from_micros(self.announced.swap(i64::MAX, Ordering::AcqRel))
    }
}

/// Rests until the next timer can fire, or one that was announced meanwhile, and no longer than `longest`. `looked_at` is
/// the instant of the rest before: a clock that stands still is looked at with the longest rest, not again and again.
/// Timers that are over and could not fire are none to wake up for.
pub async fn rest(app: &App, longest: Duration, looked_at: &mut Option<Timestamp>) {
    let next = match next_instant(app).await {
        Ok(next) => next,
        Err(error) => {
            tracing::error!(?error, "the next timer is not known; it is looked for again");
            None
        }
    };
    let known = next.map(|(next, _)| next);
    let length = match next {
        Some((next, now)) if *looked_at != Some(now) => until(now, next).min(longest),
        _ => longest,
    };
    *looked_at = next.map(|(_, now)| now);
    let mut soonest = known.unwrap_or(Timestamp::from_micros(i64::MAX));
    let (due, end) = (sleep(length), sleep(longest));
    tokio::pin!(due, end);
    loop {
        let heard = tokio::select! {
            () = &mut due => return,
            () = &mut end => return,
            heard = app.wake.heard() => heard,
        };
        if heard < soonest {
            soonest = heard;
            // Without an answer of the database the longest rest stays.
            let now = now_in(app, &app.db).await.unwrap_or(Timestamp::from_micros(i64::MIN));
            due.set(sleep(until(now, heard).min(longest)));
        }
    }
}

/// How long it is until an instant; nothing where it is over.
fn until(now: Timestamp, instant: Timestamp) -> Duration {
    let micros = instant.micros().saturating_sub(now.micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

async fn next_instant(app: &App) -> Result<Option<(Timestamp, Timestamp)>> {
    let now = now_in(app, &app.db).await?;
    Ok(store::deadlines::next_instant(&app.db, now).await?.map(|next| (next, now)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Timestamp, Wake, until};

    #[test]
    fn a_rest_ends_at_the_instant_and_not_before() {
        let at = Timestamp::from_micros;
        assert_eq!(until(at(1_000), at(251_000)), Duration::from_millis(250));
        assert_eq!(until(at(1_000), at(1_001)), Duration::from_micros(1));
        assert_eq!(until(at(1_000), at(1_000)), Duration::ZERO);
        assert_eq!(until(at(1_000), at(999)), Duration::ZERO);
        assert_eq!(until(at(i64::MIN), at(i64::MAX)), Duration::from_micros(i64::MAX.unsigned_abs()));
    }

    #[tokio::test]
    async fn the_earliest_announcement_is_heard_once_its_transaction_is_there() {
        let wake = Wake::default();
        wake.committed();
        for micros in [700, 300, 500] {
            wake.announce(Timestamp::from_micros(micros));
        }
        let deaf = tokio::time::timeout(Duration::ZERO, wake.heard()).await;
        assert!(deaf.is_err(), "nothing was committed: {deaf:?}");
        wake.committed();
        assert_eq!(wake.heard().await, Timestamp::from_micros(300));
        wake.announce(Timestamp::from_micros(900));
        wake.jumped();
        assert_eq!(wake.heard().await, Timestamp::from_micros(i64::MIN));
    }
}
