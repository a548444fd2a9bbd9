//! Events: what happened, in the words that partners hear.

use serde_json::{Map, Value};

use super::contract::sha256_hex;
use super::ids::{CompanyId, EventId, OrderId, QuoteId, SupplierId};
use super::time::Timestamp;
use super::words::words;

words! {
    /// What happened.
    EventType {
        /// The order was put together.
        OrderDrafted => "ORDER_DRAFTED",
        /// The order was sent to the supplier, or sealed at once where it is guaranteed.
        OrderPlaced => "ORDER_PLACED",
        /// The supplier confirmed; the contract is sealed.
        OrderConfirmed => "ORDER_CONFIRMED",
        /// The supplier declined.
        OrderDeclined => "ORDER_DECLINED",
        /// A party cancelled.
        OrderCancelled => "ORDER_CANCELLED",
        /// The clock ended the order.
        OrderExpired => "ORDER_EXPIRED",
        /// A payment session was opened.
        PaymentSessionCreated => "PAYMENT_SESSION_CREATED",
        /// The provider waits for the money.
        PaymentProcessing => "PAYMENT_PROCESSING",
        /// No money came.
        PaymentFailed => "PAYMENT_FAILED",
        /// Money came into escrow.
        PaymentReceived => "PAYMENT_RECEIVED",
        /// Money came that fits nothing and was set aside.
        PaymentSetAside => "PAYMENT_SET_ASIDE",
        /// The balance was not paid in time.
        BalanceOverdue => "BALANCE_OVERDUE",
        /// The goods may leave.
        OrderReady => "ORDER_READY",
        /// Goods left.
        ShipmentDispatched => "SHIPMENT_DISPATCHED",
        /// Goods arrived.
        ShipmentDelivered => "SHIPMENT_DELIVERED",
        /// The buyer confirmed receipt.
        ReceiptConfirmed => "RECEIPT_CONFIRMED",
        /// The clock confirmed receipt.
        ReceiptAutoConfirmed => "RECEIPT_AUTO_CONFIRMED",
        /// Money left escrow for the supplier.
        EscrowReleased => "ESCROW_RELEASED",
        /// Money goes back to the buyer.
        RefundApproved => "REFUND_APPROVED",
        /// A refund reached the buyer.
        RefundSucceeded => "REFUND_SUCCEEDED",
        /// The provider could not refund; the money stays owed.
        RefundFailed => "REFUND_FAILED",
        /// A broken promise is made good with money.
        CompensationGranted => "COMPENSATION_GRANTED",
        /// The payment provider cannot hold the order's money much longer.
        HoldLimitApproaching => "HOLD_LIMIT_APPROACHING",
        /// A check found that the order's books do not add up.
        BooksDiffer => "BOOKS_DIFFER",
        /// The order is frozen.
        HoldPlaced => "HOLD_PLACED",
        /// A payment off the platform was recorded.
        OffPlatformPaymentRecorded => "OFF_PLATFORM_PAYMENT_RECORDED",
        /// A hold is over.
        HoldLifted => "HOLD_LIFTED",
        /// The order ended with everything paid back.
        OrderRefunded => "ORDER_REFUNDED",
        /// The order ended by a split.
        OrderSettled => "ORDER_SETTLED",
        /// The claim window is over.
        OrderClosed => "ORDER_CLOSED",
        /// The dispatch deadline draws near.
        DispatchDeadlineApproaching => "DISPATCH_DEADLINE_APPROACHING",
        /// The dispatch deadline is now.
        DispatchDeadlineDue => "DISPATCH_DEADLINE_DUE",
        /// Goods did not leave in time.
        DispatchDeadlineBreached => "DISPATCH_DEADLINE_BREACHED",
        /// All goods left; the body says whether in time.
        DispatchDeadlineMet => "DISPATCH_DEADLINE_MET",
        /// Goods did not arrive as promised.
        DeliveryOverdue => "DELIVERY_OVERDUE",
        /// An inspector is booked.
        InspectionBooked => "INSPECTION_BOOKED",
        /// An inspection's fee is in escrow.
        InspectionPaid => "INSPECTION_PAID",
        /// The inspector comes.
        InspectionAccepted => "INSPECTION_ACCEPTED",
        /// An inspection was called off.
        InspectionCancelled => "INSPECTION_CANCELLED",
        /// An inspection was not booked, paid or accepted in time.
        InspectionLapsed => "INSPECTION_LAPSED",
        /// The goods are packed and can be inspected.
        GoodsPacked => "GOODS_PACKED",
        /// An inspector reported.
        InspectionReported => "INSPECTION_REPORTED",
        /// An inspector did not report in time.
        InspectionReportOverdue => "INSPECTION_REPORT_OVERDUE",
        /// The buyer takes the goods although they did not pass.
        InspectionWaived => "INSPECTION_WAIVED",
        /// The goods are to be mended and inspected again.
        ReworkRequested => "REWORK_REQUESTED",
        /// Goods may go back to a local warehouse.
        ReturnApproved => "RETURN_APPROVED",
        /// Goods are on their way back.
        ReturnShipped => "RETURN_SHIPPED",
        /// The warehouse took the goods.
        ReturnReceived => "RETURN_RECEIVED",
        /// The warehouse refused the goods.
        ReturnRejected => "RETURN_REJECTED",
        /// Goods were not sent back in time.
        ReturnExpired => "RETURN_EXPIRED",
        /// The warehouse has not got the goods in time.
        ReturnReceiptOverdue => "RETURN_RECEIPT_OVERDUE",
        /// The buyer asks for a promised service.
        AfterSalesRequested => "AFTER_SALES_REQUESTED",
        /// The supplier will give the service.
        AfterSalesAccepted => "AFTER_SALES_ACCEPTED",
        /// The supplier says that it gave the service.
        AfterSalesFulfilled => "AFTER_SALES_FULFILLED",
        /// The service was given.
        AfterSalesConfirmed => "AFTER_SALES_CONFIRMED",
        /// The service was not given.
        AfterSalesFailed => "AFTER_SALES_FAILED",
        /// A service that was not given is made good with money.
        AfterSalesCompensated => "AFTER_SALES_COMPENSATED",
        /// A dispute decides on a service that was not given.
        AfterSalesDisputed => "AFTER_SALES_DISPUTED",
        /// The request for a service is taken back.
        AfterSalesWithdrawn => "AFTER_SALES_WITHDRAWN",
        /// The buyer confirmed receipt of a shipment.
        ShipmentReceiptConfirmed => "SHIPMENT_RECEIPT_CONFIRMED",
        /// The clock confirmed receipt of a shipment.
        ShipmentReceiptAutoConfirmed => "SHIPMENT_RECEIPT_AUTO_CONFIRMED",
        /// There is more time to object.
        ReceiptExtended => "RECEIPT_EXTENDED",
        /// A shipment was lost.
        ShipmentLost => "SHIPMENT_LOST",
        /// A buyer's credit was spent on the order.
        CreditSpent => "CREDIT_SPENT",
        /// A side proposed other terms.
        AmendmentProposed => "AMENDMENT_PROPOSED",
        /// Both agreed on other terms; the next version of the contract is sealed.
        AmendmentAccepted => "AMENDMENT_ACCEPTED",
        /// The other side declined other terms.
        AmendmentDeclined => "AMENDMENT_DECLINED",
        /// The proposer took other terms back.
        AmendmentWithdrawn => "AMENDMENT_WITHDRAWN",
        /// Nobody answered a proposal in time.
        AmendmentExpired => "AMENDMENT_EXPIRED",
        /// A party wrote to the other one.
        MessageSent => "MESSAGE_SENT",
        /// The buyer asked for money back.
        RefundRequested => "REFUND_REQUESTED",
        /// A side made an offer on a refund request.
        RefundOffered => "REFUND_OFFERED",
        /// The supplier refused a refund request.
        RefundRefused => "REFUND_REFUSED",
        /// The supplier did not answer a refund request in time.
        RefundUnanswered => "REFUND_UNANSWERED",
        /// Both sides agreed on a refund.
        RefundAgreed => "REFUND_AGREED",
        /// A refund request became a dispute that the platform decides.
        DisputeEscalated => "DISPUTE_ESCALATED",
        /// The buyer took a refund request or dispute back.
        DisputeWithdrawn => "DISPUTE_WITHDRAWN",
        /// Somebody showed something in a dispute.
        EvidenceSubmitted => "EVIDENCE_SUBMITTED",
        /// The time for evidence is over.
        EvidenceClosed => "EVIDENCE_CLOSED",
        /// An operator decided a dispute.
        DisputeDecided => "DISPUTE_DECIDED",
        /// A second operator confirmed a decision.
        DecisionConfirmed => "DECISION_CONFIRMED",
        /// A side appealed.
        DecisionAppealed => "DECISION_APPEALED",
        /// A decision was carried out.
        DecisionExecuted => "DECISION_EXECUTED",
        /// What is disputed changed since the decision; it is decided anew.
        DisputeReopened => "DISPUTE_REOPENED",
        /// A dispute ended because everything had gone back another way.
        DisputeSuperseded => "DISPUTE_SUPERSEDED",
        /// The first of two operators approved that a hold is lifted.
        HoldLiftApproved => "HOLD_LIFT_APPROVED",
        /// The buyer's bank took a payment back.
        ChargebackOpened => "CHARGEBACK_OPENED",
        /// The bank gave it back.
        ChargebackWon => "CHARGEBACK_WON",
        /// The bank kept it.
        ChargebackLost => "CHARGEBACK_LOST",
        /// A supplier or one of its products was granted a badge.
        BadgeAwarded => "BADGE_AWARDED",
        /// A badge ended by itself: its time was over, or what it rests on no longer holds.
        BadgeLapsed => "BADGE_LAPSED",
        /// The platform took a badge away.
        BadgeRevoked => "BADGE_REVOKED",
        /// A supplier enrolled in Trade Assurance.
        TradeAssuranceEnrolled => "TRADE_ASSURANCE_ENROLLED",
        /// A supplier left Trade Assurance.
        TradeAssuranceWithdrawn => "TRADE_ASSURANCE_WITHDRAWN",
        /// A supplier is not listed and cannot sell.
        SupplierSuspended => "SUPPLIER_SUSPENDED",
        /// A suspension is over.
        SupplierReinstated => "SUPPLIER_REINSTATED",
        /// A membership was paid.
        MembershipGranted => "MEMBERSHIP_GRANTED",
        /// A membership is over.
        MembershipExpired => "MEMBERSHIP_EXPIRED",
        /// An agency's check of capacity or credentials is on record.
        AgencyCheckRecorded => "AGENCY_CHECK_RECORDED",
        /// An agency's check is too old.
        AgencyCheckExpired => "AGENCY_CHECK_EXPIRED",
        /// A third-party audit is on record.
        AuditRecorded => "AUDIT_RECORDED",
        /// An audit is too old.
        AuditExpired => "AUDIT_EXPIRED",
        /// A management or product certificate is on record.
        CertificateRegistered => "CERTIFICATE_REGISTERED",
        /// A certificate is no longer valid.
        CertificateExpired => "CERTIFICATE_EXPIRED",
        /// A licence is on record.
        LicenceRegistered => "LICENCE_REGISTERED",
        /// A licence is no longer valid.
        LicenceExpired => "LICENCE_EXPIRED",
        /// A report, film, panorama or tour is on record.
        MediaRecorded => "MEDIA_RECORDED",
        /// A client case, award, patent, capability or experience is on record.
        TrackRecordRecorded => "TRACK_RECORD_RECORDED",
        /// An entry of the track record is no longer valid.
        TrackRecordExpired => "TRACK_RECORD_EXPIRED",
        /// The platform withdrew a record of evidence.
        EvidenceWithdrawn => "EVIDENCE_WITHDRAWN",
        /// A supplier submitted a document for review.
        VerificationDocumentSubmitted => "VERIFICATION_DOCUMENT_SUBMITTED",
        /// The platform accepted or refused a document.
        VerificationDocumentReviewed => "VERIFICATION_DOCUMENT_REVIEWED",
        /// Nothing is sent to one of the company's endpoints any more; the body says why.
        WebhookEndpointDisabled => "WEBHOOK_ENDPOINT_DISABLED",
    }
}

/// What an event is about: each subject has a chain of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventSubject {
    /// An order.
    Order(OrderId),
    /// A supplier.
    Supplier(SupplierId),
    /// A quote.
    Quote(QuoteId),
    /// A company.
    Company(CompanyId),
}

impl std::fmt::Display for EventSubject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Order(id) => id.fmt(f),
            Self::Supplier(id) => id.fmt(f),
            Self::Quote(id) => id.fmt(f),
            Self::Company(id) => id.fmt(f),
        }
    }
}

impl EventType {
    /// Whether `orderStatusChanged` tells it.
    pub const fn is_order_status(self) -> bool {
        !self.is_about_supplier()
            && !self.is_dispatch_deadline()
            && !matches!(self, Self::MessageSent | Self::WebhookEndpointDisabled)
    }

    /// Whether suppliers have it, and orders do not.
    pub const fn is_about_supplier(self) -> bool {
        matches!(
            self,
            Self::BadgeAwarded
                | Self::BadgeLapsed
                | Self::BadgeRevoked
                | Self::TradeAssuranceEnrolled
                | Self::TradeAssuranceWithdrawn
                | Self::SupplierSuspended
                | Self::SupplierReinstated
                | Self::MembershipGranted
                | Self::MembershipExpired
                | Self::AgencyCheckRecorded
                | Self::AgencyCheckExpired
                | Self::AuditRecorded
                | Self::AuditExpired
                | Self::CertificateRegistered
                | Self::CertificateExpired
                | Self::LicenceRegistered
                | Self::LicenceExpired
                | Self::MediaRecorded
                | Self::TrackRecordRecorded
                | Self::TrackRecordExpired
                | Self::EvidenceWithdrawn
                | Self::VerificationDocumentSubmitted
                | Self::VerificationDocumentReviewed
        )
    }

    /// Whether `dispatchDeadline` tells it.
    pub const fn is_dispatch_deadline(self) -> bool {
        matches!(
            self,
            Self::DispatchDeadlineApproaching
                | Self::DispatchDeadlineDue
                | Self::DispatchDeadlineBreached
                | Self::DispatchDeadlineMet
        )
    }
}

/// An event before it has its place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventDraft {
    /// What happened.
    pub kind: EventType,
    /// Facts: amounts as strings of minor units, instants in RFC 3339.
    pub body: Map<String, Value>,
}

impl EventDraft {
    /// An event without facts.
    pub fn new(kind: EventType) -> Self {
        Self { kind, body: Map::new() }
    }

    /// The same with one more fact.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.body.insert(name.to_owned(), value.into());
        self
    }
}

/// An event in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its place in the log: dense, so a reader knows that nothing is missing.
    pub seq: i64,
    /// Its id: the same in every way it is told.
    pub id: EventId,
    /// What it is about.
    pub subject: EventSubject,
    /// Its place among the subject's events, from one, without gaps.
    pub subject_seq: i64,
    /// The subject's version that it belongs to.
    pub subject_version: i64,
    /// What happened.
    pub kind: EventType,
    /// Facts.
    pub body: Map<String, Value>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// The hash of the event before it in its subject's chain.
    pub previous_hash: String,
    /// The hash over that and itself.
    pub hash: String,
}

/// The hash that a subject's chain of events begins with.
pub const FIRST_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The next hash of a subject's chain: over the one before and what the event says.
pub fn chain_hash(
    previous: &str,
    subject: EventSubject,
    subject_seq: i64,
    kind: EventType,
    occurred_at: Timestamp,
    body: &str,
) -> String {
    let micros = occurred_at.micros();
    sha256_hex(format!("{previous}\n{subject}\n{subject_seq}\n{kind}\n{micros}\n{body}").as_bytes())
}
