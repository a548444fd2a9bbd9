//! The log page by page, for those who ask instead of listening.

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::error::{Code, Refusal};
use crate::domain::event::Event;
use crate::service::{Error, Result};
use crate::store;

use super::cursor::{self, Place};
use super::stream::{self, Wanted};

/// The largest page.
const MOST: i32 = 100;
/// The page of those who do not say.
const USUAL: i32 = 20;

/// A page of the log.
#[derive(Debug, Clone)]
pub struct EventPage {
    /// The events, each with the cursor of its place.
    pub rows: Vec<(String, Event)>,
    /// The place up to which the asker now knows everything.
    pub end: String,
    /// The place behind everything that is in the log now.
    pub head: String,
    /// Whether a cursor was given.
    pub has_previous: bool,
    /// Whether more is to be read.
    pub has_next: bool,
}

/// The events behind a cursor, or from the oldest that is told, that the actor may hear and wants, oldest first.
pub async fn page(
    app: &App,
    actor: &Actor,
    wanted: Wanted,
    after: Option<&str>,
    first: Option<i32>,
) -> Result<EventPage> {
    let filter = stream::filter(app, actor, wanted).await?;
    let size = first.unwrap_or(USUAL);
    let Some(size) = u32::try_from(size).ok().filter(|_| size <= MOST) else {
        let message = format!("Ask for 0 to {MOST} events.");
        return Err(Error::Denied(Refusal::new(Code::InvalidInput, message).at(&["first"])));
    };
    let head = store::events::head(&app.db).await?;
    let begin = match after {
        Some(after) => cursor::decode(app, after, &head).await?.0,
        None => head.oldest - 1,
    };
    let (mut at, mut events) = (begin, Vec::new());
    // Facts are looked at one by one, so that a page of the database may hold few that are wanted.
    while events.len() < usize::try_from(size).unwrap_or_default() && at < head.seq {
        let missing = size - u32::try_from(events.len()).unwrap_or(size);
        let (found, end) = stream::page(app, &filter, at, &head, missing).await?;
        at = end;
        events.extend(found);
    }
    let has_next = at < head.seq && {
        let (found, end) = stream::page(app, &filter, at, &head, 1).await?;
        !found.is_empty() || end < head.seq
    };
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        rows.push((cursor::encode(app, Place(event.seq), &head).await?, event));
    }
    let newest = cursor::encode(app, Place(head.seq), &head).await?;
    let end = if has_next { cursor::encode(app, Place(at), &head).await? } else { newest.clone() };
    Ok(EventPage { rows, end, head: newest, has_previous: after.is_some(), has_next })
}
