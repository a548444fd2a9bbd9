//! The feed of changes of the catalogue: what partners' copies read to stay what the catalogue is.

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::change::{ChangeKind, Entry, Place};
use crate::domain::error::{Code, Refusal};
use crate::domain::page::{FeedPage, PageArguments};
use crate::domain::time::Timestamp;
use crate::store::catalogue::changes::{self, Head};

use super::catalogue::now;
use super::events::{Purpose, seal, unseal};
use super::{Error, Result, require_scope};

pub use crate::store::catalogue::changes::Subject;

/// The first bytes of these cursors: their version, and what they are for.
const FORM: [u8; 2] = [1, 1];

/// A page of the feed.
#[derive(Debug, Clone)]
pub struct ChangePage {
    /// What changed, each with what it is about.
    pub feed: FeedPage<(Entry, Option<Subject>)>,
    /// The place behind which each row's fields changed.
    pub after: i64,
}

/// What changed behind a cursor, or everything that is listed where none is given.
pub async fn page(
    app: &App,
    actor: &Actor,
    after: Option<&str>,
    kinds: &[ChangeKind],
    first: Option<i32>,
    with_subjects: bool,
) -> Result<ChangePage> {
    require_scope(actor, Scope::CatalogRead)?;
    let page = PageArguments { first, ..PageArguments::default() }.check().map_err(Error::Denied)?;
    let size = page.size as usize;
    let (head, now) = (changes::head(&app.db).await?, now(app));
    let place = match after {
        Some(cursor) => decode(app, cursor, &head, now).await?,
        None => Place { seq: 0, began_at: now },
    };
    let mut found =
        changes::read(&app.db, (place.seq, head.seq), kinds, page.size + 1, with_subjects).await?;
    // A removal may have been forgotten between the head and the page: the floor behind the page says so.
    if !place.is_complete(changes::floor(&app.db).await?, now) {
        return Err(expired());
    }
    let has_next = found.len() > size;
    found.truncate(size);
    let mut rows = Vec::with_capacity(found.len());
    for (entry, subject) in found {
        let cursor = encode(app, Place { seq: entry.seq, ..place }, &head).await?;
        rows.push((cursor, (entry, subject)));
    }
    let newest = encode(app, Place { seq: head.seq, ..place }, &head).await?;
    let end = match (has_next, rows.last(), after) {
        (false, _, _) => newest.clone(),
        (true, Some((cursor, ..)), _) => cursor.clone(),
        (true, None, Some(cursor)) => cursor.to_owned(),
        (true, None, None) => encode(app, place, &head).await?,
    };
    let feed = FeedPage { rows, end, head: newest, has_previous: after.is_some(), has_next };
    Ok(ChangePage { feed, after: place.seq })
}

fn expired() -> Error {
    let message =
        "The cursor is older than removals are remembered. Read everything again: begin without a cursor.";
    Error::Denied(Refusal::new(Code::CursorExpired, message).at(&["after"]))
}

async fn encode(app: &App, place: Place, head: &Head) -> Result<String> {
    let mut plain = FORM.to_vec();
    plain.extend(place.seq.to_be_bytes());
    plain.extend(place.began_at.micros().to_be_bytes());
    plain.extend(head.epoch.as_bytes());
    seal(app, Purpose::Changes, &plain).await
}

/// The place of a cursor; one that is foreign, of another life, ahead of the feed or too old is refused, each by name.
async fn decode(app: &App, cursor: &str, head: &Head, now: Timestamp) -> Result<Place> {
    let refuse = |code, message: &str| Error::Denied(Refusal::new(code, message).at(&["after"]));
    let invalid = || refuse(Code::InvalidCursor, "The cursor is not one of this feed, or was changed.");
    let plain = unseal(app, Purpose::Changes, cursor).await?.ok_or_else(invalid)?;
    let number = |range| -> Option<i64> {
        let bytes: &[u8] = plain.get::<std::ops::Range<usize>>(range)?;
        Some(i64::from_be_bytes(bytes.try_into().ok()?))
    };
    let (Some(form), Some(seq), Some(began_at), Some(epoch)) =
        (plain.get(..2), number(2..10), number(10..18), plain.get(18..))
    else {
        return Err(invalid());
    };
    if form != FORM {
        return Err(invalid());
    }
    if epoch != head.epoch.as_bytes() {
        let message = "The database was restored since. Read everything again: begin without a cursor.";
        return Err(refuse(Code::CursorEpochChanged, message));
    }
    if seq > head.seq {
        return Err(refuse(Code::CursorAhead, "The cursor lies ahead of the feed."));
    }
    let place = Place { seq, began_at: Timestamp::from_micros(began_at) };
    if !place.is_complete(head.floor, now) {
        return Err(expired());
    }
    Ok(place)
}

/// Gives committed changes their places; answers how many. On SQLite they have them from the start.
pub async fn sequence(app: &App) -> Result<usize> {
    if !app.db.is_postgres() {
        return Ok(0);
    }
    let mut all = 0;
    loop {
        let tx = app.db.begin().await?;
        let moved = changes::sequence(&tx).await?;
        tx.commit().await?;
        all += moved;
        if moved == 0 {
            return Ok(all);
        }
    }
}

/// Forgets removals that are older than they are remembered; the node's jobs call it.
pub async fn forget(app: &App) -> Result<()> {
    let now = now(app);
    if !changes::has_old(&app.db, now).await? {
        return Ok(());
    }
    let tx = app.db.begin().await?;
    changes::forget(&tx, now).await?;
    Ok(tx.commit().await?)
}
