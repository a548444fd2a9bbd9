//! What must hold for a transition (guards), and when a row is meant (conditions): named pure functions.

pub use super::blocker::Blocker;
use super::{
    Command, InstalmentStatus, Order, OrderKind, OrderStatus, PaymentReport, PaymentStatus, ShipmentStatus,
    SuspenseReason,
};
use crate::domain::deadline::DeadlineKind;
use crate::domain::ids::InstalmentId;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;

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
/// No inspection stands in the way.
pub(super) const NO_INSPECTION: Guard = Guard::new("no inspection outstanding", |order, _, _| {
    unless(!order.terms.inspection, Blocker::InspectionOutstanding)
});
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
    let proven = order.shipments.iter().all(|shipment| shipment.proof.is_some());
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

/// When a row is meant and not its neighbour: a named pure function.
#[derive(Debug, Clone, Copy)]
pub struct Condition {
    name: &'static str,
    holds: fn(&Order, Option<&Command>) -> bool,
}

impl Condition {
    /// A condition by its name in the documents.
    pub(super) const fn new(name: &'static str, holds: fn(&Order, Option<&Command>) -> bool) -> Self {
        Self { name, holds }
    }

    /// Whether the row is meant. Without a command a condition on its input could be met.
    pub fn holds(self, order: &Order, command: Option<&Command>) -> bool {
        (self.holds)(order, command)
    }
}

impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// The order is of a kind that the supplier confirms.
pub(super) const NEEDS_SUPPLIER: Condition =
    Condition::new("not GUARANTEED", |order, _| order.kind() != OrderKind::Guaranteed);
/// The order is payable at once.
pub(super) const IS_GUARANTEED: Condition =
    Condition::new("GUARANTEED", |order, _| order.kind() == OrderKind::Guaranteed);
/// The provider waits for the money.
pub(super) const MONEY_ON_ITS_WAY: Condition = Condition::new("payment processing", |_, command| {
    report(command).is_none_or(|report| *report == PaymentReport::Processing)
});
/// No money will come.
pub(super) const MONEY_FAILED: Condition = Condition::new("payment failed", |_, command| {
    report(command).is_none_or(|report| matches!(report, PaymentReport::Failed { .. }))
});
/// The money is exactly what is due, and the order still waits for it.
pub(super) const MONEY_FITS: Condition =
    Condition::new("amount and currency are what is due", |order, command| {
        report(command).is_none() || fit(order, command) == Some(Fit::Fits)
    });
/// The money is not what is due, or too late.
pub(super) const MONEY_DOES_NOT_FIT: Condition =
    Condition::new("wrong amount or currency, paid already, or too late", |order, command| {
        report(command).is_none() || matches!(fit(order, command), Some(Fit::Misfit(_)))
    });
/// Units are left after this dispatch.
pub(super) const GOODS_REMAIN: Condition = Condition::new("units are left after it", |order, command| {
    leaving(command).is_none_or(|lines| !dispatches_all(order, lines))
});
/// No units are left after this dispatch.
pub(super) const NOTHING_REMAINS: Condition =
    Condition::new("no units are left after it", |order, command| {
        leaving(command).is_none_or(|lines| dispatches_all(order, lines))
    });
/// Other goods are still to leave or to arrive.
pub(super) const SOMETHING_ON_ITS_WAY: Condition =
    Condition::new("not all goods have arrived after it", |order, command| {
        arriving(command).is_none_or(|shipment| !delivers_all(order, shipment))
    });
/// All goods have arrived after this.
pub(super) const ALL_ARRIVES: Condition =
    Condition::new("all goods have arrived after it", |order, command| {
        arriving(command).is_none_or(|shipment| delivers_all(order, shipment))
    });

fn report(command: Option<&Command>) -> Option<&PaymentReport> {
    match command {
        Some(Command::ReportPayment { report, .. }) => Some(report),
        _ => None,
    }
}

fn leaving(command: Option<&Command>) -> Option<&[super::ShippedLine]> {
    match command {
        Some(Command::Dispatch { lines, .. }) => Some(lines),
        _ => None,
    }
}

fn arriving(command: Option<&Command>) -> Option<crate::domain::ids::ShipmentId> {
    match command {
        Some(Command::RecordDelivery { shipment, .. }) => Some(*shipment),
        _ => None,
    }
}

/// How money that came fits what is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is exactly what is due, and the order still waits for it.
    Fits,
    /// It has to be set aside.
    Misfit(SuspenseReason),
}

/// How the money of a report fits; none where no money came.
pub(super) fn fit(order: &Order, command: Option<&Command>) -> Option<Fit> {
    let Some(Command::ReportPayment { payment, report: PaymentReport::Succeeded { amount, .. } }) = command
    else {
        return None;
    };
    Some(judge_money(order, *payment, *amount).map_or(Fit::Fits, Fit::Misfit))
}

fn judge_money(
    order: &Order,
    payment: crate::domain::ids::PaymentId,
    amount: Money,
) -> Option<SuspenseReason> {
    let Some(payment) = order.payments.iter().find(|known| known.id == payment) else {
        return Some(SuspenseReason::UnknownPayment);
    };
    let Some(instalment) = order.instalments.iter().find(|part| part.id == payment.instalment_id) else {
        return Some(SuspenseReason::UnknownPayment);
    };
    if order.status().is_terminal() {
        return Some(SuspenseReason::Late);
    }
    if payment.status == PaymentStatus::Succeeded || instalment.status == InstalmentStatus::Paid {
        return Some(SuspenseReason::AlreadyPaid);
    }
    if amount.currency != order.terms.currency {
        return Some(SuspenseReason::WrongCurrency);
    }
    // Credit that was planned with the payment and spent elsewhere since leaves the instalment short.
    let credit = payment.credit_minor;
    let covered = credit == 0 || super::credit::credit_of(order) >= credit;
    let fits = covered && amount.minor + credit == instalment.amount_minor - instalment.paid_minor;
    (!fits).then_some(SuspenseReason::WrongAmount)
}

/// Whether nothing is left to dispatch after these lines; no lines means all that is left.
fn dispatches_all(order: &Order, lines: &[super::ShippedLine]) -> bool {
    order.terms.lines.iter().all(|line| {
        let leaving = lines
            .iter()
            .filter(|part| part.line_id == line.id)
            .fold(0_i64, |sum, part| sum.saturating_add(part.quantity));
        lines.is_empty() || order.undispatched(line.id) == leaving
    })
}

fn delivers_all(order: &Order, shipment: crate::domain::ids::ShipmentId) -> bool {
    let all_left = order.terms.lines.iter().all(|line| order.undispatched(line.id) == 0);
    all_left
        && order
            .shipments
            .iter()
            .all(|known| known.id == shipment || known.status != ShipmentStatus::Dispatched)
}
