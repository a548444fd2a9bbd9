//! Sockets and streams of each caller, and its requests that execute: each has so many at once, so that none takes the places of
//! others. Who is one caller is what decides over who pays ([`Payer`]).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::throttle::Payer;

/// Who has how many open on this node.
#[derive(Debug, Default)]
pub struct Tenants(Mutex<HashMap<Payer, usize>>);

/// A place of a tenant, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    tenants: Arc<Tenants>,
    tenant: Payer,
}

impl Tenants {
    /// A place for one more; none where the tenant has `limit` already.
    pub fn enter(self: &Arc<Self>, tenant: Payer, limit: usize) -> Option<Place> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.get(&tenant).copied().unwrap_or_default();
        if count >= limit {
            return None;
        }
        open.insert(tenant, count.saturating_add(1));
        Some(Place { tenants: Arc::clone(self), tenant })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.tenants.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.tenant) {
            *count = count.saturating_sub(1);
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
        let third = tenants.enter(Payer::Strangers, 2).unwrap();
        assert!(tenants.enter(Payer::Strangers, 2).is_none(), "there was room for one");
        drop((second, third));
        assert!(tenants.0.lock().unwrap().is_empty(), "nobody who is gone is remembered");
    }
}
