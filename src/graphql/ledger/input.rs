//! What commands and lists of the money outside of orders take.

use async_graphql::{ID, InputObject};

use super::words::SandboxTransferOutcome;
use crate::domain;
use crate::domain::error::Refusal;
use crate::graphql::inputs::{command_input, id};
use crate::graphql::orders::{LedgerAccountKind, MoneyInput};
use crate::graphql::scalars::{CurrencyCode, DateTime};
use crate::service::statements::EntryFilter;

/// Which ledger entries.
#[derive(Debug, Clone, Default, InputObject)]
pub struct LedgerEntryFilterInput {
    /// Only on accounts of these kinds; at most 20.
    #[graphql(validator(max_items = 20))]
    accounts: Option<Vec<LedgerAccountKind>>,
    /// Only in this currency.
    currency_code: Option<CurrencyCode>,
    /// Only of this order.
    order_id: Option<ID>,
    /// Only booked at or after this instant.
    from: Option<DateTime>,
    /// Only booked before this instant.
    before: Option<DateTime>,
}

impl LedgerEntryFilterInput {
    pub(super) fn read(self) -> Result<EntryFilter, Refusal> {
        let order =
            self.order_id.as_ref().map(|order| id("order", &["filter", "orderId"], order)).transpose()?;
        Ok(EntryFilter {
            company: None,
            accounts: self.accounts.into_iter().flatten().map(domain::ledger::AccountKind::from).collect(),
            currency: self.currency_code.map(|code| code.0),
            order,
            from: self.from.map(|from| from.0),
            before: self.before.map(|before| before.0),
        })
    }
}

command_input! {
    /// What `requestPayout` takes.
    RequestPayoutInput {
        /// How much, in the currency of the account.
        amount: MoneyInput,
    }
}
command_input! {
    /// What `retryRefund` takes.
    RetryRefundInput {
        /// The order.
        order_id: ID,
        /// The refund.
        refund_id: ID,
    }
}
command_input! {
    /// What `assignSuspensePayment` takes.
    AssignSuspensePaymentInput {
        /// The set-aside money.
        suspense_item_id: ID,
        /// The order that it was meant for.
        order_id: ID,
    }
}
command_input! {
    /// What `refundSuspensePayment` takes.
    RefundSuspensePaymentInput {
        /// The set-aside money.
        suspense_item_id: ID,
    }
}

command_input! {
    /// What `retryProviderCall` takes.
    RetryProviderCallInput {
        /// The call.
        provider_call_id: ID,
    }
}

/// What `settleSandboxRefund` takes.
#[derive(Debug, Clone, InputObject)]
pub struct SettleSandboxRefundInput {
    /// The refund.
    pub(super) refund_id: ID,
    /// How it ends.
    #[graphql(default_with = "SandboxTransferOutcome::Arrived")]
    pub(super) outcome: SandboxTransferOutcome,
}

/// What `settleSandboxPayout` takes.
#[derive(Debug, Clone, InputObject)]
pub struct SettleSandboxPayoutInput {
    /// The payout.
    pub(super) payout_id: ID,
    /// How it ends.
    #[graphql(default_with = "SandboxTransferOutcome::Arrived")]
    pub(super) outcome: SandboxTransferOutcome,
}
