//! What the log tells.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject, Union};

use super::told::Told;
use crate::domain;
use crate::domain::event::EventSubject;
use crate::domain::page::FeedPage;
use crate::domain::time::{Span, Timestamp};
use crate::graphql::catalogue::Supplier;
use crate::graphql::connection::feed;
use crate::graphql::context::ContextExt;
use crate::graphql::messages::Message;
use crate::graphql::orders::Order;
use crate::graphql::orders::words::{EventActor, EventType, OrderStatus};
use crate::graphql::quotes::Quote;
use crate::graphql::scalars::{Cursor, DateTime, Duration, JsonObject, Money};
use crate::service::messages;

/// A place in the event log up to which you know everything that concerns you. It comes first, and after each silence
/// of 15 seconds.
#[derive(Debug, Clone, SimpleObject)]
pub struct Checkpoint {
    /// Hand it back as `after` to go on from here.
    pub(in crate::graphql) cursor: Cursor,
}

/// Something that happened to an order, a quote, a supplier or your company.
#[derive(Debug, Clone)]
pub struct Event(pub(in crate::graphql) Told);

/// Something that happened to an order, a quote, a supplier or your company.
#[Object]
impl Event {
    /// Its id: the same in every way it is told; drop what you have seen.
    async fn id(&self) -> ID {
        self.0.id()
    }

    /// Hand it back as `after` to go on behind this event, in whichever way you read.
    async fn cursor(&self) -> Cursor {
        self.0.cursor()
    }

    /// What happened.
    async fn r#type(&self) -> EventType {
        self.0.event.kind.into()
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime {
        self.0.occurred_at()
    }

    /// Its place among the subject's events, from 1, without gaps.
    async fn sequence(&self) -> i32 {
        self.0.sequence()
    }

    /// What it is about: the id of an order, a quote, a supplier or your company.
    async fn subject_id(&self) -> ID {
        self.0.subject_id()
    }

    /// The subject's version that it belongs to; drop what is older than what you have.
    async fn subject_version(&self) -> i32 {
        self.0.subject_version()
    }

    /// The order's status after it; null where it is not about an order or changes no status.
    async fn status(&self) -> Option<OrderStatus> {
        self.0.status("status")
    }

    /// The order's status before it.
    async fn previous_status(&self) -> Option<OrderStatus> {
        self.0.status("previousStatus")
    }

    /// Who caused it; null where that is told of nobody.
    async fn actor(&self) -> Option<EventActor> {
        self.0.actor()
    }

    /// Why, where somebody said so.
    async fn reason(&self) -> Option<&str> {
        self.0.text("reason")
    }

    /// How much moved, where money did.
    async fn amount(&self, ctx: &Context<'_>) -> Result<Option<Money>> {
        self.0.amount(ctx).await
    }

    /// For what the clock did or warns of: the last instant of the act in time.
    async fn due_at(&self) -> Option<DateTime> {
        let due = self.0.text("dueAt").or_else(|| self.0.text("deadlineDueAt"));
        due.and_then(Timestamp::parse).map(DateTime)
    }

    /// For a warning, how long before the deadline it comes.
    async fn lead_time(&self) -> Option<Duration> {
        self.0.text("leadTime").and_then(Span::parse).map(Duration)
    }

    /// All facts as the log keeps them: amounts as strings of minor units, instants in RFC 3339.
    async fn facts(&self) -> JsonObject {
        JsonObject(self.0.event.body.clone())
    }

    /// The order that it is about, as it is now, which may be later than the event.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        self.0.order(ctx).await
    }

    /// The quote that it is about, as it is now.
    async fn quote(&self, ctx: &Context<'_>) -> Result<Option<Quote>> {
        let EventSubject::Quote(id) = self.0.event.subject else { return Ok(None) };
        let loaders = ctx.loaders()?;
        loaders.forget();
        loaders.quote(id).await
    }

    /// The supplier that it is about, as it is now.
    async fn supplier(&self, ctx: &Context<'_>) -> Result<Option<Supplier>> {
        let EventSubject::Supplier(id) = self.0.event.subject else { return Ok(None) };
        let loaders = ctx.loaders()?;
        loaders.forget();
        Ok(loaders.supplier(id).await?.map(Supplier::from_card))
    }
}

/// What `events` tells.
#[derive(Debug, Clone, Union)]
pub enum EventMessage {
    /// Something happened.
    Event(Event),
    /// Nothing more up to here.
    Checkpoint(Checkpoint),
}

/// Somebody wrote to you, or you to them.
#[derive(Debug, Clone)]
pub struct MessageReceivedEvent(pub(in crate::graphql) Told);

/// Somebody wrote to you, or you to them.
#[Object]
impl MessageReceivedEvent {
    /// Its id: the same in every way it is told; drop what you have seen.
    async fn id(&self) -> ID {
        self.0.id()
    }

    /// Hand it back as `after` to go on behind this event.
    async fn cursor(&self) -> Cursor {
        self.0.cursor()
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime {
        self.0.occurred_at()
    }

    /// The thread that it was written in.
    async fn thread_id(&self) -> Option<ID> {
        self.0.text("threadId").map(ID::from)
    }

    /// What was written.
    async fn message(&self, ctx: &Context<'_>) -> Result<Option<Message>> {
        let read = |name| self.0.text(name);
        let (Some(Ok(thread)), Some(Ok(id))) =
            (read("threadId").map(str::parse), read("messageId").map(str::parse))
        else {
            return Ok(None);
        };
        let found = messages::message(ctx.app()?, ctx.actor()?, thread, id).await?;
        Ok(found.map(|message| Message(Arc::new(message))))
    }
}

/// What `messageReceived` tells.
#[derive(Debug, Clone, Union)]
pub enum ThreadMessage {
    /// Somebody wrote.
    Event(MessageReceivedEvent),
    /// Nothing more up to here.
    Checkpoint(Checkpoint),
}

feed!(EventConnection, EventEdge, Event, "events", "log", "ask or listen again");

impl From<FeedPage<domain::event::Event>> for EventConnection {
    fn from(page: FeedPage<domain::event::Event>) -> Self {
        Self(page.map(|cursor, event| Event(Told { event: Arc::new(event), cursor: cursor.to_owned() })))
    }
}
