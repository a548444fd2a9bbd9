//! What this node counts of itself. Written where things happen, read when somebody asks; nothing hangs on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// How often something happened since the node started.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// It happened so many times more.
    pub fn add(&self, times: u64) {
        self.0.fetch_add(times, Ordering::Relaxed);
    }

    /// How often it happened.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How many of something there are now.
#[derive(Debug, Default)]
pub struct Gauge(Arc<AtomicU64>);

impl Gauge {
    /// One more, for as long as the answer lives.
    pub fn enter(&self) -> Entered {
        self.0.fetch_add(1, Ordering::Relaxed);
        Entered(Arc::clone(&self.0))
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counts as one until it is dropped.
#[derive(Debug)]
pub struct Entered(Arc<AtomicU64>);

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What became of the documents of requests.
#[derive(Debug, Default)]
pub struct DocumentCounts {
    /// Those that were ready: parsed and validated before.
    pub ready: Counter,
    /// Those that had to be parsed and validated, refused ones among them.
    pub prepared: Counter,
}

/// What throttling did to payers of one kind.
#[derive(Debug, Default)]
pub struct ThrottleCounts {
    /// Points that were taken before something ran.
    pub taken: Counter,
    /// Points of these that were given back after it.
    pub returned: Counter,
    /// Charges that were refused for want of points.
    pub refused: Counter,
}

/// The counts of one node.
#[derive(Debug, Default)]
pub struct Telemetry {
    /// Open connections, those that became sockets not among them.
    pub connections: Gauge,
    /// Connections that were closed at once, as their address has as many as it may.
    pub connections_refused: Counter,
    /// Open sockets.
    pub sockets: Gauge,
    /// Open streams of server-sent events.
    pub streams: Gauge,
    /// Subscriptions that run on them.
    pub subscriptions: Gauge,
    /// Messages of subscriptions that were made into frames, each for all who ask for the same.
    pub frames: Counter,
    /// Frames that were told.
    pub told: Counter,
    /// Sockets and streams that were ended because their reader did not keep up.
    pub slow_consumers: Counter,
    /// Hints of another node before which one was missing.
    pub wake_gaps: Counter,
    /// Messages under the subject of hints that are none.
    pub wakes_unreadable: Counter,
    /// Hints of this node that were dropped, since too many waited to be sent.
    pub wakes_untold: Counter,
    /// Timers that this node acted on.
    pub deadlines_fired: Counter,
    /// Tries of this node that failed.
    pub deadlines_failed: Counter,
    /// What became of the documents of requests.
    pub documents: Arc<DocumentCounts>,
    /// What throttling did to callers with a token.
    pub tenants_throttled: ThrottleCounts,
    /// What throttling did to callers without a token, and to visitors with a publishable key.
    pub strangers_throttled: ThrottleCounts,
    /// How often the shared buckets could not be had, and the node went by its own.
    pub buckets_apart: Counter,
    /// Webhooks that their endpoint took.
    pub webhooks_delivered: Counter,
    /// Attempts at a webhook that failed.
    pub webhooks_failed: Counter,
    /// When the shown certificate ends, in seconds since 1970; 0 where none is shown.
    pub certificate_ends: AtomicI64,
    /// Lines of the audit log that could not be written beside their command; each is told in the log of the server.
    pub audit_log_unwritten: Counter,
    /// Secrets of apps that were refused at `/oauth`.
    pub secrets_refused: Counter,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_leaves_no_longer_counts() {
        let gauge = Gauge::default();
        let (first, second) = (gauge.enter(), gauge.enter());
        assert_eq!(gauge.count(), 2);
        drop(first);
        assert_eq!(gauge.count(), 1);
        drop(second);
        assert_eq!(gauge.count(), 0);
    }
}
