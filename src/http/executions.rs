//! Places for requests that execute. What waits for the database waits in memory, so there are not many more places than
//! connections can serve: who comes to a full server is told so at once, and nobody fills it alone.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::actor::Actor;
use crate::domain::throttle::Payer;

use super::door::refusal::Refused;
use super::tenants::{Place, Tenants};

/// Places at least: what a request does beside its statements needs no connection.
const LEAST: usize = 64;
/// Requests for each connection to the database. One statement takes about a millisecond, so the last of them is answered
/// long before its caller gives up.
const FOR_EACH_CONNECTION: usize = 16;

/// As many requests at once as a pool of so many connections can serve in good time.
pub fn places(connections: u32) -> usize {
    let connections = usize::try_from(connections).unwrap_or(usize::MAX);
    connections.saturating_mul(FOR_EACH_CONNECTION).max(LEAST)
}

/// The places, and who has how many of them.
#[derive(Debug)]
pub struct Executions {
    free: Arc<Semaphore>,
    tenants: Arc<Tenants>,
    per_tenant: usize,
}

/// A place among those that execute; free again when it is dropped.
#[derive(Debug)]
pub struct Turn {
    _tenant: Place,
    _place: OwnedSemaphorePermit,
}

impl Executions {
    /// So many places, half of them at most for one app and company. All callers without a token are one tenant here.
    pub fn new(places: usize) -> Self {
        let per_tenant = places.div_ceil(2);
        Self { free: Arc::new(Semaphore::new(places)), tenants: Arc::default(), per_tenant }
    }

    /// A place for one more request, or why there is none. Nobody waits here.
    pub fn enter(&self, actor: &Actor) -> Result<Turn, Refused> {
        let tenant = self.tenants.enter(Payer::of(actor, None), self.per_tenant).ok_or_else(|| {
            Refused::overloaded("As many of your requests run here as may at once; wait for some of them.")
        })?;
        let place = Arc::clone(&self.free).try_acquire_owned();
        let place = place.map_err(|_| Refused::overloaded("The server is busy; try again."))?;
        Ok(Turn { _tenant: tenant, _place: place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::AppId;

    #[test]
    fn places_follow_the_connections() {
        assert_eq!([places(2), places(4), places(8), places(100)], [64, 64, 128, 1_600]);
    }

    #[test]
    fn nobody_takes_more_than_half() {
        let executions = Executions::new(4);
        let stranger = Actor::anonymous(true);
        let app: AppId =
            crate::ids::IdGenerator::default().make(crate::domain::time::Timestamp::from_seconds(1));
        let partner = Actor { app: Some(app), ..Actor::anonymous(true) };
        let strangers = [executions.enter(&stranger).unwrap(), executions.enter(&stranger).unwrap()];
        assert!(executions.enter(&stranger).is_err(), "half of them is for others");
        let partners = [executions.enter(&partner).unwrap(), executions.enter(&partner).unwrap()];
        assert!(executions.enter(&partner).is_err());
        drop(strangers);
        assert!(executions.enter(&partner).is_err(), "also where nobody else is there");
        assert!(executions.enter(&stranger).is_ok());
        drop(partners);
        assert!(executions.enter(&partner).is_ok());
    }

    #[test]
    fn a_single_place_can_be_taken() {
        let executions = Executions::new(1);
        let turn = executions.enter(&Actor::anonymous(true)).unwrap();
        assert!(executions.enter(&Actor::anonymous(true)).is_err());
        drop(turn);
        assert!(executions.enter(&Actor::anonymous(true)).is_ok());
    }
}
