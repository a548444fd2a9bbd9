//! Streams of events: backfill, then live, without a gap and without a duplicate, from any cursor.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::try_unfold;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::app::App;
use crate::domain::actor::{Actor, Scope};
use crate::domain::error::{Code, Refusal};
use crate::domain::event::{Event, EventType};
use crate::domain::ids::OrderId;
use crate::domain::policy::Figures;
use crate::domain::time::Span;
use crate::service::orders::{OrderName, find, now, visibility};
use crate::service::{Error, Result, require_scope};
use crate::store;
use crate::store::events::{EventFilter, Head};

use super::cursor::{self, Place};

/// Events read at once.
const BATCH: u32 = 100;
/// A stream that has nothing to tell says where it stands this often.
const SILENCE: Duration = Duration::from_secs(15);

/// What a stream is about.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    /// Only this order.
    pub order: Option<OrderId>,
    /// Only these types.
    pub types: Vec<EventType>,
    /// Of the warnings before a dispatch deadline only those with these lead times; all where empty.
    pub lead_times: Vec<Span>,
}

/// What a stream tells.
#[derive(Debug, Clone)]
pub enum Message {
    /// Something happened.
    Event {
        /// What.
        event: Box<Event>,
        /// Hand it back to go on behind this event.
        cursor: String,
    },
    /// Nothing more up to here.
    Checkpoint {
        /// Hand it back to go on from here.
        cursor: String,
    },
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

struct Reader {
    app: Arc<App>,
    filter: EventFilter,
    lead_times: Vec<Span>,
    changed: watch::Receiver<u64>,
    at: i64,
    head: Head,
    ready: VecDeque<Event>,
    begun: bool,
}

/// Streams what the actor may hear, behind `after` or from now on. The first message is a checkpoint.
pub async fn subscribe(
    app: &Arc<App>,
    actor: &Actor,
    subject: Subject,
    after: Option<String>,
) -> Result<impl Stream<Item = Result<Message>> + use<>> {
    require_scope(actor, Scope::OrdersRead)?;
    if !actor.is_operator() && actor.company.is_none() {
        let message = "Events are told to companies; the token names none.";
        return Err(Error::Denied(Refusal::new(Code::Forbidden, message)));
    }
    if let Some(order) = subject.order {
        let found = find(app, actor, Some(&OrderName::Id(order))).await?;
        found.ok_or_else(|| Error::Denied(Refusal::not_found("order").at(&["orderId"])))?;
    }
    // Watched before the head is read: what is committed in between wakes the reader.
    let changed = app.feed.watch();
    let head = store::events::head(&app.db).await?;
    let at = match after {
        Some(after) => cursor::decode(app, &after, &head).await?.0,
        None => head.seq,
    };
    let filter = EventFilter { visibility: visibility(actor), order: subject.order, types: subject.types };
    let reader = Reader {
        app: Arc::clone(app),
        filter,
        lead_times: subject.lead_times,
        changed,
        at,
        head,
        ready: VecDeque::new(),
        begun: false,
    };
    Ok(try_unfold(reader, |mut reader| async move {
        let message = reader.next().await?;
        Ok(Some((message, reader)))
    }))
}

impl Reader {
    async fn next(&mut self) -> Result<Message> {
        if !self.begun {
            self.begun = true;
            return self.checkpoint().await;
        }
        loop {
            if let Some(event) = self.ready.pop_front() {
                let cursor = cursor::encode(&self.app, Place(event.seq), &self.head).await?;
                return Ok(Message::Event { event: Box::new(event), cursor });
            }
            if self.read().await? {
                continue;
            }
            match timeout(SILENCE, self.changed.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(anyhow::anyhow!("the feed is gone").into()),
                Err(_) => return self.checkpoint().await,
            }
        }
    }

    /// Reads on; false where there is nothing new.
    async fn read(&mut self) -> Result<bool> {
        self.changed.borrow_and_update();
        let head = store::events::head(&self.app.db).await?;
        if head.seq <= self.at {
            return Ok(false);
        }
        let events = store::events::read(&self.app.db, &self.filter, self.at, head.seq, BATCH).await?;
        let full = u32::try_from(events.len()).is_ok_and(|count| count == BATCH);
        self.at = match events.last() {
            Some(last) if full => last.seq,
            _ => head.seq,
        };
        self.head = head;
        let lead_times = &self.lead_times;
        self.ready.extend(events.into_iter().filter(|event| wanted(event, lead_times)));
        Ok(true)
    }

    async fn checkpoint(&self) -> Result<Message> {
        Ok(Message::Checkpoint { cursor: cursor::encode(&self.app, Place(self.at), &self.head).await? })
    }
}

/// Warnings with another lead time are not wanted; everything else is.
fn wanted(event: &Event, lead_times: &[Span]) -> bool {
    let lead = event.body.get("leadTime").and_then(|value| value.as_str()).and_then(Span::parse);
    lead.is_none_or(|lead| lead_times.is_empty() || lead_times.contains(&lead))
}
