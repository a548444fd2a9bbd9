//! Postings: transfers that commit as one, with a natural key that stands against a second one.

use std::fmt;

use super::{AccountKey, AccountKind};
use crate::domain::ids::{CompanyId, OrderId};
use crate::domain::money::Money;
use crate::domain::words::words;

words! {
    /// Why money moves; with the subject and a number the natural key of a posting.
    PostingKind {
        /// PO1, PO2: an instalment arrived in escrow.
        Deposit => "DEPOSIT",
        /// PO3: a share goes to the supplier less the fee.
        Release => "RELEASE",
        /// PO3 for one shipment.
        ShipmentRelease => "SHIPMENT_RELEASE",
        /// PO4, PO5, PO7, PO8: money goes back to the buyer.
        Refund => "REFUND",
        /// The provider told that a refund reached the buyer.
        RefundPaid => "REFUND_PAID",
        /// PO6: a broken promise is made good.
        Compensation => "COMPENSATION",
        /// PO8: a debt that cannot be recovered is written off.
        WriteOff => "WRITE_OFF",
        /// PO9: money is set aside for a payout.
        Payout => "PAYOUT",
        /// PO9: the payout reached the company.
        PayoutPaid => "PAYOUT_PAID",
        /// PO9: the payout came back.
        PayoutReturned => "PAYOUT_RETURNED",
        /// PO10: the buyer's bank took a payment back.
        Chargeback => "CHARGEBACK",
        /// PO10: the bank gave it back.
        ChargebackReversed => "CHARGEBACK_REVERSED",
        /// PO10: the bank kept it, and the fee on what it took from the supplier goes back to the supplier.
        ChargebackLost => "CHARGEBACK_LOST",
        /// PO11: an inspection's fee arrived.
        InspectionFee => "INSPECTION_FEE",
        /// PO11: an inspection's fee was earned or goes back.
        InspectionSettled => "INSPECTION_SETTLED",
        /// PO11: the supplier at fault makes good an inspection's fee.
        InspectionReimbursed => "INSPECTION_REIMBURSED",
        /// PO12: money that fits nothing is set aside.
        Suspense => "SUSPENSE",
        /// PO12: set-aside money is given back or assigned.
        SuspenseSettled => "SUSPENSE_SETTLED",
        /// PO13: credit is spent on an order.
        CreditSpent => "CREDIT_SPENT",
        /// What a provider charges us.
        ProviderFee => "PROVIDER_FEE",
        /// An operator mends the books.
        Correction => "CORRECTION",
    }
}

words! {
    /// What one transfer is. An order's money is a fold over these words ([`super::Position`]).
    TransferCode {
        /// From the provider into escrow.
        Deposit => "DEPOSIT",
        /// From a buyer's credit into escrow.
        CreditSpent => "CREDIT_SPENT",
        /// From suspense into escrow.
        SuspenseAssigned => "SUSPENSE_ASSIGNED",
        /// From escrow to the supplier.
        Release => "RELEASE",
        /// From escrow to us.
        Fee => "FEE",
        /// From the supplier's payable to what it owes us.
        DebtRecovered => "DEBT_RECOVERED",
        /// From escrow on its way to the buyer.
        Refund => "REFUND",
        /// From us back to the supplier, as the fee follows what it keeps.
        FeeReturned => "FEE_RETURNED",
        /// From the supplier's payable on its way to the buyer.
        RefundFromSupplier => "REFUND_FROM_SUPPLIER",
        /// Advanced by us on its way to the buyer; the supplier owes it.
        RefundAdvanced => "REFUND_ADVANCED",
        /// A refund reached the buyer.
        RefundPaid => "REFUND_PAID",
        /// A refund went to the buyer's credit, from which it was paid.
        RefundToCredit => "REFUND_TO_CREDIT",
        /// Compensation out of escrow on its way to the buyer.
        Compensation => "COMPENSATION",
        /// Compensation out of the supplier's payable on its way to the buyer.
        CompensationFromSupplier => "COMPENSATION_FROM_SUPPLIER",
        /// Compensation advanced by us on its way to the buyer; the supplier owes it.
        CompensationAdvanced => "COMPENSATION_ADVANCED",
        /// Compensation by the platform into the buyer's credit.
        CompensationCredit => "COMPENSATION_CREDIT",
        /// A debt that nobody will pay.
        WriteOff => "WRITE_OFF",
        /// From the payable into a payout.
        PayoutReserved => "PAYOUT_RESERVED",
        /// A payout reached the company.
        PayoutPaid => "PAYOUT_PAID",
        /// A payout came back.
        PayoutReturned => "PAYOUT_RETURNED",
        /// A charge-back out of escrow.
        ChargebackHeld => "CHARGEBACK_HELD",
        /// A charge-back out of the supplier's payable.
        ChargebackFromSupplier => "CHARGEBACK_FROM_SUPPLIER",
        /// A charge-back that the supplier owes us.
        ChargebackAdvanced => "CHARGEBACK_ADVANCED",
        /// A charge-back that is our loss.
        ChargebackLoss => "CHARGEBACK_LOSS",
        /// A charge-back came back into escrow.
        ChargebackHeldReversed => "CHARGEBACK_HELD_REVERSED",
        /// A charge-back came back to the supplier's payable.
        ChargebackFromSupplierReversed => "CHARGEBACK_FROM_SUPPLIER_REVERSED",
        /// A charge-back came back and ends what the supplier owed for it.
        ChargebackAdvancedReversed => "CHARGEBACK_ADVANCED_REVERSED",
        /// A charge-back came back and ends our loss.
        ChargebackLossReversed => "CHARGEBACK_LOSS_REVERSED",
        /// An inspection's fee arrived.
        InspectionFee => "INSPECTION_FEE",
        /// An inspection's fee was earned.
        InspectionEarned => "INSPECTION_EARNED",
        /// An inspection's fee goes back to the buyer.
        InspectionRefunded => "INSPECTION_REFUNDED",
        /// An inspection's fee is made good by the supplier at fault.
        InspectionReimbursed => "INSPECTION_REIMBURSED",
        /// From the provider into suspense.
        Suspense => "SUSPENSE",
        /// From suspense on its way back to the payer.
        SuspenseRefund => "SUSPENSE_REFUND",
        /// A charge-back of set-aside money, out of where it lies: suspense, its refund, or our loss where it had gone back.
        SuspenseChargedBack => "SUSPENSE_CHARGED_BACK",
        /// A charge-back of set-aside money came back to where it was taken from.
        SuspenseChargebackReversed => "SUSPENSE_CHARGEBACK_REVERSED",
        /// A refund of set-aside money that reached the payer although the bank had taken it: our loss.
        SuspenseRefundLoss => "SUSPENSE_REFUND_LOSS",
        /// What a provider charges us.
        ProviderFee => "PROVIDER_FEE",
        /// An operator mends the books.
        Correction => "CORRECTION",
    }
}

/// One movement of money: DR `debit`, CR `credit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// What it is.
    pub code: TransferCode,
    /// The account that is debited.
    pub debit: AccountKey,
    /// The account that is credited.
    pub credit: AccountKey,
    /// How much, in minor units; more than zero.
    pub amount_minor: i64,
}

/// Transfers that commit as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Why.
    pub kind: PostingKind,
    /// Of what: the order, refund, payout or inspection, or the provider's payment where there is no order.
    pub subject: String,
    /// Its number among postings of the kind and subject, from one.
    pub seq: i64,
    /// The order that it belongs to.
    pub order: Option<OrderId>,
    /// The movements; none has an amount of zero.
    pub transfers: Vec<Transfer>,
}

impl Posting {
    /// A posting that moves nothing yet.
    pub fn new(kind: PostingKind, subject: impl fmt::Display, seq: i64, order: Option<OrderId>) -> Self {
        Self { kind, subject: subject.to_string(), seq, order, transfers: Vec::new() }
    }

    /// The same with one more movement. One of zero says nothing and is left out; the database refuses one below zero.
    #[must_use]
    pub fn moving(
        mut self,
        code: TransferCode,
        debit: AccountKey,
        credit: AccountKey,
        amount_minor: i64,
    ) -> Self {
        if amount_minor != 0 {
            self.transfers.push(Transfer { code, debit, credit, amount_minor });
        }
        self
    }

    /// PO1, PO2: an instalment arrived at the provider and goes into escrow.
    pub fn deposit(order: OrderId, seq: i64, provider: &str, amount: Money) -> Self {
        Self::new(PostingKind::Deposit, order, seq, Some(order)).moving(
            TransferCode::Deposit,
            AccountKey::provider_clearing(provider, amount.currency),
            AccountKey::escrow(order, amount.currency),
            amount.minor,
        )
    }

    /// PO3: `share` leaves escrow, `fee` of it to us, the rest to the supplier's company, which first pays back
    /// `recovered` of what it owes us.
    pub fn release(
        order: OrderId,
        (kind, seq): (PostingKind, i64),
        supplier: CompanyId,
        share: Money,
        fee_minor: i64,
        recovered_minor: i64,
    ) -> Self {
        let escrow = AccountKey::escrow(order, share.currency);
        let payable = AccountKey::supplier_payable(supplier, share.currency);
        let debt = AccountKey::supplier_debt(supplier, share.currency);
        let fees = AccountKey::fee_income(share.currency);
        Self::new(kind, order, seq, Some(order))
            .moving(TransferCode::Release, escrow.clone(), payable.clone(), share.minor - fee_minor)
            .moving(TransferCode::Fee, escrow, fees, fee_minor)
            .moving(TransferCode::DebtRecovered, payable, debt, recovered_minor)
    }

    /// PO12: money that came and fits nothing; `reference` is the provider's own name of the payment.
    pub fn suspense(provider: &str, reference: &str, order: Option<OrderId>, amount: Money) -> Self {
        Self::new(PostingKind::Suspense, format!("{provider}:{reference}:{amount}"), 1, order).moving(
            TransferCode::Suspense,
            AccountKey::provider_clearing(provider, amount.currency),
            AccountKey::suspense(provider, amount.currency),
            amount.minor,
        )
    }

    /// The sum of the movements with a code.
    pub fn sum(&self, code: TransferCode) -> i64 {
        self.transfers.iter().filter(|known| known.code == code).map(|known| known.amount_minor).sum()
    }

    /// The accounts of a kind that it touches.
    pub fn touches(&self, kind: AccountKind) -> bool {
        self.transfers.iter().any(|known| known.debit.kind == kind || known.credit.kind == kind)
    }
}
