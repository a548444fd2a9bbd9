//! What can be done with an order, and what stands in the way.

use crate::graphql::enums::mirror;

mirror! {
    /// What can be done with an order. What only the clock or a provider does is never among your `availableActions`.
    OrderAction = "crate::domain::order::CommandKind" {
        /// Send a draft to the supplier: `submitOrder`.
        #[graphql(name = "SUBMIT_ORDER")]
        Submit,
        /// Accept the terms: `confirmOrder`.
        #[graphql(name = "CONFIRM_ORDER")]
        Confirm,
        /// Say no to the order: `declineOrder`.
        #[graphql(name = "DECLINE_ORDER")]
        Decline,
        /// Give the order up before payment: `cancelOrder`.
        #[graphql(name = "CANCEL_ORDER")]
        Cancel,
        /// The clock ends the order.
        #[graphql(name = "EXPIRE_ORDER")]
        Expire,
        /// Pay an instalment: `createPaymentSession`.
        #[graphql(name = "CREATE_PAYMENT_SESSION")]
        OpenPayment,
        /// The provider reports a payment.
        ReportPayment,
        /// Say that the goods may leave: `markReady`.
        MarkReady,
        /// Say that goods have left: `dispatchShipment`.
        #[graphql(name = "DISPATCH_SHIPMENT")]
        Dispatch,
        /// Say that a shipment has arrived: `recordDelivery`.
        RecordDelivery,
        /// Confirm receipt of the whole order: `confirmReceipt`.
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
        /// Ask the provider once more for a refund: `retryRefund`.
        RetryRefund,
        /// Give set-aside money to the order: `assignSuspensePayment`.
        #[graphql(name = "ASSIGN_SUSPENSE_PAYMENT")]
        AssignPayment,
        /// The clock warns of the provider's limit.
        ReportHoldLimit,
        /// Book an inspector: `bookInspection`.
        BookInspection,
        /// Pay an inspection's fee: `createInspectionPaymentSession`.
        #[graphql(name = "CREATE_INSPECTION_PAYMENT_SESSION")]
        OpenInspectionPayment,
        /// The provider reports how the payment of an inspection's fee stands.
        ReportInspectionPayment,
        /// Call an inspection off: `cancelInspection`.
        CancelInspection,
        /// Agree to inspect: `acceptInspection`.
        AcceptInspection,
        /// Declare the goods packed for the inspector: `declarePacked`.
        DeclarePacked,
        /// Report what was found: `submitInspectionReport`.
        SubmitInspectionReport,
        /// Take goods that did not pass: `waiveInspection`.
        WaiveInspection,
        /// Have goods that failed mended: `requestRework`.
        RequestRework,
        /// The clock ends an inspection of the contract that nobody booked in time.
        LapseInspection,
        /// The clock ends an inspection that nobody paid for or accepted in time.
        ExpireInspection,
        /// The clock reports that no inspector's report came in time.
        ReportInspectionOverdue,
        /// Send the goods back to a local warehouse: `requestEasyReturn`.
        RequestEasyReturn,
        /// Say that the goods are on their way back: `shipReturn`.
        ShipReturn,
        /// Take or refuse goods that came back: `receiveReturn`.
        ReceiveReturn,
        /// The clock ends a return whose goods were not sent in time.
        ExpireReturn,
        /// The clock reports that the warehouse has not got the goods in time.
        ReportReturnOverdue,
        /// Ask for a promised service: `requestAfterSalesService`.
        RequestAfterSalesService,
        /// Answer a request for a service: `respondToAfterSales`.
        RespondToAfterSales,
        /// Confirm a service, or object to it: `resolveAfterSales`.
        ResolveAfterSales,
        /// The clock reports that somebody did not act on a request for a service in time.
        ReportAfterSalesOverdue,
        /// Ask for money back: `requestRefund`.
        RequestRefund,
        /// Offer an amount that both sides could agree on: `offerRefund`.
        OfferRefund,
        /// Accept or refuse the buyer's claim: `respondToRefundRequest`.
        RespondToRefundRequest,
        /// Accept the other side's offer: `acceptRefundOffer`.
        AcceptRefundOffer,
        /// The clock reports that a refund request was not answered in time.
        ReportUnansweredRefund,
        /// Take a refund request to the platform: `escalateDispute`.
        EscalateDispute,
        /// Take a refund request or dispute back: `withdrawDispute`.
        WithdrawDispute,
        /// Show something in a dispute: `submitEvidence`.
        SubmitEvidence,
        /// The clock ends the time for evidence.
        CloseEvidence,
        /// Decide who gets the money: `decideDispute`.
        DecideDispute,
        /// Confirm another operator's decision: `confirmDecision`.
        ConfirmDecision,
        /// Ask for another decision: `appealDecision`.
        AppealDecision,
        /// The clock carries a decision out.
        ExecuteDecision,
        /// Freeze the order while the platform looks into it: `placeRiskHold`.
        PlaceRiskHold,
        /// End a risk hold, which takes two operators: `liftRiskHold`.
        LiftRiskHold,
        /// The provider reports a charge-back.
        ReportChargeback,
        /// Record a payment off the platform: `recordOffPlatformPayment`.
        RecordOffPlatformPayment,
        /// Confirm receipt of a shipment: `confirmShipmentReceipt`.
        ConfirmShipmentReceipt,
        /// The clock confirms receipt of a shipment.
        AutoConfirmShipmentReceipt,
        /// Give the buyer more time to object: `extendReceipt`.
        ExtendReceipt,
        /// Say that a shipment is lost: `reportShipmentLost`.
        ReportShipmentLost,
        /// End an order of which nothing left in time: `cancelForNonDispatch`.
        CancelForNonDispatch,
        /// End an order whose balance is overdue: `cancelForUnpaidBalance`.
        CancelForUnpaidBalance,
        /// Claim the credit for a late guaranteed delivery: `claimLateDelivery`.
        ClaimLateDelivery,
        /// The clock credits a late guaranteed delivery.
        GrantLateDelivery,
        /// Propose other terms: `proposeContractAmendment`.
        #[graphql(name = "PROPOSE_CONTRACT_AMENDMENT")]
        ProposeAmendment,
        /// Accept proposed terms: `acceptContractAmendment`.
        #[graphql(name = "ACCEPT_CONTRACT_AMENDMENT")]
        AcceptAmendment,
        /// Say no to proposed terms: `declineContractAmendment`.
        #[graphql(name = "DECLINE_CONTRACT_AMENDMENT")]
        DeclineAmendment,
        /// Take proposed terms back: `withdrawContractAmendment`.
        #[graphql(name = "WITHDRAW_CONTRACT_AMENDMENT")]
        WithdrawAmendment,
        /// The clock ends a proposal that nobody answered.
        #[graphql(name = "EXPIRE_CONTRACT_AMENDMENT")]
        ExpireAmendment,
    }
}

mirror! {
    /// What stands in the way of an action or of the release of money.
    BlockReason = "crate::domain::order::Blocker" {
        /// An open refund request, dispute, charge-back or risk check freezes the order.
        OnHold,
        /// The supplier's time to confirm is over.
        ConfirmationOverdue,
        /// The buyer's time to pay is over.
        PaymentOverdue,
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
        /// The order is of a kind that is not inspected.
        InspectionNotForeseen,
        /// Another inspection is under way.
        InspectionUnderWay,
        /// Too few working days are left before dispatch.
        InspectionTooLate,
        /// The day is no working day, too soon, or after dispatch.
        InspectionDayUnfit,
        /// No inspection of the order is where this can be done.
        NoSuchInspection,
        /// The inspector's time is over.
        InspectionOverdue,
        /// Too little is packed for an inspection.
        NotPacked,
        /// Not every line has the Easy Return mark in the contract.
        NoEasyReturn,
        /// Goods and freight are worth more than the contract's limit.
        ReturnTooDear,
        /// No returns are received in the destination country.
        ReturnCountryNotServed,
        /// The time to return the goods is over.
        ReturnWindowOver,
        /// The order has had its return.
        ReturnedBefore,
        /// Everything that was paid went back already.
        NothingToRefund,
        /// No return of the order is where this can be done.
        NoSuchReturn,
        /// The time to send the goods back is over.
        ReturnShipmentOverdue,
        /// The contract promises no service for the line.
        NoServicePromised,
        /// The term of the promised service is over.
        ServiceTermOver,
        /// A request for the line is open, or was made good with money.
        ServiceRequestOpen,
        /// No request for a service is where this can be done.
        NoSuchServiceRequest,
        /// The supplier's time to answer or to give the service is over.
        ServiceAnswerOverdue,
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
        /// Enough payments off the platform are recorded.
        OffPlatformFull,
        /// The payment off the platform is of nothing, or of tomorrow.
        OffPlatformMisfit,
        /// The shipment is lost, confirmed, or not one of the order's.
        NotConfirmable,
        /// The goods are not late.
        DeliveryNotLate,
        /// Nothing confirms itself yet.
        NothingToExtend,
        /// The time to object is over.
        ReceiptOverdue,
        /// The buyer has extended once.
        AlreadyExtended,
        /// Goods have left.
        AlreadyDispatched,
        /// The grace after the dispatch deadline is not over.
        DispatchNotOverdue,
        /// The balance is paid, or still has time.
        BalanceNotOverdue,
        /// The promise was made good before.
        AlreadyCompensated,
        /// The time to claim is over.
        ClaimWindowOver,
        /// The order earns no credit.
        NothingToCredit,
        /// No such amendment waits for an answer.
        NoOpenAmendment,
        /// Another amendment waits for an answer.
        AmendmentOpen,
        /// The time to accept the amendment is over.
        AmendmentOverdue,
        /// The order moved on since the amendment was proposed.
        AmendmentStale,
        /// The other side accepts or declines; the proposer withdraws.
        NotYoursToAnswer,
        /// The contract does not have this.
        NotInContract,
    }
}
