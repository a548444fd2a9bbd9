//! Sockets and streams of each tenant, and its requests that execute: an app for one company has so many at once, so that none
//! takes the places of others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::actor::Actor;
use crate::domain::ids::{AppId, CompanyId};

/// An app, and the company that it acts for; no app where a caller has no token.
type Tenant = (Option<AppId>, Option<CompanyId>);

/// Who has how many open on this node.
#[derive(Debug, Default)]
pub struct Tenants(Mutex<HashMap<Tenant, usize>>);

/// A place of a tenant, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    tenants: Arc<Tenants>,
    tenant: Option<Tenant>,
}

impl Tenants {
    /// A place for one more; none where the caller has `limit` already. Callers without a token share the server's places only.
    pub fn enter(self: &Arc<Self>, actor: &Actor, limit: usize) -> Option<Place> {
        self.take(actor.app.map(|app| (Some(app), actor.company)), limit)
    }

    /// The same where all callers without a token are one tenant together.
    pub fn enter_among_all(self: &Arc<Self>, actor: &Actor, limit: usize) -> Option<Place> {
        self.take(Some((actor.app, actor.company)), limit)
    }

    fn take(self: &Arc<Self>, tenant: Option<Tenant>, limit: usize) -> Option<Place> {
        if let Some(tenant) = tenant {
            let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let count = open.entry(tenant).or_default();
            if *count >= limit {
                return None;
            }
            *count += 1;
        }
        Some(Place { tenants: Arc::clone(self), tenant })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(tenant) = self.tenant else { return };
        let mut open = self.tenants.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&tenant) {
            *count -= 1;
            if *count == 0 {
                open.remove(&tenant);
            }
        }
    }
}
