//! When secrets and keys were used last: noted in memory, written by the node's jobs, each at most once an hour.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::app::App;
use crate::domain::ids::{AppSecretId, StorefrontKeyId};
use crate::domain::time::{Span, Timestamp};
use crate::service::Result;
use crate::store;

/// How exactly it is known.
const WRITTEN_EVERY: Span = Span::hours(1);
/// How many are noted at once; uses of further ones are not.
const NOTED_MAX: usize = 10_000;
/// How many are written in one statement.
const WRITTEN_AT_ONCE: usize = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Credential {
    Secret(AppSecretId),
    Key(StorefrontKeyId),
}

#[derive(Debug, Clone, Copy)]
struct Noted {
    used_at: Timestamp,
    written_at: Option<Timestamp>,
}

impl Noted {
    fn is_due(self, now: Timestamp) -> bool {
        self.written_at.is_none_or(|written| self.used_at > written && now.since(written) >= WRITTEN_EVERY)
    }
}

/// Which secrets and keys were used, as far as this node saw it.
#[derive(Debug, Default)]
pub struct LastUsed(Mutex<HashMap<Credential, Noted>>);

impl LastUsed {
    /// A secret was used.
    pub(in crate::service) fn note_secret(&self, id: AppSecretId, now: Timestamp) {
        self.note(Credential::Secret(id), now);
    }

    /// A storefront key was used.
    pub(in crate::service) fn note_key(&self, id: StorefrontKeyId, now: Timestamp) {
        self.note(Credential::Key(id), now);
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Credential, Noted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, credential: Credential, now: Timestamp) {
        let mut noted = self.held();
        if let Some(known) = noted.get_mut(&credential) {
            known.used_at = now;
        } else if noted.len() < NOTED_MAX {
            noted.insert(credential, Noted { used_at: now, written_at: None });
        }
    }

    fn due(&self, now: Timestamp) -> Vec<Credential> {
        let noted = self.held();
        let due = noted.iter().filter(|(_, noted)| noted.is_due(now));
        due.map(|(credential, _)| *credential).take(WRITTEN_AT_ONCE).collect()
    }

    /// What was written and then not used for as long is forgotten.
    fn written(&self, credentials: &[Credential], now: Timestamp) {
        let mut noted = self.held();
        for credential in credentials {
            if let Some(known) = noted.get_mut(credential) {
                known.written_at = Some(now);
            }
        }
        noted.retain(|_, known| known.written_at.is_none() || now.since(known.used_at) < WRITTEN_EVERY);
    }
}

/// Writes what was used since it was written last.
pub async fn write_last_used(app: &App) -> Result<()> {
    let now = app.clock.now();
    let due = app.credentials.used.due(now);
    if due.is_empty() {
        return Ok(());
    }
    let (mut secrets, mut keys) = (Vec::new(), Vec::new());
    for credential in &due {
        match credential {
            Credential::Secret(id) => secrets.push(*id),
            Credential::Key(id) => keys.push(*id),
        }
    }
    let tx = app.db.begin().await?;
    store::apps::note_used(&tx, (&secrets, &keys), now, now.minus(WRITTEN_EVERY)).await?;
    tx.commit().await?;
    app.credentials.used.written(&due, now);
    Ok(())
}
