//! The order region: its statuses, each with its data.

use serde::{Deserialize, Serialize};

use crate::domain::time::Timestamp;
use crate::domain::words::words;

words! {
    /// How an order comes about.
    OrderKind {
        /// The supplier confirms what the buyer asked for.
        Standard => "STANDARD",
        /// A few units to judge the product by.
        Sample => "SAMPLE",
        /// Fixed price with freight, payable at once, no confirmation.
        Guaranteed => "GUARANTEED",
    }
}

words! {
    /// The status of the order region.
    OrderStatus {
        /// Put together, not yet sent to the supplier.
        Draft => "DRAFT",
        /// The supplier is asked to confirm.
        PendingSupplier => "PENDING_SUPPLIER",
        /// The contract is sealed; the buyer is asked to pay.
        PendingPayment => "PENDING_PAYMENT",
        /// The first payment is in escrow; the supplier makes the goods.
        InProduction => "IN_PRODUCTION",
        /// An inspector looks at the goods.
        InInspection => "IN_INSPECTION",
        /// The goods may leave.
        Ready => "READY",
        /// Some goods have left.
        PartiallyShipped => "PARTIALLY_SHIPPED",
        /// All goods have left.
        Shipped => "SHIPPED",
        /// All goods have arrived, with proof.
        Delivered => "DELIVERED",
        /// Receipt is confirmed and the money released; claims are open.
        Completed => "COMPLETED",
        /// The claim window is over.
        Closed => "CLOSED",
        /// Ended by a party before payment.
        Cancelled => "CANCELLED",
        /// Ended by the clock before payment.
        Expired => "EXPIRED",
        /// Ended with everything paid back.
        Refunded => "REFUNDED",
        /// Ended by a split.
        Settled => "SETTLED",
    }
}

impl OrderStatus {
    /// Whether the order region moves no more.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Closed | Self::Cancelled | Self::Expired | Self::Refunded | Self::Settled)
    }

    /// Whether an order comes to it only by a sealed contract.
    pub const fn has_contract(self) -> bool {
        !matches!(self, Self::Draft | Self::PendingSupplier | Self::Cancelled | Self::Expired)
    }
}

words! {
    /// Who ended an order.
    EndedBy {
        /// The buyer.
        Buyer => "BUYER",
        /// The supplier.
        Supplier => "SUPPLIER",
        /// The clock.
        Clock => "CLOCK",
    }
}

/// The order region with the data that each status has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "status",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum OrderState {
    /// See [`OrderStatus::Draft`].
    Draft,
    /// See [`OrderStatus::PendingSupplier`].
    PendingSupplier {
        /// When it was sent to the supplier.
        submitted_at: Timestamp,
    },
    /// See [`OrderStatus::PendingPayment`].
    PendingPayment {
        /// When the contract was sealed.
        sealed_at: Timestamp,
    },
    /// See [`OrderStatus::InProduction`].
    InProduction {
        /// When and until when.
        schedule: Schedule,
    },
    /// See [`OrderStatus::InInspection`].
    InInspection {
        /// When and until when.
        schedule: Schedule,
    },
    /// See [`OrderStatus::Ready`].
    Ready {
        /// When and until when.
        schedule: Schedule,
    },
    /// See [`OrderStatus::PartiallyShipped`].
    PartiallyShipped {
        /// When and until when.
        schedule: Schedule,
    },
    /// See [`OrderStatus::Shipped`].
    Shipped {
        /// When and until when.
        schedule: Schedule,
    },
    /// See [`OrderStatus::Delivered`].
    Delivered {
        /// When and until when.
        schedule: Schedule,
        /// When the last shipment arrived.
        delivered_at: Timestamp,
    },
    /// See [`OrderStatus::Completed`].
    Completed {
        /// When and until when.
        schedule: Schedule,
        /// When receipt was confirmed.
        completed_at: Timestamp,
        /// The last instant for a claim.
        claims_until: Timestamp,
    },
    /// See [`OrderStatus::Closed`].
    Closed {
        /// When receipt was confirmed.
        completed_at: Timestamp,
        /// When the claim window was over.
        closed_at: Timestamp,
    },
    /// See [`OrderStatus::Cancelled`].
    Cancelled {
        /// When.
        ended_at: Timestamp,
        /// By whom.
        by: EndedBy,
        /// Why, in that party's words.
        reason: Option<String>,
        /// Whether it had been sent to the supplier.
        submitted: bool,
    },
    /// See [`OrderStatus::Expired`].
    Expired {
        /// When.
        ended_at: Timestamp,
    },
    /// See [`OrderStatus::Refunded`].
    Refunded {
        /// When.
        ended_at: Timestamp,
    },
    /// See [`OrderStatus::Settled`].
    Settled {
        /// When.
        ended_at: Timestamp,
    },
}

/// The dates that run from payment on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Schedule {
    /// When the first payment came.
    pub paid_at: Timestamp,
    /// The last instant of dispatch, once all is paid that dispatch needs.
    pub dispatch_by: Option<Timestamp>,
    /// The promised delivery, from the same instant.
    pub delivery_by: Option<Timestamp>,
    /// When the last goods left.
    pub dispatched_at: Option<Timestamp>,
    /// Whether the buyer has extended the time to object, which is possible once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub receipt_extended: bool,
}

impl OrderState {
    /// The status without its data.
    pub const fn status(&self) -> OrderStatus {
        match self {
            Self::Draft => OrderStatus::Draft,
            Self::PendingSupplier { .. } => OrderStatus::PendingSupplier,
            Self::PendingPayment { .. } => OrderStatus::PendingPayment,
            Self::InProduction { .. } => OrderStatus::InProduction,
            Self::InInspection { .. } => OrderStatus::InInspection,
            Self::Ready { .. } => OrderStatus::Ready,
            Self::PartiallyShipped { .. } => OrderStatus::PartiallyShipped,
            Self::Shipped { .. } => OrderStatus::Shipped,
            Self::Delivered { .. } => OrderStatus::Delivered,
            Self::Completed { .. } => OrderStatus::Completed,
            Self::Closed { .. } => OrderStatus::Closed,
            Self::Cancelled { .. } => OrderStatus::Cancelled,
            Self::Expired { .. } => OrderStatus::Expired,
            Self::Refunded { .. } => OrderStatus::Refunded,
            Self::Settled { .. } => OrderStatus::Settled,
        }
    }

    /// The dates that run from payment on, where the order got so far.
    pub const fn schedule(&self) -> Option<Schedule> {
        match self {
            Self::InProduction { schedule }
            | Self::InInspection { schedule }
            | Self::Ready { schedule }
            | Self::PartiallyShipped { schedule }
            | Self::Shipped { schedule }
            | Self::Delivered { schedule, .. }
            | Self::Completed { schedule, .. } => Some(*schedule),
            Self::Draft
            | Self::PendingSupplier { .. }
            | Self::PendingPayment { .. }
            | Self::Closed { .. }
            | Self::Cancelled { .. }
            | Self::Expired { .. }
            | Self::Refunded { .. }
            | Self::Settled { .. } => None,
        }
    }
}
