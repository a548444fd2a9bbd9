//! The other regions: instalments and tries to pay them, shipments, holds.

use serde::{Deserialize, Serialize};

use crate::domain::ids::{CompanyId, InstalmentId, OrderLineId, PaymentId, ShipmentId};
use crate::domain::time::Timestamp;
use crate::domain::words::words;

words! {
    /// What part of the price an instalment is.
    InstalmentKind {
        /// All of it.
        Full => "FULL",
        /// The part that starts production.
        Deposit => "DEPOSIT",
        /// The rest.
        Balance => "BALANCE",
    }
}

words! {
    /// How far an instalment is paid.
    InstalmentStatus {
        /// Nothing came yet.
        Due => "DUE",
        /// Some came.
        PartlyPaid => "PARTLY_PAID",
        /// All came.
        Paid => "PAID",
    }
}

/// A part of the price with its own due date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    /// Its id.
    pub id: InstalmentId,
    /// Its number, from one.
    pub seq: u32,
    /// What part of the price it is.
    pub kind: InstalmentKind,
    /// How far it is paid.
    pub status: InstalmentStatus,
    /// How much is due, in minor units.
    pub amount_minor: i64,
    /// How much came, in minor units.
    pub paid_minor: i64,
    /// Whether goods may leave before it is paid.
    pub required_before_dispatch: bool,
    /// Until when it is to be paid.
    pub due_at: Option<Timestamp>,
}

words! {
    /// How far one try to pay got.
    PaymentStatus {
        /// A session is open.
        Created => "CREATED",
        /// The provider has the buyer's order and waits for the money.
        Processing => "PROCESSING",
        /// The money came.
        Succeeded => "SUCCEEDED",
        /// The provider or we refused it.
        Failed => "FAILED",
        /// The session ended unused.
        Expired => "EXPIRED",
    }
}

/// One try to pay an instalment; it can be tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Its id.
    pub id: PaymentId,
    /// What it pays.
    pub instalment_id: InstalmentId,
    /// With which provider.
    pub provider: String,
    /// The provider's own name of it.
    pub provider_reference: Option<String>,
    /// How far it got.
    pub status: PaymentStatus,
    /// Why it failed.
    pub failure: Option<String>,
    /// How much comes from the provider, in minor units.
    pub amount_minor: i64,
    /// How much of the buyer's credit is spent with it when it comes, in minor units.
    pub credit_minor: i64,
    /// Where the buyer pays.
    pub session_url: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

words! {
    /// Where a shipment is.
    ShipmentStatus {
        /// On its way.
        Dispatched => "DISPATCHED",
        /// Arrived, with proof.
        Delivered => "DELIVERED",
        /// Lost on the way.
        Lost => "LOST",
        /// On its way back or back.
        Returned => "RETURNED",
    }
}

words! {
    /// How goods travel.
    TransportMode {
        /// By air.
        Air => "AIR",
        /// By sea; receipt confirms itself later.
        Sea => "SEA",
        /// By road.
        Road => "ROAD",
        /// By rail.
        Rail => "RAIL",
        /// By courier.
        Courier => "COURIER",
    }
}

/// How many units of a line travel in a shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippedLine {
    /// The order line.
    pub line_id: OrderLineId,
    /// How many units.
    pub quantity: i64,
}

impl Shipment {
    /// Whether units of a line are in it, unless it was lost.
    pub fn holds(&self, line: OrderLineId) -> bool {
        self.status != ShipmentStatus::Lost && self.lines.iter().any(|part| part.line_id == line)
    }
}

/// Goods that left together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// Its id.
    pub id: ShipmentId,
    /// Its number, from one.
    pub seq: u32,
    /// Where it is.
    pub status: ShipmentStatus,
    /// Who carries it, in words.
    pub carrier: String,
    /// The carrier's company, where it is one that may report deliveries here.
    pub carrier_company: Option<CompanyId>,
    /// The carrier's number.
    pub tracking_number: String,
    /// How it travels.
    pub mode: TransportMode,
    /// What is in it.
    pub lines: Vec<ShippedLine>,
    /// When it left.
    pub dispatched_at: Timestamp,
    /// When it arrived.
    pub delivered_at: Option<Timestamp>,
    /// What proves that it arrived.
    pub proof: Option<String>,
    /// When its receipt was confirmed, by the buyer or the clock.
    pub confirmed_at: Option<Timestamp>,
    /// When it was reported as lost.
    pub lost_at: Option<Timestamp>,
    /// What is known of the loss, in words.
    pub loss_reason: Option<String>,
}
