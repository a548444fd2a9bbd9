//! What goes on on one connection. HTTP/1.1 has a time for the next head; a connection of HTTP/2 would live as long as its other
//! side answers pings, whether it asks for something or not.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::sleep;

use crate::telemetry::{Counter, Entered, Gauge};

/// The requests of one connection.
#[derive(Debug, Default)]
pub struct Traffic {
    is_http2: AtomicBool,
    begun: Counter,
    under_way: Gauge,
}

impl Traffic {
    /// The other side has said that it speaks HTTP/2.
    pub fn speaks_http2(&self) {
        self.is_http2.store(true, Ordering::Relaxed);
    }

    /// A request begins, and is under way for as long as the answer lives.
    pub fn enter(&self) -> Entered {
        self.begun.add(1);
        self.under_way.enter()
    }

    /// Ends once an HTTP/2 connection was without a request for so long, or up to twice as long.
    pub async fn is_idle(&self, patience: Duration) {
        loop {
            let before = self.look();
            sleep(patience).await;
            if self.was_idle_since(before) {
                return;
            }
        }
    }

    /// Requests that have begun, and those of them that are under way.
    fn look(&self) -> (u64, u64) {
        (self.begun.count(), self.under_way.count())
    }

    /// Whether nothing was asked for since this look; of HTTP/1.1 that is not known.
    fn was_idle_since(&self, before: (u64, u64)) -> bool {
        before.1 == 0 && self.look() == before && self.is_http2.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_asks_for_nothing_is_idle() {
        let traffic = Traffic::default();
        let before = traffic.look();
        assert!(!traffic.was_idle_since(before), "HTTP/1.1 has a time of its own");
        traffic.speaks_http2();
        assert!(traffic.was_idle_since(before));
        let request = traffic.enter();
        let meanwhile = traffic.look();
        assert!(!traffic.was_idle_since(before) && !traffic.was_idle_since(meanwhile), "one is under way");
        drop(request);
        assert!(!traffic.was_idle_since(before) && !traffic.was_idle_since(meanwhile), "it has just ended");
        assert!(traffic.was_idle_since(traffic.look()));
    }
}
