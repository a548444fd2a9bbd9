//! The chart of accounts (`docs/LEDGER.md`).

use std::fmt;
use std::str::FromStr;

use crate::domain::actor::UnknownWord;
use crate::domain::ids::{CompanyId, InspectionId, OrderId, SuspenseItemId};
use crate::domain::money::Currency;
use crate::domain::words::words;

/// The side on which an account grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Debits make it larger: what is held or owed to us, and expenses.
    Debit,
    /// Credits make it larger: what we owe, and income.
    Credit,
}

impl Side {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debit => "DEBIT",
            Self::Credit => "CREDIT",
        }
    }
}

impl FromStr for Side {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "DEBIT" => Ok(Self::Debit),
            "CREDIT" => Ok(Self::Credit),
            _ => Err(UnknownWord),
        }
    }
}

words! {
    /// The kinds of accounts. Their order is the order in which accounts are locked: those of companies first, since a
    /// command reads them before it decides; those of everybody last, since they are held for the shortest time.
    AccountKind {
        /// What a supplier may have paid out.
        SupplierPayable => "SUPPLIER_PAYABLE",
        /// What a supplier owes us: refunds and charge-backs that we advanced.
        SupplierDebt => "SUPPLIER_DEBT",
        /// Credit of a buyer towards later orders.
        BuyerCredit => "BUYER_CREDIT",
        /// What an inspection company may have paid out.
        InspectorPayable => "INSPECTOR_PAYABLE",
        /// A payout on its way to a company.
        PayoutDue => "PAYOUT_DUE",
        /// Money of an order that nobody may have yet.
        Escrow => "ESCROW",
        /// The fee of an inspection that nobody may have yet.
        InspectionEscrow => "INSPECTION_ESCROW",
        /// Refunds of an order on their way to the buyer.
        RefundDue => "REFUND_DUE",
        /// Money that came and fits nothing.
        Suspense => "SUSPENSE",
        /// What a payment provider holds for us.
        ProviderClearing => "PROVIDER_CLEARING",
        /// Our fee.
        FeeIncome => "FEE_INCOME",
        /// Compensation that the platform pays.
        CompensationExpense => "COMPENSATION_EXPENSE",
        /// What nobody can be made to pay back.
        GuaranteeLoss => "GUARANTEE_LOSS",
        /// What payment providers charge us.
        ProviderCost => "PROVIDER_COST",
    }
}

impl AccountKind {
    /// The side on which accounts of this kind grow.
    pub const fn normal_side(self) -> Side {
        match self {
            Self::ProviderClearing
            | Self::SupplierDebt
            | Self::CompensationExpense
            | Self::GuaranteeLoss
            | Self::ProviderCost => Side::Debit,
            Self::Escrow
            | Self::InspectionEscrow
            | Self::RefundDue
            | Self::SupplierPayable
            | Self::InspectorPayable
            | Self::PayoutDue
            | Self::BuyerCredit
            | Self::FeeIncome
            | Self::Suspense => Side::Credit,
        }
    }
}

impl AccountKind {
    /// Whether accounts of this kind may fall below zero. A provider's may: a charge-back or an advanced refund can take
    /// more than the provider holds for us, and then we owe the provider. No other account ever does.
    pub const fn may_overdraw(self) -> bool {
        matches!(self, Self::ProviderClearing)
    }
}

/// Which account: its kind, whose it is, and its currency.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountKey {
    /// What kind of account.
    pub kind: AccountKind,
    /// Whose: an order's, company's or provider's name; `platform` for our own.
    pub subject: String,
    /// In which currency.
    pub currency: Currency,
}

impl AccountKey {
    /// The account of a kind that belongs to a subject.
    pub fn new(kind: AccountKind, subject: impl fmt::Display, currency: Currency) -> Self {
        Self { kind, subject: subject.to_string(), currency }
    }

    /// Money of an order that nobody may have yet.
    pub fn escrow(order: OrderId, currency: Currency) -> Self {
        Self::new(AccountKind::Escrow, order, currency)
    }

    /// Refunds of an order on their way to the buyer.
    pub fn refund_due(order: OrderId, currency: Currency) -> Self {
        Self::new(AccountKind::RefundDue, order, currency)
    }

    /// Set-aside money on its way back to whoever paid it.
    pub fn suspense_refund(item: SuspenseItemId, currency: Currency) -> Self {
        Self::new(AccountKind::RefundDue, item, currency)
    }

    /// What a supplier's company may have paid out.
    pub fn supplier_payable(company: CompanyId, currency: Currency) -> Self {
        Self::new(AccountKind::SupplierPayable, company, currency)
    }

    /// What a supplier's company owes us.
    pub fn supplier_debt(company: CompanyId, currency: Currency) -> Self {
        Self::new(AccountKind::SupplierDebt, company, currency)
    }

    /// Credit of a buying company towards later orders.
    pub fn buyer_credit(company: CompanyId, currency: Currency) -> Self {
        Self::new(AccountKind::BuyerCredit, company, currency)
    }

    /// The fee of an inspection that nobody may have yet.
    pub fn inspection_escrow(inspection: InspectionId, currency: Currency) -> Self {
        Self::new(AccountKind::InspectionEscrow, inspection, currency)
    }

    /// What an inspection company may have paid out.
    pub fn inspector_payable(company: CompanyId, currency: Currency) -> Self {
        Self::new(AccountKind::InspectorPayable, company, currency)
    }

    /// What a provider holds for us.
    pub fn provider_clearing(provider: &str, currency: Currency) -> Self {
        Self::new(AccountKind::ProviderClearing, provider, currency)
    }

    /// Money from a provider that fits nothing.
    pub fn suspense(provider: &str, currency: Currency) -> Self {
        Self::new(AccountKind::Suspense, provider, currency)
    }

    /// An account of the platform's own, such as fee income.
    pub fn platform(kind: AccountKind, currency: Currency) -> Self {
        Self::new(kind, "platform", currency)
    }

    /// Our fee.
    pub fn fee_income(currency: Currency) -> Self {
        Self::platform(AccountKind::FeeIncome, currency)
    }
}
