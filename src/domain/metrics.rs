//! What each act changes in the metrics of the supplier: pure functions of what was before and after it.
//!
//! Every figure is judged once and never again: a dispatch that was late stays late whatever becomes of the order, so
//! that what was counted can be added up entry by entry. `docs/REVIEWS-AND-SIGNALS.md` defines each figure for partners.

use super::order::{EndedBy, Order, OrderState, OrderStatus, RefundCause, Shipment, ShipmentStatus};
use super::quote::{Quote, QuotePart, QuoteState};
use super::supplier::SupplierMetrics;
use super::time::{Span, Timestamp};
use super::words::words;

words! {
    /// Over which time figures are counted.
    MetricsPeriod {
        /// The last 90 days.
        Last90Days => "LAST_90_DAYS",
        /// The last 365 days.
        Last365Days => "LAST_365_DAYS",
        /// Everything on record.
        AllTime => "ALL_TIME",
    }
}

impl MetricsPeriod {
    /// How many days back it reaches; none where it has no begin.
    pub const fn days(self) -> Option<i64> {
        match self {
            Self::Last90Days => Some(90),
            Self::Last365Days => Some(365),
            Self::AllTime => None,
        }
    }
}

/// What one act on an order changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OrderChange {
    /// The figures without the buyers, who are counted over all of their orders.
    pub figures: SupplierMetrics,
    /// Whether the buyer bought by it: the first payment is in escrow.
    pub bought: bool,
}

/// What a step of an order changes in the metrics of its supplier.
pub fn change(before: &Order, after: &Order, now: Timestamp) -> OrderChange {
    let became = |holds: fn(&Order) -> bool| !holds(before) && holds(after);
    let mut figures = SupplierMetrics {
        orders_placed: i64::from(became(Order::was_submitted)),
        orders_completed: i64::from(became(is_completed)),
        orders_cancelled: i64::from(became(came_to_nothing) && !is_completed(before)),
        disputes: i64::from(became(is_contested)),
        ..SupplierMetrics::default()
    };
    if let Some(late) = dispatch(before, after) {
        (figures.dispatched, figures.dispatched_late) = (1, i64::from(late));
    }
    if became(has_arrived) {
        let promised = after.state.schedule().or(before.state.schedule());
        let promised = promised.and_then(|schedule| schedule.delivery_by);
        let late = promised.is_some_and(|by| arrived_at(after, now) > by);
        (figures.delivered, figures.delivered_late) = (1, i64::from(late));
    }
    if let Some(waited) = answer(before, after, now) {
        (figures.responses, figures.response_seconds) = (1, seconds(waited));
    }
    OrderChange { figures, bought: became(is_bought) }
}

/// Whether goods were dispatched by a step, and late; what the buyer gave up because nothing left counts as late.
fn dispatch(before: &Order, after: &Order) -> Option<bool> {
    let left = |order: &Order| order.state.schedule().and_then(|schedule| schedule.dispatched_at);
    if let (None, Some(left_at)) = (left(before), left(after)) {
        let due = after.state.schedule().and_then(|schedule| schedule.dispatch_by);
        return Some(due.is_some_and(|due| left_at > due));
    }
    let given_up = |order: &Order| {
        order.refunds.iter().any(|refund| refund.cause == RefundCause::NonDispatch)
            && order.status() == OrderStatus::Refunded
    };
    (!given_up(before) && given_up(after)).then_some(true)
}

/// How long the buyer waited for the supplier's word on a placed order, where this step is that word.
fn answer(before: &Order, after: &Order, now: Timestamp) -> Option<Span> {
    let OrderState::PendingSupplier { submitted_at } = before.state else { return None };
    let answered = match &after.state {
        OrderState::PendingPayment { .. } => true,
        OrderState::Cancelled { by, .. } => *by == EndedBy::Supplier,
        _ => false,
    };
    answered.then(|| now.since(submitted_at))
}

/// How long a round of a quote waited for the supplier's word, where this step is that word: figures, or a no.
pub fn quote_answer(before: &Quote, after: &Quote) -> Option<Span> {
    if before.state != QuoteState::Requested {
        return None;
    }
    let answered = match after.state {
        QuoteState::Answered { .. } => true,
        QuoteState::Declined { by } => by == QuotePart::Supplier,
        QuoteState::Requested
        | QuoteState::Accepted { .. }
        | QuoteState::Ordered { .. }
        | QuoteState::Withdrawn { .. } => false,
    };
    let asked_at = before.rounds.last()?.requested_at;
    answered.then(|| after.updated_at.since(asked_at))
}

/// The metrics that an answer after this time changes.
pub fn response(waited: Span) -> SupplierMetrics {
    SupplierMetrics { responses: 1, response_seconds: seconds(waited), ..SupplierMetrics::default() }
}

fn seconds(waited: Span) -> i64 {
    waited.as_seconds().max(0)
}

/// Receipt is confirmed, by the buyer or the clock.
fn is_completed(order: &Order) -> bool {
    matches!(order.status(), OrderStatus::Completed | OrderStatus::Closed)
}

/// It was sent to the supplier and ended without a completed delivery and without a split.
fn came_to_nothing(order: &Order) -> bool {
    match order.status() {
        OrderStatus::Cancelled => order.was_submitted(),
        OrderStatus::Expired | OrderStatus::Refunded => true,
        OrderStatus::Draft
        | OrderStatus::PendingSupplier
        | OrderStatus::PendingPayment
        | OrderStatus::InProduction
        | OrderStatus::InInspection
        | OrderStatus::Ready
        | OrderStatus::PartiallyShipped
        | OrderStatus::Shipped
        | OrderStatus::Delivered
        | OrderStatus::Completed
        | OrderStatus::Closed
        | OrderStatus::Settled => false,
    }
}

/// The first payment came into escrow.
fn is_bought(order: &Order) -> bool {
    match order.status() {
        OrderStatus::Draft
        | OrderStatus::PendingSupplier
        | OrderStatus::PendingPayment
        | OrderStatus::Cancelled
        | OrderStatus::Expired => false,
        OrderStatus::InProduction
        | OrderStatus::InInspection
        | OrderStatus::Ready
        | OrderStatus::PartiallyShipped
        | OrderStatus::Shipped
        | OrderStatus::Delivered
        | OrderStatus::Completed
        | OrderStatus::Closed
        | OrderStatus::Refunded
        | OrderStatus::Settled => true,
    }
}

/// The platform had to take a case over, or the buyer's bank took money back. What both sides agreed on is no dispute.
fn is_contested(order: &Order) -> bool {
    order.disputes.iter().any(|dispute| dispute.escalated_at.is_some()) || !order.chargebacks.is_empty()
}

/// Everything is there.
fn has_arrived(order: &Order) -> bool {
    matches!(order.status(), OrderStatus::Delivered | OrderStatus::Completed)
}

/// When the last shipment arrived: by its proof, or by the buyer's word.
fn arrived_at(order: &Order, now: Timestamp) -> Timestamp {
    let alive = order.shipments.iter().filter(|shipment| shipment.status != ShipmentStatus::Lost);
    let at = |shipment: &Shipment| shipment.delivered_at.or(shipment.confirmed_at);
    alive.filter_map(at).max().unwrap_or(now)
}

/// What differs between the metrics that were counted for an order and what the order itself still says. An order that
/// ended has forgotten its promises, so of its dispatch and arrival only that they happened can be seen.
pub fn differences(order: &Order, counted: &SupplierMetrics) -> Vec<String> {
    let mut found = Vec::new();
    let mut demand = |figure: &str, counted: i64, holds: bool| {
        if counted != i64::from(holds) {
            found.push(format!("{figure} were counted as {counted}, the order says {}", i64::from(holds)));
        }
    };
    let status = order.status();
    demand("orders placed", counted.orders_placed, order.was_submitted());
    demand("disputes", counted.disputes, is_contested(order));
    if status == OrderStatus::Refunded {
        // Whether it had completed before is not to be seen any more; one of both it was.
        demand("ends", counted.orders_completed + counted.orders_cancelled, true);
    } else {
        demand("orders completed", counted.orders_completed, is_completed(order));
        demand("orders cancelled", counted.orders_cancelled, came_to_nothing(order));
    }
    let known = order.state.schedule().map(|schedule| schedule.dispatched_at.is_some());
    if let Some(left) = known.or((status == OrderStatus::Closed).then_some(true)) {
        demand("dispatches", counted.dispatched, left);
    }
    if !status.is_terminal() {
        demand("deliveries", counted.delivered, has_arrived(order));
    }
    found
}
