//! When secrets and keys were used last: noted in memory, written by the node's jobs, each at most once an hour.

use std::collections::{BTreeMap, HashMap};
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

    /// What is to be written, with when it was used.
    fn due(&self, now: Timestamp) -> Vec<(Credential, Timestamp)> {
        let noted = self.held();
        let due = noted.iter().filter(|(_, noted)| noted.is_due(now));
        due.map(|(credential, noted)| (*credential, noted.used_at)).take(WRITTEN_AT_ONCE).collect()
    }

    /// What was written and then not used for as long is forgotten.
    fn written(&self, credentials: &[(Credential, Timestamp)], now: Timestamp) {
        let mut noted = self.held();
        for (credential, _) in credentials {
            if let Some(known) = noted.get_mut(credential) {
                known.written_at = Some(now);
            }
        }
        noted.retain(|_, known| known.written_at.is_none() || now.since(known.used_at) < WRITTEN_EVERY);
    }
}

/// What was used within one hour of the clock, in one day with it.
#[derive(Debug)]
struct Group {
    last_used_at: Timestamp,
    secrets: Vec<AppSecretId>,
    keys: Vec<StorefrontKeyId>,
}

impl Group {
    /// A use since then need not be written again: it was within the last hour, and on the same day.
    fn known_since(&self) -> Timestamp {
        self.last_used_at.day().start().max(self.last_used_at.minus(WRITTEN_EVERY))
    }
}

fn groups(due: &[(Credential, Timestamp)]) -> Vec<Group> {
    let mut groups: BTreeMap<i64, Group> = BTreeMap::new();
    for &(credential, used_at) in due {
        let hour = used_at.seconds().div_euclid(WRITTEN_EVERY.as_seconds());
        let empty = || Group { last_used_at: used_at, secrets: Vec::new(), keys: Vec::new() };
        let group = groups.entry(hour).or_insert_with(empty);
        group.last_used_at = group.last_used_at.max(used_at);
        match credential {
            Credential::Secret(id) => group.secrets.push(id),
            Credential::Key(id) => group.keys.push(id),
        }
    }
    groups.into_values().collect()
}

/// Writes what was used since it was written last.
pub async fn write_last_used(app: &App) -> Result<()> {
    let now = app.clock.now();
    let due = app.credentials.used.due(now);
    if due.is_empty() {
        return Ok(());
    }
    let tx = app.db.begin().await?;
    for group in groups(&due) {
        let (used, since) = ((group.secrets.as_slice(), group.keys.as_slice()), group.known_since());
        store::apps::note_used(&tx, used, group.last_used_at, since).await?;
    }
    tx.commit().await?;
    app.credentials.used.written(&due, now);
    Ok(())
}
