//! The commands on refund requests, disputes, holds and charge-backs, each a line.

use async_graphql::{Context, Object, Result};

use super::inputs::{
    AcceptRefundOfferInput, AppealDecisionInput, ConfirmDecisionInput, DecideDisputeInput,
    EscalateDisputeInput, LiftRiskHoldInput, OfferRefundInput, PlaceRiskHoldInput,
    ReportSandboxChargebackInput, RequestRefundInput, RespondToRefundRequestInput, SubmitEvidenceInput,
    WithdrawDisputeInput,
};
use super::payloads::{
    AcceptRefundOfferPayload, AppealDecisionPayload, ConfirmDecisionPayload, DecideDisputePayload,
    EscalateDisputePayload, LiftRiskHoldPayload, OfferRefundPayload, PlaceRiskHoldPayload,
    ReportSandboxChargebackPayload, RequestRefundPayload, RespondToRefundRequestPayload,
    SubmitEvidencePayload, WithdrawDisputePayload,
};
use crate::graphql::inputs::id;
use crate::graphql::orders::mutation::{ctx_actor, ctx_app};
use crate::service::orders::{disputes, holds};
use crate::service::payments;

/// The commands on refund requests, disputes, holds and charge-backs.
#[derive(Debug, Default)]
pub struct DisputeMutation;

/// The commands on refund requests, disputes, holds and charge-backs.
#[Object]
impl DisputeMutation {
    /// Asks for money back: the order is frozen, and both sides may agree on an amount. A guaranteed order goes to the
    /// platform at once. Roles: buyer. Scope: `escrow:write`.
    async fn request_refund(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, why, and how much.")] input: RequestRefundInput,
    ) -> Result<RequestRefundPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            disputes::request_refund(app, actor, input.order()?, input.claim()?, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Offers an amount on a refund request that the other side may accept. Roles: buyer, supplier. Scope:
    /// `escrow:write`.
    async fn offer_refund(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which dispute, and how much.")] input: OfferRefundInput,
    ) -> Result<OfferRefundPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            let offer = (input.amount.read(&["input", "amount"])?, input.note.clone());
            disputes::offer_refund(app, actor, input.dispute()?, offer, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Accepts or refuses what the buyer asked for last. Accepted money goes back at once; a refusal lets the buyer
    /// escalate. Roles: supplier. Scope: `escrow:write`.
    async fn respond_to_refund_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which dispute, and the answer.")] input: RespondToRefundRequestInput,
    ) -> Result<RespondToRefundRequestPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            let said = (input.accept, input.message.clone());
            disputes::respond(app, actor, input.dispute()?, said, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Accepts the other side's last offer: the money goes back at once. Roles: buyer, supplier. Scope: `escrow:write`.
    async fn accept_refund_offer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which dispute, and which offer.")] input: AcceptRefundOfferInput,
    ) -> Result<AcceptRefundOfferPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            let offer = input.offer_version;
            disputes::accept_offer(app, actor, input.dispute()?, offer, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Takes a refund request to the platform, once the supplier's time to answer is over or it has refused. Roles:
    /// buyer. Scope: `orders:write`.
    async fn escalate_dispute(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which dispute.")] input: EscalateDisputeInput,
    ) -> Result<EscalateDisputePayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            disputes::escalate(app, actor, input.dispute()?, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Takes a refund request or dispute back before it is decided; the order goes on where it stood. Roles: buyer.
    /// Scope: `orders:write`.
    async fn withdraw_dispute(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which dispute.")] input: WithdrawDisputeInput,
    ) -> Result<WithdrawDisputePayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            disputes::withdraw(app, actor, input.dispute()?, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Shows something in a dispute; it is never changed. Refused behind `evidenceBy`. Roles: buyer, supplier,
    /// inspector. Scope: `orders:write`, for inspectors `inspections:write`.
    async fn submit_evidence(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In which dispute, and what.")] input: SubmitEvidenceInput,
    ) -> Result<SubmitEvidencePayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            disputes::submit_evidence(app, actor, input.dispute()?, input.shown(), &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Decides who gets what is disputed. Nothing moves before the appeal period is over. Roles: operator of neither
    /// party. Scope: `platform:operate`.
    async fn decide_dispute(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which dispute, who gets what, and why.")] input: DecideDisputeInput,
    ) -> Result<DecideDisputePayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            let decision = (input.division()?, input.supplier_at_fault, input.reasons.clone());
            disputes::decide(app, actor, input.dispute()?, decision, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Confirms another operator's decision that gives the buyer more than one operator may. Roles: operator of neither
    /// party. Scope: `platform:operate`.
    async fn confirm_decision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which dispute.")] input: ConfirmDecisionInput,
    ) -> Result<ConfirmDecisionPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            disputes::confirm_decision(app, actor, input.dispute()?, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Asks for another operator's decision, once in a dispute and before `appealBy`; that one is final. Roles: buyer,
    /// supplier. Scope: `orders:write`.
    async fn appeal_decision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which dispute, and why.")] input: AppealDecisionInput,
    ) -> Result<AppealDecisionPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            let statement = input.statement.clone();
            disputes::appeal(app, actor, input.dispute()?, statement, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Freezes an order while the platform looks into it. Roles: operator. Scope: `platform:operate`.
    async fn place_risk_hold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, and why.")] input: PlaceRiskHoldInput,
    ) -> Result<PlaceRiskHoldPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            holds::place_risk_hold(app, actor, input.order()?, input.reason.clone(), &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Ends a risk hold: the first operator's call approves it, another operator's call lifts it. Roles: operator.
    /// Scope: `platform:operate`.
    async fn lift_risk_hold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] input: LiftRiskHoldInput,
    ) -> Result<LiftRiskHoldPayload> {
        let answer = async {
            holds::lift_risk_hold(ctx_app(ctx)?, ctx_actor(ctx)?, input.order()?, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Sandbox only: makes the sandbox's payment provider send the signed message of a charge-back. Roles: the order's
    /// parties, operator. Scope: `escrow:write`.
    async fn report_sandbox_chargeback(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which payment, and what.")] input: ReportSandboxChargebackInput,
    ) -> Result<ReportSandboxChargebackPayload> {
        let answer = async {
            let payment = id("payment", &["input", "paymentId"], &input.payment_id)?;
            let told = (input.verdict.into(), input.provider_reference.clone(), input.amount()?);
            payments::sandbox::charge_back(ctx_app(ctx)?, ctx_actor(ctx)?, payment, told).await
        };
        answer.await.try_into()
    }
}
