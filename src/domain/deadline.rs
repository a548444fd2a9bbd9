//! Timers with a consequence: one shape for all of them.
//!
//! An act is in time if `now <= due`; the clock fires if `now > due`. Rules compare the command's time with `due_at`
//! and never ask whether the timer has fired.

use super::ids::{DeadlineId, OrderId};
use super::order::ActorKind;
use super::time::{Span, Timestamp};
use super::words::words;

/// A timer that fires more than this behind its instant has fired late, and its events say so. A node that is well fires
/// within 250 ms; a second is the most that we promise, so later than that something stood still: a server that was
/// down, or the timer itself, which could not act before.
pub const LATE_AFTER: Span = Span::seconds(1);

words! {
    /// What a timer is for.
    DeadlineKind {
        /// The supplier confirms or declines.
        SupplierConfirmation => "SUPPLIER_CONFIRMATION",
        /// The buyer pays.
        Payment => "PAYMENT",
        /// The buyer pays the balance.
        BalancePayment => "BALANCE_PAYMENT",
        /// The dispatch deadline draws near; the subject says how near.
        DispatchWarning => "DISPATCH_WARNING",
        /// The dispatch deadline is now.
        DispatchDue => "DISPATCH_DUE",
        /// All goods leave.
        Dispatch => "DISPATCH",
        /// All goods arrive.
        Delivery => "DELIVERY",
        /// The buyer confirms receipt or objects; after it the clock confirms.
        AutoConfirmation => "AUTO_CONFIRMATION",
        /// Claims are open.
        ClaimWindow => "CLAIM_WINDOW",
        /// The buyer books the inspection that the contract names.
        InspectionBooking => "INSPECTION_BOOKING",
        /// The buyer pays the inspection's fee.
        InspectionPayment => "INSPECTION_PAYMENT",
        /// The inspector accepts.
        InspectionAcceptance => "INSPECTION_ACCEPTANCE",
        /// The inspector reports.
        InspectionReport => "INSPECTION_REPORT",
        /// The buyer sends the goods back.
        ReturnShipment => "RETURN_SHIPMENT",
        /// The warehouse has the goods.
        ReturnReceipt => "RETURN_RECEIPT",
        /// The other side answers on a promised service.
        ServiceAnswer => "SERVICE_ANSWER",
        /// The supplier gives the promised service.
        ServiceFulfilment => "SERVICE_FULFILMENT",
        /// The buyer confirms a shipment or objects; after it the clock confirms. The subject is the shipment.
        ShipmentConfirmation => "SHIPMENT_CONFIRMATION",
        /// A late guaranteed delivery is credited.
        LateDeliveryCredit => "LATE_DELIVERY_CREDIT",
        /// The other side answers an amendment. The subject is the amendment.
        AmendmentAnswer => "AMENDMENT_ANSWER",
        /// The payment provider cannot hold the money much longer.
        HoldLimit => "HOLD_LIMIT",
        /// The supplier answers a refund request; after it the buyer may escalate.
        RefundAnswer => "REFUND_ANSWER",
        /// Both sides agree on a refund request; after it the clock makes it a dispute.
        DisputeEscalation => "DISPUTE_ESCALATION",
        /// Both sides submit evidence.
        Evidence => "EVIDENCE",
        /// A side appeals; after it the decision is carried out.
        Appeal => "APPEAL",
    }
}

impl DeadlineKind {
    /// What happens when it is missed, for people.
    pub const fn consequence(self) -> &'static str {
        match self {
            Self::SupplierConfirmation => "The order expires; nothing was paid.",
            Self::Payment => "The order expires, unless a payment is under way.",
            Self::BalancePayment => "Both parties are told that the balance is overdue.",
            Self::DispatchWarning => "A warning to both parties.",
            Self::DispatchDue => "Dispatch after this instant is late.",
            Self::Dispatch => "The dispatch is late; both parties are told.",
            Self::Delivery => "The delivery is late; both parties are told.",
            Self::AutoConfirmation => {
                "Receipt counts as confirmed and the money is released to the supplier."
            }
            Self::ClaimWindow => "The order closes; claims are over.",
            Self::InspectionBooking => "The inspection lapses; the goods may leave without one.",
            Self::InspectionPayment => "The inspection lapses, unless a payment is under way.",
            Self::InspectionAcceptance => "The inspection lapses and the fee goes back to the buyer.",
            Self::InspectionReport => {
                "The inspector is in breach: the fee goes back to the buyer and the order goes on."
            }
            Self::ReturnShipment => "The return is over and nothing is paid back.",
            Self::ReturnReceipt => "The warehouse and the platform are told; the return stays open.",
            Self::ServiceAnswer => {
                "An unanswered request fails, an undisputed service counts as given, and a failed one is made good with money."
            }
            Self::ServiceFulfilment => "The service counts as not given.",
            Self::ShipmentConfirmation => {
                "Receipt of the shipment counts as confirmed and its share is released to the supplier."
            }
            Self::LateDeliveryCredit => "The buyer is credited for the late delivery.",
            Self::AmendmentAnswer => "The proposed amendment expires; the contract stays as it is.",
            Self::HoldLimit => "Operators are told; nothing is released by it.",
            Self::RefundAnswer => "The buyer may take the refund request to the platform.",
            Self::DisputeEscalation => "The refund request becomes a dispute that the platform decides.",
            Self::Evidence => "Evidence is closed; the platform decides.",
            Self::Appeal => {
                "The decision is carried out, as soon as a second operator has confirmed it where one has to."
            }
        }
    }

    /// Whose act it waits for, as far as the kind alone says it: both parties where either can act, nobody where only
    /// time has to pass. [`Order::awaited`](super::order::Order::awaited) knows more.
    pub const fn awaited(self) -> &'static [ActorKind] {
        match self {
            Self::SupplierConfirmation
            | Self::DispatchWarning
            | Self::DispatchDue
            | Self::Dispatch
            | Self::Delivery
            | Self::RefundAnswer
            | Self::ServiceFulfilment => &[ActorKind::Supplier],
            Self::Payment
            | Self::BalancePayment
            | Self::AutoConfirmation
            | Self::ShipmentConfirmation
            | Self::ClaimWindow
            | Self::InspectionBooking
            | Self::InspectionPayment
            | Self::ReturnShipment => &[ActorKind::Buyer],
            Self::InspectionAcceptance | Self::InspectionReport => &[ActorKind::Inspector],
            Self::ReturnReceipt => &[ActorKind::Warehouse],
            Self::AmendmentAnswer
            | Self::ServiceAnswer
            | Self::DisputeEscalation
            | Self::Evidence
            | Self::Appeal => &[ActorKind::Buyer, ActorKind::Supplier],
            Self::LateDeliveryCredit | Self::HoldLimit => &[],
        }
    }

    /// Whether the kind stands while the order has a hold.
    pub const fn pauses_on_hold(self) -> bool {
        match self {
            Self::DispatchWarning
            | Self::DispatchDue
            | Self::Dispatch
            | Self::Delivery
            | Self::AutoConfirmation
            | Self::ShipmentConfirmation
            | Self::LateDeliveryCredit => true,
            Self::SupplierConfirmation
            | Self::Payment
            | Self::BalancePayment
            | Self::ClaimWindow
            | Self::AmendmentAnswer
            | Self::HoldLimit
            | Self::RefundAnswer
            | Self::DisputeEscalation
            | Self::Evidence
            | Self::Appeal
            | Self::InspectionBooking
            | Self::InspectionPayment
            | Self::InspectionAcceptance
            | Self::InspectionReport
            | Self::ReturnShipment
            | Self::ReturnReceipt
            | Self::ServiceAnswer
            | Self::ServiceFulfilment => false,
        }
    }
}

words! {
    /// How a timer stands.
    DeadlineState {
        /// It runs.
        Pending => "PENDING",
        /// It stands while there is a hold.
        Paused => "PAUSED",
        /// The act was done in time.
        Met => "MET",
        /// The act was not done in time.
        Breached => "BREACHED",
        /// The clock has acted on it.
        Fired => "FIRED",
        /// It does not matter any more.
        Cancelled => "CANCELLED",
    }
}

/// A timer of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// Its id.
    pub id: DeadlineId,
    /// Whose it is.
    pub order: OrderId,
    /// What it is for.
    pub kind: DeadlineKind,
    /// Which of its kind: a lead time, a shipment, or `-`.
    pub subject: String,
    /// The last instant in time.
    pub due_at: Timestamp,
    /// How it stands.
    pub state: DeadlineState,
    /// What is left of it while it stands.
    pub remaining: Option<Span>,
    /// When it ended.
    pub settled_at: Option<Timestamp>,
}

impl Deadline {
    /// Whether it is late to fire it now: more than [`LATE_AFTER`] behind its instant.
    pub fn fires_late(&self, now: Timestamp) -> bool {
        now > self.due_at.plus(LATE_AFTER)
    }
}
