//! What must hold for the transitions of requests for services.

use super::{AfterSalesAnswer, AfterSalesCommand, AfterSalesOutcome, AfterSalesRequest, AfterSalesStatus};
use crate::domain::contract::TermsLine;
use crate::domain::order::guard::{Blocker, Condition, Guard, unless};
use crate::domain::order::{Command, Order};
use crate::domain::time::Timestamp;

/// The contract promises a service for the line.
pub(super) const PROMISED: Guard = Guard::new("a service is promised", |order, command, _| {
    unless(lines(order, command).next().is_some(), Blocker::NoServicePromised)
});
/// Its term is not over.
pub(super) const IN_TERM: Guard = Guard::new("within the service's term", |order, command, now| {
    let open = lines(order, command).any(|line| in_term(order, line, now));
    unless(open, Blocker::ServiceTermOver)
});
/// No other request for the line is open, and none was made good with money.
pub(super) const NONE_OPEN: Guard =
    Guard::new("no request for the line open or compensated", |order, command, now| {
        let free = lines(order, command).any(|line| {
            // Without a command any line will do that can be asked for now.
            (command.is_some() || in_term(order, line, now)) && is_free(order, line)
        });
        unless(free, Blocker::ServiceRequestOpen)
    });
/// The supplier is to answer, or to give the service.
pub(super) const AWAITS_SUPPLIER: Guard = Guard::new("the supplier is to act", |order, command, _| {
    let waits = named(order, command)
        .any(|known| matches!(known.status, AfterSalesStatus::Requested | AfterSalesStatus::Accepted));
    unless(waits, Blocker::NoSuchServiceRequest)
});
/// The supplier has not answered yet.
pub(super) const UNANSWERED: Guard = Guard::new("not answered yet", |order, command, _| {
    let waits = named(order, command).any(|known| known.status == AfterSalesStatus::Requested);
    unless(waits || command.is_none(), Blocker::NoSuchServiceRequest)
});
/// The time to act is not over.
pub(super) const IN_TIME: Guard = Guard::new("in time to act", |order, command, now| {
    let in_time = named(order, command)
        .filter(|known| {
            command.is_some()
                || matches!(known.status, AfterSalesStatus::Requested | AfterSalesStatus::Accepted)
        })
        .any(|known| known.due_at.is_none_or(|due| now <= due));
    unless(in_time, Blocker::ServiceAnswerOverdue)
});
/// The request is open.
pub(super) const OPEN: Guard = Guard::new("the request is open", |order, command, _| {
    unless(named(order, command).any(|known| known.status.is_open()), Blocker::NoSuchServiceRequest)
});
/// The request is where the outcome can be said.
pub(super) const OUTCOME_FITS: Guard = Guard::new("the outcome fits the request", |order, command, _| {
    let Some(AfterSalesCommand::Resolve { outcome, .. }) = after_sales(command) else { return None };
    let fits = named(order, command).any(|known| match outcome {
        AfterSalesOutcome::Confirm | AfterSalesOutcome::Reject { .. } => {
            known.status == AfterSalesStatus::Fulfilled
        }
        AfterSalesOutcome::Compensate | AfterSalesOutcome::Dispute => {
            known.status == AfterSalesStatus::Failed
        }
        AfterSalesOutcome::Withdraw => known.status.is_open(),
    });
    unless(fits, Blocker::NoSuchServiceRequest)
});
/// Nothing freezes the order's money.
pub(super) const NO_HOLD_TO_PAY: Guard = Guard::new("no hold", |order, command, _| {
    // Without a command it could be an outcome that moves no money.
    unless(order.holds.is_empty() || command.is_none(), Blocker::OnHold)
});

/// The supplier accepts.
pub(super) const ACCEPTS: Condition = Condition::new("accepted", |_, command| {
    answer(command).is_none_or(|answer| matches!(answer, AfterSalesAnswer::Accept { .. }))
});
/// The supplier has given the service.
pub(super) const FULFILS: Condition = Condition::new("fulfilled", |_, command| {
    answer(command).is_none_or(|answer| matches!(answer, AfterSalesAnswer::Fulfil { .. }))
});
/// The supplier refuses.
pub(super) const REFUSES: Condition = Condition::new("refused", |_, command| {
    answer(command).is_none_or(|answer| matches!(answer, AfterSalesAnswer::Refuse { .. }))
});
/// The buyer confirms.
pub(super) const CONFIRMS: Condition = Condition::new("confirmed", |_, command| {
    outcome(command).is_none_or(|outcome| *outcome == AfterSalesOutcome::Confirm)
});
/// The buyer objects.
pub(super) const REJECTS: Condition = Condition::new("rejected", |_, command| {
    outcome(command).is_none_or(|outcome| matches!(outcome, AfterSalesOutcome::Reject { .. }))
});
/// The buyer takes the compensation.
pub(super) const COMPENSATES: Condition = Condition::new("compensation taken", |_, command| {
    outcome(command).is_none_or(|outcome| *outcome == AfterSalesOutcome::Compensate)
});
/// The buyer lets a dispute decide.
pub(super) const DISPUTES: Condition = Condition::new("disputed", |_, command| {
    outcome(command).is_none_or(|outcome| *outcome == AfterSalesOutcome::Dispute)
});
/// The buyer takes the request back.
pub(super) const WITHDRAWS: Condition = Condition::new("withdrawn", |_, command| {
    outcome(command).is_none_or(|outcome| *outcome == AfterSalesOutcome::Withdraw)
});
/// The supplier did not act.
pub(super) const SUPPLIER_LATE: Condition = Condition::new("the supplier did not act", |order, command| {
    stands(order, command, &[AfterSalesStatus::Requested, AfterSalesStatus::Accepted])
});
/// The buyer said nothing against the service.
pub(super) const BUYER_SILENT: Condition = Condition::new("the buyer did not object", |order, command| {
    stands(order, command, &[AfterSalesStatus::Fulfilled])
});
/// The buyer chose nothing.
pub(super) const BUYER_UNDECIDED: Condition = Condition::new("the buyer did not choose", |order, command| {
    stands(order, command, &[AfterSalesStatus::Failed])
});

pub(super) fn after_sales(command: Option<&Command>) -> Option<&AfterSalesCommand> {
    match command {
        Some(Command::AfterSales(command)) => Some(command),
        _ => None,
    }
}

/// The request that a command names; without a command all of them.
fn named<'a>(order: &'a Order, command: Option<&Command>) -> impl Iterator<Item = &'a AfterSalesRequest> {
    let wanted = after_sales(command).and_then(AfterSalesCommand::id);
    order.after_sales.iter().filter(move |known| wanted.is_none_or(|wanted| known.id == wanted))
}

/// The lines with a promised service that a command names; without a command all of them.
fn lines<'a>(order: &'a Order, command: Option<&Command>) -> impl Iterator<Item = &'a TermsLine> {
    let wanted = match after_sales(command) {
        Some(AfterSalesCommand::Request { line, .. }) => Some(*line),
        _ => None,
    };
    let promised = order.terms.lines.iter().filter(|line| line.after_sales.is_some());
    promised.filter(move |line| wanted.is_none_or(|wanted| line.id == wanted))
}

fn in_term(order: &Order, line: &TermsLine, now: Timestamp) -> bool {
    order.serviceable_until(line).is_some_and(|until| now <= until)
}

fn is_free(order: &Order, line: &TermsLine) -> bool {
    let taken = |known: &AfterSalesRequest| {
        known.line_id == line.id && (known.status.is_open() || known.status == AfterSalesStatus::Compensated)
    };
    !order.after_sales.iter().any(taken)
}

fn stands(order: &Order, command: Option<&Command>, statuses: &[AfterSalesStatus]) -> bool {
    named(order, command).any(|known| statuses.contains(&known.status))
}

fn answer(command: Option<&Command>) -> Option<&AfterSalesAnswer> {
    match after_sales(command) {
        Some(AfterSalesCommand::Respond { answer, .. }) => Some(answer),
        _ => None,
    }
}

fn outcome(command: Option<&Command>) -> Option<&AfterSalesOutcome> {
    match after_sales(command) {
        Some(AfterSalesCommand::Resolve { outcome, .. }) => Some(outcome),
        _ => None,
    }
}
