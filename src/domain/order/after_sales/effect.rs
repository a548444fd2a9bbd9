//! What the transitions of requests for services do.

use super::guard::after_sales;
use super::{
    AfterSalesAnswer, AfterSalesCommand, AfterSalesFailure, AfterSalesOutcome, AfterSalesRequest,
    AfterSalesStatus,
};
use crate::domain::deadline::{DeadlineKind, DeadlineState};
use crate::domain::error::Refusal;
use crate::domain::event::{EventDraft, EventType};
use crate::domain::ids::AfterSalesRequestId;
use crate::domain::order::DeadlineChange;
use crate::domain::order::effect::Effect;
use crate::domain::order::funds::{Payback, pay_back};
use crate::domain::order::refund::RefundCause;
use crate::domain::order::step::Run;
use crate::domain::time::Span;

/// A new request.
pub(super) const REQUEST: Effect = Effect::sure("add request, start timer SERVICE_ANSWER", request);
/// The supplier will give the service.
pub(super) const ACCEPT: Effect =
    Effect::sure("request ACCEPTED, settle timer SERVICE_ANSWER, start SERVICE_FULFILMENT", accept);
/// The supplier has given it.
pub(super) const FULFIL: Effect = Effect::sure(
    "request FULFILLED, settle timer SERVICE_FULFILMENT, start SERVICE_ANSWER for the buyer",
    fulfil,
);
/// The service was not given.
pub(super) const FAIL: Effect =
    Effect::sure("request FAILED, start timer SERVICE_ANSWER for the buyer", fail);
/// The service was given.
pub(super) const CONFIRM: Effect = Effect::sure("request CONFIRMED", |run| {
    end_named(run, AfterSalesStatus::Confirmed, EventType::AfterSalesConfirmed);
});
/// A dispute decides.
pub(super) const DISPUTE: Effect = Effect::sure("request DISPUTED", |run| {
    end_named(run, AfterSalesStatus::Disputed, EventType::AfterSalesDisputed);
});
/// Taken back.
pub(super) const WITHDRAW: Effect = Effect::sure("request WITHDRAWN", |run| {
    end_named(run, AfterSalesStatus::Withdrawn, EventType::AfterSalesWithdrawn);
});
/// PO6.
pub(super) const COMPENSATE: Effect =
    Effect::new("PO6 escrow, or supplier payable or debt → refund due; request COMPENSATED", compensate);
/// The order ends with everything paid back: what is open ends with it.
pub(in crate::domain::order) const END_REQUESTS: Effect =
    Effect::sure("withdraw requests for services", |run| {
        let open: Vec<_> = run
            .order
            .after_sales
            .iter()
            .filter(|known| known.status.is_open())
            .map(|known| known.id)
            .collect();
        for id in open {
            end(run, id, AfterSalesStatus::Withdrawn, EventType::AfterSalesWithdrawn);
        }
    });

fn find<'a>(run: &'a mut Run<'_>, id: AfterSalesRequestId) -> Option<&'a mut AfterSalesRequest> {
    run.order.after_sales.iter_mut().find(|known| known.id == id)
}

fn tell(run: &mut Run<'_>, id: AfterSalesRequestId, event: EventDraft) {
    run.tell(event.with("afterSalesRequestId", id.to_string()));
}

/// Ends the timers of a request, then starts the next one.
fn await_next(run: &mut Run<'_>, id: AfterSalesRequestId, next: Option<(DeadlineKind, Span)>) {
    for kind in [DeadlineKind::ServiceAnswer, DeadlineKind::ServiceFulfilment] {
        let settle =
            DeadlineChange::Settle { kind, subject: Some(id.to_string()), outcome: DeadlineState::Met };
        run.deadlines.push(settle);
    }
    let due = next.map(|(kind, wait)| (kind, run.now.plus(wait)));
    if let Some((kind, due)) = due {
        run.set(kind, &id.to_string(), due);
    }
    if let Some(known) = find(run, id) {
        known.due_at = due.map(|(_, due)| due);
    }
}

fn request(run: &mut Run<'_>) {
    let Some(AfterSalesCommand::Request { line, description }) = after_sales(Some(run.command)) else {
        return;
    };
    let service =
        run.order.terms.lines.iter().find(|known| known.id == *line).and_then(|line| line.after_sales);
    let Some(service) = service else { return };
    let id: AfterSalesRequestId = run.fresh();
    run.order.after_sales.push(AfterSalesRequest {
        id,
        seq: u32::try_from(run.order.after_sales.len() + 1).unwrap_or(u32::MAX),
        status: AfterSalesStatus::Requested,
        line_id: *line,
        label: service.label,
        description: description.clone(),
        requested_at: run.now,
        due_at: None,
        answer: None,
        proof: None,
        failure: None,
        objection: None,
        compensation_minor: None,
        ended_at: None,
    });
    let wait = run.order.terms.policy.after_sales.answer;
    await_next(run, id, Some((DeadlineKind::ServiceAnswer, wait)));
    run.subject = Some(id.to_string());
    let event = EventDraft::new(EventType::AfterSalesRequested)
        .with("orderLineId", line.to_string())
        .with("label", service.label.as_str());
    tell(run, id, event);
}

fn accept(run: &mut Run<'_>) {
    let Some(AfterSalesCommand::Respond { id, answer: AfterSalesAnswer::Accept { note } }) =
        after_sales(Some(run.command))
    else {
        return;
    };
    let Some(known) = find(run, *id) else { return };
    known.status = AfterSalesStatus::Accepted;
    known.answer.clone_from(note);
    let wait = run.order.terms.policy.after_sales.fulfilment;
    await_next(run, *id, Some((DeadlineKind::ServiceFulfilment, wait)));
    run.subject = Some(id.to_string());
    tell(run, *id, EventDraft::new(EventType::AfterSalesAccepted));
}

fn fulfil(run: &mut Run<'_>) {
    let Some(AfterSalesCommand::Respond { id, answer: AfterSalesAnswer::Fulfil { proof } }) =
        after_sales(Some(run.command))
    else {
        return;
    };
    let Some(known) = find(run, *id) else { return };
    known.status = AfterSalesStatus::Fulfilled;
    known.proof = Some(proof.clone());
    // The buyer has as long to object as the supplier had to answer.
    let wait = run.order.terms.policy.after_sales.answer;
    await_next(run, *id, Some((DeadlineKind::ServiceAnswer, wait)));
    run.subject = Some(id.to_string());
    tell(run, *id, EventDraft::new(EventType::AfterSalesFulfilled).with("proof", proof.as_str()));
}

fn fail(run: &mut Run<'_>) {
    let Some(command) = after_sales(Some(run.command)) else { return };
    let Some(id) = command.id() else { return };
    let Some(known) = find(run, id) else { return };
    let failure = match command {
        AfterSalesCommand::Respond { answer: AfterSalesAnswer::Refuse { reason }, .. } => {
            known.answer = Some(reason.clone());
            AfterSalesFailure::Refused
        }
        AfterSalesCommand::Resolve { outcome: AfterSalesOutcome::Reject { objection }, .. } => {
            known.objection = Some(objection.clone());
            AfterSalesFailure::Rejected
        }
        _ if known.status == AfterSalesStatus::Accepted => AfterSalesFailure::NotFulfilled,
        _ => AfterSalesFailure::NotAnswered,
    };
    known.status = AfterSalesStatus::Failed;
    known.failure = Some(failure);
    // The buyer may choose a dispute; after this time the clock compensates.
    let wait = run.order.terms.policy.after_sales.answer;
    await_next(run, id, Some((DeadlineKind::ServiceAnswer, wait)));
    run.subject = Some(id.to_string());
    tell(run, id, EventDraft::new(EventType::AfterSalesFailed).with("failure", failure.as_str()));
}

fn end_named(run: &mut Run<'_>, status: AfterSalesStatus, event: EventType) {
    let Some(id) = after_sales(Some(run.command)).and_then(AfterSalesCommand::id) else { return };
    end(run, id, status, event);
    run.subject = Some(id.to_string());
}

fn end(run: &mut Run<'_>, id: AfterSalesRequestId, status: AfterSalesStatus, event: EventType) {
    let now = run.now;
    let Some(known) = find(run, id) else { return };
    known.status = status;
    known.ended_at = Some(now);
    await_next(run, id, None);
    tell(run, id, EventDraft::new(event));
}

fn compensate(run: &mut Run<'_>) -> Result<(), Refusal> {
    let Some(id) = after_sales(Some(run.command)).and_then(AfterSalesCommand::id) else { return Ok(()) };
    let Some(line) = run.order.after_sales_request(id).map(|known| known.line_id) else { return Ok(()) };
    let amount = run.order.service_compensation(line);
    if let Some(known) = find(run, id) {
        known.compensation_minor = Some(amount);
    }
    end(run, id, AfterSalesStatus::Compensated, EventType::AfterSalesCompensated);
    run.subject = Some(id.to_string());
    if amount == 0 {
        // Everything went back already, or the share is less than a minor unit.
        return Ok(());
    }
    pay_back(run, Payback { amount, cause: RefundCause::Compensation, subject: id.to_string() })
}
