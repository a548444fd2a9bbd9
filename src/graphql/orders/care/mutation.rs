//! The commands on returns, after-sales service, inspectors and warehouses.

use async_graphql::{Context, Object, Result};

use super::inputs::{
    AccreditInspectorInput, OpenReturnWarehouseInput, ReceiveReturnInput, RequestAfterSalesServiceInput,
    RequestEasyReturnInput, ResolveAfterSalesInput, RespondToAfterSalesInput, ShipReturnInput,
};
use super::payloads::{
    AccreditInspectorPayload, OpenReturnWarehousePayload, ReceiveReturnPayload,
    RequestAfterSalesServicePayload, RequestEasyReturnPayload, ResolveAfterSalesPayload,
    RespondToAfterSalesPayload, ShipReturnPayload,
};
use crate::graphql::orders::{ctx_actor, ctx_app};
use crate::service::care;
use crate::service::orders::{after_sales, returns};

/// The commands on returns, after-sales service, inspectors and warehouses.
#[derive(Debug, Default)]
pub struct CareMutation;

/// The commands on returns, after-sales service, inspectors and warehouses.
#[Object]
impl CareMutation {
    /// Sends damaged or defective goods back to a local warehouse, once per order, as the contract allows; the order is
    /// frozen meanwhile. Roles: buyer. Scope: `escrow:write`.
    async fn request_easy_return(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, and what is wrong.")] input: RequestEasyReturnInput,
    ) -> Result<RequestEasyReturnPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            returns::request(
                app,
                actor,
                input.order()?,
                (input.ground.into(), &input.description),
                &input.envelope(),
            )
            .await
        };
        answer.await.try_into()
    }

    /// Says that the goods are on their way back. Roles: buyer. Scope: `orders:write`.
    async fn ship_return(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which return, and how it travels.")] input: ShipReturnInput,
    ) -> Result<ShipReturnPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            returns::ship(
                app,
                actor,
                input.easy_return()?,
                (&input.carrier, &input.tracking_number),
                &input.envelope(),
            )
            .await
        };
        answer.await.try_into()
    }

    /// Says that the goods came back: taken, everything that was paid goes back to the buyer; refused, the order goes
    /// on. Roles: the warehouse of the return, operator. Scope: `orders:write`.
    async fn receive_return(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which return, and whether it is taken.")] input: ReceiveReturnInput,
    ) -> Result<ReceiveReturnPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            returns::receive(app, actor, input.easy_return()?, input.rejection()?, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Asks for the service that the contract promises for a line, within its term after receipt, also when the order
    /// is closed. Roles: buyer. Scope: `orders:write`.
    async fn request_after_sales_service(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which line, and what is wrong.")] input: RequestAfterSalesServiceInput,
    ) -> Result<RequestAfterSalesServicePayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            after_sales::request(
                app,
                actor,
                input.order()?,
                (input.line()?, &input.description),
                &input.envelope(),
            )
            .await
        };
        answer.await.try_into()
    }

    /// Answers a request for a service, or says that the service was given. Roles: supplier. Scope: `orders:write`.
    async fn respond_to_after_sales(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and your answer.")] input: RespondToAfterSalesInput,
    ) -> Result<RespondToAfterSalesPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            after_sales::respond(app, actor, input.after_sales_request()?, input.words()?, &input.envelope())
                .await
        };
        answer.await.try_into()
    }

    /// Confirms a service, objects to it, takes the compensation for one that was not given, lets a dispute decide, or
    /// takes the request back. Roles: buyer. Scope: `orders:write`.
    async fn resolve_after_sales(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which request, and what you make of it.")] input: ResolveAfterSalesInput,
    ) -> Result<ResolveAfterSalesPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            after_sales::resolve(app, actor, input.after_sales_request()?, input.words()?, &input.envelope())
                .await
        };
        answer.await.try_into()
    }

    /// Accredits an inspection company, or changes its accreditation. Roles: operator. Scope: `platform:operate`.
    async fn accredit_inspector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which company, its number and its fees.")] input: AccreditInspectorInput,
    ) -> Result<AccreditInspectorPayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            care::accredit_inspector(app, actor, input.accreditation()?, &input.envelope()).await
        };
        answer.await.try_into()
    }

    /// Says which warehouse receives the returns of a country. Roles: operator. Scope: `platform:operate`.
    async fn open_return_warehouse(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which country and warehouse.")] input: OpenReturnWarehouseInput,
    ) -> Result<OpenReturnWarehousePayload> {
        let answer = async {
            let (app, actor) = (ctx_app(ctx)?, ctx_actor(ctx)?);
            care::open_warehouse(app, actor, input.warehouse()?, &input.envelope()).await
        };
        answer.await.try_into()
    }
}
