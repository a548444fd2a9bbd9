//! What the log tells.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject, Union};

use crate::domain;
use crate::domain::event::EventSubject;
use crate::domain::money::{Currency, Money as Amount};
use crate::domain::time::{Span, Timestamp};
use crate::graphql::catalogue::Supplier;
use crate::graphql::connection::PageInfo;
use crate::graphql::context::ContextExt;
use crate::graphql::messages::Message;
use crate::graphql::orders::Order;
use crate::graphql::orders::words::{EventType, OrderStatus};
use crate::graphql::quotes::Quote;
use crate::graphql::scalars::{Cursor, DateTime, Duration, JsonObject, Money};
use crate::service::events::EventPage;
use crate::service::messages;
use crate::service::orders::{self, OrderName};

/// A place in the event log up to which you know everything that concerns you. It comes first, and after each silence
/// of 15 seconds.
#[derive(Debug, Clone, SimpleObject)]
pub struct Checkpoint {
    /// Hand it back as `after` to go on from here.
    pub(in crate::graphql) cursor: Cursor,
}

/// Something that happened to an order, a quote, a supplier or your company.
#[derive(Debug, Clone)]
pub struct Event {
    pub(in crate::graphql) event: Arc<domain::event::Event>,
    pub(in crate::graphql) cursor: String,
}

/// Something that happened to an order, a quote, a supplier or your company.
#[Object]
impl Event {
    /// Its id: the same in every way it is told; drop what you have seen.
    async fn id(&self) -> ID {
        self.event.id.to_string().into()
    }

    /// Hand it back as `after` to go on behind this event, in whichever way you read.
    async fn cursor(&self) -> Cursor {
        Cursor(self.cursor.clone())
    }

    /// What happened.
    async fn r#type(&self) -> EventType {
        self.event.kind.into()
    }

    /// When.
    async fn occurred_at(&self) -> DateTime {
        DateTime(self.event.occurred_at)
    }

    /// Its place among the subject's events, from 1, without gaps.
    async fn sequence(&self) -> i32 {
        i32::try_from(self.event.subject_seq).unwrap_or(i32::MAX)
    }

    /// What it is about: the id of an order, a quote, a supplier or your company.
    async fn subject_id(&self) -> ID {
        self.event.subject.to_string().into()
    }

    /// The subject's version that it belongs to; drop what is older than what you have.
    async fn subject_version(&self) -> i32 {
        i32::try_from(self.event.subject_version).unwrap_or(i32::MAX)
    }

    /// The order's status after it; null where it is not about an order or changes no status.
    async fn status(&self) -> Option<OrderStatus> {
        self.status_named("status")
    }

    /// The order's status before it.
    async fn previous_status(&self) -> Option<OrderStatus> {
        self.status_named("previousStatus")
    }

    /// Who caused it, such as `BUYER`, `SUPPLIER`, `OPERATOR`, `CARRIER`, `PROVIDER`, `RULES` or `CLOCK`.
    async fn actor(&self) -> Option<&str> {
        self.text("actor")
    }

    /// Why, where somebody said so.
    async fn reason(&self) -> Option<&str> {
        self.text("reason")
    }

    /// How much moved, where money did.
    async fn amount(&self, ctx: &Context<'_>) -> Result<Option<Money>> {
        let Some(minor) = self.text("amountMinor").and_then(|minor| minor.parse().ok()) else {
            return Ok(None);
        };
        let named = self.text("currency").and_then(|code| Currency::parse(code).ok());
        let currency = match named {
            Some(currency) => Some(currency),
            None => find_order(ctx, &self.event).await?.map(|order| order.0.terms.currency),
        };
        Ok(currency.map(|currency| Amount::new(minor, currency).into()))
    }

    /// For what the clock did or warns of: the last instant of the act in time.
    async fn due_at(&self) -> Option<DateTime> {
        let due = self.text("dueAt").or_else(|| self.text("deadlineDueAt"));
        due.and_then(Timestamp::parse).map(DateTime)
    }

    /// For a warning, how long before the deadline it comes.
    async fn lead_time(&self) -> Option<Duration> {
        self.text("leadTime").and_then(Span::parse).map(Duration)
    }

    /// All facts as the log keeps them: amounts as strings of minor units, instants in RFC 3339.
    async fn facts(&self) -> JsonObject {
        JsonObject(self.event.body.clone())
    }

    /// The order that it is about, as it is now, which may be later than the event.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        find_order(ctx, &self.event).await
    }

    /// The quote that it is about, as it is now.
    async fn quote(&self, ctx: &Context<'_>) -> Result<Option<Quote>> {
        let EventSubject::Quote(id) = self.event.subject else { return Ok(None) };
        let loaders = ctx.loaders()?;
        loaders.forget();
        loaders.quote(id).await
    }

    /// The supplier that it is about, as it is now.
    async fn supplier(&self, ctx: &Context<'_>) -> Result<Option<Supplier>> {
        let EventSubject::Supplier(id) = self.event.subject else { return Ok(None) };
        let loaders = ctx.loaders()?;
        loaders.forget();
        Ok(loaders.supplier(id).await?.map(Supplier::from_card))
    }
}

impl Event {
    fn text(&self, name: &str) -> Option<&str> {
        text(&self.event, name)
    }

    fn status_named(&self, name: &str) -> Option<OrderStatus> {
        let status: domain::order::OrderStatus = self.text(name)?.parse().ok()?;
        Some(status.into())
    }
}

/// A fact of an event that is a text.
pub(in crate::graphql) fn text<'a>(event: &'a domain::event::Event, name: &str) -> Option<&'a str> {
    event.body.get(name).and_then(|value| value.as_str())
}

/// Reads the order anew: a stream lives long, so nothing of it is remembered.
pub(in crate::graphql) async fn find_order(
    ctx: &Context<'_>,
    event: &domain::event::Event,
) -> Result<Option<Order>> {
    ctx.loaders()?.forget();
    let EventSubject::Order(id) = event.subject else { return Ok(None) };
    let order = orders::find(ctx.app()?, ctx.actor()?, Some(&OrderName::Id(id))).await?;
    Ok(order.map(Order))
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
pub struct MessageReceivedEvent {
    pub(in crate::graphql) event: Arc<domain::event::Event>,
    pub(in crate::graphql) cursor: String,
}

/// Somebody wrote to you, or you to them.
#[Object]
impl MessageReceivedEvent {
    /// Its id: the same in every way it is told; drop what you have seen.
    async fn id(&self) -> ID {
        self.event.id.to_string().into()
    }

    /// Hand it back as `after` to go on behind this event.
    async fn cursor(&self) -> Cursor {
        Cursor(self.cursor.clone())
    }

    /// When.
    async fn occurred_at(&self) -> DateTime {
        DateTime(self.event.occurred_at)
    }

    /// The thread that it was written in.
    async fn thread_id(&self) -> Option<ID> {
        text(&self.event, "threadId").map(ID::from)
    }

    /// What was written.
    async fn message(&self, ctx: &Context<'_>) -> Result<Option<Message>> {
        let read = |name| text(&self.event, name);
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

/// A page of the event log.
#[derive(Debug, Clone)]
pub struct EventConnection {
    edges: Vec<EventEdge>,
    end: String,
    head: String,
    has_previous: bool,
    has_next: bool,
}

/// A page of the event log.
#[Object]
impl EventConnection {
    /// The events of the page, each with its cursor.
    async fn edges(&self) -> &[EventEdge] {
        &self.edges
    }

    /// The events of the page.
    async fn nodes(&self) -> Vec<Event> {
        self.edges.iter().map(|edge| edge.node.clone()).collect()
    }

    /// Where the page lies in the log. `endCursor` is never null: keep it, and ask or listen again with it.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_previous_page: self.has_previous,
            has_next_page: self.has_next,
            start_cursor: self.edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: Some(Cursor(self.end.clone())),
        }
    }

    /// The place behind everything that is in the log now. To fill a copy by other means, take it before you begin, and
    /// follow the log from it when you are done.
    async fn head_cursor(&self) -> Cursor {
        Cursor(self.head.clone())
    }
}

/// One event of a page.
#[derive(Debug, Clone, SimpleObject)]
pub struct EventEdge {
    /// The place in the log: hand it back as `after`.
    cursor: Cursor,
    /// The event.
    node: Event,
}

impl From<EventPage> for EventConnection {
    fn from(page: EventPage) -> Self {
        let edge = |(cursor, event): (String, domain::event::Event)| EventEdge {
            cursor: Cursor(cursor.clone()),
            node: Event { event: Arc::new(event), cursor },
        };
        Self {
            edges: page.rows.into_iter().map(edge).collect(),
            end: page.end,
            head: page.head,
            has_previous: page.has_previous,
            has_next: page.has_next,
        }
    }
}
