//! What commands and lists of the money outside of orders take.

use async_graphql::{ID, InputObject};

use super::words::SandboxTransferOutcome;
use crate::domain;
use crate::domain::error::Refusal;
use crate::graphql::orders::{LedgerAccountKind, MoneyInput, id};
use crate::graphql::scalars::{CurrencyCode, DateTime};
use crate::service::orders::Envelope;
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

/// Declares an input with an envelope but without a version: what it moves has none.
macro_rules! keyed_input {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[$attribute:meta])+ $field:ident: $kind:ty,)* }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, InputObject)]
        pub struct $name {
            $($(#[$attribute])+ pub(super) $field: $kind,)*
            /// Makes the command happen once however often it is sent; 1 to 255 characters.
            idempotency_key: String,
            /// Check everything, change nothing.
            #[graphql(default)]
            validate_only: bool,
        }

        impl $name {
            pub(super) fn envelope(&self) -> Envelope {
                Envelope {
                    idempotency_key: self.idempotency_key.clone(),
                    expected_version: None,
                    validate_only: self.validate_only,
                }
            }
        }
    };
}

keyed_input! {
    /// What `requestPayout` takes.
    RequestPayoutInput {
        /// How much, in the currency of the account.
        amount: MoneyInput,
    }
}
keyed_input! {
    /// What `retryRefund` takes.
    RetryRefundInput {
        /// The order.
        order_id: ID,
        /// The refund.
        refund_id: ID,
    }
}
keyed_input! {
    /// What `assignSuspensePayment` takes.
    AssignSuspensePaymentInput {
        /// The set-aside money.
        suspense_item_id: ID,
        /// The order that it was meant for.
        order_id: ID,
    }
}
keyed_input! {
    /// What `refundSuspensePayment` takes.
    RefundSuspensePaymentInput {
        /// The set-aside money.
        suspense_item_id: ID,
    }
}

keyed_input! {
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
