//! What stands in the way of transitions, each with its code and what to say.

use crate::domain::error::Code;
use crate::domain::words::words;

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
        /// The order is of a kind that is not inspected.
        InspectionNotForeseen => "INSPECTION_NOT_FORESEEN",
        /// Another inspection is under way.
        InspectionUnderWay => "INSPECTION_UNDER_WAY",
        /// Too few working days are left before dispatch.
        InspectionTooLate => "INSPECTION_TOO_LATE",
        /// The day is no working day, too soon, or after dispatch.
        InspectionDayUnfit => "INSPECTION_DAY_UNFIT",
        /// No inspection of the order is where this can be done.
        NoSuchInspection => "NO_SUCH_INSPECTION",
        /// The inspector's time is over.
        InspectionOverdue => "INSPECTION_OVERDUE",
        /// Too little is packed for an inspection.
        NotPacked => "NOT_PACKED",
        /// Not every line has the Easy Return mark in the contract.
        NoEasyReturn => "NO_EASY_RETURN",
        /// Goods and freight are worth more than the contract's limit.
        ReturnTooDear => "RETURN_TOO_DEAR",
        /// No returns are received in the destination country.
        ReturnCountryNotServed => "RETURN_COUNTRY_NOT_SERVED",
        /// The time to return the goods is over.
        ReturnWindowOver => "RETURN_WINDOW_OVER",
        /// The order has had its return.
        ReturnedBefore => "RETURNED_BEFORE",
        /// Everything that was paid went back already.
        NothingToRefund => "NOTHING_TO_REFUND",
        /// No return of the order is where this can be done.
        NoSuchReturn => "NO_SUCH_RETURN",
        /// The time to send the goods back is over.
        ReturnShipmentOverdue => "RETURN_SHIPMENT_OVERDUE",
        /// The contract promises no service for the line.
        NoServicePromised => "NO_SERVICE_PROMISED",
        /// The term of the promised service is over.
        ServiceTermOver => "SERVICE_TERM_OVER",
        /// A request for the line is open, or was made good with money.
        ServiceRequestOpen => "SERVICE_REQUEST_OPEN",
        /// No request for a service is where this can be done.
        NoSuchServiceRequest => "NO_SUCH_SERVICE_REQUEST",
        /// The supplier's time to answer or to give the service is over.
        ServiceAnswerOverdue => "SERVICE_ANSWER_OVERDUE",
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
        /// The shipment is lost, confirmed, or not one of the order's.
        NotConfirmable => "NOT_CONFIRMABLE",
        /// The goods are not late.
        DeliveryNotLate => "DELIVERY_NOT_LATE",
        /// Nothing confirms itself yet.
        NothingToExtend => "NOTHING_TO_EXTEND",
        /// The time to object is over.
        ReceiptOverdue => "RECEIPT_OVERDUE",
        /// The buyer has extended once.
        AlreadyExtended => "ALREADY_EXTENDED",
        /// Goods have left.
        AlreadyDispatched => "ALREADY_DISPATCHED",
        /// The grace after the dispatch deadline is not over.
        DispatchNotOverdue => "DISPATCH_NOT_OVERDUE",
        /// The balance is paid, or still has time.
        BalanceNotOverdue => "BALANCE_NOT_OVERDUE",
        /// The promise was made good before.
        AlreadyCompensated => "ALREADY_COMPENSATED",
        /// The time to claim is over.
        ClaimWindowOver => "CLAIM_WINDOW_OVER",
        /// The order earns no credit.
        NothingToCredit => "NOTHING_TO_CREDIT",
        /// No such amendment waits for an answer.
        NoOpenAmendment => "NO_OPEN_AMENDMENT",
        /// Another amendment waits for an answer.
        AmendmentOpen => "AMENDMENT_OPEN",
        /// The order moved on since the amendment was proposed.
        AmendmentStale => "AMENDMENT_STALE",
        /// The other side proposed it, or you did.
        NotYoursToAnswer => "NOT_YOURS_TO_ANSWER",
        /// The contract does not have this.
        NotInContract => "NOT_IN_CONTRACT",
    }
}

impl Blocker {
    /// The error code of a refusal for this reason.
    pub const fn code(self) -> Code {
        match self {
            Self::NotInContract => Code::TransitionRefused,
            Self::ReceiptOverdue | Self::ClaimWindowOver => Code::DeadlinePassed,
            Self::NotConfirmable | Self::NoOpenAmendment => Code::InvalidInput,
            Self::DeliveryNotLate
            | Self::NothingToExtend
            | Self::AlreadyExtended
            | Self::AlreadyDispatched
            | Self::DispatchNotOverdue
            | Self::BalanceNotOverdue
            | Self::AlreadyCompensated
            | Self::NothingToCredit
            | Self::AmendmentOpen
            | Self::AmendmentStale
            | Self::NotYoursToAnswer => Code::TransitionRefused,
            Self::ClaimsOver | Self::EvidenceOver | Self::AppealOver => Code::DeadlinePassed,
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
            Self::ConfirmationOverdue
            | Self::InspectionTooLate
            | Self::InspectionOverdue
            | Self::ReturnWindowOver
            | Self::ReturnShipmentOverdue
            | Self::ServiceTermOver
            | Self::ServiceAnswerOverdue => Code::DeadlinePassed,
            Self::TermsDiffer => Code::TermsMismatch,
            Self::QuantityNotLeft
            | Self::NoSuchRefund
            | Self::ShipmentNotOnItsWay
            | Self::NothingDue
            | Self::InspectionDayUnfit
            | Self::NotPacked => Code::InvalidInput,
            Self::OnHold
            | Self::PaymentUnderWay
            | Self::NotPaidForDispatch
            | Self::NotFullyFunded
            | Self::InspectionOutstanding
            | Self::NoProofOfDelivery
            | Self::NotShipped
            | Self::RefundOwed
            | Self::NothingHeld
            | Self::InspectionNotForeseen
            | Self::InspectionUnderWay
            | Self::NoSuchInspection
            | Self::NoEasyReturn
            | Self::ReturnTooDear
            | Self::ReturnCountryNotServed
            | Self::ReturnedBefore
            | Self::NothingToRefund
            | Self::NoSuchReturn
            | Self::NoServicePromised
            | Self::ServiceRequestOpen
            | Self::NoSuchServiceRequest => Code::TransitionRefused,
        }
    }

    /// What is wrong and what to do.
    pub const fn message(self) -> &'static str {
        match self {
            Self::NotInContract => "The contract of this order does not have this.",
            Self::NotConfirmable => "The shipment is not one of this order that waits for confirmation.",
            Self::DeliveryNotLate => "The goods are not late by the promised delivery.",
            Self::NothingToExtend => "Nothing confirms itself yet, so there is nothing to extend.",
            Self::ReceiptOverdue => "The time to object is over.",
            Self::AlreadyExtended => "A buyer extends once. Ask the supplier to extend further.",
            Self::AlreadyDispatched => "Goods have left already. Open a refund request instead.",
            Self::DispatchNotOverdue => "The grace after the dispatch deadline is not over.",
            Self::BalanceNotOverdue => "No instalment is overdue.",
            Self::AlreadyCompensated => "This was made good before; there is one credit for an order.",
            Self::ClaimWindowOver => "The time to claim is over.",
            Self::NothingToCredit => "The order earns no credit in its currency.",
            Self::NoOpenAmendment => "No such amendment of this order waits for an answer.",
            Self::AmendmentOpen => "Another amendment waits for an answer. Answer or withdraw it first.",
            Self::AmendmentStale => "The order moved on since. Withdraw or decline it, and propose anew.",
            Self::NotYoursToAnswer => "The other side accepts or declines; the proposer withdraws.",
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
            Self::InspectionNotForeseen => {
                "Only standard orders, and those whose contract names an inspection, are inspected."
            }
            Self::InspectionUnderWay => "Another inspection of this order is under way.",
            Self::InspectionTooLate => {
                "Too few working days are left to book an inspection before the goods leave."
            }
            Self::InspectionDayUnfit => {
                "The day has to be a working day, far enough ahead, and no later than the dispatch deadline."
            }
            Self::NoSuchInspection => "The inspection is not where this can be done.",
            Self::InspectionOverdue => "The inspector's time for this is over.",
            Self::NotPacked => "Too little is packed for an inspection, or more than everything.",
            Self::NoEasyReturn => "Not every line of the contract has the Easy Return mark.",
            Self::ReturnTooDear => {
                "Goods and freight are worth more than the contract's limit for Easy Return."
            }
            Self::ReturnCountryNotServed => "No returns are received in the order's destination country.",
            Self::ReturnWindowOver => "The time to return the goods is over.",
            Self::ReturnedBefore => "An order can be returned once, and this one has had its return.",
            Self::NothingToRefund => "Everything that was paid went back already.",
            Self::NoSuchReturn => "The return is not where this can be done.",
            Self::ReturnShipmentOverdue => "The time to send the goods back is over.",
            Self::NoServicePromised => "The contract promises no after-sales service for this line.",
            Self::ServiceTermOver => "The term of the promised service is over.",
            Self::ServiceRequestOpen => "A request for this line is open, or was made good with money.",
            Self::NoSuchServiceRequest => "The request is not where this can be done.",
            Self::ServiceAnswerOverdue => "The time to answer, or to give the service, is over.",
        }
    }

    /// The input field at fault, where it is one.
    pub const fn field(self) -> &'static [&'static str] {
        match self {
            Self::NotConfirmable => &["input", "shipmentId"],
            Self::NoOpenAmendment => &["input", "amendmentId"],
            Self::AmountBeyondPaid | Self::AmountBeyondClaim => &["input", "amount"],
            Self::OfferChanged => &["input", "offerVersion"],
            Self::DecisionDoesNotSum => &["input", "buyerAmount"],
            Self::TermsDiffer => &["input", "termsHash"],
            Self::QuantityNotLeft => &["input", "lines"],
            Self::ShipmentNotOnItsWay => &["input", "shipmentId"],
            Self::NothingDue => &["input", "instalmentId"],
            Self::NoSuchRefund => &["input", "refundId"],
            Self::MoneyFallsShort => &["input", "suspenseItemId"],
            Self::InspectionDayUnfit => &["input", "inspectOn"],
            Self::NotPacked => &["input", "packedPercent"],
            _ => &[],
        }
    }
}
