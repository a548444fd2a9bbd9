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

mirror! {
    /// Why money moved: what the movements of one booking have in common.
    LedgerPostingKind = "crate::domain::ledger::PostingKind" {
        /// An instalment arrived in escrow.
        Deposit,
        /// A share goes to the supplier less the fee.
        Release,
        /// A share for one shipment goes to the supplier less the fee.
        ShipmentRelease,
        /// Money goes back to the buyer.
        Refund,
        /// The provider told that a refund reached the buyer.
        RefundPaid,
        /// A broken promise is made good.
        Compensation,
        /// A debt that cannot be recovered is written off.
        WriteOff,
        /// Money is set aside for a payout.
        Payout,
        /// The payout reached the company.
        PayoutPaid,
        /// The payout came back.
        PayoutReturned,
        /// The buyer's bank took a payment back.
        Chargeback,
        /// The bank gave it back.
        ChargebackReversed,
        /// The bank kept it, and the fee on what it took from the supplier goes back to the supplier.
        ChargebackLost,
        /// An inspection's fee arrived.
        InspectionFee,
        /// An inspection's fee was earned or goes back.
        InspectionSettled,
        /// The supplier at fault makes good an inspection's fee.
        InspectionReimbursed,
        /// Money that fits nothing is set aside.
        Suspense,
        /// Set-aside money is given back or assigned.
        SuspenseSettled,
        /// Credit is spent on an order.
        CreditSpent,
        /// What a provider charges the platform.
        ProviderFee,
        /// An operator mends the books.
        Correction,
    }
}

mirror! {
    /// What one movement of money is.
    LedgerTransferCode = "crate::domain::ledger::TransferCode" {
        /// From the provider into escrow.
        Deposit,
        /// From a buyer's credit into escrow.
        CreditSpent,
        /// From suspense into escrow.
        SuspenseAssigned,
        /// From escrow to the supplier.
        Release,
        /// From escrow to the platform.
        Fee,
        /// From the supplier's payable to what it owes the platform.
        DebtRecovered,
        /// From escrow on its way to the buyer.
        Refund,
        /// From the platform back to the supplier, as the fee follows what it keeps.
        FeeReturned,
        /// From the supplier's payable on its way to the buyer.
        RefundFromSupplier,
        /// Advanced by the platform on its way to the buyer; the supplier owes it.
        RefundAdvanced,
        /// A refund reached the buyer.
        RefundPaid,
        /// A refund went to the buyer's credit, from which it was paid.
        RefundToCredit,
        /// Compensation out of escrow on its way to the buyer.
        Compensation,
        /// Compensation out of the supplier's payable on its way to the buyer.
        CompensationFromSupplier,
        /// Compensation advanced by the platform on its way to the buyer; the supplier owes it.
        CompensationAdvanced,
        /// Compensation by the platform into the buyer's credit.
        CompensationCredit,
        /// A debt that nobody will pay.
        WriteOff,
        /// From the payable into a payout.
        PayoutReserved,
        /// A payout reached the company.
        PayoutPaid,
        /// A payout came back.
        PayoutReturned,
        /// A charge-back out of escrow.
        ChargebackHeld,
        /// A charge-back out of the supplier's payable.
        ChargebackFromSupplier,
        /// A charge-back that the supplier owes the platform.
        ChargebackAdvanced,
        /// A charge-back that is the platform's loss.
        ChargebackLoss,
        /// A charge-back came back into escrow.
        ChargebackHeldReversed,
        /// A charge-back came back to the supplier's payable.
        ChargebackFromSupplierReversed,
        /// A charge-back came back and ends what the supplier owed for it.
        ChargebackAdvancedReversed,
        /// A charge-back came back and ends the platform's loss.
        ChargebackLossReversed,
        /// An inspection's fee arrived.
        InspectionFee,
        /// An inspection's fee was earned.
        InspectionEarned,
        /// An inspection's fee goes back to the buyer.
        InspectionRefunded,
        /// An inspection's fee is made good by the supplier at fault.
        InspectionReimbursed,
        /// From the provider into suspense.
        Suspense,
        /// From suspense on its way back to the payer.
        SuspenseRefund,
        /// A charge-back of set-aside money, out of where it lies: suspense, its refund, or the platform's loss where it had
        /// gone back.
        SuspenseChargedBack,
        /// A charge-back of set-aside money came back to where it was taken from.
        SuspenseChargebackReversed,
        /// A refund of set-aside money that reached the payer although the bank had taken it: the platform's loss.
        SuspenseRefundLoss,
        /// What a provider charges the platform.
        ProviderFee,
        /// An operator mends the books.
        Correction,
    }
}
