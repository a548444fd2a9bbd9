//! Room for request bodies in memory. A body takes room as it comes in, and not what it announces: who announces much and sends
//! nothing holds nothing. Half of the room at most is of one app and company, or of all callers without a token together.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::domain::actor::Actor;
use crate::domain::throttle::Payer;

use super::door::refusal::Refused;
use super::tenants::{Place, Tenants};

/// Bytes that are counted as one.
const STEP: usize = 1_024;

/// The room, and who has how much of it.
#[derive(Debug)]
pub struct Bodies {
    free: Semaphore,
    tenants: Arc<Tenants>,
    per_tenant: usize,
}

/// The room of one body; free again when it is dropped.
#[derive(Debug)]
pub struct Room<'bodies> {
    bodies: &'bodies Bodies,
    place: Place,
    taken: Option<SemaphorePermit<'bodies>>,
}

impl Bodies {
    /// Room for so many kibibytes.
    pub fn new(kibibytes: u32) -> Self {
        let kibibytes = usize::try_from(kibibytes).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self { free: Semaphore::new(kibibytes), tenants: Arc::default(), per_tenant: kibibytes.div_ceil(2) }
    }

    /// Room for a body of this caller, which grows as the body does.
    pub fn open(&self, actor: &Actor) -> Room<'_> {
        Room { bodies: self, place: self.tenants.none(Payer::of(actor, None)), taken: None }
    }
}

impl<'bodies> Room<'bodies> {
    /// Makes room for a body of so many bytes in all, or says why there is none.
    pub fn grow(&mut self, bytes: usize) -> Result<(), Refused> {
        let more = bytes.div_ceil(STEP).saturating_sub(self.kibibytes());
        if more == 0 {
            return Ok(());
        }
        let taken = self
            .take(more)
            .ok_or_else(|| Refused::overloaded("The server holds too many large requests; try again."))?;
        match &mut self.taken {
            Some(held) => held.merge(taken),
            None => self.taken = Some(taken),
        }
        Ok(())
    }

    fn kibibytes(&self) -> usize {
        self.taken.as_ref().map_or(0, SemaphorePermit::num_permits)
    }

    fn take(&mut self, more: usize) -> Option<SemaphorePermit<'bodies>> {
        let taken = self.bodies.free.try_acquire_many(u32::try_from(more).ok()?).ok()?;
        self.place.grow(more, self.bodies.per_tenant).then_some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::AppId;

    #[test]
    fn room_is_taken_as_it_is_needed_and_half_is_for_others() {
        let bodies = Bodies::new(8);
        let stranger = Actor::anonymous(true);
        let app: AppId =
            crate::ids::IdGenerator::default().make(crate::domain::time::Timestamp::from_seconds(1));
        let partner = Actor { app: Some(app), ..Actor::anonymous(true) };
        let (mut first, mut second) = (bodies.open(&stranger), bodies.open(&stranger));
        assert_eq!(bodies.free.available_permits(), 8, "nothing came yet");
        for bytes in [1, 1_024, 1_025, 3_000] {
            assert!(first.grow(bytes).is_ok());
        }
        assert_eq!(bodies.free.available_permits(), 5);
        assert!(second.grow(1_024).is_ok());
        assert!(second.grow(1_025).is_err() && first.grow(4_000).is_err(), "half is for others");
        let mut other = bodies.open(&partner);
        assert!(other.grow(4_096).is_ok());
        assert!(other.grow(4_097).is_err());
        drop(first);
        assert!(second.grow(4_096).is_ok());
        drop((second, other));
        assert_eq!(bodies.free.available_permits(), 8);
    }
}
