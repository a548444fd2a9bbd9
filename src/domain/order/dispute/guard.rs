//! What must hold for a dispute to move, and when a row is meant.

use super::{Dispute, DisputeCommand, DisputeStatus, MAXIMUM_EVIDENCE, Operator};
use crate::domain::order::guard::{Blocker, Condition, Guard, unless};
use crate::domain::order::{ActorKind, Command, Order, OrderState, OrderStatus};
use crate::domain::time::Timestamp;

pub(super) fn about(command: Option<&Command>) -> Option<&DisputeCommand> {
    match command {
        Some(Command::Dispute(command)) => Some(command),
        _ => None,
    }
}

/// The open dispute, unless the command names another one.
fn meant<'a>(order: &'a Order, command: Option<&Command>) -> Option<&'a Dispute> {
    let named = about(command).and_then(DisputeCommand::dispute);
    order.open_dispute().filter(|open| named.is_none_or(|named| named == open.id))
}

/// The blocker unless the open dispute is the named one and in one of these statuses.
fn at_stage(order: &Order, command: Option<&Command>, stages: &[DisputeStatus]) -> Option<Blocker> {
    let fits = meant(order, command).is_some_and(|dispute| stages.contains(&dispute.status));
    unless(fits, Blocker::DisputeStage)
}

/// No refund request or dispute is open.
pub(super) const NO_OPEN_DISPUTE: Guard =
    Guard::new("no open dispute", |order, _, _| unless(order.open_dispute().is_none(), Blocker::DisputeOpen));
/// After receipt the claim window is open.
pub(super) const CLAIMS_OPEN: Guard = Guard::new("claim window open", |order, _, now| match order.state {
    OrderState::Completed { claims_until, .. } => unless(now <= claims_until, Blocker::ClaimsOver),
    _ => None,
});
/// The order had fewer refund requests than it may have.
pub(super) const DISPUTES_LEFT: Guard = Guard::new("refund requests left", |order, _, _| {
    let most = usize::try_from(order.terms.policy.cases.maximum_cases).unwrap_or(usize::MAX);
    unless(order.disputes.len() < most, Blocker::DisputesUsedUp)
});
/// The claim is more than nothing and at most what was paid and did not go back (I6).
pub(super) const CLAIM_WITHIN_PAID: Guard = Guard::new("amount <= paid - paid back", |order, command, _| {
    let refundable = order.position.refundable();
    let fits = match about(command) {
        Some(DisputeCommand::Request { amount_minor, .. }) => (1..=refundable).contains(amount_minor),
        _ => refundable > 0,
    };
    unless(fits, Blocker::AmountBeyondPaid)
});
/// Both sides negotiate.
pub(super) const NEGOTIATING: Guard =
    Guard::new("negotiating", |order, command, _| at_stage(order, command, &[DisputeStatus::Negotiating]));
/// The offer is more than nothing and at most the claim.
pub(super) const OFFER_WITHIN_CLAIM: Guard = Guard::new("amount <= claim", |order, command, _| {
    let Some(DisputeCommand::Offer { amount_minor, .. }) = about(command) else { return None };
    let claimed = order.open_dispute().map_or(0, |dispute| dispute.claimed_minor);
    unless((1..=claimed).contains(amount_minor), Blocker::AmountBeyondClaim)
});
/// The last offer is the supplier's.
pub(super) const OFFER_IS_THE_SUPPLIERS: Guard =
    Guard::new("last offer is the supplier's", |order, _, _| offer_of(order, ActorKind::Supplier));
/// The last offer is the buyer's.
pub(super) const OFFER_IS_THE_BUYERS: Guard =
    Guard::new("last offer is the buyer's", |order, _, _| offer_of(order, ActorKind::Buyer));
/// The echoed offer is the last one.
pub(super) const OFFER_ECHOED: Guard = Guard::new("offer echoed", |order, command, _| {
    let Some(DisputeCommand::Accept { offer, .. }) = about(command) else { return None };
    let last = order.open_dispute().and_then(Dispute::offer).map(|last| last.version);
    unless(last == Some(*offer), Blocker::OfferChanged)
});
/// What is agreed on can still be paid back.
pub(super) const AGREED_WITHIN_PAID: Guard =
    Guard::new("agreed amount <= paid - paid back", |order, command, _| {
        let agreed = agreed(order, command).unwrap_or(0);
        unless((1..=order.position.refundable()).contains(&agreed), Blocker::AmountBeyondPaid)
    });
/// No hold but the dispute's own: what a bank or the platform looks into does not move.
pub(super) const NO_OTHER_HOLD: Guard = Guard::new("no other hold", |order, _, _| {
    let own = order.open_dispute().map(|dispute| dispute.id.to_string());
    let other = order.holds.iter().any(|hold| hold.subject.is_none() || hold.subject != own);
    unless(!other, Blocker::OnHold)
});
/// The supplier's time to answer is over, or the supplier refused.
pub(super) const UNANSWERED_OR_REFUSED: Guard =
    Guard::new("unanswered in time, or refused", |order, _, now| {
        let over = |dispute: &Dispute| {
            dispute.refused.is_some() || dispute.answer_until.is_some_and(|until| now > until)
        };
        unless(order.open_dispute().is_some_and(over), Blocker::AnswerPending)
    });
/// Nothing is decided.
pub(super) const UNDECIDED: Guard = Guard::new("nothing decided", |order, command, _| {
    at_stage(order, command, &[DisputeStatus::Negotiating, DisputeStatus::Evidence])
});
/// The time for evidence is not over.
pub(super) const IN_TIME_FOR_EVIDENCE: Guard = Guard::new("in time for evidence", |order, _, now| {
    let until = order.open_dispute().and_then(|dispute| dispute.evidence_until);
    unless(until.is_none_or(|until| now <= until), Blocker::EvidenceOver)
});
/// The buyer has evidence left to submit.
pub(super) const BUYER_HAS_EVIDENCE_LEFT: Guard =
    Guard::new("evidence left", |order, _, _| evidence_left(order, |dispute| dispute.buyer_evidence));
/// The supplier has evidence left to submit.
pub(super) const SUPPLIER_HAS_EVIDENCE_LEFT: Guard =
    Guard::new("evidence left", |order, _, _| evidence_left(order, |dispute| dispute.supplier_evidence));
/// The inspector has evidence left to submit.
pub(super) const INSPECTOR_HAS_EVIDENCE_LEFT: Guard =
    Guard::new("evidence left", |order, _, _| evidence_left(order, |dispute| dispute.inspector_evidence));
/// The platform takes evidence.
pub(super) const TAKING_EVIDENCE: Guard =
    Guard::new("taking evidence", |order, command, _| at_stage(order, command, &[DisputeStatus::Evidence]));
/// The platform is to decide.
pub(super) const TO_BE_DECIDED: Guard = Guard::new("to be decided", |order, command, _| {
    at_stage(order, command, &[DisputeStatus::Evidence, DisputeStatus::Appealed])
});
/// Both sides were heard or had their time.
pub(super) const BOTH_HEARD: Guard = Guard::new("evidence over, or of both sides", |order, _, now| {
    let heard = |dispute: &Dispute| {
        dispute.buyer_evidence > 0 && dispute.supplier_evidence > 0
            || dispute.evidence_until.is_some_and(|until| now > until)
            || dispute.status == DisputeStatus::Appealed
    };
    unless(order.open_dispute().is_some_and(heard), Blocker::EvidenceOpen)
});
/// The operator belongs to neither party.
pub(super) const UNRELATED_OPERATOR: Guard = Guard::new("operator of neither party", |order, command, _| {
    let company = operator(command).and_then(|operator| operator.company);
    let related = company == Some(order.buyer()) || company == Some(order.supplier_company);
    unless(company.is_none() || !related, Blocker::OperatorRelated)
});
/// After an appeal somebody else decides.
pub(super) const NOT_THE_FIRST_DECIDER: Guard =
    Guard::new("after an appeal another operator", |order, command, _| {
        let appealed = order.open_dispute().filter(|dispute| dispute.status == DisputeStatus::Appealed);
        same_operator(appealed, command)
    });
/// Somebody else confirms.
pub(super) const NOT_THE_DECIDER: Guard =
    Guard::new("another operator", |order, command, _| same_operator(order.open_dispute(), command));
/// The parts sum to what is disputed (I17).
pub(super) const SUMS: Guard = Guard::new("parts sum to what is disputed", |order, command, _| {
    let Some(DisputeCommand::Decide { split, .. }) = about(command) else { return None };
    unless(split.of(order.disputed()).is_some(), Blocker::DecisionDoesNotSum)
});
/// There is a decision that is not carried out.
pub(super) const DECIDED: Guard =
    Guard::new("decided", |order, command, _| at_stage(order, command, &[DisputeStatus::Decided]));
/// The decision waits for a second operator.
pub(super) const CONFIRMATION_NEEDED: Guard = Guard::new("confirmation needed", |order, _, _| {
    unless(waits_for_confirmation(order), Blocker::NoConfirmationNeeded)
});
/// The decision waits for nobody.
pub(super) const CONFIRMED: Guard = Guard::new("confirmed where needed", |order, _, _| {
    unless(!waits_for_confirmation(order), Blocker::NotConfirmed)
});
/// The one appeal is left.
pub(super) const APPEAL_LEFT: Guard = Guard::new("appeal left", |order, _, _| {
    let left = order.open_dispute().is_some_and(|dispute| dispute.appeal.is_none());
    unless(left, Blocker::AlreadyAppealed)
});
/// The time to appeal is not over.
pub(super) const IN_TIME_TO_APPEAL: Guard = Guard::new("in time to appeal", |order, _, now| {
    let until = order.open_dispute().and_then(Dispute::decision).and_then(|last| last.appeal_until);
    unless(until.is_some_and(|until| now <= until), Blocker::AppealOver)
});

fn offer_of(order: &Order, side: ActorKind) -> Option<Blocker> {
    let last = order.open_dispute().and_then(Dispute::offer);
    unless(last.is_some_and(|offer| offer.by == side), Blocker::OwnOffer)
}

fn evidence_left(order: &Order, submitted: fn(&Dispute) -> u32) -> Option<Blocker> {
    let left = order.open_dispute().is_none_or(|dispute| submitted(dispute) < MAXIMUM_EVIDENCE);
    unless(left, Blocker::EvidenceFull)
}

fn operator(command: Option<&Command>) -> Option<&Operator> {
    match about(command) {
        Some(DisputeCommand::Decide { operator, .. } | DisputeCommand::Confirm { operator, .. }) => {
            Some(operator)
        }
        _ => None,
    }
}

fn same_operator(dispute: Option<&Dispute>, command: Option<&Command>) -> Option<Blocker> {
    let decided_by = dispute.and_then(Dispute::decision).map(|decision| decision.by.as_str());
    let acting = operator(command).map(|operator| operator.id.as_str());
    unless(acting.is_none() || acting != decided_by, Blocker::SameOperator)
}

fn waits_for_confirmation(order: &Order) -> bool {
    let decision = order.open_dispute().and_then(Dispute::decision);
    decision.is_some_and(|decision| decision.needs_confirmation && decision.confirmed_by.is_none())
}

/// What the sides agree on by a command: the last offer, or the claim.
pub(super) fn agreed(order: &Order, command: Option<&Command>) -> Option<i64> {
    let dispute = order.open_dispute()?;
    match about(command) {
        Some(DisputeCommand::Respond { .. }) => Some(dispute.asked_minor()),
        _ => dispute.offer().map(|offer| offer.amount_minor),
    }
}

/// How carrying a decision out ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// What is disputed is not what was decided on.
    Changed,
    /// Nothing goes back, and the goods are there.
    Completed,
    /// Nothing goes back.
    Resumed,
    /// Everything goes back.
    Refunded,
    /// Some goes back of what was released.
    PaidBack,
    /// Both sides get a part.
    Settled,
}

fn ending(order: &Order) -> Option<Ending> {
    let dispute = order.open_dispute().filter(|dispute| dispute.status == DisputeStatus::Decided)?;
    let decision = dispute.decision()?;
    Some(if decision.buyer_minor + decision.supplier_minor != order.disputed() {
        Ending::Changed
    } else if decision.buyer_minor == 0 {
        let delivered = order.status() == OrderStatus::Delivered && order.is_fully_funded();
        if delivered { Ending::Completed } else { Ending::Resumed }
    } else if decision.buyer_minor == order.position.refundable() {
        Ending::Refunded
    } else if order.status() == OrderStatus::Completed {
        Ending::PaidBack
    } else {
        Ending::Settled
    })
}

/// A refund request or dispute is open.
pub(super) const OPEN_DISPUTE: Condition =
    Condition::new("open dispute", |order, _| order.open_dispute().is_some());
/// The supplier refuses.
pub(super) const REFUSES: Condition = Condition::new("refuses", |_, command| {
    !matches!(about(command), Some(DisputeCommand::Respond { accept: true, .. }))
});
/// The supplier accepts, and something stays.
pub(super) const ACCEPTS_PART: Condition =
    Condition::new("accepts; not everything goes back", |order, command| {
        accepts(command) && agreed(order, command) != Some(order.position.refundable())
    });
/// The supplier accepts, and nothing stays.
pub(super) const ACCEPTS_ALL: Condition =
    Condition::new("accepts; everything goes back", |order, command| {
        accepts(command) && agreed(order, command) == Some(order.position.refundable())
    });
/// Something stays.
pub(super) const SOMETHING_STAYS: Condition = Condition::new("not everything goes back", |order, command| {
    agreed(order, command).is_some_and(|agreed| agreed != order.position.refundable())
});
/// Everything goes back.
pub(super) const ALL_GOES_BACK: Condition = Condition::new("everything goes back", |order, command| {
    agreed(order, command).is_some_and(|agreed| agreed == order.position.refundable())
});
/// What is disputed changed since the decision.
pub(super) const DISPUTED_CHANGED: Condition =
    Condition::new("what is disputed changed", |order, _| ending(order) == Some(Ending::Changed));
/// Nothing goes back, and the goods are there.
pub(super) const SUPPLIER_WINS_DELIVERED: Condition =
    Condition::new("nothing to the buyer; goods delivered", |order, _| {
        ending(order) == Some(Ending::Completed)
    });
/// Nothing goes back.
pub(super) const SUPPLIER_WINS: Condition =
    Condition::new("nothing to the buyer", |order, _| ending(order) == Some(Ending::Resumed));
/// Everything goes back.
pub(super) const BUYER_WINS: Condition =
    Condition::new("everything to the buyer", |order, _| ending(order) == Some(Ending::Refunded));
/// Some of what was released goes back.
pub(super) const PART_GOES_BACK: Condition =
    Condition::new("a part back after release", |order, _| ending(order) == Some(Ending::PaidBack));
/// Both sides get a part.
pub(super) const BOTH_GET_A_PART: Condition =
    Condition::new("a part to each side", |order, _| ending(order) == Some(Ending::Settled));

fn accepts(command: Option<&Command>) -> bool {
    matches!(about(command), Some(DisputeCommand::Respond { accept: true, .. }))
}

/// The instant until which a decision of now may be appealed.
pub(super) fn appeal_until(order: &Order, now: Timestamp) -> Timestamp {
    now.plus(order.terms.policy.cases.appeal)
}
