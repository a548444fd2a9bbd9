//! How fast frames may come in.

use tokio::time::Instant;

/// A bucket of credit that fills with time, in thousandths of a frame.
#[derive(Debug)]
pub struct Rate {
    credit: u64,
    full: u64,
    per_second: u64,
    filled: Instant,
}

impl Rate {
    /// Lets `burst` frames in at once, and `per_second` later on.
    pub fn new(per_second: u32, burst: u32) -> Self {
        let full = u64::from(burst) * 1_000;
        Self { credit: full, full, per_second: u64::from(per_second), filled: Instant::now() }
    }

    /// Whether one more frame may come in at this instant.
    pub fn take(&mut self, now: Instant) -> bool {
        let milliseconds = u64::try_from(now.duration_since(self.filled).as_millis()).unwrap_or(u64::MAX);
        if milliseconds > 0 {
            let earned = milliseconds.saturating_mul(self.per_second);
            self.credit = self.credit.saturating_add(earned).min(self.full);
            self.filled = now;
        }
        match self.credit.checked_sub(1_000) {
            Some(rest) => {
                self.credit = rest;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_passes_and_refills() {
        let mut rate = Rate::new(20, 3);
        let now = Instant::now();
        assert_eq!((0..5).filter(|_| rate.take(now)).count(), 3);
        assert!(!rate.take(now + Duration::from_millis(40)));
        assert!(rate.take(now + Duration::from_millis(60)));
        assert_eq!((0..9).filter(|_| rate.take(now + Duration::from_mins(1))).count(), 3);
    }
}
