//! Whether the server can do its work, and how its work stands.

use std::time::Duration;

use tokio::time::timeout;

use crate::app::App;
use crate::store;

use super::{Error, Result, deadlines, events, webhooks};

/// Why the server cannot do its work.
#[derive(Debug)]
pub enum Unready {
    /// The database does not answer.
    DatabaseAway(Error),
    /// This node has not followed the log for a while, or not yet.
    LogNotFollowed,
    /// What was committed waits for its place in the log.
    EventsUnplaced,
}

impl Unready {
    /// In words.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::DatabaseAway(_) => "the database does not answer",
            Self::LogNotFollowed => "the event log is not followed",
            Self::EventsUnplaced => "events wait for their places in the log",
        }
    }
}

/// Time for the database to answer. One that says nothing at all, as its host is cut off, would be waited for by the minute.
const ANSWERING: Duration = Duration::from_secs(4);

/// Whether the database answers in time, this node follows the log, and events get their places.
pub async fn ready(app: &App) -> std::result::Result<(), Unready> {
    timeout(ANSWERING, looked_at(app)).await.unwrap_or_else(|_| {
        let error = anyhow::anyhow!("no answer within {} seconds", ANSWERING.as_secs());
        Err(Unready::DatabaseAway(Error::Internal(error)))
    })
}

async fn looked_at(app: &App) -> std::result::Result<(), Unready> {
    app.db.answers().await.map_err(|error| Unready::DatabaseAway(error.into()))?;
    if !app.feed.keeps_up(app.clock.now()) {
        return Err(Unready::LogNotFollowed);
    }
    match events::is_placed_in_time(app).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Unready::EventsUnplaced),
        Err(error) => Err(Unready::DatabaseAway(error)),
    }
}

/// What the database says of the work.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    /// The last place of the log.
    pub head: i64,
    /// The first place that a cursor may lie before.
    pub oldest: i64,
    /// Events without a place.
    pub unplaced: i64,
    /// Seconds that the first of them has waited.
    pub unplaced_seconds: i64,
    /// Timers that are over and have not fired.
    pub deadlines_overdue: i64,
    /// Seconds until the next one is over; none where there is none.
    pub deadlines_next_seconds: Option<i64>,
    /// Webhooks that are owed.
    pub webhook_backlog: i64,
    /// Seconds that one of them has been due, at most.
    pub webhook_oldest_seconds: i64,
    /// Endpoints that were disabled, and not by their owners.
    pub webhook_endpoints_disabled: i64,
}

/// Asks the database how the work stands: a few statements, each of bounded cost.
pub async fn standing(app: &App) -> Result<Standing> {
    let head = store::events::head(&app.db).await?;
    let (unplaced, unplaced_seconds) = events::unplaced(app).await?;
    let (deadlines_overdue, deadlines_next_seconds) = deadlines::standing(app).await?;
    let (backlog, webhook_oldest_seconds) = webhooks::backlog(app).await?;
    Ok(Standing {
        head: head.seq,
        oldest: head.oldest,
        unplaced,
        unplaced_seconds,
        deadlines_overdue,
        deadlines_next_seconds,
        webhook_backlog: backlog.owed,
        webhook_oldest_seconds,
        webhook_endpoints_disabled: backlog.disabled,
    })
}
