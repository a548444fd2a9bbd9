//! The one home of real time.
//!
//! Production on PostgreSQL asks the database (`store::Tx::now`); everything else asks this clock, which never
//! goes backward within the process.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::domain::time::{Span, Timestamp};

/// Where instants come from.
#[derive(Debug)]
pub enum Clock {
    /// The machine's clock, held monotonic.
    System {
        /// The latest instant handed out, in microseconds.
        latest: AtomicI64,
    },
    /// A clock that stands until a test moves it.
    Manual {
        /// The present instant, in microseconds.
        now: AtomicI64,
    },
}

impl Clock {
    /// The machine's clock.
    pub const fn system() -> Self {
        Self::System { latest: AtomicI64::new(0) }
    }

    /// A clock that stands at an instant.
    pub const fn manual(now: Timestamp) -> Self {
        Self::Manual { now: AtomicI64::new(now.micros()) }
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System { latest } => {
                #[expect(clippy::disallowed_methods, reason = "this is the clock's one home")]
                let system = std::time::SystemTime::now();
                let since_epoch = system.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                let micros = i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX);
                Timestamp::from_micros(latest.fetch_max(micros, Ordering::AcqRel).max(micros))
            }
            Self::Manual { now } => Timestamp::from_micros(now.load(Ordering::Acquire)),
        }
    }

    /// Whether the clock is the machine's, so that a database's own clock may stand in for it.
    pub const fn is_system(&self) -> bool {
        matches!(self, Self::System { .. })
    }

    /// Moves a manual clock forward; the machine's clock is left alone.
    pub fn advance(&self, span: Span) {
        if let Self::Manual { now } = self {
            now.fetch_add(
                span.as_seconds().saturating_mul(crate::domain::time::MICROSECONDS),
                Ordering::AcqRel,
            );
        }
    }
}
