//! What shipments do to the order: they leave, arrive, and wait for the buyer's word.

use super::delivery_effect::{await_shipment_receipt, objection_until};
use super::effect::text;
use super::effect_money::await_balance;
use super::step::Run;
use super::{Command, Order, SINGLE, Shipment, ShipmentStatus};
use crate::domain::contract::ReleasePolicy;
use crate::domain::deadline::{DeadlineKind, DeadlineState};
use crate::domain::event::{EventDraft, EventType};

pub(super) fn add_shipment(run: &mut Run<'_>) {
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
        confirmed_at: None,
        lost_at: None,
        loss_reason: None,
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

pub(super) fn settle_dispatch(run: &mut Run<'_>) {
    let due = run.schedule.and_then(|schedule| schedule.dispatch_by);
    // Goods that are sent anew after a loss had left before: that dispatch was judged then.
    if run.schedule.is_some_and(|schedule| schedule.dispatched_at.is_some()) {
        return;
    }
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

pub(super) fn deliver_shipment(run: &mut Run<'_>) {
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
    await_shipment_receipt(run, *shipment);
}

pub(super) fn await_receipt(run: &mut Run<'_>) {
    await_balance(run);
    // Share by share each shipment confirms itself, unless all of them are and only the order is not.
    let waiting = run
        .order
        .shipments
        .iter()
        .any(|shipment| shipment.status == ShipmentStatus::Delivered && shipment.confirmed_at.is_none());
    if run.order.terms.release_policy == ReleasePolicy::PerShipment && waiting {
        return;
    }
    let due = run.order.shipments.iter().filter_map(|shipment| objection_until(&run.order, shipment));
    if let Some(due) = due.max() {
        let due = due.max(run.now);
        run.set(DeadlineKind::AutoConfirmation, SINGLE, due);
    }
}
