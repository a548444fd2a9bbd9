//! What must hold for the transitions of inspections, and which row is meant.

use super::{Inspection, InspectionCommand, InspectionFeeStatus, InspectionStatus, InspectionVerdict};
use crate::domain::money::Money;
use crate::domain::order::guard::{Blocker, Condition, Guard, unless};
use crate::domain::order::{
    Command, Order, OrderKind, OrderStatus, PaymentReport, PaymentStatus, SuspenseReason,
};
use crate::domain::time::Timestamp;

/// No inspection stands in the way of dispatch.
pub(in crate::domain::order) const NO_INSPECTION: Guard =
    Guard::new("no inspection outstanding", |order, _, now| {
        let clear = order.open_inspection().is_none() && order.inspection_is_settled(now);
        unless(clear, Blocker::InspectionOutstanding)
    });
/// The contract names an inspection, or the order is one that can have one.
pub(super) const FORESEEN: Guard = Guard::new("the order can be inspected", |order, _, _| {
    let foreseen = order.terms.inspection || order.kind() == OrderKind::Standard;
    unless(foreseen, Blocker::InspectionNotForeseen)
});
/// No other inspection is under way.
pub(super) const NONE_OPEN: Guard = Guard::new("no inspection under way", |order, _, _| {
    unless(order.open_inspection().is_none(), Blocker::InspectionUnderWay)
});
/// There is time left to book one.
pub(super) const STILL_BOOKABLE: Guard =
    Guard::new("enough working days before dispatch", |order, _, now| {
        let until = order.inspection_bookable_until();
        unless(until.is_none_or(|until| now <= until), Blocker::InspectionTooLate)
    });
/// The day is a working day, far enough ahead and before dispatch.
pub(super) const DAY_FITS: Guard = Guard::new("the day fits", day_fits);
/// The fee of the named inspection is due.
pub(super) const FEE_DUE: Guard = Guard::new("the fee is due", |order, command, _| {
    let due = named(order, command).is_some_and(|known| {
        known.status == InspectionStatus::Booked && known.fee == InspectionFeeStatus::Due
    });
    unless(due, Blocker::NoSuchInspection)
});
/// The provider has no payment of the fee undecided.
pub(super) const NO_FEE_UNDER_WAY: Guard =
    Guard::new("no payment of the fee under way", |order, command, _| {
        let under_way = named(order, command).is_some_and(|known| {
            known.payments.iter().any(|payment| payment.status == PaymentStatus::Processing)
        });
        unless(!under_way, Blocker::PaymentUnderWay)
    });
/// It can be called off.
pub(super) const CANCELLABLE: Guard = Guard::new("the inspection's day has not begun", cancellable);
/// It is paid and waits for the inspector.
pub(super) const AWAITS_INSPECTOR: Guard = Guard::new("paid and not accepted", |order, command, _| {
    let waits = named(order, command).is_some_and(|known| known.status == InspectionStatus::Paid);
    unless(waits, Blocker::NoSuchInspection)
});
/// The inspector's time to accept is not over.
pub(super) const IN_TIME_TO_ACCEPT: Guard = Guard::new("in time to accept", |order, _, now| {
    let due = order.deadline(crate::domain::deadline::DeadlineKind::InspectionAcceptance);
    unless(due.is_none_or(|due| now <= due.due_at), Blocker::InspectionOverdue)
});
/// The day on which the inspector is to come is not over.
pub(super) const DAY_NOT_OVER: Guard =
    Guard::new("the inspection's day is not over", |order, command, now| {
        let over = named(order, command).is_some_and(|known| now > order.calendar().end(known.day));
        unless(!over, Blocker::InspectionOverdue)
    });
/// The inspector waits for the goods.
pub(super) const AWAITS_GOODS: Guard = Guard::new("scheduled or reworked", |order, _, _| {
    let waits = order
        .open_inspection()
        .is_some_and(|known| matches!(known.status, InspectionStatus::Scheduled | InspectionStatus::Rework));
    unless(waits, Blocker::NoSuchInspection)
});
/// Enough is packed.
pub(super) const PACKED: Guard =
    Guard::new("enough is packed", |order, command, _| match inspection(command) {
        Some(InspectionCommand::DeclarePacked { percent }) => {
            let least = order.terms.policy.inspection.packed_percent;
            unless((least..=100).contains(percent), Blocker::NotPacked)
        }
        _ => None,
    });
/// A report is awaited.
pub(super) const AWAITS_REPORT: Guard = Guard::new("a report is awaited", |order, command, _| {
    let waits = named(order, command)
        .is_some_and(|known| matches!(known.status, InspectionStatus::Scheduled | InspectionStatus::Pending));
    unless(waits, Blocker::NoSuchInspection)
});
/// The report is not late.
pub(super) const IN_TIME_TO_REPORT: Guard = Guard::new("in time to report", |order, command, now| {
    let due = named(order, command).and_then(|known| known.report_due_at);
    unless(due.is_none_or(|due| now <= due), Blocker::InspectionOverdue)
});
/// The report did not pass the goods.
pub(super) const NOT_PASSED: Guard = Guard::new("reported and not passed", |order, command, _| {
    let reported = named(order, command)
        .is_some_and(|known| matches!(known.status, InspectionStatus::Failed | InspectionStatus::Pending));
    unless(reported, Blocker::NoSuchInspection)
});
/// The goods failed.
pub(super) const FAILED: Guard = Guard::new("reported as failed", |order, command, _| {
    let failed = named(order, command).is_some_and(|known| known.status == InspectionStatus::Failed);
    unless(failed, Blocker::NoSuchInspection)
});
/// Nobody paid, or nobody accepted.
pub(super) const UNANSWERED: Guard = Guard::new("not paid or not accepted", |order, command, _| {
    let open = named(order, command)
        .is_some_and(|known| matches!(known.status, InspectionStatus::Booked | InspectionStatus::Paid));
    unless(open, Blocker::NoSuchInspection)
});
/// The contract's inspection was neither booked nor settled.
pub(super) const NOT_BOOKED: Guard = Guard::new("not booked", |order, _, _| {
    unless(order.terms.inspection && order.open_inspection().is_none(), Blocker::NoSuchInspection)
});

/// The provider waits for the fee.
pub(super) const FEE_ON_ITS_WAY: Condition = Condition::new("payment processing", |_, command| {
    report(command).is_none_or(|report| *report == PaymentReport::Processing)
});
/// No fee will come by it.
pub(super) const FEE_FAILED: Condition = Condition::new("payment failed", |_, command| {
    report(command).is_none_or(|report| matches!(report, PaymentReport::Failed { .. }))
});
/// The money is the fee, and it is still awaited.
pub(super) const FEE_FITS: Condition = Condition::new("amount and currency are the fee", |order, command| {
    report(command).is_none() || misfit(order, command).is_none()
});
/// The money is not the fee, or too late.
pub(super) const FEE_DOES_NOT_FIT: Condition =
    Condition::new("wrong amount or currency, paid already, or too late", |order, command| {
        report(command).is_none() || misfit(order, command).is_some()
    });
/// The report passes the goods.
pub(super) const PASSES: Condition = Condition::new("PASS", |_, command| {
    verdict(command).is_none_or(|found| found == InspectionVerdict::Pass)
});
/// The report leaves something open.
pub(super) const LEAVES_OPEN: Condition = Condition::new("PENDING", |_, command| {
    verdict(command).is_none_or(|found| found == InspectionVerdict::Pending)
});
/// The report fails the goods.
pub(super) const FAILS: Condition = Condition::new("FAIL", |_, command| {
    verdict(command).is_none_or(|found| found == InspectionVerdict::Fail)
});
/// There was no inspection.
pub(super) const NOT_PERFORMED: Condition = Condition::new("NOT_PERFORMED", |_, command| {
    verdict(command).is_none_or(|found| found == InspectionVerdict::NotPerformed)
});

pub(super) fn inspection(command: Option<&Command>) -> Option<&InspectionCommand> {
    match command {
        Some(Command::Inspection(command)) => Some(command),
        _ => None,
    }
}

/// The inspection that a command names; without a command, or one that names none, the one under way.
fn named<'a>(order: &'a Order, command: Option<&Command>) -> Option<&'a Inspection> {
    let wanted = inspection(command).and_then(InspectionCommand::inspection);
    order.open_inspection().filter(|known| wanted.is_none_or(|wanted| known.id == wanted))
}

fn verdict(command: Option<&Command>) -> Option<InspectionVerdict> {
    match inspection(command) {
        Some(InspectionCommand::Report { verdict, .. }) => Some(*verdict),
        _ => None,
    }
}

fn report(command: Option<&Command>) -> Option<&PaymentReport> {
    match inspection(command) {
        Some(InspectionCommand::ReportPayment { report, .. }) => Some(report),
        _ => None,
    }
}

fn day_fits(order: &Order, command: Option<&Command>, now: Timestamp) -> Option<Blocker> {
    let Some(InspectionCommand::Book { day, .. }) = inspection(command) else { return None };
    let calendar = order.calendar();
    let notice = order.terms.policy.inspection.notice_working_days;
    let first = calendar.after(calendar.day(now), notice);
    let in_time = order.last_inspection_day().is_none_or(|last| *day <= last);
    let far_enough = first.is_some_and(|first| *day >= first);
    unless(in_time && far_enough && calendar.is_working_day(*day), Blocker::InspectionDayUnfit)
}

fn cancellable(order: &Order, command: Option<&Command>, now: Timestamp) -> Option<Blocker> {
    let may = named(order, command).is_some_and(|known| match known.status {
        InspectionStatus::Booked | InspectionStatus::Paid => true,
        InspectionStatus::Scheduled => now < order.calendar().start(known.day),
        _ => false,
    });
    unless(may, Blocker::NoSuchInspection)
}

/// Why money that came for a fee has to be set aside; none where it fits or none came.
pub(super) fn misfit(order: &Order, command: Option<&Command>) -> Option<SuspenseReason> {
    let Some(InspectionCommand::ReportPayment { payment, report: PaymentReport::Succeeded { amount, .. } }) =
        inspection(command)
    else {
        return None;
    };
    let Some(known) = order.inspection_of_payment(*payment) else {
        return Some(SuspenseReason::UnknownPayment);
    };
    judge(order, known, *amount)
}

fn judge(order: &Order, known: &Inspection, amount: Money) -> Option<SuspenseReason> {
    if known.fee != InspectionFeeStatus::Due {
        return Some(SuspenseReason::AlreadyPaid);
    }
    if known.status != InspectionStatus::Booked || order.status() != OrderStatus::InProduction {
        return Some(SuspenseReason::Late);
    }
    if amount.currency != order.terms.currency {
        return Some(SuspenseReason::WrongCurrency);
    }
    (amount.minor != known.fee_minor).then_some(SuspenseReason::WrongAmount)
}
