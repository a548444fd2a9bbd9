//! The breaker of an endpoint: one that fails again and again is left in peace and looked at by one delivery at a time, so
//! that an outage does not use up the attempts of everything that is owed.

use crate::domain::time::{Span, Timestamp};

use super::IN_FLIGHT_MAX;

/// Failures in a row that open it.
pub const FAILURES: i64 = 5;
/// The waits between looks; the last one is repeated.
const WAITS: [Span; 5] =
    [Span::seconds(5), Span::seconds(30), Span::seconds(120), Span::seconds(600), Span::seconds(1_800)];
/// How long an endpoint may only fail before it is disabled.
pub const DISABLED_AFTER: Span = Span::hours(120);

/// How an endpoint is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Health {
    /// Since when every attempt failed.
    pub failing_since: Option<Timestamp>,
    /// How many.
    pub consecutive_failures: i64,
    /// Until when nothing is sent.
    pub open_until: Option<Timestamp>,
}

impl Health {
    /// After an attempt that succeeded.
    pub const fn succeeded() -> Self {
        Self { failing_since: None, consecutive_failures: 0, open_until: None }
    }

    /// After one that failed. Where it is left in peace already, that was under way before, and says nothing new.
    #[must_use]
    pub fn failed(self, now: Timestamp) -> Self {
        if self.open_until.is_some_and(|until| now < until) {
            return self;
        }
        let consecutive_failures = self.consecutive_failures.saturating_add(1);
        let place = usize::try_from(consecutive_failures - FAILURES).ok();
        let wait = place.map(|place| WAITS[place.min(WAITS.len() - 1)]);
        Self {
            failing_since: self.failing_since.or(Some(now)),
            consecutive_failures,
            open_until: wait.map(|wait| now.plus(wait)),
        }
    }

    /// Whether it failed so long that it is to be disabled.
    pub fn is_hopeless(&self, now: Timestamp) -> bool {
        self.failing_since.is_some_and(|since| now.since(since) >= DISABLED_AFTER)
    }

    /// Deliveries that may be under way at once at an instant.
    pub fn room(&self, now: Timestamp) -> i64 {
        if self.open_until.is_some_and(|until| now < until) {
            0
        } else if self.consecutive_failures >= FAILURES {
            1
        } else {
            IN_FLIGHT_MAX
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fifth_failure_opens_it_and_a_success_closes_it() {
        let mut now = Timestamp::from_seconds(1_000);
        let (begun, mut health, mut rooms) = (now, Health::default(), Vec::new());
        for _ in 0..8 {
            health = health.failed(now);
            rooms.push((health.room(now), health.open_until.map(|until| until.since(now).as_seconds())));
            now = health.open_until.unwrap_or(now);
        }
        let closed = (8, None);
        let open = |seconds| (0, Some(seconds));
        assert_eq!(rooms, [closed, closed, closed, closed, open(5), open(30), open(120), open(600)]);
        assert_eq!((health.room(now), health.failing_since), (1, Some(begun)));
        assert_eq!(Health::succeeded().room(now), 8);
        let reopened = health.failed(now);
        assert_eq!(reopened.failed(now.plus(Span::seconds(1))), reopened, "it was under way before");
    }

    #[test]
    fn five_days_of_failures_are_the_end() {
        let begun = Timestamp::from_seconds(0);
        let health = Health::default().failed(begun).failed(begun.plus(Span::hours(100)));
        assert!(!health.is_hopeless(begun.plus(Span::hours(120)).minus(Span::seconds(1))));
        assert!(health.is_hopeless(begun.plus(Span::hours(120))));
        assert!(!Health::succeeded().is_hopeless(begun.plus(Span::days(999))));
    }
}
