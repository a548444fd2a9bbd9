//! Sockets and streams of each caller, its requests that execute, and its bodies that come in: each has so many at once, so that
//! none takes the places of others. Who is one caller is what decides over who pays ([`Payer`]).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::throttle::Payer;

/// Who has how many open on this node.
#[derive(Debug, Default)]
pub struct Tenants(Mutex<HashMap<Payer, usize>>);

/// The places of a tenant, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    tenants: Arc<Tenants>,
    tenant: Payer,
    count: usize,
}

impl Tenants {
    /// A place for one more; none where the tenant has `limit` already.
    pub fn enter(self: &Arc<Self>, tenant: Payer, limit: usize) -> Option<Place> {
        let mut place = self.none(tenant);
        place.grow(1, limit).then_some(place)
    }

    /// Room without a place yet, to grow.
    pub fn none(self: &Arc<Self>, tenant: Payer) -> Place {
        Place { tenants: Arc::clone(self), tenant, count: 0 }
    }
}

impl Place {
    /// Takes so many places more; false, and nothing is taken, where the tenant would have more than `limit` then.
    pub fn grow(&mut self, more: usize, limit: usize) -> bool {
        let mut open = self.tenants.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.get(&self.tenant).copied().unwrap_or_default().saturating_add(more);
        if count > limit {
            return false;
        }
        open.insert(self.tenant, count);
        self.count = self.count.saturating_add(more);
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.count == 0 {
            return;
        }
        let mut open = self.tenants.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.tenant) {
            *count = count.saturating_sub(self.count);
            if *count == 0 {
                open.remove(&self.tenant);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_can_be_had_again() {
        let tenants = Arc::new(Tenants::default());
        let first = tenants.enter(Payer::Strangers, 2).unwrap();
        let second = tenants.enter(Payer::Strangers, 2).unwrap();
        assert!(tenants.enter(Payer::Strangers, 2).is_none());
        let other = Payer::Address("192.0.2.1".parse().unwrap());
        assert!(tenants.enter(other, 2).is_some(), "others have places of their own");
        drop(first);
        let mut growing = tenants.none(Payer::Strangers);
        assert!(!growing.grow(2, 2), "there is room for one");
        assert!(growing.grow(1, 2));
        assert!(!growing.grow(1, 2));
        drop((second, growing));
        assert!(tenants.0.lock().unwrap().is_empty(), "nobody who is gone is remembered");
    }
}
