//! Places of the log for other use cases that tell events.

use tokio::sync::watch;

use crate::app::App;
use crate::domain::hearing::Ear;
use crate::service::Result;
use crate::store;

use super::cursor::{self, Place};

/// The cursor of the place of an event.
pub(in crate::service) async fn cursor_of(app: &App, seq: i64) -> Result<String> {
    let head = store::events::head(&app.db).await?;
    cursor::encode(app, Place(seq), &head).await
}

/// The place of a cursor.
pub(in crate::service) async fn place_of(app: &App, cursor: &str) -> Result<i64> {
    let head = store::events::head(&app.db).await?;
    Ok(cursor::decode(app, cursor, &head).await?.0)
}

/// Refuses a place behind which companies can no longer be told everything.
pub(in crate::service) async fn must_be_told(app: &App, seq: i64) -> Result<()> {
    if store::events::head(&app.db).await?.oldest > seq + 1 { Err(cursor::expired().into()) } else { Ok(()) }
}

/// Wakes whenever the log grew.
pub(in crate::service) fn growth(app: &App) -> watch::Receiver<i64> {
    app.feed.watch(Ear::Platform)
}
