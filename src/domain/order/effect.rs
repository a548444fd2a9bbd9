//! What transitions do: named pure functions that write into the step under construction.

use serde_json::json;

use super::effect_money::{
    book_deposit, mark_payment, open_session, release_rest, set_aside, settle_payment,
};
use super::step::Run;
use super::{
    Command, ContractHead, DeadlineChange, Order, PaymentReport, PaymentStatus, Shipment, ShipmentStatus,
    TransportMode,
};
use crate::domain::deadline::{DeadlineKind, DeadlineState};
use crate::domain::error::Refusal;
use crate::domain::event::{EventDraft, EventType};
use crate::domain::time::{Span, Timestamp};
use crate::domain::words::words;

/// The subject of timers of which an order has one.
pub const SINGLE: &str = "-";

words! {
    /// What a transition does beside moving the status.
    Effect {
        /// The contract is sealed and hashed; instalments become payable.
        SealContract => "seal contract",
        /// Event: placed.
        TellPlaced => "event ORDER_PLACED",
        /// Event: confirmed.
        TellConfirmed => "event ORDER_CONFIRMED",
        /// Event: declined.
        TellDeclined => "event ORDER_DECLINED",
        /// Event: cancelled.
        TellCancelled => "event ORDER_CANCELLED",
        /// Event: expired.
        TellExpired => "event ORDER_EXPIRED",
        /// Timer: supplier's confirmation.
        AwaitSupplier => "start timer SUPPLIER_CONFIRMATION",
        /// The supplier confirmed in time.
        SettleConfirmation => "settle timer SUPPLIER_CONFIRMATION",
        /// Timer: payment.
        AwaitPayment => "start timer PAYMENT",
        /// Every timer ends.
        CancelDeadlines => "cancel timers",
        /// Unused payment sessions end.
        ExpireSessions => "expire payment sessions",
        /// A payment session opens.
        OpenSession => "open payment session",
        /// The payment waits for the money.
        MarkProcessing => "payment PROCESSING",
        /// The payment failed.
        MarkFailed => "payment FAILED",
        /// PO1, PO2.
        BookDeposit => "PO1/PO2 provider clearing → escrow",
        /// Timers of payment and balance.
        SettlePayment => "settle timer PAYMENT, start or settle BALANCE_PAYMENT",
        /// Timers of dispatch and delivery, once all is paid that dispatch needs.
        ScheduleDispatch => "start timers DISPATCH_WARNING, DISPATCH_DUE, DISPATCH, DELIVERY",
        /// PO12.
        SetAside => "PO12 provider clearing → suspense",
        /// Event: ready.
        TellReady => "event ORDER_READY",
        /// A shipment leaves.
        AddShipment => "add shipment",
        /// Timers of dispatch.
        SettleDispatch => "settle timers of dispatch",
        /// A shipment arrives.
        DeliverShipment => "deliver shipment",
        /// Timer of delivery.
        SettleDelivery => "settle timer DELIVERY",
        /// Timer: automatic confirmation.
        AwaitReceipt => "start timer AUTO_CONFIRMATION",
        /// Event: receipt.
        TellReceipt => "event RECEIPT_CONFIRMED or RECEIPT_AUTO_CONFIRMED",
        /// PO3 with all that is left.
        ReleaseRest => "PO3 escrow → supplier payable, fee income",
        /// Timer: claims.
        OpenClaims => "start timer CLAIM_WINDOW",
        /// Event: closed.
        TellClosed => "event ORDER_CLOSED",
        /// Event of the dispatch deadline.
        TellDispatchDeadline => "event DISPATCH_DEADLINE_*",
        /// Event: delivery overdue.
        TellDeliveryOverdue => "event DELIVERY_OVERDUE",
        /// Event: balance overdue.
        TellBalanceOverdue => "event BALANCE_OVERDUE",
    }
}

impl Effect {
    /// Writes into the step. An error is an amount that does not fit, or a state that cannot be.
    pub(super) fn apply(self, run: &mut Run<'_>) -> Result<(), Refusal> {
        match self {
            Self::SealContract => seal_contract(run),
            Self::AwaitSupplier => {
                let policy = &run.order.terms.policy;
                let wait = run.unless_sample(policy.supplier_confirmation, policy.sample_confirmation);
                run.set(DeadlineKind::SupplierConfirmation, SINGLE, run.now.plus(wait));
            }
            Self::SettleConfirmation => run.settle(DeadlineKind::SupplierConfirmation, DeadlineState::Met),
            Self::AwaitPayment => {
                let policy = &run.order.terms.policy;
                let wait = run.unless_sample(policy.payment, policy.sample_payment);
                run.set(DeadlineKind::Payment, SINGLE, run.now.plus(wait));
            }
            Self::CancelDeadlines => cancel_deadlines(run),
            Self::ExpireSessions => expire_sessions(run),
            Self::OpenSession => open_session(run),
            Self::MarkProcessing => mark_payment(run, PaymentStatus::Processing, None),
            Self::MarkFailed => {
                let reason = match run.command {
                    Command::ReportPayment { report: PaymentReport::Failed { reason }, .. } => {
                        Some(reason.clone())
                    }
                    _ => None,
                };
                mark_payment(run, PaymentStatus::Failed, reason);
            }
            Self::BookDeposit => return book_deposit(run),
            Self::SettlePayment => settle_payment(run),
            Self::ScheduleDispatch => schedule_dispatch(run),
            Self::SetAside => set_aside(run),
            Self::AddShipment => add_shipment(run),
            Self::SettleDispatch => settle_dispatch(run),
            Self::DeliverShipment => deliver_shipment(run),
            Self::SettleDelivery => settle_delivery(run),
            Self::AwaitReceipt => await_receipt(run),
            Self::ReleaseRest => return release_rest(run),
            Self::OpenClaims => {
                // The promised delivery stops mattering once the goods are accepted.
                settle_delivery(run);
                run.settle(DeadlineKind::AutoConfirmation, DeadlineState::Met);
                run.set(DeadlineKind::ClaimWindow, SINGLE, run.now.plus(run.order.terms.claim_window));
            }
            told => tell(told, run),
        }
        Ok(())
    }
}

/// The effects that are nothing but news.
fn tell(effect: Effect, run: &mut Run<'_>) {
    let plain = |kind| EventDraft::new(kind);
    match effect {
        Effect::TellPlaced => run.tell_total(EventType::OrderPlaced),
        Effect::TellConfirmed => {
            let hash = run.order.terms_hash.clone();
            run.tell(plain(EventType::OrderConfirmed).with("contractHash", hash));
        }
        Effect::TellDeclined => run.tell_reason(EventType::OrderDeclined),
        Effect::TellCancelled => run.tell_reason(EventType::OrderCancelled),
        Effect::TellExpired => run.tell(plain(EventType::OrderExpired)),
        Effect::TellReady => run.tell(plain(EventType::OrderReady)),
        Effect::TellReceipt => {
            let by_clock = matches!(run.command, Command::AutoConfirmReceipt);
            run.tell(plain(if by_clock {
                EventType::ReceiptAutoConfirmed
            } else {
                EventType::ReceiptConfirmed
            }));
        }
        Effect::TellClosed => run.tell(plain(EventType::OrderClosed)),
        Effect::TellDispatchDeadline => tell_dispatch_deadline(run),
        Effect::TellDeliveryOverdue => {
            let due = run.schedule.and_then(|schedule| schedule.delivery_by);
            run.tell(plain(EventType::DeliveryOverdue).with("dueAt", text(due)));
        }
        Effect::TellBalanceOverdue => run.tell(plain(EventType::BalanceOverdue)),
        Effect::SealContract
        | Effect::AwaitSupplier
        | Effect::SettleConfirmation
        | Effect::AwaitPayment
        | Effect::CancelDeadlines
        | Effect::ExpireSessions
        | Effect::OpenSession
        | Effect::MarkProcessing
        | Effect::MarkFailed
        | Effect::BookDeposit
        | Effect::SettlePayment
        | Effect::ScheduleDispatch
        | Effect::SetAside
        | Effect::AddShipment
        | Effect::SettleDispatch
        | Effect::DeliverShipment
        | Effect::SettleDelivery
        | Effect::AwaitReceipt
        | Effect::ReleaseRest
        | Effect::OpenClaims => {}
    }
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
}

/// An optional instant as events carry it.
fn text(instant: Option<Timestamp>) -> serde_json::Value {
    instant.map_or(serde_json::Value::Null, |instant| instant.to_string().into())
}

fn seal_contract(run: &mut Run<'_>) {
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
}

fn schedule_dispatch(run: &mut Run<'_>) {
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
}

fn add_shipment(run: &mut Run<'_>) {
    let Command::Dispatch { shipment, lines, carrier, carrier_company, tracking_number, mode } = run.command
    else {
        return;
    };
    let lines = if lines.is_empty() { everything_left(&run.order) } else { lines.clone() };
    let seq = u32::try_from(run.order.shipments.len() + 1).unwrap_or(u32::MAX);
    run.order.shipments.push(Shipment {
        id: *shipment,
        seq,
        status: ShipmentStatus::Dispatched,
        carrier: carrier.clone(),
        carrier_company: *carrier_company,
        tracking_number: tracking_number.clone(),
        mode: *mode,
        lines,
        dispatched_at: run.now,
        delivered_at: None,
        proof: None,
    });
    run.tell(
        EventDraft::new(EventType::ShipmentDispatched)
            .with("shipmentId", shipment.to_string())
            .with("carrier", carrier.as_str())
            .with("trackingNumber", tracking_number.as_str()),
    );
}

fn everything_left(order: &Order) -> Vec<super::ShippedLine> {
    let left = order
        .terms
        .lines
        .iter()
        .map(|line| super::ShippedLine { line_id: line.id, quantity: order.undispatched(line.id) });
    left.filter(|line| line.quantity > 0).collect()
}

fn settle_dispatch(run: &mut Run<'_>) {
    let due = run.schedule.and_then(|schedule| schedule.dispatch_by);
    if let Some(schedule) = run.schedule.as_mut() {
        schedule.dispatched_at = Some(run.now);
    }
    let late = due.is_some_and(|due| run.now > due);
    run.settle(DeadlineKind::DispatchWarning, DeadlineState::Cancelled);
    run.settle(DeadlineKind::DispatchDue, DeadlineState::Cancelled);
    run.settle(DeadlineKind::Dispatch, if late { DeadlineState::Breached } else { DeadlineState::Met });
    let kind = if late { EventType::DispatchDeadlineBreached } else { EventType::DispatchDeadlineMet };
    // The clock may have told the breach before; then the timer is settled and only the dispatch itself is news.
    if !late || run.order.deadline(DeadlineKind::Dispatch).is_some() {
        run.tell(EventDraft::new(kind).with("dueAt", text(due)).with("late", late));
    }
}

fn deliver_shipment(run: &mut Run<'_>) {
    let Command::RecordDelivery { shipment, proof } = run.command else { return };
    let Some(known) = run.order.shipments.iter_mut().find(|known| known.id == *shipment) else { return };
    known.status = ShipmentStatus::Delivered;
    known.delivered_at = Some(run.now);
    known.proof = Some(proof.clone());
    run.tell(
        EventDraft::new(EventType::ShipmentDelivered)
            .with("shipmentId", shipment.to_string())
            .with("proof", proof.as_str()),
    );
}

fn await_receipt(run: &mut Run<'_>) {
    let figures = &run.order.terms.policy;
    let due = run.order.shipments.iter().filter_map(|shipment| {
        let sea = shipment.mode == TransportMode::Sea;
        let rule = if sea { figures.auto_confirmation_sea } else { figures.auto_confirmation };
        shipment.delivered_at.map(|delivered_at| rule.due(shipment.dispatched_at, delivered_at))
    });
    if let Some(due) = due.max() {
        run.set(DeadlineKind::AutoConfirmation, SINGLE, due);
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
        if self.order.kind() == super::OrderKind::Sample { sample } else { usual }
    }

    pub(super) fn set(&mut self, kind: DeadlineKind, subject: &str, due_at: Timestamp) {
        self.deadlines.push(DeadlineChange::Set { kind, subject: subject.to_owned(), due_at });
    }

    pub(super) fn settle(&mut self, kind: DeadlineKind, outcome: DeadlineState) {
        self.deadlines.push(DeadlineChange::Settle { kind, subject: None, outcome });
    }
}
