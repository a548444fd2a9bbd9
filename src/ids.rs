//! The one home of randomness: ids and secrets.

use rand::RngCore;
use uuid::{ContextV7, Timestamp as UuidTimestamp, Uuid};

use crate::domain::ids::TypedId;
use crate::domain::time::Timestamp;

/// Makes ids that sort by the time they were made, also within one millisecond.
#[derive(Debug)]
pub struct IdGenerator {
    context: std::sync::Mutex<ContextV7>,
}

impl Default for IdGenerator {
    fn default() -> Self {
        Self { context: std::sync::Mutex::new(ContextV7::new()) }
    }
}

impl IdGenerator {
    /// A new id, made at `now`.
    pub fn make<Id: TypedId>(&self, now: Timestamp) -> Id {
        Id::from_u128(self.uuid(now).as_u128())
    }

    fn uuid(&self, now: Timestamp) -> Uuid {
        let micros = u64::try_from(now.micros()).unwrap_or_default();
        let subsecond = u32::try_from(micros % 1_000_000).unwrap_or_default() * 1_000;
        // A poisoned lock only means that another thread died while it counted: the counter is still good.
        let context = self.context.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Uuid::new_v7(UuidTimestamp::from_unix(&*context, micros / 1_000_000, subsecond))
    }
}

/// Fills a secret from the system's random source.
pub fn random_bytes<const LENGTH: usize>() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    #[expect(clippy::disallowed_methods, reason = "this is randomness's one home")]
    rand::rng().fill_bytes(&mut bytes);
    bytes
}
