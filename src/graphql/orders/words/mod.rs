//! The closed lists of orders.

mod actions;
mod delivery;
mod disputes;
mod events;
mod incoterm;
mod ledger;
mod protections;

use crate::graphql::enums::mirror;

pub use actions::{BlockReason, OrderAction};
pub use delivery::{AmendmentStatus, BalanceDue, CompensationCause, ContractParty};
pub use disputes::{
    ChargebackStatus, DisputeEvidenceKind, DisputeGround, DisputeStatus, EvenSplit, OrderActor,
    SandboxChargebackVerdict,
};
pub use events::{EventActor, EventType};
pub use incoterm::Incoterm;
pub use ledger::{LedgerAccountKind, LedgerPostingKind, LedgerTransferCode};
pub use protections::{BuyerPlan, PriceChangeKind, ProtectionKind};

mirror! {
    /// How an order's money stands.
    EscrowState = "crate::domain::order::view::EscrowState" {
        /// Nothing came yet.
        Unfunded,
        /// Money lies in escrow.
        Held,
        /// Money lies in escrow, and an open refund request, dispute, charge-back or risk check freezes it.
        Frozen,
        /// Everything that came has left.
        Emptied,
    }
}

mirror! {
    /// The order of orders.
    OrderSort = "crate::service::orders::OrderSort" {
        /// The one that was placed last first.
        Newest,
        /// The one that was placed first first.
        Oldest,
    }
}

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
        /// The buyer books the inspection that the contract names.
        InspectionBooking,
        /// The buyer pays the inspection's fee.
        InspectionPayment,
        /// The inspector accepts.
        InspectionAcceptance,
        /// The inspector reports.
        InspectionReport,
        /// The buyer sends the goods back.
        ReturnShipment,
        /// The warehouse has the goods.
        ReturnReceipt,
        /// The other side answers on a promised service.
        ServiceAnswer,
        /// The supplier gives the promised service.
        ServiceFulfilment,
        /// The buyer confirms a shipment or objects; after it the clock confirms.
        ShipmentConfirmation,
        /// A late guaranteed delivery is credited by the clock.
        LateDeliveryCredit,
        /// The other side answers an amendment.
        AmendmentAnswer,
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
