//! What the log tells.

use crate::graphql::enums::mirror;

mirror! {
    /// Who caused an event.
    EventActor = "crate::domain::actor::EventActor" {
        /// The buyer's company.
        Buyer,
        /// The supplier's company.
        Supplier,
        /// The platform's staff.
        Operator,
        /// The platform's staff, where it took a badge away.
        Platform,
        /// An independent inspection company.
        Inspector,
        /// A carrier.
        Carrier,
        /// A warehouse that receives returns.
        Warehouse,
        /// A payment provider, by a signed message.
        Provider,
        /// The rules: what something rested on changed.
        Rules,
        /// The clock.
        Clock,
    }
}

mirror! {
    /// What happened.
    EventType = "crate::domain::event::EventType" {
        /// The order was put together.
        OrderDrafted,
        /// The order was sent to the supplier, or sealed at once where it is guaranteed.
        OrderPlaced,
        /// The supplier confirmed; the contract is sealed.
        OrderConfirmed,
        /// The supplier declined.
        OrderDeclined,
        /// A party cancelled.
        OrderCancelled,
        /// The clock ended the order.
        OrderExpired,
        /// A payment session was opened.
        PaymentSessionCreated,
        /// The provider waits for the money.
        PaymentProcessing,
        /// A try to pay ended without money.
        PaymentFailed,
        /// Money came into escrow.
        PaymentReceived,
        /// Money came that fits nothing and was set aside.
        PaymentSetAside,
        /// The balance was not paid in time.
        BalanceOverdue,
        /// The goods may leave.
        OrderReady,
        /// Goods left.
        ShipmentDispatched,
        /// Goods arrived.
        ShipmentDelivered,
        /// The buyer confirmed receipt.
        ReceiptConfirmed,
        /// The clock confirmed receipt.
        ReceiptAutoConfirmed,
        /// Money left escrow for the supplier.
        EscrowReleased,
        /// Money goes back to the buyer.
        RefundApproved,
        /// A refund reached the buyer.
        RefundSucceeded,
        /// The provider could not refund; the money stays owed.
        RefundFailed,
        /// A broken promise is made good with money.
        CompensationGranted,
        /// The payment provider cannot hold the order's money much longer.
        HoldLimitApproaching,
        /// A check found that the order's books do not add up; payouts pause.
        BooksDiffer,
        /// The order is frozen.
        HoldPlaced,
        /// A payment off the platform was recorded; it has no cover.
        OffPlatformPaymentRecorded,
        /// A hold is over.
        HoldLifted,
        /// The order ended with everything paid back.
        OrderRefunded,
        /// The order ended by a split.
        OrderSettled,
        /// The claim window is over.
        OrderClosed,
        /// The dispatch deadline draws near.
        DispatchDeadlineApproaching,
        /// The dispatch deadline is now.
        DispatchDeadlineDue,
        /// Goods did not leave in time.
        DispatchDeadlineBreached,
        /// All goods left in time.
        DispatchDeadlineMet,
        /// Goods did not arrive as promised.
        DeliveryOverdue,
        /// An inspector is booked.
        InspectionBooked,
        /// An inspection's fee is in escrow.
        InspectionPaid,
        /// The inspector comes.
        InspectionAccepted,
        /// An inspection was called off.
        InspectionCancelled,
        /// An inspection was not booked, paid or accepted in time.
        InspectionLapsed,
        /// The goods are packed and can be inspected.
        GoodsPacked,
        /// An inspector reported.
        InspectionReported,
        /// An inspector did not report in time.
        InspectionReportOverdue,
        /// The buyer takes the goods although they did not pass.
        InspectionWaived,
        /// The goods are to be mended and inspected again.
        ReworkRequested,
        /// Goods may go back to a local warehouse.
        ReturnApproved,
        /// Goods are on their way back.
        ReturnShipped,
        /// The warehouse took the goods.
        ReturnReceived,
        /// The warehouse refused the goods.
        ReturnRejected,
        /// Goods were not sent back in time.
        ReturnExpired,
        /// The warehouse has not got the goods in time.
        ReturnReceiptOverdue,
        /// The buyer asks for a promised service.
        AfterSalesRequested,
        /// The supplier will give the service.
        AfterSalesAccepted,
        /// The supplier says that it gave the service.
        AfterSalesFulfilled,
        /// The service was given.
        AfterSalesConfirmed,
        /// The service was not given.
        AfterSalesFailed,
        /// A service that was not given is made good with money.
        AfterSalesCompensated,
        /// A dispute decides on a service that was not given.
        AfterSalesDisputed,
        /// The request for a service is taken back.
        AfterSalesWithdrawn,
        /// The buyer confirmed receipt of a shipment.
        ShipmentReceiptConfirmed,
        /// The clock confirmed receipt of a shipment.
        ShipmentReceiptAutoConfirmed,
        /// There is more time to object to what arrived.
        ReceiptExtended,
        /// A shipment was lost; its goods are to be sent anew, or a refund asked for.
        ShipmentLost,
        /// The buyer's credit was spent on the order.
        CreditSpent,
        /// A side proposed other terms.
        AmendmentProposed,
        /// Both agreed on other terms; the next version of the contract is sealed.
        AmendmentAccepted,
        /// The other side declined other terms.
        AmendmentDeclined,
        /// The proposer took other terms back.
        AmendmentWithdrawn,
        /// Nobody answered a proposal in time.
        AmendmentExpired,
        /// A party wrote to the other one.
        MessageSent,
        /// The buyer asked for money back.
        RefundRequested,
        /// A side made an offer on a refund request.
        RefundOffered,
        /// The supplier refused a refund request.
        RefundRefused,
        /// The supplier did not answer a refund request in time.
        RefundUnanswered,
        /// Both sides agreed on a refund.
        RefundAgreed,
        /// A refund request became a dispute that the platform decides.
        DisputeEscalated,
        /// The buyer took a refund request or dispute back.
        DisputeWithdrawn,
        /// Somebody showed something in a dispute.
        EvidenceSubmitted,
        /// The time for evidence is over.
        EvidenceClosed,
        /// An operator decided a dispute.
        DisputeDecided,
        /// A second operator confirmed a decision.
        DecisionConfirmed,
        /// A side appealed against a decision.
        DecisionAppealed,
        /// A decision was carried out.
        DecisionExecuted,
        /// What is disputed changed since the decision; it is decided anew.
        DisputeReopened,
        /// A dispute ended because everything had gone back another way.
        DisputeSuperseded,
        /// The first of two operators approved that a hold is lifted.
        HoldLiftApproved,
        /// The buyer's bank took a payment back.
        ChargebackOpened,
        /// The buyer's bank gave back a payment that it had taken.
        ChargebackWon,
        /// The buyer's bank kept a payment that it had taken back.
        ChargebackLost,
        /// A supplier or one of its products was granted a badge.
        BadgeAwarded,
        /// A badge ended by itself: its time was over, or what it rests on no longer holds.
        BadgeLapsed,
        /// The platform took a badge away.
        BadgeRevoked,
        /// A supplier enrolled in Trade Assurance.
        TradeAssuranceEnrolled,
        /// A supplier left Trade Assurance.
        TradeAssuranceWithdrawn,
        /// A supplier is not listed and cannot sell.
        SupplierSuspended,
        /// A suspension is over.
        SupplierReinstated,
        /// A membership was paid.
        MembershipGranted,
        /// A membership is over.
        MembershipExpired,
        /// An agency's check of capacity or credentials is on record.
        AgencyCheckRecorded,
        /// An agency's check is too old.
        AgencyCheckExpired,
        /// A third-party audit is on record.
        AuditRecorded,
        /// An audit is too old.
        AuditExpired,
        /// A management or product certificate is on record.
        CertificateRegistered,
        /// A certificate is no longer valid.
        CertificateExpired,
        /// A licence is on record.
        LicenceRegistered,
        /// A licence is no longer valid.
        LicenceExpired,
        /// A report, film, panorama or tour is on record.
        MediaRecorded,
        /// A client case, award, patent, capability or experience is on record.
        TrackRecordRecorded,
        /// An entry of the track record is no longer valid.
        TrackRecordExpired,
        /// The platform withdrew a record of evidence.
        EvidenceWithdrawn,
        /// A supplier submitted a document for review.
        VerificationDocumentSubmitted,
        /// The platform accepted or refused a document.
        VerificationDocumentReviewed,
        /// Nothing is sent to one of your webhook endpoints any more; `reason` says why, `facts` which one.
        WebhookEndpointDisabled,
    }
}
