//! The words of deliveries and amendments.

use crate::graphql::enums::mirror;

mirror! {
    /// When the balance is due beside a deposit.
    BalanceDue = "crate::domain::order::BalanceDue" {
        /// Goods leave once it is paid.
        BeforeDispatch,
        /// Goods leave before; it is due after their delivery, and nothing is released until it is paid.
        AfterDelivery,
    }
}

mirror! {
    /// Which promise was broken.
    CompensationCause = "crate::domain::order::CompensationCause" {
        /// Goods left after the dispatch deadline; the supplier pays, out of escrow.
        LateDispatch,
        /// A guaranteed delivery was late; the platform pays, as credit for later orders.
        LateDelivery,
    }
}

mirror! {
    /// How far an amendment got.
    AmendmentStatus = "crate::domain::order::AmendmentStatus" {
        /// The other side is asked.
        Proposed,
        /// Both agreed; a new version of the contract was sealed.
        Accepted,
        /// The other side said no.
        Declined,
        /// The proposer took it back.
        Withdrawn,
        /// Nobody answered in time, or the order ended.
        Expired,
    }
}

/// A side of a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub enum ContractParty {
    /// The buyer.
    Buyer,
    /// The supplier.
    Supplier,
}
