//! The closed lists of orders.

mod disputes;
mod events;
mod incoterm;
mod ledger;

use crate::graphql::enums::mirror;

pub use disputes::{
    ChargebackStatus, DisputeGround, DisputeStatus, EvenSplit, EvidenceKind, OrderActor,
    SandboxChargebackVerdict,
};
pub use events::EventType;
pub use incoterm::Incoterm;
pub use ledger::LedgerAccountKind;

mirror! {
    /// How an order comes about.
    OrderKind = "crate::domain::order::OrderKind" {
        /// The supplier confirms what the buyer asked for.
        Standard,
        /// A few units to judge the product by; paid at once.
        Sample,
        /// Fixed price with freight, payable at once, no confirmation.
        Guaranteed,
    }
}

mirror! {
    /// The status of an order.
    OrderStatus = "crate::domain::order::OrderStatus" {
        /// Put together, not yet sent to the supplier.
        Draft,
        /// The supplier is asked to confirm.
        PendingSupplier,
        /// The contract is sealed; the buyer is asked to pay.
        PendingPayment,
        /// The first payment is in escrow; the supplier makes the goods.
        InProduction,
        /// An inspector looks at the goods.
        InInspection,
        /// The goods may leave.
        Ready,
        /// Some goods have left.
        PartiallyShipped,
        /// All goods have left.
        Shipped,
        /// All goods have arrived, with proof.
        Delivered,
        /// Receipt is confirmed and the money released; claims are open.
        Completed,
        /// The claim window is over.
        Closed,
        /// Ended by a party before payment.
        Cancelled,
        /// Ended by the clock before payment.
        Expired,
        /// Ended with everything paid back.
        Refunded,
        /// Ended by a split.
        Settled,
    }
}

mirror! {
    /// What part of the price an instalment is.
    InstalmentKind = "crate::domain::order::InstalmentKind" {
        /// All of it.
        Full,
        /// The part that starts production.
        Deposit,
        /// The rest.
        Balance,
    }
}

mirror! {
    /// How far an instalment is paid.
    InstalmentStatus = "crate::domain::order::InstalmentStatus" {
        /// Nothing came yet.
        Due,
        /// Some came.
        PartlyPaid,
        /// All came.
        Paid,
    }
}

mirror! {
    /// How far one try to pay got.
    PaymentStatus = "crate::domain::order::PaymentStatus" {
        /// A session is open.
        Created,
        /// The provider waits for the money.
        Processing,
        /// The money came.
        Succeeded,
        /// It was refused; try again.
        Failed,
        /// The session ended unused.
        Expired,
    }
}

mirror! {
    /// Where a shipment is.
    ShipmentStatus = "crate::domain::order::ShipmentStatus" {
        /// On its way.
        Dispatched,
        /// Arrived, with proof.
        Delivered,
        /// Lost on the way.
        Lost,
        /// On its way back or back.
        Returned,
    }
}

mirror! {
    /// How goods travel.
    TransportMode = "crate::domain::order::TransportMode" {
        /// By air.
        Air,
        /// By sea; receipt confirms itself later.
        Sea,
        /// By road.
        Road,
        /// By rail.
        Rail,
        /// By courier.
        Courier,
    }
}

mirror! {
    /// Why an order's money is frozen.
    HoldKind = "crate::domain::order::HoldKind" {
        /// A refund request is open.
        RefundRequest,
        /// A dispute is open.
        Dispute,
        /// The buyer's bank took a payment back.
        Chargeback,
        /// The platform looks into it.
        Risk,
    }
}

mirror! {
    /// What can be done with an order.
    OrderAction = "crate::domain::order::CommandKind" {
        /// `submitOrder`.
        #[graphql(name = "SUBMIT_ORDER")]
        Submit,
        /// `confirmOrder`.
        #[graphql(name = "CONFIRM_ORDER")]
        Confirm,
        /// `declineOrder`.
        #[graphql(name = "DECLINE_ORDER")]
        Decline,
        /// `cancelOrder`.
        #[graphql(name = "CANCEL_ORDER")]
        Cancel,
        /// The clock ends the order.
        #[graphql(name = "EXPIRE_ORDER")]
        Expire,
        /// `createPaymentSession`.
        #[graphql(name = "CREATE_PAYMENT_SESSION")]
        OpenPayment,
        /// The provider reports a payment.
        ReportPayment,
        /// `markReady`.
        MarkReady,
        /// `dispatchShipment`.
        #[graphql(name = "DISPATCH_SHIPMENT")]
        Dispatch,
        /// `recordDelivery`.
        RecordDelivery,
        /// `confirmReceipt`.
        ConfirmReceipt,
        /// The clock confirms receipt.
        AutoConfirmReceipt,
        /// The clock reports the dispatch deadline.
        ReportDispatchDeadline,
        /// The clock reports a late delivery.
        ReportDeliveryOverdue,
        /// The clock reports an unpaid balance.
        ReportBalanceOverdue,
        /// The clock closes the order.
        #[graphql(name = "CLOSE_ORDER")]
        Close,
        /// The server asks the provider for a refund.
        SubmitRefund,
        /// The provider reports a refund.
        ReportRefund,
        /// `retryRefund`.
        RetryRefund,
        /// `assignSuspensePayment`.
        #[graphql(name = "ASSIGN_SUSPENSE_PAYMENT")]
        AssignPayment,
        /// The clock warns of the provider's limit.
        ReportHoldLimit,
        /// Ask for money back.
        RequestRefund,
        /// Offer an amount that both sides could agree on.
        OfferRefund,
        /// Accept or refuse the buyer's claim.
        RespondToRefundRequest,
        /// Accept the other side's offer.
        AcceptRefundOffer,
        /// A refund request was not answered in time.
        ReportUnansweredRefund,
        /// Take a refund request to the platform.
        EscalateDispute,
        /// Take a refund request or dispute back.
        WithdrawDispute,
        /// Show something in a dispute.
        SubmitEvidence,
        /// The time for evidence is over.
        CloseEvidence,
        /// Decide who gets the money.
        DecideDispute,
        /// Confirm another operator's decision.
        ConfirmDecision,
        /// Ask for another decision.
        AppealDecision,
        /// Carry a decision out.
        ExecuteDecision,
        /// Freeze an order while the platform looks into it.
        PlaceRiskHold,
        /// End that; it takes two operators.
        LiftRiskHold,
        /// Tell of a charge-back.
        ReportChargeback,
    }
}

mirror! {
    /// What stands in the way of an action or of the release of money.
    BlockReason = "crate::domain::order::Blocker" {
        /// An open refund request, dispute, charge-back or risk check freezes the order.
        OnHold,
        /// The supplier's time to confirm is over.
        ConfirmationOverdue,
        /// The echoed hash is not the hash of the terms.
        TermsDiffer,
        /// The provider has a payment that is not decided yet.
        PaymentUnderWay,
        /// Every instalment is paid, or the named one is not due.
        NothingDue,
        /// Not everything is paid that dispatch needs.
        NotPaidForDispatch,
        /// Not every instalment is paid.
        NotFullyFunded,
        /// The contract names an inspection that has not passed.
        InspectionOutstanding,
        /// A line does not exist or has fewer units left.
        QuantityNotLeft,
        /// The shipment is not on its way.
        ShipmentNotOnItsWay,
        /// Not every shipment has proof of delivery.
        NoProofOfDelivery,
        /// Not all goods have left.
        NotShipped,
        /// The set-aside money is less than what is due, or of another currency.
        MoneyFallsShort,
        /// Nothing is in escrow.
        NothingHeld,
        /// A refund has not reached the buyer yet.
        RefundOwed,
        /// The refund is not one of the order's, or does not stand where this could be done.
        NoSuchRefund,
        /// A refund request or dispute is open already.
        DisputeOpen,
        /// The order had as many refund requests as it may have.
        DisputesUsedUp,
        /// The claim window is over.
        ClaimsOver,
        /// The amount is nothing, or more than the buyer paid and did not get back.
        AmountBeyondPaid,
        /// The amount is nothing, or more than the buyer claims.
        AmountBeyondClaim,
        /// The dispute is not one that is open, or is not at the stage at which this is done.
        DisputeStage,
        /// The offer that was accepted is not the last one.
        OfferChanged,
        /// The last offer is the side's own.
        OwnOffer,
        /// The supplier still has time to answer and did not refuse.
        AnswerPending,
        /// The time for evidence is over.
        EvidenceOver,
        /// Both sides still have time for evidence, and not both showed some.
        EvidenceOpen,
        /// The side has shown as much as it may.
        EvidenceFull,
        /// The two parts of a decision are not what is disputed.
        DecisionDoesNotSum,
        /// The operator belongs to a party of the order.
        OperatorRelated,
        /// Another operator has to do this.
        SameOperator,
        /// The time to appeal is over.
        AppealOver,
        /// The one appeal was used.
        AlreadyAppealed,
        /// A second operator has to confirm the decision first.
        NotConfirmed,
        /// The decision needs no confirmation, or has it.
        NoConfirmationNeeded,
        /// The platform looks into the order already.
        RiskHoldOpen,
        /// The charge-back is more than the payment, or the payment brought no money.
        ChargebackMisfit,
    }
}

mirror! {
    /// What a timer is for.
    DeadlineKind = "crate::domain::deadline::DeadlineKind" {
        /// The supplier confirms or declines.
        SupplierConfirmation,
        /// The buyer pays.
        Payment,
        /// The buyer pays the balance.
        BalancePayment,
        /// The dispatch deadline draws near.
        DispatchWarning,
        /// The dispatch deadline is now.
        DispatchDue,
        /// All goods leave.
        Dispatch,
        /// All goods arrive.
        Delivery,
        /// The buyer confirms receipt or objects; after it the clock confirms.
        AutoConfirmation,
        /// Claims are open.
        ClaimWindow,
        /// The payment provider cannot hold the money much longer; operators are told.
        HoldLimit,
        /// The supplier answers a refund request; after it the buyer may escalate.
        RefundAnswer,
        /// Both sides agree on a refund request; after it the clock makes it a dispute.
        DisputeEscalation,
        /// Both sides submit evidence.
        Evidence,
        /// A side appeals; after it the decision is carried out.
        Appeal,
    }
}

mirror! {
    /// How a timer stands.
    DeadlineState = "crate::domain::deadline::DeadlineState" {
        /// It runs.
        Pending,
        /// It stands while there is a hold.
        Paused,
        /// The act was done in time.
        Met,
        /// The act was not done in time.
        Breached,
        /// The clock has acted on it.
        Fired,
        /// It does not matter any more.
        Cancelled,
    }
}

mirror! {
    /// How escrow is released.
    ReleasePolicy = "crate::domain::contract::ReleasePolicy" {
        /// All at once, when receipt of the whole order is confirmed.
        OnCompletion,
        /// Share by share, when receipt of a shipment is confirmed.
        PerShipment,
    }
}

/// How a sandbox payment ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(remote = "crate::service::payments::sandbox::Outcome")]
pub enum SandboxPaymentOutcome {
    /// The provider waits for the money.
    Processing,
    /// The money came.
    Succeeded,
    /// No money will come.
    Failed,
}
