//! Tokens that were taken back before their end.
//!
//! They are few, and each of them ends by itself: a node reads them all at most every ten seconds, so that a warmed
//! authentication costs no statement and none of them is good for longer than that.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;

use super::STANDING_AGE;
use crate::app::App;
use crate::domain::ids::AppId;
use crate::domain::time::Timestamp;
use crate::service::Result;
use crate::store;

/// The tokens of each app. Each app's are its own: no issuer can take back another one's by giving its token the same id.
type Revoked = HashMap<AppId, HashSet<String>>;

#[derive(Debug, Clone)]
struct Known {
    revoked: Arc<Revoked>,
    read_at: Timestamp,
}

/// The tokens that were taken back, as this node last read them.
#[derive(Debug, Default)]
pub struct Revocations {
    known: RwLock<Option<Known>>,
    reading: Mutex<()>,
}

impl Revocations {
    /// Reads them anew at the next question, because one was taken back here.
    pub fn forget(&self) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether a token of an app was taken back.
    pub(super) async fn has(
        &self,
        app: &App,
        (partner, token): (AppId, &str),
        now: Timestamp,
    ) -> Result<bool> {
        let revoked = self.read(app, now).await?;
        Ok(revoked.get(&partner).is_some_and(|tokens| tokens.contains(token)))
    }

    fn fresh(&self, now: Timestamp) -> Option<Arc<Revoked>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known
            .as_ref()
            .filter(|known| now.since(known.read_at) < STANDING_AGE)
            .map(|known| Arc::clone(&known.revoked))
    }

    /// One caller reads, the others wait for what it read.
    async fn read(&self, app: &App, now: Timestamp) -> Result<Arc<Revoked>> {
        if let Some(revoked) = self.fresh(now) {
            return Ok(revoked);
        }
        let _reading = self.reading.lock().await;
        if let Some(revoked) = self.fresh(now) {
            return Ok(revoked);
        }
        let mut revoked = Revoked::new();
        for (partner, token) in store::apps::revoked(&app.db, now).await? {
            revoked.entry(partner).or_default().insert(token);
        }
        let known = Known { revoked: Arc::new(revoked), read_at: now };
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known.clone());
        Ok(known.revoked)
    }
}
