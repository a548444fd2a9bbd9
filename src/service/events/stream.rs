//! Streams of events: backfill, then live, without a gap and without a duplicate, from any cursor.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::try_unfold;
use tokio::sync::watch;
use tokio::time::{Sleep, sleep};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::error::{Code, Refusal};
use crate::domain::event::{Event, EventSubject, EventType};
use crate::domain::hearing::EventFilter;
use crate::domain::ids::ThreadId;
use crate::domain::policy::Figures;
use crate::domain::time::Span;
use crate::service::orders::{OrderName, find, now};
use crate::service::{Error, Result, messages, quotes, require_scope};
use crate::store;
use crate::store::events::Head;

use super::cursor::{self, Place};
use super::ring::Read;

/// Events read at once.
const BATCH: u32 = 100;
/// A stream that has nothing to tell says where it stands this often.
const SILENCE: Duration = Duration::from_secs(15);

/// How often a stream asks a database that does not answer, and how long it waits in between.
const TRIES: u32 = 30;
const PAUSE: Duration = Duration::from_secs(1);
/// Places that one statement looks through at most: a rare type is looked for in steps.
const STEP: i64 = 200_000;

/// What a reader wants to hear.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only what is about this.
    pub subject: Option<EventSubject>,
    /// The argument that names it, where it is not `subject`.
    pub argument: Option<&'static str>,
    /// Only these types.
    pub types: Vec<EventType>,
    /// Of the warnings before a dispatch deadline only those with these lead times; all where empty.
    pub lead_times: Vec<Span>,
    /// Of messages only those of this thread.
    pub thread: Option<ThreadId>,
}

/// What a stream tells.
#[derive(Debug, Clone)]
pub enum Message {
    /// Something happened.
    Event {
        /// What.
        event: Arc<Event>,
        /// Hand it back to go on behind this event.
        cursor: String,
    },
    /// Nothing more up to here.
    Checkpoint {
        /// Hand it back to go on from here.
        cursor: String,
        /// The same for this server: the number of the last event before it.
        seq: i64,
        /// The life of the log that the number is of.
        epoch: String,
    },
}

impl Message {
    /// The cursor to hand back to go on behind it.
    pub fn cursor(&self) -> &str {
        match self {
            Self::Event { cursor, .. } | Self::Checkpoint { cursor, .. } => cursor,
        }
    }
}

/// Refuses a lead time at which no warning is given.
pub async fn check_lead_times(app: &App, wanted: &[Span]) -> Result<()> {
    let policy = store::policies::at(&app.db, now(app).await?).await?;
    let given = policy
        .map_or_else(|| Figures::initial().dispatch_warnings, |policy| policy.figures.dispatch_warnings);
    if wanted.iter().all(|lead| given.contains(lead)) {
        return Ok(());
    }
    let words: Vec<_> = given.iter().map(ToString::to_string).collect();
    let message = format!("Warnings are given at these lead times: {}.", words.join(", "));
    Err(Error::Denied(Refusal::new(Code::InvalidInput, message).at(&["leadTimes"])))
}

/// What an actor may hear of what it wants to. A subject that it may not see is one that does not exist.
pub(super) async fn filter(app: &App, actor: &Actor, wanted: Wanted) -> Result<EventFilter> {
    require_scope(actor, Scope::OrdersRead)?;
    if !actor.is_operator() && actor.company.is_none() {
        let message = "Events are told to companies; the token names none.";
        return Err(Error::Denied(Refusal::new(Code::Forbidden, message)));
    }
    if let Some(subject) = wanted.subject {
        let (name, is_seen) = match subject {
            EventSubject::Order(id) => ("order", find(app, actor, Some(&OrderName::Id(id))).await?.is_some()),
            EventSubject::Quote(id) => ("quote", quotes::find(app, actor, id).await?.is_some()),
            EventSubject::Supplier(id) => ("supplier", actor.is_operator() || actor.supplier == Some(id)),
            EventSubject::Company(id) => ("company", actor.is_operator() || actor.company == Some(id)),
        };
        if !is_seen {
            return Err(Error::Denied(Refusal::not_found(name).at(&[wanted.argument.unwrap_or("subject")])));
        }
    }
    if let Some(thread) = wanted.thread {
        let found = messages::find(app, actor, thread).await?;
        found.ok_or_else(|| Error::Denied(Refusal::not_found("thread").at(&["threadId"])))?;
    }
    let Wanted { subject, argument: _, mut types, lead_times, thread } = wanted;
    types.sort_unstable();
    types.dedup();
    Ok(EventFilter { ear: super::ear(actor), subject, types, lead_times, thread })
}

/// How a reader keeps up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// It has not caught up yet, however far behind it began.
    CatchingUp,
    /// It had caught up once.
    Live,
    /// It had, and fell too far behind.
    Lagging,
}

struct Reader {
    app: Arc<App>,
    filter: EventFilter,
    changed: watch::Receiver<i64>,
    at: i64,
    head: Head,
    ready: VecDeque<Arc<Event>>,
    begun: bool,
    closing: CancellationToken,
    /// Cancelled by this reader where it lags too far.
    lagged: CancellationToken,
    pace: Pace,
    ended: bool,
    /// Ends when a checkpoint is due, whatever happened that is not told to this reader.
    silence: Pin<Box<Sleep>>,
}

/// Streams what the actor may hear, behind `after` or from now on. The first message is a checkpoint, and so is the last
/// one where `closing` ends the stream, or the stream ends itself and cancels `lagged`: its reader does not keep up.
pub async fn subscribe(
    app: &Arc<App>,
    actor: &Actor,
    wanted: Wanted,
    after: Option<String>,
    closing: CancellationToken,
    lagged: CancellationToken,
) -> Result<impl Stream<Item = Result<Message>> + use<>> {
    let filter = filter(app, actor, wanted).await?;
    // Watched before the head is read: what is committed in between wakes the reader.
    let changed = app.feed.watch(filter.ear);
    let head = store::events::head(&app.db).await?;
    let at = match after {
        Some(after) => cursor::decode(app, &after, &head).await?.0,
        None => head.seq,
    };
    let (app, ready) = (Arc::clone(app), VecDeque::new());
    let reader = Reader {
        app,
        filter,
        changed,
        at,
        head,
        ready,
        begun: false,
        closing,
        lagged,
        pace: Pace::CatchingUp,
        ended: false,
        silence: Box::pin(sleep(SILENCE)),
    };
    Ok(try_unfold(
        reader,
        |mut reader| async move { Ok(reader.next().await?.map(|message| (message, reader))) },
    ))
}

impl Reader {
    async fn next(&mut self) -> Result<Option<Message>> {
        if self.ended {
            return Ok(None);
        }
        if !self.begun {
            self.begun = true;
            self.silence = Box::pin(sleep(SILENCE));
            return self.checkpoint().await.map(Some);
        }
        let closing = self.closing.clone();
        // Asked first: a reader with much to tell is always ready for more.
        if !closing.is_cancelled()
            && let Some(Some(message)) = closing.run_until_cancelled(self.news()).await.map(Result::transpose)
        {
            self.silence = Box::pin(sleep(SILENCE));
            return message.map(Some);
        }
        self.ended = true;
        // What was read and not told comes behind the place that is told now.
        if let Some(untold) = self.ready.front() {
            self.at = untold.seq - 1;
        }
        self.checkpoint().await.map(Some)
    }

    /// The next event, or after a silence where the reader stands; none where it lags too far.
    async fn news(&mut self) -> Result<Option<Message>> {
        loop {
            if let Some(event) = self.ready.front() {
                let cursor = cursor::encode(&self.app, Place(event.seq), &self.head).await?;
                if let Some(event) = self.ready.pop_front() {
                    return Ok(Some(Message::Event { event, cursor }));
                }
            }
            if self.read_patiently().await? {
                continue;
            }
            if self.pace == Pace::Lagging {
                return Ok(None);
            }
            let is_silent = tokio::select! {
                changed = self.changed.changed() => {
                    changed.map_err(anyhow::Error::from)?;
                    false
                }
                () = &mut self.silence => true,
            };
            if is_silent {
                // It may stand far behind a log that tells it nothing.
                self.read_patiently().await?;
                if self.ready.is_empty() && self.pace != Pace::Lagging {
                    return self.checkpoint().await.map(Some);
                }
            }
        }
    }

    /// Reads on as [`Reader::read`] does. A database that is away for a while ends no stream.
    async fn read_patiently(&mut self) -> Result<bool> {
        let mut tries = 1;
        loop {
            match self.read().await {
                Err(Error::Internal(error)) if tries < TRIES => {
                    tracing::warn!(error = format!("{error:#}"), "the log could not be read; a stream waits");
                    tries += 1;
                    sleep(PAUSE).await;
                }
                answer => return answer,
            }
        }
    }

    /// Reads on; false where there is nothing new, or too much.
    async fn read(&mut self) -> Result<bool> {
        if self.pace == Pace::Lagging {
            return Ok(false);
        }
        self.changed.borrow_and_update();
        let limit = usize::try_from(BATCH).unwrap_or(usize::MAX);
        let read = match self.app.feed.ring.read(&self.filter, self.at, limit) {
            Some(read) => read,
            None => self.catch_up().await?,
        };
        if read.head.epoch != self.head.epoch {
            return Err(cursor::restored().into());
        }
        // Measured from what it has to be told: who hears seldom does not lag.
        let most = self.app.config.operations.stream_lag;
        if self.pace == Pace::Live
            && read.events.first().is_some_and(|first| read.head.seq - first.seq > most)
        {
            tracing::warn!(at = self.at, head = read.head.seq, "a reader lags too far behind and is ended");
            self.pace = Pace::Lagging;
            self.lagged.cancel();
            return Ok(false);
        }
        if read.at >= read.head.seq {
            self.pace = Pace::Live;
        }
        if read.at <= self.at {
            return Ok(false);
        }
        (self.at, self.head) = (read.at, read.head);
        self.ready.extend(read.events);
        Ok(true)
    }

    /// Reads what this node no longer remembers, few readers at a time.
    async fn catch_up(&self) -> Result<Read> {
        let _turn = self.app.feed.catching_up.acquire().await.map_err(anyhow::Error::from)?;
        let head = store::events::head(&self.app.db).await?;
        let (events, at) = page(&self.app, &self.filter, self.at, &head, BATCH).await?;
        Ok(Read { events: events.into_iter().map(Arc::new).collect(), at, head })
    }

    async fn checkpoint(&self) -> Result<Message> {
        let cursor = cursor::encode(&self.app, Place(self.at), &self.head).await?;
        Ok(Message::Checkpoint { cursor, seq: self.at, epoch: self.head.epoch.clone() })
    }
}

/// At most `limit` wanted events behind a place, and the place up to which nothing is left out.
pub(super) async fn page(
    app: &App,
    filter: &EventFilter,
    after: i64,
    head: &Head,
    limit: u32,
) -> Result<(Vec<Event>, i64)> {
    let until = head.seq.min(after + STEP);
    let mut events = store::events::read(&app.db, filter, after, until, limit).await?;
    // What ceased to be told while it was read would be missing without a word.
    if store::events::head(&app.db).await?.oldest > after + 1 {
        return Err(cursor::expired().into());
    }
    let is_full = u32::try_from(events.len()).is_ok_and(|count| count == limit);
    let at = match events.last() {
        Some(last) if is_full => last.seq,
        Some(_) | None => until.max(after),
    };
    events.retain(|event| filter.wants_facts(event));
    Ok((events, at))
}
