//! What the transitions of returns do.

use super::guard::{easy_return, named};
use super::{EasyReturn, ReturnCommand, ReturnStatus};
use crate::domain::deadline::{DeadlineKind, DeadlineState};
use crate::domain::error::Refusal;
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ids::ReturnId;
use crate::domain::order::effect::Effect;
use crate::domain::order::funds::{Payback, pay_back};
use crate::domain::order::hold::{HoldKind, lift_holds, place_hold};
use crate::domain::order::refund::RefundCause;
use crate::domain::order::step::Run;
use crate::domain::order::{DeadlineChange, OrderKind};

/// A new return.
pub(super) const APPROVE: Effect =
    Effect::sure("add return, place hold, start timer RETURN_SHIPMENT", approve);
/// The goods leave.
pub(super) const SHIP: Effect =
    Effect::sure("return SHIPPED, settle timer RETURN_SHIPMENT, start RETURN_RECEIPT", ship);
/// The warehouse has the goods.
pub(super) const TAKE: Effect = Effect::sure("return REFUNDED, lift hold", take);
/// PO5 or PO8.
pub(super) const PAY_BACK_ALL: Effect =
    Effect::new("PO5 or PO8: everything that was paid → refund due", pay_back_all);
/// Event: the order ended.
pub(super) const TELL_REFUNDED: Effect =
    Effect::sure("event ORDER_REFUNDED", |run| run.tell(EventDraft::new(EventType::OrderRefunded)));
/// The warehouse refuses.
pub(super) const REFUSE: Effect = Effect::sure("return REJECTED, lift hold", refuse);
/// Nothing was shipped.
pub(super) const EXPIRE: Effect = Effect::sure("return EXPIRED, lift hold", expire);
/// Event: the warehouse waits.
pub(super) const TELL_OVERDUE: Effect = Effect::sure("event RETURN_RECEIPT_OVERDUE", |run| {
    if let Some(id) = touched(run) {
        tell(run, id, EventDraft::new(EventType::ReturnReceiptOverdue));
    }
});

fn touched(run: &Run<'_>) -> Option<ReturnId> {
    named(&run.order, Some(run.command)).map(|known| known.id)
}

fn find<'a>(run: &'a mut Run<'_>, id: ReturnId) -> Option<&'a mut EasyReturn> {
    run.order.returns.iter_mut().find(|known| known.id == id)
}

fn tell(run: &mut Run<'_>, id: ReturnId, event: EventDraft) {
    run.subject = Some(id.to_string());
    run.tell(event.with("returnId", id.to_string()));
}

fn settle(run: &mut Run<'_>, id: ReturnId, kind: DeadlineKind, outcome: DeadlineState) {
    run.deadlines.push(DeadlineChange::Settle { kind, subject: Some(id.to_string()), outcome });
}

fn lift(run: &mut Run<'_>, id: ReturnId) {
    let subject = id.to_string();
    lift_holds(run, |hold| hold.subject.as_deref() == Some(&subject));
}

fn approve(run: &mut Run<'_>) {
    let Some(ReturnCommand::Request { ground, description, warehouse: Some(warehouse) }) =
        easy_return(Some(run.command))
    else {
        return;
    };
    let id: ReturnId = run.fresh();
    let ship_by = run.now.plus(run.order.terms.policy.easy_return.shipping);
    run.order.returns.push(EasyReturn {
        id,
        seq: u32::try_from(run.order.returns.len() + 1).unwrap_or(u32::MAX),
        status: ReturnStatus::Approved,
        ground: *ground,
        description: description.clone(),
        warehouse: warehouse.clone(),
        free_shipping: run.order.kind() == OrderKind::Guaranteed,
        requested_at: run.now,
        ship_by,
        carrier: None,
        tracking_number: None,
        shipped_at: None,
        received_at: None,
        rejection: None,
        refunded_minor: None,
    });
    run.set(DeadlineKind::ReturnShipment, &id.to_string(), ship_by);
    let event = EventDraft::new(EventType::ReturnApproved)
        .with("ground", ground.as_str())
        .with("warehouseCountry", warehouse.country.as_str())
        .with("shipBy", ship_by.to_string());
    tell(run, id, event);
    place_hold(run, HoldKind::RefundRequest, "Goods are on their way back.", Some(id.to_string()));
}

fn ship(run: &mut Run<'_>) {
    let Some(ReturnCommand::Ship { id, carrier, tracking_number }) = easy_return(Some(run.command)) else {
        return;
    };
    let now = run.now;
    let due = now.plus(run.order.terms.policy.easy_return.receipt);
    let Some(known) = find(run, *id) else { return };
    known.status = ReturnStatus::Shipped;
    known.carrier = Some(carrier.clone());
    known.tracking_number = Some(tracking_number.clone());
    known.shipped_at = Some(now);
    settle(run, *id, DeadlineKind::ReturnShipment, DeadlineState::Met);
    run.set(DeadlineKind::ReturnReceipt, &id.to_string(), due);
    let event = EventDraft::new(EventType::ReturnShipped)
        .with("carrier", carrier.as_str())
        .with("trackingNumber", tracking_number.as_str());
    tell(run, *id, event);
}

fn take(run: &mut Run<'_>) {
    let Some(id) = touched(run) else { return };
    let (now, amount) = (run.now, run.order.position.refundable());
    let Some(known) = find(run, id) else { return };
    known.status = ReturnStatus::Refunded;
    known.received_at = Some(now);
    known.refunded_minor = Some(amount);
    settle(run, id, DeadlineKind::ReturnReceipt, DeadlineState::Met);
    tell(run, id, EventDraft::new(EventType::ReturnReceived));
    lift(run, id);
}

fn pay_back_all(run: &mut Run<'_>) -> Result<(), Refusal> {
    let Some(subject) = run.subject.clone() else { return Ok(()) };
    let amount = run.order.position.refundable();
    pay_back(run, Payback { amount, cause: RefundCause::EasyReturn, subject })
}

fn refuse(run: &mut Run<'_>) {
    let Some(ReturnCommand::Receive { id, rejection: Some(reason) }) = easy_return(Some(run.command)) else {
        return;
    };
    let now = run.now;
    let Some(known) = find(run, *id) else { return };
    known.status = ReturnStatus::Rejected;
    known.received_at = Some(now);
    known.rejection = Some(reason.clone());
    settle(run, *id, DeadlineKind::ReturnReceipt, DeadlineState::Met);
    tell(run, *id, EventDraft::new(EventType::ReturnRejected).with("reason", reason.as_str()));
    lift(run, *id);
}

fn expire(run: &mut Run<'_>) {
    let Some(id) = touched(run) else { return };
    if let Some(known) = find(run, id) {
        known.status = ReturnStatus::Expired;
    }
    tell(run, id, EventDraft::new(EventType::ReturnExpired));
    lift(run, id);
}
