//! An order: regions that move by one table of transitions.
//!
//! The state is a struct of regions (order, holds, instalments, payments, shipments), each state carrying its data, as
//! a single enum of all combinations could not. [`table`] lists the transitions as data; [`step`](fn@step) interprets
//! it; [`view`] answers from it what an actor can do and what stands in the way.

mod effect;
mod guard;
mod place;
mod step;
pub mod table;
pub mod view;

use serde::{Deserialize, Serialize};

use super::contract::Terms;
use super::deadline::{Deadline, DeadlineKind};
use super::error::Refusal;
use super::event::EventDraft;
use super::ids::{CompanyId, HoldId, InstalmentId, OrderId, OrderLineId, PaymentId, ShipmentId, SupplierId};
use super::ledger::{Position, Posting};
use super::money::Money;
use super::time::Timestamp;
use super::words::words;

pub use effect::SINGLE;
pub use guard::Blocker;
pub use place::{LineRequest, MAXIMUM_LINES, PlaceRequest, Placed, SupplierFacts, place};
pub use step::step;
pub use table::{ActorKind, CommandKind};

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
    /// How much, in minor units.
    pub amount_minor: i64,
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
}

words! {
    /// Why an order's money is frozen.
    HoldKind {
        /// A refund request is open.
        RefundRequest => "REFUND_REQUEST",
        /// A dispute is open.
        Dispute => "DISPUTE",
        /// The buyer's bank took a payment back.
        Chargeback => "CHARGEBACK",
        /// The platform looks into it.
        Risk => "RISK",
    }
}

/// A hold: while one is there nothing is released and the order's timers stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// Why.
    pub kind: HoldKind,
    /// Why, in words.
    pub reason: String,
    /// Since when.
    pub placed_at: Timestamp,
}

/// The sealed contract's head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractHead {
    /// Its version, from one.
    pub version: u32,
    /// The hash of its terms.
    pub hash: String,
    /// The hash of the version before.
    pub previous_hash: Option<String>,
    /// When both sides had accepted.
    pub sealed_at: Timestamp,
}

/// An order with all its regions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The number that people use.
    pub number: String,
    /// Rises by one with each change.
    pub version: i64,
    /// The supplier's company.
    pub supplier_company: CompanyId,
    /// The buyer's own name of it.
    pub external_reference: Option<String>,
    /// What is agreed, or asked for until the contract is sealed.
    pub terms: Terms,
    /// The hash of the terms, fixed when the order was placed.
    pub terms_hash: String,
    /// The sealed contract.
    pub contract: Option<ContractHead>,
    /// The order region.
    pub state: OrderState,
    /// The hold region: open holds.
    pub holds: Vec<Hold>,
    /// The instalment region.
    pub instalments: Vec<Instalment>,
    /// Tries to pay.
    pub payments: Vec<Payment>,
    /// The shipment region.
    pub shipments: Vec<Shipment>,
    /// What happened to its money.
    pub position: Position,
    /// Its timers that are not settled.
    pub deadlines: Vec<Deadline>,
    /// When it was placed.
    pub placed_at: Timestamp,
}

impl Order {
    /// The status of the order region.
    pub const fn status(&self) -> OrderStatus {
        self.state.status()
    }

    /// How the order came about.
    pub const fn kind(&self) -> OrderKind {
        self.terms.kind
    }

    /// The buying company.
    pub const fn buyer(&self) -> CompanyId {
        self.terms.buyer_id
    }

    /// The supplier.
    pub const fn supplier(&self) -> SupplierId {
        self.terms.supplier_id
    }

    /// Minor units in the order's currency.
    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.terms.currency)
    }

    /// Whether all instalments are paid.
    pub fn is_fully_funded(&self) -> bool {
        !self.instalments.is_empty()
            && self.instalments.iter().all(|part| part.status == InstalmentStatus::Paid)
    }

    /// Whether everything is paid that dispatch needs.
    pub fn is_paid_for_dispatch(&self) -> bool {
        let mut required = self.instalments.iter().filter(|part| part.required_before_dispatch);
        !self.instalments.is_empty() && required.all(|part| part.status == InstalmentStatus::Paid)
    }

    /// Units of a line that have not left yet.
    pub fn undispatched(&self, line: OrderLineId) -> i64 {
        let ordered: i64 =
            self.terms.lines.iter().filter(|known| known.id == line).map(|known| known.quantity).sum();
        let shipped = self.shipments.iter().filter(|shipment| shipment.status != ShipmentStatus::Lost);
        let left: i64 = shipped
            .flat_map(|shipment| &shipment.lines)
            .filter(|part| part.line_id == line)
            .map(|part| part.quantity)
            .sum();
        ordered - left
    }

    /// The open timer of a kind.
    pub fn deadline(&self, kind: DeadlineKind) -> Option<&Deadline> {
        self.deadlines.iter().find(|deadline| deadline.kind == kind)
    }
}

/// What an actor or the clock wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Send a draft to the supplier.
    Submit,
    /// The supplier accepts the terms with this hash.
    Confirm {
        /// The hash that the supplier saw.
        terms_hash: String,
    },
    /// The supplier says no.
    Decline {
        /// Why.
        reason: Option<String>,
    },
    /// A party gives the order up.
    Cancel {
        /// Why.
        reason: Option<String>,
    },
    /// Nobody confirmed or paid in time.
    Expire,
    /// The buyer starts a payment of an instalment.
    OpenPayment {
        /// The id of the new payment.
        payment: PaymentId,
        /// Which instalment; the first one that is not paid by default.
        instalment: Option<InstalmentId>,
        /// With which provider.
        provider: String,
    },
    /// The provider tells how a payment stands.
    ReportPayment {
        /// Which payment.
        payment: PaymentId,
        /// How it stands.
        report: PaymentReport,
    },
    /// The goods are ready to leave.
    MarkReady,
    /// Goods leave.
    Dispatch {
        /// The id of the new shipment.
        shipment: ShipmentId,
        /// What leaves; everything that is left where empty.
        lines: Vec<ShippedLine>,
        /// Who carries it, in words.
        carrier: String,
        /// The carrier's company, where it is one that may report deliveries here.
        carrier_company: Option<CompanyId>,
        /// The carrier's number.
        tracking_number: String,
        /// How it travels.
        mode: TransportMode,
    },
    /// Goods arrived.
    RecordDelivery {
        /// Which shipment.
        shipment: ShipmentId,
        /// What proves it.
        proof: String,
    },
    /// The buyer has everything in satisfactory condition.
    ConfirmReceipt,
    /// Receipt counts as confirmed.
    AutoConfirmReceipt,
    /// A dispatch deadline draws near, is due, or is over.
    ReportDispatchDeadline {
        /// Which timer fired.
        kind: DeadlineKind,
        /// How long before the deadline, for a warning.
        subject: String,
    },
    /// The promised delivery is over.
    ReportDeliveryOverdue,
    /// The balance was not paid in time.
    ReportBalanceOverdue,
    /// The claim window is over.
    Close,
}

/// What a provider tells of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentReport {
    /// The money is on its way.
    Processing,
    /// The money came.
    Succeeded {
        /// How much.
        amount: Money,
        /// The provider's own name of the payment.
        reference: String,
    },
    /// No money will come.
    Failed {
        /// Why.
        reason: String,
    },
}

/// A change of the timers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadlineChange {
    /// A timer starts, or starts anew.
    Set {
        /// Which.
        kind: DeadlineKind,
        /// Which of its kind.
        subject: String,
        /// Its last instant in time.
        due_at: Timestamp,
    },
    /// A timer ends.
    Settle {
        /// Which.
        kind: DeadlineKind,
        /// Which of its kind; all of them where absent.
        subject: Option<String>,
        /// How.
        outcome: super::deadline::DeadlineState,
    },
}

/// What a command does: the order after it, and what has to be written with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The order after the command; its version has risen.
    pub order: Order,
    /// The transition that it went by.
    pub transition: &'static str,
    /// Whether the contract is sealed by this.
    pub seals_contract: bool,
    /// Money that moves.
    pub postings: Vec<Posting>,
    /// Timers that change.
    pub deadlines: Vec<DeadlineChange>,
    /// What is told.
    pub events: Vec<EventDraft>,
    /// Money that was set aside, with the reason.
    pub suspense: Option<(SuspenseReason, Money, String)>,
}

words! {
    /// Why money was set aside.
    SuspenseReason {
        /// No payment of ours has this name.
        UnknownPayment => "UNKNOWN_PAYMENT",
        /// Another amount was due.
        WrongAmount => "WRONG_AMOUNT",
        /// Another currency was due.
        WrongCurrency => "WRONG_CURRENCY",
        /// The order had ended.
        Late => "LATE",
        /// The instalment was paid already.
        AlreadyPaid => "ALREADY_PAID",
    }
}

/// What a step answers.
pub type StepResult = Result<Step, Refusal>;
