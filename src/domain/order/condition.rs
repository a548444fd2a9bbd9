//! When a row of the table is meant and not its neighbour: conditions as named pure functions.

use super::{
    Command, InstalmentStatus, Order, OrderKind, PaymentReport, PaymentStatus, ShipmentStatus, SuspenseReason,
};
use crate::domain::money::Money;

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
