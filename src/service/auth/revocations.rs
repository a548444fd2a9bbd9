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

#[derive(Debug)]
struct Known {
    revoked: Arc<Revoked>,
    read_at: Timestamp,
}

#[derive(Debug, Default)]
struct Memory {
    known: Option<Known>,
    /// How often it was forgotten.
    forgotten: u64,
}

/// The tokens that were taken back, as this node last read them.
#[derive(Debug, Default)]
pub struct Revocations {
    memory: RwLock<Memory>,
    reading: Mutex<()>,
}

impl Revocations {
    /// Reads them anew at the next question, because one was taken back here.
    pub fn forget(&self) {
        let mut memory = self.memory.write().unwrap_or_else(PoisonError::into_inner);
        memory.known = None;
        memory.forgotten = memory.forgotten.wrapping_add(1);
    }

    /// Whether a token of an app was taken back.
    pub(in crate::service) async fn has(
        &self,
        app: &App,
        (partner, token): (AppId, &str),
        now: Timestamp,
    ) -> Result<bool> {
        let revoked = self.read(app, now).await?;
        Ok(revoked.get(&partner).is_some_and(|tokens| tokens.contains(token)))
    }

    fn fresh(&self, now: Timestamp) -> Option<Arc<Revoked>> {
        let memory = self.memory.read().unwrap_or_else(PoisonError::into_inner);
        let known = memory.known.as_ref();
        known.filter(|known| now.since(known.read_at) < STANDING_AGE).map(|known| Arc::clone(&known.revoked))
    }

    /// How often everything was forgotten; to be asked before reading.
    fn begin(&self) -> u64 {
        self.memory.read().unwrap_or_else(PoisonError::into_inner).forgotten
    }

    /// Remembers what was read since then; what was read before one was taken back here would let that in again.
    fn keep(&self, begun: u64, revoked: &Arc<Revoked>, now: Timestamp) {
        let mut memory = self.memory.write().unwrap_or_else(PoisonError::into_inner);
        if memory.forgotten == begun {
            memory.known = Some(Known { revoked: Arc::clone(revoked), read_at: now });
        }
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
        let begun = self.begin();
        let mut revoked = Revoked::new();
        for (partner, token) in store::apps::revoked(&app.db, now).await? {
            revoked.entry(partner).or_default().insert(token);
        }
        let revoked = Arc::new(revoked);
        self.keep(begun, &revoked, now);
        Ok(revoked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_token_was_taken_back_is_not_believed_behind_it() {
        let (revocations, now) = (Revocations::default(), Timestamp::from_seconds(0));
        let begun = revocations.begin();
        let nothing = Arc::new(Revoked::new());
        revocations.keep(begun, &nothing, now);
        assert!(revocations.fresh(now).is_some());
        assert!(revocations.fresh(now.plus(STANDING_AGE)).is_none());
        let begun = revocations.begin();
        revocations.forget();
        revocations.keep(begun, &nothing, now);
        assert!(revocations.fresh(now).is_none());
        revocations.keep(revocations.begin(), &nothing, now);
        assert!(revocations.fresh(now).is_some());
    }
}
