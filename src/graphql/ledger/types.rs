//! What is read of the money outside of orders.

use async_graphql::{ID, SimpleObject};

use super::words::{
    PayoutStatus, ProviderCallKind, ProviderCallStatus, RefundCause, RefundStatus, SuspenseReason,
    SuspenseStatus,
};
use crate::domain;
use crate::graphql::connection::connection;
use crate::graphql::orders::{ChargebackStatus, LedgerAccountKind, LedgerTransferCode, moved};
use crate::graphql::scalars::{DateTime, Money};
use crate::service::orders::Outcome;
use crate::service::{statements, verification};

connection!(PayoutConnection, PayoutEdge, Payout, "payouts");
connection!(LedgerEntryConnection, LedgerEntryEdge, LedgerEntry, "ledger entries");
connection!(ProviderCallConnection, ProviderCallEdge, ProviderCall, "calls to payment providers");
connection!(SuspenseItemConnection, SuspenseItemEdge, SuspenseItem, "set-aside payments");

/// Money on its way to your company.
#[derive(Debug, Clone, SimpleObject)]
pub struct Payout {
    /// Its id.
    #[graphql(owned)]
    pub id: ID,
    /// How much.
    amount: Money,
    /// From which of your accounts.
    account: LedgerAccountKind,
    /// How far it got.
    status: PayoutStatus,
    /// Why it failed or came back.
    failure: Option<String>,
    /// When it was asked for.
    requested_at: DateTime,
    /// When it ended; null while it is under way.
    settled_at: Option<DateTime>,
}

impl From<domain::payout::Payout> for Payout {
    fn from(payout: domain::payout::Payout) -> Self {
        Self {
            id: payout.id.to_string().into(),
            amount: payout.amount.into(),
            account: payout.account.into(),
            status: payout.status.into(),
            failure: payout.failure,
            requested_at: DateTime(payout.requested_at),
            settled_at: payout.settled_at.map(DateTime),
        }
    }
}

/// One movement on one of your accounts, or on the escrow of what you buy.
#[derive(Debug, Clone, SimpleObject)]
pub struct LedgerEntry {
    /// Its id.
    id: ID,
    /// The movement; its other side has the same.
    transfer_id: ID,
    /// The order that it belongs to.
    order_id: Option<ID>,
    /// The number of the order that it belongs to.
    order_number: Option<String>,
    /// What the movement is.
    code: LedgerTransferCode,
    /// Which account.
    account: LedgerAccountKind,
    /// What it added; below zero where it took.
    change: Money,
    /// What the account held after it.
    balance: Money,
    /// When it was booked.
    booked_at: DateTime,
}

impl From<domain::statement::Entry> for LedgerEntry {
    fn from(entry: domain::statement::Entry) -> Self {
        let money = |minor| domain::money::Money::new(minor, entry.currency).into();
        Self {
            transfer_id: entry.transfer.to_string().into(),
            order_id: entry.order.map(|order| order.to_string().into()),
            order_number: entry.order_number,
            code: entry.code.into(),
            account: entry.account.into(),
            change: money(entry.change_minor),
            balance: money(entry.balance_minor),
            booked_at: DateTime(entry.booked_at),
            id: entry.id.into(),
        }
    }
}

/// What an account held, what changed it, what it holds: `opening` plus `added` less `taken` is `closing`, to the cent.
#[derive(Debug, Clone, SimpleObject)]
pub struct AccountStatement {
    /// Which account.
    account: LedgerAccountKind,
    /// From when on.
    from: DateTime,
    /// Until when; movements at this instant belong to the next statement.
    before: DateTime,
    /// What it held at the start.
    opening: Money,
    /// What came in.
    added: Money,
    /// What went out.
    taken: Money,
    /// What it held at the end.
    closing: Money,
    /// How many movements there were.
    entry_count: i32,
    /// The statement as comma-separated values (RFC 4180) with every movement between the opening and the closing line.
    csv: String,
}

impl AccountStatement {
    pub(super) fn new(statement: &statements::Statement, csv: String) -> Self {
        Self {
            account: statement.account.into(),
            from: DateTime(statement.from),
            before: DateTime(statement.before),
            opening: statement.opening.into(),
            added: statement.added.into(),
            taken: statement.taken.into(),
            closing: statement.closing.into(),
            entry_count: i32::try_from(statement.count).unwrap_or(i32::MAX),
            csv,
        }
    }
}

/// What one of your accounts holds now.
#[derive(Debug, Clone, SimpleObject)]
pub struct AccountBalance {
    /// Which account.
    account: LedgerAccountKind,
    /// How much.
    balance: Money,
}

impl AccountBalance {
    pub(super) fn new(
        (kind, currency, minor): (domain::ledger::AccountKind, domain::money::Currency, i64),
    ) -> Self {
        Self { account: kind.into(), balance: domain::money::Money::new(minor, currency).into() }
    }
}

/// Money that came and fits nothing: set aside whole, then given back or assigned, never lost.
#[derive(Debug, Clone, SimpleObject)]
pub struct SuspenseItem {
    /// Its id.
    id: ID,
    /// How much.
    amount: Money,
    /// Why it was set aside.
    reason: SuspenseReason,
    /// What became of it.
    status: SuspenseStatus,
    /// How much of it goes back; null while that is open.
    refund: Option<Money>,
    /// Why the provider could not give it back.
    failure: Option<String>,
    /// The provider that holds it.
    provider: String,
    /// The provider's own name of the payment.
    provider_reference: String,
    /// The order that it was meant for; null where no payment of ours was named.
    order_id: Option<ID>,
    /// What the payer's bank took back of it, oldest first. While one is open, nobody decides on the rest. At most 20.
    chargebacks: Vec<SuspenseChargeback>,
    /// Since when it is set aside.
    created_at: DateTime,
}

/// What the payer's bank took back of set-aside money.
#[derive(Debug, Clone, SimpleObject)]
pub struct SuspenseChargeback {
    /// How it stands.
    status: ChargebackStatus,
    /// How much.
    amount: Money,
    /// Why, in the bank's words.
    reason: Option<String>,
    /// The provider's own name of the charge-back.
    provider_reference: String,
    /// When the provider told it.
    opened_at: DateTime,
    /// When the bank had decided; null before.
    settled_at: Option<DateTime>,
}

impl SuspenseChargeback {
    fn new(known: domain::suspense::SuspenseChargeback, currency: domain::money::Currency) -> Self {
        Self {
            status: known.status.into(),
            amount: domain::money::Money::new(known.amount_minor, currency).into(),
            reason: known.reason,
            provider_reference: known.reference,
            opened_at: DateTime(known.opened_at),
            settled_at: known.settled_at.map(DateTime),
        }
    }
}

impl From<domain::suspense::SuspenseItem> for SuspenseItem {
    fn from(item: domain::suspense::SuspenseItem) -> Self {
        let currency = item.amount.currency;
        Self {
            id: item.id.to_string().into(),
            amount: item.amount.into(),
            reason: item.reason.into(),
            status: item.status.into(),
            refund: item.refund_minor.map(|minor| domain::money::Money::new(minor, currency).into()),
            failure: item.failure,
            provider: item.provider,
            provider_reference: item.provider_reference,
            order_id: item.order.map(|order| order.to_string().into()),
            chargebacks: item
                .chargebacks
                .into_iter()
                .take(20)
                .map(|known| SuspenseChargeback::new(known, currency))
                .collect(),
            created_at: DateTime(item.created_at),
        }
    }
}

/// Money on its way back to the buyer.
#[derive(Debug, Clone, SimpleObject)]
pub struct Refund {
    /// Its id.
    id: ID,
    /// How much.
    amount: Money,
    /// Why it goes back.
    cause: RefundCause,
    /// How far it got.
    status: RefundStatus,
    /// How often the provider refused it.
    failure_count: i32,
    /// Why it failed last.
    failure: Option<String>,
    /// The payment that it goes back by.
    payment_id: ID,
    /// Since when it is owed.
    requested_at: DateTime,
    /// When it reached the buyer.
    succeeded_at: Option<DateTime>,
}

impl Refund {
    /// The one that a command moved.
    pub(super) fn moved(done: &Outcome) -> Option<Self> {
        let known = moved(done, &done.order.refunds, |known| known.id.to_string())?;
        Some(Self::new(known, &done.order))
    }

    /// A refund of an order.
    pub fn new(refund: &domain::order::Refund, order: &domain::order::Order) -> Self {
        Self {
            id: refund.id.to_string().into(),
            amount: order.money(refund.amount_minor).into(),
            cause: refund.cause.into(),
            status: refund.status.into(),
            failure_count: i32::try_from(refund.failures).unwrap_or(i32::MAX),
            failure: refund.failure.clone(),
            payment_id: refund.payment_id.to_string().into(),
            requested_at: DateTime(refund.requested_at),
            succeeded_at: refund.succeeded_at.map(DateTime),
        }
    }
}

/// A check of all books: every balance and every chain of hashes was computed again.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "LedgerVerification")]
pub struct Verification {
    /// Its id.
    id: ID,
    /// How many accounts were recomputed.
    account_count: i32,
    /// How many orders were recomputed.
    order_count: i32,
    /// How many events were hashed again.
    event_count: i32,
    /// The first differences, in words; while there is one, no payout is made. At most 100.
    problems: Vec<String>,
    /// How many differences there were.
    problem_count: i32,
    /// When the check was made.
    verified_at: DateTime,
}

impl From<verification::Verification> for Verification {
    fn from(found: verification::Verification) -> Self {
        let small = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
        Self {
            id: found.id.to_string().into(),
            account_count: small(found.accounts),
            order_count: small(found.orders),
            event_count: small(found.events),
            problems: found.problems,
            problem_count: small(found.problem_count),
            verified_at: DateTime(found.verified_at),
        }
    }
}

/// A call that is owed to a payment provider, or was made.
#[derive(Debug, Clone, SimpleObject)]
pub struct ProviderCall {
    /// Its id: the key under which the provider does it once, however often it is made.
    id: ID,
    /// The provider.
    provider: String,
    /// What is asked.
    kind: ProviderCallKind,
    /// The payment, refund, set-aside money or payout.
    subject_id: ID,
    /// How much.
    amount: Money,
    /// How far it got.
    status: ProviderCallStatus,
    /// How often it was made since the provider last gave a clear answer.
    attempt_count: i32,
    /// One, and one more each time the provider said that it had failed and it was asked for again.
    round: i32,
    /// What went wrong last; null where nothing did.
    problem: Option<String>,
    /// When it was noted.
    created_at: DateTime,
}

impl From<domain::provider::ProviderCall> for ProviderCall {
    fn from(call: domain::provider::ProviderCall) -> Self {
        Self {
            id: call.id.to_string().into(),
            provider: call.provider,
            kind: call.kind.into(),
            subject_id: call.subject.into(),
            amount: call.amount.into(),
            status: call.status.into(),
            attempt_count: i32::try_from(call.attempts).unwrap_or(i32::MAX),
            round: i32::try_from(call.round).unwrap_or(i32::MAX),
            problem: call.problem,
            created_at: DateTime(call.created_at),
        }
    }
}
