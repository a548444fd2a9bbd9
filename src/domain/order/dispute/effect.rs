//! What moves a dispute before it is decided, and how one ends.

use super::guard::{about, agreed};
use super::{Answer, Dispute, DisputeCommand, DisputeStatus, Evidence, Offer};
use crate::domain::deadline::{DeadlineKind, DeadlineState};
use crate::domain::error::Refusal;
use crate::domain::event::{EventDraft, EventType};
use crate::domain::order::effect::Effect;
use crate::domain::order::funds::{Payback, pay_back};
use crate::domain::order::hold::{change_hold, lift_holds, place_hold};
use crate::domain::order::step::Run;
use crate::domain::order::{ActorKind, HoldKind, RefundCause};

/// A refund request is opened.
pub(super) const OPEN: Effect = Effect::sure("open refund request", open);
/// The order is frozen for it.
pub(super) const HOLD_FOR_REQUEST: Effect =
    Effect::sure("hold REFUND_REQUEST", |run| hold(run, HoldKind::RefundRequest));
/// The order is frozen for a dispute.
pub(super) const HOLD_FOR_DISPUTE: Effect = Effect::sure("hold DISPUTE", |run| hold(run, HoldKind::Dispute));
/// Timers: the supplier's answer, the escalation.
pub(super) const AWAIT_ANSWER: Effect =
    Effect::sure("start timers REFUND_ANSWER, DISPUTE_ESCALATION", await_answer);
/// Timer: evidence.
pub(super) const AWAIT_EVIDENCE: Effect =
    Effect::sure("dispute EVIDENCE; start timer EVIDENCE", await_evidence);
/// A side offers.
pub(super) const ADD_OFFER: Effect = Effect::sure("add offer", add_offer);
/// The supplier refuses.
pub(super) const REFUSE: Effect = Effect::sure("note refusal", refuse);
/// PO4, PO5, PO8: what was agreed on goes back.
pub(super) const PAY_AGREED: Effect =
    Effect::new("PO4/PO5/PO8 with what was agreed on; dispute AGREED; lift its hold", pay_agreed);
/// Event: no answer in time.
pub(super) const TELL_UNANSWERED: Effect =
    Effect::sure("event REFUND_UNANSWERED", |run| tell(run, EventType::RefundUnanswered));
/// The hold stands for a dispute from here on.
pub(super) const ESCALATE: Effect = Effect::sure("hold becomes DISPUTE", escalate);
/// The buyer takes it back.
pub(super) const WITHDRAW: Effect = Effect::sure("dispute WITHDRAWN; lift its hold", |run| {
    tell(run, EventType::DisputeWithdrawn);
    close(run, DisputeStatus::Withdrawn, Some(0));
});
/// Evidence is noted.
pub(super) const NOTE_EVIDENCE: Effect = Effect::sure("note evidence", note_evidence);
/// Event: evidence is over.
pub(super) const TELL_EVIDENCE_CLOSED: Effect =
    Effect::sure("event EVIDENCE_CLOSED", |run| tell(run, EventType::EvidenceClosed));
/// Event: refunded.
pub(in crate::domain::order) const TELL_REFUNDED: Effect =
    Effect::sure("event ORDER_REFUNDED", |run| run.tell(EventDraft::new(EventType::OrderRefunded)));
/// Event: settled.
pub(super) const TELL_SETTLED: Effect =
    Effect::sure("event ORDER_SETTLED", |run| run.tell(EventDraft::new(EventType::OrderSettled)));

/// The open dispute, to be changed.
pub(super) fn opened<'a>(run: &'a mut Run<'_>) -> Option<&'a mut Dispute> {
    run.order.disputes.iter_mut().find(|dispute| dispute.status.is_open())
}

/// Tells something of the open dispute.
pub(super) fn tell(run: &mut Run<'_>, kind: EventType) {
    let event = about_it(run, kind);
    run.tell(event);
}

/// An event with the facts that every event of a dispute carries.
pub(super) fn about_it(run: &mut Run<'_>, kind: EventType) -> EventDraft {
    let Some(dispute) = run.order.open_dispute() else { return EventDraft::new(kind) };
    let id = dispute.id.to_string();
    let event = EventDraft::new(kind).with("disputeId", id.as_str());
    run.subject = Some(id);
    event
}

fn open(run: &mut Run<'_>) {
    let Some(DisputeCommand::Request { ground, amount_minor, statement }) = about(Some(run.command)) else {
        return;
    };
    let id = run.fresh();
    let claim =
        Offer { version: 1, by: ActorKind::Buyer, amount_minor: *amount_minor, note: None, made_at: run.now };
    run.order.disputes.push(Dispute {
        id,
        seq: u32::try_from(run.order.disputes.len() + 1).unwrap_or(u32::MAX),
        status: DisputeStatus::Negotiating,
        ground: *ground,
        claimed_minor: *amount_minor,
        statement: statement.clone(),
        offers: vec![claim],
        refused: None,
        opened_at: run.now,
        answer_until: None,
        escalated_at: None,
        evidence_until: None,
        buyer_evidence: 0,
        supplier_evidence: 0,
        inspector_evidence: 0,
        decisions: Vec::new(),
        appeal: None,
        paid_back_minor: None,
        closed_at: None,
    });
    let event = about_it(run, EventType::RefundRequested)
        .with("ground", ground.as_str())
        .with("amountMinor", amount_minor.to_string())
        .with("currency", run.order.terms.currency.to_string());
    run.tell(event);
}

fn hold(run: &mut Run<'_>, kind: HoldKind) {
    let Some(dispute) = run.order.open_dispute() else { return };
    let (id, ground) = (dispute.id.to_string(), dispute.ground);
    place_hold(run, kind, ground.as_str(), Some(id));
}

fn await_answer(run: &mut Run<'_>) {
    let figures = &run.order.terms.policy.cases;
    let (answer, escalation) = (run.now.plus(figures.answer), run.now.plus(figures.escalation));
    let Some(dispute) = opened(run) else { return };
    dispute.answer_until = Some(answer);
    let id = dispute.id.to_string();
    run.set(DeadlineKind::RefundAnswer, &id, answer);
    run.set(DeadlineKind::DisputeEscalation, &id, escalation);
}

fn await_evidence(run: &mut Run<'_>) {
    let (now, until) = (run.now, run.now.plus(run.order.terms.policy.cases.evidence));
    let Some(dispute) = opened(run) else { return };
    dispute.status = DisputeStatus::Evidence;
    dispute.escalated_at = Some(now);
    dispute.evidence_until = Some(until);
    let id = dispute.id.to_string();
    run.set(DeadlineKind::Evidence, &id, until);
}

fn add_offer(run: &mut Run<'_>) {
    let Some(DisputeCommand::Offer { amount_minor, note, .. }) = about(Some(run.command)) else { return };
    let (by, made_at) = (run.actor, run.now);
    let Some(dispute) = opened(run) else { return };
    let version = u32::try_from(dispute.offers.len() + 1).unwrap_or(u32::MAX);
    dispute.offers.push(Offer { version, by, amount_minor: *amount_minor, note: note.clone(), made_at });
    if by == ActorKind::Supplier {
        run.settle(DeadlineKind::RefundAnswer, DeadlineState::Met);
    }
    let event = about_it(run, EventType::RefundOffered)
        .with("offerVersion", version)
        .with("by", by.as_str())
        .with("amountMinor", amount_minor.to_string());
    run.tell(event);
}

fn refuse(run: &mut Run<'_>) {
    let Some(DisputeCommand::Respond { message, .. }) = about(Some(run.command)) else { return };
    let answered_at = run.now;
    if let Some(dispute) = opened(run) {
        dispute.refused = Some(Answer { message: message.clone(), answered_at });
    }
    run.settle(DeadlineKind::RefundAnswer, DeadlineState::Met);
    tell(run, EventType::RefundRefused);
}

fn pay_agreed(run: &mut Run<'_>) -> Result<(), Refusal> {
    let amount = agreed(&run.order, Some(run.command)).unwrap_or(0);
    let Some(subject) = run.order.open_dispute().map(|dispute| dispute.id.to_string()) else {
        return Ok(());
    };
    let event = about_it(run, EventType::RefundAgreed).with("amountMinor", amount.to_string());
    run.tell(event);
    run.settle(DeadlineKind::RefundAnswer, DeadlineState::Met);
    run.settle(DeadlineKind::DisputeEscalation, DeadlineState::Met);
    pay_back(run, Payback { amount, cause: RefundCause::Agreed, subject })?;
    close(run, DisputeStatus::Agreed, Some(amount));
    Ok(())
}

fn escalate(run: &mut Run<'_>) {
    run.settle(DeadlineKind::RefundAnswer, DeadlineState::Cancelled);
    run.settle(DeadlineKind::DisputeEscalation, DeadlineState::Met);
    if let Some(id) = run.order.open_dispute().map(|dispute| dispute.id.to_string()) {
        change_hold(run, &id, HoldKind::Dispute);
    }
    let by = run.actor;
    let event = about_it(run, EventType::DisputeEscalated).with("by", by.as_str());
    run.tell(event);
}

fn note_evidence(run: &mut Run<'_>) {
    let Some(DisputeCommand::SubmitEvidence { dispute, evidence }) = about(Some(run.command)) else { return };
    let id = run.fresh();
    run.evidence = Some(Evidence {
        id,
        dispute: *dispute,
        party: run.actor,
        company: evidence.company,
        kind: evidence.kind,
        reference: evidence.reference.clone(),
        note: evidence.note.clone(),
        sha256: evidence.sha256.clone(),
        submitted_at: run.now,
    });
    let party = run.actor;
    if let Some(dispute) = opened(run) {
        match party {
            ActorKind::Buyer => dispute.buyer_evidence += 1,
            ActorKind::Supplier => dispute.supplier_evidence += 1,
            _ => dispute.inspector_evidence += 1,
        }
    }
    let event = about_it(run, EventType::EvidenceSubmitted)
        .with("evidenceId", id.to_string())
        .with("kind", evidence.kind.as_str())
        .with("by", party.as_str())
        .with("sha256", evidence.sha256.as_str());
    run.tell(event);
}

/// Ends the open dispute: its timers end, its hold is lifted.
pub(super) fn close(run: &mut Run<'_>, status: DisputeStatus, paid_back: Option<i64>) {
    let now = run.now;
    let Some(dispute) = opened(run) else { return };
    dispute.status = status;
    dispute.paid_back_minor = paid_back;
    dispute.closed_at = Some(now);
    let id = dispute.id.to_string();
    for kind in [
        DeadlineKind::RefundAnswer,
        DeadlineKind::DisputeEscalation,
        DeadlineKind::Evidence,
        DeadlineKind::Appeal,
    ] {
        run.settle(kind, DeadlineState::Cancelled);
    }
    lift_holds(run, |hold| hold.subject.as_deref() == Some(id.as_str()));
}

/// Ends the open dispute, if there is one, because nothing is left to divide.
pub(in crate::domain::order) fn supersede(run: &mut Run<'_>) {
    if run.order.open_dispute().is_some() {
        tell(run, EventType::DisputeSuperseded);
        close(run, DisputeStatus::Superseded, None);
    }
}
