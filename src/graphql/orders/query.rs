//! Reading orders.

use async_graphql::{Context, ID, Object, Result};

use super::inputs::OrderFilterInput;
use super::types::Order;
use crate::graphql::connection::{connection, page_arguments};
use crate::graphql::context::ContextExt;
use crate::graphql::scalars::Cursor;
use crate::service::orders::{self, OrderName};

connection!(OrderConnection, OrderEdge, Order, "orders");

/// Reading orders.
#[derive(Debug, Default)]
pub struct OrderQuery;

/// Reading orders.
#[Object]
impl OrderQuery {
    /// One of your orders, by exactly one of its names; null where none of yours has it. Scope: `orders:read`.
    async fn order(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Option<ID>,
        #[graphql(desc = "Its number.")] number: Option<String>,
        #[graphql(desc = "The buyer's own name of it; for the buyer.")] external_reference: Option<String>,
    ) -> Result<Option<Order>> {
        let name = match (id, number, external_reference) {
            (Some(id), None, None) => id.parse().ok().map(OrderName::Id),
            (None, Some(number), None) => Some(OrderName::Number(number)),
            (None, None, Some(reference)) => Some(OrderName::Reference(reference)),
            _ => return Err(orders::one_name().into()),
        };
        Ok(orders::find(ctx.app()?, ctx.actor()?, name.as_ref()).await?.map(Order))
    }

    /// Your orders, newest first. Scope: `orders:read`.
    async fn orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which orders.")] filter: Option<OrderFilterInput>,
        #[graphql(desc = "How many from the start or behind `after`: 0 to 100, 20 unless given.")]
        first: Option<i32>,
        #[graphql(desc = "Only orders behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end or before `before`: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only orders before this cursor.")] before: Option<Cursor>,
    ) -> Result<OrderConnection> {
        let page =
            page_arguments(first, after, last, before, None).check().map_err(crate::service::Error::from)?;
        let count = ctx.look_ahead().field("totalCount").exists();
        let slice =
            orders::list(ctx.app()?, ctx.actor()?, filter.unwrap_or_default().read(), page, count).await?;
        Ok(OrderConnection(slice.map(Order)))
    }
}
