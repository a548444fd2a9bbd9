//! What happened to an order's money: a fold over its transfers.

use super::{Posting, TransferCode};

/// What happened to an order's money so far, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Came into escrow.
    pub paid: i64,
    /// Left escrow to the supplier and to us.
    pub released: i64,
    /// What we kept of `released`: fees less those given back.
    pub fee: i64,
    /// Left escrow to the buyer.
    pub refunded: i64,
    /// Went to the buyer after it had been released, from the supplier or advanced by us.
    pub refunded_after: i64,
    /// Compensation out of escrow.
    pub compensated: i64,
    /// Compensation from the supplier after the release, or advanced by us.
    pub compensated_after: i64,
    /// Taken back by the buyer's bank out of escrow, less what came back.
    pub charged_back: i64,
    /// The same, wherever it was taken from.
    pub charged_back_total: i64,
    /// How often a share was released.
    pub releases: i64,
}

impl Position {
    /// What lies in escrow (I4).
    pub const fn held(&self) -> i64 {
        self.paid - self.released - self.refunded - self.compensated - self.charged_back
    }

    /// What may still go back to the buyer: what was paid less what went back, whichever way (I6).
    pub const fn refundable(&self) -> i64 {
        let left = self.paid
            - self.refunded
            - self.refunded_after
            - self.compensated
            - self.compensated_after
            - self.charged_back_total;
        if left > 0 { left } else { 0 }
    }

    /// What was released and stayed with the supplier and us: the base of the fee.
    pub const fn kept(&self) -> i64 {
        let kept = self.released - self.refunded_after;
        if kept > 0 { kept } else { 0 }
    }

    /// The position after a posting of the same order.
    pub fn apply(&mut self, posting: &Posting) {
        for transfer in &posting.transfers {
            self.add(transfer.code, transfer.amount_minor);
        }
    }

    /// The position after a movement.
    pub const fn add(&mut self, code: TransferCode, amount: i64) {
        self.add_many(code, amount, 1);
    }

    /// The position after several movements of one code, which sum to the amount.
    pub const fn add_many(&mut self, code: TransferCode, amount: i64, count: i64) {
        match code {
            TransferCode::Deposit | TransferCode::CreditSpent | TransferCode::SuspenseAssigned => {
                self.paid += amount;
            }
            TransferCode::Release => {
                self.released += amount;
                self.releases += count;
            }
            TransferCode::Fee => {
                self.released += amount;
                self.fee += amount;
            }
            TransferCode::FeeReturned => self.fee -= amount,
            TransferCode::Refund => self.refunded += amount,
            TransferCode::RefundFromSupplier | TransferCode::RefundAdvanced => self.refunded_after += amount,
            TransferCode::Compensation => self.compensated += amount,
            TransferCode::CompensationFromSupplier | TransferCode::CompensationAdvanced => {
                self.compensated_after += amount;
            }
            TransferCode::ChargebackHeld => {
                self.charged_back += amount;
                self.charged_back_total += amount;
            }
            TransferCode::ChargebackFromSupplier
            | TransferCode::ChargebackAdvanced
            | TransferCode::ChargebackLoss => self.charged_back_total += amount,
            TransferCode::ChargebackHeldReversed => {
                self.charged_back -= amount;
                self.charged_back_total -= amount;
            }
            TransferCode::ChargebackFromSupplierReversed
            | TransferCode::ChargebackAdvancedReversed
            | TransferCode::ChargebackLossReversed => self.charged_back_total -= amount,
            TransferCode::DebtRecovered
            | TransferCode::RefundPaid
            | TransferCode::RefundToCredit
            | TransferCode::CompensationCredit
            | TransferCode::WriteOff
            | TransferCode::PayoutReserved
            | TransferCode::PayoutPaid
            | TransferCode::PayoutReturned
            | TransferCode::InspectionFee
            | TransferCode::InspectionEarned
            | TransferCode::InspectionRefunded
            | TransferCode::InspectionReimbursed
            | TransferCode::Suspense
            | TransferCode::SuspenseRefund
            | TransferCode::SuspenseChargedBack
            | TransferCode::SuspenseChargebackReversed
            | TransferCode::SuspenseRefundLoss
            | TransferCode::ProviderFee
            | TransferCode::Correction => {}
        }
    }
}

/// Balances beyond the order that a command reads before it decides, in minor units; locked with the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Funds {
    /// What the supplier may have paid out.
    pub payable: i64,
    /// What the supplier owes us.
    pub debt: i64,
    /// The buyer's credit.
    pub credit: i64,
}

impl Funds {
    /// The balances after a posting of the same parties.
    pub fn apply(&mut self, posting: &Posting) {
        use super::AccountKind::{BuyerCredit, SupplierDebt, SupplierPayable};
        for transfer in &posting.transfers {
            for (kind, sign) in [(transfer.debit.kind, 1), (transfer.credit.kind, -1)] {
                match kind {
                    SupplierDebt => self.debt += sign * transfer.amount_minor,
                    SupplierPayable => self.payable -= sign * transfer.amount_minor,
                    BuyerCredit => self.credit -= sign * transfer.amount_minor,
                    _ => {}
                }
            }
        }
    }
}
