//! The commands on inspections.

use async_graphql::{Context, Object, Result};

use super::inputs::{
    AcceptInspectionInput, BookInspectionInput, CancelInspectionInput, CreateInspectionPaymentSessionInput,
    DeclarePackedInput, RequestReworkInput, SubmitInspectionReportInput, WaiveInspectionInput,
};
use super::payloads::{
    AcceptInspectionPayload, BookInspectionPayload, CancelInspectionPayload,
    CreateInspectionPaymentSessionPayload, DeclarePackedPayload, RequestReworkPayload,
    SubmitInspectionReportPayload, WaiveInspectionPayload,
};
use crate::graphql::orders::{ctx_actor, ctx_app};
use crate::service::orders::inspections;

/// The commands on inspections.
#[derive(Debug, Default)]
pub struct InspectionMutation;

/// The commands on inspections.
#[Object]
impl InspectionMutation {
    /// Books an accredited inspector for a day and opens a payment session of the fee, which waits in an escrow of its
    /// own. For standard orders in production, and those whose contract names an inspection. Roles: buyer. Scope:
    /// `orders:write`.
    async fn book_inspection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, inspector and day.")] input: BookInspectionInput,
    ) -> Result<BookInspectionPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            Box::pin(inspections::book(app, actor, input.order()?, input.booking()?, &input.envelope())).await
        };
        answer.await.try_into()
    }

    /// Opens another payment session of an inspection's fee. Roles: buyer. Scope: `escrow:write`.
    async fn create_inspection_payment_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which inspection.")] input: CreateInspectionPaymentSessionInput,
    ) -> Result<CreateInspectionPaymentSessionPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            inspections::open_payment(app, actor, input.inspection()?, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Calls an inspection off before its day; a fee that was paid goes back. Roles: buyer. Scope: `orders:write`.
    async fn cancel_inspection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which inspection.")] input: CancelInspectionInput,
    ) -> Result<CancelInspectionPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            inspections::cancel(app, actor, input.inspection()?, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Agrees to inspect on the day. Roles: inspector. Scope: `inspections:write`.
    async fn accept_inspection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which inspection.")] input: AcceptInspectionInput,
    ) -> Result<AcceptInspectionPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            inspections::accept(app, actor, input.inspection()?, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Declares the goods packed: the inspector can come. Roles: supplier. Scope: `orders:write`.
    async fn declare_packed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, and how much is packed.")] input: DeclarePackedInput,
    ) -> Result<DeclarePackedPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            inspections::declare_packed(app, actor, input.order()?, input.percent(), &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Reports what was found. `PASS` makes the goods ready, `FAIL` keeps them, `NOT_PERFORMED` gives the fee back,
    /// `PENDING` calls for another report. Roles: inspector. Scope: `inspections:write`.
    async fn submit_inspection_report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which inspection, and what was found.")] input: SubmitInspectionReportInput,
    ) -> Result<SubmitInspectionReportPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            inspections::report(app, actor, input.inspection()?, input.found(), &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Takes the goods as they are although they did not pass, in writing. Roles: buyer. Scope: `orders:write`.
    async fn waive_inspection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which inspection, and your word.")] input: WaiveInspectionInput,
    ) -> Result<WaiveInspectionPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            inspections::waive(app, actor, input.inspection()?, &input.statement, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Has goods that failed mended and inspected again; the dispatch deadline stays. Roles: buyer. Scope:
    /// `orders:write`.
    async fn request_rework(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which inspection, and what is to be mended.")] input: RequestReworkInput,
    ) -> Result<RequestReworkPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            inspections::request_rework(
                app,
                actor,
                input.inspection()?,
                &input.instructions,
                &input.envelope(),
            )
            .await
        };
        answer.await.try_into()
    }
}
