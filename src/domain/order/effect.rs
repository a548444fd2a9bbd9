//! What transitions do: named pure functions that write into the step under construction.

use serde_json::json;

use super::amendment::close;
use super::effect_money::{
    book_deposit, mark_payment, open_session, release_rest, set_aside, settle_payment,
};
use super::effect_shipment::{add_shipment, await_receipt, deliver_shipment, settle_dispatch};
use super::step::Run;
use super::{
    AmendmentStatus, Command, ContractHead, DeadlineChange, OrderKind, PaymentReport, PaymentStatus,
    ShipmentStatus,
};
use crate::domain::deadline::{DeadlineKind, DeadlineState};
use crate::domain::error::Refusal;
use crate::domain::event::{EventDraft, EventType};
use crate::domain::party::Plan;
use crate::domain::time::{Span, Timestamp};

/// The subject of timers of which an order has one.
pub const SINGLE: &str = "-";

/// What a transition does beside moving the status: a named pure function.
#[derive(Debug, Clone, Copy)]
pub struct Effect {
    name: &'static str,
    apply: Apply,
}

/// An effect's function. One that may fail refuses an amount that does not fit, or a state that cannot be.
#[derive(Debug, Clone, Copy)]
enum Apply {
    Sure(fn(&mut Run<'_>)),
    MayFail(fn(&mut Run<'_>) -> Result<(), Refusal>),
}

impl Effect {
    /// An effect that may refuse.
    pub(super) const fn new(name: &'static str, apply: fn(&mut Run<'_>) -> Result<(), Refusal>) -> Self {
        Self { name, apply: Apply::MayFail(apply) }
    }

    /// An effect that always succeeds.
    pub(super) const fn sure(name: &'static str, apply: fn(&mut Run<'_>)) -> Self {
        Self { name, apply: Apply::Sure(apply) }
    }

    /// Writes into the step.
    pub(super) fn apply(self, run: &mut Run<'_>) -> Result<(), Refusal> {
        match self.apply {
            Apply::Sure(apply) => {
                apply(run);
                Ok(())
            }
            Apply::MayFail(apply) => apply(run),
        }
    }
}

impl std::fmt::Display for Effect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The contract is sealed and hashed; instalments become payable.
pub(super) const SEAL_CONTRACT: Effect = Effect::sure("seal contract", seal_contract);
/// Event: placed.
pub(super) const TELL_PLACED: Effect =
    Effect::sure("event ORDER_PLACED", |run| run.tell_total(EventType::OrderPlaced));
/// Event: confirmed.
pub(super) const TELL_CONFIRMED: Effect = Effect::sure("event ORDER_CONFIRMED", tell_confirmed);
/// Event: declined.
pub(super) const TELL_DECLINED: Effect =
    Effect::sure("event ORDER_DECLINED", |run| run.tell_reason(EventType::OrderDeclined));
/// Event: cancelled.
pub(super) const TELL_CANCELLED: Effect =
    Effect::sure("event ORDER_CANCELLED", |run| run.tell_reason(EventType::OrderCancelled));
/// Event: expired.
pub(super) const TELL_EXPIRED: Effect =
    Effect::sure("event ORDER_EXPIRED", |run| run.tell(EventDraft::new(EventType::OrderExpired)));
/// Timer: supplier's confirmation.
pub(super) const AWAIT_SUPPLIER: Effect = Effect::sure("start timer SUPPLIER_CONFIRMATION", await_supplier);
/// The supplier confirmed in time.
pub(super) const SETTLE_CONFIRMATION: Effect = Effect::sure("settle timer SUPPLIER_CONFIRMATION", |run| {
    run.settle(DeadlineKind::SupplierConfirmation, DeadlineState::Met);
});
/// Timer: payment.
pub(super) const AWAIT_PAYMENT: Effect = Effect::sure("start timer PAYMENT", await_payment);
/// Every timer ends.
pub(super) const CANCEL_DEADLINES: Effect = Effect::sure("cancel timers", cancel_deadlines);
/// Unused payment sessions end.
pub(super) const EXPIRE_SESSIONS: Effect = Effect::sure("expire payment sessions", expire_sessions);
/// A payment session opens.
pub(super) const OPEN_SESSION: Effect = Effect::sure("open payment session", open_session);
/// The payment waits for the money.
pub(super) const MARK_PROCESSING: Effect =
    Effect::sure("payment PROCESSING", |run| mark_payment(run, PaymentStatus::Processing, None));
/// The payment failed.
pub(super) const MARK_FAILED: Effect = Effect::sure("payment FAILED", mark_failed);
/// PO1, PO2.
pub(super) const BOOK_DEPOSIT: Effect = Effect::new("PO1/PO2 provider clearing → escrow", book_deposit);
/// Timers of payment and balance.
pub(super) const SETTLE_PAYMENT: Effect =
    Effect::sure("settle timer PAYMENT, start or settle BALANCE_PAYMENT", settle_payment);
/// Timers of dispatch and delivery, once all is paid that dispatch needs.
pub(super) const SCHEDULE_DISPATCH: Effect = Effect::sure(
    "start timers DISPATCH_WARNING, DISPATCH_DUE, DISPATCH, DELIVERY, INSPECTION_BOOKING",
    schedule_dispatch,
);
/// PO12.
pub(super) const SET_ASIDE: Effect = Effect::sure("PO12 provider clearing → suspense", set_aside);
/// Event: ready.
pub(super) const TELL_READY: Effect =
    Effect::sure("event ORDER_READY", |run| run.tell(EventDraft::new(EventType::OrderReady)));
/// A shipment leaves.
pub(super) const ADD_SHIPMENT: Effect = Effect::sure("add shipment", add_shipment);
/// Timers of dispatch.
pub(super) const SETTLE_DISPATCH: Effect = Effect::sure("settle timers of dispatch", settle_dispatch);
/// A shipment arrives.
pub(super) const DELIVER_SHIPMENT: Effect = Effect::sure("deliver shipment", deliver_shipment);
/// Timer of delivery.
pub(super) const SETTLE_DELIVERY: Effect = Effect::sure("settle timer DELIVERY", settle_delivery);
/// Timer: automatic confirmation.
pub(super) const AWAIT_RECEIPT: Effect = Effect::sure("start timer AUTO_CONFIRMATION", await_receipt);
/// Event: receipt.
pub(super) const TELL_RECEIPT: Effect =
    Effect::sure("event RECEIPT_CONFIRMED or RECEIPT_AUTO_CONFIRMED", tell_receipt);
/// PO3 with all that is left.
pub(super) const RELEASE_REST: Effect =
    Effect::new("PO3 escrow → supplier payable, fee income", release_rest);
/// Timer: claims.
pub(super) const OPEN_CLAIMS: Effect = Effect::sure("start timer CLAIM_WINDOW", open_claims);
/// Event: closed.
pub(super) const TELL_CLOSED: Effect =
    Effect::sure("event ORDER_CLOSED", |run| run.tell(EventDraft::new(EventType::OrderClosed)));
/// Event of the dispatch deadline.
pub(super) const TELL_DISPATCH_DEADLINE: Effect =
    Effect::sure("event DISPATCH_DEADLINE_*", tell_dispatch_deadline);
/// Event: delivery overdue.
pub(super) const TELL_DELIVERY_OVERDUE: Effect =
    Effect::sure("event DELIVERY_OVERDUE", tell_delivery_overdue);
/// Event: balance overdue.
pub(super) const TELL_BALANCE_OVERDUE: Effect =
    Effect::sure("event BALANCE_OVERDUE", |run| run.tell(EventDraft::new(EventType::BalanceOverdue)));

fn await_supplier(run: &mut Run<'_>) {
    let policy = &run.order.terms.policy;
    let wait = run.unless_sample(policy.supplier_confirmation, policy.sample_confirmation);
    run.set(DeadlineKind::SupplierConfirmation, SINGLE, run.now.plus(wait));
}

fn await_payment(run: &mut Run<'_>) {
    let policy = &run.order.terms.policy;
    let wait = run.unless_sample(policy.payment, policy.sample_payment);
    run.set(DeadlineKind::Payment, SINGLE, run.now.plus(wait));
}

fn mark_failed(run: &mut Run<'_>) {
    let reason = match run.command {
        Command::ReportPayment { report: PaymentReport::Failed { reason }, .. } => Some(reason.clone()),
        _ => None,
    };
    mark_payment(run, PaymentStatus::Failed, reason);
}

fn open_claims(run: &mut Run<'_>) {
    // The promised delivery stops mattering once the goods are accepted.
    settle_delivery(run);
    run.settle(DeadlineKind::AutoConfirmation, DeadlineState::Met);
    run.settle(DeadlineKind::ShipmentConfirmation, DeadlineState::Met);
    let now = run.now;
    for shipment in &mut run.order.shipments {
        if shipment.status != ShipmentStatus::Lost {
            shipment.confirmed_at = shipment.confirmed_at.or(Some(now));
        }
    }
    run.set(DeadlineKind::ClaimWindow, SINGLE, run.now.plus(run.order.terms.claim_window));
}

fn tell_confirmed(run: &mut Run<'_>) {
    let hash = run.order.terms_hash.clone();
    run.tell(EventDraft::new(EventType::OrderConfirmed).with("contractHash", hash));
}

fn tell_receipt(run: &mut Run<'_>) {
    let by_clock = matches!(run.command, Command::AutoConfirmReceipt);
    let kind = if by_clock { EventType::ReceiptAutoConfirmed } else { EventType::ReceiptConfirmed };
    run.tell(EventDraft::new(kind));
}

fn tell_delivery_overdue(run: &mut Run<'_>) {
    let due = run.schedule.and_then(|schedule| schedule.delivery_by);
    run.tell(EventDraft::new(EventType::DeliveryOverdue).with("dueAt", text(due)));
}

fn expire_sessions(run: &mut Run<'_>) {
    for payment in &mut run.order.payments {
        if payment.status == PaymentStatus::Created {
            payment.status = PaymentStatus::Expired;
        }
    }
}

fn settle_delivery(run: &mut Run<'_>) {
    let late = run.schedule.and_then(|schedule| schedule.delivery_by).is_some_and(|by| run.now > by);
    run.settle(DeadlineKind::Delivery, if late { DeadlineState::Breached } else { DeadlineState::Met });
    if !late {
        run.settle(DeadlineKind::LateDeliveryCredit, DeadlineState::Cancelled);
    }
}

/// An optional instant as events carry it.
pub(super) fn text(instant: Option<Timestamp>) -> serde_json::Value {
    instant.map_or(serde_json::Value::Null, |instant| instant.to_string().into())
}

pub(super) fn seal_contract(run: &mut Run<'_>) {
    run.step_seals = true;
    let previous = run.order.contract.as_ref();
    run.order.contract = Some(ContractHead {
        version: previous.map_or(1, |head| head.version + 1),
        hash: run.order.terms_hash.clone(),
        previous_hash: previous.map(|head| head.hash.clone()),
        sealed_at: run.now,
    });
}

fn cancel_deadlines(run: &mut Run<'_>) {
    let kinds: Vec<_> = run.order.deadlines.iter().map(|deadline| deadline.kind).collect();
    for kind in kinds {
        // The timer that acts is settled by whoever fired it.
        run.settle(kind, DeadlineState::Cancelled);
    }
    close(run, AmendmentStatus::Expired);
}

pub(super) fn schedule_dispatch(run: &mut Run<'_>) {
    let Some(schedule) = run.schedule.as_mut() else { return };
    if schedule.dispatch_by.is_some() || !run.order.is_paid_for_dispatch() {
        return;
    }
    let delivery = run.order.terms.delivery;
    // A balance that comes late leaves the supplier the time to react to it.
    let after_balance = run.order.terms.policy.dispatch_after_balance;
    let dispatch_by = schedule.paid_at.plus(delivery.dispatch_within);
    let dispatch_by =
        if run.now == schedule.paid_at { dispatch_by } else { dispatch_by.max(run.now.plus(after_balance)) };
    let delivery_by = dispatch_by.plus(delivery.transit);
    (schedule.dispatch_by, schedule.delivery_by) = (Some(dispatch_by), Some(delivery_by));
    for lead in run.order.terms.policy.dispatch_warnings.clone() {
        let warn_at = dispatch_by.minus(lead);
        if warn_at > run.now {
            run.set(DeadlineKind::DispatchWarning, &lead.to_string(), warn_at);
        }
    }
    run.set(DeadlineKind::DispatchDue, SINGLE, dispatch_by);
    run.set(DeadlineKind::Dispatch, SINGLE, dispatch_by);
    run.set(DeadlineKind::Delivery, SINGLE, delivery_by);
    super::inspection::await_booking(run);
    let enterprise = run.order.terms.plan != Plan::Standard;
    if run.order.kind() == OrderKind::Guaranteed && enterprise {
        let after = run.order.terms.policy.delivery.late_delivery_automatic_after;
        run.set(DeadlineKind::LateDeliveryCredit, SINGLE, delivery_by.plus(after));
    }
}

fn tell_dispatch_deadline(run: &mut Run<'_>) {
    let Command::ReportDispatchDeadline { kind, subject } = run.command else { return };
    let due = run.schedule.and_then(|schedule| schedule.dispatch_by);
    let (event, lead) = match kind {
        DeadlineKind::DispatchWarning => (EventType::DispatchDeadlineApproaching, Span::parse(subject)),
        DeadlineKind::DispatchDue => (EventType::DispatchDeadlineDue, None),
        _ => (EventType::DispatchDeadlineBreached, None),
    };
    let event = EventDraft::new(event).with("dueAt", text(due));
    run.tell(match lead {
        Some(lead) => event.with("leadTime", lead.to_string()),
        None if *kind == DeadlineKind::Dispatch => event.with("late", json!(true)),
        None => event,
    });
}

impl Run<'_> {
    /// Tells something.
    pub(super) fn tell(&mut self, event: EventDraft) {
        self.events.push(event);
    }

    fn tell_total(&mut self, kind: EventType) {
        let event = EventDraft::new(kind)
            .with("totalMinor", self.order.terms.total.0.to_string())
            .with("currency", self.order.terms.currency.to_string())
            .with("termsHash", self.order.terms_hash.as_str());
        self.tell(event);
    }

    fn tell_reason(&mut self, kind: EventType) {
        let reason = match self.command {
            Command::Cancel { reason } | Command::Decline { reason } => reason.as_deref(),
            _ => None,
        };
        let event = EventDraft::new(kind);
        self.tell(match reason {
            Some(reason) => event.with("reason", reason),
            None => event,
        });
    }

    /// Sample orders have their own figures.
    fn unless_sample(&self, usual: Span, sample: Span) -> Span {
        if self.order.kind() == OrderKind::Sample { sample } else { usual }
    }

    /// Starts a timer, or starts it anew. One that stands while there is a hold stands from the beginning then.
    pub(super) fn set(&mut self, kind: DeadlineKind, subject: &str, due_at: Timestamp) {
        let subject = subject.to_owned();
        self.deadlines.push(DeadlineChange::Set { kind, subject: subject.clone(), due_at });
        if kind.pauses_on_hold() && !self.order.holds.is_empty() {
            let remaining = self.now.until(due_at);
            self.deadlines.push(DeadlineChange::Pause { kind, subject, remaining });
        }
    }

    pub(super) fn settle(&mut self, kind: DeadlineKind, outcome: DeadlineState) {
        self.deadlines.push(DeadlineChange::Settle { kind, subject: None, outcome });
    }
}
