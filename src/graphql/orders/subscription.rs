//! Streams of what happens to orders: at least once on the wire, once by event id, without gaps from any cursor.

use async_graphql::{Context, Enum, ID, Object, Result, Subscription, Union};
use futures_util::{Stream, TryStreamExt};

use super::types::Order;
use super::words::{EventActor, EventType, OrderStatus};
use crate::domain::error::Refusal;
use crate::domain::event::{EventSubject, EventType as Kind};
use crate::domain::policy::Figures;
use crate::domain::time::Timestamp;
use crate::graphql::context::ContextExt;
use crate::graphql::events::{Checkpoint, Told, is_preset, listen};
use crate::graphql::scalars::{Cursor, DateTime, Duration, Money};
use crate::service::events::{self, Message, Wanted};

/// Something that happened to an order.
#[derive(Debug, Clone)]
pub struct OrderStatusEvent(Told);

/// Something that happened to an order.
#[Object]
impl OrderStatusEvent {
    /// Its id: the same in every way it is told; drop what you have seen.
    async fn id(&self) -> ID {
        self.0.id()
    }

    /// Hand it back as `after` to go on behind this event.
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

    /// Its place among the order's events, from 1, without gaps.
    async fn sequence(&self) -> i32 {
        self.0.sequence()
    }

    /// The order's version that it belongs to; drop what is older than what you have.
    async fn order_version(&self) -> i32 {
        self.0.subject_version()
    }

    /// The order's id.
    async fn order_id(&self) -> ID {
        self.0.subject_id()
    }

    /// The order's status after it.
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

    /// Why, where a party or the provider said so.
    async fn reason(&self) -> Option<&str> {
        self.0.text("reason")
    }

    /// How much moved, where money did.
    async fn amount(&self, ctx: &Context<'_>) -> Result<Option<Money>> {
        self.0.amount(ctx).await
    }

    /// The order as it is now, which may be later than the event.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        self.0.order(ctx).await
    }
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
pub struct DispatchDeadlineEvent(Told);

/// How a dispatch deadline stands.
#[Object]
impl DispatchDeadlineEvent {
    /// Its id: the same in every way it is told; drop what you have seen.
    async fn id(&self) -> ID {
        self.0.id()
    }

    /// Hand it back as `after` to go on behind this event.
    async fn cursor(&self) -> Cursor {
        self.0.cursor()
    }

    /// How it stands.
    async fn phase(&self) -> DispatchDeadlinePhase {
        match self.0.event.kind {
            Kind::DispatchDeadlineApproaching => DispatchDeadlinePhase::Approaching,
            Kind::DispatchDeadlineDue => DispatchDeadlinePhase::Due,
            Kind::DispatchDeadlineMet => DispatchDeadlinePhase::Met,
            _ => DispatchDeadlinePhase::Breached,
        }
    }

    /// The last instant of dispatch in time.
    async fn due_at(&self) -> Option<DateTime> {
        self.0.text("dueAt").and_then(Timestamp::parse).map(DateTime)
    }

    /// Whether the goods left in time; null while that is open.
    async fn in_time(&self) -> Option<bool> {
        self.0.flag("late").map(|late| !late)
    }

    /// When the clock told it; null where an act of a party did.
    async fn fired_at(&self) -> Option<DateTime> {
        self.0.text("firedAt").and_then(Timestamp::parse).map(DateTime)
    }

    /// Whether the clock told it more than a second behind its instant, such as after an outage.
    async fn fired_late(&self) -> bool {
        self.0.flag("firedLate").unwrap_or(false)
    }

    /// For a warning, how long before the deadline it comes.
    async fn lead_time(&self) -> Option<Duration> {
        self.0.text("leadTime").and_then(crate::domain::time::Span::parse).map(Duration)
    }

    /// When it happened.
    async fn occurred_at(&self) -> DateTime {
        self.0.occurred_at()
    }

    /// The order's version that it belongs to.
    async fn order_version(&self) -> i32 {
        self.0.subject_version()
    }

    /// The order's id.
    async fn order_id(&self) -> ID {
        self.0.subject_id()
    }

    /// The order as it is now, which may be later than the event.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        self.0.order(ctx).await
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
        let wanted =
            Wanted { subject: read_order(order_id)?, argument: Some("orderId"), types, ..Wanted::default() };
        let stream = listen(ctx, wanted, after).await?;
        Ok(stream.map_ok(|message| match message {
            Message::Event { event, cursor } => {
                OrderStatusMessage::Event(OrderStatusEvent(Told { event, cursor }))
            }
            Message::Checkpoint { cursor, .. } => {
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
            desc = "Only warnings this long before the deadline; 10 at most.",
            validator(max_items = 10),
            default_with = "Some(default_lead_times())"
        )]
        lead_times: Option<Vec<Duration>>,
        #[graphql(desc = "Begin behind this cursor; from now on unless given.")] after: Option<Cursor>,
    ) -> Result<impl Stream<Item = Result<DispatchDeadlineMessage>>> {
        let types = Kind::ALL.iter().copied().filter(|kind| kind.is_dispatch_deadline()).collect();
        // Untouched it means every warning, also where the platform has come to give them at other times.
        let lead_times = lead_times.filter(|chosen| *chosen != default_lead_times()).unwrap_or_default();
        let lead_times: Vec<_> = lead_times.into_iter().map(|lead| lead.0).collect();
        if !is_preset(ctx) {
            events::check_lead_times(ctx.app()?, &lead_times).await?;
        }
        let wanted = Wanted {
            subject: read_order(order_id)?,
            argument: Some("orderId"),
            types,
            lead_times,
            ..Wanted::default()
        };
        let stream = listen(ctx, wanted, after).await?;
        Ok(stream.map_ok(|message| match message {
            Message::Event { event, cursor } => {
                DispatchDeadlineMessage::Event(DispatchDeadlineEvent(Told { event, cursor }))
            }
            Message::Checkpoint { cursor, .. } => {
                DispatchDeadlineMessage::Checkpoint(Checkpoint { cursor: Cursor(cursor) })
            }
        }))
    }
}

/// The lead times at which a fresh platform warns.
fn default_lead_times() -> Vec<Duration> {
    Figures::initial().dispatch_warnings.into_iter().map(Duration).collect()
}

fn read_order(id: Option<ID>) -> Result<Option<EventSubject>> {
    let parsed = id.map(|id| {
        id.parse().map(EventSubject::Order).map_err(|_| Refusal::not_found("order").at(&["orderId"]))
    });
    Ok(parsed.transpose().map_err(crate::service::Error::Denied)?)
}
