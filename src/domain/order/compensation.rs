//! Broken promises that are made good with money: late dispatch by the supplier, late guaranteed delivery by the platform.

use serde::{Deserialize, Serialize};

use super::effect::Effect;
use super::funds::{Payback, pay_back};
use super::guard::{Blocker, Guard, unless};
use super::step::Run;
use super::{Command, Order, OrderState, RefundCause, ShipmentStatus};
use crate::domain::deadline::{DeadlineKind, DeadlineState};
use crate::domain::error::Refusal;
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ids::CompensationId;
use crate::domain::ledger::{AccountKey, AccountKind, Posting, PostingKind, TransferCode};
use crate::domain::time::Timestamp;
use crate::domain::words::words;

words! {
    /// Which promise was broken.
    CompensationCause {
        /// Goods left after the dispatch deadline; the supplier pays.
        LateDispatch => "LATE_DISPATCH",
        /// A guaranteed delivery was late; the platform pays, as credit for later orders.
        LateDelivery => "LATE_DELIVERY",
    }
}

/// A broken promise that was made good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Compensation {
    /// Its id.
    pub id: CompensationId,
    /// Its number, from one.
    pub seq: u32,
    /// Which promise was broken.
    pub cause: CompensationCause,
    /// How much, in minor units of the order's currency.
    pub amount_minor: i64,
    /// Days begun between the promise and the last goods.
    pub days_late: i64,
    /// When it was granted.
    pub granted_at: Timestamp,
}

/// T30, once: what left late is made good out of escrow.
pub(super) const COMPENSATE_LATE_DISPATCH: Effect =
    Effect::new("PO6 late dispatch: escrow → refund due", compensate_late_dispatch);
/// T31, once: PO6 by the platform.
pub(super) const CREDIT_LATE_DELIVERY: Effect = Effect::sure(
    "PO6 compensation expense → buyer credit, settle timer LATE_DELIVERY_CREDIT",
    credit_late_delivery,
);

/// No credit was granted before.
pub(super) const NOT_CREDITED_YET: Guard = Guard::new("no credit before", |order, _, _| {
    unless(!has(order, CompensationCause::LateDelivery), Blocker::AlreadyCompensated)
});
/// The goods arrived late or not at all.
pub(super) const DELIVERY_IS_LATE: Guard = Guard::new("the guaranteed delivery is late", |order, _, now| {
    unless(is_delivery_late(order, now), Blocker::DeliveryNotLate)
});
/// The claim comes in time.
pub(super) const CLAIM_IN_TIME: Guard = Guard::new("in time to claim", claim_in_time);
/// There is something to credit.
pub(super) const CREDIT_WORTH_SOMETHING: Guard = Guard::new("a credit is due", |order, _, _| {
    unless(late_delivery_credit(order) > 0, Blocker::NothingToCredit)
});

fn has(order: &Order, cause: CompensationCause) -> bool {
    order.compensations.iter().any(|known| known.cause == cause)
}

fn claim_in_time(order: &Order, _: Option<&Command>, now: Timestamp) -> Option<Blocker> {
    let promised = order.state.schedule().and_then(|schedule| schedule.delivery_by);
    let window = order.terms.policy.delivery.late_delivery_claim;
    unless(promised.is_none_or(|by| now <= by.plus(window)), Blocker::ClaimWindowOver)
}

/// When everything was there; none while something is not.
fn arrived_at(order: &Order) -> Option<Timestamp> {
    let received = match order.state {
        OrderState::Completed { completed_at, .. } => Some(completed_at),
        _ => None,
    };
    if !order.all_goods_left() {
        return received;
    }
    let alive = order.shipments.iter().filter(|known| known.status != ShipmentStatus::Lost);
    let arrivals: Option<Vec<_>> = alive.map(|known| known.delivered_at.or(known.confirmed_at)).collect();
    arrivals.and_then(|instants| instants.into_iter().max()).or(received)
}

fn is_delivery_late(order: &Order, now: Timestamp) -> bool {
    let Some(promised) = order.state.schedule().and_then(|schedule| schedule.delivery_by) else {
        return false;
    };
    // While the promise stands still with a hold, nothing is late by it.
    let paused =
        order.deadline(DeadlineKind::Delivery).is_some_and(|timer| timer.state == DeadlineState::Paused);
    !paused && arrived_at(order).unwrap_or(now) > promised
}

/// A share of the price, capped; a currency without a cap earns none, as the platform's promise is an amount.
pub(super) fn late_delivery_credit(order: &Order) -> i64 {
    let figures = &order.terms.policy.delivery;
    let cap = figures.late_delivery_credit_caps.get(&order.terms.currency).copied().unwrap_or_default();
    figures.late_delivery_credit.of(order.terms.total.0).min(cap)
}

fn credit_late_delivery(run: &mut Run<'_>) {
    let amount = late_delivery_credit(&run.order);
    let promised = run.schedule.and_then(|schedule| schedule.delivery_by).unwrap_or(run.now);
    let late = arrived_at(&run.order).unwrap_or(run.now).since(promised);
    let currency = run.order.terms.currency;
    let subject = format!("{}:{}", run.order.id, CompensationCause::LateDelivery);
    let expense = AccountKey::platform(AccountKind::CompensationExpense, currency);
    let credit = AccountKey::buyer_credit(run.order.buyer(), currency);
    run.post(Posting::new(PostingKind::Compensation, subject, 1, Some(run.order.id)).moving(
        TransferCode::CompensationCredit,
        expense,
        credit,
        amount,
    ));
    run.settle(DeadlineKind::LateDeliveryCredit, DeadlineState::Met);
    grant(run, CompensationCause::LateDelivery, amount, late.as_seconds().max(1));
    run.tell(
        EventDraft::new(EventType::CompensationGranted)
            .with("amountMinor", amount.to_string())
            .with("currency", currency.to_string())
            .with("cause", CompensationCause::LateDelivery.as_str()),
    );
}

fn grant(run: &mut Run<'_>, cause: CompensationCause, amount_minor: i64, late_seconds: i64) {
    let id: CompensationId = run.fresh();
    run.subject = Some(id.to_string());
    run.order.compensations.push(Compensation {
        id,
        seq: u32::try_from(run.order.compensations.len() + 1).unwrap_or(u32::MAX),
        cause,
        amount_minor,
        days_late: crate::domain::time::Span::seconds(late_seconds).days_begun(),
        granted_at: run.now,
    });
}

/// The contract's compensation for what left late, in minor units: for each day begun a share of the value that had not
/// left, at most a share of the price. What was lost on its way had left. Units beyond those ordered replace lost ones.
pub(super) fn late_dispatch_compensation(order: &Order, due: Timestamp) -> i64 {
    let figures = &order.terms.policy;
    let mut value_days: i128 = 0;
    for line in order.terms.lines.iter().filter(|line| line.quantity > 0) {
        let mut open = line.quantity;
        for shipment in &order.shipments {
            let parts = shipment.lines.iter().filter(|part| part.line_id == line.id);
            let units = parts.map(|part| part.quantity).sum::<i64>().min(open);
            open -= units;
            // A second that is not over counts as over: a microsecond late is late.
            let late = due.until(shipment.dispatched_at);
            let days = i128::from(late.days_begun());
            value_days += i128::from(line.total.0) * i128::from(units) * days / i128::from(line.quantity);
        }
    }
    let earned = value_days * i128::from(figures.late_dispatch_rate.0) / 10_000;
    let cap = figures.late_dispatch_cap.of(order.terms.total.0);
    i64::try_from(earned).unwrap_or(i64::MAX).min(cap)
}

fn compensate_late_dispatch(run: &mut Run<'_>) -> Result<(), Refusal> {
    let Some(schedule) = run.schedule else { return Ok(()) };
    // Goods that are sent anew after a loss had left before.
    if schedule.dispatched_at.is_some() || has(&run.order, CompensationCause::LateDispatch) {
        return Ok(());
    }
    let Some(due) = schedule.dispatch_by else { return Ok(()) };
    let position = run.order.position;
    let amount = late_dispatch_compensation(&run.order, due).min(position.refundable());
    if amount <= 0 {
        return Ok(());
    }
    let subject = format!("{}:{}", run.order.id, CompensationCause::LateDispatch);
    pay_back(run, Payback { amount, cause: RefundCause::Compensation, subject })?;
    let late = due.until(run.now).as_seconds();
    // What a command made is named by its own id, not by what it brought with it.
    let subject = run.subject.clone();
    grant(run, CompensationCause::LateDispatch, amount, late);
    run.subject = subject;
    Ok(())
}
