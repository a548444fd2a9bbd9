//! What stands in the way of a transition: the word, the code of the refusal, and what to do, in one place each.

use crate::domain::error::Code;
use crate::domain::words::words;

macro_rules! blockers {
    ($($(#[doc = $doc:literal])+ $name:ident => $word:literal, $code:ident, $message:literal $(, $field:literal)?;)*) => {
        words! {
            /// What stands in the way of a transition.
            Blocker {
                $($(#[doc = $doc])+ $name => $word,)*
            }
        }

        impl Blocker {
            const fn refusal(self) -> (Code, &'static str, &'static [&'static str]) {
                match self {$(
                    Self::$name => (Code::$code, $message, &[$("input", $field)?]),
                )*}
            }
        }
    };
}

impl Blocker {
    /// The error code of a refusal for this reason.
    pub const fn code(self) -> Code {
        self.refusal().0
    }

    /// What is wrong and what to do.
    pub const fn message(self) -> &'static str {
        self.refusal().1
    }

    /// The input field at fault, where it is one.
    pub const fn field(self) -> &'static [&'static str] {
        self.refusal().2
    }
}

blockers! {
    /// An open refund request, dispute, charge-back or risk check freezes the order.
    OnHold => "ON_HOLD", TransitionRefused,
        "The order is on hold; nothing moves until the open case or check is settled.";
    /// The supplier's time to confirm is over.
    ConfirmationOverdue => "CONFIRMATION_OVERDUE", DeadlinePassed,
        "The time to confirm this order is over.";
    /// The buyer's time to pay is over.
    PaymentOverdue => "PAYMENT_OVERDUE", DeadlinePassed,
        "The time to pay this order is over.";
    /// The echoed hash is not the hash of the terms.
    TermsDiffer => "TERMS_DIFFER", TermsMismatch,
        "The terms hash is not that of the order's terms. Read `termsHash` and the terms again.", "termsHash";
    /// The provider has a payment that is not decided yet.
    PaymentUnderWay => "PAYMENT_UNDER_WAY", TransitionRefused,
        "A payment is under way; wait for the provider's verdict.";
    /// Every instalment is paid, or the named one is not due.
    NothingDue => "NOTHING_DUE", InvalidInput,
        "Nothing is due: the instalment is paid, or is not one of this order.", "instalmentId";
    /// Not everything is paid that dispatch needs.
    NotPaidForDispatch => "NOT_PAID_FOR_DISPATCH", TransitionRefused,
        "Goods may leave once everything is paid that is due before dispatch.";
    /// Not every instalment is paid.
    NotFullyFunded => "NOT_FULLY_FUNDED", TransitionRefused,
        "Receipt can be confirmed once every instalment is paid.";
    /// The contract names an inspection that has not passed.
    InspectionOutstanding => "INSPECTION_OUTSTANDING", TransitionRefused,
        "The contract's inspection has not passed and was not waived.";
    /// A line does not exist, is named twice, or has fewer units left.
    QuantityNotLeft => "QUANTITY_NOT_LEFT", InvalidInput,
        "A line is not of this order, is named twice, or has fewer units left to dispatch.", "lines";
    /// The shipment is not on its way.
    ShipmentNotOnItsWay => "SHIPMENT_NOT_ON_ITS_WAY", InvalidInput,
        "The shipment is not one of this order that is on its way.", "shipmentId";
    /// Not every shipment has proof of delivery.
    NoProofOfDelivery => "NO_PROOF_OF_DELIVERY", TransitionRefused,
        "Not every shipment has proof of delivery.";
    /// Not all goods have left, so receipt cannot be confirmed.
    NotShipped => "NOT_SHIPPED", TransitionRefused,
        "Receipt can be confirmed once all goods have left.";
    /// The set-aside money is less than what is due, or of another currency.
    MoneyFallsShort => "MONEY_FALLS_SHORT", AmountMismatch,
        "The set-aside money does not cover what is due, or is of another currency; give it back.", "suspenseItemId";
    /// Nothing is in escrow.
    NothingHeld => "NOTHING_HELD", TransitionRefused,
        "Nothing is in escrow.";
    /// A refund has not reached the buyer yet.
    RefundOwed => "REFUND_OWED", TransitionRefused,
        "A refund has not reached the buyer yet.";
    /// The refund is not one of the order's, or does not stand where this could be done.
    NoSuchRefund => "NO_SUCH_REFUND", InvalidInput,
        "The refund is not one of this order, or does not stand where this could be done.", "refundId";
    /// The order is of a kind that is not inspected.
    InspectionNotForeseen => "INSPECTION_NOT_FORESEEN", TransitionRefused,
        "Only standard orders, and those whose contract names an inspection, are inspected.";
    /// Another inspection is under way.
    InspectionUnderWay => "INSPECTION_UNDER_WAY", TransitionRefused,
        "Another inspection of this order is under way.";
    /// Too few working days are left before dispatch.
    InspectionTooLate => "INSPECTION_TOO_LATE", DeadlinePassed,
        "Too few working days are left to book an inspection before the goods leave.";
    /// The day is no working day, too soon, or after dispatch.
    InspectionDayUnfit => "INSPECTION_DAY_UNFIT", InvalidInput,
        "The day has to be a working day, far enough ahead, and no later than the dispatch deadline.", "inspectOn";
    /// No inspection of the order is where this can be done.
    NoSuchInspection => "NO_SUCH_INSPECTION", TransitionRefused,
        "The inspection is not where this can be done.";
    /// The inspector's time is over.
    InspectionOverdue => "INSPECTION_OVERDUE", DeadlinePassed,
        "The inspector's time for this is over.";
    /// Too little is packed for an inspection.
    NotPacked => "NOT_PACKED", InvalidInput,
        "Too little is packed for an inspection, or more than everything.", "packedPercent";
    /// Not every line has the Easy Return mark in the contract.
    NoEasyReturn => "NO_EASY_RETURN", TransitionRefused,
        "Not every line of the contract has the Easy Return mark.";
    /// Goods and freight are worth more than the contract's limit.
    ReturnTooDear => "RETURN_TOO_DEAR", TransitionRefused,
        "Goods and freight are worth more than the contract's limit for Easy Return.";
    /// No returns are received in the destination country.
    ReturnCountryNotServed => "RETURN_COUNTRY_NOT_SERVED", TransitionRefused,
        "No returns are received in the order's destination country.";
    /// The time to return the goods is over.
    ReturnWindowOver => "RETURN_WINDOW_OVER", DeadlinePassed,
        "The time to return the goods is over.";
    /// The order has had its return.
    ReturnedBefore => "RETURNED_BEFORE", TransitionRefused,
        "An order can be returned once, and this one has had its return.";
    /// Everything that was paid went back already.
    NothingToRefund => "NOTHING_TO_REFUND", TransitionRefused,
        "Everything that was paid went back already.";
    /// No return of the order is where this can be done.
    NoSuchReturn => "NO_SUCH_RETURN", TransitionRefused,
        "The return is not where this can be done.";
    /// The time to send the goods back is over.
    ReturnShipmentOverdue => "RETURN_SHIPMENT_OVERDUE", DeadlinePassed,
        "The time to send the goods back is over.";
    /// The contract promises no service for the line.
    NoServicePromised => "NO_SERVICE_PROMISED", TransitionRefused,
        "The contract promises no after-sales service for this line.";
    /// The term of the promised service is over.
    ServiceTermOver => "SERVICE_TERM_OVER", DeadlinePassed,
        "The term of the promised service is over.";
    /// A request for the line is open, or was made good with money.
    ServiceRequestOpen => "SERVICE_REQUEST_OPEN", TransitionRefused,
        "A request for this line is open, or was made good with money.";
    /// No request for a service is where this can be done.
    NoSuchServiceRequest => "NO_SUCH_SERVICE_REQUEST", TransitionRefused,
        "The request is not where this can be done.";
    /// The supplier's time to answer or to give the service is over.
    ServiceAnswerOverdue => "SERVICE_ANSWER_OVERDUE", DeadlinePassed,
        "The time to answer, or to give the service, is over.";
    /// A refund request or dispute is open already.
    DisputeOpen => "DISPUTE_OPEN", TransitionRefused,
        "A refund request or dispute is open; go on with that one.";
    /// The order had as many refund requests as it may have.
    DisputesUsedUp => "DISPUTES_USED_UP", TransitionRefused,
        "This order had as many refund requests as the contract allows.";
    /// The claim window is over.
    ClaimsOver => "CLAIMS_OVER", DeadlinePassed,
        "The claim window of this order is over.";
    /// The amount is nothing, or more than the buyer paid and did not get back.
    AmountBeyondPaid => "AMOUNT_BEYOND_PAID", AmountOutOfRange,
        "The amount is more than zero and at most what was paid and did not go back.", "amount";
    /// The amount is nothing, or more than the buyer claims.
    AmountBeyondClaim => "AMOUNT_BEYOND_CLAIM", AmountOutOfRange,
        "The amount is more than zero and at most what the buyer claims.", "amount";
    /// The dispute is not one that is open, or is not at the stage at which this is done.
    DisputeStage => "DISPUTE_STAGE", TransitionRefused,
        "The dispute is over, or not at the stage at which this is done.";
    /// The offer that was accepted is not the last one.
    OfferChanged => "OFFER_CHANGED", TermsMismatch,
        "Another offer was made since. Read the offers again.", "offerVersion";
    /// The last offer is the side's own.
    OwnOffer => "OWN_OFFER", TransitionRefused,
        "The last offer is your own; the other side accepts it.";
    /// The supplier still has time to answer and did not refuse.
    AnswerPending => "ANSWER_PENDING", TransitionRefused,
        "The supplier has time to answer; escalate once it is over or the supplier has refused.";
    /// The time for evidence is over.
    EvidenceOver => "EVIDENCE_OVER", DeadlinePassed,
        "The time for evidence is over.";
    /// Both sides still have time for evidence, and not both showed some.
    EvidenceOpen => "EVIDENCE_OPEN", TransitionRefused,
        "Decide once the time for evidence is over or both sides have submitted some.";
    /// The side has shown as much as it may.
    EvidenceFull => "EVIDENCE_FULL", TransitionRefused,
        "Your side has submitted as much evidence as it may.";
    /// The two parts of a decision are not what is disputed.
    DecisionDoesNotSum => "DECISION_DOES_NOT_SUM", AmountMismatch,
        "The two parts are at least zero and sum to what is disputed. Read `disputed` again.", "buyerAmount";
    /// The operator belongs to a party of the order.
    OperatorRelated => "OPERATOR_RELATED", Forbidden,
        "An operator who belongs to a party does not decide.";
    /// Another operator has to do this.
    SameOperator => "SAME_OPERATOR", Forbidden,
        "This takes another operator.";
    /// The time to appeal is over.
    AppealOver => "APPEAL_OVER", DeadlinePassed,
        "The time to appeal is over.";
    /// The one appeal was used.
    AlreadyAppealed => "ALREADY_APPEALED", TransitionRefused,
        "The decision on an appeal is final.";
    /// A second operator has to confirm the decision first.
    NotConfirmed => "NOT_CONFIRMED", TransitionRefused,
        "A second operator has to confirm the decision first.";
    /// The decision needs no confirmation, or has it.
    NoConfirmationNeeded => "NO_CONFIRMATION_NEEDED", TransitionRefused,
        "The decision needs no confirmation, or has it.";
    /// The platform looks into the order already.
    RiskHoldOpen => "RISK_HOLD_OPEN", TransitionRefused,
        "The platform looks into this order already.";
    /// The charge-back is more than the payment, or the payment brought no money.
    ChargebackMisfit => "CHARGEBACK_MISFIT", InvalidInput,
        "The payment brought no money to this order, or less than is taken back.";
    /// The shipment is lost, confirmed, or not one of the order's.
    NotConfirmable => "NOT_CONFIRMABLE", InvalidInput,
        "The shipment is not one of this order that waits for confirmation.", "shipmentId";
    /// The goods are not late.
    DeliveryNotLate => "DELIVERY_NOT_LATE", TransitionRefused,
        "The goods are not late by the promised delivery.";
    /// Nothing confirms itself yet.
    NothingToExtend => "NOTHING_TO_EXTEND", TransitionRefused,
        "Nothing confirms itself yet, so there is nothing to extend.";
    /// The time to object is over.
    ReceiptOverdue => "RECEIPT_OVERDUE", DeadlinePassed,
        "The time to object is over.";
    /// The buyer has extended once.
    AlreadyExtended => "ALREADY_EXTENDED", TransitionRefused,
        "A buyer extends once. Ask the supplier to extend further.";
    /// Goods have left.
    AlreadyDispatched => "ALREADY_DISPATCHED", TransitionRefused,
        "Goods have left already. Open a refund request instead.";
    /// The grace after the dispatch deadline is not over.
    DispatchNotOverdue => "DISPATCH_NOT_OVERDUE", TransitionRefused,
        "The grace after the dispatch deadline is not over.";
    /// The balance is paid, or still has time.
    BalanceNotOverdue => "BALANCE_NOT_OVERDUE", TransitionRefused,
        "No instalment is overdue.";
    /// The promise was made good before.
    AlreadyCompensated => "ALREADY_COMPENSATED", TransitionRefused,
        "This was made good before; there is one credit for an order.";
    /// The time to claim is over.
    ClaimWindowOver => "CLAIM_WINDOW_OVER", DeadlinePassed,
        "The time to claim is over.";
    /// The order earns no credit.
    NothingToCredit => "NOTHING_TO_CREDIT", TransitionRefused,
        "The order earns no credit in its currency.";
    /// No such amendment waits for an answer.
    NoOpenAmendment => "NO_OPEN_AMENDMENT", InvalidInput,
        "No such amendment of this order waits for an answer.", "amendmentId";
    /// Another amendment waits for an answer.
    AmendmentOpen => "AMENDMENT_OPEN", TransitionRefused,
        "Another amendment waits for an answer. Answer or withdraw it first.";
    /// The time to accept the amendment is over.
    AmendmentOverdue => "AMENDMENT_OVERDUE", DeadlinePassed,
        "The time to accept the amendment is over.";
    /// The order moved on since the amendment was proposed.
    AmendmentStale => "AMENDMENT_STALE", TransitionRefused,
        "The order moved on since. Withdraw or decline it, and propose anew.";
    /// The other side proposed it, or you did.
    NotYoursToAnswer => "NOT_YOURS_TO_ANSWER", TransitionRefused,
        "The other side accepts or declines; the proposer withdraws.";
    /// Enough payments off the platform are recorded.
    OffPlatformFull => "OFF_PLATFORM_FULL", TransitionRefused,
        "No more payments off the platform can be recorded of this order.";
    /// The payment off the platform is of nothing, or of tomorrow.
    OffPlatformMisfit => "OFF_PLATFORM_MISFIT", InvalidInput,
        "A payment is more than nothing, and was not made in the future.", "amount";
    /// The contract does not have this.
    NotInContract => "NOT_IN_CONTRACT", TransitionRefused,
        "The contract of this order does not have this.";
}
