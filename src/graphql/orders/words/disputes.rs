//! The words of refund requests, disputes and charge-backs.

use crate::graphql::enums::mirror;

mirror! {
    /// How far a dispute got.
    DisputeStatus = "crate::domain::order::DisputeStatus" {
        /// A refund request: both sides may agree.
        Negotiating,
        /// The platform takes evidence and decides.
        Evidence,
        /// Decided; either side may appeal, then the clock carries it out.
        Decided,
        /// A side appealed; another operator decides.
        Appealed,
        /// Both sides agreed, and the money went that way.
        Agreed,
        /// The decision was carried out.
        Executed,
        /// The buyer took it back.
        Withdrawn,
        /// Everything went back another way, such as by a charge-back.
        Superseded,
    }
}

mirror! {
    /// Which promise was broken.
    DisputeGround = "crate::domain::order::Ground" {
        /// The goods are not what the contract says.
        NonConforming,
        /// The goods are damaged.
        Damaged,
        /// Other goods came.
        WrongGoods,
        /// Fewer goods came.
        Short,
        /// The goods left or came late.
        Late,
        /// The goods were lost on the way.
        Lost,
        /// A promised service was not given.
        ServiceNotGiven,
        /// Something else, said in the statement.
        Other,
    }
}

mirror! {
    /// What kind of thing a piece of evidence is.
    DisputeEvidenceKind = "crate::domain::order::EvidenceKind" {
        /// A message of the order's thread.
        Message,
        /// An inspector's report.
        InspectionReport,
        /// The sealed contract.
        Contract,
        /// A file, by its hash.
        File,
        /// What the party says.
        Statement,
    }
}

mirror! {
    /// How a charge-back stands.
    ChargebackStatus = "crate::domain::order::ChargebackStatus" {
        /// The bank has the money and looks into it.
        Open,
        /// The bank gave the money back.
        Won,
        /// The bank kept the money.
        Lost,
    }
}

mirror! {
    /// In which part somebody acts on an order.
    OrderActor = "crate::domain::order::ActorKind" {
        /// The buyer's company.
        Buyer,
        /// The supplier's company.
        Supplier,
        /// The platform's staff.
        Operator,
        /// An independent inspection company.
        Inspector,
        /// A carrier.
        Carrier,
        /// A warehouse that receives returns.
        Warehouse,
        /// A payment provider, by a signed event.
        Provider,
        /// The clock.
        Clock,
    }
}

mirror! {
    /// What a sandbox's provider tells of a charge-back.
    SandboxChargebackVerdict = "crate::domain::order::ChargebackVerdict" {
        /// The bank took the money.
        Opened,
        /// The bank gave the money back.
        Won,
        /// The bank keeps the money.
        Lost,
    }
}

/// A division that needs no amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub enum EvenSplit {
    /// Half to each side; an odd minor unit is the supplier's.
    Half,
}
