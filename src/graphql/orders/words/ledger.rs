//! The words of the ledger.

use crate::graphql::enums::mirror;

mirror! {
    /// A kind of account of the ledger.
    LedgerAccountKind = "crate::domain::ledger::AccountKind" {
        /// What a supplier may have paid out.
        SupplierPayable,
        /// What a supplier owes the platform: refunds and charge-backs that it advanced.
        SupplierDebt,
        /// Credit of a buyer towards later orders.
        BuyerCredit,
        /// What an inspection company may have paid out.
        InspectorPayable,
        /// A payout on its way to a company.
        PayoutDue,
        /// Money of an order that nobody may have yet.
        Escrow,
        /// The fee of an inspection that nobody may have yet.
        InspectionEscrow,
        /// Refunds of an order on their way to the buyer.
        RefundDue,
        /// Money that came and fits nothing.
        Suspense,
        /// What a payment provider holds for the platform.
        ProviderClearing,
        /// The platform's fee.
        FeeIncome,
        /// Compensation that the platform pays.
        CompensationExpense,
        /// What nobody can be made to pay back.
        GuaranteeLoss,
        /// What payment providers charge the platform.
        ProviderCost,
    }
}
