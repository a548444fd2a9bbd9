//! The words of protections.

use crate::graphql::enums::mirror;

mirror! {
    /// What protects a buyer.
    ProtectionKind = "crate::domain::order::ProtectionKind" {
        /// Money is held until receipt is confirmed.
        Escrow,
        /// An independent inspector looks at the goods before they leave.
        Inspection,
        /// What was agreed stays as it was agreed.
        PriceLock,
        /// Goods leave and arrive as promised, or the delay is made good.
        OnTimeDelivery,
        /// Service after the sale.
        AfterSales,
        /// A broken term is a ground to get money back.
        MoneyBack,
        /// Damaged or defective goods go back to a warehouse nearby.
        EasyReturn,
        /// Fixed price, fast dispatch, delivery by the promised day, help at once.
        Guaranteed,
        /// The platform decides where the parties do not agree.
        Mediation,
    }
}

mirror! {
    /// How a supplier tried to have other terms than were agreed.
    PriceChangeKind = "crate::domain::order::PriceChangeKind" {
        /// It accepted terms that are not those that are agreed or offered, by their hash.
        OtherTerms,
        /// It proposed a higher price, and the proposal was refused.
        HigherPrice,
    }
}

mirror! {
    /// What a buyer company pays for: more protection with each step.
    BuyerPlan = "crate::domain::party::Plan" {
        /// The protection that everybody has.
        Standard,
        /// With longer terms and automatic credits.
        Enterprise,
        /// With everything.
        EnterprisePro,
    }
}
