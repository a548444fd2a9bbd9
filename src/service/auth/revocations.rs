//! Tokens that were taken back before their end.
//!
//! They are few, and each of them ends by itself: a node reads them all at most every ten seconds, so that a warmed
//! authentication costs no statement and none of them is good for longer than that.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::Mutex;

use super::STANDING_AGE;
use crate::app::App;
use crate::domain::ids::AppId;
use crate::domain::time::Timestamp;
use crate::service::Result;
use crate::service::remembered::Remembered;
use crate::store;

/// The tokens of each app. Each app's are its own: no issuer can take back another one's by giving its token the same id.
type Revoked = HashMap<AppId, HashSet<String>>;

/// The tokens that were taken back, as this node last read them.
#[derive(Debug)]
pub struct Revocations {
    /// All of them under one key: a token that is in none of what was read was not taken back.
    known: Remembered<(), Arc<Revoked>>,
    reading: Mutex<()>,
}

impl Default for Revocations {
    fn default() -> Self {
        Self { known: Remembered::new(1, STANDING_AGE), reading: Mutex::default() }
    }
}

impl Revocations {
    /// Reads them anew at the next question, because one was taken back here.
    pub fn forget(&self) {
        self.known.forget();
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

    /// One caller reads, the others wait for what it read.
    async fn read(&self, app: &App, now: Timestamp) -> Result<Arc<Revoked>> {
        if let Some(revoked) = self.known.get(&(), now) {
            return Ok(revoked);
        }
        let _reading = self.reading.lock().await;
        if let Some(revoked) = self.known.get(&(), now) {
            return Ok(revoked);
        }
        let begun = self.known.begin();
        let mut revoked = Revoked::new();
        for (partner, token) in store::apps::revoked(&app.db, now).await? {
            revoked.entry(partner).or_default().insert(token);
        }
        let revoked = Arc::new(revoked);
        self.known.keep(begun, &(), Arc::clone(&revoked), now);
        Ok(revoked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_token_was_taken_back_is_not_believed_behind_it() {
        let (Revocations { known, .. }, now) = (Revocations::default(), Timestamp::from_seconds(0));
        let nothing = Arc::new(Revoked::new());
        known.keep(known.begin(), &(), Arc::clone(&nothing), now);
        assert!(known.get(&(), now).is_some(), "there is room for them");
        assert!(known.get(&(), now.plus(STANDING_AGE)).is_none());
        let begun = known.begin();
        known.forget();
        known.keep(begun, &(), nothing, now);
        assert!(known.get(&(), now).is_none());
    }
}
