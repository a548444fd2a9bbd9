//! The log page by page, for those who ask instead of listening.

use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::event::Event;
use crate::domain::page::{FeedPage, PageArguments};
use crate::service::{Error, Result};
use crate::store;

use super::cursor::{self, Place};
use super::stream::{self, Wanted};

/// The events behind a cursor, or from the oldest that is told, that the actor may hear and wants, oldest first.
pub async fn page(
    app: &App,
    actor: &Actor,
    wanted: Wanted,
    after: Option<&str>,
    first: Option<i32>,
) -> Result<FeedPage<Event>> {
    let filter = stream::filter(app, actor, wanted).await?;
    let page = PageArguments { first, ..PageArguments::default() }.check().map_err(Error::Denied)?;
    let size = page.size as usize;
    let head = store::events::head(&app.db).await?;
    let begin = match after {
        Some(after) => cursor::decode(app, after, &head).await?.0,
        None => head.oldest - 1,
    };
    let (mut at, mut events) = (begin, Vec::new());
    // One more than is shown shows that more follow. A step through the log may hold few that are wanted.
    while events.len() <= size && at < head.seq {
        let missing = page.size + 1 - u32::try_from(events.len()).unwrap_or(page.size);
        let (found, end) = stream::page(app, &filter, at, &head, missing).await?;
        at = end;
        events.extend(found);
    }
    let has_next = events.len() > size;
    events.truncate(size);
    let last = if has_next { events.last().map_or(begin, |event| event.seq) } else { head.seq };
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        rows.push((cursor::encode(app, Place(event.seq), &head).await?, event));
    }
    let newest = cursor::encode(app, Place(head.seq), &head).await?;
    let end = if has_next { cursor::encode(app, Place(last), &head).await? } else { newest.clone() };
    Ok(FeedPage { rows, end, head: newest, has_previous: after.is_some(), has_next })
}
