//! What an operator decides, and how it is carried out.

use super::effect::{about_it, close, opened, tell};
use super::guard::{about, appeal_until};
use super::{Appeal, Decision, Dispute, DisputeCommand, DisputeStatus};
use crate::domain::deadline::{DeadlineKind, DeadlineState};
use crate::domain::error::Refusal;
use crate::domain::event::EventType;
use crate::domain::order::RefundCause;
use crate::domain::order::effect::Effect;
use crate::domain::order::funds::{Payback, broken, pay_back, release_held};
use crate::domain::order::inspection::reimburse_fees;
use crate::domain::order::step::Run;

/// An operator decides; nothing moves yet.
pub(super) const DECIDE: Effect = Effect::new("note decision; start timer APPEAL", decide);
/// A second operator confirms.
pub(super) const CONFIRM: Effect = Effect::sure("note confirmation", confirm);
/// A side appeals.
pub(super) const APPEAL: Effect = Effect::sure("dispute APPEALED; settle timer APPEAL", appeal);
/// PO4, PO5, PO8 with the buyer's part.
pub(super) const PAY_BUYER: Effect = Effect::new("PO7: PO4/PO5/PO8 with the buyer's part", pay_buyer);
/// PO7 with the supplier's part.
pub(super) const RELEASE_SUPPLIERS_PART: Effect =
    Effect::new("PO7: PO3 with the supplier's part", release_held);
/// PO11: the supplier at fault makes good what failed inspections cost the buyer. Before the dispute ends, which names the
/// decision; what the release after it brings pays back what this advanced.
pub(super) const REIMBURSE: Effect = Effect::new(
    "PO11 supplier payable, supplier debt → refund due, for failed inspections where the supplier is at fault",
    reimburse,
);
/// The dispute ends.
pub(super) const FINISH: Effect = Effect::sure("dispute EXECUTED; lift its hold", finish);
/// The decision is void.
pub(super) const REOPEN: Effect = Effect::sure("dispute EVIDENCE again", reopen);

fn decide(run: &mut Run<'_>) -> Result<(), Refusal> {
    let Some(DisputeCommand::Decide { split, reasons, supplier_at_fault, operator, .. }) =
        about(Some(run.command))
    else {
        return Ok(());
    };
    let parts = split.of(run.order.disputed());
    let (buyer_minor, supplier_minor) = parts.ok_or_else(|| broken("A decision does not sum."))?;
    let limit = run.order.terms.policy.cases.second_operator_above.get(&run.order.terms.currency).copied();
    // Without a figure for the currency nobody decides alone.
    let needs_confirmation = buyer_minor > limit.unwrap_or(0);
    let (now, until) = (run.now, appeal_until(&run.order, run.now));
    let Some(dispute) = opened(run) else { return Ok(()) };
    let is_final = dispute.appeal.is_some();
    dispute.status = DisputeStatus::Decided;
    dispute.decisions.push(Decision {
        by: operator.id.clone(),
        buyer_minor,
        supplier_minor,
        reasons: reasons.clone(),
        supplier_at_fault: *supplier_at_fault,
        decided_at: now,
        appeal_until: (!is_final).then_some(until),
        needs_confirmation,
        confirmed_by: None,
    });
    let id = dispute.id.to_string();
    run.settle(DeadlineKind::Evidence, DeadlineState::Met);
    // A final decision waits for nothing but the clock's next look.
    run.set(DeadlineKind::Appeal, &id, if is_final { now } else { until });
    let event = about_it(run, EventType::DisputeDecided)
        .with("buyerMinor", buyer_minor.to_string())
        .with("supplierMinor", supplier_minor.to_string())
        .with("supplierAtFault", *supplier_at_fault)
        .with("final", is_final)
        .with("needsConfirmation", needs_confirmation);
    run.tell(event);
    Ok(())
}

fn confirm(run: &mut Run<'_>) {
    let Some(DisputeCommand::Confirm { operator, .. }) = about(Some(run.command)) else { return };
    let now = run.now;
    let Some(dispute) = opened(run) else { return };
    let id = dispute.id.to_string();
    let Some(decision) = dispute.decisions.last_mut() else { return };
    decision.confirmed_by = Some(operator.id.clone());
    if decision.appeal_until.is_none_or(|until| now > until) {
        // The clock has looked before and found no confirmation: it looks again at once.
        run.set(DeadlineKind::Appeal, &id, now);
    }
    tell(run, EventType::DecisionConfirmed);
}

fn appeal(run: &mut Run<'_>) {
    let Some(DisputeCommand::Appeal { statement, .. }) = about(Some(run.command)) else { return };
    let (by, made_at) = (run.actor, run.now);
    let Some(dispute) = opened(run) else { return };
    dispute.status = DisputeStatus::Appealed;
    dispute.appeal = Some(Appeal { by, statement: statement.clone(), made_at });
    run.settle(DeadlineKind::Appeal, DeadlineState::Met);
    let event = about_it(run, EventType::DecisionAppealed).with("by", by.as_str());
    run.tell(event);
}

fn decided(run: &Run<'_>) -> Option<(String, i64)> {
    let dispute = run.order.open_dispute()?;
    let buyer = dispute.decision().map(|decision| decision.buyer_minor)?;
    Some((dispute.id.to_string(), buyer))
}

fn pay_buyer(run: &mut Run<'_>) -> Result<(), Refusal> {
    let Some((subject, amount)) = decided(run) else { return Ok(()) };
    pay_back(run, Payback { amount, cause: RefundCause::Decision, subject })
}

fn reimburse(run: &mut Run<'_>) -> Result<(), Refusal> {
    let decision = run.order.open_dispute().and_then(Dispute::decision);
    if decision.is_some_and(|decision| decision.supplier_at_fault) {
        reimburse_fees(run)?;
    }
    Ok(())
}

fn finish(run: &mut Run<'_>) {
    let Some((_, amount)) = decided(run) else { return };
    let parts = run.order.open_dispute().and_then(Dispute::decision);
    let supplier = parts.map_or(0, |decision| decision.supplier_minor);
    let event = about_it(run, EventType::DecisionExecuted)
        .with("buyerMinor", amount.to_string())
        .with("supplierMinor", supplier.to_string());
    run.tell(event);
    close(run, DisputeStatus::Executed, Some(amount));
}

fn reopen(run: &mut Run<'_>) {
    if let Some(dispute) = opened(run) {
        dispute.status = DisputeStatus::Evidence;
    }
    tell(run, EventType::DisputeReopened);
}
