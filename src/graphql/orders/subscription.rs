//! Streams of what happens to orders: at least once on the wire, once by event id, without gaps from any cursor.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject, Subscription, Union};
use futures_util::{Stream, TryStreamExt};

use super::types::Order;
use super::words::{EventType, OrderStatus};
use crate::app::App;
use crate::domain::actor::Actor;
use crate::domain::error::Refusal;
use crate::domain::event::{Event, EventSubject, EventType as Kind};
use crate::domain::money::{Currency, Money as Amount};
use crate::domain::policy::Figures;
use crate::domain::time::Timestamp;
use crate::graphql::context::ContextExt;
use crate::graphql::scalars::{Cursor, DateTime, Duration, Money};
use crate::service::events::{self, Message, Subject};
use crate::service::orders::{self, OrderName};

/// A place in the event log up to which you know everything that concerns you. It comes first, and after each silence
/// of 15 seconds.
#[derive(Debug, Clone, SimpleObject)]
pub struct Checkpoint {
    /// Hand it back as `after` to go on from here.
    cursor: Cursor,
}

/// Something that happened to an order.
#[derive(Debug, Clone)]
pub struct OrderStatusEvent {
    event: Box<Event>,
    cursor: String,
}

/// Something that happened to an order.
#[Object]
impl OrderStatusEvent {
    /// Its id: the same in every way it is told; drop what you have seen.
    async fn id(&self) -> ID {
        self.event.id.to_string().into()
    }

    /// Hand it back as `after` to go on behind this event.
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

    /// Its place among the order's events, from 1, without gaps.
    async fn sequence(&self) -> i32 {
        i32::try_from(self.event.subject_seq).unwrap_or(i32::MAX)
    }

    /// The order's version that it belongs to; drop what is older than what you have.
    async fn order_version(&self) -> i32 {
        i32::try_from(self.event.subject_version).unwrap_or(i32::MAX)
    }

    /// The order's id.
    async fn order_id(&self) -> ID {
        self.event.subject.to_string().into()
    }

    /// The order's status after it.
    async fn status(&self) -> Option<OrderStatus> {
        self.word("status")
    }

    /// The order's status before it.
    async fn previous_status(&self) -> Option<OrderStatus> {
        self.word("previousStatus")
    }

    /// Who caused it: `BUYER`, `SUPPLIER`, `OPERATOR`, `CARRIER`, `PROVIDER` or `CLOCK`.
    async fn actor(&self) -> Option<&str> {
        text(&self.event, "actor")
    }

    /// Why, where a party or the provider said so.
    async fn reason(&self) -> Option<&str> {
        text(&self.event, "reason")
    }

    /// How much moved, where money did.
    async fn amount(&self, ctx: &Context<'_>) -> Result<Option<Money>> {
        let Some(minor) = text(&self.event, "amountMinor").and_then(|minor| minor.parse().ok()) else {
            return Ok(None);
        };
        let named = text(&self.event, "currency").and_then(|code| Currency::parse(code).ok());
        let currency = match named {
            Some(currency) => Some(currency),
            None => find(ctx, &self.event).await?.map(|order| order.0.terms.currency),
        };
        Ok(currency.map(|currency| Amount::new(minor, currency).into()))
    }

    /// The order as it is now, which may be later than the event.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        find(ctx, &self.event).await
    }
}

impl OrderStatusEvent {
    fn word(&self, name: &str) -> Option<OrderStatus> {
        let status: crate::domain::order::OrderStatus = text(&self.event, name)?.parse().ok()?;
        Some(status.into())
    }
}

fn text<'a>(event: &'a Event, name: &str) -> Option<&'a str> {
    event.body.get(name).and_then(|value| value.as_str())
}

fn flag(event: &Event, name: &str) -> Option<bool> {
    event.body.get(name).and_then(serde_json::Value::as_bool)
}

/// Reads the order anew: a stream lives long, so nothing of it is remembered.
async fn find(ctx: &Context<'_>, event: &Event) -> Result<Option<Order>> {
    ctx.loaders()?.forget();
    let EventSubject::Order(id) = event.subject else { return Ok(None) };
    let order = orders::find(ctx.app()?, ctx.actor()?, Some(&OrderName::Id(id))).await?;
    Ok(order.map(Order))
}

/// What `orderStatusChanged` tells.
#[derive(Debug, Clone, Union)]
pub enum OrderStatusMessage {
    /// Something happened.
    Event(OrderStatusEvent),
    /// Nothing more up to here.
    Checkpoint(Checkpoint),
}

/// How a dispatch deadline stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum DispatchDeadlinePhase {
    /// It draws near.
    Approaching,
    /// It is now: dispatch after this instant is late.
    Due,
    /// Goods did not leave in time.
    Breached,
    /// All goods left in time.
    Met,
}

/// How a dispatch deadline stands.
#[derive(Debug, Clone)]
pub struct DispatchDeadlineEvent {
    event: Box<Event>,
    cursor: String,
}

/// How a dispatch deadline stands.
#[Object]
impl DispatchDeadlineEvent {
    /// Its id: the same in every way it is told; drop what you have seen.
    async fn id(&self) -> ID {
        self.event.id.to_string().into()
    }

    /// Hand it back as `after` to go on behind this event.
    async fn cursor(&self) -> Cursor {
        Cursor(self.cursor.clone())
    }

    /// How it stands.
    async fn phase(&self) -> DispatchDeadlinePhase {
        match self.event.kind {
            Kind::DispatchDeadlineApproaching => DispatchDeadlinePhase::Approaching,
            Kind::DispatchDeadlineDue => DispatchDeadlinePhase::Due,
            Kind::DispatchDeadlineMet => DispatchDeadlinePhase::Met,
            _ => DispatchDeadlinePhase::Breached,
        }
    }

    /// The last instant of dispatch in time.
    async fn due_at(&self) -> Option<DateTime> {
        text(&self.event, "dueAt").and_then(Timestamp::parse).map(DateTime)
    }

    /// Whether the goods left in time; null while that is open.
    async fn in_time(&self) -> Option<bool> {
        flag(&self.event, "late").map(|late| !late)
    }

    /// When the clock told it; null where an act of a party did.
    async fn fired_at(&self) -> Option<DateTime> {
        text(&self.event, "firedAt").and_then(Timestamp::parse).map(DateTime)
    }

    /// Whether the clock told it more than a second behind its instant, such as after an outage.
    async fn fired_late(&self) -> bool {
        flag(&self.event, "firedLate").unwrap_or(false)
    }

    /// For a warning, how long before the deadline it comes.
    async fn lead_time(&self) -> Option<Duration> {
        text(&self.event, "leadTime").and_then(crate::domain::time::Span::parse).map(Duration)
    }

    /// When.
    async fn occurred_at(&self) -> DateTime {
        DateTime(self.event.occurred_at)
    }

    /// The order's version that it belongs to.
    async fn order_version(&self) -> i32 {
        i32::try_from(self.event.subject_version).unwrap_or(i32::MAX)
    }

    /// The order's id.
    async fn order_id(&self) -> ID {
        self.event.subject.to_string().into()
    }

    /// The order as it is now, which may be later than the event.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        find(ctx, &self.event).await
    }
}

/// What `dispatchDeadline` tells.
#[derive(Debug, Clone, Union)]
pub enum DispatchDeadlineMessage {
    /// Something happened.
    Event(DispatchDeadlineEvent),
    /// Nothing more up to here.
    Checkpoint(Checkpoint),
}

/// Streams of what happens to orders.
#[derive(Debug, Default)]
pub struct OrderSubscription;

/// Streams of what happens to orders.
#[Subscription]
impl OrderSubscription {
    /// What happens to your orders, or to one of them. The first message is a checkpoint; after a break go on with the
    /// last cursor that you had: nothing is lost, and what comes twice has the same id. Scope: `orders:read`.
    async fn order_status_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only this order.")] order_id: Option<ID>,
        #[graphql(desc = "Begin behind this cursor; from now on unless given.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = Result<OrderStatusMessage>>> {
        let types = Kind::ALL.iter().copied().filter(|kind| kind.is_order_status()).collect();
        let subject = Subject { order: read_order(order_id)?, types, lead_times: Vec::new() };
        let stream = messages(ctx.app()?, ctx.actor()?, subject, after).await?;
        Ok(stream.map_ok(|message| match message {
            Message::Event { event, cursor } => OrderStatusMessage::Event(OrderStatusEvent { event, cursor }),
            Message::Checkpoint { cursor } => {
                OrderStatusMessage::Checkpoint(Checkpoint { cursor: Cursor(cursor) })
            }
        }))
    }

    /// How the dispatch deadlines of your orders, or of one of them, stand: warnings before, the deadline itself, and
    /// whether it was met. Scope: `orders:read`.
    async fn dispatch_deadline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only this order.")] order_id: Option<ID>,
        #[graphql(
            desc = "Only warnings this long before the deadline.",
            default_with = "default_lead_times()"
        )]
        lead_times: Option<Vec<Duration>>,
        #[graphql(desc = "Begin behind this cursor; from now on unless given.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = Result<DispatchDeadlineMessage>>> {
        let types = Kind::ALL.iter().copied().filter(|kind| kind.is_dispatch_deadline()).collect();
        // Untouched it means every warning, also where the platform has come to give them at other times.
        let lead_times = if lead_times == default_lead_times() { None } else { lead_times };
        let lead_times: Vec<_> = lead_times.unwrap_or_default().into_iter().map(|lead| lead.0).collect();
        events::check_lead_times(ctx.app()?, &lead_times).await?;
        let subject = Subject { order: read_order(order_id)?, types, lead_times };
        let stream = messages(ctx.app()?, ctx.actor()?, subject, after).await?;
        Ok(stream.map_ok(|message| match message {
            Message::Event { event, cursor } => {
                DispatchDeadlineMessage::Event(DispatchDeadlineEvent { event, cursor })
            }
            Message::Checkpoint { cursor } => {
                DispatchDeadlineMessage::Checkpoint(Checkpoint { cursor: Cursor(cursor) })
            }
        }))
    }
}

/// The lead times at which a fresh platform warns.
fn default_lead_times() -> Option<Vec<Duration>> {
    Some(Figures::initial().dispatch_warnings.into_iter().map(Duration).collect())
}

fn read_order(id: Option<ID>) -> Result<Option<crate::domain::ids::OrderId>> {
    let parsed = id.map(|id| id.parse().map_err(|_| Refusal::not_found("order").at(&["orderId"])));
    Ok(parsed.transpose().map_err(crate::service::Error::Denied)?)
}

async fn messages(
    app: &Arc<App>,
    actor: &Arc<Actor>,
    subject: Subject,
    after: Option<Cursor>,
) -> Result<impl Stream<Item = Result<Message>> + use<>> {
    let stream = events::subscribe(app, actor, subject, after.map(|cursor| cursor.0)).await?;
    Ok(stream.map_err(async_graphql::Error::from))
}
