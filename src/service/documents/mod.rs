//! Trusted documents: registered by an app, served to it by their hashes, and counted.
//!
//! A request costs no statement of its own: what a hash stands for is remembered for seconds, and uses are added up in memory
//! until the node's jobs write them.

mod manage;
mod read;

use std::sync::Arc;

use quick_cache::Weighter;

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::document::{RETIRED_FOR, TrustedDocument};
use crate::domain::error::Refusal;
use crate::domain::ids::{AppId, TrustedDocumentId};
use crate::domain::time::{Day, Span, Timestamp};
use crate::store;

use super::remembered::Remembered;
use super::tally::Tally;
use super::{Result, require_scope};

pub use manage::{PolicySet, Registered, Retired, register, retire, set_policy};
pub use read::{document, list, policy};

/// How long what a hash stands for is believed without asking the database again.
const KNOWN_FOR: Span = Span::seconds(10);
/// Hashes that are expected to be remembered; more of them only make the table grow.
const EXPECTED: usize = 1_024;
/// Bytes of what is remembered.
const BYTES_MAX: u64 = 16_777_216;
/// Bytes that one hash takes beside the text.
const OVERHEAD: u64 = 256;
/// Documents whose uses are counted between two writes. What is used beside them while the database is away is served and not
/// counted.
const COUNTED_MAX: usize = 50_000;
/// Documents whose uses are written by one statement.
const WRITTEN_AT_ONCE: usize = 500;

/// Checks documents before they are registered.
pub trait DocumentChecker: std::fmt::Debug + Send + Sync {
    /// Checks a document in full, as a request with it would be; names every reason against it, without a field.
    fn check(&self, document: &str) -> std::result::Result<(), Vec<Refusal>>;
}

/// A document as requests run it.
#[derive(Debug)]
pub struct Served {
    /// Its id.
    pub id: TrustedDocumentId,
    /// The text.
    pub body: Arc<str>,
    retires_at: Option<Timestamp>,
}

/// What a hash of an app stood for.
type Known = Option<Arc<Served>>;

#[derive(Debug, Clone)]
struct ByText;

impl Weighter<(AppId, String), (Known, Timestamp)> for ByText {
    fn weight(&self, _: &(AppId, String), (served, _): &(Known, Timestamp)) -> u64 {
        OVERHEAD + served.as_ref().map_or(0, |served| served.body.len() as u64)
    }
}

/// What this node remembers of trusted documents.
pub struct TrustedDocuments {
    checker: Arc<dyn DocumentChecker>,
    /// Held by the one registration whose documents are checked.
    checking: Arc<tokio::sync::Mutex<()>>,
    known: Remembered<(AppId, String), Known, ByText>,
    uses: Tally<(Day, TrustedDocumentId), i64>,
}

impl std::fmt::Debug for TrustedDocuments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TrustedDocuments({})", self.known.len())
    }
}

impl TrustedDocuments {
    /// Remembers nothing yet.
    pub fn new(checker: Arc<dyn DocumentChecker>) -> Self {
        let known = Remembered::weighed(EXPECTED, BYTES_MAX, ByText, KNOWN_FOR);
        Self { checker, checking: Arc::default(), known, uses: Tally::new(COUNTED_MAX) }
    }

    /// Forgets what the hashes of an app stood for, because it changed its documents.
    fn forget(&self, owner: AppId) {
        self.known.forget_of(|(app, _)| *app == owner);
    }

    fn note(&self, key: (Day, TrustedDocumentId)) {
        if !self.uses.add(key, 1) {
            tracing::warn!("uses of trusted documents are not counted any more");
        }
    }
}

/// Whose documents these are: an app's, whatever company it acts for.
fn owner_of(actor: &Actor) -> Result<AppId> {
    require_scope(actor, Scope::DocumentsManage)?;
    Ok(actor.app.ok_or_else(|| anyhow::anyhow!("a scope was granted to nobody"))?)
}

/// The document that an app registered under this hash, if it is served now; at most [`KNOWN_FOR`] old. It counts as used.
pub async fn find(app: &App, owner: AppId, hash: &str) -> Result<Option<Arc<Served>>> {
    let (served, now) = look_up(app, owner, hash).await?;
    if let Some(served) = &served {
        app.documents.note((now.day(), served.id));
    }
    Ok(served)
}

/// Whether a document that an app registered under this hash is served now; at most [`KNOWN_FOR`] old. It does not count as used.
pub async fn is_served(app: &App, owner: AppId, hash: &str) -> Result<bool> {
    Ok(look_up(app, owner, hash).await?.0.is_some())
}

/// The document, and the instant at which it was asked for.
async fn look_up(app: &App, owner: AppId, hash: &str) -> Result<(Option<Arc<Served>>, Timestamp)> {
    let (memory, now) = (&app.documents, app.clock.now());
    let key = (owner, hash.to_owned());
    let served = if let Some(served) = memory.known.get(&key, now) {
        served
    } else {
        let begun = memory.known.begin();
        let found = store::documents::by_hashes(&app.db, owner, std::slice::from_ref(&key.1)).await?.pop();
        let served = found.map(|found| {
            let TrustedDocument { id, body, retires_at, .. } = found;
            Arc::new(Served { id, body: body.into(), retires_at })
        });
        memory.known.keep(begun, &key, served.clone(), now);
        served
    };
    Ok((served.filter(|served| served.retires_at.is_none_or(|end| now < end)), now))
}

/// Writes how often documents were used since the last time. What could not be written is written the next time.
pub async fn write_uses(app: &App) -> Result<()> {
    app.documents.uses.write_by(async |uses: &[_]| write(app, uses).await).await
}

async fn write(app: &App, uses: &[((Day, TrustedDocumentId), i64)]) -> Result<()> {
    let tx = app.db.begin().await?;
    for of_day in uses.chunk_by(|((one, _), _), ((next, _), _)| one == next) {
        let Some(&((day, _), _)) = of_day.first() else { continue };
        let of_day: Vec<_> = of_day.iter().map(|&((_, id), times)| (id, times)).collect();
        for batch in of_day.chunks(WRITTEN_AT_ONCE) {
            store::documents::add_uses(&tx, day, batch).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Deletes documents that retired long ago.
pub async fn forget_retired(app: &App) -> Result<()> {
    let before = app.clock.now().minus(RETIRED_FOR);
    if !store::documents::has_retired(&app.db, before).await? {
        return Ok(());
    }
    let tx = app.db.begin().await?;
    store::documents::forget(&tx, before).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::TypedId;

    #[derive(Debug)]
    struct TakesAll;

    impl DocumentChecker for TakesAll {
        fn check(&self, _: &str) -> std::result::Result<(), Vec<Refusal>> {
            Ok(())
        }
    }

    #[test]
    fn what_was_read_before_a_change_is_not_remembered_after_it() {
        let memory = TrustedDocuments::new(Arc::new(TakesAll));
        let owner = AppId::from_u128(1);
        let key = (owner, "hash".to_owned());
        let now = Timestamp::from_seconds(1);
        let begun = memory.known.begin();
        memory.forget(owner);
        memory.known.keep(begun, &key, None, now);
        assert!(memory.known.get(&key, now).is_none());
        memory.known.keep(memory.known.begin(), &key, None, now);
        assert!(memory.known.get(&key, now).is_some());
        memory.forget(owner);
        assert!(memory.known.get(&key, now).is_none());
    }
}
