//! The commands on the money outside of orders.

use async_graphql::{Context, Object, Result};

use super::input::{
    AssignSuspensePaymentInput, RefundSuspensePaymentInput, RequestPayoutInput, RetryProviderCallInput,
    RetryRefundInput, SettleSandboxPayoutInput, SettleSandboxRefundInput,
};
use super::payload::{
    AssignSuspensePaymentPayload, RefundSuspensePaymentPayload, RequestPayoutPayload,
    RetryProviderCallPayload, RetryRefundPayload, SettleSandboxPayoutPayload, SettleSandboxRefundPayload,
};
use crate::graphql::inputs::id;
use crate::graphql::orders::{ctx_actor, ctx_app};
use crate::service::payments::suspense::{Decision, settle};
use crate::service::{payments, payouts};

/// The commands on the money outside of orders.
#[derive(Debug, Default)]
pub struct LedgerMutation;

/// The commands on the money outside of orders.
#[Object]
impl LedgerMutation {
    /// Asks for a payout of what your company may have. Refused while the company owes the platform, an order of it is
    /// under a risk check, or the books differ. Roles: supplier, inspector. Scope: `escrow:write`,
    /// for inspectors `inspections:write`.
    async fn request_payout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How much.")] input: RequestPayoutInput,
    ) -> Result<RequestPayoutPayload> {
        let answer = async {
            let amount = input.amount.read(&["input", "amount"])?;
            payouts::request(ctx_app(ctx)?, ctx_actor(ctx)?, amount, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Asks the provider once more for a refund that failed. Roles: operator. Scope: `platform:operate`.
    async fn retry_refund(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which refund.")] input: RetryRefundInput,
    ) -> Result<RetryRefundPayload> {
        let answer = async {
            let order = id("order", &["input", "orderId"], &input.order_id)?;
            let refund = id("refund", &["input", "refundId"], &input.refund_id)?;
            payments::retry_refund(ctx_app(ctx)?, ctx_actor(ctx)?, order, refund, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Has a stalled call to the payment provider made again, under the same key: what was done already is not done
    /// again. Roles: operator. Scope: `platform:operate`.
    async fn retry_provider_call(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which call.")] input: RetryProviderCallInput,
    ) -> Result<RetryProviderCallPayload> {
        let answer = async {
            let call = id("provider call", &["input", "providerCallId"], &input.provider_call_id)?;
            payments::calls::retry(ctx_app(ctx)?, ctx_actor(ctx)?, call, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Gives set-aside money to the order that it was meant for; what is too much goes back. Roles: operator. Scope:
    /// `platform:operate`.
    async fn assign_suspense_payment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which money, to which order.")] input: AssignSuspensePaymentInput,
    ) -> Result<AssignSuspensePaymentPayload> {
        let answer = async {
            let item = id("suspense item", &["input", "suspenseItemId"], &input.suspense_item_id)?;
            let order = id("order", &["input", "orderId"], &input.order_id)?;
            settle(ctx_app(ctx)?, ctx_actor(ctx)?, item, Decision::Assign { order }, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Gives set-aside money back to whoever paid it; where that failed, has it asked for again. Roles: operator. Scope: `platform:operate`.
    async fn refund_suspense_payment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which money.")] input: RefundSuspensePaymentInput,
    ) -> Result<RefundSuspensePaymentPayload> {
        let answer = async {
            let item = id("suspense item", &["input", "suspenseItemId"], &input.suspense_item_id)?;
            settle(ctx_app(ctx)?, ctx_actor(ctx)?, item, Decision::GiveBack, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Sandbox only: makes the sandbox's payment provider send the signed message of a refund's end; by itself it lets
    /// every refund arrive within seconds. Roles: the order's parties, operator. Scope: `escrow:write`.
    async fn settle_sandbox_refund(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which refund, and how it ends.")] input: SettleSandboxRefundInput,
    ) -> Result<SettleSandboxRefundPayload> {
        let answer = async {
            let refund = id("refund", &["input", "refundId"], &input.refund_id)?;
            let end = input.outcome.into();
            payments::sandbox::settle_refund(ctx_app(ctx)?, ctx_actor(ctx)?, refund, end).await
        };
        answer.await.try_into()
    }

    /// Sandbox only: makes the sandbox's payment provider send the signed message of a payout's end; by itself it lets
    /// every payout arrive within seconds. Roles: the payout's company, operator. Scope: `escrow:write`.
    async fn settle_sandbox_payout(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which payout, and how it ends.")] input: SettleSandboxPayoutInput,
    ) -> Result<SettleSandboxPayoutPayload> {
        let answer = async {
            let payout = id("payout", &["input", "payoutId"], &input.payout_id)?;
            let end = input.outcome.into();
            payments::sandbox::settle_payout(ctx_app(ctx)?, ctx_actor(ctx)?, payout, end).await
        };
        answer.await.try_into()
    }
}
