//! Reading orders.

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::types::Order;
use super::words::{OrderKind, OrderSort, OrderStatus};
use crate::graphql::connection::{connection, page_arguments};
use crate::graphql::context::ContextExt;
use crate::graphql::inputs::{Refused, id};
use crate::graphql::scalars::{Cursor, DateTime};
use crate::service::Error;
use crate::service::orders::{self, OrderFilter, OrderName};

connection!(OrderConnection, OrderEdge, Order, "orders");

/// Which orders. Everything that is said must hold.
#[derive(Debug, Clone, Default, InputObject)]
pub struct OrderFilterInput {
    /// Only in one of these statuses; at most 15.
    #[graphql(validator(max_items = 15))]
    statuses: Option<Vec<OrderStatus>>,
    /// Only of one of these kinds; at most 3.
    #[graphql(validator(max_items = 3))]
    kinds: Option<Vec<OrderKind>>,
    /// Only those that this company buys.
    buyer_id: Option<ID>,
    /// Only those that this supplier sells.
    supplier_id: Option<ID>,
    /// Only placed at or after this instant.
    placed_from: Option<DateTime>,
    /// Only placed before this instant.
    placed_before: Option<DateTime>,
}

impl OrderFilterInput {
    fn read(self, sort: OrderSort) -> Refused<OrderFilter> {
        let buyer = self.buyer_id.map(|buyer| id("company", &["filter", "buyerId"], &buyer)).transpose()?;
        let supplier = self.supplier_id.map(|known| id("supplier", &["filter", "supplierId"], &known));
        Ok(OrderFilter {
            sort: sort.into(),
            statuses: self.statuses.unwrap_or_default().into_iter().map(Into::into).collect(),
            kinds: self.kinds.unwrap_or_default().into_iter().map(Into::into).collect(),
            buyer,
            supplier: supplier.transpose()?,
            placed_from: self.placed_from.map(|instant| instant.0),
            placed_before: self.placed_before.map(|instant| instant.0),
            ..OrderFilter::default()
        })
    }
}

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

    /// Your orders; operators see all. Scope: `orders:read`.
    #[expect(clippy::too_many_arguments, reason = "the arguments of a list")]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which orders.")] filter: Option<OrderFilterInput>,
        #[graphql(desc = "In which order; cursors belong to one.", default_with = "OrderSort::Newest")] sort: OrderSort,
        #[graphql(desc = "How many from the start or behind `after`: 0 to 100, 20 unless given.")]
        first: Option<i32>,
        #[graphql(desc = "Only orders behind this cursor.")] after: Option<Cursor>,
        #[graphql(desc = "How many from the end or before `before`: 0 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only orders before this cursor.")] before: Option<Cursor>,
    ) -> Result<OrderConnection> {
        let page = page_arguments(first, after, last, before, None).check().map_err(Error::from)?;
        let count = ctx.look_ahead().field("totalCount").exists();
        let filter = filter.unwrap_or_default().read(sort).map_err(Error::from)?;
        let slice = orders::list(ctx.app()?, ctx.actor()?, filter, page, count).await?;
        Ok(OrderConnection(slice.map(Order)))
    }
}
