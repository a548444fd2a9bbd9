//! What must hold for a transition: guards as named pure functions.

pub use super::blocker::Blocker;
use super::{Command, InstalmentStatus, Order, OrderStatus, PaymentStatus, ShipmentStatus};
use crate::domain::deadline::DeadlineKind;
use crate::domain::ids::InstalmentId;
use crate::domain::time::Timestamp;

pub(super) use super::condition::{
    ALL_ARRIVES, Condition, Fit, GOODS_REMAIN, IS_GUARANTEED, MONEY_DOES_NOT_FIT, MONEY_FAILED, MONEY_FITS,
    MONEY_ON_ITS_WAY, NEEDS_SUPPLIER, NOTHING_REMAINS, SOMETHING_ON_ITS_WAY, fit,
};

/// What must hold for a transition: a named pure function that answers what stands in the way.
#[derive(Debug, Clone, Copy)]
pub struct Guard {
    name: &'static str,
    check: fn(&Order, Option<&Command>, Timestamp) -> Option<Blocker>,
}

impl Guard {
    /// A guard by its name in the documents.
    pub(super) const fn new(
        name: &'static str,
        check: fn(&Order, Option<&Command>, Timestamp) -> Option<Blocker>,
    ) -> Self {
        Self { name, check }
    }

    /// What stands in the way, if anything. Without a command only what does not depend on its input is checked.
    pub fn check(self, order: &Order, command: Option<&Command>, now: Timestamp) -> Option<Blocker> {
        (self.check)(order, command, now)
    }
}

impl std::fmt::Display for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The blocker, unless what it stands for holds.
pub(super) fn unless(holds: bool, blocker: Blocker) -> Option<Blocker> {
    (!holds).then_some(blocker)
}

/// No hold is open.
pub(super) const NO_HOLD: Guard =
    Guard::new("no hold", |order, _, _| unless(order.holds.is_empty(), Blocker::OnHold));
/// The supplier's time to confirm is not over.
pub(super) const IN_TIME_TO_CONFIRM: Guard = Guard::new("in time to confirm", in_time_to_confirm);
/// The buyer's time to begin to pay is not over. Money of a session that was opened in time is still taken.
pub(super) const IN_TIME_TO_PAY: Guard = Guard::new("in time to pay", |order, _, now| {
    let due = order.deadline(DeadlineKind::Payment).map(|deadline| deadline.due_at);
    unless(due.is_none_or(|due| now <= due), Blocker::PaymentOverdue)
});
/// The supplier echoed the hash of the terms.
pub(super) const TERMS_ECHOED: Guard = Guard::new("terms hash echoed", terms_echoed);
/// No payment is with the provider undecided.
pub(super) const NO_PAYMENT_UNDER_WAY: Guard = Guard::new("no payment under way", no_payment_under_way);
/// The instalment is one of the order's and is due.
pub(super) const INSTALMENT_IS_DUE: Guard = Guard::new("an instalment is due", instalment_is_due);
/// Everything is paid that dispatch needs.
pub(super) const PAID_FOR_DISPATCH: Guard = Guard::new("paid for dispatch", |order, _, _| {
    unless(order.is_paid_for_dispatch(), Blocker::NotPaidForDispatch)
});
/// Everything is paid.
pub(super) const FULLY_FUNDED: Guard =
    Guard::new("fully funded", |order, _, _| unless(order.is_fully_funded(), Blocker::NotFullyFunded));
/// The quantities are left.
pub(super) const LINES_REMAIN: Guard = Guard::new("quantities are left", remaining_lines);
/// The shipment is on its way.
pub(super) const SHIPMENT_ON_ITS_WAY: Guard = Guard::new("shipment is on its way", shipment_on_its_way);
/// Every shipment arrived with proof.
pub(super) const PROVEN_DELIVERY: Guard = Guard::new("proof of delivery", proven_delivery);

fn in_time_to_confirm(order: &Order, _: Option<&Command>, now: Timestamp) -> Option<Blocker> {
    let due = order.deadline(DeadlineKind::SupplierConfirmation).map(|deadline| deadline.due_at);
    unless(due.is_none_or(|due| now <= due), Blocker::ConfirmationOverdue)
}

fn terms_echoed(order: &Order, command: Option<&Command>, _: Timestamp) -> Option<Blocker> {
    match command {
        Some(Command::Confirm { terms_hash }) => {
            unless(*terms_hash == order.terms_hash, Blocker::TermsDiffer)
        }
        _ => None,
    }
}

fn no_payment_under_way(order: &Order, _: Option<&Command>, _: Timestamp) -> Option<Blocker> {
    let under_way = order.payments.iter().any(|payment| payment.status == PaymentStatus::Processing);
    unless(!under_way, Blocker::PaymentUnderWay)
}

fn instalment_is_due(order: &Order, command: Option<&Command>, _: Timestamp) -> Option<Blocker> {
    let wanted = match command {
        Some(Command::OpenPayment { instalment, .. }) => *instalment,
        _ => None,
    };
    unless(due_instalment(order, wanted).is_some(), Blocker::NothingDue)
}

fn remaining_lines(order: &Order, command: Option<&Command>, _: Timestamp) -> Option<Blocker> {
    match command {
        Some(Command::Dispatch { lines, .. }) => unless(lines_remain(order, lines), Blocker::QuantityNotLeft),
        _ => None,
    }
}

fn shipment_on_its_way(order: &Order, command: Option<&Command>, _: Timestamp) -> Option<Blocker> {
    let wanted = match command {
        Some(Command::RecordDelivery { shipment, .. }) => Some(*shipment),
        _ => None,
    };
    let known = order.shipments.iter().any(|known| {
        known.status == ShipmentStatus::Dispatched && wanted.is_none_or(|wanted| known.id == wanted)
    });
    unless(known, Blocker::ShipmentNotOnItsWay)
}

fn proven_delivery(order: &Order, _: Option<&Command>, _: Timestamp) -> Option<Blocker> {
    let arrived = order.status() == OrderStatus::Delivered;
    // What was lost on its way never gets a proof, and was sent anew.
    let mut alive = order.shipments.iter().filter(|shipment| shipment.status != ShipmentStatus::Lost);
    let proven = alive.all(|shipment| shipment.proof.is_some());
    unless(arrived && proven, Blocker::NoProofOfDelivery)
}

/// The instalment that is due: the named one, or the first that is not paid. Instalments are paid in their order.
pub(super) fn due_instalment(order: &Order, wanted: Option<InstalmentId>) -> Option<&super::Instalment> {
    let first = order.instalments.iter().find(|part| part.status != InstalmentStatus::Paid)?;
    wanted.is_none_or(|wanted| wanted == first.id).then_some(first)
}

fn lines_remain(order: &Order, lines: &[super::ShippedLine]) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    lines.iter().all(|line| {
        seen.insert(line.line_id) && line.quantity > 0 && line.quantity <= order.undispatched(line.line_id)
    })
}
