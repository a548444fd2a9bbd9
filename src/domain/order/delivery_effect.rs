//! What the rows of deliveries do.

use super::delivery::{is_alive, is_receipt, named_id};
use super::effect::Effect;
use super::funds::{Payback, broken, next_fee, pay_back, release, release_held};
use super::guard::{Blocker, Condition, Guard, unless};
use super::step::Run;
use super::{
    Command, DeadlineChange, DeliveryCommand, Order, RefundCause, Shipment, ShipmentStatus, TransportMode,
};
use crate::domain::contract::ReleasePolicy;
use crate::domain::deadline::{DeadlineKind, DeadlineState};
use crate::domain::error::Refusal;
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ledger::PostingKind;
use crate::domain::release::shipment_share;
use crate::domain::time::Timestamp;

/// A shipment's receipt is confirmed.
pub(super) const CONFIRM_SHIPMENT: Effect =
    Effect::sure("confirm shipment, settle timer SHIPMENT_CONFIRMATION", confirm_shipment);
/// PO3 for the shipments that were confirmed so far.
pub(super) const RELEASE_SHARE: Effect =
    Effect::new("PO3 the shipment's share: escrow → supplier payable, fee income", release_share);
/// The timers of receipt move later.
pub(super) const EXTEND_RECEIPT: Effect =
    Effect::sure("move timers AUTO_CONFIRMATION, SHIPMENT_CONFIRMATION later", extend_receipt);
/// The buyer extends once.
pub(super) const NOTE_EXTENSION: Effect = Effect::sure("note the buyer's extension", |run| {
    if let Some(schedule) = run.schedule.as_mut() {
        schedule.receipt_extended = true;
    }
});
/// A shipment is lost.
pub(super) const LOSE_SHIPMENT: Effect = Effect::sure("shipment LOST", lose_shipment);
/// PO5.
pub(super) const REFUND_ALL: Effect = Effect::new("PO5 escrow → refund due", |run| {
    let amount = run.order.position.held();
    let subject = format!("{}:NON_DISPATCH", run.order.id);
    pay_back(run, Payback { amount, cause: RefundCause::NonDispatch, subject })
});
/// The deposit goes back, less what the contract lets the supplier keep.
pub(super) const RETURN_DEPOSIT: Effect =
    Effect::new("PO4/PO5 deposit → refund due, PO3 what the supplier keeps", return_deposit);
/// The goods are there: what was paid for them is the supplier's.
pub(super) const RELEASE_HELD: Effect =
    Effect::new("PO3 escrow → supplier payable, fee income", release_held);
/// Event: refunded.
pub(super) const TELL_REFUNDED: Effect = Effect::sure("event ORDER_REFUNDED", |run| {
    let reason = run.command.kind().as_str();
    run.tell(EventDraft::new(EventType::OrderRefunded).with("reason", reason));
});
/// Event: settled.
pub(super) const TELL_SETTLED: Effect = Effect::sure("event ORDER_SETTLED", |run| {
    let reason = run.command.kind().as_str();
    run.tell(EventDraft::new(EventType::OrderSettled).with("reason", reason));
});

/// Escrow holds something to give back.
pub(super) const MONEY_IS_HELD: Guard =
    Guard::new("escrow holds money", |order, _, _| unless(order.position.held() > 0, Blocker::NothingHeld));
/// All of the deposit goes back.
pub(super) const NOTHING_KEPT: Condition =
    Condition::new("the supplier keeps nothing of the deposit", |order, _| kept_deposit(order) == 0);
/// A part of the deposit stays with the supplier.
pub(super) const DEPOSIT_KEPT: Condition =
    Condition::new("the supplier keeps a part of the deposit", |order, _| kept_deposit(order) > 0);

fn kept_deposit(order: &Order) -> i64 {
    let held = order.position.held();
    order.terms.policy.delivery.deposit_kept.of(held).min(held)
}

fn return_deposit(run: &mut Run<'_>) -> Result<(), Refusal> {
    let kept = kept_deposit(&run.order);
    let back = run.order.position.held() - kept;
    if back > 0 {
        let subject = format!("{}:UNPAID_BALANCE", run.order.id);
        pay_back(run, Payback { amount: back, cause: RefundCause::Cancellation, subject })?;
    }
    let fee = next_fee(&run.order, kept);
    let seq = run.order.position.releases + 1;
    release(run, (PostingKind::Release, seq), kept, fee)
}

fn confirm_shipment(run: &mut Run<'_>) {
    let Some(wanted) = named_id(run.command) else { return };
    let now = run.now;
    let found = run.order.shipments.iter_mut().find(|shipment| shipment.id.to_string() == wanted);
    let Some(shipment) = found else { return };
    shipment.confirmed_at = Some(now);
    let by_clock = matches!(run.command, Command::Delivery(DeliveryCommand::AutoConfirmShipment { .. }));
    let kind =
        if by_clock { EventType::ShipmentReceiptAutoConfirmed } else { EventType::ShipmentReceiptConfirmed };
    run.deadlines.push(DeadlineChange::Settle {
        kind: DeadlineKind::ShipmentConfirmation,
        subject: Some(wanted.clone()),
        outcome: DeadlineState::Met,
    });
    run.subject = Some(wanted.clone());
    run.tell(EventDraft::new(kind).with("shipmentId", wanted));
}

/// What a shipment weighs in the price, in millionths of the major unit; by units where all units are for nothing.
fn weight(order: &Order, shipment: &Shipment, by_units: bool) -> i128 {
    let price = |line_id| {
        order.terms.lines.iter().find(|line| line.id == line_id).map(|line| line.unit_price.millionths())
    };
    let parts = shipment.lines.iter();
    parts
        .map(|part| {
            let unit = if by_units { 1 } else { price(part.line_id).unwrap_or_default() };
            i128::from(unit) * i128::from(part.quantity)
        })
        .sum()
}

fn release_share(run: &mut Run<'_>) -> Result<(), Refusal> {
    let order = &run.order;
    let wanted = named_id(run.command);
    let confirmed = || order.shipments.iter().filter(|shipment| shipment.confirmed_at.is_some());
    let Some(this) = confirmed().find(|shipment| Some(shipment.id.to_string()) == wanted) else {
        return Err(broken("A share is released for a shipment that was not confirmed."));
    };
    if !order.books_fit_the_terms() {
        return Err(broken("The escrow does not hold what the contract says."));
    }
    let position = order.position;
    let last = order.all_goods_left()
        && order.shipments.iter().all(|known| !is_alive(known) || known.confirmed_at.is_some());
    let (share, fee) = if last {
        (position.held(), next_fee(order, position.held()))
    } else {
        let lines = &order.terms.lines;
        let by_price: i128 = lines.iter().map(|line| line.unit_price.exact_total(line.quantity)).sum();
        let by_units = by_price == 0;
        let whole =
            if by_units { lines.iter().map(|line| i128::from(line.quantity)).sum() } else { by_price };
        let cumulative = confirmed().map(|known| weight(order, known, by_units)).sum();
        // What the supplier gets in all, now that refunds and compensation have left.
        let price = position.released + position.held();
        let share = |price, before| {
            let due = shipment_share(price, cumulative, whole, before);
            due.ok_or_else(|| broken("A shipment holds more than the order."))
        };
        // A refund may have taken of what was released for it already: then there is nothing to add.
        let due = share(price, position.released)?.clamp(0, position.held());
        let all_fees = order.terms.fee.on(position.kept() + position.held());
        (due, share(all_fees, position.fee)?.clamp(0, due))
    };
    let key = (PostingKind::ShipmentRelease, i64::from(this.seq));
    release(run, key, share, fee)
}

fn extend_receipt(run: &mut Run<'_>) {
    let by = run.order.terms.policy.delivery.receipt_extension;
    let now = run.now;
    let running = |timer: &&crate::domain::deadline::Deadline| {
        is_receipt(timer.kind) && timer.state == DeadlineState::Pending && now <= timer.due_at
    };
    let moved: Vec<_> = run
        .order
        .deadlines
        .iter()
        .filter(running)
        .map(|timer| (timer.kind, timer.subject.clone(), timer.due_at.plus(by)))
        .collect();
    let latest = moved.iter().map(|(_, _, due_at)| *due_at).max();
    for (kind, subject, due_at) in moved {
        run.set(kind, &subject, due_at);
    }
    let event = EventDraft::new(EventType::ReceiptExtended).with("by", by.to_string());
    run.tell(match latest {
        Some(due_at) => event.with("dueAt", due_at.to_string()),
        None => event,
    });
}

fn lose_shipment(run: &mut Run<'_>) {
    let Command::Delivery(DeliveryCommand::ReportLost { shipment: id, reason }) = run.command else { return };
    let now = run.now;
    let Some(shipment) = run.order.shipments.iter_mut().find(|known| known.id == *id) else { return };
    shipment.status = ShipmentStatus::Lost;
    shipment.lost_at = Some(now);
    shipment.loss_reason = Some(reason.clone());
    run.subject = Some(id.to_string());
    run.tell(
        EventDraft::new(EventType::ShipmentLost)
            .with("shipmentId", id.to_string())
            .with("reason", reason.as_str()),
    );
}

/// The last instant to object to a shipment that arrived.
pub(super) fn objection_until(order: &Order, shipment: &Shipment) -> Option<Timestamp> {
    let figures = &order.terms.policy;
    let sea = shipment.mode == TransportMode::Sea;
    let rule = if sea { figures.auto_confirmation_sea } else { figures.auto_confirmation };
    shipment.delivered_at.map(|delivered_at| rule.due(shipment.dispatched_at, delivered_at))
}

/// A shipment that arrived confirms itself, where the contract releases share by share.
pub(super) fn await_shipment_receipt(run: &mut Run<'_>, id: crate::domain::ids::ShipmentId) {
    if run.order.terms.release_policy != ReleasePolicy::PerShipment {
        return;
    }
    let shipment = run.order.shipments.iter().find(|known| known.id == id && known.confirmed_at.is_none());
    if let Some(due) = shipment.and_then(|shipment| objection_until(&run.order, shipment)) {
        run.set(DeadlineKind::ShipmentConfirmation, &id.to_string(), due);
    }
}
