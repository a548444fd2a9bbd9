//! The commands on orders, each a line: read the input, ask the service, wrap the answer.

use async_graphql::{Context, Object, Result};

use super::inputs::{
    AdvanceSandboxClockInput, CancelOrderInput, ConfirmOrderInput, ConfirmReceiptInput,
    CreatePaymentSessionInput, DeclineOrderInput, DispatchShipmentInput, MarkReadyInput, PlaceOrderInput,
    RecordDeliveryInput, SettleSandboxPaymentInput, SubmitOrderInput,
};
use super::payloads::{
    AdvanceSandboxClockPayload, CancelOrderPayload, ConfirmOrderPayload, ConfirmReceiptPayload,
    CreatePaymentSessionPayload, DeclineOrderPayload, DispatchShipmentPayload, MarkReadyPayload,
    PlaceOrderPayload, RecordDeliveryPayload, SettleSandboxPaymentPayload, SubmitOrderPayload,
};
use crate::graphql::context::{ContextExt, caller};
use crate::graphql::inputs::id;
use crate::service::{self, orders, payments, sandbox};

/// The commands on orders.
#[derive(Debug, Default)]
pub struct OrderMutation;

/// The commands on orders.
#[Object]
impl OrderMutation {
    /// Places an order. STANDARD and SAMPLE orders go to the supplier for confirmation, GUARANTEED ones are payable at
    /// once. Roles: buyer. Scope: `orders:write`.
    async fn place_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What you order.")] input: PlaceOrderInput,
    ) -> Result<PlaceOrderPayload> {
        let answer = async {
            let (wish, envelope) = input.read()?;
            orders::place(ctx_app(ctx)?, ctx_actor(ctx)?, &wish, &envelope).await
        };
        answer.await.try_into()
    }

    /// Sends a draft to the supplier. Roles: buyer. Scope: `orders:write`.
    async fn submit_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] input: SubmitOrderInput,
    ) -> Result<SubmitOrderPayload> {
        let answer =
            async { orders::submit(ctx_app(ctx)?, ctx_actor(ctx)?, input.order()?, &input.envelope()).await };
        answer.await.try_into()
    }

    /// Accepts the terms and seals the contract. Roles: supplier. Scope: `orders:write`.
    async fn confirm_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, on which terms.")] input: ConfirmOrderInput,
    ) -> Result<ConfirmOrderPayload> {
        let answer = async {
            orders::confirm(
                ctx_app(ctx)?,
                ctx_actor(ctx)?,
                input.order()?,
                &input.terms_hash,
                &input.envelope(),
            )
            .await
        };
        answer.await.try_into()
    }

    /// Says no to an order. Roles: supplier. Scope: `orders:write`.
    async fn decline_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, and why.")] input: DeclineOrderInput,
    ) -> Result<DeclineOrderPayload> {
        let answer = async {
            orders::decline(
                ctx_app(ctx)?,
                ctx_actor(ctx)?,
                input.order()?,
                input.reason.clone(),
                &input.envelope(),
            )
            .await
        };
        answer.await.try_into()
    }

    /// Gives an order up before payment. Roles: buyer, supplier. Scope: `orders:write`.
    async fn cancel_order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, and why.")] input: CancelOrderInput,
    ) -> Result<CancelOrderPayload> {
        let answer = async {
            orders::cancel(
                ctx_app(ctx)?,
                ctx_actor(ctx)?,
                input.order()?,
                input.reason.clone(),
                &input.envelope(),
            )
            .await
        };
        answer.await.try_into()
    }

    /// Opens a session at the payment provider for an instalment that is due. Your company's credit pays a part of it, or
    /// all of it at once, where you want that. Roles: buyer. Scope: `escrow:write`.
    async fn create_payment_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, and which instalment.")] input: CreatePaymentSessionInput,
    ) -> Result<CreatePaymentSessionPayload> {
        let answer = async {
            let path = ["input", "instalmentId"];
            let instalment =
                input.instalment_id.as_ref().map(|part| id("instalment", &path, part)).transpose()?;
            payments::create_session(
                ctx_app(ctx)?,
                ctx_actor(ctx)?,
                input.order()?,
                (instalment, input.use_credit),
                &input.envelope(),
            )
            .await
        };
        answer.await.try_into()
    }

    /// Says that the goods are ready to leave. Roles: supplier. Scope: `orders:write`.
    async fn mark_ready(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] input: MarkReadyInput,
    ) -> Result<MarkReadyPayload> {
        let answer = async {
            orders::mark_ready(ctx_app(ctx)?, ctx_actor(ctx)?, input.order()?, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Says that goods have left. Roles: supplier. Scope: `orders:write`.
    async fn dispatch_shipment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which goods, and how they travel.")] input: DispatchShipmentInput,
    ) -> Result<DispatchShipmentPayload> {
        let answer = async {
            orders::dispatch(
                ctx_app(ctx)?,
                ctx_actor(ctx)?,
                input.order()?,
                input.goods()?,
                &input.envelope(),
            )
            .await
        };
        answer.await.try_into()
    }

    /// Says that a shipment has arrived, with proof. Roles: buyer, supplier, carrier, operator. Scope: `orders:write`.
    async fn record_delivery(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which shipment, and what proves it.")] input: RecordDeliveryInput,
    ) -> Result<RecordDeliveryPayload> {
        let answer = async {
            orders::record_delivery(
                ctx_app(ctx)?,
                ctx_actor(ctx)?,
                input.shipment()?,
                &input.proof_of_delivery,
                &input.envelope(),
            )
            .await
        };
        answer.await.try_into()
    }

    /// Confirms that everything is there in satisfactory condition: the money in escrow is released to the supplier less
    /// the fee, and the claim window begins. Roles: buyer. Scope: `escrow:write`.
    async fn confirm_receipt(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] input: ConfirmReceiptInput,
    ) -> Result<ConfirmReceiptPayload> {
        let answer = async {
            orders::confirm_receipt(ctx_app(ctx)?, ctx_actor(ctx)?, input.order()?, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Sandbox only: makes the sandbox's payment provider send the signed message of a payment's outcome. Roles: the
    /// order's parties, operator. Scope: `escrow:write`.
    async fn settle_sandbox_payment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which payment, and how it ends.")] input: SettleSandboxPaymentInput,
    ) -> Result<SettleSandboxPaymentPayload> {
        let answer = async {
            let payment = id("payment", &["input", "paymentId"], &input.payment_id)?;
            payments::sandbox::settle(
                ctx_app(ctx)?,
                ctx_actor(ctx)?,
                payment,
                input.outcome.into(),
                input.amount()?,
            )
            .await
        };
        answer.await.try_into()
    }

    /// Sandbox only: advances the clock and lets every timer fire that is over then. Scope: `orders:write`.
    async fn advance_sandbox_clock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How far.")] input: AdvanceSandboxClockInput,
    ) -> Result<AdvanceSandboxClockPayload> {
        let answer = async {
            sandbox::advance_clock(ctx_app(ctx)?, ctx_actor(ctx)?, input.by.0, &input.envelope()).await
        };
        answer.await.try_into()
    }
}

/// The app, as services answer its absence.
pub(in crate::graphql) fn ctx_app<'a>(
    ctx: &'a Context<'_>,
) -> service::Result<&'a std::sync::Arc<crate::app::App>> {
    caller(ctx).map(|(app, _)| app)
}

/// The caller, as services answer its absence.
pub(in crate::graphql) fn ctx_actor<'a>(
    ctx: &'a Context<'_>,
) -> service::Result<&'a std::sync::Arc<crate::domain::actor::Actor>> {
    ctx.actor().map_err(|_| anyhow::anyhow!("no actor in the request").into())
}
