//! What must hold for a transition: guards as named pure functions.

use super::{Command, InstalmentStatus, Order, OrderStatus, PaymentStatus, ShipmentStatus};
use crate::domain::deadline::DeadlineKind;
use crate::domain::error::Code;
use crate::domain::ids::InstalmentId;
use crate::domain::time::Timestamp;
use crate::domain::words::words;

pub(super) use super::condition::{
    ALL_ARRIVES, Condition, Fit, GOODS_REMAIN, IS_GUARANTEED, MONEY_DOES_NOT_FIT, MONEY_FAILED, MONEY_FITS,
    MONEY_ON_ITS_WAY, NEEDS_SUPPLIER, NOTHING_REMAINS, SOMETHING_ON_ITS_WAY, fit,
};

words! {
    /// What stands in the way of a transition.
    Blocker {
        /// An open refund request, dispute, charge-back or risk check freezes the order.
        OnHold => "ON_HOLD",
        /// The supplier's time to confirm is over.
        ConfirmationOverdue => "CONFIRMATION_OVERDUE",
        /// The echoed hash is not the hash of the terms.
        TermsDiffer => "TERMS_DIFFER",
        /// The provider has a payment that is not decided yet.
        PaymentUnderWay => "PAYMENT_UNDER_WAY",
        /// Every instalment is paid, or the named one is not due.
        NothingDue => "NOTHING_DUE",
        /// Not everything is paid that dispatch needs.
        NotPaidForDispatch => "NOT_PAID_FOR_DISPATCH",
        /// Not every instalment is paid.
        NotFullyFunded => "NOT_FULLY_FUNDED",
        /// The contract names an inspection that has not passed.
        InspectionOutstanding => "INSPECTION_OUTSTANDING",
        /// A line does not exist, is named twice, or has fewer units left.
        QuantityNotLeft => "QUANTITY_NOT_LEFT",
        /// The shipment is not on its way.
        ShipmentNotOnItsWay => "SHIPMENT_NOT_ON_ITS_WAY",
        /// Not every shipment has proof of delivery.
        NoProofOfDelivery => "NO_PROOF_OF_DELIVERY",
        /// Not all goods have left, so receipt cannot be confirmed.
        NotShipped => "NOT_SHIPPED",
        /// The set-aside money is less than what is due, or of another currency.
        MoneyFallsShort => "MONEY_FALLS_SHORT",
        /// Nothing is in escrow.
        NothingHeld => "NOTHING_HELD",
        /// A refund has not reached the buyer yet.
        RefundOwed => "REFUND_OWED",
        /// The refund is not one of the order's, or does not stand where this could be done.
        NoSuchRefund => "NO_SUCH_REFUND",
        /// A refund request or dispute is open already.
        DisputeOpen => "DISPUTE_OPEN",
        /// The order had as many refund requests as it may have.
        DisputesUsedUp => "DISPUTES_USED_UP",
        /// The claim window is over.
        ClaimsOver => "CLAIMS_OVER",
        /// The amount is nothing, or more than the buyer paid and did not get back.
        AmountBeyondPaid => "AMOUNT_BEYOND_PAID",
        /// The amount is nothing, or more than the buyer claims.
        AmountBeyondClaim => "AMOUNT_BEYOND_CLAIM",
        /// The dispute is not one that is open, or is not at the stage at which this is done.
        DisputeStage => "DISPUTE_STAGE",
        /// The offer that was accepted is not the last one.
        OfferChanged => "OFFER_CHANGED",
        /// The last offer is the side's own.
        OwnOffer => "OWN_OFFER",
        /// The supplier still has time to answer and did not refuse.
        AnswerPending => "ANSWER_PENDING",
        /// The time for evidence is over.
        EvidenceOver => "EVIDENCE_OVER",
        /// Both sides still have time for evidence, and not both showed some.
        EvidenceOpen => "EVIDENCE_OPEN",
        /// The side has shown as much as it may.
        EvidenceFull => "EVIDENCE_FULL",
        /// The two parts of a decision are not what is disputed.
        DecisionDoesNotSum => "DECISION_DOES_NOT_SUM",
        /// The operator belongs to a party of the order.
        OperatorRelated => "OPERATOR_RELATED",
        /// Another operator has to do this.
        SameOperator => "SAME_OPERATOR",
        /// The time to appeal is over.
        AppealOver => "APPEAL_OVER",
        /// The one appeal was used.
        AlreadyAppealed => "ALREADY_APPEALED",
        /// A second operator has to confirm the decision first.
        NotConfirmed => "NOT_CONFIRMED",
        /// The decision needs no confirmation, or has it.
        NoConfirmationNeeded => "NO_CONFIRMATION_NEEDED",
        /// The platform looks into the order already.
        RiskHoldOpen => "RISK_HOLD_OPEN",
        /// The charge-back is more than the payment, or the payment brought no money.
        ChargebackMisfit => "CHARGEBACK_MISFIT",
    }
}

impl Blocker {
    /// The error code of a refusal for this reason.
    pub const fn code(self) -> Code {
        match self {
            Self::ConfirmationOverdue | Self::ClaimsOver | Self::EvidenceOver | Self::AppealOver => {
                Code::DeadlinePassed
            }
            Self::AmountBeyondPaid | Self::AmountBeyondClaim => Code::AmountOutOfRange,
            Self::OfferChanged => Code::TermsMismatch,
            Self::DecisionDoesNotSum => Code::AmountMismatch,
            Self::OperatorRelated | Self::SameOperator => Code::Forbidden,
            Self::ChargebackMisfit => Code::InvalidInput,
            Self::DisputeOpen
            | Self::DisputesUsedUp
            | Self::DisputeStage
            | Self::OwnOffer
            | Self::AnswerPending
            | Self::EvidenceOpen
            | Self::EvidenceFull
            | Self::AlreadyAppealed
            | Self::NotConfirmed
            | Self::NoConfirmationNeeded
            | Self::RiskHoldOpen => Code::TransitionRefused,
            Self::MoneyFallsShort => Code::AmountMismatch,
            Self::TermsDiffer => Code::TermsMismatch,
            Self::QuantityNotLeft | Self::ShipmentNotOnItsWay | Self::NothingDue | Self::NoSuchRefund => {
                Code::InvalidInput
            }
            Self::OnHold
            | Self::PaymentUnderWay
            | Self::NotPaidForDispatch
            | Self::NotFullyFunded
            | Self::InspectionOutstanding
            | Self::NoProofOfDelivery
            | Self::NotShipped
            | Self::RefundOwed
            | Self::NothingHeld => Code::TransitionRefused,
        }
    }

    /// What is wrong and what to do.
    pub const fn message(self) -> &'static str {
        match self {
            Self::OnHold => "The order is on hold; nothing moves until the open case or check is settled.",
            Self::ConfirmationOverdue => "The time to confirm this order is over.",
            Self::TermsDiffer => {
                "The terms hash is not that of the order's terms. Read `termsHash` and the terms again."
            }
            Self::PaymentUnderWay => "A payment is under way; wait for the provider's verdict.",
            Self::NothingDue => "Nothing is due: the instalment is paid, or is not one of this order.",
            Self::NotPaidForDispatch => {
                "Goods may leave once everything is paid that is due before dispatch."
            }
            Self::NotFullyFunded => "Receipt can be confirmed once every instalment is paid.",
            Self::InspectionOutstanding => "The contract's inspection has not passed and was not waived.",
            Self::QuantityNotLeft => {
                "A line is not of this order, is named twice, or has fewer units left to dispatch."
            }
            Self::ShipmentNotOnItsWay => "The shipment is not one of this order that is on its way.",
            Self::NoProofOfDelivery => "Not every shipment has proof of delivery.",
            Self::MoneyFallsShort => {
                "The set-aside money does not cover what is due, or is of another currency; give it back."
            }
            Self::NothingHeld => "Nothing is in escrow.",
            Self::RefundOwed => "A refund has not reached the buyer yet.",
            Self::NoSuchRefund => {
                "The refund is not one of this order, or does not stand where this could be done."
            }
            Self::NotShipped => "Receipt can be confirmed once all goods have left.",
            Self::DisputeOpen => "A refund request or dispute is open; go on with that one.",
            Self::DisputesUsedUp => "This order had as many refund requests as the contract allows.",
            Self::ClaimsOver => "The claim window of this order is over.",
            Self::AmountBeyondPaid => {
                "The amount is more than zero and at most what was paid and did not go back."
            }
            Self::AmountBeyondClaim => "The amount is more than zero and at most what the buyer claims.",
            Self::DisputeStage => "The dispute is over, or not at the stage at which this is done.",
            Self::OfferChanged => "Another offer was made since. Read the offers again.",
            Self::OwnOffer => "The last offer is your own; the other side accepts it.",
            Self::AnswerPending => {
                "The supplier has time to answer; escalate once it is over or the supplier has refused."
            }
            Self::EvidenceOver => "The time for evidence is over.",
            Self::EvidenceOpen => {
                "Decide once the time for evidence is over or both sides have submitted some."
            }
            Self::EvidenceFull => "Your side has submitted as much evidence as it may.",
            Self::DecisionDoesNotSum => {
                "The two parts are at least zero and sum to what is disputed. Read `disputed` again."
            }
            Self::OperatorRelated => "An operator who belongs to a party does not decide.",
            Self::SameOperator => "This takes another operator.",
            Self::AppealOver => "The time to appeal is over.",
            Self::AlreadyAppealed => "The decision on an appeal is final.",
            Self::NotConfirmed => "A second operator has to confirm the decision first.",
            Self::NoConfirmationNeeded => "The decision needs no confirmation, or has it.",
            Self::RiskHoldOpen => "The platform looks into this order already.",
            Self::ChargebackMisfit => {
                "The payment brought no money to this order, or less than is taken back."
            }
        }
    }

    /// The input field at fault, where it is one.
    pub const fn field(self) -> &'static [&'static str] {
        match self {
            Self::TermsDiffer => &["input", "termsHash"],
            Self::QuantityNotLeft => &["input", "lines"],
            Self::ShipmentNotOnItsWay => &["input", "shipmentId"],
            Self::NothingDue => &["input", "instalmentId"],
            Self::NoSuchRefund => &["input", "refundId"],
            Self::MoneyFallsShort => &["input", "suspenseItemId"],
            Self::AmountBeyondPaid | Self::AmountBeyondClaim => &["input", "amount"],
            Self::OfferChanged => &["input", "offerVersion"],
            Self::DecisionDoesNotSum => &["input", "buyerAmount"],
            _ => &[],
        }
    }
}

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
