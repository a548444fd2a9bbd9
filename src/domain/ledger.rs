//! The ledger as values: accounts, transfers with two sides, postings that commit as one.
//!
//! One transfer row has a debit and a credit side, so an imbalance cannot be expressed. Credit-normal accounts never
//! go below zero; in-flight money sits in accounts of its own (`refund_due`, `payout_due`).

use std::fmt;
use std::str::FromStr;

use super::ids::{CompanyId, OrderId};
use super::money::{Currency, Money};
use super::words::words;

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

words! {
    /// The kinds of accounts in the chart (`docs/LEDGER.md`).
    AccountKind {
        /// What a payment provider holds for us.
        ProviderClearing => "PROVIDER_CLEARING",
        /// Money of an order that nobody may have yet.
        Escrow => "ESCROW",
        /// Refunds of an order on their way to the buyer.
        RefundDue => "REFUND_DUE",
        /// What a supplier may have paid out.
        SupplierPayable => "SUPPLIER_PAYABLE",
        /// Our fee.
        FeeIncome => "FEE_INCOME",
        /// Money that came and fits nothing.
        Suspense => "SUSPENSE",
    }
}

impl AccountKind {
    /// The side on which accounts of this kind grow.
    pub const fn normal_side(self) -> Side {
        match self {
            Self::ProviderClearing => Side::Debit,
            Self::Escrow | Self::RefundDue | Self::SupplierPayable | Self::FeeIncome | Self::Suspense => {
                Side::Credit
            }
        }
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

    /// What a supplier's company may have paid out.
    pub fn supplier_payable(company: CompanyId, currency: Currency) -> Self {
        Self::new(AccountKind::SupplierPayable, company, currency)
    }

    /// What a provider holds for us.
    pub fn provider_clearing(provider: &str, currency: Currency) -> Self {
        Self::new(AccountKind::ProviderClearing, provider, currency)
    }

    /// Money from a provider that fits nothing.
    pub fn suspense(provider: &str, currency: Currency) -> Self {
        Self::new(AccountKind::Suspense, provider, currency)
    }

    /// Our fee.
    pub fn fee_income(currency: Currency) -> Self {
        Self::new(AccountKind::FeeIncome, "platform", currency)
    }
}

words! {
    /// Why money moves; with the subject and a number the natural key of a posting.
    PostingKind {
        /// PO1, PO2: an instalment arrived in escrow.
        Deposit => "DEPOSIT",
        /// PO3: a share goes to the supplier less the fee.
        Release => "RELEASE",
        /// PO12: money that fits nothing is set aside.
        Suspense => "SUSPENSE",
    }
}

words! {
    /// What one transfer is.
    TransferCode {
        /// From the provider into escrow.
        Deposit => "DEPOSIT",
        /// From escrow to the supplier.
        Release => "RELEASE",
        /// From escrow to us.
        Fee => "FEE",
        /// From the provider into suspense.
        Suspense => "SUSPENSE",
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
    /// Of what: the order, or the provider's payment where there is no order.
    pub subject: String,
    /// Its number among postings of the kind and subject, from one.
    pub seq: i64,
    /// The order that it belongs to.
    pub order: Option<OrderId>,
    /// The movements; none has an amount of zero.
    pub transfers: Vec<Transfer>,
}

impl Posting {
    /// PO1, PO2: an instalment arrived at the provider and goes into escrow.
    pub fn deposit(order: OrderId, seq: i64, provider: &str, amount: Money) -> Self {
        let transfer = Transfer {
            code: TransferCode::Deposit,
            debit: AccountKey::provider_clearing(provider, amount.currency),
            credit: AccountKey::escrow(order, amount.currency),
            amount_minor: amount.minor,
        };
        Self::of(PostingKind::Deposit, order.to_string(), seq, Some(order), vec![transfer])
    }

    /// PO3: `share` leaves escrow, `fee` of it to us, the rest to the supplier's company.
    pub fn release(order: OrderId, seq: i64, supplier: CompanyId, share: Money, fee_minor: i64) -> Self {
        let escrow = AccountKey::escrow(order, share.currency);
        let net = Transfer {
            code: TransferCode::Release,
            debit: escrow.clone(),
            credit: AccountKey::supplier_payable(supplier, share.currency),
            amount_minor: share.minor - fee_minor,
        };
        let fee = Transfer {
            code: TransferCode::Fee,
            debit: escrow,
            credit: AccountKey::fee_income(share.currency),
            amount_minor: fee_minor,
        };
        Self::of(PostingKind::Release, order.to_string(), seq, Some(order), vec![net, fee])
    }

    /// PO12: money that came and fits nothing; `reference` is the provider's own name of the payment.
    pub fn suspense(provider: &str, reference: &str, order: Option<OrderId>, amount: Money) -> Self {
        let transfer = Transfer {
            code: TransferCode::Suspense,
            debit: AccountKey::provider_clearing(provider, amount.currency),
            credit: AccountKey::suspense(provider, amount.currency),
            amount_minor: amount.minor,
        };
        Self::of(PostingKind::Suspense, format!("{provider}:{reference}:{amount}"), 1, order, vec![transfer])
    }

    fn of(
        kind: PostingKind,
        subject: String,
        seq: i64,
        order: Option<OrderId>,
        transfers: Vec<Transfer>,
    ) -> Self {
        // A row of zero says nothing and the database refuses it.
        let transfers = transfers.into_iter().filter(|transfer| transfer.amount_minor != 0).collect();
        Self { kind, subject, seq, order, transfers }
    }
}

/// What happened to an order's money so far: a fold over its transfers, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Came into escrow.
    pub paid: i64,
    /// Left escrow to the supplier and to us.
    pub released: i64,
    /// The part of `released` that we kept.
    pub fee: i64,
    /// Left escrow to the buyer.
    pub refunded: i64,
}

impl Position {
    /// What lies in escrow (I4).
    pub const fn held(&self) -> i64 {
        self.paid - self.released - self.refunded
    }
}

impl FromStr for Side {
    type Err = super::actor::UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "DEBIT" => Ok(Self::Debit),
            "CREDIT" => Ok(Self::Credit),
            _ => Err(super::actor::UnknownWord),
        }
    }
}
