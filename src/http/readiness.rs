//! One look at a time at whether the node is ready. Anybody may ask, and each look asks the database: those who ask meanwhile share
//! the next look, so that no crowd of them keeps callers from the pool, nor the balancer from its answer.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

/// What was found last.
#[derive(Debug, Default)]
pub struct Readiness {
    /// Looks that have begun.
    begun: AtomicU64,
    last: Mutex<Found>,
}

/// What a look found.
#[derive(Debug, Default)]
struct Found {
    /// Which look it was, counted from 1.
    look: u64,
    /// Why the node is not ready; none where it is.
    reason: Option<&'static str>,
}

impl Readiness {
    /// Why the node is not ready, by a look that began after this was asked; none where it is ready.
    pub async fn ask(&self, look: impl Future<Output = Option<&'static str>>) -> Option<&'static str> {
        let before = self.begun.load(Ordering::SeqCst);
        let mut last = self.last.lock().await;
        if last.look > before {
            return last.reason;
        }
        let number = self.begun.fetch_add(1, Ordering::SeqCst).saturating_add(1);
        let reason = look.await;
        *last = Found { look: number, reason };
        reason
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn who_asks_meanwhile_shares_the_next_look() {
        let (readiness, looks) = (Readiness::default(), AtomicU64::new(0));
        let ask = |reason| {
            readiness.ask(async move {
                tokio::task::yield_now().await;
                reason
            })
        };
        let count = || looks.fetch_add(1, Ordering::SeqCst);
        let crowd = (0..100).map(|_| {
            readiness.ask(async {
                count();
                tokio::task::yield_now().await;
                Some("stuck")
            })
        });
        assert!(join_all(crowd).await.into_iter().all(|found| found == Some("stuck")));
        assert_eq!(looks.load(Ordering::SeqCst), 2, "the first one's, and one for all others");
        assert_eq!(ask(None).await, None, "nobody is told what was so before");
        assert_eq!(ask(Some("away")).await, Some("away"));
    }
}
